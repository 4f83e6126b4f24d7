/* explain.c - listctl explain: what would become of a post
 * Gives:  ctl_explain()
 * Fails:  ERR_NOT_FOUND when the file or the list is not there; what is wrong with the post is the answer
 * The same way as a real post (handle/post.h), up to where it would be written. */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "deliver/copy.h"
#include "handle/post.h"

enum { EXPLAIN_FILE_MAX = 64 * 1024 * 1024 };

/* Mail in files has the line ends of Unix; on the wire it is CRLF. */
static GBytes *with_crlf(const char *text, size_t length)
{
        GByteArray *bytes = g_byte_array_sized_new((guint) length + 1);
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
                        g_byte_array_append(bytes, (const guint8 *) "\r", 1);
                g_byte_array_append(bytes, (const guint8 *) text + i, 1);
        }
        return g_byte_array_free_to_bytes(bytes);
}

/* What the delivering program wrote on top; without it, the author, as most people's mail has it. The caller frees. */
static char *return_path_of(const struct message *message, const char *fallback)
{
        const char *value = message ? message_get(message, "Return-Path") : NULL;
        struct address *author;
        struct err err;
        if (value && g_str_has_prefix(value, "<") && g_str_has_suffix(value, ">"))
                return g_strndup(value + 1, strlen(value) - 2);
        if (!message || !message_author(message, &author, NULL, &err))
                return g_strdup(fallback);
        char *text = g_strdup(author->text);
        address_free(author);
        return text;
}

static struct envelope *envelope_for(const struct ctl *ctl, const struct list *list, GBytes *bytes)
{
        struct message *message;
        struct err err;
        if (!message_parse(&message, bytes, &err))
                message = NULL; /* post_prepare() says why */
        struct envelope *envelope = envelope_new();
        envelope->client = g_strdup("127.0.0.1");
        envelope->helo = g_strdup(ctl->conf->hostname);
        envelope->protocol = g_strdup("LMTP");
        envelope->trusted = true;
        envelope->received = clock_now();
        envelope->mail_from = return_path_of(message, ctl->conf->admin);
        g_ptr_array_add(envelope->recipients, g_strdup(list->address));
        envelope->message = g_bytes_ref(bytes);
        message_free(message);
        return envelope;
}

static const struct column PART_COLUMNS[] = { { "part" }, { "type" }, { "name" }, { "size", .is_right = true }, { "kept" }, { "why" } };

static void put_parts(struct output *output, const struct rendered *rendered)
{
        output_table(output, "parts", PART_COLUMNS, G_N_ELEMENTS(PART_COLUMNS));
        for (guint i = 0; rendered && i < rendered->parts->len; i++) {
                const struct render_part *part = rendered->parts->pdata[i];
                const struct cell row[] = {
                        TEXT(part->place), TEXT(part->type),
                        TEXT(part->name), SIZE((int64_t) part->size), FLAG(part->kept), TEXT(part->why),
                };
                output_row(output, row);
        }
        output_table_end(output);
}

static void put_post(struct ctl *ctl, const struct list *list, const struct post *post)
{
        struct output *output = ctl->output;
        const struct rendered *rendered = post->rendered;
        GPtrArray *nothing = g_ptr_array_new();
        enum list_sender_proof proof = post_proof_in_force(list, ctl->conf->authserv_id);
        output_field(output, "list", TEXT(list->address));
        output_field(output, "verdict", TEXT(VERDICT_WORDS[post->verdict.verdict]));
        output_field(output, "check", TEXT(post->verdict.check));
        output_field(output, "reason", TEXT(post->verdict.reason));
        output_field(output, "author", TEXT(post->author ? post->author->text : NULL));
        output_field(output, "author_name", TEXT(post->author_name));
        output_field(output, "role", TEXT(post->member ? MEMBER_ROLE_WORDS[post->member->role] : NULL));
        output_field(output, "sender_proof_in_force", TEXT(option_find(LIST_OPTIONS, NULL, "sender_proof")->values[proof]));
        output_field(output, "text_size", SIZE(rendered ? (int64_t) rendered->text_size : 0));
        output_fields(output, "dropped_fields", rendered ? rendered->dropped_fields : nothing);
        put_parts(output, rendered);
        g_ptr_array_unref(nothing);
}

/* As deliver makes it for a reader; the tickets in it are nobody's, for what is shown here may be shown to others. */
static bool copy_for_nobody(const struct ctl *ctl, const struct list *list, struct copy *ret_copy, struct err *ret_err)
{
        struct queue_recipient nobody = { .member_id = 0 };
        struct queue_recipient *const readers[] = { &nobody };
        const struct queue_claim claim = {
                .kind = list->personal ? QUEUE_POST : QUEUE_BATCH,
                .list_id = list->id,
                .list_name = list->name,
                .list_domain = list->domain,
                .number = list->posts + 1,
        };
        *ret_copy = (struct copy) { 0 };
        return copy_make(ret_copy, &claim, readers, 1, ctl->conf, ctl->keyring, clock_now(), ret_err);
}

static bool put_copy(struct ctl *ctl, const struct list *list, const struct rendered *rendered, struct err *ret_err)
{
        struct copy copy;
        gsize length;
        bool ok = copy_for_nobody(ctl, list, &copy, ret_err);
        if (ok) {
                const void *message = g_bytes_get_data(rendered->message, &length);
                GByteArray *bytes = g_byte_array_new();
                g_byte_array_append(bytes, (const guint8 *) copy.head, (guint) strlen(copy.head));
                g_byte_array_append(bytes, message, (guint) length);
                GBytes *whole = g_byte_array_free_to_bytes(bytes);
                output_fact(ctl->output, "return_path", TEXT(copy.from));
                output_bytes(ctl->output, "message", whole);
                g_bytes_unref(whole);
        }
        copy_clear(&copy);
        return ok;
}

static bool explain(struct ctl *ctl, const struct list *list, GBytes *bytes, struct err *ret_err)
{
        struct post *post;
        struct envelope *envelope = envelope_for(ctl, list, bytes);
        bool ok = post_prepare(ctl->store, ctl->conf, list, envelope, false, clock_now(), &post, ret_err);
        envelope_free(envelope);
        if (!ok)
                return false;
        put_post(ctl, list, post);
        if (post->rendered) {
                ok = put_copy(ctl, list, post->rendered, ret_err);
        } else {
                output_fact(ctl->output, "return_path", TEXT(NULL));
                output_bytes(ctl->output, "message", NULL);
        }
        output_say(ctl->output, "judged as if a trusted client had brought it; nothing was sent");
        post_free(post);
        return ok;
}

bool ctl_explain(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        char *text;
        size_t length;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = ctl_read_file(ctl->line->args[1], EXPLAIN_FILE_MAX, &text, &length, ret_err);
        if (ok) {
                GBytes *bytes = with_crlf(text, length);
                ok = explain(ctl, list, bytes, ret_err);
                g_bytes_unref(bytes);
        }
        g_free(text);
        list_free(list);
        return ok;
}
