#!/bin/sh
# run.sh - the tests of listctl as a program, for `make check` (arguments go to pytest)
# Debian's python3 is asked for by its path: another one in the PATH may lack pytest.
here=$(dirname "$0")
python=${LISTD_PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import pytest' 2>/dev/null; then
        echo "skipped: $python has no pytest (Debian: python3-pytest)"
        exit 77
fi
exec "$python" -B -m pytest -p no:cacheprovider -q -ra --rootdir="$here" "$here" "$@"
