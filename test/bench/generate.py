"""Revisions to measure with: the same SQL for every tool, and big graphs.

Everything is made from its number alone, so that two runs measure the same.
"""
import csv
import hashlib
import os
from collections import namedtuple
from datetime import datetime, timedelta

Revision = namedtuple("Revision", "number id parents depends_on message up down")


def identifier(number, kind="r"):
    return hashlib.md5(f"{kind}{number}".encode()).hexdigest()[:12]


def history(count, new_table_every=6):
    """A straight history of SQL as projects have it.

    Every so many revisions make a table; the others add columns, indexes,
    functions, constraints, rows.  What new_table_every decides is how many
    locks one transaction holds at the end: about five a table, and a server
    has room for some 6,400 (max_locks_per_transaction).
    """
    revisions = []
    for n in range(count):
        t = n // new_table_every
        table = f"item_{t}"
        kind = n % new_table_every
        if kind == 0:
            owner = f"\n    owner_id bigint REFERENCES item_{t - 1} ON DELETE CASCADE," if t % 2 else ""
            message = f"Create table {table}"
            up = (
                f"CREATE TABLE {table} (\n"
                f"    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,{owner}\n"
                f"    name varchar(120) NOT NULL,\n"
                f"    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),\n"
                f"    amount numeric(12, 2) NOT NULL DEFAULT 0,\n"
                f"    created_at timestamptz NOT NULL DEFAULT now()\n"
                f");\n"
                f"COMMENT ON TABLE {table} IS 'made by revision {n}; what it is for';\n"
            )
            down = f"DROP TABLE {table};\n"
        elif kind % 3 == 1:
            message = f"Add column {n} to {table}"
            up = (
                f"ALTER TABLE {table} ADD COLUMN extra_{n} varchar(20);\n"
                f"UPDATE {table} SET extra_{n} = 'x' WHERE extra_{n} IS NULL;\n"
            )
            down = f"ALTER TABLE {table} DROP COLUMN extra_{n};\n"
        elif kind % 6 == 2:
            message = f"Index {table}"
            up = f"CREATE INDEX {table}_{n}_idx ON {table} (state, created_at) WHERE state <> 'done';\n"
            down = f"DROP INDEX {table}_{n}_idx;\n"
        elif kind % 6 == 3:
            message = f"Function for {table}"
            up = (
                f"CREATE FUNCTION {table}_total_{n}(wanted text) RETURNS numeric\n"
                f"LANGUAGE plpgsql STABLE AS $$\n"
                f"BEGIN\n"
                f"    -- a semicolon; in a body\n"
                f"    RETURN (SELECT coalesce(sum(amount), 0) FROM {table} WHERE state = wanted);\n"
                f"END\n"
                f"$$;\n"
            )
            down = f"DROP FUNCTION {table}_total_{n}(text);\n"
        elif kind % 6 == 5:
            message = f"First rows of {table}"
            up = f"INSERT INTO {table} (name) VALUES ('it''s revision {n}'), ('another');\n"
            down = f"DELETE FROM {table} WHERE name IN ('it''s revision {n}', 'another');\n"
        else:
            message = f"Constraint {n} of {table}"
            up = f"ALTER TABLE {table} ADD CONSTRAINT {table}_{n}_check CHECK (amount >= -{n});\n"
            down = f"ALTER TABLE {table} DROP CONSTRAINT {table}_{n}_check;\n"
        parents = [identifier(n - 1)] if n else []
        revisions.append(Revision(n, identifier(n), parents, [], message, up, down))
    return revisions


def graph(count):
    """A graph as big teams have it: one line with a branch of three revisions
    leaving and being merged every twenty, and a second root with a line of its
    own that now and then depends on the first."""
    revisions = []

    def add(parents, depends_on=()):
        n = len(revisions)
        revisions.append(Revision(n, identifier(n, "g"), list(parents), list(depends_on),
                                  f"Change number {n}", f"SELECT {n};\n", f"SELECT -{n};\n"))
        return revisions[-1].id

    main = add([])
    other = None
    while len(revisions) < count:
        room = count - len(revisions)
        if room >= 22:
            for _ in range(15):
                main = add([main])
            side = main
            for _ in range(3):
                side = add([side])
            main = add([main])
            main = add([main, side])
            other = add([other] if other else [], [main])
            other = add([other])
        else:
            main = add([main])
    return revisions


def created(number):
    """Create Date: a minute after the one before."""
    return f"{datetime(2020, 1, 1) + timedelta(minutes=number)}+00"


def revision_file(r):
    lines = [f"-- {r.message}", "--", f"-- Revision ID: {r.id}",
             f"-- Revises: {', '.join(r.parents)}".rstrip(), f"-- Create Date: {created(r.number)}"]
    if r.depends_on:
        lines.append(f"-- Depends On: {', '.join(r.depends_on)}")
    return "\n".join(lines) + f"\n\n-- migrate:up\n{r.up}\n-- migrate:down\n{r.down}"


def file_name(r):
    return f"{r.id}_{'_'.join(r.message.lower().split())}.sql"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def write_files(directory, revisions):
    """Revision files, as migrate_ext reads them."""
    os.makedirs(directory)
    for r in revisions:
        write(os.path.join(directory, file_name(r)), revision_file(r))


def write_csv(path, revisions):
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f)
        for r in revisions:
            writer.writerow([r.number, file_name(r), revision_file(r)])


def write_sql(path, revisions, up=True):
    """What plain psql runs: the floor."""
    write(path, "".join(r.up for r in revisions) if up else "".join(r.down for r in reversed(revisions)))
