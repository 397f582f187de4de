# `make` alone tells what there is.

SHELL := /bin/bash
# One target folder for every clone: a fresh one starts warm.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/nameless/target
export PATH := $(HOME)/.cargo/bin:$(PATH)
PROFILE := $(if $(CI),ci,default)
CARGO := cargo
PEERS := benches/peers

.DEFAULT_GOAL := help
.PHONY: help demo serve build bench setup test fmt fmt-check lint deny doc-test script-demo unit soak micro bench-peers peer-test

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## two simulated people chat through the engine: no token, no server; prints a URL
	$(CARGO) run --locked -- demo

serve: ## the bot; needs BOT_TOKEN in the environment or .env
	$(CARGO) run --locked --release -- serve

test: setup fmt-check lint deny doc-test peer-test script-demo unit ## everything, with what it needs installed first

fmt: ## formats the code
	$(CARGO) fmt --all
	$(CARGO) fmt --manifest-path $(PEERS)/Cargo.toml --all

lint: ## clippy, every warning an error
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

build: ## builds everything
	$(CARGO) build --locked --workspace --all-targets

setup: ## installs what the tests need (Debian packages, cargo-nextest, cargo-deny)
	@scripts/setup-debian.sh

fmt-check:
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path $(PEERS)/Cargo.toml --all --check

# Advisories change from day to day and need the network: hosted CI looks at them.
deny:
	$(CARGO) deny --locked check licenses bans sources
	$(CARGO) deny --locked --manifest-path $(PEERS)/Cargo.toml --config deny.toml check --allow license-not-encountered \
		licenses bans sources

doc-test:
	$(CARGO) test --locked --workspace --doc --quiet

# Of the null relay, whose build takes seconds; what the other peers do is tested from outside (tests/peers.rs).
peer-test:
	$(CARGO) test --locked --manifest-path $(PEERS)/Cargo.toml -p null-relay --quiet

script-demo: build
	$(CARGO) run --locked --quiet -- demo --script

# Last, so that the runner's summary closes the output.
unit: build
	$(CARGO) nextest run --locked --workspace --profile $(PROFILE)

# Without the embedded database, which no bench uses and which takes minutes to compile.
micro: ## what each part of the engine costs (criterion); ARGS="match/ --baseline NAME" picks and compares
	$(CARGO) bench --locked --no-default-features --bench micro -- $(ARGS)

# Alone on the machine; hours. Each prints the seed that repeats it (KILL_SEED).
soak: setup ## the cluster, outages, floods, kills for hours, one test at a time
	NAMELESS_SOAK=1 $(CARGO) nextest run --locked --profile soak --no-capture --no-fail-fast \
		--test cluster --test kill --test flood --test outages
	NAMELESS_SOAK=1 $(CARGO) nextest run --locked --profile soak --no-capture -p nameless-dst no_seed_breaks_a_promise

# Alone on the machine. `make bench RATES=500,1000 OUT=folder` for other rates and another folder.
RATES := 500,1000,2000,4000
OUT := bench-results
BENCH = $(CARGO) run --locked --quiet --release -- bench

bench: ## how fast the engine is: tables here, JSON and pages with charts in bench-results/
	$(CARGO) build --locked --release
	@mkdir -p $(OUT)
	@failed=; run() { name=$$1; shift; echo; echo "== $$name"; \
		$(BENCH) "$$@" --json $(OUT)/$$name.json --html $(OUT)/$$name.html || failed="$$failed $$name"; }; \
	run relay relay --users 1000 --rates $(RATES) --duration 10s --rounds 3; \
	run relay-postgres relay --users 1000 --rates $(RATES) --duration 10s --rounds 3 --database postgres; \
	run match match --redis; \
	run startup startup --rounds 20; \
	run recover recover --users 10000; \
	run memory memory --users 20000 --database postgres; \
	run outbox outbox; \
	if [ -n "$$failed" ]; then echo; echo "void or failed:$$failed"; exit 1; fi

# Alone on the machine; an hour and more. PEERS_ARGS go to compare.py: `make bench-peers PEERS_ARGS='--short --rounds 1'`.
bench-peers: setup ## the engine against the same bot elsewhere (benches/peers), in turns
	$(CARGO) build --locked --release
	$(PEERS)/setup.sh
	NAMELESS_PEERS=1 $(CARGO) nextest run --locked --test peers
	@mkdir -p bench-results
	$(PEERS)/compare.py --nameless "$(CARGO_TARGET_DIR)/release/nameless" --json bench-results/peers.json \
		--markdown bench-results/peers.md $(PEERS_ARGS)
