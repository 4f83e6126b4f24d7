/* known.c - whether an address of ours may be refused as unknown
 * Gives:  known_address()
 * Fails:  never: a store that cannot be read refuses nobody
 * In a domain that keeps mail for unknown addresses one row is looked for, the same for all its addresses. In one that tells
 * (an admin made it) the looks are as many for what exists as for what does not; only public lists stand there. A ticket counts
 * by its shape. */
#include "receive/known.h"

#include "base/log.h"
#include "policy/target.h"

bool known_address(struct spool *spool, const char *local, const char *domain)
{
        struct target readings[TARGET_READINGS_MAX] = { { 0 } };
        struct err err = { 0 };
        bool is_open, has, found = false;
        bool ok = spool_is_open(spool, domain, &is_open, &err);
        if (ok && !is_open)
                return true;
        const size_t count = target_readings(local, readings);
        for (size_t i = 0; ok && i < TARGET_READINGS_MAX; i++) {
                ok = spool_has_list(spool, readings[i].list, domain, &has, &err);
                found = found || has || (i < count && !*readings[i].list); /* a door of the site: postmaster, abuse */
        }
        if (!ok)
                log_event(LOG_LEVEL_ERROR, "spool-failed", "reason", err.text, NULL);
        return found || !ok;
}
