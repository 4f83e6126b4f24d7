/* test_dnsbl.c - blocklists: their names, their answers, and what the door makes of them */
#include "nameserver.h"

#include <arpa/inet.h>

#include "base/conf.h"
#include "base/log.h"
#include "folder.h"
#include "policy/dnsbl.h"
#include "receive/dnsbl.h"
#include "receive/visitor.h"
#include "store/blocklist.h"

/* --- texts and answers -------------------------------------------------------------- */

static void test_blocklist_parse(void **state)
{
        static const struct {
                const char *text, *zone; /* NULL: is refused */
                uint32_t answers, mask;
        } cases[] = {
                { "zen.example.org", "zen.example.org", 0x7f000000, 0xff000000 },
                { "Zen.Example.ORG.", "zen.example.org", 0x7f000000, 0xff000000 },
                { "zen.example.org=127.0.0.2", "zen.example.org", 0x7f000002, 0xffffffff },
                { "zen.example.org = 127.0.0.10/31", "zen.example.org", 0x7f00000a, 0xfffffffe },
                { "zen.example.org=127.0.0.3/31", "zen.example.org", 0x7f000002, 0xfffffffe },
                { "b\xc3\xbc"
                  "cher.example",
                  "xn--bcher-kva.example", 0x7f000000, 0xff000000 },
                { "", NULL, 0, 0 },
                { "=127.0.0.2", NULL, 0, 0 },
                { "zen.example.org=", NULL, 0, 0 },
                { "zen.example.org=192.0.2.1", NULL, 0, 0 },
                { "zen.example.org=127.0.0.0/7", NULL, 0, 0 },
                { "zen.example.org=::1", NULL, 0, 0 },
                { "zen.example.org=::7f00:2/127", NULL, 0, 0 },
                { "zen example", NULL, 0, 0 },
                { "zen..example", NULL, 0, 0 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct blocklist list;
                struct err err = { 0 };
                const bool ok = blocklist_parse(&list, cases[i].text, &err);
                if (ok != !!cases[i].zone || (ok && strcmp(list.zone, cases[i].zone) != 0))
                        fail_msg("'%s': %s", cases[i].text, ok ? list.zone : err.text);
                if (ok && (list.answers != cases[i].answers || list.mask != cases[i].mask))
                        fail_msg("'%s': %08x/%08x", cases[i].text, list.answers, list.mask);
        }
        char *text = g_strdup_printf("%0*d.example", 200, 0);
        assert_false(blocklist_parse(&(struct blocklist){ 0 }, text, NULL));
        g_free(text);
}

/* What listd.conf may say. */
static void test_conf(void **state)
{
        static const struct {
                const char *setting, *said; /* NULL: is taken */
        } cases[] = {
                { "dnsbl = a.example, b.example=127.0.0.2/31", NULL },
                { "dnsbl = a b", "[guard] dnsbl: 'a b' is not a blocklist" },
                { "dnsbl = a1,a2,a3,a4,a5,a6,a7,a8,a9,a10,a11,a12,a13,a14,a15,a16,a17", "at most 16" },
                { "dns = 127.0.0.1:53, [::1]:5353", NULL },
                { "dns = 127.0.0.1", "[guard] dns" },
                { "dns = localhost:53", "IP address" },
                { "dns = unix:/run/dns", "IP address" },
                { "dns = 127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4", "at most 3" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct conf *conf;
                struct err err = { 0 };
                char *text = g_strdup_printf("[server]\nhostname = mx.example\ndomains = lists.example\nadmin = a@home.example\n[guard]\n%s\n",
                                             cases[i].setting);
                const bool ok = conf_parse(&conf, text, strlen(text), "test", &err);
                if (ok != !cases[i].said || (!ok && !strstr(err.text, cases[i].said)))
                        fail_msg("%s: %s", cases[i].setting, ok ? "taken" : err.text);
                conf_free(conf);
                g_free(text);
        }
}

static void test_names(void **state)
{
        static const struct {
                const char *ip, *name; /* in the zone z.example; NULL: has none */
        } cases[] = {
                { "192.0.2.99", "99.2.0.192.z.example" },
                { "127.0.0.2", "2.0.0.127.z.example" },
                { "2001:db8:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.z.example" }, /* RFC 5782 2.4 */
                { "::ffff:7f00:2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.z.example" },
                { "unix", NULL },
                { "", NULL },
                { "192.0.2", NULL },
                { "192.0.2.1.5", NULL },
        };
        char name[DNSBL_NAME_MAX + 1];
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const bool ok = dnsbl_name(name, cases[i].ip, "z.example");
                if (ok != !!cases[i].name || (ok && strcmp(name, cases[i].name) != 0))
                        fail_msg("%s: %s", cases[i].ip, ok ? name : "none");
        }
        char *zone = g_strnfill(DNSBL_NAME_MAX - 64, 'z');
        assert_true(dnsbl_name(name, "2001:db8::1", zone));
        assert_int_equal(strlen(name), DNSBL_NAME_MAX);
        g_free(zone);
        zone = g_strnfill(DNSBL_NAME_MAX - 63, 'z');
        assert_false(dnsbl_name(name, "2001:db8::1", zone));
        g_free(zone);
        assert_false(dnsbl_name(name, "192.0.2.1", ""));
}

/* "127.0.0.2 127.0.0.4" as an answer; "-": there is no such name; "?": silence; "!": not asked. */
static struct resolver_answer answer_of(const char *text)
{
        static const struct {
                const char *text;
                enum resolver_status status;
        } others[] = { { "-", RESOLVER_NONE }, { "?", RESOLVER_SILENT }, { "x", RESOLVER_FAILED }, { "!", RESOLVER_BUSY } };
        struct resolver_answer answer = { .status = RESOLVER_FOUND };
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                if (strcmp(text, others[i].text) == 0)
                        return (struct resolver_answer){ .status = others[i].status };
        char **parts = g_strsplit(text, " ", -1);
        for (size_t i = 0; parts[i]; i++) {
                char *mapped = g_strconcat(strchr(parts[i], ':') ? "" : "::ffff:", parts[i], NULL);
                assert_int_equal(inet_pton(AF_INET6, mapped, &answer.addresses[answer.count++]), 1);
                g_free(mapped);
        }
        g_strfreev(parts);
        return answer;
}

static void test_judge(void **state)
{
        static const struct {
                const char *list, *answer;
                enum dnsbl_verdict want;
        } cases[] = {
                { "z.example", "127.0.0.2", DNSBL_LISTED },
                { "z.example", "127.0.0.10 127.0.0.4", DNSBL_LISTED },
                { "z.example", "127.1.2.3", DNSBL_LISTED },
                { "z.example", "-", DNSBL_CLEAN },
                { "z.example", "?", DNSBL_UNKNOWN },
                { "z.example", "x", DNSBL_UNKNOWN },
                { "z.example", "!", DNSBL_UNASKED },
                { "z.example", "203.0.113.80", DNSBL_STRANGE },
                { "z.example", "127.0.0.2 203.0.113.80", DNSBL_STRANGE },
                { "z.example", "127.0.0.1", DNSBL_STRANGE },
                { "z.example", "0.0.0.0", DNSBL_STRANGE },
                { "z.example", "2001:db8::7f00:2", DNSBL_STRANGE },
                { "z.example", "127.255.255.254", DNSBL_REFUSED },
                { "z.example", "127.0.0.2 127.255.255.255", DNSBL_REFUSED },
                { "z.example", "127.255.254.255", DNSBL_LISTED },
                { "z.example=127.0.0.2", "127.0.0.2", DNSBL_LISTED },
                { "z.example=127.0.0.2", "127.0.0.3", DNSBL_OTHER },
                { "z.example=127.0.0.2/31", "127.0.0.9 127.0.0.3", DNSBL_LISTED },
                { "z.example=127.0.0.2/31", "127.0.0.4", DNSBL_OTHER },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct blocklist list;
                unsigned code;
                const struct resolver_answer answer = answer_of(cases[i].answer);
                assert_true(blocklist_parse(&list, cases[i].list, NULL));
                const enum dnsbl_verdict got = dnsbl_judge(&list, &answer, &code);
                if (got != cases[i].want)
                        fail_msg("%s, %s: %d", cases[i].list, cases[i].answer, got);
        }
}

static void test_health(void **state)
{
        static const struct {
                const char *always, *never;
                enum dnsbl_health want;
        } cases[] = {
                { "127.0.0.2", "-", DNSBL_ALIVE },
                { "127.0.0.9", "-", DNSBL_ALIVE }, /* not what counts, but an entry */
                { "-", "-", DNSBL_EMPTY },
                { "127.0.0.2", "127.0.0.2", DNSBL_LISTS_ALL },
                { "-", "127.0.0.9", DNSBL_LISTS_ALL },
                { "203.0.113.80", "203.0.113.80", DNSBL_MISLEADING },
                { "127.0.0.2", "203.0.113.80", DNSBL_MISLEADING },
                { "127.255.255.252", "-", DNSBL_REFUSES_NAME },
                { "127.255.255.254", "127.255.255.254", DNSBL_REFUSES_RESOLVER },
                { "-", "127.255.255.255", DNSBL_REFUSES_NUMBER },
                { "127.255.255.1", "-", DNSBL_REFUSES },
                { "?", "?", DNSBL_NO_ANSWER },
                { "127.0.0.2", "x", DNSBL_NO_ANSWER },
                { "?", "-", DNSBL_NO_ANSWER },
                { "!", "-", DNSBL_UNTESTED },
                { "127.0.0.2", "!", DNSBL_UNTESTED },
        };
        struct blocklist list;
        assert_true(blocklist_parse(&list, "z.example=127.0.0.2", NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const struct resolver_answer always = answer_of(cases[i].always), never = answer_of(cases[i].never);
                const enum dnsbl_health got = dnsbl_health_of(&list, &always, &never, DNSBL_UNTESTED);
                if (got != cases[i].want)
                        fail_msg("%s, %s: %d", cases[i].always, cases[i].never, got);
        }
        for (int i = 0; i < DNSBL_HEALTHS; i++)
                assert_true(*dnsbl_health_words((enum dnsbl_health) i));
}

static void test_reason(void **state)
{
        char reason[DNSBL_REASON_MAX + 1];
        dnsbl_reason(reason, "seen\r\nX: \x1b[31m \xe2\x80\xae");
        assert_string_equal(reason, "seen??X: ?[31m ???");
        char *text = g_strnfill(RESOLVER_TEXT_MAX, 'x');
        dnsbl_reason(reason, text);
        assert_int_equal(strlen(reason), DNSBL_REASON_MAX);
        g_free(text);
}

/* --- the lists of the door ------------------------------------------------------------------ */

struct door {
        struct server server;
        struct event_base *base;
        struct conf *conf;
        struct dnsbl *dnsbl;
        GString *listed; /* who was told of */
        GString *turned; /* which lists */
        struct resolver *fence;
        int fences;
};

static void on_listed(void *user, const char *ip)
{
        struct door *door = user;
        g_string_append_printf(door->listed, "%s ", ip);
}

static void on_turned(void *user, const char *zone, const char *why_not)
{
        struct door *door = user;
        g_string_append_printf(door->turned, "%s%s ", why_not ? "-" : "+", zone);
}

/* Until nothing more is asked; how many questions that were. The server answers one after the other, so when it has answered ours,
 * it has answered all that were asked before. */
static size_t settle(struct door *door)
{
        size_t asked = 0;
        for (int quiet = 0; quiet < 2;) {
                char name[32];
                event_base_loop(door->base, EVLOOP_NONBLOCK);
                g_snprintf(name, sizeof name, "fence%d.short.example", door->fences++);
                assert_int_equal(ask(door->fence, name, 1).by_status[RESOLVER_FOUND], 1);
                const size_t more = server_asked(&door->server) - 1;
                quiet = more ? 0 : quiet + 1;
                asked += more;
        }
        return asked;
}

static void door_open(struct door *door, const char *lists)
{
        struct err err;
        const struct dnsbl_owner owner = { on_listed, on_turned, door };
        server_start(&door->server);
        door->fence = resolver_at(&door->server);
        door->fences = 0;
        char *text = g_strdup_printf("[server]\nhostname = mx.example\ndomains = lists.example\nadmin = a@home.example\n"
                                     "[guard]\ndns = %s\ndnsbl = %s\n",
                                     door->server.address, lists);
        door->base = event_base_new();
        door->listed = g_string_new(NULL);
        door->turned = g_string_new(NULL);
        if (!conf_parse(&door->conf, text, strlen(text), "test", &err) || !dnsbl_new(&door->dnsbl, door->base, door->conf, &owner, &err))
                fail_msg("%s", err.text);
        g_free(text);
        settle(door);
}

static void door_close(struct door *door)
{
        dnsbl_free(door->dnsbl);
        assert_int_equal(event_base_dispatch(door->base), 1); /* nothing is waited for any more */
        event_base_free(door->base);
        conf_free(door->conf);
        g_string_free(door->listed, TRUE);
        g_string_free(door->turned, TRUE);
        resolver_free(door->fence);
        server_stop(&door->server);
}

static void test_clients_are_looked_up(void **state)
{
        struct door door;
        door_open(&door, "good.example, all.example, nothing.example");
        assert_string_equal(door.turned->str, "+good.example -all.example -nothing.example ");
        for (int i = 0; i < 50; i++)
                dnsbl_look(door.dnsbl, "192.0.2.9");
        assert_int_equal(settle(&door), 1); /* one question for all of them, and none to lists that do not work */
        assert_string_equal(door.listed->str, "192.0.2.9 ");
        dnsbl_look(door.dnsbl, "192.0.2.9");
        dnsbl_look(door.dnsbl, "198.51.100.1");
        static const char *const private[] = { "127.0.0.9", "10.1.1.1", "192.168.1.1", "100.64.0.1", "::1", "fe80::1", "fd00::1", "unix" };
        for (size_t i = 0; i < G_N_ELEMENTS(private); i++)
                dnsbl_look(door.dnsbl, private[i]);
        dnsbl_look(door.dnsbl, "2001:db8::1"); /* the list has no such side */
        assert_int_equal(settle(&door), 1);
        assert_string_equal(door.listed->str, "192.0.2.9 ");
        dnsbl_look(NULL, "192.0.2.9");
        door_close(&door);
}

/* Without an answer several times, or refused once: nothing is asked any more. */
static void test_lists_are_switched_off(void **state)
{
        struct door door;
        char ip[32];
        door_open(&door, "fades.example");
        for (int i = 1; i <= DNSBL_SILENT_MAX; i++) {
                g_snprintf(ip, sizeof ip, "192.0.2.%d", i);
                dnsbl_look(door.dnsbl, ip);
                assert_true(settle(&door) > 0);
        }
        dnsbl_look(door.dnsbl, "192.0.2.100");
        assert_int_equal(settle(&door), 0);
        door_close(&door);
        door_open(&door, "turns.example");
        dnsbl_look(door.dnsbl, "192.0.2.1");
        assert_int_equal(settle(&door), 1);
        dnsbl_look(door.dnsbl, "192.0.2.2");
        assert_int_equal(settle(&door), 0);
        assert_string_equal(door.turned->str, "+turns.example -turns.example ");
        assert_string_equal(door.listed->str, "");
        door_close(&door);
}

/* At the next test, both ways; what stays as it was is not told again. */
static void test_lists_are_tested_again(void **state)
{
        struct door door;
        door_open(&door, "dies.example, revives.example, spreads.example, good.example");
        assert_string_equal(door.turned->str, "+dies.example -revives.example +spreads.example +good.example ");
        g_string_truncate(door.turned, 0);
        for (int i = 0; i < 2; i++) {
                dnsbl_test(door.dnsbl);
                assert_int_equal(settle(&door), 16); /* afresh, whatever is remembered */
        }
        assert_string_equal(door.turned->str, "-dies.example +revives.example -spreads.example ");
        door_close(&door);
}

/* The role ends while a question is under way. */
static void test_ends_at_once(void **state)
{
        struct door door;
        door_open(&door, "good.example, silent.example");
        dnsbl_look(door.dnsbl, "192.0.2.9");
        door_close(&door);
}

/* --- points --------------------------------------------------------------------------------- */

/* A client that is on each of many lists is watched; what slows it is what it does itself, a little sooner. */
static void test_lists_do_not_decide_alone(void **state)
{
        struct door door = { .fences = 0 };
        struct keyring *keyring;
        struct spool *spool;
        struct guard *guard;
        GPtrArray *rows;
        struct err err = { 0 };
        server_start(&door.server);
        door.fence = resolver_at(&door.server);
        door.base = event_base_new();
        char *folder = folder_make(&keyring);
        char *text = g_strdup_printf("[server]\nhostname = mx.example\ndomains = lists.example\nadmin = a@home.example\n[guard]\ndns = %s\n"
                                     "dnsbl = a.good.example, b.good.example, c.good.example, all.example\n",
                                     door.server.address);
        if (!conf_parse(&door.conf, text, strlen(text), "test", &err) || !spool_open(&spool, folder, true, &err)
            || !guard_new(&guard, door.base, door.conf, spool, &err))
                fail_msg("%s", err.text);
        settle(&door);
        struct visitor *visitor = visitor_new(guard, "192.0.2.9"), *other = visitor_new(guard, "198.51.100.9");
        for (int i = 0; i < 20; i++) {
                struct visitor *again = visitor_new(guard, "192.0.2.9");
                assert_null(visitor_enter(again, 0));
                visitor_free(again);
                assert_int_equal(settle(&door), i == 0 ? 3 : 0);
        }
        assert_null(visitor_enter(other, 0));
        settle(&door);
        assert_int_equal(visitor_suspicion(visitor), SUSPICION_WATCH);
        assert_int_equal(visitor_suspicion(other), SUSPICION_FREE);
        visitor_note(visitor, PART_RELAY, 0);
        visitor_note(visitor, PART_RELAY, 0);
        assert_int_equal(visitor_suspicion(visitor), SUSPICION_SLOW);
        assert_true(blocklist_all(spool, &rows, &err));
        assert_int_equal(rows->len, 4);
        const struct blocklist_row *row = rows->pdata[1];
        assert_string_equal(row->zone, "all.example");
        assert_string_equal(row->why, dnsbl_health_words(DNSBL_LISTS_ALL));
        g_ptr_array_unref(rows);
        visitor_free(visitor);
        visitor_free(other);
        guard_stop(guard);
        guard_free(guard);
        spool_close(spool);
        event_base_free(door.base);
        conf_free(door.conf);
        resolver_free(door.fence);
        server_stop(&door.server);
        keyring_free(keyring);
        folder_remove(folder);
        g_free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_blocklist_parse),
                cmocka_unit_test(test_conf),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_judge),
                cmocka_unit_test(test_health),
                cmocka_unit_test(test_reason),
                cmocka_unit_test(test_clients_are_looked_up),
                cmocka_unit_test(test_lists_are_switched_off),
                cmocka_unit_test(test_lists_are_tested_again),
                cmocka_unit_test(test_ends_at_once),
                cmocka_unit_test(test_lists_do_not_decide_alone),
        };
        log_open("test", LOG_LEVEL_ERROR, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
