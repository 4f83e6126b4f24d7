/* embed.c - what is no text within text
 * Gives:     embed_cut()
 * Fails:     ERR_PERM for encrypted text, and for more than RUNS_MAX runs
 * Standards: POSIX uuencode; RFC 1741 (BinHex 4.0); yEnc 1.3; RFC 9580 6.2 (armour), 7 (clear-signed text, dash escapes)
 * KINDS is the whole of the policy. A first line alone proves nothing, people write about these things: what follows must
 * be of the kind too. A run that breaks off is cut as far as it goes. Runs within a quotation are known by the same quote
 * marks on each of their lines.
 * Linear: a run that is none costs its look ahead, which is bounded, or remembered (struct scan). */
#include "mail/embed.h"

#include <string.h>

#include "mail/parts.h"

enum {
        RUNS_MAX = PARTS_MAX,
        ARMOUR_FIELDS_MAX = 16,
        GAP_LINES_MAX = 5 /* between BinHex's first line and its data */
};

/* --- lines ----------------------------------------------------------------------------- */

struct line {
        const char *begin;      /* with its quote marks */
        const char *text;       /* behind them */
        size_t length;          /* of the text, without the white space at its end */
        const char *next;
};

/* The text on its way through. */
struct scan {
        const char *end;
        GString *out;
        GPtrArray *found;
        bool is_signed;         /* within clear-signed text */
        struct line signed_first; /* whose first line is this */
        const char *signature;  /* the next one, once it was looked for; `end`: there is none */
        const char *yend_sought; /* up to here no "=yend" was found */
        bool is_changed;
};

static void set_length(struct line *line)
{
        line->length = (size_t) (line->next - line->text);
        while (line->length && strchr(" \t\r\n", line->text[line->length - 1]) && line->text[line->length - 1])
                line->length--;
}

static const char *line_end(const char *at, const char *end)
{
        const char *found = memchr(at, '\n', (size_t) (end - at));
        return found ? found + 1 : end;
}

static struct line first_line(const char *at, const char *end)
{
        struct line line = { .begin = at, .text = at, .next = line_end(at, end) };
        while (line.text < line.next && (*line.text == '>' || *line.text == ' ' || *line.text == '\t'))
                line.text++;
        set_length(&line);
        return line;
}

/* The next line, if it has the marks of `first`; white space at their end may be missing. */
static bool following_line(const struct line *first, const char *at, const char *end, struct line *ret_line)
{
        size_t marks = (size_t) (first->text - first->begin), least = marks;
        while (least && first->begin[least - 1] != '>')
                least--;
        if (at == end)
                return false;
        *ret_line = (struct line){ .begin = at, .text = at, .next = line_end(at, end) };
        if ((size_t) (ret_line->next - at) < least || memcmp(at, first->begin, least) != 0)
                return false;
        ret_line->text += least;
        for (size_t i = least; i < marks && ret_line->text < ret_line->next && *ret_line->text == first->begin[i]; i++)
                ret_line->text++;
        set_length(ret_line);
        return true;
}

static bool starts_with(const struct line *line, const char *start)
{
        return line->length >= strlen(start) && memcmp(line->text, start, strlen(start)) == 0;
}

static bool is_text(const struct line *line, const char *text)
{
        return line->length == strlen(text) && starts_with(line, text);
}

static bool is_of(const struct line *line, const char *alphabet)
{
        for (size_t i = 0; i < line->length; i++)
                if (!line->text[i] || !strchr(alphabet, line->text[i]))
                        return false;
        return line->length > 0;
}

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

/* --- files ------------------------------------------------------------------------------- */

/* Where the name begins in "begin 644 name" or "begin-base64 0644 name"; NULL: it is no such line. */
static const char *uu_name(const struct line *line)
{
        const char *at = line->text + strlen("begin"), *end = line->text + line->length;
        at += starts_with(line, "begin-base64 ") ? strlen("-base64 ") : 1;
        const char *digits = at;
        while (at < end && *at >= '0' && *at <= '7')
                at++;
        return at - digits >= 3 && at - digits <= 4 && end - at > 1 && *at == ' ' ? at + 1 : NULL;
}

/* The first character is the count of octets. Spaces at the end may be lost: up to two that fill the last group, and any
 * number where octets are zero, which the first line of a run may not claim. */
static bool is_uu_line(const struct line *line, bool is_strict)
{
        if (!line->length || line->text[0] <= ' ' || line->text[0] > '`')
                return false;
        const size_t octets = ((size_t) line->text[0] - ' ') & 63, need = (octets + 2) / 3 * 4;
        if (line->length - 1 > need + 2 || (is_strict && line->length - 1 + 2 < need)) /* some append a checksum */
                return false;
        for (size_t i = 1; i < line->length; i++)
                if (line->text[i] < ' ' || line->text[i] > '`')
                        return false;
        return true;
}

static const char *uu_end(struct scan *scan, const struct line *first)
{
        if (!uu_name(first))
                return NULL;
        const bool is_base64 = starts_with(first, "begin-base64 ");
        const char *last = NULL;
        bool is_strict = true;
        struct line line = *first;
        while (following_line(first, line.next, scan->end, &line)) {
                if (is_text(&line, is_base64 ? "====" : "end"))
                        return line.next;
                if (is_base64 ? is_of(&line, BASE64) : is_uu_line(&line, is_strict))
                        last = line.next;
                else if (line.length || is_base64) /* an empty one may be the line of no octets before "end" */
                        break;
                is_strict = line.length == 0;
        }
        return last;
}

static const char *binhex_end(struct scan *scan, const struct line *first)
{
        static const char alphabet[] = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr:";
        const char *last = NULL;
        struct line line = *first;
        for (int i = 0; i <= GAP_LINES_MAX; i++)
                if (!following_line(first, line.next, scan->end, &line) || line.length)
                        break;
        if (line.text == first->text || !starts_with(&line, ":"))
                return NULL;
        while (is_of(&line, alphabet)) {
                const bool is_last = line.text[line.length - 1] == ':' && (last || line.length > 1);
                last = line.next;
                if (is_last || !following_line(first, line.next, scan->end, &line))
                        break;
        }
        return last;
}

static bool is_binary(const struct line *line)
{
        for (const char *at = line->text; at < line->text + line->length; at++)
                if ((*at & 0x80) || ((unsigned char) *at < ' ' && *at != '\t'))
                        return true;
        return false;
}

/* Data of yEnc are octets of any kind, so only its last line tells where it ends. */
static const char *yenc_end(struct scan *scan, const struct line *first)
{
        if (!memmem(first->text, first->length, "line=", strlen("line=")) || !memmem(first->text, first->length, "size=", strlen("size=")))
                return NULL;
        struct line line = *first;
        while ((!scan->yend_sought || scan->yend_sought <= first->begin) && following_line(first, line.next, scan->end, &line))
                if (starts_with(&line, "=yend"))
                        return line.next;
        scan->yend_sought = MAX(scan->yend_sought, line.next);
        line = *first;
        const bool breaks_off = following_line(first, line.next, scan->end, &line) && (starts_with(&line, "=ypart") || is_binary(&line));
        return breaks_off ? scan->end : NULL;
}

/* --- OpenPGP ------------------------------------------------------------------------------- */

/* Behind the fields of armour and the empty line below them; NULL: there is none. */
static const char *armour_data(const struct scan *scan, const struct line *first)
{
        struct line line = *first;
        for (int i = 0; i <= ARMOUR_FIELDS_MAX; i++) {
                if (!following_line(first, line.next, scan->end, &line))
                        return NULL;
                if (line.length == 0)
                        return line.next;
                if (!memmem(line.text, line.length, ": ", 2) && line.text[line.length - 1] != ':')
                        return NULL;
        }
        return NULL;
}

static const char *armour_end(struct scan *scan, const struct line *first)
{
        const char *last = NULL, *data = armour_data(scan, first);
        struct line line;
        while (data && following_line(first, data, scan->end, &line)) {
                if (starts_with(&line, "-----END PGP "))
                        return line.next;
                if (!is_of(&line, BASE64))
                        break;
                data = last = line.next;
        }
        return last;
}

/* Clear-signed text begins where its fields end, if a signature is to come. */
static const char *signed_begin(struct scan *scan, const struct line *first)
{
        static const char signature[] = "-----BEGIN PGP SIGNATURE-----";
        const char *data = armour_data(scan, first);
        if (!data)
                return NULL;
        if (!scan->signature || scan->signature < data) {
                scan->signature = memmem(data, (size_t) (scan->end - data), signature, strlen(signature));
                scan->signature = scan->signature ? scan->signature : scan->end;
        }
        return scan->signature == scan->end ? NULL : data;
}

/* --- the kinds ----------------------------------------------------------------------------- */

enum fate {
        FATE_TELL,   /* cut, and told in the notice */
        FATE_REFUSE, /* a quoted one is only cut: it is not the message */
        FATE_ENTER,  /* clear-signed text begins */
        FATE_LEAVE   /* and ends */
};

static const struct kind {
        const char *start;                                             /* of the first line */
        const char *(*end)(struct scan *scan, const struct line *first); /* behind the run; NULL: it is none */
        enum fate fate;
        const char *type, *why;
} KINDS[] = {
        { "begin ", uu_end, FATE_TELL, "application/x-uuencode", "uuencode in text" },
        { "begin-base64 ", uu_end, FATE_TELL, "application/x-uuencode", "uuencode in text" },
        { "(This file must be converted with BinHex", binhex_end, FATE_TELL, "application/mac-binhex40", "BinHex in text" },
        { "=ybegin ", yenc_end, FATE_TELL, "application/x-yenc", "yEnc in text" },
        { "-----BEGIN PGP MESSAGE", armour_end, FATE_REFUSE, "application/pgp-encrypted", "encrypted text" },
        { "-----BEGIN PGP PUBLIC KEY", armour_end, FATE_TELL, "application/pgp-keys", "key in text" },
        { "-----BEGIN PGP PRIVATE KEY", armour_end, FATE_TELL, "application/pgp-keys", "key in text" },
        { "-----BEGIN PGP SIGNATURE", armour_end, FATE_LEAVE, "application/pgp-signature", "signature" },
        { "-----BEGIN PGP SIGNED MESSAGE", signed_begin, FATE_ENTER, "", "" },
};

static const struct kind *kind_of(struct scan *scan, const struct line *line, const char **ret_end)
{
        for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
                *ret_end = starts_with(line, KINDS[i].start) ? KINDS[i].end(scan, line) : NULL;
                if (*ret_end)
                        return &KINDS[i];
        }
        return NULL;
}

static char *name_of(const struct line *line)
{
        static const char yenc_name[] = " name=";
        const char *end = line->text + line->length;
        const char *name = starts_with(line, "begin") ? uu_name(line) : NULL;
        if (!name && starts_with(line, "=ybegin ")) {
                name = memmem(line->text, line->length, yenc_name, strlen(yenc_name));
                name = name ? name + strlen(yenc_name) : NULL;
        }
        return name ? g_strndup(name, (size_t) (end - name)) : g_strdup("");
}

/* --- all of it ------------------------------------------------------------------------------- */

static void embed_free(void *data)
{
        struct embed *embed = data;
        g_free(embed->name);
        g_free(embed);
}

static bool add_found(struct scan *scan, const struct kind *kind, const struct line *line, const char *end, struct err *ret_err)
{
        if (scan->found->len == RUNS_MAX)
                return err_set(ret_err, ERR_PERM, "its text holds more than %d files", RUNS_MAX);
        struct embed *embed = g_new0(struct embed, 1);
        embed->type = kind->type;
        embed->why = kind->why;
        embed->name = name_of(line);
        embed->size = (size_t) (end - line->begin);
        embed->is_told = kind->fate == FATE_TELL || kind->fate == FATE_REFUSE;
        g_ptr_array_add(scan->found, embed);
        return true;
}

static void copy_line(struct scan *scan, const struct line *line)
{
        struct line signed_line = *line;
        const bool is_escaped = scan->is_signed && following_line(&scan->signed_first, line->begin, scan->end, &signed_line)
                                && starts_with(&signed_line, "- ");
        const char *text = signed_line.text + (is_escaped ? strlen("- ") : 0);
        g_string_append_len(scan->out, line->begin, signed_line.text - line->begin);
        g_string_append_len(scan->out, text, line->next - text);
}

static bool take_run(struct scan *scan, const char **at, struct err *ret_err)
{
        const char *end;
        const struct line line = first_line(*at, scan->end);
        const struct kind *kind = kind_of(scan, &line, &end);
        const bool is_quoted = memchr(line.begin, '>', (size_t) (line.text - line.begin));
        *at = kind ? end : line.next;
        if (!kind) {
                copy_line(scan, &line);
                return true;
        }
        if (kind->fate == FATE_REFUSE && !is_quoted)
                return err_set(ret_err, ERR_PERM, "its text is encrypted (OpenPGP)");
        scan->is_changed = true;
        scan->is_signed = kind->fate == FATE_ENTER || (scan->is_signed && kind->fate != FATE_LEAVE);
        scan->signed_first = kind->fate == FATE_ENTER ? line : scan->signed_first;
        return kind->fate == FATE_ENTER || add_found(scan, kind, &line, end, ret_err);
}

bool embed_cut(GBytes **ret_text, GPtrArray **ret_found, GBytes *text, struct err *ret_err)
{
        gsize length;
        const char *octets = g_bytes_get_data(text, &length);
        const char *at = octets ? octets : "";
        struct scan scan = {
                .end = at + length,
                .out = g_string_sized_new(length),
                .found = g_ptr_array_new_with_free_func(embed_free),
        };
        bool ok = true;
        while (ok && length && at < scan.end)
                ok = take_run(&scan, &at, ret_err);
        *ret_text = ok && !scan.is_changed ? g_bytes_ref(text) : NULL;
        if (ok && scan.is_changed)
                *ret_text = g_string_free_to_bytes(scan.out);
        else
                g_string_free(scan.out, TRUE);
        if (!ok)
                g_clear_pointer(&scan.found, g_ptr_array_unref);
        *ret_found = scan.found;
        return ok;
}
