# `make` alone tells what there is.

SHELL := /bin/bash
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/nameless
# One target folder for every clone: a fresh one starts warm.
export CARGO_TARGET_DIR ?= $(CACHE)/target
# What scripts/setup.sh fetches comes first.
export PATH := $(CACHE)/tools/bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
PROFILE := $(if $(CI),ci,default)
# What nobody edits is compiled quicker without.
ifdef CI
export CARGO_INCREMENTAL ?= 0
endif
CARGO := cargo
NEXTEST := cargo-nextest nextest
DENY := cargo-deny
# Capabilities are declared by a macro, which `cargo fmt` does not look into.
RUSTFMT := rustfmt --edition 2024 $(wildcard src/capabilities/*/mod.rs domain/src/capabilities/*/mod.rs)
PEERS := benches/peers
# These two are tested with a clock that tests drive, which the engine is built without: by themselves, so that nothing else
# is compiled twice for it.
CLOCKED := -p nameless-actors -p nameless-dst
REST := --workspace --exclude nameless-actors --exclude nameless-dst

.DEFAULT_GOAL := help
.PHONY: help demo release serve build bench setup test fmt fmt-check one-build imports deploy-check lint deny doc-test script-demo unit soak soak-day micro bench-peers bench-gateway peer-test settings

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## two simulated people chat through the engine: no token, no server; prints a URL
	@scripts/demo.sh

release: ## the binary in an archive with what it needs, checksums, an SBOM, licences: dist/
	@git diff --quiet HEAD || { echo "there are changes that no commit has"; exit 1; }
	NAMELESS_COMMIT=$$(git rev-parse HEAD) $(CARGO) build --locked --release --bin nameless
	@scripts/release.py --binary $(CARGO_TARGET_DIR)/release/nameless --out dist

serve: ## the bot; needs BOT_TOKEN in the environment or .env
	$(CARGO) run --locked --release -- serve

test: setup fmt-check one-build imports deploy-check lint deny doc-test peer-test script-demo unit ## everything, with what it needs installed first

fmt: ## formats the code, comments too
	@scripts/comments.py --fix
	$(CARGO) fmt --all
	$(RUSTFMT)
	$(CARGO) fmt --manifest-path $(PEERS)/Cargo.toml --all

settings: ## writes what derives from code: .env.example, config/base.toml, docs/configuration.md, docs/metrics.md
	NAMELESS_BLESS=1 $(CARGO) test --locked --quiet -p nameless --lib -- config::reference
	NAMELESS_BLESS=1 $(CARGO) test --locked --quiet -p nameless --test blackbox -- metrics::

lint: ## clippy, every warning an error
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

build: ## builds everything
	$(CARGO) build --locked $(REST) --all-targets
	$(CARGO) build --locked $(CLOCKED) --all-targets

setup: ## installs what the tests need (Debian packages, PostgreSQL, models, cargo-nextest, cargo-deny)
	@scripts/setup.sh

fmt-check:
	@scripts/comments.py
# Faults that are put back by hand (scripts/dst-faults.sh) have to fit the code.
	@if [ -e .git ]; then for fault in dst/faults/*.patch; do git apply --check "$$fault" || exit 1; done; fi
	$(CARGO) fmt --all --check
	$(RUSTFMT) --check
	$(CARGO) fmt --manifest-path $(PEERS)/Cargo.toml --all --check

one-build:
	@scripts/one-build.sh

# Nobody is imported by who imports them, but for a folder and the files that it is made of.
imports:
	@python3 scripts/imports.py actors/src 3

deploy-check: ## judges deploy/, the Dockerfile and the workflows by programs that others wrote
	@python3 scripts/check-deploy.py $(CACHE)/tools/judges
	@python3 scripts/check-chart.py $(CACHE)/tools/judges
	@python3 scripts/check-proxy.py $(CACHE)/tools/judges

# Advisories change from day to day and need the network: hosted CI looks at them.
deny:
	$(DENY) --locked check licenses bans sources
	$(DENY) --locked --manifest-path $(PEERS)/Cargo.toml --config deny.toml check --allow license-not-encountered \
		licenses bans sources

doc-test:
	$(CARGO) test --locked --workspace --doc --quiet

# Of the null relay, whose build takes seconds; what the other peers do is tested from outside (tests/blackbox/peers.rs).
peer-test:
	$(CARGO) test --locked --manifest-path $(PEERS)/Cargo.toml -p null-relay --quiet

script-demo: build
	$(CARGO) run --locked --quiet -- demo --script

# Last, so that the runner's summary closes the output.
# A test whose server is missing fails, unless NAMELESS_SKIP=postgres,redis says that it may: then it is counted here.
unit: build
	@rm -f "$$NAMELESS_SKIPPED"; \
	$(NEXTEST) run --locked $(CLOCKED) --profile $(PROFILE); result=$$?; \
	$(NEXTEST) run --locked $(REST) --profile $(PROFILE) || result=$$?; \
	if [ -s "$$NAMELESS_SKIPPED" ]; then \
		echo "     Skipped $$(cut -f 1 "$$NAMELESS_SKIPPED" | sort -u | wc -l) tests in whole or in part, without:" \
			"$$(sort -u "$$NAMELESS_SKIPPED" | cut -f 2 | sort | uniq -c | awk '{printf "%s%s (%s)", sep, $$2, $$1; sep = ", "}')"; \
	fi; \
	exit $$result
unit: export NAMELESS_SKIPPED := $(CARGO_TARGET_DIR)/skipped-tests

micro: ## what each part of the engine costs (criterion); ARGS="match/ --baseline NAME" picks and compares
	$(CARGO) bench --locked --bench micro -- $(ARGS)

# Alone on the machine; hours. Each prints the seed that repeats it (KILL_SEED). At the end an older commit's program is built, and
# what it left is taken up and given back: that of the last tag, or `make soak FROM=COMMIT`.
FROM := $(shell git describe --tags --abbrev=0 2>/dev/null)
soak: setup ## the cluster, outages, floods, kills for hours, one test at a time
	NAMELESS_SOAK=1 $(NEXTEST) run --locked --profile soak --no-capture --no-fail-fast \
		-E 'binary(cluster) + binary(kill) + (binary(stores) & test(/^store::on_/)) + (binary(blackbox) & test(/^(flood|outages|admin_judges|pages::forged|cards|billing_crowds|companion_judges)::/))'
	NAMELESS_SOAK=1 $(NEXTEST) run --locked --cargo-profile soak --profile soak --no-capture -p nameless-dst no_seed_breaks_a_promise
	NAMELESS_SOAK=1 $(NEXTEST) run --locked --profile soak --no-capture -p nameless-vision mutated_pictures
	@if [ -n "$(FROM)" ]; then scripts/upgrade-soak.py "$(FROM)" --minutes 10; \
		else echo "No release to come from: make soak FROM=COMMIT takes up what that one left."; fi

# Alone on the machine, eight hours: what two thousand people do all day, and nothing goes wrong. Fails if something was lost, or if
# the engine's memory or the waits have surely grown by more than a hundredth an hour. The simulated people keep what they
# were sent: two gigabytes. `make soak-day DAY=2h`.
DAY := 8h
soak-day: ## eight hours of everything: memory and waits stay as they are
	$(CARGO) build --locked --release
	@mkdir -p $(OUT)
	$(BENCH) day --people 2000 --database postgres --redis --calm --duration $(DAY) \
		--json $(OUT)/soak-day.json --html $(OUT)/soak-day.html

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
	run launder launder --database postgres; \
	run face face --database postgres --pictures "$$(scripts/models.sh --photos)"; \
	run jobs jobs; \
	run billing billing --away; \
	run day day --database postgres --redis; \
	if [ -n "$$failed" ]; then echo; echo "void or failed:$$failed"; exit 1; fi

# Alone on the machine; some three minutes. GATEWAY_ARGS go to the bench: `make bench-gateway GATEWAY_ARGS='--rates 200'`.
bench-gateway: export PORTKEY := $(or $(NAMELESS_PEERS_CACHE),$(HOME)/.cache/nameless/peers)/portkey/node_modules/@portkey-ai/gateway
bench-gateway: ## how long a character's model waits: through the engine, and through a gateway that keeps nothing
	$(CARGO) build --locked --release
	$(PEERS)/setup.sh portkey
	@mkdir -p $(OUT)
	$(BENCH) companion --json $(OUT)/companion.json --html $(OUT)/companion.html $(GATEWAY_ARGS) --gateway \
		'NODE_ENV=production exec node "$$PORTKEY/build/start-server.js" --port=$$PORT --headless'

# Alone on the machine; an hour and more. PEERS_ARGS go to compare.py: `make bench-peers PEERS_ARGS='--short --rounds 1'`.
bench-peers: setup ## the engine against the same bot elsewhere (benches/peers), in turns
	$(CARGO) build --locked --release
	$(PEERS)/setup.sh
	NAMELESS_PEERS=1 $(NEXTEST) run --locked --test blackbox peers::
	@mkdir -p bench-results
	$(PEERS)/compare.py --nameless "$(CARGO_TARGET_DIR)/release/nameless" --json bench-results/peers.json \
		--markdown bench-results/peers.md $(PEERS_ARGS)
