/* domain.c - listctl domain: whether our domains keep mail for unknown addresses, or refuse it
 * Gives:  ctl_domain_ls(), ctl_domain_set()
 * Fails:  ERR_NOT_FOUND for a domain that is none of ours; ERR_PERM while one that would be off has private lists */
#include "base/domain.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "store/domain.h"

static const char *const WORDS_MODE[] = { "off", "on", NULL };

/* --- ls ------------------------------------------------------------------------------------ */

static const struct column DOMAIN_COLUMNS[] = {
        { "domain" }, { "no_bounce" }, { "since" }, { "lists", .is_right = true }, { "private", .is_right = true },
};

static bool put_domain(struct ctl *ctl, const char *domain, const GPtrArray *lists, struct err *ret_err)
{
        bool is_on;
        int64_t since, count = 0, hidden = 0;
        if (!domain_no_bounce(ctl->store, domain, &is_on, &since, ret_err))
                return false;
        for (guint i = 0; i < lists->len; i++) {
                const struct list *list = lists->pdata[i];
                if (strcmp(list->domain, domain) != 0)
                        continue;
                count++;
                hidden += list->visibility == VISIBILITY_PRIVATE;
        }
        const struct cell row[] = { TEXT(domain), TEXT(WORDS_MODE[is_on]), TIME(since), NUMBER(count), NUMBER(hidden) };
        output_row(ctl->output, row);
        return true;
}

bool ctl_domain_ls(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *lists;
        bool ok = list_all(ctl->store, &lists, ret_err);
        if (!ok)
                return false;
        output_table(ctl->output, "domains", DOMAIN_COLUMNS, G_N_ELEMENTS(DOMAIN_COLUMNS));
        for (char **domain = ctl->conf->domains; ok && *domain; domain++)
                ok = put_domain(ctl, *domain, lists, ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(lists);
        return ok;
}

/* --- set ----------------------------------------------------------------------------------- */

/* One of ours as it is stored; the caller frees. NULL with *ret_err. */
static char *our_domain(const struct ctl *ctl, const char *text, struct err *ret_err)
{
        char *domain = domain_to_ascii(text);
        if (domain && conf_is_our_domain(ctl->conf, domain))
                return domain;
        g_free(domain);
        char *ours = g_strjoinv(", ", ctl->conf->domains);
        err_set(ret_err, ERR_NOT_FOUND, "%s is none of our domains (%s)", text, ours);
        g_free(ours);
        return NULL;
}

static bool mode_of(const struct ctl *ctl, bool *ret_on, struct err *ret_err)
{
        const char *key = ctl->line->args[1], *value = ctl->line->args[2];
        if (strcmp(key, "no_bounce") != 0)
                return err_set(ret_err, ERR_USAGE, "a domain has no setting '%s'; there is: no_bounce", key);
        if (strcmp(value, WORDS_MODE[true]) != 0 && strcmp(value, WORDS_MODE[false]) != 0)
                return err_set(ret_err, ERR_USAGE, "no_bounce: '%s' is neither on nor off", value);
        *ret_on = strcmp(value, WORDS_MODE[true]) == 0;
        return true;
}

bool ctl_domain_set(struct ctl *ctl, struct err *ret_err)
{
        bool on = true;
        char *domain = mode_of(ctl, &on, ret_err) ? our_domain(ctl, ctl->line->args[0], ret_err) : NULL;
        if (!domain)
                return false;
        bool ok = domain_set_no_bounce(ctl->store, domain, on, clock_now(), ret_err) && ctl_publish(ctl, ret_err);
        if (ok) {
                output_fact(ctl->output, "domain", TEXT(domain));
                output_fact(ctl->output, "no_bounce", TEXT(WORDS_MODE[on]));
                output_say(ctl->output,
                           on ? "%s: mail for unknown addresses is taken and kept; nobody can tell which addresses exist"
                              : "%s: mail for unknown addresses is refused; whoever asks can tell which addresses exist",
                           domain);
        }
        g_free(domain);
        return ok;
}
