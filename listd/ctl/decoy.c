/* decoy.c - listctl decoy: what the decoy was given, as evidence
 * Gives:  ctl_decoy_ls(), ctl_decoy_show(), ctl_decoy_discard()
 * Fails:  ERR_NOT_FOUND when there is no message of that id */
#include "ctl/kept.h"
#include "ctl/nouns.h"

static const struct column DECOY_COLUMNS[] = {
        { "id" },     { "at" },
        { "client" }, { "helo" },
        { "from" },   { "to" },
        { "recipients", .is_right = true },
        { "subject", .may_wrap = true },
        { "size", .is_right = true },
        { "probes", .may_wrap = true },
        { "reason", .may_wrap = true },
};

static void put_row(struct ctl *ctl, const struct kept *kept)
{
        struct gist gist;
        const struct envelope *envelope = kept->envelope;
        gist_of(kept, &gist);
        const struct cell row[] = {
                TEXT(kept->held->id),
                TIME(kept->held->at),
                TEXT(envelope->client),
                TEXT(envelope->helo),
                TEXT(envelope->mail_from),
                TEXT(gist.recipient),
                NUMBER(envelope->recipients->len),
                TEXT(gist.subject),
                SIZE(kept->held->size),
                TEXT(envelope->probes),
                TEXT(kept->held->reason),
        };
        output_row(ctl->output, row);
        gist_clear(&gist);
}

static bool put_one(struct ctl *ctl, const char *id, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, HELD_DECOY, id, &kept, ret_err);
        if (ok)
                put_row(ctl, &kept);
        kept_clear(&kept);
        return ok || ret_err->class == ERR_NOT_FOUND; /* somebody else was quicker */
}

bool ctl_decoy_ls(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *all;
        if (!held_all(ctl->store, HELD_DECOY, 0, &all, ret_err))
                return false;
        bool ok = true;
        output_table(ctl->output, "decoy", DECOY_COLUMNS, G_N_ELEMENTS(DECOY_COLUMNS));
        for (guint i = 0; ok && i < all->len; i++)
                ok = put_one(ctl, ((struct held *) all->pdata[i])->id, ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(all);
        return ok;
}

bool ctl_decoy_show(struct ctl *ctl, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, HELD_DECOY, ctl->line->args[0], &kept, ret_err);
        if (ok)
                kept_put(ctl->output, &kept);
        kept_clear(&kept);
        return ok;
}

bool ctl_decoy_discard(struct ctl *ctl, struct err *ret_err)
{
        return kept_discard(ctl, HELD_DECOY, ret_err);
}
