/* bench_deliver.c - how many copies a second deliver sends, store and all: `make bench`
 * One post of 4 KiB to so many members (the argument; 20,000), each with a copy of their own or, with "together" as another
 * argument, in batches, to a relay in this process, by 1, 2 and 4 sessions; by 1 alone with "once". */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include "room.h"

enum { MEMBERS = 20000, SIZE = 4096, PATIENCE = 600 };

static char *make_message(void)
{
        GString *text = g_string_new("From: l@lists.example\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\n"
                                     "Message-ID: <1@lists.example>\r\n\r\n");
        while (text->len < SIZE)
                g_string_append(text, "a line of the usual length, as people write them to a list\r\n");
        return g_string_free(text, FALSE);
}

static bool has_word(char **argv, const char *word)
{
        return g_strv_contains((const char *const *) argv, word);
}

static bool measure(size_t members, enum queue_kind kind, int sessions)
{
        const size_t mails = kind == QUEUE_BATCH ? (members + QUEUE_TOGETHER_MAX - 1) / QUEUE_TOGETHER_MAX : members;
        struct room room = room_open(NULL);
        char *message = make_message();
        room_add_many(&room, members);
        room_queue_kind(&room, kind, message);
        pid_t pid = room_start(&room, sessions);
        bool ok = sink_wait(room.sink, 1, PATIENCE);
        gint64 start = g_get_monotonic_time();
        ok = ok && sink_wait(room.sink, mails, PATIENCE);
        double seconds = (double) (g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        room_end(pid, SIGTERM);
        if (ok)
                printf("%zu copies of 4 KiB, %d sessions: %.0f/s\n", members, sessions, (double) members / seconds);
        g_free(message);
        room_close(&room);
        return ok;
}

int main(int argc, char **argv)
{
        int status;
        if (room_role(argc, argv, &status))
                return status;
        size_t members = argc > 1 ? (size_t) g_ascii_strtoull(argv[1], NULL, 10) : MEMBERS;
        const enum queue_kind kind = has_word(argv, "together") ? QUEUE_BATCH : QUEUE_POST;
        bool ok = true;
        for (int sessions = 1; ok && sessions <= (has_word(argv, "once") ? 1 : 4); sessions *= 2)
                ok = measure(members, kind, sessions);
        return ok ? 0 : 1;
}
