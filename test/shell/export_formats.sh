#!/bin/sh
# "migrate.sh export --format": the project that comes of it is run by the tool whose it is, and
# must do to an empty database what the revisions do; and "migrate.sh import" must read it as the
# revisions that it was made of.
#
# Alembic is Debian's.  dbmate is run where it is in PATH or DBMATE names it, and psql runs the plain
# files; there is no Flyway here, so what it reads is read by the import only.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

if ! bash -c '. "$1/scripts/machine.sh"; shift; need_programs "$@"' need "$PROJECT" \
  /usr/bin/alembic=alembic /usr/lib/python3/dist-packages/psycopg2=python3-psycopg2 >"$SAID" 2>&1; then
  sed 's/^/# /' "$SAID"
  echo "SKIPPED: Alembic is not here and cannot be installed"
  echo "1..0 # SKIP no Alembic"
  exit 77
fi
DBMATE=${DBMATE:-$(command -v dbmate)} || DBMATE=''
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
# Debian's python, whatever else is first in PATH
# shellcheck disable=SC2317 # runs() calls it
alembic() { (cd "$SCRATCH" && /usr/bin/python3 -c 'from alembic.config import main; main()' "$@" </dev/null); }

# All of a database but the books: structure and rows.
all_of() { # all_of DATABASE
  pg_dump -d "$1" --no-owner --inserts -N migrate -T alembic_version -T schema_migrations | grep -vE '^(--|\\(un)?restrict|$)|EXTENSION .*migrate_ext'
}
empty_database() { # empty_database NAME: sets other
  other=shell_$1_$$
  psql -Xqd postgres -c "DROP DATABASE IF EXISTS $other WITH (FORCE)" -c "CREATE DATABASE $other" 2>/dev/null || exit 1
  DATABASES="$DATABASES $other"
}
same() { # same WHAT DATABASE: as the one whose revisions these are
  all_of "$PGDATABASE" >"$SCRATCH/one" && all_of "$2" >"$SCRATCH/other" && [ -s "$SCRATCH/one" ] || exit 1
  runs 0 "$1" diff "$SCRATCH/one" "$SCRATCH/other"
}
is_base() { # is_base DATABASE WHAT
  is "$(psql -XqAt -d "$1" -c "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'S', 'v') AND relname NOT IN ('alembic_version', 'schema_migrations')")" '' "$2"
}
# shellcheck disable=SC2030,SC2031 # for the one command
in_other() { (export PGDATABASE="$other" && "$@"); }

# Runs what was exported, and reads it again.  The revisions are applied in the database: a text that does
# something else would be refused.
comes_back() { # comes_back FORMAT [IMPORT-OPTION...]
  format=$1
  shift
  rm -rf "back_$format"
  runs 0 "$format: import reads it" migrate import "migrations_$format" --to "back_$format" "$@"
  runs 0 "$format: and it is what is applied" migrate load --dir "back_$format"
  is "$(sed -n 's/^-- \(Revision ID\|Revises\|Branch Labels\|Depends On\|Contract\|Create Date\): *//p' "back_$format"/*.sql)" \
    "$(sed -n 's/^-- \(Revision ID\|Revises\|Branch Labels\|Depends On\|Contract\|Create Date\): *//p' own/*.sql)" "$format: with the same graph"
}

new_database formats

# --- text that something on the way may take for its own -----------------------------------

cat >tricky.sql <<'SQL'
CREATE TABLE texts (id int PRIMARY KEY, t text NOT NULL);
INSERT INTO texts VALUES (1, ':x %s %(y)s %% \n \'), (2, '"""'), (3, $$it's '''three''' \$$), (4, E'a\\b\'c\n'), (5, 'größe ☃ 𝄞');
INSERT INTO texts SELECT 6, 5 % 3 || ':' || '1'::text || (ARRAY[1, 2, 3])[1:2]::text || (date '2026-01-01')::text;
INSERT INTO texts VALUES (7, 'a	tab, two  blanks; ${not_a_placeholder} {{nor}} this'), (8, 'line
-- not a comment ;
/* nor this

that''s all\');
/* a comment /* in a comment; */ ; */
CREATE FUNCTION "it's; ""quoted""" () RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
  -- $$ ; %
  RETURN format('%I %s', 'x', ':y') || '\';
END $body$;
CREATE FUNCTION atomic() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
CREATE VIEW shown AS SELECT id, t || ' \" ' AS t FROM texts; -- the end; of it \
SQL
major=$(psql -XAtc 'SHOW server_version_num')
[ "$major" -ge 140000 ] || { grep -v 'BEGIN ATOMIC' tricky.sql >part && mv part tricky.sql; }
sed 's/7, .a/7, '\''\r a/' tricky.sql >part && mv part tricky.sql

revision root '' 'SET search_path = pg_catalog; CREATE TABLE public.t_root (id int); SET my.thing = 1;'
revision tricky root "$(cat tricky.sql)" 'DROP VIEW shown; DROP FUNCTION atomic(); DROP FUNCTION "it'\''s; ""quoted""" (); DROP TABLE texts; -- all' 'A "quoted" \ message: """ % :x'
[ "$major" -ge 140000 ] || sed -i 's/DROP FUNCTION atomic();//' migrations/tricky.sql
revision left_1 tricky '' '' 'On the left'
sed -i 's/^-- Create Date/-- Branch Labels: left\n&/' migrations/left_1.sql
revision left_2 left_1
revision middle_1 tricky "CREATE TYPE mood AS ENUM ('sad');"  'DROP TYPE mood;'
revision middle_2 middle_1 "ALTER TYPE mood ADD VALUE 'ok';
-- only this" '-- nothing'
revision middle_3 middle_2 "CREATE TABLE moods (m mood DEFAULT 'ok'); INSERT INTO moods VALUES ('ok');" 'DROP TABLE moods;'
revision right_1 tricky "BEGIN;
-- inside
CREATE TABLE t_right_1 (id int);
COMMIT;"
sed -i 's/^-- Create Date/-- Depends On: left_1\n&/' migrations/right_1.sql
revision index right_1 "SET statement_timeout = '1h'; CREATE INDEX CONCURRENTLY right_id ON t_right_1 (id); /* ; */
CREATE INDEX CONCURRENTLY right_id2 ON t_right_1 ((id + 1))" 'DROP INDEX CONCURRENTLY right_id; DROP INDEX CONCURRENTLY right_id2;'
revision single index 'VACUUM t_right_1;' '-- nothing'
revision groups single "INSERT INTO t_right_1 VALUES (1); BEGIN; INSERT INTO t_right_1 VALUES (2); INSERT INTO t_right_1 VALUES (3); COMMIT; VACUUM t_right_1;" 'DELETE FROM t_right_1;'
sed -i 's/migrate:up/migrate:up transaction:false/' migrations/groups.sql
revision level groups "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t_right_1 SELECT 4 WHERE current_setting('transaction_isolation') = 'serializable'" 'DELETE FROM t_right_1 WHERE id = 4;'
revision merged 'left_2, middle_3, level' '-- nothing but a comment' '-- nothing'
revision questions merged
sed -i 's/^-- migrate:up/-- Contract: 7 days\n\n-- migrate:require\nSELECT count(*) = 0 FROM texts WHERE t IS NULL;\n\n&/' migrations/questions.sql
revision last questions 'CREATE SEQUENCE last_one;' 'DROP SEQUENCE last_one;'
revision long_name_of_a_revision_that_no_varchar_32_can_hold last

runs 0 'revisions of every kind' migrate apply --online
runs 0 'as files of our own' migrate export --dir own

# --- Alembic ----------------------------------------------------------------------------------

runs 0 'export --format alembic' migrate export --format alembic
says 'Wrote 19 files to ./migrations_alembic' 'stamp long_name_of_a_revision_that_no_varchar_32_can_hold' 'questions (require, verify), which stand in comments: questions' 'contracts, which stand in comments: questions'
says_not 'branches and merges'
empty_database formats_alembic
runs 0 'alembic upgrade heads' in_other alembic -c "$PWD/migrations_alembic/alembic.ini" upgrade heads
same 'Alembic makes the same database' "$other"
is "$(in_other alembic -c "$PWD/migrations_alembic/alembic.ini" heads 2>/dev/null)" 'long_name_of_a_revision_that_no_varchar_32_can_hold (left) (head)' 'alembic heads'
is "$(in_other alembic -c "$PWD/migrations_alembic/alembic.ini" history 2>/dev/null | sed -n 's/\(-> [^ ,]*\).*/\1/p' | sed 's/ ([^)]*)//' | sort)" \
  "$(migrate history | sed -n 's/\(-> [^ ,]*\).*/\1/p' | sort)" 'alembic history'
runs 0 'alembic downgrade base' in_other alembic -c "$PWD/migrations_alembic/alembic.ini" downgrade base
is_base "$other" 'nothing is left'
runs 0 'and up again' in_other alembic -c "$PWD/migrations_alembic/alembic.ini" upgrade heads
same 'the same again' "$other"
comes_back alembic

# Alembic's own script, run by psql
empty_database formats_script
alembic -c "$PWD/migrations_alembic/alembic.ini" upgrade heads --sql >"$SCRATCH/script.sql" 2>"$SAID"
result $? 'alembic upgrade --sql'
runs 0 'psql runs that' psql -Xq -v ON_ERROR_STOP=1 -d "$other" -f "$SCRATCH/script.sql"
same 'the same by a script' "$other"

# --- dbmate -----------------------------------------------------------------------------------

runs 0 'export --format dbmate' migrate export --format dbmate
says 'branches and merges; the files are one line' 'left_1 (left)' 'right_1 (on left_1)' 'each has a file: index, groups'
if [ -n "$DBMATE" ]; then
  empty_database formats_dbmate
  url="postgres://$PGUSER@/$other?host=$PGHOST&port=${PGPORT:-5432}&sslmode=disable"
  runs 0 'dbmate up' "$DBMATE" --url "$url" --migrations-dir migrations_dbmate --no-dump-schema up
  same 'dbmate makes the same database' "$other"
  runs 0 'what dbmate has applied is told' in_other migrate import migrations_dbmate --to stamped --stamp
  is "$(in_other current)" long_name_of_a_revision_that_no_varchar_32_can_hold 'and stamped'
  number=0 status=0
  files=$(find migrations_dbmate -name '[0-9]*' | wc -l)
  while [ $number -lt "$files" ] && [ $status = 0 ]; do
    number=$((number + 1))
    "$DBMATE" --url "$url" --migrations-dir migrations_dbmate --no-dump-schema rollback >"$SAID" 2>&1 || status=1
  done
  result $status 'dbmate rolls all of it back'
  psql -XqAt -d "$other" -c 'DROP EXTENSION migrate_ext'
  is_base "$other" 'nothing is left'
else
  echo "# SKIPPED: dbmate is not here; npm install dbmate, and DBMATE=node_modules/@dbmate/linux-x64/bin/dbmate"
fi
comes_back dbmate

# --- Flyway, plain files ------------------------------------------------------------------------

runs 0 'export --format flyway' migrate export --format flyway
is "$(grep -l executeInTransaction=false migrations_flyway/*.conf | wc -l | tr -d ' ')" 5 'outside a transaction'
comes_back flyway

runs 0 'export --format plain' migrate export --format plain
empty_database formats_plain
runs 0 'psql runs them' psql -Xq -d "$other" -f migrations_plain/run_order.psql
same 'psql makes the same database' "$other"
comes_back plain

# --- what is there, what is not ---------------------------------------------------------------

# what came back differs in comments and blank lines, and has been taken over
runs 0 'the files that were there first' migrate load
runs 0 'again: nothing to do' migrate export --format alembic
says 'Wrote 0 files'
echo '# mine' >>migrations_alembic/env.py
echo '# mine' >>migrations_alembic/versions/left_2_make_left_2.py
runs 1 'a changed file is not overwritten' migrate export --format alembic
says 'versions/left_2_make_left_2.py' 'nothing was written' '--force'
runs 0 '  but with --force' migrate export --format alembic --force
says 'Wrote 1 files'
is "$(tail -n 1 migrations_alembic/env.py)" '# mine' '  and settings never are'
runs 0 'another directory' migrate export elsewhere --format plain --dry-run
says 'Would write ./elsewhere/0001_make_root.up.sql'
runs 1 '  which a dry run does not make' test -e elsewhere
runs 2 'a format that is none' migrate export --format liquibase
says 'there is no format "liquibase"; there are alembic dbmate flyway plain'

# Irreversible, with a name in the way of numbers; identifiers that are versions stay.
new_database formats_versions
revision 20260101000000 '' 'CREATE TABLE a ();' 'DROP TABLE a;' '../first one'
revision 20260102000000 20260101000000
sed -i '/migrate:down/,$d' migrations/20260102000000.sql
runs 0 'an irreversible revision' migrate apply
for format in alembic dbmate flyway plain; do
  runs 0 "  export --format $format" migrate export --format $format
  rm -rf back && runs 0 '  import' migrate import migrations_$format --to back
  says '1 irreversible'
done
is "$(find migrations_dbmate -type f | sort | tr '\n' ' ')" 'migrations_dbmate/20260101000000_first_one.sql migrations_dbmate/20260102000000_make_20260102000000.sql ' 'versions stay'
empty_database formats_irreversible
runs 0 'alembic upgrade' in_other alembic -c "$PWD/migrations_alembic/alembic.ini" upgrade head
runs 1 'alembic downgrade is refused' in_other alembic -c "$PWD/migrations_alembic/alembic.ini" downgrade -1
says 'revision 20260102000000 is irreversible'

# Where the extension cannot be installed: the database has no more than tables.
runs 0 'the extension goes' migrate detach
rm -rf migrations_plain
MIGRATE_ENGINE=private runs 0 'export without the extension' migrate export --format plain
is "$(find migrations_plain -type f | wc -l | tr -d ' ')" 4 '  all of it'

# --- real projects ------------------------------------------------------------------------------

# Imported from another tool, then given to Alembic.  EXPORT_CORPORA names which.
CORPORA=${MIGRATE_CORPORA:-$PROJECT/../shared/corpora}
for corpus in ${EXPORT_CORPORA-sqlx-svix golang-migrate-harbor}; do
  if [ ! -d "$CORPORA/original/$corpus" ]; then
    echo "# SKIPPED: $corpus is not in $CORPORA; set MIGRATE_CORPORA"
    continue
  fi
  new_database "corpus_$(echo "$corpus" | tr '-' '_')"
  runs 0 "$corpus: import" migrate import "$CORPORA/original/$corpus" --to migrations
  # what harbor's migrations expect of golang-migrate
  case $corpus in golang-*) psql -Xqc 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)' ;; esac
  runs 0 '  apply' migrate apply --online --baseline none
  runs 0 '  export' migrate export --format alembic
  empty_database formats_corpus
  case $corpus in golang-*) psql -Xqd "$other" -c 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)' ;; esac
  runs 0 '  alembic upgrade' in_other alembic -c "$PWD/migrations_alembic/alembic.ini" upgrade heads
  # shellcheck disable=SC2031
  # harbor has been Alembic's once, and makes that table
  pg_dump -s -N migrate -T alembic_version | grep -vE '^(--|\\(un)?restrict|$)|EXTENSION .*migrate_ext' >"$SCRATCH/one"
  pg_dump -s -d "$other" -T alembic_version | grep -vE '^(--|\\(un)?restrict|$)' >"$SCRATCH/other"
  runs 0 '  the same schema' diff "$SCRATCH/one" "$SCRATCH/other"
  runs 0 '  import of that' migrate import migrations_alembic --to back
  runs 0 '  is what is applied' migrate load --dir back
done

done_testing
