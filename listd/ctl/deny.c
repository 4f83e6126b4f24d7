/* deny.c - listctl deny: whom the door refuses
 * Gives:  ctl_deny_ls(), ctl_deny_add(), ctl_deny_rm()
 * Fails:  ERR_USAGE for what is no network, reason or label; ERR_PERM for a network that may not be denied (policy/deny.h);
 *         ERR_NOT_FOUND for what is not on the list
 * A running server follows within a second or two. */
#include "ctl/deny.h"

#include <pwd.h>

#include "ctl/nouns.h"

static const char LABEL_OF_ADMINS[] = "admin";

/* --- what the commands share ---------------------------------------------------------------- */

struct span {
        int seconds;
};
static const struct option SPAN[] = { { NULL, "--for", OPT_DURATION, offsetof(struct span, seconds), "30d", NULL, 60, DENY_SPAN_MAX },
                                      { 0 } };

bool ctl_deny_span(const struct ctl *ctl, int64_t *ret_span, struct err *ret_err)
{
        const char *text = ctl->line->options[OPTION_FOR];
        struct span span = { 0 };
        if (text && !option_set(SPAN, &span, text, ret_err))
                return false;
        *ret_span = span.seconds;
        return true;
}

char *ctl_deny_span_words(int64_t span)
{
        const struct span seconds = { (int) span };
        char *text = span ? option_get(SPAN, &seconds) : NULL;
        char *words = text ? g_strdup_printf("for %s", text) : g_strdup("for good");
        g_free(text);
        return words;
}

const struct deny_list *ctl_deny_find_list(const GPtrArray *lists, const char *label)
{
        for (guint i = 0; i < lists->len; i++) {
                const struct deny_list *list = lists->pdata[i];
                if (strcmp(list->label, label) == 0)
                        return list;
        }
        return NULL;
}

/* --- ls --------------------------------------------------------------------------------------- */

struct listing {
        struct ctl *ctl;
        int64_t now;
        int64_t counts[DENY_STATES];
};

static void put_entry(const struct deny_entry *entry, void *user)
{
        struct listing *listing = user;
        const enum deny_state state = deny_state(entry->until, listing->now);
        listing->counts[state]++;
        if (state == DENY_GONE)
                return;
        const struct cell cells[] = {
                TEXT(entry->network), TEXT(entry->label), TEXT(DENY_STATE_WORDS[state]), TIME(entry->added), TIME(entry->until),
                NUMBER(entry->times), NUMBER(entry->hits), TIME(entry->last_hit), TEXT(entry->reason), TEXT(entry->evidence),
        };
        output_row(listing->ctl->output, cells);
}

bool ctl_deny_ls(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "network" }, { "label" }, { "is" }, { "added" }, { "until" },
                                                 { "denied_anew", .is_right = true }, { "hits", .is_right = true }, { "last_hit" },
                                                 { "reason", .may_wrap = true }, { "evidence", .may_wrap = true } };
        struct listing listing = { .ctl = ctl, .now = clock_now() };
        output_table(ctl->output, "denied", columns, G_N_ELEMENTS(columns));
        const bool ok = deny_each(ctl->spool, ctl->line->args[0], put_entry, &listing, ret_err);
        output_table_end(ctl->output);
        if (ok)
                output_say(ctl->output, "%" G_GINT64_FORMAT " denied, %" G_GINT64_FORMAT " on probation: let in, and watched for %d days",
                           listing.counts[DENY_DENIED], listing.counts[DENY_ON_PROBATION], DENY_PROBATION / 86400);
        return ok;
}

/* --- add ---------------------------------------------------------------------------------------- */

static bool read_network(struct ctl *ctl, const char *word, struct network *ret_network, struct err *ret_err)
{
        if (!network_parse(ret_network, word, ret_err))
                return false;
        if (!deny_may(ctl->conf, ret_network, ret_err))
                return err_prefix(ret_err, "%s cannot be denied", word);
        if (network_mask(ret_network)) {
                char *text = network_text(ret_network);
                output_say(ctl->output, "%s is taken as %s: a network has no bits behind its prefix", word, text);
                g_free(text);
        }
        return true;
}

static bool check_words(struct ctl *ctl, const char *label, const char *reason, struct err *ret_err)
{
        GPtrArray *lists;
        if (!reason || !*reason)
                return err_set(ret_err, ERR_USAGE, "say why: --reason TEXT");
        if (!deny_reason_is_plain(reason))
                return err_set(ret_err, ERR_USAGE, "--reason is one line of at most %d octets", DENY_REASON_MAX);
        if (!deny_label_check(label, ret_err) || !deny_lists(ctl->spool, &lists, ret_err))
                return false;
        const bool is_list = ctl_deny_find_list(lists, label) != NULL;
        g_ptr_array_unref(lists);
        return !is_list || err_set(ret_err, ERR_PERM, "%s is an imported list: the next refresh would remove the entry", label);
}

static void warn_of_good(struct ctl *ctl, const struct network *network)
{
        struct network good;
        for (char *const *text = ctl->conf->good_networks; *text; text++)
                if (network_parse(&good, *text, NULL) && (network_has(&good, network) || network_has(network, &good)))
                        output_warn(ctl->output, "%s is in good_networks (listd.conf), which are never refused", *text);
}

/* Who said so, for whoever asks later. */
static char *who_calls(const struct ctl *ctl)
{
        const struct passwd *user = getpwuid(ctl->caller);
        return g_strdup_printf("by %s (uid %u)", user ? user->pw_name : "somebody", (unsigned) ctl->caller);
}

static bool add(struct ctl *ctl, const struct network *network, const struct deny_entry *words, struct err *ret_err)
{
        bool was_there;
        char *text = network_text(network), *evidence = who_calls(ctl), *how_long = ctl_deny_span_words(words->span);
        struct deny_entry entry = *words;
        entry.network = text;
        entry.evidence = evidence;
        const bool ok = deny_put(ctl->spool, &entry, clock_now(), &was_there, ret_err);
        if (ok) {
                output_fact(ctl->output, "network", TEXT(text));
                output_fact(ctl->output, "label", TEXT(entry.label));
                output_fact(ctl->output, "seconds", NUMBER(entry.span));
                output_fact(ctl->output, "was_there", FLAG(was_there));
                output_say(ctl->output, "%s is denied %s%s", text, how_long, was_there ? " from now on; it was on the list before" : "");
                warn_of_good(ctl, network);
        }
        g_free(text);
        g_free(evidence);
        g_free(how_long);
        return ok;
}

bool ctl_deny_add(struct ctl *ctl, struct err *ret_err)
{
        const char *label = ctl->line->options[OPTION_LABEL] ? ctl->line->options[OPTION_LABEL] : LABEL_OF_ADMINS;
        struct deny_entry words = { .label = label, .reason = ctl->line->options[OPTION_REASON] };
        struct network network;
        return check_words(ctl, label, words.reason, ret_err) && ctl_deny_span(ctl, &words.span, ret_err)
               && read_network(ctl, ctl->line->args[0], &network, ret_err) && add(ctl, &network, &words, ret_err);
}

/* --- rm ------------------------------------------------------------------------------------------- */

struct search {
        struct network network;
        char *text;
        GPtrArray *labels; /* of its own entries: char * */
        char *around;      /* one that holds it, with its label; NULL: none */
};

static void look_at(const struct deny_entry *entry, void *user)
{
        struct search *search = user;
        struct network network;
        if (strcmp(entry->network, search->text) == 0)
                g_ptr_array_add(search->labels, g_strdup(entry->label));
        else if (!search->around && network_parse(&network, entry->network, NULL) && network_has(&network, &search->network))
                search->around = g_strdup_printf("%s (%s)", entry->network, entry->label);
}

static bool remove_found(struct ctl *ctl, const struct search *search, struct err *ret_err)
{
        GPtrArray *lists;
        int64_t count = 0;
        if (!deny_lists(ctl->spool, &lists, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < search->labels->len; i++) {
                const char *label = search->labels->pdata[i];
                ok = deny_remove(ctl->spool, search->text, label, &count, ret_err);
                if (ok && ctl_deny_find_list(lists, label))
                        output_warn(ctl->output, "%s is imported: its next refresh will bring %s back; use good_networks (listd.conf)",
                                    label, search->text);
        }
        g_ptr_array_unref(lists);
        return ok;
}

static bool remove_network(struct ctl *ctl, const struct network *network, struct err *ret_err)
{
        struct search search = { .network = *network, .labels = g_ptr_array_new_with_free_func(g_free) };
        network_mask(&search.network);
        search.text = network_text(&search.network);
        bool ok = deny_each(ctl->spool, NULL, look_at, &search, ret_err);
        if (ok && search.labels->len == 0)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s is not on the deny list%s%s", search.text, search.around ? "; it lies in " : "",
                             search.around ? search.around : "");
        ok = ok && remove_found(ctl, &search, ret_err);
        if (ok) {
                output_fact(ctl->output, "removed", NUMBER(search.labels->len));
                output_say(ctl->output, "%s is not denied any more", search.text);
                if (search.around)
                        output_warn(ctl->output, "it still lies in %s", search.around);
        }
        g_free(search.text);
        g_free(search.around);
        g_ptr_array_unref(search.labels);
        return ok;
}

static bool remove_label(struct ctl *ctl, const char *label, struct err *ret_err)
{
        int64_t count = 0;
        GPtrArray *lists;
        if (!deny_label_check(label, NULL))
                return err_set(ret_err, ERR_USAGE, "'%.80s' is no IP address, network (192.0.2.0/24) or label", label);
        if (!deny_lists(ctl->spool, &lists, ret_err))
                return false;
        const bool is_list = ctl_deny_find_list(lists, label) != NULL;
        g_ptr_array_unref(lists);
        if (!deny_remove_label(ctl->spool, label, &count, ret_err))
                return false;
        if (count == 0 && !is_list)
                return err_set(ret_err, ERR_NOT_FOUND, "nothing has the label %s ('listctl deny ls' shows what there is)", label);
        output_fact(ctl->output, "removed", NUMBER(count));
        output_say(ctl->output, "%s: %" G_GINT64_FORMAT " entries are removed%s", label, count,
                   is_list ? ", and the list is forgotten" : "");
        return true;
}

bool ctl_deny_rm(struct ctl *ctl, struct err *ret_err)
{
        const char *word = ctl->line->args[0];
        struct network network;
        return network_parse(&network, word, NULL) ? remove_network(ctl, &network, ret_err) : remove_label(ctl, word, ret_err);
}
