// NAME
//   theme - colours, type and widths of the HTML part
//
// DESCRIPTION
//   Colours are "#rrggbb". In both sets every ink stands at 4.5:1 or more on the ground it is used
//   on (HT-06), and nothing but colour changes from light to dark.
#ifndef MARKUP_THEME_H
#define MARKUP_THEME_H

struct theme_colours {
    const char *page;   // around the sheet
    const char *sheet;  // behind the letter
    const char *ink;    // the letter
    const char *soft;   // byline, quotations, footer
    const char *accent; // links, headings of sections, the epigraph
    const char *edge;   // rules and borders
    const char *code;   // behind code
    const char *practice_ground, *practice_ink, *practice_head, *practice_edge;
    const char *call_ground, *call_ink, *call_head;
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
