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

/* The last owner stays, for a list without one is nobody's, but gets no more posts: that is what was asked for. */
static bool leave(struct work *work, const struct member *member, const char **ret_did, struct err *ret_err)
{
        GPtrArray *owners;
        int64_t list_id = work->list->id;
        if (!member_officers(work->store, list_id, ROLE_OWNER, &owners, ret_err))
                return false;
        bool is_last = member->role == ROLE_OWNER && owners->len == 1;
        g_ptr_array_unref(owners);
        *ret_did = is_last ? "paused" : "removed";
        return is_last ? member_set_state(work->store, list_id, member->id, MEMBER_PAUSED, ret_err)
                       : member_remove(work->store, list_id, member->id, ret_err);
}

bool way_leave(struct work *work, struct err *ret_err)
{
        struct ticket ticket;
        struct member *member = NULL;
        const char *did = "nothing";
        bool valid = open_ticket(work, TICKET_OFF, &ticket);
        if (valid && !member_get(work->store, work->list->id, ticket.subject, &member, ret_err))
                return false;
        bool ok = !member || leave(work, member, &did, ret_err);
        member_free(member);
        log_event(LOG_LEVEL_INFO, "leave", "msg", work->log_id, "list", work->list->address, "member",
                  valid ? log_number(ticket.subject) : NULL, "ticket", valid ? "valid" : "invalid", "did", did, NULL);
        return ok;
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
