#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cmd/account.h"
#include "delivery/due.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_waiting(const struct workspace *ws, const struct cli *cli,
                          const struct campaign *c)
{
    char remark[200] = "";
    const char *state = c->is_draft ? "draft" : c->send_at ? "scheduled" : "unscheduled";
    switch (due_of(c, false, clock_now(), ws->conf->delivery.not_after)) {
    case DUE_LATE:
        if (!c->is_draft)
            snprintf(remark, sizeof remark,
                     "that was too long ago ([schedule] not_after), 'hearten send' sends it now");
        break;
    case DUE_DRAFT:
        snprintf(remark, sizeof remark, "its time has come: remove the line 'draft: true'");
        break;
    case DUE_NOW:
        snprintf(remark, sizeof remark, "the next 'hearten run' starts it");
        break;
    case DUE_NO:
        if (!c->send_at)
            snprintf(remark, sizeof remark, "it has no date, 'hearten send' sends it");
        break;
    }
    account_print_none(cli, c->slug, state, c->send_at, remark);
}

static int print_unsent(struct workspace *ws, const struct cli *cli, const char *slug,
                        struct err *err)
{
    struct campaign *campaign = NULL;
    struct findings findings;
    findings_init(&findings);
    int rc = campaign_load(&ws->conf->campaign, slug, &campaign, &findings, err);
    if (rc == 0)
        print_waiting(ws, cli, campaign);
    campaign_free(&campaign);
    findings_deinit(&findings);
    return rc;
}

static int print_edition(struct workspace *ws, const struct cli *cli, const struct edition *edition,
                         struct err *err)
{
    struct standing standing;
    return account_read(ws, edition, &standing, err) != 0
               ? -1
               : account_print(cli, ws, edition, &standing, err);
}

static int print_one(struct workspace *ws, const struct cli *cli, const char *slug, struct err *err)
{
    struct edition edition;
    int found = ws->store ? ledger_edition(ws->store, slug, 0, &edition, err) : 0;
    if (found < 0)
        return -1;
    return found ? print_edition(ws, cli, &edition, err) : print_unsent(ws, cli, slug, err);
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
    struct err one;
    int rc = list_all(ws, &all, err);
    size_t count = rc == 0 ? all.count : 0;
    for (size_t i = 0; i < count; i++) {
        if (print_one(ws, cli, all.list[i], &one) == 0)
            continue;
        if (rc != 0)
            cmd_fail(err); // the last one is told by the caller
        *err = one;
        rc = -1;
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
