/* tnef.c - what Outlook packs into a winmail.dat
 * Gives:     tnef_is(), tnef_files(), by libytnef
 * Fails:     with NULL: the file is then cut like any other, and what is in it is not told
 * Standards: [MS-OXTNEF] 2.1 (the stream: a mark, a key, then attributes of level, id, length, octets and checksum)
 * Budgets:   STREAM_MAX, ATTRIBUTES_MAX, FILES_MAX, PROPERTIES_MAX. The library trusts lengths: so the stream is walked first,
 *            and it is handed a stream of only those attributes that names and sizes stand in, with lengths and checksums
 *            that are right. */
#include "mail/tnef.h"

#include <stdint.h>
#include <stdio.h>

#include <ytnef.h>

enum {
        STREAM_MAX = 64 * 1024 * 1024,
        ATTRIBUTES_MAX = 1000,
        FILES_MAX = 100,
        PROPERTIES_MAX = 256,
        PROPERTIES_OCTETS_MAX = 256 * 1024, /* beyond twice that the library complains on its own */
        NAME_MAX_OCTETS = 1024,
        HEAD = 6,           /* the mark and the key */
        ATTRIBUTE_HEAD = 9, /* level, id, length */
        CHECKSUM = 2
};

static const char MARK[] = "\x78\x9f\x3e\x22";

bool tnef_is(const char *octets, size_t length)
{
        return length >= HEAD && memcmp(octets, MARK, strlen(MARK)) == 0;
}

static uint32_t number_at(const char *octets)
{
        uint32_t number;
        memcpy(&number, octets, sizeof number);
        return GUINT32_FROM_LE(number);
}

/* --- the walk ----------------------------------------------------------------------------- */

struct attribute {
        uint8_t level;
        uint32_t id;
        const char *octets;
        uint32_t length;
};

/* What holds names or sizes. Of a file, which attAttachRenddata begins, the library takes each once: it leaks what a second
 * one replaces, and what stands before the first file. */
static const uint32_t WANTED[] = { attAttachTitle, attAttachTransportFilename, attAttachment, attAttachData };

/* `seen` is a bit for each of WANTED. */
static bool is_wanted(const struct attribute *attribute, unsigned *seen)
{
        size_t at = 0;
        if (attribute->id == attAttachRenddata)
                *seen = 0;
        while (at < G_N_ELEMENTS(WANTED) && WANTED[at] != attribute->id)
                at++;
        if (at == G_N_ELEMENTS(WANTED) || (*seen & 1u << at))
                return attribute->id == attAttachRenddata;
        *seen |= 1u << at;
        return attribute->id != attAttachment || (attribute->length >= sizeof(uint32_t) && attribute->length <= PROPERTIES_OCTETS_MAX
                                                  && number_at(attribute->octets) <= PROPERTIES_MAX);
}

/* The attribute at `at`. False: it does not end within the stream. */
static bool read_attribute(const char *at, size_t left, struct attribute *ret_attribute)
{
        if (left < ATTRIBUTE_HEAD + CHECKSUM)
                return false;
        *ret_attribute = (struct attribute){ (uint8_t) *at, number_at(at + 1), at + ATTRIBUTE_HEAD, number_at(at + 5) };
        return ret_attribute->length <= left - ATTRIBUTE_HEAD - CHECKSUM;
}

static void append_number(GByteArray *out, uint32_t number)
{
        number = GUINT32_TO_LE(number);
        g_byte_array_append(out, (const guint8 *) &number, sizeof number);
}

/* What a file holds is of no interest: its length stands in its place. */
static void append_attribute(GByteArray *out, const struct attribute *attribute)
{
        const uint32_t size = GUINT32_TO_LE(attribute->length);
        const bool is_data = attribute->id == attAttachData;
        const char *octets = is_data ? (const char *) &size : attribute->octets;
        const uint32_t length = is_data ? (uint32_t) sizeof size : attribute->length;
        uint16_t sum = 0;
        for (uint32_t i = 0; i < length; i++)
                sum = (uint16_t) (sum + (unsigned char) octets[i]);
        sum = GUINT16_TO_LE(sum);
        g_byte_array_append(out, (const guint8 *) &attribute->level, sizeof attribute->level);
        append_number(out, attribute->id);
        append_number(out, length);
        g_byte_array_append(out, (const guint8 *) octets, length);
        g_byte_array_append(out, (const guint8 *) &sum, sizeof sum);
}

/* A stream of what is wanted; what does not end within the old one is left out, and all behind it. NULL: too many. */
static GByteArray *wanted_stream(const char *octets, size_t length)
{
        GByteArray *out = g_byte_array_new();
        struct attribute attribute;
        size_t attributes = 0, files = 0;
        unsigned seen = ~0u;
        g_byte_array_append(out, (const guint8 *) octets, HEAD);
        for (size_t at = HEAD; at < length && read_attribute(octets + at, length - at, &attribute);
             at += ATTRIBUTE_HEAD + attribute.length + CHECKSUM) {
                files += attribute.id == attAttachRenddata;
                if (++attributes > ATTRIBUTES_MAX || files > FILES_MAX) {
                        g_byte_array_unref(out);
                        return NULL;
                }
                if (attribute.length && is_wanted(&attribute, &seen))
                        append_attribute(out, &attribute);
        }
        return out;
}

/* --- names ----------------------------------------------------------------------------------- */

static void file_free(void *data)
{
        struct tnef_file *file = data;
        g_free(file->name);
        g_free(file);
}

static char *text_of(const variableLength *value)
{
        if (value == MAPI_UNDEFINED || !value->data || value->size <= 0)
                return g_strdup("");
        return g_strndup((const char *) value->data, (gsize) MIN(value->size, NAME_MAX_OCTETS));
}

/* The first that says something: the long name, the short one of DOS, what it is shown as, the title. */
static char *name_of(Attachment *attachment)
{
        const variableLength *candidates[] = {
                MAPIFindProperty(&attachment->MAPI, PROP_TAG(PT_UNICODE, PR_ATTACH_LONG_FILENAME)),
                MAPIFindProperty(&attachment->MAPI, PROP_TAG(PT_STRING8, PR_ATTACH_LONG_FILENAME)),
                MAPIFindProperty(&attachment->MAPI, PROP_TAG(PT_UNICODE, PR_ATTACH_FILENAME)),
                MAPIFindProperty(&attachment->MAPI, PROP_TAG(PT_STRING8, PR_ATTACH_FILENAME)),
                MAPIFindProperty(&attachment->MAPI, PROP_TAG(PT_STRING8, PR_DISPLAY_NAME)),
                &attachment->Title,
                &attachment->TransportFilename,
        };
        char *name = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(candidates) && (!name || !*name); i++) {
                g_free(name);
                name = text_of(candidates[i]);
        }
        return name;
}

/* libytnef tells its troubles on standard output, which is where `listctl --json` prints its document. */
static int parse_in_silence(GByteArray *stream, TNEFStruct *tnef)
{
        FILE *real = stdout;
        char *said = NULL;
        size_t length;
        FILE *silence = open_memstream(&said, &length);
        if (!silence)
                return -1;
        stdout = silence;
        int result = TNEFParseMemory(stream->data, (long) stream->len, tnef);
        stdout = real;
        fclose(silence);
        free(said);
        return result;
}

GPtrArray *tnef_files(const char *octets, size_t length)
{
        TNEFStruct tnef;
        GPtrArray *files = NULL;
        GByteArray *stream = tnef_is(octets, length) && length <= STREAM_MAX ? wanted_stream(octets, length) : NULL;
        if (!stream)
                return NULL;
        TNEFInitialize(&tnef);
        tnef.Debug = 0;
        if (parse_in_silence(stream, &tnef) >= 0) {
                files = g_ptr_array_new_with_free_func(file_free);
                for (Attachment *at = tnef.starting_attach.next; at && files->len < FILES_MAX; at = at->next) {
                        struct tnef_file *file = g_new0(struct tnef_file, 1);
                        file->name = name_of(at);
                        file->size = at->FileData.size == sizeof(uint32_t) ? number_at((const char *) at->FileData.data) : 0;
                        g_ptr_array_add(files, file);
                }
        }
        TNEFFree(&tnef);
        g_byte_array_unref(stream);
        return files;
}
