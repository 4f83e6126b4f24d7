/* roster.c - addresses, with names, from a file or from arguments
 * Gives:     what roster.h lists; no store, no files
 * Fails:     ERR_PERM, a line at a time
 * Standards: RFC 4180 by csv_take(), RFC 5321 4.1.2 by address_parse() */
#include "mail/roster.h"

#include "base/csv.h"

static const char *const ADDRESS_COLUMNS[] = { "address", "email", "e-mail", "mail", "email address", "e-mail address",
                                               "メールアドレス", NULL };
static const char *const NAME_COLUMNS[] = { "name", "full name", "display name", "real name", "氏名", "名前", NULL };

/* --- names ------------------------------------------------------------------------------- */

char *roster_name(const char *text, size_t length, struct err *ret_err)
{
        if (!g_utf8_validate(text, (gssize) length, NULL)) {
                err_set(ret_err, ERR_PERM, "the name is not UTF-8");
                return NULL;
        }
        char *name = g_strstrip(g_strndup(text, length));
        bool ok = strlen(name) <= ROSTER_NAME_MAX
                  || err_set(ret_err, ERR_PERM, "the name is longer than %d octets", ROSTER_NAME_MAX);
        for (const char *p = name; ok && *p; p = g_utf8_next_char(p))
                ok = !g_unichar_iscntrl(g_utf8_get_char(p)) || err_set(ret_err, ERR_PERM, "the name has a control character in it");
        if (!ok)
                g_clear_pointer(&name, g_free);
        return name;
}

/* --- the header of a CSV ------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *words)
{
        char *plain = g_strstrip(g_utf8_strdown(word, -1));
        bool found = g_strv_contains(words, plain);
        g_free(plain);
        return found;
}

/* A header has no @, names an address column, and shows what separates the fields. */
static bool take_header(struct roster *roster, const char *line, size_t length)
{
        const char *end = line + length;
        if (memchr(line, '@', length) || !g_utf8_validate(line, (gssize) length, NULL))
                return false;
        roster->separator = memchr(line, '\t', length) ? '\t' : memchr(line, ';', length) ? ';' : ',';
        roster->address_column = roster->name_column = ROSTER_COLUMNS_MAX;
        GString *field = g_string_new(NULL);
        bool more = true;
        for (size_t column = 0; more && column < ROSTER_COLUMNS_MAX; column++) {
                if (!csv_take(&line, end, roster->separator, field, &more))
                        break;
                if (roster->address_column == ROSTER_COLUMNS_MAX && is_one_of(field->str, ADDRESS_COLUMNS))
                        roster->address_column = column;
                else if (roster->name_column == ROSTER_COLUMNS_MAX && is_one_of(field->str, NAME_COLUMNS))
                        roster->name_column = column;
        }
        g_string_free(field, TRUE);
        return roster->address_column < ROSTER_COLUMNS_MAX;
}

/* --- one entry ------------------------------------------------------------------------------- */

static bool make_entry(struct roster_entry *entry, const char *address, size_t address_length, const char *name,
                       size_t name_length, struct err *ret_err)
{
        if (!address_parse(&entry->address, address, address_length, ret_err)) {
                entry->address = NULL;
                return false;
        }
        entry->name = roster_name(name, name_length, ret_err);
        if (!entry->name)
                roster_entry_clear(entry);
        return entry->name != NULL;
}

static void strip(const char **text, size_t *length)
{
        while (*length > 0 && g_ascii_isspace(**text)) {
                ++*text;
                --*length;
        }
        while (*length > 0 && g_ascii_isspace((*text)[*length - 1]))
                --*length;
}

static bool take_csv_line(const struct roster *roster, struct roster_entry *entry, const char *line, size_t length,
                          struct err *ret_err)
{
        const char *end = line + length;
        GString *field = g_string_new(NULL), *address = g_string_new(NULL), *name = g_string_new(NULL);
        bool more = true, ok = true;
        for (size_t column = 0; more && ok; column++) {
                ok = csv_take(&line, end, roster->separator, field, &more)
                     || err_set(ret_err, ERR_PERM, "a quoted field does not end where it should");
                if (ok && column == roster->address_column)
                        g_string_assign(address, g_strstrip(field->str));
                else if (ok && column == roster->name_column)
                        g_string_assign(name, field->str);
        }
        ok = ok && (address->len > 0 || err_set(ret_err, ERR_PERM, "there is no address"))
             && make_entry(entry, address->str, address->len, name->str, name->len, ret_err);
        g_string_free(field, TRUE);
        g_string_free(address, TRUE);
        g_string_free(name, TRUE);
        return ok;
}

/* Name <address>, the name perhaps in quotes (RFC 5322 3.4 as people write it). */
static bool take_angle(struct roster_entry *entry, const char *line, size_t length, const char *open, struct err *ret_err)
{
        const char *name = line;
        size_t name_length = (size_t) (open - line);
        strip(&name, &name_length);
        GString *plain = g_string_new(NULL);
        bool is_quoted = name_length >= 2 && name[0] == '"' && name[name_length - 1] == '"';
        for (size_t i = is_quoted; i < name_length - is_quoted; i++) {
                if (is_quoted && name[i] == '\\' && i + 2 < name_length)
                        i++;
                g_string_append_c(plain, name[i]);
        }
        bool ok = make_entry(entry, open + 1, length - (size_t) (open - line) - 2, plain->str, plain->len, ret_err);
        g_string_free(plain, TRUE);
        return ok;
}

/* An address, perhaps with a name behind a comma. A comma inside of a quoted local part is not one. */
static bool take_plain(struct roster_entry *entry, const char *line, size_t length, struct err *ret_err)
{
        const char *at = memchr(line, '@', length);
        const char *comma = at ? memchr(at, ',', length - (size_t) (at - line)) : NULL;
        const char *name = comma ? comma + 1 : line + length;
        size_t address_length = comma ? (size_t) (comma - line) : length;
        size_t name_length = length - (size_t) (name - line);
        strip(&line, &address_length);
        strip(&name, &name_length);
        if (name_length >= 2 && name[0] == '"' && name[name_length - 1] == '"') {
                name++;
                name_length -= 2;
        }
        return make_entry(entry, line, address_length, name, name_length, ret_err);
}

static bool take_line(const struct roster *roster, struct roster_entry *entry, const char *line, size_t length,
                      struct err *ret_err)
{
        if (length > ROSTER_LINE_MAX)
                return err_set(ret_err, ERR_PERM, "the line is longer than %d octets", ROSTER_LINE_MAX);
        if (memchr(line, '\0', length) || !g_utf8_validate(line, (gssize) length, NULL))
                return err_set(ret_err, ERR_PERM, "the line is not UTF-8: save the file in that coding");
        if (roster->is_csv)
                return take_csv_line(roster, entry, line, length, ret_err);
        strip(&line, &length); /* not before: a tab may separate fields */
        if (length == 0)
                return err_set(ret_err, ERR_PERM, "there is no address");
        const char *open = line[length - 1] == '>' ? g_strrstr_len(line, (gssize) length, "<") : NULL;
        return open ? take_angle(entry, line, length, open, ret_err) : take_plain(entry, line, length, ret_err);
}

/* --- lines ------------------------------------------------------------------------------------- */

void roster_start(struct roster *ret_roster, const char *where, const char *text, size_t length, bool is_file)
{
        static const char bom[] = "\xef\xbb\xbf"; /* spreadsheets write it */
        size_t skip = is_file && length >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
        *ret_roster = (struct roster) { .next = text + skip, .end = text + length, .where = where, .is_file = is_file };
}

static bool next_line(struct roster *roster, const char **ret_line, size_t *ret_length)
{
        if (roster->next == roster->end)
                return false;
        const char *newline = memchr(roster->next, '\n', (size_t) (roster->end - roster->next));
        const char *end = newline ? newline : roster->end;
        *ret_line = roster->next;
        *ret_length = (size_t) (end - roster->next);
        if (*ret_length > 0 && end[-1] == '\r')
                --*ret_length;
        roster->next = newline ? newline + 1 : roster->end;
        roster->line++;
        return true;
}

static bool is_blank(const char *line, size_t length)
{
        strip(&line, &length);
        return length == 0;
}

enum roster_step roster_next(struct roster *roster, struct roster_entry *ret_entry, struct err *ret_err)
{
        const char *line;
        size_t length;
        *ret_entry = (struct roster_entry) { 0 };
        while (next_line(roster, &line, &length)) {
                if (roster->is_file && (is_blank(line, length) || *line == '#'))
                        continue;
                bool may_be_header = roster->is_file && !roster->has_content;
                roster->has_content = true;
                if (may_be_header && take_header(roster, line, length)) {
                        roster->is_csv = true;
                        continue;
                }
                return take_line(roster, ret_entry, line, length, ret_err) ? ROSTER_ENTRY : ROSTER_BAD;
        }
        return ROSTER_END;
}

void roster_entry_clear(struct roster_entry *entry)
{
        address_free(entry->address);
        g_free(entry->name);
        *entry = (struct roster_entry) { 0 };
}
