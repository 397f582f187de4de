#!/usr/bin/env bash
# Fails where the tests ask for other features of a crate than the engine does: that crate, and everything above it,
# would be compiled once for `make demo` and again for `make test`, which costs minutes. Cargo.toml is to ask for the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

features() { cargo tree --locked --prefix none --format '{p} {f}' "$@" | sed 's/ (\*)$//' | sort -u; }

engine=$(features --edges normal,build)
tests=$(features --edges normal,build,dev --workspace --exclude nameless-actors --exclude nameless-dst)
twice=$(comm -23 <(printf '%s\n' "$engine") <(printf '%s\n' "$tests"))
if [ -n "$twice" ]; then
    echo "compiled again for the tests, with more features:" >&2
    printf '%s\n' "$twice" >&2
    exit 1
fi
