/* nouns.h - what each command does; COMMANDS names them and says how they are called */
#ifndef LISTD_CTL_NOUNS_H
#define LISTD_CTL_NOUNS_H

#include "base/err.h"

struct ctl;
typedef bool ctl_run(struct ctl *ctl, struct err *ret_err);

ctl_run ctl_init, ctl_status;
ctl_run ctl_list_add, ctl_list_ls, ctl_list_show, ctl_list_get, ctl_list_set, ctl_list_reset, ctl_list_rename, ctl_list_rm;
ctl_run ctl_domain_ls, ctl_domain_set;
ctl_run ctl_member_add, ctl_member_ls, ctl_member_export, ctl_member_show, ctl_member_find, ctl_member_set, ctl_member_sync, ctl_member_rm;
ctl_run ctl_backup, ctl_restore;
ctl_run ctl_member_invite, ctl_member_pending, ctl_member_why, ctl_member_ban, ctl_member_unban, ctl_member_bans;
ctl_run ctl_member_changed, ctl_member_mail;
ctl_run ctl_held_ls, ctl_held_show, ctl_held_accept, ctl_held_discard, ctl_held_trust, ctl_held_ban;
ctl_run ctl_template_ls, ctl_template_show, ctl_template_check, ctl_template_edit;
ctl_run ctl_misaddressed_ls, ctl_misaddressed_show, ctl_misaddressed_forward, ctl_misaddressed_discard;
ctl_run ctl_decoy_ls, ctl_decoy_show, ctl_decoy_discard;
ctl_run ctl_failed_ls, ctl_failed_show, ctl_failed_retry, ctl_failed_discard;
ctl_run ctl_archive_ls, ctl_archive_export, ctl_archive_rm;
ctl_run ctl_guard_status, ctl_guard_report, ctl_guard_forgive;
ctl_run ctl_report_modes;
ctl_run ctl_freemail_ls, ctl_freemail_check, ctl_freemail_import, ctl_freemail_refresh, ctl_freemail_forget;
ctl_run ctl_deny_ls, ctl_deny_add, ctl_deny_rm, ctl_deny_review, ctl_deny_import, ctl_deny_refresh;
ctl_run ctl_mta_postfix;
ctl_run ctl_report_show, ctl_report_send;
ctl_run ctl_queue_ls, ctl_queue_show, ctl_queue_flush, ctl_queue_rm;
ctl_run ctl_check, ctl_check_config, ctl_check_dnsbl, ctl_check_mail, ctl_check_mailbox, ctl_check_relay, ctl_check_store;
ctl_run ctl_explain, ctl_trace;

#endif
