/* ticket.c - mail to sealed addresses: leaving, and reports that come back
 * Gives:  way_leave(), way_bounce()
 * A forged, old or foreign ticket is the same silence as a right one; only the log of the server knows. */
#include "base/ticket.h"

#include "base/log.h"
#include "handle/work.h"
#include "store/member.h"

static bool open_ticket(const struct work *work, enum ticket_kind kind, struct ticket *ret_ticket)
{
        return ticket_open(store_keyring(work->store), kind, work->list ? work->list->id : 0, work->target.ticket, ret_ticket);
}

bool way_leave(struct work *work, struct err *ret_err)
{
        struct ticket ticket;
        bool valid = open_ticket(work, TICKET_OFF, &ticket);
        log_event(LOG_LEVEL_INFO, "leave", "msg", work->log_id, "list", work->list->address, "member",
                  valid ? log_number(ticket.subject) : NULL, "ticket", valid ? "valid" : "invalid", NULL);
        return !valid || member_remove(work->store, work->list->id, ticket.subject, ret_err);
}

bool way_bounce(struct work *work, struct err *ret_err)
{
        struct ticket ticket;
        bool valid = open_ticket(work, TICKET_BOUNCE, &ticket);
        /* only counted in the log: what a report does to its member comes with bounce handling */
        log_event(LOG_LEVEL_INFO, "bounce", "msg", work->log_id, "list", work->list ? work->list->address : NULL, "member",
                  valid ? log_number(ticket.subject) : NULL, "post", valid ? log_number(ticket.context) : NULL, "ticket",
                  valid ? "valid" : "invalid", NULL);
        return true;
}
