#!/bin/bash
# Debian's packages of the extension, by debhelper and pg_buildext, into build/deb;
# tried out in a chroot that has PostgreSQL and nothing of ours: installed by
# dpkg, make installcheck, removed.
#
#   packaging/deb.sh [--no-test]         what "make deb" runs, as root
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh

forget_connection_settings
prepare_machine run
need_programs git=git dh=debhelper dpkg-buildpackage=dpkg-dev \
  /usr/share/perl5/Debian/Debhelper/Sequence/pgxs.pm=postgresql-server-dev-all fakeroot=fakeroot
[ "$(id -u)" = 0 ] || die 'this needs root'
HERE=$PWD
work=${MIGRATE_VERSIONS_DIR:-/var/tmp/migrate_ext_versions}
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

version=$(sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" migrate_ext.control)
source=$DIR/migrate-ext-$version
mkdir "$source"
git -c safe.directory='*' ls-files -z | tar --null --ignore-failed-read -T - -cf - | tar -C "$source" --no-same-owner -xf -
tar -C "$DIR" --exclude=debian -czf "$DIR/migrate-ext_$version.orig.tar.gz" "migrate-ext-$version"
cp -r packaging/debian "$source/debian"
cat >"$source/debian/changelog" <<CHANGELOG
migrate-ext ($version-1) unstable; urgency=medium

  * See CHANGELOG.md.

 -- migrate_ext maintainers <maintainers@example.org>  $(date -R -d "@$(git -c safe.directory='*' log -1 --format=%ct)")
CHANGELOG
echo 'README.md CHANGELOG.md docs' | tr ' ' '\n' >"$source/debian/docs"

cd "$source"
pg_buildext updatecontrol
dpkg-buildpackage -us -uc -b >"$DIR/log" 2>&1 </dev/null || { tail -40 "$DIR/log"; die 'the package does not build'; }
rm -rf "$HERE/build/deb"
mkdir -p "$HERE/build/deb"
cp "$DIR"/*.deb "$DIR"/*.changes "$DIR"/*.buildinfo "$HERE/build/deb/"
cd "$HERE/build/deb"
stat -c '%n, %s bytes' -- *.deb
# What the package for applications has to have, and where.
client=$(find . -name 'migrate-ext-client_*_all.deb')
[ -n "$client" ] || die 'there is no package migrate-ext-client'
dpkg-deb -c "$client" >"$DIR/content"
for file in usr/bin/migrate.sh usr/bin/migrate-import.sh usr/bin/entrypoint.sh usr/share/man/man1/migrate.sh.1.gz \
  usr/share/bash-completion/completions/migrate.sh usr/share/zsh/vendor-completions/_migrate.sh \
  usr/share/doc/migrate-ext-client/examples/deploy/docker-compose.yml; do
  grep -q " \./$file\$" "$DIR/content" || { cat "$DIR/content"; die "$file is missing in $client"; }
done
! grep -qE '\.so$|/usr/local/' "$DIR/content" || die "$client has what it must not have"
dpkg-deb -x "$client" "$DIR/client"
(cd / && "$DIR/client/usr/bin/migrate.sh" --version && bash -n "$DIR/client/usr/share/bash-completion/completions/migrate.sh")
[ "${1:-}" != --no-test ] || exit 0

suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
package=$(find . -name 'postgresql-[0-9]*-migrate-ext_*.deb' | sort -V | tail -1)
major=${package#*postgresql-} major=${major%%-*}
PG_MAJOR=$major bash "$HERE/test/versions/pg_matrix.sh" prepare "$work" "$suite"
# An overlay on the chroot, gone afterwards with everything in it.
mkdir "$DIR/upper" "$DIR/work" "$DIR/root"
mkdir -p "$DIR/upper/src/ext" "$DIR/upper/packages"
cp "$package" "$DIR/upper/packages/"
cp -r "$HERE/Makefile" "$HERE/migrate_ext.control" "$HERE/sql" "$HERE/expected" "$HERE/src" "$DIR/upper/src/ext/"
find "$DIR/upper/src" -name '*.o' -delete
chown -R 4321:4321 "$DIR/upper/src"
cat >"$DIR/upper/packages/try" <<'TRY'
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8
major=$1
bin=/usr/lib/postgresql/$major/bin
as_tester() { setpriv --reuid=4321 --regid=4321 --clear-groups env HOME=/src PATH=$bin:$PATH PGHOST=/src "$@"; }
[ ! -e "/usr/lib/postgresql/$major/lib/migrate_ext.so" ] || { echo "the chroot is not clean"; exit 1; }
dpkg -i /packages/*.deb >/dev/null
[ "$(dpkg -L "postgresql-$major-migrate-ext" | grep -c -E 'migrate_ext\.(so|control)$|man1/migrate\.sh\.1|bin/migrate\.sh$')" = 4 ] ||
  { dpkg -L "postgresql-$major-migrate-ext"; echo 'something is missing in the package'; exit 1; }
cd /src/ext
as_tester "$bin/initdb" -D /src/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
echo "unix_socket_directories = '/src'" >>/src/data/postgresql.conf
as_tester "$bin/pg_ctl" -D /src/data -l /src/log -w -o "-c listen_addresses='' -c timezone=UTC -c lc_messages=C" start >/dev/null </dev/null
as_tester PGUSER=postgres make -s installcheck with_llvm=no ISOLATION= TAP_TESTS= "PG_CONFIG=$bin/pg_config" >/src/out 2>&1 ||
  { cat /src/out; cat regression.diffs 2>/dev/null; as_tester "$bin/pg_ctl" -D /src/data -m immediate stop; exit 1; }
as_tester "$bin/pg_ctl" -D /src/data -m fast stop >/dev/null
dpkg -r "postgresql-$major-migrate-ext" >/dev/null
[ ! -e "/usr/lib/postgresql/$major/lib/migrate_ext.so" ]
echo "$(grep -cE '^test .*\.\.\. ok|^ok [0-9]' /src/out) passed, 0 failed"
TRY
# shellcheck disable=SC2016 # for the other shell to expand
ROOT=$work/$suite unshare --mount --pid --fork --ipc --net --kill-child --propagation private bash -c '
  set -e
  mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$1/upper,workdir=$1/work" "$1/root"
  mount -t proc proc "$1/root/proc"
  mount -t tmpfs -o mode=755 tmpfs "$1/root/dev"
  for d in null zero random urandom; do : >"$1/root/dev/$d"; mount --bind "/dev/$d" "$1/root/dev/$d"; done
  mkdir -m 1777 "$1/root/dev/shm"; mount -t tmpfs -o mode=1777 tmpfs "$1/root/dev/shm"
  chroot "$1/root" /bin/bash /packages/try "$2"
' try "$DIR" "$major" </dev/null
