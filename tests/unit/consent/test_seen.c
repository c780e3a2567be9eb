#include "unit.h"

#include "consent/seen.h"

static void test_many(void **state)
{
    (void)state;
    struct seen *seen = seen_new();
    char key[40];
    for (uint32_t i = 1; i <= 200000; i++) {
        snprintf(key, sizeof key, "p%u@example.org", i);
        struct seen_row *row = seen_at(seen, key);
        assert_int_equal(row->line, 0);
        row->line = i;
        row->content = ~i;
    }
    for (uint32_t i = 1; i <= 200000; i++) {
        snprintf(key, sizeof key, "p%u@example.org", i);
        const struct seen_row *row = seen_at(seen, key);
        assert_int_equal(row->line, i);
        assert_int_equal(row->content, ~i);
    }
    seen_free(&seen);
    assert_null(seen);
    seen_free(&seen);
}

// Who asks without putting a line in has seen nothing.
static void test_a_place_without_a_line(void **state)
{
    (void)state;
    struct seen *seen = seen_new();
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen_at(seen, "ann@example.org")->line, 0);
    seen_at(seen, "ann@example.org")->line = 7;
    assert_int_equal(seen_at(seen, "bob@example.org")->line, 0);
    assert_int_equal(seen_at(seen, "ann@example.org")->line, 7);
    seen_free(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_a_place_without_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
