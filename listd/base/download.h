/* download.h - a file from a web server: for listctl and fetch, and never for a process that talks to strangers (tests/lint/facts.py)
 * https and http only, and a redirection stays within what the address began with or goes to https. Certificates are verified against
 * those of the system. Nothing of the environment or of a home folder is read: no proxy, no .netrc. */
#ifndef LISTD_BASE_DOWNLOAD_H
#define LISTD_BASE_DOWNLOAD_H

#include <signal.h>
#include <stddef.h>

#include "base/err.h"

enum { DOWNLOAD_URL_MAX = 2000, DOWNLOAD_TAG_MAX = 256 };

struct download_limits {
        size_t octets;
        int seconds;      /* for all of it */
        int idle_seconds; /* without anything worth mentioning */
        const volatile sig_atomic_t *must_stop; /* NULL: nothing ends it before its time */
};

struct download {
        bool is_same; /* 304: it is as it was when the server said these; then there is no body */
        char *etag, *modified; /* what the server says of it, "" for nothing */
        char *body; /* a NUL stands behind */
        size_t length;
};

/* Whether it begins as an address that download_get() takes. */
bool download_is_url(const char *text);

/* `etag` and `modified` are what a download before has given; "": none. Freed with download_clear(), on failure too. ERR_USAGE for
 * what is no such address, ERR_TEMP for all else; the text names the server's words as little as can be. */
MUST_USE bool download_get(struct download *ret_download, const char *url, const char *etag, const char *modified,
                           const struct download_limits *limits, struct err *ret_err);
void download_clear(struct download *download);

#endif
