/* intake.c - a message of a mailbox as mail for a list
 * Gives:     intake_envelope()
 * Standards: RFC 5321 4.4 (Return-Path); Delivered-To and X-Original-To are custom of MTAs */
#include "fetch/intake.h"

#include "mail/address.h"
#include "mail/lines.h"
#include "mail/message.h"

/* An address that stands in a field's value from a place on, with or without <>; NULL: none, or none of ours. The caller frees. */
static char *ours_at(const struct conf *conf, const char *at, size_t length)
{
        struct address *address;
        if (length > ADDRESS_MAX || !address_parse(&address, at, length, NULL))
                return NULL;
        char *text = conf_is_our_domain(conf, address->domain) ? g_strdup(address->text) : NULL;
        address_free(address);
        return text;
}

/* The first address of ours in a value: what is between <> or stands alone. */
static char *first_of_ours(const struct conf *conf, const char *value)
{
        enum { WORDS_MAX = 1000 };
        char *found = NULL;
        int words = 0;
        for (const char *at = value; *at && !found && words < WORDS_MAX; words++) {
                at += strspn(at, " \t\r\n<>,;:()\"");
                const size_t length = strcspn(at, " \t\r\n<>,;()\"");
                if (memchr(at, '@', length))
                        found = ours_at(conf, at, length);
                at += length;
        }
        return found;
}

static char *recipient_of(const struct conf *conf, const struct message *message)
{
        static const char *const fields[] = { "Delivered-To", "X-Original-To", "To", "Cc" };
        char *found = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(fields) && !found; i++) {
                const char *value = message_get(message, fields[i]);
                found = value ? first_of_ours(conf, value) : NULL;
        }
        return found;
}

/* "<a@b>"; "" for the null path. Without the field the author stands for it: only who has a return path gets no answer of a program. */
static char *return_path_of(const struct message *message)
{
        const char *value = message_get(message, "Return-Path");
        struct address *address;
        struct err flaw;
        char *path = NULL;
        if (value) {
                const char *at = value + strspn(value, " \t<");
                const size_t length = strcspn(at, " \t>\r\n");
                if (length && length <= ADDRESS_MAX && address_parse(&address, at, length, NULL)) {
                        path = g_strdup(address->text);
                        address_free(address);
                }
                return path ? path : g_strdup("");
        }
        if (message_author(message, &address, NULL, &flaw)) {
                path = g_strdup(address->text);
                address_free(address);
        }
        return path ? path : g_strdup("");
}

static size_t line_end(const GString *text, size_t at)
{
        const char *lf = memchr(text->str + at, '\n', text->len - at);
        return lf ? (size_t) (lf - text->str) + 1 : text->len;
}

/* Takes the topmost field of a name out, with the lines that it goes on in. */
static void cut_field(GString *text, const char *name)
{
        const size_t length = strlen(name);
        for (size_t at = 0, end; at < text->len && text->str[at] != '\r'; at = end) {
                end = line_end(text, at);
                const bool is_it = g_ascii_strncasecmp(text->str + at, name, length) == 0 && text->str[at + length] == ':';
                while (end < text->len && (text->str[end] == ' ' || text->str[end] == '\t'))
                        end = line_end(text, end);
                if (is_it) {
                        g_string_erase(text, (gssize) at, (gssize) (end - at));
                        return;
                }
        }
}

/* The message as it was before its delivery here: else the list would take it for one of its own that came back. */
static GBytes *before_delivery(GBytes *message)
{
        gsize length;
        const char *bytes = g_bytes_get_data(message, &length);
        GString *text = g_string_new_len(bytes, (gssize) length);
        cut_field(text, "Delivered-To");
        cut_field(text, "X-Original-To");
        return g_string_free_to_bytes(text);
}

struct envelope *intake_envelope(const struct conf *conf, const char *name, bool is_imap, GBytes *message, int64_t now)
{
        struct message *parsed;
        struct err flaw;
        GBytes *lines = lines_repair(message);
        if (!message_parse(&parsed, lines, &flaw)) {
                g_bytes_unref(lines);
                return NULL;
        }
        struct envelope *envelope = envelope_new();
        char *recipient = recipient_of(conf, parsed);
        envelope->client = g_strdup("unix"); /* who brought it there is in its Received fields */
        envelope->helo = g_strdup(name);
        envelope->protocol = g_strdup(is_imap ? "IMAP" : "POP3");
        envelope->trusted = true; /* it came through the provider's MTA, like mail through one of ours */
        envelope->received = now;
        envelope->mail_from = return_path_of(parsed);
        g_ptr_array_add(envelope->recipients, recipient ? recipient : g_strdup_printf("%s@%s", name, conf->domains[0]));
        envelope->message = before_delivery(lines);
        message_free(parsed);
        g_bytes_unref(lines);
        return envelope;
}
