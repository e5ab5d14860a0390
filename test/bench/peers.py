"""The other tools, as far as they are installed, set to the same work.

Each class writes the revisions the way its tool keeps them and says which
commands a user would give.  Where a tool has no such command (graphile-migrate
goes up only) the method is missing, and so is the row.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

from generate import write
from measure import Contender, create


def find(directory, workdir):
    """The tools that are there."""
    return [p for p in (kind(directory, workdir) for kind in (Alembic, Sqitch, Dbmate, NodePgMigrate, GraphileMigrate))
            if p.version()]


def output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def url(database, socket="host"):
    """For tools that do not read PGHOST and the like by themselves; socket is what
    they call the directory of the socket."""
    user = os.environ.get("PGUSER", "")
    host = os.environ.get("PGHOST", "") or "/var/run/postgresql"
    port = os.environ.get("PGPORT", "5432")
    if host.startswith("/"):
        return f"postgres:///{database}?{socket}={host}&port={port}" + (f"&user={user}" if user else "")
    return f"postgres://{user}{'@' if user else ''}{host}:{port}/{database}?sslmode=disable"


class Peer:
    name = ""

    def __init__(self, directory, workdir):
        self.directory = directory
        self.workdir = workdir
        self.written = set()
        self.where = ""

    def prepare(self, revisions):
        """Write the revisions, once for each set."""
        key = f"{len(revisions)}-{revisions[-1].id}"
        self.where = os.path.join(self.workdir, self.name, key)
        if key not in self.written:
            self.write(revisions)
            self.written.add(key)

    def write(self, revisions):
        raise NotImplementedError

    def contender(self, label, command, template, **more):
        return Contender(f"{self.name}: {label}", command, template, cwd=self.where, env=self.env("migrate_bench_run"),
                         **more)

    def env(self, database):
        return {"PGDATABASE": database, "DATABASE_URL": url(database)}

    def applied(self, bench, revisions, commands):
        """A database to which the tool has done these commands, as a template."""
        base = "peer_" + re.sub(r"\W", "_", self.name.lower())

        def make():
            database = create(f"{base}_{len(bench.known)}", bench.empty())
            for command in commands:
                done = subprocess.run(command, cwd=self.where, env={**os.environ, **self.env(database)}, check=False,
                                      capture_output=True, text=True, stdin=subprocess.DEVNULL)
                if done.returncode != 0:
                    print(f"  {self.name}: {done.stderr.strip()[-400:]}", file=sys.stderr)
            return database
        return bench.once((self.name, revisions[-1].id, str(commands)), make)

    # what most of them have
    up = down = None

    def upgrade(self, bench, _revisions):
        return self.contender(" ".join(self.up[1:3]), self.up, bench.empty())


class Alembic(Peer):
    name = "Alembic"

    def __init__(self, directory, workdir):
        super().__init__(directory, workdir)
        self.python = next((p for p in (sys.executable, "/usr/bin/python3")
                            if output([p, "-c", "import alembic, psycopg2; print('yes')"])), None)

    def version(self):
        return self.python and output([self.python, "-c", "import alembic; print(alembic.__version__)"])

    def command(self, *arguments):
        return [self.python, "-c", "from alembic.config import main; main(prog='alembic')", *arguments]

    def write(self, revisions):
        write(f"{self.where}/alembic.ini", "[alembic]\nscript_location = .\n")
        write(f"{self.where}/env.py", ENV_PY)
        for r in revisions:
            down = repr(tuple(r.parents)) if len(r.parents) > 1 else repr(r.parents[0]) if r.parents else "None"
            write(f"{self.where}/versions/{r.id}_{r.number}.py",
                  f'"""{r.message}\n\nRevision ID: {r.id}\nRevises: {", ".join(r.parents)}\n"""\n'
                  f"from alembic import op\n\nrevision = {r.id!r}\ndown_revision = {down}\nbranch_labels = None\n"
                  f"depends_on = {tuple(r.depends_on) or None!r}\n\n\n"
                  f"def upgrade():\n    op.get_bind().exec_driver_sql({r.up.replace('%', '%%')!r})\n\n\n"
                  f"def downgrade():\n    op.get_bind().exec_driver_sql({r.down.replace('%', '%%')!r})\n")

    def upgrade(self, bench, _revisions):
        return self.contender("upgrade head", self.command("upgrade", "head"), bench.empty())

    def downgrade(self, bench, revisions):
        head = self.applied(bench, revisions, [self.command("upgrade", "head")])
        return self.contender("downgrade base", self.command("downgrade", "base"), head)

    def noop(self, bench, revisions):
        head = self.applied(bench, revisions, [self.command("stamp", "head")])
        return self.contender("upgrade head", self.command("upgrade", "head"), head)

    def one(self, bench, revisions):
        before = self.applied(bench, revisions, [
            ["psql", "-Xq", "-c", revisions[0].up], self.command("stamp", revisions[-2].id)])
        return self.contender("upgrade head", self.command("upgrade", "head"), before)

    def history(self, bench, _revisions):
        return self.contender("history", self.command("history"), bench.empty())


ENV_PY = """\
from alembic import context
from sqlalchemy import create_engine, pool

with create_engine("postgresql+psycopg2://", poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


class Sqitch(Peer):
    name = "Sqitch"

    def version(self):
        found = re.search(r"[0-9.]+", output(["sqitch", "--version"]))
        return found and output(["perl", "-MDBD::Pg", "-e", "print 1"]) and found.group()

    def env(self, database):
        return {**super().env(database), "SQITCH_TARGET": f"db:pg:{database}", "SQITCH_FULLNAME": "Bench",
                "SQITCH_EMAIL": "bench@localhost"}

    def write(self, revisions):
        write(f"{self.where}/sqitch.conf", "[core]\n\tengine = pg\n")
        plan = ["%syntax-version=1.0.0", "%project=bench", ""]
        for r in revisions:
            name = f"change_{r.number}"
            plan.append(f"{name} 2020-01-01T00:00:00Z Bench <bench@localhost> # {r.message}")
            write(f"{self.where}/deploy/{name}.sql", f"BEGIN;\n{r.up}COMMIT;\n")
            write(f"{self.where}/revert/{name}.sql", f"BEGIN;\n{r.down}COMMIT;\n")
        write(f"{self.where}/sqitch.plan", "\n".join(plan) + "\n")

    up = ["sqitch", "deploy"]
    down = ["sqitch", "revert", "-y"]

    def downgrade(self, bench, revisions):
        return self.contender("revert", self.down, self.applied(bench, revisions, [self.up]))


class Dbmate(Peer):
    name = "dbmate"

    def __init__(self, directory, workdir):
        super().__init__(directory, workdir)
        package = os.path.join(directory, "node_modules", "@dbmate")
        found = [os.path.join(package, p, "bin", "dbmate") for p in
                 (os.listdir(package) if os.path.isdir(package) else [])]
        self.program = found[0] if found else shutil.which("dbmate") or "dbmate"
        self.up = [self.program, "--no-dump-schema", "--migrations-dir", ".", "migrate"]
        self.down = [self.program, "--no-dump-schema", "--migrations-dir", ".", "rollback"]

    def version(self):
        found = re.search(r"[0-9.]+", output([self.program, "--version"]))
        return found and found.group()

    def env(self, database):
        return {**super().env(database), "DATABASE_URL": url(database, socket="socket")}

    def write(self, revisions):
        for r in revisions:
            write(f"{self.where}/{20200101000000 + r.number}_change.sql",
                  f"-- migrate:up\n{r.up}\n-- migrate:down\n{r.down}")

    def upgrade(self, bench, _revisions):
        return self.contender("migrate", self.up, bench.empty())

    def downgrade(self, bench, revisions):
        head = self.applied(bench, revisions, [self.up])
        return self.contender(f"rollback, {len(revisions)} times", [self.down] * len(revisions), head)

    def noop(self, bench, revisions):
        versions = ", ".join(f"('{20200101000000 + r.number}')" for r in revisions)
        head = self.applied(bench, revisions, [["psql", "-Xq", "-c",
            "CREATE TABLE schema_migrations (version varchar(255) PRIMARY KEY); "
            f"INSERT INTO schema_migrations VALUES {versions}"]])
        return self.contender("migrate", self.up, head)


class NodePgMigrate(Peer):
    name = "node-pg-migrate"

    def __init__(self, directory, workdir):
        super().__init__(directory, workdir)
        self.program = os.path.join(os.path.abspath(directory), "node_modules", ".bin", "node-pg-migrate")
        self.up = [self.program, "up", "-m", "."]

    def version(self):
        return package_version(self.directory, "node-pg-migrate") if output([self.program, "--help"]) else None

    def write(self, revisions):
        for r in revisions:
            write(f"{self.where}/{1577836800000 + r.number}_change.sql",
                  f"-- Up Migration\n{r.up}\n-- Down Migration\n{r.down}")

    def upgrade(self, bench, _revisions):
        return self.contender("up", self.up, bench.empty())

    def downgrade(self, bench, revisions):
        head = self.applied(bench, revisions, [self.up])
        return self.contender(f"down {len(revisions)}", [self.program, "down", str(len(revisions)), "-m", "."], head)


class GraphileMigrate(Peer):
    name = "graphile-migrate"

    def __init__(self, directory, workdir):
        super().__init__(directory, workdir)
        self.program = os.path.join(os.path.abspath(directory), "node_modules", ".bin", "graphile-migrate")
        self.up = [self.program, "migrate"]

    def version(self):
        return package_version(self.directory, "graphile-migrate") if output([self.program, "--help"]) else None

    def write(self, revisions):
        write(f"{self.where}/.gmrc", "{}\n")
        write(f"{self.where}/migrations/current.sql", "")
        before = None
        for r in revisions:
            text = ((before or "") + "\n" + r.up.strip()).strip() + "\n"
            this = "sha1:" + hashlib.sha1(text.encode()).hexdigest()
            write(f"{self.where}/migrations/committed/{r.number + 1:06}.sql",
                  f"--! Previous: {before or '-'}\n--! Hash: {this}\n\n{r.up}")
            before = this

    def upgrade(self, bench, _revisions):
        return self.contender("migrate", self.up, bench.empty())


def package_version(directory, package):
    try:
        with open(os.path.join(directory, "node_modules", package, "package.json"), encoding="utf-8") as f:
            return json.load(f)["version"]
    except OSError:
        return None
