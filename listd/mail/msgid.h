/* msgid.h - message identifiers without the author's domain in them (leaks L2) */
#ifndef LISTD_MAIL_MSGID_H
#define LISTD_MAIL_MSGID_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct keyring;

/* How the identifiers of one list are changed: by a keyed hash, the same each time, so that threads stay whole without a
 * table. An identifier that came out of the map passes unchanged. */
struct msgid_map {
        const struct keyring *keyring;
        int64_t list_id;
        const char *domain; /* of the list: stands behind the '@' */
        bool is_open;       /* author_address = shown: identifiers that are well formed pass as they are */
};

/* The identifiers in a value of Message-ID, In-Reply-To or References, mapped: "<...> <...>". Of more than `max` the first
 * and the last ones stay. NULL: there is none. The caller frees. */
char *msgid_map_value(const struct msgid_map *map, const char *value, size_t max);

/* An identifier for a message that came without one: the same for the same octets. The caller frees. */
char *msgid_of_bytes(const struct msgid_map *map, GBytes *message);

#endif
