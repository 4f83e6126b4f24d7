/* target.c - what an address of ours stands for
 * Gives:     target_readings(), target_is_of(), target_word(), target_local(), name_check()
 * Fails:     name_check() with ERR_PERM and the reason
 * Standards: RFC 2142 (postmaster, abuse, -request, owner addresses), RFC 5321 4.5.3.1.1 */
#include "policy/target.h"

#include "base/ticket.h"
#include "mail/door.h"

const char *const TARGET_DOOR_WORDS[] = { "post",  "command", "request", "owner",       "confirm", "bounce",
                                          "off",   "alias",   "admin",   "site-bounce", "none",    NULL };

/* The words behind a list's name. The first of a door (and of a command) is the one that listd writes itself. */
static const struct {
        const char *word;
        enum target_door door;
        const char *command; /* DOOR_COMMAND: what it means */
} WORDS[] = {
        { "on", DOOR_COMMAND, "on" },
        { "subscribe", DOOR_COMMAND, "on" },
        { "join", DOOR_COMMAND, "on" },
        { "off", DOOR_COMMAND, "off" },
        { "unsubscribe", DOOR_COMMAND, "off" },
        { "leave", DOOR_COMMAND, "off" },
        { "digest", DOOR_COMMAND, "digest" },
        { "help", DOOR_COMMAND, "help" },
        { "request", DOOR_REQUEST, NULL },
        { "owner", DOOR_OWNER, NULL },
        { "confirm", DOOR_CONFIRM, NULL },
        { "bounce", DOOR_BOUNCE, NULL },
};
enum { WORDS_OF_TICKETS = 2 /* the last of them: nothing without one */ };

static const char *const RESERVED[] = { "postmaster", "abuse", "bounce", "mailer-daemon", "root", "hostmaster", "webmaster" };

static bool is_name(const char *text, size_t length)
{
        if (length == 0 || length > LIST_NAME_MAX || text[0] == '-' || text[length - 1] == '-')
                return false;
        for (size_t i = 0; i < length; i++)
                if (!g_ascii_islower(text[i]) && !g_ascii_isdigit(text[i]) && text[i] != '-')
                        return false;
        return true;
}

static int find_word(const char *text)
{
        for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++)
                if (strcmp(WORDS[i].word, text) == 0)
                        return (int) i;
        return -1;
}

static void set_list(struct target *target, const char *name, size_t length)
{
        memcpy(target->list, name, length);
        target->list[length] = '\0';
}

/* "ml-owner", "ml+owner": a name, then a word. */
static bool read_door(const char *text, struct target *ret_target)
{
        const char *dash = strrchr(text, '-');
        const char *plus = strrchr(text, '+');
        const char *cut = plus ? plus : dash;
        int word = cut ? find_word(cut + 1) : -1;
        if (word < 0 || !is_name(text, (size_t) (cut - text)))
                return false;
        *ret_target = (struct target){ .door = WORDS[word].door };
        set_list(ret_target, text, (size_t) (cut - text));
        g_strlcpy(ret_target->word, WORDS[word].command ? WORDS[word].command : "", sizeof ret_target->word);
        return true;
}

static bool read_plain(const char *text, enum target_door door, struct target *ret_target)
{
        if (!is_name(text, strlen(text)))
                return false;
        *ret_target = (struct target){ .door = door };
        set_list(ret_target, text, strlen(text));
        return true;
}

static size_t read_site(const char *text, struct target *ret_target)
{
        bool is_admin = strcmp(text, "postmaster") == 0 || strcmp(text, "abuse") == 0;
        if (is_admin)
                *ret_target = (struct target){ .door = DOOR_ADMIN };
        return is_admin;
}

/* TEXT+TICKET: the ticket makes a door of "ml-off" that a bare one is not. */
static size_t read_ticket(const char *text, const char *ticket, struct target ret_readings[TARGET_READINGS_MAX])
{
        size_t count = 0;
        struct target door;
        if (strcmp(text, "bounce") == 0) {
                ret_readings[count++] = (struct target){ .door = DOOR_SITE_BOUNCE };
        } else {
                if (read_door(text, &door) && (door.door != DOOR_COMMAND || strcmp(door.word, "off") == 0)) {
                        if (door.door == DOOR_COMMAND) {
                                door.door = DOOR_OFF;
                                *door.word = '\0';
                        }
                        ret_readings[count++] = door;
                }
                if (read_plain(text, DOOR_ALIAS, &door))
                        ret_readings[count++] = door;
        }
        for (size_t i = 0; i < count; i++)
                g_strlcpy(ret_readings[i].ticket, ticket, sizeof ret_readings[i].ticket);
        return count;
}

size_t target_readings(const char *local, struct target ret_readings[TARGET_READINGS_MAX])
{
        enum { LOCAL_MAX = 64 };
        if (strlen(local) > LOCAL_MAX)
                return 0;
        char *text = g_ascii_strdown(local, -1);
        char *plus = strrchr(text, '+');
        size_t count = 0;
        if (plus && ticket_has_form(plus + 1, strlen(plus + 1))) {
                *plus = '\0';
                count = read_ticket(text, plus + 1, ret_readings);
        } else if (!(count = read_site(text, ret_readings))) {
                count += read_plain(text, DOOR_POST, &ret_readings[count]);
                count += read_door(text, &ret_readings[count]);
        }
        g_free(text);
        return count;
}

bool target_is_of(const char *local, const char *domain, const char *list, const char *list_domain)
{
        struct target readings[TARGET_READINGS_MAX];
        if (strcmp(domain, list_domain) != 0)
                return false;
        const size_t count = target_readings(local, readings);
        for (size_t i = 0; i < count; i++)
                if (strcmp(readings[i].list, list) == 0)
                        return true;
        return false;
}

const char *target_word(size_t number)
{
        return number < G_N_ELEMENTS(WORDS) - WORDS_OF_TICKETS ? WORDS[number].word : NULL;
}

char *target_local(const char *list, enum target_door door, const char *word, const char *ticket, int addresses)
{
        switch (door) {
        case DOOR_SITE_BOUNCE:
                return door_local("bounce", NULL, ticket, addresses);
        case DOOR_ADMIN:
                return door_local("postmaster", NULL, NULL, addresses);
        case DOOR_POST:
        case DOOR_ALIAS:
                return door_local(list, NULL, ticket, addresses);
        case DOOR_COMMAND:
                return door_local(list, word, ticket, addresses);
        default:
                return door_local(list, TARGET_DOOR_WORDS[door], ticket, addresses);
        }
}

bool name_check(const char *name, bool (*exists)(const char *name, void *user), void *user, struct err *ret_err)
{
        if (!is_name(name, strlen(name)))
                return err_set(ret_err, ERR_PERM, "'%s': a list's name has 1 to %d of a-z, 0-9 and -, and no - at its ends", name,
                               LIST_NAME_MAX);
        for (size_t i = 0; i < G_N_ELEMENTS(RESERVED); i++)
                if (strcmp(name, RESERVED[i]) == 0)
                        return err_set(ret_err, ERR_PERM, "'%s' is a reserved name", name);
        struct target door;
        if (read_door(name, &door) && exists(door.list, user))
                return err_set(ret_err, ERR_PERM, "'%s' is the %s address of the list '%s'", name,
                               strrchr(name, '-') + 1, door.list);
        for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
                char *other = g_strdup_printf("%s-%s", name, WORDS[i].word);
                bool taken = exists(other, user);
                if (taken)
                        err_set(ret_err, ERR_PERM, "'%s' would have '%s' as its %s address, and that is a list", name, other,
                                WORDS[i].word);
                g_free(other);
                if (taken)
                        return false;
        }
        return true;
}
