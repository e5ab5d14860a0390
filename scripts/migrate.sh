#!/bin/sh
# Migrations as files in git, for teams that leave Flask-Migrate: the files of a
# directory on one side, the extension migrate_ext in the database on the other,
# and psql between them.
#
# It exists so that a container can migrate with nothing but psql and a POSIX
# shell.  The database decides everything; this sends it files and puts down
# what it answers.  Three rules hold throughout:
#
#   - What a command does is one psql, one connection, and one transaction: a
#     killed client leaves nothing behind, and a start with nothing to do costs
#     one connection.  What only tells prints; what writes a file writes it
#     under its own name only when it is whole.
#   - Values reach SQL as psql's variables (:'name') or as literals made by awk,
#     never as text pasted together; so file names and messages may hold anything.
#   - No secret is ever printed or stands in an argument, where ps shows it.
#
# Exit status: 0 done or nothing to do, 1 failed, 2 usage, 3 check found pending
# revisions or a difference; 129, 130 and 143 after a signal.
#
# This file is made of the parts in scripts/migrate, by "make scripts": change those.
set -u
VERSION=1.0

case $0 in
  */*) HERE=${0%/*} ;;
  *) HERE=$(command -v -- "$0") && HERE=${HERE%/*} ;;
esac
if [ -x "$HERE/psql" ]; then PATH=$HERE:$PATH; fi

COMMAND=''
NEWLINE='
'

# Also for SQL, rather than here-documents: a process for each would be felt at a
# start.  (In double quotes a backslash of psql stands for itself.)
say() { printf '%s\n' "$@"; }
complain() { # complain MESSAGE [LINE...]
  printf 'migrate.sh: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
}
die() {
  complain "$@"
  exit 1
}
is_yes() { if [ -n "$1" ]; then echo true; else echo false; fi; } # is_yes VALUE: as SQL writes it
bad_usage() {
  complain "$@"
  printf 'Try: migrate.sh %s--help\n' "${COMMAND:+$COMMAND }" >&2
  exit 2
}

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

# --- help on export --------------------------------------------------------------
# Apart from the others only because a part has no more than 400 lines.

help_export() {
  cat <<'EOF'
Usage: migrate.sh export [DIR] [options]
       migrate.sh export --format alembic|dbmate|flyway|plain [DIR] [options]

Writes the revisions of the database as files, DIR/<revision>_<slug>.sql, and
their prelude as DIR/prelude.sql.  What has a file in DIR already is left alone.

With --format the files are a project of another tool, by default in
./migrations_FORMAT: Python files with the graph as it is for Alembic, with an
alembic.ini and env.py where none are there; one line of SQL files for dbmate and
Flyway; for "plain" a file up and a file down each, and run_order.psql, which psql
can run.  What the other tool has no place for stands in comments, and is told.

  --format FORMAT   for another tool: alembic, dbmate, flyway or plain
  --force           write files again that are there: under the name they have, or,
                    with --format, where they differ
  -n, --dry-run     print the names of the files that would be written
EOF
}

# --- the connection --------------------------------------------------------------
# psql, pg_dump and pg_restore find the database in libpq's environment.  DATABASE_URL, which
# applications have, is taken apart into it, so that no secret stands in an argument.

URL_NAME=DATABASE_URL # for messages

# Takes the %XX out of $1; the answer is in $decoded.
decode() {
  decoded='' left=$1
  while :; do
    case $left in
      *%*) ;;
      *) break ;;
    esac
    decoded=$decoded${left%%\%*}
    left=${left#*%}
    hex=${left%"${left#??}"}
    case $hex in
      00) bad_usage "$URL_NAME holds an escape that cannot be part of a name or password" ;;
      0[aA])
        decoded=$decoded$NEWLINE left=${left#??}
        continue
        ;;
      [0-9A-Fa-f][0-9A-Fa-f]) ;;
      *) bad_usage "$URL_NAME holds a % that is not followed by two hexadecimal digits (write %25 for a %)" ;;
    esac
    left=${left#??}
    # shellcheck disable=SC2059 # the character is the format
    decoded=$decoded$(printf "\\$(printf %03o "0x$hex")")
  done
  decoded=$decoded$left
}

# "host1:5432,[::1]:5433" added to what is in $hosts and $ports, each of which
# begins with a comma if it has anything.
add_hosts() {
  list=$1,
  while [ -n "$list" ]; do
    one=${list%%,*} list=${list#*,} port=''
    case $one in
      \[*\]:*) host=${one#\[} host=${host%%\]*} port=${one##*:} ;;
      \[*\]) host=${one#\[} host=${host%\]} ;;
      /*) host=$one ;;
      *:*) host=${one%%:*} port=${one##*:} ;;
      *) host=$one ;;
    esac
    decode "$host"
    hosts=$hosts,$decoded ports=$ports,$port
  done
}

# A parameter of the URL.  libpq reads the environment, and so will psql, pg_dump
# and pg_restore: nothing stands in an argument.
set_parameter() { # set_parameter NAME VALUE
  case $1 in
    host) case $hosts in ,) hosts='' ports='' ;; esac && add_hosts "$2" ;;
    port) ports=,$2 ;;
    hostaddr) export PGHOSTADDR="$2" ;;
    user) export PGUSER="$2" ;;
    password) export PGPASSWORD="$2" ;;
    dbname) export PGDATABASE="$2" ;;
    passfile) export PGPASSFILE="$2" ;;
    service) export PGSERVICE="$2" ;;
    application_name) export PGAPPNAME="$2" ;;
    options) export PGOPTIONS="${PGOPTIONS:+$PGOPTIONS }$2" ;;
    # Prisma's is one name; lib/pq and JDBC have a list as SET takes it.
    schema) set_search_path "\"$(printf '%s' "$2" | sed 's/"/""/g')\"" ;;
    search_path | currentSchema) set_search_path "$2" ;;
    # pg8000 and others name the socket itself
    unix_sock | unix_socket | socket)
      case $2 in
        */.s.PGSQL.*) hosts=,${2%/.s.PGSQL.*} ports=,${2##*.s.PGSQL.} ;;
        *) hosts=,$2 ports='' ;;
      esac
      ;;
    connect_timeout) export PGCONNECT_TIMEOUT="$2" ;;
    target_session_attrs) export PGTARGETSESSIONATTRS="$2" ;;
    channel_binding) export PGCHANNELBINDING="$2" ;;
    gssencmode) export PGGSSENCMODE="$2" ;;
    krbsrvname) export PGKRBSRVNAME="$2" ;;
    sslmode) export PGSSLMODE="$2" ;;
    sslrootcert) export PGSSLROOTCERT="$2" ;;
    sslcert) export PGSSLCERT="$2" ;;
    sslkey) export PGSSLKEY="$2" ;;
    sslcrl) export PGSSLCRL="$2" ;;
    sslcrldir) export PGSSLCRLDIR="$2" ;;
    sslsni) export PGSSLSNI="$2" ;;
    sslcompression) export PGSSLCOMPRESSION="$2" ;;
    sslcertmode) export PGSSLCERTMODE="$2" ;;
    sslnegotiation) export PGSSLNEGOTIATION="$2" ;;
    ssl_min_protocol_version) export PGSSLMINPROTOCOLVERSION="$2" ;;
    ssl_max_protocol_version) export PGSSLMAXPROTOCOLVERSION="$2" ;;
    requirepeer) export PGREQUIREPEER="$2" ;;
    require_auth) export PGREQUIREAUTH="$2" ;;
    gsslib) export PGGSSLIB="$2" ;;
    load_balance_hosts) export PGLOADBALANCEHOSTS="$2" ;;
    ApplicationName | fallback_application_name) export PGAPPNAME="$2" ;;
    connectTimeout | loginTimeout) export PGCONNECT_TIMEOUT="$2" ;;
    # asyncpg and JDBC
    ssl)
      case $2 in
        true | True | 1) export PGSSLMODE=require ;;
        false | False | 0) ;;
        *) export PGSSLMODE="$2" ;;
      esac
      ;;
    # what drivers and pools are told, and libpq need not know
    client_encoding | encoding | charset | async_fallback | *statement_cache_* | prepared_statements | \
      prepareThreshold | preparedStatementCache* | prepare_threshold | default_query_exec_mode | binary_parameters | \
      reWriteBatchedInserts | stringtype | binaryTransfer | loggerLevel | pgbouncer | connection_limit | pool | pool_* | \
      max_overflow | checkout_timeout | reaping_frequency | conn_max_age | conn_health_checks | reconnect | socket_timeout | \
      socketTimeout | command_timeout | statement_timeout | tcpKeepAlive | tcp_user_timeout | keepalives* | timezone | \
      sslaccept | sslpassword | sslinline) ;;
    *) bad_usage "$URL_NAME: the parameter \"$1\" is not known here; leave it out, or say what it means with options=" ;;
  esac
}

# As an option of the server, where a blank or a backslash has one before it.
set_option() { # set_option NAME VALUE
  PGOPTIONS="${PGOPTIONS:+$PGOPTIONS }-c$1=$(printf '%s' "$2" | sed 's/[\\ ]/\\&/g')"
  export PGOPTIONS
}
set_search_path() { set_option search_path "$1"; }

# Without what an editor or a file of a secret leaves round it.
trimmed() { # trimmed TEXT: sets trimmed
  trimmed=$1
  while :; do
    case $trimmed in
      [[:space:]]*) trimmed=${trimmed#?} ;;
      *[[:space:]]) trimmed=${trimmed%?} ;;
      *) break ;;
    esac
  done
}

use_database_url() {
  trimmed "$DATABASE_URL"
  url=$trimmed
  # some frameworks quote what they put into the environment
  case $url in
    \"*\") url=${url#\"} url=${url%\"} ;;
    \'*\') url=${url#\'} url=${url%\'} ;;
  esac
  case $url in
    jdbc:postgresql://*) url=${url#jdbc:} ;;
  esac
  case $url in
    postgres://* | postgresql://* | postgres+*://* | postgresql+*://*) ;;
    *://*) bad_usage "$URL_NAME is not a URL of PostgreSQL: it begins with ${url%%://*}://" ;;
    *) bad_usage "$URL_NAME is not a URL (postgresql://user:password@host:port/database)" ;;
  esac
  rest=${url#*://} parameters='' database='' credentials='' hosts='' ports=''
  case $rest in
    *\?*) parameters=${rest#*\?} rest=${rest%%\?*} ;;
  esac
  # As SQLAlchemy reads it, a password may hold a bare slash.
  case $rest in
    *@*)
      credentials=${rest%@*}
      case ${credentials%%:*} in
        */*) credentials='' ;;
        *) rest=${rest##*@} ;;
      esac
      ;;
  esac
  case $rest in
    */*) database=${rest#*/} rest=${rest%%/*} ;;
  esac
  add_hosts "$rest"

  # What a service file says would win over the environment.
  unset PGSERVICE PGHOSTADDR
  if [ -n "$credentials" ]; then
    decode "${credentials%%:*}"
    [ -z "$decoded" ] || export PGUSER="$decoded"
    case $credentials in
      *:*) decode "${credentials#*:}" && export PGPASSWORD="$decoded" ;;
    esac
  fi
  if [ -n "$database" ]; then
    decode "$database"
    export PGDATABASE="$decoded"
  fi
  while [ -n "$parameters" ]; do
    one=${parameters%%&*}
    case $parameters in *\&*) parameters=${parameters#*&} ;; *) parameters='' ;; esac
    [ -n "$one" ] || continue
    case $one in *=*) ;; *) bad_usage "$URL_NAME: the parameter \"$one\" has no value" ;; esac
    decode "${one#*=}"
    set_parameter "${one%%=*}" "$decoded"
  done
  hosts=${hosts#,} ports=${ports#,}
  case $hosts in *[!,]*) export PGHOST="$hosts" ;; esac
  case $ports in *[!,]*) export PGPORT="$ports" ;; esac
}

# The database as a URL for people, without its password.
database_name() {
  if [ -n "$TARGET_NAME" ]; then
    name=$TARGET_NAME
  elif [ -n "${PGSERVICE:-}" ]; then
    name="service=$PGSERVICE"
  else
    : "${PGUSER:=$(id -un)}"
    name=postgresql://$PGUSER${PGPASSWORD:+:***}@${PGHOST:-local}${PGPORT:+:$PGPORT}/${PGDATABASE:-$PGUSER}
  fi
  case $name in
    *[[:cntrl:]]*) printf '%s\n' "$name" | LC_ALL=C tr '\000-\011\013-\037\177' '?' ;;
    *) say "$name" ;;
  esac
}

connect_settings() {
  if [ -n "${DATABASE_URL:-}" ]; then use_database_url; fi
  case ${PGPASSWORD:-} in *"$NEWLINE"* | *[[:cntrl:]])
    trimmed "$PGPASSWORD"
    export PGPASSWORD="$trimmed"
    ;;
  esac
  # Revision files are UTF-8, whatever the locale is.
  export PGCLIENTENCODING=UTF8 PGAPPNAME="${PGAPPNAME:-migrate.sh}" PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"
  command -v psql >/dev/null || die "psql is not in PATH"
  # Where nobody sits, nobody can type a password.
  NEVER_ASK=''
  if [ ! -t 0 ]; then NEVER_ASK=-w; fi
}

# --- waiting for the server ------------------------------------------------------
# A container starts before its database does.  What waiting cannot change is told from what it can.

# What no waiting changes: 28P01, 28000, 3D000, no password, no encryption.  Whoever sets
# up a server needs a moment for roles and databases, so these get three tries.
#
# psql has no SQLSTATE of a connection that failed.  Its own words are English in the C
# locale; those of the server are in the server's language.  So what is not known by them is
# taken for hopeless if the server takes connections (pg_isready, by its exit status), and
# what it says of this one names the role or the database: that it is starting, or has too
# many clients, it says to everybody in the same words.
is_hopeless() { # is_hopeless TEXT
  case $1 in
    *"too many connections for "* | *"too many clients"* | *"remaining connection slots"* | *"not currently accepting connections"*) return 1 ;;
    *"authentication failed"* | *"no password supplied"* | *"no pg_hba.conf entry"* | *"no encryption"* | *"pg_hba.conf rejects"* | \
      *"role \""*"\" does not exist"* | *"database \""*"\" does not exist"* | *"is not permitted to log in"* | \
      *"permission denied for database"* | *"no such user"* | *"no such database"* | *"server does not support SSL"* | \
      *"certificate verify failed"* | *"root certificate file "* | *"does not match host name"* | *"definition of service "* | \
      *"invalid port number"* | *"invalid integer value"* | *"invalid "*" value: "*) return 0 ;;
  esac
  # what comes after the place, which may hold such a name
  refusal=${1#*"failed: "}
  names_it "$refusal" "${PGUSER:-$(id -un)}" || names_it "$refusal" "${PGDATABASE:-${PGUSER:-$(id -un)}}" || return 1
  command -v pg_isready >/dev/null && pg_isready -q
}
names_it() { # names_it TEXT NAME: as a word
  case " $1 " in
    *[!A-Za-z0-9_.-]"$2"[!A-Za-z0-9_.-]*) return 0 ;;
  esac
  return 1
}

# An attempt can itself take a while: PGCONNECT_TIMEOUT.
wait_for_server() { # wait_for_server SECONDS [tried]: if it has just been tried
  wait_from=$(date +%s)
  wait_until=$((wait_from + $1)) next_word=$wait_from hopeless=${2:+1} answer=''
  : "${hopeless:=0}"
  while :; do
    if [ -n "$answer" ] || [ -z "${2-}" ]; then
      answer=$(say 'SELECT 1;' | (export LC_ALL=C && client) 2>&1) && return 0
    else
      answer=' ' # somebody has just tried
    fi
    now=$(date +%s) pause=1
    if is_hopeless "$answer"; then
      hopeless=$((hopeless + 1)) pause=2
      if [ "$hopeless" -ge 3 ]; then
        die "$(database_name) refuses, which will not change by waiting:" "$answer"
      fi
    fi
    [ "$now" -lt "$wait_until" ] || break
    if [ "$now" -ge "$next_word" ]; then
      if [ "$next_word" = "$wait_from" ]; then
        say "Waiting for $(database_name), at most $1 s"
      else
        say "Still waiting for $(database_name), $((wait_until - now)) s left"
      fi
      next_word=$((now + 10))
    fi
    sleep "$pause"
  done
  die "no answer from $(database_name) after $1 seconds:" "$answer"
}
cmd_wait() {
  wait_for_server "${TIMEOUT:-60}"
  say "$(database_name) answers"
}

# --- psql ------------------------------------------------------------------------
# One psql, fed by functions that print SQL (sql_NAME); signals that reach it; values for it; the
# server's hints in the words of this script.

client() { # psql, fed with SQL
  # shellcheck disable=SC2086 # one word or none
  exec psql -X -q -A -t $NEVER_ASK -P pager=off -v ON_ERROR_STOP=1
}

PSQL_PID='' SIGNAL=''

# psql is told to cancel its query and goes.  A second signal is not that patient.
interrupted() { # interrupted NUMBER
  if [ -z "$PSQL_PID" ]; then exit $((128 + $1)); fi
  if [ -z "$SIGNAL" ]; then kill -INT "$PSQL_PID" 2>/dev/null; else kill -TERM "$PSQL_PID" 2>/dev/null; fi
  # between two statements of a script there is nothing to cancel
  if [ -n "$ON_TARGET" ] && [ -z "$SIGNAL" ]; then (sleep 1 && kill -TERM "$PSQL_PID") 2>/dev/null & fi
  SIGNAL=$1
}

# The server's hints name its functions; who has typed migrate.sh reads its commands.
# A program is run only for a hint that names one.
in_our_words() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      HINT:*migrate.*)
        printf '%s\n' "$line" | LC_ALL=C sed \
          -e "s/SELECT revision FROM migrate\.history()/migrate.sh history/g" \
          -e "s/\(SELECT \)\{0,1\}migrate\.resolve('\([^']*\)', '\([a-z_]*\)')/migrate.sh resolve \2 \3/g" \
          -e "s/\(SELECT \)\{0,1\}migrate\.\(upgrade\|downgrade\|stamp\|script\)('\([^']*\)')/migrate.sh \2 \3/g" \
          -e "s/migrate\.stamp(\([^)]*\), purge => true)/migrate.sh stamp --purge/g" \
          -e "s/CALL migrate\.deploy('\([^']*\)')/migrate.sh apply --online \1/g" \
          -e "s/CALL migrate\.revert('\([^']*\)')/migrate.sh downgrade --online \1/g" \
          -e "s/\(CALL \)\{0,1\}migrate\.deploy([.]*)/migrate.sh apply --online/g" \
          -e "s/\(CALL \)\{0,1\}migrate\.revert([.]*)/migrate.sh downgrade --online/g" \
          -e "s/, in the same call of migrate\.load_files()//" \
          -e "s/migrate\.load\(_files\)\{0,1\}()/migrate.sh load/g" \
          -e "s/migrate\.revision()/migrate.sh create/g" -e "s/migrate\.migrate()/migrate.sh create --model/g" \
          -e "s/migrate\.diff_sql()/migrate.sh diff --model/g" -e "s/migrate\.script()/migrate.sh show --sql/g" \
          -e "s/\(SELECT \)\{0,1\}migrate\.\(upgrade\|downgrade\|stamp\|history\|heads\|branches\|merge\|edit\|remove\|rebase\|repair\|verify\|squash\|drift\)([.]*)/migrate.sh \2/g"
        ;;
      NOTICE:*"renames => ARRAY["*)
        printf '%s\n' "$line" | LC_ALL=C sed -e "s/renames => ARRAY\[\('[^']*'\)\]/--rename \1/"
        ;;
      # a script says so, and not the server
      "Running upgrade "* | "Running downgrade "* | "Running stamp"*) printf 'NOTICE:  %s\n' "$line" ;;
      *'role "'*'" does not exist')
        printf '%s\n' "$line"
        # the private one has been told them all
        if [ -n "$ENGINE" ] && [ -z "$ENGINE_DIR$ON_TARGET" ]; then
          say "HINT:  The engine has to know the database's roles: create it there, or give its role CREATEROLE; or use MIGRATE_ENGINE=private."
        fi
        ;;
      *"transaction blocks not allowed in statement pooling mode"*)
        printf '%s\n' "$line" "HINT:  This is PgBouncer in statement mode, and migrate.sh needs transactions: connect to the server itself, or to a pool in transaction mode."
        ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

# A named pipe through in_our_words: where none can be made, the words stay as they are.
open_words() { # sets WORDS, a process, or nothing; 4 is where messages go
  WORDS='' pipe=''
  for place in "${TMPDIR:-/tmp}" /dev/shm; do
    pipe=$place/migrate_sh.$$
    mkfifo -m 600 "$pipe" 2>/dev/null && break
    pipe=''
  done
  if [ -z "$pipe" ]; then
    exec 4>&2
    return
  fi
  (
    trap '' HUP INT TERM
    in_our_words <"$pipe" >&2
  ) &
  WORDS=$!
  exec 4>"$pipe"
  rm -f -- "$pipe"
}
close_words() {
  exec 4>&-
  [ -z "$WORDS" ] || wait "$WORDS" || :
}

# Runs what a function prints as SQL.  In the background, because a shell would
# not look at a signal before a program in the foreground has ended: "docker stop"
# during a long revision has to cancel it, not to leave it to the server.
run_sql() { # run_sql FUNCTION [ARGUMENT...]
  trap 'interrupted 1' HUP
  trap 'interrupted 2' INT
  trap 'interrupted 15' TERM
  open_words
  if [ -n "$ON_TARGET" ]; then
    with_settings "$@" 4>&- | client >&4 2>&4 4>&- &
  else
    with_settings "$@" 4>&- | client 2>&4 4>&- &
  fi
  PSQL_PID=$!
  while :; do
    status=0
    wait "$PSQL_PID" || status=$?
    kill -0 "$PSQL_PID" 2>/dev/null || break
  done
  PSQL_PID=''
  close_words
  if [ -n "$SIGNAL" ]; then
    complain "interrupted; a transaction that was not finished left nothing behind"
    exit $((128 + SIGNAL))
  fi
  return "$status"
}

# The same for a short question: its answer on standard output.
ask() { # ask FUNCTION [ARGUMENT...]
  open_words
  status=0
  with_settings "$@" 4>&- | (client 2>&4 4>&-) || status=$?
  close_words
  return "$status"
}
with_settings() { # with_settings FUNCTION [ARGUMENT...]
  if [ -n "$RUN" ]; then variable run "$RUN"; fi
  if [ -n "$SCHEMAS" ]; then
    variable schemas "$SCHEMAS"
    say "SET migrate.schemas TO :'schemas';"
  fi
  if [ -n "$IGNORED" ]; then
    # what the database has stays
    variable ignored "$IGNORED"
    say "SELECT pg_catalog.set_config('migrate.ignore', pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('migrate.ignore', true), ''), :'ignored'), false) AS ignored \gset"
  fi
  "$@"
}

# What sets a variable of psql, for :'NAME' and :NAME in what follows.
variable() { # variable NAME VALUE
  case $2 in
    *[!A-Za-z0-9_@:+.,/\ -]*)
      TEXT=$2 LC_ALL=C awk -v name="$1" 'BEGIN {
        text = ENVIRON["TEXT"]
        gsub(/\\/, "&&", text)
        gsub(/\047/, "\047\047", text)
        gsub(/\n/, "\\n", text)
        printf "\\set %s \047%s\047\n", name, text
      }'
      ;;
    *) printf "\\set %s '%s'\n" "$1" "$2" ;;
  esac
}

NO_TEXT="''"

# Ends the script with an error of ours.  DO takes no variables: the text goes
# through a setting.
sql_fail() { # sql_fail MESSAGE-EXPRESSION [DETAIL-EXPRESSION [HINT-EXPRESSION]]
  say "\set SHOW_CONTEXT never
SELECT pg_catalog.set_config('migrate_sh.message', $1, false) AS message,
  pg_catalog.set_config('migrate_sh.detail', ${2:-$NO_TEXT}, false) AS detail,
  pg_catalog.set_config('migrate_sh.hint', ${3:-$NO_TEXT}, false) AS hint \gset migrate_sh_
DO \$\$ BEGIN
  IF current_setting('migrate_sh.detail') = '' THEN
    RAISE EXCEPTION USING MESSAGE = current_setting('migrate_sh.message'), HINT = current_setting('migrate_sh.hint');
  END IF;
  RAISE EXCEPTION USING MESSAGE = current_setting('migrate_sh.message'),
    DETAIL = current_setting('migrate_sh.detail'), HINT = current_setting('migrate_sh.hint');
END \$\$;"
}

# --- the engine ------------------------------------------------------------------
# A PostgreSQL that has the extension, for a database that cannot have it: it decides, in a
# database of its own that is dropped at the end, and the other one is only written to.
#
# MIGRATE_ENGINE names one.  Otherwise it is a private server of this script: its data stay in a
# cache directory, and it runs while somebody uses it.  What it is told comes from the files and
# from the tables of the other database, so the role that works there is nobody: no superuser.

ENGINE='' ENGINE_BIN='' ENGINE_MAJOR=0 ENGINE_DIR='' RUN='' TARGET_NAME=''

# libpq's settings, as those of the database that is migrated, and those of the engine.
LIBPQ='PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGREQUIREAUTH
  PGCHANNELBINDING PGSSLMODE PGREQUIRESSL PGSSLCOMPRESSION PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR
  PGSSLSNI PGSSLNEGOTIATION PGREQUIREPEER PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME PGGSSLIB
  PGGSSDELEGATION PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGDATESTYLE PGTZ PGGEQO'
keep_settings() { # keep_settings WHOSE
  for setting in $LIBPQ; do eval "$1_had_$setting=\${$setting+yes} $1_$setting=\${$setting-}"; done
}
use_settings() { # use_settings WHOSE
  for setting in $LIBPQ; do
    eval "had=\$$1_had_$setting"
    if [ -n "$had" ]; then eval "export $setting=\"\$$1_$setting\""; else unset "$setting"; fi
  done
}
forget_settings() { for setting in $LIBPQ; do unset "$setting"; done; }

# PostgreSQL does not run as root.
engine_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }
as_engine_user() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  elif setpriv --reuid=0 --regid=0 --clear-groups true 2>/dev/null; then # busybox has one that cannot
    setpriv --reuid="$(id -u "$(engine_user)")" --regid="$(id -g "$(engine_user)")" --clear-groups env HOME=/ "$@"
  elif command -v su-exec >/dev/null; then
    su-exec "$(engine_user)" "$@"
  else
    # shellcheck disable=SC2016 # for the other shell
    su -s /bin/sh "$(engine_user)" -c 'exec "$0" "$@"' -- "$@"
  fi
}

# The version of the server's programs in a directory, and where its extensions are.
server_version_of() { # server_version_of BIN: the major one
  version_words=$("$1/postgres" --version 2>/dev/null) || return 1
  version_words=${version_words#*") "}
  printf '%s' "${version_words%%[!0-9]*}"
}
extensions_of() { # extensions_of BIN
  for share in "$("$1/pg_config" --sharedir 2>/dev/null)" "${1%/lib/postgresql/*}/share/postgresql/$(server_version_of "$1")" \
    "${1%/bin}/share/postgresql" "${1%/bin}/share"; do
    if [ -e "$share/extension/migrate_ext.control" ]; then
      printf '%s' "$share/extension"
      return
    fi
  done
  return 1
}

# Of the version of the database, if there is one, or else the newest: sets ENGINE_BIN and ENGINE_MAJOR.
find_engine() { # find_engine MAJOR
  ENGINE_BIN='' ENGINE_MAJOR=0 without=''
  for bin in "$HERE" "$(command -v initdb | sed 's,/[^/]*$,,')" "/usr/lib/postgresql/$1/bin" /usr/lib/postgresql/*/bin \
    /usr/pgsql-*/bin /usr/libexec/postgresql* /usr/local/pgsql/bin /opt/homebrew/opt/postgresql@*/bin; do
    if ! [ -x "$bin/initdb" ] || ! [ -x "$bin/pg_ctl" ]; then continue; fi
    major=$(server_version_of "$bin") || continue
    if ! extensions_of "$bin" >/dev/null; then
      without="$without $major"
      continue
    fi
    if [ "$major" = "$1" ] || [ "$major" -gt "$ENGINE_MAJOR" ]; then ENGINE_BIN=$bin ENGINE_MAJOR=$major; fi
    [ "$major" != "$1" ] || return 0
  done
  [ -n "$ENGINE_BIN" ] || die "migrate_ext cannot be installed in this database, and there is no server here that has it" \
    "${without:+There is PostgreSQL$without, without migrate_ext.}${without:-There are no programs of a server (initdb, pg_ctl).}" \
    "Install the packages postgresql-$1 and postgresql-$1-migrate-ext; or use the image of examples/deploy, which has both;" \
    "or name a server that has it: MIGRATE_ENGINE=postgresql://user@host/database (CREATEDB is enough)."
}

# One at a time starts it, stops it, or makes and drops databases in it.  The lock is a link that
# says whose it is: made in one step, and told from one that was left behind.
engine_lock() {
  tries=0
  until ln -s "$$" "$ENGINE_DIR/lock" 2>/dev/null; do
    owner=$(readlink "$ENGINE_DIR/lock") || continue
    [ "$owner" != "$$" ] || return 0
    if ! is_alive "$owner"; then
      # somebody else may have found it, too, and have it by now
      mv -f -- "$ENGINE_DIR/lock" "$ENGINE_DIR/lock.$$" 2>/dev/null && [ "$(readlink "$ENGINE_DIR/lock.$$")" != "$owner" ] &&
        ln -s "$(readlink "$ENGINE_DIR/lock.$$")" "$ENGINE_DIR/lock" 2>/dev/null
      rm -f -- "$ENGINE_DIR/lock.$$"
      continue
    fi
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || die "process $owner does not let go of the engine in $ENGINE_DIR"
    sleep 0.2 2>/dev/null || sleep 1
  done
}
engine_unlock() { [ "$(readlink "$ENGINE_DIR/lock" 2>/dev/null)" != "$$" ] || rm -f -- "$ENGINE_DIR/lock"; }
is_alive() { # is_alive PID: also of another user
  kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]
}

# psql as whoever may create databases there.
engine_psql() { # engine_psql [OPTION...]
  PGOPTIONS='' psql -X -q -A -t -w -v ON_ERROR_STOP=1 "$@"
}

engine_server_runs() { engine_psql -c 'SELECT 1' >/dev/null 2>&1; }
start_engine() {
  if engine_server_runs; then return; fi
  [ -d "$ENGINE_DIR/data" ] || make_engine
  : >"$ENGINE_DIR/log"
  [ "$(id -u)" != 0 ] || chown "$(engine_user)" "$ENGINE_DIR/log"
  # with nothing of ours open: not the terminal, not a pipe that somebody reads to its end
  (cd / && as_engine_user "$ENGINE_BIN/pg_ctl" -D "$ENGINE_DIR/data" -l "$ENGINE_DIR/log" -w -t 60 start) >/dev/null 2>&1 </dev/null 3>&- 4>&- ||
    engine_server_runs || {
    tail -n 5 "$ENGINE_DIR/log" >&2
    die "the engine in $ENGINE_DIR does not start" "What is there may be removed; it is made anew."
  }
}
make_engine() {
  rm -rf -- "$ENGINE_DIR/new"
  (cd / && as_engine_user "$ENGINE_BIN/initdb" -D "$ENGINE_DIR/new" -U migrate_engine_owner -A trust -E UTF8 --no-locale --no-sync) \
    >"$ENGINE_DIR/initdb.log" 2>&1 </dev/null || {
    tail -n 5 "$ENGINE_DIR/initdb.log" >&2
    # as OpenShift starts a container
    id -un >/dev/null 2>&1 || die "no engine can be made: user $(id -u) has no name here, and initdb needs one" \
      "Give it a line in /etc/passwd, or name a server that has migrate_ext: MIGRATE_ENGINE=postgresql://user@host/database."
    die "no engine can be made in $ENGINE_DIR"
  }
  cat >>"$ENGINE_DIR/new/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$ENGINE_DIR'
unix_socket_permissions = 0700
port = 5432
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
shared_buffers = 32MB
max_wal_senders = 0
wal_level = minimal
max_connections = 200
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
EOF
  mv -- "$ENGINE_DIR/new" "$ENGINE_DIR/data"
}

# A directory that the server's user may get into.  Whoever reaches the socket is superuser there.
find_engine_dir() {
  if [ -n "${XDG_CACHE_HOME:-}" ]; then
    ENGINE_DIR=$XDG_CACHE_HOME
  elif [ "$(id -u)" = 0 ]; then
    ENGINE_DIR=/var/cache # root's own directory is closed to the server
  else
    ENGINE_DIR=${HOME:-/nonexistent}/.cache
  fi
  ENGINE_DIR=$ENGINE_DIR/migrate_ext/engine-$ENGINE_MAJOR
  KEEP_ENGINE=yes
  if ! mkdir -p -- "$ENGINE_DIR" 2>/dev/null || ! own_engine_dir || [ ${#ENGINE_DIR} -gt 85 ]; then
    KEEP_ENGINE=''
    ENGINE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/migrate_engine.XXXXXX") || ENGINE_DIR=/nonexistent
    own_engine_dir || die "there is no directory for an engine: set XDG_CACHE_HOME, or MIGRATE_ENGINE"
  fi
}
own_engine_dir() {
  [ "$(id -u)" != 0 ] || chown "$(engine_user)" "$ENGINE_DIR" || return 1
  chmod 700 "$ENGINE_DIR" 2>/dev/null && as_engine_user test -w "$ENGINE_DIR" 2>/dev/null
}

# The private server, and a database in it: with the extension, or without, as one in which
# nothing has been migrated.  The extension is copied from a template, which is the one of these files.
begin_private_engine() { # begin_private_engine MAJOR [bare]
  find_engine "$1"
  find_engine_dir
  forget_settings
  export PGHOST="$ENGINE_DIR" PGPORT=5432 PGUSER=migrate_engine_owner PGDATABASE=postgres
  ENGINE_DATABASE=run_$$
  ENGINE="a private PostgreSQL $ENGINE_MAJOR, $ENGINE_DIR"
  extension=$(cat "$(extensions_of "$ENGINE_BIN")"/migrate_ext* | cksum)
  template=extension_$(printf '%s' "$extension" | tr ' ' _)
  engine_lock
  start_engine
  if ! engine_psql -d "$template" -c 'SELECT 1' >/dev/null 2>&1; then make_template || die "the engine cannot create the extension"; fi
  if [ "${2-}" = bare ]; then template=template1; fi
  engine_psql -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $ENGINE_DATABASE WITH (FORCE)" \
    -c "CREATE DATABASE $ENGINE_DATABASE OWNER migrate_engine TEMPLATE $template" || die "the engine cannot create a database"
  engine_unlock
  keep_settings owner
  export PGUSER=migrate_engine PGDATABASE="$ENGINE_DATABASE"
}
make_template() {
  for old in $(engine_psql -c "SELECT datname FROM pg_database WHERE datname ~ '^extension_'"); do
    engine_psql -c "DROP DATABASE $old WITH (FORCE)" || return
  done
  engine_psql -c "SELECT 1 FROM pg_roles WHERE rolname = 'migrate_engine'" | grep -q 1 || engine_psql -c 'CREATE ROLE migrate_engine LOGIN' || :
  engine_psql -c "CREATE DATABASE new_$template OWNER migrate_engine" &&
    engine_psql -d "new_$template" -U migrate_engine -c 'CREATE EXTENSION migrate_ext' &&
    engine_psql -c "ALTER DATABASE new_$template RENAME TO $template"
}

# A server that somebody has named.
begin_named_engine() { # begin_named_engine [bare]
  forget_settings
  DATABASE_URL=$MIGRATE_ENGINE URL_NAME=MIGRATE_ENGINE
  use_database_url
  URL_NAME=DATABASE_URL
  target_name=$TARGET_NAME TARGET_NAME=''
  ENGINE=$(database_name)
  TARGET_NAME=$target_name
  keep_settings owner
  ENGINE_DATABASE=migrate_engine_$(date +%s)_$$
  forget_old_engines
  ENGINE_MAJOR=$(engine_psql -c "CREATE DATABASE $ENGINE_DATABASE" -c "SELECT current_setting('server_version_num')::int / 10000") ||
    die "no database can be created in the engine, $ENGINE"
  export PGDATABASE="$ENGINE_DATABASE"
  if [ "${1-}" != bare ]; then
    engine_psql -c 'CREATE EXTENSION migrate_ext' || die "the engine, $ENGINE, has no extension migrate_ext"
  fi
}
# What clients that were killed have left there, a day ago.
forget_old_engines() {
  for old in $(engine_psql -c "SELECT datname FROM pg_database AS d WHERE datname ~ '^migrate_engine_[0-9]+_[0-9]+\$'
    AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - 86400 AND pg_has_role(datdba, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datname = d.datname)"); do
    engine_psql -c "DROP DATABASE IF EXISTS $old" 2>/dev/null || :
  done
}

# The roles that a dump names.  Those that the database's role may act for, the engine's may, too; in the
# private engine, where they may nothing, all of them: a baseline says who owns what.  To own something in
# public they have to belong to the owner of the database there, as they did, or were superusers.
bring_roles() {
  each='' all=''
  if [ -n "$ENGINE_DIR" ]; then
    all="IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'migrate_engine_all') THEN
    CREATE ROLE migrate_engine_all;
    GRANT migrate_engine_all TO migrate_engine;
  END IF;
  ALTER DATABASE $ENGINE_DATABASE OWNER TO migrate_engine_all;"
    each="EXECUTE pg_catalog.format('GRANT migrate_engine_all TO %I', r.name);"
    engine_lock
  fi
  use_settings owner
  # shellcheck disable=SC2016 # for the server
  say "\\cd :run
CREATE TEMP TABLE roles (name text, is_member boolean, me name DEFAULT '${ENGINE_DIR:+migrate_engine}');
\\copy roles (name, is_member) FROM 'roles'
DO \$\$
DECLARE
  r record;
BEGIN
  $all
  FOR r IN SELECT name, is_member, coalesce(nullif(me, ''), current_user) AS me FROM roles LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r.name) THEN
        EXECUTE pg_catalog.format('CREATE ROLE %I', r.name);
      END IF;
      $each
      IF (r.is_member OR ${ENGINE_DIR:+true OR }false) AND r.name <> r.me AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r.name AND (rolsuper OR rolcanlogin)) THEN
        EXECUTE pg_catalog.format('GRANT %I TO %I', r.name, r.me);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege OR invalid_grant_operation OR reserved_name THEN
      NULL; -- whoever names it will hear of it
    END;
  END LOOP;
END \$\$;" >"$RUN/roles.sql"
  engine_psql -d "$ENGINE_DATABASE" -v run="$RUN" -f "$RUN/roles.sql" >/dev/null 2>&1 || :
  [ -z "$ENGINE_DIR" ] || engine_unlock
  use_settings engine
}

end_engine() {
  [ -n "$ENGINE" ] || return 0
  if [ -z "$ENGINE_DIR" ]; then
    use_settings owner
    engine_psql -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $ENGINE_DATABASE WITH (FORCE)" 2>/dev/null || :
  else
    end_private_engine
  fi
  ENGINE=''
}
# Databases are named after their clients: those of clients that are gone go, too, and who is the last
# one stops the server.
end_private_engine() {
  forget_settings
  export PGHOST="$ENGINE_DIR" PGPORT=5432 PGUSER=migrate_engine_owner PGDATABASE=postgres
  engine_lock
  in_use=''
  for one in $(engine_psql -c "SELECT datname FROM pg_database WHERE datname ~ '^run_'" 2>/dev/null); do
    if [ "$one" != "$ENGINE_DATABASE" ] && is_alive "${one#run_}"; then
      in_use=yes
    else
      engine_psql -c "DROP DATABASE IF EXISTS $one WITH (FORCE)" >/dev/null 2>&1 || :
    fi
  done
  if [ -z "$in_use" ]; then
    (cd / && as_engine_user "$ENGINE_BIN/pg_ctl" -D "$ENGINE_DIR/data" -m fast -w stop) >/dev/null 2>&1 </dev/null || :
  fi
  engine_unlock
  [ -n "$KEEP_ENGINE" ] || rm -rf -- "$ENGINE_DIR"
}
# --- files -----------------------------------------------------------------------
# The files of the directory as SQL that loses no byte, and what is read of them without a database.

# With "./" before it the name of no file is taken for an option, nor by awk for
# an assignment.
set_directory() { # set_directory DIR
  DIR=${1%/}
  case $DIR in
    '') DIR=/ ;;
    /* | ./* | . | .. | ../*) ;;
    *) DIR=./$DIR ;;
  esac
}

check_files() { # check_files FILE...
  for file; do
    if [ -f "$file" ] && [ -r "$file" ] && [ -s "$file" ]; then continue; fi
    [ -e "$file" ] || die "no such file: $file"
    [ -f "$file" ] || die "$file is not a file"
    [ -r "$file" ] || die "cannot read $file"
    [ -s "$file" ] || die "$file is empty"
  done
}

# Two arrays: the texts of files, and their names.  One awk for all of them,
# because a program for each of a thousand files would take longer than running
# them; line by line, because not every awk can hold a line of 50 MB quickly.  A
# literal with E means the same under every setting of the server.
# shellcheck disable=SC2016 # this is awk
FILE_ARRAYS='
  function escaped(text) {
    if (index(text, "\\")) gsub(/\\/, "&&", text)
    if (index(text, "\047")) gsub(/\047/, "\047\047", text)
    return text
  }
  FNR == 1 { printf "%s", (NR == 1 ? "ARRAY[E\047" : "\047,\nE\047") }
  {
    if (index($0, "\\")) gsub(/\\/, "&&")
    if (index($0, "\047")) gsub(/\047/, "\047\047")
    print
  }
  END {
    printf "\047]%s,\nARRAY[", alias1
    for (i = 1; i < ARGC; i++) {
      name = ARGV[i]
      sub(/.*\//, "", name)
      printf "%sE\047%s\047", (i == 1 ? "" : ",\n"), escaped(name)
    }
    printf "]%s", alias2
  }'

# What sql_load has the server remember of the files of the directory: a digest of their
# names and bytes.  None without a program for it.  This prints what it is a digest of, in
# every shell's order; a file that cannot be read makes it one that no files have.
DIGEST=''
print_digests() {
  LC_ALL=C
  export LC_ALL
  cd -- "$DIR" && sha256sum ./*.sql || echo unread
}

# The statement for any client.
print_load() { # print_load FILE...
  say 'SELECT * FROM migrate.load_files('
  LC_ALL=C awk "$FILE_ARRAYS" "$@" || return
  say ');'
}

# The files as a query's "texts", with the columns scripts, names and complete.
#
# No byte may be lost on the way, and a zero byte would be: psql cuts the line
# there.  An awk that can tell looks for it; another may cut the line itself, so
# that the server has to count what came, while we count what the files have (but
# for the newlines: awk ends the last line of a file that does not).
sql_texts() { # sql_texts FILE...
  say 'WITH texts AS MATERIALIZED (SELECT'
  LC_ALL=C awk -v alias1=' AS scripts' -v alias2=' AS names' "$FILE_ARRAYS"'
    BEGIN { zero = sprintf("%c", 0); can_tell = length(zero) == 1 }
    can_tell && index($0, zero) { found = 1 }
    END { printf ", %d AS newlines, %s AS complete", NR, found ? "false" : "true"; exit can_tell ? 0 : 9 }' "$@"
  awk_status=$? counted=''
  if [ $awk_status -eq 9 ]; then
    counted=", (SELECT octet_length(convert_to(array_to_string(scripts, ''), 'UTF8')) - newlines FROM texts) AS bytes"
  fi
  say ')'
}
# After the query, which has selected complete and $counted.
sql_all_arrived() { # sql_all_arrived FILE...
  if [ -n "$counted" ]; then
    cat -- "$@" | LC_ALL=C wc -lc | {
      read -r lines bytes
      say "SELECT :bytes = $bytes - $lines AS complete \gset"
    }
  fi
  printf '\\if :complete\n\\else\n'
  sql_fail "'not every byte of the files has arrived'" "''" "'Does one hold a zero byte, or has one just been written to?'"
  say '\endif'
}

# Loads files in the transaction that is open.  Sets the variables files, added,
# replaced, unchanged, and loaded: the identifiers.
sql_load() { # sql_load [FILE...]
  if [ $# -eq 0 ]; then
    printf '\\set files 0\n\\set loaded {}\n'
    return
  fi
  shown="FILTER (WHERE outcome <> 'unchanged')"
  if [ -n "$VERBOSE" ]; then shown=''; fi
  sql_texts "$@"
  remember=''
  if [ -n "$DIGEST" ]; then remember=", '$DIGEST'"; fi
  say ", outcomes AS MATERIALIZED (SELECT o.* FROM texts, migrate.load_files(scripts, names$remember) AS o)
SELECT count(revision) AS files, count(revision) FILTER (WHERE outcome = 'added') AS added,
  count(revision) FILTER (WHERE outcome = 'replaced') AS replaced, count(revision) FILTER (WHERE outcome = 'unchanged') AS unchanged,
  coalesce(max(', and the prelude ' || outcome) FILTER (WHERE revision IS NULL AND outcome <> 'unchanged'), '') AS prelude,
  coalesce(array_agg(revision) FILTER (WHERE revision IS NOT NULL), '{}')::text AS loaded, bool_and(outcome = 'unchanged') AS nothing_new,
  string_agg(outcome || '  ' || file_name, E'\\n' ORDER BY file_name) $shown AS outcomes,
  (SELECT complete FROM texts) AS complete$counted
FROM outcomes \gset"
  sql_all_arrived "$@"
  say "\if :nothing_new
\echo Files: :files, nothing new
\else
\echo Files: :files (:added added, :replaced replaced, :unchanged unchanged):prelude
\endif"
}

# The server tells what is wrong with a text, but not in which file it stood when
# it could not even read the query.  This finds that file.
explain_failure() { # explain_failure FILE...
  [ $# -gt 0 ] || return 0
  total=$(cat -- "$@" | wc -c)
  if [ "$total" -ne "$(cat -- "$@" | LC_ALL=C tr -d '\000' | wc -c)" ]; then
    for file; do
      [ "$(wc -c <"$file")" -eq "$(LC_ALL=C tr -d '\000' <"$file" | wc -c)" ] ||
        complain "$file holds a zero byte: it is not text (UTF-16, perhaps; write it as UTF-8)"
    done
    return 0
  fi
  { cat -- "$@" && printf '%s' "$@"; } | LC_ALL=C grep -q "$(printf '[\200-\377]')" || return 0
  answer=$(ask print_probes "$@" 2>/dev/null)
  number=${answer%% *} state=${answer#* }
  case $number in '' | *[!0-9]*) return 0 ;; esac
  shift $((number - 1))
  case $state in
    22P05*) complain "the database's encoding, ${state#* }, has not every character of $1" \
      "CREATE DATABASE ... ENCODING 'UTF8' makes one that has; or write the character otherwise." ;;
    *) complain "$1 is not UTF-8, or its name is not; convert it, for example with iconv -f LATIN1 -t UTF-8" ;;
  esac
}
print_probes() { # a statement for each file; prints the number of the first bad one, the error, the encoding
  printf '\\set ON_ERROR_STOP off\nSHOW server_encoding \\gset\n'
  LC_ALL=C awk 'function escaped(text) { gsub(/\\/, "&&", text); gsub(/\047/, "\047\047", text); return text }
    function end_probe() {
      if (n) printf "\047) AS t \\gset\n\\if :ERROR\n\\echo %d :LAST_ERROR_SQLSTATE :server_encoding\n\\q\n\\endif\n", n
    }
    FNR == 1 {
      end_probe()
      n++
      printf "SELECT 1 AS good FROM (SELECT E\047%s\047, E\047", escaped(FILENAME)
    }
    { print escaped($0) }
    END { end_probe() }' "$@"
}

# The number, among these files, of the one that is this revision; 0 if none is.
# A number, because a file's name may hold anything.
find_file() { # find_file REVISION FILE...
  REVISION=$1
  shift
  [ $# -gt 0 ] || { echo 0; return; }
  export REVISION
  LC_ALL=C awk 'FNR == 1 { n++; in_header = 1; sub(/^\357\273\277/, "") }
    !in_header { next }
    tolower($0) ~ /^[ \t]*--[ \t]*migrate:(up|down)/ { in_header = 0; next }
    tolower($0) ~ /^[ \t]*-- ?revision id:/ {
      sub(/^[^:]*:[ \t]*/, "")
      sub(/[ \t\r]*$/, "")
      if ($0 == ENVIRON["REVISION"]) { found = n; exit }
    }
    END { print found + 0 }' "$@"
}

# A text into a file, under its own name only when it is whole.
write_file() { # write_file FILE TEXT
  part=${1%/*}/.${1##*/}.$$
  if printf '%s\n' "$2" >"$part" && mv -f -- "$part" "$1"; then return 0; fi
  rm -f -- "$part"
  die "cannot write $1"
}

open_editor() { # open_editor FILE
  # The variable may be a command with options.
  sh -c "${VISUAL:-${EDITOR:-vi}} \"\$1\"" sh "$1" || die "the editor failed; $1 is as it left it"
}

# Sets how many of the directory's files, which these are, are revisions: all but the prelude.
count_revisions() { # count_revisions [FILE...]
  nrevisions=$#
  if [ $# -gt 0 ] && [ -e "$DIR/prelude.sql" ]; then nrevisions=$((nrevisions - 1)); fi
}

# Calls a function with the files of the directory behind its arguments.  "apply" looks
# at them itself, if there is anything to do.
with_files() { # with_files FUNCTION [ARGUMENT...]
  [ -d "$DIR" ] || die "no such directory: $DIR" "migrate.sh init makes it; --dir or MIGRATIONS_DIR names another."
  if has_files; then
    set -- "$@" "$DIR"/*.sql
    [ "$1" = apply_files ] || check_files "$DIR"/*.sql
  else
    for file in "$DIR"/env.py "$DIR"/alembic.ini "$DIR"/versions/*.py; do
      [ ! -e "$file" ] || die "the migrations in $DIR are Alembic's, in Python" \
        "migrate.sh import $DIR --to DIRECTORY converts them; then --dir or MIGRATIONS_DIR names that directory."
    done
  fi
  "$@"
}
has_files() {
  for file in "$DIR"/*.sql; do
    # the pattern itself: there are none
    [ -e "$file" ] || [ -L "$file" ]
    return
  done
}

# --- the extension ---------------------------------------------------------------
# How every command begins: is the extension there, is it of this version, may this role use it?

NOTICES=notice
HAS_TABLES="EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'migrate')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.objid = c.oid AND d.deptype = 'e'))"
IS_BARE="NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext')"

# For what only reads, or works on what is in the database.
sql_need_extension() {
  say "SELECT $IS_BARE AS bare \gset
\if :bare"
  sql_fail "pg_catalog.format('migrate_ext is not installed in database \"%s\"', pg_catalog.current_database())" "''" \
    "'migrate.sh init or migrate.sh apply creates the extension.'"
  say '\endif'
  sql_need_usage
}

# Begins a transaction, and creates the extension if it is not there.  Two who
# do so at once would collide in the catalogs: hence a lock, only then.  Sets
# had_tables: there is something in this database that no revision has made.  Where scripts have
# migrated it, the extension takes their tables over, and knows.
sql_begin() {
  created=Created
  if [ -n "$DRY_RUN" ]; then created='Would create'; fi
  say "SELECT $IS_BARE AS bare \gset
\set had_tables false
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL client_min_messages = $NOTICES;
\if :bare
SET LOCAL lock_timeout = '10min';
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('CREATE EXTENSION migrate_ext')) AS locked \gset
SET LOCAL lock_timeout TO DEFAULT;
SELECT $IS_BARE AS bare, $HAS_TABLES AND $IS_BARE AND NOT $BOOKS_ARE_THERE AS had_tables \gset
\if :bare
SELECT NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_not,
  NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'migrate_ext') AS not_there \gset
\if :not_there"
  sql_fail "'the server has no extension migrate_ext'" "'It is to be installed where PostgreSQL ' || pg_catalog.current_setting('server_version') || ' runs.'" \
    "'make install there, or the Dockerfile of examples/deploy.'"
  say "\elif :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not create the extension migrate_ext in database \"%s\"', current_user, pg_catalog.current_database())" "''" \
    "pg_catalog.format('GRANT CREATE ON DATABASE %I TO %I; or have the owner of the database run CREATE EXTENSION migrate_ext, and then the grants of docs/reference.md, \"Privileges\".', pg_catalog.current_database(), current_user)"
  say "\endif
CREATE EXTENSION migrate_ext;
${SAY_CREATED-\echo $created the extension migrate_ext}
\endif
\else"
  sql_need_usage
  sql_update_extension
  say '\endif'
}

# A new image's library refuses the tables of an older version.  Two who update at once
# would collide in the catalogs, as with CREATE EXTENSION.
sql_update_extension() {
  sql_look_for_update
  say '\if :is_stuck'
  sql_fail "pg_catalog.format('the extension migrate_ext of this database is of version %s, that of the server %s', :'old_version', :'new_version')" "''" \
    "pg_catalog.format('Its owner, %s, has to run: ALTER EXTENSION migrate_ext UPDATE', :'extension_owner') ||
      CASE WHEN :'is_owner' THEN pg_catalog.format('; for which a role needs: GRANT CREATE ON DATABASE %I TO %I', pg_catalog.current_database(), current_user) ELSE '' END"
  say "\elif :is_old
SET LOCAL lock_timeout = '10min';
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('CREATE EXTENSION migrate_ext')) AS locked \gset
SET LOCAL lock_timeout TO DEFAULT;"
  sql_look_for_update
  say "\if :is_old
ALTER EXTENSION migrate_ext UPDATE;
\echo Updated the extension migrate_ext from :old_version to :new_version
\endif
\endif"
}
sql_look_for_update() {
  say "SELECT old_version, new_version, extension_owner, is_owner, old_version <> new_version AS is_old, old_version <> new_version AND NOT (is_owner AND may_create) AS is_stuck
FROM (SELECT e.extversion AS old_version, a.default_version AS new_version, pg_catalog.pg_get_userbyid(e.extowner) AS extension_owner,
    pg_catalog.pg_has_role(e.extowner, 'USAGE') AS is_owner, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname WHERE e.extname = 'migrate_ext') AS v \gset"
}

# Its schema is nobody's but its owner's until granted.
sql_need_usage() {
  say "SELECT NOT pg_catalog.has_schema_privilege('migrate', 'USAGE') AS may_not \gset
\if :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not use the schema migrate', current_user)" "''" \
    "pg_catalog.format('GRANT USAGE ON SCHEMA migrate TO %I; and for what it is to do, the grants of docs/reference.md, \"Privileges\".', current_user)"
  say '\endif'
}
sql_need_execute() { # sql_need_execute FUNCTION WORD
  say "SELECT coalesce(NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE'), false) AS may_not, p.prokind = 'p' AS is_procedure
FROM pg_catalog.pg_proc p WHERE p.proname = '$1' AND p.pronamespace = pg_catalog.to_regnamespace('migrate') \gset
\if :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not $2', current_user)" "''" \
    "pg_catalog.format('GRANT EXECUTE ON %s migrate.$1 TO %I; docs/reference.md, \"Privileges\", has all that a runner and an author need.',
      CASE WHEN :'is_procedure' THEN 'PROCEDURE' ELSE 'FUNCTION' END, current_user)"
  say '\endif'
}

# For commands that are not about a first start.
sql_begin_without_tables() {
  sql_begin
  say '\if :had_tables'
  sql_fail "'this database has tables, but not migrate_ext'" "''" \
    "'Say first where it is: migrate.sh init takes a baseline; migrate.sh apply --help tells more.'"
  say '\endif'
  sql_need_execute load_files 'load revision files'
}

# A directory without a revision is mostly the wrong one.
sql_need_files() {
  variable directory "$DIR"
  say "SELECT NOT :'had_tables' AND s.revisions = 0 AS is_nothing FROM migrate.status() AS s \gset
\if :is_nothing"
  sql_fail "'there is no revision file in ' || :'directory' || ', and no revision in the database'" "''" \
    "'Is it the right directory? --dir or MIGRATIONS_DIR names another; migrate.sh create writes a first revision.'"
  say "\else
\echo 'There is no revision file in' :directory
\endif"
}

# Nothing is left to whoever a pooler gives the session next: the tag of a transaction goes with
# it, and a procedure that commits has it as an argument.
sql_tag() {
  if [ -n "$TAG" ]; then
    variable tag "$TAG"
    say "SELECT pg_catalog.set_config('migrate.tag', :'tag', true) AS tag \gset"
  fi
}
sql_call() { # sql_call PROCEDURE: for :target
  variable tag "$TAG"
  say "CALL migrate.$1(:'target', nullif(:'tag', ''));"
}

# --- elsewhere -------------------------------------------------------------------
# A database in which the extension cannot be installed.  It has the same tables, made by plain SQL:
# the "books".  They are brought into the engine, which then decides as if it were that database; and what
# it would do there is a script, which psql runs there under a lock, if nobody has migrated meanwhile.

# ELSEWHERE: such a database.  What is told of it: the version rows as a list, or "base"; yes if
# it has books; whether it has tables; its PostgreSQL.
ELSEWHERE='' AT='' HAS_BOOKS='' HAD_TABLES='' TARGET_MAJOR='' TARGET_VERSION='' TARGET_SAID=''

HAS_TABLES_THERE=$HAS_TABLES # which the engine is told
MAY_CREATE="EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions AS v, pg_catalog.pg_roles AS r
  WHERE v.name = 'migrate_ext' AND r.rolname = current_user
    AND (r.rolsuper OR NOT v.superuser OR (v.trusted AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'))))"
BOOKS_ARE_THERE="pg_catalog.to_regclass('migrate.version') IS NOT NULL"
# Who may neither create the extension nor the books has to be told so.
is_elsewhere() { # prints an expression
  printf '%s' "($IS_BARE AND (${MIGRATE_ENGINE:+true OR }NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'migrate_ext')
  OR (NOT $MAY_CREATE AND ($BOOKS_ARE_THERE OR pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')))))"
}

# Who owns a table has code run as who reads or writes it.
sql_need_own_books() {
  say "SELECT count(*) > 0 AS are_others, coalesce(pg_catalog.string_agg(DISTINCT o.rolname, ', '), '') AS book_owners
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
WHERE c.relnamespace = pg_catalog.to_regnamespace('migrate') AND c.relname IN ('revisions', 'scripts', 'prelude', 'version', 'log')
  AND (c.relkind <> 'r' OR (NOT o.rolsuper AND o.oid <> me.oid
    AND o.oid <> (SELECT datdba FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND (me.rolsuper OR NOT pg_catalog.pg_has_role(o.oid, 'MEMBER')))) \gset
\if :are_others"
  sql_fail "'the tables of schema migrate belong to somebody else'" "'Whoever owns them could have his own code run as you: ' || :'book_owners' || '.'" \
    "'Work as their owner, or have them belong to the owner of the database.'"
  say '\endif'
}
sql_at() { # sets has_books and at
  say "SELECT $BOOKS_ARE_THERE AS has_books \gset
\if :has_books"
  sql_need_own_books
  say "SELECT coalesce(pg_catalog.string_agg(revision, ',' ORDER BY revision), 'base') AS at FROM migrate.version \gset
\else
\set at base
\endif"
}

sql_is_elsewhere() { say "SELECT $(is_elsewhere);"; }
# Prints what there is to know of such a database, and puts the rows of its books into files.
sql_look_there() {
  say 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
  sql_at
  say "SELECT $HAS_TABLES_THERE AND NOT :'has_books' AS had_tables, pg_catalog.current_setting('server_version') AS version,
  pg_catalog.current_setting('server_version_num')::int / 10000 AS major \gset
\echo :has_books
\echo :had_tables
\echo :major
\echo :version
\echo :at
\if :has_books"
  # as many as anybody asks for
  for table in revisions scripts prelude version; do say "\o :run/$table" "COPY migrate.$table TO STDOUT;"; done
  say '\o :run/log' "COPY (SELECT * FROM migrate.log WHERE id > (SELECT max(id) - 1000 FROM migrate.log) OR outcome IN ('running', 'half_done') ORDER BY id) TO STDOUT;
\o
\elif :had_tables"
  sql_find_alembic
  say '\if :alembic
\o :run/alembic
SELECT version_num FROM ONLY :alembic_table;
\o
\endif
\endif
COMMIT;'
}

# Asks the database where the extension is, and what there is to know where it is not.  Its status is psql's.
find_where() {
  status=0 ELSEWHERE=''
  answer=$(ask sql_is_elsewhere) || status=$?
  [ "$status$answer" = 0t ] || return "$status"
  ELSEWHERE=yes
  [ -n "$RUN" ] || {
    RUN=$(mktemp -d "${TMPDIR:-/tmp}/migrate_run.XXXXXX") || exit 1
    trap 'end_run "$?"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
  }
  rm -f -- "$RUN"/*
  answer=$(ask sql_look_there) || status=$?
  [ "$status" -eq 0 ] || return "$status"
  for name in HAS_BOOKS HAD_TABLES TARGET_MAJOR TARGET_VERSION AT; do
    eval "$name=\${answer%%\"\$NEWLINE\"*}"
    answer=$answer$NEWLINE
    answer=${answer#*"$NEWLINE"} answer=${answer%"$NEWLINE"}
  done
  case $HAS_BOOKS in t | true) HAS_BOOKS=yes ;; *) HAS_BOOKS='' ;; esac
  case $HAD_TABLES in t | true) HAD_TABLES=true ;; *) HAD_TABLES=false ;; esac
  TARGET_SAID=$answer
}
end_run() { # end_run STATUS
  trap '' HUP INT TERM
  end_engine
  [ -z "$RUN" ] || rm -rf -- "$RUN"
  exit "$1"
}

# BRING_FILES: a command that does not read the files itself, and shall know of them.  BRING_LIVE: one
# that looks at the schema; "compared" if that is all that it does.
BRING_FILES='' BRING_LIVE='' HOW_BARE='' ON_TARGET=''

# From here on psql talks to the engine, which is as the database is.
begin_elsewhere() { # begin_elsewhere [bare]: without the extension if the database has no books
  bare='' HOW_BARE=${1-}
  if [ -z "$HAS_BOOKS" ]; then bare=${1-}; fi
  if [ -z "$TARGET_NAME" ]; then
    TARGET_NAME=$(database_name)
    keep_settings target
  fi
  first=''
  [ -n "$ENGINE" ] || first=yes
  case ${MIGRATE_ENGINE:-private} in
    private) begin_private_engine "$TARGET_MAJOR" "$bare" ;;
    *)
      end_engine
      begin_named_engine "$bare"
      ;;
  esac
  keep_settings engine
  if [ -n "$first" ]; then
    why='cannot be installed in'
    if [ -n "${MIGRATE_ENGINE:-}" ]; then why='is not in'; fi
    older=''
    if [ "$ENGINE_MAJOR" -lt "$TARGET_MAJOR" ]; then
      older="The database is PostgreSQL $TARGET_MAJOR: what is newer than $ENGINE_MAJOR the engine does not understand (package postgresql-$TARGET_MAJOR-migrate-ext, or MIGRATE_ENGINE)."
    fi
    complain "migrate_ext $why this database, so it gets plain SQL; its engine is $ENGINE" ${older:+"$older"}
  fi
  # what is asked of a database where nothing was migrated yet
  # shellcheck disable=SC2034
  HAS_TABLES=$HAD_TABLES SAY_CREATED=''
  if [ -n "$BRING_LIVE" ]; then bring_live; fi
  (NOTICES=warning && ask sql_bring_books) || exit 1
  if [ -n "$BRING_FILES" ]; then bring_files; fi
}
sql_bring_books() {
  say '\cd :run'
  if [ -n "$HAS_BOOKS" ]; then
    say 'BEGIN;'
    for table in revisions scripts prelude version log; do say "\copy migrate.$table FROM '$table'"; done
    say "SELECT pg_catalog.setval('migrate.log_id_seq', coalesce(max(id), 0) + 1) AS id FROM migrate.log \gset" 'COMMIT;'
  elif [ -e "$RUN/alembic" ]; then
    say 'CREATE TABLE public.alembic_version (version_num text);' "\copy public.alembic_version FROM 'alembic'"
  fi
}
# The files, as the database would have them where it had the extension.  What is wrong with one is told,
# and does not keep anybody from looking.
bring_files() {
  if [ ! -d "$DIR" ] || ! has_files; then return; fi
  (NOTICES=warning && with_files bring_these >/dev/null) || complain "the files in $DIR are left out, for what was said"
}
bring_these() { ask sql_load_only "$@"; }

# One that is new enough for the database: that in PATH, the engine's, or another one: sets PG_DUMP.
find_pg_dump() {
  for PG_DUMP in pg_dump "$ENGINE_BIN/pg_dump" "/usr/lib/postgresql/$TARGET_MAJOR/bin/pg_dump" /usr/lib/postgresql/*/bin/pg_dump \
    /usr/pgsql-*/bin/pg_dump /usr/libexec/postgresql*/pg_dump; do
    major=$("$PG_DUMP" --version 2>/dev/null) || continue
    major=${major#*") "}
    major=${major%%[!0-9]*}
    if [ "${major:-0}" -ge "$TARGET_MAJOR" ]; then return; fi
  done
  die "there is no pg_dump here that is new enough for PostgreSQL $TARGET_VERSION; it tells what is in the database" \
    "Install the package postgresql-client-$TARGET_MAJOR, or have a newer pg_dump in PATH."
}
dump_schema() { "$PG_DUMP" --schema-only --no-tablespaces --no-subscriptions --lock-wait-timeout=60s -w "$@" </dev/null; }
# The schemas that are not managed, as pg_dump reads their names, a line for each.  For drift revisions and
# the prelude make some anew: of the others only what they do not seem to make.
sql_other_schemas() { # sql_other_schemas [kept]
  kept=''
  if [ -n "${1-}" ] && [ -n "$HAS_BOOKS" ]; then
    kept="AND NOT EXISTS (SELECT FROM (SELECT upgrade FROM migrate.scripts UNION ALL SELECT script FROM migrate.prelude) AS s (script)
    WHERE s.script ~* 'create\\s+schema' AND pg_catalog.strpos(pg_catalog.replace(s.script, '\"\"', '\"'), nspname) > 0)"
  fi
  variable managed "${SCHEMAS:-\"public\"}"
  say "SELECT '\"' || pg_catalog.replace(nspname, '\"', '\"\"') || '\"' FROM pg_catalog.pg_namespace
WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'migrate')
  AND pg_catalog.strpos(',' || :'managed' || ',', ',\"' || pg_catalog.replace(nspname, '\"', '\"\"') || '\",') = 0 $kept ORDER BY 1;"
}
# The schema of the database, as DDL.
bring_live() {
  find_pg_dump
  use_settings target
  set --
  : >"$RUN/others"
  if [ "$BRING_LIVE" = compared ]; then
    if [ "$SCHEMAS" != '*' ]; then ask sql_other_schemas >"$RUN/others" || exit 1; fi
    # what is compared refers to them
    if [ -s "$RUN/others" ]; then
      if [ "$COMMAND" = drift ]; then ask sql_other_schemas kept >"$RUN/kept" || exit 1; else cp "$RUN/others" "$RUN/kept"; fi
      while IFS= read -r name; do set -- "$@" "--schema=$name"; done <"$RUN/kept"
    fi
    if [ $# -gt 0 ]; then
      # what this role may not read, it may not refer to, either
      dump_schema --no-owner --no-privileges "$@" >"$RUN/outside" 2>/dev/null || rm -f -- "$RUN/outside"
    fi
    # Owners are not compared; and whoever owns something there need not be able to own it here.
    set -- --no-owner
    while IFS= read -r name; do set -- "$@" "--exclude-schema=$name"; done <"$RUN/others"
  fi
  dump_schema "$@" --exclude-schema=migrate >"$RUN/dump" || die "pg_dump cannot tell what is in the database"
  LC_ALL=C sed -e '/^\\restrict /d' -e '/^\\unrestrict /d' "$RUN/dump" >"$RUN/live"
  if [ "$BRING_LIVE" = compared ]; then
    # Up to 14 pg_dump writes down what the owner of public may there, who is nobody special here.
    # shellcheck disable=SC2086 # one word or none
    owner=$(psql -X -q -A -t $NEVER_ASK -c "SELECT pg_catalog.quote_ident(o.rolname) FROM pg_catalog.pg_namespace AS n
      JOIN pg_catalog.pg_roles AS o ON o.oid = n.nspowner WHERE n.nspname = 'public'") || exit 1
    mv -- "$RUN/live" "$RUN/dump"
    LC_ALL=C grep -vxF -e "GRANT ALL ON SCHEMA public TO $owner;" "$RUN/dump" >"$RUN/live"
  fi
  # shellcheck disable=SC2086 # one word or none
  psql -X -q -A -t $NEVER_ASK -c "COPY (SELECT rolname, pg_catalog.pg_has_role(oid, 'MEMBER') AND NOT rolsuper
    FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_') TO STDOUT" >"$RUN/roles" || exit 1
  use_settings engine
  bring_roles
  # what of it the engine cannot have is missing, which is said where something needs it
  [ ! -e "$RUN/outside" ] || psql -X -q -w -f "$RUN/outside" >/dev/null 2>&1 || :
}
sql_live() { say '\cd :run' "\set live \`cat live\`"; }

# --- a script, and running it -----------------------------------------------------

# The engine prints it into $RUN, the last thing that it does in its transaction.
sql_write_script() { # sql_write_script NUMBER CALL
  say "\o :run/script$1" "SELECT $2;" '\o'
}

# What migrate.upgrade() and its like refuse, in their words.
sql_need_transactions() { # sql_need_transactions upgrade|downgrade PROCEDURE
  modes="'autocommit', 'concurrently'"
  # where there is nothing, nobody is kept waiting
  if [ "$HAD_TABLES$AT" = falsebase ]; then modes="'none'"; fi
  say "SELECT coalesce((pg_catalog.array_agg(p.revision ORDER BY p.step))[1], '') AS alone, count(*) > 0 AS is_alone
FROM migrate.plan('$1', :'target') AS p JOIN migrate.revisions AS r USING (revision) WHERE r.${1}_mode IN ($modes) \gset
\if :is_alone"
  sql_fail "pg_catalog.format('the $1 of revision \"%s\" cannot run inside a transaction', :'alone')" \
    "'It is marked transaction:false or has a statement such as CREATE INDEX CONCURRENTLY or VACUUM. Nothing was run.'" \
    "'Use $2.'"
  say '\endif'
}

# The scripts' own lock, which the session has to the end: so nobody migrates between the question where
# the database is and the script.  A number for it is in src/run/offline_target.c.
SCRIPT_LOCK=30796665482998885
# shellcheck disable=SC2016 # for the server
sql_lock() {
  say "DO \$migrate\$
DECLARE
  begun timestamptz := pg_catalog.clock_timestamp();
BEGIN
  IF pg_catalog.pg_try_advisory_lock($SCRIPT_LOCK::bigint) THEN
    RETURN;
  END IF;
  RAISE NOTICE 'waiting for another session that is migrating';
  LOOP
    COMMIT;
    PERFORM pg_catalog.pg_sleep(0.2::float8);
    COMMIT;
    EXIT WHEN pg_catalog.pg_try_advisory_lock($SCRIPT_LOCK::bigint);
    IF pg_catalog.clock_timestamp() > begun + interval '10 minutes' THEN
      RAISE EXCEPTION 'another session is migrating' USING ERRCODE = 'MG025', HINT = 'Run it again when it has finished.';
    END IF;
  END LOOP;
END \$migrate\$;"
}

# What the books are: the rows of the version, every script.  Files of which a start has found that
# nothing is left to do are known by that, until something changes.
BOOKS_STATE="pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws('|',
  (SELECT pg_catalog.string_agg(revision, ',' ORDER BY revision) FROM migrate.version),
  (SELECT pg_catalog.string_agg(revision || ' ' || pg_catalog.encode(checksum, 'hex'), ',' ORDER BY revision) FROM migrate.scripts)), 'UTF8'))"
sql_remember() {
  say "SELECT $BOOKS_ARE_THERE AS has_books \gset
\if :has_books
BEGIN;
DELETE FROM migrate.log WHERE action = 'load' AND message = 'files $DIGEST';
INSERT INTO migrate.log (action, message, version_before, version_after, checksum)
  SELECT 'load', 'files $DIGEST', v, v, $BOOKS_STATE FROM (SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)) AS a (v);
COMMIT;
\endif"
}

# Everything that the database is told.  What came of it is in $RUN/result: nothing if it was migrated
# meanwhile, so that all has to be thought out again.
sql_run_script() {
  say '\o /dev/null'
  if [ -n "$TAG" ]; then
    variable tag "$TAG"
    say "SELECT pg_catalog.set_config('migrate.tag', :'tag', false);"
  fi
  sql_lock
  sql_at
  variable planned "$AT"
  say "SELECT :'at' <> :'planned' AS has_moved \gset
\if :has_moved
\q
\endif"
  cat -- "$RUN"/script[0-9]
  if [ -e "$RUN/remember" ]; then sql_remember; fi
  say '\o :run/result'
  if [ -e "$RUN/script2" ]; then sql_now_at 'unnest(ARRAY(SELECT revision FROM migrate.version))'; else say '\qecho done'; fi
}

# Runs what the engine has printed.  1: it failed, which was said; 2: the connection failed; 5: the
# database has been migrated meanwhile.
run_script() {
  is_script=''
  for script in "$RUN"/script[0-9]; do if [ -e "$script" ]; then is_script=yes; fi; done
  use_settings target
  status=0
  if [ -n "$is_script" ]; then
    ON_TARGET=yes
    run_sql sql_run_script || status=$?
    ON_TARGET=''
  elif [ -e "$RUN/remember" ]; then
    # who may not write has found that there is nothing to write
    : >"$RUN/script1"
    with_settings sql_run_script | (client) >/dev/null 2>&1 || :
    is_script=''
  fi
  use_settings engine
  if [ -z "$is_script" ] || [ "$status" -ne 0 ]; then return "$status"; fi
  [ -s "$RUN/result" ] || return 5
  [ ! -e "$RUN/script2" ] || cat -- "$RUN/result"
}

# Has the engine think, and runs what it has thought out: again if the database has been migrated meanwhile.
run_elsewhere() { # run_elsewhere FUNCTION [ARGUMENT...]: prints SQL for the engine; its status is psql's
  rounds=0
  while :; do
    status=0
    run_sql "$@" || status=$?
    if [ "$status" -ne 0 ] && [ ! -e "$RUN/script0" ]; then return "$status"; fi
    thought=$status status=0
    run_script || status=$?
    if [ "$status" -ne 5 ]; then
      [ "$status" -ne 0 ] || status=$thought
      return "$status"
    fi
    rounds=$((rounds + 1))
    [ "$rounds" -lt 20 ] || die "the database is migrated by others all the time"
    use_settings target
    find_where || return $?
    begin_elsewhere "$HOW_BARE"
  done
}
# --- the first start -------------------------------------------------------------
# A database that had tables before it had the extension: where is it?  With "apply", "check" and
# "init".

# pg_dump's words as a revision: with owners and grants, as migrate.baseline() has them, and
# without psql's commands.  Runs inside psql, between backquotes, while the lock of sql_begin
# is held; its last line proves that it has come to its end.
DUMP="pg_dump --schema-only --no-tablespaces --no-subscriptions --lock-wait-timeout=60s \
  -w --exclude-schema=migrate </dev/null | LC_ALL=C sed -e '/^\\\\restrict /d' -e '/^\\\\unrestrict /d'"

# Takes a baseline of what is there, and stamps it; its identifier is in :at.  By
# migrate.baseline(), which has owners, grants and default privileges, and proves what it
# writes.  What that cannot describe, or this role may not have it compare, pg_dump can: a
# container has to start on any database.
sql_take_baseline() {
  baseline_of="'{*}'"
  if [ -n "$SCHEMAS" ]; then baseline_of=NULL; fi
  if [ -n "$ELSEWHERE" ]; then
    sql_script_baseline
    return
  fi
  say "SAVEPOINT baseline;
\set ON_ERROR_STOP off
SELECT migrate.baseline('baseline', $baseline_of) AS at \gset
\set undescribed :ERROR
\set ON_ERROR_STOP on
\if :undescribed
ROLLBACK TO SAVEPOINT baseline;"
  if [ -n "$SCHEMAS" ]; then
    sql_fail "'no baseline can be taken of these schemas'"
  fi
  say "\echo pg_dump has to describe it, then; what it writes is not tried out
\set dump \`$DUMP\`
SELECT pg_catalog.strpos(:'dump', '-- PostgreSQL database dump complete') = 0 AS failed \gset
\if :failed"
  sql_fail "'no baseline can be taken: pg_dump failed'" "''" \
    "'Install the pg_dump of this server''s version or newer; or say where the database is: --baseline REVISION or --baseline none.'"
  say "\endif
SELECT migrate.revision('baseline', :'dump', NULL, '{base}') AS at \gset
SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset
\endif"
}

# Elsewhere what pg_dump has told is compared with nothing, which proves it, too.  The stamp stays
# whatever is said of the files.
sql_script_baseline() {
  sql_live
  say "SAVEPOINT baseline;
SET LOCAL client_min_messages = warning;
\set ON_ERROR_STOP off
SELECT migrate.migrate('baseline', :'live', $baseline_of, live => '', head => '{base}') AS at \gset
\set undescribed :ERROR
\set ON_ERROR_STOP on
\if :undescribed
ROLLBACK TO SAVEPOINT baseline;"
  if [ -n "$SCHEMAS" ]; then
    sql_fail "'no baseline can be taken of these schemas'"
  fi
  say "\echo pg_dump has to describe it, then; what it writes is not tried out
SELECT migrate.revision('baseline', :'live', NULL, '{base}') AS at \gset
\endif
SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset"
  sql_write_script 0 "migrate.stamp_sql('base:' || :'at')"
}

# Whose word counts on where a database is: the tables (c, in schema n) of the owner of
# the database, of who asks, of superusers; and of the owner of a schema that the
# search_path names.  Whoever may create a schema can call it like the user.
IS_BELIEVED="c.relkind = 'r' AND (
  c.relowner IN (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  OR c.relowner IN (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolname = current_user)
  OR (c.relowner = n.nspowner AND n.nspname <> current_user))"

# Sets alembic_table: Alembic's table, as SQL writes its name, or nothing.
sql_find_alembic() {
  say "WITH found AS (
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, $IS_BELIEVED AS is_believed,
  pg_catalog.pg_get_userbyid(c.relowner) AS owner, pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname) AS place
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'alembic_version' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY (pg_catalog.current_schemas(false)))
SELECT coalesce((SELECT name FROM found WHERE is_believed ORDER BY place LIMIT 1), '') AS alembic_table,
  coalesce((SELECT pg_catalog.string_agg(pg_catalog.regexp_replace(pg_catalog.format('%s of role %s', name, owner), '[[:cntrl:]]', ' ', 'g'), ', ' ORDER BY place)
    FROM found WHERE NOT is_believed), '') AS not_believed \gset
SELECT :'alembic_table' <> '' AS alembic, :'not_believed' <> '' AS doubtful \gset
\if :doubtful
\echo Passed over, since only a table of the owner of database or schema tells where a database is: :not_believed
\endif"
}

# A database that had tables before it had the extension: where is it?
sql_first_start() { # sql_first_start NUMBER-OF-FILES
  stamped=stamped
  if [ -n "$DRY_RUN" ]; then stamped='would stamp'; fi
  case $BASELINE in
    none) return ;;
    '') ;;
    *)
      say '\if :had_tables'
      variable at "$BASELINE"
      say "SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset
\echo The database has tables already: $stamped :at
\endif"
      return
      ;;
  esac
  say "\if :had_tables
\set at ''"
  sql_find_alembic
  say "\if :alembic
SELECT coalesce(CASE WHEN bool_and(v.num IN (SELECT revision FROM migrate.history()))
  THEN string_agg(v.num, ',') END, '') AS at FROM (SELECT version_num::pg_catalog.text AS num FROM ONLY :alembic_table) AS v \gset
\endif
SELECT CASE WHEN :'at' <> '' THEN :'at' ELSE coalesce((SELECT string_agg(revision, ',') FROM migrate.history()
  WHERE down_revisions = '{}' AND lower(message) = 'baseline'), '') END AS at \gset
SELECT :'at' = '' AS unknown \gset
\if :unknown
ROLLBACK TO SAVEPOINT before_files;"
  if [ -n "$DRY_RUN" ]; then
    say "\echo Would take a baseline of the tables that are there, and stamp it
ROLLBACK;
\q"
  else
    sql_take_baseline
    say "COMMIT;
\echo The database has tables already: took a baseline and stamped it, revision :at
\echo (migrate.sh export writes it as a file, to be committed)"
    if [ "$1" -gt 0 ]; then
      sql_fail "'the revision files do not build on what is in this database'" \
        "'None has the message \"baseline\", and alembic_version does not name any. The baseline is revision ' || :'at' || '. No file was loaded.'" \
        "E'Are they to come after what is there? Commit the baseline (migrate.sh export), and put the first of them on it: migrate.sh rebase FIRST ' || :'at' || E'\nIs what is there one of them? Then: migrate.sh apply --baseline REVISION, which compares'"
    fi
    say '\q'
  fi
  say "\endif
SELECT count(*) AS stamped FROM migrate.stamp(:'at') \gset
\echo The database has tables already: $stamped :at
\endif"
}

# A database that took a baseline of its own is brought to the file of another one, if
# that file makes what is here.
sql_change_baseline() {
  case $BASELINE in '' | none) return ;; esac
  say '\if :had_tables
\else'
  if [ -n "$ELSEWHERE" ]; then
    variable at "$BASELINE"
    say "SELECT count(*) > 0 AND NOT coalesce(bool_or(revision = :'at'), false) AS is_other, coalesce(string_agg(revision, ', '), '') AS applied
FROM migrate.history() WHERE is_applied \gset
\if :is_other"
    sql_fail "'this database is at a revision already'" "'Applied here: ' || :'applied' || '.'" \
      "'If what is in it is what ' || :'at' || ' makes: migrate.sh stamp --purge ' || :'at'"
    say '\endif' '\endif'
    return
  fi
  variable at "$BASELINE"
  say "SELECT count(*) > 0 AND NOT coalesce(bool_or(revision = :'at'), false) AS is_other,
  coalesce(bool_or(revision = ANY (:'loaded'::text[])), false) AS is_ours, coalesce(string_agg(revision, ', '), '') AS applied
FROM migrate.history() WHERE is_applied \gset
\if :is_other
\if :is_ours"
  sql_fail "'this database is at a revision of these files already'" "'Applied here: ' || :'applied' || '.'" \
    "'--baseline is for a database that these files have not migrated yet; migrate.sh stamp says where one is.'"
  say "\endif
SELECT count(*) AS stamped FROM migrate.stamp(:'at', true) \gset
SELECT coalesce(string_agg(action || ' ' || object_type || ' ' || object_identity, E'\n' ORDER BY step), '') AS differences, count(*) > 0 AS is_different
FROM migrate.drift('{*}') \gset
\if :is_different"
  sql_fail "'the schema is not what revision ' || :'at' || ' makes'" ":'differences'" \
    "'Nothing was changed. Make the two the same by hand, or say that they are: migrate.sh stamp --purge ' || :'at'"
  say "\endif
\echo 'The schema is what revision' :at 'makes: stamped it, instead of' :applied
\endif
\endif"
}

sql_init() {
  there='extension migrate_ext is'
  if [ -n "$ELSEWHERE" ]; then there='tables of schema migrate are'; fi
  sql_begin
  if [ -n "$NO_BASELINE" ]; then say '\set had_tables false'; fi
  say "\if :bare
\else
\echo The $there there already
\endif
\if :had_tables"
  if [ -n "$HAS_FILES" ]; then
    sql_fail "'the database has tables, and the directory has revision files'" "''" \
      "'migrate.sh apply stamps such a database: see migrate.sh apply --help.'"
  elif [ -n "$DRY_RUN" ]; then
    say '\echo Would take a baseline of the tables that are there, and stamp it'
  else
    sql_take_baseline
    say '\echo Took a baseline of the tables that are there, and stamped it: revision :at'
  fi
  say '\endif'
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}
cmd_init() {
  HAS_FILES=''
  if has_files; then HAS_FILES=yes; fi
  if [ -n "$DRY_RUN" ]; then
    [ -d "$DIR" ] || say "Would make the directory $DIR"
    run_sql sql_init || finish $?
    return
  fi
  mkdir -p -- "$DIR" || exit 1
  if [ -n "$ELSEWHERE" ]; then run_elsewhere sql_init; else run_sql sql_init; fi || finish $?
  # The baseline, or the revisions of a database that has been here before.
  if [ -z "$HAS_FILES" ]; then export_revisions "$@"; fi
}

# --- what there is to do ---------------------------------------------------------
# What these files mean for this database, which the server decides, and how that is said; how a
# command ends.

# A revision with its message, for people; h is a row of migrate.history().
TITLE="h.revision || ' (' || pg_catalog.regexp_replace(split_part(h.message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || ')'"
titles() { # titles VARIABLE: of the revisions in this array, in its order, ten at most
  printf '%s' "(SELECT string_agg($TITLE, ', ' ORDER BY u.n) FROM unnest((:'$1'::text[])[:10]) WITH ORDINALITY AS u (id, n)
    JOIN migrate.history() AS h ON h.revision = u.id) || CASE WHEN cardinality(:'$1'::text[]) > 10 THEN ', ...' ELSE '' END"
}

# What is there to do for these files, up to TARGET or to their head?  Sets target,
# pending and forked, and says where the database and the files are not the same.
LOOKED="coalesce(f.target_revisions, '') AS target, f.pending <> '{}' AS pending, cardinality(f.pending) AS npending,
  array_to_string(ARRAY(SELECT E'\n  ' || id || ', ' || message FROM unnest(f.pending, f.messages) AS p (id, message)), '') AS pending_words,
  f.apart <> '{}' AS forked, cardinality(f.apart) AS napart, array_to_string(f.apart_words, E'\n') AS apart_words,
  coalesce(f.to_rebase, '') AS to_rebase, coalesce(f.to_undo, '') AS to_undo, f.ahead, f.ahead <> '{}' AS is_ahead,
  f.unknown, f.unknown <> '{}' AS has_unknown, cardinality(f.heads) AS nheads, array_to_string(f.heads, ',') AS file_heads,
  array_to_string(f.missing, E'\n') AS missing, f.missing <> '{}' AS is_missing,
  array_to_string(f.missing_applied, ', ') AS missing_applied, f.missing_applied <> '{}' AS is_missing_applied,
  coalesce((SELECT string_agg(c, ', ' ORDER BY c) FROM migrate.current() AS c), 'base') AS current"
sql_look() { # sql_look TARGET
  variable wanted "$1"
  say "SELECT $LOOKED FROM migrate.files_status(:'loaded', nullif(:'wanted', '')) AS f \gset"
  sql_say_look
}
sql_say_look() {
  say "\if :is_ahead
SELECT 'The database is ahead of these files by ' || cardinality(:'ahead'::text[]) || ' applied revision' ||
  CASE cardinality(:'ahead'::text[]) WHEN 1 THEN ': ' ELSE 's, the newest ' END || $TITLE
FROM migrate.history() AS h WHERE h.revision = (:'ahead'::text[])[1];
\endif
\if :has_unknown
SELECT 'Ignored, since neither applied nor among these files: ' || $(titles unknown);
\echo '(migrate.sh remove REVISION or migrate.sh apply --prune removes them from the database)'
\endif"
}

# What has files is on top of something that has none, so that no other database
# could be migrated with these files.
sql_refuse_missing() { # sql_refuse_missing [EXPRESSION]
  sql_fail "'missing: ' || ${1-":'missing'"}" "'It has no file in ' || :'directory' || '.'" \
    "E'Bring its file back; migrate.sh export writes what the database has.\\nOr put what is on top of it elsewhere: migrate.sh rebase REVISION ONTO'"
}
sql_need_parents() { # for what makes or judges files
  variable directory "$DIR"
  say "SELECT concat_ws(E'\n', nullif(:'missing', ''), nullif(:'missing_applied', '')) AS missing, :'is_missing' OR :'is_missing_applied' AS is_missing \gset
\if :is_missing"
  sql_refuse_missing
  say '\endif'
}

# Two heads, and no word of which is meant.
sql_refuse_fork() { # sql_refuse_fork COMMAND
  sql_fail "'there are ' || :'napart' || ' heads'" ":'apart_words'" \
    "CASE WHEN :'to_undo' = 'base' THEN E'Did this database take a baseline of its own? Then: migrate.sh apply --baseline ' ||
        coalesce(nullif(:'to_rebase', ''), 'REVISION') || E', which compares it with that file.\\nOr keep what has no file here: migrate.sh export writes it; then migrate.sh rebase or merge'
      WHEN :'to_undo' = ''
      THEN 'One after the other: migrate.sh rebase ' || coalesce(nullif(:'to_rebase', ''), 'REVISION') || E'\\nMerge them: migrate.sh merge'
      ELSE 'Undo what has no file here: migrate.sh downgrade ' || :'to_undo' ||
        E'\\nOr keep it: migrate.sh export writes its file; then migrate.sh rebase or merge' END ||
      CASE WHEN :'to_undo' = 'base' THEN '' ELSE E'\\nIf they are to stay apart: migrate.sh $1 heads' END"
}

# Forgets, in a transaction that is rolled back, or for good, what has no file and is not applied.
sql_prune() { # sql_prune [ARRAY-EXPRESSION]: these, too, have files
  sql_need_execute prune 'write revisions'
  say "SELECT coalesce(array_agg(p), '{}') AS pruned, count(*) > 0 AS is_pruned FROM migrate.prune(:'loaded'::text[]${1:+ || $1}) AS p \gset"
}

sql_plan() { # sql_plan COMMAND
  say "SELECT 'Would ' || action || ' ' || coalesce(revision, 'to base') || coalesce(', ' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g'), '')
FROM migrate.plan('$1', :'target') ORDER BY step;"
}

sql_now_at() {
  # shellcheck disable=SC2016
  say "SELECT 'Now at ' || coalesce(string_agg(c, ', ' ORDER BY c), 'base') FROM ${1:-migrate.current()} AS c;"
}

# What to say when psql has ended: its own messages are on standard error
# already, and its statuses are one here.
finish() { # finish STATUS [FILE...]
  finish_status=$1
  shift
  [ "$finish_status" -eq 0 ] && return 0
  if [ "$finish_status" -eq 3 ]; then
    explain_failure "$@"
    [ -z "$TARGET_NAME" ] || use_settings target
    case $COMMAND in apply | upgrade) ask sql_explain >&2 2>/dev/null || : ;; esac
  fi
  exit 1
}

# What may have been the reason that a revision failed, seen from outside of it.
sql_explain() {
  say "SELECT $IS_BARE AS bare \gset
\if :bare
SELECT 'migrate.sh: role ' || pg_catalog.quote_ident(current_user) || ' may not create anything in schema public (nobody may, since PostgreSQL 15): GRANT CREATE ON SCHEMA public TO '
  || pg_catalog.quote_ident(current_user) WHERE pg_catalog.current_schema() = 'public' AND NOT pg_catalog.has_schema_privilege('public', 'CREATE');
\else
SELECT 'migrate.sh: role ' || pg_catalog.quote_ident(current_user) || ' may not create anything in schema ' || pg_catalog.quote_ident(s)
  || CASE s WHEN 'public' THEN ' (nobody may, since PostgreSQL 15)' ELSE '' END
  || ': GRANT CREATE ON SCHEMA ' || pg_catalog.quote_ident(s) || ' TO ' || pg_catalog.quote_ident(current_user)
FROM pg_catalog.current_schema() AS s WHERE NOT pg_catalog.has_schema_privilege(s, 'CREATE');
SELECT E'migrate.sh: there are tables here, but nothing is applied: a copy of a schema without its data?\n  migrate.sh mark-current says that it is where the files lead.'
FROM migrate.status() AS s WHERE s.applied = 0 AND s.half_done IS NULL AND coalesce(s.last_outcome, 'failed') = 'failed' AND $HAS_TABLES;
\endif"
}

# What is asked for stands after a line of its own, and what loading prints before
# it; there no message of a revision is ever a whole line.
MARK='--- the answer ---'
sql_mark() { say "\echo '$MARK'"; }
after_mark() { # after_mark TEXT: sets answer
  answer=$NEWLINE$1$NEWLINE
  answer=${answer#*"$NEWLINE$MARK$NEWLINE"}
  answer=${answer%"$NEWLINE"}
}

# --- apply, plan, dry-run --------------------------------------------------------
# Load the files and upgrade.  Most starts find nothing to do and take the short way at rest.

sql_plan_sql() { # sql_plan_sql [ARRAY]: with what the array's elements have to say
  say "SELECT 'Would upgrade ' || p.revision || coalesce(', ' || pg_catalog.regexp_replace(split_part(p.message, E'\n', 1), '[[:cntrl:]]', ' ', 'g'), '') ||
  coalesce(E'\n' || nullif(btrim(s.upgrade, E' \t\r\n'), ''), '')${1:+ || $1}
FROM migrate.plan('upgrade', :'target') AS p JOIN migrate.scripts AS s USING (revision) ORDER BY p.step;"
}

# A statement of a rehearsal in words; d is a row of migrate.dry_run().
REHEARSED="coalesce('statement ' || d.statement, 'deferred to the commit') || ': ' || d.outcome || coalesce(', ' || extract(epoch FROM d.duration)::numeric(12, 3) || ' s', '') ||
  coalesce(', blocks ' || d.blocks, '') || CASE WHEN d.severity <> 'none' THEN ' (' || d.severity || ')' ELSE '' END ||
  coalesce(E'\n--   ' || d.warning, '') || coalesce(E'\n--   locks ' || nullif(array_to_string(d.locks, ', '), ''), '') ||
  coalesce(E'\n--   ERROR: ' || replace(d.error, E'\n', E'\n--   '), '')"

# The SQL that would be run, and of each statement what it locks: it is rehearsed, and
# rolled back.  Who may not rehearse sees the SQL.
sql_rehearse_plan() {
  say "SELECT coalesce(bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')), false) AS may_rehearse
FROM pg_catalog.pg_proc AS p WHERE p.proname = 'dry_run' AND p.pronamespace = pg_catalog.to_regnamespace('migrate') \gset
SET LOCAL client_min_messages = warning;
\if :may_rehearse
SELECT coalesce(json_object_agg(revision, words), '{}') AS rehearsed, coalesce(bool_or(failed), false) AS has_failed FROM (
  SELECT d.revision, string_agg(E'\n-- ' || $REHEARSED, '' ORDER BY d.step, d.statement) AS words, bool_or(d.outcome = 'failed') AS failed
  FROM migrate.dry_run('upgrade', :'target') AS d GROUP BY d.revision) AS r \gset"
  sql_plan_sql "coalesce(:'rehearsed'::json ->> p.revision, '')"
  say '\if :has_failed'
  sql_fail "'the rehearsal has failed'" "''" "'Nothing was changed; migrate.sh apply would fail in the same way.'"
  say '\endif
\else'
  sql_plan_sql
  say "\echo '(what it locks is told to who may execute migrate.dry_run)'
\endif"
}

sql_apply() { # sql_apply TARGET [FILE...]
  apply_target=$1
  shift
  sql_begin
  sql_need_execute load_files 'load revision files'
  if [ -n "$ONLINE" ]; then sql_need_execute deploy upgrade; else sql_need_execute upgrade upgrade; fi
  # Where there is nothing, nobody is kept waiting by an index that is built plainly.
  say "SELECT CASE WHEN s.applied = 0 AND NOT $HAS_TABLES THEN pg_catalog.set_config('migrate.plain_concurrently', 'on', true) END AS plain
FROM migrate.status() AS s \gset"
  [ -n "$BASELINE" ] || printf '\\if :had_tables\nSAVEPOINT before_files;\n\\endif\n'
  sql_load "$@"
  count_revisions "$@"
  sql_first_start "$nrevisions"
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; else sql_change_baseline; fi
  if [ -n "$ELSEWHERE" ]; then sql_script_stamps; fi
  if [ -n "$PRUNE" ] && [ "$nrevisions" -gt 0 ]; then
    variable removed_word "$(if [ -n "$DRY_RUN" ]; then echo 'Would remove'; else echo Removed; fi)"
    sql_prune
    say "\if :is_pruned
SELECT :'removed_word' || ' from the database: ' || array_to_string(:'pruned'::text[], ', ');"
    if [ -n "$ELSEWHERE" ]; then sql_script_prune; fi
    say '\endif'
  fi
  sql_look "$apply_target"
  if [ -n "$ELSEWHERE" ]; then sql_script_remember; fi
  say '\if :is_missing_applied
\echo No file here, but applied: :missing_applied
\endif
\if :pending
\if :is_missing'
  variable directory "$DIR"
  sql_refuse_missing
  printf '\\endif\n\\if :forked\n'
  sql_refuse_fork apply
  say '\endif'
  if [ -n "$DRY_RUN" ]; then
    if [ "$COMMAND" = plan ]; then
      if [ -z "$SQL" ]; then sql_plan upgrade; else sql_plan_sql; fi
    elif [ -n "$ELSEWHERE" ]; then
      sql_plan_sql
      say "\echo '(what it locks can be told only by a database that has the extension)'"
    else
      sql_rehearse_plan
    fi
    printf '\\else\n\\echo Nothing to do, at :current\n\\endif\nROLLBACK;\n'
    return
  fi
  if [ -n "$ELSEWHERE" ]; then
    sql_script_upgrade
    printf '\\else\n\\echo Nothing to do, at :current\n\\endif\nROLLBACK;\n'
  elif [ -n "$ONLINE" ]; then
    say 'COMMIT;'
    sql_call deploy
    sql_now_at
    printf '\\else\n\\echo Nothing to do, at :current\nCOMMIT;\n\\endif\n'
  else
    sql_tag
    sql_now_at "migrate.upgrade(:'target')"
    printf '\\else\n\\echo Nothing to do, at :current\n\\endif\nCOMMIT;\n'
  fi
}

# Elsewhere the same as scripts: what a first start says of where the database is, and the upgrade.
sql_script_stamps() {
  variable planned "$AT"
  say "SELECT coalesce(string_agg(c, ',' ORDER BY c), 'base') AS now FROM migrate.current() AS c \gset
SELECT :'now' <> :'planned' AS is_stamped \gset
\if :is_stamped"
  sql_write_script 1 "migrate.stamp_sql(:'planned' || ':' || :'now')"
  say '\endif'
}
sql_script_upgrade() {
  [ -n "$ONLINE" ] || sql_need_transactions upgrade 'migrate.sh apply --online'
  sql_write_script 2 "migrate.upgrade_sql(:'now' || ':' || :'target', online => $(is_yes "$ONLINE"))"
}
# What was applied there once and is not any more.  Who is nobody's parent now is a head.
sql_script_prune() {
  sql_write_script 3 "pg_catalog.format('BEGIN;
DELETE FROM migrate.revisions WHERE revision = ANY (%L::pg_catalog.text[]) AND revision NOT IN (SELECT revision FROM migrate.version);
UPDATE migrate.revisions AS r SET is_real_head = true WHERE NOT is_real_head AND NOT EXISTS (SELECT FROM migrate.revisions AS c
  WHERE r.revision = ANY (c.down_revisions) OR r.revision = ANY (c.depends_on) OR c.depends_on && r.branch_labels);
COMMIT;', :'pruned')"
}
# Only these files lead to where the database is, and all of them.
sql_script_remember() {
  if [ -z "$DIGEST" ] || [ -n "$apply_target$DRY_RUN" ]; then return; fi
  say "SELECT NOT :'is_ahead' AND NOT :'has_unknown' AS is_all \gset
\if :is_all
\o :run/remember
\qecho yes
\o
\endif"
}

# Most starts find nothing to do.  Whether the files are the ones that the database
# has can be told by their digest, without sending them; says what sql_apply would, after
# a line with the digest.  psql connects, and asks where the database is, while the files are read.
sql_at_rest() { # sql_at_rest NUMBER-OF-FILES, the digest on standard input
  say "SELECT pg_catalog.to_regprocedure('migrate.files_are_loaded(text)') IS NOT NULL AS can_tell \gset
\if :can_tell
SELECT E'Files: $1, nothing new\nNothing to do, at ' || array_to_string(s.current, ', ') AS at_rest, s.revisions = $1 AND s.pending = 0 AS may_rest
FROM migrate.status() AS s \gset
\endif"
  read -r digest rest
  say "\\echo $digest
\if :can_tell
\echo here
\if :may_rest
SELECT :'at_rest' WHERE migrate.files_are_loaded('$digest');
\endif
\else
SELECT $(is_elsewhere) AS elsewhere, $BOOKS_ARE_THERE AS has_books \gset
\if :elsewhere
\if :has_books"
  sql_need_own_books
  say "SELECT E'elsewhere\nFiles: $1, nothing new\nNothing to do, at ' || coalesce((SELECT pg_catalog.string_agg(revision, ', ' ORDER BY revision) FROM migrate.version), 'base')
WHERE EXISTS (SELECT FROM migrate.log WHERE action = 'load' AND message = 'files $digest' AND checksum = $BOOKS_STATE)
  AND NOT EXISTS (SELECT FROM migrate.log WHERE outcome IN ('running', 'half_done') AND statements IS NOT NULL);
\endif
\else
\echo here
\endif
\endif"
}
is_at_rest() { # is_at_rest TARGET [FILE...]
  [ -z "$1$DRY_RUN" ] && [ $# -gt 1 ] || return 1
  shift
  command -v sha256sum >/dev/null || return 1
  # What goes wrong is told by what comes next.
  count_revisions "$@"
  [ "$nrevisions" -gt 0 ] || return 1
  status=0
  answer=$( (print_digests) 2>/dev/null | sha256sum | sql_at_rest "$nrevisions" | (client) 2>/dev/null) || status=$?
  DIGEST=${answer%%"$NEWLINE"*} answer=${answer#"$DIGEST"}
  answer=${answer#"$NEWLINE"}
  WHERE=${answer%%"$NEWLINE"*} answer=${answer#"$WHERE"}
  if [ -n "$answer" ]; then
    say "${answer#"$NEWLINE"}"
    return
  fi
  if [ "$status" -eq 2 ] && [ -n "$WAIT" ]; then wait_for_server "$WAIT" tried; fi
  if [ -z "$DIGEST" ]; then
    DIGEST=$( (print_digests) 2>/dev/null | sha256sum)
    DIGEST=${DIGEST%%[!0-9a-f]*}
  fi
  return 1
}

# Asked once more if there was no answer and somebody may wait for one.
wait_for_where() {
  if find_where; then return; fi
  if [ "$status" -ne 2 ] || [ -z "$WAIT" ]; then finish "$status"; fi
  wait_for_server "$WAIT" tried
  find_where || finish $?
}

apply_files() { # apply_files TARGET [FILE...]
  target=$1
  shift
  printf 'Database: '
  database_name
  WHERE=''
  if is_at_rest "$target" "$@"; then return; fi
  check_files "$@"
  if [ "$WHERE" != here ]; then
    wait_for_where
    # it may have to be described
    if [ "$HAD_TABLES$BASELINE$DRY_RUN" = true ] && [ ! -s "$RUN/alembic" ]; then BRING_LIVE=yes; fi
    if [ -n "$ELSEWHERE" ]; then begin_elsewhere bare; fi
    if [ -n "$TARGET_SAID" ]; then say "$TARGET_SAID"; fi
  fi
  if [ -n "$BACKUP" ] && [ -z "$DRY_RUN" ]; then
    # Only where there is something to do, and so something to lose.
    count_revisions "$@"
    answer=$(ask sql_check "$target" "$@") || finish $? "$@"
    after_mark "$answer"
    case $answer in [0-9]*" pending revision"*) (cmd_backup) || exit 1 ;; esac
  fi
  deadline='' run=run_sql
  if [ -n "$ELSEWHERE" ]; then run=run_elsewhere; fi
  while :; do
    status=0
    "$run" sql_apply "$target" "$@" || status=$?
    # 2: no connection, or it was lost; nothing is half done, so all of it again
    if [ "$status" -ne 2 ] || [ -z "$WAIT" ]; then break; fi
    now=$(date +%s)
    : "${deadline:=$((now + WAIT))}" # asked for only now: a start with nothing wrong needs no clock
    if [ "$now" -ge "$deadline" ]; then break; fi
    if [ -n "$ELSEWHERE" ]; then use_settings target; fi
    wait_for_server $((deadline - now)) tried
    if [ -n "$ELSEWHERE" ]; then
      wait_for_where
      begin_elsewhere bare
    fi
  done
  finish "$status" "$@"
}
cmd_apply() { with_files apply_files "${1-}"; }

# "flask db upgrade" reads the files, too.
sql_may_load() {
  say "SELECT $IS_BARE OR coalesce(pg_catalog.has_schema_privilege('migrate', 'USAGE') AND pg_catalog.has_function_privilege(
  pg_catalog.to_regprocedure('migrate.load_files(text[],text[],text)'), 'EXECUTE'), false);"
}
cmd_plan() {
  DRY_RUN=yes
  with_files apply_files "${1-}"
}
# The files, in a transaction that is rolled back by whoever goes on behind "\if :pending".
sql_begin_pending() { # sql_begin_pending COMMAND FUNCTION VERB TARGET [FILE...]
  pending_command=$1 pending_function=$2 pending_verb=$3 pending_target=$4
  shift 4
  sql_begin
  sql_need_execute load_files 'load revision files'
  sql_need_execute "$pending_function" "$pending_verb"
  sql_load "$@"
  count_revisions "$@"
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; fi
  sql_look "$pending_target"
  printf '\\if :forked\n'
  sql_refuse_fork "$pending_command"
  printf '\\endif\n\\if :pending\n'
}
sql_dry_run() { # sql_dry_run TARGET [FILE...]
  sql_begin_pending dry-run dry_run rehearse "$@"
  say "SELECT '-- ' || coalesce(d.revision || ', ', '') || $REHEARSED || coalesce(E'\n' || d.sql || ';', '')
FROM migrate.dry_run('upgrade', :'target') AS d ORDER BY d.step, d.statement;
\else
\echo Nothing to do, at :current
\endif
ROLLBACK;"
}
dry_run_files() { # dry_run_files TARGET [FILE...]
  status=0
  run_sql sql_dry_run "$@" || status=$?
  shift
  finish "$status" "$@"
}
cmd_dry_run() {
  DRY_RUN=yes
  with_files dry_run_files "${1-}"
}

# --- load, check -----------------------------------------------------------------
# The files without an upgrade; and what a start would do, without doing it.

sql_load_only() { # sql_load_only [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  [ $# -gt 0 ] || sql_need_files
  say "\if :{?outcomes}
\qecho :outcomes
\endif"
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}

load_files() { # load_files [FILE...]
  if [ -n "$SQL" ]; then
    [ $# -gt 0 ] || die "there is no file in $DIR"
    print_load "$@" || exit 1
    return
  fi
  status=0
  run_sql sql_load_only "$@" || status=$?
  finish "$status" "$@"
}
cmd_load() {
  if [ $# -eq 1 ] && [ -d "$1" ]; then
    set_directory "$1"
    shift
  fi
  if [ $# -eq 0 ]; then
    with_files load_files
    return
  fi
  n=$#
  while [ "$n" -gt 0 ]; do
    case $1 in
      /* | ./*) set -- "$@" "$1" ;;
      *) set -- "$@" "./$1" ;;
    esac
    shift
    n=$((n - 1))
  done
  check_files "$@"
  load_files "$@"
}

# Says what a start with these files would do.  Nothing is kept; and it needs no
# right to write, unless the database is compared with a model.
sql_check() { # sql_check TARGET [FILE...]
  check_target=$1
  shift
  say "SELECT $IS_BARE AS bare, $IS_BARE AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS hopeless \gset
\if :hopeless
\echo 'migrate_ext is not installed here, and this role cannot create it'"
  sql_mark
  case $nrevisions in 1) plural='' ;; *) plural=s ;; esac
  say "\echo $nrevisions pending revision$plural
\q
\endif
\if :bare"
  SAY_CREATED=''
  sql_begin
  unset SAY_CREATED
  say 'SAVEPOINT before_files;'
  sql_load "$@"
  DRY_RUN=yes sql_first_start "$nrevisions"
  say '\else
\set had_tables false'
  sql_need_usage
  if [ -n "$MODEL" ]; then
    say 'BEGIN;'
    sql_load "$@"
  else
    say 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
  fi
  say '\endif'
  if [ $# -eq 0 ]; then say '\set loaded {}'; fi
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; fi
  if [ -n "$MODEL" ] || [ $# -eq 0 ]; then
    sql_look "$check_target"
  else
    printf '\\if :bare\n'
    sql_look "$check_target"
    printf '\\else\n'
    variable wanted "$check_target"
    sql_texts "$@"
    say "SELECT $LOOKED, f.files, f.added, f.replaced, f.files - f.added - f.replaced AS unchanged, f.added + f.replaced = 0 AS nothing_new, complete$counted
FROM texts, migrate.check_files(scripts, names, nullif(:'wanted', '')) AS f \gset"
    sql_all_arrived "$@"
    say "\if :nothing_new
\echo Files: :files, nothing new
\else
\echo Files: :files (:added new, :replaced changed, :unchanged unchanged)
\endif"
    sql_say_look
    printf '\\endif\n'
  fi
  sql_need_parents
  say '\if :forked'
  sql_refuse_fork check
  printf '\\endif\n'
  sql_mark
  say "\if :pending
SELECT :'npending' || CASE :'npending' WHEN '1' THEN ' pending revision' ELSE ' pending revisions' END || :'pending_words';
\else
\echo Up to date, at :current"
  if [ -n "$MODEL" ]; then
    sql_prune
    sql_check_model
  fi
  printf '\\endif\nROLLBACK;\n'
}

check_revisions() { # check_revisions TARGET [FILE...]
  check_target=$1
  shift
  count_revisions "$@"
  set -- "$check_target" "$@"
  answer=$(ask sql_check "$@") || {
    status=$?
    shift
    finish "$status" "$@" ${MODEL:+"$MODEL"}
  }
  printf '%s\n' "$answer" | grep -vxF -e "$MARK"
  after_mark "$answer"
  case $answer in
    [0-9]*" pending revision"* | *"differs from the model" | *"Would take a baseline"*) exit 3 ;;
    *"not compared with the model") exit 1 ;;
  esac
}
cmd_check() {
  check_model_file
  with_files check_revisions "${1-}"
}

# --- create, record, merge -------------------------------------------------------
# A new file: the database makes its text, and nothing of that stays there; then the file is
# written, and loaded as any other is.

sql_file_name() {
  say "SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace(:'id', '[^A-Za-z0-9_.]', '_', 'g'), '^[.]', '_') ||
  coalesce('_' || nullif(btrim(pg_catalog.left(btrim(pg_catalog.regexp_replace(lower(message COLLATE \"C\"), '[^a-z0-9]+', '_', 'g'), '_'), 40), '_'), ''), '') || '.sql'
FROM migrate.history() WHERE revision = :'id';"
}
# After the mark, the first line is the file's name, the rest its text.
sql_print_new() { # sql_print_new EXPRESSION
  say "SELECT $1 AS id \gset
SELECT :'id' = '' AS nothing \gset
\if :nothing
\else
SELECT coalesce(string_agg(p, ', '), '') AS parents, count(*) > 0 AS is_missing
FROM migrate.history() AS h, unnest(h.down_revisions) AS p WHERE h.revision = :'id' AND p <> ALL (:'loaded'::text[]) \gset"
  variable directory "$DIR"
  say '\if :is_missing'
  sql_refuse_missing ":'parents' || ', which the new revision would revise'"
  say "\endif"
  sql_file_name
  say "SELECT migrate.script(:'id');
\endif
ROLLBACK;"
}

# "a,b" and what was given by an option several times, as an array.
array_of() { # array_of VARIABLE
  printf "pg_catalog.string_to_array(nullif(:'%s', ''), ',')" "$1"
}

new_file() { # new_file FUNCTION [FILE...]
  generator=$1
  shift
  # they will come when the file is loaded, but for what is said of a model
  [ -n "$MODEL" ] || NOTICES=warning
  answer=$(ask "$generator" "$@") || finish $? "$@" ${MODEL:+"$MODEL"}
  NOTICES=notice
  after_mark "$answer"
  if [ -z "$answer" ]; then
    if [ "$COMMAND" = record ]; then
      say "The schema is what its revisions make; there is nothing to record"
    else
      say "Nothing has changed; no revision was written"
    fi
    return 0
  fi
  file=$DIR/${answer%%"$NEWLINE"*}
  text=${answer#*"$NEWLINE"}
  if [ -n "$DRY_RUN" ]; then
    printf '%s\n' "-- $file" "$text"
    return 0
  fi
  [ ! -e "$file" ] || die "$file is there already"
  write_file "$file" "$text"
  say "Wrote $file"
  if [ -n "$EDIT" ]; then open_editor "$file"; fi
  if [ "$COMMAND" = record ]; then
    RECORDED=$(printf '%s\n' "$text" | LC_ALL=C sed -n '/^-- Revision ID: /{s///p;q;}')
    recorded=$file
    (with_files stamp_recorded) || {
      [ -e "$file" ] || die "nothing was recorded, and $file is gone again"
      die "$file is written, but not stamped; that is: migrate.sh load, and migrate.sh stamp $RECORDED"
    }
  else
    (with_files load_files) || die "$file is written, but not loaded"
  fi
}

# What was done by hand is compared with what the revisions make; the file comes first,
# and then what says that it is applied.
sql_record() { # sql_record [FILE...]
  sql_begin_without_tables
  sql_need_execute record 'write revisions'
  sql_load "$@"
  sql_prune
  sql_look ''
  sql_need_parents
  sql_mark
  variable message "$MESSAGE"
  variable rev_id "$REV_ID"
  variable renames "$RENAMES"
  # what is lost, and what may have been renamed, is said here or nowhere
  say 'SET LOCAL client_min_messages = notice;'
  sql_print_new "coalesce(migrate.record(nullif(:'message', ''), renames => $SQL_RENAMES, rev_id => nullif(:'rev_id', '')), '')"
}
sql_stamp_recorded() { # sql_stamp_recorded FILE...
  sql_begin
  sql_load "$@"
  variable id "$RECORDED"
  # Two who record at once have found the same.  Loading has waited for the other.
  say "SELECT NOT (h.down_revisions <@ c.now AND (h.down_revisions <> '{}' OR c.now = '{}')) AS is_overtaken,
  array_to_string(c.now, ', ') AS now FROM migrate.history() AS h, (SELECT ARRAY(SELECT migrate.current()) AS now) AS c WHERE h.revision = :'id' \gset
\if :is_overtaken"
  sql_fail "'the database has been migrated meanwhile'" "'It is at ' || :'now' || '. Nothing was recorded.'" \
    "'What is different still, migrate.sh record finds again.'"
  say '\endif'
  sql_now_at "migrate.stamp(:'id')"
  say 'COMMIT;'
}
stamp_recorded() { # stamp_recorded FILE...
  status=0
  run_sql sql_stamp_recorded "$@" || status=$?
  # refused, and so rolled back; if the connection was lost, who knows
  [ "$status" -ne 3 ] || rm -f -- "$recorded"
  finish "$status" "$@"
}
cmd_record() {
  if [ $# -gt 0 ] && [ -n "$MESSAGE" ]; then bad_usage "record: the message is there twice"; fi
  MESSAGE=${1-$MESSAGE}
  [ -z "$DRY_RUN" ] && [ ! -d "$DIR" ] && { mkdir -p -- "$DIR" || exit 1; }
  if [ -d "$DIR" ]; then with_files new_file sql_record; else new_file sql_record; fi
}

sql_create() { # sql_create [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  sql_prune
  sql_look ''
  sql_need_parents
  sql_mark
  variable message "$MESSAGE"
  # On the head of the files, whatever else is applied here.  A model is compared with
  # what is applied.
  if [ -n "$HEAD$MODEL" ]; then
    variable head "${HEAD:-head}"
    variable splice "${SPLICE:-false}"
  else
    say "SELECT CASE WHEN :nheads = 1 THEN :'file_heads' ELSE 'head' END AS head, :nheads = 1 OR ${SPLICE:-false} AS splice \gset"
  fi
  variable labels "$LABELS"
  variable depends_on "$DEPENDS_ON"
  variable rev_id "$REV_ID"
  if [ -n "$MODEL" ]; then
    sql_need_function migrate.migrate
    variable renames "$RENAMES"
    [ -z "$ELSEWHERE" ] || sql_live
    sql_print_new "coalesce(migrate.migrate(:'message', $(LC_ALL=C awk "$MODEL_LITERAL" "$MODEL"), head => $(array_of head),
      splice => :'splice', branch_label => coalesce($(array_of labels), '{}'),
      depends_on => coalesce($(array_of depends_on), '{}'), rev_id => nullif(:'rev_id', ''),
      renames => $SQL_RENAMES$(live_argument)), '')"
    return
  fi
  up="''" down="''"
  if [ -n "$UP" ]; then up=$(LC_ALL=C awk "$MODEL_LITERAL" "$UP"); fi
  if [ -n "$DOWN" ]; then down=$(LC_ALL=C awk "$MODEL_LITERAL" "$DOWN"); fi
  sql_print_new "migrate.revision(:'message', $up, $down, $(array_of head), :'splice',
    coalesce($(array_of labels), '{}'), coalesce($(array_of depends_on), '{}'), nullif(:'rev_id', ''))"
}

cmd_create() {
  if [ -n "$AUTOGENERATE" ] && [ -z "$MODEL" ]; then
    bad_usage "$COMMAND compares the database with a model, which is a file of DDL: --model FILE" \
      "examples/sqlalchemy writes that file; migrate.sh create MESSAGE writes a file for SQL of your own."
  fi
  if [ $# -gt 0 ] && [ -n "$MESSAGE" ]; then bad_usage "create: the message is there twice"; fi
  MESSAGE=${1-$MESSAGE}
  [ -n "$MESSAGE" ] || bad_usage "create needs a message, such as: migrate.sh create \"Add phone number\""
  for file in "$UP" "$DOWN"; do [ -z "$file" ] || [ -r "$file" ] || die "cannot read $file"; done
  case $UP in '' | /* | ./*) ;; *) UP=./$UP ;; esac
  case $DOWN in '' | /* | ./*) ;; *) DOWN=./$DOWN ;; esac
  check_model_file
  [ -z "$DRY_RUN" ] && [ ! -d "$DIR" ] && { mkdir -p -- "$DIR" || exit 1; }
  if [ -d "$DIR" ]; then with_files new_file sql_create; else new_file sql_create; fi
}

sql_merge() { # sql_merge [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  sql_prune
  sql_mark
  variable revisions "${REVISIONS:-heads}"
  variable message "$MESSAGE"
  variable labels "$LABELS"
  variable rev_id "$REV_ID"
  sql_print_new "migrate.merge($(array_of revisions), nullif(:'message', ''), ${SPLICE:-false}, coalesce($(array_of labels), '{}'),
    nullif(:'rev_id', ''))"
}

cmd_merge() {
  REVISIONS=$(IFS=, && printf '%s' "$*")
  with_files new_file sql_merge
}

# --- rebase, edit ----------------------------------------------------------------
# Files that are there already, and that nobody has applied yet.

# Prints the revision's identifier, and the parent that it gets; keeps nothing.
sql_try_rebase() { # sql_try_rebase [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  sql_mark
  variable revision "$REBASE"
  variable onto "${ONTO:-head}"
  # away from where it is, so that a parent without a file is not the head
  say "SELECT migrate.rebase(:'revision', 'base') AS id \gset"
  sql_prune "ARRAY[:'id']"
  say "SELECT migrate.rebase(:'id', :'onto') AS id \gset
SELECT revision || E'\n' || array_to_string(down_revisions, ', ') FROM migrate.history() WHERE revision = :'id';
ROLLBACK;"
}
sql_rebase() { # sql_rebase [FILE...]
  sql_begin_without_tables
  sql_load "$@"
  variable revision "$REBASE"
  variable onto "$ONTO"
  say "SELECT migrate.rebase(:'revision', :'onto') AS id \gset"
  say 'COMMIT;'
}

# The line of a file's header to be replaced, or (a) after which to write one;
# and whether lines end in CR LF.
find_revises() { # find_revises FILE
  LC_ALL=C awk '
    tolower($0) ~ /^[ \t]*--[ \t]*migrate:(up|down)/ { exit }
    tolower($0) ~ /^[ \t]*-- ?revises:/ { line = NR; how = "r"; cr = /\r$/; exit }
    tolower($0) ~ /^[ \t]*-- ?revision id:/ { line = NR; how = "a"; cr = /\r$/ }
    END { print line + 0, how, cr + 0 }' "$1"
}

# Gives a file other parents, in the line that says them; what it was is in $part.old.
rewrite_parents() { # rewrite_parents FILE PARENTS
  file=$1 parent=$2
  # shellcheck disable=SC2046
  set -- $(find_revises "$file")
  line=$1 cr=''
  if [ "$3" = 1 ]; then cr=$(printf '\rx') cr=${cr%x}; fi
  part=${file%/*}/.${file##*/}.$$ rewritten=''
  {
    if [ "$2" = r ]; then head -n $((line - 1)) "$file"; else head -n "$line" "$file"; fi &&
      printf '%s%s\n' "-- Revises:${parent:+ $parent}" "$cr" &&
      tail -n +$((line + 1)) "$file"
  } >"$part" || rewritten=no
  # into the file that is there, which keeps its mode and its owner
  if [ -n "$rewritten" ] || ! cp -p -- "$file" "$part.old" || ! cat -- "$part" >"$file"; then
    rm -f -- "$part"
    if [ -e "$part.old" ]; then mv -f -- "$part.old" "$file"; fi
    die "cannot rewrite $file"
  fi
  rm -f -- "$part"
}

rebase_files() { # rebase_files [FILE...]
  NOTICES=warning
  answer=$(ask sql_try_rebase "$@") || finish $? "$@"
  NOTICES=notice
  after_mark "$answer"
  id=${answer%%"$NEWLINE"*}
  parent=${answer#"$id"}
  parent=${parent#"$NEWLINE"}
  number=$(find_file "$id" "$@")
  if [ "$number" -eq 0 ]; then
    say "Revision $id now revises ${parent:-nothing} (it has no file in $DIR)"
    REBASE=$id ONTO=${parent:-base}
    [ -n "$DRY_RUN" ] || run_sql sql_rebase "$@" || finish $? "$@"
    return
  fi
  shift $((number - 1))
  file=$1
  if [ -n "$DRY_RUN" ]; then
    say "Would write into $file: -- Revises: $parent"
    return
  fi
  rewrite_parents "$file" "$parent"
  if (with_files load_files); then
    rm -f -- "$part.old"
    say "Revision $id now revises ${parent:-nothing}: $file"
  else
    mv -f -- "$part.old" "$file"
    die "$file is as it was"
  fi
}
cmd_rebase() {
  [ $# -gt 0 ] || bad_usage "rebase needs a revision"
  REBASE=$1 ONTO=${2-}
  with_files rebase_files
}

# Prints the identifier of the revision that is meant, and t if it is applied.
sql_which() {
  sql_need_extension
  variable revision "$EDITED"
  say "SELECT substring(migrate.script(:'revision') from '(?n)^-- Revision ID: (.*)\$') AS id \gset
SELECT revision || E'\n' || is_applied FROM migrate.history() WHERE revision = :'id';"
}
sql_print_script() {
  variable revision "$1"
  say "SELECT migrate.script(:'revision');"
}

# Of an applied revision the downgrade and the message may change.  What its upgrade did stays
# known: migrate.edit() refuses another one, whose text the server has cut out of the file.
sql_load_edited() { # sql_load_edited FILE
  sql_begin_without_tables
  sql_need_execute edit 'write revisions'
  sql_need_execute repair 'take over changed files'
  variable id "$EDITED"
  say 'SAVEPOINT edited;'
  sql_take_over "$1" NULL
  say "\\if :is_changed
SELECT upgrade FROM migrate.scripts WHERE revision = :'id' \gset
ROLLBACK TO SAVEPOINT edited;
SELECT migrate.edit(:'id', upgrade => :'upgrade') IS NULL AS edited \gset
ROLLBACK TO SAVEPOINT edited;"
  sql_take_over "$1" "'edited'"
  say "\\echo :differences
\\endif
COMMIT;"
}
sql_take_over() { # sql_take_over FILE REASON
  sql_texts "$1"
  say "SELECT coalesce(max(file_name || ': ' || difference), '') AS differences, count(revision) > 0 AS is_changed, (SELECT complete FROM texts) AS complete$counted
FROM texts LEFT JOIN LATERAL migrate.repair(scripts, names, ARRAY[:'id'], $2) ON true \gset"
  sql_all_arrived "$1"
}
load_edited() { # load_edited FILE
  check_files "$1"
  status=0
  run_sql sql_load_edited "$1" || status=$?
  finish "$status" "$1"
}

# shellcheck disable=SC2120 # with_files passes them
edit_file() { # edit_file [FILE...]
  # As it stands there, before the database is asked: it may not be loaded yet.
  number=$(find_file "$EDITED" "$@")
  if [ "$number" -eq 0 ] || ask sql_which >/dev/null 2>&1; then
    answer=$(ask sql_which) || exit 1
    case $answer in *true) IS_APPLIED=yes ;; esac
    EDITED=${answer%%"$NEWLINE"*}
    number=$(find_file "$EDITED" "$@")
  fi
  if [ "$number" -gt 0 ]; then
    shift $((number - 1))
    open_editor "$1"
    if [ -n "$IS_APPLIED" ]; then (load_edited "$1") || die "$1 is changed, and was not taken over"; fi
    with_files load_files
    return
  fi
  directory=$(mktemp -d "${TMPDIR:-/tmp}/migrate.XXXXXX") || exit 1
  file=$directory/revision.sql
  text=$(ask sql_print_script "$EDITED") || exit 1
  printf '%s\n' "$text" >"$file" || exit 1
  open_editor "$file"
  if [ -n "$IS_APPLIED" ]; then (load_edited "$file"); else (load_files "$file"); fi || die "the text is in $file"
  rm -rf -- "$directory"
}
cmd_edit() {
  EDITED=${1-head} IS_APPLIED=''
  # shellcheck disable=SC2119
  if [ -d "$DIR" ]; then with_files edit_file; else edit_file; fi
}

# --- export ----------------------------------------------------------------------
# The database's revisions as files.

# One stream: for each file a line with its name and how many lines follow.
sql_export() { # sql_export [FILE...]
  sql_need_extension
  cat <<EOF
WITH files (n, id) AS (VALUES (0, NULL::text)$(find_all "$@")),
revisions AS (
  SELECT row_number() OVER () AS nr, h.revision, h.message, f.n, rtrim(migrate.script(h.revision), E'\\n') AS script
  FROM migrate.history() AS h LEFT JOIN files AS f ON f.id = h.revision
  WHERE f.id IS NULL OR ${FORCE:-false}),
named AS (
  SELECT *, pg_catalog.regexp_replace(pg_catalog.regexp_replace(revision COLLATE "C", '[^A-Za-z0-9_.]', '_', 'g'), '^[.]', '_') ||
    coalesce('_' || nullif(btrim(pg_catalog.left(btrim(pg_catalog.regexp_replace(lower(message COLLATE "C"), '[^a-z0-9]+', '_', 'g'), '_'), 40), '_'), ''), '') AS name
  FROM revisions),
distinctly AS (
  SELECT *, row_number() OVER (PARTITION BY name ORDER BY nr) AS times FROM named)
SELECT CASE WHEN n IS NULL THEN name || CASE WHEN times > 1 THEN '_' || times ELSE '' END || '.sql' ELSE '=' || n END || ' ' ||
  length(script) - length(replace(script, E'\\n', '')) + 1 || E'\\n' || script
FROM distinctly ORDER BY nr DESC;
$(sql_export_prelude "$@")
\echo . 0
EOF
}
# The prelude, unless it has a file.
sql_export_prelude() { # sql_export_prelude [FILE...]
  number=0 name=prelude.sql
  for file; do
    number=$((number + 1))
    case $file in prelude.sql | */prelude.sql) name="=$number" ;; esac
  done
  case $name in =*) [ -n "$FORCE" ] || return 0 ;; esac
  cat <<'EOF'
SELECT pg_catalog.to_regprocedure('migrate.prelude()') IS NOT NULL AS has_prelude \gset
\if :has_prelude
EOF
  say "SELECT '$name ' || length(script) - length(replace(script, E'\\n', '')) + 1 || E'\\n' || script
FROM (SELECT rtrim(migrate.prelude(), E'\\n')) AS p (script) WHERE script IS NOT NULL;
\endif"
}
# ", (1, 'identifier')" for each file that is a revision
find_all() { # find_all [FILE...]
  [ $# -gt 0 ] || return 0
  LC_ALL=C awk 'FNR == 1 { n++; in_header = 1; sub(/^\357\273\277/, "") }
    !in_header { next }
    tolower($0) ~ /^[ \t]*--[ \t]*migrate:(up|down)/ { in_header = 0; next }
    tolower($0) ~ /^[ \t]*-- ?revision id:/ {
      sub(/^[^:]*:[ \t]*/, "")
      sub(/[ \t\r]*$/, "")
      gsub(/\\/, "&&")
      gsub(/\047/, "\047\047")
      printf ", (%d, E\047%s\047)", n, $0
      in_header = 0
    }' "$@"
}

export_revisions() { # export_revisions [FILE...]
  if [ -n "$DRY_RUN" ]; then
    answer=$(ask sql_export "$@" | LC_ALL=C awk 'left == 0 { split($0, part, " "); left = part[2]; print part[1]; next } { left-- }') || exit 1
    case $answer in *.) ;; *) exit 1 ;; esac
    for name in $answer; do
      case $name in
        .) ;;
        =*) eval "file=\${${name#=}}" && say "Would write $file" ;;
        *) say "Would write $DIR/$name" ;;
      esac
    done
    return
  fi
  parts=$DIR/.export.$$
  mkdir -- "$parts" || exit 1
  ask sql_export "$@" | TO=$parts LC_ALL=C awk '
    left == 0 { split($0, part, " "); file = ENVIRON["TO"] "/" part[1]; left = part[2]; complete = part[1] == "."; next }
    { print >file; if (--left == 0) close(file) }
    END { exit !complete }' || {
    rm -rf -- "$parts"
    exit 1
  }
  written=0
  for part in "$parts"/[!=]*; do
    if [ -e "$part" ] && [ -e "$DIR/${part##*/}" ]; then
      rm -rf -- "$parts"
      die "$DIR/${part##*/} is there already, and is not that revision"
    fi
  done
  for part in "$parts"/*; do
    [ -e "$part" ] || continue
    case ${part##*/} in
      =*) eval "file=\${${part##*/=}}" ;;
      *) file=$DIR/${part##*/} ;;
    esac
    mv -f -- "$part" "$file" || die "cannot write $file"
    say "Wrote $file"
    written=$((written + 1))
  done
  rm -rf -- "$parts"
  [ "$written" -gt 0 ] || [ "$COMMAND" = init ] || say "Every revision of the database has a file in $DIR"
}
cmd_export() {
  [ $# -eq 0 ] || set_directory "$1"
  if [ -n "$FORMAT" ]; then
    export_format
  elif [ -d "$DIR" ]; then
    with_files export_revisions
  elif [ -n "$DRY_RUN" ]; then
    export_revisions
  else
    mkdir -p -- "$DIR" || exit 1
    export_revisions
  fi
}

# --- export --format -------------------------------------------------------------
# The database's revisions as a project of another tool, so that nobody is bound to this one.  The
# database sends the revisions, one awk program writes the files into a directory of their own, and
# only when all is written do they go where they belong.

FORMATS='alembic dbmate flyway plain'

# For each revision, the oldest first: lines "NAME COUNT", and behind each that many lines.
sql_revisions() {
  sql_need_extension
  sql_need_select revisions
  sql_need_select scripts
  say "WITH revisions AS (
  SELECT r.*, s.upgrade, s.downgrade, s.require, s.verify, s.upgrade_marked, s.downgrade_marked, h.nr, h.is_current,
    pg_catalog.regexp_replace(pg_catalog.regexp_replace(r.revision COLLATE \"C\", '[^A-Za-z0-9_.]', '_', 'g'), '^[.]', '_') AS file_id,
    btrim(pg_catalog.left(btrim(pg_catalog.regexp_replace(lower(r.message COLLATE \"C\"), '[^a-z0-9]+', '_', 'g'), '_'), 40), '_') AS slug
  FROM (SELECT row_number() OVER () AS nr, revision, is_current FROM migrate.history()) AS h
    JOIN migrate.revisions AS r USING (revision) JOIN migrate.scripts AS s USING (revision)),
named AS (
  SELECT *, row_number() OVER (PARTITION BY lower(file_id), slug ORDER BY nr) AS times FROM revisions)
SELECT p.name || ' ' || length(p.text) - length(replace(p.text, E'\\n', '')) + 1 || E'\\n' || p.text
FROM named, LATERAL (VALUES
  (1, 'id', revision),
  (2, 'name', file_id || coalesce('_' || nullif(slug, ''), '') || CASE WHEN times > 1 THEN '_' || times ELSE '' END),
  (3, 'slug', coalesce(nullif(slug, ''), file_id)),
  (4, 'parents', nullif(array_to_string(down_revisions, ' '), '')),
  (5, 'depends', nullif(array_to_string(depends_on, ' '), '')),
  (6, 'labels', nullif(array_to_string(branch_labels, ' '), '')),
  (7, 'message', message),
  (8, 'created', pg_catalog.regexp_replace(to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '[.]?0*\$', '') || '+00'),
  (9, 'current', CASE WHEN is_current THEN 'yes' END),
  (9, 'marked', nullif(concat_ws(' ', CASE WHEN upgrade_marked THEN 'up' END, CASE WHEN downgrade_marked THEN 'down' END), '')),
  (10, 'up', upgrade), (11, 'up_mode', upgrade_mode), (12, 'up_level', upgrade_isolation),
  (13, 'down', downgrade), (14, 'down_mode', downgrade_mode), (15, 'down_level', downgrade_isolation),
  (16, 'require', require), (17, 'verify', verify),
  (18, 'contract', contract)) AS p (nr, name, text)
WHERE p.text IS NOT NULL ORDER BY named.nr DESC, p.nr;
SELECT pg_catalog.to_regprocedure('migrate.prelude()') IS NOT NULL AS has_prelude \gset
\if :has_prelude
SELECT 'prelude 1' || E'\\n' WHERE migrate.prelude() IS NOT NULL;
\endif
\echo end 0"
}

# shellcheck disable=SC2016 # this is awk
export_awk() {
  cat <<'END_OF_AWK'
# --- Alembic ---------------------------------------------------------------------
# A Python file for each revision, which has all of the graph.

function write_alembic(   k) {
  for (k = 1; k <= norder; k++) write_python(order[k])
  write_project()
}
function python(words,   quote) {
  quote = index(words, QUOTE) ? "\047" : QUOTE
  gsub(/\\/, "&&", words)
  if (quote == "\047") gsub(/\047/, BACKSLASH BACKSLASH "\047", words)
  return quote words quote
}
function python_list(words, always,   parts, np, k, list) {
  np = split(words, parts, " ")
  if (!np) return "None"
  if (np == 1 && !always) return python(parts[1])
  for (k = 1; k <= np; k++) list = list (k > 1 ? ", " : "") python(parts[k])
  return "(" list (np == 1 ? ",)" : ")")
}
# Every character of it as it is, in a string of three quotes.
function escaped(words,   parts, np, k) {
  gsub(/\\/, "&&", words)
  np = split(words, parts, THREE)
  words = parts[1]
  for (k = 2; k <= np; k++) words = words BACKSLASH QUOTE BACKSLASH QUOTE BACKSLASH QUOTE parts[k]
  np = split(words, parts, "\r")
  words = parts[1]
  for (k = 2; k <= np; k++) words = words BACKSLASH "r" parts[k]
  return words
}
function print_string(file,   k, raw, hard) {
  for (k = 1; k <= ntext; k++) {
    if (index(text[k], BACKSLASH)) raw = 1
    if (index(text[k], THREE) || index(text[k], "\r")) hard = 1
  }
  print (raw && !hard ? "r" : "") THREE > file
  for (k = 1; k <= ntext; k++) print (hard ? escaped(text[k]) : text[k]) > file
  printf "%s", THREE > file
}
function print_comment(file, margin, s,   j) {
  for (j = 1; j <= lines[s]; j++) {
    gsub(/\r/, " ", line_text[s, j])
    if (trim(line_text[s, j]) != "") print margin line_text[s, j] > file
  }
}
function print_function(i, direction, file,   k, words) {
  print "\n\ndef " direction "grade():" > file
  if (!((i, direction) in of)) {
    print "    raise NotImplementedError(" python("revision " of[i, "id"] " is irreversible") ")" > file
    return
  }
  prepare(i, direction)
  if (is_empty) {
    print_comment(file, "    # ", of[i, direction])
    print "    pass" > file
    return
  }
  uses_run = 1
  if (!apart) {
    printf "    run(" > file
    print_string(file)
    print ")" > file
    return
  }
  print "    with op.get_context().autocommit_block():" > file
  printf "        run(" > file
  for (k = 1; k <= npieces; k++) {
    # Alembic's own BEGIN and COMMIT look the same in its scripts
    words = piece[k]
    if (piece_kind[k] != "" && words !~ /added by the export/) sub(/;$/, " /* of the revision itself */;", words)
    text_is(words)
    if (k > 1) printf ", " > file
    print_string(file)
  }
  print ")" > file
}
function write_python(i,   file, k, words) {
  file = begin_file("versions/" of[i, "name"] ".py")
  print THREE escaped(title_of(i) == "" ? of[i, "id"] : title_of(i)) (title_of(i) ~ /"$/ ? " " : "") "\n" > file
  print "Revision ID: " of[i, "id"] > file
  print "Revises: " commas(of[i, "parents"]) > file
  if (of[i, "created"] != "") print "Create Date: " of[i, "created"] > file
  if ((i, "contract") in of) {
    print "Contract: " of[i, "contract"] > file
    lost("contracts, which stand in comments", i)
  }
  for (k = 1; k <= 2; k++) {
    words = wrap_of(i, k == 1 ? "up" : "down")
    if (words != "") print "Wrapped " (k == 1 ? "up" : "down") ": " words > file
  }
  print "\nExported by migrate.sh" (of[i, "marked"] == "" ? "" : ", marked transaction:false: " commas(of[i, "marked"])) "\n" THREE > file
  print "from alembic import op\n" > file
  print "revision = " python(of[i, "id"]) > file
  print "down_revision = " python_list(of[i, "parents"], 0) > file
  print "branch_labels = " python_list(of[i, "labels"], 1) > file
  print "depends_on = " python_list(of[i, "depends"], 0) > file
  for (k = 1; k <= 2; k++) {
    field = k == 1 ? "require" : "verify"
    if (!((i, field) in of)) continue
    print "\n# What " (k == 1 ? "must hold before" : "must hold after") " the upgrade, which Alembic does not ask:" > file
    print_comment(file, "#     ", of[i, field])
    lost("questions (require, verify), which stand in comments", i)
  }
  print_run(file)
  print_function(i, "up", file)
  print_function(i, "down", file)
  if (length(of[i, "id"]) > 32) long_ids = 1
  close(file)
}
# The SQL as it is: no percent sign, colon or backslash in it means anything to SQLAlchemy or the driver.
function print_run(file) {
  print "\n\ndef run(*scripts):" > file
  print "    " THREE "Run SQL exactly as it is written, and leave no setting behind." THREE > file
  print "    context, connection = op.get_context(), op.get_bind()" > file
  print "    if context.as_sql:" > file
  print "        for sql in [script.strip() for script in scripts]:" > file
  print "            last = sql.split(\"\\n\")[-1]" > file
  print "            context.impl.static_output(sql if last.endswith(\";\") and \"--\" not in last else sql + \"\\n;\")" > file
  print "        if not hasattr(context.dialect, \"migrate_import\"):" > file
  print "            context.impl.static_output(\"RESET ALL;\")" > file
  print "        return" > file
  print "    ask = \"SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' AND name !~ '^transaction_'\"" > file
  print "    ask += \" UNION ALL SELECT 'role', pg_catalog.current_setting('role')\"" > file
  print "    before = {row[0]: row[1] for row in connection.exec_driver_sql(ask)}" > file
  print "    for sql in scripts:" > file
  print "        connection.exec_driver_sql(sql, execution_options={\"no_parameters\": True})" > file
  print "    for name, value in [(row[0], row[1]) for row in connection.exec_driver_sql(ask)]:" > file
  print "        if name not in before:" > file
  print "            connection.exec_driver_sql('RESET \"%s\"' % name, execution_options={\"no_parameters\": True})" > file
  print "        elif value != before[name]:" > file
  print "            value = before[name].replace(\"'\", \"''\")" > file
  print "            connection.exec_driver_sql(\"SELECT pg_catalog.set_config('%s', '%s', false)\" % (name, value)," > file
  print "                                       execution_options={\"no_parameters\": True})" > file
}
function write_project(   file) {
  file = begin_file("alembic.ini")
  print "# Written by migrate.sh export --format alembic.\n[alembic]\nscript_location = %(here)s" > file
  print "# DATABASE_URL, where it is set, comes first; this is what libpq's environment says (PGHOST, PGDATABASE ...)" > file
  print "sqlalchemy.url = postgresql://\n" > file
  print "[loggers]\nkeys = root,alembic\n[handlers]\nkeys = console\n[formatters]\nkeys = generic\n" > file
  print "[logger_root]\nlevel = WARN\nhandlers = console\nqualname =\n" > file
  print "[logger_alembic]\nlevel = INFO\nhandlers =\nqualname = alembic\n" > file
  print "[handler_console]\nclass = StreamHandler\nargs = (sys.stderr,)\nlevel = NOTSET\nformatter = generic\n" > file
  print "[formatter_generic]\nformat = %(levelname)-5.5s [%(name)s] %(message)s" > file
  close(file)
  file = begin_file("env.py")
  print THREE "How Alembic reaches the database: written by migrate.sh export --format alembic." THREE > file
  print "import os\nfrom logging.config import fileConfig\n\nfrom alembic import context\nfrom sqlalchemy import create_engine, pool\n" > file
  print "config = context.config\nfileConfig(config.config_file_name)" > file
  print "url = os.environ.get(\"DATABASE_URL\") or config.get_main_option(\"sqlalchemy.url\")" > file
  print "if url.startswith(\"postgres://\"):\n    url = \"postgresql\" + url[8:]" > file
  print "# A transaction for each revision: some cannot run inside one, and a new enum value is usable in the next only." > file
  print "options = {\"transaction_per_migration\": True, \"target_metadata\": None}\n" > file
  print "if context.is_offline_mode():" > file
  print "    context.configure(dialect_name=\"postgresql\", **options)" > file
  if (long_ids) {
    print "    # Alembic's table has room for 32 characters, and some identifiers are longer." > file
    print "    context.get_context()._version.c.version_num.type.length = None" > file
  }
  print "    with context.begin_transaction():\n        context.run_migrations()" > file
  print "else:\n    with create_engine(url, poolclass=pool.NullPool).connect() as connection:" > file
  if (long_ids) {
    print "        # the same" > file
    print "        connection.exec_driver_sql(" > file
    print "            \"CREATE TABLE IF NOT EXISTS alembic_version\"" > file
    print "            \" (version_num text NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)\")" > file
    print "        if hasattr(connection, \"commit\"):\n            connection.commit()" > file
  }
  print "        context.configure(connection=connection, **options)" > file
  print "        with context.begin_transaction():\n            context.run_migrations()" > file
  close(file)
  file = begin_file("script.py.mako")
  print THREE "${message}\n\nRevision ID: ${up_revision}\nRevises: ${down_revision | comma,n}\nCreate Date: ${create_date}\n\n" THREE > file
  print "from alembic import op\nimport sqlalchemy as sa\n${imports if imports else \"\"}\n" > file
  print "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}" > file
  print "branch_labels = ${repr(branch_labels)}\ndepends_on = ${repr(depends_on)}\n\n" > file
  print "def upgrade():\n    ${upgrades if upgrades else \"pass\"}\n\n" > file
  print "def downgrade():\n    ${downgrades if downgrades else \"pass\"}" > file
  close(file)
}
# --- a section -------------------------------------------------------------------
# The text of a section without blank lines at its ends, and its statements one by one, for
# what cannot be sent as a whole.

# Sets text[1..ntext].
function take_text(s,   first, last, j) {
  ntext = 0
  first = 1; last = lines[s]
  while (first <= last && trim(line_text[s, first]) == "") first++
  while (last >= first && trim(line_text[s, last]) == "") last--
  for (j = first; j <= last; j++) text[++ntext] = line_text[s, j]
}
function text_is(words) { ntext = split(words, text, "\n") }

# Sets piece[1..npieces], each a statement with the comments before it; piece_kind[] is begin,
# commit or another word for transaction control, or nothing.
function cut(s,   k, j, words, from_line, from_column, start, stop) {
  scan(s)
  from_line = 1; from_column = 1
  for (k = 1; k <= nstatements; k++) {
    words = ""
    for (j = from_line; j <= statement_last[k]; j++) {
      start = j == from_line ? from_column : 1
      stop = j == statement_last[k] && statement_column[k] ? statement_column[k] : length(line_text[s, j])
      words = words (j > from_line ? "\n" : "") substr(line_text[s, j], start, stop - start + 1)
    }
    sub(/^[ \t\r\n]+/, "", words)
    piece[k] = words; piece_kind[k] = statement_kind[k]
    from_line = statement_last[k]; from_column = statement_column[k] ? statement_column[k] + 1 : length(line_text[s, j - 1]) + 1
  }
  npieces = nstatements
}

# BEGIN and COMMIT round a section, as they stand there: "BEGIN; COMMIT;"
function wrap_of(i, direction) {
  if (!((i, direction) in of)) return ""
  prepare(i, direction)
  return wrap
}
function last_line(words) { sub(/.*\n/, "", words); return trim(words) }

# How a direction of revision i has to be run: sets apart, if not in the tool's transaction;
# text[] and, where apart, piece[].  The server takes BEGIN ... COMMIT round the whole out of a
# revision that runs in a transaction; so does this.  One that asks for an isolation level keeps
# or gets them, and runs apart: only the first statement of a transaction can ask.
function prepare(i, direction,   s, k, level, words) {
  s = of[i, direction]
  level = of[i, direction "_level"]
  apart = of[i, direction "_mode"] != "transaction" || level != ""
  cut(s)
  is_empty = !npieces
  sets = 0; wrap = ""
  for (k = 1; k <= npieces; k++)
    if (statement_head[k] ~ /^ SET / && statement_head[k] !~ /^ SET (LOCAL|CONSTRAINTS|TRANSACTION) / || index(piece[k], "set_config")) sets = 1
  if (level != "" && of[i, direction "_mode"] == "transaction" && piece_kind[1] != "begin") {
    for (k = npieces; k > 0; k--) piece[k + 1] = piece[k]
    piece[1] = "BEGIN ISOLATION LEVEL " toupper(level) " /* added by the export */;"
    npieces += 2; piece[npieces] = "COMMIT /* added by the export */;"
    if (piece[npieces - 1] !~ /;$/) piece[npieces - 1] = piece[npieces - 1] "\n;"
    piece_kind[1] = "begin"; piece_kind[npieces] = "commit"
    for (k = 2; k < npieces; k++) piece_kind[k] = ""
    for (k = 1; k <= npieces; k++) words = words (k > 1 ? "\n" : "") piece[k]
    text_is(words)
  } else if (!apart && piece_kind[1] == "begin") {
    wrap = last_line(piece[1]) " " last_line(piece[npieces])
    for (k = 2; k < npieces; k++) words = words (k > 2 ? "\n" : "") piece[k]
    text_is(words)
    is_empty = npieces < 3
  } else take_text(s)
}
# --- dbmate, Flyway, plain files -------------------------------------------------
# Tools that run one file after the other: the graph becomes a line, and each file begins with
# comments that say what the graph was, for people and for "migrate.sh import".

function write_line(   k) {
  if (FORMAT == "plain") run_order = begin_file("run_order.psql")
  if (run_order != "") {
    print "-- All of it on an empty database: psql -X -f run_order.psql\n\\set ON_ERROR_STOP on" > run_order
  }
  number = 0
  is_kept = keeps_versions()
  for (k = 1; k <= norder; k++) {
    name_losses(order[k], k)
    if (FORMAT == "dbmate") write_dbmate(order[k])
    else write_pair(order[k])
  }
  if (FORMAT == "flyway") write_flyway_conf()
}

# Where the identifiers are versions already, as after an import, they stay.
function keeps_versions(   k, words, last) {
  for (k = 1; k <= norder; k++) {
    words = of[order[k], "id"]
    if (FORMAT == "flyway") {
      if (words !~ /^[1-9][0-9]*(\.(0|[1-9][0-9]*))*$/ || words ~ /\.0$/) return 0
      words = sorted_version(words)
    } else {
      if (words !~ /^[0-9]+$/ || FORMAT == "plain" && words ~ /^0/) return 0
      if (FORMAT == "dbmate" && k > 1 && length(words) != length(last)) return 0
      if (FORMAT == "plain") words = padded(words)
    }
    if (k > 1 && words "" <= last "") return 0
    last = words
  }
  return 1
}
function sorted_version(words,   parts, np, k, all) {
  np = split(words, parts, ".")
  for (k = 1; k <= np; k++) all = all (k > 1 ? "." : "") padded(parts[k])
  return all
}
function next_version(i) {
  number++
  return is_kept ? of[i, "id"] : sprintf(norder > 4999 ? "%06d" : "%04d", number)
}

function name_losses(i, k,   before) {
  before = k > 1 ? of[order[k - 1], "id"] : ""
  if (of[i, "parents"] != before) lost("branches and merges; the files are one line, in the order in which they are run", i, "revises " (of[i, "parents"] == "" ? "nothing" : commas(of[i, "parents"])))
  if (of[i, "labels"] != "") lost("branch labels, which stand in comments", i, commas(of[i, "labels"]))
  if (of[i, "depends"] != "") lost("dependencies, which stand in comments", i, "on " commas(of[i, "depends"]))
  if (((i, "require") in of) || ((i, "verify") in of)) lost("questions (require, verify), which stand in comments", i)
  if ((i, "contract") in of) lost("contracts, which stand in comments", i)
  if (!((i, "down") in of) && FORMAT == "dbmate") lost("an irreversible revision: dbmate rollback forgets it, and does nothing", i)
}

# --- the comments ----------------------------------------------------------------

function print_header(file, i,   k, words) {
  words = title_of(i) == "" ? of[i, "id"] : title_of(i)
  print "-- " words > file
  print "--\n-- Exported by migrate.sh" > file
  print "-- Revision ID: " of[i, "id"] > file
  print "-- Revises:" (of[i, "parents"] == "" ? "" : " " commas(of[i, "parents"])) > file
  if (of[i, "created"] != "") print "-- Create Date: " of[i, "created"] > file
  if (of[i, "labels"] != "") print "-- Branch Labels: " commas(of[i, "labels"]) > file
  if (of[i, "depends"] != "") print "-- Depends On: " commas(of[i, "depends"]) > file
  if ((i, "contract") in of) print "-- Contract: " of[i, "contract"] > file
  for (k = 1; k <= 2; k++) {
    words = wrap_of(i, k == 1 ? "up" : "down")
    if (words != "") print "-- Wrapped " (k == 1 ? "up" : "down") ": " words > file
  }
  if (of[i, "marked"] != "") print "-- Marked transaction:false: " commas(of[i, "marked"]) > file
  for (k = 1; k <= 2; k++) {
    field = k == 1 ? "require" : "verify"
    if (!((i, field) in of)) continue
    print "--\n-- " (k == 1 ? "Must hold before it" : "Must hold after it") ", which nobody asks:" > file
    print_comment(file, "--     ", of[i, field])
  }
  if (!((i, "down") in of)) print "--\n-- Irreversible." > file
  print "" > file
}
function print_text(file,   k) { for (k = 1; k <= ntext; k++) print text[k] > file }
# A session goes on with what a script has set.
function print_reset(file) { if (sets) print "RESET ALL;" > file }
# A statement that another is put behind has to end.
function end_text() {
  if (sets && (text[ntext] ~ /--/ || trim(text[ntext]) !~ /;$/)) text[++ntext] = ";"
}

# --- dbmate ----------------------------------------------------------------------

# It sends a section as one message, in which each statement is in a transaction with the others.  So
# of a revision that cannot run inside one each statement gets a file.
function write_dbmate(i,   np, down_np, k, j, ups, downs, up_apart, down_apart, files, file) {
  prepare(i, "up")
  np = take_parts(ups)
  up_apart = apart
  down_np = 0
  if ((i, "down") in of) {
    prepare(i, "down")
    down_np = take_parts(downs)
    down_apart = apart
  }
  files = np > down_np ? np : down_np
  if (files > 1) lost("several statements that cannot run inside a transaction: dbmate sends a file as one message, so each has a file", i)
  for (k = 1; k <= files; k++) {
    file = begin_file((k == 1 || !is_kept ? next_version(i) : of[i, "id"] sprintf("%02d", k)) "_" of[i, "slug"] (files > 1 ? "_" k "_of_" files : "") ".sql")
    if (k == 1) print_header(file, i)
    else print "-- Continues revision " of[i, "id"] "\n" > file
    print "-- migrate:up" (up_apart ? " transaction:false" : "") > file
    if (k <= np) print ups[k] > file
    if ((i, "down") in of) {
      print "\n-- migrate:down" (down_apart ? " transaction:false" : "") > file
      # rolled back from the last file to the first
      j = files - k + 1
      if (j <= down_np) print downs[j] > file
    }
    close(file)
  }
}
# What goes into one file each: all of it, or a statement, or a BEGIN ... COMMIT.
function take_parts(parts,   np, k, in_group, words) {
  if (!apart || npieces < 2) {
    if (apart && sets) sets = 0
    if (sets && !is_empty) end_text()
    words = ""
    for (k = 1; k <= ntext; k++) words = words (k > 1 ? "\n" : "") text[k]
    parts[1] = words (sets && !is_empty ? "\nRESET ALL;" : "")
    return 1
  }
  for (k = 1; k <= npieces; k++) {
    if (in_group) parts[np] = parts[np] "\n" piece[k]; else parts[++np] = piece[k]
    if (piece_kind[k] == "begin") in_group = 1
    else if (piece_kind[k] != "") in_group = 0
  }
  if (sets) parts[++np] = "RESET ALL;"
  return np
}

# --- Flyway and plain files ------------------------------------------------------

function write_pair(i,   version, stem, file) {
  version = next_version(i)
  prepare(i, "up")
  stem = FORMAT == "flyway" ? version "__" of[i, "slug"] : version "_" of[i, "slug"]
  file = begin_file(FORMAT == "flyway" ? "V" stem ".sql" : stem ".up.sql")
  if (FORMAT == "plain" && apart) print "-- no-transaction" > file
  print_header(file, i)
  prepare(i, "up")
  print_text(file)
  close(file)
  if (FORMAT == "flyway") flyway_transaction("V" stem)
  else {
    print "\n\\echo " stem > run_order
    if (!apart) print "BEGIN;" > run_order
    print "\\ir " stem ".up.sql" > run_order
    if (!apart) print "COMMIT;" > run_order
    print "RESET ALL;" > run_order
  }
  if (!((i, "down") in of)) return
  prepare(i, "down")
  file = begin_file(FORMAT == "flyway" ? "U" stem ".sql" : stem ".down.sql")
  if (FORMAT == "plain" && apart) print "-- no-transaction" > file
  if (!ntext) print "" > file
  print_text(file)
  close(file)
  if (FORMAT == "flyway") flyway_transaction("U" stem)
}
function flyway_transaction(stem,   file) {
  if (!apart) return
  file = begin_file(stem ".sql.conf")
  print "executeInTransaction=false" > file
  close(file)
}
function write_flyway_conf(   file) {
  file = begin_file("flyway.conf")
  print "# Written by migrate.sh export --format flyway.  What looks like a placeholder, ${...}, is a part of the SQL." > file
  print "flyway.placeholderReplacement=false" > file
  print "# some revisions run outside a transaction" > file
  print "flyway.mixed=true" > file
  close(file)
}
# The revisions of a database as another tool's files.
#
# Input: for each revision, the oldest first, lines "NAME COUNT" and behind each that many lines.
# Output: files in OUT, their names on standard output, and in the file SAYS what that tool has no
# place for.  A section of SQL is a number s: its lines are line_text[s, 1..lines[s]].

BEGIN {
  OUT = ENVIRON["OUT"]; FORMAT = ENVIRON["FORMAT"]; SAYS = ENVIRON["SAYS"]
  QUOTE = sprintf("%c", 34); THREE = QUOTE QUOTE QUOTE; BACKSLASH = sprintf("%c", 92)
}
left == 0 {
  split($0, part, " ")
  field = part[1]; left = part[2]
  if (field == "end") complete = 1
  if (field == "prelude") has_prelude = 1
  if (field == "id") n++
  if (field ~ /^(up|down|require|verify|message)$/) { section = new_section(""); of[n, field] = section } else section = 0
  next
}
{
  left--
  if (section) add_line(section, $0, 0); else of[n, field] = $0
}
END {
  if (!complete) exit 1
  put_in_order()
  if (FORMAT == "alembic") write_alembic()
  else write_line()
  tell()
}
# As in an importer, which reads files and can name the line.
function problem(file, number, text) { }
function begin_file(name) { print name; return OUT "/" name }

# Parents and dependencies first, otherwise as they came.
function put_in_order(   i, k, np, labels) {
  for (i = 1; i <= n; i++) {
    at[of[i, "id"]] = i
    np = split(of[i, "labels"], labels, " ")
    for (k = 1; k <= np; k++) has_label[labels[k]] = i
  }
  for (i = 1; i <= n; i++) place(i)
}
function place(i,   needed, np, k, j) {
  if (i in placed) return
  placed[i] = 1
  np = split(of[i, "parents"] " " of[i, "depends"], needed, " ")
  for (k = 1; k <= np; k++) {
    j = needed[k] in at ? at[needed[k]] : has_label[needed[k]] + 0
    if (j) place(j)
  }
  order[++norder] = i
}

# What has no place there: a line for each kind, with the first revisions.
function lost(what, i, more) {
  if (!(what in nlost)) kinds[++nkinds] = what
  nlost[what]++
  if (nlost[what] <= 5) who[what] = who[what] (nlost[what] > 1 ? ", " : "") of[i, "id"] (more == "" ? "" : " (" more ")")
  else if (nlost[what] == 6) who[what] = who[what] " ..."
}
function tell(   k) {
  if (has_prelude) print "the prelude, which migrate.sh export writes as prelude.sql" > SAYS
  for (k = 1; k <= nkinds; k++)
    print kinds[k] ": " who[kinds[k]] (nlost[kinds[k]] > 5 ? " (" nlost[kinds[k]] " in all)" : "") > SAYS
}
function commas(text) { gsub(/ /, ", ", text); return text }
# The message in a line
function title_of(i,   s, j, text) {
  s = of[i, "message"]
  for (j = 1; j <= lines[s]; j++) text = text (j > 1 ? " " : "") line_text[s, j]
  gsub(/[ \t\r]+/, " ", text)
  return trim(text)
}
# --- small things ----------------------------------------------------------------
# Text, digests, time and files, for all tools.

function trim(s) { gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", s); return s }
function base_name(p) { sub(/.*\//, "", p); return p }
function digits_of(s) { return match(s, /^[0-9]+/) ? substr(s, 1, RLENGTH) : "" }
function no_zeros(s) { sub(/^0+/, "", s); return s == "" ? "0" : s }
function padded(s) { s = no_zeros(s); while (length(s) < 24) s = "0" s; return s }
function words_of(s) { gsub(/[_]+/, " ", s); return trim(s) }

# 12 hex digits of a text: two polynomials, each exact in a double.
function hash_start() { hash_a = 7; hash_b = 11 }
function hash_add(s,   j, c, len) {
  len = length(s)
  for (j = 1; j <= len; j++) {
    c = ord[substr(s, j, 1)] + 1
    hash_a = (hash_a * 65599 + c) % 16777213
    hash_b = (hash_b * 69069 + c) % 16777199
  }
}
function hash_end() { return sprintf("%06x%06x", hash_a, hash_b) }
function hash12(s) { hash_start(); hash_add(s); return hash_end() }

# Seconds since 1970 and back, without the time functions that not every awk has.
function to_seconds(y, m, d, hh, mi, ss,   era, yoe, doy) {
  if (m <= 2) y--
  era = int(y / 400); yoe = y - era * 400
  doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
  return (era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468) * 86400 + hh * 3600 + mi * 60 + ss
}
function date_text(t,   z, era, doe, yoe, y, doy, mp, d, m, s) {
  z = int(t / 86400); s = t - z * 86400; z += 719468
  era = int(z / 146097); doe = z - era * 146097
  yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
  y = yoe + era * 400; doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
  mp = int((5 * doy + 2) / 153); d = doy - int((153 * mp + 2) / 5) + 1; m = mp + (mp < 10 ? 3 : -9)
  if (m <= 2) y++
  return sprintf("%04d-%02d-%02d %02d:%02d:%02d+00", y, m, d, int(s / 3600), int(s / 60) % 60, s % 60)
}
# The time that a version number tells, or "".
function clock_of(v,   t, y) {
  if (length(v) == 10 && v + 0 > 631152000) return v + 0
  if (length(v) == 13 && v + 0 > 631152000000) return int(v / 1000)
  if (length(v) == 8) v = v "000000"
  if (length(v) == 12) v = v "00"
  if (length(v) < 14) return ""
  y = substr(v, 1, 4) + 0
  if (y < 1990 || y > 2100) return ""
  t = to_seconds(y, substr(v, 5, 2) + 0, substr(v, 7, 2) + 0, substr(v, 9, 2) + 0, substr(v, 11, 2) + 0, substr(v, 13, 2) + 0)
  y = date_text(t); gsub(/[^0-9]/, "", y)
  return substr(y, 1, 14) == substr(v, 1, 14) ? t : ""
}

function legal(s) {
  gsub(/[^A-Za-z0-9_.]/, "_", s)
  return s == "head" || s == "heads" || s == "base" || s == "current" ? s "_" : s
}

# A file into the array buffer; false if there is none.
function read_file(file,   got, text) {
  buffered = 0
  while ((got = (getline text < file)) > 0) buffer[++buffered] = text
  close(file)
  if (got < 0) return 0
  if (buffered) sub(/^\357\273\277/, "", buffer[1])
  return 1
}
function new_section(file) { lines[++nsections] = 0; source[nsections] = file; return nsections }
function add_line(s, text, number) { line_text[s, ++lines[s]] = text; line_number[s, lines[s]] = number }
function whole_file(file,   s, j) {
  s = new_section(file)
  for (j = 1; j <= buffered; j++) add_line(s, buffer[j], j)
  return s
}

# --- a little SQL ----------------------------------------------------------------
# Where statements end, how they begin, and what a server could not run.

# Cuts a section into statements, as psql would: only as much lexing as it takes
# to see where they end, how they begin, and what a server cannot run.
function scan(s,   j) {
  nstatements = 0; state = ""; copying = 0
  close_statement(0)
  for (j = 1; j <= lines[s]; j++) {
    if (!copying) scan_line(s, j, line_text[s, j])
    else if (line_text[s, j] ~ /^\\\.\r?$/) copying = 0
  }
  if (is_open) close_statement(lines[s])
}
function open_statement(j) {
  if (is_open) return
  is_open = 1
  statement_first[++nstatements] = j
  head = ""; nhead = 0; listening = 1; in_function = in_copy = blocks = 0
}
function close_statement(j,   kind) {
  if (is_open) {
    statement_last[nstatements] = j
    statement_column[nstatements] = end_column # 0: it has no end
    statement_head[nstatements] = head
    kind = ""
    if (head ~ /^ (BEGIN|START TRANSACTION)( |$)/) kind = "begin"
    else if (head ~ /^ (COMMIT|END)( |$)/) kind = head ~ / (PREPARED|AND CHAIN)/ ? "other" : "commit"
    else if (head ~ /^ (ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION)( |$)/) kind = "other"
    else if (in_copy && head ~ / FROM STDIN( |$)/) { kind = "copy"; copying = 1 }
    else if (in_copy && head ~ / TO STDOUT( |$)/) kind = "copy"
    statement_kind[nstatements] = kind
  }
  is_open = 0; parens = 0; listening = 1; blocks = 0
  end_column = 0
}
function eat(many) {
  passed += many
  before2 = many > 1 ? substr(rest, many - 1, 1) : before
  before = substr(rest, many, 1)
  rest = substr(rest, many + 1)
}
# The next piece of a line, behind the end of the one before.
function more_text(more_of_it,   kept) {
  kept = length(rest) > 71 ? length(rest) - 71 : 0
  passed += kept
  rest = substr(rest, kept + 1) more_of_it
}
function scan_line(s, j, text,   more, len, p, c, b, bb, w) {
  len = length(text); more = 8001
  rest = substr(text, 1, 8000); before = before2 = " "; passed = 0
  for (;;) {
    # A line may be a megabyte long: only a piece of it is cut at a time.
    if (length(rest) < 200 && more <= len) { rest = rest substr(text, more, 8000); more += 8000 }
    if (rest == "") return
    if (state == "") {
      if (listening) p = match(rest, /[\047"\\;$()]|--|\/\*|[A-Za-z_]/)
      else p = match(rest, /[\047"\\;$()]|--|\/\*/)
      w = p ? substr(rest, 1, p - 1) : rest
      if (!is_open && w ~ /[^ \t\r\f\v]/) open_statement(j)
      if (!p) { if (more > len) return; more_text(substr(text, more, 8000)); more += 8000; continue }
      c = substr(rest, p, 1)
      b = p > 1 ? substr(rest, p - 1, 1) : before
      bb = p > 2 ? substr(rest, p - 2, 1) : p == 2 ? before : before2
      if (c == "-") return
      if (c == "/") { state = "*"; depth = 1; eat(p + 1); continue }
      if (c == ";") {
        if (parens <= 0 && !blocks) {
          end_column = passed + p
          close_statement(j)
          if (statement_kind[nstatements] == "copy" && copying) return
        }
        eat(p)
        continue
      }
      if (c == "\\") {
        if (checking) problem(source[s], line_number[s, j], "psql's " meta_command(substr(rest, p)) " is a command for a client; a revision runs in the server")
        return
      }
      open_statement(j)
      if (c == "\047" || c == "\"") {
        if (checking && b == ":" && bb != ":") problem(source[s], line_number[s, j], "a variable of psql; a revision runs in the server")
        state = c
        if (c == "\047" && b ~ /[eE]/ && bb !~ /[A-Za-z0-9_$]/) state = "E"
        eat(p)
      } else if (c == "(") { parens++; eat(p) }
      else if (c == ")") { parens--; eat(p) }
      else if (c == "$") {
        w = substr(rest, p, 70)
        if (b !~ /[A-Za-z0-9_$]/ && match(w, /^\$([A-Za-z_][A-Za-z0-9_]*)?\$/)) { tag = substr(w, 1, RLENGTH); state = "$"; eat(p + RLENGTH - 1) }
        else eat(p)
      } else {
        w = substr(rest, p, 100)
        match(w, /^[A-Za-z0-9_$]+/)
        w = substr(w, 1, RLENGTH)
        # nextval or x1: the end of something that is no word here
        if (b !~ /[0-9$]/) hear(toupper(w))
        eat(p + RLENGTH - 1)
      }
      continue
    }
    if (state == "*") {
      if (p = match(rest, /\/\*|\*\//)) {
        depth += substr(rest, p, 1) == "/" ? 1 : -1
        if (!depth) state = ""
        eat(p + 1)
        continue
      }
    } else if (state == "E") {
      if (p = match(rest, /\\.?|\047\047|\047/)) {
        if (substr(rest, p, RLENGTH) == "\047") state = ""
        eat(p + RLENGTH - 1)
        continue
      }
    } else if (p = index(rest, state == "$" ? tag : state)) {
      eat(p + (state == "$" ? length(tag) : 1) - 1)
      state = ""
      continue
    }
    if (more > len) return
    more_text(substr(text, more, 8000)); more += 8000
  }
}
# A word outside quotes.  Most statements are known by their first words; only a
# function may have statements inside, and COPY tells late where it reads from.
function hear(w) {
  if (in_function && parens <= 0) {
    if (w == "BEGIN" || w == "CASE" && blocks) blocks++
    else if (w == "END" && blocks) blocks--
  } else if (in_function && blocks) {
    if (w == "CASE") blocks++
    else if (w == "END") blocks--
  }
  if (parens > 0) return
  if (nhead < 6 || in_copy) { head = head " " w; nhead++ }
  if (nhead == 1) in_copy = w == "COPY"
  if (nhead < 6) { if (head ~ /^ CREATE( OR REPLACE)? (FUNCTION|PROCEDURE)$/) in_function = 1 }
  else if (!in_copy && !in_function) listening = 0
}
function meta_command(text) {
  text = trim(text)
  return length(text) > 60 ? substr(text, 1, 57) "..." : text
}

END_OF_AWK
}

# The directory is the other tool's; revision files that are not loaded are in MIGRATIONS_DIR.
begin_format() { # begin_format [DIR]
  case " $FORMATS " in *" $FORMAT "*) ;; *) bad_usage "export: there is no format \"$FORMAT\"; there are $FORMATS" ;; esac
  if [ $# -gt 0 ]; then set_directory "$1"; elif [ -z "$DIRECTORY_SAID" ]; then set_directory "migrations_$FORMAT"; fi
  TO=$DIR
  set_directory "${MIGRATIONS_DIR:-migrations}"
}

export_format() {
  EXPORTED=$(mktemp -d "${TMPDIR:-/tmp}/migrate_export.XXXXXX") || exit 1
  trap 'status=$?; rm -rf -- "$EXPORTED"; end_run "$status"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir "$EXPORTED/files" "$EXPORTED/files/versions" && export_awk >"$EXPORTED/awk" || exit 1
  ask sql_revisions >"$EXPORTED/revisions" || exit 1
  OUT=$EXPORTED/files SAYS=$EXPORTED/says FORMAT=$FORMAT LC_ALL=C awk -f "$EXPORTED/awk" "$EXPORTED/revisions" >"$EXPORTED/list" || exit 1
  find_differing
  if [ -s "$EXPORTED/differ" ] && [ -z "$FORCE" ]; then
    complain "these files are there already, and are not what would be written; nothing was written" "$(head -n 10 "$EXPORTED/differ" | sed '2,$s/^/  /')" \
      "--force writes them again; or name another directory: migrate.sh export --format $FORMAT DIR"
    exit 1
  fi
  put_files
  if [ -s "$EXPORTED/says" ]; then
    complain "what $FORMAT has no place for:"
    sed 's/^/  /' "$EXPORTED/says" >&2
  fi
  say_how_to_go_on
}
# Of the files that are written, which are new and which differ.  A tool's own settings are never touched.
find_differing() {
  : >"$EXPORTED/new" && : >"$EXPORTED/differ"
  while IFS= read -r file; do
    if [ ! -e "$TO/$file" ]; then
      printf '%s\n' "$file" >>"$EXPORTED/new"
    else
      case $file in
        alembic.ini | env.py | script.py.mako | flyway.conf) ;;
        *) cmp -s "$EXPORTED/files/$file" "$TO/$file" || printf '%s\n' "$TO/$file" >>"$EXPORTED/differ" ;;
      esac
    fi
  done <"$EXPORTED/list"
}
put_files() {
  written=0
  while IFS= read -r file; do
    if grep -qxF -e "$file" "$EXPORTED/new" || grep -qxF -e "$TO/$file" "$EXPORTED/differ"; then
      if [ -n "$DRY_RUN" ]; then
        say "Would write $TO/$file"
        continue
      fi
      case $file in */*) mkdir -p -- "$TO/${file%/*}" ;; *) mkdir -p -- "$TO" ;; esac || exit 1
      # under its own name only when it is whole
      part=$TO/${file%"${file##*/}"}.export.$$
      if ! cp -- "$EXPORTED/files/$file" "$part" || ! mv -f -- "$part" "$TO/$file"; then
        rm -f -- "$part"
        die "cannot write $TO/$file"
      fi
      written=$((written + 1))
    fi
  done <"$EXPORTED/list"
  [ -n "$DRY_RUN" ] || say "Wrote $written files to $TO; $(($(wc -l <"$EXPORTED/list") - written)) were there already"
}
say_how_to_go_on() {
  [ -z "$DRY_RUN" ] || return 0
  case $FORMAT in
    alembic)
      say "A new database:  alembic -c $TO/alembic.ini upgrade heads"
      current=$(sed -n '/^current 1$/,/^up /p; /^id 1$/,/^name /p' "$EXPORTED/revisions" | awk '$1 == "id" { getline id } $1 == "current" { printf " %s", id }')
      [ -z "$current" ] || say "This one:        alembic -c $TO/alembic.ini stamp$current"
      ;;
    dbmate) say "A new database:  dbmate --migrations-dir $TO --no-dump-schema up" ;;
    flyway) say "A new database:  flyway -configFiles=$TO/flyway.conf -locations=filesystem:$TO migrate" ;;
    plain) say "A new database:  psql -X -f $TO/run_order.psql" ;;
  esac
  say "docs/leaving.md tells how to say of a database that it has these revisions already."
}

# --- remove, repair, squash ------------------------------------------------------
# What takes revisions out of the database, or puts other texts into it, together with their files.

sql_remove() { # prints the identifier
  sql_need_extension
  say 'BEGIN ISOLATION LEVEL READ COMMITTED;'
  variable revision "$REMOVED"
  say "SELECT substring(migrate.script(:'revision') from '(?n)^-- Revision ID: (.*)\$') AS id \gset
SELECT count(*) AS removed FROM migrate.remove(:'id') \gset
\echo :id"
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}
# shellcheck disable=SC2120 # with_files passes them
remove_one() { # remove_one [FILE...]
  id=$(ask sql_remove) || exit 1
  number=$(find_file "$id" "$@") removed='Removed'
  if [ -n "$DRY_RUN" ]; then removed='Would remove'; fi
  if [ "$number" -eq 0 ]; then
    say "$removed $id from the database"
    return
  fi
  shift $((number - 1))
  if [ -z "$DRY_RUN" ]; then rm -f -- "$1" || exit 1; fi
  say "$removed $id from the database, and $1"
}
cmd_remove() {
  [ $# -gt 0 ] || bad_usage "remove needs a revision"
  for REMOVED; do
    # shellcheck disable=SC2119
    if [ -d "$DIR" ]; then with_files remove_one; else remove_one; fi
  done
}

sql_repair() { # sql_repair FILE...
  sql_begin_without_tables
  sql_need_execute repair 'take over changed files'
  variable revisions "$REVISIONS"
  variable reason "$MESSAGE"
  sql_texts "$@"
  say "SELECT coalesce(string_agg(file_name || ': ' || difference, E'\n' ORDER BY file_name), 'Every file of an applied revision does what was applied') AS differences,
  count(revision) AS n, count(revision) > 0 AS is_changed, (SELECT complete FROM texts) AS complete$counted
FROM texts LEFT JOIN LATERAL migrate.repair(scripts, names, $(array_of revisions), nullif(:'reason', '')) ON true \gset"
  sql_all_arrived "$@"
  printf '\\echo :differences\n\\if :is_changed\n'
  if [ -n "$DRY_RUN" ]; then
    say '\echo Would take over :n' '\endif' 'ROLLBACK;'
  else
    say '\echo Took over :n; migrate.log says who and why' '\endif' 'COMMIT;'
  fi
}
repair_files() { # repair_files [FILE...]
  [ $# -gt 0 ] || die "there is no file in $DIR"
  status=0
  run_sql sql_repair "$@" || status=$?
  finish "$status" "$@"
}
cmd_repair() {
  REVISIONS=$(IFS=, && printf '%s' "$*")
  with_files repair_files
}

# The database makes it, and the files follow.
sql_squash() { # sql_squash FROM TO FILE...
  variable from_revision "$1"
  variable to_revision "$2"
  shift 2
  sql_begin_without_tables
  sql_need_execute load_files 'load revision files'
  sql_need_execute squash 'squash revisions'
  sql_load "$@"
  variable message "$MESSAGE"
  variable rev_id "$REV_ID"
  sql_mark
  say "SELECT coalesce(array_agg(revision), '{}') AS before FROM migrate.history() \gset
SELECT migrate.squash(:'from_revision', :'to_revision', nullif(:'message', ''), rev_id => nullif(:'rev_id', '')) AS id \gset
SELECT array_to_string(ARRAY(SELECT unnest(:'before'::text[]) EXCEPT SELECT revision FROM migrate.history()), ' ');
SELECT :'id';
SELECT coalesce(string_agg(revision, ' ' ORDER BY revision), '') FROM migrate.history() WHERE :'id' = ANY (down_revisions);
SELECT array_to_string(down_revisions, ', ') FROM migrate.history() WHERE :'id' = ANY (down_revisions) ORDER BY revision;"
  sql_file_name
  say "SELECT migrate.script(:'id');"
  if [ -n "$DRY_RUN" ]; then say 'ROLLBACK;'; else say 'COMMIT;'; fi
}
squash_files() { # squash_files FROM TO [FILE...]
  answer=$(ask sql_squash "$@") || finish $?
  shift 2
  after_mark "$answer"
  gone=${answer%%"$NEWLINE"*} answer=${answer#*"$NEWLINE"}
  id=${answer%%"$NEWLINE"*} answer=${answer#*"$NEWLINE"}
  # what is on top of it has another parent now; a line for each says which
  children=${answer%%"$NEWLINE"*} answer=${answer#*"$NEWLINE"} parents=$answer
  for one in $children; do answer=${answer#*"$NEWLINE"}; done
  new_file=$DIR/${answer%%"$NEWLINE"*}
  if [ -n "$DRY_RUN" ]; then
    say "-- $new_file, instead of $gone" "${answer#*"$NEWLINE"}"
    return
  fi
  # found while every file is still there
  numbers='' on_top=''
  for one in $gone; do numbers="$numbers $(find_file "$one" "$@")"; done
  for one in $children; do on_top="$on_top $(find_file "$one" "$@")"; done
  for number in $numbers; do
    [ "$number" = 0 ] || eval "rm -f -- \"\${$number}\"" || exit 1
  done
  write_file "$new_file" "${answer#*"$NEWLINE"}"
  say "Wrote $new_file, instead of $gone"
  for number in $on_top; do
    one=${parents%%"$NEWLINE"*} parents=${parents#*"$NEWLINE"}
    [ "$number" != 0 ] || continue
    eval "rewrite_parents \"\${$number}\" \"\$one\""
    rm -f -- "$part.old"
    say "Wrote into $file: -- Revises: $one"
  done
}
cmd_squash() {
  [ $# -eq 2 ] || bad_usage "squash needs two revisions: the first and the last of a line"
  with_files squash_files "$@"
}

# --- upgrade, downgrade, stamp, mark-current, resolve ----------------------------
# What moves the database along its revisions, or only says where it is.  The server plans and runs.

# Files that this role may not load, and who may.
sql_say_not_loaded() { # sql_say_not_loaded FILE...
  say "WITH files (n, id) AS (VALUES (0, NULL::text)$(find_all "$@"))
SELECT 'Not loaded: ' || string_agg(id, ', ' ORDER BY n) || pg_catalog.format(E'\n  (role \"%s\" may not load files; these may: %s)', current_user,
  (SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'all' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END, ', ')
   FROM pg_catalog.pg_proc AS p, pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
   WHERE p.oid = pg_catalog.to_regprocedure('migrate.load_files(text[],text[],text)') AND a.privilege_type = 'EXECUTE'))
FROM files WHERE id IS NOT NULL AND id NOT IN (SELECT revision FROM migrate.history()) HAVING count(*) > 0;"
}

sql_run() { # sql_run FUNCTION PROCEDURE TARGET [FILE...]: files that are not loaded are named
  sql_need_extension
  if [ -z "$SQL$DRY_RUN" ]; then
    if [ -n "$ONLINE" ]; then sql_need_execute "$2" "$1"; else sql_need_execute "$1" "$1"; fi
  fi
  if [ "$1" = upgrade ]; then
    say '\set had_tables false
SELECT revisions = 0 AS is_empty FROM migrate.status() \gset
\if :is_empty'
    if has_files; then
      variable directory "$DIR"
      sql_fail "'there is no revision in the database'" "''" "'migrate.sh load loads the files in ' || :'directory' || ', and so does apply, for a role that may.'"
    else
      sql_need_files
    fi
    say '\endif'
  fi
  if [ $# -gt 3 ]; then (shift 3 && sql_say_not_loaded "$@"); fi
  variable target "$3"
  if [ -n "$SQL" ]; then
    say "SELECT migrate.${1}_sql(:'target');"
  elif [ -n "$DRY_RUN" ]; then
    sql_plan "$1"
  elif [ -n "$ELSEWHERE" ]; then
    sql_script_run "$1"
  elif [ -n "$ONLINE" ]; then
    sql_call "$2"
    sql_now_at
  else
    printf 'BEGIN ISOLATION LEVEL READ COMMITTED;\nSET LOCAL client_min_messages = notice;\n'
    sql_tag
    sql_now_at "migrate.$1(:'target'${PURGE:+, true})"
    say 'COMMIT;'
  fi
}
# Elsewhere: a stamp is tried in the engine, and has rows of its own as its end.
sql_script_run() { # sql_script_run FUNCTION
  variable planned "$AT"
  case $1 in
    stamp)
      if [ -n "$PURGE" ]; then
        sql_write_script 1 "migrate.stamp_sql(:'planned' || ':base')"
        say "\set planned base"
      fi
      say "BEGIN;
SET LOCAL client_min_messages = warning;
SELECT count(*) AS stamped FROM migrate.stamp(:'target'${PURGE:+, true}) \gset
SELECT coalesce(string_agg(c, ',' ORDER BY c), 'base') AS target FROM migrate.current() AS c \gset
ROLLBACK;"
      sql_write_script 2 "migrate.stamp_sql(:'planned' || ':' || :'target')"
      ;;
    *)
      [ -n "$ONLINE" ] || sql_need_transactions "$1" "migrate.sh $1 --online"
      sql_write_script 2 "migrate.${1}_sql(:'planned' || ':' || :'target', online => $(is_yes "$ONLINE"))"
      ;;
  esac
}
run_here() { # run_here FUNCTION PROCEDURE TARGET [FILE...]
  if [ -n "$ELSEWHERE" ]; then run_elsewhere sql_run "$@" || finish $?; else run_sql sql_run "$@" || finish $?; fi
}
upgrade_loaded() { run_here upgrade deploy "$@"; } # upgrade_loaded TARGET [FILE...]
cmd_upgrade() {
  if [ -n "$SQL" ] || [ ! -d "$DIR" ] || ! has_files; then
    upgrade_loaded "${1-head}"
  elif [ -n "$ELSEWHERE" ] || [ "$(ask sql_may_load 2>/dev/null)" = t ]; then
    cmd_apply "$@"
  else
    with_files upgrade_loaded "${1-head}"
  fi
}
cmd_downgrade() { run_here downgrade revert "${1--1}"; }
cmd_stamp() { run_here stamp '' "${1-head}"; }

sql_mark_current() { # sql_mark_current [FILE...]
  sql_begin
  sql_need_execute load_files 'load revision files'
  sql_load "$@"
  count_revisions "$@"
  if [ "$nrevisions" -eq 0 ]; then sql_need_files; fi
  sql_look ''
  sql_need_parents
  say "SELECT :nheads > 1 AS forked, CASE WHEN :nheads = 0 THEN 'head' ELSE :'file_heads' END AS target \gset
\if :forked"
  sql_refuse_fork stamp
  say '\endif'
  if [ -n "$DRY_RUN" ]; then
    sql_plan stamp
    say 'ROLLBACK;'
  elif [ -n "$ELSEWHERE" ]; then
    say 'COMMIT;'
    sql_script_run stamp
  else
    sql_now_at "migrate.stamp(:'target')"
    say 'COMMIT;'
  fi
}
mark_current() { # mark_current [FILE...]
  status=0
  if [ -n "$ELSEWHERE" ]; then run_elsewhere sql_mark_current "$@"; else run_sql sql_mark_current "$@"; fi || status=$?
  finish "$status" "$@"
}
cmd_mark_current() { with_files mark_current; }

cmd_resolve() {
  [ $# -eq 2 ] || bad_usage "resolve needs a revision, and applied or rolled_back"
  HOW=$2
  case $HOW in rolled-back | 'rolled back') HOW=rolled_back ;; applied | rolled_back) ;; *) bad_usage "resolve: \"$HOW\" is neither applied nor rolled_back" ;; esac
  run_sql sql_resolve "$1" || finish $?
}
sql_resolve() { # sql_resolve REVISION
  sql_need_extension
  variable revision "$1"
  variable how "$HOW"
  sql_now_at "migrate.resolve(:'revision', :'how')"
}

sql_ensure_version() {
  sql_begin
  say 'COMMIT;'
}
cmd_ensure_version() {
  if [ -n "$SQL" ]; then say 'CREATE EXTENSION IF NOT EXISTS migrate_ext;'; else run_sql sql_ensure_version || finish $?; fi
}

# --- review, preflight, impact, rehearse, report, facts, approve ---------------------
# What is to be said of the files before they go out: of their SQL, of the rows that are there, of the way back.
# The files are loaded in a transaction that is rolled back; but what is approved is what the database has.

# What the server says, in a line for each finding, and whether it is serious.
plain_words() { # plain_words EXPRESSION: without what could speak to a terminal
  printf '%s' "pg_catalog.regexp_replace(pg_catalog.replace($1, E'\n', E'\n    '), '[^\n[:print:]]', ' ', 'g')"
}
# The severities at which review and report fail, as a list of SQL.
failing_severities() {
  case ${FAIL_ON:-warning} in
    error) say "'error'" ;;
    warning) say "'error', 'warning'" ;;
    notice) say "'error', 'warning', 'notice'" ;;
    never) say "''" ;;
  esac
}
judgement() { # judgement COMMAND: sets FOUND_FROM, FOUND, SERIOUS
  case $1 in
    review)
      FOUND_FROM="migrate.review(:'target')" SERIOUS="severity IN ($(failing_severities))"
      FOUND="severity || ': ' || revision || coalesce(', statement ' || statement, '') || ': ' || message || ' (' || rule || ')'
  || coalesce(E'\n    ' || evidence, '') || coalesce(E'\n    instead: ' || nullif(advice, ''), '') || coalesce(E'\n    meant: ' || allowed, '')"
      ;;
    preflight)
      FOUND_FROM="migrate.preflight(:'target')" SERIOUS="outcome = 'fails'"
      FOUND="outcome || ': ' || revision || coalesce(', statement ' || statement, '') || coalesce(': ' || table_name, '')
  || coalesce(': ' || detail, '') || coalesce(E'\n    rows in the way: ' || rows, '') || coalesce(': ' || array_to_string(examples, '; '), '')"
      ;;
    impact)
      queries=NULL
      if [ -n "$QUERIES" ]; then queries="ARRAY[$(LC_ALL=C awk "$MODEL_LITERAL" "$QUERIES")]"; fi
      FOUND_FROM="migrate.impact('upgrade', :'target', $queries)" SERIOUS="effect IN ('breaks', 'insert_fails')"
      FOUND="effect || coalesce(': ' || revision, '') || coalesce(', role ' || role, '') || coalesce(', calls: ' || calls, '')
  || coalesce(': ' || error, '') || coalesce(E'\n    ' || query, '')"
      ;;
    rehearse)
      FOUND_FROM="migrate.rehearse(:'target')" SERIOUS="outcome <> 'unchecked'"
      FOUND="outcome || ': ' || revision || coalesce(': ' || table_name, '') || coalesce(', column ' || column_name, '')
  || coalesce(CASE WHEN column_name IS NULL THEN ', rows' ELSE ', values' END || ': ' || count || ' of ' || total, '') || coalesce(': ' || detail, '')"
      ;;
  esac
}
# What production has told, for as long as this transaction.
sql_facts() { if [ -n "$FACTS" ]; then cat "$FACTS"; fi; }
sql_judge() { # sql_judge COMMAND TARGET [FILE...]
  judgement "$1"
  sql_begin_pending "$1" "$1" "$@"
  sql_facts
  say "SELECT coalesce(json_agg(f ORDER BY n), '[]') AS found, coalesce(bool_or(f.is_serious), false) AS is_serious
FROM (SELECT row_number() OVER () AS n, $(plain_words "$FOUND") AS words, $SERIOUS AS is_serious FROM $FOUND_FROM) AS f \gset
SELECT f ->> 'words' FROM json_array_elements(:'found') AS f;
SELECT 'Nothing is to be said of it' WHERE :'found' = '[]';
\else
\set is_serious f
\echo Nothing to do, at :current
\endif
\echo :is_serious
ROLLBACK;"
}
# The last line is whether any of it is serious.
judge_files() { # judge_files COMMAND TARGET [FILE...]
  DRY_RUN=yes status=0
  answer=$(run_sql sql_judge "$@") || status=$?
  shift 2
  is_serious=${answer##*"$NEWLINE"}
  answer=${answer%"$is_serious"}
  printf '%s' "$answer"
  finish "$status" "$@"
  [ "$is_serious" != t ] || exit 3
}
cmd_review() { with_files judge_files review "${1-}"; }
cmd_impact() { with_files judge_files impact "${1-}"; }
cmd_preflight() { with_files judge_files preflight "${1-}"; }
cmd_rehearse() { with_files judge_files rehearse "${1-}"; }

# The report stands behind the mark and a line that says whether it is serious.
sql_report() { # sql_report TARGET [FILE...]
  sql_begin_pending report report_and_severity report "$@"
  say '\endif'
  sql_facts
  variable format "$FORMAT"
  variable directory "$DIR"
  sql_mark
  say "SELECT r.severity IN ($(failing_severities)) AS is_serious, r.report
FROM migrate.report_and_severity(coalesce(nullif(:'target', ''), 'head'), :'format', :'directory') AS r \gset
\echo :is_serious
SELECT :'report';
ROLLBACK;"
}
report_files() { # report_files TARGET [FILE...]
  DRY_RUN=yes status=0
  answer=$(run_sql sql_report "$@") || status=$?
  shift
  before=${answer%%"$NEWLINE$MARK$NEWLINE"*}
  [ -z "$before" ] || say "$before" >&2
  finish "$status" "$@"
  after_mark "$answer"
  is_serious=${answer%%"$NEWLINE"*}
  answer=${answer#*"$NEWLINE"}
  if [ -n "$OUTPUT" ]; then
    say "$answer" >"$OUTPUT" || die "$OUTPUT cannot be written"
  else
    say "$answer"
  fi
  [ "$is_serious" != t ] || exit 3
}
cmd_report() {
  if [ -z "$FORMAT" ]; then
    case $OUTPUT in
      *.html) FORMAT=html ;;
      *.json) FORMAT=json ;;
      *.sarif) FORMAT=sarif ;;
      *) FORMAT=markdown ;;
    esac
  fi
  with_files report_files "${1-}"
}

sql_approve() { # sql_approve TARGET
  sql_need_extension
  sql_need_execute approve approve
  variable target "$1"
  variable comment "$MESSAGE"
  say "SELECT 'Approved: ' || revision || $(plain_words "coalesce(', ' || nullif(message, ''), '')")
FROM migrate.approve(:'target', nullif(:'comment', '')) ORDER BY step;"
}
cmd_approve() { run_sql sql_approve "${1-head}" || finish $?; }

sql_tell_facts() {
  sql_need_extension
  sql_need_execute facts 'tell facts'
  say 'SET client_min_messages = notice;
SELECT migrate.facts();'
}
cmd_facts() {
  if [ -z "$OUTPUT" ]; then
    run_sql sql_tell_facts || finish $?
  else
    answer=$(run_sql sql_tell_facts) || finish $?
    say "$answer" >"$OUTPUT" || die "$OUTPUT cannot be written"
  fi
}
# --- current, heads, history, show, branches, graph, log, progress ---------------
# What only asks.

sql_read() { # sql_read STATEMENT [NAME VALUE]
  sql_need_extension
  [ $# -lt 3 ] || variable "$2" "$3"
  printf '%s\n' "$1"
}
read_sql() { run_sql sql_read "$@" || finish $?; }

IS_HEAD="CASE WHEN r IN (SELECT migrate.heads()) THEN ' (head)' ELSE '' END"
IN_ORDER='ORDER BY r'
cmd_current() {
  if [ -n "$VERBOSE" ]; then read_sql 'SELECT migrate.show(r) FROM migrate.current() AS r;'; else
    read_sql "SELECT r || $IS_HEAD FROM migrate.current() AS r $IN_ORDER;"
  fi
  if [ -n "$CHECK_HEADS" ]; then
    answer=$(ask sql_read 'SELECT migrate.check_heads();') || exit 1
    [ "$answer" = t ] || die "not every head is applied"
  fi
}
cmd_heads() {
  if [ -n "$VERBOSE" ]; then read_sql "SELECT migrate.show(r) FROM migrate.heads(${RESOLVE:-false}) AS r;"; else
    read_sql "SELECT r || $IS_HEAD FROM migrate.heads(${RESOLVE:-false}) AS r;"
  fi
}
cmd_graph() { read_sql "SELECT rtrim(migrate.graph(:'format'), E'\\n');" format "${FORMAT:-text}"; }
sql_need_select() { # sql_need_select TABLE
  say "SELECT NOT pg_catalog.has_table_privilege('migrate.$1', 'SELECT') AS may_not \gset
\if :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not read migrate.$1', current_user)" "''" \
    "pg_catalog.format('GRANT SELECT ON migrate.$1 TO %I; docs/reference.md, \"Privileges\", has all that a reader needs.', current_user)"
  say '\endif'
}
cmd_log() {
  count=${1--20}
  case ${count#-} in '' | *[!0-9]*) bad_usage "log: \"$count\" is no number of steps" ;; esac
  read_sql "$(sql_need_select log)
  SELECT to_char(started_at, 'YYYY-MM-DD HH24:MI:SS') || '  ' || action || coalesce(' ' || revision, '') ||
    coalesce(' (' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || ')', '') || ', ' || outcome ||
    coalesce(', ' || extract(epoch FROM duration)::numeric(12, 3) || ' s', '') || ', by ' || role || coalesce(' (' || nullif(application, '') || ')', '') ||
    coalesce(', tag ' || nullif(tag, ''), '') || coalesce(E'\\n    ' || error, '')
  FROM migrate.log WHERE action NOT IN ('drift', 'load') ORDER BY id DESC LIMIT :'n';" n "${count#-}"
}
sql_progress() {
  sql_need_extension
  sql_need_select progress
  say "SELECT 'process ' || pid || ' of role ' || role || coalesce(' (' || nullif(application, '') || ')', '') || ': ' || action || coalesce(' ' || revision, '') ||
  coalesce(', step ' || step || ' of ' || steps, '') || coalesce(', statement ' || statement || ' of ' || statements, '') || ', ' || phase ||
  coalesce(', waits for ' || blocked_by, '') || coalesce(': ' || pg_catalog.left(pg_catalog.regexp_replace(sql, '[[:space:][:cntrl:]]+', ' ', 'g'), 100), '')
FROM migrate.progress;"
}
cmd_progress() {
  last='' seen=''
  while :; do
    answer=$(ask sql_progress) || exit 1
    if [ -z "$answer" ]; then
      if [ -n "$seen" ]; then say "Nobody is migrating any more"; else say "Nobody is migrating"; fi
      return
    fi
    seen=yes
    [ "$answer" = "$last" ] || say "$answer"
    last=$answer
    sleep 1
  done
}

cmd_list_templates() { say "There are no templates: a revision file is SQL under a few lines of header"; }
cmd_show() {
  if [ -n "$SQL" ]; then
    read_sql "SELECT rtrim(migrate.script(:'revision'), E'\\n');" revision "${1-head}"
  else
    read_sql "SELECT rtrim(migrate.show(:'revision'), E'\\n');" revision "${1-head}"
  fi
}
cmd_branches() {
  read_sql "SELECT revision || ' (branch point), ' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || E'\\n    -> ' || array_to_string(next_revisions, E'\\n    -> ') FROM migrate.branches();"
}
# In Alembic's form
cmd_history() {
  if [ -n "$VERBOSE" ]; then
    read_sql "SELECT migrate.show(revision) FROM migrate.history(nullif(:'range', ''));" range "${1-}"
  else
    read_sql "SELECT CASE down_revisions WHEN '{}' THEN '<base>' ELSE array_to_string(down_revisions, ', ') END || ' -> ' || revision ||
      CASE branch_labels WHEN '{}' THEN '' ELSE ' (' || array_to_string(branch_labels, ', ') || ')' END ||
      CASE WHEN is_head THEN ' (head)' ELSE '' END || CASE WHEN is_branch_point THEN ' (branch point)' ELSE '' END ||
      CASE WHEN is_merge_point THEN ' (merge point)' ELSE '' END ||
      CASE WHEN is_current THEN ' (current)' WHEN NOT is_applied THEN ' (pending)' ELSE '' END ||
      ', ' || pg_catalog.regexp_replace(split_part(message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g')
    FROM migrate.history(nullif(:'range', ''));" range "${1-}"
  fi
}

# --- diff, drift, verify, and comparing with a model -----------------------------
# What compares schemas, here and in "create", "check" and "record".

# A difference is an answer, not a failure: psql goes on to tell the two apart.
sql_check_model() {
  sql_need_function migrate.check
  variable renames "$RENAMES"
  [ -z "$ELSEWHERE" ] || sql_live
  printf '\\set ON_ERROR_STOP off\nSAVEPOINT model;\nSELECT migrate.check('
  LC_ALL=C awk "$MODEL_LITERAL" "$MODEL"
  say ", renames => $SQL_RENAMES$(live_argument)"') AS checked \gset
\set state :SQLSTATE
\set ON_ERROR_STOP on
ROLLBACK TO SAVEPOINT model;
SELECT :'"'state'"' = '"'00000'"' AS same, :'"'state'"' = '"'MG023'"' AS differs \gset
\if :same
\echo The database is as the model says
\elif :differs
\echo The database differs from the model
\else
\echo The database was not compared with the model
\endif'
}
# Elsewhere it is not what the engine has that is compared.  Nobody there is who the owners are.
live_argument() { [ -z "$ELSEWHERE" ] || printf '%s' ", live => :'live', owners => false"; }
SQL_RENAMES="coalesce(pg_catalog.string_to_array(nullif(:'renames', ''), E'\n'), '{}')"
MODEL_LITERAL='BEGIN { printf "E\047" }
  { gsub(/\\/, "&&"); gsub(/\047/, "\047\047"); print }
  END { printf "\047" }'

sql_need_function() { # sql_need_function NAME
  say "SELECT pg_catalog.to_regproc('$1') IS NULL AS missing \gset
\if :missing"
  sql_fail "'this version of migrate_ext cannot compare a schema with a model'" "'There is no function $1.'" \
    "'Write the SQL by hand, or update the extension.'"
  say '\endif'
}

check_model_file() {
  [ -z "$MODEL" ] || {
    case $MODEL in /* | ./*) ;; *) MODEL=./$MODEL ;; esac
    check_files "$MODEL"
  }
}

sql_diff() {
  sql_need_extension
  variable renames "$RENAMES"
  [ -z "$ELSEWHERE" ] || sql_live
  say "SELECT coalesce(nullif(migrate.diff_sql($(LC_ALL=C awk "$MODEL_LITERAL" "$MODEL"), renames => $SQL_RENAMES$(live_argument)), ''), '-- nothing differs');"
}
cmd_diff() {
  [ -n "$MODEL" ] || bad_usage "diff needs --model FILE, the schema that is wanted as DDL"
  check_model_file
  run_sql sql_diff || finish $? "$MODEL"
}
sql_compare() { # sql_compare FUNCTION STATEMENT [NAME VALUE]
  sql_need_extension
  sql_need_execute "$1" 'compare schemas'
  shift
  sql_read "$@"
}
DRIFT_ROWS="SELECT action || ' ' || object_type || ' ' || object_identity || coalesce(E'\\n    ' || pg_catalog.replace(upgrade, E'\\n', E'\\n    '), '')"
# The revisions run in the engine, whose database then is what they make; the other one is the model.
sql_drift_elsewhere() {
  say "SET client_min_messages = warning;
SELECT coalesce(string_agg(c, ',' ORDER BY c), 'base') AS at FROM migrate.current() AS c \gset
SELECT count(*) AS stamped FROM migrate.stamp('base') \gset
SELECT script FROM (SELECT migrate.prelude()) AS p (script) WHERE script IS NOT NULL \gexec
SELECT :'at' <> 'base' AS is_applied \gset
\if :is_applied
CALL migrate.deploy(:'at');
\endif"
  sql_live
  say "$DRIFT_ROWS FROM migrate.diff(:'live', owners => false) ORDER BY step;"
}
cmd_drift() {
  if [ -n "$ELSEWHERE" ]; then
    answer=$(ask sql_drift_elsewhere) || exit 1
  else
    answer=$(ask sql_compare drift "$DRIFT_ROWS FROM migrate.drift() ORDER BY step;") || exit 1
  fi
  if [ -z "$answer" ]; then
    say "The schema is what its revisions make"
    return
  fi
  say "$answer"
  exit 3
}
cmd_verify() {
  answer=$(ask sql_compare verify "SELECT revision || CASE WHEN upgrade_ok AND downgrade_ok IS NOT FALSE AND round_trip_ok IS NOT FALSE THEN ': good' ELSE ': NOT GOOD' END || coalesce(', ' || detail, '')
    FROM migrate.verify(:'range');" range "${1-base:heads}") || exit 1
  say "${answer:-There is no revision}"
  case $answer in *': NOT GOOD'*) exit 1 ;; esac
}

# --- status ----------------------------------------------------------------------
# Everything about a database and its files on one screen.

# Head and pending are those of the files, where there are any: what is neither applied nor
# among them counts for nothing here, as for "apply".
sql_status() { # sql_status [FILE...]
  count_revisions "$@"
  variable database "$(database_name)"
  variable directory "$DIR"
  variable target_version "$TARGET_VERSION"
  cat <<EOF
\echo 'Database: ' :database
SELECT $IS_BARE AS bare \gset
\if :bare
\echo 'Extension: migrate_ext is not installed here; migrate.sh init or apply creates it'
\echo 'Files:    ' $nrevisions in :directory
\else
$(sql_need_usage)
SELECT 'Extension: migrate_ext ' || extversion || ', PostgreSQL ' || ${ELSEWHERE:+:'target_version' || ' without it; the engine is PostgreSQL ' || }current_setting('server_version')
FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext';
WITH $(status_files "$@"),
kept AS ($(status_kept "$@"))
SELECT 'Current:   ' || coalesce((SELECT string_agg(c || coalesce(' (' || pg_catalog.regexp_replace(split_part(h.message, E'\\n', 1), '[[:cntrl:]]', ' ', 'g') || ')', ''), ', ' ORDER BY c)
    FROM unnest(s.current) AS c JOIN migrate.history() AS h ON h.revision = c), 'nothing applied') || E'\\n' ||
  'Head:      ' || coalesce(nullif(k.heads, ''), 'no revisions') || E'\\n' ||
  'Pending:   ' || k.pending || ' of ' || k.revisions || coalesce(', next ' || k.next, '') ||
  coalesce(E'\\nLast run:  ' || s.last_action || coalesce(' ' || s.last_revision, '') ||
    CASE WHEN s.last_outcome = 'running' AND s.migrating IS NULL THEN ' broke off' WHEN s.last_outcome <> 'done' THEN ' ' || upper(replace(s.last_outcome, '_', ' ')) ELSE '' END ||
    ' at ' || s.last_run_at || ' by ' || s.last_role || coalesce(E'\\n  ' || s.last_error, ''), '') ||
  coalesce(E'\\nHalf done: ' || s.half_done || ': go on with migrate.sh apply --online, or say how it ended: migrate.sh resolve ' || s.half_done, '') ||
  coalesce(E'\\nRunning:   ' || s.migrating, '')
FROM migrate.status() AS s, kept AS k;
SELECT pg_catalog.has_table_privilege('migrate.progress', 'SELECT') AND pg_catalog.has_table_privilege('migrate.log', 'SELECT') AS may_look \gset
\if :may_look
SELECT 'Waiting:   process ' || pid || ' of role ' || role || coalesce(' for ' || blocked_by, '') FROM migrate.progress WHERE blocked_by IS NOT NULL;
SELECT 'Schema:    as its revisions make it, as drift has found at ' || d.started_at FROM migrate.log AS d
WHERE d.action = 'drift' AND NOT EXISTS (SELECT FROM migrate.log AS l WHERE l.id > d.id AND l.action IN ('upgrade', 'downgrade', 'stamp')) ORDER BY d.id DESC LIMIT 1;
\endif
WITH $(status_files "$@"),
kept AS ($(status_kept "$@")),
pending AS (SELECT count(*) AS n FROM files WHERE id NOT IN (SELECT revision FROM history WHERE is_applied))
SELECT 'Files:     $nrevisions in ' || :'directory' ||
  coalesce((SELECT E'\\n  pending of these: ' || p.n FROM pending AS p, kept AS k WHERE $# > 0 AND p.n <> k.pending), '') ||
  coalesce(E'\\n  not loaded: ' || (SELECT string_agg(id, ', ' ORDER BY n) FROM files WHERE id NOT IN (SELECT revision FROM history)), '') ||
  coalesce(E'\\n  in the database only: ' || (SELECT string_agg(revision || CASE WHEN is_applied OR $# = 0 THEN '' ELSE ' (ignored)' END, ', ') FROM history
    WHERE revision NOT IN (SELECT id FROM files)), '');
EOF
  if [ $# -gt 0 ]; then
    # a file that cannot be read is for "check" to tell
    say "\set ON_ERROR_STOP off
\set is_changed false"
    sql_texts "$@"
    say "SELECT coalesce(string_agg(E'\n    ' || file_name || ': ' || difference, '' ORDER BY file_name), '') AS changed, count(revision) > 0 AS is_changed
FROM texts LEFT JOIN LATERAL migrate.changed_files(scripts, names) ON true \gset
\set ON_ERROR_STOP on
\if :is_changed
\echo '  changed since applied:' :changed
\endif"
  fi
  say '\endif'
}
status_files() { # status_files [FILE...]
  printf '%s' "files AS (SELECT * FROM (VALUES (0, NULL::text)$(find_all "$@")) AS f (n, id) WHERE id IS NOT NULL),
history AS MATERIALIZED (SELECT revision, is_applied, down_revisions FROM migrate.history()),
counted AS (SELECT * FROM history WHERE is_applied OR $# = 0 OR revision IN (SELECT id FROM files))"
}
# What of the database counts: its heads, how many there are and are pending, which comes next.
status_kept() { # status_kept [FILE...]
  if [ $# -eq 0 ]; then
    printf '%s' "SELECT array_to_string(heads, ', ') AS heads, revisions, pending, next_revision AS next FROM migrate.status()"
  else
    printf '%s' "SELECT string_agg(c.revision, ', ' ORDER BY c.revision) FILTER (WHERE NOT EXISTS (SELECT FROM counted AS d WHERE c.revision = ANY (d.down_revisions))) AS heads,
    count(*) AS revisions, count(*) FILTER (WHERE NOT c.is_applied) AS pending,
    (SELECT f.pending[1] FROM migrate.files_status(ARRAY(SELECT revision FROM counted WHERE revision IN (SELECT id FROM files)), 'heads') AS f) AS next
  FROM counted AS c"
  fi
}
# shellcheck disable=SC2120 # with_files passes them
show_status() { run_sql sql_status "$@" || finish $?; }
cmd_status() {
  # shellcheck disable=SC2119
  if [ -d "$DIR" ]; then with_files show_status; else show_status; fi
}

# --- backup, restore -------------------------------------------------------------
# With pg_dump and pg_restore; "apply --backup" comes here, too.

sql_backup_name() {
  backed_up='pg_catalog.current_database()'
  if [ -n "$ELSEWHERE" ]; then
    # shellcheck disable=SC2154 # kept by keep_settings
    variable database "${target_PGDATABASE:-${target_PGUSER:-$(id -un)}}"
    backed_up=":'database'"
  fi
  say "SELECT $IS_BARE AS bare \gset
\set at ''
\if :bare
\else
SELECT coalesce(string_agg(c, '+' ORDER BY c), 'base') AS at FROM migrate.current() AS c \gset
\endif
SELECT pg_catalog.regexp_replace(concat_ws('_', $backed_up, to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"'), nullif(:'at', '')),
  '[^A-Za-z0-9_.+]', '-', 'g');"
}
cmd_backup() {
  name=$(ask sql_backup_name) || exit 1
  backups=${OUTPUT:-${MIGRATE_BACKUP_DIR:-backups}}
  backups=${backups%/}
  case $backups in /* | ./* | '') ;; *) backups=./$backups ;; esac
  file=$backups/$name.dump
  if [ -n "$DRY_RUN" ]; then
    say "Would write $file"
    return
  fi
  PG_DUMP=pg_dump
  if [ -n "$ELSEWHERE" ]; then find_pg_dump; fi
  for program in "$PG_DUMP" "${PG_DUMP%dump}restore"; do command -v "$program" >/dev/null || die "$program is not in PATH"; done
  umask 077 # it holds everybody's data
  mkdir -p -- "$backups" || exit 1
  # another one of the same second
  number=1
  while [ -e "$file" ]; do
    number=$((number + 1))
    file=$backups/${name}_$number.dump
  done
  part=$file.$$.part
  trap end_backup EXIT
  if [ -n "$ELSEWHERE" ]; then use_settings target; fi
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  "$PG_DUMP" -Fc $NEVER_ASK -f "$part" || die "the backup failed"
  "${PG_DUMP%dump}restore" --list "$part" >/dev/null || die "the backup cannot be read"
  mv -- "$part" "$file" || exit 1
  say "Wrote $file"
}

# As a part of "apply" it is a process of its own, and the engine is not its.
end_backup() {
  backup_status=$?
  rm -f -- "$part"
  if [ "$COMMAND" = backup ]; then end_run "$backup_status"; fi
  exit "$backup_status"
}

cmd_restore() {
  [ $# -eq 1 ] || bad_usage "restore needs the file of a backup"
  case $1 in /* | ./*) file=$1 ;; *) file=./$1 ;; esac
  check_files "$file"
  command -v pg_restore >/dev/null || die "pg_restore is not in PATH"
  pg_restore --list "$file" >/dev/null || die "$file is no backup"
  if [ -n "$DRY_RUN" ]; then
    say "Would restore $file into $(database_name)"
    return
  fi
  pg_restore --clean --if-exists --single-transaction --exit-on-error $NEVER_ASK -d "${PGDATABASE:-${PGUSER:-}}" "$file" || die "nothing was restored"
  say "Restored $file into $(database_name)"
}

# --- detach ----------------------------------------------------------------------
# The way back from the extension: its tables stay, as scripts make them, and the extension goes.  A
# later CREATE EXTENSION takes them over again.

sql_detach() {
  sql_need_extension
  say 'BEGIN ISOLATION LEVEL READ COMMITTED;' "SET LOCAL lock_timeout = '10min';"
  for table in revisions scripts prelude version log; do say "ALTER EXTENSION migrate_ext DROP TABLE migrate.$table;"; done
  say 'ALTER EXTENSION migrate_ext DROP SEQUENCE migrate.log_id_seq;' 'DROP EXTENSION migrate_ext;'
  if [ -n "$DRY_RUN" ]; then
    say 'ROLLBACK;' '\echo Would drop the extension migrate_ext, and keep its tables'
  else
    say 'COMMIT;' '\echo Dropped the extension migrate_ext; its tables stay' \
      "\\echo '(with MIGRATE_ENGINE set, migrate.sh goes on without it; see docs/without-the-extension.md)'"
  fi
}
cmd_detach() { run_sql sql_detach || finish $?; }
# --- where a command works -------------------------------------------------------
# What each command needs where the extension cannot be installed, and what to type instead of those
# that have no meaning there.

refuse_elsewhere() { # refuse_elsewhere LINE...
  complain "$COMMAND needs migrate_ext in the database, and it cannot be installed there" "$@"
  exit 1
}

prepare_command() {
  case $COMMAND in
    apply | plan) return ;; # which ask by themselves, if there is anything to do
    wait | restore | list_templates) return ;;
    load | ensure_version) [ -z "$SQL" ] || return 0 ;;
  esac
  find_where || finish $?
  [ -n "$ELSEWHERE" ] || return 0
  case $COMMAND in
    status | current | heads | history | show | branches | graph | log | verify | export | stamp)
      BRING_FILES=yes
      begin_elsewhere
      ;;
    downgrade) begin_elsewhere ;;
    # with files it is "apply"
    upgrade) if [ -n "$SQL" ] || [ ! -d "$DIR" ] || ! has_files; then
      BRING_FILES=$SQL
      begin_elsewhere
    fi ;;
    check | create | merge | rebase | mark-current)
      BRING_LIVE=${MODEL:+compared}
      begin_elsewhere bare
      ;;
    diff | drift)
      BRING_LIVE=compared
      begin_elsewhere
      ;;
    init)
      if [ "$HAD_TABLES$NO_BASELINE" = true ]; then BRING_LIVE=yes; fi
      begin_elsewhere bare
      ;;
    backup) begin_elsewhere ;;
    load) refuse_elsewhere "Every command reads the files of the directory there; migrate.sh check tries them." ;;
    ensure_version) refuse_elsewhere "The first migrate.sh apply or stamp makes the tables of schema migrate." ;;
    edit | remove) refuse_elsewhere "Change the file, or delete it: what is not applied is in the files only." ;;
    record) refuse_elsewhere "migrate.sh create --model FILE writes what a schema has that the database has not." ;;
    repair) refuse_elsewhere "migrate.sh show --sql REVISION prints what was applied: put that back into the file." ;;
    squash) refuse_elsewhere "Squash in a database that has it, and then here: migrate.sh stamp --purge REVISION" ;;
    dry-run) refuse_elsewhere "migrate.sh plan --sql prints what would be run; rehearse it on a copy that has the extension." ;;
    facts) refuse_elsewhere "It asks the server for sizes and statements by a function of the extension." ;;
    approve) refuse_elsewhere "Let the pull request with the files be what is approved." ;;
    review | preflight | impact | rehearse | report) refuse_elsewhere "migrate.sh plan --sql prints what would be run; $COMMAND it on a copy that has the extension." ;;
    detach) die "migrate_ext is not in this database" ;;
    progress) refuse_elsewhere "migrate.sh log tells what was run; pg_stat_activity has the sessions, by application_name \"migrate.sh\"." ;;
    resolve) refuse_elsewhere "Put it right by hand, and then with psql:" \
      "UPDATE migrate.log SET outcome = 'done' WHERE revision = 'REVISION' AND outcome IN ('running', 'half_done')" \
      "(or 'failed'); and if it is applied now: migrate.sh stamp REVISION" ;;
    *) refuse_elsewhere "docs/without-the-extension.md tells how to do it by hand." ;;
  esac
}
# --- the command line ------------------------------------------------------------
# Which command knows which options, and what was probably meant by a word that none knows.

# Which options has a command?  Every one has --dir and --help.
has_option() { # has_option COMMAND OPTION
  case $1:$2 in
    *:--dir | *:--help) ;;
    approve:--message) ;;
    apply:--baseline | apply:--online | apply:--backup | apply:--prune | apply:--output | apply:--wait | apply:--tag | apply:--dry-run) ;;
    backup:--output | backup:--dry-run) ;;
    check:--model) ;;
    create:--model | create:--up | create:--down | create:--edit | create:--head | create:--splice | create:--branch-label | \
      create:--depends-on | create:--rev-id | create:--dry-run) ;;
    create:--ignore | check:--ignore | diff:--ignore | drift:--ignore | verify:--ignore | squash:--ignore | record:--ignore | init:--ignore | \
      init:--schema | init:--all-schemas | \
      create:--schema | check:--schema | diff:--schema | drift:--schema | verify:--schema | squash:--schema | \
      create:--all-schemas | check:--all-schemas | diff:--all-schemas | drift:--all-schemas | verify:--all-schemas | \
      squash:--all-schemas | create:--rename | check:--rename | diff:--rename | \
      record:--schema | record:--all-schemas | record:--rename | record:--message | record:--rev-id | record:--dry-run | \
      create:--message | create:--version-path | create:--sql | create:--autogenerate | current:--check-heads | current:--head-only | \
      history:--rev-range | history:--indicate-current | branches:--verbose | stamp:--tag | graph:--format | \
      diff:--model | plan:--sql | squash:--message | squash:--rev-id | squash:--dry-run | restore:--dry-run | ensure_version:--sql | \
      check:--tag | upgrade:--prune | upgrade:--backup | upgrade:--wait | upgrade:--baseline) ;;
    current:--verbose | heads:--verbose | heads:--resolve-dependencies | history:--verbose | show:--sql) ;;
    downgrade:--online | downgrade:--sql | downgrade:--tag | downgrade:--dry-run) ;;
    detach:--dry-run | export:--force | export:--format | export:--dry-run) ;;
    init:--no-baseline | init:--dry-run) ;;
    load:--sql | load:--verbose | load:--dry-run) ;;
    mark-current:--dry-run) ;;
    merge:--message | merge:--splice | merge:--branch-label | merge:--rev-id | merge:--dry-run) ;;
    facts:--output | impact:--facts | impact:--queries | review:--facts | report:--facts | review:--fail-on | report:--fail-on | report:--format | report:--output) ;;
    rebase:--dry-run | remove:--dry-run | repair:--message | repair:--dry-run) ;;
    stamp:--purge | stamp:--sql | stamp:--dry-run) ;;
    upgrade:--online | upgrade:--sql | upgrade:--tag | upgrade:--dry-run) ;;
    wait:--timeout) ;;
    *) return 1 ;;
  esac
}
most_operands() { # most_operands COMMAND
  case $1 in
    load | merge | remove | repair) echo 100000 ;;
    rebase | resolve | squash) echo 2 ;;
    stamp) echo 100000 ;;
    apply | approve | check | create | downgrade | dry-run | edit | export | history | impact | init | log | plan | preflight | record | rehearse | report | restore | review | show | \
      upgrade | verify) echo 1 ;;
    *) echo 0 ;;
  esac
}

AUTOGENERATE='' CHECK_HEADS='' DIRECTORY_SAID='' FORMAT='' IGNORED='' RANGE='' RENAMES='' SCHEMAS=''
BACKUP='' BASELINE='' DEPENDS_ON='' DOWN='' DRY_RUN='' EDIT='' FACTS='' FAIL_ON='' FORCE='' HEAD='' LABELS='' MESSAGE='' MODEL=''
NO_BASELINE='' ONLINE='' OUTPUT='' PRUNE='' PURGE='' QUERIES='' RESOLVE='' REV_ID='' SPLICE='' SQL='' TAG='' TIMEOUT='' UP='' VERBOSE='' WAIT=''
set_directory "${MIGRATIONS_DIR:-migrations}"

# Words that are nearly the one that was typed: one letter more, less, other, or two swapped.
similar() { # similar WORD WORDS
  WORD=$1 WORDS=$2 LC_ALL=C awk '
    function distance(a, b, i, j, d, cost) {
      for (i = 0; i <= length(a); i++) d[i, 0] = i
      for (j = 0; j <= length(b); j++) d[0, j] = j
      for (i = 1; i <= length(a); i++)
        for (j = 1; j <= length(b); j++) {
          cost = substr(a, i, 1) != substr(b, j, 1)
          d[i, j] = d[i - 1, j - 1] + cost
          if (d[i - 1, j] + 1 < d[i, j]) d[i, j] = d[i - 1, j] + 1
          if (d[i, j - 1] + 1 < d[i, j]) d[i, j] = d[i, j - 1] + 1
          if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j - 1, 1) && substr(a, i - 1, 1) == substr(b, j, 1) && d[i - 2, j - 2] + 1 < d[i, j])
            d[i, j] = d[i - 2, j - 2] + 1
        }
      return d[length(a), length(b)]
    }
    BEGIN {
      word = tolower(ENVIRON["WORD"])
      n = split(ENVIRON["WORDS"], words, " ")
      best = 3
      for (k = 1; k <= n; k++) {
        if (length(word) > 2 && index(words[k], word) == 1) near = 1
        else near = distance(word, words[k])
        if (near < best && near < length(word)) { best = near; found = words[k] }
      }
      print found
    }'
}
COMMANDS='init status create apply downgrade check load export edit merge rebase remove repair upgrade stamp mark-current
  current heads history show branches graph plan review preflight impact rehearse report facts approve record dry-run log progress resolve diff drift verify squash backup restore detach wait import'
OPTIONS='--all-schemas --ignore --rename --schema --autogenerate --backup --baseline --branch-label --check-heads --depends-on --dir --directory --down --dry-run --edit --facts --fail-on --force
  --format --head --head-only --help --indicate-current --message --model --no-baseline --online --output --prune --purge --queries --resolve-dependencies
  --rev-id --rev-range --splice --sql --tag --timeout --up --verbose --wait --version'

# --- the beginning ---------------------------------------------------------------
# From here on the script runs: the command line is read, and the command is called.

# Alembic's and Flask-Migrate's options may come before the command.
before='' directory_before=''
while :; do
  case ${1-} in
    -d | --dir | --directory)
      [ $# -gt 1 ] || bad_usage "$1 needs a value"
      directory_before=$2
      shift 2
      ;;
    --dir=* | --directory=*)
      directory_before=${1#*=}
      shift
      ;;
    -d?*)
      directory_before=${1#-d}
      shift
      ;;
    -q | --quiet | --raiseerr) shift ;;
    -n)
      # "alembic -n SECTION command"
      # shellcheck disable=SC2086 # words
      case " $(printf '%s ' $COMMANDS) migrate revision " in
        *" ${2-} "*) ;;
        *) case ${2-} in -* | '') ;; *) bad_usage "-n SECTION is for Alembic's alembic.ini, which is not here" ;; esac ;;
      esac
      before="$before $1"
      shift
      ;;
    -v | --dry-run | --verbose | --online | --sql)
      before="$before $1"
      shift
      ;;
    -c | --config | --config=* | -c?* | -x | -x?* | --x-arg | --x-arg=* | --name | --name=*)
      bad_usage "$1 is for Alembic's alembic.ini and env.py, which are not here" \
        "DATABASE_URL says which database, --dir which directory; --tag passes a text to revisions."
      ;;
    *) break ;;
  esac
done
if [ -n "$directory_before" ]; then
  set_directory "$directory_before"
  DIRECTORY_SAID=yes
fi

case ${1-} in
  '')
    general_help >&2
    exit 2
    ;;
  -h | --help | help)
    general_help
    exit 0
    ;;
  -V | --version | version)
    say "migrate.sh $VERSION"
    exit 0
    ;;
  -[0-9]*) bad_usage "$1 is a target: migrate.sh downgrade $1" ;;
  -*)
    found=$(similar "$1" "$OPTIONS")
    if [ -n "$found" ]; then bad_usage "there is no option \"$1\"; did you mean $found?"; fi
    bad_usage "there is no option \"$1\"" ;;
  # Flask-Migrate's and Alembic's words
  migrate | revision)
    [ "$1" = revision ] || AUTOGENERATE=yes
    COMMAND=create
    ;;
  list-templates | list_templates | ensure_version | ensure-version)
    COMMAND=$(printf %s "$1" | sed 's/-/_/')
    ;;
  init | status | create | apply | downgrade | check | load | export | edit | merge | rebase | remove | repair | upgrade | stamp | \
    mark-current | current | heads | history | show | branches | graph | plan | record | dry-run | review | preflight | impact | rehearse | report | facts | approve | log | progress | resolve | \
    diff | drift | verify | squash | backup | restore | detach | wait | import) COMMAND=$1 ;;
  *)
    found=$(similar "$1" "$COMMANDS")
    if [ -n "$found" ]; then bad_usage "there is no command \"$1\"; did you mean $found?"; fi
    bad_usage "there is no command \"$1\""
    ;;
esac
shift
# shellcheck disable=SC2086 # words
set -- $before "$@"

if [ "$COMMAND" = import ]; then
  [ -x "$HERE/migrate-import.sh" ] || die "migrate-import.sh is not beside this script"
  exec "$HERE/migrate-import.sh" "$@"
fi

number_is_good() {
  case $2 in
    '' | *[!0-9]* | ????????*) bad_usage "$1 needs a number of seconds, not \"$2\"" ;;
  esac
}

# What is not an option goes to the end, so that both may come in any order.
left_to_read=$#
while [ "$left_to_read" -gt 0 ]; do
  argument=$1
  shift
  left_to_read=$((left_to_read - 1))
  case $argument in
    --)
      while [ "$left_to_read" -gt 0 ]; do
        set -- "$@" "$1"
        shift
        left_to_read=$((left_to_read - 1))
      done
      break
      ;;
    -[0-9]*) # a target
      set -- "$@" "$argument"
      continue
      ;;
    --*=*) option=${argument%%=*} value=${argument#*=} has_value=yes ;;
    -dir | -directory | -dry-run | -model | -message | -online | -output | -tag | -timeout | -rev-id)
      bad_usage "$COMMAND has no option $argument; did you mean -$argument?" ;;
    # -mTEXT, and -r=RANGE as Alembic reads it
    -[dmort]?*)
      value=${argument#-?} has_value=yes
      option=${argument%"$value"}
      value=${value#=}
      ;;
    -?*) option=$argument value='' has_value='' ;;
    *)
      set -- "$@" "$argument"
      continue
      ;;
  esac
  case $option in
    -d | --directory) option=--dir ;;
    -i) option=--indicate-current ;;
    -r) option=--rev-range ;;
    -h) option=--help ;;
    -q | --quiet | --raiseerr) continue ;;
    --multidb) bad_usage "--multidb: a directory is for one database; give each its own, with --dir and DATABASE_URL" ;;
    --rename)
      case $COMMAND in drift | verify | init)
        bad_usage "$COMMAND has no --rename: what was renamed by hand is for migrate.sh record, what a model renames for create, check and diff" ;;
      esac
      ;;
    -t | --template | --package) bad_usage "$option: there are no templates; a revision file is SQL under a few lines of header" ;;
    -x | --x-arg | -c | --config) bad_usage "$option is for Alembic's alembic.ini and env.py, which are not here; --tag passes a text to revisions" ;;
    --version-path) bad_usage "--version-path: the files of all branches are in one directory, --dir" ;;
    -m) option=--message ;;
    -n) option=--dry-run ;;
    -o) option=--output ;;
    -v) option=--verbose ;;
  esac
  if ! has_option "$COMMAND" "$option"; then
    found=''
    for one in $OPTIONS; do if has_option "$COMMAND" "$one"; then found="$found $one"; fi; done
    found=$(similar "$option" "$found")
    if [ -n "$found" ]; then bad_usage "$COMMAND has no option $option; did you mean $found?"; fi
    bad_usage "$COMMAND has no option $option"
  fi
  case $option in
    --dir | --facts | --fail-on | --format | --ignore | --rev-range | --rename | --schema | --baseline | --branch-label | --depends-on | --down | --head | --message | --model | --output | --queries | --rev-id | \
      --tag | --timeout | --up | --wait)
      if [ -z "$has_value" ]; then
        [ "$left_to_read" -gt 0 ] || bad_usage "$option needs a value"
        value=$1
        shift
        left_to_read=$((left_to_read - 1))
      fi
      [ -n "$value" ] || bad_usage "$option needs a value"
      ;;
    *) [ -z "$has_value" ] || bad_usage "$option has no value" ;;
  esac
  case $option in
    --help)
      command_help "$COMMAND"
      exit 0
      ;;
    --autogenerate) AUTOGENERATE=yes ;;
    --backup) BACKUP=yes ;;
    --check-heads) CHECK_HEADS=yes ;;
    --format) FORMAT=$value ;;
    --head-only | --indicate-current) ;;
    --ignore) IGNORED=$IGNORED${IGNORED:+, }$value ;;
    --rev-range) RANGE=$value ;;
    --schema) SCHEMAS=$SCHEMAS${SCHEMAS:+,}\"$(printf '%s' "$value" | sed 's/"/""/g')\" ;;
    --all-schemas) SCHEMAS='*' ;;
    --rename)
      case $value in ?*=?*) ;; *) bad_usage "--rename needs old=new, not \"$value\"" ;; esac
      RENAMES=$RENAMES${RENAMES:+$NEWLINE}$value
      ;;
    --baseline) BASELINE=$value ;;
    --branch-label) LABELS=$LABELS${LABELS:+,}$value ;;
    --depends-on) DEPENDS_ON=$DEPENDS_ON${DEPENDS_ON:+,}$value ;;
    --dir)
      set_directory "$value"
      DIRECTORY_SAID=yes
      ;;
    --down) DOWN=$value ;;
    --dry-run) DRY_RUN=yes ;;
    --edit) EDIT=yes ;;
    --queries)
      [ -r "$value" ] || die "$value cannot be read"
      QUERIES=$value
      ;;
    --facts)
      [ -r "$value" ] || die "$value cannot be read"
      FACTS=$value
      ;;
    --fail-on)
      case $value in error | warning | notice | never) ;; *) bad_usage "--fail-on needs error, warning, notice or never, not \"$value\"" ;; esac
      FAIL_ON=$value
      ;;
    --force) FORCE=true ;;
    --head) HEAD=$HEAD${HEAD:+,}$value ;;
    --message) MESSAGE=$value ;;
    --model) MODEL=$value ;;
    --no-baseline) NO_BASELINE=yes ;;
    --online) ONLINE=yes ;;
    --output) OUTPUT=$value ;;
    --prune) PRUNE=yes ;;
    --purge) PURGE=true ;;
    --resolve-dependencies) RESOLVE=true ;;
    --rev-id) REV_ID=$value ;;
    --splice) SPLICE=true ;;
    --sql) SQL=yes ;;
    --tag) TAG=$value ;;
    --timeout)
      number_is_good "$option" "$value"
      TIMEOUT=$value
      ;;
    --up) UP=$value ;;
    --verbose) VERBOSE=yes ;;
    --wait)
      number_is_good "$option" "$value"
      WAIT=$value
      ;;
  esac
done
[ $# -le "$(most_operands "$COMMAND")" ] || bad_usage "$COMMAND: too many arguments"
for argument; do
  [ -n "$argument" ] || bad_usage "$COMMAND: an argument is empty"
done

case $COMMAND in
  history)
    if [ -n "$RANGE" ]; then
      [ $# -eq 0 ] || bad_usage "history: the range is there twice"
      set -- "$RANGE"
    fi
    ;;
  # "alembic init DIR"
  init)
    if [ $# -gt 0 ]; then set_directory "$1"; shift; fi
    ;;
  # "alembic stamp A B", "revision --sql"
  stamp) if [ $# -gt 1 ]; then set -- "$(IFS=, && printf '%s' "$*")"; fi ;;
  create) if [ -n "$SQL" ]; then DRY_RUN=yes; fi ;;
  export)
    if [ -n "$FORMAT" ]; then
      begin_format "$@"
      set --
    fi
    ;;
esac

connect_settings
prepare_command
case $COMMAND in
  mark-current) cmd_mark_current ;;
  dry-run) cmd_dry_run "$@" ;;
  *) "cmd_$COMMAND" "$@" ;;
esac
