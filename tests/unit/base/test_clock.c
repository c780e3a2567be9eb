#include "unit.h"

#include "base/clock.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What clock_now says in a process of its own that starts with HEARTEN_CLOCK set to value.
static int64_t now_with(const char *value)
{
    int64_t now = -1;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("HEARTEN_CLOCK", value, 1);
        now = clock_now();
        ssize_t n = write(pipes[1], &now, sizeof now);
        _exit(n == sizeof now ? 0 : 1);
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &now, sizeof now), sizeof now);
    close(pipes[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return now;
}

// First of all: once a process has looked at the environment, it does not look again.
static void test_the_clock_is_set_from_outside(void **state)
{
    (void)state;
    assert_int_equal(now_with("@1795770000"), 1795770000);
    assert_int_equal(now_with("@0"), 0);
    int64_t real = (int64_t)time(NULL);
    assert_true(now_with("+1000000000") >= real + 1000000000);
    assert_true(now_with("-1000000000") >= real - 1000000000);
    assert_true(now_with("-1000000000") < real - 900000000);
    assert_int_equal(now_with("@253402300799"), 253402300799);
    static const char *const ignored[] = {"",
                                          "@",
                                          "@x",
                                          "1795770000",
                                          "@12x",
                                          "+-5",
                                          "@-5",
                                          "+ 5",
                                          "now",
                                          "@253402300800",
                                          "+253402300799",
                                          "-253402300799",
                                          "-9999999999",
                                          "+9223372036854775807",
                                          "-9223372036854775808",
                                          "@9223372036854775807",
                                          "@99999999999999999999",
                                          "-99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(ignored); i++) {
        int64_t now = now_with(ignored[i]);
        if (now < real || now > real + 600)
            fail_msg("HEARTEN_CLOCK='%s' changed the clock to %lld", ignored[i], (long long)now);
    }
}

static void test_a_clock_that_is_set_stands_still(void **state)
{
    (void)state;
    clock_set(1795770000);
    assert_int_equal(clock_now(), 1795770000);
    assert_int_equal(clock_now(), 1795770000);
    int64_t a = clock_mono_ms(), b = clock_mono_ms();
    assert_true(b >= a);
}

static void set_zone(const char *name)
{
    struct err err;
    assert_ok(clock_set_zone(name, &err), &err);
}

static void test_zones_that_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "Mars/Olympus",
                                        "/etc/passwd",
                                        "../zoneinfo/UTC",
                                        "Europe",   // a folder
                                        "zone.tab", // a file that is no zone
                                        ":UTC",
                                        "CET-1CEST", // POSIX rules are not names
                                        "Europe/Berlin\n"};
    struct err err;
    set_zone("Asia/Tokyo");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (clock_set_zone(names[i], &err) == 0)
            fail_msg("'%s' was taken for a time zone", names[i]);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_null(strchr(err.msg, '\n'));
    }
    struct civil c;
    clock_to_civil(0, &c); // the one before stays
    assert_int_equal(c.utc_offset, 9 * 3600);
}

struct moment {
    const char *zone;
    int64_t seconds;
    struct civil civil;
};

// Each both ways.
static const struct moment moments[] = {
    {"UTC", 0, {1970, 1, 1, 0, 0, 0, 4, 0}},
    {"UTC", 951782400, {2000, 2, 29, 0, 0, 0, 2, 0}},
    {"UTC", 4102444799, {2099, 12, 31, 23, 59, 59, 4, 0}},
    {"Europe/Berlin", 1795766400, {2026, 11, 27, 9, 0, 0, 5, 3600}},
    {"Europe/Berlin", 1774745999, {2026, 3, 29, 1, 59, 59, 0, 3600}},
    {"Europe/Berlin", 1774746000, {2026, 3, 29, 3, 0, 0, 0, 7200}},
    {"Europe/Berlin", 1792886400, {2026, 10, 25, 2, 0, 0, 0, 7200}}, // the first of two
    {"Europe/Berlin", 1792893600, {2026, 10, 25, 3, 0, 0, 0, 3600}},
    {"America/New_York", 1772953200, {2026, 3, 8, 3, 0, 0, 0, -14400}},
    {"America/New_York", 1793511000, {2026, 11, 1, 1, 30, 0, 0, -14400}}, // the first of two
    {"Asia/Kolkata", 1795766400, {2026, 11, 27, 13, 30, 0, 5, 19800}},
    {"Pacific/Kiritimati", 1795766400, {2026, 11, 27, 22, 0, 0, 5, 50400}},
    {"Australia/Lord_Howe", 1775313000, {2026, 4, 5, 1, 30, 0, 0, 39600}}, // half an hour of DST
};

static void test_civil_time_in_zones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        const struct moment *m = &moments[i];
        struct civil c;
        set_zone(m->zone);
        clock_to_civil(m->seconds, &c);
        if (memcmp(&c, &m->civil, sizeof c) != 0)
            fail_msg("%s %lld: %d-%d-%d %d:%d:%d weekday %d offset %d", m->zone,
                     (long long)m->seconds, c.year, c.month, c.day, c.hour, c.minute, c.second,
                     c.weekday, c.utc_offset);
        int64_t back = clock_from_civil(&m->civil);
        if (back != m->seconds)
            fail_msg("%s: %lld came back as %lld", m->zone, (long long)m->seconds, (long long)back);
    }
}

// libc's mktime answers these by what it was asked before; ours must not.
static void test_skipped_and_repeated_hours(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        struct civil civil;
        int64_t seconds;
    } rows[] = {
        {"Europe/Berlin", {2026, 3, 29, 2, 30, 0, 0, 0}, 1774747800},     // is 03:30
        {"Europe/Berlin", {2026, 3, 29, 2, 0, 0, 0, 0}, 1774746000},      // is 03:00
        {"Europe/Berlin", {2026, 10, 25, 2, 30, 0, 0, 0}, 1792888200},    // summer time still
        {"America/New_York", {2026, 3, 8, 2, 30, 0, 0, 0}, 1772955000},   // is 03:30
        {"Europe/Berlin", {2026, 3, 28, 26, 30, 0, 0, 0}, 1774747800},    // hours count on
        {"Europe/Berlin", {2026, 2, 29 + 28, 9, 0, 0, 0, 0}, 1774767600}, // days count on
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        set_zone(rows[i].zone);
        for (int before = 0; before < 4; before++) {
            struct civil c;
            clock_to_civil(1767225600 + before * INT64_C(7776000), &c);
            (void)clock_from_civil(&c); // another season asked before
            int64_t got = clock_from_civil(&rows[i].civil);
            if (got != rows[i].seconds)
                fail_msg("row %zu: %lld", i, (long long)got);
        }
    }
}

static void test_every_hour_of_a_year_comes_back(void **state)
{
    (void)state;
    static const char *const zones[] = {"Europe/Berlin", "America/St_Johns", "Africa/Casablanca",
                                        "Australia/Lord_Howe"};
    for (size_t z = 0; z < COUNT_OF(zones); z++) {
        set_zone(zones[z]);
        int64_t later = 0;
        for (int64_t t = 1767225600; t < 1767225600 + 366 * 86400; t += 1800) {
            struct civil c, d;
            clock_to_civil(t, &c);
            int64_t back = clock_from_civil(&c);
            clock_to_civil(back, &d);
            assert_int_equal(c.hour, d.hour);
            assert_int_equal(c.minute, d.minute);
            assert_true(back == t || back < t); // the first of two
            later += back != t;
        }
        assert_true(later <= 4); // an hour a year, in halves
    }
}

static void test_utc_whatever_the_zone(void **state)
{
    (void)state;
    struct civil c;
    set_zone("Asia/Tokyo");
    clock_to_utc(1795766400, &c);
    assert_int_equal(c.hour, 8);
    assert_int_equal(c.utc_offset, 0);
}

static void test_dates(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2026-2-28",   "26-02-28",    "2026-02-29", "2100-02-29",
        "2026-13-01", "2026-00-10",  "2026-01-00",  "2026-04-31", "2026-01-32",
        "1969-12-31", "2026-01-01 ", " 2026-01-01", "2026/01/01", "2026-01-01T0",
        "2026-0a-01", "2026-01",     "2026-",       "+026-01-01"};
    struct civil c = {.hour = 9};
    struct err err;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (clock_parse_date(bad[i], &c, &err) == 0)
            fail_msg("'%s' was taken for a date", bad[i]);
    assert_ok(clock_parse_date("2024-02-29", &c, &err), &err);
    assert_int_equal(c.year * 10000 + c.month * 100 + c.day, 20240229);
    assert_ok(clock_parse_date("2000-02-29", &c, &err), &err);
    assert_ok(clock_parse_date("2026-12-31", &c, &err), &err);
    assert_int_equal(c.hour, 9); // the time of day is not touched
}

static void test_times(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "9:00",   "24:00",  "12:60", "12:5",
                                      "12:345", "12.30",  "12",     "12:",   ":30",
                                      " 12:30", "12:30 ", "09:00Z", "-1:00", "1a:00"};
    struct civil c = {.second = 5};
    struct err err;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (clock_parse_time(bad[i], &c, &err) == 0)
            fail_msg("'%s' was taken for a time", bad[i]);
    assert_ok(clock_parse_time("23:59", &c, &err), &err);
    assert_int_equal(c.hour * 10000 + c.minute * 100 + c.second, 235900);
    assert_ok(clock_parse_time("00:00", &c, &err), &err);
    assert_int_equal(c.hour + c.minute, 0);
}

static void test_spans(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"90s", 90},          {"5m", 300},           {"4h", 14400}, {"2d", 172800},
                {"1h 30m", 5400},     {"1h30m", 5400},       {"0s", 0},     {" 7s ", 7},
                {"3660d", 316224000}, {"1d 1h 1m 1s", 90061}};
    static const char *const bad[] = {"",
                                      " ",
                                      "5",
                                      "m",
                                      "5 m",
                                      "5x",
                                      "-5m",
                                      "5m-",
                                      "1.5h",
                                      "3661d",
                                      "1h30",
                                      "3660d 1s",
                                      "5M",
                                      "99999999999999999999s",
                                      "9223372036854775807d",
                                      "5m,",
                                      "5m 15m", // of a list whose comma was forgotten
                                      "1m 1h",
                                      "1h 1m 1m"};
    int64_t got;
    struct err err;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_ok(clock_parse_span(good[i].text, &got, &err), &err);
        assert_int_equal(got, good[i].seconds);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (clock_parse_span(bad[i], &got, &err) == 0)
            fail_msg("'%s' was taken for %lld seconds", bad[i], (long long)got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_is_set_from_outside),
        cmocka_unit_test(test_a_clock_that_is_set_stands_still),
        cmocka_unit_test(test_zones_that_are_none),
        cmocka_unit_test(test_civil_time_in_zones),
        cmocka_unit_test(test_skipped_and_repeated_hours),
        cmocka_unit_test(test_every_hour_of_a_year_comes_back),
        cmocka_unit_test(test_utc_whatever_the_zone),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
