#include "cmd/launch.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/value.h"

#include <string.h>

static const struct finding *sample_setting(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].rule, "conf.sample") == 0)
            return &findings->list[i];
    return NULL;
}

int launch_check(const struct workspace *ws, const struct compiled *compiled, struct err *err)
{
    const struct finding *sample = sample_setting(&compiled->findings);
    const struct delivery_settings *d = &ws->conf->delivery;
    for (size_t i = 0; sample && i < d->relay_count; i++)
        if (!value_is_loopback(d->relays[i].host))
            return err_set(err, ERR_CONFIG, "%s: %s", sample->file, sample->text);
    return 0;
}

int launch_freeze(struct workspace *ws, const struct launch *launch, struct edition *edition,
                  struct err *err)
{
    const struct compiled *compiled = launch->compiled;
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
                               .again = launch->again,
                               .replaces = launch->replaces};
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
    const struct delivery_settings *d = settings.delivery;
    int rc = -1;
    // What a relay that is out of reach, or refuses our log-in, left is pending again, so the next
    // one may have it.
    for (size_t i = 0; i < d->relay_count; i++) {
        struct engine_result result;
        settings.relay = &d->relays[i];
        settings.has_next = i + 1 < d->relay_count;
        rc = engine_run(&settings, edition->id, &result, err);
        bool is_relays_fault = err->kind == ERR_UNAVAILABLE || err->kind == ERR_CONFIG;
        if (rc == 0 || !is_relays_fault || i + 1 == d->relay_count)
            break;
        log_line(LOG_WARN, "%s; going on with relay %s", err->msg, d->relays[i + 1].name);
    }
    return rc;
}
