/* report.c - the daily reports: when they go, and to whom
 * Gives:  report_clear(), report_send(), report_send_list(), report_begin(), report_tick()
 * Fails:  when a store does; nothing is recorded then, and it goes out at the next call */
#include "handle/report.h"

#include "base/log.h"
#include "mail/charset.h"
#include "mail/door.h"
#include "mail/letter.h"
#include "policy/due.h"
#include "store/member.h"
#include "store/queue.h"
#include "store/report.h"
#include "store/trace.h"

enum { DAYS_OF_WEEK = 7 };

void report_clear(struct report *report)
{
        g_clear_pointer(&report->subject, g_free);
        g_clear_pointer(&report->text, g_free);
        g_clear_pointer(&report->html, g_free);
}

/* --- sending --------------------------------------------------------------------------------------------- */

bool report_send(struct store *store, const struct conf *conf, const struct report *report, struct err *ret_err)
{
        char *local = door_local("postmaster", NULL, NULL, conf->addresses);
        char *from = g_strdup_printf("%s@%s", local, conf->domains[0]);
        const struct letter letter = { .from_name = "listd", .from = from, .to = conf->admin, .subject = report->subject,
                                       .text = report->text, .html = report->html, .hostname = conf->hostname };
        const struct queue_recipient recipient = { .address = conf->admin };
        GBytes *message;
        int64_t id;
        bool ok = letter_write(&message, &letter, ret_err);
        if (ok) {
                ok = queue_add_direct(store, 0, "report", message, &recipient, 1, &id, ret_err);
                g_bytes_unref(message);
        }
        g_free(local);
        g_free(from);
        return ok;
}

static bool send_to_owner(struct store *store, const struct conf *conf, const struct list *list, const struct member *owner,
                          const struct report *report, struct err *ret_err)
{
        char *from = door_address(list, "owner", conf->addresses), *request = door_address(list, "request", conf->addresses);
        const struct letter letter = { .from_name = door_title(list), .from = from, .to = owner->address, .reply_to = request,
                                       .subject = report->subject, .text = report->text, .html = report->html, .hostname = conf->hostname,
                                       .charset = list->letter_charset == LETTER_ISO_2022_JP ? charset_find("iso-2022-jp") : NULL };
        const struct queue_recipient recipient = { .member_id = owner->id };
        GBytes *message;
        int64_t id;
        bool ok = letter_write(&message, &letter, ret_err);
        if (ok) {
                ok = queue_add_direct(store, list->id, "report", message, &recipient, 1, &id, ret_err);
                g_bytes_unref(message);
        }
        g_free(from);
        g_free(request);
        return ok;
}

bool report_send_list(struct store *store, const struct conf *conf, struct list *list, const struct door_log *door,
                      const struct report_facts *facts, const struct report_wish *wish, struct err *ret_err)
{
        GPtrArray *owners;
        if (!member_officers(store, list->id, ROLE_OWNER, &owners, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < owners->len; i++) {
                const struct member *owner = owners->pdata[i];
                struct report_wish own = *wish;
                struct report report;
                own.lang = owner->lang ? owner->lang - 1 : list->lang;
                ok = report_list(store, conf, list, door, facts, &own, &report, ret_err);
                if (ok) {
                        ok = send_to_owner(store, conf, list, owner, &report, ret_err);
                        report_clear(&report);
                }
        }
        g_ptr_array_unref(owners);
        return ok;
}

/* --- the time -------------------------------------------------------------------------------------------- */

static int64_t day_due(const struct conf *conf, const char *timezone, int64_t now)
{
        GTimeZone *zone = g_time_zone_new_identifier(timezone);
        if (!zone) /* it was there when the file was read */
                zone = g_time_zone_new_utc();
        const int64_t day = due_day(now, zone, conf->report_minutes);
        g_time_zone_unref(zone);
        return day;
}

/* 1970-01-01 was a Thursday. */
static bool is_monday(int64_t day)
{
        return (day + 3) % DAYS_OF_WEEK == 0;
}

static bool is_first_of_month(int64_t day)
{
        char *text = due_text(day);
        const bool is_first = g_str_has_suffix(text, "-01");
        g_free(text);
        return is_first;
}

/* What is read once for all reports that are due. */
struct round {
        struct store *store;
        struct spool *spool;
        const struct conf *conf;
        int64_t now;
        struct door_log door; /* with is_read */
        bool is_read, has_sent;
};

static bool read_door(struct round *round, struct err *ret_err)
{
        if (round->is_read)
                return true;
        round->is_read = door_read(round->store, round->spool, &round->door, ret_err);
        return round->is_read;
}

/* Whether one is due: *ret_day, and what the last one was. At the first look none is. */
static bool is_due(struct round *round, int64_t list_id, const char *timezone, bool *ret_due, struct report_wish *ret_wish,
                   int64_t *ret_day, struct err *ret_err)
{
        int64_t last, at;
        *ret_day = day_due(round->conf, timezone, round->now);
        *ret_due = false;
        if (!report_last(round->store, list_id, &last, &at, ret_err))
                return false;
        if (last < 0)
                return report_record(round->store, list_id, *ret_day, round->now, ret_err);
        *ret_due = *ret_day > last; /* not when the clock went back */
        *ret_wish = (struct report_wish){ .since = at, .now = round->now, .is_late = *ret_day - last > 1, .day = TALLY_OPEN,
                                          .is_weekly = is_monday(*ret_day) || *ret_day - last >= DAYS_OF_WEEK };
        return true;
}

/* --- of the server ------------------------------------------------------------------------------------------ */

static bool send_site(struct round *round, const struct report_wish *wish, int64_t day, struct err *ret_err)
{
        struct report report;
        if (!read_door(round, ret_err)
            || !report_site(round->store, round->spool, round->conf, &round->door, wish, &report, ret_err))
                return false;
        bool ok = store_begin(round->store, ret_err);
        if (ok) {
                ok = report_send(round->store, round->conf, &report, ret_err) && report_record(round->store, 0, day, wish->now, ret_err);
                ok = store_end(round->store, ok, ret_err);
        }
        report_clear(&report);
        if (ok)
                log_event(LOG_LEVEL_INFO, "report", "of", "server", "late", wish->is_late ? "yes" : NULL, NULL);
        round->has_sent = round->has_sent || ok;
        return ok;
}

static bool tick_site(struct round *round, struct err *ret_err)
{
        struct report_wish wish;
        int64_t day;
        bool due;
        if (!is_due(round, 0, round->conf->timezone, &due, &wish, &day, ret_err))
                return false;
        wish.lang = round->conf->report_lang;
        return !due || send_site(round, &wish, day, ret_err);
}

/* --- of a list ------------------------------------------------------------------------------------------------- */

/* What is told, or not worth a mail, is closed: both in one transaction. */
static bool close_day(struct round *round, struct list *list, const struct report_wish *wish, int64_t day, bool is_sent,
                      const struct report_facts *facts, struct err *ret_err)
{
        return (!is_sent || report_send_list(round->store, round->conf, list, &round->door, facts, wish, ret_err))
               && (facts->counts[TALLY_AUTHORS] == 0
                   || tally_add(round->store, list->id, TALLY_AUTHORS, facts->counts[TALLY_AUTHORS], ret_err))
               && tally_close(round->store, list->id, day, ret_err) && trace_close(round->store, list->id, day, ret_err)
               && report_record(round->store, list->id, day, wish->now, ret_err);
}

static bool tell_list(struct round *round, struct list *list, const struct report_wish *wish, int64_t day, struct err *ret_err)
{
        struct report_facts facts;
        if (!read_door(round, ret_err) || !report_facts(round->store, round->conf, list, &round->door, wish, &facts, ret_err)
            || !store_begin(round->store, ret_err))
                return false;
        const bool is_sent = list->report == REPORT_DAILY
                             || (list->report == REPORT_CHANGES && (is_first_of_month(day) || report_has_news(&facts)));
        bool ok = store_end(round->store, close_day(round, list, wish, day, is_sent, &facts, ret_err), ret_err);
        if (ok && is_sent)
                log_event(LOG_LEVEL_INFO, "report", "of", list->address, "late", wish->is_late ? "yes" : NULL, NULL);
        round->has_sent = round->has_sent || (ok && is_sent);
        return ok;
}

static bool tick_list(struct round *round, struct list *list, struct err *ret_err)
{
        struct report_wish wish;
        int64_t day;
        bool due;
        if (!is_due(round, list->id, *list->timezone ? list->timezone : round->conf->timezone, &due, &wish, &day, ret_err))
                return false;
        return !due || tell_list(round, list, &wish, day, ret_err);
}

bool report_begin(struct store *store, const struct conf *conf, struct list *list, int64_t now, struct err *ret_err)
{
        const struct door_log nothing = { 0 };
        const struct report_wish wish = { .since = now, .now = now, .is_first = true, .day = TALLY_OPEN };
        const int64_t day = day_due(conf, *list->timezone ? list->timezone : conf->timezone, now);
        struct report_facts facts;
        return report_facts(store, conf, list, &nothing, &wish, &facts, ret_err)
               && (list->report == REPORT_OFF || report_send_list(store, conf, list, &nothing, &facts, &wish, ret_err))
               && report_record(store, list->id, day, now, ret_err);
}

bool report_tick(struct store *store, struct spool *spool, const struct conf *conf, int64_t now, bool *ret_sent, struct err *ret_err)
{
        struct round round = { .store = store, .spool = spool, .conf = conf, .now = now };
        GPtrArray *lists = NULL;
        bool ok = tick_site(&round, ret_err) && list_all(store, &lists, ret_err);
        for (guint i = 0; ok && i < lists->len; i++)
                ok = tick_list(&round, lists->pdata[i], ret_err);
        g_clear_pointer(&lists, g_ptr_array_unref);
        door_clear(&round.door);
        if (ret_sent)
                *ret_sent = round.has_sent;
        return ok;
}
