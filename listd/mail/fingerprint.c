/* fingerprint.c - what a message is known by when it, or one like it, comes again
 * Gives:  fingerprint_words(), fingerprint_token()
 * The octets as they came are looked at, not what MIME makes of them: these are prints, and nobody reads them. */
#include "mail/fingerprint.h"

#include "mail/mime.h"

static bool is_space(char c)
{
        return (unsigned char) c <= ' ';
}

/* Takes the next word from *at, which moves behind it. */
static bool next_word(const char **at, const char *end, const char **ret_word, size_t *ret_length)
{
        while (*at < end && is_space(**at))
                ++*at;
        *ret_word = *at;
        while (*at < end && !is_space(**at))
                ++*at;
        *ret_length = (size_t) (*at - *ret_word);
        return *ret_length > 0;
}

static bool has_digit(const char *word, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (g_ascii_isdigit(word[i]))
                        return true;
        return false;
}

static void append_words(GString *out, const char *text, size_t length)
{
        const char *word;
        size_t size;
        for (const char *at = text, *end = text + length; next_word(&at, end, &word, &size);) {
                if (size > FINGERPRINT_WORD_MAX || has_digit(word, size))
                        continue;
                for (size_t i = 0; i < size; i++)
                        g_string_append_c(out, g_ascii_tolower(word[i]));
                g_string_append_c(out, ' ');
        }
}

char *fingerprint_words(const struct message *message)
{
        GString *out = g_string_new(NULL);
        const char *raw = message_get(message, "Subject");
        char *subject = mime_decode_text(raw ? raw : "");
        gsize length;
        const char *bytes = g_bytes_get_data(message->bytes, &length);
        append_words(out, subject, strlen(subject));
        append_words(out, bytes + message->body, MIN(length - message->body, FINGERPRINT_BODY_MAX));
        g_free(subject);
        return g_string_free(out, FALSE);
}

/* --- tokens ----------------------------------------------------------------------------- */

static bool is_ipv4(const char *word, size_t length)
{
        size_t dots = 0, digits = 0;
        for (size_t i = 0; i < length; i++) {
                if (g_ascii_isdigit(word[i]))
                        digits++;
                else if (word[i] == '.' && i > 0 && word[i - 1] != '.' && i + 1 < length)
                        dots++;
                else
                        return false;
        }
        return dots == 3 && digits >= 4;
}

/* Letters and digits in one word, as nobody writes them by hand. */
static bool is_mark(const char *word, size_t length)
{
        enum { MARK_LEAST = 8 };
        size_t letters = 0, digits = 0;
        for (size_t i = 0; i < length; i++) {
                if (g_ascii_isdigit(word[i]))
                        digits++;
                else if (g_ascii_isalpha(word[i]))
                        letters++;
                else if (word[i] != '-' && word[i] != '_')
                        return false;
        }
        return length >= MARK_LEAST && letters >= 2 && digits >= 2;
}

char *fingerprint_token(const struct message *message)
{
        static const char around[] = "()[]{}<>\"',;:!?.";
        const char *raw = message_get(message, "Subject");
        char *subject = mime_decode_text(raw ? raw : "");
        char *token = NULL;
        const char *word;
        size_t length;
        for (const char *at = subject, *end = subject + strlen(subject); !token && next_word(&at, end, &word, &length);) {
                while (length > 0 && strchr(around, *word))
                        word++, length--;
                while (length > 0 && strchr(around, word[length - 1]))
                        length--;
                if (is_ipv4(word, length) || is_mark(word, length))
                        token = g_ascii_strdown(word, (gssize) length);
        }
        g_free(subject);
        return token;
}
