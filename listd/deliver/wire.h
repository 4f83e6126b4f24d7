/* wire.h - how libESMTP's sockets are connected, written to, waited for and read
 * libESMTP calls connect(), write(), poll() and read() itself. It sets no TCP_NODELAY, so that each message waits 40 ms for a delayed
 * acknowledgement (23 messages a second instead of thousands); it waits for a silent host as long as the kernel does; it writes in
 * pieces of 2 KiB, each a packet and a wake of the relay; it asks the kernel before each command whether it may write. And when
 * commands were sent ahead and an answer to them is none, it goes on with what it has read until it calls what is no function.
 * It knows STARTTLS, but not well, and neither TLS from the first octet on nor SMTPUTF8: the wire carries its octets in TLS without
 * its knowledge (opening.h), and puts what is missing behind its MAIL.
 * wire.c is the executable's own four functions: a thread that has a wire is served by it, all else as ever. */
#ifndef LISTD_DELIVER_WIRE_H
#define LISTD_DELIVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "deliver/relay_tls.h"

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
        SSL *ssl; /* NULL: in the clear; the owner's, who sets it in connected() */
        const char *mail_parameter; /* goes behind the MAIL that is written next, with a space before it; NULL: nothing does. To be
                                     * taken back when it was answered: a message may hold such a line as well */
        size_t replies; /* that were given whole: reading gives one at a time (RFC 5321 4.2) */
        /* Asked when a socket is connected, before libESMTP knows; NULL: nobody is. False: the connection is of no use. */
        bool (*connected)(void *user);
        /* Asked before each wait, NULL: nobody is. False: the session is over. */
        bool (*goes_on)(void *user);
        void *user;
        bool is_over;   /* closed, silent for too long, or stopped */
        size_t at, end; /* of what was read and not given */
        char read[WIRE_READ_MAX];
};

/* For this thread, until it is set to NULL; what is held then is gone. */
void wire_set(struct wire *wire);

/* For connected(): puts octets into what is held, without a parameter; waits until some came, at most so long. */
void wire_hold(struct wire *wire, const char *text);
bool wire_fill(struct wire *wire, int timeout_ms);
/* The handshake, as a client; false: it failed, or took longer. */
bool wire_handshake(struct wire *wire, int timeout_ms);

#endif
