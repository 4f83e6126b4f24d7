/* freemail.h - domains where anybody gets an address, without a name and at once (requirement D5)
 * Two sources: the base (built in, or [guard] freemail) and what an admin imported. Each is replaced as a whole, or stays. */
#ifndef LISTD_STORE_FREEMAIL_H
#define LISTD_STORE_FREEMAIL_H

#include "store/store.h"

/* The numbers are on disk: never change one. */
enum freemail_kind { FREEMAIL_NONE = 0, FREEMAIL_MAIL = 1, FREEMAIL_THROWAWAY = 2 };
enum freemail_source { FREEMAIL_BASE = 1, FREEMAIL_IMPORT = 2 };
extern const char *const FREEMAIL_KIND_WORDS[];   /* "", free-mail, throw-away, NULL */
extern const char *const FREEMAIL_SOURCE_WORDS[]; /* "", base, import, NULL */

struct freemail_domain {
        char *domain; /* A-label, lower case */
        enum freemail_kind kind;
        enum freemail_source source;
};
void freemail_domain_free(void *domain); /* for a GPtrArray of them */

struct freemail_list {
        enum freemail_source source;
        const char *origin;          /* a path or a URL; "": built in */
        const char *digest;          /* of its text */
        const char *etag, *modified; /* of a URL's answer */
        int64_t fetched;
};

/* What a domain, or the nearest domain above it, is; *ret_listed (may be NULL) is that domain, the caller's. */
MUST_USE bool freemail_find(struct store *store, const char *domain, enum freemail_kind *ret_kind, char **ret_listed,
                            struct err *ret_err);
/* Replaces a source: all of it or nothing. A domain that comes twice counts once. */
MUST_USE bool freemail_replace(struct store *store, const struct freemail_list *list, const GPtrArray *domains, struct err *ret_err);
MUST_USE bool freemail_remove(struct store *store, enum freemail_source source, struct err *ret_err);

/* What is known of a source; every text of it is the caller's to free with freemail_origin_clear(). `digest` NULL: there is none. */
struct freemail_origin {
        char *origin, *digest, *etag, *modified;
        int64_t fetched, domains;
};
MUST_USE bool freemail_origin_of(struct store *store, enum freemail_source source, struct freemail_origin *ret_origin,
                                 struct err *ret_err);
void freemail_origin_clear(struct freemail_origin *origin);

/* All of them by name: a GPtrArray of struct freemail_domain that frees them. */
MUST_USE bool freemail_all(struct store *store, GPtrArray **ret_domains, struct err *ret_err);

#endif
