/* fuzz_freemail.c - any text as a list of domains: what is taken are domains with a dot, in small letters */
#include "fuzz.h"

#include "policy/freemail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        GPtrArray *domains;
        struct err err = { 0 };
        if (!freemail_parse(&domains, (const char *) data, size, FREEMAIL_THROWAWAY, "list", &err)) {
                g_assert(err.class == ERR_PERM && *err.text);
                return 0;
        }
        g_assert(domains->len > 0 && domains->len <= FREEMAIL_DOMAINS_MAX);
        for (guint i = 0; i < domains->len; i++) {
                const struct freemail_domain *domain = domains->pdata[i];
                g_assert(strchr(domain->domain, '.') && (domain->kind == FREEMAIL_MAIL || domain->kind == FREEMAIL_THROWAWAY));
                for (const char *at = domain->domain; *at; at++)
                        g_assert(g_ascii_islower(*at) || g_ascii_isdigit(*at) || *at == '-' || *at == '.');
        }
        g_ptr_array_unref(domains);
        return 0;
}
