// NAME
//   text_reader - the reader of plain text from inside: what its files share
//
// DESCRIPTION
//   reader_text.c reads the blocks, text_list.c the lists among them. Nothing outside these files
//   includes this header.
#ifndef MARKUP_TEXT_READER_H
#define MARKUP_TEXT_READER_H

#include "markup/doc.h"
#include "markup/reader.h"
#include "markup/srcline.h"

#include <stdbool.h>
#include <stddef.h>

// One container's lines: the whole post, or the inside of a quotation.
struct text_reader {
    struct doc *doc;
    const struct reader_options *options;
    struct srcline *lines;
    size_t count;
    bool after_heading_like; // the block above could have been a heading and was not one
};

// Whether line i is blank, or behind the last.
bool text_reader_is_gap(const struct text_reader *r, size_t i);
// The first line from i on that is not blank.
size_t text_reader_skip_gaps(const struct text_reader *r, size_t i);
// Adds the line's text behind its first skip bytes as inlines.
void text_reader_add_line(struct text_reader *r, struct node *parent, const struct srcline *line,
                          size_t skip);

#endif
