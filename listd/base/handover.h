/* handover.h - what the supervisor hands to a role: by file descriptor, never by argument or environment
 * The supervisor reads configuration, keys and passwords as root; a role gets, in one sealed memory file at descriptor
 * HANDOVER_FD, only what it needs. */
#ifndef LISTD_BASE_HANDOVER_H
#define LISTD_BASE_HANDOVER_H

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/conf.h"
#include "base/keyring.h"

enum { HANDOVER_FD = 3, LISTENERS_MAX = 32 };

enum listener_kind { LISTENER_SMTP, LISTENER_LMTP, LISTENER_POLICY, LISTENER_DECOY };

struct listener {
        int fd;
        enum listener_kind kind;
        bool is_unix;
};

struct handover {
        struct conf *conf;
        pid_t supervisor;
        uint8_t log_key[KEY_BYTES];
        bool crashed;  /* the role's last process died of a signal other than SIGKILL and SIGTERM, or a failed exit */
        int wake_in;   /* readable when there is work: a pipe from the role before; -1: none. Non-blocking */
        int wake_out;  /* a byte written here wakes the role behind; -1: none. Non-blocking; a full pipe is fine */
        /* receive */
        uint8_t spool_public[KEY_BYTES];
        struct listener listeners[LISTENERS_MAX];
        size_t listener_count;
        char *tls_cert, *tls_key; /* PEM; NULL: no STARTTLS */
        char *probes; /* the patterns of relay probes (policy/probe.h); NULL: nobody looks for them */
        /* fetch: of each mailbox of the configuration, in its order */
        char *pickup_passwords[PICKUPS_MAX], *pickup_cas[PICKUPS_MAX]; /* PEM; NULL: the system's certificates */
        /* deliver */
        char *password; /* NULL: no AUTH */
        char *tls_ca;   /* PEM; NULL: the system's certificates */
};

/* A role's main, already in its own uid: runs until SIGTERM, drains, and gives the exit status. */
typedef int role_main(struct handover *handover);

/* Writes into a new memory file and returns its descriptor (close-on-exec), or -1. */
int handover_write(const struct handover *handover, struct err *ret_err);
/* Reads what handover_write() wrote; free with handover_free(), which wipes the secrets. */
MUST_USE bool handover_read(struct handover **ret_handover, int fd, struct err *ret_err);
void handover_free(struct handover *handover);

#endif
