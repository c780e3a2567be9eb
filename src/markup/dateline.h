// NAME
//   dateline - when a post was written, and how long it takes to read
//
// DESCRIPTION
//   What web pages put beside the author's name: "November 7, 2025", "7 de noviembre de 2025",
//   "2025-11-07", "6 min read", "Reading time: 4 minutes". Questions about a whole trimmed text.
#ifndef MARKUP_DATELINE_H
#define MARKUP_DATELINE_H

#include <stdbool.h>
#include <stddef.h>

bool dateline_is_date(const char *text, size_t len);
bool dateline_is_reading_time(const char *text, size_t len);

// Whether a word (without punctuation) names a month or a day of the week.
bool dateline_is_calendar_word(const char *word, size_t len);

#endif
