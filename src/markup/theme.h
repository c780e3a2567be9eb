// NAME
//   theme - colours, type and widths of the HTML part
//
// DESCRIPTION
//   Colours are "#rrggbb". A letter has three grounds to write on, and each has inks of its own: in
//   both sets every ink stands at 4.5:1 or more on its ground, and the ink also on the ground
//   behind code (HT-06). Nothing but colour changes from light to dark.
#ifndef MARKUP_THEME_H
#define MARKUP_THEME_H

struct theme_ground {
    const char *ground;
    const char *ink;  // text
    const char *soft; // byline, quotations, descriptions of images, footer
    const char *head; // headings of sections and links
    const char *edge; // rules and borders
    const char *code; // behind code
};

struct theme_colours {
    const char *page; // around the sheet; the sheet's soft and head stand on it too
    struct theme_ground sheet, practice, call;
};

struct theme {
    const char *name;
    unsigned width;     // pixels of the sheet
    unsigned text_size; // pixels
    const char *serif;  // font stacks
    const char *sans;
    const char *mono;
    struct theme_colours light, dark;
};

const struct theme *theme_default(void);

#endif
