// NAME
//   workspace - the folder a command works in, opened
#ifndef CMD_WORKSPACE_H
#define CMD_WORKSPACE_H

#include "campaign/campaign.h"
#include "cmd/cmd.h"
#include "conf/conf.h"
#include "consent/consent.h"
#include "crypt/keyring.h"
#include "store/store.h"

enum workspace_need {
    WORKSPACE_CONF,       // the configuration only
    WORKSPACE_STORE_READ, // keys and the store, which is not changed; the store may not exist yet
    WORKSPACE_STORE,      // keys and the store
};

struct workspace {
    char *root;
    struct conf *conf;
    struct keyring keyring;
    char fingerprint[17];
    struct store *store; // NULL with WORKSPACE_STORE_READ when there is none yet
};

// The workspace's folder, on the heap.
int workspace_find(const struct cli *cli, char **root, struct err *err) MUST_CHECK;

// Finds the workspace (-C, or upwards from here) and opens what is needed.
int workspace_open(struct workspace *ws, const struct cli *cli, enum workspace_need need,
                   struct err *err) MUST_CHECK;
void workspace_close(struct workspace *ws);

// A campaign, loaded and compiled; findings are kept for printing.
struct compiled {
    struct campaign *campaign;
    struct template *template; // NULL when there are errors
    struct findings findings;
};
int workspace_compile(struct workspace *ws, const char *slug, struct compiled *out,
                      struct err *err) MUST_CHECK;
void compiled_deinit(struct compiled *compiled);

// The campaign named on the command line: a slug, or a path such as campaigns/SLUG/post.md.
char *workspace_slug(const char *argument);

#endif
