/* bounce.c - what listctl tells of a mailbox that fails
 * Gives:  bounce_put()
 * Fails:  when the store does */
#include "ctl/bounce.h"

#include "handle/bounce.h"
#include "policy/bounce.h"

enum { FAILURES_SHOWN = 20 };

static const struct column FAILURE_COLUMNS[] = {
        { "at" }, { "times", .is_right = true }, { "points", .is_right = true }, { "what", .may_wrap = true },
};

static void put_failure(struct output *output, const struct failure_seen *seen)
{
        char *points = g_strdup_printf("%d.%02d", seen->weight / BOUNCE_POINT, seen->weight % BOUNCE_POINT / 10);
        char *what = g_strdup_printf("%s: %s%s%s%s", seen->is_relays ? "the relay refused it" : "a report came back",
                                     bounce_cause_words(seen->cause, LANG_EN), *seen->text ? ", " : "", seen->text,
                                     seen->is_excused    ? "; not counted: many mailboxes of its provider began to fail that day"
                                     : !seen->is_counted ? "; not counted yet: its day is not over"
                                                         : "");
        const struct cell row[] = { TIME(seen->at), NUMBER(seen->times), TEXT(points), TEXT(what) };
        output_row(output, row);
        g_free(what);
        g_free(points);
}

/* NULL: nothing is held against it. The caller frees. */
static char *bounce_words(const struct list *list, const struct bounce *bounce, int64_t now)
{
        const int64_t score = bounce_faded(bounce->score, bounce->at, now);
        if (!bounce->list_id)
                return NULL;
        if (bounce->state == BOUNCE_SUSPECT)
                return g_strdup_printf("%d.%02d points; the member is paused at %d (bounce_score)", (int) (score / BOUNCE_POINT),
                                       (int) (score % BOUNCE_POINT / 10), list->bounce_score);
        return g_strdup_printf("paused for it; %d of %d letters asked whether it works again%s", (int) bounce->asked, list->bounce_letters,
                               bounce->state == BOUNCE_KEPT ? ", none was answered; not removed" : "");
}

bool bounce_put(struct ctl *ctl, const struct list *list, const struct member *member, struct err *ret_err)
{
        struct bounce bounce;
        GPtrArray *failures;
        if (!bounce_get(ctl->store, list->id, member->id, &bounce, ret_err)
            || !failure_history(ctl->store, list->id, member->id, FAILURES_SHOWN, &failures, ret_err))
                return false;
        char *words = bounce_words(list, &bounce, clock_now());
        output_field(ctl->output, "mailbox", TEXT(words));
        output_table(ctl->output, "mailbox_failures", FAILURE_COLUMNS, G_N_ELEMENTS(FAILURE_COLUMNS));
        for (guint i = 0; i < failures->len; i++)
                put_failure(ctl->output, failures->pdata[i]);
        output_table_end(ctl->output);
        g_free(words);
        g_ptr_array_unref(failures);
        return true;
}
