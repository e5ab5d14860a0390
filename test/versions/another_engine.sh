#!/bin/sh
# What is different where the engine is of another version than the database; run by targets.sh, which says
# where that is (WITHOUT) and where its pg_dump is (WITHOUT_PATH).
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/../shell/lib.sh"

ENGINE=$(psql -XAtqd postgres -c "SELECT current_setting('server_version_num')::int / 10000")
export XDG_CACHE_HOME="$SCRATCH/cache"
chmod 755 "$SCRATCH"
mkdir "$XDG_CACHE_HOME"
export PGHOST="$WITHOUT" PGPORT=5432 PGUSER=postgres
TARGET=$(psql -XAtqd postgres -c "SELECT current_setting('server_version_num')::int / 10000")
own_path=$PATH
PATH=$WITHOUT_PATH:$PATH

echo "# PostgreSQL $TARGET, with an engine of $ENGINE"
new_database version
revision a '' 'CREATE TABLE t_a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT current_user);'
runs 0 "apply" migrate apply
says "its engine is a private PostgreSQL $ENGINE"
if [ "$ENGINE" -lt "$TARGET" ]; then
  says "The database is PostgreSQL $TARGET: what is newer than $ENGINE the engine does not understand (package postgresql-$TARGET-migrate-ext"
else
  says_not "does not understand"
fi
runs 0 "drift" migrate drift
says "The schema is what its revisions make"
echo 'CREATE TABLE public.t_a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT current_user, x date UNIQUE CHECK (x > DATE '"'2020-01-01'"'));' >schema.sql
runs 0 "create --model" migrate create "Add x" --model schema.sql
runs 0 "  is applied" migrate apply
runs 0 "  and then it is as the model" migrate check --model schema.sql
runs 0 "  and is undone" migrate downgrade
runs 0 "  and is as before" migrate drift
runs 0 "  and again" migrate apply --online

if [ "$ENGINE" -lt "$TARGET" ]; then
  new='' what=''
  [ "$TARGET" -lt 16 ] || new='CREATE TABLE t_n (t text COMPRESSION default STORAGE external);' what='external'
  [ "$TARGET" -lt 18 ] || new='CREATE TABLE t_n (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);' what='VIRTUAL'
  revision n "$(version=$(sql 'SELECT revision FROM migrate.version') && echo "$version")" "$new"
  runs 1 "what the engine does not understand" migrate apply
  says "syntax error at or near" "does not understand"
  is "$(sql "SELECT to_regclass('t_n') IS NULL AND NOT EXISTS (SELECT FROM migrate.version WHERE revision = 'n')")" t "  is not run"
  rm migrations/n.sql
  psql -Xqc "$new"
  runs 1 "what is in the database that the engine does not understand" migrate drift
  says "syntax error at or near" "does not understand"
  psql -Xqc 'DROP TABLE t_n'
  PATH=$own_path
  MIGRATE_ENGINE=private runs 1 "no pg_dump that is new enough" migrate drift
  says "there is no pg_dump here that is new enough for PostgreSQL $TARGET" "postgresql-client-$TARGET"
  runs 1 "  for a backup" migrate backup
  says "there is no pg_dump here that is new enough for PostgreSQL $TARGET"
  runs 0 "  which it does not take to apply" migrate downgrade
else
  revision n "$(sql 'SELECT revision FROM migrate.version')" 'CREATE TABLE t_n (a int, UNIQUE NULLS NOT DISTINCT (a)); CREATE TABLE t_o (a int);'
  if [ "$TARGET" -lt 15 ]; then
    runs 1 "what the database does not understand" migrate apply
    says 'syntax error at or near "NULLS"' 'revision "n"'
    is "$(sql "SELECT to_regclass('t_n') IS NULL AND to_regclass('t_o') IS NULL AND NOT EXISTS (SELECT FROM migrate.version WHERE revision = 'n')")" t "  leaves nothing"
    rm migrations/n.sql
  fi
fi
runs 0 "status" migrate status
is "$(find "$XDG_CACHE_HOME" -name postmaster.pid)" '' "the engine is stopped"
done_testing
