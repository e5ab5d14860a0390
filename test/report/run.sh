#!/bin/bash
# How does a report look?  Makes a page of what is pending in a real history, lets headless Chromium open it as on a
# phone and on a desk, light and dark, and print it.  What a program can tell is tested; the pictures are for eyes.
#
#   test/report/run.sh [DIRECTORY]      by default build/report
#
# Connects by PGHOST, PGPORT and PGUSER, as a superuser.  Needs Chromium and is skipped, loudly, without.
# $MIGRATE_CORPORA has histories; without, the example project is the one.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
PROJECT=$PWD
OUT=${1:-build/report}
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) || exit 1

BROWSER=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "SKIPPED: there is no Chromium (Debian: apt-get install chromium); nobody has looked at the report"
  exit 0
}
PASSED=0 FAILED=0
is() { # is GOT EXPECTED WHAT
  if [ "$1" = "$2" ]; then PASSED=$((PASSED + 1)); else
    FAILED=$((FAILED + 1))
    printf 'not ok: %s\n  got: %s\n  expected: %s\n' "$3" "$1" "$2"
  fi
}

# --- a database of which 30 % of a history is applied -----------------------------
DATABASE=report_$$
FILES=$(mktemp -d)
cleanup() {
  psql -Xqd postgres -c "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)" >/dev/null 2>&1
  rm -rf "$FILES"
}
trap cleanup EXIT
export PGDATABASE=$DATABASE
psql -Xqd postgres -c "CREATE DATABASE $DATABASE" || exit 1
migrate() { "$PROJECT/scripts/migrate.sh" "$@" </dev/null; }

corpus=${MIGRATE_CORPORA:+$MIGRATE_CORPORA/normalised/${REPORT_CORPUS:-cratesio}}
if [ -n "$corpus" ] && [ -d "$corpus" ]; then
  python3 test/report/corpus.py "$corpus" "$FILES" || exit 1
else
  cp examples/timetracker/*.sql "$FILES"
fi
[ ! -e "$FILES/prelude.sql" ] || psql -Xqf "$FILES/prelude.sql" >/dev/null || exit 1
psql -Xqc 'CREATE EXTENSION migrate_ext' && migrate load --dir "$FILES" >/dev/null || exit 1
ids=$(psql -XqAtc "SELECT revision FROM migrate.plan('upgrade', 'heads') ORDER BY step")
total=$(wc -l <<<"$ids")
psql -Xqc 'SET client_min_messages = error' -c "CALL migrate.deploy('$(sed -n "$((total * 3 / 10))p" <<<"$ids")')" || exit 1
# each table has rows, so that something is to be said of what happens to it
psql -XqAtc "SELECT format('ANALYZE %s;', oid::regclass) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace" | psql -Xq
# somebody has been at it by hand, and something has failed
psql -Xq -c 'CREATE TABLE made_by_hand (id int)' -c "SELECT migrate.revision('Fails', 'SELECT 1/0', rev_id => 'fails', head => ARRAY(SELECT migrate.current()), splice => true)" \
  -c "CALL migrate.deploy('fails')" >/dev/null 2>&1
psql -Xq -c "SELECT migrate.remove('fails')" >/dev/null
psql -Xq -c "SELECT migrate.revision('<script>document.title = ''run''</script> & so on', '-- </pre><img src=x onerror=\"document.title=1\">
ALTER TABLE made_by_hand ADD \"<b>\" int;', rev_id => 'hostile')" >/dev/null

for format in markdown html json sarif; do
  begin=$(date +%s%N)
  psql -XqAtc "SELECT migrate.report(format => '$format')" >"$OUT/report.$format" || exit 1
  printf '%s: %d ms, %d bytes\n' "$format" $((($(date +%s%N) - begin) / 1000000)) "$(wc -c <"$OUT/report.$format")"
done
printf '%d of %d revisions are pending\n' "$(psql -XqAtc 'SELECT pending FROM migrate.status()')" $((total + 1))

# --- what a browser makes of it ---------------------------------------------------
browser() {
  timeout 120 "$BROWSER" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --user-data-dir="$FILES/profile" \
    --virtual-time-budget=5000 "$@" 2>/dev/null
}
# A page around it asks it questions; the report itself runs no script.
for width in 390 1280; do
  cat >"$OUT/ask.html" <<X
<body><iframe src="report.html" width="$width" height="900" style="border:0" onload="
  var d = this.contentDocument, w = this.contentWindow;
  document.body.innerHTML = '<p>wide ' + (d.documentElement.scrollWidth &gt; $width) + ' scripts ' + d.querySelectorAll('script, img, iframe, object, link').length +
    ' fetched ' + w.performance.getEntriesByType('resource').length + ' title ' + d.title.replace(/[0-9]+/, 'N') +
    ' sections ' + d.querySelectorAll('section').length + ' svg ' + (d.querySelectorAll('svg').length &gt; 0) + '</p>'"></iframe></body>
X
  is "$(browser --allow-file-access-from-files --dump-dom "file://$OUT/ask.html" | sed -n 's/.*<p>\(.*\)<\/p>.*/\1/p')" \
    "wide false scripts 0 fetched 0 title Upgrade: N revisions sections 7 svg true" "$width pixels wide"
done
rm -f "$OUT/ask.html"
# A picture for each part, since a window is not as long as the page.
for part in findings rows plan tables graph drift history; do
  sed "s/<\/head>/<style>section:not(#$part) { display: none }<\/style><\/head>/" "$OUT/report.html" >"$OUT/part.html"
  for look in phone-light:390,2000:1 desk-dark:1280,2000:0; do
    IFS=: read -r name size scheme <<<"$look"
    browser --blink-settings="preferredColorScheme=$scheme" --window-size="$size" --screenshot="$OUT/$part-$name.png" "file://$OUT/part.html"
    is "$([ -s "$OUT/$part-$name.png" ] && echo yes)" yes "a picture: $part-$name"
  done
done
rm -f "$OUT/part.html"
browser --no-pdf-header-footer --print-to-pdf="$OUT/report.pdf" "file://$OUT/report.html"
is "$(head -c 5 "$OUT/report.pdf" 2>/dev/null)" "%PDF-" "printed"
echo "Look at $OUT/*.png and report.pdf"
echo "$PASSED passed, $FAILED failed"
[ $FAILED -eq 0 ]
