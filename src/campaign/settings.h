// NAME
//   settings - what a workspace says about its newsletter (filled by conf)
//
// OWNERSHIP
//   The strings belong to whoever filled the struct and outlive every campaign.
#ifndef CAMPAIGN_SETTINGS_H
#define CAMPAIGN_SETTINGS_H

#include "mail/addr.h"

#include <stdbool.h>

struct campaign_settings {
    const char *root; // the workspace's folder
    // [newsletter]
    const char *name;
    const char *from_name;
    struct addr from;
    bool has_reply_to;
    struct addr reply_to;
    const char *list_id; // "letters.example.org"; default: made from the From domain
    const char *postal_address;
    const char *website; // "" when not set
    const char *language;
    // [optout]: "" when not set
    const char *base_url;      // "https://example.org" without a slash at the end
    const char *optout_mailto; // "unsubscribe+{token}@example.org" or without {token}
    // [sections], NULL-ended lists
    const char *const *practice_titles;
    const char *const *call_titles;
    // [schedule]
    int schedule_day; // 0 = Sunday, -1: not set
    int schedule_hour, schedule_minute;
};

#endif
