/* store.h - a store with a list in it, for the tests of what is durable */
#ifndef LISTD_TESTS_STORE_H
#define LISTD_TESTS_STORE_H

#include "folder.h"

#include "store/list.h"
#include "store/member.h"

struct fixture {
        char *data;
        struct keyring *keyring;
        struct store *store;
        struct list *list;
};

/* For cmocka: *state is a struct fixture. */
int store_set_up(void **state);
int store_tear_down(void **state);

/* member0@example.org and so on. */
void add_members(struct fixture *f, int64_t list_id, int count);

#endif
