#!/bin/sh
# What packages and "make install" are made of, as far as it can be looked at without building one:
# the links into PATH, completion and manual page, and the list of files of the package for applications.
# shellcheck disable=SC2016,SC2086,SC2317 # for other shells; words; called by runs()
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$PROJECT" || exit 1

make_links() { # make_links GOAL
  "${MAKE:-make}" -s PG_CONFIG="${PG_CONFIG:-pg_config}" bindir=/usr/lib/postgresql/17/bin DESTDIR="$SCRATCH/out" "$@"
}
runs 0 'make install puts links where PATH looks' make_links install-links
for script in migrate.sh migrate-import.sh entrypoint.sh; do
  is "$(readlink "$SCRATCH/out/usr/local/bin/$script")" "/usr/lib/postgresql/17/bin/$script" "  $script"
done
rm "$SCRATCH/out/usr/local/bin/migrate.sh" && echo mine >"$SCRATCH/out/usr/local/bin/migrate.sh"
runs 0 '  again' make_links install-links
is "$(cat "$SCRATCH/out/usr/local/bin/migrate.sh")" mine '  and leaves alone what is somebody else'\''s'
runs 0 'make uninstall takes them away' make_links uninstall-links
is "$(ls "$SCRATCH/out/usr/local/bin")" migrate.sh '  but not that'
runs 0 'a directory that cannot be had is no error' make_links install-links DESTDIR=/dev/null
runs 2 'scriptdir= makes none' make_links install-links scriptdir=

commands=$(migrate --help | sed -n '/^Every day/,/^"migrate.sh COMMAND/s/^  \([a-z].*\)/\1/p' |
  sed -e 's/   .*//' -e 's/ \[.*//' -e 's/ [A-Z].*//' -e 's/,//g' | tr '\n' ' ')
known=$(sed -n "/^COMMANDS='/,/'\$/p" scripts/migrate/90_options.sh | sed "s/^COMMANDS=//" | tr "'\n" '  ')
is "$(printf '%s\n' $commands | sort | tr '\n' ' ')" "$(printf '%s\n' $known | sort | tr '\n' ' ')" 'the help has every command'
runs 0 'completion for bash' sh -c 'packaging/completion.sh bash >"$1" && bash -n "$1"' - "$SCRATCH/bash"
runs 0 'completion for zsh' sh -c 'packaging/completion.sh zsh >"$1" && { ! command -v zsh || zsh -n "$1"; }' - "$SCRATCH/zsh"
runs 0 'the manual page' sh -c 'packaging/man.sh >"$1"' - "$SCRATCH/man"
for command in $commands; do
  grep -q "'' *) *options=.*[ \"]$command " "$SCRATCH/bash" && grep -q "'' *) *options=.*[ \"]$command " "$SCRATCH/zsh" &&
    grep -q "^.SS .*$(echo "$command" | sed 's/-/.*-/g')" "$SCRATCH/man" || echo "$command"
done >"$SAID"
is "$(cat "$SAID")" '' '  have every command'
completes() { # completes WORD...: the last one
  bash -c '. "$0"; COMP_WORDS=(migrate.sh "$@"); COMP_CWORD=$#; _migrate_sh; echo "${COMPREPLY[*]}"' "$SCRATCH/bash" "$@"
}
is "$(completes det)" detach 'migrate.sh det'
is "$(completes -d somewhere export --f)" '--force --format' 'migrate.sh -d somewhere export --f'
is "$(completes import --sta)" --stamp 'migrate.sh import --sta'
is "$(completes resolve 123 r)" rolled_back 'migrate.sh resolve 123 r'

# (dh_installman would take the .sh of migrate.sh.1 for a language, so it is installed as any file.)
# debian/ is packaging/debian there; completions and manual page are made by its rules
while read -r file to; do
  case $file in debian/*) file=$(grep -F ">$file" packaging/debian/rules) ;; esac
  [ -n "$file" ] && { [ -e "$file" ] || [ "${file#*packaging/}" != "$file" ]; } && [ -n "$to" ] || echo "$file"
done <packaging/debian/migrate-ext-client.install >"$SAID"
is "$(cat "$SAID")" '' 'the package for applications has files that are there'
is "$(sed -n 's/ usr.bin$//p' packaging/debian/migrate-ext-client.install | tr '\n' ' ')" \
  'scripts/migrate.sh scripts/migrate-import.sh scripts/entrypoint.sh ' '  the scripts in /usr/bin'

sed -n '1,/^## /p' README.md >"$SAID"
says "Where no extension can be installed" "docs/without-the-extension.md"

done_testing
