# --- Alembic ---------------------------------------------------------------------
# The graph is in Python files, the SQL in what "alembic --sql" has printed.

# Alembic: identifiers are read as text out of the Python files.
function collect_alembic(   j, p, b, i, text, doc, quote, in_doc, have, value, f, clean) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p !~ /\.py$/ || !read_file(ROOT "/" p)) continue
    have = 0
    for (b = 1; b <= buffered; b++) if (buffer[b] ~ /^revision[ \t]*(:[^=]*)?=/) have = b
    if (!have) { if (p ~ /(^|\/)versions\// && p !~ /__init__\.py$/) left_out(p ": it has no revision"); continue }
    doc = ""; in_doc = 0; quote = ""
    for (b = 1; b <= buffered; b++) {
      text = buffer[b]; sub(/\r$/, "", text)
      if (!in_doc && doc == "" && match(text, /^[rRuU]*("""|\047\047\047)/)) {
        quote = substr(text, RLENGTH - 2, 3); in_doc = 1
        text = substr(text, RLENGTH + 1)
      }
      if (in_doc) {
        if (index(text, quote)) { text = substr(text, 1, index(text, quote) - 1); in_doc = 2 }
        doc = doc text "\n"
        if (in_doc == 2) { in_doc = 0; doc = doc " " }
        continue
      }
    }
    value = python_value(have)
    if (python_items(value, p, have, 0) != 1) { problem(p, have, "the revision identifier cannot be read"); continue }
    text = item[1]
    i = add(text, "", legal(text), base_name(p))
    up_file[i] = p; at_revision[text] = i
    sub(/\.py$/, "", name[i])
    if (index(name[i], text) == 1) name[i] = substr(name[i], length(text) + 1)
    sub(/^_+/, "", name[i])
    alembic_doc(i, doc, p)
    asks = ""
    if (is_exported[i]) for (b = 1; b <= buffered; b++) hear_question(i, buffer[b])
    for (f = 1; f <= 3; f++) {
      text = f == 1 ? "down_revision" : f == 2 ? "branch_labels" : "depends_on"
      for (b = 1; b <= buffered; b++) if (buffer[b] ~ ("^" text "[ \t]*(:[^=]*)?=")) break
      if (b > buffered) { if (f == 1) problem(p, 0, "has a revision and no down_revision"); continue }
      have = python_items(python_value(b), p, b, f == 2)
      value = ""
      for (clean = 1; clean <= have; clean++) value = value (clean > 1 ? "\n" : "") item[clean]
      if (f == 1) parents_of[i] = value; else if (f == 2) labels_of[i] = value; else needs[i] = value
      value_line[i, f] = b
    }
  }
  # By now every identifier and label is known.
  for (i = 1; i <= n; i++) {
    have = split(labels_of[i], item, "\n")
    for (b = 1; b <= have; b++) {
      text = item[b]; gsub(/[@+:, \t]/, "_", text)
      if (match(text, /-[0-9]+$/)) text = substr(text, 1, RSTART - 1) "_" substr(text, RSTART + 1)
      is_label[item[b]] = text
      labels[i] = labels[i] (b > 1 ? ", " : "") text
    }
  }
  for (i = 1; i <= n; i++) {
    parents[i] = alembic_links(i, parents_of[i] "", 1)
    depends[i] = alembic_links(i, needs[i] "", 3)
  }
  if (!nproblems) read_alembic_sql()
}
function alembic_links(i, values, field,   b, have, text) {
  have = split(values, item, "\n")
  for (b = 1; b <= have; b++) {
    if (item[b] in at_revision) {
      text = text (text == "" ? "" : ", ") id[at_revision[item[b]]]
      child_of[at_revision[item[b]], ++nchildren[at_revision[item[b]]]] = i
      waits[i]++
    } else if (field == 3 && (item[b] in is_label)) text = text (text == "" ? "" : ", ") is_label[item[b]]
    else problem(up_file[i], value_line[i, field], (field == 1 ? "down_revision" : "depends_on") " \"" item[b] "\" is in none of the files")
  }
  return text
}
# What stands behind the = of line b, with what follows of a bracket.
function python_value(b,   text, t) {
  text = buffer[b]; sub(/^[^=]*=[ \t]*/, "", text)
  for (;;) {
    t = python_bare(text)
    if (b >= buffered || gsub(/\(|\[|\{/, "", t) <= gsub(/\)|\]|\}/, "", t) && t !~ /\\\r?$/) return text
    text = text "\n" buffer[++b]
  }
}
# Without strings and comments.
function python_bare(text,   out) {
  while (match(text, /#[^\n]*|"[^"\n]*"|\047[^\047\n]*\047/)) {
    out = out substr(text, 1, RSTART - 1)
    text = substr(text, RSTART + RLENGTH)
  }
  return out text
}
# The literals in it, into item[]; None is nothing.  names: a name that is no literal stands for its last part.
function python_items(text, file, number, names,   have, token) {
  have = 0
  while (match(text, /#[^\n]*|"[^"\n]*"|\047[^\047\n]*\047|[A-Za-z_][A-Za-z0-9_.]*/)) {
    token = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    if (token ~ /^["\047]/) {
      if (length(token) > 2) item[++have] = substr(token, 2, length(token) - 2)
    } else if (token ~ /^#/ || token ~ /^(None|tuple|list|set|frozenset)$/ || token ~ /^[uUrR]$/ && text ~ /^["\047]/) continue
    else if (names) {
      item[++have] = token; sub(/.*\./, "", item[have])
      note(file ":" number ": label " item[have] ", after the name of a Python constant")
    } else problem(file, number, "cannot be read as text: " token)
  }
  return have
}
function alembic_doc(i, doc, file,   parts, np, k, text, started) {
  np = split(doc, parts, "\n")
  contract_read = ""
  for (k = 1; k <= np; k++) {
    text = trim(parts[k])
    if (text ~ /^Create Date:/) {
      text = trim(substr(text, 13))
      sub(/T/, " ", text)
      if (text ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]( [0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?)?(Z|[+-][0-9][0-9](:?[0-9][0-9])?)?$/ &&
          clock_of(substr(text, 1, 4) substr(text, 6, 2) substr(text, 9, 2)) != "")
        created[i] = text (text ~ /(Z|[0-9] ?[+-][0-9][0-9](:?[0-9][0-9])?)$/ && length(text) > 10 ? "" : "+00")
      else note(file ": Create Date \"" text "\" is no date and is not used")
    } else if (text ~ /^Wrapped (up|down): /) hear_wrap(i, text)
    else if (text ~ /^Contract: /) contract_read = substr(text, 11)
    else if (text ~ /^Exported by migrate\.sh/) {
      is_exported[i] = started = 2
      contract[i] = contract_read
      marked[i] = text; sub(/.*false:/, "", marked[i])
      if (text !~ /false:/) marked[i] = ""
    } else if (text ~ /^(Revision ID|Revises|Branch Labels|Depends On):/) started = 2
    else if (text == "") { if (started) started = 2 }
    else if (started < 2) { title[i] = title[i] (title[i] == "" ? "" : " ") text; started = 1 }
  }
}
function order_by_graph(   first, last, i, k, c) {
  for (i = 1; i <= n; i++) if (!waits[i]) order[++last] = i
  for (first = 1; first <= last; first++) {
    i = order[first]
    if (created[i] == "") {
      if (clock[i] == "") clock[i] = to_seconds(2000, 1, 1, 0, 0, 0)
    } else {
      c = substr(created[i], 1, 19); gsub(/[^0-9]/, "", c)
      c = clock_of(c)
      if (c != "" && (clock[i] == "" || clock[i] < c)) clock[i] = c
    }
    for (k = 1; k <= nchildren[i]; k++) {
      c = child_of[i, k]
      if (clock[c] == "" || clock[c] <= clock[i]) clock[c] = clock[i] + 1
      if (--waits[c] == 0) order[++last] = c
    }
  }
  for (i = 1; i <= n && !nproblems; i++) if (waits[i] > 0) problem(up_file[i], 0, "is its own ancestor")
}

# The output of alembic --sql, cut at its own comments.
function read_alembic_sql(   j, s, direction, text, i, side, file, first) {
  for (side = 1; side <= 2; side++) {
    direction = side == 1 ? "upgrade" : "downgrade"
    text = side == 1 ? UPGRADE_SQL : DOWNGRADE_SQL
    if (text == "") continue
    file = text
    read_file(file)
    if (!RAN) set_percents(file)
    s = 0
    for (j = 1; j <= buffered; j++) {
      if (buffer[j] ~ ("^-- Running " direction " .*->")) {
        text = buffer[j]; sub(/\r$/, "", text)
        sub(/^-- Running (up|down)grade /, "", text)
        if (side == 1) { sub(/.*-> */, "", text); sub(/[ ,].*/, "", text) } else sub(/ *->.*/, "", text)
        if (!(text in at_revision)) { problem(file, j, "revision \"" text "\" is in none of the files"); s = new_section(""); continue }
        i = at_revision[text]
        s = new_section(RAN ? up_file[i] : file)
        # Where branches meet, what is below comes once for each head.
        first = 0
        if (side == 1 && !up[i]) first = up[i] = s
        if (side == 2 && !down[i]) first = down[i] = s
      } else if (s && buffer[j] ~ /^-- migrate import: line /) {
        # Python's word for what there is not
        if (side == 2 && buffer[j] ~ /^-- migrate import: line [0-9]+ NotImplementedError: /) refuses[i] = 1
        else if (first) ask_for_sql(i, s, direction, substr(buffer[j], 25))
      } else if (s) add_line(s, buffer[j], RAN ? 0 : j)
    }
  }
  for (i = 1; i <= n; i++) {
    if (UPGRADE_SQL == "") { up[i] = new_section(""); down[i] = new_section(""); continue }
    if (refuses[i]) { down[i] = 0; continue }
    if (!up[i]) problem(UPGRADE_SQL, 0, "there is no \"-- Running upgrade ... -> " key[i] "\"")
    if (!down[i] && DOWNGRADE_SQL != "") problem(DOWNGRADE_SQL, 0, "there is no \"-- Running downgrade " key[i] " -> ...\"")
  }
}
# The percent signs of a file that somebody made: twice each, for a driver that is not here?
function set_percents(file,   j, text, odd, even) {
  for (j = 1; j <= buffered; j++) {
    text = buffer[j]
    if (text ~ /^-- Running /) continue
    while (match(text, /%+/)) {
      if (RLENGTH % 2) odd = j; else if (!even) even = j
      text = substr(text, RSTART + RLENGTH)
    }
  }
  if (PERCENTS == "doubled" && odd) problem(file, odd, "a single %; so they are not doubled here")
  else if (PERCENTS == "" && even && !odd)
    problem(file, even, "every % is there twice, as psycopg2\047s dialect writes it for its driver (backslashes are doubled then, too, and cannot be told from others). Let this program run Alembic, or make the file with the hook that --print-hook prints; or say --percents doubled, or --percents plain if they are meant")
  if (PERCENTS == "doubled") for (j = 1; j <= buffered; j++) gsub(/%%/, "%", buffer[j])
}
# What no SQL can say: an upgrade that depends on what the database answers.
function ask_for_sql(i, s, direction, text,   number, j, part, np, parts, by_hand) {
  number = text; sub(/ .*/, "", number)
  sub(/^[0-9]+ /, "", text)
  np = split(BY_HAND, parts, "\n")
  for (part = 1; part < np; part++) if (parts[part] == "all" || is_called(i, parts[part])) by_hand = 1
  if (!by_hand) {
    problem(up_file[i], number, "its " direction " cannot be written as SQL: " text ". --by-hand " key[i] ", or all, leaves the place to you")
    return
  }
  note(up_file[i] ":" number ": its " direction " fails until you have written its SQL: " text)
  for (j = 1; j <= lines[s]; j++) if (trim(line_text[s, j]) != "") line_text[s, j] = "-- " line_text[s, j]
  add_line(s, "-- " up_file[i] ", line " number ": " text, 0)
  add_line(s, "-- Write its SQL in place of this; above is what it did before that line.", 0)
  text = "revision " key[i] " was Python that asks the database (" up_file[i] "): write its SQL"
  gsub(/\047/, "\047\047", text)
  add_line(s, "DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = \047" text "\047; END $$;", 0)
}
# Take out what Alembic does with its version table, and its transactions; true
# if the revision has to run without one.
function strip_alembic(s,   k, j, text, table, own, first, last, out) {
  if (!s || !lines[s]) return 0
  scan(s)
  for (k = 1; k <= nstatements; k++) {
    text = ""
    for (j = statement_first[k]; j <= statement_last[k]; j++) text = text (text == "" ? "" : " ") trim(line_text[s, j])
    if (match(text, /^(INSERT INTO [^ ]+ \(version_num\) VALUES \(|UPDATE [^ ]+ SET version_num=|DELETE FROM [^ ]+ WHERE [^ ]*version_num = )/)) {
      out[k] = 1
      table = text; sub(/^(INSERT INTO|UPDATE|DELETE FROM) /, "", table); sub(/ .*/, "", table)
    } else if (text ~ /^CREATE TABLE [^ ]+ \( version_num VARCHAR\(/) out[k] = 1
    else if (table != "" && text == "DROP TABLE " table ";") out[k] = 1
  }
  for (k = 1; k <= nstatements; k++) if ((statement_kind[k] == "begin" || statement_kind[k] == "commit") && line_text[s, statement_last[k]] !~ / \/\* of the revision itself \*\/;$/) out[k] = "control"
  # At either end that is Alembic's own; in the middle it is an autocommit_block().
  for (last = nstatements; last > 0 && out[last]; last--) ;
  for (first = 1; first <= last && out[first] == 1; first++) ;
  for (k = 1; k <= nstatements; k++) {
    if (out[k] == "control" && k >= first && k < last) own = 1
    if (out[k]) for (j = statement_first[k]; j <= statement_last[k]; j++) line_text[s, j] = ""
  }
  return own
}

