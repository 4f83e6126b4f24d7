/* held.c - listctl held, misaddressed, failed: messages that wait for a person
 * Gives:  ctl_held_ls() ... ctl_failed_discard(): a few verbs over one kind of table
 * Fails:  ERR_NOT_FOUND when there is no message of that id; ERR_PERM when a post cannot be distributed */
#include "base/keyring.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/moderate.h"
#include "handle/owner.h"
#include "mail/mime.h"
#include "store/held.h"
#include "store/spool.h"

/* --- one message ------------------------------------------------------------------------------ */

struct kept {
        struct held *held;
        struct list *list;         /* NULL: of no list */
        struct envelope *envelope; /* NULL: the octets are none, which is why it failed */
};

static void kept_clear(struct kept *kept)
{
        held_free(kept->held);
        list_free(kept->list);
        envelope_free(kept->envelope);
        *kept = (struct kept) { 0 };
}

static bool kept_read(struct ctl *ctl, struct kept *kept, struct err *ret_err)
{
        gsize length;
        const void *bytes = g_bytes_get_data(kept->held->envelope, &length);
        if (!envelope_read(&kept->envelope, bytes, length, ret_err)) {
                kept->envelope = NULL;
                if (kept->held->kind != HELD_FAILED)
                        return err_prefix(ret_err, "%s", kept->held->id);
        }
        return !kept->held->list_id || list_get(ctl->store, kept->held->list_id, &kept->list, ret_err);
}

/* ret_kept is to be cleared, on failure too. */
static bool kept_get(struct ctl *ctl, enum held_kind kind, const char *id, struct kept *ret_kept, struct err *ret_err)
{
        *ret_kept = (struct kept) { 0 };
        if (!held_get(ctl->store, kind, id, &ret_kept->held, ret_err))
                return false;
        if (!ret_kept->held)
                return err_set(ret_err, ERR_NOT_FOUND, "%s: there is no such message ('listctl %s ls' names them)", id,
                               ctl->line->command->noun);
        return kept_read(ctl, ret_kept, ret_err);
}

/* --- ls ----------------------------------------------------------------------------------------- */

static const struct column KEPT_COLUMNS[] = {
        { "id" },
        { "at" },
        { "list" },
        { "from" },
        { "to" },
        { "subject", .may_wrap = true },
        { "size", .is_right = true },
        { "reason", .may_wrap = true },
};

/* Who wrote it, as far as one can tell: the author, else the return path. The caller frees. */
static char *sender_of(const struct envelope *envelope, const struct message *message)
{
        struct address *author;
        struct err err;
        if (!message || !message_author(message, &author, NULL, &err))
                return g_strdup(envelope->mail_from);
        char *text = g_strdup(author->text);
        address_free(author);
        return text;
}

/* What a person decides by; each NULL when it cannot be told. */
struct gist {
        char *sender, *subject;
        const char *recipient;
};

static void gist_of(const struct envelope *envelope, struct gist *ret_gist)
{
        struct message *message;
        struct err err;
        *ret_gist = (struct gist) { .recipient = envelope->recipients->pdata[0] };
        if (!message_parse(&message, envelope->message, &err))
                message = NULL; /* that may be why it was kept */
        const char *subject = message ? message_get(message, "Subject") : NULL;
        ret_gist->sender = sender_of(envelope, message);
        ret_gist->subject = subject ? mime_decode_text(subject) : NULL;
        message_free(message);
}

static void put_row(struct ctl *ctl, const struct kept *kept)
{
        struct gist gist = { 0 };
        if (kept->envelope)
                gist_of(kept->envelope, &gist);
        const struct cell row[] = {
                TEXT(kept->held->id),
                TIME(kept->held->at),
                TEXT(kept->list ? kept->list->address : NULL),
                TEXT(gist.sender),
                TEXT(gist.recipient),
                TEXT(gist.subject),
                SIZE(kept->held->size),
                TEXT(kept->held->reason),
        };
        output_row(ctl->output, row);
        g_free(gist.sender);
        g_free(gist.subject);
}

static bool put_one(struct ctl *ctl, enum held_kind kind, const char *id, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, kind, id, &kept, ret_err);
        if (ok)
                put_row(ctl, &kept);
        kept_clear(&kept);
        return ok || ret_err->class == ERR_NOT_FOUND; /* somebody else was quicker */
}

static bool ls(struct ctl *ctl, enum held_kind kind, const char *key, struct err *ret_err)
{
        struct list *list = NULL;
        GPtrArray *all;
        const char *of_list = ctl->line->args[0];
        if (of_list && !ctl_list(ctl, of_list, &list, ret_err))
                return false;
        bool ok = held_all(ctl->store, kind, list ? list->id : 0, &all, ret_err);
        list_free(list);
        if (!ok)
                return false;
        output_table(ctl->output, key, KEPT_COLUMNS, G_N_ELEMENTS(KEPT_COLUMNS));
        for (guint i = 0; ok && i < all->len; i++)
                ok = put_one(ctl, kind, ((struct held *) all->pdata[i])->id, ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(all);
        return ok;
}

/* --- show, discard --------------------------------------------------------------------------------- */

static void put_envelope(struct output *output, const struct envelope *envelope)
{
        output_field(output, "received", TIME(envelope->received));
        output_field(output, "client", TEXT(envelope->client));
        output_field(output, "helo", TEXT(envelope->helo));
        output_field(output, "protocol", TEXT(envelope->protocol));
        output_field(output, "mail_from", TEXT(envelope->mail_from));
        output_fields(output, "recipients", envelope->recipients);
}

static void put_kept(struct output *output, const struct kept *kept)
{
        output_field(output, "id", TEXT(kept->held->id));
        output_field(output, "at", TIME(kept->held->at));
        output_field(output, "list", TEXT(kept->list ? kept->list->address : NULL));
        output_field(output, "reason", TEXT(kept->held->reason));
        output_field(output, "msg", TEXT(kept->held->log_id));
        output_field(output, "size", SIZE(kept->held->size));
        if (kept->envelope)
                put_envelope(output, kept->envelope);
        output_bytes(output, "message", kept->envelope ? kept->envelope->message : kept->held->envelope);
}

static bool show(struct ctl *ctl, enum held_kind kind, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, kind, ctl->line->args[0], &kept, ret_err);
        if (ok)
                put_kept(ctl->output, &kept);
        kept_clear(&kept);
        return ok;
}

static bool discard(struct ctl *ctl, enum held_kind kind, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, kind, ctl->line->args[0], &kept, ret_err) && held_remove(ctl->store, kept.held->id, ret_err);
        if (ok) {
                output_fact(ctl->output, "id", TEXT(kept.held->id));
                output_say(ctl->output, "%s is discarded", kept.held->id);
        }
        kept_clear(&kept);
        return ok;
}

/* --- deciding about a post ------------------------------------------------------------------------------- */

static void say_decision(struct ctl *ctl, const struct kept *kept, enum answer answer)
{
        const bool is_sent = answer == ANSWER_ACCEPT || answer == ANSWER_TRUST;
        output_fact(ctl->output, "id", TEXT(kept->held->id));
        if (is_sent) {
                output_fact(ctl->output, "list", TEXT(kept->list->address));
                output_fact(ctl->output, "number", NUMBER(kept->list->posts));
                output_say(ctl->output, "%s is post %" G_GINT64_FORMAT " of %s", kept->held->id, (gint64) kept->list->posts,
                           kept->list->address);
        } else {
                output_say(ctl->output, "%s is discarded%s", kept->held->id, answer == ANSWER_BAN ? ", and its author banned" : "");
        }
}

/* In one transaction: it is queued and gone from here, or neither; moderators by mail hear of it (handle/moderate.c). */
static bool decide(struct ctl *ctl, enum answer answer, struct err *ret_err)
{
        struct kept kept = { 0 };
        if (!store_begin(ctl->store, ret_err))
                return false;
        bool ok = kept_get(ctl, HELD_POST, ctl->line->args[0], &kept, ret_err);
        if (ok && !kept.list)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s: its list is gone", kept.held->id);
        if (ok) {
                const struct desk desk = ctl_desk(ctl, kept.list);
                ok = moderate_post(&desk, kept.held->id, answer, NULL, NULL, ret_err);
        }
        ok = store_end(ctl->store, ok, ret_err);
        if (ok)
                say_decision(ctl, &kept, answer);
        kept_clear(&kept);
        return ok;
}

/* --- retry ------------------------------------------------------------------------------------------- */

/* The spool's id comes from the message's id here: when listctl dies between the two stores and is called again, `handle`
 * sees the same id and does the work once. `sealed`: it is a box already, whose key may have been away for a while. */
static bool to_spool(struct ctl *ctl, const struct held *held, GBytes *octets, bool sealed, struct err *ret_err)
{
        struct spool *spool;
        struct spool_item item = { .received = store_now() };
        uint8_t public_key[KEY_BYTES];
        gsize length;
        const void *bytes = g_bytes_get_data(octets, &length);
        G_STATIC_ASSERT((int) SPOOL_ID_BYTES == (int) HASH_BYTES);
        keyring_hash(ctl->keyring, KEY_DUPLICATE, held->list_id, held->id, strlen(held->id), item.id);
        if (!spool_public_read(ctl->conf->data, public_key, ret_err)
            || !spool_open(&spool, ctl->conf->data, false, ret_err))
                return false;
        item.box = sealed ? g_bytes_ref(octets) : spool_box_seal(public_key, bytes, length);
        bool ok = spool_put(spool, &item, 1, ret_err);
        g_bytes_unref(item.box);
        spool_close(spool);
        return ok;
}

bool ctl_failed_retry(struct ctl *ctl, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, HELD_FAILED, ctl->line->args[0], &kept, ret_err)
                  && to_spool(ctl, kept.held, kept.held->envelope, !kept.envelope, ret_err)
                  && held_remove(ctl->store, kept.held->id, ret_err);
        if (ok) {
                output_fact(ctl->output, "id", TEXT(kept.held->id));
                output_say(ctl->output, "%s is in the spool again", kept.held->id);
        }
        kept_clear(&kept);
        return ok;
}

/* --- forward ----------------------------------------------------------------------------------------- */

/* To an address of ours: into the spool again, as if it had come there. */
static bool readdress(struct ctl *ctl, const struct kept *kept, const struct address *address, struct err *ret_err)
{
        struct envelope one = *kept->envelope;
        one.recipients = g_ptr_array_new();
        g_ptr_array_add(one.recipients, address->text);
        GBytes *bytes = envelope_write(&one);
        bool ok = to_spool(ctl, kept->held, bytes, false, ret_err);
        g_bytes_unref(bytes);
        g_ptr_array_unref(one.recipients);
        return ok;
}

bool ctl_misaddressed_forward(struct ctl *ctl, struct err *ret_err)
{
        struct kept kept = { 0 };
        struct address *address;
        if (!ctl_address(ctl->line->args[1], &address, ret_err))
                return false;
        bool ok = store_begin(ctl->store, ret_err);
        if (ok) {
                ok = kept_get(ctl, HELD_MISADDRESSED, ctl->line->args[0], &kept, ret_err)
                     && (conf_is_our_domain(ctl->conf, address->domain)
                                 ? readdress(ctl, &kept, address, ret_err)
                                 : owner_forward(ctl->store, ctl->conf, kept.envelope, kept.held->log_id, address->text, ret_err))
                     && held_remove(ctl->store, kept.held->id, ret_err);
                ok = store_end(ctl->store, ok, ret_err);
        }
        if (ok) {
                output_fact(ctl->output, "id", TEXT(kept.held->id));
                output_fact(ctl->output, "to", TEXT(address->text));
                output_say(ctl->output, "%s is on its way to %s; its writer hears nothing of it", kept.held->id, address->text);
        }
        kept_clear(&kept);
        address_free(address);
        return ok;
}

/* --- the verbs by kind --------------------------------------------------------------------------------- */

bool ctl_held_ls(struct ctl *ctl, struct err *ret_err)
{
        return ls(ctl, HELD_POST, "held", ret_err);
}

bool ctl_held_show(struct ctl *ctl, struct err *ret_err)
{
        return show(ctl, HELD_POST, ret_err);
}

bool ctl_held_accept(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_ACCEPT, ret_err);
}

bool ctl_held_discard(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_DISCARD, ret_err);
}

bool ctl_held_trust(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_TRUST, ret_err);
}

bool ctl_held_ban(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_BAN, ret_err);
}

bool ctl_misaddressed_ls(struct ctl *ctl, struct err *ret_err)
{
        return ls(ctl, HELD_MISADDRESSED, "misaddressed", ret_err);
}

bool ctl_misaddressed_show(struct ctl *ctl, struct err *ret_err)
{
        return show(ctl, HELD_MISADDRESSED, ret_err);
}

bool ctl_misaddressed_discard(struct ctl *ctl, struct err *ret_err)
{
        return discard(ctl, HELD_MISADDRESSED, ret_err);
}

bool ctl_failed_ls(struct ctl *ctl, struct err *ret_err)
{
        return ls(ctl, HELD_FAILED, "failed", ret_err);
}

bool ctl_failed_show(struct ctl *ctl, struct err *ret_err)
{
        return show(ctl, HELD_FAILED, ret_err);
}

bool ctl_failed_discard(struct ctl *ctl, struct err *ret_err)
{
        return discard(ctl, HELD_FAILED, ret_err);
}
