// NAME
//   escape - text on its way into HTML and into addresses
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

#include <stddef.h>

// & < > " as entities: for HTML text and for attributes in double quotes.
void escape_html(const char *text, size_t len, struct buf *out);

// A whole address: what RFC 3986 does not allow is percent-encoded, and so is a "%" that begins no
// encoded byte; what is encoded already stays.
void escape_url(const char *text, size_t len, struct buf *out);

// A part of an address: all but letters, digits and -._~ is percent-encoded, so that nothing in it
// can end the part it stands in.
void escape_url_part(const char *text, size_t len, struct buf *out);

#endif
