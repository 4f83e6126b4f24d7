/* listd.c - the server's main: options and wiring
 * Exit status: 0 stopped, 1 the system refused something, 2 usage or a bad configuration (file, line, reason) */
#include "config.h"

#include <locale.h>

#include "supervise/supervise.h"

int main(int argc, char **argv)
{
        char *path = NULL, *role = NULL;
        gboolean foreground = FALSE, version = FALSE;
        const GOptionEntry entries[] = {
                { "config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "Read this configuration (" SYSCONFDIR "/listd/listd.conf)", "FILE" },
                { "foreground", 'f', 0, G_OPTION_ARG_NONE, &foreground, "Stay in the foreground and log to stderr", NULL },
                { "version", 'V', 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
                { "role", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &role, NULL, NULL },
                { 0 }
        };
        setlocale(LC_ALL, "");
        GError *error = NULL;
        GOptionContext *context = g_option_context_new("- mailing lists whose membership does not leak");
        g_option_context_add_main_entries(context, entries, NULL);
        bool ok = g_option_context_parse(context, &argc, &argv, &error) && argc == 1;
        g_option_context_free(context);
        if (!ok) {
                fprintf(stderr, "listd: %s (see listd --help)\n", error ? error->message : "there is an argument too many");
                return 2;
        }
        if (version) {
                puts(PACKAGE_STRING);
                return 0;
        }
        if (role) {
                int status = supervise_role(role);
                g_free(role);
                return status;
        }
        struct conf *conf;
        struct err err = { 0 };
        if (!path)
                path = g_strdup(SYSCONFDIR "/listd/listd.conf");
        int status = 2;
        if (conf_load(&conf, path, &err))
                status = supervise(conf, path, foreground);
        else
                fprintf(stderr, "listd: %s\n", err.text);
        g_free(path);
        return status;
}
