#!/bin/sh
# Makes the database of libpq's environment a coordinator.  CITUS_WORKERS: ports of servers on this
# host that become its workers; with a stand-in there are two that nobody asks.
set -eu
export PGOPTIONS='-c client_min_messages=warning'
run() { psql -Xqv ON_ERROR_STOP=1 "$@" >/dev/null; }

run -c 'CREATE EXTENSION citus'
if [ -z "${CITUS_WORKERS:-}" ]; then
  run -c "SELECT citus_add_node('worker-1', 5432), citus_add_node('worker-2', 5432)"
  exit
fi
run -c "SELECT citus_set_coordinator_host('localhost', $PGPORT)"
for port in $CITUS_WORKERS; do
  PGHOST=localhost PGPORT=$port run -d postgres -c "DROP DATABASE IF EXISTS $PGDATABASE" -c "CREATE DATABASE $PGDATABASE"
  PGHOST=localhost PGPORT=$port run -c 'CREATE EXTENSION citus'
  run -c "SELECT citus_add_node('localhost', $port)"
done
