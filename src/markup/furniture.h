// NAME
//   furniture - what a web page puts around a post
//
// DESCRIPTION
//   A post pasted from a web site brings its menu, share buttons, author box, comment form and
//   cookie notice along. furniture_cut marks those lines as cut (srcline.is_cut) and adds one
//   warning that names them, rule "post.furniture". Only whole lines count: a sentence that talks
//   about leaving a reply stays. From an anchor such as "About Author" or "Leave a Reply" on, all
//   goes, when the body of the post stands before it and nothing that reads like one after it.
#ifndef MARKUP_FURNITURE_H
#define MARKUP_FURNITURE_H

#include "base/finding.h"
#include "markup/reader.h"
#include "markup/srcline.h"

void furniture_cut(struct srcline *lines, size_t count, const struct reader_options *options,
                   struct findings *findings);

#endif
