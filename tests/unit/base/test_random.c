#include "unit.h"

#include "base/random.h"

// First: a process that has been given a seed keeps to it.
static void test_the_kernel_gives_different_bytes(void **state)
{
    (void)state;
    unsigned char a[1000], b[1000];
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, a + 500, 500);
    unsigned char untouched = 7;
    random_bytes(&untouched, 0);
    assert_int_equal(untouched, 7);
}

static void test_every_byte_is_filled(void **state)
{
    (void)state;
    unsigned char seen[700] = {0}, bytes[700];
    for (int round = 0; round < 20; round++) {
        random_bytes(bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
            seen[i] |= bytes[i];
    }
    for (size_t i = 0; i < sizeof seen; i++)
        assert_int_not_equal(seen[i], 0);
}

static void test_a_seed_repeats(void **state)
{
    (void)state;
    unsigned char a[100], b[100];
    random_seed(42);
    random_bytes(a, sizeof a);
    random_seed(42);
    random_bytes(b, sizeof b);
    assert_memory_equal(a, b, sizeof a);
    random_seed(43);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void test_below_is_in_range_and_even(void **state)
{
    (void)state;
    random_seed(1);
    unsigned counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint64_t v = random_below(7);
        assert_true(v < 7);
        counts[v]++;
    }
    for (size_t i = 0; i < 7; i++)
        assert_in_range(counts[i], 9500, 10500);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(random_below(1), 0);
        assert_true(random_below(UINT64_MAX) < UINT64_MAX);
        assert_true(random_below((UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
    }
}

// A remainder alone would give the lower third of this range half of the draws.
static void test_below_is_even_for_large_bounds(void **state)
{
    (void)state;
    unsigned low = 0;
    random_seed(2);
    for (int i = 0; i < 9000; i++)
        low += random_below(UINT64_C(3) << 62) < UINT64_C(1) << 62;
    assert_in_range(low, 2800, 3200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_kernel_gives_different_bytes),
        cmocka_unit_test(test_every_byte_is_filled),
        cmocka_unit_test(test_a_seed_repeats),
        cmocka_unit_test(test_below_is_in_range_and_even),
        cmocka_unit_test(test_below_is_even_for_large_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
