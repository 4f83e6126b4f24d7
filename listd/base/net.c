/* net.c - endpoints and networks
 * Gives:  endpoint_parse(), endpoint_listen(), ip_parse(), network_parse(), network_is_v4(), network_mask(), network_text(),
 *         network_around(), network_has(), network_list_has(), ip_is_private()
 * Fails:  ERR_USAGE for a text that is neither; ERR_TEMP when the system refuses the socket */
#include "base/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool endpoint_parse(struct endpoint *ret_endpoint, const char *text, struct err *ret_err)
{
        *ret_endpoint = (struct endpoint){ 0 };
        if (g_str_has_prefix(text, "unix:")) {
                const char *path = text + strlen("unix:");
                if (*path != '/' || strlen(path) >= sizeof((struct sockaddr_un *) 0)->sun_path)
                        return err_set(ret_err, ERR_USAGE, "'%s': the path must be absolute and shorter than 108 octets", text);
                ret_endpoint->is_unix = true;
                g_strlcpy(ret_endpoint->host, path, sizeof ret_endpoint->host);
                return true;
        }
        const char *colon = strrchr(text, ':');
        char *end;
        guint64 port = colon ? g_ascii_strtoull(colon + 1, &end, 10) : 0;
        size_t length = colon ? (size_t) (colon - text) : 0;
        if (length == 0 || length >= sizeof ret_endpoint->host || *end || port == 0 || port > 65535)
                return err_set(ret_err, ERR_USAGE, "'%s' is not HOST:PORT, [IPv6]:PORT or unix:PATH", text);
        if (text[0] == '[' && text[length - 1] == ']')
                text++, length -= 2;
        memcpy(ret_endpoint->host, text, length);
        ret_endpoint->port = (uint16_t) port;
        return true;
}

static const uint8_t MAPPED[12] = { [10] = 0xff, [11] = 0xff };
enum { V4_BITS_BEFORE = 8 * sizeof MAPPED };

static bool parse_ip(struct in6_addr *ret_address, const char *text, bool *ret_is_v4)
{
        struct in_addr v4;
        *ret_is_v4 = inet_pton(AF_INET, text, &v4) == 1;
        if (*ret_is_v4) {
                memcpy(ret_address->s6_addr, MAPPED, sizeof MAPPED);
                memcpy(ret_address->s6_addr + sizeof MAPPED, &v4, sizeof v4);
                return true;
        }
        return inet_pton(AF_INET6, text, ret_address) == 1;
}

bool ip_parse(struct in6_addr *ret_address, const char *text)
{
        bool is_v4;
        return parse_ip(ret_address, text, &is_v4);
}

bool network_is_v4(const struct network *network)
{
        return network->bits >= V4_BITS_BEFORE && memcmp(network->address.s6_addr, MAPPED, sizeof MAPPED) == 0;
}

bool network_mask(struct network *network)
{
        bool had_bits = false;
        for (unsigned i = 0; i < sizeof network->address.s6_addr; i++) {
                const unsigned left = network->bits > i * 8 ? MIN(network->bits - i * 8, 8) : 0;
                const uint8_t kept = network->address.s6_addr[i] & (uint8_t) (0xff00 >> left);
                had_bits = had_bits || kept != network->address.s6_addr[i];
                network->address.s6_addr[i] = kept;
        }
        return had_bits;
}

char *network_text(const struct network *network)
{
        char text[INET6_ADDRSTRLEN];
        const bool is_v4 = network_is_v4(network);
        inet_ntop(is_v4 ? AF_INET : AF_INET6, network->address.s6_addr + (is_v4 ? sizeof MAPPED : 0), text, sizeof text);
        return g_strdup_printf("%s/%u", text, network->bits - (is_v4 ? V4_BITS_BEFORE : 0));
}

char *network_around(const char *ip, unsigned v4_bits, unsigned v6_bits)
{
        struct in6_addr address;
        bool is_v4;
        char text[INET6_ADDRSTRLEN];
        if (!parse_ip(&address, ip, &is_v4))
                return NULL;
        const unsigned bits = is_v4 ? v4_bits : v6_bits;
        const size_t first = is_v4 ? sizeof address.s6_addr - sizeof(struct in_addr) : 0;
        for (size_t i = first; i < sizeof address.s6_addr; i++) {
                const unsigned before = (unsigned) (i - first) * 8;
                const unsigned left = bits > before ? MIN(bits - before, 8) : 0;
                address.s6_addr[i] &= (uint8_t) (0xff00 >> left);
        }
        inet_ntop(is_v4 ? AF_INET : AF_INET6, address.s6_addr + first, text, sizeof text);
        return g_strdup_printf("%s/%u", text, bits);
}

bool network_parse(struct network *ret_network, const char *text, struct err *ret_err)
{
        char **parts = g_strsplit(text, "/", 2);
        bool is_v4 = false;
        bool ok = parts[0] && parse_ip(&ret_network->address, parts[0], &is_v4);
        ret_network->bits = 128;
        if (ok && parts[1]) {
                char *end;
                guint64 bits = g_ascii_strtoull(parts[1], &end, 10);
                ok = g_ascii_isdigit(*parts[1]) && !*end && bits <= (is_v4 ? 32 : 128);
                ret_network->bits = (unsigned) bits + (is_v4 ? 96 : 0);
        }
        g_strfreev(parts);
        return ok || err_set(ret_err, ERR_USAGE, "'%s' is not an IP address or network (192.0.2.0/24)", text);
}

static bool has_address(const struct network *network, const struct in6_addr *address)
{
        unsigned whole = network->bits / 8, rest = network->bits % 8;
        if (memcmp(network->address.s6_addr, address->s6_addr, whole) != 0)
                return false;
        uint8_t mask = rest ? (uint8_t) (0xff << (8 - rest)) : 0;
        return rest == 0 || (network->address.s6_addr[whole] & mask) == (address->s6_addr[whole] & mask);
}

bool network_has(const struct network *outer, const struct network *inner)
{
        return inner->bits >= outer->bits && has_address(outer, &inner->address);
}

bool network_list_has(char *const *networks, const char *ip)
{
        struct in6_addr address;
        bool is_v4;
        if (!parse_ip(&address, ip, &is_v4))
                return false;
        for (; *networks; networks++) {
                struct network network;
                if (network_parse(&network, *networks, NULL) && has_address(&network, &address))
                        return true;
        }
        return false;
}

bool ip_is_private(const char *ip)
{
        static char *const networks[] = { (char *) "127.0.0.0/8", (char *) "10.0.0.0/8", (char *) "172.16.0.0/12",
                                          (char *) "192.168.0.0/16", (char *) "169.254.0.0/16", (char *) "100.64.0.0/10",
                                          (char *) "::1/128", (char *) "fc00::/7", (char *) "fe80::/10", NULL };
        return network_list_has(networks, ip);
}

static int listen_unix(const char *path, struct err *ret_err)
{
        struct sockaddr_un name = { .sun_family = AF_UNIX };
        g_strlcpy(name.sun_path, path, sizeof name.sun_path);
        struct stat status;
        if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
                unlink(path);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && bind(fd, (struct sockaddr *) &name, sizeof name) == 0 && chmod(path, 0666) == 0
            && listen(fd, SOMAXCONN) == 0)
                return fd;
        err_set(ret_err, ERR_TEMP, "cannot listen on unix:%s: %s", path, g_strerror(errno));
        if (fd >= 0)
                close(fd);
        return -1;
}

static int listen_tcp(const struct endpoint *endpoint, struct err *ret_err)
{
        char port[8];
        g_snprintf(port, sizeof port, "%u", endpoint->port);
        struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
        struct addrinfo *found = NULL;
        int code = getaddrinfo(endpoint->host, port, &hints, &found);
        if (code != 0) {
                err_set(ret_err, ERR_TEMP, "cannot listen on %s:%u: %s", endpoint->host, endpoint->port, gai_strerror(code));
                return -1;
        }
        int one = 1;
        int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        /* an IPv6 address is no IPv4 one: so 0.0.0.0:25 and [::]:25 can stand side by side */
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0
            || (found->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)
            || bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
                err_set(ret_err, ERR_TEMP, "cannot listen on %s:%u: %s", endpoint->host, endpoint->port, g_strerror(errno));
                if (fd >= 0)
                        close(fd);
                fd = -1;
        }
        freeaddrinfo(found);
        return fd;
}

int endpoint_listen(const struct endpoint *endpoint, struct err *ret_err)
{
        return endpoint->is_unix ? listen_unix(endpoint->host, ret_err) : listen_tcp(endpoint, ret_err);
}
