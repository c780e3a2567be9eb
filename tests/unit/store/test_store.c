#include "store_test.h"

#include "base/buf.h"
#include "base/file.h"
#include "crypt/hash.h"
#include "store/query.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

static void raw(const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(test_path(""), &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static void expect_refusal(bool read_only, enum err_kind kind, const char *word)
{
    struct store *store;
    struct err err = {0};
    assert_int_equal(test_open_as(&store, read_only, &err), -1);
    assert_null(store);
    assert_int_equal(err.kind, kind);
    assert_contains(err.msg, word);
    assert_lacks(err.msg, "\n");
}

static void test_files_are_private(void **state)
{
    (void)state;
    mode_t old = umask(0);
    struct store *store = test_open();
    umask(old);
    static const char *const files[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct stat st;
        assert_int_equal(stat(test_path(files[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    store_close(&store);
    assert_null(store);
    store_close(&store);
}

static void test_url(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "sqlite:", "list.db", "mysql://x", "postgresql://u@h/db"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct store *store;
        struct err err = {0};
        const struct store_settings settings = {.url = bad[i], .root = test_dir};
        assert_int_equal(store_open(&store, &settings, &err), -1);
        assert_int_equal(err.kind, ERR_CONFIG);
    }
}

static void test_odd_names(void **state)
{
    (void)state;
    static const char *const names[] = {"sqlite:a?b#c%20.db", "sqlite:my list \xc3\xa4.db",
                                        "sqlite:.//odd.db"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct store *store;
        struct err err = {0};
        struct store_settings settings = {.url = names[i], .root = test_dir};
        assert_ok(store_open(&store, &settings, &err), &err);
        char *path = file_join(test_dir, names[i] + 7);
        assert_true(file_is_file(path));
        free(path);
        store_close(&store);
        settings.read_only = true;
        assert_ok(store_open(&store, &settings, &err), &err);
        store_close(&store);
    }
}

static void test_missing_folder(void **state)
{
    (void)state;
    struct store *store;
    struct err err = {0};
    const struct store_settings settings = {.url = "sqlite:var/list.db", .root = test_dir};
    assert_int_equal(store_open(&store, &settings, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, "var/list.db");
}

static void test_foreign_and_newer(void **state)
{
    (void)state;
    raw("CREATE TABLE recipes (name TEXT)");
    expect_refusal(false, ERR_CONFIG, "another program");
    assert_int_equal(unlink(test_path("")), 0);
    struct store *store = test_open();
    store_close(&store);
    raw("UPDATE meta SET value = '9999' WHERE name = 'schema'");
    expect_refusal(false, ERR_CONFIG, "newer hearten");
    expect_refusal(true, ERR_CONFIG, "newer hearten");
}

static void test_older(void **state)
{
    (void)state;
    struct store *store = test_open();
    store_close(&store);
    raw("UPDATE meta SET value = '-1' WHERE name = 'schema'");
    expect_refusal(true, ERR_CONFIG, "older schema");
}

static int64_t pragma(struct store *store, const char *sql)
{
    struct err err = {0};
    int64_t value;
    struct query *q = query_open(store, sql, &err);
    assert_non_null(q);
    assert_ok(query_value(q, -1, &value, &err), &err);
    return value;
}

// What is said to be durable has to be asked of SQLite: a commit looks the same without it.
static void test_durability(void **state)
{
    (void)state;
    for (int is_full = 0; is_full < 2; is_full++) {
        struct store *store;
        struct err err = {0};
        const struct store_settings settings = {
            .url = "sqlite:list.db", .root = test_dir, .is_full_sync = is_full};
        assert_ok(store_open(&store, &settings, &err), &err);
        assert_int_equal(pragma(store, "PRAGMA synchronous"), is_full ? 2 : 1);
        assert_int_equal(pragma(store, "PRAGMA foreign_keys"), 1);
        struct query *q = query_open(store, "PRAGMA journal_mode", &err);
        assert_non_null(q);
        assert_int_equal(query_next(q, &err), 1);
        assert_string_equal(query_get_text(q, 0), "wal");
        query_close(&q);
        store_close(&store);
    }
}

// History that can be written over is none. REPLACE asks no DELETE trigger.
static void test_the_consent_log_only_grows(void **state)
{
    (void)state;
    static const char *const attempts[] = {
        "UPDATE consent_log SET evidence = 'x'", "DELETE FROM consent_log",
        "REPLACE INTO consent_log SELECT id, 0, subscriber, hash, action, way, 'x' FROM consent_log",
        "PRAGMA recursive_triggers = ON; REPLACE INTO consent_log SELECT * FROM consent_log"};
    struct store *store = test_open();
    struct err err = {0};
    unsigned char hash[HASH_SIZE];
    test_hash(hash, "ann@example.org");
    const struct consent_entry entry = {.hash = hash, .at = 1, .action = "subscribed"};
    assert_ok(store_begin(store, &err), &err);
    assert_ok(people_log(store, &entry, &err), &err);
    assert_ok(people_log(store, &entry, &err), &err);
    assert_ok(store_commit(store, &err), &err);
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        sqlite3 *db;
        char *why = NULL;
        assert_int_equal(sqlite3_open(test_path(""), &db), SQLITE_OK);
        if (sqlite3_exec(db, attempts[i], NULL, NULL, &why) != SQLITE_CONSTRAINT)
            fail_msg("done: %s", attempts[i]);
        assert_contains(why, "append-only");
        sqlite3_free(why);
        sqlite3_close(db);
    }
    assert_int_equal(pragma(store, "SELECT count(*) FROM consent_log WHERE evidence = ''"), 2);
    store_close(&store);
}

static void test_other_keys(void **state)
{
    (void)state;
    struct store *store = test_open();
    store_close(&store);
    raw("UPDATE meta SET value = 'fedcba9876543210' WHERE name = 'keys'");
    expect_refusal(false, ERR_CONFIG, "var/keys");
    expect_refusal(true, ERR_CONFIG, "var/keys");
}

static void scribble(off_t at)
{
    static const char junk[256] = "this is no database";
    int fd = open(test_path(""), O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
    close(fd);
}

static void test_damaged(void **state)
{
    (void)state;
    scribble(0);
    expect_refusal(false, ERR_IO, "damaged");
    expect_refusal(true, ERR_IO, "damaged");
    assert_int_equal(unlink(test_path("")), 0);
    struct store *store = test_open();
    test_people(store, 200);
    store_close(&store);
    scribble(100);
    expect_refusal(false, ERR_IO, "list.db");
}

static void test_locked_is_again(void **state)
{
    (void)state;
    struct store *store = test_open(), *other;
    struct err err = {0};
    const struct store_settings settings = {
        .url = "sqlite:list.db", .root = test_dir, .wait_ms = 20};
    assert_ok(store_open(&other, &settings, &err), &err);
    assert_ok(store_begin(store, &err), &err);
    assert_int_equal(store_begin(other, &err), -1);
    assert_int_equal(err.kind, ERR_AGAIN);
    assert_contains(err.msg, "list.db");
    store_rollback(store);
    assert_ok(store_begin(other, &err), &err);
    assert_ok(store_commit(other, &err), &err);
    store_close(&other);
    store_close(&store);
}

// A write that the disk refuses is one line, and nothing of the transaction stays.
static void test_full_disk(void **state)
{
    (void)state;
    struct store *store = test_open();
    test_people(store, 10);
    store_close(&store);
    struct err err = {0};
    pid_t child = fork();
    if (child == 0) {
        // A file-size limit stands in for a full disk.
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){200000, 200000});
        int rc = test_open_as(&store, false, &err);
        for (int i = 0; rc == 0 && i < 100; i++) {
            const struct edition_new what = test_edition("full");
            int64_t edition;
            static char blob[300000];
            struct edition_new big = what;
            big.blob = blob;
            big.blob_len = sizeof blob;
            rc = ledger_freeze(store, &big, &edition, &err);
        }
        _exit(rc == -1 && err.kind == ERR_IO && strstr(err.msg, "list.db") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 0);
    store = test_open();
    assert_ok(ledger_check(store, &err), &err);
    struct edition edition;
    assert_int_equal(ledger_edition(store, "full", 0, &edition, &err), 0);
    int64_t count;
    assert_ok(people_count(store, -1, &count, &err), &err);
    assert_int_equal(count, 10);
    store_close(&store);
}

// --- reading without touching --------------------------------------------------------------------

// Names, sizes and contents of everything in the folder but -shm, which is no data.
static void look_at_folder(unsigned char out[HASH_SIZE], bool with_shm)
{
    char **names;
    size_t count;
    struct err err = {0};
    struct buf all;
    buf_init(&all, BUF_MAX_DEFAULT);
    assert_ok(file_list(test_dir, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(test_dir, names[i]);
        buf_addf(&all, "%s:", names[i]);
        if (with_shm || !strstr(names[i], "-shm"))
            assert_ok(file_read(path, BUF_MAX_DEFAULT, &all, &err), &err);
        free(path);
    }
    hash_sha256(all.data, all.len, out);
    buf_deinit(&all);
    file_free_names(&names, count);
}

static void read_everything(int64_t people)
{
    struct store *store;
    struct err err = {0};
    int64_t count;
    assert_ok(test_open_as(&store, true, &err), &err);
    assert_ok(people_count(store, -1, &count, &err), &err);
    assert_int_equal(count, people);
    assert_int_equal(
        store_begin(store, &err) == 0 &&
            suppression_remove(store, (const unsigned char *)"01234567890123456789012345678901",
                               &err) > 0,
        0);
    store_close(&store);
}

static void test_read_only_missing(void **state)
{
    (void)state;
    unsigned char before[HASH_SIZE], after[HASH_SIZE];
    look_at_folder(before, true);
    expect_refusal(true, ERR_NOT_FOUND, "hearten init");
    look_at_folder(after, true);
    assert_memory_equal(before, after, HASH_SIZE);
}

static void test_read_only_touches_nothing(void **state)
{
    (void)state;
    unsigned char before[HASH_SIZE], after[HASH_SIZE];
    struct store *store = test_open();
    test_people(store, 5);
    store_close(&store);
    look_at_folder(before, true);
    read_everything(5);
    look_at_folder(after, true);
    assert_memory_equal(before, after, HASH_SIZE);
}

static void test_read_only_beside_a_writer(void **state)
{
    (void)state;
    unsigned char before[HASH_SIZE], after[HASH_SIZE];
    struct store *store = test_open();
    test_people(store, 7); // committed, still in the -wal
    look_at_folder(before, false);
    pid_t child = fork(); // a reader is another process
    if (child == 0) {
        read_everything(7);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    look_at_folder(after, false);
    assert_memory_equal(before, after, HASH_SIZE);
    store_close(&store);
}

static void test_read_only_after_a_crash(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct store *store = test_open();
        test_people(store, 9);
        _exit(0); // without closing: -wal and -shm stay
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(access(test_path("-wal"), F_OK), 0);
    unsigned char before[HASH_SIZE], after[HASH_SIZE];
    look_at_folder(before, false);
    read_everything(9);
    look_at_folder(after, false);
    assert_memory_equal(before, after, HASH_SIZE);
    assert_int_equal(unlink(test_path("-shm")), 0);
    read_everything(9);
}

// In a folder and a file that may not be written, reading still works. (Root may write anywhere,
// so the test steps down to a user who may not.)
static void test_read_only_folder(void **state)
{
    (void)state;
    struct store *store = test_open();
    test_people(store, 3);
    store_close(&store);
    assert_int_equal(chmod(test_path(""), 0444), 0);
    assert_int_equal(chmod(test_dir, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(9);
        struct err err = {0};
        if (test_open_as(&store, false, &err) == 0 || err.kind != ERR_IO)
            _exit(8);
        if (test_open_as(&store, true, &err) != 0) {
            print_error("%s\n", err.msg);
            _exit(7);
        }
        int64_t count = 0;
        _exit(people_count(store, -1, &count, &err) == 0 && count == 3 ? 0 : 6);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(chmod(test_dir, 0755), 0);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(WIFEXITED(status));
}

static void test_migration_race(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        pid_t children[4];
        for (size_t i = 0; i < COUNT_OF(children); i++)
            if ((children[i] = fork()) == 0) {
                struct store *store;
                struct err err = {0};
                _exit(test_open_as(&store, false, &err) != 0);
            }
        for (size_t i = 0; i < COUNT_OF(children); i++) {
            int status;
            waitpid(children[i], &status, 0);
            assert_int_equal(status, 0);
        }
        assert_int_equal(unlink(test_path("")), 0);
        unlink(test_path("-wal"));
        unlink(test_path("-shm"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files_are_private, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_url, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_odd_names, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_missing_folder, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_foreign_and_newer, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_older, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_durability, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_the_consent_log_only_grows, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_other_keys, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_damaged, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_locked_is_again, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_read_only_missing, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_read_only_touches_nothing, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_read_only_beside_a_writer, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_read_only_after_a_crash, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_read_only_folder, test_setup, test_teardown),
        cmocka_unit_test_setup_teardown(test_migration_race, test_setup, test_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
