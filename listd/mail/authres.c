/* authres.c - what a believed Authentication-Results field says of the From address
 * Gives:     authres_aligned_pass()
 * Fails:     never: a field that breaks the grammar anywhere says nothing
 * Standards: RFC 8601 2.2 (grammar), 2.5 (authserv-id), 5 (whose field counts); RFC 7489 3.1.1 (relaxed alignment)
 * Only the topmost field counts: our own MTA writes above what came with the message. There is no list of public
 * suffixes here, so of relaxed alignment only the safe half is taken: From below the signing domain, if that has two
 * labels. (Signing below From would let who rents evil.eu.org sign for eu.org; where the MTA judged by the list it says
 * dmarc=pass.) A dmarc=fail outweighs any signature: the domain's owner may ask for strict alignment.
 * One pass; the nesting of comments is counted. */
#include "mail/authres.h"

#include "base/domain.h"
#include "mail/cfws.h"

/* What the results of a field add up to. */
struct authres {
        const char *from_domain;
        bool dmarc_pass, dmarc_fail, dkim_pass;
};

/* A property may stand there twice: it is good when all of them are. */
struct property {
        bool seen, bad;
};

/* One `method=verdict reason=... ptype.property=value ...`. */
struct result {
        char *method;
        char *verdict;
        struct property header_from, header_d, header_i;
};

/* --- words ------------------------------------------------------------------------ */

static const char *read_quoted(const char *at, GString *word)
{
        for (at++; *at && *at != '"'; at++) {
                if (*at == '\\' && at[1])
                        at++;
                g_string_append_c(word, *at);
        }
        return *at ? at + 1 : NULL;
}

/* Appends the word at `at`, up to white space, a comment or one of `stops`; a quoted string in it loses its quotes. NULL:
 * there is none, or it does not end. */
static const char *read_word(const char *at, const char *stops, GString *word)
{
        const char *start = at;
        while (at && *at && !strchr(" \t()", *at) && !strchr(stops, *at)) {
                if (*at == '"')
                        at = read_quoted(at, word);
                else
                        g_string_append_c(word, *at++);
        }
        return at == start ? NULL : at;
}

/* Reads `ptype . property =` or `method / version =`: white space may stand around each sign. */
static const char *read_key(const char *at, GString *key)
{
        g_string_truncate(key, 0);
        while (at && (at = cfws_skip(at)) && *at != '=') {
                if (key->len && !strchr("./", key->str[key->len - 1]) && !strchr("./", *at))
                        return NULL;
                at = read_word(at, "=;\"", key);
        }
        return at && key->len ? at + 1 : NULL;
}

static const char *read_value(const char *at, GString *value)
{
        g_string_truncate(value, 0);
        at = cfws_skip(at);
        return at ? read_word(at, ";", value) : NULL;
}

/* --- results ---------------------------------------------------------------------- */

/* `value` may be a domain or an address of one. */
static bool is_domain(const char *value, const char *from_domain, bool (*is_aligned)(const char *, const char *))
{
        const char *at = strrchr(value, '@');
        char *domain = domain_to_ascii(at ? at + 1 : value);
        bool aligned = domain && is_aligned(domain, from_domain);
        g_free(domain);
        return aligned;
}

static bool is_same(const char *domain, const char *from_domain)
{
        return strcmp(domain, from_domain) == 0;
}

static bool is_same_or_parent(const char *domain, const char *from_domain)
{
        size_t length = strlen(domain), from_length = strlen(from_domain);
        if (is_same(domain, from_domain))
                return true;
        return strchr(domain, '.') && from_length > length && from_domain[from_length - length - 1] == '.' &&
               g_str_has_suffix(from_domain, domain);
}

static void note(struct property *property, bool good)
{
        property->seen = true;
        property->bad |= !good;
}

static void note_property(struct result *result, const char *name, const char *value, const char *from_domain)
{
        if (g_ascii_strcasecmp(name, "header.from") == 0)
                note(&result->header_from, is_domain(value, from_domain, is_same));
        else if (g_ascii_strcasecmp(name, "header.d") == 0)
                note(&result->header_d, is_domain(value, from_domain, is_same_or_parent));
        else if (g_ascii_strcasecmp(name, "header.i") == 0)
                note(&result->header_i, is_domain(value, from_domain, is_same_or_parent));
}

static void settle(struct authres *authres, const struct result *result)
{
        const bool pass = g_ascii_strcasecmp(result->verdict, "pass") == 0;
        const struct property *signer = result->header_d.seen ? &result->header_d : &result->header_i;
        if (g_ascii_strcasecmp(result->method, "dmarc") == 0) {
                authres->dmarc_pass |= pass && !result->header_from.bad;
                authres->dmarc_fail |= g_ascii_strcasecmp(result->verdict, "fail") == 0;
        } else if (g_ascii_strcasecmp(result->method, "dkim") == 0) {
                authres->dkim_pass |= pass && signer->seen && !signer->bad;
        }
}

/* Reads what stands between two semicolons. */
static const char *read_result(const char *at, struct authres *authres, GString *key, GString *value)
{
        struct result result = { 0 };
        at = read_key(at, key);
        at = at ? read_value(at, value) : NULL;
        if (!at)
                return NULL;
        result.method = g_strndup(key->str, strcspn(key->str, "/"));
        result.verdict = g_strdup(value->str);
        while (at && (at = cfws_skip(at)) && *at && *at != ';') {
                at = read_key(at, key);
                at = at ? read_value(at, value) : NULL;
                if (at)
                        note_property(&result, key->str, value->str, authres->from_domain);
        }
        if (at)
                settle(authres, &result);
        g_free(result.method);
        g_free(result.verdict);
        return at;
}

/* Reads `authserv-id [version]`. NULL: another's field, or another version of the format. The id must stand there letter by
 * letter: "mx.exampl\e.org" is the same to the grammar, but an MTA that takes out forged fields looks for the letters. */
static const char *read_id(const char *at, const char *authserv_id, GString *word)
{
        at = cfws_skip(at);
        if (!at || g_ascii_strncasecmp(at, authserv_id, strlen(authserv_id)) != 0)
                return NULL;
        at = read_value(at, word);
        if (!at || g_ascii_strcasecmp(word->str, authserv_id) != 0 || !(at = cfws_skip(at)))
                return NULL;
        if (!g_ascii_isdigit(*at))
                return at;
        at = read_value(at, word);
        return at && strcmp(word->str, "1") == 0 ? cfws_skip(at) : NULL;
}

/* `; none` has no '=' and so is no result: that it says nothing is just what it means. */
static bool read_field(const char *at, const char *authserv_id, struct authres *authres)
{
        GString *key = g_string_new(NULL);
        GString *value = g_string_new(NULL);
        at = read_id(at, authserv_id, value);
        while (at && *at) {
                at = *at == ';' ? cfws_skip(at + 1) : NULL;
                if (at && *at) /* a last semicolon is not in the grammar, but written */
                        at = read_result(at, authres, key, value);
        }
        g_string_free(key, TRUE);
        g_string_free(value, TRUE);
        return at;
}

/* The value of the topmost field. NULL: there is none, or white space stands before its colon, as no MTA writes it and as
 * one that takes out forged fields may not look for it. */
static const char *topmost(const struct message *message)
{
        static const char name[] = "Authentication-Results";
        for (guint i = 0; i < message->fields->len; i++) {
                const struct field *field = message->fields->pdata[i];
                if (g_ascii_strcasecmp(field->name, name) == 0)
                        return field->raw[strlen(name)] == ':' ? field->value : NULL;
        }
        return NULL;
}

bool authres_aligned_pass(const struct message *message, const char *authserv_id, const char *from_domain)
{
        struct authres authres = { .from_domain = from_domain };
        const char *value = topmost(message);
        if (!value || !*authserv_id || !read_field(value, authserv_id, &authres))
                return false;
        return !authres.dmarc_fail && (authres.dmarc_pass || authres.dkim_pass);
}
