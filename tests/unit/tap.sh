#!/bin/sh
# tap.sh - runs the unit test that is its arguments; a skipped test is an "ok" in TAP, where cmocka 1.1 says "not ok N # SKIP"
{ status=$( { { "$@"; echo $? >&3; } | sed 's/^not ok \(.*# SKIP\)/ok \1/' >&4; } 3>&1 ); } 4>&1
exit "$status"
