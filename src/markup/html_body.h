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
    const struct theme_ground *ground; // under the text
    const char *on;                    // what its classes begin with: "", "practice-", "call-"
    const char *link_url;              // of the link around, NULL: none
};

// Appends one child of the document.
void html_block(struct html *html, const struct node *node);

// Appends merge text, escaped for the context.
void html_text(struct html *html, const char *text, enum slot_context context);

// Appends the one h1: the title's inlines, or merge text when there is no title.
void html_title(struct html *html, const struct node *title, const char *subject);

#endif
