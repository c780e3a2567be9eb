#include "unit.h"

#include "sink/path.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
    const char *text;
    enum path_kind kind;
};

// RFC 5321 4.1.2 and 4.5.3.1; DT-04
static const struct row rows[] = {
    {"<>", PATH_NULL},
    {"<a@b>", PATH_ADDRESS},
    {"<ann@example.org>", PATH_ADDRESS},
    {"<a.b+c=d_e-f@x-y.example.org>", PATH_ADDRESS},
    {"<\"a b\"@example.org>", PATH_ADDRESS},
    {"<\"a\\\"b>\"@example.org>", PATH_ADDRESS},
    {"<a@[127.0.0.1]>", PATH_ADDRESS},
    {"<a@[IPv6:::1]>", PATH_ADDRESS},
    {"<a@1.example>", PATH_ADDRESS},
    {"<postmaster>", PATH_LOCAL},
    {"<PostMaster>", PATH_LOCAL},
    {"<" A63 "a@b>", PATH_ADDRESS},
    {"<" A63 "aa@b>", PATH_BAD},
    {"<a@" A63 ".b>", PATH_ADDRESS},
    {"<a@" A63 "a.b>", PATH_BAD},
    {"<" A60 "@" A60 "." A60 "." A60 ".aaaaaaaaaa>", PATH_ADDRESS}, // 256 octets
    {"<" A60 "@" A60 "." A60 "." A60 ".aaaaaaaaaaa>", PATH_BAD},    // 257
    {"", PATH_BAD},
    {"<", PATH_BAD},
    {"a@b", PATH_BAD},
    {"<a>", PATH_BAD},
    {"<a@>", PATH_BAD},
    {"<@b>", PATH_BAD},
    {"<a@b", PATH_BAD},
    {"<a@b.>", PATH_BAD},
    {"<a@.b>", PATH_BAD},
    {"<a@b..c>", PATH_BAD},
    {"<a@-b>", PATH_BAD},
    {"<a@b->", PATH_BAD},
    {"<a@b-.c>", PATH_BAD},
    {"<a@b_c>", PATH_BAD},
    {"<.a@b>", PATH_BAD},
    {"<a.@b>", PATH_BAD},
    {"<a..b@c>", PATH_BAD},
    {"<a b@c>", PATH_BAD},
    {"< a@b>", PATH_BAD},
    {"<a@b >", PATH_BAD},
    {"<a@b@c>", PATH_BAD},
    {"<<a@b>>", PATH_BAD},
    {"<a,b@c>", PATH_BAD},
    {"<@relay.example:a@b>", PATH_BAD},
    {"<\"a@b>", PATH_BAD},
    {"<\"a\"b@c>", PATH_BAD},
    {"<\"a\\", PATH_BAD},
    {"<a@[127.0.0.1>", PATH_BAD},
    {"<a@[]>", PATH_BAD},
    {"<a\tb@c>", PATH_BAD},
    {"<a\x7f@c>", PATH_BAD},
    {"<\"a\x01\"@c>", PATH_BAD},
    {"<j\xc3\xb6rg@example.org>", PATH_NOT_ASCII},
    {"<a@b\xc3\xbc"
     "cher.example>",
     PATH_NOT_ASCII},
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        // on the heap, to its exact size: one octet too far is seen by the sanitizer
        size_t len = strlen(rows[i].text), used;
        char *text = mem_new(len + 1, 1);
        memcpy(text, rows[i].text, len);
        char *exact = mem_new(len, 1);
        memcpy(exact, text, len);
        enum path_kind kind = path_read(exact, len, &used);
        if (kind != rows[i].kind)
            fail_msg("%s: got %d", rows[i].text, (int)kind);
        assert_int_equal(used, kind == PATH_BAD || kind == PATH_NOT_ASCII ? 0 : len);
        free(exact);
        free(text);
    }
}

static void test_what_follows_is_not_taken(void **state)
{
    (void)state;
    size_t used;
    assert_int_equal(path_read("<a@b> SIZE=3", 12, &used), PATH_ADDRESS);
    assert_int_equal(used, 5);
    assert_int_equal(path_read("<> x", 4, &used), PATH_NULL);
    assert_int_equal(used, 2);
    assert_int_equal(path_read("<a@b> \xc3\xb6", 8, &used), PATH_ADDRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_what_follows_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
