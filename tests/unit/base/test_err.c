#include "unit.h"

#include "base/log.h"

static void test_each_kind_has_its_exit_code(void **state)
{
    (void)state;
    static const struct {
        enum err_kind kind;
        int code;
    } rows[] = {{ERR_NONE, 0},    {ERR_FINDINGS, 1},   {ERR_USAGE, 64},       {ERR_INPUT, 65},
                {ERR_CREATE, 73}, {ERR_NOT_FOUND, 65}, {ERR_UNAVAILABLE, 69}, {ERR_IO, 74},
                {ERR_AGAIN, 75},  {ERR_CONFIG, 78}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(err_exit_code(rows[i].kind), rows[i].code);
    assert_int_equal(COUNT_OF(rows), ERR_CONFIG + 1); // a row for each kind
}

static void test_set_and_prefix(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(err_set(&err, ERR_INPUT, "row %d is %s", 3, "bad"), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.msg, "row 3 is bad");
    assert_int_equal(err_prefix(&err, "%s", "list.csv"), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.msg, "list.csv: row 3 is bad");
    assert_int_equal(err_set(NULL, ERR_IO, "x"), -1);
    assert_int_equal(err_prefix(NULL, "x"), -1);
}

static void test_a_message_may_quote_the_one_before(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_IO, "the disk is full");
    err_set(&err, ERR_CONFIG, "not written: %s", err.msg);
    assert_string_equal(err.msg, "not written: the disk is full");
    err_prefix(&err, "%.3s", err.msg);
    assert_string_equal(err.msg, "not: not written: the disk is full");
}

static void test_foreign_text_is_cleaned(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_INPUT, "got '%s'", "a\r\nb\x1b[31m\t\x7f");
    assert_string_equal(err.msg, "got 'a?\?b?[31m?\?'");
    err_set(&err, ERR_INPUT, "%s",
            "C1 \xc2\x9b, override \xe2\x80\xae, not UTF-8 \xff, ok \xc3\xa9");
    assert_string_equal(err.msg, "C1 ?, override ?, not UTF-8 ?, ok \xc3\xa9");
    err_set(&err, ERR_INPUT, "x");
    err_prefix(&err, "%s", "a\nb");
    assert_string_equal(err.msg, "a?b: x");
}

static void test_long_messages_end_in_a_whole_character(void **state)
{
    (void)state;
    struct err err;
    char text[3001];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4); // euro signs
        err_set(&err, ERR_INPUT, "%s", text);
        size_t len = strlen(err.msg);
        assert_true(len >= sizeof err.msg - 3 && len < sizeof err.msg);
        assert_int_equal((len - shift) % 3, 0);
        assert_null(strchr(err.msg, '?'));
        err_prefix(&err, "%s", text);
        assert_null(strchr(err.msg, '?'));
    }
}

static char logged[4096];
static int lines;

static void listener(enum log_level level, const char *line)
{
    lines++;
    snprintf(logged, sizeof logged, "%d %s", (int)level, line);
}

static void test_log_lines_reach_the_listener(void **state)
{
    (void)state;
    log_line(LOG_ERROR, "nobody listens");
    log_listen(listener, LOG_INFO);
    log_line(LOG_DEBUG, "too fine");
    assert_int_equal(lines, 0);
    log_line(LOG_INFO, "said '%s'", "a\r\nb\xc2\x9b");
    assert_int_equal(lines, 1);
    assert_string_equal(logged, "2 said 'a?\?b?'");
    log_listen(NULL, LOG_DEBUG);
    log_line(LOG_ERROR, "nobody listens");
    assert_int_equal(lines, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_has_its_exit_code),
        cmocka_unit_test(test_set_and_prefix),
        cmocka_unit_test(test_a_message_may_quote_the_one_before),
        cmocka_unit_test(test_foreign_text_is_cleaned),
        cmocka_unit_test(test_long_messages_end_in_a_whole_character),
        cmocka_unit_test(test_log_lines_reach_the_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
