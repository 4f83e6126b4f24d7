#!/bin/sh
# embed-text.sh NAME HEADER FILE - prints a C table of the lines of a file: NAME[], declared in HEADER; NULL at its end
set -e
echo "/* made by build-aux/embed-text.sh; edit ${3##*/} instead */"
echo "#include \"$2\""
echo "const char *const $1[] = {"
sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/        "/' -e 's/$/\\n",/' "$3"
echo "        0 };"
