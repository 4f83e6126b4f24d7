/* mailbox.c - listctl check mailbox: whether mail can be taken from the mailboxes of the configuration
 * Gives:  ctl_check_mailbox()
 * Fails:  ERR_PERM when one cannot be used as it is; ERR_NOT_FOUND for a name that is not configured
 * Connects, logs in and lists; takes nothing. Passwords are read as the one who called, then given away. */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "fetch/mailbox.h"
#include "store/pickup.h"

enum { COMMAND_SECONDS = 60, IDLE_SECONDS = 30 };

static const struct column MAILBOX_COLUMNS[] = {
        { "mailbox" }, { "messages", .is_right = true }, { "octets", .is_right = true }, { "last" }, { "is", .may_wrap = true },
};

static void put_row(struct ctl *ctl, const char *name, const GArray *listed, int64_t tried, const char *is)
{
        int64_t octets = 0;
        for (guint i = 0; listed && i < listed->len; i++)
                octets += MAX(0, g_array_index(listed, struct listed, i).size);
        const struct cell row[] = { TEXT(name), listed ? NUMBER(listed->len) : NUMBER_AS(0, "-"), SIZE(octets), TIME(tried), TEXT(is) };
        output_row(ctl->output, row);
}

/* What can be read; the caller frees. */
static bool read_file(const char *path, char **ret_text, struct err *ret_err)
{
        GError *error = NULL;
        *ret_text = NULL;
        if (!*path || g_file_get_contents(path, ret_text, NULL, &error))
                return true;
        err_set(ret_err, ERR_PERM, "%s", error->message);
        g_error_free(error);
        return false;
}

/* Opens it, lists it, closes it. */
static bool try_mailbox(const struct pickup *pickup, GArray **ret_listed, struct err *ret_err)
{
        struct mailbox_settings settings = { .pickup = pickup, .seconds = COMMAND_SECONDS, .idle_seconds = IDLE_SECONDS };
        struct mailbox *mailbox;
        char *password, *ca = NULL, *validity;
        bool ok = read_file(pickup->password_file, &password, ret_err) && read_file(pickup->tls_ca, &ca, ret_err);
        if (ok) {
                settings.password = g_strchomp(password);
                settings.ca = ca;
                ok = mailbox_open(&mailbox, &settings, ret_err);
        }
        if (ok) {
                ok = mailbox_list(mailbox, ret_listed, &validity, ret_err);
                if (ok)
                        g_free(validity);
                mailbox_close(mailbox);
        }
        if (password)
                explicit_bzero(password, strlen(password));
        g_free(password);
        g_free(ca);
        return ok;
}

static bool check_one(struct ctl *ctl, const struct pickup *pickup, bool *ret_fine, struct err *ret_err)
{
        struct pickup_state state;
        struct err flaw = { 0 };
        GArray *listed = NULL;
        if (!pickup_get(ctl->spool, pickup->name, &state, ret_err))
                return false;
        *ret_fine = try_mailbox(pickup, &listed, &flaw);
        put_row(ctl, pickup->name, listed, state.tried, *ret_fine ? (*state.error ? state.error : "fine") : flaw.text);
        g_clear_pointer(&listed, g_array_unref);
        pickup_clear(&state);
        return true;
}

/* One mailbox gets the mail of ml@, ml-on@ and each ticket only where its provider brings all of them there: with plus. */
static bool check_addresses(const struct conf *conf, struct err *ret_err)
{
        return conf->addresses == ADDRESSES_PLUS
               || err_set(ret_err, ERR_PERM,
                          "[server] addresses is suffix: mail to ml-on@ or ml-bounce+TICKET@ would not come to an ordinary mailbox, so"
                          " nobody could join, leave or confirm. Set addresses = plus where the provider takes ml+anything@ for ml@");
}

static bool check_all(struct ctl *ctl, const char *name, struct err *ret_err)
{
        const struct conf *conf = ctl->conf;
        int faults = 0, looked = 0;
        bool ok = true;
        output_table(ctl->output, "mailboxes", MAILBOX_COLUMNS, G_N_ELEMENTS(MAILBOX_COLUMNS));
        for (size_t i = 0; ok && i < conf->pickup_count; i++) {
                bool is_fine;
                if (name && strcmp(conf->pickups[i].name, name) != 0)
                        continue;
                ok = check_one(ctl, &conf->pickups[i], &is_fine, ret_err);
                faults += !is_fine;
                looked++;
        }
        output_table_end(ctl->output);
        if (ok && !looked)
                return err_set(ret_err, ERR_NOT_FOUND, "there is no section [pickup %s] in %s", name ? name : "NAME", ctl->conf_path);
        return ok && (!faults || err_set(ret_err, ERR_PERM, "mailboxes that cannot be used as they are: %d", faults))
               && check_addresses(conf, ret_err);
}

bool ctl_check_mailbox(struct ctl *ctl, struct err *ret_err)
{
        if (!spool_open(&ctl->spool, ctl->conf->data, false, ret_err))
                return false;
        return check_all(ctl, ctl->line->args[0], ret_err);
}
