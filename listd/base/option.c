/* option.c - tables of typed options
 * Gives:  option_find(), option_set(), option_get(), option_defaults(), option_clear()
 * Fails:  ERR_USAGE for a value that the type does not take */
#include "base/option.h"

struct unit {
        char letter;
        int factor;
};

static const struct unit SIZE_UNITS[] = { { 'G', 1 << 30 }, { 'M', 1 << 20 }, { 'K', 1 << 10 }, { 0, 1 } };
static const struct unit TIME_UNITS[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 }, { 0, 1 } };

static const struct unit *units_of(enum option_type type)
{
        static const struct unit none[] = { { 0, 1 } };
        return type == OPT_SIZE ? SIZE_UNITS : type == OPT_DURATION ? TIME_UNITS : none;
}

const struct option *option_find(const struct option *table, const char *section, const char *name)
{
        for (; table->name; table++)
                if (g_strcmp0(table->section, section) == 0 && strcmp(table->name, name) == 0)
                        return table;
        return NULL;
}

static bool is_one_line(const char *text)
{
        if (!g_utf8_validate(text, -1, NULL) || strlen(text) > OPTION_TEXT_MAX)
                return false;
        for (const char *p = text; *p; p = g_utf8_next_char(p))
                if (g_unichar_iscntrl(g_utf8_get_char(p)))
                        return false;
        return true;
}

static bool parse_number(const struct option *option, const char *text, int *ret_number)
{
        char *end;
        gint64 number = g_ascii_strtoll(text, &end, 10);
        if (end == text)
                return false;
        const struct unit *unit = units_of(option->type);
        bool upper = option->type == OPT_SIZE;
        char letter = upper ? g_ascii_toupper(*end) : g_ascii_tolower(*end);
        while (unit->letter && unit->letter != letter)
                unit++;
        if (unit->letter)
                end++;
        if (*end || number > G_MAXINT || number < G_MININT || number * unit->factor > option->high
            || number * unit->factor < option->low)
                return false;
        *ret_number = (int) (number * unit->factor);
        return true;
}

static char *format_number(const struct option *option, int number)
{
        const struct unit *unit = units_of(option->type);
        while (unit->letter && (number == 0 || number % unit->factor))
                unit++;
        return unit->letter ? g_strdup_printf("%d%c", number / unit->factor, unit->letter) : g_strdup_printf("%d", number);
}

static bool set_enum(const struct option *option, int *value, const char *text, struct err *ret_err)
{
        for (int i = 0; option->values[i]; i++)
                if (g_ascii_strcasecmp(option->values[i], text) == 0) {
                        *value = i;
                        return true;
                }
        char *words = g_strjoinv(", ", (char **) option->values);
        err_set(ret_err, ERR_USAGE, "%s: '%s' is not one of: %s", option->name, text, words);
        g_free(words);
        return false;
}

static char **split_texts(const char *text)
{
        char **parts = g_strsplit(text, ",", -1);
        int kept = 0;
        for (int i = 0; parts[i]; i++) {
                g_strstrip(parts[i]);
                if (*parts[i])
                        parts[kept++] = parts[i];
                else
                        g_free(parts[i]);
        }
        parts[kept] = NULL;
        return parts;
}

bool option_set(const struct option *option, void *base, const char *text, struct err *ret_err)
{
        void *place = (char *) base + option->offset;
        if (!is_one_line(text))
                return err_set(ret_err, ERR_USAGE, "%s: the value must be one line of UTF-8 without control characters, at most %d octets",
                               option->name, OPTION_TEXT_MAX);
        switch (option->type) {
        case OPT_PATH:
                if (*text && *text != '/')
                        return err_set(ret_err, ERR_USAGE, "%s: '%s' must be an absolute path", option->name, text);
                /* fall through */
        case OPT_TEXT:
                g_free(*(char **) place);
                *(char **) place = g_strdup(text);
                return true;
        case OPT_TEXTS:
                g_strfreev(*(char ***) place);
                *(char ***) place = split_texts(text);
                return true;
        case OPT_ENUM:
                return set_enum(option, place, text, ret_err);
        case OPT_INT:
        case OPT_SIZE:
        case OPT_DURATION:
                break;
        }
        if (parse_number(option, text, place))
                return true;
        char *low = format_number(option, option->low);
        char *high = format_number(option, option->high);
        err_set(ret_err, ERR_USAGE, "%s: '%s' is not a %s from %s to %s", option->name, text,
                option->type == OPT_INT    ? "whole number"
                : option->type == OPT_SIZE ? "size (32K, 1M)"
                                           : "time span (30s, 5m, 7d)",
                low, high);
        g_free(low);
        g_free(high);
        return false;
}

char *option_get(const struct option *option, const void *base)
{
        const void *place = (const char *) base + option->offset;
        switch (option->type) {
        case OPT_TEXT:
        case OPT_PATH:
                return g_strdup(*(char *const *) place);
        case OPT_TEXTS:
                return g_strjoinv(", ", *(char **const *) place);
        case OPT_ENUM:
                return g_strdup(option->values[*(const int *) place]);
        default:
                return format_number(option, *(const int *) place);
        }
}

void option_defaults(const struct option *table, void *base)
{
        for (; table->name; table++) {
                struct err err = { 0 };
                if (!option_set(table, base, table->fallback, &err))
                        g_error("the default of %s does not parse: %s", table->name, err.text);
        }
}

void option_clear(const struct option *table, void *base)
{
        for (; table->name; table++) {
                void *place = (char *) base + table->offset;
                if (table->type == OPT_TEXT || table->type == OPT_PATH)
                        g_clear_pointer((char **) place, g_free);
                else if (table->type == OPT_TEXTS)
                        g_clear_pointer((char ***) place, g_strfreev);
        }
}
