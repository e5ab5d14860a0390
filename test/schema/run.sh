#!/bin/sh
# Pairs of old and new schemas, see pairs.py.
exec python3 "$(dirname "$0")/pairs.py" "$@"
