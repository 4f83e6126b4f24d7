/* fill.c - puts into a store what listctl looks after but only the server makes: for tests/cli
 *     fill DATA post|misaddressed|failed LIST|- FILE    keeps a message for a person, prints its id
 *     fill DATA broken - FILE                           the same for octets that are no envelope
 *     fill DATA queue LIST FILE                         queues a post, prints its number in the queue
 * LIST is name@domain, or - for none. */
#include "base/keyring.h"
#include "mail/envelope.h"
#include "store/held.h"
#include "store/list.h"
#include "store/queue.h"

struct fill {
        struct keyring *keyring;
        struct store *store;
        struct list *list; /* NULL: none */
        GBytes *message;
};

static int die(const struct err *err)
{
        fprintf(stderr, "fill: %s\n", err->text);
        return 1;
}

static bool find_list(struct fill *fill, const char *text, struct err *ret_err)
{
        char **parts = g_strsplit(text, "@", 2);
        bool ok = strcmp(text, "-") == 0
                  || (list_find(fill->store, parts[0], parts[1] ? parts[1] : "", &fill->list, ret_err) && fill->list);
        g_strfreev(parts);
        return ok || err_set(ret_err, ERR_NOT_FOUND, "no list %s", text);
}

static bool fill_open(struct fill *fill, char **argv, struct err *ret_err)
{
        char *text;
        gsize length;
        if (!g_file_get_contents(argv[4], &text, &length, NULL))
                return err_set(ret_err, ERR_NOT_FOUND, "no file %s", argv[4]);
        fill->message = g_bytes_new_take(text, length);
        return keyring_load(&fill->keyring, argv[1], ret_err) && store_open(&fill->store, argv[1], fill->keyring, false, ret_err)
               && find_list(fill, argv[3], ret_err);
}

static GBytes *envelope_bytes(const struct fill *fill)
{
        struct envelope *envelope = envelope_new();
        envelope->client = g_strdup("192.0.2.7");
        envelope->helo = g_strdup("client.example");
        envelope->protocol = g_strdup("ESMTP");
        envelope->received = 1700000000;
        envelope->mail_from = g_strdup("bounce@stranger.example");
        g_ptr_array_add(envelope->recipients, g_strdup(fill->list ? fill->list->address : "nobody@lists.example"));
        envelope->message = g_bytes_ref(fill->message);
        GBytes *bytes = envelope_write(envelope);
        envelope_free(envelope);
        return bytes;
}

static bool keep(const struct fill *fill, enum held_kind kind, GBytes *bytes, struct err *ret_err)
{
        char id[HELD_ID_CHARS + 1];
        bool ok = held_add(fill->store, kind, fill->list ? fill->list->id : 0, "a reason", "logid", bytes, id, ret_err);
        if (ok)
                puts(id);
        return ok;
}

static bool keep_envelope(const struct fill *fill, enum held_kind kind, struct err *ret_err)
{
        GBytes *bytes = envelope_bytes(fill);
        bool ok = keep(fill, kind, bytes, ret_err);
        g_bytes_unref(bytes);
        return ok;
}

static bool fill_queue(const struct fill *fill, struct err *ret_err)
{
        int64_t id;
        bool ok = queue_add_post(fill->store, QUEUE_POST, fill->list->id, 1, "logid", fill->message, &id, ret_err);
        if (ok)
                printf("%" G_GINT64_FORMAT "\n", (gint64) id);
        return ok;
}

static bool fill_run(const struct fill *fill, const char *what, struct err *ret_err)
{
        if (strcmp(what, "post") == 0)
                return keep_envelope(fill, HELD_POST, ret_err);
        if (strcmp(what, "misaddressed") == 0)
                return keep_envelope(fill, HELD_MISADDRESSED, ret_err);
        if (strcmp(what, "failed") == 0)
                return keep_envelope(fill, HELD_FAILED, ret_err);
        if (strcmp(what, "decoy") == 0)
                return keep_envelope(fill, HELD_DECOY, ret_err);
        if (strcmp(what, "broken") == 0)
                return keep(fill, HELD_FAILED, fill->message, ret_err);
        if (strcmp(what, "queue") == 0 && fill->list)
                return fill_queue(fill, ret_err);
        return err_set(ret_err, ERR_USAGE, "cannot make '%s'", what);
}

int main(int argc, char **argv)
{
        struct fill fill = { 0 };
        struct err err = { .text = "usage: fill DATA WHAT LIST|- FILE" };
        bool ok = argc == 5 && fill_open(&fill, argv, &err) && fill_run(&fill, argv[2], &err);
        list_free(fill.list);
        store_close(fill.store);
        keyring_free(fill.keyring);
        g_clear_pointer(&fill.message, g_bytes_unref);
        return ok ? 0 : die(&err);
}
