#!/usr/bin/env bash
# Installs what `make test` needs and is not there: Debian packages (as root or through sudo) and two cargo tools.
# Quick when everything is there. Without the right to install packages it names them and goes on: the tests that
# need them say so themselves.
set -euo pipefail

export PATH="$HOME/.cargo/bin:$PATH"
NEXTEST=0.9.151
DENY=0.20.2

say() { printf 'setup: %s\n' "$*"; }

# --- Debian packages -----------------------------------------------------------------------------------------
missing=()
need() { missing+=("$@"); }

command -v cc >/dev/null || need build-essential
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null || need postgresql
command -v redis-server >/dev/null || need redis-server
command -v chromium >/dev/null || command -v google-chrome >/dev/null || need chromium fonts-dejavu-core
command -v chromedriver >/dev/null || need chromium-driver
command -v python3 >/dev/null || need python3
# A Python from elsewhere brings these; Debian's has them in a package of their own.
python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv

install_packages() {
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        # -n: never wait for a password.
        if ! sudo -n true 2>/dev/null; then
            say "missing and not installable without root: ${missing[*]}"
            return 0
        fi
        root=(sudo -n)
    fi
    if ! command -v apt-get >/dev/null; then
        say "missing, and this is no Debian: ${missing[*]}"
        return 0
    fi
    say "installing ${missing[*]}"
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends)
    "${apt[@]}" update >/dev/null || say "the package lists could not be refreshed; trying with what is there"
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        # Only the programs are wanted. The tests start servers of their own, so no cluster is made; that has to
        # be said between these two packages.
        "${apt[@]}" install postgresql-common >/dev/null
        "${root[@]}" sed -i 's/^[# ]*create_main_cluster *=.*/create_main_cluster = false/' \
            /etc/postgresql-common/createcluster.conf || true
    fi
    if [[ " ${missing[*]} " == *" redis-server "* ]]; then
        # Only the program is wanted here too; its package would start a server on the well-known port, and offers
        # no setting against it. What Debian asks before it starts a service says no, for as long as this takes.
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee /usr/sbin/policy-rc.d >/dev/null
            "${root[@]}" chmod 755 /usr/sbin/policy-rc.d
            trap '"${root[@]}" rm -f /usr/sbin/policy-rc.d' RETURN
        fi
    fi
    "${apt[@]}" install "${missing[@]}" >/dev/null
}

if [ ${#missing[@]} -gt 0 ]; then
    install_packages || say "some packages could not be installed: ${missing[*]}"
fi

# --- cargo tools ---------------------------------------------------------------------------------------------
# Tools are run for seconds and compiled for minutes, so they are compiled quickly rather than well.
tool() {
    local name=$1 version=$2
    shift 2
    if cargo "${name#cargo-}" --version >/dev/null 2>&1; then
        return 0
    fi
    say "compiling $name $version, once; this takes some minutes"
    CARGO_TARGET_DIR="$HOME/.cache/nameless/tools" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install --locked --quiet "$name@$version" "$@"
}

tool cargo-nextest "$NEXTEST" --no-default-features --features default-no-update
tool cargo-deny "$DENY"
