# --- writing ---------------------------------------------------------------------
# Parents, dates and names; and the revision files.

function set_links(   k, i, clock_now, last) {
  if (TOOL == "alembic") {
    for (i = 1; i <= n; i++) if (created[i] == "") created[i] = date_text(clock[i])
    return
  }
  clock_now = to_seconds(2000, 1, 1, 0, 0, 0) - 1
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (!is_exported[i]) parents[i] = last
    if (!(i in part_of)) last = id[i]
    # Later than the one before, whatever the names say.
    if (created[i] != "") continue
    clock_now = clock[i] != "" && clock[i] > clock_now ? clock[i] : clock_now + 1
    created[i] = date_text(clock_now)
  }
}
function slug(text) {
  text = tolower(text); gsub(/[^a-z0-9]+/, "_", text)
  text = substr(text, 1, 50); gsub(/^_+|_+$/, "", text)
  return text
}
function write_section(file, s,   first, last, j) {
  first = 1; last = lines[s]
  while (first <= last && trim(line_text[s, first]) == "") first++
  while (last >= first && trim(line_text[s, last]) == "") last--
  for (j = first; j <= last; j++) print line_text[s, j] > file
}
function write_questions(file, i, which) {
  if (!((i, which) in questions)) return
  print "\n-- migrate:" which > file
  write_section(file, questions[i, which])
}
function write_migration(i,   file, text, from) {
  if (i in part_of) { id[i] = id[part_of[i]]; name[i] = name[part_of[i]] }
  text = id[i] (slug(name[i]) == "" ? "" : "_" slug(name[i])) ".sql"
  from = up_file[i] (down[i] && down_file[i] != "" ? (up_file[i] == "" ? "" : ", ") down_file[i] : "")
  print id[i] "\t" key[i] "\t" (sorting[i] == "" ? "-" : sorting[i]) "\t" text "\t" up_file[i] "\t" (down[i] ? "" : "irreversible") "\t" (repeatable[i] ? "R" : flyway_kind[i]) "\t" (is_exported[i] ? "+" parents[i] ", " depends[i] : "") > MANIFEST
  if (i in part_of) return
  file = OUT "/" text
  text = title[i] != "" ? title[i] : words_of(name[i])
  gsub(/[ \t\r\n]+/, " ", text)
  if (text == "") text = id[i]
  # A message must not look like what it stands above.
  if (tolower(text) ~ /^(revision id|revises|create date|branch labels|depends on|contract|migrate):/) text = "(" text ")"
  print "-- " text > file
  print "--" > file
  print "-- Revision ID: " id[i] > file
  print "-- Revises:" (parents[i] == "" ? "" : " " parents[i]) > file
  print "-- Create Date: " created[i] > file
  if (labels[i] != "") print "-- Branch Labels: " labels[i] > file
  if (depends[i] != "") print "-- Depends On: " depends[i] > file
  if (contract[i] != "") print "-- Contract: " contract[i] > file
  print "-- Imported From: " TOOL ", " from > file
  write_questions(file, i, "require")
  print "\n-- migrate:up" (up_mark[i] ? " transaction:false" : "") > file
  write_section(file, up[i])
  write_questions(file, i, "verify")
  if (down[i]) {
    print "\n-- migrate:down" (down_mark[i] ? " transaction:false" : "") > file
    write_section(file, down[i])
  }
  close(file)
}

