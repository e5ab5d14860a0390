#!/bin/bash
# Looks for tests that nobody runs and for files that nobody builds, which no
# other test would notice; and for slips that are easier to find than to avoid.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

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

scripts=$(find scripts test .ci examples -name peers -prune -o -type f \( -name '*.sh' -o -path .ci/run \) -print)
check 'scripts that cannot be executed' \
  "$(for f in $scripts; do case $(head -1 "$f") in '#!'*) [ -x "$f" ] || echo "$f" ;; esac; done)"
if command -v shellcheck >/dev/null; then
  # shellcheck disable=SC2086
  check 'shellcheck' "$(shellcheck -x $scripts 2>&1)"
fi

# Debian 12's is the one that counts; src/schema is being written, and is formatted when it is done.
if pg_bsd_indent --version 2>/dev/null | grep -q '2\.1\.1'; then
  mapfile -t files < <(find src -name '*.[ch]' ! -path 'src/schema/*' | sort)
  check 'C files that "make format" would change' "$(test/format.sh --check "${files[@]}" 2>&1)"
fi

check 'a version number outside the control file' \
  "$(grep -nE "migrate_ext--[0-9]|MIGRATE_EXT_VERSION +\"" -r Makefile src scripts .ci 2>/dev/null)"
check 'revision files of the example whose name is not their revision' \
  "$(for f in examples/timetracker/*.sql; do
    id=${f##*/}
    grep -q "^-- Revision ID: ${id%%_*}\$" "$f" || echo "$f"
  done)"

printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
[ "$FAILED" -eq 0 ]
