/* netset.h - a set of networks that never changes: in which of them an address lies, with tens of thousands, in far less than a
 * microsecond. Networks may lie in each other, and the same one may be there twice. */
#ifndef LISTD_BASE_NETSET_H
#define LISTD_BASE_NETSET_H

#include "base/net.h"

enum { NETSET_NONE = -1, NETSET_MAX = 1 << 24 };

struct netset;

/* Nothing is borrowed. Bits behind a prefix do not count. At most NETSET_MAX of them. */
struct netset *netset_new(const struct network *networks, size_t count);
void netset_free(struct netset *set);

/* The index of the narrowest network that holds the address, or NETSET_NONE. */
int netset_find(const struct netset *set, const struct in6_addr *address);
/* The index of the next wider network that holds the one of that index (the same one again first), or NETSET_NONE. Following it from
 * netset_find() on gives all that hold an address, the narrowest first. */
int netset_around(const struct netset *set, int index);

/* Octets that it takes. */
size_t netset_size(const struct netset *set);

#endif
