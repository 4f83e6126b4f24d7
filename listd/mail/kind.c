/* kind.c - what a file is by its content, and whether a list lets it through
 * Gives:     kind_of_content(), kind_passes()
 * Standards: RFC 2046 (types); the marks are those of the formats themselves
 * A label and a name are the sender's to choose: a program that is called image/png is a program. So a type that a list
 * allows must be the label's and the content's; and where all is allowed, neither label nor name nor content may be of
 * something that runs, or that the people behind it can be read from.
 * Budgets:   the directory of an archive is read once, at most ENTRIES_MAX names of it */
#include "mail/kind.h"

#include <stdint.h>

#include "store/list.h"

enum {
        ENTRIES_MAX = 10000,
        TEXT_MAX = 64 * 1024, /* octets of a text that are looked at */
        EXTENSION_MAX = 16
};

/* --- by content ------------------------------------------------------------------------ */

static const char PROGRAM[] = "application/x-executable", ZIP[] = "application/zip", TEXT[] = "text/plain";

/* In this order: what stands first in a file. */
static const struct mark {
        size_t at;
        const char *octets;
        size_t length;
        const char *type;
} MARKS[] = {
        { 0, "\x89PNG\r\n\x1a\n", 8, "image/png" },
        { 0, "\xff\xd8\xff", 3, "image/jpeg" },
        { 0, "GIF87a", 6, "image/gif" },
        { 0, "GIF89a", 6, "image/gif" },
        { 8, "WEBP", 4, "image/webp" },
        { 0, "II*\0", 4, "image/tiff" },
        { 0, "MM\0*", 4, "image/tiff" },
        { 4, "ftypheic", 8, "image/heic" },
        { 4, "ftypavif", 8, "image/avif" },
        { 4, "ftypqt", 6, "video/quicktime" },
        { 4, "ftypM4A", 7, "audio/mp4" },
        { 4, "ftyp", 4, "video/mp4" },
        { 8, "WAVE", 4, "audio/wav" },
        { 0, "OggS", 4, "audio/ogg" },
        { 0, "fLaC", 4, "audio/flac" },
        { 0, "ID3", 3, "audio/mpeg" },
        { 0, "\xff\xfb", 2, "audio/mpeg" },
        { 0, "%PDF-", 5, "application/pdf" },
        { 0, "{\\rtf", 5, "application/rtf" },
        { 0, "%!PS", 4, "application/postscript" },
        { 0, "PK\3\4", 4, ZIP },
        { 0, "PK\5\6", 4, ZIP },
        { 0, "\x1f\x8b", 2, "application/gzip" },
        { 0, "7z\xbc\xaf\x27\x1c", 6, "application/x-7z-compressed" },
        { 0, "Rar!", 4, "application/vnd.rar" },
        { 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "application/x-ole-storage" },
        { 0, "MZ", 2, PROGRAM },
        { 0, "\x7f" "ELF", 4, PROGRAM },
        { 0, "\xfe\xed\xfa", 3, PROGRAM },
        { 0, "\xce\xfa\xed\xfe", 4, PROGRAM },
        { 0, "\xcf\xfa\xed\xfe", 4, PROGRAM },
        { 0, "\xca\xfe\xba\xbe", 4, PROGRAM }, /* Java, and Mach-O of several machines */
        { 0, "dex\n", 4, PROGRAM },
        { 0, "#!", 2, PROGRAM },
        { 0, "L\0\0\0\1\x14\2\0", 8, PROGRAM }, /* a shortcut of Windows */
        { 0, "MSCF", 4, PROGRAM },
        { 0x8001, "CD001", 5, PROGRAM }, /* an image of a disc, which runs what is on it */
        { 0, "BEGIN:VCALENDAR", 15, "text/calendar" },
        { 0, "BEGIN:VCARD", 11, "text/vcard" },
        { 0, "-----BEGIN PGP", 14, "application/pgp-keys" },
        { 0, "\x78\x9f\x3e\x22", 4, "application/ms-tnef" },
};

/* Text has no NUL, and hardly any control characters. */
static bool is_text(const char *octets, size_t length)
{
        const size_t looked_at = MIN(length, TEXT_MAX);
        for (size_t i = 0; i < looked_at; i++)
                if ((unsigned char) octets[i] < ' ' && !strchr("\t\r\n\f\x1b", octets[i] ? octets[i] : '\1'))
                        return false;
        return looked_at > 0;
}

static bool holds(const char *octets, size_t length, const char *word)
{
        char *start = g_ascii_strdown(octets, (gssize) MIN(length, 1024));
        const bool found = strstr(start, word);
        g_free(start);
        return found;
}

static const char *kind_of_text(const char *octets, size_t length)
{
        if (holds(octets, length, "<svg"))
                return "image/svg+xml";
        return holds(octets, length, "<html") || holds(octets, length, "<!doctype html") || holds(octets, length, "<script")
                       ? "text/html" : TEXT;
}

const char *kind_of_content(const char *octets, size_t length)
{
        for (size_t i = 0; i < G_N_ELEMENTS(MARKS); i++)
                if (length >= MARKS[i].at + MARKS[i].length && memcmp(octets + MARKS[i].at, MARKS[i].octets, MARKS[i].length) == 0)
                        return MARKS[i].type;
        return length && is_text(octets, length) ? kind_of_text(octets, length) : NULL;
}

/* --- by name ------------------------------------------------------------------------------ */

/* What a double click runs, on any system. */
static const char *const RUNNING[] = {
        "ade", "adp", "apk", "app", "appref-ms", "appx", "bas", "bat", "cab", "chm", "class", "cmd", "com", "cpl", "crx", "deb",
        "dll", "dmg", "docm", "dotm", "exe", "gadget", "hlp", "hta", "inf", "ins", "iso", "img", "isp", "jar", "jnlp", "js", "jse",
        "lnk", "mda", "mdb", "mde", "msc", "msi", "msix", "msp", "mst", "ocx", "pif", "pkg", "potm", "ppam", "ppsm", "pptm", "ps1",
        "psm1", "py", "pyw", "reg", "rpm", "scf", "scr", "sct", "sh", "shb", "shs", "sldm", "sys", "url", "vb", "vbe", "vbs", "vhd",
        "vhdx", "vxd", "wsc", "wsf", "wsh", "xlam", "xll", "xlsm", "xltm", "xpi",
};

/* The last extension, lower case, without what Windows drops from the end of a name. */
static void extension_of(const char *name, size_t length, char ret_extension[EXTENSION_MAX + 1])
{
        while (length && strchr(". ", name[length - 1]))
                length--;
        size_t begin = length;
        while (begin && name[begin - 1] != '.' && length - begin <= EXTENSION_MAX)
                begin--;
        const bool has_dot = begin && name[begin - 1] == '.' && length - begin <= EXTENSION_MAX;
        const size_t count = has_dot ? length - begin : 0;
        for (size_t i = 0; i < count; i++)
                ret_extension[i] = g_ascii_tolower(name[begin + i]);
        ret_extension[count] = '\0';
}

static bool runs_by_name(const char *name, size_t length)
{
        char extension[EXTENSION_MAX + 1];
        extension_of(name, length, extension);
        for (size_t i = 0; i < G_N_ELEMENTS(RUNNING); i++)
                if (strcmp(extension, RUNNING[i]) == 0)
                        return true;
        return false;
}

static const char *const RUNNING_LABELS[] = {
        "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec", "application/x-executable",
        "application/x-sh", "application/x-csh", "application/javascript", "application/x-javascript", "text/javascript",
        "application/java-archive", "application/x-java-applet", "application/hta", "application/x-ms-shortcut",
        "application/vnd.microsoft.portable-executable", "application/x-msi", "application/vnd.android.package-archive",
        "application/x-bat", "application/x-python", "text/x-python", "text/x-shellscript",
};

static bool is_among(const char *const *table, size_t count, const char *type)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(table[i], type) == 0)
                        return true;
        return false;
}

/* --- what is in an archive -------------------------------------------------------------------- */

static uint16_t word_at(const char *octets)
{
        return (uint16_t) ((unsigned char) octets[0] | (unsigned char) octets[1] << 8);
}

static bool ends_in(const char *name, size_t length, const char *end)
{
        return length >= strlen(end) && g_ascii_strncasecmp(name + length - strlen(end), end, strlen(end)) == 0;
}

/* The entries of its directory, wherever they stand (APPNOTE 4.3.12): who opens it goes by those. */
static bool zip_runs(const char *octets, size_t length)
{
        enum { ENTRY = 46, NAME_LENGTH_AT = 28 };
        static const char mark[] = "PK\1\2";
        size_t entries = 0;
        for (const char *at = octets; (at = memmem(at, length - (size_t) (at - octets), mark, strlen(mark)));) {
                const size_t left = length - (size_t) (at - octets);
                if (left < ENTRY || ++entries > ENTRIES_MAX)
                        return true; /* nobody can say what is in it */
                const size_t name_length = word_at(at + NAME_LENGTH_AT);
                if (left < ENTRY + name_length)
                        return true;
                if (runs_by_name(at + ENTRY, name_length) || ends_in(at + ENTRY, name_length, "vbaProject.bin"))
                        return true;
                at += ENTRY + name_length;
        }
        return entries == 0 && length > strlen("PK\5\6") + 18; /* more than the end of an empty one */
}

static bool runs(const char *label, const char *name, const char *kind, GBytes *content)
{
        gsize length;
        const char *octets = g_bytes_get_data(content, &length);
        return kind == PROGRAM || runs_by_name(name, strlen(name)) || is_among(RUNNING_LABELS, G_N_ELEMENTS(RUNNING_LABELS), label)
               || (kind == ZIP && zip_runs(octets, length));
}

/* --- what a list lets through --------------------------------------------------------------------- */

/* Types that are another in their content. */
static const struct {
        const char *label; /* or its beginning */
        const char *content;
} WITHIN[] = {
        { "application/vnd.openxmlformats-officedocument.", ZIP },
        { "application/vnd.oasis.opendocument.", ZIP },
        { "application/epub+zip", ZIP },
        { "application/x-zip-compressed", ZIP },
        { "application/msword", "application/x-ole-storage" },
        { "application/vnd.ms-excel", "application/x-ole-storage" },
        { "application/vnd.ms-powerpoint", "application/x-ole-storage" },
        { "application/json", TEXT },
        { "application/xml", TEXT },
        { "text/html", "text/html" },
        { "text/", TEXT },
        { "image/jpg", "image/jpeg" },
        { "image/pjpeg", "image/jpeg" },
        { "audio/mp3", "audio/mpeg" },
        { "audio/x-wav", "audio/wav" },
        { "application/x-pdf", "application/pdf" },
        { "application/x-gzip", "application/gzip" },
};

static bool agrees(const char *label, const char *content)
{
        if (!content)
                return false;
        if (strcmp(label, content) == 0)
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(WITHIN); i++)
                if (g_str_has_prefix(label, WITHIN[i].label) && strcmp(WITHIN[i].content, content) == 0)
                        return true;
        return false;
}

/* "image/png", or "image/" followed by a star. */
static bool is_listed(char *const *allowed, const char *label)
{
        for (char *const *type = allowed; *type; type++) {
                const size_t length = strlen(*type);
                if (length && (*type)[length - 1] == '*' ? g_ascii_strncasecmp(*type, label, length - 1) == 0
                                                         : g_ascii_strcasecmp(*type, label) == 0)
                        return true;
        }
        return false;
}

/* Nobody who allows all attachments means these: people's addresses stand in them (leaks L5), or they load from elsewhere
 * when they are looked at (leaks L10). */
static const char *const TELLING[] = {
        "text/calendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory", "application/pgp-keys",
        "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs10", "application/pkix-cert", "application/x-x509-ca-cert",
        "application/ms-tnef", "application/vnd.ms-tnef", "text/html", "application/xhtml+xml", "image/svg+xml", "text/rfc822-headers",
};

static bool is_telling(const char *type)
{
        return type && (is_among(TELLING, G_N_ELEMENTS(TELLING), type) || g_str_has_prefix(type, "message/")
                        || g_str_has_prefix(type, "multipart/"));
}

bool kind_passes(const struct list *list, const char *label, const char *name, GBytes *content, const char **ret_type,
                 const char **ret_why)
{
        gsize length;
        const char *octets = g_bytes_get_data(content, &length);
        const char *kind = kind_of_content(octets ? octets : "", length);
        const bool is_wanted = is_listed(list->attachments_allow, label);
        *ret_type = agrees(label, kind) ? label : kind ? kind : "application/octet-stream";
        *ret_why = NULL;
        if (list->attachments == ATTACHMENTS_STRIP && !is_wanted)
                return false;
        if (runs(label, name, kind, content))
                *ret_why = "a program, or something that runs";
        else if (is_wanted && agrees(label, kind))
                return true;
        else if (list->attachments == ATTACHMENTS_STRIP)
                *ret_why = "its content is not what it is called";
        else if (is_telling(label) || is_telling(kind))
                *ret_why = "holds addresses, or loads from elsewhere";
        return !*ret_why;
}
