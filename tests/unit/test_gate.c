/* test_gate.c - the gate out: addresses, messages and heads as libESMTP may get them */
#include "unit.h"

#include "copies.h"
#include "deliver/gate.h"

struct gate_case {
        const char *text;
        const char *complaint; /* NULL: it passes */
};

static const struct gate_case ADDRESS_CASES[] = {
        { "a@b.example", NULL },
        { "ml-bounce+abc234@lists.example", NULL },
        { "a.b!#$%&'*+-/=?^_`{|}~@b.example", NULL },
        { "\"a b\"@b.example", NULL },
        { "\"a\\\"> <\"@b.example", NULL },
        { "a@[192.0.2.1]", NULL },
        { "a@[IPv6:2001:db8::1]", NULL },
        { "u@x>\r\nRCPT TO:<evil@b.example", "control character" },
        { "u@x>\nRCPT TO:<evil@b.example", "control character" },
        { "u@x\r", "control character" },
        { "u@x> NOTIFY=SUCCESS", "not a mailbox" },
        { "u x@b.example", "not a mailbox" },
        { "u<x@b.example", "not a mailbox" },
        { "\"a@b.example", "not a mailbox" },
        { "\"a\\", "not a mailbox" },
        { "\"a\"b@b.example", "not a mailbox" },
        { "\"a\t\"@b.example", "control character" },
        { "a\x7f@b.example", "control character" },
        { "j\xc3\xb6rg@b.example", NULL },
        { "\"j\xc3\xb6rg x\"@b.example", NULL },
        { "j\xc3@b.example", "not UTF-8" },
        { "j\xc2\x85@b.example", "control character" },
        { "a@b\xc3\xb6.example", "not a mailbox" },
        { "@b.example", "not a mailbox" },
        { "a@", "not a mailbox" },
        { "a", "not a mailbox" },
        { "", "not a mailbox" },
        { "a@[192.0.2.1", "not a mailbox" },
        { "a@b@c", "not a mailbox" },
        { X50 X50 "@" X50 X50 "." X50 "xxxx", "longer than 254" },
};

static void test_gate_address(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(ADDRESS_CASES); i++) {
                const struct gate_case *c = &ADDRESS_CASES[i];
                struct err err = { 0 };
                char *text = exact(c->text, strlen(c->text) + 1);
                bool ok = gate_address(text, &err);
                g_free(text);
                if (ok != !c->complaint || (c->complaint && !strstr(err.text, c->complaint)))
                        fail_msg("'%s': got '%s'", c->text, ok ? "passed" : err.text);
        }
}

static const struct gate_case MESSAGE_CASES[] = {
        { FIELDS "\r\nbody\r\n", NULL },
        { FIELDS "\r\n", NULL },
        { FIELDS "Subject: a\r\n folded\r\n\tagain\r\n\r\n.\r\n..\r\n.x\r\n", NULL },
        { FIELDS "\r\n" X998 "\r\n", NULL },
        { FIELDS "\r\n" X998 "x\r\n", "longer than 998" },
        { FIELDS "\r\nbody\r\n.\n", "LF without CR" },
        { FIELDS "\r\nbody\n", "LF without CR" },
        { FIELDS "\r\nbo\rdy\r\n", "CR stands without LF" },
        { FIELDS "\r\nbody\r\r\n", "CR stands without LF" },
        { FIELDS "\r\nbody\r", "does not end in CRLF" },
        { FIELDS "\r\nbody", "does not end in CRLF" },
        { FIELDS, "no empty line" },
        { "", "empty" },
        { "\r\nbody\r\n", "Date is missing" },
        { "From: l@lists.example\r\nDate: now\r\n\r\n", "Message-ID is missing" },
        { FIELDS "FROM: another@b.example\r\n\r\n", "From stands 2 times" },
        { FIELDS "To: a@b\r\nto: c@d\r\n\r\n", "To stands 2 times" },
        { FIELDS "Return-Path: <a@b>\r\n\r\n", "Return-Path stands 1 times" },
        { FIELDS "Bcc: a@b\r\n\r\n", "Bcc stands" },
        { FIELDS "Disposition-Notification-To: a@b\r\n\r\n", "Disposition-Notification-To stands" },
        { FIELDS "no field\r\n\r\n", "is no field" },
        { " folded first\r\n" FIELDS "\r\n", "is no field" },
        { FIELDS "S\xc3\xbc: x\r\n\r\n", "is no field" },
};

static void test_gate_message(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(MESSAGE_CASES); i++) {
                const struct gate_case *c = &MESSAGE_CASES[i];
                struct err err = { 0 };
                struct gate_message message;
                size_t length = strlen(c->text);
                GBytes *bytes = g_bytes_new_take(exact(c->text, length), length);
                bool ok = gate_message(&message, bytes, &err);
                if (ok != !c->complaint || (c->complaint && !strstr(err.text, c->complaint)))
                        fail_msg("case %zu: got '%s', want '%s'", i, err.text, c->complaint ? c->complaint : "no error");
                if (ok)
                        assert_memory_equal(c->text + message.body - 4, "\r\n\r\n", 4);
                gate_message_clear(&message);
                g_bytes_unref(bytes);
        }
        static const char with_nul[] = FIELDS "\r\na\0b\r\n";
        struct err err = { 0 };
        struct gate_message message;
        GBytes *bytes = g_bytes_new_static(with_nul, sizeof with_nul - 1);
        assert_false(gate_message(&message, bytes, &err));
        assert_non_null(strstr(err.text, "NUL"));
        g_bytes_unref(bytes);
}

static const struct gate_case HEAD_CASES[] = {
        { "", NULL },
        { "List-Unsubscribe: <mailto:a@b>\r\n", NULL },
        { "List-Unsubscribe: <mailto:a@b>", "does not end in CRLF" },
        { "A: b\nEvil: c\r\n", "LF without CR" },
        { "A: b\r\n\r\n", "empty line" },
        { "From: a@b\r\n", "From belongs into the message" },
        { "A: \xc3\xb6\r\n", "not ASCII" },
};

static void test_gate_head(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(HEAD_CASES); i++) {
                const struct gate_case *c = &HEAD_CASES[i];
                struct err err = { 0 };
                size_t length = strlen(c->text);
                char *text = exact(c->text, length);
                bool ok = gate_head(text, length, &err);
                g_free(text);
                if (ok != !c->complaint || (c->complaint && !strstr(err.text, c->complaint)))
                        fail_msg("case %zu: got '%s', want '%s'", i, err.text, c->complaint ? c->complaint : "no error");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_gate_address),
                cmocka_unit_test(test_gate_message),
                cmocka_unit_test(test_gate_head),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
