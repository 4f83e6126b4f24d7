/* fuzz_answer.c - any octets as what a mailbox server lists: bounded, and with identifiers that can be said back */
#include "fuzz.h"

#include "fetch/answer.h"

static void check(GArray *listed)
{
        g_assert(listed->len <= ANSWER_MESSAGES_MAX);
        for (guint i = 0; i < listed->len; i++) {
                const struct listed *one = &g_array_index(listed, struct listed, i);
                g_assert(*one->uid && strlen(one->uid) <= PICKUP_UID_MAX && !strpbrk(one->uid, " \t\r\n"));
        }
        g_array_unref(listed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *) data;
        GArray *listed = answer_uidl(text, size);
        answer_sizes(listed, text, size);
        check(listed);
        check(answer_fetch(text, size));
        GArray *found = answer_search(text, size);
        g_assert(found->len <= ANSWER_MESSAGES_MAX);
        g_array_unref(found);
        char *validity = answer_validity(text, size);
        g_assert(strspn(validity, "0123456789") == strlen(validity));
        g_free(validity);
        return 0;
}
