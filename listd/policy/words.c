/* words.c - what people write to a list server
 * Gives:     words_request(), words_date(), words_answer(), words_also(), words_first_line(), request_clear(), verb_is_owners()
 * Standards: RFC 3676 4.3 (signatures: "-- "); the words of fml 4, majordomo and Mailman beside our own
 * To add a word: its row. */
#include "policy/words.h"

#include <string.h>

const char *const VERB_WORDS[] = {
        [VERB_HELP] = "help",           [VERB_GUIDE] = "guide",           [VERB_STATUS] = "status",
        [VERB_JOIN] = "subscribe",      [VERB_ON] = "on",                 [VERB_LEAVE] = "unsubscribe",
        [VERB_OFF] = "off",             [VERB_PAUSE] = "nomail",          [VERB_RESUME] = "resume",
        [VERB_VACATION] = "vacation",   [VERB_DIGEST] = "digest",         [VERB_DIGEST_PLAIN] = "digest plain",
        [VERB_GET] = "get", [VERB_INDEX] = "index",
                [VERB_EACH] = "each",
        [VERB_NAME] = "set name",       [VERB_LANG] = "lang",             [VERB_ADDRESS] = "address",
        [VERB_ALSO] = "address also",   [VERB_NOT_ALSO] = "address not",  [VERB_CONFIRM] = "confirm",
        [VERB_END] = "end",             [VERB_MEMBERS] = "members",       [VERB_CHANGED] = "members changed",
        [VERB_ADD] = "add",             [VERB_REMOVE] = "remove",         [VERB_SET_MEMBER] = "set",
        [VERB_SET_LIST] = "set",        [VERB_SETTINGS] = "settings",     [VERB_REPORT] = "report",
        [VERB_HELD] = "held",           [VERB_INVITE] = "invite",         [VERB_OWNER_ADD] = "owner add",
        [VERB_OWNER_REMOVE] = "owner remove", [VERB_ACCEPT] = "accept",   [VERB_DISCARD] = "discard",
        [VERB_COUNT] = NULL
};

bool verb_is_owners(enum verb verb)
{
        return verb >= VERB_MEMBERS;
}

/* What stands behind the words of a command. */
enum behind {
        BEHIND_NOTHING, /* up to BEHIND_WORDS_MAX words are passed over: majordomo had the list's name there, fml a name */
        BEHIND_DATE,
        BEHIND_ONE,  /* one word */
        BEHIND_REST, /* the rest of the line */
        BEHIND_TWO,
        BEHIND_THREE,
        BEHIND_MAYBE_REST
};

enum { BEHIND_WORDS_MAX = 2 };

/* In small letters, words parted by one space. The longest one that fits counts, so the order does not matter. */
static const struct phrase {
        const char *words;
        enum verb verb;
        enum behind behind;
} PHRASES[] = {
        { "help", VERB_HELP, BEHIND_NOTHING },
        { "ヘルプ", VERB_HELP, BEHIND_NOTHING },
        { "使い方", VERB_HELP, BEHIND_NOTHING },
        { "?", VERB_HELP, BEHIND_NOTHING },
        { "guide", VERB_GUIDE, BEHIND_NOTHING },
        { "info", VERB_GUIDE, BEHIND_NOTHING },
        { "案内", VERB_GUIDE, BEHIND_NOTHING },
        { "ガイド", VERB_GUIDE, BEHIND_NOTHING },
        { "status", VERB_STATUS, BEHIND_NOTHING },
        { "which", VERB_STATUS, BEHIND_NOTHING },
        { "状態", VERB_STATUS, BEHIND_NOTHING },
        { "登録確認", VERB_STATUS, BEHIND_NOTHING },
        { "subscribe", VERB_JOIN, BEHIND_NOTHING },
        { "join", VERB_JOIN, BEHIND_NOTHING },
        { "sub", VERB_JOIN, BEHIND_NOTHING },
        { "入会", VERB_JOIN, BEHIND_NOTHING },
        { "参加", VERB_JOIN, BEHIND_NOTHING },
        { "登録", VERB_JOIN, BEHIND_NOTHING },
        { "購読", VERB_JOIN, BEHIND_NOTHING },
        { "on", VERB_ON, BEHIND_NOTHING },
        { "unsubscribe", VERB_LEAVE, BEHIND_NOTHING },
        { "unsubscribe me", VERB_LEAVE, BEHIND_NOTHING },
        { "please unsubscribe me", VERB_LEAVE, BEHIND_NOTHING },
        { "please unsubscribe", VERB_LEAVE, BEHIND_NOTHING },
        { "remove me", VERB_LEAVE, BEHIND_NOTHING },
        { "signoff", VERB_LEAVE, BEHIND_NOTHING },
        { "leave", VERB_LEAVE, BEHIND_NOTHING },
        { "bye", VERB_LEAVE, BEHIND_NOTHING },
        { "quit list", VERB_LEAVE, BEHIND_NOTHING },
        { "退会", VERB_LEAVE, BEHIND_NOTHING },
        { "脱退", VERB_LEAVE, BEHIND_NOTHING },
        { "登録解除", VERB_LEAVE, BEHIND_NOTHING },
        { "解除", VERB_LEAVE, BEHIND_NOTHING },
        { "購読中止", VERB_LEAVE, BEHIND_NOTHING },
        { "off", VERB_OFF, BEHIND_NOTHING },
        { "stop", VERB_OFF, BEHIND_NOTHING },
        { "停止", VERB_OFF, BEHIND_NOTHING },
        { "nomail", VERB_PAUSE, BEHIND_NOTHING },
        { "no mail", VERB_PAUSE, BEHIND_NOTHING },
        { "pause", VERB_PAUSE, BEHIND_NOTHING },
        { "set nomail", VERB_PAUSE, BEHIND_NOTHING },
        { "set mail off", VERB_PAUSE, BEHIND_NOTHING },
        { "set delivery off", VERB_PAUSE, BEHIND_NOTHING },
        { "skip", VERB_PAUSE, BEHIND_NOTHING },
        { "休止", VERB_PAUSE, BEHIND_NOTHING },
        { "配送停止", VERB_PAUSE, BEHIND_NOTHING },
        { "resume", VERB_RESUME, BEHIND_NOTHING },
        { "mail", VERB_RESUME, BEHIND_NOTHING },
        { "set mail on", VERB_RESUME, BEHIND_NOTHING },
        { "set delivery on", VERB_RESUME, BEHIND_NOTHING },
        { "noskip", VERB_RESUME, BEHIND_NOTHING },
        { "再開", VERB_RESUME, BEHIND_NOTHING },
        { "配送再開", VERB_RESUME, BEHIND_NOTHING },
        { "vacation", VERB_VACATION, BEHIND_DATE },
        { "vacation until", VERB_VACATION, BEHIND_DATE },
        { "nomail until", VERB_VACATION, BEHIND_DATE },
        { "pause until", VERB_VACATION, BEHIND_DATE },
        { "休止", VERB_VACATION, BEHIND_DATE },
        { "休暇", VERB_VACATION, BEHIND_DATE },
        { "digest", VERB_DIGEST, BEHIND_NOTHING },
        { "digest plain", VERB_DIGEST_PLAIN, BEHIND_NOTHING },
        { "matome", VERB_DIGEST, BEHIND_NOTHING },
        { "set digest on", VERB_DIGEST, BEHIND_NOTHING },
        { "set mail digest", VERB_DIGEST, BEHIND_NOTHING },
        { "まとめ送り", VERB_DIGEST, BEHIND_NOTHING },
        { "まとめ", VERB_DIGEST, BEHIND_NOTHING },
        { "get", VERB_GET, BEHIND_ONE },
        { "取得", VERB_GET, BEHIND_ONE },
        { "index", VERB_INDEX, BEHIND_NOTHING },
        { "一覧", VERB_INDEX, BEHIND_NOTHING },
        { "each", VERB_EACH, BEHIND_NOTHING },
        { "nodigest", VERB_EACH, BEHIND_NOTHING },
        { "set digest off", VERB_EACH, BEHIND_NOTHING },
        { "set mail each", VERB_EACH, BEHIND_NOTHING },
        { "matome 0", VERB_EACH, BEHIND_NOTHING },
        { "まとめ送り解除", VERB_EACH, BEHIND_NOTHING },
        { "set name", VERB_NAME, BEHIND_REST },
        { "name", VERB_NAME, BEHIND_REST },
        { "名前", VERB_NAME, BEHIND_REST },
        { "lang", VERB_LANG, BEHIND_ONE },
        { "language", VERB_LANG, BEHIND_ONE },
        { "set lang", VERB_LANG, BEHIND_ONE },
        { "set language", VERB_LANG, BEHIND_ONE },
        { "言語", VERB_LANG, BEHIND_ONE },
        { "address", VERB_ADDRESS, BEHIND_ONE },
        { "set address", VERB_ADDRESS, BEHIND_ONE },
        { "chaddr", VERB_ADDRESS, BEHIND_TWO }, /* fml: old, new */
        { "change address", VERB_ADDRESS, BEHIND_TWO },
        { "chaddr", VERB_ADDRESS, BEHIND_ONE },
        { "アドレス変更", VERB_ADDRESS, BEHIND_ONE },
        { "アドレス変更", VERB_ADDRESS, BEHIND_TWO },
        { "address also", VERB_ALSO, BEHIND_ONE },
        { "アドレス追加", VERB_ALSO, BEHIND_ONE },
        { "address not", VERB_NOT_ALSO, BEHIND_ONE },
        { "アドレス削除", VERB_NOT_ALSO, BEHIND_ONE },
        { "confirm", VERB_CONFIRM, BEHIND_ONE },
        { "確認", VERB_CONFIRM, BEHIND_ONE },
        { "end", VERB_END, BEHIND_NOTHING },
        { "quit", VERB_END, BEHIND_NOTHING },
        { "exit", VERB_END, BEHIND_NOTHING },
        { "終了", VERB_END, BEHIND_NOTHING },
        { "以上", VERB_END, BEHIND_NOTHING },

        { "members", VERB_MEMBERS, BEHIND_NOTHING },
        { "who", VERB_MEMBERS, BEHIND_NOTHING },
        { "review", VERB_MEMBERS, BEHIND_NOTHING },
        { "会員", VERB_MEMBERS, BEHIND_NOTHING },
        { "会員一覧", VERB_MEMBERS, BEHIND_NOTHING },
        { "members changed", VERB_CHANGED, BEHIND_DATE },
        { "members changed since", VERB_CHANGED, BEHIND_DATE },
        { "会員変更", VERB_CHANGED, BEHIND_DATE },
        { "add", VERB_ADD, BEHIND_MAYBE_REST },
        { "追加", VERB_ADD, BEHIND_MAYBE_REST },
        { "remove", VERB_REMOVE, BEHIND_MAYBE_REST },
        { "削除", VERB_REMOVE, BEHIND_MAYBE_REST },
        { "set", VERB_SET_MEMBER, BEHIND_THREE },
        { "設定", VERB_SET_MEMBER, BEHIND_THREE },
        { "set", VERB_SET_LIST, BEHIND_TWO },
        { "設定", VERB_SET_LIST, BEHIND_TWO },
        { "settings", VERB_SETTINGS, BEHIND_NOTHING },
        { "設定", VERB_SETTINGS, BEHIND_NOTHING },
        { "report", VERB_REPORT, BEHIND_NOTHING },
        { "報告", VERB_REPORT, BEHIND_NOTHING },
        { "held", VERB_HELD, BEHIND_NOTHING },
        { "保留", VERB_HELD, BEHIND_NOTHING },
        { "accept", VERB_ACCEPT, BEHIND_ONE },
        { "承認", VERB_ACCEPT, BEHIND_ONE },
        { "discard", VERB_DISCARD, BEHIND_ONE },
        { "破棄", VERB_DISCARD, BEHIND_ONE },
        { "invite", VERB_INVITE, BEHIND_ONE },
        { "招待", VERB_INVITE, BEHIND_ONE },
        { "owner add", VERB_OWNER_ADD, BEHIND_ONE },
        { "管理者追加", VERB_OWNER_ADD, BEHIND_ONE },
        { "owner remove", VERB_OWNER_REMOVE, BEHIND_ONE },
        { "管理者削除", VERB_OWNER_REMOVE, BEHIND_ONE },
};

/* --- lines and words -------------------------------------------------------------------------- */

/* NFKC makes full-width letters and blanks plain ones. What decorates a command goes. NULL: too long, or no text. */
static char *plain_line(const char *line)
{
        /* g_utf8_normalize() says that it looks for itself, and lets octets that are no UTF-8 pass */
        if (strlen(line) > WORDS_LINE_MAX || !g_utf8_validate(line, -1, NULL))
                return NULL;
        char *text = g_utf8_normalize(line, -1, G_NORMALIZE_ALL_COMPOSE);
        for (char *p = text; *p; p++)
                if (g_ascii_iscntrl(*p))
                        *p = ' ';
        const char *start = text + strspn(text, " #*");
        char *plain = g_strdup(start);
        g_free(text);
        return g_strchomp(plain);
}

/* Full stops and what politeness puts behind a Japanese command. */
static void cut_tail(char *word)
{
        static const char *const tails[] = { "。", "、", "!", ".", ",", "?", "お願いします", "をお願いします", "を希望します", "希望します",
                                             "希望", "いたします", "致します", "します", "したい", "したいです", "です", "まで", "を" };
        for (bool cut = true; cut;) {
                cut = false;
                for (size_t i = 0; i < G_N_ELEMENTS(tails) && !cut; i++)
                        if (g_str_has_suffix(word, tails[i]) && strlen(word) > strlen(tails[i])) {
                                word[strlen(word) - strlen(tails[i])] = '\0';
                                cut = true;
                        }
        }
}

static char **split(const char *plain)
{
        char **words = g_strsplit(plain, " ", -1);
        size_t kept = 0;
        for (size_t i = 0; words[i]; i++) {
                if (*words[i])
                        words[kept++] = words[i];
                else
                        g_free(words[i]);
        }
        words[kept] = NULL;
        return words;
}

static char *fold(const char *word)
{
        char *folded = g_utf8_casefold(word, -1);
        cut_tail(folded);
        return folded;
}

/* How many words of the line a phrase takes; 0: it does not stand there. */
static size_t match(const char *phrase, char *const *folded)
{
        size_t count = 0;
        for (const char *at = phrase;;) {
                const size_t length = strcspn(at, " ");
                if (!folded[count] || strlen(folded[count]) != length || memcmp(folded[count], at, length) != 0)
                        return 0;
                count++;
                if (!at[length])
                        return count;
                at += length + 1;
        }
}

/* --- dates ---------------------------------------------------------------------------------------- */

static unsigned month_of(const char *word)
{
        static const char *const names[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" };
        for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
                if (g_ascii_strncasecmp(word, names[i], 3) == 0)
                        return i + 1;
        return 0;
}

/* Numbers and names of months, in order; everything between them parts them. */
static size_t date_fields(const char *text, unsigned ret_fields[3], bool *ret_named)
{
        size_t count = 0;
        *ret_named = false;
        while (*text && count <= 3) {
                unsigned value = 0;
                if (g_ascii_isdigit(*text)) {
                        char *end;
                        value = (unsigned) MIN(g_ascii_strtoull(text, &end, 10), 99999);
                        text = end;
                } else if (g_ascii_isalpha(*text)) {
                        value = month_of(text);
                        while (g_ascii_isalpha(*text))
                                text++;
                        *ret_named = *ret_named || value;
                        if (!value)
                                continue; /* until, since, th */
                        if (count == 1) { /* 24 Dec: as Dec 24 */
                                ret_fields[count++] = ret_fields[0];
                                ret_fields[0] = value;
                                continue;
                        }
                } else {
                        text++;
                        continue;
                }
                if (count < 3)
                        ret_fields[count] = value;
                count++;
        }
        return count;
}

bool words_date(const char *text, const GDate *today, GDate *ret_date)
{
        unsigned fields[3] = { 0 };
        bool is_named;
        enum { YEAR_LEAST = 2000, YEAR_MOST = 2999 };
        g_date_clear(ret_date, 1);
        const size_t count = date_fields(text, fields, &is_named);
        unsigned year = 0, month = fields[0], day = fields[1];
        if (count == 3 && fields[0] > 31) {
                year = fields[0];
                month = fields[1];
                day = fields[2];
        } else if (count == 3) {
                year = fields[2];
        } else if (count != 2) {
                return false;
        }
        if (count == 2 || year == 0)
                year = g_date_get_year(today);
        if (year < YEAR_LEAST || year > YEAR_MOST || month < 1 || month > 12 || day < 1 || day > 31
            || !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year))
                return false;
        g_date_set_dmy(ret_date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
        return true;
}

/* --- commands --------------------------------------------------------------------------------------- */

static bool take_date(const char *text, const GDate *today, struct request *request)
{
        GDate date;
        if (!words_date(text, today, &date))
                return false;
        /* 12/24 is the next one of a pause, the last one of what changed since */
        const bool has_year = strpbrk(text, "0123456789") && g_ascii_strtoull(strpbrk(text, "0123456789"), NULL, 10) > 31;
        if (!has_year && request->verb == VERB_VACATION && g_date_compare(&date, today) <= 0)
                g_date_add_years(&date, 1);
        if (!has_year && request->verb == VERB_CHANGED && g_date_compare(&date, today) > 0)
                g_date_subtract_years(&date, 1);
        request->date = date;
        return true;
}

static char *without_brackets(const char *word)
{
        char *copy = g_strdup(word);
        g_strdelimit(copy, "<>", ' ');
        return g_strstrip(copy);
}

/* Takes what stands behind the phrase; false: it does not fit. */
static bool take_behind(const struct phrase *phrase, char *const *rest, const GDate *today, struct request *request)
{
        const guint count = g_strv_length((char **) rest);
        char *joined;
        request->verb = phrase->verb;
        switch (phrase->behind) {
        case BEHIND_NOTHING:
                request->is_whole = count == 0;
                return count <= BEHIND_WORDS_MAX;
        case BEHIND_DATE:
                joined = g_strjoinv(" ", (char **) rest);
                request->is_whole = take_date(joined, today, request) || (count == 0 && phrase->verb == VERB_CHANGED);
                g_free(joined);
                return request->is_whole;
        case BEHIND_REST:
        case BEHIND_MAYBE_REST:
                if (count)
                        request->args[0] = g_strjoinv(" ", (char **) rest);
                request->is_whole = true;
                return count || phrase->behind == BEHIND_MAYBE_REST;
        case BEHIND_ONE:
                if (count != 1)
                        return false;
                request->args[0] = without_brackets(rest[0]);
                break;
        case BEHIND_TWO:
                if (count != 2)
                        return false;
                /* of an old and a new address the old one is the writer's */
                request->args[0] = without_brackets(rest[phrase->verb == VERB_ADDRESS]);
                request->args[1] = phrase->verb == VERB_ADDRESS ? NULL : g_strdup(rest[1]);
                break;
        case BEHIND_THREE:
                if (count < 3 || !strchr(rest[0], '@'))
                        return false;
                request->args[0] = without_brackets(rest[0]);
                request->args[1] = g_strdup(rest[1]);
                request->args[2] = g_strjoinv(" ", (char **) rest + 2);
                break;
        }
        request->is_whole = true;
        return true;
}

/* In the order of Japanese: 12月24日まで休止. */
static bool take_turned(char **words, char **folded, const GDate *today, struct request *request)
{
        static const char *const pauses[] = { "休止", "まで休止", "休会" };
        const guint count = g_strv_length(words);
        for (size_t i = 0; i < G_N_ELEMENTS(pauses); i++) {
                if (!count || !g_str_has_suffix(folded[count - 1], pauses[i]) || !strpbrk(words[0], "0123456789"))
                        continue;
                char *joined = g_strjoinv(" ", words);
                *request = (struct request){ .verb = VERB_VACATION };
                request->is_whole = take_date(joined, today, request);
                g_free(joined);
                return request->is_whole;
        }
        return false;
}

bool words_request(const char *line, const GDate *today, struct request *ret_request)
{
        *ret_request = (struct request){ .verb = VERB_COUNT };
        char *plain = plain_line(line);
        if (!plain)
                return false;
        char **words = split(plain);
        char **folded = g_strdupv(words);
        for (size_t i = 0; folded[i]; i++) {
                g_free(folded[i]);
                folded[i] = fold(words[i]);
        }
        size_t best = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(PHRASES); i++) {
                const size_t taken = match(PHRASES[i].words, folded);
                struct request candidate = { 0 };
                /* of two that take as many words the one that also reads what stands behind */
                if (taken < best || taken == 0 || !take_behind(&PHRASES[i], words + taken, today, &candidate))
                        continue;
                if (taken == best && (ret_request->is_whole || !candidate.is_whole)) {
                        request_clear(&candidate);
                        continue;
                }
                request_clear(ret_request);
                *ret_request = candidate;
                best = taken;
        }
        const bool found = best > 0 || take_turned(words, folded, today, ret_request);
        g_strfreev(words);
        g_strfreev(folded);
        g_free(plain);
        return found;
}

void request_clear(struct request *request)
{
        for (size_t i = 0; i < G_N_ELEMENTS(request->args); i++)
                g_clear_pointer(&request->args[i], g_free);
        *request = (struct request){ .verb = VERB_COUNT };
}

/* --- answers ------------------------------------------------------------------------------------------ */

static const struct {
        const char *words;
        enum answer answer;
} ANSWERS[] = {
        { "yes", ANSWER_YES }, { "yes please", ANSWER_YES }, { "y", ANSWER_YES }, { "ok", ANSWER_YES }, { "okay", ANSWER_YES },
        { "confirm", ANSWER_YES }, { "confirmed", ANSWER_YES }, { "i confirm", ANSWER_YES }, { "please do", ANSWER_YES },
        { "join", ANSWER_YES }, { "subscribe", ANSWER_YES }, { "send", ANSWER_YES }, { "do it", ANSWER_YES },
        { "はい", ANSWER_YES }, { "確認", ANSWER_YES }, { "了解", ANSWER_YES }, { "入会", ANSWER_YES }, { "お願い", ANSWER_YES },
        { "no", ANSWER_NO }, { "no thanks", ANSWER_NO }, { "no thank you", ANSWER_NO }, { "n", ANSWER_NO },
        { "cancel", ANSWER_NO }, { "stay", ANSWER_NO }, { "reject", ANSWER_DISCARD }, { "いいえ", ANSWER_NO },
        { "取消", ANSWER_NO }, { "キャンセル", ANSWER_NO },
        { "accept", ANSWER_ACCEPT }, { "approve", ANSWER_ACCEPT }, { "承認", ANSWER_ACCEPT }, { "許可", ANSWER_ACCEPT },
        { "discard", ANSWER_DISCARD }, { "delete", ANSWER_DISCARD }, { "refuse", ANSWER_DISCARD }, { "破棄", ANSWER_DISCARD },
        { "却下", ANSWER_DISCARD }, { "削除", ANSWER_DISCARD },
        { "accept and trust", ANSWER_TRUST }, { "trust", ANSWER_TRUST }, { "承認して信頼", ANSWER_TRUST }, { "信頼", ANSWER_TRUST },
        { "ban", ANSWER_BAN }, { "禁止", ANSWER_BAN }, { "拒否", ANSWER_BAN },
        { "pause", ANSWER_PAUSE }, { "nomail", ANSWER_PAUSE }, { "休止", ANSWER_PAUSE },
        { "leave", ANSWER_LEAVE }, { "unsubscribe", ANSWER_LEAVE }, { "退会", ANSWER_LEAVE },
        { "never", ANSWER_NEVER }, { "never again", ANSWER_NEVER },
};

/* At most NUMBER_DIGITS digits; *ret_end is behind them. */
static int64_t range_number(const char *text, const char **ret_end)
{
        enum { NUMBER_DIGITS = 9 };
        int64_t number = 0;
        int digits = 0;
        for (; g_ascii_isdigit(*text) && digits < NUMBER_DIGITS; text++, digits++)
                number = number * 10 + (*text - '0');
        *ret_end = text;
        return digits ? number : 0;
}

bool words_range(const char *text, int64_t *ret_first, int64_t *ret_last)
{
        const char *end;
        *ret_first = *ret_last = range_number(text, &end);
        if (*end == '-')
                *ret_last = range_number(end + 1, &end);
        return *end == '\0' && *ret_first > 0 && *ret_last >= *ret_first;
}

enum answer words_answer(const char *line)
{
        char *plain = plain_line(line);
        if (!plain)
                return ANSWER_UNCLEAR;
        g_strdelimit(plain, ",!", ' ');
        char **words = split(plain);
        enum answer answer = words[0] ? ANSWER_UNCLEAR : ANSWER_EMPTY;
        for (size_t i = 0; words[i]; i++) {
                char *folded = fold(words[i]);
                g_free(words[i]);
                words[i] = folded;
        }
        char *joined = g_strjoinv(" ", words);
        if (words[0] && words[1] && !words[2] && strcmp(words[0], "also") == 0 && strchr(words[1], '@'))
                answer = ANSWER_ALSO;
        for (size_t i = 0; i < G_N_ELEMENTS(ANSWERS) && answer == ANSWER_UNCLEAR; i++)
                if (strcmp(joined, ANSWERS[i].words) == 0)
                        answer = ANSWERS[i].answer;
        g_free(joined);
        g_strfreev(words);
        g_free(plain);
        return answer;
}

char *words_also(const char *line)
{
        char *plain = plain_line(line);
        const char *space = plain ? strrchr(plain, ' ') : NULL;
        char *address = without_brackets(space ? space + 1 : "");
        g_free(plain);
        return address;
}

static bool is_quoted(const char *line)
{
        return g_str_has_prefix(line, ">") || g_str_has_prefix(line, "|") || g_str_has_prefix(line, "＞");
}

/* "On Monday Anna wrote:", when a quotation follows; or the line of dashes over a message that is quoted whole. */
static bool is_attribution(const char *line, char *const *next)
{
        while (*next && !**next)
                next++;
        if (!*next || !is_quoted(*next))
                return false;
        return g_str_has_suffix(line, ":") || g_str_has_suffix(line, "：");
}

/* An attribution that goes on in the next line: it has a date, and is no answer of one word. */
static bool is_begun(char *const *lines)
{
        enum { LEAST = 24 };
        return lines[1] && is_attribution(lines[1], lines + 2) && strlen(lines[0]) >= LEAST && strpbrk(lines[0], "0123456789");
}

char *words_first_line(const char *text)
{
        char **lines = g_strsplit(text, "\n", -1);
        const char *first = "";
        for (size_t i = 0; lines[i]; i++)
                if (strcmp(lines[i], "-- ") != 0) /* the one line whose last blank says something */
                        g_strstrip(lines[i]);
        for (size_t i = 0; lines[i] && !*first; i++) {
                if (strcmp(lines[i], "-- ") == 0 || strcmp(lines[i], "--") == 0 || g_str_has_prefix(lines[i], "-----"))
                        break;
                if (*lines[i] && !is_quoted(lines[i]) && !is_attribution(lines[i], lines + i + 1) && !is_begun(lines + i))
                        first = lines[i];
        }
        char *copy = g_strdup(first);
        g_strfreev(lines);
        return copy;
}
