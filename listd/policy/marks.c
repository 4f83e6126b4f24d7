/* marks.c - what a message says of itself, or what a filter wrote on it
 * Gives:  marks_spam(), marks_label() */
#include "policy/marks.h"

#include "mail/mime.h"

/* SpamAssassin and its kind; rspamd. */
bool marks_spam(const struct message *message)
{
        static const char *const fields[] = { "X-Spam-Flag", "X-Spam-Status", "X-Spam", "X-Spamd-Result" };
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                const char *value = message_get(message, fields[i]);
                if (value && (g_ascii_strncasecmp(value, "yes", 3) == 0 || g_ascii_strncasecmp(value, "default: True", 13) == 0))
                        return true;
        }
        return false;
}

/* As laws have it that ask for them (California 1998, Japan 2002), after compatibility normalisation, in small letters. */
static const char *const LABELS[] = { "adv:", "adv :", "adv]", "adv)", "adlt:", "sexually-explicit:", "未承諾広告", "!広告!", "広告!", "広告※" };

/* An advertisement that says so. A reply to one begins with "Re:", and is none. */
bool marks_label(const struct message *message)
{
        const char *raw = message_get(message, "Subject");
        char *subject = mime_decode_text(raw ? raw : "");
        char *normal = g_utf8_normalize(subject, -1, G_NORMALIZE_ALL_COMPOSE);
        char *folded = g_utf8_casefold(normal ? normal : "", -1);
        const char *at = folded;
        bool found = false;
        while (*at && (strchr(" [(<*", *at) || g_str_has_prefix(at, "【") || g_str_has_prefix(at, "「")))
                at = g_utf8_next_char(at);
        for (size_t i = 0; i < G_N_ELEMENTS(LABELS); i++)
                found = found || g_str_has_prefix(at, LABELS[i]);
        g_free(folded);
        g_free(normal);
        g_free(subject);
        return found;
}
