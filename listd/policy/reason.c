/* reason.c - why a post waits, in the language of who reads it
 * Gives:  reason_in()
 * To add a reason: where it is given (post.c, mail/rules.c), and its row here; test_policy.c looks. */
#include "policy/reason.h"

#include <glib.h>
#include <string.h>

#include "store/list.h"

static const char *const REASONS[][2] = {
        { "larger than the server takes; only its beginning is kept", "サーバーの上限を超えています（先頭だけを保存しています）" },
        { "it holds NUL, bare CR or bare LF", "使えない制御文字があります" },
        { "it came from another mailing list", "ほかのメーリングリストから届きました" },
        { "it looks like an automatic reply", "自動返信のようです" },
        { "the list is frozen", "リストは一時停止中です" },
        { "a spam filter marked it", "迷惑メールの印が付いています" },
        { "the list stands neither in To nor in Cc", "宛先（To、Cc）にリストのアドレスがありません" },
        { "its subject is labelled as an advertisement (labels)", "件名に広告の表示があります" },
        { "the author's domain gives anybody an address (freemail)", "だれでも取得できるアドレス（フリーメール）からの投稿です" },
        { "the author is not a member", "投稿者は会員ではありません" },
        { "each post waits for a moderator", "すべての投稿を担当者が確認しています" },
        { "only owners and moderators may post", "投稿できるのは管理者と担当者だけです" },
        { "nothing proves that the author wrote it: it needs a confirmation", "差出人本人の投稿か確認が必要です" },
        { "posts of this member wait for a moderator", "この会員の投稿は担当者が確認しています" },
        { "it is the first post of a new member", "新しい会員の最初の投稿です" },
        { "more posts of one author than the list takes in a day (post_quota)", "一日の投稿数の上限を超えています" },
        { "the same Message-ID was distributed in the last 7 days", "同じ Message-ID の投稿を七日以内に配送しました" },
        { "larger than the list takes (max_size)", "リストの大きさの上限を超えています" },
        { "its text is longer than the list takes (max_text)", "本文がリストの上限より長くなっています" },
        { "no readable text is left", "読める本文がありません" },
        { "it is encrypted", "暗号化されています" },
        { "it is encrypted (S/MIME)", "暗号化されています（S/MIME）" },
        { "its text is encrypted (OpenPGP)", "本文が暗号化されています（OpenPGP）" },
        { "it is a fragment of a message (message/partial)", "分割されたメールの一部です" },
        { "its text is elsewhere (message/external-body)", "本文がメールの外にあります" },
};

const char *reason_in(const char *reason, int lang)
{
        for (size_t i = 0; lang == LANG_JA && i < G_N_ELEMENTS(REASONS); i++)
                if (strcmp(REASONS[i][LANG_EN], reason) == 0)
                        return REASONS[i][LANG_JA];
        return reason;
}
