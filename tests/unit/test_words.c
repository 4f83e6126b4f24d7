/* test_words.c - commands, dates and answers as people write them */
#include "unit.h"

#include "policy/words.h"

static GDate today_of(int year, int month, int day)
{
        GDate today;
        g_date_clear(&today, 1);
        g_date_set_dmy(&today, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
        return today;
}

/* "verb [date] arg|arg", with ~ in front when more stands in the line; "-" for no command. */
static char *read_line(const char *line)
{
        const GDate today = today_of(2026, 11, 26);
        struct request request;
        if (!words_request(line, &today, &request))
                return g_strdup("-");
        GString *got = g_string_new(request.is_whole ? "" : "~");
        g_string_append(got, VERB_WORDS[request.verb]);
        if (g_date_valid(&request.date))
                g_string_append_printf(got, " %04d-%02d-%02d", g_date_get_year(&request.date), (int) g_date_get_month(&request.date),
                                       g_date_get_day(&request.date));
        for (size_t i = 0; i < G_N_ELEMENTS(request.args) && request.args[i]; i++)
                g_string_append_printf(got, "%c%s", i ? '|' : ' ', request.args[i]);
        request_clear(&request);
        return g_string_free(got, FALSE);
}

static void test_requests(void **state)
{
        static const char *const cases[][2] = {
                { "subscribe", "subscribe" }, { "SUBSCRIBE", "subscribe" }, { "  Subscribe.  ", "subscribe" }, { "join", "subscribe" },
                { "subscribe ml", "~subscribe" }, { "subscribe Anna Ames", "~subscribe" }, { "subscribe to this nice list", "-" },
                { "unsubscribe", "unsubscribe" }, { "please unsubscribe me", "unsubscribe" }, { "bye", "unsubscribe" },
                { "# bye", "unsubscribe" }, { "off", "off" }, { "# off", "off" }, { "on", "on" }, { "nomail", "nomail" },
                { "set mail off", "nomail" }, { "set nomail", "nomail" }, { "set delivery on", "resume" }, { "resume", "resume" },
                { "digest", "digest" }, { "# matome", "digest" }, { "matome 0", "each" }, { "help", "help" }, { "# help", "help" },
                { "?", "help" }, { "HELP!", "help" }, { "help me with my printer please", "-" }, { "guide", "guide" },
                { "status", "status" }, { "end", "end" }, { "quit", "end" },
                /* full-width letters and blanks, and Japanese with its politeness */
                { "ｓｕｂｓｃｒｉｂｅ", "subscribe" }, { "＃　ｈｅｌｐ", "help" }, { "ｈｅｌｐ　", "help" },
                { "入会", "subscribe" }, { "入会希望", "subscribe" }, { "入会します。", "subscribe" }, { "退会", "unsubscribe" },
                { "退会をお願いします", "unsubscribe" }, { "退会したいです。", "unsubscribe" }, { "休止", "nomail" }, { "再開", "resume" },
                { "再開します", "resume" }, { "まとめ送り", "digest" }, { "ヘルプ", "help" }, { "停止", "off" },
                { "退会者への連絡について", "-" }, { "入会金はいくらですか", "-" },
                /* dates */
                { "vacation until 2026-12-24", "vacation 2026-12-24" }, { "vacation 12/24", "vacation 2026-12-24" },
                { "vacation until 1/7", "vacation 2027-01-07" }, { "vacation until Dec 24", "vacation 2026-12-24" },
                { "vacation until 24 December 2026", "vacation 2026-12-24" }, { "休止 12月24日", "vacation 2026-12-24" },
                { "休止 12/24まで", "vacation 2026-12-24" }, { "12月24日まで休止", "vacation 2026-12-24" },
                { "１２月２４日まで休止します", "vacation 2026-12-24" }, { "休止 ２０２７年１月７日", "vacation 2027-01-07" },
                { "nomail until 2027/01/07", "vacation 2027-01-07" }, { "vacation", "-" }, { "vacation until 2026-02-30", "-" },
                { "vacation until 99/99", "-" }, { "vacation until whenever", "-" },
                /* with arguments */
                { "set name Anna Ames", "set name Anna Ames" }, { "名前 山田花子", "set name 山田花子" }, { "lang ja", "lang ja" },
                { "address new@example.org", "address new@example.org" }, { "address <new@example.org>", "address new@example.org" },
                { "chaddr old@example.org new@example.org", "address new@example.org" }, { "# chaddr new@example.org", "address new@example.org" },
                { "address also alt@example.org", "address also alt@example.org" }, { "address not alt@example.org", "address not alt@example.org" },
                { "ａｄｄｒｅｓｓ　ａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "address a@example.org" }, { "address", "-" }, { "lang", "-" },
                { "confirm abcdefgh", "confirm abcdefgh" },
                /* owners */
                { "members", "members" }, { "会員一覧", "members" }, { "members changed since 2026-11-01", "members changed 2026-11-01" },
                { "members changed since 12/24", "members changed 2025-12-24" }, { "members changed", "members changed" },
                { "add anna@example.org", "add anna@example.org" }, { "add", "add" }, { "remove anna@example.org", "remove anna@example.org" },
                { "set anna@example.org state paused", "set anna@example.org|state|paused" },
                { "set anna@example.org name Anna Ames", "set anna@example.org|name|Anna Ames" },
                { "set max_text 64K", "set max_text|64K" }, { "settings", "settings" }, { "設定", "settings" },
                { "owner add ben@example.org", "owner add ben@example.org" }, { "held", "held" }, { "accept b76rpab3wnuq", "accept b76rpab3wnuq" },
                { "破棄 b76rpab3wnuq", "discard b76rpab3wnuq" }, { "invite x@example.org", "invite x@example.org" },
                /* prose */
                { "Hello all,", "-" }, { "", "-" }, { "    ", "-" }, { "I would like to subscribe", "-" }, { "add me to the list", "add me to the list" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *got = read_line(cases[i][0]);
                if (strcmp(got, cases[i][1]) != 0)
                        fail_msg("'%s' gives '%s', want '%s'", cases[i][0], got, cases[i][1]);
                g_free(got);
        }
}

static void test_hostile(void **state)
{
        char *long_line = g_strnfill(WORDS_LINE_MAX + 1, 'a');
        static const char *const lines[] = { "subscribe\x1b[2J", "\xff\xfe", "add a@b\tc@d" };
        char *got = read_line(long_line);
        assert_string_equal(got, "-");
        g_free(got);
        for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
                g_free(read_line(lines[i])); /* whatever it is, it ends, and no sanitizer speaks */
        g_free(long_line);
}

static void test_answers(void **state)
{
        static const struct {
                const char *line;
                enum answer answer;
        } cases[] = {
                { "yes", ANSWER_YES }, { "Yes!", ANSWER_YES }, { "YES, please.", ANSWER_YES }, { "ok", ANSWER_YES }, { "はい", ANSWER_YES },
                { "はい、お願いします", ANSWER_YES }, { "ｙｅｓ", ANSWER_YES }, { "no", ANSWER_NO }, { "No thanks", ANSWER_NO },
                { "いいえ", ANSWER_NO }, { "accept", ANSWER_ACCEPT }, { "承認します", ANSWER_ACCEPT }, { "discard", ANSWER_DISCARD },
                { "accept and trust", ANSWER_TRUST }, { "ban", ANSWER_BAN }, { "also anna@example.org", ANSWER_ALSO },
                { "also", ANSWER_UNCLEAR }, { "pause", ANSWER_PAUSE }, { "退会", ANSWER_LEAVE }, { "", ANSWER_EMPTY },
                { "Yes, but who are you?", ANSWER_UNCLEAR }, { "No idea what this is", ANSWER_UNCLEAR },
                { "I am out of the office", ANSWER_UNCLEAR }, { "yesterday", ANSWER_UNCLEAR }, { "accept it not", ANSWER_UNCLEAR },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                if (words_answer(cases[i].line) != cases[i].answer)
                        fail_msg("'%s' gives %d, want %d", cases[i].line, (int) words_answer(cases[i].line), (int) cases[i].answer);
        char *also = words_also("Also <Anna@example.org>");
        assert_string_equal(also, "Anna@example.org");
        g_free(also);
}

static void test_first_line(void **state)
{
        static const char *const cases[][2] = {
                { "yes\n", "yes" },
                { "\n\n  yes \n", "yes" },
                { "> question\n> more\n\nyes\n", "yes" },
                { "On Thu, 26 Nov 2026, The Title wrote:\n> question\n\nno\n", "no" },
                { "On Thu, 26 Nov 2026 at 10:00, The Title\n<ml-request@lists.example> wrote:\n> question\n", "" },
                { "2026年11月26日(木) The Title <x@y.example>:\n\n> 質問\n\nはい\n", "はい" },
                { "yes\nOn Thu, 26 Nov 2026, The Title wrote:\n> question\n", "yes" },
                { "\n-- \nAnna\n", "" },
                { "-----Original Message-----\nFrom: x\n", "" },
                { "＞ 質問\nはい\n", "はい" },
                { "", "" },
                { "A thing that I said:\nyes\n", "A thing that I said:" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *got = words_first_line(cases[i][0]);
                if (strcmp(got, cases[i][1]) != 0)
                        fail_msg("'%s' gives '%s', want '%s'", cases[i][0], got, cases[i][1]);
                g_free(got);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_requests), cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_answers),  cmocka_unit_test(test_first_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
