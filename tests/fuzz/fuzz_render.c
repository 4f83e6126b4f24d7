/* fuzz_render.c - any octets as a post: what comes out may leave, and tells nobody who wrote it */
#include "fuzz.h"

#include "keys.h"
#include "mail/address.h"
#include "mail/lines.h"
#include "mail/message.h"
#include "mail/mime.h"
#include "mail/render.h"
#include "store/list.h"

static const char AUTHOR[] = "anna@people.example";

/* What may stand in the header of a copy (leaks L1); X-Original-From only where the list shows addresses. */
static const char *const FIELDS[] = {
        "From",       "To",         "Reply-To",       "Subject",     "Date",         "Message-ID", "In-Reply-To",  "References",
        "X-ML-Name",  "X-Mail-Count", "Auto-Submitted", "List-Id",   "List-Post",    "List-Help",  "List-Owner",   "Precedence",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", NULL,
};

/* ml@lists.example, as its owner might set it. */
static const struct variant {
        const char *title, *tag, *footer;
        int lang, author_address, reply_to;
} VARIANTS[] = {
        { "", "[${name}:%05d]", "" },
        { "花の会", "[花:%d]", "脚注\\n${address}", LANG_JA, .reply_to = REPLY_TO_AUTHOR },
        { "Title", "", "${title}", .author_address = AUTHOR_SHOWN, .reply_to = REPLY_TO_NONE },
};

static struct keyring *keyring;

static void check_field(const struct field *field, bool is_hidden)
{
        g_assert(g_str_is_ascii(field->raw));
        g_assert(g_strv_contains(FIELDS, field->name) || (!is_hidden && strcmp(field->name, "X-Original-From") == 0));
        char *decoded = mime_decode_text(field->value);
        char *folded = g_utf8_casefold(decoded, -1);
        char *raw = g_ascii_strdown(field->value, -1);
        g_assert(!is_hidden || (!strstr(folded, AUTHOR) && !strstr(raw, AUTHOR)));
        g_free(raw);
        g_free(folded);
        g_free(decoded);
}

static void check_copy(const struct rendered *rendered, bool is_hidden)
{
        struct message *copy;
        gsize length;
        const char *octets = g_bytes_get_data(rendered->message, &length);
        g_assert(length > 2 && lines_fit(octets, length));
        g_assert(message_parse(&copy, rendered->message, NULL));
        for (guint i = 0; i < copy->fields->len; i++) {
                const struct field *field = copy->fields->pdata[i];
                g_assert(message_count(copy, field->name) == 1);
                check_field(field, is_hidden);
        }
        message_free(copy);
}

static void check_parts(const GPtrArray *parts)
{
        g_assert(parts->len > 0);
        for (guint i = 0; i < parts->len; i++) {
                const struct render_part *part = parts->pdata[i];
                g_assert(g_utf8_validate(part->name, -1, NULL) && g_str_is_ascii(part->type));
                g_assert(!strchr(part->name, '@') && !strchr(part->type, '@') && !(part->kept && part->noticed));
        }
}

static void render(const struct message *message, const struct variant *variant, const struct address *author)
{
        static char *nothing[] = { NULL };
        const struct list list = {
                .id = 1,
                .name = (char *) "ml",
                .domain = (char *) "lists.example",
                .address = (char *) "ml@lists.example",
                .title = (char *) variant->title,
                .subject_tag = (char *) variant->tag,
                .footer = (char *) variant->footer,
                .lang = variant->lang,
                .author_address = variant->author_address,
                .reply_to = variant->reply_to,
                .attachments = variant->lang == LANG_JA ? ATTACHMENTS_ALLOW : ATTACHMENTS_STRIP,
                .attachments_allow = nothing,
        };
        struct rendered *rendered;
        struct err err = { 0 };
        const struct render_facts facts = {
                .list = &list,
                .keyring = keyring,
                .author = author,
                .author_name = "Anna",
                .timezone = "Asia/Tokyo",
                .hostname = "mx.lists.example",
                .number = 12,
        };
        if (!render_post(&rendered, message, &facts, &err)) {
                g_assert(!rendered && err.class == ERR_PERM);
                return;
        }
        check_copy(rendered, list.author_address == AUTHOR_HIDDEN);
        check_parts(rendered->parts);
        rendered_free(rendered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct message *message;
        struct address *author;
        keyring = keyring ? keyring : fuzz_keyring();
        GBytes *bytes = g_bytes_new(data, size);
        if (message_parse(&message, bytes, NULL)) {
                g_assert(address_parse(&author, AUTHOR, strlen(AUTHOR), NULL));
                for (size_t i = 0; i < G_N_ELEMENTS(VARIANTS); i++)
                        render(message, &VARIANTS[i], author);
                address_free(author);
                message_free(message);
        }
        g_bytes_unref(bytes);
        return 0;
}
