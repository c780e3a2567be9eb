#include "unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

// The tests ask for more than there is and want NULL from the allocator, not a report.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

// The exit code of work done in another process, whose complaint nobody needs to read.
static int exit_code_of(void (*work)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        work();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Volatile: the compiler need not see it coming.
static volatile size_t huge = SIZE_MAX / 4;
static volatile size_t wraps = SIZE_MAX / 8 + 2; // times 8 is 8

static void ask_too_much(void)
{
    free(mem_new(1, huge));
}

static void ask_for_a_wrapped_product(void)
{
    free(mem_new(wraps, 8));
}

static void grow_too_much(void)
{
    free(mem_grow(NULL, 1, huge));
}

static void grow_to_a_wrapped_product(void)
{
    free(mem_grow(NULL, wraps, 8));
}

static void test_out_of_memory_ends_the_process(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of(ask_too_much), 71);
    assert_int_equal(exit_code_of(ask_for_a_wrapped_product), 71);
    assert_int_equal(exit_code_of(grow_too_much), 71);
    assert_int_equal(exit_code_of(grow_to_a_wrapped_product), 71);
}

static void test_new_memory_is_zeroed(void **state)
{
    (void)state;
    unsigned char *p = mem_new(1000, 3);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(p[i], 0);
    free(p);
}

static void test_nothing_is_still_something_to_free(void **state)
{
    (void)state;
    char *p = mem_new(0, 0);
    assert_non_null(p);
    p = mem_grow(p, 0, 8);
    assert_non_null(p);
    free(p);
}

static void test_growing_keeps_what_is_there(void **state)
{
    (void)state;
    int *p = mem_grow(NULL, 2, sizeof *p);
    p[0] = 7;
    p[1] = 8;
    p = mem_grow(p, 4000, sizeof *p);
    assert_int_equal(p[0], 7);
    assert_int_equal(p[1], 8);
    p[3999] = 9;
    free(p);
}

static void test_copies_end_where_they_should(void **state)
{
    (void)state;
    const char open_ended[3] = {'a', 'b', 'c'};
    const struct {
        const char *from;
        size_t n;
        const char *want;
    } rows[] = {{"hello", 3, "hel"}, {"hello", 5, "hello"}, {"hello", 99, "hello"},
                {"hello", 0, ""},    {"", 5, ""},           {open_ended, 3, "abc"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *p = mem_strndup(rows[i].from, rows[i].n);
        assert_string_equal(p, rows[i].want);
        free(p);
    }
    char *p = mem_strdup("whole");
    assert_string_equal(p, "whole");
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_memory_ends_the_process),
        cmocka_unit_test(test_new_memory_is_zeroed),
        cmocka_unit_test(test_nothing_is_still_something_to_free),
        cmocka_unit_test(test_growing_keeps_what_is_there),
        cmocka_unit_test(test_copies_end_where_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
