#!/bin/sh
# Prints a script made of the parts in its folder, in the order of their names.  A line
# "@include NAME..." in a part stands for those files.
#
#   scripts/assemble.sh migrate >scripts/migrate.sh
#
# It exists because migrate.sh has to be one file, which is copied to wherever psql is, and
# thousands of lines are nobody's to read: a part has one subject.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/$1"
cat ./[0-9]*.sh | while IFS= read -r line; do
  # shellcheck disable=SC2086 # several, or a pattern
  case $line in
    '@include '*) cat -- ${line#@include } || exit 1 ;;
    *) printf '%s\n' "$line" ;;
  esac
done
