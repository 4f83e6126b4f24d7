/* test_store.c - lists, members, held mail, what was accepted, opening */
#include "store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/accepted.h"
#include "store/held.h"
#include "store/queue.h"
#include "store/spool.h"

/* --- lists ----------------------------------------------------------------------------- */

static void test_list(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct list *list;
        int64_t number;
        assert_string_equal(f->list->address, "ml@lists.example");
        assert_string_equal(f->list->subject_tag, "[${name}:%05d]");
        assert_string_equal(f->list->title, "");
        assert_int_equal(f->list->max_text, 32 * 1024);
        assert_false(list_add(f->store, "ml", "lists.example", TYPE_ANNOUNCE, &list, &err));
        assert_int_equal(err.class, ERR_PERM);
        OK(list_find(f->store, "ml", "other.example", &list, &err));
        assert_null(list);
        OK(list_next_number(f->store, f->list, &number, &err));
        OK(list_next_number(f->store, f->list, &number, &err));
        assert_int_equal(number, 2);
        OK(list_rename(f->store, f->list, "dev", &err));
        assert_string_equal(f->list->address, "dev@lists.example");
        OK(list_find(f->store, "dev", "lists.example", &list, &err));
        assert_int_equal(list->posts, 2);
        list_free(list);
        OK(list_remove(f->store, f->list->id, &err));
        OK(list_find(f->store, "dev", "lists.example", &list, &err));
        assert_null(list);
}

static void test_list_settings(void **state)
{
        static const struct {
                const char *key, *text, *complaint;
        } cases[] = {
                { "title", "People of B\xc3\xbc" "cher", NULL }, { "title", "a@b", "without @" },
                { "title", "two\nlines", "one line" },         { "posting", "everyone", "is not one of: members, anyone" },
                { "max_text", "64K", NULL },                   { "max_text", "12", "from 1K" },
                { "subject_tag", "", NULL },                   { "subject_tag", "[x %d %d]", "at most one" },
                { "subject_tag", "[x %s]", "at most one" },    { "subject_tag", "[%05d]", NULL },
                { "timezone", "Asia/Tokyo", NULL },            { "timezone", "Nowhere", "is not known" },
                { "color", "red", "there is no setting" },
        };
        struct fixture *f = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct err err = { 0 };
                bool ok = list_set(f->store, f->list, cases[i].key, cases[i].text, &err);
                if (ok != !cases[i].complaint || (cases[i].complaint && !strstr(err.text, cases[i].complaint)))
                        fail_msg("%s = %s: got '%s', want '%s'", cases[i].key, cases[i].text, err.text, cases[i].complaint);
        }
}

static void test_list_presets(void **state)
{
        struct fixture *f = *state;
        struct err err;
        OK(list_set(f->store, f->list, "type", "announce", &err));
        assert_int_equal(f->list->posting, POSTING_ANNOUNCE);
        OK(list_set(f->store, f->list, "posting", "moderated", &err));
        assert_int_equal(f->list->posting, POSTING_MODERATED);
        OK(list_set(f->store, f->list, "posting", NULL, &err));
        assert_int_equal(f->list->posting, POSTING_ANNOUNCE);
        OK(list_set(f->store, f->list, "type", "discussion", &err));
        assert_int_equal(f->list->posting, POSTING_MEMBERS);
}

/* --- members ----------------------------------------------------------------------------- */

static void test_member(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct list *other;
        struct member *member;
        size_t added;
        GPtrArray *page;
        const struct member_new anna[] = { { "Anna@example.org", "anna@example.org", "Anna Ames", ROLE_OWNER },
                                           { "ANNA@example.org", "anna@example.org", "again", ROLE_MEMBER } };
        OK(list_add(f->store, "other", "lists.example", TYPE_DISCUSSION, &other, &err));
        OK(member_add(f->store, f->list->id, anna, 2, &added, &err));
        assert_int_equal(added, 1);
        OK(member_find(f->store, f->list->id, "anna@example.org", &member, &err));
        assert_string_equal(member->address, "Anna@example.org");
        assert_string_equal(member->name, "Anna Ames");
        assert_int_equal(member->role, ROLE_OWNER);
        int64_t id = member->id;
        member_free(member);
        /* every query names the list: the same id or address on another list is nobody */
        OK(member_find(f->store, other->id, "anna@example.org", &member, &err));
        assert_null(member);
        OK(member_get(f->store, other->id, id, &member, &err));
        assert_null(member);
        OK(member_remove(f->store, other->id, id, &err));
        OK(member_set_state(f->store, other->id, id, MEMBER_PAUSED, 0, &err));
        OK(member_get(f->store, f->list->id, id, &member, &err));
        assert_int_equal(member->state, MEMBER_ACTIVE);
        member_free(member);
        OK(member_set_name(f->store, f->list->id, id, "Anna", &err));
        add_members(f, f->list->id, 5);
        OK(member_page(f->store, f->list->id, id, 3, &page, &err));
        assert_int_equal(page->len, 3);
        g_ptr_array_unref(page);
        OK(member_officers(f->store, f->list->id, ROLE_OWNER, &page, &err));
        assert_int_equal(page->len, 1);
        assert_string_equal(((struct member *) page->pdata[0])->name, "Anna");
        g_ptr_array_unref(page);
        int64_t rows;
        OK(store_check(f->store, &rows, &err));
        assert_int_equal(rows, 6 + 6 + 6 + 2); /* addresses, names, that they joined, the settings of two lists */
        list_free(other);
}

static void test_other_keys(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct keyring *keyring;
        struct store *store;
        int64_t rows;
        char *other = folder_make(&keyring);
        add_members(f, f->list->id, 1);
        OK(store_open(&store, f->data, keyring, false, &err));
        assert_false(store_check(store, &rows, &err));
        assert_non_null(strstr(err.text, "keys and database are not of one backup"));
        store_close(store);
        keyring_free(keyring);
        folder_remove(other);
}

/* --- held, accepted, opening ------------------------------------------------------------------ */

static void test_held(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct held *held;
        GPtrArray *all;
        char id[HELD_ID_CHARS + 1], other[HELD_ID_CHARS + 1];
        GBytes *envelope = g_bytes_new_static("envelope", 8);
        OK(held_add(f->store, HELD_POST, f->list->id, "why", "log", envelope, id, &err));
        OK(held_add(f->store, HELD_FAILED, 0, "why not", "log", envelope, other, &err));
        OK(held_all(f->store, HELD_POST, 0, &all, &err));
        assert_int_equal(all->len, 1);
        g_ptr_array_unref(all);
        OK(held_get(f->store, HELD_FAILED, id, &held, &err));
        assert_null(held);
        OK(held_get(f->store, HELD_POST, id, &held, &err));
        assert_true(g_bytes_equal(held->envelope, envelope));
        assert_string_equal(held->reason, "why");
        held_free(held);
        OK(held_remove(f->store, id, &err));
        OK(held_get(f->store, HELD_POST, id, &held, &err));
        assert_null(held);
        g_bytes_unref(envelope);
}

static void test_accepted(void **state)
{
        enum { DAY = 86400 };
        struct fixture *f = *state;
        struct err err;
        bool fresh, known;
        const uint8_t id[SPOOL_ID_BYTES] = { 1 };
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_true(fresh);
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_false(fresh);
        OK(accepted_post_add(f->store, 1, "anna@example.org", "<1@x>", 1000 * DAY, &err));
        OK(accepted_post_known(f->store, 1, "anna@example.org", "<1@x>", 1006 * DAY, &known, &err));
        assert_true(known);
        OK(accepted_post_known(f->store, 1, "bert@example.org", "<1@x>", 1006 * DAY, &known, &err));
        assert_false(known);
        OK(accepted_post_known(f->store, 2, "anna@example.org", "<1@x>", 1006 * DAY, &known, &err));
        assert_false(known);
        OK(accepted_post_known(f->store, 1, "anna@example.org", "<1@x>", 1008 * DAY, &known, &err));
        assert_false(known);
        OK(accepted_expire(f->store, clock_now(), &err)); /* a spool id is not forgotten so soon */
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_false(fresh);
        OK(accepted_expire(f->store, clock_now() + 31 * DAY, &err));
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_true(fresh);
}

static void test_nested_transaction(void **state)
{
        struct fixture *f = *state;
        struct err err;
        size_t added;
        int64_t count;
        const struct member_new member = { .address = "a@b.example", .fold = "a@b.example" };
        OK(store_begin(f->store, &err));
        OK(member_add(f->store, f->list->id, &member, 1, &added, &err)); /* a transaction of its own inside */
        assert_false(store_end(f->store, false, &err));
        OK(member_count(f->store, f->list->id, &count, &err));
        assert_int_equal(count, 0);
}

static void test_open(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct store *store;
        struct stat status;
        char *path = g_build_filename(f->data, "listd.db", NULL);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_false(store_open(&store, "/nonexistent", f->keyring, false, &err));
        assert_int_equal(err.class, ERR_NOT_FOUND);
        assert_non_null(strstr(err.text, "listctl init"));
        store_close(f->store);
        f->store = NULL;
        assert_true(g_file_set_contents(path, "this is no database, but long enough to be one of the old kind......", -1, NULL));
        assert_false(store_open(&store, f->data, f->keyring, false, &err));
        assert_int_equal(err.class, ERR_PERM);
        g_free(path);
}

/* Whether another process meets a lock on a file; a child asks, for a process never meets its own. */
static bool is_locked(const char *path)
{
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
                struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
                int fd = open(path, O_RDWR | O_CLOEXEC);
                _exit(fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 ? 2 : lock.l_type != F_UNLCK);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        return WEXITSTATUS(status) == 1;
}

/* A second connection must not cost the first one its lock: who closes last removes the log of writes. */
static void test_locks_survive_another_connection(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct store *second, *third;
        char *path = g_build_filename(f->data, "listd.db", NULL);
        OK(store_open(&second, f->data, f->keyring, false, &err));
        assert_true(is_locked(path));
        OK(store_open(&third, f->data, f->keyring, true, &err));
        assert_true(is_locked(path));
        store_close(third);
        store_close(second);
        assert_true(is_locked(path));
        g_free(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_list),
                T(test_list_settings),
                T(test_list_presets),
                T(test_member),
                T(test_other_keys),
                T(test_held),
                T(test_accepted),
                T(test_nested_transaction),
                T(test_open),
                T(test_locks_survive_another_connection),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
