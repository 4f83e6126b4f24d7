/* deny.h - which networks may be denied, lists of them as others publish them, and what of a deny list wants a person's eye
 * A list has a network a line: "192.0.2.0/24 ; SBL1", "2001:db8::/32 # who says so", "192.0.2.7 any text". */
#ifndef LISTD_POLICY_DENY_H
#define LISTD_POLICY_DENY_H

#include "base/conf.h"
#include "base/net.h"
#include "store/deny.h"

enum {
        DENY_FILE_MAX = 16 * 1024 * 1024, /* octets */
        DENY_FILE_NETWORKS_MAX = 200000,
        DENY_LINE_MAX = 1000,     /* octets */
        DENY_REASON_MAX = 200,    /* octets */
        DENY_BAD_SHARE = 20,      /* more than one line in so many that is no network: it is no such list */
        DENY_PROBLEMS_MAX = 20,   /* that are told */
        DENY_V4_BITS_LEAST = 8,   /* wider networks hold too many of the innocent */
        DENY_V6_BITS_LEAST = 16,
        DENY_LABEL_MAX = 30
};

/* ERR_PERM for a network that is too wide, or where we, or MTAs of ours, are: it says which. */
MUST_USE bool deny_may(const struct conf *conf, const struct network *network, struct err *ret_err);
/* A letter, then a-z, 0-9 and -: so no label is an address. ERR_USAGE. */
MUST_USE bool deny_label_check(const char *label, struct err *ret_err);
/* One line of UTF-8, of at most DENY_REASON_MAX octets. */
bool deny_reason_is_plain(const char *reason);

struct deny_problem {
        size_t line;
        char *reason;
};

struct deny_file {
        GArray *items;       /* struct deny_item, as they stand there; the reason is what stands behind, "" for nothing readable */
        size_t lines;        /* with something on them */
        size_t bad;          /* of these: no network */
        size_t refused;      /* of these: deny_may() says no */
        size_t masked;       /* of these: with bits behind the prefix, which were cleared */
        GPtrArray *problems; /* struct deny_problem, the first DENY_PROBLEMS_MAX */
};

/* Takes a list apart. On failure too *ret_file has what was wrong with it; the caller frees both. ERR_PERM: there is no network in it,
 * too many, or too many lines that are none. */
MUST_USE bool deny_file_parse(struct deny_file **ret_file, const struct conf *conf, const char *text, size_t length, struct err *ret_err);
void deny_file_free(struct deny_file *file);

/* What of an entry of an admin wants a look. */
enum deny_matter {
        DENY_MATTER_NONE,
        DENY_MATTER_ENDS,      /* within DENY_ENDS_SOON */
        DENY_MATTER_PROBATION, /* let in again */
        DENY_MATTER_IDLE,      /* for DENY_IDLE it refused nobody */
        DENY_MATTERS
};
enum { DENY_ENDS_SOON = 7 * 86400, DENY_IDLE = 90 * 86400 };
extern const char *const DENY_MATTER_WORDS[]; /* "" for none */
enum deny_matter deny_matter(const struct deny_entry *entry, int64_t now);

#endif
