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
says "would stamp a" "1 pending revision" "b, make b"
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 0 "  nothing is left behind"

echo "# a reader, as the reference has it"
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
as shell_reader runs 0 "  as a command" migrate progress
as shell_reader runs 0 "log" migrate log

echo "# what is said to those who may not"
rm migrations/c.sql
sed -i 's/t_aa/t_a/' migrations/a.sql
as shell_reader runs 1 "apply" migrate apply
says 'role "shell_reader" may not load revision files' "GRANT EXECUTE ON FUNCTION migrate.load_files TO shell_reader" "Privileges"
sql "GRANT EXECUTE ON FUNCTION migrate.load_files TO shell_reader"
as shell_reader runs 1 "  without the right to upgrade" migrate apply
says 'role "shell_reader" may not upgrade' "GRANT EXECUTE ON FUNCTION migrate.upgrade TO shell_reader"
as shell_reader runs 1 "  nor online" migrate apply --online
says "GRANT EXECUTE ON PROCEDURE migrate.deploy TO shell_reader"
for command in "create x" upgrade downgrade "stamp head" drift verify "squash a b"; do
  # shellcheck disable=SC2086
  as shell_reader runs 1 "$command" migrate $command
  says "may not" "GRANT EXECUTE"
done
sql "REVOKE EXECUTE ON FUNCTION migrate.load_files FROM shell_reader; GRANT EXECUTE ON FUNCTION migrate.upgrade TO shell_reader"
revision d b
as shell_reader runs 0 "upgrade by who may not load" migrate upgrade a
says "Not loaded: d" "role \"shell_reader\" may not load files; these may: $(sql "SELECT current_user")" "Now at a"
rm migrations/d.sql
as shell_reader runs 0 "  where all are" migrate upgrade a
says_not "Not loaded"
sql "REVOKE EXECUTE ON FUNCTION migrate.upgrade FROM shell_reader"
as shell_reader runs 1 "mark-current" migrate mark-current
says "GRANT EXECUTE ON FUNCTION migrate.load_files TO shell_reader"
sql "REVOKE SELECT ON migrate.log, migrate.progress FROM shell_reader"
for command in log progress; do
  as shell_reader runs 1 "$command" migrate $command
  says "may not read migrate.$command" "GRANT SELECT ON migrate.$command TO shell_reader"
done
sql "REVOKE USAGE ON SCHEMA migrate FROM shell_reader"
for command in check apply status current "upgrade --dry-run"; do
  # shellcheck disable=SC2086
  as shell_reader runs 1 "$command without the schema" migrate $command
  says 'role "shell_reader" may not use the schema migrate' "GRANT USAGE ON SCHEMA migrate TO shell_reader"
done
new_database nobody
revision a ''
as shell_reader runs 3 "check of a bare database" migrate check
says "1 pending revision"
says_not "revisions"
as shell_reader runs 1 "a bare database" migrate apply
says 'may not create the extension migrate_ext in database' "GRANT CREATE ON DATABASE $PGDATABASE TO shell_reader"
sql "GRANT CREATE ON DATABASE $PGDATABASE TO shell_reader; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
as shell_reader runs 1 "schema public" migrate apply
says 'permission denied for schema public' "GRANT CREATE ON SCHEMA public TO shell_reader"
sql "GRANT CREATE ON SCHEMA public TO shell_reader"
as shell_reader runs 0 "  granted" migrate apply
says_not GRANT

echo "# a copy of a schema without its data"
new_database original
revision a ''
revision b a
runs 0 "the original" migrate apply
copy=shell_copy_$$
psql -Xqd postgres -c "CREATE DATABASE $copy"
DATABASES="$DATABASES $copy"
pg_dump --schema-only | psql -Xqd "$copy" >/dev/null 2>&1
export PGDATABASE="$copy"
runs 1 "the copy" migrate apply
says "already exists" "a copy of a schema without its data?" "migrate.sh mark-current"
runs 1 "  rehearsed" migrate apply -n
says "already exists" "a copy of a schema without its data?" "migrate.sh mark-current"
runs 1 "  online, where the failure is in the log" migrate apply --online
says "already exists" "a copy of a schema without its data?" "migrate.sh mark-current"
runs 0 "  mark-current" migrate mark-current
runs 0 "  and then" migrate apply
says "Nothing to do, at b"

echo "# encodings"
psql -Xqd postgres -c "CREATE DATABASE shell_latin_$$ ENCODING LATIN1 TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
DATABASES="$DATABASES shell_latin_$$"
export PGDATABASE="shell_latin_$$"
mkdir "$SCRATCH/latin" && cd "$SCRATCH/latin" || exit 1
revision a '' "SELECT 'caf$(printf '\303\251')';"
runs 0 "LATIN1, and a character that it has" migrate apply
revision b a "SELECT '$(printf '\342\202\254')';"
revision c b
runs 1 "  and one that it has not" migrate apply
says "the database's encoding, LATIN1, has not every character of ./migrations/b.sql" "UTF8"
says_not "is not UTF-8"
revision b a "SELECT '$(printf '\351')';"
runs 1 "  and a file that is not UTF-8" migrate apply
says "./migrations/b.sql is not UTF-8"

echo "# waiting is for servers that are not there yet"
cd "$SCRATCH" && mkdir waits && cd waits || exit 1
revision a ''
started=$(date +%s)
runs 1 "no such database" env PGDATABASE=shell_nosuch "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" apply --wait 60
says 'database "shell_nosuch" does not exist' "which will not change by waiting"
is "$(grep -c 'does not exist' "$SAID")" 1 "  said once"
runs 1 "no such role" env PGUSER=shell_nosuch "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" wait --timeout 60
says 'role "shell_nosuch" does not exist'
is "$(grep -c 'does not exist' "$SAID")" 1 "  said once"
is "$(($(date +%s) - started < 30))" 1 "  neither has waited"
runs 1 "nobody there" env PGHOST="$SCRATCH" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" wait --timeout 12
is "$(grep -c '^Waiting for' "$SAID")" 1 "  a line at the start"
is "$(grep -c '^Still waiting for' "$SAID")" 1 "  and one after ten seconds"

export PGDATABASE=postgres
sql "DROP OWNED BY shell_reader"
echo "# what somebody else has to approve"
new_database approval
revision a ''
runs 0 "one is applied" migrate apply
sql "DO 'BEGIN CREATE ROLE shell_approver LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'"
psql -Xq -c "GRANT USAGE ON SCHEMA migrate TO shell_approver" -c "GRANT EXECUTE ON FUNCTION migrate.approve TO shell_approver" \
  -c "ALTER DATABASE $PGDATABASE SET migrate.require_approval = on"
revision b a
runs 0 "a start with nothing to do" migrate apply a
for how in '' --online; do
  # shellcheck disable=SC2086
  runs 1 "apply $how" migrate apply $how
  says "this upgrade is not approved" "migrate.approve('b')"
done
is "$(current)" a "  nothing was run"
runs 0 "load" migrate load
runs 1 "approve, by who has loaded it" migrate approve
says "cannot be approved by who has written it"
as shell_reader runs 1 "  by who may not" migrate approve
as shell_approver runs 0 "  by somebody else" migrate approve -m "it's read"
says "Approved: b, make b"
is "$(sql "SELECT message || ', ' || role FROM migrate.log WHERE action = 'approve'")" "it's read, shell_approver" "  is in the log"
runs 0 "apply" migrate apply
is "$(current)" b "  has run it"
runs 0 "  again" migrate apply
as shell_approver runs 0 "approve with nothing pending" migrate approve
says "nothing is pending"
as shell_approver runs 2 "approve two" migrate approve a b
psql -Xq -c 'DROP OWNED BY shell_approver' -c 'DROP ROLE shell_approver'

done_testing
