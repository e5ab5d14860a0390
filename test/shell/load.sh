#!/bin/sh
# Loading: hostile names and contents of files arrive as they are or are refused
# by name; a client that is killed leaves nothing behind.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

# A revision whose upgrade is what printf makes of BYTES.
contents() { # contents FILE ID BYTES
  # shellcheck disable=SC2059
  { printf -- '-- %s\n--\n-- Revision ID: %s\n-- Revises:\n\n-- migrate:up\n' "$2" "$2" && printf "$3"; } >"$1"
}
upgrade_of() { psql -XqAtc "SELECT upgrade FROM migrate.scripts WHERE revision = '$1'"; }

echo "# contents"
new_database contents
mkdir migrations
contents migrations/quotes.sql quotes "SELECT 'it''s', E'a\\\\\\\\b', '\\\\', \"x\", \$a\$ :x :'y' \$1 \$a\$, \$\$\$\$;"
contents migrations/crlf.sql crlf 'SELECT 1,\r\n  2;\r\n'
contents migrations/nonewline.sql nonewline 'SELECT 1'
contents migrations/utf8.sql utf8 "SELECT '\303\251\360\237\220\230';\n"
contents migrations/control.sql control "SELECT '\001\002\033\177';\n"
contents migrations/psql.sql psql "SELECT '\n\\\\\\\\q\n\\\\! touch pwned\n';\n"
printf '\357\273\277' >migrations/bom.sql
contents bom bom 'SELECT 3;\n'
cat bom >>migrations/bom.sql
runs 0 "load" migrate load -v
is "$(grep -c '^added ' "$SAID")" 7 "  all"
is "$(upgrade_of quotes)" "SELECT 'it''s', E'a\\\\b', '\\', \"x\", \$a\$ :x :'y' \$1 \$a\$, \$\$\$\$;" "  quotes, backslashes, dollars, variables"
is "$(upgrade_of crlf | od -c)" "$(printf 'SELECT 1,\r\n  2;\n' | od -c)" "  CR LF"
is "$(upgrade_of nonewline)" "SELECT 1" "  no newline at the end"
is "$(upgrade_of utf8)" "SELECT 'é🐘';" "  UTF-8"
is "$(upgrade_of control | od -c)" "$(printf "SELECT '\001\002\033\177';\n" | od -c)" "  control characters"
is "$(upgrade_of bom)" "SELECT 3;" "  a byte order mark"
[ ! -e pwned ]
result $? "  no command of psql is run"
runs 0 "load again" migrate load
says "Files: 7, nothing new"
export PGOPTIONS='-c standard_conforming_strings=off -c backslash_quote=on -c default_transaction_isolation=serializable'
runs 0 "load again under other settings" migrate load
says "Files: 7, nothing new"
unset PGOPTIONS
LC_ALL=C runs 0 "load again in another locale" migrate load
says "Files: 7, nothing new"
# shellcheck disable=SC2016
runs 0 "load in a LATIN1 database" sh -c '
  psql -Xqd postgres -c "CREATE DATABASE latin1_$$ ENCODING LATIN1 LOCALE \"C\" TEMPLATE template0" &&
  mkdir one && cp migrations/quotes.sql one &&
  PGDATABASE=latin1_$$ '"$SHELL_UNDER_TEST $PROJECT"'/scripts/migrate.sh load --dir one </dev/null; status=$?
  psql -Xqd postgres -c "DROP DATABASE latin1_$$"; exit $status'

echo "# what is refused"
refused() { # refused WHAT BYTES TEXT
  contents migrations/refused.sql refused "$2"
  runs 1 "$1" migrate load
  says "$3"
  is "$(sql "SELECT count(*) FROM migrate.history() WHERE revision = 'refused'")" 0 "  is not there"
}
refused "LATIN1" "SELECT '\351';" "./migrations/refused.sql is not UTF-8"
refused "LATIN1 at the end" "SELECT 1; -- \351" "./migrations/refused.sql is not UTF-8"
refused "a zero byte" "SELECT '\000';\n" "./migrations/refused.sql holds a zero byte"
refused "a zero byte at the end" "SELECT 1;\n\000" "./migrations/refused.sql holds a zero byte"
refused "bad SQL" "SELEKT 1;" "refused.sql"
: >migrations/refused.sql
runs 1 "an empty file" migrate load
says "./migrations/refused.sql is empty"
rm migrations/refused.sql
mkdir migrations/refused.sql
runs 1 "a directory named as a file" migrate load
says "./migrations/refused.sql is not a file"
rmdir migrations/refused.sql
ln -s nowhere migrations/refused.sql
runs 1 "a link to nowhere" migrate load
says "no such file: ./migrations/refused.sql"
rm migrations/refused.sql
runs 1 "a file that is not there" migrate load nosuch.sql
says "no such file: ./nosuch.sql"
runs 1 "a directory that is not there" migrate load --dir nosuch
says "no such directory: ./nosuch"

echo "# names"
new_database names
mkdir -p -- "-d i'r"
number=0
# shellcheck disable=SC2016
for name in "it's" '"double"' '-rf' '--help' 'a=b' ' blank ' 'back\slash' '$(touch pwned)' '`touch pwned`' ':x' 'é' '*' '%s' "new
line" "\\n" '|' '~'; do
  number=$((number + 1))
  contents "-d i'r/$name.sql" "n$number" 'SELECT 1;\n'
done
runs 0 "load" migrate load --dir "-d i'r" -v
is "$(sql "SELECT count(*) FROM migrate.history()")" $number "  all"
is "$(psql -XqAtc "SELECT file_name FROM migrate.revisions WHERE revision = 'n14'")" "new
line.sql" "  the names arrive"
[ ! -e pwned ]
result $? "  no command is run"
runs 0 "load by name" migrate load -- "-d i'r/-rf.sql" "./-d i'r/--help.sql" "$PWD/-d i'r/it's.sql"
says "Files: 3, nothing new"
runs 0 "a directory as argument" migrate load -- "-d i'r"
runs 0 "export knows all of them" migrate export -- "-d i'r"
says "Every revision of the database has a file"
contents "-d i'r/$(printf '\377').sql" bad 'SELECT 1;\n'
runs 1 "a name that is not UTF-8" migrate load --dir "-d i'r"
says "is not UTF-8"
psql -Xqc "SELECT migrate.revision('../../evil', 'SELECT 1', rev_id => '../../tmp/x', head => '{base}'), migrate.revision('', 'SELECT 1', rev_id => '.._.._tmp_x', head => '{base}')" >/dev/null
runs 0 "export of hostile identifiers" migrate export out
is "$(find out -type f | wc -l)" $((number + 2)) "  all, in that directory"

echo "# any awk"
for awk in busybox\ awk original-awk gawk mawk; do
  command -v "${awk%% *}" >/dev/null || continue
  rm -rf "${SCRATCH:?}/bin" && mkdir "$SCRATCH/bin"
  printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >"$SCRATCH/bin/awk" && chmod +x "$SCRATCH/bin/awk"
  new_database "awk_${awk%%[ -]*}"
  cp -r ../contents/migrations .
  PATH=$SCRATCH/bin:$PATH runs 0 "$awk: load" migrate load
  PATH=$SCRATCH/bin:$PATH runs 0 "$awk: load again" migrate load
  says "Files: 7, nothing new"
  contents migrations/zero.sql zero "SELECT '\000';\n"
  PATH=$SCRATCH/bin:$PATH runs 1 "$awk: a zero byte" migrate load
  says "./migrations/zero.sql holds a zero byte"
done

echo "# all or none"
new_database all
revision a ''
revision b nosuch
runs 1 "a parent that is not there" migrate load
is "$(sql "SELECT to_regclass('migrate.revisions')")" "" "  not even the extension"
rm migrations/b.sql
runs 0 "load --dry-run" migrate load --dry-run
is "$(sql "SELECT to_regclass('migrate.revisions')")" "" "  not even the extension"
runs 0 "load --sql" migrate load --sql
runs 0 "load" migrate load

echo "# 50 MB"
new_database big
mkdir migrations
{
  printf -- '-- big\n-- Revision ID: big\n-- migrate:up\nCREATE TABLE big (t text);\nINSERT INTO big VALUES ('"'"
  awk 'BEGIN { for (i = 0; i < 560000; i++) print "it'"''"'s 100 bytes \\ of text that has a quote and a backslash in it, over and over and over, \303\251" }'
  printf "');\n-- migrate:down\nDROP TABLE big;\n"
} >migrations/big.sql
runs 0 "apply" migrate apply
[ "$(wc -c <migrations/big.sql)" -gt 50000000 ]
result $? "  of 50 MB"
is "$(sql "SELECT octet_length(t) = 560000 * octet_length(split_part(t, E'\n', 1) || '.') FROM big")" t "  all of it"
runs 0 "apply again" migrate apply
says "Files: 1, nothing new"

echo "# a killed client"
new_database killed
revision a '' 'CREATE TABLE a (); SELECT pg_sleep(60);'
wait_for() { # wait_for QUERY: until it answers t
  tries=0
  until [ "$(sql "$1")" = t ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || return 1
    sleep 0.1
  done
}
SLEEPING="SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')"
for signal in TERM INT; do
  # a shell makes its children in the background ignore SIGINT: hence this
  perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" apply >"$SAID" 2>&1 </dev/null &
  pid=$!
  wait_for "$SLEEPING"
  result $? "$signal: it runs"
  kill -$signal $pid
  wait $pid
  status=$?
  expected=143
  [ $signal = TERM ] || expected=130
  is $status $expected "  its exit status"
  wait_for "SELECT NOT ($SLEEPING)"
  result $? "  the query is cancelled"
  is "$(sql "SELECT coalesce(to_regclass('a'), to_regclass('migrate.revisions'))")" "" "  nothing is left behind"
done
"$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" apply >"$SAID" 2>&1 </dev/null &
pid=$!
wait_for "$SLEEPING"
kill -KILL $pid

sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'" >/dev/null
wait_for "SELECT NOT ($SLEEPING)"
is "$(sql "SELECT coalesce(to_regclass('a'), to_regclass('migrate.revisions'))")" "" "KILL, and the connection is gone: nothing is left behind"
revision a '' 'CREATE TABLE a ();'
runs 0 "and then it works" migrate apply

done_testing
