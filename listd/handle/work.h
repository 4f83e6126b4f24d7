/* work.h - one message in the hands of `handle`, and the ways it can go
 * A message has a way for each of its recipients; all of them are one transaction (handle/route.c). */
#ifndef LISTD_HANDLE_WORK_H
#define LISTD_HANDLE_WORK_H

#include "handle/letters.h"
#include "mail/automatic.h"
#include "mail/envelope.h"
#include "policy/target.h"
#include "store/held.h"

struct work {
        struct store *store;
        const struct conf *conf;
        const struct envelope *envelope;
        struct message *message; /* NULL: its header cannot be read */
        enum automatic automatic;
        char *network; /* where it came from (mail/origin.h); NULL: it cannot be told */
        const char *log_id;
        int64_t now;
        /* the recipient whose turn it is */
        const char *recipient;
        const char *domain;   /* of it: one of ours */
        struct target target;
        struct list *list;    /* NULL for doors of the site and DOOR_NONE */
};

/* Each does all its writing through work->store. False: the transaction cannot be committed. */
typedef bool work_way(struct work *work, struct err *ret_err);

work_way way_post;         /* post.c: distributed, held or discarded */
work_way way_command;      /* command.c: what somebody wants of a list */
work_way way_confirm;      /* confirm.c: an answer to a question of ours */
work_way way_misaddressed; /* lost.c: kept for the admin */
work_way way_owner;        /* owner.c: wrapped, to the owners */
work_way way_admin;        /* owner.c: wrapped, to the admin */
work_way way_leave;        /* ticket.c: a valid ml-off+TICKET acts, whoever sends it (leaks X4) */
work_way way_bounce;       /* bounce.c: a report that came back */
work_way way_site_bounce;  /* roundtrip.c: a report about mail of the site, or a probe of `listctl check mail` */

/* The envelope with the one recipient whose turn it is; the caller unrefs. */
GBytes *work_envelope(const struct work *work);
/* Puts the message aside under a kind and a reason, with the one recipient whose turn it is. ret_id may be NULL. */
MUST_USE bool work_keep(struct work *work, enum held_kind kind, const char *reason, char *ret_id, struct err *ret_err);

/* The desk of work on a list: for as long as the work. */
struct desk work_desk(const struct work *work);
/* Who wrote it, if that is one person; *ret_person is to be cleared, on failure too. `is_proven` with an aligned pass. False: the
 * store failed, or with *ret_known false nobody knows who. */
MUST_USE bool work_person(const struct work *work, const struct desk *desk, struct person *ret_person, bool *ret_known,
                          struct err *ret_err);

/* Does what a line says for a person, on a sheet that is not mailed yet: asks, or acts when they are proven. A line for owners
 * is for owners.c. */
MUST_USE bool request_run(struct sheet *sheet, const struct person *person, const struct request *request, struct err *ret_err);
/* The one command that a post is, if it is nothing else; *ret_line is the caller's. */
bool request_alone(const struct work *work, struct request *ret_request, char **ret_line);

#endif
