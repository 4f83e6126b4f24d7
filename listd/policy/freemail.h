/* freemail.h - the list of domains where anybody gets an address, as text (db/freemail.txt explains it) */
#ifndef LISTD_POLICY_FREEMAIL_H
#define LISTD_POLICY_FREEMAIL_H

#include "store/freemail.h"

enum { FREEMAIL_FILE_MAX = 8 * 1024 * 1024, FREEMAIL_DOMAINS_MAX = 300000 };

/* The built-in list, line by line, NULL at the end. */
extern const char *const FREEMAIL_LINES[];

/* A GPtrArray of struct freemail_domain that frees them. ERR_PERM with `name` and line for what is no domain, for one that has no dot,
 * and for a text without any. Before the first section domains are of `kind`. */
MUST_USE bool freemail_parse(GPtrArray **ret_domains, const char *text, size_t length, enum freemail_kind kind, const char *name,
                             struct err *ret_err);

#endif
