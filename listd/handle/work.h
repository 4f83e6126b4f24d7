/* work.h - one message in the hands of `handle`, and the ways it can go
 * A message has a way for each of its recipients; all of them are one transaction (handle/route.c). */
#ifndef LISTD_HANDLE_WORK_H
#define LISTD_HANDLE_WORK_H

#include "base/conf.h"
#include "mail/automatic.h"
#include "mail/envelope.h"
#include "policy/target.h"
#include "store/list.h"

struct work {
        struct store *store;
        const struct conf *conf;
        const struct envelope *envelope;
        struct message *message; /* NULL: its header cannot be read */
        enum automatic automatic;
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
work_way way_command;      /* keep.c: kept aside until commands are understood */
work_way way_misaddressed; /* keep.c: kept for the admin */
work_way way_owner;        /* owner.c: wrapped, to the owners */
work_way way_admin;        /* owner.c: wrapped, to the admin */
work_way way_leave;        /* ticket.c: a valid ml-off+TICKET acts, whoever sends it (leaks X4) */
work_way way_bounce;       /* ticket.c: a report that came back */

/* Puts the message aside under a kind and a reason, with the one recipient whose turn it is. */
MUST_USE bool work_keep(struct work *work, int kind, const char *reason, struct err *ret_err);

#endif
