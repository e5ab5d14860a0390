"""What migrate_ext's answer must be where docs/semantics.md says that it is not Alembic's.

Each rule below is one allowance: it is named, carries the number of the list's entry that it
rests on, says exactly to which cases it applies, and says what the answer must be there --
mostly by asking Alembic another question, otherwise by a small model of its own.  A case to
which no rule applies must be answered as Alembic answers it.
"""
import copy
import re

import alembic_oracle as oracle

RELATIVE = re.compile(r"(?:(.+?)@)?(\w+)?([+-])(\d+)")


class TooFar(Exception):
    pass


class Ambiguous(Exception):
    pass


class Model(oracle.Graph):
    """The graph and the few questions about it that the rules need."""

    def __init__(self, case):
        super().__init__(case["revisions"])
        self.children = {i: [] for i in self.ids}
        for r in self.revs:
            for p in r["down"]:
                self.children.setdefault(p, []).append(r["id"])

    def real_heads(self):
        below = {p for i in self.ids for p in self.parents(i)}
        return [i for i in self.ids if i not in below]

    def descendants(self, starts, deps=True):
        out = set(starts)
        grown = True
        while grown:
            more = {i for i in self.ids if out & set(self.parents(i, deps))} - out
            grown = bool(more)
            out |= more
        return out

    def lineage(self, i, deps=False):
        return self.ancestors([i], deps) | self.descendants([i], deps)

    def key(self, name):
        """The revision with this identifier, label or unique prefix, or None."""
        if name in self.by_id:
            return name
        if name in self.labels:
            return self.labels[name]
        keys = [k for k in list(self.by_id) + list(self.labels) if len(k) > 3 and k.startswith(name)]
        return self.labels.get(keys[0], keys[0]) if len(keys) == 1 else None

    def walk_heads(self, steps):
        """The ends of walks down from the real heads: ids, None for base, "nowhere"; Ambiguous."""
        ends = []
        for h in self.real_heads():
            try:
                ends.append(self.walk(h, -steps))
            except TooFar:
                ends.append("nowhere")
        return ends

    def walk(self, start, steps):
        """Down (steps < 0) or up by parent links; None is base; TooFar, Ambiguous."""
        at = start
        for _ in range(abs(steps)):
            if steps > 0:
                step = self.children[at] if at else [i for i in self.ids if not self.by_id[i]["down"]]
            elif at is None:
                raise TooFar()
            else:
                step = self.by_id[at]["down"] or [None]
            if len(step) > 1:
                raise Ambiguous()
            if not step:
                raise TooFar()
            at = step[0]
        return at


# ---------------------------------------------------------------- asking Alembic
def ask_alembic(case):
    """Alembic's answer, with the rows it should have left where its bookkeeping is wrong (1)."""
    case = copy.deepcopy(case)
    oracle.LAST.plan, oracle.LAST.start = [], ()
    out = oracle.evaluate(case["revisions"], case, case["current"])
    if case["command"] not in ("upgrade", "downgrade") or "error" in out and not (
            out["error"] == "crash" and oracle.LAST.plan):
        return out
    g = oracle.Graph(case["revisions"])
    applied, steps = g.ancestors(oracle.LAST.start), []
    for op, rev in oracle.LAST.plan:
        (applied.add if op == "upgrade" else applied.discard)(rev)
        steps.append({"rev": rev, "heads_after": g.maximal(applied)})
    if "error" in out or [s["heads_after"] for s in out["steps"]] != [s["heads_after"] for s in steps]:
        return {"steps": steps, "rows_mended": True}
    return out


def changed(case, **changes):
    other = copy.deepcopy(case)
    for key, value in changes.items():
        if key == "head":
            other["options"]["head"] = value
        else:
            other[key] = value
    return other


def error(name):
    return {"error": name}


# ---------------------------------------------------------------- the rules
# A rule takes (case, model, alembic's answer) and returns the answer that ours must be, or None
# where it does not apply.  The first that applies decides.
RULES = []


def rule(point, name):
    def register(fn):
        RULES.append((point, name, fn))
        return fn
    return register


def targets(case):
    """The identifiers a command is given, in order."""
    if case["command"] == "revision":
        head = case["options"].get("head", "head")
        return head if isinstance(head, list) else [head]
    target = case.get("target")
    if target is None:
        return []
    if isinstance(target, list):
        return target
    if ":" in target:
        return [t for t in target.split(":") if t]
    return [target]


def set_targets(case, new):
    if case["command"] == "revision":
        old = case["options"].get("head", "head")
        return changed(case, head=new if isinstance(old, list) else new[0])
    old = case["target"]
    if isinstance(old, list):
        return changed(case, target=new)
    if ":" in old:
        it = iter(new)
        return changed(case, target=":".join(next(it) if t else "" for t in old.split(":")))
    return changed(case, target=new[0])


def label_looks_relative(text):
    return re.search(r"-\d+$", text) is not None


def start_rows(case):
    """The rows a script starts from: `from` of an offline from:to."""
    if not case.get("options", {}).get("sql"):
        return case["current"]
    start = case["target"].split(":")[0]
    return ask_alembic(changed(case, command="stamp", target=start, options={}, current=[])).get("heads")


def start_fails(case):
    if not case.get("options", {}).get("sql") or ":" not in case["target"]:
        return False
    return "error" in ask_alembic(changed(case, command="upgrade", target=case["target"].split(":")[0] + ":base"))


@rule(6, "a label that reads like label-2 is refused when it is written")
def relative_label(case, g, theirs):
    if any(label_looks_relative(lb) for lb in g.labels):
        return error("illegal_id")
    if case["command"] == "revision" and label_looks_relative(case["options"].get("branch_label") or ""):
        return error("illegal_id")


@rule(7, "a graph that cannot be is refused: cycles, unknown parents, duplicate identifiers")
def bad_graph(case, g, theirs):
    if case["command"] != "load":
        return None
    ids = [r["id"] for r in case["revisions"]]
    if len(set(ids)) < len(ids):
        return error("duplicate_label")
    known = set(ids) | set(g.labels)
    if any(d not in set(ids) for r in g.revs for d in r["down"]) or any(
            d not in known for r in g.revs for d in r["depends_on"]):
        return error("missing_revision")
    if "error" not in theirs and oracle.Graph.has_cycle(case["revisions"]):
        return error("cycle")


@rule(16, "current is the version rows")
def current_is_rows(case, g, theirs):
    if case["command"] == "current" and theirs["revs"] != sorted(case["current"]):
        return {"revs": sorted(case["current"])}


@rule(8, "nosuch@x is no_such_branch")
def no_such_branch(case, g, theirs):
    if theirs.get("error") in ("range_not_allowed", "bad_range", "sql_needs_range"):
        return None
    if start_fails(case):
        return None
    for t in targets(case):
        name = (t.rpartition if case["command"] == "downgrade" and not RELATIVE.fullmatch(t)
                else t.partition)("@")
        if name[1] and name[0] and not any(
                k == name[0] or (len(k) > 3 and k.startswith(name[0])) for k in list(g.by_id) + list(g.labels)):
            return error("no_such_branch")
        if "error" in answer({"revisions": case["revisions"], "current": case["current"],
                              "command": "show", "target": t}) if t != targets(case)[-1] else False:
            return None  # an error of an earlier one comes first
    return None


@rule(5, "an empty target is an error")
def empty_target(case, g, theirs):
    if case["command"] == "history":
        return None
    if case.get("options", {}).get("sql") and ":" in case["target"] and "" in case["target"].split(":"):
        return error("bad_range")
    if "" in targets(case):
        return error("cant_locate")


@rule(5, "text after the digits is part of the identifier")
def trailing_text(case, g, theirs):
    if theirs.get("error") == "sql_needs_range" or start_fails(case):
        return None
    for t in targets(case):
        m = RELATIVE.match(t)
        if m and m.end() < len(t) and t not in g.labels:
            if m.group(1) and g.key(m.group(1)) is None:
                return None
            return error("cant_locate")


@rule(5, "leaving the graph downwards from the heads is relative_too_far")
def too_far_from_heads(case, g, theirs):
    """-N for show, stamp, revision: Alembic answers with nothing, or crashes."""
    if case["command"] not in ("show", "stamp", "revision") or not (
            theirs.get("error") == "crash" or "error" not in theirs):
        return None
    if case["command"] == "stamp" and case["current"] and not case.get("options", {}).get("purge"):
        return None
    for t in targets(case):
        m = re.fullmatch(r"(?:(.+)@)?-(\d+)", t)
        if not m or int(m.group(2)) == 0:
            continue
        try:
            ends = g.walk_heads(int(m.group(2)))
        except Ambiguous:
            ends = []  # of a head that is not on the branch
        if m.group(1):
            ends = [e for h in g.real_heads() if m.group(1) in g.labels and reaches(case, m.group(1), h)
                    for e in [try_walk(g, h, -int(m.group(2)))]]
        if None in ends or "nowhere" in ends:
            return error("relative_too_far")


def try_walk(g, start, steps):
    try:
        return g.walk(start, steps)
    except TooFar:
        return "nowhere"


def reaches(case, label, rev):
    """Alembic's own answer to: does this label belong to that revision?"""
    sd = oracle.Directory(case["revisions"])
    return label in sd.settle().revision_map.get_revision(rev).branch_labels


@rule(5, "history: a start that leaves the graph is relative_too_far")
def history_too_far(case, g, theirs):
    """Alembic tries once more, which works where the end is a plain identifier."""
    m = case["command"] == "history" and re.fullmatch(r"-(\d+):(.*)", case.get("target") or "")
    if not m or int(m.group(1)) == 0 or m.group(2) == "current":
        return None
    if theirs.get("error") not in ("no_such_branch", "multiple_heads", "cant_locate", "crash", None):
        return None
    end = m.group(2)
    if end not in ("", "head", "heads") and "error" in answer(changed(case, target=":" + end)):
        return None
    if end == "head" and len(g.real_heads()) != 1:
        return None
    if re.match(r"\+\d", end):
        return None
    try:
        ends = g.walk_heads(int(m.group(1)))
    except Ambiguous:
        return None
    if "nowhere" in ends and (end in ("", "head", "heads") or "@" in end or theirs.get("error") == "crash"):
        return error("relative_too_far")


def resolved_bare(case, text):
    """Does this target look up the word head without a branch?"""
    m = re.fullmatch(r"(?:(.+)@)?head(?:([+-])\d+)?", text)
    if not m:
        return False
    if m.group(1) is None:
        return True
    return case["command"] in ("upgrade", "downgrade") and m.group(2) == "+" or (
        case["command"] == "downgrade" and m.group(2) is None)


@rule(2, "head is the one real head")
def bare_head(case, g, theirs):
    real = g.real_heads()
    texts = targets(case)
    if case["command"] == "merge" or len(real) != 1 or len(g.heads()) == 1:
        return None
    new = [re.sub(r"head(?=$|[+-]\d+$)", real[0], t) if resolved_bare(case, t) else t for t in texts]
    if new != texts:
        return answer(set_targets(case, new))


@rule(9, "a stamp with a list decides the rows at once")
def stamp_list(case, g, theirs):
    if case["command"] != "stamp":
        return None
    several = isinstance(case["target"], list) or case["target"].split("@")[-1] == "heads"
    from_heads = re.fullmatch(r"(.+@)?-\d+", str(case["target"])) and "error" not in ask_alembic(
        changed(case, command="show"))
    if from_heads and "error" in theirs and theirs["error"] != "crash":
        return None
    if not several and not from_heads:
        return None
    opt = case.get("options", {})
    rows = set() if opt.get("purge") else set(case["current"])
    dests, go = [], set()
    for t in targets(case):
        one = answer({"revisions": case["revisions"], "current": [], "command": "show", "target": t})
        if "error" in one:
            return error(one["error"])
        dests += [r for r in one["revs"] if r not in dests]
        if t == "base":
            go |= rows
        if t.endswith("@head") and len(one["revs"]) == 1 and one["revs"][0] not in rows:
            kin = g.lineage(one["revs"][0], True)
            if rows & kin:
                go |= rows & g.lineage(g.key(t.partition("@")[0]), True)
    if any(a != b and a in g.ancestors([b]) for a in dests for b in dests):
        return error("overlap")
    for d in dests:
        go |= rows & g.lineage(d, True)
    return {"rows": sorted((rows - go) | set(dests)),
            "stamped": [d for d in dests if d not in rows]}


@rule(4, "downgrade -N undoes what is current, a merge included")
def downgrade_by_number(case, g, theirs):
    if case["command"] != "downgrade" or start_fails(case):
        return None
    target = case["target"].split(":")[-1]
    if theirs.get("error") in ("sql_needs_range", "range_not_allowed") or not re.fullmatch(r"-\d+", target):
        return None
    steps, rows = int(target[1:]), start_rows(case)
    if steps == 0 or not rows:
        return None
    if len(rows) > 1:
        return error("ambiguous_walk")
    if "error" not in theirs:
        return None
    at, undone = rows[0], None
    for n in range(steps):
        if at is None:
            return error("relative_too_far")
        undone = at
        down = g.by_id[at]["down"]
        if len(down) > 1 and n + 1 < steps:
            return error("ambiguous_walk")
        at = down[0] if down else None
    drop = g.descendants([undone]) & g.ancestors(rows)
    return {"undone": sorted(drop), "rows": g.maximal(g.ancestors(rows) - drop)}


@rule(5, "leaving the graph is relative_too_far, not a crash")
def too_far(case, g, theirs):
    if theirs.get("error") != "crash" or case["command"] not in ("upgrade", "downgrade"):
        return None
    m = RELATIVE.fullmatch(targets(case)[-1])
    if not m:
        return None
    branch, symbol, sign, steps = m.groups()
    if symbol is None:
        if case["command"] != "downgrade" or sign != "-" or branch is None:
            return None
        rows = start_rows(case)
        kin = g.lineage(g.key(branch))
        starts = kin & set(rows)
        if not starts:
            applied = g.ancestors(rows)
            starts = {i for i in kin & applied if not set(g.children[i]) & applied}
        return error("ambiguous_walk" if len(starts) > 1 else "relative_too_far")
    start = None
    if symbol != "base":
        named = symbol if branch is None or sign == "+" else branch + "@" + symbol
        start = (answer({"revisions": case["revisions"], "current": [], "command": "show",
                         "target": named}).get("revs") or [None])[0]
    if branch and sign == "+" and symbol != "base":
        branch = None  # filters children only; a walk that finds none is too far all the same
    try:
        end = g.walk(start, int(sign + steps)) if branch is None or sign == "-" else None
    except TooFar:
        return error("relative_too_far")
    except Ambiguous:
        # the branch chose among the children, until there was none
        return error("relative_too_far") if m.group(1) and sign == "+" else None
    # reaching base is leaving the graph for an upgrade
    return error("relative_too_far") if end is None or m.group(1) else None


@rule(14, "merge heads takes every head, and merging nothing is an error")
def merge_heads(case, g, theirs):
    if case["command"] != "merge":
        return None
    if case["target"] == ["heads"]:
        heads = g.heads()
        if len(heads) < 2:
            return error("duplicate_heads")
        if len(heads) > len(g.real_heads()):
            return answer(changed(case, target=heads))
    elif len(case["target"]) < 2 and "error" not in theirs:
        return error("duplicate_heads")


@rule(11, "history: -N:current counts from the current state, :current may be empty")
def history_current(case, g, theirs):
    target = case.get("target")
    if case["command"] != "history" or not target or not target.endswith(":current"):
        return None
    start = target.partition(":")[0]
    rows = case["current"]
    if not rows and start != "current":
        if re.fullmatch(r"-\d+", start):
            return {"revs": []}
        one = {"revisions": case["revisions"], "current": [], "command": "show", "target": start or "base"}
        return answer(one) if "error" in answer(one) else {"revs": []}
    m = re.fullmatch(r"-(\d+)", start)
    if not m or int(m.group(1)) == 0:
        return None
    froms = []
    for r in rows:
        try:
            froms.append(g.walk(r, -int(m.group(1))))
        except TooFar:
            froms.append(None)
        except Ambiguous:
            return error("ambiguous_walk")
    froms = sorted({f for f in froms if f})
    todo = g.ancestors(rows)
    if froms:
        if any(a != b and a in g.ancestors([b]) for a in froms for b in froms):
            return error("overlap")
        todo = (todo - g.ancestors(froms) | set(froms)) & g.descendants(froms, False)
    return {"set": sorted(todo)}


@rule(7, "a label or identifier that exists is refused before anything is written")
def duplicate_written(case, g, theirs):
    if case["command"] == "revision" and "error" not in theirs:
        label = case["options"].get("branch_label")
        if label in g.labels or label in g.by_id:
            return error("duplicate_label")


def answer(case):
    """(what ours must be) for a case, by the rules and Alembic."""
    return explain(case)[1]


def explain(case):
    """([(point, name) of the rules that decided], the answer)."""
    g = Model(case)
    theirs = ask_alembic(case)
    for point, name, fn in RULES:
        if case["command"] == "revision" and theirs.get("error") == "illegal_id":
            break  # checked first of all
        ours = fn(case, g, theirs)
        if ours is not None and not same(ours, theirs):
            return (point, name), ours
    if theirs.get("rows_mended"):
        return (1, "the rows are the applied revisions that nothing applied is above of"), theirs
    return None, theirs


def same(a, b):
    if "error" in a or "error" in b:
        return a.get("error") == b.get("error")
    return a is b
