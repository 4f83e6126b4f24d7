/* confirm.h - answers to questions of ours */
#ifndef LISTD_HANDLE_CONFIRM_H
#define LISTD_HANDLE_CONFIRM_H

#include "handle/work.h"

/* Acts on a ticket of TICKET_CONFIRM of the work's list. `answer` is what it was answered with when the ticket itself does not
 * say; `line` is the line that says it (NULL: none). A ticket that is forged, used or too old is nothing, in silence. */
MUST_USE bool confirm_ticket(struct work *work, const char *ticket, enum answer answer, const char *line, struct err *ret_err);

#endif
