// NAME
//   seen - which addresses a file has named, and on which line
//
// DESCRIPTION
//   A set of address keys, 16 bytes for each: a file of a million rows takes 30 MB at most. A key
//   is known by 64 bits of its SHA-256.
#ifndef CONSENT_SEEN_H
#define CONSENT_SEEN_H

#include <stdint.h>

struct seen;

struct seen_row {
    uint64_t hash;
    uint32_t line;    // 0: none yet; the caller puts it in
    uint32_t content; // for the caller
};

struct seen *seen_new(void);
void seen_free(struct seen **seen);

// The place of an address key, with line 0 when it is new; valid until the next call.
struct seen_row *seen_at(struct seen *seen, const char *addr_key);

#endif
