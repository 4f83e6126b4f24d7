/* domains.c - recipients' domains that put mail off
 * Gives:  what domains.h lists
 * Fails:  never: what does not fit is not known */
#include "deliver/domains.h"

#include <glib.h>

struct domain {
        unsigned strikes;
        int64_t until; /* 0: it does not wait */
        char why[DOMAINS_WHY_MAX + 1];
};

struct domains {
        GMutex lock;
        GHashTable *by_name; /* of struct domain, by the domain in lower case */
        gint count;          /* atomic; nearly always there is none */
};

struct domains *domains_new(void)
{
        struct domains *domains = g_new0(struct domains, 1);
        g_mutex_init(&domains->lock);
        domains->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        return domains;
}

void domains_free(struct domains *domains)
{
        if (!domains)
                return;
        g_hash_table_unref(domains->by_name);
        g_mutex_clear(&domains->lock);
        g_free(domains);
}

/* The caller frees. */
static char *name_of(const char *address)
{
        const char *at = strrchr(address, '@');
        return g_ascii_strdown(at ? at + 1 : "", -1);
}

static void count(struct domains *domains)
{
        g_atomic_int_set(&domains->count, (gint) g_hash_table_size(domains->by_name));
}

bool domains_wait(struct domains *domains, const char *address, int64_t now, int64_t *ret_until, char *ret_why)
{
        if (g_atomic_int_get(&domains->count) == 0)
                return false;
        char *name = name_of(address);
        g_mutex_lock(&domains->lock);
        struct domain *domain = g_hash_table_lookup(domains->by_name, name);
        bool waits = domain && now < domain->until;
        if (waits) {
                *ret_until = domain->until;
                g_strlcpy(ret_why, domain->why, DOMAINS_WHY_MAX + 1);
        } else if (domain && domain->until) {
                domain->until = now + DOMAINS_PROBE_WAIT;
        }
        g_mutex_unlock(&domains->lock);
        g_free(name);
        return waits;
}

bool domains_known(struct domains *domains, const char *address)
{
        if (g_atomic_int_get(&domains->count) == 0)
                return false;
        char *name = name_of(address);
        g_mutex_lock(&domains->lock);
        bool known = g_hash_table_contains(domains->by_name, name);
        g_mutex_unlock(&domains->lock);
        g_free(name);
        return known;
}

void domains_away(struct domains *domains, const char *address, int64_t now, const char *why)
{
        char *name = name_of(address);
        g_mutex_lock(&domains->lock);
        struct domain *domain = g_hash_table_lookup(domains->by_name, name);
        if (!domain && g_hash_table_size(domains->by_name) < DOMAINS_MAX) {
                domain = g_new0(struct domain, 1);
                g_hash_table_insert(domains->by_name, g_steal_pointer(&name), domain);
                count(domains);
        }
        if (domain && ++domain->strikes >= DOMAINS_STRIKES) {
                domain->until = now + DOMAINS_WAIT;
                g_strlcpy(domain->why, why, sizeof domain->why);
        }
        g_mutex_unlock(&domains->lock);
        g_free(name);
}

void domains_up(struct domains *domains, const char *address)
{
        if (g_atomic_int_get(&domains->count) == 0)
                return;
        char *name = name_of(address);
        g_mutex_lock(&domains->lock);
        g_hash_table_remove(domains->by_name, name);
        count(domains);
        g_mutex_unlock(&domains->lock);
        g_free(name);
}

void domains_forget(struct domains *domains)
{
        g_mutex_lock(&domains->lock);
        g_hash_table_remove_all(domains->by_name);
        count(domains);
        g_mutex_unlock(&domains->lock);
}
