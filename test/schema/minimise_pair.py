#!/usr/bin/env python3
"""What of a pair of schemas is enough to fail as the whole pair does.

    test/schema/minimise_pair.py [--prove HOW] [--revisions HOW] [--own-dump] [--into DIR] DIRECTORY ...

Each DIRECTORY holds a.sql and b.sql, as pairs.py reads them.  Statements that the
two schemas have in common, or one in the place of the other, are left out
together; what cannot be made without them goes, too.  Many are tried at once
first, in the end each by itself, and whatever differs is tried without the
difference.  What fails with the same words at the same stage is the same fault.

The result goes to DIR/<name>, by default beside the pair with "min" after its kind,
with a meta.json that names the direction, for pairs.py again.  Connects as that does.
"""
import argparse
import difflib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import pairs
from random_pairs import Sieve, run, write


DATABASES = tuple("minimise_%d_%s" % (os.getpid(), letter) for letter in "ab")


def fault(text):
    """The stage and what is wrong, without the names of this pair."""
    found = re.match(r"([a-z ]+): ([0-9A-Z]{5}) (.*)", text)
    if found:
        return found.group(1), found.group(2), re.sub(r'"[^"]*"|\d+|[\w.]+\([^)]*\)', "", found.group(3))[:30]
    return tuple(re.sub(r"\d+", "", text).split()[:3])


def aligned(one, two):
    """The statements of both, those at the same place beside each other, None where one has none."""
    for how, i, end_i, j, end_j in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        for n in range(max(end_i - i, end_j - j)):
            yield one[i + n] if i + n < end_i else None, two[j + n] if j + n < end_j else None


class Minimiser:
    def __init__(self, server, sieve, directory):
        self.server, self.sieve, self.work = server, sieve, Path(tempfile.mkdtemp(prefix="minimise."))
        self.pair = self.work / "pair" / directory.name
        self.pair.mkdir(parents=True)
        for file in directory.iterdir():
            if file.is_file():
                shutil.copy(file, self.pair)
        self.meta = json.loads((self.pair / "meta.json").read_text()) if (self.pair / "meta.json").exists() else {}
        self.rows = list(aligned(*(pairs.statements((directory / name).read_text()) for name in ("a.sql", "b.sql"))))
        self.wanted, self.tried = None, 0

    def outcome(self):
        """The faults of both directions."""
        keep = self.work / "keep"
        keep.mkdir(exist_ok=True)
        keep.chmod(0o755)
        try:
            result, _ = pairs.Pair(self.pair).run(self.server, DATABASES, keep)
        except pairs.Crashed:
            self.server.wait()
            result = {way: (False, "crash: the server") for way in ("ab", "ba")}
        self.tried += 1
        return {way: text for way, (ok, text) in result.items() if not ok}

    def start(self):
        """Which direction and fault this is about; None if nothing fails."""
        self.work.chmod(0o755)
        for way, text in sorted(self.outcome().items()):
            self.meta["only"] = way
            (self.pair / "meta.json").write_text(json.dumps(self.meta) + "\n")
            self.wanted = fault(text)
            return "%s %s" % (way, text)
        return None

    def fails(self, rows):
        """Those rows that can be made, if they fail as the whole did."""
        kept = [self.sieve.valid([row[n] for row in rows if row[n]]) for n in (0, 1)]
        for name, lines in zip(("a.sql", "b.sql"), kept):
            write(self.pair / name, lines)
        if self.wanted in map(fault, self.outcome().values()):
            return list(aligned(*kept))
        return None

    def without(self, size):
        """Leave out so many at a time."""
        at = len(self.rows)
        while at > 0:
            at = max(at - size, 0)
            fewer = self.fails(self.rows[:at] + self.rows[at + size:])
            if fewer is not None:
                self.rows = fewer

    def same(self):
        """Leave out differences."""
        for n in reversed(range(len(self.rows))):
            if n >= len(self.rows):
                continue
            a, b = self.rows[n]
            for row in [(a, a), (b, b)] if a != b else []:
                fewer = self.fails(self.rows[:n] + [row] * bool(row[0]) + self.rows[n + 1:])
                if fewer is not None:
                    self.rows = fewer
                    break

    def run(self):
        self.rows = self.fails(self.rows) or self.rows
        before = None
        while before != self.rows:
            before = self.rows
            size = max(len(self.rows) // 2, 1)
            while size:
                self.without(size)
                size //= 2
            self.same()
        self.fails(self.rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+")
    parser.add_argument("--prove", choices=["plain", "online"])
    parser.add_argument("--revisions", choices=["plain", "online"])
    parser.add_argument("--own-dump", action="store_true")
    parser.add_argument("--into")
    parser.add_argument("--pg-config", default=os.environ.get("PG_CONFIG", "pg_config"))
    options = parser.parse_args()
    server = pairs.Server(options.pg_config, dumps_too=options.own_dump)
    server.prove, server.revisions = options.prove, options.revisions
    with Sieve(run(options.pg_config, "--bindir").strip()) as sieve:
        for directory in map(Path, options.directories):
            minimiser = Minimiser(server, sieve, directory)
            said = minimiser.start()
            if said:
                minimiser.run()
                into = Path(options.into or directory.parent.parent / (directory.parent.name + "_min")) / directory.name
                shutil.copytree(minimiser.pair, into, dirs_exist_ok=True)
                print("%s, %d tries: %s" % (into, minimiser.tried, said))
                for name in ("a.sql", "b.sql"):
                    print("-- %s\n%s" % (name, (into / name).read_text()), end="")
            else:
                print("%s does not fail" % directory)
            shutil.rmtree(minimiser.work)
    server.drop(pairs.TEMPLATE, *DATABASES)


if __name__ == "__main__":
    main()
