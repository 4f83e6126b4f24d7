/* fuzz_probe.c - a session of any octets against the shipped patterns, and against some that look for its own words
 * The input is five lines that end with LF (client, HELO, MAIL FROM, RCPT TO, what the others look for), then the message. */
#include "fuzz.h"

#include "policy/probe.h"

enum { LINES = 5 };

static struct conf *the_conf(void)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example, other.example\n"
                                   "admin = admin@home.example\n";
        static struct conf *conf;
        struct err err;
        if (!conf)
                g_assert(conf_parse(&conf, text, strlen(text), "fuzz", &err));
        return conf;
}

static const struct probes *shipped(void)
{
        static struct probes *probes;
        struct err err;
        char *text = NULL;
        if (!probes)
                g_assert(probes_text(&text, "", &err) && probes_parse(&probes, text, strlen(text), "fuzz", &err));
        g_free(text);
        return probes;
}

/* NULL: what they would look for is too long. */
static struct probes *looking_for(const char *argument)
{
        static const char *const matches[] = { "is", "has", "starts", "ends", "glob" };
        struct probes *probes = NULL;
        char *escaped = g_strescape(argument, NULL); /* leaves no control character and no octet beyond ASCII */
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(matches); i++)
                g_string_append_printf(text, "fuzz-%s rcpt-to %s \"%s\" 9 w\n", matches[i], matches[i], escaped);
        if (*argument && !probes_parse(&probes, text->str, text->len, "fuzz", NULL))
                g_assert(strlen(escaped) > PROBE_ARGUMENT_MAX);
        g_free(escaped);
        g_string_free(text, TRUE);
        return probes;
}

static void run(const struct probes *probes, enum probe_step step, const struct probe_facts *facts, struct probe_memory *memory)
{
        struct probe_match matches[PROBE_MATCHES_MAX];
        size_t count = probes_match(probes, step, facts, memory, matches);
        g_assert(count <= PROBE_MATCHES_MAX);
        for (size_t i = 0; i < count; i++) {
                g_assert(probe_names_are_clean(matches[i].name) && probes_why(probes, matches[i].name) == matches[i].why);
                g_assert(matches[i].points >= 0 && matches[i].points <= PROBE_POINTS_MAX);
        }
        /* what was found is found once */
        if (count < PROBE_MATCHES_MAX)
                g_assert(probes_match(probes, step, facts, memory, matches) == 0);
        char *names = probe_memory_names(memory, probes);
        g_assert(probe_names_are_clean(names));
        g_free(names);
}

static void run_session(const struct probes *probes, const struct probe_facts *facts)
{
        struct probe_memory memory = { 0 };
        run(probes, STEP_HELO, facts, &memory);
        probe_memory_mail(&memory);
        run(probes, STEP_MAIL, facts, &memory);
        run(probes, STEP_RCPT, facts, &memory);
        probe_memory_foreign(&memory, facts->rcpt_to);
        probe_memory_foreign(&memory, facts->mail_from);
        run(probes, STEP_MESSAGE, facts, &memory);
        run(probes, STEP_END, facts, &memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *lines[LINES] = { NULL };
        for (int i = 0; i < LINES; i++) {
                const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
                size_t length = newline ? (size_t) (newline - data) : size;
                lines[i] = g_strndup((const char *) data, length);
                data += newline ? length + 1 : length;
                size -= newline ? length + 1 : length;
        }
        char *message = g_malloc(MAX(size, 1));
        memcpy(message, data, size);
        const struct probe_facts facts = {
                .conf = the_conf(), .our_ip = "203.0.113.5", .client = lines[0], .helo = lines[1],
                .mail_from = lines[2], .rcpt_to = lines[3], .message = message, .length = size,
        };
        struct probes *probes = looking_for(lines[4]);
        run_session(shipped(), &facts);
        if (probes)
                run_session(probes, &facts);
        probes_free(probes);
        g_free(message);
        for (int i = 0; i < LINES; i++)
                g_free(lines[i]);
        return 0;
}
