/* nameserver.c - a name server of the tests' own, and asking it */
#include "nameserver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* By the end of a name: what it is answered. Each question is told to the test, one octet a question. */
static const struct habit {
        const char *end;
        const char *ip; /* NULL: no such name */
        unsigned code;
        bool is_silent, is_stray, is_cut;
        unsigned ttl;
        unsigned from; /* not before so many questions for it */
} HABITS[] = {
        { .end = "2.0.0.127.dies.example", .from = 1 },
        { .end = "2.0.0.127.dies.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.revives.example", .ip = "127.0.0.2", .from = 1 },
        { .end = "1.0.0.127.spreads.example", .ip = "127.0.0.2", .from = 1 },
        { .end = "2.0.0.127.spreads.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.good.example", .ip = "127.0.0.2" },
        { .end = "9.2.0.192.good.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.a.good.example", .ip = "127.0.0.2" },
        { .end = "9.2.0.192.a.good.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.b.good.example", .ip = "127.0.0.2" },
        { .end = "9.2.0.192.b.good.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.c.good.example", .ip = "127.0.0.2" },
        { .end = "9.2.0.192.c.good.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.fades.example", .ip = "127.0.0.2" },
        { .end = "1.0.0.127.fades.example" },
        { .end = "7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.fades.example" },
        { .end = "fades.example", .code = 2 },
        { .end = "all.example", .ip = "127.0.0.2" },
        { .end = "2.0.0.127.turns.example", .ip = "127.0.0.2" },
        { .end = "2.0.192.turns.example", .ip = "127.255.255.255" },
        { .end = "short.example", .ip = "192.0.2.1", .ttl = 1 },
        { .end = "long.example", .ip = "192.0.2.1", .ttl = 1000000 },
        { .end = "silent.example", .is_silent = true },
        { .end = "stray.example", .ip = "127.0.0.2", .is_stray = true },
        { .end = "cut.example", .is_cut = true },
        { .end = "broken.example", .code = 2 },
        { .end = "" },
};

static char *name_of(const uint8_t *packet, size_t length, size_t *ret_end)
{
        GString *name = g_string_new(NULL);
        size_t at = 12;
        for (; at < length && packet[at]; at += packet[at] + 1u)
                g_string_append_printf(name, "%s%.*s", name->len ? "." : "", packet[at], (const char *) packet + at + 1);
        *ret_end = at + 5; /* with type and class */
        return g_string_free(name, FALSE);
}

static void reply(int fd, int stray, const struct sockaddr_in *to, uint8_t *packet, size_t end, const struct habit *habit)
{
        const struct in_addr ip = { habit->ip ? inet_addr(habit->ip) : 0 };
        const unsigned ttl = habit->ttl ? habit->ttl : 300;
        packet[2] = (uint8_t) (0x85 | (habit->is_cut ? 2 : 0));
        packet[3] = (uint8_t) (0x80 | (habit->ip || habit->is_cut ? 0 : habit->code ? habit->code : 3));
        memcpy(packet + 6, (const uint8_t[]){ 0, habit->ip ? 1 : 0, 0, 0, 0, 0 }, 6);
        const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, (uint8_t) (ttl >> 24), (uint8_t) (ttl >> 16), (uint8_t) (ttl >> 8), (uint8_t) ttl, 0, 4 };
        size_t length = end;
        if (habit->ip) {
                memcpy(packet + end, record, sizeof record);
                memcpy(packet + end + sizeof record, &ip, sizeof ip);
                length += sizeof record + sizeof ip;
        }
        sendto(habit->is_stray ? stray : fd, packet, length, 0, (const struct sockaddr *) to, sizeof *to);
}

static void serve(int fd, int tell)
{
        const int stray = socket(AF_INET, SOCK_DGRAM, 0);
        unsigned met[G_N_ELEMENTS(HABITS)] = { 0 };
        for (;;) {
                uint8_t packet[1500];
                struct sockaddr_in from;
                socklen_t from_length = sizeof from;
                size_t end;
                ssize_t got = recvfrom(fd, packet, sizeof packet - 64, 0, (struct sockaddr *) &from, &from_length);
                if (got < 12)
                        _exit(1);
                char *name = name_of(packet, (size_t) got, &end);
                const struct habit *habit = HABITS;
                while (!g_str_has_suffix(name, habit->end) || met[habit - HABITS]++ < habit->from)
                        habit++;
                g_free(name);
                if (write(tell, "q", 1) != 1)
                        _exit(1);
                if (!habit->is_silent)
                        reply(fd, stray, &from, packet, end, habit);
        }
}

void server_start(struct server *server)
{
        int tell[2];
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof address;
        const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof address), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &length), 0);
        assert_int_equal(pipe2(tell, O_CLOEXEC | O_NONBLOCK), 0);
        fflush(NULL);
        server->pid = fork();
        assert_true(server->pid >= 0);
        if (server->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve(fd, tell[1]);
        }
        close(fd);
        close(tell[1]);
        server->told = tell[0];
        server->address = g_strdup_printf("127.0.0.1:%u", ntohs(address.sin_port));
}

void server_stop(struct server *server)
{
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        close(server->told);
        g_free(server->address);
}

/* Questions since the last time. */
size_t server_asked(const struct server *server)
{
        char octets[4096];
        ssize_t got = read(server->told, octets, sizeof octets);
        return got > 0 ? (size_t) got : 0;
}

/* --- asking ------------------------------------------------------------------------------ */

void on_heard(void *user, const struct resolver_answer *answer)
{
        struct heard *heard = user;
        heard->count++;
        heard->by_status[answer->status]++;
        heard->last = *answer;
}

struct resolver *resolver_at(const struct server *server)
{
        struct resolver *resolver;
        struct err err;
        char *servers[] = { server->address, NULL };
        if (!resolver_new(&resolver, servers, NULL, &err))
                fail_msg("%s", err.text);
        return resolver;
}

struct heard ask(struct resolver *resolver, const char *name, int times)
{
        struct heard heard = { 0 };
        for (int i = 0; i < times; i++)
                resolver_ask(resolver, RESOLVER_A, name, on_heard, &heard);
        while (resolver_wait(resolver))
                ;
        assert_int_equal(heard.count, times);
        return heard;
}
