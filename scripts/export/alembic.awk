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
