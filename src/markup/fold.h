// NAME
//   fold - text as it is compared: without case, quote style and surrounding punctuation
//
// DESCRIPTION
//   Letters of the Latin, Greek and Cyrillic scripts become small, typographic quotes and dashes
//   plain, runs of white space one space; everything that is neither letter nor digit goes from
//   both ends. "✨ “Your Call to Healing”:" folds to "your call to healing".
#ifndef MARKUP_FOLD_H
#define MARKUP_FOLD_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Appends the folded text.
void fold_text(const char *text, size_t len, struct buf *out);

// Whether text folds to the same as one of a NULL-ended list (NULL: an empty list).
bool fold_is_one_of(const char *text, size_t len, const char *const *list);

uint32_t fold_lower(uint32_t cp);
bool fold_is_upper(uint32_t cp);

// Neither a letter, digit nor mark of a script: punctuation, symbol, emoji, space.
bool fold_is_symbol(uint32_t cp);

#endif
