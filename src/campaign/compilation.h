// NAME
//   compilation - one run of the compiler from inside: what its files share
//
// DESCRIPTION
//   compile.c reads the post, writes the parts and builds the template; judge.c finds what is wrong
//   or doubtful on the way. Nothing outside these files includes this header.
#ifndef CAMPAIGN_COMPILATION_H
#define CAMPAIGN_COMPILATION_H

#include "base/arena.h"
#include "base/buf.h"
#include "campaign/campaign.h"
#include "markup/doc.h"
#include "markup/merge.h"

#define PART_MAX ((size_t)4 << 20) // bytes of a part, marked

struct compilation {
    const struct campaign_settings *settings;
    struct campaign *campaign;
    struct findings *findings;
    struct arena *arena;
    struct merge *merge;
    struct doc *doc;
    const char *subject; // merge text
    unsigned subject_line, subject_column;
    const char *preheader; // merge text, or NULL
    struct addr mailto;    // [optout] mailto, with a word in place of {token}
    struct buf html, text;
};

// The post itself: its tags, and what still stands there to be replaced.
void judge_post(struct compilation *c);
// Subject and preheader; plain_subject: with defaults in place of tags.
void judge_headers(struct compilation *c, const char *plain_subject);
// The letter as it is written (c->html).
void judge_letter(struct compilation *c);

#endif
