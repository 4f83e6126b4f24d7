/* mta.c - listctl mta postfix: the lines that Postfix needs to stand before and behind listd
 * Gives:  ctl_mta_postfix()
 * Fails:  ERR_PERM when the configuration names nothing that Postfix could speak to
 * docs/postfix.md has the same lines for its example, with the reasons; a test compares the two. */
#include "base/net.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"

enum { ROOM_FOR_WRAPPING = 2 }; /* mail to owners goes on wrapped, so what listd sends may be larger than what it took */

/* As Postfix names what listd listens at: "inet:127.0.0.1:2524", "unix:/run/listd/lmtp". The caller frees; NULL: nothing. */
static char *service(char *const *listeners)
{
        struct endpoint endpoint;
        struct err err = { 0 };
        if (!*listeners || !endpoint_parse(&endpoint, *listeners, &err))
                return NULL;
        if (endpoint.is_unix)
                return g_strdup_printf("unix:%s", endpoint.host);
        return g_strdup_printf(strchr(endpoint.host, ':') ? "inet:[%s]:%u" : "inet:%s:%u", endpoint.host, endpoint.port);
}

struct page {
        const struct conf *conf;
        char *lmtp, *policy; /* services; `policy` may be NULL */
        char *domains;       /* parted by ", " */
};

static void put_file(struct ctl *ctl, const char *path, const char *key, GString *text)
{
        output_say(ctl->output, "# %s", path);
        output_value(ctl->output, key, TEXT(text->str));
        g_string_free(text, TRUE);
}

static void append_common(GString *main_cf, const struct page *page)
{
        g_string_append_printf(main_cf,
                               "message_size_limit = %d\nallow_percent_hack = no\nswap_bangpath = no\n"
                               "smtpd_discard_ehlo_keywords = dsn, silent-discard\nlmtp_send_xforward_command = yes\n",
                               page->conf->max_size);
        if (page->policy)
                g_string_append_printf(main_cf,
                                       "smtpd_recipient_restrictions = check_policy_service { %s, timeout=10s, default_action=DUNNO }\n",
                                       page->policy);
}

/* --- a domain of its own -------------------------------------------------------------------- */

static void put_own(struct ctl *ctl, const struct page *page)
{
        GString *main_cf = g_string_new(NULL), *transport = g_string_new(NULL);
        g_string_append_printf(main_cf,
                               "relay_domains = %s\nrelay_recipient_maps =\nparent_domain_matches_subdomains =\n"
                               "transport_maps = hash:/etc/postfix/transport\nheader_checks = regexp:/etc/postfix/header_checks\n",
                               page->domains);
        append_common(main_cf, page);
        for (char **domain = page->conf->domains; *domain; domain++)
                g_string_append_printf(transport, "%s   lmtp:%s\n", *domain, page->lmtp);
        put_file(ctl, "/etc/postfix/main.cf", "main_cf", main_cf);
        put_file(ctl, "/etc/postfix/transport", "transport", transport);
}

/* --- a domain that has mailboxes too ------------------------------------------------------- */

static void append_escaped(GString *pattern, const char *text)
{
        for (; *text; text++)
                g_string_append_printf(pattern, *text == '.' ? "\\%c" : "%c", *text);
}

/* A list and its doors, with or without a ticket; and the return path of mail to the admin. */
static void append_pattern(GString *map, const char *local, const char *domain, const char *result)
{
        g_string_append(map, "/^");
        append_escaped(map, local);
        g_string_append(map, "@");
        append_escaped(map, domain);
        g_string_append_printf(map, "$/   %s\n", result);
}

static void append_list(GString *map, const struct list *list, const char *result)
{
        static const char doors[] = "([-+](on|subscribe|join|off|unsubscribe|leave|digest|help|request|owner|confirm|bounce))?"
                                    "(\\+[a-z2-7]+)?";
        char *local = g_strconcat(list->name, doors, NULL);
        g_string_append(map, "/^");
        g_string_append_printf(map, "%s@", local);
        append_escaped(map, list->domain);
        g_string_append_printf(map, "$/   %s\n", result);
        g_free(local);
}

static bool append_lists(struct ctl *ctl, const struct page *page, GString *transport, GString *recipients, struct err *ret_err)
{
        GPtrArray *lists;
        char *lmtp = g_strdup_printf("lmtp:%s", page->lmtp);
        bool ok = list_all(ctl->store, &lists, ret_err);
        if (ok) {
                for (guint i = 0; i < lists->len; i++) {
                        append_list(transport, lists->pdata[i], lmtp);
                        append_list(recipients, lists->pdata[i], "OK");
                }
                for (char **domain = page->conf->domains; *domain; domain++) {
                        append_pattern(transport, "bounce\\+[a-z2-7]+", *domain, lmtp);
                        append_pattern(recipients, "bounce\\+[a-z2-7]+", *domain, "OK");
                }
                g_ptr_array_unref(lists);
        }
        g_free(lmtp);
        return ok;
}

static bool put_shared(struct ctl *ctl, const struct page *page, struct err *ret_err)
{
        GString *main_cf = g_string_new(NULL), *transport = g_string_new(NULL), *recipients = g_string_new(NULL);
        bool ok = append_lists(ctl, page, transport, recipients, ret_err);
        if (!ok) {
                g_string_free(main_cf, TRUE);
                g_string_free(transport, TRUE);
                g_string_free(recipients, TRUE);
                return false;
        }
        g_string_append(main_cf, "transport_maps = regexp:/etc/postfix/listd_transport\n"
                                 "local_recipient_maps = $alias_maps, proxy:unix:passwd.byname, regexp:/etc/postfix/listd_recipients\n"
                                 "header_checks = regexp:/etc/postfix/header_checks\n");
        append_common(main_cf, page);
        put_file(ctl, "/etc/postfix/main.cf", "main_cf", main_cf);
        put_file(ctl, "/etc/postfix/listd_transport", "transport", transport);
        put_file(ctl, "/etc/postfix/listd_recipients", "recipients", recipients);
        output_say(ctl->output,
                   "Where %s is in virtual_mailbox_domains, put the last map into virtual_mailbox_maps instead of local_recipient_maps."
                   " Print these maps anew after a list is made, renamed or removed. Which addresses exist is told by Postfix then, lists"
                   " included: a list that nobody is to know of belongs into a domain of its own.",
                   page->domains);
        return true;
}

/* --- both ------------------------------------------------------------------------------------- */

static void put_checks(struct ctl *ctl, const struct page *page)
{
        GString *checks = g_string_new("/^Authentication-Results[ \\t]*:.*");
        append_escaped(checks, *page->conf->authserv_id ? page->conf->authserv_id : page->conf->hostname);
        g_string_append(checks, "/ IGNORE\n");
        put_file(ctl, "/etc/postfix/header_checks", "header_checks", checks);
}

/* The port that listd sends to: [deliver] relay, when it is on this host and not the one that everybody uses. */
static void put_master(struct ctl *ctl, const struct page *page)
{
        const int size = page->conf->max_size * ROOM_FOR_WRAPPING;
        GString *master = g_string_new(NULL);
        g_string_append_printf(master,
                               "%-15s inet  n       -       y       -       -       smtpd\n    -o syslog_name=postfix/listd\n"
                               "    -o message_size_limit=%d\n    -o cleanup_service_name=listd-cleanup\n"
                               "listd-cleanup   unix  n       -       y       -       0       cleanup\n    -o message_size_limit=%d\n"
                               "    -o header_checks=\n",
                               page->conf->relay, size, size);
        put_file(ctl, "/etc/postfix/master.cf", "master_cf", master);
}

bool ctl_mta_postfix(struct ctl *ctl, struct err *ret_err)
{
        struct page page = { .conf = ctl->conf, .lmtp = service(ctl->conf->lmtp), .policy = service(ctl->conf->policy) };
        bool ok = page.lmtp != NULL;
        if (!ok)
                err_set(ret_err, ERR_PERM, "[receive] lmtp is empty: Postfix hands over by LMTP (lmtp = 127.0.0.1:2524)");
        page.domains = g_strjoinv(", ", ctl->conf->domains);
        if (ok && ctl->line->flags[FLAG_SHARED])
                ok = put_shared(ctl, &page, ret_err);
        else if (ok)
                put_own(ctl, &page);
        if (ok) {
                put_checks(ctl, &page);
                put_master(ctl, &page);
                output_say(ctl->output, "Where a setting is there already, join the values. Then: postmap /etc/postfix/transport;"
                                        " postfix reload");
        }
        g_free(page.lmtp);
        g_free(page.policy);
        g_free(page.domains);
        return ok;
}
