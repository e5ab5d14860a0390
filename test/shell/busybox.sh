#!/bin/sh
# The shell and the tools of an image of Alpine: every command that files go through, once.  The other
# tests run so, too, with SHELL_UNDER_TEST=busybox.
set -u
command -v busybox >/dev/null || bash -c '. "$1/../../scripts/machine.sh" && need_programs busybox=busybox' bash "$(dirname "$0")" >/dev/null 2>&1 || {
  echo "SKIPPED: busybox is not here and cannot be installed"
  echo "1..0 # SKIP no busybox"
  exit 77
}
SHELL_UNDER_TEST=busybox
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

for MIGRATE_ENGINE in '' private; do
  export MIGRATE_ENGINE
  XDG_CACHE_HOME=$SCRATCH/cache
  export XDG_CACHE_HOME
  mkdir -p "$XDG_CACHE_HOME"
  echo "# ${MIGRATE_ENGINE:+without the extension}"
  new_database "busybox${MIGRATE_ENGINE:+_$MIGRATE_ENGINE}"
  echo 'CREATE TABLE t_a (id int);' >up.sql
  echo 'DROP TABLE t_a;' >down.sql
  runs 0 "create" migrate create "It's \\ \"new\"" --rev-id a --up up.sql --down down.sql
  revision b a
  runs 3 "check" migrate check
  says "2 pending revisions"
  runs 0 "entrypoint.sh" env AUTO_MIGRATE_FAIL_ON_ERROR=true "$SHELL_UNDER_TEST" "$PROJECT/scripts/entrypoint.sh" echo served
  says "[Migration] NOTICE:  Running upgrade a -> b" "[Migration] Now at b" "served"
  runs 0 "  again" migrate apply
  says "Files: 2, nothing new" "Nothing to do, at b"
  revision c b 'CREATE TABLE nosuch.t (i int);'
  runs 1 "an error" migrate apply
  says 'schema "nosuch" does not exist' "statement 1, line"
  rm migrations/c.sql
  runs 0 "status" migrate status
  runs 0 "drift" migrate drift
  says "The schema is what its revisions make"
  runs 0 "downgrade" migrate downgrade
  runs 0 "apply --online" migrate apply --online
  echo 'CREATE TABLE public.t_a (id int, x text); CREATE TABLE public.t_b (id int);' >schema.sql
  runs 0 "create --model" migrate create "Add x" --model schema.sql
  says "1 added"
  runs 0 "  is applied" migrate apply
  runs 0 "  and then it is as the model" migrate check --model schema.sql
  runs 0 "export" migrate export elsewhere
  # shellcheck disable=SC2012 # names of ours
  is "$(ls elsewhere | wc -l | tr -d ' ')" 3 "  of three files"
  for format in plain flyway dbmate alembic; do
    runs 0 "export --format $format" migrate export --format "$format" "as_$format"
    # (Alembic is read by Alembic.)
    if [ "$format" = alembic ]; then continue; fi
    runs 0 "  is read back" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate-import.sh" "as_$format" --to "from_$format"
    says "3 revisions"
  done
  runs 0 "backup" migrate backup --output kept
  says "Wrote ./kept/"
done
done_testing
