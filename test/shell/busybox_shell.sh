# SHELL_UNDER_TEST=busybox: its shell, and its tools instead of those of the system, as an image of Alpine
# has them.  Sourced, never run.
# shellcheck shell=sh

use_busybox() { # use_busybox DIR: a directory of links, and SHELL_UNDER_TEST, which looks there before the PATH that was
  busybox=$(command -v busybox) || {
    echo "Bail out! there is no busybox"
    exit 1
  }
  chmod 755 "${1%/*}"
  mkdir "$1"
  for tool in $("$busybox" --list); do ln -s "$busybox" "$1/$tool"; done
  # what a test puts before that PATH goes on being first
  # shellcheck disable=SC2016 # for the other shell
  printf '#!/bin/sh\nbefore=${PATH%%"%s"}\nPATH=$before%s:${PATH#"$before"} exec %s/sh "$@"\n' "$PATH" "$1" "$1" >"$1.sh"
  chmod 755 "$1" "$1.sh"
  # shellcheck disable=SC2034 # for who calls this
  SHELL_UNDER_TEST=$1.sh
}
