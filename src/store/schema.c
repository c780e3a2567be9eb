#include "store/schema.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// Numbers and empty text stand for "none" where they can: they cost SQLite no byte in the row.
// delivery.subscriber refers to nobody in particular: the account outlives an erased person.
// delivery_due holds only rows that wait, in the order in which they are taken; delivery_held only
// the few that a sender has in hand.
static const char first[] =
    "CREATE TABLE subscriber ("
    " id {id}, email {text} NOT NULL, email_key {text} NOT NULL UNIQUE, hash {blob} NOT NULL,"
    " name {text} NOT NULL, attributes {text} NOT NULL, status {int} NOT NULL,"
    " created_at {int} NOT NULL, changed_at {int} NOT NULL) {table};"

    "CREATE TABLE suppression ("
    " hash {blob} NOT NULL PRIMARY KEY, email {text}, reason {text} NOT NULL, at {int} NOT NULL"
    ") {clustered};"

    "CREATE TABLE consent_log ("
    " id {serial}, at {int} NOT NULL, subscriber {int} NOT NULL, hash {blob} NOT NULL,"
    " action {text} NOT NULL, way {text} NOT NULL, evidence {text} NOT NULL) {table};"
    "CREATE INDEX consent_log_hash ON consent_log (hash, id);"

    "CREATE TABLE edition ("
    " id {id}, slug {text} NOT NULL, number {int}, state {int} NOT NULL, subject {text} NOT NULL,"
    " template_hash {blob} NOT NULL, audience {int} NOT NULL DEFAULT 0,"
    " created_at {int} NOT NULL, finished_at {int} NOT NULL DEFAULT 0,"
    " pause_reason {text} NOT NULL DEFAULT '', freezer {text} NOT NULL DEFAULT '',"
    " freezer_seen_at {int} NOT NULL DEFAULT 0, template {blob} NOT NULL,"
    " UNIQUE (slug, number)) {table};"

    "CREATE TABLE delivery ("
    " edition {int} NOT NULL REFERENCES edition (id), subscriber {int} NOT NULL,"
    " state {int} NOT NULL CHECK (state BETWEEN 0 AND 5),"
    " attempt {int} NOT NULL DEFAULT 0, owner {int} NOT NULL DEFAULT 0,"
    " lease_until {int} NOT NULL DEFAULT 0, tries {int} NOT NULL DEFAULT 0,"
    " first_try_at {int} NOT NULL DEFAULT 0, next_at {int} NOT NULL DEFAULT 0,"
    " settled_at {int} NOT NULL DEFAULT 0, reply_code {int} NOT NULL DEFAULT 0,"
    " reply_enhanced {text} NOT NULL DEFAULT '', reply_text {text} NOT NULL DEFAULT '',"
    " reason {text} NOT NULL DEFAULT '',"
    " PRIMARY KEY (edition, subscriber)) {clustered};"
    "CREATE INDEX delivery_due ON delivery (edition, next_at, subscriber) WHERE state = 0;"
    "CREATE INDEX delivery_held ON delivery (edition, owner) WHERE state IN (1, 2);"

    "CREATE TABLE owner ("
    " id {id}, host {text} NOT NULL, boot_id {text} NOT NULL, pid {int} NOT NULL,"
    " seen_at {int} NOT NULL) {table};"

    "CREATE TABLE counter (name {text} NOT NULL PRIMARY KEY, value {int} NOT NULL) {clustered};"
    "INSERT INTO counter (name, value) VALUES ('attempt', 0);";

static const char *const migrations[] = {first};

int schema_newest(void)
{
    return (int)COUNT_OF(migrations);
}

static const char *type_of(const struct db_driver *driver, const char *word, size_t len)
{
    for (const struct db_type *t = driver->types; t->word; t++)
        if (strlen(t->word) == len && memcmp(t->word, word, len) == 0)
            return t->sql;
    abort();
}

// Table definitions in the driver's own types.
static void expand(const struct db_driver *driver, const char *sql, struct buf *out)
{
    while (*sql) {
        size_t n = strcspn(sql, "{");
        buf_add(out, sql, n);
        sql += n;
        if (*sql == '{') {
            n = strcspn(sql, "}");
            buf_adds(out, type_of(driver, sql + 1, n - 1));
            sql += n + 1;
        }
    }
}

static int version_get(const struct db_driver *driver, struct db *db, int *version, struct err *err)
{
    struct db_stmt *stmt;
    if (driver->prepare(db, "SELECT value FROM meta WHERE name = 'schema'", &stmt, err) != 0)
        return -1;
    int rc = driver->step(stmt, err);
    const char *text = rc == 1 ? driver->get_text(stmt, 0) : NULL;
    *version = text ? (int)strtol(text, NULL, 10) : 0;
    driver->finish(&stmt);
    return rc < 0 ? -1 : 0;
}

static int version_put(const struct db_driver *driver, struct db *db, int version, struct err *err)
{
    struct db_stmt *stmt;
    char text[16];
    struct buf buf;
    buf_init(&buf, sizeof text);
    buf_addf(&buf, "%d", version);
    if (driver->prepare(db,
                        "INSERT INTO meta (name, value) VALUES ('schema', $version)"
                        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        &stmt, err) != 0) {
        buf_deinit(&buf);
        return -1;
    }
    driver->bind_text(stmt, "$version", buf.data);
    int rc = driver->step(stmt, err);
    driver->finish(&stmt);
    buf_deinit(&buf);
    return rc < 0 ? -1 : 0;
}

static int look(const struct db_driver *driver, struct db *db, const char *name, int *version,
                struct err *err)
{
    enum db_content content;
    *version = 0;
    if (driver->look(db, &content, err) != 0)
        return -1;
    if (content == DB_FOREIGN)
        return err_set(err, ERR_CONFIG,
                       "%s is a database of another program; name another one in [store] url",
                       name);
    if (content == DB_OURS && version_get(driver, db, version, err) != 0)
        return -1;
    if (*version > schema_newest())
        return err_set(
            err, ERR_CONFIG,
            "the store %s was written by a newer hearten (schema %d, this one knows %d): "
            "install the newer hearten",
            name, *version, schema_newest());
    return 0;
}

static int migrate_one(const struct db_driver *driver, struct db *db, int from, struct err *err)
{
    struct buf sql;
    buf_init(&sql, BUF_MAX_DEFAULT);
    if (from == 0)
        expand(driver,
               "CREATE TABLE meta (name {text} NOT NULL PRIMARY KEY, value {text} NOT NULL)"
               " {clustered};",
               &sql);
    expand(driver, migrations[from], &sql);
    if (from == 0)
        buf_adds(&sql, driver->append_only);
    int rc = driver->exec(db, sql.data, err);
    buf_deinit(&sql);
    return rc != 0 ? -1 : version_put(driver, db, from + 1, err);
}

int schema_migrate(const struct db_driver *driver, struct db *db, const char *name, struct err *err)
{
    for (;;) {
        int version;
        if (look(driver, db, name, &version, err) != 0)
            return -1;
        if (version == schema_newest())
            return 0;
        if (driver->exec(db, driver->begin_write, err) != 0)
            return -1;
        int now;
        int rc = look(driver, db, name, &now, err);
        if (rc == 0 && now == version)
            rc = migrate_one(driver, db, version, err);
        if (rc == 0)
            rc = driver->exec(db, "COMMIT", err);
        if (rc != 0) {
            struct err ignored;
            (void)!driver->exec(db, "ROLLBACK", &ignored);
            return -1;
        }
    }
}

int schema_check(const struct db_driver *driver, struct db *db, const char *name, struct err *err)
{
    int version;
    if (look(driver, db, name, &version, err) != 0)
        return -1;
    if (version == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "the store %s is empty: run `hearten init`, or add a subscriber first",
                       name);
    if (version < schema_newest())
        return err_set(
            err, ERR_CONFIG,
            "the store %s has an older schema (%d of %d): run `hearten run` once to bring "
            "it up to date",
            name, version, schema_newest());
    return 0;
}
