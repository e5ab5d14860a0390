# What the tests of "migrate.sh import" share: TAP, databases that are dropped at
# the end, schemas that can be compared.  Sourced, never run.
#
# They connect by PGHOST, PGPORT and PGUSER, as a superuser; PG_CONFIG says whose
# psql and pg_dump.
# shellcheck shell=sh

HERE=$(cd "$(dirname "$0")" && pwd)
PROJECT=$(cd "$HERE/../.." && pwd)
import() { ${SHELL_UNDER_TEST:-sh} "$PROJECT/scripts/migrate-import.sh" "$@"; }
migrate() { ${SHELL_UNDER_TEST:-sh} "$PROJECT/scripts/migrate.sh" "$@"; }
# shellcheck source=test/shell/busybox_shell.sh
. "$PROJECT/test/shell/busybox_shell.sh"
PATH=$("${PG_CONFIG:-pg_config}" --bindir):$PATH
export PATH
unset DATABASE_URL PGSERVICE PGOPTIONS

SCRATCH=$(mktemp -d)
[ "${SHELL_UNDER_TEST:-sh}" != busybox ] || use_busybox "$SCRATCH/.busybox"
DATABASES=''
FAILED=0 PASSED=0

psql -Xqd postgres -c 'SELECT 1' >/dev/null || { echo "Bail out! no server"; exit 1; }

finish() {
  for database in $DATABASES; do psql -Xqd postgres -c "DROP DATABASE IF EXISTS $database" 2>/dev/null || :; done
  rm -rf "$SCRATCH"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

ok() { # ok WHAT: if the command before it succeeded
  if [ "$RC" = 0 ]; then
    PASSED=$((PASSED + 1))
    printf '%s\n' "ok $((PASSED + FAILED)) - $1"
  else
    FAILED=$((FAILED + 1))
    printf '%s\n' "not ok $((PASSED + FAILED)) - $1"
    sed 's/^/#   /' "$SCRATCH/said" 2>/dev/null | head -n 40
  fi
}

is() { # is GOT EXPECTED WHAT
  RC=0
  [ "$1" = "$2" ] || {
    RC=1
    printf '(got: %s)\n(expected: %s)\n' "$1" "$2" >>"$SCRATCH/said"
  }
  ok "$3"
}

# Runs a command, keeps what it says for runs_not() and says(), and checks its exit status.
status_is() { # status_is STATUS WHAT COMMAND...
  wanted=$1 what=$2
  shift 2
  RC=0
  "$@" >"$SCRATCH/said" 2>&1 || RC=$?
  if [ "$RC" = "$wanted" ]; then
    RC=0
  else
    echo "exit status $RC, not $wanted" >>"$SCRATCH/said"
    RC=1
  fi
  ok "$what"
}
says() { # says TEXT: in what the last command said
  RC=0
  grep -qF -e "$1" "$SCRATCH/said" || { printf '%s\n' "(not said: $1)" >>"$SCRATCH/said"; RC=1; }
  ok "  and says: $1"
}

done_testing() {
  echo "1..$((PASSED + FAILED))"
  [ "$FAILED" = 0 ]
  exit
}

new_database() { # new_database NAME: made, and the default from here on
  psql -Xqd postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2>/dev/null
  DATABASES="$DATABASES $1"
  export PGDATABASE="$1"
}

q() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }

# The structure of a database, without the extension; $1 is left out of it, too
# (a tool's own table, as a pattern for awk).
structure() { # structure [PATTERN]
  pg_dump --schema-only --no-owner -N migrate -N sqitch -N supabase_migrations |
    grep -vE '^(--|\\(un)?restrict|$)|EXTENSION (IF NOT EXISTS )?migrate_ext' |
    awk -v leave="${1:-^$}" 'BEGIN { RS = ";\n" } $0 !~ leave { print }'
}
