#!/usr/bin/env python3
"""How long migrate_ext takes beside plain psql, and beside other tools.

Called by run.sh, which sees to the server and explains the options.  What is
timed are whole processes, from before they start until they have ended, as a
start-up script or a person would wait for them.  The contenders of a case take
turns, so that whatever else the machine does hits all of them alike, and each
run begins with a database of its own, made and connected to once beforehand.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import generate
import peers
import stall
from measure import (PREFIX, Contender, Failed, compete, create, create_extension, drop, peak_memory, psql,
                     sql, start_at_once, statement_times, store)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MIGRATE_SH = os.path.join(ROOT, "scripts", "migrate.sh")

# The sizes that the targets are for.
DEFAULTS = {
    "revisions": 1000,
    "stored": 10_000,
    "dag": [5000, 100_000],
    "starts": 64,
    "tables": [1000, 10_000],
    "curve": [1000, 2000, 4000, 8000, 16_000],
    "replays": [100, 300, 1000],
}

# What is to be reached: (result, unit, at most).  A ratio is that to psql in the same run.
TARGETS = {
    "upgrade": ("ratio", 0.75),
    "files": ("ratio", 1.3),
    "container_start": ("ratio", 1.3),
    "downgrade": ("ratio", 0.55),
    "noop": ("ratio", 1.2),
    "noop, the function": ("ms", 2),
    "one": ("ratio", 1.3),
    "history of 5,000": ("ms", 50),
    "plan of 5,000": ("ms", 50),
    "graph of 5,000": ("ms", 50),
    "history of 100,000": ("ms", 1000),
    "plan of 100,000": ("ms", 1000),
    "graph of 100,000": ("ms", 1000),
    "race": ("ratio", 2.0),
    # psql -1 -f model, and pg_dump -s of what it made
    "schema": ("ratio", 1.3),
    # migrate.lock_queue, and what a loaded machine adds
    "stall": ("ms", 250),
    # the last point of the curve against the first, both divided by the number
    # of revisions: 1 is linear
    "curve, time": ("growth", 1.5),
    "curve, memory": ("growth", 1.5),
    # psql with a transaction for each revision; then deploy()
    "replay, deploy": ("ratio", 1.5),
    "replay, drift": ("ratio", 3),
    "replay, verify": ("ratio", 4),
    "replay, growth": ("growth", 1.5),
}


class Report:
    """The Markdown tables, and what missed its target."""

    def __init__(self, other_size):
        self.other_size = other_size
        self.missed = []

    @staticmethod
    def say(text=""):
        print(text, flush=True)

    def heading(self, title, columns=("contender", "runs", "median", "fastest", "slowest", "to psql", "target")):
        self.say()
        self.say(f"### {title}")
        self.say()
        self.row(*columns)
        self.row(*["---"] + ["---:"] * (len(columns) - 1))

    def row(self, *cells):
        self.say("| " + " | ".join(str(c) for c in cells) + " |")

    def verdict(self, what, unit, value):
        """Compare with the target, if there is one for that and it was measured at
        the size that the target is for."""
        target_unit, limit = TARGETS.get(what, (None, None))
        if target_unit != unit or what.split(",")[0] in self.other_size:
            return ""
        wanted = f"{limit:g} ms" if unit == "ms" else f"{limit:g}"
        if value <= limit:
            return f"{wanted}: met"
        self.missed.append(f"{what}: {value:.2f} instead of {limit:g} ({unit})")
        return f"{wanted}: **missed**"

    def contest(self, what, contenders):
        """contenders: the floor first, then migrate_ext, then others."""
        for i, c in enumerate(contenders):
            if c.error:
                self.row(c.name, 0, "failed", "", "", "", "")
                continue
            ratio = c.ratio(contenders[0])
            self.row(c.name, len(c.times), seconds(statistics.median(c.times)), seconds(min(c.times)), seconds(max(c.times)),
                     f"{ratio:.2f}", self.verdict(what, "ratio", ratio) if i == 1 else "")


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def number(value):
    return f"{value:,}"


class Bench:
    def __init__(self, options, workdir):
        self.o = options
        self.workdir = workdir
        self.report = Report(
            {case for case, size in (("upgrade", "revisions"), ("files", "revisions"), ("downgrade", "revisions"),
                                     ("noop", "stored"), ("one", "stored"), ("race", "starts"), ("curve", "curve"),
                                     ("replay", "replays"))
             if getattr(options, size) != DEFAULTS[size]})
        self.known = {}
        self.peers = [] if options.no_peers else peers.find(options.peers_dir, workdir)

    def path(self, *parts):
        return os.path.join(self.workdir, *parts)

    def once(self, key, make):
        """Things that several cases need are made when the first one does."""
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def revisions(self):
        return self.once("revisions", lambda: generate.history(self.o.revisions))

    def empty(self):
        return self.once("empty", lambda: create("empty"))

    def extended(self):
        return self.once("extended", lambda: create_extension("extended"))

    def floor_files(self):
        def make():
            generate.write_sql(self.path("up.sql"), self.revisions())
            generate.write_sql(self.path("down.sql"), self.revisions(), up=False)
            # All of it in one message, for which the server answers but once: what its own work takes.
            with open(self.path("down.sql"), encoding="utf-8") as file:
                statements = file.read().replace(";\n", "\\;\n")
            generate.write(self.path("down_one.sql"), "BEGIN\\;" + statements + "COMMIT;\n")
            generate.write_files(self.path("files"), self.revisions())
            return True
        return self.once("floor files", make)

    def loaded(self):
        def make():
            database = create("loaded", self.extended())
            store(database, self.revisions(), self.workdir)
            return database
        return self.once("loaded", make)

    def stored(self):
        """Many revisions, all but the last applied: so says a stamp."""
        def make():
            database = create_extension("stored")
            revisions = self.stored_revisions()
            store(database, revisions, self.workdir)
            # what the last one stands on
            sql(database, revisions[0].up)
            sql(database, f"SELECT migrate.stamp('{revisions[-2].id}');")
            sql(database, "VACUUM ANALYZE;")
            return database
        return self.once("stored", make)

    def stored_revisions(self):
        def make():
            revisions = generate.history(self.o.stored)
            last = revisions[-1]
            revisions[-1] = last._replace(
                up=f"ALTER TABLE item_0 ADD COLUMN last text;\nCREATE INDEX item_0_last ON item_0 (last);\n",
                down="DROP INDEX item_0_last;\nALTER TABLE item_0 DROP COLUMN last;\n")
            return revisions
        return self.once("stored revisions", make)

    def peer_contenders(self, action, revisions, **more):
        found = []
        for peer in self.peers:
            if hasattr(peer, action):
                peer.prepare(revisions)
                contender = getattr(peer, action)(self, revisions, **more)
                if contender:
                    found.append(contender)
        return found

    # (a) from empty to head
    def upgrade(self):
        self.floor_files()
        contenders = [
            Contender("psql -1 -f all.sql", psql("-1", "-f", self.path("up.sql")), self.empty()),
            Contender("migrate.upgrade('head')", psql("-c", "SELECT migrate.upgrade('head')"), self.loaded()),
            *self.peer_contenders("upgrade", self.revisions()),
        ]
        compete(contenders, self.o.runs)
        self.report.heading(f"upgrade: {number(self.o.revisions)} revisions, from empty to head")
        self.report.contest("upgrade", contenders)

    # (b) load the files as well
    def files(self):
        self.floor_files()
        command = (f"{{ {MIGRATE_SH} load --sql {self.path('files')}; echo \"SELECT migrate.upgrade('head');\"; }} | "
                   + " ".join(psql("-1")))
        contenders = [
            Contender("psql -1 -f all.sql", psql("-1", "-f", self.path("up.sql")), self.empty()),
            Contender("migrate.sh load --sql and migrate.upgrade('head') in one psql", ["sh", "-c", command],
                      self.extended()),
        ]
        compete(contenders, self.o.runs)
        self.report.heading(f"files: {number(self.o.revisions)} revision files loaded, then upgraded")
        self.report.contest("files", contenders)

    # what a container starts with, when there is nothing to do
    def container_start(self):
        self.floor_files()
        database = create("container_start", self.extended())
        env = {"MIGRATIONS_DIR": self.path("files"), "AUTO_MIGRATE_FAIL_ON_ERROR": "true"}
        entrypoint = [os.path.join(ROOT, "scripts", "entrypoint.sh"), "true"]
        Contender("first start", entrypoint, database=database, env=env).run()
        # The same files through one psql, as one literal.
        read = (f"{{ printf 'SELECT length($bench$'; cat {self.path('files')}/*.sql; printf '$bench$);'; }} | "
                + " ".join(psql()))
        contenders = [
            Contender("psql reads the same files", ["sh", "-c", read], database=database),
            Contender("scripts/entrypoint.sh", entrypoint, database=database, env=env),
        ]
        compete(contenders, max(self.o.runs, 20))
        self.report.heading(f"container_start: {number(self.o.revisions)} unchanged files")
        self.report.contest("container_start", contenders)
        drop(database)

    # (c) all the way down
    def downgrade(self):
        self.floor_files()

        def make():
            database = create("applied", self.loaded())
            sql(database, "SET client_min_messages = warning; SELECT migrate.upgrade('head');")
            return database
        applied = self.once("applied", make)
        contenders = [
            Contender("psql -1 -f down.sql", psql("-1", "-f", self.path("down.sql")), applied),
            Contender("migrate.downgrade('base')", psql("-c", "SELECT migrate.downgrade('base')"), applied),
            Contender("psql, the same in one message", psql("-f", self.path("down_one.sql")), applied),
            *self.peer_contenders("downgrade", self.revisions()),
        ]
        compete(contenders, self.o.runs)
        self.report.heading(f"downgrade: {number(self.o.revisions)} revisions, from head to base")
        self.report.contest("downgrade", contenders)

    # (d) nothing to do
    def noop(self):
        database = create("noop", self.stored())
        sql(database, "SELECT migrate.stamp('head');")
        contenders = [
            Contender("psql -c 'SELECT 1'", psql("-c", "SELECT 1"), database=database),
            Contender("migrate.upgrade('head')", psql("-c", "SELECT migrate.upgrade('head')"), database=database),
            *self.peer_contenders("noop", self.stored_revisions()),
        ]
        compete(contenders, max(self.o.runs, 20))
        self.report.heading(f"noop: upgrade with nothing to do, {number(self.o.stored)} revisions stored")
        self.report.contest("noop", contenders)

        times = statement_times(database, ["SELECT migrate.upgrade('head')"] * (max(self.o.runs, 20) + 1))
        first, warm = times[0], statistics.median(times[1:])
        self.report.row("the statement alone, first of a connection", 1, f"{first:.2f} ms", "", "", "", "")
        self.report.row("the statement alone, later", len(times) - 1, f"{warm:.2f} ms", f"{min(times[1:]):.2f} ms",
                        f"{max(times[1:]):.2f} ms", "",
                        self.report.verdict("noop, the function", "ms", warm))
        drop(database)

    # (e) one to run
    def one(self):
        last = self.stored_revisions()[-1]
        generate.write_sql(self.path("one.sql"), [last])
        ours = create("one", self.stored())
        floor = create("one_floor", self.stored())

        def undo():
            sql(ours, f"SELECT migrate.downgrade('-1') WHERE (SELECT migrate.current()) = '{last.id}';")

        def undo_floor():
            sql(floor, "ALTER TABLE item_0 DROP COLUMN IF EXISTS last;")
        contenders = [
            Contender("psql -1 -f one.sql", psql("-1", "-f", self.path("one.sql")), before=undo_floor, database=floor),
            Contender("migrate.upgrade('head')", psql("-c", "SELECT migrate.upgrade('head')"), before=undo,
                      database=ours),
            *self.peer_contenders("one", self.stored_revisions()),
        ]
        compete(contenders, max(self.o.runs, 20))
        self.report.heading(f"one: one pending revision, {number(self.o.stored)} stored")
        self.report.contest("one", contenders)
        drop(ours)
        drop(floor)

    # (f) big graphs
    def dag(self):
        for count in self.o.dag:
            revisions = generate.graph(count)
            database = create_extension("dag")
            store(database, revisions, self.workdir)
            statements = {
                "history": "SELECT count(*) FROM migrate.history()",
                "plan": "SELECT count(*) FROM migrate.plan('upgrade', 'heads')",
                "graph": "SELECT length(migrate.graph())",
            }
            rows = {name: ([], []) for name in statements}
            for _ in range(self.o.runs):
                for name, statement in statements.items():
                    first, second = statement_times(database, [statement] * 2)
                    rows[name][0].append(first)
                    rows[name][1].append(second)
            merges = sum(len(r.parents) > 1 for r in revisions)
            self.report.heading(f"dag: {number(len(revisions))} revisions, {number(merges)} merges",
                                ("statement", "runs", "median, first of a connection", "fastest", "slowest",
                                 "median, second", "target (first)"))
            for name, (first, second) in rows.items():
                median = statistics.median(first)
                self.report.row(f"`{statements[name]}`", len(first), f"{median:.1f} ms", f"{min(first):.1f} ms",
                                f"{max(first):.1f} ms", f"{statistics.median(second):.1f} ms",
                                self.report.verdict(f"{name} of {number(count)}", "ms", median))
            if count <= 5000:
                contenders = self.peer_contenders("history", revisions)
                compete(contenders, self.o.runs, ours=0)
                for c in contenders:
                    if c.error:
                        self.report.row(c.name, 0, "failed", "", "", "", "")
                    else:
                        self.report.row(c.name + " (process)", len(c.times), seconds(statistics.median(c.times)),
                                        seconds(min(c.times)), seconds(max(c.times)), "", "")
            drop(database)

    # A comparison with an identical model, beside making the model's schema and dumping it.
    def schema(self):
        model = os.path.join(self.workdir, "model.sql")
        diff = f"\\set model `cat '{model}'`\nSELECT migrate.diff_sql(:'model');\n"
        for count in self.o.tables:
            with open(model, "w", encoding="ascii") as file:
                for i in range(count):
                    reference = f" REFERENCES t{i - 1}" if i else ""
                    file.write(f"CREATE TABLE t{i} (id int PRIMARY KEY, a text NOT NULL, b int, c timestamptz DEFAULT now(), up int{reference});\n"
                               f"CREATE INDEX t{i}_a ON t{i} (a);\nCREATE INDEX t{i}_b ON t{i} (b, c);\n")
            floor, ours = [], []
            for _ in range(3):
                database = create("schema")
                start = time.perf_counter()
                subprocess.run(psql("-1", "-d", database, "-f", model), check=True)
                subprocess.run(["pg_dump", "-s", "-f", "/dev/null", database], check=True)
                floor.append(time.perf_counter() - start)
                sql(database, "CREATE EXTENSION migrate_ext;")
                start = time.perf_counter()
                changes = sql(database, diff)
                ours.append(time.perf_counter() - start)
                if changes:
                    raise Failed("an identical model differs: " + changes[:200])
                memory = peak_memory(database, diff.rstrip(";\n"))
                drop(database)
            ratio = statistics.median(ours) / statistics.median(floor)
            self.report.heading(f"schema: {number(count)} tables against an identical model")
            self.report.row("psql -1 -f model, pg_dump -s", len(floor), seconds(statistics.median(floor)), seconds(min(floor)),
                            seconds(max(floor)), "1.00", "")
            self.report.row("migrate.diff_sql", len(ours), seconds(statistics.median(ours)), seconds(min(ours)), seconds(max(ours)),
                            f"{ratio:.2f}", self.report.verdict("schema", "ratio", ratio))
            self.report.say()
            self.report.say(f"{seconds(statistics.median(ours) / count)} and {memory / count:.0f} kB of memory at the most for a "
                            f"table; {memory / 1024:.0f} MB in all.")

    # (g) many starts at once
    def race(self):
        room = int(sql("postgres", "SHOW max_connections;")) - 5
        starts = self.o.starts
        if room < starts:
            self.report.say(f"\nrace: left out, max_connections of the server leaves room for {room} starts only")
            return
        revisions = self.revisions()[:100]
        template = create("race_template", self.extended())
        store(template, revisions, self.workdir)
        command = psql("-c", "SELECT migrate.upgrade('head')")
        single = Contender("one start", command, template)
        times = []
        for _ in range(self.o.runs):
            single.run()
            database = create("run", template)
            elapsed, codes = start_at_once([command] * starts, {**os.environ, "PGDATABASE": database})
            if any(codes):
                raise Failed(f"race: {sum(c != 0 for c in codes)} of {starts} starts failed")
            ran = sql(database, "SELECT count(*), count(DISTINCT revision) FROM migrate.log;")
            if ran != f"{len(revisions)}|{len(revisions)}":
                raise Failed(f"race: the log has {ran} instead of each revision once")
            times.append(elapsed)
        alone = statistics.median(single.times)
        median = statistics.median(times)
        self.report.heading(f"race: {starts} starts at the same moment, {number(len(revisions))} revisions",
                            ("contender", "runs", "median", "fastest", "slowest", "to one start", "target"))
        self.report.row("one start", len(single.times), seconds(alone), seconds(min(single.times)),
                        seconds(max(single.times)), "1.00", "")
        self.report.row(f"{starts} starts, all exit 0, each revision ran once", len(times), seconds(median),
                        seconds(min(times)), seconds(max(times)), f"{median / alone:.2f}",
                        self.report.verdict("race", "ratio", median / alone))
        # what the machine needs for that many processes that have nothing to do
        idle = []
        for _ in range(self.o.runs):
            elapsed, _ = start_at_once([psql("-c", "SELECT 1")] * starts, {**os.environ, "PGDATABASE": database})
            idle.append(elapsed)
        self.report.row(f"{starts} times psql -c 'SELECT 1' at once", len(idle), seconds(statistics.median(idle)),
                        seconds(min(idle)), seconds(max(idle)), f"{statistics.median(idle) / alone:.2f}", "")
        for peer in self.peers:
            if not hasattr(peer, "upgrade"):
                continue
            peer.prepare(revisions)
            contender = peer.upgrade(self, revisions)
            database = create("run", contender.template)
            elapsed, codes = start_at_once(contender.commands * 16,
                                           {**os.environ, "PGDATABASE": database, **contender.env}, contender.cwd)
            self.report.row(f"{contender.name}, 16 starts: {sum(c != 0 for c in codes)} fail", 1, seconds(elapsed),
                            "", "", "", "")
        drop(template)

    # (h) does it stay linear?
    def curve(self):
        self.report.heading("curve: from empty to head",
                            ("revisions", "runs", "migrate.upgrade('head')", "a revision", "psql -1 -f",
                             "to psql", "server memory", "a revision"))
        points = []
        for count in self.o.curve:
            # few tables: one transaction must not run out of locks
            revisions = generate.history(count, new_table_every=60)
            generate.write_sql(self.path("curve.sql"), revisions)
            template = create("curve", self.extended())
            store(template, revisions, self.workdir)
            contenders = [
                Contender("psql", psql("-1", "-f", self.path("curve.sql")), self.empty()),
                Contender("migrate_ext", psql("-c", "SELECT migrate.upgrade('head')"), template),
            ]
            compete(contenders, self.o.runs)
            floor, ours = (statistics.median(c.times) for c in contenders)
            database = create("run", template)
            # beyond what every connection takes
            memory = peak_memory(database, "SELECT migrate.upgrade('head')") - peak_memory(database, "SELECT 1")
            points.append((count, ours, memory))
            self.report.row(number(count), self.o.runs, seconds(ours), f"{ours / count * 1e6:.0f} us", seconds(floor),
                            f"{contenders[1].ratio(contenders[0]):.2f}", f"{memory / 1024:.1f} MB" if memory else "not known",
                            f"{memory / count:.2f} kB" if memory else "")
            drop(template)
        if len(points) > 1:
            (n1, time1, memory1), (n2, time2, memory2) = points[0], points[-1]
            growth = (time2 / n2) / (time1 / n1)
            self.report.say()
            self.report.say(f"Time of a revision at {number(n2)} is {growth:.2f} times that at {number(n1)}: "
                            + self.report.verdict("curve, time", "growth", growth))
            if memory1 and memory2:
                growth = (memory2 / n2) / (memory1 / n1)
                self.report.say(f"Memory of a revision likewise {growth:.2f} times: "
                                + self.report.verdict("curve, memory", "growth", growth))

    # (i) revisions of a table and an index each, run again in a shadow
    def replay(self):
        self.report.heading("replay: a table and an index in each revision, and their downgrade",
                            ("revisions", "runs", "psql, a transaction each", "deploy()", "to psql", "drift()", "to deploy()",
                             "verify()", "to deploy()", "a revision"))
        points = []
        for count in self.o.replays:
            up = "CREATE TABLE many{0} (id int PRIMARY KEY, b text NOT NULL); CREATE INDEX ON many{0} (b);"
            with open(self.path("replay.sql"), "w", encoding="utf-8") as file:
                file.writelines(f"BEGIN; {up.format(n)} COMMIT;\n" for n in range(1, count + 1))
            stored = create("stored", self.extended())
            sql(stored, f"SELECT count(migrate.revision('many ' || n, replace('{up}', '{{0}}', n::text),"
                        f" 'DROP TABLE many' || n, rev_id => 'm' || n)) FROM generate_series(1, {count}) AS n;")
            deployed = create("deployed", stored)
            sql(deployed, "SET client_min_messages = warning; CALL migrate.deploy();")
            contenders = [
                Contender("psql", psql("-f", self.path("replay.sql")), self.empty()),
                Contender("deploy", psql("-c", "CALL migrate.deploy()"), stored),
                Contender("drift", psql("-c", "SELECT * FROM migrate.drift()"), deployed),
                Contender("verify", psql("-c", "SELECT * FROM migrate.verify()"), deployed),
            ]
            compete(contenders, self.o.runs, ours=4)
            times = [statistics.median(c.times) for c in contenders]
            floor, deploy, drift, verify = contenders
            points.append((count, times[3]))
            verdict = self.report.verdict if count == max(self.o.replays) else lambda *_: ""
            self.report.row(number(count), self.o.runs, seconds(times[0]), seconds(times[1]),
                            f"{deploy.ratio(floor):.2f} {verdict('replay, deploy', 'ratio', deploy.ratio(floor))}",
                            seconds(times[2]),
                            f"{drift.ratio(deploy):.2f} {verdict('replay, drift', 'ratio', drift.ratio(deploy))}",
                            seconds(times[3]),
                            f"{verify.ratio(deploy):.2f} {verdict('replay, verify', 'ratio', verify.ratio(deploy))}",
                            f"{times[3] / count * 1e3:.1f} ms")
            drop(deployed)
            drop(stored)
        if len(points) > 1:
            (n1, time1), (n2, time2) = points[0], points[-1]
            growth = (time2 / n2) / (time1 / n1)
            self.report.say()
            self.report.say(f"A revision of {number(n2)} takes verify() {growth:.2f} times as long as one of {number(n1)}: "
                            + self.report.verdict("replay, growth", "growth", growth))

    # (j) does the application stand still?
    def stall(self):
        stall.run(self)

    CASES = ("upgrade", "files", "container_start", "downgrade", "noop", "one", "dag", "race", "curve", "replay", "stall",
             "schema")


def sizes(text):
    return [int(n) for n in text.split(",")]


def main():
    parser = argparse.ArgumentParser(prog="run.sh", add_help=False)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=Bench.CASES)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peers-dir", default=os.path.join(HERE, "peers"))
    parser.add_argument("--revisions", type=int, default=DEFAULTS["revisions"])
    parser.add_argument("--stored", type=int, default=DEFAULTS["stored"])
    parser.add_argument("--dag", type=sizes, default=DEFAULTS["dag"])
    parser.add_argument("--starts", type=int, default=DEFAULTS["starts"])
    parser.add_argument("--tables", type=sizes, default=DEFAULTS["tables"])
    parser.add_argument("--curve", type=sizes, default=DEFAULTS["curve"])
    parser.add_argument("--replays", type=sizes, default=DEFAULTS["replays"])
    options = parser.parse_args()

    workdir = tempfile.mkdtemp(prefix="migrate_bench.")
    os.chmod(workdir, 0o755)
    bench = Bench(options, workdir)
    code = 0
    try:
        bench.report.say(describe(bench.peers))
        for case in options.only or Bench.CASES:
            getattr(bench, case)()
        bench.report.say()
        if bench.report.missed:
            bench.report.say("Missed:")
            for line in bench.report.missed:
                bench.report.say(f"- {line}")
        else:
            bench.report.say("Every target that was measured is met.")
        code = 1 if bench.report.missed and options.check else 0
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        code = 130
    finally:
        for database in sql("postgres", f"SELECT datname FROM pg_database WHERE datname ~ '^{PREFIX}';").split():
            drop(database)
        shutil.rmtree(workdir)
    return code


def describe(found):
    """What the numbers depend on."""
    settings = ", ".join(
        f"{name} {sql('postgres', f'SHOW {name};')}"
        for name in ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "jit"))
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            model = re.search(r"^model name\s*: (.*)$", f.read(), re.M)
    except OSError:
        model = None
    lines = [
        "## migrate_ext beside plain psql" + (" and other tools" if found else ""),
        "",
        f"PostgreSQL {sql('postgres', 'SHOW server_version;')}, {os.cpu_count()} processors"
        + (f" ({model.group(1)})" if model else "") + f"; {settings}.",
        "Whole processes, medians; contenders take turns, each run in a fresh database; the ratio to psql is the median"
        " of the turns.",
    ]
    if found:
        lines.append("Peers: " + ", ".join(f"{p.name} {p.version()}" for p in found) + ".")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
