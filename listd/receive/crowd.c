/* crowd.c - how many sessions a client and its network have open
 * Gives:  what crowd.h lists
 * Only who is there is counted: memory is bounded by the sessions that are open. */
#include "receive/crowd.h"

#include <glib.h>

#include "base/net.h"

enum { V4_CLIENT = 32, V6_CLIENT = 64, V4_NETWORK = 24, V6_NETWORK = 48 };

struct crowd {
        GHashTable *counts; /* network as text -> sessions */
        int client_most, network_most;
};

struct crowd *crowd_new(int client_most, int network_most)
{
        struct crowd *crowd = g_new0(struct crowd, 1);
        crowd->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        crowd->client_most = client_most;
        crowd->network_most = network_most;
        return crowd;
}

void crowd_free(struct crowd *crowd)
{
        if (!crowd)
                return;
        g_hash_table_unref(crowd->counts);
        g_free(crowd);
}

static int count_of(const struct crowd *crowd, const char *key)
{
        return key ? GPOINTER_TO_INT(g_hash_table_lookup(crowd->counts, key)) : 0;
}

/* Takes the key. */
static void add(struct crowd *crowd, char *key, int difference)
{
        const int count = count_of(crowd, key) + difference;
        if (key && count > 0) {
                g_hash_table_insert(crowd->counts, key, GINT_TO_POINTER(count));
                return;
        }
        if (key)
                g_hash_table_remove(crowd->counts, key);
        g_free(key);
}

const char *crowd_enter(struct crowd *crowd, const char *ip)
{
        char *client = network_around(ip, V4_CLIENT, V6_CLIENT), *network = network_around(ip, V4_NETWORK, V6_NETWORK);
        const char *full = NULL;
        if (count_of(crowd, client) >= crowd->client_most)
                full = "client";
        else if (count_of(crowd, network) >= crowd->network_most)
                full = "network";
        if (full) {
                g_free(client);
                g_free(network);
        } else {
                add(crowd, client, 1);
                add(crowd, network, 1);
        }
        return full;
}

void crowd_leave(struct crowd *crowd, const char *ip)
{
        add(crowd, network_around(ip, V4_CLIENT, V6_CLIENT), -1);
        add(crowd, network_around(ip, V4_NETWORK, V6_NETWORK), -1);
}
