// NAME
//   due - whether a campaign is to start now
#ifndef DELIVERY_DUE_H
#define DELIVERY_DUE_H

#include "campaign/campaign.h"

enum due {
    DUE_NO, // no date, or a date to come, or sent already
    DUE_NOW,
    DUE_DRAFT, // its time has come and it is still a draft
    DUE_LATE,  // its time passed more than not_after seconds ago
};

enum due due_of(const struct campaign *campaign, bool has_edition, int64_t now, int64_t not_after);

#endif
