// NAME
//   url - which addresses a letter may link to
#ifndef MARKUP_URL_H
#define MARKUP_URL_H

#include "markup/merge.h"

#include <stdbool.h>

#define URL_MAX 2000 // bytes; browsers and mail programs cut longer ones

// NULL when a reader may follow the URL (merge text): http, https or mailto, or one that a merge
// tag begins. Otherwise what is wrong with it and what to do, as the end of a sentence.
const char *url_problem(const struct merge *merge, const char *url);

// No scheme: a path, an anchor, "//host/path".
bool url_is_relative(const char *url);

#endif
