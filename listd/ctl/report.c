/* report.c - listctl report show, send: the daily report, now
 * Gives:  ctl_report_show(), ctl_report_send()
 * Fails:  ERR_USAGE without --site: lists have no report yet */
#include "handle/report.h"

#include "ctl/ctl.h"
#include "ctl/nouns.h"

enum { DAY = 86400 };

/* What happened in the last day. To be cleared on success. */
static bool read_report(const struct ctl *ctl, struct report *ret_report, struct err *ret_err)
{
        const char *lang = ctl->line->options[OPTION_LANG];
        const int64_t now = store_now();
        const struct report_wish wish = {
                .lang = !lang ? ctl->conf->report_lang : strcmp(lang, "ja") == 0 ? LANG_JA : LANG_EN,
                .since = now - DAY, .now = now, .is_weekly = true,
        };
        struct spool *spool;
        if (!ctl->line->flags[FLAG_SITE])
                return err_set(ret_err, ERR_USAGE, "whose report? --site is that of the server (lists have none yet)");
        if (!spool_open(&spool, ctl->conf->data, false, ret_err))
                return false;
        bool ok = report_site(ctl->store, spool, ctl->conf, &wish, ret_report, ret_err);
        spool_close(spool);
        return ok;
}

bool ctl_report_show(struct ctl *ctl, struct err *ret_err)
{
        struct report report;
        if (!read_report(ctl, &report, ret_err))
                return false;
        output_field(ctl->output, "subject", TEXT(report.subject));
        output_value(ctl->output, "text", TEXT(report.text));
        report_clear(&report);
        return true;
}

bool ctl_report_send(struct ctl *ctl, struct err *ret_err)
{
        struct report report;
        if (!read_report(ctl, &report, ret_err))
                return false;
        bool ok = report_send(ctl->store, ctl->conf, &report, ret_err);
        if (ok) {
                output_fact(ctl->output, "to", TEXT(ctl->conf->admin));
                output_fact(ctl->output, "subject", TEXT(report.subject));
                output_say(ctl->output, "sent to %s: %s", ctl->conf->admin, report.subject);
        }
        report_clear(&report);
        return ok;
}
