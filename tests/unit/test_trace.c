/* test_trace.c - what is kept of a message's way: decisions, the relay's answers, slow domains */
#include "store.h"

#include "store/inside.h"
#include "store/queue.h"
#include "store/tally.h"
#include "store/trace.h"

enum { DAY = 86400 };

static int64_t queue_post(struct fixture *f)
{
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\nbody\r\n", 20);
        OK(queue_add_post(f->store, QUEUE_POST, f->list->id, 7, "logid", message, &id, &err));
        g_bytes_unref(message);
        return id;
}

static struct queue_claim *claim(struct fixture *f, int64_t now)
{
        struct err err;
        struct queue_claim *found;
        OK(queue_claim(f->store, &(struct queue_turn){ .limit = 100, .retries_first = false, .now = now }, &found, &err));
        assert_non_null(found);
        return found;
}

static struct trace_sending *only_sending(struct fixture *f, const struct trace_key *key)
{
        struct err err;
        GPtrArray *sendings;
        OK(trace_sendings(f->store, key, 10, &sendings, &err));
        assert_int_equal(sendings->len, 1);
        struct trace_sending *sending = g_ptr_array_steal_index(sendings, 0);
        g_ptr_array_unref(sendings);
        return sending;
}

static void sending_free(struct trace_sending *sending)
{
        g_free(sending->log_id);
        g_free(sending);
}

static int64_t tally(struct fixture *f, enum tally_what what, int64_t now)
{
        struct err err;
        int64_t count;
        OK(tally_sum(f->store, f->list->id, what, now, &count, &err));
        return count;
}

static void test_decisions(void **state)
{
        struct fixture *f = *state;
        struct err err;
        GPtrArray *events;
        const int64_t list = f->list->id, now = clock_now();
        char *long_text = g_strnfill(TRACE_TEXT_MAX * 2, 'x');
        OK(trace_note(f->store, list, "a1", TRACE_TAKEN, 0, NULL, "post", now, &err));
        OK(trace_note(f->store, list, "a1", TRACE_HELD, 0, "anna@example.org", long_text, now, &err));
        OK(trace_note(f->store, list, "a1", TRACE_ACCEPTED, 3, "anna@example.org", NULL, now + 9, &err));
        OK(trace_note(f->store, list, "b2", TRACE_DISCARDED, 0, "ben@example.org", "loop", now, &err));
        OK(trace_note(f->store, 0, "a1", TRACE_TAKEN, 0, NULL, "postmaster", now, &err));

        OK(trace_events(f->store, &(struct trace_key){ .log_id = "a1" }, 10, &events, &err));
        assert_int_equal(events->len, 4);
        const struct trace_event *held = events->pdata[1];
        assert_int_equal(held->what, TRACE_HELD);
        assert_int_equal(strlen(held->detail), TRACE_TEXT_MAX);
        assert_int_equal(((struct trace_event *) events->pdata[3])->list_id, 0);
        g_ptr_array_unref(events);
        OK(trace_events(f->store, &(struct trace_key){ .list_id = list, .number = 3 }, 10, &events, &err));
        assert_int_equal(events->len, 1);
        assert_int_equal(((struct trace_event *) events->pdata[0])->at, now + 9);
        g_ptr_array_unref(events);
        OK(trace_events(f->store, &(struct trace_key){ .list_id = list, .author_fold = "anna@example.org" }, 1, &events, &err));
        assert_int_equal(events->len, 1); /* the latest */
        assert_int_equal(((struct trace_event *) events->pdata[0])->what, TRACE_ACCEPTED);
        g_ptr_array_unref(events);
        OK(trace_events(f->store, &(struct trace_key){ .list_id = list + 1, .author_fold = "anna@example.org" }, 9, &events, &err));
        assert_int_equal(events->len, 0);
        g_ptr_array_unref(events);
        g_free(long_text);
}

static void test_answers(void **state)
{
        struct fixture *f = *state;
        struct err err;
        GPtrArray *answers;
        const int64_t list = f->list->id, now = clock_now();
        add_members(f, list, 3);
        const int64_t id = queue_post(f);
        struct queue_claim *c = claim(f, now);
        const struct queue_recipient *const *who = (const struct queue_recipient *const *) c->recipients->pdata;
        const struct queue_result results[] = {
                { who[0], OUTCOME_DELIVERED, 250, "2.0.0 Ok: queued as 4F2", 0, 0 },
                { who[1], OUTCOME_DEFERRED, 451, "try later", 0, 0 },
                { who[2], OUTCOME_FAILED, 550, "no such user", 0, 0 },
        };
        const int64_t second = who[1]->member_id, third = who[2]->member_id;
        OK(queue_settle(f->store, c, results, 3, now, &err));
        OK(queue_release(f->store, c, &err));
        OK(trace_answers(f->store, list, id, third, &answers, &err));
        assert_int_equal(answers->len, 1);
        assert_int_equal(((struct trace_answer *) answers->pdata[0])->code, 550);
        assert_string_equal(((struct trace_answer *) answers->pdata[0])->text, "no such user");
        g_ptr_array_unref(answers);
        struct trace_sending *sending = only_sending(f, &(struct trace_key){ .list_id = list, .number = 7 });
        assert_int_equal(sending->ended, 0);
        sending_free(sending);

        c = claim(f, now + 600);
        const struct queue_result again = { c->recipients->pdata[0], OUTCOME_DELIVERED, 250, "ok", 0, 0 };
        OK(queue_settle(f->store, c, &again, 1, now + 600, &err));
        OK(queue_release(f->store, c, &err));
        OK(trace_answers(f->store, list, id, second, &answers, &err));
        assert_int_equal(answers->len, 2);
        assert_int_equal(((struct trace_answer *) answers->pdata[0])->outcome, OUTCOME_DEFERRED);
        assert_int_equal(((struct trace_answer *) answers->pdata[1])->at, now + 600);
        g_ptr_array_unref(answers);
        sending = only_sending(f, &(struct trace_key){ .log_id = "logid" });
        assert_true(sending->ended > 0);
        assert_int_equal(sending->delivered, 2);
        assert_int_equal(sending->deferred, 1);
        assert_int_equal(sending->failed, 1);
        sending_free(sending);
        assert_int_equal(tally(f, TALLY_DELIVERED, now), 2);
        assert_int_equal(tally(f, TALLY_DEFERRED, now), 1);
        assert_int_equal(tally(f, TALLY_FAILED, now), 1);
        OK(trace_expire(f->store, now + (TRACE_DAYS + 1) * DAY, &err));
        OK(trace_answers(f->store, list, id, third, &answers, &err));
        assert_int_equal(answers->len, 0);
        g_ptr_array_unref(answers);
}

/* Who were answered alike stand together, and are found one by one; so are those of a version that did not put them together. */
static void test_answers_alike(void **state)
{
        struct fixture *f = *state;
        struct err err;
        GPtrArray *answers;
        const int64_t list = f->list->id, now = clock_now();
        add_members(f, list, 4);
        const int64_t id = queue_post(f);
        struct queue_claim *c = claim(f, now);
        const struct queue_recipient *const *who = (const struct queue_recipient *const *) c->recipients->pdata;
        const struct queue_result results[] = {
                { who[0], OUTCOME_DEFERRED, 451, "later", 0, 0 }, { who[1], OUTCOME_DEFERRED, 451, "later", 0, 0 },
                { who[2], OUTCOME_DEFERRED, 451, "much later", 0, 0 }, { who[3], OUTCOME_DEFERRED, 452, "much later", 0, 0 },
        };
        OK(queue_settle(f->store, c, results, G_N_ELEMENTS(results), now, &err));
        for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
                OK(trace_answers(f->store, list, id, who[i]->member_id, &answers, &err));
                assert_int_equal(answers->len, 1);
                const struct trace_answer *answer = answers->pdata[0];
                assert_int_equal(answer->member_id, who[i]->member_id);
                assert_int_equal(answer->code, results[i].code);
                assert_string_equal(answer->text, results[i].text);
                g_ptr_array_unref(answers);
        }
        OK(trace_troubles(f->store, list, id, 3, &answers, &err));
        assert_int_equal(answers->len, 3);
        g_ptr_array_unref(answers);

        GVariant *old = g_variant_ref_sink(g_variant_new_parsed("[(int64 %x, byte 1, int32 450, 'as it was')]", (gint64) who[1]->member_id));
        GBytes *box = keyring_seal(f->store->keyring, KEY_MEMBER_SEAL, list, g_variant_get_data(old), g_variant_get_size(old));
        OK(db_run(f->store->db, &err, "INSERT INTO answers (message_id, first, last, at, box) VALUES (?, ?, ?, ?, ?)", "iiiiB", id,
                  who[1]->member_id, who[1]->member_id, now, box));
        OK(trace_answers(f->store, list, id, who[1]->member_id, &answers, &err));
        assert_int_equal(answers->len, 2);
        const struct trace_answer *last = answers->pdata[1];
        assert_int_equal(last->member_id, who[1]->member_id);
        assert_int_equal(last->code, 450);
        assert_string_equal(last->text, "as it was");
        g_ptr_array_unref(answers);
        g_bytes_unref(box);
        g_variant_unref(old);
        OK(queue_release(f->store, c, &err));
}

/* What was put off for five days has failed, and is told so. */
static void test_given_up(void **state)
{
        struct fixture *f = *state;
        struct err err;
        const int64_t now = clock_now();
        add_members(f, f->list->id, 1);
        queue_post(f);
        struct queue_claim *c = claim(f, now);
        const struct queue_result result = { c->recipients->pdata[0], OUTCOME_DEFERRED, 451, "later", 0, 0 };
        OK(queue_settle(f->store, c, &result, 1, now + 6 * DAY, &err));
        OK(queue_release(f->store, c, &err));
        struct trace_sending *sending = only_sending(f, &(struct trace_key){ .list_id = f->list->id });
        assert_int_equal(sending->failed, 1);
        assert_int_equal(sending->deferred, 0);
        sending_free(sending);
}

static void test_removed(void **state)
{
        struct fixture *f = *state;
        struct err err;
        add_members(f, f->list->id, 1);
        const int64_t id = queue_post(f);
        OK(queue_remove(f->store, id, &err));
        struct trace_sending *sending = only_sending(f, &(struct trace_key){ .list_id = f->list->id });
        assert_true(sending->is_removed && sending->ended > 0);
        sending_free(sending);
}

static void test_slowest(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct slow_domain slow;
        const int64_t now = clock_now(), list = f->list->id;
        const struct member_new members[] = { { .address = "a@quick.example", .fold = "a@quick.example", .name = "" },
                                              { .address = "b@Slow.example", .fold = "b@slow.example", .name = "" },
                                              { .address = "c@slower.example", .fold = "c@slower.example", .name = "" } };
        size_t added;
        OK(trace_slowest(f->store, list, 0, now / DAY, &slow, &err));
        assert_null(slow.domain);
        OK(member_add(f->store, list, members, G_N_ELEMENTS(members), &added, &err));
        queue_post(f);
        for (int round = 0; round < 2; round++) {
                const int64_t at = now + round * 3600;
                struct queue_claim *c = claim(f, at);
                for (guint i = 0; i < c->recipients->len; i++) {
                        const struct queue_recipient *recipient = c->recipients->pdata[i];
                        const bool is_quick = strstr(recipient->address, "quick") || (round == 1 && strstr(recipient->address, "Slow."));
                        const struct queue_result result = { recipient, is_quick ? OUTCOME_DELIVERED : OUTCOME_DEFERRED, 0, "", 0, 0 };
                        OK(queue_settle(f->store, c, &result, 1, at + (strstr(recipient->address, "slower") ? 60 : 0), &err));
                }
                OK(queue_release(f->store, c, &err));
        }
        OK(trace_slowest(f->store, list, TALLY_OPEN, TALLY_OPEN, &slow, &err));
        assert_string_equal(slow.domain, "slower.example");
        assert_int_equal(slow.deferred, 2);
        assert_in_range(slow.wait, 3660, 3670); /* from when it was queued, which was a moment before or after `now` */
        g_free(slow.domain);
        OK(trace_slowest(f->store, list, now / DAY, now / DAY, &slow, &err));
        assert_null(slow.domain);
        OK(trace_close(f->store, list, now / DAY, &err));
        OK(trace_slowest(f->store, list, now / DAY, now / DAY, &slow, &err));
        assert_string_equal(slow.domain, "slower.example");
        g_free(slow.domain);
        OK(trace_slowest(f->store, list, TALLY_OPEN, TALLY_OPEN, &slow, &err));
        assert_null(slow.domain);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = { T(test_decisions), T(test_answers), T(test_answers_alike), T(test_given_up), T(test_removed),
                                             T(test_slowest) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
