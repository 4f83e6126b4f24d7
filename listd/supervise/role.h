/* role.h - the roles as the supervisor knows them: who they are, what they are handed, where they stand */
#ifndef LISTD_SUPERVISE_ROLE_H
#define LISTD_SUPERVISE_ROLE_H

#include <sys/types.h>

#include "base/handover.h"

enum role_id { ROLE_RECEIVE, ROLE_HANDLE, ROLE_DELIVER, ROLE_FETCH, ROLE_COUNT };

/* DOWN -> UP [role_start]   UP -> DOWN [role_ended]   UP -> DRAINING [role_drain]   DRAINING -> DOWN [role_ended] */
enum role_state { ROLE_DOWN, ROLE_UP, ROLE_DRAINING };
extern const char *const ROLE_STATE_WORDS[]; /* down, up, draining, NULL */

struct role {
        enum role_id id;
        enum role_state state;
        pid_t pid;
        bool crashed;      /* how the last process died */
        int64_t since;     /* of the state, seconds since 1970 */
        int64_t start_at;  /* DOWN: not before this time, in monotonic microseconds */
        int backoff;       /* seconds */
        int restarts;
};

extern const char *const ROLE_NAMES[ROLE_COUNT];

/* What the supervisor holds for its roles. */
struct assets {
        struct conf *conf;
        struct listener listeners[LISTENERS_MAX];
        size_t listener_count;
        int wake_handle[2], wake_deliver[2]; /* pipes: who writes, who reads */
        int log_write;                       /* the roles' stderr */
        uint8_t log_key[KEY_BYTES];
        uint8_t spool_public[KEY_BYTES];
        char *tls_cert, *tls_key, *tls_ca, *password;
        char *probes;
        char *pickup_passwords[PICKUPS_MAX], *pickup_cas[PICKUPS_MAX];
};

/* Whether the configuration has work for it: fetch is there for mailboxes alone. */
bool role_is_wanted(enum role_id id, const struct conf *conf);

void role_start(struct role *role, const struct assets *assets);
void role_drain(struct role *role);
/* `status` as of waitpid(2). Plans the restart with a back-off of 100 ms (once, for a process that ran well), then 1 s
 * doubling to 60 s. */
void role_ended(struct role *role, int status);

/* In the role's own process. */
int role_run(const char *name);

#endif
