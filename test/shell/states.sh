#!/bin/sh
# What status tells of failures, databases that are new, older extensions, and
# comparisons of more than the schema public.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

echo "# an empty database builds its indexes plainly"
new_database empty
revision a '' 'CREATE TABLE a (id int, t text);'
revision b a 'CREATE INDEX CONCURRENTLY a_id ON a (id); DROP INDEX CONCURRENTLY a_id; CREATE INDEX CONCURRENTLY a_t ON a (t);'
runs 0 "apply" migrate apply
is "$(sql "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_t'::regclass")" t "  the index is there"
revision c b 'CREATE INDEX CONCURRENTLY a_it ON a (id, t);'
runs 1 "later it is not empty" migrate apply
says "migrate.sh apply --online"
says_not "migrate.deploy"
runs 0 "  online" migrate apply --online
new_database empty_extension
sql "CREATE EXTENSION migrate_ext"
revision a '' 'CREATE TABLE a (id int);'
revision b a 'CREATE INDEX CONCURRENTLY a_id ON a (id);'
runs 0 "an empty database with the extension" migrate apply
new_database not_empty
sql "CREATE TABLE a (id int)"
revision b '' 'CREATE INDEX CONCURRENTLY a_id ON a (id);'
runs 1 "one with a table" migrate apply --baseline none
says "migrate.sh apply --online"

echo "# hints name the commands of who reads them"
new_database hints
revision a ''
revision b a
runs 0 "apply" migrate apply a
runs 1 "downgrade where nothing is" migrate downgrade nosuch
says "HINT:  migrate.sh history lists the revisions"
runs 1 "an applied revision" migrate remove a
says "migrate.sh create" "migrate.sh downgrade a-1"
runs 1 "check --model" migrate create x --model migrations/a.sql
says "migrate.sh upgrade heads"
sed -i 's/t_a/t_aa/' migrations/a.sql
runs 1 "a changed file" migrate apply
says "with migrate.sh repair"
psql -Xqc "DO 'BEGIN RAISE NOTICE ''migrate.downgrade()'' USING HINT = ''x''; END'" >"$SAID" 2>&1
says "migrate.downgrade()"

echo "# status tells failures"
new_database failures
revision a '' 'CREATE TABLE a (id int);'
runs 0 "apply" migrate apply
sql "INSERT INTO a VALUES (1), (1)"
revision b a 'CREATE TABLE b (id int); SELECT 1/0;'
runs 1 "one that fails" migrate apply --online
runs 0 "status" migrate status
says "Last run:  upgrade b FAILED" "division by zero"
says_not "Half done"
revision b a 'CREATE TABLE bb (id int); CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);'
sed -i 's/^-- migrate:up$/& transaction:false/' migrations/b.sql
runs 1 "one that is half done" migrate apply --online
runs 0 "status" migrate status
says "Last run:  upgrade b HALF DONE" "could not create unique index" "Half done: b" "migrate.sh resolve b"
sql "DELETE FROM a"
runs 0 "it goes on" migrate apply --online
runs 0 "status" migrate status
says "Last run:  upgrade b at"
says_not "Half done"
runs 0 "drift" migrate drift
runs 0 "status" migrate status
says "Schema:    as its revisions make it"
psql -Xqc "SET application_name = 'holder'; BEGIN; LOCK TABLE a; SELECT pg_sleep(100)" >/dev/null 2>&1 &
holder=$!
revision c b 'ALTER TABLE a ADD c int;'
until [ "$(sql "SELECT count(*) FROM pg_locks WHERE relation = 'a'::regclass AND mode = 'AccessExclusiveLock'")" = 1 ]; do sleep 0.1; done
migrate apply --online >waiting 2>&1 &
applier=$!
# it waits, looks whether the lock is free, and waits
tries=0
until { migrate status >"$SAID" 2>&1 && grep -q "it waits for process" "$SAID"; } || [ $tries = 100 ]; do tries=$((tries + 1)); done
says "Running:   " "it waits for process"
(sleep 4; sql "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" >/dev/null) &
runs 0 "progress follows it" migrate progress
says "c, " "Nobody is migrating any more"
wait $holder || true
wait $applier
is "$(current)" c "  to its end"

echo "# two databases, each with a baseline of its own"
tables="CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL CHECK (name <> '')); CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('a', 'b');
  CREATE TABLE app.t (m app.mood DEFAULT 'a', u int REFERENCES users); CREATE VIEW app.v AS SELECT * FROM app.t; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
new_database staging
sql "$tables"
mkdir migrations
runs 0 "an image without files on staging" migrate apply
runs 0 "  export" migrate export
staging=$(ls migrations)
staging=${staging%%_*}
revision next "$staging"
directory=$PWD
new_database production
sql "$tables"
sql "INSERT INTO users (name) VALUES ('somebody')"
mkdir migrations
runs 0 "and on production" migrate apply
production=$(current)
cp "$directory"/migrations/* migrations
runs 1 "then with staging's files" migrate apply
says "there are 2 heads" "migrate.sh apply --baseline $staging, which compares"
says_not "apply heads"
says_not "downgrade"
runs 1 "check, too" migrate check
says "migrate.sh apply --baseline"
runs 0 "as it says, without keeping it" migrate apply --baseline "$staging" --dry-run
says "Would upgrade next" "instead of $production"
is "$(current)" "$production" "  it is where it was"
sql "ALTER TABLE app.t ADD extra int"
runs 1 "where the two are not the same" migrate apply --baseline "$staging"
says "the schema is not what revision $staging makes" "create column app.t.extra"
is "$(current)" "$production" "  it is where it was"
sql "ALTER TABLE app.t DROP extra"
runs 0 "where they are" migrate apply --baseline "$staging"
is "$(current)" next "  what comes after is run"
is "$(sql "SELECT count(*) FROM users")" 1 "  and nothing again"
runs 0 "every start has that option" migrate apply --baseline "$staging" --tag again
says "Nothing to do, at next"
runs 0 "the old baseline is ignored" migrate apply --prune
says "Removed from the database: $production"
runs 1 "a baseline that is none" migrate apply --baseline nosuch
says "at a revision of these files already"
new_database fresh
cp -r "$directory/migrations" .
runs 0 "a new database with that option" migrate apply --baseline "$staging"
is "$(sql "SELECT to_regclass('app.t') IS NOT NULL")" t "  runs everything"

echo "# an extension of an older version"
new_database older
revision a ''
runs 0 "apply" migrate apply
sql "UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'migrate_ext'"
runs 1 "an update that is not there" migrate apply --tag x
says "0.9"
sql "DO 'BEGIN CREATE ROLE shell_other LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'"
sql "GRANT USAGE ON SCHEMA migrate TO shell_other"
PGUSER=shell_other runs 1 "of who may not" migrate apply
says "is of version 0.9, that of the server" "ALTER EXTENSION migrate_ext UPDATE" "Its owner, $PGUSER"
sql "UPDATE pg_extension SET extversion = (SELECT default_version FROM pg_available_extensions WHERE name = 'migrate_ext') WHERE extname = 'migrate_ext'; DROP OWNED BY shell_other"
runs 0 "the right one" migrate apply

echo "# more than the schema public"
new_database schemas
mkdir migrations
printf 'CREATE SCHEMA app; CREATE TABLE app.users (id int); CREATE TABLE public.plain (id int);\n' >model
runs 0 "create" migrate create one --model model --schema app --schema public --rev-id a1
grep -q 'CREATE TABLE app.users' migrations/a1_one.sql && grep -q 'CREATE TABLE public.plain' migrations/a1_one.sql
result $? "  has both"
runs 0 "apply" migrate apply
runs 0 "check" migrate check --model model --all-schemas
says "is as the model says"
printf 'CREATE SCHEMA app; CREATE TABLE app.people (id int);\n' >model
runs 3 "check of a change" migrate check --model model --schema app
runs 0 "diff with a rename" migrate diff --model model --schema app --rename app.users=app.people
says "RENAME TO people"
says_not "DROP TABLE"
runs 0 "create with it" migrate create two --model model --schema app --rename app.users=app.people --rev-id b2
runs 0 "apply" migrate apply
runs 0 "drift" migrate drift --all-schemas
sql 'CREATE SCHEMA "My ""S"; CREATE TABLE "My ""S".t (id int)'
runs 3 "drift of a name that has to be quoted" migrate drift --schema 'My "S'
says 'My ""S'
runs 0 "  and not where it is not asked for" migrate drift --schema app
runs 0 "verify" migrate verify --schema app --schema public
runs 2 "--rename that is none" migrate diff --model model --rename users

done_testing
