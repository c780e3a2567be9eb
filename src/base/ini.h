// NAME
//   ini - reads "name = value" files through inih, with the traps of Debian's inih 55 closed
//
// DESCRIPTION
//   Used for config/hearten.ini, themes, and (without sections, "key: value") front matter.
//   Values arrive whole, whatever their length; an indented line continues the value above and is
//   joined by a line feed; a comment is a line of its own that begins with ; or #. There are no
//   comments at the end of a line: "a ; b" is a value. Quotes are ordinary characters.
//   A section is told when it begins, so that one without settings is seen too.
//   Control characters, invalid UTF-8, names over 48 bytes, a line that is neither, a value over
//   INI_VALUE_MAX bytes: ERR_CONFIG with "where:line: ...". A byte order mark and CRLF are read.
#ifndef BASE_INI_H
#define BASE_INI_H

#include "base/err.h"

#include <stddef.h>

#define INI_VALUE_MAX 8192

struct ini_item {
    const char *section; // "" before the first section and in front matter
    const char *name;    // "" for the line that begins a section; a setting always has one
    const char *value;   // "" there
    const char *where;   // the file, as given
    unsigned line;       // 1-based, of the name
    unsigned column;     // 1-based column of the value
};

// Called for each section's head and each setting in order; returns 0, or -1 with *err set, which
// ends the reading. A repeated name is called again: the handler decides.
typedef int ini_each(void *arg, const struct ini_item *item, struct err *err);

// first_line is the number of the text's first line in `where` (1, or 2 behind a "---").
int ini_read(const char *text, size_t len, const char *where, unsigned first_line,
             ini_each *handler, void *arg, struct err *err) MUST_CHECK;

#endif
