// NAME
//   byline - who wrote the post, in a line of its own
//
// DESCRIPTION
//   "Written from the heart by …", "By First Last", "Author: First Last", "Escrito por …", with a
//   role behind a bar and the date and reading time that web pages put there: "By Lena Fiore |
//   November 24, 2026 | 6 min read", "November 7, 2025 by Lena Fiore". What follows has to be a
//   name: "Written by candlelight" begins a letter.
#ifndef MARKUP_BYLINE_H
#define MARKUP_BYLINE_H

#include <stdbool.h>
#include <stddef.h>

bool byline_is_one(const char *text, size_t len);

// Begins like one and goes on without a name, "Written by candlelight", "By Friday": no title.
bool byline_is_sentence(const char *text, size_t len);

// Nothing but a date and perhaps a reading time.
bool byline_is_date(const char *text, size_t len);

#endif
