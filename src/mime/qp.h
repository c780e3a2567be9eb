// NAME
//   qp - quoted-printable (RFC 2045 6.7) that leaves room for slots
//
// DESCRIPTION
//   qp_encode takes marked text (mail/slot.h) with LF line ends and gives lines of at most 76
//   octets with CRLF. A marker stands at the beginning of a line of its own: a soft line break
//   before it and behind it, so that what surrounds a value never depends on the value. qp_value
//   encodes a value that is put in place of a marker: it begins at column 0 and has no line end
//   behind it. Both write upper-case hexadecimal digits, encode a blank before a line end, a "."
//   and a "From " at the beginning of a line (MS-08), and keep the bytes of a character on one
//   line.
#ifndef MIME_QP_H
#define MIME_QP_H

#include "base/buf.h"

#include <stddef.h>

void qp_encode(const char *text, size_t len, struct buf *out);

// text has no line ends.
void qp_value(const char *text, size_t len, struct buf *out);

#endif
