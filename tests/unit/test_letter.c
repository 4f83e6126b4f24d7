/* test_letter.c - mails of our own that carry a message */
#include "unit.h"

#include "mail/charset.h"
#include "mail/letter.h"
#include "mail/lines.h"
#include "mail/message.h"
#include "mail/parts.h"

static const struct letter LETTER = {
        .from_name = "Title owner",
        .from = "ml-owner@lists.example",
        .to = "ml-owner@lists.example",
        .reply_to = "stranger@elsewhere.example",
        .subject = "Mail to the owner: Grüße",
        .text = "For you:\n.\n",
        .hostname = "mx.lists.example",
};

static struct message *wrapped(const struct letter *letter)
{
        GBytes *bytes;
        struct message *message;
        struct err err = { 0 };
        if (!letter_write(&bytes, letter, &err))
                fail_msg("%s", err.text);
        gsize length;
        const char *octets = g_bytes_get_data(bytes, &length);
        assert_true(lines_fit(octets, length));
        assert_true(message_parse(&message, bytes, &err));
        g_bytes_unref(bytes);
        return message;
}

static void test_header(void **state)
{
        struct message *message = wrapped(&LETTER);
        static const char *const fields[][2] = {
                { "From", "Title owner <ml-owner@lists.example>" },
                { "To", "ml-owner@lists.example" },
                { "Reply-To", "stranger@elsewhere.example" },
                { "Subject", "Mail to the owner: =?UTF-8?B?R3LDvMOfZQ==?=" },
                { "Auto-Submitted", "auto-generated" },
                { "X-Auto-Response-Suppress", "All" },
                { "MIME-Version", "1.0" },
                { "Content-Type", "text/plain; charset=us-ascii" },
                { "Content-Transfer-Encoding", "7bit" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
                assert_string_equal(message_get(message, fields[i][0]), fields[i][1]);
        assert_int_equal(message->fields->len, G_N_ELEMENTS(fields) + 2);
        assert_true(g_str_has_suffix(message_get(message, "Date"), " +0000"));
        assert_true(g_str_has_suffix(message_get(message, "Message-ID"), "@mx.lists.example>"));
        message_free(message);
}

/* A letter to a person: it answers, in the charset of the list where that has the characters. */
static void test_answer(void **state)
{
        static const struct {
                const char *in_reply_to, *want; /* NULL: no such field */
        } cases[] = {
                { "<1@client.example>", "<1@client.example>" },
                { "<a.b+c=d@[192.0.2.1]>", NULL },
                { "<two@a.example> <three@b.example>", NULL },
                { "buy zebrafish", NULL },
                { "", NULL },
                { "<>", NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct letter letter = LETTER;
                letter.in_reply_to = cases[i].in_reply_to;
                struct message *message = wrapped(&letter);
                const char *reply = message_get(message, "In-Reply-To"), *references = message_get(message, "References");
                if (g_strcmp0(reply, cases[i].want) != 0 || g_strcmp0(references, cases[i].want) != 0)
                        fail_msg("'%s' gives '%s'", cases[i].in_reply_to, reply ? reply : "none");
                assert_string_equal(message_get(message, "Auto-Submitted"), "auto-replied");
                message_free(message);
        }
}

static void test_charset(void **state)
{
        static const struct {
                const char *text, *type;
        } cases[] = {
                { "会議です\n", "text/plain; charset=ISO-2022-JP" },
                { "plain\n", "text/plain; charset=us-ascii" },
                { "Grüße und 会議\n", "text/plain; charset=utf-8" }, /* which ISO-2022-JP does not have */
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct letter letter = LETTER;
                letter.text = cases[i].text;
                letter.subject = "会議";
                letter.charset = charset_find("iso-2022-jp");
                struct message *message = wrapped(&letter);
                assert_string_equal(message_get(message, "Content-Type"), cases[i].type);
                assert_string_equal(message_get(message, "Subject"), "=?ISO-2022-JP?B?GyRCMnE1RBsoQg==?=");
                message_free(message);
        }
}

struct letter_case {
        const char *what;
        const char *message;
        size_t length;
        const char *type, *encoding, *outer; /* of the part, and of the whole */
        unsigned opened; /* parts within it: a message's text */
};

#define CASE(text) text, sizeof text - 1

static const struct letter_case CASES[] = {
        { "7bit", CASE("From: a@b\r\n\r\nx\r\n"), "message/rfc822", "7bit", "7bit", 1 },
        { "8bit", CASE("From: a@b\r\n\r\n\xfc\r\n"), "message/rfc822", "8bit", "8bit", 1 },
        { "no line end", CASE("From: a@b\r\n\r\nx"), "application/octet-stream", "base64", "7bit" },
        { "NUL", CASE("From: a@b\r\n\r\nx\0y\r\n"), "application/octet-stream", "base64", "7bit" },
        { "bare LF", CASE("From: a@b\n\nx\n"), "application/octet-stream", "base64", "7bit" },
        { "no header", CASE("\r\n.\r\n..\r\n"), "message/rfc822", "7bit", "7bit", 1 },
        { "nothing", CASE(""), "message/rfc822", "7bit", "7bit" },
};

/* What is carried comes out byte for byte. */
static void test_message(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
                const struct letter_case *c = &CASES[i];
                struct letter letter = LETTER;
                GPtrArray *parts;
                letter.message = g_bytes_new_take(exact(c->message, c->length), c->length);
                struct message *message = wrapped(&letter);
                assert_true(parts_read(&parts, message, NULL));
                /* the whole, our text, what is carried, and what that holds where it is opened */
                assert_int_equal(parts->len, 3 + c->opened);
                const struct part *text = parts->pdata[1], *carried = parts->pdata[2];
                assert_string_equal(text->type, "text/plain");
                assert_string_equal(carried->type, c->type);
                assert_string_equal(transfer_label(carried->transfer), c->encoding);
                assert_string_equal(message_get(message, "Content-Transfer-Encoding"), c->outer);
                GBytes *decoded = transfer_decode(carried->transfer, carried->raw);
                if (!g_bytes_equal(decoded, letter.message))
                        fail_msg("%s: it is not the same", c->what);
                g_bytes_unref(decoded);
                g_ptr_array_unref(parts);
                message_free(message);
                g_bytes_unref(letter.message);
        }
}

static void test_endless_line(void **state)
{
        char *line = g_strnfill(5000, 'x');
        char *text = g_strconcat("From: a@b\r\n\r\n", line, "\r\n", NULL);
        struct letter letter = LETTER;
        letter.message = g_bytes_new(text, strlen(text));
        letter.text = line;
        struct message *message = wrapped(&letter);
        message_free(message);
        g_bytes_unref(letter.message);
        g_free(text);
        g_free(line);
}

/* leaks X7: nothing from outside makes a line of the header. */
static void test_gate(void **state)
{
        static const size_t fields[] = {
                offsetof(struct letter, from_name), offsetof(struct letter, from),    offsetof(struct letter, to),
                offsetof(struct letter, reply_to),  offsetof(struct letter, subject), offsetof(struct letter, hostname),
        };
        static const char *const bad[] = { "a\r\nBcc: x@y", "a\nb", "a\rb", "a\x7f", "\xff" };
        for (size_t f = 0; f < G_N_ELEMENTS(fields); f++)
                for (size_t b = 0; b < G_N_ELEMENTS(bad); b++) {
                        struct letter letter = LETTER;
                        struct err err = { 0 };
                        GBytes *bytes;
                        *(const char **) ((char *) &letter + fields[f]) = bad[b];
                        assert_false(letter_write(&bytes, &letter, &err));
                        assert_int_equal(err.class, ERR_BUG);
                        assert_null(bytes);
                }
}

static void test_reply_to_is_optional(void **state)
{
        static const char *const none[] = { NULL, "grüße@elsewhere.example" };
        for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
                struct letter letter = LETTER;
                letter.reply_to = none[i];
                struct message *message = wrapped(&letter);
                assert_null(message_get(message, "Reply-To"));
                message_free(message);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_header), cmocka_unit_test(test_answer), cmocka_unit_test(test_charset), cmocka_unit_test(test_message), cmocka_unit_test(test_endless_line),
                cmocka_unit_test(test_gate),   cmocka_unit_test(test_reply_to_is_optional),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
