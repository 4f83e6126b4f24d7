/* relaying.c - listctl check relay: is the running listener an open relay? (requirement C7)
 * Gives:  ctl_check_relay()
 * Fails:  ERR_TEMP when the listener does not answer, ERR_PERM when it would relay
 * The vectors of the classic relay tests, up to RCPT and no further: no message is sent. What stands in one of our own domains may be
 * taken, whatever it looks like: it is kept here as misaddressed, and goes nowhere. */
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net.h"
#include "ctl/guard.h"
#include "ctl/nouns.h"
#include "ctl/owner.h"

enum { ANSWER_SECONDS = 20, LINE_OCTETS_MAX = 1024 };

/* OURS and IP stand for one of our domains and the listener's address. */
static const struct vector {
        const char *from, *to;
        bool is_ours; /* the recipient is in our domain, so it may be taken */
} VECTORS[] = {
        { "spamtest@example.net", "relaytest@example.net", false },
        { "", "relaytest@example.net", false },
        { "spamtest", "relaytest@example.net", false },
        { "spamtest@OURS", "relaytest@example.net", false },
        { "spamtest@[IP]", "relaytest@example.net", false },
        { "nobody@localhost.OURS", "relaytest@example.net", false },
        { "relaytest@example.net", "relaytest@example.net", false },
        { "spamtest@OURS", "\"relaytest@example.net\"", false },
        { "spamtest@OURS", "relaytest%example.net", false },
        { "spamtest@OURS", "example.net!relaytest", false },
        { "spamtest@OURS", "example.net!relaytest@[IP]", false },
        { "spamtest@OURS", "relaytest%example.net@[IP]", false },
        { "spamtest@OURS", "@OURS:relaytest@example.net", false },
        { "spamtest@OURS", "@[IP]:relaytest@example.net", false },
        { "spamtest@OURS", "relaytest@example.net@OURS", false },
        { "spamtest@OURS", "relaytest@OURS.example.net", false },
        { "spamtest@OURS", "relaytest@sub.OURS", false },
        { "spamtest@OURS", "relaytest%example.net@OURS", true },
        { "spamtest@OURS", "\"relaytest@example.net\"@OURS", true },
        { "spamtest@OURS", "\"relaytest%example.net\"@OURS", true },
        { "spamtest@OURS", "example.net!relaytest@OURS", true },
        { "spamtest@OURS", "\"                   \"@OURS", true },
};

/* --- a session ------------------------------------------------------------------------------------------------- */

struct session {
        int fd;
        char *where;
        GString *heard; /* what was not read yet */
};

/* The last line of an answer, without its end. The caller frees. */
static bool hear(struct session *session, char **ret_line, struct err *ret_err)
{
        char block[LINE_OCTETS_MAX];
        for (;;) {
                char *end = strstr(session->heard->str, "\r\n");
                if (end) {
                        char *line = g_strndup(session->heard->str, (gsize) (end - session->heard->str));
                        g_string_erase(session->heard, 0, end + 2 - session->heard->str);
                        if (strlen(line) < 4 || line[3] != '-') {
                                *ret_line = line;
                                return true;
                        }
                        g_free(line);
                        continue;
                }
                struct pollfd wait = { .fd = session->fd, .events = POLLIN };
                ssize_t got = poll(&wait, 1, ANSWER_SECONDS * 1000) > 0 ? recv(session->fd, block, sizeof block, 0) : -1;
                if (got <= 0 || session->heard->len > LINE_OCTETS_MAX)
                        return err_set(ret_err, ERR_TEMP, "%s: no answer, or none of SMTP", session->where);
                g_string_append_len(session->heard, block, got);
        }
}

static bool say(struct session *session, const char *line, char **ret_answer, struct err *ret_err)
{
        char *text = g_strconcat(line, "\r\n", NULL);
        const size_t length = strlen(text);
        bool ok = send(session->fd, text, length, MSG_NOSIGNAL) == (ssize_t) length;
        g_free(text);
        return ok ? hear(session, ret_answer, ret_err) : err_set(ret_err, ERR_TEMP, "%s: the connection broke", session->where);
}

static bool say_and_forget(struct session *session, const char *line, struct err *ret_err)
{
        char *answer;
        if (!say(session, line, &answer, ret_err))
                return false;
        g_free(answer);
        return true;
}

static void session_close(struct session *session)
{
        if (session->fd >= 0)
                close(session->fd);
        g_free(session->where);
        g_string_free(session->heard, TRUE);
}

/* The first listener for SMTP of the configuration. To be closed, on failure too. */
static bool session_open(const struct conf *conf, struct session *ret_session, struct err *ret_err)
{
        struct endpoint endpoint;
        struct addrinfo *found = NULL;
        const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
        char port[8];
        *ret_session = (struct session){ .fd = -1, .where = g_strdup(conf->smtp[0] ? conf->smtp[0] : "-"), .heard = g_string_new(NULL) };
        if (!conf->smtp[0])
                return err_set(ret_err, ERR_PERM, "[receive] smtp names no listener");
        if (!endpoint_parse(&endpoint, conf->smtp[0], ret_err))
                return false;
        g_snprintf(port, sizeof port, "%u", endpoint.port);
        if (getaddrinfo(endpoint.host, port, &hints, &found) == 0) {
                ret_session->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
                if (ret_session->fd >= 0 && connect(ret_session->fd, found->ai_addr, found->ai_addrlen) != 0) {
                        close(ret_session->fd);
                        ret_session->fd = -1;
                }
                freeaddrinfo(found);
        }
        if (ret_session->fd < 0)
                return err_set(ret_err, ERR_TEMP, "%s: nobody listens there: is listd running?", conf->smtp[0]);
        char *greeting;
        if (!hear(ret_session, &greeting, ret_err))
                return false;
        g_free(greeting);
        return say_and_forget(ret_session, "EHLO relaytest.example.net", ret_err);
}

/* --- the vectors ---------------------------------------------------------------------------------------------------- */

/* "RCPT TO:<...>" with the names filled in. The caller frees. */
static char *fill(const struct conf *conf, const char *verb, const char *path)
{
        GString *line = g_string_new(path);
        char *host = g_strdup(conf->smtp[0]);
        char *colon = strrchr(host, ':');
        if (colon)
                *colon = '\0';
        g_string_replace(line, "OURS", conf->domains[0], 0);
        g_string_replace(line, "IP", g_ascii_isdigit(*host) ? host : "127.0.0.1", 0);
        g_string_prepend(line, verb);
        g_string_append_c(line, '>');
        g_free(host);
        return g_string_free(line, FALSE);
}

static bool try_in_session(struct ctl *ctl, struct session *session, const struct vector *vector, size_t *faults, struct err *ret_err)
{
        char *mail = fill(ctl->conf, "MAIL FROM:<", vector->from), *rcpt = fill(ctl->conf, "RCPT TO:<", vector->to);
        char *from_answer = NULL, *answer = NULL;
        bool ok = say(session, mail, &from_answer, ret_err);
        const bool has_begun = ok && *from_answer == '2';
        ok = ok && (!has_begun || say(session, rcpt, &answer, ret_err)) && say_and_forget(session, "QUIT", ret_err);
        if (ok) {
                const bool is_taken = answer && *answer == '2';
                const bool is_fault = is_taken && !vector->is_ours;
                const struct cell row[] = {
                        TEXT(strchr(mail, '<')), TEXT(strchr(rcpt, '<')), TEXT(answer ? answer : from_answer),
                        TEXT(is_fault ? "RELAYS" : is_taken ? "kept here" : "refused"),
                };
                output_row(ctl->output, row);
                *faults += is_fault;
        }
        g_free(mail);
        g_free(rcpt);
        g_free(from_answer);
        g_free(answer);
        return ok;
}

/* Each in a session of its own: a server has only so much patience with one. */
static bool try_vector(struct ctl *ctl, const struct vector *vector, size_t *faults, struct err *ret_err)
{
        struct session session;
        bool ok = session_open(ctl->conf, &session, ret_err) && try_in_session(ctl, &session, vector, faults, ret_err);
        session_close(&session);
        return ok;
}

/* The network that this end of a session is in, as the listener sees it. The caller frees; NULL: it cannot be told. */
static char *own_network(const struct session *session)
{
        struct sockaddr_storage name = { 0 };
        socklen_t length = sizeof name;
        char ip[INET6_ADDRSTRLEN];
        if (getsockname(session->fd, (struct sockaddr *) &name, &length) != 0
            || getnameinfo((struct sockaddr *) &name, length, ip, sizeof ip, NULL, 0, NI_NUMERICHOST) != 0)
                return NULL;
        return network_around(ip, 24, 48);
}

/* The listener counts a test like any other; but this one was ours. */
static void forgive_ourselves(const struct ctl *ctl, const char *network)
{
        struct err err = { 0 };
        if (network && (!owner_become(ctl->conf->data, &err) || !guard_forgive(ctl, network, NULL, &err)))
                output_warn(ctl->output, "the test has been counted, so that this host may be slowed or refused for a while"
                                         " ('listctl guard forgive %s' ends that): %s",
                            network, err.text);
}

bool ctl_check_relay(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "from" }, { "to" }, { "answer", .may_wrap = true }, { "verdict" } };
        struct session session;
        size_t faults = 0;
        bool ok = session_open(ctl->conf, &session, ret_err); /* before anything is printed: there is somebody */
        char *network = ok ? own_network(&session) : NULL;
        session_close(&session);
        if (!ok)
                return false;
        output_field(ctl->output, "listener", TEXT(ctl->conf->smtp[0]));
        output_table(ctl->output, "vectors", columns, G_N_ELEMENTS(columns));
        for (size_t i = 0; ok && i < G_N_ELEMENTS(VECTORS); i++)
                ok = try_vector(ctl, &VECTORS[i], &faults, ret_err);
        output_table_end(ctl->output);
        forgive_ourselves(ctl, network);
        g_free(network);
        if (ok && faults)
                return err_set(ret_err, ERR_PERM, "%zu recipients elsewhere are taken: this is an open relay", faults);
        if (ok)
                output_say(ctl->output, "nothing is relayed");
        return ok;
}
