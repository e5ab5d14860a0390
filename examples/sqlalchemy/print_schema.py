#!/usr/bin/env python3
"""Prints the DDL of SQLAlchemy models, for migrate.sh --model.

    python print_schema.py shop:db >schema.sql
    migrate.sh create "Add phone" --model schema.sql

The argument is MODULE:NAME; the name is Flask-SQLAlchemy's db, a MetaData or a
declarative base (or a function that returns one of these).  No database is
needed.  Modules that define models must have been imported by then: name others
before it, "print_schema.py shop.models shop:db".

What create_all() makes is printed: tables with their comments, indexes and
constraints, the types of enums, sequences that the metadata knows.  Schemas come
first.  Views, functions, triggers and extensions are no part of SQLAlchemy's
metadata: those that hang on it as DDL events, event.listen(metadata,
"after_create", DDL("CREATE VIEW ...")), are printed; write the others into
files of their own and put them behind it, "cat views.sql >>schema.sql".
"""
import importlib
import os
import sys

from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql


def true_dialect():
    """Without it every % would be doubled, and every backslash, for a driver that is not there."""
    dialect = postgresql.dialect(paramstyle="named")
    dialect._backslash_escapes = False
    return dialect


def metadata_of(name):
    module, _, attribute = name.partition(":")
    found = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    if callable(found) and not hasattr(found, "metadata"):
        found = found()
    return getattr(found, "metadata", found)


def print_schema(metadata, out):
    dialect = true_dialect()

    def execute(construct, *_, **__):
        text = construct if isinstance(construct, str) else str(construct.compile(dialect=dialect))
        out.write(text.strip().rstrip(";") + ";\n\n")

    engine = create_mock_engine("postgresql://", execute)
    engine._dialect = dialect
    things = list(metadata.tables.values()) + list(metadata._sequences.values())
    for schema in sorted({thing.schema for thing in things if thing.schema}):
        out.write("CREATE SCHEMA IF NOT EXISTS %s;\n\n" % dialect.identifier_preparer.quote(schema))
    metadata.create_all(engine, checkfirst=False)


def main(names):
    if not names or ":" not in names[-1]:
        sys.exit(__doc__)
    sys.path.insert(0, os.getcwd())
    # What the application prints at its start is no DDL.
    out, sys.stdout = sys.stdout, sys.stderr
    for name in names[:-1]:
        importlib.import_module(name)
    print_schema(metadata_of(names[-1]), out)


if __name__ == "__main__":
    main(sys.argv[1:])
