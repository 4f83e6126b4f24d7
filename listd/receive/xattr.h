/* xattr.h - what an MTA of ours says of the client that it got a message from: the attributes of XFORWARD and XCLIENT
 * Postfix's extensions (XFORWARD_README, XCLIENT_README): "XFORWARD NAME=mail.example ADDR=192.0.2.7 ...", values as xtext (RFC 3461 4). */
#ifndef LISTD_RECEIVE_XATTR_H
#define LISTD_RECEIVE_XATTR_H

#include <stdbool.h>

enum xattr { XATTR_NAME, XATTR_ADDR, XATTR_PORT, XATTR_PROTO, XATTR_HELO, XATTR_IDENT, XATTR_SOURCE, XATTR_LOGIN, XATTR_DESTADDR,
             XATTR_DESTPORT, XATTRS };
enum { XATTR_VALUE_MAX = 255 };

/* For EHLO: those of each command. */
extern const char XFORWARD_KEYWORD[], XCLIENT_KEYWORD[];
enum {
        XFORWARD_ALLOWED = 1 << XATTR_NAME | 1 << XATTR_ADDR | 1 << XATTR_PORT | 1 << XATTR_PROTO | 1 << XATTR_HELO | 1 << XATTR_IDENT
                           | 1 << XATTR_SOURCE,
        XCLIENT_ALLOWED = 1 << XATTR_NAME | 1 << XATTR_ADDR | 1 << XATTR_PORT | 1 << XATTR_PROTO | 1 << XATTR_HELO | 1 << XATTR_LOGIN
                          | 1 << XATTR_DESTADDR | 1 << XATTR_DESTPORT
};

/* NULL: was not told; "": is not known to the MTA. ADDR is an IP address in text form, all values are printable UTF-8. */
struct xattrs {
        char *values[XATTRS];
};

/* Takes the words behind the command; a later value takes the place of an earlier one. False: one is not of those that are `allowed` (a
 * set of 1 << enum xattr), or its value is bad; nothing is to be freed then. */
bool xattrs_read(struct xattrs *ret_xattrs, const char *argument, unsigned allowed);
void xattrs_clear(struct xattrs *xattrs);

#endif
