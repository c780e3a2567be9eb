#include "fixture.h"

struct taking {
    const char *source;
    const char *shown;   // with each word replaced by its default or "…"
    const char *finding; // "line:column text", a part of it; NULL: none
};

static const struct taking takings[] = {
    {"no tags", "no tags", NULL},
    {"Dear {{first_name}},", "Dear …,", NULL},
    {"Dear {{ name | dear friend }}!", "Dear dear friend!", NULL},
    {"{{attr.city|}}{{attr.a_1.b|x}}", "x", NULL},
    {"{{name|a}b}}", "a}b", NULL},
    {"\\{{name}} stays", "{{name}} stays", NULL},
    {"{ {name} } {name}", "{ {name} } {name}", NULL},
    {"a\nbé {{name", "a\nbé {{name", "2:4 merge tag \"{{name\" does not end on its line"},
    {"{{name\n}}", "{{name\n}}", "1:1 merge tag \"{{name\" does not end"},
    {"{{}}", "{{}}", "1:1 merge tag \"{{}}\" has no name"},
    {"x {{ |y}}", "x {{ |y}}", "1:3 merge tag \"{{ |y}}\" has no name"},
    {"{{First}}", "{{First}}", "1:1 merge tag \"{{First}}\" is not a name"},
    {"{{a..b}}", "{{a..b}}", "is not a name"},
    {"{{a.}}", "{{a.}}", "is not a name"},
    {"{{1a}}", "{{1a}}", "is not a name"},
    {"{{first name}}", "{{first name}}", "is not a name"},
    {"{{#if name}}", "{{#if name}}", "is not a name"},
    {"{{", "{{", "does not end"},
    // no braces in somebody's inbox
    {"a\nb {{first_name|{{name}}}}", "a\nb {{first_name|{{name}}}}",
     "2:3 merge tag \"{{first_name|{{name}}\" has a tag in its default"},
    {"{{name|\\{{}}", "{{name|\\{{}}", "1:1 merge tag \"{{name|\\{{}}\" has a tag in its default"},
};

static void test_take(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(takings); i++) {
        const struct taking *c = &takings[i];
        struct arena *arena = arena_new();
        struct merge *merge = merge_new(arena, &c->source, 1);
        struct findings findings;
        struct buf text, shown, where;
        findings_init(&findings);
        buf_init(&text, 1000);
        buf_init(&shown, 1000);
        buf_init(&where, 2000);
        merge_take(merge, c->source, strlen(c->source), "post", 1, 1, &text, &findings);
        merge_plain(merge, text.data, text.len, &shown);
        assert_string_equal(shown.data, c->shown);
        assert_int_equal(findings.errors, c->finding ? 1 : 0);
        if (c->finding) {
            const struct finding *f = &findings.list[0];
            buf_addf(&where, "%u:%u %s", f->line, f->column, f->text);
            assert_contains(where.data, c->finding);
        }
        buf_deinit(&text);
        buf_deinit(&shown);
        buf_deinit(&where);
        findings_deinit(&findings);
        arena_free(&arena);
    }
}

// The words occur nowhere in the text, even when it is full of words that look like them.
static void test_nonce(void **state)
{
    (void)state;
    const char *all[] = {"hx0x hx1x0z hx12x", "and hx999x0z", NULL};
    struct arena *arena = arena_new();
    struct merge *merge = merge_new(arena, all, 3);
    assert_string_equal(merge->nonce, "hx1000x");
    unsigned value = merge_value(merge, "name", NULL);
    assert_int_equal(merge_value(merge, "name", NULL), value);
    assert_int_not_equal(merge_value(merge, "name", ""), value);
    assert_int_not_equal(merge_value(merge, "name", "x"), value);
    unsigned at = 7;
    assert_int_equal(merge_at(merge, "hx1000x0z9", 10, &at), 9);
    assert_int_equal(at, 0);
    assert_int_equal(merge_at(merge, "hx1000x3z", 9, &at), 0); // there is no value 3
    assert_int_equal(merge_at(merge, "hx1000x0", 8, &at), 0);
    assert_int_equal(merge_at(merge, "hx1000xz", 8, &at), 0);
    assert_int_equal(merge_at(merge, "hx100x0z", 8, &at), 0);
    arena_free(&arena);
}

struct writing {
    enum slot_context context;
    const char *text, *out;
};

static const struct writing writings[] = {
    {SLOT_TEXT, "<a> & \"b\" hx0x0z",
     "<a> & \"b\" \x01"
     "0t\x02"},
    {SLOT_HTML, "<a> & \"b\" 'c' é hx0x0z!",
     "&lt;a&gt; &amp; &quot;b&quot; 'c' é \x01"
     "0h\x02!"},
    {SLOT_ATTR, "\"><script>hx0x0z",
     "&quot;&gt;&lt;script&gt;\x01"
     "0a\x02"},
    {SLOT_HREF, "https://e.org/a b?x=1&y=%20%zz&n=hx0x0z\"<é",
     "https://e.org/a%20b?x=1&amp;y=%20%25zz&amp;n=\x01"
     "0u\x02%22%3C%C3%A9"},
    {SLOT_HREF, "https://e.org/%2?%g0%hx0x0z", // "%" and a digit are no encoded byte
     "https://e.org/%252?%25g0%25\x01"
     "0u\x02"},
    {SLOT_HREF, "hx0x0z", // the whole address, which nothing else may begin
     "\x01"
     "0U\x02"},
    {SLOT_HREF, "hx0x0z/x",
     "\x01"
     "0u\x02/x"},
    {SLOT_LINK, "hx0x0z",
     "\x01"
     "0L\x02"},
    {SLOT_LINK, "https://e.org/a b?x=1&y=hx0x0z",
     "https://e.org/a%20b?x=1&y=\x01"
     "0l\x02"},
    {SLOT_HEADER, "Hi hx0x0z & <you>",
     "Hi \x01"
     "0H\x02 & <you>"},
};

static void test_write(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct merge *merge = merge_new(arena, NULL, 0);
    merge_value(merge, "name", "Löwe");
    for (size_t i = 0; i < COUNT_OF(writings); i++) {
        struct buf out;
        buf_init(&out, 1000);
        merge_write(merge, writings[i].text, strlen(writings[i].text), writings[i].context, &out);
        assert_string_equal(out.data, writings[i].out);
        buf_deinit(&out);
    }
    assert_int_equal(merge_width(merge, "a hx0x0z 南", 11), 9);
    arena_free(&arena);
}

// More different tags than a marker can number are an error, not a wrong marker.
static void test_many(void **state)
{
    (void)state;
    struct buf source, out;
    struct findings findings;
    findings_init(&findings);
    buf_init(&source, 1 << 20);
    buf_init(&out, 1 << 20);
    for (int i = 0; i < 1001; i++)
        buf_addf(&source, "{{a%d}}", i);
    struct arena *arena = arena_new();
    struct merge *merge = merge_new(arena, NULL, 0);
    merge_take(merge, source.data, source.len, "post", 1, 1, &out, &findings);
    assert_int_equal(merge->count, 1000);
    assert_int_equal(findings.errors, 1);
    assert_contains(findings.list[0].text, "one too many");
    arena_free(&arena);
    findings_deinit(&findings);
    buf_deinit(&source);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_nonce),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
