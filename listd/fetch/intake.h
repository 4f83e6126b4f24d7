/* intake.h - a message of a mailbox as mail for a list: whom it is for, and from whom it came */
#ifndef LISTD_FETCH_INTAKE_H
#define LISTD_FETCH_INTAKE_H

#include "base/conf.h"
#include "mail/envelope.h"

/* What the mailbox's server wrote is believed at the top alone: the first Delivered-To or X-Original-To in one of our domains; without one,
 * To and Cc. The return path is that of the first Return-Path. Bare CR and LF become CRLF, NUL goes. The caller frees. Without any address
 * of ours it is for `name@domain`, which no list is: it is kept as misaddressed. NULL: it has no header. */
struct envelope *intake_envelope(const struct conf *conf, const char *name, bool is_imap, GBytes *message, int64_t now);

#endif
