/* door.c - the addresses of a list: how they are written
 * Gives:     door_local(), door_address(), door_title(), door_expand()
 * Standards: RFC 5233 (what stands behind '+' is the detail of a mailbox) */
#include "mail/door.h"

#include "base/conf.h"
#include "store/list.h"

char *door_local(const char *list_name, const char *word, const char *ticket, int addresses)
{
        const char *separator = !word ? "" : addresses == ADDRESSES_PLUS ? "+" : "-";
        return g_strconcat(list_name, separator, word ? word : "", ticket ? "+" : "", ticket ? ticket : "", NULL);
}

char *door_address(const struct list *list, const char *word, int addresses)
{
        char *local = door_local(list->name, word, NULL, addresses);
        char *address = g_strconcat(local, "@", list->domain, NULL);
        g_free(local);
        return address;
}

const char *door_title(const struct list *list)
{
        return *list->title ? list->title : list->name;
}

/* The value of the variable whose name is the `length` octets at `name`; NULL: there is none of that name. */
static char *variable(const struct list *list, const char *name, size_t length, int addresses)
{
        static const char *const names[] = { "name", "title", "address", "owner" };
        size_t i = 0;
        while (i < G_N_ELEMENTS(names) && (strlen(names[i]) != length || memcmp(names[i], name, length) != 0))
                i++;
        switch (i) {
        case 0:
                return g_strdup(list->name);
        case 1:
                return g_strdup(door_title(list));
        case 2:
                return g_strdup(list->address);
        case 3:
                return door_address(list, "owner", addresses);
        default:
                return NULL;
        }
}

char *door_expand(const struct list *list, const char *text, int addresses)
{
        GString *out = g_string_new(NULL);
        while (*text) {
                const char *end = g_str_has_prefix(text, "${") ? strchr(text, '}') : NULL;
                char *value = end ? variable(list, text + 2, (size_t) (end - text) - 2, addresses) : NULL;
                if (value)
                        g_string_append(out, value);
                else
                        g_string_append_c(out, *text);
                text = value ? end + 1 : text + 1;
                g_free(value);
        }
        return g_string_free(out, FALSE);
}
