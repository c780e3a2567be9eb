#include "unit.h"

#include "mail/line.h"

static void test_lines_that_pass(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "Ann",
                                       " Ann  Bee ",
                                       "O'Brien, \"Bob\" <x> ;:=#",
                                       "Gr\xc3\xbc\xc3\x9f"
                                       "e",
                                       "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                                       "\xe6\x97\xa5\xe6\x9c\xac",
                                       "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8c\xbe", // with a ZWJ
                                       "=?utf-8?q?not_decoded?="};
    struct err err;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_ok(line_check("name", good[i], strlen(good[i]), LINE_MAX_NAME, &err), &err);
}

// MM-12: nothing that could end a header line, or hide what it says, goes through.
static void test_lines_that_do_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *why;
    } bad[] = {
        {"a\r\nBcc: x@y.org", 15, "a line break"},
        {"a\rb", 3, "a line break"},
        {"a\nb", 3, "a line break"},
        {"a\n", 2, "a line break"},
        {"a\0b", 3, "a NUL"},
        {"\0", 1, "a NUL"},
        {"a\tb", 3, "a tab"},
        {"a\x1b[31m", 6, "a control character"},
        {"\x01", 1, "a control character"},
        {"a\x7f", 2, "a control character"},
        {"a\xc2\x85"
         "b",
         4, "a control character"}, // NEL
        {"a\xe2\x80\xa8"
         "b",
         5, "a control character"}, // line separator
        {"a\xe2\x80\xae"
         "b",
         5, "a control character"}, // right-to-left override
        {"a\xe2\x81\xa6"
         "b",
         5, "a control character"}, // isolate
        {"gr\xfc\xdf", 4, "not UTF-8"},
        {"a\xc3", 2, "not UTF-8"},
        {"\xc0\x8a", 2, "not UTF-8"},     // an overlong line feed
        {"\xe0\x80\x8d", 3, "not UTF-8"}, // an overlong carriage return
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct err err;
        if (line_check("attribute city", bad[i].text, bad[i].len, 100, &err) != -1)
            fail_msg("row %zu passed", i);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_contains(err.msg, "attribute city");
        assert_contains(err.msg, bad[i].why);
        assert_null(strpbrk(err.msg, "\r\n\t"));
    }
}

static void test_the_message_names_the_byte(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(line_check("subject", "caf\xc3\xa9\n", 6, 100, &err), -1);
    assert_contains(err.msg, "byte 6");
}

static void test_the_ceiling(void **state)
{
    (void)state;
    char text[10000];
    struct err err;
    memset(text, 'x', sizeof text);
    assert_ok(line_check("name", text, LINE_MAX_NAME, LINE_MAX_NAME, &err), &err);
    assert_int_equal(line_check("name", text, LINE_MAX_NAME + 1, LINE_MAX_NAME, &err), -1);
    assert_contains(err.msg, "257");
    assert_contains(err.msg, "256");
    assert_int_equal(line_check("name", text, sizeof text, LINE_MAX_ATTR, &err), -1);
    assert_ok(line_check("name", "", 0, 0, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_that_pass),
        cmocka_unit_test(test_lines_that_do_not),
        cmocka_unit_test(test_the_message_names_the_byte),
        cmocka_unit_test(test_the_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
