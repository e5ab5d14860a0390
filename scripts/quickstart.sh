#!/bin/bash
# The example project on a private server, from nothing: what "make quickstart"
# runs.  The server goes on running afterwards, to be played with; the next
# quickstart replaces it, and "scripts/quickstart.sh stop" ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh

STATE=build/quickstart # where the server of the last quickstart is
NAME=migrate_ext_quickstart
EXAMPLE=examples/timetracker

stop_last() {
  local dir
  dir=$(cat "$STATE" 2>/dev/null) || return 0
  case $dir in
    "/tmp/$NAME."??????) remove_server "$dir" || die "cannot stop the server in $dir; it may be another user's" ;;
  esac
  rm -f "$STATE"
}

sql() { # sql STATEMENT [OPTION...]: shows it and what it answers
  printf '\n\033[1m=> %s\033[0m\n' "$1" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[01]m//g'; fi
  "$PSQL" -X -q -P pager=off -v ON_ERROR_STOP=1 "${@:2}" -c "$1" 2>&1
}

forget_connection_settings
if [ "${1:-}" = stop ]; then
  stop_last
  exit
fi

prepare_machine run
stop_last
DIR=$(new_server_dir "$NAME")
trap 'remove_server "$DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say "Building and installing migrate_ext for $("$PG_CONFIG" --version)"
build_and_install "$DIR"
say "Starting a private server in $DIR"
start_server "$DIR"
PSQL=$("$PG_CONFIG" --bindir)/psql
"$PSQL" -X -q -c 'CREATE DATABASE timetracker'
export PGDATABASE=timetracker

sql 'CREATE EXTENSION migrate_ext'

say "" "\$ migrate.sh load --dir $EXAMPLE --verbose"
PATH="$("$PG_CONFIG" --bindir):$PATH" scripts/migrate.sh load --dir "$EXAMPLE" --verbose 2>&1

sql "SELECT migrate.upgrade('head')"
sql 'SELECT migrate.current()'
sql 'SELECT migrate.graph()' -At
sql 'SELECT revision, down_revisions, message, branch_labels AS labels, depends_on, is_current FROM migrate.history()'

say "" '$ psql -f examples/timetracker_rows.sql'
"$PSQL" -X -q -v ON_ERROR_STOP=1 -f examples/timetracker_rows.sql
sql 'SELECT email, first_name, last_name FROM users'

say "" 'Down to before names were split, and up again:'
sql "SELECT migrate.downgrade('4a81c3e97f5d')"
sql 'SELECT email, name FROM users'
sql "SELECT migrate.upgrade('head')"
sql 'SELECT email, first_name, last_name FROM users'

sql 'SELECT action, revision, outcome, started_at, duration, role FROM migrate.log ORDER BY id DESC LIMIT 5'

mkdir -p build
echo "$DIR" >"$STATE"
trap - EXIT
command -v psql >/dev/null && PSQL=psql
say "" "The server goes on running. Go on with:" "" \
  "    $PSQL -h $DIR -U $PGUSER $PGDATABASE" "" \
  "and stop it with:" "" "    scripts/quickstart.sh stop"
