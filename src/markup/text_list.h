// NAME
//   text_list - lists in plain text: bullets and numbers, nested by their indent
#ifndef MARKUP_TEXT_LIST_H
#define MARKUP_TEXT_LIST_H

#include "markup/text_reader.h"

// Whether a list begins at line i.
bool text_list_begins(const struct text_reader *r, size_t i);
// Reads it; returns the line after it.
size_t text_list_read(struct text_reader *r, struct node *parent, size_t i);

#endif
