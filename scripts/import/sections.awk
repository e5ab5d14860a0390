# --- sections --------------------------------------------------------------------
# Which file is read how, by its tool.

function read_migration(i) {
  if (TOOL == "alembic") return
  if (program[i]) return
  if (up_file[i] == "") up[i] = new_section("")
  else if (!read_file(ROOT "/" up_file[i])) { problem(up_file[i], 0, "cannot be read"); return }
  else read_sections(i)
  if (down_file[i] != "" && read_file(ROOT "/" down_file[i])) {
    down[i] = whole_file(down_file[i])
    if ((TOOL == "sqlx" || TOOL == "golang-migrate") && buffer[1] ~ /^-- no-transaction/ && buffered) down_mark[i] = 1
  }
}
function read_sections(i) {
  take_header(i)
  if (TOOL == "dbmate") cut_dbmate(i)
  else if (TOOL == "goose" || TOOL == "sql-migrate") cut_goose(i)
  else if (TOOL == "tern") cut_tern(i)
  else if (TOOL == "drizzle") cut_drizzle(i)
  else if (TOOL == "node-pg-migrate") cut_node(i)
  else {
    up[i] = whole_file(up_file[i])
    if ((TOOL == "sqlx" || TOOL == "golang-migrate") && buffer[1] ~ /^-- no-transaction/ && buffered) up_mark[i] = 1
  }
}
