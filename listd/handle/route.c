/* route.c - one message out of the spool: what is it, and where does it go?
 * Gives:  route_item()
 * Fails:  ERR_TEMP when the store does; a message that cannot be understood is set aside as failed
 * The door of each recipient says the way (policy/target.h); the table WAYS says which function goes it. */
#include "handle/route.h"

#include "base/domain.h"
#include "base/keyring.h"
#include "base/log.h"
#include "handle/decoy.h"
#include "handle/work.h"
#include "mail/address.h"
#include "mail/origin.h"
#include "store/accepted.h"
#include "store/domain.h"
#include "store/held.h"
#include "store/trace.h"

static work_way *const WAYS[] = {
        [DOOR_POST] = way_post,       [DOOR_COMMAND] = way_command,     [DOOR_REQUEST] = way_command,
        [DOOR_OWNER] = way_owner,     [DOOR_CONFIRM] = way_confirm,     [DOOR_BOUNCE] = way_bounce,
        [DOOR_OFF] = way_leave,       [DOOR_ALIAS] = way_misaddressed,  [DOOR_ADMIN] = way_admin,
        [DOOR_SITE_BOUNCE] = way_site_bounce, [DOOR_NONE] = way_misaddressed,
};

/* --- which door --------------------------------------------------------------------------- */

static bool is_site_door(enum target_door door)
{
        return door == DOOR_ADMIN || door == DOOR_SITE_BOUNCE;
}

/* The first reading whose list exists. */
static bool find_target(struct work *work, const struct address *address, struct err *ret_err)
{
        struct target readings[TARGET_READINGS_MAX];
        size_t count = target_readings(address->local, readings);
        work->target = (struct target){ .door = DOOR_NONE };
        for (size_t i = 0; i < count && work->target.door == DOOR_NONE; i++) {
                if (is_site_door(readings[i].door)) {
                        work->target = readings[i];
                } else {
                        if (!list_find(work->store, readings[i].list, address->domain, &work->list, ret_err))
                                return false;
                        if (work->list)
                                work->target = readings[i];
                }
        }
        return true;
}

/* Not of what a flood of requests would fill the store with (leaks X1): of those the log alone tells. */
static bool trace_door(const struct work *work, struct err *ret_err)
{
        const enum target_door door = work->target.door;
        return door == DOOR_COMMAND || door == DOOR_REQUEST
               || trace_note(work->store, work->list ? work->list->id : 0, work->log_id, TRACE_TAKEN, 0, NULL, TARGET_DOOR_WORDS[door],
                             work->now, ret_err);
}

static bool go_way(struct work *work, GHashTable *seen, struct err *ret_err)
{
        /* ml@ and ML@ in one envelope are one post; ml-on@ and ml-off@ are two commands */
        const struct target *target = &work->target;
        char *key = g_strdup_printf("%d %s %s %s %s", target->door, target->list, target->word, target->ticket,
                                    target->door == DOOR_NONE ? work->recipient : work->domain);
        return !g_hash_table_add(seen, key)
               || (trace_door(work, ret_err) && WAYS[target->door](work, ret_err));
}

static bool count_taken(const struct work *work, struct err *ret_err)
{
        const struct domain_counts more = { .taken = 1 };
        return domain_count(work->store, work->domain, &more, work->now, ret_err);
}

/* What stands behind the last @ of what is no address; it was taken, so it is one of ours. */
static const char *domain_of_odd(const struct conf *conf, const char *recipient)
{
        const char *at = strrchr(recipient, '@');
        char *domain = at ? domain_to_ascii(at + 1) : NULL;
        size_t i = 0;
        while (domain && conf->domains[i] && strcmp(conf->domains[i], domain) != 0)
                i++;
        const char *ours = domain && conf->domains[i] ? conf->domains[i] : conf->domains[0];
        g_free(domain);
        return ours;
}

static bool route_recipient(struct work *work, const char *recipient, GHashTable *seen, struct err *ret_err)
{
        struct address *address;
        struct err flaw;
        work->recipient = recipient;
        if (!address_parse(&address, recipient, strlen(recipient), &flaw)) {
                work->target = (struct target){ .door = DOOR_NONE };
                work->domain = domain_of_odd(work->conf, recipient);
                return count_taken(work, ret_err) && go_way(work, seen, ret_err);
        }
        work->domain = address->domain;
        bool ok = count_taken(work, ret_err) && find_target(work, address, ret_err) && go_way(work, seen, ret_err);
        g_clear_pointer(&work->list, list_free);
        address_free(address);
        return ok;
}

static bool route_all(struct work *work, struct err *ret_err)
{
        GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        bool ok = true;
        for (guint i = 0; ok && i < work->envelope->recipients->len; i++)
                ok = route_recipient(work, work->envelope->recipients->pdata[i], seen, ret_err);
        g_hash_table_unref(seen);
        return ok;
}

/* --- the message -------------------------------------------------------------------------- */

static bool set_aside(struct store *store, const struct spool_item *item, GBytes *bytes, const char *log_id, const char *why,
                      int64_t now, struct err *ret_err)
{
        char id[HELD_ID_CHARS + 1];
        bool is_new;
        if (!store_begin(store, ret_err))
                return false;
        bool ok = accepted_spool(store, item->id, &is_new, ret_err)
                  && (!is_new
                      || (held_add(store, HELD_FAILED, 0, why, log_id, bytes, id, ret_err)
                          && trace_note(store, 0, log_id, TRACE_FAILED, 0, NULL, why, now, ret_err)));
        ok = store_end(store, ok, ret_err);
        if (ok)
                log_event(LOG_LEVEL_ERROR, "failed", "msg", log_id, "why", why, NULL);
        return ok;
}

static bool route_envelope(struct store *store, const struct conf *conf, const struct spool_item *item,
                           const struct envelope *envelope, const char *log_id, int64_t now, struct err *ret_err)
{
        struct work work = { .store = store, .conf = conf, .envelope = envelope, .log_id = log_id, .now = now };
        struct err flaw;
        if (message_parse(&work.message, envelope->message, &flaw))
                work.automatic = automatic_class(work.message, envelope->mail_from, NULL);
        if (work.message)
                work.network = origin_network(work.message, envelope, conf->trusted_networks);
        bool is_new = false;
        bool ok = store_begin(store, ret_err);
        if (ok) {
                ok = accepted_spool(store, item->id, &is_new, ret_err)
                     && (!is_new || (envelope->is_decoy ? decoy_take(&work, ret_err) : route_all(&work, ret_err)));
                ok = store_end(store, ok, ret_err);
        }
        message_free(work.message);
        g_free(work.network);
        return ok;
}

bool route_item(struct store *store, const struct conf *conf, const struct spool_item *item, int64_t now, struct err *ret_err)
{
        char log_id[LOG_ID_CHARS + 1];
        struct envelope *envelope;
        struct err err = { 0 };
        gsize length;
        envelope_log_id(item->id, log_id);
        const void *box = g_bytes_get_data(item->box, &length);
        GBytes *bytes = spool_box_open(store_keyring(store), box, length);
        if (!bytes)
                return set_aside(store, item, item->box, log_id, "its box does not open: the spool's key was changed", now, ret_err);
        const void *plain = g_bytes_get_data(bytes, &length);
        bool ok;
        if (item->crashes >= ROUTE_CRASHES_MAX) {
                ok = set_aside(store, item, bytes, log_id, "it crashed its handler twice", now, ret_err);
        } else if (!envelope_read(&envelope, plain, length, &err)) {
                ok = set_aside(store, item, bytes, log_id, err.text, now, ret_err);
        } else {
                ok = route_envelope(store, conf, item, envelope, log_id, now, &err);
                envelope_free(envelope);
                if (!ok && err.class == ERR_TEMP)
                        err_set(ret_err, ERR_TEMP, "%s", err.text);
                else if (!ok)
                        ok = set_aside(store, item, bytes, log_id, err.text, now, ret_err);
        }
        g_bytes_unref(bytes);
        return ok;
}
