#include "cmd/workspace.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_workspace(const char *dir)
{
    char *path = file_join(dir, "config/hearten.ini");
    bool found = file_is_file(path);
    free(path);
    return found;
}

int workspace_find(const struct cli *cli, char **root, struct err *err)
{
    char *dir = realpath(cli->dir ? cli->dir : ".", NULL);
    if (!dir)
        return err_set(err, ERR_NOT_FOUND, "cannot open folder %s: %s", cli->dir ? cli->dir : ".",
                       strerror(errno));
    if (cli->dir && !is_workspace(dir)) {
        err_set(err, ERR_CONFIG,
                "%s is no workspace: it has no config/hearten.ini; make one with "
                "'hearten init %s'",
                cli->dir, cli->dir);
        free(dir);
        return -1;
    }
    while (!is_workspace(dir)) {
        char *slash = strrchr(dir, '/');
        if (!slash || slash == dir) {
            free(dir);
            return err_set(err, ERR_CONFIG,
                           "no config/hearten.ini here or in a folder above; make a workspace with "
                           "'hearten init', or name one with -C DIR");
        }
        *slash = '\0';
    }
    *root = dir;
    return 0;
}

// Beside the keys stands which store they were used with. A store that is gone must not be replaced
// by an empty one in silence: who had left would be forgotten.
static char *mark_path(const struct workspace *ws)
{
    return file_join(ws->conf->keys_dir, "store");
}

static bool is_marked(const struct workspace *ws, const char *mark)
{
    struct buf text;
    struct err ignored;
    buf_init(&text, 128 << 10);
    bool is = file_read(mark, 8192, &text, &ignored) == 0 &&
              strncmp(text.data, ws->conf->store.url, strcspn(text.data, "\n")) == 0 &&
              strlen(ws->conf->store.url) == strcspn(text.data, "\n");
    buf_deinit(&text);
    return is;
}

static int check_not_lost(const struct workspace *ws, struct err *err)
{
    const char *url = ws->conf->store.url + strlen("sqlite:");
    char *path = file_join(ws->root, url), *mark = mark_path(ws);
    int rc = 0;
    if (!file_is_file(path) && is_marked(ws, mark))
        rc = err_set(err, ERR_CONFIG,
                     "the store %s is gone: put it back from a backup. To begin anew, without the "
                     "list and without those who have left, remove %s",
                     path, mark);
    free(path);
    free(mark);
    return rc;
}

static void mark_store(const struct workspace *ws)
{
    struct buf text;
    struct err err;
    char *mark = mark_path(ws);
    buf_init(&text, 8192);
    buf_addf(&text, "%s\n", ws->conf->store.url);
    if (!is_marked(ws, mark) && file_write(mark, text.data, text.len, 0600, &err) != 0)
        log_line(LOG_WARN, "%s", err.msg);
    buf_deinit(&text);
    free(mark);
}

static int open_store(struct workspace *ws, enum workspace_need need, struct err *err)
{
    struct store_settings settings = ws->conf->store;
    settings.read_only = need == WORKSPACE_STORE_READ;
    settings.keys = ws->fingerprint;
    if (check_not_lost(ws, err) != 0)
        return -1;
    if (store_open(&ws->store, &settings, err) == 0) {
        if (!settings.read_only)
            mark_store(ws);
        return 0;
    }
    return settings.read_only && err->kind == ERR_NOT_FOUND ? 0 : -1;
}

int workspace_open(struct workspace *ws, const struct cli *cli, enum workspace_need need,
                   struct err *err)
{
    *ws = (struct workspace){0};
    int rc = workspace_find(cli, &ws->root, err);
    if (rc == 0)
        rc = conf_load(ws->root, &ws->conf, err);
    if (rc == 0 && need != WORKSPACE_CONF)
        rc = keyring_load(&ws->keyring, ws->conf->keys_dir, err);
    if (rc == 0 && need != WORKSPACE_CONF) {
        keyring_fingerprint(&ws->keyring, ws->fingerprint);
        rc = open_store(ws, need, err);
    }
    if (rc != 0)
        workspace_close(ws);
    return rc;
}

void workspace_close(struct workspace *ws)
{
    store_close(&ws->store);
    conf_free(&ws->conf);
    free(ws->root);
    ws->root = NULL;
}

int workspace_compile(struct workspace *ws, const char *slug, struct compiled *out, struct err *err)
{
    *out = (struct compiled){0};
    findings_init(&out->findings);
    int rc = campaign_load(&ws->conf->campaign, slug, &out->campaign, &out->findings, err);
    if (rc == 0 && out->campaign)
        rc = campaign_compile(&ws->conf->campaign, out->campaign, &out->template, &out->findings,
                              err);
    if (rc == 0 && out->findings.errors > 0)
        template_free(&out->template);
    findings_sort(&out->findings);
    if (rc != 0)
        compiled_deinit(out);
    return rc;
}

void compiled_deinit(struct compiled *compiled)
{
    campaign_free(&compiled->campaign);
    template_free(&compiled->template);
    findings_deinit(&compiled->findings);
}

char *workspace_slug(const char *argument)
{
    const char *p = strncmp(argument, "./", 2) == 0 ? argument + 2 : argument;
    if (strncmp(p, "campaigns/", 10) == 0)
        p += 10;
    return mem_strndup(p, strcspn(p, "/"));
}
