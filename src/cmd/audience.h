// NAME
//   audience - who would get a campaign, who not and why
#ifndef CMD_AUDIENCE_H
#define CMD_AUDIENCE_H

#include "cmd/workspace.h"
#include "store/people.h"

struct audience {
    int64_t total; // everyone on the list
    int64_t would_get;
    int64_t suppressed; // subscribed, but the address opted out
    int64_t by_status[PERSON_STATUSES];
};

// Walks the list; each (NULL: none) is called for everyone, with the reason why not, or NULL.
typedef int audience_each(void *arg, const struct person *person, const char *why_not,
                          struct err *err);
int audience_walk(struct workspace *ws, struct audience *out, audience_each *each, void *arg,
                  struct err *err) MUST_CHECK;

// Adds findings for merge tags without a default that are empty for some of the audience: a
// warning, or an error for an attribute that nobody has.
int audience_check(struct workspace *ws, struct compiled *compiled, struct err *err) MUST_CHECK;

// The subscriber named by --as, or a made-up one when email is NULL. ERR_NOT_FOUND.
int audience_person(struct workspace *ws, const char *email, struct person *out,
                    struct err *err) MUST_CHECK;

#endif
