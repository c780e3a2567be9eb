#include "cmd/launch.h"

#include "base/clock.h"

int launch_freeze(struct workspace *ws, const struct compiled *compiled, bool again,
                  struct edition *edition, struct err *err)
{
    unsigned char hash[HASH_SIZE];
    size_t len;
    const void *blob = template_blob(compiled->template, &len);
    template_hash(compiled->template, hash);
    struct edition_new what = {.slug = compiled->campaign->slug,
                               .subject = template_subject(compiled->template),
                               .blob = blob,
                               .blob_len = len,
                               .hash = hash,
                               .now = clock_now(),
                               .again = again};
    int64_t id;
    if (ledger_freeze(ws->store, &what, &id, err) != 0)
        return -1;
    int found = ledger_edition_by_id(ws->store, id, edition, err);
    return found == 1 ? 0 : -1;
}

int launch_deliver(struct workspace *ws, const struct edition *edition, int64_t owner,
                   void (*progress)(void *arg, const struct engine_result *so_far), void *arg,
                   struct err *err)
{
    struct engine_settings settings = {.store = ws->store,
                                       .keyring = &ws->keyring,
                                       .delivery = &ws->conf->delivery,
                                       .from = &ws->conf->campaign.from,
                                       .owner = owner,
                                       .stop = &cmd_stop,
                                       .progress = progress,
                                       .arg = arg};
    struct engine_result result;
    return engine_run(&settings, edition->id, &result, err);
}
