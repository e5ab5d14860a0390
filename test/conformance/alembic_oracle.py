#!/usr/bin/env python3
"""Differential-test oracle: random revision graphs evaluated by the installed Alembic.

Usage:  python3 alembic_oracle.py --seed 1 --cases 3000 > vectors.ndjson   (a python3 with Alembic)
        options: --out FILE   write NDJSON there instead of standard output
                 --stats      print the coverage table (command x form x ok/error) to stderr
                 --only CMDS  comma list of commands to keep (numbering unchanged)
No database is used.  Output depends only on --seed, --cases and the Alembic version.

One JSON object per line:
  case       int, 1-based
  revisions  load order matters; each {"id","down":[],"depends_on":[],"labels":[],"message"}
             (depends_on may name a revision id or a branch label)
  current    version-table rows before the command, in row order (a state reached by
             1-3 real commands starting from an empty table; always an antichain)
  command    upgrade | downgrade | stamp | show | heads | branches | current | history |
             revision | merge | merge_base | load | up_to_date
  target     string, or array when the command gets several identifiers; absent if none
  form       which grammar form the target is
  options    optional: {"sql":true} offline range "a:b" (then `current` is ignored),
             {"purge":true}, {"resolve_dependencies":true}, {"indicate_current":true},
             for `revision`: {"head":..,"splice":..,"depends_on":[..],"branch_label":..,"rev_id":..}
  expect     ok    -> upgrade/downgrade/stamp: {"steps":[{"op","rev","from","to","log","rows",
                      "heads_after"}],"heads":[sorted]}; "rows" are the version-table statements
                      (["insert",x] | ["delete",x] | ["update",old,new]; at a merge or unmerge it is arbitrary
                      which row is updated, so compare heads_after); "log" follows "Running ".
                      For stamp, rev is null when the step deletes a branch (towards base).
                      show: {"revs":[id | "base" | null]} and "text" (the printed entry);
                      heads/history: {"revs","text"}; current: {"revs"} sorted, "text" sorted;
                      branches: {"points":[{"rev","children":[sorted]}],"text"};
                      revision/merge: {"down":[],"depends_on":[],"labels":[]} of the new revision;
                      load: {"heads","real_heads","bases"}; up_to_date: {"ok":bool}
                      merge_base: {"revs":[sorted],"revs_with_deps":[sorted]} (DERIVED here:
                      maximal common ancestors-or-self; Alembic has no such command)
             error -> {"error":class,"message":what the CLI prints,"cause":inner message};
                      with "steps" done before it if it came mid-way.  Classes: see CLASSES.
                      Compare the class; messages may hold Python tuples and arbitrary order.
                      "crash" = an uncaught Python exception ("exception" names it): an
                      implementation should give a clean error, or do the sensible thing.
             either may have "warnings":[...]
  order      "exact": step/row order is the same for any load order, hash order and row order;
             "any-topological": it is not; then "order_depends_on" lists why:
               load_order (order of `revisions`; the steps given are exact for that order),
               dep_hash_order (order of a Python string set: truly arbitrary in Alembic),
               row_order (order of the version-table rows)
  outcome_depends_on   present if even the outcome (error or not, final heads, set of steps)
             changes with the above; such a case is ambiguous in Alembic
  quirks     present if Alembic's answer is questionable: overlapping_heads (final rows contain
             an ancestor of another row), applied_mismatch (rows do not describe what ran),
             order_violation (a step ran before its parent/after its child), crash,
             trailing_garbage, dashed_digit_label, show_walks_from_heads, empty_current_is_heads,
             unknown_branch_ignored (downgrade nosuch@x acts as downgrade x),
             undetected_cycle (load accepts a cyclic graph; the right answer is an error),
             rows_not_maximal / crash_after_planning: Alembic's plan is sound but its row
             bookkeeping is not; then "sane" holds the same plan with the rows it should leave
             (the applied revisions that no applied revision has as parent or dependency).
             In every other upgrade/downgrade case Alembic's rows equal that model.
"""
import argparse
import collections
import itertools
import json
import os
import random
import sys
import types
import warnings

if os.environ.get("PYTHONHASHSEED") != os.environ.get("ALEMBIC_ORACLE_HASHSEED", "0"):
    os.environ["PYTHONHASHSEED"] = os.environ.get("ALEMBIC_ORACLE_HASHSEED", "0")
    os.execv(sys.executable, [sys.executable] + sys.argv)

import alembic  # noqa: E402
from alembic.runtime.migration import HeadMaintainer  # noqa: E402
from alembic.script import base as script_base  # noqa: E402
from alembic.script import revision as R  # noqa: E402
from alembic.util import CommandError  # noqa: E402
from pathlib import Path  # noqa: E402
from sqlalchemy import Column, MetaData, String, Table  # noqa: E402

CLASSES = [  # (error class, exception type or None, fragment of the innermost message)
    ("range_not_ancestor", R.RangeNotAncestorError, ""),
    ("multiple_heads", R.MultipleHeads, ""),
    ("ambiguous_prefix", R.ResolutionError, "Multiple revisions start"),
    ("no_such_branch", R.ResolutionError, "No such branch"),
    ("not_on_branch", R.ResolutionError, "is not a member of branch"),
    ("cant_locate", R.ResolutionError, "No such revision or branch"),
    ("dependency_self_loop", R.DependencyLoopDetected, ""),
    ("self_loop", R.LoopDetected, ""),
    ("dependency_cycle", R.DependencyCycleDetected, ""),
    ("cycle", R.CycleDetected, ""),
    ("ambiguous_walk", R.RevisionError, "Ambiguous walk"),
    ("ambiguous_upgrade", R.RevisionError, "Ambiguous upgrade from multiple"),
    ("relative_too_far", R.RevisionError, "Relative revision"),
    ("walked_too_far", R.RevisionError, "Walked too far"),
    ("overlap", R.RevisionError, "overlaps with"),
    ("invalid_downgrade_target", R.RevisionError, "Not a valid downgrade target"),
    ("duplicate_label", R.RevisionError, "already used by revision"),
    ("illegal_id", None, "not allowed in revision identifier"),
    ("not_a_head", None, "is not a head revision"),
    ("duplicate_heads", None, "Duplicate head revisions"),
    ("range_not_allowed", None, "Range revision not allowed"),
    ("sql_needs_range", None, "requires <fromrev>:<torev>"),
    ("stamp_sql_many_starts", None, "single starting revision"),
    ("bad_range", None, "History range requires"),
]


# ---------------------------------------------------------------- real library
class SortedSet(set):
    """Set whose iteration order is fixed, so that printed text is reproducible."""

    def __iter__(self):
        return iter(sorted(set.__iter__(self)))


class SortedFrozen(frozenset):
    def __iter__(self):
        return iter(sorted(frozenset.__iter__(self)))


class Script(script_base.Script):
    """Alembic keeps revisions in sets hashed by address; make that reproducible."""

    def __hash__(self):
        return hash(self.revision)


class Captured(Exception):
    def __init__(self, kw):
        self.kw = kw


class Directory(script_base.ScriptDirectory):
    """The real ScriptDirectory over an in-memory list of revisions."""

    def __init__(self, revisions, permute_deps=None):
        here = Path("versions").absolute()
        self.dir = "."
        self.file_template = "%(rev)s"
        self.version_locations = None
        self.truncate_slug_length = 40
        self.sourceless = False
        self.timezone = None
        self.hooks = []
        self.hook_config = {}
        self.recursive_version_locations = False
        self.messaging_opts = {}
        self.output_encoding = "utf-8"
        self.__dict__["versions"] = str(here)
        self.__dict__["_singular_version_location"] = here
        self.__dict__["_version_locations"] = [here]
        self.revision_map = R.RevisionMap(lambda: [make_script(r) for r in revisions])
        self.permute_deps = permute_deps

    def settle(self):
        """Load the map, then pin the arbitrary set orders."""
        for rev in set(self.revision_map._revision_map.values()) - {None}:
            rev.branch_labels = SortedSet(rev.branch_labels)
            rev.nextrev = SortedFrozen(rev.nextrev)
            kept = set(rev._normalized_resolved_dependencies)  # a string set in Alembic:
            deps = [d for d in rev._resolved_dependencies if d in kept]  # declared order
            if self.permute_deps:
                self.permute_deps.shuffle(deps)
            rev._normalized_resolved_dependencies = tuple(deps)
        return self

    def _generate_template(self, src, dest, **kw):
        raise Captured(kw)

    def _ensure_directory(self, path):
        pass


def make_script(r):
    mod = types.ModuleType("rev_" + r["id"])
    down = tuple(r["down"])
    mod.revision = r["id"]
    mod.down_revision = None if not down else down[0] if len(down) == 1 else down
    mod.branch_labels = tuple(r["labels"]) or None
    mod.depends_on = tuple(r["depends_on"]) or None
    mod.__doc__ = r["message"] + "\n\nRevision ID: " + r["id"] + "\n"

    def upgrade():
        pass

    def downgrade():
        pass

    mod.upgrade, mod.downgrade = upgrade, downgrade
    return Script(mod, r["id"], "versions/%s.py" % r["id"])


VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32)))
CONTEXT = types.SimpleNamespace(
    as_sql=True, _version=VERSION, impl=types.SimpleNamespace(_exec=lambda stmt: None)
)


class Rows(HeadMaintainer):
    def __init__(self, heads):
        super().__init__(CONTEXT, heads)
        self.log = []

    def _insert_version(self, version):
        super()._insert_version(version)
        self.log.append(["insert", version])

    def _delete_version(self, version):
        super()._delete_version(version)
        self.log.append(["delete", version])

    def _update_version(self, from_, to_):
        super()._update_version(from_, to_)
        self.log.append(["update", from_, to_])


class Failure(Exception):
    def __init__(self, exc, steps):
        self.exc, self.steps = exc, steps


LAST = types.SimpleNamespace(plan=[], start=())  # plan of the latest run, even if it crashed


def run_steps(sd, current, steps):
    rows, out = Rows(current), []
    LAST.start, LAST.plan = tuple(current), []
    for step in steps:
        if hasattr(step, "revision"):
            op, rev = ("upgrade" if step.is_upgrade else "downgrade"), step.revision.revision
        else:
            op, rev = "stamp", (step.to_revisions[0] if step.to_revisions else None)
        LAST.plan.append((op, rev))
    for step, (op, rev) in zip(steps, LAST.plan):
        rows.log = []
        try:
            rows.update_to_step(step)
        except Exception as exc:  # the step's own SQL would have run before this
            raise Failure(exc, out)
        out.append(
            {"op": op, "rev": rev, "from": list(step.from_revisions_no_deps),
             "to": list(step.to_revisions_no_deps), "log": str(step),
             "rows": rows.log, "heads_after": sorted(rows.heads)}
        )
    return {"steps": out, "heads": sorted(rows.heads)}


def offline_heads(sd, start):
    """What MigrationContext.get_current_heads() answers with --sql."""
    if start is None or start == "base":
        return ()
    return (sd.get_revision(start).revision,)


def evaluate(revisions, case, current, permute_deps=None):
    """Run one command of the real library; returns the `expect` object."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = evaluate_raw(revisions, case, current, permute_deps)
        except Failure as f:
            result = classify(f.exc)
            result["steps"] = f.steps
        except Exception as exc:
            result = classify(exc)
    texts = sorted({str(w.message) for w in caught})
    if texts:
        result["warnings"] = texts
    return result


def classify(exc):
    inner = exc.__cause__ if isinstance(exc, CommandError) and exc.__cause__ else exc
    message, cause = str(exc), str(inner)
    for name, type_, fragment in CLASSES:
        if (type_ is None or isinstance(inner, type_)) and fragment in cause:
            if isinstance(exc, (CommandError, R.RevisionError)):
                return {"error": name, "message": message, "cause": cause}
    if isinstance(exc, (CommandError, R.RevisionError)):
        return {"error": "other", "message": message, "cause": cause}
    return {"error": "crash", "exception": type(exc).__name__, "message": message}


def evaluate_raw(revisions, case, current, permute_deps):
    command, target, opt = case["command"], case.get("target"), case.get("options", {})
    if isinstance(target, list):
        target = tuple(target)
    sd = Directory(revisions, permute_deps)
    with sd._catch_revision_errors():
        sd.settle()
    rm, current = sd.revision_map, tuple(current)

    if command in ("upgrade", "downgrade"):
        heads = current
        if isinstance(target, str) and ":" in target:
            if not opt.get("sql"):
                raise CommandError("Range revision not allowed")
            start, target = target.split(":", 2)
            heads = offline_heads(sd, start)
        elif opt.get("sql"):
            if command == "downgrade":
                raise CommandError("downgrade with --sql requires <fromrev>:<torev>")
            heads = ()
        fn = sd._upgrade_revs if command == "upgrade" else sd._downgrade_revs
        return run_steps(sd, heads, fn(target, heads))

    if command == "stamp":
        dest = target if isinstance(target, tuple) else (target,)
        heads = () if opt.get("purge") else current
        if opt.get("sql"):
            start, dests = None, []
            for d in dest:
                if ":" in d:
                    s, d = d.split(":", 2)
                    if start not in (None, s):
                        raise CommandError("Stamp operation with --sql only supports a "
                                           "single starting revision at a time")
                    start = s
                dests.append(d)
            dest, heads = tuple(dests), offline_heads(sd, start)
        return run_steps(sd, heads, sd._stamp_revs(dest, heads))

    if command == "show":
        revs = sd.get_revisions(current if target == "current" else target)
        names = [r if r in (None, "base") else r.revision for r in revs]
        out = {"revs": names}
        if all(n not in (None, "base") for n in names):
            out["text"] = [r.log_entry for r in revs]
        return out

    if command == "heads":
        if opt.get("resolve_dependencies"):
            revs = sd.get_revisions("heads")
        else:
            revs = sd.get_revisions(sd.get_heads())
        return {"revs": [r.revision for r in revs],
                "text": [r.cmd_format(False, include_branches=True, tree_indicators=False)
                         for r in revs]}

    if command == "branches":
        points, text = [], []
        for sc in sd.walk_revisions():
            if sc.is_branch_point:
                points.append({"rev": sc.revision, "children": sorted(sc.nextrev)})
                text.append(sc.cmd_format(False, include_branches=True))
                for n in sc.nextrev:
                    text.append("%s -> %s" % (" " * len(sc.revision), sd.get_revision(n).cmd_format(
                        False, include_branches=True, include_doc=False)))
        return {"points": points, "text": text}

    if command == "current":
        revs = sorted(sd.get_all_current(current), key=lambda r: r.revision)
        return {"revs": [r.revision for r in revs], "text": [r.cmd_format(False) for r in revs]}

    if command == "history":
        base = head = None
        marks = ()
        if target is not None:
            if ":" not in target:
                raise CommandError("History range requires [start]:[end], [start]:, or :[end]")
            base, head = target.strip().split(":")
        if opt.get("indicate_current") or "current" in (base, head):
            marks = current
            if head == "current":
                head = current
            elif base == "current":
                base = current
        revs, text = [], []
        for sc in sd.walk_revisions(base=base or "base", head=head or "heads"):
            if opt.get("indicate_current"):
                sc._db_current_indicator = sc.revision in marks
            revs.append(sc.revision)
            text.append(sc.cmd_format(verbose=False, include_branches=True, include_doc=True,
                                      include_parents=True))
        return {"revs": revs, "text": text}

    if command in ("revision", "merge"):
        if command == "merge":
            args = {"head": target, "branch_labels": opt.get("branch_label")}
        else:
            args = {"head": opt.get("head", "head"), "splice": opt.get("splice", False),
                    "branch_labels": opt.get("branch_label"), "depends_on": opt.get("depends_on")}
        try:
            sd.generate_revision(opt["rev_id"], "new", **args)
        except Captured as got:
            kw = got.kw
        down = R.util.to_tuple(kw["down_revision"], default=())
        new = {"id": opt["rev_id"], "down": [d for d in down if d is not None],
               "depends_on": list(R.util.to_tuple(kw["depends_on"], default=())),
               "labels": list(R.util.to_tuple(kw["branch_labels"], default=())), "message": "new"}
        rm.add_revision(make_script(new))
        return {k: new[k] for k in ("down", "depends_on", "labels")}

    if command == "merge_base":
        return {"revs": merge_base(sd, target, False), "revs_with_deps": merge_base(sd, target, True)}

    if command == "load":
        return {"heads": list(rm.heads), "real_heads": list(rm._real_heads), "bases": list(rm.bases)}

    if command == "up_to_date":  # guard of revision --autogenerate and of check
        return {"ok": set(sd.get_revisions(current)) == set(sd.get_revisions("heads"))}
    raise ValueError(command)


def merge_base(sd, ids, deps):
    rm, common = sd.revision_map, None
    for i in ids:
        anc = set(rm._get_ancestor_nodes([rm.get_revision(i)], include_dependencies=deps))
        common = anc if common is None else common & anc
    below = set()
    for r in common:
        below |= set(rm._get_ancestor_nodes([r], include_dependencies=deps)) - {r}
    return sorted(r.revision for r in common - below)


# ---------------------------------------------------------------- random input
WORDS = "add drop users orders index tenant audit rename backfill widen price flag merge".split()
LABELS = "auth billing core reporting search auth-svc v2 feature_x geo mobile".split()


def hex_id(rng, used):
    while True:
        text = "".join(rng.choice("0123456789abcdef") for _ in range(12))
        if used and rng.random() < 0.22:
            keep = rng.choice([3, 4, 4, 5, 6, 8, 11])
            text = rng.choice(sorted(used))[:keep] + text[keep:]
        if text not in used:
            used.add(text)
            return text


class Graph:
    def __init__(self, revisions):
        self.revs = revisions
        self.by_id = {r["id"]: r for r in revisions}
        self.labels = {lab: r["id"] for r in revisions for lab in r["labels"]}
        self.ids = [r["id"] for r in revisions]

    def parents(self, i, deps=True):
        r = self.by_id[i]
        extra = [self.labels.get(d, d) for d in r["depends_on"]] if deps else []
        return list(r["down"]) + extra

    def ancestors(self, starts, deps=True):
        seen, todo = set(), list(starts)
        while todo:
            i = todo.pop()
            if i not in seen:
                seen.add(i)
                todo += self.parents(i, deps)
        return seen

    def heads(self):
        below = {p for r in self.revs for p in r["down"]}
        return [i for i in self.ids if i not in below]

    @staticmethod
    def has_cycle(revisions):
        g = Graph(revisions)
        try:
            return any(r["id"] in g.ancestors(g.parents(r["id"])) for r in revisions)
        except KeyError:
            return False

    def maximal(self, applied):
        """Version-table rows that describe a set of applied revisions."""
        below = {p for i in applied for p in self.parents(i)}
        return sorted(set(applied) - below)

    def is_antichain(self, rows):
        return len(set(rows)) == len(rows) and not any(
            a != b and a in self.ancestors([b]) for a in rows for b in rows)


def gen_graph(rng):
    shape = rng.choice(["linear"] * 3 + ["branched"] * 4 + ["merged"] * 5 + ["multiroot"] * 4
                       + ["depends"] * 5 + ["mixed"] * 6 + ["shared"] * 3 + ["tiny"])
    n = rng.randint(0, 2) if shape == "tiny" else rng.randint(3, 9 if rng.random() < 0.6 else 22)
    if shape == "shared":
        n = rng.randint(10, 40)
    p_branch = {"linear": 0, "tiny": 0.3}.get(shape, 0.3)
    p_merge = {"merged": 0.35, "mixed": 0.25, "depends": 0.1, "shared": 0.2}.get(shape, 0.05 if shape != "linear" else 0)
    p_root = {"multiroot": 0.25, "depends": 0.2, "mixed": 0.12, "shared": 0.15}.get(shape, 0)
    p_dep = {"depends": 0.35, "mixed": 0.2, "multiroot": 0.08, "shared": 0.6}.get(shape, 0)
    p_label = 0.0 if rng.random() < 0.2 else 0.45
    used, revs, names = set(), [], list(LABELS)
    rng.shuffle(names)
    if rng.random() < 0.02:
        names.append("rel-2")  # popped first: a label that looks like a relative identifier
    for k in range(n):
        g = Graph(revs)
        heads, down = g.heads(), []
        fresh = not revs or rng.random() < p_root
        if fresh:
            pass
        elif len(heads) > 1 and rng.random() < p_merge:
            down = rng.sample(heads, min(len(heads), rng.choice([2, 2, 2, 3])))
        elif rng.random() < p_branch:
            down = [rng.choice(g.ids)]
            fresh = any(down[0] in r["down"] for r in revs)
        else:
            down = [rng.choice(heads[-2:] if shape != "linear" else heads)]
        deps = []
        if revs and rng.random() < p_dep:
            below = g.ancestors(down)
            pool = [i for i in g.ids if i not in below]
            if shape == "shared":  # the same few again and again, which Alembic reduces
                pool = [i for i in g.ids[:8] if i not in g.ancestors(down, False)]
            if rng.random() < 0.08:
                pool = g.ids
            if pool:
                deps = rng.sample(pool, min(len(pool), rng.choice([1, 1, 1, 2, 3])))
                named = {v: lab for lab, v in g.labels.items()}
                deps = [named[d] if d in named and rng.random() < 0.5 else d for d in deps]
                deps = [d for d in deps if d not in down]
        labels = []
        if names and ((fresh and rng.random() < p_label) or rng.random() < 0.03):
            labels = [names.pop()]
            if names and rng.random() < 0.1:
                labels.append(names.pop())
        words = rng.sample(WORDS, 2)
        revs.append({"id": hex_id(rng, used), "down": down, "depends_on": deps, "labels": labels,
                     "message": " ".join(words)})
    style = rng.random()
    if style < 0.4:
        revs.sort(key=lambda r: r["id"])  # the order Alembic's loader gives (sorted file names)
    elif style < 0.6:
        rng.shuffle(revs)
    return Graph(revs)


def gen_current(rng, g, stats):
    """Rows reached from the empty table by real commands."""
    rows = ()
    if not g.ids or rng.random() < 0.1:
        return []
    for _ in range(rng.randint(1, 3)):
        r = rng.random()
        if r < 0.35:
            case = {"command": "upgrade", "target": "heads"}
        elif r < 0.75:
            case = {"command": "upgrade", "target": rng.choice(g.ids)}
        elif r < 0.95:
            case = {"command": "downgrade", "target": rng.choice(g.ids)}
        else:
            case = {"command": "stamp", "target": rng.choice(g.ids)}
        got = evaluate(g.revs, case, rows)
        if "error" in got:
            continue
        if not g.is_antichain(got["heads"]):
            stats["state dropped: overlapping rows"] += 1
            continue
        rows = tuple(got["heads"])
    rows = list(rows)
    rng.shuffle(rows)
    return rows


def count(rng):
    return rng.choice([1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 6])


def prefix(rng, g):
    i = rng.choice(g.ids)
    good = [k for k in range(4, 12) if sum(x.startswith(i[:k]) for x in g.ids) == 1]
    return i[: rng.choice(good)] if good else i


def clash(rng, g):
    """A prefix of at least four characters shared by two revisions, or None."""
    pairs = [os.path.commonprefix(p) for p in itertools.combinations(g.ids, 2)]
    pairs = [p for p in pairs if len(p) >= 4]
    return rng.choice(pairs) if pairs else None


def lab(rng, g):
    return rng.choice(sorted(g.labels)) if g.labels else None


def join(*parts):
    return None if any(p is None for p in parts) else "".join(parts)


def any_id(rng, g):
    return rng.choice(g.ids)


def low_id(rng, g):
    """An id that has descendants, when there is one."""
    pool = sorted({p for r in g.revs for p in r["down"]})
    return rng.choice(pool) if pool and rng.random() < 0.7 else rng.choice(g.ids)


def high_id(rng, g):
    """An id that has parents, when there is one."""
    pool = [r["id"] for r in g.revs if len(r["down"]) == 1]
    return rng.choice(pool) if pool and rng.random() < 0.8 else rng.choice(g.ids)


def on_label(rng, g, fn, text):
    """label@<id on that branch> most of the time."""
    if not g.labels:
        return None
    name = rng.choice(sorted(g.labels))
    kin = [i for i in g.ids if g.labels[name] in g.ancestors([i], False)
           or i in g.ancestors([g.labels[name]], False)]
    i = rng.choice(kin) if rng.random() < 0.75 else fn(rng, g)
    return name + "@" + i + text


def overlap_list(rng, g):
    i = rng.choice(g.ids)
    up = sorted(g.ancestors([i]) - {i})
    return [i, rng.choice(up)] if up else None


FORMS = {
    "head": lambda r, g: "head",
    "heads": lambda r, g: "heads",
    "base": lambda r, g: "base",
    "id": any_id,
    "prefix": prefix,
    "prefix_short": lambda r, g: any_id(r, g)[: r.randint(1, 3)],
    "prefix_ambiguous": clash,
    "unknown": lambda r, g: "ffff" + "%08x" % r.getrandbits(32),
    "label": lab,
    "label@head": lambda r, g: join(lab(r, g), "@head"),
    "label@heads": lambda r, g: join(lab(r, g), "@heads"),
    "label@base": lambda r, g: join(lab(r, g), "@base"),
    "label@id": lambda r, g: on_label(r, g, any_id, ""),
    "label@prefix": lambda r, g: join(lab(r, g), "@", prefix(r, g)),
    "id@head": lambda r, g: any_id(r, g) + "@head",
    "id@heads": lambda r, g: any_id(r, g) + "@heads",
    "id@base": lambda r, g: any_id(r, g) + "@base",
    "id@id": lambda r, g: any_id(r, g) + "@" + any_id(r, g),
    "prefix@head": lambda r, g: prefix(r, g) + "@head",
    "nolabel@head": lambda r, g: "nosuch@head",
    "nolabel@base": lambda r, g: "nosuch@base",
    "nolabel@+N": lambda r, g: "nosuch@%+d" % r.choice([1, -1, 2, -2]),
    "+N": lambda r, g: "+%d" % count(r),
    "-N": lambda r, g: "-%d" % count(r),
    "+0": lambda r, g: r.choice(["+0", "-0"]),
    "id+N": lambda r, g: "%s+%d" % (low_id(r, g), count(r)),
    "id-N": lambda r, g: "%s-%d" % (high_id(r, g), count(r)),
    "prefix+N": lambda r, g: "%s+%d" % (prefix(r, g), count(r)),
    "prefix-N": lambda r, g: "%s-%d" % (prefix(r, g), count(r)),
    "head-N": lambda r, g: "head-%d" % count(r),
    "heads-N": lambda r, g: "heads-%d" % count(r),
    "base+N": lambda r, g: "base+%d" % count(r),
    "label+N": lambda r, g: join(lab(r, g), "+%d" % count(r)),
    "label@+N": lambda r, g: join(lab(r, g), "@+%d" % count(r)),
    "label@-N": lambda r, g: join(lab(r, g), "@-%d" % count(r)),
    "label@id+N": lambda r, g: on_label(r, g, low_id, "+%d" % count(r)),
    "label@id-N": lambda r, g: on_label(r, g, high_id, "-%d" % count(r)),
    "label@head-N": lambda r, g: join(lab(r, g), "@head-%d" % count(r)),
    "label@base+N": lambda r, g: join(lab(r, g), "@base+%d" % count(r)),
    "id@+N": lambda r, g: "%s@+%d" % (any_id(r, g), count(r)),
    "id@-N": lambda r, g: "%s@-%d" % (any_id(r, g), count(r)),
    "unknown+N": lambda r, g: "nosuch+%d" % count(r),
    "list": lambda r, g: r.sample(g.ids, min(len(g.ids), r.choice([2, 2, 3]))),
    "list_overlap": overlap_list,
    "list_dup": lambda r, g: [any_id(r, g)] * 2,
    "list_label_heads": lambda r, g: [lb + "@head" for lb in sorted(g.labels)] or None,
    "empty": lambda r, g: "",
    "current": lambda r, g: "current",
    "trailing_garbage": lambda r, g: "%s+%dxyz" % (any_id(r, g), count(r)),
    "range": lambda r, g: any_id(r, g) + ":" + any_id(r, g),
}
NEEDS_IDS = {f for f in FORMS if f not in (
    "head", "heads", "base", "unknown", "nolabel@head", "nolabel@base", "nolabel@+N", "+N", "-N", "head-N", "base+N", "current",
    "unknown+N", "empty", "+0", "heads-N")}
W = {  # weights of the forms per command; unnamed forms weigh 1
    "upgrade": {"head": 6, "heads": 6, "id": 10, "prefix": 4, "+N": 8, "id+N": 4, "label@head": 5,
                "label@+N": 6, "list": 5, "id@head": 3, "head-N": 2, "label": 3, "id-N": 2,
                "label@heads": 2, "id@+N": 2, "prefix_ambiguous": 3, "label@id": 2, "base+N": 2,
                "label@id+N": 2, "label@base+N": 2, "prefix+N": 2},
    "downgrade": {"base": 6, "-N": 10, "id": 10, "prefix": 4, "id-N": 4, "label@base": 5,
                  "label@-N": 6, "label@id": 4, "id@base": 3, "id@id": 3, "id@-N": 3, "head-N": 3,
                  "id+N": 3, "prefix_ambiguous": 3, "base+N": 2, "list": 0, "list_overlap": 0,
                  "list_dup": 0, "list_label_heads": 0, "label@id-N": 2},
    "stamp": {"head": 4, "heads": 5, "base": 4, "id": 12, "prefix": 3, "list": 6, "label@head": 4,
              "label": 3, "label@base": 3, "id@head": 2, "range": 0, "list_overlap": 2,
              "prefix_ambiguous": 2, "label@id": 3},
    "show": {"id": 3, "prefix": 4, "prefix_ambiguous": 4, "current": 2, "range": 0, "label": 2},
}
STATEFUL = {"upgrade": ("+N", "label@+N", "id@+N"), "downgrade": ("-N", "label@-N", "id@-N", "id-N", "id")}
QUIRKY = {"trailing_garbage": "trailing_garbage"}


def gen_target(rng, g, command):
    weights = W[command]
    names = [f for f in FORMS if weights.get(f, 1)]
    while True:
        form = rng.choices(names, [weights.get(f, 1) for f in names])[0]
        if not g.ids and form in NEEDS_IDS:
            continue
        target = FORMS[form](rng, g)
        if target is not None:
            return form, target


def bad_graph(rng, g):
    """Damage a graph; returns (form, revisions) or None."""
    revs = json.loads(json.dumps(g.revs))
    if len(revs) < 2:
        return None
    form = rng.choice(["cycle", "self_loop", "dep_self_loop", "dep_cycle", "missing_down",
                       "missing_dep", "dup_label", "dup_id", "illegal_char", "label_is_id"])
    r = rng.choice(revs)
    kids = [k["id"] for k in revs if r["id"] in k["down"]]
    if form == "cycle":
        below = [k["id"] for k in revs if r["id"] in g.ancestors([k["id"]], False) and k is not r]
        if not below:
            return None
        r["down"] = [rng.choice(below)] if rng.random() < 0.5 else r["down"] + [rng.choice(below)]
    elif form == "self_loop":
        r["down"] = r["down"] + [r["id"]]
    elif form == "dep_self_loop":
        r["depends_on"] = r["depends_on"] + [r["id"]]
    elif form == "dep_cycle":
        roots = [x for x in revs if not x["down"]]
        if rng.random() < 0.6 and len(roots) == 1:
            r = roots[0]
            kids = [k["id"] for k in revs if k is not r]
        if not kids:
            return None
        r["depends_on"] = r["depends_on"] + [rng.choice(kids)]
    elif form == "missing_down":
        r["down"] = ["dead" + "%08x" % rng.getrandbits(32)]
    elif form == "missing_dep":
        r["depends_on"] = ["dead" + "%08x" % rng.getrandbits(32)]
    elif form == "dup_label":
        a, b = rng.sample(revs, 2)
        a["labels"], b["labels"] = a["labels"] + ["twin"], b["labels"] + ["twin"]
    elif form == "label_is_id":
        a, b = rng.sample(revs, 2)
        a["labels"] = a["labels"] + [b["id"]]
    elif form == "dup_id":
        a = rng.choice(revs)
        revs.append(dict(json.loads(json.dumps(a)), message="again", labels=[]))
    elif form == "illegal_char":
        leaf = [x for x in revs if not any(x["id"] in k["down"] or x["id"] in k["depends_on"]
                                          or set(x["labels"]) & set(k["depends_on"]) for k in revs)]
        if not leaf:
            return None
        leaf[0]["id"] = leaf[0]["id"][:6] + rng.choice("@-+") + leaf[0]["id"][7:]
    return form, revs


COMMANDS = (["upgrade"] * 33 + ["downgrade"] * 29 + ["stamp"] * 15 + ["show"] * 6 + ["history"] * 6
            + ["revision"] * 5 + ["merge"] * 3 + ["load"] * 4 + ["heads"] * 2 + ["branches"] * 2
            + ["current"] * 2 + ["merge_base"] * 2 + ["up_to_date"])


def gen_case(rng, stats):
    while True:
        g = gen_graph(rng)
        command = rng.choice(COMMANDS)
        case = {"revisions": g.revs, "current": gen_current(rng, g, stats), "command": command}
        opt = {}
        if command in W:
            case["form"], case["target"] = gen_target(rng, g, command)
            if case["form"] in STATEFUL.get(command, ()):  # bias towards cases that succeed
                for _ in range(4):
                    if "error" not in evaluate(g.revs, case, case["current"]):
                        break
                    case["current"] = gen_current(rng, g, stats)
                    case["target"] = FORMS[case["form"]](rng, g)
            if command == "stamp" and rng.random() < 0.12:
                opt["purge"] = True
            if command in ("upgrade", "downgrade") and rng.random() < 0.07 and g.ids:
                opt["sql"] = True
                if rng.random() < 0.9:
                    start = rng.choice([any_id(rng, g), any_id(rng, g), "base", "head", "heads",
                                        prefix(rng, g)])
                    _, dest = gen_target(rng, g, command)
                    if isinstance(dest, list) or ":" in dest:
                        continue
                    case["target"] = start + ":" + dest
                elif isinstance(case["target"], list) or ":" in case["target"]:
                    continue
                case["form"] = "sql"
        elif command == "history":
            r = rng.random()
            if r < 0.15:
                case["form"] = "all"
            elif r < 0.2:
                case["form"], case["target"] = "no_colon", "base"
            elif g.ids:
                ends = [("", ""), ("id", any_id(rng, g)), ("id", any_id(rng, g)), ("current", "current"),
                        ("prefix", prefix(rng, g)), ("-N", "-%d" % count(rng)), ("unknown", "nosuch1")]
                if g.labels:
                    ends.append(("label@", lab(rng, g) + "@"))
                a = rng.choice(ends + [("base", "base")])
                b = rng.choice([e for e in ends if e[0] != "-N"]
                               + [("+N", "+%d" % count(rng)), ("head", "head"), ("heads", "heads")])
                a, b = [(k + "head", v + "head") if k == "label@" else (k, v) for k, v in (a, b)]
                if rng.random() < 0.25:  # make it a true range more often
                    x = any_id(rng, g)
                    a, b = ("id", rng.choice(sorted(g.ancestors([x])))), ("id", x)
                case["form"], case["target"] = a[0] + ":" + b[0], a[1] + ":" + b[1]
            else:
                continue
            if rng.random() < 0.3:
                opt["indicate_current"] = True
        elif command == "revision":
            opt["rev_id"] = hex_id(rng, set(g.ids))
            form = []
            if rng.random() < 0.7:
                while True:
                    f, opt["head"] = gen_target(rng, g, "stamp")
                    if f != "empty":
                        break
                form.append("head=" + ("list" if f.startswith("list") else "rel" if "N" in f else f))
            if rng.random() < 0.3:
                opt["splice"] = True
                form.append("splice")
            if rng.random() < 0.25 and g.ids:
                opt["depends_on"] = [rng.choice([any_id(rng, g), prefix(rng, g), lab(rng, g) or "nosuch"])]
                form.append("depends_on")
            if rng.random() < 0.15:
                opt["branch_label"] = lab(rng, g) if rng.random() < 0.3 and g.labels else "fresh"
                form.append("branch_label")
            if rng.random() < 0.05:
                opt["rev_id"] = opt["rev_id"][:5] + rng.choice("@-+") + "x"
                form.append("bad_id")
            case["form"] = "revision"
            case["options_used"] = form
        elif command == "merge":
            if not g.ids:
                continue
            heads = g.heads()
            r = rng.random()
            opt["rev_id"] = hex_id(rng, set(g.ids))
            if r < 0.35:
                case["form"], case["target"] = "heads", ["heads"]
            elif r < 0.7:
                case["form"], case["target"] = "head_ids", rng.sample(heads, min(2, len(heads)))
            elif r < 0.8:
                case["form"], case["target"] = "duplicate", [heads[0]] * 2
            else:
                case["form"], case["target"] = "ids", rng.sample(g.ids, min(2, len(g.ids)))
        elif command == "load":
            if rng.random() < 0.15:
                case["form"] = "good"
            else:
                got = bad_graph(rng, g)
                if not got:
                    continue
                case["form"], case["revisions"] = got
                case["current"] = []
        elif command == "heads":
            case["form"] = "plain"
            if rng.random() < 0.5:
                opt["resolve_dependencies"] = True
                case["form"] = "resolve_dependencies"
        elif command == "merge_base":
            if len(g.ids) < 2:
                continue
            case["form"], case["target"] = "ids", rng.sample(g.ids, 2)
        else:
            case["form"] = "plain"
        if opt:
            case["options"] = opt
        return case, g


# ---------------------------------------------------------------- annotations
def shape_of(expect):
    """(outcome, order) with arbitrary choices taken out of the outcome."""
    if "error" in expect:
        return ("error", expect["error"]), ()
    if "steps" in expect:
        seq = tuple((s["op"], s["rev"]) for s in expect["steps"])
        return ("ok", tuple(expect["heads"]), tuple(sorted(map(repr, seq)))), seq
    if "revs" in expect:
        seq = tuple(expect["revs"])
        return ("ok", tuple(sorted(map(repr, seq)))), seq
    if "points" in expect:
        seq = tuple(p["rev"] for p in expect["points"])
        return ("ok", tuple(sorted(seq))), seq
    if "heads" in expect:
        seq = tuple(expect["heads"]) + tuple(expect["real_heads"]) + tuple(expect["bases"])
        return ("ok", tuple(sorted(seq))), seq
    if "down" in expect:
        seq = tuple(expect["down"])
        return ("ok", tuple(sorted(seq)), tuple(expect["depends_on"])), seq
    return ("ok", json.dumps(expect, sort_keys=True)), ()


def annotate(rng, case, expect):
    revs, rows = case["revisions"], case["current"]
    outcome, order = shape_of(expect)
    why_order, why_outcome = [], []

    def compare(reason, others):
        for other in others:
            o, q = shape_of(other)
            if o != outcome and reason not in why_outcome:
                why_outcome.append(reason)
            if (o != outcome or q != order) and reason not in why_order:
                why_order.append(reason)

    shuffles = []
    for _ in range(3):
        s = list(revs)
        rng.shuffle(s)
        shuffles.append(s)
    shuffles.append(list(reversed(revs)))
    compare("load_order", (evaluate(s, case, rows) for s in shuffles))
    if any(len(r["depends_on"]) > 1 for r in revs):
        compare("dep_hash_order", (evaluate(revs, case, rows, rng) for _ in range(4)))
    if len(rows) > 1:
        perms = list(itertools.islice(itertools.permutations(rows), 1, 7))
        compare("row_order", (evaluate(revs, case, list(p)) for p in perms))
    case["order"] = "any-topological" if why_order else "exact"
    if why_order:
        case["order_depends_on"] = why_order
    if why_outcome:
        case["outcome_depends_on"] = why_outcome


def find_quirks(case, g, expect):
    quirks = []
    target, command, opt = case.get("target"), case["command"], case.get("options", {})
    if expect.get("error") == "crash":
        quirks.append("crash")
    if case.get("form") in QUIRKY:
        quirks.append(QUIRKY[case["form"]])
    if "rel-2" in json.dumps([target, opt]):
        quirks.append("dashed_digit_label")
    if command in ("show", "stamp") and case.get("form") in ("-N", "label@-N", "id@-N") and "error" not in expect:
        quirks.append("show_walks_from_heads")
    if command == "load" and "error" not in expect and g.has_cycle(case["revisions"]):
        quirks.append("undetected_cycle")
    if command == "downgrade" and "error" not in expect and isinstance(target, str) and ":" not in target:
        name = target.rpartition("@")[0]
        if name and "@" not in name and name not in g.labels and not any(
                i.startswith(name) and len(name) > 3 for i in g.ids):
            quirks.append("unknown_branch_ignored")
    if command == "history" and not case["current"] and isinstance(target, str) and target.endswith(":current"):
        quirks.append("empty_current_is_heads")
    if "steps" in expect and command in ("upgrade", "downgrade", "stamp"):
        heads = expect.get("heads")
        if heads is None and expect["steps"]:
            heads = expect["steps"][-1]["heads_after"]
        if heads is not None and not g.is_antichain(heads):
            quirks.append("overlapping_heads")
        if command != "stamp":
            applied, sane = g.ancestors(LAST.start), []
            for op, rev in LAST.plan:
                if op == "upgrade":
                    if rev in applied or set(g.parents(rev)) - applied:
                        quirks.append("order_violation")
                    applied.add(rev)
                else:
                    applied.discard(rev)
                    if any(rev in g.parents(i) for i in applied):
                        quirks.append("order_violation")
                sane.append({"op": op, "rev": rev, "heads_after": g.maximal(applied)})
            if "heads" in expect and applied != g.ancestors(heads):
                quirks.append("applied_mismatch")
            got = [{k: s[k] for k in ("op", "rev", "heads_after")} for s in expect["steps"]]
            if got != sane:
                case["sane"] = {"steps": sane, "heads": g.maximal(applied)}
                quirks.append("crash_after_planning" if "error" in expect else "rows_not_maximal")
    return sorted(set(quirks))


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--cases", type=int, default=200)
    ap.add_argument("--out")
    ap.add_argument("--stats", action="store_true")
    ap.add_argument("--only", default="")
    args = ap.parse_args()
    only = {c for c in args.only.split(",") if c}
    out = open(args.out, "w") if args.out else sys.stdout
    table, errors, extra = collections.Counter(), collections.Counter(), collections.Counter()
    for n in range(1, args.cases + 1):
        rng = random.Random("%d/%d" % (args.seed, n))  # each case stands alone
        case, g = gen_case(rng, extra)
        if only and case["command"] not in only:
            continue
        expect = evaluate(case["revisions"], case, case["current"])
        case.pop("options_used", None)
        annotate(rng, case, expect)
        LAST.plan = []
        if case["command"] in ("upgrade", "downgrade"):
            evaluate(case["revisions"], case, case["current"])
        quirks = find_quirks(case, g, expect)
        line = {"case": n}
        for key in ("revisions", "current", "command", "target", "form", "options", "order",
                    "order_depends_on", "outcome_depends_on"):
            if key in case:
                line[key] = case[key]
        if quirks:
            line["quirks"] = quirks
        line["expect"] = expect
        if "sane" in case:
            line["sane"] = case["sane"]
        out.write(json.dumps(line) + "\n")
        form = case["form"] if case["command"] != "history" else "range" if "target" in case else "all"
        table[case["command"], form, "error" if "error" in expect else "ok"] += 1
        if "error" in expect:
            errors[case["command"], expect["error"]] += 1
        extra["order " + case["order"]] += 1
        for w in case.get("order_depends_on", []):
            extra["order depends on " + w] += 1
        for w in case.get("outcome_depends_on", []):
            extra["outcome depends on " + w] += 1
        for q in quirks:
            extra["quirk " + q] += 1
    out.flush()
    if args.stats:
        err = sys.stderr
        print("Alembic %s, seed %d, %d cases" % (alembic.__version__, args.seed, args.cases), file=err)
        print("%-11s %-22s %5s %5s" % ("command", "form", "ok", "error"), file=err)
        for c, f in sorted({k[:2] for k in table}):
            print("%-11s %-22s %5d %5d" % (c, f, table[c, f, "ok"], table[c, f, "error"]), file=err)
        print("\nerrors", file=err)
        for (c, e), v in sorted(errors.items()):
            print("%-11s %-26s %5d" % (c, e, v), file=err)
        print("", file=err)
        for k, v in sorted(extra.items()):
            print("%-44s %5d" % (k, v), file=err)


if __name__ == "__main__":
    main()
