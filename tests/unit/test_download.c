/* test_download.c - what is fetched, and for how long a server may be silent (tests/cli/test_deny.py has what servers answer) */
#include "unit.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/download.h"

static const struct download_limits LIMITS = { 1000, 60, 60 };

static void test_addresses(void **state)
{
        static const char *const bad[] = { "", "https", "ftp://lists.example/", "file:///etc/hosts", "/etc/hosts", "https://lists.example/a b",
                                           "https://lists.example/\r\nX: y", "https://lists.example/\xe6\x97\xa5", "gopher://x/", "HTTPS:/x" };
        char *endless = g_strnfill(DOWNLOAD_URL_MAX + 1, 'x');
        memcpy(endless, "http://", strlen("http://"));
        for (size_t i = 0; i <= G_N_ELEMENTS(bad); i++) {
                struct download download;
                struct err err = { 0 };
                const char *url = i < G_N_ELEMENTS(bad) ? bad[i] : endless;
                if (download_get(&download, url, "", "", &LIMITS, &err) || err.class != ERR_USAGE)
                        fail_msg("%s: %s", url, err.text);
                download_clear(&download);
        }
        g_free(endless);
        assert_true(download_is_url("https://x/") && download_is_url("HTTP://x/") && !download_is_url("httpx://"));
}

/* A server of loopback that takes connections (the kernel does) and never says a word; its port. */
static int silent_server(uint16_t *ret_port)
{
        struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof name;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &name, sizeof name), 0);
        assert_int_equal(listen(fd, 5), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &name, &length), 0);
        *ret_port = ntohs(name.sin_port);
        return fd;
}

static void test_silent_server(void **state)
{
        static const struct download_limits limits[] = { { 1000, 1, 60 }, { 1000, 60, 1 } };
        uint16_t port;
        int fd = silent_server(&port);
        char *url = g_strdup_printf("http://127.0.0.1:%u/drop", port);
        for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
                struct download download;
                struct err err = { 0 };
                assert_false(download_get(&download, url, "", "", &limits[i], &err));
                assert_int_equal(err.class, ERR_TEMP);
                if (!strstr(err.text, "too slow"))
                        fail_msg("%s", err.text);
                assert_int_equal(download.length, 0);
                download_clear(&download);
        }
        g_free(url);
        close(fd);
}

static void test_nobody_there(void **state)
{
        uint16_t port;
        struct download download;
        struct err err = { 0 };
        close(silent_server(&port));
        char *url = g_strdup_printf("http://127.0.0.1:%u/", port);
        assert_false(download_get(&download, url, "\"an etag\"", "bad\r\nX-Injected: yes", &LIMITS, &err));
        assert_int_equal(err.class, ERR_TEMP);
        download_clear(&download);
        g_free(url);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses), cmocka_unit_test(test_silent_server), cmocka_unit_test(test_nobody_there),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
