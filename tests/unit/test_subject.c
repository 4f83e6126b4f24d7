/* test_subject.c - subjects, and who wrote */
#include "unit.h"

#include "mail/address.h"
#include "mail/byline.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/subject.h"
#include "store/list.h"

/* --- subjects ----------------------------------------------------------------------------- */

struct subject_case {
        const char *tag, *value, *want;
};

#define JIS_HELLO "=?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?="
#define JIS_TAGGED "=?ISO-2022-JP?B?UmU6IFttbDowMDAxMV0gGyRCJDMkcyRLJEEkTxsoQg==?=" /* "Re: [ml:00011] " and the same */

static const struct subject_case SUBJECT_CASES[] = {
        { "[ml:%05d]", "Hello", "[ml:00012] Hello" },
        { "[ml:%d]", "Hello", "[ml:12] Hello" },
        { "[Title]", "Hello", "[Title] Hello" },
        { "", "Hello", "Hello" },
        { "[ml:%05d]", NULL, "[ml:00012]" },
        { "[ml:%05d]", "", "[ml:00012]" },
        { "", NULL, "" },
        { "(ml %d)", "(ml 3) x", "(ml 12) x" },
        { "%d", "2026 begins", "12 2026 begins" },
        { "[100%]", "x", "[100%] x" },
        /* one "Re: ", whatever it was */
        { "", "re: Re: RE:x", "Re: x" },
        { "", "Re[3]: x", "Re: x" },
        { "", "Re^2: x", "Re: x" },
        { "", "Re*2: x", "Re: x" },
        { "", "Re(2): x", "Re: x" },
        { "", "Re :  x", "Re: x" },
        { "", "AW: Antw: SV: x", "Re: x" },
        { "", "RE：x", "Re: x" }, /* raw UTF-8, all of it a prefix */
        { "", "Re:", "Re:" },
        { "[ml:%05d]", "Re: [ml:00011] Re^2: [ml:7] Re[3]: Hello", "[ml:00012] Re: Hello" },
        { "[ml:%05d]", "[ML:00011] Hello", "[ml:00012] Hello" },
        /* what only looks like one */
        { "", "Regarding: x", "Regarding: x" },
        { "", "Re [draft]: x", "Re [draft]: x" },
        { "", "Re[x]: y", "Re[x]: y" },
        { "", "Fwd: Re: x", "Fwd: Re: x" },
        { "[ml:%05d]", "[ml:x] y", "[ml:00012] [ml:x] y" },
        { "[ml:%05d]", "[other:00001] y", "[ml:00012] [other:00001] y" },
        { "[ml:%05d]", "Was: [ml:00001] y", "[ml:00012] Was: [ml:00001] y" },
        /* encoded words stay as they are; what is inside of them is found */
        { "[ml:%05d]", JIS_HELLO, "[ml:00012] " JIS_HELLO },
        { "[ml:%05d]", "Re: [ml:00011] " JIS_HELLO, "[ml:00012] Re: " JIS_HELLO },
        { "[ml:%05d]", JIS_TAGGED, "[ml:00012] Re: " JIS_HELLO },
        { "", "=?utf-8?q?Re=EF=BC=9A_=C3=BC?=", "Re: =?UTF-8?B?w7w=?=" },
        { "", "=?utf-8?B?6L+U5L+hOiB4?=", "Re: x" },
        { "", "=?gb2312?B?u9i4tDogxOO6ww==?=", "Re: =?GB2312?B?xOO6ww==?=" },
        { "", "=?UTF-8?Q?one?= =?UTF-8?Q?two?=", "=?UTF-8?Q?one?= =?UTF-8?Q?two?=" },
        { "", "=?x-nonsense?q?Re:_x?=", "Re: x" },
        { "[ml:%05d]", "=?utf-8?q?Re=3A?= =?utf-8?q?=5Bml=3A7=5D?= " JIS_HELLO, "[ml:00012] Re: " JIS_HELLO },
        /* raw octets are encoded */
        { "[ml:%05d]", "Grüße", "[ml:00012] =?UTF-8?B?R3LDvMOfZQ==?=" },
        { "", "\x1b$B$3$s$K$A$O\x1b(B", JIS_HELLO },
        { "", "a\x01" "b", "a b" },
        /* a tag that is not ASCII keeps its space before an encoded word */
        { "[日:%d]", "x", "=?UTF-8?B?W+aXpToxMl0=?= x" },
        { "[日:%d]", JIS_HELLO, "=?UTF-8?B?W+aXpToxMl0g?= " JIS_HELLO },
        { "[日:%d]", "Re: =?utf-8?B?W+aXpToxMV0geA==?=", "=?UTF-8?B?W+aXpToxMl0=?= Re: x" },
        /* the author's address */
        { "", "anna@people.example writes", "(address) writes" },
        { "", "Re: mail from ANNA@People.Example!", "Re: mail from (address)!" },
        { "", "=?utf-8?q?anna?= =?utf-8?q?=40people.example?=", "(address)" },
        { "", "=?utf-8?b?anna@people.example?=", NULL }, /* see test_subject() */
        { "", "joanna@people.example.org", "jo(address).org" },
};

static void test_subject(void **state)
{
        struct address *anna;
        assert_true(address_parse(&anna, "anna@people.example", 19, NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(SUBJECT_CASES); i++) {
                const struct subject_case *c = &SUBJECT_CASES[i];
                const struct subject_facts facts = { .tag = c->tag, .number = 12, .hidden = anna };
                char *value = c->value ? exact(c->value, strlen(c->value) + 1) : NULL;
                char *got = subject_edit(&facts, value);
                if (c->want && strcmp(got, c->want) != 0)
                        fail_msg("'%s': got '%s', want '%s'", c->value, got, c->want);
                assert_null(strstr(got, "anna@people.example"));
                assert_true(g_str_is_ascii(got));
                /* posted again, nothing changes */
                char *again = subject_edit(&facts, got);
                if (*c->tag && *c->tag != '%' && strcmp(again, got) != 0)
                        fail_msg("'%s' became '%s' when it was posted again", got, again);
                g_free(again);
                g_free(got);
                g_free(value);
        }
        address_free(anna);
}

static void test_subject_that_is_endless(void **state)
{
        const struct subject_facts facts = { .tag = "[ml:%d]", .number = 1 };
        GString *value = g_string_new(NULL);
        for (int i = 0; i < 15000; i++)
                g_string_append_c(value, 'x');
        char *got = subject_edit(&facts, value->str);
        assert_true(header_is_plain(got));
        char *decoded = mime_decode_text(got);
        assert_string_equal(decoded + strlen("[ml:1] "), value->str);
        g_free(decoded);
        g_free(got);
        g_string_free(value, TRUE);
}

/* --- bylines -------------------------------------------------------------------------------- */

struct byline_case {
        const char *name, *want;
};

static const struct byline_case BYLINE_CASES[] = {
        { "Anna Ames", "Anna Ames via Title" },
        { "", "A member via Title" },
        { "  ", "A member via Title" },
        { "山田花子", "山田花子 via Title" },
        { "J.R.R. Tolkien", "J.R.R. Tolkien via Title" },
        { "J.R.R.Tolkien", "J.R.R.Tolkien via Title" },
        { "Dr.Smith, M.Sc.", "Dr.Smith, M.Sc. via Title" },
        { "Anna...", "Anna... via Title" },
        { "Anna (42)", "Anna (42) via Title" },
        { "v1.5", "v1.5 via Title" },
        { "anna@people.example", "A member via Title" },
        { "anna＠people.example", "A member via Title" },
        { "anna at people.example", "A member via Title" },
        { "ANNA (PEOPLE.EXAMPLE)", "A member via Title" },
        { "anna.ames", "A member via Title" },
        { "www.shop.de.", "A member via Title" },
        { "ｓｈｏｐ．ｄｅ", "A member via Title" },
        { "köln.de", "A member via Title" },
        { "bücher.example", "A member via Title" },
        { "Bücher.Example", "A member via Title" },
        { "xn--bcher-kva.example", "A member via Title" },
        { "one\r\ntwo\tthree", "one two three via Title" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa via Title" },
};

static void test_byline(void **state)
{
        struct address *author;
        const struct list list = { .name = (char *) "ml", .title = (char *) "Title" };
        assert_true(address_parse(&author, "anna@xn--bcher-kva.example", 26, NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(BYLINE_CASES); i++) {
                char *got = byline_write(&list, BYLINE_CASES[i].name, author);
                if (strcmp(got, BYLINE_CASES[i].want) != 0)
                        fail_msg("'%s': got '%s'", BYLINE_CASES[i].name, got);
                g_free(got);
        }
        const struct list japanese = { .name = (char *) "ml", .title = (char *) "", .lang = LANG_JA };
        char *got = byline_write(&japanese, "", author);
        assert_string_equal(got, "メンバー via ml");
        g_free(got);
        address_free(author);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_subject),
                cmocka_unit_test(test_subject_that_is_endless),
                cmocka_unit_test(test_byline),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
