/* sink.c - a relay for tests */
#include "sink.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_MAX = 16 * 1024, RULES_MAX = 16 };

struct sink {
        struct sink_options options;
        int listener;
        char endpoint[32];
        GThread *acceptor;
        GMutex lock; /* of what follows */
        GCond changed;
        GPtrArray *mails, *threads;
        GArray *sockets;
        GHashTable *commands;
        unsigned sessions, used[RULES_MAX];
        char *server_name;
        bool stops, is_healed;
};

struct client {
        struct sink *sink;
        int fd;
        SSL *ssl;
        unsigned number;
        char input[INPUT_MAX];
        size_t have, at;
        bool is_authenticated;
        char *from, *parameters, *to;
        GString *data;
};

/* --- octets ----------------------------------------------------------------------------- */

static bool fill(struct client *client)
{
        int got = client->ssl ? SSL_read(client->ssl, client->input, INPUT_MAX)
                              : (int) recv(client->fd, client->input, INPUT_MAX, 0);
        client->have = got > 0 ? (size_t) got : 0;
        client->at = 0;
        return got > 0;
}

static bool get(struct client *client, void *bytes, size_t length)
{
        for (char *to = bytes; length > 0;) {
                if (client->at == client->have && !fill(client))
                        return false;
                size_t part = MIN(length, client->have - client->at);
                memcpy(to, client->input + client->at, part);
                client->at += part, to += part, length -= part;
        }
        return true;
}

/* A line with its CRLF, or what ends in a bare LF as it is. */
static bool get_line(struct client *client, GString *line)
{
        g_string_truncate(line, 0);
        do {
                if (client->at == client->have && !fill(client))
                        return false;
                const char *start = client->input + client->at;
                const char *lf = memchr(start, '\n', client->have - client->at);
                size_t part = lf ? (size_t) (lf + 1 - start) : client->have - client->at;
                g_string_append_len(line, start, (gssize) part);
                client->at += part;
        } while (line->len == 0 || line->str[line->len - 1] != '\n');
        return true;
}

static void put(struct client *client, const char *text, size_t length)
{
        if (client->ssl)
                SSL_write(client->ssl, text, (int) length);
        else
                send(client->fd, text, length, MSG_NOSIGNAL);
}

static void pause_for(struct sink *sink, unsigned ms)
{
        const gint64 end = g_get_monotonic_time() + (gint64) ms * 1000;
        g_mutex_lock(&sink->lock);
        while (ms && !sink->stops && g_cond_wait_until(&sink->changed, &sink->lock, end))
                continue;
        g_mutex_unlock(&sink->lock);
}

static unsigned octet_ms(struct sink *sink)
{
        g_mutex_lock(&sink->lock);
        const unsigned ms = sink->is_healed ? 0 : sink->options.octet_ms;
        g_mutex_unlock(&sink->lock);
        return ms;
}

static void say(struct client *client, const char *reply)
{
        char *line = g_strconcat(reply, "\r\n", NULL);
        const unsigned ms = octet_ms(client->sink);
        const size_t length = strlen(line), step = ms ? 1 : length;
        for (size_t at = 0; at < length; at += step) {
                put(client, line + at, step);
                pause_for(client->sink, ms);
        }
        g_free(line);
}

/* --- rules -------------------------------------------------------------------------------- */

static const struct sink_rule *find_rule(struct sink *sink, const char *at, const char *subject)
{
        const struct sink_rule *found = NULL;
        g_mutex_lock(&sink->lock);
        for (unsigned i = 0; !sink->is_healed && sink->options.rules && sink->options.rules[i].at && !found; i++) {
                const struct sink_rule *rule = &sink->options.rules[i];
                if (strcasecmp(rule->at, at) == 0 && (!rule->match || strstr(subject, rule->match))
                    && (rule->times == 0 || sink->used[i] < rule->times)) {
                        sink->used[i]++;
                        found = rule;
                }
        }
        g_mutex_unlock(&sink->lock);
        return found;
}

enum reaction { GO_ON, REPLIED, CLOSED };

static void keep(struct client *client);

static enum reaction react(struct client *client, const char *at, const char *subject)
{
        const struct sink_rule *rule = find_rule(client->sink, at, subject);
        if (!rule)
                return GO_ON;
        pause_for(client->sink, rule->delay_ms);
        if (rule->keeps)
                keep(client);
        if (rule->reply)
                say(client, rule->reply);
        if (rule->closes)
                return CLOSED;
        return rule->reply ? REPLIED : GO_ON;
}

/* --- commands ------------------------------------------------------------------------------- */

static void forget(struct client *client)
{
        g_clear_pointer(&client->from, g_free);
        g_clear_pointer(&client->parameters, g_free);
        g_clear_pointer(&client->to, g_free);
        g_string_truncate(client->data, 0);
}

static void mail_free(void *data)
{
        struct sink_mail *mail = data;
        g_free(mail->from);
        g_free(mail->parameters);
        g_free(mail->to);
        g_bytes_unref(mail->data);
        g_free(mail);
}

static void keep(struct client *client)
{
        struct sink_mail *mail = g_new0(struct sink_mail, 1);
        *mail = (struct sink_mail){ .from = g_steal_pointer(&client->from),
                                    .parameters = g_steal_pointer(&client->parameters),
                                    .to = g_steal_pointer(&client->to),
                                    .data = g_bytes_new(client->data->str, client->data->len),
                                    .session = client->number,
                                    .is_encrypted = client->ssl != NULL,
                                    .is_authenticated = client->is_authenticated };
        g_mutex_lock(&client->sink->lock);
        g_ptr_array_add(client->sink->mails, mail);
        g_cond_broadcast(&client->sink->changed);
        g_mutex_unlock(&client->sink->lock);
        forget(client);
}

/* What stands between the first < and the last >; gives what follows. */
static char *take_path(const char *line, char **ret_path)
{
        const char *open = strchr(line, '<'), *close = strrchr(line, '>');
        g_free(*ret_path);
        if (!open || !close || close < open) {
                *ret_path = g_strdup(line);
                return g_strdup("");
        }
        *ret_path = g_strndup(open + 1, (gsize) (close - open - 1));
        return g_strstrip(g_strdup(close + 1));
}

static bool take_data(struct client *client, GString *line)
{
        while (get_line(client, line)) {
                if (strcmp(line->str, ".\r\n") == 0)
                        return true;
                size_t dot = line->str[0] == '.';
                g_string_append_len(client->data, line->str + dot, (gssize) (line->len - dot));
        }
        return false;
}

/* The answer to a whole message. */
static bool end_message(struct client *client)
{
        enum reaction reaction = react(client, ".", client->to ? client->to : "");
        if (reaction == GO_ON) {
                keep(client);
                say(client, "250 2.0.0 taken");
        }
        forget(client);
        return reaction != CLOSED;
}

static bool do_data(struct client *client, GString *line)
{
        if (!client->to) {
                say(client, "503 5.5.1 no recipient");
                return true;
        }
        say(client, "354 go on");
        return take_data(client, line) && end_message(client);
}

static bool do_bdat(struct client *client, const char *line)
{
        char *end;
        size_t size = (size_t) g_ascii_strtoull(line + strlen("BDAT "), &end, 10), old = client->data->len;
        g_string_set_size(client->data, old + size);
        if (!get(client, client->data->str + old, size))
                return false;
        enum reaction reaction = react(client, "BDAT", client->to ? client->to : "");
        if (reaction != GO_ON)
                return reaction == REPLIED;
        if (!client->to)
                say(client, "503 5.5.1 no recipient");
        else if (strstr(end, "LAST"))
                return end_message(client);
        else
                say(client, "250 2.0.0 more");
        return true;
}

static void do_ehlo(struct client *client)
{
        const struct sink_options *options = &client->sink->options;
        const char *offers = options->offers ? options->offers : "PIPELINING|8BITMIME|SIZE 0|ENHANCEDSTATUSCODES";
        char **lines = g_strsplit(offers, "|", -1);
        GString *reply = g_string_new("250-sink.example\r\n");
        for (char **offer = lines; *offer; offer++)
                g_string_append_printf(reply, "250-%s\r\n", *offer);
        if (options->tls && !client->ssl)
                g_string_append(reply, "250-STARTTLS\r\n");
        if (options->plain)
                g_string_append(reply, "250-AUTH PLAIN\r\n");
        g_string_append(reply, "250 HELP");
        say(client, reply->str);
        g_string_free(reply, TRUE);
        g_strfreev(lines);
}

static bool start_tls(struct client *client)
{
        const struct sink_options *options = &client->sink->options;
        client->ssl = SSL_new(options->tls);
        SSL_set_fd(client->ssl, client->fd);
        if (SSL_accept(client->ssl) != 1)
                return false;
        g_mutex_lock(&client->sink->lock);
        g_free(client->sink->server_name);
        client->sink->server_name = g_strdup(SSL_get_servername(client->ssl, TLSEXT_NAMETYPE_host_name));
        g_mutex_unlock(&client->sink->lock);
        return true;
}

static bool do_starttls(struct client *client)
{
        const struct sink_options *options = &client->sink->options;
        char *reply = g_strconcat("220 2.0.0 ready", options->inject ? "\r\n" : NULL, options->inject, NULL);
        say(client, reply);
        g_free(reply);
        return start_tls(client);
}

static void do_auth(struct client *client, const char *line)
{
        const char *plain = client->sink->options.plain;
        client->is_authenticated = plain && strcmp(line, plain) == 0;
        say(client, client->is_authenticated ? "235 2.7.0 welcome" : "535 5.7.8 no");
}

/* One command that no rule answered; false ends the session. */
static bool do_command(struct client *client, const char *verb, const char *text, GString *line)
{
        bool goes_on = true;
        if (strcmp(verb, "EHLO") == 0) {
                do_ehlo(client);
        } else if (strcmp(verb, "STARTTLS") == 0) {
                goes_on = do_starttls(client);
        } else if (strcmp(verb, "AUTH") == 0) {
                do_auth(client, text + MIN(strlen("AUTH PLAIN "), strlen(text)));
        } else if (strcmp(verb, "MAIL") == 0) {
                g_free(client->parameters);
                client->parameters = take_path(text, &client->from);
                say(client, "250 2.1.0 ok");
        } else if (strcmp(verb, "RCPT") == 0) {
                char *to = NULL, *before = client->to;
                g_free(take_path(text, &to));
                client->to = before ? g_strjoin(" ", before, to, NULL) : g_strdup(to);
                g_free(before);
                g_free(to);
                say(client, "250 2.1.5 ok");
        } else if (strcmp(verb, "DATA") == 0) {
                goes_on = do_data(client, line);
        } else if (strcmp(verb, "BDAT") == 0) {
                goes_on = do_bdat(client, text);
        } else if (strcmp(verb, "QUIT") == 0) {
                say(client, "221 2.0.0 bye");
                goes_on = false;
        } else {
                forget(client); /* RSET, and the odd one */
                say(client, "250 2.0.0 ok");
        }
        return goes_on;
}

static void count_command(struct sink *sink, const char *verb)
{
        g_mutex_lock(&sink->lock);
        unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(sink->commands, verb));
        g_hash_table_insert(sink->commands, g_strdup(verb), GUINT_TO_POINTER(count + 1));
        g_mutex_unlock(&sink->lock);
}

static void talk(struct client *client)
{
        GString *line = g_string_new(NULL);
        enum reaction reaction = react(client, "220", "");
        if (reaction == GO_ON)
                say(client, "220 sink.example ESMTP");
        while (reaction != CLOSED && get_line(client, line)) {
                char *text = g_strchomp(g_strdup(line->str));
                char *verb = g_ascii_strup(text, (gssize) strcspn(text, " :"));
                count_command(client->sink, verb);
                if (strcmp(verb, "BDAT") == 0) /* its octets come first */
                        reaction = GO_ON;
                else
                        reaction = react(client, verb, strcmp(verb, "DATA") == 0 && client->to ? client->to : text);
                if (reaction == GO_ON && !do_command(client, verb, text, line))
                        reaction = CLOSED;
                g_free(verb);
                g_free(text);
        }
        g_string_free(line, TRUE);
}

/* --- threads -------------------------------------------------------------------------------- */

static gpointer serve(gpointer user)
{
        struct client *client = user;
        client->data = g_string_new(NULL);
        if (!client->sink->options.is_tls_at_once || start_tls(client))
                talk(client);
        shutdown(client->fd, SHUT_RDWR);
        SSL_free(client->ssl);
        forget(client);
        g_string_free(client->data, TRUE);
        g_mutex_lock(&client->sink->lock);
        for (guint i = 0; i < client->sink->sockets->len; i++)
                if (g_array_index(client->sink->sockets, int, i) == client->fd)
                        g_array_remove_index_fast(client->sink->sockets, i--);
        close(client->fd);
        g_mutex_unlock(&client->sink->lock);
        g_free(client);
        return NULL;
}

static gpointer accept_all(gpointer user)
{
        struct sink *sink = user;
        for (int fd; (fd = accept(sink->listener, NULL, NULL)) >= 0;) {
                int one = 1;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                struct client *client = g_new0(struct client, 1);
                client->sink = sink;
                client->fd = fd;
                g_mutex_lock(&sink->lock);
                client->number = sink->sessions++;
                g_array_append_val(sink->sockets, fd);
                if (sink->stops)
                        shutdown(fd, SHUT_RDWR);
                g_ptr_array_add(sink->threads, g_thread_new("sink", serve, client));
                g_mutex_unlock(&sink->lock);
        }
        return NULL;
}

struct sink *sink_start(const struct sink_options *options)
{
        struct sink *sink = g_new0(struct sink, 1);
        if (options)
                sink->options = *options;
        g_mutex_init(&sink->lock);
        g_cond_init(&sink->changed);
        sink->mails = g_ptr_array_new_with_free_func(mail_free);
        sink->threads = g_ptr_array_new();
        sink->sockets = g_array_new(FALSE, FALSE, sizeof(int));
        sink->commands = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof name;
        sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(sink->listener, (struct sockaddr *) &name, length) != 0 || listen(sink->listener, SOMAXCONN) != 0
            || getsockname(sink->listener, (struct sockaddr *) &name, &length) != 0)
                g_error("the sink cannot listen");
        g_snprintf(sink->endpoint, sizeof sink->endpoint, "127.0.0.1:%u", ntohs(name.sin_port));
        sink->acceptor = g_thread_new("sink", accept_all, sink);
        return sink;
}

void sink_stop(struct sink *sink)
{
        shutdown(sink->listener, SHUT_RDWR);
        g_mutex_lock(&sink->lock);
        sink->stops = true;
        g_cond_broadcast(&sink->changed);
        for (guint i = 0; i < sink->sockets->len; i++)
                shutdown(g_array_index(sink->sockets, int, i), SHUT_RDWR);
        g_mutex_unlock(&sink->lock);
        g_thread_join(sink->acceptor);
        for (guint i = 0; i < sink->threads->len; i++)
                g_thread_join(sink->threads->pdata[i]);
        close(sink->listener);
        g_ptr_array_unref(sink->threads);
        g_ptr_array_unref(sink->mails);
        g_array_unref(sink->sockets);
        g_hash_table_unref(sink->commands);
        g_free(sink->server_name);
        g_mutex_clear(&sink->lock);
        g_cond_clear(&sink->changed);
        g_free(sink);
}

/* --- asking --------------------------------------------------------------------------------- */

const char *sink_endpoint(const struct sink *sink)
{
        return sink->endpoint;
}

void sink_heal(struct sink *sink)
{
        g_mutex_lock(&sink->lock);
        sink->is_healed = true;
        g_mutex_unlock(&sink->lock);
}

size_t sink_count(struct sink *sink)
{
        g_mutex_lock(&sink->lock);
        size_t count = sink->mails->len;
        g_mutex_unlock(&sink->lock);
        return count;
}

unsigned sink_sessions(struct sink *sink)
{
        g_mutex_lock(&sink->lock);
        unsigned count = sink->sessions;
        g_mutex_unlock(&sink->lock);
        return count;
}

unsigned sink_commands(struct sink *sink, const char *verb)
{
        g_mutex_lock(&sink->lock);
        unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(sink->commands, verb));
        g_mutex_unlock(&sink->lock);
        return count;
}

const struct sink_mail *sink_mail(struct sink *sink, size_t number)
{
        g_mutex_lock(&sink->lock);
        const struct sink_mail *mail = number < sink->mails->len ? sink->mails->pdata[number] : NULL;
        g_mutex_unlock(&sink->lock);
        return mail;
}

bool sink_wait(struct sink *sink, size_t count, unsigned seconds)
{
        const gint64 end = g_get_monotonic_time() + (gint64) seconds * G_USEC_PER_SEC;
        g_mutex_lock(&sink->lock);
        while (sink->mails->len < count && g_cond_wait_until(&sink->changed, &sink->lock, end))
                continue;
        bool enough = sink->mails->len >= count;
        g_mutex_unlock(&sink->lock);
        return enough;
}

char *sink_server_name(struct sink *sink)
{
        g_mutex_lock(&sink->lock);
        char *name = g_strdup(sink->server_name);
        g_mutex_unlock(&sink->lock);
        return name;
}

/* --- certificates --------------------------------------------------------------------------- */

static void add_names(X509 *certificate, const char *host, bool has_ip)
{
        GString *names = g_string_new(host ? "DNS:" : "");
        if (host)
                g_string_append(names, host);
        if (has_ip)
                g_string_append_printf(names, "%sIP:127.0.0.1", names->len ? "," : "");
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names->str);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
        g_string_free(names, TRUE);
}

SSL_CTX *sink_tls(const char *host, bool has_ip, char **ret_pem)
{
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *certificate = X509_new();
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_NAME *name = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *) "sink", -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        add_names(certificate, host, has_ip);
        X509_sign(certificate, key, EVP_sha256());
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(context, certificate);
        SSL_CTX_use_PrivateKey(context, key);
        BIO *bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, certificate);
        char *pem;
        long length = BIO_get_mem_data(bio, &pem);
        *ret_pem = g_strndup(pem, (gsize) length);
        BIO_free(bio);
        X509_free(certificate);
        EVP_PKEY_free(key);
        return context;
}
