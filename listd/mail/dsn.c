/* dsn.c - mail that says what became of other mail: who is asked what it is, in which order
 * Gives:     dsn_read(), dsn_clear(), dsn_recogniser(), dsn_add(), dsn_cause_of_text()
 * Standards: RFC 3463 (status), 3464, 5965, 6522, 6533; RFC 5321 4.2 (reply codes)
 * What is made for programs comes first, free words last. An address is taken only from a place where a recogniser
 * expects one, and never when the report is to it or from it. */
#include "mail/dsn_inside.h"

#include "mail/address.h"

const char *const DSN_KIND_WORDS[] = { "none", "failure", "delayed", "delivered", "complaint", "automatic", NULL };

/* `is_sure`: the place alone says that it is a recipient, even where it is the address that the report is to or from. */
static const struct {
        const char *name;
        bool (*read)(struct dsn *dsn, const struct dsn_text *text);
        bool is_sure;
} RECOGNISERS[] = {
        { "feedback", dsn_feedback, false },
        { "machine-readable", dsn_machine, true },
        { "exim", dsn_exim, true },
        { "exchange", dsn_exchange, false },
        { "aol", dsn_aol, false },
        { "notification", dsn_notification, false },
        { "json", dsn_json, true },
        { "paragraphs", dsn_paragraphs, true },
        { "listed", dsn_listed, true },
        { "transcript", dsn_transcript, true },
        { "phrases", dsn_phrases, false },
        { "automatic", dsn_automatic, false },
        { "subject", dsn_subject, false },
};
static const char ORIGINAL[] = "original";

/* --- status and reply codes in words ------------------------------------------------------ */

static bool is_digit_at(const char *at, const char *end)
{
        return at < end && g_ascii_isdigit(*at);
}

/* d.d.d with at most three digits each (RFC 3463 2); returns its length, or 0. */
static size_t read_status(const char *at, const char *end, int ret_status[3])
{
        const char *start = at;
        for (int i = 0; i < 3; i++) {
                int value = 0, digits = 0;
                for (; is_digit_at(at, end) && digits < 4; at++, digits++)
                        value = value * 10 + (*at - '0');
                if (!digits || digits > 3 || (i < 2 && (at == end || *at++ != '.')))
                        return 0;
                ret_status[i] = value;
        }
        const bool is_class = ret_status[0] == 2 || ret_status[0] == 4 || ret_status[0] == 5;
        return !is_class || (at < end && (*at == '.' || g_ascii_isalnum(*at))) ? 0 : (size_t) (at - start);
}

static void find_status(const char *text, size_t length, int ret_status[3], int *ret_reply)
{
        const char *end = text + length;
        *ret_reply = 0;
        memset(ret_status, 0, 3 * sizeof *ret_status);
        for (const char *at = text; at < end; at++) {
                int status[3];
                const bool starts = is_digit_at(at, end) && (at == text || (!g_ascii_isalnum(at[-1]) && !strchr(".@-", at[-1])));
                if (!starts)
                        continue;
                if (!ret_status[0] && read_status(at, end, status))
                        memcpy(ret_status, status, sizeof status);
                const bool is_reply = end - at >= 3 && (*at == '4' || *at == '5') && is_digit_at(at + 1, end) && at[1] <= '5' &&
                                      is_digit_at(at + 2, end) && (end - at == 3 || strchr(" -:,\n;'", at[3]));
                if (!*ret_reply && is_reply)
                        *ret_reply = *at - '0';
        }
}

/* Words of who gave up after trying for long: the mailbox may be a good one. For texts without a number. */
static bool is_given_up(const char *text, size_t length)
{
        static const char *const words[] = {
                "retry timeout exceeded", "retry time not reached", "envelope expired", "message expired", "for the last", "giving up.",
                "attempts:", "was aborted after", "were aborted after", "requests to connect", "connection timed out", "unable to connect",
                "could not be delivered for", "connection refused", "queue too long", "too long in the queue", "been in the queue",
                "host not reachable", "network error", "temporary", "temporarily", "delivery time expired", "timed out",
        };
        char *lower = g_ascii_strdown(text, (gssize) length);
        bool found = false;
        for (size_t i = 0; !found && i < G_N_ELEMENTS(words); i++)
                found = strstr(lower, words[i]);
        g_free(lower);
        return found;
}

/* A status of its own in what the other host said: it overrules the one of who reports (some are told to make 4 of each 5). */
static bool is_refused_for_good(const char *about, size_t length)
{
        const char *diagnostic = memchr(about, '\n', length);
        int status[3], reply;
        if (!diagnostic)
                return false;
        find_status(diagnostic, length - (size_t) (diagnostic - about), status, &reply);
        return status[0] == 5 && reply == 5;
}

static enum dsn_lasting lasting_of(const struct dsn_recipient *recipient, int reply, const char *about, size_t length)
{
        if (recipient->kind == DSN_DELAYED)
                return LASTING_TEMPORARY;
        if (recipient->kind != DSN_FAILURE)
                return LASTING_UNKNOWN;
        const int class = recipient->status[0] ? recipient->status[0] : reply;
        if (class == 0)
                return is_given_up(about, length) ? LASTING_TEMPORARY : LASTING_PERMANENT;
        return class == 4 && !is_refused_for_good(about, length) ? LASTING_TEMPORARY : LASTING_PERMANENT;
}

enum dsn_cause dsn_cause_of_text(const char *text)
{
        int status[3], reply;
        find_status(text, strlen(text), status, &reply);
        return dsn_cause(status, text, strlen(text));
}

/* --- recipients ----------------------------------------------------------------------------- */

static bool is_known(const struct dsn *dsn, const struct dsn_text *text, const struct address *address)
{
        for (guint i = 0; !text->is_sure && i < text->ours->len; i++)
                if (strcmp(text->ours->pdata[i], address->fold) == 0)
                        return true;
        for (size_t i = 0; i < dsn->count; i++)
                if (strcmp(dsn->recipients[i].address->fold, address->fold) == 0)
                        return true;
        return false;
}

void dsn_add(struct dsn *dsn, const struct dsn_text *text, struct address *address, enum dsn_kind kind,
                const char *about, size_t length)
{
        if (dsn->count == DSN_RECIPIENTS_MAX || is_known(dsn, text, address)) {
                address_free(address);
                return;
        }
        struct dsn_recipient *recipient = &dsn->recipients[dsn->count++];
        int reply;
        *recipient = (struct dsn_recipient) { .address = address, .kind = kind };
        find_status(about, length, recipient->status, &reply);
        recipient->lasting = lasting_of(recipient, reply, about, length);
        recipient->cause = dsn_cause(recipient->status, about, length);
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum dsn_kind gravest(const struct dsn *dsn)
{
        enum dsn_kind kind = DSN_NONE;
        for (size_t i = 0; i < dsn->count; i++)
                if (kind == DSN_NONE || dsn->recipients[i].kind < kind)
                        kind = dsn->recipients[i].kind;
        return kind;
}

static void ask_all(struct dsn *dsn, struct dsn_text *text)
{
        for (size_t i = 0; !dsn->recogniser && i < G_N_ELEMENTS(RECOGNISERS); i++) {
                text->is_sure = RECOGNISERS[i].is_sure;
                if (RECOGNISERS[i].read(dsn, text))
                        dsn->recogniser = RECOGNISERS[i].name;
        }
}

/* A report may come back in another message: what nobody knows by its own parts is known by those of the message in it. The address that
 * the message was sent to is the last thing that is believed. */
void dsn_read(struct dsn *ret_dsn, const struct message *message)
{
        *ret_dsn = (struct dsn) { 0 };
        for (int inner = 0; inner < 2 && !ret_dsn->recogniser; inner++) {
                struct dsn_text text;
                dsn_text_open(&text, message, inner);
                ask_all(ret_dsn, &text);
                dsn_text_close(&text);
        }
        if (!ret_dsn->recogniser) {
                struct dsn_text text;
                dsn_text_open(&text, message, false);
                if (dsn_original(ret_dsn, &text))
                        ret_dsn->recogniser = ORIGINAL;
                dsn_text_close(&text);
        }
        if (ret_dsn->count)
                ret_dsn->kind = gravest(ret_dsn);
}

void dsn_clear(struct dsn *dsn)
{
        for (size_t i = 0; i < dsn->count; i++)
                address_free(dsn->recipients[i].address);
        *dsn = (struct dsn) { 0 };
}

const char *dsn_recogniser(size_t index)
{
        if (index < G_N_ELEMENTS(RECOGNISERS))
                return RECOGNISERS[index].name;
        return index == G_N_ELEMENTS(RECOGNISERS) ? ORIGINAL : NULL;
}
