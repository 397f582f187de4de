#!/usr/bin/env bash
# Installs peers at their pinned versions: setup.sh [aiogram] [grammy] [teloxide] [null-relay]; all of them without
# arguments. setup.sh portkey: the gateway that `nameless bench companion` is measured beside. Everything goes to ~/.cache/nameless/peers (NAMELESS_PEERS_CACHE). Quick when it is there already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${NAMELESS_PEERS_CACHE:-$HOME/.cache/nameless/peers}
export PATH="$HOME/.cargo/bin:$PATH"

say() { printf 'peers: %s\n' "$*"; }
die() { printf 'peers: %s\n' "$*" >&2; exit 1; }

# --- Debian packages -----------------------------------------------------------------------------------------
# Installed as root or through sudo without a password; else they are named.
debian() {
    local what=$1
    shift
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || die "$what is missing: apt install $*"
        root=(sudo -n)
    fi
    command -v apt-get >/dev/null || die "$what is missing, and this is no Debian to install $* on"
    say "installing $*"
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends)
    "${apt[@]}" update >/dev/null || say "the package lists could not be refreshed; trying with what is there"
    "${apt[@]}" install "$@" >/dev/null || die "$what is missing and could not be installed: apt install $*"
}

# --- aiogram -------------------------------------------------------------------------------------------------
venv() {
    local form=$1 requirements=$2
    local home=$cache/aiogram-$form stamp=$cache/aiogram-$form.stamp
    local wanted
    wanted=$(cat "$here"/aiogram/requirements*.txt | sha256sum; python3 --version)
    if [ -x "$home/bin/python3" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    say "aiogram, $form form: a virtual environment"
    python3 -m venv --clear "$home"
    "$home/bin/python3" -m pip install --quiet --disable-pip-version-check --no-deps -r "$requirements"
    "$home/bin/python3" -m pip check --quiet --disable-pip-version-check >/dev/null ||
        die "aiogram's pinned packages do not fit each other"
    printf '%s\n' "$wanted" >"$stamp"
}

aiogram() {
    command -v python3 >/dev/null || debian python3 python3 python3-venv
    python3 -c 'import ensurepip, venv' 2>/dev/null || debian python3-venv python3-venv
    venv default "$here/aiogram/requirements.txt"
    venv tuned "$here/aiogram/requirements-tuned.txt"
}

# --- Node.js -------------------------------------------------------------------------------------------------
# What a lock file of ours pins, into the cache.
node_modules() {
    local peer=$1
    command -v node >/dev/null || debian Node.js nodejs
    command -v npm >/dev/null || debian npm npm
    local major
    major=$(node -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 20 ] || die "$peer needs Node.js 20 or newer, this is $(node --version)"
    local home=$cache/$peer stamp=$cache/$peer.stamp wanted
    wanted=$(sha256sum <"$here/$peer/package-lock.json"; node --version)
    if ! { [ -d "$home/node_modules" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; }; then
        say "$peer: npm ci"
        rm -rf "$home"
        mkdir -p "$home"
        cp "$here/$peer/package.json" "$here/$peer/package-lock.json" "$home/"
        (cd "$home" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error)
        printf '%s\n' "$wanted" >"$stamp"
    fi
}

grammy() {
    node_modules grammy
    # Node looks for modules beside the sources.
    ln -sfn "$cache/grammy/node_modules" "$here/grammy/node_modules"
}

# No bot: a gateway, which `nameless bench companion --gateway` starts.
portkey() {
    node_modules portkey
}

# --- Rust ----------------------------------------------------------------------------------------------------
build() {
    local package=$1 profile=$2 program=$3 name=$4
    shift 4
    CARGO_TARGET_DIR="$cache/target" cargo build --quiet --locked --manifest-path "$here/Cargo.toml" \
        --package "$package" --profile "$profile" "$@"
    mkdir -p "$cache/bin"
    local built=$cache/target/$profile/$program
    if ! cmp -s "$built" "$cache/bin/$name"; then
        # In one step, as another run may hold the old one open.
        cp "$built" "$cache/bin/$name.new"
        mv "$cache/bin/$name.new" "$cache/bin/$name"
    fi
}

rust() {
    # Where a test runner calls this, cargo's words about the test's package are in the environment, and build scripts of
    # dependencies that look at them would run anew.
    local name
    for name in $(compgen -e CARGO_PKG_) $(compgen -e CARGO_BIN_) CARGO_MANIFEST_DIR CARGO_MANIFEST_PATH \
        CARGO_CRATE_NAME CARGO_PRIMARY_PACKAGE CARGO_MANIFEST_LINKS OUT_DIR; do
        unset "$name"
    done
    command -v cargo >/dev/null || die "cargo is missing: https://rustup.rs"
    command -v cc >/dev/null || debian "a C compiler" build-essential
}

teloxide() {
    rust
    say "teloxide: two builds, minutes each when nothing is there yet"
    build teloxide-peer release teloxide-peer teloxide-default
    build teloxide-peer tuned teloxide-peer teloxide-tuned --features tuned
}

null-relay() {
    rust
    build null-relay tuned null-relay null-relay
}

[ $# -gt 0 ] || set -- null-relay aiogram grammy teloxide
mkdir -p "$cache"
# Tests and benches may call this at the same time.
exec 9>"$cache/lock"
flock 9
for peer in "$@"; do
    case $peer in
    aiogram | grammy | teloxide | null-relay | portkey) "$peer" ;;
    *) die "no such peer: $peer" ;;
    esac
done
