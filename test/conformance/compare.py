#!/usr/bin/env python3
"""Ask migrate_ext and Alembic the same questions and compare the answers.

Random revision graphs, states and targets come from alembic_oracle.py, which also runs them
through the installed Alembic.  model.py holds every difference that is meant.  Anything else is a
failure, printed so that it can be run again:  compare.py --seed S --only-case N
"""
import argparse
import collections
import json
import random
import re
import sys

import alembic_oracle as oracle
import model
import server

SQLSTATES = {
    "cant_locate": "MG001", "ambiguous_prefix": "MG002", "no_such_branch": "MG003",
    "not_on_branch": "MG004", "multiple_heads": "MG005", "ambiguous_walk": "MG006",
    "ambiguous_upgrade": "MG007", "relative_too_far": "MG008", "walked_too_far": "MG008",
    "overlap": "MG009", "range_not_ancestor": "MG010", "invalid_downgrade_target": "MG011",
    "cycle": "MG012", "self_loop": "MG012", "dependency_cycle": "MG012",
    "dependency_self_loop": "MG012", "duplicate_label": "MG013", "illegal_id": "MG014",
    "not_a_head": "MG015", "duplicate_heads": "MG016", "range_not_allowed": "MG017",
    "sql_needs_range": "MG017", "stamp_sql_many_starts": "MG017", "bad_range": "MG017",
    "missing_revision": "MG018",
}


def make_case(seed, number):
    """The case, or None where the oracle's question has no counterpart here."""
    rng = random.Random("%d/%d" % (seed, number))
    case, _ = oracle.gen_case(rng, collections.Counter())
    case.pop("options_used", None)
    if case["command"] == "merge_base":  # Alembic has no such command
        return None
    # rows have no order of their own: (13) they come sorted
    case["current"] = sorted(case["current"])
    return case


def differences(case, want, got):
    """What is wrong with our answer, as text; empty if nothing."""
    if "error" in want:
        code = SQLSTATES.get(want["error"])
        if got.get("error") != code:
            return "expected %s (%s), got %s" % (want["error"], code, short(got))
        return ""
    if "error" in got:
        return "expected %s, got error %s: %s" % (short(want), got["error"], got.get("message"))

    def check(what, expected, actual):
        return "" if expected == actual else "%s: expected %s, got %s" % (what, expected, actual)

    if "undone" in want:
        return (check("undone", want["undone"], sorted(s["rev"] for s in got["steps"]))
                or check("rows", want["rows"], last_rows(case, got)) or upwards(case, got))
    if "stamped" in want:
        return (check("stamped", want["stamped"], [s["rev"] for s in got["steps"] if s["rev"]])
                or check("rows", want["rows"], last_rows(case, got)))
    if "steps" in want:
        return (check("steps", [s["rev"] for s in want["steps"]], [s["rev"] for s in got["steps"]])
                or check("rows", [s["heads_after"] for s in want["steps"]], [s["after"] for s in got["steps"]])
                or check("labels", [label_of(w, s) for w, s in zip(want["steps"], got["steps"])],
                         [s["label"] for s in got["steps"]]))
    if "set" in want:
        return check("revisions", want["set"], sorted(got["revs"])) or downwards(case, got["revs"])
    if "points" in want:
        return check("branch points", want["points"], got["points"])
    if "down" in want:
        return "".join(check(k, want[k], got[k]) for k in ("down", "depends_on", "labels") if k in got)
    if "real_heads" in want:
        return "".join(check(k, want[k], got[k]) for k in ("heads", "real_heads"))
    if "ok" in want:
        return check("up to date", want["ok"], got["ok"])
    if "revs" in want:
        revs = [r for r in want["revs"] if r not in (None, "base")]
        return check("revisions", revs, got["revs"]) or (
            check("text", want["text"], got["text"]) if "text" in got and "text" in want
            else check("entries", [entry_lines(t) for t in want["text"]],
                       [entry_lines(t) for t in got["entries"]]) if "entries" in got and "text" in want
            else "")
    raise ValueError(want)


def label_of(want, got):
    """Alembic's "Running ..." line."""
    return want.get("log", got["label"])


def entry_lines(text):
    """What a long entry says before the path and the message."""
    return text.split("\n\n")[0].split("\nPath: ")[0].split("\n")


def last_rows(case, got):
    if got["steps"]:
        return got["steps"][-1]["after"]
    return [] if case.get("options", {}).get("purge") else sorted(case["current"])


def upwards(case, got):
    """A downgrade must undo each revision after what stands on it."""
    return downwards(case, [s["rev"] for s in got["steps"]])


def downwards(case, revs):
    g = model.Model(case)
    for n, r in enumerate(revs):
        if set(revs[:n]) & (g.ancestors([r]) - {r}):
            return "order: %s comes after one of its ancestors in %s" % (r, revs)
    return ""


def short(answer):
    text = json.dumps({k: v for k, v in answer.items() if k not in ("text", "message", "cause")})
    return text if len(text) < 1500 else text[:1500] + "..."


def main(asked=server.Server()):
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--cases", type=int, default=3000)
    ap.add_argument("--only-case", type=int)
    ap.add_argument("--show", type=int, default=20, help="failures to print")
    args = ap.parse_args()

    numbers = [args.only_case] if args.only_case else range(1, args.cases + 1)
    cases = [(n, c) for n in numbers for c in [make_case(args.seed, n)] if c]
    asked.start([c for _, c in cases])  # it works while we ask Alembic
    wanted = [model.explain(case) for _, case in cases]
    answers = asked.finish()

    used, failed = collections.Counter(), 0
    for (n, case), (why, want), got in zip(cases, wanted, answers):
        bad = differences(case, want, got)
        if not bad:
            if why:
                used[why] += 1
            if args.only_case:
                print("expected%s: %s\ngot: %s" % (" by (%d) %s" % why if why else "", short(want), short(got)))
            continue
        failed += 1
        if failed <= args.show:
            print("FAILED  seed %d case %d%s\n  %s\n  %s" % (
                args.seed, n, ", by (%d) %s" % why if why else "", bad,
                json.dumps({k: case[k] for k in ("command", "target", "form", "options", "current") if k in case})))
            for r in case["revisions"]:
                print("    " + json.dumps({k: v for k, v in r.items() if v or k == "id"}))
            if "message" in want:
                print("  Alembic: %s" % want["message"])
            if "message" in got:
                print("  ours: %s" % got["message"])
    print("differences from Alembic that are meant (entry of the list, cases):")
    for (point, name), n in sorted(used.items()):
        print("  %3d  %5d  %s" % (point, n, name))
    print("%d passed, %d failed" % (len(cases) - failed, failed))
    return 1 if failed or len(answers) != len(cases) else 0


if __name__ == "__main__":
    sys.exit(main())
