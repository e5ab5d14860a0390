#!/bin/bash
# Throws random bytes, SQL, targets, revision files and sequences of calls at
# every function of the extension, on a private server, and checks by SQL after
# each that the tables make sense; see fuzz.py.  Not part of "make check", since
# it has no natural end:
#
#   test/fuzz/run.sh [--seconds N] [--seed S]     60 seconds, any seed
#   test/fuzz/run.sh --batch SEED                 what a finding says
#
# Best with a server built with assertions (PG_CONFIG=..., test/versions/run.sh).
# Its last line is "N passed, N failed", counted in batches of calls.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. scripts/machine.sh

forget_connection_settings
prepare_machine run
command -v python3 >/dev/null || die "python3 is missing"
DIR=$(new_server_dir migrate_ext_fuzz) || exit 1
finish() {
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
start_server "$DIR" "restart_after_crash = on" "autovacuum_naptime = '5s'"
say "migrate_ext for $("$PG_CONFIG" --version)"
python3 -B test/fuzz/fuzz.py --log "$DIR/log" "$@"
