#include "store_test.h"

// --- what each verb does to a row in each state --------------------------------------------------

#define NOT_OURS DELIVERY_STATES

static void brings_to(struct store *store, const struct claim *claim, enum delivery_state state)
{
    if (state == DELIVERY_PENDING)
        assert_int_equal(test_step(store, LEDGER_RELEASE, claim), state);
    if (state == DELIVERY_SKIPPED)
        assert_int_equal(test_step(store, LEDGER_SKIP, claim), state);
    if (state == DELIVERY_FAILED)
        assert_int_equal(test_step(store, LEDGER_FAIL, claim), state);
    if (state == DELIVERY_IN_DOUBT || state == DELIVERY_SENT)
        assert_int_equal(test_step(store, LEDGER_DOUBT, claim), DELIVERY_IN_DOUBT);
    if (state == DELIVERY_SENT)
        assert_int_equal(test_step(store, LEDGER_SENT, claim), state);
}

static void test_every_verb_in_every_state(void **state)
{
    (void)state;
    static const enum delivery_state expected[][DELIVERY_STATES] = {
        // pending, claimed, in doubt, sent, failed, skipped
        [LEDGER_DOUBT] = {NOT_OURS, DELIVERY_IN_DOUBT, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS},
        [LEDGER_SENT] = {NOT_OURS, NOT_OURS, DELIVERY_SENT, NOT_OURS, NOT_OURS, NOT_OURS},
        [LEDGER_FAIL] = {NOT_OURS, DELIVERY_FAILED, DELIVERY_FAILED, NOT_OURS, NOT_OURS, NOT_OURS},
        [LEDGER_DEFER] = {NOT_OURS, DELIVERY_PENDING, DELIVERY_PENDING, NOT_OURS, NOT_OURS,
                          NOT_OURS},
        [LEDGER_RELEASE] = {NOT_OURS, DELIVERY_PENDING, DELIVERY_PENDING, NOT_OURS, NOT_OURS,
                            NOT_OURS},
        [LEDGER_SKIP] = {NOT_OURS, DELIVERY_SKIPPED, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS},
        [LEDGER_RECALL] = {NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, DELIVERY_PENDING, NOT_OURS},
    };
    struct store *store = test_open();
    test_people(store, COUNT_OF(expected) * DELIVERY_STATES);
    int64_t edition = test_freeze(store, "verbs"), owner = test_owner(store);
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 100, &claims);
    assert_int_equal(n, COUNT_OF(expected) * DELIVERY_STATES);
    for (size_t i = 0; i < n; i++) {
        enum ledger_verb verb = (enum ledger_verb)(i / DELIVERY_STATES);
        enum delivery_state from = (enum delivery_state)(i % DELIVERY_STATES);
        brings_to(store, &claims[i], from);
        struct claim foreign = claims[i];
        foreign.attempt += 1000;
        assert_int_equal(test_step(store, verb, &foreign), NOT_OURS);
        enum delivery_state got = test_step(store, verb, &claims[i]);
        if (got != expected[verb][from])
            fail_msg("verb %d on %s: %s, not %s", verb, delivery_state_name(from),
                     delivery_state_name(got), delivery_state_name(expected[verb][from]));
        test_account(store, edition);
    }
    test_drop(claims, n);
    store_close(&store);
}

// --- the re-check at the point of no return ------------------------------------------------------

enum trouble {
    OPTED_OUT,
    SUPPRESSED_ONLY,
    ERASED,
    BOUNCED,
    PAUSED_EDITION,
    CANCELLED_EDITION
};

static void make_trouble(struct store *store, enum trouble trouble, int64_t edition)
{
    struct err err = {0};
    if (trouble == OPTED_OUT)
        test_set_status(store, 1, PERSON_UNSUBSCRIBED);
    if (trouble == SUPPRESSED_ONLY)
        test_suppress(store, "p0000001@example.org");
    if (trouble == ERASED)
        test_delete(store, 1);
    if (trouble == BOUNCED)
        test_set_status(store, 1, PERSON_BOUNCED);
    if (trouble == PAUSED_EDITION)
        assert_ok(ledger_set_state(store, edition, EDITION_PAUSED, "a test", 5, &err), &err);
    if (trouble == CANCELLED_EDITION)
        assert_ok(ledger_set_state(store, edition, EDITION_CANCELLED, NULL, 5, &err), &err);
}

struct seen_row {
    int64_t person;
    enum delivery_state state;
    char reason[64], email[64], text[600], enhanced[16];
    int code, tries;
    int64_t next_at, settled_at;
};

static int see_row(void *arg, const struct delivery_row *row, struct err *err)
{
    (void)err;
    struct seen_row *seen = arg;
    if (seen->person && seen->person != row->person)
        return 0;
    seen->state = row->state;
    snprintf(seen->reason, sizeof seen->reason, "%s", row->reason);
    snprintf(seen->email, sizeof seen->email, "%s", row->email ? row->email : "-");
    snprintf(seen->text, sizeof seen->text, "%s", row->reply_text);
    snprintf(seen->enhanced, sizeof seen->enhanced, "%s", row->reply_enhanced);
    seen->code = row->reply_code;
    seen->tries = row->tries;
    seen->next_at = row->next_at;
    seen->settled_at = row->settled_at;
    return 0;
}

static struct seen_row row_of(struct store *store, int64_t edition, int64_t person)
{
    struct seen_row seen = {.person = person};
    struct err err = {0};
    assert_ok(ledger_rows(store, edition, -1, see_row, &seen, &err), &err);
    return seen;
}

static void test_doubt_checks_again(void **state)
{
    (void)state;
    static const struct {
        enum trouble trouble;
        enum delivery_state result;
        const char *reason;
    } cases[] = {
        {OPTED_OUT, DELIVERY_SKIPPED, "opted_out"},
        {SUPPRESSED_ONLY, DELIVERY_SKIPPED, "suppressed"},
        {ERASED, DELIVERY_SKIPPED, "erased"},
        {BOUNCED, DELIVERY_SKIPPED, "bounced"},
        {PAUSED_EDITION, DELIVERY_PENDING, ""},
        {CANCELLED_EDITION, DELIVERY_SKIPPED, "cancelled"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *store = test_open(), *other = test_open();
        test_people(store, 1);
        int64_t edition = test_freeze(store, "check"), owner = test_owner(store);
        struct claim *claims;
        size_t n = test_claim(store, edition, owner, 10, &claims);
        assert_int_equal(n, 1);
        make_trouble(other, cases[i].trouble, edition);
        assert_int_equal(test_step(store, LEDGER_DOUBT, claims), cases[i].result);
        struct seen_row row = row_of(store, edition, 1);
        assert_int_equal(row.state, cases[i].result);
        assert_string_equal(row.reason, cases[i].reason);
        assert_int_equal(test_account(store, edition).audience, 1);
        test_drop(claims, n);
        store_close(&store);
        store_close(&other);
        assert_int_equal(unlink(test_path("")), 0);
    }
}

// A late 250 is never thrown away, even after the edition was paused and the owner declared dead.
static void test_late_settling(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 2);
    int64_t edition = test_freeze(store, "late"), owner = test_owner(store), freed;
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 10, &claims);
    assert_int_equal(n, 2);
    assert_int_equal(test_step(store, LEDGER_DOUBT, &claims[0]), DELIVERY_IN_DOUBT);
    assert_ok(ledger_set_state(store, edition, EDITION_PAUSED, "brake", 9, &err), &err);
    assert_ok(ledger_owner_dead(store, owner, 2500, &freed, &err), &err);
    assert_int_equal(freed, 1);
    struct account account = test_account(store, edition);
    assert_int_equal(account.by_state[DELIVERY_IN_DOUBT], 1);
    assert_int_equal(account.by_state[DELIVERY_PENDING], 1);
    assert_int_equal(account.deferred, 0);
    assert_int_equal(test_step(store, LEDGER_DOUBT, &claims[1]), NOT_OURS);
    assert_int_equal(test_step(store, LEDGER_SENT, &claims[0]), DELIVERY_SENT);
    test_account(store, edition);
    const struct claim_wish wish = {.edition = edition, .owner = owner, .now = 9999, .limit = 1};
    struct claim *none;
    size_t count;
    assert_int_equal(ledger_claim(store, &wish, &none, &count, &err), -1);
    assert_int_equal(err.kind, ERR_AGAIN);
    test_drop(claims, n);
    store_close(&store);
}

static void test_reply_is_kept_and_clean(void **state)
{
    (void)state;
    struct store *store = test_open();
    struct err err = {0};
    test_people(store, 1);
    int64_t edition = test_freeze(store, "reply"), owner = test_owner(store);
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 10, &claims);
    char text[700];
    memset(text, 'x', sizeof text);
    memcpy(text, "bad \xff\xc3 byte \xc3\xa4 ", 15);
    memcpy(text + 498, "\xe2\x82\xac", 3); // would be cut in the middle
    text[sizeof text - 1] = '\0';
    struct ledger_step step = {.verb = LEDGER_DEFER,
                               .edition = edition,
                               .person = 1,
                               .attempt = claims[0].attempt,
                               .now = 2001,
                               .next_at = 2345,
                               .counted = true,
                               .reply_code = 450,
                               .reply_enhanced = "4.2.0",
                               .reply_text = text};
    assert_ok(ledger_apply(store, &step, 1, &err), &err);
    struct seen_row row = row_of(store, edition, 1);
    assert_int_equal(row.code, 450);
    assert_string_equal(row.enhanced, "4.2.0");
    assert_memory_equal(row.text, "bad ?? byte \xc3\xa4 x", 16);
    assert_int_equal(strlen(row.text), 498);
    assert_int_equal(row.tries, 1);
    assert_int_equal(row.next_at, 2345);
    struct account account = test_account(store, edition);
    assert_int_equal(account.deferred, 1);
    assert_int_equal(account.next_at, 2345);
    test_drop(claims, n);
    store_close(&store);
}

static void test_defer_waits_and_counts(void **state)
{
    (void)state;
    struct store *store = test_open();
    struct err err = {0};
    test_people(store, 1);
    int64_t edition = test_freeze(store, "defer"), owner = test_owner(store);
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 10, &claims);
    int64_t attempt = claims[0].attempt;
    assert_int_equal(claims[0].first_try_at, 0);
    assert_int_equal(test_step(store, LEDGER_DEFER, claims), DELIVERY_PENDING);
    test_drop(claims, n);
    assert_int_equal(test_claim(store, edition, owner, 10, &claims), 0); // due at 3000
    struct claim_wish wish = {
        .edition = edition, .owner = owner, .now = 3000, .lease_until = 1, .limit = 10};
    assert_ok(ledger_claim(store, &wish, &claims, &n, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(claims[0].tries, 1);
    assert_int_equal(claims[0].first_try_at, 2001);
    assert_true(claims[0].attempt > attempt);
    assert_string_equal(claims[0].person.addr.wire, "p0000001@example.org");
    struct ledger_step slow = {.verb = LEDGER_DEFER,
                               .edition = edition,
                               .person = 1,
                               .attempt = claims[0].attempt,
                               .now = 3001,
                               .next_at = 3010};
    assert_ok(ledger_apply(store, &slow, 1, &err), &err);
    assert_int_equal(slow.result, DELIVERY_PENDING);
    assert_int_equal(row_of(store, edition, 1).tries, 1);
    test_drop(claims, n);
    store_close(&store);
}

static void test_claim_skips_those_who_left(void **state)
{
    (void)state;
    struct store *store = test_open();
    test_people(store, 8);
    test_suppress(store, "p0000002@example.org");
    int64_t edition = test_freeze(store, "left"), owner = test_owner(store);
    struct account account = test_account(store, edition);
    assert_int_equal(account.audience, 8);
    assert_int_equal(account.by_state[DELIVERY_SKIPPED], 1);
    test_set_status(store, 1, PERSON_UNSUBSCRIBED);
    test_suppress(store, "p0000003@example.org");
    test_delete(store, 4);
    // A limit of two meets only people who left; the claim goes on to those who did not.
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 2, &claims);
    assert_true(n > 0);
    assert_int_equal(claims[0].person.id, 5);
    test_drop(claims, n);
    assert_string_equal(row_of(store, edition, 1).reason, "opted_out");
    assert_string_equal(row_of(store, edition, 2).reason, "suppressed");
    assert_string_equal(row_of(store, edition, 3).reason, "suppressed");
    assert_string_equal(row_of(store, edition, 4).reason, "erased");
    assert_string_equal(row_of(store, edition, 4).email, "-");
    account = test_account(store, edition);
    assert_int_equal(account.by_state[DELIVERY_SKIPPED], 4);
    assert_int_equal(account.opted_out, 1);
    store_close(&store);
}

// --- editions ------------------------------------------------------------------------------------

static void test_editions(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 3);
    struct edition edition;
    assert_int_equal(ledger_edition(store, "weekly", 0, &edition, &err), 0);
    int64_t first = test_freeze(store, "weekly"), second;
    struct edition_new what = test_edition("weekly");
    assert_int_equal(ledger_freeze(store, &what, &second, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_contains(err.msg, "--again");
    what.again = true;
    assert_ok(ledger_freeze(store, &what, &second, &err), &err);
    assert_true(second != first);
    assert_int_equal(ledger_edition(store, "weekly", 0, &edition, &err), 1);
    assert_int_equal(edition.number, 2);
    assert_int_equal(edition.state, EDITION_SENDING);
    assert_string_equal(edition.subject, "Being real");
    assert_int_equal(ledger_edition(store, "weekly", 1, &edition, &err), 1);
    assert_int_equal(edition.id, first);
    void *blob;
    size_t len;
    assert_ok(ledger_template(store, first, &blob, &len, &err), &err);
    assert_int_equal(len, 8);
    assert_memory_equal(blob, "template", 8);
    free(blob);
    store_close(&store);
}

// A renamed folder is the same letter, and an empty list is no send.
static void test_freeze_refuses(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    struct edition edition;
    int64_t id;
    struct edition_new what = test_edition("weekly");
    assert_int_equal(ledger_freeze(store, &what, &id, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_contains(err.msg, "no subscribers");
    assert_int_equal(ledger_edition(store, "weekly", 0, &edition, &err), 0);
    test_people(store, 3);
    assert_ok(ledger_freeze(store, &what, &id, &err), &err);
    what.slug = "renamed";
    int64_t copy;
    assert_int_equal(ledger_freeze(store, &what, &copy, &err), -1);
    assert_contains(err.msg, "weekly");
    assert_contains(err.msg, "--again");
    what.again = true;
    assert_ok(ledger_freeze(store, &what, &copy, &err), &err);
    // What was cancelled has gone to nobody's satisfaction: the same text may be sent under a new
    // name.
    assert_ok(ledger_set_state(store, id, EDITION_CANCELLED, "", 5, &err), &err);
    assert_ok(ledger_set_state(store, copy, EDITION_CANCELLED, "", 5, &err), &err);
    what.slug = "third";
    what.again = false;
    assert_ok(ledger_freeze(store, &what, &copy, &err), &err);
    store_close(&store);
}

// A paused edition is replaced by one process only, and only as long as nobody has got it.
static void test_replace(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 3);
    int64_t old = test_freeze(store, "weekly"), new, third;
    struct edition_new what = test_edition("weekly");
    unsigned char hash[HASH_SIZE];
    test_hash(hash, "mended");
    what.hash = hash;
    what.replaces = old;
    int64_t owner = test_owner(store);
    struct claim *claims;
    size_t n = test_claim(store, old, owner, 1, &claims);
    assert_int_equal(ledger_freeze(store, &what, &new, &err), -1); // a sender has one in hand
    assert_int_equal(err.kind, ERR_AGAIN);
    assert_int_equal(test_step(store, LEDGER_RELEASE, &claims[0]), DELIVERY_PENDING);
    test_drop(claims, n);
    assert_ok(ledger_set_state(store, old, EDITION_PAUSED, "why", 5, &err), &err);
    assert_ok(ledger_freeze(store, &what, &new, &err), &err);
    assert_int_equal(ledger_freeze(store, &what, &third, &err), -1); // somebody else has done it
    assert_int_equal(err.kind, ERR_AGAIN);
    struct edition edition;
    assert_int_equal(ledger_edition_by_id(store, old, &edition, &err), 1);
    assert_int_equal(edition.state, EDITION_CANCELLED);
    assert_int_equal(edition.finished_at, 1000);
    assert_int_equal(test_account(store, old).by_state[DELIVERY_SKIPPED], 3);
    assert_int_equal(test_account(store, new).by_state[DELIVERY_PENDING], 3);
    // One reader has it: the text stays.
    n = test_claim(store, new, owner, 1, &claims);
    assert_int_equal(test_step(store, LEDGER_DOUBT, &claims[0]), DELIVERY_IN_DOUBT);
    assert_ok(ledger_set_state(store, new, EDITION_PAUSED, "why", 5, &err), &err);
    what.replaces = new;
    assert_int_equal(ledger_freeze(store, &what, &third, &err), -1);
    assert_int_equal(err.kind, ERR_AGAIN);
    test_drop(claims, n);
    store_close(&store);
}

// Nothing is claimed of an edition that is not being sent; a lease that has passed frees a claim,
// and its old holder is fenced.
static void test_lease_and_pause(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 2);
    int64_t edition = test_freeze(store, "weekly"), slow = test_owner(store),
            other = test_owner(store);
    assert_ok(ledger_set_state(store, edition, EDITION_PAUSED, "why", 5, &err), &err);
    struct claim *old, *claims;
    size_t none = test_claim(store, edition, slow, 10, &old);
    assert_int_equal(none, 0);
    assert_ok(ledger_set_state(store, edition, EDITION_SENDING, "", 5, &err), &err);
    struct claim_wish wish = {
        .edition = edition, .owner = slow, .now = 2000, .lease_until = 2900, .limit = 10};
    size_t held, count;
    assert_ok(ledger_claim(store, &wish, &old, &held, &err), &err);
    assert_int_equal(held, 2);
    assert_int_equal(test_step(store, LEDGER_DOUBT, &old[0]), DELIVERY_IN_DOUBT);
    wish.owner = other;
    wish.now = 2900;
    assert_ok(ledger_claim(store, &wish, &claims, &count, &err), &err);
    assert_int_equal(count, 0); // not yet
    wish.now = 2901;
    assert_ok(ledger_claim(store, &wish, &claims, &count, &err), &err);
    assert_int_equal(count, 1); // and never what is in doubt
    assert_int_equal(claims[0].person.id, old[1].person.id);
    assert_int_equal(test_step(store, LEDGER_DOUBT, &old[1]), NOT_OURS);
    assert_int_equal(test_step(store, LEDGER_SENT, &old[0]), DELIVERY_SENT); // however late
    assert_int_equal(test_step(store, LEDGER_DOUBT, &claims[0]), DELIVERY_IN_DOUBT);
    test_drop(old, held);
    test_drop(claims, count);
    store_close(&store);
}

static void test_finish(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 2);
    int64_t edition = test_freeze(store, "finish"), owner = test_owner(store);
    assert_int_equal(ledger_finish(store, edition, 5, &err), 0);
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 10, &claims);
    assert_int_equal(ledger_finish(store, edition, 5, &err), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(test_step(store, LEDGER_DOUBT, &claims[i]), DELIVERY_IN_DOUBT);
    assert_int_equal(test_step(store, LEDGER_SENT, &claims[0]), DELIVERY_SENT);
    assert_int_equal(ledger_finish(store, edition, 5, &err), 1);
    assert_int_equal(ledger_finish(store, edition, 6, &err), 1);
    struct edition found;
    assert_int_equal(ledger_edition_by_id(store, edition, &found, &err), 1);
    assert_int_equal(found.state, EDITION_FINISHED);
    assert_int_equal(found.finished_at, 5);
    // The last row in doubt has to wait after all: it must not be stranded.
    assert_int_equal(test_step(store, LEDGER_DEFER, &claims[1]), DELIVERY_PENDING);
    assert_int_equal(ledger_edition_by_id(store, edition, &found, &err), 1);
    assert_int_equal(found.state, EDITION_SENDING);
    test_account(store, edition);
    test_drop(claims, n);
    store_close(&store);
}

static void test_cancel_and_states(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 4500);
    int64_t edition = test_freeze(store, "cancel"), owner = test_owner(store);
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 3, &claims);
    assert_int_equal(test_step(store, LEDGER_DOUBT, &claims[0]), DELIVERY_IN_DOUBT);
    assert_ok(ledger_set_state(store, edition, EDITION_CANCELLED, NULL, 7, &err), &err);
    struct account account = test_account(store, edition);
    assert_int_equal(account.by_state[DELIVERY_SKIPPED], 4497);
    assert_int_equal(test_step(store, LEDGER_SENT, &claims[0]), DELIVERY_SENT);
    assert_int_equal(test_step(store, LEDGER_DEFER, &claims[1]), DELIVERY_SKIPPED);
    assert_ok(ledger_owner_remove(store, owner, &err), &err);
    account = test_account(store, edition);
    assert_int_equal(account.by_state[DELIVERY_SKIPPED], 4499);
    assert_int_equal(account.by_state[DELIVERY_PENDING], 0);
    assert_int_equal(ledger_set_state(store, edition, EDITION_SENDING, NULL, 8, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(ledger_set_state(store, 77, EDITION_PAUSED, NULL, 8, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    test_drop(claims, n);
    store_close(&store);
}

static int count_owner(void *arg, const struct owner_info *owner, struct err *err)
{
    (void)err;
    assert_string_equal(owner->host, "here");
    assert_int_equal(owner->pid, getpid());
    ++*(int *)arg;
    return 0;
}

static void test_owners(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    int64_t a = test_owner(store), b = test_owner(store);
    assert_true(a != b);
    int count = 0;
    assert_ok(ledger_owners(store, count_owner, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_ok(ledger_owner_seen(store, a, 4000, &err), &err);
    assert_ok(ledger_owner_remove(store, a, &err), &err);
    assert_int_equal(ledger_owner_seen(store, a, 4000, &err), -1);
    assert_int_equal(test_owner(store), b + 1); // numbers are not given twice
    store_close(&store);
}

static void test_batch_is_one_transaction(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 300);
    int64_t edition = test_freeze(store, "batch"), owner = test_owner(store);
    struct claim *claims;
    size_t n = test_claim(store, edition, owner, 300, &claims);
    assert_int_equal(n, 300);
    struct ledger_step steps[300];
    for (size_t i = 0; i < n; i++)
        steps[i] = (struct ledger_step){.verb = i % 3 ? LEDGER_DOUBT : LEDGER_SKIP,
                                        .edition = edition,
                                        .person = claims[i].person.id,
                                        .attempt = claims[i].attempt,
                                        .now = 2001,
                                        .reason = "render error"};
    assert_ok(ledger_apply(store, steps, n, &err), &err);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(steps[i].result, i % 3 ? DELIVERY_IN_DOUBT : DELIVERY_SKIPPED);
    struct account account = test_account(store, edition);
    assert_int_equal(account.by_state[DELIVERY_SKIPPED], 100);
    assert_int_equal(account.by_state[DELIVERY_IN_DOUBT], 200);
    test_drop(claims, n);
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_verb_in_every_state, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_doubt_checks_again, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_late_settling, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_reply_is_kept_and_clean, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_defer_waits_and_counts, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_claim_skips_those_who_left, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_editions, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_freeze_refuses, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_replace, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_lease_and_pause, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_finish, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_cancel_and_states, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_owners, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_batch_is_one_transaction, test_setup, test_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
