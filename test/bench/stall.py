"""What the application feels when a table that is in use gets a column.

A transaction has read the table and does not end for a while.  ALTER TABLE has
to wait for it, and everybody who comes after ALTER TABLE, readers included, has
to wait for that.  pgbench plays the application, and what counts is its worst
transaction: the whole wait with psql, lock_timeout for those who queue and try
again, and migrate.lock_queue with us, who wait for the holder instead.
"""
import glob
import os
import subprocess
import time

from measure import PREFIX, Failed, create_extension, drop, psql, sql

HOLD = 6  # seconds that the long transaction lasts
# What others do: queue for so many ms, sleep for so many, and try again.
RETRIES = [(3000, 1000)] * 5
GITLAB = [(100, 10)] * 5 + [(200, 50)] * 5 + [(500, 200)] * 5 + [(1000, 500)] * 5 + [(5000, 1000)] * 5
PGROLL = [(500, 250)] * 30


def retrying(tries):
    """ALTER TABLE under a table of time-outs, as a DO block: (lock_timeout, pause) in ms."""
    rows = ", ".join(f"({timeout}, {pause})" for timeout, pause in tries)
    return psql("-c", f"""
        DO $$ DECLARE t record; BEGIN
          FOR t IN SELECT * FROM (VALUES {rows}) AS v(timeout, pause) LOOP
            BEGIN
              PERFORM set_config('lock_timeout', t.timeout::text, true);
              ALTER TABLE busy ADD COLUMN w int;
              RETURN;
            EXCEPTION WHEN lock_not_available THEN
              PERFORM pg_sleep(t.pause / 1000.0);
            END;
          END LOOP;
          SET lock_timeout = 0;
          ALTER TABLE busy ADD COLUMN w int;
        END $$""")


def pgbench():
    bindir = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], capture_output=True, text=True)
    return os.path.join(bindir.stdout.strip(), "pgbench")


def worst_transaction(command, workdir):
    """Run it while the table is held and the application goes on; the worst
    latency, and how long after the hold it was done, in ms."""
    database = create_extension("stall")
    sql(database, "CREATE TABLE busy AS SELECT id, 0 AS v FROM generate_series(1, 10000) id;"
                  " ALTER TABLE busy ADD PRIMARY KEY (id);"
                  " SELECT migrate.revision('Add a column', 'ALTER TABLE busy ADD COLUMN w int;', '');")
    script = os.path.join(workdir, "read.sql")
    with open(script, "w", encoding="utf-8") as f:
        f.write("\\set id random(1, 10000)\nSELECT v FROM busy WHERE id = :id;\n\\sleep 2 ms\n")
    env = {**os.environ, "PGDATABASE": database}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    held_since = time.time()
    holder = subprocess.Popen(psql("-c", f"BEGIN; SELECT count(*) FROM busy; SELECT pg_sleep({HOLD}); COMMIT;"),
                              env=env, **quiet)
    app = subprocess.Popen([pgbench(), "-n", "-c", "2", "-T", str(HOLD + 3), "-f", script, "-l",
                            "--log-prefix", os.path.join(workdir, "stall")], env=env, **quiet)
    time.sleep(1)
    code = subprocess.run(command, env=env, **quiet).returncode
    late = time.time() - held_since - HOLD
    holder.wait()
    app.wait()
    has_column = sql(database, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'w';")
    drop(database)
    if code != 0 or has_column != "1":
        raise Failed(f"stall: {' '.join(command)} failed")
    worst = 0
    for log in glob.glob(os.path.join(workdir, "stall.*")):
        with open(log, encoding="ascii") as f:
            worst = max(worst, *(int(line.split()[2]) for line in f))
        os.remove(log)
    return worst / 1000, late * 1000


def run(bench):
    report = bench.report
    contenders = {
        "psql -c 'ALTER TABLE …'": psql("-c", "ALTER TABLE busy ADD COLUMN w int"),
        "lock_timeout 3 s, again after 1 s": retrying(RETRIES),
        "GitLab's table of time-outs": retrying(GITLAB),
        "pgroll's: 500 ms, again": retrying(PGROLL),
        "SELECT migrate.upgrade('head')": psql("-c", "SELECT migrate.upgrade('head')"),
        "CALL migrate.deploy('head')": psql("-c", "CALL migrate.deploy('head')"),
    }
    report.heading(f"stall: a column for a table that is held for {HOLD} s, under load",
                   ("contender", "the application's worst transaction", "done after the hold", "target"))
    for name, command in contenders.items():
        worst, late = worst_transaction(command, bench.workdir)
        ours = "migrate." in name
        report.row(name, f"{worst:.0f} ms", f"{late:.0f} ms", report.verdict("stall", "ms", worst) if ours else "")
