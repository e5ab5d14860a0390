# What the tests of migrate.sh and entrypoint.sh share: TAP, databases that are
# dropped at the end, revision files.  Sourced, never run.
#
# They connect by PGHOST, PGPORT and PGUSER, as a superuser; PG_CONFIG says whose
# psql and pg_dump.  SHELL_UNDER_TEST runs the scripts (sh); busybox: see busybox_shell.sh.
# shellcheck shell=sh

HERE=$(cd "$(dirname "$0")" && pwd)
PROJECT=$(cd "$HERE/../.." && pwd)
# shellcheck source=test/shell/busybox_shell.sh
. "$PROJECT/test/shell/busybox_shell.sh"
PATH=$("${PG_CONFIG:-pg_config}" --bindir):$PATH
export PATH
unset DATABASE_URL PGSERVICE PGOPTIONS PGPASSWORD MIGRATIONS_DIR EDITOR VISUAL
SHELL_UNDER_TEST=${SHELL_UNDER_TEST:-sh}
migrate() { "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" "$@" </dev/null; }
entrypoint() { "$SHELL_UNDER_TEST" "$PROJECT/scripts/entrypoint.sh" "$@" </dev/null; }

SCRATCH=$(mktemp -d)
[ "$SHELL_UNDER_TEST" != busybox ] || use_busybox "$SCRATCH/.busybox"
SAID=$SCRATCH/.said
DATABASES='' COUNT=0 FAILED=0
psql -Xqd postgres -c 'SELECT 1' >/dev/null || {
  echo "Bail out! no server"
  exit 1
}
finish() {
  for database in $DATABASES; do psql -Xqd postgres -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" >/dev/null 2>&1; done
  rm -rf "$SCRATCH"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A database and a directory for it, which is the current one afterwards.
new_database() { # new_database NAME
  database=shell_$1_$$
  psql -Xqd postgres -c "CREATE DATABASE $database" || exit 1
  DATABASES="$DATABASES $database"
  export PGDATABASE="$database"
  mkdir "$SCRATCH/$1"
  cd "$SCRATCH/$1" || exit 1
}

result() { # result STATUS WHAT: 0 is good
  COUNT=$((COUNT + 1))
  if [ "$1" -eq 0 ]; then
    printf 'ok %d - %s\n' $COUNT "$2"
  else
    FAILED=$((FAILED + 1))
    printf 'not ok %d - %s\n' $COUNT "$2"
    sed 's/^/#   /' "$SAID" 2>/dev/null | head -n 40
  fi
}
runs() { # runs STATUS WHAT COMMAND...
  wanted=$1 what=$2
  shift 2
  got=0
  "$@" >"$SAID" 2>&1 || got=$?
  [ "$got" -eq "$wanted" ] || echo "(exit status $got, not $wanted)" >>"$SAID"
  result $((got != wanted)) "$what"
}
says() { # says TEXT...: each in what the last command said
  for text; do
    found=0
    grep -qF -e "$text" "$SAID" || {
      found=1
      echo "(not said: $text)" >>"$SAID"
    }
    result $found "  says: $text"
  done
}
says_not() { # says_not TEXT
  found=0
  ! grep -qF -e "$1" "$SAID" || found=1
  result $found "  does not say: $1"
}
is() { # is GOT EXPECTED WHAT
  same=0
  [ "$1" = "$2" ] || {
    same=1
    printf 'got: %s\nexpected: %s\n' "$1" "$2" >"$SAID"
  }
  result $same "$3"
}
sql() { psql -XqAtc "$1" 2>/dev/null; }
current() { sql "SELECT string_agg(c, ',' ORDER BY c) FROM migrate.current() c"; }

# migrations/<ID>.sql, which makes the table t_<ID>.
revision() { # revision ID PARENTS [UP [DOWN [MESSAGE]]]
  mkdir -p migrations
  date=$((${date:-0} + 1))
  printf -- '-- %s\n--\n-- Revision ID: %s\n-- Revises: %s\n-- Create Date: 2026-01-01 00:%02d:%02d+00\n\n-- migrate:up\n%s\n\n-- migrate:down\n%s\n' \
    "${5:-make $1}" "$1" "$2" $((date / 60)) $((date % 60)) "${3:-CREATE TABLE t_$1 (id int);}" "${4:-DROP TABLE t_$1;}" >"migrations/$1.sql"
}
done_testing() {
  echo "1..$COUNT"
  [ $FAILED -eq 0 ]
  exit
}
