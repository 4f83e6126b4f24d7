/* ctl.h - what a command of listctl works on, and what several of them need */
#ifndef LISTD_CTL_CTL_H
#define LISTD_CTL_CTL_H

#include <sys/types.h>

#include "base/conf.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "handle/letters.h"
#include "mail/address.h"
#include "store/list.h"
#include "store/member.h"

struct keyring;
struct spool;

struct ctl {
        const struct command_line *line;
        uid_t caller; /* who started listctl, whoever it is now */
        const char *conf_path;
        const struct conf *conf;
        struct output *output;
        struct keyring *keyring; /* these two once ctl_open() was called */
        struct store *store;
        struct spool *spool; /* once ctl_open_spool() was called */
};

/* Becomes the owner of the data, then loads the keys and opens the store. */
MUST_USE bool ctl_open(struct ctl *ctl, struct err *ret_err);
/* Becomes the owner of the data, then opens spool.db and nothing else. */
MUST_USE bool ctl_open_spool(struct ctl *ctl, struct err *ret_err);
void ctl_close(struct ctl *ctl);

/* "Name@Domain" as it is stored: name in lower case, domain as A-label. The caller frees both. ERR_USAGE. */
MUST_USE bool ctl_list_name(const char *text, char **ret_name, char **ret_domain, struct err *ret_err);
/* ERR_NOT_FOUND when there is no such list. */
MUST_USE bool ctl_list(struct ctl *ctl, const char *text, struct list **ret_list, struct err *ret_err);
/* ERR_USAGE when the text is no address. */
MUST_USE bool ctl_address(const char *text, struct address **ret_address, struct err *ret_err);
/* ERR_NOT_FOUND when the address is not on the list. */
MUST_USE bool ctl_member(struct ctl *ctl, const struct list *list, const char *text, struct member **ret_member,
                         struct err *ret_err);
/* For each word behind the list's name, in one transaction: all of them, or nothing. */
typedef bool ctl_word(struct ctl *ctl, struct list *list, const char *word, struct err *ret_err);
MUST_USE bool ctl_each_word(struct ctl *ctl, struct list *list, ctl_word *each, struct err *ret_err);
/* What the acts of handle/ work at; the list must outlive it. */
struct desk ctl_desk(const struct ctl *ctl, struct list *list);
/* Tells `receive` the public facts, after each change of a list. */
MUST_USE bool ctl_publish(struct ctl *ctl, struct err *ret_err);

/* As ctl_read_file(), for what may be large: of a file its pages, which the kernel holds as long as it likes, and only of a
 * pipe a copy. Unref it. */
MUST_USE bool ctl_map_file(const char *path, size_t most, GBytes **ret_bytes, struct err *ret_err);
/* The whole of a file, or of standard input when path is "-"; at most `most` octets. The caller frees; a NUL stands
 * behind. */
MUST_USE bool ctl_read_file(const char *path, size_t most, char **ret_text, size_t *ret_length, struct err *ret_err);

#endif
