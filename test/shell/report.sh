#!/bin/sh
# migrate.sh report: the files that are pending as one text.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

new_database report
line() { # line STATUS WORD...
  status=$1
  shift
  runs "$status" "$*" migrate "$@"
}

echo "# nothing there, nothing pending"
line 1 report
says "no such directory"
revision a1 '' 'CREATE TABLE users (id bigint PRIMARY KEY, name text);' 'DROP TABLE users;'
line 0 apply
line 0 report
says "**Nothing is pending**: the database is at \`a1\`."
line 0 report --format sarif
says '"results": []'

echo "# what is pending"
sql "INSERT INTO users VALUES (1, 'x'), (2, NULL)"
revision a2 a1 'CREATE TABLE fresh (id bigint PRIMARY KEY);' 'DROP TABLE fresh;' 'Something new'
line 0 report
says "1 revision, worst: notice" "CREATE TABLE fresh" "the extension pg\\_stat\\_statements is not in this database"
revision a3 a2 'ALTER TABLE users ALTER name SET NOT NULL;' 'ALTER TABLE users ALTER name DROP NOT NULL;' 'Names | are <b>required</b>'
line 3 report
says "2 revisions, worst: error" "\`a3\`, statement 1, line " 'public.users: ACCESS EXCLUSIVE' 'Names \| are \<b\>required\</b\>' 'ALTER TABLE users ALTER name SET NOT NULL'
line 0 report a2
says_not "a3"
line 0 report --fail-on never
line 3 report --fail-on error
line 2 report --fail-on soon
says "--fail-on needs error, warning, notice or never"
line 3 review --fail-on error
line 0 review --fail-on never
line 2 report a b
line 2 apply --fail-on error
line 1 report --format pdf
says 'unknown report format "pdf"' "Formats are markdown, html, json and sarif"
line 1 report nosuch
is "$(current)" a1 "  nothing is done"
is "$(sql "SELECT count(*) FROM migrate.history() WHERE revision IN ('a2', 'a3')")" 0 "  nothing is loaded"

echo "# nothing but the report is on standard output"
migrate report 2>/dev/null | head -n 1 >"$SAID"
is "$(cat "$SAID")" "**Upgrade from \`a1\` to \`a3\`: 2 revisions, worst: error** (2 errors, 2 notices)" "its first line is the first of the report"
migrate report 2>&1 >/dev/null | head -n 1 >"$SAID"
says "Files: 3"

echo "# files"
line 3 report -o report.md
is "$(head -n 1 report.md)" "**Upgrade from \`a1\` to \`a3\`: 2 revisions, worst: error** (2 errors, 2 notices)" "Markdown"
line 3 report -o report.html
is "$(head -n 1 report.html)" "<!DOCTYPE html>" "HTML"
is "$(tail -n 1 report.html)" "</html>" "  all of it"
line 3 report -o report.json
line 3 report -o report.sarif
line 3 report -o text --format json
# what the server says of them, which has read them as files of its client
is_json() { sql "SELECT \$json\$$(cat "$1")\$json\$::json $2"; }
is "$(is_json report.json "->> 'severity'")" error "JSON"
is "$(is_json text "->> 'severity'")" error "  by another name"
is "$(is_json report.json "#>> '{plan,1,file}'")" a3.sql "  names files"
is "$(is_json report.sarif "#>> '{runs,0,results,1,locations,0,physicalLocation,artifactLocation,uri}'")" migrations/a3.sql "SARIF names files with their directory"
is "$(is_json report.sarif "#>> '{runs,0,results,2,locations,0,physicalLocation,region,startLine}'")" \
  "$(grep -n 'ALTER name SET' migrations/a3.sql | cut -d: -f1)" "  and lines"
line 1 report -o nosuch/report.md
says "nosuch/report.md cannot be written"

echo "# by the facts of production"
sql "TRUNCATE users"
line 0 review --fail-on error
line 0 facts
says "INSERT INTO migrate.facts" "('public', 'users', 0, 0, "
line 0 facts -o facts.sql
sed "s/('public', 'users', 0, 0, /('public', 'users', 6000000000, 5000000, /" facts.sql >large.sql
line 3 review --fail-on error --facts large.sql
says "error: a3, statement 1: SET NOT NULL reads all rows of users" "about 5000000 rows, 5723 MB"
line 3 report --fail-on error --facts large.sql
line 0 review --fail-on error --facts facts.sql
is "$(sql "SELECT count(*) FROM migrate.facts")" 0 "  nothing is kept"
line 1 review --facts nosuch.sql
says "nosuch.sql cannot be read"
echo 'SELEC 1;' >wrong.sql
line 1 review --facts wrong.sql
says "syntax error"
line 2 apply --facts facts.sql
sql "INSERT INTO users VALUES (1, 'x'), (2, NULL)"

echo "# statements of the application"
cat >queries.sql <<'SQL'
SELECT name FROM users WHERE id = $1;
INSERT INTO users (id) VALUES ($1);
-- with 'quotes' and \ in it
SELECT 'it''s', name FROM nowhere;
SQL
line 3 impact --queries queries.sql
says "insert_fails: a3" "INSERT INTO users (id) VALUES (\$1)" "unchecked" "nowhere"
says_not "SELECT name FROM users"
line 0 impact a2 --queries queries.sql
line 0 impact
says "pg_stat_statements is not in this database"
line 1 impact --queries nosuch.sql
says "nosuch.sql cannot be read"
line 2 review --queries queries.sql

echo "# what does not belong"
revision a4 a3 'SELECT 1;' '' 'x'
printf 'SELECT $$\n--- the answer ---\nf\n$$;\n' >>migrations/a4.sql
line 3 report --format json -o report.json
is "$(is_json report.json "->> 'revisions'")" 3 "a text that looks like our own mark"
done_testing
