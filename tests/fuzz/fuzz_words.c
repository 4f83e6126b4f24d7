/* fuzz_words.c - a text that somebody wrote: commands line by line, the first line of a reply, a date */
#include "fuzz.h"

#include "policy/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        GDate today, date;
        char *text = g_strndup((const char *) data, size);
        g_date_clear(&today, 1);
        g_date_set_dmy(&today, 26, G_DATE_NOVEMBER, 2026);
        char **lines = g_strsplit(text, "\n", 50);
        for (char **line = lines; *line; line++) {
                struct request request;
                if (words_request(*line, &today, &request)) {
                        g_assert(request.verb < VERB_COUNT);
                        for (size_t i = 0; i < G_N_ELEMENTS(request.args); i++)
                                g_assert(!request.args[i] || g_utf8_validate(request.args[i], -1, NULL));
                        request_clear(&request);
                }
                int64_t from, to;
                if (words_range(*line, &from, &to))
                        g_assert(from > 0 && to >= from && to < 1000000000);
                if (words_date(*line, &today, &date))
                        g_assert(g_date_valid(&date));
        }
        g_strfreev(lines);
        char *first = words_first_line(text);
        if (words_answer(first) == ANSWER_ALSO)
                g_free(words_also(first));
        g_free(first);
        g_free(text);
        return 0;
}
