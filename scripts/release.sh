#!/bin/bash
# Puts a version of the bot to work on this machine, one node after the other. If a node does not get well, the version
# before is put back by itself. Nothing is lost on the way: a node that stops finishes what it has accepted or hands it over.
#
#   release.sh VERSION      the program has to be in $NAMELESS_HOME/releases/VERSION/nameless
#   rollback.sh [VERSION]   back to the version before, or to another that is there
#
# NAMELESS_HOME     where versions are: /opt/nameless. `current` in it leads to the one at work, `previous` to the one before
# NAMELESS_NODES    this machine's nodes in turn, each with its METRICS_ADDR: "nameless=127.0.0.1:9464"
# NAMELESS_RESTART  command that ends a node (its name comes as an argument) and starts it anew: "systemctl restart"
# NAMELESS_ENV      settings of the nodes, for a look at the database: /etc/nameless/env
# NAMELESS_WAIT     seconds in which a node has to be well: 25
#
# Exit code: 0 it is at work; 1 it is not, and the version before is; 2 nothing was changed; 3 look at once.
set -euo pipefail

HOME_OF=${NAMELESS_HOME:-/opt/nameless}
read -ra NODES <<<"${NAMELESS_NODES:-nameless=127.0.0.1:9464}"
read -ra RESTART <<<"${NAMELESS_RESTART:-systemctl restart}"
WAIT=${NAMELESS_WAIT:-25}

say() { printf 'release: %s\n' "$*"; }
refuse() {
    printf 'release: %s; nothing was changed\n' "$*" >&2
    exit 2
}
# Which version a link leads to; nothing if it is not there.
leads_to() { basename "$(readlink "$HOME_OF/$1" 2>/dev/null || true)"; }
# A link is changed in one step: whoever starts meanwhile finds the one version or the other.
lead() {
    ln -sfn "releases/$2" "$HOME_OF/$1.new"
    mv -T "$HOME_OF/$1.new" "$HOME_OF/$1"
}

well() { METRICS_ADDR=$1 timeout 5 "$HOME_OF/current/nameless" health >/dev/null 2>&1; }

# One node, with the version that `current` leads to.
turn() {
    local name=${1%%=*} address=${1#*=} until=$((SECONDS + WAIT))
    "${RESTART[@]}" "$name" || return 1
    until well "$address"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
    say "$name is well with $(leads_to current)"
}

main() {
    local back=0
    if [ "${1-}" = --back ]; then
        back=1
        shift
    fi
    local now version
    now=$(leads_to current)
    version=${1-}
    if [ -z "$version" ]; then
        [ "$back" = 1 ] || refuse "which version? release.sh VERSION"
        version=$(leads_to previous)
        [ -n "$version" ] || refuse "there is no version before"
    fi
    [[ $version =~ ^[A-Za-z0-9._-]+$ && $version != . && $version != .. ]] || refuse "$version is no name of a version"
    local program=$HOME_OF/releases/$version/nameless
    [ -x "$program" ] || refuse "$program is not there"
    [ "$version" != "$now" ] || refuse "$version is at work"
    if [ "$back" = 1 ]; then
        # An older program runs on a newer database if what was added only expands. It knows, so it is asked.
        (
            if [ -r "${NAMELESS_ENV:-/etc/nameless/env}" ]; then
                set -a
                # shellcheck disable=SC1090
                . "${NAMELESS_ENV:-/etc/nameless/env}"
                set +a
            fi
            timeout 10 "$program" migrate status >/dev/null
        ) || refuse "$version cannot run on this database as it is (docs/operations.md, \"Roll back\")"
    fi

    say "from ${now:-nothing} to $version"
    lead current "$version"
    local node turned=()
    for node in "${NODES[@]}"; do
        turned+=("$node")
        if turn "$node"; then continue; fi
        say "${node%%=*} does not get well with $version" >&2
        [ -n "$now" ] || exit 3
        lead current "$now"
        for node in "${turned[@]}"; do
            if ! turn "$node"; then
                say "${node%%=*} does not get well with $now either: look at its log" >&2
                exit 3
            fi
        done
        say "$now is back at work" >&2
        exit 1
    done
    [ -z "$now" ] || lead previous "$now"
    say "$version is at work, after $SECONDS s"
}

main "$@"
