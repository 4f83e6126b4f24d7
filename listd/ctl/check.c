/* check.c - listctl check: what is set and should be looked at, and whether the store is whole
 * Gives:  ctl_check(), ctl_check_config(), ctl_check_store()
 * Fails:  ERR_PERM when something is wrong (a warning is none); an unreadable configuration fails before it comes here */
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/keyring.h"
#include "base/net.h"
#include "base/sandbox.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "policy/post.h"
#include "policy/probe.h"
#include "store/spool.h"

/* --- findings ------------------------------------------------------------------------------------- */

struct findings {
        GPtrArray *items; /* struct finding */
        size_t faults;
};

struct finding {
        bool is_fault; /* listd does not work like this */
        char *about, *text;
};

static void finding_free(void *data)
{
        struct finding *finding = data;
        g_free(finding->about);
        g_free(finding->text);
        g_free(finding);
}

static void find(struct findings *findings, bool is_fault, const char *about, const char *format, ...) PRINTF_LIKE(4, 5);

static void find(struct findings *findings, bool is_fault, const char *about, const char *format, ...)
{
        struct finding *finding = g_new0(struct finding, 1);
        va_list args;
        va_start(args, format);
        finding->text = g_strdup_vprintf(format, args);
        va_end(args);
        finding->about = g_strdup(about);
        finding->is_fault = is_fault;
        findings->faults += is_fault;
        g_ptr_array_add(findings->items, finding);
}

static const struct column FINDING_COLUMNS[] = { { "level" }, { "about" }, { "text", .may_wrap = true } };

static void put_findings(struct output *output, const struct findings *findings)
{
        output_table(output, "findings", FINDING_COLUMNS, G_N_ELEMENTS(FINDING_COLUMNS));
        for (guint i = 0; i < findings->items->len; i++) {
                const struct finding *finding = findings->items->pdata[i];
                const struct cell row[] = {
                        TEXT(finding->is_fault ? "fault" : "warning"),
                        TEXT(finding->about),
                        TEXT(finding->text),
                };
                output_row(output, row);
        }
        output_table_end(output);
}

/* --- what the configuration says ---------------------------------------------------------------------- */

static void look_at_sandbox(struct findings *findings, const struct conf *conf)
{
        struct err err;
        bool must = conf->sandbox == SANDBOX_MUST;
        if (!sandbox_available(&err))
                find(findings, must, "[server] sandbox", "%s: %s", err.text,
                     must ? "the receiver must be confined, so it does not start" : "the receiver runs with its own user alone");
}

static void look_at_proof(struct findings *findings, const struct conf *conf)
{
        if (!*conf->authserv_id)
                find(findings, false, "[server] authserv_id",
                     "is empty, so members are asked whether they wrote a post, once in a network and 90 days (sender_proof auto is "
                     "confirm): name the host whose Authentication-Results are to be believed");
        else if (!*conf->trusted_networks)
                find(findings, false, "[server] trusted_networks",
                     "is empty, so the Authentication-Results of %s are believed from the unix socket alone", conf->authserv_id);
}

/* Whoever hands over the mail of many is counted as one stranger, unless it is known for what it is. */
static void look_at_guard(struct findings *findings, const struct conf *conf)
{
        bool is_loopback = *conf->smtp && !network_list_has(conf->trusted_networks, "127.0.0.1");
        for (char **text = conf->smtp; *text; text++)
                is_loopback = is_loopback && g_str_has_prefix(*text, "127.");
        if (is_loopback)
                find(findings, false, "[receive] smtp",
                     "only this host can connect, and what an MTA here hands over counts as one stranger's, who would soon be slowed: add"
                     " 127.0.0.1 to [server] trusted_networks, or hand over by lmtp ('listctl mta postfix')");
}

static void look_at_shared(struct findings *findings, const struct conf *conf)
{
        if (conf->addresses == ADDRESSES_PLUS)
                find(findings, false, "[server] addresses",
                     "plus is for a domain that has mailboxes too: there the MTA tells which addresses exist, so no-bounce is its affair"
                     " ('listctl mta postfix --shared')");
}

static void look_at_user(struct findings *findings, const char *about, const char *name)
{
        if (!getpwnam(name))
                find(findings, geteuid() == 0, about, "there is no user %s ('listctl init' as root says how to make it)", name);
}

static void look_at_users(struct findings *findings, const struct conf *conf)
{
        look_at_user(findings, "[server] user", conf->user);
        look_at_user(findings, "[receive] user", conf->receive_user);
        if (conf_wants_fetch(conf))
                look_at_user(findings, "[fetch] user", conf->fetch_user);
        if (strcmp(conf->user, conf->receive_user) == 0)
                find(findings, false, "[receive] user", "is [server] user too: who breaks into the receiver can read the members");
}

/* A file that only its owner and a group should read; `path` may be empty. */
static void look_at_secret(struct findings *findings, const char *about, const char *path)
{
        struct stat status;
        if (*path && stat(path, &status) == 0 && (status.st_mode & 077 & ~040))
                find(findings, false, about, "%s can be read by others: chmod o-rwx %s", path, path);
}

static void look_at_secrets(struct findings *findings, const struct conf *conf)
{
        look_at_secret(findings, "[receive] tls_key", conf->tls_key);
        look_at_secret(findings, "[deliver] password_file", conf->password_file);
}

static void look_at_templates(struct findings *findings, const struct conf *conf)
{
        if (*conf->templates && access(conf->templates, R_OK | X_OK) != 0)
                find(findings, false, "[server] templates", "%s cannot be read, so the built-in texts are sent: %s", conf->templates,
                     g_strerror(errno));
}

static void look_at_probes(struct findings *findings, const struct conf *conf)
{
        struct err err;
        char *text = NULL;
        if (!probes_text(&text, conf->probes, &err))
                find(findings, true, "[guard] probes", "%s", err.text);
        g_free(text);
}

static void look_at_decoy(struct findings *findings, const struct conf *conf)
{
        if (*conf->decoy)
                find(findings, false, "[guard] decoy",
                     "%s takes mail to anybody, as an open relay would, and keeps it for you; nothing of it is relayed. Who looks"
                     " at answers only may list your address as an open relay",
                     conf->decoy[0]);
        if (conf->decoy_forward_first && *conf->decoy)
                find(findings, false, "[guard] decoy_forward_first",
                     "a stranger can have one small mail a network, and a few a day in all, sent to anybody through you: it may be spam,"
                     " and a blocklist may list you for it");
        else if (conf->decoy_forward_first)
                find(findings, false, "[guard] decoy_forward_first", "does nothing without decoy");
}

/* --- what the data folder says --------------------------------------------------------------------------- */

static void look_at_lists(struct findings *findings, const GPtrArray *lists)
{
        for (guint i = 0; i < lists->len; i++) {
                const struct list *list = lists->pdata[i];
                if (list->sender_proof == PROOF_NONE)
                        find(findings, false, list->address, "sender_proof is none: whoever forges a member's From posts as that member");
        }
}

static void look_at_room(struct findings *findings, const struct conf *conf)
{
        const int folder = disk_open(conf);
        uint64_t left;
        if (!disk_has_room(folder, conf, 0, &left))
                find(findings, true, "[receive] min_free",
                     "the disk of %s has %" G_GUINT64_FORMAT " octets left and %d are to be kept free, so all mail is answered 452 and"
                     " waits with its senders: make room",
                     conf->data, left, conf->min_free);
        close(folder);
}

/* The keys' modes are looked at by keyring_load(). */
static void look_at_data(struct ctl *ctl, struct findings *findings)
{
        struct err err = { 0 };
        GPtrArray *lists = NULL;
        if (!ctl_open(ctl, &err) || !list_all(ctl->store, &lists, &err)) {
                find(findings, true, "[server] data", "%s", err.text);
                return;
        }
        look_at_lists(findings, lists);
        look_at_room(findings, ctl->conf);
        g_ptr_array_unref(lists);
}

static bool check_config(struct ctl *ctl, struct err *ret_err)
{
        const struct conf *conf = ctl->conf;
        struct findings findings = { .items = g_ptr_array_new_with_free_func(finding_free) };
        look_at_sandbox(&findings, conf);
        look_at_proof(&findings, conf);
        look_at_guard(&findings, conf);
        look_at_shared(&findings, conf);
        look_at_users(&findings, conf);
        look_at_secrets(&findings, conf);
        look_at_templates(&findings, conf);
        look_at_probes(&findings, conf);
        look_at_decoy(&findings, conf);
        look_at_data(ctl, &findings);
        output_field(ctl->output, "config", TEXT(ctl->conf_path));
        output_field(ctl->output, "faults", NUMBER((int64_t) findings.faults));
        output_field(ctl->output, "warnings", NUMBER((int64_t) (findings.items->len - findings.faults)));
        put_findings(ctl->output, &findings);
        g_ptr_array_unref(findings.items);
        return !findings.faults || err_set(ret_err, ERR_PERM, "%s: listd does not work like this", ctl->conf_path);
}

/* --- the nouns' verbs ---------------------------------------------------------------------------------------- */

bool ctl_check_config(struct ctl *ctl, struct err *ret_err)
{
        return check_config(ctl, ret_err);
}

bool ctl_check_store(struct ctl *ctl, struct err *ret_err)
{
        int64_t rows;
        if (!store_check(ctl->store, &rows, ret_err) || !spool_open(&ctl->spool, ctl->conf->data, false, ret_err)
            || !spool_check(ctl->spool, ret_err))
                return false;
        output_field(ctl->output, "rows", NUMBER(rows));
        output_say(ctl->output, "every row is whole and can be opened");
        return true;
}

bool ctl_check(struct ctl *ctl, struct err *ret_err)
{
        return check_config(ctl, ret_err) && ctl_check_store(ctl, ret_err);
}
