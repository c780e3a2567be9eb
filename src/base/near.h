// NAME
//   near - what somebody perhaps meant to write
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

// The candidate with the fewest edits (a byte more, less or other, two neighbours swapped; at most
// 3, and fewer than half of the word's bytes), or NULL.
const char *near_of(const char *word, const char *const *candidates, size_t count);

#endif
