/* bounce.c - mail to a return path: a report about a copy
 * Gives:  way_bounce(), bounce_cause_words()
 * Only the ticket says whom it is about. That of a batch (personal = no) names a range of members, of whom the report says which: it
 * counts half, and a complaint about it makes nobody leave, for each of them can have written it. A delay is no failure, nor is an answer
 * of somebody who is away (leaks X6); a complaint is the wish to leave. */
#include "handle/bounce.h"

#include "base/log.h"
#include "base/ticket.h"
#include "handle/membership.h"
#include "handle/work.h"
#include "policy/bounce.h"
#include "store/tally.h"

enum { DAY = 86400, BATCH_SHARE = 2 /* what a report about a batch counts: one part of so many */ };

const char *bounce_cause_words(int cause, int lang)
{
        static const char *const words[][2] = {
                [CAUSE_UNKNOWN] = { "no reason that we understand", "理由不明" },
                [CAUSE_NO_MAILBOX] = { "there is no such mailbox", "宛先が存在しない" },
                [CAUSE_FULL] = { "the mailbox is full", "メールボックスが満杯" },
                [CAUSE_DISABLED] = { "the mailbox is disabled", "メールボックスが停止中" },
                [CAUSE_SIZE] = { "the mail was too large", "メールが大きすぎる" },
                [CAUSE_SPAM] = { "the mail was taken for spam", "迷惑メールと判定された" },
                [CAUSE_POLICY] = { "the provider refused it", "プロバイダーに拒否された" },
                [CAUSE_NO_HOST] = { "there is no such domain", "ドメインが存在しない" },
                [CAUSE_NETWORK] = { "the provider could not be reached", "プロバイダーに接続できない" },
        };
        return words[cause >= 0 && cause < (int) G_N_ELEMENTS(words) ? cause : CAUSE_UNKNOWN][lang];
}

/* --- what is told of the copy -------------------------------------------------------------------------------- */

/* Of several recipients the one that was sent to, else the first: some report a mailbox behind ours. */
static const struct dsn_recipient *recipient_of(const struct dsn *dsn, const struct member *member)
{
        struct address *address;
        const struct dsn_recipient *found = dsn->count ? &dsn->recipients[0] : NULL;
        if (!address_parse(&address, member->address, strlen(member->address), NULL))
                return found;
        for (size_t i = 0; i < dsn->count; i++)
                if (strcmp(dsn->recipients[i].address->fold, address->fold) == 0)
                        found = &dsn->recipients[i];
        address_free(address);
        return found;
}

static char *status_words(const struct dsn_recipient *recipient)
{
        if (!recipient || !recipient->status[0])
                return g_strdup("");
        return g_strdup_printf("%d.%d.%d", recipient->status[0], recipient->status[1], recipient->status[2]);
}

static bool record(const struct work *work, const struct member *member, const struct dsn *dsn, int share, struct err *ret_err)
{
        const struct dsn_recipient *recipient = recipient_of(dsn, member);
        const enum dsn_lasting lasting = recipient ? recipient->lasting : LASTING_UNKNOWN;
        const enum dsn_cause cause = recipient ? recipient->cause : CAUSE_UNKNOWN;
        const char *at = strrchr(member->address, '@');
        char *text = status_words(recipient);
        const struct failure failure = { .list_id = member->list_id, .member_id = member->id, .domain = at + 1, .at = work->now,
                                         .weight = bounce_weight(lasting, cause) / share, .cause = cause, .text = text };
        const enum tally_what what = lasting == LASTING_PERMANENT ? TALLY_REPORT_HARD : TALLY_REPORT_SOFT;
        bool ok = failure_add(work->store, &failure, ret_err)
                  && tally_add(work->store, member->list_id, what, 1, ret_err);
        g_free(text);
        return ok;
}

static bool complain(const struct work *work, const struct member *member, struct err *ret_err)
{
        const struct desk desk = work_desk(work);
        struct person person;
        struct sheet sheet;
        bool ok = person_of_member(&desk, member->id, &person, ret_err);
        sheet_start(&sheet, &desk, desk.list->lang);
        ok = ok && membership_leave(&sheet, &person, ret_err)
             && tally_add(work->store, desk.list->id, TALLY_COMPLAINT, 1, ret_err);
        sheet_clear(&sheet); /* nothing is mailed to who complains of mail */
        person_clear(&person);
        return ok;
}

static bool act(const struct work *work, const struct member *member, const struct dsn *dsn, struct err *ret_err)
{
        if (dsn->kind == DSN_FEEDBACK)
                return complain(work, member, ret_err);
        /* an owner gets letters while paused; what is paused already is not counted */
        return dsn->kind != DSN_FAILURE || member->state != MEMBER_ACTIVE || record(work, member, dsn, 1, ret_err);
}

/* --- the way ------------------------------------------------------------------------------------------------------ */

/* What a ticket names. */
struct about {
        bool is_valid, is_batch;
        struct ticket ticket;
        struct member *member; /* NULL: nobody, or a batch */
};

/* Of mail of long ago. */
static bool is_old(const struct work *work, const struct about *about)
{
        return about->ticket.day + BOUNCE_REPORT_DAYS < work->now / DAY;
}

/* Good for this list, not too old, and of somebody who is a member still. */
static bool find_about(const struct work *work, struct about *ret_about, struct err *ret_err)
{
        const struct keyring *keyring = store_keyring(work->store);
        const int64_t list_id = work->list ? work->list->id : 0;
        *ret_about = (struct about){ 0 };
        ret_about->is_batch = ticket_open(keyring, TICKET_BATCH, list_id, work->target.ticket, &ret_about->ticket);
        ret_about->is_valid = ret_about->is_batch
                              || ticket_open(keyring, TICKET_BOUNCE, list_id, work->target.ticket, &ret_about->ticket);
        if (!ret_about->is_valid || ret_about->is_batch || !work->list || ret_about->ticket.subject == 0 || is_old(work, ret_about))
                return true;
        return member_get(work->store, work->list->id, ret_about->ticket.subject, &ret_about->member, ret_err);
}

/* Of each recipient that the report names and the batch had. */
static bool act_on_batch(const struct work *work, const struct about *about, const struct dsn *dsn, struct err *ret_err)
{
        bool ok = true;
        if (dsn->kind == DSN_FEEDBACK)
                return tally_add(work->store, work->list->id, TALLY_COMPLAINT, 1, ret_err);
        for (size_t i = 0; ok && dsn->kind == DSN_FAILURE && i < dsn->count; i++) {
                struct member *member;
                ok = member_find(work->store, work->list->id, dsn->recipients[i].address->fold, &member, ret_err);
                const int64_t place = ok && member ? member->id - about->ticket.subject : -1;
                if (place >= 0 && place <= (int64_t) about->ticket.context && member->state == MEMBER_ACTIVE)
                        ok = record(work, member, dsn, BATCH_SHARE, ret_err);
                member_free(member);
        }
        return ok;
}

static bool act_on(const struct work *work, const struct about *about, const struct dsn *dsn, struct err *ret_err)
{
        if (about->member)
                return act(work, about->member, dsn, ret_err);
        if (about->is_batch && work->list && !is_old(work, about))
                return act_on_batch(work, about, dsn, ret_err);
        return about->is_valid || !work->list || tally_add(work->store, work->list->id, TALLY_REPORT_UNSIGNED, 1, ret_err);
}

bool way_bounce(struct work *work, struct err *ret_err)
{
        struct dsn dsn = { 0 };
        struct about about;
        if (!find_about(work, &about, ret_err))
                return false;
        if (work->message)
                dsn_read(&dsn, work->message);
        bool ok = act_on(work, &about, &dsn, ret_err);
        const bool names_one = about.is_valid && !about.is_batch;
        log_event(LOG_LEVEL_INFO, "bounce", "msg", work->log_id, "list", work->list ? work->list->address : NULL, "member",
                  names_one ? log_number(about.ticket.subject) : NULL, "post", names_one ? log_number(about.ticket.context) : NULL,
                  "ticket", about.is_batch ? "batch" : about.is_valid ? "valid" : "invalid", "kind", DSN_KIND_WORDS[dsn.kind], "by",
                  dsn.recogniser, NULL);
        dsn_clear(&dsn);
        member_free(about.member);
        return ok;
}
