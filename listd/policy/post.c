/* post.c - may this post be distributed?
 * Gives:     post_judge(), post_proof_in_force()
 * Standards: RFC 5321 6.3 (loops), RFC 3834 2 (automatic mail), RFC 2919 (List-Id)
 * To add a check: a function, its row, its test. A check that says hold or discard gives the reason. */
#include "policy/post.h"

#include "mail/address.h"
#include "policy/marks.h"

const char *const VERDICT_WORDS[] = { "accept", "hold", "discard", NULL };

enum { HOPS_MAX = 50 }; /* a list is one hop of many: well below the 100 at which RFC 5321 6.3 sees a loop */

struct check {
        const char *name;
        enum verdict (*run)(const struct post_facts *facts, const char **ret_reason);
};

static enum verdict hold(const char **ret_reason, const char *reason)
{
        *ret_reason = reason;
        return VERDICT_HOLD;
}

static enum verdict discard(const char **ret_reason, const char *reason)
{
        *ret_reason = reason;
        return VERDICT_DISCARD;
}

static enum verdict check_flaw(const struct post_facts *facts, const char **ret_reason)
{
        if (facts->envelope->flaw == FLAW_OVERSIZE)
                return hold(ret_reason, "larger than the server takes; only its beginning is kept");
        if (facts->envelope->flaw == FLAW_BYTES)
                return hold(ret_reason, "it holds NUL, bare CR or bare LF");
        return VERDICT_ACCEPT;
}

/* Whether it stands there by itself: html@ is not ml@, and xml.lists.example is not ml.lists.example. */
static bool holds_word(const char *text, const char *word)
{
        static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.";
        const size_t length = strlen(word);
        for (const char *at = text; (at = strstr(at, word)); at++)
                if ((at == text || !strchr(more, at[-1])) && (!at[length] || !strchr(more, at[length])))
                        return true;
        return false;
}

/* A field that names this list where only a copy of this list's would: somebody sends our own copies back. */
static bool names_list(const struct post_facts *facts, const char *field, const char *name)
{
        const char *value = message_get(facts->message, field);
        if (!value)
                return false;
        char *folded = g_ascii_strdown(value, -1);
        bool found = holds_word(folded, name);
        g_free(folded);
        return found;
}

static enum verdict check_loop(const struct post_facts *facts, const char **ret_reason)
{
        static const char *const fields[] = { "X-Loop", "Delivered-To", "X-BeenThere" };
        const struct list *list = facts->list;
        char *list_id = g_strdup_printf("%s.%s", list->name, list->domain);
        bool looped = names_list(facts, "List-Id", list_id);
        g_free(list_id);
        for (size_t i = 0; i < G_N_ELEMENTS(fields) && !looped; i++)
                looped = names_list(facts, fields[i], list->address);
        if (looped)
                return discard(ret_reason, "a copy of this list came back");
        if (message_count(facts->message, "Received") > HOPS_MAX)
                return discard(ret_reason, "too many hops: a loop");
        return VERDICT_ACCEPT;
}

static enum verdict check_automatic(const struct post_facts *facts, const char **ret_reason)
{
        switch (facts->automatic) {
        case AUTOMATIC_REPORT:
                return discard(ret_reason, "a report, not a post");
        case AUTOMATIC_REPLY:
                return discard(ret_reason, "an automatic reply");
        case AUTOMATIC_LIST:
                return hold(ret_reason, "it came from another mailing list");
        case AUTOMATIC_SUSPECT:
                return hold(ret_reason, "it looks like an automatic reply");
        case AUTOMATIC_BULK:
        case AUTOMATIC_GENERATED: /* a subscribed bot may post */
        case AUTOMATIC_NOT:
                break;
        }
        return VERDICT_ACCEPT;
}

static enum verdict check_ban(const struct post_facts *facts, const char **ret_reason)
{
        return facts->is_banned ? discard(ret_reason, "the author is banned") : VERDICT_ACCEPT;
}

static enum verdict check_frozen(const struct post_facts *facts, const char **ret_reason)
{
        return facts->list->frozen ? hold(ret_reason, "the list is frozen") : VERDICT_ACCEPT;
}

static enum verdict check_spam(const struct post_facts *facts, const char **ret_reason)
{
        return facts->is_trusted_client && marks_spam(facts->message) ? hold(ret_reason, "a spam filter marked it") : VERDICT_ACCEPT;
}

/* Whoever writes to a list names it, or sends on to it (RFC 5322 3.6.6); a blind copy is what spam does. */
static bool names_recipients(const char *field)
{
        static const char *const fields[] = { "To", "Cc", "Resent-To", "Resent-Cc" };
        for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
                if (g_ascii_strcasecmp(field, fields[i]) == 0)
                        return true;
        return false;
}

static enum verdict check_implicit(const struct post_facts *facts, const char **ret_reason)
{
        const struct list *list = facts->list;
        for (guint i = 0; i < facts->message->fields->len; i++) {
                const struct field *field = facts->message->fields->pdata[i];
                if (!names_recipients(field->name))
                        continue;
                char *folded = g_ascii_strdown(field->value, -1);
                const bool found = holds_word(folded, list->address);
                g_free(folded);
                if (found)
                        return VERDICT_ACCEPT;
        }
        return hold(ret_reason, "the list stands neither in To nor in Cc");
}

static enum verdict check_labels(const struct post_facts *facts, const char **ret_reason)
{
        if (facts->list->labels == LABELS_OFF || !marks_label(facts->message))
                return VERDICT_ACCEPT;
        static const char reason[] = "its subject is labelled as an advertisement (labels)";
        return facts->list->labels == LABELS_HOLD ? hold(ret_reason, reason) : discard(ret_reason, reason);
}

/* Who is on the list was let in by somebody, wherever they have their mailbox (requirement D5). */
static enum verdict check_freemail(const struct post_facts *facts, const char **ret_reason)
{
        static const char reason[] = "the author's domain gives anybody an address (freemail)";
        if (facts->member || facts->freemail == FREEMAIL_ALLOW)
                return VERDICT_ACCEPT;
        return facts->freemail == FREEMAIL_MODERATE ? hold(ret_reason, reason) : discard(ret_reason, reason);
}

static enum verdict check_author(const struct post_facts *facts, const char **ret_reason)
{
        return facts->author ? VERDICT_ACCEPT : hold(ret_reason, facts->author_flaw);
}

/* What the setting `posting` asks of the author */
static const struct {
        bool needs_role;
        enum member_role least;
        const char *reason;
} POSTING[] = {
        [POSTING_MEMBERS] = { true, ROLE_MEMBER, "the author is not a member" },
        [POSTING_ANYONE] = { false },
        [POSTING_MODERATED] = { true, ROLE_MODERATOR, "each post waits for a moderator" },
        [POSTING_ANNOUNCE] = { true, ROLE_MODERATOR, "only owners and moderators may post" },
};

static enum verdict check_posting(const struct post_facts *facts, const char **ret_reason)
{
        int posting = facts->list->posting;
        if (!POSTING[posting].needs_role || (facts->member && facts->member->role >= POSTING[posting].least))
                return VERDICT_ACCEPT;
        if (posting == POSTING_MODERATED && facts->member && facts->member->standing == STANDING_TRUSTED)
                return VERDICT_ACCEPT;
        return hold(ret_reason, POSTING[posting].reason);
}

/* A right of a member needs proof that it is the member who writes (leaks O4). */
static enum verdict check_proof(const struct post_facts *facts, const char **ret_reason)
{
        if (!POSTING[facts->list->posting].needs_role || facts->proof == PROOF_NONE || facts->has_aligned_pass
            || facts->is_confirmed || facts->is_network_known)
                return VERDICT_ACCEPT;
        return hold(ret_reason, "nothing proves that the author wrote it: it needs a confirmation");
}

/* What moderators decided about the author. */
static enum verdict check_standing(const struct post_facts *facts, const char **ret_reason)
{
        if (!facts->member || facts->member->role >= ROLE_MODERATOR)
                return VERDICT_ACCEPT;
        if (facts->member->standing == STANDING_MODERATED)
                return hold(ret_reason, "posts of this member wait for a moderator");
        if (facts->member->standing == STANDING_NEW && facts->list->first_post == FIRST_POST_MODERATE)
                return hold(ret_reason, "it is the first post of a new member");
        return VERDICT_ACCEPT;
}

static enum verdict check_quota(const struct post_facts *facts, const char **ret_reason)
{
        return facts->is_over_quota ? hold(ret_reason, "more posts of one author than the list takes in a day (post_quota)")
                                    : VERDICT_ACCEPT;
}

static enum verdict check_duplicate(const struct post_facts *facts, const char **ret_reason)
{
        return facts->is_duplicate ? hold(ret_reason, "the same Message-ID was distributed in the last 7 days") : VERDICT_ACCEPT;
}

static enum verdict check_size(const struct post_facts *facts, const char **ret_reason)
{
        int limit = facts->list->max_size ? MIN(facts->list->max_size, facts->server_max_size) : facts->server_max_size;
        if (g_bytes_get_size(facts->envelope->message) > (gsize) limit)
                return hold(ret_reason, "larger than the list takes (max_size)");
        if (facts->text_size > (size_t) facts->list->max_text)
                return hold(ret_reason, "its text is longer than the list takes (max_text)");
        return VERDICT_ACCEPT;
}

static enum verdict check_render(const struct post_facts *facts, const char **ret_reason)
{
        return facts->render_flaw ? hold(ret_reason, facts->render_flaw) : VERDICT_ACCEPT;
}

static const struct check CHECKS[] = {
        { "flaw", check_flaw },         { "loop", check_loop },     { "automatic", check_automatic }, { "author", check_author },
        { "ban", check_ban },           { "frozen", check_frozen }, { "spam", check_spam },           { "implicit", check_implicit },
        { "labels", check_labels },     { "freemail", check_freemail }, { "posting", check_posting }, { "proof", check_proof },
        { "standing", check_standing }, { "quota", check_quota },   { "duplicate", check_duplicate }, { "size", check_size },
        { "content", check_render },
};

void post_judge(const struct post_facts *facts, struct post_verdict *ret_verdict)
{
        *ret_verdict = (struct post_verdict){ .verdict = VERDICT_ACCEPT, .check = "passed" };
        for (size_t i = 0; i < G_N_ELEMENTS(CHECKS); i++) {
                const char *reason = "";
                enum verdict verdict = CHECKS[i].run(facts, &reason);
                if (verdict == VERDICT_ACCEPT)
                        continue;
                ret_verdict->verdict = verdict;
                ret_verdict->check = CHECKS[i].name;
                g_strlcpy(ret_verdict->reason, reason, sizeof ret_verdict->reason);
                return;
        }
}

enum list_sender_proof post_proof_in_force(const struct list *list, const char *authserv_id)
{
        if (list->sender_proof != PROOF_AUTO)
                return (enum list_sender_proof) list->sender_proof;
        return *authserv_id ? PROOF_AUTH : PROOF_CONFIRM;
}
