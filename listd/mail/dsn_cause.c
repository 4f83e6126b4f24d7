/* dsn_cause.c - why a message did not arrive, from a status or from words
 * Gives:     dsn_cause()
 * Standards: RFC 3463 3 (enhanced status codes), 5248 (their registry)
 * A phrase is found by plain search; the first row that is in the text decides. */
#include "mail/dsn.h"

const char *const DSN_CAUSE_WORDS[] = { "unknown",   "no such mailbox", "mailbox full", "mailbox disabled", "too large",
                                           "taken for spam", "refused by policy", "no such domain", "network trouble", NULL };

static const struct {
        int subject, detail;
        enum dsn_cause cause;
} STATUS[] = {
        { 1, 1, CAUSE_NO_MAILBOX }, { 1, 6, CAUSE_NO_MAILBOX }, { 1, 10, CAUSE_NO_MAILBOX }, { 1, 2, CAUSE_NO_HOST },
        { 2, 1, CAUSE_DISABLED },   { 2, 2, CAUSE_FULL },       { 2, 3, CAUSE_SIZE },        { 3, 4, CAUSE_SIZE },
        { 4, 1, CAUSE_NETWORK },    { 4, 2, CAUSE_NETWORK },    { 4, 4, CAUSE_NO_HOST },     { 4, 7, CAUSE_NETWORK },
        { 7, 1, CAUSE_POLICY },     { 7, 20, CAUSE_POLICY },    { 7, 23, CAUSE_POLICY },     { 7, 25, CAUSE_POLICY },
        { 7, 26, CAUSE_POLICY },    { 7, 9, CAUSE_POLICY },
};

static const struct {
        const char *phrase;
        enum dsn_cause cause;
} PHRASES[] = {
        { "quota", CAUSE_FULL }, { "mailbox full", CAUSE_FULL }, { "mailbox is full", CAUSE_FULL }, { "folder is full", CAUSE_FULL },
        { "too much mail", CAUSE_FULL }, { "space not enough", CAUSE_FULL }, { "account is disabled", CAUSE_DISABLED },
        { "account has been disabled", CAUSE_DISABLED }, { "suspended", CAUSE_DISABLED }, { "inactive", CAUSE_DISABLED },
        { "message size", CAUSE_SIZE }, { "too large", CAUSE_SIZE }, { "too big", CAUSE_SIZE }, { "spam", CAUSE_SPAM },
        { "unsolicited", CAUSE_SPAM }, { "reputation", CAUSE_SPAM }, { "virus", CAUSE_POLICY }, { "blacklist", CAUSE_POLICY },
        { "blocked", CAUSE_POLICY }, { "policy", CAUSE_POLICY }, { "spf", CAUSE_POLICY }, { "dmarc", CAUSE_POLICY },
        { "relay access denied", CAUSE_POLICY }, { "host unknown", CAUSE_NO_HOST }, { "host not found", CAUSE_NO_HOST },
        { "domain does not exist", CAUSE_NO_HOST }, { "unknown host", CAUSE_NO_HOST }, { "timed out", CAUSE_NETWORK },
        { "connection refused", CAUSE_NETWORK }, { "lost connection", CAUSE_NETWORK }, { "unknown user", CAUSE_NO_MAILBOX },
        { "user unknown", CAUSE_NO_MAILBOX }, { "no such user", CAUSE_NO_MAILBOX }, { "no mailbox", CAUSE_NO_MAILBOX },
        { "not found", CAUSE_NO_MAILBOX }, { "not listed", CAUSE_NO_MAILBOX }, { "does not exist", CAUSE_NO_MAILBOX },
        { "doesn't have", CAUSE_NO_MAILBOX }, { "invalid recipient", CAUSE_NO_MAILBOX }, { "not recognized", CAUSE_NO_MAILBOX },
};

enum dsn_cause dsn_cause(const int status[3], const char *text, size_t length)
{
        for (size_t i = 0; status[0] && i < G_N_ELEMENTS(STATUS); i++)
                if (STATUS[i].subject == status[1] && STATUS[i].detail == status[2])
                        return STATUS[i].cause;
        char *lower = g_ascii_strdown(text, (gssize) length);
        enum dsn_cause cause = CAUSE_UNKNOWN;
        for (size_t i = 0; cause == CAUSE_UNKNOWN && i < G_N_ELEMENTS(PHRASES); i++)
                if (strstr(lower, PHRASES[i].phrase))
                        cause = PHRASES[i].cause;
        g_free(lower);
        return cause;
}
