"""What diff() says of locks, rewrites and scans, beside what the server does.

Each row of diff() becomes a revision, and migrate.dry_run() runs them and looks at the
lock table, at the files of the tables and at the counts of scans after each statement.
"""
import json
import re

# What a lock is called in diff() and in pg_locks, the weakest first; weaker ones keep nobody from writing or DDL.
MODES = {"SHARE UPDATE EXCLUSIVE": 1, "SHARE": 2, "SHARE ROW EXCLUSIVE": 3, "EXCLUSIVE": 4, "ACCESS EXCLUSIVE": 5}
SEEN = {mode.title().replace(" ", "") + "Lock": strength for mode, strength in MODES.items()}
NAMES = {strength: mode for mode, strength in MODES.items()}

ASK = r"""
CREATE TEMP TABLE told AS SELECT * FROM migrate.diff(:'model', '{*}', allow_empty => true);
CREATE TEMP TABLE there AS SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND n.nspname !~ '^(pg_|information_schema$|migrate$)';
SET check_function_bodies = off;
DO $do$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM told ORDER BY step LOOP
		PERFORM migrate.revision(r.object_identity, r.upgrade, rev_id => 'h' || r.step);
	END LOOP;
END $do$;
CREATE TEMP TABLE seen AS SELECT * FROM migrate.dry_run();
"""
ANSWER = r"""
SELECT json_build_object('there', (SELECT json_agg(name) FROM there),
	'told', (SELECT json_agg(t ORDER BY t.step) FROM told t),
	'seen', (SELECT json_agg(json_build_object('revision', revision, 'sql', sql, 'outcome', outcome, 'error', error, 'locks', locks,
		'rewritten', rewritten, 'scanned', scanned) ORDER BY step, statement) FROM seen s));
"""


def commands(model, answer):
    """psql's commands; the answer goes into a file."""
    return ("\\echo @hazards\nDISCARD ALL;\nBEGIN;\nSET client_min_messages = error;\n\\set model `cat '%s'`\n\\o /dev/null\n%s"
            "\\o '%s'\n%s\\o\nROLLBACK;\n" % (model, ASK, answer, ANSWER))


def locks(texts, modes, there, now=str):
    """The strongest lock on each table that was there; now: what a name means now."""
    found = {}
    for text in texts:
        mode, _, table = text.partition(" on ")
        table = now(table.split(" (about ")[0])
        if mode in modes and table in there:
            found[table] = max(found.get(table, 0), modes[mode])
    return found


def wrong(answer):
    """What is told wrong: a line each, and how many changes were looked at."""
    answer = json.loads(answer)
    there, held, lines, looked_at = set(answer["there"] or []), {}, [], 0
    made = set()  # tables that the run makes are not looked at, though one was there by that name
    renamed = {}  # what has made place for them is still the table that was there
    for told in answer["told"] or []:
        rows = [row for row in answer["seen"] or [] if row["revision"] == "h%d" % told["step"]]
        if not rows or any(row["outcome"] != "ok" for row in rows):
            break
        looked_at += 1
        what = "%s %s %s" % (told["action"], told["object_type"], told["object_identity"])
        if told["action"] == "rename" and told["object_type"] == "table":
            old, new = told["object_identity"], re.search(r" RENAME TO (.*);$", told["upgrade"], re.M).group(1)
            renamed[old.rsplit(".", 1)[0] + "." + new] = renamed.pop(old, old)
        was = dict(renamed)
        if told["action"] == "rename":  # it is told, and done, by the old name
            was.update({name: name for name in renamed.values()})
        made |= {name for name in there if "CREATE TABLE %s (" % name in told["upgrade"]}

        def now(name):
            return was.get(name) or ("a new " + name if name in made else name)

        for row in rows:
            for effect in ("rewritten", "scanned"):
                row[effect] = [now(name) for name in row[effect] or []]
        said = locks([text[6:] for text in told["hazards"] if text.startswith("lock: ")], MODES, there, now)
        taken = {}
        for row in rows:
            for table, mode in locks(row["locks"] or [], SEEN, there, now).items():
                taken[table] = max(taken.get(table, 0), mode)
        for table, mode in taken.items():
            held[table] = max(held.get(table, 0), mode)
            if said.get(table, 0) < mode:
                lines.append("%s: %s on %s is not told" % (what, NAMES[mode], table))
        for table, mode in said.items():
            if held.get(table, 0) < mode:
                lines.append("%s: %s on %s is told and not taken" % (what, NAMES[mode], table))
        # rows that go into a new table are written as well
        moved = any(row["sql"].startswith("INSERT INTO") for row in rows if row["sql"])
        rewritten = [name for row in rows for name in row["rewritten"] or [] if name in there]
        if bool(rewritten) != ("table rewrite" in told["hazards"]) and not moved:
            lines.append("%s: %s" % (what, "rewrites %s and does not tell" % ", ".join(rewritten) if rewritten else "tells of a rewrite that is none"))
        scanned = [name for row in rows for name in row["scanned"] or [] if name in there]
        # reading keeps nobody waiting without a lock that does
        blocked = [name for name in scanned if max(said.get(name, 0), taken.get(name, 0)) >= MODES["SHARE"]]
        if blocked and not {"full scan", "table rewrite", "index build", "depends on data"} & set(told["hazards"]):
            lines.append("%s: reads %s and does not tell" % (what, ", ".join(blocked)))
        if not scanned and "full scan" in told["hazards"] and not any(name in told["upgrade"] for name in made):
            lines.append("%s: tells of a scan that is none" % what)
    return lines, looked_at
