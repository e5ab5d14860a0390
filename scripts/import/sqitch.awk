# --- Sqitch ----------------------------------------------------------------------
# A plan with dependencies and tags, and scripts of three kinds.

# Sqitch: the plan says everything; a change that was reworked has its older
# versions in files called NAME@TAG.
function collect_sqitch(   j, text, i, rest, nth, p, k, d, nd, parts, at_tag, m, found) {
  if (!read_file(ROOT "/" PLAN)) { problem(PLAN, 0, "cannot be read"); return }
  for (j = 1; j <= buffered; j++) {
    text = trim(buffer[j])
    if (text ~ /^%project=/) project = substr(text, 10)
    if (text == "" || text ~ /^[%#]/) continue
    if (text ~ /^@/) {
      sub(/^@/, "", text); sub(/[ \t].*/, "", text)
      if (!n) { problem(PLAN, j, "a tag before the first change"); continue }
      tags[n] = tags[n] (tags[n] == "" ? "" : " ") text
      tag_at[text] = n
      continue
    }
    if (text ~ /^-[ \t]*/) { problem(PLAN, j, "a change that is reverted by the plan"); continue }
    sub(/^\+[ \t]*/, "", text)
    rest = text; sub(/^[^ \t]+/, "", rest); sub(/[ \t].*/, "", text)
    nth = ++seen[text]
    i = add(text "#" nth, padded(n + 1), hash12(nth > 1 ? text "#" nth : text), text)
    change[i] = text; plan_line[i] = j
    rest = trim(rest)
    if (rest ~ /^\[/) {
      needs[i] = substr(rest, 2, index(rest, "]") - 2)
      rest = trim(substr(rest, index(rest, "]") + 1))
    }
    clock[i] = substr(rest, 1, 20); gsub(/[^0-9]/, "", clock[i]); clock[i] = clock_of(clock[i])
    if (match(rest, /# /)) { title[i] = trim(substr(rest, RSTART + 2)); gsub(/\\[nr]/, " ", title[i]); gsub(/\\\\/, "\\", title[i]) }
  }
  for (i = 1; i <= n; i++) {
    title[i] = change[i] (title[i] == "" ? "" : ": " title[i])
    p = sqitch_suffix(i)
    up_file[i] = DEPLOY_DIR "/" change[i] p "." EXTENSION
    down_file[i] = REVERT_DIR "/" change[i] p "." EXTENSION
    nd = split(needs[i], parts, /[ \t,]+/)
    for (k = 1; k <= nd; k++) {
      d = parts[k]
      if (d ~ /^!/) { note("left out: conflict " d " of " change[i]); continue }
      if (d ~ /^[^@]*:/) {
        if (substr(d, 1, length(project) + 1) != project ":") { note("left out: " change[i] " needs " d ", which is another project"); continue }
        d = substr(d, length(project) + 2)
      }
      m = i - 1; text = d
      if (match(d, /@/)) {
        text = substr(d, 1, RSTART - 1)
        at_tag = substr(d, RSTART + 1)
        if (at_tag != "HEAD") {
          if (!(at_tag in tag_at)) { problem(PLAN, plan_line[i], "needs " d ", and there is no such tag"); continue }
          m = tag_at[at_tag]
        }
        if (text == "") { found = m; m = 0 } else found = 0
      } else found = 0
      for (; m > 0 && !found; m--) if (change[m] == text) found = m
      if (!found) problem(PLAN, plan_line[i], "needs " d ", which is not planned before it")
      else depends[i] = depends[i] (depends[i] == "" ? "" : ", ") id[found]
    }
    nd = split(tags[i], parts, " ")
    for (k = 1; k <= nd; k++) {
      d = parts[k]; gsub(/[^A-Za-z0-9_.-]/, "_", d)
      if (match(d, /-[0-9]+$/)) d = substr(d, 1, RSTART - 1) "_" substr(d, RSTART + 1)
      labels[i] = labels[i] (k > 1 ? ", " : "") (d == legal(d) || d ~ /-/ ? d : d "_")
    }
  }
  for (i = 1; i <= n; i++) { listed[up_file[i]] = 1; listed[down_file[i]] = 1 }
  for (j = 1; j <= npaths; j++)
    if ((index(path[j], DEPLOY_DIR "/") == 1 || index(path[j], REVERT_DIR "/") == 1) && is_sql(path[j]) && !(path[j] in listed))
      left_out(path[j] ": the plan has no such change")
  for (i = 1; i <= n; i++) sqitch_verify(i)
}
# To Sqitch a verify script holds if no statement of it fails, whatever the statement returns.  So
# each query becomes a question whose answer is true, and that takes all of its columns.
function sqitch_verify(i,   file, s, of, k, j, first, last, begin, text, strange) {
  file = DEPLOY_DIR; sub(/deploy$/, "verify/", file)
  file = file change[i] sqitch_suffix(i) "." EXTENSION
  if (!is_there(file) || !read_file(ROOT "/" file)) return
  s = whole_file(file)
  scan(s)
  for (k = 1; k <= nstatements; k++) {
    if (statement_kind[k] != "" && statement_kind[k] != "copy") continue
    if (statement_head[k] !~ /^ (SELECT|VALUES|TABLE|WITH)( |$)/) { strange = strange (strange == "" ? "" : ",") statement_head[k]; continue }
    if (!of) of = questions[i, "verify"] = new_section(file)
    add_line(of, "SELECT count(sqitch_verifies) >= 0 FROM (", 0)
    first = statement_first[k]; last = statement_last[k]
    for (j = first; j <= last; j++) {
      text = line_text[s, j]
      if (j == last && statement_column[k]) text = substr(text, 1, statement_column[k] - 1)
      begin = j == first && k > 1 && statement_last[k - 1] == first ? statement_column[k - 1] + 1 : 1
      add_line(of, substr(text, begin), line_number[s, j])
    }
    add_line(of, ") AS sqitch_verifies;", 0)
  }
  if (strange != "") note("left out: of " file " what is no query:" strange)
}
function is_there(file,   j) {
  for (j = 1; j <= npaths; j++) if (path[j] == file) return 1
  return 0
}
# The tags between this version of a change and the next, newest first; the first with a file counts, as for Sqitch.
function sqitch_suffix(i,   j, k, parts, np, first, file, text) {
  for (j = i + 1; j <= n && change[j] != change[i]; j++) ;
  if (j > n) return ""
  while (--j >= i) {
    np = split(tags[j], parts, " ")
    for (k = 1; k <= np; k++) {
      if (first == "") first = "@" parts[k]
      file = ROOT "/" DEPLOY_DIR "/" change[i] "@" parts[k] "." EXTENSION
      if ((getline text < file) >= 0) { close(file); return "@" parts[k] }
    }
  }
  return first
}

