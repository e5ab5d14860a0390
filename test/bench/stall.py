"""What the application feels when a table that is in use gets a column.

A transaction has read the table and does not end for a while.  ALTER TABLE has
to wait for it, and everybody who comes after ALTER TABLE, readers included, has
to wait for that.  pgbench plays the application, and what counts is its worst
transaction: the whole wait with psql, no more than migrate.lock_timeout with
deploy, which gives way and tries again.
"""
import glob
import os
import subprocess
import time

from measure import PREFIX, Failed, create_extension, drop, psql, sql

HOLD = 6  # seconds that the long transaction lasts
LOCK_TIMEOUT = 1000  # ms; what the worst transaction may take, and a little


def pgbench():
    bindir = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], capture_output=True, text=True)
    return os.path.join(bindir.stdout.strip(), "pgbench")


def worst_transaction(command, workdir):
    """Run it while the table is held and the application goes on; the worst latency in ms."""
    database = create_extension("stall")
    sql(database, "CREATE TABLE busy AS SELECT id, 0 AS v FROM generate_series(1, 10000) id;"
                  " ALTER TABLE busy ADD PRIMARY KEY (id);"
                  " SELECT migrate.revision('Add a column', 'ALTER TABLE busy ADD COLUMN w int;', '');")
    script = os.path.join(workdir, "read.sql")
    with open(script, "w", encoding="utf-8") as f:
        f.write("\\set id random(1, 10000)\nSELECT v FROM busy WHERE id = :id;\n\\sleep 2 ms\n")
    env = {**os.environ, "PGDATABASE": database}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    holder = subprocess.Popen(psql("-c", f"BEGIN; SELECT count(*) FROM busy; SELECT pg_sleep({HOLD}); COMMIT;"),
                              env=env, **quiet)
    app = subprocess.Popen([pgbench(), "-n", "-c", "2", "-T", str(HOLD + 3), "-f", script, "-l",
                            "--log-prefix", os.path.join(workdir, "stall")], env=env, **quiet)
    time.sleep(1)
    code = subprocess.run(command, env=env, **quiet).returncode
    app.wait()
    holder.wait()
    has_column = sql(database, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'w';")
    drop(database)
    if code != 0 or has_column != "1":
        raise Failed(f"stall: {' '.join(command)} failed")
    worst = 0
    for log in glob.glob(os.path.join(workdir, "stall.*")):
        with open(log, encoding="ascii") as f:
            worst = max(worst, *(int(line.split()[2]) for line in f))
        os.remove(log)
    return worst / 1000


def run(bench):
    report = bench.report
    contenders = {
        "psql -c 'ALTER TABLE …'": psql("-c", "ALTER TABLE busy ADD COLUMN w int"),
        "CALL migrate.deploy('head')": psql("-c", f"SET migrate.lock_timeout = {LOCK_TIMEOUT}",
                                            "-c", "CALL migrate.deploy('head')"),
    }
    report.heading(f"stall: a column for a table that is held for {HOLD} s, under load",
                   ("contender", "the application's worst transaction", "target"))
    for name, command in contenders.items():
        worst = worst_transaction(command, bench.workdir)
        ours = "deploy" in name
        report.row(name, f"{worst:.0f} ms", report.verdict("stall", "ms", worst) if ours else "")
