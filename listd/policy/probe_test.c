/* probe_test.c - what the patterns of relay probes can ask
 * Gives:     PROBE_KINDS, probe_view_path(), probe_has_our_address()
 * Fails:     never: what cannot be told does not match
 * Standards: RFC 5321 4.1.2 (paths), 4.1.3 (address literals), F.2 (source routes)
 * Each is linear in the text, whatever is in it: what is searched for is found by memmem() and never looked back from. */
#include "policy/probe_test.h"

#include "base/net.h"
#include "policy/gibberish.h"
#include "policy/target.h"

/* --- texts ------------------------------------------------------------------------ */

static bool is_text(const char *text, size_t length, const char *want)
{
        return length == strlen(want) && memcmp(text, want, length) == 0;
}

static bool begins(const char *text, size_t length, const char *want)
{
        return length >= strlen(want) && memcmp(text, want, strlen(want)) == 0;
}

static bool ends(const char *text, size_t length, const char *want)
{
        size_t size = strlen(want);
        return length >= size && memcmp(text + length - size, want, size) == 0;
}

static bool test_is(const struct probe_look *look, const struct probe_view *view)
{
        return is_text(view->text, view->length, look->argument);
}

static bool test_has(const struct probe_look *look, const struct probe_view *view)
{
        return memmem(view->text, view->length, look->argument, strlen(look->argument)) != NULL;
}

static bool test_starts(const struct probe_look *look, const struct probe_view *view)
{
        return begins(view->text, view->length, look->argument);
}

static bool test_ends(const struct probe_look *look, const struct probe_view *view)
{
        return ends(view->text, view->length, look->argument);
}

/* Each piece between two stars is taken where it first stands: if the whole can match at all, it does so. */
static bool test_glob(const struct probe_look *look, const struct probe_view *view)
{
        const char *pattern = look->argument, *text = view->text, *end = view->text + view->length;
        size_t piece = strcspn(pattern, "*");
        if ((size_t) (end - text) < piece || memcmp(text, pattern, piece) != 0)
                return false;
        text += piece;
        pattern += piece;
        if (!*pattern)
                return text == end;
        while (*pattern == '*') {
                pattern++;
                piece = strcspn(pattern, "*");
                if (!pattern[piece])
                        return ends(text, (size_t) (end - text), pattern);
                text = memmem(text, (size_t) (end - text), pattern, piece);
                if (!text)
                        return false;
                text += piece;
                pattern += piece;
        }
        return false;
}

static bool test_in(const struct probe_look *look, const struct probe_view *view)
{
        char *networks[] = { (char *) look->argument, NULL };
        return network_list_has(networks, view->text);
}

/* --- words in a text: our name, an address ------------------------------------------ */

static bool is_in_name(char c)
{
        return g_ascii_isalnum(c) || c == '-' || c == '_' || (unsigned char) c >= 0x80;
}

/* Whether what stands at `at` is no part of a longer name, of an address or of a URL. A full stop may end a sentence. */
static bool stands_alone(const struct probe_view *view, size_t at, size_t length)
{
        const size_t after = at + length;
        if (at > 0 && (is_in_name(view->text[at - 1]) || strchr(".@/:", view->text[at - 1])))
                return false;
        if (after >= view->length)
                return true;
        if (view->text[after] == '.' || view->text[after] == ':')
                return after + 1 >= view->length || !is_in_name(view->text[after + 1]);
        return !is_in_name(view->text[after]) && view->text[after] != '@';
}

static bool has_word(const struct probe_view *view, const char *word)
{
        const size_t length = word ? strlen(word) : 0;
        const char *at = view->text, *end = view->text + view->length;
        while (length > 0 && (at = memmem(at, (size_t) (end - at), word, length))) {
                if (stands_alone(view, (size_t) (at - view->text), length))
                        return true;
                at += length;
        }
        return false;
}

/* --- domains and addresses of ours ---------------------------------------------------- */

static bool is_our_domain(const struct conf *conf, const char *domain, size_t length)
{
        for (char **ours = conf->domains; *ours; ours++)
                if (is_text(domain, length, *ours))
                        return true;
        return false;
}

static bool is_below_our_domain(const struct conf *conf, const char *domain, size_t length)
{
        for (char **ours = conf->domains; *ours; ours++)
                if (length > strlen(*ours) + 1 && ends(domain, length, *ours) && domain[length - strlen(*ours) - 1] == '.')
                        return true;
        return false;
}

bool probe_has_our_address(const struct conf *conf, const char *text, size_t length, bool *ret_any)
{
        const char *end = text + length;
        *ret_any = false;
        for (const char *at = text; (at = memchr(at, '@', (size_t) (end - at)));) {
                const char *domain = ++at;
                while (at < end && (is_in_name(*at) || *at == '.'))
                        at++;
                *ret_any |= at > domain;
                if (is_our_domain(conf, domain, (size_t) (at - domain)))
                        return true;
        }
        return false;
}

/* What HELO says, without the brackets of a literal. */
static bool is_literal_of(const struct probe_view *view, const char *ip)
{
        const char *text = view->text;
        size_t length = view->length;
        if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
                text++;
                length -= 2;
                if (begins(text, length, "ipv6:")) {
                        text += strlen("ipv6:");
                        length -= strlen("ipv6:");
                }
        }
        return ip && is_text(text, length, ip);
}

/* A return path of ours comes back through whoever forwards the mail of a member. */
static bool is_our_return_path(const struct probe_view *view)
{
        struct target readings[TARGET_READINGS_MAX];
        char *local = g_strndup(view->local, view->local_length);
        size_t count = target_readings(local, readings);
        bool is = false;
        for (size_t i = 0; i < count; i++)
                is |= (readings[i].door == DOOR_BOUNCE || readings[i].door == DOOR_SITE_BOUNCE) && *readings[i].ticket;
        g_free(local);
        return is;
}

static bool test_our_domain(const struct probe_look *look, const struct probe_view *view)
{
        const struct conf *conf = look->facts->conf;
        if (view->where == PROBE_HELO)
                return is_our_domain(conf, view->text, view->length) && !is_text(view->text, view->length, conf->hostname);
        return is_our_domain(conf, view->domain, view->domain_length) && !is_our_return_path(view);
}

static bool test_sub_of_our_domain(const struct probe_look *look, const struct probe_view *view)
{
        const struct conf *conf = look->facts->conf;
        if (view->where != PROBE_HELO)
                return is_below_our_domain(conf, view->domain, view->domain_length)
                       && !is_our_domain(conf, view->domain, view->domain_length);
        return is_below_our_domain(conf, view->text, view->length) && !is_our_domain(conf, view->text, view->length)
               && !is_text(view->text, view->length, conf->hostname);
}

static bool test_our_name(const struct probe_look *look, const struct probe_view *view)
{
        const char *name = look->facts->conf->hostname;
        return view->where == PROBE_HELO ? is_text(view->text, view->length, name) : has_word(view, name);
}

static bool test_our_ip(const struct probe_look *look, const struct probe_view *view)
{
        return view->where == PROBE_HELO ? is_literal_of(view, look->facts->our_ip) : has_word(view, look->facts->our_ip);
}

static bool test_own_client_address(const struct probe_look *look, const struct probe_view *view)
{
        const char *client = look->facts->client;
        if (view->where == PROBE_HELO)
                return client && is_text(view->text, view->length, client);
        return has_word(view, client);
}

static bool is_localhost(const char *name, size_t length)
{
        if (is_text(name, length, "localhost") || is_text(name, length, "localhost.localdomain"))
                return true;
        if (length >= 2 && name[0] == '[' && name[length - 1] == ']') {
                name++;
                length -= 2;
        }
        if (begins(name, length, "ipv6:")) {
                name += strlen("ipv6:");
                length -= strlen("ipv6:");
        }
        if (is_text(name, length, "::1"))
                return true;
        bool digits = begins(name, length, "127.");
        for (size_t i = 0; digits && i < length; i++)
                digits = g_ascii_isdigit(name[i]) || name[i] == '.';
        return digits;
}

static bool test_localhost(const struct probe_look *look, const struct probe_view *view)
{
        return view->where == PROBE_HELO ? is_localhost(view->text, view->length)
                                         : is_localhost(view->domain, view->domain_length);
}

/* --- odd paths ------------------------------------------------------------------------- */

void probe_view_path(struct probe_view *view)
{
        const char *text = view->text, *end = view->text + view->length;
        const char *colon = view->length && *text == '@' ? memchr(text, ':', view->length) : NULL;
        view->has_route = colon != NULL;
        if (colon)
                text = colon + 1;
        const char *at = memrchr(text, '@', (size_t) (end - text));
        view->local = text;
        view->local_length = (size_t) ((at ? at : end) - text);
        view->domain = at ? at + 1 : end;
        view->domain_length = (size_t) (end - view->domain);
}

/* Blanks that Unicode has (White_Space), and what has no width or turns the direction. */
static bool is_unseen(gunichar c)
{
        return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x1680 || c == 0x180e || (c >= 0x2000 && c <= 0x200f)
               || (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff;
}

/* How many characters of a local part can be seen, and how many cannot. Quotation marks and backslashes are neither. */
static void count_characters(const struct probe_view *view, size_t *ret_seen, size_t *ret_unseen)
{
        const char *at = view->local, *end = view->local + view->local_length;
        *ret_seen = *ret_unseen = 0;
        while (at < end) {
                const gunichar c = g_utf8_get_char_validated(at, end - at);
                const bool valid = c < 0x110000;
                if (!valid || is_unseen(c))
                        ++*ret_unseen;
                else if (c != '"' && c != '\\')
                        ++*ret_seen;
                at += valid ? g_unichar_to_utf8(c, NULL) : 1;
        }
}

static bool test_blank_local_part(const struct probe_look *look, const struct probe_view *view)
{
        size_t seen, unseen;
        count_characters(view, &seen, &unseen);
        return seen == 0 && view->length > 0;
}

static bool test_odd_local_part(const struct probe_look *look, const struct probe_view *view)
{
        size_t seen, unseen;
        count_characters(view, &seen, &unseen);
        return seen > 0 && unseen > 0;
}

static bool local_has(const struct probe_view *view, char c)
{
        return view->local_length > 0 && memchr(view->local, c, view->local_length) != NULL;
}

static bool test_percent(const struct probe_look *look, const struct probe_view *view)
{
        return local_has(view, '%');
}

static bool test_bang(const struct probe_look *look, const struct probe_view *view)
{
        return local_has(view, '!');
}

static bool test_source_route(const struct probe_look *look, const struct probe_view *view)
{
        return view->has_route;
}

static bool test_double_at(const struct probe_look *look, const struct probe_view *view)
{
        return local_has(view, '@') && *view->local != '"';
}

static bool test_quoted_at(const struct probe_look *look, const struct probe_view *view)
{
        return local_has(view, '@') && *view->local == '"';
}

/* --- what takes two facts ----------------------------------------------------------------- */

static bool test_same_as_sender(const struct probe_look *look, const struct probe_view *view)
{
        const char *sender = look->facts->mail_from;
        return sender && *sender && strlen(sender) == view->length && g_ascii_strncasecmp(sender, view->text, view->length) == 0
               && view->domain_length > 0 && !is_our_domain(look->facts->conf, view->domain, view->domain_length);
}

/* A ticket of ours means nothing to a reader either. */
static bool test_gibberish(const struct probe_look *look, const struct probe_view *view)
{
        return is_gibberish(view->local, view->local_length);
}

static bool test_foreign_while_ours(const struct probe_look *look, const struct probe_view *view)
{
        bool any;
        return !look->names_ours && !probe_has_our_address(look->facts->conf, view->text, view->length, &any) && any;
}

static bool test_foreign_pair(const struct probe_look *look, const struct probe_view *view)
{
        return look->memory->foreign_count >= 2 && !look->facts->took_message && !look->facts->quit;
}

enum {
        CLIENT = 1 << PROBE_CLIENT,
        HELO = 1 << PROBE_HELO,
        FROM = 1 << PROBE_MAIL_FROM,
        RCPT = 1 << PROBE_RCPT_TO,
        FIELD = 1 << PROBE_HEADER,
        BODY = 1 << PROBE_BODY,
        SESSION = 1 << PROBE_SESSION,
        PATHS = FROM | RCPT,
        LINES = CLIENT | HELO | PATHS | FIELD,
        TEXTS = FIELD | BODY
};

const struct probe_kind PROBE_KINDS[] = {
        { "is", LINES, true, false, test_is },
        { "has", LINES | BODY, true, false, test_has },
        { "starts", LINES | BODY, true, false, test_starts },
        { "ends", LINES, true, false, test_ends },
        { "glob", LINES, true, false, test_glob },
        { "in", CLIENT, true, false, test_in },
        { "our-domain", HELO | FROM, false, false, test_our_domain },
        { "sub-of-our-domain", HELO | FROM, false, false, test_sub_of_our_domain },
        { "our-name", HELO | TEXTS, false, false, test_our_name },
        { "our-ip", HELO | TEXTS, false, false, test_our_ip },
        { "own-client-address", HELO | TEXTS, false, false, test_own_client_address },
        { "localhost", HELO | FROM, false, false, test_localhost },
        { "blank-local-part", PATHS, false, false, test_blank_local_part },
        { "odd-local-part", PATHS, false, false, test_odd_local_part },
        { "percent", PATHS, false, false, test_percent },
        { "bang", PATHS, false, false, test_bang },
        { "source-route", PATHS, false, false, test_source_route },
        { "double-at", PATHS, false, false, test_double_at },
        { "quoted-at", PATHS, false, false, test_quoted_at },
        { "same-as-sender", RCPT, false, false, test_same_as_sender },
        { "gibberish", PATHS, false, true, test_gibberish },
        { "foreign-while-ours", FIELD, false, false, test_foreign_while_ours },
        { "foreign-pair-early-close", SESSION, false, false, test_foreign_pair },
        { 0 },
};
