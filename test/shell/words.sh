#!/bin/sh
# The words that hands type: Flask-Migrate's and Alembic's lines, slips, and a
# command for everything that the database can do.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

echo "# versions and slips"
runs 0 "--version" migrate --version
is "$(cat "$SAID")" "migrate.sh $(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$PROJECT/migrate_ext.control")" "  is the extension's"
runs 0 "-V" migrate -V
slip() { # slip SUGGESTION WORD...
  meant=$1
  shift
  runs 2 "$*" migrate "$@"
  says "did you mean $meant?"
}
slip upgrade upgade
slip downgrade dowgnrade
slip history hist
slip create creat x
slip status stauts
slip mark-current mark_current
slip --purge stamp --pruge head
slip --dry-run apply --dryrun
slip --model create x --modle f
slip --dir apply -dir x
slip --message merge -message x
slip --online --onlin apply
runs 2 "explode" migrate explode
says_not "did you mean"
runs 2 "a bare -1" migrate -1
says "migrate.sh downgrade -1"

echo "# lines of flask db and alembic"
new_database flask
line() { # line STATUS WORD...: with what it says
  status=$1
  shift
  runs "$status" "$*" migrate "$@"
}
line 0 init -d migrations
line 0 init migrations
line 2 init --multidb
says "a directory is for one database"
line 2 init -t flask
line 2 init --package migrations
says "there are no templates"
line 0 list-templates
line 0 list_templates
line 0 ensure_version
line 0 ensure_version --sql
says "CREATE EXTENSION"
line 0 revision -m "create users" --rev-id a1
is "$(ls migrations)" a1_create_users.sql "  its file"
printf 'CREATE TABLE users (id int);\n' >up
printf 'CREATE TABLE users (id int, name text);\n' >model
line 0 revision -m"second one" --rev-id b2 -d migrations
line 0 -d migrations revision --message=third --rev-id=c3 --head b2
line 0 revision --sql -m "shown only"
says "-- Revises: c3"
line 2 migrate -m "no model"
says "--model FILE"
line 2 revision --autogenerate -m "no model"
line 2 revision -m x --version-path versions
says "--version-path"
line 2 create x -m y
line 0 upgrade +1
is "$(current)" a1 "  reads the files"
line 0 upgrade
is "$(current)" c3 "  all"
line 0 migrate -m users --model model --rev-id d4
grep -q 'CREATE TABLE public.users' migrations/d4_users.sql
result $? "  autogenerates"
line 0 -d migrations upgrade head
line 0 check
line 0 current
is "$(cat "$SAID")" "d4 (head)" "  and the head"
line 0 current --verbose
line 0 current --check-heads
line 0 current --head-only
line 0 heads -v
line 0 heads --resolve-dependencies
line 0 history -r a1:c3
says_not d4
line 0 history -r-2:
says_not "<base> -> a1"
line 0 history --rev-range=:current -v
line 0 history -i
says "(current)"
line 0 history --indicate-current
line 2 history a1: -r b2:
line 0 branches -v
line 0 show
line 0 show head
line 0 downgrade
is "$(current)" c3 "  one"
line 0 current
is "$(cat "$SAID")" c3 "  and not the head"
line 1 current --check-heads
line 0 downgrade -1
line 0 downgrade b2 --tag t
line 0 upgrade head --tag 'release 2'
line 0 upgrade --sql a1:b2
line 0 downgrade --sql b2:a1
line 0 stamp a1 --tag t
is "$(current)" a1 "  a1"
line 0 stamp --purge heads
is "$(current)" d4 "  d4"
EDITOR='echo editing'; export EDITOR
line 0 edit
says "editing ./migrations/d4_users.sql"
unset EDITOR
line 2 upgrade -x key=value
says "env.py"
line 2 -c alembic.ini upgrade head
says "alembic.ini"
line 2 -x k=v upgrade head
line 2 -xk=v heads
line 2 --config=alembic.ini heads
line 2 -n production heads
says "alembic.ini"
line 2 --name production heads
line 0 -n upgrade head
line 0 history -r=-2:
says_not "<base> -> a1"
line 1 merge d4
says "nothing to merge"
line 0 -q upgrade head
line 0 --raiseerr upgrade head
line 0 revision -m e --rev-id e5 --head d4
line 0 revision -m f --rev-id f6 --head d4 --splice --branch-label side
line 0 revision -m g --rev-id g7 --depends-on e5 --head side@head
rm migrations/g7_*
line 0 remove g7
line 0 merge -m both --rev-id m8 e5 f6
line 0 upgrade heads
line 0 stamp e5 f6
is "$(current)" e5,f6 "  several"
line 0 upgrade

echo "# everything else"
line 0 graph
says "m8 (head) (current)"
line 0 graph --format mermaid
says "m8"
line 0 graph --format=dot
line 1 graph --format png
line 0 log
says "upgrade m8" "done"
line 0 log -2
is "$(grep -c '^20' "$SAID")" 2 "  two"
line 2 log x
line 0 progress
says "Nobody is migrating"
line 0 drift
says "is what its revisions make"
sql "CREATE TABLE by_hand (id int)"
line 3 drift
says "create table public.by_hand" "CREATE TABLE"
line 0 diff --model model
says "DROP TABLE public.by_hand"
line 2 diff
sql "DROP TABLE by_hand"
line 0 diff --model model
says "nothing differs"
line 0 verify
says "m8: good"
revision n9 m8 'CREATE TABLE n (id int);' 'SELECT 1;'
line 0 plan
says "Would upgrade n9, make n9"
says_not "CREATE TABLE"
line 0 plan --sql
says "CREATE TABLE n (id int);"
line 0 apply --dry-run
says "CREATE TABLE n (id int);" "statement 1: ok"
revision o9 n9 'ALTER TABLE users ADD x int; DELETE FROM users;' 'ALTER TABLE users DROP x;'
line 0 upgrade --dry-run
says "ALTER TABLE users ADD x int; DELETE FROM users;" "locks AccessExclusiveLock on public.users" "statement 2: ok"
is "$(current)" m8 "  and nothing is done"
revision o9 n9 'ALTER TABLE nosuch ADD x int;'
line 1 apply -n
says "statement 1: failed" 'ERROR: relation "nosuch" does not exist' "the rehearsal has failed"
rm migrations/o9.sql
line 0 dry-run
says "n9, statement 1: ok" "CREATE TABLE n (id int)"
is "$(current)" m8 "  and rolls it back"
is "$(sql "SELECT count(*) FROM migrate.history() WHERE revision = 'n9'")" 0 "  all of it"
line 0 apply
line 0 dry-run
says "Nothing to do, at n9"

# before it goes out
line 0 review --fail-on error
says "Nothing to do, at n9"
sql "INSERT INTO n VALUES (1), (1); CREATE TABLE keyed (id int PRIMARY KEY, name text); INSERT INTO keyed VALUES (1, 'x'), (2, 'y')"
revision p1 n9 '-- migrate:allow prefer_bigint: few rows
CREATE TABLE p (id int PRIMARY KEY);' 'DROP TABLE p;'
line 0 review --fail-on error
says "allowed: p1, statement 1: the key p.id ends at" "(prefer_bigint)" "meant: few rows"
revision p2 p1 'ALTER TABLE n RENAME id TO nr; CREATE UNIQUE INDEX ON n (nr);' 'DROP INDEX n_nr_idx; ALTER TABLE n RENAME nr TO id;'
line 3 review
says "warning: p2, statement 1: what runs now uses column n.id by the old name (rename_column)" "instead: " "scans and"
line 0 review p1 --fail-on error
says_not "p2"
line 0 preflight
says "unchecked: p2, statement 2" "another shape"
line 3 rehearse
says "fails: p2: upgrade: could not create unique index"
revision p2 p1 'CREATE UNIQUE INDEX ON n (id);' 'DROP INDEX n_id_idx;'
line 3 preflight
says "fails: p2, statement 1: public.n: several have the same id" "rows in the way: 1: id 1"
line 3 review
says "error: p2, statement 1: public.n: " "(data_in_the_way)"
revision p2 p1 'ALTER TABLE keyed DROP name;' 'ALTER TABLE keyed ADD name text;'
line 3 rehearse
says "loses: p2: public.keyed, column name, values: 2 of 2"
line 0 rehearse p1
says "Nothing is to be said of it"
is "$(current)" n9 "  nothing is done"
is "$(sql "SELECT count(*) FROM migrate.history() WHERE revision LIKE 'p%'")" 0 "  nothing is loaded"
line 2 review a b
sql "DELETE FROM n; DROP TABLE keyed"
rm migrations/p1.sql migrations/p2.sql
line 1 verify n9:n9
says "n9: NOT GOOD"
line 0 repair
revision o10 n9 'CREATE TABLE o (id int);'  'DROP TABLE o;'
sed -i 's/^SELECT 1;$/DROP TABLE n;/' migrations/n9.sql
line 0 repair n9 -m "was wrong"
line 0 apply
line 0 squash n9 o10 -m "one of two" --rev-id p11 -n
says "instead of"
line 0 squash n9 o10 -m "one of two" --rev-id p11
says "Wrote ./migrations/p11_one_of_two.sql"
is "$(ls migrations/n9* migrations/o10* 2>/dev/null)" "" "  theirs are gone"
line 0 check
# what is on top of a squashed range, applied or not, is told its new parent
revision q12 p11 'CREATE TABLE q (id int);' 'DROP TABLE q;'
revision r13 q12 'CREATE TABLE r (id int);' 'DROP TABLE r;'
revision s14 r13 'CREATE TABLE s (id int);' 'DROP TABLE s;'
sed -i 's/$/\r/' migrations/s14.sql
revision t14 r13 'CREATE TABLE t (id int);' 'DROP TABLE t;'
revision u15 s14,t14 'SELECT 1;' 'SELECT 1;'
line 0 apply s14
line 0 squash q12 r13 --rev-id v16
says "Wrote into ./migrations/s14.sql: -- Revises: v16" "Wrote into ./migrations/t14.sql: -- Revises: v16"
is "$(grep -c "^-- Revises: v16$(printf '\r')\$" migrations/s14.sql)" 1 "  its lines end as before"
line 3 check
says "2 pending revisions"
line 0 apply
line 0 squash p11 v16 --rev-id w17
is "$(cat migrations/s14.sql migrations/t14.sql | grep -c "Revises: w17")" 2 "  again"
is "$(find migrations -name '.*')" "" "  and nothing else is left"
line 0 check
revision half u15 "SELECT 1;
SELECT 1/0;"
sed -i 's/^-- migrate:up$/& transaction:false/' migrations/half.sql
line 1 apply --online
line 0 resolve half rolled-back
line 2 resolve half perhaps
line 2 resolve half
line 0 remove half
line 0 backup -o dumps
line 0 restore dumps/*.dump -n
sql "DROP TABLE users"
line 0 restore dumps/*.dump
is "$(sql "SELECT count(*) FROM users")" 0 "  it is there again"
is "$(current)" u15 "  and where it was"
line 1 restore model
line 2 restore

done_testing
