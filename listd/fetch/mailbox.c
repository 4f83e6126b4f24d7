/* mailbox.c - a session with a POP3 or IMAP server
 * Gives:     what mailbox.h lists
 * Fails:     ERR_PERM, ERR_TEMP with the server's words
 * Standards: RFC 1939, RFC 2595, RFC 9051; RFC 4315 (UID EXPUNGE)
 * libcurl connects anew without a word when a connection was lost. In POP3 a number would name another message then, so after the login
 * no socket is opened any more: such a command fails, and the next time everything is listed anew. It counts what a server says as headers,
 * 300 KiB of them for a handle, and the lines of an answer more than once: so each command has a handle of its own, all share the
 * connection, and a mailbox is listed in pages. A command of FETCH by place it does not know at all. */
#include "fetch/mailbox.h"

#include <curl/curl.h>

enum { CONNECT_SECONDS = 30, LIST_OCTETS_MAX = 16 * 1024 * 1024, IDLE_OCTETS = 1, SEARCH_PAGE = 5000, LIST_PAGE = 100 };

struct mailbox {
        CURLSH *share; /* of the connection */
        struct mailbox_settings settings;
        bool is_imap, may_connect, is_lost;
        char *root; /* the server, without a folder */
        GString *body;
        size_t most;
        bool is_too_large;
        GPtrArray *marked; /* char *: identifiers that are to be expunged */
        char words[CURL_ERROR_SIZE];
};

/* --- what comes ------------------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
        struct mailbox *mailbox = user;
        const size_t length = size * count;
        if (mailbox->body->len + length > mailbox->most) {
                mailbox->is_too_large = true;
                return CURL_WRITEFUNC_ERROR;
        }
        g_string_append_len(mailbox->body, bytes, (gssize) length);
        return length;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
        const struct mailbox *mailbox = user;
        return mailbox->settings.must_stop && *mailbox->settings.must_stop;
}

static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
        struct mailbox *mailbox = user;
        if (!mailbox->may_connect) {
                mailbox->is_lost = true;
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- a command ------------------------------------------------------------------------------------------------ */

static bool judge(struct mailbox *mailbox, CURLcode code, struct err *ret_err)
{
        if (mailbox->is_too_large)
                return err_set(ret_err, ERR_TEMP, "an answer is larger than %zu octets", mailbox->most);
        if (mailbox->is_lost)
                return err_set(ret_err, ERR_TEMP, "the connection was lost");
        if (code == CURLE_OK)
                return true;
        if (code == CURLE_LOGIN_DENIED)
                return err_set(ret_err, ERR_PERM, "user or password is refused");
        if (code == CURLE_OPERATION_TIMEDOUT)
                return err_set(ret_err, ERR_TEMP, "silent, or too slow (more than %d s)", mailbox->settings.seconds);
        if (code == CURLE_PEER_FAILED_VERIFICATION)
                return err_set(ret_err, ERR_TEMP, "its certificate is not trusted: %.150s", mailbox->words);
        return err_set(ret_err, ERR_TEMP, "%.200s", *mailbox->words ? mailbox->words : curl_easy_strerror(code));
}

#define SET(option, value) ok = ok && curl_easy_setopt(curl, (option), (value)) == CURLE_OK

static bool set_limits(CURL *curl, const struct mailbox_settings *settings)
{
        bool ok = true;
        SET(CURLOPT_PROTOCOLS_STR, "pop3,pop3s,imap,imaps");
        SET(CURLOPT_TIMEOUT, (long) settings->seconds);
        SET(CURLOPT_CONNECTTIMEOUT, (long) MIN(CONNECT_SECONDS, settings->seconds));
        SET(CURLOPT_LOW_SPEED_LIMIT, (long) IDLE_OCTETS);
        SET(CURLOPT_LOW_SPEED_TIME, (long) settings->idle_seconds);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_PROXY, "");
        SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
        return ok;
}

static bool set_trust(CURL *curl, const struct mailbox_settings *settings)
{
        bool ok = true;
        SET(CURLOPT_SSL_VERIFYPEER, 1L);
        SET(CURLOPT_SSL_VERIFYHOST, 2L);
        SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_USERNAME, settings->pickup->user);
        SET(CURLOPT_PASSWORD, settings->password);
        if (settings->ca) {
                struct curl_blob blob = { .data = (void *) settings->ca, .len = strlen(settings->ca), .flags = CURL_BLOB_COPY };
                SET(CURLOPT_CAINFO_BLOB, &blob);
        }
        return ok;
}

static bool set_callbacks(CURL *curl, struct mailbox *mailbox)
{
        bool ok = true;
        SET(CURLOPT_WRITEFUNCTION, on_body);
        SET(CURLOPT_WRITEDATA, mailbox);
        SET(CURLOPT_XFERINFOFUNCTION, on_progress);
        SET(CURLOPT_XFERINFODATA, mailbox);
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
        SET(CURLOPT_OPENSOCKETDATA, mailbox);
        SET(CURLOPT_ERRORBUFFER, mailbox->words);
        return ok;
}

/* Runs a command; the answer stands in mailbox->body. */
static bool run(struct mailbox *mailbox, const char *url, const char *command, bool has_body, size_t most, struct err *ret_err)
{
        CURL *curl = curl_easy_init();
        bool ok = curl && set_limits(curl, &mailbox->settings) && set_trust(curl, &mailbox->settings) && set_callbacks(curl, mailbox);
        g_string_truncate(mailbox->body, 0);
        mailbox->most = most;
        mailbox->is_too_large = false;
        *mailbox->words = '\0';
        SET(CURLOPT_SHARE, mailbox->share);
        SET(CURLOPT_URL, url);
        SET(CURLOPT_CUSTOMREQUEST, command);
        SET(CURLOPT_NOBODY, has_body ? 0L : 1L);
        ok = ok ? judge(mailbox, curl_easy_perform(curl), ret_err) : err_set(ret_err, ERR_BUG, "libcurl does not know an option");
        curl_easy_cleanup(curl);
        return ok;
}

/* --- opening and closing ----------------------------------------------------------------------------------------- */

/* "imaps://host:993" of "imaps://host:993/INBOX". */
static char *root_of(const char *url)
{
        const char *host = strstr(url, "://");
        const char *slash = host ? strchr(host + 3, '/') : NULL;
        return slash ? g_strndup(url, (gsize) (slash - url)) : g_strdup(url);
}

/* With its folder: INBOX where none is named. The caller frees. */
static char *folder_url(const struct mailbox *mailbox, const char *more)
{
        const char *folder = mailbox->settings.pickup->url + strlen(mailbox->root);
        return g_strconcat(mailbox->root, strlen(folder) > 1 ? folder : "/INBOX", more, NULL);
}

bool mailbox_open(struct mailbox **ret_mailbox, const struct mailbox_settings *settings, struct err *ret_err)
{
        struct mailbox *mailbox = g_new0(struct mailbox, 1);
        mailbox->settings = *settings;
        mailbox->is_imap = g_str_has_prefix(settings->pickup->url, "imap");
        mailbox->root = root_of(settings->pickup->url);
        mailbox->body = g_string_new(NULL);
        mailbox->marked = g_ptr_array_new_with_free_func(g_free);
        mailbox->may_connect = true;
        mailbox->share = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_share_init() : NULL;
        bool ok = mailbox->share && curl_share_setopt(mailbox->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK;
        char *url = g_strconcat(mailbox->root, "/", NULL);
        if (!ok)
                err_set(ret_err, ERR_BUG, "libcurl does not start");
        else
                ok = run(mailbox, url, "NOOP", false, LIST_OCTETS_MAX, ret_err);
        g_free(url);
        mailbox->may_connect = false;
        if (ok)
                *ret_mailbox = mailbox;
        else
                mailbox_close(mailbox);
        return ok;
}

void mailbox_close(struct mailbox *mailbox)
{
        if (!mailbox)
                return;
        if (mailbox->share)
                curl_share_cleanup(mailbox->share); /* says QUIT or LOGOUT */
        curl_global_cleanup();
        g_ptr_array_unref(mailbox->marked);
        g_string_free(mailbox->body, TRUE);
        g_free(mailbox->root);
        g_free(mailbox);
}

bool mailbox_is_imap(const struct mailbox *mailbox)
{
        return mailbox->is_imap;
}

/* --- the messages ----------------------------------------------------------------------------------------------------- */

/* Of one message, for POP3; of the folder, for IMAP. The caller frees. */
static char *place_of(const struct mailbox *mailbox, const struct listed *one)
{
        return mailbox->is_imap ? folder_url(mailbox, "") : g_strdup_printf("%s/%" G_GINT64_FORMAT, mailbox->root, (gint64) one->number);
}

static bool list_pop3(struct mailbox *mailbox, GArray **ret_listed, struct err *ret_err)
{
        char *url = g_strconcat(mailbox->root, "/", NULL);
        bool ok = run(mailbox, url, "UIDL", true, LIST_OCTETS_MAX, ret_err);
        if (ok) {
                *ret_listed = answer_uidl(mailbox->body->str, mailbox->body->len);
                ok = run(mailbox, url, "LIST", true, LIST_OCTETS_MAX, ret_err);
                if (ok)
                        answer_sizes(*ret_listed, mailbox->body->str, mailbox->body->len);
                else
                        g_clear_pointer(ret_listed, g_array_unref);
        }
        g_free(url);
        return ok;
}

/* The folder's name as a quoted string; its form was checked with the configuration. */
static char *status_command(const struct mailbox *mailbox)
{
        char *url = folder_url(mailbox, ""), *folder = g_uri_unescape_string(url + strlen(mailbox->root) + 1, "\"\\\r\n");
        char *command = g_strdup_printf("STATUS \"%s\" (UIDVALIDITY MESSAGES)", folder ? folder : "INBOX");
        g_free(folder);
        g_free(url);
        return command;
}

/* The number behind MESSAGES in an answer to STATUS. */
static int64_t messages_in(const struct mailbox *mailbox)
{
        const char *at = strstr(mailbox->body->str, "MESSAGES ");
        return at ? MIN(g_ascii_strtoll(at + strlen("MESSAGES "), NULL, 10), (gint64) ANSWER_MESSAGES_MAX) : 0;
}

/* Sizes of some identifiers, which stand in their order. */
static bool list_page(struct mailbox *mailbox, int64_t first, int64_t last, GArray *listed, struct err *ret_err)
{
        char *url = folder_url(mailbox, "");
        char *command = g_strdup_printf("UID FETCH %" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " (UID RFC822.SIZE)", (gint64) first,
                                        (gint64) last);
        bool ok = run(mailbox, url, command, true, LIST_OCTETS_MAX, ret_err);
        if (ok) {
                GArray *page = answer_fetch(mailbox->body->str, mailbox->body->len);
                g_array_append_vals(listed, page->data, page->len);
                g_array_unref(page);
        }
        g_free(command);
        g_free(url);
        return ok;
}

/* All identifiers of some messages by their place, then their sizes in pages. */
static bool list_some(struct mailbox *mailbox, int64_t first, GArray *listed, struct err *ret_err)
{
        char *url = folder_url(mailbox, "");
        char *command = g_strdup_printf("UID SEARCH %" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, (gint64) first,
                                        (gint64) (first + SEARCH_PAGE - 1));
        bool ok = run(mailbox, url, command, true, LIST_OCTETS_MAX, ret_err);
        if (ok) {
                GArray *uids = answer_search(mailbox->body->str, mailbox->body->len);
                for (guint i = 0; ok && i < uids->len; i += LIST_PAGE)
                        ok = list_page(mailbox, g_array_index(uids, int64_t, i),
                                       g_array_index(uids, int64_t, MIN(i + LIST_PAGE, uids->len) - 1), listed, ret_err);
                g_array_unref(uids);
        }
        g_free(command);
        g_free(url);
        return ok;
}

static bool list_imap(struct mailbox *mailbox, GArray **ret_listed, char **ret_validity, struct err *ret_err)
{
        char *root = g_strconcat(mailbox->root, "/", NULL), *status = status_command(mailbox);
        bool ok = run(mailbox, root, status, true, LIST_OCTETS_MAX, ret_err);
        if (ok) {
                const int64_t count = messages_in(mailbox);
                *ret_validity = answer_validity(mailbox->body->str, mailbox->body->len);
                *ret_listed = g_array_new(FALSE, FALSE, sizeof(struct listed));
                for (int64_t first = 1; ok && first <= count; first += SEARCH_PAGE)
                        ok = list_some(mailbox, first, *ret_listed, ret_err);
                if (!ok)
                        g_clear_pointer(ret_listed, g_array_unref);
        }
        g_free(status);
        g_free(root);
        return ok;
}

bool mailbox_list(struct mailbox *mailbox, GArray **ret_listed, char **ret_validity, struct err *ret_err)
{
        *ret_validity = NULL;
        bool ok = mailbox->is_imap ? list_imap(mailbox, ret_listed, ret_validity, ret_err) : list_pop3(mailbox, ret_listed, ret_err);
        if (!ok)
                g_clear_pointer(ret_validity, g_free);
        else if (!*ret_validity)
                *ret_validity = g_strdup("");
        return ok;
}

bool mailbox_read(struct mailbox *mailbox, const struct listed *one, size_t most, GBytes **ret_message, struct err *ret_err)
{
        char *more = g_strdup_printf("/;UID=%s", one->uid);
        char *url = mailbox->is_imap ? folder_url(mailbox, more) : place_of(mailbox, one);
        bool ok = run(mailbox, url, NULL, true, most, ret_err);
        if (ok) {
                *ret_message = g_string_free_to_bytes(mailbox->body);
                mailbox->body = g_string_new(NULL);
        }
        g_free(url);
        g_free(more);
        return ok;
}

bool mailbox_mark(struct mailbox *mailbox, const struct listed *one, struct err *ret_err)
{
        const bool is_deleted = mailbox->settings.pickup->after == AFTER_DELETE;
        if (!mailbox->is_imap && !is_deleted)
                return true;
        char *url = place_of(mailbox, one);
        char *command = mailbox->is_imap
                                ? g_strdup_printf("UID STORE %s +FLAGS.SILENT (%s)", one->uid, is_deleted ? "\\Deleted" : "\\Seen")
                                : g_strdup("DELE");
        bool ok = run(mailbox, url, command, mailbox->is_imap, LIST_OCTETS_MAX, ret_err);
        if (ok && is_deleted)
                g_ptr_array_add(mailbox->marked, g_strdup(one->uid));
        g_free(command);
        g_free(url);
        return ok;
}

/* By identifier, so that what somebody else has marked stays; a server without UIDPLUS knows only all of them. */
bool mailbox_expunge(struct mailbox *mailbox, struct err *ret_err)
{
        if (!mailbox->is_imap || mailbox->marked->len == 0)
                return true;
        GString *command = g_string_new("UID EXPUNGE ");
        for (guint i = 0; i < mailbox->marked->len; i++)
                g_string_append_printf(command, "%s%s", i ? "," : "", (const char *) mailbox->marked->pdata[i]);
        char *url = folder_url(mailbox, "");
        struct err flaw;
        bool ok = run(mailbox, url, command->str, true, LIST_OCTETS_MAX, &flaw)
                  || run(mailbox, url, "EXPUNGE", true, LIST_OCTETS_MAX, ret_err);
        if (ok)
                g_ptr_array_set_size(mailbox->marked, 0);
        g_string_free(command, TRUE);
        g_free(url);
        return ok;
}
