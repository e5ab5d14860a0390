#!/bin/bash
# The example of a project on Citus, examples/citus, as its README has it, and what else is there for
# Citus: sizes, an index that failed, workers.
#
#   test/citus/run.sh                       with a stand-in: catalogs and functions with Citus' names
#                                           on one server; nothing is distributed
#   MIGRATE_CITUS=DIR test/citus/run.sh     with Citus: its source is in DIR and is built in a copy, for
#                                           a coordinator and two workers on this host
#
# The last line counts: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. scripts/machine.sh

forget_connection_settings
prepare_machine check
DIR=$(new_server_dir migrate_ext_citus) || exit 1
finish() {
  local server
  for server in coordinator worker1 worker2; do stop_server "$DIR/$server"; done
  rm -rf "$DIR"
}
trap finish EXIT
chmod 755 "$DIR"
export PRIVATE_PREFIX=1
build_and_install "$DIR"
PATH=$("$PG_CONFIG" --bindir):$PATH
export PATH PG_CONFIG

passed=0 failed=0
is() { # is WHAT EXPECTED GOT
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    say "ok      $1"
  else
    failed=$((failed + 1))
    say "not ok  $1" "    wanted: $2" "    but it is: $3"
  fi
}
like() { # like WHAT REGEX GOT
  if [[ $3 =~ $2 ]]; then is "$1" "$3" "$3"; else is "$1" "$2" "$3"; fi
}
sql() { psql -XAtqc "$1" 2>&1; }

# --- Citus, or what stands in for it --------------------------------------------

build_citus() { # build_citus SOURCE
  mkdir "$DIR/source"
  tar -C "$1" --exclude=.git -cf - . | tar -C "$DIR/source" -xf -
  (cd "$DIR/source" && ./configure PG_CONFIG="$PG_CONFIG" && make -j2 && make install) >"$DIR/citus.log" 2>&1 ||
    { tail -30 "$DIR/citus.log" >&2; die "Citus could not be built from $1"; }
}

server() { # server NAME [SETTING...]
  mkdir "$DIR/$1"
  [ "$(id -u)" != 0 ] || chown "$(server_user):" "$DIR/$1"
  start_server "$DIR/$1" "${@:2}"
}

CITUS_WORKERS=
if [ -n "${MIGRATE_CITUS:-}" ]; then
  build_citus "$MIGRATE_CITUS"
  settings=("shared_preload_libraries = 'citus'" "listen_addresses = 'localhost'" "wal_level = logical")
  port=$((20000 + $$ % 20000))
  server worker1 "${settings[@]}" "port = $((port + 1))"
  server worker2 "${settings[@]}" "port = $((port + 2))"
  server coordinator "${settings[@]}" "port = $port"
  export PGPORT=$port
  CITUS_WORKERS="$((port + 1)) $((port + 2))"
else
  say "SKIPPED: Citus itself: set MIGRATE_CITUS to its source. What follows is a stand-in on one server, which distributes nothing."
  cp test/citus/stand_in/* "$("$PG_CONFIG" --sharedir)/extension/"
  server coordinator
fi
export CITUS_WORKERS

# --- the example ------------------------------------------------------------------

while read -r line; do
  case $line in
    *" passed, "*" failed")
      passed=$((passed + ${line%% *}))
      line=${line#*, } failed=$((failed + ${line%% *}))
      ;;
    *) say "$line" ;;
  esac
done < <(test/readme/run.sh examples/citus/README.md 2>&1)

# --- what is different with Citus -------------------------------------------------

createdb distributed && export PGDATABASE=distributed
test/citus/cluster.sh
(cd examples/citus && migrate.sh apply) >/dev/null 2>&1
is 'all is applied' 4c08a6d3f7e5 "$(sql 'SELECT * FROM migrate.current()')"
sql "INSERT INTO countries VALUES ('fi', 'Finland'); INSERT INTO accounts VALUES (1, 'fi', 'one');
  INSERT INTO events (account_id, id, what) VALUES (1, 1, 'twice'), (1, 2, 'twice')"

# Sizes are those of all nodes: the coordinator's own part is small.
of_all_nodes="> 10 * pg_total_relation_size('events')"
sql "SELECT migrate.revision('Sizes', 'CREATE INDEX events_what_idx ON events (what)', 'DROP INDEX events_what_idx', rev_id => 'sizes')" >/dev/null
like 'hazards have the size of the distributed table' 'lock: ACCESS EXCLUSIVE on public.events \([0-9]+ [kMG]B, distributed\)' \
  "$(sql "SELECT hazards FROM migrate.diff('CREATE TABLE accounts (id bigint PRIMARY KEY)')")"
is 'so has a dry run' t "$(sql "SELECT blocked_bytes $of_all_nodes FROM migrate.dry_run()" | tail -1)"
like 'and so has a review' "index_locks_writes.*about [0-9]+ rows, [0-9]+ [kMG]B" "$(sql 'SELECT rule, evidence FROM migrate.review()')"
sql "SELECT migrate.remove('sizes')" >/dev/null

# An index that failed is taken away on all nodes, whether they have it or not.
sql "SELECT migrate.revision('Unique', 'CREATE UNIQUE INDEX CONCURRENTLY events_once_idx ON events (account_id, what)',
  'DROP INDEX CONCURRENTLY events_once_idx', rev_id => 'once')" >/dev/null
like 'an index cannot be built' 'is left behind, INVALID' "$(sql 'CALL migrate.deploy()')"
is 'an index that failed is there' f "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'events_once_idx'::regclass")"
[ -n "$CITUS_WORKERS" ] ||
  like '  and is not on all nodes' 'index does not exist on the workers' "$(sql 'DROP INDEX CONCURRENTLY events_once_idx')"
sql 'DELETE FROM events WHERE id = 2'
like 'the next deploy takes it away' 'dropping the invalid index public.events_once_idx' "$(sql 'CALL migrate.deploy()')"
is '  and builds it' t "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'events_once_idx'::regclass")"

# Down again, and what a worker says.
like 'downgrades are run' 'Running downgrade 1a7c3e905b42' "$(sql "CALL migrate.revert('base')")"
is 'no table is left' 0 "$(sql 'SELECT count(*) FROM citus_tables')"
if [ -n "$CITUS_WORKERS" ]; then
  PGHOST=localhost PGPORT=${CITUS_WORKERS%% *}
  sql 'CREATE EXTENSION IF NOT EXISTS migrate_ext' >/dev/null
else
  sql 'UPDATE pg_dist_local_group SET groupid = 1'
fi
like 'a worker refuses' 'runs on the coordinator of Citus, and this is a worker' "$(sql 'SELECT migrate.upgrade()')"

say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
