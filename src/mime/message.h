// NAME
//   message - the MIME tree of a message (RFC 2045, 2046), written and read through libetpan
//
// DESCRIPTION
//   Bodies are handed over already encoded, with CRLF line ends, and may hold slot markers. The
//   writer gives the MIME header fields of the message, an empty line and the body.
//
// OWNERSHIP
//   message_add takes over the child; message_free frees the tree. Strings are copied.
#ifndef MIME_MESSAGE_H
#define MIME_MESSAGE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

struct message;

// A text part in quoted-printable, charset utf-8. type: "text/plain", "text/html".
struct message *message_text(const char *type, const char *body, size_t len);
// type: "multipart/alternative". The boundary is made from the parts when the tree is written: it
// is the same for the same parts, and holds "=_", which quoted-printable never does (MS-05).
struct message *message_multipart(const char *type);
void message_add(struct message *parent, struct message *child);
void message_free(struct message **message);

int message_write(const struct message *message, struct buf *out, struct err *err) MUST_CHECK;

// Appends the decoded body of the first part of that type in a whole message, line ends as LF.
// ERR_INPUT when there is none. For messages of our own making: what comes from outside must be
// checked for depth and size before libetpan parses it.
int message_read(const char *text, size_t len, const char *type, struct buf *out,
                 struct err *err) MUST_CHECK;

#endif
