/* csv.h - fields and rows as spreadsheets have them (RFC 4180); no field goes over several lines
 * A spreadsheet takes a field that begins with one of = + - @ for a formula, and runs it: what we write has an apostrophe before
 * such a one, which is taken off when it is read again. */
#ifndef LISTD_BASE_CSV_H
#define LISTD_BASE_CSV_H

#include <glib.h>

#include "base/err.h"

/* Takes the field at *text off, unquoted, and steps behind its separator; false when a quote is not closed or something
 * stands behind it. *ret_more: another field follows. */
MUST_USE bool csv_take(const char **text, const char *end, char separator, GString *field, bool *ret_more);

/* A row with its CRLF. */
void csv_put(GString *to, const char *const *fields, size_t count);

#endif
