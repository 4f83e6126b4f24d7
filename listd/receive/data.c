/* data.c - the octets that follow DATA, up to CRLF.CRLF
 * Gives:     data_feed() and what data.h lists; linear in its input, whatever the chunks
 * Fails:     never; what is wrong with a message is remembered and told
 * Standards: RFC 5321 2.3.8 (line ends), 4.1.1.4 (end of mail data), 4.5.2 (transparency)
 *
 *     LINE  -- '.' --> DOT     -- CR --> CR     -- other --> TEXT
 *     TEXT  -- CR  --> CR      -- other --> TEXT
 *     CR    -- LF  --> LINE    -- CR --> CR (*) -- other --> TEXT (*)
 *     DOT   -- CR  --> DOT_CR  -- other --> TEXT                      the dot was stuffed: dropped
 *     DOT_CR - LF  --> END     -- CR --> CR (*) -- other --> TEXT (*) the same
 * (*) a bare CR. An LF or NUL that is read as "other" is a bad byte too; neither leads to LINE, so nothing that follows
 * it can be the end. */
#include "receive/data.h"

enum data_state { DATA_LINE, DATA_TEXT, DATA_CR, DATA_DOT, DATA_DOT_CR, DATA_END };

struct data {
        enum data_state state;
        enum data_manner manner;
        bool bad_bytes;
        size_t keep;
        size_t size;
        GByteArray *kept;
};

struct data *data_new(size_t keep, enum data_manner manner)
{
        struct data *data = g_new0(struct data, 1);
        data->state = DATA_LINE;
        data->manner = manner;
        data->keep = keep;
        data->kept = g_byte_array_new();
        return data;
}

void data_free(struct data *data)
{
        if (!data)
                return;
        g_byte_array_unref(data->kept);
        g_free(data);
}

/* The memory of a refused message goes at once: many large ones may come side by side. */
static void forget(struct data *data)
{
        if (data->kept->len == 0)
                return;
        g_byte_array_unref(data->kept);
        data->kept = g_byte_array_new();
}

static void keep(struct data *data, const char *bytes, size_t length)
{
        size_t room = data->size < data->keep ? data->keep - data->size : 0;
        data->size += length;
        if (data->manner == DATA_STRICT && (data->bad_bytes || data->size > data->keep))
                forget(data);
        else
                g_byte_array_append(data->kept, (const guint8 *) bytes, (guint) MIN(length, room));
}

/* LINE, TEXT: everything up to the next CR in one go. */
static size_t take_run(struct data *data, const char *bytes, size_t length)
{
        const char *cr = memchr(bytes, '\r', length);
        size_t run = cr ? (size_t) (cr - bytes) : length;
        if (memchr(bytes, '\n', run) || memchr(bytes, '\0', run))
                data->bad_bytes = true;
        if (cr)
                run++;
        keep(data, bytes, run);
        data->state = cr ? DATA_CR : DATA_TEXT;
        return run;
}

/* CR, and the "not the end after all" of DOT_CR: a CR stands before `c`. */
static void take_after_cr(struct data *data, char c)
{
        if (c != '\n')
                data->bad_bytes = true;
        keep(data, &c, 1);
        data->state = c == '\n' ? DATA_LINE : c == '\r' ? DATA_CR : DATA_TEXT;
}

static void take_after_dot(struct data *data, char c)
{
        if (c == '\r') {
                data->state = DATA_DOT_CR;
                return;
        }
        if (c == '\n' || c == '\0')
                data->bad_bytes = true;
        keep(data, &c, 1);
        data->state = DATA_TEXT;
}

static void take_after_dot_cr(struct data *data, char c)
{
        if (c == '\n') {
                data->state = DATA_END;
                return;
        }
        keep(data, "\r", 1);
        take_after_cr(data, c);
}

static size_t take(struct data *data, const char *bytes, size_t length)
{
        switch (data->state) {
        case DATA_LINE:
                if (*bytes != '.')
                        return take_run(data, bytes, length);
                data->state = DATA_DOT;
                return 1;
        case DATA_TEXT:
                return take_run(data, bytes, length);
        case DATA_CR:
                take_after_cr(data, *bytes);
                return 1;
        case DATA_DOT:
                take_after_dot(data, *bytes);
                return 1;
        case DATA_DOT_CR:
                take_after_dot_cr(data, *bytes);
                return 1;
        case DATA_END:
                break;
        }
        return 0;
}

size_t data_feed(struct data *data, const char *bytes, size_t length)
{
        size_t taken = 0;
        while (taken < length && data->state != DATA_END)
                taken += take(data, bytes + taken, length - taken);
        return taken;
}

bool data_ended(const struct data *data)
{
        return data->state == DATA_END;
}

bool data_has_bad_bytes(const struct data *data)
{
        return data->bad_bytes;
}

size_t data_size(const struct data *data)
{
        return data->size;
}

GBytes *data_take(struct data *data)
{
        GBytes *bytes = g_byte_array_free_to_bytes(data->kept);
        data->kept = g_byte_array_new();
        return bytes;
}
