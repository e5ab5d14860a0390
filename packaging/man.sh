#!/bin/sh
# The manual page of migrate.sh, made of what "migrate.sh --help" says, so that
# the two cannot say different things.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" migrate_ext.control)
# Text as it is: no line of it may be taken for a command of roff.
as_it_is() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"; }

cat <<EOF
.TH MIGRATE.SH 1 "" "migrate_ext $version" "migrate_ext"
.SH NAME
migrate.sh \- migrations of a PostgreSQL database as files, with the extension migrate_ext
.SH SYNOPSIS
.B migrate.sh
.I COMMAND
.RI [ options ]
.SH DESCRIPTION
.nf
EOF
scripts/migrate.sh --help | as_it_is
printf '.fi\n.SH COMMANDS\n'
for command in $(scripts/migrate.sh --help | sed -n '/^Every day/,/^"migrate.sh COMMAND/s/^  \([a-z].*\)/\1/p' |
  sed -e 's/   .*//' -e 's/ \[.*//' -e 's/ [A-Z].*//' -e 's/,//g'); do
  printf '.SS %s\n.nf\n' "$(echo "$command" | as_it_is)"
  scripts/migrate.sh "$command" --help | as_it_is
  printf '.fi\n'
done
cat <<'EOF'
.SH SEE ALSO
.BR psql (1),
.BR pg_dump (1)
EOF
