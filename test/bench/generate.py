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

    The 735 migrations of real projects that the project was tried with have
    six statements on average (the median is four, and two on the way down):
    comments, triggers and functions most of all, then tables, columns, views,
    rows, indexes, constraints, grants.  These here have three or four.

    new_table_every decides how many locks one transaction holds at the end: some
    eight a table, and a server has room for 6,400 (max_locks_per_transaction).
    """
    kinds = (add_column, add_index, add_function, add_view, add_rows)
    revisions = []
    for n in range(count):
        t, k = divmod(n, new_table_every)
        kind = kinds[(k - 1) % len(kinds)] if k else create_table
        message, up, down = kind(n, t)
        revisions.append(Revision(n, identifier(n), [identifier(n - 1)] if n else [], [], message, up, down))
    return revisions


# Each of these: the message, the upgrade and the downgrade of revision n, on table t.

def create_table(n, t):
    owner = f"\n    owner_id bigint REFERENCES item_{t - 1} ON DELETE CASCADE," if t % 2 else ""
    up = f"""\
CREATE TABLE item_{t} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,{owner}
    name varchar(120) NOT NULL,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),
    amount numeric(12, 2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE item_{t} IS 'made by revision {n}; what it is for';
COMMENT ON COLUMN item_{t}.state IS 'how far it has come';
CREATE INDEX item_{t}_created_at_idx ON item_{t} (created_at);
"""
    return f"Create table item_{t}", up, f"DROP TABLE item_{t};\n"


def add_column(n, t):
    up = f"""\
ALTER TABLE item_{t} ADD COLUMN extra_{n} varchar(20);
COMMENT ON COLUMN item_{t}.extra_{n} IS 'it''s new';
UPDATE item_{t} SET extra_{n} = 'x' WHERE extra_{n} IS NULL;
ALTER TABLE item_{t} ALTER COLUMN extra_{n} SET DEFAULT 'x';
"""
    return f"Add column extra_{n} to item_{t}", up, f"ALTER TABLE item_{t} DROP COLUMN extra_{n};\n"


def add_index(n, t):
    up = f"""\
CREATE INDEX item_{t}_{n}_idx ON item_{t} (state, created_at) WHERE state <> 'done';
ALTER TABLE item_{t} ADD CONSTRAINT item_{t}_{n}_check CHECK (amount >= -{n});
COMMENT ON CONSTRAINT item_{t}_{n}_check ON item_{t} IS 'no more debts than that';
"""
    down = f"""\
ALTER TABLE item_{t} DROP CONSTRAINT item_{t}_{n}_check;
DROP INDEX item_{t}_{n}_idx;
"""
    return f"Index and check item_{t}", up, down


def add_function(n, t):
    up = f"""\
CREATE OR REPLACE FUNCTION item_{t}_touch_{n}() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- a semicolon; in a body
    IF new.created_at IS NULL THEN
        new.created_at := now();
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION item_{t}_touch_{n}() IS 'called by a trigger';
GRANT EXECUTE ON FUNCTION item_{t}_touch_{n}() TO PUBLIC;
CREATE TRIGGER touch_{n} BEFORE INSERT ON item_{t} FOR EACH ROW EXECUTE FUNCTION item_{t}_touch_{n}();
"""
    down = f"""\
DROP TRIGGER touch_{n} ON item_{t};
DROP FUNCTION item_{t}_touch_{n}();
"""
    return f"Date the rows of item_{t}", up, down


def add_view(n, t):
    up = f"""\
CREATE VIEW item_{t}_open_{n} AS SELECT id, name, amount FROM item_{t} WHERE state = 'open';
COMMENT ON VIEW item_{t}_open_{n} IS 'what there is to do';
GRANT SELECT ON item_{t}_open_{n} TO PUBLIC;
"""
    return f"Show what is open of item_{t}", up, f"DROP VIEW item_{t}_open_{n};\n"


def add_rows(n, t):
    up = f"""\
INSERT INTO item_{t} (name) VALUES ('it''s revision {n}'), ('another');
INSERT INTO item_{t} (name, state) SELECT name || ', done', 'done' FROM item_{t} WHERE state = 'new';
UPDATE item_{t} SET amount = 1 WHERE name = 'another';
"""
    return f"First rows of item_{t}", up, f"DELETE FROM item_{t};\n"


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
