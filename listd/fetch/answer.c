/* answer.c - what a mailbox server lists
 * Gives:     what answer.h lists
 * Fails:     never: what is not understood is not there
 * Standards: RFC 1939 (LIST, UIDL), RFC 9051 (FETCH, STATUS) */
#include "fetch/answer.h"

#include <string.h>

/* The next line, without its end; NULL at the end of all. *ret_length is that of the line. */
static const char *next_line(const char **at, const char *end, size_t *ret_length)
{
        const char *line = *at;
        if (line >= end)
                return NULL;
        const char *lf = memchr(line, '\n', (size_t) (end - line));
        *at = lf ? lf + 1 : end;
        *ret_length = (size_t) ((lf ? lf : end) - line);
        while (*ret_length && line[*ret_length - 1] == '\r')
                --*ret_length;
        return line;
}

/* Digits at a place; -1: there are none, or too many. */
static int64_t number_at(const char **at, const char *end)
{
        enum { DIGITS_MAX = 15 };
        int64_t number = 0;
        int digits = 0;
        for (; *at < end && g_ascii_isdigit(**at) && digits <= DIGITS_MAX; ++*at, digits++)
                number = number * 10 + (**at - '0');
        return digits > 0 && digits <= DIGITS_MAX ? number : -1;
}

static bool skip_blanks(const char **at, const char *end)
{
        const char *start = *at;
        while (*at < end && (**at == ' ' || **at == '\t'))
                ++*at;
        return *at > start;
}

/* RFC 1939 7: 1 to 70 visible characters; some servers write more. */
static bool take_uid(const char *at, const char *end, char ret_uid[PICKUP_UID_MAX + 1])
{
        size_t length = 0;
        for (; at < end && g_ascii_isgraph(*at) && length < PICKUP_UID_MAX; at++)
                ret_uid[length++] = *at;
        ret_uid[length] = '\0';
        return length > 0 && (at == end || *at == ' ' || *at == '\t');
}

GArray *answer_uidl(const char *text, size_t length)
{
        GArray *all = g_array_new(FALSE, FALSE, sizeof(struct listed));
        const char *at = text, *end = text + length, *line;
        size_t line_length;
        while (all->len < ANSWER_MESSAGES_MAX && (line = next_line(&at, end, &line_length))) {
                struct listed one = { .size = -1 };
                const char *place = line, *stop = line + line_length;
                one.number = number_at(&place, stop);
                if (one.number > 0 && skip_blanks(&place, stop) && take_uid(place, stop, one.uid))
                        g_array_append_val(all, one);
        }
        return all;
}

void answer_sizes(GArray *listed, const char *text, size_t length)
{
        const char *at = text, *end = text + length, *line;
        size_t line_length;
        guint next = 0; /* both lists are in order, so that is where it is */
        while ((line = next_line(&at, end, &line_length))) {
                const char *place = line, *stop = line + line_length;
                const int64_t number = number_at(&place, stop);
                const int64_t size = skip_blanks(&place, stop) ? number_at(&place, stop) : -1;
                while (next < listed->len && g_array_index(listed, struct listed, next).number < number)
                        next++;
                if (next < listed->len && g_array_index(listed, struct listed, next).number == number)
                        g_array_index(listed, struct listed, next).size = size;
        }
}

/* The number behind a word, as "UID 5"; -1: it is not there. */
static int64_t number_behind(const char *line, size_t length, const char *word)
{
        const size_t word_length = strlen(word);
        for (size_t i = 0; i + word_length < length; i++) {
                const bool starts = i == 0 || line[i - 1] == ' ' || line[i - 1] == '(' || line[i - 1] == '[';
                const char *at = line + i + word_length, *end = line + length;
                if (starts && g_ascii_strncasecmp(line + i, word, word_length) == 0 && skip_blanks(&at, end))
                        return number_at(&at, end);
        }
        return -1;
}

GArray *answer_fetch(const char *text, size_t length)
{
        GArray *all = g_array_new(FALSE, FALSE, sizeof(struct listed));
        const char *at = text, *end = text + length, *line;
        size_t line_length;
        while (all->len < ANSWER_MESSAGES_MAX && (line = next_line(&at, end, &line_length))) {
                struct listed one = { .size = number_behind(line, line_length, "RFC822.SIZE") };
                const int64_t uid = number_behind(line, line_length, "UID");
                if (line_length < 2 || line[0] != '*' || uid <= 0)
                        continue;
                g_snprintf(one.uid, sizeof one.uid, "%" G_GINT64_FORMAT, (gint64) uid);
                g_array_append_val(all, one);
        }
        return all;
}

GArray *answer_search(const char *text, size_t length)
{
        static const char word[] = "* SEARCH";
        GArray *all = g_array_new(FALSE, FALSE, sizeof(int64_t));
        const char *at = text, *end = text + length, *line;
        size_t line_length;
        while ((line = next_line(&at, end, &line_length))) {
                const char *place = line + strlen(word), *stop = line + line_length;
                if (line_length < strlen(word) || g_ascii_strncasecmp(line, word, strlen(word)) != 0)
                        continue;
                while (all->len < ANSWER_MESSAGES_MAX && skip_blanks(&place, stop)) {
                        const int64_t uid = number_at(&place, stop);
                        if (uid > 0)
                                g_array_append_val(all, uid);
                }
        }
        return all;
}

char *answer_validity(const char *text, size_t length)
{
        const char *at = text, *end = text + length, *line;
        size_t line_length;
        while ((line = next_line(&at, end, &line_length))) {
                const int64_t validity = number_behind(line, line_length, "UIDVALIDITY");
                if (validity > 0)
                        return g_strdup_printf("%" G_GINT64_FORMAT, (gint64) validity);
        }
        return g_strdup("");
}
