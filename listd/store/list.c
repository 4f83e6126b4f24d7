/* list.c - lists and their settings
 * Gives:  what list.h lists
 * Fails:  ERR_USAGE for a setting or a value that does not exist, ERR_PERM when a name is taken
 * A setting's row is there only where an owner set it; else the preset of the list's type holds, else the default. */
#include "store/list.h"

#include "store/domain.h"
#include "store/archive.h"
#include "store/inside.h"

static const char *const WORDS_LANG[] = { "en", "ja", NULL };
static const char *const WORDS_TYPE[] = { "discussion", "announce", "support", NULL };
static const char *const WORDS_VISIBILITY[] = { "public", "private", NULL };
static const char *const WORDS_POSTING[] = { "members", "anyone", "moderated", "announce", NULL };
static const char *const WORDS_PROOF[] = { "auto", "auth", "confirm", "none", NULL };
static const char *const WORDS_REPLY_TO[] = { "list", "author", "none", NULL };
static const char *const WORDS_HTML[] = { "text", "allow", NULL };
static const char *const WORDS_ATTACHMENTS[] = { "strip", "allow", NULL };
static const char *const WORDS_AUTHOR[] = { "hidden", "shown", NULL };
static const char *const WORDS_SUBSCRIBE[] = { "confirm", "approve", "confirm+approve", "closed", NULL };
static const char *const WORDS_NONMEMBER[] = { "never", "verified", NULL };
static const char *const WORDS_FIRST_POST[] = { "allow", "moderate", NULL };
static const char *const WORDS_FREEMAIL[] = { "allow", "moderate", "refuse", NULL };
static const char *const WORDS_LABELS[] = { "off", "hold", "discard", NULL };
static const char *const WORDS_YES[] = { "no", "yes", NULL };
static const char *const WORDS_REPORT[] = { "daily", "changes", "off", NULL };
static const char *const WORDS_ON[] = { "off", "on", NULL };
static const char *const WORDS_OWNER_PROOF[] = { "confirm", "auth", NULL };
static const char *const WORDS_LETTER_CHARSET[] = { "utf-8", "iso-2022-jp", NULL };

#define AT(field) offsetof(struct list, field)
enum { KIB = 1024, MIB = 1024 * 1024, TAG_MAX = 60, ARCHIVE_DAYS_MAX = 36500 };

const struct option LIST_OPTIONS[] = {
        { NULL, "title", OPT_TEXT, AT(title), "" },
        { NULL, "lang", OPT_ENUM, AT(lang), "en", WORDS_LANG },
        { NULL, "type", OPT_ENUM, AT(type), "discussion", WORDS_TYPE },
        { NULL, "visibility", OPT_ENUM, AT(visibility), "public", WORDS_VISIBILITY },
        { NULL, "posting", OPT_ENUM, AT(posting), "members", WORDS_POSTING },
        { NULL, "sender_proof", OPT_ENUM, AT(sender_proof), "auto", WORDS_PROOF },
        { NULL, "max_size", OPT_SIZE, AT(max_size), "0", .low = 0, .high = 64 * MIB },
        { NULL, "max_text", OPT_SIZE, AT(max_text), "32K", .low = KIB, .high = 64 * MIB },
        { NULL, "html", OPT_ENUM, AT(html), "text", WORDS_HTML },
        { NULL, "attachments", OPT_ENUM, AT(attachments), "strip", WORDS_ATTACHMENTS },
        { NULL, "attachments_allow", OPT_TEXTS, AT(attachments_allow), "" },
        { NULL, "timezone", OPT_TEXT, AT(timezone), "" },
        { NULL, "subject_tag", OPT_TEXT, AT(subject_tag), "[${name}:%05d]" },
        { NULL, "footer", OPT_TEXT, AT(footer), "${title} - ${address}" },
        { NULL, "reply_to", OPT_ENUM, AT(reply_to), "list", WORDS_REPLY_TO },
        { NULL, "author_address", OPT_ENUM, AT(author_address), "hidden", WORDS_AUTHOR },
        { NULL, "personal", OPT_ENUM, AT(personal), "yes", WORDS_YES },
        { NULL, "subscribe", OPT_ENUM, AT(subscribe), "confirm", WORDS_SUBSCRIBE },
        { NULL, "welcome", OPT_ENUM, AT(welcome), "on", WORDS_ON },
        { NULL, "nonmember_notice", OPT_ENUM, AT(nonmember_notice), "never", WORDS_NONMEMBER },
        { NULL, "held_notice", OPT_ENUM, AT(held_notice), "on", WORDS_ON },
        { NULL, "first_post", OPT_ENUM, AT(first_post), "allow", WORDS_FIRST_POST },
        { NULL, "post_quota", OPT_INT, AT(post_quota), "0", .low = 0, .high = 10000 },
        { NULL, "bounce_score", OPT_INT, AT(bounce_score), "3", .low = 0, .high = 100 },
        { NULL, "bounce_letters", OPT_INT, AT(bounce_letters), "3", .low = 1, .high = 20 },
        { NULL, "bounce_days", OPT_INT, AT(bounce_days), "7", .low = 1, .high = 90 },
        { NULL, "bounce_remove", OPT_ENUM, AT(bounce_remove), "on", WORDS_ON },
        { NULL, "frozen", OPT_ENUM, AT(frozen), "no", WORDS_YES },
        { NULL, "labels", OPT_ENUM, AT(labels), "off", WORDS_LABELS },
        { NULL, "freemail", OPT_ENUM, AT(freemail), "allow", WORDS_FREEMAIL },
        { NULL, "archive", OPT_TEXT, AT(archive), "30" },
        { NULL, "digest_posts", OPT_INT, AT(digest_posts), "50", .low = 1, .high = 1000 },
        { NULL, "digest_size", OPT_SIZE, AT(digest_size), "200K", .low = KIB, .high = 16 * MIB },
        { NULL, "report", OPT_ENUM, AT(report), "daily", WORDS_REPORT },
        { NULL, "owner_proof", OPT_ENUM, AT(owner_proof), "confirm", WORDS_OWNER_PROOF },
        { NULL, "letter_charset", OPT_ENUM, AT(letter_charset), "utf-8", WORDS_LETTER_CHARSET },
        { 0 }
};

static const struct {
        enum list_type type;
        const char *key, *value;
} PRESETS[] = {
        { TYPE_ANNOUNCE, "posting", "announce" },
        { TYPE_ANNOUNCE, "reply_to", "none" },
        { TYPE_SUPPORT, "posting", "anyone" },
        { TYPE_SUPPORT, "author_address", "shown" },
        { TYPE_SUPPORT, "reply_to", "author" },
};

void list_free(struct list *list)
{
        if (!list)
                return;
        option_clear(LIST_OPTIONS, list);
        g_free(list->name);
        g_free(list->domain);
        g_free(list->address);
        g_free(list);
}

static void list_free_item(void *list)
{
        list_free(list);
}

/* --- values that more than the type restricts ------------------------------------- */

/* At most one %d or %0Nd, no other %: it becomes part of a Subject. */
static bool check_tag(const char *tag, struct err *ret_err)
{
        static const char complaint[] = "subject_tag: at most %d octets, with at most one %%d or %%05d for the number";
        const char *percent = strchr(tag, '%');
        if (strlen(tag) > TAG_MAX)
                return err_set(ret_err, ERR_USAGE, complaint, TAG_MAX);
        if (!percent)
                return true;
        const char *p = percent + 1;
        if (*p == '0' && g_ascii_isdigit(p[1]))
                p += 2;
        if (*p != 'd' || strchr(p, '%'))
                return err_set(ret_err, ERR_USAGE, complaint, TAG_MAX);
        return true;
}

/* kind/name, or kind/ and a star, separated by commas (RFC 6838 4.2). */
static bool check_types(const char *types, struct err *ret_err)
{
        static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&^_.+-";
        bool ok = true;
        char **list = g_strsplit(types, ",", -1);
        for (char **type = list; *type && ok; type++) {
                const char *text = g_strstrip(*type);
                const size_t kind = strspn(text, token);
                const char *name = text[kind] == '/' ? text + kind + 1 : "";
                ok = !*text || (kind && *name && (strcmp(name, "*") == 0 || name[strspn(name, token)] == '\0'));
                if (!ok)
                        err_set(ret_err, ERR_USAGE, "attachments_allow: '%s' is no media type (image/png, image/*, application/pdf)", text);
        }
        g_strfreev(list);
        return ok;
}

static bool is_archive(const char *text)
{
        guint64 days;
        return strcmp(text, "off") == 0 || strcmp(text, "forever") == 0
               || g_ascii_string_to_unsigned(text, 10, 1, ARCHIVE_DAYS_MAX, &days, NULL);
}

static bool check_value(const char *key, const char *text, struct err *ret_err)
{
        if (strcmp(key, "attachments_allow") == 0)
                return check_types(text, ret_err);
        if (strcmp(key, "subject_tag") == 0)
                return check_tag(text, ret_err);
        if (strcmp(key, "title") == 0 && strpbrk(text, "@<>\""))
                return err_set(ret_err, ERR_USAGE, "title: without @ < > and quotes, as it stands beside addresses");
        if (strcmp(key, "timezone") == 0 && *text) {
                GTimeZone *zone = g_time_zone_new_identifier(text);
                if (!zone)
                        return err_set(ret_err, ERR_USAGE, "timezone: '%s' is not known (Asia/Tokyo, UTC ...)", text);
                g_time_zone_unref(zone);
        }
        if (strcmp(key, "archive") == 0 && !is_archive(text))
                return err_set(ret_err, ERR_USAGE, "archive: '%s' is not off, forever, or a number of days up to %d", text,
                               ARCHIVE_DAYS_MAX);
        return true;
}

int list_archive_days(const struct list *list)
{
        if (strcmp(list->archive, "forever") == 0)
                return ARCHIVE_FOREVER;
        return strcmp(list->archive, "off") == 0 ? 0 : (int) g_ascii_strtoll(list->archive, NULL, 10);
}

static const struct option *find_setting(const char *key, struct err *ret_err)
{
        const struct option *option = option_find(LIST_OPTIONS, NULL, key);
        if (!option)
                err_set(ret_err, ERR_USAGE, "there is no setting '%s' (see listctl(1), LIST SETTINGS)", key);
        return option;
}

/* --- reading ------------------------------------------------------------------------ */

/* With a value that an older version took and this one does not, the preset holds; list_check() tells of it. */
static bool apply(struct list *list, const char *key, const char *text, struct err *ret_err)
{
        const struct option *option = option_find(LIST_OPTIONS, NULL, key);
        if (!option)
                return err_set(ret_err, ERR_PERM, "there is no setting '%s'", key);
        return option_set(option, list, text, ret_err);
}

static bool read_settings(struct store *store, struct list *list, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err, "SELECT key, value FROM setting WHERE list_id = ?", "i", list->id))
                return false;
        GPtrArray *pairs = g_ptr_array_new_with_free_func(g_free);
        while (db_next(&query)) {
                g_ptr_array_add(pairs, g_strdup(db_text(&query, 0)));
                g_ptr_array_add(pairs, g_strdup(db_text(&query, 1)));
        }
        bool ok = db_done(&query, ret_err);
        option_defaults(LIST_OPTIONS, list);
        for (guint i = 0; i < pairs->len; i += 2)
                if (strcmp(pairs->pdata[i], "type") == 0)
                        apply(list, "type", pairs->pdata[i + 1], NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(PRESETS); i++)
                if ((int) PRESETS[i].type == list->type)
                        apply(list, PRESETS[i].key, PRESETS[i].value, NULL);
        for (guint i = 0; i < pairs->len; i += 2)
                apply(list, pairs->pdata[i], pairs->pdata[i + 1], NULL);
        g_ptr_array_unref(pairs);
        return ok;
}

static struct list *read_row(const struct query *query)
{
        struct list *list = g_new0(struct list, 1);
        list->id = db_int(query, 0);
        list->name = g_strdup(db_text(query, 1));
        list->domain = g_strdup(db_text(query, 2));
        list->address = g_strdup_printf("%s@%s", list->name, list->domain);
        list->created = db_int(query, 3);
        list->posts = db_int(query, 4);
        return list;
}

static bool read_one(struct store *store, struct query *query, struct list **ret_list, struct err *ret_err)
{
        struct list *list = db_next(query) ? read_row(query) : NULL;
        bool ok = db_done(query, ret_err) && (!list || read_settings(store, list, ret_err));
        if (ok)
                *ret_list = list;
        else
                list_free(list);
        return ok;
}

bool list_find(struct store *store, const char *name, const char *domain, struct list **ret_list, struct err *ret_err)
{
        struct query query;
        *ret_list = NULL;
        return db_query(store->db, &query, ret_err,
                        "SELECT id, name, domain, created, posts FROM list WHERE name = ? AND domain = ?", "tt", name, domain)
               && read_one(store, &query, ret_list, ret_err);
}

bool list_get(struct store *store, int64_t id, struct list **ret_list, struct err *ret_err)
{
        struct query query;
        *ret_list = NULL;
        return db_query(store->db, &query, ret_err, "SELECT id, name, domain, created, posts FROM list WHERE id = ?", "i", id)
               && read_one(store, &query, ret_list, ret_err);
}

bool list_all(struct store *store, GPtrArray **ret_lists, struct err *ret_err)
{
        struct query query;
        *ret_lists = NULL;
        if (!db_query(store->db, &query, ret_err, "SELECT id, name, domain, created, posts FROM list ORDER BY domain, name", ""))
                return false;
        GPtrArray *lists = g_ptr_array_new_with_free_func(list_free_item);
        while (db_next(&query))
                g_ptr_array_add(lists, read_row(&query));
        bool ok = db_done(&query, ret_err);
        for (guint i = 0; ok && i < lists->len; i++)
                ok = read_settings(store, lists->pdata[i], ret_err);
        if (ok)
                *ret_lists = lists;
        else
                g_ptr_array_unref(lists);
        return ok;
}

/* No type's preset is private, so a private list has a row that says so. */
bool list_public_names(struct store *store, const char *domain, GPtrArray **ret_names, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT name FROM list l WHERE domain = ? AND NOT EXISTS"
                      " (SELECT 1 FROM setting WHERE list_id = l.id AND key = 'visibility' AND value = ?) ORDER BY name",
                      "tt", domain, WORDS_VISIBILITY[VISIBILITY_PRIVATE]))
                return false;
        GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
        while (db_next(&query))
                g_ptr_array_add(names, g_strdup(db_text(&query, 0)));
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_names = names;
        else
                g_ptr_array_unref(names);
        return ok;
}

bool list_check(struct store *store, int64_t *rows, struct err *ret_err)
{
        struct query query;
        struct list scratch = { 0 };
        struct err flaw;
        bool ok = db_query(store->db, &query, ret_err,
                           "SELECT l.name, l.domain, s.key, s.value FROM setting s LEFT JOIN list l ON l.id = s.list_id", "");
        if (!ok)
                return false;
        while (ok && db_next(&query)) {
                ok = apply(&scratch, db_text(&query, 2), db_text(&query, 3), &flaw)
                     || err_set(ret_err, ERR_PERM, "%s@%s: %s", db_text(&query, 0), db_text(&query, 1), flaw.text);
                ++*rows;
        }
        option_clear(LIST_OPTIONS, &scratch);
        return db_done(&query, ret_err) && ok;
}

/* --- changing ------------------------------------------------------------------------- */

static bool write_setting(struct store *store, int64_t list_id, const char *key, const char *text, struct err *ret_err)
{
        return text ? db_run(store->db, ret_err, "INSERT OR REPLACE INTO setting (list_id, key, value) VALUES (?, ?, ?)", "itt",
                             list_id, key, text)
                    : db_run(store->db, ret_err, "DELETE FROM setting WHERE list_id = ? AND key = ?", "it", list_id, key);
}

/* Where unknown addresses are refused, a private list could be told from them (store/domain.h). */
static bool may_be_hidden(struct store *store, const struct list *list, struct err *ret_err)
{
        bool is_on;
        return domain_no_bounce(store, list->domain, &is_on, NULL, ret_err)
               && (is_on
                   || err_set(ret_err, ERR_PERM,
                              "%s refuses unknown addresses, so a private list could be told from them: 'listctl domain set %s"
                              " no_bounce on' first",
                              list->domain, list->domain));
}

bool list_set(struct store *store, struct list *list, const char *key, const char *text, struct err *ret_err)
{
        const struct option *option = find_setting(key, ret_err);
        if (!option || (text && !check_value(key, text, ret_err)))
                return false;
        const bool hides = text && strcmp(key, "visibility") == 0 && strcmp(text, WORDS_VISIBILITY[VISIBILITY_PRIVATE]) == 0;
        if ((hides && !may_be_hidden(store, list, ret_err)) || (text && !option_set(option, list, text, ret_err)))
                return false;
        return write_setting(store, list->id, key, text, ret_err) && read_settings(store, list, ret_err);
}

static bool name_is_free(struct store *store, const char *name, const char *domain, struct err *ret_err)
{
        int64_t taken = 0;
        if (!db_number(store->db, &taken, ret_err, "SELECT count(*) FROM list WHERE name = ? AND domain = ?", "tt", name, domain))
                return false;
        return !taken || err_set(ret_err, ERR_PERM, "%s@%s exists already", name, domain);
}

bool list_add(struct store *store, const char *name, const char *domain, enum list_type type, struct list **ret_list,
              struct err *ret_err)
{
        *ret_list = NULL;
        if (!store_begin(store, ret_err))
                return false;
        bool ok = name_is_free(store, name, domain, ret_err)
                  && db_run(store->db, ret_err, "INSERT INTO list (name, domain, created) VALUES (?, ?, ?)", "tti", name, domain,
                            clock_now())
                  && write_setting(store, db_last_id(store->db), "type", WORDS_TYPE[type], ret_err)
                  && list_find(store, name, domain, ret_list, ret_err);
        return store_end(store, ok, ret_err);
}

bool list_rename(struct store *store, struct list *list, const char *name, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = name_is_free(store, name, list->domain, ret_err)
                  && db_run(store->db, ret_err, "UPDATE list SET name = ? WHERE id = ?", "ti", name, list->id);
        if (!store_end(store, ok, ret_err))
                return false;
        g_free(list->name);
        g_free(list->address);
        list->name = g_strdup(name);
        list->address = g_strdup_printf("%s@%s", name, list->domain);
        return true;
}

bool list_remove(struct store *store, int64_t id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM list WHERE id = ?", "i", id);
}

bool list_next_number(struct store *store, struct list *list, int64_t *ret_number, struct err *ret_err)
{
        bool ok = db_number(store->db, ret_number, ret_err, "UPDATE list SET posts = posts + 1 WHERE id = ? RETURNING posts", "i",
                            list->id);
        if (ok)
                list->posts = *ret_number;
        return ok;
}
