"""Random values: texts, targets, revision files, graphs, calls.

Everything comes from one random.Random, so a seed gives the same again.  What
is generated knows the grammar and what is stored, since pure noise would be
refused at the door each time; noise is added afterwards.
"""
import random  # noqa: F401 (the type of rng)

WORDS = ["head", "heads", "base", "current", "HEAD", "root", "@", "+", "-", ":", ",", "..", "*", "%s%n%d", "NULL",
         "' OR 1=1 --", "$1", "$$", "\\", '"', "''", "ä", "é", "漢字", "🐘", "\u202e", "\u00a0", "\t", "\r\n", "\n",
         "\x01", "\x7f", "pg_catalog", "migrate", "migrate:up", "-- migrate:down", "{}", "{a,b}"]
NUMBERS = ["0", "1", "2", "3", "7", "00", "01", "100", "2147483647", "2147483648", "4294967296", "9223372036854775807",
           "9223372036854775808", "99999999999999999999999", "1e3", "0x10", "-1", "+1", "١"]
# More often than others, since they do more.
NEWER = ["rebase"] * 3 + ["files_are_loaded"] * 2 + ["deploy"] * 5 + ["revert"] * 4 + ["resolve"] * 2 + ["dry_run"] * 4 + ["migrate"] * 6 \
    + ["diff"] * 2 + ["diff_sql"] * 2 + ["check", "baseline", "drift", "verify", "squash"]
PROCEDURES = {"deploy", "revert"}
RAN = "INSERT INTO public.ran (revision, direction) " \
      "SELECT current_setting('migrate.revision'), current_setting('migrate.direction')"


def literal(value):
    """A SQL literal; value is None, bool, int, str, list (an array) or Raw."""
    if value is None:
        return "NULL"
    if isinstance(value, Raw):
        return value.sql
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        if not value:
            return "'{}'::text[]"
        return "ARRAY[" + ", ".join(literal(item) for item in value) + "]::text[]"
    return "E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Raw:
    """SQL that stands for itself."""

    def __init__(self, sql):
        self.sql = sql


class Generator:
    def __init__(self, rng):
        self.rng = rng
        self.ids = []      # what is stored, told by the driver
        self.labels = []
        self.counter = 0

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    # --- texts -----------------------------------------------------------------

    def noise(self, length=None):
        rng = self.rng
        length = rng.choice([0, 1, 2, 3, 5, 10, 40, 200]) if length is None else length
        kind = rng.randrange(5)
        if kind == 0:
            return "".join(rng.choice(WORDS) for _ in range(length // 2 + 1))
        if kind == 1:
            return "".join(chr(rng.randrange(1, 128)) for _ in range(length))
        if kind == 2:
            return "".join(chr(rng.choice([rng.randrange(0x80, 0x800), rng.randrange(0x800, 0xD800),
                                           rng.randrange(0x10000, 0x110000)])) for _ in range(length))
        if kind == 3:  # bytes that are no UTF-8
            return bytes(rng.randrange(1, 256) for _ in range(length)).decode("utf-8", "surrogateescape")
        return rng.choice(["a", "x ", "\n", "(", "é", "@", "+", "-1", "a,", "a:", "\\"]) * rng.choice([1, 30, 1000, 30000])

    def mutate(self, text, times=None):
        rng = self.rng
        for _ in range(times or rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(text) + 1)
            to = min(len(text), at + rng.choice([0, 1, 1, 3, 20]))
            text = text[:at] + rng.choice(["", "", self.noise(rng.choice([1, 2, 5])), rng.choice(WORDS)]) + text[to:]
        return text

    def message(self):
        if self.chance(70):
            return self.rng.choice(["Create users", "add phone", "", "two\nlines", "it's", "Revises: x", "migrate:up",
                                    "x\r\ny", "  blank  ", "-- dashes", "a\\b", "ends\r\r\nso", "\f", "migrate: note"])
        return self.noise()

    def new_id(self):
        self.counter += 1
        if self.chance(80):
            return self.rng.choice(["r", "rev", "ab", "abcd", "deadbeef"]) + "%d" % self.counter
        return self.rng.choice([self.noise(3), "head", "base", "heads", "current", "a b", "a-b", "a@b", "a+1", "1", "",
                                "x" * 300, self.known(), "ü%d" % self.counter, "q'%d" % self.counter,
                                'd"%d' % self.counter, "b\\%d" % self.counter])

    def known(self):
        names = self.ids + self.labels
        return self.rng.choice(names) if names else "head"

    def name(self):
        """A revision or label, whole or cut, or something that is none."""
        kind = self.rng.randrange(100)
        if kind < 60:
            return self.known()
        if kind < 75:
            known = self.known()
            return known[: self.rng.randrange(len(known) + 1)]
        if kind < 92:
            return self.rng.choice(["head", "heads", "base", "current"])
        return self.rng.choice([self.noise(4), "", "nosuch", " ", self.known() + " ", "%s", self.known().upper()])

    def target(self):
        rng = self.rng
        kind = rng.randrange(100)
        number = rng.choice(NUMBERS[:5] * 4 + NUMBERS)
        sign = rng.choice("+-")
        if kind < 25:
            text = rng.choice(["head", "heads", "base", "head", "heads"])
        elif kind < 45:
            text = self.name()
        elif kind < 60:
            text = sign + number
        elif kind < 70:
            text = self.name() + sign + number
        elif kind < 78:
            text = self.name() + "@" + rng.choice([self.name(), sign + number, "head", "base", "heads"])
        elif kind < 82:
            text = self.name() + "@" + self.name() + sign + number
        elif kind < 90:
            text = rng.choice(["%s,%s", "%s, %s", "%s,%s,%s", ",%s,%s", "%s,,%s"])
            while "%s" in text:
                text = text.replace("%s", self.target() if self.chance(10) else self.name(), 1)
        elif kind < 96:
            text = self.range()
        else:
            return self.noise()
        return self.mutate(text) if self.chance(6) else text

    def range(self):
        def end():
            return self.target_simple() if self.chance(75) else ""
        text = end() + ":" + end()
        return self.mutate(text) if self.chance(10) else text

    def target_simple(self):
        rng = self.rng
        return rng.choice([self.name(), self.name(), "head", "heads", "base", "current",
                           rng.choice("+-") + rng.choice(NUMBERS[:5]),
                           self.name() + "@head", self.name() + rng.choice("+-") + rng.choice(NUMBERS[:4])])

    def array(self, element):
        rng = self.rng
        kind = rng.randrange(100)
        if kind < 80:
            return [element() for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3]))]
        if kind < 85:
            return [element(), None]
        if kind < 88:
            return None
        if kind < 91:
            return Raw("ARRAY[[%s, 'b'], ['c', 'd']]::text[]" % literal(element()))
        if kind < 94:
            return Raw("'[5:6]={%s}'::text[]" % rng.choice(["a,b", "head,head", "base,NULL"]))
        if kind < 97:
            return [element() for _ in range(300)]
        return ["", element()]

    # --- revisions -------------------------------------------------------------

    def sql(self):
        """A body.  Most of them can be run, and say so in public.ran."""
        rng = self.rng
        kind = rng.randrange(100)
        if kind < 55:
            return RAN + rng.choice([";", "", "\n;\n", "; SELECT 1;", ";\n-- done"])
        if kind < 60:
            return ""
        if kind < 63:
            return rng.choice(["-- only a comment", "/* nested /* comment */ */", ";", ";;;", "/**/;", "   \n\t\n"])
        if kind < 68:
            return RAN + ";\n" + rng.choice([
                "SELECT 1/0", "SELECT nosuch", "SELECT nosuch()", "SELECT 'a'::int", "RAISE 'x'::text",
                "DO $$ BEGIN RAISE EXCEPTION 'no'; END $$", "INSERT INTO public.nosuch VALUES (1)",
                "SELECT 'é漢' || nosuch FROM public.ran", "SET ROLE nosuch", "SET nosuch.x.y = 1",
                "CREATE TYPE public.mood AS ENUM ('a'); ALTER TYPE public.mood ADD VALUE 'b'; SELECT 'b'::public.mood; SELECT 1/0"])
        if kind < 78:
            return RAN + ";\n" + rng.choice([
                "SET search_path = nowhere", "SET LOCAL lock_timeout = 1", "SET standard_conforming_strings = off",
                "RESET ALL", "SET migrate.revision = 'x'", "SET migrate.wait_timeout = -1", "SET client_encoding = 'LATIN1'",
                "SET DateStyle = 'German'", "SET TimeZone = 'Asia/Tokyo'", "SET row_security = off",
                "SELECT migrate.current()", "SELECT * FROM migrate.history()", "SELECT * FROM migrate.status()",
                "SELECT migrate.check_heads()", "SELECT migrate.graph()", "SELECT migrate.script('head')",
                "CREATE TEMP TABLE IF NOT EXISTS tt (i int); DROP TABLE tt",
                "CREATE TYPE pg_temp.e AS ENUM ('a'); ALTER TYPE pg_temp.e ADD VALUE 'b'; SELECT 'b'::pg_temp.e; DROP TYPE pg_temp.e",
                "DO $$ BEGIN PERFORM 1/0; EXCEPTION WHEN OTHERS THEN NULL; END $$",
                "DO $$ BEGIN PERFORM migrate.upgrade('head'); EXCEPTION WHEN OTHERS THEN NULL; END $$",
                "DO $$ BEGIN PERFORM migrate.load('x'); EXCEPTION WHEN OTHERS THEN NULL; END $$",
                "EXPLAIN SELECT 1", "SHOW ALL", "PREPARE p AS SELECT 1; EXECUTE p; DEALLOCATE p",
                "DECLARE c CURSOR FOR SELECT 1; FETCH c; CLOSE c", "LOCK TABLE public.ran IN SHARE ROW EXCLUSIVE MODE",
                "CREATE VIEW pg_temp.v AS SELECT 1 AS one; DROP VIEW pg_temp.v", "ANALYZE public.ran", "DISCARD PLANS",
                "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT pg_temp.f(); DROP FUNCTION pg_temp.f",
                "NOTIFY x", "LISTEN x", "CHECKPOINT", "COMMENT ON TABLE public.ran IS 'ä'", "GRANT SELECT ON public.ran TO PUBLIC"])
        if kind < 83:
            return "BEGIN;\n" + RAN + ";\nCOMMIT;"
        if kind < 90:
            return rng.choice([
                "SELECT migrate.upgrade('head')", "SELECT migrate.load('x')", "SELECT migrate.stamp('base')",
                "CREATE INDEX CONCURRENTLY ON public.ran (revision)", "VACUUM public.ran", "REINDEX TABLE CONCURRENTLY public.ran",
                "COMMIT", "BEGIN", "ROLLBACK TO SAVEPOINT x", "SAVEPOINT x", "COPY public.ran FROM stdin", "COPY public.ran TO stdout",
                "\\d", "\\connect postgres", "SELECT :var", "DISCARD ALL", "ALTER SYSTEM SET work_mem = '1MB'", "SELEC 1",
                "SELECT 'unclosed", "SELECT $$unclosed", "SELECT $a$ x $b$", "/* unclosed", 'SELECT "unclosed', "SELECT (", "SELECT 1 1",
                "SELECT U&'\\bad'", "SELECT E'\\xff'", "CREATE DATABASE x", "SELECT 1; SELECT (2", "INSERT INTO ran VALUES ($1)",
                "DROP EXTENSION migrate_ext" if self.chance(3) else "SELECT 1"])
        if kind < 93:
            return "SELECT " + "(" * rng.choice([10, 1000, 20000]) + "1" + ")" * rng.choice([10, 1000, 20000])
        if kind < 96:
            return RAN + ";\n" + "SELECT '" + "x" * rng.choice([100, 10000, 300000]) + "';\n" * rng.choice([1, 1, 50])
        if kind < 98:
            return RAN + "; SELECT 1" * 400
        return self.mutate(RAN) if self.chance(50) else self.noise()

    def list_of(self, items):
        return self.rng.choice([", ", ",", " ,  "]).join(items)

    def file(self, revision=None, parents=None, labels=None, depends_on=None, plain=False):
        """A revision file, good if plain, mostly good otherwise."""
        rng = self.rng
        revision = self.new_id() if revision is None else revision
        if parents is None:
            parents = [self.rng.choice(self.ids) for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 3]))] if self.ids else []
            if self.chance(70):
                parents = list(dict.fromkeys(parents))
        lines = ["-- " + line for line in (["step"] if plain else self.message().split("\n"))]
        lines += ["--", "-- Revision ID: " + revision, ("-- Revises: " + self.list_of(parents)).rstrip()]
        if self.chance(60):
            lines.append("-- Create Date: " + rng.choice(
                ["2026-01-%02d 10:00:00+00" % rng.randrange(1, 29), "2026-01-01 10:00:00.5+00"] if plain or self.chance(85) else
                ["now", "2026-13-01", "0044-03-15 BC", "infinity", "294276-12-31", "1 day ago", "2026-01-01 Europe/Berlin",
                 "12:00 today", "20260101T101112Z", "epoch", "", "99999-01-01", "2026-01-01 25:00", self.noise(8)]))
        if labels is None and self.chance(12):
            labels = [rng.choice(["lab%d" % self.counter, "l-%d" % self.counter, "feature", "a-b", "head", self.known(), self.noise(2)])]
        if labels:
            lines.append("-- Branch Labels: " + self.list_of(labels))
        if depends_on is None and self.chance(12) and self.ids:
            depends_on = [self.known() if self.chance(80) else self.name() for _ in range(rng.choice([1, 1, 2]))]
        if depends_on:
            lines.append("-- Depends On: " + self.list_of(depends_on))
        if not plain and self.chance(10):
            lines.append("-- Contract: " + rng.choice(["7 days", "1 month", "P1D", "0", "-1 day", "7", "soon", "infinity", "@ 1 hour ago", "", "7 days 7 days",
                                                       "178000000 years", self.noise(6)]))
        sql = (lambda: RAN + ";") if plain else self.sql
        mark = (lambda: "") if plain else (lambda: rng.choice([""] * 12 + [" transaction:false", " transaction:true", " TRANSACTION:FALSE",
                                                                              "  ", " transaction", " transaction:false x"]))
        lines += ["", "-- migrate:up" + mark(), sql()]
        if plain or self.chance(85):
            lines += ["", "-- migrate:down" + mark(), sql()]
        text = "\n".join(lines) + "\n"
        return text if plain else self.damage(text)

    def damage(self, text):
        rng = self.rng
        if self.chance(70):
            return text
        lines = text.split("\n")
        kind = rng.randrange(12)
        at = rng.randrange(len(lines))
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, rng.choice(lines))
        elif kind == 2:
            rng.shuffle(lines)
        elif kind == 3:
            return text.replace("\n", rng.choice(["\r\n", "\r", "\r\r\n", "\n\n", "\n \n", "\f\n", "\u2028"]))
        elif kind == 4:
            return rng.choice(["\ufeff", "\ufeff\ufeff", "\n\n", "  ", "--\n", "SELECT 1;\n", "/* */\n"]) + text
        elif kind == 5:
            return text[: rng.randrange(len(text))]
        elif kind == 6:
            lines.insert(at, rng.choice(["-- migrate:up", "-- migrate:down", "--migrate:up", " -- migrate:up", "-- migrate:sideways",
                                         "-- migrate: a comment", "-- MIGRATE:DOWN", "-- migrate:down transaction:false",
                                         "--   Revision ID: other", "-- Revises: other", "--  Revises: x", "-- Depends On:",
                                         "-- Branch Labels: ,,", "--", "-- ", "--\t", "\\.", "-- Revision ID:"]))
        elif kind == 7:
            lines[at] = lines[at] + rng.choice([" ", "\t", "\r", "\f", "\v", "  -- x", ","])
        elif kind == 8:
            lines[at] = " " + lines[at]
        elif kind == 9:
            return text.upper()
        else:
            return self.mutate(text)
        return "\n".join(lines)

    def graph(self):
        """Texts of the files of a random graph, good or nearly so."""
        rng = self.rng
        n = rng.choice([1, 2, 3, 5, 8, 15, 40])
        width = rng.choice([1, 1, 2, 4, 10])
        names = []
        texts = []
        start = list(self.ids) if self.chance(50) else []
        for i in range(n):
            self.counter += 1
            name = "g%d" % self.counter
            pool = (start + names)[-width:]
            parents = rng.sample(pool, min(len(pool), rng.choice([0, 1, 1, 1, 1, 1, 2, 3]))) if pool else []
            depends_on = rng.sample(names, 1) if names and self.chance(10) else []
            labels = ["br%d" % self.counter] if self.chance(8) else []
            texts.append(self.file(name, parents, labels, depends_on, plain=True))
            names.append(name)
        if self.chance(20):  # a fault in the whole
            at = rng.randrange(n)
            texts[at] = rng.choice([
                texts[at].replace("-- Revises:", "-- Revises: " + rng.choice(names) + ","),
                texts[at].replace("-- Revises:", "-- Revises: nosuch,"),
                texts[at].replace("\n-- migrate:up", "-- Depends On: " + rng.choice(names) + "\n-- migrate:up"),
                texts[at].replace("\n-- migrate:up", "-- Branch Labels: " + rng.choice(names + ["same"]) + "\n-- migrate:up"),
                texts[rng.randrange(n)], self.damage(texts[at])])
        rng.shuffle(texts)
        return texts

    # --- models ----------------------------------------------------------------

    def model(self):
        """What schema fuzz is to look like.  Names and types come from small pools, so
        that two models have much in common; about one in five cannot be run."""
        rng = self.rng
        kind = rng.randrange(100)
        if kind < 3:
            return rng.choice(["", "-- nothing", ";", self.noise(), "SELECT 1", "CREATE TABLE elsewhere.t (i int)", "COMMIT",
                               "CREATE TABLE public.stray (i int)", "DROP EXTENSION migrate_ext", "\\d", "SELECT 1/0",
                               "SET ROLE nosuch", "CREATE TEMP TABLE t (i int)", "DROP SCHEMA fuzz CASCADE"])
        types = ["int", "bigint", "text", "numeric(8,2)", "fuzz.mood", "fuzz.positive", "date", "text[]", "fuzz.pair"]
        labels = rng.sample(["low", "mid", "high", "it''s"], rng.choice([1, 2, 3, 4]))
        lines = ["CREATE TYPE fuzz.mood AS ENUM (%s)" % ", ".join("'%s'" % label for label in labels),
                 "CREATE DOMAIN fuzz.positive AS int CHECK (VALUE > %s)" % rng.choice(["0", "1"]),
                 "CREATE TYPE fuzz.pair AS (a int, b %s)" % rng.choice(["text", "int"]),
                 "CREATE FUNCTION fuzz.f(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + %s'" % rng.choice("01")]
        for table in rng.sample(["a", "b", "c", "it's"], rng.choice([0, 1, 2, 3])):
            name = 'fuzz."%s"' % table
            columns = ["id int" + rng.choice([" PRIMARY KEY", " NOT NULL", "", " GENERATED ALWAYS AS IDENTITY", " UNIQUE"])]
            for column in rng.sample(["x", "y", "z", "\U0001f418"], rng.choice([0, 1, 2, 3])):
                columns.append('"%s" %s%s' % (column, rng.choice(types), rng.choice(["", "", "", " NOT NULL", " DEFAULT NULL", " UNIQUE"])))
            lines.append("CREATE %sTABLE %s (%s)%s" % (rng.choice(["", "", "", "UNLOGGED "]), name, ", ".join(columns),
                                                      rng.choice(["", "", "", " PARTITION BY LIST (id)", " INHERITS (fuzz.a)"])))
            for more in rng.sample(["CREATE INDEX ON %s (id)", "ALTER TABLE %s ADD CONSTRAINT positive CHECK (fuzz.f(id) > 0)",
                                    "CREATE VIEW fuzz.v AS SELECT * FROM %s", "COMMENT ON TABLE %s IS 'it''s'",
                                    "CREATE MATERIALIZED VIEW fuzz.m AS SELECT id, x FROM %s", "GRANT SELECT ON %s TO PUBLIC",
                                    "ALTER TABLE %s ENABLE ROW LEVEL SECURITY", "CREATE POLICY p ON %s USING (id > 0)",
                                    "CREATE RULE r AS ON DELETE TO %s DO INSTEAD NOTHING", "CREATE STATISTICS fuzz.s ON id, x FROM %s",
                                    "ALTER TABLE %s ADD FOREIGN KEY (id) REFERENCES fuzz.a (id)", "INSERT INTO %s (id) VALUES (1)",
                                    "CREATE TABLE fuzz.part PARTITION OF %s FOR VALUES IN (1)"], rng.choice([0, 1, 1, 2, 4])):
                lines.append(more % name)
        head = 4 if self.chance(80) else 0
        lines = lines[:head] + (lines[head:] if self.chance(90) else rng.sample(lines[head:], len(lines) - head))
        text = ";\n".join(lines) + rng.choice([";", ""])
        return self.mutate(text) if self.chance(6) else text

    # --- calls -----------------------------------------------------------------

    def call(self):
        """(function, arguments by name) of schema migrate."""
        rng = self.rng
        if self.chance(3):
            return self.junk_call()
        function = rng.choice(
            ["upgrade"] * 10 + ["downgrade"] * 8 + ["stamp"] * 3 + ["revision"] * 8 + ["merge"] * 3 + ["edit"] * 4 +
            ["remove"] * 3 + ["load"] * 10 + ["load_files"] * 6 + ["script"] * 2 + ["show", "current", "heads", "branches",
            "check_heads", "graph", "status", "history", "history", "plan", "plan", "plan",
            "upgrade_sql", "downgrade_sql", "stamp_sql"] + self.newer)
        arguments = {}
        if function in ("upgrade", "downgrade", "upgrade_sql", "downgrade_sql", "stamp_sql", "deploy", "revert"):
            if function in ("downgrade_sql", "stamp_sql") or self.chance(95):
                arguments["target"] = self.range() if function.endswith("_sql") and self.chance(60) else self.target()
        elif function == "stamp":
            arguments["target"] = self.target()
            if self.chance(30):
                arguments["purge"] = self.chance(70)
        elif function in ("plan", "dry_run"):
            arguments["command"] = rng.choice(["upgrade", "downgrade", "stamp"] * 5 + ["", self.noise(3), None])
            arguments["target"] = self.target()
        elif function == "revision":
            arguments["message"] = self.message()
            if self.chance(90):
                arguments["upgrade"] = self.sql()
            if self.chance(80):
                arguments["downgrade"] = self.sql()
            if self.chance(50):
                arguments["head"] = self.array(self.target_simple)
            if self.chance(40):
                arguments["splice"] = self.chance(85)
            if self.chance(15):
                arguments["branch_label"] = self.array(lambda: rng.choice(["lab%d" % self.counter, "x-y", self.noise(2), self.known()]))
            if self.chance(15):
                arguments["depends_on"] = self.array(self.name)
            if self.chance(70):
                arguments["rev_id"] = self.new_id()
        elif function == "merge":
            if self.chance(60):
                arguments["revisions"] = self.array(self.target_simple)
            if self.chance(50):
                arguments["message"] = self.message()
            if self.chance(50):
                arguments["rev_id"] = self.new_id()
            if self.chance(10):
                arguments["branch_label"] = self.array(self.new_id)
        elif function == "edit":
            arguments["revision"] = self.target_simple()
            for name, value in (("message", self.message), ("upgrade", self.sql), ("downgrade", self.sql)):
                if self.chance(50):
                    arguments[name] = value()
        elif function == "rebase":
            arguments["revision"] = self.target_simple()
            if self.chance(60):
                arguments["onto"] = self.target_simple()
        elif function == "resolve":
            arguments["revision"] = self.name()
            arguments["outcome"] = rng.choice(["done", "failed", "undone", "half_done", "running", "", None, self.noise(3)])
        elif function in ("remove", "script", "show"):
            arguments["revision"] = self.target_simple() if self.chance(80) else self.target()
        elif function == "load":
            if self.ids and self.chance(25):  # again, as it is or changed
                script = "(SELECT migrate.script(%s))" % literal(rng.choice(self.ids))
                arguments["script"] = Raw(script if self.chance(50) else "replace(%s, 'SELECT', 'SELECT  ')" % script)
            else:
                arguments["script"] = self.file() if self.chance(97) else self.noise()
            if self.chance(40):
                arguments["file_name"] = rng.choice(["x.sql", "", "a\nb", self.noise(4), None])
        elif function == "load_files":
            texts = self.graph() if self.chance(75) else [self.file() for _ in range(rng.choice([0, 1, 2, 5]))]
            arguments["scripts"] = texts if self.chance(95) else self.array(self.file)
            if self.chance(20):
                arguments["file_names"] = [rng.choice(["f.sql", None, ""]) for _ in range(len(texts) if self.chance(80) else 2)] \
                    if self.chance(80) else self.array(self.noise)
            if self.chance(20):
                arguments["digest"] = rng.choice(["d1", "d2", "", self.noise(3), None])
        elif function == "files_are_loaded":
            arguments["digest"] = rng.choice(["d1", "d2", "", self.noise(3), None])
        elif function in ("migrate", "diff", "diff_sql", "check"):
            arguments["model"] = self.model()
            # of "fuzz" only, where the bodies of the other revisions have nothing
            arguments["schemas"] = Raw(rng.choice(["'{fuzz}'"] * 12 + ["'{}'", "'{fuzz,nosuch}'", "'{fuzz,fuzz}'", "'{migrate}'", "'{pg_catalog}'"]))
            if self.chance(20):
                arguments["allow_empty"] = self.chance(70)
            if self.chance(10):
                arguments["renames"] = self.array(lambda: rng.choice(["fuzz.b=fuzz.a", "fuzz.a.x=y", "fuzz.a.x", "=", self.noise(3)]))
            if function == "migrate":
                arguments["message"] = self.message()
                if self.chance(30):
                    arguments["head"] = self.array(self.target_simple)
                if self.chance(30):
                    arguments["rev_id"] = self.new_id()
                if self.chance(20):
                    arguments["online"] = True
        elif function in ("baseline", "drift", "verify", "squash"):
            arguments["schemas"] = Raw(rng.choice(["'{fuzz}'", "'{fuzz}'", "'{fuzz,public}'", "'{nosuch}'"]))
            if function == "verify":
                arguments["revisions"] = self.range()
            elif function == "squash":
                arguments["from_revision"], arguments["to_revision"] = self.target_simple(), self.target_simple()
                if self.chance(50):
                    arguments["ignore_data"] = True
        elif function == "history":
            if self.chance(85):
                arguments["rev_range"] = rng.choice([self.range(), self.range(), self.target(), None])
        elif function == "heads":
            if self.chance(50):
                arguments["resolve_dependencies"] = self.chance(50)
        elif function == "graph":
            if self.chance(70):
                arguments["format"] = rng.choice(["text", "dot", "mermaid", "TEXT", "", None, self.noise(3)])
            if self.chance(50):
                arguments["rev_range"] = rng.choice([self.range(), self.range(), self.target(), None])
            if self.chance(30):
                arguments["fold"] = self.chance(50)
        if self.chance(3) and arguments:
            arguments[rng.choice(list(arguments))] = None
        return function, arguments

    functions = []  # (name, [(argument, type)]) of pg_proc, told by the driver
    newer = []      # those of NEWER that are there

    def junk_call(self):
        """Any function there is, with anything that has the right type."""
        function, parameters = self.rng.choice(self.functions)
        arguments = {}
        for name, kind in parameters:
            if self.chance(20):
                continue
            if self.chance(10):
                arguments[name] = None
            elif kind == "name[]":
                arguments[name] = Raw(self.rng.choice(["'{fuzz}'::name[]", "'{fuzz}'::name[]", "'{}'::name[]", "'{NULL}'::name[]",
                                                       "'{{fuzz},{nosuch}}'::name[]", "'{pg_toast}'::name[]"]))
            elif kind.endswith("[]"):
                arguments[name] = self.array(lambda: self.rng.choice([self.noise(), self.target(), self.file()]))
            elif kind == "boolean":
                arguments[name] = self.chance(50)
            else:
                arguments[name] = self.rng.choice([self.noise(), self.target(), self.file(), self.noise(100000) if self.chance(5) else ""])
        return function, arguments


def call_sql(function, arguments, select="SELECT * FROM "):
    return ("CALL " if function in PROCEDURES else select) + \
        "migrate.%s(%s)" % (function, ", ".join("%s => %s" % (name, literal(value)) for name, value in arguments.items()))
