#!/bin/bash
# Looks for tests that nobody runs and for files that nobody builds, which no
# other test would notice; and for slips that are easier to find than to avoid.
#
#   test/lint/run.sh          in a second or two: what "make check" runs
#   test/lint/run.sh --all    after that the compilers' warnings, clang-tidy,
#                             cppcheck and scan-build, some minutes: "make lint"
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. scripts/machine.sh

if [ "${1:-}" = --all ]; then
  prepare_machine run
  need_programs clang=clang clang-tidy=clang-tidy scan-build=clang-tools cppcheck=cppcheck shellcheck=shellcheck \
    pg_bsd_indent=pg-bsd-indent
fi

PASSED=0 FAILED=0

check() { # check WHAT OFFENDERS
  if [ -z "$2" ]; then
    PASSED=$((PASSED + 1))
  else
    printf 'not ok: %s\n%s\n' "$1" "$2"
    FAILED=$((FAILED + 1))
  fi
}

names() { # names DIRECTORY SUFFIX: of the files in it, without the suffix
  find "$1" -maxdepth 1 -name "*$2" ! -name 'migrate_ext--*' -printf '%f\n' 2>/dev/null | sed "s/\\$2\$//" | sort
}
makefile_list() { # makefile_list VARIABLE: its words, one a line, sorted
  sed -e ':a' -e '/\\$/N; s/\\\n//; ta' Makefile | sed -n "s/^$1 *= *//p" | tr -s ' \t' '\n' | sed '/^$/d' | sort
}
only_first() { comm -23 <(printf '%s\n' "$1") <(printf '%s\n' "$2") | sed '/^$/d'; }

regress=$(makefile_list REGRESS) isolation=$(makefile_list ISOLATION)
check 'tests in sql/ that REGRESS does not list' "$(only_first "$(names sql .sql)" "$regress")"
check 'tests of REGRESS that are not in sql/' "$(only_first "$regress" "$(names sql .sql)")"
check 'tests without an expected output' "$(only_first "$regress" "$(names expected .out)")"
# NAME_1.out is another output that is as good
check 'expected outputs without a test' \
  "$(only_first "$(names expected .out | sed 's/_[0-9]$//' | sort -u)" "$regress")"
check 'specs that ISOLATION does not list' "$(only_first "$(names test/isolation/specs .spec)" "$isolation")"
check 'specs of ISOLATION that are not there' "$(only_first "$isolation" "$(names test/isolation/specs .spec)")"
check 'specs without an expected output' "$(only_first "$isolation" "$(names test/isolation/expected .out)")"

check 'C files that the Makefile does not build' \
  "$(only_first "$(find src -name '*.c' | sort)" "$(makefile_list OBJS | sed 's/\.o$/.c/')")"

# What docs/internals.md says of the rooms of src.
check "tests of the server's version outside compat.h" "$(grep -rn 'PG_VERSION_NUM' src --include='*.[ch]' | grep -v '^src/compat\.h')"
# Texts are not cut: one looks for them by their words.  So such a line has nothing but the call, one text and its end.
check 'lines of C over 100 columns that are more than one text' "$(find src -name '*.[ch]' -exec awk '
  length($0) * 4 > 100 {
    line = $0
    gsub(/"(\\.|[^"\\])*"/, "\"\"", line)
    if (line ~ /^[ \t]*([?:] |return )?[(]*([A-Za-z_]+[(]+)*""[],;:?) }]*\\?$/) next
    n = split($0, pieces, "\t")
    width = 0
    for (i = 1; i < n; i++) { width += length(pieces[i]); width += 4 - width % 4 }
    if (width + length(pieces[n]) > 100) print FILENAME ":" FNR
  }' {} +)"
# What a program prints stands in code blocks as it is printed, and a URL cannot be cut.
# shellcheck disable=SC2016
check 'lines of Markdown over 120 columns, but for code blocks' "$(find . \( -name .git -o -name build \) -prune -o -name '*.md' \
  -exec perl -CSD -ne '
  $fence = !$fence if /^\s*(```|~~~)/;
  s/\bhttps?:[^\s)]+//g;
  print "$ARGV:$.\n" if !$fence && length > 121;
  if (eof) { close ARGV; $fence = 0 }' {} +)"
# A word that nobody has defined is 0 to #if.
check '#if COMPAT_... without compat.h' "$(grep -rlE '^#if.*COMPAT_' src --include='*.c' | xargs grep -L '"compat\.h"')"
check 'base names that stand twice in src' "$(find src -name '*.[ch]' -printf '%f\n' | sort | uniq -d)"
check 'includes that go up' "$(find src/*/ -name '*.[ch]' -exec awk -v rooms='graph store script exec run kinds shadow snapshot diff review author report functions' '
  BEGIN { n = split(rooms, r, " "); for (i = 1; i <= n; i++) floor[r[i]] = i }
  match($0, /^#include "[a-z]+\//) { split(FILENAME, from, "/"); to = substr($0, 11, RLENGTH - 11)
    if (to in floor && floor[to] > floor[from[2]]) print FILENAME ": " $0 }' {} +)"
check 'headers that include each other in a circle' "$(grep -roE '^#include "[a-z]+/[a-z_]+\.h"' src --include='*.h' |
  sed -E 's,^src/(.*):#include "(.*)"$,\1 \2,' | tsort 2>&1 >/dev/null)"
check 'functions that a room declares and another defines' "$(
  awk '/^extern / && match($0, /[a-z_0-9]+ ?\(/) { print substr($0, RSTART, RLENGTH - 1), FILENAME }' src/*/*.h |
    tr -s ' ' | sort -u | join - <(awk 'match($0, /^[a-z_0-9]+\(/) { print substr($0, 1, RLENGTH - 1), FILENAME }' src/*/*.c | sort -u) |
    awk '{ split($2, h, "/"); split($3, c, "/"); if (h[2] != c[2]) print }')"
# What is true of a kind stands in its Kind, so that a new kind does not have to be added to lists elsewhere.
check 'more than 59 names of kinds outside src/kinds' "$(grep -rwnoE 'KIND_[A-Z_]+' src --include='*.[ch]' |
  awk '!/^src\/kinds\// { n++ } END { if (n > 59) print n }')"
check 'C files of more than 900 lines' "$(find src -name '*.[ch]' -exec wc -l {} + | awk '$1 > 900 && $2 != "total"')"
check 'functions of src/functions of more than 30 lines' "$(awk '/^[a-z_0-9]+\(/ { name = $1; from = FNR }
  /^}/ && FNR - from > 30 && name { print FILENAME ": " name " ... " FNR - from } /^}/ { name = "" }' src/functions/*.c)"
# pg_dump.c and so on are PostgreSQL's.
ours=$(find . -name .git -prune -o -type f -printf '%f\n' | sort -u)
check 'files that are named in a comment and are not there' "$(
  grep -rvE '^#include' src --include='*.[ch]' | grep -oE '[a-z_0-9]+\.(c|h|md)\>' | sort -u |
    grep -vxE '(pg_dump|tablecmds)\.c|spi\.h' | comm -23 - <(printf '%s\n' "$ours"))"
# shellcheck disable=SC2016
check 'files of src that a document names and that are not there' "$(
  grep -ohE '`(src/)?[a-z]+/[a-z_]+\.[ch]`' docs/*.md CONTRIBUTING.md | tr -d '`' | sed 's,^src/,,' | sort -u |
    while read -r f; do [ -e "src/$f" ] || echo "$f"; done)"
check 'references to sections, which no document has' "$(grep -rnE '\<section [0-9]|SEMANTICS' src docs --include='*.[ch]' --include='*.md')"
check 'what asks the server in graph, kinds or diff, but for kinds/asked.c' "$(
  grep -nE '#include "(executor/spi|optimizer/|utils/(l?syscache|catcache)|access/(table|genam|relation)|parser/parse_(coerce|expr|relation))' \
    src/graph/*.[ch] src/kinds/*.[ch] src/diff/*.[ch] | grep -v '^src/kinds/asked\.c')"

# Statements of the install script over several lines are joined by reading up to the parenthesis.
functions=$(cat sql/install/*.sql | sed -n 's/^CREATE \(OR REPLACE \)\{0,1\}\(FUNCTION\|PROCEDURE\|AGGREGATE\) migrate\.\([a-z_0-9]*\).*/\3/p' | sort -u)
tests=$(cat sql/*.sql test/isolation/specs/*.spec test/t/*.pl)
check 'SQL functions without a comment' "$(for f in $functions; do
  grep -qE "^COMMENT ON (FUNCTION|PROCEDURE|AGGREGATE) migrate\.$f\>" sql/install/*.sql || echo "$f"
done)"
check 'SQL functions that no test calls' "$(for f in $functions; do
  grep -qE "migrate\.$f\>" <<<"$tests" || echo "$f"
done)"
check 'C functions for SQL that the install script does not create' "$(
  grep -rhoE '^MIGRATE_FUNCTION\(\w+\)' src | sed 's/.*(\(.*\))/\1/' | while read -r f; do
    grep -qE "'$f'" sql/install/*.sql || echo "$f"
  done)"

version=$(sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" migrate_ext.control)
check 'an install script that is frozen has changed: raise default_version and write an update' "$(
  frozen=sql/frozen/migrate_ext--$version.sql
  [ ! -f "$frozen" ] || cat sql/install/*.sql | cmp - "$frozen" 2>&1)"
check 'frozen versions that no update leads on from' "$(for f in sql/frozen/*.sql; do
  v=${f##*--} v=${v%.sql}
  [ ! -f "$f" ] || [ "$v" = "$version" ] || compgen -G "sql/update/migrate_ext--$v--*.sql" >/dev/null || echo "$v"
done)"

check 'scripts that are not what their parts make: make scripts' "$(
  scripts/assemble.sh migrate | cmp - scripts/migrate.sh 2>&1
  scripts/assemble.sh import | cmp - scripts/migrate-import.sh 2>&1)"
check 'parts of a script that are too long for one subject' \
  "$(wc -l scripts/migrate/* scripts/export/* scripts/import/* | awk '$2 != "total" && $1 > 400')"

# Parts are looked at where they are put together.
scripts=$(find scripts test packaging .ci examples \( -name peers -o -path scripts/migrate -o -path scripts/export -o -path scripts/import \) -prune -o -type f \( -name '*.sh' -o -path .ci/run \) -print)
check 'scripts that cannot be executed' \
  "$(for f in $scripts; do case $(head -1 "$f") in '#!'*) [ -x "$f" ] || echo "$f" ;; esac; done)"
if command -v shellcheck >/dev/null; then
  # shellcheck disable=SC2086
  check 'shellcheck' "$(shellcheck -x $scripts 2>&1)"
fi

# Debian 12's is the one that counts.
if pg_bsd_indent --version 2>/dev/null | grep -q '2\.1\.1'; then
  mapfile -t files < <(find src -name '*.[ch]' | sort)
  check 'C files that "make format" would change' "$(test/format.sh --check "${files[@]}" 2>&1)"
fi

check 'a version number outside the control file' \
  "$(grep -nE "migrate_ext--[0-9]|MIGRATE_EXT_VERSION +\"" -r Makefile src scripts .ci 2>/dev/null)"
check 'rules of review() that docs/review.md does not have' \
  "$(sed -n 's/^[^"]*"\([a-z_]*\)", WEIGHT_.*/\1/p' src/review/rule_list.c | while read -r rule; do
    grep -q "^- .$rule.[ :]" docs/review.md || echo "$rule"
  done)"
check 'revision files of the example whose name is not their revision' \
  "$(for f in examples/timetracker/*.sql; do
    id=${f##*/}
    grep -q "^-- Revision ID: ${id%%_*}\$" "$f" || echo "$f"
  done)"

# --- what takes minutes ---------------------------------------------------------

# Everything is built in a copy, so that no object of another compiler stays here.
build_copy() { # build_copy NAME VARIABLE=VALUE...: prints what is wrong
  local dir=$COPIES/$1
  shift
  mkdir "$dir"
  tar -cf - --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' Makefile migrate_ext.control src sql/install scripts |
    tar -xf - -C "$dir"
  "${WRAPPER[@]}" make -s -C "$dir" with_llvm=no PG_CONFIG="$PG_CONFIG" "$@" all 2>&1 || echo 'it does not compile'
}

if [ "${1:-}" = --all ]; then
  COPIES=$(mktemp -d)
  trap 'rm -rf "$COPIES"' EXIT
  headers=$("$PG_CONFIG" --includedir-server) WRAPPER=()
  mapfile -t sources < <(find src -name '*.c' | sort)
  # What the compilers of Debian are of one mind about: -Wall and -Wextra are the Makefile's own.
  check 'gcc' "$(build_copy gcc CC=gcc COPT='-Werror -O2 -Wformat=2 -Wformat-nonliteral')"
  check 'clang' "$(build_copy clang CC=clang COPT='-Werror -O1 -Wno-unused-command-line-argument -Wno-ignored-optimization-argument -Wno-unknown-warning-option \
    -Wno-ignored-attributes')"
  check 'clang-tidy' "$(clang-tidy --quiet "${sources[@]}" -- -Isrc -isystem "$headers" -D_GNU_SOURCE \
    -DMIGRATE_EXT_VERSION='"lint"' -std=gnu99 2>/dev/null)"
  # What may be uninitialized the others know better: they see that ereport(ERROR) does not return.
  check 'cppcheck' "$(cppcheck -q --enable=warning,style,performance,portability --inline-suppr --std=c99 -Isrc \
    --include=test/lint/cppcheck.h -DPG_VERSION_NUM=180000 -DMIGRATE_EXT_VERSION='"lint"' --suppress=variableScope \
    --suppress=unusedStructMember --suppress=constParameter \
    --suppress=constParameterCallback --suppress=legacyUninitvar --suppress=uninitStructMember "${sources[@]}" 2>&1)"
  # With assertions, which tell it what cannot be.
  WRAPPER=(scan-build -o "$COPIES/report" --status-bugs)
  check 'scan-build' "$(build_copy scan CC=clang COPT='-DUSE_ASSERT_CHECKING=1 -Wno-unused-command-line-argument' |
    grep -E 'warning:|error:|not compile')"
fi

printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
[ "$FAILED" -eq 0 ]
