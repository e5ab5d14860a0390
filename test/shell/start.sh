#!/bin/sh
# What a container starts with: the four situations that it can meet, many
# replicas, images older than the database, and what goes wrong.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

tables() { sql "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"; }

echo "# a fresh, empty database"
new_database fresh
revision a ''
revision b a
runs 0 "first start" entrypoint echo the service
says "[Migration] Database: postgresql://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE" "[Migration] NOTICE:  Running upgrade a -> b" \
  "[Migration] succeeded" "the service"
is "$(current)" b "  is migrated"

echo "# a restart with nothing to do"
runs 0 "second start" entrypoint echo the service
says "Nothing to do, at b" "the service"
is "$(sql "SELECT count(*) FROM migrate.log WHERE action <> 'load'")" 2 "  nothing is run"
# a psql that keeps what it is told
mkdir spy
# shellcheck disable=SC2016
printf '#!/bin/sh\ncat >"$SPIED.$$"\ncat "$SPIED.$$" >>"$SPIED"\nexec "%s/psql" "$@" <"$SPIED.$$"\n' "$("${PG_CONFIG:-pg_config}" --bindir)" >spy/psql
chmod +x spy/psql
export SPIED="$PWD/spied"
sent() { # sent WHEN WHETHER
  grep -q "load_files(scripts" spied
  result $(($? != $2)) "  $1"
  : >spied
}
before=$PATH PATH=$PWD/spy:$PATH
runs 0 "third start" entrypoint echo the service
says "Files: 2, nothing new" "Nothing to do, at b" "the service"
sent "the files are not sent again" 1
runs 0 "apply --dry-run" migrate apply --dry-run
sent "they are to know what would be done" 0
sql "SELECT migrate.remove('c') FROM migrate.revision('c', rev_id => 'c')"
runs 0 "after a revision has come and gone" migrate apply
sent "they are not" 1
: >spied
sql "SELECT migrate.downgrade()"
runs 0 "after a downgrade" migrate apply
says "Running upgrade a -> b"
sent "they are" 0
sql "UPDATE migrate.scripts SET checksum = sha256('') WHERE revision = 'a'"
runs 0 "after the tables were changed by hand" migrate apply
says "1 replaced"
sent "they are" 0
sql "UPDATE migrate.scripts SET checksum = sha256(convert_to(migrate.script('a'), 'UTF8')) WHERE revision = 'a'"
cp migrations/a.sql a.sql
printf '\n-- looked through on Friday\n' >>migrations/a.sql
runs 0 "after a comment in a file that is applied" migrate apply
says "1 replaced"
: >spied
mv a.sql migrations
runs 0 "with the file as it was" migrate apply
sent "they are" 0
# shellcheck disable=SC2016
for program in awk sha256sum; do
  printf '#!/bin/sh\nexit 1\n' >spy/$program
  [ $program = sha256sum ] || printf '#!/bin/sh\ncase $1 in BEGIN*) exit 1 ;; *) exec /usr/bin/awk "$@" ;; esac\n' >spy/$program
  chmod +x spy/$program
  runs 0 "with an $program that does not do" migrate apply
  says "Files: 2, nothing new" "Nothing to do, at b"
  if [ $program = awk ]; then sent "they are not" 1; else sent "they are" 0; fi
  rm spy/$program
done
runs 0 "at rest again" migrate apply
: >spied
for odd in "mkdir" "ln -s nowhere" "touch"; do
  $odd "migrations/an odd one.sql"
  runs 1 "one more, by $odd" migrate apply
  case $odd in
    mkdir) says "./migrations/an odd one.sql is not a file" ;;
    touch) says "./migrations/an odd one.sql is empty" ;;
    *) says "no such file: ./migrations/an odd one.sql" ;;
  esac
  rm -rf "migrations/an odd one.sql"
done
mv migrations/b.sql "migrations/b of Friday.sql"
runs 0 "another name" migrate apply
sent "they are" 0
runs 0 "the same under another shell and locale" env LC_ALL=C.UTF-8 "$(command -v bash || echo sh)" "$PROJECT/scripts/migrate.sh" apply
says "Files: 2, nothing new" "Nothing to do, at b"
sent "they are not" 1
mv "migrations/b of Friday.sql" migrations/b.sql
PATH=$before

echo "# new revisions"
revision c b
runs 0 "next release" entrypoint echo the service
says "Running upgrade b -> c"
is "$(tables)" "t_a t_b t_c" "  its table"

echo "# an image that is older than the database"
mkdir old
mv migrations new
mkdir migrations
cp new/a.sql new/b.sql migrations
runs 0 "it starts" entrypoint echo the service
says "The database is ahead of these files by 1 applied revision: c (make c)" "the service"
runs 0 "check, too" migrate check
is "$(current)" c "  nothing is undone"
runs 0 "a rollback from it: downgrade without the file" migrate downgrade -1
is "$(tables)" "t_a t_b" "  the table is gone"
runs 0 "it starts again" entrypoint echo the service
is "$(current)" b "  and does not undo the rollback"
says "Ignored, since neither applied nor among these files: c (make c)"
revision hotfix b
runs 0 "a hotfix on the old release" migrate apply
is "$(tables)" "t_a t_b t_hotfix" "  is run"
runs 0 "  and undone" migrate downgrade b
rm migrations/hotfix.sql

echo "# a database with tables, but without the extension"
for what in empty foreign; do
  new_database "existing_$what"
  sql "CREATE TABLE customers (id serial PRIMARY KEY, name text CHECK (name <> '')); INSERT INTO customers (name) VALUES ('x');
    CREATE SCHEMA s; CREATE VIEW s.v AS SELECT 1 AS one; CREATE FUNCTION f() RETURNS text LANGUAGE sql AS \$\$ SELECT '\\restrict' \$\$"
  before=$(pg_dump -N migrate --restrict-key=x 2>/dev/null | grep -v -e '^--' -e '^$' -e EXTENSION)
  mkdir migrations
  [ $what = empty ] || revision a ''
  case $what in
    empty)
      runs 0 "no files" entrypoint echo the service
      says "took a baseline and stamped it" "the service"
      ;;
    foreign)
      runs 1 "files that do not build on it" env AUTO_MIGRATE_FAIL_ON_ERROR=true "$SHELL_UNDER_TEST" "$PROJECT/scripts/entrypoint.sh" echo the service
      says "took a baseline and stamped it" "do not build on what is in this database" "migrate.sh rebase FIRST"
      ;;
  esac
  is "$(sql "SELECT message FROM migrate.history() WHERE is_current")" baseline "  stamped"
  is "$(sql "SELECT count(*) FROM migrate.history()")" 1 "  no file was loaded"
  is "$(pg_dump -N migrate --restrict-key=x 2>/dev/null | grep -v -e '^--' -e '^$' -e EXTENSION)" "$before" "  nothing else is changed"
done
rm migrations/a.sql
runs 0 "export" migrate export
existing=$PWD
revision next "$(current)"
runs 0 "a revision on top" entrypoint true
is "$(tables)" "customers t_next" "  is run"
new_database recreated
cp -r "$existing/migrations" .
runs 0 "the baseline makes the same elsewhere" migrate apply
is "$(tables)" "customers t_next" "  all"
new_database recognised
cp -r "$existing/migrations" .
sql 'CREATE TABLE customers (id serial PRIMARY KEY)'
runs 3 "check of a database that has the tables" migrate check
says "The database has tables already: would stamp" "1 pending revision"
runs 0 "plan" migrate plan
says "The database has tables already: would stamp"
runs 0 "a database that has the tables is stamped with the baseline's file" entrypoint true
says "The database has tables already: stamped"
is "$(tables)" "customers t_next" "  and upgraded from there"
new_database alembic
revision a1 ''
revision b2 a1
revision c3 b2
sql "CREATE TABLE t_a1 (id int); CREATE TABLE t_b2 (id int); CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('b2')"
runs 0 "a database of Alembic is stamped with what alembic_version says" entrypoint true
says "stamped b2"
is "$(tables)" "alembic_version t_a1 t_b2 t_c3" "  and upgraded from there"
# What others have put in its place is not believed, whatever it is.
sql "DO 'BEGIN CREATE ROLE shell_planter; EXCEPTION WHEN duplicate_object THEN NULL; END'"
planted() { # planted WHAT WHETHER-IT-IS-BELIEVED SQL
  new_database "planted_$(printf %s "$1" | tr -c 'a-z\n' _)"
  revision a1 ''
  revision b2 a1
  sql "CREATE TABLE t_a1 (id int); CREATE TABLE t_b2 (id int); CREATE SCHEMA planted; GRANT ALL ON SCHEMA planted, public TO shell_planter; $3"
  runs 0 "alembic_version is $1" migrate apply --dry-run
  if "$2"; then
    says "would stamp b2"
  else
    says "Passed over" "Would take a baseline"
  fi
  sql "DROP OWNED BY shell_planter CASCADE"
}
rows="SELECT 'b2' AS version_num"
planted 'a view' false "CREATE VIEW alembic_version AS $rows; ALTER VIEW alembic_version OWNER TO shell_planter"
planted 'a view of the owner' false "CREATE VIEW alembic_version AS $rows"
planted 'a materialized view' false "CREATE MATERIALIZED VIEW alembic_version AS $rows"
planted 'a table of another role' false "SET ROLE shell_planter; CREATE TABLE alembic_version AS $rows"
planted 'a foreign table' false "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE alembic_version (version_num text) SERVER s"
planted 'a partitioned table' false "CREATE TABLE alembic_version (version_num text) PARTITION BY LIST (version_num)"
planted 'in a schema called like the user' false "CREATE SCHEMA \"$PGUSER\" AUTHORIZATION shell_planter; SET ROLE shell_planter; CREATE TABLE \"$PGUSER\".alembic_version AS $rows"
planted 'a table behind a plant' true "CREATE TABLE public.alembic_version AS $rows; CREATE SCHEMA \"$PGUSER\" AUTHORIZATION shell_planter; SET ROLE shell_planter;
  CREATE TABLE \"$PGUSER\".alembic_version AS SELECT 'a1' AS version_num"
planted 'a table of the owner of the schema' true "ALTER SCHEMA planted OWNER TO shell_planter; SET ROLE shell_planter; CREATE TABLE planted.alembic_version AS $rows; RESET ROLE;
  DO 'BEGIN EXECUTE format(''ALTER DATABASE %I SET search_path = planted, public'', current_database()); END'"
planted 'a table with an operator beside it' true "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('b2');
  CREATE FUNCTION planted(varchar, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''planted code runs''; END';
  CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = planted)"
new_database said
revision a1 ''
revision b2 a1
sql "CREATE TABLE t_a1 (id int)"
runs 0 "--baseline REVISION" env AUTO_MIGRATE_OPTIONS='--baseline a1' "$SHELL_UNDER_TEST" "$PROJECT/scripts/entrypoint.sh"
is "$(tables)" "t_a1 t_b2" "  from there"
new_database none
revision a1 ''
sql "CREATE TABLE other (id int)"
runs 0 "apply --dry-run" migrate apply --dry-run
says "Would take a baseline"
runs 1 "create" migrate create x
says "migrate.sh init takes a baseline"
runs 1 "init with files" migrate init
runs 0 "apply --baseline none" migrate apply --baseline none
is "$(tables)" "other t_a1" "  runs everything"
new_database init
sql "CREATE TABLE other (id int)"
runs 0 "init --dry-run" migrate init --dry-run
says "Would take a baseline"
runs 0 "init" migrate init
says "Took a baseline" "_baseline.sql"
runs 0 "and then nothing is pending" migrate check
# what belongs to whom and who may do what comes along; of these schemas only, and not what is left out
new_database owned
one=shell_one_$$ other=shell_other_$$
sql "CREATE ROLE $one; CREATE ROLE $other; CREATE SCHEMA app AUTHORIZATION $one; CREATE TABLE app.t (id int); ALTER TABLE app.t OWNER TO $one;
  GRANT SELECT ON app.t TO $other; CREATE TABLE mine (id int); GRANT INSERT (id) ON mine TO $other; CREATE TABLE tmp_import (id int);
  ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT UPDATE ON TABLES TO $other; CREATE TABLE alembic_version (version_num text)"
runs 0 "init keeps owners, grants and default privileges" migrate init --ignore 'tmp_*'
cp migrations/*_baseline.sql "$SAID"
says "ALTER TABLE app.t OWNER TO $one;" "GRANT SELECT ON TABLE app.t TO $other;" "GRANT INSERT (id) ON TABLE public.mine TO $other;" \
  "IN SCHEMA app GRANT UPDATE ON TABLES TO $other;"
says_not tmp_import
says_not alembic_version
cp -r migrations "$SCRATCH/owned_elsewhere"
new_database owned_again
cp -r "$SCRATCH/owned_elsewhere" migrations
runs 0 "  elsewhere, too" migrate apply
is "$(sql "SELECT relowner::regrole, has_table_privilege('$other', 'app.t', 'SELECT') FROM pg_class WHERE relname = 't'")" "$one|t" "  in effect"
sql "CREATE TABLE app.later (id int)"
is "$(sql "SELECT has_table_privilege('$other', 'app.later', 'UPDATE')")" t "  for what comes later, too"
runs 3 "  drift" migrate drift --all-schemas
says "app.later"
runs 0 "  drift --ignore" migrate drift --all-schemas --ignore 'app.late%'
runs 0 "  verify --schema" migrate verify --all-schemas --ignore app.later
runs 2 "  drift --rename" migrate drift --rename a=b
says "migrate.sh record"
sql "DROP EXTENSION migrate_ext"
rm -r migrations
runs 0 "init --schema" migrate init --schema app --ignore later
cp migrations/*_baseline.sql "$SAID"
says "CREATE TABLE app.t"
says_not public.mine
says_not "CREATE TABLE app.later"
sql "DROP OWNED BY $one, $other CASCADE"
PGDATABASE=shell_owned_$$ sql "DROP OWNED BY $one, $other CASCADE"
sql "DROP ROLE $one, $other"
# where standard_conforming_strings is off: the file means the same elsewhere, and one that relies on the setting is read as by psql
if [ "$(psql -XqAtd postgres -c "SELECT current_setting('server_version_num')::int < 190000")" = t ]; then
  new_database strings
  sql "ALTER DATABASE $database SET standard_conforming_strings = off; ALTER DATABASE $database SET escape_string_warning = off"
  psql -Xq -c 'SET standard_conforming_strings = on' -c "CREATE TABLE words (w text DEFAULT 'd\\' CHECK (w <> '\\n')); COMMENT ON TABLE words IS 'com\\ment'"
  runs 0 "init where a backslash escapes" migrate init
  cp -r migrations "$SCRATCH/strings_files"
  new_database strings_on
  cp -r "$SCRATCH/strings_files" migrations
  runs 0 "  its file where it does not" migrate apply
  runs 0 "  makes the same" migrate drift
  is "$(sql "SELECT obj_description('words'::regclass), pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'words'::regclass")" 'com\ment|'"'d\\'::text" "  comment and value"
  revision s1 "$(sed -n 's/^-- Revision ID: //p' migrations/*_baseline.sql)" "INSERT INTO words VALUES ('it\\'s\\\\');"
  runs 1 "a file that relies on the setting, without it" migrate apply
  sql "ALTER DATABASE $database SET standard_conforming_strings = off; ALTER DATABASE $database SET escape_string_warning = off"
  runs 0 "  and with it" migrate apply
  is "$(sql "SELECT w FROM words")" "it's\\" "  as psql reads it"
  PGOPTIONS='-c standard_conforming_strings=on' runs 0 "  which another session leaves alone" migrate apply
  says "Nothing to do"
fi
# what a role may not have compared, pg_dump describes
new_database nodump
poor=shell_poor_$$
sql "CREATE ROLE $poor LOGIN; GRANT CREATE ON DATABASE $database TO $poor; CREATE TABLE other (id int); GRANT SELECT ON other TO $poor"
mkdir migrations bin
printf '#!/bin/sh\necho CREATE\nexit 1\n' >bin/pg_dump
chmod +x bin/pg_dump
PGUSER=$poor PATH=$PWD/bin:$PATH runs 1 "neither migrate.baseline() nor pg_dump" migrate apply
says "pg_dump has to describe it" "no baseline can be taken"
is "$(sql "SELECT to_regclass('migrate.revisions')")" "" "  and nothing is left behind"
PGUSER=$poor runs 0 "pg_dump" migrate apply
says "pg_dump has to describe it" "took a baseline and stamped it"
is "$(sql "SELECT upgrade LIKE '%CREATE TABLE public.other%' FROM migrate.scripts")" t "  which has the table"
is "$(sql "SELECT upgrade LIKE '%ALTER TABLE public.other OWNER TO %' AND upgrade LIKE '%GRANT SELECT ON TABLE public.other TO $poor%' FROM migrate.scripts")" t "  its owner and its grants"
sql "DROP OWNED BY $poor CASCADE; DROP ROLE $poor"

echo "# what goes wrong"
new_database wrong
revision a '' 'CREATE TABLE a (); SELECT 1/0;'
E="$SHELL_UNDER_TEST $PROJECT/scripts/entrypoint.sh"
# shellcheck disable=SC2016,SC2086
{
  runs 0 "a revision that fails: the service starts" $E echo the service
  says "[Migration] ERROR:  division by zero" '[Migration] revision "a"' "[Migration] FAILED" "the service"
  runs 1 "in strict mode it does not" env AUTO_MIGRATE_FAIL_ON_ERROR=true $E echo the service
  says "FAILED"
  says_not "the service"
  runs 1 "without a service it fails" $E
  runs 0 "AUTO_MIGRATE=false" env AUTO_MIGRATE=false $E echo the service
  says "AUTO_MIGRATE is off" "the service"
  says_not ERROR
  runs 2 "AUTO_MIGRATE=maybe" env AUTO_MIGRATE=maybe $E echo the service
  runs 2 "AUTO_MIGRATE_FAIL_ON_ERROR=perhaps" env AUTO_MIGRATE_FAIL_ON_ERROR=perhaps $E echo the service
  runs 7 "the service's exit status" env AUTO_MIGRATE=off $E sh -c 'exit 7'
  runs 127 "no such service" env AUTO_MIGRATE=off $E nosuchservice
  runs 0 "the service's environment is what it was" env DATABASE_URL="postgresql://$PGUSER:s3cret@/$PGDATABASE" PGAPPNAME=mine $E sh -c 'echo "${PGPASSWORD-none} $PGAPPNAME"'
  says "none mine" "postgresql://$PGUSER:***@"
  says_not s3cret
  runs 0 "nobody answers" env PGHOST="$SCRATCH" AUTO_MIGRATE_WAIT=1 $E echo the service
  says "no answer from" "FAILED" "the service"
  runs 1 "nobody answers, strict" env PGHOST="$SCRATCH" AUTO_MIGRATE_WAIT=1 AUTO_MIGRATE_FAIL_ON_ERROR=yes $E echo the service
  runs 0 "no directory to write to" env TMPDIR=/nonexistent $E echo the service
  says "the service"
}
revision a ''
database=shell_late_$$
DATABASES="$DATABASES $database"
(
  sleep 2
  psql -Xqd postgres -c "CREATE DATABASE $database"
) &
# shellcheck disable=SC2086
PGDATABASE=$database runs 0 "a server that answers late" $E echo the service
says "succeeded"
wait

echo "# stopped while it migrates"
revision b a 'CREATE TABLE b (); SELECT pg_sleep(60);'
# shellcheck disable=SC2086
$E echo the service >"$SAID" 2>&1 </dev/null &
pid=$!
tries=0
until [ "$(sql "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')")" = t ] || [ $tries = 100 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
kill -TERM $pid
wait $pid
is $? 143 "its exit status"
says "stopped by a signal"
says_not "the service"
is "$(sql "SELECT to_regclass('b') IS NULL AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')")" t "nothing is left behind, nor running"

echo "# a table that somebody holds until the start waits for it"
new_database held
sql "CREATE TABLE held (id int)"
revision a '' 'ALTER TABLE held ADD column_of_a int;'
runs 0 "loads the file" migrate apply --baseline none base
PGAPPNAME="the holder" psql -Xqd "$PGDATABASE" -c "BEGIN; SELECT FROM held; DO \$\$ BEGIN
  FOR i IN 1 .. 600 LOOP
    PERFORM pg_sleep(0.1);
    EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND NOT granted);
  END LOOP;
END \$\$; COMMIT" >/dev/null &
holder=$!
tries=0
until [ "$(sql "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'held'::regclass AND mode = 'AccessShareLock')")" = t ] || [ $tries = 100 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
# shellcheck disable=SC2086
runs 0 "the start waits, and goes on" $E echo the service
says "[Migration] NOTICE:  the migration waits for a lock" "[Migration] DETAIL:  process " "application 'the holder', holds AccessShareLock on public.held" "the service"
wait $holder

echo "# 32 replicas at once"
for what in fresh existing; do
  new_database "race_$what"
  mkdir migrations
  [ $what = fresh ] || sql "CREATE TABLE customers (id int)"
  if [ $what = fresh ]; then
    revision a '' 'CREATE TABLE a (id int); SELECT pg_sleep(0.5);'
    for n in 1 2 3 4 5; do
      revision r$n "${last:-a}"
      last=r$n
    done
  fi
  pids=''
  for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32; do
    # shellcheck disable=SC2086
    env AUTO_MIGRATE_FAIL_ON_ERROR=true $E echo the service >out.$n 2>&1 </dev/null &
    pids="$pids $!"
  done
  bad=0
  for pid in $pids; do wait "$pid" || bad=$((bad + 1)); done
  cat out.* | grep -v -e "Nothing to do" -e Files >"$SAID"
  is $bad 0 "$what: all start"
  is "$(cat out.* | grep -c 'the service')" 32 "  all services"
  is "$(cat out.* | grep -c 'Created the extension')" 1 "  one creates the extension"
  if [ $what = fresh ]; then
    is "$(sql "SELECT count(*) FROM migrate.log WHERE action <> 'load'")" 6 "  each revision is run once"
    is "$(current)" r5 "  and it is at the head"
  else
    is "$(cat out.* | grep -c 'took a baseline')" 1 "  one takes the baseline"
    is "$(sql "SELECT count(*) FROM migrate.history()")" 1 "  there is one"
  fi
done

done_testing
