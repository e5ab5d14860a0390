#!/bin/sh
# Migrations as files in git, for teams that leave Flask-Migrate: the files of a
# directory on one side, the extension migrate_ext in the database on the other,
# and psql between them.
#
# It exists so that a container can migrate with nothing but psql and a POSIX
# shell.  The database decides everything; this sends it files and puts down
# what it answers.  Three rules hold throughout:
#
#   - What a command does is one psql, one connection, and one transaction: a
#     killed client leaves nothing behind, and a start with nothing to do costs
#     one connection.  What only tells prints; what writes a file writes it
#     under its own name only when it is whole.
#   - Values reach SQL as psql's variables (:'name') or as literals made by awk,
#     never as text pasted together; so file names and messages may hold anything.
#   - No secret is ever printed or stands in an argument, where ps shows it.
#
# Exit status: 0 done or nothing to do, 1 failed, 2 usage, 3 check found pending
# revisions or a difference; 129, 130 and 143 after a signal.
#
# This file is made of the parts in scripts/migrate, by "make scripts": change those.
set -u
VERSION=1.0

case $0 in
  */*) HERE=${0%/*} ;;
  *) HERE=$(command -v -- "$0") && HERE=${HERE%/*} ;;
esac
if [ -x "$HERE/psql" ]; then PATH=$HERE:$PATH; fi

COMMAND=''
NEWLINE='
'

# Also for SQL, rather than here-documents: a process for each would be felt at a
# start.  (In double quotes a backslash of psql stands for itself.)
say() { printf '%s\n' "$@"; }
complain() { # complain MESSAGE [LINE...]
  printf 'migrate.sh: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
}
die() {
  complain "$@"
  exit 1
}
is_yes() { if [ -n "$1" ]; then echo true; else echo false; fi; } # is_yes VALUE: as SQL writes it
bad_usage() {
  complain "$@"
  printf 'Try: migrate.sh %s--help\n' "${COMMAND:+$COMMAND }" >&2
  exit 2
}

