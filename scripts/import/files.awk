# --- dbmate, goose, node-pg-migrate, sql-migrate, supabase, tern -----------------
# A migration is a file, and a comment in it says where the way down begins.

# dbmate, goose, node-pg-migrate, sql-migrate, supabase, tern: a migration is a file.
function collect_files(   j, p, v, i, t) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p ~ /\//) { if (is_sql(p)) left_out(p ": in a directory below"); continue }
    v = digits_of(p)
    if (p !~ /\.sql$/) {
      t = p; sub(/\.[a-z]+$/, "", t)
      if (v != "" && TOOL == "goose" && p ~ /\.go$/ && p !~ /_test\.go$/) add_program(p, no_zeros(v), padded(v), v, t)
      else if (v != "" && TOOL == "node-pg-migrate" && p ~ /\.[cm]?[jt]s$/) add_program(p, t, node_sorting(v, p), v, t)
      else if (is_sql(p)) left_out(p ": its suffix is not .sql")
      continue
    }
    t = p; sub(/\.sql$/, "", t)
    if (v == "" && TOOL != "node-pg-migrate") { left_out(p); continue }
    if (TOOL == "node-pg-migrate") {
      i = add(t, node_sorting(v, p), v, t)
      if (v == "") id[i] = hash12(t)
    } else if (TOOL == "goose" || TOOL == "tern") i = add(no_zeros(v), padded(v), v, t)
    else if (TOOL == "sql-migrate") i = add(p, padded(v) " " p, v, t)
    else i = add(v, p, v, t)
    sub(/^[0-9]+[_-]*/, "", name[i])
    clock[i] = clock_of(v)
    up_file[i] = p
  }
}

function node_sorting(v, p) { return padded(length(v) == 17 && clock_of(v) != "" ? clock_of(v) substr(v, 15) : v) " " p }

function cut_dbmate(i,   j, text, s, f) {
  f = up_file[i]
  for (j = 1; j <= buffered; j++) {
    text = buffer[j]
    if (text ~ /^--[ \t]*migrate:(up|down)([ \t\r]|$)/) {
      s = new_section(f)
      if (text ~ /migrate:up/) { if (up[i]) problem(f, j, "a second migrate:up"); up[i] = s }
      else { if (down[i] || !up[i]) problem(f, j, "a migrate:down in the wrong place"); down[i] = s }
      sub(/^--[ \t]*migrate:(up|down)/, "", text); text = trim(text)
      if (text == "transaction:false") { if (s == up[i]) up_mark[i] = 1; else down_mark[i] = 1 }
      else if (text != "" && text != "transaction:true") problem(f, j, "an option that is not known: " text)
    } else if (s) add_line(s, text, j)
    else if (trim(text) !~ /^(--|$)/) { problem(f, j, "SQL before -- migrate:up"); s = new_section(f) }
  }
  if (!up[i]) problem(f, 0, "has no -- migrate:up")
}
# goose and sql-migrate: annotations of one kind, "-- +goose Up" and "-- +migrate Up"
function cut_goose(i,   j, text, s, f, last, word) {
  f = up_file[i]; word = TOOL == "goose" ? "goose" : "migrate"
  for (j = 1; j <= buffered; j++) {
    text = tolower(trim(buffer[j]))
    if (text !~ ("^--[ \\t]*[+]" word "[ \\t]")) {
      if (s) add_line(s, buffer[j], j)
      else if (text !~ /^(--|$)/) { problem(f, j, "SQL before -- +" word " Up"); s = new_section(f) }
      continue
    }
    sub("^--[ \\t]*[+]" word "[ \\t]+", "", text); gsub(/[ \t]+/, " ", text)
    if (TOOL == "sql-migrate" && sub(/^(up|down) notransaction$/, "&", text)) {
      if (text ~ /^up/) up_mark[i] = 1; else down_mark[i] = 1
      sub(/ .*/, "", text)
    }
    if (text == "up") { if (up[i]) problem(f, j, "a second +" word " Up"); s = up[i] = new_section(f) }
    else if (text == "down") { if (down[i] || !up[i]) problem(f, j, "a +" word " Down in the wrong place"); s = down[i] = new_section(f) }
    else if (TOOL == "goose" && text == "no transaction") up_mark[i] = down_mark[i] = 1
    else if (text == "statementend") {
      # For goose the block's end is the end of its statement.
      for (last = lines[s]; last > 0 && trim(line_text[s, last]) == ""; last--) ;
      if (s && trim(line_text[s, last]) !~ /;$/) add_line(s, ";", j)
    } else if (text == "statementbegin") continue
    else problem(f, j, "an annotation that cannot be converted: " trim(buffer[j]))
  }
  if (!up[i]) problem(f, 0, "has no -- +" word " Up")
}
# tern: what is below a line is the way down.
function cut_tern(i,   j, s) {
  s = up[i] = new_section(up_file[i])
  for (j = 1; j <= buffered; j++) {
    if (tolower(buffer[j]) ~ /^--+[ \t]*create above[ \t]*\/[ \t]*drop below/ && !down[i]) s = down[i] = new_section(up_file[i])
    else {
      if (buffer[j] ~ /\{\{/) problem(up_file[i], j, "a template, which tern alone can fill in: " trim(buffer[j]))
      add_line(s, buffer[j], j)
      if (tolower(buffer[j]) ~ /^--+[ \t]*tern:[ \t]*disable-tx/) up_mark[i] = down_mark[i] = 1
    }
  }
}
function cut_node(i,   j, text, s, f) {
  f = up_file[i]
  s = up[i] = new_section(f)
  for (j = 1; j <= buffered; j++) {
    text = tolower(buffer[j])
    if (text ~ /^[ \t]*--[ \t-]*up[ \t]+migration/ && !j_up) { j_up = 1; s = up[i] = new_section(f) }
    else if (text ~ /^[ \t]*--[ \t-]*down[ \t]+migration/ && !down[i]) s = down[i] = new_section(f)
    else add_line(s, buffer[j], j)
  }
  j_up = 0
}

