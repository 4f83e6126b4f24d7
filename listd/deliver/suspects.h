/* suspects.h - copies that a connection broke over
 * Mostly the relay just went away, and the copy is to be sent again as soon as it is back. But a copy that breaks each
 * connection would come first for ever, and nothing behind it would be sent: the second time it is put off. */
#ifndef LISTD_DELIVER_SUSPECTS_H
#define LISTD_DELIVER_SUSPECTS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

enum { SUSPECTS_MAX = 64 }; /* as many as there can be sessions; what is older is forgotten */

struct suspects {
        GMutex lock;
        struct {
                int64_t message_id, member_id;
        } copies[SUSPECTS_MAX];
        unsigned next;
};

/* Gives whether that copy was a suspect already. It is one from now on; when it was, no longer. From any thread. */
bool suspects_again(struct suspects *suspects, int64_t message_id, int64_t member_id);

#endif
