/* net.h - where to listen or connect, and whom to trust: parsed, never resolved through the network by `receive` */
#ifndef LISTD_BASE_NET_H
#define LISTD_BASE_NET_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/un.h>

#include "base/err.h"

/* HOST:PORT, [IPv6]:PORT or unix:PATH. */
struct endpoint {
        bool is_unix;
        char host[256]; /* or the path */
        uint16_t port;
};

/* An address with a prefix length; 192.0.2.0/24, 2001:db8::/32, or one address. IPv4 is kept in its IPv6-mapped form. */
struct network {
        struct in6_addr address;
        unsigned bits; /* of 128 */
};

MUST_USE bool endpoint_parse(struct endpoint *ret_endpoint, const char *text, struct err *ret_err);
MUST_USE bool network_parse(struct network *ret_network, const char *text, struct err *ret_err);

/* An IP address in text form; IPv4 as in struct network. */
MUST_USE bool ip_parse(struct in6_addr *ret_address, const char *text);

bool network_is_v4(const struct network *network);
/* Clears the bits behind the prefix; whether there were any. */
bool network_mask(struct network *network);
/* "192.0.2.0/24", the one spelling of a masked network, one address too: "192.0.2.7/32". The caller frees. */
char *network_text(const struct network *network);

/* The network of an IP address in text form: "192.0.2.0/24". The caller frees. NULL: it is no IP address. */
char *network_around(const char *ip, unsigned v4_bits, unsigned v6_bits);

/* Whether an IP address in text form lies in one of the networks (texts that network_parse() takes, NULL at the end). */
bool network_list_has(char *const *networks, const char *ip);

/* Whether an IP address in text form is a private, link-local, loopback or shared one: outside it is nobody's. */
bool ip_is_private(const char *ip);

/* Whether a network lies in another, or is the same. */
bool network_has(const struct network *outer, const struct network *inner);

/* A listening, non-blocking, close-on-exec socket. A stale unix socket file is replaced; the new one is open to all
 * (mode 0666: the folder around it decides). Returns -1 and *ret_err on failure. */
int endpoint_listen(const struct endpoint *endpoint, struct err *ret_err);

#endif
