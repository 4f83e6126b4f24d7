/* fuzz_session.c - any octets in any pieces through a session: what it says and what it takes keep their promises
 * The first three octets choose: who talks; which commits fail; how the octets are cut into pieces. In the rest, EVENT and
 * the octet behind it are something that the owner tells. Each input is played twice, in one piece between two events
 * and in many; both must come to the same. */
#include "fuzz.h"

#include "base/log.h"
#include "mail/address.h"
#include "receive/reply.h"
#include "receive/session.h"

enum { HEAD = 3, EVENT = 0xf8, MAX_SIZE = 1000, SMALL_LIMIT = 100 };
enum { FLAG_LMTP = 1, FLAG_TRUSTED = 2, FLAG_TLS = 4, FLAG_EARLY = 8, FLAG_DECOY = 16 };

struct play {
        uint8_t flags, failing;
        unsigned commits;
        size_t answers; /* that may say "accepted" */
        bool became; /* another client, by XCLIENT: no trusted one any more */
        struct session *session;
        struct envelope *waiting;
        GString *heard, *taken;
};

static bool is_decoy(uint8_t flags)
{
        return (flags & (FLAG_DECOY | FLAG_LMTP | FLAG_TRUSTED)) == FLAG_DECOY;
}

static const struct probes *the_probes(void)
{
        static struct probes *probes;
        struct err err;
        char *text = NULL;
        if (!probes)
                g_assert(probes_text(&text, "", &err) && probes_parse(&probes, text, strlen(text), "fuzz", &err));
        g_free(text);
        return probes;
}

static struct conf *the_conf(void)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example, other.example\n"
                                   "admin = admin@home.example\n";
        static struct conf *conf;
        struct err err;
        if (conf)
                return conf;
        g_assert(conf_parse(&conf, text, strlen(text), "fuzz", &err));
        conf->max_size = MAX_SIZE;
        log_open("fuzz", LOG_LEVEL_ERROR, NULL);
        return conf;
}

/* --- what was taken ------------------------------------------------------------------- */

static bool is_ours(const char *path)
{
        const char *at = strrchr(path, '@');
        return at && (g_ascii_strcasecmp(at, "@lists.example") == 0 || g_ascii_strcasecmp(at, "@other.example") == 0);
}

/* A domain that tells what exists (no_bounce = off). */
static bool exists(const char *local)
{
        return g_ascii_strncasecmp(local, "no", 2) != 0;
}

static bool on_exists(void *user, const char *local, const char *domain)
{
        return exists(local);
}

static void check_recipients(const struct play *play, const struct envelope *envelope)
{
        g_assert(envelope->recipients->len >= 1 && envelope->recipients->len <= 100);
        for (guint i = 0; i < envelope->recipients->len; i++) {
                const char *path = envelope->recipients->pdata[i];
                struct address *address;
                if (is_decoy(play->flags)) {
                        g_assert(*path && g_utf8_validate(path, -1, NULL));
                        continue;
                }
                g_assert(is_ours(path) && g_utf8_validate(path, -1, NULL));
                if (play->flags & FLAG_TRUSTED)
                        continue;
                g_assert(address_parse(&address, path, strlen(path), NULL));
                g_assert(exists(address->local));
                address_free(address);
        }
}

/* A stranger's message has lines that end with CRLF, and no other CR, LF or NUL. */
static void check_bytes(const char *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                g_assert(bytes[i] != '\0');
                g_assert((bytes[i] == '\n') == (i > 0 && bytes[i - 1] == '\r'));
        }
        g_assert(length >= strlen("From:\r\n") && bytes[length - 1] == '\n');
}

static void check_message(const struct play *play, const struct envelope *envelope)
{
        gsize length;
        const char *bytes = g_bytes_get_data(envelope->message, &length);
        struct address *sender = NULL;
        g_assert(!envelope->probes || probe_names_are_clean(envelope->probes));
        g_assert(length <= MAX_SIZE && envelope->trusted == !!(play->flags & FLAG_TRUSTED));
        g_assert(envelope->is_decoy == is_decoy(play->flags));
        g_assert(!*envelope->mail_from || envelope->is_decoy || address_parse(&sender, envelope->mail_from, strlen(envelope->mail_from), NULL));
        address_free(sender);
        check_recipients(play, envelope);
        if (!envelope->trusted && !envelope->is_decoy) {
                g_assert(envelope->flaw == FLAW_NONE);
                check_bytes(bytes, length);
        }
}

static void on_message(void *user, const uint8_t *id, struct envelope *envelope)
{
        struct play *play = user;
        g_assert(!play->waiting);
        check_message(play, envelope);
        play->waiting = envelope;
}

static size_t on_limit_of(void *user, const char *address)
{
        return strcmp(address, "small@lists.example") == 0 ? SMALL_LIMIT : 0;
}

static void commit(struct play *play)
{
        bool ok = !(play->failing >> (play->commits++ % 8) & 1);
        g_assert(play->waiting);
        if (ok) {
                GBytes *bytes = envelope_write(play->waiting);
                g_assert(bytes);
                g_string_append_len(play->taken, g_bytes_get_data(bytes, NULL), (gssize) g_bytes_get_size(bytes));
                play->answers += play->flags & FLAG_LMTP ? play->waiting->recipients->len : 1;
                g_bytes_unref(bytes);
        }
        g_clear_pointer(&play->waiting, envelope_free);
        session_committed(play->session, ok);
}

/* --- what was said ------------------------------------------------------------------------ */

/* Nothing that came from outside can be in a reply: each line is one of these. */
static bool is_reply(const struct play *play, const char *line)
{
        static const char *const others[] = {
                "220 mail.example ESMTP", "220 mail.example LMTP", "250 mail.example", "250-mail.example", "250-PIPELINING",
                "250-SIZE 1000", "250-SIZE", "250-8BITMIME", "250-SMTPUTF8", "250-STARTTLS", "250 ENHANCEDSTATUSCODES",
                "250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE", "250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
                if (strcmp(line, others[i]) == 0)
                        return true;
        for (int i = 0; i < REPLIES; i++)
                if (strcmp(line, reply_text((enum reply) i, play->flags & FLAG_TRUSTED)) == 0
                    || (play->became && strcmp(line, reply_text((enum reply) i, false)) == 0))
                        return true;
        return false;
}

/* An MTA of ours hears a 5xx only where no mail is concerned. */
static bool may_be_told_to_trusted(const char *line)
{
        return line[0] != '5' || strcmp(line, reply_text(REPLY_UNKNOWN_COMMAND, true)) == 0
               || strcmp(line, reply_text(REPLY_NOT_IMPLEMENTED, true)) == 0
               || strcmp(line, reply_text(REPLY_NO_HELO_NAME, true)) == 0;
}

static void check_heard(const struct play *play)
{
        char **lines = g_strsplit(play->heard->str, "\r\n", -1);
        size_t accepted = 0;
        g_assert(strlen(play->heard->str) == play->heard->len);
        for (char **line = lines; line[1]; line++) {
                g_assert(is_reply(play, *line));
                g_assert(!(play->flags & FLAG_TRUSTED) || play->became || may_be_told_to_trusted(*line));
                accepted += strcmp(*line, reply_text(REPLY_ACCEPTED, false)) == 0;
        }
        g_assert(*lines[g_strv_length(lines) - 1] == '\0');
        g_assert(accepted == play->answers); /* never before the commit, never without it */
        g_strfreev(lines);
}

/* --- playing ---------------------------------------------------------------------------------- */

static void feed(struct play *play, const uint8_t *bytes, size_t length)
{
        char *block = g_memdup2(bytes, length ? length : 1);
        for (size_t taken = 0; taken < length;) {
                taken += session_feed(play->session, block + taken, length - taken);
                if (session_wish(play->session) == WISH_COMMIT)
                        commit(play);
                else if (session_wish(play->session) == WISH_PAUSE)
                        session_resume(play->session);
                else
                        g_assert(taken == length);
        }
        g_free(block);
}

static void tell(struct play *play, uint8_t what)
{
        switch (what % 8) {
        case 0:
                session_timeout(play->session);
                break;
        case 1:
                session_drain(play->session);
                break;
        case 2:
                session_cut(play->session);
                break;
        default:
                if (session_wish(play->session) == WISH_TLS)
                        session_tls_started(play->session);
        }
}

/* `piece` 0: all in one. */
static void play_input(struct play *play, const uint8_t *data, size_t size, uint8_t piece)
{
        unsigned next = piece;
        while (size > 0) {
                const uint8_t *event = memchr(data, EVENT, size);
                size_t length = event ? (size_t) (event - data) : size;
                if (event == data) {
                        tell(play, size > 1 ? data[1] : 0);
                        length = MIN(size, 2);
                } else {
                        next = next * 37 + 11;
                        length = piece ? MIN(length, next % piece + 1) : length;
                        feed(play, data, length);
                }
                data += length;
                size -= length;
        }
}

/* By the first letter of the name, so that all that the guard can say is met. */
static enum admission on_tried(void *user, const char *mail_from, const char *recipient)
{
        static const char letters[] = { [ADMIT_SLOWLY] = 's', [ADMIT_LATER] = 'l', [ADMIT_NOT] = 'n' };
        for (int admission = ADMIT_SLOWLY; admission <= ADMIT_NOT; admission++)
                if (recipient[0] == letters[admission])
                        return (enum admission) admission;
        return ADMIT;
}

static bool on_became(void *user, const char *ip, bool is_trusted)
{
        struct play *play = user;
        play->became = true;
        return true;
}

static void run(struct play *play, const uint8_t *data, size_t size, uint8_t piece)
{
        const struct session_peer peer = {
                .kind = is_decoy(data[0]) ? LISTENER_DECOY : data[0] & FLAG_LMTP ? LISTENER_LMTP : LISTENER_SMTP,
                .trusted = data[0] & FLAG_TRUSTED,
                .tls_offered = data[0] & FLAG_TLS,
                .client = "192.0.2.7",
                .server = "203.0.113.5",
        };
        const struct session_owner owner = {
                .message = on_message,
                .limit_of = on_limit_of,
                .exists = on_exists,
                .tried = on_tried,
                .became = on_became,
                .user = play,
                .probes = the_probes(),
        };
        play->flags = data[0];
        play->failing = data[1];
        play->taken = g_string_new(NULL);
        play->session = session_new(the_conf(), &peer, &owner);
        session_greet(play->session, data[0] & FLAG_EARLY);
        play_input(play, data + HEAD, size - HEAD, piece);
        play->heard = g_string_new_len(session_output(play->session)->str, (gssize) session_output(play->session)->len);
        session_gone(play->session);
        session_free(play->session);
        check_heard(play);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < HEAD)
                return 0;
        struct play whole = { 0 }, pieces = { 0 };
        run(&whole, data, size, 0);
        run(&pieces, data, size, data[2] | 1);
        g_assert(g_string_equal(whole.heard, pieces.heard));
        g_assert(g_string_equal(whole.taken, pieces.taken));
        g_string_free(whole.heard, TRUE);
        g_string_free(whole.taken, TRUE);
        g_string_free(pieces.heard, TRUE);
        g_string_free(pieces.taken, TRUE);
        return 0;
}
