# The revisions of a database as another tool's files.
#
# Input: for each revision, the oldest first, lines "NAME COUNT" and behind each that many lines.
# Output: files in OUT, their names on standard output, and in the file SAYS what that tool has no
# place for.  A section of SQL is a number s: its lines are line_text[s, 1..lines[s]].

BEGIN {
  OUT = ENVIRON["OUT"]; FORMAT = ENVIRON["FORMAT"]; SAYS = ENVIRON["SAYS"]
  QUOTE = sprintf("%c", 34); THREE = QUOTE QUOTE QUOTE; BACKSLASH = sprintf("%c", 92)
}
left == 0 {
  split($0, part, " ")
  field = part[1]; left = part[2]
  if (field == "end") complete = 1
  if (field == "prelude") has_prelude = 1
  if (field == "id") n++
  if (field ~ /^(up|down|require|verify|message)$/) { section = new_section(""); of[n, field] = section } else section = 0
  next
}
{
  left--
  if (section) add_line(section, $0, 0); else of[n, field] = $0
}
END {
  if (!complete) exit 1
  put_in_order()
  if (FORMAT == "alembic") write_alembic()
  else write_line()
  tell()
}
# As in an importer, which reads files and can name the line.
function problem(file, number, text) { }
function begin_file(name) { print name; return OUT "/" name }

# Parents and dependencies first, otherwise as they came.
function put_in_order(   i, k, np, labels) {
  for (i = 1; i <= n; i++) {
    at[of[i, "id"]] = i
    np = split(of[i, "labels"], labels, " ")
    for (k = 1; k <= np; k++) has_label[labels[k]] = i
  }
  for (i = 1; i <= n; i++) place(i)
}
function place(i,   needed, np, k, j) {
  if (i in placed) return
  placed[i] = 1
  np = split(of[i, "parents"] " " of[i, "depends"], needed, " ")
  for (k = 1; k <= np; k++) {
    j = needed[k] in at ? at[needed[k]] : has_label[needed[k]] + 0
    if (j) place(j)
  }
  order[++norder] = i
}

# What has no place there: a line for each kind, with the first revisions.
function lost(what, i, more) {
  if (!(what in nlost)) kinds[++nkinds] = what
  nlost[what]++
  if (nlost[what] <= 5) who[what] = who[what] (nlost[what] > 1 ? ", " : "") of[i, "id"] (more == "" ? "" : " (" more ")")
  else if (nlost[what] == 6) who[what] = who[what] " ..."
}
function tell(   k) {
  if (has_prelude) print "the prelude, which migrate.sh export writes as prelude.sql" > SAYS
  for (k = 1; k <= nkinds; k++)
    print kinds[k] ": " who[kinds[k]] (nlost[kinds[k]] > 5 ? " (" nlost[kinds[k]] " in all)" : "") > SAYS
}
function commas(text) { gsub(/ /, ", ", text); return text }
# The message in a line
function title_of(i,   s, j, text) {
  s = of[i, "message"]
  for (j = 1; j <= lines[s]; j++) text = text (j > 1 ? " " : "") line_text[s, j]
  gsub(/[ \t\r]+/, " ", text)
  return trim(text)
}
