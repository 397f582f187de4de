#!/bin/sh
# Gets what tests judge the operators' pages with, axe-core and html-validate, characters' cards with, ccardlib, and what
# stands in for OpenRouter, aimock, out of npm's registry. Every package is pinned by its hash in
# tests/judges/package-lock.json; nothing of theirs is run while they are installed.
# Silent when there is nothing to do.
#
#   judges.sh            into the cache: ~/.cache/nameless/judges-* (XDG_CACHE_HOME honoured)
#   judges.sh --where    tells their folder if they are there
#
# Exit code: 0 they are there; 1 they cannot be had, and the last line says why; 2 wrong use.
set -eu
umask 022
cd "$(dirname "$0")/../tests/judges"

CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/nameless
PINNED=$(sha256sum <package-lock.json | cut -c1-12)
JUDGES=$CACHE/judges-$PINNED

fail() {
    printf 'judges: %s\n' "$*" >&2
    exit 1
}

there() { [ -f "$JUDGES/complete" ]; }

case ${1-} in
'')
    there && exit 0
    command -v npm >/dev/null || fail "npm is missing (apt install nodejs npm)"
    mkdir -p "$CACHE"
    UNFINISHED=$(mktemp -d "$CACHE/judges.XXXXXX")
    trap 'rm -rf "$UNFINISHED"' EXIT
    cp package.json package-lock.json "$UNFINISHED"
    printf 'judges: fetching axe-core, html-validate, ccardlib and aimock, once\n' >&2
    npm ci --prefix "$UNFINISHED" --ignore-scripts --no-audit --no-fund --silent >"$UNFINISHED/said" 2>&1 || {
        tail -n 3 "$UNFINISHED/said" >&2
        fail "they cannot be fetched: is npm's registry reachable?"
    }
    touch "$UNFINISHED/complete"
    chmod 755 "$UNFINISHED"
    # Somebody else may have been quicker; the files are the same.
    mv "$UNFINISHED" "$JUDGES" 2>/dev/null || there || fail "$JUDGES cannot be made"
    ;;
--where)
    there || exit 1
    printf '%s\n' "$JUDGES"
    ;;
*)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
