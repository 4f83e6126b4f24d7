/* desk.c - what is needed wherever something is done for somebody
 * Gives:     what desk.h lists
 * Standards: RFC 6068 (mailto) */
#include "handle/desk.h"

#include "base/ticket.h"
#include "policy/target.h"
#include "store/mailbox.h"

enum { DAY = 86400 };

/* --- people -------------------------------------------------------------------------------------------- */

bool person_find(const struct desk *desk, const struct address *address, struct person *ret_person, struct err *ret_err)
{
        *ret_person = (struct person){ .address = g_strdup(address->text), .fold = g_strdup(address->fold),
                                       .owner = mailbox_owner(address->fold) };
        return member_find(desk->store, desk->list->id, address->fold, &ret_person->member, ret_err);
}

bool person_of(const struct desk *desk, const char *text, struct person *ret_person, struct err *ret_err)
{
        struct address *address;
        *ret_person = (struct person){ 0 };
        if (!address_parse(&address, text, strlen(text), ret_err))
                return err_set(ret_err, ERR_BUG, "a stored address is none");
        bool ok = person_find(desk, address, ret_person, ret_err);
        address_free(address);
        return ok;
}

bool person_of_member(const struct desk *desk, int64_t member_id, struct person *ret_person, struct err *ret_err)
{
        struct member *member;
        *ret_person = (struct person){ 0 };
        if (!member_get(desk->store, desk->list->id, member_id, &member, ret_err))
                return false;
        if (!member)
                return true;
        bool ok = person_of(desk, member->address, ret_person, ret_err);
        member_free(member);
        return ok;
}

void person_clear(struct person *person)
{
        g_free(person->address);
        g_free(person->fold);
        g_free(person->owner);
        member_free(person->member);
        *person = (struct person){ 0 };
}

int person_lang(const struct desk *desk, const struct person *person)
{
        return person->member && person->member->lang ? person->member->lang - 1 : desk->list->lang;
}

/* --- addresses and days ----------------------------------------------------------------------------------- */

char *desk_confirm_address(const struct desk *desk, int64_t question_id, enum answer answer)
{
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = question_id, .context = (uint32_t) answer, .day = (uint16_t) (desk->now / DAY) };
        ticket_seal(store_keyring(desk->store), TICKET_CONFIRM, desk->list->id, &ticket, sealed);
        char *local = target_local(desk->list->name, DOOR_CONFIRM, NULL, sealed, desk->conf->addresses);
        char *address = g_strconcat(local, "@", desk->list->domain, NULL);
        g_free(local);
        return address;
}

char *desk_link(const struct desk *desk, int64_t question_id, enum answer answer)
{
        char *address = desk_confirm_address(desk, question_id, answer);
        char *link = g_strconcat("mailto:", address, NULL);
        g_free(address);
        return link;
}

GDateTime *desk_time(const struct desk *desk, int64_t at)
{
        GTimeZone *zone = g_time_zone_new_identifier(*desk->list->timezone ? desk->list->timezone : desk->conf->timezone);
        GDateTime *utc = g_date_time_new_from_unix_utc(at);
        GDateTime *local = zone ? g_date_time_to_timezone(utc, zone) : g_date_time_ref(utc);
        g_date_time_unref(utc);
        if (zone)
                g_time_zone_unref(zone);
        return local;
}

char *desk_day(const struct desk *desk, int64_t at)
{
        GDateTime *time = desk_time(desk, at);
        char *day = g_date_time_format(time, "%Y-%m-%d");
        g_date_time_unref(time);
        return day;
}

void desk_today(const struct desk *desk, GDate *ret_today)
{
        GDateTime *now = desk_time(desk, desk->now);
        g_date_clear(ret_today, 1);
        g_date_set_dmy(ret_today, (GDateDay) g_date_time_get_day_of_month(now), (GDateMonth) g_date_time_get_month(now),
                       (GDateYear) g_date_time_get_year(now));
        g_date_time_unref(now);
}

int64_t desk_midnight(const struct desk *desk, const GDate *date)
{
        GDateTime *now = desk_time(desk, desk->now);
        GDateTime *day = g_date_time_new(g_date_time_get_timezone(now), g_date_get_year(date), (gint) g_date_get_month(date),
                                         g_date_get_day(date), 0, 0, 0);
        const int64_t at = g_date_time_to_unix(day);
        g_date_time_unref(day);
        g_date_time_unref(now);
        return at;
}
