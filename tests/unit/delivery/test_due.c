// When a campaign is to start (DESIGN 6, cron).
#include "unit.h"

#include "delivery/due.h"

#define DAY 86400

static void test_due(void **state)
{
    (void)state;
    static const struct {
        int64_t send_at, now;
        bool draft, edition;
        enum due due;
    } rows[] = {
        {0, 1000, false, false, DUE_NO},             // no date
        {1000, 999, false, false, DUE_NO},           // to come
        {1000, 1000, false, false, DUE_NOW},         // to the second
        {1000, 1000 + DAY, false, false, DUE_NOW},   // late, but within not_after
        {1000, 1001 + DAY, false, false, DUE_LATE},  // too late
        {1000, 2000, true, false, DUE_DRAFT},        // never sent
        {1000, 1001 + DAY, true, false, DUE_LATE},   // an old draft
        {1000, 2000, false, true, DUE_NO},           // sent already
        {1000, 1001 + 9 * DAY, false, true, DUE_NO}, // long ago
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct campaign c = {.send_at = rows[i].send_at, .is_draft = rows[i].draft};
        assert_int_equal(due_of(&c, rows[i].edition, rows[i].now, DAY), rows[i].due);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_due)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
