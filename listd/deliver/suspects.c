/* suspects.c - copies that a connection broke over
 * Gives:  suspects_again()
 * Fails:  never; with more than SUSPECTS_MAX of them the oldest has one more chance */
#include "deliver/suspects.h"

bool suspects_again(struct suspects *suspects, int64_t message_id, int64_t member_id)
{
        bool found = false;
        g_mutex_lock(&suspects->lock);
        for (unsigned i = 0; i < SUSPECTS_MAX && !found; i++) {
                found = suspects->copies[i].message_id == message_id && suspects->copies[i].member_id == member_id;
                if (found)
                        suspects->copies[i].message_id = 0; /* no message has that id */
        }
        if (!found) {
                suspects->copies[suspects->next].message_id = message_id;
                suspects->copies[suspects->next].member_id = member_id;
                suspects->next = (suspects->next + 1) % SUSPECTS_MAX;
        }
        g_mutex_unlock(&suspects->lock);
        return found;
}
