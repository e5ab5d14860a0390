#!/bin/sh
# The migrations of real projects, see projects.py.
exec python3 "$(dirname "$0")/projects.py" "$@"
