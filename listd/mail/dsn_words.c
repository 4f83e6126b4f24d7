/* dsn_words.c - reports that are made for people: where an address stands in them
 * Gives:     dsn_exim(), dsn_exchange(), dsn_aol(), dsn_automatic(), dsn_paragraphs(), dsn_listed(),
 *            dsn_phrases(), dsn_transcript(), dsn_subject(), dsn_json(), dsn_original(), dsn_is_warning()
 * Standards: none; QSBMF (qmail) is the nearest, with a paragraph for each recipient
 * Plain search. An address counts only where the words before it, or its place at the start of a line, say that it is a
 * recipient. */
#include "mail/dsn_inside.h"

#include "mail/address.h"
#include "mail/automatic.h"
#include "mail/mime.h"

static const char *const WARNINGS[] = {
        "not yet been delivered", "warning message only", "delivery attempts will continue", "further delivery attempts will be made",
        "attempts will continue to be made", "we will continue to t",
        "we will continue to a", "has been delayed:", "is delayed for more than",
        "temporary failure report", "has been postponed", "will be retried for", "you do not need to resend", "just a warning",
        "still being retried", "no action is required on your part", "is still in the queue", "will keep trying",
        "continue trying to deliver", "you do not need to re-send",
};

/* A list of recipients begins behind one of these. */
static const char *const LISTS[] = {
        "following address", "following recipient", "following email address", "following e-mail address", "these recipients",
        "was not delivered to", "not be delivered to", "permanent fatal errors", "transient non-fatal errors", "had delivery problems",
        "failed recipients", "failed addresses follow", "not delivered to the following", "addresses did not receive", "list of recipients",
        "your message to:", "addressed to email address", "delivery of email to this address", "following message to", "affected recipient",
        "to deliver your message to", "to deliver this message to", "to deliver the message to", "did not reach", "did not receive",
        "following user", "cannot be delivered to", "could not be sent to", "undeliverable to", "unable to deliver to",
        "following destination", "addresses failed", "pas pu etre delivre", "no pudo ser entregado", "delivered to the recipient",
        "to the following", "list of the affected", "not be delivered for", "for the following reason", "could not deliver",
        "couldn't be delivered", "undelivered to", "recipients of this message", "failed to deliver to", "not deliver mail to",
        "お届けできませんでした", "配信できませんでした", "送信できませんでした", "配送できませんでした", "届きませんでした",
        "次のあて先", "次の宛先", "以下の宛先", "以下のメールアドレス", "以下のあて先", "宛先不明", "配達できませんでした",
        "delivery to", "recipients:", "an error", "mail could not", "undeliverable", "failure reasons",
};

/* An address follows at once. */
static const char *const BEFORE[] = {
        "failed recipient: ", "intended recipient: ", "undeliverable address: ", "unknown user: ", "undeliverable to ",
        "invalid final delivery userid: ", "attempts: ", "deliver your message to ", "deliver message to ", "addressed to '",
        "originally addressed to ", "mailbox is full: ", "error-for: ", "following recipient: ", "local mailbox ", "generated from ",
        "recipient: [smtp:", "your message was addressed, ", "original address: ", "recipient address: ", "rcpt to:", "rcpt to: ",
        "user mailbox exceeds allowed size: ", "unknown local user: ", "no such user: ", "user unknown: ", "user not found: ",
        "invalid recipient: ", "mailbox unavailable: ", "quota exceeded: ", "over quota: ", "delivery to ", "your message to ",
        "smtp=", "account is full: ", "delivering your mail to ", "deliver message to: ", "be delivered to: ", "permanent errors: ",
        "temporary errors: ", "email address : -- ", "has not yet been delivered is: ", "quota violation for ", "delivery failed for ",
        "message could not be delivered to ", "message was not delivered to ", "delivering to ", "recipient: ",
        "for recipient ", "not delivered to ", "宛先: ", "宛先：",
};

static bool any(const struct dsn_text *text, const char *const *phrases, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (dsn_text_has(text, phrases[i]))
                        return true;
        return false;
}

bool dsn_is_warning(const struct dsn_text *text)
{
        return any(text, WARNINGS, G_N_ELEMENTS(WARNINGS));
}

static enum dsn_kind kind_of(const struct dsn_text *text)
{
        return dsn_is_warning(text) ? DSN_DELAYED : DSN_FAILURE;
}

static const char *end_of(const struct dsn_text *text)
{
        return text->text->str + text->text->len;
}

static const char *next_line(const char *at, const char *end)
{
        const char *lf = memchr(at, '\n', (size_t) (end - at));
        return lf ? lf + 1 : end;
}

/* Whether behind an address at the start of a line stands what may stand there in a list. */
static bool is_list_end(const char *at, const char *end)
{
        return at == end || strchr("\n:>(\"')]=[", *at) || (end - at >= 2 && at[0] == ' ' && !g_ascii_islower(at[1])) ||
               (end - at >= 4 && strncmp(at, " ...", 4) == 0) || (end - at >= 4 && strncmp(at, " on ", 4) == 0);
}

/* "about" an address is what stands from it to the next one that is listed. */
struct listing {
        const char *at[DSN_RECIPIENTS_MAX];
        struct address *addresses[DSN_RECIPIENTS_MAX];
        size_t count;
};

static void list_address(struct listing *listing, const char *line, struct address *address)
{
        if (listing->count == DSN_RECIPIENTS_MAX) {
                address_free(address);
                return;
        }
        listing->at[listing->count] = line;
        listing->addresses[listing->count++] = address;
}

static bool add_listing(struct dsn *dsn, const struct dsn_text *text, const struct listing *listing)
{
        for (size_t i = 0; i < listing->count; i++) {
                const char *end = i + 1 < listing->count ? listing->at[i + 1] : end_of(text);
                dsn_add(dsn, text, listing->addresses[i], kind_of(text), listing->at[i], (size_t) (end - listing->at[i]));
        }
        return dsn->count;
}

/* --- each of them --------------------------------------------------------------------------- */

/* Lines that begin with an address in angle brackets and a colon: qmail, Postfix, Yahoo and many that learned from them. The first line
 * of all may be the address alone. */
bool dsn_paragraphs(struct dsn *dsn, const struct dsn_text *text)
{
        struct listing listing = { .count = 0 };
        bool is_first = true;
        const char *end = end_of(text);
        for (const char *line = text->text->str; line < end; line = next_line(line, end)) {
                const char *at = line + strspn(line, " \t"), *behind;
                struct address *address = *at == '<' ? dsn_address(at, end, &behind) : NULL;
                const bool fits = address && end - behind >= 2 && behind[0] == '>'
                                  && (behind[1] == ':' || g_str_has_prefix(behind, "> (") || (is_first && behind[1] == '\n'));
                is_first = is_first && *at == '\n';
                if (fits)
                        list_address(&listing, line, address);
                else
                        address_free(address);
        }
        return add_listing(dsn, text, &listing);
}

static bool begins_list(const char *line, const char *end)
{
        for (size_t i = 0; i < G_N_ELEMENTS(LISTS); i++)
                if (g_strstr_len(line, end - line, LISTS[i]))
                        return true;
        return false;
}

/* Lines that begin with an address, behind words that announce them. Of lines a list's words may stand on two. */
bool dsn_listed(struct dsn *dsn, const struct dsn_text *text)
{
        struct listing listing = { .count = 0 };
        const char *start = text->text->str, *end = end_of(text), *before = start;
        bool is_open = false;
        for (const char *line = start; line < end; line = next_line(line, end)) {
                const char *behind, *stop = next_line(line, end);
                struct address *address = is_open ? dsn_address(line, stop, &behind) : NULL;
                if (address && is_list_end(behind, stop))
                        list_address(&listing, line, address);
                else
                        address_free(address);
                char *two = g_strndup(text->lower->str + (before - start), (gsize) (stop - before));
                g_strdelimit(two, "\n\t", ' ');
                is_open = is_open || begins_list(two, two + strlen(two));
                g_free(two);
                before = line;
        }
        return add_listing(dsn, text, &listing);
}

/* "550 <a@b>... User unknown": what sendmail wrote of a session. */
bool dsn_transcript(struct dsn *dsn, const struct dsn_text *text)
{
        struct listing listing = { .count = 0 };
        const char *end = end_of(text);
        for (const char *line = text->text->str; line < end; line = next_line(line, end)) {
                const bool is_reply = end - line > 4 && strchr("45", line[0]) && g_ascii_isdigit(line[1]) && g_ascii_isdigit(line[2])
                                      && line[3] == ' ';
                const char *behind;
                struct address *address = is_reply ? dsn_address(line + 4, end, &behind) : NULL;
                if (address && (g_str_has_prefix(behind, ">... ") || g_str_has_prefix(behind, "... ")))
                        list_address(&listing, line, address);
                else
                        address_free(address);
        }
        return add_listing(dsn, text, &listing);
}

/* X-Failed-Recipients says who; the words say why. */
bool dsn_exim(struct dsn *dsn, const struct dsn_text *text)
{
        const char *failed = message_get(text->message, "X-Failed-Recipients");
        if (!failed)
                return false;
        const char *end = failed + strlen(failed);
        for (const char *at = failed; at < end; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
                const char *behind;
                struct address *address = dsn_address(at, end, &behind);
                const char *about = address ? strstr(text->text->str, address->text) : NULL;
                if (address)
                        dsn_add(dsn, text, address, kind_of(text), about ? about : text->text->str,
                                   about ? strlen(about) : text->text->len);
        }
        return dsn->count;
}

/* X.400 names with the address in them: "dda:SMTP=a@b;". */
bool dsn_exchange(struct dsn *dsn, const struct dsn_text *text)
{
        if (!dsn_text_has(text, "did not reach the following recipient"))
                return false;
        static const char name[] = "smtp=";
        const char *lower = text->flat_lower->str, *end = text->flat->str + text->flat->len;
        for (const char *at = strstr(lower, name); at; at = strstr(at + 1, name)) {
                const char *place = text->flat->str + (at - lower) + strlen(name), *behind;
                struct address *address = dsn_address(place, end, &behind);
                if (address)
                        dsn_add(dsn, text, address, kind_of(text), place, (size_t) (end - place));
        }
        return dsn->count;
}

/* AOL names its own mailboxes without their domain. */
bool dsn_aol(struct dsn *dsn, const struct dsn_text *text)
{
        struct address *author;
        static const char words[] = "they are not accepting mail from";
        const char *at = strstr(text->lower->str, words);
        if (!at || !message_author(text->message, &author, NULL, NULL))
                return false;
        const char *end = end_of(text);
        for (at = next_line(text->text->str + (at - text->lower->str), end); at < end; at = next_line(at, end)) {
                const char *name = at + strspn(at, " \t");
                size_t length = strcspn(name, " \t\n");
                char *whole = g_strdup_printf("%.*s@%s", (int) MIN(length, (size_t) ADDRESS_LOCAL_MAX), name, author->domain);
                struct address *address;
                if (length && name[length] == '\n' && address_parse(&address, whole, strlen(whole), NULL))
                        dsn_add(dsn, text, address, DSN_FAILURE, text->flat->str, text->flat->len);
                g_free(whole);
        }
        address_free(author);
        return dsn->count;
}

bool dsn_automatic(struct dsn *dsn, const struct dsn_text *text)
{
        const enum automatic class = automatic_class(text->message, "-", NULL);
        if (class != AUTOMATIC_REPLY && class != AUTOMATIC_SUSPECT)
                return false;
        dsn->kind = DSN_AUTOMATIC;
        return true;
}

bool dsn_phrases(struct dsn *dsn, const struct dsn_text *text)
{
        const char *lower = text->flat_lower->str, *end = text->flat->str + text->flat->len;
        for (size_t i = 0; i < G_N_ELEMENTS(BEFORE); i++)
                for (const char *at = strstr(lower, BEFORE[i]); at; at = strstr(at + 1, BEFORE[i])) {
                        const char *place = text->flat->str + (at - lower) + strlen(BEFORE[i]), *behind;
                        struct address *address = dsn_address(place, end, &behind);
                        if (address)
                                dsn_add(dsn, text, address, kind_of(text), place, (size_t) (end - place));
                }
        return dsn->count;
}

/* What a mail service of a cloud tells programs: {"notificationType":"Bounce" ... "emailAddress":"a@b"}. */
bool dsn_json(struct dsn *dsn, const struct dsn_text *text)
{
        static const char type[] = "\"notificationtype\":\"", name[] = "\"emailaddress\":\"", sent[] = "\"mail\":{";
        const char *lower = text->flat_lower->str, *kind = strstr(lower, type);
        if (*lower != '{' || !kind)
                return false;
        kind += strlen(type);
        const bool is_complaint = g_str_has_prefix(kind, "complaint"), is_bounce = g_str_has_prefix(kind, "bounce");
        const char *end = strstr(lower, sent); /* behind it: the message itself, and all whom it was sent to */
        end = end ? end : lower + text->flat_lower->len;
        dsn->kind = is_complaint ? DSN_FEEDBACK : DSN_AUTOMATIC;
        for (const char *at = strstr(lower, name); (is_complaint || is_bounce) && at && at < end; at = strstr(at + 1, name)) {
                const char *place = text->flat->str + (at - lower) + strlen(name), *behind;
                struct address *address = dsn_address(place, text->flat->str + (end - lower), &behind);
                if (address)
                        dsn_add(dsn, text, address, is_complaint ? DSN_FEEDBACK : DSN_FAILURE, place,
                                (size_t) (text->flat->str + (end - lower) - place));
        }
        return true;
}

static bool is_of_a_daemon(const struct dsn_text *text)
{
        static const char *const names[] = { "mailer-daemon", "mail delivery", "postmaster", "mail-daemon", "mailer daemon",
                                             "delivery subsystem" };
        const char *from = message_get(text->message, "From");
        char *lower = g_ascii_strdown(from ? from : "", -1);
        bool found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                found = found || strstr(lower, names[i]);
        g_free(lower);
        return found;
}

/* A field of the message that came back; NULL: it has none, or does not come back. */
static const char *original_field(const struct dsn_text *text, const char *name)
{
        const char *end = text->original->str + text->original->len;
        const size_t length = strlen(name);
        for (const char *line = text->original->str; line < end; line = next_line(line, end))
                if (g_ascii_strncasecmp(line, name, length) == 0 && line[length] == ':')
                        return line + length + 1;
        return NULL;
}

/* Words that something could not be delivered, but none of them says to whom: that is whom the message was to, if that was one. */
bool dsn_original(struct dsn *dsn, const struct dsn_text *text)
{
        static const char *const words[] = { "deliver", "returned mail", "undeliver", "failure", "error", "transcript of session",
                                             "配信", "配送", "エラー" };
        static const char *const fields[] = { "X-Envelope-To", "X-Original-To", "To" };
        if (!is_of_a_daemon(text) || !any(text, words, G_N_ELEMENTS(words)))
                return false;
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                const char *value = original_field(text, fields[i]), *behind;
                const char *end = value ? value + strcspn(value, "\n") : NULL;
                const char *place = value ? memchr(value, '<', (size_t) (end - value)) : NULL;
                struct address *address = value ? dsn_address(place ? place : value, end, &behind) : NULL;
                const bool is_one = address && !memchr(behind, '@', (size_t) (end - behind));
                if (is_one) {
                        dsn_add(dsn, text, address, kind_of(text), text->flat->str, text->flat->len);
                        return dsn->count;
                }
                address_free(address);
        }
        return false;
}

/* The subject of some names the recipient: "Undeliverable: a@b". The last words are also those of programs that want to know who wrote. */
bool dsn_subject(struct dsn *dsn, const struct dsn_text *text)
{
        static const char *const words[] = { "undeliverable: ", "warning: ", "failed mail to ", "your message to " };
        const char *value = message_get(text->message, "Subject");
        char *subject = value ? mime_decode_text(value) : g_strdup("");
        for (size_t i = 0; !dsn->count && i < G_N_ELEMENTS(words) - !is_of_a_daemon(text); i++) {
                const char *behind;
                struct address *address = g_ascii_strncasecmp(subject, words[i], strlen(words[i])) != 0 ? NULL :
                        dsn_address(subject + strlen(words[i]), subject + strlen(subject), &behind);
                if (address)
                        dsn_add(dsn, text, address, kind_of(text), text->flat->str, text->flat->len);
        }
        g_free(subject);
        return dsn->count;
}
