#!/bin/bash
# The C sources in the style of PostgreSQL: pg_bsd_indent with the options of
# pgindent, as Debian packages it (pg-bsd-indent 2.1.1; 2.1.2 of PostgreSQL 16
# and later formats a little differently).
#
#   test/format.sh            writes the files anew: what "make format" runs
#   test/format.sh --check    prints what would change, and fails if anything would
#   test/format.sh [--check] FILE...
#
# The headers of the server that PG_CONFIG names say which words are types.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/machine.sh

OPTIONS=(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4)
# Types of the server's headers that are names of variables and members here.
NOT_TYPES='text|symbol|string|type|pointer|name|value|key|id'
# The C library's, which no header of PostgreSQL defines; and what macros of it declare.
TYPES='DIR FILE ItemPointerData RelFileLocator size_t'

check=
[ "${1:-}" != --check ] || { check=1; shift; }
prepare_machine run
need_programs pg_bsd_indent=pg-bsd-indent
[ $# -gt 0 ] || mapfile -t files < <(find src -name '*.[ch]' | sort)
[ $# -eq 0 ] || files=("$@")
headers=$("$PG_CONFIG" --includedir-server)

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# "typedef ... name;", "} name;" at the beginning of a line, and pointers to functions.
find "$headers/" src -name '*.[ch]' -exec cat {} + | perl -0777 -ne '
  s{/\*.*?\*/}{}gs;
  print "$1\n" while /^\}\s*(\w+)\s*;/mg;
  print "$1\n" while /^typedef\s+[^;{}()]*?[\s*](\w+)\s*(?:\[[^\]]*\])?;/mg;
  print "$1\n" while /^typedef\s+[^;{}()]*\(\s*\*\s*(\w+)\s*\)\s*\(/mg;
  print "$1\n" while /^typedef\s+[^;{}()]*?[\s*](\w+)\s*\(/mg;' >"$dir/all"
cat "${files[@]}" | grep -oE '\w+' | sort -u >"$dir/words"
{ tr ' ' '\n' <<<"$TYPES"; sort -u "$dir/all" | comm -12 - "$dir/words" | grep -vxE "$NOT_TYPES"; } | sort -u >"$dir/types"

# What pgindent does before and after; and one blank before the stars of any result type.
changed=0
for file in "${files[@]}"; do
  perl -0777 -pe 's!/\* +---!/*---X_X!g' "$file" >"$dir/new.c"
  (cd "$dir" && pg_bsd_indent "${OPTIONS[@]}" -Utypes new.c) >"$dir/said" 2>&1 || true
  if [ -s "$dir/said" ]; then
    sed "s,^,$file: ," "$dir/said"
    changed=1
    continue
  fi
  perl -0777 -pi -e '
    s!/\*---X_X!/* ---!g;
    s!\*/(/\*.*\*/)$!*/\t$1!gm;
    s!^((?:const )?[A-Za-z_]\S*)[ \t]+(\*+)$!$1 $2!gm' "$dir/new.c"
  cmp -s "$file" "$dir/new.c" && continue
  if [ -n "$check" ]; then
    diff -u --label "$file" --label "$file, formatted" "$file" "$dir/new.c" || changed=1
  else
    cat "$dir/new.c" >"$file"
    echo "$file"
  fi
done
exit $changed
