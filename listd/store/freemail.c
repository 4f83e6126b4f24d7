/* freemail.c - domains where anybody gets an address
 * Gives:  what freemail.h lists
 * A table and no set in memory: `handle` and listctl see what was imported at once, and a look costs microseconds. */
#include "store/freemail.h"

#include "store/inside.h"

const char *const FREEMAIL_KIND_WORDS[] = { "", "free-mail", "throw-away", NULL };
const char *const FREEMAIL_SOURCE_WORDS[] = { "", "base", "import", NULL };

void freemail_domain_free(void *domain)
{
        g_free(((struct freemail_domain *) domain)->domain);
        g_free(domain);
}

/* A domain has at most 127 labels. */
bool freemail_find(struct store *store, const char *domain, enum freemail_kind *ret_kind, char **ret_listed, struct err *ret_err)
{
        int64_t kind = FREEMAIL_NONE;
        if (ret_listed)
                *ret_listed = NULL;
        while (domain && strchr(domain, '.')) {
                if (!db_number(store->db, &kind, ret_err, "SELECT max(kind) FROM freemail WHERE domain = ?", "t", domain))
                        return false;
                if (kind)
                        break;
                domain = strchr(domain, '.') + 1;
        }
        *ret_kind = (enum freemail_kind) kind;
        if (kind && ret_listed)
                *ret_listed = g_strdup(domain);
        return true;
}

/* --- sources --------------------------------------------------------------------------- */

static bool write_domains(struct store *store, enum freemail_source source, const GPtrArray *domains, struct err *ret_err)
{
        bool ok = true;
        for (guint i = 0; ok && i < domains->len; i++) {
                const struct freemail_domain *domain = domains->pdata[i];
                ok = db_run(store->db, ret_err, "INSERT OR REPLACE INTO freemail (domain, source, kind) VALUES (?, ?, ?)", "tii",
                            domain->domain, (int64_t) source, (int64_t) domain->kind);
        }
        return ok;
}

bool freemail_remove(struct store *store, enum freemail_source source, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = db_run(store->db, ret_err, "DELETE FROM freemail WHERE source = ?", "i", (int64_t) source)
                  && db_run(store->db, ret_err, "DELETE FROM freemail_list WHERE source = ?", "i", (int64_t) source);
        return store_end(store, ok, ret_err);
}

bool freemail_replace(struct store *store, const struct freemail_list *list, const GPtrArray *domains, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = freemail_remove(store, list->source, ret_err) && write_domains(store, list->source, domains, ret_err)
                  && db_run(store->db, ret_err,
                            "INSERT INTO freemail_list (source, origin, digest, etag, modified, fetched, domains)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT count(*) FROM freemail WHERE source = ?1))",
                            "itttti", (int64_t) list->source, list->origin, list->digest, list->etag, list->modified, list->fetched);
        return store_end(store, ok, ret_err);
}

bool freemail_origin_of(struct store *store, enum freemail_source source, struct freemail_origin *ret_origin, struct err *ret_err)
{
        struct query query;
        *ret_origin = (struct freemail_origin){ 0 };
        if (!db_query(store->db, &query, ret_err,
                      "SELECT origin, digest, etag, modified, fetched, domains FROM freemail_list WHERE source = ?", "i",
                      (int64_t) source))
                return false;
        if (db_next(&query))
                *ret_origin = (struct freemail_origin){
                        .origin = g_strdup(db_text(&query, 0)),
                        .digest = g_strdup(db_text(&query, 1)),
                        .etag = g_strdup(db_text(&query, 2)),
                        .modified = g_strdup(db_text(&query, 3)),
                        .fetched = db_int(&query, 4),
                        .domains = db_int(&query, 5),
                };
        return db_done(&query, ret_err);
}

void freemail_origin_clear(struct freemail_origin *origin)
{
        g_free(origin->origin);
        g_free(origin->digest);
        g_free(origin->etag);
        g_free(origin->modified);
        *origin = (struct freemail_origin){ 0 };
}

bool freemail_all(struct store *store, GPtrArray **ret_domains, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err, "SELECT domain, kind, source FROM freemail ORDER BY domain, source", ""))
                return false;
        GPtrArray *domains = g_ptr_array_new_with_free_func(freemail_domain_free);
        while (db_next(&query)) {
                struct freemail_domain *domain = g_new0(struct freemail_domain, 1);
                domain->domain = g_strdup(db_text(&query, 0));
                domain->kind = (enum freemail_kind) CLAMP(db_int(&query, 1), FREEMAIL_MAIL, FREEMAIL_THROWAWAY);
                domain->source = (enum freemail_source) CLAMP(db_int(&query, 2), FREEMAIL_BASE, FREEMAIL_IMPORT);
                g_ptr_array_add(domains, domain);
        }
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_domains = domains;
        else
                g_ptr_array_unref(domains);
        return ok;
}
