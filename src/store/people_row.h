// NAME
//   people_row - a subscriber's columns, in and out; for the modules of this room
#ifndef STORE_PEOPLE_ROW_H
#define STORE_PEOPLE_ROW_H

#include "store/people.h"
#include "store/query.h"

// To be selected from `subscriber s`, in this order.
#define PEOPLE_COLUMNS \
    "s.id, s.email, s.hash, s.name, s.attributes, s.status, s.created_at, s.changed_at"
#define PEOPLE_COLUMN_COUNT 8

// Reads them from column `first` on. ERR_IO when the row holds what no address or map can be.
int people_row_read(struct query *query, int first, struct person *out, struct err *err) MUST_CHECK;

#endif
