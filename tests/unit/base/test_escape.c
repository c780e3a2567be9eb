#include "unit.h"

#include "base/escape.h"

struct escaping {
    void (*escape)(const char *, size_t, struct buf *);
    const char *text, *want;
};

static const struct escaping escapings[] = {
    {escape_html, "", ""},
    {escape_html, "a & <b> \"c\" 'd' é", "a &amp; &lt;b&gt; &quot;c&quot; 'd' é"},
    {escape_url, "https://e.org/a?b=1&c=[2]#d", "https://e.org/a?b=1&c=[2]#d"},
    {escape_url, "https://e.org/a b\"<é>\\", "https://e.org/a%20b%22%3C%C3%A9%3E%5C"},
    // a "%" that begins no encoded byte is one itself
    {escape_url, "/%20%zz%2%g0%0g%", "/%20%25zz%252%25g0%250g%25"},
    {escape_url_part, "a-b._~9", "a-b._~9"},
    {escape_url_part, "a/b?c&d=%20#@:", "a%2Fb%3Fc%26d%3D%2520%23%40%3A"},
};

static void test_escape(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(escapings); i++) {
        const struct escaping *c = &escapings[i];
        struct buf out;
        buf_init(&out, 1000);
        c->escape(c->text, strlen(c->text), &out);
        assert_string_equal(out.len ? out.data : "", c->want);
        buf_deinit(&out);
    }
}

// What stands behind the text is not looked at.
static void test_ends_where_it_ends(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1000);
    escape_url("/%20", 2, &out);
    escape_url("/%20", 3, &out);
    assert_string_equal(out.data, "/%25/%252");
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escape),
                                       cmocka_unit_test(test_ends_where_it_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
