/* post.h - the way of a post: facts gathered, judged, rendered, queued
 * listctl goes the same way for `explain` and `held accept`. */
#ifndef LISTD_HANDLE_POST_H
#define LISTD_HANDLE_POST_H

#include "handle/letters.h"
#include "mail/envelope.h"
#include "mail/render.h"
#include "policy/post.h"

struct post {
        struct message *message;   /* NULL when it cannot be parsed: the verdict says so */
        struct address *author;    /* NULL: see the verdict */
        char *author_name;
        struct member *member;     /* NULL: not a member */
        struct rendered *rendered; /* NULL when it cannot be rendered; the number in it is the next one */
        struct post_verdict verdict;
        enum automatic automatic;
        bool is_proven; /* it is the author who wrote it */
        char *network;  /* where it came from (mail/origin.h); NULL: it cannot be told */
};

/* Reads only. `is_confirmed`: the author's mailbox said that they wrote it. False: the store failed. Free with post_free(). */
MUST_USE bool post_prepare(struct store *store, const struct conf *conf, const struct list *list, const struct envelope *envelope,
                           bool is_confirmed, int64_t now, struct post **ret_post, struct err *ret_err);

/* Numbers, renders and queues the post, whatever the verdict was, in the caller's transaction. ERR_PERM when it cannot be
 * rendered. */
MUST_USE bool post_distribute(struct store *store, const struct conf *conf, struct list *list, struct post *post,
                              const char *log_id, int64_t now, struct err *ret_err);
/* The whole way in the caller's transaction: distributed, held with whoever is to be asked or told, or discarded. The envelope
 * has the one recipient. */
MUST_USE bool post_take(const struct desk *desk, const struct envelope *envelope, bool is_confirmed, struct err *ret_err);
void post_free(struct post *post);

#endif
