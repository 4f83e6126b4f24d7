#!/bin/sh
# embed-sql.sh NAME FILE... - prints a C table of SQL texts, in the order given: schema and migrations compiled in
set -e
name=$1
shift
echo "/* made by build-aux/embed-sql.sh; edit the files in db/ instead */"
echo "#include \"store/migrations.h\""
echo "const char *const $name[] = {"
for file; do
        echo "        /* ${file##*/} */"
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/        "/' -e 's/$/\\n"/' "$file"
        echo "        ,"
done
echo "        (const char *) 0 };"
