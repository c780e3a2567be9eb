#include "unit.h"

#include "base/near.h"

static const char *const tags[] = {"first_name", "last_name", "name", "email", "unsubscribe_url"};

static void finds_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *word, *want; // NULL: nothing is near
    } cases[] = {
        {"first_name", "first_name"},
        {"frist_name", "first_name"}, // two neighbours swapped
        {"firstname", "first_name"},
        {"first_nam", "first_name"},
        {"fist_name", "first_name"}, // one edit, where last_name takes two
        {"nmae", "name"},
        {"mnae", NULL}, // two edits of four bytes are half of the word
        {"nane", "name"},
        {"nam", "name"},
        {"e-mail", "email"},
        {"unsubscribe_link", NULL}, // four edits
        {"unsubscribe_ulr", "unsubscribe_url"},
        {"", NULL},
        {"x", NULL},
        {"city", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got = near_of(cases[i].word, tags, COUNT_OF(tags));
        if (!got != !cases[i].want || (got && strcmp(got, cases[i].want) != 0))
            fail_msg("'%s': %s", cases[i].word, got ? got : "nothing");
    }
    assert_null(near_of("name", tags, 0));
}

static void the_first_of_equals_is_taken(void **state)
{
    (void)state;
    static const char *const twins[] = {"may-week", "day-week"};
    assert_string_equal(near_of("way-week", twins, 2), "may-week");
}

static void words_of_any_length_are_safe(void **state)
{
    (void)state;
    char word[300], other[300];
    memset(word, 'a', sizeof word);
    memset(other, 'a', sizeof other);
    const char *const one[] = {other};
    for (size_t n = 1; n < sizeof word; n++) {
        word[n] = other[n] = '\0';
        other[0] = 'b';
        const char *got = near_of(word, one, 1);
        assert_int_equal(got != NULL, n >= 3 && n <= 100); // a slug's length
        word[n] = other[n] = 'a';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_meant),
        cmocka_unit_test(the_first_of_equals_is_taken),
        cmocka_unit_test(words_of_any_length_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
