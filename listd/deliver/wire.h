/* wire.h - how libESMTP's sockets are connected, written to, waited for and read
 * libESMTP calls connect(), write(), poll() and read() itself. It sets no TCP_NODELAY, so that each message waits 40 ms for a delayed
 * acknowledgement (23 messages a second instead of thousands); it waits for a silent host as long as the kernel does; it writes in
 * pieces of 2 KiB, each a packet and a wake of the relay; it asks the kernel before each command whether it may write. And when
 * commands were sent ahead and an answer to them is none, it goes on with what it has read until it calls what is no function.
 * wire.c is the executable's own four functions: a thread that has a wire is served by it, all else as ever. */
#ifndef LISTD_DELIVER_WIRE_H
#define LISTD_DELIVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>

enum {
        WIRE_READ_MAX = 4096,
        WIRE_HELD_MAX = 32 * 1024, /* octets that wait for the next poll(), which comes before any answer is read */
        WIRE_PIECE_MAX = 2048      /* what libESMTP writes at once */
};

struct wire {
        int timeout_ms; /* of connecting */
        int fd;         /* the socket that was connected last; -1: none yet */
        size_t length;  /* of what is held */
        char held[WIRE_HELD_MAX];
        /* Reading gives one reply at a time (RFC 5321 4.2), unless it is not for us to read (TLS). */
        bool is_opaque;
        size_t replies; /* that were given whole */
        /* Asked before each wait, NULL: nobody is. False: the session is over. */
        bool (*goes_on)(void *user);
        void *user;
        bool is_over;   /* closed, silent for too long, or stopped */
        size_t at, end; /* of what was read and not given */
        char read[WIRE_READ_MAX];
};

/* For this thread, until it is set to NULL; what is held then is gone. */
void wire_set(struct wire *wire);

#endif
