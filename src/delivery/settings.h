// NAME
//   settings - how deliveries are paced and retried: [delivery], [schedule] and the relays
//
// OWNERSHIP
//   Filled by conf, whose struct owns the strings.
#ifndef DELIVERY_SETTINGS_H
#define DELIVERY_SETTINGS_H

#include "transport/session.h"

#include <stddef.h>
#include <stdint.h>

#define DELIVERY_RETRIES_MAX 16
#define DELIVERY_RELAYS_MAX  16

struct delivery_settings {
    const struct relay_settings *relays; // by priority, best first
    size_t relay_count;
    int64_t retry[DELIVERY_RETRIES_MAX]; // seconds; the last one repeats
    size_t retry_count;                  // at least 1
    int64_t give_up_after;               // seconds from a recipient's first attempt
    int64_t lease;                       // seconds a claim is good for
    int brake_percent; // more of the last 500 refused for no fault of an address pause the campaign
    int64_t not_after; // seconds after send_at in which a campaign may start
    const char *run_dir; // folder of the owners' lock files
};

#endif
