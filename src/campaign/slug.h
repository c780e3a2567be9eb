// NAME
//   slug - the name of a campaign's folder
#ifndef CAMPAIGN_SLUG_H
#define CAMPAIGN_SLUG_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>

#define SLUG_MAX 100 // bytes

// [a-z0-9][a-z0-9-]*, so that it is never a path of its own.
bool slug_is_valid(const char *slug);

// The date a slug begins with ("2026-11-27-being-real"), into year, month, day.
bool slug_date(const char *slug, struct civil *out);

// Appends a title as words of a slug: small letters and digits, Latin letters without their
// accents, hyphens between; at most 60 bytes, cut between words. False when nothing of it is left:
// then "letter" is appended.
bool slug_add_title(struct buf *out, const char *title);

#endif
