#include "unit.h"

#include "base/buf.h"

static void test_all_ways_of_adding(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    assert_string_equal(b.data, "");
    buf_adds(&b, "one");
    buf_addc(&b, ' ');
    buf_add(&b, "two\0x", 5);
    buf_addf(&b, "%d-%s", 42, "z");
    buf_add(&b, NULL, 0);
    assert_int_equal(b.len, 13);
    assert_memory_equal(b.data, "one two\0x42-z", 14); // with the NUL behind
    assert_false(buf_is_over(&b));
    buf_deinit(&b);
    assert_string_equal(b.data, "");
}

static void test_the_ceiling(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    buf_adds(&b, "12345");
    assert_false(buf_is_over(&b));
    buf_adds(&b, "");
    assert_false(buf_is_over(&b));
    buf_addc(&b, '6');
    assert_true(buf_is_over(&b));
    assert_string_equal(b.data, "12345");
    buf_reset(&b);
    assert_false(buf_is_over(&b));
    assert_int_equal(b.len, 0);
    assert_string_equal(b.data, "");
    buf_addf(&b, "%s", "123456");
    assert_true(buf_is_over(&b));
    assert_int_equal(b.len, 0);
    assert_null(buf_reserve(&b, 6));
    assert_non_null(buf_reserve(&b, 5));
    buf_deinit(&b);
}

static void test_no_ceiling_wraps(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, SIZE_MAX);
    buf_adds(&b, "x");
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_null(buf_reserve(&b, SIZE_MAX - 1));
    assert_true(buf_is_over(&b));
    assert_string_equal(b.data, "x");
    buf_deinit(&b);
}

static void test_reserved_room_is_writable(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, BUF_MAX_DEFAULT);
    for (size_t n = 0; n < 3000; n += 7) {
        char *p = buf_reserve(&b, n);
        assert_ptr_equal(p, b.data + b.len);
        memset(p, 'r', n);
        p[n] = '\0';
        b.len += n;
    }
    assert_int_equal(strspn(b.data, "r"), b.len);
    buf_deinit(&b);
}

static void test_dropping_from_the_front(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    buf_drop(&b, 0);
    buf_adds(&b, "hello");
    buf_drop(&b, 0);
    assert_string_equal(b.data, "hello");
    buf_drop(&b, 2);
    assert_string_equal(b.data, "llo");
    assert_int_equal(b.len, 3);
    buf_drop(&b, 3);
    assert_string_equal(b.data, "");
    buf_adds(&b, "again");
    assert_string_equal(b.data, "again");
    buf_deinit(&b);
}

static void test_taking_leaves_an_empty_buffer(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    char *nothing = buf_take(&b);
    assert_string_equal(nothing, "");
    free(nothing);
    buf_adds(&b, "mine");
    char *p = buf_take(&b);
    buf_adds(&b, "next!!");
    assert_true(buf_is_over(&b)); // the ceiling stays
    assert_string_equal(p, "mine");
    free(p);
    buf_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_ways_of_adding),
        cmocka_unit_test(test_the_ceiling),
        cmocka_unit_test(test_no_ceiling_wraps),
        cmocka_unit_test(test_reserved_room_is_writable),
        cmocka_unit_test(test_dropping_from_the_front),
        cmocka_unit_test(test_taking_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
