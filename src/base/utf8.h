// NAME
//   utf8 - reading UTF-8 text (RFC 3629)
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

// Decodes the character at text (len > 0 bytes left). Returns its length in bytes (1-4) and puts
// the code point in *cp; 0 when the bytes are not valid UTF-8 (overlong, surrogate, > U+10FFFF).
int utf8_next(const char *text, size_t len, uint32_t *cp);

// The offset of the first invalid byte, or len when all is valid.
size_t utf8_first_bad(const char *text, size_t len);

// Columns a terminal or a fixed-width mail window gives the character: 0 (combining, ZWJ,
// variation selector), 1, or 2 (East Asian wide and fullwidth, emoji).
int utf8_char_width(uint32_t cp);
size_t utf8_width(const char *text, size_t len);

// Writes cp as UTF-8 into out (at least 4 bytes) and returns the count; 0 for no character.
int utf8_put(uint32_t cp, char *out);

// Code points that no header, name or page should carry: C0 except TAB and LF, DEL, C1,
// U+2028/2029, bidirectional embeddings and overrides (U+202A-202E), non-characters.
int utf8_is_control(uint32_t cp);

// The bidirectional isolates, U+2066-2069: right in a letter that mixes scripts, out of place in a
// header, an address or a log.
int utf8_is_isolate(uint32_t cp);

// Makes foreign text fit for a log or a terminal, in place: each control character (here TAB, LF
// and isolates too) and each invalid byte becomes '?'; a character that is cut off at the end goes.
void utf8_clean(char *text);

#endif
