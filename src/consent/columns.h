// NAME
//   columns - what the cells of a list's rows mean
//
// DESCRIPTION
//   Columns are found by name in the first record: "email" (also "e-mail", "email address"),
//   "name", "first_name" and "last_name" (joined when there is no name); every other column with a
//   usable name ([a-z_][a-z0-9_]* after lower-casing and blanks to _) becomes an attribute. An
//   address may stand as "Name <address>" or behind "mailto:"; that name counts when the row gives
//   no other. An empty cell says nothing. Blanks, no-break spaces and invisible marks around an
//   address and a column's name are no part of it.
#ifndef CONSENT_COLUMNS_H
#define CONSENT_COLUMNS_H

#include "consent/consent.h"
#include "consent/csv.h"

struct columns;

struct columns_row {
    struct addr addr;
    struct consent_add add;     // points into the record, the columns and this row
    const char *not_subscribed; // the cell which says that they do not get this list there; or NULL
};

// ERR_INPUT when no column has the address or two have the same name.
int columns_parse(struct columns **out, const struct csv_record *header,
                  struct err *err) MUST_CHECK;
void columns_free(struct columns **columns);

// Whether nothing but blanks and separators is in it: the tail of a spreadsheet.
bool columns_is_blank(const struct csv_record *record);

// ERR_INPUT when the row cannot be used. *out is valid as long as the record, until the next call,
// and is given to columns_row_deinit in any case.
int columns_row_parse(struct columns *columns, const struct csv_record *record,
                      struct columns_row *out, struct err *err) MUST_CHECK;
void columns_row_deinit(struct columns_row *row);

#endif
