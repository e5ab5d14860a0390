#!/bin/sh
# Does the README tell the truth?  See readme.py.
exec python3 "$(dirname "$0")/readme.py" "$@"
