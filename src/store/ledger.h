// NAME
//   ledger - editions, delivery rows, owners: the account of every recipient
//
// DESCRIPTION
//   A row per (edition, subscriber). States and steps:
//
//     pending --claim--> claimed --doubt--> in_doubt --sent--> sent
//        ^                  |                  |-----fail----> failed
//        |<----release------'                  |
//        |<----defer (next_at)-----------------'
//        |<----recall------------------------------------------- failed
//     claimed --skip--> skipped(reason);  claimed --release--> pending
//
//   `doubt` is the point of no return: it is committed before the command that hands over the end
//   of the message leaves. It re-checks in the same statement that the attempt is ours, that the
//   edition is still `sending`, that the person is `subscribed` and not suppressed; a person who
//   has left becomes skipped(opted_out), a row of a paused edition goes back to pending.
//   Settling is WHERE attempt = ours AND state is what we left it in, however old the lease.
//   audience = sent + failed + skipped + in_doubt + pending + claimed, at every commit.
//
//   All changes of one ledger_apply are one transaction: that is the group commit.
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "crypt/hash.h"
#include "store/people.h"
#include "store/store.h"

enum delivery_state {
    DELIVERY_PENDING,
    DELIVERY_CLAIMED,
    DELIVERY_IN_DOUBT,
    DELIVERY_SENT,
    DELIVERY_FAILED,
    DELIVERY_SKIPPED,
    DELIVERY_STATES
};
const char *delivery_state_name(enum delivery_state state);

enum edition_state {
    EDITION_FREEZING, // the audience is being copied; not visible to senders
    EDITION_SENDING,
    EDITION_PAUSED,
    EDITION_FINISHED,
    EDITION_CANCELLED,
    EDITION_STATES
};
const char *edition_state_name(enum edition_state state);

struct edition {
    int64_t id;
    char slug[128];
    int64_t number; // 1 for the first send of a campaign, 2 for `--again`, …
    enum edition_state state;
    char subject[1000];
    unsigned char template_hash[HASH_SIZE];
    int64_t created_at, finished_at; // finished_at 0: not yet
    char pause_reason[512];          // "" when not paused
};

struct account {
    int64_t audience;
    int64_t by_state[DELIVERY_STATES];
    int64_t deferred;  // the pending rows that a sender has had in hand before
    int64_t opted_out; // of the audience, people who are unsubscribed by now
    int64_t next_at;   // when the next of those is due; 0: none
};

// --- editions ------------------------------------------------------------------------------------
struct edition_new {
    const char *slug;
    const char *subject;
    const void *blob; // the template
    size_t blob_len;
    const unsigned char *hash;
    int64_t now;
    bool again;       // make the next edition although one exists
    int64_t replaces; // 0, or an edition that nobody has got: cancelled as this one begins
};
// Freezes template and audience: a pending row for each subscribed person who is not suppressed, a
// skipped row (reason "suppressed") for each subscribed person who is. In chunks; visible by one
// last flip to EDITION_SENDING. ERR_INPUT when the campaign, or another one with the very same
// template, has an edition already and not again, and when nobody is in the audience. An unfinished
// freeze by a dead process is taken up anew.
int ledger_freeze(struct store *store, const struct edition_new *what, int64_t *edition,
                  struct err *err) MUST_CHECK;

// 1 found, 0 none, -1. number 0: the latest edition of the campaign.
int ledger_edition(struct store *store, const char *slug, int64_t number, struct edition *out,
                   struct err *err) MUST_CHECK;
int ledger_edition_by_id(struct store *store, int64_t id, struct edition *out,
                         struct err *err) MUST_CHECK;
int ledger_editions(struct store *store,
                    int (*each)(void *arg, const struct edition *edition, struct err *err),
                    void *arg, struct err *err) MUST_CHECK;
// The template blob, on the heap.
int ledger_template(struct store *store, int64_t edition, void **blob, size_t *len,
                    struct err *err) MUST_CHECK;
int ledger_set_state(struct store *store, int64_t edition, enum edition_state state,
                     const char *reason, int64_t now, struct err *err) MUST_CHECK;
// Sets `finished` when no row is pending or claimed. 1 it is finished now, 0 not yet, -1.
int ledger_finish(struct store *store, int64_t edition, int64_t now, struct err *err) MUST_CHECK;

int ledger_account(struct store *store, int64_t edition, struct account *out,
                   struct err *err) MUST_CHECK;
// Why rows are skipped or failed, the commonest first; of a failed row the reply's codes are part
// of the reason: "refused: 550 5.1.1".
int ledger_reasons(struct store *store, int64_t edition, enum delivery_state state,
                   int (*each)(void *arg, const char *reason, int64_t n, struct err *err),
                   void *arg, struct err *err) MUST_CHECK;
// Rows in one state (or -1 for all), for `status` details and tests.
struct delivery_row {
    int64_t edition, person;
    const char *email; // NULL: erased
    enum delivery_state state;
    const char *reason; // skipped, failed: why; "" else
    int tries;
    int64_t next_at, settled_at;
    int reply_code;
    const char *reply_enhanced, *reply_text;
};
int ledger_rows(struct store *store, int64_t edition, int state,
                int (*each)(void *arg, const struct delivery_row *row, struct err *err), void *arg,
                struct err *err) MUST_CHECK;

// Proves the account: every edition adds up, every row is in a state it can be in. ERR_FINDINGS
// names the first row that breaks a rule. Reads everything; for `store check` and tests.
int ledger_check(struct store *store, struct err *err) MUST_CHECK;

// --- owners --------------------------------------------------------------------------------------
struct owner_info {
    int64_t id;
    const char *host;
    const char *boot_id;
    int64_t pid;
    int64_t seen_at; // of the last sign of life
};
int ledger_owner_add(struct store *store, const char *host, const char *boot_id, int64_t pid,
                     int64_t now, int64_t *owner, struct err *err) MUST_CHECK;
// A sign of life; ledger_claim gives one too. ERR_AGAIN when the owner has been declared dead.
int ledger_owner_seen(struct store *store, int64_t owner, int64_t now, struct err *err) MUST_CHECK;
// A sender goes: what it still claims goes back to pending, what it leaves in doubt has no owner.
int ledger_owner_remove(struct store *store, int64_t owner, struct err *err) MUST_CHECK;
// How many rows of the edition the owner has in doubt; owner 0: rows whose sender has gone.
int ledger_in_doubt_of(struct store *store, int64_t edition, int64_t owner, int64_t *count,
                       struct err *err) MUST_CHECK;
// Owners that hold claims or in-doubt rows, or are registered.
int ledger_owners(struct store *store,
                  int (*each)(void *arg, const struct owner_info *owner, struct err *err),
                  void *arg, struct err *err) MUST_CHECK;
// The owner is dead: its claimed rows go back to pending, due at once; its in_doubt rows stay and
// are marked as having no living owner. *freed counts the former.
int ledger_owner_dead(struct store *store, int64_t owner, int64_t now, int64_t *freed,
                      struct err *err) MUST_CHECK;

// --- claims --------------------------------------------------------------------------------------
struct claim {
    int64_t edition;
    int64_t attempt;      // unique over the life of the store
    int64_t first_try_at; // 0: never tried
    int tries;            // transactions that counted against the recipient so far
    struct person person;
};
struct claim_wish {
    int64_t edition, owner;
    int64_t now, lease_until;
    int limit;
};
// Claims up to wish.limit due rows of a sending edition, those among them whose lease has passed in
// another sender's hands, and loads their people. Rows whose person
// has left or is gone become skipped in the same transaction (opted_out, suppressed, erased).
// *claims is a heap array of *count; each person is deinit'ed by the caller.
int ledger_claim(struct store *store, const struct claim_wish *wish, struct claim **claims,
                 size_t *count, struct err *err) MUST_CHECK;

enum ledger_verb {
    LEDGER_DOUBT,   // claimed -> in_doubt, or skipped / pending as above
    LEDGER_SENT,    // in_doubt -> sent
    LEDGER_FAIL,    // claimed or in_doubt -> failed
    LEDGER_DEFER,   // claimed or in_doubt -> pending at next_at; tries + 1 when counted
    LEDGER_RELEASE, // claimed or in_doubt -> pending, due at once, nothing counted
    LEDGER_SKIP,    // claimed -> skipped(reason)
    LEDGER_RECALL,  // failed -> pending, due at once: the refusal was not about this recipient
};
struct ledger_step {
    enum ledger_verb verb;
    int64_t edition, person, attempt;
    int64_t now;
    int64_t next_at;    // DEFER
    bool counted;       // DEFER
    const char *reason; // FAIL, SKIP; NULL: ""
    int reply_code;
    const char *reply_enhanced, *reply_text; // NULL: ""
    // out: the state the row is in afterwards; DELIVERY_STATES when the row was not ours any more
    enum delivery_state result;
};
int ledger_apply(struct store *store, struct ledger_step *steps, size_t count,
                 struct err *err) MUST_CHECK;

#endif
