// NAME
//   slot - a place in a message that is filled for each recipient
//
// DESCRIPTION
//   Between the merge parser and the finished template, a slot travels inside ordinary text as a
//   marker: the byte 0x01, the value's number in decimal, one letter for the context, the byte
//   0x02. No text can contain those two bytes otherwise, because every reader refuses control
//   characters. A transfer encoder (mime/qp.h) passes a marker through untouched, on a line of its
//   own between soft line breaks, so that the constant bytes around it never depend on a value.
//
//   Conditions travel the same way: 'I' (if value is not empty), 'W' (if it is an address that may
//   be followed), 'E' (else), 'F' (end of if).
#ifndef MAIL_SLOT_H
#define MAIL_SLOT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define SLOT_OPEN  '\x01'
#define SLOT_CLOSE '\x02'

enum slot_context {
    SLOT_TEXT,       // 't' plain text part
    SLOT_HTML,       // 'h' HTML text: & < > escaped
    SLOT_ATTR,       // 'a' HTML attribute in double quotes
    SLOT_HREF,       // 'u' part of a URL in an HTML attribute: percent-encoded
    SLOT_HREF_WHOLE, // 'U' a whole URL in an HTML attribute
    SLOT_LINK,       // 'l' part of a URL in the plain text part
    SLOT_LINK_WHOLE, // 'L' a whole URL there; a value that is none stays the text it is
    SLOT_HEADER,     // 'H' unstructured header, RFC 2047 (the whole value of the header)
    SLOT_PHRASE,     // 'P' display name in an address header
    SLOT_RAW,        // 'R' ASCII that needs no encoding: Message-ID, date, token, addr-spec
    SLOT_IF,         // 'I'
    SLOT_IF_URL,     // 'W'
    SLOT_ELSE,       // 'E'
    SLOT_END,        // 'F'
    SLOT_CONTEXTS
};

// Appends the marker of value number `value` (0-9999) in a context.
void slot_put(struct buf *out, unsigned value, enum slot_context context);

// A mark in the program of a message, not a place that is filled.
bool slot_is_condition(enum slot_context context);

// Reads the marker at text[0]; returns its length in bytes, 0 when there is none.
size_t slot_get(const char *text, size_t len, unsigned *value, enum slot_context *context);

#endif
