/* copy.c - what differs from one reader's copy to the next
 * Gives:     copy_share(), copy_make()
 * Fails:     ERR_PERM when the gate out refuses what came of list and domain
 * Standards: RFC 2369 3.2 (List-Unsubscribe). There is no List-Unsubscribe-Post: RFC 8058 2 wants an HTTPS address beside
 *            it, and listd has none; a ticket's mail acts at once, which is the same one click.
 *            RFC 5321 4.5.3.1.1: 22 octets of list name, "-bounce+" and a ticket of 32 make 62 of 64 */
#include "deliver/copy.h"

#include "base/ticket.h"
#include "deliver/gate.h"
#include "mail/door.h"

enum { DAY = 86400 };

/* The address of a door with a ticket that names the recipient. Mail of the site has no list: `bounce+TICKET@`. */
static char *ticket_address(const struct queue_claim *claim, enum ticket_kind kind, const struct ticket *ticket,
                            const struct conf *conf, const struct keyring *keyring)
{
        char sealed[TICKET_CHARS + 1];
        const char *door = kind == TICKET_OFF ? "off" : "bounce";
        ticket_seal(keyring, kind, claim->list_id, ticket, sealed);
        char *local = claim->list_id ? door_local(claim->list_name, door, sealed, conf->addresses)
                                     : door_local(door, NULL, sealed, conf->addresses);
        char *address = g_strconcat(local, "@", claim->list_id ? claim->list_domain : conf->domains[0], NULL);
        g_free(local);
        return address;
}

/* The least and the greatest member id. */
static void range_of(struct queue_recipient *const *recipients, size_t count, int64_t *ret_first, int64_t *ret_last)
{
        *ret_first = *ret_last = recipients[0]->member_id;
        for (size_t i = 1; i < count; i++) {
                *ret_first = MIN(*ret_first, recipients[i]->member_id);
                *ret_last = MAX(*ret_last, recipients[i]->member_id);
        }
}

/* Nobody but a member is named by a range, and a ticket has room for one only that is not too wide. */
size_t copy_share(const struct queue_claim *claim, struct queue_recipient *const *recipients, size_t count, size_t limit)
{
        if (claim->kind != QUEUE_BATCH)
                return MIN(count, 1);
        size_t share = 0;
        int64_t first = INT64_MAX, last = 0;
        while (share < MIN(count, limit)) {
                first = MIN(first, recipients[share]->member_id);
                last = MAX(last, recipients[share]->member_id);
                if (share > 0 && last - first > TICKET_CONTEXT_MAX)
                        break;
                share++;
        }
        return share;
}

static char *return_path(const struct queue_claim *claim, struct queue_recipient *const *recipients, size_t count,
                         const struct conf *conf, const struct keyring *keyring, uint16_t day)
{
        struct ticket ticket = { .subject = recipients[0]->member_id, .context = (uint32_t) claim->number, .day = day };
        if (claim->kind != QUEUE_BATCH)
                return ticket_address(claim, TICKET_BOUNCE, &ticket, conf, keyring);
        int64_t last;
        range_of(recipients, count, &ticket.subject, &last);
        ticket.context = (uint32_t) (last - ticket.subject);
        return ticket_address(claim, TICKET_BATCH, &ticket, conf, keyring);
}

/* The caller frees; NULL: a letter has none. */
static char *way_out(const struct queue_claim *claim, const struct queue_recipient *recipient, const struct conf *conf,
                     const struct keyring *keyring, uint16_t day)
{
        const struct ticket ticket = { .subject = recipient->member_id, .context = (uint32_t) claim->number, .day = day };
        if (claim->kind == QUEUE_DIRECT)
                return NULL;
        if (claim->kind == QUEUE_POST)
                return ticket_address(claim, TICKET_OFF, &ticket, conf, keyring);
        char *local = door_local(claim->list_name, "off", NULL, conf->addresses);
        char *address = g_strconcat(local, "@", claim->list_domain, NULL);
        g_free(local);
        return address;
}

bool copy_make(struct copy *ret_copy, const struct queue_claim *claim, struct queue_recipient *const *recipients, size_t count,
               const struct conf *conf, const struct keyring *keyring, int64_t now, struct err *ret_err)
{
        const uint16_t day = (uint16_t) (now / DAY);
        char *off = way_out(claim, recipients[0], conf, keyring, day);
        ret_copy->from = return_path(claim, recipients, count, conf, keyring, day);
        ret_copy->head = off ? g_strdup_printf("List-Unsubscribe: <mailto:%s>\r\n", off) : g_strdup("");
        g_free(off);
        return gate_address(ret_copy->from, ret_err) && gate_head(ret_copy->head, strlen(ret_copy->head), ret_err);
}

void copy_clear(struct copy *copy)
{
        g_clear_pointer(&copy->from, g_free);
        g_clear_pointer(&copy->head, g_free);
}
