/* folder.h - a throw-away data folder with keys, for tests that need a store */
#ifndef LISTD_TESTS_FOLDER_H
#define LISTD_TESTS_FOLDER_H

#include "unit.h"

#include "base/keyring.h"

/* DATA with keys/ and spool/ as `listctl init` makes them. Free with folder_remove(), which deletes it. */
char *folder_make(struct keyring **ret_keyring);
void folder_remove(char *data);

#endif
