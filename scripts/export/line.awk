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
