#include "base/file.h"
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

static int print_all(struct workspace *ws, const struct cli *cli, struct err *err)
{
    char **slugs;
    size_t count;
    if (campaign_list(&ws->conf->campaign, &slugs, &count, err) != 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < count; i++) {
        struct err one;
        if (print_one(ws, cli, slugs[i], &one) != 0) {
            rc = -1;
            *err = one;
            if (i + 1 < count)
                cmd_fail(&one);
        }
    }
    if (count == 0 && !cli->is_json)
        puts("no campaigns yet; make one with 'hearten new \"Title\"'");
    file_free_names(&slugs, count);
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
