#!/bin/sh
# Turns the migrations of another tool into revision files.
#
# A project changes its migration tool only if its history comes along: order,
# names, downs, what must not run in a transaction, and where each database is.
# Doing that by hand for some hundred files is where mistakes are made, so this
# does it, and says what it cannot do before it writes anything.
#
# Everything about the SQL is text here: files are cut into sections, nothing is
# run.  awk does it in one pass; a tool's shape is one function of that program.
# docs/import.md tells what becomes of what.
#
# This file is made of the parts in scripts/import, by "make scripts": change those.
set -eu
umask 022

usage() {
  cat <<'EOF'
Usage: migrate.sh import DIR [options]

Converts the migrations of another tool into revision files.  DIR is the
directory of the migrations or of the project.

  --from TOOL           alembic, authelia, dbmate, diesel, drizzle, flyway,
                        golang-migrate, goose, hasura, node-pg-migrate, popx,
                        prisma, sql-migrate, sqitch, sqlx, supabase or tern;
                        recognised by the directory's shape if not given, and by
                        the tool's own table in the database with --load
  --prefix PREFIX       Flyway's, if it is not V; may be empty
  --dialect DIALECT     whose files, where those for several databases are side
                        by side (popx, authelia); postgres
  --to DIR              where the revision files go (./migrations; ./revisions
                        where ./migrations is what is imported)
  --until MIGRATION     leave out what comes after this one: its version, name
                        or file
  --irreversible MIGRATION
                        leave out its downgrade, one that is not even SQL; may
                        be given several times.  "all": of all those that the
                        database cannot read
  --own-transaction MIGRATION
                        its COMMIT is meant: it runs outside a transaction, with
                        those that it has; may be given several times, or "all"
  --dry-run             say what would be done, and do nothing
  --load                load the revisions into the database, too; where the
                        tool's own table of what it has applied is found there,
                        stamp the database to match
  --stamp               the same, and fail if that table is not found
  --table SCHEMA.TABLE  that table, if it is not the tool's usual one, as SQL
                        writes it
  --help

Alembic's SQL is made by Alembic: "flask db upgrade heads --sql" is run for
Flask-Migrate, the same with alembic otherwise, and the downgrades likewise.
  --app APP             the application, for Flask: FLASK_APP
  $ALEMBIC              the command, if it is another: "uv run flask db",
                        "alembic -c other.ini -x tenant=a"
  --by-hand REVISION    one that asks the database, which no SQL can say: an
                        upgrade that fails until its SQL is written in its place;
                        may be given several times.  "all": of all those
  --upgrade-sql FILE    what "alembic upgrade heads --sql" printed
  --downgrade-sql FILE  what "alembic downgrade HEAD:base --sql" printed, for all
                        heads if there are several; without it the revisions are
                        irreversible
  --percents doubled|plain
                        whether these files have every % twice, as psycopg2's
                        dialect writes it
  --graph-only          revisions without SQL
  --print-hook          print the sitecustomize.py that makes Alembic's SQL true,
                        for PYTHONPATH where Python runs on another machine

The database is the one that libpq's environment names (PGHOST, PGDATABASE,
PGSERVICE ...), or DATABASE_URL.  The extension is created if it is not there.

Exit status: 0 done or nothing to do, 1 failed, 2 usage.
EOF
}

die() { # die MESSAGE [LINE...]
  printf 'migrate-import: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

bad_usage() {
  printf 'migrate-import: %s\nTry --help.\n' "$1" >&2
  exit 2
}

# --- arguments -------------------------------------------------------------------
# What was said, and that it can be meant.

PREFIX=V PREFIX_GIVEN='' DIALECT='' OWN=''
DIR='' TOOL='' TO='' UNTIL='' IRREVERSIBLE='' DRY_RUN='' LOAD='' STAMP='' TABLE=''
UPGRADE_SQL='' DOWNGRADE_SQL='' RUN_ALEMBIC='' GRAPH_ONLY='' BY_HAND='' PERCENTS='' PRINT_HOOK=''

while [ $# -gt 0 ]; do
  case $1 in
    --*=*)
      option=${1%%=*} value=${1#*=}
      shift
      set -- "$option" "$value" "$@"
      case $option in --from | --to | --until | --irreversible | --table | --upgrade-sql | --downgrade-sql | --app | --by-hand | --percents | --prefix | --dialect | --own-transaction) ;; *) bad_usage "unknown option: $option=" ;; esac
      ;;
  esac
  case $1 in
    --from | --to | --until | --irreversible | --table | --upgrade-sql | --downgrade-sql | --app | --by-hand | --percents | \
      --prefix | --dialect | --own-transaction)
      if [ $# -lt 2 ] || [ -z "$2$(echo "$1" | sed -n 's/^--prefix$/x/p')" ]; then bad_usage "$1 needs a value"; fi
      case $1 in
        --from) TOOL=$2 ;;
        --to) TO=$2 ;;
        --until) UNTIL=$2 ;;
        --irreversible)
          IRREVERSIBLE="$IRREVERSIBLE$2
"
          ;;
        --table) TABLE=$2 ;;
        --app) export FLASK_APP="$2" ;;
        --prefix) PREFIX=$2 PREFIX_GIVEN=yes ;;
        --dialect) DIALECT=$2 ;;
        --own-transaction)
          OWN="$OWN$2
"
          ;;
        --by-hand)
          BY_HAND="$BY_HAND$2
"
          ;;
        --percents)
          case $2 in doubled | plain) PERCENTS=$2 ;; *) bad_usage "--percents $2: doubled or plain" ;; esac
          ;;
        --upgrade-sql) UPGRADE_SQL=$2 ;;
        --downgrade-sql) DOWNGRADE_SQL=$2 ;;
      esac
      shift
      ;;
    --dry-run) DRY_RUN=yes ;;
    --load) LOAD=yes ;;
    --stamp) LOAD=yes STAMP=yes ;;
    --run-alembic) RUN_ALEMBIC=yes ;;
    --graph-only) GRAPH_ONLY=yes ;;
    --print-hook) PRINT_HOOK=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*) bad_usage "unknown option: $1" ;;
    *)
      [ -z "$DIR" ] || bad_usage "one directory, please: $DIR or $1"
      DIR=$1
      ;;
  esac
  shift
done

# What makes the SQL of "alembic --sql" true.
alembic_hook() {
  cat <<'END_OF_PYTHON'
"""Makes the SQL that Alembic prints with --sql say what the migrations do.

Python reads a file of this name at its start where PYTHONPATH names its
directory.  Without it the SQL differs from what Alembic runs: psycopg2's dialect
doubles every %, backslashes in literals are doubled, a tab becomes four blanks,
parameters of get_bind().execute() are lost, and one migration that asks the
database keeps all others out.  Written to the file MIGRATE_SQL, if that is set,
so that what an application prints at its start is not taken for SQL.
"""
import datetime
import decimal
import functools
import importlib.util
import json
import os
import re
import sys
import traceback
import uuid

TAB = "\ue009"
MARK = "-- migrate import: "


class Asked(Exception):
    pass


class Answer:
    """What a database that is not there answers."""

    def __getattr__(self, name):
        raise Asked("uses what the database answers (%s)" % name)

    def __iter__(self):
        raise Asked("uses what the database answers")

    __bool__ = __len__ = __getitem__ = __iter__


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def compiler_of(plain):
    """That compiler, with literals of the types for which SQLAlchemy has none."""
    from sqlalchemy import exc, types

    def is_json_null(type_):
        return isinstance(type_, types.JSON) and type_.should_evaluate_none

    class Compiler(plain):
        def render_literal_bindparam(self, bindparam, *args, **options):
            if bindparam.value is None and bindparam.callable is None and is_json_null(bindparam.type):
                return "'null'"
            return super().render_literal_bindparam(bindparam, *args, **options)

        def render_literal_value(self, value, type_, *args, **options):
            if value is None:
                return "'null'" if is_json_null(type_) else "NULL"
            try:
                return super().render_literal_value(value, type_, *args, **options)
            except (NotImplementedError, exc.CompileError):
                pass
            if isinstance(type_, types.ARRAY) and isinstance(value, (list, tuple)):
                items = ", ".join(self.render_literal_value(item, type_.item_type) for item in value)
                types_of = getattr(self.dialect, "type_compiler_instance", self.dialect.type_compiler)
                return "CAST(ARRAY[%s] AS %s)" % (items, types_of.process(type_))
            if isinstance(type_, types.JSON) or isinstance(value, (dict, list)):
                return quoted(json.dumps(value))
            if isinstance(value, bool):
                return "true" if value else "false"
            if isinstance(value, (int, float, decimal.Decimal)):
                return str(value)
            if isinstance(value, bytes):
                return "'\\x%s'" % value.hex()
            if isinstance(value, datetime.timedelta):
                return "'%d days %d.%06d seconds'" % (value.days, value.seconds, value.microseconds)
            if isinstance(value, (datetime.date, datetime.time)):
                return quoted(value.isoformat())
            if isinstance(value, (str, uuid.UUID)):
                return quoted(value)
            raise Asked("a literal of %s, which cannot be written" % type(value).__name__)

    return Compiler


TYPE = re.compile(r'(CREATE|DROP) (?:TYPE|DOMAIN) (?:IF EXISTS )?(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)', re.I)


class Types:
    """The types that are there, for "create it unless it is there": what the SQL so far has made of an empty
    database; on the way down all but those that it has dropped."""

    def __init__(self, are_there):
        self.are_there, self.known = are_there, {}

    def listen(self, words):
        for action, _, name in TYPE.findall(words):
            self.known[name.strip('"')] = action.upper() == "CREATE"

    def has_type(self, connection, name, schema=None, **options):
        return self.known.get(name, self.are_there)


def make_true(dialect):
    """No escapes for a driver in what this dialect prints."""
    dialect.paramstyle, dialect.positional = "named", False
    dialect.identifier_preparer._double_percents = False
    dialect._backslash_escapes = False
    dialect.statement_compiler = compiler_of(dialect.statement_compiler)
    dialect.migrate_import = True


def patch_alembic(migration):
    from alembic.ddl.impl import DefaultImpl
    from alembic.util import CommandError
    from sqlalchemy import text
    from sqlalchemy.sql.compiler import Compiled

    start, show, output = DefaultImpl.__init__, Compiled.__str__, DefaultImpl.static_output
    connection_of, run = migration.MigrationContext._stdout_connection, migration.MigrationContext.run_migrations

    def new_start(self, dialect, connection, as_sql, transactional_ddl, output_buffer, context_opts, *more, **options):
        if as_sql:
            if dialect.name != "postgresql":
                raise CommandError("the application's database is %s: say, by DATABASE_URL or as it wants it, that it is PostgreSQL"
                                   % dialect.name)
            make_true(dialect)
            if os.environ.get("MIGRATE_SQL"):
                output_buffer = open(os.environ["MIGRATE_SQL"], "a", encoding="utf-8")
        start(self, dialect, connection, as_sql, transactional_ddl, output_buffer, context_opts, *more, **options)
        if as_sql:
            self.literal_binds = True
            self.migrate_types = Types(context_opts.get("starting_rev") not in (None, "base", ("base",), ()))
            dialect.has_type = self.migrate_types.has_type

    def new_show(self):
        shown = show(self)
        return shown.replace("\t", TAB) if getattr(self.dialect, "migrate_import", False) else shown

    def new_output(self, words):
        self.migrate_types.listen(words)
        output(self, words.replace(TAB, "\t"))

    def new_connection(self, connection):
        def execute(construct, *multiparams, **params):
            rows = [row for row in multiparams if row]
            if len(rows) == 1 and isinstance(rows[0], (list, tuple)):
                rows = list(rows[0])
            if params:
                rows.append(params)
            if isinstance(construct, str):
                if rows:
                    raise Asked("parameters of a text for the driver")
                construct = text(construct.replace("%%", "%").replace(":", "\\:"))
            for row in rows:
                if hasattr(construct, "bindparams"):
                    self.impl._exec(construct.bindparams(**row))
                elif hasattr(construct, "is_dml") or hasattr(construct, "values"):
                    self.impl._exec(construct.values(**row) if getattr(construct, "is_insert", False) else construct.params(**row))
                else:
                    self.impl._exec(construct.params(**row))
            if not rows:
                self.impl._exec(construct)
            return Answer()

        def visit(visitor, element, connection=None, **options):
            # Only of types it is known whether they are there.
            if not hasattr(element, "EnumGenerator") and not hasattr(element, "DDLGenerator"):
                options["checkfirst"] = False
            visitor(mock.dialect, mock, **options).traverse_single(element)

        mock = connection_of(self, connection)
        mock.exec_driver_sql, mock._run_ddl_visitor = execute, visit
        if "_execute_impl" in vars(mock):
            mock._execute_impl = execute
        else:
            mock.execute = execute
        return mock

    def guarded(context, step):
        run_step = step.migration_fn

        @functools.wraps(run_step)
        def migrate(**options):
            try:
                run_step(**options)
            except Exception as error:
                frames = [frame for frame in traceback.extract_tb(error.__traceback__)
                          if step.revision.path and frame.filename == step.revision.path]
                why = " ".join(str(error).split())
                why = why if len(why) < 150 else why[:147] + "..."
                if not isinstance(error, Asked):
                    why = "%s: %s" % (type(error).__name__, why)
                context.impl.static_output(MARK + "line %s %s" % (frames[-1].lineno if frames else 0, why))
        step.migration_fn = migrate
        return step

    def new_run(self, **options):
        if self.as_sql and self._migrations_fn is not None:
            steps_of = self._migrations_fn
            self._migrations_fn = lambda *args: (guarded(self, step) for step in steps_of(*args))
        run(self, **options)

    DefaultImpl.__init__, DefaultImpl.static_output, Compiled.__str__ = new_start, new_output, new_show
    migration.MigrationContext._stdout_connection, migration.MigrationContext.run_migrations = new_connection, new_run


class Finder:
    """Patches Alembic when it is first imported."""

    name = "alembic.runtime.migration"

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != cls.name:
            return None
        sys.meta_path.remove(cls)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            patch_alembic(module)
        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder)

# The machine's own file of this name, which this one hides.
here = os.path.dirname(os.path.abspath(__file__))
path, own = sys.path[:], sys.modules.pop("sitecustomize", None)
sys.path[:] = [entry for entry in path if os.path.abspath(entry or ".") != here]
try:
    import sitecustomize  # noqa: F401
except ImportError:
    sys.modules["sitecustomize"] = own
sys.path[:] = path
END_OF_PYTHON
}

if [ -n "$PRINT_HOOK" ]; then
  alembic_hook
  exit 0
fi
[ -n "$DIR" ] || bad_usage "which directory?"
[ -d "$DIR" ] || die "no such directory: $DIR"
case $TOOL in
  '' | alembic | authelia | dbmate | diesel | drizzle | flyway | golang-migrate | goose | hasura | node-pg-migrate | popx | \
    prisma | sql-migrate | sqitch | sqlx | supabase | tern) ;;
  *) bad_usage "--from $TOOL: not a tool that is known here" ;;
esac
case $DIR in /*) ;; *) DIR=./$DIR ;; esac # an argument such as a=b is no assignment for awk
case $PREFIX in *[!A-Za-z0-9_.-]*) bad_usage "--prefix $PREFIX: letters, digits, underscores, dots and dashes" ;; esac
if [ -n "$PREFIX_GIVEN" ]; then
  TOOL=${TOOL:-flyway}
  [ "$TOOL" = flyway ] || bad_usage "--prefix is for Flyway"
fi
[ -z "$TABLE" ] || [ -n "$LOAD" ] || bad_usage "--table needs --load or --stamp"
case "
$IRREVERSIBLE" in
  *"
all
"*) [ -n "$LOAD" ] || bad_usage "--irreversible all asks the database which they are: it needs --load or --stamp" ;;
esac

HERE=$(dirname "$0")
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$TMP/out"
tab=$(printf '\t')
NEWLINE='
'

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

# --- what the tool and the database have written down ----------------------------
# Where the files go; the table of what a tool has applied, which tells tools apart whose files are
# alike; each tool's own settings.

same_directory() { [ "$(cd "$1" && pwd -P)" = "$(cd "$2" 2>/dev/null && pwd -P)" ]; }
ELSEWHERE=''
if [ -z "$TO" ]; then
  TO=./migrations
  if same_directory "$ROOT" "$TO" || same_directory "$DIR" "$TO"; then TO=./revisions ELSEWHERE=yes; fi
fi
! same_directory "$ROOT" "$TO" || bad_usage "the revision files would go into the directory that is imported; name another with --to DIR"

if [ "$TOOL" = alembic ] && [ -z "$UPGRADE_SQL$GRAPH_ONLY" ]; then run_alembic; fi

# Tools whose files are alike: what the database has decides, if it is asked at all.
alike() { # alike TOOL
  case $1 in
    sqlx) if some "$ROOT"/*.up.sql; then echo "sqlx golang-migrate"; else echo "sqlx supabase flyway"; fi ;;
    golang-migrate) echo "golang-migrate sqlx" ;;
    supabase) echo "supabase sqlx" ;;
    flyway) if [ -z "$PREFIX" ] && [ -z "$PREFIX_GIVEN" ]; then echo "flyway sqlx supabase"; else echo flyway; fi ;;
    diesel) echo "diesel hasura" ;;
    hasura) echo "hasura diesel" ;;
    *) echo "$1" ;;
  esac
}

case ${DIALECT:+given}$TOOL in given?*) case $TOOL in popx | authelia) ;; *) bad_usage "--dialect is for popx and authelia; this is $TOOL" ;; esac ;; esac

# What is asked of the database.
sql() { # sql [OPTION...]: a script on standard input
  # Revision files are UTF-8, whatever the locale is.
  export PGCLIENTENCODING=UTF8
  if [ -n "${DATABASE_URL:-}" ]; then
    # Written for SQLAlchemy, it may name a driver.
    set -- "$@" -d "$(printf %s "$DATABASE_URL" | sed 's|^\(postgres[a-z]*\)+[a-z0-9]*://|\1://|')"
  fi
  "${PSQL:-psql}" -X -A -t -q -v ON_ERROR_STOP=1 "$@"
}

# The usual table of a tool: its name, a schema or nothing, the columns it has,
# a column it must not have.  sqlx and golang-migrate share their files.
bookkeeping() { # bookkeeping TOOL
  case $1 in
    alembic) echo "alembic_version - version_num -" ;;
    authelia) echo "migrations - version_before,version_after,application_version -" ;;
    dbmate) echo "schema_migrations - version dirty" ;;
    drizzle) echo "__drizzle_migrations drizzle id,hash,created_at -" ;;
    hasura) echo "hdb_version hdb_catalog cli_state -" ;;
    popx) echo "schema_migration - version,version_self -" ;;
    sql-migrate) echo "gorp_migrations - id,applied_at -" ;;
    tern) echo "schema_version - version installed_rank" ;;
    diesel) echo "__diesel_schema_migrations - version,run_on -" ;;
    flyway) echo "flyway_schema_history - installed_rank,version,script,checksum,type,success -" ;;
    golang-migrate) echo "schema_migrations - version,dirty -" ;;
    goose) echo "goose_db_version - id,version_id,is_applied -" ;;
    node-pg-migrate) echo "pgmigrations - id,name,run_on -" ;;
    prisma) echo "_prisma_migrations - migration_name,finished_at,rolled_back_at -" ;;
    sqitch) echo "changes - change_id,change,project,planned_at,committed_at -" ;;
    sqlx) echo "_sqlx_migrations - version,success -" ;;
    supabase) echo "schema_migrations supabase_migrations version -" ;;
  esac
}

# That table in the database, as SQL writes its name; nothing if there is none.
# One on the search_path goes before others of that name (Supabase has several).
# Anybody may make a table of that name somewhere: it has to belong to the owner of the
# database, to who asks, to a superuser, or to the owner of a schema that the
# search_path names and that is not called like the user.
find_table() { # find_table NAME SCHEMA COLUMNS NOT_COLUMN
  sql -v name="$1" -v schema="$2" -v columns="$3" -v without="$4" <<'EOF'
WITH found AS (
  SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_table_is_visible(c.oid) AS visible
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relname = :'name' AND :'schema' IN ('-', n.nspname)
    AND (c.relowner IN (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
         OR c.relowner IN (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolname = current_user)
         OR (c.relowner = n.nspowner AND n.nspname <> current_user AND n.nspname = ANY (pg_catalog.current_schemas(false))))
    AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
         AND a.attname = ANY (string_to_array(:'columns', ','))) = cardinality(string_to_array(:'columns', ','))
    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = :'without'))
SELECT name FROM found WHERE visible OR NOT EXISTS (SELECT FROM found WHERE visible) ORDER BY 1;
EOF
}

# The tool whose table this database has, among those whose files are alike.
decide_by_table() {
  for candidate in $(alike "$TOOL"); do
    if [ -n "$TABLE" ]; then
      # shellcheck disable=SC2046
      set -- $(bookkeeping "$candidate")
      has_columns "$3" "$4" || continue
    else
      # shellcheck disable=SC2046
      [ -n "$(find_table $(bookkeeping "$candidate"))" ] || continue
    fi
    if [ "$candidate" != "$TOOL" ]; then
      echo "$candidate, not $TOOL: the files of both are alike, and it is $candidate's table that is there" >>"$TMP/decided"
      [ "$candidate" != flyway ] || PREFIX=''
      TOOL=$candidate
    fi
    return
  done
}
has_columns() { # has_columns COLUMNS NOT_COLUMN: has --table TABLE these?
  [ "$(sql -v name="$TABLE" -v columns="$1" -v without="$2" <<'EOF'
SELECT (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = :'name'::regclass AND NOT a.attisdropped
        AND a.attname = ANY (string_to_array(:'columns', ','))) = cardinality(string_to_array(:'columns', ','))
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = :'name'::regclass AND a.attname = :'without');
EOF
  )" = t ]
}

: >"$TMP/decided"
if [ -n "$LOAD" ] && [ -n "$GUESSED" ] && [ "$(alike "$TOOL")" != "$TOOL" ]; then decide_by_table; fi

case $TOOL in
  sqitch)
    PLAN=sqitch.plan DEPLOY_DIR=deploy REVERT_DIR=revert EXTENSION=sql top=''
    if [ -f "$ROOT/sqitch.conf" ]; then
      for section in core 'engine "pg"'; do
        value=$(ini_value "$ROOT/sqitch.conf" "$section" top_dir)
        if [ -n "$value" ] && [ "$value" != . ]; then
          top=${value%/}/ PLAN=${top}sqitch.plan DEPLOY_DIR=${top}deploy REVERT_DIR=${top}revert
        fi
        value=$(ini_value "$ROOT/sqitch.conf" "$section" plan_file) && PLAN=${value:-$PLAN}
        value=$(ini_value "$ROOT/sqitch.conf" "$section" deploy_dir) && DEPLOY_DIR=${value:-$DEPLOY_DIR}
        value=$(ini_value "$ROOT/sqitch.conf" "$section" revert_dir) && REVERT_DIR=${value:-$REVERT_DIR}
        value=$(ini_value "$ROOT/sqitch.conf" "$section" extension) && EXTENSION=${value:-$EXTENSION}
      done
    fi
    [ -f "$ROOT/$PLAN" ] || die "no such plan: $ROOT/$PLAN"
    ;;
  prisma)
    if [ -f "$ROOT/migration_lock.toml" ]; then
      provider=$(sed -n 's/^provider *= *"\(.*\)".*/\1/p' "$ROOT/migration_lock.toml")
      case $provider in
        postgresql | postgres | cockroachdb | '') ;;
        *) die "migration_lock.toml: these are migrations for $provider, not for PostgreSQL" ;;
      esac
    fi
    ;;
  drizzle)
    provider=$(tr -d ' \t\r\n' <"$ROOT/meta/_journal.json" 2>/dev/null | sed -n 's/.*"dialect":"\([^"]*\)".*/\1/p') || :
    case $provider in
      postgresql | pg | '') ;;
      *) die "meta/_journal.json: these are migrations for $provider, not for PostgreSQL" ;;
    esac
    ;;
esac

# --- the conversion --------------------------------------------------------------
# One awk program, of the files *.awk here: the names of all files in, revision files out.

cat >"$TMP/import.awk" <<'END_OF_AWK'
# --- Alembic ---------------------------------------------------------------------
# The graph is in Python files, the SQL in what "alembic --sql" has printed.

# Alembic: identifiers are read as text out of the Python files.
function collect_alembic(   j, p, b, i, text, doc, quote, in_doc, have, value, f, clean) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p !~ /\.py$/ || !read_file(ROOT "/" p)) continue
    have = 0
    for (b = 1; b <= buffered; b++) if (buffer[b] ~ /^revision[ \t]*(:[^=]*)?=/) have = b
    if (!have) { if (p ~ /(^|\/)versions\// && p !~ /__init__\.py$/) left_out(p ": it has no revision"); continue }
    doc = ""; in_doc = 0; quote = ""
    for (b = 1; b <= buffered; b++) {
      text = buffer[b]; sub(/\r$/, "", text)
      if (!in_doc && doc == "" && match(text, /^[rRuU]*("""|\047\047\047)/)) {
        quote = substr(text, RLENGTH - 2, 3); in_doc = 1
        text = substr(text, RLENGTH + 1)
      }
      if (in_doc) {
        if (index(text, quote)) { text = substr(text, 1, index(text, quote) - 1); in_doc = 2 }
        doc = doc text "\n"
        if (in_doc == 2) { in_doc = 0; doc = doc " " }
        continue
      }
    }
    value = python_value(have)
    if (python_items(value, p, have, 0) != 1) { problem(p, have, "the revision identifier cannot be read"); continue }
    text = item[1]
    i = add(text, "", legal(text), base_name(p))
    up_file[i] = p; at_revision[text] = i
    sub(/\.py$/, "", name[i])
    if (index(name[i], text) == 1) name[i] = substr(name[i], length(text) + 1)
    sub(/^_+/, "", name[i])
    alembic_doc(i, doc, p)
    asks = ""
    if (is_exported[i]) for (b = 1; b <= buffered; b++) hear_question(i, buffer[b])
    for (f = 1; f <= 3; f++) {
      text = f == 1 ? "down_revision" : f == 2 ? "branch_labels" : "depends_on"
      for (b = 1; b <= buffered; b++) if (buffer[b] ~ ("^" text "[ \t]*(:[^=]*)?=")) break
      if (b > buffered) { if (f == 1) problem(p, 0, "has a revision and no down_revision"); continue }
      have = python_items(python_value(b), p, b, f == 2)
      value = ""
      for (clean = 1; clean <= have; clean++) value = value (clean > 1 ? "\n" : "") item[clean]
      if (f == 1) parents_of[i] = value; else if (f == 2) labels_of[i] = value; else needs[i] = value
      value_line[i, f] = b
    }
  }
  # By now every identifier and label is known.
  for (i = 1; i <= n; i++) {
    have = split(labels_of[i], item, "\n")
    for (b = 1; b <= have; b++) {
      text = item[b]; gsub(/[@+:, \t]/, "_", text)
      if (match(text, /-[0-9]+$/)) text = substr(text, 1, RSTART - 1) "_" substr(text, RSTART + 1)
      is_label[item[b]] = text
      labels[i] = labels[i] (b > 1 ? ", " : "") text
    }
  }
  for (i = 1; i <= n; i++) {
    parents[i] = alembic_links(i, parents_of[i] "", 1)
    depends[i] = alembic_links(i, needs[i] "", 3)
  }
  if (!nproblems) read_alembic_sql()
}
function alembic_links(i, values, field,   b, have, text) {
  have = split(values, item, "\n")
  for (b = 1; b <= have; b++) {
    if (item[b] in at_revision) {
      text = text (text == "" ? "" : ", ") id[at_revision[item[b]]]
      child_of[at_revision[item[b]], ++nchildren[at_revision[item[b]]]] = i
      waits[i]++
    } else if (field == 3 && (item[b] in is_label)) text = text (text == "" ? "" : ", ") is_label[item[b]]
    else problem(up_file[i], value_line[i, field], (field == 1 ? "down_revision" : "depends_on") " \"" item[b] "\" is in none of the files")
  }
  return text
}
# What stands behind the = of line b, with what follows of a bracket.
function python_value(b,   text, t) {
  text = buffer[b]; sub(/^[^=]*=[ \t]*/, "", text)
  for (;;) {
    t = python_bare(text)
    if (b >= buffered || gsub(/\(|\[|\{/, "", t) <= gsub(/\)|\]|\}/, "", t) && t !~ /\\\r?$/) return text
    text = text "\n" buffer[++b]
  }
}
# Without strings and comments.
function python_bare(text,   out) {
  while (match(text, /#[^\n]*|"[^"\n]*"|\047[^\047\n]*\047/)) {
    out = out substr(text, 1, RSTART - 1)
    text = substr(text, RSTART + RLENGTH)
  }
  return out text
}
# The literals in it, into item[]; None is nothing.  names: a name that is no literal stands for its last part.
function python_items(text, file, number, names,   have, token) {
  have = 0
  while (match(text, /#[^\n]*|"[^"\n]*"|\047[^\047\n]*\047|[A-Za-z_][A-Za-z0-9_.]*/)) {
    token = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    if (token ~ /^["\047]/) {
      if (length(token) > 2) item[++have] = substr(token, 2, length(token) - 2)
    } else if (token ~ /^#/ || token ~ /^(None|tuple|list|set|frozenset)$/ || token ~ /^[uUrR]$/ && text ~ /^["\047]/) continue
    else if (names) {
      item[++have] = token; sub(/.*\./, "", item[have])
      note(file ":" number ": label " item[have] ", after the name of a Python constant")
    } else problem(file, number, "cannot be read as text: " token)
  }
  return have
}
function alembic_doc(i, doc, file,   parts, np, k, text, started) {
  np = split(doc, parts, "\n")
  contract_read = ""
  for (k = 1; k <= np; k++) {
    text = trim(parts[k])
    if (text ~ /^Create Date:/) {
      text = trim(substr(text, 13))
      sub(/T/, " ", text)
      if (text ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]( [0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?)?(Z|[+-][0-9][0-9](:?[0-9][0-9])?)?$/ &&
          clock_of(substr(text, 1, 4) substr(text, 6, 2) substr(text, 9, 2)) != "")
        created[i] = text (text ~ /(Z|[0-9] ?[+-][0-9][0-9](:?[0-9][0-9])?)$/ && length(text) > 10 ? "" : "+00")
      else note(file ": Create Date \"" text "\" is no date and is not used")
    } else if (text ~ /^Wrapped (up|down): /) hear_wrap(i, text)
    else if (text ~ /^Contract: /) contract_read = substr(text, 11)
    else if (text ~ /^Exported by migrate\.sh/) {
      is_exported[i] = started = 2
      contract[i] = contract_read
      marked[i] = text; sub(/.*false:/, "", marked[i])
      if (text !~ /false:/) marked[i] = ""
    } else if (text ~ /^(Revision ID|Revises|Branch Labels|Depends On):/) started = 2
    else if (text == "") { if (started) started = 2 }
    else if (started < 2) { title[i] = title[i] (title[i] == "" ? "" : " ") text; started = 1 }
  }
}
function order_by_graph(   first, last, i, k, c) {
  for (i = 1; i <= n; i++) if (!waits[i]) order[++last] = i
  for (first = 1; first <= last; first++) {
    i = order[first]
    if (created[i] == "") {
      if (clock[i] == "") clock[i] = to_seconds(2000, 1, 1, 0, 0, 0)
    } else {
      c = substr(created[i], 1, 19); gsub(/[^0-9]/, "", c)
      c = clock_of(c)
      if (c != "" && (clock[i] == "" || clock[i] < c)) clock[i] = c
    }
    for (k = 1; k <= nchildren[i]; k++) {
      c = child_of[i, k]
      if (clock[c] == "" || clock[c] <= clock[i]) clock[c] = clock[i] + 1
      if (--waits[c] == 0) order[++last] = c
    }
  }
  for (i = 1; i <= n && !nproblems; i++) if (waits[i] > 0) problem(up_file[i], 0, "is its own ancestor")
}

# The output of alembic --sql, cut at its own comments.
function read_alembic_sql(   j, s, direction, text, i, side, file, first) {
  for (side = 1; side <= 2; side++) {
    direction = side == 1 ? "upgrade" : "downgrade"
    text = side == 1 ? UPGRADE_SQL : DOWNGRADE_SQL
    if (text == "") continue
    file = text
    read_file(file)
    if (!RAN) set_percents(file)
    s = 0
    for (j = 1; j <= buffered; j++) {
      if (buffer[j] ~ ("^-- Running " direction " .*->")) {
        text = buffer[j]; sub(/\r$/, "", text)
        sub(/^-- Running (up|down)grade /, "", text)
        if (side == 1) { sub(/.*-> */, "", text); sub(/[ ,].*/, "", text) } else sub(/ *->.*/, "", text)
        if (!(text in at_revision)) { problem(file, j, "revision \"" text "\" is in none of the files"); s = new_section(""); continue }
        i = at_revision[text]
        s = new_section(RAN ? up_file[i] : file)
        # Where branches meet, what is below comes once for each head.
        first = 0
        if (side == 1 && !up[i]) first = up[i] = s
        if (side == 2 && !down[i]) first = down[i] = s
      } else if (s && buffer[j] ~ /^-- migrate import: line /) {
        # Python's word for what there is not
        if (side == 2 && buffer[j] ~ /^-- migrate import: line [0-9]+ NotImplementedError: /) refuses[i] = 1
        else if (first) ask_for_sql(i, s, direction, substr(buffer[j], 25))
      } else if (s) add_line(s, buffer[j], RAN ? 0 : j)
    }
  }
  for (i = 1; i <= n; i++) {
    if (UPGRADE_SQL == "") { up[i] = new_section(""); down[i] = new_section(""); continue }
    if (refuses[i]) { down[i] = 0; continue }
    if (!up[i]) problem(UPGRADE_SQL, 0, "there is no \"-- Running upgrade ... -> " key[i] "\"")
    if (!down[i] && DOWNGRADE_SQL != "") problem(DOWNGRADE_SQL, 0, "there is no \"-- Running downgrade " key[i] " -> ...\"")
  }
}
# The percent signs of a file that somebody made: twice each, for a driver that is not here?
function set_percents(file,   j, text, odd, even) {
  for (j = 1; j <= buffered; j++) {
    text = buffer[j]
    if (text ~ /^-- Running /) continue
    while (match(text, /%+/)) {
      if (RLENGTH % 2) odd = j; else if (!even) even = j
      text = substr(text, RSTART + RLENGTH)
    }
  }
  if (PERCENTS == "doubled" && odd) problem(file, odd, "a single %; so they are not doubled here")
  else if (PERCENTS == "" && even && !odd)
    problem(file, even, "every % is there twice, as psycopg2\047s dialect writes it for its driver (backslashes are doubled then, too, and cannot be told from others). Let this program run Alembic, or make the file with the hook that --print-hook prints; or say --percents doubled, or --percents plain if they are meant")
  if (PERCENTS == "doubled") for (j = 1; j <= buffered; j++) gsub(/%%/, "%", buffer[j])
}
# What no SQL can say: an upgrade that depends on what the database answers.
function ask_for_sql(i, s, direction, text,   number, j, part, np, parts, by_hand) {
  number = text; sub(/ .*/, "", number)
  sub(/^[0-9]+ /, "", text)
  np = split(BY_HAND, parts, "\n")
  for (part = 1; part < np; part++) if (parts[part] == "all" || is_called(i, parts[part])) by_hand = 1
  if (!by_hand) {
    problem(up_file[i], number, "its " direction " cannot be written as SQL: " text ". --by-hand " key[i] ", or all, leaves the place to you")
    return
  }
  note(up_file[i] ":" number ": its " direction " fails until you have written its SQL: " text)
  for (j = 1; j <= lines[s]; j++) if (trim(line_text[s, j]) != "") line_text[s, j] = "-- " line_text[s, j]
  add_line(s, "-- " up_file[i] ", line " number ": " text, 0)
  add_line(s, "-- Write its SQL in place of this; above is what it did before that line.", 0)
  text = "revision " key[i] " was Python that asks the database (" up_file[i] "): write its SQL"
  gsub(/\047/, "\047\047", text)
  add_line(s, "DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = \047" text "\047; END $$;", 0)
}
# Take out what Alembic does with its version table, and its transactions; true
# if the revision has to run without one.
function strip_alembic(s,   k, j, text, table, own, first, last, out) {
  if (!s || !lines[s]) return 0
  scan(s)
  for (k = 1; k <= nstatements; k++) {
    text = ""
    for (j = statement_first[k]; j <= statement_last[k]; j++) text = text (text == "" ? "" : " ") trim(line_text[s, j])
    if (match(text, /^(INSERT INTO [^ ]+ \(version_num\) VALUES \(|UPDATE [^ ]+ SET version_num=|DELETE FROM [^ ]+ WHERE [^ ]*version_num = )/)) {
      out[k] = 1
      table = text; sub(/^(INSERT INTO|UPDATE|DELETE FROM) /, "", table); sub(/ .*/, "", table)
    } else if (text ~ /^CREATE TABLE [^ ]+ \( version_num VARCHAR\(/) out[k] = 1
    else if (table != "" && text == "DROP TABLE " table ";") out[k] = 1
  }
  for (k = 1; k <= nstatements; k++) if ((statement_kind[k] == "begin" || statement_kind[k] == "commit") && line_text[s, statement_last[k]] !~ / \/\* of the revision itself \*\/;$/) out[k] = "control"
  # At either end that is Alembic's own; in the middle it is an autocommit_block().
  for (last = nstatements; last > 0 && out[last]; last--) ;
  for (first = 1; first <= last && out[first] == 1; first++) ;
  for (k = 1; k <= nstatements; k++) {
    if (out[k] == "control" && k >= first && k < last) own = 1
    if (out[k]) for (j = statement_first[k]; j <= statement_last[k]; j++) line_text[s, j] = ""
  }
  return own
}

# --- prisma, diesel, hasura ------------------------------------------------------
# A migration is a directory.

# prisma and diesel: a migration is a directory.
function collect_directories(   j, p, d, v, i, at, f) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p !~ /^[^\/]+\/[^\/]+$/) continue
    d = f = p
    sub(/\/.*/, "", d); sub(/.*\//, "", f)
    if (f !~ (TOOL == "prisma" ? "^(migration|down)[.]sql$" : TOOL == "diesel" ? "^(up|down)[.]sql$|^metadata[.]toml$" : "^(up|down)[.]sql$")) {
      if (is_sql(f) || TOOL == "hasura" && f ~ /^(up|down)\.ya?ml$/) {
        left_out(p ": " (TOOL == "hasura" && !is_sql(f) ? "no SQL" : TOOL " reads " (TOOL == "prisma" ? "migration.sql" : "up.sql and down.sql") " only"))
        without[d] = 1
      }
      continue
    }
    has[d] = 1
    if (d in at) i = at[d]
    else if (TOOL == "hasura") {
      v = digits_of(d)
      if (v == "") { left_out(p ": its directory has no version"); continue }
      i = at[d] = add(v, padded(v), v, d)
      sub(/^[0-9]+_*/, "", name[i])
      clock[i] = clock_of(v)
    } else if (TOOL == "diesel") {
      v = d; sub(/_.*/, "", v); gsub(/-/, "", v)
      i = at[d] = add(v, v, legal(v), d)
      sub(/^[^_]*_/, "", name[i])
      clock[i] = clock_of(v)
    } else {
      v = digits_of(d)
      i = at[d] = add(d, d, v == "" || (v in taken) ? hash12(d) : v, d)
      taken[v] = 1
      sub(/^[0-9]+_*/, "", name[i])
      clock[i] = clock_of(v)
    }
    if (f == "down.sql") down_file[i] = p
    else if (f == (TOOL == "prisma" ? "migration.sql" : "up.sql")) up_file[i] = p
    else if (f == "metadata.toml") read_options(i, p, "run_in_transaction")
  }
  for (i = 1; i <= n; i++) if (up_file[i] == "") problem(key[i], 0, "a directory without an upgrade")
  for (d in without) if (!(d in has)) problem(d, 0, "a directory without " (TOOL == "prisma" ? "migration.sql" : "up.sql"))
}
# The options that a tool has in a file beside a migration: one of them is known here.
function read_options(i, p, known,   j, text, value) {
  if (!read_file(ROOT "/" p)) return
  for (j = 1; j <= buffered; j++) {
    text = trim(buffer[j])
    if (text == "" || text ~ /^[#!\[]/) continue
    value = text; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]*#.*$/, "", value); value = tolower(value)
    sub(/[ \t]*=.*/, "", text)
    if (text != known || value !~ /^(true|false)$/) problem(p, j, "an option that a revision cannot keep: " text)
    else if (value == "false") up_mark[i] = down_mark[i] = 1
  }
}

# --- drizzle-kit -----------------------------------------------------------------
# A journal says which files there are, and a comment where each statement ends.

# drizzle-kit: meta/_journal.json says which files there are, and in which order.
function collect_drizzle(   j, text, t, i, v, ordinal) {
  if (!read_file(ROOT "/meta/_journal.json")) { problem("meta/_journal.json", 0, "cannot be read"); return }
  for (j = 1; j <= buffered; j++) text = text " " buffer[j]
  sub(/.*"entries"[ \t\r]*:/, "", text)
  while (match(text, /\{[^{}]*\}/)) {
    t = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
    if (!match(t, /"when"[ \t\r]*:[ \t\r]*[0-9]+/)) { problem("meta/_journal.json", 0, "an entry without \"when\": " t); continue }
    v = substr(t, RSTART, RLENGTH); sub(/.*[^0-9]/, "", v)
    if (!match(t, /"tag"[ \t\r]*:[ \t\r]*"[^"]+"/)) { problem("meta/_journal.json", 0, "an entry without \"tag\": " t); continue }
    t = substr(t, RSTART, RLENGTH); sub(/"$/, "", t); sub(/.*"/, "", t)
    i = add(v, padded(v), digits_of(t), t)
    if (id[i] == "" || (id[i] in taken)) id[i] = hash12(t)
    taken[id[i]] = 1
    sub(/^[0-9]+_*/, "", name[i])
    clock[i] = clock_of(v)
    up_file[i] = t ".sql"
    listed[up_file[i]] = 1
    # The entries are run in their own order, each whose time is later than the last that was run.
    if (ordinal != "" && sorting[i] "" <= ordinal "") problem(up_file[i], 0, "is not later than the entry before it in meta/_journal.json, so that drizzle-kit would not run it")
    ordinal = sorting[i]
  }
  for (j = 1; j <= npaths; j++) if (is_sql(path[j]) && !(path[j] in listed)) left_out(path[j] ": meta/_journal.json does not list it")
}
# Statements are told apart by a comment, and may lack their semicolon.
function cut_drizzle(i,   j, s, text, last, at_break) {
  s = up[i] = new_section(up_file[i])
  for (j = 1; j <= buffered; j++) {
    text = buffer[j]
    at_break = sub(/[ \t]*--> statement-breakpoint[ \t\r]*$/, "", text)
    if (!at_break || trim(text) != "") add_line(s, text, j)
    if (!at_break) continue
    for (last = lines[s]; last > 0 && trim(line_text[s, last]) ~ /^(--.*)?$/; last--) ;
    if (last && trim(line_text[s, last]) !~ /;$/) add_line(s, ";", j)
  }
}

# --- what migrate.sh export --format has written ---------------------------------
# Its files begin with comments that say what the other tool has no place for: so a project that was
# exported comes back as it was, also if files of that tool's own were added since.

# The comments at the beginning of the file in the buffer.
function take_header(i,   j, words) {
  if (match(buffer[1], /^-- Continues revision /)) {
    continues[i] = trim(substr(buffer[1], RLENGTH + 1))
    buffer[1] = ""
    return
  }
  j = buffer[1] ~ /^-- no-transaction/ ? 2 : 1
  if (buffer[j + 2] != "-- Exported by migrate.sh") return
  is_exported[i] = any_exported = 1
  title[i] = substr(buffer[j], 4)
  asks = ""
  buffer[j] = ""
  for (j++; j <= buffered && buffer[j] ~ /^--/; j++) {
    words = buffer[j]
    if (sub(/^-- Revision ID: /, "", words)) id[i] = words
    else if (sub(/^-- Revises: ?/, "", words)) parents[i] = words
    else if (sub(/^-- Create Date: /, "", words)) created[i] = words
    else if (sub(/^-- Branch Labels: /, "", words)) labels[i] = words
    else if (sub(/^-- Depends On: /, "", words)) depends[i] = words
    else if (sub(/^-- Contract: /, "", words)) contract[i] = words
    else if (sub(/^-- Marked transaction:false: /, "", words)) marked[i] = words
    else if (words ~ /^-- Wrapped (up|down): /) hear_wrap(i, substr(words, 4))
    else hear_question(i, words)
    buffer[j] = ""
  }
}
# "Wrapped up: BEGIN; COMMIT;"
function hear_wrap(i, words,   which) {
  which = words ~ /^Wrapped up/ ? "up" : "down"
  sub(/^[^:]*: /, "", words)
  wrap_begin[i, which] = substr(words, 1, index(words, ";"))
  wrap_end[i, which] = trim(substr(words, index(words, ";") + 1))
}
function wrap_again(i, which, s,   more) {
  if (!s || !((i, which) in wrap_begin)) return s
  more = new_section(source[s])
  add_line(more, wrap_begin[i, which], 0)
  append_section(more, s)
  add_line(more, wrap_end[i, which], 0)
  return more
}
# Comments that were questions
function hear_question(i, words) {
  if (words ~ /^(--|#) (Must|What must) hold /) asks = words ~ /hold before/ ? "require" : "verify"
  else if (asks != "" && sub(/^(--|#)     /, "", words)) {
    if (!((i, asks) in questions)) questions[i, asks] = new_section("")
    add_line(questions[i, asks], words, 0)
  } else asks = ""
}
# Which sections were marked transaction:false is told; other files' marks are only for their tool.
function set_marks(i) {
  if (!is_exported[i]) return
  up_mark[i] = marked[i] ~ /up/ ? 1 : 0
  down_mark[i] = marked[i] ~ /down/ ? 1 : 0
  drop_added(up[i] + 0)
  drop_added(down[i] + 0)
  up[i] = wrap_again(i, "up", up[i] + 0)
  down[i] = wrap_again(i, "down", down[i] + 0)
}
# BEGIN and COMMIT round a revision that asks for an isolation level; and the mark of those that it has itself
function drop_added(s,   j) {
  for (j = 1; j <= lines[s]; j++) {
    if (line_text[s, j] ~ /^(BEGIN|COMMIT).* \/\* added by the export \*\/;$/) line_text[s, j] = ""
    sub(/ \/\* of the revision itself \*\/;$/, ";", line_text[s, j])
  }
}

# What dbmate gets behind SQL that leaves settings.
function drop_reset(s) {
  while (lines[s] && trim(line_text[s, lines[s]]) == "") lines[s]--
  if (lines[s] && line_text[s, lines[s]] == "RESET ALL;") lines[s]--
}
# dbmate has several files for a revision of which each statement runs by itself.
function join_pieces(   k, i, j, of_id, kept) {
  if (!any_exported) return
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (TOOL == "dbmate" && (is_exported[i] || (i in continues))) {
      drop_reset(up[i])
      if (down[i]) drop_reset(down[i])
    }
    if (is_exported[i]) of_id[id[i]] = i
    if (!(i in continues) || !(continues[i] in of_id)) continue
    j = of_id[continues[i]]
    part_of[i] = j
    append_section(up[j], up[i])
    if (down[j] && down[i]) {
      append_section(down[i], down[j])
      down[j] = down[i]
    }
  }
}
function append_section(s, more,   j) {
  for (j = 1; j <= lines[more]; j++) add_line(s, line_text[more, j], line_number[more, j])
}
# --- dbmate, goose, node-pg-migrate, sql-migrate, supabase, tern -----------------
# A migration is a file, and a comment in it says where the way down begins.

# dbmate, goose, node-pg-migrate, sql-migrate, supabase, tern: a migration is a file.
function collect_files(   j, p, v, i, t) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p ~ /\//) { if (is_sql(p)) left_out(p ": in a directory below"); continue }
    v = digits_of(p)
    if (p !~ /\.sql$/) {
      t = p; sub(/\.[a-z]+$/, "", t)
      if (v != "" && TOOL == "goose" && p ~ /\.go$/ && p !~ /_test\.go$/) add_program(p, no_zeros(v), padded(v), v, t)
      else if (v != "" && TOOL == "node-pg-migrate" && p ~ /\.[cm]?[jt]s$/) add_program(p, t, node_sorting(v, p), v, t)
      else if (is_sql(p)) left_out(p ": its suffix is not .sql")
      continue
    }
    t = p; sub(/\.sql$/, "", t)
    if (v == "" && TOOL != "node-pg-migrate") { left_out(p); continue }
    if (TOOL == "node-pg-migrate") {
      i = add(t, node_sorting(v, p), v, t)
      if (v == "") id[i] = hash12(t)
    } else if (TOOL == "goose" || TOOL == "tern") i = add(no_zeros(v), padded(v), v, t)
    else if (TOOL == "sql-migrate") i = add(p, padded(v) " " p, v, t)
    else i = add(v, p, v, t)
    sub(/^[0-9]+[_-]*/, "", name[i])
    clock[i] = clock_of(v)
    up_file[i] = p
  }
}

function node_sorting(v, p) { return padded(length(v) == 17 && clock_of(v) != "" ? clock_of(v) substr(v, 15) : v) " " p }

function cut_dbmate(i,   j, text, s, f) {
  f = up_file[i]
  for (j = 1; j <= buffered; j++) {
    text = buffer[j]
    if (text ~ /^--[ \t]*migrate:(up|down)([ \t\r]|$)/) {
      s = new_section(f)
      if (text ~ /migrate:up/) { if (up[i]) problem(f, j, "a second migrate:up"); up[i] = s }
      else { if (down[i] || !up[i]) problem(f, j, "a migrate:down in the wrong place"); down[i] = s }
      sub(/^--[ \t]*migrate:(up|down)/, "", text); text = trim(text)
      if (text == "transaction:false") { if (s == up[i]) up_mark[i] = 1; else down_mark[i] = 1 }
      else if (text != "" && text != "transaction:true") problem(f, j, "an option that is not known: " text)
    } else if (s) add_line(s, text, j)
    else if (trim(text) !~ /^(--|$)/) { problem(f, j, "SQL before -- migrate:up"); s = new_section(f) }
  }
  if (!up[i]) problem(f, 0, "has no -- migrate:up")
}
# goose and sql-migrate: annotations of one kind, "-- +goose Up" and "-- +migrate Up"
function cut_goose(i,   j, text, s, f, last, word) {
  f = up_file[i]; word = TOOL == "goose" ? "goose" : "migrate"
  for (j = 1; j <= buffered; j++) {
    text = tolower(trim(buffer[j]))
    if (text !~ ("^--[ \\t]*[+]" word "[ \\t]")) {
      if (s) add_line(s, buffer[j], j)
      else if (text !~ /^(--|$)/) { problem(f, j, "SQL before -- +" word " Up"); s = new_section(f) }
      continue
    }
    sub("^--[ \\t]*[+]" word "[ \\t]+", "", text); gsub(/[ \t]+/, " ", text)
    if (TOOL == "sql-migrate" && sub(/^(up|down) notransaction$/, "&", text)) {
      if (text ~ /^up/) up_mark[i] = 1; else down_mark[i] = 1
      sub(/ .*/, "", text)
    }
    if (text == "up") { if (up[i]) problem(f, j, "a second +" word " Up"); s = up[i] = new_section(f) }
    else if (text == "down") { if (down[i] || !up[i]) problem(f, j, "a +" word " Down in the wrong place"); s = down[i] = new_section(f) }
    else if (TOOL == "goose" && text == "no transaction") up_mark[i] = down_mark[i] = 1
    else if (text == "statementend") {
      # For goose the block's end is the end of its statement.
      for (last = lines[s]; last > 0 && trim(line_text[s, last]) == ""; last--) ;
      if (s && trim(line_text[s, last]) !~ /;$/) add_line(s, ";", j)
    } else if (text == "statementbegin") continue
    else problem(f, j, "an annotation that cannot be converted: " trim(buffer[j]))
  }
  if (!up[i]) problem(f, 0, "has no -- +" word " Up")
}
# tern: what is below a line is the way down.
function cut_tern(i,   j, s) {
  s = up[i] = new_section(up_file[i])
  for (j = 1; j <= buffered; j++) {
    if (tolower(buffer[j]) ~ /^--+[ \t]*create above[ \t]*\/[ \t]*drop below/ && !down[i]) s = down[i] = new_section(up_file[i])
    else {
      if (buffer[j] ~ /\{\{/) problem(up_file[i], j, "a template, which tern alone can fill in: " trim(buffer[j]))
      add_line(s, buffer[j], j)
      if (tolower(buffer[j]) ~ /^--+[ \t]*tern:[ \t]*disable-tx/) up_mark[i] = down_mark[i] = 1
    }
  }
}
function cut_node(i,   j, text, s, f) {
  f = up_file[i]
  s = up[i] = new_section(f)
  for (j = 1; j <= buffered; j++) {
    text = tolower(buffer[j])
    if (text ~ /^[ \t]*--[ \t-]*up[ \t]+migration/ && !j_up) { j_up = 1; s = up[i] = new_section(f) }
    else if (text ~ /^[ \t]*--[ \t-]*down[ \t]+migration/ && !down[i]) s = down[i] = new_section(f)
    else add_line(s, buffer[j], j)
  }
  j_up = 0
}

# --- Flyway ----------------------------------------------------------------------
# The name of a file says everything, down to what is run again and what is a baseline.

# Flyway: V1_2__name.sql, U1_2__name.sql (undo), R__name.sql (repeatable), B1_2__name.sql (baseline), in any depth.
function flyway_version(v,   parts, np, j, text) {
  np = split(v, parts, /[._]/)
  while (np > 1 && parts[np] ~ /^0*$/) np--
  for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") no_zeros(parts[j])
  return text
}
function flyway_sorting(v,   parts, np, j, text) {
  np = split(v, parts, ".")
  for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") padded(parts[j])
  return text
}
function collect_flyway(   j, p, f, v, t, kind, i, at, undo, based, kept) {
  if (read_file(ROOT "/flyway.conf"))
    for (i = 1; i <= buffered; i++) if (buffer[i] ~ /^[ \t]*flyway\.placeholderReplacement[ \t]*=[ \t]*false/) keeps_placeholders = 1
  for (j = 1; j <= npaths; j++) {
    p = path[j]; f = base_name(p)
    kind = ""
    if (index(f, PREFIX) == 1 && substr(f, length(PREFIX) + 1) ~ /^[0-9][0-9._]*__/) { kind = "V"; v = substr(f, length(PREFIX) + 1) }
    else if (f ~ /^[UB][0-9][0-9._]*__/) { kind = substr(f, 1, 1); v = substr(f, 2) }
    sub(/__.*/, "", v)
    if (f ~ /__.*\.(java|kt|groovy|scala)$/ && (kind != "" || f ~ /^R__/)) {
      t = f; sub(/^[^_]*(_[^_]+)*__/, "", t); sub(/\.[a-z]+$/, "", t)
      if (kind == "V") add_program(p, flyway_version(v), flyway_sorting(flyway_version(v)), v, t)
      else problem(p, 0, "a migration that is no SQL; write its SQL in its place")
      continue
    }
    if (f !~ /\.sql$/) { if (is_sql(f)) left_out(p ": its suffix is not .sql"); continue }
    t = f; sub(/^[^_]*(_[^_]+)*__/, "", t); sub(/\.sql$/, "", t)
    if (f ~ /^R__/) {
      hash_start(); hash_add(t)
      if (read_file(ROOT "/" p)) for (i = 1; i <= buffered; i++) hash_add("\n" buffer[i])
      i = add(p, "~" t, hash_end(), t)
      up_file[i] = p; repeatable[i] = 1
    } else if (kind != "") {
      t = flyway_version(v)
      gsub(/_/, ".", v)
      if (kind == "U") { undo[t] = p; continue }
      if (kind == "B") {
        if (based == "" || flyway_sorting(based) < flyway_sorting(t)) based = t
      }
      if ((kind, t) in at) { problem(p, 0, "has the version of " up_file[at[kind, t]]); continue }
      i = at[kind, t] = add(t, flyway_sorting(t), v, f)
      sub(/^[^_]*(_[^_]+)*__/, "", name[i]); sub(/\.sql$/, "", name[i])
      up_file[i] = p; flyway_kind[i] = kind
      clock[i] = clock_of(v)
    } else { left_out(p); continue }
    read_options(i, p ".conf", "executeInTransaction")
  }
  for (i = 1; i <= n; i++) if (flyway_kind[i] == "V" && (key[i] in undo)) down_file[i] = undo[key[i]]
  if (based == "") return
  # On a new database Flyway starts with the newest baseline, and so do we.
  for (i = 1; i <= n; i++) {
    if (!repeatable[i] && (flyway_kind[i] == "B" ? key[i] != based : sorting[i] <= flyway_sorting(based))) {
      left_out(up_file[i] ": " up_file[at["B", based]] " stands for it")
      continue
    }
    kept++
    key[kept] = key[i]; sorting[kept] = sorting[i]; id[kept] = id[i]; name[kept] = name[i]; clock[kept] = clock[i]
    up_file[kept] = up_file[i]; down_file[kept] = down_file[i]; repeatable[kept] = repeatable[i]
    up_mark[kept] = up_mark[i]; down_mark[kept] = down_mark[i]; program[kept] = program[i]
    flyway_kind[kept] = flyway_kind[i]
  }
  n = kept
}

# Input: the paths of all files below ROOT, one a line, sorted.  Output: revision
# files in OUT, a line for each in MANIFEST (identifier, key in the tool's own
# table, sort key, file, source, whether irreversible, V, B or R for Flyway, and of what was exported
# "+" with its parents and dependencies),
# notes on standard output, problems on standard error.
#
# A migration is a number i: key, id, name, sorting, clock, up[i], down[i] ...
# A section of SQL is a number s: its lines are line_text[s, 1..lines[s]], with
# the numbers they have in their file.

BEGIN {
  TOOL = ENVIRON["TOOL"]; GUESSED = ENVIRON["GUESSED"]; ROOT = ENVIRON["ROOT"]
  OUT = ENVIRON["OUT"]; MANIFEST = ENVIRON["MANIFEST"]
  UNTIL = ENVIRON["UNTIL"]; IRREVERSIBLE = ENVIRON["IRREVERSIBLE"]
  PLAN = ENVIRON["PLAN"]; DEPLOY_DIR = ENVIRON["DEPLOY_DIR"]; REVERT_DIR = ENVIRON["REVERT_DIR"]; EXTENSION = ENVIRON["EXTENSION"]
  UPGRADE_SQL = ENVIRON["UPGRADE_SQL"]; DOWNGRADE_SQL = ENVIRON["DOWNGRADE_SQL"]
  LOAD = ENVIRON["LOAD"]; RAN = ENVIRON["RAN"]; BY_HAND = ENVIRON["BY_HAND"]; PERCENTS = ENVIRON["PERCENTS"]
  for (c = 1; c < 256; c++) ord[sprintf("%c", c)] = c
  # Tools that hand a file over as it is, so that its own BEGIN and COMMIT are real.
  split("golang-migrate hasura prisma sqitch supabase", words)
  for (w in words) is_plain[words[w]] = 1
  own_table["dbmate"] = own_table["golang-migrate"] = own_table["supabase"] = "schema_migrations"
  own_table["diesel"] = "__diesel_schema_migrations"
  own_table["flyway"] = "flyway_schema_history"
  own_table["goose"] = "goose_db_version"
  own_table["node-pg-migrate"] = "pgmigrations"
  own_table["prisma"] = "_prisma_migrations"
  own_table["sqitch"] = "sqitch.changes"
  own_table["sqlx"] = "_sqlx_migrations"
  own_table["alembic"] = "alembic_version"
  own_table["authelia"] = "authelia_migrations" # "migrations" may be anything
  own_table["drizzle"] = "__drizzle_migrations"
  own_table["hasura"] = "hdb_version"
  own_table["popx"] = "schema_migration"
  own_table["sql-migrate"] = "gorp_migrations"
  own_table["tern"] = "schema_version"
  PREFIX = ENVIRON["PREFIX"]; OWN = ENVIRON["OWN"]
  DIALECT = ENVIRON["DIALECT"] == "" ? "postgres" : ENVIRON["DIALECT"]
}
{ path[++npaths] = $0 }
END {
  if (TOOL == "alembic") collect_alembic()
  else if (TOOL == "sqitch") collect_sqitch()
  else if (TOOL == "prisma" || TOOL == "diesel" || TOOL == "hasura") collect_directories()
  else if (TOOL == "drizzle") collect_drizzle()
  else if (TOOL == "flyway") collect_flyway()
  else if (TOOL == "golang-migrate" || TOOL == "sqlx" || TOOL == "popx" || TOOL == "authelia") collect_pairs()
  else collect_files()

  if (!n && !nproblems) problem(ROOT, 0, "no migrations of " TOOL " here")
  if (TOOL == "alembic") order_by_graph(); else order_by_key()
  find_duplicates()
  stop_at_until()
  for (k = 1; k <= n; k++) read_migration(order[k])
  join_pieces()
  leave_downs()
  for (k = 1; k <= n; k++) check_migration(order[k])
  report_problems()
  set_links()
  for (k = 1; k <= n; k++) write_migration(order[k])
}

# --- what is said -----------------------------------------------------------------

function problem(file, number, text) {
  if (file != ROOT && file != UPGRADE_SQL && file != DOWNGRADE_SQL && file !~ /^--/) file = ROOT "/" file
  sub(/^\.\//, "", file)
  problem_text[++nproblems] = file (number ? ":" number : "") ": " text
  if (!(file in in_files)) { in_files[file] = 1; nfiles++ }
  if (checking && !first_bad) first_bad = checking
}
function note(text) { print text }
function report_problems(   k, previous) {
  if (!nproblems) return
  for (k = 1; k <= nproblems; k++) print problem_text[k] > "/dev/stderr"
  print "migrate-import: " nproblems " problem" (nproblems > 1 ? "s" : "") " in " nfiles " file" (nfiles > 1 ? "s" : "") \
    ", nothing written" > "/dev/stderr"
  for (k = 2; k <= n; k++) if (order[k] == first_bad) previous = order[k - 1]
  if (previous && TOOL != "alembic")
    print "  Mend them, or import what comes before the first with --until '" name_of(previous) "'" > "/dev/stderr"
  exit 1
}

# --- migrations ------------------------------------------------------------------
# What a migration is called, and the order of migrations.

function add(k, sorted, identifier, title) {
  key[++n] = k; sorting[n] = sorted; id[n] = identifier; name[n] = title
  return n
}
function name_of(i) { return up_file[i] != "" ? up_file[i] : key[i] }
function left_out(file) { note("left out: " file) }
function is_sql(p) { return tolower(p) ~ /\.(sql|pgsql|psql|ddl)$/ }
# A migration in another language: it stands in the line, so that --until can stop before it.
function add_program(p, k, sorted, v, title, i) {
  i = add(k, sorted, v, title)
  up_file[i] = p; program[i] = 1
}

function order_by_key(   k, j, gap, i) {
  for (k = 1; k <= n; k++) order[k] = k
  for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
    for (k = gap + 1; k <= n; k++) {
      i = order[k]
      for (j = k - gap; j > 0 && (sorting[order[j]] "") > (sorting[i] ""); j -= gap) order[j + gap] = order[j]
      order[j + gap] = i
    }
}
function find_duplicates(   k, i, other, at) {
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (!i) continue
    if (id[i] in at) {
      other = at[id[i]]
      # These tools know a migration by its whole name.
      if (TOOL == "node-pg-migrate" && key[i] != key[other]) id[i] = hash12(key[i])
      else { problem(name_of(i), 0, "has the version of " name_of(other)); continue }
    }
    at[id[i]] = i
  }
}
function stop_at_until(   k, i, m) {
  if (UNTIL == "") return
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (is_called(i, UNTIL)) m = k
  }
  if (!m) problem("--until " UNTIL, 0, "no such migration")
  else if (TOOL == "alembic") problem("--until " UNTIL, 0, "not for Alembic, whose history is no line")
  else n = m
}

# Is this what somebody calls migration i?
function is_called(i, text,   bare) {
  if (TOOL == "diesel" || TOOL == "prisma" || TOOL == "hasura") {
    # by the name of its directory, which is what these tools call it; diesel by the dashed version
    bare = text; sub(/\/$/, "", bare)
    if (up_file[i] != "" && index(up_file[i], bare "/") == 1) return 1
    gsub(/-/, "", bare)
    if (TOOL == "diesel" && bare == key[i]) return 1
  }
  return text == key[i] || text == id[i] || text == name[i] || text == up_file[i] || text == base_name(up_file[i] "") || text == down_file[i]
}
function leave_downs(   parts, np, p, i, found) {
  np = split(IRREVERSIBLE, parts, "\n")
  for (p = 1; p < np; p++) {
    found = parts[p] == "all"
    for (i = 1; i <= n; i++) if (is_called(i, parts[p])) { down[i] = 0; found = 1 }
    if (!found) problem("--irreversible " parts[p], 0, "no such migration")
  }
  np = split(OWN, parts, "\n")
  for (p = 1; p < np; p++) {
    found = parts[p] == "all"
    for (i = 1; i <= n; i++) if (is_called(i, parts[p])) found = 1
    if (!found) problem("--own-transaction " parts[p], 0, "no such migration")
  }
}

# --- golang-migrate, sqlx, popx, authelia ----------------------------------------
# A migration is a file for each direction, for popx and authelia in several dialects.

# golang-migrate and sqlx: VERSION_NAME.up.sql and VERSION_NAME.down.sql, or one VERSION_NAME.sql
# popx: VERSION_NAME.DIALECT.up.sql or without a dialect; authelia: V0001.Name.up.sql, the same.
function collect_pairs(   j, p, v, i, t, at, is_down, dialect, rank, ranks, others, marks) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p ~ /\//) { if (is_sql(p)) left_out(p ": in a directory below"); continue }
    t = p
    if (TOOL == "authelia") sub(/^V/, "", t)
    if (TOOL == "popx" && p ~ /^[0-9]+_.*\.fizz$/) {
      t = p; sub(/\.(up|down)?\.?fizz$/, "", t)
      if (p !~ /\.down\.fizz$/) add_program(p, digits_of(p), padded(digits_of(p)), digits_of(p), t)
      continue
    }
    if (p == "run_order.psql") continue # written by migrate.sh export
    if (p !~ /\.sql$/) { if (is_sql(p)) left_out(p ": its suffix is not .sql"); continue }
    if (TOOL == "authelia" ? p !~ /^V[0-9]+\./ : p !~ /^[0-9]+_/) { left_out(p); continue }
    if ((TOOL == "authelia" || TOOL == "popx") && p !~ /\.(up|down)\.sql$/) { left_out(p ": " TOOL " reads .up.sql and .down.sql only"); continue }
    v = TOOL == "popx" ? digits_of(t) : no_zeros(digits_of(t))
    sub(/^[0-9]+[_.]/, "", t)
    is_down = t ~ /\.down\.sql$/
    sub(/(\.up|\.down)?\.sql$/, "", t)
    rank = 1; marks = 0
    if (TOOL == "popx" || TOOL == "authelia") {
      if (TOOL == "popx" && sub(/\.autocommit$/, "", t)) marks = 1
      if (match(t, /\.(all|postgres(ql)?|mysql|mariadb|sqlite3?|cockroach(db)?|mssql)$/)) {
        dialect = substr(t, RSTART + 1); t = substr(t, 1, RSTART - 1)
        rank = dialect == "all" ? 1 : dialect == DIALECT ? 2 : 0
        if (!rank) { others[dialect]++; continue }
      }
    }
    if (v in at) i = at[v]
    else {
      i = at[v] = add(v, padded(v), TOOL == "authelia" ? substr(digits_of(substr(p, 2)), 1) : digits_of(p), t)
      clock[i] = clock_of(digits_of(p))
    }
    # The file for this dialect goes before the one for all.
    if (rank < ranks[i, is_down]) continue
    if (rank > ranks[i, is_down]) { if (is_down) down_file[i] = ""; else up_file[i] = "" }
    ranks[i, is_down] = rank
    if (is_down) down_mark[i] = marks; else up_mark[i] = marks
    if (!is_down) name[i] = t
    if (is_down ? down_file[i] != "" : up_file[i] != "") problem(p, 0, "has the version of " (is_down ? down_file[i] : up_file[i]))
    if (is_down) down_file[i] = p; else up_file[i] = p
  }
  for (dialect in others) left_out(others[dialect] " files for " dialect "; --dialect says which are meant")
}

# --- what is refused -------------------------------------------------------------
# What the server would refuse, with the place in the file that people know.
# (+ 0 and "" because gawk 5.2 trips over array elements without a value that are passed on.)
# A way down in the notation of a tool that is not known here would be run as a part of the
# way up, or be lost.
function foreign(text,   t) {
  t = tolower(text); gsub(/[ \t\r]+/, " ", t)
  if (t ~ /^-- ?\+migrate (up|down)/) return "sql-migrate"
  if (t ~ /^--+ ?create above ?\/ ?drop below/) return "tern"
  if (t ~ /^-- ?==+ ?(up|down) ?==+/) return "shmig"
  if (t ~ /^-- ?liquibase formatted sql/ || t ~ /^-- ?changeset [^ ]+:/ || t ~ /^--rollback( |$)/) return "Liquibase"
  if (t ~ /^-- ?\/\/ ?@undo/) return "MyBatis"
  if (t ~ /^-- ?(rambler|pgmigrate|migrator) (up|down)/) { sub(/^-- ?/, "", t); sub(/ .*/, "", t); return t }
  # a line that says nothing else
  if (t ~ /^--[^a-z]*(migrate|migration)?[^a-z]*(down|undo|rollback|revert|downgrade|drop below)[^a-z]*(migration|script|sql|section)?[^a-z]*$/) return "another tool"
  return ""
}
function refuse_foreign(i, s,   j, tool) {
  for (j = 1; j <= lines[s]; j++) {
    if (line_text[s, j] !~ /^[ \t]*--/) continue
    tool = line_text[s, j]; sub(/^[ \t]+/, "", tool)
    tool = foreign(tool)
    if (tool == "" || tool == "another tool" && down[i]) continue
    problem(source[s], line_number[s, j], "\"" trim(line_text[s, j]) "\" is " tool "\047s notation, which is not known here; put the way down into a file of its own, as " TOOL " has it, or say -- migrate:up and -- migrate:down")
    return
  }
}
function base_or_key(   f) {
  f = up_file[checking]
  return f == "" ? key[checking] : TOOL == "diesel" ? substr(f, 1, index(f, "/") - 1) : f
}
function is_own(i,   parts, np, p) {
  np = split(OWN, parts, "\n")
  for (p = 1; p < np; p++) if (parts[p] == "all" || is_called(i, parts[p])) return 1
  return 0
}
function check_migration(i) {
  checking = i
  if (program[i]) problem(up_file[i], 0, "a migration that is no SQL; write its SQL in its place, or stop before it with --until")
  if (TOOL != "alembic" && up[i]) refuse_foreign(i, up[i])
  if (TOOL == "alembic") {
    up_mark[i] = strip_alembic(up[i] + 0)
    down_mark[i] = strip_alembic(down[i] + 0)
  }
  own_transaction = is_own(i)
  if (up[i]) up_mark[i] = check_section(up[i], up_mark[i] + 0)
  if (down[i]) {
    down_mark[i] = check_section(down[i], down_mark[i] + 0)
    if (LOAD == "") refuse_words(down[i])
  }
  set_marks(i)
  checking = 0
}
# "irreversible", say: with --load the server tells which downgrades are no SQL, all in one
# message.  Without it those are told that begin as no statement does; they have just been scanned.
function refuse_words(s,   k) {
  for (k = 1; k <= nstatements; k++)
    if (statement_head[k] != "" && statement_head[k] !~ /^ (ABORT|ALTER|ANALY[SZ]E|BEGIN|CALL|CHECKPOINT|CLOSE|CLUSTER|COMMENT|COMMIT|COPY|CREATE|DEALLOCATE|DECLARE|DELETE|DISCARD|DO|DROP|END|EXECUTE|EXPLAIN|FETCH|GRANT|IMPORT|INSERT|LISTEN|LOAD|LOCK|MERGE|MOVE|NOTIFY|PREPARE|REASSIGN|REFRESH|REINDEX|RELEASE|REPACK|RESET|REVOKE|ROLLBACK|SAVEPOINT|SECURITY|SELECT|SET|SHOW|START|TABLE|TRUNCATE|UNLISTEN|UPDATE|VACUUM|VALUES|WAIT|WITH)( |$)/)
      problem(source[s], line_number[s, statement_first[k]], "a downgrade that is no SQL:" tolower(statement_head[k]) ". --irreversible " base_or_key() " leaves it out")
}
function check_section(s, marked,   j, k, controls, wrapped, bad, text, own) {
  for (j = 1; j <= lines[s]; j++) {
    text = line_text[s, j]
    if (text ~ /^--[ \t]*[Mm][Ii][Gg][Rr][Aa][Tt][Ee]:[^ \t\r]/) problem(source[s], line_number[s, j], "reads as a marker of a revision file: " trim(text))
    if (!own && index(text, own_table[TOOL])) {
      own = 1
      print source[s] > (ENVIRON["NAMING"])
      note(source[s] (line_number[s, j] ? ":" line_number[s, j] : "") ": names " own_table[TOOL] ", which " TOOL " made and a new database will not have")
    }
    if (tolower(text) ~ /^--[ \t]*atlas:/) {
      own = tolower(text); sub(/^--[ \t]*atlas:[ \t]*/, "", own); own = trim(own)
      if (own == "txmode none") marked = 1
      else if (own !~ /^(nolint|import|sum)/ && own !~ /^txmode/) problem(source[s], line_number[s, j], "an attribute that a revision cannot keep: " trim(text))
      own = 0
    }
    if (TOOL == "popx" && text ~ /\{\{/) problem(source[s], line_number[s, j], "a template, which popx alone can fill in: " trim(text))
    if (TOOL == "flyway" && !keeps_placeholders && match(text, /\$\{[A-Za-z_][A-Za-z0-9_.:-]*\}/))
      problem(source[s], line_number[s, j], "a placeholder, which Flyway alone can replace: " substr(text, RSTART, RLENGTH))
  }
  scan(s)
  for (k = 1; k <= nstatements; k++) {
    j = line_number[s, statement_first[k]]
    if (statement_kind[k] == "copy") problem(source[s], j, "COPY from or to the client; a revision runs in the server. Write INSERT instead")
    else if (statement_kind[k] != "") {
      controls++
      if (statement_kind[k] == "other" && !bad) bad = k
    }
  }
  if (!controls || marked) return marked
  wrapped = controls == 2 && nstatements >= 2 && statement_kind[1] == "begin" && statement_kind[nstatements] == "commit"
  if (wrapped) return marked
  if (!bad && ((TOOL in is_plain) || own_transaction)) {
    # The tool has begun one, which a COMMIT without its BEGIN ends.
    for (k = 1; k <= nstatements && statement_kind[k] == ""; k++) ;
    if (own_transaction && statement_kind[k] == "commit" && k > 1) {
      j = statement_first[1]
      line_text[s, j] = "BEGIN;\n" line_text[s, j]
    } else if (own_transaction && statement_kind[k] == "commit")
      for (j = statement_first[k]; j <= statement_last[k]; j++) line_text[s, j] = ""
    note(source[s] ": has transactions of its own, marked transaction:false")
    return 1
  }
  for (k = 1; k <= nstatements; k++)
    if (statement_kind[k] != "" && statement_kind[k] != "copy")
      problem(source[s], line_number[s, statement_first[k]], "transaction control:" statement_head[k] (TOOL == "sqlx" && GUESSED != "" ? " (if this is golang-migrate, say --from golang-migrate)" : "") \
        (bad ? "" : ". --own-transaction " base_or_key() ", or all, runs it outside a transaction, with its own"))
  return marked
}

# --- sections --------------------------------------------------------------------
# Which file is read how, by its tool.

function read_migration(i) {
  if (TOOL == "alembic") return
  if (program[i]) return
  if (up_file[i] == "") up[i] = new_section("")
  else if (!read_file(ROOT "/" up_file[i])) { problem(up_file[i], 0, "cannot be read"); return }
  else read_sections(i)
  if (down_file[i] != "" && read_file(ROOT "/" down_file[i])) {
    down[i] = whole_file(down_file[i])
    if ((TOOL == "sqlx" || TOOL == "golang-migrate") && buffer[1] ~ /^-- no-transaction/ && buffered) down_mark[i] = 1
  }
}
function read_sections(i) {
  take_header(i)
  if (TOOL == "dbmate") cut_dbmate(i)
  else if (TOOL == "goose" || TOOL == "sql-migrate") cut_goose(i)
  else if (TOOL == "tern") cut_tern(i)
  else if (TOOL == "drizzle") cut_drizzle(i)
  else if (TOOL == "node-pg-migrate") cut_node(i)
  else {
    up[i] = whole_file(up_file[i])
    if ((TOOL == "sqlx" || TOOL == "golang-migrate") && buffer[1] ~ /^-- no-transaction/ && buffered) up_mark[i] = 1
  }
}
# --- Sqitch ----------------------------------------------------------------------
# A plan with dependencies and tags, and scripts of three kinds.

# Sqitch: the plan says everything; a change that was reworked has its older
# versions in files called NAME@TAG.
function collect_sqitch(   j, text, i, rest, nth, p, k, d, nd, parts, at_tag, m, found) {
  if (!read_file(ROOT "/" PLAN)) { problem(PLAN, 0, "cannot be read"); return }
  for (j = 1; j <= buffered; j++) {
    text = trim(buffer[j])
    if (text ~ /^%project=/) project = substr(text, 10)
    if (text == "" || text ~ /^[%#]/) continue
    if (text ~ /^@/) {
      sub(/^@/, "", text); sub(/[ \t].*/, "", text)
      if (!n) { problem(PLAN, j, "a tag before the first change"); continue }
      tags[n] = tags[n] (tags[n] == "" ? "" : " ") text
      tag_at[text] = n
      continue
    }
    if (text ~ /^-[ \t]*/) { problem(PLAN, j, "a change that is reverted by the plan"); continue }
    sub(/^\+[ \t]*/, "", text)
    rest = text; sub(/^[^ \t]+/, "", rest); sub(/[ \t].*/, "", text)
    nth = ++seen[text]
    i = add(text "#" nth, padded(n + 1), hash12(nth > 1 ? text "#" nth : text), text)
    change[i] = text; plan_line[i] = j
    rest = trim(rest)
    if (rest ~ /^\[/) {
      needs[i] = substr(rest, 2, index(rest, "]") - 2)
      rest = trim(substr(rest, index(rest, "]") + 1))
    }
    clock[i] = substr(rest, 1, 20); gsub(/[^0-9]/, "", clock[i]); clock[i] = clock_of(clock[i])
    if (match(rest, /# /)) { title[i] = trim(substr(rest, RSTART + 2)); gsub(/\\[nr]/, " ", title[i]); gsub(/\\\\/, "\\", title[i]) }
  }
  for (i = 1; i <= n; i++) {
    title[i] = change[i] (title[i] == "" ? "" : ": " title[i])
    p = sqitch_suffix(i)
    up_file[i] = DEPLOY_DIR "/" change[i] p "." EXTENSION
    down_file[i] = REVERT_DIR "/" change[i] p "." EXTENSION
    nd = split(needs[i], parts, /[ \t,]+/)
    for (k = 1; k <= nd; k++) {
      d = parts[k]
      if (d ~ /^!/) { note("left out: conflict " d " of " change[i]); continue }
      if (d ~ /^[^@]*:/) {
        if (substr(d, 1, length(project) + 1) != project ":") { note("left out: " change[i] " needs " d ", which is another project"); continue }
        d = substr(d, length(project) + 2)
      }
      m = i - 1; text = d
      if (match(d, /@/)) {
        text = substr(d, 1, RSTART - 1)
        at_tag = substr(d, RSTART + 1)
        if (at_tag != "HEAD") {
          if (!(at_tag in tag_at)) { problem(PLAN, plan_line[i], "needs " d ", and there is no such tag"); continue }
          m = tag_at[at_tag]
        }
        if (text == "") { found = m; m = 0 } else found = 0
      } else found = 0
      for (; m > 0 && !found; m--) if (change[m] == text) found = m
      if (!found) problem(PLAN, plan_line[i], "needs " d ", which is not planned before it")
      else depends[i] = depends[i] (depends[i] == "" ? "" : ", ") id[found]
    }
    nd = split(tags[i], parts, " ")
    for (k = 1; k <= nd; k++) {
      d = parts[k]; gsub(/[^A-Za-z0-9_.-]/, "_", d)
      if (match(d, /-[0-9]+$/)) d = substr(d, 1, RSTART - 1) "_" substr(d, RSTART + 1)
      labels[i] = labels[i] (k > 1 ? ", " : "") (d == legal(d) || d ~ /-/ ? d : d "_")
    }
  }
  for (i = 1; i <= n; i++) { listed[up_file[i]] = 1; listed[down_file[i]] = 1 }
  for (j = 1; j <= npaths; j++)
    if ((index(path[j], DEPLOY_DIR "/") == 1 || index(path[j], REVERT_DIR "/") == 1) && is_sql(path[j]) && !(path[j] in listed))
      left_out(path[j] ": the plan has no such change")
  for (i = 1; i <= n; i++) sqitch_verify(i)
}
# To Sqitch a verify script holds if no statement of it fails, whatever the statement returns.  So
# each query becomes a question whose answer is true, and that takes all of its columns.
function sqitch_verify(i,   file, s, of, k, j, first, last, begin, text, strange) {
  file = DEPLOY_DIR; sub(/deploy$/, "verify/", file)
  file = file change[i] sqitch_suffix(i) "." EXTENSION
  if (!is_there(file) || !read_file(ROOT "/" file)) return
  s = whole_file(file)
  scan(s)
  for (k = 1; k <= nstatements; k++) {
    if (statement_kind[k] != "" && statement_kind[k] != "copy") continue
    if (statement_head[k] !~ /^ (SELECT|VALUES|TABLE|WITH)( |$)/) { strange = strange (strange == "" ? "" : ",") statement_head[k]; continue }
    if (!of) of = questions[i, "verify"] = new_section(file)
    add_line(of, "SELECT count(sqitch_verifies) >= 0 FROM (", 0)
    first = statement_first[k]; last = statement_last[k]
    for (j = first; j <= last; j++) {
      text = line_text[s, j]
      if (j == last && statement_column[k]) text = substr(text, 1, statement_column[k] - 1)
      begin = j == first && k > 1 && statement_last[k - 1] == first ? statement_column[k - 1] + 1 : 1
      add_line(of, substr(text, begin), line_number[s, j])
    }
    add_line(of, ") AS sqitch_verifies;", 0)
  }
  if (strange != "") note("left out: of " file " what is no query:" strange)
}
function is_there(file,   j) {
  for (j = 1; j <= npaths; j++) if (path[j] == file) return 1
  return 0
}
# The tags between this version of a change and the next, newest first; the first with a file counts, as for Sqitch.
function sqitch_suffix(i,   j, k, parts, np, first, file, text) {
  for (j = i + 1; j <= n && change[j] != change[i]; j++) ;
  if (j > n) return ""
  while (--j >= i) {
    np = split(tags[j], parts, " ")
    for (k = 1; k <= np; k++) {
      if (first == "") first = "@" parts[k]
      file = ROOT "/" DEPLOY_DIR "/" change[i] "@" parts[k] "." EXTENSION
      if ((getline text < file) >= 0) { close(file); return "@" parts[k] }
    }
  }
  return first
}

# --- a little SQL ----------------------------------------------------------------
# Where statements end, how they begin, and what a server could not run.

# Cuts a section into statements, as psql would: only as much lexing as it takes
# to see where they end, how they begin, and what a server cannot run.
function scan(s,   j) {
  nstatements = 0; state = ""; copying = 0
  close_statement(0)
  for (j = 1; j <= lines[s]; j++) {
    if (!copying) scan_line(s, j, line_text[s, j])
    else if (line_text[s, j] ~ /^\\\.\r?$/) copying = 0
  }
  if (is_open) close_statement(lines[s])
}
function open_statement(j) {
  if (is_open) return
  is_open = 1
  statement_first[++nstatements] = j
  head = ""; nhead = 0; listening = 1; in_function = in_copy = blocks = 0
}
function close_statement(j,   kind) {
  if (is_open) {
    statement_last[nstatements] = j
    statement_column[nstatements] = end_column # 0: it has no end
    statement_head[nstatements] = head
    kind = ""
    if (head ~ /^ (BEGIN|START TRANSACTION)( |$)/) kind = "begin"
    else if (head ~ /^ (COMMIT|END)( |$)/) kind = head ~ / (PREPARED|AND CHAIN)/ ? "other" : "commit"
    else if (head ~ /^ (ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION)( |$)/) kind = "other"
    else if (in_copy && head ~ / FROM STDIN( |$)/) { kind = "copy"; copying = 1 }
    else if (in_copy && head ~ / TO STDOUT( |$)/) kind = "copy"
    statement_kind[nstatements] = kind
  }
  is_open = 0; parens = 0; listening = 1; blocks = 0
  end_column = 0
}
function eat(many) {
  passed += many
  before2 = many > 1 ? substr(rest, many - 1, 1) : before
  before = substr(rest, many, 1)
  rest = substr(rest, many + 1)
}
# The next piece of a line, behind the end of the one before.
function more_text(more_of_it,   kept) {
  kept = length(rest) > 71 ? length(rest) - 71 : 0
  passed += kept
  rest = substr(rest, kept + 1) more_of_it
}
function scan_line(s, j, text,   more, len, p, c, b, bb, w) {
  len = length(text); more = 8001
  rest = substr(text, 1, 8000); before = before2 = " "; passed = 0
  for (;;) {
    # A line may be a megabyte long: only a piece of it is cut at a time.
    if (length(rest) < 200 && more <= len) { rest = rest substr(text, more, 8000); more += 8000 }
    if (rest == "") return
    if (state == "") {
      if (listening) p = match(rest, /[\047"\\;$()]|--|\/\*|[A-Za-z_]/)
      else p = match(rest, /[\047"\\;$()]|--|\/\*/)
      w = p ? substr(rest, 1, p - 1) : rest
      if (!is_open && w ~ /[^ \t\r\f\v]/) open_statement(j)
      if (!p) { if (more > len) return; more_text(substr(text, more, 8000)); more += 8000; continue }
      c = substr(rest, p, 1)
      b = p > 1 ? substr(rest, p - 1, 1) : before
      bb = p > 2 ? substr(rest, p - 2, 1) : p == 2 ? before : before2
      if (c == "-") return
      if (c == "/") { state = "*"; depth = 1; eat(p + 1); continue }
      if (c == ";") {
        if (parens <= 0 && !blocks) {
          end_column = passed + p
          close_statement(j)
          if (statement_kind[nstatements] == "copy" && copying) return
        }
        eat(p)
        continue
      }
      if (c == "\\") {
        if (checking) problem(source[s], line_number[s, j], "psql's " meta_command(substr(rest, p)) " is a command for a client; a revision runs in the server")
        return
      }
      open_statement(j)
      if (c == "\047" || c == "\"") {
        if (checking && b == ":" && bb != ":") problem(source[s], line_number[s, j], "a variable of psql; a revision runs in the server")
        state = c
        if (c == "\047" && b ~ /[eE]/ && bb !~ /[A-Za-z0-9_$]/) state = "E"
        eat(p)
      } else if (c == "(") { parens++; eat(p) }
      else if (c == ")") { parens--; eat(p) }
      else if (c == "$") {
        w = substr(rest, p, 70)
        if (b !~ /[A-Za-z0-9_$]/ && match(w, /^\$([A-Za-z_][A-Za-z0-9_]*)?\$/)) { tag = substr(w, 1, RLENGTH); state = "$"; eat(p + RLENGTH - 1) }
        else eat(p)
      } else {
        w = substr(rest, p, 100)
        match(w, /^[A-Za-z0-9_$]+/)
        w = substr(w, 1, RLENGTH)
        # nextval or x1: the end of something that is no word here
        if (b !~ /[0-9$]/) hear(toupper(w))
        eat(p + RLENGTH - 1)
      }
      continue
    }
    if (state == "*") {
      if (p = match(rest, /\/\*|\*\//)) {
        depth += substr(rest, p, 1) == "/" ? 1 : -1
        if (!depth) state = ""
        eat(p + 1)
        continue
      }
    } else if (state == "E") {
      if (p = match(rest, /\\.?|\047\047|\047/)) {
        if (substr(rest, p, RLENGTH) == "\047") state = ""
        eat(p + RLENGTH - 1)
        continue
      }
    } else if (p = index(rest, state == "$" ? tag : state)) {
      eat(p + (state == "$" ? length(tag) : 1) - 1)
      state = ""
      continue
    }
    if (more > len) return
    more_text(substr(text, more, 8000)); more += 8000
  }
}
# A word outside quotes.  Most statements are known by their first words; only a
# function may have statements inside, and COPY tells late where it reads from.
function hear(w) {
  if (in_function && parens <= 0) {
    if (w == "BEGIN" || w == "CASE" && blocks) blocks++
    else if (w == "END" && blocks) blocks--
  } else if (in_function && blocks) {
    if (w == "CASE") blocks++
    else if (w == "END") blocks--
  }
  if (parens > 0) return
  if (nhead < 6 || in_copy) { head = head " " w; nhead++ }
  if (nhead == 1) in_copy = w == "COPY"
  if (nhead < 6) { if (head ~ /^ CREATE( OR REPLACE)? (FUNCTION|PROCEDURE)$/) in_function = 1 }
  else if (!in_copy && !in_function) listening = 0
}
function meta_command(text) {
  text = trim(text)
  return length(text) > 60 ? substr(text, 1, 57) "..." : text
}

# --- small things ----------------------------------------------------------------
# Text, digests, time and files, for all tools.

function trim(s) { gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", s); return s }
function base_name(p) { sub(/.*\//, "", p); return p }
function digits_of(s) { return match(s, /^[0-9]+/) ? substr(s, 1, RLENGTH) : "" }
function no_zeros(s) { sub(/^0+/, "", s); return s == "" ? "0" : s }
function padded(s) { s = no_zeros(s); while (length(s) < 24) s = "0" s; return s }
function words_of(s) { gsub(/[_]+/, " ", s); return trim(s) }

# 12 hex digits of a text: two polynomials, each exact in a double.
function hash_start() { hash_a = 7; hash_b = 11 }
function hash_add(s,   j, c, len) {
  len = length(s)
  for (j = 1; j <= len; j++) {
    c = ord[substr(s, j, 1)] + 1
    hash_a = (hash_a * 65599 + c) % 16777213
    hash_b = (hash_b * 69069 + c) % 16777199
  }
}
function hash_end() { return sprintf("%06x%06x", hash_a, hash_b) }
function hash12(s) { hash_start(); hash_add(s); return hash_end() }

# Seconds since 1970 and back, without the time functions that not every awk has.
function to_seconds(y, m, d, hh, mi, ss,   era, yoe, doy) {
  if (m <= 2) y--
  era = int(y / 400); yoe = y - era * 400
  doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
  return (era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468) * 86400 + hh * 3600 + mi * 60 + ss
}
function date_text(t,   z, era, doe, yoe, y, doy, mp, d, m, s) {
  z = int(t / 86400); s = t - z * 86400; z += 719468
  era = int(z / 146097); doe = z - era * 146097
  yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
  y = yoe + era * 400; doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
  mp = int((5 * doy + 2) / 153); d = doy - int((153 * mp + 2) / 5) + 1; m = mp + (mp < 10 ? 3 : -9)
  if (m <= 2) y++
  return sprintf("%04d-%02d-%02d %02d:%02d:%02d+00", y, m, d, int(s / 3600), int(s / 60) % 60, s % 60)
}
# The time that a version number tells, or "".
function clock_of(v,   t, y) {
  if (length(v) == 10 && v + 0 > 631152000) return v + 0
  if (length(v) == 13 && v + 0 > 631152000000) return int(v / 1000)
  if (length(v) == 8) v = v "000000"
  if (length(v) == 12) v = v "00"
  if (length(v) < 14) return ""
  y = substr(v, 1, 4) + 0
  if (y < 1990 || y > 2100) return ""
  t = to_seconds(y, substr(v, 5, 2) + 0, substr(v, 7, 2) + 0, substr(v, 9, 2) + 0, substr(v, 11, 2) + 0, substr(v, 13, 2) + 0)
  y = date_text(t); gsub(/[^0-9]/, "", y)
  return substr(y, 1, 14) == substr(v, 1, 14) ? t : ""
}

function legal(s) {
  gsub(/[^A-Za-z0-9_.]/, "_", s)
  return s == "head" || s == "heads" || s == "base" || s == "current" ? s "_" : s
}

# A file into the array buffer; false if there is none.
function read_file(file,   got, text) {
  buffered = 0
  while ((got = (getline text < file)) > 0) buffer[++buffered] = text
  close(file)
  if (got < 0) return 0
  if (buffered) sub(/^\357\273\277/, "", buffer[1])
  return 1
}
function new_section(file) { lines[++nsections] = 0; source[nsections] = file; return nsections }
function add_line(s, text, number) { line_text[s, ++lines[s]] = text; line_number[s, lines[s]] = number }
function whole_file(file,   s, j) {
  s = new_section(file)
  for (j = 1; j <= buffered; j++) add_line(s, buffer[j], j)
  return s
}

# --- writing ---------------------------------------------------------------------
# Parents, dates and names; and the revision files.

function set_links(   k, i, clock_now, last) {
  if (TOOL == "alembic") {
    for (i = 1; i <= n; i++) if (created[i] == "") created[i] = date_text(clock[i])
    return
  }
  clock_now = to_seconds(2000, 1, 1, 0, 0, 0) - 1
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (!is_exported[i]) parents[i] = last
    if (!(i in part_of)) last = id[i]
    # Later than the one before, whatever the names say.
    if (created[i] != "") continue
    clock_now = clock[i] != "" && clock[i] > clock_now ? clock[i] : clock_now + 1
    created[i] = date_text(clock_now)
  }
}
function slug(text) {
  text = tolower(text); gsub(/[^a-z0-9]+/, "_", text)
  text = substr(text, 1, 50); gsub(/^_+|_+$/, "", text)
  return text
}
function write_section(file, s,   first, last, j) {
  first = 1; last = lines[s]
  while (first <= last && trim(line_text[s, first]) == "") first++
  while (last >= first && trim(line_text[s, last]) == "") last--
  for (j = first; j <= last; j++) print line_text[s, j] > file
}
function write_questions(file, i, which) {
  if (!((i, which) in questions)) return
  print "\n-- migrate:" which > file
  write_section(file, questions[i, which])
}
function write_migration(i,   file, text, from) {
  if (i in part_of) { id[i] = id[part_of[i]]; name[i] = name[part_of[i]] }
  text = id[i] (slug(name[i]) == "" ? "" : "_" slug(name[i])) ".sql"
  from = up_file[i] (down[i] && down_file[i] != "" ? (up_file[i] == "" ? "" : ", ") down_file[i] : "")
  print id[i] "\t" key[i] "\t" (sorting[i] == "" ? "-" : sorting[i]) "\t" text "\t" up_file[i] "\t" (down[i] ? "" : "irreversible") "\t" (repeatable[i] ? "R" : flyway_kind[i]) "\t" (is_exported[i] ? "+" parents[i] ", " depends[i] : "") > MANIFEST
  if (i in part_of) return
  file = OUT "/" text
  text = title[i] != "" ? title[i] : words_of(name[i])
  gsub(/[ \t\r\n]+/, " ", text)
  if (text == "") text = id[i]
  # A message must not look like what it stands above.
  if (tolower(text) ~ /^(revision id|revises|create date|branch labels|depends on|contract|migrate):/) text = "(" text ")"
  print "-- " text > file
  print "--" > file
  print "-- Revision ID: " id[i] > file
  print "-- Revises:" (parents[i] == "" ? "" : " " parents[i]) > file
  print "-- Create Date: " created[i] > file
  if (labels[i] != "") print "-- Branch Labels: " labels[i] > file
  if (depends[i] != "") print "-- Depends On: " depends[i] > file
  if (contract[i] != "") print "-- Contract: " contract[i] > file
  print "-- Imported From: " TOOL ", " from > file
  write_questions(file, i, "require")
  print "\n-- migrate:up" (up_mark[i] ? " transaction:false" : "") > file
  write_section(file, up[i])
  write_questions(file, i, "verify")
  if (down[i]) {
    print "\n-- migrate:down" (down_mark[i] ? " transaction:false" : "") > file
    write_section(file, down[i])
  }
  close(file)
}

END_OF_AWK

(cd "$ROOT" && own_files . \( -type f -o -type l \) -print) | sed 's|^\./||' | LC_ALL=C sort >"$TMP/all_paths"
if [ -n "$VERSIONS" ]; then
  # Only what is in one of these
  printf '%s\n' "$VERSIONS" | sed 's|/*$|/|' >"$TMP/versions"
  awk 'NR == FNR { v[$0]; next } { for (d in v) if (index($0, d) == 1) { print; next } }' "$TMP/versions" "$TMP/all_paths" >"$TMP/version_paths"
  mv "$TMP/version_paths" "$TMP/all_paths"
fi
# A virtual environment may have any name.
awk -F / 'NR == FNR { if (sub(/\/pyvenv\.cfg$/, "/")) environment[$0]; next }
  { for (e in environment) if (index($0, e) == 1) next; print }' "$TMP/all_paths" "$TMP/all_paths" >"$TMP/paths"
if grep -q "$tab" "$TMP/paths"; then die "a file of $ROOT has a tab in its name"; fi
# By the environment, because awk takes a backslash in -v for an escape.
: >"$TMP/naming"
LC_ALL=C TOOL="$TOOL" GUESSED="$GUESSED" ROOT="$ROOT" OUT="$TMP/out" MANIFEST="$TMP/manifest" NAMING="$TMP/naming" \
  UNTIL="$UNTIL" IRREVERSIBLE="$IRREVERSIBLE" PLAN="$PLAN" DEPLOY_DIR="$DEPLOY_DIR" REVERT_DIR="$REVERT_DIR" \
  EXTENSION="$EXTENSION" UPGRADE_SQL="$UPGRADE_SQL" DOWNGRADE_SQL="$DOWNGRADE_SQL" PREFIX="$PREFIX" DIALECT="$DIALECT" OWN="$OWN" LOAD="$LOAD" RAN="$RAN" BY_HAND="$BY_HAND" PERCENTS="$PERCENTS" \
  awk -f "$TMP/import.awk" "$TMP/paths" >"$TMP/notes" || {
  [ ! -s "$TMP/notes" ] || sed 's/^/  /' "$TMP/notes"
  exit 1
}

# --- what is there already -------------------------------------------------------
# An import that is done again adds what is new, and changes nothing that somebody has edited.

without_tool() { sed '/^-- Imported From: /s/: [^,]*,/:/' "$1"; }

: >"$TMP/new" && : >"$TMP/other"
cut -f 4 "$TMP/manifest" | uniq | while IFS= read -r file; do
  if [ ! -e "$TO/$file" ]; then
    printf '%s\n' "$file" >>"$TMP/new"
  elif ! cmp -s "$TMP/out/$file" "$TO/$file"; then
    # Of two tools whose files are alike the other may have been named there.
    if [ "$(without_tool "$TMP/out/$file")" = "$(without_tool "$TO/$file")" ]; then
      cp "$TO/$file" "$TMP/out/$file"
      continue
    fi
    printf '%s\n' "$TO/$file" >>"$TMP/other"
  fi
done
if [ -s "$TMP/other" ]; then
  die "these files are there and are not what would be written:" "$(head -n 10 "$TMP/other" | sed '2,$s/^/  /')" \
    "Remove them, or name another directory with --to DIR."
fi

count() { wc -l <"$1" | tr -d ' '; }
total=$(cut -f 4 "$TMP/manifest" | uniq | wc -l | tr -d ' ') new=$(count "$TMP/new")
irreversible=$(cut -f 6 "$TMP/manifest" | grep -c irreversible) || :
plural() { [ "$1" = 1 ] || echo s; }
say_what() { # say_what VERB
  sed 's/^/  /' "$TMP/decided" "$TMP/notes"
  printf '%s\n' "$TOOL: $total revision$(plural "$total"), $irreversible irreversible; $1 $new files to $TO, $((total - new)) are there already"
}

# --- where the database is -------------------------------------------------------
# What the tool's own table says is applied, as a revision to stamp with; or why there is none.

# What such a table says, a line each: applied, failed or upto, and the key.
state_query() { # state_query TOOL TABLE
  case $1 in
    alembic) echo "SELECT 'applied', version_num FROM $2" ;;
    authelia) echo "SELECT 'upto', version_after FROM $2 ORDER BY id DESC LIMIT 1" ;;
    drizzle) echo "SELECT 'upto', max(created_at) FROM $2 HAVING count(*) > 0" ;;
    hasura)
      echo "SELECT CASE WHEN m.value::text = 'true' THEN 'failed' ELSE 'applied' END, m.key
            FROM $2, jsonb_each(cli_state::jsonb -> 'migrations' -> '$(hasura_source)') AS m"
      ;;
    popx) echo "SELECT 'applied', version FROM $2" ;;
    sql-migrate) echo "SELECT 'applied', id FROM $2" ;;
    tern) echo "SELECT 'upto', version FROM $2 WHERE version > 0" ;;
    dbmate | diesel | supabase) echo "SELECT 'applied', version FROM $2" ;;
    flyway)
      # An undone version has a later row that says so.
      echo "SELECT CASE WHEN NOT success THEN 'failed' WHEN type LIKE '%BASELINE' THEN 'upto' ELSE 'applied' END,
              coalesce(version, script), checksum
            FROM (SELECT DISTINCT ON (coalesce(version, script)) * FROM $2 WHERE type <> 'SCHEMA'
                  ORDER BY coalesce(version, script), installed_rank DESC) h
            WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE'"
      ;;
    golang-migrate) echo "SELECT CASE WHEN dirty THEN 'failed' ELSE 'upto' END, version FROM $2 WHERE version >= 0" ;;
    goose)
      echo "SELECT 'applied', version_id
            FROM (SELECT DISTINCT ON (version_id) * FROM $2 WHERE version_id > 0 ORDER BY version_id, id DESC) h WHERE is_applied"
      ;;
    node-pg-migrate) echo "SELECT 'applied', name FROM $2" ;;
    prisma)
      echo "SELECT DISTINCT CASE WHEN finished_at IS NULL THEN 'failed' ELSE 'applied' END, migration_name
            FROM $2 WHERE rolled_back_at IS NULL"
      ;;
    sqitch)
      project=$(sed -n 's/^%project=\([^[:space:]]*\).*/\1/p' "$ROOT/$PLAN")
      echo "SELECT 'applied', change || '#' || row_number() OVER (PARTITION BY change ORDER BY planned_at, committed_at)
            FROM $2 WHERE project = '$(printf %s "$project" | sed "s/'/''/g")'"
      ;;
    sqlx) echo "SELECT CASE WHEN success THEN 'applied' ELSE 'failed' END, version FROM $2" ;;
  esac
}

hasura_source() { # its directory, in "migrations/SOURCE"
  source=$(cd "$ROOT" && pwd)
  source=${source##*/}
  if [ "$source" = migrations ]; then source=default; fi
  printf %s "$source" | sed "s/'/''/g"
}

advice() { # advice TOOL: what to do about a failed migration
  case $1 in
    flyway) echo "Put right what it left behind, run \"flyway repair\" and \"flyway migrate\", then import again." ;;
    golang-migrate) echo "Put right what it left behind, run \"migrate force VERSION\", then import again." ;;
    prisma) echo "Run \"prisma migrate resolve --applied NAME\" or \"--rolled-back NAME\", then import again." ;;
    *) echo "Finish or undo it with $1, then import again." ;;
  esac
}

# What Flyway has for a checksum of a file: CRC-32 of its lines, as a signed integer.
crc32() { # crc32 FILE
  sed '1s/^\xef\xbb\xbf//' "$1" | tr -d '\r\n' | gzip -c | tail -c 8 | od -An -tu1 -N4 |
    awk '{ c = $1 + 256 * ($2 + 256 * ($3 + 256 * $4)); printf "%d\n", (c >= 2147483648) ? c - 4294967296 : c }'
}

# The revisions that the database is at by that table, comma-separated; exits where that cannot be said.
# Everything applied has to be a beginning of the line that was imported.
target_of() { # target_of TOOL STATE-FILE TABLE
  if [ "$1" = flyway ] && command -v gzip >/dev/null; then
    cut -f 5,7 "$TMP/manifest" | grep "${tab}R\$" | cut -f 1 | while IFS= read -r file; do
      printf '%s\t%s\n' "$file" "$(crc32 "$ROOT/$file")"
    done >"$TMP/checksums"
  else
    : >"$TMP/checksums"
  fi
  LC_ALL=C awk -F '\t' -v tool="$1" -v table="$3" -v checksums="$TMP/checksums" '
    function no_zeros(s) { sub(/^0+/, "", s); return s == "" ? "0" : s }
    function padded(s) { s = no_zeros(s); while (length(s) < 24) s = "0" s; return s }
    function normal(k,   parts, np, j, text) { # as in the manifest
      if (tool != "flyway" || k !~ /^[0-9][0-9._]*$/) return k
      np = split(k, parts, /[._]/)
      while (np > 1 && parts[np] ~ /^0*$/) np--
      for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") no_zeros(parts[j])
      return text
    }
    function sorted(k,   parts, np, j, text) {
      np = split(k, parts, ".")
      for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") padded(parts[j])
      return text
    }
    function heads_of_applied(   i, k, np, parts, has_child, list) { # of a graph that was exported as a line
      for (i = 1; i <= n; i++) {
        if (!applied[i]) continue
        np = split(substr(links[i], 2), parts, /, */)
        for (k = 1; k <= np; k++) has_child[parts[k]]
        if (links[i] == "" && i > 1) has_child[id[i - 1]]
      }
      for (i = 1; i <= n; i++) if (applied[i] && !(id[i] in has_child) && id[i] != id[i - 1]) list = list (list == "" ? "" : ",") id[i]
      return list
    }
    function fail(text) { print "migrate-import: " table ": " text > "/dev/stderr"; failed = 1 }
    BEGIN { while ((getline row < checksums) > 0) { split(row, f, "\t"); checksum[f[1]] = f[2] } }
    FILENAME ~ /manifest$/ { id[++n] = $1; key[n] = $2; sorting[n] = $3; at[$2] = n; kind[n] = $7; links[n] = $8; next }
    {
      k = normal($2)
      if ($1 == "failed") { fail("\"" $2 "\" failed or was broken off"); unfinished = 1; next }
      if (tool != "alembic" && kind[1] == "B" && k ~ /^[0-9.]+$/) {
        if (sorted(k) >= sorting[1] "") applied[1] = 1
        if (sorted(k) <= sorting[1] "") { below = 1; next }
      }
      if ($1 == "upto") {
        if (tool == "golang-migrate" && !(k in at)) { missing[++nmissing] = $2; next }
        for (i = 1; i <= n; i++) if (kind[i] != "R" && sorting[i] "" <= sorted(k) "") applied[i] = 1
        if (n) some = 1
        next
      }
      if (!(k in at)) { missing[++nmissing] = $2; next }
      # Changed since: Flyway would run it once more, and so shall we.
      if (kind[at[k]] == "R" && (k in checksum) && checksum[k] != $3) next
      applied[at[k]] = some = 1
      rows = rows (rows == "" ? "" : ",") id[at[k]]
    }
    END {
      if (below && !applied[1]) fail("the database is below the baseline " key[1])
      for (i = 1; i <= nmissing && i <= 10; i++) fail("\"" missing[i] "\" is applied there and is not among the migrations that were imported")
      if (tool != "alembic") for (i = n; i > 0; i--) {
        if (applied[i] && !last) last = i
        if (!applied[i] && last) fail("\"" key[i] "\" is not applied there, and \"" key[last] "\" after it is")
      }
      if (failed) { exit unfinished ? 4 : 3 }
      if (links[1] != "") print heads_of_applied()
      else print (tool == "alembic" ? rows : last ? id[last] : "")
    }' "$TMP/manifest" "$2"
}

TARGET='' BOOKED='' BOOKS=$TOOL
if [ -n "$LOAD" ]; then
  if [ -n "$TABLE" ]; then
    BOOKED=$TABLE
  else
    # shellcheck disable=SC2046
    find_table $(bookkeeping "$BOOKS") >"$TMP/tables" || exit 1
    BOOKED=$(head -n 1 "$TMP/tables")
    if [ -n "$BOOKED" ] && [ "$(count "$TMP/tables")" -gt 1 ]; then
      die "there are several tables that may be ${BOOKS}'s:" "$(tr '\n' ' ' <"$TMP/tables")" "Say which with --table SCHEMA.TABLE."
    fi
  fi
  if [ -z "$BOOKED" ]; then
    [ -z "$STAMP" ] || die "no table of $TOOL in this database: it cannot be told what is applied" \
      "Name it with --table SCHEMA.TABLE, or load with --load and stamp by hand."
  else
    state_query "$BOOKS" "$BOOKED" | sql -F "$tab" >"$TMP/state" || exit 1
    status=0
    TARGET=$(target_of "$BOOKS" "$TMP/state" "$BOOKED") || status=$?
    case $status in
      0) ;;
      3) die "the database cannot be stamped; nothing written" \
        "Bring it up to date with $BOOKS, or import the migrations of the release that it runs." ;;
      *) die "the database cannot be stamped; nothing written" "$(advice "$BOOKS")" ;;
    esac
  fi
fi

# --- the prelude, and what is said at the end ------------------------------------
# Revisions that name their old tool's table need it wherever they are tried out.

# The tool's own table as it makes it, under the name that SQL has for it.  Sqitch has several,
# in a schema of their own.
own_table() { # own_table TOOL TABLE
  case $1 in
    alembic) say "CREATE TABLE $2 (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY);" ;;
    authelia)
      say "CREATE TABLE $2 (id serial PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now(), version_before int," \
        "  version_after int NOT NULL, application_version varchar(128) NOT NULL);"
      ;;
    drizzle) say "CREATE TABLE $2 (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);" ;;
    hasura) say "CREATE TABLE $2 (hasura_uuid uuid PRIMARY KEY DEFAULT gen_random_uuid(), version text NOT NULL, upgraded_on timestamptz NOT NULL DEFAULT now()," \
      "  cli_state jsonb NOT NULL DEFAULT '{}', console_state jsonb NOT NULL DEFAULT '{}');" ;;
    popx) say "CREATE TABLE $2 (version varchar(48) NOT NULL PRIMARY KEY, version_self int NOT NULL DEFAULT 0);" ;;
    sql-migrate) say "CREATE TABLE $2 (id text PRIMARY KEY, applied_at timestamptz);" ;;
    tern) say "CREATE TABLE $2 (version int NOT NULL);" ;;
    dbmate) say "CREATE TABLE $2 (version varchar(128) PRIMARY KEY);" ;;
    diesel) say "CREATE TABLE $2 (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);" ;;
    flyway)
      say "CREATE TABLE $2 (installed_rank int CONSTRAINT flyway_schema_history_pk PRIMARY KEY, version varchar(50)," \
        "  description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int," \
        "  installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL," \
        "  success boolean NOT NULL);" \
        "CREATE INDEX flyway_schema_history_s_idx ON $2 (success);"
      ;;
    golang-migrate) say "CREATE TABLE $2 (version bigint PRIMARY KEY, dirty boolean NOT NULL);" ;;
    goose)
      say "CREATE TABLE $2 (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, version_id bigint NOT NULL," \
        "  is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now());"
      ;;
    node-pg-migrate) say "CREATE TABLE $2 (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);" ;;
    prisma)
      say "CREATE TABLE $2 (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz," \
        "  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz," \
        "  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);"
      ;;
    sqitch)
      say "CREATE TABLE ${2%.*}.projects (project text PRIMARY KEY, uri text UNIQUE, created_at timestamptz NOT NULL DEFAULT clock_timestamp()," \
        "  creator_name text NOT NULL, creator_email text NOT NULL);" \
        "CREATE TABLE $2 (change_id text PRIMARY KEY, script_hash text, change text NOT NULL," \
        "  project text NOT NULL REFERENCES ${2%.*}.projects (project) ON UPDATE CASCADE, note text NOT NULL DEFAULT ''," \
        "  committed_at timestamptz NOT NULL DEFAULT clock_timestamp(), committer_name text NOT NULL, committer_email text NOT NULL," \
        "  planned_at timestamptz NOT NULL, planner_name text NOT NULL, planner_email text NOT NULL);"
      ;;
    sqlx)
      say "CREATE TABLE $2 (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now()," \
        "  success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);"
      ;;
    supabase) say "CREATE TABLE $2 (version text PRIMARY KEY, statements text[], name text);" ;;
  esac
}
say() { printf '%s\n' "$@"; }

# What the revisions presuppose, as far as it is known here: that table, where they name it or the
# database has it.
write_prelude() {
  table=$BOOKED
  if [ -z "$table" ]; then
    # shellcheck disable=SC2046
    set -- $(bookkeeping "$BOOKS")
    table=$1
    case $BOOKS in sqitch) table=sqitch.changes ;; drizzle | hasura | supabase) table=$2.$1 ;; esac
  fi
  say "-- What the revisions presuppose; no revision makes it.  It is run before them where they are tried" \
    "-- out, and never in the database itself." "" "-- The table of $BOOKS"
  case $table in
    public.* | *.*.*) ;;
    *.*) say "CREATE SCHEMA IF NOT EXISTS ${table%.*};" ;;
  esac
  own_table "$BOOKS" "$table"
}
PRELUDE=''
if [ -s "$TMP/naming" ] || [ -n "$BOOKED" ]; then
  if [ -e "$TO/prelude.sql" ]; then
    cp "$TO/prelude.sql" "$TMP/out/prelude.sql"
  else
    PRELUDE=yes
    write_prelude >"$TMP/out/prelude.sql"
  fi
fi

say_prelude() { # say_prelude VERB
  if [ -n "$PRELUDE" ]; then echo "$BOOKS: $1 $TO/prelude.sql with its own table, for drift() and verify()"; fi
}

say_where() {
  if [ -n "$ELSEWHERE" ]; then
    echo "The files are in $TO, since ./migrations is $TOOL's: name it with --dir or MIGRATIONS_DIR, or move it there once $TOOL is gone."
  fi
}

say_stamp() { # say_stamp WORD
  if [ -z "$BOOKED" ]; then
    echo "$TOOL: no table of its own in this database; not stamped"
  elif [ -z "$TARGET" ]; then
    echo "$BOOKS: nothing is applied by $BOOKED; not stamped"
  else
    echo "$BOOKS: $1 $TARGET, as $BOOKED says"
  fi
}

# --- into the database, and into files -------------------------------------------
# A trial run ends here.  Otherwise the database comes first: what it refuses is not written either.

if [ -n "$DRY_RUN" ]; then
  sed "s|^|would write $(printf %s "$TO" | sed 's/[&|\\]/\\&/g')/|" "$TMP/new"
  say_what "would write"
  say_prelude "would write"
  if [ -n "$LOAD" ]; then say_stamp "would stamp"; fi
  say_where
  exit 0
fi

if [ -n "$LOAD" ]; then
  loader=$HERE/migrate.sh
  [ -x "$loader" ] || die "migrate.sh is not beside this script"
  # Every downgrade that cannot be read, and not only the first.
  bad_downgrades() {
    {
      printf '\\set ON_ERROR_STOP off\nBEGIN;\nSET LOCAL client_min_messages = error;\nCREATE EXTENSION IF NOT EXISTS migrate_ext;\n'
      for file in "$TMP"/out/*.sql; do
        case $file in */prelude.sql) continue ;; esac
        echo "SAVEPOINT one;"
        "$loader" load --sql "$file"
        echo "ROLLBACK TO SAVEPOINT one;"
      done
      echo "ROLLBACK;"
    } >"$TMP/each.sql"
    sql <"$TMP/each.sql" >/dev/null 2>"$TMP/each.error" || :
    grep 'ERROR:.* the downgrade of revision "[^"]*" cannot be parsed' "$TMP/each.error" >"$TMP/bad" || :
    sed 's/.* the downgrade of revision "\([^"]*\)" cannot be parsed.*/\1/' "$TMP/bad" >"$TMP/bad_ids"
  }
  write_load() {
    # Below: of every BEGIN ... COMMIT that is left out there is a notice.
    echo "BEGIN; SET LOCAL client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS migrate_ext;"
    "$loader" load --sql "$TMP/out"
    echo "SET LOCAL client_min_messages = notice;"
    if [ -n "$TARGET" ]; then
      # Somebody may have gone on with migrate_ext since: that is not undone.  Or with the tool: then all
      # that is applied comes before what its table says.
      cat <<EOF
DO \$\$ BEGIN
  IF NOT EXISTS (
    WITH RECURSIVE before AS (
      SELECT t::pg_catalog.text AS revision FROM unnest(string_to_array('$TARGET', ',')) AS t
      UNION
      SELECT parent FROM before JOIN migrate.history() AS h USING (revision), unnest(h.down_revisions || h.depends_on) AS parent)
    SELECT FROM migrate.history() AS h WHERE h.is_applied AND h.revision NOT IN (SELECT revision FROM before)) THEN
    PERFORM migrate.stamp('$TARGET');
  ELSIF EXISTS (SELECT FROM unnest(string_to_array('$TARGET', ',')) AS t
                WHERE t NOT IN (SELECT revision FROM migrate.history() WHERE is_applied)) THEN
    RAISE EXCEPTION 'the database is at "%", and $BOOKS says "$TARGET"', (SELECT string_agg(c, ',') FROM migrate.current() AS c)
      USING HINT = 'Stamp it by hand with SELECT migrate.stamp(...).';
  END IF;
END \$\$;
EOF
    fi
    echo "COMMIT;"
  }
  load_all() {
    write_load >"$TMP/load.sql"
    sql -F "$tab" <"$TMP/load.sql" >"$TMP/loaded" 2>"$TMP/error"
  }
  # Where the extension cannot be installed migrate.sh tries the files out, and says where the database is;
  # unless somebody has gone on with it since.
  load_elsewhere() {
    status=0
    "$loader" check heads --dir "$TMP/out" >/dev/null || status=$?
    case $status in 0 | 3) ;; *) die "nothing written" ;; esac
    if [ -n "$TARGET" ] && [ -z "$("$loader" current --dir "$TMP/out" 2>/dev/null)" ]; then
      "$loader" stamp "$TARGET" --dir "$TMP/out" >/dev/null 2>"$TMP/error" || {
        cat "$TMP/error" >&2
        die "nothing written"
      }
    fi
    : >"$TMP/loaded"
    : >"$TMP/error"
  }
  WITHOUT=$(echo "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext')
    AND (${MIGRATE_ENGINE:+true OR }NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'migrate_ext'));" | sql) || die "nothing written"
  if [ "$WITHOUT" = t ]; then load_elsewhere; else load_all; fi || {
    if ! grep -q 'ERROR:.* the downgrade of revision "[^"]*" cannot be parsed' "$TMP/error"; then
      cat "$TMP/error" >&2
      die "nothing written"
    fi
    bad_downgrades
    case $NEWLINE$IRREVERSIBLE in
      *"${NEWLINE}all$NEWLINE"*) ;;
      *)
        sed -n 's/.*ERROR: *//p' "$TMP/bad" >&2
        die "nothing written" "If these downgrades cannot be mended, leave them out with --irreversible all, or each of them:" \
          "$(sed -e 's/^/--irreversible /' -e '2,$s/^/  /' "$TMP/bad_ids")"
        ;;
    esac
    while read -r revision; do
      for file in "$TMP"/out/*.sql; do
        grep -qx -e "-- Revision ID: $revision" "$file" || continue
        sed '/^-- migrate:down/,$d' "$file" >"$TMP/one_way" && cat "$TMP/one_way" >"$file"
        echo "$TOOL: $revision is irreversible: its downgrade is no SQL that this server reads"
      done
    done <"$TMP/bad_ids"
    load_all || {
      cat "$TMP/error" >&2
      die "nothing written"
    }
  }
  cat "$TMP/error" >&2
fi

if [ -n "$PRELUDE" ]; then printf 'prelude.sql\n' >>"$TMP/new"; fi
if [ -s "$TMP/new" ]; then
  mkdir -p "$TO"
  # Under its own name only when it is whole.
  while IFS= read -r file; do
    cp "$TMP/out/$file" "$TO/.$file.part"
    mv "$TO/.$file.part" "$TO/$file"
  done <"$TMP/new"
fi
say_what wrote
say_prelude wrote
if [ -n "$LOAD" ]; then
  # File, revision, outcome; the prelude is no revision.
  [ "$WITHOUT" = t ] || awk -F "$tab" '$2 != "" { n[$3]++ }
    END { printf "loaded: %d added, %d replaced, %d unchanged\n", n["added"], n["replaced"], n["unchanged"] }' "$TMP/loaded"
  say_stamp "at"
fi
say_where
