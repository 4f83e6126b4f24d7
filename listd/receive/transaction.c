/* transaction.c - one message on its way in
 * Gives:     what transaction.h lists
 * Fails:     never
 * Standards: RFC 5321 3.3, 4.1.4 (a transaction is begun by MAIL and ended by data, RSET, EHLO or a new session) */
#include "receive/transaction.h"

#include "base/keyring.h"

static void recipient_clear(void *data)
{
        struct recipient *recipient = data;
        g_free(recipient->path);
        g_free(recipient->address);
}

struct transaction *transaction_new(void)
{
        struct transaction *transaction = g_new0(struct transaction, 1);
        random_bytes(transaction->id, sizeof transaction->id);
        envelope_log_id(transaction->id, transaction->log_id);
        transaction->recipients = g_array_new(FALSE, FALSE, sizeof(struct recipient));
        g_array_set_clear_func(transaction->recipients, recipient_clear);
        return transaction;
}

void transaction_free(struct transaction *transaction)
{
        if (!transaction)
                return;
        g_free(transaction->mail_from);
        g_array_unref(transaction->recipients);
        data_free(transaction->data);
        g_free(transaction);
}

void transaction_add_recipient(struct transaction *transaction, const char *path, const char *address)
{
        const struct recipient recipient = { .path = g_strdup(path), .address = g_strdup(address) };
        g_array_append_val(transaction->recipients, recipient);
}

bool transaction_is_full(const struct transaction *transaction)
{
        return transaction->recipients->len >= TRANSACTION_RECIPIENTS_MAX;
}

const struct recipient *transaction_recipient(const struct transaction *transaction, guint i)
{
        return &g_array_index(transaction->recipients, struct recipient, i);
}

static bool is_too_big_for(const struct recipient *recipient, uint64_t size, const struct size_rule *rule)
{
        if (size > rule->server)
                return true;
        size_t limit = rule->limit_of(rule->user, recipient->address);
        return limit > 0 && size > limit;
}

bool transaction_is_too_big(const struct transaction *transaction, uint64_t size, const struct size_rule *rule)
{
        for (guint i = 0; i < transaction->recipients->len; i++)
                if (!is_too_big_for(transaction_recipient(transaction, i), size, rule))
                        return false;
        return true;
}

void transaction_mark_too_big(struct transaction *transaction, uint64_t size, const struct size_rule *rule)
{
        for (guint i = 0; i < transaction->recipients->len; i++) {
                struct recipient *recipient = &g_array_index(transaction->recipients, struct recipient, i);
                recipient->too_big = is_too_big_for(recipient, size, rule);
        }
}

struct envelope *transaction_envelope(struct transaction *transaction)
{
        struct envelope *envelope = envelope_new();
        envelope->mail_from = g_steal_pointer(&transaction->mail_from);
        for (guint i = 0; i < transaction->recipients->len; i++)
                if (!transaction_recipient(transaction, i)->too_big)
                        g_ptr_array_add(envelope->recipients, g_strdup(transaction_recipient(transaction, i)->path));
        envelope->message = data_take(transaction->data);
        return envelope;
}
