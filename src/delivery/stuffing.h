// NAME
//   stuffing - a message as it goes behind DATA (RFC 5321 4.5.2)
#ifndef DELIVERY_STUFFING_H
#define DELIVERY_STUFFING_H

#include "base/buf.h"
#include "base/err.h"

// Appends the message with the dots that begin a line doubled and the end of data behind it; a last
// line without an end gets one (DT-01, DT-02). -1, with out half written: it holds a bare CR, a
// bare LF or a NUL, which a receiver might take for another end (DT-03), or a line over 998 octets
// (MM-01), or is larger than out may grow.
int stuffing_add(struct buf *out, const char *data, size_t len) MUST_CHECK;

#endif
