// NAME
//   campaign - a folder under campaigns/ with a post in it
//
// DESCRIPTION
//   campaigns/SLUG/post.md or post.txt (exactly one), front matter between "---" lines in
//   "key: value" form. What is wrong in the text is a finding with line and column; what keeps it
//   from being read at all is an error.
#ifndef CAMPAIGN_CAMPAIGN_H
#define CAMPAIGN_CAMPAIGN_H

#include "base/err.h"
#include "base/finding.h"
#include "campaign/settings.h"
#include "campaign/template.h"

#include <stdbool.h>
#include <stdint.h>

// A merge tag of the post, where it stands first.
struct campaign_tag {
    char *name; // "first_name", "attr.city"
    unsigned line, column;
};

struct campaign {
    char *slug;
    char *path;      // of the post, relative to the workspace: "campaigns/SLUG/post.txt"
    char *subject;   // as written, tags and all; NULL: taken from the title
    char *preheader; // NULL: none
    char *from_name; // NULL: the newsletter's
    int64_t send_at; // UTC; 0: neither written nor in the slug
    bool is_draft;
    bool is_markdown;
    char *body; // the post behind the front matter, LF line ends
    size_t body_len;
    unsigned body_line; // the line in the file where body begins
    unsigned subject_line, subject_column, preheader_line, preheader_column;
    struct campaign_tag *tags; // filled by campaign_compile
    size_t tag_count;
};

// Slugs are [a-z0-9][a-z0-9-]*, at most 100 bytes; anything else is ERR_INPUT and no path is made.
// ERR_NOT_FOUND names the folder and, if one is near, the campaign that was perhaps meant.
int campaign_load(const struct campaign_settings *settings, const char *slug, struct campaign **out,
                  struct findings *findings, struct err *err) MUST_CHECK;
void campaign_free(struct campaign **campaign);

// The slugs of all folders with a post in them, sorted; freed with file_free_names.
int campaign_list(const struct campaign_settings *settings, char ***slugs, size_t *count,
                  struct err *err) MUST_CHECK;

// Post to template; lists campaign->tags. 0 with *out set when findings have no error; 0 with *out
// NULL when they have; -1 when it could not be tried (ERR_CONFIG: no way to opt out is configured).
int campaign_compile(const struct campaign_settings *settings, struct campaign *campaign,
                     struct template **out, struct findings *findings, struct err *err) MUST_CHECK;

struct campaign_new {
    const char *title;
    const char *from_path; // a file whose text becomes the post; NULL: a skeleton
    int year, month, day;  // of the slug; year 0: the next [schedule] day
};

// Makes campaigns/DATE-SLUG/post.{md,txt} with front matter (subject, draft: true). The slug comes
// from the title (numbered when it has no Latin letter to tell it by), which is meant as it stands:
// braces in it are no merge tag, blanks around it go. ERR_CREATE when the folder exists; ERR_INPUT
// for a title that is no line of text, and for a file that is not UTF-8, too large, or has front
// matter. Nothing is left behind then. *slug is the caller's.
int campaign_create(const struct campaign_settings *settings, const struct campaign_new *what,
                    char **slug, struct err *err) MUST_CHECK;

#endif
