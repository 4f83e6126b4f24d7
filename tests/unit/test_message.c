/* test_message.c - header fields, budgets, and the one author */
#include "unit.h"

#include "mail/address.h"
#include "mail/message.h"
#include "mail/mime.h"

/* Parses from an exact-size block; `length` 0: up to the NUL. */
static bool parse(const char *text, size_t length, struct message **ret_message, struct err *ret_err)
{
        size_t size = length ? length : strlen(text);
        GBytes *bytes = g_bytes_new_take(exact(text, size), size);
        bool ok = message_parse(ret_message, bytes, ret_err);
        g_bytes_unref(bytes);
        assert_true(ok == (*ret_message != NULL));
        return ok;
}

static struct message *parsed(const char *text)
{
        struct message *message;
        struct err err = { 0 };
        if (!parse(text, 0, &message, &err))
                fail_msg("%s", err.text);
        return message;
}

/* --- fields ------------------------------------------------------------------------ */

static void test_fields(void **state)
{
        static const char text[] = "Received: one\r\n"
                                   "Subject :  a\r\n\t b \r\n"
                                   "To:\r\n ml@lists.example\r\n"
                                   "received: two\r\n"
                                   "X-Empty:\r\n"
                                   "\r\n"
                                   "Not-A-Field: body\r\n";
        struct message *message = parsed(text);
        const struct field *subject = message->fields->pdata[1];
        assert_int_equal(message->fields->len, 5);
        assert_string_equal(subject->name, "Subject");
        assert_string_equal(subject->raw, "Subject :  a\r\n\t b \r\n");
        assert_string_equal(subject->value, "a\t b");
        assert_string_equal(message_get(message, "TO"), "ml@lists.example");
        assert_string_equal(message_get(message, "Received"), "one");
        assert_string_equal(message_get(message, "x-empty"), "");
        assert_null(message_get(message, "Not-A-Field"));
        assert_null(message_get(message, "Receive"));
        assert_int_equal(message_count(message, "RECEIVED"), 2);
        assert_int_equal(message_count(message, "Cc"), 0);
        assert_memory_equal((const char *) g_bytes_get_data(message->bytes, NULL) + message->body, "Not-A-Field: body\r\n", 19);
        assert_int_equal(message->body + 19, strlen(text));
        message_free(message);
}

struct shape_case {
        const char *text;
        guint fields;
        const char *body;
        const char *complaint; /* NULL: it parses */
};

static const struct shape_case SHAPE_CASES[] = {
        { "\r\nbody", 0, "body", NULL },
        { "\r\n", 0, "", NULL },
        { "A: b\r\n", 1, "", NULL },
        { "A: b\r\n\r\n", 1, "", NULL },
        { "A: b\r\n\r\n\r\nx", 1, "\r\nx", NULL },
        { "A: b\r\n \r\n\r\nx", 1, "x", NULL }, /* a line of white space continues, it does not end the header */
        { "From anna Mon Mar  2 09:00:00 2026\r\nA: b\r\n\r\nx", 1, "x", NULL },
        { "A: b\r\n\r\nx\ry\nz", 1, "x\ry\nz", NULL }, /* the body is not looked at */
        { "From : anna@example.org\r\n\r\n", 1, "", NULL }, /* no line of mbox */
        { "From anna Mon Mar  2 09:00:00 2026\r\nFrom bert\r\n\r\n", 0, NULL, "no name and colon" },
        { "A: b", 0, NULL, "does not end in CRLF" },
        { "A: b\nC: d\r\n\r\n", 0, NULL, "does not end in CRLF" },
        { "A: b\rC: d\r\n\r\n", 0, NULL, "does not end in CRLF" },
        { "A: b\r\nC: d\r", 0, NULL, "does not end in CRLF" },
        { " A: b\r\n\r\n", 0, NULL, "no name and colon" },
        { ": b\r\n\r\n", 0, NULL, "no name and colon" },
        { "A b: c\r\n\r\n", 0, NULL, "no name and colon" },
        { "\xc3\x84: c\r\n\r\n", 0, NULL, "no name and colon" },
        { "A: b\r\nHello,\r\n\r\n", 0, NULL, "field 2 of the header has no name and colon" },
        { "A: b\r\n>From c\r\n\r\n", 0, NULL, "no name and colon" },
};

static void test_shapes(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(SHAPE_CASES); i++) {
                const struct shape_case *c = &SHAPE_CASES[i];
                struct message *message;
                struct err err = { 0 };
                gsize size;
                bool ok = parse(c->text, 0, &message, &err);
                if (ok != !c->complaint || (!ok && (err.class != ERR_PERM || !strstr(err.text, c->complaint))))
                        fail_msg("case %zu: got '%s'", i, err.text);
                if (ok) {
                        const char *bytes = g_bytes_get_data(message->bytes, &size);
                        assert_int_equal(message->fields->len, c->fields);
                        assert_int_equal(size - message->body, strlen(c->body));
                        assert_memory_equal(bytes + message->body, c->body, strlen(c->body));
                }
                message_free(message);
        }
}

static void test_nul_is_refused(void **state)
{
        struct message *message;
        assert_false(parse("A: b\0c\r\n\r\n", 10, &message, NULL));
        assert_false(parse("\0A: b\r\n\r\n", 9, &message, NULL));
        assert_true(parse("A: b\r\n\r\nx\0y", 11, &message, NULL));
        message_free(message);
}

static void test_empty(void **state)
{
        struct message *message;
        GBytes *bytes = g_bytes_new(NULL, 0);
        assert_true(message_parse(&message, bytes, NULL));
        assert_int_equal(message->body, 0);
        message_free(message);
        g_bytes_unref(bytes);
}

/* --- budgets (leaks X10) ------------------------------------------------------------- */

/* A field of exactly `size` octets, folded every 100. */
static void append_field(GString *text, size_t size)
{
        size_t end = text->len + size - 2;
        g_string_append(text, "X:");
        while (text->len < end) {
                if (text->len % 100 == 0 && end - text->len > 4)
                        g_string_append(text, "\r\n y");
                else
                        g_string_append_c(text, 'y');
        }
        g_string_append(text, "\r\n");
}

static bool parses_with(size_t fields, size_t size, const char *rest, struct err *ret_err)
{
        struct message *message;
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < fields; i++)
                append_field(text, size);
        g_string_append(text, rest);
        bool ok = parse(text->str, text->len, &message, ret_err);
        if (ok)
                assert_int_equal(message->fields->len, fields);
        message_free(message);
        g_string_free(text, TRUE);
        return ok;
}

static void test_budgets(void **state)
{
        struct err err = { 0 };
        assert_true(parses_with(1, MESSAGE_FIELD_MAX, "\r\nbody", &err));
        assert_false(parses_with(1, MESSAGE_FIELD_MAX + 1, "\r\nbody", &err));
        assert_non_null(strstr(err.text, "larger than 16 KiB"));
        assert_true(parses_with(4, MESSAGE_FIELD_MAX, "\r\nbody", &err));
        assert_true(parses_with(4, MESSAGE_FIELD_MAX, "", &err));
        assert_false(parses_with(4, MESSAGE_FIELD_MAX, "A:\r\n\r\n", &err));
        assert_non_null(strstr(err.text, "larger than 64 KiB"));
        assert_false(parses_with(4096, 17, "\r\n", &err));
        assert_non_null(strstr(err.text, "larger than 64 KiB"));
        assert_true(parses_with(4096, 16, "\r\n", &err));
        assert_false(parses_with(1, 1024 * 1024, "\r\n", &err));
        assert_non_null(strstr(err.text, "larger than 64 KiB"));
}

/* --- the author ------------------------------------------------------------------------ */

struct author_case {
        const char *header;
        const char *address, *name; /* NULL: refused, with the complaint */
        const char *complaint;
};

#define JA_NAME "\xe5\xb1\xb1\xe7\x94\xb0"

static const struct author_case AUTHOR_CASES[] = {
        { "From: anna@example.org\r\n", "anna@example.org", "", NULL },
        { "FROM: <Anna@Example.ORG>\r\n", "Anna@example.org", "", NULL },
        { "From: Anna Ames <anna@example.org>\r\n", "anna@example.org", "Anna Ames", NULL },
        { "From: Anna\r\n\tAmes\r\n <anna@example.org>\r\n", "anna@example.org", "Anna Ames", NULL },
        { "From: \"Ames, Anna\" <anna@example.org>\r\n", "anna@example.org", "Ames, Anna", NULL },
        { "From: \"Anna \\\"A\\\" Ames\" <anna@example.org>\r\n", "anna@example.org", "Anna \"A\" Ames", NULL },
        { "From: Anna Q. Ames <anna@example.org>\r\n", "anna@example.org", "Anna Q. Ames", NULL },
        { "From: Anna (the (real) one) <anna@example.org> (\\( hi)\r\n", "anna@example.org", "Anna", NULL },
        { "From: anna@example.org (Anna Ames)\r\n", "anna@example.org", "Anna Ames", NULL },
        { "From: anna@example.org (=?utf-8?q?Anna_=C3=84mes?=)\r\n", "anna@example.org", "Anna \xc3\x84mes", NULL },
        { "From: =?utf-8?Q?Anna?= =?utf-8?Q?_=C3=84mes?= <anna@example.org>\r\n", "anna@example.org", "Anna \xc3\x84mes", NULL },
        { "From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <anna@example.org>\r\n", "anna@example.org", JA_NAME, NULL },
        { "From: \"=?UTF-8?B?5bGx55Sw?=\" <anna@example.org>\r\n", "anna@example.org", JA_NAME, NULL },
        { "From: " JA_NAME " <anna@example.org>\r\n", "anna@example.org", JA_NAME, NULL },
        { "From: \xc4mes <anna@example.org>\r\n", "anna@example.org", "\xc3\x84mes", NULL },
        { "From: =?utf-8?q?a=0D=0ABcc=3A_x=1By?= <anna@example.org>\r\n", "anna@example.org", "a Bcc: x y", NULL },
        { "From: =?utf-8?q?a=00b?= <anna@example.org>\r\n", "anna@example.org", "a b", NULL },
        { "From: =?utf-8?q?a=E2=80=AEb?= <anna@example.org>\r\n", "anna@example.org", "a b", NULL }, /* U+202E */
        { "From: =?utf-8?q?=20=20a=09=20b=20?= <anna@example.org>\r\n", "anna@example.org", "a b", NULL },
        { "From: \"anna@example.org\" <anna@example.org>\r\n", "anna@example.org", "anna@example.org", NULL },
        { "From: Anna < anna@example.org >\r\n", "anna@example.org", "Anna", NULL },
        { "From: \"a b\"@example.org\r\n", "\"a b\"@example.org", "", NULL },
        { "From: A <\"a>b\"@example.org>\r\n", "\"a>b\"@example.org", "A", NULL },
        { "From: anna@[192.0.2.1]\r\n", "anna@[192.0.2.1]", "", NULL },
        { "From: anna@[IPv6:2001:db8::1]\r\n", "anna@[IPv6:2001:db8::1]", "", NULL },
        { "From: " JA_NAME "@example.org\r\n", JA_NAME "@example.org", "", NULL },
        { "From: A <anna@example.org>\r\nReply-To: x@evil.example\r\nSender: y@evil.example\r\n", "anna@example.org", "A", NULL },
        /* refused */
        { "Sender: anna@example.org\r\nReply-To: anna@example.org\r\n", NULL, NULL, "there are 0 such fields" },
        { "From : bert@example.org\r\nFrom: anna@example.org\r\n", NULL, NULL, "there are 2 such fields" },
        { "From: anna@example.org\r\nfrom: bert@example.org\r\n", NULL, NULL, "there are 2 such fields" },
        { "From:\r\n", NULL, NULL, "it is empty" },
        { "From: <>\r\n", NULL, NULL, "it is empty" },
        { "From: Anna\r\n", NULL, NULL, "no local part" },
        { "From: anna@example.org, bert@example.org\r\n", NULL, NULL, "a list or a group" },
        { "From: A <anna@example.org>, bert@example.org\r\n", NULL, NULL, "stands behind its '>'" },
        { "From: A <anna@example.org> B <bert@example.org>\r\n", NULL, NULL, "stands behind its '>'" },
        { "From: <anna@example.org><bert@example.org>\r\n", NULL, NULL, "stands behind its '>'" },
        { "From: Ames, Anna <anna@example.org>\r\n", NULL, NULL, "a list or a group" },
        { "From: Group: anna@example.org;\r\n", NULL, NULL, "a list or a group" },
        { "From: a:a:a:a:a:a;;;;\r\n", NULL, NULL, "a list or a group" },
        { "From: =?utf-8?q?Ames,_Anna?= <anna@example.org>\r\n", NULL, NULL, "a list or a group" }, /* RFC 2047 5 (3) */
        { "From: bert@example.org <anna@example.org>\r\n", NULL, NULL, "holds an '@'" },
        { "From: <@evil.example:anna@example.org>\r\n", NULL, NULL, "no local part" },
        { "From: anna@example.org bert@example.org\r\n", NULL, NULL, "neither" },
        { "From: \"A <anna@example.org>\r\n", NULL, NULL, "does not end" },
        { "From: A (x <anna@example.org>\r\n", NULL, NULL, "does not end" },
        { "From: A <anna@example.org\r\n", NULL, NULL, "does not end" },
        { "From: A <\"anna@example.org>\r\n", NULL, NULL, "does not end" },
        { "From: A <anna@[192.0.2.1>\r\n", NULL, NULL, "neither" },
        { "From: anna@[192.0.2.1\r\n", NULL, NULL, "does not end" },
        { "From: A > <anna@example.org>\r\n", NULL, NULL, "no beginning" },
        { "From: A\\ <anna@example.org>\r\n", NULL, NULL, "no beginning" },
        { "From: A <anna(comment)@example.org>\r\n", NULL, NULL, "atoms" },
        { "From: A <an\xc2\xa0na@example.org>\r\n", NULL, NULL, "control" },
        { "From: =?utf-8?q?anna=40example.org?=\r\n", NULL, NULL, "no local part" }, /* an address is never encoded */
};

static void test_author(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(AUTHOR_CASES); i++) {
                const struct author_case *c = &AUTHOR_CASES[i];
                char *text = g_strconcat(c->header, "\r\n", NULL);
                struct message *message = parsed(text);
                struct address *author;
                struct err err = { 0 };
                char *name;
                bool ok = message_author(message, &author, &name, &err);
                if (ok != !c->complaint || (!ok && !strstr(err.text, c->complaint)))
                        fail_msg("case %zu: got '%s'", i, ok ? author->text : err.text);
                if (ok) {
                        assert_string_equal(author->text, c->address);
                        assert_string_equal(name, c->name);
                } else {
                        assert_true(!author && !name && err.class == ERR_PERM && g_str_has_prefix(err.text, "From: "));
                        assert_null(strstr(err.text, "anna"));
                }
                address_free(author);
                assert_true(message_author(message, &author, NULL, NULL) == ok); /* who asks for less gets the same */
                address_free(author);
                g_free(name);
                message_free(message);
                g_free(text);
        }
}

/* Whatever nests, up to the ceiling of a field: no deeper stack, no longer time than linear. */
static void test_nesting(void **state)
{
        static const struct {
                const char *start, *unit, *end;
                bool ok;
        } cases[] = {
                { "From: ", "(", " anna@example.org", false },
                { "From: ", "a:", ";", false },
                { "From: ", "<", "", false },
                { "From: ", "\\", "", false },
                { "From: ", "\"\"", " <anna@example.org>", true },
                { "From: ", "()", " <anna@example.org>", true },
                { "From: ", "=?utf-8?q?a?= ", " <anna@example.org>", true },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                GString *text = g_string_new(cases[i].start);
                while (text->len + strlen(cases[i].unit) + strlen(cases[i].end) + 2 <= MESSAGE_FIELD_MAX)
                        g_string_append(text, cases[i].unit);
                g_string_append_printf(text, "%s\r\n", cases[i].end);
                struct message *message = parsed(text->str);
                struct address *author;
                if (message_author(message, &author, NULL, NULL) != cases[i].ok)
                        fail_msg("case %zu", i);
                address_free(author);
                message_free(message);
                g_string_free(text, TRUE);
        }
}

/* --- text for people (RFC 2047) ----------------------------------------------------------- */

static void test_decode_text(void **state)
{
        static const char *const cases[][2] = {
                { "", "" },
                { "plain  text", "plain text" },
                { "a =?utf-8?q?b?= c", "a b c" },
                { "=?utf-8?q?a?= =?utf-8?q?b?=", "ab" },
                { "=?utf-8?q?a?= \t =?iso-8859-1?q?=E4?=", "a\xc3\xa4" },
                { "=?utf-8?q?a_?= b =?utf-8?q?c?=", "a b c" },
                { "x=?UTF-8?Q?y?=z", "xyz" },
                { "=?us-ascii*en-US?Q?a=5Fb?=", "a_b" },
                { "=?utf-8?B?5bGx5w==?= =?utf-8?B?lLA=?=", JA_NAME }, /* a character cut in two */
                { "=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?=", JA_NAME },
                { "=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "\xe2\x91\xa0" },                        /* a circled digit */
                { "=?ISO-2022-JP?B?GyRCfGI2NhsoQg==?=", "\xe9\xab\x99\xe6\xa9\x8b" },        /* hashigo-taka */
                { "=?ISO-2022-JP?B?GyhJNjA7GyhC?=", "\xef\xbd\xb6\xef\xbd\xb0\xef\xbd\xbb" },        /* half-width kana */
                { "=?ISO-2022-JP?B?GyRCIUEbKEI=?=", "\xe3\x80\x9c" },                       /* a wave dash stays one */
                { "=?ISO-2022-JP?B?GyRCOzMbKEIgGyQoRCI/GyhC?=", "\xe5\xb1\xb1 \xef\xbf\xbd" }, /* the supplementary plane */
                { "=?Shift_JIS?B?h0A=?=", "\xe2\x91\xa0" },
                { "\x1b$B;3ED\x1b(B a", JA_NAME " a" }, /* as it was written of old */
                { JA_NAME, JA_NAME },
                { "=?utf-8?q?=FF?=", "\xef\xbf\xbd" },
                { "=?utf-8?q?a=ZZ=?=", "a=ZZ" },
                { "=?utf-8?b?YWJj!?=", "abc" },
                { "=?utf-8?q?" "?=", "" },
                { "=?x-nobody-knows?q?a?=", "a" },
                { "=?us-ascii?q?Gr=FC=DFe?= aus", "Gr\xc3\xbc\xc3\x9f" "e aus" },        /* labels that lie */
                { "Gr\xfc\xdf" "e aus K\xf6ln", "Gr\xc3\xbc\xc3\x9f" "e aus K\xc3\xb6ln" },
                { "\x8e\x52\x93\x63\x82\xcc", JA_NAME "\xe3\x81\xae" },
                { "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
                { "=?utf-8?q?a", "=?utf-8?q?a" },
                { "=?utf-8?q?a?", "=?utf-8?q?a?" },
                { "=?utf-8?q", "=?utf-8?q" },
                { "=?utf-8?", "=?utf-8?" },
                { "=?" "?q?a?=", "=?" "?q?a?=" },
                { "=?=?utf-8?q?a?=", "=?a" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *text = mime_decode_text(cases[i][0]);
                if (strcmp(text, cases[i][1]) != 0)
                        fail_msg("case %zu: '%s'", i, text);
                g_free(text);
        }
}

static void test_one_line(void **state)
{
        static const char *const cases[][2] = {
                { "", "" },
                { "plain", "plain" },
                { " a \t\r\n b\x01\x7f ", "a b" },
                { "a\xff" "b", "a\xef\xbf\xbd" "b" },
                { "a\xe2\x80\xa8" "b\xc2\x85" "c", "a b c" }, /* U+2028, U+0085 */
                { "\xe3\x81\x82\xe3\x80\x80\xe3\x81\x84", "\xe3\x81\x82\xe3\x80\x80\xe3\x81\x84" }, /* U+3000 stays */
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *line = mime_one_line(cases[i][0]);
                assert_string_equal(line, cases[i][1]);
                g_free(line);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields),  cmocka_unit_test(test_shapes), cmocka_unit_test(test_nul_is_refused),
                cmocka_unit_test(test_empty),   cmocka_unit_test(test_budgets), cmocka_unit_test(test_author),
                cmocka_unit_test(test_nesting), cmocka_unit_test(test_decode_text), cmocka_unit_test(test_one_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
