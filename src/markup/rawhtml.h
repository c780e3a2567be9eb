// NAME
//   rawhtml - the words in a piece of raw HTML
//
// DESCRIPTION
//   Letters are written in Markdown, but people paste: the tags of such a piece go, the words in it
//   are the writer's and stay. Comments, scripts and style sheets hold no words for a reader.
#ifndef MARKUP_RAWHTML_H
#define MARKUP_RAWHTML_H

#include "base/buf.h"

#include <stdbool.h>

struct rawhtml {
    bool has_tag;     // something other than comments was taken out
    bool is_unclosed; // a comment that never ends; its words are kept
};

// Appends the words as Markdown without any HTML in it: a paragraph for each block, hard breaks for
// <br>.
struct rawhtml rawhtml_words(const char *html, struct buf *out);

// Whether a tag opens what holds no words, <script> or <style>, or closes it (is_end).
bool rawhtml_is_mute(const char *tag, bool is_end);

#endif
