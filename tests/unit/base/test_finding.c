#include "unit.h"

#include "base/finding.h"

static void test_findings_keep_copies_and_count_errors(void **state)
{
    (void)state;
    struct findings f;
    char file[] = "post.md", rule[] = "HT-10";
    findings_init(&f);
    findings_add(&f, FINDING_WARNING, file, 3, 7, rule, "the %s has no %s", "picture", "text");
    findings_add(&f, FINDING_ERROR, file, 0, 0, "merge.unknown-tag", "x");
    file[0] = rule[0] = '!';
    assert_int_equal(f.count, 2);
    assert_int_equal(f.errors, 1);
    assert_string_equal(f.list[0].file, "post.md");
    assert_string_equal(f.list[0].rule, "HT-10");
    assert_string_equal(f.list[0].text, "the picture has no text");
    assert_int_equal(f.list[0].line, 3);
    assert_int_equal(f.list[0].column, 7);
    assert_int_equal(f.list[1].severity, FINDING_ERROR);
    findings_deinit(&f);
    assert_int_equal(f.count + f.errors, 0);
    findings_deinit(&f);
}

static void test_the_text_is_cleaned_and_cut(void **state)
{
    (void)state;
    struct findings f;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    findings_init(&f);
    findings_add(&f, FINDING_ERROR, "a", 1, 1, "r", "unknown '%s'", "{{a\x1b[2J\xe2\x80\xae\n}}");
    findings_add(&f, FINDING_ERROR, "a", 1, 1, "r", "%s", text);
    assert_string_equal(f.list[0].text, "unknown '{{a?[2J?\?}}'");
    assert_int_equal(strlen(f.list[1].text), 1023);
    findings_deinit(&f);
}

static void test_sorting_is_by_place_and_stable(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        unsigned line, column;
    } rows[] = {{"b", 1, 1}, {"a", 9, 1}, {"a", 2, 8}, {"a", 2, 1}, {"a", 10, 0},
                {"a", 2, 8}, {"a", 0, 0}, {"b", 0, 0}, {"a", 2, 8}};
    static const size_t want[] = {6, 3, 2, 5, 8, 1, 4, 7, 0};
    struct findings f;
    findings_init(&f);
    findings_sort(&f);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        findings_add(&f, FINDING_WARNING, rows[i].file, rows[i].line, rows[i].column, "r", "%zu",
                     i);
    findings_sort(&f);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        char text[8];
        snprintf(text, sizeof text, "%zu", want[i]);
        assert_string_equal(f.list[i].text, text);
    }
    findings_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings_keep_copies_and_count_errors),
        cmocka_unit_test(test_the_text_is_cleaned_and_cut),
        cmocka_unit_test(test_sorting_is_by_place_and_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
