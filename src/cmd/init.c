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

struct init {
    const struct cli *cli;
    const char *dir;
    char *store; // the file in which the subscribers are, or will be
    char *keys;
    bool has_keys;
};

static void say_made(const struct init *init, const char *path, const char *remark)
{
    if (init->cli->is_quiet)
        return;
    printf("made ");
    cmd_print_clean(path);
    printf("%s\n", remark);
}

static int make(const struct init *init, const char *name, const char *text, struct err *err)
{
    char *path = file_join(init->dir, name);
    int rc = 0;
    if (!file_is_file(path)) {
        rc = file_write(path, text, strlen(text), 0644, err);
        if (rc == 0)
            say_made(init, path, "");
    }
    free(path);
    return rc;
}

static int make_folder(const struct init *init, const char *name, unsigned mode, struct err *err)
{
    char *path = file_join(init->dir, name);
    int rc = file_mkdirs(path, mode, err);
    free(path);
    return rc;
}

// The settings that are there already say where the subscribers are.
static int find_store(struct init *init, struct err *err)
{
    static const char scheme[] = "sqlite:";
    char *ini = file_join(init->dir, "config/hearten.ini");
    struct conf *conf = NULL;
    int rc = file_is_file(ini) ? conf_load(init->dir, &conf, err) : 0;
    const char *url = conf ? conf->store.url : "sqlite:var/hearten.db";
    if (rc == 0 && strncmp(url, scheme, sizeof scheme - 1) == 0)
        init->store = file_join(init->dir, url + sizeof scheme - 1);
    conf_free(&conf);
    free(ini);
    return rc;
}

// New keys beside an old list would turn every suppression and every opt-out link into nonsense.
static int check_keys(struct init *init, struct err *err)
{
    struct keyring keyring;
    init->keys = file_join(init->dir, "var/keys");
    init->has_keys = keyring_load(&keyring, init->keys, err) == 0;
    if (init->has_keys || !init->store || !file_is_file(init->store))
        return 0;
    return err_prefix(err, "%s has subscribers, but their keys are not usable", init->store);
}

static int make_all(const struct init *init, struct err *err)
{
    if (make_folder(init, "config", 0777, err) != 0 ||
        make_folder(init, "campaigns/sample", 0777, err) != 0 ||
        make_folder(init, "var", 0700, err) != 0)
        return -1;
    if (make(init, "config/hearten.ini", conf_sample, err) != 0 ||
        make(init, ".gitignore", "/var/\n", err) != 0)
        return -1;
    if (!init->has_keys) {
        if (keyring_create(init->keys, err) != 0)
            return -1;
        say_made(init, init->keys, ": keep these keys with your backups");
    }
    char *txt = file_join(init->dir, "campaigns/sample/post.txt");
    int rc = file_is_file(txt) ? 0 : make(init, "campaigns/sample/post.md", sample_post, err);
    free(txt);
    return rc;
}

int cmd_init(struct cli *cli, int argc, char **argv)
{
    struct err err;
    int words = cmd_arguments(cli, argc, argv, NULL, 0, 1, &err);
    struct init init = {.cli = cli, .dir = words == 1 ? argv[1] : cli->dir ? cli->dir : "."};
    if (words == 1 && cli->dir)
        words = err_set(&err, ERR_USAGE, "init takes one folder: -C DIR or init DIR, not both");
    else if (words >= 0 && !*init.dir)
        words = err_set(&err, ERR_USAGE, "init wants a folder; '' is none");
    if (words < 0)
        return cmd_usage("init", &err);
    int rc = find_store(&init, &err);
    if (rc == 0)
        rc = check_keys(&init, &err);
    if (rc == 0)
        rc = make_all(&init, &err);
    free(init.store);
    free(init.keys);
    if (rc != 0)
        return cmd_fail(&err);
    if (!cli->is_quiet) {
        cmd_print_clean(strcmp(init.dir, ".") == 0 ? "This folder" : init.dir);
        puts(" is a workspace. Next: edit config/hearten.ini, then 'hearten new \"Title\"'.");
    }
    return cmd_finish(0);
}
