// NAME
//   query - a prepared statement, borrowed from the store's cache
//
// DESCRIPTION
//   query_open finds the statement by the address of its SQL text, which must be a constant; a
//   statement that is in use already (a list inside a list) is prepared a second time.
//   Bind, then query_next until 0 and query_close; or query_run for a statement without rows.
//   Bound text and blobs stay the caller's and must live until then.
//
// ERRORS
//   As in db.h. query_run closes the query in every case.
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query;

// NULL on failure.
struct query *query_open(struct store *store, const char *sql, struct err *err) MUST_CHECK;
void query_close(struct query **query);

void query_int(struct query *query, const char *name, int64_t value);
void query_text(struct query *query, const char *name, const char *text); // NULL: null
void query_blob(struct query *query, const char *name, const void *data, size_t len);

int query_next(struct query *query, struct err *err) MUST_CHECK;
// changed (may be NULL): how many rows.
int query_run(struct query *query, int64_t *changed, struct err *err) MUST_CHECK;
// Ready for the next round with new values; for one statement over many rows.
void query_again(struct query *query);
// The first column of the first row, or `none` without a row; closes the query.
int query_value(struct query *query, int64_t none, int64_t *out, struct err *err) MUST_CHECK;

bool query_is_null(struct query *query, int column);
int64_t query_get_int(struct query *query, int column);
const char *query_get_text(struct query *query, int column); // "" for null; until the next step
const void *query_get_blob(struct query *query, int column, size_t *len);

// Whether a transaction is open; functions that write assert it.
bool store_is_in_transaction(const struct store *store);

#endif
