/* bounce.h - failures of members' mailboxes, and what they come to (policy/bounce.h decides)
 * (none) -> SUSPECT [bounce_count, when the day of a failure is over]   SUSPECT -> PAUSED [bounce_set_state]
 * PAUSED -> KEPT [bounce_set_state: asked often enough, and not to be removed]
 * SUSPECT -> gone [bounce_forget: faded]   all -> gone [member_set_state to ACTIVE, member_set_address, member_remove] */
#ifndef LISTD_STORE_BOUNCE_H
#define LISTD_STORE_BOUNCE_H

#include "store/store.h"

enum { BOUNCE_KEPT_DAYS = 90 /* of failures, for the history */ };

/* The numbers are on disk. */
enum bounce_state { BOUNCE_SUSPECT, BOUNCE_PAUSED, BOUNCE_KEPT };
extern const char *const BOUNCE_STATE_WORDS[]; /* suspect, paused, kept, NULL */

struct bounce {
        int64_t member_id, list_id;
        enum bounce_state state;
        int64_t since, score, at; /* score in thousandths of a point, as it was at `at` */
        int64_t asked, asked_at;
        int role; /* enum member_role */
};

/* A failure to be recorded: one row for a member and day, with the worst of them. */
struct failure {
        int64_t list_id, member_id;
        const char *domain; /* of the mailbox */
        int64_t at;
        int weight, cause;
        bool is_relays;
        const char *text; /* what was said, for people; sealed */
};
MUST_USE bool failure_add(struct store *store, const struct failure *failure, struct err *ret_err);

/* A failure whose day is over and was not counted yet. */
struct failure_day {
        int64_t id, list_id, member_id, day;
        uint8_t domain[16];
        int weight;
        bool is_beginner; /* it had none in the week before */
        bool is_active;   /* its member gets posts */
};
/* Of the days before `day`, ordered by day and domain: a GArray of struct failure_day. */
MUST_USE bool failure_open(struct store *store, int64_t day, GArray **ret_days, struct err *ret_err);
/* Counts one: `score` is what the mailbox has from then on. `is_excused`: it was the provider's. */
MUST_USE bool bounce_count(struct store *store, const struct failure_day *day, bool is_excused, int64_t score, struct err *ret_err);

/* What is recorded of a member; *ret_bounce->list_id is 0 when there is nothing. */
MUST_USE bool bounce_get(struct store *store, int64_t list_id, int64_t member_id, struct bounce *ret_bounce, struct err *ret_err);
/* All of a list, the highest score first: a GArray of struct bounce. */
MUST_USE bool bounce_of_list(struct store *store, int64_t list_id, GArray **ret_bounces, struct err *ret_err);
/* How many of a list were paused since a time. */
MUST_USE bool bounce_paused_since(struct store *store, int64_t list_id, int64_t since, int64_t *ret_count, struct err *ret_err);
MUST_USE bool bounce_set_state(struct store *store, int64_t member_id, enum bounce_state state, int64_t now, struct err *ret_err);
MUST_USE bool bounce_asked(struct store *store, int64_t member_id, int64_t now, struct err *ret_err);
MUST_USE bool bounce_forget(struct store *store, int64_t member_id, struct err *ret_err);

/* The failures of a member, the latest first: a GPtrArray of struct failure_seen that frees them. */
struct failure_seen {
        int64_t at, times;
        int weight, cause;
        bool is_relays, is_counted, is_excused;
        char *text;
};
MUST_USE bool failure_history(struct store *store, int64_t list_id, int64_t member_id, size_t limit, GPtrArray **ret_failures,
                              struct err *ret_err);
MUST_USE bool bounce_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
