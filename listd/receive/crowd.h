/* crowd.h - how many sessions a client and its network have open (requirement D1)
 * A client is an IPv4 address or an IPv6 /64, its network a /24 or /48: who has one has all of it. */
#ifndef LISTD_RECEIVE_CROWD_H
#define LISTD_RECEIVE_CROWD_H

struct crowd;

struct crowd *crowd_new(int client_most, int network_most);
void crowd_free(struct crowd *crowd);

/* Counts one more session of an IP address in text form. NULL: there is room. Else which limit has none ("client", "network"), and
 * nothing is counted. */
const char *crowd_enter(struct crowd *crowd, const char *ip);
void crowd_leave(struct crowd *crowd, const char *ip);

#endif
