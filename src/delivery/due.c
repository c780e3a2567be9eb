#include "delivery/due.h"

enum due due_of(const struct campaign *campaign, bool has_edition, int64_t now, int64_t not_after)
{
    if (has_edition || campaign->send_at == 0 || campaign->send_at > now)
        return DUE_NO;
    if (now - campaign->send_at > not_after)
        return DUE_LATE;
    return campaign->is_draft ? DUE_DRAFT : DUE_NOW;
}
