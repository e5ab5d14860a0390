#!/bin/sh
# A database in which the extension cannot be installed: the same commands, words and exit statuses as
# with the extension, as a role that owns one database and nothing else.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

# A server whose directories have everything but the extension; test/versions/targets.sh has one of another version.
TARGET_DIR=${WITHOUT:-}
[ -n "$TARGET_DIR" ] || TARGET_DIR=$(cd "$PROJECT" && PG_CONFIG=${PG_CONFIG:-pg_config} bash -c '
  . scripts/machine.sh
  PG_CONFIG=$(command -v "$PG_CONFIG") DIR=$(new_server_dir without)
  private_prefix "$DIR" && start_server "$DIR" max_connections=60 >&2 && printf %s "$DIR"') || {
  echo "Bail out! no server without the extension"
  exit 1
}
PATH=${WITHOUT_PATH:+$WITHOUT_PATH:}$PATH
# shellcheck disable=SC2317 # the trap calls it
stop_target() {
  [ -n "${WITHOUT:-}" ] || (cd "$PROJECT" && bash -c '. scripts/machine.sh && remove_server "$1"' bash "$TARGET_DIR")
}
trap 'with finish; stop_target' EXIT

# The server that has it, which the engine is not, unless it is named.
WITH_HOST=$PGHOST WITH_PORT=${PGPORT:-5432} WITH_USER=${PGUSER:-postgres}
export XDG_CACHE_HOME="$SCRATCH/cache"
mkdir "$XDG_CACHE_HOME" "$SCRATCH/tmp"
chmod 755 "$SCRATCH"
chmod 1777 "$SCRATCH/tmp"
# who is killed leaves files
export TMPDIR="$SCRATCH/tmp"
with() { PGHOST=$WITH_HOST PGPORT=$WITH_PORT PGUSER=$WITH_USER "$@"; }
as_superuser() { PGUSER=postgres "$@"; }
with psql -Xqd postgres -c "CREATE ROLE shell_app LOGIN" 2>/dev/null
export PGHOST="$TARGET_DIR" PGPORT=5432
as_superuser psql -Xqd postgres -c "CREATE ROLE shell_app LOGIN" -c "CREATE ROLE shell_stranger LOGIN"
export PGUSER=shell_app

# As hosted services have it: nobody creates in public but its owner.
target() { # target NAME
  mkdir -p "$SCRATCH/$1"
  cd "$SCRATCH/$1" || exit 1
  export PGDATABASE="without_$1"
  as_superuser psql -Xqd postgres -c "CREATE DATABASE $PGDATABASE OWNER shell_app" || exit 1
  as_superuser psql -Xqc 'REVOKE CREATE ON SCHEMA public FROM PUBLIC' -c 'ALTER SCHEMA public OWNER TO shell_app'
}
version() { sql "SELECT coalesce(string_agg(revision, ',' ORDER BY revision), 'base') FROM migrate.version"; }
# A database of this process in the engine: so it is not stopped and started each time.
hold_engine() {
  (cd / && bash -c '. "$1" && shift && as_server_user "$@"' bash "$PROJECT/scripts/machine.sh" "$ENGINE_BIN/pg_ctl" -D "$ENGINE_DIR/data" -w start) >/dev/null 2>&1
  PGHOST=$ENGINE_DIR PGUSER=migrate_engine_owner psql -Xqd postgres -c "CREATE DATABASE run_$$"
}
release_engine() {
  PGHOST=$ENGINE_DIR PGUSER=migrate_engine_owner psql -Xqd postgres -c "DROP DATABASE run_$$"
  runs 0 "who ends last" migrate status
}
engine_is_off() {
  is "$(find "$XDG_CACHE_HOME" -name postmaster.pid)" '' "  the engine is stopped"
  is "$(find "$XDG_CACHE_HOME" -name lock)" '' "  and its lock is free"
}

echo "# the same words"
export PGDATABASE=shell_with_$$
with psql -Xqd postgres -c "CREATE DATABASE $PGDATABASE OWNER shell_app"
DATABASES="$DATABASES $PGDATABASE"
WITH_DATABASE=$PGDATABASE
target words
# But for times, and for what is said of engine and extension.  An error comes in another context.
said_of() {
  sed -e '/^migrate.sh: migrate_ext cannot be installed/d' -e '/the extension migrate_ext$/d' -e '/^Extension: /d' \
    -e 's/^\(Database: *\).*/\1/' -e 's/[0-9-]* [0-9:.]*+00/TIME/' -e 's/[0-9.]* s\([,)]\|$\)/SECONDS\1/' -e 's/^20..-..-.. ..:..:../TIME/' "$1"
  sed -n -e 's/ On an empty or idle database, .*//' -e 's/^psql:[^:]*:[0-9]*: //' -e '/^migrate.sh: migrate_ext cannot be installed/d' -e '/^[A-Z]*:  /{/^STATEMENT\|^CONTEXT\|^QUERY/!p;}' \
    -e '/^migrate.sh/p' "$2"
}
# The same command with the extension, first.
same() { # same STATUS COMMAND...
  wanted=$1
  shift
  got=0
  with env PGUSER=shell_app PGDATABASE="$WITH_DATABASE" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" "$@" </dev/null >"$SAID.o" 2>"$SAID.e" || got=$?
  is "$got" "$wanted" "with the extension: $*"
  said_of "$SAID.o" "$SAID.e" >"$SAID.with"
  got=0
  migrate "$@" >"$SAID.o" 2>"$SAID.e" || got=$?
  is "$got" "$wanted" "  and without"
  said_of "$SAID.o" "$SAID.e" | diff "$SAID.with" - >"$SAID"
  result $? "  says the same"
}
revision a ''
runs 0 "there is an engine" migrate status
ENGINE_BIN=$("${PG_CONFIG:-pg_config}" --bindir) ENGINE_DIR=$(find "$XDG_CACHE_HOME/migrate_ext" -name 'engine-*')
hold_engine
revision b a "CREATE TABLE t_b (id int); -- it's \\ and \$sql\$ :PGUSER
INSERT INTO t_b SELECT 1 RETURNING id; SELECT 'never shown';"
same 3 check
same 0 plan
same 0 plan --sql
same 0 apply
same 0 apply
same 0 status
same 0 current
same 0 current -v --check-heads
same 0 heads
same 0 history
same 0 show
same 0 show --sql a
same 0 check
revision c b 'CREATE TABLE nosuch.t (i int);'
same 3 check
same 1 apply
is "$(version)" b "  nothing is left"
revision c b
same 0 apply --tag "release 'one'"
is "$(sql "SELECT tag FROM migrate.log WHERE revision = 'c' AND outcome = 'done'")" "release 'one'" "  with its tag"
same 0 log
same 0 downgrade
same 0 status
same 0 upgrade
same 0 downgrade a
same 0 stamp b
same 0 stamp --dry-run c
same 0 stamp a
same 0 mark-current
same 0 stamp a
sql 'CREATE TABLE t_b (id int); CREATE TABLE t_c (id int)' && with env PGDATABASE="$WITH_DATABASE" psql -Xqc 'SET ROLE shell_app; CREATE TABLE t_b (id int); CREATE TABLE t_c (id int)'
same 1 upgrade
same 0 mark-current
same 2 apply --nosuch
same 1 downgrade -9
same 1 stamp nosuch
same 0 downgrade base
same 0 current
same 1 downgrade
revision d b
same 1 apply
same 1 check
same 3 check heads
same 0 apply heads
same 0 heads
same 0 downgrade base
rm migrations/d.sql
same 0 apply
revision e c "CREATE INDEX CONCURRENTLY t_c_id ON t_c (id);" "DROP INDEX CONCURRENTLY t_c_id;"
same 1 apply
same 0 apply --online
same 1 downgrade
same 0 downgrade --online
runs 0 "stamp --purge" migrate stamp --purge b
is "$(version)" b "  counts for what was there before"
runs 0 "export" migrate export elsewhere
is "$(ls elsewhere)" "$(printf 'a_make_a.sql\nb_make_b.sql\nc_make_c.sql\nd_make_d.sql\ne_make_e.sql')" "  writes what the tables have"
release_engine
engine_is_off
hold_engine

echo "# a start with nothing to do"
target rest
revision a ''
revision b a
runs 0 "the first start" migrate apply
says "migrate_ext cannot be installed in this database" "Running upgrade a -> b" "Now at b"
mkdir spy
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$PGHOST" >>"$SPIED"\nexec "%s/psql" "$@"\n' "$("${PG_CONFIG:-pg_config}" --bindir)" >spy/psql
chmod +x spy/psql
export SPIED="$PWD/spied"
before=$PATH PATH=$PWD/spy:$PATH
runs 0 "the second one" migrate apply
says "Files: 2, nothing new" "Nothing to do, at b"
says_not "engine"
is "$(cat spied)" "$PGHOST" "  asks the database once, and no engine"
: >spied
PATH=$before
runs 0 "after a downgrade" migrate downgrade
runs 0 "  it is not at rest" migrate apply
says "Running upgrade a -> b"
runs 0 "  and then it is" migrate apply
says_not "engine"
sql "UPDATE migrate.scripts SET checksum = sha256('') WHERE revision = 'a'"
runs 0 "after the tables were changed by hand" migrate apply
says "engine"
echo '-- a comment' >>migrations/a.sql
runs 0 "after a comment in a file" migrate apply
says "1 replaced" "Nothing to do, at b"
runs 0 "  at rest again" migrate apply
says_not "engine"

echo "# what has no meaning there says what to type"
for command in load 'remove b' 'edit b' record repair 'squash a b' dry-run progress 'resolve b applied'; do
  # shellcheck disable=SC2086 # words
  runs 1 "$command" migrate $command
  says "migrate.sh: ${command%% *} needs migrate_ext in the database"
done

echo "# a database that had tables before"
target legacy
sql 'CREATE TABLE t_a (id int); CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('"'a'"')'
revision a ''
revision b a
runs 0 "with Alembic's table" migrate apply
says "The database has tables already: stamped a" "Running upgrade a -> b" "Now at b"
is "$(sql 'SELECT string_agg(action, $$,$$ ORDER BY id) FROM migrate.log')" stamp,upgrade,load "  stamps and upgrades"
target legacy2
sql 'CREATE TABLE t_a (id int)'
revision a ''
revision b a
runs 0 "a word of where it is" migrate apply --baseline a
says "stamped a" "Now at b"
runs 0 "  and again" migrate apply
says "Nothing to do, at b"

target legacy3
sql 'CREATE TABLE t (id serial PRIMARY KEY, v text)'
runs 0 "init --dry-run" migrate init --dry-run
says "Would take a baseline"
is "$(sql "SELECT to_regnamespace('migrate') IS NULL")" t "  does nothing"
runs 0 "init takes a baseline" migrate init
says "Took a baseline of the tables that are there, and stamped it" "Wrote ./migrations/"
grep -q 'OWNER TO shell_app' migrations/*_baseline.sql
result $? "  with owners"
runs 0 "  and that is where it is" migrate apply
says "Nothing to do"
runs 0 "init again" migrate init
rm migrations/*
runs 0 "  where the file is gone" migrate init
says "tables of schema migrate are there already" "Wrote ./migrations/"

echo "# comparing"
printf 'CREATE TABLE t (id serial PRIMARY KEY, v text, y date);\n' >schema.sql
runs 0 "diff" migrate diff --model schema.sql
is "$(grep -v '^migrate.sh\|^  The database is PostgreSQL' "$SAID" | tr -d '\n')" "ALTER TABLE public.t ADD COLUMN y date;" "  is what is missing"
runs 3 "check --model" migrate check --model schema.sql
says "create column public.t.y" "The database differs from the model"
runs 0 "create --model" migrate create "Add y" --model schema.sql
says "Wrote ./migrations/" "1 added"
runs 0 "  is applied" migrate apply
runs 0 "  and then it is as the model" migrate check --model schema.sql
says "The database is as the model says"
runs 0 "create --model with nothing to do" migrate create "Nothing" --model schema.sql
says "Nothing has changed; no revision was written"
runs 0 "drift" migrate drift
says "The schema is what its revisions make"
sql 'ALTER TABLE t ADD x int; CREATE INDEX t_x ON t (x)'
runs 3 "drift of what was done by hand" migrate drift
says "create column public.t.x" "create index public.t_x"
runs 0 "verify" migrate verify
says ": good"
runs 0 "create" migrate create "By hand"
runs 0 "backup" migrate backup --output kept
says "Wrote ./kept/without_legacy3_"
mkdir old
# shellcheck disable=SC2016 # for that shell
printf '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n[ "$1" = --version ]\n' >old/pg_dump
chmod +x old/pg_dump
# (for targets.sh there is no other one)
if [ -z "${WITHOUT:-}" ]; then
  before=$PATH PATH=$PWD/old:$PATH
  runs 3 "a pg_dump that is too old, and another one" migrate drift
  runs 0 "  for a backup, too" migrate backup --output kept
  PATH=$before
fi
runs 0 "apply --backup" migrate apply --backup --output kept
says "Wrote ./kept/without_legacy3" "Now at"

echo "# as a new database is since PostgreSQL 15, with things of others in it"
target hosted
if [ "$(sql "SELECT current_setting('server_version_num')::int >= 140000")" = t ]; then as_superuser psql -Xqc 'ALTER SCHEMA public OWNER TO pg_database_owner'; fi
as_superuser psql -Xq <<'SQL'
CREATE SCHEMA auth;
CREATE TABLE auth.users (id int PRIMARY KEY);
CREATE SCHEMA "odd ""one";
CREATE TABLE "odd ""one".t (id int);
GRANT USAGE ON SCHEMA auth, "odd ""one" TO shell_app;
GRANT SELECT, REFERENCES ON auth.users TO shell_app;
GRANT SELECT ON "odd ""one".t TO shell_app;
CREATE TABLE public.of_another (id int);
GRANT SELECT ON public.of_another TO shell_app;
SQL
revision a '' 'CREATE TABLE t_a (id int REFERENCES auth.users);'
runs 0 "a reference to a schema of somebody else" migrate apply --baseline none
echo 'CREATE TABLE public.of_another (id int); GRANT SELECT ON public.of_another TO shell_app;
CREATE TABLE public.t_a (id int REFERENCES auth.users, x int);' >schema.sql
runs 3 "drift" migrate drift
says "create table public.of_another"
is "$(grep -c 'auth\|odd' "$SAID")" 0 "  of what is managed only"
runs 3 "check --model" migrate check --model schema.sql
says "create column public.t_a.x"
is "$(grep -c 'auth\|odd' "$SAID")" 0 "  of what is managed only"
runs 0 "create --model" migrate create "Add x" --model schema.sql
runs 0 "  is applied" migrate apply
runs 0 "  and then it is as the model" migrate check --model schema.sql
revision made "$(version)" 'CREATE SCHEMA made; CREATE TABLE made.t (id int PRIMARY KEY); CREATE TABLE public.t_made (id int REFERENCES made.t);' \
  'DROP TABLE public.t_made; DROP SCHEMA made CASCADE;'
runs 0 "a schema of ours" migrate apply
runs 3 "  drift has the revisions make it" migrate drift
says "create table public.of_another"
is "$(grep -c 'made' "$SAID")" 0 "  and does not compare it"
as_superuser psql -Xqc 'REVOKE USAGE ON SCHEMA auth FROM shell_app; REVOKE ALL ON auth.users FROM shell_app'
sql 'ALTER TABLE t_a ADD y int'
runs 1 "without the right to look there" migrate check --model schema.sql
says 'schema "auth" does not exist'
as_superuser psql -Xqc 'GRANT USAGE ON SCHEMA auth TO shell_app; GRANT SELECT, REFERENCES ON auth.users TO shell_app'
sql 'DROP SCHEMA migrate CASCADE'
rm migrations/*
runs 0 "init" migrate init
says_not "pg_dump has to describe it"
grep -q 'ALTER TABLE auth.users OWNER TO postgres' migrations/*_baseline.sql
result $? "  has all of it, with owners"
runs 0 "  and is what is there" migrate drift
says "The schema is what its revisions make"
target legacy4
sql 'CREATE TABLE t (id serial PRIMARY KEY, v text)'
revision a ''
runs 1 "apply takes a baseline, and the files do not build on it" migrate apply
says "took a baseline and stamped it, revision" "the revision files do not build on what is in this database"
is "$(sql 'SELECT count(*) FROM migrate.version')" 1 "  which stays"
runs 0 "  and can be written as a file" migrate export
runs 0 "  for the others to be put on" migrate rebase a "$(version)"
runs 0 "  and then it is good" migrate apply
says "Now at a"

echo "# what is gone from the files"
target prune
revision a ''
revision b a
runs 0 "two revisions" migrate apply
runs 0 "  one is undone" migrate downgrade
rm migrations/b.sql
runs 0 "  and is ignored" migrate apply
says "Ignored, since neither applied nor among these files: b"
runs 0 "  until --prune" migrate apply --prune
says "Removed from the database: b"
is "$(sql "SELECT string_agg(revision || ' ' || is_real_head, ',') FROM migrate.revisions")" "a true" "  takes it away"
runs 0 "  for good" migrate apply
says_not "Ignored"

echo "# from another tool"
target import
sql "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)"
sql "INSERT INTO schema_migrations VALUES (2, false)"
sql "CREATE TABLE one (i int)"
sql "CREATE TABLE two (i int)"
mkdir old
for i in 1:one 2:two 3:three; do
  echo "CREATE TABLE ${i#*:} (i int);" >"old/${i%:*}_${i#*:}.up.sql"
  echo "DROP TABLE ${i#*:};" >"old/${i%:*}_${i#*:}.down.sql"
done
runs 0 "import --stamp --dry-run" migrate import old --stamp --dry-run
is "$(sql "SELECT to_regnamespace('migrate') IS NULL")" t "  does nothing"
runs 0 "import --stamp" migrate import old --stamp
says "golang-migrate: at"
is "$(sql 'SELECT count(*) FROM migrate.revisions')" 2 "  says where the database is"
runs 0 "  and it goes on" migrate apply
says "Running upgrade" "Now at"
runs 0 "  import again" migrate import old --stamp
is "$(sql 'SELECT count(*) FROM migrate.revisions')" 3 "  leaves it where it is"
echo 'CREATE TABLE;' >old/4_four.up.sql
runs 1 "one that is no SQL" migrate import old --stamp --to other
says "nothing written"
is "$(find other 2>/dev/null)" '' "  is not written"

echo "# the extension comes, and goes"
here=$PGHOST
export PGHOST="$WITH_HOST" PGPORT="$WITH_PORT" PGDATABASE="$WITH_DATABASE"
revision a ''
mkdir attached
cd attached || exit 1
revision a ''
with psql -Xqd postgres -c "CREATE DATABASE ${PGDATABASE}_2 OWNER shell_app"
DATABASES="$DATABASES ${PGDATABASE}_2"
PGDATABASE=${PGDATABASE}_2
export MIGRATE_ENGINE=private
runs 0 "the engine, although the extension could be there" migrate apply
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 0 "  it is not"
runs 1 "there is nothing to detach" migrate detach
unset MIGRATE_ENGINE
revision b a
runs 0 "the extension takes the tables over" migrate apply
is "$(sql 'SELECT current FROM migrate.status()') $(sql "SELECT count(*) FROM migrate.log WHERE action = 'upgrade'")" "{b} 2" "  with their rows"
runs 0 "detach --dry-run" migrate detach --dry-run
runs 0 "  changes nothing" migrate current
is "$(sql 'SELECT migrate.current()')" b "  really"
runs 0 "detach" migrate detach
says "Dropped the extension migrate_ext; its tables stay"
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'") $(version)" "0 b" "  leaves the tables"
export MIGRATE_ENGINE=private
revision c b
runs 0 "  and scripts go on with them" migrate apply
says "Now at c"
unset MIGRATE_ENGINE
runs 0 "  and the extension again" migrate apply
runs 0 "  which undoes what they did" migrate downgrade
is "$(sql 'SELECT migrate.current()')" b "  to where it was"
export PGHOST="$here" PGPORT=5432 PGDATABASE=without_rest

release_engine
engine_is_off

echo "# engines"
target named
revision a ''
with psql -Xqd postgres -c 'CREATE ROLE shell_engine LOGIN CREATEDB' 2>/dev/null
export MIGRATE_ENGINE="postgresql://shell_engine@/postgres?host=$WITH_HOST&port=$WITH_PORT"
runs 0 "one that is named, by a role that may only create databases" migrate apply
says "its engine is postgresql://shell_engine@" "Now at a"
runs 0 "  asks it" migrate status
is "$(with psql -XAtd postgres -c "SELECT count(*) FROM pg_database WHERE datname ~ '^migrate_engine_'")" 0 "  nothing is left there"
as_superuser psql -Xqc 'CREATE ROLE shell_only_there' -c 'GRANT SELECT ON t_a TO shell_only_there'
runs 1 "  which does not know a role" migrate drift
says 'role "shell_only_there" does not exist' "give its role CREATEROLE"
with psql -Xqd postgres -c 'ALTER ROLE shell_engine CREATEROLE'
runs 3 "  and may create one" migrate drift
says "shell_only_there"
with psql -Xqd postgres -c 'DROP ROLE shell_only_there'
sql 'REVOKE ALL ON t_a FROM shell_only_there'
revision b a
MIGRATE_ENGINE="postgresql://nobody@/postgres?host=$SCRATCH"
runs 1 "one that does not answer" migrate apply
is "$(version)" a "  nothing is done"
MIGRATE_ENGINE=mysql://nobody
runs 2 "one that is none" migrate apply
says "MIGRATE_ENGINE is not a URL of PostgreSQL"
MIGRATE_ENGINE="postgresql://postgres@/postgres?host=$TARGET_DIR"
runs 1 "one without the extension" migrate apply
says "has no extension migrate_ext"
unset MIGRATE_ENGINE
with psql -Xqd postgres -c 'DROP ROLE shell_engine'

mkdir "$SCRATCH/bin"
ln -s "$("${PG_CONFIG:-pg_config}" --bindir)/psql" "$SCRATCH/bin/psql"
for file in /usr/share/postgresql/*/extension/migrate_ext.control; do
  [ ! -e "$file" ] || break
  PATH=$SCRATCH/bin:/usr/bin:/bin runs 1 "no server here that has the extension" migrate apply
  says "there is no server here that has it" "postgresql-" "migrate-ext" "MIGRATE_ENGINE="
done
XDG_CACHE_HOME=/proc/nosuch
runs 0 "no cache directory" migrate apply
says "Now at b" "/migrate_engine."
is "$(find "$TMPDIR" -maxdepth 1 -name 'migrate_engine.*')" '' "  leaves nothing"
XDG_CACHE_HOME=$SCRATCH/cache

echo "# many replicas"
for online in '' --online; do
  target "race${online:+_online}"
  revision a ''
  revision b a 'CREATE TABLE t_b AS SELECT g AS id FROM generate_series(1, 20000) AS g;'
  revision c b
  if [ -n "$online" ]; then revision d c 'CREATE INDEX CONCURRENTLY t_b_id ON t_b (id);' 'DROP INDEX CONCURRENTLY t_b_id;'; fi
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    # shellcheck disable=SC2119 # no service
    (AUTO_MIGRATE_OPTIONS=$online entrypoint >"said.$i" 2>&1 && echo good >"good.$i") &
  done
  wait
  cat said.* >"$SAID"
  is "$(cat good.* | wc -l | tr -d ' ')" 16 "of 16 starts at once all exit 0 $online"
  is "$(sql "SELECT string_agg(revision, ',' ORDER BY id) FROM migrate.log WHERE action = 'upgrade'")" "a,b,c${online:+,d}" "  each revision is run once"
  is "$(grep -lE 'Now at|Nothing to do' said.* | wc -l | tr -d ' ')" 16 "  and all say where it is"
  cat said.* >"$SAID"
  says_not "ERROR"
  runs 0 "  a start after that" entrypoint
  says "[Migration] Nothing to do" "[Migration] succeeded"
done
engine_is_off

echo "# stopped and killed"
target killed
revision a ''
runs 0 "the first start" migrate apply
revision b a 'CREATE TABLE t_b (id int); SELECT pg_sleep(60);'
start() { # sets RUNNING
  # a process of its own, which dash would make of a function, too
  "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" apply "$@" </dev/null >"$SAID" 2>&1 &
  RUNNING=$!
  tries=0
  until [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")" = 1 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || break
    sleep 0.1
  done
}
for signal in TERM HUP; do
  start
  kill -"$signal" "$RUNNING"
  got=0
  wait "$RUNNING" || got=$?
  case $signal in TERM) is "$got" 143 "after a TERM" ;; *) is "$got" 129 "after a HUP" ;; esac
  says "interrupted"
  is "$(version) $(sql "SELECT to_regclass('t_b') IS NULL")" "a t" "  nothing is left"
  engine_is_off
done
for online in '' --online; do
  # shellcheck disable=SC2086 # one word or none
  start $online
  kill -KILL "$RUNNING"
  wait "$RUNNING" 2>/dev/null
  sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()" >/dev/null
  is "$(version) $(sql "SELECT to_regclass('t_b') IS NULL")" "a t" "after a KILL nothing is left $online"
  is "$(find "$XDG_CACHE_HOME" -name postmaster.pid | wc -l | tr -d ' ')" 1 "  but an engine"
  runs 0 "  which the next one" migrate status
  engine_is_off
done
revision b a
ln -s 999999 "$ENGINE_DIR/lock"
runs 0 "a lock of a process that is gone, and then it goes on" migrate apply
says "Now at b"
engine_is_off

# A container that is killed takes all of its processes along, at any moment.
target killed_anywhere
revision a ''
before=a
for id in b c d e; do
  revision $id $before "CREATE TABLE t_$id AS SELECT g AS id FROM generate_series(1, 1000) AS g; SELECT pg_sleep(1);"
  before=$id
done
revision f e 'CREATE INDEX CONCURRENTLY t_e_id ON t_e (id);' 'DROP INDEX CONCURRENTLY t_e_id;'
revision g f
torn='' moments=0 online=--online
is_sleeping() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")" != 0 ]; }
for moment in early 1 2 3; do
  start=$(version)
  # a group of its own, so that all of it is killed
  setsid "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" apply $online </dev/null >"$SAID" 2>&1 &
  RUNNING=$!
  # soon; and when it has done one of them, in the middle of the next
  if [ "$moment" = early ]; then
    sleep 0.3
  else
    while kill -0 "$RUNNING" 2>/dev/null && ! { [ "$(version)" != "$start" ] && is_sleeping; }; do sleep 0.05; done
  fi
  kill -KILL -"$RUNNING" 2>/dev/null && moments=$((moments + 1))
  wait "$RUNNING" 2>/dev/null
  # the server may need a moment to see that nobody is there
  sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()" >/dev/null
  sleep 0.2
  at=$(version)
  tables=$(sql "SELECT string_agg(substr(relname, 3), '' ORDER BY relname) FROM pg_class WHERE relname ~ '^t_[a-g]$'")
  case $at:$tables in : | base: | a:a | b:ab | c:abc | d:abcd | e:abcde | f:abcde | g:abcdeg) ;; *) torn="$torn $at:$tables" ;; esac
done
is "$torn" '' "killed $moments times, whole revisions are there"
[ "$moments" -ge 3 ]
result $? "  before it had come to an end"
runs 0 "  and then it arrives" migrate apply --online
says "g"
is "$(version) $(sql "SELECT string_agg(revision, ',' ORDER BY revision) FROM migrate.log WHERE action = 'upgrade' AND outcome = 'done'")" \
  "g a,b,c,d,e,f,g" "  each revision done once"
is "$(sql "SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index WHERE indrelid = 't_e'::regclass AND indisvalid")" t_e_id "  with its index"
runs 0 "  and who asks the engine next" migrate status
engine_is_off

echo "# a user who is not root"
# of those that were killed
rm -rf "$TMPDIR"/migrate_*
target user
revision a ''
runs 0 "the first start" migrate apply
revision b a
mkdir "$SCRATCH/home"
# shellcheck disable=SC2317 # runs() calls them
if [ "$(id -u)" = 0 ]; then
  # a group in which nobody else is gets to the socket
  group=1000650000
  as_user() { # as_user UID COMMAND...
    number=$1
    shift
    setpriv --reuid="$number" --regid="$group" --clear-groups "$@"
  }
  nobody=$(id -u nobody)
  chown "$nobody" "$SCRATCH/home"
  chgrp "$group" "$TARGET_DIR"
  chmod 750 "$TARGET_DIR"
else
  echo "# SKIPPED: only root is somebody else, too"
  as_user() { shift && "$@"; }
  nobody=$(id -u)
fi
# shellcheck disable=SC2317
plain_user() { # plain_user [NAME=VALUE...] COMMAND...: with a home, and nothing else
  (unset XDG_CACHE_HOME && as_user "$nobody" env "$@" </dev/null)
}
set -- "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh"
runs 0 "with a home" plain_user HOME="$SCRATCH/home" "$@" apply
says "its engine is a private PostgreSQL" "$SCRATCH/home/.cache/migrate_ext/engine-" "Now at b"
is "$(find "$SCRATCH/home" -name postmaster.pid)" '' "  the engine is stopped"
# (the pg_dump of targets.sh is in a chroot, which takes root)
[ -n "${WITHOUT:-}" ] || runs 0 "  drift" plain_user HOME="$SCRATCH/home" "$@" drift
runs 0 "without a home" plain_user HOME=/proc/nosuch "$@" downgrade
says "Running downgrade b -> a" "/migrate_engine."
runs 0 "without the variable, in a directory that is not his" plain_user -u HOME "$SHELL_UNDER_TEST" "$PROJECT/scripts/entrypoint.sh" echo served
says "[Migration] Now at b" "served"
is "$(find "$TMPDIR" -maxdepth 1 -name 'migrate_*')" '' "  nothing is left"
runs 0 "  and a second time" plain_user -u HOME "$@" apply
says "Nothing to do, at b"
if [ "$(id -u)" = 0 ]; then
  # OpenShift gives a container a number that nobody has a name for
  nobody=1000650000
  runs 1 "one without a name" plain_user HOME=/ "$@" downgrade
  says "user 1000650000 has no name here" "MIGRATE_ENGINE"
  runs 0 "  has nothing to do, either" plain_user HOME=/ "$@" apply
  says "Nothing to do, at b"
fi
is "$(find "$TMPDIR" -maxdepth 1 -name 'migrate_*')" '' "  nothing is left"

echo "# tables of somebody else"
target planted
as_superuser psql -Xqc 'GRANT CREATE ON DATABASE without_planted TO shell_stranger'
PGUSER=shell_stranger psql -Xqc 'CREATE SCHEMA migrate' -c "CREATE VIEW migrate.version AS SELECT 'a'::text AS revision" -c 'GRANT USAGE ON SCHEMA migrate TO PUBLIC' \
  -c 'GRANT SELECT ON migrate.version TO PUBLIC'
revision a ''
runs 1 "are not read" migrate apply
says "the tables of schema migrate belong to somebody else"
runs 1 "nor asked" migrate status
says "the tables of schema migrate belong to somebody else"

done_testing
