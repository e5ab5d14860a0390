#!/bin/sh
# What the files of a directory mean, beside what the database knows of other
# releases and other branches of the code.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

echo "# a revision that failed, and whose file is gone"
for how in '' --online; do
  new_database "gone${how#--}"
  revision b ''
  # shellcheck disable=SC2086
  runs 0 "apply $how" migrate apply $how
  revision r11 b 'ALTER TABLE nosuch ADD x int;'
  # shellcheck disable=SC2086
  runs 1 "  one that fails" migrate apply $how
  rm migrations/r11.sql
  revision r12 b
  # shellcheck disable=SC2086
  runs 0 "  another in its place" migrate apply $how
  is "$(current)" r12 "  is applied"
  says_not "there are"
  runs 0 "  and the next start has nothing to do" migrate apply
done
says "Ignored, since neither applied nor among these files: r11 (make r11)" "apply --prune"
runs 0 "check" migrate check
says "r11 (make r11)"
runs 0 "status counts the files" migrate status
says "Head:      r12" "Pending:   0 of 2" "in the database only: r11 (ignored)"
revision r13 r12
runs 0 "  one that is pending" migrate load
runs 0 "  and again" migrate status
says "Head:      r13" "Pending:   1 of 3, next r13"
mv migrations away
runs 0 "  without files, all that the database has" migrate status
says "Head:      r11, r13" "Pending:   2 of 4"
mv away migrations
rm migrations/r13.sql
sql "SELECT migrate.remove('r13')"
runs 0 "apply --prune --dry-run" migrate apply --prune -n
says "Would remove from the database: r11"
is "$(sql "SELECT count(*) FROM migrate.history()")" 3 "  keeps it"
runs 0 "apply --prune" migrate apply --prune
says "Removed from the database: r11" "Nothing to do, at r12"
is "$(sql "SELECT count(*) FROM migrate.history()")" 2 "  it is gone"
runs 0 "  for good" migrate apply --prune
says_not "Removed"

echo "# two branches of the code, one database"
new_database "branches"
revision root ''
runs 0 "the trunk" migrate apply
mkdir one other
cp migrations/root.sql one
cp migrations/root.sql other
revision one1 root
revision one2 one1
mv migrations/one*.sql one
revision other1 root
mv migrations/other1.sql other
runs 0 "one branch is loaded" migrate load --dir one
runs 0 "the other is applied" migrate apply --dir other
is "$(current)" other1 "  and nothing else"
runs 0 "  to a relative target" migrate downgrade
runs 0 "  +1" migrate apply +1 --dir other
is "$(current)" other1 "  is its own"
runs 0 "  heads" migrate apply heads --dir other
is "$(current)" other1 "  are its own"
runs 1 "  a revision of the first is none here" migrate apply one1 --dir other
says 'cannot locate revision "one1"'
runs 1 "back on the first, which is not on top of what is applied" migrate apply --dir one
says "there are 2 heads" "other1 (make other1), applied, no file here" "one2 (make one2)" "migrate.sh downgrade root" "migrate.sh export"
runs 1 "check, too" migrate check --dir one
runs 0 "undone as it says" migrate downgrade root --dir one
runs 0 "  it is applied" migrate apply --dir one
is "$(current)" one2 "  and nothing else"
runs 0 "apply heads keeps both" migrate apply heads --dir other
is "$(current)" one2,other1 "  both"
runs 0 "  with nothing to do" migrate apply --dir one
runs 0 "  nor there" migrate apply --dir other
runs 0 "  check" migrate check --dir other
cp other/other1.sql one
runs 1 "merged in git" migrate check --dir one
says "there are 2 heads" "migrate.sh merge"
runs 0 "merge" migrate merge --dir one --rev-id m
runs 0 "apply" migrate apply --dir one
is "$(current)" m "  merged"

echo "# create"
new_database create
runs 0 "one" migrate create wrong --rev-id w1
rm migrations/w1_*
runs 0 "  whose file goes, and another" migrate create right --rev-id r1
says_not "there are now"
grep -q '^-- Revises: *$' migrations/r1_right.sql
result $? "  is a base"
runs 0 "apply" migrate apply
is "$(current)" r1 "  only that"
runs 0 "and one on top" migrate create two --rev-id r2
rm migrations/r2_*
runs 0 "  in its place" migrate create second --rev-id s2
grep -q '^-- Revises: r1$' migrations/s2_second.sql
result $? "  is on the first"
runs 1 "on one without a file" migrate create x --head r2
says "r2"
runs 0 "rebase knows of the files' heads only" migrate rebase s2 base
runs 0 "  and back" migrate rebase s2
grep -q '^-- Revises: r1$' migrations/s2_second.sql
result $? "  on the first"
runs 0 "apply" migrate apply
printf 'CREATE TABLE n (id int);\n' >model
runs 0 "create --model, too" migrate create model --model model --rev-id m3
grep -q '^-- Revises: s2$' migrations/m3_model.sql
result $? "  on the head of the files"
runs 0 "apply" migrate apply
runs 0 "check --model" migrate check --model model
new_database "ahead"
revision a1 ''
revision a2 a1
runs 0 "apply" migrate apply
mv migrations/a2.sql .
runs 0 "create on files that are behind" migrate create b2 --rev-id b2
grep -q '^-- Revises: a1$' migrations/b2_b2.sql
result $? "  is on their head"
rm migrations/b2_b2.sql
runs 1 "with a model it would undo what has no file" migrate create b2 --model /dev/null
runs 1 "on an applied revision without a file" migrate create b2 --head a2
says "missing: a2, which the new revision would revise" "migrate.sh export"

echo "# parents without files"
new_database missing
revision a01 ''
revision a02 a01
runs 0 "load" migrate load
rm migrations/a01.sql
for command in check "create x" apply mark-current; do
  # shellcheck disable=SC2086
  runs 1 "$command" migrate $command
  says "missing: a01, which a02 revises"
  says_not "ahead"
done
runs 0 "rebase" migrate rebase a02
grep -q '^-- Revises: *$' migrations/a02.sql
result $? "  away from it"
runs 0 "apply" migrate apply
is "$(current)" a02 "  works"
new_database missing_applied
revision a01 ''
revision a02 a01
runs 0 "apply" migrate apply
mv migrations/a01.sql .
revision a03 a02
runs 1 "check: a parent that is applied, without a file" migrate check
says "missing: a01, which a02 revises"
runs 0 "apply: this database can go on" migrate apply
says "No file here, but applied: a01, which a02 revises"
says_not "ahead"
is "$(current)" a03 "  and does"
runs 0 "export" migrate export
runs 0 "check" migrate check
new_database missing_parent
revision a02 a01
for command in check "create x" apply load; do
  # shellcheck disable=SC2086
  runs 1 "$command of a file whose parent is nowhere" migrate $command
  says 'names the parent "a01", which does not exist'
  says_not 'Similar'
done
revision a03 ''
runs 1 "another may be meant" migrate check
says 'Similar: "a03".'
new_database missing_dependency
revision a01 ''
revision b01 ''
sed -i 's/^-- Revises: *$/&\n-- Depends On: a01/' migrations/b01.sql
runs 0 "load" migrate load
rm migrations/a01.sql
runs 1 "check: a dependency without a file" migrate check
says "missing: a01, which b01 depends on"
new_database nowhere
revision a02 a01
runs 1 "apply: a parent that nobody knows" migrate apply
says '"a01"' a02

echo "# remove"
new_database remove
revision a ''
revision b a
revision c b
runs 0 "apply" migrate apply b
runs 1 "what is applied" migrate remove b
says "is applied"
runs 0 "--dry-run" migrate remove c -n
says "Would remove c from the database, and ./migrations/c.sql"
is "$(ls migrations)" "a.sql
b.sql
c.sql" "  keeps the file"
revision d c
runs 0 "load" migrate load
runs 1 "what something is on top of" migrate remove c
says "Remove that one first"
rm migrations/d.sql
runs 0 "several, with and without a file" migrate remove d c
says "Removed d from the database" "Removed c from the database, and ./migrations/c.sql"
is "$(ls migrations)" "a.sql
b.sql" "  the file is gone"
runs 0 "check" migrate check
runs 1 "what is not there" migrate remove c

echo "# a directory without files"
new_database empty
mkdir migrations
for command in apply check mark-current; do
  runs 1 "$command" migrate $command
  says "there is no revision file in ./migrations"
done
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 0 "  nothing is left behind"
revision a ''
runs 0 "with a file" migrate apply
rm migrations/a.sql
runs 0 "without it, but with revisions in the database" migrate apply
says "There is no revision file in ./migrations" "Nothing to do, at a"
mkdir migrations/versions
echo '# alembic' >migrations/versions/1_x.py
for command in apply check status; do
  runs 1 "$command with Alembic's files" migrate $command
  says "Alembic's" "migrate.sh import ./migrations"
done
rm -r migrations/versions
touch migrations/env.py
runs 1 "Flask-Migrate's directory" migrate apply
says "Alembic's"
revision b a
runs 0 "not where there are revision files" migrate apply

done_testing
