"""What must hold whatever was called: each query returns what is wrong.

All of it is computed from the tables by SQL, not by the extension, so that its
C code and these queries have to agree.
"""

# The graph with dependencies (named by identifier or label), and what the version rows imply.
GRAPH = """
WITH RECURSIVE links AS (
    SELECT r.revision, p.revision AS parent, true AS is_parent
    FROM migrate.revisions r, unnest(r.down_revisions) AS d(name)
        JOIN migrate.revisions p ON p.revision = d.name
    UNION
    SELECT r.revision, p.revision, false
    FROM migrate.revisions r, unnest(r.depends_on) AS d(name)
        JOIN migrate.revisions p ON p.revision = d.name OR d.name = ANY (p.branch_labels)
), applied AS (
    SELECT revision FROM migrate.version
    UNION
    SELECT l.parent FROM links l JOIN applied a ON a.revision = l.revision
)
"""

CHECKS = {
    "a version row is implied by another":
        GRAPH + "SELECT v.revision FROM migrate.version v JOIN links l ON l.parent = v.revision"
                " JOIN applied a ON a.revision = l.revision",
    "is_real_head is wrong":
        GRAPH + "SELECT revision, is_real_head FROM migrate.revisions r"
                " WHERE is_real_head = EXISTS (SELECT FROM links l WHERE l.parent = r.revision)",
    "a parent or dependency is not there":
        "SELECT r.revision, n FROM migrate.revisions r, unnest(r.down_revisions || r.depends_on) AS n"
        " WHERE NOT EXISTS (SELECT FROM migrate.revisions p WHERE p.revision = n OR n = ANY (p.branch_labels))",
    "a name is used twice":
        "SELECT name FROM (SELECT revision AS name FROM migrate.revisions"
        " UNION ALL SELECT unnest(branch_labels) FROM migrate.revisions) AS n GROUP BY name HAVING count(*) > 1",
    "a script is missing or has no revision":
        "SELECT revision FROM migrate.revisions r FULL JOIN migrate.scripts s USING (revision)"
        " WHERE r.revision IS NULL OR s.revision IS NULL",
    "history() and the tables disagree":
        GRAPH + "SELECT revision, h.is_applied, h.is_current, h.is_head, h.is_branch_point, h.is_merge_point"
                " FROM migrate.revisions r FULL JOIN migrate.history() h USING (revision) WHERE"
                " h.revision IS NULL OR r.revision IS NULL"
                " OR h.is_applied <> EXISTS (SELECT FROM applied a WHERE a.revision = r.revision)"
                " OR h.is_current <> EXISTS (SELECT FROM migrate.version v WHERE v.revision = r.revision)"
                " OR h.is_head <> NOT EXISTS (SELECT FROM links l WHERE l.parent = r.revision AND l.is_parent)"
                " OR h.is_branch_point <> ((SELECT count(*) FROM links l WHERE l.parent = r.revision AND l.is_parent) > 1)"
                " OR h.is_merge_point <> ((SELECT count(*) FROM links l WHERE l.revision = r.revision AND l.is_parent) > 1)",
    "history() has a revision above one that revises it":
        "WITH h AS (SELECT revision, down_revisions, n FROM migrate.history() WITH ORDINALITY AS t"
        "(revision, down_revisions, message, branch_labels, depends_on, is_head, is_branch_point, is_merge_point,"
        " is_current, is_applied, created_at, n))"
        " SELECT h.revision, p.revision FROM h JOIN h AS p ON p.revision = ANY (h.down_revisions) WHERE p.n < h.n",
    "current() and the version table disagree":
        "SELECT * FROM migrate.version v FULL JOIN (SELECT migrate.current() AS revision) c USING (revision)"
        " WHERE v.revision IS NULL OR c.revision IS NULL",
    "heads() and the graph disagree":
        GRAPH + "SELECT revision FROM (SELECT revision FROM migrate.revisions r"
                " WHERE NOT EXISTS (SELECT FROM links l WHERE l.parent = r.revision AND l.is_parent)) AS r"
                " FULL JOIN (SELECT migrate.heads() AS revision) h USING (revision)"
                " WHERE r.revision IS NULL OR h.revision IS NULL",
    "heads(true) and the graph disagree":
        "SELECT revision FROM (SELECT revision FROM migrate.revisions WHERE is_real_head) AS r"
        " FULL JOIN (SELECT migrate.heads(true) AS revision) h USING (revision)"
        " WHERE r.revision IS NULL OR h.revision IS NULL",
    "check_heads() and the tables disagree":
        GRAPH + "SELECT 'check_heads' WHERE migrate.check_heads() <>"
                " ((SELECT count(*) FROM applied) = (SELECT count(*) FROM migrate.revisions))",
    "status() and the tables disagree":
        GRAPH + "SELECT s.* FROM migrate.status() s WHERE s.revisions <> (SELECT count(*) FROM migrate.revisions)"
                " OR s.applied <> (SELECT count(*) FROM applied) OR s.pending <> s.revisions - s.applied"
                " OR s.up_to_date <> (s.pending = 0) OR (s.next_revision IS NULL) <> (s.pending = 0)"
                " OR EXISTS (SELECT FROM applied a WHERE a.revision = s.next_revision)",
    "load_files() of script() is not the identity":
        "SELECT * FROM migrate.load_files(ARRAY(SELECT migrate.script(revision) FROM"
        " (SELECT revision FROM migrate.revisions ORDER BY md5(revision) LIMIT 40) AS r))"
        " WHERE outcome <> 'unchanged'",
    # what drift() and load_files() have found may be over when they write it down: they take no lock
    "the log has a gap":
        "SELECT id, version_before, previous FROM (SELECT *, lag(version_after, 1, '{}') OVER (ORDER BY id) AS previous"
        " FROM migrate.log WHERE outcome = 'done' AND action NOT IN ('drift', 'load')) AS l WHERE version_before <> previous AND action <> 'stamp'",
    "the log ends elsewhere":
        "SELECT * FROM (SELECT version_after FROM migrate.log WHERE outcome = 'done' AND action NOT IN ('drift', 'load') ORDER BY id DESC LIMIT 1) AS l"
        " WHERE version_after <> ARRAY(SELECT revision FROM migrate.version ORDER BY revision)",
    "the version is not what the log says":
        "SELECT revision FROM migrate.version WHERE NOT EXISTS (SELECT FROM migrate.log)",
    "checksums are not those of the files":
        "SELECT revision FROM (SELECT * FROM migrate.scripts ORDER BY md5(revision) LIMIT 20) AS r WHERE checksum <>"
        " sha256(convert_to(migrate.script(revision), getdatabaseencoding()))",
}

# Everything that is stored.  A failed call must leave it as it was.
STATE = """
SELECT md5(concat(
    (SELECT string_agg(r::text, E'\\n' ORDER BY revision) FROM migrate.revisions r),
    (SELECT string_agg(s::text, E'\\n' ORDER BY revision) FROM migrate.scripts s),
    (SELECT string_agg(v::text, E'\\n' ORDER BY revision) FROM migrate.version v),
    (SELECT string_agg(l::text, E'\\n' ORDER BY id) FROM migrate.log l),
    (SELECT string_agg(p::text, E'\\n' ORDER BY id) FROM public.ran p)))
"""

# What is applied may not change: revision and checksum.
APPLIED = GRAPH + "SELECT revision, encode(checksum, 'hex') FROM applied LEFT JOIN migrate.scripts USING (revision)"

# What ran says of itself, beside what the log says ran.  (What an offline script runs does not know its name.)
RAN = "SELECT direction, revision FROM public.ran WHERE revision <> '' ORDER BY id"
LOGGED = "SELECT action, revision FROM migrate.log WHERE action <> 'stamp' ORDER BY id"
