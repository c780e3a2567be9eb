#include "store/db.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct db {
    sqlite3 *sqlite;
    char *path;
    int64_t waiting_since; // of the busy handler
    int wait_ms;
};

struct db_stmt {
    sqlite3_stmt *sqlite;
    struct db *db;
};

static const struct db_type types[] = {
    {"id", "INTEGER PRIMARY KEY AUTOINCREMENT"}, // a number is never given to a second person
    {"serial", "INTEGER PRIMARY KEY"},
    {"int", "INTEGER"},
    {"text", "TEXT"},
    {"blob", "BLOB"},
    {"table", "STRICT"},
    {"clustered", "STRICT, WITHOUT ROWID"},
    {NULL, NULL},
};

// INSERT OR REPLACE deletes the row in its way without asking a DELETE trigger, so an INSERT over a
// number that is there is refused as well.
static const char append_only[] =
    "CREATE TRIGGER consent_log_keeps BEFORE UPDATE ON consent_log BEGIN"
    " SELECT RAISE(ABORT, 'the consent log is append-only'); END;"
    "CREATE TRIGGER consent_log_stays BEFORE DELETE ON consent_log BEGIN"
    " SELECT RAISE(ABORT, 'the consent log is append-only'); END;"
    "CREATE TRIGGER consent_log_grows BEFORE INSERT ON consent_log"
    " WHEN EXISTS (SELECT 1 FROM consent_log WHERE id = NEW.id) BEGIN"
    " SELECT RAISE(ABORT, 'the consent log is append-only'); END;";

static int fail(const struct db *db, struct err *err)
{
    int code = sqlite3_errcode(db->sqlite) & 0xff;
    const char *what = sqlite3_errmsg(db->sqlite);
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_AGAIN,
                       "the store %s is in use by another process; try again in a moment",
                       db->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_set(err, ERR_IO, "the store %s is damaged (%s); restore it from a backup",
                       db->path, what);
    case SQLITE_FULL:
        return err_set(err, ERR_IO, "cannot write the store %s: the disk is full; make room",
                       db->path);
    case SQLITE_IOERR:
        return err_set(err, ERR_IO,
                       "cannot read or write the store %s: %s; check that its disk works and has "
                       "room",
                       db->path, what);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return err_set(err, ERR_IO,
                       "cannot write the store %s: it is read-only; check its owner "
                       "and permissions",
                       db->path);
    case SQLITE_CANTOPEN:
        return err_set(err, ERR_IO,
                       "cannot open the store %s: check that its folder exists and "
                       "may be written",
                       db->path);
    case SQLITE_CONSTRAINT:
        return err_set(err, ERR_IO, "the store %s refuses a row: %s", db->path, what);
    default:
        return err_set(err, ERR_IO, "the store %s failed: %s", db->path, what);
    }
}

// SQLite's own timeout backs off to sleeps of 100 ms, in which a writer that commits back to back
// takes the place again and again; asking every millisecond gives everybody a chance.
static int on_busy(void *arg, int count)
{
    struct db *db = arg;
    int64_t now = clock_mono_ms();
    if (count == 0)
        db->waiting_since = now;
    if (now - db->waiting_since > db->wait_ms)
        return 0;
    struct timespec pause = {.tv_nsec = 500000 + (count % 7) * 150000};
    nanosleep(&pause, NULL);
    return 1;
}

static int exec(struct db *db, const char *sql, struct err *err)
{
    return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, err);
}

// SQLite does not ask the busy handler while it changes the journal mode: two processes that meet a
// new store would fail each other.
static int exec_patiently(struct db *db, const char *sql, struct err *err)
{
    for (int count = 0;; count++) {
        int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            return 0;
        if ((rc & 0xff) != SQLITE_BUSY || !on_busy(db, count))
            return fail(db, err);
    }
}

static void db_close(struct db **db)
{
    if (!*db)
        return;
    sqlite3_close_v2((*db)->sqlite);
    free((*db)->path);
    free(*db);
    *db = NULL;
}

// The addresses are private: the file is made before SQLite does it, with its final mode, and
// SQLite gives -wal and -shm the same. Only when it is new: closing a descriptor of a database
// would drop the locks that this process holds on it.
static int create_private(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return err_set(err, ERR_CREATE, "cannot create the store %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return 0;
}

// A file name as a URI: what is not plain is percent-encoded, and a path that begins with two
// slashes names no host.
static char *uri_of(const char *path, const char *query)
{
    char *uri = mem_new(strlen(path) * 3 + strlen(query) + 8, 1);
    char *p = uri + snprintf(uri, 8, *path == '/' ? "file://" : "file:");
    for (const unsigned char *s = (const unsigned char *)path; *s; s++)
        if (*s == '?' || *s == '#' || *s == '%' || *s < 0x21 || *s > 0x7e)
            p += snprintf(p, 4, "%%%02X", *s);
        else
            *p++ = (char)*s;
    memcpy(p, query, strlen(query) + 1);
    return uri;
}

static int open_uri(struct db *db, const char *query, int flags, struct err *err)
{
    sqlite3_close_v2(db->sqlite);
    db->sqlite = NULL;
    char *uri = uri_of(db->path, query);
    int rc = sqlite3_open_v2(uri, &db->sqlite, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    free(uri);
    if (rc != SQLITE_OK)
        return db->sqlite ? fail(db, err)
                          : err_set(err, ERR_IO, "cannot open the store %s", db->path);
    sqlite3_busy_handler(db->sqlite, on_busy, db);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return exec(db,
                "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;"
                "PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000;",
                err);
}

// An empty name: SQLite keeps the database in memory and spills to a file of its own.
static int open_scratch(struct db *db, struct err *err)
{
    int rc = sqlite3_open_v2("", &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc != SQLITE_OK)
        return db->sqlite ? fail(db, err) : err_set(err, ERR_IO, "cannot open a scratch store");
    return exec(db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;", err);
}

static int open_writing(struct db *db, bool is_full_sync, struct err *err)
{
    if (create_private(db->path, err) != 0 ||
        open_uri(db, "?mode=rw", SQLITE_OPEN_READWRITE, err) != 0)
        return -1;
    if (sqlite3_db_readonly(db->sqlite, "main") == 1)
        return err_set(err, ERR_IO,
                       "cannot write the store %s: it is read-only; check its owner "
                       "and permissions",
                       db->path);
    if (exec_patiently(db, "PRAGMA journal_mode = WAL", err) != 0 ||
        exec(db, "PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864;", err) !=
            0)
        return -1;
    return exec(db, is_full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                err);
}

static bool can_read(struct db *db, struct err *err)
{
    return exec(db, "SELECT count(*) FROM sqlite_schema", err) == 0;
}

// Nothing may be left behind. With a -wal there (a sender is at work, or died) mode=ro reads it and
// leaves it alone. Without one, a read-only connection would make -wal and -shm and could not take
// them away again; a connection that could write, but is told not to, makes them, writes nothing
// and removes them. In a folder where nothing can be made, nobody else writes either: immutable.
static int open_reading(struct db *db, struct err *err)
{
    struct stat st;
    if (stat(db->path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? err_set(err, ERR_NOT_FOUND,
                             "there is no store %s yet: run `hearten init`, or add a subscriber "
                             "first",
                             db->path)
                   : err_set(err, ERR_IO, "cannot open the store %s: %s", db->path,
                             strerror(errno));
    size_t n = strlen(db->path) + 5;
    char *wal = mem_new(n, 1);
    snprintf(wal, n, "%s-wal", db->path);
    bool has_wal = access(wal, F_OK) == 0;
    free(wal);
    bool can_write = access(db->path, W_OK) == 0;
    struct err first = {0};
    if (has_wal || !can_write) {
        if (open_uri(db, "?mode=ro", SQLITE_OPEN_READONLY, &first) == 0 && can_read(db, &first))
            return 0;
    } else if (open_uri(db, "?mode=rw", SQLITE_OPEN_READWRITE, &first) == 0 &&
               exec(db, "PRAGMA query_only = ON", &first) == 0 && can_read(db, &first)) {
        return 0;
    }
    int code = db->sqlite ? sqlite3_errcode(db->sqlite) & 0xff : SQLITE_OK;
    if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_IOERR) {
        if (open_uri(db, "?mode=ro&immutable=1", SQLITE_OPEN_READONLY, err) == 0 &&
            can_read(db, err))
            return 0;
        return -1;
    }
    return err_set(err, first.kind, "%s", first.msg);
}

static int db_open(struct db **out, const struct db_settings *settings, struct err *err)
{
    struct db *db = mem_new(1, sizeof *db);
    db->path = mem_strdup(settings->path);
    db->wait_ms = settings->wait_ms ? settings->wait_ms : DB_WAIT_MS;
    int rc = 0;
    if (!*settings->path)
        rc = open_scratch(db, err);
    else if (settings->read_only)
        rc = open_reading(db, err);
    else
        rc = open_writing(db, settings->is_full_sync, err);
    if (rc != 0)
        db_close(&db);
    *out = db;
    return rc;
}

static int look(struct db *db, enum db_content *out, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(
            db->sqlite,
            "SELECT count(*), count(*) FILTER (WHERE type = 'table' AND name = 'meta')"
            " FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'",
            -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        fail(db, err);
        sqlite3_finalize(stmt);
        return -1;
    }
    bool is_empty = sqlite3_column_int64(stmt, 0) == 0,
         is_ours = sqlite3_column_int64(stmt, 1) == 1;
    sqlite3_finalize(stmt);
    *out = is_empty ? DB_EMPTY : is_ours ? DB_OURS : DB_FOREIGN;
    return 0;
}

static int prepare(struct db *db, const char *sql, struct db_stmt **out, struct err *err)
{
    *out = NULL;
    sqlite3_stmt *sqlite = NULL;
    if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &sqlite, NULL) !=
        SQLITE_OK)
        return fail(db, err);
    *out = mem_new(1, sizeof **out);
    **out = (struct db_stmt){.sqlite = sqlite, .db = db};
    return 0;
}

static void finish(struct db_stmt **stmt)
{
    if (!*stmt)
        return;
    sqlite3_finalize((*stmt)->sqlite);
    free(*stmt);
    *stmt = NULL;
}

static int place(struct db_stmt *stmt, const char *name)
{
    int n = sqlite3_bind_parameter_index(stmt->sqlite, name);
    if (n == 0)
        abort();
    return n;
}

static void bound(int rc)
{
    if (rc != SQLITE_OK)
        abort();
}

static void bind_int(struct db_stmt *stmt, const char *name, int64_t value)
{
    bound(sqlite3_bind_int64(stmt->sqlite, place(stmt, name), value));
}

static void bind_text(struct db_stmt *stmt, const char *name, const char *text)
{
    bound(sqlite3_bind_text(stmt->sqlite, place(stmt, name), text, -1, SQLITE_STATIC));
}

static void bind_blob(struct db_stmt *stmt, const char *name, const void *data, size_t len)
{
    bound(sqlite3_bind_blob64(stmt->sqlite, place(stmt, name), data, len, SQLITE_STATIC));
}

static int step(struct db_stmt *stmt, struct err *err)
{
    int rc = sqlite3_step(stmt->sqlite);
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(stmt->db, err);
}

static int64_t changed(struct db_stmt *stmt)
{
    return sqlite3_changes64(stmt->db->sqlite);
}

static void reset(struct db_stmt *stmt)
{
    sqlite3_reset(stmt->sqlite);
    sqlite3_clear_bindings(stmt->sqlite);
}

static bool is_null(struct db_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->sqlite, column) == SQLITE_NULL;
}

static int64_t get_int(struct db_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->sqlite, column);
}

static const char *get_text(struct db_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt->sqlite, column);
}

static const void *get_blob(struct db_stmt *stmt, int column, size_t *len)
{
    const void *data = sqlite3_column_blob(stmt->sqlite, column);
    *len = (size_t)sqlite3_column_bytes(stmt->sqlite, column);
    return data;
}

const struct db_driver db_sqlite = {
    .name = "sqlite",
    .begin_write = "BEGIN IMMEDIATE",
    .types = types,
    .append_only = append_only,
    .open = db_open,
    .close = db_close,
    .exec = exec,
    .look = look,
    .prepare = prepare,
    .finish = finish,
    .bind_int = bind_int,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .step = step,
    .changed = changed,
    .reset = reset,
    .is_null = is_null,
    .get_int = get_int,
    .get_text = get_text,
    .get_blob = get_blob,
};
