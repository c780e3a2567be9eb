// NAME
//   db - one database connection behind a table of functions
//
// DESCRIPTION
//   A driver is a row: db_sqlite now, PostgreSQL beside it later. Nothing above this header knows
//   which one runs. Parameters are bound by name ("$person"), never by position, because SQLite
//   numbers them by appearance. Table definitions are written with the words of the driver's type
//   map in braces ("{int}"), because STRICT tables and PostgreSQL have no integer type in common.
//   Text that is bound or read is UTF-8; text and blobs that are bound must live until reset.
//
// ERRORS
//   ERR_AGAIN: others held the database for longer than the timeout. ERR_IO: damaged, full,
//   read-only, unreadable, or a row breaks a constraint. ERR_CREATE: the file cannot be made.
//   A parameter name that the statement lacks is a bug and aborts.
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_stmt;

#define DB_WAIT_MS 30000

struct db_settings {
    const char *path; // "": a private scratch database, gone when it is closed
    bool is_full_sync;
    int wait_ms;    // how long to wait for its turn; 0: DB_WAIT_MS
    bool read_only; // changes no byte that could be left alone
};

enum db_content {
    DB_EMPTY,
    DB_OURS,
    DB_FOREIGN
};

struct db_type {
    const char *word, *sql;
};

struct db_driver {
    const char *name;
    const char *begin_write;     // takes the writer's place at once
    const struct db_type *types; // ends with a NULL word
    const char *append_only;     // statements that forbid changes to the consent log

    int (*open)(struct db **out, const struct db_settings *settings, struct err *err);
    void (*close)(struct db **db);
    // Statements without parameters, several at once.
    int (*exec)(struct db *db, const char *sql, struct err *err);
    // What is in it: nothing, a table `meta` (ours), or something else.
    int (*look)(struct db *db, enum db_content *out, struct err *err);

    int (*prepare)(struct db *db, const char *sql, struct db_stmt **out, struct err *err);
    void (*finish)(struct db_stmt **stmt);
    void (*bind_int)(struct db_stmt *stmt, const char *name, int64_t value);
    void (*bind_text)(struct db_stmt *stmt, const char *name, const char *text); // NULL: null
    void (*bind_blob)(struct db_stmt *stmt, const char *name, const void *data, size_t len);
    int (*step)(struct db_stmt *stmt, struct err *err); // 1 a row, 0 the end, -1
    int64_t (*changed)(struct db_stmt *stmt);           // rows changed by the last one that ended
    void (*reset)(struct db_stmt *stmt);                // ready to bind and step anew
    bool (*is_null)(struct db_stmt *stmt, int column);
    int64_t (*get_int)(struct db_stmt *stmt, int column);
    const char *(*get_text)(struct db_stmt *stmt, int column); // NULL: null; until the next step
    const void *(*get_blob)(struct db_stmt *stmt, int column, size_t *len);
};

extern const struct db_driver db_sqlite;

#endif
