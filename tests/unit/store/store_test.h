// What the tests of this room share: a store in a folder of its own, people, editions.
#ifndef TESTS_UNIT_STORE_TEST_H
#define TESTS_UNIT_STORE_TEST_H

#include "unit.h"

#include "store/ledger.h"
#include "store/people.h"
#include "store/store.h"

#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char test_dir[64];

static inline int test_remove_one(const char *path, const struct stat *st, int type,
                                  struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int test_setup(void **state)
{
    (void)state;
    snprintf(test_dir, sizeof test_dir, "/tmp/hearten-store-XXXXXX");
    return mkdtemp(test_dir) ? 0 : -1;
}

static inline int test_teardown(void **state)
{
    (void)state;
    return nftw(test_dir, test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *test_path(const char *suffix)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/list.db%s", test_dir, suffix);
    return path;
}

static inline int test_open_as(struct store **store, bool read_only, struct err *err)
{
    const struct store_settings settings = {.url = "sqlite:list.db",
                                            .root = test_dir,
                                            .read_only = read_only,
                                            .keys = "0123456789abcdef"};
    return store_open(store, &settings, err);
}

static inline struct store *test_open(void)
{
    struct store *store;
    struct err err = {0};
    assert_ok(test_open_as(&store, false, &err), &err);
    return store;
}

static inline void test_hash(unsigned char hash[HASH_SIZE], const char *key)
{
    memset(hash, 0, HASH_SIZE);
    memcpy(hash, key, strlen(key) < HASH_SIZE ? strlen(key) : HASH_SIZE);
}

static inline struct person test_person(const char *email)
{
    struct person person = {.status = PERSON_SUBSCRIBED, .created_at = 100, .changed_at = 100};
    struct err err = {0};
    assert_ok(addr_parse(&person.addr, email, strlen(email), &err), &err);
    test_hash(person.hash, person.addr.key);
    person.name = mem_strdup("Ann");
    return person;
}

// count people p0000001@example.org …, in one transaction; ids 1, 2, … in a new store.
static inline void test_people(struct store *store, int count)
{
    struct err err = {0};
    assert_ok(store_begin(store, &err), &err);
    for (int i = 1; i <= count; i++) {
        char email[40];
        snprintf(email, sizeof email, "p%07d@example.org", i);
        struct person person = test_person(email);
        assert_ok(people_insert(store, &person, &err), &err);
        person_deinit(&person);
    }
    assert_ok(store_commit(store, &err), &err);
}

static inline struct edition_new test_edition(const char *slug)
{
    static unsigned char hash[HASH_SIZE]; // other campaigns have other letters
    test_hash(hash, slug);
    return (struct edition_new){.slug = slug,
                                .subject = "Being real",
                                .blob = "template",
                                .blob_len = 8,
                                .hash = hash,
                                .now = 1000};
}

static inline int64_t test_freeze(struct store *store, const char *slug)
{
    const struct edition_new what = test_edition(slug);
    int64_t edition;
    struct err err = {0};
    assert_ok(ledger_freeze(store, &what, &edition, &err), &err);
    return edition;
}

static inline int64_t test_owner(struct store *store)
{
    int64_t owner;
    struct err err = {0};
    assert_ok(ledger_owner_add(store, "here", "boot", getpid(), 1000, &owner, &err), &err);
    return owner;
}

// Claims up to limit rows that are due at `now`; *claims is freed with test_drop.
static inline size_t test_claim(struct store *store, int64_t edition, int64_t owner, int limit,
                                struct claim **claims)
{
    const struct claim_wish wish = {
        .edition = edition, .owner = owner, .now = 2000, .lease_until = 2600, .limit = limit};
    size_t count;
    struct err err = {0};
    assert_ok(ledger_claim(store, &wish, claims, &count, &err), &err);
    return count;
}

static inline void test_drop(struct claim *claims, size_t count)
{
    for (size_t i = 0; i < count; i++)
        person_deinit(&claims[i].person);
    free(claims);
}

static inline enum delivery_state test_step(struct store *store, enum ledger_verb verb,
                                            const struct claim *claim)
{
    struct ledger_step step = {.verb = verb,
                               .edition = claim->edition,
                               .person = claim->person.id,
                               .attempt = claim->attempt,
                               .now = 2001,
                               .next_at = 3000,
                               .counted = true,
                               .reason = "why",
                               .reply_code = 451,
                               .reply_enhanced = "4.7.1",
                               .reply_text = "come back later"};
    struct err err = {0};
    assert_ok(ledger_apply(store, &step, 1, &err), &err);
    return step.result;
}

static inline struct account test_account(struct store *store, int64_t edition)
{
    struct account account;
    struct err err = {0};
    assert_ok(ledger_account(store, edition, &account, &err), &err);
    int64_t sum = 0;
    for (int i = 0; i < DELIVERY_STATES; i++)
        sum += account.by_state[i];
    assert_int_equal(sum, account.audience);
    assert_ok(ledger_check(store, &err), &err);
    return account;
}

static inline void test_set_status(struct store *store, int64_t id, enum person_status status)
{
    struct err err = {0};
    struct person person;
    assert_ok(store_begin(store, &err), &err);
    assert_int_equal(people_find_id(store, id, &person, &err), 1);
    person.status = status;
    assert_ok(people_update(store, &person, &err), &err);
    assert_ok(store_commit(store, &err), &err);
    person_deinit(&person);
}

static inline void test_suppress(struct store *store, const char *key)
{
    struct err err = {0};
    struct suppression entry = {.email = key, .reason = "opted out", .at = 5};
    test_hash(entry.hash, key);
    assert_ok(store_begin(store, &err), &err);
    assert_int_equal(suppression_add(store, &entry, &err), 1);
    assert_ok(store_commit(store, &err), &err);
}

static inline void test_delete(struct store *store, int64_t id)
{
    struct err err = {0};
    assert_ok(store_begin(store, &err), &err);
    assert_ok(people_delete(store, id, &err), &err);
    assert_ok(store_commit(store, &err), &err);
}

#endif
