/* test_handle.c - what becomes of a message out of the spool: each way once, and each hand-off twice */
#include "spooled.h"

#include "base/ticket.h"
#include "handle/post.h"
#include "handle/route.h"
#include "store/held.h"
#include "store/member.h"
#include "store/queue.h"

#define TICKET_FORGED "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27"

static guint kept(struct spooled *f, enum held_kind kind)
{
        struct err err = { 0 };
        GPtrArray *all;
        OK(held_all(f->store, kind, 0, &all, &err));
        guint count = all->len;
        g_ptr_array_unref(all);
        return count;
}

static void expect(struct spooled *f, const char *what, int64_t in_queue, guint held, guint commands, guint misaddressed, guint failed)
{
        if (queued(f) != in_queue || kept(f, HELD_POST) != held || kept(f, HELD_COMMAND) != commands
            || kept(f, HELD_MISADDRESSED) != misaddressed || kept(f, HELD_FAILED) != failed)
                fail_msg("%s: queue %d, held %u, commands %u, misaddressed %u, failed %u", what, (int) queued(f), kept(f, HELD_POST),
                         kept(f, HELD_COMMAND), kept(f, HELD_MISADDRESSED), kept(f, HELD_FAILED));
}

static void test_ways(void **state)
{
        static const struct {
                const char *what, *mail_from, *recipients, *message;
                int64_t queue;
                guint held, commands, misaddressed, failed;
        } cases[] = {
                { "a member's post", "anna@example.org", "ml@lists.example", POST("anna@example.org"), 1 },
                { "in capitals too, once", "anna@example.org", "ML@lists.example ml@lists.example", POST("Anna@example.org"), 1 },
                { "a stranger's post", "zoe@example.org", "ml@lists.example", POST("zoe@example.org"), .held = 1 },
                { "two authors", "anna@example.org", "ml@lists.example", POST("anna@example.org, zoe@example.org"), .held = 1 },
                { "no header", "anna@example.org", "ml@lists.example", "hello\r\n", .held = 1 },
                { "a report to the list", "", "ml@lists.example", POST("anna@example.org"), 0 },
                { "a command", "zoe@example.org", "ml-on@lists.example", POST("zoe@example.org"), 1 },
                { "two commands, one of them twice", "zoe@example.org", "ml-on@lists.example ml-off@lists.example ml-join@lists.example",
                  POST("zoe@example.org"), 1 }, /* one letter a day (leaks X1) */
                { "a request", "zoe@example.org", "ml-request@lists.example", POST("zoe@example.org"), 1 },
                { "an automatic command", "", "ml-on@lists.example", POST("zoe@example.org"), 0 },
                { "owner mail", "zoe@example.org", "ml-owner@lists.example", POST("zoe@example.org"), 1 },
                { "automatic owner mail", "", "ml-owner@lists.example", POST("zoe@example.org"), 0 },
                { "postmaster", "zoe@example.org", "postmaster@lists.example", POST("zoe@example.org"), 1 },
                { "a report to abuse", "", "abuse@lists.example", POST("zoe@example.org"), 1 },
                { "no such list", "zoe@example.org", "no@lists.example", POST("zoe@example.org"), .misaddressed = 1 },
                { "an odd local part", "zoe@example.org", "ml%example.com@lists.example", POST("zoe@example.org"), .misaddressed = 1 },
                { "a forged ticket", "zoe@example.org", "ml-off+" TICKET_FORGED "@lists.example", POST("anna@example.org"), 0 },
                { "a forged bounce", "", "ml-bounce+" TICKET_FORGED "@lists.example", POST("anna@example.org"), 0 },
                { "a forged alias", "", "ml+" TICKET_FORGED "@lists.example", POST("anna@example.org"), .misaddressed = 1 },
                { "two doors", "zoe@example.org", "ml@lists.example ml-owner@lists.example", POST("zoe@example.org"), 1, 1 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                void *fresh;
                spooled_set_up(&fresh);
                submit(fresh, cases[i].mail_from, cases[i].recipients, cases[i].message);
                expect(fresh, cases[i].what, cases[i].queue, cases[i].held, cases[i].commands, cases[i].misaddressed, cases[i].failed);
                spooled_tear_down(&fresh);
        }
}

/* The hand-off is idempotent: a message that stayed in the spool over a crash is not worked twice. */
static void test_same_spool_id(void **state)
{
        struct spooled *f = *state;
        struct spool_item item = make_item(f, "anna@example.org", "ml@lists.example no@lists.example", POST("anna@example.org"));
        route(f, &item);
        route(f, &item);
        expect(f, "twice", 1, 0, 0, 1, 0);
        g_bytes_unref(item.box);
}

static void test_duplicate(void **state)
{
        struct spooled *f = *state;
        submit(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        submit(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        expect(f, "the same Message-ID again", 1, 1, 0, 0, 0);
}

static void test_set_aside(void **state)
{
        struct spooled *f = *state;
        struct spool_item item = make_item(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        item.crashes = ROUTE_CRASHES_MAX;
        route(f, &item);
        expect(f, "crashed twice", 0, 0, 0, 0, 1);
        g_bytes_unref(item.box);

        item = make_item(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        item.crashes = ROUTE_CRASHES_MAX - 1;
        route(f, &item);
        expect(f, "crashed once", 1, 0, 0, 0, 1);
        g_bytes_unref(item.box);

        item.box = g_bytes_new_static("not sealed by receive", 21);
        memset(item.id, 99, SPOOL_ID_BYTES);
        route(f, &item);
        g_bytes_unref(item.box);
        item.box = spool_box_seal(f->public_key, "not an envelope", 15);
        memset(item.id, 100, SPOOL_ID_BYTES);
        route(f, &item);
        g_bytes_unref(item.box);
        expect(f, "no box, no envelope", 1, 0, 0, 0, 3);
}

static bool is_member(struct spooled *f, int64_t id)
{
        struct err err = { 0 };
        struct member *member;
        OK(member_get(f->store, f->list->id, id, &member, &err));
        bool is = member != NULL;
        member_free(member);
        return is;
}

/* leaks X4: the one thing that acts whoever sends it, automatic or not. */
static void test_leave(void **state)
{
        struct spooled *f = *state;
        const struct ticket ticket = { .subject = f->anna, .day = 11574 };
        char text[TICKET_CHARS + 1];
        ticket_seal(f->keyring, TICKET_BOUNCE, f->list->id, &ticket, text);
        char *recipient = g_strdup_printf("ml-off+%s@lists.example", text);
        submit(f, "", recipient, POST("zoe@example.org"));
        assert_true(is_member(f, f->anna)); /* a ticket of another kind */
        g_free(recipient);
        ticket_seal(f->keyring, TICKET_OFF, f->list->id, &ticket, text);
        recipient = g_strdup_printf("ML-Off+%s@Lists.Example", text);
        submit(f, "", recipient, POST("zoe@example.org"));
        assert_false(is_member(f, f->anna));
        submit(f, "", recipient, POST("zoe@example.org")); /* again: the same silence */
        expect(f, "left", 0, 0, 0, 0, 0);
        g_free(recipient);
}

/* A list keeps an owner; who asked for no more mail gets none. */
static void test_last_owner_leaves(void **state)
{
        struct spooled *f = *state;
        struct err err = { 0 };
        struct member *olga;
        char text[TICKET_CHARS + 1];
        OK(member_find(f->store, f->list->id, "olga@example.org", &olga, &err));
        const struct ticket ticket = { .subject = olga->id };
        member_free(olga);
        ticket_seal(f->keyring, TICKET_OFF, f->list->id, &ticket, text);
        char *recipient = g_strdup_printf("ml-off+%s@lists.example", text);
        submit(f, "olga@example.org", recipient, POST("olga@example.org"));
        g_free(recipient);
        OK(member_get(f->store, f->list->id, ticket.subject, &olga, &err));
        assert_int_equal(olga->role, ROLE_OWNER);
        assert_int_equal(olga->state, MEMBER_PAUSED);
        member_free(olga);
}

/* Mail to a list whose owners are gone is not lost. */
static void test_owner_mail_without_owners(void **state)
{
        struct spooled *f = *state;
        struct err err = { 0 };
        struct member *olga;
        struct queue_claim *claim;
        OK(member_find(f->store, f->list->id, "olga@example.org", &olga, &err));
        OK(member_remove(f->store, f->list->id, olga->id, &err));
        member_free(olga);
        submit(f, "zoe@example.org", "ml-owner@lists.example", POST("zoe@example.org"));
        OK(queue_claim(f->store, &(struct queue_turn){ .limit = 10, .retries_first = false, .now = NOW }, &claim, &err));
        assert_non_null(claim);
        assert_int_equal(claim->recipients->len, 1);
        assert_string_equal(((struct queue_recipient *) claim->recipients->pdata[0])->address, "admin@example.org");
        queue_claim_free(claim);
}

/* leaks O4: the proof counts only from a client that is trusted. */
static void test_proof(void **state)
{
        static const char message[] = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n" POST("anna@example.org");
        struct spooled *f = *state;
        struct err err = { 0 };
        struct post *post;
        OK(list_set(f->store, f->list, "sender_proof", "auto", &err));
        struct envelope envelope = { .client = (char *) "192.0.2.1", .mail_from = (char *) "anna@example.org", .message = g_bytes_new_static(message, sizeof message - 1) };
        OK(post_prepare(f->store, f->conf, f->list, &envelope, false, NOW, &post, &err));
        assert_int_equal(post->verdict.verdict, VERDICT_HOLD);
        assert_string_equal(post->verdict.check, "proof");
        post_free(post);
        envelope.trusted = true;
        OK(post_prepare(f->store, f->conf, f->list, &envelope, false, NOW, &post, &err));
        assert_int_equal(post->verdict.verdict, VERDICT_ACCEPT);
        post_free(post);
        g_bytes_unref(envelope.message);
}

/* What is queued names neither the author's address nor anything else of the header that came. */
static void test_copy(void **state)
{
        struct spooled *f = *state;
        struct err err = { 0 };
        struct queue_claim *claim;
        GBytes *copy;
        submit(f, "anna@example.org", "ml@lists.example", "X-Originating-IP: 203.0.113.7\r\n" POST("Anna <anna@example.org>"));
        OK(queue_claim(f->store, &(struct queue_turn){ .limit = 10, .retries_first = false, .now = NOW }, &claim, &err));
        OK(queue_message(f->store, claim->message_id, &copy, &err));
        assert_int_equal(claim->recipients->len, 2);
        assert_int_equal(claim->number, 1);
        gsize length;
        const char *bytes = g_bytes_get_data(copy, &length);
        char *text = g_strndup(bytes, length);
        assert_null(strstr(text, "anna@example.org"));
        assert_null(strstr(text, "203.0.113.7"));
        assert_non_null(strstr(text, "Subject: [ml:00001] x\r\n"));
        assert_non_null(strstr(text, "\r\n\r\nhello\r\n"));
        g_free(text);
        g_bytes_unref(copy);
        queue_claim_free(claim);
}

/* C6: it is kept whole and comes to no list; with decoy_forward_first one small message a network goes on, a few a day. */
static void test_decoy(void **state)
{
        static const char probe[] = "From: tester@tester.example\r\nTo: x@elsewhere.example\r\n\r\nhello\r\n";
        static const char forged[] = "From: anna@lists.example\r\nTo: x@elsewhere.example\r\n\r\nhello\r\n";
        static const char nobody[] = "To: x@elsewhere.example\r\n\r\nhello\r\n";
        char *large = g_strdup_printf("From: tester@tester.example\r\n\r\n%0*d\r\n", 17 * 1024, 0);
        const struct {
                bool forward_first;
                const char *client, *recipients, *message;
                enum envelope_flaw flaw;
                int64_t queued;
        } steps[] = {
                { false, "192.0.2.1", "ml@lists.example x@elsewhere.example ml-owner@lists.example", probe, FLAW_NONE, 0 },
                { true, "192.0.2.99", "x@elsewhere.example", probe, FLAW_NONE, 0 }, /* its network was seen already */
                { true, "198.51.100.1", "x@elsewhere.example y@elsewhere.example", probe, FLAW_NONE, 1 },
                { true, "198.51.100.2", "x@elsewhere.example", probe, FLAW_NONE, 1 },
                { true, "203.0.113.1", "ml@lists.example", probe, FLAW_NONE, 1 }, /* ours */
                { true, "203.0.113.1", "x@elsewhere.example", probe, FLAW_NONE, 1 }, /* and that was its first */
                { true, "10.0.1.1", "x@sub.lists.example", probe, FLAW_NONE, 1 },
                { true, "10.0.2.1", "x@[127.0.0.1]", probe, FLAW_NONE, 1 },
                { true, "10.0.3.1", "x%elsewhere.example", probe, FLAW_NONE, 1 },
                { true, "10.0.4.1", "x@elsewhere.example", forged, FLAW_NONE, 1 }, /* in our name */
                { true, "10.0.5.1", "x@elsewhere.example", nobody, FLAW_NONE, 1 },
                { true, "10.0.6.1", "x@elsewhere.example", large, FLAW_NONE, 1 },
                { true, "10.0.7.1", "x@elsewhere.example", probe, FLAW_OVERSIZE, 1 },
                { true, "10.0.8.1", "x@elsewhere.example", probe, FLAW_NONE, 2 },
                { true, "10.0.9.1", "x@elsewhere.example", probe, FLAW_NONE, 3 },
                { true, "10.0.10.1", "x@elsewhere.example", probe, FLAW_NONE, 4 },
                { true, "2001:db8::1", "x@elsewhere.example", probe, FLAW_NONE, 5 },
                { true, "10.0.12.1", "x@elsewhere.example", probe, FLAW_NONE, 5 }, /* enough for a day */
                { true, "unix", "x@elsewhere.example", probe, FLAW_NONE, 5 },
        };
        struct spooled *f = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                f->conf->decoy_forward_first = steps[i].forward_first;
                struct envelope *envelope = make_envelope("tester@tester.example", steps[i].recipients, steps[i].message);
                g_free(envelope->client);
                envelope->client = g_strdup(steps[i].client);
                envelope->is_decoy = true;
                envelope->flaw = (int) steps[i].flaw;
                struct spool_item item = seal_item(f, envelope);
                route(f, &item);
                route(f, &item); /* the hand-off is done once */
                g_bytes_unref(item.box);
                if (queued(f) != steps[i].queued || kept(f, HELD_DECOY) != i + 1)
                        fail_msg("step %zu: %d queued, %u kept", i, (int) queued(f), kept(f, HELD_DECOY));
        }
        assert_int_equal(kept(f, HELD_POST) + kept(f, HELD_MISADDRESSED) + kept(f, HELD_FAILED), 0);
        g_free(large);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, spooled_set_up, spooled_tear_down)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ways), T(test_decoy), T(test_same_spool_id),        T(test_duplicate), T(test_set_aside), T(test_leave),
                T(test_last_owner_leaves),   T(test_proof), T(test_owner_mail_without_owners), T(test_copy),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
