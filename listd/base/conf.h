/* conf.h - listd.conf, read once, then never changed
 * A role lives with one configuration: at SIGHUP the supervisor reads the file anew and starts the roles anew. */
#ifndef LISTD_BASE_CONF_H
#define LISTD_BASE_CONF_H

#include "base/option.h"

enum { CONF_FILE_MAX = 256 * 1024 };

enum conf_addresses { ADDRESSES_SUFFIX, ADDRESSES_PLUS };
enum conf_sandbox { SANDBOX_AUTO, SANDBOX_MUST };
enum conf_tls { TLS_OFF, TLS_MAY, TLS_MUST, TLS_IMPLICIT }; /* from TLS_MUST on with a good certificate, or not at all */
enum conf_after { AFTER_DELETE, AFTER_KEEP };

enum { PICKUPS_MAX = 32, PICKUP_NAME_MAX = 32 };

/* A section [pickup NAME]: a mailbox that mail is taken from. */
struct pickup {
        char *name; /* a-z 0-9 - */
        char *url;  /* pop3, pop3s, imap, imaps */
        char *user, *password_file, *tls_ca;
        int every;
        int after; /* enum conf_after */
};

/* Each field is the key of the same name in listd.conf(5), its section before it. */
struct conf {
        /* [server] */
        char *hostname;
        char **domains; /* A-labels, lower case */
        char *admin;
        char *user;
        char *data;
        char *templates;
        char *timezone;
        int addresses; /* enum conf_addresses */
        char *authserv_id;
        char **trusted_networks;
        int sandbox; /* enum conf_sandbox */
        /* [receive] */
        char *receive_user;
        char **smtp; /* host:port */
        char **lmtp; /* unix:PATH or host:port */
        char **policy; /* unix:PATH or host:port */
        int max_size;
        int min_free;
        char *tls_cert, *tls_key;
        int max_sessions;
        int timeout;
        /* [guard] */
        int client_sessions, network_sessions;
        int reserved_sessions;
        int client_connections, network_connections; /* a minute */
        int client_messages, network_messages;       /* an hour */
        char **good_networks;
        int slow, deny; /* points */
        int tarpit, deny_for, forget;
        int sender_recipients, domain_recipients; /* an hour */
        char *probes, *freemail;
        char **dnsbl, **dns;
        char **decoy;
        int decoy_forward_first; /* a bool */
        /* [fetch] */
        char *fetch_user;
        int refresh; /* seconds, for lists of others; 0: never */
        struct pickup pickups[PICKUPS_MAX];
        size_t pickup_count;
        /* [deliver] */
        char *relay;
        int sessions;
        int tls; /* enum conf_tls */
        char *tls_ca;
        char *relay_user;
        char *password_file;
        /* [report] */
        char *report_time;
        int report_minutes; /* the same, since midnight */
        int report_lang; /* enum list_lang (store/list.h) */
        /* [log] */
        char *log_to;
        int log_level; /* enum log_level */
        int log_keep;
};

extern const struct option CONF_OPTIONS[];
extern const struct option PICKUP_OPTIONS[]; /* of a struct pickup */

/* Reads a file, or its text under a name used in errors. Both give a checked configuration that the caller frees with
 * conf_free(), or say in *ret_err file, line and reason (ERR_USAGE; ERR_NOT_FOUND when the file cannot be read). */
MUST_USE bool conf_load(struct conf **ret_conf, const char *path, struct err *ret_err);
MUST_USE bool conf_parse(struct conf **ret_conf, const char *text, size_t length, const char *name, struct err *ret_err);
void conf_free(struct conf *conf);

/* The same configuration as text that conf_parse() takes; the caller frees it. */
char *conf_text(const struct conf *conf);

/* Whether there is anything for the role fetch. */
bool conf_wants_fetch(const struct conf *conf);

/* Whether an A-label domain is one of ours. Sub-domains are not. */
bool conf_is_our_domain(const struct conf *conf, const char *domain);

#endif
