/* envelope.c - what `receive` knows of a message, and the message: the bytes inside a spool box
 *     listd-envelope 1      \n after each line, then the keys of KEYS in their order, each once at most
 *     client 192.0.2.7      key, a space, the value up to the end of the line; it may be empty
 *     ...
 *     probes percent bang   only where there are any
 *     decoy 1               only where it is so
 *     recipient ml@x        one or more
 *                           an empty line; the message follows, to the last octet
 * Gives:     envelope_new(), envelope_free(), envelope_write(), envelope_read(), envelope_log_id()
 * Fails:     ERR_PERM for anything that envelope_write() would not have written: the reader is handle, who has the keys,
 *            and the writer talks to strangers. The head is written anew and compared, so there is one form only. */
#include "mail/envelope.h"

#include "base/ticket.h"

static const char MAGIC[] = "listd-envelope 1\n";

enum key_type { KEY_TEXT, KEY_BOOL, KEY_FLAW, KEY_TIME };

static const struct {
        const char *name;
        enum key_type type;
        size_t offset;
        bool is_optional; /* left out when it is empty or false */
} KEYS[] = {
        { "client", KEY_TEXT, offsetof(struct envelope, client) },
        { "helo", KEY_TEXT, offsetof(struct envelope, helo) },
        { "protocol", KEY_TEXT, offsetof(struct envelope, protocol) },
        { "trusted", KEY_BOOL, offsetof(struct envelope, trusted) },
        { "flaw", KEY_FLAW, offsetof(struct envelope, flaw) },
        { "received", KEY_TIME, offsetof(struct envelope, received) },
        { "mail-from", KEY_TEXT, offsetof(struct envelope, mail_from) },
        { "probes", KEY_TEXT, offsetof(struct envelope, probes), true },
        { "decoy", KEY_BOOL, offsetof(struct envelope, is_decoy), true },
};
static const char RECIPIENT[] = "recipient";

struct envelope *envelope_new(void)
{
        struct envelope *envelope = g_new0(struct envelope, 1);
        envelope->recipients = g_ptr_array_new_with_free_func(g_free);
        return envelope;
}

void envelope_free(struct envelope *envelope)
{
        if (!envelope)
                return;
        g_free(envelope->client);
        g_free(envelope->helo);
        g_free(envelope->protocol);
        g_free(envelope->mail_from);
        g_free(envelope->probes);
        g_ptr_array_unref(envelope->recipients);
        if (envelope->message)
                g_bytes_unref(envelope->message);
        g_free(envelope);
}

static bool is_value(const char *text)
{
        if (!text || strlen(text) > ENVELOPE_TEXT_MAX)
                return false;
        for (; *text; text++)
                if (g_ascii_iscntrl(*text))
                        return false;
        return true;
}

/* --- writing ---------------------------------------------------------------------- */

static bool write_text(GString *head, const char *name, const char *value)
{
        if (!is_value(value))
                return false;
        g_string_append_printf(head, "%s %s\n", name, value);
        return true;
}

static bool has_value(size_t i, const struct envelope *envelope)
{
        const void *at = G_STRUCT_MEMBER_P(envelope, KEYS[i].offset);
        const char *text = KEYS[i].type == KEY_TEXT ? *(char *const *) at : NULL;
        return KEYS[i].type == KEY_TEXT ? text && *text : *(const bool *) at;
}

static bool write_key(GString *head, size_t i, const struct envelope *envelope)
{
        const void *at = G_STRUCT_MEMBER_P(envelope, KEYS[i].offset);
        char number[32];
        if (KEYS[i].is_optional && !has_value(i, envelope))
                return true;
        switch (KEYS[i].type) {
        case KEY_TEXT:
                return write_text(head, KEYS[i].name, *(char *const *) at);
        case KEY_BOOL:
                return write_text(head, KEYS[i].name, *(const bool *) at ? "1" : "0");
        case KEY_FLAW:
                g_snprintf(number, sizeof number, "%d", *(const int *) at);
                return write_text(head, KEYS[i].name, number);
        case KEY_TIME:
                g_snprintf(number, sizeof number, "%" G_GINT64_FORMAT, *(const int64_t *) at);
                return write_text(head, KEYS[i].name, number);
        }
        return false;
}

/* Everything before the message. NULL: a value may not stand in an envelope. */
static GString *write_head(const struct envelope *envelope)
{
        GString *head = g_string_new(MAGIC);
        bool ok = envelope->recipients->len >= 1 && envelope->recipients->len <= ENVELOPE_RECIPIENTS_MAX;
        for (size_t i = 0; ok && i < G_N_ELEMENTS(KEYS); i++)
                ok = write_key(head, i, envelope);
        for (guint i = 0; ok && i < envelope->recipients->len; i++)
                ok = write_text(head, RECIPIENT, envelope->recipients->pdata[i]);
        if (!ok) {
                g_string_free(head, TRUE);
                return NULL;
        }
        g_string_append_c(head, '\n');
        return head;
}

GBytes *envelope_write(const struct envelope *envelope)
{
        GString *text = envelope->message ? write_head(envelope) : NULL;
        if (!text)
                return NULL;
        gsize size;
        const char *message = g_bytes_get_data(envelope->message, &size);
        g_string_append_len(text, message, (gssize) size);
        return g_string_free_to_bytes(text);
}

/* --- reading ------------------------------------------------------------------------ */

/* Takes the line `name value` at *at; the caller frees. NULL: another one stands there. */
static char *read_text(const char **at, const char *end, const char *name)
{
        const size_t length = strlen(name);
        const char *from = *at;
        if ((size_t) (end - from) < length + 1 || memcmp(from, name, length) != 0 || from[length] != ' ')
                return NULL;
        from += length + 1;
        const char *newline = memchr(from, '\n', MIN((size_t) (end - from), ENVELOPE_TEXT_MAX + 1));
        if (!newline)
                return NULL;
        *at = newline + 1;
        return g_strndup(from, (size_t) (newline - from));
}

static bool read_key(const char **at, const char *end, size_t i, struct envelope *envelope)
{
        void *to = G_STRUCT_MEMBER_P(envelope, KEYS[i].offset);
        char *text = read_text(at, end, KEYS[i].name);
        gint64 number = 0;
        if (!text)
                return KEYS[i].is_optional;
        if (KEYS[i].type == KEY_TEXT) {
                *(char **) to = text;
                return true;
        }
        const gint64 low = KEYS[i].type == KEY_TIME ? G_MININT64 : 0;
        const gint64 high = KEYS[i].type == KEY_TIME ? G_MAXINT64 : KEYS[i].type == KEY_FLAW ? FLAW_BYTES : 1;
        bool ok = g_ascii_string_to_signed(text, 10, low, high, &number, NULL);
        g_free(text);
        if (KEYS[i].type == KEY_BOOL)
                *(bool *) to = number != 0;
        else if (KEYS[i].type == KEY_FLAW)
                *(int *) to = (int) number;
        else
                *(int64_t *) to = number;
        return ok;
}

/* Returns where the message begins, or NULL. */
static const char *read_head(const char *at, const char *end, struct envelope *envelope)
{
        char *recipient;
        if ((size_t) (end - at) < strlen(MAGIC) || memcmp(at, MAGIC, strlen(MAGIC)) != 0)
                return NULL;
        at += strlen(MAGIC);
        for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++)
                if (!read_key(&at, end, i, envelope))
                        return NULL;
        while (envelope->recipients->len < ENVELOPE_RECIPIENTS_MAX && (recipient = read_text(&at, end, RECIPIENT)))
                g_ptr_array_add(envelope->recipients, recipient);
        return at < end && *at == '\n' ? at + 1 : NULL;
}

static bool is_written_form(const struct envelope *envelope, const char *bytes, size_t length)
{
        GString *head = write_head(envelope);
        bool same = head && head->len == length && memcmp(head->str, bytes, length) == 0;
        if (head)
                g_string_free(head, TRUE);
        return same;
}

bool envelope_read(struct envelope **ret_envelope, const void *bytes, size_t length, struct err *ret_err)
{
        const char *start = bytes;
        const char *end = start + length;
        struct envelope *envelope = envelope_new();
        const char *message = read_head(start, end, envelope);
        *ret_envelope = NULL;
        if (!message || !is_written_form(envelope, start, (size_t) (message - start))) {
                envelope_free(envelope);
                return err_set(ret_err, ERR_PERM, "not an envelope that receive writes");
        }
        envelope->message = g_bytes_new(message, (gsize) (end - message));
        *ret_envelope = envelope;
        return true;
}

void envelope_log_id(const uint8_t *spool_id, char ret_text[LOG_ID_CHARS + 1])
{
        enum { OCTETS = (LOG_ID_CHARS * 5 + 7) / 8 };
        char text[(OCTETS * 8 + 4) / 5 + 1];
        base32_encode(spool_id, OCTETS, text);
        memcpy(ret_text, text, LOG_ID_CHARS);
        ret_text[LOG_ID_CHARS] = '\0';
}
