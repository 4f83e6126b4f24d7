#!/bin/sh
# embed-templates.sh FILE... - prints a C table of texts: templates/LANG/NAME.txt compiled in
set -e
echo "/* made by build-aux/embed-templates.sh; edit the files in templates/ instead */"
echo "#include \"mail/template_texts.h\""
echo "const struct template_text TEMPLATE_TEXTS[] = {"
for file; do
        folder=${file%/*}
        name=${file##*/}
        echo "        { \"${folder##*/}\", \"${name%.txt}\","
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/          "/' -e 's/$/\\n"/' "$file"
        echo "        },"
done
echo "        { 0 } };"
