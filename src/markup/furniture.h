// NAME
//   furniture - what a web page puts around a post
//
// DESCRIPTION
//   A post pasted from a web site brings its menu, share buttons, author box, comment form and
//   cookie notice along. furniture_cut marks those lines as cut (srcline.is_cut) and adds a warning
//   that names them all, rule "post.furniture".
//
//   Only whole lines count (markup/label.h), and a line only with proof beside it: a button where
//   nothing else stands in its block; an author box when what follows reads like one; a list of
//   posts when it holds nothing but titles; "Leave a Reply" when a comment form follows, or
//   nothing. In doubt a line stays: one of the page's too many is seen in the preview, one of the
//   writer's too few is not.
#ifndef MARKUP_FURNITURE_H
#define MARKUP_FURNITURE_H

#include "base/finding.h"
#include "markup/reader.h"
#include "markup/srcline.h"

void furniture_cut(struct srcline *lines, size_t count, const struct reader_options *options,
                   struct findings *findings);

#endif
