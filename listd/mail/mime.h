/* mime.h - text of header fields, decoded and cleaned */
#ifndef LISTD_MAIL_MIME_H
#define LISTD_MAIL_MIME_H

/* GMime wants to be initialised once a process; whoever calls it calls this before. */
void mime_ready(void);

/* The text of a header value or of a display name for people: encoded words decoded (RFC 2047) through the charsets of
 * charset.h, so with the characters of vendors; raw text taken as UTF-8, or ISO-2022-JP where it is that. Always one line
 * of valid UTF-8 without control characters, white space collapsed and cut at both ends. The caller frees. */
char *mime_decode_text(const char *value);

/* The same cleaning for text that is not encoded. Bytes that are not UTF-8 become U+FFFD. The caller frees. */
char *mime_one_line(const char *text);

#endif
