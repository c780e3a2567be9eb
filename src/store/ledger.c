#include "store/ledger.h"

#include "base/mem.h"
#include "store/query.h"
#include "store/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDITION_COLUMNS                                                                      \
    "id, slug, coalesce(number, 0), state, subject, template_hash, created_at, finished_at," \
    " pause_reason"

static void edition_read(struct query *q, struct edition *out)
{
    *out = (struct edition){.id = query_get_int(q, 0), .number = query_get_int(q, 2)};
    states_text(out->slug, sizeof out->slug, query_get_text(q, 1));
    out->state = (enum edition_state)query_get_int(q, 3);
    states_text(out->subject, sizeof out->subject, query_get_text(q, 4));
    size_t len;
    const void *hash = query_get_blob(q, 5, &len);
    if (len == HASH_SIZE)
        memcpy(out->template_hash, hash, HASH_SIZE);
    out->created_at = query_get_int(q, 6);
    out->finished_at = query_get_int(q, 7);
    states_text(out->pause_reason, sizeof out->pause_reason, query_get_text(q, 8));
}

static int edition_one(struct query *q, struct edition *out, struct err *err)
{
    int rc = query_next(q, err);
    if (rc == 1)
        edition_read(q, out);
    query_close(&q);
    return rc;
}

int ledger_edition(struct store *store, const char *slug, int64_t number, struct edition *out,
                   struct err *err)
{
    struct query *q = query_open(store,
                                 "SELECT " EDITION_COLUMNS " FROM edition WHERE slug = $slug"
                                 " AND state <> " FREEZING " AND ($number = 0 OR number = $number)"
                                 " ORDER BY number DESC LIMIT 1",
                                 err);
    if (!q)
        return -1;
    query_text(q, "$slug", slug);
    query_int(q, "$number", number);
    return edition_one(q, out, err);
}

int ledger_edition_by_id(struct store *store, int64_t id, struct edition *out, struct err *err)
{
    struct query *q =
        query_open(store, "SELECT " EDITION_COLUMNS " FROM edition WHERE id = $id", err);
    if (!q)
        return -1;
    query_int(q, "$id", id);
    return edition_one(q, out, err);
}

int ledger_editions(struct store *store,
                    int (*each)(void *arg, const struct edition *edition, struct err *err),
                    void *arg, struct err *err)
{
    struct query *q = query_open(store,
                                 "SELECT " EDITION_COLUMNS " FROM edition"
                                 " WHERE state <> " FREEZING " ORDER BY id",
                                 err);
    if (!q)
        return -1;
    // All are read before the first call: each() may well change the editions it is shown.
    struct edition *list = NULL;
    size_t count = 0, room = 0;
    int rc;
    while ((rc = query_next(q, err)) == 1) {
        if (count == room) {
            room = room * 2 + 8;
            list = mem_grow(list, room, sizeof *list);
        }
        edition_read(q, &list[count++]);
    }
    query_close(&q);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = each(arg, &list[i], err);
    free(list);
    return rc;
}

int ledger_template(struct store *store, int64_t edition, void **blob, size_t *len, struct err *err)
{
    *blob = NULL;
    *len = 0;
    struct query *q = query_open(store, "SELECT template FROM edition WHERE id = $id", err);
    if (!q)
        return -1;
    query_int(q, "$id", edition);
    int rc = query_next(q, err);
    if (rc == 1) {
        const void *data = query_get_blob(q, 0, len);
        *blob = mem_new(*len, 1);
        if (*len)
            memcpy(*blob, data, *len);
    } else if (rc == 0) {
        rc = err_set(err, ERR_NOT_FOUND, "there is no edition %lld", (long long)edition);
    }
    query_close(&q);
    return rc < 0 ? -1 : 0;
}

// --- states --------------------------------------------------------------------------------------

#define CANCEL_CHUNK "2000"

// The edition is marked already, so nothing new is claimed; what waits is skipped chunk by chunk,
// and a sweep that was cut short is finished by the next cancel.
static int cancel_sweep(struct store *store, int64_t edition, int64_t now, struct err *err)
{
    int64_t changed;
    do {
        struct query *q = query_open(
            store,
            "UPDATE delivery SET state = " SKIPPED ", reason = 'cancelled',"
            " settled_at = $now, owner = 0 WHERE edition = $edition AND subscriber IN"
            " (SELECT subscriber FROM delivery WHERE edition = $edition"
            " AND state = " PENDING " ORDER BY next_at, subscriber LIMIT " CANCEL_CHUNK ")",
            err);
        if (!q)
            return -1;
        query_int(q, "$edition", edition);
        query_int(q, "$now", now);
        if (query_run(q, &changed, err) != 0)
            return -1;
    } while (changed > 0);
    return 0;
}

// Which states an edition may be set to from outside; freezing and finishing have their own ways.
static bool may_become(enum edition_state from, enum edition_state to)
{
    if (from == to)
        return from != EDITION_FREEZING;
    if (from != EDITION_SENDING && from != EDITION_PAUSED)
        return false;
    return to == EDITION_SENDING || to == EDITION_PAUSED || to == EDITION_CANCELLED;
}

static int put_state(struct store *store, int64_t edition, enum edition_state state,
                     const char *reason, int64_t now, struct err *err)
{
    struct query *q = query_open(store,
                                 "UPDATE edition SET state = $state, pause_reason = $reason,"
                                 " finished_at = $finished_at WHERE id = $id",
                                 err);
    if (!q)
        return -1;
    char kept[512];
    query_int(q, "$id", edition);
    query_int(q, "$state", state);
    query_int(q, "$finished_at", state == EDITION_CANCELLED ? now : 0);
    query_text(q, "$reason", states_text(kept, sizeof kept, state == EDITION_PAUSED ? reason : ""));
    return query_run(q, NULL, err);
}

static int set_state(struct store *store, int64_t id, enum edition_state state, const char *reason,
                     int64_t now, struct err *err)
{
    struct edition edition = {0};
    int rc = ledger_edition_by_id(store, id, &edition, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no edition %lld", (long long)id);
    if (!may_become(edition.state, state))
        return err_set(err, ERR_INPUT, "campaign %s (edition %lld) is %s and cannot become %s",
                       edition.slug, (long long)edition.number, edition_state_name(edition.state),
                       edition_state_name(state));
    return edition.state == state && state != EDITION_PAUSED
               ? 0
               : put_state(store, id, state, reason, now, err);
}

int ledger_set_state(struct store *store, int64_t edition, enum edition_state state,
                     const char *reason, int64_t now, struct err *err)
{
    if (store_begin(store, err) != 0)
        return -1;
    if (set_state(store, edition, state, reason, now, err) != 0) {
        store_rollback(store);
        return -1;
    }
    if (store_commit(store, err) != 0)
        return -1;
    return state == EDITION_CANCELLED ? cancel_sweep(store, edition, now, err) : 0;
}

int ledger_finish(struct store *store, int64_t edition, int64_t now, struct err *err)
{
    struct query *q =
        query_open(store,
                   "UPDATE edition SET state = " FINISHED ", finished_at = $now, pause_reason = ''"
                   " WHERE id = $edition AND state = " SENDING
                   " AND NOT EXISTS (SELECT 1 FROM delivery WHERE edition = $edition"
                   " AND state = " PENDING ")"
                   " AND NOT EXISTS (SELECT 1 FROM delivery WHERE edition = $edition AND " HELD
                   " AND state = " CLAIMED ")",
                   err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    query_int(q, "$now", now);
    int64_t changed;
    if (query_run(q, &changed, err) != 0)
        return -1;
    if (changed == 1)
        return 1;
    struct edition found = {0};
    int rc = ledger_edition_by_id(store, edition, &found, err);
    if (rc == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no edition %lld", (long long)edition);
    return rc < 0 ? -1 : found.state == EDITION_FINISHED;
}

// --- the account ---------------------------------------------------------------------------------

// One statement, so that all its numbers are of one moment.
int ledger_account(struct store *store, int64_t edition, struct account *out, struct err *err)
{
    struct query *q =
        query_open(store,
                   "SELECT e.audience, d.state, count(d.subscriber),"
                   " sum(CASE WHEN d.state = " PENDING " AND d.next_at > 0 THEN 1 ELSE 0 END),"
                   " sum(CASE WHEN s.status = " UNSUBSCRIBED " THEN 1 ELSE 0 END),"
                   " min(CASE WHEN d.state = " PENDING " AND d.next_at > 0 THEN d.next_at END)"
                   " FROM edition e LEFT JOIN delivery d ON d.edition = e.id"
                   " LEFT JOIN subscriber s ON s.id = d.subscriber"
                   " WHERE e.id = $edition GROUP BY e.audience, d.state",
                   err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    *out = (struct account){0};
    int rc, rows = 0;
    while ((rc = query_next(q, err)) == 1) {
        rows++;
        out->audience = query_get_int(q, 0);
        if (query_is_null(q, 1))
            continue;
        out->by_state[query_get_int(q, 1)] = query_get_int(q, 2);
        out->deferred += query_get_int(q, 3);
        out->opted_out += query_get_int(q, 4);
        if (!query_is_null(q, 5))
            out->next_at = query_get_int(q, 5);
    }
    query_close(&q);
    if (rc == 0 && rows == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no edition %lld", (long long)edition);
    return rc;
}

int ledger_reasons(struct store *store, int64_t edition, enum delivery_state state,
                   int (*each)(void *arg, const char *reason, int64_t n, struct err *err),
                   void *arg, struct err *err)
{
    struct query *q = query_open(
        store,
        "SELECT reason || CASE WHEN state = " FAILED
        " AND reply_code > 0 THEN ': ' || reply_code ||"
        " CASE WHEN reply_enhanced = '' THEN '' ELSE ' ' || reply_enhanced END ELSE '' END,"
        " count(*) FROM delivery WHERE edition = $edition AND state = $state"
        " GROUP BY 1 ORDER BY 2 DESC, 1",
        err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    query_int(q, "$state", state);
    int rc;
    while ((rc = query_next(q, err)) == 1)
        if (each(arg, query_get_text(q, 0), query_get_int(q, 1), err) != 0) {
            rc = -1;
            break;
        }
    query_close(&q);
    return rc;
}

int ledger_rows(struct store *store, int64_t edition, int state,
                int (*each)(void *arg, const struct delivery_row *row, struct err *err), void *arg,
                struct err *err)
{
    struct query *q =
        query_open(store,
                   "SELECT d.subscriber, s.email, d.state, d.reason, d.tries, d.next_at,"
                   " d.settled_at, d.reply_code, d.reply_enhanced, d.reply_text"
                   " FROM delivery d LEFT JOIN subscriber s ON s.id = d.subscriber"
                   " WHERE d.edition = $edition AND ($state < 0 OR d.state = $state)"
                   " ORDER BY d.subscriber",
                   err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    query_int(q, "$state", state);
    int rc;
    while ((rc = query_next(q, err)) == 1) {
        const struct delivery_row row = {
            .edition = edition,
            .person = query_get_int(q, 0),
            .email = query_is_null(q, 1) ? NULL : query_get_text(q, 1),
            .state = (enum delivery_state)query_get_int(q, 2),
            .reason = query_get_text(q, 3),
            .tries = (int)query_get_int(q, 4),
            .next_at = query_get_int(q, 5),
            .settled_at = query_get_int(q, 6),
            .reply_code = (int)query_get_int(q, 7),
            .reply_enhanced = query_get_text(q, 8),
            .reply_text = query_get_text(q, 9),
        };
        if (each(arg, &row, err) != 0) {
            rc = -1;
            break;
        }
    }
    query_close(&q);
    return rc;
}

// --- the proof -----------------------------------------------------------------------------------

// Each statement finds a row that breaks one rule; none may find any.
static const struct rule {
    const char *says, *sql;
} rules[] = {
    {"the account of an edition does not add up",
     "SELECT e.id, 0 FROM edition e WHERE e.state <> " FREEZING " AND e.audience <>"
     " (SELECT count(*) FROM delivery d WHERE d.edition = e.id) LIMIT 1"},
    {"two editions share a number, or an edition has none",
     "SELECT e.id, 0 FROM edition e WHERE (e.number IS NULL) <> (e.state = " FREEZING ") LIMIT 1"},
    {"a recipient belongs to no edition",
     "SELECT d.edition, d.subscriber FROM delivery d"
     " WHERE NOT EXISTS (SELECT 1 FROM edition e WHERE e.id = d.edition) LIMIT 1"},
    {"an edition that is being frozen has a recipient who was tried",
     "SELECT d.edition, d.subscriber FROM delivery d JOIN edition e ON e.id = d.edition"
     " WHERE e.state = " FREEZING " AND d.attempt <> 0 LIMIT 1"},
    {"a claimed recipient has no owner",
     "SELECT edition, subscriber FROM delivery WHERE " HELD " AND state = " CLAIMED
     " AND (owner = 0 OR NOT EXISTS (SELECT 1 FROM owner o WHERE o.id = owner)) LIMIT 1"},
    {"a recipient in hand has no attempt, or one that was never given out",
     "SELECT edition, subscriber FROM delivery WHERE " HELD " AND (attempt <= 0 OR attempt >"
     " (SELECT value FROM counter WHERE name = 'attempt')) LIMIT 1"},
    {"two recipients share an attempt",
     "SELECT min(edition), min(subscriber) FROM delivery WHERE attempt <> 0"
     " GROUP BY attempt HAVING count(*) > 1 LIMIT 1"},
    {"a recipient out of hand has an owner",
     "SELECT edition, subscriber FROM delivery WHERE state NOT IN (1, 2) AND owner <> 0 LIMIT 1"},
    {"a settled recipient has no time of settling, or an open one has",
     "SELECT edition, subscriber FROM delivery WHERE (state IN (" SENT ", " FAILED ", " SKIPPED
     ")) <> (settled_at <> 0) LIMIT 1"},
    {"a skipped recipient has no reason",
     "SELECT edition, subscriber FROM delivery WHERE state = " SKIPPED " AND reason = '' LIMIT 1"},
    {"a finished edition has recipients who wait",
     "SELECT d.edition, d.subscriber FROM delivery d JOIN edition e ON e.id = d.edition"
     " WHERE e.state = " FINISHED " AND d.state IN (" PENDING ", " CLAIMED ") LIMIT 1"},
};

int ledger_check(struct store *store, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct query *q = query_open(store, rules[i].sql, err);
        if (!q)
            return -1;
        int rc = query_next(q, err);
        if (rc == 1)
            err_set(err, ERR_FINDINGS, "%s (edition %lld, subscriber %lld)", rules[i].says,
                    (long long)query_get_int(q, 0), (long long)query_get_int(q, 1));
        query_close(&q);
        if (rc != 0)
            return -1;
    }
    return 0;
}
