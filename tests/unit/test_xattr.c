/* test_xattr.c - what an MTA says of its client, and what it asks */
#include "unit.h"

#include "receive/delegation.h"
#include "receive/xattr.h"

static void test_attributes(void **state)
{
        static const struct {
                const char *argument;
                unsigned allowed;
                enum xattr attribute;
                const char *want; /* NULL: refused */
        } cases[] = {
                { "ADDR=192.0.2.7", XFORWARD_ALLOWED, XATTR_ADDR, "192.0.2.7" },
                { "addr=ipv6:2001:db8::1", XFORWARD_ALLOWED, XATTR_ADDR, "2001:db8::1" },
                { "ADDR=2001:db8::1", XCLIENT_ALLOWED, XATTR_ADDR, "2001:db8::1" },
                { "ADDR=[UNAVAILABLE]", XFORWARD_ALLOWED, XATTR_ADDR, "" },
                { "NAME=[TEMPUNAVAIL]  HELO=x", XFORWARD_ALLOWED, XATTR_NAME, "" },
                { "HELO=a HELO=b", XFORWARD_ALLOWED, XATTR_HELO, "b" },
                { "HELO=", XFORWARD_ALLOWED, XATTR_HELO, "" },
                { "HELO=a+3Db+2Bc", XFORWARD_ALLOWED, XATTR_HELO, "a=b+c" },
                { "HELO=a=b", XFORWARD_ALLOWED, XATTR_HELO, "a=b" },
                { "LOGIN=anna", XCLIENT_ALLOWED, XATTR_LOGIN, "anna" },
                { "LOGIN=anna", XFORWARD_ALLOWED, XATTR_LOGIN, NULL },
                { "IDENT=x", XCLIENT_ALLOWED, XATTR_IDENT, NULL },
                { "", XFORWARD_ALLOWED, XATTR_NAME, NULL },
                { "ADDR", XFORWARD_ALLOWED, XATTR_ADDR, NULL },
                { "ADDR=", XFORWARD_ALLOWED, XATTR_ADDR, NULL },
                { "ADDR=192.0.2.7/24", XFORWARD_ALLOWED, XATTR_ADDR, NULL },
                { "ADDR=192.0.2", XFORWARD_ALLOWED, XATTR_ADDR, NULL },
                { "ADDR=unix", XFORWARD_ALLOWED, XATTR_ADDR, NULL },
                { "HELO=a+0Ab", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "HELO=a+00b", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "HELO=a+7F", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "HELO=a+", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "HELO=a+2", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "HELO=a+zz", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "HELO=+E3+81", XFORWARD_ALLOWED, XATTR_HELO, NULL },
                { "FROB=1", XFORWARD_ALLOWED, XATTR_NAME, NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct xattrs xattrs;
                char *argument = exact(cases[i].argument, strlen(cases[i].argument) + 1);
                const bool ok = xattrs_read(&xattrs, argument, cases[i].allowed);
                if (ok != (cases[i].want != NULL) || (ok && g_strcmp0(xattrs.values[cases[i].attribute], cases[i].want) != 0))
                        fail_msg("'%s': %s", cases[i].argument, ok ? xattrs.values[cases[i].attribute] : "refused");
                if (ok)
                        xattrs_clear(&xattrs);
                g_free(argument);
        }
        char *longest = g_strnfill(XATTR_VALUE_MAX + 6, 'a');
        memcpy(longest, "HELO=", 5);
        struct xattrs xattrs;
        assert_false(xattrs_read(&xattrs, longest, XFORWARD_ALLOWED));
        longest[XATTR_VALUE_MAX + 5] = '\0';
        assert_true(xattrs_read(&xattrs, longest, XFORWARD_ALLOWED));
        xattrs_clear(&xattrs);
        g_free(longest);
}

/* Feeds all, in pieces of so many octets (0: at once), and tells what came of it: "RCPT:a@b.example;" for each request, then the state. */
static char *heard(const char *text, size_t length, size_t piece)
{
        GString *told = g_string_new(NULL);
        struct delegation *delegation = delegation_new();
        enum delegation_state state = DELEGATION_MORE;
        for (size_t at = 0; at < length && state != DELEGATION_BAD;) {
                size_t taken;
                const size_t size = piece ? MIN(piece, length - at) : length - at;
                char *block = exact(text + at, size);
                state = delegation_feed(delegation, block, size, &taken);
                g_free(block);
                at += taken;
                if (state != DELEGATION_WHOLE)
                        continue;
                g_string_append_printf(told, "%s:%s:%s;", delegation_get(delegation, ASKED_STATE), delegation_get(delegation, ASKED_RECIPIENT),
                                       delegation_get(delegation, ASKED_SIZE));
                delegation_next(delegation);
        }
        g_string_append(told, state == DELEGATION_BAD ? "bad" : "more");
        delegation_free(delegation);
        return g_string_free(told, FALSE);
}

static void test_requests(void **state)
{
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "request=smtpd_access_policy\nprotocol_state=RCPT\nrecipient=a@b.example\nsize=12\nfrob=1\n\n", "RCPT:a@b.example:12;more" },
                { "size=1\nrequest=smtpd_access_policy\n\nrequest=smtpd_access_policy\nprotocol_state=DATA\n\n", "::1;DATA::;more" },
                { "request=smtpd_access_policy\nrecipient=a\nrecipient=b=c\n\n", ":b=c:;more" },
                { "request=smtpd_access_policy\nrecipient=a\n", "more" },
                { "request=other\n\n", "bad" },
                { "\n", "bad" },
                { "GET / HTTP/1.1\n", "bad" },
                { "request=smtpd_access_policy\r\n\r\n", "bad" },
                { "request=smtpd_access_policy\nrecipient=a\tb\n\n", "bad" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                for (size_t piece = 0; piece < 4; piece++) {
                        char *got = heard(cases[i].text, strlen(cases[i].text), piece);
                        if (strcmp(got, cases[i].want) != 0)
                                fail_msg("%s in pieces of %zu: %s", cases[i].text, piece, got);
                        g_free(got);
                }
        char *line = g_strnfill(DELEGATION_LINE_MAX + 10, 'a');
        char *got = heard(line, strlen(line), 100);
        assert_string_equal(got, "bad");
        g_free(got);
        g_free(line);
        GString *many = g_string_new("request=smtpd_access_policy\n");
        for (int i = 0; i < DELEGATION_LINES_MAX; i++)
                g_string_append(many, "x=y\n");
        got = heard(many->str, many->len, 0);
        assert_string_equal(got, "bad");
        g_free(got);
        g_string_free(many, TRUE);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_attributes), cmocka_unit_test(test_requests) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
