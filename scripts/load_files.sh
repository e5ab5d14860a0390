#!/bin/sh
# Prints one SQL statement that loads revision files: all or none, in any order.
#
#   scripts/load_files.sh DIRECTORY | psql ...
#   { scripts/load_files.sh DIRECTORY; echo "SELECT migrate.upgrade('head');"; } | psql -1 ...
#   scripts/load_files.sh FILE.sql ... | psql ...
#
# This is what the start-up script of a container calls.  One pass by one
# program, because a program for each of a thousand files would take longer than
# running them; literals are E'' strings, which mean the same under every setting.
set -eu

if [ $# -eq 0 ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
if [ $# -eq 1 ] && [ -d "$1" ]; then
  set -- "${1%/}"/*.sql
fi
# "./", because awk takes an argument such as a=b.sql for an assignment.
for file; do
  [ -s "$file" ] || { echo "$0: no such file, or an empty one: $file" >&2; exit 1; }
  shift
  case $file in
    /*) set -- "$@" "$file" ;;
    *) set -- "$@" "./$file" ;;
  esac
done

# A file is one record, its last newline included: no text holds a byte 1.
LC_ALL=C exec awk '
  function literal(text) {
    gsub(/\\/, "&&", text)
    gsub(/\047/, "\047\047", text)
    return "E\047" text "\047"
  }
  BEGIN { RS = "\001"; print "SELECT * FROM migrate.load_files(ARRAY[" }
  FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    names = names (NR == 1 ? "" : ", ") literal(name)
    printf "%s%s", (NR == 1 ? "" : ",\n"), literal($0)
  }
  END { print "], ARRAY[" names "]);" }
' "$@"
