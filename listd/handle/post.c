/* post.c - the way of a post: facts gathered, judged, rendered, queued
 * Gives:  post_prepare(), post_distribute(), post_free(), way_post(), publish_limits()
 * Fails:  when the store does; what is wrong with a post is its verdict */
#include "handle/post.h"

#include "base/log.h"
#include "handle/work.h"
#include "mail/address.h"
#include "mail/authres.h"
#include "store/accepted.h"
#include "store/held.h"
#include "store/queue.h"
#include "store/spool.h"

void post_free(struct post *post)
{
        if (!post)
                return;
        message_free(post->message);
        address_free(post->author);
        g_free(post->author_name);
        member_free(post->member);
        rendered_free(post->rendered);
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

static bool gather_from_store(struct store *store, const struct list *list, int64_t now, struct post *post,
                              struct post_facts *facts, struct err *ret_err)
{
        if (!post->author)
                return true;
        const char *message_id = message_id_of(post->message);
        if (!member_find(store, list->id, post->author->fold, &post->member, ret_err))
                return false;
        facts->member = post->member;
        return !*message_id
               || accepted_post_known(store, list->id, post->author->fold, message_id, now, &facts->is_duplicate, ret_err);
}

static void hold_unreadable(struct post *post, const char *reason)
{
        post->verdict = (struct post_verdict){ .verdict = VERDICT_HOLD, .check = "header" };
        g_strlcpy(post->verdict.reason, reason, sizeof post->verdict.reason);
}

bool post_prepare(struct store *store, const struct conf *conf, const struct list *list, const struct envelope *envelope,
                  int64_t now, struct post **ret_post, struct err *ret_err)
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
        };
        facts.automatic = automatic_class(post->message, envelope->mail_from, &facts.automatic_why);
        if (message_author(post->message, &post->author, &post->author_name, &flaw)) {
                facts.author = post->author;
                facts.has_aligned_pass = envelope->trusted && *conf->authserv_id
                                         && authres_aligned_pass(post->message, conf->authserv_id, post->author->domain);
        } else {
                facts.author_flaw = flaw.text;
        }
        if (!gather_from_store(store, list, now, post, &facts, ret_err)) {
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

bool post_distribute(struct store *store, const struct conf *conf, struct list *list, struct post *post, const char *log_id,
                     int64_t now, struct err *ret_err)
{
        int64_t number, message_id;
        if (!post->message || !post->author)
                return err_set(ret_err, ERR_PERM, "it cannot be distributed: %s", post->verdict.reason);
        const char *id = message_id_of(post->message);
        if (!store_begin(store, ret_err))
                return false;
        bool ok = list_next_number(store, list, &number, ret_err) && render(store, conf, list, number, post, ret_err)
                  && queue_add_post(store, list->id, number, log_id, post->rendered->message, &message_id, ret_err)
                  && (!*id || accepted_post_add(store, list->id, post->author->fold, id, now, ret_err));
        return store_end(store, ok, ret_err);
}

/* --- the way of a post in `handle` ------------------------------------------------------- */

bool way_post(struct work *work, struct err *ret_err)
{
        struct post *post;
        struct list *list = work->list;
        if (!post_prepare(work->store, work->conf, list, work->envelope, work->now, &post, ret_err))
                return false;
        bool ok = true;
        if (post->verdict.verdict == VERDICT_ACCEPT)
                ok = post_distribute(work->store, work->conf, list, post, work->log_id, work->now, ret_err);
        else if (post->verdict.verdict == VERDICT_HOLD)
                ok = work_keep(work, HELD_POST, post->verdict.reason, ret_err);
        if (ok)
                log_event(LOG_LEVEL_INFO, "post", "msg", work->log_id, "list", list->address, "from",
                          post->author ? log_address(post->author->text) : NULL, "member",
                          post->member ? log_number(post->member->id) : NULL, "verdict", VERDICT_WORDS[post->verdict.verdict],
                          "number", post->verdict.verdict == VERDICT_ACCEPT ? log_number(list->posts) : NULL, "check",
                          post->verdict.check, NULL);
        post_free(post);
        return ok;
}

/* --- what receive may know ------------------------------------------------------------- */

static bool publish(struct spool *spool, const GPtrArray *lists, struct err *ret_err)
{
        struct spool_limit *limits = g_new0(struct spool_limit, lists->len + 1);
        size_t count = 0;
        for (guint i = 0; i < lists->len; i++) {
                const struct list *list = lists->pdata[i];
                if (list->visibility == VISIBILITY_PUBLIC && list->max_size)
                        limits[count++] = (struct spool_limit){ .address = list->address, .max_size = list->max_size };
        }
        bool ok = spool_publish(spool, limits, count, ret_err);
        g_free(limits);
        return ok;
}

bool publish_limits(struct store *store, const char *data, struct err *ret_err)
{
        struct spool *spool;
        GPtrArray *lists;
        if (!list_all(store, &lists, ret_err))
                return false;
        bool ok = spool_open(&spool, data, false, ret_err);
        if (ok) {
                ok = publish(spool, lists, ret_err);
                spool_close(spool);
        }
        g_ptr_array_unref(lists);
        return ok;
}
