// NAME
//   merge - merge tags: {{first_name}}, {{name|friend}}, {{unsubscribe_url}}
//
// DESCRIPTION
//   Tags are taken out of the text before any reader sees it. merge_take replaces each by an opaque
//   word of ASCII letters and digits that occurs nowhere in the text, so that Markdown neither
//   percent-encodes nor splits it; the readers turn the words back into NODE_TAG, and merge_write
//   turns a line with such words (a subject, a URL) into slot markers (mail/slot.h).
//   Text in which tags are such words is called merge text.
//
//   Grammar: "{{" blanks NAME blanks [ "|" DEFAULT ] "}}"; NAME is [a-z_][a-z0-9_]* with ".NAME"
//   parts ("attr.city"); DEFAULT is text without line ends, "{{" and "}}". "\{{" is a literal "{{".
//   Blanks around DEFAULT do not count. A "{{" that never closes on its line, an empty or malformed
//   name, a tag in a default: a finding (error) with line and column; the text stays as it is.
//   Which names exist is not known here: the compiler checks merge->values.
//
// OWNERSHIP
//   Everything lives in the arena.
#ifndef MARKUP_MERGE_H
#define MARKUP_MERGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/finding.h"
#include "mail/slot.h"

#include <stdbool.h>
#include <stddef.h>

struct merge_value {
    const char *name;      // "first_name", "attr.city"
    const char *fallback;  // NULL: no default was written
    unsigned line, column; // where it stands first
    const char *file;
};

struct merge {
    struct arena *arena;
    const char *nonce; // how this post's opaque words begin
    struct merge_value
        *values; // one for each distinct (name, fallback); the index is the slot number
    size_t count;
};

// all: every text that will be handed to merge_take, so that a word can be chosen that is in none.
struct merge *merge_new(struct arena *arena, const char *const *all, size_t count);

// Appends text to out with its tags replaced. first_line/first_column: where text begins in `file`.
void merge_take(struct merge *merge, const char *text, size_t len, const char *file,
                unsigned first_line, unsigned first_column, struct buf *out,
                struct findings *findings);

// The number of the value (name, fallback), added if it is new. For values the compiler needs
// itself, such as the opt-out link of the footer.
unsigned merge_value(struct merge *merge, const char *name, const char *fallback);

// If an opaque word begins at text: its length and the value's number. 0 if not.
size_t merge_at(const struct merge *merge, const char *text, size_t len, unsigned *value);

// Appends the opaque word of a value, so that a tree can be read back as merge text.
void merge_word(const struct merge *merge, unsigned value, struct buf *out);

// Columns of merge text by display width, each word counted as wide as its default (or "…").
size_t merge_width(const struct merge *merge, const char *text, size_t len);

// Whether the text is one opaque word and nothing else, and of which value.
bool merge_is_word(const struct merge *merge, const char *text, unsigned *value);

// Whether the value's name says that it is an address: it ends in "_url".
bool merge_is_url(const struct merge *merge, unsigned value);

// Whether it is an address of the newsletter's own, such as unsubscribe_url, and so surely one;
// what an attribute holds is known only when a message is made for its reader.
bool merge_is_own_url(const struct merge *merge, unsigned value);

// Appends merge text as marked text, escaped for the context (TEXT, HTML, ATTR, HREF, LINK; HEADER,
// PHRASE and RAW are not escaped here), each word as a slot marker. In HREF and LINK text is the
// whole address: a word that is all of it becomes HREF_WHOLE or LINK_WHOLE, any other a part.
void merge_write(const struct merge *merge, const char *text, size_t len, enum slot_context context,
                 struct buf *out);

// Appends merge text with each word replaced by the value's default (or "…" without one): what a
// list of subjects or a finding shows.
void merge_plain(const struct merge *merge, const char *text, size_t len, struct buf *out);

#endif
