/* fuzz_gate.c - any octets at the gate out: what passes is what SMTP carries unchanged (leaks X7, X8) */
#include "fuzz.h"

#include <string.h>

#include "deliver/gate.h"

static void check_lines(const uint8_t *data, size_t size)
{
        size_t length = 0;
        g_assert(size >= 2 && data[size - 2] == '\r' && data[size - 1] == '\n');
        for (size_t i = 0; i < size; i++, length++) {
                g_assert(data[i] != '\0');
                g_assert((data[i] == '\r') == (i + 1 < size && data[i + 1] == '\n'));
                if (data[i] != '\n')
                        continue;
                g_assert(length - 1 <= GATE_LINE_MAX);
                length = (size_t) -1;
        }
}

static void check_message(const uint8_t *data, size_t size)
{
        struct gate_message message;
        GBytes *bytes = g_bytes_new(data, size);
        if (gate_message(&message, bytes, NULL)) {
                check_lines(data, size);
                g_assert(message.body >= 4 && message.body <= size && memcmp(data + message.body - 4, "\r\n\r\n", 4) == 0);
        }
        gate_message_clear(&message);
        g_bytes_unref(bytes);
}

/* What passes cannot end `RCPT TO:<...>` early. */
static void check_address(const uint8_t *data, size_t size)
{
        char *address = g_strndup((const char *) data, size);
        if (gate_address(address, NULL)) {
                bool is_quoted = false;
                g_assert(strlen(address) <= GATE_PATH_MAX && strchr(address, '@'));
                for (const char *p = address; *p; p++) {
                        g_assert(*p >= ' ' && *p <= '~');
                        g_assert(is_quoted || !strchr("<> ", *p));
                        if (is_quoted && *p == '\\')
                                p++;
                        else if (*p == '"')
                                is_quoted = !is_quoted;
                }
                g_assert(!is_quoted);
        }
        g_free(address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        check_message(data, size);
        check_address(data, size);
        if (size > 0 && gate_head((const char *) data, size, NULL))
                check_lines(data, size);
        return 0;
}
