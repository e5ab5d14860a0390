# --- where a command works -------------------------------------------------------
# What each command needs where the extension cannot be installed, and what to type instead of those
# that have no meaning there.

refuse_elsewhere() { # refuse_elsewhere LINE...
  complain "$COMMAND needs migrate_ext in the database, and it cannot be installed there" "$@"
  exit 1
}

prepare_command() {
  case $COMMAND in
    apply | plan) return ;; # which ask by themselves, if there is anything to do
    wait | restore | list_templates) return ;;
    load | ensure_version) [ -z "$SQL" ] || return 0 ;;
  esac
  find_where || finish $?
  [ -n "$ELSEWHERE" ] || return 0
  case $COMMAND in
    status | current | heads | history | show | branches | graph | log | verify | export | stamp)
      BRING_FILES=yes
      begin_elsewhere
      ;;
    downgrade) begin_elsewhere ;;
    # with files it is "apply"
    upgrade) if [ -n "$SQL" ] || [ ! -d "$DIR" ] || ! has_files; then
      BRING_FILES=$SQL
      begin_elsewhere
    fi ;;
    check | create | merge | rebase | mark-current)
      BRING_LIVE=${MODEL:+compared}
      begin_elsewhere bare
      ;;
    diff | drift)
      BRING_LIVE=compared
      begin_elsewhere
      ;;
    init)
      if [ "$HAD_TABLES$NO_BASELINE" = true ]; then BRING_LIVE=yes; fi
      begin_elsewhere bare
      ;;
    backup) begin_elsewhere ;;
    load) refuse_elsewhere "Every command reads the files of the directory there; migrate.sh check tries them." ;;
    ensure_version) refuse_elsewhere "The first migrate.sh apply or stamp makes the tables of schema migrate." ;;
    edit | remove) refuse_elsewhere "Change the file, or delete it: what is not applied is in the files only." ;;
    record) refuse_elsewhere "migrate.sh create --model FILE writes what a schema has that the database has not." ;;
    repair) refuse_elsewhere "migrate.sh show --sql REVISION prints what was applied: put that back into the file." ;;
    squash) refuse_elsewhere "Squash in a database that has it, and then here: migrate.sh stamp --purge REVISION" ;;
    dry-run) refuse_elsewhere "migrate.sh plan --sql prints what would be run; rehearse it on a copy that has the extension." ;;
    facts) refuse_elsewhere "It asks the server for sizes and statements by a function of the extension." ;;
    approve) refuse_elsewhere "Let the pull request with the files be what is approved." ;;
    review | preflight | impact | rehearse | report) refuse_elsewhere "migrate.sh plan --sql prints what would be run; $COMMAND it on a copy that has the extension." ;;
    detach) die "migrate_ext is not in this database" ;;
    progress) refuse_elsewhere "migrate.sh log tells what was run; pg_stat_activity has the sessions, by application_name \"migrate.sh\"." ;;
    resolve) refuse_elsewhere "Put it right by hand, and then with psql:" \
      "UPDATE migrate.log SET outcome = 'done' WHERE revision = 'REVISION' AND outcome IN ('running', 'half_done')" \
      "(or 'failed'); and if it is applied now: migrate.sh stamp REVISION" ;;
    *) refuse_elsewhere "docs/without-the-extension.md tells how to do it by hand." ;;
  esac
}
