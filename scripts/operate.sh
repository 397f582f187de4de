#!/bin/bash
# Runs a command of the bot as its systemd unit would, with the unit's settings, secrets and data: as root,
#
#   operate.sh doctor
#   operate.sh dead-letters list
#
# A command that is merely called knows nothing of these, and looks for a database in the folder where it was called. Name
# files by their whole path: it runs in the folder of the unit's data.
#
# NAMELESS_HOME          where versions are: /opt/nameless. Without one at work there, `nameless` of the PATH is run
# NAMELESS_ENV_FILE      settings of the unit: /etc/nameless/env. Nothing in it is evaluated
# NAMELESS_CREDENTIALS   its secrets, a file each, named like the setting: /etc/nameless/credentials
# NAMELESS_DATA          DATA_DIR, if the settings do not name one: /var/lib/nameless
set -euo pipefail
umask 077

HOME_OF=$(realpath -ms "${NAMELESS_HOME:-/opt/nameless}")
ENV_OF=${NAMELESS_ENV_FILE:-/etc/nameless/env}
SECRETS_OF=${NAMELESS_CREDENTIALS:-/etc/nameless/credentials}
DATA_OF=${NAMELESS_DATA:-/var/lib/nameless}

refuse() {
    printf 'operate: %s\n' "$*" >&2
    exit 2
}

[ $# -gt 0 ] || refuse "which command? operate.sh doctor"
program=$HOME_OF/current/nameless
[ -x "$program" ] || program=$(command -v nameless) || refuse "neither $HOME_OF/current/nameless nor nameless is there"

# In a folder that may not be entered nothing seems to be.
above=$ENV_OF
until [ -e "$above" ]; do above=$(dirname "$above"); done
if [ "$above" != "$ENV_OF" ]; then
    [ -d "$above" ] && [ -x "$above" ] || refuse "$ENV_OF may not be read: run this as root"
elif [ -d "$ENV_OF" ] || [ ! -r "$ENV_OF" ]; then
    refuse "$ENV_OF may not be read: run this as root"
fi

settings=("DATA_DIR=$DATA_OF")
for secret in "$SECRETS_OF"/*; do
    name=$(basename "$secret")
    # An editor's copy of one is none.
    [[ -f $secret && $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || continue
    settings+=("${name^^}_FILE=$secret")
done
# Line by line as systemd does; what stands there wins.
if [ -e "$ENV_OF" ]; then
    setting='^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$'
    while IFS= read -r line || [ -n "$line" ]; do
        [[ $line =~ $setting ]] || continue
        name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        value=${value%"${value##*[![:space:]]}"}
        case $value in
            \"*\" | \'*\') value=${value:1:-1} ;;
        esac
        settings+=("$name=$value")
        if [ "$name" = DATA_DIR ]; then DATA_OF=$value; fi
    done <"$ENV_OF"
fi

cd "$DATA_OF" || refuse "$DATA_OF cannot be entered: run this as root, once the bot was started"
# Not by `env`: everybody on this machine can read its arguments, and secrets are among the settings.
mapfile -t exported < <(compgen -e)
export -n "${exported[@]}"
export PATH "HOME=${HOME:-/}" "${settings[@]}"
exec "$program" "$@"
