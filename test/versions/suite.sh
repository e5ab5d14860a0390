#!/bin/bash
# The tests of migrate_ext that need nothing but PostgreSQL, gcc, make and perl,
# on the server that PG_CONFIG names.  This is what test/versions/run.sh runs in
# its chroots and on its servers made for finding faults; on the machine itself
# "make check" is the better choice.
#
#   test/versions/suite.sh [PART...]    regress isolation tap fuzz conformance schema
#
# To be had from the environment:
#   VALGRIND_SUPP     run the server under valgrind, with these suppressions
#   FUZZ_SECONDS      how long to fuzz
# Its last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. scripts/machine.sh

forget_connection_settings
prepare_machine run
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(regress isolation tap)
PASSED=0 FAILED=0
DIR=$(new_server_dir migrate_ext_suite) || exit 1
finish() { remove_server "$DIR"; }
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

makefile_list() { # makefile_list VARIABLE
  sed -e ':a' -e '/\\$/N; s/\\\n//; ta' Makefile | sed -n "s/^$1 *= *//p"
}

count() { # count PASSED FAILED
  PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2))
}

# pg_regress says "test NAME ... ok" up to 15, and TAP since.
installcheck() { # installcheck DIFFS VARIABLE=VALUE...
  local diffs=$1 log rc=0 ok bad
  shift
  rm -f "$diffs"
  log=$("${MAKE:-make}" -s --no-print-directory installcheck with_llvm=no PG_CONFIG="$PG_CONFIG" TAP_TESTS= "$@" 2>&1) || rc=$?
  ok=$(grep -cE '^test .*\.\.\. ok|^ok [0-9]' <<<"$log")
  bad=$(grep -cE '^test .*\.\.\. FAILED|^not ok [0-9]' <<<"$log")
  if [ $rc -ne 0 ]; then
    [ "$bad" -gt 0 ] || bad=1
    grep -E '^(test|ok|not ok) ' <<<"$log" || printf '%s\n' "$log"
    [ ! -s "$diffs" ] || cat "$diffs"
  fi
  count "$ok" "$bad"
}

part_regress() { installcheck regression.diffs ISOLATION=; }

part_isolation() {
  if [ -x "$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/pg_isolation_regress" ]; then
    installcheck output_iso/regression.diffs REGRESS=
  else
    say "isolation: this PostgreSQL comes without pg_isolation_regress"
  fi
}

part_tap() {
  local pgxs rc=0 files failed
  pgxs=$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")
  (
    unset PGHOST PGPORT PGUSER PGDATABASE
    export PATH PG_REGRESS=$pgxs/test/regress/pg_regress TESTDIR=$PWD TESTDATADIR=$PWD/tmp_check
    export TESTLOGDIR=$PWD/tmp_check/log LC_ALL=C.UTF-8
    PATH="$("$PG_CONFIG" --bindir):$PATH"
    as_server_user prove --norc --timer -I "$pgxs/test/perl" -I test/lib test/t/*.pl 2>&1
  ) >"$DIR/tap" || rc=$?
  files=$(find test/t -name '*.pl' | wc -l)
  failed=$(grep -c '(Wstat: ' "$DIR/tap")
  [ $rc -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  if [ "$failed" -gt 0 ]; then
    cat "$DIR/tap"
    find tmp_check/log -name 'regress_log_*' -exec tail -n 30 {} + 2>/dev/null
  fi
  count $((files - failed)) "$failed"
}

# Something whose last line is "N passed, N failed".
counted() { # counted COMMAND...
  local last
  command -v python3 >/dev/null || { say "$1: there is no python3"; return; }
  "$@" >"$DIR/counted" 2>&1
  cat "$DIR/counted"
  last=$(tail -1 "$DIR/counted")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  else
    count 0 1
  fi
}

part_fuzz() { counted python3 -B test/fuzz/fuzz.py --log "$DIR/log" --seconds "${FUZZ_SECONDS:-60}"; }
part_conformance() { counted test/conformance/run.sh; }
part_schema() { counted test/schema/run.sh; }

# The server again, under valgrind: each backend is looked at.
restart_under_valgrind() {
  local bin
  bin=$("$PG_CONFIG" --bindir)
  stop_server "$DIR"
  cat >"$DIR/postgres" <<WRAPPER
#!/bin/sh
exec valgrind --quiet --trace-children=yes --leak-check=no --suppressions='$VALGRIND_SUPP' \\
  --log-file='$DIR/valgrind.%p' '$bin/postgres' "\$@"
WRAPPER
  chmod 755 "$DIR/postgres"
  (cd / && as_server_user "$bin/pg_ctl" -p "$DIR/postgres" -D "$DIR/data" -l "$DIR/log" -w -t 300 start) \
    >/dev/null 2>&1 </dev/null || { tail -20 "$DIR/log" >&2; die "the server did not start under valgrind"; }
}

# What the server's log and valgrind say, whatever the tests do.
part_trouble() {
  local bad
  bad=$(grep -hE 'PANIC: |TRAP: |was terminated by signal|AddressSanitizer|runtime error: |(reference|refcount|snapshot) leak' \
    "$DIR/log" tmp_check/log/*.log 2>/dev/null | grep -v 'was terminated by signal 9: Killed' | head -20)
  [ -z "${VALGRIND_SUPP:-}" ] || bad+=$(find "$DIR" -maxdepth 1 -name 'valgrind.*' -size +0 -exec cat {} + | head -200)
  if [ -n "$bad" ]; then
    say "trouble:" "$bad"
    count 0 1
  else
    count 1 0
  fi
}

build_and_install "$DIR"
[ ! "${VALGRIND_SUPP:-}" ] || [ -n "${USE_VALGRIND:-}" ] || unset VALGRIND_SUPP
start_server "$DIR"
[ -z "${VALGRIND_SUPP:-}" ] || restart_under_valgrind
say "migrate_ext for $("$PG_CONFIG" --version)${VALGRIND_SUPP:+ under valgrind}"
for list in REGRESS ISOLATION; do [ -n "$(makefile_list $list)" ] || say "the Makefile lists no $list tests"; done
for part in "${parts[@]}"; do
  start=$SECONDS before="$PASSED $FAILED"
  "part_$part"
  read -r p f <<<"$before"
  say "$part: $((PASSED - p)) passed, $((FAILED - f)) failed, $((SECONDS - start)) s"
done
[ -z "${VALGRIND_SUPP:-}" ] || stop_server "$DIR"
part_trouble
say "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
