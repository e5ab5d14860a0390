#!/bin/bash
# Every test of migrate_ext, on a machine that need not have PostgreSQL: what
# "make check" runs.  It prepares the machine, builds, installs, starts a
# private server for the tests that want one, and takes all of it down again.
#
#   make check                       everything
#   make check ONLY="regress tap"    some parts; their names are below
#
# A part is a function part_NAME below.  It says what it finds; its tests are
# counted from its last line "N passed, N failed", or else from its exit
# status, where 77 means skipped.  To be had from the environment:
#   MIGRATE_CORPORA    where the migrations of real projects are
#   PAIRS_EVERY=1      all pairs of schemas, as "make pairs" does, and not every third of each kind
#   ONE_SHELL=1        each test of the scripts in the shell that is free first, and not in both
#   SHELLS="dash bash" the shells for these; also busybox
#   TAP_AGAIN=1        a test of servers that failed is run once more, by itself, and only that
#                      counts: for machines that do other things at the same time.  What failed
#                      at first is named in the last lines, as a test that needs mending.
#   MIGRATE_BESIDE     prefix of a server with the files of pgaudit, pg_partman, periods, pglogical, pg_cron,
#                      hypopg, pg_repack; made if it is not given
#   MIGRATE_CITUS      the source of Citus; without it a stand-in is tried
#   PRIVATE_PREFIX=1   leave the PostgreSQL of the machine as it is: install
#                      into a private copy of it, as for a user without rights
#   KEEP=1             keep the server's directory and its logs
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/machine.sh

PARTS=(lint regress isolation conformance projects schema readme update citus shell tap)
LIMIT=3600 # seconds after which a part is taken to hang; not how long it may take

# --- the parts -----------------------------------------------------------------

part_lint() { test/lint/run.sh; }

# What pg_regress and pg_isolation_regress print of their tests: up to
# PostgreSQL 15 "test NAME ... ok", since then TAP.
count_regress() {
  awk -v status="$1" '
    { print }
    /^test .*\.\.\. ok/ || /^ok [0-9]/ { passed++ }
    /^test .*\.\.\. FAILED/ || /^not ok [0-9]/ { failed++ }
    END {
      if (status != 0 && !failed) failed = 1
      printf "%d passed, %d failed\n", passed, failed
    }'
}

installcheck() { # installcheck LIST DIFFS VARIABLE=VALUE...
  local list=$1 diffs=$2 log rc=0
  shift 2
  [ -n "$list" ] || { say "no tests are listed in the Makefile"; return 77; }
  rm -f "$diffs"
  log=$("${MAKE:-make}" -s --no-print-directory installcheck with_llvm=no PG_CONFIG="$PG_CONFIG" "$@" 2>&1) || rc=$?
  [ ! -s "$diffs" ] || cat "$diffs"
  grep -E '^(test |ok |not ok |Bail)' <<<"$log" >"$DIR/lines" || printf '%s\n' "$log"
  count_regress $rc <"$DIR/lines"
}

part_regress() { installcheck "$REGRESS" regression.diffs ISOLATION= TAP_TESTS=; }

part_isolation() {
  # Not in Debian's packages of PostgreSQL 13.
  [ -x "$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/pg_isolation_regress" ] ||
    { say "this PostgreSQL comes without pg_isolation_regress"; return 77; }
  installcheck "$ISOLATION" output_iso/regression.diffs REGRESS= TAP_TESTS=
}

# PgBouncer for its test, unpacked and not installed: Debian's package would
# start a service.  Without it the test skips, loudly.
unpack_pgbouncer() {
  local dir=$DIR/pgbouncer deb library packages=(pgbouncer)
  [ -z "${PGBOUNCER:-}" ] && ! PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null || return 0
  command -v apt-get >/dev/null && mkdir "$dir" || return 0
  for library in $(apt-cache depends pgbouncer 2>/dev/null | sed -n 's/^ *Depends: \(libc-ares[^ ]*\|libevent[^ ]*\)$/\1/p'); do
    packages+=("$library")
  done
  (cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null 2>&1) || return 0
  for deb in "$dir"/*.deb; do dpkg-deb -x "$deb" "$dir/root" || return 0; done
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$(echo "$dir"/root/usr/lib/*-linux-gnu)" \
    "$dir/root/usr/sbin/pgbouncer" >"$dir/pgbouncer"
  chmod +x "$dir/pgbouncer"
  export PGBOUNCER=$dir/pgbouncer
}

# A server with extensions of others beside ours, for the tests that want them: Debian's packages
# for its version, unpacked and not installed.  Without them those tests skip, loudly.
beside_prefix() {
  local dir=$DIR/beside config=$PG_CONFIG major package file
  [ -z "${MIGRATE_BESIDE:-}" ] && command -v apt-get >/dev/null && mkdir "$dir" || return 0
  major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
  mkdir "$dir/debs" "$dir/root"
  for package in pgaudit partman periods pglogical pg-hint-plan cron hypopg repack; do
    (cd "$dir/debs" && apt-get -qq -o APT::Sandbox::User=root download "postgresql-$major-$package" >/dev/null 2>&1) || continue
  done
  for file in "$dir"/debs/*.deb; do dpkg-deb -x "$file" "$dir/root" 2>/dev/null || return 0; done
  private_prefix "$dir" || { PG_CONFIG=$config; return 0; }
  for file in "$("$config" --pkglibdir)"/migrate_ext.so "$dir"/root/usr/lib/postgresql/"$major"/lib/*.so; do
    ln -sf "$file" "$("$PG_CONFIG" --pkglibdir)/"
  done
  for file in "$("$config" --sharedir)"/extension/migrate_ext* "$dir"/root/usr/share/postgresql/"$major"/extension/*; do
    ln -sf "$file" "$("$PG_CONFIG" --sharedir)/extension/"
  done
  MIGRATE_BESIDE=$(dirname "$("$PG_CONFIG" --bindir)")
  export MIGRATE_BESIDE
  PG_CONFIG=$config
}

# These start servers of their own, which must not be root's; so they run in a
# copy of the tree that the server's user can read and write.
part_tap() {
  local pgxs copy=$DIR/tap rc=0 failed files
  compgen -G 'test/t/*.pl' >/dev/null || { say "no tests in test/t"; return 77; }
  pgxs=$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")
  unpack_pgbouncer
  beside_prefix
  mkdir "$copy"
  tar -cf - --exclude=.git --exclude=test/bench --exclude='*.o' --exclude='*.bc' . | tar -xf - -C "$copy"
  [ "$(id -u)" != 0 ] || chown -R "$(server_user):" "$copy"
  (
    cd "$copy" || exit 1
    unset PGHOST PGPORT PGUSER PGDATABASE
    export PATH PG_REGRESS=$pgxs/test/regress/pg_regress TESTDIR=$copy TESTDATADIR=$copy/tmp_check
    export TESTLOGDIR=$copy/tmp_check/log TMPDIR=$DIR LC_ALL=C.UTF-8
    PATH="$("$PG_CONFIG" --bindir):$PATH"
    as_server_user prove --norc --state=save -I "$pgxs/test/perl" -I test/lib test/t/*.pl 2>&1 && exit
    [ -n "${TAP_AGAIN:-}" ] || exit 1
    say "AGAIN: what failed beside the other parts, by itself"
    mv tmp_check first_tmp_check
    as_server_user prove --norc --state=failed -v -I "$pgxs/test/perl" -I test/lib 2>&1 | tee "$DIR/tap.again"
    exit "${PIPESTATUS[0]}"
  ) | tee "$DIR/tap.log" || rc=$?
  files=$(find test/t -name '*.pl' | wc -l)
  failed=$(grep -c '(Wstat: ' "$([ -f "$DIR/tap.again" ] && echo "$DIR/tap.again" || echo "$DIR/tap.log")")
  [ $rc -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  if [ "$failed" -gt 0 ]; then
    find "$copy"/*tmp_check/log -name 'regress_log_*' -exec grep -lZE 'not ok|Bail out|died' {} + 2>/dev/null |
      xargs -0 -r tail -n 60
  fi
  say "$((files - failed)) passed, $failed failed"
}

shell_tests() { # shell_tests SHELL: with ONE_SHELL, those files that the other shell has not taken
  local file start
  for file in test/shell/*.sh; do
    [ -x "$file" ] || continue
    [ -z "${ONE_SHELL:-}" ] || mkdir "$DIR/taken_$(basename "$file")" 2>/dev/null || continue
    say "# $file, $1"
    start=$SECONDS
    SHELL_UNDER_TEST=$1 "$file" || [ $? = 77 ] || say "not ok - $file failed under $1"
    say "# $file, $1: $((SECONDS - start)) s"
  done
}

# The scripts of a container, in the two shells that they promise to run in, at
# once.  Each has a server of its own, since the tests make databases and roles.
part_shell() {
  local shell shells=() tests=()
  read -r -a shells <<<"${SHELLS:-dash bash}"
  [[ " ${shells[*]} " != *" dash "* ]] || command -v dash >/dev/null || { say "SKIPPED: there is no dash"; shells=(bash); }
  for shell in "${shells[@]}"; do
    tests+=("$DIR/$shell.tests")
    mkdir "$DIR/$shell"
    [ "$(id -u)" != 0 ] || chown "$(server_user):" "$DIR/$shell"
    {
      (
        start_server "$DIR/$shell"
        shell_tests "$shell"
        stop_server "$DIR/$shell"
      ) || say "not ok - the tests under $shell"
    } >"$DIR/$shell.tests" 2>&1 &
  done
  wait
  awk '
    /^ok / { passed++; next }
    { print }
    /^not ok/ { failed++ }
    END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "${tests[@]}"
}

part_conformance() { test/conformance/run.sh; }
part_projects() { test/projects/run.sh; }
part_schema() { test/schema/run.sh --every "${PAIRS_EVERY:-3}"; }
part_update() { test/update/run.sh; }
part_readme() { test/readme/run.sh; }
part_citus() { test/citus/run.sh; }

# Whatever the tests say, a server that crashed under them has failed.
part_crashes() {
  local bad
  bad=$(grep -hE 'PANIC: |TRAP: |was terminated by signal|AddressSanitizer' "$DIR/log" "$DIR"/*/log 2>/dev/null)
  [ -n "$bad" ] || { say "1 passed, 0 failed"; return; }
  say "the server's log says:" "$bad"
  say "0 passed, 1 failed"
}

# --- running them --------------------------------------------------------------

PASSED=0 FAILED=0 SKIPPED=() FAILURES=()

# A process of its own, so that it can be stopped.
part_process() { # part_process NAME [OPTION-OF-timeout]
  local name=$1
  shift
  # shellcheck disable=SC2046
  export -f $(declare -F | cut -d ' ' -f 3)
  exec timeout "$@" "$LIMIT" bash -c "part_$name" </dev/null 2>&1
}

# The tests in Perl and those of the scripts wait more than they work, on servers
# of their own: they run beside all the others, and are shown in their turn.
declare -A BESIDE=()
start_beside() { # start_beside NAME
  part_process "$1" >"$DIR/$1.part" &
  BESIDE[$1]=$!
}

run_part() { # run_part NAME
  local name=$1 start=$SECONDS rc=0 last passed failed
  say "== $name"
  if [ -n "${BESIDE[$name]:-}" ]; then
    start=$BESIDE_START
    wait "${BESIDE[$name]}" || rc=$?
    unset "BESIDE[$name]"
    tee "$DIR/part.log" <"$DIR/$name.part" | sed 's/^/  /'
  else
    part_process "$name" --foreground | tee "$DIR/part.log" | sed 's/^/  /'
    rc=${PIPESTATUS[0]}
  fi
  last=$(tail -1 "$DIR/part.log")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    [ "$rc" = 0 ] || [ "$failed" -gt 0 ] || failed=1
  elif [ "$rc" = 77 ]; then
    SKIPPED+=("$name")
    say "== $name: SKIPPED" ""
    return
  else
    passed=$((rc == 0)) failed=$((rc != 0))
    [ "$rc" != 124 ] || say "  stopped after $LIMIT seconds"
  fi
  if grep -q '^SKIPPED' "$DIR/part.log"; then SKIPPED+=("some of $name"); fi
  # Said again at the very end, where one looks first.
  if [ "$failed" -gt 0 ] || grep -q '^AGAIN' "$DIR/part.log"; then
    FAILURES+=("  $name$([ "$failed" -gt 0 ] || printf ', but not when run by itself'):")
    while read -r line; do FAILURES+=("    $line"); done < <(
      grep -E '^ *(not ok|test .*FAILED|#  +Failed test|#   at .* line|FAILED|[^ ]+\.pl .*Wstat)' "$DIR/part.log" | head -12 | cut -c 1-200
    )
  fi
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
  say "== $name: $passed passed, $failed failed, $((SECONDS - start)) s" ""
}

forget_connection_settings
read -r -a chosen <<<"${ONLY:-${PARTS[*]}}"
for name in "${chosen[@]}"; do
  [[ " ${PARTS[*]} " == *" $name "* ]] || die "there is no part \"$name\"; there are: ${PARTS[*]}"
done

prepare_machine check
DIR=$(new_server_dir migrate_ext_check) || exit 1
export DIR REGRESS=${REGRESS:-} ISOLATION=${ISOLATION:-}
finish() {
  [ ${#BESIDE[@]} -eq 0 ] || kill "${BESIDE[@]}" 2>/dev/null
  stop_server "$DIR/dash"
  stop_server "$DIR/bash"
  if [ -n "${KEEP:-}" ]; then
    stop_server "$DIR"
    say "kept: $DIR"
  else
    remove_server "$DIR"
  fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

build_and_install "$DIR"
start_server "$DIR"
say "migrate_ext for $("$PG_CONFIG" --version), a private server in $DIR" ""

BESIDE_START=$SECONDS
if [ ${#chosen[@]} -gt 1 ]; then
  for name in tap shell; do
    if [[ " ${chosen[*]} " == *" $name "* ]]; then start_beside $name; fi
  done
fi
for name in "${chosen[@]}"; do run_part "$name"; done
run_part crashes

[ ${#SKIPPED[@]} -eq 0 ] || (IFS=, && say "SKIPPED: ${SKIPPED[*]}")
[ ${#FAILURES[@]} -eq 0 ] || say "$([ "$FAILED" -gt 0 ] && echo FAILED || echo UNSTEADY):" "${FAILURES[@]}"
say "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
