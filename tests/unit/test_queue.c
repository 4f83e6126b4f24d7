/* test_queue.c - the hand-off from handle to deliver: chunks, deliveries, what a crash leaves */
#include "store.h"

#include "store/queue.h"
#include "store/waiting.h"

static int64_t queue_post(struct fixture *f)
{
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\nbody\r\n", 20);
        OK(queue_add_post(f->store, QUEUE_POST, f->list->id, 7, "logid", message, &id, &err));
        g_bytes_unref(message);
        return id;
}

static struct queue_claim *claim(struct fixture *f, size_t limit, bool retries_first, int64_t now)
{
        struct err err;
        struct queue_claim *found;
        OK(queue_claim(f->store, &(struct queue_turn){ .limit = limit, .retries_first = retries_first, .now = now }, &found, &err));
        return found;
}

static void settle(struct fixture *f, const struct queue_claim *claim, guint from, guint to, enum queue_outcome outcome, int64_t now)
{
        struct err err;
        for (guint i = from; i < to; i++) {
                const struct queue_result result = { claim->recipients->pdata[i], outcome, outcome == OUTCOME_FAILED ? 550 : 250,
                                                     "words of the relay", 0, 0 };
                OK(queue_settle(f->store, claim, &result, 1, now, &err));
        }
}

static int64_t depth(struct fixture *f)
{
        struct err err;
        int64_t messages, oldest;
        OK(queue_depth(f->store, &messages, &oldest, &err));
        return messages;
}

/* A big list holds up no small one, and each list's posts are begun in their order. */
static void test_queue_takes_turns(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct list *small;
        OK(list_add(f->store, "small", "lists.example", TYPE_DISCUSSION, &small, &err));
        add_members(f, f->list->id, 3 * QUEUE_CHUNK_MEMBERS);
        const struct member_new member = { .address = "zoe@z.example", .fold = "zoe@z.example", .name = "" };
        size_t added;
        OK(member_add(f->store, small->id, &member, 1, &added, &err));
        const int64_t first = queue_post(f), second = queue_post(f);
        int64_t third;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\nbody\r\n", 20);
        OK(queue_add_post(f->store, QUEUE_POST, small->id, 1, "logid", message, &third, &err));
        g_bytes_unref(message);
        static const int64_t NONE = 0;
        const int64_t after[] = { NONE, f->list->id, small->id, f->list->id, f->list->id, NONE, NONE, NONE };
        const int64_t wanted[] = { first, third, first, first, second, second, second, NONE };
        struct queue_claim *claims[G_N_ELEMENTS(after)] = { NULL };
        for (size_t i = 0; i < G_N_ELEMENTS(after); i++) {
                const struct queue_turn turn = { .limit = 100, .after_list = after[i], .now = 1000 };
                OK(queue_claim(f->store, &turn, &claims[i], &err));
                assert_int_equal(claims[i] ? claims[i]->message_id : NONE, wanted[i]);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(after); i++)
                queue_claim_free(claims[i]);
        list_free(small);
}

/* What is put off until a time is due then, and by queue flush at once, which is told. */
static void test_queue_waits_as_told(void **state)
{
        struct fixture *f = *state;
        struct err err;
        add_members(f, f->list->id, 1);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, 1000);
        assert_false(c->is_flushed);
        struct queue_result result = { .recipient = c->recipients->pdata[0], .outcome = OUTCOME_DEFERRED, .text = "x", .until = 4000 };
        OK(queue_settle(f->store, c, &result, 1, 1000, &err));
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, true, 3999));
        c = claim(f, 100, true, 4000);
        assert_false(c->is_flushed);
        result.recipient = c->recipients->pdata[0];
        OK(queue_settle(f->store, c, &result, 1, 1000, &err));
        OK(queue_release(f->store, c, &err));
        OK(queue_flush(f->store, &err));
        OK(queue_claim(f->store, &(struct queue_turn){ .limit = 100, .no_retries = true, .now = 9000 }, &c, &err));
        assert_null(c);
        c = claim(f, 100, true, 1001);
        assert_true(c->is_flushed && c->is_retry);
        OK(queue_release(f->store, c, &err));
}

static void test_queue_reaches_all(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int seen = 0;
        int64_t last = 0;
        add_members(f, f->list->id, QUEUE_CHUNK_MEMBERS + 30);
        queue_post(f);
        for (struct queue_claim *c; (c = claim(f, 100, false, 1000));) {
                assert_int_equal(c->number, 7);
                assert_string_equal(c->list_name, "ml");
                assert_string_equal(c->log_id, "logid");
                for (guint i = 0; i < c->recipients->len; i++) {
                        const struct queue_recipient *recipient = c->recipients->pdata[i];
                        assert_true(recipient->member_id > last);
                        last = recipient->member_id;
                        seen++;
                }
                settle(f, c, 0, c->recipients->len, OUTCOME_DELIVERED, 1000);
                OK(queue_release(f->store, c, &err));
        }
        assert_int_equal(seen, QUEUE_CHUNK_MEMBERS + 30);
        assert_int_equal(depth(f), 0);
}

/* Whose last page is full ends with it, and not with another claim that finds nobody; who was not settled is claimed again. */
static void test_queue_ends_with_the_last_page(void **state)
{
        struct fixture *f = *state;
        struct err err;
        enum { PAGE = 5 };
        add_members(f, f->list->id, 2 * PAGE);
        queue_post(f);
        struct queue_claim *c = claim(f, PAGE, false, 1000);
        settle(f, c, 0, PAGE, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        c = claim(f, PAGE, false, 1000);
        settle(f, c, 0, PAGE - 1, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        assert_int_equal(depth(f), 1);
        c = claim(f, 1, false, 1000);
        assert_int_equal(c->recipients->len, 1);
        settle(f, c, 0, 1, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        assert_int_equal(depth(f), 0);
}

/* A crash in the middle: what was settled is not sent again, what was not is. */
static void test_queue_recovers(void **state)
{
        struct fixture *f = *state;
        struct err err;
        add_members(f, f->list->id, 10);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, 1000);
        settle(f, c, 0, 4, OUTCOME_DELIVERED, 1000);
        queue_claim_free(c); /* the process is gone: nothing is released */
        assert_null(claim(f, 100, false, 1000));
        OK(queue_recover(f->store, &err));
        c = claim(f, 100, false, 1000);
        assert_int_equal(c->recipients->len, 6);
        /* released half done: the rest comes again */
        settle(f, c, 0, 1, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        c = claim(f, 100, false, 1000);
        assert_int_equal(c->recipients->len, 5);
        settle(f, c, 0, 5, OUTCOME_DELIVERED, 1000);
        queue_claim_free(c); /* gone after the last commit, before the release */
        OK(queue_recover(f->store, &err));
        assert_null(claim(f, 100, false, 1000));
        assert_int_equal(depth(f), 0);
}

static void test_queue_puts_off_and_fails(void **state)
{
        enum { DAY = 86400 };
        struct fixture *f = *state;
        struct err err;
        struct member *member;
        GPtrArray *entries;
        int64_t now = clock_now();
        add_members(f, f->list->id, 3);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, now);
        int64_t deferred = ((struct queue_recipient *) c->recipients->pdata[0])->member_id;
        int64_t failed = ((struct queue_recipient *) c->recipients->pdata[1])->member_id;
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now);
        settle(f, c, 1, 2, OUTCOME_FAILED, now);
        settle(f, c, 2, 3, OUTCOME_DELIVERED, now);
        OK(queue_release(f->store, c, &err));
        OK(member_get(f->store, f->list->id, failed, &member, &err));
        assert_int_equal(member->failures, 1);
        assert_int_equal(member->failed_code, 550);
        assert_string_equal(member->failed_text, "words of the relay");
        member_free(member);
        int64_t rows;
        OK(store_check(f->store, &rows, &err));
        /* addresses, names, that they joined, a failure, a message, a setting; three answers, a slow domain */
        assert_int_equal(rows, 3 + 3 + 3 + 1 + 1 + 1 + 3 + 1);
        OK(queue_entries(f->store, &entries, &err));
        assert_int_equal(entries->len, 1);
        assert_int_equal(((struct queue_entry *) entries->pdata[0])->deferred, 1);
        assert_int_equal(((struct queue_entry *) entries->pdata[0])->waiting, 0);
        assert_int_equal(((struct queue_entry *) entries->pdata[0])->done, 2);
        g_ptr_array_unref(entries);

        assert_null(claim(f, 100, true, now)); /* not due yet */
        OK(queue_flush(f->store, &err));
        c = claim(f, 100, true, now);
        assert_int_equal(c->recipients->len, 1);
        assert_int_equal(((struct queue_recipient *) c->recipients->pdata[0])->member_id, deferred);
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, false, now + 14 * 60)); /* the second wait is longer */
        c = claim(f, 100, false, now + 15 * 60);
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now + 6 * DAY); /* given up */
        OK(queue_release(f->store, c, &err));
        OK(member_get(f->store, f->list->id, deferred, &member, &err));
        assert_int_equal(member->failures, 1);
        member_free(member);
        assert_int_equal(depth(f), 0);
}

static void test_queue_direct(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\n", 14), *back;
        add_members(f, f->list->id, 2);
        GPtrArray *page;
        OK(member_page(f->store, f->list->id, 0, 10, &page, &err));
        const struct queue_recipient recipients[] = { { ((struct member *) page->pdata[0])->id, NULL }, { 0, (char *) "admin@a.example" } };
        g_ptr_array_unref(page);
        OK(queue_add_direct(f->store, 0, "l", message, &recipients[1], 1, &id, &err));
        OK(queue_message(f->store, id, &back, &err));
        assert_true(g_bytes_equal(message, back));
        g_bytes_unref(back);
        int64_t rows;
        OK(store_check(f->store, &rows, &err));
        assert_int_equal(rows, 2 + 2 + 2 + 1 + 1 + 1); /* addresses, names, that they joined, the admin's address, a message, a setting */
        struct queue_claim *c = claim(f, 100, false, 1000);
        assert_int_equal(c->kind, QUEUE_DIRECT);
        assert_int_equal(c->list_id, 0);
        assert_string_equal(((struct queue_recipient *) c->recipients->pdata[0])->address, "admin@a.example");
        settle(f, c, 0, 1, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        /* an owner who leaves before the mail is sent gets none */
        OK(queue_add_direct(f->store, f->list->id, "l", message, recipients, 1, &id, &err));
        OK(member_remove(f->store, f->list->id, recipients[0].member_id, &err));
        assert_null(claim(f, 100, false, 1000));
        assert_int_equal(depth(f), 0);
        g_bytes_unref(message);
}

/* Nobody is left to get it: the message goes, and so it does with its list. */
static void test_queue_empties(void **state)
{
        struct fixture *f = *state;
        struct err err;
        queue_post(f);
        assert_int_equal(depth(f), 0);
        add_members(f, f->list->id, 2);
        queue_post(f);
        assert_int_equal(depth(f), 1);
        OK(list_remove(f->store, f->list->id, &err));
        assert_int_equal(depth(f), 0);
        assert_null(claim(f, 100, false, 1000));
}

static int64_t id_of(struct fixture *f, int i)
{
        struct err err;
        struct member *member;
        char *address = g_strdup_printf("member%d@example.org", i);
        OK(member_find(f->store, f->list->id, address, &member, &err));
        int64_t id = member->id;
        member_free(member);
        g_free(address);
        return id;
}

/* Who leaves or pauses while a copy is put off gets it no more, and who comes back is somebody new. */
static void test_queue_forgets_who_left(void **state)
{
        struct fixture *f = *state;
        struct err err;
        const int64_t now = clock_now();
        add_members(f, f->list->id, 4);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, now);
        settle(f, c, 0, 4, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        OK(queue_flush(f->store, &err));
        OK(member_remove(f->store, f->list->id, id_of(f, 0), &err));
        OK(member_set_state(f->store, f->list->id, id_of(f, 1), MEMBER_PAUSED, 0, &err));
        OK(member_remove(f->store, f->list->id, id_of(f, 2), &err));
        add_members(f, f->list->id, 3);
        c = claim(f, 2, true, now); /* the first page is of those who left */
        assert_int_equal(c->recipients->len, 1);
        assert_string_equal(((struct queue_recipient *) c->recipients->pdata[0])->address, "member3@example.org");
        settle(f, c, 0, 1, OUTCOME_DELIVERED, now);
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, true, now));
        assert_int_equal(depth(f), 0);
}

static void test_queue_pauses_no_owner(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\n", 14);
        add_members(f, f->list->id, 1);
        const struct queue_recipient owner = { id_of(f, 0), NULL };
        OK(member_set_state(f->store, f->list->id, owner.member_id, MEMBER_PAUSED, 0, &err));
        OK(queue_add_direct(f->store, f->list->id, "l", message, &owner, 1, &id, &err));
        struct queue_claim *c = claim(f, 100, false, 1000);
        assert_int_equal(c->recipients->len, 1);
        queue_claim_free(c);
        g_bytes_unref(message);
}

/* `queue rm` while a session has the message: what the relay says then is held against nobody. */
static void test_queue_removed_under_way(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct member *member;
        add_members(f, f->list->id, 2);
        int64_t id = queue_post(f);
        struct queue_claim *c = claim(f, 100, false, clock_now());
        OK(queue_remove(f->store, id, &err));
        settle(f, c, 0, 1, OUTCOME_DEFERRED, clock_now());
        settle(f, c, 1, 2, OUTCOME_DELIVERED, clock_now());
        OK(queue_release(f->store, c, &err));
        OK(member_get(f->store, f->list->id, id_of(f, 0), &member, &err));
        assert_int_equal(member->failures, 0);
        member_free(member);
        assert_int_equal(depth(f), 0);
}

/* Put off while the clock was a year ahead. */
static void test_queue_clock_goes_back(void **state)
{
        enum { YEAR = 365 * 86400, MINUTE = 60 };
        struct fixture *f = *state;
        struct err err;
        const int64_t now = clock_now();
        add_members(f, f->list->id, 1);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, now);
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, true, now + 4 * MINUTE)); /* an honest wait is kept */
        c = claim(f, 100, true, now - YEAR);
        assert_non_null(c);
        assert_int_equal(c->recipients->len, 1);
        OK(queue_release(f->store, c, &err));
}

/* By domain, with the next try; who left waits no longer. */
static void test_queue_says_what_it_waits_for(void **state)
{
        struct fixture *f = *state;
        struct err err;
        size_t added;
        GPtrArray *waiting;
        struct outage outage;
        const struct member_new members[] = { { .address = "a@One.example", .fold = "a@one.example", .name = "" },
                                              { .address = "b@two.example", .fold = "b@two.example", .name = "" },
                                              { .address = "c@one.example", .fold = "c@one.example", .name = "" } };
        OK(member_add(f->store, f->list->id, members, G_N_ELEMENTS(members), &added, &err));
        const int64_t id = queue_post(f), now = clock_now();
        struct queue_claim *c = claim(f, 100, false, now);
        settle(f, c, 0, c->recipients->len, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        OK(waiting_domains(f->store, id, &waiting, &err));
        assert_int_equal(waiting->len, 2);
        const struct waiting *one = waiting->pdata[0], *two = waiting->pdata[1];
        assert_string_equal(one->domain, "one.example");
        assert_int_equal(one->readers, 2);
        assert_int_equal(one->tries, 1);
        assert_int_equal(one->next_try, now + 5 * 60);
        assert_string_equal(two->domain, "two.example");
        OK(member_remove(f->store, f->list->id, two->member_id, &err));
        g_ptr_array_unref(waiting);
        OK(queue_flush(f->store, &err));
        OK(waiting_domains(f->store, id, &waiting, &err));
        assert_int_equal(waiting->len, 1);
        assert_int_equal(((struct waiting *) waiting->pdata[0])->next_try, 0);
        g_ptr_array_unref(waiting);

        OK(outage_get(f->store, &outage, &err));
        assert_int_equal(outage.since, 0);
        OK(outage_begin(f->store, 100, 105, "no answer", &err));
        OK(outage_begin(f->store, 105, 115, "refused", &err));
        OK(outage_get(f->store, &outage, &err));
        assert_int_equal(outage.since, 100);
        assert_int_equal(outage.next_try, 115);
        assert_string_equal(outage.why, "refused");
        outage_clear(&outage);
        OK(outage_end(f->store, &err));
        OK(outage_get(f->store, &outage, &err));
        assert_null(outage.why);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_queue_takes_turns), T(test_queue_waits_as_told), T(test_queue_reaches_all),
                T(test_queue_ends_with_the_last_page),
                T(test_queue_recovers),
                T(test_queue_puts_off_and_fails),
                T(test_queue_direct),
                T(test_queue_empties),
                T(test_queue_forgets_who_left),
                T(test_queue_pauses_no_owner),
                T(test_queue_removed_under_way),
                T(test_queue_clock_goes_back),
                T(test_queue_says_what_it_waits_for),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
