"""Throws random calls at every function of schema migrate, and looks whether
the server lives, errors are meant and the tables make sense.

A batch begins with an empty database and has a seed of its own, so that a
finding is repeated by its batch alone.  In most batches one session calls at a
time and everything is checked after each call; in some several call at once,
which is checked when they have finished (and need not happen again the same way).
"""
import argparse
import itertools
import os
import random
import re
import sys
import tempfile
import threading
import time

import generate
import invariants
from generate import Generator, call_sql, literal
from libpq import Connection, ConnectionLost

WRITERS = {"revision", "merge", "edit", "remove", "rebase", "load", "load_files", "load_directory", "upgrade", "downgrade", "stamp",
           "deploy", "revert", "resolve", "migrate", "baseline", "squash", "drift"}
RUNNERS = {"upgrade", "downgrade", "stamp", "deploy", "revert", "resolve", "baseline", "squash"}  # change what is applied
ONLINE = {"deploy", "revert"}  # keep what was done before a failure
LOG_TROUBLE = re.compile(r"TRAP: |PANIC: |terminated by signal|AddressSanitizer|runtime error:|reference leak|refcount leak"
                         r"|snapshot .*leak|leaked|still active|detected write past|problem in alloc set"
                         r"|bad .*in alloc|transaction left non-empty|resource was not closed")
TIME_LIMIT = os.environ.get("MIGRATE_FUZZ_TIME_LIMIT", "20s")


class Finding(Exception):
    pass


class Gone(Exception):
    """A revision has dropped the extension: nothing to look at any more."""


class Batch:
    def __init__(self, seed, options):
        self.seed = seed
        self.options = options
        self.rng = random.Random(seed)
        self.gen = Generator(self.rng)
        self.statements = []
        self.calls = 0
        self.concurrent = self.rng.random() < 0.12
        self.database = "fuzz_ascii" if self.rng.random() < 0.2 else "fuzz_utf8"
        self.codes = {}

    # --- sessions --------------------------------------------------------------

    def connect(self):
        connection = Connection("dbname=%s application_name='fuzz %s'" % (self.database, self.seed))
        connection.run("SET client_encoding = %s" % ("UTF8" if self.database == "fuzz_utf8" else "SQL_ASCII"))
        connection.run("SET statement_timeout = '%s'; SET client_min_messages = notice" % TIME_LIMIT)
        return connection

    def run(self, connection, sql, name="1"):
        self.statements.append((name, sql))
        return connection.run(sql)

    def ask(self, connection, sql):
        """A question of the fuzzer's own, which may not fail."""
        answer = connection.run(sql)
        if answer.error:
            if answer.sqlstate in ("3F000", "42P01", "42883"):
                raise Gone()
            raise Finding("a check failed: %s\n%s" % (answer, sql))
        return answer.rows

    def begin(self):
        connection = self.connect()
        for sql in ("RESET ALL", "DROP EXTENSION IF EXISTS migrate_ext CASCADE", "DROP SCHEMA IF EXISTS migrate CASCADE",
                    "DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", "DROP SCHEMA IF EXISTS fuzz CASCADE",
                    "CREATE SCHEMA fuzz", "CREATE EXTENSION migrate_ext",
                    "CREATE TABLE public.ran (id int GENERATED ALWAYS AS IDENTITY, revision text, direction text)"):
            answer = connection.run(sql)
            if answer.error:
                raise Finding("cannot begin: %s" % answer)
        Generator.functions = [
            (name, [argument.rsplit(" ", 1) for argument in arguments.split(", ") if argument])
            for name, arguments in self.ask(connection, """
                SELECT proname, (SELECT string_agg(n || ' ' || t::regtype, ', ' ORDER BY i)
                    FROM unnest(proargnames, proargtypes::oid[]) WITH ORDINALITY AS a(n, t, i) WHERE t IS NOT NULL)
                FROM pg_proc WHERE pronamespace = 'migrate'::regnamespace ORDER BY 1""") if arguments]
        there = {function for function, _ in Generator.functions}
        Generator.newer = [function for function in generate.NEWER if function in there]
        connection.close()

    # --- checks ----------------------------------------------------------------

    def check_error(self, answer, sql):
        if answer.error:
            self.codes[answer.sqlstate] = self.codes.get(answer.sqlstate, 0) + 1
        # a file name that is too long is XX000 before PostgreSQL 16, from pg_read_file() as well
        if answer.sqlstate == "XX000" and re.match("could not (open|stat|read)", answer.error["message"]):
            return
        if answer.sqlstate.startswith("XX") or answer.sqlstate in ("58000", "57P01", "53200"):
            raise Finding("an error that should not be: %s %s" % (answer, answer.error["context"]))
        if answer.sqlstate == "57014":
            raise Finding("no end within %s" % TIME_LIMIT)
        if answer.error and answer.sqlstate.startswith("MG") and not re.match(r'[^A-Z]|[A-Z]+\b', answer.error["message"]):
            raise Finding("the message does not begin in lower case: %s" % answer)

    def check_all(self, connection):
        if not connection.in_transaction():
            self.check_locks(connection)
        for name, sql in invariants.CHECKS.items():
            rows = self.ask(connection, sql)
            if rows:
                raise Finding("%s: %s" % (name, rows[:5]))
        # each upgrade of ran is one of the log, in that order; a body may say so twice
        logged = iter([tuple(row) for row in self.ask(connection, invariants.LOGGED)])
        for row, _ in itertools.groupby(tuple(row) for row in self.ask(connection, invariants.RAN)):
            if row not in logged:
                raise Finding("%s ran and is not in the log" % row)

    def state(self, connection):
        return self.ask(connection, invariants.STATE)[0][0]

    def applied(self, connection):
        return {revision: checksum for revision, checksum in self.ask(connection, invariants.APPLIED)}

    def learn(self, connection):
        self.gen.ids = [row[0] for row in self.ask(connection, "SELECT revision FROM migrate.revisions ORDER BY 1")]
        self.gen.labels = [row[0] for row in self.ask(connection, "SELECT unnest(branch_labels) FROM migrate.revisions ORDER BY 1")]

    # --- one call, and everything about it -------------------------------------

    def call(self, connection, name="1"):
        function, arguments = self.gen.call()
        sql = call_sql(function, arguments, "SELECT * FROM " if self.rng.random() < 0.8 else "SELECT ")
        self.calls += 1
        inside = connection.in_transaction()
        if inside:
            self.run(connection, "SAVEPOINT call", name)
        before, applied = self.state(connection), self.applied(connection)
        plan = None
        if function in ("upgrade", "downgrade", "stamp") and "purge" not in arguments and "target" in arguments:
            plan = self.run(connection, "SELECT action, revision, version_after FROM migrate.plan(%s, %s)"
                            % (literal(function), literal(arguments["target"])), name)
            if plan.error and inside:
                self.run(connection, "ROLLBACK TO SAVEPOINT call", name)
        logged = self.ask(connection, "SELECT coalesce(max(id), 0) FROM migrate.log")[0][0]
        answer = self.run(connection, sql, name)
        self.check_error(answer, sql)
        if answer.error and inside:
            self.run(connection, "ROLLBACK TO SAVEPOINT call", name)

        changed = self.state(connection) != before
        if answer.error and changed and function not in ONLINE:
            raise Finding("%s failed and left something: %s" % (function, answer))
        if function not in WRITERS and changed:
            raise Finding("%s changed something" % function)
        if plan is not None:
            self.check_plan(connection, function, plan, answer, logged)
        if function == "load_files" and not answer.error and sql.startswith("SELECT *") and "digest" not in arguments:
            if changed == all(row[2] == "unchanged" for row in answer.rows):
                raise Finding("load_files says %s, and the tables %s" % (answer.rows, "changed" if changed else "did not"))
        now = self.applied(connection)
        for revision in set(applied) & set(now):
            if applied[revision] != now[revision]:
                raise Finding("%s was changed while it was applied" % revision)
        if function not in RUNNERS and set(applied) != set(now):
            raise Finding("%s changed what is applied" % function)
        if changed:
            self.check_all(connection)
        elif not inside:
            self.check_locks(connection)
        return not answer.error

    def check_locks(self, connection):
        """Nobody is migrating: nobody holds a lock that goes with a session."""
        rows = self.ask(connection, "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND (locktype = 'advisory'"
                        " OR locktype = 'object' AND classid = 'pg_extension'::regclass)")
        if rows:
            raise Finding("locks are left: %s" % rows)

    def check_plan(self, connection, function, plan, answer, logged):
        """A call does what its plan says, or fails as the plan does."""
        if answer.sqlstate in ("25006", "40001", "MG025", "MG026"):
            return  # not here, or not now
        if plan.error:
            if answer.sqlstate != plan.sqlstate:
                raise Finding("%s: the plan says %s, the call %s" % (function, plan, answer))
            return
        if answer.error:
            if 'revision "' not in answer.error["context"] and answer.sqlstate in ("MG001", "MG002", "MG003", "MG004", "MG005", "MG006", "MG007", "MG008", "MG009", "MG010",
                                   "MG011", "MG017"):
                raise Finding("%s: there is a plan, but the call says %s" % (function, answer))
            return
        rows = self.ask(connection, "SELECT action, revision, version_after FROM migrate.log WHERE id > %s ORDER BY id" % logged)
        if rows != plan.rows:
            raise Finding("%s did %s and not what the plan says, %s" % (function, rows, plan.rows))
        current = self.ask(connection, "SELECT revision FROM migrate.version ORDER BY 1")
        if [row[-1] for row in answer.rows] != [row[0] for row in current]:
            raise Finding("%s returned %s, current is %s" % (function, answer.rows, current))

    # --- what a batch is made of -----------------------------------------------

    def settings(self, connection):
        self.run(connection, self.rng.choice([
            "RESET ALL", "SET search_path = nowhere", "SET search_path = public, migrate", "SET search_path = ''",
            "SET migrate.wait_timeout = -1", "SET migrate.wait_timeout = 0", "SET migrate.tag = E'it\\'s \\\\ a tag'",
            "SET migrate.compare_owners = off", "SET migrate.compare_privileges = off",
            "SET migrate.plain_concurrently = on", "SET DateStyle = 'German, DMY'", "SET TimeZone = 'Asia/Kolkata'",
            "SET standard_conforming_strings = off", "SET standard_conforming_strings = on", "SET backslash_quote = off",
            "SET row_security = off", "SET default_transaction_isolation = 'repeatable read'", "SET IntervalStyle = 'iso_8601'",
            "SET bytea_output = 'escape'", "SET array_nulls = off", "SET work_mem = '64kB'", "SET jit = off",
            "SET lc_messages = 'C'", "SET check_function_bodies = off", "SET default_table_access_method = heap",
            "SET session_replication_role = replica", "SET enable_seqscan = off", "SET enable_indexscan = off",
            "SET force_parallel_mode = on", "SET parallel_setup_cost = 0"]))
        # the checks are not to see a way of printing that they do not expect
        self.run(connection, "SET bytea_output = 'hex'; SET standard_conforming_strings = on; SET statement_timeout = '%s'" % TIME_LIMIT)
        self.run(connection, "RESET session_replication_role; SET array_nulls = on")

    def transaction(self, connection):
        before = self.state(connection)
        self.run(connection, "BEGIN ISOLATION LEVEL " + self.rng.choice(
            ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "READ COMMITTED READ ONLY"]))
        for _ in range(self.rng.randrange(1, 5)):
            self.call(connection)
            self.learn(connection)
        commit = self.rng.random() < 0.6
        self.check_error(self.run(connection, "COMMIT" if commit else "ROLLBACK"), "COMMIT")
        if not commit and self.state(connection) != before:
            raise Finding("something is left of a transaction that was rolled back")
        self.check_all(connection)

    def beside_a_lock(self, connection):
        """Another session is migrating; who has nothing to do does not notice."""
        other = self.connect()
        try:
            self.run(other, "BEGIN", "2")
            answer = self.run(other, "SELECT migrate.revision('held', rev_id => 'held', head => '{base}')", "2")
            if answer.error:
                return
            self.run(connection, "SET migrate.wait_timeout = " + self.rng.choice(["-1", "'5ms'"]))
            for _ in range(3):
                self.call(connection)
            self.run(connection, "RESET migrate.wait_timeout")
            self.run(other, self.rng.choice(["COMMIT", "ROLLBACK"]), "2")
        finally:
            other.close()
        self.check_all(connection)

    def offline(self, connection):
        """A script is printed, or an error says why not; test/t/034 runs such scripts, which need psql."""
        function = self.rng.choice(["upgrade", "downgrade", "stamp"])
        target = self.gen.target()
        script = self.run(connection, "SELECT migrate.%s_sql(%s)" % (function, literal(
            target if ":" in target or function == "upgrade" else "current:" + target)))
        self.check_error(script, "")
        self.check_all(connection)

    def long_chain(self, connection):
        """What recurses would overflow its stack here; checking everything would take too long."""
        n = self.rng.choice([1000, 5000])
        for sql in (
                "SELECT count(*) FROM migrate.load_files(ARRAY(SELECT format(E'-- Revision ID: n%s\\n-- Revises:%s\\n-- migrate:up\\n"
                "-- migrate:down\\n', i, CASE WHEN i > 1 THEN ' n' || i - 1 ELSE '' END) FROM generate_series(1, " + str(n) + ") AS i))",
                "SELECT count(*) FROM migrate.history()", "SELECT length(migrate.graph())", "SELECT count(*) FROM migrate.history('n5:n900')",
                "SELECT migrate.upgrade('+%d')" % (n // 2), "SELECT migrate.upgrade('head')", "SELECT migrate.downgrade('-3')",
                "SELECT migrate.stamp('base')", "SELECT migrate.stamp('heads')", "SELECT migrate.downgrade('base')"):
            answer = self.run(connection, sql)
            if answer.error:
                raise Finding("on a chain of %d: %s" % (n, answer))

    def one_at_a_time(self):
        connection = self.connect()
        try:
            if self.rng.random() < 0.02:
                return self.long_chain(connection)
            for _ in range(self.rng.choice([10, 25, 60])):
                self.learn(connection)
                kind = self.rng.random()
                if kind < 0.80:
                    self.call(connection)
                elif kind < 0.86:
                    self.settings(connection)
                elif kind < 0.93:
                    self.transaction(connection)
                elif kind < 0.96:
                    self.beside_a_lock(connection)
                else:
                    self.offline(connection)
            self.run(connection, "RESET ALL")
            self.check_all(connection)
            # whatever it is, it goes down to base and away
            self.run(connection, "SELECT migrate.stamp('base', purge => true)")
            self.check_all(connection)
        finally:
            connection.close()

    def many_at_once(self):
        trouble = []

        def session(name, seed):
            rng = random.Random(seed)
            gen = Generator(rng)
            gen.counter = 1000 * int(name)
            connection = self.connect()
            try:
                connection.run("SET migrate.wait_timeout = '%s'" % rng.choice(["-1", "10ms", "10s"]))
                connection.run("SET migrate.lock_queue = '%s'" % rng.choice(["0", "1ms", "100ms"]))
                connection.run("SET migrate.lock_patience = '%s'" % rng.choice(["1ms", "100ms", "5s"]))
                connection.run("SET migrate.lock_timeout = '%s'" % rng.choice(["1ms", "1s"]))
                for _ in range(25):
                    rows = connection.run("SELECT revision FROM migrate.revisions ORDER BY 1").rows
                    gen.ids = [row[0] for row in rows or []]
                    level = rng.choice(["", "", "", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
                    if level:
                        self.run(connection, "BEGIN ISOLATION LEVEL " + level, name)
                    for _ in range(rng.randrange(1, 4) if level else 1):
                        function, arguments = gen.call()
                        sql = call_sql(function, arguments)
                        self.calls += 1
                        answer = self.run(connection, sql, name)
                        if function not in ONLINE or answer.sqlstate != "57014":  # it tries again as long as it may
                            self.check_error(answer, sql)
                    if level:
                        self.check_error(self.run(connection, rng.choice(["COMMIT", "COMMIT", "ROLLBACK"]), name), "COMMIT")
            except (Finding, ConnectionLost) as problem:
                trouble.append(problem)
            finally:
                connection.close()

        first = self.connect()
        self.run(first, "SELECT * FROM migrate.load_files(%s)" % literal(self.gen.graph()))
        threads = [threading.Thread(target=session, args=(str(n), self.rng.random())) for n in range(1, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        try:
            if trouble:
                raise trouble[0]
            self.check_all(first)
        finally:
            first.close()

    def go(self):
        self.begin()
        try:
            if self.concurrent:
                self.many_at_once()
            else:
                self.one_at_a_time()
        except Gone:
            pass


class ServerLog:
    """What the server has written since the last look."""

    def __init__(self, path):
        self.path = path
        self.at = os.path.getsize(path) if path else 0

    def trouble(self):
        if not self.path:
            return []
        with open(self.path, "rb") as log:
            log.seek(self.at)
            text = log.read()
        self.at += len(text)
        # statements that are shown in the log begin with a tab or after STATEMENT:
        return [line for line in text.decode(errors="replace").split("\n")
                if LOG_TROUBLE.search(line) and not line.startswith("\t")
                and not re.search(r"(STATEMENT|ERROR|DETAIL|CONTEXT|HINT|QUERY|NOTICE):  ", line)]


def report(batch, problem, options):
    handle, path = tempfile.mkstemp(prefix="migrate_ext_fuzz.%s." % batch.seed, suffix=".sql")
    with os.fdopen(handle, "wb") as out:
        for name, sql in batch.statements:
            text = sql if isinstance(sql, str) else sql.decode("utf-8", "surrogateescape")
            out.write(("-- session %s\n%s;\n" % (name, text)).encode("utf-8", "surrogateescape"))
    print("FINDING in batch %s: %s" % (batch.seed, str(problem)[:3000]))
    for name, sql in batch.statements[-3:]:
        print("  session %s: %s" % (name, ascii(sql)[:600]))
    print("  again: test/fuzz/run.sh --batch %s%s" % (batch.seed, "  (several sessions at once: not always)" if batch.concurrent else ""))
    print("  all statements: %s" % path)
    sys.stdout.flush()


def wait_for_server():
    for _ in range(300):
        try:
            Connection("dbname=postgres").close()
            return True
        except ConnectionLost:
            time.sleep(0.2)
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="of the whole run")
    parser.add_argument("--batch", type=int, default=None, help="just the batch with this seed")
    parser.add_argument("--log", help="the server's log")
    parser.add_argument("--most", type=int, default=20, help="stop after so many findings")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    seeds = random.Random(seed)
    passed = failed = calls = 0
    codes = {}
    log = ServerLog(options.log)
    end = time.time() + options.seconds

    admin = Connection("dbname=postgres")
    for database, encoding in (("fuzz_utf8", "UTF8"), ("fuzz_ascii", "SQL_ASCII")):
        admin.run("CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C'" % (database, encoding))
    admin.close()
    if options.batch is None:
        print("seed %d" % seed)
        sys.stdout.flush()

    while time.time() < end and failed < options.most:
        batch = Batch(options.batch if options.batch is not None else seeds.randrange(1 << 31), options)
        problem = None
        try:
            batch.go()
        except (Finding, ConnectionLost) as trouble:
            problem = trouble
        if isinstance(problem, ConnectionLost) and not wait_for_server():
            report(batch, "the server does not come back", options)
            failed += 1
            break
        lines = log.trouble()
        if lines:
            problem = Finding("%s\nthe server's log says:\n%s" % (problem or "", "\n".join(lines[:10])))
        if problem:
            failed += 1
            report(batch, problem, options)
        else:
            passed += 1
        calls += batch.calls
        for code, n in batch.codes.items():
            codes[code] = codes.get(code, 0) + n
        if options.batch is not None:
            break

    print("%d calls; errors: %s" % (calls, ", ".join("%s %d" % item for item in sorted(codes.items()))))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    generate.WORDS.sort()
    sys.exit(main())
