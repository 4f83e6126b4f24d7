/* visitor.h - a client at the door, during one session or for one question of an MTA about it
 * What it does is counted with it, its network, its sender's domain and the domain of ours that it tries (receive/guard.h). Trusted
 * clients are none. */
#ifndef LISTD_RECEIVE_VISITOR_H
#define LISTD_RECEIVE_VISITOR_H

#include "receive/guard.h"
#include "receive/session.h"

struct visitor;

/* The visitor with an IP address in text form, or NULL when it is none. Freed with visitor_free(). */
struct visitor *visitor_new(struct guard *guard, const char *ip);
void visitor_free(struct visitor *visitor);

/* Opens a session; `open` is how many there are. NULL: it may. Else which limit refuses it ("client", "network", "reserve",
 * "rate"), and nothing is open. visitor_free() closes it. */
const char *visitor_enter(struct visitor *visitor, unsigned open);

/* As struct session_owner has them. */
void visitor_note(struct visitor *visitor, enum guard_part part, double points);
enum admission visitor_tried(struct visitor *visitor, const char *mail_from, const char *recipient);
/* Counts a try that an MTA of ours has answered, or will: nobody is kept waiting. */
enum suspicion visitor_witnessed(struct visitor *visitor, const char *mail_from, const char *recipient);
bool visitor_may_mail(struct visitor *visitor);
/* A message was taken: it pays for a part of what its recipients have cost, with everybody whom they were counted of. */
void visitor_taken(struct visitor *visitor, const struct envelope *envelope);

/* The suspicion as it stands, without counting anything. */
enum suspicion visitor_suspicion(struct visitor *visitor);

/* A pause that visitor_tried() asked for has ended. */
void visitor_resumed(struct visitor *visitor);

#endif
