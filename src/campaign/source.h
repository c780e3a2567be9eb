// NAME
//   source - the bytes of a post as text that readers can take
#ifndef CAMPAIGN_SOURCE_H
#define CAMPAIGN_SOURCE_H

#include "base/buf.h"
#include "base/finding.h"

// Appends text to out as valid UTF-8 with LF line ends and without control characters but TAB. A
// byte order mark goes; CRLF and CR become LF, and so do form feed, vertical tab, NEL and U+2028
// (two for U+2029, the end of a paragraph), with a warning. What is no text is an error finding
// with its line and column, and one stand-in character in out, so that lines and columns stay those
// of the file.
void source_clean(const char *text, size_t len, const char *file, struct buf *out,
                  struct findings *findings);

#endif
