#include "base/file.h"
#include "base/mem.h"
#include "cmd/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_unsent(struct workspace *ws, const struct cli *cli, const char *slug,
                        struct err *err)
{
    struct campaign *campaign = NULL;
    struct findings findings;
    findings_init(&findings);
    int rc = campaign_load(&ws->conf->campaign, slug, &campaign, &findings, err);
    if (rc == 0)
        account_print_none(cli, slug,
                           !campaign || campaign->is_draft || !campaign->send_at ? "draft"
                                                                                 : "scheduled");
    campaign_free(&campaign);
    findings_deinit(&findings);
    return rc;
}

static int print_one(struct workspace *ws, const struct cli *cli, const char *slug, struct err *err)
{
    struct edition edition;
    int found = ws->store ? ledger_edition(ws->store, slug, 0, &edition, err) : 0;
    if (found < 0)
        return -1;
    return found ? account_print(cli, ws, &edition, err) : print_unsent(ws, cli, slug, err);
}

struct slugs {
    char **list;
    size_t count;
};

static int add_slug(void *arg, const struct edition *edition, struct err *err)
{
    (void)err;
    struct slugs *slugs = arg;
    for (size_t i = 0; i < slugs->count; i++)
        if (strcmp(slugs->list[i], edition->slug) == 0)
            return 0;
    slugs->list = mem_grow(slugs->list, slugs->count + 1, sizeof *slugs->list);
    slugs->list[slugs->count++] = mem_strdup(edition->slug);
    return 0;
}

// The campaigns that have a folder, and those that were sent and whose folder is gone.
static int list_all(struct workspace *ws, struct slugs *slugs, struct err *err)
{
    *slugs = (struct slugs){0};
    if (campaign_list(&ws->conf->campaign, &slugs->list, &slugs->count, err) != 0)
        return -1;
    return ws->store ? ledger_editions(ws->store, add_slug, slugs, err) : 0;
}

static int print_all(struct workspace *ws, const struct cli *cli, struct err *err)
{
    struct slugs all;
    int rc = list_all(ws, &all, err);
    char **slugs = all.list;
    size_t count = rc == 0 ? all.count : 0;
    for (size_t i = 0; i < count; i++) {
        struct err one;
        if (print_one(ws, cli, slugs[i], &one) != 0) {
            rc = -1;
            *err = one;
            if (i + 1 < count)
                cmd_fail(&one);
        }
    }
    if (rc == 0 && count == 0 && !cli->is_json)
        puts("no campaigns yet; make one with 'hearten new \"Title\"'");
    file_free_names(&all.list, all.count);
    return rc;
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
    struct err err;
    struct workspace ws;
    int words = cmd_arguments(cli, argc, argv, NULL, 0, 1, &err);
    if (words < 0)
        return cmd_usage("status", &err);
    if (workspace_open(&ws, cli, WORKSPACE_STORE_READ, &err) != 0)
        return cmd_fail(&err);
    char *slug = words ? workspace_slug(argv[1]) : NULL;
    int rc = slug ? print_one(&ws, cli, slug, &err) : print_all(&ws, cli, &err);
    free(slug);
    workspace_close(&ws);
    return cmd_finish(rc == 0 ? 0 : cmd_fail(&err));
}
