#!/bin/sh
# What a container starts with: waits for the server, migrates, and becomes the
# service that its arguments name.
#
#   ENTRYPOINT ["entrypoint.sh"]
#   CMD ["gunicorn", "app:app"]
#
# It exists because every start of every replica goes through it.  So a start
# with nothing to do costs one connection; replicas that start at once take
# turns in the database; and unless told otherwise a service starts even if its
# database cannot be migrated, because an old schema is mostly better than none.
#
#   AUTO_MIGRATE=true                  false: only start the service
#   AUTO_MIGRATE_FAIL_ON_ERROR=false   true: exit with 1 instead of starting the
#                                      service on a database that is not migrated
#   AUTO_MIGRATE_WAIT=60               seconds to wait for the server to answer
#   AUTO_MIGRATE_OPTIONS=              further options of "migrate.sh apply", such
#                                      as "--backup", "--online" or "heads"
#   MIGRATIONS_DIR=migrations          the directory of the revision files
#
# and the database as for migrate.sh: DATABASE_URL, PGHOST ...  Without arguments
# it only migrates, for a Job or an init container, and its exit status is that
# of "migrate.sh apply" with AUTO_MIGRATE_FAIL_ON_ERROR=true.
set -u

log() { printf '[Migration] %s\n' "$*"; }

# A switch that cannot be read is a mistake, and strict where it matters.
is_on() { # is_on NAME VALUE
  case $2 in
    [Tt][Rr][Uu][Ee] | [Yy][Ee][Ss] | [Oo][Nn] | 1) return 0 ;;
    [Ff][Aa][Ll][Ss][Ee] | [Nn][Oo] | [Oo][Ff][Ff] | 0) return 1 ;;
  esac
  log "$1 is \"$2\", which is neither true nor false" >&2
  exit 2
}

strict=''
if is_on AUTO_MIGRATE_FAIL_ON_ERROR "${AUTO_MIGRATE_FAIL_ON_ERROR:-false}"; then strict=yes; fi
if [ $# -eq 0 ]; then strict=yes; fi
if ! is_on AUTO_MIGRATE "${AUTO_MIGRATE:-true}"; then
  log "AUTO_MIGRATE is off"
  [ $# -eq 0 ] || exec "$@"
  exit 0
fi

# Beside this script, or installed beside psql.
migrate=${0%/*}/migrate.sh
[ -x "$migrate" ] || migrate=$(command -v migrate.sh) || {
  log "migrate.sh is neither beside this script nor in PATH" >&2
  exit 1
}

# Every line gets its "[Migration]" as it comes, through a named pipe: so the
# status is migrate.sh's own, and a signal reaches it.  Where no directory can be
# written to, the lines come as they are.
pipe='' child='' signal=''
for place in "${TMPDIR:-/tmp}" /dev/shm; do
  pipe=$place/migrate.$$
  mkfifo -m 600 "$pipe" 2>/dev/null && break
  pipe=''
done
pass_on() { # pass_on NUMBER
  signal=$1
  [ -z "$child" ] || kill -"$1" "$child" 2>/dev/null
}
trap 'pass_on 1' HUP
trap 'pass_on 2' INT
trap 'pass_on 15' TERM

migrate() {
  # shellcheck disable=SC2086 # options are words
  exec "$migrate" apply --wait "${AUTO_MIGRATE_WAIT:-60}" ${AUTO_MIGRATE_OPTIONS:-}
}
if [ -n "$pipe" ]; then
  # open at both ends, it needs no name
  while IFS= read -r line || [ -n "$line" ]; do log "$line"; done <"$pipe" &
  exec 3>"$pipe"
  rm -f -- "$pipe" &
  migrate >&3 2>&1 3>&- </dev/null &
  child=$!
  exec 3>&-
else
  migrate </dev/null &
  child=$!
fi
while :; do
  status=0
  wait "$child" || status=$?
  kill -0 "$child" 2>/dev/null || break
done
child=''
wait
trap - HUP INT TERM

if [ -n "$signal" ]; then
  log "stopped by a signal"
  exit $((128 + signal))
fi
if [ "$status" -eq 0 ]; then
  log "succeeded"
elif [ -n "$strict" ]; then
  log "FAILED (status $status)"
  exit 1
else
  log "FAILED (status $status); starting anyway (AUTO_MIGRATE_FAIL_ON_ERROR=true would not)"
fi
[ $# -eq 0 ] || exec "$@"
