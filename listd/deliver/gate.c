/* gate.c - the one gate out
 * Gives:     gate_address(), gate_message(), gate_head()
 * Fails:     ERR_PERM with the reason, never with the text itself: reasons are logged
 * Standards: RFC 5321 2.3.8 (lines end in CRLF), 4.1.2 (Mailbox), 4.5.3.1; RFC 5322 2.1, 2.2, 3.6; RFC 6531 3.3 */
#include "deliver/gate.h"

#include <strings.h>

/* --- addresses -------------------------------------------------------------------------- */

/* RFC 5322 3.2.3, RFC 6531 3.3 */
static bool is_atext(char c)
{
        return g_ascii_isalnum(c) || (unsigned char) c >= 0x80 || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Gives what is behind the quoted string; NULL when it has no end. */
static const char *skip_quoted(const char *p)
{
        for (p++; *p && *p != '"'; p++) {
                if (*p == '\\')
                        p++;
                if (!*p)
                        return NULL;
        }
        return *p ? p + 1 : NULL;
}

/* A domain has letters, digits, dots and hyphens; the form of it was checked when it came in. Here only what could end
 * the path early matters. */
static bool is_domain(const char *p)
{
        bool literal = *p == '[';
        if (literal)
                p++;
        const char *start = p;
        while (g_ascii_isalnum(*p) || *p == '.' || *p == '-' || (literal && *p == ':'))
                p++;
        return p > start && strcmp(p, literal ? "]" : "") == 0;
}

bool gate_address(const char *address, struct err *ret_err)
{
        if (strlen(address) > GATE_PATH_MAX)
                return err_set(ret_err, ERR_PERM, "the address is longer than %d octets", GATE_PATH_MAX);
        if (!g_utf8_validate(address, -1, NULL))
                return err_set(ret_err, ERR_PERM, "the address is not UTF-8");
        for (const char *p = address; *p; p = g_utf8_next_char(p))
                if (g_unichar_iscntrl(g_utf8_get_char(p)))
                        return err_set(ret_err, ERR_PERM, "the address holds a control character");
        const char *at = address;
        if (*at == '"')
                at = skip_quoted(at);
        else
                while (is_atext(*at) || *at == '.')
                        at++;
        if (!at || at == address || *at != '@' || !is_domain(at + 1))
                return err_set(ret_err, ERR_PERM, "the address is not a mailbox");
        return true;
}

/* --- messages ---------------------------------------------------------------------------- */

/* What libESMTP would drop (Return-Path ..., the second From ...) or add (Date, From, Message-ID), and what must never
 * leave (leaks L9, and Bcc). */
static const struct field_rule {
        const char *name;
        unsigned least, most;
} FIELD_RULES[] = {
        { "Date", 1, 1 },
        { "From", 1, 1 },
        { "Message-ID", 1, 1 },
        { "Sender", 0, 1 },
        { "Reply-To", 0, 1 },
        { "To", 0, 1 },
        { "Cc", 0, 1 },
        { "Bcc", 0, 0 },
        { "Return-Path", 0, 0 },
        { "Original-Recipient", 0, 0 },
        { "Resent-Reply-To", 0, 0 },
        { "Disposition-Notification-To", 0, 0 },
};

struct scan {
        const char *at, *end;
        const char *line; /* the line that next_line() found, without its CRLF */
        size_t length;
        bool is_8bit;
};

static bool has_8bit(const char *bytes, size_t length)
{
        unsigned char seen = 0;
        for (size_t i = 0; i < length; i++)
                seen |= (unsigned char) bytes[i];
        return seen & 0x80;
}

/* False with an error at a line that must not be sent; scan->line is NULL at the end. */
static bool next_line(struct scan *scan, struct err *ret_err)
{
        scan->line = NULL;
        size_t left = (size_t) (scan->end - scan->at);
        if (left == 0)
                return true;
        const char *lf = memchr(scan->at, '\n', left);
        if (!lf)
                return err_set(ret_err, ERR_PERM, "the last line does not end in CRLF");
        if (lf == scan->at || lf[-1] != '\r')
                return err_set(ret_err, ERR_PERM, "a line ends in LF without CR");
        size_t length = (size_t) (lf - 1 - scan->at);
        if (memchr(scan->at, '\r', length))
                return err_set(ret_err, ERR_PERM, "a CR stands without LF");
        if (memchr(scan->at, '\0', length))
                return err_set(ret_err, ERR_PERM, "a line holds a NUL");
        if (length > GATE_LINE_MAX)
                return err_set(ret_err, ERR_PERM, "a line is longer than %d octets", GATE_LINE_MAX);
        scan->line = scan->at;
        scan->length = length;
        scan->is_8bit = scan->is_8bit || has_8bit(scan->line, length);
        scan->at = lf + 1;
        return true;
}

static bool is_continued(const struct scan *scan)
{
        return scan->length > 0 && (scan->line[0] == ' ' || scan->line[0] == '\t');
}

/* The length of the field's name; 0 when the line begins no field (RFC 5322 2.2: printable ASCII, then a colon). */
static size_t field_name_length(const struct scan *scan)
{
        size_t length = 0;
        while (length < scan->length && scan->line[length] > ' ' && scan->line[length] < 0x7f && scan->line[length] != ':')
                length++;
        return length < scan->length && scan->line[length] == ':' ? length : 0;
}

static void count_field(const char *name, size_t length, unsigned counts[G_N_ELEMENTS(FIELD_RULES)])
{
        for (size_t i = 0; i < G_N_ELEMENTS(FIELD_RULES); i++)
                if (strlen(FIELD_RULES[i].name) == length && strncasecmp(FIELD_RULES[i].name, name, length) == 0)
                        counts[i]++;
}

static bool check_counts(const unsigned counts[G_N_ELEMENTS(FIELD_RULES)], struct err *ret_err)
{
        for (size_t i = 0; i < G_N_ELEMENTS(FIELD_RULES); i++) {
                const struct field_rule *rule = &FIELD_RULES[i];
                if (counts[i] < rule->least)
                        return err_set(ret_err, ERR_PERM, "%s is missing", rule->name);
                if (counts[i] > rule->most)
                        return err_set(ret_err, ERR_PERM, "%s stands %u times", rule->name, counts[i]);
        }
        return true;
}

/* Reads fields up to the empty line or the end; scan->line is NULL when it came to the end. */
static bool scan_header(struct scan *scan, unsigned counts[G_N_ELEMENTS(FIELD_RULES)], struct err *ret_err)
{
        bool first = true;
        for (;;) {
                if (!next_line(scan, ret_err))
                        return false;
                if (!scan->line || scan->length == 0)
                        return true;
                size_t name = is_continued(scan) && !first ? 0 : field_name_length(scan);
                if (name == 0 && (first || !is_continued(scan)))
                        return err_set(ret_err, ERR_PERM, "a line of the header is no field");
                count_field(scan->line, name, counts);
                first = false;
        }
}

bool gate_message(struct gate_message *ret_message, GBytes *bytes, struct err *ret_err)
{
        *ret_message = (struct gate_message){ 0 };
        gsize size;
        const char *data = g_bytes_get_data(bytes, &size);
        if (size == 0)
                return err_set(ret_err, ERR_PERM, "the message is empty");
        struct scan scan = { .at = data, .end = data + size };
        unsigned counts[G_N_ELEMENTS(FIELD_RULES)] = { 0 };
        if (!scan_header(&scan, counts, ret_err) || !check_counts(counts, ret_err))
                return false;
        if (!scan.line)
                return err_set(ret_err, ERR_PERM, "no empty line ends the header");
        size_t body = (size_t) (scan.at - data);
        do {
                if (!next_line(&scan, ret_err))
                        return false;
        } while (scan.line);
        *ret_message = (struct gate_message){ .bytes = g_bytes_ref(bytes), .body = body, .is_8bit = scan.is_8bit };
        return true;
}

void gate_message_clear(struct gate_message *message)
{
        g_clear_pointer(&message->bytes, g_bytes_unref);
}

bool gate_head(const char *head, size_t length, struct err *ret_err)
{
        struct scan scan = { .at = head, .end = head + length };
        unsigned counts[G_N_ELEMENTS(FIELD_RULES)] = { 0 };
        if (!scan_header(&scan, counts, ret_err))
                return false;
        if (scan.line)
                return err_set(ret_err, ERR_PERM, "an empty line stands before the header");
        for (size_t i = 0; i < G_N_ELEMENTS(FIELD_RULES); i++)
                if (counts[i])
                        return err_set(ret_err, ERR_PERM, "%s belongs into the message", FIELD_RULES[i].name);
        return !scan.is_8bit || err_set(ret_err, ERR_PERM, "a line before the header is not ASCII");
}
