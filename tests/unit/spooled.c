/* spooled.c - the list ml@lists.example of two people, and messages for it out of the spool */
#include "spooled.h"

#include "handle/route.h"
#include "store/member.h"
#include "store/queue.h"

#define CONF                                                                  \
        "[server]\nhostname = mx.lists.example\ndomains = lists.example\n"    \
        "admin = admin@example.org\nauthserv_id = mx.example.org\n"

int spooled_set_up(void **state)
{
        struct err err;
        size_t added;
        struct member *anna;
        struct spooled *f = g_new0(struct spooled, 1);
        const struct member_new members[] = { { "anna@example.org", "anna@example.org", "Anna Ames", ROLE_MEMBER },
                                              { "olga@example.org", "olga@example.org", "Olga", ROLE_OWNER } };
        f->data = folder_make(&f->keyring);
        OK(conf_parse(&f->conf, CONF, strlen(CONF), "conf", &err));
        OK(spool_public_read(f->data, f->public_key, &err));
        OK(store_open(&f->store, f->data, f->keyring, true, &err));
        OK(list_add(f->store, "ml", "lists.example", TYPE_DISCUSSION, &f->list, &err));
        OK(list_set(f->store, f->list, "sender_proof", "none", &err));
        OK(list_set(f->store, f->list, "held_notice", "off", &err));
        OK(member_add(f->store, f->list->id, members, G_N_ELEMENTS(members), &added, &err));
        OK(member_find(f->store, f->list->id, "anna@example.org", &anna, &err));
        f->anna = anna->id;
        member_free(anna);
        *state = f;
        return 0;
}

int spooled_tear_down(void **state)
{
        struct spooled *f = *state;
        list_free(f->list);
        store_close(f->store);
        keyring_free(f->keyring);
        conf_free(f->conf);
        folder_remove(f->data);
        g_free(f);
        return 0;
}

struct envelope *make_envelope(const char *mail_from, const char *recipients, const char *message)
{
        struct envelope *envelope = envelope_new();
        char **list = g_strsplit(recipients, " ", -1);
        envelope->client = g_strdup("192.0.2.1");
        envelope->helo = g_strdup("client.example");
        envelope->protocol = g_strdup("ESMTP");
        envelope->received = NOW;
        envelope->mail_from = g_strdup(mail_from);
        for (char **r = list; *r; r++)
                g_ptr_array_add(envelope->recipients, g_strdup(*r));
        g_strfreev(list);
        envelope->message = g_bytes_new(message, strlen(message));
        return envelope;
}

struct spool_item seal_item(struct spooled *f, struct envelope *envelope)
{
        struct spool_item item = { .received = envelope->received };
        GBytes *plain = envelope_write(envelope);
        gsize length;
        const void *bytes = g_bytes_get_data(plain, &length);
        item.box = spool_box_seal(f->public_key, bytes, length);
        g_bytes_unref(plain);
        envelope_free(envelope);
        f->next_id++;
        memcpy(item.id, &f->next_id, sizeof f->next_id);
        return item;
}

struct spool_item make_item(struct spooled *f, const char *mail_from, const char *recipients, const char *message)
{
        return seal_item(f, make_envelope(mail_from, recipients, message));
}

void route_at(struct spooled *f, const struct spool_item *item, int64_t now)
{
        struct err err;
        OK(route_item(f->store, f->conf, item, now, &err));
}

void route(struct spooled *f, const struct spool_item *item)
{
        route_at(f, item, NOW);
}

void submit_at(struct spooled *f, const char *mail_from, const char *recipients, const char *message, int64_t now)
{
        struct spool_item item = make_item(f, mail_from, recipients, message);
        route_at(f, &item, now);
        g_bytes_unref(item.box);
}

void submit(struct spooled *f, const char *mail_from, const char *recipients, const char *message)
{
        submit_at(f, mail_from, recipients, message, NOW);
}

int64_t queued(struct spooled *f)
{
        struct err err;
        int64_t messages, oldest;
        OK(queue_depth(f->store, &messages, &oldest, &err));
        return messages;
}
