# --- what migrate.sh export --format has written ---------------------------------
# Its files begin with comments that say what the other tool has no place for: so a project that was
# exported comes back as it was, also if files of that tool's own were added since.

# The comments at the beginning of the file in the buffer.
function take_header(i,   j, words) {
  if (match(buffer[1], /^-- Continues revision /)) {
    continues[i] = trim(substr(buffer[1], RLENGTH + 1))
    buffer[1] = ""
    return
  }
  j = buffer[1] ~ /^-- no-transaction/ ? 2 : 1
  if (buffer[j + 2] != "-- Exported by migrate.sh") return
  is_exported[i] = any_exported = 1
  title[i] = substr(buffer[j], 4)
  asks = ""
  buffer[j] = ""
  for (j++; j <= buffered && buffer[j] ~ /^--/; j++) {
    words = buffer[j]
    if (sub(/^-- Revision ID: /, "", words)) id[i] = words
    else if (sub(/^-- Revises: ?/, "", words)) parents[i] = words
    else if (sub(/^-- Create Date: /, "", words)) created[i] = words
    else if (sub(/^-- Branch Labels: /, "", words)) labels[i] = words
    else if (sub(/^-- Depends On: /, "", words)) depends[i] = words
    else if (sub(/^-- Contract: /, "", words)) contract[i] = words
    else if (sub(/^-- Marked transaction:false: /, "", words)) marked[i] = words
    else if (words ~ /^-- Wrapped (up|down): /) hear_wrap(i, substr(words, 4))
    else hear_question(i, words)
    buffer[j] = ""
  }
}
# "Wrapped up: BEGIN; COMMIT;"
function hear_wrap(i, words,   which) {
  which = words ~ /^Wrapped up/ ? "up" : "down"
  sub(/^[^:]*: /, "", words)
  wrap_begin[i, which] = substr(words, 1, index(words, ";"))
  wrap_end[i, which] = trim(substr(words, index(words, ";") + 1))
}
function wrap_again(i, which, s,   more) {
  if (!s || !((i, which) in wrap_begin)) return s
  more = new_section(source[s])
  add_line(more, wrap_begin[i, which], 0)
  append_section(more, s)
  add_line(more, wrap_end[i, which], 0)
  return more
}
# Comments that were questions
function hear_question(i, words) {
  if (words ~ /^(--|#) (Must|What must) hold /) asks = words ~ /hold before/ ? "require" : "verify"
  else if (asks != "" && sub(/^(--|#)     /, "", words)) {
    if (!((i, asks) in questions)) questions[i, asks] = new_section("")
    add_line(questions[i, asks], words, 0)
  } else asks = ""
}
# Which sections were marked transaction:false is told; other files' marks are only for their tool.
function set_marks(i) {
  if (!is_exported[i]) return
  up_mark[i] = marked[i] ~ /up/ ? 1 : 0
  down_mark[i] = marked[i] ~ /down/ ? 1 : 0
  drop_added(up[i] + 0)
  drop_added(down[i] + 0)
  up[i] = wrap_again(i, "up", up[i] + 0)
  down[i] = wrap_again(i, "down", down[i] + 0)
}
# BEGIN and COMMIT round a revision that asks for an isolation level; and the mark of those that it has itself
function drop_added(s,   j) {
  for (j = 1; j <= lines[s]; j++) {
    if (line_text[s, j] ~ /^(BEGIN|COMMIT).* \/\* added by the export \*\/;$/) line_text[s, j] = ""
    sub(/ \/\* of the revision itself \*\/;$/, ";", line_text[s, j])
  }
}

# What dbmate gets behind SQL that leaves settings.
function drop_reset(s) {
  while (lines[s] && trim(line_text[s, lines[s]]) == "") lines[s]--
  if (lines[s] && line_text[s, lines[s]] == "RESET ALL;") lines[s]--
}
# dbmate has several files for a revision of which each statement runs by itself.
function join_pieces(   k, i, j, of_id, kept) {
  if (!any_exported) return
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (TOOL == "dbmate" && (is_exported[i] || (i in continues))) {
      drop_reset(up[i])
      if (down[i]) drop_reset(down[i])
    }
    if (is_exported[i]) of_id[id[i]] = i
    if (!(i in continues) || !(continues[i] in of_id)) continue
    j = of_id[continues[i]]
    part_of[i] = j
    append_section(up[j], up[i])
    if (down[j] && down[i]) {
      append_section(down[i], down[j])
      down[j] = down[i]
    }
  }
}
function append_section(s, more,   j) {
  for (j = 1; j <= lines[more]; j++) add_line(s, line_text[more, j], line_number[more, j])
}
