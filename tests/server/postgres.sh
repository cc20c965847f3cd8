#!/usr/bin/env bash
# Run a command with the pages' database in a PostgreSQL server that lives for as long as the command.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1) || true
if [ -z "$bin" ]; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql
    bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
fi
folder=$(mktemp -d)
port=${SOJOURN_POSTGRES_PORT:-54329}
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown postgres "$folder"
trap 'as "$bin/pg_ctl" -D "$folder/data" -m fast stop >/dev/null || true; rm -rf "$folder"' EXIT
as "$bin/initdb" -D "$folder/data" -U sojourn --auth=trust >/dev/null
as "$bin/pg_ctl" -D "$folder/data" -w -o "-p $port -c listen_addresses=127.0.0.1 -k $folder" -l "$folder/log" start >/dev/null
SOJOURN_DATABASE_URL="postgresql://sojourn@127.0.0.1:$port/postgres" "$@"
