#!/bin/bash
# Puts a version of the bot to work on this machine, one node after the other. If a node does not get well, the version
# before is put back by itself. Nothing is lost on the way: a node that stops finishes what it has accepted or hands it over.
# Cut off half-way, it is run again with the same version: all nodes are turned once more.
#
#   release.sh VERSION      the program has to be in $NAMELESS_HOME/releases/VERSION/nameless
#   rollback.sh [VERSION]   back to the version before, or to another that is there
#
# NAMELESS_HOME     where versions are: /opt/nameless. `current` in it leads to the one at work, `previous` to the one before
# NAMELESS_NODES    this machine's nodes in turn, each with its METRICS_ADDR: "nameless=127.0.0.1:9464"
# NAMELESS_RESTART  command that ends a node (its name comes as an argument) and starts it anew: "systemctl restart", and
#                   before it "systemctl reset-failed"
# NAMELESS_ENV_FILE      settings of the nodes, by which their database is found: /etc/nameless/env. It has to be readable
# NAMELESS_CREDENTIALS   their secrets, a file each: if `database_url` is there and may be read, that is the database
# NAMELESS_DATA     DATA_DIR of the nodes if those do not name one: /var/lib/nameless, as the unit has it
# NAMELESS_WAIT     seconds in which a node has to be well after its start: 25
#
# Exit code: 0 it is at work; 1 it is not, and the version before is; 2 no node was touched; 3 look at once.
set -euo pipefail

HOME_OF=$(realpath -ms "${NAMELESS_HOME:-/opt/nameless}")
read -ra NODES <<<"${NAMELESS_NODES:-nameless=127.0.0.1:9464}"
read -ra RESTART <<<"${NAMELESS_RESTART:-}"
ENV_OF=${NAMELESS_ENV_FILE:-/etc/nameless/env}
DATA_OF=${NAMELESS_DATA:-/var/lib/nameless}
WAIT=${NAMELESS_WAIT:-25}
# Of the nodes' settings, those by which a program finds their database: NAME=value.
SETTINGS=()

# Whoever reads may have gone, as an SSH connection does; the nodes are seen to in any case.
say() { printf 'release: %s\n' "$*" 2>/dev/null || true; }
refuse() {
    say "$*; nothing was changed" >&2
    exit 2
}
# Which version a link leads to; nothing if it is not there.
leads_to() { basename "$(readlink "$HOME_OF/$1" 2>/dev/null || true)"; }
# A link is changed in one step: whoever starts meanwhile finds the one version or the other.
lead() { ln -sfn "releases/$2" "$HOME_OF/$1.new" && mv -T "$HOME_OF/$1.new" "$HOME_OF/$1"; }
# The version before is this one; none if it has no name.
keep() { if [ -n "$1" ]; then lead previous "$1"; else rm -f "$HOME_OF/previous"; fi; }

# Reads SETTINGS, line by line as systemd does: nothing in them is evaluated. Fails if they may not be read.
read_settings() {
    local above=$ENV_OF line value
    # In a folder that may not be entered nothing seems to be.
    until [ -e "$above" ]; do above=$(dirname "$above"); done
    if [ "$above" != "$ENV_OF" ]; then
        [ -d "$above" ] && [ -x "$above" ]
        return
    fi
    if [ -d "$ENV_OF" ] || [ ! -r "$ENV_OF" ]; then return 1; fi
    local setting='^[[:space:]]*(DATABASE_URL|DATABASE_URL_FILE|DATA_DIR|POSTGRES_BIN)[[:space:]]*=[[:space:]]*(.*)$'
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ $setting ]] || continue
        value=${BASH_REMATCH[2]}
        value=${value%"${value##*[![:space:]]}"}
        case $value in
            \"*\" | \'*\') value=${value:1:-1} ;;
        esac
        if [ "${BASH_REMATCH[1]}" = DATA_DIR ]; then
            DATA_OF=${value:-$DATA_OF}
        elif [ -n "$value" ]; then
            SETTINGS+=("${BASH_REMATCH[1]}=$value")
        fi
    done <"$ENV_OF"
}
# The database's address as the unit's credential.
read_secret() {
    local secret=${NAMELESS_CREDENTIALS:-/etc/nameless/credentials}/database_url
    if [[ "${SETTINGS[*]-}" != *DATABASE_URL* ]] && [ -r "$secret" ]; then SETTINGS+=("DATABASE_URL_FILE=$secret"); fi
}
# Whether there is a database to be asked. A program that finds none makes itself one.
has_database() { [[ "${SETTINGS[*]-}" = *DATABASE_URL* ]] || [ -e "$DATA_OF/postgres/PG_VERSION" ]; }
# Runs a command that finds the database as the nodes do: where they run, and without what the caller's own shell has set.
on_database() (
    mapfile -t exported < <(compgen -e)
    export -n "${exported[@]}"
    export PATH HOME "DATA_DIR=$DATA_OF" ${SETTINGS[@]+"${SETTINGS[@]}"}
    cd "$DATA_OF" 2>/dev/null || cd /
    exec "$@"
)

restart() {
    if [ ${#RESTART[@]} -gt 0 ]; then
        "${RESTART[@]}" "$1"
        return
    fi
    # A version that ends at once uses up the starts that systemd allows (StartLimitBurst), those of the good one as well.
    systemctl reset-failed "$1" || say "systemd's count of starts stands: the right to reset-failed $1 is missing" >&2
    systemctl restart "$1"
}

well() { METRICS_ADDR=$1 timeout 5 "$HOME_OF/current/nameless" health >/dev/null 2>&1; }

# One node, with the version that `current` leads to.
turn() {
    local name=${1%%=*} address=${1#*=} until
    restart "$name" || return 1
    # From here: what a node needed to end well is not taken from the time of its start.
    until=$((SECONDS + WAIT))
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
    local now kept version
    now=$(leads_to current)
    kept=$(leads_to previous)
    version=${1-}
    if [ -z "$version" ]; then
        [ "$back" = 1 ] || refuse "which version? release.sh VERSION"
        version=$kept
        [ -n "$version" ] || refuse "there is no version before; rollback.sh VERSION goes to another"
    fi
    [[ $version =~ ^[A-Za-z0-9._-]+$ && $version != . && $version != .. ]] || refuse "$version is no name of a version"
    local program=$HOME_OF/releases/$version/nameless
    [ -x "$program" ] || refuse "$program is not there"

    trap '' HUP PIPE
    read_settings || refuse "$ENV_OF may not be read, and only it says where the database is"
    read_secret
    if [ "$back" = 1 ]; then
        has_database || refuse "$ENV_OF has no DATABASE_URL, and in $DATA_OF is no database that this user may see"
        # An older program runs on a newer database if what was added only expands. It knows, so it is asked.
        on_database timeout 20 "$program" migrate status >/dev/null ||
            refuse "$version cannot run on this database as it is (docs/operations.md, \"Roll back\")"
    elif has_database; then
        # Beside the nodes, as a step may take longer than a node has for its start.
        if ! on_database "$program" migrate up >&2; then
            say "$version cannot bring the database up to date; no node was touched" >&2
            exit 2
        fi
    else
        say "no database can be seen from here: the node itself brings it up to date"
    fi

    # Where it goes if a node does not get well, and what is the version before then; and what is if all do. A version that
    # was put back is not gone to again, so after a roll-back there is none before.
    local before=$now kept_then=$kept kept_after=$now
    if [ "$version" = "$now" ]; then
        before=$kept kept_then='' kept_after=$kept
    elif [ "$back" = 1 ]; then
        kept_after=''
    fi
    say "from ${now:-nothing} to $version"
    # Before the first node: cut off in between, both links are right already.
    keep "$kept_after" || refuse "$HOME_OF/previous cannot be changed"
    lead current "$version" || {
        keep "$kept" || true
        refuse "$HOME_OF/current cannot be changed"
    }
    local node turned=()
    for node in "${NODES[@]}"; do
        turned+=("$node")
        if turn "$node"; then continue; fi
        say "${node%%=*} does not get well with $version" >&2
        if [ -z "$before" ]; then
            say "there is no version before: look at its log (journalctl -u ${node%%=*}), then run this again" >&2
            exit 3
        fi
        lead current "$before" || exit 3
        keep "$kept_then" || exit 3
        for node in "${turned[@]}"; do
            if ! turn "$node"; then
                say "${node%%=*} does not get well with $before either: look at its log" >&2
                exit 3
            fi
        done
        say "$before is back at work" >&2
        exit 1
    done
    say "$version is at work, after $SECONDS s"
}

main "$@"
