/* bounces.c - what is done about mailboxes that fail: counted by the day, paused, asked, removed
 * Gives:  bounce_tick(), bounce_values(), bounce_answered()
 * Fails:  when the store does; what was not done is done at the next call
 * A day counts when it is over, for then it is known whether it was the provider's bad day. */
#include "handle/bounce.h"

#include "base/log.h"
#include "handle/ask.h"
#include "handle/membership.h"
#include "handle/report.h"
#include "mail/template.h"
#include "policy/bounce.h"
#include "store/mailbox.h"
#include "store/tally.h"

enum { DAY = 86400 };

/* --- days that are over ------------------------------------------------------------------------------------------ */

static bool is_same_domain(const struct failure_day *a, const struct failure_day *b)
{
        return a->day == b->day && memcmp(a->domain, b->domain, sizeof a->domain) == 0;
}

/* One failure of a day; beginners of a bad day of their provider are excused. */
static bool count_one(struct store *store, const struct failure_day *day, bool is_outage, struct err *ret_err)
{
        struct bounce bounce;
        const bool is_excused = is_outage && day->is_beginner && day->weight > 0;
        if (!bounce_get(store, day->list_id, day->member_id, &bounce, ret_err))
                return false;
        const int64_t score = bounce_faded(bounce.score, bounce.at, (day->day + 1) * DAY) + day->weight;
        return bounce_count(store, day, is_excused, score, ret_err)
               && (!is_excused || tally_add(store, day->list_id, TALLY_BOUNCE_EXCUSED, 1, ret_err));
}

static bool count_days(struct store *store, int64_t now, struct err *ret_err)
{
        GArray *days;
        if (!failure_open(store, now / DAY, &days, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < days->len;) {
                const struct failure_day *first = &g_array_index(days, struct failure_day, i);
                int64_t beginners = 0;
                guint end = i;
                for (; end < days->len && is_same_domain(first, &g_array_index(days, struct failure_day, end)); end++)
                        beginners += g_array_index(days, struct failure_day, end).is_beginner;
                for (; ok && i < end; i++)
                        ok = count_one(store, &g_array_index(days, struct failure_day, i), bounce_is_outage(beginners), ret_err);
        }
        g_array_unref(days);
        return ok;
}

/* --- one member ------------------------------------------------------------------------------------------------------ */

static void log_step(const struct desk *desk, int64_t member_id, const char *did)
{
        log_event(LOG_LEVEL_INFO, "bounce-step", "list", desk->list->address, "member", log_number(member_id), "did", did, NULL);
}

bool bounce_values(struct sheet *sheet, const struct desk *desk, int64_t member_id, struct err *ret_err)
{
        struct bounce bounce;
        GPtrArray *failures;
        if (!bounce_get(desk->store, desk->list->id, member_id, &bounce, ret_err)
            || !failure_history(desk->store, desk->list->id, member_id, 1, &failures, ret_err))
                return false;
        if (failures->len) {
                const struct failure_seen *last = failures->pdata[0];
                char *day = desk_day(desk, last->at);
                sheet_value(sheet, "why", bounce_cause_words(last->cause, sheet->lang));
                sheet_value(sheet, "last", day);
                g_free(day);
        }
        const int64_t removal = bounce.list_id ? bounce_removal(desk->list, &bounce, desk->now) : 0;
        char *day = removal ? desk_day(desk, removal) : NULL;
        sheet_value(sheet, "removal", day);
        g_free(day);
        g_ptr_array_unref(failures);
        return true;
}

/* A letter that asks, to a mailbox that may be dead: its limits are those of answers. */
static bool ask_member(const struct desk *desk, const struct person *person, struct err *ret_err)
{
        struct sheet sheet;
        sheet_start(&sheet, desk, person_lang(desk, person));
        bool ok = bounce_asked(desk->store, person->member->id, desk->now, ret_err)
                  && ask(desk, person, QUESTION_BOUNCE, person->member->id, NULL, NULL, ret_err)
                  && ask_mail(&sheet, person, ASK_ANSWER, ret_err)
                  && tally_add(desk->store, desk->list->id, TALLY_BOUNCE_ASKED, 1, ret_err);
        sheet_clear(&sheet);
        return ok;
}

static bool pause_member(const struct desk *desk, const struct person *person, struct err *ret_err)
{
        const int64_t id = person->member->id;
        return bounce_set_state(desk->store, id, BOUNCE_PAUSED, desk->now, ret_err)
               && member_set_state(desk->store, desk->list->id, id, MEMBER_PAUSED, 0, ret_err) && ask_member(desk, person, ret_err)
               && tally_add(desk->store, desk->list->id, TALLY_BOUNCE_PAUSED, 1, ret_err);
}

static bool remove_member(const struct desk *desk, const struct person *person, struct err *ret_err)
{
        struct sheet sheet;
        sheet_start(&sheet, desk, person_lang(desk, person));
        sheet_add(&sheet, desk, "bounce-gone");
        bool ok = member_remove(desk->store, desk->list->id, person->member->id, ret_err)
                  && tally_add(desk->store, desk->list->id, TALLY_BOUNCE_REMOVED, 1, ret_err)
                  && ask_mail(&sheet, person, ASK_ANSWER, ret_err);
        sheet_clear(&sheet);
        return ok;
}

static bool take_step(const struct desk *desk, const struct bounce *bounce, enum bounce_step step, struct err *ret_err)
{
        static const char *const words[] = { [BOUNCE_PAUSE] = "paused", [BOUNCE_ASK] = "asked", [BOUNCE_REMOVE] = "removed",
                                             [BOUNCE_KEEP] = "kept" };
        struct person person;
        bool ok = person_of_member(desk, bounce->member_id, &person, ret_err);
        if (ok && person.member) {
                if (step == BOUNCE_PAUSE)
                        ok = pause_member(desk, &person, ret_err);
                else if (step == BOUNCE_ASK)
                        ok = ask_member(desk, &person, ret_err);
                else if (step == BOUNCE_REMOVE)
                        ok = remove_member(desk, &person, ret_err);
                else
                        ok = bounce_set_state(desk->store, bounce->member_id, BOUNCE_KEPT, desk->now, ret_err);
                if (ok)
                        log_step(desk, bounce->member_id, words[step]);
        }
        person_clear(&person);
        return ok;
}

bool bounce_answered(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        return membership_change(sheet, person, QUESTION_RESUME, NULL, ret_err)
               && (!person->member || tally_add(sheet->desk->store, sheet->desk->list->id, TALLY_BOUNCE_BACK, 1, ret_err));
}

/* --- one list ---------------------------------------------------------------------------------------------------------- */

/* More mailboxes fail than may be paused in a day: that is rather a fault here than theirs. Once a day and list. */
static bool tell_admin(const struct desk *desk, int64_t waiting, struct err *ret_err)
{
        const struct limit limit = { SPENT_NOTICE, "bounce", desk->list->id, 1, DAY };
        bool room;
        if (!limit_room(desk->store, &limit, 1, desk->now, &room, ret_err))
                return false;
        if (!room)
                return true;
        struct report letter = { 0 };
        GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
        letter_values(desk, values);
        g_hash_table_insert(values, (void *) "count", g_strdup_printf("%" G_GINT64_FORMAT, (gint64) waiting));
        template_fill(desk->conf, desk->list, desk->conf->report_lang, "bounce-many", values, &letter.subject, &letter.text);
        bool ok = report_send(desk->store, desk->conf, &letter, ret_err) && limit_spend(desk->store, &limit, 1, desk->now, ret_err);
        report_clear(&letter);
        g_hash_table_unref(values);
        if (ok)
                log_event(LOG_LEVEL_WARN, "bounce-many", "list", desk->list->address, "waiting", log_number(waiting), NULL);
        return ok;
}

/* The worst first, as many as may be paused today. */
static bool take_steps(const struct desk *desk, const GArray *bounces, struct err *ret_err)
{
        int64_t members, paused, waiting = 0;
        if (!member_count(desk->store, desk->list->id, &members, ret_err)
            || !bounce_paused_since(desk->store, desk->list->id, desk->now / DAY * DAY, &paused, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < bounces->len; i++) {
                const struct bounce *bounce = &g_array_index(bounces, struct bounce, i);
                const enum bounce_step step = bounce_step(desk->list, bounce, desk->now);
                if (step == BOUNCE_STAY)
                        continue;
                if (step == BOUNCE_PAUSE && paused >= bounce_pause_max(members)) {
                        waiting++;
                        continue;
                }
                paused += step == BOUNCE_PAUSE;
                ok = take_step(desk, bounce, step, ret_err);
        }
        return ok && (waiting == 0 || tell_admin(desk, waiting, ret_err));
}

static bool tick_list(struct store *store, const struct conf *conf, struct list *list, int64_t now, struct err *ret_err)
{
        const struct desk desk = { .store = store, .conf = conf, .list = list, .log_id = "bounces", .now = now };
        GArray *bounces;
        if (!bounce_of_list(store, list->id, &bounces, ret_err))
                return false;
        bool ok = bounces->len == 0 || store_begin(store, ret_err);
        if (ok && bounces->len)
                ok = store_end(store, take_steps(&desk, bounces, ret_err), ret_err);
        g_array_unref(bounces);
        return ok;
}

bool bounce_tick(struct store *store, const struct conf *conf, int64_t now, struct err *ret_err)
{
        GPtrArray *lists;
        if (!store_begin(store, ret_err) || !store_end(store, count_days(store, now, ret_err), ret_err)
            || !list_all(store, &lists, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < lists->len; i++)
                ok = tick_list(store, conf, lists->pdata[i], now, ret_err);
        g_ptr_array_unref(lists);
        return ok;
}
