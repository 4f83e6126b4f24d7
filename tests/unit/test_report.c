/* test_report.c - the daily report to owners: three days in two languages as docs/REPORTS.md shows them, and when it goes out
 * LISTD_SAMPLES=write writes the page anew. */
#include "store.h"

#include "base/conf.h"
#include "handle/report.h"
#include "mail/bulletin.h"
#include "store/change.h"
#include "store/held.h"
#include "store/queue.h"
#include "store/report.h"
#include "store/trace.h"

enum { DAY = 86400, HOUR = 3600, START = 20513 * DAY /* 2026-03-01 */ };

#define CONF "[server]\nhostname = mx.lists.example\ndomains = lists.example\nadmin = admin@example.org\ntimezone = UTC\n" \
             "authserv_id = mx.lists.example\n[report]\ntime = 07:00\n"

struct desk_top {
        struct fixture *f;
        struct conf *conf;
        struct spool *spool;
        int64_t now;
};

static void open_top(struct desk_top *top, void **state)
{
        struct err err = { 0 };
        *top = (struct desk_top){ .f = *state, .now = START + 6 * HOUR };
        clock_stop(top->now);
        OK(conf_parse(&top->conf, CONF, strlen(CONF), "conf", &err));
        OK(spool_open(&top->spool, top->f->data, true, &err));
}

static void close_top(struct desk_top *top)
{
        clock_stop(0);
        spool_close(top->spool);
        conf_free(top->conf);
}

static void pass_time(struct desk_top *top, int64_t seconds)
{
        top->now += seconds;
        clock_stop(top->now);
}

static bool tick(struct desk_top *top)
{
        struct err err;
        bool sent;
        OK(report_tick(top->f->store, top->spool, top->conf, top->now, &sent, &err));
        return sent;
}

static int64_t add(struct desk_top *top, const char *address, enum member_role role)
{
        struct err err;
        size_t added;
        struct member *member;
        const struct member_new new = { .address = address, .fold = address, .name = "", .role = role };
        OK(member_add(top->f->store, top->f->list->id, &new, 1, &added, &err));
        OK(member_find(top->f->store, top->f->list->id, address, &member, &err));
        const int64_t id = member->id;
        member_free(member);
        return id;
}

static void count(struct desk_top *top, int what, int64_t number)
{
        struct err err;
        OK(tally_add(top->f->store, top->f->list->id, (enum tally_what) what, number, &err));
}

static guint letters(struct desk_top *top)
{
        struct err err;
        GPtrArray *entries;
        OK(queue_entries(top->f->store, &entries, &err));
        const guint number = entries->len;
        g_ptr_array_unref(entries);
        return number;
}

/* --- samples --------------------------------------------------------------------------------------------- */

/* The people of the samples, and a few weeks of which reports told. */
static void live(struct desk_top *top)
{
        static const char *const members[] = { "anna@example.org", "ben@example.com", "chloe@example.net", "dai@example.jp" };
        struct err err;
        OK(list_rename(top->f->store, top->f->list, "astro", &err));
        OK(list_set(top->f->store, top->f->list, "title", "Astronomy", &err));
        add(top, "olga@example.org", ROLE_OWNER);
        for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
                add(top, members[i], ROLE_MEMBER);
        for (int week = 11; week > 0; week--) {
                count(top, TALLY_POSTS, week % 4 * 3);
                OK(tally_close(top->f->store, top->f->list->id, top->now / DAY - week * 7, &err));
        }
        OK(tally_close(top->f->store, top->f->list->id, top->now / DAY - 80, &err));
        pass_time(top, 2 * DAY);
}

static void busy_day(struct desk_top *top)
{
        struct err err;
        GBytes *envelope = g_bytes_new_static("x", 1);
        char id[HELD_ID_CHARS + 1];
        const int64_t list_id = top->f->list->id;
        const int64_t gone = add(top, "eva@example.org", ROLE_MEMBER);
        for (int i = 0; i < 7; i++) {
                char *author = g_strdup_printf("author%d", i % 3);
                OK(trace_note(top->f->store, list_id, "log", TRACE_ACCEPTED, i + 1, author, NULL, top->now, &err));
                count(top, TALLY_POSTS, 1);
                count(top, TALLY_OCTETS, 3100);
                g_free(author);
        }
        count(top, TALLY_PARTS, 4);
        count(top, TALLY_HELD, 3);
        OK(tally_add_check(top->f->store, list_id, TALLY_HELD_BY, "posting", &err));
        OK(tally_add_check(top->f->store, list_id, TALLY_HELD_BY, "posting", &err));
        OK(tally_add_check(top->f->store, list_id, TALLY_HELD_BY, "size", &err));
        count(top, TALLY_DISCARDED, 1);
        OK(tally_add_check(top->f->store, list_id, TALLY_DISCARDED_BY, "automatic", &err));
        for (int i = 0; i < 2; i++)
                OK(held_add(top->f->store, HELD_POST, list_id, "the author is not a member", "log", envelope, id, &err));
        pass_time(top, HOUR);
        OK(member_remove(top->f->store, list_id, gone, &err));
        OK(member_set_state(top->f->store, list_id, 2, MEMBER_PAUSED, 0, &err));
        count(top, TALLY_DELIVERED, 33);
        count(top, TALLY_DEFERRED, 2);
        count(top, TALLY_REPORT_HARD, 2);
        count(top, TALLY_REPORT_SOFT, 1);
        count(top, TALLY_BOUNCE_PAUSED, 1);
        count(top, TALLY_BOUNCE_ASKED, 1);
        g_bytes_unref(envelope);
}

static struct source_row *attacker(const char *network, enum guard_part part, uint32_t times, int64_t now)
{
        struct source_row *row = g_new0(struct source_row, 1);
        row->kind = SOURCE_NETWORK;
        row->name = g_strdup(network);
        row->since = row->last = row->at = now;
        row->offences = 4;
        row->denials = part == PART_RELAY ? 0 : 1;
        row->parts[0] = (struct source_part){ .part = part, .thousandths = 90000, .count = times };
        row->part_count = 1;
        return row;
}

static void row_free(void *row)
{
        source_row_free(row);
}

static void attack(struct desk_top *top, struct door_log *door)
{
        *door = (struct door_log){ .rows = g_ptr_array_new_with_free_func(row_free) };
        g_ptr_array_add(door->rows, attacker("192.0.2.0/24", PART_RELAY, 8, top->now));
        g_ptr_array_add(door->rows, attacker("198.51.100.0/24", PART_RECIPIENTS, 214, top->now));
}

static void make(struct desk_top *top, const struct door_log *door, int lang, struct report *ret_report)
{
        struct err err;
        struct report_facts facts;
        const struct report_wish wish = { .lang = lang, .since = top->now - 23 * HOUR, .now = top->now, .day = TALLY_OPEN };
        OK(report_facts(top->f->store, top->conf, top->f->list, door, &wish, &facts, &err));
        OK(report_list(top->f->store, top->conf, top->f->list, door, &facts, &wish, ret_report, &err));
}

static void check_columns(const char *text)
{
        char **lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
                size_t columns = 0;
                for (const char *at = *line; *at; at = g_utf8_next_char(at))
                        columns += g_unichar_iswide(g_utf8_get_char(at)) ? 2 : 1;
                if (columns > 76 && !strstr(*line, "mailto:"))
                        fail_msg("%zu columns: %s", columns, *line);
        }
        g_strfreev(lines);
}

/* Whatever the text tells, the other form does too. */
static void check_html(const struct report *report)
{
        char **words = g_strsplit_set(report->text, " \n", -1);
        for (char **word = words; *word; word++)
                if (g_str_is_ascii(*word) && strlen(*word) > 3 && !strchr(*word, '-') && !strpbrk(*word, "\"<>&:") && !strstr(report->html, *word))
                        fail_msg("not in the HTML: %s", *word);
        assert_null(strstr(report->html, "http"));
        assert_null(strstr(report->html, "<script"));
        assert_null(strstr(report->html, "src="));
        assert_null(strstr(report->html, "url("));
        g_strfreev(words);
}

static void append_sample(GString *page, struct desk_top *top, const struct door_log *door, const char *title)
{
        static const char *const langs[] = { "English", "日本語" };
        for (int lang = LANG_EN; lang <= LANG_JA; lang++) {
                struct report report;
                make(top, door, lang, &report);
                check_columns(report.text);
                check_html(&report);
                g_string_append_printf(page, "\n## %s (%s)\n\n```\nSubject: %s\n\n%s```\n", title, langs[lang], report.subject, report.text);
                report_clear(&report);
        }
}

static const char HEAD[] =
        "# What owners read every day\n\n"
        "Three days of a list as its owners get them, the text of a mail that has the same as HTML. A test writes this page and compares it\n"
        "with what listd makes (tests/unit/test_report.c); to write it anew: `LISTD_SAMPLES=write`. What each number means is in listctl(1),\n"
        "`report show`.\n";

static void test_samples(void **state)
{
        struct desk_top top;
        struct door_log nobody = { 0 }, door;
        GString *page = g_string_new(HEAD);
        open_top(&top, state);
        live(&top);
        append_sample(page, &top, &nobody, "A quiet day");
        busy_day(&top);
        append_sample(page, &top, &nobody, "A busy day");
        attack(&top, &door);
        append_sample(page, &top, &door, "A busy day under attack");
        door_clear(&door);
        char *path = g_build_filename(g_getenv("LISTD_SRCDIR") ? g_getenv("LISTD_SRCDIR") : ".", "docs", "REPORTS.md", NULL), *text;
        if (g_strcmp0(g_getenv("LISTD_SAMPLES"), "write") == 0)
                assert_true(g_file_set_contents(path, page->str, (gssize) page->len, NULL));
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        assert_string_equal(text, page->str);
        g_free(text);
        g_free(path);
        g_string_free(page, TRUE);
        close_top(&top);
}

/* --- when ---------------------------------------------------------------------------------------------------- */

/* Once a day, for the list and the server; each event in one report; a missed day late; a clock that goes back sends nothing. */
static void test_each_day_once(void **state)
{
        struct desk_top top;
        struct err err;
        int64_t counts[TALLY_WHATS];
        open_top(&top, state);
        add(&top, "olga@example.org", ROLE_OWNER);
        assert_false(tick(&top)); /* the first look */
        count(&top, TALLY_POSTS, 2);
        pass_time(&top, 30 * 60);
        assert_false(tick(&top));
        pass_time(&top, HOUR); /* 07:30 */
        assert_true(tick(&top));
        assert_int_equal(letters(&top), 2);
        assert_false(tick(&top));
        OK(tally_read(top.f->store, top.f->list->id, START / DAY, START / DAY, counts, &err));
        assert_int_equal(counts[TALLY_POSTS], 2);
        count(&top, TALLY_POSTS, 5);
        pass_time(&top, -2 * HOUR);
        assert_false(tick(&top));
        pass_time(&top, 3 * DAY);
        assert_true(tick(&top));
        assert_int_equal(letters(&top), 4);
        OK(tally_read(top.f->store, top.f->list->id, START / DAY + 1, START / DAY + 3, counts, &err));
        assert_int_equal(counts[TALLY_POSTS], 5);
        OK(tally_read(top.f->store, top.f->list->id, TALLY_OPEN, TALLY_OPEN, counts, &err));
        assert_int_equal(counts[TALLY_POSTS], 0);
        close_top(&top);
}

/* `changes`: when something happened, and on the first of the month; `off` counts all the same. */
static void test_changes_and_off(void **state)
{
        struct desk_top top;
        struct err err;
        int64_t counts[TALLY_WHATS];
        open_top(&top, state);
        add(&top, "olga@example.org", ROLE_OWNER);
        OK(list_set(top.f->store, top.f->list, "report", "changes", &err));
        tick(&top);
        pass_time(&top, 2 * HOUR);
        tick(&top); /* the first of the month, and somebody joined */
        const guint after_first = letters(&top);
        assert_int_equal(after_first, 2);
        pass_time(&top, DAY);
        tick(&top);
        assert_int_equal(letters(&top), after_first + 1); /* the server's alone */
        count(&top, TALLY_POSTS, 1);
        pass_time(&top, DAY);
        tick(&top);
        assert_int_equal(letters(&top), after_first + 3);
        pass_time(&top, 29 * DAY); /* the first of April */
        tick(&top);
        assert_int_equal(letters(&top), after_first + 5);
        OK(list_set(top.f->store, top.f->list, "report", "off", &err));
        count(&top, TALLY_POSTS, 9);
        pass_time(&top, DAY);
        tick(&top);
        assert_int_equal(letters(&top), after_first + 6);
        OK(tally_read(top.f->store, top.f->list->id, top.now / DAY, top.now / DAY, counts, &err));
        assert_int_equal(counts[TALLY_POSTS], 9);
        close_top(&top);
}

/* Each list in its own zone, over the hour that is there twice and the one that is not there. */
static void test_zones(void **state)
{
        struct desk_top top;
        struct err err;
        open_top(&top, state);
        add(&top, "olga@example.org", ROLE_OWNER);
        OK(list_set(top.f->store, top.f->list, "timezone", "Europe/Berlin", &err));
        tick(&top);
        int sent = 0;
        /* 2026-03-29 has 23 hours there */
        pass_time(&top, 26 * DAY);
        tick(&top);
        const guint before = letters(&top);
        for (int hour = 0; hour < 24 * 6; hour++) {
                pass_time(&top, HOUR);
                sent += tick(&top);
        }
        assert_int_equal(letters(&top) - before, 12); /* six of the list, six of the server */
        assert_in_range(sent, 6, 12);
        close_top(&top);
}

static void test_first_one(void **state)
{
        struct desk_top top;
        struct err err;
        open_top(&top, state);
        add(&top, "olga@example.org", ROLE_OWNER);
        OK(report_begin(top.f->store, top.conf, top.f->list, top.now, &err));
        assert_int_equal(letters(&top), 1);
        tick(&top);
        assert_int_equal(letters(&top), 1);
        close_top(&top);
}

/* --- the page ---------------------------------------------------------------------------------------------------- */

static void test_nothing_becomes_markup(void **state)
{
        static const char hostile[] = "<script>alert(1)</script> & \"x\" </p>";
        struct bulletin *bulletin = bulletin_new(hostile, "en");
        bulletin_heading(bulletin, hostile);
        bulletin_text(bulletin, hostile, true);
        bulletin_fact(bulletin, hostile, hostile, hostile);
        bulletin_lines(bulletin, hostile);
        bulletin_link(bulletin, hostile, "javascript:alert(1)");
        bulletin_link(bulletin, hostile, "mailto:a@b?subject=\"><script>");
        char *html = bulletin_as_html(bulletin);
        assert_null(strstr(html, "<script"));
        assert_null(strstr(html, "javascript:"));
        assert_non_null(strstr(html, "&lt;script&gt;"));
        g_free(html);
        bulletin_free(bulletin);
}

static void test_bars(void **state)
{
        const int64_t numbers[] = { 0, 1, 8 };
        struct bulletin *bulletin = bulletin_new("x", "en");
        bulletin_bar(bulletin, "half", 5, 10);
        bulletin_bar(bulletin, "none", 0, 0);
        bulletin_bar(bulletin, "more than all", 20, 10);
        bulletin_trend(bulletin, "trend", numbers, 3);
        char *text = bulletin_as_text(bulletin, false), *plain = bulletin_as_text(bulletin, true);
        assert_non_null(strstr(text, "5  ████████████\n"));
        assert_non_null(strstr(text, "8  ▁▂█\n"));
        assert_non_null(strstr(plain, "5  ■■■■■■\n"));
        assert_non_null(strstr(plain, "8  0 1 8\n"));
        assert_null(strstr(plain, "█"));
        g_free(text);
        g_free(plain);
        bulletin_free(bulletin);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_samples), T(test_each_day_once), T(test_changes_and_off), T(test_zones), T(test_first_one),
                cmocka_unit_test(test_nothing_becomes_markup), cmocka_unit_test(test_bars),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
