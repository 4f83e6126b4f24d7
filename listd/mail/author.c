/* author.c - the one author of a message
 * Gives:     message_author()
 * Fails:     ERR_PERM when From does not name exactly one mailbox beyond doubt; the text never repeats it
 * Standards: RFC 5322 3.4 and 3.6.2 (From: a mailbox, without groups and routes), 4.4 (a dot in a phrase); RFC 2047 5
 * A member's rights hang on this address (leaks O4), and whoever judged it by DMARC read the same field: so what two
 * programs could read as two different addresses is refused. Sender and Reply-To say nothing about the author.
 * One pass, nesting counted: no library is handed an address list. */
#include "mail/address.h"
#include "mail/message.h"
#include "mail/mime.h"

struct mailbox {
        GString *plain;   /* what stands outside of comments and angle brackets, quotes kept */
        GString *angle;   /* what stands in the angle brackets */
        GString *comment; /* the last comment */
        bool has_angle;
        const char *flaw;
};

/* Each scanner takes the text from its opening character on and returns where it goes on, or NULL when it does not end. */

static const char *scan_quoted(const char *at, GString *out)
{
        g_string_append_c(out, *at++);
        for (; *at; at++) {
                g_string_append_c(out, *at);
                if (*at == '"')
                        return at + 1;
                if (*at == '\\' && at[1])
                        g_string_append_c(out, *++at);
        }
        return NULL;
}

static const char *scan_comment(const char *at, GString *out)
{
        size_t depth = 0;
        g_string_truncate(out, 0);
        for (; *at; at++) {
                if (*at == '\\' && at[1]) {
                        g_string_append_c(out, *++at);
                        continue;
                }
                if (*at == '(' && depth++ == 0)
                        continue;
                if (*at == ')' && --depth == 0)
                        return at + 1;
                g_string_append_c(out, *at);
        }
        return NULL;
}

static const char *scan_angle(const char *at, GString *out)
{
        at++;
        while (at && *at && *at != '>') {
                if (*at == '"')
                        at = scan_quoted(at, out);
                else
                        g_string_append_c(out, *at++);
        }
        return at && *at ? at + 1 : NULL;
}

static const char *scan_literal(const char *at, GString *out)
{
        const char *end = strchr(at, ']');
        if (!end)
                return NULL;
        g_string_append_len(out, at, end + 1 - at);
        return end + 1;
}

static const char *scan_one(const char *at, struct mailbox *mailbox)
{
        if (*at == '(')
                return scan_comment(at, mailbox->comment);
        if (*at == ' ' || *at == '\t') {
                g_string_append_c(mailbox->plain, ' ');
                return at + 1;
        }
        if (mailbox->has_angle)
                mailbox->flaw = "something stands behind its '>'";
        else if (strchr(",;:", *at))
                mailbox->flaw = "it is a list or a group";
        else if (strchr(">])\\", *at))
                mailbox->flaw = "a bracket has no beginning";
        if (mailbox->flaw)
                return NULL;
        if (*at == '"')
                return scan_quoted(at, mailbox->plain);
        if (*at == '[')
                return scan_literal(at, mailbox->plain);
        if (*at == '<') {
                mailbox->has_angle = true;
                return scan_angle(at, mailbox->angle);
        }
        g_string_append_c(mailbox->plain, *at);
        return at + 1;
}

static bool scan_mailbox(const char *value, struct mailbox *mailbox, struct err *ret_err)
{
        const char *at = value;
        while (at && *at)
                at = scan_one(at, mailbox);
        if (at)
                return true;
        return err_set(ret_err, ERR_PERM, "From: %s", mailbox->flaw ? mailbox->flaw : "a quote, bracket or comment does not end");
}

/* A phrase without its quotes. NULL: it holds an '@' outside of them, as in `a@one.example <b@two.example>`. */
static char *unquote_phrase(const char *phrase)
{
        GString *text = g_string_new(NULL);
        bool in_quotes = false;
        for (; *phrase; phrase++) {
                if (*phrase == '"') {
                        in_quotes = !in_quotes;
                        continue;
                }
                if (*phrase == '@' && !in_quotes) {
                        g_string_free(text, TRUE);
                        return NULL;
                }
                if (*phrase == '\\' && in_quotes && phrase[1])
                        phrase++;
                g_string_append_c(text, *phrase);
        }
        return g_string_free(text, FALSE);
}

/* `Name <addr>`, or the older `addr (Name)`. NULL: the name is no name. */
static char *read_name(const struct mailbox *mailbox)
{
        char *phrase = unquote_phrase(mailbox->has_angle ? mailbox->plain->str : "");
        if (!phrase)
                return NULL;
        char *name = mime_decode_text(phrase);
        g_free(phrase);
        if (*name)
                return name;
        g_free(name);
        return mime_decode_text(mailbox->comment->str);
}

static bool read_mailbox(const struct mailbox *mailbox, struct address **ret_author, char **ret_name, struct err *ret_err)
{
        const GString *spec = mailbox->has_angle ? mailbox->angle : mailbox->plain;
        char *trimmed = g_strstrip(g_strdup(spec->str));
        bool ok = address_parse(ret_author, trimmed, strlen(trimmed), ret_err) || err_prefix(ret_err, "From");
        g_free(trimmed);
        if (!ok)
                return false;
        *ret_name = read_name(mailbox);
        if (*ret_name)
                return true;
        g_clear_pointer(ret_author, address_free);
        return err_set(ret_err, ERR_PERM, "From: its name holds an '@' outside of quotes");
}

bool message_author(const struct message *message, struct address **ret_author, char **ret_name, struct err *ret_err)
{
        struct mailbox mailbox = { g_string_new(NULL), g_string_new(NULL), g_string_new(NULL) };
        char *name = NULL;
        size_t count = message_count(message, "From");
        bool ok = false;
        *ret_author = NULL;
        if (count != 1)
                err_set(ret_err, ERR_PERM, "From: there are %zu such fields, not one", count);
        else
                ok = scan_mailbox(message_get(message, "From"), &mailbox, ret_err) &&
                     read_mailbox(&mailbox, ret_author, &name, ret_err);
        g_string_free(mailbox.plain, TRUE);
        g_string_free(mailbox.angle, TRUE);
        g_string_free(mailbox.comment, TRUE);
        if (ret_name)
                *ret_name = name;
        else
                g_free(name);
        return ok;
}
