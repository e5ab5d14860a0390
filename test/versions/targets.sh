#!/bin/bash
# Databases without the extension on servers of other versions than the engine's, which is the
# PostgreSQL of this machine: another_engine.sh and test/shell/without_extension.sh, against a server in a chroot.
#
#   test/versions/targets.sh [13 | 17 | 18 | 19]...     all but 19; as root
#
# pg_dump is that of the target.  SHELL_UNDER_TEST as for the test.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. scripts/machine.sh
. test/versions/chroot.sh
work=${MIGRATE_VERSIONS_DIR:-/var/tmp/migrate_ext_versions}
[ $# -gt 0 ] || set -- 13 17 18

if [ -z "${IN_NAMESPACE:-}" ]; then
  [ "$(id -u)" = 0 ] || die 'this needs root'
  test/versions/run.sh --work "$work" --prepare "$@" || exit 1
  IN_NAMESPACE=yes exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private bash "$0" "$@" </dev/null
fi

forget_connection_settings
prepare_machine run
DIR=$(new_server_dir migrate_ext_targets) || exit 1
trap 'rm -rf "$DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
build_and_install "$DIR"
start_server "$DIR"

passed=0 failed=0
for major; do
  case $major in 13) suite=bullseye ;; 15) suite=bookworm ;; 17) suite=trixie ;; 18) suite=sid ;; 19) suite=experimental ;; *) die "there is no $major" ;; esac
  chroot=$(mktemp -d "$work/.target-$major.XXXXXX") || exit 1
  target=$(mktemp -d /tmp/without.XXXXXX) || exit 1
  trap 'rm -rf "$DIR" "$chroot" "$target"' EXIT
  open_chroot "$work/$suite" "$chroot" || exit 1
  bin=/usr/lib/postgresql/$major/bin
  # the socket and what pg_dump writes are at the same place in both worlds
  mount --bind /tmp "$chroot/root/tmp"
  chmod 755 "$target"
  chroot "$chroot/root" chown postgres: "$target"
  # shellcheck disable=SC2016 # for the other shell
  chroot --userspec=postgres "$chroot/root" /bin/sh -ec 'cd / && "$0/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    "$0/pg_ctl" -D "$1/data" -l "$1/log" -w -t 60 -o "-c listen_addresses= -c unix_socket_directories=$1 -c fsync=off -c lc_messages=C -c timezone=UTC" start >/dev/null' \
    "$bin" "$target" || die "no server of $major"
  mkdir "$chroot/bin"
  for program in pg_dump pg_restore; do
    # shellcheck disable=SC2016 # for the other shells
    printf '#!/bin/sh\nexec chroot %s /bin/sh -c '\''cd "$0" && exec %s "$@"'\'' "$PWD" "$@"\n' "$chroot/root" "$bin/$program" >"$chroot/bin/$program"
  done
  chmod 755 "$chroot" "$chroot/bin" "$chroot/bin"/*
  start=$SECONDS
  ok=0 bad=0
  for test in test/versions/another_engine.sh test/shell/without_extension.sh; do
    WITHOUT=$target WITHOUT_PATH=$chroot/bin "$test" >"$DIR/said" 2>&1
    ok=$((ok + $(grep -c '^ok ' "$DIR/said"))) bad=$((bad + $(grep -c '^not ok ' "$DIR/said")))
    grep -q '^1\.\.' "$DIR/said" || bad=$((bad + 1))
    grep -v '^ok ' "$DIR/said"
  done
  say "engine $("$PG_CONFIG" --version), target $major: $ok passed, $bad failed, $((SECONDS - start)) s"
  passed=$((passed + ok)) failed=$((failed + bad))
  chroot --userspec=postgres "$chroot/root" "$bin/pg_ctl" -D "$target/data" -m fast -w stop >/dev/null
  umount -R "$chroot/root" && rm -rf "$chroot" "$target"
done
say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
