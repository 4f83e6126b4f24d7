/* fingerprint.h - what a message is known by when it, or one like it, comes again (requirement B6)
 * Nothing of it is kept: store/lost.h hashes it with a key. */
#ifndef LISTD_MAIL_FINGERPRINT_H
#define LISTD_MAIL_FINGERPRINT_H

#include "mail/message.h"

enum {
        FINGERPRINT_BODY_MAX = 16 * 1024, /* octets of the body that are looked at */
        FINGERPRINT_WORD_MAX = 20,        /* a longer word is a token, or no text at all */
        FINGERPRINT_LEAST = 40            /* octets of words below which a text says too little to be known by */
};

/* The words of subject and body as they would stand in another copy: in small letters, one space between them, without what
 * differs from copy to copy (numbers, what holds a digit, what is longer than a word). Encoded bodies have none. The caller frees. */
char *fingerprint_words(const struct message *message);

/* A mark in the subject by which its sender would know an answer again: an IPv4 address, or a word of letters and digits. NULL: there
 * is none. The caller frees. */
char *fingerprint_token(const struct message *message);

#endif
