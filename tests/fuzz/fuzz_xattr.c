/* fuzz_xattr.c - what an MTA says of its client (xattr.h), and what it asks (delegation.h) */
#include "fuzz.h"

#include "receive/delegation.h"
#include "receive/xattr.h"

static void read_attributes(const uint8_t *data, size_t size)
{
        struct xattrs xattrs;
        char *text = g_strndup((const char *) data, size);
        if (xattrs_read(&xattrs, text, size % 2 ? XFORWARD_ALLOWED : XCLIENT_ALLOWED)) {
                for (int i = 0; i < XATTRS; i++)
                        g_assert(!xattrs.values[i] || (strlen(xattrs.values[i]) <= XATTR_VALUE_MAX && g_utf8_validate(xattrs.values[i], -1, NULL)));
                xattrs_clear(&xattrs);
        }
        g_free(text);
}

/* The same requests, whatever the pieces. */
static GString *read_requests(const uint8_t *data, size_t size, size_t piece)
{
        GString *told = g_string_new(NULL);
        struct delegation *delegation = delegation_new();
        enum delegation_state state = DELEGATION_MORE;
        for (size_t at = 0; at < size && state != DELEGATION_BAD;) {
                size_t taken;
                state = delegation_feed(delegation, (const char *) data + at, MIN(piece, size - at), &taken);
                at += taken;
                if (state != DELEGATION_WHOLE)
                        continue;
                for (int i = 0; i < ASKED_ATTRIBUTES; i++)
                        g_string_append_printf(told, "%s|", delegation_get(delegation, (enum delegation_attribute) i));
                delegation_next(delegation);
        }
        g_string_append_c(told, (char) ('0' + (int) state));
        delegation_free(delegation);
        return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        read_attributes(data, size);
        GString *whole = read_requests(data, size, size + 1), *pieces = read_requests(data, size, 3);
        g_assert(g_string_equal(whole, pieces));
        g_string_free(whole, TRUE);
        g_string_free(pieces, TRUE);
        return 0;
}
