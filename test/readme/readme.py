#!/usr/bin/env python3
"""Do the README and the other documents tell the truth?

A session in a document is run as it stands, and what comes out is compared
with what is printed there.  And the reference is complete: every function,
setting and SQLSTATE is in it, and every function or setting that a document
names exists, as does every file and section that it links to.

A block is run if the line before its fence (or the one before that, if that is
blank) marks it; a mark may go on over several lines.  Those of a document run in
order, in one database that is empty at first, with a copy of the project as
working directory:

    <!-- test: psql -->      statements behind a prompt ("=# ", "=> " or with a database's name
                             before it; "-# ", "-> " go on with one), output below each
    <!-- test: shell -->     commands behind "$ " ("> " goes on with one), output below each
    <!-- test: sql -->       plain SQL; must run, whatever it prints
    <!-- test: output -->    what the last statement of the sql block before it printed

    <!-- test: commands -->  a table: every command of migrate.sh in it (behind its first
                             column) must run.  Each has a copy of its own of the database and of
                             the directory; NAME=VALUE says what stands for a NAME in capitals
    <!-- test: setup COMMAND -->    a command that the reader does not see, and must succeed
    <!-- test: env NAME=VALUE ... -->  for all that follows; $NAME of the environment is replaced
    <!-- test: needs PROGRAM=PACKAGE ... -->  installs Debian's packages; where that cannot be, the
                             rest of the document is skipped, and that is said

A word behind it changes how that and the following blocks run:

    <!-- test: psql fresh -->        first makes the database anew
    <!-- test: psql as=app_runner -->  connects as that role, in this block only
    <!-- test: shell in=DIRECTORY -->  in that directory below the working directory

What cannot be the same twice is not compared (normalised() below): moments,
durations, server versions, process numbers, and the width of columns that hold
them.  Revision identifiers are followed: where a document prints 8f3a1c2b4d5e
and this run makes up another, that one is meant wherever the document says
8f3a1c2b4d5e, or 8f3a, afterwards.

"..." alone on a line of an expected output stands for any lines.

    test/readme/run.sh [DOCUMENT...]       by default README.md, CONTRIBUTING.md, docs/*.md

Connects by PGHOST, PGPORT and PGUSER, as a superuser.  The last line counts:
"N passed, N failed".
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
BINDIR = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"],
                        stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
DATABASE = "readme"
MARK = "--- readme.py: end of output ---"
IDENTIFIER = r"(?<![0-9A-Za-z])[0-9a-f]{12}(?![0-9A-Za-z])"  # also in NAME_slug.sql

PSQL_PROMPT = re.compile(r"^\w*=[#>] ")
PSQL_MORE = re.compile(r"^\w*[-('\"$][#>] ?")


class Block:
    """A marked block: where it stands, how to run it, its text."""

    def __init__(self, line, words, text):
        self.line = line
        self.kind = words[0]
        self.fresh = "fresh" in words
        self.words = words[1:]
        self.role = self.option("as")
        self.place = self.option("in") or "."
        self.text = text

    def option(self, name):
        return next((word[len(name) + 1:] for word in self.words if word.startswith(name + "=")), None)

    def steps(self):
        """(input, expected output) of each statement or command."""
        if self.kind == "commands":
            return [(command, []) for command in self.commands()]
        if self.kind in ("sql", "output"):
            return [(self.text, [])]
        prompt, more = (PSQL_PROMPT, PSQL_MORE) if self.kind == "psql" else (re.compile(r"^\$ "), re.compile(r"^> "))
        steps = []
        for line in self.text.splitlines():
            if prompt.match(line):
                steps.append([prompt.sub("", line), []])
            elif steps and not steps[-1][1] and more.match(line):
                steps[-1][0] += "\n" + more.sub("", line)
            elif steps:
                steps[-1][1].append(line)
            elif line.strip():
                raise ValueError("line %d: the block does not begin with a prompt" % self.line)
        return steps


    def commands(self):
        """Those of migrate.sh in a table, with what stands for words in capitals."""
        stands_for = dict(word.split("=", 1) for word in self.words if re.match(r"[A-Z]+=", word))
        for row in self.text.splitlines():
            for code in re.findall(r"`([^`]+)`", re.split(r"(?<!\\)\|", row, maxsplit=2)[-1]):
                if code.startswith("migrate.sh "):
                    yield re.sub(r"\b[A-Z]+\b", lambda match: stands_for.get(match.group(), match.group()), code)


def marked_blocks(text):
    blocks, words, fence, body, start = [], None, None, [], 0
    # A mark over several lines is as good as one on the first of them.
    text = re.sub(r"(?ms)^<!-- test: .*?-->$",
                  lambda mark: " ".join(mark.group().split()) + "\n" * mark.group().count("\n"), text)
    for number, line in enumerate(text.splitlines() + [""], 1):
        if words and words[0] == "commands":
            if line.startswith("|"):
                body.append(line)
                continue
            if body:
                blocks.append(Block(number - len(body), words, "\n".join(body)))
                words, body = None, []
        if fence:
            if line.strip() == fence:
                if words:
                    blocks.append(Block(start, words, "\n".join(body)))
                words = fence = None
            else:
                body.append(line)
            continue
        mark = re.match(r"\s*<!-- test: (.*?) -->\s*$", line)
        opening = re.match(r"\s*(```+|~~~+)", line)
        if mark:
            words, body = mark.group(1).split(), []
            if words[0] in ("setup", "env", "needs"):
                blocks.append(Block(number, words, " ".join(words[1:])))
                words = None
            elif words[0] not in ("psql", "shell", "sql", "output", "commands"):
                raise ValueError("line %d: no such kind of test: %s" % (number, words[0]))
        elif opening:
            fence, body, start = opening.group(1), [], number
        elif line.strip():
            words = None
    return blocks


def normalised(lines):
    """What has to be the same every time."""
    result = []
    for line in lines:
        line = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d(:?\d\d)?| ?UTC|Z)?", "MOMENT", line)
        line = re.sub(r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "DURATION", line)
        line = re.sub(r"\b\d+([.,]\d+)? ?m?s\b(?!\w)", "DURATION", line)
        line = re.sub(r"\b(PostgreSQL|server) (version )?1\d(\.\d+)?( \(.*?\))?", r"\1 VERSION", line)
        line = re.sub(r"\b(process|pid|PID) \d+", r"\1 NUMBER", line)
        line = re.sub(r"[-+]{2,}", "--", line)
        line = re.sub(r"[ \t]+", " ", line).strip()
        result.append(line)
    while result and not result[-1]:
        result.pop()
    return result


class Identifiers:
    """Which revision of this run stands for which of the document."""

    def __init__(self):
        self.here = {}  # the document's -> ours

    def learn(self, expected, got):
        """From lines that are the same but for them; others, which "..." stands for, are passed over."""
        got = list(got)
        for line in expected:
            alike = next((n for n, other in enumerate(got) if self.masked(other) == self.masked(line)), None)
            if alike is not None:
                for theirs, ours in zip(re.findall(IDENTIFIER, line), re.findall(IDENTIFIER, got[alike])):
                    self.here.setdefault(theirs, ours)
                del got[:alike + 1]

    @staticmethod
    def masked(line):
        return "\n".join(normalised([re.sub(IDENTIFIER, "IDENTIFIER", line)]))

    def translate(self, text):
        def whole(match):
            return self.here.get(match.group(), match.group())

        def prefix(match):
            full = [theirs for theirs in self.here if theirs.startswith(match.group())]
            return self.here[full[0]][:len(match.group())] if len(full) == 1 else match.group()
        text = re.sub(IDENTIFIER, whole, text)
        return re.sub(r"(?<![\w./])[0-9a-f]{4,11}(?![\w./])", prefix, text)


def matches(expected, got):
    """Equal, "..." standing for any number of lines."""
    if not expected:
        return not got
    if expected[0] == "...":
        return any(matches(expected[1:], got[skip:]) for skip in range(len(got) + 1))
    return bool(got) and expected[0] == got[0] and matches(expected[1:], got[1:])


class Session:
    """One psql or shell, given a statement or command at a time."""

    def __init__(self, block, directory, environment):
        if block.kind == "shell":
            command = ["bash"]
        else:
            # stdbuf, because notices go another way than results and would overtake them
            command = ["stdbuf", "-oL", "psql", "-X", "-P", "pager=off"] + (["-U", block.role] if block.role else [])
        self.shell = block.kind == "shell"
        self.process = subprocess.Popen(command, cwd=directory / block.place, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def run(self, text):
        """The lines that it prints."""
        frame = "{ %s\n} </dev/null\necho '%s'\n" if self.shell else "%s\n\\echo '%s'\n"
        self.process.stdin.write(frame % (text, MARK))
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.rstrip("\n").endswith(MARK):
                if line[:-len(MARK) - 1]:  # what came before had no newline
                    lines.append(line[:-len(MARK) - 1])
                return lines
            lines.append(line.rstrip("\n"))
        return lines + ["(the session has ended)"]


def difference(expected, got):
    return "\n".join(["    the document says:"] + ["      " + line for line in expected] +
                     ["    but it is:"] + ["      " + line for line in got])


def new_database(environment, name):
    subprocess.run(["psql", "-Xq", "-d", "postgres", "-c", "DROP DATABASE IF EXISTS " + name,
                    "-c", "CREATE DATABASE " + name], env=environment, check=True, stderr=subprocess.DEVNULL)


def run_sql(block, text, directory, environment):
    """Whether all of it ran, and what it printed."""
    done = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1"] + (["-U", block.role] if block.role else []),
                          input=text, cwd=directory, env=environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout.splitlines()


def run_shell(command, directory, environment):
    """Whether it succeeded, and what it printed."""
    done = subprocess.run(["bash", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, "exit status %d\n%s" % (done.returncode, done.stdout)


def run_commands(block, directory, environment):
    """Yields (command, trouble or None) for the commands of a table."""
    def admin(*statements):
        subprocess.run(["psql", "-Xq", "-d", "postgres"] + [word for statement in statements for word in ("-c", statement)],
                       env=environment, check=True, stderr=subprocess.DEVNULL)

    before = DATABASE + "_before"
    admin("DROP DATABASE IF EXISTS " + before, "CREATE DATABASE %s TEMPLATE %s" % (before, DATABASE))
    for command, _ in block.steps():
        with tempfile.TemporaryDirectory() as scratch:
            copy = shutil.copytree(directory / block.place, Path(scratch) / "copy")
            good, said = run_shell(command, copy, dict(environment, EDITOR="true"))
        yield command, None if good else said
        admin("DROP DATABASE " + DATABASE, "CREATE DATABASE %s TEMPLATE %s" % (DATABASE, before))
    admin("DROP DATABASE " + before)


def run_blocks(blocks, directory, environment):
    """Yields (what, trouble or None) for each step."""
    identifiers, last = Identifiers(), []

    def compared(wanted, got):
        while wanted and not wanted[-1].strip():
            wanted = wanted[:-1]
        identifiers.learn(wanted, got)
        expected = normalised([identifiers.translate(line) for line in wanted])
        return None if matches(expected, normalised(got)) else difference(wanted, got)

    new_database(environment, DATABASE)
    for block in blocks:
        if block.fresh:
            new_database(environment, DATABASE)
        where = "line %d: " % block.line
        if block.kind == "env":
            for word in block.words:
                name, _, value = word.partition("=")
                environment[name] = re.sub(r"\$(\w+)", lambda match: environment.get(match.group(1), ""), value)
        elif block.kind == "needs":
            good, said = run_shell(". scripts/machine.sh && need_programs " + block.text, directory, environment)
            if not good:
                print("SKIPPED: what comes after line %d: %s" % (block.line, " ".join(said.split())))
                return
        elif block.kind == "setup":
            good, said = run_shell(block.text, directory, environment)
            yield where + block.text, None if good else said
        elif block.kind == "commands":
            for command, trouble in run_commands(block, directory, environment):
                yield where + command, trouble
        elif block.kind == "sql":
            good, last = run_sql(block, identifiers.translate(block.text), directory, environment)
            yield where + "sql", None if good else "\n".join(last)
        elif block.kind == "output":
            yield where + "output", compared(block.text.splitlines(), last)
        else:
            with Session(block, directory, environment) as session:
                for text, wanted in block.steps():
                    yield where + text.splitlines()[0], compared(wanted, session.run(identifiers.translate(text)))


def anchors(text):
    """Those that a link to a section of this document may name."""
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.*)$", text)}


def broken_links(document, text):
    """Links to files or sections that do not exist."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or anchor and anchor not in anchors(file.read_text()):
            yield target


def completeness(documents, environment):
    """Yields (what, trouble or None) for what the documents must name, and for what they name."""
    environment = dict(environment, PGDATABASE=DATABASE)
    new_database(environment, DATABASE)

    def names(query):
        done = subprocess.run(["psql", "-XAtq", "-c", "LOAD 'migrate_ext'", "-c", query],
                              env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return set(done.stdout.split())

    subprocess.run(["psql", "-Xq", "-c", "CREATE EXTENSION migrate_ext"], env=environment, check=True)
    functions = names("SELECT proname FROM pg_proc WHERE pronamespace = 'migrate'::regnamespace "
                      "AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) AND proname !~ '^_'")
    relations = names("SELECT relname FROM pg_class WHERE relnamespace = 'migrate'::regnamespace")
    settings = names("SELECT substr(name, 9) FROM pg_settings WHERE name ~ '^migrate[.]'")
    codes = {"".join(re.findall(r"'(\w)'", code)) for code in
             re.findall(r"MAKE_SQLSTATE\((.*?)\)", (PROJECT / "src" / "errors.h").read_text())}

    def named(text):
        return set(re.findall(r"\bmigrate\.([a-z_]+)\b(?!\.)", text)) - {"sql", "py", "sh", "md"}

    reference = (PROJECT / "docs" / "reference.md").read_text()
    for what, offenders in (
            ("every function is in the reference", functions - named(reference)),
            ("every setting is in the reference", settings - named(reference)),
            ("every SQLSTATE is in the reference", codes - set(re.findall(r"\bMG\d{3}\b", reference)))):
        yield what, "    not so: " + ", ".join(sorted(offenders)) if offenders else None
    for document in documents:
        text = document.read_text()
        for what, offenders in (
                ("every function that it calls exists", set(re.findall(r"\bmigrate\.([a-z_]+)\(", text)) - functions),
                ("every name in schema migrate or setting that it uses exists", named(text) - functions - relations - settings),
                ("every file and section that it links to exists", set(broken_links(document, text)))):
            yield "%s: %s" % (document.name, what), "    not so: " + ", ".join(sorted(offenders)) if offenders else None


def main(documents):
    environment = dict(os.environ, PATH=BINDIR + ":" + os.environ["PATH"], BINDIR=BINDIR, PGDATABASE=DATABASE, PAGER="cat",
                       LC_ALL="C.UTF-8")
    passed = failed = blocks = 0
    results = []
    for document in documents:
        marked = marked_blocks(document.read_text())
        if not marked:
            continue
        blocks += len(marked)
        with tempfile.TemporaryDirectory() as scratch:
            directory = Path(scratch) / "migrate_ext"
            shutil.copytree(PROJECT, directory, ignore=shutil.ignore_patterns(".git", "peers", "build", "results", "*.o"))
            results += [(document.name + ", " + what, trouble) for what, trouble in run_blocks(marked, directory, dict(environment))]
    results += completeness(documents, environment)
    if not blocks:
        results.append(("a session that is run", "    no block is marked"))
    for what, trouble in results:
        print(("not ok  " if trouble else "ok      ") + what)
        if trouble:
            failed += 1
            print(trouble)
        else:
            passed += 1
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main([Path(name).resolve() for name in sys.argv[1:]] or
                  [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"] + sorted((PROJECT / "docs").glob("*.md"))))
