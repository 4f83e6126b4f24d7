/* room.c - a data folder with a list, a relay, and deliver as a process of its own */
#include "room.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "deliver/deliver.h"

struct conf *room_conf(const char *more)
{
        struct conf *conf;
        struct err err;
        char *text = g_strconcat("[server]\nhostname = mx.lists.example\ndomains = lists.example, other.example\n"
                                 "admin = admin@example.org\n",
                                 more, NULL);
        OK(conf_parse(&conf, text, strlen(text), "conf", &err));
        g_free(text);
        return conf;
}

struct room room_open(const struct sink_options *options)
{
        struct room room;
        struct err err;
        room.data = folder_make(&room.keyring);
        OK(store_open(&room.store, room.data, room.keyring, true, &err));
        OK(list_add(room.store, "ml", "lists.example", TYPE_DISCUSSION, &room.list, &err));
        room.sink = sink_start(options);
        return room;
}

void room_close(struct room *room)
{
        sink_stop(room->sink);
        list_free(room->list);
        store_close(room->store);
        keyring_free(room->keyring);
        folder_remove(room->data);
}

void room_add_members(struct room *room, const char *const *addresses, size_t count)
{
        struct err err;
        size_t added;
        struct member_new *members = g_new0(struct member_new, count);
        for (size_t i = 0; i < count; i++)
                members[i] = (struct member_new){ .address = addresses[i], .fold = addresses[i], .name = "" };
        OK(member_add(room->store, room->list->id, members, count, &added, &err));
        assert_int_equal(added, count);
        g_free(members);
}

void room_add_many(struct room *room, size_t count)
{
        char **addresses = g_new0(char *, count + 1);
        for (size_t i = 0; i < count; i++)
                addresses[i] = g_strdup_printf("m%zu@people.example", i);
        room_add_members(room, (const char *const *) addresses, count);
        g_strfreev(addresses);
}

void room_queue(struct room *room, const char *message)
{
        room_queue_kind(room, QUEUE_POST, message);
}

void room_queue_kind(struct room *room, enum queue_kind kind, const char *message)
{
        struct err err;
        int64_t id;
        GBytes *bytes = g_bytes_new(message, strlen(message));
        OK(queue_add_post(room->store, kind, room->list->id, 1, "log1", bytes, &id, &err));
        g_bytes_unref(bytes);
}

int64_t room_depth(struct room *room)
{
        int64_t messages, oldest;
        struct err err;
        OK(queue_depth(room->store, &messages, &oldest, &err));
        return messages;
}

pid_t room_start_fast(const struct room *room, int sessions, unsigned speed)
{
        char number[8], factor[16];
        g_snprintf(number, sizeof number, "%d", sessions);
        g_snprintf(factor, sizeof factor, "%u", speed);
        char *program = g_file_read_link("/proc/self/exe", NULL); /* a profiler tells its name here, but not to execl() */
        pid_t pid = fork();
        if (pid == 0) {
                execl(program, "room", "--role", room->data, sink_endpoint(room->sink), number, factor, NULL);
                _exit(127);
        }
        g_free(program);
        return pid;
}

pid_t room_start(const struct room *room, int sessions)
{
        return room_start_fast(room, sessions, 1);
}

bool room_role(int argc, char **argv, int *ret_status)
{
        if (argc != 6 || strcmp(argv[1], "--role") != 0)
                return false;
        char *more = g_strdup_printf("data = %s\n[deliver]\nrelay = %s\nsessions = %s\n", argv[2], argv[3], argv[4]);
        struct handover *handover = g_new0(struct handover, 1);
        clock_run((unsigned) g_ascii_strtoull(argv[5], NULL, 10));
        handover->conf = room_conf(more);
        handover->wake_in = handover->wake_out = -1;
        log_open("deliver", LOG_LEVEL_ERROR, NULL);
        *ret_status = deliver_main(handover);
        conf_free(handover->conf);
        g_free(handover);
        g_free(more);
        return true;
}

int room_end(pid_t pid, int signal)
{
        int status;
        kill(pid, signal);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}
