// NAME
//   url - which addresses a letter may link to
#ifndef MARKUP_URL_H
#define MARKUP_URL_H

#include "markup/merge.h"

#include <stdbool.h>

#define URL_MAX 2000 // bytes; browsers and mail programs cut longer ones

// NULL when a reader may follow the URL (merge text): http, https or mailto, or one that is a merge
// tag and nothing else, which is looked at again for each reader. Otherwise what is wrong with it
// and what to do, as the end of a sentence.
const char *url_problem(const struct merge *merge, const char *url);

// Whether a value may be followed as it is: http or https with a host, or mailto.
bool url_is_safe(const char *url, size_t len);

// No scheme: a path, an anchor, "//host/path".
bool url_is_relative(const char *url);

#endif
