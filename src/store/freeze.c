// Correctness rests on two facts only. An edition under way has no number, so nobody sees it and
// it is in nobody's way; and the flip, one transaction, gives it the number only if the row still
// stands and the campaign's latest edition is still the one that was seen at the start. Telling
// whether another freezer is alive merely saves work: a wrong guess costs the loser an ERR_AGAIN.
#include "store/ledger.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/query.h"
#include "store/states.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK       3000
#define CHUNK_TEXT  "3000"
#define BEFORE_LAST "2999"
#define SILENCE     90 // seconds without a sign of life after which a freezer is given up

_Static_assert(CHUNK == 3000, "the chunk in SQL");

struct freeze {
    struct store *store;
    const struct edition_new *what;
    char self[160]; // "BOOT HOST PID" of this process
    int64_t edition;
    int64_t seen;  // the campaign's latest edition at the start; 0: none
    int64_t after; // subscribers up to this id are done
    int64_t last;
    int64_t audience;
};

static void describe_self(char *out, size_t size)
{
    char host[64] = "", boot[64] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (f) {
        if (!fgets(boot, sizeof boot, f))
            boot[0] = '\0';
        boot[strcspn(boot, "\n")] = '\0';
        fclose(f);
    }
    snprintf(out, size, "%s %s %ld", boot, host, (long)getpid());
}

// Ours is left from a failed freeze of this very process; of another one on this machine the
// kernel knows; for the rest silence decides.
static bool is_abandoned(const struct freeze *freeze, const char *freezer, int64_t seen_at)
{
    if (strcmp(freezer, freeze->self) == 0)
        return true;
    int64_t now = clock_now();
    if (now - seen_at > SILENCE || seen_at - now > SILENCE)
        return true;
    const char *pid = strrchr(freezer, ' '), *mine = strrchr(freeze->self, ' ');
    if (!pid || !mine || pid - freezer != mine - freeze->self ||
        memcmp(freezer, freeze->self, (size_t)(pid - freezer)) != 0)
        return false;
    return kill((pid_t)strtol(pid, NULL, 10), 0) != 0 && errno == ESRCH;
}

static int latest_number(const struct freeze *freeze, int64_t *out, struct err *err)
{
    struct query *q = query_open(
        freeze->store, "SELECT coalesce(max(number), 0) FROM edition WHERE slug = $slug", err);
    if (!q)
        return -1;
    query_text(q, "$slug", freeze->what->slug);
    return query_value(q, 0, out, err);
}

// --- what others left ----------------------------------------------------------------------------

static int drop_edition(struct store *store, int64_t edition, struct err *err)
{
    int64_t changed;
    do {
        struct query *q = query_open(
            store,
            "DELETE FROM delivery WHERE edition = $edition AND subscriber IN"
            " (SELECT subscriber FROM delivery WHERE edition = $edition"
            " ORDER BY subscriber LIMIT " CHUNK_TEXT ")"
            " AND EXISTS (SELECT 1 FROM edition WHERE id = $edition AND state = " FREEZING ")",
            err);
        if (!q)
            return -1;
        query_int(q, "$edition", edition);
        if (query_run(q, &changed, err) != 0)
            return -1;
    } while (changed > 0);
    // A freezer that was only slow may have put in another chunk; then the row stays for the next.
    struct query *q =
        query_open(store,
                   "DELETE FROM edition WHERE id = $edition AND state = " FREEZING
                   " AND NOT EXISTS (SELECT 1 FROM delivery WHERE edition = $edition)",
                   err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    return query_run(q, NULL, err);
}

// Takes the row away from its freezer first: its next chunk fails, and the rows can go in peace.
static int disown(struct store *store, int64_t edition, const char *freezer, struct err *err)
{
    struct query *q =
        query_open(store,
                   "UPDATE edition SET freezer = '', freezer_seen_at = 0"
                   " WHERE id = $edition AND state = " FREEZING " AND freezer = $freezer",
                   err);
    if (!q)
        return -1;
    query_int(q, "$edition", edition);
    query_text(q, "$freezer", freezer);
    return query_run(q, NULL, err);
}

// 1: *edition is abandoned and disowned; 0: none is left.
static int next_abandoned(const struct freeze *freeze, int64_t *edition, struct err *err)
{
    struct query *q = query_open(freeze->store,
                                 "SELECT id, freezer, freezer_seen_at FROM edition"
                                 " WHERE state = " FREEZING " ORDER BY id",
                                 err);
    if (!q)
        return -1;
    char freezer[sizeof freeze->self] = "";
    int rc, found = 0;
    while (!found && (rc = query_next(q, err)) == 1) {
        *edition = query_get_int(q, 0);
        states_text(freezer, sizeof freezer, query_get_text(q, 1));
        found = is_abandoned(freeze, freezer, query_get_int(q, 2));
    }
    query_close(&q);
    if (!found)
        return rc < 0 ? -1 : 0;
    return disown(freeze->store, *edition, freezer, err) != 0 ? -1 : 1;
}

static int clear_abandoned(const struct freeze *freeze, struct err *err)
{
    int64_t edition;
    int rc;
    while ((rc = next_abandoned(freeze, &edition, err)) == 1)
        if (drop_edition(freeze->store, edition, err) != 0)
            return -1;
    return rc;
}

// --- the freeze ----------------------------------------------------------------------------------

static int check_new(struct freeze *freeze, struct err *err)
{
    if (latest_number(freeze, &freeze->seen, err) != 0)
        return -1;
    if (freeze->seen > 0 && !freeze->what->again && !freeze->what->replaces)
        return err_set(err, ERR_INPUT,
                       "campaign %s was started already (edition %lld); use --again to send it "
                       "once more to everybody",
                       freeze->what->slug, (long long)freeze->seen);
    return 0;
}

// A campaign whose folder was renamed is the same letter: "the same content to the same list again"
// is never an accident that nobody asked for.
static int check_content(const struct freeze *freeze, struct err *err)
{
    if (freeze->what->again)
        return 0;
    struct query *q =
        query_open(freeze->store,
                   "SELECT slug FROM edition WHERE template_hash = $hash"
                   " AND slug <> $slug AND state <> " CANCELLED " AND number IS NOT NULL LIMIT 1",
                   err);
    if (!q)
        return -1;
    query_blob(q, "$hash", freeze->what->hash, HASH_SIZE);
    query_text(q, "$slug", freeze->what->slug);
    int rc = query_next(q, err);
    if (rc == 1)
        rc =
            err_set(err, ERR_INPUT,
                    "campaign %s is word for word campaign %s, which was started already; if it is "
                    "to go out once more, 'hearten send %s --again'",
                    freeze->what->slug, query_get_text(q, 0), freeze->what->slug);
    query_close(&q);
    return rc;
}

static int check_alone(const struct freeze *freeze, struct err *err)
{
    struct query *q =
        query_open(freeze->store,
                   "SELECT count(*) FROM edition WHERE slug = $slug AND state = " FREEZING, err);
    if (!q)
        return -1;
    query_text(q, "$slug", freeze->what->slug);
    int64_t others;
    if (query_value(q, 0, &others, err) != 0)
        return -1;
    return others == 0 ? 0
                       : err_set(err, ERR_AGAIN,
                                 "campaign %s is being started by another process right now; look "
                                 "again in a moment",
                                 freeze->what->slug);
}

static int insert_edition(struct freeze *freeze, struct err *err)
{
    const struct edition_new *what = freeze->what;
    struct query *q = query_open(
        freeze->store,
        "INSERT INTO edition (slug, state, subject, template_hash, created_at, freezer,"
        " freezer_seen_at, template) VALUES ($slug, " FREEZING ", $subject, $hash, $now, $freezer,"
        " $seen_at, $template) RETURNING id",
        err);
    if (!q)
        return -1;
    query_text(q, "$slug", what->slug);
    query_text(q, "$subject", what->subject);
    query_blob(q, "$hash", what->hash, HASH_SIZE);
    query_int(q, "$now", what->now);
    query_text(q, "$freezer", freeze->self);
    query_int(q, "$seen_at", clock_now());
    query_blob(q, "$template", what->blob_len ? what->blob : "", what->blob_len);
    return query_value(q, 0, &freeze->edition, err);
}

// Everybody who comes after this moment is for the next edition.
static int find_last(struct freeze *freeze, struct err *err)
{
    struct query *q = query_open(freeze->store, "SELECT coalesce(max(id), 0) FROM subscriber", err);
    return q ? query_value(q, 0, &freeze->last, err) : -1;
}

static int still_ours(const struct freeze *freeze, struct err *err)
{
    struct query *q = query_open(freeze->store,
                                 "UPDATE edition SET freezer_seen_at = $seen_at WHERE id = $edition"
                                 " AND state = " FREEZING " AND freezer = $freezer",
                                 err);
    if (!q)
        return -1;
    query_int(q, "$seen_at", clock_now());
    query_int(q, "$edition", freeze->edition);
    query_text(q, "$freezer", freeze->self);
    int64_t changed;
    if (query_run(q, &changed, err) != 0)
        return -1;
    return changed == 1 ? 0
                        : err_set(err, ERR_AGAIN,
                                  "another process took over the start of campaign %s; look again "
                                  "in a moment",
                                  freeze->what->slug);
}

static int chunk_end(const struct freeze *freeze, int64_t *out, struct err *err)
{
    struct query *q = query_open(freeze->store,
                                 "SELECT id FROM subscriber WHERE id > $after AND id <= $last"
                                 " ORDER BY id LIMIT 1 OFFSET " BEFORE_LAST,
                                 err);
    if (!q)
        return -1;
    query_int(q, "$after", freeze->after);
    query_int(q, "$last", freeze->last);
    return query_value(q, freeze->last, out, err);
}

static int copy_chunk(struct freeze *freeze, struct err *err)
{
    int64_t upto, copied;
    if (still_ours(freeze, err) != 0 || chunk_end(freeze, &upto, err) != 0)
        return -1;
    struct query *q = query_open(
        freeze->store,
        "INSERT INTO delivery (edition, subscriber, state, next_at, settled_at, reason)"
        " SELECT $edition, s.id,"
        " CASE WHEN x.hash IS NULL THEN " PENDING " ELSE " SKIPPED " END, 0,"
        " CASE WHEN x.hash IS NULL THEN 0 ELSE $now END,"
        " CASE WHEN x.hash IS NULL THEN '' ELSE 'suppressed' END"
        " FROM subscriber s LEFT JOIN suppression x ON x.hash = s.hash"
        " WHERE s.id > $after AND s.id <= $upto AND s.status = " SUBSCRIBED " ORDER BY s.id",
        err);
    if (!q)
        return -1;
    query_int(q, "$edition", freeze->edition);
    query_int(q, "$now", freeze->what->now);
    query_int(q, "$after", freeze->after);
    query_int(q, "$upto", upto);
    if (query_run(q, &copied, err) != 0)
        return -1;
    freeze->after = upto;
    freeze->audience += copied;
    return 0;
}

// The old edition is cancelled in the very transaction that makes the new one visible, and only if
// it still is what the caller has judged.
static int retire_replaced(const struct freeze *freeze, struct err *err)
{
    if (!freeze->what->replaces)
        return 0;
    struct query *q =
        query_open(freeze->store,
                   "UPDATE edition SET state = " CANCELLED ", pause_reason = '', finished_at = $now"
                   " WHERE id = $edition AND state IN (" SENDING ", " PAUSED ") AND number = $seen"
                   " AND NOT EXISTS (SELECT 1 FROM delivery WHERE edition = $edition"
                   " AND state IN (" CLAIMED ", " IN_DOUBT ", " SENT "))",
                   err);
    if (!q)
        return -1;
    query_int(q, "$edition", freeze->what->replaces);
    query_int(q, "$seen", freeze->seen);
    query_int(q, "$now", freeze->what->now);
    int64_t changed;
    if (query_run(q, &changed, err) != 0)
        return -1;
    return changed == 1 ? 0
                        : err_set(err, ERR_AGAIN,
                                  "another process took campaign %s up meanwhile; look again in a "
                                  "moment",
                                  freeze->what->slug);
}

static int flip(struct freeze *freeze, struct err *err)
{
    int64_t latest;
    if (still_ours(freeze, err) != 0 || latest_number(freeze, &latest, err) != 0)
        return -1;
    if (latest != freeze->seen)
        return err_set(err, ERR_AGAIN,
                       "another process started campaign %s first; look again in a moment",
                       freeze->what->slug);
    if (freeze->audience == 0)
        return err_set(err, ERR_INPUT,
                       "nobody would get campaign %s: the list has no subscribers; see 'hearten "
                       "subscriber add'",
                       freeze->what->slug);
    if (retire_replaced(freeze, err) != 0)
        return -1;
    struct query *q =
        query_open(freeze->store,
                   "UPDATE edition SET number = $number, state = " SENDING ", audience = $audience,"
                   " freezer = '', freezer_seen_at = 0 WHERE id = $edition",
                   err);
    if (!q)
        return -1;
    query_int(q, "$number", latest + 1);
    query_int(q, "$audience", freeze->audience);
    query_int(q, "$edition", freeze->edition);
    return query_run(q, NULL, err);
}

static int start(struct freeze *freeze, struct err *err)
{
    return check_new(freeze, err) != 0 || check_content(freeze, err) != 0 ||
                   check_alone(freeze, err) != 0 || find_last(freeze, err) != 0 ||
                   insert_edition(freeze, err) != 0
               ? -1
               : 0;
}

static int in_transaction(struct freeze *freeze, int (*step)(struct freeze *, struct err *),
                          struct err *err)
{
    if (store_begin(freeze->store, err) != 0)
        return -1;
    if (step(freeze, err) != 0) {
        store_rollback(freeze->store);
        return -1;
    }
    return store_commit(freeze->store, err);
}

static int copy_all(struct freeze *freeze, struct err *err)
{
    while (freeze->after < freeze->last)
        if (in_transaction(freeze, copy_chunk, err) != 0)
            return -1;
    return in_transaction(freeze, flip, err);
}

int ledger_freeze(struct store *store, const struct edition_new *what, int64_t *edition,
                  struct err *err)
{
    assert(!store_is_in_transaction(store));
    if (!*what->slug || strlen(what->slug) >= sizeof((struct edition *)0)->slug)
        return err_set(err, ERR_INPUT, "the name of campaign %.40s has to be 1 to 127 bytes long",
                       what->slug);
    struct freeze freeze = {.store = store, .what = what};
    describe_self(freeze.self, sizeof freeze.self);
    if (check_new(&freeze, err) != 0 || clear_abandoned(&freeze, err) != 0 ||
        in_transaction(&freeze, start, err) != 0)
        return -1;
    if (copy_all(&freeze, err) != 0) {
        // What cannot be cleared away now is cleared by the next freeze.
        struct err ignored;
        if (disown(store, freeze.edition, freeze.self, &ignored) == 0)
            (void)!drop_edition(store, freeze.edition, &ignored);
        return -1;
    }
    *edition = freeze.edition;
    // The rows of the one that was replaced; should this fail, they are skipped by nobody and get
    // nothing, since their edition is cancelled.
    struct err ignored;
    if (what->replaces)
        (void)!ledger_set_state(store, what->replaces, EDITION_CANCELLED, "", what->now, &ignored);
    return 0;
}
