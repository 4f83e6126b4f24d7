/* connect.h - how libESMTP's sockets get connected
 * libESMTP calls connect() itself: it sets no TCP_NODELAY, so that each message waits 40 ms for a delayed
 * acknowledgement (23 messages a second instead of thousands), and it waits for a silent host as long as the kernel does.
 * connect.c is the executable's own connect(): a thread that has a plan is connected by it, all else as ever. */
#ifndef LISTD_DELIVER_CONNECT_H
#define LISTD_DELIVER_CONNECT_H

struct connect_plan {
        int timeout_ms;
        int fd; /* the socket that was connected last; -1: none yet */
};

/* For this thread, until it is set to NULL. */
void connect_plan_set(struct connect_plan *plan);

#endif
