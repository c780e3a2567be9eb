// NAME
//   inlines - text with tags and addresses to inline nodes, and back
//
// DESCRIPTION
//   The one way by which source text becomes NODE_TEXT, so that no control character and no opaque
//   word of a merge tag slips into a tree.
#ifndef MARKUP_INLINES_H
#define MARKUP_INLINES_H

#include "base/buf.h"
#include "markup/doc.h"
#include "markup/merge.h"

#include <stdbool.h>

// A copy in the arena: line ends and tabs become spaces, other control characters U+FFFD.
char *inlines_clean(struct arena *arena, const char *text, size_t len);

// The same, but line ends and tabs stay (code blocks).
char *inlines_clean_block(struct arena *arena, const char *text, size_t len);

// Appends text to parent as NODE_TEXT and NODE_TAG. A tag that is an address (merge_is_url) becomes
// a link, but not in a heading, a link or an image.
void inlines_add(struct doc *doc, struct node *parent, const struct merge *merge, const char *text,
                 unsigned line);

// The same, and bare addresses (https://…, http://…, www.…, somebody@example.org) become links.
void inlines_add_linked(struct doc *doc, struct node *parent, const struct merge *merge,
                        const char *text, unsigned line);

// Appends the subtree's text as merge text; a line break becomes `brk`.
void inlines_text(const struct node *node, const struct merge *merge, char brk, struct buf *out);

#endif
