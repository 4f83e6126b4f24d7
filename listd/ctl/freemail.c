/* freemail.c - listctl freemail: domains where anybody gets an address
 * Gives:  ctl_freemail_ls(), ctl_freemail_check(), ctl_freemail_import(), ctl_freemail_forget()
 * Fails:  ERR_PERM for a text that is no list of domains: what was imported before stays */
#include "base/domain.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/freemail.h"
#include "policy/freemail.h"

static bool put_sources(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "source" }, { "origin" }, { "fetched" }, { "domains", .is_right = true } };
        bool ok = true;
        output_table(ctl->output, "sources", columns, G_N_ELEMENTS(columns));
        for (enum freemail_source source = FREEMAIL_BASE; ok && source <= FREEMAIL_IMPORT; source++) {
                struct freemail_origin origin;
                ok = freemail_origin_of(ctl->store, source, &origin, ret_err);
                if (ok && origin.digest) {
                        const struct cell row[] = {
                                TEXT(FREEMAIL_SOURCE_WORDS[source]),
                                TEXT(*origin.origin ? origin.origin : "built in"),
                                TIME(origin.fetched),
                                NUMBER(origin.domains),
                        };
                        output_row(ctl->output, row);
                }
                freemail_origin_clear(&origin);
        }
        output_table_end(ctl->output);
        return ok;
}

bool ctl_freemail_ls(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "domain" }, { "kind" }, { "source" } };
        GPtrArray *domains;
        if (!freemail_sync(ctl->store, ctl->conf, ret_err) || !put_sources(ctl, ret_err) || !freemail_all(ctl->store, &domains, ret_err))
                return false;
        output_table(ctl->output, "freemail", columns, G_N_ELEMENTS(columns));
        for (guint i = 0; i < domains->len; i++) {
                const struct freemail_domain *domain = domains->pdata[i];
                const struct cell row[] = {
                        TEXT(domain->domain),
                        TEXT(FREEMAIL_KIND_WORDS[domain->kind]),
                        TEXT(FREEMAIL_SOURCE_WORDS[domain->source]),
                };
                output_row(ctl->output, row);
        }
        output_table_end(ctl->output);
        g_ptr_array_unref(domains);
        return true;
}

/* --- check ----------------------------------------------------------------------------------- */

bool ctl_freemail_check(struct ctl *ctl, struct err *ret_err)
{
        const char *text = ctl->line->args[0], *at = strrchr(text, '@');
        char *domain = domain_to_ascii(at ? at + 1 : text), *listed = NULL;
        enum freemail_kind kind;
        if (!domain)
                return err_set(ret_err, ERR_USAGE, "'%s' is neither an address nor a domain", text);
        bool ok = freemail_sync(ctl->store, ctl->conf, ret_err) && freemail_find(ctl->store, domain, &kind, &listed, ret_err);
        if (ok) {
                output_field(ctl->output, "domain", TEXT(domain));
                output_field(ctl->output, "kind", TEXT(kind ? FREEMAIL_KIND_WORDS[kind] : NULL));
                output_field(ctl->output, "listed", TEXT(listed));
                if (!kind)
                        output_say(ctl->output, "%s is on no list: its addresses are treated as any others", domain);
        }
        g_free(listed);
        g_free(domain);
        return ok;
}

/* --- import ---------------------------------------------------------------------------------- */

/* Other people's lists have no sections; those that are kept fresh are of throw-away domains. */
static bool import(struct ctl *ctl, const char *text, size_t length, const char *origin, int64_t *ret_domains, struct err *ret_err)
{
        GPtrArray *domains;
        if (!freemail_parse(&domains, text, length, FREEMAIL_THROWAWAY, origin, ret_err))
                return false;
        char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, length);
        const struct freemail_list list = { FREEMAIL_IMPORT, origin, digest, "", "", store_now() };
        struct freemail_origin now = { 0 };
        bool ok = freemail_replace(ctl->store, &list, domains, ret_err)
                  && freemail_origin_of(ctl->store, FREEMAIL_IMPORT, &now, ret_err);
        *ret_domains = now.domains;
        freemail_origin_clear(&now);
        g_free(digest);
        g_ptr_array_unref(domains);
        return ok;
}

bool ctl_freemail_import(struct ctl *ctl, struct err *ret_err)
{
        const char *path = ctl->line->args[0];
        char *text;
        size_t length;
        int64_t domains;
        if (!ctl_read_file(path, FREEMAIL_FILE_MAX, &text, &length, ret_err))
                return false;
        bool ok = import(ctl, text, length, strcmp(path, "-") == 0 ? "standard input" : path, &domains, ret_err);
        g_free(text);
        if (ok) {
                output_fact(ctl->output, "origin", TEXT(path));
                output_fact(ctl->output, "domains", NUMBER(domains));
                output_say(ctl->output, "%" G_GINT64_FORMAT " domains of %s count beside the base list, in place of the last import",
                           (gint64) domains, path);
        }
        return ok;
}

bool ctl_freemail_forget(struct ctl *ctl, struct err *ret_err)
{
        if (!freemail_remove(ctl->store, FREEMAIL_IMPORT, ret_err))
                return false;
        output_say(ctl->output, "what was imported is forgotten; the base list counts alone");
        return true;
}
