// NAME
//   relay - the [relay NAME] sections
#ifndef CONF_RELAY_H
#define CONF_RELAY_H

#include "base/arena.h"
#include "base/ini.h"
#include "transport/session.h"

#include <stdbool.h>

struct conf_relay {
    struct relay_settings settings;
    int priority; // lower is better
    const char *password_file, *password_env;
    const char *where; // "file:line" of the section's first key
    unsigned line;
    bool has_tls;
    unsigned given; // a bit for each key seen
};

// Sets one key; ERR_CONFIG without a place (the caller puts it in front).
int conf_relay_set(struct conf_relay *relay, struct arena *arena, const struct ini_item *item,
                   struct err *err) MUST_CHECK;
// What can only be judged when all keys are known.
int conf_relay_check(struct conf_relay *relay, struct arena *arena, struct err *err) MUST_CHECK;
int conf_relay_secret(struct conf_relay *relay, const char *root, struct arena *arena,
                      struct err *err) MUST_CHECK;

#endif
