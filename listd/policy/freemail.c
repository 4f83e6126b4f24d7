/* freemail.c - the list of domains where anybody gets an address, as text
 * Gives:  freemail_parse()
 * Fails:  ERR_PERM with file and line for a text that is no such list: what was there before holds on
 * Other people's lists are one domain a line, too; a mark before it (@ . *.) is passed over. */
#include "policy/freemail.h"

#include "base/domain.h"

static bool is_comment(const char *line)
{
        return *line == '\0' || *line == '#' || *line == ';' || g_str_has_prefix(line, "//");
}

static bool take_section(const char *line, enum freemail_kind *kind)
{
        for (enum freemail_kind each = FREEMAIL_MAIL; each <= FREEMAIL_THROWAWAY; each++) {
                const size_t length = strlen(FREEMAIL_KIND_WORDS[each]);
                if (strncmp(line + 1, FREEMAIL_KIND_WORDS[each], length) == 0 && strcmp(line + 1 + length, "]") == 0) {
                        *kind = each;
                        return true;
                }
        }
        return false;
}

/* A top-level domain is never meant: its sub-domains are everybody's. */
static char *take_domain(const char *line)
{
        static const char *const marks[] = { "@", "*.", "." };
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
                if (g_str_has_prefix(line, marks[i])) {
                        line += strlen(marks[i]);
                        break;
                }
        char *domain = strchr(line, '.') ? domain_to_ascii(line) : NULL;
        if (domain && !strchr(domain, '.'))
                g_clear_pointer(&domain, g_free);
        return domain;
}

static bool take_line(GPtrArray *domains, const char *line, enum freemail_kind *kind)
{
        if (is_comment(line))
                return true;
        if (*line == '[')
                return take_section(line, kind);
        char *name = take_domain(line);
        if (!name)
                return false;
        struct freemail_domain *domain = g_new0(struct freemail_domain, 1);
        domain->domain = name;
        domain->kind = *kind;
        g_ptr_array_add(domains, domain);
        return true;
}

/* The next line without its end, and what stands behind a #, cut at both ends; the caller frees. */
static char *next_line(const char **at, const char *end)
{
        const char *from = *at, *newline = memchr(from, '\n', (size_t) (end - from));
        const char *to = newline ? newline : end, *comment = memchr(from, '#', (size_t) (to - from));
        *at = newline ? newline + 1 : end;
        return g_strstrip(g_strndup(from, (gsize) ((comment ? comment : to) - from)));
}

bool freemail_parse(GPtrArray **ret_domains, const char *text, size_t length, enum freemail_kind kind, const char *name,
                    struct err *ret_err)
{
        GPtrArray *domains = g_ptr_array_new_with_free_func(freemail_domain_free);
        const char *at = text, *end = text + length;
        bool ok = length <= FREEMAIL_FILE_MAX || err_set(ret_err, ERR_PERM, "%s is larger than %d octets", name, FREEMAIL_FILE_MAX);
        *ret_domains = NULL;
        for (int number = 1; ok && at < end; number++) {
                char *line = next_line(&at, end);
                if (!take_line(domains, line, &kind))
                        ok = err_set(ret_err, ERR_PERM, "%s:%d: is no domain, and no section [free-mail] or [throw-away]", name, number);
                else if (domains->len > FREEMAIL_DOMAINS_MAX)
                        ok = err_set(ret_err, ERR_PERM, "%s has more than %d domains", name, FREEMAIL_DOMAINS_MAX);
                g_free(line);
        }
        if (ok && domains->len == 0)
                ok = err_set(ret_err, ERR_PERM, "%s has no domain in it", name);
        if (ok)
                *ret_domains = domains;
        else
                g_ptr_array_unref(domains);
        return ok;
}
