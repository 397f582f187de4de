#!/usr/bin/env bash
# Runs a peer in the foreground: run.sh aiogram|grammy|teloxide|null-relay default|tuned
# Environment: BOT_TOKEN, TELEGRAM_API_URL, DATABASE_URL, REDIS_URL (the null relay needs the first two only).
# The shell becomes the bot (exec), so signals and the accounting of CPU time reach it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${NAMELESS_PEERS_CACHE:-$HOME/.cache/nameless/peers}

usage() {
    echo "usage: run.sh aiogram|grammy|teloxide|null-relay default|tuned" >&2
    exit 2
}
[ $# -eq 2 ] || usage
peer=$1 form=$2
[[ $form == default || $form == tuned ]] || usage

need() {
    [ -e "$1" ] || { echo "run.sh: $peer $form is not installed; run benches/peers/setup.sh $peer" >&2; exit 2; }
}
for name in BOT_TOKEN TELEGRAM_API_URL; do
    [ -n "${!name:-}" ] || { echo "run.sh: $name is not set" >&2; exit 2; }
done

# A proxy of the surroundings must not get between the bot and this machine.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

case $peer in
aiogram)
    python=$cache/aiogram-$form/bin/python3
    need "$python"
    exec "$python" "$here/aiogram/bot.py" "$form"
    ;;
grammy)
    need "$here/grammy/node_modules/grammy"
    export NODE_ENV=production
    # A larger young generation: what lives for one update is not copied about.
    options=()
    [ "$form" = default ] || options=(--max-semi-space-size=64)
    exec node "${options[@]}" "$here/grammy/src/$form.js"
    ;;
teloxide)
    program=$cache/bin/teloxide-$form
    need "$program"
    exec "$program"
    ;;
null-relay)
    program=$cache/bin/null-relay
    need "$program"
    exec "$program" "$form"
    ;;
*)
    usage
    ;;
esac
