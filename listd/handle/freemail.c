/* freemail.c - free-mail domains: the base list into the store, and what a list makes of an address
 * Gives:  freemail_sync(), freemail_import(), freemail_keep_fresh(), freemail_rule()
 * Fails:  ERR_NOT_FOUND, ERR_PERM for a file that cannot be read or is no such list: what the store has holds on */
#include "handle/freemail.h"

#include "base/download.h"
#include "policy/freemail.h"
#include "store/errand.h"

/* Built in, or the file that [guard] freemail names. The caller frees. */
static bool base_text(const struct conf *conf, char **ret_text, size_t *ret_length, struct err *ret_err)
{
        GError *error = NULL;
        if (!*conf->freemail) {
                *ret_text = g_strjoinv("", (char **) FREEMAIL_LINES);
                *ret_length = strlen(*ret_text);
                return true;
        }
        if (g_file_get_contents(conf->freemail, ret_text, ret_length, &error))
                return true;
        err_set(ret_err, ERR_NOT_FOUND, "[guard] freemail: %s", error->message);
        g_error_free(error);
        return false;
}

/* What the text has takes the place of all that the store has of that source. */
static bool replace(struct store *store, const struct freemail_list *list, const char *text, size_t length, struct err *ret_err)
{
        GPtrArray *domains;
        const enum freemail_kind kind = list->source == FREEMAIL_BASE ? FREEMAIL_MAIL : FREEMAIL_THROWAWAY;
        if (!freemail_parse(&domains, text, length, kind, *list->origin ? list->origin : "freemail.txt", ret_err))
                return false;
        bool ok = freemail_replace(store, list, domains, ret_err);
        g_ptr_array_unref(domains);
        return ok;
}

static char *digest_of(const char *text, size_t length)
{
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, length);
}

bool freemail_sync(struct store *store, const struct conf *conf, struct err *ret_err)
{
        char *text;
        size_t length;
        struct freemail_origin there;
        if (!base_text(conf, &text, &length, ret_err))
                return false;
        char *digest = digest_of(text, length);
        const struct freemail_list list = { FREEMAIL_BASE, conf->freemail, digest, "", "", clock_now() };
        bool ok = freemail_origin_of(store, FREEMAIL_BASE, &there, ret_err)
                  && ((g_strcmp0(there.digest, digest) == 0 && g_strcmp0(there.origin, conf->freemail) == 0)
                      || replace(store, &list, text, length, ret_err));
        freemail_origin_clear(&there);
        g_free(digest);
        g_free(text);
        return ok;
}

bool freemail_import(struct store *store, const struct freemail_import *import, struct err *ret_err)
{
        char *digest = digest_of(import->text, import->length);
        const struct freemail_list list = { FREEMAIL_IMPORT, import->origin, digest, import->etag, import->modified, clock_now() };
        bool ok = replace(store, &list, import->text, import->length, ret_err);
        g_free(digest);
        return ok;
}

static bool take_brought(struct store *store, struct spool *spool, struct err *ret_err)
{
        struct errand errand;
        bool ok = errand_get(spool, ERRAND_FREEMAIL, &errand, ret_err);
        if (ok && errand.body) {
                gsize length;
                const char *text = g_bytes_get_data(errand.body, &length);
                ok = freemail_import(store, &(struct freemail_import){ errand.url, errand.etag, errand.modified, text, length }, ret_err);
                if (ok || ret_err->class == ERR_PERM) /* fetch took it for a list, another version's perhaps: a newer one is waited for */
                        ok = errand_taken(spool, ERRAND_FREEMAIL, ret_err) && ok;
        }
        errand_clear(&errand);
        return ok;
}

bool freemail_keep_fresh(struct store *store, struct spool *spool, struct err *ret_err)
{
        struct freemail_origin there;
        bool ok = freemail_origin_of(store, FREEMAIL_IMPORT, &there, ret_err);
        if (ok && there.digest && download_is_url(there.origin))
                ok = errand_ask(spool, ERRAND_FREEMAIL, there.origin, there.etag, there.modified, ret_err)
                     && take_brought(store, spool, ret_err);
        else if (ok)
                ok = errand_drop(spool, ERRAND_FREEMAIL, ret_err);
        freemail_origin_clear(&there);
        return ok;
}

bool freemail_rule(struct store *store, const struct list *list, const char *address, enum list_freemail *ret_rule,
                   struct err *ret_err)
{
        enum freemail_kind kind = FREEMAIL_NONE;
        const char *at = strrchr(address, '@');
        bool ok = list->freemail == FREEMAIL_ALLOW || !at || freemail_find(store, at + 1, &kind, NULL, ret_err);
        *ret_rule = kind == FREEMAIL_NONE ? FREEMAIL_ALLOW : (enum list_freemail) list->freemail;
        return ok;
}
