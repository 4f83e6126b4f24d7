/* freemail.c - listctl freemail: domains where anybody gets an address
 * Gives:  ctl_freemail_ls(), ctl_freemail_check(), ctl_freemail_import(), ctl_freemail_refresh(), ctl_freemail_forget()
 * Fails:  ERR_PERM for a text that is no list of domains, ERR_TEMP when it cannot be fetched: what was imported before stays */
#include "base/domain.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "ctl/owner.h"
#include "fetch/refresh.h"
#include "handle/freemail.h"
#include "policy/freemail.h"
#include "store/errand.h"

static bool put_sources(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = {
                { "source" }, { "origin" }, { "fetched" }, { "domains", .is_right = true }, { "problem", .may_wrap = true }
        };
        struct errand errand = { 0 };
        bool ok = ctl_open_spool(ctl, ret_err) && errand_get(ctl->spool, ERRAND_FREEMAIL, &errand, ret_err);
        output_table(ctl->output, "sources", columns, G_N_ELEMENTS(columns));
        for (enum freemail_source source = FREEMAIL_BASE; ok && source <= FREEMAIL_IMPORT; source++) {
                struct freemail_origin origin;
                ok = freemail_origin_of(ctl->store, source, &origin, ret_err);
                if (ok && origin.digest) {
                        const bool is_failing = source == FREEMAIL_IMPORT && errand.url && *errand.error;
                        const struct cell row[] = {
                                TEXT(FREEMAIL_SOURCE_WORDS[source]),
                                TEXT(*origin.origin ? origin.origin : "built in"),
                                TIME(origin.fetched),
                                NUMBER(origin.domains),
                                TEXT(is_failing ? errand.error : NULL),
                        };
                        output_row(ctl->output, row);
                }
                freemail_origin_clear(&origin);
        }
        output_table_end(ctl->output);
        errand_clear(&errand);
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

/* Whoever fetches has none of our keys in memory: these tables hold nothing that is sealed. */
static bool open_without_keys(struct ctl *ctl, struct err *ret_err)
{
        return owner_become(ctl->conf->data, ret_err) && store_open(&ctl->store, ctl->conf->data, NULL, false, ret_err);
}

/* From a URL, a file or standard input; `there` is what was imported before. */
static bool fetch(const char *from, const struct freemail_origin *there, struct download *ret_download, struct err *ret_err)
{
        const bool is_known = g_strcmp0(there->origin, from) == 0;
        if (download_is_url(from))
                return refresh_download(ret_download, from, is_known ? there->etag : "", is_known ? there->modified : "", FREEMAIL_FILE_MAX,
                                        NULL, ret_err)
                       || err_prefix(ret_err, "%s", from);
        *ret_download = (struct download){ .etag = g_strdup(""), .modified = g_strdup("") };
        return ctl_read_file(from, FREEMAIL_FILE_MAX, &ret_download->body, &ret_download->length, ret_err);
}

static bool take(struct ctl *ctl, const struct download *download, const char *from, struct err *ret_err)
{
        const char *origin = strcmp(from, "-") == 0 ? "standard input" : from;
        const struct freemail_import import = { origin, download->etag, download->modified, download->body, download->length };
        return freemail_import(ctl->store, &import, ret_err);
}

/* What was imported before stays until all of the new list is there. */
static bool import(struct ctl *ctl, const char *from, const struct freemail_origin *there, struct err *ret_err)
{
        struct download download = { 0 };
        struct freemail_origin now = { 0 };
        bool ok = fetch(from, there, &download, ret_err) && (download.is_same || take(ctl, &download, from, ret_err))
                  && freemail_origin_of(ctl->store, FREEMAIL_IMPORT, &now, ret_err);
        if (ok) {
                output_fact(ctl->output, "origin", TEXT(now.origin));
                output_fact(ctl->output, "changed", FLAG(g_strcmp0(now.digest, there->digest) != 0));
                output_fact(ctl->output, "domains", NUMBER(now.domains));
                output_say(ctl->output, "%" G_GINT64_FORMAT " domains of %s count beside the base list%s", (gint64) now.domains, now.origin,
                           download.is_same ? ", as before" : "");
        }
        freemail_origin_clear(&now);
        download_clear(&download);
        return ok;
}

bool ctl_freemail_import(struct ctl *ctl, struct err *ret_err)
{
        const char *word = ctl->line->args[0];
        struct freemail_origin there = { 0 };
        if (!download_is_url(word) && strstr(word, "://"))
                return err_set(ret_err, ERR_USAGE, "'%.100s': a list comes from https://, http://, a file or -", word);
        const bool is_path = !download_is_url(word) && strcmp(word, "-") != 0;
        char *from = is_path ? g_canonicalize_filename(word, NULL) : g_strdup(word);
        bool ok = open_without_keys(ctl, ret_err) && freemail_origin_of(ctl->store, FREEMAIL_IMPORT, &there, ret_err)
                  && import(ctl, from, &there, ret_err);
        freemail_origin_clear(&there);
        g_free(from);
        return ok;
}

/* From where the last import came. */
bool ctl_freemail_refresh(struct ctl *ctl, struct err *ret_err)
{
        struct freemail_origin there = { 0 };
        bool ok = open_without_keys(ctl, ret_err) && freemail_origin_of(ctl->store, FREEMAIL_IMPORT, &there, ret_err);
        if (ok && !there.digest)
                ok = err_set(ret_err, ERR_NOT_FOUND, "nothing was imported yet: 'listctl freemail import' a file or a URL first");
        else if (ok && !download_is_url(there.origin) && !g_path_is_absolute(there.origin))
                ok = err_set(ret_err, ERR_NOT_FOUND, "the last import came from standard input: import it anew");
        ok = ok && import(ctl, there.origin, &there, ret_err);
        freemail_origin_clear(&there);
        return ok;
}

bool ctl_freemail_forget(struct ctl *ctl, struct err *ret_err)
{
        if (!freemail_remove(ctl->store, FREEMAIL_IMPORT, ret_err))
                return false;
        output_say(ctl->output, "what was imported is forgotten; the base list counts alone");
        return true;
}
