#!/usr/bin/env python3
"""Random expressions in every place that holds one, read, printed and read again.

    test/schema/random_expressions.py [--seed N] [--rounds N] [--objects N]

PostgreSQL does not always read back the tree that it has printed, and a comparison must find
nothing in that.  Each round makes objects by chance, statement by statement; those that fail are
left out, since nothing here knows what is valid.  Then nothing may be found

  - between the schema and its own dump, and the dump of that, restored,
  - between the restored dump, itself, and what was written,
  - by the proof of a revision that makes the schema from nothing, and once that was run.

A seed makes the same expressions again.  Connects by PGHOST, PGPORT and PGUSER, as superuser;
makes and drops databases random_expressions_*.  The last line counts; what was found is printed.
"""
import argparse
import os
import random
import subprocess
import sys

# Of each type a column of the table t, by whose name an expression says what it wants.
COLUMNS = {
    "varchar": ["v", "v2"], "text": ["x"], "bpchar": ["c"], "name": ["nm"], "int": ["i", "i2"], "bigint": ["l"], "smallint": ["s"],
    "numeric": ["n"], "float8": ["f"], "real": ["r"], "bool": ["b"], "date": ["d"], "timestamp": ["ts"], "timestamptz": ["tz"],
    "varchar[]": ["va"], "text[]": ["xa"], "int[]": ["ia"], "numeric[]": ["na"], "jsonb": ["j"], "mood": ["m"], "mood[]": ["ma"],
    "word": ["w"], "words": ["wa"], "uuid": ["u"], "interval": ["iv"], "pair": ["p"]}
TABLE = ", ".join("%s %s" % (name, {"varchar": "varchar(20)", "bpchar": "char(3)", "numeric": "numeric(8,2)"}.get(of, of))
                  for of, names in COLUMNS.items() for name in names)
TEXTS = ["varchar", "varchar", "varchar", "text", "bpchar", "name", "word"]
NUMBERS = ["int", "bigint", "smallint", "numeric", "float8", "real"]
PRELUDE = """SET client_min_messages = error;
CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b varchar(5));
CREATE DOMAIN word AS varchar(10); CREATE DOMAIN words AS varchar(4)[]; CREATE DOMAIN few AS numeric(6,1)[]; CREATE DOMAIN fewer AS few;
CREATE FUNCTION ft(text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION fw(words) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION fn(numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION ff(fewer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION fv(VARIADIC text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION fd(a int DEFAULT 1, b float8 DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION fl(varchar) RETURNS varchar[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[$1]';
CREATE FUNCTION fs(anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE t (%s);
""" % TABLE


class Expressions:
    """Expressions of a type; columns None: of constants only."""

    def __init__(self, chance, prefix="", columns=True):
        self.chance, self.prefix, self.columns = chance, prefix, columns

    def one(self, *choices):
        return self.chance.choice(choices)

    def constant(self, of):
        text = self.one("'a'", "'b'", "'it''s'", r"E'\\'", "'x]::text[]'")
        number = self.one("1", "2", "-1", "3.5", "100", "'7'")
        return {"bool": self.one("true", "false"), "date": "'2020-01-01'", "timestamp": "'2020-01-01 10:00'", "interval": "interval '1 day'",
                "timestamptz": "'2020-01-01 10:00+00'", "jsonb": self.one("'{}'", "'[1]'"), "mood": self.one("'sad'", "'ok'::mood"),
                "uuid": "'00000000-0000-4000-8000-000000000001'", "varchar": text, "word": text, "pair": "ROW(1, 'a')::pair"}.get(
                    of, number if of in NUMBERS else "'{}'" if of in ("words",) or of.endswith("[]") else text)

    def leaf(self, of):
        if self.columns and self.chance.random() < 0.6:
            return self.prefix + self.chance.choice(COLUMNS[of])
        if self.chance.random() < 0.1:
            return "NULL"
        constant = self.constant(of)
        return constant if self.chance.random() < 0.7 else "%s::%s" % ("(%s)" % constant if constant[0] == "-" else constant, of)

    def array(self, of, depth, low=1):
        same = self.chance.random() < 0.5
        kinds = TEXTS if of in TEXTS else NUMBERS if of in NUMBERS else [of]
        elements = [self.of(of if same else self.chance.choice(kinds), depth - 1) for _ in range(self.chance.randint(low, 3))]
        if self.chance.random() < 0.1:
            elements = ["ARRAY[%s]" % ", ".join(elements)] * 2
        if self.columns and self.chance.random() < 0.1:
            elements = [self.prefix + ("va" if of in TEXTS else "ia")] * 2
        if self.chance.random() < 0.15:
            elements = [self.of("varchar[]" if of in TEXTS else "int[]", 0 if "ARRAY" in elements[0] else depth - 1)]
        if self.chance.random() < 0.1:
            elements = ["fs(%s)" % e for e in elements]
        result = "ARRAY[%s]" % ", ".join(elements)
        return result if self.chance.random() < 0.8 else "%s::%s[]" % (result, self.chance.choice(kinds))

    def of(self, of, depth):
        if depth <= 0 or self.chance.random() < 0.25:
            return self.leaf(of)
        if of == "bool":
            return self.condition(depth)
        if of.endswith("[]"):
            return self.one(self.array(of[:-2], depth), "coalesce(%s, %s)" % (self.of(of, depth - 1), self.array(of[:-2], depth)),
                            "%s || %s" % (self.leaf(of), self.array(of[:-2], depth)), "fs(%s)" % self.leaf(of),
                            "fl(%s)" % self.leaf("varchar") if of[:-2] in TEXTS else "(%s)[1:1]" % self.leaf(of))
        more = ["coalesce(%s, %s)", "nullif(%s, %s)", "greatest(%s, %s)", "CASE WHEN " + self.of("bool", depth - 1).replace("%", "%%") + " THEN %s ELSE %s END"]
        if of in ("varchar", "text"):
            more += ["%s || %s", "concat(%s, %s)", "overlay(%s PLACING %s FROM 1)", "trim(BOTH %s FROM %s)"]
            if self.chance.random() < 0.5:
                return self.one("lower(%s)" % self.of(of, depth - 1), "ft(%s)" % self.array("varchar", depth), "fv(%s, %s)" % (
                    self.of(of, depth - 1), self.of("varchar", depth - 1)), "fv(VARIADIC %s)" % self.array("varchar", depth), "fw(%s)" % self.array(
                        "varchar", depth), "(%s)[1]" % self.array("varchar", depth), "array_to_string(%s, ',')" % self.array("varchar", depth),
                    "%s #>> %s" % (self.leaf("jsonb"), self.array("varchar", depth)), "substring(%s FROM 1 FOR 2)" % self.of(of, depth - 1),
                    "(%s)::varchar(%d)" % (self.of(of, depth - 1), self.chance.randint(1, 9)), "%s COLLATE \"C\"" % self.leaf(of))
        elif of in NUMBERS:
            more += ["%s + %s", "%s - %s * 2", "- (%s) %% %s", "@ (%s) + %s"]
            if self.chance.random() < 0.4:
                return self.one("fn(%s)" % self.array("int", depth), "ff(%s)" % self.array("int", depth), "fd(b => %s)" % self.of("int", depth - 1),
                                "(%s)::%s" % (self.of(of, depth - 1), self.chance.choice(NUMBERS)), "length(%s)" % self.of("varchar", depth - 1),
                                "array_position(%s, %s)" % (self.array("varchar", depth), self.of("varchar", depth - 1)))
        return "(" + self.chance.choice(more) % (self.of(of, depth - 1), self.of(of, depth - 1)) + ")"

    def condition(self, depth):
        of = self.chance.choice(TEXTS + NUMBERS + ["date", "timestamp", "timestamptz", "mood", "uuid"])
        one, two, three = (self.of(of, depth - 1) for _ in range(3))
        a, b, c = (self.of("bool", depth - 1) for _ in range(3))
        return self.chance.choice([
            "%s IN (%s, %s)" % (one, two, three), "%s NOT IN (%s, %s)" % (one, two, three), "%s = ANY (%s)" % (one, self.array(of, depth)),
            "%s <> ALL (%s)" % (one, self.array(of, depth)), "%s BETWEEN %s AND %s AND %s" % (one, two, three, a),
            "%s AND %s NOT BETWEEN SYMMETRIC %s AND %s AND %s" % (a, one, two, three, b), "(%s AND %s) AND (%s)" % (a, b, c),
            "%s AND (%s AND %s)" % (a, b, c), "(%s OR %s) OR NOT (%s)" % (a, b, c), "%s OR %s AND %s" % (a, b, c), "(%s) IS NOT TRUE" % a,
            "%s < %s" % (one, two), "%s IS DISTINCT FROM %s" % (one, two), "%s IS NULL" % one, "(%s, %s) = (%s, %s)" % (one, a, two, b),
            "(%s, %s) < (%s, %s)" % (one, one, two, three), "(%s, %s) IN ((%s, %s), (%s, %s))" % (one, two, two, three, three, one),
            "%s LIKE ANY (%s)" % (self.of("varchar", depth - 1), self.array("varchar", depth)), "%s && %s" % (self.leaf("varchar[]"), self.array("varchar", depth)),
            "%s <@ %s" % (self.array("int", depth), self.leaf("numeric[]")), "%s = %s" % (self.leaf("varchar[]"), self.array("varchar", depth)),
            "%s ?| %s" % (self.leaf("jsonb"), self.array("varchar", depth)), "%s SIMILAR TO %s" % (self.leaf("varchar"), self.leaf("text")),
            "%s = %s" % (self.of("varchar", depth - 1), self.of("text", depth - 1)), "%s > %s" % (self.of("int", depth - 1), self.of("float8", depth - 1)),
            "%s @> %s" % (self.array("mood", depth), self.leaf("mood[]")), "CASE %s WHEN %s THEN %s ELSE %s END" % (one, two, a, b)])


def statements(chance, objects):
    """One for each object, valid or not."""
    here, old, new = Expressions(chance), Expressions(chance, "old."), Expressions(chance, "new.")
    none = Expressions(chance, columns=False)

    def e(maker=here, of="bool"):
        return maker.of(of, chance.randint(1, 3))

    def some(maker=here):
        return e(maker, chance.choice(["bool", "varchar", "text", "int", "numeric"]))

    for n in range(objects):
        of = chance.choice(["bool", "text", "varchar(9)", "int", "numeric", "float8[]", "text[]", "varchar(3)[]", "words", "few", "word"])
        base = {"varchar(9)": "varchar", "word": "varchar", "words": "varchar[]", "few": "int[]", "varchar(3)[]": "varchar[]", "float8[]": "int[]"}.get(of, of)
        where = Expressions(chance, chance.choice(["", "t."]))
        yield chance.choice([
            "ALTER TABLE t ADD CONSTRAINT k%d CHECK (%s)%s" % (n, e(), chance.choice(["", " NOT VALID", " NO INHERIT"])),
            "CREATE INDEX x%d ON t ((%s), i) INCLUDE (l) WHERE %s" % (n, some(), e()),
            "CREATE INDEX x%d ON t ((%s) text_pattern_ops DESC) WITH (fillfactor = 70) WHERE %s" % (n, e(of="varchar"), e()),
            "CREATE UNIQUE INDEX x%d ON t (v) WHERE %s" % (n, e()),
            "ALTER TABLE t ADD CONSTRAINT k%d EXCLUDE USING btree ((%s) WITH =) WHERE (%s)" % (n, some(), e()),
            "CREATE POLICY p%d ON t USING (%s) WITH CHECK (%s)" % (n, e(), e()),
            "CREATE POLICY p%d ON t FOR INSERT WITH CHECK (%s)" % (n, e()),
            "ALTER TABLE t ADD g%d %s GENERATED ALWAYS AS (%s) STORED" % (n, of, e(of=base)),
            "CREATE VIEW v%d AS SELECT %s AS a, %s AS b FROM t WHERE %s" % (n, some(where), some(where), e(where)),
            "CREATE VIEW v%d AS SELECT q.a, count(*) FILTER (WHERE %s) AS n FROM (SELECT i AS a, t.* FROM t UNION ALL SELECT NULL, t.* FROM t) q"
            " GROUP BY 1 HAVING bool_or(%s)" % (n, e(), e()),
            "CREATE VIEW v%d AS WITH c AS (SELECT %s AS y FROM t) SELECT y FROM c WHERE EXISTS (SELECT %s FROM t WHERE %s) OR y IN (SELECT %s FROM t)"
            % (n, some(), some(), e(), some()),
            "CREATE VIEW v%d AS SELECT q.x FROM (SELECT x FROM t UNION ALL SELECT %s UNION SELECT NULL) q" % (n, e(none, "text")),
            "CREATE VIEW v%d AS SELECT a.i FROM t a LEFT JOIN t b ON %s ORDER BY %s" % (n, e(Expressions(chance, "a.")), some(Expressions(chance, "a."))),
            "CREATE VIEW v%d AS SELECT sum(n) OVER (PARTITION BY %s ORDER BY %s) AS s, (SELECT %s FROM t z LIMIT 1) AS y FROM t" % (
                n, some(), some(), some(Expressions(chance, "z."))),
            "CREATE MATERIALIZED VIEW m%d AS SELECT %s AS a FROM t WHERE %s WITH NO DATA" % (n, some(), e()),
            "CREATE RULE r%d AS ON DELETE TO t WHERE %s DO INSTEAD NOTHING" % (n, e(old)),
            "CREATE RULE r%d AS ON UPDATE TO t WHERE %s DO ALSO (INSERT INTO t (b, x) SELECT %s, 'x'::varchar FROM t; UPDATE t SET xa = %s, b = %s WHERE %s)"
            % (n, e(new), e(), e(of="text[]"), e(), e()),
            "CREATE DOMAIN d%d AS varchar(10) CHECK (%s)" % (n, e(Expressions(chance)).replace("v2", "VALUE").replace("nm", "VALUE")),
            "CREATE DOMAIN d%d AS varchar(10) CHECK (VALUE IN (%s, 'x') AND VALUE BETWEEN 'a' AND 'b' AND %s)" % (n, e(none, "varchar"), e(none)),
            "CREATE DOMAIN d%d AS %s DEFAULT (%s)" % (n, of, e(none, base)),
            "ALTER TABLE t ADD a%d %s DEFAULT (%s)" % (n, of, e(none, base)),
            "CREATE TRIGGER g%d BEFORE UPDATE OF v, i ON t FOR EACH ROW WHEN (%s AND %s) EXECUTE FUNCTION tr()" % (n, e(new), e(old)),
            "CREATE TABLE l%d (LIKE t) PARTITION BY RANGE ((%s), i)" % (n, some()),
            "CREATE STATISTICS s%d ON (%s), i, (%s) FROM t" % (n, some(), some()),
            "CREATE STATISTICS s%d (mcv, ndistinct) ON n, v, i FROM t" % n,
            "CREATE FUNCTION f%d(v varchar, v2 varchar, i int, n numeric, x text) RETURNS bool LANGUAGE sql RETURN %s" % (n, e()),
            "CREATE FUNCTION f%d(p1 varchar) RETURNS SETOF bool LANGUAGE sql BEGIN ATOMIC DELETE FROM t WHERE %s; SELECT %s FROM t; END" % (n, e(), e()),
            "CREATE FUNCTION f%d(p1 bool DEFAULT %s, p2 text[] DEFAULT %s) RETURNS int LANGUAGE sql AS 'SELECT 1'" % (n, e(none), e(none, "text[]")),
            "CREATE PUBLICATION pub%d FOR TABLE t (v, i, n) WHERE (%s)" % (n, e())])


class Server:
    def __init__(self, bindir):
        self.bindir = bindir

    def run(self, program, *arguments, text=None):
        return subprocess.run([os.path.join(self.bindir, program), *arguments], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def psql(self, database, text, stop=True):
        done = self.run("psql", "-XqAt", "-v", "ON_ERROR_STOP=%d" % stop, "-d", database, text=text)
        if stop and done.returncode:
            raise RuntimeError(done.stderr)
        return done

    def dump(self, database):
        done = self.run("pg_dump", "-s", "-N", "migrate", database)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return "".join(line + "\n" for line in done.stdout.splitlines() if "EXTENSION migrate_ext" not in line)

    def create(self, name):
        self.psql("postgres", "SET client_min_messages = error; DROP DATABASE IF EXISTS %s" % name)
        self.psql("postgres", "CREATE DATABASE " + name)
        self.psql(name, "CREATE EXTENSION migrate_ext")


def dollar(text):
    assert "$model$" not in text
    return "$model$%s$model$" % text


def round_of(server, seed, objects):
    """What the comparison found, a list of (where, what), and in how many objects."""
    one, two, three = ("random_expressions_%d_%d" % (os.getpid(), n) for n in (1, 2, 3))
    found = []

    def compare(where, database, model):
        script = server.psql(database, "SELECT migrate.diff_sql(%s, '{*}');" % dollar(model), stop=False)
        if script.returncode or script.stderr and "ERROR" in script.stderr or script.stdout.strip():
            found.append((where, script.stdout.strip() + script.stderr))

    try:
        server.create(one)
        server.psql(one, PRELUDE)
        wanted = list(statements(random.Random(seed), objects))
        done = server.psql(one, "".join("%s;\n\\if :ERROR\n\\else\n\\echo %d\n\\endif\n" % (s, n) for n, s in enumerate(wanted)), stop=False)
        written = PRELUDE + "".join(wanted[int(n)] + ";\n" for n in done.stdout.split())
        dump = server.dump(one)
        compare("the dump, where it was made", one, dump)
        server.create(two)
        server.psql(two, dump)
        again = server.dump(two)
        compare("what was written, in the restored", two, written)
        compare("the dump, in the restored", two, dump)
        compare("the dump of the restored, where it was made first", one, again)
        server.create(three)
        proof = server.psql(three, "SET client_min_messages = error; SELECT migrate.migrate('m', %s, '{*}'); SELECT migrate.upgrade();" % dollar(written), stop=False)
        if "ERROR" in proof.stderr:
            found.append(("the proof of what was written", proof.stderr))
        else:
            compare("what was written, after its own revision", three, written)
        return found, len(done.stdout.split())
    finally:
        for name in (one, two, three):
            server.psql("postgres", "DROP DATABASE IF EXISTS %s WITH (FORCE)" % name, stop=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument("--pg-config", default=os.environ.get("PG_CONFIG", "pg_config"))
    options = parser.parse_args()
    bindir = subprocess.run([options.pg_config, "--bindir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    server = Server(bindir)
    bad = made = 0
    for seed in range(options.seed, options.seed + options.rounds):
        found, n = round_of(server, seed, options.objects)
        made += n
        bad += bool(found)
        for where, what in found:
            print("seed %d: %s:\n%s" % (seed, where, what))
    print("seeds %d to %d: %d objects, %d rounds passed, %d failed" % (
        options.seed, options.seed + options.rounds - 1, made, options.rounds - bad, bad))
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
