/* fuzz_lost.c - any local part and any message: what is suggested is close and exists, what is known of it holds nothing that varies
 * Input: a line with the local part, then the message. */
#include "fuzz.h"

#include "mail/fingerprint.h"
#include "policy/lost.h"

static void judge(const char *local)
{
        static const char *const names[] = { "ml", "friends", "a-name-of-22-octets-22", "dev-team" };
        GPtrArray *lists = g_ptr_array_new();
        struct lost_verdict verdict;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_ptr_array_add(lists, (void *) names[i]);
        const struct lost_facts facts = { .local = local, .domain = "lists.example", .lists = lists, .separator = '-', .has_author = true,
                                          .recipients = 1, .names = 1 };
        lost_judge(&facts, &verdict);
        g_assert(verdict.group >= LOST_TYPO && verdict.group < LOST_GROUPS && *verdict.reason);
        g_assert((verdict.group == LOST_TYPO) == (*verdict.suggestion != '\0'));
        g_assert(!*verdict.suggestion || g_str_has_suffix(verdict.suggestion, "@lists.example"));
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_assert(lost_distance(local, names[i], 2) == lost_distance(names[i], local, 2));
        g_ptr_array_unref(lists);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *line = memchr(data, '\n', size);
        const size_t length = line ? (size_t) (line - data) : size;
        struct message *message;
        struct err err;
        char *local = g_strndup((const char *) data, length);
        judge(local);
        g_free(local);
        if (!line)
                return 0;
        GBytes *bytes = g_bytes_new(line + 1, size - length - 1);
        if (message_parse(&message, bytes, &err)) {
                char *words = fingerprint_words(message), *token = fingerprint_token(message);
                for (const char *at = words; *at; at++)
                        g_assert(!g_ascii_isdigit(*at) && !g_ascii_isupper(*at));
                g_assert(!token || *token);
                g_free(words);
                g_free(token);
                message_free(message);
        }
        g_bytes_unref(bytes);
        return 0;
}
