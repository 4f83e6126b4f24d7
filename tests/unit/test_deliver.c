/* test_deliver.c - copies, pace, and the whole role as a process of its own, with a scripted relay */
#include "room.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/ticket.h"
#include "deliver/batch.h"
#include "deliver/copy.h"
#include "deliver/domains.h"
#include "deliver/pace.h"
#include "deliver/suspects.h"

enum { PATIENCE = 60 };

#define MESSAGE                                                                                                              \
        "From: l@lists.example\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@lists.example>\r\n"                \
        "To: ml@lists.example\r\nSubject: Hi\r\n\r\nHello\r\n.\r\n"

/* --- copies ------------------------------------------------------------------------------- */

/* The ticket between the last + and the @. */
static struct ticket open_ticket(const struct keyring *keyring, enum ticket_kind kind, int64_t list_id, const char *address)
{
        struct ticket ticket = { 0 };
        const char *plus = strrchr(address, '+');
        assert_non_null(plus);
        char *text = g_strndup(plus + 1, TICKET_CHARS);
        assert_int_equal(plus[1 + TICKET_CHARS], '@');
        assert_true(ticket_open(keyring, kind, list_id, text, &ticket));
        assert_false(ticket_open(keyring, kind, list_id + 1, text, &ticket)); /* of another list: not */
        assert_true(ticket_open(keyring, kind, list_id, text, &ticket));
        g_free(text);
        return ticket;
}

static const struct copy_case {
        const char *conf;
        struct queue_claim claim;
        const char *from; /* up to the ticket */
        const char *domain;
        const char *off;  /* NULL: none */
} COPY_CASES[] = {
        { "", { .kind = QUEUE_POST, .list_id = 7, .list_name = (char *) "ml", .list_domain = (char *) "lists.example", .number = 123 },
          "ml-bounce+", "@lists.example", "List-Unsubscribe: <mailto:ml-off+" },
        { "addresses = plus\n",
          { .kind = QUEUE_POST, .list_id = 7, .list_name = (char *) "ml", .list_domain = (char *) "lists.example", .number = 123 },
          "ml+bounce+", "@lists.example", "List-Unsubscribe: <mailto:ml+off+" },
        { "", { .kind = QUEUE_DIRECT, .list_id = 7, .list_name = (char *) "ml", .list_domain = (char *) "other.example" },
          "ml-bounce+", "@other.example", NULL },
        { "", { .kind = QUEUE_DIRECT }, "bounce+", "@lists.example", NULL },
        { "addresses = plus\n", { .kind = QUEUE_DIRECT }, "bounce+", "@lists.example", NULL },
};

/* Who sees the copies of two posts cannot tell that one reader got them, not even of one day. */
static void test_copies_of_two_posts_look_unrelated(void **state)
{
        struct keyring *keyring;
        char *data = folder_make(&keyring);
        struct queue_recipient recipient = { .member_id = 42, .address = (char *) "anna@a.example" };
        struct queue_recipient *const readers[] = { &recipient };
        struct queue_claim claim = COPY_CASES[0].claim;
        struct conf *conf = room_conf("");
        struct copy first, second;
        struct err err;
        assert_true(copy_make(&first, &claim, readers, 1, conf, keyring, 19000 * 86400LL, &err));
        claim.number++;
        assert_true(copy_make(&second, &claim, readers, 1, conf, keyring, 19000 * 86400LL, &err));
        assert_string_not_equal(first.from, second.from);
        assert_string_not_equal(first.head, second.head);
        copy_clear(&first);
        copy_clear(&second);
        conf_free(conf);
        keyring_free(keyring);
        folder_remove(data);
}

static void test_copies(void **state)
{
        struct keyring *keyring;
        char *data = folder_make(&keyring);
        struct queue_recipient recipient = { .member_id = 42, .address = (char *) "anna@a.example" };
        struct queue_recipient *const readers[] = { &recipient };
        for (size_t i = 0; i < G_N_ELEMENTS(COPY_CASES); i++) {
                const struct copy_case *c = &COPY_CASES[i];
                struct conf *conf = room_conf(c->conf);
                struct copy copy;
                struct err err;
                assert_true(copy_make(&copy, &c->claim, readers, 1, conf, keyring, 19000 * 86400LL + 5, &err));
                assert_true(g_str_has_prefix(copy.from, c->from) && g_str_has_suffix(copy.from, c->domain));
                struct ticket ticket = open_ticket(keyring, TICKET_BOUNCE, c->claim.list_id, copy.from);
                assert_int_equal(ticket.subject, 42);
                assert_int_equal(ticket.context, c->claim.number);
                assert_int_equal(ticket.day, 19000);
                assert_null(strstr(copy.head, "anna"));
                if (c->off) {
                        assert_true(g_str_has_prefix(copy.head, c->off) && g_str_has_suffix(copy.head, "@lists.example>\r\n"));
                        assert_int_equal(open_ticket(keyring, TICKET_OFF, c->claim.list_id, copy.head).subject, 42);
                } else {
                        assert_string_equal(copy.head, "");
                }
                copy_clear(&copy);
                conf_free(conf);
        }
        keyring_free(keyring);
        folder_remove(data);
}

/* Readers who are sent to together: the return path names their range, the way out is the list's; nobody alone is named. */
static void test_copies_together(void **state)
{
        enum { FAR = 30 };
        struct keyring *keyring;
        char *data = folder_make(&keyring);
        struct conf *conf = room_conf("");
        struct queue_claim claim = COPY_CASES[0].claim;
        struct queue_recipient readers[4] = { { .member_id = 44 }, { .member_id = 42 }, { .member_id = 42 + FAR },
                                              { .member_id = 43 + TICKET_CONTEXT_MAX } };
        struct queue_recipient *const all[] = { &readers[0], &readers[1], &readers[2], &readers[3] };
        struct copy copy;
        struct err err;
        assert_int_equal(copy_share(&claim, all, 4, 100), 1);
        claim.kind = QUEUE_BATCH;
        assert_int_equal(copy_share(&claim, all, 4, 100), 3); /* the fourth is too far off */
        assert_int_equal(copy_share(&claim, all, 4, 2), 2);
        assert_int_equal(copy_share(&claim, all + 3, 1, 100), 1);
        assert_true(copy_make(&copy, &claim, all, 3, conf, keyring, 19000 * 86400LL, &err));
        struct ticket ticket = open_ticket(keyring, TICKET_BATCH, claim.list_id, copy.from);
        assert_int_equal(ticket.subject, 42);
        assert_int_equal(ticket.context, FAR);
        assert_string_equal(copy.head, "List-Unsubscribe: <mailto:ml-off@lists.example>\r\n");
        copy_clear(&copy);
        conf_free(conf);
        keyring_free(keyring);
        folder_remove(data);
}

/* --- pace ----------------------------------------------------------------------------------- */

struct crowd {
        struct pace *pace;
        gint turns; /* atomic */
};

static gpointer take_turn(gpointer user)
{
        struct crowd *crowd = user;
        if (pace_turn(crowd->pace))
                g_atomic_int_inc(&crowd->turns);
        pace_leave(crowd->pace);
        return NULL;
}

/* One thread probes while the others wait; what it finds lets them all go on. */
static void test_pace(void **state)
{
        enum { THREADS = 3, FIRST_MS = 20 };
        struct crowd crowd = { .pace = pace_new(THREADS, FIRST_MS, 3 * FIRST_MS) };
        struct pace *pace = crowd.pace;
        assert_true(pace_turn(pace));
        assert_false(pace_up(pace));
        assert_int_equal(pace_away(pace), FIRST_MS);
        assert_int_equal(pace_away(pace), FIRST_MS); /* another session found the same */
        gint64 start = g_get_monotonic_time();
        assert_true(pace_turn(pace)); /* we are the probe now */
        assert_true(g_get_monotonic_time() - start > (FIRST_MS - 5) * 1000);
        GThread *threads[THREADS];
        for (int i = 0; i < THREADS; i++)
                threads[i] = g_thread_new("turn", take_turn, &crowd);
        g_usleep(3 * FIRST_MS * 1000);
        assert_int_equal(g_atomic_int_get(&crowd.turns), 0);
        assert_int_equal(pace_away(pace), 2 * FIRST_MS);
        assert_false(pace_finish(pace, FIRST_MS / 2));
        while (g_atomic_int_get(&crowd.turns) == 0) /* one of them is the next probe; it left without a word */
                g_usleep(1000);
        assert_int_equal(g_atomic_int_get(&crowd.turns), 1);
        assert_true(pace_up(pace));
        assert_true(pace_finish(pace, PATIENCE * 1000));
        assert_int_equal(crowd.turns, THREADS);
        for (int i = 0; i < THREADS; i++)
                g_thread_join(threads[i]);
        pace_wake(pace);
        pace_idle(pace); /* a wake that nobody waited for is not lost */
        assert_false(pace_failed(pace));
        pace_fail(pace);
        assert_false(pace_turn(pace));
        pace_idle(pace); /* does not wait */
        assert_true(pace_failed(pace) && pace_stopping(pace));
        pace_free(pace);
}

static void test_pace_doubles(void **state)
{
        struct pace *pace = pace_new(1, 1, 6);
        static const int delays[] = { 1, 2, 4, 6, 6 };
        for (size_t i = 0; i < G_N_ELEMENTS(delays); i++) {
                assert_true(pace_turn(pace));
                assert_int_equal(pace_away(pace), delays[i]);
        }
        assert_true(pace_turn(pace));
        pace_wake(pace);
        pace_idle(pace); /* the probe had nothing to send ... */
        assert_true(pace_turn(pace)); /* ... and is free again at once */
        assert_true(pace_up(pace));
        assert_int_equal(pace_away(pace), 1);
        pace_free(pace);
}

/* --- suspects ------------------------------------------------------------------------------- */

static void test_suspects(void **state)
{
        struct suspects suspects = { 0 };
        assert_false(suspects_again(&suspects, 1, 7));
        assert_false(suspects_again(&suspects, 2, 7));
        assert_false(suspects_again(&suspects, 1, 8));
        assert_false(suspects_again(&suspects, 1, 0)); /* the admin is no member */
        assert_true(suspects_again(&suspects, 1, 7));
        assert_false(suspects_again(&suspects, 1, 7)); /* it was put off, and begins anew */
        assert_true(suspects_again(&suspects, 1, 0));
        for (int i = 0; i < SUSPECTS_MAX; i++)
                assert_false(suspects_again(&suspects, 3, i));
        assert_false(suspects_again(&suspects, 2, 7)); /* forgotten */
}

/* --- the role ------------------------------------------------------------------------------- */

static void role_stop(pid_t pid)
{
        int status = room_end(pid, SIGTERM);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                fail_msg("deliver ended with status %d", status);
}

static void wait_for_empty_queue(struct room *room)
{
        for (int i = 0; i < PATIENCE * 100 && room_depth(room) > 0; i++)
                g_usleep(10 * 1000);
        if (room_depth(room) > 0)
                fail_msg("the queue does not become empty; %zu copies were sent", sink_count(room->sink));
}

/* How many different recipients got a copy. */
static size_t distinct(struct room *room)
{
        GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < sink_count(room->sink); i++)
                g_hash_table_add(seen, sink_mail(room->sink, i)->to);
        size_t count = g_hash_table_size(seen);
        g_hash_table_unref(seen);
        return count;
}

/* Each reader gets one copy with tickets of their own, in a transaction of their own; nothing else differs. */
static void test_all_get_one(void **state)
{
        enum { MEMBERS = 1200 };
        struct room room = room_open(NULL);
        room_add_many(&room, MEMBERS);
        room_queue(&room, MESSAGE);
        pid_t pid = room_start(&room, 4);
        wait_for_empty_queue(&room);
        role_stop(pid);
        assert_int_equal(sink_count(room.sink), MEMBERS);
        assert_int_equal(distinct(&room), MEMBERS);
        GHashTable *froms = g_hash_table_new(g_str_hash, g_str_equal);
        for (size_t i = 0; i < MEMBERS; i++) {
                const struct sink_mail *mail = sink_mail(room.sink, i);
                gsize size;
                const char *data = g_bytes_get_data(mail->data, &size);
                assert_true(size > strlen(MESSAGE));
                assert_memory_equal(data + size - strlen(MESSAGE), MESSAGE, strlen(MESSAGE));
                char *head = g_strndup(data, size - strlen(MESSAGE));
                assert_int_equal(strlen(head), strlen("List-Unsubscribe: <mailto:ml-off+@lists.example>\r\n") + TICKET_CHARS);
                struct ticket off = open_ticket(room.keyring, TICKET_OFF, room.list->id, head);
                struct ticket bounce = open_ticket(room.keyring, TICKET_BOUNCE, room.list->id, mail->from);
                assert_int_equal(off.subject, bounce.subject);
                struct member *member;
                struct err err;
                OK(member_get(room.store, room.list->id, off.subject, &member, &err));
                assert_string_equal(member->address, mail->to);
                member_free(member);
                g_free(head);
                g_hash_table_add(froms, mail->from);
        }
        assert_int_equal(g_hash_table_size(froms), MEMBERS);
        g_hash_table_unref(froms);
        room_close(&room);
}

/* Nothing else is in the queue any more. */
static void wait_for_deferred(struct room *room, int64_t count)
{
        int64_t waiting = -1, deferred = -1;
        for (gint64 end = g_get_monotonic_time() + PATIENCE * G_USEC_PER_SEC;
             (waiting != 0 || deferred != count) && g_get_monotonic_time() < end; g_usleep(10000)) {
                GPtrArray *queue;
                struct err err;
                OK(queue_entries(room->store, &queue, &err));
                assert_int_equal(queue->len, 1);
                waiting = ((const struct queue_entry *) queue->pdata[0])->waiting;
                deferred = ((const struct queue_entry *) queue->pdata[0])->deferred;
                g_ptr_array_unref(queue);
        }
        assert_int_equal(waiting, 0);
        assert_int_equal(deferred, count);
}

/* personal = no: a hundred readers a transaction, each once; who is refused is alone in it. */
static void test_together(void **state)
{
        enum { MEMBERS = 1200 };
        const struct sink_rule rules[] = { { "RCPT", "<m7@", "550 5.1.1 no such" }, { "RCPT", "<m8@", "450 4.2.1 later" }, { 0 } };
        const struct sink_options options = { .rules = rules };
        struct room room = room_open(&options);
        room_add_many(&room, MEMBERS);
        room_queue_kind(&room, QUEUE_BATCH, MESSAGE);
        pid_t pid = room_start(&room, 4);
        wait_for_deferred(&room, 1);
        role_stop(pid);
        GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (size_t i = 0; i < sink_count(room.sink); i++) {
                char **to = g_strsplit(sink_mail(room.sink, i)->to, " ", -1);
                assert_in_range(g_strv_length(to), 1, QUEUE_TOGETHER_MAX);
                for (char **one = to; *one; one++)
                        assert_true(g_hash_table_add(seen, g_strdup(*one)));
                g_strfreev(to);
        }
        assert_int_equal(g_hash_table_size(seen), MEMBERS - 2);
        assert_int_equal(sink_count(room.sink), MEMBERS / QUEUE_TOGETHER_MAX);
        g_hash_table_unref(seen);
        room_close(&room);
}

/* --- domains ------------------------------------------------------------------------------- */

static void test_domains(void **state)
{
        struct domains *domains = domains_new();
        char why[DOMAINS_WHY_MAX + 1];
        int64_t until;
        for (int i = 0; i < DOMAINS_STRIKES; i++) {
                assert_false(domains_wait(domains, "a@Dead.example", 1000, &until, why));
                domains_away(domains, "a@dead.example", 1000, "no route");
        }
        assert_true(domains_known(domains, "b@dead.EXAMPLE") && !domains_known(domains, "b@live.example"));
        assert_true(domains_wait(domains, "b@dead.example", 1000 + DOMAINS_WAIT - 1, &until, why));
        assert_int_equal(until, 1000 + DOMAINS_WAIT);
        assert_string_equal(why, "no route");
        assert_false(domains_wait(domains, "b@live.example", 1000, &until, why));
        /* one is tried, the others wait for what comes of it */
        assert_false(domains_wait(domains, "b@dead.example", 5000, &until, why));
        assert_true(domains_wait(domains, "c@dead.example", 5000, &until, why));
        domains_away(domains, "b@dead.example", 5001, "still none");
        assert_true(domains_wait(domains, "c@dead.example", 5001 + DOMAINS_WAIT - 1, &until, why));
        assert_string_equal(why, "still none");
        domains_up(domains, "c@dead.example");
        assert_false(domains_wait(domains, "c@dead.example", 5002, &until, why) || domains_known(domains, "c@dead.example"));
        /* a success in between: no three in a row */
        domains_away(domains, "a@x.example", 1, "");
        domains_away(domains, "a@x.example", 1, "");
        domains_up(domains, "a@x.example");
        domains_away(domains, "a@x.example", 1, "");
        assert_false(domains_wait(domains, "a@x.example", 2, &until, why));
        domains_forget(domains);
        assert_false(domains_known(domains, "a@x.example"));
        domains_free(domains);
}

/* A thousand readers of a domain that fails cost a few tries; a mailbox that is full is no matter of its domain. */
static void check_dead_domain(enum queue_kind kind, const char *reply, unsigned least, unsigned most)
{
        enum { MEMBERS = 1000, SESSIONS = 4 };
        const struct sink_rule rules[] = { { "RCPT", "@people.example", reply }, { 0 } };
        const struct sink_options options = { .rules = rules };
        struct room room = room_open(&options);
        room_add_many(&room, MEMBERS);
        room_queue_kind(&room, kind, MESSAGE);
        pid_t pid = room_start(&room, SESSIONS);
        wait_for_deferred(&room, MEMBERS);
        role_stop(pid);
        assert_int_equal(sink_count(room.sink), 0);
        assert_in_range(sink_commands(room.sink, "RCPT"), least, most);
        room_close(&room);
}

static void test_dead_domain(void **state)
{
        check_dead_domain(QUEUE_POST, "450 4.4.1 no answer from that host", DOMAINS_STRIKES, 20);
        check_dead_domain(QUEUE_BATCH, "450 4.4.1 no answer from that host", DOMAINS_STRIKES, 4 * QUEUE_TOGETHER_MAX);
        check_dead_domain(QUEUE_POST, "452 4.2.2 mailbox full", 1000, 1000);
}

/* Killed in the middle: nobody is lost, and repeated are at most the copies of a group in each session. */
static void check_kill(int sessions)
{
        enum { MEMBERS = 1200, ROUNDS = 3 };
        struct room room = room_open(NULL);
        room_add_many(&room, MEMBERS);
        room_queue(&room, MESSAGE);
        for (int i = 1; i <= ROUNDS; i++) {
                pid_t pid = room_start(&room, sessions);
                assert_true(sink_wait(room.sink, (size_t) (i * MEMBERS / (ROUNDS + 1)), PATIENCE));
                room_end(pid, SIGKILL);
        }
        pid_t pid = room_start(&room, sessions);
        wait_for_empty_queue(&room);
        role_stop(pid);
        size_t sent = sink_count(room.sink);
        assert_int_equal(distinct(&room), MEMBERS);
        print_message("# %d sessions, killed %d times: %zu of %d copies repeated\n", sessions, ROUNDS, sent - MEMBERS, MEMBERS);
        assert_true(sent - MEMBERS <= (size_t) (ROUNDS * sessions * (BATCH_RESULTS + 1)));
        room_close(&room);
}

static void test_kill(void **state)
{
        check_kill(1);
        check_kill(4);
}

/* SIGTERM in the middle: what is under way is finished and recorded, so that nothing is repeated. */
static void test_stop(void **state)
{
        enum { MEMBERS = 1200 };
        struct room room = room_open(NULL);
        room_add_many(&room, MEMBERS);
        room_queue(&room, MESSAGE);
        pid_t pid = room_start(&room, 4);
        assert_true(sink_wait(room.sink, MEMBERS / 2, PATIENCE));
        role_stop(pid);
        assert_true(sink_count(room.sink) < MEMBERS);
        pid = room_start(&room, 4);
        wait_for_empty_queue(&room);
        role_stop(pid);
        assert_int_equal(sink_count(room.sink), MEMBERS);
        assert_int_equal(distinct(&room), MEMBERS);
        room_close(&room);
}

static struct member *find(struct room *room, const char *address)
{
        struct member *member;
        struct err err;
        OK(member_find(room->store, room->list->id, address, &member, &err));
        assert_non_null(member);
        return member;
}

static void expect_failures(struct room *room, const char *address, int64_t failures, int code, const char *text)
{
        struct member *member = find(room, address);
        if (member->failures != failures || member->failed_code != code || (text && !strstr(member->failed_text ? member->failed_text : "", text)))
                fail_msg("%s: %d failures, code %d, '%s'", address, (int) member->failures, member->failed_code, member->failed_text);
        member_free(member);
}

/* 5xx is recorded, 4xx put off, the unknown sent again at once, a refused sender is nobody's fault; who cannot be sent to fails. */
static gpointer make_room_on_disk(gpointer limit)
{
        g_usleep(BATCH_RETRY_MS * 1000 / 2);
        return setrlimit(RLIMIT_FSIZE, limit) == 0 ? NULL : limit;
}

/* A full disk between a copy and its record: the outcome waits for room, else the copy would go out again. */
static void test_outcome_is_not_forgotten(void **state)
{
        struct room room = room_open(&(struct sink_options){ 0 });
        struct err err = { 0 };
        struct rlimit before;
        room_add_many(&room, 1);
        room_queue(&room, MESSAGE);
        struct batch batch = { .store = room.store };
        struct queue_claim *claim;
        OK(queue_claim(room.store, &(struct queue_turn){ .limit = 10, .retries_first = false, .now = clock_now() }, &claim, &err));
        batch.claim = claim;
        OK(batch_add(&batch, &(struct queue_result){ claim->recipients->pdata[0], OUTCOME_DELIVERED, 250, "ok", 0, 0 }, &err));
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, before.rlim_max }), 0);
        GThread *thread = g_thread_new("room", make_room_on_disk, &before);
        bool ok = batch_flush(&batch, &err);
        assert_null(g_thread_join(thread));
        if (!ok)
                fail_msg("%s", err.text);
        OK(queue_release(room.store, claim, &err));
        assert_int_equal(room_depth(&room), 0);
        room_close(&room);
}

static void test_outcomes(void **state)
{
        const struct sink_rule rules[] = {
                { "RCPT", "gone@", "550 5.1.1 <gone@people.example> is not here" },
                { ".", "full@", "452 4.2.2 full" },
                { ".", "lost@", NULL, .closes = true, .times = 1 },
                { "MAIL", NULL, "553 5.1.7 not today", .times = 1 },
                { 0 },
        };
        const struct sink_options options = { .rules = rules };
        static const char *const addresses[] = { "first@people.example", "anna@people.example",  "gone@people.example",
                                                 "full@people.example",  "j\xc3\xb6rg@people.example", "lost@people.example",
                                                 "ben@people.example" };
        struct room room = room_open(&options);
        room_add_members(&room, addresses, G_N_ELEMENTS(addresses));
        room_queue(&room, MESSAGE);
        pid_t pid = room_start(&room, 1);
        assert_true(sink_wait(room.sink, 3, PATIENCE));
        role_stop(pid);
        static const char *const taken[] = { "anna@people.example", "lost@people.example", "ben@people.example" };
        for (size_t i = 0; i < G_N_ELEMENTS(taken); i++)
                assert_string_equal(sink_mail(room.sink, i)->to, taken[i]);
        expect_failures(&room, "gone@people.example", 1, 550, "is not here");
        expect_failures(&room, "j\xc3\xb6rg@people.example", 1, 553, "5.6.7 the relay does not offer SMTPUTF8");
        expect_failures(&room, "first@people.example", 0, 0, NULL);
        expect_failures(&room, "full@people.example", 0, 0, NULL);
        expect_failures(&room, "lost@people.example", 0, 0, NULL);
        GPtrArray *entries;
        struct err err;
        OK(queue_entries(room.store, &entries, &err));
        assert_int_equal(entries->len, 1);
        const struct queue_entry *entry = entries->pdata[0];
        assert_int_equal(entry->waiting, 0);
        assert_int_equal(entry->deferred, 2); /* first, full */
        g_ptr_array_unref(entries);

        OK(queue_flush(room.store, &err));
        pid = room_start(&room, 1);
        assert_true(sink_wait(room.sink, 4, PATIENCE)); /* first */
        role_stop(pid);
        assert_int_equal(distinct(&room), 4);
        room_close(&room);
}

/* A message that must not leave is kept from the relay, and does not stop the queue. */
static void test_unfit_message(void **state)
{
        struct room room = room_open(NULL);
        room_add_many(&room, 3);
        room_queue(&room, "From: a@b\r\nDate: x\r\nMessage-ID: <1@b>\r\n\r\nbare\nLF\r\n");
        room_queue(&room, MESSAGE);
        pid_t pid = room_start(&room, 1);
        wait_for_empty_queue(&room);
        role_stop(pid);
        assert_int_equal(sink_count(room.sink), 3);
        expect_failures(&room, "m0@people.example", 1, 0, "LF without CR");
        room_close(&room);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_copies),
                cmocka_unit_test(test_copies_together), cmocka_unit_test(test_copies_of_two_posts_look_unrelated),
                cmocka_unit_test(test_pace), cmocka_unit_test(test_pace_doubles), cmocka_unit_test(test_suspects),
                cmocka_unit_test(test_all_get_one),
                cmocka_unit_test(test_together), cmocka_unit_test(test_domains), cmocka_unit_test(test_dead_domain), cmocka_unit_test(test_kill), cmocka_unit_test(test_stop),
                cmocka_unit_test(test_outcomes), cmocka_unit_test(test_outcome_is_not_forgotten), cmocka_unit_test(test_unfit_message),
        };
        int status;
        if (room_role(argc, argv, &status))
                return status;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
