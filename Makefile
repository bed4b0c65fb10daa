# Each target installs what it lacks and then leaves the work to cargo. `make help` lists them.
# ARGS goes to the program at the end: `make demo ARGS="--port 8081"`, `make test ARGS="-p stafett-workflow"`.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test web bench lint screenshots

ARGS   ?=
TARGET := $(or $(CARGO_TARGET_DIR),target)
# In CI the lock file must fit as it is committed.
LOCKED := $(if $(CI),--locked)
# A Node.js that scripts/ensure.sh had to fetch goes before one that is too old.
export PATH := $(CURDIR)/target/node/node_modules/.bin:$(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/package.json -type f -not -name schema.ts -not -name codes.ts) web/scripts/codes.mjs docs/reference/codes.md

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## Start the demo: a synthetic Oslo on http://127.0.0.1:8080
	@scripts/ensure.sh compiler node
	@$(MAKE) --no-print-directory web
	cargo run $(LOCKED) --profile demo --bin stafett -- demo $(ARGS)

# The stories need two programs beside the tests: `with-postgres` around them and `stafett` to kill. Tests are built in
# the same call, for cargo would otherwise choose other features for shared dependencies and build those twice.
test: ## Run everything on SQLite and on a private PostgreSQL
	@scripts/ensure.sh compiler curl nextest postgresql node chromium
	@$(MAKE) --no-print-directory web
	cargo build $(LOCKED) --workspace --all-targets
	cargo test $(LOCKED) --workspace --doc --quiet
	$(TARGET)/debug/with-postgres cargo nextest run $(LOCKED) --workspace $(ARGS)
	npm --prefix web test
	STAFETT_BIN=$(abspath $(TARGET))/debug/stafett npm --prefix web run browser

# The pages become part of the binary when cargo builds it; without them it is an API and says so.
web: web/dist/index.html ## Build the web application, where something in it has changed

web/dist/index.html: $(WEB_SOURCES) docs/reference/openapi.json web/node_modules/.package-lock.json
	npm --prefix web run build

web/node_modules/.package-lock.json: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

bench: ## Measure Stafett beside the same SQL run raw
	@scripts/ensure.sh compiler postgresql
	cargo run $(LOCKED) --release --package stafett-bench -- $(ARGS)

screenshots: ## Take the README's pictures from the demo
	@scripts/ensure.sh compiler node chromium
	@$(MAKE) --no-print-directory web
	cargo build $(LOCKED) --bin stafett
	STAFETT_BIN=$(abspath $(TARGET))/debug/stafett npm --prefix web run --silent screenshots

lint: ## Check formatting, lints, documentation, architecture, licences, unused dependencies and spelling
	@scripts/ensure.sh compiler deny machete typos node
	@$(MAKE) --no-print-directory web/node_modules/.package-lock.json
	cargo fmt --all --check
	scripts/check-architecture.sh
	cargo clippy $(LOCKED) --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc $(LOCKED) --workspace --no-deps --quiet
	cargo deny --all-features check --hide-inclusion-graph bans licenses sources
	cargo machete
	npm --prefix web run lint
	typos
