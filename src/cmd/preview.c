#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cmd/audience.h"
#include "delivery/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef int renderer(const struct template *, const struct template_input *, struct buf *,
                     struct err *);

static void print_path(const struct cli *cli, const char *path)
{
    if (cli->is_json) {
        struct json *j = json_map();
        json_put_text(j, "file", path);
        cmd_print_json(&j);
    } else if (!cli->is_quiet) {
        printf("%s\n", path);
    }
}

static int write_one(const struct template *template, const struct template_input *input,
                     renderer *render, const char *path, struct err *err)
{
    struct buf out;
    buf_init(&out, BUF_MAX_DEFAULT);
    int rc = render(template, input, &out, err);
    if (rc == 0)
        rc = file_write(path, out.data, out.len, 0644, err);
    buf_deinit(&out);
    return rc;
}

static const struct {
    const char *name;
    renderer *render;
} files[] = {{"message.eml", template_render},
             {"message.html", template_render_html},
             {"message.txt", template_render_text}};

// What an earlier preview left is not to be taken for this one.
static void remove_old(const char *dir)
{
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char *path = file_join(dir, files[i].name);
        unlink(path);
        free(path);
    }
}

static int write_all(const struct cli *cli, struct workspace *ws, const struct compiled *compiled,
                     const struct person *person, const char *dir)
{
    struct err err;
    struct message_for who = {.keyring = &ws->keyring, .person = person, .date = clock_now()};
    struct message_input in;
    message_input_init(&in, &who);
    if (file_mkdirs(dir, 0777, &err) != 0)
        return cmd_fail(&err);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char *path = file_join(dir, files[i].name);
        int rc = write_one(compiled->template, &in.input, files[i].render, path, &err);
        if (rc == 0)
            print_path(cli, path);
        free(path);
        if (rc != 0)
            return cmd_fail(&err);
    }
    return 0;
}

static char *default_dir(const struct workspace *ws, const char *slug)
{
    char *previews = file_join(ws->root, "var/preview");
    char *dir = file_join(previews, slug);
    free(previews);
    return dir;
}

static int preview(struct workspace *ws, struct cli *cli, const struct compiled *compiled,
                   const char *as, const char *out)
{
    struct err err;
    struct person person;
    char *dir = out ? mem_strdup(out) : default_dir(ws, compiled->campaign->slug);
    int code = 1;
    cmd_print_findings(cli, &compiled->findings);
    remove_old(dir);
    if (compiled->template && audience_person(ws, as, &person, &err) != 0) {
        code = cmd_fail(&err);
    } else if (compiled->template) {
        code = write_all(cli, ws, compiled, &person, dir);
        person_deinit(&person);
    }
    free(dir);
    return code;
}

int cmd_preview(struct cli *cli, int argc, char **argv)
{
    const char *as = NULL, *out = NULL;
    struct cmd_option options[] = {{"as", true, &as, NULL, NULL},
                                   {"out", true, &out, NULL, NULL},
                                   {NULL, false, NULL, NULL, NULL}};
    struct err err;
    struct workspace ws;
    struct compiled compiled;
    if (cmd_arguments(cli, argc, argv, options, 1, 1, &err) < 0)
        return cmd_usage("preview", &err);
    if (workspace_open(&ws, cli, WORKSPACE_STORE_READ, &err) != 0)
        return cmd_fail(&err);
    char *slug = workspace_slug(argv[1]);
    int code;
    if (workspace_compile(&ws, slug, &compiled, &err) != 0) {
        code = cmd_fail(&err);
    } else {
        code = preview(&ws, cli, &compiled, as, out);
        compiled_deinit(&compiled);
    }
    free(slug);
    workspace_close(&ws);
    return cmd_finish(code);
}
