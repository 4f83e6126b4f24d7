/* resolver.h - asks name servers, with a ceiling for everything, and remembers what they said
 * Only datagrams, and no connect(): the sandbox of `receive` allows no more. Who asks either lends an event loop (struct
 * resolver_hooks), or has none and calls resolver_wait(). */
#ifndef LISTD_BASE_RESOLVER_H
#define LISTD_BASE_RESOLVER_H

#include <netinet/in.h>

#include "base/err.h"

enum {
        RESOLVER_SERVERS_MAX = 3,     /* as resolv.conf(5) has it */
        RESOLVER_ADDRESSES_MAX = 16,  /* of one answer; what is more is not looked at */
        RESOLVER_TEXT_MAX = 255,      /* octets of a TXT answer; what is more is cut */
        RESOLVER_SECONDS = 3,         /* until no answer is one */
        RESOLVER_ASKED_MAX = 256,     /* questions under way */
        RESOLVER_WAITERS_MAX = 1024,  /* for the answers to them */
        RESOLVER_KEPT_MAX = 4096,     /* answers that are remembered: the oldest goes */
        RESOLVER_KEPT_SECONDS_MIN = 60,
        RESOLVER_KEPT_SECONDS_MAX = 3600,
        RESOLVER_NONE_SECONDS = 300   /* that there is no such name is remembered for */
};

enum resolver_type { RESOLVER_A = 1, RESOLVER_TXT = 16, RESOLVER_AAAA = 28 };

enum resolver_status {
        RESOLVER_FOUND,
        RESOLVER_NONE,   /* no such name, or nothing of this type */
        RESOLVER_SILENT, /* no server answered in time */
        RESOLVER_FAILED, /* a server said that it cannot or will not tell, or nothing that can be read */
        RESOLVER_BUSY    /* not asked: too much is under way */
};

struct resolver_answer {
        enum resolver_status status;
        size_t count;
        struct in6_addr addresses[RESOLVER_ADDRESSES_MAX]; /* IPv4 as an IPv6-mapped one */
        char text[RESOLVER_TEXT_MAX + 1];                  /* of the first TXT record: any octets but NUL */
        int seconds;                                       /* how long it may be remembered */
};

struct resolver;

struct resolver_hooks {
        /* What is waited for on a socket from now on; neither: nothing any more. Then resolver_work() is called. */
        void (*watch)(void *user, int fd, bool reads, bool writes);
        void *user;
};

/* The answer is gone when the callback returns. It may come before resolver_ask() returns. */
typedef void resolver_callback(void *user, const struct resolver_answer *answer);

/* `servers`: [guard] dns, HOST:PORT with IP addresses (checked by conf.c); none: those of /etc/resolv.conf, which is read here and
 * never again. `hooks` is copied; NULL: resolver_wait() is used. */
MUST_USE bool resolver_new(struct resolver **ret_resolver, char *const *servers, const struct resolver_hooks *hooks,
                           struct err *ret_err);
/* Who still waits is told RESOLVER_BUSY. */
void resolver_free(struct resolver *resolver);

void resolver_ask(struct resolver *resolver, enum resolver_type type, const char *name, resolver_callback *callback, void *user);

/* An answer that is remembered is not any more: the next question is asked afresh. */
void resolver_forget(struct resolver *resolver, enum resolver_type type, const char *name);

/* A socket has something to read, or room to write; fd -1: only time has passed. */
void resolver_work(struct resolver *resolver, int fd, bool can_read, bool can_write);
/* Milliseconds until resolver_work() should be called whatever happens; -1: nothing is under way. */
int resolver_due(struct resolver *resolver);

/* Without hooks: waits until something has happened. False: nothing is under way. */
bool resolver_wait(struct resolver *resolver);

/* Reads the octets of an answer. For resolver.c, and for a fuzzer. */
void resolver_read(struct resolver_answer *ret_answer, enum resolver_type type, const unsigned char *bytes, int length);

#endif
