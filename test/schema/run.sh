#!/bin/sh
# Pairs of old and new schemas, see pairs.py.
dir=$(dirname "$0")
exec python3 "$dir/pairs.py" --known "$dir/known_failures" "$@"
