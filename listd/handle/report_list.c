/* report_list.c - the daily report to the owners of a list
 * Gives:  report_facts(), report_has_news(), report_list()
 * Fails:  when the store does
 * Who reads only this knows what happened: what needs a hand first, then everything in numbers. Members are masked (requirement A6): an
 * owner who knows them recognises them, and who else reads the mail does not. Nothing of another list stands here.
 * To add a number: its row in a table of rows. */
#include "handle/report.h"

#include "handle/desk.h"
#include "mail/bulletin.h"
#include "mail/door.h"
#include "policy/due.h"
#include "policy/post.h"
#include "store/bounce.h"
#include "store/change.h"
#include "store/held.h"
#include "store/question.h"
#include "store/trace.h"

enum { CHANGES_TOLD_MAX = 20, DAY = 86400, WEEKS = 12, DAYS_OF_WEEK = 7, KIB = 1024, MIB = 1024 * 1024 };

/* English and Japanese, by enum list_lang. */
#define SAY(lang, en, ja) ((lang) == LANG_JA ? (ja) : (en))

/* --- facts -------------------------------------------------------------------------------------------------- */

static bool read_held(struct store *store, const struct list *list, struct report_facts *facts, struct err *ret_err)
{
        GPtrArray *held;
        if (!held_all(store, HELD_POST, list->id, &held, ret_err))
                return false;
        facts->held = held->len;
        facts->held_since = held->len ? ((struct held *) held->pdata[0])->at : 0;
        g_ptr_array_unref(held);
        return true;
}

/* People, not letters: each owner was asked about each. */
static bool read_asking(struct store *store, const struct list *list, struct report_facts *facts, struct err *ret_err)
{
        GPtrArray *questions;
        if (!question_of_list(store, list->id, QUESTION_APPROVE, &questions, ret_err))
                return false;
        GHashTable *people = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < questions->len; i++) {
                const struct question *question = questions->pdata[i];
                if (question->detail)
                        g_hash_table_add(people, question->detail);
        }
        facts->asking = g_hash_table_size(people);
        g_hash_table_unref(people);
        g_ptr_array_unref(questions);
        return true;
}

static bool read_silent(struct store *store, const struct list *list, struct report_facts *facts, struct err *ret_err)
{
        GArray *bounces;
        if (!bounce_of_list(store, list->id, &bounces, ret_err))
                return false;
        for (guint i = 0; i < bounces->len; i++)
                facts->silent += g_array_index(bounces, struct bounce, i).state == BOUNCE_KEPT;
        g_array_unref(bounces);
        return true;
}

bool report_facts(struct store *store, const struct conf *conf, const struct list *list, const struct door_log *door,
                  const struct report_wish *wish, struct report_facts *ret_facts, struct err *ret_err)
{
        struct report_facts *facts = ret_facts;
        struct member_totals totals;
        *facts = (struct report_facts){ 0 };
        if (!tally_read(store, list->id, wish->day, wish->day, facts->counts, ret_err)
            || !member_totals(store, list->id, &totals, ret_err) || !read_held(store, list, facts, ret_err)
            || !read_asking(store, list, facts, ret_err) || !read_silent(store, list, facts, ret_err))
                return false;
        if (wish->day == TALLY_OPEN && !trace_authors(store, list->id, wish->since, &facts->counts[TALLY_AUTHORS], ret_err))
                return false;
        facts->members = totals.all;
        facts->active = totals.active;
        facts->paused = totals.paused;
        facts->digests = totals.digests;
        facts->is_unproven = post_proof_in_force(list, conf->authserv_id) == PROOF_NONE;
        facts->hand = facts->held + facts->asking + facts->silent;
        if (wish->day == TALLY_OPEN)
                g_free(door_story(door, conf, LANG_EN, wish->since, &facts->events));
        return true;
}

bool report_has_news(const struct report_facts *facts)
{
        for (int what = 0; what < TALLY_WHATS; what++)
                if (facts->counts[what] > 0)
                        return true;
        return facts->hand > 0 || facts->events > 0;
}

/* --- a page ---------------------------------------------------------------------------------------------------- */

struct page {
        struct store *store;
        const struct conf *conf;
        struct list *list;
        const struct door_log *door;
        const struct report_facts *facts;
        const struct report_wish *wish;
        struct desk desk;
        struct bulletin *bulletin;
        int lang;
};

static char *number(int64_t count)
{
        return g_strdup_printf("%" G_GINT64_FORMAT, (gint64) count);
}

static char *size_text(int64_t octets)
{
        if (octets < KIB)
                return g_strdup_printf("%" G_GINT64_FORMAT " B", (gint64) octets);
        return octets < MIB ? g_strdup_printf("%.1f KiB", (double) octets / KIB) : g_strdup_printf("%.1f MiB", (double) octets / MIB);
}

static char *moment(const struct page *page, int64_t at)
{
        GDateTime *time = desk_time(&page->desk, at);
        char *text = g_date_time_format(time, "%Y-%m-%d %H:%M");
        g_date_time_unref(time);
        return text;
}

static void put_text(const struct page *page, bool is_urgent, const char *format, ...) PRINTF_LIKE(3, 4);

static void put_text(const struct page *page, bool is_urgent, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        char *text = g_strdup_vprintf(format, args);
        va_end(args);
        bulletin_text(page->bulletin, text, is_urgent);
        g_free(text);
}

static void put_number(const struct page *page, const char *label, int64_t count)
{
        char *value = number(count);
        bulletin_fact(page->bulletin, label, value, NULL);
        g_free(value);
}

/* Numbers that are shown when there are some; `always` also when there are none. */
struct row {
        enum tally_what what;
        const char *labels[2];
        bool always;
};

static void put_rows(const struct page *page, const struct row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const int64_t here = page->facts->counts[rows[i].what];
                if (here > 0 || rows[i].always)
                        put_number(page, rows[i].labels[page->lang], here);
        }
}

/* --- what needs a hand ------------------------------------------------------------------------------------------ */

static void put_hand(const struct page *page)
{
        const struct report_facts *facts = page->facts;
        const int lang = page->lang;
        bulletin_heading(page->bulletin, SAY(lang, "What needs your hand", "対応が必要なこと"));
        if (facts->held > 0) {
                char *since = moment(page, facts->held_since);
                put_text(page, true,
                         SAY(lang,
                             "Posts that wait for you: %" G_GINT64_FORMAT ", the oldest since %s. Answer the letters about them, or see"
                             " \"listctl held ls\". After 14 days they are gone.",
                             "承認待ちの投稿が %" G_GINT64_FORMAT " 件あります（最も古いものは %s から）。お知らせのメールに返信するか、\"listctl held ls\""
                             " で確認してください。14 日を過ぎると消えます。"),
                         (gint64) facts->held, since);
                g_free(since);
        }
        if (facts->asking > 0)
                put_text(page, true,
                         SAY(lang, "People who want to join and wait for your answer: %" G_GINT64_FORMAT ".",
                             "入会の承認を待っている人が %" G_GINT64_FORMAT " 人います。"),
                         (gint64) facts->asking);
        if (facts->silent > 0)
                put_text(page, true,
                         SAY(lang,
                             "Mailboxes that fail and answer no letter, and are not removed by themselves: %" G_GINT64_FORMAT
                             " (\"listctl member show\").",
                             "メールが届かず、確認にも返信がなく、自動では削除しない会員が %" G_GINT64_FORMAT " 人います"
                             "（\"listctl member show\"）。"),
                         (gint64) facts->silent);
        if (facts->is_unproven)
                put_text(page, true, "%s",
                         SAY(lang,
                             "sender_proof is none: whoever writes a member's address into From posts as that member. With \"auto\" listd"
                             " asks for a proof.",
                             "sender_proof が none です。差出人に会員のアドレスを書けば、だれでもその会員として投稿できます。\"auto\" にすると本人かどうかを"
                             "確かめます。"));
        if (facts->hand == 0 && !facts->is_unproven)
                put_text(page, false, "%s", SAY(lang, "Nothing. All is well.", "ありません。順調です。"));
}

/* --- posts ---------------------------------------------------------------------------------------------------------- */

static void put_checks(const struct page *page, enum tally_what first, int64_t most)
{
        static const char *const words[][2] = {
                { "damaged on the way", "途中で壊れていた" },
                { "a loop of mail", "メールのループ" },
                { "automatic answers", "自動返信" },
                { "no readable author", "差出人が読めない" },
                { "banned", "禁止した差出人" },
                { "the list is frozen", "リストの一時停止" },
                { "taken for spam", "迷惑メールの印" },
                { "not addressed to the list", "宛先にリストがない" },
                { "labelled as advertisement", "広告の表示" },
                { "from free-mail addresses", "フリーメールから" },
                { "not from members", "会員以外から" },
                { "without a proof of the author", "本人の確認待ち" },
                { "by members who are moderated", "確認が必要な会員" },
                { "over the quota of a day", "一日の上限を超えた" },
                { "sent twice", "二重の投稿" },
                { "too large", "大きすぎる" },
                { "nothing readable, or encrypted", "本文がない、または暗号" },
        };
        for (int i = 0; i < (int) G_N_ELEMENTS(words) && TALLY_CHECKS[i]; i++) {
                const int64_t here = page->facts->counts[first + i];
                char *label = g_strconcat("  ", words[i][page->lang], NULL);
                if (here > 0)
                        bulletin_bar(page->bulletin, label, here, most);
                g_free(label);
        }
}

/* Of the reports of the last weeks, and what was not told yet. */
static bool put_trend(const struct page *page, const char *label, enum tally_what what, struct err *ret_err)
{
        int64_t weeks[WEEKS] = { 0 }, any = 0;
        const int64_t today = page->wish->day != TALLY_OPEN ? page->wish->day : page->wish->now / DAY;
        for (int week = 0; week < WEEKS; week++) {
                int64_t counts[TALLY_WHATS];
                const int64_t last = today - (int64_t) (WEEKS - 1 - week) * DAYS_OF_WEEK;
                if (!tally_read(page->store, page->list->id, MAX(1, last - DAYS_OF_WEEK + 1), MAX(1, last), counts, ret_err))
                        return false;
                weeks[week] = counts[what];
        }
        if (page->wish->day == TALLY_OPEN)
                weeks[WEEKS - 1] += page->facts->counts[what];
        for (int week = 0; week < WEEKS; week++)
                any += weeks[week];
        if (any > 0)
                bulletin_trend(page->bulletin, label, weeks, WEEKS);
        return true;
}

static bool put_posts(const struct page *page, struct err *ret_err)
{
        static const struct row first[] = { { TALLY_POSTS, { "posts", "投稿" }, true }, { TALLY_AUTHORS, { "authors", "投稿者" }, false } };
        static const struct row rest[] = {
                { TALLY_PARTS, { "attachments removed", "取り除いた添付" }, false },
                { TALLY_COMMANDS, { "taken for commands", "命令として扱った投稿" }, false },
        };
        const int64_t *counts = page->facts->counts;
        const int lang = page->lang;
        bulletin_heading(page->bulletin, SAY(lang, "Posts", "投稿"));
        put_rows(page, first, G_N_ELEMENTS(first));
        if (counts[TALLY_OCTETS] > 0) {
                char *size = size_text(counts[TALLY_OCTETS]);
                bulletin_fact(page->bulletin, SAY(lang, "size, as readers get them", "大きさ（配送後）"), size, NULL);
                g_free(size);
        }
        put_rows(page, rest, G_N_ELEMENTS(rest));
        if (counts[TALLY_HELD] > 0)
                put_number(page, SAY(lang, "held for a decision", "保留した投稿"), counts[TALLY_HELD]);
        put_checks(page, TALLY_HELD_BY, MAX(counts[TALLY_HELD], counts[TALLY_DISCARDED]));
        if (counts[TALLY_DISCARDED] > 0)
                put_number(page, SAY(lang, "discarded", "破棄した投稿"), counts[TALLY_DISCARDED]);
        put_checks(page, TALLY_DISCARDED_BY, MAX(counts[TALLY_HELD], counts[TALLY_DISCARDED]));
        return put_trend(page, SAY(lang, "this week, and 12 weeks", "今週と 12 週の推移"), TALLY_POSTS, ret_err);
}

/* --- members ---------------------------------------------------------------------------------------------------------- */

/* "a***@e***.org": the first letters, and the last label of the domain. The caller frees. */
static char *mask(const char *address)
{
        const char *at = strrchr(address, '@'), *dot = strrchr(address, '.');
        GString *masked = g_string_new(NULL);
        g_string_append_len(masked, address, g_utf8_next_char(address) - address);
        g_string_append(masked, "***@");
        if (at && at[1]) {
                g_string_append_len(masked, at + 1, g_utf8_next_char(at + 1) - (at + 1));
                g_string_append_printf(masked, "***%s", dot > at ? dot : "");
        }
        return g_string_free(masked, FALSE);
}

static const char *change_words(enum change_what what, int lang)
{
        static const char *const words[][2] = {
                [CHANGE_JOINED] = { "joined", "入会" },  [CHANGE_LEFT] = { "left", "退会" },
                [CHANGE_PAUSED] = { "paused", "休止" },  [CHANGE_RESUMED] = { "resumed", "再開" },
                [CHANGE_ADDRESS] = { "changed the address", "アドレス変更" }, [CHANGE_ROLE] = { "role changed", "役割の変更" },
        };
        return what > 0 && what < G_N_ELEMENTS(words) ? words[what][lang] : "";
}

static bool put_changes(const struct page *page, struct err *ret_err)
{
        GPtrArray *changes;
        if (!change_since(page->store, page->list->id, page->wish->since, CHANGES_TOLD_MAX + 1, &changes, ret_err))
                return false;
        guint told = 0;
        for (guint i = 0; i < changes->len && told < CHANGES_TOLD_MAX; i++) {
                const struct change *change = changes->pdata[i];
                if (change->at >= page->wish->now + 1)
                        continue;
                char *masked = mask(change->address), *at = moment(page, change->at);
                bulletin_fact(page->bulletin, masked, change_words(change->what, page->lang), at);
                told++;
                g_free(masked);
                g_free(at);
        }
        if (told > 0)
                put_text(page, false, "%s",
                         SAY(page->lang,
                             "All of it in full: write \"members changed\" to the request address, or \"listctl member changed\".",
                             "全員分の詳細: request アドレスに \"members changed\" と書いて送るか、\"listctl member changed\" を使ってください。"));
        g_ptr_array_unref(changes);
        return true;
}

static bool put_members(const struct page *page, struct err *ret_err)
{
        static const struct row rows[] = {
                { TALLY_CHANGES + CHANGE_JOINED, { "joined", "入会" }, true },
                { TALLY_CHANGES + CHANGE_LEFT, { "left", "退会" }, true },
                { TALLY_CHANGES + CHANGE_PAUSED, { "paused", "休止" }, false },
                { TALLY_CHANGES + CHANGE_RESUMED, { "resumed", "再開" }, false },
                { TALLY_CHANGES + CHANGE_ADDRESS, { "changed the address", "アドレスの変更" }, false },
                { TALLY_CHANGES + CHANGE_ROLE, { "changes of roles", "役割の変更" }, false },
        };
        const struct report_facts *facts = page->facts;
        const int lang = page->lang;
        bulletin_heading(page->bulletin, SAY(lang, "Members", "会員"));
        put_number(page, SAY(lang, "members now", "現在の会員"), facts->members);
        bulletin_bar(page->bulletin, SAY(lang, "  get posts", "  配送中"), facts->active, facts->members);
        if (facts->digests > 0)
                bulletin_bar(page->bulletin, SAY(lang, "  of these, in digests", "  うち、まとめ送り"), facts->digests, facts->members);
        if (facts->paused > 0)
                bulletin_bar(page->bulletin, SAY(lang, "  paused", "  休止中"), facts->paused, facts->members);
        put_rows(page, rows, G_N_ELEMENTS(rows));
        return put_changes(page, ret_err);
}

/* --- mail, and mailboxes ------------------------------------------------------------------------------------------------ */

static char *span_text(int64_t seconds, int lang)
{
        enum { MINUTE = 60, HOUR = 3600 };
        if (seconds < HOUR)
                return g_strdup_printf(SAY(lang, "%d minutes", "%d 分"), (int) (seconds / MINUTE));
        return g_strdup_printf(SAY(lang, "%d hours", "%d 時間"), (int) (seconds / HOUR));
}

static bool put_slowest(const struct page *page, struct err *ret_err)
{
        struct slow_domain slow;
        if (!trace_slowest(page->store, page->list->id, page->wish->day, page->wish->day, &slow, ret_err))
                return false;
        if (slow.domain) {
                char *span = span_text(slow.wait, page->lang);
                put_text(page, false,
                         SAY(page->lang,
                             "The slowest domain is %s: %s at the longest, %" G_GINT64_FORMAT " times put off, %" G_GINT64_FORMAT
                             " refused.",
                             "最も遅いドメイン: %s（最長 %s、延期 %" G_GINT64_FORMAT " 回、拒否 %" G_GINT64_FORMAT " 通）"),
                         slow.domain, span, (gint64) slow.deferred, (gint64) slow.failed);
                g_free(span);
        }
        g_free(slow.domain);
        return true;
}

static bool put_mail(const struct page *page, struct err *ret_err)
{
        static const struct row rows[] = {
                { TALLY_DELIVERED, { "copies that the relay took", "送信できた通数" }, true },
                { TALLY_DIGESTS, { "copies of digests queued", "まとめ送りの通数" }, false },
                { TALLY_DEFERRED, { "times put off", "延期した回数" }, false },
                { TALLY_FAILED, { "copies refused", "拒否された通数" }, false },
                { TALLY_REPORT_HARD, { "came back for good", "戻ったメール（恒久）" }, false },
                { TALLY_REPORT_SOFT, { "came back for a while", "戻ったメール（一時）" }, false },
                { TALLY_REPORT_UNSIGNED, { "reports without a valid ticket", "無効な不達通知（無視）" }, false },
                { TALLY_BOUNCE_EXCUSED, { "excused: their provider's bad day", "相手側の障害とみなした" }, false },
                { TALLY_BOUNCE_PAUSED, { "members paused for it", "不達のため休止した会員" }, false },
                { TALLY_BOUNCE_ASKED, { "letters that asked them", "確認のメール" }, false },
                { TALLY_BOUNCE_BACK, { "answered, and get posts again", "返信があり再開した会員" }, false },
                { TALLY_BOUNCE_REMOVED, { "removed, for nobody answered", "返信がなく削除した会員" }, false },
                { TALLY_COMPLAINT, { "left by a complaint of spam", "迷惑メール報告による退会" }, false },
                { TALLY_ASKED, { "questions that strangers may have caused", "第三者も起こせる確認" }, false },
                { TALLY_LIMITED, { "  not mailed, for a limit", "  上限のため送らなかった" }, false },
                { TALLY_NEVER, { "  not mailed, as they want none", "  拒否されているため送らなかった" }, false },
        };
        bulletin_heading(page->bulletin, SAY(page->lang, "Mail", "配送"));
        put_rows(page, rows, G_N_ELEMENTS(rows));
        return put_slowest(page, ret_err);
}

/* --- the door, and the end ------------------------------------------------------------------------------------------------ */

static void put_door(const struct page *page)
{
        int64_t events;
        char *story = door_story(page->door, page->conf, page->lang, page->wish->since, &events);
        bulletin_heading(page->bulletin, SAY(page->lang, "At the door of the server", "サーバーの入口"));
        if (events == 0) {
                put_text(page, false, "%s",
                         SAY(page->lang, "Nobody tested for relaying or collected addresses.", "不正中継の試験やアドレス収集はありませんでした。"));
        } else {
                char **paragraphs = g_strsplit(story, "\n\n", -1);
                for (char **paragraph = paragraphs; *paragraph; paragraph++)
                        bulletin_text(page->bulletin, *paragraph, false);
                g_strfreev(paragraphs);
        }
        g_free(story);
}

/* One link changes how often it comes; the owner is asked once more, as with all commands by mail. */
static void put_end(const struct page *page)
{
        const bool is_daily = page->list->report == REPORT_DAILY;
        char *request = door_address(page->list, "request", page->conf->addresses);
        char *href = g_strdup_printf("mailto:%s?subject=set%%20report%%20%s", request, is_daily ? "changes" : "daily");
        bulletin_heading(page->bulletin, SAY(page->lang, "This report", "このレポートについて"));
        bulletin_link(page->bulletin,
                      is_daily ? SAY(page->lang, "Send it only when something happened", "何かあった日だけ送る")
                               : SAY(page->lang, "Send it every day", "毎日送る"),
                      href);
        put_text(page, false,
                 SAY(page->lang, "Any past day: \"listctl report show %s --day YYYY-MM-DD\".",
                     "過去の日: \"listctl report show %s --day YYYY-MM-DD\""),
                 page->list->address);
        g_free(href);
        g_free(request);
}

static void put_beginning(const struct page *page)
{
        char *since = moment(page, page->wish->since);
        if (page->wish->is_first)
                put_text(page, false,
                         SAY(page->lang,
                             "The list %s is made, and you are its owner. This is what its report looks like; from now on it comes every"
                             " day. Write \"help\" to its request address to see what you can do by mail.",
                             "リスト %s ができました。あなたが管理者です。毎日このようなレポートが届きます。メールでできることは、"
                             "request アドレスに \"help\" と書いて送ると分かります。"),
                         page->list->address);
        else if (page->wish->is_late)
                put_text(page, true,
                         SAY(page->lang, "This report is late: it tells of everything since %s.",
                             "このレポートは遅れて届きました。%s 以降のすべてをお知らせします。"),
                         since);
        g_free(since);
}

/* --- the verdict ------------------------------------------------------------------------------------------------------------ */

static char *verdict(const struct page *page)
{
        const struct report_facts *facts = page->facts;
        const gint64 posts = facts->counts[TALLY_POSTS], held = facts->held;
        const gint64 joined = facts->counts[TALLY_CHANGES + CHANGE_JOINED], left = facts->counts[TALLY_CHANGES + CHANGE_LEFT];
        const int lang = page->lang;
        GString *text = g_string_new(NULL);
        g_string_printf(text, "[%s] ", page->list->name);
        if (page->wish->is_first) {
                g_string_append(text, SAY(lang, "welcome: the list is made", "ようこそ。リストができました"));
        } else if (held > 0) {
                g_string_append_printf(text, SAY(lang, "%" G_GINT64_FORMAT " %s for you", "承認待ちの投稿が %" G_GINT64_FORMAT " 件あります%s"),
                                       held, SAY(lang, held == 1 ? "post waits" : "posts wait", ""));
        } else {
                g_string_append_printf(text, SAY(lang, "%" G_GINT64_FORMAT " %s, +%" G_GINT64_FORMAT " -%" G_GINT64_FORMAT,
                                                 "投稿 %" G_GINT64_FORMAT "%s、会員 +%" G_GINT64_FORMAT " -%" G_GINT64_FORMAT),
                                       posts, SAY(lang, posts == 1 ? "post" : "posts", ""), joined, left);
                if (facts->hand > 0)
                        g_string_append_printf(text, SAY(lang, ", %" G_GINT64_FORMAT " waiting for you", "、対応待ち %" G_GINT64_FORMAT " 件"),
                                               (gint64) facts->hand);
                else
                        g_string_append(text, SAY(lang, ", nothing to do", "、対応は不要です"));
        }
        return g_string_free(text, FALSE);
}

bool report_list(struct store *store, const struct conf *conf, struct list *list, const struct door_log *door,
                 const struct report_facts *facts, const struct report_wish *wish, struct report *ret_report, struct err *ret_err)
{
        struct page page = { store, conf, list, door, facts, wish, { .conf = conf, .list = list, .now = wish->now }, NULL, wish->lang };
        char *subject = verdict(&page);
        page.bulletin = bulletin_new(subject, wish->lang == LANG_JA ? "ja" : "en");
        put_beginning(&page);
        put_hand(&page);
        bool ok = put_posts(&page, ret_err) && put_members(&page, ret_err) && put_mail(&page, ret_err);
        if (wish->day == TALLY_OPEN)
                put_door(&page);
        put_end(&page);
        if (ok)
                *ret_report = (struct report){ subject, bulletin_as_text(page.bulletin, list->letter_charset == LETTER_ISO_2022_JP),
                                               bulletin_as_html(page.bulletin) };
        else
                g_free(subject);
        bulletin_free(page.bulletin);
        return ok;
}
