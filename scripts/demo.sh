#!/bin/sh
# `make demo`: makes sure of PostgreSQL's programs, builds the engine, shows it. The first build takes minutes, so it
# says how far it is: cargo's own bar on a terminal, a line every ten seconds elsewhere.
set -eu

say() { printf 'demo: %s\n' "$*"; }

cd "$(dirname "$0")/.."
scripts/postgres.sh

# Only what the demo needs; `cargo run` below finds it done.
build() { env "$@" cargo build --locked --bin nameless; }

# What looks at photos, beside the build. Without it photos stay blurred, and all else goes on.
scripts/models.sh >/dev/null 2>&1 &
MODELS=$!

say "building; minutes the first time, seconds from then on"
if [ -t 2 ]; then
    build
else
    LOG=$(mktemp "${TMPDIR:-/tmp}/nameless-build.XXXXXX")
    WATCHER=
    trap '[ -z "$WATCHER" ] || kill "$WATCHER" 2>/dev/null; rm -f "$LOG"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # cargo redraws its bar: "Building [==>    ] 12/345: one, two". The crates that are built at the moment follow.
    progress() { tr '\r' '\n' <"$LOG" | sed -n 's|.*Building \[[^]]*\] *\([0-9]*\)/\([0-9]*\).*|built \1 of \2 parts|p' | tail -n 1; }
    watch() {
        seconds=0
        # It may outlive this loop for a moment, and must not hold the output open.
        while sleep 10 >&- 2>&-; do
            seconds=$((seconds + 10))
            done=$(progress)
            say "${done:-fetching the crates}, ${seconds} s"
        done
    }
    watch &
    WATCHER=$!
    if ! build CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=80 CARGO_TERM_COLOR=never 2>"$LOG"; then
        tr '\r' '\n' <"$LOG" | grep -v '^ *\(Building \[\|Compiling \|Downloaded \|$\)' >&2 || true
        exit 1
    fi
    kill "$WATCHER"
    wait "$WATCHER" 2>/dev/null || true
    WATCHER=
    rm -f "$LOG"
fi

wait "$MODELS" || say "no models for photos (scripts/models.sh says why): they stay blurred"
say "starting; Ctrl-C ends it"
exec cargo run --locked --quiet --bin nameless -- demo "$@"
