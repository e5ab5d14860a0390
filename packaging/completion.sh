#!/bin/sh
# What bash and zsh complete after "migrate.sh", made of what "migrate.sh --help" says, so that a
# new command or option is known without anybody's thinking of it.
#
#   packaging/completion.sh bash >/usr/share/bash-completion/completions/migrate.sh
#   packaging/completion.sh zsh >/usr/share/zsh/vendor-completions/_migrate.sh
set -eu
cd "$(dirname "$0")/.."

commands=$(scripts/migrate.sh --help | sed -n '/^Every day/,/^"migrate.sh COMMAND/s/^  \([a-z].*\)/\1/p' |
  sed -e 's/   .*//' -e 's/ \[.*//' -e 's/ [A-Z].*//' -e 's/,//g' | tr '\n' ' ')
options_of() { # options_of COMMAND
  if [ "$1" = import ]; then scripts/migrate-import.sh --help; else scripts/migrate.sh "$1" --help; fi |
    grep -oE -e '--[a-z][a-z-]*' | sort -u | grep -vx -e --dir -e --help | tr '\n' ' '
}
cases() {
  for command in $commands; do
    options=$(options_of "$command")
    # shellcheck disable=SC2016 # for the shell that completes
    [ -z "$options" ] || printf '    %s) options="$options %s" ;;\n' "$command" "${options% }"
  done
}

case ${1-} in
  bash)
    cat <<EOF
# Completion of migrate.sh for bash; made by packaging/completion.sh.
_migrate_sh() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' options='--dir --help' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -d | --dir | --directory) i=\$((i + 1)) ;;
      -*) ;;
      *)
        command=\${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  case \$before in
    -d | --dir | --directory | -o | --output)
      mapfile -t COMPREPLY < <(compgen -d -- "\$word")
      return
      ;;
    --model | --up | --down | --upgrade-sql | --downgrade-sql)
      mapfile -t COMPREPLY < <(compgen -f -- "\$word")
      return
      ;;
  esac
  case \$command in
    '') options="$commands --dir --help --version" ;;
$(cases)
  esac
  mapfile -t COMPREPLY < <(compgen -W "\$options" -- "\$word")
  if [ -n "\$command" ] && [ "\${word#-}" = "\$word" ]; then
    case \$command in
      init | import | export | load | restore) mapfile -t COMPREPLY < <(compgen -f -- "\$word") ;;
      resolve) mapfile -t COMPREPLY < <(compgen -W "applied rolled_back" -- "\$word") ;;
      *) COMPREPLY=() ;;
    esac
  fi
}
complete -o filenames -F _migrate_sh migrate.sh
EOF
    ;;
  zsh)
    cat <<EOF
#compdef migrate.sh
# Completion of migrate.sh for zsh; made by packaging/completion.sh.
local options='--dir --help' command='' before=\${words[CURRENT - 1]}
integer i
for ((i = 2; i < CURRENT; i++)); do
  case \${words[i]} in
    -d | --dir | --directory) (( i++ )) ;;
    -*) ;;
    *)
      command=\${words[i]}
      break
      ;;
  esac
done
case \$before in
  -d | --dir | --directory | -o | --output)
    _files -/
    return
    ;;
  --model | --up | --down | --upgrade-sql | --downgrade-sql)
    _files
    return
    ;;
esac
case \$command in
  '') options="$commands --dir --help --version" ;;
$(cases)
esac
if [[ -z \$command || \${words[CURRENT]} == -* ]]; then
  compadd -- \${=options}
else
  case \$command in
    init | import | export | load | restore) _files ;;
    resolve) compadd applied rolled_back ;;
  esac
fi
EOF
    ;;
  *)
    echo 'Usage: packaging/completion.sh bash|zsh' >&2
    exit 2
    ;;
esac
