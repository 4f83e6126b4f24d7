/* question.h - what listd asked somebody, or is going to ask, and waits for
 * WAITS -> MAILED [question_mailed]; MAILED -> WAITS [question_add: wanted once more]; both -> gone [question_remove: answered;
 * question_expire: too old]
 * A ticket in a letter names the row: it is good once, as long as the row is there (leaks X4, requirement E4). */
#ifndef LISTD_STORE_QUESTION_H
#define LISTD_STORE_QUESTION_H

#include "store/store.h"

/* The numbers are on disk: never change one. */
enum question_kind {
        QUESTION_JOIN = 1,
        QUESTION_LEAVE = 2,
        QUESTION_OFF = 3, /* pause, or leave? */
        QUESTION_PAUSE = 4,
        QUESTION_RESUME = 5,
        QUESTION_VACATION = 6,    /* detail: the day, as seconds */
        QUESTION_DIGEST = 7,
        QUESTION_EACH = 8,
        QUESTION_NAME = 9,        /* detail */
        QUESTION_LANG = 10,       /* detail */
        QUESTION_ADDRESS_OLD = 11, /* detail: the new address; asked of the old mailbox */
        QUESTION_ADDRESS_NEW = 12, /* asked of the new one */
        QUESTION_ALSO_OLD = 13,    /* detail: the further address */
        QUESTION_ALSO_NEW = 14,
        QUESTION_INVITE = 15,
        QUESTION_POST = 16,         /* held_id */
        QUESTION_SEND = 17,         /* held_id: taken as a command, may be sent */
        QUESTION_APPROVE = 18,      /* asked of an owner: member_id is the owner, detail who wants to join */
        QUESTION_MODERATE = 19,     /* held_id; member_id is the moderator */
        QUESTION_OWNER_COMMAND = 20, /* detail: the lines; member_id is the owner */
        QUESTION_OWNER_ADD = 21,     /* asked of who shall be an owner */
        QUESTION_UNDO_NEVER = 22,
        QUESTION_NOT_ALSO = 23, /* detail */
        QUESTION_OWNER_REMOVE = 25, /* asked of an owner who shall be none */
        QUESTION_BOUNCE = 26, /* asked of a member whose mailbox failed */
        QUESTION_GET = 27, /* detail: a range of posts, or "index" */
        QUESTION_TELL = 24 /* nothing is asked: a letter that a stranger may have caused; detail: its template */
};

extern const char *const QUESTION_WORDS[]; /* by number, for listctl */

enum {
        QUESTION_DAYS = 7,
        QUESTION_HELD_DAYS = 14, /* as long as a held post stays */
        QUESTION_ALIKE_MAX = 3,  /* of one kind to one mailbox of one list, with a detail */
        QUESTION_APPROVE_MAX = 500 /* who may join, to one owner of one list */
};

struct question {
        int64_t id, mailbox_id, list_id;
        enum question_kind kind;
        int64_t member_id;
        int64_t mailed; /* 0: not yet */
        int64_t at;
        char *held_id; /* NULL: of no held post */
        char *detail;  /* NULL: none */
};

/* Adds what is to be asked; what is there already without held post and detail keeps its id, and waits again. Sets question->id; 0: there
 * are as many as there may be. */
MUST_USE bool question_add(struct store *store, struct question *question, struct err *ret_err);
/* True with *ret_question NULL: it is gone, or never was. Bound to its list. */
MUST_USE bool question_get(struct store *store, int64_t list_id, int64_t id, struct question **ret_question, struct err *ret_err);
/* Those of a mailbox that wait for a letter, the newest first, for it is likeliest the mailbox's own: a GPtrArray of struct
 * question that frees them. */
MUST_USE bool question_waiting(struct store *store, int64_t mailbox_id, size_t limit, GPtrArray **ret_questions, struct err *ret_err);
/* What waits or was asked on a list, of one kind (0: of all): the same kind of array. */
MUST_USE bool question_of_list(struct store *store, int64_t list_id, enum question_kind kind, GPtrArray **ret_questions,
                               struct err *ret_err);
MUST_USE bool question_of_held(struct store *store, const char *held_id, GPtrArray **ret_questions, struct err *ret_err);
MUST_USE bool question_mailed(struct store *store, int64_t id, int64_t now, struct err *ret_err);
MUST_USE bool question_remove(struct store *store, int64_t id, struct err *ret_err);
MUST_USE bool question_remove_of_mailbox(struct store *store, int64_t mailbox_id, struct err *ret_err);
MUST_USE bool question_remove_of_held(struct store *store, const char *held_id, struct err *ret_err);
MUST_USE bool question_expire(struct store *store, int64_t now, struct err *ret_err);
void question_free(struct question *question);

/* Whether it is too old to be answered. */
bool question_is_old(const struct question *question, int64_t now);

#endif
