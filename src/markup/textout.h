// NAME
//   textout - lines of the plain text part: prefixes, wrapping, slots
//
// DESCRIPTION
//   Text comes in as merge text with a few marks of its own, which no reader lets through:
//   '\n' is a line break that matters, TEXTOUT_FIXED a space that does not break, and what stands
//   between TEXTOUT_URL and TEXTOUT_END is an address: never divided, its slots encoded for a URL.
//   What stands between TEXTOUT_IF with an opaque word behind it and TEXTOUT_FI is left out for a
//   reader whose value is no address.
//   Each line gets the prefix of the containers it stands in ("> ", the room under a bullet).
#ifndef MARKUP_TEXTOUT_H
#define MARKUP_TEXTOUT_H

#include "base/buf.h"
#include "markup/merge.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXTOUT_COLUMNS 72
#define TEXTOUT_FIXED   '\x03'
#define TEXTOUT_URL     '\x04'
#define TEXTOUT_END     '\x05'
#define TEXTOUT_IF      '\x06'
#define TEXTOUT_FI      '\x07'

struct textout {
    struct buf *out;
    const struct merge *merge;
    struct buf prefix; // of every line
    struct buf mark;   // instead of the prefix, on the next line only
    bool has_mark;
    bool is_fresh; // nothing stands in the container yet: no blank line is due
};

void textout_init(struct textout *t, struct buf *out, const struct merge *merge);
void textout_deinit(struct textout *t);

// A container: every line of it gets `rest`, the first one `first`, which is not wider.
// textout_leave takes the container's part of the prefix away again.
size_t textout_enter(struct textout *t, const char *first, const char *rest);
void textout_leave(struct textout *t, size_t enter);

// The blank line between two blocks.
void textout_gap(struct textout *t);

// One line as it is.
void textout_line(struct textout *t, const char *text, size_t len);

// Wraps text and returns the columns of its longest line.
size_t textout_wrap(struct textout *t, const char *text, size_t len);

// One line of code: its blanks stay, and what is longer than the window goes on under it, further
// in.
void textout_code(struct textout *t, const char *text, size_t len);

// A line of n times the character.
void textout_rule(struct textout *t, char c, size_t n);

// Columns that are left for text beside the prefix.
size_t textout_room(const struct textout *t);

// Columns of text with marks.
size_t textout_width(const struct textout *t, const char *text, size_t len);

#endif
