/* domain.h - domain names, compared as IDN A-labels */
#ifndef LISTD_BASE_DOMAIN_H
#define LISTD_BASE_DOMAIN_H

#include "base/err.h"

enum { DOMAIN_MAX = 255 }; /* RFC 5321 4.5.3.1.2 */

/* The A-label form of a domain, lower case, without a final dot: what is stored and compared (RFC 5891, non-transitional).
 * The caller frees it. NULL: not a domain name (RFC 5321 2.3.5: letters, digits, hyphens; labels of 1 to 63 octets). */
char *domain_to_ascii(const char *domain);

/* The form for people: U-labels where they are valid. The caller frees it. */
char *domain_to_unicode(const char *domain);

#endif
