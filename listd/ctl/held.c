/* held.c - listctl held, failed: messages that wait for a person
 * Gives:  ctl_held_ls() ... ctl_failed_discard(): a few verbs over one kind of table
 * Fails:  ERR_NOT_FOUND when there is no message of that id; ERR_PERM when a post cannot be distributed */
#include "ctl/kept.h"
#include "ctl/nouns.h"
#include "handle/moderate.h"

/* --- ls ----------------------------------------------------------------------------------------- */

static const struct column KEPT_COLUMNS[] = {
        { "id" },
        { "at" },
        { "list" },
        { "from" },
        { "to" },
        { "subject", .may_wrap = true },
        { "size", .is_right = true },
        { "reason", .may_wrap = true },
};

static void put_row(struct ctl *ctl, const struct kept *kept)
{
        struct gist gist;
        gist_of(kept, &gist);
        const struct cell row[] = {
                TEXT(kept->held->id),
                TIME(kept->held->at),
                TEXT(kept->list ? kept->list->address : NULL),
                TEXT(gist.sender),
                TEXT(gist.recipient),
                TEXT(gist.subject),
                SIZE(kept->held->size),
                TEXT(kept->held->reason),
        };
        output_row(ctl->output, row);
        gist_clear(&gist);
}

static bool put_one(struct ctl *ctl, enum held_kind kind, const char *id, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, kind, id, &kept, ret_err);
        if (ok)
                put_row(ctl, &kept);
        kept_clear(&kept);
        return ok || ret_err->class == ERR_NOT_FOUND; /* somebody else was quicker */
}

static bool ls(struct ctl *ctl, enum held_kind kind, const char *key, struct err *ret_err)
{
        struct list *list = NULL;
        GPtrArray *all;
        const char *of_list = ctl->line->args[0];
        if (of_list && !ctl_list(ctl, of_list, &list, ret_err))
                return false;
        bool ok = held_all(ctl->store, kind, list ? list->id : 0, &all, ret_err);
        list_free(list);
        if (!ok)
                return false;
        output_table(ctl->output, key, KEPT_COLUMNS, G_N_ELEMENTS(KEPT_COLUMNS));
        for (guint i = 0; ok && i < all->len; i++)
                ok = put_one(ctl, kind, ((struct held *) all->pdata[i])->id, ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(all);
        return ok;
}

/* --- show --------------------------------------------------------------------------------- */

static bool show(struct ctl *ctl, enum held_kind kind, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, kind, ctl->line->args[0], &kept, ret_err);
        if (ok)
                kept_put(ctl->output, &kept);
        kept_clear(&kept);
        return ok;
}

/* --- deciding about a post ------------------------------------------------------------------------------- */

static void say_decision(struct ctl *ctl, const struct kept *kept, enum answer answer)
{
        const bool is_sent = answer == ANSWER_ACCEPT || answer == ANSWER_TRUST;
        output_fact(ctl->output, "id", TEXT(kept->held->id));
        if (is_sent) {
                output_fact(ctl->output, "list", TEXT(kept->list->address));
                output_fact(ctl->output, "number", NUMBER(kept->list->posts));
                output_say(ctl->output, "%s is post %" G_GINT64_FORMAT " of %s", kept->held->id, (gint64) kept->list->posts,
                           kept->list->address);
        } else {
                output_say(ctl->output, "%s is discarded%s", kept->held->id, answer == ANSWER_BAN ? ", and its author banned" : "");
        }
}

/* In one transaction: it is queued and gone from here, or neither; moderators by mail hear of it (handle/moderate.c). */
static bool decide(struct ctl *ctl, enum answer answer, struct err *ret_err)
{
        struct kept kept = { 0 };
        if (!store_begin(ctl->store, ret_err))
                return false;
        bool ok = kept_get(ctl, HELD_POST, ctl->line->args[0], &kept, ret_err);
        if (ok && !kept.list)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s: its list is gone", kept.held->id);
        if (ok) {
                const struct desk desk = ctl_desk(ctl, kept.list);
                ok = moderate_post(&desk, kept.held->id, answer, NULL, NULL, ret_err);
        }
        ok = store_end(ctl->store, ok, ret_err);
        if (ok)
                say_decision(ctl, &kept, answer);
        kept_clear(&kept);
        return ok;
}

/* --- retry ------------------------------------------------------------------------------------------- */

bool ctl_failed_retry(struct ctl *ctl, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, HELD_FAILED, ctl->line->args[0], &kept, ret_err)
                  && kept_to_spool(ctl, kept.held, kept.held->envelope, !kept.envelope, ret_err)
                  && held_remove(ctl->store, kept.held->id, ret_err);
        if (ok) {
                output_fact(ctl->output, "id", TEXT(kept.held->id));
                output_say(ctl->output, "%s is in the spool again", kept.held->id);
        }
        kept_clear(&kept);
        return ok;
}

/* --- the verbs by kind --------------------------------------------------------------------------------- */

bool ctl_held_ls(struct ctl *ctl, struct err *ret_err)
{
        return ls(ctl, HELD_POST, "held", ret_err);
}

bool ctl_held_show(struct ctl *ctl, struct err *ret_err)
{
        return show(ctl, HELD_POST, ret_err);
}

bool ctl_held_accept(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_ACCEPT, ret_err);
}

bool ctl_held_discard(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_DISCARD, ret_err);
}

bool ctl_held_trust(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_TRUST, ret_err);
}

bool ctl_held_ban(struct ctl *ctl, struct err *ret_err)
{
        return decide(ctl, ANSWER_BAN, ret_err);
}

bool ctl_failed_ls(struct ctl *ctl, struct err *ret_err)
{
        return ls(ctl, HELD_FAILED, "failed", ret_err);
}

bool ctl_failed_show(struct ctl *ctl, struct err *ret_err)
{
        return show(ctl, HELD_FAILED, ret_err);
}

bool ctl_failed_discard(struct ctl *ctl, struct err *ret_err)
{
        return kept_discard(ctl, HELD_FAILED, ret_err);
}
