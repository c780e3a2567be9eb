// NAME
//   conf - config/hearten.ini as the settings structs of the rooms below
//
// DESCRIPTION
//   Nothing is applied from a file with an error: conf_load gives a whole configuration or none.
//   Every message begins with the file, and the line where there is one. Unknown sections and keys,
//   a key given twice, values out of range, `tls = none` for a host that is not loopback, a user
//   name without required TLS are errors. A key without a value is as if it were not there. No
//   message holds a secret.
//
// OWNERSHIP
//   Everything the structs point to lives in the conf.
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"
#include "campaign/settings.h"
#include "delivery/settings.h"
#include "store/store.h"

#include <stdbool.h>

struct conf_draft;

struct conf {
    struct arena *arena;
    struct conf_draft *draft; // the sections as they were read; conf's own
    const char *path;         // of the file, for messages
    struct campaign_settings campaign;
    struct delivery_settings delivery;
    struct store_settings store;
    const char *timezone;
    const char *keys_dir;
};

// root is the workspace's folder; the file is root/config/hearten.ini. Sets the clock's zone.
// ERR_NOT_FOUND when there is none, else ERR_CONFIG.
int conf_load(const char *root, struct conf **out, struct err *err) MUST_CHECK;
void conf_free(struct conf **conf);

// Reads the relays' passwords from where the file says; separate, so that commands that do not send
// need no secret. ERR_CONFIG when there is no relay at all or a secret cannot be read.
int conf_load_secrets(struct conf *conf, struct err *err) MUST_CHECK;

// The commented file that `hearten init` writes.
extern const char conf_sample[];

#endif
