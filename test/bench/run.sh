#!/bin/bash
# The benchmark: how long migrate_ext takes beside plain psql, as Markdown.
#
#   test/bench/run.sh [options]      or: make bench
#
#   --runs N         runs of each contender (default 5, and at least 20 where they are short)
#   --only CASE      one case, may be repeated: upgrade files container_start downgrade noop one dag race curve replay
#                    stall schema
#   --check          exit with 1 if a target is missed
#   --no-peers       only migrate_ext and psql, even if other tools are installed
#   --peers-dir DIR  where peers.sh has put them (default test/bench/peers)
#   --revisions N    of upgrade, files, downgrade (default 1000)
#   --stored N       of noop, one (default 10000)
#   --dag N,N...     sizes of the graphs (default 5000,100000)
#   --starts N       of race (default 64)
#   --tables N,N...  of schema (default 1000,10000)
#   --curve N,N...   sizes of the curve (default 1000,2000,4000,8000,16000)
#   --replays N,N... sizes of replay (default 100,300,1000)
#
# With PGHOST set it uses that server: migrate_ext is installed there, the role may
# create databases and the extension, and its machine is this one.  Databases are
# named migrate_bench_... and dropped at the end.  Otherwise it builds and
# installs the extension and starts a private server that is thrown away,
# configured as PostgreSQL is when nobody has configured it, but for autovacuum,
# which would come at a moment of its own (FSYNC=off switches fsync off there), and
# for room for the locks of 10,000 tables, for psql as for us.  With SERVER_ROOT=/dev/shm
# it is in memory: a thousand revisions make thousands of files, and on some disks
# that is most of the time, and not the same from one run to the next.
#
# The other tools are shown where peers.sh has installed them.
set -euo pipefail
cd "$(dirname "$0")/../.."

for argument; do
  case $argument in
    -h | --help)
      sed -n '2,/^set/{/^set/d; s/^# \{0,1\}//; p}' "$0"
      exit
      ;;
  esac
done

command -v python3 >/dev/null || { echo "$0: python3 is missing" >&2; exit 2; }

if [ -z "${PGHOST:-}" ]; then
  # shellcheck source=scripts/machine.sh
  . scripts/machine.sh
  forget_connection_settings
  prepare_machine run
  DIR=$(new_server_dir migrate_ext_bench)
  trap 'remove_server "$DIR"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  build_and_install "$DIR"
  start_server "$DIR" "fsync = ${FSYNC:-on}" 'full_page_writes = on' 'synchronous_commit = on' \
    'autovacuum = off' 'max_connections = 100' 'max_locks_per_transaction = 2000'
  PATH=$("$PG_CONFIG" --bindir):$PATH
  export PATH
fi

PYTHONDONTWRITEBYTECODE=1 python3 test/bench/bench.py "$@"
