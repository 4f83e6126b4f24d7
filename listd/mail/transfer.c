/* transfer.c - content transfer encodings
 * Gives:     what transfer.h lists, by GMime
 * Standards: RFC 2045 6.2 (7bit and 8bit: lines of at most 998 octets, no NUL), 6.7, 6.8
 * What is broken in an encoding is decoded as far as it goes: a post is not lost for a missing '='. */
#include "mail/transfer.h"

#include <gmime/gmime.h>

#include "mail/lines.h"

enum { STEP = 16 * 1024 };

enum transfer transfer_find(const char *value)
{
        if (!value)
                return TRANSFER_7BIT;
        switch (g_mime_content_encoding_from_string(value)) {
        case GMIME_CONTENT_ENCODING_7BIT:
                return TRANSFER_7BIT;
        case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
                return TRANSFER_QP;
        case GMIME_CONTENT_ENCODING_BASE64:
                return TRANSFER_BASE64;
        default:
                return TRANSFER_8BIT;
        }
}

static bool is_base64_line(const char *line, size_t length)
{
        while (length && g_ascii_isspace(line[length - 1]))
                length--;
        for (size_t i = 0; i < length; i++)
                if (!g_ascii_isalnum(line[i]) && !strchr("+/=", line[i]))
                        return false;
        return true;
}

/* Judged by the first lines: behind base64 there may stand anything, such as the footer of another list (RFC 2045 6.8 has
 * decoders ignore it), but prose has a space soon. */
enum transfer transfer_in_truth(enum transfer labelled, GBytes *encoded)
{
        enum { LINES = 3 };
        gsize length, next;
        const char *octets = g_bytes_get_data(encoded, &length);
        int lines = 0;
        for (gsize at = 0; labelled == TRANSFER_BASE64 && at < length && lines < LINES; at = next) {
                const char *end = memchr(octets + at, '\n', length - at);
                next = end ? (gsize) (end - octets) + 1 : length;
                if (!is_base64_line(octets + at, next - at))
                        return TRANSFER_8BIT;
                lines += next - at > strlen("\r\n");
        }
        return labelled;
}

const char *transfer_label(enum transfer transfer)
{
        static const char *const labels[] = {
                [TRANSFER_7BIT] = "7bit",
                [TRANSFER_8BIT] = "8bit",
                [TRANSFER_QP] = "quoted-printable",
                [TRANSFER_BASE64] = "base64",
        };
        return labels[transfer];
}

/* For the two that are more than octets as they stand. */
static GMimeContentEncoding gmime_encoding(enum transfer transfer)
{
        return transfer == TRANSFER_QP ? GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE : GMIME_CONTENT_ENCODING_BASE64;
}

static bool is_identity(enum transfer transfer)
{
        return transfer == TRANSFER_7BIT || transfer == TRANSFER_8BIT;
}

/* Decodes into `out`, or only counts where it is NULL: an attachment that is cut never stands decoded in memory. */
static size_t decode(enum transfer transfer, GBytes *encoded, GString *out)
{
        GMimeEncoding state;
        gsize length;
        const char *in = g_bytes_get_data(encoded, &length);
        size_t size = 0;
        g_mime_encoding_init_decode(&state, gmime_encoding(transfer));
        char *buffer = g_malloc(g_mime_encoding_outlen(&state, STEP));
        for (size_t at = 0; at < length; at += STEP) {
                size_t done = g_mime_encoding_step(&state, in + at, MIN(STEP, length - at), buffer);
                size += done;
                if (out)
                        g_string_append_len(out, buffer, (gssize) done);
        }
        g_free(buffer);
        return size;
}

GBytes *transfer_decode(enum transfer transfer, GBytes *encoded)
{
        if (is_identity(transfer))
                return g_bytes_ref(encoded);
        GString *out = g_string_sized_new(g_bytes_get_size(encoded));
        decode(transfer, encoded, out);
        return g_string_free_to_bytes(out);
}

size_t transfer_decoded_size(enum transfer transfer, GBytes *encoded)
{
        return is_identity(transfer) ? g_bytes_get_size(encoded) : decode(transfer, encoded, NULL);
}

/* --- encoding --------------------------------------------------------------------- */

static size_t count_high_octets(const char *text, size_t length)
{
        size_t count = 0;
        for (size_t i = 0; i < length; i++)
                count += (text[i] & 0x80) != 0;
        return count;
}

/* Quoted-printable stays readable where it takes three octets for few. */
static enum transfer choose(enum transfer wanted, const char *text, size_t length)
{
        size_t high = count_high_octets(text, length);
        if (wanted == TRANSFER_QP || wanted == TRANSFER_BASE64)
                return wanted;
        if (is_identity(wanted) && (high == 0 || wanted == TRANSFER_8BIT) && lines_fit(text, length))
                return high ? TRANSFER_8BIT : TRANSFER_7BIT;
        return high > length / 4 ? TRANSFER_BASE64 : TRANSFER_QP;
}

/* GMime writes LF, and takes quoted-printable's text with LF; base64's must be in its canonical form, with CRLF. */
static GBytes *encode(enum transfer transfer, const char *text, size_t length)
{
        GMimeEncoding state;
        GString *in = transfer == TRANSFER_QP ? lines_to_lf(text, length) : g_string_new_len(text, (gssize) length);
        g_mime_encoding_init_encode(&state, gmime_encoding(transfer));
        char *buffer = g_malloc(g_mime_encoding_outlen(&state, in->len));
        size_t done = g_mime_encoding_flush(&state, in->str, in->len, buffer);
        GString *out = g_string_sized_new(done + done / 64);
        lines_append_crlf(out, buffer, done);
        g_free(buffer);
        g_string_free(in, TRUE);
        return g_string_free_to_bytes(out);
}

GBytes *transfer_encode_file(GBytes *octets)
{
        gsize length;
        const char *data = g_bytes_get_data(octets, &length);
        return encode(TRANSFER_BASE64, data ? data : "", length);
}

GBytes *transfer_encode(enum transfer wanted, GBytes *text, enum transfer *ret_transfer)
{
        gsize length;
        const char *octets = g_bytes_get_data(text, &length);
        *ret_transfer = choose(wanted, octets, length);
        return is_identity(*ret_transfer) ? g_bytes_ref(text) : encode(*ret_transfer, octets, length);
}
