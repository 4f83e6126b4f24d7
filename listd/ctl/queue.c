/* queue.c - listctl queue: messages on their way out
 * Gives:  ctl_queue_ls(), ctl_queue_show(), ctl_queue_flush(), ctl_queue_rm()
 * Fails:  ERR_NOT_FOUND when there is no message of that id */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "store/trace.h"
#include "store/waiting.h"

enum { DOMAINS_SHOWN_MAX = 50 }; /* those with the most readers */

/* The caller frees; NULL: mail of the site, or a list that is gone. */
static bool address_of(struct ctl *ctl, int64_t list_id, char **ret_address, struct err *ret_err)
{
        struct list *list = NULL;
        *ret_address = NULL;
        if (list_id && !list_get(ctl->store, list_id, &list, ret_err))
                return false;
        *ret_address = g_strdup(list ? list->address : NULL);
        list_free(list);
        return true;
}

static const struct column QUEUE_COLUMNS[] = {
        { "id", .is_right = true },       { "created" },
        { "list" },                       { "number", .is_right = true },
        { "size", .is_right = true },     { "done", .is_right = true },
        { "waiting", .is_right = true },  { "deferred", .is_right = true }, { "msg" },
};

static bool put_row(struct ctl *ctl, const struct queue_entry *entry, struct err *ret_err)
{
        char *address;
        if (!address_of(ctl, entry->list_id, &address, ret_err))
                return false;
        const struct cell row[] = {
                NUMBER(entry->message_id), TIME(entry->created),   TEXT(address),           NUMBER(entry->number),
                SIZE(entry->size),         NUMBER(entry->done),  NUMBER(entry->waiting),    NUMBER(entry->deferred),
                TEXT(entry->log_id),
        };
        output_row(ctl->output, row);
        g_free(address);
        return true;
}

bool ctl_queue_ls(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *entries;
        if (!queue_entries(ctl->store, &entries, ret_err))
                return false;
        bool ok = true;
        output_table(ctl->output, "queue", QUEUE_COLUMNS, G_N_ELEMENTS(QUEUE_COLUMNS));
        for (guint i = 0; ok && i < entries->len; i++)
                ok = put_row(ctl, entries->pdata[i], ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(entries);
        return ok;
}

/* --- one message ---------------------------------------------------------------------------------- */

/* The entry lives in *ret_entries, which the caller unrefs, on failure too. */
static const struct queue_entry *find_entry(struct ctl *ctl, GPtrArray **ret_entries, struct err *ret_err)
{
        const char *text = ctl->line->args[0];
        gint64 id;
        *ret_entries = NULL;
        if (!g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, &id, NULL)) {
                err_set(ret_err, ERR_USAGE, "'%s' is no number of a queued message ('listctl queue ls' shows them)", text);
                return NULL;
        }
        if (!queue_entries(ctl->store, ret_entries, ret_err))
                return NULL;
        for (guint i = 0; i < (*ret_entries)->len; i++) {
                const struct queue_entry *entry = (*ret_entries)->pdata[i];
                if (entry->message_id == id)
                        return entry;
        }
        err_set(ret_err, ERR_NOT_FOUND, "%s: there is no such message in the queue ('listctl queue ls' shows them)", text);
        return NULL;
}

static const struct column WAITS_COLUMNS[] = {
        { "domain" }, { "readers", .is_right = true }, { "tries", .is_right = true }, { "since" }, { "next_try" },
        { "why", .may_wrap = true },
};

/* What the relay said last to one of them stands for all, and the first time that it was put off. */
static bool put_waits(struct ctl *ctl, const struct queue_entry *entry, const struct waiting *waiting, struct err *ret_err)
{
        GPtrArray *answers;
        if (!trace_answers(ctl->store, entry->list_id, entry->message_id, waiting->member_id, &answers, ret_err))
                return false;
        const struct trace_answer *first = answers->len ? answers->pdata[0] : NULL;
        const struct trace_answer *last = answers->len ? answers->pdata[answers->len - 1] : NULL;
        char *why = NULL;
        if (last)
                why = last->code ? g_strdup_printf("%d %s", last->code, last->text) : g_strdup(last->text);
        const struct cell row[] = {
                TEXT(waiting->domain), NUMBER(waiting->readers), NUMBER(waiting->tries),
                TIME(first ? first->at : 0), TIME(waiting->next_try), TEXT(why),
        };
        output_row(ctl->output, row);
        g_free(why);
        g_ptr_array_unref(answers);
        return true;
}

static bool put_all_waits(struct ctl *ctl, const struct queue_entry *entry, struct err *ret_err)
{
        GPtrArray *domains;
        if (!waiting_domains(ctl->store, entry->message_id, &domains, ret_err))
                return false;
        bool ok = true;
        output_table(ctl->output, "waits", WAITS_COLUMNS, G_N_ELEMENTS(WAITS_COLUMNS));
        for (guint i = 0; ok && i < MIN(domains->len, (guint) DOMAINS_SHOWN_MAX); i++)
                ok = put_waits(ctl, entry, domains->pdata[i], ret_err);
        output_table_end(ctl->output);
        if (domains->len > DOMAINS_SHOWN_MAX)
                output_say(ctl->output, "and %u domains more", domains->len - DOMAINS_SHOWN_MAX);
        g_ptr_array_unref(domains);
        return ok;
}

/* Who was not tried yet waits for its turn, or for the relay. */
static bool put_relay(struct ctl *ctl, const struct queue_entry *entry, struct err *ret_err)
{
        struct outage outage;
        if (!outage_get(ctl->store, &outage, ret_err))
                return false;
        output_fact(ctl->output, "relay_away", TEXT(entry->waiting ? outage.why : NULL));
        if (entry->waiting && outage.since)
                output_say(ctl->output, "the relay is away, and all wait for it ('listctl status'): %s", outage.why);
        outage_clear(&outage);
        return true;
}

static bool put_entry(struct ctl *ctl, const struct queue_entry *entry, struct err *ret_err)
{
        char *address;
        GBytes *message;
        if (!address_of(ctl, entry->list_id, &address, ret_err))
                return false;
        bool ok = queue_message(ctl->store, entry->message_id, &message, ret_err);
        if (ok) {
                output_field(ctl->output, "id", NUMBER(entry->message_id));
                output_field(ctl->output, "created", TIME(entry->created));
                output_field(ctl->output, "list", TEXT(address));
                output_field(ctl->output, "number", NUMBER(entry->number));
                output_field(ctl->output, "size", SIZE(entry->size));
                output_field(ctl->output, "done", NUMBER(entry->done));
                output_field(ctl->output, "waiting", NUMBER(entry->waiting));
                output_field(ctl->output, "deferred", NUMBER(entry->deferred));
                output_field(ctl->output, "msg", TEXT(entry->log_id));
                ok = put_relay(ctl, entry, ret_err) && put_all_waits(ctl, entry, ret_err);
                output_bytes(ctl->output, "message", message);
                g_bytes_unref(message);
        }
        g_free(address);
        return ok;
}

bool ctl_queue_show(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *entries;
        const struct queue_entry *entry = find_entry(ctl, &entries, ret_err);
        bool ok = entry && put_entry(ctl, entry, ret_err);
        g_clear_pointer(&entries, g_ptr_array_unref);
        return ok;
}

bool ctl_queue_rm(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *entries;
        const struct queue_entry *entry = find_entry(ctl, &entries, ret_err);
        bool ok = entry && queue_remove(ctl->store, entry->message_id, ret_err);
        if (ok) {
                output_fact(ctl->output, "id", NUMBER(entry->message_id));
                output_say(ctl->output, "%" G_GINT64_FORMAT " is gone; who has no copy yet gets none", (gint64) entry->message_id);
        }
        g_clear_pointer(&entries, g_ptr_array_unref);
        return ok;
}

bool ctl_queue_flush(struct ctl *ctl, struct err *ret_err)
{
        if (!queue_flush(ctl->store, ret_err))
                return false;
        output_say(ctl->output, "what was put off is due now");
        return true;
}
