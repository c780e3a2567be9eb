// NAME
//   relay - the [relay NAME] sections
//
// ERRORS
//   conf_relay_set: without a place, which the caller puts in front. The others begin with the file
//   and the line of the key they speak of. No message holds a url, a password or the name of its
//   variable: a secret may stand in any of them by mistake.
#ifndef CONF_RELAY_H
#define CONF_RELAY_H

#include "base/arena.h"
#include "base/ini.h"
#include "transport/session.h"

#include <stdbool.h>

#define CONF_RELAY_KEYS 14

struct conf_relay {
    struct relay_settings settings;
    int priority; // lower is better
    const char *password_file, *password_env;
    const char *path;                // of the file that the section stands in
    unsigned line;                   // of the section's head
    unsigned lines[CONF_RELAY_KEYS]; // of each key, 0: it is not there
    bool is_smtps;
    bool has_tls;
};

void conf_relay_init(struct conf_relay *relay, const char *name, const char *path, unsigned line);
// Sets one key.
int conf_relay_set(struct conf_relay *relay, struct arena *arena, const struct ini_item *item,
                   struct err *err) MUST_CHECK;
// What can only be judged when all keys are known. root is the workspace's folder.
int conf_relay_check(struct conf_relay *relay, struct arena *arena, const char *root,
                     struct err *err) MUST_CHECK;
int conf_relay_secret(struct conf_relay *relay, struct arena *arena, const char *root,
                      struct err *err) MUST_CHECK;

#endif
