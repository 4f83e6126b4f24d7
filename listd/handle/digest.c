/* digest.c - members' digests
 * Gives:     what digest.h lists
 * Fails:     when the store does; nothing is recorded then, and it goes out at the next call
 * Standards: RFC 2046 5.1.5 (multipart/digest), RFC 1153 (plain digests)
 * A post is in a digest by its number, so a kill at any moment neither loses nor repeats one: what was queued and up to where are one
 * transaction. Readers who have the same part of it share a digest. */
#include "handle/digest.h"

#include "base/log.h"
#include "mail/charset.h"
#include "mail/door.h"
#include "mail/letter.h"
#include "mail/message.h"
#include "mail/mime.h"
#include "mail/plain.h"
#include "mail/template.h"
#include "policy/due.h"
#include "policy/words.h"
#include "store/queue.h"
#include "store/tally.h"

enum {
        DAY = 86400,
        RULE_LONG = 70, /* RFC 1153: behind the topics */
        RULE_SHORT = 30 /* between two posts */
};

bool digest_keep(struct store *store, const struct list *list, int64_t number, GBytes *message, int64_t now, struct err *ret_err)
{
        bool wanted = true;
        return (list_archive_days(list) != 0 || digest_wanted(store, list->id, &wanted, ret_err))
               && (!wanted || archive_add(store, list->id, number, message, now, ret_err));
}

/* --- writing one ------------------------------------------------------------------------------------------------ */

struct issue {
        const struct desk *desk;
        int64_t number; /* of the digest */
        const GPtrArray *posts; /* struct archived */
};

/* A field of a copy, decoded, in one line. The caller frees. */
static char *field_of(const struct message *message, const char *name)
{
        const char *value = message_get(message, name);
        char *text = value ? mime_decode_text(value) : g_strdup("");
        char *line = mime_one_line(text);
        g_free(text);
        return line;
}

static void append_topic(GString *topics, const struct archived *post)
{
        struct message *message;
        struct err flaw;
        if (!message_parse(&message, post->message, &flaw))
                return;
        char *subject = field_of(message, "Subject"), *from = field_of(message, "From");
        char *bracket = strstr(from, " <");
        if (bracket)
                *bracket = '\0';
        g_string_append_printf(topics, "  %" G_GINT64_FORMAT ". %s (%s)\n", (gint64) post->number, subject, from);
        g_free(subject);
        g_free(from);
        message_free(message);
}

/* Lines that would be taken for a rule of the digest get a blank before them. */
static void append_safely(GString *out, const char *text)
{
        char **lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
                const size_t hyphens = strspn(*line, "-");
                g_string_append_printf(out, "%s%s\n", hyphens >= RULE_SHORT ? " " : "", *line);
        }
        g_strfreev(lines);
}

static void append_rule(GString *out, char mark, int length)
{
        for (int i = 0; i < length; i++)
                g_string_append_c(out, mark);
        g_string_append_c(out, '\n');
}

static void append_plain(GString *out, const struct issue *issue, const struct archived *post)
{
        static const char *const fields[] = { "Date", "From", "Subject" };
        struct message *message;
        struct err flaw;
        if (!message_parse(&message, post->message, &flaw))
                return;
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
                char *value = field_of(message, fields[i]);
                g_string_append_printf(out, "%s: %s\n", fields[i], value);
                g_free(value);
        }
        char *text = plain_text(message, issue->desk->list, store_keyring(issue->desk->store));
        g_string_append_c(out, '\n');
        append_safely(out, g_strchomp(text));
        g_string_append_c(out, '\n');
        append_rule(out, '-', RULE_SHORT);
        g_string_append_c(out, '\n');
        g_free(text);
        message_free(message);
}

static void set(GHashTable *values, const char *name, char *text)
{
        g_hash_table_insert(values, (void *) name, text);
}

/* The banner with its topics, and what stands at the end; the caller frees all three. */
static void fill(const struct issue *issue, char **ret_subject, char **ret_text, char **ret_end)
{
        const struct desk *desk = issue->desk;
        GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
        GString *topics = g_string_new(NULL);
        char *unused;
        for (guint i = 0; i < issue->posts->len; i++)
                append_topic(topics, issue->posts->pdata[i]);
        letter_values(desk, values);
        set(values, "name", g_strdup(desk->list->name));
        if (issue->number > 0) /* 0: posts that somebody asked for */
                set(values, "issue", g_strdup_printf("%" G_GINT64_FORMAT, (gint64) issue->number));
        set(values, "count", g_strdup_printf("%u", issue->posts->len));
        set(values, "topics", g_strchomp(g_strdup(topics->str)));
        template_fill(desk->conf, desk->list, desk->list->lang, "digest", values, ret_subject, ret_text);
        template_fill(desk->conf, desk->list, desk->list->lang, "digest-end", values, &unused, ret_end); /* its subject is not shown */
        g_free(unused);
        g_string_free(topics, TRUE);
        g_hash_table_unref(values);
}

static char *plain_body(const struct issue *issue, const char *banner, const char *end)
{
        GString *out = g_string_new(banner);
        g_string_append_c(out, '\n');
        append_rule(out, '-', RULE_LONG);
        g_string_append_c(out, '\n');
        for (guint i = 0; i < issue->posts->len; i++)
                append_plain(out, issue, issue->posts->pdata[i]);
        const gsize at = out->len;
        g_string_append_printf(out, "End of %s Digest, Issue %" G_GINT64_FORMAT "\n", issue->desk->list->name, (gint64) issue->number);
        append_rule(out, '*', (int) (out->len - at - 1));
        g_string_append_printf(out, "\n%s", end);
        return g_string_free(out, FALSE);
}

static bool write_issue(const struct issue *issue, enum member_digest form, GBytes **ret_message, struct err *ret_err)
{
        const struct desk *desk = issue->desk;
        const struct list *list = desk->list;
        char *subject, *text, *end;
        char *request = door_address(list, "request", desk->conf->addresses), *id = g_strdup_printf("%s.%s", list->name, list->domain);
        GPtrArray *messages = g_ptr_array_new();
        for (guint i = 0; i < issue->posts->len; i++)
                g_ptr_array_add(messages, ((struct archived *) issue->posts->pdata[i])->message);
        fill(issue, &subject, &text, &end);
        char *body = form == DIGEST_PLAIN ? plain_body(issue, text, end) : NULL;
        const struct letter letter = {
                .from_name = door_title(list), .from = list->address, .to = list->address,
                .reply_to = list->reply_to == REPLY_TO_LIST ? list->address : request,
                .subject = subject, .text = body ? body : text, .end = end, .messages = body ? NULL : messages, .list_id = id,
                .hostname = list->domain,
                .charset = list->letter_charset == LETTER_ISO_2022_JP ? charset_find("iso-2022-jp") : NULL,
        };
        bool ok = letter_write(ret_message, &letter, ret_err);
        g_ptr_array_unref(messages);
        g_free(request);
        g_free(id);
        g_free(subject);
        g_free(text);
        g_free(end);
        g_free(body);
        return ok;
}

/* --- to whom ------------------------------------------------------------------------------------------------------ */

static bool is_same_part(const struct digest_reader *a, const struct digest_reader *b)
{
        return a->form == b->form && a->from == b->from && a->until == b->until;
}

/* One digest, to the readers of one part. Without a post it is not sent. */
static bool send_part(const struct desk *desk, int64_t number, const struct digest_reader *readers, guint count, bool *ret_sent,
                      struct err *ret_err)
{
        GPtrArray *posts;
        GBytes *message;
        int64_t id;
        if (!archive_range(desk->store, desk->list->id, readers->from, readers->until, true, &posts, ret_err))
                return false;
        const struct issue issue = { desk, number, posts };
        bool ok = posts->len == 0 || write_issue(&issue, readers->form, &message, ret_err);
        if (ok && posts->len > 0) {
                struct queue_recipient *recipients = g_new0(struct queue_recipient, count);
                for (guint i = 0; i < count; i++)
                        recipients[i].member_id = readers[i].member_id;
                ok = queue_add_digest(desk->store, desk->list->id, "digest", message, recipients, count, &id, ret_err)
                     && tally_add(desk->store, desk->list->id, TALLY_DIGESTS, count, ret_err);
                *ret_sent = *ret_sent || ok;
                g_free(recipients);
                g_bytes_unref(message);
        }
        g_ptr_array_unref(posts);
        return ok;
}

/* Readers stand in groups: by form, then by their part. */
static bool send_all(const struct desk *desk, int64_t number, const GArray *readers, bool *ret_sent, struct err *ret_err)
{
        bool ok = true;
        for (guint i = 0; ok && i < readers->len;) {
                const struct digest_reader *first = &g_array_index(readers, struct digest_reader, i);
                guint count = 1;
                while (i + count < readers->len && is_same_part(first, &first[count]))
                        count++;
                ok = send_part(desk, number, first, count, ret_sent, ret_err);
                i += count;
        }
        return ok;
}

/* --- what a member asks for ---------------------------------------------------------------------------------------- */

static bool mail_posts(const struct desk *desk, const struct person *person, const GPtrArray *posts, struct err *ret_err)
{
        const struct issue issue = { desk, 0, posts };
        const struct queue_recipient recipient = { .member_id = person->member->id };
        GBytes *message;
        int64_t id;
        if (!write_issue(&issue, DIGEST_MIME, &message, ret_err))
                return false;
        bool ok = queue_add_digest(desk->store, desk->list->id, "get", message, &recipient, 1, &id, ret_err);
        g_bytes_unref(message);
        return ok;
}

bool digest_get_posts(struct sheet *sheet, const struct person *person, const char *what, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        const bool is_index = !what || strcmp(what, "index") == 0;
        int64_t first = MAX(1, desk->list->posts - DIGEST_INDEX_POSTS + 1), last = desk->list->posts;
        GPtrArray *posts;
        if (!person->member || (!is_index && !words_range(what, &first, &last))) {
                sheet_add(sheet, desk, "not-member");
                return true;
        }
        if (!is_index)
                last = MIN(last, first + DIGEST_GET_POSTS - 1);
        if (!archive_range(desk->store, desk->list->id, first, last, true, &posts, ret_err))
                return false;
        bool ok = true;
        if (posts->len > 0 && !is_index) {
                ok = mail_posts(desk, person, posts, ret_err);
        } else {
                GString *topics = g_string_new(NULL);
                for (guint i = 0; i < posts->len; i++)
                        append_topic(topics, posts->pdata[i]);
                sheet_value(sheet, "topics", topics->len ? g_strchomp(topics->str) : NULL);
                sheet_value(sheet, "what", is_index ? NULL : what);
                sheet_add(sheet, desk, "index");
                g_string_free(topics, TRUE);
        }
        g_ptr_array_unref(posts);
        return ok;
}

/* --- switching ------------------------------------------------------------------------------------------------------- */

/* Who comes back to digests while some posts still wait for the last one gets that now: their part is one interval. */
static bool send_last(const struct desk *desk, int64_t member_id, struct err *ret_err)
{
        struct digest_state state;
        GArray *readers;
        bool sent = false;
        if (!digest_get(desk->store, desk->list->id, &state, ret_err)
            || !digest_readers(desk->store, desk->list->id, state.number, desk->list->posts, member_id, &readers, ret_err))
                return false;
        bool ok = send_all(desk, state.issue + 1, readers, &sent, ret_err);
        g_array_unref(readers);
        return ok;
}

bool digest_change(const struct desk *desk, const struct member *member, enum member_digest form, struct err *ret_err)
{
        const bool comes_back = form != DIGEST_NO && member->digest == DIGEST_NO;
        return (!comes_back || send_last(desk, member->id, ret_err))
               && digest_switch(desk->store, desk->list->id, member->id, form, desk->list->posts, ret_err);
}

/* --- the time ---------------------------------------------------------------------------------------------------------- */

static int64_t day_of(const struct conf *conf, const struct list *list, int64_t now)
{
        GTimeZone *zone = g_time_zone_new_identifier(*list->timezone ? list->timezone : conf->timezone);
        if (!zone)
                zone = g_time_zone_new_utc();
        const int64_t day = due_day(now, zone, conf->report_minutes);
        g_time_zone_unref(zone);
        return day;
}

/* Enough for one, or a new day. */
static bool is_due(const struct desk *desk, const struct digest_state *state, int64_t day, bool *ret_due, struct err *ret_err)
{
        GPtrArray *posts;
        int64_t size = 0;
        *ret_due = day > state->day;
        if (*ret_due || desk->list->posts == state->number)
                return true;
        if (!archive_range(desk->store, desk->list->id, state->number + 1, desk->list->posts, false, &posts, ret_err))
                return false;
        for (guint i = 0; i < posts->len; i++)
                size += ((struct archived *) posts->pdata[i])->size;
        *ret_due = posts->len >= (guint) desk->list->digest_posts || size >= desk->list->digest_size;
        g_ptr_array_unref(posts);
        return true;
}

static bool send_issue(const struct desk *desk, struct digest_state *state, int64_t day, bool *ret_sent, struct err *ret_err)
{
        GArray *readers;
        bool sent = false;
        if (!digest_readers(desk->store, desk->list->id, state->number, desk->list->posts, 0, &readers, ret_err))
                return false;
        bool ok = send_all(desk, state->issue + 1, readers, &sent, ret_err);
        if (ok && sent)
                log_event(LOG_LEVEL_INFO, "digest", "list", desk->list->address, "issue", log_number(state->issue + 1), "readers",
                          log_number(readers->len), NULL);
        *state = (struct digest_state){ state->issue + sent, desk->list->posts, day };
        *ret_sent = *ret_sent || sent;
        g_array_unref(readers);
        return ok && digest_set(desk->store, desk->list->id, state, ret_err);
}

static bool forget_old(const struct desk *desk, struct err *ret_err)
{
        const int days = list_archive_days(desk->list);
        return days == ARCHIVE_FOREVER
               || archive_forget(desk->store, desk->list->id, days ? desk->now - (int64_t) days * DAY : desk->now + 1, ret_err);
}

static bool tick_list(const struct desk *desk, bool *ret_sent, struct err *ret_err)
{
        const int64_t day = day_of(desk->conf, desk->list, desk->now);
        struct digest_state state;
        bool due = false;
        if (!digest_get(desk->store, desk->list->id, &state, ret_err))
                return false;
        if (state.day < 0) { /* the first look */
                state.day = day;
                return digest_set(desk->store, desk->list->id, &state, ret_err);
        }
        return is_due(desk, &state, day, &due, ret_err) && (!due || send_issue(desk, &state, day, ret_sent, ret_err))
               && forget_old(desk, ret_err);
}

bool digest_tick(struct store *store, const struct conf *conf, int64_t now, bool *ret_sent, struct err *ret_err)
{
        GPtrArray *lists;
        *ret_sent = false;
        if (!list_all(store, &lists, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < lists->len; i++) {
                const struct desk desk = { .store = store, .conf = conf, .list = lists->pdata[i], .log_id = "digest", .now = now };
                ok = store_begin(store, ret_err) && store_end(store, tick_list(&desk, ret_sent, ret_err), ret_err);
        }
        g_ptr_array_unref(lists);
        return ok;
}
