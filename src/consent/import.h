// NAME
//   import - a CSV file into the list
//
// DESCRIPTION
//   The columns are those of columns.h. Rows are read first and then committed, a chunk at a time:
//   nobody waits for the store while the file is waited for. A bad row is told with its line and
//   the rest goes on; a row of nothing but blanks is none. Whom the list that it comes from calls
//   unsubscribed, bounced, unconfirmed or the like (columns "status", "state", …) is left out, and
//   told. Of an address that comes twice the first row holds, so the same file again changes
//   nothing; a later one that says something else is told. A dry run counts the same and writes
//   nothing. When reading or writing fails half way, *result counts what is committed.
#ifndef CONSENT_IMPORT_H
#define CONSENT_IMPORT_H

#include "consent/consent.h"

#include <stdbool.h>
#include <stdio.h>

struct import_settings {
    const char *path; // for messages and the log; "-" is standard input
    bool is_dry_run;
    const char *evidence; // [--consent TEXT]; NULL: none
    // A row that is bad, or one that is good and left out; why is one clean line.
    void (*tell)(void *arg, unsigned long line, bool is_bad, const char *why);
    void *arg;
};

struct import_result {
    unsigned long rows, added, changed, unchanged, left, bad;
    unsigned long not_subscribed, repeated;
};

// consent->store may only read, or be NULL (there is none yet), for a dry run.
int import_csv(const struct consent *consent, FILE *in, const struct import_settings *settings,
               struct import_result *result, struct err *err) MUST_CHECK;

#endif
