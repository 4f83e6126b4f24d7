/* ticket.c - mail to the sealed address by which a member leaves
 * Gives:  way_leave()
 * A forged, old or foreign ticket is the same silence as a right one; only the log of the server knows. */
#include "base/ticket.h"

#include "base/log.h"
#include "handle/membership.h"
#include "handle/work.h"

static bool open_ticket(const struct work *work, enum ticket_kind kind, struct ticket *ret_ticket)
{
        return ticket_open(store_keyring(work->store), kind, work->list ? work->list->id : 0, work->target.ticket, ret_ticket);
}

/* Nobody is told: whoever has the ticket may have sent it. */
static bool leave(struct work *work, int64_t member_id, struct err *ret_err)
{
        const struct desk desk = work_desk(work);
        struct person person;
        struct sheet sheet;
        bool ok = person_of_member(&desk, member_id, &person, ret_err);
        sheet_start(&sheet, &desk, desk.list->lang);
        ok = ok && (!person.member || membership_leave(&sheet, &person, ret_err));
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

bool way_leave(struct work *work, struct err *ret_err)
{
        struct ticket ticket;
        const bool valid = open_ticket(work, TICKET_OFF, &ticket);
        bool ok = !valid || leave(work, ticket.subject, ret_err);
        log_event(LOG_LEVEL_INFO, "leave", "msg", work->log_id, "list", work->list->address, "member",
                  valid ? log_number(ticket.subject) : NULL, "ticket", valid ? "valid" : "invalid", NULL);
        return ok;
}
