#include "cmd/cmd.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmd_fail(const struct err *err)
{
    fflush(stdout);
    fprintf(stderr, "hearten: %s\n", err->msg);
    return err_exit_code(err->kind);
}

int cmd_usage(const char *command, const struct err *err)
{
    struct err more = *err;
    if (err->kind == ERR_USAGE)
        err_set(&more, ERR_USAGE, "%s; see 'hearten help %s'", err->msg, command);
    return cmd_fail(&more);
}

void cmd_print_json(struct json **json)
{
    struct buf out;
    buf_init(&out, BUF_MAX_DEFAULT);
    json_write(*json, &out);
    fwrite(out.data, 1, out.len, stdout);
    putchar('\n');
    buf_deinit(&out);
    json_drop(json);
}

void cmd_print_clean(const char *text)
{
    char *clean = mem_strdup(text);
    utf8_clean(clean);
    fputs(clean, stdout);
    free(clean);
}

void cmd_print_padded(const char *text, size_t columns)
{
    size_t width = utf8_width(text, strlen(text));
    cmd_print_clean(text);
    for (; width < columns; width++)
        putchar(' ');
}

static void finding_as_json(const struct finding *f)
{
    struct json *j = json_map();
    json_put_text(j, "file", f->file);
    json_put_number(j, "line", f->line);
    json_put_number(j, "column", f->column);
    json_put_text(j, "severity", f->severity == FINDING_ERROR ? "error" : "warning");
    json_put_text(j, "text", f->text);
    json_put_text(j, "rule", f->rule);
    cmd_print_json(&j);
}

void cmd_print_findings(const struct cli *cli, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        if (cli->is_quiet && f->severity != FINDING_ERROR)
            continue;
        if (cli->is_json) {
            finding_as_json(f);
            continue;
        }
        printf("%s", f->file);
        if (f->line)
            printf(":%u", f->line);
        if (f->line && f->column)
            printf(":%u", f->column);
        printf(": %s: %s [%s]\n", f->severity == FINDING_ERROR ? "error" : "warning", f->text,
               f->rule);
    }
}

bool cmd_is_lost(void)
{
    return ferror(stdout) != 0;
}

static bool has_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

int cmd_finish(int code)
{
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE || has_reader_gone())
        return code;
    struct err err;
    err_set(&err, ERR_IO,
            "cannot write to standard output%s%s; what was to be done may be done, but is not told",
            errno ? ": " : "", errno ? strerror(errno) : "");
    return cmd_fail(&err);
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
    (void)cli;
    if (argc > 1) {
        for (const struct command *c = commands; c->name; c++) {
            if (strcmp(c->name, argv[1]) != 0)
                continue;
            for (const char *line = c->usage; *line;) {
                size_t n = strcspn(line, "\n");
                printf("hearten %.*s\n", (int)n, line);
                line += n + (line[n] == '\n');
            }
            printf("\n%s.\n%s", c->summary, c->help);
            return cmd_finish(0);
        }
        struct err err;
        err_set(&err, ERR_USAGE, "there is no command '%s'; see 'hearten help'", argv[1]);
        return cmd_fail(&err);
    }
    puts("hearten sends a newsletter to a list and accounts for every reader.\n\n"
         "usage: hearten [-C DIR] [-q | -v] [--json] COMMAND …\n");
    for (const struct command *c = commands; c->name; c++)
        printf("  %-11s %s\n", c->name, c->summary);
    puts(
        "\n-C DIR works in that workspace, -q prints errors only, -v tells more, --json prints JSON.\n"
        "'hearten help COMMAND' tells more of one command.");
    return cmd_finish(0);
}
