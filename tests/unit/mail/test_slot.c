#include "unit.h"

#include "mail/slot.h"

static void test_every_context_comes_back(void **state)
{
    (void)state;
    static const unsigned values[] = {0, 1, 9, 10, 123, 9999};
    for (unsigned context = 0; context < SLOT_CONTEXTS; context++) {
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            struct buf out;
            unsigned value = 77777;
            enum slot_context got = SLOT_CONTEXTS;
            buf_init(&out, 100);
            slot_put(&out, values[i], (enum slot_context)context);
            size_t len = out.len;
            buf_adds(&out, "text behind");
            assert_int_equal(slot_get(out.data, out.len, &value, &got), len);
            assert_int_equal(value, values[i]);
            assert_int_equal(got, context);
            for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(slot_get(out.data, cut, &value, &got), 0);
            buf_deinit(&out);
        }
    }
}

static void test_the_marker_is_as_documented(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 100);
    slot_put(&out, 12, SLOT_TEXT);
    slot_put(&out, 3, SLOT_HREF);
    slot_put(&out, 0, SLOT_END);
    assert_string_equal(out.data, "\x01"
                                  "12t\x02\x01"
                                  "3u\x02\x01"
                                  "0F\x02");
    buf_deinit(&out);
}

static void test_what_is_no_marker(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "12t\x02",
                                      "\x01t\x02x",
                                      "\x01"
                                      "12z\x02",
                                      "\x01"
                                      "12\x02\x02",
                                      "\x01"
                                      "12345t\x02",
                                      "\x01"
                                      "12t",
                                      "\x01"
                                      "12tt\x02",
                                      "\x01 1t\x02",
                                      "\x01-1t\x02",
                                      "\x01\x01"
                                      "1t\x02",
                                      "\x02"
                                      "1t\x01"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        unsigned value;
        enum slot_context context;
        if (slot_get(bad[i], strlen(bad[i]), &value, &context) != 0)
            fail_msg("row %zu was taken for a marker", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_context_comes_back),
        cmocka_unit_test(test_the_marker_is_as_documented),
        cmocka_unit_test(test_what_is_no_marker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
