# --- the command line ------------------------------------------------------------
# Which command knows which options, and what was probably meant by a word that none knows.

# Which options has a command?  Every one has --dir and --help.
has_option() { # has_option COMMAND OPTION
  case $1:$2 in
    *:--dir | *:--help) ;;
    approve:--message) ;;
    apply:--baseline | apply:--online | apply:--backup | apply:--prune | apply:--output | apply:--wait | apply:--tag | apply:--dry-run) ;;
    backup:--output | backup:--dry-run) ;;
    check:--model) ;;
    create:--model | create:--up | create:--down | create:--edit | create:--head | create:--splice | create:--branch-label | \
      create:--depends-on | create:--rev-id | create:--dry-run) ;;
    create:--ignore | check:--ignore | diff:--ignore | drift:--ignore | verify:--ignore | squash:--ignore | record:--ignore | init:--ignore | \
      init:--schema | init:--all-schemas | \
      create:--schema | check:--schema | diff:--schema | drift:--schema | verify:--schema | squash:--schema | \
      create:--all-schemas | check:--all-schemas | diff:--all-schemas | drift:--all-schemas | verify:--all-schemas | \
      squash:--all-schemas | create:--rename | check:--rename | diff:--rename | \
      record:--schema | record:--all-schemas | record:--rename | record:--message | record:--rev-id | record:--dry-run | \
      create:--message | create:--version-path | create:--sql | create:--autogenerate | current:--check-heads | current:--head-only | \
      history:--rev-range | history:--indicate-current | branches:--verbose | stamp:--tag | graph:--format | \
      diff:--model | plan:--sql | squash:--message | squash:--rev-id | squash:--dry-run | restore:--dry-run | ensure_version:--sql | \
      check:--tag | upgrade:--prune | upgrade:--backup | upgrade:--wait | upgrade:--baseline) ;;
    current:--verbose | heads:--verbose | heads:--resolve-dependencies | history:--verbose | show:--sql) ;;
    downgrade:--online | downgrade:--sql | downgrade:--tag | downgrade:--dry-run) ;;
    detach:--dry-run | export:--force | export:--format | export:--dry-run) ;;
    init:--no-baseline | init:--dry-run) ;;
    load:--sql | load:--verbose | load:--dry-run) ;;
    mark-current:--dry-run) ;;
    merge:--message | merge:--splice | merge:--branch-label | merge:--rev-id | merge:--dry-run) ;;
    facts:--output | impact:--facts | impact:--queries | review:--facts | report:--facts | review:--fail-on | report:--fail-on | report:--format | report:--output) ;;
    rebase:--dry-run | remove:--dry-run | repair:--message | repair:--dry-run) ;;
    stamp:--purge | stamp:--sql | stamp:--dry-run) ;;
    upgrade:--online | upgrade:--sql | upgrade:--tag | upgrade:--dry-run) ;;
    wait:--timeout) ;;
    *) return 1 ;;
  esac
}
most_operands() { # most_operands COMMAND
  case $1 in
    load | merge | remove | repair) echo 100000 ;;
    rebase | resolve | squash) echo 2 ;;
    stamp) echo 100000 ;;
    apply | approve | check | create | downgrade | dry-run | edit | export | history | impact | init | log | plan | preflight | record | rehearse | report | restore | review | show | \
      upgrade | verify) echo 1 ;;
    *) echo 0 ;;
  esac
}

AUTOGENERATE='' CHECK_HEADS='' DIRECTORY_SAID='' FORMAT='' IGNORED='' RANGE='' RENAMES='' SCHEMAS=''
BACKUP='' BASELINE='' DEPENDS_ON='' DOWN='' DRY_RUN='' EDIT='' FACTS='' FAIL_ON='' FORCE='' HEAD='' LABELS='' MESSAGE='' MODEL=''
NO_BASELINE='' ONLINE='' OUTPUT='' PRUNE='' PURGE='' QUERIES='' RESOLVE='' REV_ID='' SPLICE='' SQL='' TAG='' TIMEOUT='' UP='' VERBOSE='' WAIT=''
set_directory "${MIGRATIONS_DIR:-migrations}"

# Words that are nearly the one that was typed: one letter more, less, other, or two swapped.
similar() { # similar WORD WORDS
  WORD=$1 WORDS=$2 LC_ALL=C awk '
    function distance(a, b, i, j, d, cost) {
      for (i = 0; i <= length(a); i++) d[i, 0] = i
      for (j = 0; j <= length(b); j++) d[0, j] = j
      for (i = 1; i <= length(a); i++)
        for (j = 1; j <= length(b); j++) {
          cost = substr(a, i, 1) != substr(b, j, 1)
          d[i, j] = d[i - 1, j - 1] + cost
          if (d[i - 1, j] + 1 < d[i, j]) d[i, j] = d[i - 1, j] + 1
          if (d[i, j - 1] + 1 < d[i, j]) d[i, j] = d[i, j - 1] + 1
          if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j - 1, 1) && substr(a, i - 1, 1) == substr(b, j, 1) && d[i - 2, j - 2] + 1 < d[i, j])
            d[i, j] = d[i - 2, j - 2] + 1
        }
      return d[length(a), length(b)]
    }
    BEGIN {
      word = tolower(ENVIRON["WORD"])
      n = split(ENVIRON["WORDS"], words, " ")
      best = 3
      for (k = 1; k <= n; k++) {
        if (length(word) > 2 && index(words[k], word) == 1) near = 1
        else near = distance(word, words[k])
        if (near < best && near < length(word)) { best = near; found = words[k] }
      }
      print found
    }'
}
COMMANDS='init status create apply downgrade check load export edit merge rebase remove repair upgrade stamp mark-current
  current heads history show branches graph plan review preflight impact rehearse report facts approve record dry-run log progress resolve diff drift verify squash backup restore detach wait import'
OPTIONS='--all-schemas --ignore --rename --schema --autogenerate --backup --baseline --branch-label --check-heads --depends-on --dir --directory --down --dry-run --edit --facts --fail-on --force
  --format --head --head-only --help --indicate-current --message --model --no-baseline --online --output --prune --purge --queries --resolve-dependencies
  --rev-id --rev-range --splice --sql --tag --timeout --up --verbose --wait --version'

