/* test_policy.c - doors, names and the checks of a post */
#include "folder.h"

#include "base/conf.h"
#include "mail/address.h"
#include "policy/post.h"
#include "policy/reason.h"
#include "policy/target.h"

#define TICKET "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27"

/* --- doors --------------------------------------------------------------------------------- */

static void test_target(void **state)
{
        static const struct {
                const char *local;
                const char *readings; /* "door list word ticket" of each, joined by "; " */
        } cases[] = {
                { "ml", "post ml" },
                { "ML", "post ml" },
                { "ml-on", "post ml-on; command ml on" },
                { "ml+on", "command ml on" },
                { "ml-subscribe", "post ml-subscribe; command ml on" },
                { "ml+subscribe", "command ml on" },
                { "ml-leave", "post ml-leave; command ml off" },
                { "ml-digest", "post ml-digest; command ml digest" },
                { "ml-request", "post ml-request; request ml" },
                { "ML-Owner", "post ml-owner; owner ml" },
                { "dev-team-owner", "post dev-team-owner; owner dev-team" },
                { "ml-off+" TICKET, "off ml " TICKET "; alias ml-off " TICKET },
                { "ml+off+" TICKET, "off ml " TICKET },
                { "ml-bounce+" TICKET, "bounce ml " TICKET "; alias ml-bounce " TICKET },
                { "ml-confirm+" TICKET, "confirm ml " TICKET "; alias ml-confirm " TICKET },
                { "ml+" TICKET, "alias ml " TICKET },
                { "ml-on+" TICKET, "alias ml-on " TICKET },
                { "bounce+" TICKET, "site-bounce " TICKET },
                { "postmaster", "admin" },
                { "Abuse", "admin" },
                /* C1: never trimmed into a valid one */
                { "", "" },
                { " ml", "" },
                { "ml ", "" },
                { "\"ml\"", "" },
                { "m l", "" },
                { "ml%example.org", "" },
                { "example.org!ml", "" },
                { "ml\xc2\xa0", "" },
                { "                   ", "" },
                { "-ml", "" },
                { "ml-", "" },
                { "ml+", "" },
                { "ml+what", "" },
                { "+on", "" },
                { "-on", "" },
                { "ml-off+short", "" },
                { "a-name-that-is-longer-than-22", "" },
                { "ml-off-on+" TICKET, "alias ml-off-on " TICKET },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct target readings[TARGET_READINGS_MAX];
                GString *got = g_string_new(NULL);
                size_t count = target_readings(cases[i].local, readings);
                for (size_t j = 0; j < count; j++) {
                        const char *parts[] = { readings[j].list, readings[j].word, readings[j].ticket };
                        g_string_append_printf(got, "%s%s", j ? "; " : "", TARGET_DOOR_WORDS[readings[j].door]);
                        for (size_t k = 0; k < G_N_ELEMENTS(parts); k++)
                                g_string_append_printf(got, "%s%s", *parts[k] ? " " : "", parts[k]);
                }
                if (strcmp(got->str, cases[i].readings) != 0)
                        fail_msg("'%s' gives '%s', want '%s'", cases[i].local, got->str, cases[i].readings);
                g_string_free(got, TRUE);
        }
}

/* What listd writes it understands, and it fits RFC 5321's 64 octets. */
static void test_target_local(void **state)
{
        static const enum target_door doors[] = { DOOR_REQUEST, DOOR_OWNER, DOOR_CONFIRM, DOOR_BOUNCE, DOOR_OFF, DOOR_ALIAS, DOOR_POST };
        const char *name = "abcdefghijklmnopqrst-2";
        for (int addresses = ADDRESSES_SUFFIX; addresses <= ADDRESSES_PLUS; addresses++)
                for (size_t i = 0; i < G_N_ELEMENTS(doors); i++) {
                        bool has_ticket = doors[i] == DOOR_CONFIRM || doors[i] == DOOR_BOUNCE || doors[i] == DOOR_OFF || doors[i] == DOOR_ALIAS;
                        char *local = target_local(name, doors[i], NULL, has_ticket ? TICKET : NULL, addresses);
                        struct target readings[TARGET_READINGS_MAX];
                        bool found = false;
                        assert_true(strlen(local) <= ADDRESS_LOCAL_MAX);
                        size_t count = target_readings(local, readings);
                        for (size_t j = 0; j < count; j++)
                                found = found || (readings[j].door == doors[i] && strcmp(readings[j].list, name) == 0);
                        if (!found)
                                fail_msg("'%s' is not understood", local);
                        g_free(local);
                }
}

static bool exists(const char *name, void *user)
{
        return strcmp(name, "dev") == 0 || strcmp(name, "news-on") == 0;
}

static void test_name_check(void **state)
{
        static const struct {
                const char *name, *complaint;
        } cases[] = {
                { "ml", NULL },           { "a", NULL },
                { "abcdefghijklmnopqrstuv", NULL }, { "abcdefghijklmnopqrstuvw", "1 to 22" },
                { "", "1 to 22" },        { "Ml", "1 to 22" },
                { "-a", "1 to 22" },      { "a.b", "1 to 22" },
                { "postmaster", "reserved" }, { "bounce", "reserved" },
                { "dev-on", "is the on address of the list 'dev'" },
                { "dev-owner", "is the owner address of the list 'dev'" },
                { "news", "and that is a list" },
                { "other-on", NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct err err = { 0 };
                bool ok = name_check(cases[i].name, exists, NULL, &err);
                if (ok != !cases[i].complaint || (cases[i].complaint && !strstr(err.text, cases[i].complaint)))
                        fail_msg("'%s': got '%s', want '%s'", cases[i].name, err.text, cases[i].complaint);
        }
}

/* --- the checks ------------------------------------------------------------------------------- */

#define HEAD "To: ml@lists.example\r\nFrom: Anna <anna@example.org>\r\nSubject: x\r\n"
#define HOP "Received: by mx.example.org\r\n"
#define TEN_HOPS HOP HOP HOP HOP HOP HOP HOP HOP HOP HOP
#define FIFTY_HOPS TEN_HOPS TEN_HOPS TEN_HOPS TEN_HOPS TEN_HOPS

struct post_case {
        const char *name;
        const char *header; /* NULL: HEAD */
        const char *subject; /* NULL: the one in HEAD */
        int labels;
        int posting;
        int proof;
        bool pass, duplicate, confirmed, network_known, trusted_client, banned, over_quota, frozen, first_post;
        int standing;
        int role; /* -1: not a member */
        int automatic, flaw;
        size_t text_size;
        int max_size;
        enum verdict verdict;
        const char *check;
};

static const struct post_case POST_CASES[] = {
        { .name = "a member", .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "a stranger", .role = -1, .proof = PROOF_NONE, .verdict = VERDICT_HOLD, .check = "posting" },
        { .name = "anyone", .role = -1, .posting = POSTING_ANYONE, .proof = PROOF_AUTH, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "moderated", .posting = POSTING_MODERATED, .proof = PROOF_NONE, .verdict = VERDICT_HOLD, .check = "posting" },
        { .name = "moderator", .role = ROLE_MODERATOR, .posting = POSTING_MODERATED, .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT,
          .check = "passed" },
        { .name = "announce", .posting = POSTING_ANNOUNCE, .proof = PROOF_NONE, .verdict = VERDICT_HOLD, .check = "posting" },
        { .name = "announcer", .role = ROLE_OWNER, .posting = POSTING_ANNOUNCE, .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT,
          .check = "passed" },
        { .name = "unproven", .proof = PROOF_CONFIRM, .verdict = VERDICT_HOLD, .check = "proof" },
        { .name = "unproven auth", .proof = PROOF_AUTH, .verdict = VERDICT_HOLD, .check = "proof" },
        { .name = "proven", .proof = PROOF_AUTH, .pass = true, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "owner unproven", .role = ROLE_OWNER, .posting = POSTING_ANNOUNCE, .proof = PROOF_CONFIRM, .verdict = VERDICT_HOLD,
          .check = "proof" },
        { .name = "duplicate", .proof = PROOF_NONE, .duplicate = true, .verdict = VERDICT_HOLD, .check = "duplicate" },
        { .name = "report", .proof = PROOF_NONE, .automatic = AUTOMATIC_REPORT, .verdict = VERDICT_DISCARD, .check = "automatic" },
        { .name = "reply", .proof = PROOF_NONE, .automatic = AUTOMATIC_REPLY, .verdict = VERDICT_DISCARD, .check = "automatic" },
        { .name = "bot", .proof = PROOF_NONE, .automatic = AUTOMATIC_GENERATED, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "suspect", .proof = PROOF_NONE, .automatic = AUTOMATIC_SUSPECT, .verdict = VERDICT_HOLD, .check = "automatic" },
        { .name = "other list", .proof = PROOF_NONE, .automatic = AUTOMATIC_LIST, .verdict = VERDICT_HOLD, .check = "automatic" },
        { .name = "own list id", .header = HEAD "List-Id: Title <ML.lists.example>\r\n", .proof = PROOF_NONE, .verdict = VERDICT_DISCARD,
          .check = "loop" },
        { .name = "own delivered-to", .header = HEAD "Delivered-To: ml@lists.example\r\n", .proof = PROOF_NONE,
          .verdict = VERDICT_DISCARD, .check = "loop" },
        { .name = "list id of a longer name", .header = HEAD "List-Id: <xml.lists.example>\r\n", .proof = PROOF_NONE,
          .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "delivered to another", .header = HEAD "Delivered-To: html@lists.example\r\nX-Loop: ml@lists.example.org\r\n",
          .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "many hops", .header = HEAD FIFTY_HOPS, .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "hops of a loop", .header = HEAD FIFTY_HOPS HOP, .proof = PROOF_NONE, .verdict = VERDICT_DISCARD, .check = "loop" },
        { .name = "own x-loop", .header = HEAD "X-Loop: mailing list <ML@lists.example>\r\n", .proof = PROOF_NONE,
          .verdict = VERDICT_DISCARD, .check = "loop" },
        { .name = "oversize", .proof = PROOF_NONE, .flaw = FLAW_OVERSIZE, .verdict = VERDICT_HOLD, .check = "flaw" },
        { .name = "bare LF", .proof = PROOF_NONE, .flaw = FLAW_BYTES, .verdict = VERDICT_HOLD, .check = "flaw" },
        { .name = "long text", .proof = PROOF_NONE, .text_size = 33 * 1024, .verdict = VERDICT_HOLD, .check = "size" },
        { .name = "confirmed", .proof = PROOF_CONFIRM, .confirmed = true, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "known network", .proof = PROOF_AUTH, .network_known = true, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "confirmed, but no member", .role = -1, .proof = PROOF_CONFIRM, .confirmed = true, .verdict = VERDICT_HOLD,
          .check = "posting" },
        { .name = "banned", .proof = PROOF_NONE, .banned = true, .verdict = VERDICT_DISCARD, .check = "ban" },
        { .name = "frozen", .role = ROLE_OWNER, .proof = PROOF_NONE, .frozen = true, .verdict = VERDICT_HOLD, .check = "frozen" },
        { .name = "over quota", .proof = PROOF_NONE, .over_quota = true, .verdict = VERDICT_HOLD, .check = "quota" },
        { .name = "moderated member", .proof = PROOF_NONE, .standing = STANDING_MODERATED, .verdict = VERDICT_HOLD, .check = "standing" },
        { .name = "moderated moderator", .role = ROLE_MODERATOR, .proof = PROOF_NONE, .standing = STANDING_MODERATED,
          .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "new member", .proof = PROOF_NONE, .standing = STANDING_NEW, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "first post", .proof = PROOF_NONE, .standing = STANDING_NEW, .first_post = true, .verdict = VERDICT_HOLD,
          .check = "standing" },
        { .name = "later post", .proof = PROOF_NONE, .first_post = true, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "trusted member", .posting = POSTING_MODERATED, .proof = PROOF_NONE, .standing = STANDING_TRUSTED,
          .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "trusted, but owners only", .posting = POSTING_ANNOUNCE, .proof = PROOF_NONE, .standing = STANDING_TRUSTED,
          .verdict = VERDICT_HOLD, .check = "posting" },
        { .name = "spam", .header = HEAD "X-Spam-Flag: YES\r\n", .proof = PROOF_NONE, .trusted_client = true, .verdict = VERDICT_HOLD,
          .check = "spam" },
        { .name = "spam, rspamd", .header = HEAD "X-Spamd-Result: default: True [16.00 / 15.00]\r\n", .proof = PROOF_NONE,
          .trusted_client = true, .verdict = VERDICT_HOLD, .check = "spam" },
        { .name = "no spam", .header = HEAD "X-Spam-Flag: NO\r\nX-Spam-Status: No, score=1\r\nX-Spamd-Result: default: False [1 / 15]\r\n",
          .proof = PROOF_NONE, .trusted_client = true, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "spam, says a stranger", .header = HEAD "X-Spam-Flag: YES\r\n", .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT,
          .check = "passed" },
        { .name = "blind copy", .header = "From: anna@example.org\r\nTo: friends@example.org\r\n", .proof = PROOF_NONE,
          .verdict = VERDICT_HOLD, .check = "implicit" },
        { .name = "another list in To", .header = "From: anna@example.org\r\nTo: html@lists.example\r\n", .proof = PROOF_NONE,
          .verdict = VERDICT_HOLD, .check = "implicit" },
        { .name = "list in Cc", .header = "From: anna@example.org\r\nTo: x@example.org\r\nCc: ML <ML@Lists.Example>\r\n",
          .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "sent on to the list", .header = "From: anna@example.org\r\nTo: mll@lists.example\r\nResent-To: ml@lists.example\r\n",
          .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "spam of an unproven member", .header = HEAD "X-Spam-Flag: YES\r\n", .proof = PROOF_CONFIRM, .trusted_client = true,
          .verdict = VERDICT_HOLD, .check = "spam" }, /* a moderator looks at it; nobody is asked */
        { .name = "label", .labels = LABELS_HOLD, .subject = "ADV: buy", .proof = PROOF_NONE, .verdict = VERDICT_HOLD, .check = "labels" },
        { .name = "label, small", .labels = LABELS_HOLD, .subject = "[adv] buy", .proof = PROOF_NONE, .verdict = VERDICT_HOLD,
          .check = "labels" },
        { .name = "label, adult", .labels = LABELS_DISCARD, .subject = "ADV:ADLT buy", .proof = PROOF_NONE, .verdict = VERDICT_DISCARD,
          .check = "labels" },
        { .name = "label, Japanese", .labels = LABELS_HOLD, .subject = "=?ISO-2022-JP?B?GyRCTCQ+NUJ6OS05cCIoGyhC?=", .proof = PROOF_NONE,
          .verdict = VERDICT_HOLD, .check = "labels" },
        { .name = "label, Japanese too", .labels = LABELS_HOLD, .subject = "=?UTF-8?B?77yB5bqD5ZGK77yB?= x", .proof = PROOF_NONE,
          .verdict = VERDICT_HOLD, .check = "labels" },
        { .name = "reply to one", .labels = LABELS_HOLD, .subject = "Re: ADV: buy", .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT,
          .check = "passed" },
        { .name = "advice", .labels = LABELS_DISCARD, .subject = "Advice: buy", .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT,
          .check = "passed" },
        { .name = "labels off", .subject = "ADV: buy", .proof = PROOF_NONE, .verdict = VERDICT_ACCEPT, .check = "passed" },
        { .name = "list's own limit", .proof = PROOF_NONE, .max_size = 20, .verdict = VERDICT_HOLD, .check = "size" },
};

static void run_post_case(const struct post_case *c)
{
        struct err err;
        char *own = c->subject ? g_strdup_printf("To: ml@lists.example\r\nFrom: Anna <anna@example.org>\r\nSubject: %s\r\n", c->subject) : NULL;
        const char *header = own ? own : c->header ? c->header : HEAD;
        struct list list = { .name = (char *) "ml", .domain = (char *) "lists.example", .address = (char *) "ml@lists.example",
                             .posting = c->posting, .max_text = 32 * 1024, .max_size = c->max_size, .frozen = c->frozen, .labels = c->labels,
                             .first_post = c->first_post ? FIRST_POST_MODERATE : FIRST_POST_ALLOW };
        struct member member = { .role = (enum member_role) c->role, .standing = (enum member_standing) c->standing };
        struct envelope envelope = { .flaw = c->flaw, .message = g_bytes_new(header, strlen(header)) };
        struct message *message;
        struct address *author;
        assert_true(message_parse(&message, envelope.message, &err));
        assert_true(message_author(message, &author, NULL, &err));
        const struct post_facts facts = {
                .list = &list, .envelope = &envelope, .message = message, .author = author,
                .member = c->role < 0 ? NULL : &member, .proof = (enum list_sender_proof) c->proof, .has_aligned_pass = c->pass,
                .is_duplicate = c->duplicate, .automatic = (enum automatic) c->automatic, .server_max_size = 1 << 20,
                .text_size = c->text_size, .is_confirmed = c->confirmed, .is_network_known = c->network_known,
                .is_trusted_client = c->trusted_client, .is_banned = c->banned, .is_over_quota = c->over_quota,
        };
        struct post_verdict verdict;
        post_judge(&facts, &verdict);
        if (verdict.verdict != c->verdict || strcmp(verdict.check, c->check) != 0)
                fail_msg("%s: %s by %s (%s)", c->name, VERDICT_WORDS[verdict.verdict], verdict.check, verdict.reason);
        assert_true((verdict.verdict == VERDICT_ACCEPT) == !*verdict.reason);
        /* who is told hears it in their language; what is discarded nobody hears of */
        if (verdict.verdict == VERDICT_HOLD && strcmp(reason_in(verdict.reason, LANG_JA), verdict.reason) == 0)
                fail_msg("%s: '%s' has no Japanese", c->name, verdict.reason);
        assert_string_equal(reason_in(verdict.reason, LANG_EN), verdict.reason);
        address_free(author);
        message_free(message);
        g_bytes_unref(envelope.message);
        g_free(own);
}

static void test_post_judge(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(POST_CASES); i++)
                run_post_case(&POST_CASES[i]);
}

static void test_proof_in_force(void **state)
{
        struct list list = { .sender_proof = PROOF_AUTO };
        assert_int_equal(post_proof_in_force(&list, "mx.example"), PROOF_AUTH);
        assert_int_equal(post_proof_in_force(&list, ""), PROOF_CONFIRM);
        list.sender_proof = PROOF_NONE;
        assert_int_equal(post_proof_in_force(&list, "mx.example"), PROOF_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_target),     cmocka_unit_test(test_target_local),   cmocka_unit_test(test_name_check),
                cmocka_unit_test(test_post_judge), cmocka_unit_test(test_proof_in_force),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
