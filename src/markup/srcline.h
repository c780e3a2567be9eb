// NAME
//   srcline - the lines of a source text
//
// DESCRIPTION
//   Lines borrow the text they were split from. White space at both ends is left out of `text`;
//   `indent` keeps how far the line was moved in. "Space" includes tabs, no-break spaces and the
//   zero-width characters that web pages leave behind.
#ifndef MARKUP_SRCLINE_H
#define MARKUP_SRCLINE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct srcline {
    const char *text; // without the space at both ends; len 0: a blank line
    size_t len;
    size_t indent;   // columns, a tab goes to the next multiple of 4
    unsigned number; // 1-based, in the file
    bool is_cut;     // furniture: no reader looks at it
};

// The lines of text (ended by LF), in the arena.
struct srcline *srcline_split(struct arena *arena, const char *text, size_t len,
                              unsigned first_line, size_t *count);

// Nothing to read here: blank, or cut.
bool srcline_is_gap(const struct srcline *line);

// Bytes of the white space character that text begins with; 0 when it begins with none.
size_t srcline_space(const char *text, size_t len);

// Words, as a reader would count them.
size_t srcline_words(const char *text, size_t len);

#endif
