/* command.c - a command line taken apart
 * Gives:     command_line_is_clean(), command_split(), command_path(), command_parameter()
 * Fails:     with false, "" or NULL for another form; never trims an address into a valid one (requirement C1)
 * Standards: RFC 5321 2.3.8, 4.1.1 (syntax; blanks before CRLF are tolerated), 4.1.2 (path, quoted string); RFC 6531 3.3 */
#include "receive/command.h"

bool command_line_is_clean(const char *bytes, size_t length)
{
        if (length < 2 || bytes[length - 2] != '\r')
                return false;
        for (size_t i = 0; i < length - 2; i++)
                if ((unsigned char) bytes[i] < ' ' || bytes[i] == 0x7f)
                        return false;
        return g_utf8_validate(bytes, (gssize) length - 2, NULL);
}

void command_split(struct command *ret_command, const char *line)
{
        size_t length = strcspn(line, " ");
        if (length < sizeof ret_command->verb) {
                for (size_t i = 0; i < length; i++)
                        ret_command->verb[i] = g_ascii_toupper(line[i]);
        } else {
                length = 0;
        }
        ret_command->verb[length] = '\0';
        line += strcspn(line, " ");
        ret_command->argument = line + strspn(line, " ");
}

/* Behind the `>` that ends the path which begins at `text`; one inside a quoted string does not. NULL: there is none. */
static const char *path_end(const char *text)
{
        bool quoted = false;
        for (; *text; text++) {
                if (quoted && *text == '\\' && text[1])
                        text++;
                else if (*text == '"')
                        quoted = !quoted;
                else if (*text == '>' && !quoted)
                        return text + 1;
        }
        return NULL;
}

char *command_path(const char *argument, const char *keyword, const char **ret_rest)
{
        size_t length = strlen(keyword);
        if (g_ascii_strncasecmp(argument, keyword, length) != 0 || argument[length] != '<')
                return NULL;
        const char *start = argument + length + 1;
        const char *end = path_end(start);
        if (!end || (*end && *end != ' '))
                return NULL;
        *ret_rest = end;
        return g_strndup(start, (size_t) (end - 1 - start));
}

bool command_parameter(const char **rest, struct parameter *ret_parameter)
{
        const char *at = *rest + strspn(*rest, " ");
        size_t length = strcspn(at, " ");
        const char *equals = memchr(at, '=', length);
        *rest = at + length;
        *ret_parameter = (struct parameter){
                .name = at,
                .name_length = equals ? (size_t) (equals - at) : length,
                .value = equals ? equals + 1 : NULL,
                .value_length = equals ? (size_t) (at + length - equals - 1) : 0,
        };
        return length > 0;
}
