/* deny.c - which networks may be denied, and what of a deny list wants a person's eye
 * Gives:  deny_may(), deny_label_check(), deny_reason_is_plain(), deny_matter()
 * Fails:  ERR_PERM for a network that may not be denied, ERR_USAGE for a label that is none */
#include "policy/deny.h"

const char *const DENY_MATTER_WORDS[] = { "", "ends soon", "on probation", "refused nobody for long" };

static bool overlap(const struct network *one, const char *text)
{
        struct network other;
        return network_parse(&other, text, NULL) && (network_has(one, &other) || network_has(&other, one));
}

/* Too many of the innocent; and an IPv6 network that holds all of IPv4 would be everybody. */
static bool is_too_wide(const struct network *network)
{
        const unsigned before = 128 - 32;
        if (network_is_v4(network))
                return network->bits - before < DENY_V4_BITS_LEAST;
        return network->bits < DENY_V6_BITS_LEAST || overlap(network, "::ffff:0:0/96");
}

bool deny_may(const struct conf *conf, const struct network *network, struct err *ret_err)
{
        static const char *const own[] = { "127.0.0.0/8", "::1/128" };
        if (is_too_wide(network))
                return err_set(ret_err, ERR_PERM, "too wide: at least /%d for IPv4 and /%d for IPv6", DENY_V4_BITS_LEAST,
                               DENY_V6_BITS_LEAST);
        for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
                if (overlap(network, own[i]))
                        return err_set(ret_err, ERR_PERM, "that is this machine itself (%s)", own[i]);
        for (char *const *trusted = conf->trusted_networks; *trusted; trusted++)
                if (overlap(network, *trusted))
                        return err_set(ret_err, ERR_PERM, "%s is in trusted_networks (listd.conf): its clients are MTAs of ours", *trusted);
        return true;
}

bool deny_label_check(const char *label, struct err *ret_err)
{
        const size_t length = strlen(label);
        return (length <= DENY_LABEL_MAX && g_ascii_islower(*label)
                && strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == length)
               || err_set(ret_err, ERR_USAGE, "'%.40s' is no label: a letter, then a-z, 0-9 and -, %d at most", label, DENY_LABEL_MAX);
}

bool deny_reason_is_plain(const char *reason)
{
        if (strlen(reason) > DENY_REASON_MAX || !g_utf8_validate(reason, -1, NULL))
                return false;
        for (const char *p = reason; *p; p = g_utf8_next_char(p))
                if (!g_unichar_isprint(g_utf8_get_char(p)))
                        return false;
        return true;
}

enum deny_matter deny_matter(const struct deny_entry *entry, int64_t now)
{
        switch (deny_state(entry->until, now)) {
        case DENY_ON_PROBATION:
                return DENY_MATTER_PROBATION;
        case DENY_DENIED:
                break;
        default:
                return DENY_MATTER_NONE;
        }
        if (entry->until && now >= entry->until - DENY_ENDS_SOON)
                return DENY_MATTER_ENDS;
        return MAX(entry->added, entry->last_hit) <= now - DENY_IDLE ? DENY_MATTER_IDLE : DENY_MATTER_NONE;
}
