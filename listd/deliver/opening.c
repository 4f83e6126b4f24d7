/* opening.c - what is said with the relay before libESMTP speaks: TLS
 * Gives:     opening_run()
 * Fails:     with `why`: no TLS where there must be, a certificate that is not good, an answer that did not come or had more behind it
 * Standards: RFC 3207 (STARTTLS), RFC 8314 3.3 (implicit TLS), RFC 5321 4.1.4 (a second EHLO is as good as the first) */
#include "deliver/opening.h"

#include "deliver/watch.h"

static bool fail(struct opening *opening, const char *format, ...) PRINTF_LIKE(2, 3);
static bool fail(struct opening *opening, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_vsnprintf(opening->why, sizeof opening->why, format, args);
        va_end(args);
        return false;
}

/* The next reply, and nothing behind it: who speaks unasked may be somebody who sits between, before TLS (RFC 3207 6). */
static bool hear(struct opening *opening, struct watch *watch)
{
        struct wire *wire = opening->wire;
        const gint64 end = g_get_monotonic_time() + (gint64) opening->timeout_ms * 1000;
        for (const size_t before = watch->replies; watch->replies == before; wire->at++) {
                const gint64 left_ms = (end - g_get_monotonic_time()) / 1000;
                if (left_ms <= 0 || !wire_fill(wire, (int) left_ms))
                        return fail(opening, "%s at %s", wire->is_over ? "it closed the connection" : "no answer came in time",
                                    WATCH_PHASE_WORDS[watch->phase]);
                watch_read(watch, wire->read + wire->at, 1);
        }
        return wire->at == wire->end
               || fail(opening, "there was more behind its answer to %s: somebody may sit between", WATCH_PHASE_WORDS[watch->phase]);
}

static bool ask(struct opening *opening, struct watch *watch, const char *command)
{
        watch_wrote(watch, command, strlen(command));
        wire_hold(opening->wire, command);
        return hear(opening, watch);
}

static bool greet_libesmtp(struct opening *opening, const char *greeting)
{
        struct wire *wire = opening->wire;
        g_snprintf(wire->read, sizeof wire->read, "%s\r\n", greeting);
        wire->at = 0;
        wire->end = strlen(wire->read);
        return true;
}

/* With TLS_MAY any certificate will do. */
static bool check_certificate(struct opening *opening)
{
        const char *flaw = relay_tls_flaw(opening->ssl);
        return opening->tls == TLS_MAY || !flaw || fail(opening, "its certificate is not good: %s", flaw);
}

static bool shake_hands(struct opening *opening)
{
        struct wire *wire = opening->wire;
        opening->ssl = wire->ssl = relay_tls_ssl(opening->context, wire->fd);
        if (!wire->ssl)
                return fail(opening, "OpenSSL gives no connection");
        if (wire_handshake(wire, opening->timeout_ms))
                return check_certificate(opening);
        const char *reason = relay_tls_reason();
        return fail(opening, "TLS does not come about: %s", reason ? reason : "it closed the connection, or was silent");
}

static bool start_tls(struct opening *opening, struct watch *watch)
{
        if (!ask(opening, watch, "STARTTLS\r\n"))
                return false;
        if (watch->last[0] != '2')
                return fail(opening, "it turned us away: %s", watch->last);
        return shake_hands(opening);
}

bool opening_run(struct opening *opening)
{
        struct watch watch = { 0 };
        if (opening->tls == TLS_IMPLICIT)
                return shake_hands(opening);
        if (!hear(opening, &watch))
                return false;
        char greeting[WATCH_LINE_MAX + 1], ehlo[WATCH_LINE_MAX];
        g_strlcpy(greeting, watch.last, sizeof greeting);
        if (greeting[0] != '2') /* libESMTP tells it */
                return greet_libesmtp(opening, greeting);
        g_snprintf(ehlo, sizeof ehlo, "EHLO %s\r\n", opening->hostname);
        if (!ask(opening, &watch, ehlo))
                return false;
        if (!watch.offers_starttls || watch.last[0] != '2')
                return opening->tls == TLS_MAY ? greet_libesmtp(opening, greeting) : fail(opening, "it does not offer STARTTLS");
        opening->is_broken = !start_tls(opening, &watch);
        return !opening->is_broken && greet_libesmtp(opening, greeting);
}
