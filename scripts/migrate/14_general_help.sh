# --- help ------------------------------------------------------------------------
# What "--help" says, here and nowhere else: the manual page is made of it (packaging/man.sh).

general_help() {
  cat <<'EOF'
Usage: migrate.sh COMMAND [options]

Every day
  status                   where the database and the files are
  create MESSAGE           write a new revision file and load it
  apply [TARGET]           load the files, then upgrade
  downgrade [TARGET]       undo revisions, by default the last one
  check                    fail with 3 if revisions are pending: a gate for deploys

The files
  init                     make the directory and the extension; take a baseline
                           of a database that has tables already
  load [FILE...]           load the files without upgrading
  export [DIR]             write the database's revisions as files
  record [MESSAGE]         make a revision of what was done to the database by hand
  edit REVISION            open the revision in $EDITOR and load the result
  merge [REVISION...]      write a revision that merges heads
  rebase REVISION [ONTO]   give a revision that is not applied another parent
  remove REVISION...       remove revisions that are not applied, and their files
  repair [REVISION...]     take over files of applied revisions that were changed
  import DIR               convert the migrations of another tool

The database
  upgrade [TARGET]         upgrade without loading files
  stamp [TARGET]           say where the database is without running anything
  mark-current             load the files and stamp their head
  current, heads, history, show, branches, graph
  plan [TARGET]            what apply would run
  review, preflight [TARGET]   what is to be said of it; which rows are in its way
  impact [TARGET]          which statements of the application it breaks
  report [TARGET]          the same as one text: Markdown, HTML, JSON or SARIF
  facts                    what review has to know of production: sizes, use, statements
  approve [TARGET]         let it run where migrate.require_approval is on
  rehearse [TARGET]        run it on a sample of the rows, out of sight, and back
  dry-run [TARGET]         run it for real, roll it back, and say what it locks
  log, progress            what was run; who is running what
  resolve REVISION HOW     say how a revision that is half done has ended
  diff, drift, verify      compare with a model, with the revisions; try these
  squash FROM TO           one revision for many
  backup, restore FILE     dump the database to a file and verify it; bring it back
  detach                   drop the extension, and keep its tables
  wait                     wait until the server answers

"migrate.sh COMMAND --help" tells more.  Every command knows:

  -d, --dir DIR            the directory of the revision files, by default
                           $MIGRATIONS_DIR or else ./migrations
  -h, --help
  --version

Flask-Migrate's and Alembic's words are understood, too: "migrate" and "revision"
for create, "-m TEXT" for a message, "-d" before the command.

The database is the one that libpq's environment names (PGHOST, PGPORT, PGUSER,
PGDATABASE, PGSERVICE, PGPASSFILE ...).  DATABASE_URL, where it is set, comes
first; URLs of SQLAlchemy such as postgresql+psycopg2://... are understood.

Where migrate_ext cannot be installed in the database, it gets plain SQL, and a
PostgreSQL that has the extension finds out what to do: a private server that is
started for the time, or the one that MIGRATE_ENGINE names (a URL).

Exit status: 0 done or nothing to do, 1 failed, 2 usage, 3 check found pending
revisions or a difference.
EOF
}

