// NAME
//   import - a CSV file into the list
//
// DESCRIPTION
//   Columns are found by name in the first record: "email" (also "e-mail", "email address"),
//   "name", "first_name" and "last_name" (joined when there is no name); every other column with a
//   usable name ([a-z_][a-z0-9_]* after lower-casing and blanks to _) becomes an attribute. Rows
//   are committed in chunks. A bad row is reported with its line and the rest goes on. An empty
//   cell says nothing: what the store knows already stays. Of an address that comes twice, the last
//   row wins. A dry run counts the same and writes nothing. When reading or writing fails half way,
//   *result counts what is committed.
#ifndef CONSENT_IMPORT_H
#define CONSENT_IMPORT_H

#include "consent/consent.h"

#include <stdbool.h>
#include <stdio.h>

struct import_settings {
    const char *path; // for messages and the log; "-" is standard input
    bool is_dry_run;
    const char *evidence;                                            // [--consent TEXT]; NULL: none
    void (*bad_row)(void *arg, unsigned long line, const char *why); // why is one clean line
    void *arg;
};

struct import_result {
    unsigned long rows, added, changed, unchanged, left, bad;
};

int import_csv(const struct consent *consent, FILE *in, const struct import_settings *settings,
               struct import_result *result, struct err *err) MUST_CHECK;

#endif
