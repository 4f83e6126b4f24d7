/* test_dialogs.c - plays tests/dialogs/ (each .txt) into a session, in process; tests/dialogs/README has the format
 * Each dialogue is played twice: what is sent together in one piece, and octet by octet. Both must say the same. */
#include "unit.h"

#include "base/log.h"
#include "receive/session.h"

enum { DIALOGS_MAX = 64 };

struct message {
        struct envelope *envelope;
        guint recipients_checked;
};

/* One dialogue as it is played. */
struct play {
        const char *file;
        unsigned line;
        bool octet_by_octet;
        struct conf *conf;
        struct session_peer peer;
        GHashTable *limits; /* address -> size */
        GHashTable *known;  /* addresses of domains that tell what exists, and these domains */
        struct session *session;
        GString *segment;   /* to be sent together */
        GString *heard;     /* and not expected yet */
        GQueue messages;    /* struct message, not checked yet */
        struct message checked;
        enum admission admission; /* what the guard says to each recipient */
        bool is_over_limit;       /* and to each message */
        uint64_t room;            /* octets that the disk has for the next message */
        GString *noted;           /* what it was told */
        struct probes *probes;    /* NULL: nobody looks for them */
        bool commits_fail, commits_wait, spoke_early;
};

#define FAIL(play, ...) fail_at(play, g_strdup_printf(__VA_ARGS__))

static void fail_at(const struct play *play, char *what)
{
        fail_msg("%s:%u: %s%s", play->file, play->line, what, play->octet_by_octet ? " (octet by octet)" : "");
        g_free(what);
}

/* --- the owner of the session ------------------------------------------------------ */

static void on_message(void *user, const uint8_t *id, struct envelope *envelope)
{
        struct play *play = user;
        struct message *message = g_new0(struct message, 1);
        message->envelope = envelope;
        g_queue_push_tail(&play->messages, message);
}

static size_t on_limit_of(void *user, const char *address)
{
        struct play *play = user;
        return GPOINTER_TO_SIZE(g_hash_table_lookup(play->limits, address));
}

/* In a domain of which no address is known, nothing is told. */
static bool on_exists(void *user, const char *local, const char *domain)
{
        const struct play *play = user;
        char *address = g_strconcat(local, "@", domain, NULL);
        bool exists = !g_hash_table_contains(play->known, domain) || g_hash_table_contains(play->known, address);
        g_free(address);
        return exists;
}

static void on_note(void *user, enum guard_part part, double points)
{
        struct play *play = user;
        g_string_append_printf(play->noted, "%s%s", play->noted->len ? " " : "", DOOR_COUNT_WORDS[part]);
        if (part == PART_PROBE)
                g_string_append_printf(play->noted, ":%g", points);
}

static enum admission on_tried(void *user, const char *mail_from, const char *recipient)
{
        const struct play *play = user;
        return play->admission;
}

static bool on_may_mail(void *user)
{
        const struct play *play = user;
        return !play->is_over_limit;
}

static bool on_has_room(void *user, uint64_t octets)
{
        const struct play *play = user;
        return octets <= play->room && play->room > 0;
}

static void message_clear(struct message *message)
{
        envelope_free(message->envelope);
        *message = (struct message){ 0 };
}

/* As the spool would: a message whose commit failed is not there. */
static void commit(struct play *play, bool ok)
{
        if (session_wish(play->session) != WISH_COMMIT)
                FAIL(play, "no commit is waited for");
        if (!ok) {
                struct message *lost = g_queue_pop_tail(&play->messages);
                message_clear(lost);
                g_free(lost);
        }
        session_committed(play->session, ok);
}

static void feed(struct play *play, const char *bytes, size_t length)
{
        size_t taken = 0;
        while (taken < length) {
                size_t piece = play->octet_by_octet ? 1 : length - taken;
                char *block = exact(bytes + taken, piece);
                taken += session_feed(play->session, block, piece);
                g_free(block);
                if (session_wish(play->session) == WISH_COMMIT && !play->commits_wait)
                        commit(play, !play->commits_fail);
                else if (session_wish(play->session) == WISH_PAUSE && taken < length)
                        FAIL(play, "octets follow while it pauses");
                else if (session_wish(play->session) == WISH_COMMIT && taken < length)
                        FAIL(play, "octets follow while the commit is waited for");
        }
}

/* --- playing --------------------------------------------------------------------------- */

static void hear(struct play *play)
{
        if (session_wish(play->session) == WISH_PAUSE)
                return;
        GString *output = session_output(play->session);
        g_string_append_len(play->heard, output->str, (gssize) output->len);
        g_string_truncate(output, 0);
}

static void start(struct play *play)
{
        const struct session_owner owner = {
                .message = on_message,
                .limit_of = on_limit_of,
                .exists = on_exists,
                .note = on_note,
                .tried = on_tried,
                .may_mail = on_may_mail,
                .has_room = on_has_room,
                .user = play,
                .probes = play->probes,
        };
        if (play->session)
                return;
        play->session = session_new(play->conf, &play->peer, &owner);
        session_greet(play->session, play->spoke_early);
        hear(play);
}

/* What was sent goes out, when everything that was heard before was expected. */
static void send_segment(struct play *play)
{
        start(play);
        if (play->segment->len == 0)
                return;
        feed(play, play->segment->str, play->segment->len);
        g_string_truncate(play->segment, 0);
        hear(play);
}

static void expect_silence(struct play *play)
{
        if (play->heard->len > 0)
                FAIL(play, "heard, but not expected: %s", play->heard->str);
}

static void expect_line(struct play *play, const char *want)
{
        send_segment(play);
        char *end = strstr(play->heard->str, "\r\n");
        if (!end)
                FAIL(play, "nothing was heard, want '%s'", want);
        char *line = g_strndup(play->heard->str, (gsize) (end - play->heard->str));
        size_t length = strlen(want);
        if (!g_str_has_prefix(line, want) || (line[length] != '\0' && line[length] != ' '))
                FAIL(play, "heard '%s', want '%s'", line, want);
        g_string_erase(play->heard, 0, (gssize) (end + 2 - play->heard->str));
        g_free(line);
}

/* \r \n \t \0 \\ \xHH */
static void append_unescaped(GString *out, const char *text)
{
        for (; *text; text++) {
                if (*text != '\\') {
                        g_string_append_c(out, *text);
                        continue;
                }
                switch (*++text) {
                case 'r':
                        g_string_append_c(out, '\r');
                        break;
                case 'n':
                        g_string_append_c(out, '\n');
                        break;
                case 't':
                        g_string_append_c(out, '\t');
                        break;
                case '0':
                        g_string_append_c(out, '\0');
                        break;
                case 'x':
                        g_string_append_c(out, (char) (g_ascii_xdigit_value(text[1]) << 4 | g_ascii_xdigit_value(text[2])));
                        text += 2;
                        break;
                default:
                        g_string_append_c(out, *text);
                }
        }
}

static void say(struct play *play, const char *text)
{
        if (play->segment->len == 0) {
                start(play);
                expect_silence(play);
        }
        append_unescaped(play->segment, text);
}

/* "!" lines: set up before the first octet, or do what an owner does. */
static void do_send(struct play *play, char **words)
{
        for (guint64 i = g_ascii_strtoull(words[1], NULL, 10); i > 0; i--) {
                say(play, words[2]);
                if (strcmp(words[0], "send") == 0)
                        say(play, "\\r\\n");
        }
}

static void do_hear(struct play *play, char **words)
{
        for (guint64 i = g_ascii_strtoull(words[1], NULL, 10); i > 0; i--)
                expect_line(play, words[2]);
}

static void do_limit(struct play *play, char **words)
{
        g_hash_table_insert(play->limits, g_strdup(words[1]), GSIZE_TO_POINTER((gsize) g_ascii_strtoull(words[2], NULL, 10)));
}

static void do_known(struct play *play, char **words)
{
        g_hash_table_add(play->known, g_strdup(words[1]));
        g_hash_table_add(play->known, g_strdup(strrchr(words[1], '@') + 1));
}

static void do_commits(struct play *play, char **words)
{
        send_segment(play);
        play->commits_fail = strcmp(words[1], "fail") == 0;
        play->commits_wait = strcmp(words[1], "wait") == 0;
}

static void do_committed(struct play *play, char **words)
{
        send_segment(play);
        commit(play, strcmp(words[1], "ok") == 0);
        hear(play);
}

static void do_closed(struct play *play, char **words)
{
        send_segment(play);
        expect_silence(play);
        if (session_wish(play->session) != WISH_CLOSE || g_strcmp0(session_end_reason(play->session), words[1]) != 0)
                FAIL(play, "it ends for '%s', want '%s'", session_end_reason(play->session), words[1]);
}

static void do_admit(struct play *play, char **words)
{
        static const char *const names[] = { [ADMIT] = "yes", [ADMIT_SLOWLY] = "slowly", [ADMIT_LATER] = "later", [ADMIT_NOT] = "no" };
        send_segment(play);
        play->admission = ADMIT;
        while (strcmp(names[play->admission], words[1]) != 0)
                if (++play->admission > ADMIT_NOT)
                        FAIL(play, "no such admission: %s", words[1]);
}

static void do_over_limit(struct play *play, char **words)
{
        send_segment(play);
        play->is_over_limit = true;
}

static void do_room(struct play *play, char **words)
{
        send_segment(play);
        play->room = g_ascii_strtoull(words[1], NULL, 10);
}

static void do_paused(struct play *play, char **words)
{
        send_segment(play);
        expect_silence(play);
        if (session_wish(play->session) != WISH_PAUSE)
                FAIL(play, "it does not pause");
        session_resume(play->session);
        hear(play);
}

static void do_noted(struct play *play, char **words)
{
        char *want = g_strjoinv(" ", words + 1);
        send_segment(play);
        if (strcmp(play->noted->str, want) != 0)
                FAIL(play, "noted was '%s'", play->noted->str);
        g_string_truncate(play->noted, 0);
        g_free(want);
}

static void do_tell(struct play *play, char **words)
{
        static const struct {
                const char *word;
                void (*tell)(struct session *session);
        } tells[] = { { "tls-started", session_tls_started },
                      { "timeout", session_timeout },
                      { "drain", session_drain },
                      { "gone", session_gone },
                      { "cut", session_cut } };
        send_segment(play);
        expect_silence(play);
        for (size_t i = 0; i < G_N_ELEMENTS(tells); i++)
                if (strcmp(tells[i].word, words[0]) == 0)
                        tells[i].tell(play->session);
        hear(play);
}

static void look_for_probes(struct play *play)
{
        struct err err;
        char *text = g_strjoinv("", (char **) PROBE_LINES);
        if (!probes_parse(&play->probes, text, strlen(text), "probes", &err))
                FAIL(play, "%s", err.text);
        g_free(text);
}

static void do_setting(struct play *play, char **words)
{
        if (play->session)
                FAIL(play, "'%s' comes too late", words[0]);
        if (strcmp(words[0], "lmtp") == 0)
                play->peer.kind = LISTENER_LMTP;
        else if (strcmp(words[0], "trusted") == 0)
                play->peer.trusted = true;
        else if (strcmp(words[0], "tls") == 0)
                play->peer.tls_offered = true;
        else if (strcmp(words[0], "decoy") == 0)
                play->peer.kind = LISTENER_DECOY;
        else if (strcmp(words[0], "probes") == 0)
                look_for_probes(play);
        else if (strcmp(words[0], "early") == 0)
                play->spoke_early = true;
        else
                play->conf->max_size = (int) g_ascii_strtoull(words[1], NULL, 10);
}

static void direct(struct play *play, const char *text)
{
        static const struct {
                const char *word;
                guint words;
                void (*run)(struct play *play, char **words);
        } verbs[] = {
                { "lmtp", 1, do_setting },     { "trusted", 1, do_setting },   { "tls", 1, do_setting },
                { "early", 1, do_setting },    { "max_size", 2, do_setting },  { "limit", 3, do_limit },
                { "known", 2, do_known },
                { "send", 3, do_send },        { "octets", 3, do_send },       { "hear", 3, do_hear },
                { "commits", 2, do_commits },  { "committed", 2, do_committed }, { "closed", 2, do_closed },
                { "tls-started", 1, do_tell }, { "timeout", 1, do_tell },      { "drain", 1, do_tell },
                { "cut", 1, do_tell },         { "gone", 1, do_tell },        { "probes", 1, do_setting },    { "decoy", 1, do_setting },
                        { "admit", 2, do_admit },       { "paused", 1, do_paused },
                { "over-limit", 1, do_over_limit }, { "room", 2, do_room }, { "noted", 0, do_noted },
        };
        char **words = g_strsplit(text, " ", 3);
        size_t i = 0;
        while (i < G_N_ELEMENTS(verbs) && (strcmp(verbs[i].word, words[0]) != 0 || (verbs[i].words && g_strv_length(words) != verbs[i].words)))
                i++;
        if (i == G_N_ELEMENTS(verbs))
                FAIL(play, "no such directive: %s", text);
        verbs[i].run(play, words);
        g_strfreev(words);
}

/* --- what went into the spool ------------------------------------------------------------- */

static void check_text(struct play *play, const char *key, const char *got, const char *want)
{
        if (g_strcmp0(got, want) != 0)
                FAIL(play, "%s is '%s', want '%s'", key, got, want);
}

static void check_bytes(struct play *play, const char *want)
{
        GString *text = g_string_new(NULL);
        append_unescaped(text, want);
        gsize length;
        const void *bytes = g_bytes_get_data(play->checked.envelope->message, &length);
        if (length != text->len || (length && memcmp(bytes, text->str, length) != 0))
                FAIL(play, "the message has %zu octets: %.*s", length, (int) length, (const char *) bytes);
        g_string_free(text, TRUE);
}

static void end_check(struct play *play)
{
        if (!play->checked.envelope)
                return;
        if (play->checked.recipients_checked != play->checked.envelope->recipients->len)
                FAIL(play, "there is another recipient");
        message_clear(&play->checked);
}

/* "=" lines: of the next message, beginning with "= message". */
static void check(struct play *play, const char *text)
{
        static const char *const flaws[] = { "none", "oversize", "bytes" };
        send_segment(play);
        char **words = g_strsplit(text, " ", 2);
        const char *key = words[0], *want = words[1] ? words[1] : "";
        if (strcmp(key, "message") == 0) {
                end_check(play);
                struct message *next = g_queue_pop_head(&play->messages);
                if (!next)
                        FAIL(play, "no message is in the spool");
                play->checked = *next;
                g_free(next);
                g_strfreev(words);
                return;
        }
        const struct envelope *envelope = play->checked.envelope;
        if (!envelope)
                FAIL(play, "'= message' comes first");
        if (strcmp(key, "mail-from") == 0)
                check_text(play, key, envelope->mail_from, want);
        else if (strcmp(key, "recipient") == 0 && play->checked.recipients_checked < envelope->recipients->len)
                check_text(play, key, envelope->recipients->pdata[play->checked.recipients_checked++], want);
        else if (strcmp(key, "client") == 0)
                check_text(play, key, envelope->client, want);
        else if (strcmp(key, "helo") == 0)
                check_text(play, key, envelope->helo, want);
        else if (strcmp(key, "protocol") == 0)
                check_text(play, key, envelope->protocol, want);
        else if (strcmp(key, "trusted") == 0)
                check_text(play, key, envelope->trusted ? "yes" : "no", want);
        else if (strcmp(key, "flaw") == 0)
                check_text(play, key, flaws[envelope->flaw], want);
        else if (strcmp(key, "probes") == 0)
                check_text(play, key, envelope->probes ? envelope->probes : "", want);
        else if (strcmp(key, "decoy") == 0)
                check_text(play, key, envelope->is_decoy ? "yes" : "no", want);
        else if (strcmp(key, "size") == 0)
                assert_int_equal(g_bytes_get_size(envelope->message), g_ascii_strtoull(want, NULL, 10));
        else if (strcmp(key, "bytes") == 0)
                check_bytes(play, want);
        else
                FAIL(play, "cannot check '%s'", text);
        g_strfreev(words);
}

/* --- a file --------------------------------------------------------------------------------- */

static void begin(struct play *play)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example, other.example\n"
                                   "admin = admin@home.example\n[receive]\nmax_size = 64K\n";
        struct err err = { 0 };
        if (!conf_parse(&play->conf, text, strlen(text), "dialogue", &err))
                fail_msg("%s", err.text);
        play->peer = (struct session_peer){ .kind = LISTENER_SMTP, .client = "192.0.2.7", .server = "203.0.113.5", .number = 1 };
        play->probes = NULL;
        play->limits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        play->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        play->session = NULL;
        play->segment = g_string_new(NULL);
        play->heard = g_string_new(NULL);
        play->noted = g_string_new(NULL);
        play->admission = ADMIT;
        play->is_over_limit = false;
        play->room = UINT64_MAX;
        play->commits_fail = play->commits_wait = play->spoke_early = false;
        g_queue_init(&play->messages);
}

/* Nothing may be left that was not told in the file. */
static void end(struct play *play)
{
        send_segment(play);
        expect_silence(play);
        end_check(play);
        if (!g_queue_is_empty(&play->messages))
                FAIL(play, "a message is in the spool that was not expected");
        session_free(play->session);
        conf_free(play->conf);
        g_hash_table_unref(play->limits);
        g_hash_table_unref(play->known);
        g_string_free(play->segment, TRUE);
        g_string_free(play->heard, TRUE);
        g_string_free(play->noted, TRUE);
        probes_free(play->probes);
}

static void play_line(struct play *play, const char *line)
{
        if (line[0] == '\0' || line[0] == '#')
                return;
        if (line[1] != ' ' && line[1] != '\0')
                FAIL(play, "no such line: %s", line);
        const char *text = line[1] ? line + 2 : "";
        switch (line[0]) {
        case '>':
                say(play, text);
                say(play, "\\r\\n");
                break;
        case '|':
                say(play, text);
                break;
        case '<':
                expect_line(play, text);
                break;
        case '=':
                check(play, text);
                break;
        case '!':
                direct(play, text);
                break;
        default:
                FAIL(play, "no such line: %s", line);
        }
}

static void play_file(const char *path, bool octet_by_octet)
{
        struct play play = { .octet_by_octet = octet_by_octet };
        char *text, *name = g_path_get_basename(path);
        bool playing = false;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        char **lines = g_strsplit(text, "\n", -1);
        play.file = name;
        for (play.line = 1; lines[play.line - 1]; play.line++) {
                const char *line = lines[play.line - 1];
                if (!g_str_has_prefix(line, "== ")) {
                        if (playing)
                                play_line(&play, line);
                        continue;
                }
                if (playing)
                        end(&play);
                begin(&play);
                playing = true;
        }
        assert_true(playing);
        end(&play);
        g_strfreev(lines);
        g_free(text);
        g_free(name);
}

static void test_dialog(void **state)
{
        play_file(*state, false);
        play_file(*state, true);
}

int main(void)
{
        static struct CMUnitTest tests[DIALOGS_MAX];
        const char *sources = g_getenv("LISTD_SRCDIR");
        char *folder = g_build_filename(sources ? sources : ".", "tests/dialogs", NULL);
        GDir *dir = g_dir_open(folder, 0, NULL);
        size_t count = 0;
        log_open("test", LOG_LEVEL_ERROR, NULL);
        for (const char *name; dir && count < DIALOGS_MAX && (name = g_dir_read_name(dir));)
                if (g_str_has_suffix(name, ".txt")) {
                        char *path = g_build_filename(folder, name, NULL);
                        tests[count++] = (struct CMUnitTest){ path, test_dialog, NULL, NULL, path };
                }
        if (count == 0) {
                fprintf(stderr, "no dialogues in %s\n", folder);
                return 1;
        }
        int failed = _cmocka_run_group_tests("dialogs", tests, count, NULL, NULL);
        for (size_t i = 0; i < count; i++)
                g_free(tests[i].initial_state);
        g_dir_close(dir);
        g_free(folder);
        return failed;
}
