/* kept.c - one message that waits for a person, as listctl reads and shows it
 * Gives:  what kept.h lists
 * Fails:  ERR_NOT_FOUND when there is no message of that id */
#include "ctl/kept.h"

#include "base/keyring.h"
#include "mail/message.h"
#include "mail/mime.h"
#include "store/spool.h"

void kept_clear(struct kept *kept)
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

bool kept_get(struct ctl *ctl, enum held_kind kind, const char *id, struct kept *ret_kept, struct err *ret_err)
{
        *ret_kept = (struct kept) { 0 };
        if (!held_get(ctl->store, kind, id, &ret_kept->held, ret_err))
                return false;
        if (!ret_kept->held)
                return err_set(ret_err, ERR_NOT_FOUND, "%s: there is no such message ('listctl %s ls' names them)", id,
                               ctl->line->command->noun);
        return kept_read(ctl, ret_kept, ret_err);
}

/* --- showing ------------------------------------------------------------------------------------------- */

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

void gist_of(const struct kept *kept, struct gist *ret_gist)
{
        struct message *message;
        struct err err;
        *ret_gist = (struct gist) { 0 };
        if (!kept->envelope)
                return;
        if (!message_parse(&message, kept->envelope->message, &err))
                message = NULL; /* that may be why it was kept */
        const char *subject = message ? message_get(message, "Subject") : NULL;
        ret_gist->recipient = kept->envelope->recipients->pdata[0];
        ret_gist->sender = sender_of(kept->envelope, message);
        ret_gist->subject = subject ? mime_decode_text(subject) : NULL;
        message_free(message);
}

void gist_clear(struct gist *gist)
{
        g_free(gist->sender);
        g_free(gist->subject);
}

static void put_envelope(struct output *output, const struct envelope *envelope)
{
        output_field(output, "received", TIME(envelope->received));
        output_field(output, "client", TEXT(envelope->client));
        output_field(output, "helo", TEXT(envelope->helo));
        output_field(output, "protocol", TEXT(envelope->protocol));
        output_field(output, "mail_from", TEXT(envelope->mail_from));
        output_fields(output, "recipients", envelope->recipients);
}

void kept_put(struct output *output, const struct kept *kept)
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

bool kept_discard(struct ctl *ctl, enum held_kind kind, struct err *ret_err)
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

/* --- the spool ----------------------------------------------------------------------------------------- */

/* The spool's id comes from the message's id here: when listctl dies between the two stores and is called again, `handle`
 * sees the same id and does the work once. `sealed`: it is a box already, whose key may have been away for a while. */
bool kept_to_spool(struct ctl *ctl, const struct held *held, GBytes *octets, bool sealed, struct err *ret_err)
{
        struct spool *spool;
        struct spool_item item = { .received = clock_now() };
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
