/* test_base.c - errors, options, configuration, domains, networks, keys, tickets, log values */
#include "folder.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/domain.h"
#include "base/keyring.h"
#include "base/log.h"
#include "base/net.h"
#include "base/ticket.h"

/* --- configuration ------------------------------------------------------------ */

#define GOOD "[server]\ndomains = lists.example\nadmin = admin@example.org\n"

struct conf_case {
        const char *text;
        const char *complaint; /* a part of the error; NULL: it parses */
};

static const struct conf_case CONF_CASES[] = {
        { GOOD, NULL },
        { GOOD "# a comment\n; another\n[receive]\nmax_size = 2M\nsmtp = 127.0.0.1:1, [::1]:2\n", NULL },
        { "", "domains: name at least one" },
        { "[server]\ndomains = lists.example\n", "admin: name the address" },
        { "[server]\ndomains = lists.example\nadmin = me@lists.example\n", "must be outside" },
        { "[server]\ndomains = lists.example\nadmin = me\n", "is not an address" },
        { "[server]\ndomains = -bad-.example\nadmin = a@b.example\n", "is not a domain name" },
        { "domains = lists.example\n", "conf:1: 'domains' stands before the first [section]" },
        { GOOD "colour = red\n", "conf:4: [server] has no key 'colour'" },
        { GOOD "[recieve]\nsmtp = 127.0.0.1:1\n", "conf:5: [recieve] has no key 'smtp'" },
        { GOOD "admin = b@example.org\n", "conf:4: [server] admin is set a second time" },
        { GOOD "[receive]\nmax_size = 1T\n", "conf:5: [receive]: max_size: '1T' is not a size" },
        { GOOD "[receive]\nmax_size = 1\n", "from 16K to 64M" },
        { GOOD "[receive]\nsmtp = nowhere\n", "'nowhere' is not HOST:PORT" },
        { GOOD "[receive]\ntls_key = /k\n", "tls_cert and tls_key: set both" },
        { GOOD "[deliver]\nrelay = [::1]:25\n", "give its IPv4 address" },
        { GOOD "[deliver]\nrelay = unix:/run/relay\n", "give its IPv4 address" },
        { GOOD "[deliver]\nrelay = mx.example.org:25\nuser = u\npassword_file = /p\n", "goes to another host only with tls = must" },
        { GOOD "[deliver]\nrelay = mx.example.org:25\nuser = u\npassword_file = /p\ntls = must\n", NULL },
        { GOOD "[deliver]\nuser = u\npassword_file = /p\n", NULL },
        { GOOD "[deliver]\nuser = u\n", "user and password_file: set both" },
        { GOOD "[deliver]\ntls = maybe\n", "'maybe' is not one of: off, may, must" },
        { GOOD "trusted_networks = 10.0.0.0/33\n", "is not an IP address or network" },
        { GOOD "timezone = Mars/Base\n", "timezone: 'Mars/Base' is not known" },
        { GOOD "no equals sign\n", "conf:4: not '[section]'" },
        { GOOD "[server\n", "conf:4: not '[section]'" },
        { GOOD "\xff = 1\n", "not a text in UTF-8" },
};

static void test_conf(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CONF_CASES); i++) {
                const struct conf_case *c = &CONF_CASES[i];
                struct conf *conf;
                struct err err = { 0 };
                size_t length = strlen(c->text);
                char *text = exact(c->text, length);
                bool ok = conf_parse(&conf, text, length, "conf", &err);
                g_free(text);
                if (ok != !c->complaint || (c->complaint && !strstr(err.text, c->complaint)))
                        fail_msg("case %zu: got '%s', want '%s'", i, err.text, c->complaint ? c->complaint : "no error");
                conf_free(conf);
        }
}

static void test_conf_round_trip(void **state)
{
        struct conf *conf, *again;
        struct err err;
        assert_true(conf_parse(&conf, GOOD, strlen(GOOD), "conf", &err));
        char *text = conf_text(conf);
        assert_true(conf_parse(&again, text, strlen(text), "again", &err));
        char *text_again = conf_text(again);
        assert_string_equal(text, text_again);
        assert_int_equal(again->max_size, 1024 * 1024);
        assert_true(conf_is_our_domain(again, "lists.example"));
        assert_false(conf_is_our_domain(again, "sub.lists.example"));
        g_free(text);
        g_free(text_again);
        conf_free(conf);
        conf_free(again);
}

/* --- domains and networks ------------------------------------------------------- */

static void test_domain(void **state)
{
        static const struct {
                const char *in, *out;
        } cases[] = {
                { "Example.ORG", "example.org" },   { "example.org.", "example.org" },
                { "臺網中心.tw", "xn--fiqq24b10vi0d.tw" }, { "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
                { "", NULL },                       { ".", NULL },
                { "a..b", NULL },                   { "-a.example", NULL },
                { "a-.example", NULL },             { "under_score.example", NULL },
                { "a b.example", NULL },            { "\xff.example", NULL },
                { "localhost", "localhost" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *out = domain_to_ascii(cases[i].in);
                if (g_strcmp0(out, cases[i].out) != 0)
                        fail_msg("'%s' gives '%s', want '%s'", cases[i].in, out, cases[i].out);
                g_free(out);
        }
}

static void test_networks(void **state)
{
        char *const networks[] = { (char *) "192.0.2.0/25", (char *) "2001:db8::/33", (char *) "198.51.100.7", NULL };
        assert_true(network_list_has(networks, "192.0.2.127"));
        assert_false(network_list_has(networks, "192.0.2.128"));
        assert_true(network_list_has(networks, "::ffff:192.0.2.1"));
        assert_true(network_list_has(networks, "2001:db8:7fff::1"));
        assert_false(network_list_has(networks, "2001:db8:8000::1"));
        assert_true(network_list_has(networks, "198.51.100.7"));
        assert_false(network_list_has(networks, "unix"));
}

/* The port that the kernel chose for a listening socket. */
static uint16_t port_of(int fd)
{
        struct sockaddr_in name;
        socklen_t length = sizeof name;
        assert_int_equal(getsockname(fd, (struct sockaddr *) &name, &length), 0);
        return ntohs(name.sin_port);
}

static void test_listen_on_both(void **state)
{
        struct err err;
        struct endpoint four = { .host = "0.0.0.0" }, six = { .host = "::" };
        int fd = endpoint_listen(&four, &err);
        assert_true(fd >= 0);
        six.port = port_of(fd);
        int fd6 = endpoint_listen(&six, &err);
        if (fd6 < 0 && strstr(err.text, g_strerror(EAFNOSUPPORT)))
                skip(); /* this machine has no IPv6 */
        if (fd6 < 0)
                fail_msg("%s", err.text);
        close(fd);
        close(fd6);
}

/* --- keys and tickets -------------------------------------------------------------- */

static void test_keyring(void **state)
{
        struct keyring *keyring;
        char *data = folder_make(&keyring);
        struct keyring *again;
        struct err err = { 0 };
        GBytes *box = keyring_seal(keyring, KEY_MEMBER_SEAL, 7, "anna@example.org", 16);
        gsize length;
        const void *bytes = g_bytes_get_data(box, &length);

        assert_true(keyring_create(data, &err)); /* safe to repeat: the same keys open the box */
        assert_true(keyring_load(&again, data, &err));
        GBytes *plain = keyring_open(again, KEY_MEMBER_SEAL, 7, bytes, length);
        assert_non_null(plain);
        assert_memory_equal(g_bytes_get_data(plain, NULL), "anna@example.org", 16);
        g_bytes_unref(plain);
        assert_null(keyring_open(again, KEY_MEMBER_SEAL, 8, bytes, length));
        assert_null(keyring_open(again, KEY_MESSAGE_SEAL, 7, bytes, length));
        assert_null(keyring_open(again, KEY_MEMBER_SEAL, 7, bytes, length - 1));
        assert_null(keyring_open(again, KEY_MEMBER_SEAL, 7, bytes, 3));
        g_bytes_unref(box);

        uint8_t a[HASH_BYTES], b[HASH_BYTES];
        keyring_hash(keyring, KEY_MEMBER_HASH, 1, "x", 1, a);
        keyring_hash(again, KEY_MEMBER_HASH, 1, "x", 1, b);
        assert_memory_equal(a, b, sizeof a);
        keyring_hash(again, KEY_MEMBER_HASH, 2, "x", 1, b);
        assert_memory_not_equal(a, b, sizeof a);

        uint8_t public[KEY_BYTES];
        assert_true(spool_public_read(data, public, &err));
        box = spool_box_seal(public, "post", 4);
        bytes = g_bytes_get_data(box, &length);
        plain = spool_box_open(keyring, bytes, length);
        assert_non_null(plain);
        assert_int_equal(g_bytes_get_size(plain), 4);
        g_bytes_unref(plain);
        assert_null(spool_box_open(keyring, bytes, length - 1));
        g_bytes_unref(box);

        keyring_free(keyring);
        keyring_free(again);
        folder_remove(data);
}

static void test_key_file_that_others_may_read(void **state)
{
        struct keyring *keyring;
        char *data = folder_make(&keyring);
        struct err err = { 0 };
        char *path = g_build_filename(data, "keys/master.key", NULL);
        keyring_free(keyring);
        assert_int_equal(chmod(path, 0644), 0);
        assert_false(keyring_load(&keyring, data, &err));
        assert_non_null(strstr(err.text, "may be read by others"));
        g_free(path);
        folder_remove(data);
}

static void test_ticket(void **state)
{
        struct keyring *keyring;
        char *data = folder_make(&keyring);
        const struct ticket ticket = { .subject = 123456789012, .context = 0xabcdef, .day = 20781 };
        struct ticket out;
        char text[TICKET_CHARS + 1], other[TICKET_CHARS + 1];

        ticket_seal(keyring, TICKET_OFF, 3, &ticket, text);
        assert_true(ticket_has_form(text, strlen(text)));
        assert_true(ticket_open(keyring, TICKET_OFF, 3, text, &out));
        assert_true(out.subject == ticket.subject && out.context == ticket.context && out.day == ticket.day);
        char *upper = g_ascii_strup(text, -1);
        assert_true(ticket_open(keyring, TICKET_OFF, 3, upper, &out)); /* survives case folding */
        g_free(upper);
        assert_false(ticket_open(keyring, TICKET_BOUNCE, 3, text, &out));
        assert_false(ticket_open(keyring, TICKET_OFF, 4, text, &out));
        for (int i = 0; i < TICKET_CHARS; i++) { /* every character counts */
                g_strlcpy(other, text, sizeof other);
                other[i] = other[i] == 'a' ? 'b' : 'a';
                assert_false(ticket_open(keyring, TICKET_OFF, 3, other, &out));
        }
        /* neighbours look unrelated: no more equal characters than chance gives */
        struct ticket next = ticket;
        next.subject++;
        ticket_seal(keyring, TICKET_OFF, 3, &next, other);
        int same = 0;
        for (int i = 0; i < TICKET_CHARS; i++)
                same += text[i] == other[i];
        assert_true(same < 12);
        keyring_free(keyring);
        folder_remove(data);
}

static void test_ticket_form(void **state)
{
        static const char *const no[] = { "", "subscribe", "0000000000000000000000000000000a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa aaaaaaaaaaaaaaa" };
        for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
                assert_false(ticket_has_form(no[i], strlen(no[i])));
        assert_true(ticket_has_form("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27", 32));
}

/* --- log ------------------------------------------------------------------------- */

static void test_log_address(void **state)
{
        static const uint8_t key[LOG_KEY_BYTES] = { 1 };
        log_open("test", LOG_LEVEL_INFO, key);
        const char *shown = log_address("anna@example.org");
        assert_null(strstr(shown, "anna"));
        assert_true(g_str_has_suffix(shown, "@example.org"));
        assert_string_equal(log_address("anna@example.org"), shown);
        assert_string_not_equal(log_address("bert@example.org"), shown);
        assert_null(strstr(log_address("no-at-sign"), "no-at-sign"));
        assert_string_equal(log_address(""), "<>");
        log_open("test", LOG_LEVEL_DEBUG, key);
        assert_string_equal(log_address("anna@example.org"), "anna@example.org");
        log_open("test", LOG_LEVEL_ERROR, key);
        assert_int_equal(log_line_level("2026-11-24T06:23:01.123Z warn receive x"), LOG_LEVEL_WARN);
        assert_int_equal(log_line_level("==1==ERROR: AddressSanitizer"), LOG_LEVEL_INFO);
}

/* What a value of an event is on the line, behind "key=". */
static char *line_with(const char *value)
{
        char line[2 * LOG_LINE_MAX] = "";
        FILE *file = tmpfile();
        int kept = dup(STDERR_FILENO);
        dup2(fileno(file), STDERR_FILENO);
        log_open("test", LOG_LEVEL_INFO, NULL);
        log_event(LOG_LEVEL_INFO, "event", "key", value, NULL);
        dup2(kept, STDERR_FILENO);
        close(kept);
        ssize_t length = pread(fileno(file), line, sizeof line - 1, 0);
        fclose(file);
        assert_true(length > 0 && line[length - 1] == '\n');
        line[length - 1] = '\0';
        assert_null(strchr(line, '\n'));
        const char *key = strstr(line, "info test event key=");
        assert_non_null(key);
        return g_strdup(strchr(key, '=') + 1);
}

/* Nothing from outside can look like a line or a pair, and no line is so long that two could mix in the pipe. */
static void test_log_line(void **state)
{
        static const struct {
                const char *value, *shown;
        } cases[] = {
                { "plain", "plain" },
                { "", "\"\"" },
                { "two words", "\"two words\"" },
                { "a=b", "\"a=b\"" },
                { "a\n2026-11-24T06:23:01.123Z info", "\"a\\x0a2026-11-24T06:23:01.123Z info\"" },
                { "a\" b=\"c", "\"a\\\" b=\\\"c\"" },
                { "\x1b[2J\x7f\\", "\"\\x1b[2J\\x7f\\\\\"" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *shown = line_with(cases[i].value);
                assert_string_equal(shown, cases[i].shown);
                g_free(shown);
        }
        char *endless = g_strnfill(LOG_LINE_MAX + 100, 'x');
        char *shown = line_with(endless);
        assert_true(strlen(shown) < LOG_LINE_MAX);
        g_free(shown);
        g_free(endless);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_conf),       cmocka_unit_test(test_conf_round_trip),
                cmocka_unit_test(test_domain),     cmocka_unit_test(test_networks), cmocka_unit_test(test_listen_on_both),
                cmocka_unit_test(test_keyring),    cmocka_unit_test(test_key_file_that_others_may_read),
                cmocka_unit_test(test_ticket),     cmocka_unit_test(test_ticket_form),
                cmocka_unit_test(test_log_address), cmocka_unit_test(test_log_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
