/* list.h - lists and their settings */
#ifndef LISTD_STORE_LIST_H
#define LISTD_STORE_LIST_H

#include "base/option.h"
#include "store/store.h"

enum list_type { TYPE_DISCUSSION, TYPE_ANNOUNCE, TYPE_SUPPORT };
enum list_lang { LANG_EN, LANG_JA };
enum list_visibility { VISIBILITY_PUBLIC, VISIBILITY_PRIVATE };
enum list_posting { POSTING_MEMBERS, POSTING_ANYONE, POSTING_MODERATED, POSTING_ANNOUNCE };
enum list_sender_proof { PROOF_AUTO, PROOF_AUTH, PROOF_CONFIRM, PROOF_NONE };
enum list_reply_to { REPLY_TO_LIST, REPLY_TO_AUTHOR, REPLY_TO_NONE };
enum list_html { HTML_TEXT, HTML_ALLOW };
enum list_attachments { ATTACHMENTS_STRIP, ATTACHMENTS_ALLOW };
enum list_author_address { AUTHOR_HIDDEN, AUTHOR_SHOWN };
enum list_subscribe { SUBSCRIBE_CONFIRM, SUBSCRIBE_APPROVE, SUBSCRIBE_CONFIRM_APPROVE, SUBSCRIBE_CLOSED };
enum list_nonmember_notice { NONMEMBER_NEVER, NONMEMBER_VERIFIED };
enum list_first_post { FIRST_POST_ALLOW, FIRST_POST_MODERATE };
enum list_labels { LABELS_OFF, LABELS_HOLD, LABELS_DISCARD };
enum list_freemail { FREEMAIL_ALLOW, FREEMAIL_MODERATE, FREEMAIL_REFUSE };
enum list_owner_proof { OWNER_PROOF_CONFIRM, OWNER_PROOF_AUTH };
enum list_report { REPORT_DAILY, REPORT_CHANGES, REPORT_OFF };
enum list_letter_charset { LETTER_UTF8, LETTER_ISO_2022_JP };

/* Settings are the keys of the same name in listctl(1). A key that this version does not act on yet is refused. */
struct list {
        int64_t id;
        char *name;   /* 1 to 22 octets of a-z 0-9 - */
        char *domain; /* A-label */
        char *address; /* name@domain */
        int64_t created;
        int64_t posts; /* the number of the last post */
        /* settings */
        char *title; /* empty: the name (mail/door.h: door_title) */
        int lang, type, visibility, posting, sender_proof;
        int max_size; /* octets; 0: the server's */
        int max_text;
        int html, attachments;
        char **attachments_allow; /* media types: "image/png", "image/" with a star */
        char *timezone; /* empty: the server's */
        char *subject_tag; /* "[name:%05d]": %d or %0Nd is the number; empty: none. With ${name} */
        char *footer;      /* one line with ${title}, ${address}, ${owner}; empty: none */
        int reply_to, author_address;
        int personal;              /* 0: readers are sent to in batches */
        int subscribe, nonmember_notice, first_post, owner_proof, letter_charset, labels, freemail;
        int welcome, held_notice, frozen; /* 0: no */
        int post_quota;                   /* posts of an author in 24 hours; 0: no limit */
        char *archive;                    /* off, forever, or days (list_archive_days) */
        int digest_posts, digest_size;    /* a digest goes out when there are so many, or so many octets */
        int report;                       /* to its owners */
        int bounce_score;                 /* days of failure that pause a member; 0: none does */
        int bounce_letters, bounce_days;  /* how often a paused member is asked, and how long an answer is waited for */
        int bounce_remove;                /* 0: no */
};

extern const struct option LIST_OPTIONS[];

/* Makes a list with the preset of its type. ERR_PERM when the name is taken. Whether the name is allowed at all is
 * policy/target.h's to say. *ret_list is the caller's (list_free). */
MUST_USE bool list_add(struct store *store, const char *name, const char *domain, enum list_type type,
                       struct list **ret_list, struct err *ret_err);

/* True with *ret_list NULL: there is no such list. Both must be lower case already. */
MUST_USE bool list_find(struct store *store, const char *name, const char *domain, struct list **ret_list, struct err *ret_err);
MUST_USE bool list_get(struct store *store, int64_t id, struct list **ret_list, struct err *ret_err);

/* All lists, ordered by domain and name: a GPtrArray of struct list that frees them. */
MUST_USE bool list_all(struct store *store, GPtrArray **ret_lists, struct err *ret_err);

/* The names of a domain's public lists: a GPtrArray of char * that frees them. */
MUST_USE bool list_public_names(struct store *store, const char *domain, GPtrArray **ret_names, struct err *ret_err);

/* Sets one setting from its text, or back to the preset of the list's type (text NULL). Changes `list` as well. In the caller's
 * transaction: ERR_PERM when the list would be private in a domain that may have none (store/domain.h). */
MUST_USE bool list_set(struct store *store, struct list *list, const char *key, const char *text, struct err *ret_err);

MUST_USE bool list_rename(struct store *store, struct list *list, const char *name, struct err *ret_err);
MUST_USE bool list_remove(struct store *store, int64_t id, struct err *ret_err); /* with members, queue and held mail */

/* Every setting is one of this version; `rows` is counted on. */
MUST_USE bool list_check(struct store *store, int64_t *rows, struct err *ret_err);

/* Takes the next post number. Inside the transaction that queues the post. */
MUST_USE bool list_next_number(struct store *store, struct list *list, int64_t *ret_number, struct err *ret_err);

/* How long copies of posts are kept: days, 0 or ARCHIVE_FOREVER (store/archive.h). */
int list_archive_days(const struct list *list);

void list_free(struct list *list);

#endif
