/* roster.h - addresses, with names, from a file or from arguments
 * A file is CSV with a header that names a column of addresses, or has one address a line:
 *     anna@example.org
 *     anna@example.org, Anna Ames
 *     Anna Ames <anna@example.org>
 * Empty lines and lines that start with # are passed over. */
#ifndef LISTD_MAIL_ROSTER_H
#define LISTD_MAIL_ROSTER_H

#include "mail/address.h"

enum {
        ROSTER_FILE_MAX = 256 * 1024 * 1024,
        ROSTER_LINE_MAX = 4096,
        ROSTER_NAME_MAX = 200, /* octets of a name */
        ROSTER_COLUMNS_MAX = 64
};

struct roster {
        const char *next, *end;
        const char *where; /* the file's name, for messages */
        bool is_file;      /* may have a header, comments and empty lines */
        bool has_content; /* a line that counts was seen */
        bool is_csv;
        char separator;
        size_t address_column, name_column; /* of a CSV; name_column is ROSTER_COLUMNS_MAX when there is none */
        size_t line;                        /* of what roster_next() gave last, from 1 */
};

struct roster_entry {
        struct address *address;
        char *name; /* may be empty */
};

enum roster_step { ROSTER_ENTRY, ROSTER_BAD, ROSTER_END };

/* The text must outlive the roster. Arguments come as a text too: one a line, `is_file` false. */
void roster_start(struct roster *ret_roster, const char *where, const char *text, size_t length, bool is_file);
/* ROSTER_ENTRY: *ret_entry is the caller's (roster_entry_clear). ROSTER_BAD: *ret_err says what is wrong with the line;
 * the next call goes on behind it. */
enum roster_step roster_next(struct roster *roster, struct roster_entry *ret_entry, struct err *ret_err);
void roster_entry_clear(struct roster_entry *entry);

/* A name as it may be stored: one line of UTF-8, at most ROSTER_NAME_MAX octets, without white space around it. The
 * caller frees; NULL with ERR_PERM. */
char *roster_name(const char *text, size_t length, struct err *ret_err);

#endif
