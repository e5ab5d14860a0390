# --- psql ------------------------------------------------------------------------
# One psql, fed by functions that print SQL (sql_NAME); signals that reach it; values for it; the
# server's hints in the words of this script.

client() { # psql, fed with SQL
  # shellcheck disable=SC2086 # one word or none
  exec psql -X -q -A -t $NEVER_ASK -P pager=off -v ON_ERROR_STOP=1
}

PSQL_PID='' SIGNAL=''

# psql is told to cancel its query and goes.  A second signal is not that patient.
interrupted() { # interrupted NUMBER
  if [ -z "$PSQL_PID" ]; then exit $((128 + $1)); fi
  if [ -z "$SIGNAL" ]; then kill -INT "$PSQL_PID" 2>/dev/null; else kill -TERM "$PSQL_PID" 2>/dev/null; fi
  # between two statements of a script there is nothing to cancel
  if [ -n "$ON_TARGET" ] && [ -z "$SIGNAL" ]; then (sleep 1 && kill -TERM "$PSQL_PID") 2>/dev/null & fi
  SIGNAL=$1
}

# The server's hints name its functions; who has typed migrate.sh reads its commands.
# A program is run only for a hint that names one.
in_our_words() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      HINT:*migrate.*)
        printf '%s\n' "$line" | LC_ALL=C sed \
          -e "s/SELECT revision FROM migrate\.history()/migrate.sh history/g" \
          -e "s/\(SELECT \)\{0,1\}migrate\.resolve('\([^']*\)', '\([a-z_]*\)')/migrate.sh resolve \2 \3/g" \
          -e "s/\(SELECT \)\{0,1\}migrate\.\(upgrade\|downgrade\|stamp\|script\)('\([^']*\)')/migrate.sh \2 \3/g" \
          -e "s/migrate\.stamp(\([^)]*\), purge => true)/migrate.sh stamp --purge/g" \
          -e "s/CALL migrate\.deploy('\([^']*\)')/migrate.sh apply --online \1/g" \
          -e "s/CALL migrate\.revert('\([^']*\)')/migrate.sh downgrade --online \1/g" \
          -e "s/\(CALL \)\{0,1\}migrate\.deploy([.]*)/migrate.sh apply --online/g" \
          -e "s/\(CALL \)\{0,1\}migrate\.revert([.]*)/migrate.sh downgrade --online/g" \
          -e "s/, in the same call of migrate\.load_files()//" \
          -e "s/migrate\.load\(_files\)\{0,1\}()/migrate.sh load/g" \
          -e "s/migrate\.revision()/migrate.sh create/g" -e "s/migrate\.migrate()/migrate.sh create --model/g" \
          -e "s/migrate\.diff_sql()/migrate.sh diff --model/g" -e "s/migrate\.script()/migrate.sh show --sql/g" \
          -e "s/\(SELECT \)\{0,1\}migrate\.\(upgrade\|downgrade\|stamp\|history\|heads\|branches\|merge\|edit\|remove\|rebase\|repair\|verify\|squash\|drift\)([.]*)/migrate.sh \2/g"
        ;;
      NOTICE:*"renames => ARRAY["*)
        printf '%s\n' "$line" | LC_ALL=C sed -e "s/renames => ARRAY\[\('[^']*'\)\]/--rename \1/"
        ;;
      # a script says so, and not the server
      "Running upgrade "* | "Running downgrade "* | "Running stamp"*) printf 'NOTICE:  %s\n' "$line" ;;
      *'role "'*'" does not exist')
        printf '%s\n' "$line"
        # the private one has been told them all
        if [ -n "$ENGINE" ] && [ -z "$ENGINE_DIR$ON_TARGET" ]; then
          say "HINT:  The engine has to know the database's roles: create it there, or give its role CREATEROLE; or use MIGRATE_ENGINE=private."
        fi
        ;;
      *"transaction blocks not allowed in statement pooling mode"*)
        printf '%s\n' "$line" "HINT:  This is PgBouncer in statement mode, and migrate.sh needs transactions: connect to the server itself, or to a pool in transaction mode."
        ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

# A named pipe through in_our_words: where none can be made, the words stay as they are.
open_words() { # sets WORDS, a process, or nothing; 4 is where messages go
  WORDS='' pipe=''
  for place in "${TMPDIR:-/tmp}" /dev/shm; do
    pipe=$place/migrate_sh.$$
    mkfifo -m 600 "$pipe" 2>/dev/null && break
    pipe=''
  done
  if [ -z "$pipe" ]; then
    exec 4>&2
    return
  fi
  (
    trap '' HUP INT TERM
    in_our_words <"$pipe" >&2
  ) &
  WORDS=$!
  exec 4>"$pipe"
  rm -f -- "$pipe"
}
close_words() {
  exec 4>&-
  [ -z "$WORDS" ] || wait "$WORDS" || :
}

# Runs what a function prints as SQL.  In the background, because a shell would
# not look at a signal before a program in the foreground has ended: "docker stop"
# during a long revision has to cancel it, not to leave it to the server.
run_sql() { # run_sql FUNCTION [ARGUMENT...]
  trap 'interrupted 1' HUP
  trap 'interrupted 2' INT
  trap 'interrupted 15' TERM
  open_words
  if [ -n "$ON_TARGET" ]; then
    with_settings "$@" 4>&- | client >&4 2>&4 4>&- &
  else
    with_settings "$@" 4>&- | client 2>&4 4>&- &
  fi
  PSQL_PID=$!
  while :; do
    status=0
    wait "$PSQL_PID" || status=$?
    kill -0 "$PSQL_PID" 2>/dev/null || break
  done
  PSQL_PID=''
  close_words
  if [ -n "$SIGNAL" ]; then
    complain "interrupted; a transaction that was not finished left nothing behind"
    exit $((128 + SIGNAL))
  fi
  return "$status"
}

# The same for a short question: its answer on standard output.
ask() { # ask FUNCTION [ARGUMENT...]
  open_words
  status=0
  with_settings "$@" 4>&- | (client 2>&4 4>&-) || status=$?
  close_words
  return "$status"
}
with_settings() { # with_settings FUNCTION [ARGUMENT...]
  if [ -n "$RUN" ]; then variable run "$RUN"; fi
  if [ -n "$SCHEMAS" ]; then
    variable schemas "$SCHEMAS"
    say "SET migrate.schemas TO :'schemas';"
  fi
  if [ -n "$IGNORED" ]; then
    # what the database has stays
    variable ignored "$IGNORED"
    say "SELECT pg_catalog.set_config('migrate.ignore', pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('migrate.ignore', true), ''), :'ignored'), false) AS ignored \gset"
  fi
  "$@"
}

# What sets a variable of psql, for :'NAME' and :NAME in what follows.
variable() { # variable NAME VALUE
  case $2 in
    *[!A-Za-z0-9_@:+.,/\ -]*)
      TEXT=$2 LC_ALL=C awk -v name="$1" 'BEGIN {
        text = ENVIRON["TEXT"]
        gsub(/\\/, "&&", text)
        gsub(/\047/, "\047\047", text)
        gsub(/\n/, "\\n", text)
        printf "\\set %s \047%s\047\n", name, text
      }'
      ;;
    *) printf "\\set %s '%s'\n" "$1" "$2" ;;
  esac
}

NO_TEXT="''"

# Ends the script with an error of ours.  DO takes no variables: the text goes
# through a setting.
sql_fail() { # sql_fail MESSAGE-EXPRESSION [DETAIL-EXPRESSION [HINT-EXPRESSION]]
  say "\set SHOW_CONTEXT never
SELECT pg_catalog.set_config('migrate_sh.message', $1, false) AS message,
  pg_catalog.set_config('migrate_sh.detail', ${2:-$NO_TEXT}, false) AS detail,
  pg_catalog.set_config('migrate_sh.hint', ${3:-$NO_TEXT}, false) AS hint \gset migrate_sh_
DO \$\$ BEGIN
  IF current_setting('migrate_sh.detail') = '' THEN
    RAISE EXCEPTION USING MESSAGE = current_setting('migrate_sh.message'), HINT = current_setting('migrate_sh.hint');
  END IF;
  RAISE EXCEPTION USING MESSAGE = current_setting('migrate_sh.message'),
    DETAIL = current_setting('migrate_sh.detail'), HINT = current_setting('migrate_sh.hint');
END \$\$;"
}

