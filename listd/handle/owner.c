/* owner.c - mail to the people behind a list or the server (leaks L8, requirement C8)
 * Gives:  way_owner(), way_admin(), owner_forward()
 * The mail goes on inside a mail of ours, so that a bounce, a vacation notice or a read receipt comes to us and not to
 * the outsider. */
#include "base/log.h"
#include "handle/owner.h"
#include "handle/work.h"
#include "mail/address.h"
#include "mail/door.h"
#include "mail/mime.h"
#include "mail/letter.h"
#include "mail/template.h"
#include "store/member.h"
#include "store/queue.h"

enum { SUBJECT_MAX = 200 };

/* Owners are spared what programs write. The admin must hear of abuse reports and failures, which are automatic too; only
 * an answering machine's answer to our own mail is dropped, for it would go round. */
static bool is_for_owners(enum automatic automatic)
{
        return automatic == AUTOMATIC_NOT || automatic == AUTOMATIC_SUSPECT || automatic == AUTOMATIC_BULK;
}

static bool pass_on(const struct work *work, const char *kind, bool drop)
{
        log_event(LOG_LEVEL_INFO, kind, "msg", work->log_id, "list", work->list ? work->list->address : NULL, "from",
                  log_address(work->envelope->mail_from), "verdict", drop ? "discard" : "accept", NULL);
        return !drop;
}

/* Who a reply goes to: the From, else the return path. NULL: neither is one mailbox. */
static char *outsider(const struct work *work)
{
        struct address *author = NULL;
        struct err flaw;
        if (!work->message || !message_author(work->message, &author, NULL, &flaw)) {
                const char *path = work->envelope->mail_from;
                if (!address_parse(&author, path, strlen(path), &flaw))
                        return NULL;
        }
        char *text = g_strdup(author->text);
        address_free(author);
        return text;
}

static char *subject_of(const struct work *work)
{
        const char *raw = work->message ? message_get(work->message, "Subject") : NULL;
        char *subject = raw ? mime_decode_text(raw) : g_strdup("");
        if (strlen(subject) > SUBJECT_MAX) {
                char *cut = g_utf8_substring(subject, 0, SUBJECT_MAX / 4);
                g_free(subject);
                subject = cut;
        }
        return subject;
}

/* The text before the mail. The caller frees. */
static char *text_of(const struct work *work, const char *template, int lang)
{
        char *subject, *text;
        GHashTable *values = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_insert(values, (void *) "recipient", (void *) work->recipient);
        template_fill(work->conf, work->list, lang, template, values, &subject, &text);
        g_hash_table_unref(values);
        g_free(subject);
        return text;
}

static bool write_and_queue(struct work *work, struct letter *letter, int64_t list_id, const struct queue_recipient *recipients,
                            size_t count, struct err *ret_err)
{
        GBytes *message;
        int64_t id;
        char *reply_to = outsider(work);
        char *subject = subject_of(work);
        letter->to = letter->from;
        letter->reply_to = reply_to;
        letter->subject = subject;
        letter->hostname = work->conf->hostname;
        letter->message = work->envelope->message;
        bool ok = letter_write(&message, letter, ret_err);
        if (ok) {
                ok = queue_add_direct(work->store, list_id, work->log_id, message, recipients, count, &id, ret_err);
                g_bytes_unref(message);
        }
        g_free(reply_to);
        g_free(subject);
        return ok;
}

/* From the postmaster to one person. */
static bool queue_for_one(struct work *work, const char *template, int lang, const char *to, struct err *ret_err)
{
        char *local = target_local(NULL, DOOR_ADMIN, NULL, NULL, work->conf->addresses);
        char *from = g_strdup_printf("%s@%s", local, work->domain);
        char *text = text_of(work, template, lang);
        struct letter letter = { .from_name = "Postmaster", .from = from, .text = text };
        const struct queue_recipient recipient = { .address = (char *) to };
        bool ok = write_and_queue(work, &letter, 0, &recipient, 1, ret_err);
        g_free(local);
        g_free(from);
        g_free(text);
        return ok;
}

static bool queue_for_admin(struct work *work, int lang, struct err *ret_err)
{
        return queue_for_one(work, "to-admin", lang, work->conf->admin, ret_err);
}

bool owner_forward(struct store *store, const struct conf *conf, const struct envelope *envelope, const char *log_id, const char *to,
                   struct err *ret_err)
{
        const char *recipient = envelope->recipients->pdata[0], *at = strrchr(recipient, '@');
        struct work work = { .store = store, .conf = conf, .envelope = envelope, .log_id = log_id, .recipient = recipient };
        struct err flaw;
        work.domain = at && conf_is_our_domain(conf, at + 1) ? at + 1 : conf->domains[0];
        if (!message_parse(&work.message, envelope->message, &flaw))
                work.message = NULL; /* it goes on all the same: it is carried, not read */
        bool ok = queue_for_one(&work, "forwarded", LANG_EN, to, ret_err);
        message_free(work.message);
        return ok;
}

bool way_admin(struct work *work, struct err *ret_err)
{
        return !pass_on(work, "admin-mail", work->automatic == AUTOMATIC_REPLY) || queue_for_admin(work, LANG_EN, ret_err);
}

static bool queue_for_owners(struct work *work, const GPtrArray *owners, struct err *ret_err)
{
        const struct list *list = work->list;
        struct queue_recipient *recipients = g_new0(struct queue_recipient, owners->len);
        for (guint i = 0; i < owners->len; i++)
                recipients[i].member_id = ((struct member *) owners->pdata[i])->id;
        char *from = door_address(list, TARGET_DOOR_WORDS[DOOR_OWNER], work->conf->addresses);
        char *text = text_of(work, "to-owner", list->lang);
        struct letter letter = { .from_name = door_title(list), .from = from, .text = text };
        bool ok = write_and_queue(work, &letter, list->id, recipients, owners->len, ret_err);
        g_free(from);
        g_free(text);
        g_free(recipients);
        return ok;
}

bool way_owner(struct work *work, struct err *ret_err)
{
        GPtrArray *owners;
        if (!pass_on(work, "owner-mail", !is_for_owners(work->automatic)))
                return true;
        if (!member_officers(work->store, work->list->id, ROLE_OWNER, &owners, ret_err))
                return false;
        bool ok = owners->len ? queue_for_owners(work, owners, ret_err) : queue_for_admin(work, work->list->lang, ret_err);
        g_ptr_array_unref(owners);
        return ok;
}
