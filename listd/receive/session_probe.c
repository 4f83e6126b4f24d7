/* session_probe.c - what the patterns of relay probes make of a session (policy/probe.h)
 * Gives:  session_probe_helo(), session_probe_mail(), session_probe_rcpt(), session_probe_message(), session_gone()
 * Fails:  never
 * Each is asked after the answer was decided: what matches changes no answer and no time of this command (requirement C8), only what
 * the guard thinks of the client from now on. A trusted client brings the mail of many, so nothing that it says is looked at. */
#include "receive/inside.h"

#include "base/log.h"

static bool is_looked_at(const struct session *session)
{
        return session->owner.probes && !session->peer.trusted;
}

static void tell(const struct session *session, const struct probe_match *match)
{
        log_event(LOG_LEVEL_INFO, "probe", "msg", session->transaction ? session->transaction->log_id : NULL, "session",
                  log_number(session->peer.number), "pattern", match->name, "points", log_number(match->points), "why", match->why,
                  NULL);
        if (match->points > 0)
                session_note(session, match->is_gibberish ? PART_GIBBERISH : PART_PROBE, match->points);
}

static void look(struct session *session, enum probe_step step, const struct probe_facts *facts)
{
        struct probe_match matches[PROBE_MATCHES_MAX];
        size_t count = probes_match(session->owner.probes, step, facts, &session->probed, matches);
        for (size_t i = 0; i < count; i++)
                tell(session, &matches[i]);
}

static struct probe_facts facts_of(const struct session *session)
{
        return (struct probe_facts){
                .conf = session->conf,
                .our_ip = session->server,
                .client = session->client,
                .helo = session->helo,
                .mail_from = session->transaction ? session->transaction->mail_from : NULL,
        };
}

void session_probe_helo(struct session *session)
{
        if (!is_looked_at(session))
                return;
        const struct probe_facts facts = facts_of(session);
        if (!session->probed_helo || strcmp(session->probed_helo, session->helo) != 0)
                probe_memory_helo(&session->probed);
        g_free(session->probed_helo);
        session->probed_helo = g_strdup(session->helo);
        look(session, STEP_HELO, &facts);
}

void session_probe_mail(struct session *session, const char *argument)
{
        const char *rest;
        char *path = is_looked_at(session) ? command_path(argument, "FROM:", &rest) : NULL;
        if (!path)
                return;
        struct probe_facts facts = facts_of(session);
        facts.mail_from = path;
        probe_memory_mail(&session->probed);
        look(session, STEP_MAIL, &facts);
        g_free(path);
}

void session_probe_rcpt(struct session *session, const char *path, bool is_elsewhere)
{
        if (!is_looked_at(session) || !path)
                return;
        struct probe_facts facts = facts_of(session);
        facts.rcpt_to = path;
        if (is_elsewhere)
                probe_memory_foreign(&session->probed, path);
        look(session, STEP_RCPT, &facts);
}

void session_probe_message(struct session *session, struct envelope *envelope)
{
        gsize length;
        if (!is_looked_at(session))
                return;
        struct probe_facts facts = facts_of(session);
        facts.message = g_bytes_get_data(envelope->message, &length);
        facts.length = length;
        facts.mail_from = envelope->mail_from;
        look(session, STEP_MESSAGE, &facts);
        envelope->probes = probe_memory_names(&session->probed, session->owner.probes);
}

void session_gone(struct session *session)
{
        if (!is_looked_at(session))
                return;
        struct probe_facts facts = facts_of(session);
        facts.took_message = session->messages > 0;
        facts.quit = session->end != NULL;
        look(session, STEP_END, &facts);
}
