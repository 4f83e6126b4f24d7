/* lost.c - the way of mail to an address that does not exist: kept for the admin, in its group
 * Gives:  way_misaddressed()
 * Fails:  when the store does
 * Whoever wrote it hears nothing, and no mail tells of it. */
#include "base/log.h"
#include "handle/work.h"
#include "mail/address.h"
#include "mail/fingerprint.h"
#include "policy/lost.h"
#include "policy/marks.h"
#include "policy/probe.h"
#include "store/domain.h"

/* The prints and what they point into. */
struct prints {
        struct lost_prints prints;
        GString *copy, *mail, *name;
        char *token;
};

static void set_print(struct prints *prints, enum lost_print print, const GString *text)
{
        prints->prints.text[print] = text->str;
        prints->prints.length[print] = text->len;
}

/* Who sent it: the return path folded, or its domain only. */
static void append_sender(GString *out, const struct work *work, bool domain_only)
{
        struct address *address;
        const char *path = work->envelope->mail_from;
        if (address_parse(&address, path, strlen(path), NULL)) {
                g_string_append(out, domain_only ? address->domain : address->fold);
                address_free(address);
        }
        g_string_append_c(out, '\n');
}

static void append_body(GString *out, const struct work *work)
{
        gsize length;
        const char *bytes = g_bytes_get_data(work->envelope->message, &length);
        const size_t body = work->message ? work->message->body : 0;
        const char *subject = work->message ? message_get(work->message, "Subject") : NULL;
        g_string_append_printf(out, "%s\n", subject ? subject : "");
        g_string_append_len(out, bytes + body, (gssize) (length - body));
}

/* A text with too few words, as an encoded one, is known by its octets and its sender only. */
static void prints_of(const struct work *work, struct prints *ret_prints)
{
        char *words = work->message ? fingerprint_words(work->message) : g_strdup("");
        char *name = g_ascii_strdown(work->recipient, -1);
        const bool has_words = strlen(words) >= FINGERPRINT_LEAST;
        *ret_prints = (struct prints){ .copy = g_string_new(NULL), .mail = g_string_new(NULL), .name = g_string_new(name) };
        append_sender(ret_prints->copy, work, false);
        g_string_append_printf(ret_prints->copy, "%s\n", name);
        append_body(ret_prints->copy, work);
        append_sender(ret_prints->mail, work, has_words);
        if (has_words)
                g_string_append(ret_prints->mail, words);
        else
                append_body(ret_prints->mail, work);
        ret_prints->token = work->message ? fingerprint_token(work->message) : NULL;
        set_print(ret_prints, PRINT_COPY, ret_prints->copy);
        set_print(ret_prints, PRINT_MAIL, ret_prints->mail);
        set_print(ret_prints, PRINT_NAME, ret_prints->name);
        ret_prints->prints.text[PRINT_TOKEN] = ret_prints->token;
        ret_prints->prints.length[PRINT_TOKEN] = ret_prints->token ? strlen(ret_prints->token) : 0;
        g_free(words);
        g_free(name);
}

static void prints_clear(struct prints *prints)
{
        g_string_free(prints->copy, TRUE);
        g_string_free(prints->mail, TRUE);
        g_string_free(prints->name, TRUE);
        g_free(prints->token);
}

/* --- the facts ------------------------------------------------------------------------------- */

static bool has_author(const struct work *work)
{
        struct address *author;
        struct err flaw;
        if (!work->message || !message_author(work->message, &author, NULL, &flaw))
                return false;
        address_free(author);
        return true;
}

/* The first of the patterns that `receive` named, which talks to strangers: NULL for none, and for what is no such name. */
static char *probe_of(const struct work *work)
{
        const char *names = work->envelope->probes;
        return names && *names && probe_names_are_clean(names) ? g_strndup(names, strcspn(names, " ")) : NULL;
}

static bool judge(const struct work *work, const struct lost_prints *prints, struct lost_verdict *ret_verdict, struct err *ret_err)
{
        struct address *address = NULL;
        GPtrArray *lists;
        struct lost_facts facts = {
                .domain = work->domain,
                .separator = work->conf->addresses == ADDRESSES_PLUS ? '+' : '-',
                .automatic = work->automatic,
                .has_author = has_author(work),
                .is_spam = work->message && work->envelope->trusted && marks_spam(work->message),
                .is_label = work->message && marks_label(work->message),
                .recipients = work->envelope->recipients->len,
        };
        if (!lost_names(work->store, prints, work->now, &facts.names, ret_err)
            || !list_public_names(work->store, work->domain, &lists, ret_err))
                return false;
        char *probe = probe_of(work);
        facts.lists = lists;
        facts.probe = probe;
        if (address_parse(&address, work->recipient, strlen(work->recipient), NULL))
                facts.local = address->local;
        lost_judge(&facts, ret_verdict);
        address_free(address);
        g_ptr_array_unref(lists);
        g_free(probe);
        return true;
}

static bool count(const struct work *work, enum lost_group group, struct err *ret_err)
{
        const struct domain_counts more = { .misaddressed = 1, .probes = group == LOST_PROBE, .spam = group == LOST_SPAM };
        return domain_count(work->store, work->domain, &more, work->now, ret_err);
}

bool way_misaddressed(struct work *work, struct err *ret_err)
{
        struct prints prints;
        struct lost_verdict verdict;
        int64_t times = 0;
        prints_of(work, &prints);
        bool ok = judge(work, &prints.prints, &verdict, ret_err);
        if (ok) {
                const struct lost_new new = {
                        .group = verdict.group,
                        .known_by = verdict.known_by,
                        .suggestion = verdict.suggestion,
                        .reason = verdict.reason,
                        .log_id = work->log_id,
                        .envelope = work_envelope(work),
                        .prints = prints.prints,
                        .now = work->now,
                };
                ok = lost_add(work->store, &new, &times, ret_err) && count(work, verdict.group, ret_err);
                g_bytes_unref(new.envelope);
        }
        prints_clear(&prints);
        if (ok)
                log_event(LOG_LEVEL_INFO, "misaddressed", "msg", work->log_id, "to", log_address(work->recipient), "group",
                          LOST_GROUP_WORDS[verdict.group], "times", log_number(times), NULL);
        return ok;
}
