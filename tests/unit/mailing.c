/* mailing.c - copies for a relay and the answers to them */
#include "mailing.h"

#include "unit.h"

const char *const THREE[] = { "anna@a.example", "ben@b.example", "carla@c.example", NULL };

static const struct relay_copy *next_copy(void *user)
{
        struct mailing *mailing = user;
        assert_int_equal(mailing->given, mailing->answered); /* one under way at a time */
        return mailing->given < mailing->count ? &mailing->copies[mailing->given++] : NULL;
}

static void take_answer(void *user, size_t recipient, const struct relay_answer *answer)
{
        struct mailing *mailing = user;
        assert_int_equal(recipient, 0);
        assert_int_equal(mailing->given, mailing->answered + 1);
        mailing->answers[mailing->answered++] = *answer;
}

struct mailing *mailing_new(const char *text, size_t length, const char *head, const char *const *recipients)
{
        struct mailing *mailing = g_new0(struct mailing, 1);
        GBytes *bytes = g_bytes_new(text, length);
        struct err err;
        if (!gate_message(&mailing->message, bytes, &err))
                fail_msg("%s", err.text);
        g_bytes_unref(bytes);
        for (; *recipients; recipients++)
                mailing->copies[mailing->count++] = (struct relay_copy){ .from = "ml-bounce+t@lists.example",
                                                                         .to = recipients,
                                                                         .count = 1,
                                                                         .head = head,
                                                                         .head_length = strlen(head),
                                                                         .message = &mailing->message };
        return mailing;
}

void mailing_free(struct mailing *mailing)
{
        gate_message_clear(&mailing->message);
        g_free(mailing);
}

struct relay *relay_to(const char *endpoint, struct relay_settings settings)
{
        struct relay *relay;
        struct err err;
        settings.endpoint = endpoint;
        settings.hostname = "lists.example";
        if (!relay_new(&relay, &settings, &err))
                fail_msg("%s", err.text);
        return relay;
}

void mailing_run(struct relay *relay, struct mailing *mailing)
{
        const struct relay_calls calls = { next_copy, take_answer, mailing };
        relay_run(relay, &calls, &mailing->report);
        mailing->given = mailing->answered; /* what has no answer is handed out again */
}

void mailing_session(const struct sink_options *options, struct relay_settings settings, struct mailing **ret_mailing,
                     struct sink **ret_sink)
{
        *ret_sink = sink_start(options);
        struct relay *relay = relay_to(sink_endpoint(*ret_sink), settings);
        *ret_mailing = mailing_new(MESSAGE, strlen(MESSAGE), "", THREE);
        mailing_run(relay, *ret_mailing);
        relay_free(relay);
}
