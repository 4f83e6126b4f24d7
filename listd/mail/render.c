/* render.c - from a post to the one sanitised copy
 * Gives:     render_post(), rendered_free()
 * Fails:     ERR_PERM when the post cannot be made fit to distribute; ERR_BUG when the gate out refuses what was made
 * Standards: RFC 5322 3.6 (fields), RFC 2919 (List-Id), RFC 2369 (List-*), RFC 3834 5 (Auto-Submitted),
 *            RFC 2045 4 to 6, RFC 5321 4.5.3.1.6 (lines)
 * EDITS is the header of the copy: what is not a row of it does not leave (leaks L1, L9; requirement E1). Each row makes
 * its field anew from facts; no raw line of a post is passed on, as even a harmless field may hold a comment. Per reader,
 * `deliver` adds List-Unsubscribe with the reader's ticket, and nothing else. */
#include "mail/render.h"

#include "base/keyring.h"
#include "base/ticket.h"
#include "mail/address.h"
#include "mail/body.h"
#include "mail/byline.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/door.h"
#include "mail/header.h"
#include "mail/lines.h"
#include "mail/msgid.h"
#include "mail/notice.h"
#include "mail/subject.h"
#include "mail/text.h"
#include "store/list.h"

enum { REFERENCES_MAX = 20, TOKEN_MAX = 60, BOUNDARY_MAX = 64 };

/* What the edits look at. */
struct copy {
        const struct message *post;
        const struct render_facts *facts;
        const struct list *list;
        const struct body *body;
        struct msgid_map map;
        const struct charset *name_charset; /* of the author's name, where that is not UTF-8; else NULL */
        bool is_hidden;                     /* author_address */
};

/* --- edits: who and to whom ------------------------------------------------------------ */

static char *list_mailbox(const struct copy *copy)
{
        return header_mailbox(door_title(copy->list), copy->list->address, NULL);
}

static char *edit_from(const struct copy *copy)
{
        char *byline = byline_write(copy->list, copy->facts->author_name, copy->facts->author);
        char *mailbox = header_mailbox(byline, copy->list->address, copy->name_charset);
        g_free(byline);
        return mailbox;
}

/* The author with the address, for lists that show it. An address in UTF-8 has no form in the header of a message that
 * may go to any relay (RFC 6531): it stays out. */
static char *author_mailbox(const struct copy *copy)
{
        const struct address *author = copy->facts->author;
        if (copy->is_hidden || author->is_utf8)
                return NULL;
        if (!*copy->facts->author_name)
                return g_strdup(author->text);
        return header_mailbox(copy->facts->author_name, author->text, copy->name_charset);
}

/* `author` cannot be kept where the address is hidden: then there is no Reply-To, and From is the list. */
static char *edit_reply_to(const struct copy *copy)
{
        switch (copy->list->reply_to) {
        case REPLY_TO_LIST:
                return list_mailbox(copy);
        case REPLY_TO_AUTHOR:
                return author_mailbox(copy);
        default:
                return NULL;
        }
}

/* --- edits: what, when, and to which thread it belongs ----------------------------------- */

static char *edit_subject(const struct copy *copy)
{
        char *tag = door_expand(copy->list, copy->list->subject_tag, copy->facts->addresses);
        const struct subject_facts facts = {
                .tag = tag,
                .number = copy->facts->number,
                .hidden = copy->is_hidden ? copy->facts->author : NULL,
        };
        char *subject = subject_edit(&facts, message_get(copy->post, "Subject"));
        g_free(tag);
        return subject;
}

static char *edit_date(const struct copy *copy)
{
        return date_in_zone(message_get(copy->post, "Date"), copy->facts->timezone, time(NULL));
}

static char *edit_ids(const struct copy *copy, const char *name, size_t max)
{
        const char *value = message_get(copy->post, name);
        return value ? msgid_map_value(&copy->map, value, max) : NULL;
}

static char *edit_message_id(const struct copy *copy)
{
        char *id = edit_ids(copy, "Message-ID", 1);
        return id ? id : msgid_of_bytes(&copy->map, copy->post->bytes);
}

static char *edit_in_reply_to(const struct copy *copy)
{
        return edit_ids(copy, "In-Reply-To", REFERENCES_MAX);
}

static char *edit_references(const struct copy *copy)
{
        return edit_ids(copy, "References", REFERENCES_MAX);
}

/* A subscribed program may post (leaks X4); its copy says what it is. The keyword only: what follows it is free text. */
static char *edit_auto_submitted(const struct copy *copy)
{
        const char *value = message_get(copy->post, "Auto-Submitted");
        size_t length = value ? strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") : 0;
        return length && length <= TOKEN_MAX ? g_strndup(value, length) : NULL;
}

/* --- edits: the list ----------------------------------------------------------------------- */

static char *edit_ml_name(const struct copy *copy)
{
        return g_strdup(copy->list->name);
}

/* Five digits, as fml has it (requirement A12). */
static char *edit_mail_count(const struct copy *copy)
{
        return g_strdup_printf("%05" G_GINT64_FORMAT, copy->facts->number);
}

static char *edit_list_id(const struct copy *copy)
{
        char *id = g_strdup_printf("%s.%s", copy->list->name, copy->list->domain);
        char *value = header_mailbox(door_title(copy->list), id, NULL);
        g_free(id);
        return value;
}

static char *mailto(const char *address)
{
        return g_strdup_printf("<mailto:%s>", address);
}

/* "NO": RFC 2369 3.4, for lists where readers do not post. */
static char *edit_list_post(const struct copy *copy)
{
        return copy->list->posting == POSTING_ANNOUNCE ? g_strdup("NO") : mailto(copy->list->address);
}

static char *mailto_door(const struct copy *copy, const char *word)
{
        char *address = door_address(copy->list, word, copy->facts->addresses);
        char *value = mailto(address);
        g_free(address);
        return value;
}

static char *edit_list_help(const struct copy *copy)
{
        return mailto_door(copy, "help");
}

static char *edit_list_owner(const struct copy *copy)
{
        return mailto_door(copy, "owner");
}

static char *edit_precedence(const struct copy *copy)
{
        return g_strdup("list");
}

/* --- edits: the body ------------------------------------------------------------------------ */

static char *edit_mime_version(const struct copy *copy)
{
        return g_strdup("1.0");
}

static char *edit_content_type(const struct copy *copy)
{
        return g_strdup(copy->body->content_type);
}

static char *edit_transfer_encoding(const struct copy *copy)
{
        return g_strdup(copy->body->transfer_encoding);
}

/* --- the table ------------------------------------------------------------------------------ */

/* In the order of the copy. An edit gives the value of its field, or NULL or "" for none. */
static const struct edit {
        const char *name;
        char *(*make)(const struct copy *copy);
} EDITS[] = {
        { "From", edit_from },
        { "To", list_mailbox }, /* for all the same (leaks O6, L6) */
        { "Reply-To", edit_reply_to },
        { "X-Original-From", author_mailbox }, /* only where the list shows addresses */
        { "Subject", edit_subject },
        { "Date", edit_date },
        { "Message-ID", edit_message_id },
        { "In-Reply-To", edit_in_reply_to },
        { "References", edit_references },
        { "Auto-Submitted", edit_auto_submitted },
        { "X-ML-Name", edit_ml_name },
        { "X-Mail-Count", edit_mail_count },
        { "List-Id", edit_list_id },
        { "List-Post", edit_list_post },
        { "List-Help", edit_list_help },
        { "List-Owner", edit_list_owner },
        { "Precedence", edit_precedence }, /* leaks L11 */
        { "MIME-Version", edit_mime_version },
        { "Content-Type", edit_content_type },
        { "Content-Transfer-Encoding", edit_transfer_encoding },
};

static GString *write_header(const struct copy *copy)
{
        GString *header = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(EDITS); i++) {
                char *value = EDITS[i].make(copy);
                if (value && *value)
                        header_add(header, EDITS[i].name, value);
                g_free(value);
        }
        return header;
}

static bool has_edit(const char *name)
{
        for (size_t i = 0; i < G_N_ELEMENTS(EDITS); i++)
                if (g_ascii_strcasecmp(EDITS[i].name, name) == 0)
                        return true;
        return false;
}

/* The names of fields that did not pass, each once. */
static GPtrArray *dropped_fields(const struct message *post)
{
        GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
        GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint i = 0; i < post->fields->len; i++) {
                const struct field *field = post->fields->pdata[i];
                if (!has_edit(field->name) && g_hash_table_add(seen, g_ascii_strdown(field->name, -1)))
                        g_ptr_array_add(names, g_strdup(field->name));
        }
        g_hash_table_unref(seen);
        return names;
}

/* --- the copy ---------------------------------------------------------------------------------- */

void rendered_free(struct rendered *rendered)
{
        if (!rendered)
                return;
        if (rendered->message)
                g_bytes_unref(rendered->message);
        g_ptr_array_unref(rendered->parts);
        g_ptr_array_unref(rendered->dropped_fields);
        g_free(rendered);
}

/* Nobody without the key can put it into a post. */
static char *boundary_for(const struct render_facts *facts, GBytes *post)
{
        uint8_t hash[HASH_BYTES];
        char text[BOUNDARY_MAX];
        gsize length;
        const void *octets = g_bytes_get_data(post, &length);
        keyring_hash(facts->keyring, KEY_MESSAGE_ID, facts->list->id, octets, length, hash);
        base32_encode(hash, sizeof hash, text);
        return g_strconcat("=_", text, NULL);
}

static struct body *write_body(const struct text *text, const struct message *post, const struct render_facts *facts)
{
        char *boundary = boundary_for(facts, post->bytes);
        char *below = notice_write(facts->list, text->parts, body_charset(text), facts->addresses);
        struct body *body = body_write(text, below, boundary);
        g_free(below);
        g_free(boundary);
        return body;
}

/* The charset that a name in encoded words came in, if it is the one that Japanese mail is at home in: then it stays. */
static const struct charset *charset_of_name(const struct message *post)
{
        static const char words[] = "=?iso-2022-jp?";
        const char *from = message_get(post, "From");
        for (; from && *from; from++)
                if (g_ascii_strncasecmp(from, words, strlen(words)) == 0)
                        return charset_find("iso-2022-jp");
        return NULL;
}

static GBytes *write_message(const struct message *post, const struct render_facts *facts, const struct body *body)
{
        const struct list *list = facts->list;
        const bool is_hidden = list->author_address == AUTHOR_HIDDEN;
        const struct copy copy = {
                .post = post,
                .facts = facts,
                .list = list,
                .body = body,
                .map = { facts->keyring, list->id, list->domain, !is_hidden },
                .name_charset = charset_of_name(post),
                .is_hidden = is_hidden,
        };
        GString *message = write_header(&copy);
        gsize length;
        const char *octets = g_bytes_get_data(body->bytes, &length);
        g_string_append(message, "\r\n");
        g_string_append_len(message, octets, (gssize) length);
        return g_string_free_to_bytes(message);
}

bool render_post(struct rendered **ret_rendered, const struct message *message, const struct render_facts *facts,
                 struct err *ret_err)
{
        struct text *text;
        *ret_rendered = NULL;
        if (!text_read(&text, message, facts, ret_err))
                return false;
        struct rendered *rendered = g_new0(struct rendered, 1);
        struct body *body = write_body(text, message, facts);
        rendered->message = write_message(message, facts, body);
        rendered->parts = g_ptr_array_ref(text->parts);
        rendered->dropped_fields = dropped_fields(message);
        rendered->text_size = text->size;
        rendered->empty = text->empty;
        body_free(body);
        text_free(text);
        gsize length;
        const char *octets = g_bytes_get_data(rendered->message, &length);
        if (!lines_fit(octets, length)) { /* the gate out (leaks X7, X8) */
                rendered_free(rendered);
                return err_set(ret_err, ERR_BUG, "the copy holds a line that may not leave");
        }
        *ret_rendered = rendered;
        return true;
}
