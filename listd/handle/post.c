/* post.c - the way of a post: facts gathered, judged, rendered, queued
 * Gives:  post_prepare(), post_distribute(), post_take(), post_free(), way_post()
 * Fails:  when the store does; what is wrong with a post is its verdict */
#include "handle/post.h"

#include "base/log.h"
#include "handle/ask.h"
#include "handle/digest.h"
#include "handle/freemail.h"
#include "handle/membership.h"
#include "handle/moderate.h"
#include "handle/owners.h"
#include "handle/work.h"
#include "mail/authres.h"
#include "mail/origin.h"
#include "store/accepted.h"
#include "store/author.h"
#include "store/domain.h"
#include "store/mailbox.h"
#include "store/queue.h"
#include "store/tally.h"
#include "store/trace.h"

void post_free(struct post *post)
{
        if (!post)
                return;
        message_free(post->message);
        address_free(post->author);
        g_free(post->author_name);
        member_free(post->member);
        rendered_free(post->rendered);
        g_free(post->network);
        g_free(post);
}

static const char *message_id_of(const struct message *message)
{
        const char *id = message_get(message, "Message-ID");
        return id ? id : "";
}

/* The number is the one that the post would get now. */
static bool render(struct store *store, const struct conf *conf, const struct list *list, int64_t number, struct post *post,
                   struct err *ret_err)
{
        const struct render_facts facts = {
                .list = list,
                .keyring = store_keyring(store),
                .author = post->author,
                .author_name = post->author_name,
                .timezone = *list->timezone ? list->timezone : conf->timezone,
                .hostname = conf->hostname,
                .number = number,
                .addresses = conf->addresses,
        };
        g_clear_pointer(&post->rendered, rendered_free);
        return render_post(&post->rendered, post->message, &facts, ret_err);
}

static struct limit quota_of(const struct list *list, const struct post *post)
{
        enum { DAY = 86400 };
        return (struct limit){ SPENT_QUOTA, post->member ? post->member->address : post->author->fold, list->id, list->post_quota, DAY };
}

static bool gather_member(struct store *store, const struct conf *conf, const struct list *list, const struct envelope *envelope,
                          int64_t now, struct post *post, struct post_facts *facts, struct err *ret_err)
{
        if (!author_member(store, list->id, post->author->fold, &post->member, ret_err))
                return false;
        facts->member = post->member;
        post->network = origin_network(post->message, envelope, conf->trusted_networks);
        return !post->member || !post->network
               || network_is_known(store, post->member->id, post->network, now, &facts->is_network_known, ret_err);
}

static bool gather_quota(struct store *store, const struct list *list, int64_t now, const struct post *post,
                         struct post_facts *facts, struct err *ret_err)
{
        bool room;
        const struct limit quota = quota_of(list, post);
        if (!list->post_quota || (post->member && post->member->role >= ROLE_MODERATOR))
                return true;
        if (!limit_room(store, &quota, 1, now, &room, ret_err))
                return false;
        facts->is_over_quota = !room;
        return true;
}

static bool gather_from_store(struct store *store, const struct conf *conf, const struct list *list,
                              const struct envelope *envelope, int64_t now, struct post *post, struct post_facts *facts,
                              struct err *ret_err)
{
        if (!post->author)
                return true;
        const char *message_id = message_id_of(post->message);
        return gather_member(store, conf, list, envelope, now, post, facts, ret_err)
               && gather_quota(store, list, now, post, facts, ret_err)
               && ban_is(store, list->id, post->author->fold, &facts->is_banned, ret_err)
               && freemail_rule(store, list, post->author->fold, &facts->freemail, ret_err)
               && (!*message_id
                   || accepted_post_known(store, list->id, post->author->fold, message_id, now, &facts->is_duplicate, ret_err));
}

static void hold_unreadable(struct post *post, const char *reason)
{
        post->verdict = (struct post_verdict){ .verdict = VERDICT_HOLD, .check = "header" };
        g_strlcpy(post->verdict.reason, reason, sizeof post->verdict.reason);
}

bool post_prepare(struct store *store, const struct conf *conf, const struct list *list, const struct envelope *envelope,
                  bool is_confirmed, int64_t now, struct post **ret_post, struct err *ret_err)
{
        struct err flaw = { 0 }, render_flaw = { 0 };
        struct post *post = g_new0(struct post, 1);
        *ret_post = post;
        if (!message_parse(&post->message, envelope->message, &flaw)) {
                hold_unreadable(post, flaw.text);
                return true;
        }
        struct post_facts facts = {
                .list = list,
                .envelope = envelope,
                .message = post->message,
                .proof = post_proof_in_force(list, conf->authserv_id),
                .server_max_size = conf->max_size,
                .is_confirmed = is_confirmed,
                .is_trusted_client = envelope->trusted,
        };
        facts.automatic = automatic_class(post->message, envelope->mail_from, &facts.automatic_why);
        if (message_author(post->message, &post->author, &post->author_name, &flaw)) {
                facts.author = post->author;
                facts.has_aligned_pass = envelope->trusted && *conf->authserv_id
                                         && authres_aligned_pass(post->message, conf->authserv_id, post->author->domain);
        } else {
                facts.author_flaw = flaw.text;
        }
        post->automatic = facts.automatic;
        post->is_proven = facts.has_aligned_pass || is_confirmed;
        if (!gather_from_store(store, conf, list, envelope, now, post, &facts, ret_err)) {
                post_free(post);
                *ret_post = NULL;
                return false;
        }
        if (!post->author) {
                /* judged without a copy: the checks before `content` decide */
        } else if (!render(store, conf, list, list->posts + 1, post, &render_flaw)) {
                facts.render_flaw = render_flaw.text;
        } else {
                facts.text_size = post->rendered->text_size;
                facts.render_flaw = post->rendered->empty ? "no readable text is left" : NULL;
        }
        post_judge(&facts, &post->verdict);
        return true;
}

/* What readers get: for the owners' report. */
static bool count_post(struct store *store, const struct list *list, const struct rendered *rendered, struct err *ret_err)
{
        int64_t cut = 0;
        for (guint i = 0; i < rendered->parts->len; i++) {
                const struct render_part *part = rendered->parts->pdata[i];
                cut += part->noticed && !part->kept;
        }
        return tally_add(store, list->id, TALLY_POSTS, 1, ret_err)
               && tally_add(store, list->id, TALLY_OCTETS, (int64_t) g_bytes_get_size(rendered->message), ret_err)
               && (cut == 0 || tally_add(store, list->id, TALLY_PARTS, cut, ret_err));
}

bool post_distribute(struct store *store, const struct conf *conf, struct list *list, struct post *post, const char *log_id,
                     int64_t now, struct err *ret_err)
{
        int64_t number, message_id;
        if (!post->message || !post->author)
                return err_set(ret_err, ERR_PERM, "it cannot be distributed: %s", post->verdict.reason);
        const char *id = message_id_of(post->message);
        const struct limit quota = quota_of(list, post);
        if (!store_begin(store, ret_err))
                return false;
        bool ok = list_next_number(store, list, &number, ret_err) && render(store, conf, list, number, post, ret_err)
                  && queue_add_post(store, list->personal ? QUEUE_POST : QUEUE_BATCH, list->id, number, log_id, post->rendered->message,
                                    &message_id, ret_err)
                  && count_post(store, list, post->rendered, ret_err)
                  && digest_keep(store, list, number, post->rendered->message, now, ret_err)
                  && (!*id || accepted_post_add(store, list->id, post->author->fold, id, now, ret_err))
                  && (!list->post_quota || limit_spend(store, &quota, 1, now, ret_err));
        return store_end(store, ok, ret_err);
}

/* --- the way of a post in `handle` ------------------------------------------------------- */

static void log_post(const struct desk *desk, const struct post *post)
{
        const bool is_accepted = post->verdict.verdict == VERDICT_ACCEPT;
        log_event(LOG_LEVEL_INFO, "post", "msg", desk->log_id, "list", desk->list->address, "from",
                  post->author ? log_address(post->author->text) : NULL, "member",
                  post->member ? log_number(post->member->id) : NULL, "verdict", VERDICT_WORDS[post->verdict.verdict],
                  "number", is_accepted ? log_number(desk->list->posts) : NULL, "check", post->verdict.check, NULL);
}

static bool keep(const struct desk *desk, const struct envelope *envelope, enum held_kind kind, const char *reason,
                 char ret_id[HELD_ID_CHARS + 1], struct err *ret_err)
{
        GBytes *bytes = envelope_write(envelope);
        bool ok = held_add(desk->store, kind, desk->list->id, reason, desk->log_id, bytes, ret_id, ret_err);
        g_bytes_unref(bytes);
        return ok;
}

/* Held: the author is asked whether they wrote it, when that is all that is missing; else a moderator is. */
static bool hold(const struct desk *desk, const struct envelope *envelope, const struct post *post, struct err *ret_err)
{
        char id[HELD_ID_CHARS + 1];
        const bool needs_proof = strcmp(post->verdict.check, "proof") == 0;
        return keep(desk, envelope, HELD_POST, post->verdict.reason, id, ret_err)
               && (needs_proof && post->automatic == AUTOMATIC_NOT ? moderate_ask_author(desk, id, post, ret_err)
                                                                   : moderate_notify(desk, id, ret_err))
               && moderate_tell_author(desk, post, ret_err);
}

static bool count_verdict(const struct desk *desk, const struct post *post, struct err *ret_err)
{
        const bool is_held = post->verdict.verdict == VERDICT_HOLD;
        const int64_t list_id = desk->list->id;
        return post->verdict.verdict == VERDICT_ACCEPT
               || (tally_add(desk->store, list_id, is_held ? TALLY_HELD : TALLY_DISCARDED, 1, ret_err)
                   && tally_add_check(desk->store, list_id, is_held ? TALLY_HELD_BY : TALLY_DISCARDED_BY, post->verdict.check, ret_err));
}

/* For `listctl trace`: what an author asks about. */
static bool trace_verdict(const struct desk *desk, const struct post *post, struct err *ret_err)
{
        static const enum trace_what whats[] = { [VERDICT_ACCEPT] = TRACE_ACCEPTED, [VERDICT_HOLD] = TRACE_HELD,
                                                 [VERDICT_DISCARD] = TRACE_DISCARDED };
        const bool is_accepted = post->verdict.verdict == VERDICT_ACCEPT;
        return trace_note(desk->store, desk->list->id, desk->log_id, whats[post->verdict.verdict], is_accepted ? desk->list->posts : 0,
                          post->author ? post->author->fold : NULL, is_accepted ? NULL : post->verdict.reason, desk->now, ret_err);
}

/* The two checks that find advertisements. */
static bool count_spam(const struct desk *desk, const struct post *post, struct err *ret_err)
{
        const struct domain_counts more = { .spam = 1 };
        const bool is_spam = strcmp(post->verdict.check, "spam") == 0 || strcmp(post->verdict.check, "labels") == 0;
        return !is_spam || domain_count(desk->store, desk->list->domain, &more, desk->now, ret_err);
}

bool post_take(const struct desk *desk, const struct envelope *envelope, bool is_confirmed, struct err *ret_err)
{
        struct post *post;
        bool ok = true;
        if (!post_prepare(desk->store, desk->conf, desk->list, envelope, is_confirmed, desk->now, &post, ret_err))
                return false;
        if (post->verdict.verdict == VERDICT_ACCEPT)
                ok = post_distribute(desk->store, desk->conf, desk->list, post, desk->log_id, desk->now, ret_err)
                     && moderate_tell_author(desk, post, ret_err)
                     && (!is_confirmed || !post->member || !post->network
                         || network_learn(desk->store, post->member->id, post->network, desk->now, ret_err));
        else if (post->verdict.verdict == VERDICT_HOLD)
                ok = hold(desk, envelope, post, ret_err);
        ok = ok && trace_verdict(desk, post, ret_err) && count_verdict(desk, post, ret_err) && count_spam(desk, post, ret_err);
        if (ok)
                log_post(desk, post);
        post_free(post);
        return ok;
}

/* Kept in case that all shall read it; not when many are already, for anybody may have written them. */
static bool keep_command(const struct desk *desk, const struct envelope *envelope, const struct person *person, struct err *ret_err)
{
        enum { COMMANDS_KEPT_MAX = 200 /* of a list */ };
        char id[HELD_ID_CHARS + 1];
        GPtrArray *kept;
        if (!held_all(desk->store, HELD_COMMAND, desk->list->id, &kept, ret_err))
                return false;
        const bool room = kept->len < COMMANDS_KEPT_MAX;
        g_ptr_array_unref(kept);
        return !room || (keep(desk, envelope, HELD_COMMAND, "taken as a command", id, ret_err)
                         && ask(desk, person, QUESTION_SEND, person->member ? person->member->id : 0, id, NULL, ret_err));
}

/* A post that is one command and nothing else. */
static bool take_command(struct work *work, const struct desk *desk, const struct envelope *envelope, struct request *request,
                         const char *line, bool *ret_taken, struct err *ret_err)
{
        struct person person;
        struct sheet sheet;
        bool is_known, may = false;
        bool ok = work_person(work, desk, &person, &is_known, ret_err)
                  && (!is_known || membership_may_be(desk, &person, &may, ret_err));
        const bool is_owners = verb_is_owners(request->verb);
        const bool may_command = !is_owners || owners_may(person.member, request->verb);
        const bool may_post = person.member || desk->list->posting == POSTING_ANYONE;
        *ret_taken = ok && may && may_command && (person.member || desk->list->visibility == VISIBILITY_PUBLIC);
        sheet_start(&sheet, desk, person_lang(desk, &person));
        if (*ret_taken) {
                log_event(LOG_LEVEL_INFO, "post", "msg", desk->log_id, "list", desk->list->address, "verdict", "command", NULL);
                ok = trace_note(desk->store, desk->list->id, desk->log_id, TRACE_COMMAND, 0, person.fold, NULL, desk->now, ret_err)
                     && tally_add(desk->store, desk->list->id, TALLY_COMMANDS, 1, ret_err)
                     && (is_owners ? owners_ask(&sheet, &person, work->message, line, ret_err)
                                : request_run(&sheet, &person, request, ret_err))
                     && (!may_post || keep_command(desk, envelope, &person, ret_err))
                     && ask_mail(&sheet, &person, person.is_proven ? ASK_ANSWER : ASK_STRANGER, ret_err);
        }
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

bool way_post(struct work *work, struct err *ret_err)
{
        const struct desk desk = work_desk(work);
        struct request request;
        char *line = NULL;
        bool taken = false, ok = true;
        struct envelope one = *work->envelope;
        one.recipients = g_ptr_array_new();
        g_ptr_array_add(one.recipients, (void *) work->recipient);
        if (work->message && work->automatic == AUTOMATIC_NOT && request_alone(work, &request, &line)) {
                ok = take_command(work, &desk, &one, &request, line, &taken, ret_err);
                request_clear(&request);
        }
        if (ok && !taken)
                ok = post_take(&desk, &one, false, ret_err);
        g_free(line);
        g_ptr_array_unref(one.recipients);
        return ok;
}
