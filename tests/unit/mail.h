/* mail.h - posts and lists for the tests of rendering */
#ifndef LISTD_TESTS_MAIL_H
#define LISTD_TESTS_MAIL_H

#include "unit.h"

#include "base/keyring.h"
#include "mail/address.h"
#include "mail/message.h"
#include "mail/render.h"
#include "store/list.h"

/* ml@lists.example as `listctl list add` makes it. The texts are constants: not for list_free(). */
struct list mail_list(void);

/* LF lines become CRLF. The caller unrefs. */
GBytes *mail_bytes(const char *text, size_t length);

/* Renders octets as a post of the list, number 12, on an exact-size heap block. False: `*ret_err` says why. */
bool mail_render(const struct list *list, const struct keyring *keyring, GBytes *post, struct rendered **ret_rendered,
                 struct err *ret_err);

/* Keys for a group of tests: what cmocka_run_group_tests() takes. */
extern struct keyring *mail_keyring;
int mail_set_up(void **state);
int mail_tear_down(void **state);

#endif
