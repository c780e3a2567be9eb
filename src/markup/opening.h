// NAME
//   opening - byline and epigraph of a Markdown post
//
// DESCRIPTION
//   Above the body, behind the title or before it: a paragraph that begins "Written from the heart
//   by …" becomes bylines, one for each of its lines, and a quotation that the letter opens with
//   (in ">" lines or in quotation marks) becomes the epigraph.
#ifndef MARKUP_OPENING_H
#define MARKUP_OPENING_H

#include "markup/doc.h"
#include "markup/merge.h"

void opening_apply(struct doc *doc, const struct merge *merge);

#endif
