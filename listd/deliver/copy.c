/* copy.c - what differs from one reader's copy to the next
 * Gives:     copy_make()
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

bool copy_make(struct copy *ret_copy, const struct queue_claim *claim, const struct queue_recipient *recipient,
               const struct conf *conf, const struct keyring *keyring, int64_t now, struct err *ret_err)
{
        struct ticket ticket = { .subject = recipient->member_id, .context = (uint32_t) claim->number,
                                 .day = (uint16_t) (now / DAY) };
        ret_copy->from = ticket_address(claim, TICKET_BOUNCE, &ticket, conf, keyring);
        if (claim->kind == QUEUE_POST) {
                char *off = ticket_address(claim, TICKET_OFF, &ticket, conf, keyring);
                ret_copy->head = g_strdup_printf("List-Unsubscribe: <mailto:%s>\r\n", off);
                g_free(off);
        } else {
                ret_copy->head = g_strdup("");
        }
        return gate_address(ret_copy->from, ret_err) && gate_head(ret_copy->head, strlen(ret_copy->head), ret_err);
}

void copy_clear(struct copy *copy)
{
        g_clear_pointer(&copy->from, g_free);
        g_clear_pointer(&copy->head, g_free);
}
