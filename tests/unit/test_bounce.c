/* test_bounce.c - reports that come back: whom they count for, what failures come to, and a month of a list's life */
#include "store.h"

#include "base/conf.h"
#include "base/ticket.h"
#include "handle/bounce.h"
#include "handle/route.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "policy/bounce.h"
#include "store/queue.h"
#include "store/question.h"
#include "store/tally.h"

enum { DAY = 86400, START = 20000 * DAY /* midnight UTC */ };

#define CONF "[server]\nhostname = mx.lists.example\ndomains = lists.example\nadmin = admin@example.org\n"

/* --- decisions ------------------------------------------------------------------------------------- */

static void test_weights(void **state)
{
        assert_int_equal(bounce_weight(LASTING_PERMANENT, CAUSE_NO_MAILBOX), BOUNCE_POINT);
        assert_int_equal(bounce_weight(LASTING_PERMANENT, CAUSE_UNKNOWN), BOUNCE_POINT / 2);
        assert_int_equal(bounce_weight(LASTING_PERMANENT, CAUSE_POLICY), BOUNCE_POINT / 4);
        assert_int_equal(bounce_weight(LASTING_TEMPORARY, CAUSE_FULL), BOUNCE_POINT / 4);
        assert_int_equal(bounce_weight(LASTING_TEMPORARY, CAUSE_NO_MAILBOX), BOUNCE_POINT / 4);
        assert_int_equal(bounce_weight(LASTING_PERMANENT, CAUSE_SIZE), 0);
        assert_int_equal(bounce_weight(LASTING_PERMANENT, CAUSE_SPAM), 0);
}

static void test_fading(void **state)
{
        assert_int_equal(bounce_faded(1000, START, START), 1000);
        assert_int_equal(bounce_faded(1000, START, START - DAY), 1000); /* the clock went back */
        assert_int_equal(bounce_faded(1000, START, START + BOUNCE_HALF_LIFE * DAY), 500);
        assert_int_equal(bounce_faded(1000, START, START + 40 * BOUNCE_HALF_LIFE * DAY), 0);
}

static void test_steps(void **state)
{
        const struct list list = { .bounce_score = 3, .bounce_letters = 2, .bounce_days = 7, .bounce_remove = 1 };
        const struct list never = { .bounce_score = 0 };
        struct bounce bounce = { .state = BOUNCE_SUSPECT, .score = 2999, .at = START };
        assert_int_equal(bounce_step(&list, &bounce, START), BOUNCE_STAY);
        bounce.score = 3000;
        assert_int_equal(bounce_step(&list, &bounce, START), BOUNCE_PAUSE);
        assert_int_equal(bounce_step(&list, &bounce, START + 2 * DAY), BOUNCE_STAY); /* it has faded */
        assert_int_equal(bounce_step(&never, &bounce, START), BOUNCE_STAY);
        bounce = (struct bounce){ .state = BOUNCE_PAUSED, .asked = 1, .asked_at = START };
        assert_int_equal(bounce_step(&list, &bounce, START + 7 * DAY - 1), BOUNCE_STAY);
        assert_int_equal(bounce_step(&list, &bounce, START + 7 * DAY), BOUNCE_ASK);
        assert_int_equal(bounce_removal(&list, &bounce, START), START + 14 * DAY);
        bounce.asked = 2;
        assert_int_equal(bounce_step(&list, &bounce, START + 7 * DAY), BOUNCE_REMOVE);
        bounce.role = ROLE_OWNER;
        assert_int_equal(bounce_step(&list, &bounce, START + 7 * DAY), BOUNCE_KEEP);
        assert_int_equal(bounce_removal(&list, &bounce, START), 0);
        bounce.state = BOUNCE_KEPT;
        assert_int_equal(bounce_step(&list, &bounce, START + 700 * DAY), BOUNCE_STAY);
}

static void test_limits(void **state)
{
        assert_int_equal(bounce_pause_max(0), 1);
        assert_int_equal(bounce_pause_max(39), 1);
        assert_int_equal(bounce_pause_max(500), 25);
        assert_false(bounce_is_outage(2));
        assert_true(bounce_is_outage(3));
}

/* --- a server with a clock --------------------------------------------------------------------------- */

struct world {
        struct fixture *f;
        struct conf *conf;
        uint8_t public_key[KEY_BYTES];
        uint64_t next_id;
        int64_t now;
};

static void world_open(struct world *world, struct fixture *f, int64_t now)
{
        struct err err = { 0 };
        *world = (struct world){ .f = f };
        OK(conf_parse(&world->conf, CONF, strlen(CONF), "conf", &err));
        OK(spool_public_read(f->data, world->public_key, &err));
        world->now = now;
        clock_stop(now);
}

static void world_close(struct world *world)
{
        conf_free(world->conf);
        clock_stop(0);
}

static void pass_time(struct world *world, int64_t seconds)
{
        struct err err;
        world->now += seconds;
        clock_stop(world->now);
        OK(bounce_tick(world->f->store, world->conf, world->now, &err));
}

/* Through the way that all mail takes. */
static void receive_from(struct world *world, const char *mail_from, const char *recipient, const char *message)
{
        struct err err;
        struct envelope *envelope = envelope_new();
        envelope->client = g_strdup("192.0.2.1");
        envelope->helo = g_strdup("mx.example.net");
        envelope->protocol = g_strdup("ESMTP");
        envelope->received = world->now;
        envelope->mail_from = g_strdup(mail_from);
        g_ptr_array_add(envelope->recipients, g_strdup(recipient));
        GString *crlf = g_string_new(message);
        g_string_replace(crlf, "\n", "\r\n", 0);
        envelope->message = g_bytes_new(crlf->str, crlf->len);
        g_string_free(crlf, TRUE);
        GBytes *plain = envelope_write(envelope);
        struct spool_item item = { .received = world->now };
        gsize length;
        const void *bytes = g_bytes_get_data(plain, &length);
        item.box = spool_box_seal(world->public_key, bytes, length);
        world->next_id++;
        memcpy(item.id, &world->next_id, sizeof world->next_id);
        OK(route_item(world->f->store, world->conf, &item, world->now, &err));
        g_bytes_unref(item.box);
        g_bytes_unref(plain);
        envelope_free(envelope);
}

static void receive(struct world *world, const char *recipient, const char *message)
{
        receive_from(world, "", recipient, message);
}

/* The return path of a copy of today. */
static char *return_path(const struct world *world, int64_t member_id)
{
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = member_id, .context = 7, .day = (uint16_t) (world->now / DAY) };
        ticket_seal(world->f->keyring, TICKET_BOUNCE, world->f->list->id, &ticket, sealed);
        return g_strdup_printf("ml-bounce+%s@lists.example", sealed);
}

static char *report_text(const char *address, const char *action, const char *status)
{
        return g_strdup_printf("From: MAILER-DAEMON@mx.example.net\nTo: ml-bounce@lists.example\nMIME-Version: 1.0\n"
                               "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n"
                               "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
                               "Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\n--b--\n",
                               address, action, status);
}

static void come_back(struct world *world, int64_t member_id, const char *address, const char *action, const char *status)
{
        char *path = return_path(world, member_id), *text = report_text(address, action, status);
        receive(world, path, text);
        g_free(path);
        g_free(text);
}

static const char COMPLAINT[] = "From: abuse@mx.example.net\nTo: ml-bounce@lists.example\nMIME-Version: 1.0\n"
                                "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nSpam.\n--b\n"
                                "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n--b--\n";

static void complain(struct world *world, int64_t member_id)
{
        char *path = return_path(world, member_id);
        receive(world, path, COMPLAINT);
        g_free(path);
}

static struct member *member(const struct world *world, int64_t id)
{
        struct err err;
        struct member *found;
        OK(member_get(world->f->store, world->f->list->id, id, &found, &err));
        return found;
}

static bool is_active(const struct world *world, int64_t id)
{
        struct member *found = member(world, id);
        const bool active = found && found->state == MEMBER_ACTIVE;
        member_free(found);
        return active;
}

static bool is_there(const struct world *world, int64_t id)
{
        struct member *found = member(world, id);
        member_free(found);
        return found;
}

static int64_t counted(const struct world *world, enum tally_what what)
{
        struct err err;
        int64_t count;
        OK(tally_sum(world->f->store, world->f->list->id, what, 0, &count, &err));
        return count;
}

static int64_t score(const struct world *world, int64_t id)
{
        struct err err;
        struct bounce bounce;
        OK(bounce_get(world->f->store, world->f->list->id, id, &bounce, &err));
        return bounce_faded(bounce.score, bounce.at, world->now);
}

static int64_t id_of(const struct world *world, const char *address)
{
        struct err err;
        struct member *found;
        OK(member_find(world->f->store, world->f->list->id, address, &found, &err));
        assert_non_null(found);
        const int64_t id = found->id;
        member_free(found);
        return id;
}

static int64_t add(const struct world *world, const char *address, enum member_role role)
{
        struct err err;
        size_t added;
        const struct member_new new = { .address = address, .fold = address, .name = "", .role = role };
        OK(member_add(world->f->store, world->f->list->id, &new, 1, &added, &err));
        return id_of(world, address);
}

/* --- one report --------------------------------------------------------------------------------------- */

static void test_only_a_ticket_counts(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t anna = add(&world, "anna@a.example", ROLE_MEMBER);
        char *text = report_text("anna@a.example", "failed", "5.1.1");
        receive(&world, "ml-bounce+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27@lists.example", text);
        g_free(text);
        assert_int_equal(counted(&world, TALLY_REPORT_UNSIGNED), 1);
        pass_time(&world, DAY);
        assert_int_equal(score(&world, anna), 0);
        /* the ticket of a copy of long ago */
        char *path = return_path(&world, anna);
        pass_time(&world, (BOUNCE_REPORT_DAYS + 2) * DAY);
        text = report_text("anna@a.example", "failed", "5.1.1");
        receive(&world, path, text);
        pass_time(&world, DAY);
        assert_int_equal(score(&world, anna), 0);
        assert_int_equal(counted(&world, TALLY_REPORT_HARD), 0);
        g_free(path);
        g_free(text);
        world_close(&world);
}

/* personal = no: of the readers of that copy the report says which; it counts half. A complaint makes nobody leave. */
static void test_report_about_a_batch(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t anna = add(&world, "anna@a.example", ROLE_MEMBER), ben = add(&world, "ben@b.example", ROLE_MEMBER);
        const int64_t carla = add(&world, "carla@c.example", ROLE_MEMBER);
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = anna, .context = (uint32_t) (ben - anna), .day = (uint16_t) (world.now / DAY) };
        ticket_seal(world.f->keyring, TICKET_BATCH, world.f->list->id, &ticket, sealed);
        char *path = g_strdup_printf("ml-bounce+%s@lists.example", sealed);
        static const char *const named[] = { "ben@b.example", "carla@c.example", "nobody@d.example" };
        for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
                char *text = report_text(named[i], "failed", "5.1.1");
                receive(&world, path, text);
                g_free(text);
        }
        receive(&world, path, COMPLAINT);
        pass_time(&world, DAY);
        assert_int_equal(score(&world, ben), BOUNCE_POINT / 2);
        assert_int_equal(score(&world, anna) + score(&world, carla), 0);
        assert_int_equal(counted(&world, TALLY_REPORT_HARD), 1);
        assert_int_equal(counted(&world, TALLY_COMPLAINT), 1);
        assert_true(is_there(&world, anna) && is_there(&world, ben) && is_there(&world, carla));
        /* of long ago */
        pass_time(&world, (BOUNCE_REPORT_DAYS + 2) * DAY);
        char *text = report_text("anna@a.example", "failed", "5.1.1");
        receive(&world, path, text);
        g_free(text);
        pass_time(&world, DAY);
        assert_int_equal(score(&world, anna), 0);
        g_free(path);
        world_close(&world);
}

static void test_what_is_no_failure(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t anna = add(&world, "anna@a.example", ROLE_MEMBER);
        come_back(&world, anna, "anna@a.example", "delayed", "4.4.1");
        come_back(&world, anna, "anna@a.example", "delivered", "2.0.0");
        come_back(&world, anna, "anna@a.example", "relayed", "2.0.0");
        char *path = return_path(&world, anna);
        receive(&world, path, "From: anna@a.example\nSubject: Away\nAuto-Submitted: auto-replied\n\nI am away.\n");
        receive(&world, path, "From: anna@a.example\nSubject: Hello\n\nHello.\n");
        g_free(path);
        pass_time(&world, DAY);
        assert_int_equal(score(&world, anna), 0);
        assert_int_equal(counted(&world, TALLY_REPORT_HARD) + counted(&world, TALLY_REPORT_SOFT), 0);
        world_close(&world);
}

/* Many reports of a day are one event; three days and a bit pause. */
static void test_a_day_is_one_event(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t anna = add(&world, "anna@a.example", ROLE_MEMBER);
        for (int day = 0; day < 4; day++) {
                assert_true(is_active(&world, anna));
                for (int i = 0; i < 20; i++)
                        come_back(&world, anna, "anna@a.example", "failed", "5.1.1");
                pass_time(&world, DAY);
        }
        assert_false(is_active(&world, anna));
        assert_int_equal(counted(&world, TALLY_REPORT_HARD), 80);
        assert_int_equal(counted(&world, TALLY_BOUNCE_PAUSED), 1);
        assert_int_equal(counted(&world, TALLY_BOUNCE_ASKED), 1);
        /* three letters, a week apart; then the end */
        for (int week = 0; week < 3; week++) {
                assert_true(is_there(&world, anna));
                pass_time(&world, 7 * DAY);
        }
        assert_false(is_there(&world, anna));
        assert_int_equal(counted(&world, TALLY_BOUNCE_ASKED), 3);
        assert_int_equal(counted(&world, TALLY_BOUNCE_REMOVED), 1);
        world_close(&world);
}

static struct question *only_question(const struct world *world)
{
        struct err err;
        GPtrArray *questions;
        OK(question_of_list(world->f->store, world->f->list->id, QUESTION_BOUNCE, &questions, &err));
        assert_int_equal(questions->len, 1);
        struct question *question = g_ptr_array_steal_index(questions, 0);
        g_ptr_array_unref(questions);
        return question;
}

/* An empty reply to the letter is enough. */
static void test_reply_resumes(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t anna = add(&world, "anna@a.example", ROLE_MEMBER);
        for (int day = 0; day < 4; day++) {
                come_back(&world, anna, "anna@a.example", "failed", "5.1.1");
                pass_time(&world, DAY);
        }
        assert_false(is_active(&world, anna));
        struct question *question = only_question(&world);
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = question->id, .context = ANSWER_READ, .day = (uint16_t) (world.now / DAY) };
        ticket_seal(world.f->keyring, TICKET_CONFIRM, world.f->list->id, &ticket, sealed);
        char *to = g_strdup_printf("ml-confirm+%s@lists.example", sealed);
        receive(&world, to, "From: anna@a.example\nSubject: Re: x\n\n"); /* of a program */
        assert_false(is_active(&world, anna));
        receive_from(&world, "anna@a.example", to, "From: anna@a.example\nSubject: Re: x\n\n");
        assert_true(is_active(&world, anna));
        assert_int_equal(score(&world, anna), 0);
        assert_int_equal(counted(&world, TALLY_BOUNCE_BACK), 1);
        pass_time(&world, 60 * DAY);
        assert_true(is_active(&world, anna));
        g_free(to);
        question_free(question);
        world_close(&world);
}

static void test_owner_stays(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t olga = add(&world, "olga@a.example", ROLE_OWNER);
        for (int day = 0; day < 4; day++) {
                come_back(&world, olga, "olga@a.example", "failed", "5.1.1");
                pass_time(&world, DAY);
        }
        for (int week = 0; week < 9; week++)
                pass_time(&world, 7 * DAY);
        assert_true(is_there(&world, olga));
        assert_false(is_active(&world, olga));
        assert_int_equal(counted(&world, TALLY_BOUNCE_ASKED), 3);
        assert_int_equal(counted(&world, TALLY_BOUNCE_REMOVED), 0);
        world_close(&world);
}

static void test_complaint_leaves(void **state)
{
        struct world world;
        world_open(&world, *state, START);
        const int64_t anna = add(&world, "anna@a.example", ROLE_MEMBER);
        add(&world, "olga@a.example", ROLE_OWNER);
        complain(&world, anna);
        assert_false(is_there(&world, anna));
        assert_int_equal(counted(&world, TALLY_COMPLAINT), 1);
        world_close(&world);
}

/* At most 5 % of a list in a day; the admin is told once. */
static void test_pause_ceiling(void **state)
{
        enum { MEMBERS = 60, DEAD = 10 };
        struct world world;
        struct err err;
        world_open(&world, *state, START);
        int64_t ids[MEMBERS];
        for (int i = 0; i < MEMBERS; i++) {
                char *address = g_strdup_printf("m%d@d%d.example", i, i);
                ids[i] = add(&world, address, ROLE_MEMBER);
                g_free(address);
        }
        for (int day = 0; day < 4; day++) {
                for (int i = 0; i < DEAD; i++)
                        come_back(&world, ids[i], "x@d.example", "failed", "5.1.1");
                pass_time(&world, DAY);
        }
        assert_int_equal(counted(&world, TALLY_BOUNCE_PAUSED), 3);
        for (int i = 0; i < 5; i++)
                OK(bounce_tick(world.f->store, world.conf, world.now, &err));
        assert_int_equal(counted(&world, TALLY_BOUNCE_PAUSED), 3);
        int64_t messages, oldest;
        OK(queue_depth(world.f->store, &messages, &oldest, &err));
        assert_int_equal(messages, 3 + 1); /* and one to the admin */
        for (int day = 0; day < 3; day++)
                pass_time(&world, DAY);
        assert_int_equal(counted(&world, TALLY_BOUNCE_PAUSED), DEAD);
        world_close(&world);
}

/* --- a month ----------------------------------------------------------------------------------------------- */

/* 500 members in domains of all sizes, two posts a day, a provider that refuses everybody for a day and is away for three, mailboxes
 * that die, fill up and come back, complaints, joins, leaves, forgeries and answers. What was counted is what was done, and nobody
 * healthy was paused. */
enum { MONTH = 30, CROWD = 500, DOMAINS = 25, POSTS_A_DAY = 2 };

enum fate { HEALTHY, DEAD, FULL_A_WEEK, LEAVES, COMPLAINS };

struct life {
        int64_t id;
        char *address;
        enum fate fate;
        int from; /* the day on which it begins */
};

struct books {
        int64_t hard, soft, forged, complaints, left, joined;
};

static enum fate fate_of(int i)
{
        return i % 50 == 7 ? DEAD : i % 50 == 13 ? FULL_A_WEEK : i % 100 == 21 ? LEAVES : i % 100 == 33 ? COMPLAINS : HEALTHY;
}

static void begin_life(struct world *world, struct life *life, int i)
{
        /* a fifth of all at one provider, the rest at many */
        life->address = g_strdup_printf("m%d@%s%d.example", i, i % 5 == 0 ? "big" : "d", i % 5 == 0 ? 0 : i % DOMAINS);
        life->id = add(world, life->address, ROLE_MEMBER);
        life->fate = fate_of(i);
        life->from = i % 11;
}

/* One copy to one reader. */
static void deliver_copy(struct world *world, const struct life *life, int day, struct books *books)
{
        const bool is_big = strstr(life->address, "@big");
        if (is_big && day == 10) { /* it says of all of its mailboxes that there are none */
                come_back(world, life->id, life->address, "failed", "5.1.1");
                books->hard++;
        } else if (is_big && day >= 15 && day < 18) {
                come_back(world, life->id, life->address, "delayed", "4.4.1");
                come_back(world, life->id, life->address, "failed", "4.4.7");
                books->soft++;
        } else if (life->fate == DEAD && day >= life->from) {
                come_back(world, life->id, life->address, "failed", "5.1.1");
                books->hard++;
        } else if (life->fate == FULL_A_WEEK && day >= life->from && day < life->from + 7) {
                come_back(world, life->id, life->address, "failed", "4.2.2");
                books->soft++;
        }
}

static void live_a_day(struct world *world, struct life *lives, int day, struct books *books)
{
        struct err err;
        for (int i = 0; i < CROWD; i++) {
                struct life *life = &lives[i];
                if (life->fate == LEAVES && life->from == day) {
                        OK(member_remove(world->f->store, world->f->list->id, life->id, &err));
                        books->left++;
                } else if (life->fate == COMPLAINS && life->from == day) {
                        complain(world, life->id);
                        books->complaints++;
                }
        }
        for (int post = 0; post < POSTS_A_DAY; post++)
                for (int i = 0; i < CROWD; i++)
                        if (is_active(world, lives[i].id))
                                deliver_copy(world, &lives[i], day, books);
        /* somebody tries to have healthy members paused, without their tickets */
        char *text = report_text(lives[0].address, "failed", "5.1.1");
        receive(world, "ml-bounce+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27@lists.example", text);
        books->forged++;
        g_free(text);
        char *address = g_strdup_printf("new%d@d1.example", day);
        add(world, address, ROLE_MEMBER);
        books->joined++;
        g_free(address);
}

static void test_a_month_of_life(void **state)
{
        struct world world;
        struct err err;
        struct books books = { 0 };
        struct life *lives = g_new0(struct life, CROWD);
        world_open(&world, *state, START);
        add(&world, "olga@own.example", ROLE_OWNER);
        for (int i = 0; i < CROWD; i++)
                begin_life(&world, &lives[i], i);
        for (int day = 0; day < MONTH; day++) {
                live_a_day(&world, lives, day, &books);
                pass_time(&world, DAY);
        }
        int64_t dead = 0, paused = 0, members;
        for (int i = 0; i < CROWD; i++) {
                const struct life *life = &lives[i];
                const bool is_gone = life->fate == LEAVES || life->fate == COMPLAINS;
                if (life->fate == HEALTHY || life->fate == FULL_A_WEEK)
                        assert_true(is_active(&world, life->id));
                if (is_gone)
                        assert_false(is_there(&world, life->id));
                if (life->fate == DEAD)
                        dead++, paused += !is_active(&world, life->id);
                g_free(life->address);
        }
        assert_int_equal(paused, dead);
        assert_int_equal(counted(&world, TALLY_BOUNCE_PAUSED), dead);
        assert_int_equal(counted(&world, TALLY_REPORT_HARD), books.hard);
        assert_int_equal(counted(&world, TALLY_REPORT_SOFT), books.soft);
        assert_int_equal(counted(&world, TALLY_REPORT_UNSIGNED), books.forged);
        assert_int_equal(counted(&world, TALLY_COMPLAINT), books.complaints);
        OK(member_count(world.f->store, world.f->list->id, &members, &err));
        assert_int_equal(members, 1 + CROWD + books.joined - books.left - books.complaints - counted(&world, TALLY_BOUNCE_REMOVED));
        print_message("# a month: %d for good, %d for a while, %d members dead and paused, %d removed\n", (int) books.hard,
                      (int) books.soft, (int) dead, (int) counted(&world, TALLY_BOUNCE_REMOVED));
        g_free(lives);
        world_close(&world);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_weights), cmocka_unit_test(test_fading), cmocka_unit_test(test_steps), cmocka_unit_test(test_limits),
                T(test_only_a_ticket_counts),   T(test_what_is_no_failure), T(test_report_about_a_batch),    T(test_a_day_is_one_event),   T(test_reply_resumes),
                T(test_owner_stays),            T(test_complaint_leaves),      T(test_pause_ceiling),        T(test_a_month_of_life),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
