/* command.h - a command line taken apart: verb, path, parameters */
#ifndef LISTD_RECEIVE_COMMAND_H
#define LISTD_RECEIVE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 5321 4.5.3.1.4: 512 octets with CRLF, more where extensions ask for it (SIZE, BODY, SMTPUTF8: RFC 6531 3.4). */
enum { COMMAND_LINE_MAX = 2048 };

struct command {
        char verb[10]; /* upper case; "" when the line begins with none or a longer one */
        const char *argument; /* after the blanks behind the verb; "" when there is none */
};

/* Whether octets that end with LF are a line that may be looked at: CRLF at its end and nowhere else, UTF-8, no control
 * character (leaks X7, X8). */
bool command_line_is_clean(const char *bytes, size_t length);

/* `line` has no CRLF any more, is clean and must outlive *ret_command. */
void command_split(struct command *ret_command, const char *line);

/* "FROM:<path> parameters" or "TO:...": gives the text between the angle brackets, which the caller frees, and sets
 * *ret_rest to what follows: empty, or parameters after a blank. NULL: another form. */
char *command_path(const char *argument, const char *keyword, const char **ret_rest);

struct parameter {
        const char *name;
        size_t name_length;
        const char *value; /* NULL without "=" */
        size_t value_length;
};

/* Takes the next of the parameters off *rest; false at their end. */
bool command_parameter(const char **rest, struct parameter *ret_parameter);

#endif
