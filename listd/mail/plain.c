/* plain.c - what somebody wrote, as text
 * Gives:  plain_text(), plain_csv(), plain_subject()
 * The same reading as a post's, so that a command is found wherever a reader would see it. */
#include "mail/plain.h"

#include "mail/charset.h"
#include "mail/mime.h"
#include "mail/render.h"
#include "mail/text.h"
#include "store/list.h"

static void append_piece(GString *out, const struct text_piece *piece)
{
        gsize length;
        GBytes *utf8;
        const char *octets = g_bytes_get_data(piece->bytes, &length);
        utf8 = charset_decode_readably(piece->charset, octets, length);
        const char *text = g_bytes_get_data(utf8, &length);
        for (gsize i = 0; i < length && out->len < PLAIN_MAX; i++)
                if (text[i] && text[i] != '\r')
                        g_string_append_c(out, text[i]);
        if (out->len && out->str[out->len - 1] != '\n')
                g_string_append_c(out, '\n');
        g_bytes_unref(utf8);
}

char *plain_text(const struct message *message, const struct list *list, const struct keyring *keyring)
{
        struct text *text;
        struct err flaw;
        const struct render_facts facts = { .list = list, .keyring = keyring, .timezone = "UTC", .hostname = list->domain };
        GString *out = g_string_new(NULL);
        if (text_read(&text, message, &facts, &flaw)) {
                for (guint i = 0; i < text->pieces->len; i++)
                        append_piece(out, text->pieces->pdata[i]);
                text_free(text);
        }
        if (!g_utf8_validate(out->str, (gssize) out->len, NULL)) { /* cut within a character */
                char *valid = g_utf8_make_valid(out->str, (gssize) out->len);
                g_string_free(out, TRUE);
                return valid;
        }
        return g_string_free(out, FALSE);
}

static bool is_csv(const struct text_file *file)
{
        return strcmp(file->type, "text/csv") == 0 || g_str_has_suffix(file->name, ".csv");
}

char *plain_csv(const struct message *message, const struct list *list, const struct keyring *keyring)
{
        struct text *text;
        struct err flaw;
        struct list open = *list; /* which lets files of any type stay: nothing of this is sent on */
        open.attachments = ATTACHMENTS_ALLOW;
        const struct render_facts facts = { .list = &open, .keyring = keyring, .timezone = "UTC", .hostname = list->domain };
        GString *out = g_string_new(NULL);
        if (text_read(&text, message, &facts, &flaw)) {
                for (guint i = 0; i < text->files->len; i++) {
                        const struct text_file *file = text->files->pdata[i];
                        gsize length;
                        const char *octets = g_bytes_get_data(file->bytes, &length);
                        if (is_csv(file) && length <= PLAIN_MAX && g_utf8_validate(octets, (gssize) length, NULL))
                                g_string_append_len(out, octets, (gssize) length);
                }
                text_free(text);
        }
        return g_string_free(out, FALSE);
}

char *plain_subject(const struct message *message)
{
        static const char *const replies[] = { "re:", "aw:", "sv:", "ref:", "fwd:", "fw:", "返信:", "回复:" };
        const char *raw = message_get(message, "Subject");
        char *subject = raw ? mime_decode_text(raw) : g_strdup("");
        for (bool cut = true; cut;) {
                cut = false;
                for (size_t i = 0; i < G_N_ELEMENTS(replies) && !cut; i++) {
                        const size_t length = strlen(replies[i]);
                        if (g_ascii_strncasecmp(subject, replies[i], length) == 0) {
                                memmove(subject, subject + length, strlen(subject + length) + 1);
                                g_strchug(subject);
                                cut = true;
                        }
                }
        }
        return subject;
}
