#!/bin/sh
# Every command of migrate.sh: what it does, what it refuses, its exit status.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

echo "# usage"
runs 2 "no command" migrate
runs 0 "--help" migrate --help
says "Usage: migrate.sh COMMAND"
for command in init status create apply downgrade check load export edit merge rebase remove repair upgrade stamp mark-current current \
  heads history show branches graph plan review preflight impact rehearse report facts approve record dry-run log progress resolve diff drift verify squash backup restore wait import; do
  runs 0 "$command --help" migrate $command --help
  says "Usage: migrate.sh $command"
  [ $command = import ] || runs 2 "$command --nonsense" migrate $command --nonsense
done
runs 2 "unknown command" migrate explode
says 'no command "explode"'
runs 2 "an option of another command" migrate status --purge
runs 2 "an option without its value" migrate apply --dir
runs 2 "a value too many" migrate apply --dry-run=yes
runs 2 "too many arguments" migrate upgrade a b
runs 2 "an empty argument" migrate upgrade ""
runs 2 "seconds that are none" migrate wait --timeout soon
runs 2 "create without a message" migrate create
runs 2 "rebase without a revision" migrate rebase
runs 2 "remove without a revision" migrate remove

echo "# before the extension is there"
new_database bare
runs 0 "status" migrate status
says "not installed"
for command in current heads history branches show upgrade downgrade stamp; do
  runs 1 "$command" migrate $command
  says "migrate_ext is not installed in database"
done
runs 1 "apply without a directory" migrate apply
says "no such directory: ./migrations"
runs 0 "init --dry-run" migrate init --dry-run
says "Would make the directory"
is "$(ls)" "" "  and makes nothing"
runs 0 "init" migrate init
is "$(ls)" "migrations" "  makes the directory"
is "$(sql "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 1 "  and the extension"
runs 0 "init again" migrate init
says "already"

echo "# create"
runs 0 "create" migrate create "Add users: it's \"é\" \\ %s" --rev-id a1
is "$(ls migrations)" a1_add_users_it_s_s.sql "  the file's name"
is "$(head -n 1 migrations/a1_*)" "-- Add users: it's \"é\" \\ %s" "  the message"
is "$(sql "SELECT revision FROM migrate.history()")" a1 "  is loaded"
echo 'CREATE TABLE users (id int);' >up
echo 'DROP TABLE users;' >down
runs 0 "create --dry-run" migrate create two --up up --down down --dry-run
says "CREATE TABLE users" "-- Revises: a1"
is "$(find migrations -type f | wc -l)" 1 "  writes nothing"
is "$(sql "SELECT count(*) FROM migrate.history()")" 1 "  nor there"
runs 0 "create with SQL" migrate create two --up up --down=down --rev-id=b2
grep -q '^DROP TABLE users;$' migrations/b2_two.sql
result $? "  is in the file"
runs 1 "create with an identifier that is there" migrate create x --rev-id b2
says "b2"
runs 1 "create on what is no head" migrate create x --head a1
runs 0 "create --splice" migrate create side --head a1 --splice --branch-label side --depends-on b2 --rev-id c3
grep -q '^-- Branch Labels: side' migrations/c3_side.sql && grep -q '^-- Depends On: b2' migrations/c3_side.sql
result $? "  with its label and dependency"
rm migrations/c3_side.sql
sql "SELECT migrate.remove('c3')"
cat >editor <<'EOF'
#!/bin/sh
sed 's/^-- migrate:up$/&\nSELECT 1;/' "$2" >edited && cat edited >"$2"
EOF
chmod +x editor
runs 0 "create --edit" env EDITOR='./editor option' "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" create third --edit --rev-id d4
grep -q 'SELECT 1;' migrations/d4_third.sql
result $? "  what the editor wrote"
runs 1 "create --model of a database that is behind" migrate create x --model up
says "the database is not up to date"

echo "# apply, check, status"
runs 3 "check: pending" migrate check
says "3 pending revisions" "b2, two"
runs 0 "apply --dry-run" migrate apply --dry-run
says "Would upgrade b2, two"
is "$(current)" "" "  does nothing"
runs 0 "status" migrate status
says "Pending:   3 of 3" "nothing applied"
says_not "pending of these"
runs 0 "apply to a target" migrate apply a1
is "$(current)" a1 "  stops there"
runs 0 "apply" migrate apply --tag 'release 1'
says "Running upgrade a1 -> b2" "Now at d4"
is "$(sql "SELECT tag FROM migrate.log WHERE revision = 'b2'")" "release 1" "  with its tag"
runs 0 "apply again" migrate apply
says "Nothing to do, at d4"
runs 0 "check: up to date" migrate check
runs 0 "check --model: no difference" migrate check --model up
says "The database is as the model says"
printf '%s\n' "CREATE TABLE users (id bigint, \"it's \\ é\" text);" >model
runs 3 "check --model: a difference" migrate check --model model
says "the schema differs from the model" "alter column public.users.id"
echo "CREATE TABEL users (id int);" >model.bad
runs 1 "check --model that cannot be read" migrate check --model model.bad
says "line 1: syntax error" "was not compared"
runs 1 "create --model that cannot be read" migrate create x --model model.bad
says "line 1: syntax error"
runs 0 "create --model without a difference" migrate create x --model up
says "no revision was written"
runs 0 "create --model --dry-run" migrate create "New columns" --model model --rev-id m1 --dry-run
says "migrations/m1_new_columns.sql" "-- Revises: d4" "ALTER TABLE public.users ALTER COLUMN id TYPE bigint"
is "$(find migrations -name 'm1*')" "" "  writes nothing"
runs 0 "create --model" migrate create "New columns" --model model --rev-id m1
says "m1_new_columns.sql" "alter column public.users.id: table rewrite"
runs 0 "apply" migrate apply
runs 0 "check --model: no difference any more" migrate check --model model
runs 0 "downgrade" migrate downgrade
runs 1 "check --model: behind" migrate check d4 --model up
says "the database is not up to date" "was not compared"
rm migrations/m1_new_columns.sql
sql "SELECT migrate.remove('m1')"
runs 0 "check --model: as it was" migrate check --model up
runs 1 "check --model of a file that is not there" migrate check --model nosuch
says "no such file"
runs 0 "status" migrate status
says "Pending:   0 of 3"
revision e5 d4 "SELECT 1/0;"
runs 1 "apply of what fails" migrate apply
says "division by zero" 'revision "e5"'
is "$(current)" d4 "  leaves nothing behind"
is "$(sql "SELECT count(*) FROM migrate.history() WHERE revision = 'e5'")" 0 "  not even the revision"
rm migrations/e5.sql
echo "broken" >migrations/x.sql
runs 1 "apply of a file that cannot be read" migrate apply
says "x.sql"
rm migrations/x.sql
sed -i 's/CREATE TABLE users/CREATE TABLE people/' migrations/b2_two.sql
runs 1 "apply of an applied revision that was changed" migrate apply
says "is applied and cannot be changed"
says 'File "b2_two.sql", upgrade, line 8: it was "CREATE TABLE users (id int);", and is now "CREATE TABLE people (id int);"' "repair"
runs 1 "check of it" migrate check
runs 0 "status of it" migrate status
says "changed since applied" "b2_two.sql: upgrade, line 8"
runs 0 "repair --dry-run" migrate repair -n
says "b2_two.sql: upgrade, line 8" "Would take over 1"
runs 1 "  takes nothing over" migrate check
runs 0 "repair of another" migrate repair a1
says "does what was applied"
runs 0 "repair" migrate repair b2 -m 'typed "wrong", it'"'"'s so'
is "$(sql "SELECT message, role FROM migrate.log WHERE action = 'repair'")" "typed \"wrong\", it's so|$PGUSER" "  who and why"
runs 0 "  check" migrate check
runs 0 "  status" migrate status
says_not "changed since"
sed -i 's/DROP TABLE users/DROP TABLE IF EXISTS users/' migrations/b2_two.sql
runs 1 "a downgrade that was changed" migrate apply
says 'downgrade, line 11: it was "DROP TABLE users;"'
runs 0 "  repair" migrate repair
sed -i 's/^CREATE/create/; s/^-- two$/-- the second/; s/$/ -- and now?/; s/^\(--.*\) -- and now?/\1/' migrations/b2_two.sql
runs 0 "comments, blank lines, CR LF and a message" migrate apply
says "1 replaced"
runs 0 "  once" migrate apply
says "nothing new"
sed -i 's/$/\r/' migrations/b2_two.sql
runs 0 "CR LF" migrate apply
is "$(sql "SELECT message FROM migrate.history() WHERE revision = 'b2'")" "the second" "  the message is the file's"
sed -i 's/^-- Revises: .*/-- Revises:/' migrations/b2_two.sql
runs 1 "another parent" migrate apply
says 'Revises: it was "a1", and is now ""'
runs 1 "  cannot be repaired" migrate repair
says "where an applied revision stands"
sed -i 's/^-- Revises:.*/-- Revises: a1/; s/people/users/; s/IF EXISTS //; s/\r$//; s/ -- and now?$//; s/^create/CREATE/; s/^-- the second/-- two/' migrations/b2_two.sql
runs 0 "as it was" migrate repair
sed -i 's/CREATE TABLE people/CREATE TABLE users/' migrations/b2_two.sql

echo "# reading"
runs 0 "current" migrate current
is "$(cat "$SAID")" "d4 (head)" "  and whether it is the head"
runs 0 "current -v" migrate current -v
says "Revision ID: d4"
runs 0 "heads" migrate heads --resolve-dependencies
is "$(cat "$SAID")" "d4 (head)" "  as Alembic does"
runs 0 "history" migrate history
says "b2 -> d4 (head) (current), third" "<base> -> a1"
runs 0 "history of a range" migrate history a1:b2
says_not "d4"
runs 1 "history of what is no range" migrate history nosuch:
runs 0 "show" migrate show a1
says "Revision ID: a1"
runs 0 "show --sql" migrate show --sql b2
cmp -s "$SAID" migrations/b2_two.sql
result $? "  is the file"
runs 1 "show of what is not there" migrate show nosuch
runs 0 "branches" migrate branches

echo "# downgrade, upgrade, stamp"
runs 0 "downgrade --dry-run" migrate downgrade -2 --dry-run
says "Would downgrade b2"
runs 0 "downgrade --sql" migrate downgrade --sql d4:a1
says "DROP TABLE users"
runs 0 "downgrade" migrate downgrade
is "$(current)" b2 "  one"
runs 0 "downgrade -1" migrate downgrade -1
is "$(current)" a1 "  one more"
runs 1 "downgrade too far" migrate downgrade -5
runs 0 "upgrade --dry-run" migrate upgrade -n
says "Would upgrade b2"
runs 0 "upgrade --sql" migrate upgrade --sql
says "CREATE TABLE users"
runs 0 "upgrade +1" migrate upgrade +1
is "$(current)" b2 "  one"
runs 1 "upgrade to what is not there" migrate upgrade nosuch
runs 0 "stamp --dry-run" migrate stamp head --dry-run
says "Would stamp d4"
runs 0 "stamp" migrate stamp a1
is "$(current)" a1 "  a1"
runs 0 "stamp --purge" migrate stamp --purge b2
is "$(current)" b2 "  b2"
runs 1 "stamp what is not there" migrate stamp nosuch
runs 0 "mark-current --dry-run" migrate mark-current --dry-run
is "$(current)" b2 "  does nothing"
runs 0 "mark-current" migrate mark-current
is "$(current)" d4 "  d4"
runs 0 "downgrade --online" migrate downgrade b2 --online
runs 0 "apply --online" migrate apply --online
is "$(current)" d4 "  d4"

echo "# edit"
revision f6 d4
runs 0 "load" migrate load
says "f6.sql"
runs 0 "edit" env EDITOR='sed -i s/t_f6/t_six/' "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" edit f6
is "$(sql "SELECT migrate.script('f6') LIKE '%t_six%'")" t "  is loaded"
rm migrations/f6.sql
runs 0 "edit without a file" env EDITOR='sed -i s/t_six/t_6/' "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" edit head
is "$(sql "SELECT migrate.script('f6') LIKE '%t_6%'")" t "  is loaded"
edits() { # edits STATUS WHAT SED-SCRIPT REVISION
  runs "$1" "$2" env EDITOR="sed -i '$3'" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" edit "$4"
}
b2=$(grep -l '^-- Revision ID: b2$' migrations/*.sql)
cp "$b2" b2.old
edits 0 "edit of an applied revision: its downgrade" "/^-- migrate:down/,\$s/DROP TABLE/DROP TABLE IF EXISTS/" b2
says "downgrade, line" "nothing new"
is "$(sql "SELECT downgrade LIKE '%IF EXISTS%' FROM migrate.scripts WHERE revision = 'b2'")" t "  is taken over"
is "$(sql "SELECT action || ' ' || message FROM migrate.log ORDER BY id DESC LIMIT 1")" "repair edited" "  with a row in the log"
edits 0 "  its message, and a comment" "1s/.*/-- said otherwise/; s/^-- migrate:up/&\n-- why/" b2
is "$(sql "SELECT message FROM migrate.history() WHERE revision = 'b2'")" "said otherwise" "  are taken over"
edits 0 "  nothing" "" b2
edits 1 "  its upgrade, and the downgrade" "s/^-- migrate:\\(up\\|down\\)/&\nSELECT 2;/" b2
says "is applied and cannot be changed" "upgrade, line" "migrate.sh repair" "is changed, and was not taken over"
mv "$b2" b2.bad
edits 0 "  its downgrade, without a file" "/^-- migrate:down/,\$s/IF EXISTS//" b2
is "$(sql "SELECT downgrade LIKE '%IF EXISTS%' FROM migrate.scripts WHERE revision = 'b2'")" f "  is taken over"
mv b2.old "$b2"
runs 0 "  the file as it was" migrate load
runs 1 "  with an editor that fails" env EDITOR=false "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" edit b2
says "the editor failed"
runs 1 "edit with an editor that fails" env EDITOR=false "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" edit f6
says "the editor failed"
runs 1 "edit of what is not there" migrate edit nosuch

echo "# export"
runs 0 "export --dry-run" migrate export --dry-run
says "Would write ./migrations/f6_make_f6.sql"
runs 0 "export of what has no file" migrate export
is "$(cat "$SAID")" "Wrote ./migrations/f6_make_f6.sql" "  only that"
runs 0 "export again" migrate export
says "Every revision of the database has a file"
runs 0 "export elsewhere" migrate export out
is "$(find out -type f | wc -l)" 4 "  all"
new=$PGDATABASE
diff -r migrations out >"$SAID" 2>&1
result $? "  the same files"
echo "-- more" >>migrations/f6_make_f6.sql
runs 0 "export --force" migrate export --force
diff -r migrations out >"$SAID" 2>&1
result $? "  writes them again"
touch out/a1.sql
runs 1 "export into a directory with an empty file" migrate export out
rm -r out

echo "# backup, wait"
runs 0 "backup --dry-run" migrate backup --dry-run
says "Would write ./backups/$new"
runs 0 "backup" migrate backup -o dumps
is "$(cd dumps && echo * | sed 's/_20[0-9T]*Z_/_DATE_/')" "${new}_DATE_d4.dump" "  its name"
pg_restore --list dumps/* | grep -q 'TABLE DATA migrate revisions'
result $? "  its content"
is "$(stat -c %a dumps/*)" 600 "  nobody else can read it"
for _ in 1 2 3; do migrate backup -o dumps >/dev/null 2>&1; done
is "$(find dumps -name '*.dump' | wc -l)" 4 "  and as many as are asked for, in the same second, too"
# shellcheck disable=SC2031
runs 1 "backup of what is not there" env PGDATABASE=nosuch "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" backup
mkdir fake
# shellcheck disable=SC2016
printf '#!/bin/sh\nfor a; do :; done\necho rubbish >"$a"\n' >fake/pg_dump
chmod +x fake/pg_dump
runs 1 "backup that cannot be read back" env PATH="$PWD/fake:$PATH" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" backup -o dumps2
is "$(ls dumps2)" "" "  is not kept"
runs 0 "apply --backup" migrate apply --backup -o dumps3
is "$(find dumps3 -type f | wc -l)" 1 "  backs up"
runs 0 "apply --backup with nothing to do" migrate apply --backup -o dumps3
is "$(find dumps3 -type f | wc -l)" 1 "  does not"
runs 0 "wait" migrate wait
runs 1 "wait for nobody" env PGHOST="$SCRATCH" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" wait --timeout 1
says "no answer"
runs 1 "no connection" env PGHOST="$SCRATCH" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" apply
says "psql: error"

echo "# two heads"
new_database heads
revision root '' '' '' 'the root'
revision left root '' '' 'the left one'
runs 0 "one head" migrate apply
revision right root '' '' 'the right one'
cp migrations/right.sql "$SCRATCH/right.sql"
runs 1 "apply stops" migrate apply
says "there are 2 heads" "left (the left one), applied" "right (the right one)" "migrate.sh rebase right" "migrate.sh merge" "migrate.sh apply heads"
runs 1 "check fails" migrate check
says "there are 2 heads"
runs 3 "check heads" migrate check heads
runs 0 "rebase --dry-run" migrate rebase right --dry-run
says "-- Revises: left"
cmp -s migrations/right.sql "$SCRATCH/right.sql"
result $? "  writes nothing"
runs 0 "rebase" migrate rebase right
is "$(diff migrations/right.sql "$SCRATCH/right.sql" | grep -c '^[<>]')" 2 "  rewrites one line"
runs 0 "apply" migrate apply
is "$(current)" right "  works"
psql -Xqc "SELECT migrate.revision('no pending revision', rev_id => 'x1', downgrade => '', head => '{right}')" >/dev/null 2>&1
sql "SELECT migrate.upgrade('x1')" >/dev/null
runs 0 "check is not misled by a message" migrate check
says "1 applied revision: x1 (no pending revision)" "Up to date"
runs 0 "  and without it" migrate downgrade
sql "SELECT migrate.remove('x1')"
runs 1 "rebase of what is applied" migrate rebase right root
grep -q '^-- Revises: left' migrations/right.sql
result $? "  leaves the file"
revision other left '' '' 'another'
runs 0 "merge --dry-run" migrate merge --dry-run -m 'both again'
runs 0 "merge" migrate merge -m 'both again' --rev-id m1
is "$(ls migrations/m1*)" migrations/m1_both_again.sql "  writes a file"
runs 0 "apply" migrate apply
is "$(current)" m1 "  works"
runs 1 "merge of one head" migrate merge
says "nothing to merge"
revision l m1
revision r m1
runs 0 "apply heads" migrate apply heads
is "$(current)" l,r "  both"
runs 0 "apply with both applied" migrate apply
# CR LF, no newline at the end, no "Revises": nothing else of a file changes
printf -- '-- crlf\r\n--\r\n-- Revision ID: crlf\r\n-- Revises: l\r\n\r\n-- migrate:up\r\nSELECT 1;\r\n-- migrate:down\r\nSELECT 2;' >migrations/crlf.sql
runs 0 "rebase of a file with CR LF" migrate rebase crlf r
is "$(od -c <migrations/crlf.sql)" "$(printf -- '-- crlf\r\n--\r\n-- Revision ID: crlf\r\n-- Revises: r\r\n\r\n-- migrate:up\r\nSELECT 1;\r\n-- migrate:down\r\nSELECT 2;' | od -c)" "  keeps all its bytes"
printf -- '-- Revision ID: alone\n-- migrate:up\nSELECT 1;' >migrations/alone.sql
runs 0 "rebase of a base" migrate rebase alone crlf
is "$(sed -n 2p migrations/alone.sql)" "-- Revises: crlf" "  adds the line"

echo "# prelude.sql"
new_database prelude
revision a1 ''
runs 0 "apply" migrate apply
printf 'CREATE TABLE host (id int);\n\n-- it has \\ and '"'"'\n' >migrations/prelude.sql
runs 0 "a prelude is loaded" migrate load
says "Files: 1 (0 added, 0 replaced, 1 unchanged), and the prelude added"
runs 0 "  once" migrate load
says "nothing new"
is "$(sql "SELECT to_regclass('host') IS NULL, migrate.prelude() LIKE '%has \\\\ and%'")" "t|t" "  and not run"
runs 0 "apply with nothing to do" migrate apply
says "Nothing to do" "nothing new"
runs 0 "status" migrate status
says "Files:     1 in"
says_not "not loaded"
runs 0 "export does not write it again" migrate export
says "Every revision of the database has a file"
cp migrations/prelude.sql prelude.sql
rm migrations/prelude.sql
runs 0 "export --dry-run without it" migrate export --dry-run
says "Would write ./migrations/prelude.sql"
runs 0 "export" migrate export
is "$(cat "$SAID")" "Wrote ./migrations/prelude.sql" "  writes it"
cmp prelude.sql migrations/prelude.sql >"$SAID" 2>&1
result $? "  as it was"
echo '-- no more' >migrations/prelude.sql
runs 0 "one without a statement" migrate load
says "Files: 1 (0 added, 0 replaced, 1 unchanged), and the prelude replaced"
is "$(sql "SELECT migrate.prelude() IS NULL")" t "  is none"
echo 'CREATE TABEL host (id int)' >migrations/prelude.sql
runs 1 "one with an error" migrate load
says 'the prelude cannot be parsed, line 1 of file "prelude.sql"'
rm migrations/prelude.sql
new_database prelude_first
mkdir migrations
runs 1 "load of an empty directory" migrate load
says "there is no revision file in ./migrations" "--dir or MIGRATIONS_DIR"
echo 'CREATE TABLE host (id int);' >migrations/prelude.sql
for command in apply check dry-run mark-current; do
  runs 1 "$command where there is only a prelude" migrate $command
  says "there is no revision file in ./migrations"
done
runs 0 "load" migrate load
for command in apply check dry-run mark-current upgrade; do
  runs 1 "  $command" migrate $command
  says "there is no revision file in ./migrations"
done
revision a1 ''
revision a2 a1
printf '%s\n' '-- for the second' 'CREATE TABLE host (id int, n int);' >migrations/prelude.sql
runs 0 "with revisions" migrate apply
says "Files: 2 (2 added, 0 replaced, 0 unchanged), and the prelude replaced"

done_testing
