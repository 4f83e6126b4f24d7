/* keyring.h - the keys, and all that is done with them: hashing, sealing, opening (libsodium)
 * DATA/keys/master.key   members' addresses, messages at rest, tickets: read by handle, deliver and listctl
 * DATA/keys/spool.key    opens what `receive` sealed: read by handle and listctl
 * DATA/keys/log.key      hashes local parts in the log; the supervisor gives it to each role
 *                        its public half seals, and is all that `receive` is handed; it is kept nowhere
 * All are files of 32 octets and mode 0600. */
#ifndef LISTD_BASE_KEYRING_H
#define LISTD_BASE_KEYRING_H

#include <glib.h>
#include <stdint.h>

#include "base/err.h"

enum { KEY_BYTES = 32, HASH_BYTES = 16 };

/* What a derived key is for. The numbers are on disk: never change one. */
enum key_use {
        KEY_MEMBER_HASH = 1,   /* looks a member up by address, one list at a time */
        KEY_MEMBER_SEAL = 2,   /* address and name of a member */
        KEY_MESSAGE_SEAL = 3,  /* queued, held and failed messages */
        KEY_TICKET_MAC = 4,
        KEY_TICKET_MASK = 5,
        KEY_MESSAGE_ID = 6,    /* the map of Message-IDs (leaks L2) */
        KEY_DUPLICATE = 7,     /* remembers accepted posts */
        KEY_MAILBOX_HASH = 8,  /* looks a mailbox up that is asked something, over all lists */
        KEY_LIMIT = 9,         /* whose limit it is */
        KEY_LOST = 10,         /* what misaddressed mail is known by again */
        KEY_DECOY = 11,        /* networks that have sent the decoy something */
        KEY_TRACE = 12,        /* who wrote, and whose domain was slow, in the story of a message */
        KEY_BOUNCE = 13,       /* domains whose mailboxes fail */
        KEY_USES
};

struct keyring;

/* Makes the key files that are missing; safe to repeat, never overwrites. */
MUST_USE bool keyring_create(const char *data, struct err *ret_err);
MUST_USE bool keyring_load(struct keyring **ret_keyring, const char *data, struct err *ret_err);
void keyring_free(struct keyring *keyring); /* wipes */

/* A keyed hash of a text under `scope` (a list's id; 0 for none), so that equal texts under two scopes differ. */
void keyring_hash(const struct keyring *keyring, enum key_use use, int64_t scope, const void *bytes, size_t length,
                  uint8_t ret_hash[HASH_BYTES]);

/* Authenticated encryption with a random nonce; `scope` is bound to it. The caller unrefs what it gets.
 * keyring_open() returns NULL when the box was not sealed by this keyring for this use and scope. */
GBytes *keyring_seal(const struct keyring *keyring, enum key_use use, int64_t scope, const void *bytes, size_t length);
GBytes *keyring_open(const struct keyring *keyring, enum key_use use, int64_t scope, const void *box, size_t length);

/* The spool's box: who has the public key can seal, only the keyring can open. */
GBytes *spool_box_seal(const uint8_t public_key[KEY_BYTES], const void *bytes, size_t length);
GBytes *spool_box_open(const struct keyring *keyring, const void *box, size_t length);

/* Reads one key file; ERR_NOT_FOUND says to run `listctl init`. */
MUST_USE bool key_file_read(const char *data, const char *name, uint8_t ret_key[KEY_BYTES], struct err *ret_err);

/* Puts a key in place of what is there, which is kept as NAME.before. */
MUST_USE bool key_file_replace(const char *data, const char *name, const uint8_t key[KEY_BYTES], struct err *ret_err);

/* The public half of keys/spool.key. It is made of the key itself each time, so that the two cannot come from two backups,
 * nor be exchanged by who may write in the spool's folder: mail that is sealed to a wrong key is lost. */
MUST_USE bool spool_public_read(const char *data, uint8_t ret_public[KEY_BYTES], struct err *ret_err);

/* A keyed hash as lower-case hex, cut to size - 1 digits; for the log. */
void keyed_hash_hex(const uint8_t key[KEY_BYTES], const void *bytes, size_t length, char *ret_hex, size_t size);

/* A keyed hash for tables in memory (SipHash): nobody can choose what collides. */
enum { SHORT_KEY_BYTES = 16 };
uint64_t short_hash(const uint8_t key[SHORT_KEY_BYTES], const void *bytes, size_t length);

/* Random octets, and comparing in constant time (leaks O9). */
void random_bytes(void *ret_bytes, size_t length);
bool bytes_equal(const void *a, const void *b, size_t length);

#endif
