/* orders.c - the lines of an owner's mail, taken apart
 * Gives:  orders_read(), order_takes_lines(), order_roster()
 * Fails:  when the store does; what is wrong with a line is said, and the others are done */
#include "handle/orders.h"

#include "handle/membership.h"
#include "mail/roster.h"

enum { COMMANDS_MAX = 50 };

/* --- taking the lines apart ------------------------------------------------------------------------------------------- */

static void order_free(void *data)
{
        struct order *order = data;
        request_clear(&order->request);
        g_string_free(order->below, TRUE);
        g_free(order);
}

bool order_takes_lines(const struct order *order)
{
        return order && (order->request.verb == VERB_ADD || order->request.verb == VERB_REMOVE);
}

/* A line with an address in it belongs to the `add` or `remove` above it, whatever its first word is. */
static bool is_below(const struct order *order, const char *line, const struct request *request, bool is_request)
{
        return order_takes_lines(order) && (!is_request || (strchr(line, '@') && !verb_is_owners(request->verb)));
}

GPtrArray *orders_read(const struct desk *desk, const char *lines)
{
        GPtrArray *orders = g_ptr_array_new_with_free_func(order_free);
        GDate today;
        char **all = g_strsplit(lines, "\n", -1);
        struct order *order = NULL;
        desk_today(desk, &today);
        for (char **line = all; *line && orders->len <= COMMANDS_MAX; line++) {
                struct request request;
                g_strchomp(*line);
                if (!**line || **line == '>')
                        continue;
                if (strcmp(*line, "--") == 0)
                        break;
                const bool is_request = words_request(*line, &today, &request);
                if (is_request && request.verb == VERB_END) {
                        request_clear(&request);
                        break;
                }
                if (is_below(order, *line, &request, is_request)) {
                        g_string_append_printf(order->below, "%s\n", *line);
                } else if (is_request && verb_is_owners(request.verb)) {
                        order = g_new0(struct order, 1);
                        order->request = request;
                        request = (struct request){ .verb = VERB_COUNT };
                        order->below = g_string_new(order_takes_lines(order) && order->request.args[0] ? order->request.args[0] : "");
                        if (order->below->len)
                                g_string_append_c(order->below, '\n');
                        g_ptr_array_add(orders, order);
                }
                request_clear(&request);
        }
        g_strfreev(all);
        return orders;
}

/* --- rosters ------------------------------------------------------------------------------------------------------------ */

struct counts {
        size_t new, known, bad;
        GString *flaws; /* the first of them, one a line */
};

typedef bool each_entry(const struct desk *desk, const struct roster_entry *entry, const struct person *person, struct counts *counts,
                        struct err *ret_err);

static void count_flaw(struct counts *counts, const struct roster *roster, const char *flaw)
{
        enum { FLAWS_SHOWN = 10 };
        if (counts->bad++ < FLAWS_SHOWN)
                g_string_append_printf(counts->flaws, "  %zu: %s\n", roster->line, flaw);
}

static bool go_through(const struct desk *desk, const struct order *order, each_entry *each, struct counts *counts, struct err *ret_err)
{
        struct roster roster;
        struct roster_entry entry;
        struct err flaw = { 0 };
        roster_start(&roster, "mail", order->below->str, order->below->len, true);
        for (enum roster_step step; (step = roster_next(&roster, &entry, &flaw)) != ROSTER_END;) {
                struct person person = { 0 };
                bool may = true, ok = true;
                if (step == ROSTER_ENTRY)
                        ok = person_find(desk, entry.address, &person, ret_err)
                             && (order->request.verb != VERB_ADD || membership_may_be(desk, &person, &may, ret_err));
                if (ok && (step == ROSTER_BAD || !may))
                        count_flaw(counts, &roster, step == ROSTER_BAD ? flaw.text : "banned, or an address of the list itself");
                else
                        ok = ok && each(desk, &entry, &person, counts, ret_err);
                person_clear(&person);
                roster_entry_clear(&entry);
                if (!ok)
                        return false;
        }
        return true;
}

static bool count_entry(const struct desk *desk, const struct roster_entry *entry, const struct person *person, struct counts *counts,
                        struct err *ret_err)
{
        counts->known += person->member != NULL;
        counts->new += person->member == NULL;
        return true;
}

static bool add_entry(const struct desk *desk, const struct roster_entry *entry, const struct person *person, struct counts *counts,
                      struct err *ret_err)
{
        const struct member_new new = { entry->address->text, entry->address->fold, entry->name, ROLE_MEMBER, STANDING_NORMAL };
        size_t added = 0;
        bool ok = member_add(desk->store, desk->list->id, &new, 1, &added, ret_err);
        counts->new += added;
        counts->known += !added;
        return ok;
}

static bool remove_entry(const struct desk *desk, const struct roster_entry *entry, const struct person *person, struct counts *counts,
                         struct err *ret_err)
{
        /* owners go by `owner remove` first: nobody puts out another by a line of a list */
        if (person->member && person->member->role == ROLE_OWNER) {
                g_string_append_printf(counts->flaws, "  %s: is an owner\n", person->address);
                counts->bad++;
                return true;
        }
        counts->known += person->member != NULL;
        counts->new += person->member == NULL;
        return !person->member || member_remove(desk->store, desk->list->id, person->member->id, ret_err);
}

/* "37 new", or 新規 37. */
static void say_count(GString *out, int lang, size_t count, const char *const words[2])
{
        if (lang == LANG_JA)
                g_string_append_printf(out, "、%s %zu", words[LANG_JA], count);
        else
                g_string_append_printf(out, ", %zu %s", count, words[LANG_EN]);
}

static void say_counts(GString *out, int lang, const struct order *order, const struct counts *counts)
{
        static const char *const new[] = { "new", "新規" }, *const known[] = { "on the list already", "登録済み" };
        static const char *const members[] = { "members", "会員" }, *const bad[] = { "that cannot be used", "使えないもの" };
        const bool adds = order->request.verb == VERB_ADD;
        GString *line = g_string_new(NULL);
        if (adds)
                say_count(line, lang, counts->new, new);
        say_count(line, lang, counts->known, adds ? known : members);
        say_count(line, lang, counts->bad + (adds ? 0 : counts->new), bad);
        g_string_append_printf(out, "%s: %s\n%s", VERB_WORDS[order->request.verb], line->str + strlen(lang == LANG_JA ? "、" : ", "),
                               counts->flaws->str);
        g_string_free(line, TRUE);
}

bool order_roster(GString *out, const struct desk *desk, int lang, const struct order *order, bool is_preview, struct err *ret_err)
{
        struct counts counts = { .flaws = g_string_new(NULL) };
        each_entry *each = is_preview ? count_entry : order->request.verb == VERB_ADD ? add_entry : remove_entry;
        bool ok = go_through(desk, order, each, &counts, ret_err);
        if (ok)
                say_counts(out, lang, order, &counts);
        g_string_free(counts.flaws, TRUE);
        return ok;
}
