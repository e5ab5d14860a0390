# Input: the paths of all files below ROOT, one a line, sorted.  Output: revision
# files in OUT, a line for each in MANIFEST (identifier, key in the tool's own
# table, sort key, file, source, whether irreversible, V, B or R for Flyway, and of what was exported
# "+" with its parents and dependencies),
# notes on standard output, problems on standard error.
#
# A migration is a number i: key, id, name, sorting, clock, up[i], down[i] ...
# A section of SQL is a number s: its lines are line_text[s, 1..lines[s]], with
# the numbers they have in their file.

BEGIN {
  TOOL = ENVIRON["TOOL"]; GUESSED = ENVIRON["GUESSED"]; ROOT = ENVIRON["ROOT"]
  OUT = ENVIRON["OUT"]; MANIFEST = ENVIRON["MANIFEST"]
  UNTIL = ENVIRON["UNTIL"]; IRREVERSIBLE = ENVIRON["IRREVERSIBLE"]
  PLAN = ENVIRON["PLAN"]; DEPLOY_DIR = ENVIRON["DEPLOY_DIR"]; REVERT_DIR = ENVIRON["REVERT_DIR"]; EXTENSION = ENVIRON["EXTENSION"]
  UPGRADE_SQL = ENVIRON["UPGRADE_SQL"]; DOWNGRADE_SQL = ENVIRON["DOWNGRADE_SQL"]
  LOAD = ENVIRON["LOAD"]; RAN = ENVIRON["RAN"]; BY_HAND = ENVIRON["BY_HAND"]; PERCENTS = ENVIRON["PERCENTS"]
  for (c = 1; c < 256; c++) ord[sprintf("%c", c)] = c
  # Tools that hand a file over as it is, so that its own BEGIN and COMMIT are real.
  split("golang-migrate hasura prisma sqitch supabase", words)
  for (w in words) is_plain[words[w]] = 1
  own_table["dbmate"] = own_table["golang-migrate"] = own_table["supabase"] = "schema_migrations"
  own_table["diesel"] = "__diesel_schema_migrations"
  own_table["flyway"] = "flyway_schema_history"
  own_table["goose"] = "goose_db_version"
  own_table["node-pg-migrate"] = "pgmigrations"
  own_table["prisma"] = "_prisma_migrations"
  own_table["sqitch"] = "sqitch.changes"
  own_table["sqlx"] = "_sqlx_migrations"
  own_table["alembic"] = "alembic_version"
  own_table["authelia"] = "authelia_migrations" # "migrations" may be anything
  own_table["drizzle"] = "__drizzle_migrations"
  own_table["hasura"] = "hdb_version"
  own_table["popx"] = "schema_migration"
  own_table["sql-migrate"] = "gorp_migrations"
  own_table["tern"] = "schema_version"
  PREFIX = ENVIRON["PREFIX"]; OWN = ENVIRON["OWN"]
  DIALECT = ENVIRON["DIALECT"] == "" ? "postgres" : ENVIRON["DIALECT"]
}
{ path[++npaths] = $0 }
END {
  if (TOOL == "alembic") collect_alembic()
  else if (TOOL == "sqitch") collect_sqitch()
  else if (TOOL == "prisma" || TOOL == "diesel" || TOOL == "hasura") collect_directories()
  else if (TOOL == "drizzle") collect_drizzle()
  else if (TOOL == "flyway") collect_flyway()
  else if (TOOL == "golang-migrate" || TOOL == "sqlx" || TOOL == "popx" || TOOL == "authelia") collect_pairs()
  else collect_files()

  if (!n && !nproblems) problem(ROOT, 0, "no migrations of " TOOL " here")
  if (TOOL == "alembic") order_by_graph(); else order_by_key()
  find_duplicates()
  stop_at_until()
  for (k = 1; k <= n; k++) read_migration(order[k])
  join_pieces()
  leave_downs()
  for (k = 1; k <= n; k++) check_migration(order[k])
  report_problems()
  set_links()
  for (k = 1; k <= n; k++) write_migration(order[k])
}

# --- what is said -----------------------------------------------------------------

function problem(file, number, text) {
  if (file != ROOT && file != UPGRADE_SQL && file != DOWNGRADE_SQL && file !~ /^--/) file = ROOT "/" file
  sub(/^\.\//, "", file)
  problem_text[++nproblems] = file (number ? ":" number : "") ": " text
  if (!(file in in_files)) { in_files[file] = 1; nfiles++ }
  if (checking && !first_bad) first_bad = checking
}
function note(text) { print text }
function report_problems(   k, previous) {
  if (!nproblems) return
  for (k = 1; k <= nproblems; k++) print problem_text[k] > "/dev/stderr"
  print "migrate-import: " nproblems " problem" (nproblems > 1 ? "s" : "") " in " nfiles " file" (nfiles > 1 ? "s" : "") \
    ", nothing written" > "/dev/stderr"
  for (k = 2; k <= n; k++) if (order[k] == first_bad) previous = order[k - 1]
  if (previous && TOOL != "alembic")
    print "  Mend them, or import what comes before the first with --until '" name_of(previous) "'" > "/dev/stderr"
  exit 1
}

