/* letters.c - mails of ours to people
 * Gives:     what letters.h lists
 * Standards: RFC 3834 (answers of programs) */
#include "handle/letters.h"

#include "mail/charset.h"
#include "mail/door.h"
#include "mail/letter.h"
#include "mail/template.h"
#include "store/queue.h"

enum { SECTIONS_MAX = 64 };

struct section {
        char *subject, *text;
};

/* --- sheets ----------------------------------------------------------------------------------------------- */

static void section_free(void *data)
{
        struct section *section = data;
        g_free(section->subject);
        g_free(section->text);
        g_free(section);
}

void sheet_start(struct sheet *ret_sheet, const struct desk *desk, int lang)
{
        *ret_sheet = (struct sheet){ .desk = desk, .lang = lang };
        ret_sheet->sections = g_ptr_array_new_with_free_func(section_free);
        ret_sheet->values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
}

void sheet_clear(struct sheet *sheet)
{
        g_ptr_array_unref(sheet->sections);
        g_hash_table_unref(sheet->values);
        g_free(sheet->reply_to);
        g_free(sheet->last_asked);
        g_free(sheet->never);
        *sheet = (struct sheet){ 0 };
}

void sheet_value(struct sheet *sheet, const char *name, const char *value)
{
        g_hash_table_insert(sheet->values, (void *) name, g_strdup(value));
}

bool sheet_is_empty(const struct sheet *sheet)
{
        return sheet->sections->len == 0;
}

void letter_values(const struct desk *desk, GHashTable *values)
{
        g_hash_table_insert(values, (void *) "title", g_strdup(door_title(desk->list)));
        g_hash_table_insert(values, (void *) "address", g_strdup(desk->list->address));
        g_hash_table_insert(values, (void *) "request", door_address(desk->list, "request", desk->conf->addresses));
        g_hash_table_insert(values, (void *) "owner", door_address(desk->list, "owner", desk->conf->addresses));
        g_hash_table_insert(values, (void *) "hostname", g_strdup(desk->conf->hostname));
}

static struct section *make_section(struct sheet *sheet, const struct desk *desk, const char *name)
{
        struct section *section = g_new0(struct section, 1);
        letter_values(desk, sheet->values);
        template_fill(desk->conf, desk->list, sheet->lang, name, sheet->values, &section->subject, &section->text);
        g_hash_table_remove_all(sheet->values);
        return section;
}

void sheet_add(struct sheet *sheet, const struct desk *desk, const char *name)
{
        if (sheet->sections->len < SECTIONS_MAX)
                g_ptr_array_add(sheet->sections, make_section(sheet, desk, name));
        else
                g_hash_table_remove_all(sheet->values);
}

/* One section is the letter; several stand one below the other, each under its subject. */
static void compose(struct sheet *sheet, char **ret_subject, char **ret_text)
{
        GString *text = g_string_new(NULL);
        struct section *first = sheet->sections->pdata[0];
        struct section *several = sheet->is_bundle ? make_section(sheet, sheet->desk, "several") : NULL;
        *ret_subject = g_strdup(several ? several->subject : first->subject);
        if (several)
                g_string_append(text, several->text);
        for (guint i = 0; i < sheet->sections->len; i++) {
                const struct section *section = sheet->sections->pdata[i];
                if (text->len)
                        g_string_append_c(text, '\n');
                if (sheet->sections->len > 1)
                        g_string_append_printf(text, "* %s\n\n", section->subject);
                g_string_append(text, section->text);
        }
        g_string_append_c(text, '\n');
        sheet_value(sheet, "never", sheet->never);
        struct section *tail = make_section(sheet, sheet->desk, "tail");
        g_string_append(text, tail->text);
        section_free(tail);
        if (several)
                section_free(several);
        *ret_text = g_string_free(text, FALSE);
}

static const struct charset *charset_of(const struct desk *desk)
{
        return desk->list->letter_charset == LETTER_ISO_2022_JP ? charset_find("iso-2022-jp") : NULL;
}

bool sheet_send(struct sheet *sheet, const char *to, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        char *subject, *text;
        GBytes *message;
        int64_t id;
        if (sheet_is_empty(sheet))
                return true;
        compose(sheet, &subject, &text);
        char *from = door_address(desk->list, "request", desk->conf->addresses);
        const struct letter letter = {
                .from_name = door_title(desk->list),
                .from = from,
                .to = to,
                .reply_to = sheet->reply_to ? sheet->reply_to : from,
                .subject = subject,
                .text = text,
                .hostname = desk->conf->hostname,
                .in_reply_to = desk->in_reply_to,
                .charset = charset_of(desk),
        };
        const struct queue_recipient recipient = { .address = (char *) to };
        bool ok = letter_write(&message, &letter, ret_err);
        if (ok) {
                ok = queue_add_direct(desk->store, desk->list->id, desk->log_id, message, &recipient, 1, &id, ret_err);
                g_bytes_unref(message);
        }
        g_free(from);
        g_free(subject);
        g_free(text);
        return ok;
}
