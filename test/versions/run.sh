#!/bin/bash
# Runs the project's tests on PostgreSQL servers that this machine does not have:
# other major versions, in chroots of other releases of Debian, and builds of
# PostgreSQL 15 that find faults.  Needs root and apt; what it makes is kept in
# one work directory (some 500 MB a version) and used again.
#
#   test/versions/run.sh [--work DIR] [--prepare] KIND... [-- PART...]
#
#   --prepare      make the servers, test nothing
#
#   13 15 17 18    the version of bullseye, bookworm, trixie, sid (no release of
#                  Debian has 14 or 16)
#   19             the newest, of experimental: released, or its last candidate
#   cassert        15 with assertions and checks of memory and leaks
#   cassert18      the same for 18
#   asan           the same with AddressSanitizer
#   valgrind       the same, the server under valgrind (slow: regress and fuzz only)
#   matrix         13 15 17 18 19
#   all            13 17 18 cassert
#
# PARTs are those of suite.sh, FUZZ_SECONDS its setting.  The work directory is also to be had from
# MIGRATE_VERSIONS_DIR; it must be one that every user can enter.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
work=${MIGRATE_VERSIONS_DIR:-/var/tmp/migrate_ext_versions}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2; }

kinds=() parts=() prepare=
while [ $# -gt 0 ]; do
  case $1 in
    --work) [ $# -gt 1 ] || usage; work=$2; shift ;;
    --prepare) prepare=1 ;;
    --) shift; parts=("$@"); break ;;
    all) kinds+=(13 17 18 cassert) ;;
    matrix) kinds+=(13 15 17 18 19) ;;
    13 | 15 | 17 | 18 | 19 | cassert | cassert18 | asan | valgrind) kinds+=("$1") ;;
    *) usage ;;
  esac
  shift
done
[ ${#kinds[@]} -gt 0 ] || usage
mkdir -p "$work" && chmod a+rx "$work" || exit 1

matrix() {
  case $1 in run | pg-cmd) [ -z "$prepare" ] || return 0 ;; esac
  bash "$here/pg_matrix.sh" "$@"
}

suite_of() {
  case $1 in 13) echo bullseye ;; 15) echo bookworm ;; 17) echo trixie ;; 18) echo sid ;; 19) echo experimental ;; esac
}

# What runs there has an environment of its own.
suite_sh="FUZZ_SECONDS=${FUZZ_SECONDS:-60} test/versions/suite.sh"

run_kind() {
  local kind=$1 suite
  case $kind in
    cassert)
      matrix cassert "$work" bookworm assert &&
        matrix pg-cmd "$work" pg15-cassert "$source" "$suite_sh ${parts[*]:-regress isolation tap fuzz}"
      ;;
    cassert18)
      matrix cassert "$work" sid assert &&
        matrix pg-cmd "$work" pg18-cassert "$source" "$suite_sh ${parts[*]:-regress isolation tap fuzz}"
      ;;
    asan)
      matrix cassert "$work" bookworm asan &&
        matrix pg-cmd "$work" pg15-asan "$source" "COPT='-fsanitize=address -fno-omit-frame-pointer' $suite_sh ${parts[*]:-regress isolation tap fuzz}"
      ;;
    valgrind)
      matrix cassert "$work" bookworm valgrind &&
        matrix pg-cmd "$work" pg15-valgrind "$source" "USE_VALGRIND=1 MIGRATE_FUZZ_TIME_LIMIT=300s $suite_sh ${parts[*]:-regress fuzz}"
      ;;
    *)
      suite=$(suite_of "$kind")
      matrix prepare "$work" "$suite" &&
        matrix run "$work" "$suite" "$source" "$suite_sh ${parts[*]:-}"
      ;;
  esac
}

failed=()
for kind in "${kinds[@]}"; do
  start=$SECONDS
  echo "=== $kind"
  if run_kind "$kind"; then
    echo "=== $kind: passed, $((SECONDS - start)) s"
  else
    echo "=== $kind: FAILED, $((SECONDS - start)) s"
    failed+=("$kind")
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "FAILED: ${failed[*]}"; exit 1; }
echo "all passed: ${kinds[*]}"
