# --- the beginning ---------------------------------------------------------------
# From here on the script runs: the command line is read, and the command is called.

# Alembic's and Flask-Migrate's options may come before the command.
before='' directory_before=''
while :; do
  case ${1-} in
    -d | --dir | --directory)
      [ $# -gt 1 ] || bad_usage "$1 needs a value"
      directory_before=$2
      shift 2
      ;;
    --dir=* | --directory=*)
      directory_before=${1#*=}
      shift
      ;;
    -d?*)
      directory_before=${1#-d}
      shift
      ;;
    -q | --quiet | --raiseerr) shift ;;
    -n)
      # "alembic -n SECTION command"
      # shellcheck disable=SC2086 # words
      case " $(printf '%s ' $COMMANDS) migrate revision " in
        *" ${2-} "*) ;;
        *) case ${2-} in -* | '') ;; *) bad_usage "-n SECTION is for Alembic's alembic.ini, which is not here" ;; esac ;;
      esac
      before="$before $1"
      shift
      ;;
    -v | --dry-run | --verbose | --online | --sql)
      before="$before $1"
      shift
      ;;
    -c | --config | --config=* | -c?* | -x | -x?* | --x-arg | --x-arg=* | --name | --name=*)
      bad_usage "$1 is for Alembic's alembic.ini and env.py, which are not here" \
        "DATABASE_URL says which database, --dir which directory; --tag passes a text to revisions."
      ;;
    *) break ;;
  esac
done
if [ -n "$directory_before" ]; then
  set_directory "$directory_before"
  DIRECTORY_SAID=yes
fi

case ${1-} in
  '')
    general_help >&2
    exit 2
    ;;
  -h | --help | help)
    general_help
    exit 0
    ;;
  -V | --version | version)
    say "migrate.sh $VERSION"
    exit 0
    ;;
  -[0-9]*) bad_usage "$1 is a target: migrate.sh downgrade $1" ;;
  -*)
    found=$(similar "$1" "$OPTIONS")
    if [ -n "$found" ]; then bad_usage "there is no option \"$1\"; did you mean $found?"; fi
    bad_usage "there is no option \"$1\"" ;;
  # Flask-Migrate's and Alembic's words
  migrate | revision)
    [ "$1" = revision ] || AUTOGENERATE=yes
    COMMAND=create
    ;;
  list-templates | list_templates | ensure_version | ensure-version)
    COMMAND=$(printf %s "$1" | sed 's/-/_/')
    ;;
  init | status | create | apply | downgrade | check | load | export | edit | merge | rebase | remove | repair | upgrade | stamp | \
    mark-current | current | heads | history | show | branches | graph | plan | record | dry-run | review | preflight | impact | rehearse | report | facts | approve | log | progress | resolve | \
    diff | drift | verify | squash | backup | restore | detach | wait | import) COMMAND=$1 ;;
  *)
    found=$(similar "$1" "$COMMANDS")
    if [ -n "$found" ]; then bad_usage "there is no command \"$1\"; did you mean $found?"; fi
    bad_usage "there is no command \"$1\""
    ;;
esac
shift
# shellcheck disable=SC2086 # words
set -- $before "$@"

if [ "$COMMAND" = import ]; then
  [ -x "$HERE/migrate-import.sh" ] || die "migrate-import.sh is not beside this script"
  exec "$HERE/migrate-import.sh" "$@"
fi

number_is_good() {
  case $2 in
    '' | *[!0-9]* | ????????*) bad_usage "$1 needs a number of seconds, not \"$2\"" ;;
  esac
}

# What is not an option goes to the end, so that both may come in any order.
left_to_read=$#
while [ "$left_to_read" -gt 0 ]; do
  argument=$1
  shift
  left_to_read=$((left_to_read - 1))
  case $argument in
    --)
      while [ "$left_to_read" -gt 0 ]; do
        set -- "$@" "$1"
        shift
        left_to_read=$((left_to_read - 1))
      done
      break
      ;;
    -[0-9]*) # a target
      set -- "$@" "$argument"
      continue
      ;;
    --*=*) option=${argument%%=*} value=${argument#*=} has_value=yes ;;
    -dir | -directory | -dry-run | -model | -message | -online | -output | -tag | -timeout | -rev-id)
      bad_usage "$COMMAND has no option $argument; did you mean -$argument?" ;;
    # -mTEXT, and -r=RANGE as Alembic reads it
    -[dmort]?*)
      value=${argument#-?} has_value=yes
      option=${argument%"$value"}
      value=${value#=}
      ;;
    -?*) option=$argument value='' has_value='' ;;
    *)
      set -- "$@" "$argument"
      continue
      ;;
  esac
  case $option in
    -d | --directory) option=--dir ;;
    -i) option=--indicate-current ;;
    -r) option=--rev-range ;;
    -h) option=--help ;;
    -q | --quiet | --raiseerr) continue ;;
    --multidb) bad_usage "--multidb: a directory is for one database; give each its own, with --dir and DATABASE_URL" ;;
    --rename)
      case $COMMAND in drift | verify | init)
        bad_usage "$COMMAND has no --rename: what was renamed by hand is for migrate.sh record, what a model renames for create, check and diff" ;;
      esac
      ;;
    -t | --template | --package) bad_usage "$option: there are no templates; a revision file is SQL under a few lines of header" ;;
    -x | --x-arg | -c | --config) bad_usage "$option is for Alembic's alembic.ini and env.py, which are not here; --tag passes a text to revisions" ;;
    --version-path) bad_usage "--version-path: the files of all branches are in one directory, --dir" ;;
    -m) option=--message ;;
    -n) option=--dry-run ;;
    -o) option=--output ;;
    -v) option=--verbose ;;
  esac
  if ! has_option "$COMMAND" "$option"; then
    found=''
    for one in $OPTIONS; do if has_option "$COMMAND" "$one"; then found="$found $one"; fi; done
    found=$(similar "$option" "$found")
    if [ -n "$found" ]; then bad_usage "$COMMAND has no option $option; did you mean $found?"; fi
    bad_usage "$COMMAND has no option $option"
  fi
  case $option in
    --dir | --facts | --fail-on | --format | --ignore | --rev-range | --rename | --schema | --baseline | --branch-label | --depends-on | --down | --head | --message | --model | --output | --queries | --rev-id | \
      --tag | --timeout | --up | --wait)
      if [ -z "$has_value" ]; then
        [ "$left_to_read" -gt 0 ] || bad_usage "$option needs a value"
        value=$1
        shift
        left_to_read=$((left_to_read - 1))
      fi
      [ -n "$value" ] || bad_usage "$option needs a value"
      ;;
    *) [ -z "$has_value" ] || bad_usage "$option has no value" ;;
  esac
  case $option in
    --help)
      command_help "$COMMAND"
      exit 0
      ;;
    --autogenerate) AUTOGENERATE=yes ;;
    --backup) BACKUP=yes ;;
    --check-heads) CHECK_HEADS=yes ;;
    --format) FORMAT=$value ;;
    --head-only | --indicate-current) ;;
    --ignore) IGNORED=$IGNORED${IGNORED:+, }$value ;;
    --rev-range) RANGE=$value ;;
    --schema) SCHEMAS=$SCHEMAS${SCHEMAS:+,}\"$(printf '%s' "$value" | sed 's/"/""/g')\" ;;
    --all-schemas) SCHEMAS='*' ;;
    --rename)
      case $value in ?*=?*) ;; *) bad_usage "--rename needs old=new, not \"$value\"" ;; esac
      RENAMES=$RENAMES${RENAMES:+$NEWLINE}$value
      ;;
    --baseline) BASELINE=$value ;;
    --branch-label) LABELS=$LABELS${LABELS:+,}$value ;;
    --depends-on) DEPENDS_ON=$DEPENDS_ON${DEPENDS_ON:+,}$value ;;
    --dir)
      set_directory "$value"
      DIRECTORY_SAID=yes
      ;;
    --down) DOWN=$value ;;
    --dry-run) DRY_RUN=yes ;;
    --edit) EDIT=yes ;;
    --queries)
      [ -r "$value" ] || die "$value cannot be read"
      QUERIES=$value
      ;;
    --facts)
      [ -r "$value" ] || die "$value cannot be read"
      FACTS=$value
      ;;
    --fail-on)
      case $value in error | warning | notice | never) ;; *) bad_usage "--fail-on needs error, warning, notice or never, not \"$value\"" ;; esac
      FAIL_ON=$value
      ;;
    --force) FORCE=true ;;
    --head) HEAD=$HEAD${HEAD:+,}$value ;;
    --message) MESSAGE=$value ;;
    --model) MODEL=$value ;;
    --no-baseline) NO_BASELINE=yes ;;
    --online) ONLINE=yes ;;
    --output) OUTPUT=$value ;;
    --prune) PRUNE=yes ;;
    --purge) PURGE=true ;;
    --resolve-dependencies) RESOLVE=true ;;
    --rev-id) REV_ID=$value ;;
    --splice) SPLICE=true ;;
    --sql) SQL=yes ;;
    --tag) TAG=$value ;;
    --timeout)
      number_is_good "$option" "$value"
      TIMEOUT=$value
      ;;
    --up) UP=$value ;;
    --verbose) VERBOSE=yes ;;
    --wait)
      number_is_good "$option" "$value"
      WAIT=$value
      ;;
  esac
done
[ $# -le "$(most_operands "$COMMAND")" ] || bad_usage "$COMMAND: too many arguments"
for argument; do
  [ -n "$argument" ] || bad_usage "$COMMAND: an argument is empty"
done

case $COMMAND in
  history)
    if [ -n "$RANGE" ]; then
      [ $# -eq 0 ] || bad_usage "history: the range is there twice"
      set -- "$RANGE"
    fi
    ;;
  # "alembic init DIR"
  init)
    if [ $# -gt 0 ]; then set_directory "$1"; shift; fi
    ;;
  # "alembic stamp A B", "revision --sql"
  stamp) if [ $# -gt 1 ]; then set -- "$(IFS=, && printf '%s' "$*")"; fi ;;
  create) if [ -n "$SQL" ]; then DRY_RUN=yes; fi ;;
  export)
    if [ -n "$FORMAT" ]; then
      begin_format "$@"
      set --
    fi
    ;;
esac

connect_settings
prepare_command
case $COMMAND in
  mark-current) cmd_mark_current ;;
  dry-run) cmd_dry_run "$@" ;;
  *) "cmd_$COMMAND" "$@" ;;
esac
