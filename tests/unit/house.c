/* house.c - a spool with a deny list in it */
#include "house.h"

int house_set_up(void **state)
{
        struct house *house = g_new0(struct house, 1);
        struct keyring *keyring;
        struct err err;
        house->folder = folder_make(&keyring);
        keyring_free(keyring);
        house->base = event_base_new();
        OK(spool_open(&house->spool, house->folder, true, &err));
        *state = house;
        return 0;
}

int house_tear_down(void **state)
{
        struct house *house = *state;
        spool_close(house->spool);
        event_base_free(house->base);
        folder_remove(house->folder);
        g_free(house);
        return 0;
}

void put(struct spool *spool, const char *network, const char *label, int64_t span, int64_t now)
{
        const struct deny_entry entry = { .network = network, .label = label, .reason = "a reason", .evidence = "seen", .span = span };
        struct err err;
        bool was_there;
        OK(deny_put(spool, &entry, now, &was_there, &err));
}

void write_down(const struct deny_entry *entry, void *user)
{
        g_string_append_printf(user, "%s %s %s %ld %ld %ld %ld %ld\n", entry->label, entry->network, entry->reason, (long) (entry->added - NOW),
                               entry->until ? (long) (entry->until - NOW) : 0L, (long) entry->span, (long) entry->times, (long) entry->hits);
}

void assert_all(struct spool *spool, const char *label, const char *want)
{
        GString *all = g_string_new(NULL);
        struct err err;
        OK(deny_each(spool, label, write_down, all, &err));
        assert_string_equal(all->str, want);
        g_string_free(all, TRUE);
}

int64_t version_of(struct spool *spool)
{
        struct err err;
        int64_t version = 0;
        OK(deny_version(spool, &version, &err));
        return version;
}

struct deny_swapped swap(struct spool *spool, int64_t span, int64_t now, const struct deny_item *items, size_t count)
{
        const struct deny_list list = { .label = (char *) "drop", .url = (char *) "https://lists.example/drop", .span = span,
                                        .etag = (char *) "\"1\"", .modified = (char *) "" };
        struct deny_swapped swapped;
        struct err err;
        OK(deny_swap(spool, &list, items, count, now, &swapped, &err));
        return swapped;
}
