/* post.h - may this post be distributed? Facts in, verdict out; no SQL, no sockets, no sending
 * An ordered table of checks; each looks at the facts and says accept (next), hold or discard, with its reason. */
#ifndef LISTD_POLICY_POST_H
#define LISTD_POLICY_POST_H

#include "mail/automatic.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "store/list.h"
#include "store/member.h"

enum verdict { VERDICT_ACCEPT, VERDICT_HOLD, VERDICT_DISCARD };
extern const char *const VERDICT_WORDS[]; /* accept, hold, discard, NULL */

struct post_facts {
        const struct list *list;
        const struct envelope *envelope;
        const struct message *message;
        const struct address *author;    /* NULL: there is not exactly one; author_flaw says why */
        const char *author_flaw;
        const struct member *member;     /* the author's row of this list, or NULL */
        enum list_sender_proof proof;    /* in force, never PROOF_AUTO (post_proof_in_force) */
        bool has_aligned_pass;           /* by a believed Authentication-Results */
        bool is_confirmed;               /* the author's mailbox said that they wrote it */
        bool is_network_known;           /* they confirmed a post from this network lately */
        bool is_trusted_client;          /* who handed it over may say what it found */
        bool is_banned;
        bool is_duplicate;
        bool is_over_quota;
        enum list_freemail freemail;     /* the list's rule, where the author's domain gives anybody an address; else allow */
        enum automatic automatic;
        const char *automatic_why;
        int server_max_size;
        /* after rendering; 0 and NULL before */
        size_t text_size;
        const char *render_flaw;
};

struct post_verdict {
        enum verdict verdict;
        const char *check; /* the name of the check that decided; "passed" when all did */
        char reason[160];  /* one line, without an address */
};

/* Runs the checks in order; the first that does not accept decides. */
void post_judge(const struct post_facts *facts, struct post_verdict *ret_verdict);

/* auto is auth where authserv_id is set, else confirm. */
enum list_sender_proof post_proof_in_force(const struct list *list, const char *authserv_id);

#endif
