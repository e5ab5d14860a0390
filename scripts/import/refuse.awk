# --- what is refused -------------------------------------------------------------
# What the server would refuse, with the place in the file that people know.
# (+ 0 and "" because gawk 5.2 trips over array elements without a value that are passed on.)
# A way down in the notation of a tool that is not known here would be run as a part of the
# way up, or be lost.
function foreign(text,   t) {
  t = tolower(text); gsub(/[ \t\r]+/, " ", t)
  if (t ~ /^-- ?\+migrate (up|down)/) return "sql-migrate"
  if (t ~ /^--+ ?create above ?\/ ?drop below/) return "tern"
  if (t ~ /^-- ?==+ ?(up|down) ?==+/) return "shmig"
  if (t ~ /^-- ?liquibase formatted sql/ || t ~ /^-- ?changeset [^ ]+:/ || t ~ /^--rollback( |$)/) return "Liquibase"
  if (t ~ /^-- ?\/\/ ?@undo/) return "MyBatis"
  if (t ~ /^-- ?(rambler|pgmigrate|migrator) (up|down)/) { sub(/^-- ?/, "", t); sub(/ .*/, "", t); return t }
  # a line that says nothing else
  if (t ~ /^--[^a-z]*(migrate|migration)?[^a-z]*(down|undo|rollback|revert|downgrade|drop below)[^a-z]*(migration|script|sql|section)?[^a-z]*$/) return "another tool"
  return ""
}
function refuse_foreign(i, s,   j, tool) {
  for (j = 1; j <= lines[s]; j++) {
    if (line_text[s, j] !~ /^[ \t]*--/) continue
    tool = line_text[s, j]; sub(/^[ \t]+/, "", tool)
    tool = foreign(tool)
    if (tool == "" || tool == "another tool" && down[i]) continue
    problem(source[s], line_number[s, j], "\"" trim(line_text[s, j]) "\" is " tool "\047s notation, which is not known here; put the way down into a file of its own, as " TOOL " has it, or say -- migrate:up and -- migrate:down")
    return
  }
}
function base_or_key(   f) {
  f = up_file[checking]
  return f == "" ? key[checking] : TOOL == "diesel" ? substr(f, 1, index(f, "/") - 1) : f
}
function is_own(i,   parts, np, p) {
  np = split(OWN, parts, "\n")
  for (p = 1; p < np; p++) if (parts[p] == "all" || is_called(i, parts[p])) return 1
  return 0
}
function check_migration(i) {
  checking = i
  if (program[i]) problem(up_file[i], 0, "a migration that is no SQL; write its SQL in its place, or stop before it with --until")
  if (TOOL != "alembic" && up[i]) refuse_foreign(i, up[i])
  if (TOOL == "alembic") {
    up_mark[i] = strip_alembic(up[i] + 0)
    down_mark[i] = strip_alembic(down[i] + 0)
  }
  own_transaction = is_own(i)
  if (up[i]) up_mark[i] = check_section(up[i], up_mark[i] + 0)
  if (down[i]) {
    down_mark[i] = check_section(down[i], down_mark[i] + 0)
    if (LOAD == "") refuse_words(down[i])
  }
  set_marks(i)
  checking = 0
}
# "irreversible", say: with --load the server tells which downgrades are no SQL, all in one
# message.  Without it those are told that begin as no statement does; they have just been scanned.
function refuse_words(s,   k) {
  for (k = 1; k <= nstatements; k++)
    if (statement_head[k] != "" && statement_head[k] !~ /^ (ABORT|ALTER|ANALY[SZ]E|BEGIN|CALL|CHECKPOINT|CLOSE|CLUSTER|COMMENT|COMMIT|COPY|CREATE|DEALLOCATE|DECLARE|DELETE|DISCARD|DO|DROP|END|EXECUTE|EXPLAIN|FETCH|GRANT|IMPORT|INSERT|LISTEN|LOAD|LOCK|MERGE|MOVE|NOTIFY|PREPARE|REASSIGN|REFRESH|REINDEX|RELEASE|REPACK|RESET|REVOKE|ROLLBACK|SAVEPOINT|SECURITY|SELECT|SET|SHOW|START|TABLE|TRUNCATE|UNLISTEN|UPDATE|VACUUM|VALUES|WAIT|WITH)( |$)/)
      problem(source[s], line_number[s, statement_first[k]], "a downgrade that is no SQL:" tolower(statement_head[k]) ". --irreversible " base_or_key() " leaves it out")
}
function check_section(s, marked,   j, k, controls, wrapped, bad, text, own) {
  for (j = 1; j <= lines[s]; j++) {
    text = line_text[s, j]
    if (text ~ /^--[ \t]*[Mm][Ii][Gg][Rr][Aa][Tt][Ee]:[^ \t\r]/) problem(source[s], line_number[s, j], "reads as a marker of a revision file: " trim(text))
    if (!own && index(text, own_table[TOOL])) {
      own = 1
      print source[s] > (ENVIRON["NAMING"])
      note(source[s] (line_number[s, j] ? ":" line_number[s, j] : "") ": names " own_table[TOOL] ", which " TOOL " made and a new database will not have")
    }
    if (tolower(text) ~ /^--[ \t]*atlas:/) {
      own = tolower(text); sub(/^--[ \t]*atlas:[ \t]*/, "", own); own = trim(own)
      if (own == "txmode none") marked = 1
      else if (own !~ /^(nolint|import|sum)/ && own !~ /^txmode/) problem(source[s], line_number[s, j], "an attribute that a revision cannot keep: " trim(text))
      own = 0
    }
    if (TOOL == "popx" && text ~ /\{\{/) problem(source[s], line_number[s, j], "a template, which popx alone can fill in: " trim(text))
    if (TOOL == "flyway" && !keeps_placeholders && match(text, /\$\{[A-Za-z_][A-Za-z0-9_.:-]*\}/))
      problem(source[s], line_number[s, j], "a placeholder, which Flyway alone can replace: " substr(text, RSTART, RLENGTH))
  }
  scan(s)
  for (k = 1; k <= nstatements; k++) {
    j = line_number[s, statement_first[k]]
    if (statement_kind[k] == "copy") problem(source[s], j, "COPY from or to the client; a revision runs in the server. Write INSERT instead")
    else if (statement_kind[k] != "") {
      controls++
      if (statement_kind[k] == "other" && !bad) bad = k
    }
  }
  if (!controls || marked) return marked
  wrapped = controls == 2 && nstatements >= 2 && statement_kind[1] == "begin" && statement_kind[nstatements] == "commit"
  if (wrapped) return marked
  if (!bad && ((TOOL in is_plain) || own_transaction)) {
    # The tool has begun one, which a COMMIT without its BEGIN ends.
    for (k = 1; k <= nstatements && statement_kind[k] == ""; k++) ;
    if (own_transaction && statement_kind[k] == "commit" && k > 1) {
      j = statement_first[1]
      line_text[s, j] = "BEGIN;\n" line_text[s, j]
    } else if (own_transaction && statement_kind[k] == "commit")
      for (j = statement_first[k]; j <= statement_last[k]; j++) line_text[s, j] = ""
    note(source[s] ": has transactions of its own, marked transaction:false")
    return 1
  }
  for (k = 1; k <= nstatements; k++)
    if (statement_kind[k] != "" && statement_kind[k] != "copy")
      problem(source[s], line_number[s, statement_first[k]], "transaction control:" statement_head[k] (TOOL == "sqlx" && GUESSED != "" ? " (if this is golang-migrate, say --from golang-migrate)" : "") \
        (bad ? "" : ". --own-transaction " base_or_key() ", or all, runs it outside a transaction, with its own"))
  return marked
}

