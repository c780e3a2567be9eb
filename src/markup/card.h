// NAME
//   card - sections with a configured title get a card of their own
//
// DESCRIPTION
//   A heading that is one of the practice or call titles becomes, with all that follows up to the
//   next heading of the same or a higher level or the next rule, a NODE_CARD. Only sections at the
//   top level of the document do.
#ifndef MARKUP_CARD_H
#define MARKUP_CARD_H

#include "markup/doc.h"
#include "markup/reader.h"

#include <stdbool.h>

// Whether a line is such a title, and which.
bool card_is_title(const struct reader_options *options, const char *text, size_t len,
                   enum card_kind *kind);

void card_apply(struct doc *doc, const struct reader_options *options);

#endif
