/* mail.c - posts and lists for the tests of rendering */
#include "mail.h"

#include "folder.h"
#include "mail/lines.h"

struct keyring *mail_keyring;
static char *data;

int mail_set_up(void **state)
{
        data = folder_make(&mail_keyring);
        return 0;
}

int mail_tear_down(void **state)
{
        keyring_free(mail_keyring);
        folder_remove(data);
        return 0;
}

struct list mail_list(void)
{
        static char *nothing[] = { NULL };
        return (struct list){
                .id = 7,
                .name = (char *) "ml",
                .domain = (char *) "lists.example",
                .address = (char *) "ml@lists.example",
                .title = (char *) "",
                .timezone = (char *) "",
                .subject_tag = (char *) "[${name}:%05d]",
                .footer = (char *) "",
                .attachments_allow = nothing,
        };
}

GBytes *mail_bytes(const char *text, size_t length)
{
        GString *lines = g_string_new(NULL);
        lines_append_crlf(lines, text, length);
        char *block = exact(lines->str, lines->len);
        GBytes *bytes = g_bytes_new_take(block, lines->len);
        g_string_free(lines, TRUE);
        return bytes;
}

bool mail_render(const struct list *list, const struct keyring *keyring, GBytes *post, struct rendered **ret_rendered,
                 struct err *ret_err)
{
        struct message *message;
        struct address *author;
        char *name;
        *ret_rendered = NULL;
        if (!message_parse(&message, post, ret_err))
                return false;
        bool ok = message_author(message, &author, &name, ret_err);
        if (ok) {
                const struct render_facts facts = {
                        .list = list,
                        .keyring = keyring,
                        .author = author,
                        .author_name = name,
                        .timezone = "UTC",
                        .hostname = "mx.lists.example",
                        .number = 12,
                };
                ok = render_post(ret_rendered, message, &facts, ret_err);
                address_free(author);
                g_free(name);
        }
        message_free(message);
        return ok;
}
