#!/usr/bin/env python3
"""Random pairs of schemas for pairs.py.

    test/schema/random_pairs.py [--seed N] [--pairs N] DIRECTORY
    test/schema/run.sh DIRECTORY

What people write by hand has one change in it; what breaks an order is many
changes that depend on each other.  Each object has a name from a small pool and
properties drawn by chance; the second schema draws some of them anew.  Nothing
here knows what is valid: statements are run one by one, those that fail are left
out (so another try at the same object may follow), and pg_dump says what came of it.  A seed makes the same pairs again.

Connects by PGHOST, PGPORT and PGUSER; makes and drops databases random_pairs_*.
"""
import argparse
import os
import random
import subprocess
from pathlib import Path

TYPES = ["int", "bigint", "text", "varchar(20)", "varchar(40)", "numeric(10,2)", "date", "timestamptz", "boolean",
         "int[]", "e1", "e2", "e1[]", "d1", "d2", "k1", "jsonb", "uuid"]
ROLES = ["PUBLIC", "pg_monitor", "pg_read_all_stats"]
COLUMNS = ["c1", "c2", "c3", "c4", "c5", "c6"]
TABLES = ["t1", "t2", "t3", "t4"]
RELATIONS = TABLES + ["p1", "i1", "v1", "v2", "v3", "v4", "m1"]


class Draw:
    """Chance that is the same for the same object: the first schema's, or here and there new."""

    def __init__(self, seed, second, change):
        self.seed, self.second, self.change = seed, second, change

    def __call__(self, name):
        chance = random.Random("%s %s" % (self.seed, name))
        if self.second and chance.random() < self.change:
            return random.Random("%s %s again" % (self.seed, name))
        return random.Random("%s %s first" % (self.seed, name))


def some(chance, items, low=1, high=None):
    items = list(items)
    return chance.sample(items, min(len(items), chance.randint(low, high or len(items))))


def expression(chance, columns):
    column = chance.choice(columns)
    return chance.choice([
        "f1(1) > 0", "f2('x') IS NOT NULL", "c1::text <> 'y'", "c2 IS NOT NULL", "%s IS NOT NULL" % column, "%s::text <> 'x'" % column,
        "%s::text <> 'y' AND f1(2) > 1" % column, "length(%s::text) < 100" % column, "%s BETWEEN 1 AND 5 OR true" % column])


def default(chance, of):
    if chance.random() < 0.1:
        return "NULL"
    if of in ("int", "bigint", "numeric(10,2)"):
        return chance.choice(["1", "2", "f1(1)", "nextval('s1')", "g1(NULL)", "length(f2('x'))"])
    if of in ("date", "timestamptz"):
        return chance.choice(["now()", "'2020-01-01'"])
    return {"boolean": "true", "int[]": "'{1}'", "e1[]": "'{a}'", "k1": "NULL", "jsonb": "'{}'", "uuid": "gen_random_uuid()"}.get(
        of, chance.choice(["'a'", "'b'", "f2('x')"]))


def column(chance):
    result = chance.choice(TYPES)
    if chance.random() < 0.1:
        return result + " GENERATED ALWAYS AS (%s) STORED" % chance.choice(["f1(1)", "f2('g')", "c1::text", "1", "length(c2::text)"])
    if chance.random() < 0.05:
        return "int GENERATED %s AS IDENTITY" % chance.choice(["ALWAYS", "BY DEFAULT"])
    if chance.random() < 0.05:
        return chance.choice(["serial", "bigserial"])
    if chance.random() < 0.3:
        result += " DEFAULT " + default(chance, result)
    if chance.random() < 0.2:
        result += " NOT NULL"
    return result


def types(draw):
    for name in ("e1", "e2"):
        chance = draw(name)
        if chance.random() < 0.9:
            yield "CREATE TYPE %s AS ENUM (%s)" % (name, ", ".join("'%s'" % v for v in some(chance, "abcde", 2)))
    for name in ("d1", "d2"):
        chance = draw(name)
        if chance.random() < 0.9:
            yield "CREATE DOMAIN %s AS %s%s%s%s" % (
                name, chance.choice(["text", "int", "varchar(10)", "e1", "d1"]),
                chance.choice(["", " DEFAULT 'a'", " DEFAULT 1"]), chance.choice(["", " NOT NULL"]),
                chance.choice(["", " CHECK (VALUE::text <> 'z')", " CONSTRAINT dc CHECK (f1(3) > 0)"]))
    chance = draw("k1")
    if chance.random() < 0.9:
        yield "CREATE TYPE k1 AS (%s)" % ", ".join(
            "a%d %s" % (n, chance.choice(["int", "text", "e1", "d1"])) for n in sorted(some(chance, range(1, 5))))
    for name in ("s1", "s2"):
        chance = draw(name)
        if chance.random() < 0.9:
            yield "CREATE SEQUENCE %s %s" % (name, chance.choice(["", "INCREMENT 2", "AS int", "MAXVALUE 99 CYCLE", "START 5 CACHE 3"]))


def early_functions(draw):
    for name, argument in (("f1", "int"), ("f2", "text")):
        chance = draw(name)
        result = chance.choice([argument, argument, "bigint" if name == "f1" else "varchar"])
        yield "CREATE FUNCTION %s(%s %s) RETURNS %s LANGUAGE %s %s" % (
            name, chance.choice(["", "x"]), argument, result,
            *chance.choice([("sql IMMUTABLE", "AS 'SELECT $1'"), ("sql IMMUTABLE", "RETURN $1"), ("sql IMMUTABLE STRICT", "AS 'SELECT $1 '"),
                            ("plpgsql IMMUTABLE", "AS 'BEGIN RETURN $1; END'")]))


def tables(draw):
    for name in TABLES:
        chance = draw(name)
        yield "CREATE%s TABLE %s ()%s" % (chance.choice([""] * 6 + [" UNLOGGED"]), name, chance.choice([""] * 5 + [" WITH (fillfactor = 70)"]))
        for c in COLUMNS:
            inner = draw(name + c)
            if inner.random() < 0.85:
                for definition in (column(inner), column(inner), "text"):
                    yield "ALTER TABLE %s ADD %s %s" % (name, c, definition)
            if inner.random() < 0.1:
                yield "ALTER TABLE %s ALTER %s SET STORAGE EXTERNAL" % (name, c)
            if inner.random() < 0.1:
                yield "ALTER TABLE %s ALTER %s SET STATISTICS 50" % (name, c)
    chance = draw("i1")
    if chance.random() < 0.7:
        yield "CREATE TABLE i1 (own %s) INHERITS (%s)" % (chance.choice(TYPES), chance.choice(TABLES))
    chance = draw("p1")
    if chance.random() < 0.8:
        how = chance.choice(["RANGE", "LIST", "HASH"])
        yield "CREATE TABLE p1 (k %s, c1 %s, c2 %s) PARTITION BY %s (k)" % (
            chance.choice(["int", "int", "bigint"]), chance.choice(TYPES), column(draw("p1c2")), how)
        for n, part in enumerate(("pa", "pb", "pc")):
            inner = draw(part)
            bounds = {"RANGE": "FROM (%d) TO (%d)" % (n * 10, n * 10 + inner.choice([5, 10])), "LIST": "IN (%d, %d)" % (n * 2, n * 2 + inner.choice([1, 100 + n])),
                      "HASH": "WITH (MODULUS 3, REMAINDER %d)" % n}[how]
            yield inner.choice(["CREATE TABLE %s PARTITION OF p1 FOR VALUES " + bounds, "CREATE TABLE %s (k int, c1 int)",
                                "CREATE TABLE %s PARTITION OF p1 FOR VALUES " + bounds]) % part
        if draw("pd").random() < 0.4:
            yield "CREATE TABLE pd PARTITION OF p1 DEFAULT"


def constraints(draw):
    for name in TABLES + ["p1"]:
        for n in range(5):
            chance = draw("%s constraint %d" % (name, n))
            c = chance.choice(["c1", "c2", "c3"])
            yield "ALTER TABLE %s ADD %s" % (name, chance.choice([
                "PRIMARY KEY (%s)" % ("k" if name == "p1" else c), "CONSTRAINT %s_u%d UNIQUE (%s)" % (name, n, "k" if name == "p1" else c),
                "CONSTRAINT %s_k%d CHECK (%s)" % (name, n, expression(chance, COLUMNS)),
                "CONSTRAINT %s_k%d CHECK (%s) NOT VALID" % (name, n, expression(chance, COLUMNS)),
                "CONSTRAINT %s_f%d FOREIGN KEY (%s) REFERENCES %s%s" % (
                    name, n, c, chance.choice(TABLES), chance.choice(["", " ON DELETE CASCADE", " DEFERRABLE", " NOT VALID"]))]))
    for n in range(8):
        chance = draw("index %d" % n)
        yield "CREATE %sINDEX x%d ON %s (%s)%s" % (
            chance.choice(["", "", "UNIQUE "]), n, chance.choice(TABLES + ["p1", "i1", "pa"]),
            ", ".join(some(chance, COLUMNS + ["f1(1)", "(c1::text)", "k"], 1, 2)),
            chance.choice(["", "", " WHERE " + expression(chance, COLUMNS), " INCLUDE (c2)"]))
    chance = draw("statistics")
    if chance.random() < 0.5:
        yield "CREATE STATISTICS st1 ON c1, c2 FROM %s" % chance.choice(TABLES)


def query(chance, allowed):
    one, two = chance.choice(allowed), chance.choice(allowed)
    columns = some(chance, ["c1", "c2", "c3", "c4"], 1, 3)
    kind = chance.random()
    if kind < 0.3:
        return "SELECT * FROM %s" % one
    if kind < 0.5:
        return "SELECT a.%s, b.%s AS other FROM %s a JOIN %s b ON a.c1::text = b.c1::text" % (columns[0], columns[-1], one, two)
    if kind < 0.6:
        return "SELECT %s, f1(1) AS f, f2('v') AS g FROM %s" % (", ".join(columns), one)
    if kind < 0.7:
        return "SELECT a AS whole, a.%s FROM %s a" % (columns[0], one)
    if kind < 0.8:
        return "SELECT c1, count(*) AS c2 FROM %s GROUP BY 1" % one
    return "SELECT %s FROM %s WHERE %s" % (", ".join(columns), one, expression(chance, ["c1", "c2", "c3"]))


def views(draw):
    relations = TABLES + ["p1", "i1"]
    for name in ("v1", "v2", "v3", "v4"):
        chance = draw(name)
        for _ in range(4):
            yield "CREATE VIEW %s%s AS %s" % (name, chance.choice(["", "", " WITH (security_barrier)"]), query(chance, relations))
        relations = relations + [name] * 2
    for name in ("m1", "m2"):
        chance = draw(name)
        for _ in range(4):
            yield "CREATE MATERIALIZED VIEW %s AS %s%s" % (name, query(chance, relations), chance.choice(["", " WITH NO DATA"]))
        if chance.random() < 0.5:
            yield "CREATE INDEX %s_x ON %s (c1)" % (name, name)
        relations = relations + [name]
    chance = draw("g1")
    yield "CREATE FUNCTION g1(%s) RETURNS bigint LANGUAGE sql STABLE %s" % (
        chance.choice(RELATIONS), chance.choice(["AS 'SELECT count(*) FROM t1'", "RETURN (SELECT count(*) FROM %s)" % chance.choice(RELATIONS)]))
    chance = draw("g2")
    yield "CREATE FUNCTION g2() RETURNS SETOF %s LANGUAGE sql STABLE %s" % (
        chance.choice(RELATIONS), chance.choice(["AS 'SELECT NULL LIMIT 0'", "AS 'SELECT * FROM t2'", "BEGIN ATOMIC SELECT * FROM t2; END"]))
    chance = draw("v5")
    yield "CREATE VIEW v5 AS SELECT * FROM g2()%s" % chance.choice(["", " WHERE f1(2) > 0"])
    chance = draw("g3")
    yield "CREATE FUNCTION g3(e1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
    if chance.random() < 0.5:
        yield "CREATE INDEX xg3 ON %s (g3(%s))" % (chance.choice(TABLES), chance.choice(COLUMNS))
    chance = draw("late default")
    yield "ALTER TABLE %s ALTER %s SET DEFAULT g1(NULL)" % (chance.choice(TABLES), chance.choice(COLUMNS))


def hangers(draw):
    yield "CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'"
    for n in range(4):
        chance = draw("trigger %d" % n)
        yield "CREATE TRIGGER g%d %s ON %s FOR EACH ROW %sEXECUTE FUNCTION tr()" % (
            n, chance.choice(["BEFORE INSERT", "AFTER UPDATE", "BEFORE UPDATE OF c1", "INSTEAD OF INSERT"]), chance.choice(RELATIONS),
            chance.choice(["", "", "WHEN (new.c2 IS NOT NULL) "]))
        chance = draw("policy %d" % n)
        yield "CREATE POLICY y%d ON %s %sUSING (%s)" % (
            n, chance.choice(TABLES + ["p1"]), chance.choice(["", "FOR SELECT ", "TO pg_monitor "]), expression(chance, COLUMNS))
    for name in TABLES:
        chance = draw(name + " rls")
        if chance.random() < 0.3:
            yield "ALTER TABLE %s ENABLE ROW LEVEL SECURITY" % name
        if chance.random() < 0.3:
            yield "ALTER TABLE %s REPLICA IDENTITY FULL" % name
    chance = draw("rule")
    yield "CREATE RULE r1 AS ON INSERT TO %s DO ALSO SELECT f1(1)" % chance.choice(TABLES + ["v1", "v2"])
    chance = draw("publication")
    if chance.random() < 0.5:
        yield "CREATE PUBLICATION pub FOR TABLE %s%s" % (chance.choice(TABLES), chance.choice(["", " WHERE (c1 IS NOT NULL)"]))
    for kind, names in (("TABLE", TABLES + ["p1"]), ("VIEW", ["v1", "v2"]), ("TYPE", ["e1", "k1"]), ("FUNCTION", ["f1(int)"]), ("INDEX", ["x1"])):
        for name in names:
            chance = draw("comment on " + name)
            if chance.random() < 0.3:
                yield "COMMENT ON %s %s IS '%s'" % (kind, name, chance.choice(["one", "two"]))
    for name in RELATIONS:
        chance = draw("grant on " + name)
        if chance.random() < 0.3:
            yield "GRANT %s ON %s TO %s" % (chance.choice(["SELECT", "ALL", "SELECT (c1)", "UPDATE (c2), INSERT"]), name, chance.choice(ROLES))
    for name in ("f1(int)", "f2(text)"):
        if draw("revoke " + name).random() < 0.2:
            yield "REVOKE ALL ON FUNCTION %s FROM PUBLIC" % name


def statements(draw):
    for part in (types, early_functions, tables, constraints, views, hangers):
        yield from part(draw)


def run(*command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout


def schema(draw, bindir, path):
    database = "random_pairs_%d" % os.getpid()
    text = "SET client_min_messages = error;\n" + "".join(s + ";\n" for s in statements(draw))
    psql = os.path.join(bindir, "psql")
    run(psql, "-Xqd", "postgres", "-c", "CREATE DATABASE " + database)
    try:
        run(psql, "-Xqd", database, text=text)
        path.write_text(run(os.path.join(bindir, "pg_dump"), "-s", database))
    finally:
        run(psql, "-Xqd", "postgres", "-c", "DROP DATABASE " + database)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--pg-config", default=os.environ.get("PG_CONFIG", "pg_config"))
    options = parser.parse_args()
    bindir = run(options.pg_config, "--bindir").strip()
    print("seed %d" % options.seed)
    for n in range(options.seed, options.seed + options.pairs):
        change = random.Random(n).choice([0.05, 0.15, 0.4])
        directory = Path(options.directory) / "random" / str(n)
        directory.mkdir(parents=True, exist_ok=True)
        for name, second in (("a.sql", False), ("b.sql", True)):
            schema(Draw(n, second, change), bindir, directory / name)


if __name__ == "__main__":
    main()
