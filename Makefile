# Each target installs what it lacks and then leaves the work to cargo. `make help` lists them.
# ARGS goes to the program at the end: `make demo ARGS="--port 8081"`, `make test ARGS="-p stafett-workflow"`.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test bench lint

ARGS   ?=
TARGET := $(or $(CARGO_TARGET_DIR),target)
# In CI the lock file must fit as it is committed.
LOCKED := $(if $(CI),--locked)
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## Start the demo: a synthetic Oslo on http://127.0.0.1:8080
	@scripts/ensure.sh compiler
	cargo run $(LOCKED) --profile demo --bin stafett -- demo $(ARGS)

# The stories need two programs beside the tests: `with-postgres` around them and `stafett` to kill. Tests are built in
# the same call, for cargo would otherwise choose other features for shared dependencies and build those twice.
test: ## Run everything on SQLite and on a private PostgreSQL
	@scripts/ensure.sh compiler curl nextest postgresql
	cargo build $(LOCKED) --workspace --all-targets
	cargo test $(LOCKED) --workspace --doc --quiet
	$(TARGET)/debug/with-postgres cargo nextest run $(LOCKED) --workspace $(ARGS)

bench: ## Measure Stafett beside the same SQL run raw
	@scripts/ensure.sh compiler postgresql
	cargo run $(LOCKED) --release --package stafett-bench -- $(ARGS)

lint: ## Check formatting, lints, documentation, architecture, licences, unused dependencies and spelling
	@scripts/ensure.sh compiler deny machete typos
	cargo fmt --all --check
	scripts/check-architecture.sh
	cargo clippy $(LOCKED) --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc $(LOCKED) --workspace --no-deps --quiet
	cargo deny --all-features check --hide-inclusion-graph bans licenses sources
	cargo machete
	typos
