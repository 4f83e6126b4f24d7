/* test_receive.c - the role as it runs: a process of its own, sockets on loopback, a real spool */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "folder.h"
#include "mail/envelope.h"
#include "receive/receive.h"
#include "store/spool.h"

enum { PATIENCE_SECONDS = 20, REPLY_MAX = 1024 };

/* --- the role, and the house it runs in ------------------------------------------------ */

struct lab {
        char *data;
        struct keyring *keyring;
        struct handover handover;
        struct sockaddr_in smtp;
        struct sockaddr_un lmtp;
        int client; /* of a client that was there before the role; the role must not keep it open. -1: none */
        int wake; /* the end that handle would read */
        int log;  /* what the role writes to stderr */
        pid_t pid;
};

/* A self-signed certificate of the moment. */
static char *bio_text(BIO *bio)
{
        char *bytes;
        long length = BIO_get_mem_data(bio, &bytes);
        char *text = g_strndup(bytes, (gsize) length);
        BIO_free(bio);
        return text;
}

static void make_certificate(char **ret_certificate, char **ret_key)
{
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *certificate = X509_new();
        X509_NAME *name = X509_get_subject_name(certificate);
        BIO *certificate_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *) "mail.example", -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        X509_set_pubkey(certificate, key);
        assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
        assert_int_equal(PEM_write_bio_X509(certificate_pem, certificate), 1);
        assert_int_equal(PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL), 1);
        *ret_certificate = bio_text(certificate_pem);
        *ret_key = bio_text(key_pem);
        X509_free(certificate);
        EVP_PKEY_free(key);
}

static void listen_on_loopback(struct lab *lab)
{
        socklen_t length = sizeof lab->smtp;
        lab->smtp = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &lab->smtp, sizeof lab->smtp), 0);
        assert_int_equal(listen(fd, 64), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &lab->smtp, &length), 0);
        lab->handover.listeners[0] = (struct listener){ .fd = fd, .kind = LISTENER_SMTP };

        struct endpoint endpoint = { .is_unix = true };
        struct err err;
        g_snprintf(endpoint.host, sizeof endpoint.host, "%s/lmtp", lab->data);
        lab->lmtp.sun_family = AF_UNIX;
        g_snprintf(lab->lmtp.sun_path, sizeof lab->lmtp.sun_path, "%s/lmtp", lab->data);
        fd = endpoint_listen(&endpoint, &err);
        assert_true(fd >= 0);
        lab->handover.listeners[1] = (struct listener){ .fd = fd, .kind = LISTENER_LMTP, .is_unix = true };
        lab->handover.listener_count = 2;
}

/* Ready to start; nobody answers yet. */
static void lab_make(struct lab *lab, const char *settings)
{
        struct err err = { 0 };
        struct spool *spool;
        int wake[2];
        *lab = (struct lab){ .pid = -1, .client = -1 };
        lab->data = folder_make(&lab->keyring);
        char *text = g_strdup_printf("[server]\nhostname = mail.example\ndomains = lists.example\nadmin = a@home.example\n"
                                     "data = %s\n[receive]\nmax_size = 64K\n%s",
                                     lab->data, settings);
        if (!conf_parse(&lab->handover.conf, text, strlen(text), "lab", &err) || !spool_open(&spool, lab->data, true, &err)
            || !spool_public_read(lab->data, lab->handover.spool_public, &err))
                fail_msg("%s", err.text);
        g_free(text);
        spool_close(spool);
        assert_int_equal(pipe2(wake, O_CLOEXEC | O_NONBLOCK), 0);
        lab->wake = wake[0];
        lab->handover.wake_in = -1;
        lab->handover.wake_out = wake[1];
        make_certificate(&lab->handover.tls_cert, &lab->handover.tls_key);
        listen_on_loopback(lab);
}

static void lab_start(struct lab *lab)
{
        int log[2];
        assert_int_equal(pipe2(log, O_CLOEXEC), 0);
        lab->log = log[0];
        fflush(NULL);
        lab->pid = fork();
        assert_true(lab->pid >= 0);
        if (lab->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
                dup2(log[1], STDERR_FILENO);
                close(lab->client);
                log_open("receive", LOG_LEVEL_INFO, lab->handover.log_key);
                exit(receive_main(&lab->handover)); /* not _exit(): a sanitizer looks for leaks */
        }
        close(log[1]);
}

/* The exit status; *ret_log (may be NULL) is all that was logged. */
static int lab_wait(struct lab *lab, char **ret_log)
{
        GString *log = g_string_new(NULL);
        char block[4096];
        int status;
        for (ssize_t got; (got = read(lab->log, block, sizeof block)) > 0;)
                g_string_append_len(log, block, got);
        assert_int_equal(waitpid(lab->pid, &status, 0), lab->pid);
        if (!WIFEXITED(status) || strstr(log->str, "Sanitizer"))
                fail_msg("status %d: %s", status, log->str);
        char *text = g_string_free(log, FALSE);
        if (ret_log)
                *ret_log = text;
        else
                g_free(text);
        close(lab->log);
        lab->pid = -1;
        return WEXITSTATUS(status);
}

static void lab_free(struct lab *lab)
{
        for (size_t i = 0; i < lab->handover.listener_count; i++)
                close(lab->handover.listeners[i].fd);
        close(lab->wake);
        close(lab->handover.wake_out);
        conf_free(lab->handover.conf);
        g_free(lab->handover.tls_cert);
        g_free(lab->handover.tls_key);
        keyring_free(lab->keyring);
        folder_remove(lab->data);
}

static void lab_end(struct lab *lab)
{
        assert_int_equal(kill(lab->pid, SIGTERM), 0);
        assert_int_equal(lab_wait(lab, NULL), 0);
        lab_free(lab);
}

/* The next message in the spool, opened with the key; NULL: there is none. The caller frees. */
static struct envelope *take_message(struct lab *lab)
{
        struct spool *spool;
        struct err err = { 0 };
        GPtrArray *items;
        struct envelope *envelope = NULL;
        if (!spool_open(&spool, lab->data, false, &err) || !spool_claim(spool, 1, &items, &err))
                fail_msg("%s", err.text);
        if (items->len > 0) {
                const struct spool_item *item = items->pdata[0];
                gsize length, plain_length;
                const void *box = g_bytes_get_data(item->box, &length);
                assert_null(memmem(box, length, "lists.example", strlen("lists.example"))); /* it is sealed */
                GBytes *plain = spool_box_open(lab->keyring, box, length);
                assert_non_null(plain);
                const void *bytes = g_bytes_get_data(plain, &plain_length);
                if (!envelope_read(&envelope, bytes, plain_length, &err) || !spool_remove(spool, items, &err))
                        fail_msg("%s", err.text);
                g_bytes_unref(plain);
        }
        g_ptr_array_unref(items);
        spool_close(spool);
        return envelope;
}

static void assert_spool_is_empty(struct lab *lab)
{
        struct envelope *envelope = take_message(lab);
        assert_null(envelope);
}

static void assert_spooled(struct lab *lab, const char *message)
{
        struct envelope *envelope = take_message(lab);
        gsize length;
        assert_non_null(envelope);
        const void *bytes = g_bytes_get_data(envelope->message, &length);
        assert_int_equal(length, strlen(message));
        assert_memory_equal(bytes, message, length);
        envelope_free(envelope);
}

/* --- a client ---------------------------------------------------------------------------- */

struct client {
        int fd;
        SSL *ssl;
        char buffer[REPLY_MAX];
        size_t length;
};

static struct client client_on(int fd)
{
        const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        return (struct client){ .fd = fd };
}

static struct client connect_smtp(const struct lab *lab)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (const struct sockaddr *) &lab->smtp, sizeof lab->smtp), 0);
        return client_on(fd);
}

static struct client connect_lmtp(const struct lab *lab)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (const struct sockaddr *) &lab->lmtp, sizeof lab->lmtp), 0);
        return client_on(fd);
}

static void client_close(struct client *client)
{
        SSL_free(client->ssl);
        close(client->fd);
}

static void say(struct client *client, const char *text)
{
        int length = (int) strlen(text);
        if (client->ssl)
                assert_int_equal(SSL_write(client->ssl, text, length), length);
        else
                assert_int_equal(send(client->fd, text, (size_t) length, MSG_NOSIGNAL), length);
}

static size_t read_some(struct client *client, char *to, size_t room)
{
        if (client->ssl) {
                int got = SSL_read(client->ssl, to, (int) room);
                return got > 0 ? (size_t) got : 0;
        }
        ssize_t got = recv(client->fd, to, room, 0);
        if (got < 0 && errno != ECONNRESET)
                fail_msg("no answer: %s", g_strerror(errno));
        return got > 0 ? (size_t) got : 0;
}

/* The next line without CRLF, for the caller to free; NULL: the end. */
static char *hear(struct client *client)
{
        char *end;
        while (!(end = memmem(client->buffer, client->length, "\r\n", 2))) {
                size_t got = read_some(client, client->buffer + client->length, sizeof client->buffer - client->length);
                if (got == 0)
                        return NULL;
                client->length += got;
        }
        char *line = g_strndup(client->buffer, (gsize) (end - client->buffer));
        size_t taken = (size_t) (end - client->buffer) + 2;
        memmove(client->buffer, client->buffer + taken, client->length - taken);
        client->length -= taken;
        return line;
}

/* One reply, its last line after all others. */
static void expect(struct client *client, const char *want)
{
        char *line = hear(client);
        while (line && line[3] == '-') {
                g_free(line);
                line = hear(client);
        }
        if (!line || !g_str_has_prefix(line, want))
                fail_msg("heard '%s', want '%s'", line ? line : "the end", want);
        g_free(line);
}

static void expect_end(struct client *client)
{
        char *line = hear(client);
        if (line)
                fail_msg("heard '%s', want the end", line);
        client_close(client);
}

/* Up to the 354. */
static void begin_post(struct client *client)
{
        say(client, "MAIL FROM:<anna@home.example>\r\n");
        expect(client, "250 2.1.0");
        say(client, "RCPT TO:<ml@lists.example>\r\n");
        expect(client, "250 2.1.5");
        say(client, "DATA\r\n");
        expect(client, "354");
}

static struct client greeted(const struct lab *lab)
{
        struct client client = connect_smtp(lab);
        expect(&client, "220 mail.example ESMTP");
        say(&client, "EHLO client.example\r\n");
        expect(&client, "250 ENHANCEDSTATUSCODES");
        return client;
}

static void quit(struct client *client)
{
        say(client, "QUIT\r\n");
        expect(client, "221 2.0.0");
        expect_end(client);
}

/* --- mail in ---------------------------------------------------------------------------------- */

static void test_post(void **state)
{
        struct lab lab;
        char octet, *log;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        begin_post(&client);
        say(&client, "From: anna@home.example\r\n\r\nHello\r\n.\r\n");
        expect(&client, "250 2.0.0 accepted");
        assert_int_equal(read(lab.wake, &octet, 1), 1); /* handle was woken */
        say(&client, "RCPT TO:<spy@elsewhere.example>\r\n");
        expect(&client, "503");
        quit(&client);

        struct envelope *envelope = take_message(&lab);
        assert_non_null(envelope);
        assert_string_equal(envelope->client, "127.0.0.1");
        assert_string_equal(envelope->helo, "client.example");
        assert_string_equal(envelope->protocol, "ESMTP");
        assert_string_equal(envelope->mail_from, "anna@home.example");
        assert_int_equal(envelope->recipients->len, 1);
        assert_string_equal(envelope->recipients->pdata[0], "ml@lists.example");
        assert_false(envelope->trusted);
        assert_true(ABS(envelope->received - clock_now()) < 60);
        envelope_free(envelope);
        assert_spool_is_empty(&lab);

        assert_int_equal(kill(lab.pid, SIGTERM), 0);
        assert_int_equal(lab_wait(&lab, &log), 0);
        static const char *const told[] = { " connect session=1 client=127.0.0.1 ", " mail-from msg=", "@home.example",
                                            " rcpt-to msg=", "@lists.example", " accepted msg=", " disconnect session=1 why=quit" };
        for (size_t i = 0; i < G_N_ELEMENTS(told); i++)
                if (!strstr(log, told[i]))
                        fail_msg("the log lacks '%s': %s", told[i], log);
        assert_null(strstr(log, "anna")); /* requirement A11 */
        assert_null(strstr(log, "=ml@"));
        g_free(log);
        lab_free(&lab);
}

static void test_lmtp_by_unix_socket(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = connect_lmtp(&lab);
        expect(&client, "220 mail.example LMTP");
        say(&client, "LHLO mta\r\nMAIL FROM:<>\r\nRCPT TO:<a@lists.example>\r\nRCPT TO:<b@lists.example>\r\nDATA\r\n");
        expect(&client, "250 ENHANCEDSTATUSCODES");
        expect(&client, "250 2.1.0");
        expect(&client, "250 2.1.5");
        expect(&client, "250 2.1.5");
        expect(&client, "354");
        say(&client, "bare\nline\r\n.\r\nQUIT\r\n");
        expect(&client, "250 2.0.0");
        expect(&client, "250 2.0.0");
        expect(&client, "221 2.0.0");
        expect_end(&client);
        struct envelope *envelope = take_message(&lab);
        assert_non_null(envelope);
        assert_string_equal(envelope->client, "unix");
        assert_string_equal(envelope->protocol, "LMTP");
        assert_true(envelope->trusted);
        assert_int_equal(envelope->flaw, FLAW_BYTES);
        assert_int_equal(envelope->recipients->len, 2);
        envelope_free(envelope);
        lab_end(&lab);
}

static void test_trusted_network(void **state)
{
        struct lab lab;
        lab_make(&lab, "[server]\ntrusted_networks = 127.0.0.0/8\n");
        lab_start(&lab);
        struct client client = greeted(&lab);
        begin_post(&client);
        say(&client, "no header\r\n.\r\n");
        expect(&client, "250 2.0.0");
        quit(&client);
        struct envelope *envelope = take_message(&lab);
        assert_non_null(envelope);
        assert_true(envelope->trusted);
        envelope_free(envelope);
        lab_end(&lab);
}

/* A whole session in one segment, and the client's end of input behind it. */
static void test_half_closed(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = connect_smtp(&lab);
        expect(&client, "220");
        say(&client, "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\nFrom: a\r\n.\r\nNOOP\r\n");
        assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
        expect(&client, "250 mail.example");
        expect(&client, "250 2.1.0");
        expect(&client, "250 2.1.5");
        expect(&client, "354");
        expect(&client, "250 2.0.0 accepted");
        expect(&client, "250 2.0.0 ok");
        expect_end(&client);
        assert_spooled(&lab, "From: a\r\n");
        lab_end(&lab);
}

/* Many that end at the same time: each is answered, each is there. */
static void test_side_by_side(void **state)
{
        enum { CLIENTS = 40 };
        struct client clients[CLIENTS];
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        for (int i = 0; i < CLIENTS; i++) {
                clients[i] = greeted(&lab);
                begin_post(&clients[i]);
        }
        for (int i = 0; i < CLIENTS; i++)
                say(&clients[i], "From: a\r\n.\r\n");
        for (int i = 0; i < CLIENTS; i++)
                expect(&clients[i], "250 2.0.0");
        for (int i = 0; i < CLIENTS; i++) {
                quit(&clients[i]);
                assert_spooled(&lab, "From: a\r\n");
        }
        assert_spool_is_empty(&lab);
        lab_end(&lab);
}

static void test_client_that_leaves(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        begin_post(&client);
        say(&client, "From: a\r\n\r\nhalf a mess");
        client_close(&client);
        client = greeted(&lab);
        quit(&client);
        lab_end(&lab);
}

/* --- TLS -------------------------------------------------------------------------------------------- */

static void shake_hands(struct client *client, SSL_CTX *context)
{
        client->ssl = SSL_new(context);
        SSL_set_fd(client->ssl, client->fd);
        assert_int_equal(SSL_connect(client->ssl), 1);
}

static void test_starttls(void **state)
{
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        say(&client, "STARTTLS\r\n");
        expect(&client, "220 2.0.0");
        shake_hands(&client, context);
        say(&client, "MAIL FROM:<>\r\n");
        expect(&client, "503");
        say(&client, "EHLO client.example\r\n");
        expect(&client, "250 ENHANCEDSTATUSCODES");
        begin_post(&client);
        GString *message = g_string_new("From: a\r\n\r\n");
        for (int i = 0; i < 1000; i++)
                g_string_append(message, "0123456789012345678901234567890123456789\r\n");
        say(&client, message->str);
        say(&client, ".\r\n");
        expect(&client, "250 2.0.0");
        quit(&client);
        struct envelope *envelope = take_message(&lab);
        assert_non_null(envelope);
        assert_string_equal(envelope->protocol, "ESMTPS");
        assert_int_equal(g_bytes_get_size(envelope->message), message->len);
        envelope_free(envelope);
        g_string_free(message, TRUE);
        lab_end(&lab);
        SSL_CTX_free(context);
}

/* Leak X9, CVE-2011-0411: unanswered, in the clear and inside TLS. */
static void test_starttls_injection(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        say(&client, "STARTTLS\r\nRSET\r\n");
        expect(&client, "220 2.0.0");
        expect_end(&client);
        /* what is no handshake ends it as well */
        client = greeted(&lab);
        say(&client, "STARTTLS\r\n");
        expect(&client, "220 2.0.0");
        say(&client, "RSET\r\n");
        char buffer[64];
        ssize_t got;
        while ((got = recv(client.fd, buffer, sizeof buffer, 0)) > 0)
                assert_null(memmem(buffer, (size_t) got, "250", 3)); /* an alert may come, no answer */
        client_close(&client);
        lab_end(&lab);
}

/* --- limits ------------------------------------------------------------------------------------------- */

static void test_too_many_sessions(void **state)
{
        struct lab lab;
        lab_make(&lab, "max_sessions = 2\n");
        lab_start(&lab);
        struct client one = greeted(&lab), two = greeted(&lab), three = connect_smtp(&lab);
        expect(&three, "421 4.3.2 ");
        expect_end(&three);
        quit(&one);
        /* its place is free as soon as the server has seen its end */
        for (bool is_in = false; !is_in;) {
                three = connect_smtp(&lab);
                char *line = hear(&three);
                is_in = line && g_str_has_prefix(line, "220");
                g_free(line);
                if (!is_in)
                        client_close(&three);
        }
        quit(&three);
        quit(&two);
        lab_end(&lab);
}

static void test_timeout(void **state)
{
        struct lab lab;
        lab_make(&lab, "timeout = 1s\n");
        lab_start(&lab);
        struct client idle = greeted(&lab), posting = greeted(&lab), drip = greeted(&lab);
        begin_post(&posting);
        say(&drip, "NO"); /* a command that never ends is no progress */
        expect(&idle, "421 4.4.2");
        expect_end(&idle);
        expect(&posting, "421 4.4.2");
        expect_end(&posting);
        expect(&drip, "421 4.4.2");
        expect_end(&drip);
        assert_spool_is_empty(&lab);
        lab_end(&lab);
}

/* A client that sends and does not read: the server stops to read, too, and serves others. Each round brings some 150
 * octets of output for 8 of input, and a message, so that no other ceiling ends the session. */
static void test_client_that_does_not_read(void **state)
{
        enum { PLENTY = 64 * 1024 * 1024, BLOCKED_MS = 1000 };
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        GString *round = g_string_new(NULL);
        for (int i = 0; i < 900; i++)
                g_string_append(round, "EHLO x\r\n");
        g_string_append(round, "MAIL FROM:<>\r\nRCPT TO:<ml@lists.example>\r\nDATA\r\nFrom: a\r\n.\r\n");
        size_t sent = 0;
        struct pollfd writable = { .fd = client.fd, .events = POLLOUT };
        while (sent < PLENTY && poll(&writable, 1, BLOCKED_MS) == 1) {
                assert_int_equal(writable.revents, POLLOUT); /* it is not over */
                size_t at = sent % round->len;
                ssize_t got = send(client.fd, round->str + at, round->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
                assert_true(got > 0);
                sent += (size_t) got;
        }
        g_string_free(round, TRUE);
        assert_true(sent < PLENTY);
        struct client other = greeted(&lab);
        quit(&other);
        client_close(&client);
        lab_end(&lab);
}

/* What came before the server could have greeted (pregreet). */
static void test_client_that_speaks_first(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        struct client client = connect_smtp(&lab); /* the kernel takes it; the role is not there yet */
        say(&client, "EHLO client.example\r\n");
        lab.client = client.fd;
        lab_start(&lab);
        expect(&client, "554 5.5.1");
        expect_end(&client);
        lab_end(&lab);
}

/* The reply before the end is not lost, though the client still sends. */
static void test_last_reply_arrives(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        begin_post(&client);
        say(&client, "From: a\r\n\nbare\r\n.\r\n");
        for (int i = 0; i < 100; i++)
                say(&client, "NOOP and more of what is not read any more\r\n");
        expect(&client, "550 5.6.0");
        expect_end(&client);
        lab_end(&lab);
}

/* --- faults --------------------------------------------------------------------------------------------- */

/* A disk that is full (here: no file may grow): 451, the client keeps it; when there is room again, all goes on. */
static void test_full_disk(void **state)
{
        struct lab lab;
        struct rlimit none = { 0 }, before;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab), other = greeted(&lab);
        begin_post(&client);
        begin_post(&other);
        assert_int_equal(prlimit(lab.pid, RLIMIT_FSIZE, NULL, &before), 0);
        none.rlim_max = before.rlim_max;
        assert_int_equal(prlimit(lab.pid, RLIMIT_FSIZE, &none, NULL), 0);
        say(&client, "From: a\r\n.\r\n");
        say(&other, "From: b\r\n.\r\n");
        expect(&client, "451 4.3.0");
        expect(&other, "451 4.3.0");
        assert_int_equal(prlimit(lab.pid, RLIMIT_FSIZE, &before, NULL), 0);
        assert_spool_is_empty(&lab);
        begin_post(&client);
        say(&client, "From: c\r\n.\r\n");
        expect(&client, "250 2.0.0");
        assert_spooled(&lab, "From: c\r\n");
        assert_spool_is_empty(&lab);
        quit(&client);
        quit(&other);
        lab_end(&lab);
}

/* What got its 250 is there, whatever becomes of the process. */
static void test_killed(void **state)
{
        struct lab lab;
        int status;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client client = greeted(&lab);
        begin_post(&client);
        say(&client, "From: a\r\n.\r\n");
        expect(&client, "250 2.0.0");
        assert_int_equal(kill(lab.pid, SIGKILL), 0);
        assert_int_equal(waitpid(lab.pid, &status, 0), lab.pid);
        client_close(&client);
        close(lab.log);
        assert_spooled(&lab, "From: a\r\n");
        lab_free(&lab);
}

/* --- the way out ------------------------------------------------------------------------------------------ */

static void test_drain(void **state)
{
        struct lab lab;
        lab_make(&lab, "");
        lab_start(&lab);
        struct client idle = greeted(&lab), posting = greeted(&lab), new = connect_smtp(&lab);
        expect(&new, "220");
        begin_post(&posting);
        say(&posting, "From: a\r\n");
        assert_int_equal(kill(lab.pid, SIGTERM), 0);
        expect(&idle, "421 4.3.2");
        expect_end(&idle);
        expect(&new, "421 4.3.2");
        expect_end(&new);
        say(&posting, ".\r\n");
        expect(&posting, "250 2.0.0");
        expect(&posting, "421 4.3.2");
        expect_end(&posting);
        assert_int_equal(lab_wait(&lab, NULL), 0);
        assert_spooled(&lab, "From: a\r\n");
        lab_free(&lab);
}

static void test_start_fails(void **state)
{
        static const struct {
                const char *settings, *remove;
                bool bad_key;
                const char *complaint;
        } cases[] = {
                { "", "spool/spool.db", false, "cannot-start" },
                { "", NULL, true, "tls_key is not the key" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct lab lab;
                char *log;
                lab_make(&lab, cases[i].settings);
                if (cases[i].remove) {
                        char *path = g_build_filename(lab.data, cases[i].remove, NULL);
                        assert_int_equal(unlink(path), 0);
                        g_free(path);
                }
                if (cases[i].bad_key) {
                        g_free(lab.handover.tls_key);
                        lab.handover.tls_key = g_strdup("no key");
                }
                lab_start(&lab);
                assert_int_equal(lab_wait(&lab, &log), 1);
                if (!strstr(log, cases[i].complaint))
                        fail_msg("the log says: %s", log);
                g_free(log);
                lab_free(&lab);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_post),
                cmocka_unit_test(test_lmtp_by_unix_socket),
                cmocka_unit_test(test_trusted_network),
                cmocka_unit_test(test_half_closed),
                cmocka_unit_test(test_side_by_side),
                cmocka_unit_test(test_client_that_leaves),
                cmocka_unit_test(test_starttls),
                cmocka_unit_test(test_starttls_injection),
                cmocka_unit_test(test_too_many_sessions),
                cmocka_unit_test(test_timeout),
                cmocka_unit_test(test_client_that_does_not_read),
                cmocka_unit_test(test_client_that_speaks_first),
                cmocka_unit_test(test_last_reply_arrives),
                cmocka_unit_test(test_full_disk),
                cmocka_unit_test(test_killed),
                cmocka_unit_test(test_drain),
                cmocka_unit_test(test_start_fails),
        };
        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
