// NAME
//   data - the text after DATA, up to the one true end (RFC 5321 4.5.2)
//
// DESCRIPTION
//   Takes bytes in pieces of any size. Only CRLF.CRLF ends the data; every other mixture of CR, LF,
//   NUL and dots is content, and makes the message unacceptable (STANDARDS DT-03, DT-05). What is
//   wrong is told after the end, so that the dialogue stays in step.
#ifndef SINK_DATA_H
#define SINK_DATA_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATA_LINE_MAX 1000 // octets with CRLF, the stuffed dot not counted (RFC 5321 4.5.3.1.6)

struct data_reader {
    struct buf *body;    // the text without stuffed dots is added here; NULL: only counted
    int64_t size, max;   // octets so far, and the most
    const char *refusal; // the reply that the end of data will get; NULL: all is well
    bool after_crlf;     // a lone dot would be the end
    size_t held;         // octets of a line that has not ended yet
    bool overlong;       // that line is too long to be held
    bool after_cr;       // its last octet was a CR
    char line[DATA_LINE_MAX + 2];
};

void data_begin(struct data_reader *reader, struct buf *body, int64_t max);

// Eats bytes up to the end of the data; returns how many, and sets *end when the end was there.
size_t data_take(struct data_reader *reader, const char *bytes, size_t len, bool *end);

#endif
