"""Databases to measure in, and what measures: whole processes, side by side."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import generate

# A contender that takes longer than this is measured once.
SLOW = 30.0

PREFIX = "migrate_bench_"


class Failed(Exception):
    pass


def sql(database, text, *more):
    """Run SQL, not timed; what it prints."""
    done = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-", *more],
        input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip()[-2000:])
    return done.stdout.strip()


def drop(database):
    sql("postgres", f"DROP DATABASE IF EXISTS {database};")


def create(name, template=None):
    """A database of ours, the same as template; fit for a first timed connection."""
    database = PREFIX + name
    drop(database)
    sql("postgres", f"CREATE DATABASE {database}" + (f" TEMPLATE {template}" if template else "") + ";")
    # its caches of system catalogs are written by the first connection
    sql(database, "SELECT count(*) FROM pg_class;")
    return database


def create_extension(name):
    database = create(name)
    sql(database, "CREATE EXTENSION migrate_ext;")
    return database


def store(database, revisions, workdir):
    """Load revisions, not timed."""
    path = os.path.join(workdir, "load.csv")
    for at in range(0, len(revisions), 10_000):
        generate.write_csv(path, revisions[at:at + 10_000])
        sql(database,
            "CREATE TEMP TABLE file (number int, name text, script text);\n"
            f"\\copy file FROM '{path}' (FORMAT csv)\n"
            "SELECT count(*) FROM migrate.load_files((SELECT array_agg(script ORDER BY number) FROM file),"
            " (SELECT array_agg(name ORDER BY number) FROM file));\n")
    os.remove(path)
    sql(database, "VACUUM ANALYZE;")


class Contender:
    """Somebody who does the work of a case: an argument vector, or several to be run
    one after the other, with what has to be there before each run."""

    def __init__(self, name, commands, template=None, before=None, database=None, cwd=None, env=None):
        self.name = name
        self.commands = commands if isinstance(commands[0], list) else [commands]
        self.template = template
        self.before = before
        self.database = database or PREFIX + "run"
        self.cwd = cwd
        self.env = env or {}
        self.times = []
        self.error = None

    def run(self):
        if self.template:
            create(self.database[len(PREFIX):], self.template)
        if self.before:
            self.before()
        env = {**os.environ, "PGDATABASE": self.database, **self.env}
        with tempfile.TemporaryFile() as said:
            start = time.perf_counter()
            for command in self.commands:
                code = subprocess.run(command, cwd=self.cwd, env=env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=said, check=False).returncode
                if code != 0:
                    break
            elapsed = time.perf_counter() - start
            if code != 0:
                said.seek(0)
                text = said.read().decode(errors="replace").strip().splitlines()
                errors = [line for line in text if "NOTICE" not in line]
                raise Failed(f"{self.name}: exit {code}: " + " / ".join(errors[-4:])[-600:])
        self.times.append(elapsed)

    def ratio(self, floor):
        """How many times as long as the floor: the median of the turns, each of which
        has one run of both, one right after the other."""
        return statistics.median(mine / its for mine, its in zip(self.times, floor.times))


def compete(contenders, runs, ours=2):
    """Let them take turns, beginning with another one each time.  The first `ours`
    must work; of the others a failure is noted."""
    for turn in range(runs):
        for i in range(len(contenders)):
            c = contenders[(turn + i) % len(contenders)]
            if c.error or (c.times and c.times[0] > SLOW):
                continue
            try:
                c.run()
            except Failed as failure:
                if contenders.index(c) < ours:
                    raise
                c.error = str(failure)
                print(f"  {c.error}", file=sys.stderr)


def psql(*arguments):
    return ["psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", *arguments]


def statement_times(database, statements):
    """Milliseconds that psql waits for each of some statements on one connection."""
    text = "\\timing on\n" + "".join(s + ";\n" for s in statements)
    done = subprocess.run(["psql", "-X", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"],
                          input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip()[-2000:])
    return [float(t) for t in re.findall(r"^Time: ([0-9.]+) ms", done.stdout, re.M)]


def start_at_once(commands, env, cwd=None):
    """Start processes together; the time until the last has ended, and their exit codes."""
    start = time.perf_counter()
    running = [subprocess.Popen(c, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL) for c in commands]
    codes = [p.wait() for p in running]
    return time.perf_counter() - start, codes


def peak_memory(database, statement):
    """The most memory of its own that a backend had for a statement, in kB; 0 where
    the system or a server elsewhere does not tell.  Shared memory that it has touched
    does not count: that only ever grows, so it can be taken off the peak."""
    done = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"],
        input="SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\n"
              f"SET client_min_messages = warning;\n{statement};\n"
              "\\! cat /proc/$BACKEND/status\n",
        capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip()[-2000:])
    status = dict(re.findall(r"^(\w+):\s+(\d+) kB$", done.stdout, re.M))
    if "VmHWM" not in status:
        return 0
    return int(status["VmHWM"]) - int(status["RssShmem"]) - int(status["RssFile"])
