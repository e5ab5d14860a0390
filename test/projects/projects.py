#!/usr/bin/env python3
"""Migrations that other people wrote, run by the extension.

What is made up for a test is never as odd as what has grown in a project for
years.  So every corpus of $MIGRATE_CORPORA (default: ../shared/corpora beside
the project; its README says where they come from) is loaded with load_files,
upgraded from nothing to its newest revision, and must leave the schema that
plain psql left: pg_dump is compared with the corpus's own final.dump.sql.

The atomic call is used as far as it goes.  Where a revision needs a
transaction of its own, what an operator would do by hand is done: upgrade to
the revision before, run the revision by psql, stamp it, go on.  How often that
was necessary is printed.

Then the same by one CALL migrate.deploy(), which has to do without any hands.
What drift() and verify() make of such a history is asked of those in replays,
which are there for that, and of the others with --replays: no drift, and every
revision is run.  A prelude.sql is loaded as one, after it has been run.

The example project of this repository is tested here, too: each of its
downgrades must restore exactly what was there before.

With --without each is applied by migrate.sh to a database without the extension, by a private
engine; of those the smallest is always done.

    test/projects/run.sh [--replays | --without] [NAME ...]     all of them, or some by name

Connects by PGHOST, PGPORT and PGUSER, as a superuser of a server on which it
may make databases and roles.  The last line counts: "N passed, N failed".
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
CORPORA = Path(os.environ.get("MIGRATE_CORPORA") or PROJECT.parent / "shared" / "corpora")
BINDIR = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"],
                        stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

# What a revision says that only a transaction of its own can run: a commit
# inside it, a statement that refuses transaction blocks, our own refusal.
OWN_TRANSACTION = ("2D000", "25001", "MG024")
UNSAFE_ENUM = "55P04"


class Failure(Exception):
    """A test did not find what it should."""


class SqlError(Exception):
    """The server refused; names the revision that was running, where there was one."""

    def __init__(self, stderr):
        found = re.search(r"(?:ERROR|FATAL): +([0-9A-Z]{5}): (.*)", stderr)
        super().__init__(stderr[found.start():].strip() if found else stderr)
        self.sqlstate, self.message = found.groups() if found else ("?", stderr.strip())
        steps = re.findall(r"Running (upgrade .* -> (\w+)|downgrade (\w+) -> )", stderr)
        self.running = (steps[-1][1] or steps[-1][2]) if steps else None


class Database:
    """A new database; every call is a connection of its own.

    At the end it is dropped, and with it the roles that were made meanwhile:
    two projects may have roles of the same name, and each is to find a server
    as it was when its own truth was made.
    """

    def __init__(self, name):
        self.name = name
        self.roles_before = set()

    def __enter__(self):
        self._psql("postgres", "DROP DATABASE IF EXISTS %s; CREATE DATABASE %s;" % (self.name, self.name))
        self.roles_before = self._roles()
        return self

    def __exit__(self, *_):
        self._psql("postgres", "DROP DATABASE IF EXISTS %s;" % self.name)
        for role in sorted(self._roles() - self.roles_before):
            self._psql("postgres", "DROP OWNED BY %s; DROP ROLE %s;" % (role, role))

    def _roles(self):
        """The names of all roles, quoted as SQL has them."""
        return set(self._psql("postgres", "SELECT quote_ident(rolname) FROM pg_roles").splitlines())

    @staticmethod
    def _psql(database, script):
        done = subprocess.run(
            [BINDIR + "/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-d", database, "-f", "-"],
            input=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
            env=dict(os.environ, PGOPTIONS="-c migrate.plain_concurrently=on"))
        if done.returncode != 0:
            raise SqlError(done.stderr)
        return done.stdout

    def sql(self, script):
        return self._psql(self.name, script)

    def lines(self, script):
        return self.sql(script).split()

    def load(self, files):
        """Load {file name: text} through the script that containers use."""
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                (Path(directory) / name).write_text(text, encoding="utf-8")
            statement = subprocess.run([str(PROJECT / "scripts" / "migrate.sh"), "load", "--sql", directory],
                                       stdout=subprocess.PIPE, text=True, check=True).stdout
        return self.sql(statement).splitlines()

    def dump(self):
        done = subprocess.run(
            [BINDIR + "/pg_dump", "--schema-only", "--no-owner", "-N", "migrate", "-d", self.name],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Failure("pg_dump: " + done.stderr)
        return comparable(done.stdout)


def comparable(dump):
    """What a dump says, without comments and without the extension itself."""
    return [line for line in dump.splitlines()
            if line.strip() and not line.startswith(("--", "\\restrict", "\\unrestrict"))
            and "EXTENSION migrate_ext" not in line and "EXTENSION IF NOT EXISTS migrate_ext" not in line]


def must_equal(what, got, expected):
    if got == expected:
        return
    missing = [line for line in expected if line not in got]
    extra = [line for line in got if line not in expected]
    shown = ["- " + line for line in missing[:10]] + ["+ " + line for line in extra[:10]]
    raise Failure("%s: %d lines lost, %d too many, or in another order\n    %s"
                  % (what, len(missing), len(extra), "\n    ".join(shown)))


def legal(identifier):
    """Identifiers may not have @ - + : , or blanks in them."""
    return re.sub(r"[^A-Za-z0-9_]", "_", identifier)


def revision_file(identifier, parents, message, position, up="", down="", labels=(), depends_on=(), own=(False, False)):
    """The text of a revision file; down None for a revision without one."""
    marks = [" transaction:false" if flag else "" for flag in own]
    text = "-- %s\n--\n-- Revision ID: %s\n-- Revises: %s\n" % (message or identifier, identifier, ", ".join(parents))
    text += "-- Create Date: %s+00\n" % (datetime(2020, 1, 1) + timedelta(minutes=position))
    if labels:
        text += "-- Branch Labels: %s\n" % ", ".join(labels)
    if depends_on:
        text += "-- Depends On: %s\n" % ", ".join(depends_on)
    text += "\n-- migrate:up%s\n%s\n" % (marks[0], up)
    if down is not None:
        text += "\n-- migrate:down%s\n%s\n" % (marks[1], down)
    return text


class Corpus:
    """A project's history: what is in one directory of corpora/normalised."""

    def __init__(self, directory):
        self.directory = directory
        self.truth = json.loads((directory / "corpus.json").read_text())["truth"]
        self.order = []  # identifiers, oldest first
        self.ups, self.downs, self.parents, self.files = {}, {}, {}, {}
        self.alone = set()  # those that cannot run inside a transaction
        # A downgrade that is not even SQL cannot be stored.
        unreadable = {name for name, why in (self.truth.get("downs") or {}).get("broken", []) if "syntax error" in why}
        ids = {}
        for position, step in enumerate(sorted(p for p in directory.iterdir() if p.is_dir())):
            meta = json.loads((step / "meta.json").read_text())
            identifier = ids[meta["id"]] = legal(step.name)
            self.order.append(identifier)
            if not meta["transactional"]:
                self.alone.add(identifier)
            self.ups[identifier] = (step / "up.sql").read_text()
            self.parents[identifier] = [ids[parent] for parent in meta["down"]]
            if (step / "down.sql").exists() and step.name not in unreadable:
                self.downs[identifier] = (step / "down.sql").read_text()
            self.files[identifier + ".sql"] = revision_file(
                identifier, self.parents[identifier], meta["message"].split("\n")[0], position, self.ups[identifier],
                self.downs.get(identifier), own=(not meta["transactional"], not meta.get("down_transactional", True)))

    def failing(self, error):
        """The revision at which an upgrade or a downgrade stopped."""
        if error.running in self.ups:
            return error.running
        # Refused before anything was run: the message names it.
        named = [word for word in re.findall(r"\w+", error.message) if word in self.ups]
        if not named:
            raise error
        return named[0]

    def upgrade(self, database):
        """To the newest revision; how many atomic calls and how many by hand that took."""
        calls, by_hand = 0, []
        while True:
            try:
                database.sql("SELECT migrate.upgrade('head')")
                return calls + 1, by_hand
            except SqlError as error:
                if error.sqlstate not in OWN_TRANSACTION + (UNSAFE_ENUM,):
                    raise
                stopper = self.failing(error)
                applied = set(database.lines("SELECT revision FROM migrate.history() WHERE is_applied"))
                before = [parent for parent in self.parents[stopper] if parent not in applied]
                if before:
                    database.sql("SELECT migrate.upgrade('%s')" % ",".join(before))
                    calls += 1
                elif error.sqlstate == UNSAFE_ENUM:
                    raise
                if error.sqlstate in OWN_TRANSACTION:
                    database.sql(self.ups[stopper])
                    database.sql("SELECT migrate.stamp('%s')" % stopper)
                    by_hand.append(stopper)


def corpus_test(directory):
    corpus = Corpus(directory)
    with Database("corpus_" + legal(directory.name)) as database:
        prelude = directory / "prelude.sql"
        if prelude.exists():
            database.sql(prelude.read_text())
        empty = database.dump()
        database.sql("CREATE EXTENSION migrate_ext")

        start = time.time()
        loaded = database.load(corpus.files)
        if len(loaded) != len(corpus.order):
            raise Failure("loaded %d of %d revisions" % (len(loaded), len(corpus.order)))
        load_time, start = time.time() - start, time.time()
        calls, by_hand = corpus.upgrade(database)
        run_time = time.time() - start
        if database.lines("SELECT migrate.current()") != [corpus.order[-1]]:
            raise Failure("current is not the newest revision")
        must_equal("schema at head", database.dump(), comparable((directory / "final.dump.sql").read_text()))
        yield "%s: %d revisions, schema as by psql; loaded in %.1f s, run in %.1f s by %d call%s%s" % (
            directory.name, len(corpus.order), load_time, run_time, calls, "s" if calls > 1 else "",
            ", by hand: " + ", ".join(by_hand) if by_hand else "")

        if corpus.truth.get("downs"):
            yield from down_test(corpus, database, empty)


def deploy_test(directory):
    """The same by CALL migrate.deploy(), which needs nobody's hands; and back as far as every downgrade works."""
    corpus = Corpus(directory)
    with Database("deploy_" + legal(directory.name)) as database:
        prelude = directory / "prelude.sql"
        if prelude.exists():
            database.sql(prelude.read_text())
        empty = database.dump()
        database.sql("CREATE EXTENSION migrate_ext")
        database.load(corpus.files)
        start = time.time()
        database.sql("CALL migrate.deploy('heads')")
        run_time = time.time() - start
        must_equal("schema at head", database.dump(), comparable((directory / "final.dump.sql").read_text()))
        must_equal("outcomes", sorted(set(database.lines("SELECT outcome FROM migrate.log"))), ["done"])
        must_equal("invalid indexes", database.lines("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"), [])
        pieces = database.lines("SELECT count(statements) FROM migrate.log")[0]
        yield "%s: by one deploy in %.1f s, %s of %d revisions statement by statement, schema as by psql" % (
            directory.name, run_time, pieces, len(corpus.order))

        if (corpus.truth.get("downs") or {}).get("chain_ends_as_it_began"):
            database.sql("CALL migrate.revert('base')")
            must_equal("schema at the base", database.dump(), empty)
            yield "%s: back by one revert" % directory.name


def without_test(directory):
    """By plain SQL of an engine: migrate.sh on a database that has no extension, up, again, and back where that works.

    Compared with what psql makes of the same files today: one corpus has partitions with the date in their names.
    """
    corpus = Corpus(directory)
    with Database("by_psql_" + legal(directory.name)) as database:
        if (directory / "prelude.sql").exists():
            database.sql((directory / "prelude.sql").read_text())
        for name in corpus.order:
            database.sql(corpus.ups[name] if name in corpus.alone else "BEGIN;\n%s\n;COMMIT;" % corpus.ups[name])
        by_psql = database.dump()
    with Database("without_" + legal(directory.name)) as database, tempfile.TemporaryDirectory() as files, \
            tempfile.TemporaryDirectory() as cache:
        os.chmod(cache, 0o755)  # the engine's user has to get in
        prelude = directory / "prelude.sql"
        if prelude.exists():
            database.sql(prelude.read_text())
        empty = database.dump()
        for name, text in corpus.files.items():
            (Path(files) / name).write_text(text, encoding="utf-8")

        def migrate(*command):
            done = subprocess.run([str(PROJECT / "scripts" / "migrate.sh"), *command, "--dir", files], text=True, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=dict(os.environ, PGDATABASE=database.name, MIGRATE_ENGINE="private",
                                           XDG_CACHE_HOME=cache))
            if done.returncode != 0:
                raise Failure("migrate.sh %s: %s" % (" ".join(command), done.stdout[-2000:]))
            return done.stdout

        start = time.time()
        migrate("apply", "--online", "--baseline", "none")
        run_time = time.time() - start
        must_equal("schema at head", database.dump(), by_psql)
        must_equal("version", database.lines("SELECT revision FROM migrate.version"), [corpus.order[-1]])
        must_equal("outcomes", sorted(set(database.lines("SELECT outcome FROM migrate.log WHERE action = 'upgrade'"))), ["done"])
        must_equal("the extension", database.lines("SELECT extname FROM pg_extension WHERE extname = 'migrate_ext'"), [])
        if "Nothing to do" not in migrate("apply", "--online"):
            raise Failure("the second time there is something to do")
        yield "%s: %d revisions without the extension in %.1f s, schema as by psql" % (directory.name, len(corpus.order), run_time)

        if (corpus.truth.get("downs") or {}).get("chain_ends_as_it_began"):
            migrate("downgrade", "--online", "base")
            must_equal("schema at the base", database.dump(), empty)
            yield "%s: and back" % directory.name


def replay_test(directory):
    """What a deploy has made is what the revisions make: drift() finds nothing, and verify() runs every one."""
    corpus = Corpus(directory)
    with Database("replay_" + legal(directory.name)) as database:
        prelude = directory / "prelude.sql"
        files = dict(corpus.files)
        if prelude.exists():
            database.sql(prelude.read_text())
            files["prelude.sql"] = prelude.read_text()
        database.sql("CREATE EXTENSION migrate_ext")
        database.load(files)
        database.sql("CALL migrate.deploy('heads')")
        times = []
        for argument in ("", "'{*}'"):
            start = time.time()
            drift = database.sql("SELECT action, object_type, object_identity FROM migrate.drift(%s)" % argument)
            times.append("drift(%s) in %.1f s" % (argument, time.time() - start))
            must_equal("drift(%s)" % argument, drift.splitlines(), [])
        start = time.time()
        rows = database.sql("SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, replace(coalesce(detail, ''), E'\\n', ' ')"
                            " FROM migrate.verify(schemas => '{*}')").splitlines()
        times.append("verify() in %.1f s" % (time.time() - start))
        rows = [row.split("|", 4) for row in rows]
        must_equal("revisions verified", sorted(row[0] for row in rows), sorted(corpus.order))
        must_equal("revisions that do not run again", [row for row in rows if row[1] != "t"], [])
        yield "%s: %d revisions without drift, all run again, %d of %d downgrades exact; %s" % (
            directory.name, len(rows), sum(row[3] == "t" for row in rows), len(corpus.downs), ", ".join(times))


def descend(corpus, database, target, broken):
    """Down to a target, round the downgrades that do not work with psql either; those go to broken."""
    while True:
        try:
            database.sql("SELECT migrate.downgrade('%s')" % target)
            return
        except SqlError as error:
            stopper = corpus.failing(error)
            if stopper == target or stopper not in corpus.downs and error.sqlstate != "MG020":
                raise
            descend(corpus, database, stopper, broken)
            before = database.dump()
            try:
                database.sql("SELECT migrate.downgrade('-1')")
                raise Failure("the downgrade of %s failed, and runs the second time" % stopper)
            except SqlError:
                must_equal("after the failed downgrade of " + stopper, database.dump(), before)
            if stopper in corpus.downs:
                try:
                    database.sql("BEGIN;\n%s\n;ROLLBACK;" % corpus.downs[stopper])
                    raise Failure("the downgrade of %s runs with psql" % stopper) from error
                except SqlError as by_psql:
                    must_equal("error of %s" % stopper, [error.message], [by_psql.message])
            # Take it for undone, as somebody would who has put things right by hand.
            database.sql(BY_HAND.get(stopper, ""))
            database.sql("SELECT migrate.stamp('%s')" % ",".join(corpus.parents[stopper]))
            broken.append("%s (%s)" % (stopper, error.sqlstate))


def down_test(corpus, database, empty):
    name, broken = corpus.directory.name, []
    descend(corpus, database, "base", broken)
    must_equal("current revisions at the base", database.lines("SELECT migrate.current()"), [])
    if corpus.truth["downs"].get("chain_ends_as_it_began"):
        must_equal("schema at the base", database.dump(), empty)
        yield "%s: down to the base, which is as empty as at the start" % name
    else:
        yield "%s: down to the base, round what fails with psql, too: %s" % (name, ", ".join(broken))


# What a broken downgrade should have done.
BY_HAND = {"0235_2024_10_25_112826": "DROP INDEX versions_crate_id_num_no_build_uindex;"}


def dag_test(path):
    """Only a graph: what it lacks in SQL it has in branches."""
    revisions = json.loads(path.read_text())["revisions"]
    known = {revision["id"] for revision in revisions}
    labels = {label for revision in revisions for label in revision["labels"]}
    files, named = {}, set()
    for position, revision in enumerate(revisions):
        files["%s.sql" % revision["id"]] = revision_file(
            revision["id"], revision["down"], revision["message"].split("\n")[0], position,
            labels=revision["labels"], depends_on=revision["depends_on"], down="")
        named.update(revision["down"])
    missing = named - known
    needed = {name for revision in revisions for name in revision["depends_on"]}
    if not needed <= known | labels:
        missing |= needed - known - labels
    heads = sorted(known - named)
    with Database("dag_" + legal(path.stem)) as database:
        database.sql("CREATE EXTENSION migrate_ext")
        start = time.time()
        try:
            database.load(files)
        except SqlError as error:
            if not missing or error.sqlstate != "MG018" or not any(name in error.message for name in missing):
                raise
            if database.lines("SELECT revision FROM migrate.history()"):
                raise Failure("a part of the files was loaded") from error
            yield "%s: refused, because %s is missing" % (path.name, ", ".join(sorted(missing)))
            return
        if missing:
            raise Failure("%s is missing, and nobody noticed" % missing)
        must_equal("heads", sorted(database.lines("SELECT migrate.heads()")), heads)
        lost = min(named)
        try:
            with Database("dag_without") as other:
                other.sql("CREATE EXTENSION migrate_ext")
                other.load({name: text for name, text in files.items() if name != lost + ".sql"})
            raise Failure("%s was taken out, and nobody noticed" % lost)
        except SqlError as error:
            if error.sqlstate != "MG018" or lost not in error.message:
                raise
        database.sql("SELECT migrate.upgrade('heads')")
        applied = database.lines("SELECT revision FROM migrate.history() WHERE is_applied")
        must_equal("applied", sorted(applied), sorted(known))
        database.sql("SELECT migrate.downgrade('base')")
        must_equal("applied at the base", database.lines("SELECT migrate.current()"), [])
        yield "%s: %d revisions, %d head%s, up and down in %.1f s" % (
            path.name, len(known), len(heads), "s" if len(heads) > 1 else "", time.time() - start)


def example_test():
    """Every downgrade of the example restores what was there before it."""
    files = {path.name: path.read_text() for path in sorted((PROJECT / "examples" / "timetracker").glob("*.sql"))}
    with Database("example") as database:
        database.sql("CREATE EXTENSION migrate_ext")
        database.load(files)
        empty = before = database.dump()
        plan = database.lines("SELECT revision FROM migrate.plan('upgrade', 'head') ORDER BY step")
        must_equal("revisions in the plan", sorted(plan), sorted(name.split("_")[0] for name in files))
        for revision in plan:
            database.sql("SELECT migrate.upgrade('%s')" % revision)
            after = database.dump()
            single = len(database.lines("SELECT migrate.current()")) == 1
            database.sql("SELECT migrate.downgrade('%s')" % ("-1" if single else revision + "@-1"))
            must_equal("downgrade of " + revision, database.dump(), before)
            database.sql("SELECT migrate.upgrade('%s')" % revision)
            before = after
        must_equal("schema at head", database.dump(), before)
        database.sql((PROJECT / "examples" / "timetracker_rows.sql").read_text())
        names = database.sql("SELECT first_name, last_name FROM users ORDER BY id")
        # From where "approved" is not a status yet, and each old enum type is made anew.
        for target in ("4a81c3e97f5d", "billing@-1", "6c15ae83f2d0", "-1"):
            database.sql("SELECT migrate.downgrade('%s')" % target)
            database.sql("SELECT migrate.upgrade('head')")
            must_equal("schema after downgrade to %s and back" % target, database.dump(), before)
        if database.sql("SELECT first_name, last_name FROM users ORDER BY id") != names:
            raise Failure("names are not split as they were")
        database.sql("SELECT migrate.downgrade('base')")
        must_equal("schema at the base", database.dump(), empty)
    yield "example: %d revisions, every downgrade restores what was there" % len(files)


def main(chosen):
    tests = [("example", example_test)]
    tests += [(path.name, lambda path=path: corpus_test(path)) for path in sorted(CORPORA.glob("normalised/*"))]
    tests += [(path.name, lambda path=path: deploy_test(path)) for path in sorted(CORPORA.glob("normalised/*"))]
    tests += [(path.name, lambda path=path: dag_test(path)) for path in sorted(CORPORA.glob("dags/*.json"))]
    if "--replays" in chosen:
        chosen.remove("--replays")
        tests = [(path.name, lambda path=path: replay_test(path)) for path in sorted(CORPORA.glob("normalised/*"))]
    tests += [(path.name, lambda path=path: replay_test(path)) for path in sorted(CORPORA.glob("replays/*"))]
    histories = sorted(CORPORA.glob("normalised/*")) + sorted(CORPORA.glob("replays/*"))
    if "--without" in chosen:
        chosen.remove("--without")
        tests = []
    else:
        histories = sorted(histories, key=lambda path: len(list(path.iterdir())))[:1]
    tests += [(path.name, lambda path=path: without_test(path)) for path in histories]
    if not list(CORPORA.glob("*")):
        print("SKIPPED: no corpora in %s; set MIGRATE_CORPORA" % CORPORA)
    passed = failed = 0
    for name, test in tests:
        if chosen and name not in chosen:
            continue
        try:
            for line in test():
                passed += 1
                print("ok      " + line, flush=True)
        except (Failure, SqlError) as error:
            failed += 1
            print("not ok  %s: %s" % (name, str(error)[-3000:]), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
