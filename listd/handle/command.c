/* command.c - what somebody wants of a list
 * Gives:  way_command(), request_run(), request_alone(), work_person()
 * Fails:  when the store does; what is not understood is told to who wrote it, within limits
 * There is no answer to a requester: what is to be said goes to the mailbox that From names, which is who it is about. Without
 * proof that they wrote it they are asked; nothing happens before they answer (leaks O2, O3, X1, D9). */
#include "base/log.h"
#include "handle/ask.h"
#include "handle/confirm.h"
#include "handle/digest.h"
#include "handle/membership.h"
#include "handle/owners.h"
#include "handle/work.h"
#include "mail/authres.h"
#include "mail/plain.h"
#include "store/author.h"

enum {
        COMMANDS_MAX = 20,     /* of one mail */
        UNKNOWN_LINES_MAX = 5, /* then it is prose */
        ALONE_MAX = 16 * 1024, /* octets of a body: a longer one is no lone command, whatever is in it */
        LINES_MAX = 20000      /* of one mail: an owner may paste a roster */
};

/* --- who ------------------------------------------------------------------------------------------------------- */

bool work_person(const struct work *work, const struct desk *desk, struct person *ret_person, bool *ret_known, struct err *ret_err)
{
        struct address *author;
        struct err flaw;
        *ret_person = (struct person){ 0 };
        *ret_known = false;
        if (!work->message || !message_author(work->message, &author, NULL, &flaw))
                return true;
        bool ok = person_find(desk, author, ret_person, ret_err);
        ret_person->is_proven = work->envelope->trusted && *work->conf->authserv_id
                                && authres_aligned_pass(work->message, work->conf->authserv_id, author->domain);
        *ret_known = ok;
        address_free(author);
        return ok;
}

/* --- one command --------------------------------------------------------------------------------------------------- */

static bool is_owner(const struct person *person)
{
        return person->member && person->member->role == ROLE_OWNER;
}

static bool tell(struct sheet *sheet, const char *template)
{
        sheet_add(sheet, sheet->desk, template);
        return true;
}

static bool join(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        enum list_subscribe policy;
        if (!membership_policy(sheet->desk, person, &policy, ret_err))
                return false;
        /* where nothing has to be confirmed, or nothing can be, the answer is there already */
        if (person->is_proven || person->member || policy == SUBSCRIBE_CLOSED || policy == SUBSCRIBE_APPROVE)
                return membership_join(sheet, person, false, ret_err);
        return ask(sheet->desk, person, QUESTION_JOIN, 0, NULL, NULL, ret_err);
}

static bool leave(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        if (person->is_proven || !person->member)
                return membership_leave(sheet, person, ret_err);
        return ask(sheet->desk, person, QUESTION_LEAVE, person->member->id, NULL, NULL, ret_err);
}

static bool change(struct sheet *sheet, const struct person *person, enum question_kind kind, const char *detail,
                   struct err *ret_err)
{
        if (person->is_proven || !person->member)
                return membership_change(sheet, person, kind, detail, ret_err);
        return ask(sheet->desk, person, kind, person->member->id, NULL, detail, ret_err);
}

/* "off": only the member knows what is meant, proven or not. */
static bool off(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        if (!person->member)
                return tell(sheet, "not-member");
        return ask(sheet->desk, person, QUESTION_OFF, person->member->id, NULL, NULL, ret_err);
}

static bool vacation(struct sheet *sheet, const struct person *person, const GDate *date, struct err *ret_err)
{
        const int64_t until = desk_midnight(sheet->desk, date);
        if (until <= sheet->desk->now)
                return tell(sheet, "unknown"); /* that day is over */
        char *detail = g_strdup_printf("%" G_GINT64_FORMAT, (gint64) until);
        bool ok = change(sheet, person, QUESTION_VACATION, detail, ret_err);
        g_free(detail);
        return ok;
}

/* A new or further address; its own mailbox is asked in any case. */
static bool new_address(struct sheet *sheet, const struct person *person, const char *text, bool is_further, struct err *ret_err)
{
        struct address *address;
        struct err flaw;
        if (!person->member)
                return tell(sheet, "not-member");
        if (!address_parse(&address, text, strlen(text), &flaw))
                return tell(sheet, "unknown");
        bool ok = person->is_proven ? membership_ask_new(sheet, person, address->text, is_further, ret_err)
                                    : ask(sheet->desk, person, is_further ? QUESTION_ALSO_OLD : QUESTION_ADDRESS_OLD, person->member->id,
                                          NULL, address->text, ret_err);
        address_free(address);
        return ok;
}

static bool name(struct sheet *sheet, const struct person *person, const char *text, struct err *ret_err)
{
        enum { NAME_MAX_OCTETS = 200 };
        if (strlen(text) > NAME_MAX_OCTETS || strpbrk(text, "@<>"))
                return tell(sheet, "unknown");
        return change(sheet, person, QUESTION_NAME, text, ret_err);
}

/* For members, to their own mailbox; a question first, for anybody can write their address into From. */
static bool get(struct sheet *sheet, const struct person *person, const char *what, struct err *ret_err)
{
        int64_t first, last;
        if (strcmp(what, "index") != 0 && !words_range(what, &first, &last))
                return tell(sheet, "unknown");
        if (!person->member)
                return tell(sheet, "not-member");
        return person->is_proven ? digest_get_posts(sheet, person, what, ret_err)
                                 : ask(sheet->desk, person, QUESTION_GET, person->member->id, NULL, what, ret_err);
}

bool request_run(struct sheet *sheet, const struct person *person, const struct request *request, struct err *ret_err)
{
        const bool is_paused = person->member && person->member->state == MEMBER_PAUSED;
        switch (request->verb) {
        case VERB_HELP:
                sheet_value(sheet, "is_owner", is_owner(person) ? "1" : NULL);
                return tell(sheet, "help");
        case VERB_GUIDE:
                return tell(sheet, "guide");
        case VERB_STATUS:
                return membership_status(sheet, person, ret_err);
        case VERB_JOIN:
                return join(sheet, person, ret_err);
        case VERB_ON:
                return is_paused ? change(sheet, person, QUESTION_RESUME, NULL, ret_err) : join(sheet, person, ret_err);
        case VERB_LEAVE:
                return leave(sheet, person, ret_err);
        case VERB_OFF:
                return off(sheet, person, ret_err);
        case VERB_PAUSE:
                return change(sheet, person, QUESTION_PAUSE, NULL, ret_err);
        case VERB_RESUME:
                return change(sheet, person, QUESTION_RESUME, NULL, ret_err);
        case VERB_VACATION:
                return vacation(sheet, person, &request->date, ret_err);
        case VERB_DIGEST:
                return change(sheet, person, QUESTION_DIGEST, NULL, ret_err);
        case VERB_DIGEST_PLAIN:
                return change(sheet, person, QUESTION_DIGEST, "plain", ret_err);
        case VERB_GET:
                return get(sheet, person, request->args[0], ret_err);
        case VERB_INDEX:
                return get(sheet, person, "index", ret_err);
        case VERB_EACH:
                return change(sheet, person, QUESTION_EACH, NULL, ret_err);
        case VERB_NAME:
                return name(sheet, person, request->args[0], ret_err);
        case VERB_LANG:
                return change(sheet, person, QUESTION_LANG, request->args[0], ret_err);
        case VERB_ADDRESS:
                return new_address(sheet, person, request->args[0], false, ret_err);
        case VERB_ALSO:
                return new_address(sheet, person, request->args[0], true, ret_err);
        case VERB_NOT_ALSO:
                return change(sheet, person, QUESTION_NOT_ALSO, request->args[0], ret_err);
        default:
                return tell(sheet, "unknown");
        }
}

/* --- a mail of commands ----------------------------------------------------------------------------------------------- */

struct mail {
        struct work *work;
        struct sheet *sheet;
        const struct person *person;
        GDate today;
        guint done, unknown;
};

static bool is_end_of_text(const char *line)
{
        return strcmp(line, "-- ") == 0 || strcmp(line, "--") == 0;
}

/* *ret_ends: nothing below this line counts. `rest` are the lines from this one on. */
static bool run_line(struct mail *mail, char **rest, bool *ret_ends, struct err *ret_err)
{
        struct request request;
        const char *line = g_strchomp(rest[0]);
        *ret_ends = is_end_of_text(line) || mail->done >= COMMANDS_MAX || mail->unknown >= UNKNOWN_LINES_MAX;
        if (*ret_ends || !*line || *line == '>')
                return true;
        if (!words_request(line, &mail->today, &request)) {
                mail->unknown++;
                *ret_ends = mail->done > 0; /* what follows commands is prose */
                return true;
        }
        bool ok = true;
        if (request.verb == VERB_END) {
                *ret_ends = true;
        } else if (request.verb == VERB_CONFIRM) {
                ok = confirm_ticket(mail->work, request.args[0], ANSWER_YES, NULL, ret_err);
                mail->done++;
        } else if (owners_may(mail->person->member, request.verb) && verb_is_owners(request.verb)) {
                /* all that an owner wrote from here on is one matter */
                char *lines = g_strjoinv("\n", rest);
                ok = owners_ask(mail->sheet, mail->person, mail->work->message, lines, ret_err);
                g_free(lines);
                mail->done++;
                *ret_ends = true;
        } else if (verb_is_owners(request.verb)) {
                mail->unknown++;
        } else {
                ok = request_run(mail->sheet, mail->person, &request, ret_err);
                mail->done++;
        }
        request_clear(&request);
        return ok;
}

/* The subject counts as the first line; when it is a command, prose below it is not looked at for what it may mean. */
static bool run_mail(struct mail *mail, struct err *ret_err)
{
        char *subject = plain_subject(mail->work->message);
        char *body = plain_text(mail->work->message, mail->work->list, store_keyring(mail->work->store));
        char *text = g_strconcat(subject, "\n", body, NULL);
        char **lines = g_strsplit(text, "\n", LINES_MAX);
        bool ok = true, ends = false;
        for (guint i = 0; ok && !ends && lines[i]; i++) {
                ok = run_line(mail, lines + i, &ends, ret_err);
                if (i == 0)
                        mail->unknown = 0; /* any subject is fine */
        }
        if (ok && mail->done == 0)
                tell(mail->sheet, "unknown");
        g_strfreev(lines);
        g_free(text);
        g_free(body);
        g_free(subject);
        return ok;
}

static bool run_door(struct mail *mail, struct err *ret_err)
{
        static const struct {
                const char *word;
                enum verb verb;
        } doors[] = { { "on", VERB_ON }, { "off", VERB_LEAVE }, { "digest", VERB_DIGEST }, { "help", VERB_HELP } };
        for (size_t i = 0; i < G_N_ELEMENTS(doors); i++)
                if (strcmp(mail->work->target.word, doors[i].word) == 0) {
                        const struct request request = { .verb = doors[i].verb };
                        return request_run(mail->sheet, mail->person, &request, ret_err);
                }
        return run_mail(mail, ret_err);
}

/* Why nothing is done; NULL: something is. */
static const char *refusal(const struct work *work, const struct person *person, bool is_known, bool may)
{
        if (work->automatic != AUTOMATIC_NOT)
                return "automatic";
        if (!is_known)
                return "no author";
        if (!may)
                return "banned";
        if (work->list->visibility == VISIBILITY_PRIVATE && !person->member)
                return "private";
        return NULL;
}

static void log_command(const struct work *work, const struct person *person, const char *why)
{
        log_event(LOG_LEVEL_INFO, "command", "msg", work->log_id, "list", work->list->address, "door",
                  TARGET_DOOR_WORDS[work->target.door], "member", person->member ? log_number(person->member->id) : NULL, "proven",
                  person->is_proven ? "yes" : "no", "verdict", why ? "discard" : "accept", "why", why, NULL);
}

bool way_command(struct work *work, struct err *ret_err)
{
        const struct desk desk = work_desk(work);
        struct person person;
        struct sheet sheet;
        bool is_known, may = false;
        bool ok = work_person(work, &desk, &person, &is_known, ret_err) && (!is_known || membership_may_be(&desk, &person, &may, ret_err));
        const char *why = refusal(work, &person, is_known, may);
        sheet_start(&sheet, &desk, person_lang(&desk, &person));
        if (ok)
                log_command(work, &person, why);
        if (ok && !why) {
                struct mail mail = { .work = work, .sheet = &sheet, .person = &person };
                desk_today(&desk, &mail.today);
                ok = run_door(&mail, ret_err)
                     && ask_mail(&sheet, &person, person.is_proven ? ASK_ANSWER : ASK_STRANGER, ret_err);
        }
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

/* --- a post that is a command -------------------------------------------------------------------------------------------- */

/* The one line of a text that is not empty, quoted or below the signature; NULL: there are more, or *ret_none. */
static const char *only_line(char **lines, bool *ret_none)
{
        const char *only = NULL;
        *ret_none = true;
        for (; *lines && !is_end_of_text(*lines); lines++) {
                if (!*g_strstrip(*lines) || **lines == '>')
                        continue;
                if (only)
                        return NULL;
                only = *lines;
                *ret_none = false;
        }
        return only;
}

bool request_alone(const struct work *work, struct request *ret_request, char **ret_line)
{
        *ret_line = NULL;
        const struct desk desk = work_desk(work);
        GDate today;
        bool none;
        if (g_bytes_get_size(work->message->bytes) - work->message->body > ALONE_MAX)
                return false;
        char *subject = plain_subject(work->message);
        char *body = plain_text(work->message, work->list, store_keyring(work->store));
        char **lines = g_strsplit(body, "\n", LINES_MAX);
        const char *line = only_line(lines, &none);
        desk_today(&desk, &today);
        line = none ? subject : line;
        bool found = line && *line && words_request(line, &today, ret_request);
        if (found && (!ret_request->is_whole || ret_request->verb == VERB_END)) {
                request_clear(ret_request);
                found = false;
        }
        *ret_line = found ? g_strdup(line) : NULL;
        g_strfreev(lines);
        g_free(body);
        g_free(subject);
        return found;
}
