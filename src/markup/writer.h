// NAME
//   writer - document tree to the two parts of a message
//
// DESCRIPTION
//   Output is marked text (mail/slot.h) in UTF-8 with LF line ends. Both writers say the same words
//   in the same order. The HTML stands on tables with role="presentation", 600 px, inline styles,
//   one small <style> for dark mode and phones, no VML (HT-01 to HT-24). The text part is wrapped
//   at 72 columns by display width, links are numbered references, headings are underlined.
#ifndef MARKUP_WRITER_H
#define MARKUP_WRITER_H

#include "base/buf.h"
#include "markup/doc.h"
#include "markup/merge.h"

#include <stdbool.h>

// What stands around the document. Strings are UTF-8 lines; subject and preheader are merge text.
struct letter {
    const char *subject;        // for <title> and, when the document has no level-1 heading, the h1
    const char *preheader;      // NULL: none
    const char *newsletter;     // the newsletter's name
    const char *from_name;      // who writes
    const char *website;        // NULL: none
    const char *postal_address; // may have line feeds
    const char *language;       // BCP 47, "en"
    unsigned optout_value;      // slot number whose value is the opt-out link
    bool optout_is_mail;        // the link is a mailto: link
};

void writer_html(const struct doc *doc, const struct letter *letter, const struct merge *merge,
                 struct buf *out);
void writer_text(const struct doc *doc, const struct letter *letter, const struct merge *merge,
                 struct buf *out);

#endif
