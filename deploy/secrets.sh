#!/bin/sh
# Makes the secrets that compose.yml wants and that are not there: deploy/secrets.sh TOKEN_OF_THE_BOT
# What is there stays as it is. Keep a copy of history_key somewhere else: without it nobody can read the history.
set -eu
umask 077
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
random() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
write() { [ -s "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"; }

[ -s "$folder/bot_token" ] || write bot_token "${1:?the token of the bot, from @BotFather}"
write history_key "$(random)"
# Empty but while the key is exchanged; Docker wants it to be there.
[ -e "$folder/history_key_old" ] || : >"$folder/history_key_old"
# Of a second bot, which tells of alerts (compose.prod.yml's profile `monitoring`): yours to fill.
[ -e "$folder/alerts_token" ] || : >"$folder/alerts_token"
write postgres_password "$(random)"
write webhook_secret "$(random)"
write grafana_password "$(random)"
write database_url "postgres://nameless:$(cat "$folder/postgres_password")@postgres:5432/nameless"
# The folder keeps everybody else of this machine out; in its container the bot is a user who has to read the files.
chmod 700 "$folder"
chmod 444 "$folder"/*
chmod 644 "$folder/alerts_token"
echo "secrets are in $folder"
