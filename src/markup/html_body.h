// NAME
//   html_body - the nodes of a document as HTML for mail programs
#ifndef MARKUP_HTML_BODY_H
#define MARKUP_HTML_BODY_H

#include "markup/letter.h"
#include "markup/theme.h"

#include <stdbool.h>

struct html {
    struct buf *out;
    const struct merge *merge;
    const struct theme *theme;
    struct outline outline;
    bool is_rtl;
    // What the ground under the text asks for.
    const char *link_class, *link_colour;
    const char *head_class, *head_colour;
    bool is_tight;        // inside a list whose items have no space between them
    const char *link_url; // of the link around, NULL: none
};

// Appends one child of the document.
void html_block(struct html *html, const struct node *node);

// Appends merge text or a plain string, escaped for the context.
void html_text(struct html *html, const char *text, enum slot_context context);

// Appends the one h1: the title's inlines, or merge text when there is no title.
void html_title(struct html *html, const struct node *title, const char *subject);

#endif
