#include "base/buf.h"
#include "cmd/workspace.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// One word of a crontab line: quoted for the shell, and % escaped, which cron would turn into a
// line end.
static void add_word(struct buf *line, const char *text)
{
    buf_addc(line, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_adds(line, "'\\''");
        else if (*text == '%')
            buf_adds(line, "\\%");
        else
            buf_addc(line, *text);
    }
    buf_addc(line, '\'');
}

static void print_line(const struct cli *cli, const char *program, const char *root)
{
    struct buf line;
    buf_init(&line, BUF_MAX_DEFAULT);
    buf_adds(&line, "*/5 * * * * ");
    add_word(&line, program);
    buf_adds(&line, " -C ");
    add_word(&line, root);
    buf_adds(&line, " run");
    if (cli->is_json) {
        struct json *j = json_map();
        json_put_text(j, "crontab", line.data);
        cmd_print_json(&j);
    } else {
        puts(line.data);
    }
    buf_deinit(&line);
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
        print_line(cli, program, ws.root);
    }
    workspace_close(&ws);
    return cmd_finish(code);
}
