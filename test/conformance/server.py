"""The side of migrate_ext: cases as calls of its SQL functions, through one psql."""
import json
import os
import re
import subprocess
import tempfile

import model

HERE = os.path.dirname(os.path.abspath(__file__))


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def array(texts):
    return "ARRAY[%s]::text[]" % ", ".join(map(quote, texts))


def revision_file(rev, number):
    """A revision as a file; Create Dates put the files in load order."""
    lines = ["-- " + rev["message"], "--", "-- Revision ID: " + rev["id"], "-- Revises: " + ", ".join(rev["down"]),
             "-- Create Date: 2026-01-01 %02d:%02d:00+00" % divmod(number, 60)]
    if rev["labels"]:
        lines.append("-- Branch Labels: " + ", ".join(rev["labels"]))
    if rev["depends_on"]:
        lines.append("-- Depends On: " + ", ".join(rev["depends_on"]))
    note = "INSERT INTO ask.ran (what) VALUES (%s);"
    return "\n".join(lines + ["", "-- migrate:up", note % quote("upgrade " + rev["id"]), "",
                              "-- migrate:down", note % quote("downgrade " + rev["id"]), ""])


def question(case):
    """The SQL query, of one value, that puts the case's question."""
    command, target, opt = case["command"], case.get("target"), case.get("options", {})
    text = ", ".join(target) if isinstance(target, list) else target
    if command in ("upgrade", "downgrade", "stamp"):
        if opt.get("sql"):
            return "SELECT migrate.%s_sql(%s)" % (command, quote(text))
        return "SELECT ask.act(%s, %s, %s)" % (quote(command), quote(text), "true" if opt.get("purge") else "false")
    if command == "show":
        return "SELECT migrate.show(%s)" % quote(text)
    if command == "heads":
        return "ARRAY(SELECT migrate.heads(%s))" % ("true" if opt.get("resolve_dependencies") else "false")
    if command == "load":
        return "SELECT jsonb_build_array(ARRAY(SELECT migrate.heads()), ARRAY(SELECT migrate.heads(true)))"
    if command == "branches":
        return "SELECT coalesce(jsonb_agg(b), '[]') FROM migrate.branches() b"
    if command == "current":
        return "ARRAY(SELECT migrate.current())"
    if command == "up_to_date":
        return "SELECT migrate.check_heads()"
    if command == "history":
        return "SELECT coalesce(jsonb_agg(h), '[]') FROM migrate.history(%s) h" % (
            "NULL" if text is None else quote(text))
    if command == "merge":
        return "SELECT ask.written(%s)" % quote(
            "migrate.merge(%s, 'new', rev_id => %s)" % (array(target), quote(opt["rev_id"])))
    if command == "revision":
        head = opt.get("head", "head")
        label = opt.get("branch_label")
        return "SELECT ask.written(%s)" % quote(
            "migrate.revision('new', head => %s, splice => %s, branch_label => %s, depends_on => %s, rev_id => %s)" % (
                    array(head if isinstance(head, list) else [head]), "true" if opt.get("splice") else "false",
                    array([label] if label else []), array(opt.get("depends_on", [])), quote(opt["rev_id"])))
    raise ValueError(command)


class Server:
    def start(self, cases):
        self.cases = cases
        self.files = [tempfile.TemporaryFile("w+") for _ in range(3)]
        script, self.out, self.err = self.files
        with open(os.path.join(HERE, "questions.sql")) as setup:
            script.write("\\set ON_ERROR_STOP on\n" + setup.read() + "\\set ON_ERROR_STOP off\n")
        for n, case in enumerate(cases):
            files = array([revision_file(r, k) for k, r in enumerate(case["revisions"])])
            script.write("BEGIN;\nSELECT ask.run(%d, %s, %s, %s);\nROLLBACK;\n" % (
                n, files, quote(", ".join(case["current"])), quote(question(case))))
        script.flush()
        script.seek(0)
        self.psql = subprocess.Popen(["psql", "-XAtq"], stdin=script, stdout=self.out, stderr=self.err)

    def finish(self):
        code = self.psql.wait()
        self.out.seek(0)
        self.err.seek(0)
        labels, at = {}, None
        errors = []
        for line in self.err:
            m = re.match(r"(?:psql:[^ ]* )?(\w+):  (.*)", line)
            if m and m.group(1) == "WARNING" and m.group(2).startswith("case "):
                at = int(m.group(2)[5:])
            elif m and m.group(1) == "NOTICE" and m.group(2).startswith("Running "):
                labels.setdefault(at, []).append(m.group(2)[len("Running "):])
            elif m and m.group(1) in ("ERROR", "FATAL", "PANIC"):
                errors.append(line)
        answers = [json.loads(line) for line in self.out]
        for file in self.files:
            file.close()
        if code or errors or len(answers) != len(self.cases):
            raise SystemExit("psql failed (exit code %s, %d answers to %d questions):\n%s" % (
                code, len(answers), len(self.cases), "".join(errors[:10])))
        return [self.read(c, a, labels.get(n, [])) for n, (c, a) in enumerate(zip(self.cases, answers))]

    def read(self, case, got, labels):
        """Our answer in the oracle's terms."""
        if "error" in got:
            return got
        got, command, opt = got["answer"], case["command"], case.get("options", {})
        if command in ("upgrade", "downgrade", "stamp"):
            return read_script(got) if opt.get("sql") else read_act(case, got, labels)
        if command in ("heads", "current"):
            return {"revs": got}
        if command == "load":
            return {"heads": got[0], "real_heads": got[1]}
        if command == "branches":
            return {"points": [{"rev": b["revision"], "children": b["next_revisions"]} for b in got]}
        if command == "up_to_date":
            return {"ok": got}
        if command == "history":
            return read_history(case, got)
        if command == "show":
            return read_show(got)
        return read_file(got)


def read_act(case, got, labels):
    """A command's plan; an error unless what ran was what had been planned."""
    planned, done, log = got["planned"], got["done"], got["log"]
    if "error" in done:
        if planned is not None and planned.get("error") != done["error"]:
            return {"error": "plan says %s, running says %s" % (planned, done)}
        return done
    if case.get("options", {}).get("purge"):
        if log and log[0][1] is None:  # all rows went, and nothing came
            log, labels = log[1:], labels[1:]
    elif planned.get("answer") != log:
        return {"error": "planned %s, but done %s" % (planned, log)}
    if [what for what, _, _ in log] != [case["command"]] * len(log):
        return {"error": "did %s" % log}
    if case["command"] != "stamp" and got["ran"] != ["%s %s" % (what, rev) for what, rev, _ in log]:
        return {"error": "ran %s, but logged %s" % (got["ran"], log)}
    rows = log[-1][2] if log else [] if case.get("options", {}).get("purge") else case["current"]
    if (done["answer"] or []) != rows:
        return {"error": "returned %s instead of %s" % (done["answer"], rows)}
    if len(labels) != len(log):
        return {"error": "said %s" % labels}
    return {"steps": [{"rev": rev, "label": label, "after": after} for (_, rev, after), label in zip(log, labels)]}


def read_script(text):
    """The steps of an offline script: what psql says and a row of the log for each."""
    labels = re.findall(r"^\\echo 'Running (.*)'$", text, re.M)
    rows = re.findall(r"^\s*SELECT '\w+', (NULL::text|'\w+'), .*, ARRAY\[.*\]::text\[\], ARRAY\[(.*)\]::text\[\], ", text, re.M)
    if len(rows) != len(labels) or len(rows) != len(re.findall(r"^INSERT INTO migrate.log ", text, re.M)):
        return {"error": "cannot read %s" % text}
    return {"steps": [{"rev": None if rev == "NULL::text" else rev.strip("'"), "label": label,
                       "after": re.findall(r"'(\w+)'", after)}
                      for label, (rev, after) in zip(labels, rows)]}


def read_history(case, got):
    """history's rows as the lines that Alembic prints."""
    g = model.Model(case)
    real, text = set(g.real_heads()), []
    for r in got:
        head = r["revision"] in real
        text.append("%s%s -> %s%s%s%s%s%s, %s" % (
            ", ".join(r["down_revisions"]) or "<base>",
            " (%s)" % ", ".join(r["depends_on"]) if r["depends_on"] else "",
            r["revision"],
            " (%s)" % ", ".join(r["branch_labels"]) if r["branch_labels"] else "",
            (" (head)" if head else " (effective head)") if not g.children[r["revision"]] else "",
            " (current)" if r["is_current"] and case.get("options", {}).get("indicate_current") else "",
            " (branchpoint)" if r["is_branch_point"] else "",
            " (mergepoint)" if r["is_merge_point"] else "",
            r["message"]))
        if r["is_head"] != (not g.children[r["revision"]]):
            return {"error": "is_head of %s is %s" % (r["revision"], r["is_head"])}
        if r["is_current"] != (r["revision"] in case["current"]):
            return {"error": "is_current of %s is %s" % (r["revision"], r["is_current"])}
        if r["is_applied"] != (r["revision"] in g.ancestors(case["current"])):
            return {"error": "is_applied of %s is %s" % (r["revision"], r["is_applied"])}
    return {"revs": [r["revision"] for r in got], "text": text}


def read_show(text):
    entries = re.split(r"(?m)^(?=Rev: )", text or "")[1:]
    return {"revs": [re.match(r"Rev: (\S+)", e).group(1) for e in entries], "entries": entries}


def read_file(text):
    def field(name):
        m = re.search(r"(?m)^-- %s:[ \t]*(.*)$" % name, text)
        return [v.strip() for v in m.group(1).split(",") if v.strip()] if m else []
    return {"down": field("Revises"), "depends_on": field("Depends On"), "labels": field("Branch Labels")}
