/* listctl.c - the administrator's program: options and wiring
 * Exit status 0 done, 1 refused or not found, 2 usage (err_exit_status). */
#include <config.h>

#include <langinfo.h>
#include <locale.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/caller.h"
#include "ctl/ctl.h"

static const char DEFAULT_CONF[] = SYSCONFDIR "/listd/listd.conf";

/* Mail is UTF-8 here whatever the terminal says; widths of characters come with it. */
static void use_utf8(void)
{
        setlocale(LC_CTYPE, "");
        if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
                setlocale(LC_CTYPE, "C.UTF-8");
}

static int complain(const struct err *err)
{
        fprintf(stderr, "listctl: %s\n", err->text);
        return err_exit_status(err->class);
}

static bool open_what_is_needed(struct ctl *ctl, struct err *ret_err)
{
        switch (ctl->line->command->needs) {
        case NEEDS_SPOOL:
                return ctl_open_spool(ctl, ret_err);
        case NEEDS_STORE:
                return ctl_open(ctl, ret_err);
        default:
                return true;
        }
}

static bool run_command(struct ctl *ctl, struct err *ret_err)
{
        const struct command *command = ctl->line->command;
        struct conf *conf;
        if (!conf_load(&conf, ctl->conf_path, ret_err))
                return false;
        ctl->conf = conf;
        output_set_timezone(ctl->output, conf->timezone);
        bool ok = open_what_is_needed(ctl, ret_err) && command->run(ctl, ret_err);
        ctl_close(ctl);
        conf_free(conf);
        return ok;
}

static int run(const struct command_line *line)
{
        const struct output_style style = {
                .json = line->json,
                .data_to_terminal = isatty(STDOUT_FILENO),
                .messages_to_terminal = isatty(STDERR_FILENO),
        };
        struct err err = { 0 }, end_err = { 0 };
        struct ctl ctl = {
                .line = line,
                .caller = caller_uid(),
                .conf_path = line->config ? line->config : DEFAULT_CONF,
                .output = output_new(stdout, stderr, &style),
        };
        bool ok = run_command(&ctl, &err);
        bool ended = output_end(ctl.output, ok ? NULL : &err, &end_err);
        output_free(ctl.output);
        if (!ended)
                return complain(&end_err);
        return ok ? 0 : err_exit_status(err.class);
}

static int help(const char *noun)
{
        char *text = command_help(noun);
        fputs(text, stdout);
        g_free(text);
        return 0;
}

/* Everyone on the machine can read the arguments of a process, and here they name members. They were copied by now. */
static void hide_arguments(int argc, char **argv)
{
        for (int i = 1; i < argc; i++)
                explicit_bzero(argv[i], strlen(argv[i]));
}

int main(int argc, char **argv)
{
        struct command_line line;
        struct err err = { 0 };
        int status = 0;
        use_utf8();
        umask(077);
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); /* a core file would hold members */
        log_open("listctl", LOG_LEVEL_WARN, NULL);
        bool ok = command_line_parse(&line, argc, argv, &err);
        hide_arguments(argc, argv);
        if (!ok)
                status = complain(&err);
        else if (line.version)
                puts(PACKAGE_STRING);
        else if (line.help)
                status = help(line.noun);
        else
                status = run(&line);
        command_line_clear(&line);
        return status;
}
