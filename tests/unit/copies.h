/* copies.h - what copies are made of, for the tests of what sends them */
#ifndef LISTD_TESTS_COPIES_H
#define LISTD_TESTS_COPIES_H

#define FIELDS "From: l@lists.example\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@lists.example>\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X200 X50 X50 X50 X50
#define X998 X200 X200 X200 X200 X50 X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#endif
