// NAME
//   label - what a line of a web page says when it is no line of a letter
//
// DESCRIPTION
//   A line is a label when the whole of it is a known one: "Share this:", "3 Comments", "Your email
//   address will not be published. Required fields are marked *". Case, quote style and the signs
//   around it do not matter (markup/fold.h); words more do. A label is no verdict yet: where it
//   stands decides (markup/furniture.h).
#ifndef MARKUP_LABEL_H
#define MARKUP_LABEL_H

#include <stdbool.h>
#include <stddef.h>

enum label {
    LABEL_NONE,
    LABEL_WEAK,    // a word of a menu, a button, a field: only beside other furniture
    LABEL_HEAD,    // the same, and also right above other furniture: "Subscribe"
    LABEL_NETWORK, // the same, a button to share: "Facebook", "Print"
    LABEL_SHARE,   // "Share": likewise, and strong above two of those
    LABEL_DATE,    // a date, or In "Category": only in a list of posts
    LABEL_TOP,     // only above the body: "Posted on …"
    LABEL_CRUMBS,  // likewise, and nowhere else in doubt: "Home » Blog » Healing"
    LABEL_COMMENT, // who wrote a comment: "Jane says:"
    LABEL_WIDGET,  // where nothing else stands in its block
    LABEL_NOTICE,  // whole sentences of a web page, likewise
    LABEL_FORM,    // the same, and proof of a comment form
    LABEL_AUTHOR,  // opens an author box
    LABEL_POSTS,   // opens a list of other posts
    LABEL_RELATED, // the same, when dates stand in the list
    LABEL_TALK,    // opens a comment form
    LABEL_COUNTED, // opens a list of comments
};

// Whether the label says something only beside other furniture.
bool label_is_weak(enum label label);

// What the line is. *menu: how many words of a menu it holds, 0 for none.
enum label label_of(const char *text, size_t len, size_t *menu);

// The same for a block whose lines were joined by blanks: a notice that was wrapped.
enum label label_of_sentences(const char *text, size_t len);

#endif
