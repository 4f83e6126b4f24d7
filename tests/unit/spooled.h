/* spooled.h - the list ml@lists.example of two people, and messages for it out of the spool, for the tests of handle/ */
#ifndef LISTD_TESTS_SPOOLED_H
#define LISTD_TESTS_SPOOLED_H

#include "folder.h"

#include "base/conf.h"
#include "mail/envelope.h"
#include "store/list.h"
#include "store/spool.h"

#define NOW 1000000000
#define POST(from) "From: " from "\r\nTo: ml@lists.example\r\nSubject: x\r\nMessage-ID: <1@client.example>\r\n\r\nhello\r\n"

struct spooled {
        char *data;
        struct keyring *keyring;
        struct store *store;
        struct conf *conf;
        struct list *list;
        int64_t anna;
        uint32_t next_id;
        uint8_t public_key[KEY_BYTES];
};

/* For cmocka: *state is a struct spooled. */
int spooled_set_up(void **state);
int spooled_tear_down(void **state);

/* `recipients` are set apart by spaces. */
struct envelope *make_envelope(const char *mail_from, const char *recipients, const char *message);
/* As receive wrote it. Takes the envelope; the caller unrefs the item's box. */
struct spool_item seal_item(struct spooled *f, struct envelope *envelope);
struct spool_item make_item(struct spooled *f, const char *mail_from, const char *recipients, const char *message);

void route_at(struct spooled *f, const struct spool_item *item, int64_t now);
void route(struct spooled *f, const struct spool_item *item);
void submit_at(struct spooled *f, const char *mail_from, const char *recipients, const char *message, int64_t now);
void submit(struct spooled *f, const char *mail_from, const char *recipients, const char *message);

int64_t queued(struct spooled *f);

#endif
