# What quickstart and the test run both need of a machine, as functions:
# PostgreSQL with its server headers, the extension built and installed, and a
# private server that can be thrown away.
#
# They exist so that both commands work on a machine that has nothing but a
# compiler, as root or not, and leave alone whatever PostgreSQL is there
# already: nothing here creates, starts, stops or configures a cluster of the
# machine.  Sourced, never run:
#
#   prepare_machine run|check   installs, as root, the packages that are missing;
#                               names them otherwise.  Sets PG_CONFIG.
#   need_programs PROGRAM=PACKAGE...   the same for other programs
#   build_and_install DIR       make and make install.  Without the right to write
#                               to the server's directories it installs into a
#                               private copy of the server below DIR, and sets
#                               PG_CONFIG to that.
#   start_server DIR [NAME=VALUE ...]
#                               initdb, start; sets and exports PGHOST, PGPORT, PGUSER
#   stop_server DIR             by the pid in its data directory
#   as_server_user COMMAND...   runs something as the user whom the server runs as
# shellcheck shell=bash

umask 022 # what root makes here, the server's user has to read

say() { printf '%s\n' "$@"; }
die() {
  printf '%s\n' "$0: $1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# Nothing of the caller's own connection settings reaches a test.
forget_connection_settings() {
  local name
  for name in $(compgen -e); do
    case $name in
      PG_*) ;;
      PG*) unset "$name" ;;
    esac
  done
}

# --- packages ------------------------------------------------------------------

# A pg_config is good for us if its server, its headers and PGXS are all there.
usable_pg_config() { # usable_pg_config PG_CONFIG
  local config=$1 bin
  bin=$("$config" --bindir 2>/dev/null) || return 1
  [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ] && [ -x "$bin/psql" ] &&
    [ -f "$("$config" --includedir-server)/postgres.h" ] && [ -f "$("$config" --pgxs)" ]
}

# The one asked for or first in PATH, or else the newest that Debian's
# packages put beside it.
find_pg_config() {
  local config found=()
  if usable_pg_config "${PG_CONFIG:-pg_config}"; then
    PG_CONFIG=$(command -v "${PG_CONFIG:-pg_config}")
    return 0
  fi
  for config in /usr/lib/postgresql/*/bin/pg_config; do
    [ -x "$config" ] && usable_pg_config "$config" && found+=("$config")
  done
  [ ${#found[@]} -gt 0 ] || return 1
  PG_CONFIG=$(printf '%s\n' "${found[@]}" | sort -V | tail -1)
}

# The major version to install: that of a server which is there without its
# headers, or what this release of Debian or Ubuntu calls "postgresql".
debian_major() {
  local there
  there=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null |
    sed -n 's,^/usr/lib/postgresql/\([0-9]*\)/bin/postgres$,\1,p' | sort -n | tail -1)
  [ -n "$there" ] || there=$(apt-cache depends postgresql 2>/dev/null |
    sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p' | head -1)
  printf '%s' "$there"
}

missing_packages() { # missing_packages run|check
  local major
  command -v gcc >/dev/null || command -v cc >/dev/null || echo gcc libc6-dev
  if ! find_pg_config; then
    major=$(debian_major)
    # Asking for a server that is there could upgrade it, and restart its clusters.
    [ -x "/usr/lib/postgresql/$major/bin/postgres" ] || echo "postgresql${major:+-$major}"
    echo "postgresql-server-dev-${major:-all}"
  fi
  [ "$1" = check ] || return 0
  perl -MIPC::Run -e 1 2>/dev/null || echo libipc-run-perl
  # Debian's Python finds Debian's packages, whatever comes first in PATH.
  python3 -c 'import alembic' 2>/dev/null || /usr/bin/python3 -c 'import alembic' 2>/dev/null || echo python3-alembic
}

# Debian makes and starts a cluster with the first server package.  The drop-in
# that stops it from doing so is there only while apt runs.
install_packages() {
  local dropin=/etc/postgresql-common/createcluster.d/migrate_ext-$$.conf log
  log=$(mktemp)
  # shellcheck disable=SC2064
  trap "rm -f '$dropin' '$log'" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "${dropin%/*}"
  echo 'create_main_cluster = false' >"$dropin"
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install "$@" >"$log" 2>&1 </dev/null || {
    tail -20 "$log" >&2
    return 1
  }
}

prepare_machine() {
  local missing
  read -r -d '' -a missing < <(missing_packages "$1") || true
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null ||
      die "missing here: ${missing[*]}" "Install PostgreSQL 13 or newer with its server headers, or set PG_CONFIG."
    [ "$(id -u)" = 0 ] ||
      die "missing on this machine: ${missing[*]}" "Install with: sudo apt-get install ${missing[*]}"
    apt-get -qq -o Acquire::Retries=3 update >/dev/null || say "apt-get update failed; going on with the lists that are there"
    # Only now is it known which PostgreSQL this release ships.
    read -r -d '' -a missing < <(missing_packages "$1") || true
    say "Preparing this machine: installing ${missing[*]} (once)"
    (install_packages "${missing[@]}") || die "apt-get could not install ${missing[*]}"
    read -r -d '' -a missing < <(missing_packages "$1") || true
    [ ${#missing[@]} -eq 0 ] || die "still missing after installing: ${missing[*]}"
  fi
  find_pg_config || die "no usable pg_config"
  export PG_CONFIG
}

# Programs, or files, of Debian's packages that only some tests want.
need_programs() { # need_programs PROGRAM=PACKAGE...
  local pair missing=()
  for pair in "$@"; do
    [ -e "${pair%%=*}" ] || PATH=$PATH:/usr/sbin command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || die "missing on this machine: ${missing[*]}"
  say "Preparing this machine: installing ${missing[*]} (once)"
  (install_packages "${missing[@]}") 2>/dev/null || {
    apt-get -qq -o Acquire::Retries=3 update >/dev/null || true
    (install_packages "${missing[@]}") || die "apt-get could not install ${missing[*]}"
  }
}

# --- the extension -------------------------------------------------------------

# Quiet unless it fails; bitcode, which only just-in-time compilation could
# use, is left out: it takes as long as everything else.
quiet_make() {
  local log rc=0
  log=$(mktemp)
  "${MAKE:-make}" -s -j"$(nproc)" --no-print-directory with_llvm=no PG_CONFIG="$PG_CONFIG" "$@" >"$log" 2>&1 || rc=$?
  if [ $rc -ne 0 ] || grep -q 'warning:' "$log"; then cat "$log" >&2; fi
  rm -f "$log"
  return $rc
}

# A copy of the server's programs, and links to all the rest: PostgreSQL finds
# its files relative to its programs, so this copy has extension directories of
# its own.  For users who may not write to those of the machine.
private_prefix() { # private_prefix DIR
  local prefix=$1/pgsql bin lib share common part new
  bin=$("$PG_CONFIG" --bindir) lib=$("$PG_CONFIG" --pkglibdir) share=$("$PG_CONFIG" --sharedir)
  common=$bin
  while case $lib/:$share/ in "$common"/*:"$common"/*) false ;; esac do common=${common%/*}; done
  for part in "$bin" "$lib" "$share" "$share/extension"; do
    new=$prefix${part#"$common"}
    rm -f "$new" # a link made by the round before
    mkdir -p "$new"
    if [ "$part" = "$bin" ]; then
      cp -pL "$part"/* "$new/"
    else
      find "$part" -mindepth 1 -maxdepth 1 ! -name 'migrate_ext*' -exec ln -s -t "$new" {} +
    fi
  done
  part=$("$PG_CONFIG" --includedir-server)
  if [ "${part#"$common"}" != "$part" ]; then
    new=$prefix${part#"$common"}
    mkdir -p "${new%/*}"
    ln -s "$part" "$new"
  fi
  new=$prefix${bin#"$common"}/pg_config
  [ "$("$new" --pkglibdir)" = "$prefix${lib#"$common"}" ] &&
    [ "$("$new" --sharedir)" = "$prefix${share#"$common"}" ] || return 1
  PG_CONFIG=$new
}

installed_is_this_build() {
  local lib share script
  lib=$("$PG_CONFIG" --pkglibdir) share=$("$PG_CONFIG" --sharedir)/extension
  for script in migrate.sh migrate-import.sh; do
    cmp -s "scripts/$script" "$("$PG_CONFIG" --bindir)/$script" || return 1
  done
  cmp -s migrate_ext.so "$lib/migrate_ext.so" && cmp -s migrate_ext.control "$share/migrate_ext.control" &&
    cmp -s sql/migrate_ext--*.sql "$share/$(basename sql/migrate_ext--*.sql)"
}

build_and_install() { # build_and_install DIR
  local lib share
  quiet_make all || die "the build failed"
  lib=$("$PG_CONFIG" --pkglibdir) share=$("$PG_CONFIG" --sharedir)/extension
  if [ -n "${PRIVATE_PREFIX:-}" ] || ! { [ -w "$lib" ] && [ -w "$share" ] && [ -w "$("$PG_CONFIG" --bindir)" ]; }; then
    if [ -z "${PRIVATE_PREFIX:-}" ] && installed_is_this_build; then return 0; fi
    private_prefix "$1" ||
      die "cannot write to $lib and $share" "Run: sudo make install" "and then this again."
  fi
  quiet_make install || die "the installation failed"
  export PG_CONFIG
}

# --- the server ----------------------------------------------------------------

# PostgreSQL refuses to run as root.
server_user() {
  if [ "$(id -u)" != 0 ]; then
    id -un
  elif id postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}

as_server_user() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  else
    setpriv --reuid="$(id -u "$(server_user)")" --regid="$(id -g "$(server_user)")" --clear-groups \
      env HOME=/nonexistent "$@"
  fi
}

# A new directory for a server, below SERVER_ROOT, with a name short enough for its socket.  Only
# the server's user gets in: whoever reaches the socket is superuser.
new_server_dir() { # new_server_dir NAME
  local dir
  dir=$(mktemp -d "${SERVER_ROOT:-/tmp}/$1.XXXXXX")
  [ "$(id -u)" != 0 ] || chown "$(server_user):" "$dir"
  printf '%s' "$dir"
}

start_server() { # start_server DIR [NAME=VALUE ...]
  local dir=$1 bin
  shift
  bin=$("$PG_CONFIG" --bindir)
  (cd / && as_server_user "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync) \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; die "initdb failed"; }
  {
    echo "listen_addresses = ''"
    echo "unix_socket_directories = '$dir'"
    echo "fsync = off"
    echo "full_page_writes = off"
    echo "synchronous_commit = off"
    echo "max_connections = 200"
    echo "lc_messages = 'C'"
    echo "timezone = 'UTC'"
    echo "log_timezone = 'UTC'"
    [ $# -eq 0 ] || printf '%s\n' "$@"
  } >>"$dir/data/postgresql.conf"
  # Started with nothing of the caller's open: not his terminal, not make's pipes.
  (cd / && as_server_user "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start) \
    >/dev/null 2>&1 </dev/null || { tail -20 "$dir/log" >&2; die "the private server did not start"; }
  export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

# Only the process that says, by its working directory, that it is this server.
stop_server() { # stop_server DIR
  local dir=$1 pid tries=0
  pid=$(head -1 "$dir/data/postmaster.pid" 2>/dev/null) || return 0
  [ "$(readlink "/proc/$pid/cwd")" = "$dir/data" ] || return 0
  kill -INT "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -ne 100 ] || kill -QUIT "$pid" 2>/dev/null
    [ $tries -lt 300 ] || return 1
    sleep 0.1
  done
}

remove_server() { # remove_server DIR
  stop_server "$1" && rm -rf "$1"
}
