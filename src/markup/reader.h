// NAME
//   reader - source text to document tree
//
// DESCRIPTION
//   Both readers take merge text (markup/merge.h), valid UTF-8, lines ended by LF, without control
//   characters but TAB. They never fail: text that is no construct is a paragraph. What is left out
//   (the furniture of a web page around a pasted post: "About Author", "Leave a Reply", "Your email
//   address will not be published …", cookie and comment-spam notices, share buttons, "Related
//   posts") is named in a warning with its lines, rule "post.furniture".
//
//   Plain text: byline ("Written from the heart by …", "By …"), role, date and tagline under it,
//   opening quotation, the title (a short first line), headings (short lines between blank ones
//   that are written with capitals like a title, or several words above a paragraph of prose: "Not
//   yet" is a thought), bullets, verse (line breaks matter) unless the paragraph is hard-wrapped
//   (at least three lines, all but the last 60 to 80 columns wide, most not ending a sentence).
//   Text that merely contains *, _, #1 or "1986." stays text. Bare https:// URLs become links.
//   Markdown: cmark-gfm with tables, strikethrough, autolinks and task lists; the tags of raw HTML
//   are left out with a warning, the words in it stay; links only to http, https, mailto. Sections
//   whose heading is one of the configured titles (compared without case, quote style and
//   surrounding punctuation) become a NODE_CARD up to the next heading of the same or a higher
//   level.
#ifndef MARKUP_READER_H
#define MARKUP_READER_H

#include "base/finding.h"
#include "markup/doc.h"
#include "markup/merge.h"

struct reader_options {
    const char *file;    // for findings
    unsigned first_line; // the number of text's first line in file
    const struct merge *merge;
    const char *const *practice_titles; // NULL-ended lists
    const char *const *call_titles;
};

struct doc *reader_text(struct arena *arena, const char *text, size_t len,
                        const struct reader_options *options, struct findings *findings);
struct doc *reader_markdown(struct arena *arena, const char *text, size_t len,
                            const struct reader_options *options, struct findings *findings);

// The post's title as merge text, or NULL: the first level-1 heading that a Markdown post opens
// with, or the title line of a plain text post (a short first line or a first line under the
// byline that is followed by text, never the byline, the epigraph or a section heading). The node
// is marked as the title by being a level-1 heading.
const char *reader_title(const struct doc *doc);

#endif
