#include "cmd/audience.h"

#include <stdio.h>
#include <stdlib.h>

int cmd_check(struct cli *cli, int argc, char **argv)
{
    struct err err;
    struct workspace ws;
    struct compiled compiled;
    if (cmd_arguments(cli, argc, argv, NULL, 1, 1, &err) < 0)
        return cmd_usage("check", &err);
    if (workspace_open(&ws, cli, WORKSPACE_STORE_READ, &err) != 0)
        return cmd_fail(&err);
    char *slug = workspace_slug(argv[1]);
    int rc = workspace_compile(&ws, slug, &compiled, &err);
    free(slug);
    if (rc == 0 && compiled.template)
        rc = audience_check(&ws, &compiled, &err);
    if (rc == 0) {
        cmd_print_findings(cli, &compiled.findings);
        if (!cli->is_json && !cli->is_quiet && compiled.findings.count == 0)
            printf("%s: no findings%s\n", compiled.campaign->path,
                   compiled.campaign->is_draft ? "; it is a draft" : "");
        rc = compiled.findings.errors > 0;
    } else {
        rc = cmd_fail(&err);
    }
    compiled_deinit(&compiled);
    workspace_close(&ws);
    return cmd_finish(rc);
}
