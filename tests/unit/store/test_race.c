// Several processes, and processes that die at any moment, on one store.
#include "store_test.h"

#include "base/random.h"

#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define PEOPLE  600
#define SENDERS 4

// Shared with the children: how often each person got the message.
static int *copies;

static void setup_copies(void)
{
    copies = mmap(NULL, sizeof(int) * (PEOPLE + 1), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(copies != MAP_FAILED);
    memset(copies, 0, sizeof(int) * (PEOPLE + 1));
}

static void drop_copies(void)
{
    munmap(copies, sizeof(int) * (PEOPLE + 1));
}

static void fill(struct ledger_step *steps, enum ledger_verb verb, const struct claim *claims,
                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        steps[i] = (struct ledger_step){.verb = verb,
                                        .edition = claims[i].edition,
                                        .person = claims[i].person.id,
                                        .attempt = claims[i].attempt,
                                        .now = 2001,
                                        .reply_code = 250,
                                        .reply_text = "ok"};
}

// Claims and settles until nothing is due; returns 0 or a mark of what went wrong.
static int send_all(int64_t edition)
{
    struct store *store;
    struct err err = {0};
    int64_t owner;
    if (test_open_as(&store, false, &err) != 0 ||
        ledger_owner_add(store, "here", "boot", getpid(), 1000, &owner, &err) != 0)
        return 1;
    const struct claim_wish wish = {
        .edition = edition, .owner = owner, .now = 2000, .lease_until = 2600, .limit = 7};
    struct claim *claims;
    size_t count;
    for (;;) {
        struct ledger_step steps[7];
        if (ledger_claim(store, &wish, &claims, &count, &err) != 0)
            return 2;
        if (count == 0)
            break;
        fill(steps, LEDGER_DOUBT, claims, count);
        if (ledger_apply(store, steps, count, &err) != 0)
            return 3;
        for (size_t i = 0; i < count; i++)
            if (steps[i].result == DELIVERY_IN_DOUBT)
                __atomic_fetch_add(&copies[claims[i].person.id], 1, __ATOMIC_SEQ_CST);
        fill(steps, LEDGER_SENT, claims, count);
        if (ledger_apply(store, steps, count, &err) != 0)
            return 4;
        test_drop(claims, count);
    }
    if (ledger_owner_remove(store, owner, &err) != 0)
        return 5;
    store_close(&store);
    return 0;
}

static int wait_for(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_each_exactly_once(void **state)
{
    (void)state;
    setup_copies();
    struct store *store = test_open();
    test_people(store, PEOPLE);
    int64_t edition = test_freeze(store, "once");
    store_close(&store);
    pid_t children[SENDERS];
    for (int i = 0; i < SENDERS; i++)
        if ((children[i] = fork()) == 0)
            _exit(send_all(edition));
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(wait_for(children[i]), 0);
    for (int i = 1; i <= PEOPLE; i++)
        assert_int_equal(copies[i], 1);
    store = test_open();
    struct err err = {0};
    assert_int_equal(test_account(store, edition).by_state[DELIVERY_SENT], PEOPLE);
    assert_int_equal(ledger_finish(store, edition, 3000, &err), 1);
    store_close(&store);
    drop_copies();
}

static void sleep_random(uint64_t most_us)
{
    struct timespec pause = {.tv_nsec = (long)random_below(most_us) * 1000};
    nanosleep(&pause, NULL);
}

static int dead_owner(void *arg, const struct owner_info *owner, struct err *err)
{
    int64_t freed;
    return ledger_owner_dead(arg, owner->id, 2000, &freed, err);
}

// A sender is killed at a random moment, again and again. The account holds each time, nobody gets
// two copies, and what was not sent is in doubt, not forgotten.
static void test_killed_senders(void **state)
{
    (void)state;
    setup_copies();
    random_seed(20261127);
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, PEOPLE);
    int64_t edition = test_freeze(store, "killed");
    store_close(&store);
    for (int round = 0; round < 40; round++) {
        pid_t child = fork();
        if (child == 0)
            _exit(send_all(edition));
        sleep_random(30000);
        kill(child, SIGKILL);
        wait_for(child);
        store = test_open();
        assert_ok(ledger_owners(store, dead_owner, store, &err), &err);
        struct account account = test_account(store, edition);
        assert_int_equal(account.by_state[DELIVERY_CLAIMED], 0);
        store_close(&store);
    }
    assert_int_equal(send_all(edition), 0);
    store = test_open();
    struct account account = test_account(store, edition);
    assert_int_equal(account.by_state[DELIVERY_PENDING], 0);
    assert_int_equal(account.by_state[DELIVERY_SENT] + account.by_state[DELIVERY_IN_DOUBT], PEOPLE);
    for (int i = 1; i <= PEOPLE; i++)
        assert_true(copies[i] <= 1);
    store_close(&store);
    drop_copies();
}

// --- freezing ------------------------------------------------------------------------------------

static int freeze_it(const char *slug)
{
    struct store *store;
    struct err err = {0};
    int64_t edition;
    const struct edition_new what = test_edition(slug);
    if (test_open_as(&store, false, &err) != 0)
        return 9;
    int rc = ledger_freeze(store, &what, &edition, &err);
    if (rc != 0)
        print_message("# %s\n", err.msg);
    store_close(&store);
    return rc == 0 ? 0 : err.kind == ERR_AGAIN ? 75 : err.kind == ERR_INPUT ? 65 : 9;
}

static int count_edition(void *arg, const struct edition *edition, struct err *err)
{
    (void)edition, (void)err;
    ++*(int *)arg;
    return 0;
}

static int editions(struct store *store)
{
    int count = 0;
    struct err err = {0};
    assert_ok(ledger_editions(store, count_edition, &count, &err), &err);
    return count;
}

// Processes that freeze one campaign at once end with one edition; the others are told so.
static void test_freeze_race(void **state)
{
    (void)state;
    struct store *store = test_open();
    test_people(store, 7000);
    store_close(&store);
    for (int round = 0; round < 5; round++) {
        char slug[32];
        snprintf(slug, sizeof slug, "race-%d", round);
        pid_t children[3];
        for (size_t i = 0; i < COUNT_OF(children); i++)
            if ((children[i] = fork()) == 0)
                _exit(freeze_it(slug));
        int won = 0;
        for (size_t i = 0; i < COUNT_OF(children); i++) {
            int status = wait_for(children[i]);
            assert_true(WIFEXITED(status));
            won += WEXITSTATUS(status) == 0;
            if (WEXITSTATUS(status) != 0)
                assert_true(WEXITSTATUS(status) == 75 || WEXITSTATUS(status) == 65);
        }
        assert_int_equal(won, 1);
        store = test_open();
        assert_int_equal(editions(store), round + 1);
        struct edition edition;
        struct err err = {0};
        assert_int_equal(ledger_edition(store, slug, 0, &edition, &err), 1);
        assert_int_equal(test_account(store, edition.id).audience, 7000);
        store_close(&store);
    }
}

// A freeze that is killed leaves nothing that anybody sees, and the next one starts anew at once.
static void test_killed_freeze(void **state)
{
    (void)state;
    random_seed(4);
    struct err err = {0};
    struct store *store = test_open();
    test_people(store, 20000);
    store_close(&store);
    int cut_short = 0;
    for (int round = 0; round < 12; round++) {
        char slug[32];
        snprintf(slug, sizeof slug, "cut-%d", round);
        pid_t child = fork();
        if (child == 0)
            _exit(freeze_it(slug));
        sleep_random(60000);
        kill(child, SIGKILL);
        wait_for(child);
        store = test_open();
        assert_ok(ledger_check(store, &err), &err);
        struct edition edition;
        int found = ledger_edition(store, slug, 0, &edition, &err);
        assert_true(found >= 0);
        cut_short += found == 0;
        if (found == 0)
            edition.id = test_freeze(store, slug);
        assert_int_equal(test_account(store, edition.id).audience, 20000);
        assert_int_equal(editions(store), round + 1);
        store_close(&store);
    }
    assert_true(cut_short > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_exactly_once, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_killed_senders, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_freeze_race, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_killed_freeze, test_setup, test_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
