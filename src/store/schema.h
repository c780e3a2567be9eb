// NAME
//   schema - the tables, as numbered migrations
//
// DESCRIPTION
//   schema_migrate brings a store to the newest version; each step is one transaction that looks
//   at the version again once it has the writer's place, so two processes that start together both
//   end well. schema_check only compares, for a store that must not be written.
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "base/err.h"
#include "store/db.h"

// name is what messages call the store.
int schema_migrate(const struct db_driver *driver, struct db *db, const char *name,
                   struct err *err) MUST_CHECK;
int schema_check(const struct db_driver *driver, struct db *db, const char *name,
                 struct err *err) MUST_CHECK;
int schema_newest(void);

#endif
