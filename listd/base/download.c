/* download.c - a file from a web server
 * Gives:     what download.h lists
 * Fails:     ERR_USAGE, ERR_TEMP
 * Standards: RFC 9110 13.1.2, 13.1.3 (If-None-Match, If-Modified-Since), 15.4 (redirections), 15.4.5 (304)
 * No compression is asked for, so that a small answer cannot become a large one. */
#include "base/download.h"

#include <curl/curl.h>

enum {
        REDIRECTIONS_MAX = 5,
        HEADER_OCTETS_MAX = 64 * 1024, /* of all answers */
        CONNECT_SECONDS = 30,
        IDLE_OCTETS = 100, /* a second: less is nothing worth mentioning */
        STATUS_OK = 200,
        STATUS_SAME = 304
};

struct transfer {
        struct download *download;
        const struct download_limits *limits;
        GString *body;
        size_t header_octets;
        bool is_too_large;
        char words[CURL_ERROR_SIZE];
};

static bool has_scheme(const char *url, const char *scheme)
{
        return g_ascii_strncasecmp(url, scheme, strlen(scheme)) == 0;
}

bool download_is_url(const char *text)
{
        return has_scheme(text, "https://") || has_scheme(text, "http://");
}

static bool check_url(const char *url, struct err *ret_err)
{
        const size_t length = strlen(url);
        bool ok = download_is_url(url) && length <= DOWNLOAD_URL_MAX;
        for (size_t i = 0; ok && i < length; i++)
                ok = g_ascii_isgraph(url[i]);
        return ok
               || err_set(ret_err, ERR_USAGE, "'%.100s' is no address that can be fetched: https:// or http://, at most %d octets", url,
                          DOWNLOAD_URL_MAX);
}

/* --- what comes ------------------------------------------------------------------------------ */

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
        struct transfer *transfer = user;
        const size_t length = size * count;
        if (transfer->body->len + length > transfer->limits->octets) {
                transfer->is_too_large = true;
                return CURL_WRITEFUNC_ERROR;
        }
        g_string_append_len(transfer->body, bytes, (gssize) length);
        return length;
}

/* A value that may be said to the server again: of visible characters and blanks. */
static char *tag_value(const char *bytes, size_t length)
{
        while (length > 0 && g_ascii_isspace(*bytes))
                bytes++, length--;
        while (length > 0 && g_ascii_isspace(bytes[length - 1]))
                length--;
        bool ok = length <= DOWNLOAD_TAG_MAX;
        for (size_t i = 0; ok && i < length; i++)
                ok = g_ascii_isprint(bytes[i]);
        return ok ? g_strndup(bytes, length) : g_strdup("");
}

static void take_tag(char **tag, const char *name, const char *bytes, size_t length)
{
        const size_t name_length = strlen(name);
        if (length <= name_length || g_ascii_strncasecmp(bytes, name, name_length) != 0)
                return;
        g_free(*tag);
        *tag = tag_value(bytes + name_length, length - name_length);
}

static void forget_answer(struct transfer *transfer)
{
        g_string_truncate(transfer->body, 0);
        g_free(transfer->download->etag);
        g_free(transfer->download->modified);
        transfer->download->etag = g_strdup("");
        transfer->download->modified = g_strdup("");
}

/* A redirection is an answer of its own: what it said counts for nothing once the next begins. */
static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
        struct transfer *transfer = user;
        const size_t length = size * count;
        transfer->header_octets += length;
        if (transfer->header_octets > HEADER_OCTETS_MAX) {
                transfer->is_too_large = true;
                return 0;
        }
        if (length >= strlen("HTTP/") && memcmp(bytes, "HTTP/", strlen("HTTP/")) == 0)
                forget_answer(transfer);
        take_tag(&transfer->download->etag, "etag:", bytes, length);
        take_tag(&transfer->download->modified, "last-modified:", bytes, length);
        return length;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
        const struct transfer *transfer = user;
        return transfer->limits->must_stop && *transfer->limits->must_stop;
}

/* --- what is asked ----------------------------------------------------------------------------- */

static struct curl_slist *add_condition(struct curl_slist *headers, const char *name, const char *tag)
{
        char *clean = tag_value(tag, strlen(tag));
        char *line = g_strconcat(name, clean, NULL);
        headers = *clean ? curl_slist_append(headers, line) : headers;
        g_free(line);
        g_free(clean);
        return headers;
}

#define SET(option, value) ok = ok && curl_easy_setopt(curl, (option), (value)) == CURLE_OK

static bool set_bounds(CURL *curl, const char *url, const struct download_limits *limits)
{
        bool ok = true;
        SET(CURLOPT_PROTOCOLS_STR, "https,http");
        SET(CURLOPT_REDIR_PROTOCOLS_STR, has_scheme(url, "https:") ? "https" : "https,http");
        SET(CURLOPT_FOLLOWLOCATION, 1L);
        SET(CURLOPT_MAXREDIRS, (long) REDIRECTIONS_MAX);
        SET(CURLOPT_TIMEOUT, (long) limits->seconds);
        SET(CURLOPT_CONNECTTIMEOUT, (long) MIN(CONNECT_SECONDS, limits->seconds));
        SET(CURLOPT_LOW_SPEED_LIMIT, (long) IDLE_OCTETS);
        SET(CURLOPT_LOW_SPEED_TIME, (long) limits->idle_seconds);
        SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) limits->octets);
        SET(CURLOPT_NOSIGNAL, 1L);
        return ok;
}

static bool set_trust(CURL *curl)
{
        bool ok = true;
        SET(CURLOPT_SSL_VERIFYPEER, 1L);
        SET(CURLOPT_SSL_VERIFYHOST, 2L);
        SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_PROXY, ""); /* none, whatever the environment says */
        SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
        SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
        return ok;
}

static bool set_callbacks(CURL *curl, const char *url, struct curl_slist *headers, struct transfer *transfer)
{
        bool ok = true;
        SET(CURLOPT_URL, url);
        SET(CURLOPT_HTTPHEADER, headers);
        SET(CURLOPT_WRITEFUNCTION, on_body);
        SET(CURLOPT_WRITEDATA, transfer);
        SET(CURLOPT_HEADERFUNCTION, on_header);
        SET(CURLOPT_HEADERDATA, transfer);
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, on_progress);
        SET(CURLOPT_XFERINFODATA, transfer);
        SET(CURLOPT_ERRORBUFFER, transfer->words);
        return ok;
}

/* --- what became of it -------------------------------------------------------------------------- */

static bool judge(CURL *curl, CURLcode code, const struct transfer *transfer, struct err *ret_err)
{
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED)
                return err_set(ret_err, ERR_TEMP, "larger than %zu octets", transfer->limits->octets);
        if (code == CURLE_OPERATION_TIMEDOUT)
                return err_set(ret_err, ERR_TEMP, "too slow: not here after %d s, or silent for %d s", transfer->limits->seconds,
                               transfer->limits->idle_seconds);
        if (code == CURLE_UNSUPPORTED_PROTOCOL)
                return err_set(ret_err, ERR_TEMP, "it redirects to what is not asked for: another protocol, or http from https");
        if (code != CURLE_OK)
                return err_set(ret_err, ERR_TEMP, "%.200s", *transfer->words ? transfer->words : curl_easy_strerror(code));
        return status == STATUS_OK || status == STATUS_SAME || err_set(ret_err, ERR_TEMP, "the server answered %ld", status);
}

static bool perform(CURL *curl, const char *url, struct curl_slist *headers, struct transfer *transfer, struct err *ret_err)
{
        if (!set_bounds(curl, url, transfer->limits) || !set_trust(curl) || !set_callbacks(curl, url, headers, transfer))
                return err_set(ret_err, ERR_BUG, "libcurl does not know an option");
        if (!judge(curl, curl_easy_perform(curl), transfer, ret_err))
                return false;
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        transfer->download->is_same = status == STATUS_SAME;
        if (transfer->download->is_same && !headers)
                return err_set(ret_err, ERR_TEMP, "the server says that nothing has changed, which nobody asked");
        return true;
}

bool download_get(struct download *ret_download, const char *url, const char *etag, const char *modified,
                  const struct download_limits *limits, struct err *ret_err)
{
        struct transfer transfer = { .download = ret_download, .limits = limits, .body = g_string_new(NULL) };
        *ret_download = (struct download){ .etag = g_strdup(""), .modified = g_strdup("") };
        bool ok = check_url(url, ret_err);
        CURL *curl = ok && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
        if (ok && !curl)
                ok = err_set(ret_err, ERR_TEMP, "libcurl does not start");
        if (ok) {
                struct curl_slist *headers = add_condition(NULL, "If-None-Match: ", etag);
                headers = add_condition(headers, "If-Modified-Since: ", modified);
                ok = perform(curl, url, headers, &transfer, ret_err);
                curl_slist_free_all(headers);
                curl_easy_cleanup(curl);
                curl_global_cleanup();
        }
        ret_download->length = transfer.body->len;
        ret_download->body = g_string_free(transfer.body, FALSE);
        return ok;
}

void download_clear(struct download *download)
{
        g_free(download->etag);
        g_free(download->modified);
        g_free(download->body);
        *download = (struct download){ 0 };
}
