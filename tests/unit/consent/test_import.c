#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "consent/import.h"

#include <errno.h>
#include <ftw.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static struct keyring keyring;
static struct consent consent;

static int setup(void **state)
{
    (void)state;
    struct err err = {0};
    clock_set(1700000000);
    memset(&keyring, 7, sizeof keyring);
    snprintf(dir, sizeof dir, "/tmp/hearten-consent-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    const struct store_settings settings = {.url = "sqlite:list.db", .root = dir};
    consent = (struct consent){.keyring = &keyring, .way = "cli"};
    return store_open(&consent.store, &settings, &err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    store_close(&consent.store);
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// --- the list as text ----------------------------------------------------------------------------

static void show_attribute(void *arg, const char *name, const struct json *value)
{
    buf_addf(arg, " %s=%s", name, json_text(value));
}

static int show(void *arg, const struct person *person, struct err *err)
{
    (void)err;
    struct buf *out = arg;
    buf_addf(out, "%s%s [%s] %s", out->len ? "; " : "", person->addr.text, person->name,
             person_status_name(person->status));
    if (person->attributes)
        json_each(person->attributes, show_attribute, out);
    return 0;
}

static void expect_list(const char *expected)
{
    struct err err = {0};
    struct buf out;
    buf_init(&out, 100000);
    assert_ok(people_list(consent.store, -1, show, &out, &err), &err);
    assert_string_equal(out.data, expected);
    buf_deinit(&out);
}

static int show_log(void *arg, const struct consent_entry *entry, struct err *err)
{
    (void)err;
    struct buf *out = arg;
    assert_int_equal(entry->at, 1700000000);
    buf_addf(out, "%s%s/%s/%s", out->len ? "; " : "", entry->action, entry->way, entry->evidence);
    return 0;
}

static void expect_log(const char *key, const char *expected)
{
    struct err err = {0};
    struct buf out;
    unsigned char hash[HASH_SIZE];
    buf_init(&out, 100000);
    keyring_address_hash(&keyring, key, hash);
    assert_ok(people_log_list(consent.store, hash, show_log, &out, &err), &err);
    assert_string_equal(out.data, expected);
    buf_deinit(&out);
}

// --- single changes ------------------------------------------------------------------------------

static enum consent_outcome add(const char *email, const char *name, const char *city)
{
    struct err err = {0};
    enum consent_outcome outcome;
    struct addr addr;
    struct consent_add what = {.addr = &addr, .name = name, .evidence = "at the fair"};
    assert_ok(addr_parse(&addr, email, strlen(email), &err), &err);
    if (city) {
        what.attributes = json_map();
        json_put_text(what.attributes, "city", city);
    }
    assert_ok(consent_add(&consent, &what, &outcome, &err), &err);
    json_drop(&what.attributes);
    return outcome;
}

static void test_add(void **state)
{
    (void)state;
    assert_int_equal(add("Ann@Example.org", NULL, NULL), CONSENT_ADDED);
    assert_int_equal(add("ann@example.org", NULL, NULL), CONSENT_UNCHANGED);
    assert_int_equal(add("ann@example.org", "Ann", "Rome"), CONSENT_CHANGED);
    assert_int_equal(add("ann@example.org", NULL, "Rome"), CONSENT_UNCHANGED);
    assert_int_equal(add("bob@example.org", "Bob", NULL), CONSENT_ADDED);
    expect_list("Ann@Example.org [Ann] subscribed city=Rome; bob@example.org [Bob] subscribed");
    expect_log("ann@example.org", "subscribed/cli/at the fair; changed/cli/at the fair");
}

// Words of consent were once dropped when the subscriber was there already.
static void test_evidence_is_kept_of_who_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *way, *evidence;
    } said[] = {{"cli", "at the fair"},
                {"import a.csv", "old list"},
                {"cli", NULL},
                {"cli", ""},
                {"import b.csv", "new list"},
                {"import a.csv", "old list"},
                {"cli", "on the phone"},
                {"cli", "on the phone"},
                {"cli", "at the fair"}};
    struct err err = {0};
    struct addr addr;
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_ADDED);
    assert_ok(addr_parse(&addr, "ann@example.org", 15, &err), &err);
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        enum consent_outcome outcome;
        struct consent by = consent;
        by.way = said[i].way;
        const struct consent_add what = {.addr = &addr, .evidence = said[i].evidence};
        assert_ok(consent_add(&by, &what, &outcome, &err), &err);
        assert_int_equal(outcome, CONSENT_UNCHANGED);
    }
    expect_log("ann@example.org",
               "subscribed/cli/at the fair; consent/import a.csv/old list; "
               "consent/import b.csv/new list; consent/cli/on the phone; consent/cli/at the fair");
}

static void test_refusals(void **state)
{
    (void)state;
    char *big = mem_new(10241, 1);
    memset(big, 'x', 10240);
    const struct {
        const char *name, *attribute, *value;
    } cases[] = {
        {"Ann\r\nBcc: x@y.org", NULL, NULL},
        {"Ann\xff", NULL, NULL},
        {big, NULL, NULL},
        {NULL, "city", "Rome\nX: y"},
        {NULL, "city", big},
        {NULL, "City", "Rome"},
        {NULL, "", "Rome"},
        {NULL, "1st", "Rome"},
        {NULL, "a-b", "Rome"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = {0};
        enum consent_outcome outcome;
        struct addr addr;
        assert_ok(addr_parse(&addr, "a@b.org", 7, &err), &err);
        struct consent_add what = {.addr = &addr, .name = cases[i].name};
        if (cases[i].attribute) {
            what.attributes = json_map();
            json_put_text(what.attributes, cases[i].attribute, cases[i].value);
        }
        if (consent_add(&consent, &what, &outcome, &err) == 0)
            fail_msg("case %zu was taken", i);
        assert_int_equal(err.kind, ERR_INPUT);
        json_drop(&what.attributes);
    }
    free(big);
    expect_list("");
}

static void test_leaving_is_for_good(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_ADDED);
    assert_int_equal(consent_optout_add(&consent, "Ann@example.org", "by mail", &err), 1);
    assert_int_equal(consent_optout_add(&consent, "ann@example.org", "by mail", &err), 0);
    assert_int_equal(consent_optout_add(&consent, "eve@example.org", "by hand", &err), 1);
    assert_int_equal(add("ann@example.org", "Ann B", NULL), CONSENT_LEFT);
    assert_int_equal(add("EVE@example.org", "Eve", NULL), CONSENT_LEFT);
    expect_list("ann@example.org [Ann] unsubscribed");
    assert_ok(consent_remove(&consent, "ann@example.org", &err), &err);
    assert_int_equal(consent_remove(&consent, "ann@example.org", &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_LEFT);
    expect_list("");
    expect_log("ann@example.org",
               "subscribed/cli/at the fair; unsubscribed/cli/by mail; removed/cli/");
    expect_log("eve@example.org", "suppressed/cli/by hand");
    assert_ok(consent_optout_remove(&consent, "eve@example.org", "she called", &err), &err);
    assert_int_equal(consent_optout_remove(&consent, "eve@example.org", "x", &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_int_equal(add("eve@example.org", "Eve", NULL), CONSENT_ADDED);
    expect_log("eve@example.org", "suppressed/cli/by hand; unsuppressed/cli/she called; "
                                  "subscribed/cli/at the fair");
    assert_int_equal(consent_optout_add(&consent, "eve@example.org", NULL, &err), 1);
    assert_ok(consent_optout_remove(&consent, "eve@example.org", NULL, &err), &err);
    expect_list("eve@example.org [Eve] subscribed");
}

// Removing a bounced subscriber is no way around the bounce.
static void test_removed_bounce_stays_out(void **state)
{
    (void)state;
    struct err err = {0};
    struct person person;
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_ADDED);
    assert_int_equal(people_find(consent.store, "ann@example.org", &person, &err), 1);
    person.status = PERSON_BOUNCED;
    assert_ok(store_begin(consent.store, &err), &err);
    assert_ok(people_update(consent.store, &person, &err), &err);
    assert_ok(store_commit(consent.store, &err), &err);
    person_deinit(&person);
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_LEFT);
    assert_ok(consent_remove(&consent, "ann@example.org", &err), &err);
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_LEFT);
}

// "I never asked for this" says more than an opt-out, and is not to be forgotten for one.
static void test_a_complaint_stays_a_complaint(void **state)
{
    (void)state;
    struct err err = {0};
    struct person person;
    assert_int_equal(add("ann@example.org", "Ann", NULL), CONSENT_ADDED);
    assert_int_equal(people_find(consent.store, "ann@example.org", &person, &err), 1);
    person.status = PERSON_COMPLAINED;
    assert_ok(store_begin(consent.store, &err), &err);
    assert_ok(people_update(consent.store, &person, &err), &err);
    assert_ok(store_commit(consent.store, &err), &err);
    person_deinit(&person);
    assert_int_equal(consent_optout_add(&consent, "ann@example.org", "by mail", &err), 1);
    assert_int_equal(consent_optout_add(&consent, "ann@example.org", "by mail", &err), 0);
    expect_list("ann@example.org [Ann] complained");
    expect_log("ann@example.org", "subscribed/cli/at the fair; suppressed/cli/by mail");
}

static void test_attributes_have_a_ceiling(void **state)
{
    (void)state;
    struct err err = {0};
    struct addr addr;
    assert_ok(addr_parse(&addr, "ann@example.org", 15, &err), &err);
    struct consent_add what = {.addr = &addr};
    for (int i = 0; i < 258; i++) {
        char name[16];
        enum consent_outcome outcome;
        snprintf(name, sizeof name, "a%d", i);
        what.attributes = json_map();
        json_put_text(what.attributes, name, "x");
        assert_int_equal(consent_add(&consent, &what, &outcome, &err), i < 256 ? 0 : -1);
        json_drop(&what.attributes);
    }
    assert_int_equal(err.kind, ERR_INPUT);
    assert_contains(err.msg, "256");
    struct person person;
    assert_int_equal(people_find(consent.store, "ann@example.org", &person, &err), 1);
    assert_int_equal(json_count(person.attributes), 256);
    person_deinit(&person);
}

// --- import --------------------------------------------------------------------------------------

static struct buf complaints;

static void complain(void *arg, unsigned long line, bool is_bad, const char *why)
{
    (void)arg;
    assert_null(strpbrk(why, "\r\n"));
    buf_addf(&complaints, "%s%lu%s", complaints.len ? "," : "", line, is_bad ? "" : "~");
}

static int import(const char *text, size_t len, bool is_dry_run, struct import_result *result,
                  struct err *err)
{
    char *copy = mem_new(len + 1, 1);
    memcpy(copy, text, len);
    FILE *in = fmemopen(copy, len, "r");
    const struct import_settings settings = {
        .path = "list.csv", .is_dry_run = is_dry_run, .evidence = "old list", .tell = complain};
    buf_reset(&complaints);
    struct consent mine = consent;
    mine.way = "import list.csv";
    int rc = import_csv(&mine, in, &settings, result, err);
    fclose(in);
    free(copy);
    return rc;
}

// Imports twice, dry and in earnest: the counts must be the same.
static struct import_result import_both(const char *text, size_t len, const char *bad_lines)
{
    struct err err = {0};
    struct import_result dry, wet;
    int64_t before, after;
    assert_ok(people_count(consent.store, -1, &before, &err), &err);
    assert_ok(import(text, len, true, &dry, &err), &err);
    assert_string_equal(complaints.data, bad_lines);
    assert_ok(people_count(consent.store, -1, &after, &err), &err);
    assert_int_equal(before, after);
    assert_ok(import(text, len, false, &wet, &err), &err);
    assert_string_equal(complaints.data, bad_lines);
    assert_memory_equal(&dry, &wet, sizeof dry);
    assert_int_equal(wet.rows, wet.added + wet.changed + wet.unchanged + wet.left +
                                   wet.not_subscribed + wet.repeated + wet.bad);
    struct import_result again; // the same file once more finds nothing to do
    assert_ok(import(text, len, false, &again, &err), &err);
    assert_int_equal(again.added, 0);
    assert_int_equal(again.changed, 0);
    assert_int_equal(again.unchanged, wet.added + wet.changed + wet.unchanged);
    return wet;
}

static void test_import(void **state)
{
    (void)state;
    struct err err = {0};
    buf_init(&complaints, 100000);
    assert_int_equal(add("old@example.org", "Old", NULL), CONSENT_ADDED);
    assert_int_equal(consent_optout_add(&consent, "gone@example.org", "x", &err), 1);
    static const char text[] = "\xef\xbb\xbf"
                               "E-Mail, First Name ,last_name,City,Größe\r\n"
                               "new@example.org,New,Person,Rome,1\r\n"
                               "NEW@example.org,,,Paris,\r\n"
                               "new@example.org,,,Paris,\r\n"
                               "gone@example.org,Gone,,,\r\n"
                               "old@example.org,,,,\r\n"
                               "\r\n"
                               "not an address,,,,\r\n"
                               "\"line\r\nbreak@example.org\",,,,\r\n"
                               "name@example.org,\"Li\nne\",,,\r\n"
                               "latin@example.org,Andr\xe9,,,\r\n"
                               "more@example.org,a,b,c,d,e\r\n"
                               "short@example.org\r\n"
                               "nul\0@example.org,,,,\r\n"
                               "open@example.org,\"x,,,\r\n"
                               "last@example.org,,Last,,\r\n";
    struct import_result result = import_both(text, sizeof text - 1, "3~,4~,8,9,11,13,14,16,17");
    assert_int_equal(result.rows, 14);
    assert_int_equal(result.added, 3);
    assert_int_equal(result.changed, 0);
    assert_int_equal(result.unchanged, 1);
    assert_int_equal(result.repeated, 2);
    assert_int_equal(result.left, 1);
    assert_int_equal(result.bad, 7);
    expect_list("last@example.org [Last] subscribed; "
                "new@example.org [New Person] subscribed city=Rome; "
                "old@example.org [Old] subscribed; short@example.org [] subscribed");
    expect_log("new@example.org", "subscribed/import list.csv/old list");
    buf_deinit(&complaints);
}

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"\n", "empty"},
        {"name,city\na,b\n", "name, city"},
        {"ann@example.org\nbob@example.org\n", "ann@example.org"},
        {"email,city,City\n", "city"},
        {"email,E-Mail\n", "two columns"},
        {"\"email\n", "quote"},
        {"\xff\xfe"
         "e",
         "UTF-16"},
    };
    buf_init(&complaints, 100000);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err = {0};
        struct import_result result;
        assert_int_equal(import(cases[i].text, strlen(cases[i].text), false, &result, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_contains(err.msg, cases[i].word);
        assert_contains(err.msg, "list.csv");
    }
    buf_deinit(&complaints);
}

static void test_many_rows(void **state)
{
    (void)state;
    buf_init(&complaints, 100000);
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    buf_adds(&text, "email;name\n");
    for (int i = 0; i < 2600; i++)
        buf_addf(&text, "p%d@example.org;\"Person; %d\"\n", i % 2500, i % 2500);
    struct import_result result = import_both(text.data, text.len, "");
    assert_int_equal(result.added, 2500);
    assert_int_equal(result.repeated, 100);
    struct err err = {0};
    int64_t count;
    assert_ok(people_count(consent.store, PERSON_SUBSCRIBED, &count, &err), &err);
    assert_int_equal(count, 2500);
    buf_deinit(&text);
    buf_deinit(&complaints);
}

// The largest rows that there can be, many of them.
static void test_giant_rows(void **state)
{
    (void)state;
    struct err err = {0};
    struct import_result result;
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    buf_init(&complaints, 100000);
    char *cell = mem_new(4098, 1);
    memset(cell, 'x', 4096);
    buf_adds(&text, "email");
    for (int i = 1; i < 256; i++)
        buf_addf(&text, ",a%d", i);
    for (int row = 0; row < 6; row++) {
        buf_addf(&text, "\np%d@example.org", row);
        for (int i = 1; i < 256; i++)
            buf_addf(&text, ",%s", cell);
    }
    buf_adds(&text, "\nann@example.org\n");
    assert_ok(import(text.data, text.len, false, &result, &err), &err);
    assert_int_equal(result.bad, 6); // an attribute is no novel
    assert_int_equal(result.added, 1);
    free(cell);
    buf_deinit(&complaints);
    buf_deinit(&text);
}

static struct import_result import_rows(struct consent *with, FILE *in, int rc, struct err *err)
{
    const struct import_settings settings = {.path = "list.csv", .tell = complain};
    struct import_result result;
    buf_init(&complaints, 100000);
    *err = (struct err){0};
    assert_int_equal(import_csv(with, in, &settings, &result, err), rc);
    buf_deinit(&complaints);
    return result;
}

// A store that fails is no bad row; what was committed before is in, and counted.
static void test_a_store_that_fails(void **state)
{
    (void)state;
    sqlite3 *db;
    char path[100];
    snprintf(path, sizeof path, "%s/list.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER full BEFORE INSERT ON subscriber"
                                  " WHEN NEW.email = 'p1100@example.org' BEGIN"
                                  " SELECT RAISE(ABORT, 'no room'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    buf_adds(&text, "email\n");
    for (int i = 0; i < 1200; i++)
        buf_addf(&text, "p%d@example.org\n", i);
    FILE *in = fmemopen(text.data, text.len, "r");
    struct err err;
    struct import_result result = import_rows(&consent, in, -1, &err);
    fclose(in);
    buf_deinit(&text);
    assert_int_equal(err.kind, ERR_IO);
    assert_contains(err.msg, "no room");
    assert_int_equal(result.added, 1000); // two chunks of 500
    assert_int_equal(result.rows, 1000);
    assert_int_equal(result.bad, 0);
    int64_t count;
    assert_ok(people_count(consent.store, -1, &count, &err), &err);
    assert_int_equal(count, 1000);
}

static ssize_t read_a_little(void *cookie, char *out, size_t size)
{
    static const char rows[] = "email\nann@example.org\nbob@example.org\n";
    bool *is_read = cookie;
    assert_true(size >= sizeof rows);
    if (*is_read) {
        errno = EIO;
        return -1;
    }
    *is_read = true;
    memcpy(out, rows, sizeof rows - 1);
    return sizeof rows - 1;
}

static struct import_result import_breaking_off(struct consent *with, struct err *err)
{
    bool is_read = false;
    FILE *in = fopencookie(&is_read, "r", (cookie_io_functions_t){.read = read_a_little});
    struct import_result result = import_rows(with, in, -1, err);
    fclose(in);
    return result;
}

// What was read is good; and what is told is why reading failed, also when writing fails then.
static void test_a_file_that_breaks_off(void **state)
{
    (void)state;
    struct err err = {0};
    const struct store_settings settings = {.url = "sqlite:list.db", .root = dir, .wait_ms = 20};
    struct consent other = consent;
    assert_ok(store_open(&other.store, &settings, &err), &err);
    assert_ok(store_begin(consent.store, &err), &err);
    struct import_result result = import_breaking_off(&other, &err);
    store_rollback(consent.store);
    assert_contains(err.msg, "list.csv: reading failed");
    assert_int_equal(err.kind, ERR_IO);
    assert_int_equal(result.rows, 0);
    result = import_breaking_off(&other, &err);
    assert_contains(err.msg, "list.csv: reading failed");
    assert_int_equal(result.added, 2);
    store_close(&other.store);
    expect_list("ann@example.org [] subscribed; bob@example.org [] subscribed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add, setup, teardown),
        cmocka_unit_test_setup_teardown(test_evidence_is_kept_of_who_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leaving_is_for_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removed_bounce_stays_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_import, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_giant_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_complaint_stays_a_complaint, setup, teardown),
        cmocka_unit_test_setup_teardown(test_attributes_have_a_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_store_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_breaks_off, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
