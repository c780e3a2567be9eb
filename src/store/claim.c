#include "store/ledger.h"

#include "base/mem.h"
#include "store/people_row.h"
#include "store/query.h"
#include "store/states.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM_MOST 1000 // rows in one transaction

// A due row as it was found: either a claim in the making or somebody who has left.
struct due {
    struct claim claim;
    const char *why_left; // NULL: to be claimed
    char damage[128];     // why_left when the person's row cannot be read
};

static int read_due(struct query *q, const struct claim_wish *wish, struct due *due,
                    struct err *err)
{
    *due = (struct due){.claim = {.edition = wish->edition,
                                  .tries = (int)query_get_int(q, 1),
                                  .first_try_at = query_get_int(q, 2)}};
    int64_t status = query_is_null(q, 4) ? -1 : query_get_int(q, 4 + 5);
    due->why_left = states_why_left(status, query_get_int(q, 3) != 0);
    due->claim.person.id = query_get_int(q, 0);
    if (due->why_left)
        return 0;
    if (people_row_read(q, 4, &due->claim.person, err) == 0)
        return 0;
    if (err->kind == ERR_AGAIN)
        return -1;
    // One damaged row must not stop everybody else's mail.
    person_deinit(&due->claim.person);
    due->claim.person.id = query_get_int(q, 0);
    states_text(due->damage, sizeof due->damage, err->msg);
    due->why_left = due->damage;
    return 0;
}

static int find_due(struct store *store, const struct claim_wish *wish, struct due **due,
                    size_t *count, struct err *err)
{
    struct query *q = query_open(
        store,
        "SELECT d.subscriber, d.tries, d.first_try_at, x.hash IS NOT NULL, " PEOPLE_COLUMNS
        " FROM delivery d LEFT JOIN subscriber s ON s.id = d.subscriber"
        " LEFT JOIN suppression x ON x.hash = s.hash"
        " WHERE d.edition = $edition AND d.state = " PENDING " AND d.next_at <= $now"
        " AND EXISTS (SELECT 1 FROM edition e WHERE e.id = $edition AND e.state = " SENDING ")"
        " ORDER BY d.next_at, d.subscriber LIMIT $limit",
        err);
    if (!q)
        return -1;
    int limit = wish->limit < CLAIM_MOST ? wish->limit : CLAIM_MOST;
    query_int(q, "$edition", wish->edition);
    query_int(q, "$now", wish->now);
    query_int(q, "$limit", limit > 0 ? limit : 0);
    *count = 0;
    size_t room = 0;
    int rc;
    struct err why;
    while ((rc = query_next(q, err)) == 1) {
        if (*count == room) {
            room = room * 2 + 16;
            *due = mem_grow(*due, room, sizeof **due);
        }
        if (read_due(q, wish, &(*due)[*count], &why) != 0) {
            if (err)
                *err = why;
            rc = -1;
            break;
        }
        ++*count;
    }
    query_close(&q);
    return rc;
}

static int take_attempts(struct store *store, size_t count, int64_t *first, struct err *err)
{
    struct query *q = query_open(store,
                                 "UPDATE counter SET value = value + $count WHERE name = 'attempt'"
                                 " RETURNING value",
                                 err);
    if (!q)
        return -1;
    query_int(q, "$count", (int64_t)count);
    int64_t last;
    if (query_value(q, 0, &last, err) != 0)
        return -1;
    if (last < (int64_t)count)
        return err_set(err, ERR_IO, "the store has lost its counter of attempts; restore a backup");
    *first = last - (int64_t)count + 1;
    return 0;
}

static int mark_claimed(struct store *store, const struct claim_wish *wish, struct due *due,
                        size_t count, struct err *err)
{
    int64_t attempt = 0;
    if (take_attempts(store, count, &attempt, err) != 0)
        return -1;
    struct query *q = query_open(store,
                                 "UPDATE delivery SET state = " CLAIMED ", attempt = $attempt,"
                                 " owner = $owner, lease_until = $lease"
                                 " WHERE edition = $edition AND subscriber = $person",
                                 err);
    if (!q)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (due[i].why_left)
            continue;
        due[i].claim.attempt = attempt + (int64_t)i;
        query_again(q);
        query_int(q, "$attempt", due[i].claim.attempt);
        query_int(q, "$owner", wish->owner);
        query_int(q, "$lease", wish->lease_until);
        query_int(q, "$edition", wish->edition);
        query_int(q, "$person", due[i].claim.person.id);
        rc = query_next(q, err);
    }
    query_close(&q);
    return rc;
}

static int mark_left(struct store *store, const struct claim_wish *wish, const struct due *due,
                     size_t count, struct err *err)
{
    struct query *q = query_open(store,
                                 "UPDATE delivery SET state = " SKIPPED ", reason = $reason,"
                                 " settled_at = $now"
                                 " WHERE edition = $edition AND subscriber = $person",
                                 err);
    if (!q)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (!due[i].why_left)
            continue;
        query_again(q);
        query_text(q, "$reason", due[i].why_left);
        query_int(q, "$now", wish->now);
        query_int(q, "$edition", wish->edition);
        query_int(q, "$person", due[i].claim.person.id);
        rc = query_next(q, err);
    }
    query_close(&q);
    return rc;
}

// A sender that holds its claims beyond their lease hangs, or is stopped. Should it go on after
// all, its attempts are no longer good.
static int expire(struct store *store, const struct claim_wish *wish, struct err *err)
{
    struct query *q = query_open(
        store,
        "UPDATE delivery SET state = " PENDING ", owner = 0, lease_until = 0"
        " WHERE edition = $edition AND " HELD " AND state = " CLAIMED " AND lease_until < $now",
        err);
    if (!q)
        return -1;
    query_int(q, "$edition", wish->edition);
    query_int(q, "$now", wish->now);
    return query_run(q, NULL, err);
}

static int claim_once(struct store *store, const struct claim_wish *wish, struct due **due,
                      size_t *count, struct err *err)
{
    if (store_begin(store, err) != 0)
        return -1;
    if (ledger_owner_seen(store, wish->owner, wish->now, err) != 0 ||
        expire(store, wish, err) != 0 || find_due(store, wish, due, count, err) != 0 ||
        (*count > 0 && (mark_claimed(store, wish, *due, *count, err) != 0 ||
                        mark_left(store, wish, *due, *count, err) != 0))) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store, err);
}

// Hands over the claims and forgets those who left; returns how many claims there are.
static size_t hand_over(struct due *due, size_t found, struct claim **claims)
{
    size_t n = 0;
    *claims = found ? mem_new(found, sizeof **claims) : NULL;
    for (size_t i = 0; i < found; i++)
        if (!due[i].why_left)
            (*claims)[n++] = due[i].claim;
    if (n == 0) {
        free(*claims);
        *claims = NULL;
    }
    return n;
}

int ledger_claim(struct store *store, const struct claim_wish *wish, struct claim **claims,
                 size_t *count, struct err *err)
{
    *claims = NULL;
    *count = 0;
    for (;;) {
        struct due *due = NULL;
        size_t found = 0;
        if (claim_once(store, wish, &due, &found, err) != 0) {
            for (size_t i = 0; i < found; i++)
                person_deinit(&due[i].claim.person);
            free(due);
            return -1;
        }
        *count = hand_over(due, found, claims);
        free(due);
        // A stretch of people who all left is no sign that nobody is due.
        if (*count > 0 || found == 0)
            return 0;
    }
}
