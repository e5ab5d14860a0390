# --- Alembic ---------------------------------------------------------------------
# Its migrations are Python, so that Alembic itself has to make the SQL, wherever it is and however
# it is called.

PLAN='' DEPLOY_DIR='' REVERT_DIR='' EXTENSION='' RAN='' FLASK='' VERSIONS='' SCRIPT_DIR=''

# script_location, a directory; nothing if this file says none
location_of() { # location_of INI
  location=$(ini_value "$1" alembic script_location)
  case $location in
    '') ;;
    *%\(here\)s*) printf %s "${1%/*}/$(printf %s "$location" | sed 's|%(here)s/*||')" ;;
    *:*) printf %s "${1%/*}/$(printf %s "$location" | tr ':.' '//')" ;; # package:directory
    /*) printf %s "$location" ;;
    *) printf %s "${1%/*}/$location" ;;
  esac
}

# Sets ROOT, the directory with versions/; INI, which Alembic reads; FLASK, if it is Flask-Migrate's.
find_alembic() {
  INI=''
  if [ -f "$ROOT/alembic.ini" ]; then
    location=$(location_of "$ROOT/alembic.ini")
    if [ -n "$location" ]; then
      INI=$ROOT/alembic.ini
      [ -d "$location" ] || die "script_location of alembic.ini is no directory: $location"
      ROOT=$location
    elif [ ! -f "$ROOT/env.py" ] && [ -d "$ROOT/alembic" ]; then
      # Alembic's own default, or said in pyproject.toml
      INI=$ROOT/alembic.ini ROOT=$ROOT/alembic
    fi
  fi
  if [ ! -f "$ROOT/env.py" ]; then
    alembic_dirs "$ROOT" >"$TMP/alembic_dirs"
    case $(wc -l <"$TMP/alembic_dirs" | tr -d ' ') in
      0) ;;
      1) ROOT=$(cat "$TMP/alembic_dirs") ;;
      *) die "several directories of Alembic are here; say which:" "$(sed '2,$s/^/  /' "$TMP/alembic_dirs")" ;;
    esac
  fi
  # An ini of Alembic above it, whose script_location it is
  up=$ROOT
  while [ -z "$INI" ] && [ "$(cd "$up" && pwd)" != / ]; do
    up=$up/..
    if [ -f "$up/alembic.ini" ] && location=$(location_of "$up/alembic.ini") && [ -d "$location" ] &&
      [ "$(cd "$location" && pwd -P)" = "$(cd "$ROOT" && pwd -P)" ]; then
      INI=$up/alembic.ini
    fi
  done
  if [ -n "$INI" ]; then find_versions; fi
  # Flask-Migrate's has no script_location, because the application says it.
  if [ -z "$INI" ] && [ -f "$ROOT/env.py" ] && grep -q 'current_app' "$ROOT/env.py"; then
    FLASK=yes
  fi
  ! grep -qE '^(def (up|down)grade\(engine_name|.*bind_names)' "${SCRIPT_DIR:-$ROOT}/env.py" 2>/dev/null ||
    die "$ROOT: a directory for several databases (--multidb)" "Import the SQL of one of them with --upgrade-sql FILE."
}

# Sets VERSIONS, the directories of version_locations, one a line; ROOT is above them all, then.
find_versions() {
  VERSIONS=$(ini_value "$INI" alembic version_locations | tr ' :;' '[\n*]' | sed -e 's|%(here)s/*||' -e '/^$/d')
  [ -n "$VERSIONS" ] || return 0
  printf '%s\n' "$VERSIONS" | while IFS= read -r versions; do
    case $versions in
      /* | ../*) die "version_locations of alembic.ini: $versions is not below the directory of alembic.ini" ;;
    esac
    [ -d "${INI%/*}/$versions" ] || die "version_locations of alembic.ini: no such directory: $versions"
  done || exit 1
  SCRIPT_DIR=$ROOT ROOT=${INI%/*}
}

# A program of the project's environment, or of the one that is active.
program() { # program NAME
  if [ -z "${VIRTUAL_ENV:-}" ]; then
    for bin in "$DIR/.venv/bin" "$DIR/venv/bin" "$ROOT/../.venv/bin" "$ROOT/../venv/bin"; do
      if [ -x "$bin/$1" ]; then
        printf '%s\n' "$(cd "$bin" && pwd)/$1"
        return
      fi
    done
  fi
  command -v "$1"
}

call_alembic() { # call_alembic WORD...: in RUN_IN; what it says of itself goes to $TMP/alembic.log
  (
    cd "$RUN_IN"
    export PYTHONPATH="$TMP/hook${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1
    if [ -n "${ALEMBIC:-}" ]; then
      # It may be several words.
      # shellcheck disable=SC2086
      $ALEMBIC "$@"
    elif [ -n "$FLASK" ]; then
      "$PROGRAM" db "$@" --directory "$SCRIPTS"
    else
      "$PROGRAM" -c "$INI" "$@"
    fi
  ) 2>"$TMP/alembic.log" </dev/null
}

alembic_fails() { # alembic_fails WHAT
  hint="Run this where the project runs, in its virtual environment or container, or name the command: ALEMBIC=\"uv run $usual\""
  if [ -n "$FLASK" ] && grep -q 'FLASK_APP\|locate a Flask application\|No such command .db' "$TMP/alembic.log"; then
    hint='Say which application it is with --app APP, as for "flask --app".'
  fi
  die "$1 failed, in $RUN_IN" "$(tail -n 6 "$TMP/alembic.log" | sed '2,$s/^/  /')" "$hint" \
    'Or run it there by hand, and import with --upgrade-sql FILE --downgrade-sql FILE (docs/import.md).'
}

run_alembic() {
  mkdir "$TMP/hook"
  alembic_hook >"$TMP/hook/sitecustomize.py"
  SCRIPTS=$(cd "$ROOT" && pwd)
  usual=alembic
  if [ -n "$FLASK" ]; then usual='flask db'; fi
  called=${ALEMBIC:-$usual}
  if [ -z "${ALEMBIC:-}" ]; then
    PROGRAM=$(program "${called%% *}") ||
      die "the SQL of these migrations is Alembic's to make, and there is no ${called%% *} here" \
        "Run this where the project runs, in its virtual environment or container; or run there, into files," \
        "$called upgrade heads --sql, and $called downgrade HEAD:base --sql for each head," \
        "and import with --upgrade-sql FILE --downgrade-sql FILE (docs/import.md); or without SQL: --graph-only."
  fi
  if [ -z "$FLASK" ]; then
    [ -n "$INI" ] || [ -n "${ALEMBIC:-}" ] || die "$ROOT: there is no alembic.ini whose script_location this is" \
      "Name the command with ALEMBIC=\"alembic -c FILE\"."
    # script_location may be relative to where it is called.
    RUN_IN=$(cd "$(dirname "${INI:-$ROOT/x}")" && pwd)
    if [ -n "$INI" ]; then INI=$RUN_IN/${INI##*/}; fi
    set -- "$RUN_IN"
  else
    # The directory in which "flask" finds the application: the one that was named, this one, the one above.
    set -- "$(cd "$ROOT/.." && pwd)"
    case $SCRIPTS/ in "$PWD"/*) set -- "$PWD" "$@" ;; esac
    if [ "$(cd "$DIR" && pwd)" != "$SCRIPTS" ]; then set -- "$(cd "$DIR" && pwd)" "$@"; fi
  fi
  heads='' started=''
  for RUN_IN; do
    if call_alembic heads --resolve-dependencies >"$TMP/heads"; then
      # An application may print something, too.
      heads=$(sed -n 's/^\([^ ]*\) .*(\(effective \)\{0,1\}head).*/\1/p' "$TMP/heads")
      started=yes
      break
    fi
  done
  [ -n "$started" ] || alembic_fails "$called heads"
  # Downgrades it writes for one head at a time.
  for head in heads $heads; do
    if [ "$head" = heads ]; then
      set -- upgrade heads --sql
      into=$TMP/upgrade.sql
    else
      set -- downgrade "$head:base" --sql
      into=$TMP/downgrade.sql
    fi
    rm -f "$TMP/true.sql"
    MIGRATE_SQL=$TMP/true.sql call_alembic "$@" >"$TMP/printed" || alembic_fails "$called $*"
    if [ -s "$TMP/true.sql" ]; then
      RAN=yes
      cat "$TMP/true.sql" >>"$into"
    else
      cat "$TMP/printed" >>"$into"
    fi
  done
  UPGRADE_SQL=$TMP/upgrade.sql DOWNGRADE_SQL=$TMP/downgrade.sql
  [ -e "$DOWNGRADE_SQL" ] || : >"$DOWNGRADE_SQL"
}

case $TOOL in
  alembic)
    find_alembic
    case ${RUN_ALEMBIC:+1}${UPGRADE_SQL:+2}${GRAPH_ONLY:+3} in
      '' | 1 | 2 | 3) ;;
      *) bad_usage "only one of --upgrade-sql, --run-alembic and --graph-only" ;;
    esac
    [ -z "$DOWNGRADE_SQL" ] || [ -n "$UPGRADE_SQL" ] || bad_usage "--downgrade-sql needs --upgrade-sql"
    for file in ${UPGRADE_SQL:+"$UPGRADE_SQL"} ${DOWNGRADE_SQL:+"$DOWNGRADE_SQL"}; do
      [ -r "$file" ] || die "cannot read $file"
    done
    ;;
  *)
    [ -z "$UPGRADE_SQL$DOWNGRADE_SQL$RUN_ALEMBIC$GRAPH_ONLY$BY_HAND$PERCENTS" ] ||
      bad_usage "--upgrade-sql, --downgrade-sql, --run-alembic, --percents, --by-hand and --graph-only are for Alembic; this is $TOOL"
    ;;
esac

