#include "store/ledger.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/query.h"
#include "store/states.h"

#include <stdlib.h>

int ledger_owner_add(struct store *store, const char *host, const char *boot_id, int64_t pid,
                     int64_t now, int64_t *owner, struct err *err)
{
    struct query *q = query_open(store,
                                 "INSERT INTO owner (host, boot_id, pid, seen_at)"
                                 " VALUES ($host, $boot_id, $pid, $now) RETURNING id",
                                 err);
    if (!q)
        return -1;
    query_text(q, "$host", host);
    query_text(q, "$boot_id", boot_id);
    query_int(q, "$pid", pid);
    query_int(q, "$now", now);
    return query_value(q, 0, owner, err);
}

int ledger_owner_seen(struct store *store, int64_t owner, int64_t now, struct err *err)
{
    struct query *q = query_open(store, "UPDATE owner SET seen_at = $now WHERE id = $owner", err);
    if (!q)
        return -1;
    query_int(q, "$owner", owner);
    query_int(q, "$now", now);
    int64_t changed;
    if (query_run(q, &changed, err) != 0)
        return -1;
    return changed == 1 ? 0
                        : err_set(err, ERR_AGAIN,
                                  "this sender was silent for so long that another one took over "
                                  "its work; start it again");
}

int ledger_owners(struct store *store,
                  int (*each)(void *arg, const struct owner_info *owner, struct err *err),
                  void *arg, struct err *err)
{
    struct query *q =
        query_open(store, "SELECT id, host, boot_id, pid, seen_at FROM owner ORDER BY id", err);
    if (!q)
        return -1;
    // Read before the first call, because each() is likely to declare one dead.
    struct owner_info *list = NULL;
    size_t count = 0;
    int rc;
    while ((rc = query_next(q, err)) == 1) {
        list = mem_grow(list, count + 1, sizeof *list);
        list[count++] = (struct owner_info){.id = query_get_int(q, 0),
                                            .host = mem_strdup(query_get_text(q, 1)),
                                            .boot_id = mem_strdup(query_get_text(q, 2)),
                                            .pid = query_get_int(q, 3),
                                            .seen_at = query_get_int(q, 4)};
    }
    query_close(&q);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = each(arg, &list[i], err);
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)list[i].host);
        free((void *)(uintptr_t)list[i].boot_id);
    }
    free(list);
    return rc;
}

int ledger_in_doubt_of(struct store *store, int64_t edition, int64_t owner, int64_t *count,
                       struct err *err)
{
    struct query *q = query_open(store,
                                 "SELECT count(*) FROM delivery WHERE edition = $edition"
                                 " AND owner = $owner AND " HELD " AND state = " IN_DOUBT,
                                 err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    query_int(q, "$owner", owner);
    return query_value(q, 0, count, err);
}

// A row of a cancelled edition has nothing to wait for any more.
static int free_claims(struct store *store, int64_t owner, int64_t now, int64_t *freed,
                       struct err *err)
{
    struct query *q = query_open(
        store,
        "UPDATE delivery SET owner = 0, lease_until = 0,"
        " state = CASE WHEN e.state = " CANCELLED " THEN " SKIPPED " ELSE " PENDING " END,"
        " reason = CASE WHEN e.state = " CANCELLED " THEN 'cancelled' ELSE '' END,"
        " settled_at = CASE WHEN e.state = " CANCELLED " THEN $now ELSE 0 END"
        " FROM edition e WHERE e.id = delivery.edition AND delivery.owner = $owner"
        " AND delivery.state IN (1, 2) AND delivery.state = " CLAIMED,
        err);
    if (!q)
        return -1;
    query_int(q, "$owner", owner);
    query_int(q, "$now", now);
    return query_run(q, freed, err);
}

static int leave_in_doubt(struct store *store, int64_t owner, struct err *err)
{
    struct query *q = query_open(store,
                                 "UPDATE delivery SET owner = 0, lease_until = 0"
                                 " WHERE owner = $owner AND " HELD,
                                 err);
    if (!q)
        return -1;
    query_int(q, "$owner", owner);
    return query_run(q, NULL, err);
}

static int forget(struct store *store, int64_t owner, struct err *err)
{
    struct query *q = query_open(store, "DELETE FROM owner WHERE id = $owner", err);
    if (!q)
        return -1;
    query_int(q, "$owner", owner);
    return query_run(q, NULL, err);
}

int ledger_owner_dead(struct store *store, int64_t owner, int64_t now, int64_t *freed,
                      struct err *err)
{
    *freed = 0;
    if (store_begin(store, err) != 0)
        return -1;
    if (free_claims(store, owner, now, freed, err) != 0 || leave_in_doubt(store, owner, err) != 0 ||
        forget(store, owner, err) != 0) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store, err);
}

int ledger_owner_remove(struct store *store, int64_t owner, struct err *err)
{
    int64_t freed;
    return ledger_owner_dead(store, owner, clock_now(), &freed, err);
}
