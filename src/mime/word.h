// NAME
//   word - header values: folding and encoded-words (RFC 2047)
//
// DESCRIPTION
//   Values are lines (mail/line.h): UTF-8 without control characters. Pure ASCII stays as it is,
//   unless it looks like an encoded-word (EW-07). Else the whole value becomes encoded-words, in Q
//   or B, whichever is shorter (EW-08; ASCII always in Q); none is longer than 75 octets, no line
//   with one is longer than 76, no character is split, nor a letter from its accents (EW-01,
//   EW-02). Lines are folded at blanks; a blank-free run of ASCII longer than a line can be is
//   encoded too, so that every value can be written. `column` is how many octets stand in the line
//   before the value.
#ifndef MIME_WORD_H
#define MIME_WORD_H

#include "base/buf.h"

#include <stddef.h>

// An unstructured value (Subject). No line end is written behind it.
void word_text(const char *text, size_t len, size_t column, struct buf *out);

// A phrase (display name, the name of a List-Id): atoms, a quoted string, or encoded-words with the
// narrower set of EW-06. Returns the column behind it. Nothing is written for an empty name.
size_t word_phrase(const char *text, size_t len, size_t column, struct buf *out);

#endif
