# --- a little SQL ----------------------------------------------------------------
# Where statements end, how they begin, and what a server could not run.

# Cuts a section into statements, as psql would: only as much lexing as it takes
# to see where they end, how they begin, and what a server cannot run.
function scan(s,   j) {
  nstatements = 0; state = ""; copying = 0
  close_statement(0)
  for (j = 1; j <= lines[s]; j++) {
    if (!copying) scan_line(s, j, line_text[s, j])
    else if (line_text[s, j] ~ /^\\\.\r?$/) copying = 0
  }
  if (is_open) close_statement(lines[s])
}
function open_statement(j) {
  if (is_open) return
  is_open = 1
  statement_first[++nstatements] = j
  head = ""; nhead = 0; listening = 1; in_function = in_copy = blocks = 0
}
function close_statement(j,   kind) {
  if (is_open) {
    statement_last[nstatements] = j
    statement_column[nstatements] = end_column # 0: it has no end
    statement_head[nstatements] = head
    kind = ""
    if (head ~ /^ (BEGIN|START TRANSACTION)( |$)/) kind = "begin"
    else if (head ~ /^ (COMMIT|END)( |$)/) kind = head ~ / (PREPARED|AND CHAIN)/ ? "other" : "commit"
    else if (head ~ /^ (ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE TRANSACTION)( |$)/) kind = "other"
    else if (in_copy && head ~ / FROM STDIN( |$)/) { kind = "copy"; copying = 1 }
    else if (in_copy && head ~ / TO STDOUT( |$)/) kind = "copy"
    statement_kind[nstatements] = kind
  }
  is_open = 0; parens = 0; listening = 1; blocks = 0
  end_column = 0
}
function eat(many) {
  passed += many
  before2 = many > 1 ? substr(rest, many - 1, 1) : before
  before = substr(rest, many, 1)
  rest = substr(rest, many + 1)
}
# The next piece of a line, behind the end of the one before.
function more_text(more_of_it,   kept) {
  kept = length(rest) > 71 ? length(rest) - 71 : 0
  passed += kept
  rest = substr(rest, kept + 1) more_of_it
}
function scan_line(s, j, text,   more, len, p, c, b, bb, w) {
  len = length(text); more = 8001
  rest = substr(text, 1, 8000); before = before2 = " "; passed = 0
  for (;;) {
    # A line may be a megabyte long: only a piece of it is cut at a time.
    if (length(rest) < 200 && more <= len) { rest = rest substr(text, more, 8000); more += 8000 }
    if (rest == "") return
    if (state == "") {
      if (listening) p = match(rest, /[\047"\\;$()]|--|\/\*|[A-Za-z_]/)
      else p = match(rest, /[\047"\\;$()]|--|\/\*/)
      w = p ? substr(rest, 1, p - 1) : rest
      if (!is_open && w ~ /[^ \t\r\f\v]/) open_statement(j)
      if (!p) { if (more > len) return; more_text(substr(text, more, 8000)); more += 8000; continue }
      c = substr(rest, p, 1)
      b = p > 1 ? substr(rest, p - 1, 1) : before
      bb = p > 2 ? substr(rest, p - 2, 1) : p == 2 ? before : before2
      if (c == "-") return
      if (c == "/") { state = "*"; depth = 1; eat(p + 1); continue }
      if (c == ";") {
        if (parens <= 0 && !blocks) {
          end_column = passed + p
          close_statement(j)
          if (statement_kind[nstatements] == "copy" && copying) return
        }
        eat(p)
        continue
      }
      if (c == "\\") {
        if (checking) problem(source[s], line_number[s, j], "psql's " meta_command(substr(rest, p)) " is a command for a client; a revision runs in the server")
        return
      }
      open_statement(j)
      if (c == "\047" || c == "\"") {
        if (checking && b == ":" && bb != ":") problem(source[s], line_number[s, j], "a variable of psql; a revision runs in the server")
        state = c
        if (c == "\047" && b ~ /[eE]/ && bb !~ /[A-Za-z0-9_$]/) state = "E"
        eat(p)
      } else if (c == "(") { parens++; eat(p) }
      else if (c == ")") { parens--; eat(p) }
      else if (c == "$") {
        w = substr(rest, p, 70)
        if (b !~ /[A-Za-z0-9_$]/ && match(w, /^\$([A-Za-z_][A-Za-z0-9_]*)?\$/)) { tag = substr(w, 1, RLENGTH); state = "$"; eat(p + RLENGTH - 1) }
        else eat(p)
      } else {
        w = substr(rest, p, 100)
        match(w, /^[A-Za-z0-9_$]+/)
        w = substr(w, 1, RLENGTH)
        # nextval or x1: the end of something that is no word here
        if (b !~ /[0-9$]/) hear(toupper(w))
        eat(p + RLENGTH - 1)
      }
      continue
    }
    if (state == "*") {
      if (p = match(rest, /\/\*|\*\//)) {
        depth += substr(rest, p, 1) == "/" ? 1 : -1
        if (!depth) state = ""
        eat(p + 1)
        continue
      }
    } else if (state == "E") {
      if (p = match(rest, /\\.?|\047\047|\047/)) {
        if (substr(rest, p, RLENGTH) == "\047") state = ""
        eat(p + RLENGTH - 1)
        continue
      }
    } else if (p = index(rest, state == "$" ? tag : state)) {
      eat(p + (state == "$" ? length(tag) : 1) - 1)
      state = ""
      continue
    }
    if (more > len) return
    more_text(substr(text, more, 8000)); more += 8000
  }
}
# A word outside quotes.  Most statements are known by their first words; only a
# function may have statements inside, and COPY tells late where it reads from.
function hear(w) {
  if (in_function && parens <= 0) {
    if (w == "BEGIN" || w == "CASE" && blocks) blocks++
    else if (w == "END" && blocks) blocks--
  } else if (in_function && blocks) {
    if (w == "CASE") blocks++
    else if (w == "END") blocks--
  }
  if (parens > 0) return
  if (nhead < 6 || in_copy) { head = head " " w; nhead++ }
  if (nhead == 1) in_copy = w == "COPY"
  if (nhead < 6) { if (head ~ /^ CREATE( OR REPLACE)? (FUNCTION|PROCEDURE)$/) in_function = 1 }
  else if (!in_copy && !in_function) listening = 0
}
function meta_command(text) {
  text = trim(text)
  return length(text) > 60 ? substr(text, 1, 57) "..." : text
}

