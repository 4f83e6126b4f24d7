/* held.c - messages that wait for a person
 * Gives:  held_add(), held_replace(), held_all(), held_get(), held_remove(), held_expire(), held_free() */
#include "store/held.h"

#include "base/log.h"
#include "base/ticket.h"
#include "store/inside.h"

const char *const HELD_KIND_WORDS[] = { "post", "command", "misaddressed", "failed", "decoy", NULL };

enum { DAY = 86400, ID_BYTES = 7 /* 56 bits: 12 characters of base32 */ };

/* What strangers fill. */
static const struct room {
        enum held_kind kind;
        int64_t count, octets;
} ROOMS[] = {
        { HELD_MISADDRESSED, HELD_MISADDRESSED_MAX, HELD_MISADDRESSED_OCTETS_MAX },
        { HELD_DECOY, HELD_DECOY_MAX, HELD_DECOY_OCTETS_MAX },
};

static bool drop_oldest(struct store *store, const struct room *room, struct err *ret_err)
{
        if (room->kind == HELD_DECOY)
                log_event(LOG_LEVEL_WARN, "decoy-full", "meaning", "the oldest goes", NULL);
        else
                log_event(LOG_LEVEL_WARN, "misaddressed-full", "meaning", "the oldest goes", NULL);
        return db_run(store->db, ret_err, "DELETE FROM held WHERE id = (SELECT id FROM held WHERE kind = ? ORDER BY at LIMIT 1)", "i",
                      (int64_t) room->kind);
}

/* The door takes everything, so that no answer tells what exists; the room for it is made here. */
static bool make_room_in(struct store *store, const struct room *room, int64_t size, struct err *ret_err)
{
        const int64_t kind = room->kind;
        int64_t count, octets;
        for (;;) {
                if (!db_number(store->db, &count, ret_err, "SELECT count(*) FROM held WHERE kind = ?", "i", kind)
                    || !db_number(store->db, &octets, ret_err, "SELECT coalesce(sum(size), 0) FROM held WHERE kind = ?", "i", kind))
                        return false;
                if (count == 0 || (count < room->count && octets + size <= room->octets))
                        return true;
                if (!drop_oldest(store, room, ret_err))
                        return false;
        }
}

static bool make_room(struct store *store, enum held_kind kind, int64_t size, struct err *ret_err)
{
        for (size_t i = 0; i < G_N_ELEMENTS(ROOMS); i++)
                if (ROOMS[i].kind == kind)
                        return make_room_in(store, &ROOMS[i], size, ret_err);
        return true;
}

static bool add(struct store *store, enum held_kind kind, int64_t list_id, const char *reason, const char *log_id, GBytes *envelope,
                const char *id, struct err *ret_err)
{
        gsize size;
        const void *bytes = g_bytes_get_data(envelope, &size);
        if (!make_room(store, kind, (int64_t) size, ret_err))
                return false;
        GBytes *box = keyring_seal(store->keyring, KEY_MESSAGE_SEAL, list_id, bytes, size);
        bool ok = db_run(store->db, ret_err,
                         "INSERT INTO held (id, kind, list_id, at, size, reason, log_id, envelope)"
                         " VALUES (?, ?, nullif(?, 0), ?, ?, ?, ?, ?)",
                         "tiiiittB", id, (int64_t) kind, list_id, clock_now(), (int64_t) size, reason, log_id, box);
        g_bytes_unref(box);
        return ok;
}

bool held_add(struct store *store, enum held_kind kind, int64_t list_id, const char *reason, const char *log_id, GBytes *envelope,
              char ret_id[HELD_ID_CHARS + 1], struct err *ret_err)
{
        uint8_t random[ID_BYTES];
        random_bytes(random, sizeof random);
        base32_encode(random, sizeof random, ret_id);
        return add(store, kind, list_id, reason, log_id, envelope, ret_id, ret_err);
}

bool held_replace(struct store *store, enum held_kind kind, const char *id, const char *reason, const char *log_id, GBytes *envelope,
                  char ret_id[HELD_ID_CHARS + 1], struct err *ret_err)
{
        g_strlcpy(ret_id, id, HELD_ID_CHARS + 1);
        return held_remove(store, id, ret_err) && add(store, kind, 0, reason, log_id, envelope, ret_id, ret_err);
}

static struct held *read_row(const struct query *query)
{
        struct held *held = g_new0(struct held, 1);
        g_strlcpy(held->id, db_text(query, 0), sizeof held->id);
        held->kind = (enum held_kind) db_int(query, 1);
        held->list_id = db_int(query, 2);
        held->at = db_int(query, 3);
        held->size = db_int(query, 4);
        held->reason = g_strdup(db_text(query, 5));
        held->log_id = g_strdup(db_text(query, 6));
        return held;
}

static void held_free_item(void *held)
{
        held_free(held);
}

bool held_all(struct store *store, enum held_kind kind, int64_t list_id, GPtrArray **ret_held, struct err *ret_err)
{
        struct query query;
        *ret_held = NULL;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT id, kind, list_id, at, size, reason, log_id FROM held"
                      " WHERE kind = ?1 AND (?2 = 0 OR list_id = ?2) ORDER BY at, id",
                      "ii", (int64_t) kind, list_id))
                return false;
        GPtrArray *found = g_ptr_array_new_with_free_func(held_free_item);
        while (db_next(&query))
                g_ptr_array_add(found, read_row(&query));
        *ret_held = found;
        return db_done(&query, ret_err);
}

bool held_get(struct store *store, enum held_kind kind, const char *id, struct held **ret_held, struct err *ret_err)
{
        struct query query;
        *ret_held = NULL;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT id, kind, list_id, at, size, reason, log_id, envelope FROM held WHERE id = ? AND kind = ?", "ti",
                      id, (int64_t) kind))
                return false;
        bool ok = true;
        if (db_next(&query)) {
                struct held *held = read_row(&query);
                held->envelope = store_open_box(store, &query, 7, KEY_MESSAGE_SEAL, held->list_id, ret_err);
                ok = held->envelope != NULL;
                if (ok)
                        *ret_held = held;
                else
                        held_free(held);
        }
        return db_done(&query, ret_err) && ok;
}

bool held_remove(struct store *store, const char *id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM held WHERE id = ?", "t", id);
}

bool held_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM held WHERE kind != ? AND at < ?", "ii", (int64_t) HELD_FAILED,
                      now - HELD_DAYS * DAY);
}

void held_free(struct held *held)
{
        if (!held)
                return;
        g_free(held->reason);
        g_free(held->log_id);
        g_clear_pointer(&held->envelope, g_bytes_unref);
        g_free(held);
}
