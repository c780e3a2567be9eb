#include "store/store.h"

#include "base/file.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/query.h"
#include "store/schema.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// The cache of statements is small and fixed: it holds every statement of this room, found by the
// address of its text.
#define CACHE_SLOTS 256

struct query {
    struct store *store;
    struct db_stmt *stmt;
    const char *sql;
    bool is_busy, is_extra; // extra: not in the cache
};

struct store {
    const struct db_driver *driver;
    struct db *db;
    bool in_transaction;
    struct query cache[CACHE_SLOTS];
};

static int keys_check(struct store *store, const char *keys, struct err *err)
{
    struct query *q = query_open(store, "SELECT value FROM meta WHERE name = 'keys'", err);
    if (!q)
        return -1;
    int rc = query_next(q, err);
    if (rc == 1 && strcmp(query_get_text(q, 0), keys) != 0)
        rc = err_set(err, ERR_CONFIG,
                     "the keys in var/keys are not those this store was made with (%s, not %s): "
                     "put the right ones back from a backup",
                     keys, query_get_text(q, 0));
    query_close(&q);
    return rc;
}

// Two processes may meet a new store at once: the first one's keys stay, and both look again.
static int keys_remember(struct store *store, const char *keys, struct err *err)
{
    int rc = keys_check(store, keys, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    struct query *q = query_open(store,
                                 "INSERT INTO meta (name, value) VALUES ('keys', $keys)"
                                 " ON CONFLICT (name) DO NOTHING",
                                 err);
    if (!q)
        return -1;
    query_text(q, "$keys", keys);
    if (query_run(q, NULL, err) != 0)
        return -1;
    return keys_check(store, keys, err) < 0 ? -1 : 0;
}

static int make_ready(struct store *store, const struct store_settings *settings, const char *path,
                      struct err *err)
{
    const struct db_settings how = {.path = path,
                                    .is_full_sync = settings->is_full_sync,
                                    .read_only = settings->read_only,
                                    .wait_ms = settings->wait_ms};
    if (store->driver->open(&store->db, &how, err) != 0)
        return -1;
    if (settings->read_only) {
        if (schema_check(store->driver, store->db, path, err) != 0)
            return -1;
        return settings->keys && keys_check(store, settings->keys, err) < 0 ? -1 : 0;
    }
    if (schema_migrate(store->driver, store->db, path, err) != 0)
        return -1;
    return settings->keys ? keys_remember(store, settings->keys, err) : 0;
}

int store_open(struct store **out, const struct store_settings *settings, struct err *err)
{
    static const char prefix[] = "sqlite:";
    *out = NULL;
    const char *url = settings->url;
    if (strncmp(url, prefix, sizeof prefix - 1) != 0 || !url[sizeof prefix - 1])
        return err_set(err, ERR_CONFIG, "[store] url must be sqlite:PATH, not \"%.100s\"", url);
    struct store *store = mem_new(1, sizeof *store);
    store->driver = &db_sqlite;
    char *path = file_join(settings->root ? settings->root : "", url + sizeof prefix - 1);
    int rc = make_ready(store, settings, path, err);
    free(path);
    if (rc != 0)
        store_close(&store);
    *out = store;
    return rc;
}

int store_open_scratch(struct store **out, struct err *err)
{
    struct store *store = mem_new(1, sizeof *store);
    store->driver = &db_sqlite;
    const struct db_settings how = {.path = ""};
    int rc = store->driver->open(&store->db, &how, err);
    if (rc == 0)
        rc = schema_migrate(store->driver, store->db, "for a dry run", err);
    if (rc != 0)
        store_close(&store);
    *out = store;
    return rc;
}

void store_close(struct store **store)
{
    struct store *s = *store;
    if (!s)
        return;
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        if (s->cache[i].stmt)
            s->driver->finish(&s->cache[i].stmt);
    if (s->db)
        s->driver->close(&s->db);
    free(s);
    *store = NULL;
}

int store_begin(struct store *store, struct err *err)
{
    assert(!store->in_transaction);
    if (store->driver->exec(store->db, store->driver->begin_write, err) != 0)
        return -1;
    store->in_transaction = true;
    return 0;
}

int store_commit(struct store *store, struct err *err)
{
    assert(store->in_transaction);
    if (store->driver->exec(store->db, "COMMIT", err) != 0) {
        store_rollback(store);
        return -1;
    }
    store->in_transaction = false;
    return 0;
}

void store_rollback(struct store *store)
{
    // A full disk makes SQLite roll back by itself; then there is nothing left to do.
    struct err ignored;
    (void)!store->driver->exec(store->db, "ROLLBACK", &ignored);
    store->in_transaction = false;
}

bool store_is_in_transaction(const struct store *store)
{
    return store->in_transaction;
}

// --- statements ----------------------------------------------------------------------------------

static struct query *slot_of(struct store *store, const char *sql)
{
    size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 56;
    for (size_t n = 0; n < CACHE_SLOTS; n++, i = (i + 1) % CACHE_SLOTS)
        if (!store->cache[i].stmt || store->cache[i].sql == sql)
            return &store->cache[i];
    return NULL;
}

struct query *query_open(struct store *store, const char *sql, struct err *err)
{
    struct query *q = slot_of(store, sql);
    if (!q || q->is_busy) {
        q = mem_new(1, sizeof *q);
        q->is_extra = true;
    }
    if (!q->stmt && store->driver->prepare(store->db, sql, &q->stmt, err) != 0) {
        if (q->is_extra)
            free(q);
        return NULL;
    }
    q->store = store;
    q->sql = sql;
    q->is_busy = true;
    return q;
}

void query_close(struct query **query)
{
    struct query *q = *query;
    *query = NULL;
    if (!q)
        return;
    if (q->is_extra) {
        q->store->driver->finish(&q->stmt);
        free(q);
        return;
    }
    q->store->driver->reset(q->stmt);
    q->is_busy = false;
}

void query_int(struct query *query, const char *name, int64_t value)
{
    query->store->driver->bind_int(query->stmt, name, value);
}

void query_text(struct query *query, const char *name, const char *text)
{
    query->store->driver->bind_text(query->stmt, name, text);
}

void query_blob(struct query *query, const char *name, const void *data, size_t len)
{
    query->store->driver->bind_blob(query->stmt, name, data, len);
}

int query_next(struct query *query, struct err *err)
{
    return query->store->driver->step(query->stmt, err);
}

int query_run(struct query *query, int64_t *changed, struct err *err)
{
    int rc;
    while ((rc = query_next(query, err)) == 1)
        continue;
    if (rc == 0 && changed)
        *changed = query->store->driver->changed(query->stmt);
    query_close(&query);
    return rc;
}

void query_again(struct query *query)
{
    query->store->driver->reset(query->stmt);
}

int query_value(struct query *query, int64_t none, int64_t *out, struct err *err)
{
    int rc = query_next(query, err);
    *out = rc == 1 ? query_get_int(query, 0) : none;
    query_close(&query);
    return rc < 0 ? -1 : 0;
}

bool query_is_null(struct query *query, int column)
{
    return query->store->driver->is_null(query->stmt, column);
}

int64_t query_get_int(struct query *query, int column)
{
    return query->store->driver->get_int(query->stmt, column);
}

const char *query_get_text(struct query *query, int column)
{
    const char *text = query->store->driver->get_text(query->stmt, column);
    return text ? text : "";
}

const void *query_get_blob(struct query *query, int column, size_t *len)
{
    return query->store->driver->get_blob(query->stmt, column, len);
}
