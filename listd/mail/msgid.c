/* msgid.c - message identifiers without the author's domain in them
 * Gives:     msgid_map_value(), msgid_of_bytes()
 * Standards: RFC 5322 3.6.4 (msg-id; and 4.5.4: what stands between identifiers says nothing) */
#include "mail/msgid.h"

#include "base/keyring.h"
#include "base/ticket.h"

enum {
        HASH_CHARS = (HASH_BYTES * 8 + 4) / 5, /* as base32 */
        MSGID_MAX = 250 /* octets that may pass as they are: well within a line */
};

static char *from_hash(const struct msgid_map *map, const void *octets, size_t length)
{
        uint8_t hash[HASH_BYTES];
        char text[HASH_CHARS + 1];
        keyring_hash(map->keyring, KEY_MESSAGE_ID, map->list_id, octets, length, hash);
        base32_encode(hash, sizeof hash, text);
        return g_strdup_printf("<%s@%s>", text, map->domain);
}

/* Whether it has the form that the map gives. Such a one says nothing of its author, whoever made it. */
static bool is_ours(const struct msgid_map *map, const char *id, size_t length)
{
        const size_t domain = strlen(map->domain);
        if (length != HASH_CHARS + 1 + domain || id[HASH_CHARS] != '@' || memcmp(id + HASH_CHARS + 1, map->domain, domain) != 0)
                return false;
        for (size_t i = 0; i < HASH_CHARS; i++)
                if (!g_ascii_islower(id[i]) && (id[i] < '2' || id[i] > '7'))
                        return false;
        return true;
}

static bool is_well_formed(const char *id, size_t length)
{
        size_t ats = 0;
        for (size_t i = 0; i < length; i++) {
                if (id[i] <= ' ' || id[i] >= 0x7f || strchr("<>()\\\",;", id[i]))
                        return false;
                ats += id[i] == '@';
        }
        return ats == 1 && length <= MSGID_MAX;
}

static char *map_id(const struct msgid_map *map, const char *id, size_t length)
{
        if (is_ours(map, id, length) || (map->is_open && is_well_formed(id, length)))
                return g_strdup_printf("<%.*s>", (int) length, id);
        return from_hash(map, id, length);
}

/* The next identifier at or behind `at`, without its brackets. NULL: there is none. */
static const char *next_id(const char *at, size_t *ret_length)
{
        const char *open = strchr(at, '<');
        const char *close = open ? strchr(open, '>') : NULL;
        if (!close)
                return NULL;
        *ret_length = (size_t) (close - open) - 1;
        return open + 1;
}

char *msgid_map_value(const struct msgid_map *map, const char *value, size_t max)
{
        GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
        size_t length;
        for (const char *id = next_id(value, &length); id; id = next_id(id + length, &length)) {
                if (length == 0)
                        continue;
                if (ids->len == max && max == 1)
                        break;
                if (ids->len == max)
                        g_ptr_array_remove_index(ids, 1); /* the first one, which holds the thread together, stays */
                g_ptr_array_add(ids, map_id(map, id, length));
        }
        if (ids->len == 0 && *value && !strpbrk(value, "<> \t")) /* some programs leave the brackets out */
                g_ptr_array_add(ids, map_id(map, value, strlen(value)));
        g_ptr_array_add(ids, NULL);
        char *mapped = ids->len > 1 ? g_strjoinv(" ", (char **) ids->pdata) : NULL;
        g_ptr_array_unref(ids);
        return mapped;
}

char *msgid_of_bytes(const struct msgid_map *map, GBytes *message)
{
        gsize length;
        const void *octets = g_bytes_get_data(message, &length);
        return from_hash(map, octets, length);
}
