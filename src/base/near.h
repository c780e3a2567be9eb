// NAME
//   near - what somebody perhaps meant to write
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

// The candidate with the fewest edits, or NULL. An edit is a byte more, less or other, or two
// neighbours swapped; at most 3 of them, and fewer than half of the word's bytes.
const char *near_of(const char *word, const char *const *candidates, size_t count);

#endif
