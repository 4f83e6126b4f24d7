/* fuzz_authres.c - any octets as the results of an Authentication-Results field */
#include "fuzz.h"

#include "mail/authres.h"

/* What the field `id; before data` says of a domain, asked by mx.example.org. */
static bool says_pass(const char *before, const uint8_t *data, size_t size)
{
        struct message *message;
        bool pass = false;
        GString *text = g_string_new("Authentication-Results: ");
        g_string_append(text, before);
        g_string_append_len(text, (const char *) data, (gssize) size);
        g_string_append(text, "\r\n\r\n");
        GBytes *bytes = g_string_free_to_bytes(text);
        if (message_parse(&message, bytes, NULL)) {
                pass = authres_aligned_pass(message, "mx.example.org", "sub.member.example");
                message_free(message);
        }
        g_bytes_unref(bytes);
        return pass;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        says_pass("mx.example.org; ", data, size);
        g_assert(!says_pass("mx.example.net; ", data, size));              /* another's word counts for nothing */
        g_assert(!says_pass("mx.example.org; dmarc=fail; ", data, size)); /* nothing outweighs a fail */
        return 0;
}
