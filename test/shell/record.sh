#!/bin/sh
# What was done by hand, as a file.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

new_database record
runs 0 "nothing" migrate record
says "nothing to record"
revision a ''
runs 0 "apply" migrate apply
sql "ALTER TABLE t_a ADD name text; CREATE INDEX ON t_a (name)"
runs 0 "record --dry-run" migrate record "Name it: it's \"é\"" --rev-id b2 -n
says "-- Revises: a" "ADD COLUMN name text"
is "$(ls migrations)" a.sql "  writes nothing"
is "$(current)" a "  and is not there"
runs 0 "record" migrate record "Name it: it's \"é\"" --rev-id b2
says "Wrote ./migrations/b2_name_it_it_s.sql" "Now at b2"
is "$(head -n 1 migrations/b2_*)" "-- Name it: it's \"é\"" "  the message"
runs 0 "check" migrate check
runs 0 "drift" migrate drift
runs 0 "record again" migrate record -m x
says "nothing to record"
# elsewhere it runs
before=$PGDATABASE
psql -Xqd postgres -c "CREATE DATABASE shell_elsewhere_$$"
DATABASES="$DATABASES shell_elsewhere_$$"
export PGDATABASE="shell_elsewhere_$$"
runs 0 "elsewhere" migrate apply
is "$(sql "SELECT count(*) FROM pg_indexes WHERE indexname = 't_a_name_idx'")" 1 "  it is run"
runs 0 "  and undone" migrate downgrade
export PGDATABASE="$before"
sql "ALTER TABLE t_a RENAME TO people; ALTER TABLE people RENAME name TO called"
runs 0 "record of what was renamed" migrate record renamed -n
says "drop table public.t_a: data loss"
sql "ALTER TABLE people RENAME called TO name"
runs 0 "  which says how" migrate record renamed -n
says "if it is to be renamed: --rename 'public.t_a=public.people'"
runs 0 "  as it is typed" migrate record renamed -n --rename 'public.t_a=public.people'
says "RENAME TO people"
sql "ALTER TABLE people RENAME name TO called; ALTER TABLE people RENAME TO t_a"
runs 0 "  a column" migrate record renamed -n
says "if it is to be renamed: --rename 'public.t_a.name=public.t_a.called'"
runs 0 "  as it is typed" migrate record renamed -n --rename 'public.t_a.name=public.t_a.called'
says "RENAME COLUMN name TO called"
sql "ALTER TABLE t_a RENAME TO people"
runs 0 "record --rename" migrate record renamed --rename t_a=people --rename=people.name=people.called --rev-id c3
! grep -q 'DROP' migrations/c3_renamed.sql
result $? "  drops nothing"
runs 0 "check" migrate check
sql "CREATE SCHEMA app; CREATE TABLE app.t (i int)"
runs 0 "record of public" migrate record
says "nothing to record"
runs 0 "record --schema" migrate record "another schema" --schema app --schema public --rev-id d4
grep -q 'CREATE TABLE app.t' migrations/d4_another_schema.sql
result $? "  its table"
sql "ALTER TABLE app.t ADD alone int; CREATE TABLE not_asked_for (i int)"
runs 3 "drift of one of them" migrate drift --schema app
says_not "not_asked_for"
runs 0 "record of one of them" migrate record "one schema" --schema app --rev-id d5
grep -q 'ADD COLUMN alone' migrations/d5_one_schema.sql
result $? "  has its column"
is "$(grep -c not_asked_for migrations/d5_one_schema.sql)" 0 "  has nothing of the other"
sql "DROP TABLE not_asked_for"
sql "CREATE TABLE e (i int)"
revision e d5
runs 1 "record where a file is pending" migrate record x
says "not up to date"
rm migrations/e.sql
runs 0 "load" migrate load
runs 0 "record beside a revision without a file" migrate record x --rev-id f6
runs 0 "check" migrate check
is "$(current)" f6 "  it is applied"
mv migrations/f6_x.sql .
sql "CREATE TABLE g (i int)"
runs 1 "record where an applied revision has no file" migrate record y
says "missing: f6"
is "$(find migrations -name '*y.sql')" "" "  writes nothing"

new_database together
revision a ''
runs 0 "apply" migrate apply
sql "CREATE TABLE byhand (i int)"
for one in 1 2 3; do
  mkdir "$one"
  cp migrations/a.sql "$one"
  { migrate record "by $one" -d "$one" && echo recorded; } >"said$one" 2>&1 &
done
wait
cat said? >"$SAID"
is "$(cat said? | grep -c '^recorded$'),$(find 1 2 3 -name '*_by_*' | wc -l)" 1,1 "who records at once, one file is made"
is "$(sql "SELECT count(*) FROM migrate.current()")" 1 "  one head"
is "$(cat said? | grep -c -e 'nothing to record' -e 'migrated meanwhile' -e 'missing: ')" 2 "  and the others are told"

new_database tables
sql "CREATE TABLE t (i int)"
runs 1 "record without the extension" migrate record
says "migrate.sh init"

done_testing
