#!/bin/bash
# The archive for PGXN: what is committed, with a META.json, as
# build/migrate_ext-VERSION.zip; tried out by unpacking it somewhere, building,
# installing into a private copy of the server, and make installcheck.
#
#   packaging/dist.sh [--no-test]        what "make dist" runs
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh

forget_connection_settings
prepare_machine run
need_programs git=git unzip=unzip python3=python3
DIR=$(new_server_dir migrate_ext_dist)
trap 'remove_server "$DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

version=$(sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" migrate_ext.control)
# PGXN wants three numbers.
full=$version
while [[ $full != *.*.* ]]; do full+=.0; done
name=migrate_ext-$full
mkdir -p build
sed -e "s/@VERSION@/$version/g" -e "s/@PGXN_VERSION@/$full/g" packaging/META.json.in >"$DIR/META.json"
python3 -m json.tool "$DIR/META.json" >/dev/null
[ -z "$(git -c safe.directory='*' status --porcelain --untracked-files=no)" ] || say 'What is not committed is not in the archive.'
rm -f "build/$name.zip"
git -c safe.directory='*' archive --format=zip --prefix="$name/" --add-file="$DIR/META.json" -o "build/$name.zip" HEAD
say "build/$name.zip, $(stat -c %s "build/$name.zip") bytes"
[ "${1:-}" != --no-test ] || exit 0

unzip -q "build/$name.zip" -d "$DIR"
cd "$DIR/$name"
for file in META.json README.md LICENSE; do [ -f $file ] || die "$file is missing in the archive"; done
private_prefix "$DIR"
quiet_make all
quiet_make install
start_server "$DIR"
"${MAKE:-make}" -s --no-print-directory installcheck with_llvm=no PG_CONFIG="$PG_CONFIG" ISOLATION= TAP_TESTS= >"$DIR/installcheck" 2>&1 ||
  { cat "$DIR/installcheck"; [ ! -f regression.diffs ] || cat regression.diffs; exit 1; }
say "$(grep -cE '^test .*\.\.\. ok|^ok [0-9]' "$DIR/installcheck") passed, 0 failed"
