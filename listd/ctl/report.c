/* report.c - listctl report show, send: a daily report, now or of a past day
 * Gives:  ctl_report_show(), ctl_report_send()
 * Fails:  ERR_USAGE when it is not said whose; ERR_NOT_FOUND for a day that no report told of */
#include "handle/report.h"

#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "policy/due.h"
#include "store/change.h"
#include "store/report.h"

enum { DAY = 86400 };

/* A report of the server, or of a list. */
struct asked {
        struct list *list; /* NULL: of the server */
        struct report_wish wish;
        struct door_log door;
        struct report_facts facts;
};

static bool parse_day(const struct ctl *ctl, const char *timezone, struct report_wish *wish, struct err *ret_err)
{
        const char *text = ctl->line->options[OPTION_DAY];
        if (!text)
                return true;
        wish->day = due_parse(text);
        if (wish->day <= TALLY_OPEN)
                return err_set(ret_err, ERR_USAGE, "--day %s: write it as 2026-11-27", text);
        GTimeZone *zone = g_time_zone_new_identifier(timezone);
        if (!zone)
                zone = g_time_zone_new_utc();
        wish->since = due_at(wish->day - 1, zone, ctl->conf->report_minutes);
        wish->now = due_at(wish->day, zone, ctl->conf->report_minutes);
        g_time_zone_unref(zone);
        return wish->now <= clock_now() || err_set(ret_err, ERR_NOT_FOUND, "--day %s: its report is not out yet (leave --day away)", text);
}

static bool read_list(struct ctl *ctl, struct asked *asked, struct err *ret_err)
{
        int64_t last, at;
        struct report_wish *wish = &asked->wish;
        if (!ctl_list(ctl, ctl->line->args[0], &asked->list, ret_err)
            || !report_last(ctl->store, asked->list->id, &last, &at, ret_err))
                return false;
        wish->since = last < 0 ? asked->list->created : at;
        wish->now = clock_now();
        if (!ctl->line->options[OPTION_LANG])
                wish->lang = asked->list->lang;
        const char *zone = *asked->list->timezone ? asked->list->timezone : ctl->conf->timezone;
        return parse_day(ctl, zone, wish, ret_err)
               && report_facts(ctl->store, ctl->conf, asked->list, &asked->door, wish, &asked->facts, ret_err);
}

static bool read_site(struct ctl *ctl, struct asked *asked, struct err *ret_err)
{
        asked->wish.now = clock_now();
        asked->wish.since = asked->wish.now - DAY;
        asked->wish.is_weekly = true;
        return parse_day(ctl, ctl->conf->timezone, &asked->wish, ret_err);
}

/* To be cleared, on failure too. */
static bool asked_read(struct ctl *ctl, struct spool *spool, struct asked *ret_asked, struct err *ret_err)
{
        const char *lang = ctl->line->options[OPTION_LANG];
        const bool is_site = ctl->line->flags[FLAG_SITE];
        *ret_asked = (struct asked){ 0 };
        ret_asked->wish.lang = !lang ? ctl->conf->report_lang : strcmp(lang, "ja") == 0 ? LANG_JA : LANG_EN;
        if (is_site == (ctl->line->arg_count > 0))
                return err_set(ret_err, ERR_USAGE, "whose report? Name a list, or --site for that of the server");
        return door_read(ctl->store, spool, &ret_asked->door, ret_err)
               && (is_site ? read_site(ctl, ret_asked, ret_err) : read_list(ctl, ret_asked, ret_err));
}

static void asked_clear(struct asked *asked)
{
        door_clear(&asked->door);
        g_clear_pointer(&asked->list, list_free);
}

static bool make(struct ctl *ctl, struct spool *spool, struct asked *asked, struct report *ret_report, struct err *ret_err)
{
        if (asked->list)
                return report_list(ctl->store, ctl->conf, asked->list, &asked->door, &asked->facts, &asked->wish, ret_report, ret_err);
        return report_site(ctl->store, spool, ctl->conf, &asked->door, &asked->wish, ret_report, ret_err);
}

/* --- what JSON has beside the text ----------------------------------------------------------------------- */

static const struct {
        enum tally_what what;
        const char *key;
} KEYS[] = {
        { TALLY_POSTS, "posts" },
        { TALLY_AUTHORS, "authors" },
        { TALLY_OCTETS, "octets" },
        { TALLY_PARTS, "attachments_removed" },
        { TALLY_HELD, "held" },
        { TALLY_DISCARDED, "discarded" },
        { TALLY_COMMANDS, "commands" },
        { TALLY_CHANGES + CHANGE_JOINED, "joined" },
        { TALLY_CHANGES + CHANGE_LEFT, "left" },
        { TALLY_CHANGES + CHANGE_PAUSED, "paused" },
        { TALLY_CHANGES + CHANGE_RESUMED, "resumed" },
        { TALLY_CHANGES + CHANGE_ADDRESS, "address_changes" },
        { TALLY_DELIVERED, "delivered" },
        { TALLY_DEFERRED, "deferred" },
        { TALLY_FAILED, "failed" },
        { TALLY_REPORT_HARD, "bounces_hard" },
        { TALLY_REPORT_SOFT, "bounces_soft" },
        { TALLY_REPORT_UNSIGNED, "bounces_unsigned" },
        { TALLY_COMPLAINT, "complaints" },
        { TALLY_BOUNCE_PAUSED, "bounce_paused" },
        { TALLY_BOUNCE_BACK, "bounce_back" },
        { TALLY_BOUNCE_REMOVED, "bounce_removed" },
        { TALLY_ASKED, "asked" },
        { TALLY_LIMITED, "limited" },
        { TALLY_NEVER, "never" },
};

static void put_checks(struct ctl *ctl, const struct report_facts *facts, const char *key, enum tally_what first)
{
        output_group(ctl->output, key, "");
        for (int i = 0; TALLY_CHECKS[i]; i++)
                output_fact(ctl->output, TALLY_CHECKS[i], NUMBER(facts->counts[first + i]));
        output_group_end(ctl->output);
}

static void put_numbers(struct ctl *ctl, const struct report_facts *facts)
{
        output_group(ctl->output, "numbers", "");
        for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++)
                output_fact(ctl->output, KEYS[i].key, NUMBER(facts->counts[KEYS[i].what]));
        output_group_end(ctl->output);
        put_checks(ctl, facts, "held_by", TALLY_HELD_BY);
        put_checks(ctl, facts, "discarded_by", TALLY_DISCARDED_BY);
        output_group(ctl->output, "members", "");
        output_fact(ctl->output, "all", NUMBER(facts->members));
        output_fact(ctl->output, "active", NUMBER(facts->active));
        output_fact(ctl->output, "paused", NUMBER(facts->paused));
        output_fact(ctl->output, "digests", NUMBER(facts->digests));
        output_group_end(ctl->output);
        output_group(ctl->output, "waiting", "");
        output_fact(ctl->output, "held", NUMBER(facts->held));
        output_fact(ctl->output, "asking", NUMBER(facts->asking));
        output_fact(ctl->output, "silent", NUMBER(facts->silent));
        output_group_end(ctl->output);
}

static void put_report(struct ctl *ctl, const struct asked *asked, const struct report *report)
{
        if (ctl->line->flags[FLAG_HTML]) {
                output_value(ctl->output, "html", TEXT(report->html));
                return;
        }
        output_field(ctl->output, "subject", TEXT(report->subject));
        if (asked->list)
                put_numbers(ctl, &asked->facts);
        output_fact(ctl->output, "html", TEXT(report->html));
        output_value(ctl->output, "text", TEXT(report->text));
}

/* --- the commands ---------------------------------------------------------------------------------------- */

static bool show(struct ctl *ctl, struct spool *spool, struct asked *asked, struct err *ret_err)
{
        struct report report;
        if (!make(ctl, spool, asked, &report, ret_err))
                return false;
        put_report(ctl, asked, &report);
        report_clear(&report);
        return true;
}

static bool send(struct ctl *ctl, struct spool *spool, struct asked *asked, struct err *ret_err)
{
        struct report report;
        if (!make(ctl, spool, asked, &report, ret_err))
                return false;
        const char *to = asked->list ? "its owners" : ctl->conf->admin;
        bool ok = asked->list ? report_send_list(ctl->store, ctl->conf, asked->list, &asked->door, &asked->facts, &asked->wish, ret_err)
                                : report_send(ctl->store, ctl->conf, &report, ret_err);
        if (ok) {
                output_fact(ctl->output, "to", TEXT(to));
                output_fact(ctl->output, "subject", TEXT(report.subject));
                output_say(ctl->output, "sent to %s: %s", to, report.subject);
        }
        report_clear(&report);
        return ok;
}

static bool with_asked(struct ctl *ctl, bool (*run)(struct ctl *, struct spool *, struct asked *, struct err *), struct err *ret_err)
{
        struct spool *spool;
        struct asked asked;
        if (!spool_open(&spool, ctl->conf->data, false, ret_err))
                return false;
        bool ok = asked_read(ctl, spool, &asked, ret_err) && run(ctl, spool, &asked, ret_err);
        asked_clear(&asked);
        spool_close(spool);
        return ok;
}

bool ctl_report_show(struct ctl *ctl, struct err *ret_err)
{
        return with_asked(ctl, show, ret_err);
}

bool ctl_report_send(struct ctl *ctl, struct err *ret_err)
{
        return with_asked(ctl, send, ret_err);
}
