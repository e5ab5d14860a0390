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
