/* publish.c - what `receive` may know, from listd.db into spool.db
 * Gives:  publish_facts()
 * Of public lists only: their own limits, and where unknown addresses are refused their names (tests/lint/facts.py). */
#include "handle/publish.h"

#include "store/domain.h"
#include "store/list.h"
#include "store/spool.h"

static bool is_open(const GPtrArray *open, const char *domain)
{
        for (guint i = 0; i < open->len; i++)
                if (strcmp(open->pdata[i], domain) == 0)
                        return true;
        return false;
}

static bool publish(struct spool *spool, const GPtrArray *lists, const GPtrArray *open, struct err *ret_err)
{
        struct spool_limit *limits = g_new0(struct spool_limit, lists->len + 1);
        struct spool_name *names = g_new0(struct spool_name, lists->len + 1);
        struct spool_facts facts = {
                .limits = limits,
                .names = names,
                .open_domains = (char *const *) open->pdata,
                .open_count = open->len,
        };
        for (guint i = 0; i < lists->len; i++) {
                const struct list *list = lists->pdata[i];
                if (list->visibility != VISIBILITY_PUBLIC)
                        continue;
                if (list->max_size)
                        limits[facts.limit_count++] = (struct spool_limit){ list->address, list->max_size };
                if (is_open(open, list->domain))
                        names[facts.name_count++] = (struct spool_name){ list->name, list->domain };
        }
        bool ok = spool_publish(spool, &facts, ret_err);
        g_free(limits);
        g_free(names);
        return ok;
}

bool publish_facts(struct store *store, const char *data, struct err *ret_err)
{
        struct spool *spool = NULL;
        GPtrArray *lists = NULL, *open = NULL;
        bool ok = list_all(store, &lists, ret_err) && domain_open(store, &open, ret_err) && spool_open(&spool, data, false, ret_err)
                  && publish(spool, lists, open, ret_err);
        spool_close(spool);
        g_clear_pointer(&open, g_ptr_array_unref);
        g_clear_pointer(&lists, g_ptr_array_unref);
        return ok;
}
