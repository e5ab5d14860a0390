# --- arguments -------------------------------------------------------------------
# What was said, and that it can be meant.

PREFIX=V PREFIX_GIVEN='' DIALECT='' OWN=''
DIR='' TOOL='' TO='' UNTIL='' IRREVERSIBLE='' DRY_RUN='' LOAD='' STAMP='' TABLE=''
UPGRADE_SQL='' DOWNGRADE_SQL='' RUN_ALEMBIC='' GRAPH_ONLY='' BY_HAND='' PERCENTS='' PRINT_HOOK=''

while [ $# -gt 0 ]; do
  case $1 in
    --*=*)
      option=${1%%=*} value=${1#*=}
      shift
      set -- "$option" "$value" "$@"
      case $option in --from | --to | --until | --irreversible | --table | --upgrade-sql | --downgrade-sql | --app | --by-hand | --percents | --prefix | --dialect | --own-transaction) ;; *) bad_usage "unknown option: $option=" ;; esac
      ;;
  esac
  case $1 in
    --from | --to | --until | --irreversible | --table | --upgrade-sql | --downgrade-sql | --app | --by-hand | --percents | \
      --prefix | --dialect | --own-transaction)
      if [ $# -lt 2 ] || [ -z "$2$(echo "$1" | sed -n 's/^--prefix$/x/p')" ]; then bad_usage "$1 needs a value"; fi
      case $1 in
        --from) TOOL=$2 ;;
        --to) TO=$2 ;;
        --until) UNTIL=$2 ;;
        --irreversible)
          IRREVERSIBLE="$IRREVERSIBLE$2
"
          ;;
        --table) TABLE=$2 ;;
        --app) export FLASK_APP="$2" ;;
        --prefix) PREFIX=$2 PREFIX_GIVEN=yes ;;
        --dialect) DIALECT=$2 ;;
        --own-transaction)
          OWN="$OWN$2
"
          ;;
        --by-hand)
          BY_HAND="$BY_HAND$2
"
          ;;
        --percents)
          case $2 in doubled | plain) PERCENTS=$2 ;; *) bad_usage "--percents $2: doubled or plain" ;; esac
          ;;
        --upgrade-sql) UPGRADE_SQL=$2 ;;
        --downgrade-sql) DOWNGRADE_SQL=$2 ;;
      esac
      shift
      ;;
    --dry-run) DRY_RUN=yes ;;
    --load) LOAD=yes ;;
    --stamp) LOAD=yes STAMP=yes ;;
    --run-alembic) RUN_ALEMBIC=yes ;;
    --graph-only) GRAPH_ONLY=yes ;;
    --print-hook) PRINT_HOOK=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*) bad_usage "unknown option: $1" ;;
    *)
      [ -z "$DIR" ] || bad_usage "one directory, please: $DIR or $1"
      DIR=$1
      ;;
  esac
  shift
done

# What makes the SQL of "alembic --sql" true.
alembic_hook() {
  cat <<'END_OF_PYTHON'
@include alembic_hook.py
END_OF_PYTHON
}

if [ -n "$PRINT_HOOK" ]; then
  alembic_hook
  exit 0
fi
[ -n "$DIR" ] || bad_usage "which directory?"
[ -d "$DIR" ] || die "no such directory: $DIR"
case $TOOL in
  '' | alembic | authelia | dbmate | diesel | drizzle | flyway | golang-migrate | goose | hasura | node-pg-migrate | popx | \
    prisma | sql-migrate | sqitch | sqlx | supabase | tern) ;;
  *) bad_usage "--from $TOOL: not a tool that is known here" ;;
esac
case $DIR in /*) ;; *) DIR=./$DIR ;; esac # an argument such as a=b is no assignment for awk
case $PREFIX in *[!A-Za-z0-9_.-]*) bad_usage "--prefix $PREFIX: letters, digits, underscores, dots and dashes" ;; esac
if [ -n "$PREFIX_GIVEN" ]; then
  TOOL=${TOOL:-flyway}
  [ "$TOOL" = flyway ] || bad_usage "--prefix is for Flyway"
fi
[ -z "$TABLE" ] || [ -n "$LOAD" ] || bad_usage "--table needs --load or --stamp"
case "
$IRREVERSIBLE" in
  *"
all
"*) [ -n "$LOAD" ] || bad_usage "--irreversible all asks the database which they are: it needs --load or --stamp" ;;
esac

HERE=$(dirname "$0")
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$TMP/out"
tab=$(printf '\t')
NEWLINE='
'

