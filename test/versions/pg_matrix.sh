#!/bin/bash
# Compile and test a PostgreSQL extension against other major versions than the
# one this Debian machine ships, and against builds with assertions.
#
#   pg_matrix.sh prepare <workdir> <suite>
#       Make, or refresh when the suite has a newer package, a chroot
#       <workdir>/<suite> with that suite's PostgreSQL server, contrib, server
#       headers, PGXS, pg_regress, pg_isolation_regress and the TAP modules.
#       Suites: any Debian suite, e.g. bullseye (13), bookworm (15),
#       trixie (17), forky or sid (18), experimental (pre-release of the next).
#   pg_matrix.sh run <workdir> <suite> <srcdir> <command>
#       Copy <srcdir> into a throw-away overlay of that chroot and run
#       <command> (a bash line) in the copy as the unprivileged user "tester",
#       with that PostgreSQL first in PATH and PG_CONFIG set. "make install"
#       works for tester. Own process, network (loopback only), ipc and mount
#       namespaces: nothing it starts or installs outlives it and several runs
#       can go at once. The exit status is the command's.
#       Set PG_MATRIX_OUT=<dir> to get back what the command leaves in $OUT.
#   pg_matrix.sh cassert <workdir> [<suite> [assert|asan|valgrind]]
#       Build <suite>'s PostgreSQL (bookworm: 15) from Debian's source package
#       into <workdir>/pg<NN>-<cassert|asan|valgrind>, with --enable-cassert
#       --enable-debug --enable-tap-tests and contrib.
#   pg_matrix.sh pg-cmd <workdir> <prefix-name> <srcdir> <command>
#       Like run, on the machine itself (no chroot): <command> in a private
#       copy of <srcdir>, as an unprivileged user, against
#       <workdir>/<prefix-name> of "cassert".
#   pg_matrix.sh base <workdir> <suite> [<major>]
#       Make, or refresh, <workdir>/base-<suite>[-<major>]: the least of that
#       suite, and PostgreSQL's server where a major version is given. Nothing
#       to build with is in it.
#
# Needs root, apt, and the package mirror that this machine's own apt uses.
# Environment: PG_MAJOR (take this major where the suite has several),
# PG_MATRIX_PKGS (further packages for the chroot, space separated),
# PG_MATRIX_FORCE=1 (rebuild), PG_MATRIX_LLVM=1 (also clang and the LLVM
# headers, so that the bitcode step of PGXS runs; about twice the size).

# shellcheck disable=SC2016 # much of this is for another shell to expand
set -euo pipefail
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() { echo "pg_matrix: $*" >&2; exit 2; }
say() { echo "pg_matrix: $*" >&2; }
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

need() { # need <command>=<package>...
  local p missing=()
  for p in "$@"; do
    command -v "${p%%=*}" >/dev/null 2>&1 || missing+=("${p#*=}")
  done
  [ ${#missing[@]} -eq 0 ] || apt_host "${missing[@]}"
}

apt_host() { # install on this machine what is not there yet
  local p miss=()
  for p in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null | grep -q '^ii' || miss+=("$p")
  done
  [ ${#miss[@]} -gt 0 ] || return 0
  say "installing on this machine: ${miss[*]}"
  local try=(apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300
    -o Acquire::Retries=3 install "${miss[@]}")
  "${try[@]}" >/dev/null 2>&1 || { apt-get -qq update && "${try[@]}" >/dev/null; }
}

# The mirror, as this machine's own apt sources have it.
mirror_of() { # mirror_of <label>
  apt-get indextargets --format '$(REPO_URI)|$(ORIGIN)|$(LABEL)' 'Created-By: Packages' |
    awk -F'|' -v l="$1" '$2 == "Debian" && $3 == l { print $1; exit }'
}

# The sources of a suite, one per line: its archive, and its security archive
# where there is one (not with NO_SECURITY set).
sources_of() { # sources_of <suite> <deb|deb-src>
  local suite=$1 kind=$2 main sec probe
  main=$(mirror_of Debian)
  [ -n "$main" ] || die "apt on this machine has no Debian archive (apt-get update?)"
  sec=$(mirror_of Debian-Security)
  case $suite in
    experimental) echo "$kind $main sid main" ;;
  esac
  echo "$kind $main $suite main"
  case $suite in
    sid | unstable | experimental) ;;
    *)
      if [ -n "$sec" ] && [ -z "${NO_SECURITY:-}" ]; then
        probe=$(mktemp)
        if /usr/lib/apt/apt-helper -qq download-file \
          "${sec%/}/dists/$suite-security/InRelease" "$probe" >/dev/null 2>&1; then
          echo "$kind $sec $suite-security main"
        fi
        rm -f "$probe"
      fi
      ;;
  esac
}

pins_of() { # experimental is never chosen by itself; take PostgreSQL from it
  [ "$1" = experimental ] || return 0
  printf 'Package: src:postgresql-* src:postgresql-common\nPin: release a=experimental\nPin-Priority: 900\n'
}

# An apt of its own for a suite, beside the machine's: sets APT_CONFIG.
private_apt() { # private_apt <workdir> <suite>
  local d=$1/.apt/$2
  unset APT_CONFIG # the machine's own apt says where the mirror is
  mkdir -p "$d/lists/partial" "$d/archives/partial" "$d/parts" "$d/preferences.d"
  { sources_of "$2" deb; sources_of "$2" deb-src; } >"$d/sources.list"
  pins_of "$2" >"$d/preferences.d/pins.pref"
  : >"$d/status"
  cat >"$d/apt.conf" <<CONF
Dir::Etc::SourceList "$d/sources.list";
Dir::Etc::SourceParts "$d/parts";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$d/preferences.d";
Dir::State::Lists "$d/lists";
Dir::State::Status "$d/status";
Dir::Cache::Archives "$d/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
  export APT_CONFIG=$d/apt.conf
  apt-get -qq update >/dev/null || die "apt-get update for $2 failed"
}

major_of() { # the newest major version the private apt offers
  [ -z "${PG_MAJOR:-}" ] || { echo "$PG_MAJOR"; return; }
  apt-cache pkgnames postgresql-server-dev- | sed -n 's/^postgresql-server-dev-\([0-9]*\)$/\1/p' |
    sort -n | tail -1
}

version_of() { apt-cache policy "$1" | sed -n 's/^ *Candidate: //p'; }

# A new chroot of a suite, whose private apt is ready.
bootstrap() { # bootstrap <workdir> <suite> <directory> <packages>
  local work=$1 suite=$2 new=$3 include=$4
  local srcs=() line
  while read -r line; do srcs+=("$line"); done < <(grep '^deb ' "$work/.apt/$suite/sources.list")
  local pin=$work/.apt/$suite/preferences.d/pins.pref
  # apt's own configuration for the suite must not reach mmdebstrap's apt.
  local base=$suite words
  [ "$suite" != experimental ] || base=sid
  read -r -d '' -a words <<<"$include" || true
  env -u APT_CONFIG mmdebstrap --quiet --mode=root --variant=minbase \
    --aptopt='APT::Install-Recommends "0"' --aptopt='Acquire::Languages "none"' \
    --aptopt='Acquire::Retries "3"' --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='force-unsafe-io' \
    --setup-hook='mkdir -p "$1/etc/apt/preferences.d"' \
    --setup-hook="cp '$pin' \"\$1/etc/apt/preferences.d/pg-matrix.pref\"" \
    --essential-hook='mkdir -p "$1/etc/postgresql-common" && echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
    ${words[@]:+--include="${words[*]}"} "$base" "$new" "${srcs[@]}" ||
    { rm -rf "$new"; die "mmdebstrap for $suite failed"; }
}

prepare() {
  local work=$1 suite=$2 root pg version stamp
  root=$work/$suite
  need mmdebstrap=mmdebstrap
  private_apt "$work" "$suite"
  pg=$(major_of)
  [ -n "$pg" ] || die "$suite has no postgresql-server-dev-NN"
  version=$(version_of "postgresql-$pg")
  stamp="$pg $version pkgs=${PG_MATRIX_PKGS:-} llvm=${PG_MATRIX_LLVM:-0} v1"
  if [ -z "${PG_MATRIX_FORCE:-}" ] && [ "$(cat "$root/.pg_matrix" 2>/dev/null)" = "$stamp" ]; then
    say "$suite: PostgreSQL $version is there already"
    return 0
  fi

  local dev=$work/.apt/$suite/dev
  rm -rf "$dev"; mkdir -p "$dev"
  if [ -z "${PG_MATRIX_LLVM:-}" ] && ! (cd "$dev" && apt-get -qq download "postgresql-server-dev-$pg" >/dev/null 2>&1); then
    # A suite near its end can have lost packages of its security archive.
    [ -z "${NO_SECURITY:-}" ] || die "$suite: postgresql-server-dev-$pg cannot be fetched"
    say "$suite: $version is incomplete on the mirror; taking the release's own packages"
    NO_SECURITY=1 prepare "$work" "$suite"
    return
  fi

  local include="gcc libc6-dev make perl libipc-run-perl libssl-dev libkrb5-dev \
    libpq-dev postgresql-$pg postgresql-client-$pg ${PG_MATRIX_PKGS:-}"
  [ -z "${PG_MATRIX_LLVM:-}" ] || include+=" postgresql-server-dev-$pg"
  new=$work/.new-$suite.$$
  trap 'rm -rf "$new"' EXIT
  rm -rf "$new"
  say "$suite: making a chroot with PostgreSQL $version"
  bootstrap "$work" "$suite" "$new" "$include"

  if [ -z "${PG_MATRIX_LLVM:-}" ]; then
    # The server headers depend on clang and the LLVM headers (some 700 MB),
    # which only the bitcode step needs: unpack them without.
    dpkg-deb -x "$dev"/postgresql-server-dev-"$pg"_*.deb "$new"
    sed -i 's/^with_llvm\([[:space:]]*\)=.*/with_llvm\1= no/' \
      "$new/usr/lib/postgresql/$pg/lib/pgxs/src/Makefile.global"
  fi
  # tester may install the extension under test: the run happens in a copy.
  chroot "$new" useradd --create-home --uid 4321 --shell /bin/bash tester
  mkdir -p "$new/src"
  local inc=usr/include/postgresql/$pg
  mkdir -p "$new/$inc"
  chown 4321:4321 "$new/usr/lib/postgresql/$pg/bin"
  chown -R 4321:4321 "$new/usr/lib/postgresql/$pg/lib" "$new/usr/share/postgresql/$pg" \
    "$new/$inc" "$new/src"
  mkdir -p "$new/usr/share/doc/postgresql-doc-$pg" && chown 4321:4321 "$new/usr/share/doc/postgresql-doc-$pg"
  echo "$stamp" >"$new/.pg_matrix"
  rm -rf "$work/.old-$suite"
  [ ! -e "$root" ] || mv "$root" "$work/.old-$suite"
  mv "$new" "$root"
  trap - EXIT
  rm -rf "$work/.old-$suite"
  say "$suite: PostgreSQL $version, $(du -sm "$root" | cut -f1) MB"
}

base() {
  local work=$1 suite=$2 pg=${3:-} root version include='' stamp
  root=$work/base-$suite${pg:+-$pg}
  need mmdebstrap=mmdebstrap
  private_apt "$work" "$suite"
  version=$(version_of "$([ -n "$pg" ] && echo "postgresql-$pg" || echo base-files)")
  [ -n "$version" ] || die "$suite has no postgresql-$pg"
  stamp="$pg $version v1"
  if [ -z "${PG_MATRIX_FORCE:-}" ] && [ "$(cat "$root/.pg_matrix" 2>/dev/null)" = "$stamp" ]; then return 0; fi
  new=$work/.new-base-$suite.$$
  trap 'rm -rf "$new"' EXIT
  rm -rf "$new"
  [ -z "$pg" ] || include="postgresql-$pg postgresql-client-$pg"
  say "$suite: making a chroot${pg:+ with PostgreSQL $version}"
  bootstrap "$work" "$suite" "$new" "$include"
  echo "$stamp" >"$new/.pg_matrix"
  rm -rf "$root"
  mv "$new" "$root"
  trap - EXIT
}

# The files of a source tree, without what git ignores (objects of another
# version must not travel): tracked and untracked ones, or all outside git.
copy_tree() { # copy_tree <srcdir> <destdir>
  if git -c safe.directory='*' -C "$1" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    (cd "$1" && git -c safe.directory='*' ls-files -z -co --exclude-standard |
      tar --null --no-recursion --ignore-failed-read --warning=no-failed-read -T - -cf -) |
      tar -C "$2" --no-same-owner -xf -
  else
    tar -C "$1" -cf - . | tar -C "$2" --no-same-owner -xf -
  fi
}

take_out() { # what a run left in $OUT, to PG_MATRIX_OUT
  [ -n "${PG_MATRIX_OUT:-}" ] || return 0
  mkdir -p "$PG_MATRIX_OUT"
  cp -R --no-preserve=ownership "$1/." "$PG_MATRIX_OUT/"
}

run() {
  local work=$1 suite=$2 src=$3 cmd=$4 root pg rc=0
  root=$work/$suite
  [ -f "$root/.pg_matrix" ] || die "no chroot for $suite; first: prepare $work $suite"
  need unshare=util-linux ip=iproute2 git=git
  pg=$(cut -d' ' -f1 "$root/.pg_matrix")
  tmp=$(mktemp -d "$work/.run-$suite.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  mkdir "$tmp/upper" "$tmp/work" "$tmp/root"
  mkdir -p "$tmp/upper/src/ext"
  # the overlay's /src keeps the owner that its upper directory has
  copy_tree "$src" "$tmp/upper/src/ext"
  mkdir -p "$tmp/upper/src/out"
  chown -R 4321:4321 "$tmp/upper/src"
  CMD=$cmd PGV=$pg ROOT=$root TMPD=$tmp unshare --mount --pid --fork --ipc --net --uts --kill-child \
    --propagation private bash -c '
      set -e
      m=$TMPD/root
      ip link set lo up
      mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$TMPD/upper,workdir=$TMPD/work" "$m"
      mount -t proc proc "$m/proc"
      mount -t tmpfs -o mode=755 tmpfs "$m/dev"
      for d in null zero full random urandom tty; do
        : >"$m/dev/$d"; mount --bind "/dev/$d" "$m/dev/$d"
      done
      ln -s /proc/self/fd "$m/dev/fd"
      ln -s /proc/self/fd/0 "$m/dev/stdin"; ln -s /proc/self/fd/1 "$m/dev/stdout"; ln -s /proc/self/fd/2 "$m/dev/stderr"
      mkdir -m 1777 "$m/dev/shm"; mount -t tmpfs -o mode=1777 tmpfs "$m/dev/shm"
      mount -t tmpfs -o mode=1777,exec tmpfs "$m/tmp"
      install -d -m 2775 -o 4321 -g 4321 "$m/run/postgresql" "$m/var/run/postgresql"
      printf "127.0.0.1 localhost\n::1 localhost\n" >"$m/etc/hosts"
      hostname pgmatrix
      # Process 1 stays a shell, which reaps what servers leave behind; when it
      # ends, the kernel ends every process of the namespace.
      set +e
      env -i HOME=/home/tester USER=tester LOGNAME=tester SHELL=/bin/bash LANG=C.UTF-8 \
        TERM=dumb OUT=/src/out PG_MAJOR="$PGV" \
        PATH="/usr/lib/postgresql/$PGV/bin:/usr/local/bin:/usr/bin:/bin" \
        PG_CONFIG="/usr/lib/postgresql/$PGV/bin/pg_config" PGHOST=/tmp CMD="$CMD" \
        "$(type -P chroot)" --userspec=4321:4321 --groups=4321 "$m" /bin/bash -c "cd /src/ext && eval \"\$CMD\"" 
      rc=$?
      exit $rc
    ' </dev/null || rc=$?
  take_out "$tmp/upper/src/out"
  return $rc
}

cassert() {
  local work=$1 suite=${2:-bookworm} kind=${3:-assert} pg version dir name prefix
  local cflags ldflags='' opts=()
  private_apt "$work" "$suite"
  pg=$(major_of)
  local cfg=$APT_CONFIG versions
  versions=$(apt-cache showsrc "postgresql-$pg" | sed -n 's/^Version: //p' | sort -rVu)
  unset APT_CONFIG
  case $kind in
    assert) name=pg$pg-cassert cflags='-O1 -g -fno-omit-frame-pointer' ;;
    asan) # leaks at exit are PostgreSQL's habit: detect_leaks=0 throughout
      name=pg$pg-asan cflags='-O1 -g -fno-omit-frame-pointer -fsanitize=address -fno-sanitize-recover=all'
      ldflags='-fsanitize=address' ;;
    valgrind) name=pg$pg-valgrind cflags='-O1 -g -fno-omit-frame-pointer -DUSE_VALGRIND' ;;
    *) die "assert, asan or valgrind, not $kind" ;;
  esac
  prefix=$work/$name
  dir=$work/.build-$name
  rm -rf "$dir"; mkdir -p "$dir"
  # The newest source that can be had: a mirror can lack the security archive's.
  for version in $versions; do
    if [ -z "${PG_MATRIX_FORCE:-}" ] && [ "$(cat "$prefix/.pg_matrix" 2>/dev/null)" = "$version" ]; then
      say "$name: PostgreSQL $version is there already"
      rm -rf "$dir"
      return 0
    fi
    (cd "$dir" && APT_CONFIG=$cfg apt-get -qq --download-only source "postgresql-$pg=$version") \
      >/dev/null 2>"$dir.log" && break
    rm -rf "${dir:?}"/*
    version=
  done
  [ -n "$version" ] || { cat "$dir.log" >&2; die "no source of postgresql-$pg"; }
  apt_host gcc libc6-dev make bison flex perl libipc-run-perl libreadline-dev zlib1g-dev \
    libssl-dev libxml2-dev uuid-dev dpkg-dev xz-utils pkg-config
  [ "$kind" != valgrind ] || apt_host valgrind
  # Without Debian's patches: they fix the library and header directories to
  # the machine's own /usr/lib/postgresql/NN, whatever the prefix.
  (cd "$dir" && dpkg-source --no-check --skip-patches -x ./*.dsc src) >"$dir.log" 2>&1 ||
    { cat "$dir.log" >&2; die "postgresql-$pg $version does not unpack"; }
  [ "$pg" -lt 16 ] || opts+=(--without-icu)
  say "$name: building PostgreSQL $version"
  rm -rf "$prefix"; mkdir -p "$prefix"
  # Built and installed by a user who can write nothing but these two folders.
  chmod 755 "$dir" "$prefix"
  chown -R 4321:4321 "$dir" "$prefix"
  # "world-bin" came with 14; before it, contrib apart
  env -i HOME="$dir" PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 ASAN_OPTIONS=detect_leaks=0 \
    "$(type -P setpriv)" --reuid=4321 --regid=4321 --clear-groups --no-new-privs \
    bash -c '
      set -e
      cd "$1/src"; prefix=$2 cflags=$3 ldflags=$4 jobs=$5 world=$6; shift 6
      ./configure --quiet --prefix="$prefix" --enable-cassert --enable-debug --enable-tap-tests \
        --with-openssl --with-uuid=e2fs --with-libxml "$@" CFLAGS="$cflags" LDFLAGS="$ldflags"
      if [ "$world" = 1 ]; then
        make -s -j"$jobs" world-bin
        make -s install-world-bin
      else
        make -s -j"$jobs"; make -s install
        make -s -C contrib -j"$jobs"; make -s -C contrib install
      fi
      for d in --bindir --pkglibdir --sharedir --includedir-server; do
        case $("$prefix/bin/pg_config" $d) in
          "$prefix"/*) ;;
          *) echo "pg_config $d is outside $prefix"; exit 1 ;;
        esac
      done
    ' build "$dir" "$prefix" "$cflags" "$ldflags" "$(nproc)" "$([ "$pg" -ge 14 ] && echo 1 || echo 0)" \
    "${opts[@]}" >"$dir.log" 2>&1 </dev/null ||
    { tail -30 "$dir.log" >&2; rm -rf "$prefix"; die "$name did not build; log: $dir.log"; }
  chown -R 0:0 "$prefix"
  cp "$dir/src/src/tools/valgrind.supp" "$prefix/" 2>/dev/null || true
  echo "$version" >"$prefix/.pg_matrix"
  rm -rf "$dir"
  say "$name: PostgreSQL $version, $(du -sm "$prefix" | cut -f1) MB"
}

pg_cmd() {
  local work=$1 name=$2 src=$3 cmd=$4 rc=0 prefix
  prefix=$work/$name
  [ -x "$prefix/bin/postgres" ] || die "no $prefix; first: cassert $work"
  need unshare=util-linux ip=iproute2 git=git setpriv=util-linux
  setpriv --reuid=4321 --regid=4321 --clear-groups test -x "$prefix/bin/postgres" ||
    die "$work must be open to other users (chmod o+x the folders above it)"
  tmp=$(mktemp -d "$work/.run-$name.XXXXXX")
  # sockets, which need a short path, and the home of the run's user
  dir=$(mktemp -d /tmp/pgm.XXXXXX)
  chmod 755 "$tmp" "$dir"
  trap 'rm -rf "$tmp" "$dir"' EXIT
  mkdir "$tmp/upper" "$tmp/work" "$tmp/ext" "$tmp/out"
  copy_tree "$src" "$tmp/ext"
  chown -R 4321:4321 "$tmp/ext" "$tmp/out" "$dir"
  CMD=$cmd PREFIX=$prefix TMPD=$tmp DIR=$dir PGV=$(sed -n 's/^\([0-9]*\).*/\1/p' "$prefix/.pg_matrix") \
    unshare --mount --pid --fork --ipc --net --uts --kill-child --propagation private bash -c '
      set -e
      ip link set lo up
      # the run installs into an overlay of the prefix, never the prefix itself
      mount -t overlay overlay -o "lowerdir=$PREFIX,upperdir=$TMPD/upper,workdir=$TMPD/work" "$PREFIX"
      mount -t proc proc /proc
      # the user is known inside the run only
      { cat /etc/passwd; echo "tester:x:4321:4321::$DIR:/bin/bash"; } >"$TMPD/passwd"
      { cat /etc/group; echo "tester:x:4321:"; } >"$TMPD/group"
      mount --bind "$TMPD/passwd" /etc/passwd
      mount --bind "$TMPD/group" /etc/group
      chown 4321:4321 "$PREFIX"
      find "$PREFIX/lib" "$PREFIX/share" "$PREFIX/include" -type d -exec chown 4321:4321 {} +
      cd "$TMPD/ext"
      set +e
      env -i HOME="$DIR" USER=tester LOGNAME=tester SHELL=/bin/bash LANG=C.UTF-8 TERM=dumb \
        OUT="$TMPD/out" PATH="$PREFIX/bin:/usr/local/bin:/usr/bin:/bin" \
        PG_CONFIG="$PREFIX/bin/pg_config" PG_MAJOR="$PGV" PGHOST="$DIR" TMPDIR="$DIR" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0:abort_on_error=1:print_stacktrace=1}" \
        UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}" VALGRIND_SUPP="$PREFIX/valgrind.supp" CMD="$CMD" \
        "$(type -P setpriv)" --reuid=4321 --regid=4321 --clear-groups /bin/bash -c "eval \"\$CMD\""
      rc=$?
      exit $rc
    ' </dev/null || rc=$?
  take_out "$tmp/out"
  return $rc
}

main() {
  [ $# -ge 2 ] || usage
  [ "$(id -u)" = 0 ] || die "needs root"
  local verb=$1 work
  mkdir -p "$2"
  work=$(cd "$2" && pwd -P)
  shift 2
  case $verb in
    prepare) [ $# -eq 1 ] || usage; prepare "$work" "$1" ;;
    base) { [ $# -eq 1 ] || [ $# -eq 2 ]; } || usage; base "$work" "$@" ;;
    run) [ $# -eq 3 ] || usage; run "$work" "$1" "$2" "$3" ;;
    cassert) [ $# -le 2 ] || usage; cassert "$work" "$@" ;;
    pg-cmd) [ $# -eq 3 ] || usage; pg_cmd "$work" "$1" "$2" "$3" ;;
    *) usage ;;
  esac
}

main "$@"
exit $?
