# Each target installs what it lacks and then leaves the work to cargo. `make help` lists them.
# ARGS goes to the program at the end: `make demo ARGS="--port 8081"`, `make test ARGS="-p stafett-workflow"`.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test web bench lint screenshots mutants fuzz oracle sbom

ARGS   ?=
TARGET := $(or $(CARGO_TARGET_DIR),target)
# In CI the lock file must fit as it is committed.
LOCKED := $(if $(CI),--locked)
# A Node.js that scripts/ensure.sh had to fetch goes before one that is too old.
export PATH := $(CURDIR)/target/node/node_modules/.bin:$(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/package.json -type f -not -name schema.ts -not -name codes.ts -not -path '*/i18n/codes/*') web/scripts/codes.mjs docs/reference/codes.md

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

mutants: ## Break the core one place at a time and see whether a test minds (hours; ARGS narrows it)
	@scripts/ensure.sh compiler nextest mutants
	cargo mutants --package stafett-workflow --test-tool nextest --output $(TARGET) \
	  --file 'crates/workflow/src/decide/*' --file 'crates/workflow/src/definition/check/*' \
	  --file 'crates/workflow/src/calendar/*' --file 'crates/workflow/src/duty.rs' --file 'crates/workflow/src/policy.rs' $(ARGS)

oracle: ## Ask another engine about every permission (compiles it first, which takes minutes)
	@scripts/ensure.sh compiler
	cargo test $(LOCKED) --manifest-path tests/oracle/Cargo.toml

fuzz: ## Give the definition reader any text whatsoever for a minute (ARGS="-- -max_total_time=3600" for longer)
	@scripts/ensure.sh compiler nightly fuzz
	mkdir -p fuzz/corpus/definition && cp crates/workflow/definitions/*.toml fuzz/corpus/definition/
	cargo +nightly fuzz run definition $(or $(ARGS),-- -max_total_time=60 -rss_limit_mb=256 -max_len=65536)

screenshots: ## Take the README's pictures from the demo
	@scripts/ensure.sh compiler node chromium
	@$(MAKE) --no-print-directory web
	cargo build $(LOCKED) --bin stafett
	STAFETT_BIN=$(abspath $(TARGET))/debug/stafett npm --prefix web run --silent screenshots

# One file for each half: the crates of the binary, and what of npm comes into the pages that are embedded in it. The tool
# writes beside every Cargo.toml of the workspace; only the program's own is kept.
sbom: ## Write what the program is made of (CycloneDX) into target/sbom
	@scripts/ensure.sh compiler cyclonedx node
	mkdir -p $(TARGET)/sbom
	cargo cyclonedx --quiet --format json --spec-version 1.5
	mv crates/api/stafett-api.cdx.json $(TARGET)/sbom/stafett.cdx.json
	find crates migrations tests bench -name '*.cdx.json' -delete
	cd web && npm sbom --package-lock-only --sbom-format cyclonedx --sbom-type application --omit dev > $(abspath $(TARGET))/sbom/stafett-web.cdx.json

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
