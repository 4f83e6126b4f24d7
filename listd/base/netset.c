/* netset.c - a set of networks: the line of all addresses, cut where another network begins to be the narrowest
 * Gives:  what netset.h lists
 * Fails:  never; the memory is flat, at most 2 x count + 1 pieces of 20 octets and 4 octets for each network
 * Networks either lie in each other or apart, so one walk over them in order, with a stack of those that are open (129 at most, one
 * for each length of a prefix), makes the pieces. An address is then found by a binary search. */
#include "base/netset.h"

struct place { /* an address as a number */
        uint64_t high, low;
};

struct netset {
        size_t count; /* of the pieces */
        struct place *starts;
        int32_t *owners; /* of each piece the narrowest network, or NETSET_NONE */
        size_t networks;
        int32_t *around; /* of each network the next wider one, or NETSET_NONE */
};

struct span {
        struct place start, end;
        int32_t index;
        unsigned bits;
};

static bool is_before(struct place a, struct place b)
{
        return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static struct place place_of(const struct in6_addr *address)
{
        struct place place;
        memcpy(&place.high, address->s6_addr, sizeof place.high);
        memcpy(&place.low, address->s6_addr + sizeof place.high, sizeof place.low);
        return (struct place){ GUINT64_FROM_BE(place.high), GUINT64_FROM_BE(place.low) };
}

/* The bits behind a prefix that begins `before` bits into a number of 64. */
static uint64_t rest_mask(unsigned bits, unsigned before)
{
        const unsigned kept = bits > before ? MIN(bits - before, 64) : 0;
        return kept == 64 ? 0 : UINT64_MAX >> kept;
}

static struct span span_of(const struct network *network, int32_t index)
{
        const struct place place = place_of(&network->address);
        const uint64_t high = rest_mask(network->bits, 0), low = rest_mask(network->bits, 64);
        return (struct span){ { place.high & ~high, place.low & ~low }, { place.high | high, place.low | low }, index, network->bits };
}

/* A wider network before those in it; the same one in the order in which it came. */
static int compare_spans(const void *a, const void *b)
{
        const struct span *one = a, *other = b;
        if (is_before(one->start, other->start))
                return -1;
        if (is_before(other->start, one->start))
                return 1;
        if (one->bits != other->bits)
                return one->bits < other->bits ? -1 : 1;
        return one->index < other->index ? -1 : 1;
}

/* From there on that network is the narrowest. */
static void cut(struct netset *set, struct place start, int32_t owner)
{
        const struct place *last = set->count ? &set->starts[set->count - 1] : NULL;
        if (!last || is_before(*last, start))
                set->count++;
        set->starts[set->count - 1] = start;
        set->owners[set->count - 1] = owner;
}

struct stack {
        const struct span *open[129];
        size_t depth;
};

static int32_t top_of(const struct stack *stack)
{
        return stack->depth ? stack->open[stack->depth - 1]->index : NETSET_NONE;
}

/* Ends the networks that end before `start` (NULL: all). */
static void close_spans(struct netset *set, struct stack *stack, const struct place *start)
{
        while (stack->depth && (!start || is_before(stack->open[stack->depth - 1]->end, *start))) {
                struct place next = stack->open[--stack->depth]->end;
                next.high += ++next.low == 0;
                if (next.high || next.low) /* else it was the last address of all */
                        cut(set, next, top_of(stack));
        }
}

static void cut_all(struct netset *set, const struct span *spans, size_t count)
{
        struct stack stack = { .depth = 0 };
        cut(set, (struct place){ 0, 0 }, NETSET_NONE);
        for (size_t i = 0; i < count; i++) {
                const struct span *span = &spans[i];
                close_spans(set, &stack, &span->start);
                set->around[span->index] = top_of(&stack);
                if (stack.depth && stack.open[stack.depth - 1]->bits == span->bits)
                        stack.depth--; /* the same network again stands for both */
                g_assert(stack.depth < G_N_ELEMENTS(stack.open));
                stack.open[stack.depth++] = span;
                cut(set, span->start, span->index);
        }
        close_spans(set, &stack, NULL);
}

struct netset *netset_new(const struct network *networks, size_t count)
{
        g_assert(count <= NETSET_MAX);
        struct netset *set = g_new0(struct netset, 1);
        struct span *spans = g_new(struct span, count);
        for (size_t i = 0; i < count; i++)
                spans[i] = span_of(&networks[i], (int32_t) i);
        if (count > 1)
                qsort(spans, count, sizeof *spans, compare_spans);
        set->networks = count;
        set->starts = g_new(struct place, 2 * count + 1);
        set->owners = g_new(int32_t, 2 * count + 1);
        set->around = g_new(int32_t, count);
        cut_all(set, spans, count);
        set->starts = g_renew(struct place, set->starts, set->count);
        set->owners = g_renew(int32_t, set->owners, set->count);
        g_free(spans);
        return set;
}

void netset_free(struct netset *set)
{
        if (!set)
                return;
        g_free(set->starts);
        g_free(set->owners);
        g_free(set->around);
        g_free(set);
}

int netset_find(const struct netset *set, const struct in6_addr *address)
{
        const struct place place = place_of(address);
        size_t first = 0, count = set->count; /* the piece is one of `count` from `first` on, for the first begins at zero */
        while (count > 1) {
                const size_t half = count / 2;
                if (!is_before(place, set->starts[first + half]))
                        first += half;
                count -= half;
        }
        return set->owners[first];
}

int netset_around(const struct netset *set, int index)
{
        return set->around[index];
}

size_t netset_size(const struct netset *set)
{
        return sizeof *set + set->count * (sizeof *set->starts + sizeof *set->owners) + set->networks * sizeof *set->around;
}
