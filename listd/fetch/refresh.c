/* refresh.c - lists that others keep, fetched anew
 * Gives:  what refresh.h lists
 * Fails:  as the store; what a list or its server does wrong is recorded with the list, and what there was of it stays */
#include "fetch/refresh.h"

#include "base/log.h"
#include "policy/freemail.h"
#include "store/errand.h"

enum { DOWNLOAD_SECONDS = 180, DOWNLOAD_IDLE_SECONDS = 30, RETRY_SECONDS = 3600 };

bool refresh_download(struct download *ret_download, const char *url, const char *etag, const char *modified, size_t octets,
                      const volatile sig_atomic_t *must_stop, struct err *ret_err)
{
        const struct download_limits limits = { octets, DOWNLOAD_SECONDS, DOWNLOAD_IDLE_SECONDS, must_stop };
        return download_get(ret_download, url, etag, modified, &limits, ret_err);
}

static bool is_due(const struct conf *conf, int64_t tried, const char *error, int64_t now)
{
        const int64_t wait = *error ? MIN(conf->refresh, RETRY_SECONDS) : conf->refresh;
        return now >= tried + wait || now < tried;
}

/* A web server that is away for a day is one line, not many. */
static void tell(const char *list, const char *before, const struct err *flaw, bool is_renewed)
{
        if (flaw->class && strcmp(before, flaw->text) != 0)
                log_event(LOG_LEVEL_ERROR, "refresh-failed", "list", list, "error", flaw->text, NULL);
        else if (!flaw->class && (is_renewed || *before))
                log_event(LOG_LEVEL_INFO, "refreshed", "list", list, "is", is_renewed ? "renewed" : "unchanged", NULL);
}

/* --- networks to deny ----------------------------------------------------------------------------- */

bool refresh_take_deny(struct spool *spool, const struct conf *conf, struct deny_list *list, const struct download *download,
                       int64_t now, struct deny_file **ret_file, struct deny_swapped *ret_swapped, struct err *ret_err)
{
        if (!deny_file_parse(ret_file, conf, download->body, download->length, ret_err))
                return false;
        const GArray *items = (*ret_file)->items;
        g_free(list->etag);
        g_free(list->modified);
        list->etag = g_strdup(download->etag);
        list->modified = g_strdup(download->modified);
        return deny_swap(spool, list, (const struct deny_item *) (const void *) items->data, items->len, now, ret_swapped, ret_err);
}

bool refresh_deny(struct spool *spool, const struct conf *conf, struct deny_list *list, const struct download *download, int64_t now,
                  struct refreshed *ret_refreshed, struct err *ret_err)
{
        struct err *flaw = &ret_refreshed->flaw;
        struct deny_file *file = NULL;
        bool ok = download != NULL;
        ret_refreshed->result = "unchanged";
        ret_refreshed->swapped = (struct deny_swapped){ 0 };
        if (ok && download->is_same) {
                ok = deny_list_same(spool, list->label, now, flaw);
        } else if (ok) {
                ret_refreshed->result = "renewed";
                ok = refresh_take_deny(spool, conf, list, download, now, &file, &ret_refreshed->swapped, flaw);
                deny_file_free(file);
        }
        if (ok)
                return true;
        ret_refreshed->result = "failed";
        return deny_list_failed(spool, list->label, flaw->text, now, ret_err);
}

static bool refresh_denied(struct spool *spool, const struct conf *conf, int64_t now, const volatile sig_atomic_t *must_stop,
                           struct err *ret_err)
{
        GPtrArray *lists;
        bool ok = deny_lists(spool, &lists, ret_err);
        for (guint i = 0; ok && !*must_stop && i < lists->len; i++) {
                struct deny_list *list = lists->pdata[i];
                struct refreshed refreshed = { 0 };
                struct download download;
                if (!download_is_url(list->url) || !is_due(conf, list->tried, list->error, now))
                        continue;
                const bool got = refresh_download(&download, list->url, list->etag, list->modified, DENY_FILE_MAX, must_stop,
                                                  &refreshed.flaw);
                if (!*must_stop) {
                        ok = refresh_deny(spool, conf, list, got ? &download : NULL, now, &refreshed, ret_err);
                        tell(list->label, list->error, &refreshed.flaw, got && !download.is_same);
                }
                download_clear(&download);
        }
        if (ok)
                g_ptr_array_unref(lists);
        return ok;
}

/* --- free-mail domains ------------------------------------------------------------------------------ */

/* It is looked at here, so that handle is given nothing that is no such list. */
static bool is_freemail_list(const struct download *download, const char *url, struct err *ret_err)
{
        GPtrArray *domains;
        if (!freemail_parse(&domains, download->body, download->length, FREEMAIL_THROWAWAY, url, ret_err))
                return false;
        g_ptr_array_unref(domains);
        return true;
}

/* `download` NULL: it could not be had, or is no such list. */
static bool record_freemail(struct spool *spool, const struct errand *errand, const struct download *download, const struct err *flaw,
                            int64_t now, struct err *ret_err)
{
        tell(ERRAND_FREEMAIL, errand->error, flaw, download && !download->is_same);
        if (!download || download->is_same)
                return errand_tried(spool, ERRAND_FREEMAIL, errand->url, flaw->text, now, ret_err);
        return errand_bring(spool, ERRAND_FREEMAIL, errand->url, download->etag, download->modified, download->body, download->length, now,
                            ret_err);
}

static bool refresh_freemail(struct spool *spool, const struct errand *errand, int64_t now, const volatile sig_atomic_t *must_stop,
                             bool *ret_brought, struct err *ret_err)
{
        struct err flaw = { 0 };
        struct download download;
        bool got = refresh_download(&download, errand->url, errand->etag, errand->modified, FREEMAIL_FILE_MAX, must_stop, &flaw);
        got = got && (download.is_same || is_freemail_list(&download, errand->url, &flaw));
        const bool ok = *must_stop || record_freemail(spool, errand, got ? &download : NULL, &flaw, now, ret_err);
        *ret_brought = ok && got && !download.is_same;
        download_clear(&download);
        return ok;
}

bool refresh_due(struct spool *spool, const struct conf *conf, int64_t now, const volatile sig_atomic_t *must_stop, bool *ret_brought,
                 struct err *ret_err)
{
        struct errand errand;
        *ret_brought = false;
        if (!refresh_denied(spool, conf, now, must_stop, ret_err))
                return false;
        bool ok = errand_get(spool, ERRAND_FREEMAIL, &errand, ret_err);
        if (ok && !*must_stop && errand.url && !errand.body && is_due(conf, errand.tried, errand.error, now))
                ok = refresh_freemail(spool, &errand, now, must_stop, ret_brought, ret_err);
        errand_clear(&errand);
        return ok;
}
