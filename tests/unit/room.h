/* room.h - a data folder with the list ml@lists.example, a relay, and deliver as a process of its own */
#ifndef LISTD_TESTS_ROOM_H
#define LISTD_TESTS_ROOM_H

#include "folder.h"

#include <sys/types.h>

#include "base/conf.h"
#include "sink.h"
#include "store/list.h"
#include "store/member.h"
#include "store/queue.h"

struct room {
        char *data;
        struct keyring *keyring;
        struct store *store;
        struct list *list;
        struct sink *sink;
};

/* A configuration with domains lists.example and other.example; `more` goes on in [server]. */
struct conf *room_conf(const char *more);

struct room room_open(const struct sink_options *options);
void room_close(struct room *room);

void room_add_members(struct room *room, const char *const *addresses, size_t count);
void room_add_many(struct room *room, size_t count); /* m0@people.example ... */
void room_queue(struct room *room, const char *message);
void room_queue_kind(struct room *room, enum queue_kind kind, const char *message);
int64_t room_depth(struct room *room); /* messages in the queue */

/* Starts this program anew with --role; its main() calls room_role() first, which runs the role then. */
pid_t room_start(const struct room *room, int sessions);
pid_t room_start_fast(const struct room *room, int sessions, unsigned speed); /* whose clock runs so fast */
bool room_role(int argc, char **argv, int *ret_status);
int room_end(pid_t pid, int signal); /* gives the status of wait() */

#endif
