# --- whose directory is it? ------------------------------------------------------
# Nobody should have to say which tool a project has: its directory, and what is written in its
# files, tell it.

# Files below a directory that are the project's own: nothing of virtual environments and packages.
# Called with the rest of a find command.
own_files() { # own_files DIR TEST...
  below=$1
  shift
  find "$below" \( -name node_modules -o -name site-packages -o -name venv -o -name __pycache__ -o -name '.?*' \) -prune -o "$@"
}

# Alembic's directories below one: env.py beside versions/.
alembic_dirs() { # alembic_dirs DIR
  own_files "$1" -name env.py -print 2>/dev/null | while IFS= read -r file; do
    if [ -d "${file%/env.py}/versions" ] && ! in_environment "$file"; then printf '%s\n' "${file%/env.py}"; fi
  done
}
in_environment() { # in_environment FILE: a virtual environment of any name has a pyvenv.cfg
  up=${1%/*}
  while [ "$up" != "$DIR" ] && [ "${up%/*}" != "$up" ]; do
    [ ! -e "$up/pyvenv.cfg" ] || return 0
    up=${up%/*}
  done
  return 1
}

some() { [ -e "$1" ]; } # some GLOB: does it match anything?  Called without quotes.

contains() { # contains DIR PATTERN: has an SQL file in it such a line?
  find "$1/." ! -name . -prune -name '*.sql' -exec grep -Elie "$2" {} + 2>/dev/null | grep -q .
}

# The tool whose migrations are in this very directory, or nothing.  What is
# written into the files comes before what they are called.
tool_of() { # tool_of DIR
  if [ -f "$1/sqitch.plan" ] || [ -f "$1/sqitch.conf" ]; then
    echo sqitch
  elif [ -f "$1/alembic.ini" ] || { [ -f "$1/env.py" ] && [ -d "$1/versions" ]; } ||
    { { some "$1"/*.py || some "$1"/*/*.py || some "$1"/*/*/*.py; } &&
      own_files "$1" -name '*.py' -exec grep -lE '^down_revision *(:.*)?=' {} + 2>/dev/null | grep -q .; } ||
    { [ "$1" = "$DIR/." ] && alembic_dirs "$1" | grep -q .; }; then
    echo alembic
  elif some "$1"/*/migration.sql; then
    echo prisma
  elif [ -f "$1/meta/_journal.json" ]; then
    echo drizzle
  elif some "$1"/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_*/up.sql; then
    echo hasura
  elif some "$1"/*/up.sql; then
    echo diesel
  elif contains "$1" '^-- *Revision ID:' && contains "$1" '^-- *migrate:up' && ! contains "$1" '^-- Exported by migrate\.sh$'; then
    echo revisions
  elif some "$1"/[VURB]*__*.sql || some "$1"/*/[VURB]*__*.sql; then
    echo flyway
  elif some "$1"/V[0-9]*.up.sql; then
    echo authelia
  elif ! some "$1"/*.sql; then
    :
  elif contains "$1" '^-- *\+goose +up'; then
    echo goose
  elif contains "$1" '^-- *\+migrate +(up|down)'; then
    echo sql-migrate
  elif contains "$1" '^--+ *create above */ *drop below'; then
    echo tern
  elif contains "$1" '^--[[:blank:]]*migrate:up'; then
    echo dbmate
  elif contains "$1" '^[[:blank:]]*--[[:blank:]-]*(up|down)[[:blank:]]+migration'; then
    echo node-pg-migrate
  elif some "$1"/[0-9]*.mysql.up.sql || some "$1"/[0-9]*.postgres.up.sql || some "$1"/[0-9]*.cockroach.up.sql ||
    some "$1"/[0-9]*.sqlite*.up.sql; then
    echo popx
  elif some "$1"/[0-9]*.up.sql || some "$1"/[0-9]*.down.sql; then
    # Alike; sqlx numbers by the time, golang-migrate by the time or by counting.
    if some "$1"/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]_*; then
      echo sqlx
    else
      echo golang-migrate
    fi
  elif some "$1"/[0-9]*__*.sql; then
    echo flyway # with an empty prefix
  elif some "$1"/[0-9]*_*.sql; then
    case $(cd "$1" && pwd) in
      */supabase/migrations) echo supabase ;;
      *) echo sqlx ;;
    esac
  fi
}

# Where it may be, seen from the project's directory.
GUESSED='' FOUND=''
for sub in . migrations db/migrations prisma/migrations supabase/migrations drizzle db/migration src/main/resources/db/migration \
  hasura/migrations migrations/default hasura/migrations/default; do
  [ -d "$DIR/$sub" ] || continue
  whose=$(tool_of "$DIR/$sub")
  case $whose in
    '') ;;
    revisions) FOUND=${FOUND:-$DIR/$sub} ;; # an import of before, perhaps
    *)
      if [ -z "$TOOL" ]; then TOOL=$whose GUESSED=yes; fi
      FOUND=$DIR/$sub
      break
      ;;
  esac
done
ROOT=${FOUND:-$DIR}
ROOT=${ROOT%/.}
if [ "$TOOL" = flyway ] && [ -z "$PREFIX_GIVEN" ] && ! some "$ROOT"/[VURB]*__*.sql && ! some "$ROOT"/*/[VURB]*__*.sql &&
  some "$ROOT"/[0-9]*__*.sql; then
  PREFIX=''
fi
if [ -z "$TOOL" ]; then
  [ -z "$FOUND" ] || die "$ROOT: these are revision files already; load them"
  if own_files "$DIR" -name '*.sql' -exec grep -qi '^-- *liquibase formatted sql' {} \; -print | grep -q . ||
    own_files "$DIR" \( -name '*changelog*.xml' -o -name '*changelog*.y*ml' -o -name '*changelog*.json' \) -print | grep -q .; then
    die "$DIR: these are Liquibase's, which are not converted: its changelogs have contexts, labels and preconditions of their own" \
      "Write what \"liquibase update-sql\" prints into revision files, or start from the database as it is: migrate.sh init."
  fi
  die "$DIR: no migrations of a tool that is known here" "If they are, say whose with --from TOOL; --help lists them."
fi


ini_value() { # ini_value FILE SECTION KEY
  awk -v section="$2" -v key="$3" '
    /^[ \t]*\[/ { s = $0; gsub(/^[ \t]*\[|\][ \t\r]*$/, "", s); next }
    s == section {
      k = $0; sub(/[ \t]*=.*/, "", k); sub(/^[ \t]*/, "", k)
      if (k == key) { v = $0; sub(/^[^=]*=[ \t]*/, "", v); sub(/[ \t\r]*$/, "", v); print v; exit }
    }' "$1"
}

