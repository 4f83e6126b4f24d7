/* target.h - what an address of ours stands for
 * The local part alone decides: a list and one of its doors, a door with a ticket, or a mailbox of the site. */
#ifndef LISTD_POLICY_TARGET_H
#define LISTD_POLICY_TARGET_H

#include "base/err.h"

enum target_door {
        DOOR_POST,    /* ml@ */
        DOOR_COMMAND, /* ml-on@, ml-off@, ml-digest@, ml-help@ and their synonyms: a command by address */
        DOOR_REQUEST, /* ml-request@ */
        DOOR_OWNER,   /* ml-owner@ */
        DOOR_CONFIRM, /* ml-confirm+TICKET@ */
        DOOR_BOUNCE,  /* ml-bounce+TICKET@ */
        DOOR_OFF,     /* ml-off+TICKET@ */
        DOOR_ALIAS,   /* ml+TICKET@ */
        DOOR_ADMIN,   /* postmaster@, abuse@ */
        DOOR_SITE_BOUNCE, /* bounce+TICKET@: the return path of mail to the admin */
        DOOR_NONE     /* nothing of ours: misaddressed */
};
extern const char *const TARGET_DOOR_WORDS[];

enum { LIST_NAME_MAX = 22, TARGET_READINGS_MAX = 2 };

struct target {
        enum target_door door;
        char list[LIST_NAME_MAX + 1]; /* "" for doors of the site */
        char word[16];                /* DOOR_COMMAND: on, off, digest, help */
        char ticket[33];              /* as it came, lower case; "" when there is none */
};

/* The readings of a local part (any case), likeliest first: "dev-on" is a list of that name, or the door of "dev".
 * Names that would make two of them exist are refused by name_check(). Returns how many there are; 0: DOOR_NONE. A
 * local part is never trimmed into a valid one (requirement C1). Doors with - and with + are both understood. */
size_t target_readings(const char *local, struct target ret_readings[TARGET_READINGS_MAX]);
/* Whether local@domain (folded) is an address of the list itself: where posts, commands or mail to its owners go. */
bool target_is_of(const char *local, const char *domain, const char *list, const char *list_domain);

/* The words behind a list's name that make an address without a ticket, by number; NULL behind the last. */
const char *target_word(size_t number);

/* The local part of a door of a list: "ml-owner" or "ml+owner"; `word` for DOOR_COMMAND, `ticket` where there is one,
 * else NULL. `addresses` is enum conf_addresses: which separator listd writes. The caller frees. */
char *target_local(const char *list, enum target_door door, const char *word, const char *ticket, int addresses);

/* Whether a list may have that name: the form of it, reserved names, and doors that would collide (dev-on beside dev);
 * `exists` says whether a list of the same domain has a name. ERR_PERM with the reason. */
MUST_USE bool name_check(const char *name, bool (*exists)(const char *name, void *user), void *user, struct err *ret_err);

#endif
