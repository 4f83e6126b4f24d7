/* store.c - a store with a list in it */
#include "store.h"

int store_set_up(void **state)
{
        struct err err;
        struct fixture *f = g_new0(struct fixture, 1);
        f->data = folder_make(&f->keyring);
        OK(store_open(&f->store, f->data, f->keyring, true, &err));
        OK(list_add(f->store, "ml", "lists.example", TYPE_DISCUSSION, &f->list, &err));
        *state = f;
        return 0;
}

int store_tear_down(void **state)
{
        struct fixture *f = *state;
        list_free(f->list);
        store_close(f->store);
        keyring_free(f->keyring);
        folder_remove(f->data);
        g_free(f);
        return 0;
}

void add_members(struct fixture *f, int64_t list_id, int count)
{
        struct err err;
        size_t added;
        for (int i = 0; i < count; i++) {
                char *address = g_strdup_printf("member%d@example.org", i);
                const struct member_new member = { .address = address, .fold = address, .name = "A Name" };
                OK(member_add(f->store, list_id, &member, 1, &added, &err));
                g_free(address);
        }
}
