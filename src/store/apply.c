#include "store/ledger.h"

#include "base/mem.h"
#include "store/query.h"
#include "store/states.h"

#include <assert.h>

enum {
    REASON = 1,
    REPLY = 2,
    NEXT = 4,
    PERSON_KEY = 8
};

#define MINE  " WHERE edition = $edition AND subscriber = $person AND attempt = $attempt AND state "
#define STATE " RETURNING state"
#define FIRST ", first_try_at = CASE WHEN first_try_at = 0 THEN $now ELSE first_try_at END"
#define FIRST_COUNTED \
    ", first_try_at = CASE WHEN first_try_at = 0 AND $counted = 1 THEN $now ELSE first_try_at END"
#define REPLIED \
    ", reply_code = $reply_code, reply_enhanced = $reply_enhanced, reply_text = $reply_text"
#define GIVEN_UP ", owner = 0, lease_until = 0"
// Where a row goes that is to wait: in a cancelled edition there is nothing to wait for.
#define IF_CANCELLED \
    "CASE WHEN (SELECT e.state FROM edition e WHERE e.id = $edition) = " CANCELLED " THEN "
#define WAITING                                                                     \
    "state = " IF_CANCELLED SKIPPED " ELSE " PENDING " END, reason = " IF_CANCELLED \
    "'cancelled' ELSE '' END, settled_at = " IF_CANCELLED "$now ELSE 0 END"

// Each verb is one statement that changes the row only if it is still ours and where we left it.
static const struct verb {
    const char *sql;
    int binds;
} verbs[] = {
    [LEDGER_DOUBT] =
        {"UPDATE delivery SET state = " IN_DOUBT MINE "= " CLAIMED
         " AND EXISTS (SELECT 1 FROM edition e WHERE e.id = $edition AND e.state = " SENDING ")"
         " AND EXISTS (SELECT 1 FROM subscriber s WHERE s.id = $person"
         " AND s.status = " SUBSCRIBED
         " AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.hash = s.hash))" STATE,
         0},
    [LEDGER_SENT] = {"UPDATE delivery SET state = " SENT
                     ", settled_at = $now" FIRST REPLIED GIVEN_UP MINE "= " IN_DOUBT STATE,
                     REPLY},
    [LEDGER_FAIL] = {"UPDATE delivery SET state = " FAILED
                     ", settled_at = $now, reason = $reason" FIRST REPLIED GIVEN_UP MINE
                     "IN (1, 2)" STATE,
                     REASON | REPLY},
    [LEDGER_DEFER] = {"UPDATE delivery SET " WAITING
                      ", next_at = $next_at, tries = tries + $counted" FIRST_COUNTED REPLIED
                          GIVEN_UP MINE "IN (1, 2)" STATE,
                      REPLY | NEXT},
    [LEDGER_RELEASE] = {"UPDATE delivery SET " WAITING ", next_at ="
                        " CASE WHEN state = " CLAIMED " THEN next_at ELSE $now END" GIVEN_UP MINE
                        "IN (1, 2)" STATE,
                        0},
    [LEDGER_SKIP] = {"UPDATE delivery SET state = " SKIPPED
                     ", settled_at = $now, reason = $reason" GIVEN_UP MINE "= " CLAIMED STATE,
                     REASON},
    [LEDGER_RECALL] = {"UPDATE delivery SET " WAITING ", next_at = $now, first_try_at ="
                       " CASE WHEN tries = 0 THEN 0 ELSE first_try_at END" MINE "= " FAILED STATE,
                       0},
};
_Static_assert(COUNT_OF(verbs) == LEDGER_RECALL + 1, "a statement for each verb");

static bool verb_has_now(enum ledger_verb verb)
{
    return verb != LEDGER_DOUBT;
}

// 1: done, step->result is the new state; 0: the row is not as we left it.
static int run_verb(struct store *store, struct ledger_step *step, struct err *err)
{
    const struct verb *verb = &verbs[step->verb];
    struct query *q = query_open(store, verb->sql, err);
    if (!q)
        return -1;
    char enhanced[16], text[501], reason[256];
    query_int(q, "$edition", step->edition);
    query_int(q, "$person", step->person);
    query_int(q, "$attempt", step->attempt);
    if (verb_has_now(step->verb))
        query_int(q, "$now", step->now);
    if (verb->binds & NEXT) {
        query_int(q, "$next_at", step->next_at);
        query_int(q, "$counted", step->counted);
    }
    if (verb->binds & REPLY) {
        query_int(q, "$reply_code", step->reply_code);
        query_text(q, "$reply_enhanced",
                   states_text(enhanced, sizeof enhanced, step->reply_enhanced));
        query_text(q, "$reply_text", states_text(text, sizeof text, step->reply_text));
    }
    if (verb->binds & REASON)
        query_text(q, "$reason", states_text(reason, sizeof reason, step->reason));
    int rc = query_next(q, err);
    if (rc == 1)
        step->result = (enum delivery_state)query_get_int(q, 0);
    query_close(&q);
    return rc;
}

// Why a `doubt` changed nothing, in the same transaction: the row is not ours, the person has
// left, or the edition is not sending.
static int why_no_doubt(struct store *store, const struct ledger_step *step,
                        struct ledger_step *instead, struct err *err)
{
    struct query *q = query_open(
        store,
        "SELECT d.attempt, d.state, s.status, x.hash IS NOT NULL FROM delivery d"
        " LEFT JOIN subscriber s ON s.id = d.subscriber LEFT JOIN suppression x ON x.hash = s.hash"
        " WHERE d.edition = $edition AND d.subscriber = $person",
        err);
    if (!q)
        return -1;
    query_int(q, "$edition", step->edition);
    query_int(q, "$person", step->person);
    int rc = query_next(q, err);
    if (rc == 1 &&
        (query_get_int(q, 0) != step->attempt || query_get_int(q, 1) != DELIVERY_CLAIMED))
        rc = 0;
    if (rc == 1) {
        *instead = *step;
        instead->reason = states_why_left(query_is_null(q, 2) ? -1 : query_get_int(q, 2),
                                          query_get_int(q, 3) != 0);
        instead->verb = instead->reason ? LEDGER_SKIP : LEDGER_RELEASE;
    }
    query_close(&q);
    return rc;
}

static int apply_one(struct store *store, struct ledger_step *step, struct err *err)
{
    assert((unsigned)step->verb < COUNT_OF(verbs));
    step->result = DELIVERY_STATES;
    int rc = run_verb(store, step, err);
    if (rc != 0 || step->verb != LEDGER_DOUBT)
        return rc < 0 ? -1 : 0;
    struct ledger_step instead;
    rc = why_no_doubt(store, step, &instead, err);
    if (rc == 1) {
        rc = run_verb(store, &instead, err);
        step->result = rc == 1 ? instead.result : DELIVERY_STATES;
    }
    return rc < 0 ? -1 : 0;
}

// An edition counts as finished while a sender still has the last rows in doubt. When such a row
// has to wait after all, the edition is open again.
static int reopen(struct store *store, int64_t edition, struct err *err)
{
    struct query *q = query_open(store,
                                 "UPDATE edition SET state = " SENDING ", finished_at = 0"
                                 " WHERE id = $edition AND state = " FINISHED,
                                 err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    return query_run(q, NULL, err);
}

static int apply_all(struct store *store, struct ledger_step *steps, size_t count, struct err *err)
{
    int64_t reopened = 0;
    for (size_t i = 0; i < count; i++) {
        if (apply_one(store, &steps[i], err) != 0)
            return -1;
        if (steps[i].result == DELIVERY_PENDING && steps[i].edition != reopened) {
            reopened = steps[i].edition;
            if (reopen(store, reopened, err) != 0)
                return -1;
        }
    }
    return 0;
}

int ledger_apply(struct store *store, struct ledger_step *steps, size_t count, struct err *err)
{
    if (count == 0)
        return 0;
    if (store_begin(store, err) != 0)
        return -1;
    if (apply_all(store, steps, count, err) != 0) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store, err);
}
