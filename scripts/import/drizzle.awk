# --- drizzle-kit -----------------------------------------------------------------
# A journal says which files there are, and a comment where each statement ends.

# drizzle-kit: meta/_journal.json says which files there are, and in which order.
function collect_drizzle(   j, text, t, i, v, ordinal) {
  if (!read_file(ROOT "/meta/_journal.json")) { problem("meta/_journal.json", 0, "cannot be read"); return }
  for (j = 1; j <= buffered; j++) text = text " " buffer[j]
  sub(/.*"entries"[ \t\r]*:/, "", text)
  while (match(text, /\{[^{}]*\}/)) {
    t = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
    if (!match(t, /"when"[ \t\r]*:[ \t\r]*[0-9]+/)) { problem("meta/_journal.json", 0, "an entry without \"when\": " t); continue }
    v = substr(t, RSTART, RLENGTH); sub(/.*[^0-9]/, "", v)
    if (!match(t, /"tag"[ \t\r]*:[ \t\r]*"[^"]+"/)) { problem("meta/_journal.json", 0, "an entry without \"tag\": " t); continue }
    t = substr(t, RSTART, RLENGTH); sub(/"$/, "", t); sub(/.*"/, "", t)
    i = add(v, padded(v), digits_of(t), t)
    if (id[i] == "" || (id[i] in taken)) id[i] = hash12(t)
    taken[id[i]] = 1
    sub(/^[0-9]+_*/, "", name[i])
    clock[i] = clock_of(v)
    up_file[i] = t ".sql"
    listed[up_file[i]] = 1
    # The entries are run in their own order, each whose time is later than the last that was run.
    if (ordinal != "" && sorting[i] "" <= ordinal "") problem(up_file[i], 0, "is not later than the entry before it in meta/_journal.json, so that drizzle-kit would not run it")
    ordinal = sorting[i]
  }
  for (j = 1; j <= npaths; j++) if (is_sql(path[j]) && !(path[j] in listed)) left_out(path[j] ": meta/_journal.json does not list it")
}
# Statements are told apart by a comment, and may lack their semicolon.
function cut_drizzle(i,   j, s, text, last, at_break) {
  s = up[i] = new_section(up_file[i])
  for (j = 1; j <= buffered; j++) {
    text = buffer[j]
    at_break = sub(/[ \t]*--> statement-breakpoint[ \t\r]*$/, "", text)
    if (!at_break || trim(text) != "") add_line(s, text, j)
    if (!at_break) continue
    for (last = lines[s]; last > 0 && trim(line_text[s, last]) ~ /^(--.*)?$/; last--) ;
    if (last && trim(line_text[s, last]) !~ /;$/) add_line(s, ";", j)
  }
}

