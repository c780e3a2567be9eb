// NAME
//   frontmatter - the settings at the top of a post, between two lines of "---"
#ifndef CAMPAIGN_FRONTMATTER_H
#define CAMPAIGN_FRONTMATTER_H

#include "campaign/campaign.h"

#include <stdbool.h>

#define SUBJECT_MAX 900 // bytes: Gmail refuses 998 and more (BS-17), and a tag may grow

// The text begins with a line of "---", perhaps below blank lines: then a setting has to follow it.
bool frontmatter_is_there(const char *text, size_t len);

// Reads the settings of clean text (campaign/source.h) into *campaign and returns where the body
// begins; campaign->body_line is set. A post without front matter is fine. Everything that is wrong
// in it is an error finding with line and column; a setting that is wrong stays unset.
size_t frontmatter_read(struct campaign *campaign, const struct campaign_settings *settings,
                        const char *text, size_t len, struct findings *findings);

#endif
