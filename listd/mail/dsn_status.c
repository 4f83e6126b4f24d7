/* dsn_status.c - reports that are made for programs
 * Gives:     dsn_machine(), dsn_feedback(), dsn_notification()
 * Standards: RFC 3464 2.2 and 2.3 (fields of a message and of each recipient), 6533 3 (utf-8 addresses), 5965 3 (complaints),
 *            8098 3.2 (a responder that deletes says so in a disposition notification)
 * Some senders put the fields where people read, so that place is looked at, too. The recipient is the address that we
 * sent to, as far as it is told: Original-Recipient, unless only the final one is an address. */
#include "mail/dsn_inside.h"

#include "mail/address.h"

/* The fields of one recipient, as places in the text. */
struct group {
        const char *original, *final, *actual, *action, *status, *diagnostic; /* NULL: not there */
};

static const char *line_end(const char *at)
{
        return at + strcspn(at, "\n");
}

/* The value of "Name :" in any case; NULL: the line is another field. */
static const char *value_of(const char *line, const char *name)
{
        size_t length = strlen(name);
        if (g_ascii_strncasecmp(line, name, length) != 0)
                return NULL;
        line += length;
        line += strspn(line, " \t");
        return *line == ':' ? line + 1 : NULL;
}

static void take_line(struct group *group, const char *line)
{
        const struct {
                const char *name;
                const char **place;
        } fields[] = {
                { "Original-Recipient", &group->original }, { "Final-Recipient", &group->final },
                { "X-Actual-Recipient", &group->actual },   { "Action", &group->action },
                { "Status", &group->status },               { "Diagnostic-Code", &group->diagnostic },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                const char *value = value_of(line, fields[i].name);
                if (value && !*fields[i].place)
                        *fields[i].place = value;
        }
}

static bool is_word(const char *value, const char *word)
{
        value += strspn(value, " \t");
        return g_ascii_strncasecmp(value, word, strlen(word)) == 0;
}

static enum dsn_kind kind_of(const struct group *group)
{
        static const struct {
                const char *action;
                enum dsn_kind kind;
        } actions[] = { { "delayed", DSN_DELAYED },     { "delivered", DSN_DELIVERED }, { "relayed", DSN_DELIVERED },
                        { "expanded", DSN_DELIVERED }, { "deliverable", DSN_DELIVERED } };
        for (size_t i = 0; group->action && i < G_N_ELEMENTS(actions); i++)
                if (is_word(group->action, actions[i].action))
                        return actions[i].kind;
        if (!group->action && group->status && is_word(group->status, "2."))
                return DSN_DELIVERED;
        return DSN_FAILURE;
}

/* utf-8-addr-xtext: \x{HEX} stands for a character (RFC 6533 3). */
static char *unescaped(const char *text, size_t length)
{
        GString *out = g_string_new(NULL);
        for (size_t i = 0; i < length;) {
                if (length - i > 4 && strncmp(text + i, "\\x{", 3) == 0) {
                        guint32 c = 0;
                        size_t at = i + 3;
                        for (; at < length && at < i + 9 && g_ascii_isxdigit(text[at]); at++)
                                c = c * 16 + (guint32) g_ascii_xdigit_value(text[at]);
                        if (at < length && text[at] == '}' && c > 0x1f && g_unichar_validate((gunichar) c)) {
                                g_string_append_unichar(out, (gunichar) c);
                                i = at + 1;
                                continue;
                        }
                }
                g_string_append_c(out, text[i++]);
        }
        return g_string_free(out, FALSE);
}

/* "rfc822; mailbox": a type may be missing, and what is said beside the address is no matter. NULL: no address that other
 * hosts can know. */
static struct address *address_of(const char *value)
{
        if (!value)
                return NULL;
        const char *end = line_end(value);
        const char *behind = memchr(value, ';', (size_t) (end - value));
        char *text = unescaped(behind ? behind + 1 : value, (size_t) (end - (behind ? behind + 1 : value)));
        const char *at = text;
        struct address *address = dsn_address(at, at + strlen(at), &at);
        if (address && !strchr(address->domain, '.') && *address->domain != '[') {
                address_free(address);
                address = NULL;
        }
        g_free(text);
        return address;
}

static void add_group(struct dsn *dsn, const struct dsn_text *text, const struct group *group, const char *end)
{
        struct address *address = address_of(group->final);
        if (!address)
                address = address_of(group->original);
        if (!address)
                address = address_of(group->actual);
        if (!address)
                return;
        GString *about = g_string_new(NULL);
        if (group->status)
                g_string_append_len(about, group->status, line_end(group->status) - group->status);
        g_string_append_c(about, '\n');
        if (group->diagnostic)
                g_string_append_len(about, group->diagnostic, end - group->diagnostic);
        dsn_add(dsn, text, address, kind_of(group), about->str, about->len);
        g_string_free(about, TRUE);
}

static bool is_blank_line(const char *line)
{
        return line[strspn(line, " \t")] == '\n';
}

/* Each paragraph with a recipient is one; so is what stands from one Final-Recipient to the next without a blank line. */
static void read_groups(struct dsn *dsn, const struct dsn_text *text, const char *fields)
{
        struct group group = { 0 };
        const char *line = fields;
        for (; *line; line = line_end(line) + (*line_end(line) == '\n')) {
                if (is_blank_line(line) || (group.final && value_of(line, "Final-Recipient"))) {
                        add_group(dsn, text, &group, line);
                        group = (struct group) { 0 };
                }
                take_line(&group, line);
        }
        add_group(dsn, text, &group, line);
}

static bool has_fields(const char *lower)
{
        return strstr(lower, "\nfinal-recipient") || strstr(lower, "\noriginal-recipient");
}

static bool is_notification(const struct dsn_text *text)
{
        return g_str_has_prefix(text->machine->str, "Disposition:") || strstr(text->machine->str, "\nDisposition:");
}

bool dsn_machine(struct dsn *dsn, const struct dsn_text *text)
{
        if (is_notification(text))
                return false;
        read_groups(dsn, text, text->machine->str);
        if (!dsn->count && has_fields(text->lower->str))
                read_groups(dsn, text, text->text->str);
        if (!dsn->count && !text->machine->len) /* its parts were lost: all of it is one text */
                read_groups(dsn, text, text->original->str);
        return dsn->count;
}

/* Who complains is not told by name: only our ticket says which copy it was. */
bool dsn_feedback(struct dsn *dsn, const struct dsn_text *text)
{
        const char *subject = message_get(text->message, "Subject");
        const bool is_hotmail = strstr(text->original->str, "X-HmXmrOriginalRecipient:") && subject
                                && strstr(subject, "complaint about message from");
        if (!text->feedback->len && !is_hotmail)
                return false;
        dsn->kind = DSN_FEEDBACK;
        return true;
}

/* A disposition that a person's program sends when mail is read is no failure; one that says that it was deleted without
 * being read because there is no room is. */
bool dsn_notification(struct dsn *dsn, const struct dsn_text *text)
{
        if (!is_notification(text))
                return false;
        dsn->kind = DSN_AUTOMATIC;
        if (!dsn_text_has(text, "automatically rejected"))
                return true;
        for (const char *line = text->machine->str; *line; line = line_end(line) + (*line_end(line) == '\n')) {
                struct address *address = address_of(value_of(line, "Final-Recipient"));
                if (address)
                        dsn_add(dsn, text, address, DSN_FAILURE, text->flat->str, text->flat->len);
        }
        return true;
}
