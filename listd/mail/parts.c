/* parts.c - the MIME parts of a message, as slices of its bytes
 * Gives:     parts_read()
 * Fails:     ERR_PERM for more than PARTS_MAX parts, deeper than PARTS_DEPTH_MAX, or a header beyond message.h's budgets
 * Standards: RFC 2045 5.2 (defaults), RFC 2046 5.1.1 (boundaries), 5.1.5 (digest), 5.2.1 (messages), RFC 2183, RFC 2231 by GMime
 * Budgets:   each octet is looked at once a level: at most PARTS_DEPTH_MAX times
 * GMime parses single field values here, never a whole message: its tree costs a kilobyte a part before anyone can count
 * them, it descends into the addresses of nested messages, and it does not say where in the bytes a part stood. */
#include "mail/parts.h"

#include <gmime/gmime.h>

#include "mail/address.h"
#include "mail/lines.h"
#include "mail/mime.h"

enum { TYPE_MAX = 127 + 1 + 127 }; /* RFC 6838 4.2 */

/* A part that was found and not yet read. */
struct slice {
        GBytes *bytes;     /* what it stands in: the post, or what was encoded in it; the reader's */
        size_t begin, end; /* of its header and body, and of the line end behind it that is the delimiter's */
        size_t tail;       /* octets of that line end, where the slice is a message; else it is still to be looked for */
        int parent;
        unsigned place;
};

struct reader {
        GPtrArray *texts; /* GBytes: all that slices stand in */
        GPtrArray *parts; /* read */
        GArray *waiting;  /* struct slice; the last is the next in the order of the message */
};

static void part_free(void *data)
{
        struct part *part = data;
        g_free(part->path);
        g_free(part->type);
        g_free(part->name);
        g_free(part->charset);
        g_free(part->smime_type);
        g_free(part->author);
        g_free(part->subject);
        g_free(part->date);
        g_bytes_unref(part->raw);
        g_free(part);
}

/* --- what the fields of a part say ------------------------------------------------- */

static bool is_type(const char *type)
{
        const char *slash = strchr(type, '/');
        if (!slash || slash == type || !slash[1] || strlen(type) > TYPE_MAX)
                return false;
        for (const char *c = type; *c; c++) /* RFC 2045 5.1: tokens */
                if (!g_ascii_isalnum(*c) && !strchr("!#$%&'*+-.^_`{|}~", *c) && c != slash)
                        return false;
        return true;
}

/* A label that says nothing is as good as none (RFC 2045 5.2); one that names what nobody can name is opaque. */
static char *type_of(GMimeContentType *content_type, const char *value, const char *otherwise)
{
        if (!value || !strchr(value, '/'))
                return g_strdup(otherwise);
        char *mixed = g_mime_content_type_get_mime_type(content_type);
        char *type = g_ascii_strdown(mixed, -1);
        g_free(mixed);
        if (is_type(type))
                return type;
        g_free(type);
        return g_strdup("application/octet-stream");
}

/* Parameters come as they stand; GMime would decode encoded words in them too, and loses text of those that follow each
 * other (its issue 133). Programs do write them there, against RFC 2047 5. */
static GMimeParserOptions *parser_options(void)
{
        GMimeParserOptions *options = g_mime_parser_options_new();
        g_mime_parser_options_set_parameter_compliance_mode(options, GMIME_RFC_COMPLIANCE_STRICT);
        return options;
}

static bool has_value(GMimeContentType *content_type, const char *name, const char *value)
{
        const char *found = g_mime_content_type_get_parameter(content_type, name);
        return found && g_ascii_strcasecmp(found, value) == 0;
}

static void read_type(struct part *part, const char *value, const char *otherwise, char **ret_boundary, char **ret_name)
{
        GMimeParserOptions *options = parser_options();
        GMimeContentType *content_type = g_mime_content_type_parse(options, value ? value : "");
        g_mime_parser_options_free(options);
        part->type = type_of(content_type, value, otherwise);
        part->charset = g_strdup(g_mime_content_type_get_parameter(content_type, "charset"));
        part->smime_type = g_strdup(g_mime_content_type_get_parameter(content_type, "smime-type"));
        part->is_flowed = has_value(content_type, "format", "flowed");
        part->is_delsp = part->is_flowed && has_value(content_type, "delsp", "yes");
        *ret_boundary = g_strdup(g_mime_content_type_get_parameter(content_type, "boundary"));
        *ret_name = g_strdup(g_mime_content_type_get_parameter(content_type, "name"));
        g_object_unref(content_type);
}

static void read_disposition(struct part *part, const char *value, const char *type_name)
{
        GMimeParserOptions *options = parser_options();
        GMimeContentDisposition *disposition = g_mime_content_disposition_parse(options, value ? value : "");
        g_mime_parser_options_free(options);
        const char *word = g_mime_content_disposition_get_disposition(disposition);
        const char *name = g_mime_content_disposition_get_parameter(disposition, "filename");
        part->is_attachment = word && g_ascii_strcasecmp(word, "attachment") == 0;
        name = name ? name : type_name;
        part->name = mime_decode_text(name ? name : "");
        g_object_unref(disposition);
}

/* What the fields of `message` say of a part; where it stands and what it holds is the caller's to fill in. */
static struct part *read_fields(const struct message *message, const char *otherwise, char **ret_boundary)
{
        struct part *part = g_new0(struct part, 1);
        char *type_name;
        mime_ready();
        read_type(part, message_get(message, "Content-Type"), otherwise, ret_boundary, &type_name);
        read_disposition(part, message_get(message, "Content-Disposition"), type_name);
        g_free(type_name);
        part->transfer = transfer_find(message_get(message, "Content-Transfer-Encoding"));
        return part;
}

/* --- boundaries --------------------------------------------------------------------- */

/* Whether the line at `line` delimits parts. RFC 2046 5.1.1: white space may follow, and "--" after the last one. */
static bool is_delimiter(const char *line, size_t length, const char *boundary, size_t boundary_length, bool *ret_last)
{
        const size_t start = 2 + boundary_length;
        if (length < start || line[0] != '-' || line[1] != '-' || memcmp(line + 2, boundary, boundary_length) != 0)
                return false;
        *ret_last = length >= start + 2 && line[start] == '-' && line[start + 1] == '-';
        for (size_t i = start + (*ret_last ? 2 : 0); i < length; i++)
                if (!strchr(" \t\r\n", line[i]))
                        return false;
        return true;
}

/* Where the parts of a multipart stand that is read as number `parent` and has that body: each up to the next delimiter,
 * the line end before it included. Stops when there are more than the budget has room for. */
static GArray *split(const struct slice *body, int parent, const char *boundary)
{
        GArray *slices = g_array_new(FALSE, FALSE, sizeof(struct slice));
        const char *text = g_bytes_get_data(body->bytes, NULL);
        const size_t boundary_length = strlen(boundary), end = body->end - body->tail;
        size_t next;
        bool is_last = false;
        for (size_t at = body->begin; at < end && !is_last && slices->len <= PARTS_MAX; at = next) {
                const char *line_end = memchr(text + at, '\n', end - at);
                next = line_end ? (size_t) (line_end - text) + 1 : end;
                if (!is_delimiter(text + at, next - at, boundary, boundary_length, &is_last))
                        continue;
                if (slices->len)
                        g_array_index(slices, struct slice, slices->len - 1).end = at;
                struct slice slice = { body->bytes, next, end, 0, parent, slices->len };
                if (!is_last)
                        g_array_append_val(slices, slice);
        }
        return slices;
}

/* --- the walk ------------------------------------------------------------------------ */

/* The line end before a delimiter is the delimiter's (RFC 2046 5.1.1). */
static size_t without_line_end(const char *text, size_t begin, size_t end)
{
        return end >= begin + 2 && memcmp(text + end - 2, "\r\n", 2) == 0 ? end - 2 : end;
}

static bool is_message(const struct part *part)
{
        return strcmp(part->type, "message/rfc822") == 0 || strcmp(part->type, "message/global") == 0;
}

static GBytes *raw_of(const struct slice *body)
{
        return g_bytes_new_from_bytes(body->bytes, body->begin, body->end - body->tail - body->begin);
}

/* What is encoded against RFC 2045 6.4 (a message or multipart is 7bit, 8bit or binary), decoded: another text to stand
 * in. It is shorter than what it was, so all levels together are at most PARTS_DEPTH_MAX times the post. */
static struct slice decoded_body(struct reader *reader, const struct part *part)
{
        GBytes *decoded = transfer_decode(part->transfer, part->raw);
        GBytes *lines = lines_repair(decoded);
        g_bytes_unref(decoded);
        g_ptr_array_add(reader->texts, lines);
        return (struct slice){ .bytes = lines, .end = g_bytes_get_size(lines) };
}

static bool is_encoded(const struct part *part)
{
        return part->transfer == TRANSFER_QP || part->transfer == TRANSFER_BASE64;
}

/* Programs label a multipart by what its parts are in; so it is decoded only where it has none as it stands. */
static GArray *parts_of_multipart(struct reader *reader, const struct part *part, int parent, const struct slice *body,
                                  const char *boundary)
{
        GArray *slices = split(body, parent, boundary);
        if (slices->len || !is_encoded(part))
                return slices;
        g_array_unref(slices);
        const struct slice inner = decoded_body(reader, part);
        return split(&inner, parent, boundary);
}

/* What a part holds, read as number `parent`, whose body is that of `body`. */
static GArray *slices_of(struct reader *reader, const struct part *part, int parent, const struct slice *body, const char *boundary)
{
        if (g_str_has_prefix(part->type, "multipart/") && boundary && *boundary)
                return parts_of_multipart(reader, part, parent, body, boundary);
        GArray *slices = g_array_new(FALSE, FALSE, sizeof(struct slice));
        if (!is_message(part))
                return slices;
        struct slice slice = is_encoded(part) ? decoded_body(reader, part) : *body;
        slice.parent = parent;
        slice.place = 0;
        if (slice.begin < slice.end - slice.tail)
                g_array_append_val(slices, slice);
        return slices;
}

/* What is told of a message within the post: of its author the name, whatever else is in From. */
static void read_heading(struct part *part, const struct message *message)
{
        struct address *author;
        struct err err = { 0 };
        const char *subject = message_get(message, "Subject");
        if (message_author(message, &author, &part->author, &err))
                address_free(author);
        part->subject = subject ? mime_decode_text(subject) : NULL;
        part->date = g_strdup(message_get(message, "Date"));
}

/* Puts a part among those that were read, and the parts that it holds among those that wait. */
static bool add_part(struct reader *reader, struct part *part, const struct slice *body, const char *boundary, struct err *ret_err)
{
        const int index = (int) reader->parts->len;
        part->raw = raw_of(body);
        part->transfer = transfer_in_truth(part->transfer, part->raw);
        g_ptr_array_add(reader->parts, part);
        GArray *slices = slices_of(reader, part, index, body, boundary);
        part->children = slices->len;
        for (guint i = slices->len; i > 0; i--)
                g_array_append_val(reader->waiting, g_array_index(slices, struct slice, i - 1));
        g_array_unref(slices);
        if (reader->parts->len + reader->waiting->len > PARTS_MAX)
                return err_set(ret_err, ERR_PERM, "it has more than %d parts", PARTS_MAX);
        if (part->children && part->depth == PARTS_DEPTH_MAX)
                return err_set(ret_err, ERR_PERM, "its parts are nested deeper than %d", PARTS_DEPTH_MAX);
        return true;
}

static bool read_next(struct reader *reader, struct err *ret_err)
{
        const struct slice slice = g_array_index(reader->waiting, struct slice, reader->waiting->len - 1);
        const struct part *parent = reader->parts->pdata[slice.parent];
        const bool in_digest = strcmp(parent->type, "multipart/digest") == 0;
        struct message *message;
        char *boundary;
        g_array_set_size(reader->waiting, reader->waiting->len - 1);
        GBytes *bytes = g_bytes_new_from_bytes(slice.bytes, slice.begin, slice.end - slice.begin);
        bool ok = message_parse_part(&message, bytes, ret_err);
        g_bytes_unref(bytes);
        if (!ok)
                return err_prefix(ret_err, "part %u", reader->parts->len);
        struct part *part = read_fields(message, in_digest ? "message/rfc822" : "text/plain", &boundary);
        part->path = g_strdup_printf("%s.%u", parent->path, slice.place + 1);
        part->parent = slice.parent;
        part->depth = parent->depth + 1;
        part->place = slice.place;
        struct slice body = { .bytes = slice.bytes, .begin = slice.begin + message->body, .end = slice.end };
        body.tail = is_message(parent) ? MIN(slice.tail, body.end - body.begin)
                                       : body.end - without_line_end(g_bytes_get_data(body.bytes, NULL), body.begin, body.end);
        if (is_message(parent))
                read_heading(part, message);
        ok = add_part(reader, part, &body, boundary, ret_err);
        g_free(boundary);
        message_free(message);
        return ok;
}

static bool read_root(struct reader *reader, const struct message *message, struct err *ret_err)
{
        char *boundary;
        struct part *part = read_fields(message, "text/plain", &boundary);
        part->path = g_strdup("1");
        part->parent = -1;
        GBytes *text = reader->texts->pdata[0];
        const struct slice body = { .bytes = text, .end = g_bytes_get_size(text) };
        bool ok = add_part(reader, part, &body, boundary, ret_err);
        g_free(boundary);
        return ok;
}

bool parts_read(GPtrArray **ret_parts, const struct message *message, struct err *ret_err)
{
        GBytes *body = g_bytes_new_from_bytes(message->bytes, message->body, g_bytes_get_size(message->bytes) - message->body);
        struct reader reader = {
                .texts = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref),
                .parts = g_ptr_array_new_with_free_func(part_free),
                .waiting = g_array_new(FALSE, FALSE, sizeof(struct slice)),
        };
        g_ptr_array_add(reader.texts, lines_repair(body));
        bool ok = read_root(&reader, message, ret_err);
        while (ok && reader.waiting->len)
                ok = read_next(&reader, ret_err);
        if (!ok)
                g_clear_pointer(&reader.parts, g_ptr_array_unref);
        *ret_parts = reader.parts;
        g_array_unref(reader.waiting);
        g_ptr_array_unref(reader.texts);
        g_bytes_unref(body);
        return ok;
}
