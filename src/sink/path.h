// NAME
//   path - a reverse-path or forward-path on the wire (RFC 5321 4.1.2)
//
// DESCRIPTION
//   The receiver looks at paths as a real server does: angle brackets, a local part (dot-string or
//   quoted string) of at most 64 octets, a domain or an address literal of at most 255, nothing
//   that is not printable ASCII. Source routes are refused.
#ifndef SINK_PATH_H
#define SINK_PATH_H

#include <stddef.h>

enum path_kind {
    PATH_BAD,
    PATH_NOT_ASCII, // would need SMTPUTF8
    PATH_NULL,      // <>
    PATH_LOCAL,     // <postmaster>, the only name without a domain
    PATH_ADDRESS,
};

// Reads the path at text, which begins with '<'. *used gets its length with both brackets, except
// for PATH_BAD and PATH_NOT_ASCII.
enum path_kind path_read(const char *text, size_t len, size_t *used);

#endif
