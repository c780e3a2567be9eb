#include "base/clock.h"
#include "cmd/workspace.h"

#include <stdio.h>
#include <stdlib.h>

static int create(const struct cli *cli, struct workspace *ws, const char *title, const char *from,
                  const char *date, struct err *err)
{
    struct campaign_new what = {.title = title, .from_path = from};
    if (date) {
        struct civil day;
        if (clock_parse_date(date, &day, err) != 0)
            return err_prefix(err, "--date");
        what.year = day.year;
        what.month = day.month;
        what.day = day.day;
    }
    char *slug;
    if (campaign_create(&ws->conf->campaign, &what, &slug, err) != 0)
        return -1;
    if (cli->is_json) {
        struct json *j = json_map();
        json_put_text(j, "campaign", slug);
        cmd_print_json(&j);
    } else {
        printf("%s\n", slug);
    }
    free(slug);
    return 0;
}

int cmd_new(struct cli *cli, int argc, char **argv)
{
    const char *from = NULL, *date = NULL;
    struct cmd_option options[] = {{"from", true, &from, NULL, NULL},
                                   {"date", true, &date, NULL, NULL},
                                   {NULL, false, NULL, NULL, NULL}};
    struct err err;
    struct workspace ws;
    int words = cmd_arguments(cli, argc, argv, options, 1, 100, &err);
    if (words > 1)
        words = err_set(&err, ERR_USAGE, "put quotes around the title: hearten new \"%s %s%s\"",
                        argv[1], argv[2], words > 2 ? " …" : "");
    if (words < 0)
        return cmd_usage("new", &err);
    if (workspace_open(&ws, cli, WORKSPACE_CONF, &err) != 0)
        return cmd_fail(&err);
    int rc = create(cli, &ws, argv[1], from, date, &err);
    workspace_close(&ws);
    return cmd_finish(rc == 0 ? 0 : cmd_fail(&err));
}
