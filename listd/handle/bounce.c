/* bounce.c - mail to a return path: a report about a copy
 * Gives:  way_bounce(), bounce_cause_words()
 * Only the ticket says whom it is about. A delay is no failure, nor is an answer of somebody who is away (leaks X6); a complaint is the
 * wish to leave. */
#include "handle/bounce.h"

#include "base/log.h"
#include "base/ticket.h"
#include "handle/membership.h"
#include "handle/work.h"
#include "policy/bounce.h"
#include "store/tally.h"

enum { DAY = 86400 };

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

static bool record(const struct work *work, const struct member *member, const struct dsn *dsn, struct err *ret_err)
{
        const struct dsn_recipient *recipient = recipient_of(dsn, member);
        const enum dsn_lasting lasting = recipient ? recipient->lasting : LASTING_UNKNOWN;
        const enum dsn_cause cause = recipient ? recipient->cause : CAUSE_UNKNOWN;
        const char *at = strrchr(member->address, '@');
        char *text = status_words(recipient);
        const struct failure failure = { .list_id = member->list_id, .member_id = member->id, .domain = at + 1, .at = work->now,
                                         .weight = bounce_weight(lasting, cause), .cause = cause, .text = text };
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
        return dsn->kind != DSN_FAILURE || member->state != MEMBER_ACTIVE || record(work, member, dsn, ret_err);
}

/* --- the way ------------------------------------------------------------------------------------------------------ */

/* Good for this list, not too old, and of somebody who is a member still. True with *ret_member NULL: it names nobody. */
static bool find_member(const struct work *work, bool is_valid, const struct ticket *ticket, struct member **ret_member,
                        struct err *ret_err)
{
        *ret_member = NULL;
        if (!is_valid || !work->list || ticket->subject == 0 || ticket->day + BOUNCE_REPORT_DAYS < work->now / DAY)
                return true;
        return member_get(work->store, work->list->id, ticket->subject, ret_member, ret_err);
}

bool way_bounce(struct work *work, struct err *ret_err)
{
        struct ticket ticket;
        struct dsn dsn = { 0 };
        struct member *member;
        const int64_t list_id = work->list ? work->list->id : 0;
        const bool is_valid = ticket_open(store_keyring(work->store), TICKET_BOUNCE, list_id, work->target.ticket, &ticket);
        if (!find_member(work, is_valid, &ticket, &member, ret_err))
                return false;
        if (work->message)
                dsn_read(&dsn, work->message);
        bool ok = member ? act(work, member, &dsn, ret_err)
                         : is_valid || !work->list || tally_add(work->store, work->list->id, TALLY_REPORT_UNSIGNED, 1, ret_err);
        log_event(LOG_LEVEL_INFO, "bounce", "msg", work->log_id, "list", work->list ? work->list->address : NULL, "member",
                  is_valid ? log_number(ticket.subject) : NULL, "post", is_valid ? log_number(ticket.context) : NULL, "ticket",
                  is_valid ? "valid" : "invalid", "kind", DSN_KIND_WORDS[dsn.kind], "by", dsn.recogniser, NULL);
        dsn_clear(&dsn);
        member_free(member);
        return ok;
}
