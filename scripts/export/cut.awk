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
