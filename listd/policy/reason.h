/* reason.h - why a post waits, in the language of who reads it
 * A reason is one English line, the same in the log, in `listctl held` and in the store; letters say it in their language. */
#ifndef LISTD_POLICY_REASON_H
#define LISTD_POLICY_REASON_H

/* `lang` is enum list_lang. A reason that is not in the table is given back as it is. */
const char *reason_in(const char *reason, int lang);

#endif
