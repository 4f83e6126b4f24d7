/* roundtrip.c - a mail of ours to ourselves, by relay and MTA
 * Gives:  roundtrip_send(), way_site_bounce()
 * Fails:  as the store does */
#include "handle/roundtrip.h"

#include "base/keyring.h"
#include "base/log.h"
#include "base/ticket.h"
#include "handle/work.h"
#include "mail/door.h"
#include "mail/letter.h"
#include "store/queue.h"
#include "store/trace.h"

enum { DAY = 86400, SUBJECT_OCTETS = 5 /* the 40 bits of a ticket's subject */ };

/* "prob" and the subject of the ticket: who comes back is known by its ticket alone. */
static void name_of(int64_t subject, char ret_log_id[LOG_ID_CHARS + 1])
{
        uint8_t octets[SUBJECT_OCTETS];
        char text[2 * SUBJECT_OCTETS];
        for (int i = 0; i < SUBJECT_OCTETS; i++)
                octets[i] = (uint8_t) (subject >> (8 * i));
        base32_encode(octets, sizeof octets, text);
        g_snprintf(ret_log_id, LOG_ID_CHARS + 1, "prob%s", text);
}

static int64_t random_subject(void)
{
        uint8_t octets[SUBJECT_OCTETS];
        int64_t subject = 0;
        random_bytes(octets, sizeof octets);
        for (int i = 0; i < SUBJECT_OCTETS; i++)
                subject = subject << 8 | octets[i];
        return subject;
}

static GBytes *write_mail(const struct conf *conf, const char *to, struct err *ret_err)
{
        char *local = door_local("postmaster", NULL, NULL, conf->addresses);
        char *from = g_strdup_printf("%s@%s", local, conf->domains[0]);
        const struct letter letter = {
                .from_name = "listd",
                .from = from,
                .to = to,
                .subject = "listctl check mail",
                .text = "listd sent this to itself, to see whether mail goes out and comes back. Nobody has to read it.\n",
                .hostname = conf->hostname,
        };
        GBytes *message;
        bool ok = letter_write(&message, &letter, ret_err);
        g_free(from);
        g_free(local);
        return ok ? message : NULL;
}

bool roundtrip_send(struct store *store, const struct conf *conf, int64_t now, struct roundtrip *ret_trip, struct err *ret_err)
{
        const struct ticket ticket = { .subject = random_subject(), .day = (uint16_t) (now / DAY) };
        char sealed[TICKET_CHARS + 1];
        ticket_seal(store_keyring(store), TICKET_PROBE, 0, &ticket, sealed);
        char *local = door_local("bounce", NULL, sealed, conf->addresses);
        char *to = g_strdup_printf("%s@%s", local, conf->domains[0]);
        const struct queue_recipient recipient = { .address = to };
        GBytes *message = write_mail(conf, to, ret_err);
        name_of(ticket.subject, ret_trip->log_id);
        bool ok = message && queue_add_direct(store, 0, ret_trip->log_id, message, &recipient, 1, &ret_trip->message_id, ret_err);
        g_clear_pointer(&message, g_bytes_unref);
        g_free(to);
        g_free(local);
        return ok;
}

/* Where mail of the site comes back: a probe of ours, or a report. */
bool way_site_bounce(struct work *work, struct err *ret_err)
{
        struct ticket ticket;
        char log_id[LOG_ID_CHARS + 1];
        if (!ticket_open(store_keyring(work->store), TICKET_PROBE, 0, work->target.ticket, &ticket))
                return way_bounce(work, ret_err);
        name_of(ticket.subject, log_id);
        log_event(LOG_LEVEL_INFO, "probe-back", "msg", work->log_id, "sent", log_id, NULL);
        return trace_note(work->store, 0, log_id, TRACE_BACK, 0, NULL, work->log_id, work->now, ret_err);
}
