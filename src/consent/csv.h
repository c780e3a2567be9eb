// NAME
//   csv - RFC 4180 records from a stream
//
// DESCRIPTION
//   Reads a FILE piece by piece: quoted fields with embedded line breaks and doubled quotes, LF,
//   CRLF or CR line ends, a byte order mark, a first line "sep=;" that names the separator. A
//   record has the number of the line it begins on. A field over CSV_FIELD_MAX bytes, a NUL, an
//   unclosed quote at the end: the record is bad, with its reason; reading goes on after it (after
//   an unclosed quote, or one with text behind it: at the next line of the file). A quoted field
//   that is open for 1 MiB counts as unclosed, so memory is bounded; it is told once, and lines are
//   passed over until one has as many fields as the first. Lines without a byte are no records.
//   Quotes inside an unquoted field are text.
#ifndef CONSENT_CSV_H
#define CONSENT_CSV_H

#include "base/err.h"

#include <stddef.h>
#include <stdio.h>

#define CSV_FIELD_MAX  4096
#define CSV_FIELDS_MAX 256

struct csv;

struct csv_record {
    unsigned long line;
    size_t count;
    const char *const *fields; // NUL-ended; valid until the next csv_next
    const size_t *lengths;
    const char *bad; // NULL: fine; else why the record cannot be used
};

// separator 0: whichever of comma, semicolon and tab is most frequent in the first line.
struct csv *csv_new(FILE *in, char separator);
void csv_free(struct csv **csv);
// 1 a record, 0 the end, -1 reading failed (ERR_IO), or the file is UTF-16 (ERR_INPUT).
int csv_next(struct csv *csv, struct csv_record *out, struct err *err) MUST_CHECK;

#endif
