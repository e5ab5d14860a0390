#!/bin/bash
# How much of the C sources the tests run: a build that counts (gcov), the tests
# of pg_regress, the isolation tester, TAP and those against Alembic, and for each
# file of src the share of its lines that ran.  Fails where a file has less than 90 %.
#
#   test/coverage.sh [PART...]        parts of test/versions/suite.sh
#
# To be had from the environment:
#   COVERAGE_OUT=DIR   where to leave the report in HTML, and the lines that did
#                      not run as FILE:LINE: TEXT in "uncovered"; default build/coverage
#   COVERAGE_MIN=90
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/machine.sh

forget_connection_settings
prepare_machine check
need_programs lcov=lcov
DIR=$(new_server_dir migrate_ext_coverage) || exit 1
trap 'rm -rf "$DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
out=${COVERAGE_OUT:-build/coverage}
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(regress isolation tap conformance schema)

# The backends write their counters beside the objects: all of it is the server's user's.
copy=$DIR/copy
mkdir "$copy"
tar -cf - --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude=./build . | tar -xf - -C "$copy"
[ "$(id -u)" != 0 ] || chown -R "$(server_user):" "$copy"
(
  cd "$copy" || exit 1
  as_server_user env PG_CONFIG="$PG_CONFIG" PRIVATE_PREFIX=1 COPT='--coverage -O0' TMPDIR="$DIR" \
    FUZZ_SECONDS="${FUZZ_SECONDS:-60}" test/versions/suite.sh "${parts[@]}"
) || say 'SOME TESTS FAILED: more lines might run'

quiet_lcov=(-q --rc lcov_branch_coverage=0 --rc genhtml_med_limit=75)
lcov "${quiet_lcov[@]}" --capture --directory "$copy" --base-directory "$copy" --no-external \
  --output-file "$DIR/info" 2>"$DIR/said" || { cat "$DIR/said"; exit 1; }
rm -rf "$out" && mkdir -p "$out"
sed "s,^SF:$copy/,SF:," "$DIR/info" >"$out/info"
genhtml "${quiet_lcov[@]}" --output-directory "$out" --title migrate_ext "$out/info" >/dev/null 2>&1

# DA:LINE,COUNT are lines of the file that the last SF: named.  A header is there
# for every object that it is part of: a line ran if it ran in one of them.
awk -F'[:,]' -v min="${COVERAGE_MIN:-90}" -v list="$out/uncovered" '
  /^SF:/ { file = $2 }
  /^DA:/ && file ~ /^src\// { if (!((file, $2) in ran)) { ran[file, $2] = 0; line[file, ++n[file]] = $2 } if ($3 > 0) ran[file, $2] = 1 }
  END {
    for (file in n) {
      split("", text); i = 0
      while ((getline t < file) > 0) { sub(/^[ \t]+/, "", t); text[++i] = t }
      close(file)
      good = 0
      for (i = 1; i <= n[file]; i++) {
        if (ran[file, line[file, i]]) good++
        else print file ":" line[file, i] ": " text[line[file, i]] | ("sort -t: -k1,1 -k2,2n >" list)
      }
      lines += n[file]; all += good; low = 100 * good < min * n[file]
      printf "%-32s %5d of %5d lines  %5.1f %%%s\n", file, good, n[file], 100 * good / n[file], low ? "  TOO LITTLE" : "" | "sort"
      if (low) failed++; else passed++
    }
    close("sort")
    printf "%-32s %5d of %5d lines  %5.1f %%\n", "all", all, lines, lines ? 100 * all / lines : 0
    printf "%d passed, %d failed\n", passed, failed
    exit failed > 0 || passed == 0
  }' "$out/info"
