#!/usr/bin/env python3
"""Pairs of old and new schemas, turned into each other by migrate.diff_sql.

Whether a comparison of schemas is right can be seen without trusting a line of
it: apply the old schema, run what diff_sql(new) printed, and pg_dump must say
what it says of a database that never knew anything but the new schema.  Each
pair is tried in both directions, and each direction must also

  - keep every table, column and sequence that both schemas have (same oid,
    same attnum), unless PostgreSQL knows no other way,
  - keep the rows that were put into the old schema,
  - print nothing the second time, and nothing for the schema that is there.

    test/schema/run.sh [OPTION ...] [DIRECTORY ...]    default: test/schema/pairs

  --only PATTERN      pairs whose kind/name matches this regular expression
  --every N           of each kind the first pair, and every Nth of those that follow
  --jobs N            so many pairs at a time (as many as there are processors, at least 2)
  --keep DIR          where the work of failed pairs is left (a new directory)
  --prepare FILE      SQL run once in the database that all others are made from
  --pg-config FILE    of the server's programs ($PG_CONFIG, or that in PATH)
  --prove HOW         let migrate() write the revision as well, which proves it: "plain" or "online"
  --revisions HOW     by the revisions that migrate() writes instead of diff_sql(), run by upgrade()
                      ("plain") or deploy() ("online"), and back again
  --hazards           what diff() says of locks, rewrites and scans must be what the server does, and
                      everything that it does
  --own-dump          each database, before and after, must be as its own dump says, too
  --strict            differences in the order of things are failures, too
  --cache DIR         keep there what pg_dump says of each schema, for the next run
  --failures FILE     also write the failures there, one a line
  --known FILE        those that may fail, one a line ("kind/name a->b"); the exit status is
                      about the others

A directory holds <kind>/<name>/a.sql and b.sql, and where needed
  setup.sql     run before either. What makes roles is run once in the cluster and
                may fail (they are there already); the rest is a part of both schemas.
  rows.sql      rows for a; rows_b.sql those for b. Without them one is made up for
                each table; if the new schema cannot take that one, it is tried without.
  meta.json     {"min_version": 15, "max_version": 17, "only": "ab", "note": "..."}; only one
                direction where PostgreSQL has no way in the other, "back": true with it where a downgrade
                arrives all the same, or false where no text of the new values is one of the old; "own_dump": false where pg_dump does not say all; "transaction": false
                where one transaction cannot do it, and so --revisions plain leaves the pair out; "secrets": true
                where there are some, which revisions have not: --revisions leaves it out

Two dumps also count as equal when they differ in what ALTER cannot arrange: the
order of columns, of grants in one list, of options of a table, of objects without
a dependency, or whether a child has a check of its own beside the same one of its parent; the result says how often that was, and --strict counts it as a failure.

Connects by PGHOST, PGPORT and PGUSER, as a superuser of a server whose roles it
may spoil.  The last line counts: "N passed, N failed".
"""
import argparse
import collections
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hazards

HERE = Path(__file__).resolve().parent
TEMPLATE = "pairs_%d_template" % os.getpid()  # others may be running
LIMIT = 60  # seconds for one program
ORDERS = {"columns", "grants", "objects", "options", "own checks"}  # what ALTER cannot arrange

# What a schema holds, as JSON: where each table, column and sequence is, what
# may force it to be made anew, and the rows.  Foreign tables have none of ours, nor what they are partitions of.
STATE = r"""
WITH rel AS (
	SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) AS name,
		CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partkey,
		c.relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND
			d.objid = c.oid AND d.deptype = 'i') AS is_identity
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'f', 'S') AND n.nspname !~ '^(pg_|information_schema$|migrate$)' AND
		NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT json_object_agg(rel.name, json_build_object('oid', oid, 'kind', relkind, 'partkey', partkey, 'identity', is_identity,
	'columns', (SELECT json_object_agg(attname, json_build_object('number', attnum, 'type', format_type(atttypid, atttypmod),
			'labels', (SELECT json_agg(enumlabel) FROM pg_enum WHERE enumtypid = atttypid),
			'composite', CASE WHEN atttypid >= 16384 THEN (WITH RECURSIVE inner_type AS (SELECT atttypid AS oid UNION
				SELECT within.oid FROM inner_type i JOIN pg_type t ON t.oid = i.oid, LATERAL (VALUES (t.typbasetype), (t.typelem)
					UNION ALL SELECT p.atttypid FROM pg_attribute p WHERE p.attrelid = t.typrelid AND p.attnum > 0) AS within(oid)
				WHERE within.oid <> 0)
				SELECT json_object_agg(format('%s.%s', typname, p.attname), CASE p.attgenerated WHEN '' THEN format_type(p.atttypid, p.atttypmod) END) FROM inner_type JOIN pg_type t USING (oid)
				JOIN pg_attribute p ON p.attrelid = typrelid AND p.attnum > 0 AND NOT p.attisdropped) END,
			'generated', CASE WHEN attgenerated <> '' THEN
				(SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum) END))
		FROM pg_attribute WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped AND relkind <> 'S'),
	'rows', CASE WHEN relkind = 'r' OR relkind = 'p' AND NOT EXISTS (SELECT FROM pg_partition_tree(oid) t JOIN pg_class f ON f.oid = t.relid
			WHERE f.relkind = 'f') THEN
		(xpath('//j/text()', query_to_xml('SELECT encode(convert_to(json_agg(row_to_json(this_row) ORDER BY this_row::text)::text, ''UTF8''), ''hex'') AS j FROM ' ||
			CASE relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || rel.name || ' AS this_row', false, true, '')))[1]::text END,
	'sequence', (SELECT concat_ws(' ', seqstart, seqincrement, seqmin, seqmax) FROM pg_sequence WHERE seqrelid = oid),
	'value', CASE WHEN relkind = 'S' THEN
		(xpath('//v/text()', query_to_xml('SELECT last_value || '' '' || is_called AS v FROM ' || rel.name, false, true, '')))[1]::text END))
FROM rel;
"""

# One row for each table, in as many rounds as foreign keys may need. '1' can
# become nearly every other type; a partition gets the first value of its bound.
SEED = r"""
DO $seed$
DECLARE
	rel record;
	names text;
	vals text;
	round int;
	form int;
	done bool;
BEGIN
	FOR round IN 1..4 LOOP
		FOR rel IN
			SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relispartition,
				substring(pg_get_expr(c.relpartbound, c.oid) FROM $x$\(('(?:[^']|'')*'|-?[0-9.]+|true|false)$x$) AS bound,
				(SELECT p.partattrs[0] FROM pg_inherits i JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
					WHERE i.inhrelid = c.oid LIMIT 1) AS key
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$|migrate$)' AND
				NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
			ORDER BY c.oid
		LOOP
			EXECUTE format('SELECT EXISTS (SELECT FROM %s)', rel.name) INTO done;
			FOR form IN 1..4 LOOP
				EXIT WHEN done;
				SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg(
					CASE
					WHEN attnum = rel.key AND rel.bound IS NOT NULL AND form < 4 THEN rel.bound
					WHEN e.label IS NOT NULL THEN e.label
					WHEN b.typcategory = 'N' THEN CASE WHEN form = 3 THEN '100' ELSE '1' END
					WHEN b.typcategory = 'B' THEN 'true'
					WHEN b.typcategory = 'D' THEN quote_literal(CASE WHEN b.typname LIKE 'time%' AND b.typname NOT LIKE 'timestamp%'
						THEN '12:00' ELSE '2024-01-15' END)
					WHEN b.typcategory = 'T' THEN quote_literal('1 hour')
					WHEN b.typcategory = 'A' AND l.fields IS NULL THEN quote_literal('{}')
					WHEN b.typcategory IN ('A', 'C') THEN quote_literal(format(CASE b.typcategory WHEN 'A' THEN '{"(%s)"}' ELSE '(%s)' END,
						repeat(',', l.fields - 1)))
					WHEN b.typcategory = 'R' THEN quote_literal('empty')
					WHEN b.typcategory = 'I' THEN quote_literal('127.0.0.1')
					WHEN b.typname = 'uuid' THEN quote_literal('00000000-0000-4000-8000-000000000001')
					WHEN b.typname IN ('json', 'jsonb') THEN quote_literal('{}')
					WHEN b.typcategory IN ('S', 'V', 'U', 'Z') THEN
						quote_literal(CASE WHEN form = 3 THEN 'x@example.com' ELSE '1' END)
					ELSE 'NULL' END, ', ' ORDER BY attnum)
				INTO names, vals
				FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid JOIN pg_type b ON b.oid = COALESCE(NULLIF(t.typbasetype, 0), t.oid)
				LEFT JOIN LATERAL (SELECT quote_literal(enumlabel) AS label FROM pg_enum WHERE enumtypid = b.oid
					ORDER BY enumsortorder LIMIT 1) e ON true
				LEFT JOIN LATERAL (SELECT nullif(count(*), 0)::int AS fields FROM pg_type o JOIN pg_attribute f ON f.attrelid = o.typrelid
					WHERE o.oid IN (b.oid, b.typelem) AND o.typtype = 'c' AND f.attnum > 0 AND NOT f.attisdropped) l ON true
				WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND
					(form IN (1, 3) OR attnotnull AND NOT atthasdef OR attnum = rel.key);
				BEGIN
					EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', rel.name, names, vals);
					done := true;
				EXCEPTION WHEN OTHERS THEN
					IF form = 2 THEN
						BEGIN
							EXECUTE format('INSERT INTO %s DEFAULT VALUES', rel.name);
							done := true;
						EXCEPTION WHEN OTHERS THEN
							NULL;
						END;
					END IF;
				END;
			END LOOP;
		END LOOP;
	END LOOP;
END
$seed$;
"""


# A database that has one cannot be dropped.
SUBSCRIPTIONS = r"""
SELECT format('ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); DROP SUBSCRIPTION %1$I', subname)
FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \gexec
"""


class Failure(Exception):
    """A direction of a pair did not come out as it should."""


class Crashed(Exception):
    """The server went down, under us or, more likely, under somebody else: what was under way says nothing."""

    def __init__(self, suspect):
        super().__init__()
        self.suspect = suspect


class Stopped(Failure):
    """psql stopped at an error of the server."""

    def __init__(self, stage, stderr):
        found = re.findall(r"(?:ERROR|FATAL|PANIC): +(?:([0-9A-Z]{5}): )?(.*)", stderr)
        self.stage = stage
        self.sqlstate, message = found[-1] if found else ("", (stderr.strip() or "psql failed").splitlines()[-1])
        super().__init__("%s: %s %s" % (stage, self.sqlstate, message))
        self.is_unpopulated = "has not been populated" in message

    def is_about_rows(self):
        """Also a default that reads a materialised view, which the new schema has without data."""
        return self.sqlstate[:2] in ("22", "23", "P0") or self.is_unpopulated


def statements(text):
    """A script's statements, without comments."""
    found, current = [], []
    token = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"[^"]*"|(\$\w*\$).*?\1|;|[^-/'"$;]+|.""", re.S)
    depth = 0
    for match in token.finditer(text):
        piece = match.group()
        if piece.startswith(("--", "/*")):
            continue
        depth += len(re.findall(r"(?i)\bBEGIN\s+ATOMIC\b", piece))
        if piece == ";" and not depth:
            found.append("".join(current).strip())
            current = []
            continue
        if depth and re.match(r"(?i)\s*END\b", piece):
            depth -= 1
        current.append(piece)
    found.append("".join(current).strip())
    return [statement for statement in found if statement]


def of_the_cluster(statement):
    """Roles and tablespaces, which the databases share."""
    return re.match(r"(?is)SET\s|(CREATE|ALTER|DROP)\s+(ROLE|USER|GROUP|TABLESPACE)\b(?!\s+MAPPING)", statement) or \
        re.match(r"(?is)GRANT\s+[\w\", ]+\s+TO\s", statement) or re.match(r"(?is)DO\b.*CREATE\s+(ROLE|USER)", statement)


class Dump:
    """What pg_dump says, in a form of which parts can be compared."""

    def __init__(self, text):
        self.entries = []
        kind, body, where = "", [], {}
        for line in text.splitlines():
            head = re.match(r"-- Name: .*; Type: ([A-Z ]+); Schema: ", line)
            default = re.match(r"SET default_(tablespace|table_access_method) = (.*);", line)
            if head:
                self._add(kind, body)
                kind = head.group(1)
                # Said once for all that follow it; here with each that it is meant for.
                body = ["SET default_%s = %s;" % (name, value) for name, value in sorted(where.items())
                        if value not in ("''", "heap") and (name == "tablespace" or kind != "INDEX")
                        and kind in ("TABLE", "INDEX", "MATERIALIZED VIEW", "CONSTRAINT")]
            elif default:
                where[default.group(1)] = default.group(2)
            elif line.strip() and line != "--" and not re.match(
                    r"\\(un)?restrict|SET |SELECT pg_catalog.set_config|-- Dumped |-- PostgreSQL database dump", line) \
                    and "migrate_ext" not in line:
                body.append(line.rstrip())
        self._add(kind, body)
        self._without_stand_ins()

    def _without_stand_ins(self):
        """Of views in a circle pg_dump makes one first without its query, and replaces it later: any of them, as it happens."""
        made = {}
        entries = []
        for kind, body in self.entries:
            head = next((match for match in (re.match(r"CREATE (OR REPLACE )?VIEW (\S+)", line) for line in body) if match), None)
            if head and head.group(1) and head.group(2) in made:
                first = made[head.group(2)]
                end = next(i for i, line in enumerate(first) if line.endswith(";"))
                first[:end + 1] = [line.replace("CREATE OR REPLACE VIEW", "CREATE VIEW", 1) for line in body]
                continue
            if kind == "VIEW" and head:
                made[head.group(2)] = body
            entries.append((kind, body))
        self.entries = entries

    @classmethod
    def of(cls, entries):
        dump = cls("")
        dump.entries = [(kind, body) for kind, body in entries]
        return dump

    def _add(self, kind, body):
        if body:
            self.entries.append((kind, body))

    def text(self):
        return [line for _, body in self.entries for line in body]

    def lines(self):
        return collections.Counter(line.strip().rstrip(",") for line in self.text())

    def ordered(self, what=ORDERS):
        """The same whatever the order of columns, of grants, of objects, of options."""
        result, checks = [], {}
        for kind, body in self.entries:
            if kind == "TABLE" and "own checks" in what:
                body = self._without_parents_checks(body, checks)
            if "options" in what:
                body = [self._with_options_in_order(line) for line in body]
            if kind in ("TABLE", "FOREIGN TABLE") and "columns" in what:
                body = sorted(line.strip().rstrip(",") for line in body)
            elif kind == "STATISTICS" and "columns" in what:
                body = [self._with_columns_in_order(line) for line in body]
            elif kind in ("ACL", "DEFAULT ACL") and "grants" in what:
                body = sorted(body)
            result.append("\n".join(body))
        return sorted(result) if "objects" in what else result

    @staticmethod
    def _without_parents_checks(body, checks):
        """Of CREATE TABLE; checks: those that each table has, which pg_dump prints after its parents."""
        text = "\n".join(body)
        name = re.search(r"(?m)^CREATE (?:\w+ )?TABLE (\S+) \(", text)
        parents = re.search(r"(?m)^INHERITS \((.*)\)", text)
        inherited = set().union(*(checks.get(parent, set()) for parent in (parents.group(1).split(", ") if parents else [])))
        lines = [line.rstrip(",") for line in body]
        if name:
            checks[name.group(1)] = inherited | {line for line in lines if re.match(r" +CONSTRAINT .* CHECK ", line)}
        return [line for line in lines if line not in inherited]

    @staticmethod
    def _with_columns_in_order(line):
        """Of CREATE STATISTICS, which has them in the order of the table's."""
        found = re.match(r"(CREATE STATISTICS .* ON )(.*)( FROM .*)$", line)
        return found.group(1) + ", ".join(sorted(re.split(r", (?![^(]*\))", found.group(2)))) + found.group(3) if found else line

    @staticmethod
    def _with_options_in_order(line):
        found = re.match(r"(WITH \()(.*)(\);?)$", line)
        return found.group(1) + ", ".join(sorted(found.group(2).split(", "))) + found.group(3) if found else line

    def other_order(self, other):
        """What is in another order than in the other, which says the same."""
        if self.text() == other.text():
            return []
        return [what for what in sorted(ORDERS) if self.ordered(ORDERS - {what}) != other.ordered(ORDERS - {what})] or ["several"]


class Server:
    def __init__(self, pg_config, prepare=None, cache=None, strict=False, dumps_too=False):
        bindir = subprocess.run([pg_config, "--bindir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.programs = {name: os.path.join(bindir, name) for name in ("psql", "pg_dump")}
        self.lock = threading.Lock()
        self.clustered = set()
        self.cache, self.strict, self.dumps = cache, strict, {}
        self.dumps_too = dumps_too
        self.prove = self.revisions = None
        self.hazards = False
        self.version = int(self.psql("postgres", "SHOW server_version_num;", "version")) // 10000
        self.psql("postgres", "DROP DATABASE IF EXISTS %s;\nCREATE DATABASE %s TEMPLATE template0;" % (TEMPLATE, TEMPLATE), "create")
        self.psql(TEMPLATE, "CREATE EXTENSION migrate_ext;", "create")
        if prepare:
            self.psql(TEMPLATE, Path(prepare).read_text(), "prepare")

    def has_diff_sql(self):
        return self.psql(TEMPLATE, "SELECT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'migrate'::regnamespace AND proname = 'diff_sql');", "look").strip() == "t"

    def psql(self, database, script, stage, stop=True):
        """Run a script; its lines "\\echo @NAME" name the stages for the error."""
        try:
            done = subprocess.run(
                [self.programs["psql"], "-XAtq", "-v", "ON_ERROR_STOP=%d" % stop, "-v", "VERBOSITY=verbose", "-d", database, "-f", "-"],
                input=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=LIMIT,
                env=dict(os.environ, PGOPTIONS="-c statement_timeout=30s -c jit=off", PGAPPNAME="pairs"))
        except subprocess.TimeoutExpired as error:
            raise Failure("%s: not done in %d seconds" % (stage, LIMIT)) from error
        if done.returncode != 0:
            self.crashed(done.stderr)
        if done.returncode != 0 and stop:
            named = re.findall(r"^@(.*)$", done.stdout, re.M)
            raise Stopped(named[-1] if named else stage, done.stderr)
        return done.stdout

    @staticmethod
    def crashed(stderr):
        """Who did not crash the server only hears of it."""
        if re.search(r"crash of another server process|in recovery mode|not yet accepting connections|is starting up|shutting down", stderr):
            raise Crashed(False)
        if "server closed the connection unexpectedly" in stderr:
            raise Crashed(True)

    def wait(self):
        """Until a server that crashed is back."""
        for _ in range(600):
            try:
                return self.psql("postgres", "SELECT 1;", "wait")
            except (Crashed, Failure):
                time.sleep(0.1)
        raise SystemExit("the server is down")

    def dump(self, database):
        return Dump(self.dump_text(database))

    def dump_text(self, database):
        try:
            done = subprocess.run([self.programs["pg_dump"], "--schema-only", "-N", "migrate", "-d", database],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=LIMIT)
        except subprocess.TimeoutExpired as error:
            raise Failure("pg_dump: not done in %d seconds" % LIMIT) from error
        if done.returncode != 0:
            self.crashed(done.stderr)
            raise Failure("pg_dump: " + done.stderr.strip())
        return done.stdout

    def known_dump(self, database, sql):
        """The same for what only these statements have made; several pairs have it."""
        if not self.cache:
            dump = self.dumps.get(sql)
            if not dump:
                dump = self.dumps[sql] = self.dump(database)
            return dump
        file = Path(self.cache) / hashlib.sha256(("%d\n%s" % (self.version, sql)).encode()).hexdigest()
        if not file.exists():
            dump = self.dump(database)
            file.write_text(json.dumps(dump.entries))
        return Dump.of(json.loads(file.read_text()))

    def create(self, *databases):
        script = "".join("DROP DATABASE IF EXISTS %s WITH (FORCE);\nCREATE DATABASE %s TEMPLATE %s;\n" % (name, name, TEMPLATE)
                         for name in databases)
        try:
            self.psql("postgres", script, "create")
        except Stopped as error:
            if error.sqlstate != "55006":
                raise
            self.drop(*databases)
            self.psql("postgres", script, "create")

    def drop(self, *databases):
        for name in databases:
            self.psql(name, SUBSCRIPTIONS, "drop", stop=False)
            self.psql("postgres", "DROP DATABASE IF EXISTS %s WITH (FORCE);" % name, "drop")

    def cluster(self, script):
        """Roles, once and one after the other: they are shared by all databases."""
        with self.lock:
            if script not in self.clustered:
                self.clustered.add(script)
                self.psql("postgres", script, "setup", stop=False)


class Side:
    """One schema of a pair, in a database of its own."""

    def __init__(self, letter, sql, rows, work):
        self.letter, self.rows = letter, rows
        self.work = work
        self.file = work / (letter + ".sql")
        self.file.write_text(sql)
        self.dump = self.state = None

    def applying(self):
        """psql's commands for it."""
        return "\\echo @apply %s\n\\i '%s'\n" % (self.letter, self.file)


def diff_into(model, output):
    """psql's commands for what diff_sql prints, in a session that is as a new one."""
    meant = "" if statements(model.read_text()) else ", allow_empty => true"
    return "DISCARD ALL;\n\\set model `cat '%s'`\n\\o '%s'\nSELECT migrate.diff_sql(:'model', '{*}'%s);\n\\o\n" % (model, output, meant)


def prove(model, how):
    """psql's commands that let migrate() write a revision and prove it, and keep nothing of it."""
    return ("\\echo @proof\nDISCARD ALL;\nBEGIN;\nSET client_min_messages = error;\n\\set model `cat '%s'`\n\\o /dev/null\n"
            "SELECT migrate.migrate('proof', :'model', '{*}', allow_empty => true%s);\n\\o\nROLLBACK;\n"
            % (model, ", online => true" if how == "online" else "")) if how else ""


def by_revisions(model, output, how):
    """psql's commands that let migrate() write revisions, and run them; output is where they are left."""
    return ("\\echo @migrate\nDISCARD ALL;\nSET client_min_messages = error;\n\\set model `cat '%s'`\n\\o /dev/null\n"
            "SELECT migrate.migrate('pair', :'model', '{*}', allow_empty => true%s);\n\\o '%s'\n"
            "SELECT upgrade, E'\\n-- downgrade', downgrade FROM migrate.scripts;\n\\o /dev/null\n\\echo @run\nDISCARD ALL;\n%s\\o\n"
            % (model, ", online => true" if how == "online" else "", output,
               "CALL migrate.deploy('heads');\n" if how == "online" else "SELECT migrate.upgrade('heads');\n"))


def back_again(how):
    return "CALL migrate.revert('base');\n" if how == "online" else "SELECT migrate.downgrade('base');\n"


class Pair:
    def __init__(self, directory):
        self.directory = directory
        self.kind, self.name = directory.parent.name, directory.name
        meta = directory / "meta.json"
        self.meta = json.loads(meta.read_text()) if meta.exists() else {}

    def read(self, name):
        path = self.directory / name
        return path.read_text() if path.exists() else None

    def run(self, server, databases, keep):
        """Both directions: {"ab": (ok, text), "ba": (ok, text)}, and notes."""
        work = Path(tempfile.mkdtemp(dir=keep, prefix="work."))
        work.chmod(0o755)
        result, notes = {}, []
        setup = statements(self.read("setup.sql") or "")
        server.cluster(";\n".join(filter(of_the_cluster, setup)) + ";\n")
        local = "".join(statement + ";\n" for statement in setup if not of_the_cluster(statement))
        sides = [Side(letter, local + self.read(letter + ".sql"), self.read(rows), work)
                 for letter, rows in (("a", "rows.sql"), ("b", "rows_b.sql"))]
        try:
            server.create(*databases)
            for side, database in zip(sides, databases):
                self._own(server, side, database)
        except Failure as error:
            result = {"ab": (False, str(error)), "ba": (False, str(error))}
        for old, new, database in ((sides[0], sides[1], databases[0]), (sides[1], sides[0], databases[1])):
            way = old.letter + new.letter
            if way in result or way != self.meta.get("only", way):
                continue
            try:
                try:
                    self._turn(server, old, new, database, notes, seeded=True)
                except Stopped as error:
                    # What no script could do to these rows says nothing against it.
                    if old.rows or error.stage not in ("run", "downgrade") or not error.is_about_rows():
                        raise
                    server.create(database)
                    server.psql(database, old.applying(), "apply")
                    self._turn(server, old, new, database, notes, seeded=False)
                    notes.append("without rows, which this change could not keep")
                result[way] = (True, "")
            except Failure as error:
                result[way] = (False, str(error))
        if all(ok for ok, _ in result.values()):
            shutil.rmtree(work)
        else:
            kept = keep / self.kind / self.name
            if kept.exists():
                shutil.rmtree(kept)
            kept.parent.mkdir(exist_ok=True)
            work.rename(kept)
        return result, notes

    def _own(self, server, side, database):
        """The schema itself; there is nothing to say about what is as it should be."""
        state, printed = side.work / (side.letter + ".state"), side.work / (side.letter + ".same.sql")
        try:
            server.psql(database, "%s\\echo @state\nDISCARD ALL;\n\\o '%s'\n%s\\echo @diff of the same\n%s"
                        % (side.applying(), state, STATE, diff_into(side.file, printed)), "apply")
            side.same = None
            found = statements(printed.read_text())
            if found:
                side.same = Failure("diff of the same is not empty: " + brief(found[0]))
        except Stopped as error:
            if error.stage != "diff of the same":
                raise
            side.same = error
        side.dump = server.known_dump(database, side.file.read_text())
        side.state = json.loads(state.read_text().strip() or "{}")
        if not side.same:
            side.same = self._own_dump(server, database, side.work / side.letter)

    def _own_dump(self, server, database, path):
        """A database is as its own dump says: None, or what the comparison finds, if it is to be asked."""
        if not server.dumps_too or not self.meta.get("own_dump", True):
            return None
        model, printed = path.with_suffix(".own.sql"), path.with_suffix(".own.diff.sql")
        model.write_text("".join(line + "\n" for line in server.dump_text(database).splitlines() if "EXTENSION migrate_ext" not in line))
        server.psql(database, "\\echo @diff of its own dump\n" + diff_into(model, printed), "diff of its own dump")
        found = statements(printed.read_text())
        return Failure("diff of its own dump is not empty: " + brief(found[0])) if found else None

    def _turn(self, server, old, new, database, notes, seeded):
        way = old.letter + new.letter
        file = {name: old.work / ("%s.%s" % (way, name)) for name in ("seed.sql", "before", "after", "sql", "again.sql")}
        file["seed.sql"].write_text((old.rows or SEED) if seeded else "")
        late = None
        answer = old.work / (way + ".hazards")
        try:
            server.psql(database,
                        "DISCARD ALL;\n\\set ON_ERROR_STOP %d\n\\o /dev/null\n\\i '%s'\n\\o\nDISCARD ALL;\n\\set ON_ERROR_STOP 1\n" % (
                            bool(old.rows), file["seed.sql"]) +
                        "\\o '%s'\n%s\\o\n" % (file["before"], STATE) +
                        prove(new.file, server.prove) +
                        (hazards.commands(new.file, answer) if server.hazards else "") +
                        (by_revisions(new.file, file["sql"], server.revisions) if server.revisions else
                         "\\echo @diff\n" + diff_into(new.file, file["sql"]) +
                         "\\echo @run\nDISCARD ALL;\n\\o /dev/null\n\\i '%s'\n\\o\n" % file["sql"]) +
                        "\\echo @state\nDISCARD ALL;\n\\o '%s'\n%s\\o\n" % (file["after"], STATE) +
                        "\\echo @second diff\n" + diff_into(new.file, file["again.sql"]), "seed")
        except Stopped as error:
            if error.stage != "second diff":
                raise
            late = error
        wrong = list(compare_dumps(new.dump, server.dump(database), old.work / (way + ".diff"), notes, server.strict))
        before, after = (json.loads(file[name].read_text().strip() or "{}") for name in ("before", "after"))
        wrong += not_kept(before, after, new.state, server.revisions == "plain")
        if server.hazards:
            lines, looked_at = hazards.wrong(answer.read_text())
            notes += ["hazards of a change"] * looked_at
            wrong += lines
        if wrong:
            raise Failure("; ".join(wrong))
        if late:
            raise late
        found = statements(file["again.sql"].read_text())
        if found:
            raise Failure("second diff is not empty: " + brief(found[0]))
        own = new.same or self._own_dump(server, database, old.work / way)
        if own:
            raise own
        if server.revisions and self.meta.get("back", True):
            server.psql(database, "\\echo @downgrade\n\\o /dev/null\n" + back_again(server.revisions), "downgrade")
            if "only" in self.meta and not self.meta.get("back"):
                return
            wrong = list(compare_dumps(old.dump, server.dump(database), old.work / (way + ".back.diff"), [], False))
            if wrong:
                raise Failure("downgrade: " + wrong[0])


def compare_dumps(wanted, got, file, notes, strict):
    """Says what differs, if more than ALTER cannot arrange; that is noted."""
    if got.text() == wanted.text():
        return
    if got.ordered() == wanted.ordered():
        notes += ["order of %s" % what for what in got.other_order(wanted)]
        if strict:
            yield notes[-1]
        return
    diff = difflib.unified_diff(wanted.text(), got.text(), "wanted", "got", lineterm="", n=2)
    file.write_text("\n".join(diff) + "\n")
    want, have = wanted.lines(), got.lines()
    yield "dump differs: " + brief("; ".join(
        ["- " + line for line in want - have] + ["+ " + line for line in have - want]) or "in the order of lines")


def brief(statement):
    return re.sub(r"\s+", " ", statement)[:300]


def not_kept(before, after, wanted, one_transaction=False):
    """What both schemas have has to be the same thing as before, with the same rows; says what is not."""
    for name, old in before.items():
        want, new = wanted.get(name), after.get(name)
        if want is None or new is None:
            continue
        if old["kind"] in "rp" and new["kind"] in "rp" and (old["kind"] != new["kind"] or old["partkey"] != new["partkey"]):
            yield from rows_lost(name, before, after, want)
        if old["kind"] == "S" and old["sequence"] == want["sequence"] and old["identity"] == want["identity"] and \
                old["value"] != new["value"] and not (gains_column(before, after) and new["value"].endswith(" true")):
            yield "sequence %s was at %s and is at %s" % (name, old["value"], new["value"])
        if any(old[key] != want[key] for key in ("kind", "partkey", "identity")):
            continue  # another thing of that name
        if old["identity"]:
            continue  # it comes with its table
        if old["oid"] != new["oid"]:
            # The rows are elsewhere; a server cannot be changed, nor the type of a partition key, nor a value taken from it.
            # In one transaction a value cannot be added and used, either: the type is another one then.
            if old["kind"] != "f" and not (old["kind"] == "p" and any(
                    column in want["columns"] and (want["columns"][column]["type"] != was["type"] or
                                                   set(was["labels"] or []) - set(want["columns"][column]["labels"] or []) or
                                                   one_transaction and was["labels"] != want["columns"][column]["labels"])
                    for column, was in old["columns"].items())):
                yield "recreated: " + name
            continue
        both = {column: (was, want["columns"][column], new["columns"][column]) for column, was in (old["columns"] or {}).items()
                if column in (want["columns"] or {}) and column in (new["columns"] or {})}
        for column, (was, wish, now) in both.items():
            # What a generated column is made of may have to change; its values are not data.
            if was["number"] != now["number"] and not was["generated"] and not wish["generated"]:
                yield "recreated: column %s of %s" % (column, name)
        if old["rows"] is None or old["kind"] == "p":
            continue
        rows, now = rows_of(old), rows_of(new)
        if len(rows) != len(now):
            yield "rows of %s: %d before, %d after" % (name, len(rows), len(now))
            continue
        for column, (was, wish, _) in both.items():
            if was["type"] == wish["type"] and not was["composite"] and not was["generated"] and not wish["generated"] and \
                    sorted(json.dumps(row[column]) for row in rows) != sorted(json.dumps(row[column]) for row in now):
                yield "values of column %s of %s have changed" % (column, name)
            elif was["type"] == wish["type"] and was["composite"] and wish["composite"] and not was["generated"] and not wish["generated"]:
                yield from rows_changed(name, column, rows, now, was["composite"], wish["composite"])


def fields_changed(old, new, was, wish):
    """Is a field that both rows have, of the same type wherever it has that name, another one in them?"""
    def types(composite, name):
        return {of for field, of in composite.items() if field.split(".", 1)[1] == name}

    if isinstance(old, dict) and isinstance(new, dict):
        return any(fields_changed(value, new[name], was, wish) for name, value in old.items()
                   if name in new and types(was, name) == types(wish, name) and None not in types(was, name))
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(fields_changed(a, b, was, wish) for a, b in zip(old, new))
    return old != new


def rows_changed(name, column, rows, now, was, wish):
    """Rows within rows, in whatever order their tables give them."""
    left = [row[column] for row in now]
    for row in rows:
        same = [n for n, value in enumerate(left) if not fields_changed(row[column], value, was, wish)]
        if not same:
            yield "values of column %s of %s have changed" % (column, name)
            return
        left.pop(same[0])


def gains_column(before, after):
    """A new column's default may have taken values from a sequence for the rows that are there."""
    return any(set(after[name]["columns"] or {}) - set(old["columns"] or {}) for name, old in before.items() if name in after)


def rows_lost(name, before, after, wanted):
    """Of a table that had to be made anew: rows are in the new one, or in a partition that has become something else."""
    old = before[name]
    columns = [column for column, was in (old["columns"] or {}).items()
               if not was["composite"] and not was["generated"] and column in (wanted["columns"] or {}) and
               not wanted["columns"][column]["generated"] and wanted["columns"][column]["type"] == was["type"]]
    kept = [after[other] for other, was in before.items()
            if other != name and other in after and after[other]["oid"] == was["oid"] and was["kind"] == "r"]
    have = collections.Counter(json.dumps([row.get(column) for column in columns])
                               for relation in [after[name]] + kept for row in rows_of(relation))
    lost = collections.Counter(json.dumps([row[column] for column in columns]) for row in rows_of(old)) - have
    if lost:
        yield "%d rows of %s are lost" % (sum(lost.values()), name)


def rows_of(relation):
    return json.loads(bytes.fromhex(relation["rows"] or "") or "[]")


def find(directories):
    for directory in directories:
        for path in sorted(Path(directory).glob("*/*/a.sql")):
            if (path.parent / "b.sql").exists():
                yield Pair(path.parent)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", default=[str(HERE / "pairs")])
    parser.add_argument("--only", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2))
    parser.add_argument("--keep")
    parser.add_argument("--prepare")
    parser.add_argument("--prove", choices=["plain", "online"])
    parser.add_argument("--revisions", choices=["plain", "online"])
    parser.add_argument("--hazards", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--own-dump", action="store_true")
    parser.add_argument("--cache")
    parser.add_argument("--failures")
    parser.add_argument("--known")
    parser.add_argument("--pg-config", default=os.environ.get("PG_CONFIG", "pg_config"))
    return parser.parse_args()


def main():
    options = arguments()
    if options.cache:
        Path(options.cache).mkdir(parents=True, exist_ok=True)
    server = Server(options.pg_config, options.prepare, options.cache, options.strict, options.own_dump)
    server.prove, server.revisions, server.hazards = options.prove, options.revisions, options.hazards
    if not server.has_diff_sql():
        print("SKIPPED: this build of the extension has no migrate.diff_sql")
        server.drop(TEMPLATE)
        return 77
    keep = Path(options.keep or tempfile.mkdtemp(prefix="pairs.")).resolve()
    keep.mkdir(parents=True, exist_ok=True)
    keep.chmod(0o755)
    pairs, skipped, seen = [], 0, collections.Counter()
    for pair in find(options.directories):
        if not re.search(options.only, pair.kind + "/" + pair.name):
            continue
        seen[pair.kind] += 1
        if (seen[pair.kind] - 1) % options.every:
            continue
        if not pair.meta.get("min_version", 0) <= server.version <= pair.meta.get("max_version", 999):
            skipped += 1
            continue
        if options.revisions and (pair.meta.get("secrets") or options.revisions == "plain" and not pair.meta.get("transaction", True)):
            continue
        pairs.append(pair)

    free = [tuple("pairs_%d_%d_%s" % (os.getpid(), n, letter) for letter in "ab") for n in range(options.jobs)]

    def work(pair):
        databases = free.pop()
        try:
            suspicions = 0
            while suspicions < 3:
                try:
                    return pair, pair.run(server, databases, keep)
                except Crashed as crash:
                    suspicions += crash.suspect
                    server.wait()
            return pair, ({way: (False, "THE SERVER CRASHED") for way in ("ab", "ba")}, [])
        except Exception as error:  # a fault of ours is shown with the pair
            return pair, ({way: (False, "harness: %r" % error) for way in ("ab", "ba")}, [])
        finally:
            free.append(databases)

    start = time.time()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(work, pairs))
    server.drop(TEMPLATE, *sum(free, ()))

    kinds, notes, failures = collections.defaultdict(lambda: [0, 0, 0, 0]), collections.Counter(), []
    for pair, (result, said) in results:
        row = kinds[pair.kind]
        row[0] += 1
        row[1] += result.get("ab", [False])[0]
        row[2] += result.get("ba", [False])[0]
        row[3] += len(result)
        notes.update(said)
        failures += ["%s/%s %s: %s" % (pair.kind, pair.name, "a->b" if way == "ab" else "b->a", why)
                     for way, (ok, why) in sorted(result.items()) if not ok]
    total = [sum(row[n] for row in kinds.values()) for n in range(4)]
    known = set(Path(options.known).read_text().splitlines()) if options.known else set()
    if failures:
        print("Failures; what was run and printed is in %s:" % keep)
    for line in failures:
        print("not ok  " + line)
    if options.failures:
        Path(options.failures).write_text("".join(line + "\n" for line in failures))
    print("%-32s %6s %8s %8s %7s" % ("kind", "pairs", "a->b ok", "b->a ok", "%"))
    for kind, row in sorted(kinds.items()) + [("all", total)]:
        print("%-32s %6d %8d %8d %6.1f%%" % (
            kind, *row[:3], 100.0 * (row[1] + row[2]) / max(row[3], 1)))
    for note, times in sorted(notes.items()):
        print("%d times passed: %s" % (times, note))
    if skipped:
        print("%d pairs are for other versions than %d" % (skipped, server.version))
    print("%.1f s, %.0f ms for each pair" % (time.time() - start, 1000 * (time.time() - start) / max(len(pairs), 1)))
    if not failures:
        shutil.rmtree(keep, ignore_errors=True)
    new = [line for line in failures if line.split(": ")[0] not in known]
    if known:
        print("%d failed as known" % (len(failures) - len(new)))
    print("%d passed, %d failed" % (total[1] + total[2], len(new)))
    return bool(new)


if __name__ == "__main__":
    sys.exit(main())
