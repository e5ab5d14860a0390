# --- files -----------------------------------------------------------------------
# The files of the directory as SQL that loses no byte, and what is read of them without a database.

# With "./" before it the name of no file is taken for an option, nor by awk for
# an assignment.
set_directory() { # set_directory DIR
  DIR=${1%/}
  case $DIR in
    '') DIR=/ ;;
    /* | ./* | . | .. | ../*) ;;
    *) DIR=./$DIR ;;
  esac
}

check_files() { # check_files FILE...
  for file; do
    if [ -f "$file" ] && [ -r "$file" ] && [ -s "$file" ]; then continue; fi
    [ -e "$file" ] || die "no such file: $file"
    [ -f "$file" ] || die "$file is not a file"
    [ -r "$file" ] || die "cannot read $file"
    [ -s "$file" ] || die "$file is empty"
  done
}

# Two arrays: the texts of files, and their names.  One awk for all of them,
# because a program for each of a thousand files would take longer than running
# them; line by line, because not every awk can hold a line of 50 MB quickly.  A
# literal with E means the same under every setting of the server.
# shellcheck disable=SC2016 # this is awk
FILE_ARRAYS='
  function escaped(text) {
    if (index(text, "\\")) gsub(/\\/, "&&", text)
    if (index(text, "\047")) gsub(/\047/, "\047\047", text)
    return text
  }
  FNR == 1 { printf "%s", (NR == 1 ? "ARRAY[E\047" : "\047,\nE\047") }
  {
    if (index($0, "\\")) gsub(/\\/, "&&")
    if (index($0, "\047")) gsub(/\047/, "\047\047")
    print
  }
  END {
    printf "\047]%s,\nARRAY[", alias1
    for (i = 1; i < ARGC; i++) {
      name = ARGV[i]
      sub(/.*\//, "", name)
      printf "%sE\047%s\047", (i == 1 ? "" : ",\n"), escaped(name)
    }
    printf "]%s", alias2
  }'

# What sql_load has the server remember of the files of the directory: a digest of their
# names and bytes.  None without a program for it.  This prints what it is a digest of, in
# every shell's order; a file that cannot be read makes it one that no files have.
DIGEST=''
print_digests() {
  LC_ALL=C
  export LC_ALL
  cd -- "$DIR" && sha256sum ./*.sql || echo unread
}

# The statement for any client.
print_load() { # print_load FILE...
  say 'SELECT * FROM migrate.load_files('
  LC_ALL=C awk "$FILE_ARRAYS" "$@" || return
  say ');'
}

# The files as a query's "texts", with the columns scripts, names and complete.
#
# No byte may be lost on the way, and a zero byte would be: psql cuts the line
# there.  An awk that can tell looks for it; another may cut the line itself, so
# that the server has to count what came, while we count what the files have (but
# for the newlines: awk ends the last line of a file that does not).
sql_texts() { # sql_texts FILE...
  say 'WITH texts AS MATERIALIZED (SELECT'
  LC_ALL=C awk -v alias1=' AS scripts' -v alias2=' AS names' "$FILE_ARRAYS"'
    BEGIN { zero = sprintf("%c", 0); can_tell = length(zero) == 1 }
    can_tell && index($0, zero) { found = 1 }
    END { printf ", %d AS newlines, %s AS complete", NR, found ? "false" : "true"; exit can_tell ? 0 : 9 }' "$@"
  awk_status=$? counted=''
  if [ $awk_status -eq 9 ]; then
    counted=", (SELECT octet_length(convert_to(array_to_string(scripts, ''), 'UTF8')) - newlines FROM texts) AS bytes"
  fi
  say ')'
}
# After the query, which has selected complete and $counted.
sql_all_arrived() { # sql_all_arrived FILE...
  if [ -n "$counted" ]; then
    cat -- "$@" | LC_ALL=C wc -lc | {
      read -r lines bytes
      say "SELECT :bytes = $bytes - $lines AS complete \gset"
    }
  fi
  printf '\\if :complete\n\\else\n'
  sql_fail "'not every byte of the files has arrived'" "''" "'Does one hold a zero byte, or has one just been written to?'"
  say '\endif'
}

# Loads files in the transaction that is open.  Sets the variables files, added,
# replaced, unchanged, and loaded: the identifiers.
sql_load() { # sql_load [FILE...]
  if [ $# -eq 0 ]; then
    printf '\\set files 0\n\\set loaded {}\n'
    return
  fi
  shown="FILTER (WHERE outcome <> 'unchanged')"
  if [ -n "$VERBOSE" ]; then shown=''; fi
  sql_texts "$@"
  remember=''
  if [ -n "$DIGEST" ]; then remember=", '$DIGEST'"; fi
  say ", outcomes AS MATERIALIZED (SELECT o.* FROM texts, migrate.load_files(scripts, names$remember) AS o)
SELECT count(revision) AS files, count(revision) FILTER (WHERE outcome = 'added') AS added,
  count(revision) FILTER (WHERE outcome = 'replaced') AS replaced, count(revision) FILTER (WHERE outcome = 'unchanged') AS unchanged,
  coalesce(max(', and the prelude ' || outcome) FILTER (WHERE revision IS NULL AND outcome <> 'unchanged'), '') AS prelude,
  coalesce(array_agg(revision) FILTER (WHERE revision IS NOT NULL), '{}')::text AS loaded, bool_and(outcome = 'unchanged') AS nothing_new,
  string_agg(outcome || '  ' || file_name, E'\\n' ORDER BY file_name) $shown AS outcomes,
  (SELECT complete FROM texts) AS complete$counted
FROM outcomes \gset"
  sql_all_arrived "$@"
  say "\if :nothing_new
\echo Files: :files, nothing new
\else
\echo Files: :files (:added added, :replaced replaced, :unchanged unchanged):prelude
\endif"
}

# The server tells what is wrong with a text, but not in which file it stood when
# it could not even read the query.  This finds that file.
explain_failure() { # explain_failure FILE...
  [ $# -gt 0 ] || return 0
  total=$(cat -- "$@" | wc -c)
  if [ "$total" -ne "$(cat -- "$@" | LC_ALL=C tr -d '\000' | wc -c)" ]; then
    for file; do
      [ "$(wc -c <"$file")" -eq "$(LC_ALL=C tr -d '\000' <"$file" | wc -c)" ] ||
        complain "$file holds a zero byte: it is not text (UTF-16, perhaps; write it as UTF-8)"
    done
    return 0
  fi
  { cat -- "$@" && printf '%s' "$@"; } | LC_ALL=C grep -q "$(printf '[\200-\377]')" || return 0
  answer=$(ask print_probes "$@" 2>/dev/null)
  number=${answer%% *} state=${answer#* }
  case $number in '' | *[!0-9]*) return 0 ;; esac
  shift $((number - 1))
  case $state in
    22P05*) complain "the database's encoding, ${state#* }, has not every character of $1" \
      "CREATE DATABASE ... ENCODING 'UTF8' makes one that has; or write the character otherwise." ;;
    *) complain "$1 is not UTF-8, or its name is not; convert it, for example with iconv -f LATIN1 -t UTF-8" ;;
  esac
}
print_probes() { # a statement for each file; prints the number of the first bad one, the error, the encoding
  printf '\\set ON_ERROR_STOP off\nSHOW server_encoding \\gset\n'
  LC_ALL=C awk 'function escaped(text) { gsub(/\\/, "&&", text); gsub(/\047/, "\047\047", text); return text }
    function end_probe() {
      if (n) printf "\047) AS t \\gset\n\\if :ERROR\n\\echo %d :LAST_ERROR_SQLSTATE :server_encoding\n\\q\n\\endif\n", n
    }
    FNR == 1 {
      end_probe()
      n++
      printf "SELECT 1 AS good FROM (SELECT E\047%s\047, E\047", escaped(FILENAME)
    }
    { print escaped($0) }
    END { end_probe() }' "$@"
}

# The number, among these files, of the one that is this revision; 0 if none is.
# A number, because a file's name may hold anything.
find_file() { # find_file REVISION FILE...
  REVISION=$1
  shift
  [ $# -gt 0 ] || { echo 0; return; }
  export REVISION
  LC_ALL=C awk 'FNR == 1 { n++; in_header = 1; sub(/^\357\273\277/, "") }
    !in_header { next }
    tolower($0) ~ /^[ \t]*--[ \t]*migrate:(up|down)/ { in_header = 0; next }
    tolower($0) ~ /^[ \t]*-- ?revision id:/ {
      sub(/^[^:]*:[ \t]*/, "")
      sub(/[ \t\r]*$/, "")
      if ($0 == ENVIRON["REVISION"]) { found = n; exit }
    }
    END { print found + 0 }' "$@"
}

# A text into a file, under its own name only when it is whole.
write_file() { # write_file FILE TEXT
  part=${1%/*}/.${1##*/}.$$
  if printf '%s\n' "$2" >"$part" && mv -f -- "$part" "$1"; then return 0; fi
  rm -f -- "$part"
  die "cannot write $1"
}

open_editor() { # open_editor FILE
  # The variable may be a command with options.
  sh -c "${VISUAL:-${EDITOR:-vi}} \"\$1\"" sh "$1" || die "the editor failed; $1 is as it left it"
}

# Sets how many of the directory's files, which these are, are revisions: all but the prelude.
count_revisions() { # count_revisions [FILE...]
  nrevisions=$#
  if [ $# -gt 0 ] && [ -e "$DIR/prelude.sql" ]; then nrevisions=$((nrevisions - 1)); fi
}

# Calls a function with the files of the directory behind its arguments.  "apply" looks
# at them itself, if there is anything to do.
with_files() { # with_files FUNCTION [ARGUMENT...]
  [ -d "$DIR" ] || die "no such directory: $DIR" "migrate.sh init makes it; --dir or MIGRATIONS_DIR names another."
  if has_files; then
    set -- "$@" "$DIR"/*.sql
    [ "$1" = apply_files ] || check_files "$DIR"/*.sql
  else
    for file in "$DIR"/env.py "$DIR"/alembic.ini "$DIR"/versions/*.py; do
      [ ! -e "$file" ] || die "the migrations in $DIR are Alembic's, in Python" \
        "migrate.sh import $DIR --to DIRECTORY converts them; then --dir or MIGRATIONS_DIR names that directory."
    done
  fi
  "$@"
}
has_files() {
  for file in "$DIR"/*.sql; do
    # the pattern itself: there are none
    [ -e "$file" ] || [ -L "$file" ]
    return
  done
}

