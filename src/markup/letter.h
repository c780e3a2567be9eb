// NAME
//   letter - what both writers say alike around and about the document
#ifndef MARKUP_LETTER_H
#define MARKUP_LETTER_H

#include "markup/doc.h"
#include "markup/writer.h"

#include <stdbool.h>

// The sentences of the footer.
struct letter_words {
    const char *language;   // they are written in, from left to right
    const char *why_before; // the newsletter's name stands between the two
    const char *why_after;
    const char *optout_web;
    const char *optout_mail;
};

// In the newsletter's language where there are words in it, else in English.
const struct letter_words *letter_words(const char *language);

// Heading levels without gaps: the title is the one h1, whatever else is level 1 goes under it
// (HT-07). Ask for the headings in document order.
struct outline {
    const struct node *title;
    int sources[6];
    int depth;
};

void outline_init(struct outline *outline, const struct doc *doc);
int outline_level(struct outline *outline, const struct node *heading);

// The children of the document in the order they are written: the title, then the rest. NULL: the
// first one; ends with NULL.
const struct node *letter_next(const struct doc *doc, const struct node *after);

// Written from right to left: what the first letter of a script says (HT-02).
bool letter_is_rtl(const struct doc *doc, const char *subject);

// Which way a text runs: 1 from right to left, -1 from left to right, 0 when no letter says.
int letter_direction(const char *text, size_t len);

// A line break of the source that shows: who said it, under a quotation.
bool letter_is_break(const struct node *soft);

// Appends what a link without a text is called: its host or its mail address, or else `name`.
void letter_link_name(const char *url, const char *name, struct buf *out);

// The text of a link is its own address.
bool letter_shows_url(const char *text, const char *url);

#endif
