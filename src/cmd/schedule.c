#include "cmd/workspace.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// One word of a crontab line: quoted for the shell, and % escaped, which cron would turn into a
// line end.
static void print_word(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (*text == '%')
            fputs("\\%", stdout);
        else
            putchar(*text);
    }
    putchar('\'');
}

int cmd_schedule(struct cli *cli, int argc, char **argv)
{
    struct err err;
    struct workspace ws;
    if (cmd_arguments(cli, argc, argv, NULL, 1, 1, &err) < 0)
        return cmd_usage("schedule", &err);
    if (strcmp(argv[1], "show") != 0) {
        err_set(&err, ERR_USAGE, "schedule: '%s' is not known", argv[1]);
        return cmd_usage("schedule", &err);
    }
    if (workspace_open(&ws, cli, WORKSPACE_CONF, &err) != 0)
        return cmd_fail(&err);
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
    int code = 0;
    if (strpbrk(ws.root, "\n\r") || n <= 0) {
        err_set(&err, ERR_INPUT,
                "the path of the workspace or the program cannot stand in a crontab");
        code = cmd_fail(&err);
    } else {
        fputs("*/5 * * * * ", stdout);
        print_word(program);
        fputs(" -C ", stdout);
        print_word(ws.root);
        puts(" run");
    }
    workspace_close(&ws);
    return cmd_finish(code);
}
