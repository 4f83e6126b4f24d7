/* sources.c - who came to this door
 * Gives:  what sources.h lists
 * Fails:  never
 * Recipients are not remembered but as bits of a keyed hash: a set of a fixed size, whatever is tried. With many bits set some names
 * look as if they had been tried before, so a harvester is undercounted a little, and only far above the thresholds. */
#include "receive/sources.h"

#include "base/keyring.h"

enum { HOUR = 3600 };

struct sources {
        GHashTable *by_name; /* a set of struct source, compared by kind and name */
        GQueue by_age;       /* the latest at its head */
        uint8_t key[SHORT_KEY_BYTES]; /* of this process: nobody can choose names that look alike */
};

/* Octets of a larger set of recipients: what is counted there differs by orders of magnitude. */
static size_t set_size(enum source_kind kind)
{
        static const size_t sizes[SOURCE_KINDS] = {
                [SOURCE_CLIENT] = 128, [SOURCE_NETWORK] = 256, [SOURCE_SENDER] = 512, [SOURCE_DOMAIN] = 8192
        };
        return sizes[kind];
}

static void tried_clear(struct tried *tried, int64_t now)
{
        g_free(tried->bits);
        *tried = (struct tried){ .since = now };
}

/* Whether it was not set; it is then. */
static bool set_bit(uint8_t *bits, size_t size, uint32_t hash)
{
        const size_t bit = hash % (size * 8);
        const bool is_new = !(bits[bit / 8] & (1u << bit % 8));
        bits[bit / 8] |= (uint8_t) (1u << bit % 8);
        return is_new;
}

static bool add_to_few(struct tried *tried, uint32_t hash)
{
        for (int i = 0; i < tried->count; i++)
                if (tried->few[i] == hash)
                        return false;
        tried->few[tried->count++] = hash;
        return true;
}

static void tried_grow(struct tried *tried, size_t size)
{
        tried->bits = g_malloc0(size);
        for (int i = 0; i < tried->count; i++)
                set_bit(tried->bits, size, tried->few[i]);
}

static void source_free(void *data)
{
        struct source *source = data;
        g_free(source->tried.bits);
        g_free(source->name);
        g_free(source);
}

static guint hash_of(gconstpointer data)
{
        const struct source *source = data;
        return g_str_hash(source->name) * SOURCE_KINDS + source->kind;
}

static gboolean is_same(gconstpointer a, gconstpointer b)
{
        const struct source *one = a, *other = b;
        return one->kind == other->kind && strcmp(one->name, other->name) == 0;
}

struct sources *sources_new(void)
{
        struct sources *sources = g_new0(struct sources, 1);
        sources->by_name = g_hash_table_new_full(hash_of, is_same, source_free, NULL);
        g_queue_init(&sources->by_age);
        random_bytes(sources->key, sizeof sources->key);
        return sources;
}

void sources_free(struct sources *sources)
{
        if (!sources)
                return;
        g_hash_table_unref(sources->by_name); /* with the links of the queue */
        g_free(sources);
}

static void remove_source(struct sources *sources, struct source *source)
{
        g_queue_unlink(&sources->by_age, &source->link);
        g_hash_table_remove(sources->by_name, source);
}

static bool is_held(const struct source *source)
{
        return source->sessions > 0 || source->users > 0;
}

/* Held ones are as many as there are sessions at most, so the search is short. */
static void make_room(struct sources *sources)
{
        if (g_hash_table_size(sources->by_name) < SOURCES_MAX)
                return;
        GList *oldest = sources->by_age.tail;
        while (oldest && is_held(oldest->data))
                oldest = oldest->prev;
        if (oldest)
                remove_source(sources, oldest->data);
}

struct source *sources_find(struct sources *sources, enum source_kind kind, const char *name)
{
        const struct source like = { .kind = kind, .name = (char *) name };
        return g_hash_table_lookup(sources->by_name, &like);
}

struct source *sources_get(struct sources *sources, enum source_kind kind, const char *name, int64_t now)
{
        struct source *source = sources_find(sources, kind, name);
        if (source) {
                g_queue_unlink(&sources->by_age, &source->link);
        } else {
                make_room(sources);
                source = g_new0(struct source, 1);
                source->kind = kind;
                source->name = g_strdup(name);
                source->since = now;
                source->link.data = source;
                g_hash_table_add(sources->by_name, source);
        }
        source->last = now;
        g_queue_push_head_link(&sources->by_age, &source->link);
        return source;
}

void sources_forget(struct sources *sources, struct source *source)
{
        if (!is_held(source)) {
                remove_source(sources, source);
                return;
        }
        source->score = (struct score){ 0 };
        source->good_days = 0;
        source->good_day = 0;
        source->since = source->last;
        source->connections = source->messages = (struct window){ 0 };
        tried_clear(&source->tried, source->last);
        source->suspicion = SUSPICION_FREE;
        source->denied_until = 0;
        source->denials = 0;
        source->offences = 0;
        source->in_siege = false;
        source->is_dirty = false;
}

size_t sources_count(const struct sources *sources)
{
        return g_hash_table_size(sources->by_name);
}

void sources_each(struct sources *sources, void (*visit)(struct source *source, void *user), void *user)
{
        GList *next;
        for (GList *link = sources->by_age.head; link; link = next) {
                next = link->next;
                visit(link->data, user);
        }
}

bool source_is_first_try(const struct sources *sources, struct source *source, const char *recipient, int64_t now)
{
        struct tried *tried = &source->tried;
        const uint32_t hash = (uint32_t) short_hash(sources->key, recipient, strlen(recipient));
        if (now - tried->since >= HOUR)
                tried_clear(tried, now);
        if (!tried->bits && tried->count == TRIED_FEW)
                tried_grow(tried, set_size(source->kind));
        return tried->bits ? set_bit(tried->bits, set_size(source->kind), hash) : add_to_few(tried, hash);
}

int window_add(struct window *window, int64_t now, int seconds)
{
        if (now - window->since >= seconds)
                *window = (struct window){ .since = now };
        return ++window->count;
}
