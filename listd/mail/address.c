/* address.c - a mailbox as RFC 5321 has it
 * Gives:     address_parse(), address_free()
 * Fails:     ERR_PERM with what is wrong; the text never repeats the address, so it may be logged
 * Standards: RFC 5321 4.1.2 (Mailbox), 4.1.3 (address literals), 4.5.3.1 (limits, on the wire and as A-labels);
 *            RFC 6531 3.3 (UTF-8 in local parts, U-labels); RFC 5198 (NFC); of RFC 8264 4.3 the classes of characters
 *            that a text may not hold. Of the address literals only the registered ones are known: IPv4 and IPv6.
 * One pass over at most 254 octets; nothing is trimmed, repaired or guessed (requirement C1). */
#include "mail/address.h"

#include <arpa/inet.h>

#include "base/domain.h"

enum { IPV6_GROUPS_BESIDE_GAP = 6 }; /* RFC 5321 4.1.3: "::" stands for at least two groups */

void address_free(struct address *address)
{
        if (!address)
                return;
        g_free(address->local);
        g_free(address->domain);
        g_free(address->text);
        g_free(address->fold);
        g_free(address);
}

static bool refuse(struct err *ret_err, const char *why)
{
        return err_set(ret_err, ERR_PERM, "not an address: %s", why);
}

/* --- characters --------------------------------------------------------------- */

static bool is_atext(unsigned char c)
{
        return g_ascii_isalnum(c) || c >= 0x80 || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Of UTF-8: what is invisible, unassigned or a space, so that two addresses that look alike are alike. */
static bool is_fit(gunichar c)
{
        if (c < 0x80)
                return c >= ' ' && c != 0x7f;
        switch (g_unichar_type(c)) {
        case G_UNICODE_CONTROL:
        case G_UNICODE_FORMAT:
        case G_UNICODE_UNASSIGNED:
        case G_UNICODE_PRIVATE_USE:
        case G_UNICODE_SURROGATE:
        case G_UNICODE_SPACE_SEPARATOR:
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
                return false;
        default:
                return true;
        }
}

static bool check_characters(const char *text, size_t length, struct err *ret_err)
{
        if (length == 0)
                return refuse(ret_err, "it is empty");
        if (length > ADDRESS_MAX)
                return refuse(ret_err, "it is longer than 254 octets");
        if (!g_utf8_validate(text, (gssize) length, NULL))
                return refuse(ret_err, "it is not UTF-8");
        for (const char *at = text; at < text + length; at = g_utf8_next_char(at))
                if (!is_fit(g_utf8_get_char(at)))
                        return refuse(ret_err, "it holds a control character or one that cannot be seen");
        return true;
}

/* --- the local part ------------------------------------------------------------- */

static bool is_dot_string(const char *text)
{
        bool in_atom = false;
        for (; *text; text++) {
                if (*text == '.' ? !in_atom : !is_atext((unsigned char) *text))
                        return false;
                in_atom = *text != '.';
        }
        return in_atom;
}

/* Normalising may turn a character into a special one (U+037E into ';'), so both forms are looked at. */
static bool is_dot_string_in_nfc(const char *text)
{
        char *nfc = g_utf8_normalize(text, -1, G_NORMALIZE_DEFAULT_COMPOSE);
        bool ok = is_dot_string(text) && is_dot_string(nfc);
        g_free(nfc);
        return ok;
}

/* RFC 5321 4.1.2 Quoted-string, from the first quote on. Returns where it ends, behind the last quote; 0: it is none. */
static size_t scan_quoted(const char *text, size_t length, GString *content)
{
        for (size_t i = 1; i < length; i++) {
                if (text[i] == '"')
                        return i + 1;
                if (text[i] == '\\') {
                        i++;
                        if (i == length || (unsigned char) text[i] >= 0x80) /* quoted-pairSMTP is ASCII */
                                return 0;
                }
                g_string_append_c(content, text[i]);
        }
        return 0;
}

static char *quote(const char *content)
{
        GString *quoted = g_string_new("\"");
        for (; *content; content++) {
                if (*content == '"' || *content == '\\')
                        g_string_append_c(quoted, '\\');
                g_string_append_c(quoted, *content);
        }
        g_string_append_c(quoted, '"');
        return g_string_free(quoted, FALSE);
}

/* Leaves in *ret_end where the '@' is. */
static char *parse_local(const char *text, size_t length, size_t *ret_end, struct err *ret_err)
{
        const bool is_quoted = text[0] == '"';
        GString *content = g_string_new(NULL);
        char *local = NULL;
        if (is_quoted) {
                *ret_end = scan_quoted(text, length, content);
        } else {
                const char *at = memchr(text, '@', length);
                *ret_end = at ? (size_t) (at - text) : 0;
                g_string_append_len(content, text, (gssize) *ret_end);
        }
        if (*ret_end == 0 || *ret_end == length || text[*ret_end] != '@')
                refuse(ret_err, "there is no local part before an '@'");
        else if (*ret_end > ADDRESS_LOCAL_MAX)
                refuse(ret_err, "the local part is longer than 64 octets");
        else if (g_unichar_ismark(g_utf8_get_char(content->str)))
                refuse(ret_err, "the local part begins with a combining mark");
        else if (is_dot_string_in_nfc(content->str))
                local = g_strdup(content->str);
        else if (is_quoted)
                local = quote(content->str);
        else
                refuse(ret_err, "the local part is not made of atoms and single dots");
        g_string_free(content, TRUE);
        return local;
}

/* --- the domain ------------------------------------------------------------------- */

static bool is_ipv6_literal(const char *text)
{
        struct in6_addr address;
        if (inet_pton(AF_INET6, text, &address) != 1)
                return false;
        if (!strstr(text, "::"))
                return true;
        size_t groups = 0;
        for (const char *at = text; *at; at++)
                groups += *at != ':' && (at == text || at[-1] == ':');
        if (strchr(text, '.')) /* the last one is an IPv4 address: two groups */
                groups++;
        return groups <= IPV6_GROUPS_BESIDE_GAP;
}

/* `text` has the brackets. The literal in one form, or NULL. */
static char *parse_literal(const char *text)
{
        static const char tag[] = "IPv6:";
        char shown[INET6_ADDRSTRLEN];
        struct in6_addr six;
        struct in_addr four;
        size_t length = strlen(text);
        char *literal = NULL;
        if (length < 2 || text[length - 1] != ']')
                return NULL;
        char *inner = g_strndup(text + 1, length - 2);
        const char *ip = inner + strlen(tag);
        if (g_ascii_strncasecmp(inner, tag, strlen(tag)) == 0) {
                if (is_ipv6_literal(ip) && inet_pton(AF_INET6, ip, &six) == 1)
                        literal = g_strdup_printf("[%s%s]", tag, inet_ntop(AF_INET6, &six, shown, sizeof shown));
        } else if (inet_pton(AF_INET, inner, &four) == 1) {
                literal = g_strdup_printf("[%s]", inet_ntop(AF_INET, &four, shown, sizeof shown));
        }
        g_free(inner);
        return literal;
}

/* IDNA mapping makes a name of more than U-labels (full-width dots, soft hyphens); on the wire only a U-label is
 * allowed (RFC 6531 3.3), so it must come back as it went, but for case and composition. */
static bool is_name_of(const char *domain, const char *ascii)
{
        if (g_str_is_ascii(domain))
                return true;
        char *nfc = g_utf8_normalize(domain, -1, G_NORMALIZE_DEFAULT_COMPOSE);
        char *lower = g_utf8_strdown(nfc, -1);
        char *back = domain_to_unicode(ascii);
        bool same = strcmp(lower, back) == 0;
        g_free(nfc);
        g_free(lower);
        g_free(back);
        return same;
}

static char *parse_domain(const char *text, size_t length, struct err *ret_err)
{
        char *domain = g_strndup(text, length);
        char *found = NULL;
        if (domain[0] == '[') {
                found = parse_literal(domain);
        } else if (length && domain[length - 1] != '.') { /* the final dot of the DNS has no place in mail */
                found = domain_to_ascii(domain);
                if (found && !is_name_of(domain, found))
                        g_clear_pointer(&found, g_free);
        }
        g_free(domain);
        if (!found)
                refuse(ret_err, "what stands behind the '@' is neither a domain name nor an address literal");
        return found;
}

/* --- the whole ----------------------------------------------------------------------- */

/* Canonical caseless match (Unicode 3.13, D145), kept in its composed form. */
static char *fold(const char *text)
{
        char *decomposed = g_utf8_normalize(text, -1, G_NORMALIZE_NFD);
        char *folded = g_utf8_casefold(decomposed, -1);
        char *composed = g_utf8_normalize(folded, -1, G_NORMALIZE_NFC);
        g_free(decomposed);
        g_free(folded);
        return composed;
}

bool address_parse(struct address **ret_address, const char *text, size_t length, struct err *ret_err)
{
        *ret_address = NULL;
        size_t at = 0;
        if (!check_characters(text, length, ret_err))
                return false;
        char *local = parse_local(text, length, &at, ret_err);
        if (!local)
                return false;
        char *domain = parse_domain(text + at + 1, length - at - 1, ret_err);
        if (!domain || strlen(local) + 1 + strlen(domain) > ADDRESS_MAX) {
                if (domain)
                        refuse(ret_err, "it is longer than 254 octets");
                g_free(local);
                g_free(domain);
                return false;
        }
        struct address *address = g_new0(struct address, 1);
        address->local = local;
        address->domain = domain;
        address->text = g_strconcat(local, "@", domain, NULL);
        address->fold = fold(address->text);
        address->is_utf8 = !g_str_is_ascii(local);
        *ret_address = address;
        return true;
}
