#include "unit.h"

#include "base/arena.h"

#include <stdalign.h>

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (size_t size = 0; size < 600; size++) {
        unsigned char *p = arena_alloc(a, size);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xee, size); // whoever gets this memory next must not see it
    }
    arena_free(&a);
    assert_null(a);
    arena_free(&a);
}

static void test_pieces_do_not_overlap(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    enum {
        N = 3000
    };
    unsigned char *pieces[N];
    for (size_t i = 0; i < N; i++) {
        pieces[i] = arena_alloc(a, 1 + i % 61);
        memset(pieces[i], (int)(i % 251), 1 + i % 61);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < 1 + i % 61; k++)
            assert_int_equal(pieces[i][k], i % 251);
    arena_free(&a);
}

static void test_pieces_larger_than_a_block(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char *small = arena_strdup(a, "small");
    static const size_t sizes[] = {16383, 16384, 16385, 1 << 20};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *p = arena_alloc(a, sizes[i]);
        p[0] = p[sizes[i] - 1] = 'x';
    }
    assert_string_equal(small, "small");
    arena_free(&a);
}

static void test_after_a_reset_memory_is_zeroed_again(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 50; i++) {
            size_t size = i == 25 ? 100000 : 1000;
            unsigned char *p = arena_alloc(a, size);
            for (size_t k = 0; k < size; k++)
                assert_int_equal(p[k], 0);
            memset(p, 0xee, size);
        }
        arena_reset(a);
    }
    arena_reset(a);
    arena_free(&a);
}

static void test_a_reset_behind_a_large_piece_alone(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    arena_alloc(a, 1 << 20);
    arena_reset(a);
    assert_string_equal(arena_strdup(a, "again"), "again");
    arena_free(&a);
}

static void test_copies(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char open_ended[3] = {'a', 'b', 'c'};
    assert_string_equal(arena_strdup(a, ""), "");
    assert_string_equal(arena_strdup(a, "hello"), "hello");
    assert_string_equal(arena_strndup(a, "hello", 2), "he");
    assert_string_equal(arena_strndup(a, "hello", 99), "hello");
    assert_string_equal(arena_strndup(a, open_ended, 3), "abc");
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_pieces_do_not_overlap),
        cmocka_unit_test(test_pieces_larger_than_a_block),
        cmocka_unit_test(test_after_a_reset_memory_is_zeroed_again),
        cmocka_unit_test(test_a_reset_behind_a_large_piece_alone),
        cmocka_unit_test(test_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
