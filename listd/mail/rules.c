/* rules.c - what becomes of each part of a post
 * Gives:     rule_for(), rule_best_form(), rule_is_best_form(), rule_is_beside(), rule_html_forms(), rule_parent()
 * Standards: RFC 2046 5.1.4 (alternative: one form is enough), 5.2.2, 5.2.3; RFC 1847 (signed, encrypted); RFC 2183;
 *            RFC 2387 (related)
 * PART_RULES is the whole of the policy: another kind of part is another row. What a list lets through all the same is
 * kind.c's to say. */
#include "mail/rules.h"

#include "mail/charset.h"
#include "mail/guess.h"

/* --- facts about a part ------------------------------------------------------------ */

const struct part *rule_parent(const GPtrArray *parts, const struct part *part)
{
        return part->parent < 0 ? NULL : parts->pdata[part->parent];
}

static bool is_root(const GPtrArray *parts, const struct part *part)
{
        return part->parent < 0;
}

static bool is_enveloped_root(const GPtrArray *parts, const struct part *part)
{
        return is_root(parts, part) && (!part->smime_type || g_ascii_strcasecmp(part->smime_type, "signed-data") != 0);
}

static bool has_children(const GPtrArray *parts, const struct part *part)
{
        return part->children > 0;
}

/* The message itself is never an attachment, whatever it says: there is nothing that it could be attached to. */
static bool is_attached(const GPtrArray *parts, const struct part *part)
{
        return part->is_attachment && !is_root(parts, part);
}

static bool is_picture_of_html(const GPtrArray *parts, const struct part *part)
{
        const struct part *parent = rule_parent(parts, part);
        return parent && strcmp(parent->type, "multipart/related") == 0 && part->place > 0;
}

static bool is_form(const GPtrArray *parts, const struct part *part, const char *type)
{
        return strcmp(part->type, type) == 0 && !is_attached(parts, part);
}

/* Octets of a part in UTF-8, somehow. */
static GBytes *readable(const struct part *part)
{
        gsize length;
        GBytes *decoded = transfer_decode(part->transfer, part->raw);
        const char *octets = g_bytes_get_data(decoded, &length);
        GBytes *text = charset_decode_readably(guess_charset(part->charset, octets, length), octets, length);
        g_bytes_unref(decoded);
        return text;
}

/* What programs write where a text should be: that the reader ought to look at the HTML. */
static bool is_excuse(const char *text, size_t length)
{
        static const char *const WORDS[] = { "support", "display", "show", "view", "read", "capable", "enable", "anzeig", "unterst",
                                             "darstell", "表示", "対応" };
        char *folded = g_utf8_casefold(text, (gssize) length);
        bool found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++)
                found = found || strstr(folded, WORDS[i]);
        found = found && strstr(folded, "html");
        g_free(folded);
        return found;
}

/* A plain form that is as good as none. Only a short one is looked at: the time does not grow with the post. */
static bool is_poor(const struct part *part)
{
        enum { RAW_MAX = 2048, EXCUSE_MAX = 160 };
        if (g_bytes_get_size(part->raw) > RAW_MAX)
                return false;
        gsize length;
        GBytes *bytes = readable(part);
        const char *text = g_bytes_get_data(bytes, &length);
        const size_t visible = text ? charset_count_visible(text, length) : 0;
        bool poor = visible == 0 || (visible <= EXCUSE_MAX && is_excuse(text, length));
        g_bytes_unref(bytes);
        return poor;
}

static guint end_of(const GPtrArray *parts, guint index)
{
        const struct part *outer = parts->pdata[index];
        guint end = index + 1;
        while (end < parts->len && ((const struct part *) parts->pdata[end])->depth > outer->depth)
                end++;
        return end;
}

const struct part *rule_best_form(const GPtrArray *parts, guint index)
{
        const struct part *html = NULL, *plain = NULL;
        const guint end = end_of(parts, index);
        for (guint i = index + 1; i < end; i++) {
                const struct part *part = parts->pdata[i];
                if (!html && is_form(parts, part, "text/html"))
                        html = part;
                if (!plain && is_form(parts, part, "text/plain"))
                        plain = part;
        }
        return html && (!plain || is_poor(plain)) ? html : plain;
}

/* The part of the multipart at `index` that `part` is, or is within. */
static const struct part *branch_of(const GPtrArray *parts, const struct part *part, int index)
{
        while (part->parent != index)
                part = parts->pdata[part->parent];
        return part;
}

/* Some alternative around the part offers the same in another of its forms, which is the one that stays. */
static bool has_better_twin(const GPtrArray *parts, const struct part *part)
{
        for (int i = part->parent; i >= 0; i = ((const struct part *) parts->pdata[i])->parent) {
                const struct part *outer = parts->pdata[i];
                if (strcmp(outer->type, "multipart/alternative") != 0)
                        continue;
                const struct part *best = rule_best_form(parts, (guint) i);
                if (best && branch_of(parts, best, i) != branch_of(parts, part, i))
                        return true;
        }
        return false;
}

/* The alternative that the part is a form of, at any depth; -1: none. */
static int alternative_of(const GPtrArray *parts, const struct part *part)
{
        int at = part->parent;
        while (at >= 0 && strcmp(((const struct part *) parts->pdata[at])->type, "multipart/alternative") != 0)
                at = ((const struct part *) parts->pdata[at])->parent;
        return at;
}

/* The alternative around the part whose form that stays is plain text, which is *ret_plain; -1: none. */
static int plain_alternative_of(const GPtrArray *parts, const struct part *part, const struct part **ret_plain)
{
        const int outer = alternative_of(parts, part);
        *ret_plain = outer < 0 ? NULL : rule_best_form(parts, (guint) outer);
        return *ret_plain && strcmp((*ret_plain)->type, "text/plain") == 0 ? outer : -1;
}

bool rule_is_beside(const GPtrArray *parts, const struct part *html)
{
        const struct part *plain;
        const int outer = plain_alternative_of(parts, html, &plain);
        return outer >= 0 && is_form(parts, html, "text/html") && branch_of(parts, html, outer) != branch_of(parts, plain, outer);
}

GPtrArray *rule_html_forms(const GPtrArray *parts, const struct part *text)
{
        const struct part *plain;
        const int outer = plain_alternative_of(parts, text, &plain);
        GPtrArray *forms = g_ptr_array_new();
        const bool is_in_branch = outer >= 0 && branch_of(parts, text, outer) == branch_of(parts, plain, outer);
        const guint end = is_in_branch ? end_of(parts, (guint) outer) : 0;
        for (guint i = (guint) outer + 1; i < end; i++)
                if (rule_is_beside(parts, parts->pdata[i]) && alternative_of(parts, parts->pdata[i]) == outer)
                        g_ptr_array_add(forms, parts->pdata[i]);
        return forms;
}

bool rule_is_best_form(const GPtrArray *parts, const struct part *text)
{
        const struct part *plain;
        return plain_alternative_of(parts, text, &plain) >= 0 && plain == text;
}

/* --- the rules --------------------------------------------------------------------- */

/* The first row whose type (a whole one, or "kind/" for all of a kind, or "") and test apply decides. */
static const struct part_rule PART_RULES[] = {
        { "multipart/encrypted", is_root, FATE_REFUSE, "it is encrypted" },
        { "application/pkcs7-mime", is_enveloped_root, FATE_REFUSE, "it is encrypted (S/MIME)" },
        { "application/x-pkcs7-mime", is_enveloped_root, FATE_REFUSE, "it is encrypted (S/MIME)" },
        { "message/partial", is_root, FATE_REFUSE, "it is a fragment of a message (message/partial)" },
        { "message/external-body", is_root, FATE_REFUSE, "its text is elsewhere (message/external-body)" },
        { "multipart/", has_children, FATE_OPEN, "" },
        { "message/rfc822", has_children, FATE_OPEN, "" }, /* forwarded, as an attachment or not */
        { "message/global", has_children, FATE_OPEN, "" },
        { "application/pgp-signature", NULL, FATE_CUT_STILL, "signature" },
        { "application/pkcs7-signature", NULL, FATE_CUT_STILL, "signature" },
        { "application/x-pkcs7-signature", NULL, FATE_CUT_STILL, "signature" },
        { "", is_attached, FATE_CUT, "attachment" },
        { "text/", has_better_twin, FATE_CUT_STILL, "other form of the text" },
        { "text/plain", NULL, FATE_KEEP, "text" },
        { "text/html", NULL, FATE_CONVERT, "html, as text" },
        { "image/", is_picture_of_html, FATE_CUT_STILL, "picture of the html" },
        { "", NULL, FATE_CUT, "not text" },
};

static bool type_applies(const char *rule, const char *type)
{
        return *rule == '\0' || strcmp(rule, type) == 0 || (g_str_has_suffix(rule, "/") && g_str_has_prefix(type, rule));
}

const struct part_rule *rule_for(const GPtrArray *parts, const struct part *part)
{
        const struct part_rule *rule = PART_RULES; /* the last row applies to everything */
        while (!type_applies(rule->type, part->type) || (rule->test && !rule->test(parts, part)))
                rule++;
        return rule;
}
