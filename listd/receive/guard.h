/* guard.h - what this door makes of its clients: counts what each does, and says who waits and who is refused
 * A visitor is a client during one session, or for one question of an MTA about it. Trusted clients are none.
 *
 *   FREE -> WATCH -> SLOW -> DENY   by points, up at once and down as they fade   DENY -> FREE  when its time is over
 *
 * Only set_suspicion() writes a source's suspicion; each change is a line of the log that says why. */
#ifndef LISTD_RECEIVE_GUARD_H
#define LISTD_RECEIVE_GUARD_H

#include <event2/event.h>

#include "receive/session.h"
#include "store/source.h"

struct guard;
struct visitor;

/* `conf` and `spool` are borrowed. Reads what was counted before; from then on a timer saves. */
MUST_USE bool guard_new(struct guard **ret_guard, struct event_base *base, const struct conf *conf, struct spool *spool,
                        struct err *ret_err);
/* No timer any more, so that the loop can end. */
void guard_stop(struct guard *guard);
/* Saves first. */
void guard_free(struct guard *guard);

/* The visitor with an IP address in text form, or NULL when it is none. Freed with visitor_free(). */
struct visitor *visitor_new(struct guard *guard, const char *ip);
void visitor_free(struct visitor *visitor);

/* Opens a session; `open` is how many there are. NULL: it may. Else which limit refuses it ("client", "network", "reserve",
 * "rate"), and nothing is open. visitor_free() closes it. */
const char *visitor_enter(struct visitor *visitor, unsigned open);

/* As struct session_owner has them. */
void visitor_note(struct visitor *visitor, enum guard_part part, double points);
enum admission visitor_tried(struct visitor *visitor, const char *mail_from, const char *recipient);
bool visitor_may_mail(struct visitor *visitor);
/* A message was taken: it pays for a part of what its recipients have cost, with everybody whom they were counted of. */
void visitor_taken(struct visitor *visitor, const struct envelope *envelope);

/* The suspicion as it stands, without counting anything. */
enum suspicion visitor_suspicion(struct visitor *visitor);

/* A pause that visitor_tried() asked for has ended. */
void visitor_resumed(struct visitor *visitor);

#endif
