/* delegation.c - the requests of an MTA, read
 * Gives:     what delegation.h lists
 * Fails:     with DELEGATION_BAD for what is no request
 * Standards: Postfix's SMTPD_POLICY_README: attributes come in any order, unknown ones are passed over */
#include "receive/delegation.h"

#include <string.h>

static const char *const NAMES[ASKED_ATTRIBUTES] = {
        [ASKED_REQUEST] = "request", [ASKED_STATE] = "protocol_state",  [ASKED_CLIENT_ADDRESS] = "client_address",
        [ASKED_SENDER] = "sender",   [ASKED_RECIPIENT] = "recipient", [ASKED_SIZE] = "size",
};

struct delegation {
        enum delegation_state state;
        GString *line; /* that has not ended yet */
        unsigned lines;
        char *values[ASKED_ATTRIBUTES];
};

struct delegation *delegation_new(void)
{
        struct delegation *delegation = g_new0(struct delegation, 1);
        delegation->line = g_string_new(NULL);
        return delegation;
}

void delegation_next(struct delegation *delegation)
{
        for (int i = 0; i < ASKED_ATTRIBUTES; i++)
                g_clear_pointer(&delegation->values[i], g_free);
        delegation->lines = 0;
        delegation->state = DELEGATION_MORE;
}

void delegation_free(struct delegation *delegation)
{
        if (!delegation)
                return;
        delegation_next(delegation);
        g_string_free(delegation->line, TRUE);
        g_free(delegation);
}

const char *delegation_get(const struct delegation *delegation, enum delegation_attribute attribute)
{
        return delegation->values[attribute] ? delegation->values[attribute] : "";
}

static bool is_clean(const GString *line)
{
        for (size_t i = 0; i < line->len; i++)
                if (g_ascii_iscntrl(line->str[i]))
                        return false;
        return true;
}

static bool take_line(struct delegation *delegation, const char *line)
{
        const char *equals = strchr(line, '=');
        if (!equals || !is_clean(delegation->line) || ++delegation->lines > DELEGATION_LINES_MAX)
                return false;
        for (int i = 0; i < ASKED_ATTRIBUTES; i++)
                if (strlen(NAMES[i]) == (size_t) (equals - line) && strncmp(NAMES[i], line, strlen(NAMES[i])) == 0) {
                        g_free(delegation->values[i]);
                        delegation->values[i] = g_strdup(equals + 1);
                }
        return true;
}

static enum delegation_state end_line(struct delegation *delegation)
{
        if (delegation->line->len == 0)
                return strcmp(delegation_get(delegation, ASKED_REQUEST), "smtpd_access_policy") == 0 ? DELEGATION_WHOLE : DELEGATION_BAD;
        return take_line(delegation, delegation->line->str) ? DELEGATION_MORE : DELEGATION_BAD;
}

enum delegation_state delegation_feed(struct delegation *delegation, const char *bytes, size_t length, size_t *ret_taken)
{
        *ret_taken = 0;
        while (delegation->state == DELEGATION_MORE && *ret_taken < length) {
                const char *start = bytes + *ret_taken;
                const char *newline = memchr(start, '\n', length - *ret_taken);
                const size_t piece = newline ? (size_t) (newline - start) : length - *ret_taken;
                *ret_taken += piece + (newline != NULL);
                if (delegation->line->len + piece > DELEGATION_LINE_MAX) {
                        delegation->state = DELEGATION_BAD;
                        break;
                }
                g_string_append_len(delegation->line, start, (gssize) piece);
                if (newline) {
                        delegation->state = end_line(delegation);
                        g_string_truncate(delegation->line, 0);
                }
        }
        return delegation->state;
}
