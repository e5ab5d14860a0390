#!/bin/sh
# Who may do what with migrate.sh: roles that only read, and what is said to
# those that may not.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

me=$PGUSER
sql "DO 'BEGIN CREATE ROLE shell_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'"
as() { # as ROLE COMMAND...
  export PGUSER="$1"
  shift
  "$@"
  export PGUSER="$me"
}

echo "# a reader, and a database without the extension"
new_database bare
revision a ''
revision b a
as shell_reader runs 3 "check" migrate check
says "not installed" "2 pending revisions"
as shell_reader runs 0 "status" migrate status
runs 3 "check of who could create it" migrate check
says "2 pending revisions" "b, make b"
says_not "Created"
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 0 "  and does not"
sql "CREATE TABLE customers (id int)"
runs 3 "check of a database with tables" migrate check
says "Would take a baseline"
sql "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a')"
runs 3 "check of one that Alembic has managed" migrate check
says "stamped a" "1 pending revision" "b, make b"
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 0 "  nothing is left behind"

echo "# a reader, as the README has it"
new_database reader
revision a ''
revision b a
runs 0 "one is applied" migrate apply a
sql "GRANT USAGE ON SCHEMA migrate TO shell_reader; GRANT SELECT ON migrate.log, migrate.progress TO shell_reader"
xact() { sql "SELECT xmin, xmax FROM migrate.revisions ORDER BY revision"; }
before=$(xact)
as shell_reader runs 3 "check" migrate check
says "Files: 2, nothing new" "1 pending revision" "b, make b"
as shell_reader runs 3 "check +1" migrate check +1
as shell_reader runs 0 "check of a target that is reached" migrate check a
for command in status current heads history show branches; do as shell_reader runs 0 "$command" migrate $command; done
revision c b
sed -i 's/t_b/t_bee/' migrations/b.sql
as shell_reader runs 3 "check with files that are new and changed" migrate check
says "Files: 3 (1 new, 1 changed, 1 unchanged)" "2 pending revisions" "c, make c"
as shell_reader runs 0 "status" migrate status
says "not loaded: c"
echo 'SELEC 1;' >>migrations/c.sql
as shell_reader runs 1 "check of a file that is wrong" migrate check
says "syntax error" "c.sql"
revision c a
as shell_reader runs 1 "check with two heads" migrate check
says "there are 2 heads" "migrate.sh rebase c"
as shell_reader runs 3 "  that are to stay apart" migrate check heads
sed -i 's/CREATE TABLE t_a/CREATE TABLE t_aa/' migrations/a.sql
as shell_reader runs 1 "check of an applied revision that was changed" migrate check
printf 'a\000b' >>migrations/c.sql
as shell_reader runs 1 "check of a zero byte" migrate check
says "zero byte"
is "$(xact)" "$before" "  nothing was written"
as shell_reader runs 0 "progress" psql -Xqc "TABLE migrate.progress"

sql "DROP OWNED BY shell_reader"
done_testing
