// NAME
//   shape - what a line of plain text looks like
//
// DESCRIPTION
//   Pure questions about lines, without knowledge of where they stand. text/len are trimmed lines
//   of merge text (markup/srcline.h).
#ifndef MARKUP_SHAPE_H
#define MARKUP_SHAPE_H

#include "markup/merge.h"
#include "markup/srcline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bullet {
    uint32_t mark; // the bullet's character; for a number its delimiter, '.' or ')'
    int number;    // -1: not numbered
    size_t skip;   // bytes of the line before the item's text
    size_t indent; // columns before the mark
};

// "• text", "- text", "* text", "– text", "1. text", "1) text" (numbers of at most three digits).
bool shape_bullet(const struct srcline *line, struct bullet *bullet);
bool shape_is_round_bullet(uint32_t mark); // one that is nothing but a bullet: • ◦ ▪ ‣ ● ○ ·
bool shape_is_dash(uint32_t mark);         // – or —, which sentences and names begin with too

// A short line that may stand under a byline: a role, a tagline.
bool shape_is_role(const struct merge *merge, const char *text, size_t len);

// A short line without an end mark that begins like a title; a question counts when it is written
// with capitals like one.
bool shape_is_heading(const struct merge *merge, const char *text, size_t len);

enum shape_heading {
    SHAPE_NO_HEADING,
    SHAPE_THOUGHT,     // "Not yet": a line that somebody wrote so
    SHAPE_PHRASE,      // "This is what helps": when a paragraph of prose follows
    SHAPE_PROSE_BELOW, // "What to Do Next:", "¿Qué nos regala el silencio?": likewise
    SHAPE_TITLE        // "The Fear of Noise"
};

// How much a short line between blank ones looks like a heading inside of a letter.
enum shape_heading shape_heading(const struct merge *merge, const char *text, size_t len);

// Most words begin with a capital, and at least two do.
bool shape_is_title_case(const char *text, size_t len);

// Ends with a mark that ends sentences, in any script, behind closing quotes and brackets.
bool shape_ends_sentence(const char *text, size_t len);

// "* * *", "---", "~~~", "⁂" and the like.
bool shape_is_rule(const char *text, size_t len);

// 1 for a line of at least three "=", 2 for "-", else 0.
int shape_underline(const char *text, size_t len);

// The whole is one quotation in quotation marks; "— Name" may follow.
bool shape_is_quotation(const char *text, size_t len);

// "— Name": who said what was quoted.
bool shape_is_attribution(const char *text, size_t len);

// At least three lines, all but the last 60 to 80 columns wide, most not ending a sentence.
bool shape_is_wrapped(const struct merge *merge, const struct srcline *lines, size_t count);

#endif
