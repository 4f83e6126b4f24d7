/* expire.c - what time does by itself
 * Gives:  expire_all() */
#include "handle/expire.h"

#include "store/accepted.h"
#include "store/author.h"
#include "store/bounce.h"
#include "store/change.h"
#include "store/domain.h"
#include "store/lost.h"
#include "store/mailbox.h"
#include "store/question.h"
#include "store/tally.h"
#include "store/trace.h"

bool expire_all(struct store *store, int64_t now, struct err *ret_err)
{
        static bool (*const steps[])(struct store *store, int64_t now, struct err *ret_err) = {
                member_wake, held_expire, lost_expire, question_expire, limit_expire, author_expire, change_expire, tally_expire,
                domain_expire,
                accepted_expire, trace_expire, bounce_expire,
        };
        if (!store_begin(store, ret_err))
                return false;
        bool ok = true;
        for (size_t i = 0; ok && i < G_N_ELEMENTS(steps); i++)
                ok = steps[i](store, now, ret_err);
        return store_end(store, ok, ret_err);
}
