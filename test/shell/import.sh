#!/bin/sh
# "migrate.sh import": a small project of every tool that is recognised.
#
# Each is imported twice (the same files), loaded, upgraded to head, downgraded
# where it has downs; and a database that the tool had migrated half way, its
# bookkeeping table made as the tool makes it, is stamped and upgraded: it must
# be what a new one is.  Then everything that is refused.
set -u
# shellcheck source=test/shell/import/lib.sh
. "$(dirname "$0")/import/lib.sh"

cd "$SCRATCH" || exit 1
export PGOPTIONS='-c migrate.plain_concurrently=on'

put() { # put FILE: standard input into a file of the fixture
  mkdir -p "$(dirname "$1")"
  cat >"$1"
}
head_of() { sed -n 's/^-- Revision ID: //p' "$1"/*.sql | wc -l | tr -d ' '; }

# What everything has in common.  The fixture of TOOL is in DIR; it makes tables a, b and c (or
# what structure shows).  HALF is SQL that leaves the database as the tool would after half of it.
tool_test() { # tool_test TOOL DIR COUNT IDS HALF-SQL STAMPED BOOKS-PATTERN [OPTION...]
  tool=$1 dir=$2 many=$3 ids=$4 half=$5 stamped=$6 books=$7
  shift 7
  echo "# $tool"
  status_is 0 "$tool: imported" import "$dir" --to "out_$tool" "$@"
  says "$tool: $many revisions"
  is "$(head_of "out_$tool")" "$many" "$tool: $many files"
  cp -r "out_$tool" "copy_$tool"
  status_is 0 "$tool: imported once more" import "$dir" --to "out_$tool" "$@"
  says "wrote 0 files"
  RC=0; diff -r "out_$tool" "copy_$tool" >said || RC=1; ok "$tool: the same files"

  new_database "import_new"
  q 'CREATE EXTENSION migrate_ext'
  status_is 0 "$tool: loaded" import "$dir" --to "out_$tool" --load "$@"
  says "not stamped"
  is "$(q "SELECT string_agg(revision, ' ' ORDER BY step) FROM migrate.plan('upgrade', 'heads')")" "$ids" "$tool: order"
  [ "$tool" = alembic ] || # which has true dates, and branches
    is "$(q "SELECT count(*) FROM (SELECT created_at <= lag(created_at) OVER (ORDER BY step) AS wrong
       FROM migrate.plan('upgrade', 'heads') JOIN migrate.history() USING (revision)) x WHERE wrong")" 0 "$tool: dates in that order"
  empty=$(structure)
  status_is 0 "$tool: upgraded" q "SELECT migrate.upgrade('heads')"
  full=$(structure)
  is "$(q "SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c')")" 3 "$tool: the tables are there"
  if q "SELECT migrate.downgrade('base')" >"$SCRATCH/said" 2>&1; then
    is "$(structure)" "$empty" "$tool: downgraded to nothing"
    case $tool in drizzle | flyway | prisma | supabase) is irreversible reversible "$tool: has no downs" ;; esac
  else
    case $tool in drizzle | flyway | prisma | supabase) says 'has no downgrade' ;; *) RC=1; ok "$tool: downgraded" ;; esac
  fi

  new_database "import_old"
  psql -Xq -v ON_ERROR_STOP=1 -c "$half" >said 2>&1 || cat said
  status_is 0 "$tool: what would be stamped" import "$dir" --to "dry_$tool" --stamp --dry-run "$@"
  says "would stamp $stamped"
  RC=0; [ ! -e "dry_$tool" ] || RC=1; ok "$tool: a dry run writes nothing"
  is "$(q "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 0 "$tool: nor into the database"
  status_is 0 "$tool: stamped" import "$dir" --to "out_$tool" --stamp "$@"
  is "$(q "SELECT string_agg(c, ',' ORDER BY c) FROM migrate.current() AS c")" "$stamped" "$tool: stamped as its table says"
  status_is 0 "$tool: upgraded from there" q "SELECT migrate.upgrade('heads')"
  is "$(structure "$books")" "$full" "$tool: the schema of a new database"
  status_is 0 "$tool: stamping later leaves what was done since" import "$dir" --to "out_$tool" --stamp "$@"
  is "$(q "SELECT is_applied FROM migrate.history() LIMIT 1")" t "$tool: still at the head"
  is "$(q "SELECT action, object_type, object_identity FROM migrate.drift('{*}')")" '' "$tool: its own table is no drift"
}

# --- dbmate --------------------------------------------------------------------------

put dbmate/db/migrations/20240101000001_create_a.sql <<'END'
-- migrate:up
CREATE TABLE a (id int);

-- migrate:down
DROP TABLE a;
END
printf -- '-- migrate:up\r\nCREATE TABLE b (id int);\r\n-- migrate:down\r\nDROP TABLE b;' >dbmate/db/migrations/20240101000002_create_b.sql
put dbmate/db/migrations/20240101000003_index-b.sql <<'END'
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY b_id ON b (id);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY b_id;
END
put dbmate/db/migrations/20240101000004_create_c.sql <<'END'
-- migrate:up
CREATE TABLE c (id int);
-- migrate:down
DROP TABLE c;
END
tool_test dbmate dbmate 4 '20240101000001 20240101000002 20240101000003 20240101000004' \
  "CREATE TABLE a (id int); CREATE TABLE b (id int);
   CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
   INSERT INTO schema_migrations VALUES ('20240101000001'), ('20240101000002')" \
  20240101000002 schema_migrations
is "$(sed -n '/^-- migrate:/p' out_dbmate/20240101000003_index_b.sql | tr '\n' ' ')" \
  '-- migrate:up transaction:false -- migrate:down transaction:false ' 'dbmate: transaction:false stays'
is "$(sed 1q out_dbmate/20240101000003_index_b.sql)" '-- index-b' 'dbmate: the name stays'
is "$(sed -n '/Create Date/p' out_dbmate/20240101000003_index_b.sql)" '-- Create Date: 2024-01-01 00:00:03+00' 'dbmate: the date of the version'

# --- golang-migrate ------------------------------------------------------------------

put golang/migrations/1_create_a.up.sql <<'END'
BEGIN;
CREATE TABLE a (id int);
COMMIT;
END
put golang/migrations/1_create_a.down.sql <<'END'
DROP TABLE a;
END
put golang/migrations/2_create_b.up.sql <<'END'
CREATE TABLE b (id int);
END
put golang/migrations/2_create_b.down.sql <<'END'
DROP TABLE b;
END
put golang/migrations/10_create_c.up.sql <<'END'
CREATE TABLE c (id int);
END
put golang/migrations/10_create_c.down.sql <<'END'
DROP TABLE c;
END
tool_test golang-migrate golang 3 '1 2 10' \
  "CREATE TABLE a (id int); CREATE TABLE b (id int);
   CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
   INSERT INTO schema_migrations VALUES (2, false)" \
  2 schema_migrations
new_database import_old
q "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (2, true)"
status_is 1 'golang-migrate: a dirty database is refused' import golang --to dirty --stamp
says 'public.schema_migrations: "2" failed or was broken off'
says 'migrate force'
RC=0; [ ! -e dirty ] || RC=1; ok '  and nothing is written'

# --- sqlx ------------------------------------------------------------------------------

put sqlx/20240101000001_create_a.up.sql <<'END'
CREATE TABLE a (id int);
END
put sqlx/20240101000001_create_a.down.sql <<'END'
DROP TABLE a;
END
put sqlx/20240101000002_create_b.up.sql <<'END'
CREATE TABLE b (id int);
END
put sqlx/20240101000002_create_b.down.sql <<'END'
DROP TABLE b;
END
put sqlx/20240101000003_index_b.up.sql <<'END'
-- no-transaction
CREATE INDEX CONCURRENTLY b_id ON b (id);
END
put sqlx/20240101000003_index_b.down.sql <<'END'
DROP INDEX b_id;
END
put sqlx/20240101000004_create_c.up.sql <<'END'
CREATE TABLE c (id int);
END
put sqlx/20240101000004_create_c.down.sql <<'END'
DROP TABLE c;
END
SQLX_TABLE="CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
   installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL)"
tool_test sqlx sqlx 4 '20240101000001 20240101000002 20240101000003 20240101000004' \
  "CREATE TABLE a (id int); $SQLX_TABLE;
   INSERT INTO _sqlx_migrations VALUES (20240101000001, 'create a', now(), true, '', 1)" \
  20240101000001 _sqlx_migrations
is "$(grep -c 'migrate:up transaction:false' out_sqlx/20240101000003_index_b.sql)" 1 'sqlx: no-transaction stays'
new_database import_old
q "$SQLX_TABLE; INSERT INTO _sqlx_migrations VALUES (20240101000001, 'a', now(), true, '', 1), (20240101000003, 'i', now(), true, '', 1)"
status_is 1 'sqlx: a gap is refused' import sqlx --to gap --stamp
says '"20240101000002" is not applied there, and "20240101000003" after it is'
q "UPDATE _sqlx_migrations SET version = 20250101000000 WHERE version = 20240101000003"
status_is 1 'sqlx: so is what has no file' import sqlx --to gap --stamp
says '"20250101000000" is applied there and is not among the migrations'
new_database import_old
q "CREATE SCHEMA other; CREATE TABLE other.schema_migrations (version bigint PRIMARY KEY, dirty boolean); INSERT INTO other.schema_migrations VALUES (20240101000002, false)"
status_is 0 'sqlx or golang-migrate: the table tells' import sqlx --to out_sqlx --stamp
says 'golang-migrate: at 20240101000002, as other.schema_migrations says'
put simple/1_create_a.sql <<'END'
CREATE TABLE a (id int);
END
status_is 0 'sqlx: single files' import simple --to out_simple --dry-run
says 'sqlx: 1 revision, 1 irreversible'

# --- Flyway ------------------------------------------------------------------------------

put flyway/V1__create_a.sql <<'END'
CREATE TABLE a (id int);
END
put flyway/V1_10__create_c.sql <<'END'
CREATE TABLE c (id int);
END
put flyway/later/V1.9__create_b.sql <<'END'
CREATE TABLE b (id int);
END
put flyway/later/U1.9__create_b.sql <<'END'
DROP TABLE b;
END
put flyway/V2.0__nothing.sql <<'END'
-- nothing
END
put flyway/V2.0__nothing.sql.conf <<'END'
executeInTransaction=false
END
put flyway/R__view_of_a.sql <<'END'
CREATE OR REPLACE VIEW v AS SELECT * FROM a;
END
FLYWAY_TABLE="CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
   type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
   installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL)"
import flyway --to out_probe >/dev/null
repeatable=$(basename out_probe/*_view_of_a.sql _view_of_a.sql)
tool_test flyway flyway 5 "1 1.9 1.10 2.0 $repeatable" \
  "CREATE TABLE a (id int); CREATE TABLE b (id int); $FLYWAY_TABLE;
   INSERT INTO flyway_schema_history VALUES
   (1, '1', 'create a', 'SQL', 'V1__create_a.sql', 1, 'me', now(), 1, true),
   (2, '1.9', 'create b', 'SQL', 'later/V1.9__create_b.sql', 1, 'me', now(), 1, true),
   (3, '1.10', 'create c', 'SQL', 'V1_10__create_c.sql', 1, 'me', now(), 1, true),
   (4, '1.10', 'create c', 'UNDO_SQL', 'U1_10__create_c.sql', 1, 'me', now(), 1, true)" \
  1.9 flyway_schema_history
is "$(grep -c 'migrate:down' out_flyway/1.9_create_b.sql)" 1 'Flyway: U is the downgrade of its V'
is "$(grep -c 'migrate:up transaction:false' out_flyway/2.0_nothing.sql)" 1 'Flyway: executeInTransaction stays'
# CRC-32 of "CREATE OR REPLACE VIEW v AS SELECT * FROM a;", as Flyway computes it
flyway_done() { # flyway_done CHECKSUM
  new_database import_old
  q "$FLYWAY_TABLE; INSERT INTO flyway_schema_history VALUES
   (1, '1.10', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', null, 'me', now(), 0, true),
   (2, '2.0', 'nothing', 'SQL', 'V2.0__nothing.sql', 1, 'me', now(), 1, true),
   (3, null, 'view of a', 'SQL', 'R__view_of_a.sql', $1, 'me', now(), 1, true)"
}
flyway_done 366041935
status_is 0 'Flyway: baseline, and a repeatable as it is' import flyway --to out_flyway --stamp
says "flyway: at $repeatable"
flyway_done 1
status_is 0 'Flyway: a repeatable that has changed since' import flyway --to out_flyway --stamp
says 'flyway: at 2.0'
q "UPDATE flyway_schema_history SET success = false WHERE version = '2.0'"
status_is 1 'Flyway: a failed migration is refused' import flyway --to out_flyway --stamp
says 'flyway repair'
cp flyway/V1_10__create_c.sql flyway/B1.10__all.sql
echo 'CREATE TABLE a (id int); CREATE TABLE b (id int);' >>flyway/B1.10__all.sql
status_is 0 'Flyway: a baseline migration' import flyway --to out_baseline
says 'left out: later/V1.9__create_b.sql: B1.10__all.sql stands for it'
says 'flyway: 3 revisions'
new_database import_old
q "$FLYWAY_TABLE; INSERT INTO flyway_schema_history VALUES
   (1, '1', 'a', 'SQL', 'V1__create_a.sql', 1, 'me', now(), 1, true), (2, '1.9', 'b', 'SQL', 'later/V1.9__create_b.sql', 1, 'me', now(), 1, true)"
status_is 1 'Flyway: a database below it' import flyway --to out_baseline --stamp
says 'below the baseline 1.10'
q "INSERT INTO flyway_schema_history VALUES (3, '1.10', 'c', 'SQL', 'V1_10__create_c.sql', 1, 'me', now(), 1, true)"
status_is 0 'Flyway: a database at it' import flyway --to out_baseline --stamp
says 'flyway: at 1.10'
put flyway/V3__placeholder.sql <<'END'
CREATE TABLE t (id int);
GRANT SELECT ON t TO ${reader};
END
status_is 1 'Flyway: a placeholder is refused' import flyway --to out_x
# shellcheck disable=SC2016
says 'V3__placeholder.sql:2: a placeholder, which Flyway alone can replace: ${reader}'

# --- diesel ----------------------------------------------------------------------------------

for name in 00000000000000_diesel_initial_setup 2024-01-01-000001_create_a 2024-01-01-000002-0000_create_b 2024-01-02-000000_create_c; do
  mkdir -p "diesel/migrations/$name"
  t=${name##*_}
  case $t in
    setup) echo 'SELECT 1;' >"diesel/migrations/$name/up.sql"; echo '' >"diesel/migrations/$name/down.sql" ;;
    *) echo "CREATE TABLE $t (id int);" >"diesel/migrations/$name/up.sql"; echo "DROP TABLE $t;" >"diesel/migrations/$name/down.sql" ;;
  esac
done
echo 'run_in_transaction = false' >diesel/migrations/2024-01-02-000000_create_c/metadata.toml
echo 'nothing to do with it' >diesel/migrations/README.md
tool_test diesel diesel 4 '00000000000000 20240101000001 202401010000020000 20240102000000' \
  "CREATE TABLE a (id int); CREATE TABLE b (id int);
   CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
   INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('20240101000001'), ('202401010000020000')" \
  202401010000020000 __diesel
is "$(grep -c '^-- migrate:.* transaction:false' out_diesel/20240102000000_create_c.sql)" 2 'diesel: run_in_transaction stays'

# --- goose ---------------------------------------------------------------------------------------

put goose/00001_create_a.sql <<'SQL'
-- a comment
-- +goose Up
CREATE TABLE a (id int);

-- +goose StatementBegin
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RETURN 1;
END $$
-- +goose StatementEnd
SELECT f();

-- +goose Down
DROP FUNCTION f();
DROP TABLE a;
SQL
put goose/00002_create_b.sql <<'END'
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE b (id int);
CREATE INDEX CONCURRENTLY ON b (id);
-- +goose Down
DROP TABLE b;
END
put goose/20240101000000_create_c.sql <<'END'
-- +goose Up
CREATE TABLE c (id int);
-- +goose Down
DROP TABLE c;
END
tool_test goose goose 3 '00001 00002 20240101000000' \
  "CREATE TABLE a (id int); CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS \$\$
BEGIN
  RETURN 1;
END \$\$;
   CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
   INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (2, false)" \
  00001 goose_db_version
echo 'package migrations' >goose/00003_data.go
status_is 1 'goose: a migration in Go is refused' import goose --to out_x
says '00003_data.go: a migration that is no SQL'

# --- Sqitch ----------------------------------------------------------------------------------------

mkdir sqitch
put sqitch/sqitch.conf <<'END'
[core]
	engine = pg
	top_dir = db
END
put sqitch/db/sqitch.plan <<'END'
%syntax-version=1.0.0
%project=shop
%uri=https://example.org/shop

tables/a 2024-01-01T00:00:01Z A. Person <a@example.org> # Adds a,\nthe first table
tables/b [tables/a] 2024-01-01T00:00:02Z A. Person <a@example.org> # Adds b
view [tables/a tables/b !tables/z other:thing] 2024-01-01T00:00:00Z A. Person <a@example.org> # A view
@v1.0 2024-01-01T00:00:04Z A. Person <a@example.org> # One
@v1.0-1 2024-01-01T00:00:04Z A. Person <a@example.org> # One, again

tables/c [view@v1.0] 2024-01-01T00:00:05Z A. Person <a@example.org> # Adds c
view [view@v1.0 tables/c] 2024-01-01T00:00:06Z A. Person <a@example.org> # A view of more
END
for t in a b c; do
  put sqitch/db/deploy/tables/$t.sql <<END
-- Deploy shop:tables/$t to pg
BEGIN;
CREATE TABLE $t (id int);
COMMIT;
END
  put sqitch/db/revert/tables/$t.sql <<END
BEGIN;
DROP TABLE $t;
COMMIT;
END
done
echo 'CREATE VIEW view AS SELECT * FROM a;' | put sqitch/db/deploy/view@v1.0.sql
echo 'DROP VIEW view;' | put sqitch/db/revert/view@v1.0.sql
echo 'DROP VIEW view; CREATE VIEW view AS SELECT * FROM c;' | put sqitch/db/deploy/view.sql
echo 'DROP VIEW view; CREATE VIEW view AS SELECT * FROM a;' | put sqitch/db/revert/view.sql
put sqitch/db/verify/tables/a.sql <<'END'
-- Verify shop:tables/a on pg
\set ON_ERROR_STOP on
BEGIN;
SELECT id, 'a;b' AS sqitch
FROM a WHERE false; SELECT 1 / (1 + count(*)) FROM a;
WITH w AS (SELECT id FROM a) SELECT *, id FROM w
;
ROLLBACK;
END
printf 'DO $$ BEGIN ASSERT true; END $$;\nSET search_path = public;\nSELECT has_table_privilege(\047b\047, \047select\047)' | put sqitch/db/verify/tables/b.sql
echo 'SELECT id FROM view WHERE false;' | put sqitch/db/verify/view@v1.0.sql
SQITCH_TABLE="CREATE SCHEMA sqitch;
   CREATE TABLE sqitch.changes (change_id text PRIMARY KEY, script_hash text, change text NOT NULL, project text NOT NULL,
   note text NOT NULL DEFAULT '', committed_at timestamptz NOT NULL DEFAULT clock_timestamp(), committer_name text NOT NULL, committer_email text NOT NULL,
   planned_at timestamptz NOT NULL, planner_name text NOT NULL, planner_email text NOT NULL);
   INSERT INTO sqitch.changes SELECT 'id' || n, 'h', c, p, '', now(), 'a', 'a', now() + n * interval '1 s', 'a', 'a'
   FROM (VALUES (1, 'tables/a', 'shop'), (2, 'tables/b', 'shop'), (3, 'view', 'shop'), (4, 'other', 'elsewhere')) AS v (n, c, p)"
import sqitch --to out_probe_sqitch >/dev/null
sqitch_id() { sed -n 's/^-- Revision ID: //p' "$(grep -l "^-- $1" out_probe_sqitch/*.sql)"; }
view=$(sqitch_id 'view: A view$')
tool_test sqitch sqitch 5 "$(sqitch_id tables/a) $(sqitch_id tables/b) $view $(sqitch_id tables/c) $(sqitch_id 'view: A view of more')" \
  "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE VIEW view AS SELECT * FROM a; $SQITCH_TABLE" \
  "$view" sqitch
says 'sqitch: at'
is "$(sed -n '/^-- \(Branch\|Depends\)/p' out_sqitch/"$view"_view.sql | tr '\n' ' ')" \
  "-- Branch Labels: v1.0, v1.0_1 -- Depends On: $(sqitch_id tables/a), $(sqitch_id tables/b) " 'Sqitch: tags and dependencies stay'
is "$(q "SELECT (migrate.plan('downgrade', 'v1.0')).revision LIMIT 1")" "$(sqitch_id 'view: A view of more')" 'Sqitch: a tag is a target'
status_is 0 'Sqitch: what is left out is said' import sqitch --to out_sqitch
says 'conflict !tables/z'
says 'other:thing, which is another project'
says 'of db/verify/tables/b.sql what is no query: DO, SET SEARCH_PATH'
is "$(sed -n '/^-- migrate:verify/,/^-- migrate:down/p' out_sqitch/"$(sqitch_id tables/a)"_*.sql)" "-- migrate:verify
SELECT count(sqitch_verifies) >= 0 FROM (
SELECT id, 'a;b' AS sqitch
FROM a WHERE false
) AS sqitch_verifies;
SELECT count(sqitch_verifies) >= 0 FROM (
 SELECT 1 / (1 + count(*)) FROM a
) AS sqitch_verifies;
SELECT count(sqitch_verifies) >= 0 FROM (
WITH w AS (SELECT id FROM a) SELECT *, id FROM w

) AS sqitch_verifies;

-- migrate:down" 'Sqitch: verify scripts are questions'
is "$(cat out_sqitch/*.sql | grep -c '^-- migrate:verify')" 3 '  of each change that has one'
# to Sqitch a verify script holds unless a statement fails, and then the change does not
new_database sqitch_verify
status_is 0 "Sqitch: which hold" migrate apply --dir out_sqitch
q "SELECT migrate.downgrade('base')" >/dev/null 2>&1
sed -i 's/1 + count/count/' out_sqitch/"$(sqitch_id tables/a)"_*.sql
status_is 1 "  or do not" migrate apply --dir out_sqitch
says 'division by zero'
put sqitch/db/deploy/tables/c.sql <<'END'
-- Deploy shop:tables/c to pg
BEGIN;
CREATE TABLE c (id int, note text DEFAULT 'a \copy in a string');
COMMIT;
\copy c from program 'cat c.csv'
COPY b FROM stdin;
1
\.
SELECT $$ \copy $$, :'variable';
END
status_is 1 "Sqitch: psql's commands are refused" import sqitch --to out_x
says "db/deploy/tables/c.sql:5: psql's \\copy c from program 'cat c.csv' is a command for a client"
says 'db/deploy/tables/c.sql:6: COPY from or to the client'
says 'db/deploy/tables/c.sql:9: a variable of psql'
says '3 problems in 1 file, nothing written'
says "--until 'db/deploy/view@v1.0.sql'"
RC=0; [ ! -e out_x ] || RC=1; ok '  and nothing is written'
status_is 0 'Sqitch: what comes before' import sqitch --to out_x --until db/deploy/view@v1.0.sql
says 'sqitch: 3 revisions'
printf 'BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\nBEGIN;\nSELECT 1;\nCOMMIT;\n' >sqitch/db/deploy/tables/c.sql
status_is 0 'Sqitch: several transactions' import sqitch --to out_y
says 'db/deploy/tables/c.sql: has transactions of its own, marked transaction:false'

# --- Prisma ---------------------------------------------------------------------------------------

echo 'CREATE TABLE a (id int);' | put prisma/prisma/migrations/0_init/migration.sql
echo 'CREATE TABLE b (id int);' | put prisma/prisma/migrations/20240101000001_b/migration.sql
echo 'CREATE TABLE c (id int);' | put prisma/prisma/migrations/20240101000002_c/migration.sql
echo 'provider = "postgresql"' >prisma/prisma/migrations/migration_lock.toml
PRISMA_TABLE="CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
   migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0)"
tool_test prisma prisma 3 '0 20240101000001 20240101000002' \
  "CREATE TABLE a (id int); $PRISMA_TABLE;
   INSERT INTO _prisma_migrations VALUES ('1', 'x', now(), '0_init', null, null, now(), 1), ('2', 'x', null, '20240101000001_b', 'error', now(), now(), 0)" \
  0 _prisma_migrations
new_database import_old
q "$PRISMA_TABLE; INSERT INTO _prisma_migrations VALUES ('1', 'x', null, '0_init', 'ERROR', null, now(), 0)"
status_is 1 'Prisma: a failed migration is refused' import prisma --to out_prisma --stamp
says 'prisma migrate resolve'
echo 'provider = "mysql"' >prisma/prisma/migrations/migration_lock.toml
status_is 1 'Prisma: another database is refused' import prisma --to out_prisma
says 'mysql'

# --- node-pg-migrate --------------------------------------------------------------------------------

put node/migrations/1704067200000_create-a.sql <<'END'
-- Up Migration
CREATE TABLE a (id int);

-- Down Migration
DROP TABLE a;
END
put node/migrations/20240101000001000_create-b.sql <<'END'
-- Up Migration
CREATE TABLE b (id int);
--- down  migration
DROP TABLE b;
END
put node/migrations/1704067202000_create-c.sql <<'END'
-- Down Migration
DROP TABLE c;
-- Up Migration
CREATE TABLE c (id int);
END
tool_test node-pg-migrate node 3 '1704067200000 20240101000001000 1704067202000' \
  "CREATE TABLE a (id int); CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
   INSERT INTO pgmigrations (name, run_on) VALUES ('1704067200000_create-a', now())" \
  1704067200000 pgmigrations
echo 'exports.up = pgm => {}' >node/migrations/1704067203000_x.js
status_is 1 'node-pg-migrate: JavaScript is refused' import node --to out_x
says '1704067203000_x.js: a migration that is no SQL'

# --- Supabase --------------------------------------------------------------------------------------

echo 'create table a (id int);' | put supabase/supabase/migrations/20240101000001_a.sql
echo 'create table b (id int);' | put supabase/supabase/migrations/20240101000002_b.sql
echo 'create table c (id int);' | put supabase/supabase/migrations/20240101000003_c.sql
tool_test supabase supabase 3 '20240101000001 20240101000002 20240101000003' \
  "CREATE TABLE a (id int); CREATE SCHEMA supabase_migrations;
   CREATE TABLE supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY, statements text[], name text);
   INSERT INTO supabase_migrations.schema_migrations VALUES ('20240101000001', '{}', 'a')" \
  20240101000001 supabase_migrations

# --- drizzle-kit ------------------------------------------------------------------------------------

put drizzle/drizzle/meta/_journal.json <<'END'
{
  "version": "7",
  "dialect": "postgresql",
  "entries": [
    { "idx": 0, "version": "7", "when": 1704067200000, "tag": "0000_late_hulk", "breakpoints": true },
    { "idx": 1, "version": "7", "when": 1704067201000, "tag": "0002_of_a_branch", "breakpoints": true },
    { "idx": 2, "version": "7", "when": 1704067202000, "tag": "0001_c", "breakpoints": true }
  ]
}
END
printf 'CREATE TABLE "a" ("id" int)\n--> statement-breakpoint\nCREATE INDEX a_id ON a (id);--> statement-breakpoint\nSELECT 1;\n' |
  put drizzle/drizzle/0000_late_hulk.sql
echo 'CREATE TABLE b (id int);' | put drizzle/drizzle/0002_of_a_branch.sql
echo 'CREATE TABLE c (id int);' | put drizzle/drizzle/0001_c.sql
echo 'CREATE TABLE never (id int);' | put drizzle/drizzle/0003_not_listed.sql
tool_test drizzle drizzle 3 '0000 0002 0001' \
  "CREATE TABLE a (id int); CREATE INDEX a_id ON a (id); CREATE TABLE b (id int); CREATE SCHEMA drizzle;
   CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
   INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1704067200000), ('y', 1704067201000)" \
  0002 drizzle
import drizzle --to out_drizzle >"$SCRATCH/said"
says 'left out: 0003_not_listed.sql: meta/_journal.json does not list it'
sed -i 's/1704067202000/1704067200500/' drizzle/drizzle/meta/_journal.json
status_is 1 'drizzle: an entry that it would not run' import drizzle --to out_x
says '0001_c.sql: is not later than the entry before it'
sed -i 's/"postgresql"/"sqlite"/' drizzle/drizzle/meta/_journal.json
status_is 1 'drizzle: another database' import drizzle --to out_x
says 'for sqlite, not for PostgreSQL'

# --- Hasura -----------------------------------------------------------------------------------------

for n in 1:a 2:b 3:c; do
  echo "CREATE TABLE ${n#*:} (id int);" | put hasura/migrations/default/170406720"${n%:*}"000_make_"${n#*:}"/up.sql
  echo "DROP TABLE ${n#*:};" | put hasura/migrations/default/170406720"${n%:*}"000_make_"${n#*:}"/down.sql
done
HASURA_TABLE="CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.hdb_version (hasura_uuid uuid PRIMARY KEY DEFAULT gen_random_uuid(), version text NOT NULL,
   upgraded_on timestamptz NOT NULL DEFAULT now(), cli_state jsonb NOT NULL DEFAULT '{}', console_state jsonb NOT NULL DEFAULT '{}')"
tool_test hasura hasura 3 '1704067201000 1704067202000 1704067203000' \
  "CREATE TABLE a (id int); CREATE TABLE b (id int); $HASURA_TABLE;
   INSERT INTO hdb_catalog.hdb_version (version, cli_state) VALUES ('47',
   '{\"migrations\": {\"default\": {\"1704067201000\": false, \"1704067202000\": false}, \"other\": {\"1\": false}}}')" \
  1704067202000 hdb_catalog
new_database import_old
q "$HASURA_TABLE; INSERT INTO hdb_catalog.hdb_version (version, cli_state) VALUES ('47', '{\"migrations\": {\"default\": {\"1704067201000\": true}}}')"
status_is 1 'Hasura: a migration that failed' import hasura --to out_hasura --stamp
says '"1704067201000" failed'
echo '- type: run_sql' | put hasura/migrations/default/1704067204000_yaml/up.yaml
status_is 1 'Hasura: YAML' import hasura --to out_x
says '1704067204000_yaml/up.yaml: no SQL'
says '1704067204000_yaml: a directory without up.sql'

# --- popx, authelia: files for several databases side by side -----------------------------------------

echo 'CREATE TABLE a (id int);' | put popx/20240101000001000000_a.up.sql
echo 'DROP TABLE a;' | put popx/20240101000001000000_a.down.sql
echo 'CREATE TABLE b (id serial);' | put popx/20240101000002000000_b.postgres.up.sql
echo 'DROP TABLE b;' | put popx/20240101000002000000_b.postgres.down.sql
for other in mysql sqlite cockroach; do
  echo 'CREATE TABLE b (id INTEGER AUTOINCREMENT);' | put popx/20240101000002000000_b.$other.up.sql
  echo 'DROP TABLE b;' | put popx/20240101000002000000_b.$other.down.sql
done
echo 'CREATE TABLE c (id int, other int);' | put popx/20240101000003000000_c.up.sql
echo 'CREATE TABLE c (id int);' | put popx/20240101000003000000_c.postgres.up.sql
echo 'DROP TABLE c;' | put popx/20240101000003000000_c.down.sql
echo 'CREATE INDEX CONCURRENTLY c_id ON c (id);' | put popx/20240101000004000000_i.postgres.autocommit.up.sql
echo 'DROP INDEX c_id;' | put popx/20240101000004000000_i.postgres.down.sql
echo 'PRAGMA x;' | put popx/20240101000005000000_lite.sqlite.up.sql
tool_test popx popx 4 '20240101000001000000 20240101000002000000 20240101000003000000 20240101000004000000' \
  "CREATE TABLE a (id int); CREATE TABLE schema_migration (version varchar(48) PRIMARY KEY, version_self int NOT NULL DEFAULT 0);
   INSERT INTO schema_migration VALUES ('20240101000001000000', 0)" \
  20240101000001000000 schema_migration
import popx --to out_popx >"$SCRATCH/said"
says 'left out: 2 files for mysql; --dialect says which are meant'
says 'left out: 3 files for sqlite'
is "$(cat out_popx/*_c.sql | grep -c other)" 0 'popx: the file for this database goes before the one for all'
is "$(grep -c 'migrate:up transaction:false' out_popx/*_i.sql)" 1 'popx: autocommit stays'
status_is 0 'popx: another dialect' import popx --to out_cockroach --dialect cockroach --dry-run
says 'left out: 2 files for mysql'
says 'popx: 3 revisions'
echo 'CREATE TABLE {{ identifier "t" }} (id int);' | put popx/20240101000006000000_t.up.sql
status_is 1 'popx: a template' import popx --to out_x
says '20240101000006000000_t.up.sql:1: a template'

for n in 1:A 2:B 3:C; do
  echo "CREATE TABLE ${n#*:} (id int);" | put authelia/V000"${n%:*}".Make_"${n#*:}".up.sql
  echo "DROP TABLE ${n#*:};" | put authelia/V000"${n%:*}".Make_"${n#*:}".down.sql
done
echo 'CREATE TABLE c (id int) ENGINE = x;' | put authelia/V0003.Make_C.mysql.up.sql
tool_test authelia authelia 3 '0001 0002 0003' \
  "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE migrations (id serial PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now(),
   version_before int, version_after int NOT NULL, application_version varchar(128) NOT NULL);
   INSERT INTO migrations (version_before, version_after, application_version) VALUES (0, 3, 'v4'), (3, 2, 'v4')" \
  0002 'migrations(_|;| |\\.)'
is "$(sed 1q out_authelia/0001_make_a.sql)" '-- Make A' 'authelia: the name'

# --- sql-migrate, tern --------------------------------------------------------------------------------

put sqlmigrate/1_a.sql <<'END'
-- +migrate Up
CREATE TABLE a (id int);
-- +migrate StatementBegin
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2;'
-- +migrate StatementEnd

-- +migrate Down
DROP FUNCTION f();
DROP TABLE a;
END
put sqlmigrate/2_b.sql <<'END'
-- +migrate Up notransaction
CREATE TABLE b (id int);
-- +migrate Down
DROP TABLE b;
END
put sqlmigrate/10_c.sql <<'END'
-- +migrate Up
CREATE TABLE c (id int);
-- +migrate Down notransaction
DROP TABLE c;
END
tool_test sql-migrate sqlmigrate 3 '1 2 10' \
  "CREATE TABLE a (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2;';
   CREATE TABLE gorp_migrations (id text PRIMARY KEY, applied_at timestamptz); INSERT INTO gorp_migrations VALUES ('1_a.sql', now())" \
  1 gorp_migrations
is "$(cat out_sql-migrate/*.sql | grep -c 'transaction:false')" 2 'sql-migrate: notransaction stays'

for n in 1:a 2:b 3:c; do
  printf 'CREATE TABLE %s (id int);\n---- create above / drop below ----\nDROP TABLE %s;\n' "${n#*:}" "${n#*:}" | put tern/00"${n%:*}"_"${n#*:}".sql
done
tool_test tern tern 3 '001 002 003' \
  "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE schema_version (version int NOT NULL); INSERT INTO schema_version VALUES (2)" \
  002 schema_version
echo 'CREATE TABLE {{.prefix}}x (id int);' | put tern/004_x.sql
status_is 1 'tern: a template' import tern --to out_x
says '004_x.sql:1: a template'

# --- whose it is, where the files of two tools are alike ---------------------------------------------------

echo '# the table that is there decides'
new_database import_old
q "CREATE TABLE a (id int); $SQLX_TABLE; INSERT INTO _sqlx_migrations VALUES (1, 'a', now(), true, '', 1)"
printf 'CREATE TABLE a (id int);' | put counted/1_a.up.sql
printf 'CREATE TABLE b (id int);' | put counted/2_b.up.sql
status_is 0 'sqlx with counted versions' import counted --to out_counted --stamp
says 'sqlx, not golang-migrate: the files of both are alike'
says 'sqlx: at 1, as public._sqlx_migrations says'
status_is 0 '  whose table is named' import counted --to out_counted --stamp --table public._sqlx_migrations
new_database import_old
q "$FLYWAY_TABLE; INSERT INTO flyway_schema_history VALUES (1, '1.1', 'a', 'SQL', '1_1__a.sql', 1, 'me', now(), 1, true)"
put empty_prefix/1_1__a.sql <<'END'
CREATE TABLE a (id int);
END
put empty_prefix/1_10__c.sql <<'END'
CREATE TABLE c (id int);
END
put empty_prefix/1_9__b.sql <<'END'
CREATE TABLE b (id int);
END
status_is 0 'Flyway with an empty prefix' import empty_prefix --to out_prefix --stamp
says 'flyway: 3 revisions'
says 'flyway: at 1.1'
is "$(q "SELECT string_agg(revision, ' ' ORDER BY step) FROM migrate.plan('upgrade', 'heads')")" '1.9 1.10' '  in its order'
status_is 0 '  said' import empty_prefix --to out_prefix --prefix=
says 'wrote 0 files'
mkdir prefixed
for f in empty_prefix/*; do cp "$f" "prefixed/Change-${f#*/}"; done
echo 'CREATE TABLE v (id int);' >prefixed/V3__v.sql
status_is 0 'Flyway with another prefix' import prefixed --to out_prefixed --prefix Change-
says 'flyway: 3 revisions'
says 'left out: V3__v.sql'
RC=0; diff -I 'Imported From' -r out_prefix out_prefixed -x prelude.sql >"$SCRATCH/said" || RC=1; ok '  the same'
status_is 2 '  only for Flyway' import sqlx --from sqlx --to out_x --prefix x
status_is 2 '  as letters' import prefixed --to out_x --prefix 'x*'

# --- migrations in a language, transactions of their own, names ----------------------------------------------

echo '# what stops, and how to go on'
printf -- '-- +goose Up\nCREATE TABLE a (id int);\n' | put mixed/00001_a.sql
echo 'package migrations' | put mixed/00002_b.go
printf -- '-- +goose Up\nCREATE TABLE c (id int);\n' | put mixed/00003_c.sql
status_is 1 'goose: a migration in Go' import mixed --to out_mixed
says '00002_b.go: a migration that is no SQL'
says "--until '00001_a.sql'"
status_is 0 '  --until stops before it' import mixed --to out_mixed --until 00001_a.sql
says 'goose: 1 revision,'
printf -- '-- +goose Up\nCREATE TABLE c (id int);\nCOMMIT;\nCREATE INDEX CONCURRENTLY c_id ON c (id);\n' >mixed/00003_c.sql
printf -- '-- +goose Up\nCREATE TABLE b (id int);\n' >mixed/00002_b.sql
rm mixed/00002_b.go
status_is 1 'goose: a lone COMMIT' import mixed --to out_commit
says '00003_c.sql:3: transaction control: COMMIT. --own-transaction 00003_c.sql, or all'
status_is 0 '  that is meant' import mixed --to out_commit --own-transaction 00003_c.sql
says '00003_c.sql: has transactions of its own, marked transaction:false'
is "$(sed -n '/^-- migrate:up/,$p' out_commit/00003_c.sql | tr '\n' '|')" \
  '-- migrate:up transaction:false|BEGIN;|CREATE TABLE c (id int);|COMMIT;|CREATE INDEX CONCURRENTLY c_id ON c (id);|' '  what is before it is one transaction'
new_database import_new
status_is 0 '  all' import mixed --to out_commit --own-transaction all --load
says 'wrote 0 files'
status_is 0 '  and it runs' q "CALL migrate.deploy()"
is "$(q "SELECT count(*) FROM pg_class WHERE relname IN ('c', 'c_id')")" 2 '  all of it'
printf -- '-- +goose Up\nSAVEPOINT s;\n' >mixed/00003_c.sql
status_is 1 'a savepoint is not' import mixed --to out_x --own-transaction all
says 'transaction control: SAVEPOINT'
status_is 1 'one that is not there' import mixed --to out_x --own-transaction 4
says '--own-transaction 4: no such migration'
status_is 2 'a dialect where there is one' import mixed --to out_x --dialect mysql

echo 'CREATE TABLE a (id int);' | put dieselish/2024-01-01-000001_make_a/up.sql
echo 'DROP TABEL a;' | put dieselish/2024-01-01-000001_make_a/down.sql
echo 'CREATE TABLE b (id int);' | put dieselish/2024-01-02-000001_make_b/up.sql
for name in 2024-01-01-000001_make_a 2024-01-01-000001 20240101000001 make_a 2024-01-01-000001_make_a/; do
  status_is 0 "diesel: $name is what it is called" import dieselish --to out_x --dry-run --irreversible "$name" --until "$name"
  says 'diesel: 1 revision, 1 irreversible'
done
echo 'run_in_transacton = false' >dieselish/2024-01-02-000001_make_b/metadata.toml
status_is 1 'diesel: an option that is not known' import dieselish --to out_x
says 'metadata.toml:1: an option that a revision cannot keep: run_in_transacton'
echo 'CREATE TABLE a (id int);' | put conf/V1__a.sql
echo 'shouldExecute=false' | put conf/V1__a.sql.conf
status_is 1 'Flyway: an option that is not known' import conf --to out_x
says 'V1__a.sql.conf:1: an option that a revision cannot keep: shouldExecute'
printf -- '-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY x ON y (z);\n' | put atlas/20240101000001_a.sql
status_is 0 'Atlas: txmode none stays' import atlas --to out_atlas
is "$(grep -c 'transaction:false' out_atlas/*.sql)" 1 '  as transaction:false'
printf -- '-- atlas:delimiter \\n\\n\nSELECT 1\n' | put atlas/20240101000002_b.sql
status_is 1 'Atlas: a delimiter does not' import atlas --to out_atlas
says '20240101000002_b.sql:1: an attribute that a revision cannot keep'

printf -- '--liquibase formatted sql\n--changeset me:1 runInTransaction:false context:test\nSELECT 1;\n' | put liquibase/changes.sql
status_is 1 "Liquibase's SQL is refused by name" import liquibase --to out_x
says "these are Liquibase's"
cp liquibase/changes.sql liquibase/001_changes.sql
rm liquibase/changes.sql
status_is 1 '  also under a number' import liquibase --to out_x
says "Liquibase"
rm -r liquibase && put liquibase/db.changelog-master.xml </dev/null
status_is 1 '  and its XML' import liquibase --to out_x
says "these are Liquibase's"

echo '# files that are not taken over are named'
echo 'SELECT 1;' | put sqlx/old/20230101000001_x.up.sql
status_is 0 'in a directory below' import sqlx --to out_sqlx
says 'left out: old/20230101000001_x.up.sql: in a directory below'
rm -r sqlx/old
echo 'SELECT 1;' | put sqitch/db/deploy/forgotten.sql
status_is 0 'Sqitch: what the plan does not have' import sqitch --to out_y
says 'left out: db/deploy/forgotten.sql: the plan has no such change'

# --- Alembic -----------------------------------------------------------------------------------------

mkdir -p alembic/migrations/versions
put alembic/alembic.ini <<'END'
[alembic]
script_location = %(here)s/migrations
END
put alembic/migrations/env.py <<'END'
from alembic import context
END
put alembic/migrations/versions/1a_create_a.py <<'END'
"""Create a

And a longer story.

Revision ID: 1a
Revises:
Create Date: 2024-01-01 00:00:01.500000

"""
from alembic import op

# revision identifiers, used by Alembic.
revision = '1a'
down_revision = None
branch_labels = None
depends_on = None
END
put alembic/migrations/versions/2b.py <<'END'
"""Create b

Create Date: 2024-01-01T12:00:00+02:00
"""
revision: str = "2b"
down_revision: Union[str, None] = "1a"  # not '3c'
branch_labels: Union[str, Sequence[str], None] = ("billing",)
depends_on: Union[str, Sequence[str], None] = None
END
put alembic/migrations/versions/3c.py <<'END'
'''Create c'''
revision = u'3c'
down_revision = '1a'
depends_on = ['billing']
END
put alembic/migrations/versions/4d_merge.py <<'END'
"""merge

Revision ID: 4d
Create Date: 2024-01-01 23:00:00
"""
revision = '4d'
down_revision = (
    '2b',  # one
    '3c',
)
END
put up.sql <<'END'
BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1a

CREATE TABLE a (
    id INTEGER
);

INSERT INTO alembic_version (version_num) VALUES ('1a') RETURNING alembic_version.version_num;

-- Running upgrade 1a -> 2b

CREATE TABLE b (
    id INTEGER
);

COMMIT;

CREATE INDEX CONCURRENTLY b_id ON b (id);

BEGIN;

COMMENT ON TABLE b IS 'UPDATE alembic_version SET version_num=''x''';

UPDATE alembic_version SET version_num='2b' WHERE alembic_version.version_num = '1a';

-- Running upgrade 1a -> 3c

CREATE TABLE c (
    id INTEGER
);

INSERT INTO alembic_version (version_num) VALUES ('3c') RETURNING alembic_version.version_num;

-- Running upgrade 2b, 3c -> 4d

DELETE FROM alembic_version WHERE alembic_version.version_num = '2b';

UPDATE alembic_version SET version_num='4d' WHERE alembic_version.version_num = '3c';

COMMIT;

END
put down.sql <<'END'
BEGIN;

-- Running downgrade 4d -> 2b, 3c

UPDATE alembic_version SET version_num='3c' WHERE alembic_version.version_num = '4d';

INSERT INTO alembic_version (version_num) VALUES ('2b') RETURNING alembic_version.version_num;

-- Running downgrade 3c -> 1a

DROP TABLE c;

DELETE FROM alembic_version WHERE alembic_version.version_num = '3c';

-- Running downgrade 2b -> 1a

DROP TABLE b;

UPDATE alembic_version SET version_num='1a' WHERE alembic_version.version_num = '2b';

-- Running downgrade 1a -> 

DROP TABLE a;

DELETE FROM alembic_version WHERE alembic_version.version_num = '1a';

DROP TABLE alembic_version;

COMMIT;

END
tool_test alembic alembic 4 '1a 2b 3c 4d' \
  "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER); CREATE INDEX b_id ON b (id); COMMENT ON TABLE b IS 'UPDATE alembic_version SET version_num=''x''';
   CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
   INSERT INTO alembic_version VALUES ('2b')" \
  2b "TABLE[^']*alembic_version" --upgrade-sql up.sql --downgrade-sql down.sql
is "$(sed -n '1,/^$/p' out_alembic/2b.sql | tr '\n' '|')" \
  '-- Create b|--|-- Revision ID: 2b|-- Revises: 1a|-- Create Date: 2024-01-01 12:00:00+02:00|-- Branch Labels: billing|-- Imported From: alembic, versions/2b.py||' 'Alembic: the header'
is "$(sed -n 's/^-- Depends On: //p' out_alembic/3c.sql)" billing 'Alembic: depends_on may be a label'
is "$(grep -ciE 'alembic_version' out_alembic/[0-9]*.sql | grep -v ':0')" 'out_alembic/2b.sql:1' 'Alembic: nothing of its table but what is text'
is "$(sed -n '/migrate:up/,/migrate:down/p' out_alembic/2b.sql | grep -E '^(--|BEGIN|COMMIT)' | tr '\n' ' ')" \
  '-- migrate:up transaction:false -- migrate:down ' 'Alembic: an autocommit block'
ALEMBIC='false twice' status_is 1 'Alembic: its command fails' import alembic --to out_x
says 'false twice heads failed'
status_is 0 'Alembic: the graph alone' import alembic --to out_graph --graph-only
sed '/Running upgrade 1a -> 3c/,$d' up.sql >short.sql
status_is 1 'Alembic: SQL that lacks a revision' import alembic --to out_x --upgrade-sql short.sql
says 'short.sql: there is no "-- Running upgrade ... -> 3c"'
rm alembic/migrations/versions/2b.py
status_is 1 'Alembic: a missing parent' import alembic --to out_x --graph-only
says 'migrations/versions/4d_merge.py:7: down_revision "2b" is in none of the files'

# --- what is refused whoever made it --------------------------------------------------------------------

refused() { # refused WHAT SAYS: the dbmate migration on standard input
  rm -rf bad && put bad/1_x.sql
  status_is 1 "$1" import bad --from dbmate --to out_x
  says "$2"
}
refused 'transaction control in the middle' '1_x.sql:4: transaction control: COMMIT' <<'END'
-- migrate:up
CREATE TABLE t (id int);
/* COMMIT; /* nested */ COMMIT; */
COMMIT;
CREATE TABLE u (id int);
-- migrate:down
END
refused 'savepoints' '1_x.sql:2: transaction control: SAVEPOINT X' <<'END'
-- migrate:up
SAVEPOINT x;
-- migrate:down
END
refused 'COPY to the client, in the downgrade' '1_x.sql:4: COPY from or to the client' <<'END'
-- migrate:up
SELECT 1;
-- migrate:down
COPY (SELECT a FROM stdin) TO STDOUT;
END
refused 'what reads as a marker' '1_x.sql:3: reads as a marker of a revision file: -- migrate:upwards' <<'END'
-- migrate:up
SELECT 1;
-- migrate:upwards
END
refused 'dbmate without an upgrade' '1_x.sql: has no -- migrate:up' <<'END'
-- migrate:down
END
rm -rf good && put good/1_x.sql <<'END'
-- migrate:up
BEGIN;
CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN COMMIT; RETURN 1; END; $f$;
CREATE FUNCTION two() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
CREATE TABLE "COMMIT;" (id int, note text DEFAULT E'it\'s; COMMIT; \\', more text DEFAULT 'a''b; \copy');
CREATE RULE r AS ON INSERT TO "COMMIT;" DO ALSO (SELECT 1; SELECT 2);
COMMIT
-- migrate:down
END
new_database import_new
status_is 0 'what only looks like that is not refused' import good --to out_good --load
if [ "$(q 'SHOW server_version_num')" -ge 140000 ]; then
  status_is 0 '  and runs' q "SELECT migrate.upgrade()"
fi
awk 'BEGIN { print "-- migrate:up"; printf "SELECT length(\047"; for (i = 0; i < 300000; i++) printf "x\047\047;"; print "\047);"; print "-- migrate:down" }' >good/1_x.sql
status_is 0 'a line of a megabyte' import good --to out_long --dry-run

# --- usage ------------------------------------------------------------------------------------------------

status_is 0 '--help' import --help
says '--downgrade-sql FILE'
status_is 2 'no directory' import
status_is 2 'an option that is not known' import dbmate --frm dbmate
status_is 2 'a tool that is not known' import dbmate --from liquibase
status_is 2 'an option without its value' import dbmate --to
status_is 2 'two directories' import dbmate sqlx
status_is 2 'into the directory itself' import dbmate/db/migrations --to dbmate/db/../db/migrations
status_is 1 'no such directory' import nowhere
mkdir nothing
status_is 1 'nothing recognised' import nothing
says '--from TOOL'
(cd dbmate && import . >../said) 2>&1
status_is 0 'from the project, where the revision files are by now' sh -c "cd dbmate && sh '$PROJECT/scripts/migrate-import.sh' ."
says 'wrote 0 files to ./migrations, 4 are there already'
status_is 1 'revision files' import out_dbmate
says 'these are revision files already'
status_is 0 'options with =, and the tool said' import --from=dbmate dbmate --to=out_dbmate
echo '-- somebody was here' >>out_dbmate/20240101000001_create_a.sql
status_is 1 'a file that has been changed is not overwritten' import dbmate --to out_dbmate
says 'out_dbmate/20240101000001_create_a.sql'
mkdir 'with space=x'
cp -r dbmate/db/migrations/. 'with space=x'
status_is 0 'a directory with an odd name' import 'with space=x' --to 'odd \out=y'
is "$(head_of 'odd \out=y')" 4 '  all of it'
new_database import_new
status_is 1 '--stamp without a table' import dbmate --to out_none --stamp
says 'no table of dbmate in this database'
RC=0; [ ! -e out_none ] || RC=1; ok '  writes nothing'
printf -- '-- migrate:up\nCREATE TABEL x;\n-- migrate:down\n' >'with space=x/20250101000000_broken.sql'
status_is 1 'what the server refuses' import 'with space=x' --to out_none --load
says 'syntax error'
RC=0; [ ! -e out_none ] || RC=1; ok '  is not written either'

q "CREATE SCHEMA one; CREATE TABLE one.schema_migrations (version text); CREATE SCHEMA two; CREATE TABLE two.schema_migrations (version text);
   INSERT INTO two.schema_migrations VALUES ('20240101000001')"
status_is 1 'two tables of that name' import dbmate --to out_none --stamp
says 'one.schema_migrations two.schema_migrations'
status_is 0 '  of which one is named' import dbmate --to out_none --stamp --table two.schema_migrations --dry-run
says 'would stamp 20240101000001'
q "DROP TABLE one.schema_migrations, two.schema_migrations; DO 'BEGIN CREATE ROLE import_planter; EXCEPTION WHEN duplicate_object THEN NULL; END';
   CREATE SCHEMA planted AUTHORIZATION import_planter; GRANT ALL ON SCHEMA public, one, two TO import_planter"
planted() { # planted WHAT SQL
  q "$2"
  status_is 1 "a planted table: $1" import dbmate --to out_none --stamp --dry-run
  says 'no table of dbmate in this database'
  q "DROP OWNED BY import_planter CASCADE; CREATE SCHEMA IF NOT EXISTS planted AUTHORIZATION import_planter; GRANT ALL ON SCHEMA public, one, two TO import_planter"
}
planted 'another role has made it' "SET ROLE import_planter; CREATE TABLE schema_migrations AS SELECT '20240101000001' AS version"
planted 'in a schema of its own' "SET ROLE import_planter; CREATE TABLE planted.schema_migrations AS SELECT '20240101000001' AS version"
planted 'a view' "SET ROLE import_planter; CREATE VIEW schema_migrations AS SELECT '20240101000001' AS version"
planted 'a materialized view' "SET ROLE import_planter; CREATE MATERIALIZED VIEW one.schema_migrations AS SELECT '20240101000001' AS version"
planted 'a partitioned table' "SET ROLE import_planter; CREATE TABLE two.schema_migrations (version text) PARTITION BY LIST (version)"
q "DROP OWNED BY import_planter CASCADE; CREATE TABLE schema_migrations (version text)"
status_is 0 '  and one on the search_path is enough' import dbmate --to out_none --stamp --dry-run
says 'nothing is applied by public.schema_migrations'
DATABASE_URL="postgresql+psycopg2:///import_new?host=$PGHOST&port=${PGPORT:-5432}"
export DATABASE_URL
PGDATABASE=nowhere status_is 0 'DATABASE_URL' import dbmate --to out_none --stamp --dry-run
unset DATABASE_URL

rm 'with space=x/20250101000000_broken.sql'
printf -- '-- migrate:up\nDROP TABLE schema_migrations;\n-- migrate:down\nDROP TABEL c;\n' >'with space=x/20240101000004_create_c.sql'
status_is 1 'a downgrade that is no SQL' import 'with space=x' --to out_none --load
says '--irreversible 20240101000004'
status_is 0 '  is left out if that is said' import 'with space=x' --to out_none --load --irreversible 20240101000004_create_c.sql
says '4 revisions, 1 irreversible'
says '20240101000004_create_c.sql:2: names schema_migrations'
says 'out_none/prelude.sql with its own table'
status_is 1 '  for what is there' import 'with space=x' --to out_none --irreversible 5

echo '# every downgrade that is no SQL, in one message'
for n in 1 2 3 4; do
  put golang_bad/00000${n}_t$n.up.sql <<EOF
CREATE TABLE bad_t$n (id int);
EOF
done
echo 'DROP TABLE bad_t1;' >golang_bad/000001_t1.down.sql
echo 'DROP TABEL bad_t2;' >golang_bad/000002_t2.down.sql
echo 'DROP TABLE bad_t3;' >golang_bad/000003_t3.down.sql
echo 'this is no SQL' >golang_bad/000004_t4.down.sql
status_is 1 'without a database, what begins as no statement' import golang_bad --to out_words
says '000004_t4.down.sql:1: a downgrade that is no SQL: this is no sql. --irreversible 000004_t4.up.sql leaves it out'
status_is 0 '  is left out' import golang_bad --to out_words --irreversible 4
new_database import_bad
status_is 1 'two that are no SQL' import golang_bad --to out_bad --load
says '000002_t2.sql'
says '000004_t4.sql'
says '--irreversible all'
says '--irreversible 000002'
status_is 2 '  all without a database' import golang_bad --to out_bad --irreversible all
status_is 0 '  all are left out' import golang_bad --to out_bad --load --irreversible all
says '000004 is irreversible'
is "$(cat out_bad/*.sql | grep -c '^-- migrate:down')" 2 '  and the others are not'
is "$(q "SELECT string_agg(revision, ' ' ORDER BY revision) FROM migrate.scripts WHERE downgrade IS NULL")" '000002 000004' '  nor in the database'

echo '# the way down in another notation'
foreign() { # foreign TOOL TEXT
  rm -rf foreign && mkdir foreign
  printf 'CREATE TABLE f (id int);\n%s\nDROP TABLE f;\n' "$2" >foreign/20240101000001_f.sql
  status_is 1 "$1: $2" import foreign --to out_none --dry-run
  says "$1"
  says '20240101000001_f.sql:2'
}
foreign +migrate '--+migrate Down'
foreign shmig '-- ==== DOWN ===='
foreign Liquibase '--rollback DROP TABLE f;'
foreign 'another tool' '-- rollback'
foreign MyBatis '-- //@UNDO'
foreign 'another tool' '-- Down'
foreign 'another tool' '--- UNDO ---'
foreign 'another tool' '-- rollback script'
foreign 'another tool' '  -- migrate down:'
rm -rf foreign && mkdir foreign
printf 'CREATE TABLE f (id int);\n-- the down payment\n-- drop the old one below\n-- rolled back by hand before\n-- rollback was no way out\nDROP TABLE IF EXISTS g;\n' >foreign/20240101000001_f.sql
status_is 0 'comments that only speak of it' import foreign --to out_none --dry-run

echo '# files that are not taken over'
rm -rf foreign && mkdir -p foreign/20240101000001_a foreign/20240102000001_b
echo 'SELECT 1;' >foreign/20240101000001_a/migration.sql
echo 'SELECT 1;' >foreign/20240102000001_b/Migration.sql
status_is 1 'prisma: migration.sql in another case' import foreign --to out_none --dry-run --from prisma
says '20240102000001_b: a directory without migration.sql'
rm -rf foreign && mkdir foreign
echo 'SELECT 1;' >foreign/20240101000001_a.sql
echo 'SELECT 1;' >foreign/20240102000001_b.SQL
echo 'SELECT 1;' >foreign/notes.md
status_is 0 'sqlx: the suffix in another case' import foreign --to out_none --dry-run
says 'left out: 20240102000001_b.SQL'

done_testing
