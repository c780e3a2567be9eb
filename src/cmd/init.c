#include "base/file.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "conf/conf.h"
#include "crypt/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sample_post[] = "---\n"
                                  "subject: The quiet hour, {{first_name|dear friend}}\n"
                                  "preheader: A small pause in the middle of your week\n"
                                  "draft: true\n"
                                  "---\n"
                                  "# The quiet hour\n"
                                  "\n"
                                  "This is a sample post. Write yours in its place, then try:\n"
                                  "\n"
                                  "- `hearten check sample` tells what is wrong or doubtful,\n"
                                  "- `hearten preview sample` writes the message to look at,\n"
                                  "- `hearten send sample --dry-run` tells who would get it.\n"
                                  "\n"
                                  "## Your Gentle Practice This Week\n"
                                  "\n"
                                  "Choose one hour that belongs to nobody else.\n"
                                  "\n"
                                  "## Your Call to Healing\n"
                                  "\n"
                                  "Be in that hour as you are, and let it be enough.\n";

static int make(const char *dir, const char *name, const char *text, struct err *err)
{
    char *path = file_join(dir, name);
    int rc = 0;
    if (!file_is_file(path)) {
        rc = file_write(path, text, strlen(text), 0644, err);
        if (rc == 0)
            printf("made %s\n", path);
    }
    free(path);
    return rc;
}

static int make_folder(const char *dir, const char *name, unsigned mode, struct err *err)
{
    char *path = file_join(dir, name);
    int rc = file_mkdirs(path, mode, err);
    free(path);
    return rc;
}

static int make_keys(const char *dir, struct err *err)
{
    char *keys = file_join(dir, "var/keys");
    char *store = file_join(dir, "var/hearten.db");
    struct keyring keyring;
    int rc = keyring_load(&keyring, keys, err);
    if (rc != 0 && file_is_file(store))
        rc = err_prefix(err, "%s has subscribers, but their keys are not usable", store);
    else if (rc != 0) {
        rc = keyring_create(keys, err);
        if (rc == 0)
            printf("made %s: keep these keys with your backups\n", keys);
    }
    free(keys);
    free(store);
    return rc;
}

static int make_all(const char *dir, struct err *err)
{
    if (make_folder(dir, "config", 0777, err) != 0 ||
        make_folder(dir, "campaigns/sample", 0777, err) != 0 ||
        make_folder(dir, "var", 0700, err) != 0)
        return -1;
    if (make(dir, "config/hearten.ini", conf_sample, err) != 0 ||
        make(dir, ".gitignore", "/var/\n", err) != 0)
        return -1;
    if (make_keys(dir, err) != 0)
        return -1;
    char *txt = file_join(dir, "campaigns/sample/post.txt");
    int rc = file_is_file(txt) ? 0 : make(dir, "campaigns/sample/post.md", sample_post, err);
    free(txt);
    return rc;
}

int cmd_init(struct cli *cli, int argc, char **argv)
{
    struct err err;
    int words = cmd_arguments(cli, argc, argv, NULL, 0, 1, &err);
    if (words < 0)
        return cmd_usage("init", &err);
    const char *dir = words ? argv[1] : cli->dir ? cli->dir : ".";
    if (make_all(dir, &err) != 0)
        return cmd_fail(&err);
    if (!cli->is_quiet)
        printf("%s is a workspace. Next: edit config/hearten.ini, then 'hearten new \"Title\"'.\n",
               strcmp(dir, ".") == 0 ? "This folder" : dir);
    return cmd_finish(0);
}
