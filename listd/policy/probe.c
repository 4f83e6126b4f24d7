/* probe.c - which patterns match what a session has shown so far
 * Gives:     probes_match(), probe_memory_*(), probe_names_are_clean()
 * Fails:     never
 * Standards: RFC 5322 2.2 (fields, folding), 4.5 (blanks before the colon, obsolete)
 * A pattern is told once a message, and of the client and its HELO once a session: a pattern's worth is that it was seen. */
#include "policy/probe_file.h"

/* One step of a session. */
struct look {
        const struct probes *probes;
        struct probe_look look;
        struct probe_memory *memory;
        const char *header, *body; /* of the message */
        size_t header_length, body_length;
        GString *scratch; /* what is looked at, in lower case */
        GString *body_text;
        guint64 found[PROBE_PATTERNS_MAX / 64];
};

static bool has_bit(const guint64 *bits, guint i)
{
        return bits[i / 64] >> (i % 64) & 1;
}

static void set_bit(guint64 *bits, guint i)
{
        bits[i / 64] |= G_GUINT64_CONSTANT(1) << (i % 64);
}

static bool is_of_session(enum probe_where where)
{
        return where == PROBE_CLIENT || where == PROBE_HELO || where == PROBE_SESSION;
}

static guint64 *bits_of(struct probe_memory *memory, enum probe_where where)
{
        return is_of_session(where) ? memory->of_session : memory->of_message;
}

static void set_lower(GString *to, const char *text, size_t length)
{
        g_string_truncate(to, 0);
        g_string_append_len(to, text, (gssize) length);
        g_string_ascii_down(to);
}

/* --- header ----------------------------------------------------------------------- */

/* The value of a field, without its folds, and at most PROBE_PATH_MAX octets of it. */
static void set_value(GString *to, const char *value, size_t length)
{
        g_string_truncate(to, 0);
        length = MIN(length, (size_t) PROBE_PATH_MAX);
        for (size_t i = 0; i < length; i++)
                if (value[i] != '\r' && value[i] != '\n')
                        g_string_append_c(to, g_ascii_tolower(value[i]));
        while (to->len > 0 && strchr(" \t", to->str[to->len - 1]))
                g_string_truncate(to, to->len - 1);
        size_t blanks = strspn(to->str, " \t");
        g_string_erase(to, 0, (gssize) MIN(blanks, to->len));
}

/* Behind the field that begins at `at`: where a line begins that does not continue it. */
static const char *field_end(const char *at, const char *end)
{
        do {
                const char *newline = memchr(at, '\n', (size_t) (end - at));
                if (!newline)
                        return end;
                at = newline + 1;
        } while (at < end && (*at == ' ' || *at == '\t'));
        return at;
}

/* What stands behind the colon of a field of that name; NULL: it is another one. */
static const char *field_value(const char *at, const char *end, const char *name)
{
        size_t length = strlen(name);
        if ((size_t) (end - at) <= length || g_ascii_strncasecmp(at, name, length) != 0)
                return NULL;
        at += length;
        while (at < end && (*at == ' ' || *at == '\t'))
                at++;
        return at < end && *at == ':' ? at + 1 : NULL;
}

/* The next field of that name from *at on, its value in `to`; false: there is none. */
static bool next_field(const struct look *look, const char **at, const char *name, GString *to)
{
        const char *end = look->header + look->header_length;
        while (*at < end) {
                const char *from = *at;
                *at = field_end(from, end);
                const char *value = field_value(from, *at, name);
                if (value) {
                        set_value(to, value, (size_t) (*at - value));
                        return true;
                }
        }
        return false;
}

static bool names_ours(const struct look *look)
{
        static const char *const names[] = { "To", "Cc", "Resent-To", "Resent-Cc" };
        bool any;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                const char *at = look->header;
                for (int fields = 0; fields < PROBE_FIELDS_MAX && next_field(look, &at, names[i], look->scratch); fields++)
                        if (probe_has_our_address(look->look.facts->conf, look->scratch->str, look->scratch->len, &any))
                                return true;
        }
        return false;
}

/* Where the header ends and the body begins. */
static void split_message(struct look *look)
{
        const struct probe_facts *facts = look->look.facts;
        const char *message = facts->message ? facts->message : "";
        const size_t length = facts->message ? facts->length : 0;
        const char *gap = memmem(message, length, "\r\n\r\n", 4);
        size_t header = gap ? (size_t) (gap - message) + 2 : length; /* up to the empty line */
        if (length >= 2 && memcmp(message, "\r\n", 2) == 0)
                header = 0;
        look->header = message;
        look->header_length = MIN(header, (size_t) PROBE_HEADER_MAX);
        look->body = message + MIN(header + 2, length);
        look->body_length = MIN(length - (size_t) (look->body - message), (size_t) PROBE_BODY_MAX);
}

/* A report quotes what we have said ourselves. */
static bool may_look_inside(const struct probe_facts *facts)
{
        return facts->message && facts->mail_from && *facts->mail_from;
}

/* --- patterns ------------------------------------------------------------------------ */

static bool ask(struct look *look, const struct probe_pattern *pattern, const GString *text)
{
        struct probe_view view = { .where = pattern->where, .text = text->str, .length = text->len };
        if (pattern->where == PROBE_MAIL_FROM || pattern->where == PROBE_RCPT_TO)
                probe_view_path(&view);
        look->look.argument = pattern->argument;
        return pattern->kind->test(&look->look, &view);
}

static bool ask_header(struct look *look, const struct probe_pattern *pattern)
{
        const char *at = look->header;
        for (int fields = 0; fields < PROBE_FIELDS_MAX && next_field(look, &at, pattern->field, look->scratch); fields++)
                if (ask(look, pattern, look->scratch))
                        return true;
        return false;
}

static bool ask_text(struct look *look, const struct probe_pattern *pattern, const char *text)
{
        if (!text || !*text)
                return false;
        set_lower(look->scratch, text, strnlen(text, PROBE_PATH_MAX));
        return ask(look, pattern, look->scratch);
}

static bool matches(struct look *look, const struct probe_pattern *pattern)
{
        const struct probe_facts *facts = look->look.facts;
        switch (pattern->where) {
        case PROBE_CLIENT:
                return ask_text(look, pattern, facts->client);
        case PROBE_HELO:
                return ask_text(look, pattern, facts->helo);
        case PROBE_MAIL_FROM:
                return ask_text(look, pattern, facts->mail_from);
        case PROBE_RCPT_TO:
                return ask_text(look, pattern, facts->rcpt_to);
        case PROBE_HEADER:
                return may_look_inside(facts) && ask_header(look, pattern);
        case PROBE_BODY:
                return may_look_inside(facts) && ask(look, pattern, look->body_text);
        case PROBE_SESSION:
                return ask(look, pattern, look->scratch);
        }
        return false;
}

static bool makes_suspect(const struct probe_pattern *pattern)
{
        return !pattern->is_circumstantial && !pattern->kind->is_gibberish && pattern->points >= PROBE_SUSPECT_POINTS;
}

/* Returns how many were found. */
static size_t find(struct look *look, enum probe_step step)
{
        size_t count = 0;
        for (guint i = 0; i < look->probes->patterns->len && count < PROBE_MATCHES_MAX; i++) {
                const struct probe_pattern *pattern = probes_pattern(look->probes, i);
                guint64 *bits = bits_of(look->memory, pattern->where);
                if (!(step & (1 << pattern->where)) || has_bit(bits, i) || !matches(look, pattern))
                        continue;
                set_bit(bits, i);
                set_bit(look->found, i);
                look->memory->is_suspect |= makes_suspect(pattern);
                count++;
        }
        return count;
}

static bool counts(const struct probe_memory *memory, const struct probe_pattern *pattern)
{
        return !pattern->is_circumstantial || memory->is_suspect;
}

/* After all were looked for: one that is circumstantial may stand before the one that gives it weight. */
static size_t tell(const struct look *look, struct probe_match *ret_matches)
{
        size_t count = 0;
        for (guint i = 0; i < look->probes->patterns->len; i++) {
                const struct probe_pattern *pattern = probes_pattern(look->probes, i);
                if (!has_bit(look->found, i) || !counts(look->memory, pattern))
                        continue;
                ret_matches[count++] = (struct probe_match){
                        .name = pattern->name,
                        .why = pattern->why,
                        .points = pattern->points,
                        .is_gibberish = pattern->kind->is_gibberish,
                };
        }
        return count;
}

size_t probes_match(const struct probes *probes, enum probe_step step, const struct probe_facts *facts,
                    struct probe_memory *memory, struct probe_match ret_matches[PROBE_MATCHES_MAX])
{
        struct look look = { .probes = probes, .look = { .facts = facts, .memory = memory }, .memory = memory };
        look.scratch = g_string_new(NULL);
        look.body_text = g_string_new(NULL);
        if (step == STEP_MESSAGE && may_look_inside(facts)) {
                split_message(&look);
                set_lower(look.body_text, look.body, look.body_length);
                look.look.names_ours = names_ours(&look);
        }
        size_t count = find(&look, step) > 0 ? tell(&look, ret_matches) : 0;
        g_string_free(look.scratch, TRUE);
        g_string_free(look.body_text, TRUE);
        return count;
}

/* --- what is remembered of a session ----------------------------------------------------- */

void probe_memory_mail(struct probe_memory *memory)
{
        memset(memory->of_message, 0, sizeof memory->of_message);
}

void probe_memory_helo(struct probe_memory *memory)
{
        memset(memory->of_session, 0, sizeof memory->of_session);
        probe_memory_mail(memory);
}

void probe_memory_foreign(struct probe_memory *memory, const char *rcpt_to)
{
        char *lower = g_ascii_strdown(rcpt_to, -1);
        const guint32 hash = g_str_hash(lower);
        unsigned i = 0;
        while (i < memory->foreign_count && memory->foreign[i] != hash)
                i++;
        if (i == memory->foreign_count && i < PROBE_FOREIGN_MAX)
                memory->foreign[memory->foreign_count++] = hash;
        g_free(lower);
}

char *probe_memory_names(const struct probe_memory *memory, const struct probes *probes)
{
        GString *names = g_string_new(NULL);
        size_t count = 0;
        for (guint i = 0; memory->is_suspect && i < probes->patterns->len && count < PROBE_MATCHES_MAX; i++) {
                const struct probe_pattern *pattern = probes_pattern(probes, i);
                if ((has_bit(memory->of_session, i) || has_bit(memory->of_message, i)) && !pattern->kind->is_gibberish)
                        g_string_append_printf(names, "%s%s", count++ ? " " : "", pattern->name);
        }
        return g_string_free(names, FALSE);
}

bool probe_names_are_clean(const char *names)
{
        size_t length = strlen(names);
        return length < PROBE_NAMES_MAX && strspn(names, "abcdefghijklmnopqrstuvwxyz0123456789- ") == length;
}
