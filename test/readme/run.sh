#!/bin/sh
# Do the documents tell the truth?  See readme.py.
exec python3 "$(dirname "$0")/readme.py" "$@"
