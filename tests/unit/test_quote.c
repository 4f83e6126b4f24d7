/* test_quote.c - what replies carry along: whose address goes, and that nothing else does */
#include "mail.h"

#include <time.h>

#include "mail/charset.h"
#include "mail/lines.h"
#include "mail/quote.h"

#define RULE "_______________________________________________\n"
#define TICKET "abcdefghijklmnopqrstuvwxyz234567"

struct quote_case {
        const char *what;
        const char *text, *want; /* LF lines; `want` NULL: it stays as it is */
};

static const struct quote_case CASES[] = {
        { "Thunderbird", "On 24.11.26 10:00, Anna Ames <anna@people.example> wrote:\n> Hi\n", "On 24.11.26 10:00, Anna Ames wrote:\n> Hi\n" },
        { "Gmail, folded behind the address", "On Tue, Nov 24, 2026 at 10:00 AM Anna Ames <anna@people.example>\nwrote:\n\n> Hi\n",
          "On Tue, Nov 24, 2026 at 10:00 AM Anna Ames\nwrote:\n\n> Hi\n" },
        { "Gmail, folded within the brackets", "On Tue, Nov 24, 2026 at 10:00 AM Anna Ames <\nanna@people.example> wrote:\n",
          "On Tue, Nov 24, 2026 at 10:00 AM Anna Ames\nwrote:\n" },
        { "three lines", "On Tue, 24 Nov 2026 10:00:00 +0100\nAnna Ames\n<anna@people.example> wrote:\n",
          "On Tue, 24 Nov 2026 10:00:00 +0100\nAnna Ames\n(address) wrote:\n" },
        { "no name", "On Tue, 24 Nov 2026, anna@people.example wrote:\n", "On Tue, 24 Nov 2026, (address) wrote:\n" },
        { "an address as the name", "\"anna@people.example\" <anna@people.example> writes:\n", "\"(address)\" writes:\n" },
        { "mailto", "On Tuesday, Anna Ames [mailto:anna@people.example] wrote:\n", "On Tuesday, Anna Ames wrote:\n" },
        { "quoted twice", "> > On Tue, Anna <anna@people.example> wrote:\n> >> Hi\n", "> > On Tue, Anna wrote:\n> >> Hi\n" },
        { "a message id", "In article <x1@host.example>, Anna <anna@people.example> writes:\n", "In article, Anna writes:\n" },
        { "a quoted local part", "Anna <\"anna ames\"@people.example> wrote:\n", "Anna wrote:\n" },
        { "Wanderlust", "At Tue, 24 Nov 2026 10:00:00 +0900,\nAnna Ames <anna@people.example> wrote:\n",
          "At Tue, 24 Nov 2026 10:00:00 +0900,\nAnna Ames wrote:\n" },
        { "Gmail in Japanese", "2026年11月24日(火) 10:00 山田花子 <hanako@people.example>:\n", "2026年11月24日(火) 10:00 山田花子:\n" },
        { "Japanese, no brackets", "hanako@people.exampleさんは書きました:\n", "(address)さんは書きました:\n" },
        { "Japanese, wide colon", "山田花子 <hanako@people.example> さんは書きました：\n", "山田花子 さんは書きました：\n" },
        { "German", "Am 24.11.26 um 10:00 schrieb Anna Ames <anna@people.example>:\n", "Am 24.11.26 um 10:00 schrieb Anna Ames:\n" },
        { "a German domain", "Am 24.11.26 schrieb anna@köln.example:\n", "Am 24.11.26 schrieb (address):\n" },
        { "French", "Le mar. 24 nov. 2026 à 10:00, Anna <anna@people.example> a écrit :\n", "Le mar. 24 nov. 2026 à 10:00, Anna a écrit :\n" },
        { "Outlook", "-----Original Message-----\nFrom: Anna Ames <anna@people.example>\nSent: Tuesday\nTo: ben@people.example; Carl <carl@people.example>\n"
          "Subject: Hi\n\nmail help@people.example\n",
          "-----Original Message-----\nFrom: Anna Ames\nSent: Tuesday\nTo: (address); Carl\nSubject: Hi\n\nmail help@people.example\n" },
        { "Outlook, with links", "From: Anna <anna@people.example<mailto:anna@people.example>>\nSent: Tuesday\n", "From: Anna\nSent: Tuesday\n" },
        { "Outlook in German", "Von: Anna <anna@people.example>\nGesendet: Dienstag\nAn: ben@people.example\n", "Von: Anna\nGesendet: Dienstag\nAn: (address)\n" },
        { "Outlook in Japanese", "差出人: 花子 <hanako@people.example>\n送信日時: 2026年11月24日\n宛先: ben@people.example\n",
          "差出人: 花子\n送信日時: 2026年11月24日\n宛先: (address)\n" },
        { "stars", "*From:* Anna <anna@people.example>\n*Sent:* Tuesday\n", "*From:* Anna\n*Sent:* Tuesday\n" },
        { "Apple's forward", "Begin forwarded message:\n\n> From: Anna <anna@people.example>\n> Date: 24 November 2026\n> To: ben@people.example\n",
          "Begin forwarded message:\n\n> From: Anna\n> Date: 24 November 2026\n> To: (address)\n" },
        { "our footer, quoted", "> Hi\n> " RULE "> The list\n> https://lists.example/\n\nYes.\n", "> Hi\n\nYes.\n" },
        { "our footer, quoted deeper, and more of it", ">> Hi\n>> " RULE ">> The list\n> Ho\n> " RULE "> The list\n> https://lists.example/\n", ">> Hi\n> Ho\n" },
        { "our footer, from a copy", "Hi\n" RULE "The list\nhttps://lists.example/\n", "Hi\n" },
        { "a ticket", "> Leave: <mailto:ml-off+" TICKET "@lists.example>\n", "> Leave: <mailto:(address)>\n" },
        { "a ticket, written with plus", "ml+confirm+" TICKET "@LISTS.example, please\n", "(address), please\n" },

        { "prose", "Write to anna@people.example, she wrote:\nthat was so\n", "Write to (address), she wrote:\nthat was so\n" },
        { "prose without a colon", "On Monday Anna <anna@people.example> wrote to me.\n", NULL },
        { "prose above a lone verb", "Mail anna@people.example please.\nHe answered:\n", NULL },
        { "a paragraph apart", "On Monday anna@people.example\n\nshe wrote:\n", NULL },
        { "another depth", "> On Monday, mail anna@people.example\nwrote:\n", NULL },
        { "a signature", "-- \nAnna Ames <anna@people.example>\n", NULL },
        { "From alone", "From: the desk of anna@people.example\nDear all,\nwell\n", NULL },
        { "a rule of others", RULE "Another list\n", NULL },
        { "another's ticket", "ml-off+" TICKET "@other.example\n", NULL },
        { "a ticket too short", "ml-off+abc@lists.example\n", NULL },
        { "our address", "Send it to ml@lists.example\n", NULL },
        { "signs alone", "On @ @@ <@> wrote:\n", NULL },
        { "nothing", "", NULL },
};

static char *cleaned_text(const struct quote *quote, const char *text, bool *ret_changed)
{
        bool is_utf8;
        GBytes *bytes = mail_bytes(text, strlen(text));
        GBytes *cleaned = quote_clean(quote, charset_utf8(), bytes, &is_utf8);
        gsize length;
        const char *octets = g_bytes_get_data(cleaned ? cleaned : bytes, &length);
        char *lf = g_string_free(lines_to_lf(octets ? octets : "", length), FALSE);
        *ret_changed = cleaned != NULL;
        if (cleaned)
                g_bytes_unref(cleaned);
        g_bytes_unref(bytes);
        return lf;
}

static struct quote *make_quote(void)
{
        struct list list = mail_list();
        list.footer = (char *) "The list\\nhttps://lists.example/\\n";
        return quote_new(&list, 0);
}

static void test_cases(void **state)
{
        struct quote *quote = make_quote();
        int failed = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
                bool is_changed, is_changed_again;
                char *got = cleaned_text(quote, CASES[i].text, &is_changed);
                char *again = cleaned_text(quote, got, &is_changed_again);
                if (strcmp(got, CASES[i].want ? CASES[i].want : CASES[i].text) != 0 || is_changed != !!CASES[i].want || is_changed_again) {
                        print_message("# %s: got '%s', then '%s'\n", CASES[i].what, got, again);
                        failed++;
                }
                g_free(again);
                g_free(got);
        }
        quote_free(quote);
        assert_int_equal(failed, 0);
}

struct charset_case {
        const char *what, *label, *text, *want;
        bool is_utf8;
};

static const struct charset_case CHARSET_CASES[] = {
        { "ISO-2022-JP stays", "iso-2022-jp", "\x1b$B;3ED\x1b(B <hanako@people.example> wrote:\n> \x1b$BF|K\\\x1b(B\n",
          "\x1b$B;3ED\x1b(B wrote:\n> \x1b$BF|K\\\x1b(B\n" },
        { "octets that are none stay in other lines", "iso-2022-jp", "Hanako <hanako@people.example> wrote:\n> \xe9\n", "Hanako wrote:\n> \xe9\n" },
        { "a vendor's character in the line: all becomes UTF-8", "iso-2022-jp", "\x1b$B-!\x1b(B <hanako@people.example> wrote:\n> \x1b$BF|\x1b(B\n",
          "① wrote:\n> 日\n", true },
        { "a line that leaves its state open", "iso-2022-jp", "> \x1b$BF|\nHanako <hanako@people.example> wrote:\n", NULL, true },
        { "Latin-1", "iso-8859-1", "Am 24. schrieb J\xfcrgen <j@people.example>:\n> gr\xfc\xdf\n", "Am 24. schrieb J\xfcrgen:\n> gr\xfc\xdf\n" },
        { "Latin-1 in French", "iso-8859-1", "Le 24, Anna <anna@people.example> a \xe9" "crit\xa0:\n", "Le 24, Anna a \xe9" "crit\xa0:\n" },
        { "an unknown charset", "x-unknown", "\xff Anna <anna@people.example> wrote:\n", "\xff Anna wrote:\n" },
};

static void test_charsets(void **state)
{
        struct quote *quote = make_quote();
        for (size_t i = 0; i < G_N_ELEMENTS(CHARSET_CASES); i++) {
                const struct charset_case *c = &CHARSET_CASES[i];
                bool is_utf8;
                gsize length;
                GBytes *bytes = mail_bytes(c->text, strlen(c->text));
                GBytes *cleaned = quote_clean(quote, charset_find(c->label), bytes, &is_utf8);
                if (!cleaned)
                        fail_msg("%s: nothing was done", c->what);
                const char *octets = g_bytes_get_data(cleaned, &length);
                GString *lf = lines_to_lf(octets, length);
                if ((c->want && strcmp(lf->str, c->want) != 0) || is_utf8 != c->is_utf8 || strchr(lf->str, '@'))
                        fail_msg("%s: got '%s', UTF-8 %d", c->what, lf->str, is_utf8);
                g_string_free(lf, TRUE);
                g_bytes_unref(cleaned);
                g_bytes_unref(bytes);
        }
        quote_free(quote);
}

/* What could be looked at again and again: the time stays that of one pass. */
static void test_time(void **state)
{
        static const char *const units[] = { "On a@b\n", "From: a\n", "@", "\"@", "a@b\xc3\xa9", RULE, "> ", "<", "\n", "ml-off+" TICKET "@", "wrote:\n" };
        enum { OCTETS = 300000, SECONDS = 5 };
        struct quote *quote = make_quote();
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
                bool is_changed;
                GString *text = g_string_new(NULL);
                while (text->len < OCTETS)
                        g_string_append(text, units[i]);
                g_string_append(text, " a@b wrote:\n");
                const clock_t start = clock(); /* of this process: others may keep the machine busy */
                char *got = cleaned_text(quote, text->str, &is_changed);
                if (clock() - start > SECONDS * CLOCKS_PER_SEC)
                        fail_msg("'%s' took too long", units[i]);
                g_free(got);
                g_string_free(text, TRUE);
        }
        quote_free(quote);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_charsets),
                cmocka_unit_test(test_time),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
