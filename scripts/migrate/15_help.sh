# --- help of the commands --------------------------------------------------------
# What "migrate.sh COMMAND --help" says.

command_help() {
  case $1 in
    init) cat <<'EOF' ;;
Usage: migrate.sh init [DIR] [options]

Makes the directory of the revision files and the extension.  If the database
has tables already, a baseline is taken: a revision file that recreates them, with
owners, grants and default privileges, and the database is stamped with it.  Nothing
else is changed.  Commit the file; a database elsewhere that has these tables is
stamped with it by its first "migrate.sh apply".  What migrate.baseline() cannot
describe pg_dump does.

  --schema NAME      of this schema only; may be repeated
  --ignore PATTERN   leave out what is called so, as spatial_ref_sys or cron.*
  --no-baseline      only the directory and the extension
  -n, --dry-run      say what would be done
EOF
    status) cat <<'EOF' ;;
Usage: migrate.sh status

Prints what is current, what is pending, and what the directory has that the
database has not.
EOF
    apply) cat <<'EOF' ;;
Usage: migrate.sh apply [TARGET] [options]

Loads the files of the directory and upgrades, in one transaction.  Without
TARGET it upgrades to the head of these files: what else is in the database, of
a newer release or another branch of the code, is left alone.  With several heads
it stops; "apply heads" is for branches that are meant to stay apart.  If there is nothing
to do, as a digest of the files tells, they are not even sent.

The first time in a database it creates the extension.  Has the database tables
by then, it is stamped first: with what alembic_version says if the files have
that; or else with the file of the baseline, one with the message "baseline"; or
else a baseline is taken, as "migrate.sh init" does.

  --baseline REVISION   stamp this one; "none": do not stamp, run everything.  A
                        database that took a baseline of its own is compared with
                        this one, and stamped if it is the same
  --online              each revision in a transaction of its own, and revisions
                        that cannot run inside one (CALL migrate.deploy)
  --backup              back the database up first if there is something to do
  -o, --output DIR      where the backup goes, see "migrate.sh backup --help"
  --wait SECONDS        if the server does not answer, wait for it so long
  --prune               remove from the database what is neither applied nor among
                        these files
  --tag TEXT            text for migrate.log, readable by revisions
  -n, --dry-run         rehearse it, print the SQL and what each statement locks, and
                        leave nothing behind.  Tables are locked meanwhile: "migrate.sh
                        plan" runs nothing
EOF
    create) cat <<'EOF' ;;
Usage: migrate.sh create MESSAGE [options]     (or: -m MESSAGE; revision, migrate)

Writes DIR/<revision>_<slug>.sql on top of the head, and loads it.  Put the SQL
in, and run "migrate.sh apply": until it is applied, a changed file replaces
what was loaded.

  --model FILE          write the SQL by comparing the database with this schema
  --schema NAME         what is compared, by default public; may be repeated
  --all-schemas         all of the database
  --ignore PATTERN      leave alone what is called so, as spatial_ref_sys or cron.*; may
                        be repeated, and is added to what migrate.ignore says
  --rename OLD=NEW      what the model calls NEW was OLD; may be repeated
  --up FILE, --down FILE   the SQL of the upgrade and of the downgrade
  --edit                open the file in $EDITOR, and load the result
  --head REVISION       on top of this one; may be repeated
  --splice              allow a --head that has something on top already
  --branch-label LABEL, --depends-on REVISION   may be repeated
  --rev-id ID           the identifier, 12 hexadecimal digits by default
  -n, --dry-run         print the file, and write nothing
EOF
    mark-current) cat <<'EOF' ;;
Usage: migrate.sh mark-current [--dry-run]

Loads the files and says that the database is at their head, without running
anything: for a database that has been brought there by other means.
EOF
    upgrade) cat <<'EOF' ;;
Usage: migrate.sh upgrade [TARGET] [options]

Upgrades to TARGET (head).  Where the directory has revision files it is "apply",
as with "flask db upgrade"; where there are none, or this role may not load them,
it is what the database has that counts.

  --online        each revision in a transaction of its own (CALL migrate.deploy)
  --sql           print a script for psql instead; TARGET may be a range from:to
  --tag TEXT      text for migrate.log, readable by revisions
  -n, --dry-run   print the plan
EOF
    downgrade) cat <<'EOF' ;;
Usage: migrate.sh downgrade [TARGET] [options]

Undoes revisions down to TARGET (-1).  The files are not needed: the database
has what undoes them.

  --online        each revision in a transaction of its own (CALL migrate.revert)
  --sql           print a script for psql instead; TARGET is a range from:to
  --tag TEXT      text for migrate.log, readable by revisions
  -n, --dry-run   print the plan
EOF
    stamp) cat <<'EOF' ;;
Usage: migrate.sh stamp [TARGET] [options]

Says that the database is at TARGET (head) without running anything.

  --purge         forget first what was said before
  --sql           print a script for psql instead
  -n, --dry-run   print the plan
EOF
    current) cat <<'EOF' ;;
Usage: migrate.sh current [--verbose] [--check-heads]

Prints the current revisions, one a line; with -v, --verbose as "show" does.  With
--check-heads the exit status is 1 unless every head is applied.
EOF
    heads) cat <<'EOF' ;;
Usage: migrate.sh heads [--resolve-dependencies] [--verbose]

Prints the revisions that no revision has as parent; with
--resolve-dependencies, as dependency neither.
EOF
    history) cat <<'EOF' ;;
Usage: migrate.sh history [RANGE] [--verbose]

Prints the revisions, newest first; RANGE is such as base:head, -3: or :current.
It may be given as -r, --rev-range; what is current is always said (-i).
EOF
    show) cat <<'EOF' ;;
Usage: migrate.sh show [REVISION] [--sql]

Prints a revision (head); with --sql, its file.
EOF
    branches) cat <<'EOF' ;;
Usage: migrate.sh branches

Prints the branch points and what follows each.
EOF
    merge) cat <<'EOF' ;;
Usage: migrate.sh merge [REVISION...] [options]

Loads the files, and writes and loads a revision that merges these revisions, by
default all heads.  "migrate.sh rebase" is the other way out of two heads.

  -m, --message TEXT
  --splice               they need not be heads
  --branch-label LABEL   may be repeated
  --rev-id ID
  -n, --dry-run          print the file, and write nothing
EOF
    rebase) cat <<'EOF' ;;
Usage: migrate.sh rebase REVISION [ONTO] [--dry-run]

Loads the files, and gives REVISION, which is not applied, and with it what is
on top of it, the parent ONTO: by default the other head.  Its file is rewritten
(the line "-- Revises:", nothing else).
EOF
    repair) cat <<'EOF' ;;
Usage: migrate.sh repair [REVISION...] [options]

Shows how the files of applied revisions, all or these, differ from what was
applied, and takes the files' text over, with a row in migrate.log.  What differs
only in comments, blank lines or the message is taken over by every load.

  -m, --message TEXT   why, for the log
  -n, --dry-run        only show
EOF
    remove) cat <<'EOF' ;;
Usage: migrate.sh remove REVISION... [--dry-run]

Removes revisions that are not applied from the database, and their files if
they have any: heads first.  "migrate.sh downgrade" undoes one that is applied.
EOF
    record) cat <<'EOF' ;;
Usage: migrate.sh record [MESSAGE] [options]

Do the DDL by hand on a development database, then have the revision: what "drift"
finds becomes a file, proven in both directions, and is stamped here.

  --schema NAME         what is looked at, by default public; may be repeated
  --all-schemas         all of the database
  --ignore PATTERN      leave alone what is called so; may be repeated
  --rename OLD=NEW      what is called NEW was OLD; may be repeated
  --rev-id ID
  -n, --dry-run         print the file, and write nothing
EOF
    graph) cat <<'EOF' ;;
Usage: migrate.sh graph [--format FORMAT]

Draws the revisions: FORMAT is text, dot or mermaid.
EOF
    plan) cat <<'EOF' ;;
Usage: migrate.sh plan [TARGET] [--sql]

Says what "migrate.sh apply TARGET" would run, and changes nothing.  --sql prints
the SQL as well.
EOF
    dry-run) cat <<'EOF' ;;
Usage: migrate.sh dry-run [TARGET]

Loads the files and upgrades for real, in a transaction that is rolled back, and
says of each statement how long it took, what it locks and whom that would block.
Tables are locked meanwhile: on a busy database, use a copy.
EOF
    review) cat <<'EOF' ;;
Usage: migrate.sh review [TARGET] [options]

Says of each pending statement whom it keeps out, what running code may still
need, which rows are in the way.  See docs/review.md.

  --fail-on SEVERITY   exit with 3 at this or worse: error, warning (the default),
                       notice; or never
  --facts FILE         judge by what migrate.sh facts has written in production
EOF
    impact) cat <<'EOF' ;;
Usage: migrate.sh impact [TARGET] [options]

Says which statements of the running application are not the same afterwards: those
that pg_stat_statements has counted.  Exits with 3 if any of them fails then.  See
docs/impact.md.

  --queries FILE       look at the statements of this file instead, which end with ;
  --facts FILE         as review
EOF
    facts) cat <<'EOF' ;;
Usage: migrate.sh facts [-o FILE]

Prints how large and how used the tables are, and which statements the database
gets, as SQL: for review and report in a database that has neither rows nor users.
There are no rows of data in it.

  -o, --output FILE    write it there
EOF
    report) cat <<'EOF' ;;
Usage: migrate.sh report [TARGET] [options]

What review and preflight say of the files, with the plan and its SQL, as one
text to pass on.  Nothing is run.  See docs/report.md.

  --format FORMAT      markdown (the default): a comment on a pull request; html: a
                       page to read and print; json; sarif: for code scanning
  -o, --output FILE    write it there; its end (.md, .html, .json, .sarif) says the
                       format where --format does not
  --fail-on SEVERITY   as review: exit with 3 at findings of this severity or worse
  --facts FILE         as review
EOF
    approve) cat <<'EOF' ;;
Usage: migrate.sh approve [TARGET] [-m REASON]

Approves the revisions that are loaded and pending, as they are and for the
database as it is.  Where migrate.require_approval is on, apply and upgrade run
nothing else.  Who has written one of them cannot approve it.  See docs/review.md.
EOF
    preflight) cat <<'EOF' ;;
Usage: migrate.sh preflight [TARGET]

Asks the live rows whether what is pending fails for them; 3: it would.
EOF
    rehearse) cat <<'EOF' ;;
Usage: migrate.sh rehearse [TARGET]

Runs what is pending on some rows, out of sight, up and down; 3: it loses values.
EOF
    log) cat <<'EOF' ;;
Usage: migrate.sh log [-N]

Prints the last N steps (20) that were run here, the latest first.
EOF
    progress) cat <<'EOF' ;;
Usage: migrate.sh progress

Says who is migrating, which statement runs, and for whom it waits: every second,
until nobody does.
EOF
    resolve) cat <<'EOF' ;;
Usage: migrate.sh resolve REVISION applied|rolled_back

Says of a revision that was left half done how it has ended.
EOF
    diff) cat <<'EOF' ;;
Usage: migrate.sh diff --model FILE

Prints the SQL that makes the database as this schema, which is DDL.  --schema NAME,
--all-schemas, --ignore PATTERN and --rename OLD=NEW are those of "migrate.sh create".
EOF
    drift) cat <<'EOF' ;;
Usage: migrate.sh drift

Prints what was done to the schema outside its revisions; exit status 3 if there is
anything.  --schema NAME, which may be repeated, or --all-schemas says what is looked at,
--ignore PATTERN what is left alone.
EOF
    verify) cat <<'EOF' ;;
Usage: migrate.sh verify [RANGE]

Runs each revision up, down and up again, away from the live schema, and says what
it does not restore; exit status 1 if there is anything.  --schema NAME, --all-schemas
and --ignore PATTERN are those of "migrate.sh drift".
EOF
    squash) cat <<'EOF' ;;
Usage: migrate.sh squash FROM TO [-m MESSAGE] [--rev-id ID] [--dry-run]

Makes one revision of those from FROM to TO, which lie on one line, writes its file
and removes theirs.  --schema NAME, --all-schemas and --ignore PATTERN say what is compared.
EOF
    restore) cat <<'EOF' ;;
Usage: migrate.sh restore FILE [--dry-run]

Restores a backup in one transaction: what FILE holds is dropped, and made again.
EOF
    detach) cat <<'EOF' ;;
Usage: migrate.sh detach [--dry-run]

Drops the extension and keeps its tables with all rows, as they are where it cannot
be installed.  With MIGRATE_ENGINE set (to "private" or a URL) migrate.sh then goes
on without it; CREATE EXTENSION takes the tables over again.
EOF
    edit) cat <<'EOF' ;;
Usage: migrate.sh edit [REVISION]

Opens the revision's file in $VISUAL, $EDITOR or vi, and loads the result.
EOF
    check) cat <<'EOF' ;;
Usage: migrate.sh check [TARGET] [--model FILE]

Looks at the files and the database, and changes neither: exit status 0 if
everything is applied; 3 if revisions are pending; 1 if a file cannot be loaded,
or if there are several heads, unless TARGET is "heads".

  --model FILE   3 also if the database differs from this schema, which is DDL
  --schema NAME, --all-schemas, --ignore PATTERN, --rename OLD=NEW
                 see "migrate.sh create --help"
EOF
    load) cat <<'EOF' ;;
Usage: migrate.sh load [FILE...] [options]

Loads these files, or those of the directory: in any order, all or none.  A file
prelude.sql says what the revisions presuppose: it is run before them where they
are tried out, and never in the database itself.

  --sql           print the statement that loads them, for another client
  -v, --verbose   a line for every file, not only for those that changed
  -n, --dry-run   try, and leave nothing behind
EOF
    export) help_export ;;
    backup) cat <<'EOF' ;;
Usage: migrate.sh backup [--output DIR] [--dry-run]

Dumps the database with pg_dump's custom format into
DIR/<database>_<date>_<revision>.dump, and verifies it with pg_restore --list.

  -o, --output DIR   by default $MIGRATE_BACKUP_DIR or else ./backups
  -n, --dry-run      print the file's name
EOF
    wait) cat <<'EOF' ;;
Usage: migrate.sh wait [--timeout SECONDS]

Waits until the server answers a query, at most so long (60).
EOF
    import) cat <<'EOF' ;;
Usage: migrate.sh import DIR [options]

Converts the migrations of another tool; "migrate-import.sh --help" tells more.
EOF
  esac
}

