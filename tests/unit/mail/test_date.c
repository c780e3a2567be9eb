#include "unit.h"

#include "base/clock.h"
#include "mail/date.h"

#include <locale.h>

static const struct {
    const char *rule;
    int64_t seconds;
    const char *header, *utc, *berlin, *kolkata;
} rows[] = {
    {"MM-07 epoch", 0, "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z",
     "1970-01-01 01:00", "1970-01-01 05:30"},
    {"MM-07 leap day", 1709164799, "Wed, 28 Feb 2024 23:59:59 +0000", "2024-02-28T23:59:59Z",
     "2024-02-29 00:59", "2024-02-29 05:29"},
    {"MM-07 Friday", 1795766400, "Fri, 27 Nov 2026 08:00:00 +0000", "2026-11-27T08:00:00Z",
     "2026-11-27 09:00", "2026-11-27 13:30"},
    {"MM-07 before summer time", 1774745999, "Sun, 29 Mar 2026 00:59:59 +0000",
     "2026-03-29T00:59:59Z", "2026-03-29 01:59", "2026-03-29 06:29"},
    {"MM-07 summer time", 1774746000, "Sun, 29 Mar 2026 01:00:00 +0000", "2026-03-29T01:00:00Z",
     "2026-03-29 03:00", "2026-03-29 06:30"},
    {"MM-07 far away", 253402214399, "Thu, 30 Dec 9999 23:59:59 +0000", "9999-12-30T23:59:59Z",
     "9999-12-31 00:59", "9999-12-31 05:29"},
};

static void set_zone(const char *name)
{
    struct err err;
    assert_ok(clock_set_zone(name, &err), &err);
}

static void test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[DATE_SIZE];
        set_zone("Europe/Berlin");
        date_format(rows[i].seconds, out);
        assert_string_equal(out, rows[i].header);
        date_format_utc(rows[i].seconds, out);
        assert_string_equal(out, rows[i].utc);
        date_format_local(rows[i].seconds, out);
        assert_string_equal(out, rows[i].berlin);
        set_zone("Asia/Kolkata");
        date_format_local(rows[i].seconds, out);
        assert_string_equal(out, rows[i].kolkata);
        date_format(rows[i].seconds, out);
        assert_string_equal(out, rows[i].header); // whatever the zone
    }
}

// MM-07: the weekday is right, and every day has its own.
static void test_every_weekday_and_month(void **state)
{
    (void)state;
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t day = 0; day < 40000; day++) {
        char out[DATE_SIZE], number[8];
        struct civil c;
        date_format(day * 86400, out);
        clock_to_utc(day * 86400, &c);
        assert_memory_equal(out, days[day % 7], 3);
        assert_memory_equal(out + 8, months + 3 * (c.month - 1), 3);
        snprintf(number, sizeof number, "%02d", c.day % 100);
        assert_memory_equal(out + 5, number, 2);
    }
}

static void test_no_locale_changes_the_words(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"};
    char out[DATE_SIZE];
    for (size_t i = 0; i < COUNT_OF(locales); i++) {
        setlocale(LC_ALL, locales[i]); // where the machine has it
        date_format(1795766400, out);
        assert_string_equal(out, "Fri, 27 Nov 2026 08:00:00 +0000");
    }
    setlocale(LC_ALL, "C");
}

static void test_absurd_times_stay_in_the_buffer(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, INT64_MAX, -1, -62135596801, 253402300800};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        char out[DATE_SIZE];
        date_format(times[i], out);
        assert_true(strlen(out) < DATE_SIZE);
        date_format_local(times[i], out);
        date_format_utc(times[i], out);
        assert_true(strlen(out) < DATE_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_every_weekday_and_month),
        cmocka_unit_test(test_no_locale_changes_the_words),
        cmocka_unit_test(test_absurd_times_stay_in_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
