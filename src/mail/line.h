// NAME
//   line - one line of text that may stand in a header or a name
//
// DESCRIPTION
//   line_check is the gate that every name, subject, attribute and setting passes before it can
//   become part of a message (MM-12): valid UTF-8, no control characters (utf8_is_control, which
//   includes CR, LF and NUL), at most max bytes. Later code escapes for its own context, but never
//   meets a line end.
#ifndef MAIL_LINE_H
#define MAIL_LINE_H

#include "base/err.h"

#include <stddef.h>

#define LINE_MAX_NAME 256  // bytes of a person's name
#define LINE_MAX_ATTR 1024 // bytes of an attribute's value

// what names the thing in the message: "name", "subject", "attribute city".
int line_check(const char *what, const char *text, size_t len, size_t max,
               struct err *err) MUST_CHECK;

#endif
