/* conf.c - listd.conf
 * Gives:  conf_load(), conf_parse(), conf_text(), conf_free(), conf_is_our_domain()
 * Fails:  ERR_USAGE with file, line and reason; ERR_NOT_FOUND when the file cannot be read */
#include "base/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <unistd.h>

#include "base/blocklist.h"
#include "base/domain.h"
#include "base/log.h"
#include "base/net.h"
#include "base/resolver.h"

static const char *const WORDS_ADDRESSES[] = { "suffix", "plus", NULL };
static const char *const WORDS_SANDBOX[] = { "auto", "must", NULL };
static const char *const WORDS_SWITCH[] = { "off", "on", NULL };
static const char *const WORDS_LANG[] = { "en", "ja", NULL };
static const char *const WORDS_AFTER[] = { "delete", "keep", NULL };
static const char *const WORDS_TLS[] = { "off", "may", "must", "implicit", NULL };

#define AT(field) offsetof(struct conf, field)
enum { MINUTE = 60, DAY = 86400, KIB = 1024, MIB = 1024 * 1024 };

const struct option CONF_OPTIONS[] = {
        { "server", "hostname", OPT_TEXT, AT(hostname), "" },
        { "server", "domains", OPT_TEXTS, AT(domains), "" },
        { "server", "admin", OPT_TEXT, AT(admin), "" },
        { "server", "user", OPT_TEXT, AT(user), "listd" },
        { "server", "data", OPT_PATH, AT(data), "/var/lib/listd" },
        { "server", "templates", OPT_PATH, AT(templates), "" },
        { "server", "timezone", OPT_TEXT, AT(timezone), "UTC" },
        { "server", "addresses", OPT_ENUM, AT(addresses), "suffix", WORDS_ADDRESSES },
        { "server", "authserv_id", OPT_TEXT, AT(authserv_id), "" },
        { "server", "trusted_networks", OPT_TEXTS, AT(trusted_networks), "" },
        { "server", "sandbox", OPT_ENUM, AT(sandbox), "auto", WORDS_SANDBOX },
        { "receive", "user", OPT_TEXT, AT(receive_user), "listd-receive" },
        { "receive", "smtp", OPT_TEXTS, AT(smtp), "127.0.0.1:2525" },
        { "receive", "lmtp", OPT_TEXTS, AT(lmtp), "" },
        { "receive", "policy", OPT_TEXTS, AT(policy), "" },
        { "receive", "max_size", OPT_SIZE, AT(max_size), "1M", .low = 16 * KIB, .high = 64 * MIB },
        { "receive", "min_free", OPT_SIZE, AT(min_free), "64M", .low = 0, .high = 1024 * MIB },
        { "receive", "tls_cert", OPT_PATH, AT(tls_cert), "" },
        { "receive", "tls_key", OPT_PATH, AT(tls_key), "" },
        { "receive", "max_sessions", OPT_INT, AT(max_sessions), "200", .low = 1, .high = 65536 },
        { "receive", "timeout", OPT_DURATION, AT(timeout), "5m", .low = 1, .high = 60 * MINUTE },
        { "guard", "client_sessions", OPT_INT, AT(client_sessions), "50", .low = 1, .high = 10000 },
        { "guard", "network_sessions", OPT_INT, AT(network_sessions), "100", .low = 1, .high = 10000 },
        { "guard", "reserved_sessions", OPT_INT, AT(reserved_sessions), "20", .low = 0, .high = 1000 },
        { "guard", "client_connections", OPT_INT, AT(client_connections), "60", .low = 1, .high = 100000 },
        { "guard", "network_connections", OPT_INT, AT(network_connections), "120", .low = 1, .high = 100000 },
        { "guard", "client_messages", OPT_INT, AT(client_messages), "600", .low = 1, .high = 1000000 },
        { "guard", "network_messages", OPT_INT, AT(network_messages), "1200", .low = 1, .high = 1000000 },
        { "guard", "good_networks", OPT_TEXTS, AT(good_networks), "" },
        { "guard", "slow", OPT_INT, AT(slow), "40", .low = 1, .high = 100000 },
        { "guard", "deny", OPT_INT, AT(deny), "80", .low = 1, .high = 100000 },
        { "guard", "tarpit", OPT_DURATION, AT(tarpit), "10s", .low = 0, .high = 2 * MINUTE },
        { "guard", "deny_for", OPT_DURATION, AT(deny_for), "1h", .low = MINUTE, .high = 30 * DAY },
        { "guard", "forget", OPT_DURATION, AT(forget), "1h", .low = MINUTE, .high = 30 * DAY },
        { "guard", "sender_recipients", OPT_INT, AT(sender_recipients), "200", .low = 1, .high = 1000000 },
        { "guard", "domain_recipients", OPT_INT, AT(domain_recipients), "1000", .low = 1, .high = 1000000 },
        { "guard", "probes", OPT_PATH, AT(probes), "" },
        { "guard", "freemail", OPT_PATH, AT(freemail), "" },
        { "guard", "dnsbl", OPT_TEXTS, AT(dnsbl), "" },
        { "guard", "dns", OPT_TEXTS, AT(dns), "" },
        { "guard", "decoy", OPT_TEXTS, AT(decoy), "" },
        { "guard", "decoy_forward_first", OPT_ENUM, AT(decoy_forward_first), "off", WORDS_SWITCH },
        { "fetch", "user", OPT_TEXT, AT(fetch_user), "listd-fetch" },
        { "fetch", "refresh", OPT_DURATION, AT(refresh), "0s", .low = 0, .high = 7 * DAY },
        { "deliver", "relay", OPT_TEXT, AT(relay), "127.0.0.1:25" },
        { "deliver", "sessions", OPT_INT, AT(sessions), "4", .low = 1, .high = 64 },
        { "deliver", "tls", OPT_ENUM, AT(tls), "may", WORDS_TLS },
        { "deliver", "tls_ca", OPT_PATH, AT(tls_ca), "" },
        { "deliver", "user", OPT_TEXT, AT(relay_user), "" },
        { "deliver", "password_file", OPT_PATH, AT(password_file), "" },
        { "report", "time", OPT_TEXT, AT(report_time), "07:00" },
        { "report", "lang", OPT_ENUM, AT(report_lang), "en", WORDS_LANG },
        { "log", "to", OPT_TEXT, AT(log_to), "stderr" },
        { "log", "level", OPT_ENUM, AT(log_level), "info", LOG_LEVEL_WORDS },
        { "log", "keep", OPT_DURATION, AT(log_keep), "10d", .low = DAY, .high = 3650 * DAY },
        { 0 }
};

#define OF(field) offsetof(struct pickup, field)
const struct option PICKUP_OPTIONS[] = {
        { "pickup", "url", OPT_TEXT, OF(url), "" },
        { "pickup", "user", OPT_TEXT, OF(user), "" },
        { "pickup", "password_file", OPT_PATH, OF(password_file), "" },
        { "pickup", "tls_ca", OPT_PATH, OF(tls_ca), "" },
        { "pickup", "every", OPT_DURATION, OF(every), "5m", .low = 1, .high = DAY },
        { "pickup", "after", OPT_ENUM, OF(after), "delete", WORDS_AFTER },
        { 0 }
};

static struct conf *conf_new(void)
{
        struct conf *conf = g_new0(struct conf, 1);
        option_defaults(CONF_OPTIONS, conf);
        return conf;
}

void conf_free(struct conf *conf)
{
        if (!conf)
                return;
        option_clear(CONF_OPTIONS, conf);
        for (size_t i = 0; i < conf->pickup_count; i++) {
                option_clear(PICKUP_OPTIONS, &conf->pickups[i]);
                g_free(conf->pickups[i].name);
        }
        g_free(conf);
}

/* --- checks that look at more than one value ------------------------------- */

static bool check_domains(struct conf *conf, struct err *ret_err)
{
        for (char **domain = conf->domains; *domain; domain++) {
                char *ascii = domain_to_ascii(*domain);
                if (!ascii)
                        return err_set(ret_err, ERR_USAGE, "[server] domains: '%s' is not a domain name", *domain);
                g_free(*domain);
                *domain = ascii;
        }
        if (!*conf->domains)
                return err_set(ret_err, ERR_USAGE, "[server] domains: name at least one domain whose mail listd takes");
        return true;
}

static bool check_hostname(struct conf *conf, struct err *ret_err)
{
        if (!*conf->hostname) {
                char name[DOMAIN_MAX + 1] = "";
                if (gethostname(name, sizeof name - 1) != 0 || !*name)
                        return err_set(ret_err, ERR_USAGE, "[server] hostname: the machine has no name; set one here");
                g_free(conf->hostname);
                conf->hostname = g_strdup(name);
        }
        char *ascii = domain_to_ascii(conf->hostname);
        if (!ascii)
                return err_set(ret_err, ERR_USAGE, "[server] hostname: '%s' is not a host name", conf->hostname);
        g_free(conf->hostname);
        conf->hostname = ascii;
        return true;
}

/* The admin hears of what goes wrong here, so the mail must not have to pass through here. */
static bool check_admin(const struct conf *conf, struct err *ret_err)
{
        const char *at = strrchr(conf->admin, '@');
        char *domain = at && at != conf->admin ? domain_to_ascii(at + 1) : NULL;
        bool ok = false;
        if (!*conf->admin)
                err_set(ret_err, ERR_USAGE, "[server] admin: name the address of the person who looks after this server");
        else if (!domain || strpbrk(conf->admin, " \t<>\""))
                err_set(ret_err, ERR_USAGE, "[server] admin: '%s' is not an address", conf->admin);
        else if (conf_is_our_domain(conf, domain))
                err_set(ret_err, ERR_USAGE, "[server] admin: '%s' must be outside of the domains served here", conf->admin);
        else
                ok = true;
        g_free(domain);
        return ok;
}

static bool check_networks(char *const *texts, const char *key, struct err *ret_err)
{
        struct network network;
        for (; *texts; texts++)
                if (!network_parse(&network, *texts, ret_err))
                        return err_prefix(ret_err, "%s", key);
        return true;
}

static bool check_listeners(char *const *texts, const char *key, struct err *ret_err)
{
        struct endpoint endpoint;
        for (; *texts; texts++)
                if (!endpoint_parse(&endpoint, *texts, ret_err))
                        return err_prefix(ret_err, "%s", key);
        return true;
}

static bool check_blocklists(const struct conf *conf, struct err *ret_err)
{
        struct blocklist list;
        if (g_strv_length(conf->dnsbl) > BLOCKLISTS_MAX)
                return err_set(ret_err, ERR_USAGE, "[guard] dnsbl: at most %d lists", BLOCKLISTS_MAX);
        for (char *const *text = conf->dnsbl; *text; text++)
                if (!blocklist_parse(&list, *text, ret_err))
                        return err_prefix(ret_err, "[guard] dnsbl");
        return true;
}

/* By address: who would look up the name of a name server? */
static bool check_name_servers(const struct conf *conf, struct err *ret_err)
{
        struct endpoint server;
        struct in6_addr address;
        if (g_strv_length(conf->dns) > RESOLVER_SERVERS_MAX)
                return err_set(ret_err, ERR_USAGE, "[guard] dns: at most %d name servers", RESOLVER_SERVERS_MAX);
        for (char *const *text = conf->dns; *text; text++) {
                if (!endpoint_parse(&server, *text, ret_err))
                        return err_prefix(ret_err, "[guard] dns");
                if (server.is_unix || (inet_pton(AF_INET, server.host, &address) != 1 && inet_pton(AF_INET6, server.host, &address) != 1))
                        return err_set(ret_err, ERR_USAGE, "[guard] dns: '%s': give its IP address and port (127.0.0.1:53)", *text);
        }
        return true;
}

/* It is for clients with an address: what they do is counted. */
static bool check_decoy(const struct conf *conf, struct err *ret_err)
{
        for (char **text = conf->decoy; *text; text++)
                if (g_str_has_prefix(*text, "unix:"))
                        return err_set(ret_err, ERR_USAGE, "[guard] decoy: '%s': name HOST:PORT", *text);
        return check_listeners(conf->decoy, "[guard] decoy", ret_err);
}

static bool check_endpoints(const struct conf *conf, struct err *ret_err)
{
        struct endpoint endpoint;
        if (!check_listeners(conf->smtp, "[receive] smtp", ret_err) || !check_listeners(conf->lmtp, "[receive] lmtp", ret_err)
            || !check_listeners(conf->policy, "[receive] policy", ret_err) || !check_decoy(conf, ret_err)
            || !check_networks(conf->trusted_networks, "[server] trusted_networks", ret_err)
            || !check_networks(conf->good_networks, "[guard] good_networks", ret_err))
                return false;
        if (!endpoint_parse(&endpoint, conf->relay, ret_err))
                return err_prefix(ret_err, "[deliver] relay");
        if (endpoint.is_unix || strchr(endpoint.host, ':')) /* libESMTP takes neither */
                return err_set(ret_err, ERR_USAGE, "[deliver] relay: '%s': name the host, or give its IPv4 address", conf->relay);
        return true;
}

/* "07:00" */
static bool check_report_time(struct conf *conf, struct err *ret_err)
{
        const char *text = conf->report_time;
        const bool is_form = strlen(text) == 5 && text[2] == ':' && g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1])
                             && g_ascii_isdigit(text[3]) && g_ascii_isdigit(text[4]);
        const int hours = is_form ? (text[0] - '0') * 10 + text[1] - '0' : 24;
        const int minutes = is_form ? (text[3] - '0') * 10 + text[4] - '0' : MINUTE;
        if (hours >= 24 || minutes >= MINUTE)
                return err_set(ret_err, ERR_USAGE, "[report] time: '%s' is no time of day (07:00)", text);
        conf->report_minutes = hours * MINUTE + minutes;
        return true;
}

static bool check_rest(const struct conf *conf, struct err *ret_err)
{
        if (!*conf->tls_cert != !*conf->tls_key)
                return err_set(ret_err, ERR_USAGE, "[receive] tls_cert and tls_key: set both or neither");
        if (!*conf->relay_user != !*conf->password_file)
                return err_set(ret_err, ERR_USAGE, "[deliver] user and password_file: set both or neither");
        if (*conf->relay_user && conf->tls < TLS_MUST && !g_str_has_prefix(conf->relay, "127.0.0.1:"))
                return err_set(ret_err, ERR_USAGE, "[deliver] user: a password goes to another host only with tls = must or implicit");
        if (conf->slow >= conf->deny)
                return err_set(ret_err, ERR_USAGE, "[guard] deny: %d must be more than slow (%d)", conf->deny, conf->slow);
        GTimeZone *zone = g_time_zone_new_identifier(conf->timezone);
        if (!zone)
                return err_set(ret_err, ERR_USAGE, "[server] timezone: '%s' is not known (Asia/Tokyo, UTC ...)", conf->timezone);
        g_time_zone_unref(zone);
        return true;
}

/* A password goes over the net behind TLS only, but to this host. */
static bool check_pickup(const struct pickup *pickup, struct err *ret_err)
{
        static const char *const schemes[] = { "pop3s://", "imaps://", "pop3://127.0.0.1", "imap://127.0.0.1" };
        bool is_known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
                is_known = is_known || g_str_has_prefix(pickup->url, schemes[i]);
        for (const char *c = pickup->url; *c; c++)
                is_known = is_known && g_ascii_isgraph(*c) && !strchr(";@\"<>\\", *c);
        if (!is_known)
                return err_set(ret_err, ERR_USAGE, "[pickup %s] url: '%s' is not pop3s://HOST or imaps://HOST/FOLDER", pickup->name,
                               pickup->url);
        if (!*pickup->user || !*pickup->password_file)
                return err_set(ret_err, ERR_USAGE, "[pickup %s]: set user and password_file", pickup->name);
        return true;
}

static bool check_pickups(const struct conf *conf, struct err *ret_err)
{
        bool ok = true;
        for (size_t i = 0; ok && i < conf->pickup_count; i++)
                ok = check_pickup(&conf->pickups[i], ret_err);
        return ok;
}

static bool conf_check(struct conf *conf, struct err *ret_err)
{
        return check_hostname(conf, ret_err) && check_domains(conf, ret_err) && check_admin(conf, ret_err)
               && check_endpoints(conf, ret_err) && check_blocklists(conf, ret_err) && check_name_servers(conf, ret_err)
               && check_report_time(conf, ret_err) && check_pickups(conf, ret_err) && check_rest(conf, ret_err);
}

/* --- reading ---------------------------------------------------------------- */

struct reader {
        struct conf *conf;
        const char *left; /* what ini_parse_stream() has not read yet */
        size_t left_length;
        GHashTable *seen; /* "section key": a second value for a key is an error, not an override */
        struct err err;
};

static char *next_line(char *buffer, int size, void *stream)
{
        struct reader *reader = stream;
        if (reader->left_length == 0)
                return NULL;
        const char *newline = memchr(reader->left, '\n', reader->left_length);
        size_t length = newline ? (size_t) (newline - reader->left) + 1 : reader->left_length;
        if (length > (size_t) size - 1)
                length = (size_t) size - 1;
        memcpy(buffer, reader->left, length);
        buffer[length] = '\0';
        reader->left += length;
        reader->left_length -= length;
        return buffer;
}

/* The name in "pickup NAME"; NULL: it is another section. */
static const char *pickup_name(const char *section)
{
        static const char word[] = "pickup ";
        return g_str_has_prefix(section, word) ? section + strlen(word) : NULL;
}

/* The mailbox of a section, made at its first key. NULL with reader->err: it may not be. */
static struct pickup *find_pickup(struct reader *reader, const char *name)
{
        struct conf *conf = reader->conf;
        const size_t length = strlen(name);
        for (size_t i = 0; i < conf->pickup_count; i++)
                if (strcmp(conf->pickups[i].name, name) == 0)
                        return &conf->pickups[i];
        if (length == 0 || length > PICKUP_NAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
                err_set(&reader->err, ERR_USAGE, "[pickup %s]: a name has 1 to %d of a-z 0-9 -", name, PICKUP_NAME_MAX);
        else if (conf->pickup_count == PICKUPS_MAX)
                err_set(&reader->err, ERR_USAGE, "[pickup %s]: at most %d mailboxes", name, PICKUPS_MAX);
        if (reader->err.class)
                return NULL;
        struct pickup *pickup = &conf->pickups[conf->pickup_count++];
        pickup->name = g_strdup(name);
        option_defaults(PICKUP_OPTIONS, pickup);
        return pickup;
}

static int take_pair(void *user, const char *section, const char *name, const char *value)
{
        struct reader *reader = user;
        const char *mailbox = pickup_name(section);
        if (reader->err.class)
                return 0; /* the library reads on, and gives the line of the first error */
        void *place = mailbox ? (void *) find_pickup(reader, mailbox) : reader->conf;
        if (!place)
                return 0;
        const struct option *option = mailbox ? option_find(PICKUP_OPTIONS, "pickup", name) : option_find(CONF_OPTIONS, section, name);
        if (!option) {
                if (!*section)
                        err_set(&reader->err, ERR_USAGE, "'%s' stands before the first [section]", name);
                else
                        err_set(&reader->err, ERR_USAGE, "[%s] has no key '%s' (see listd.conf(5))", section, name);
                return 0;
        }
        char *key = g_strdup_printf("%s %s", section, name);
        if (!g_hash_table_add(reader->seen, key)) {
                err_set(&reader->err, ERR_USAGE, "[%s] %s is set a second time", section, name);
                return 0;
        }
        if (option_set(option, place, value, &reader->err))
                return 1;
        err_prefix(&reader->err, "[%s]", section);
        return 0;
}

bool conf_parse(struct conf **ret_conf, const char *text, size_t length, const char *name, struct err *ret_err)
{
        *ret_conf = NULL;
        if (length > CONF_FILE_MAX)
                return err_set(ret_err, ERR_USAGE, "%s: larger than %d octets", name, CONF_FILE_MAX);
        if (memchr(text, '\0', length) || !g_utf8_validate(text, (gssize) length, NULL))
                return err_set(ret_err, ERR_USAGE, "%s: not a text in UTF-8", name);
        struct reader reader = { .conf = conf_new(), .left = text, .left_length = length };
        reader.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        int line = ini_parse_stream(next_line, &reader, take_pair, &reader);
        g_hash_table_unref(reader.seen);
        bool ok = false;
        if (line != 0)
                err_set(ret_err, ERR_USAGE, "%s:%d: %s", name, line,
                        reader.err.class ? reader.err.text : "not '[section]', 'key = value' or a comment");
        else if (!conf_check(reader.conf, ret_err))
                err_prefix(ret_err, "%s", name);
        else
                ok = true;
        if (ok)
                *ret_conf = reader.conf;
        else
                conf_free(reader.conf);
        return ok;
}

bool conf_load(struct conf **ret_conf, const char *path, struct err *ret_err)
{
        *ret_conf = NULL;
        char *text;
        gsize length;
        GError *error = NULL;
        if (!g_file_get_contents(path, &text, &length, &error)) {
                err_set(ret_err, ERR_NOT_FOUND, "%s", error->message);
                g_error_free(error);
                return false;
        }
        bool ok = conf_parse(ret_conf, text, length, path, ret_err);
        g_free(text);
        return ok;
}

/* Without spaces: behind one, a value's own ';' would begin a comment. */
static void append_value(GString *text, const struct option *option, const void *base)
{
        char *value = option_get(option, base);
        g_string_append_printf(text, "%s=%s\n", option->name, value);
        g_free(value);
}

char *conf_text(const struct conf *conf)
{
        GString *text = g_string_new(NULL);
        const char *section = "";
        for (const struct option *option = CONF_OPTIONS; option->name; option++) {
                if (strcmp(section, option->section) != 0)
                        g_string_append_printf(text, "[%s]\n", option->section);
                section = option->section;
                append_value(text, option, conf);
        }
        for (size_t i = 0; i < conf->pickup_count; i++) {
                g_string_append_printf(text, "[pickup %s]\n", conf->pickups[i].name);
                for (const struct option *option = PICKUP_OPTIONS; option->name; option++)
                        append_value(text, option, &conf->pickups[i]);
        }
        return g_string_free(text, FALSE);
}

bool conf_wants_fetch(const struct conf *conf)
{
        return conf->pickup_count > 0 || conf->refresh > 0;
}

bool conf_is_our_domain(const struct conf *conf, const char *domain)
{
        for (char **ours = conf->domains; *ours; ours++)
                if (strcmp(*ours, domain) == 0)
                        return true;
        return false;
}
