#include "unit.h"

#include "base/buf.h"
#include "base/ini.h"
#include "base/random.h"
#include "base/utf8.h"

#include <stdbool.h>

// Every item as a line: [section] name = value @line:column, line feeds in values as |; the head of
// a section as [section] @line.
static int note(void *arg, const struct ini_item *item, struct err *err)
{
    struct buf *seen = arg;
    assert_string_equal(item->where, "x.ini");
    if (!*item->name) {
        assert_string_equal(item->value, "");
        assert_int_equal(item->column, 1);
        buf_addf(seen, "[%s] @%u\n", item->section, item->line);
        return 0;
    }
    if (strcmp(item->name, "stop") == 0)
        return err_set(err, ERR_INPUT, "%s:%u: stopped", item->where, item->line);
    buf_addf(seen, "[%s] %s = ", item->section, item->name);
    for (const char *p = item->value; *p; p++)
        buf_addc(seen, *p == '\n' ? '|' : *p);
    buf_addf(seen, " @%u:%u\n", item->line, item->column);
    return 0;
}

// The text in memory of exactly its size, so that a step too far is seen.
static int read_exact(const char *text, size_t len, unsigned first_line, struct buf *seen,
                      struct err *err)
{
    char *exact = mem_new(len, 1);
    memcpy(exact, text, len);
    buf_reset(seen);
    int rc = ini_read(exact, len, "x.ini", first_line, note, seen, err);
    free(exact);
    return rc;
}

struct row {
    const char *text, *want;
};

static void check_rows(const struct row *rows, size_t count, unsigned first_line)
{
    struct buf seen;
    struct err err;
    buf_init(&seen, 100000);
    for (size_t i = 0; i < count; i++) {
        assert_ok(read_exact(rows[i].text, strlen(rows[i].text), first_line, &seen, &err), &err);
        if (strcmp(seen.data, rows[i].want) != 0)
            fail_msg("'%s' gave\n%s", rows[i].text, seen.data);
    }
    buf_deinit(&seen);
}

static void test_sections_names_and_values(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", ""},
        {"\n\n", ""},
        {"; c\n# c\n  ; indented\n\t# indented\n", ""},
        {"[a]\nx = 1\n", "[a] @1\n[a] x = 1 @2:5\n"},
        {"[a]\nx = 1", "[a] @1\n[a] x = 1 @2:5\n"}, // no line end
        {"x=1\n[a]\nx=2\n[b c]\nx=3\n",
         "[] x = 1 @1:3\n[a] @2\n[a] x = 2 @3:3\n[b c] @4\n[b c] x = 3 @5:3\n"},
        {"[a]\nx = 1\nx = 2\n", "[a] @1\n[a] x = 1 @2:5\n[a] x = 2 @3:5\n"},
        {"x =\n", "[] x =  @1:4\n"},
        {"x=", "[] x =  @1:3\n"},
        {"x   =   a b   \t\n", "[] x = a b @1:9\n"},
        {"\xef\xbb\xbfx = 1\r\n[s]\r\n\r\ny = 2\r\n", "[] x = 1 @1:5\n[s] @2\n[s] y = 2 @4:5\n"},
        {"\xef\xbb\xbf[s]\ny = 2\n", "[s] @1\n[s] y = 2 @2:5\n"},
        // inih tells nothing of a section without settings
        {"[a]\n", "[a] @1\n"},
        {"\n[a]", "[a] @2\n"},
        {"[a]\n; c\n[b]\n[a]\nx = 1\n[c]\n", "[a] @1\n[b] @3\n[a] @4\n[a] x = 1 @5:5\n[c] @6\n"},
        {"gr\xc3\xb6\xc3\x9f"
         "e = \xc3\xbc\n",
         "[] gr\xc3\xb6\xc3\x9f"
         "e = \xc3\xbc @1:9\n"},
        {"url = smtp://h:25/?a=b\n", "[] url = smtp://h:25/?a=b @1:7\n"},
        {"x = 100%\ny = %41%zz%\n", "[] x = 100% @1:5\n[] y = %41%zz% @2:5\n"},
        {"x = [not a section]\n", "[] x = [not a section] @1:5\n"},
        {"x = a\tb\n", "[] x = a\tb @1:5\n"},
    };
    check_rows(rows, COUNT_OF(rows), 1);
}

// What Debian's inih 55 does by itself to each of these stands behind it.
static void test_the_traps_of_inih(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"x = a ; b # c\n", "[] x = a ; b # c @1:5\n"}, // "a"
        {"x = ; a\n", "[] x = ; a @1:5\n"},             // ""
        {"x = \"a\" 'b'\n", "[] x = \"a\" 'b' @1:5\n"},
        {"x = a\n  b\n", "[] x = a|b @1:5\n"},                       // a second x = b
        {"x = a\n  # b\n  ; c\n  d\n", "[] x = a|# b|; c|d @1:5\n"}, // b and c vanish
        {"x = a\n  b ; c\n", "[] x = a|b ; c @1:5\n"},               // "b"
        {"x = a\n  b = c\n  [d]\n", "[] x = a|b = c|[d] @1:5\n"},
        {"x =\n  a\n\tb\n", "[] x = a|b @1:4\n"},
        {"x = a\n   \ny = b\n", "[] x = a @1:5\n[] y = b @3:5\n"},
        {"x = a\r\n  b\r\n", "[] x = a|b @1:5\n"},
        {"x = a\n  b", "[] x = a|b @1:5\n"},
        {"x = a\n  b\n\n\ny = c\n", "[] x = a|b @1:5\n[] y = c @5:5\n"}, // no line numbers
    };
    check_rows(rows, COUNT_OF(rows), 1);
}

static void test_front_matter(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"subject: Being real\nsend_at: 2026-11-27 09:00\n",
         "[] subject = Being real @2:10\n[] send_at = 2026-11-27 09:00 @3:10\n"},
        {"subject: a = b: c = d\n", "[] subject = a = b: c = d @2:10\n"},
        {"subject = x\n", "[] subject = x @2:11\n"},
        {"subject = x: y\n", "[] subject = x: y @2:11\n"},
        {"subject:x\n", "[] subject = x @2:9\n"},
        {"\n# note\nsubject: \xf0\x9f\x8c\xbb day\n", "[] subject = \xf0\x9f\x8c\xbb day @4:10\n"},
    };
    check_rows(rows, COUNT_OF(rows), 2);
}

static void test_errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *why;
    } rows[] = {
        {"x = 1\n\nthis is prose\n", "x.ini:3: ", "neither"},
        {"prose", "x.ini:1: ", "neither"},
        {"[a]\n= 1\n", "x.ini:2: ", "no name"},
        {":", "x.ini:1: ", "no name"},
        {"\n  x = 1\n", "x.ini:2: ", "indented"},
        {"x = 1\n# c\n  more\n", "x.ini:3: ", "indented"},
        {"[a\nx = 1\n", "x.ini:1: ", "section"},
        {"[]\n", "x.ini:1: ", "section"},
        {"[a] x = 1\n", "x.ini:1: ", "section"},
        {"[a] ; c\n", "x.ini:1: ", "section"},
        {"[a]]\n", "x.ini:1: ", "section"},
        {"[a ;b]\nx = 1\n", "x.ini:1: ", ";"},
        {"two words = 1\n", "x.ini:1: ", "one word"},
        {"a\tb = 1\n", "x.ini:1: ", "one word"},
        {"a;b = 1\n", "x.ini:1: ", "one word"},
        {"x = 1\ny = \x1b[31m\n", "x.ini:2: ", "control"},
        {"x = 1\ny = 2\r\r\n", "x.ini:2: ", "control"},
        {"x = 1\x0b\n", "x.ini:1: ", "control"},
        {"x = a\n  b\x7f\n", "x.ini:2: ", "control"},
        {"x = a\rb\n", "x.ini:1: ", "control"},
        {"# \x01\n", "x.ini:1: ", "control"},
        {"x = \xe2\x80\xae\n", "x.ini:1: ", "control"},
        {"x = gr\xfc\xdf\n", "x.ini:1: ", "UTF-8"},
        {"\xff\xfex\n", "x.ini:1: ", "UTF-8"},
        {"x = \xc3", "x.ini:1: ", "UTF-8"},
    };
    struct buf seen;
    buf_init(&seen, 1000);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        if (read_exact(rows[i].text, strlen(rows[i].text), 1, &seen, &err) != -1)
            fail_msg("'%s' was read:\n%s", rows[i].text, seen.data);
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_int_equal(strncmp(err.msg, rows[i].where, strlen(rows[i].where)), 0);
        assert_contains(err.msg, rows[i].why);
    }
    struct err err;
    assert_int_equal(read_exact("x = a\0b\n", 8, 1, &seen, &err), -1);
    assert_contains(err.msg, "x.ini:1: ");
    assert_int_equal(read_exact("y = 1\nz\n", 8, 41, &seen, &err), -1);
    assert_contains(err.msg, "x.ini:42: ");
    buf_deinit(&seen);
}

static void test_the_handler_can_end_the_reading(void **state)
{
    (void)state;
    struct buf seen;
    struct err err;
    const char *text = "a = 1\nstop = 1\nb = 2\nrubbish\n";
    buf_init(&seen, 1000);
    assert_int_equal(read_exact(text, strlen(text), 1, &seen, &err), -1);
    assert_string_equal(err.msg, "x.ini:2: stopped");
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(seen.data, "[] a = 1 @1:5\n");
    buf_deinit(&seen);
}

static int refuse_section(void *arg, const struct ini_item *item, struct err *err)
{
    int *calls = arg;
    ++*calls;
    return *item->name ? 0 : err_set(err, ERR_INPUT, "%u: [%s]", item->line, item->section);
}

static void test_the_handler_can_refuse_a_section(void **state)
{
    (void)state;
    static const char text[] = "a = 1\n[no]\nb = 2\n[more]\n";
    int calls = 0;
    struct err err;
    assert_int_equal(ini_read(text, sizeof text - 1, "x.ini", 1, refuse_section, &calls, &err), -1);
    assert_string_equal(err.msg, "2: [no]");
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(calls, 2);
}

static int keep_value(void *arg, const struct ini_item *item, struct err *err)
{
    (void)err;
    buf_adds(arg, item->value);
    return 0;
}

static int read_value(const char *head, const char *value, struct buf *got, struct err *err)
{
    struct buf text;
    buf_init(&text, 20000);
    buf_adds(&text, head);
    buf_adds(&text, value);
    buf_reset(got);
    int rc = ini_read(text.data, text.len, "x.ini", 1, keep_value, got, err);
    buf_deinit(&text);
    return rc;
}

static void test_names_at_their_ceiling(void **state)
{
    (void)state;
    char name[64];
    struct buf got;
    struct err err;
    buf_init(&got, 100);
    for (int n = 47; n <= 60; n++) {
        memset(name, 'n', sizeof name);
        snprintf(name + n, sizeof name - (size_t)n, "= v");
        assert_int_equal(read_value("", name, &got, &err), n <= 48 ? 0 : -1);
        assert_string_equal(got.data, n <= 48 ? "v" : "");
        name[0] = '[';
        snprintf(name + n + 1, sizeof name - (size_t)n - 1, "]");
        assert_int_equal(read_value("", name, &got, &err), n <= 48 ? 0 : -1);
    }
    buf_deinit(&got);
}

static void test_values_at_their_ceiling(void **state)
{
    (void)state;
    char *value = mem_new(INI_VALUE_MAX + 2, 1);
    struct buf got;
    struct err err;
    buf_init(&got, 20000);
    memset(value, ';', INI_VALUE_MAX);
    assert_ok(read_value("x = ", value, &got, &err), &err);
    assert_string_equal(got.data, value);
    value[4000] = '\n';
    value[4001] = ' '; // a continuation line: the blank does not count
    assert_ok(read_value("x = ", value, &got, &err), &err);
    assert_int_equal(got.len, INI_VALUE_MAX - 1);
    memset(value, 'v', INI_VALUE_MAX + 1);
    assert_int_equal(read_value("\n\nx = ", value, &got, &err), -1);
    assert_contains(err.msg, "x.ini:3: ");
    assert_contains(err.msg, "8192");
    assert_int_equal(got.len, 0); // never a part of it
    free(value);
    buf_deinit(&got);
}

// A random character: printable ASCII with the dangerous ones often, sometimes UTF-8.
static void add_random(struct buf *out, size_t room)
{
    static const char dangerous[] = ";;;###==::[]\"\"'%%\\    \t";
    static const uint32_t others[] = {0xe9, 0xdf, 0x20ac, 0x2019, 0x65e5, 0x1f33b, 0xa0, 0xfeff};
    char bytes[4];
    uint32_t cp = (uint32_t)(' ' + random_below(95));
    if (random_below(3) == 0)
        cp = (uint32_t)dangerous[random_below(sizeof dangerous - 1)];
    else if (random_below(8) == 0)
        cp = others[random_below(COUNT_OF(others))];
    int n = utf8_put(cp, bytes);
    if ((size_t)n <= room)
        buf_add(out, bytes, (size_t)n);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

// One line of exactly len bytes that neither begins nor ends with a blank.
static void make_line(struct buf *out, size_t len)
{
    size_t start = out->len;
    while (out->len < start + len)
        add_random(out, start + len - out->len);
    if (is_blank(out->data[start]))
        out->data[start] = random_below(2) ? ';' : '#';
    if (is_blank(out->data[out->len - 1]))
        out->data[out->len - 1] = ';';
}

static void test_values_of_every_length_round_trip(void **state)
{
    (void)state;
    struct buf value, got;
    struct err err;
    random_seed(20261127);
    buf_init(&value, 20000);
    buf_init(&got, 20000);
    for (size_t len = 1; len <= 1000; len++) {
        static const char *const heads[] = {
            "x = ", "x=", "[s]\nx = ", "subject: ", "subject:", "# c\nx : "};
        buf_reset(&value);
        make_line(&value, len);
        assert_int_equal(value.len, len);
        for (size_t h = 0; h < COUNT_OF(heads); h++) {
            assert_ok(read_value(heads[h], value.data, &got, &err), &err);
            if (strcmp(got.data, value.data) != 0)
                fail_msg("%s%s\ncame back as\n%s", heads[h], value.data, got.data);
        }
    }
    buf_deinit(&value);
    buf_deinit(&got);
}

static void test_values_of_several_lines_round_trip(void **state)
{
    (void)state;
    struct buf value, folded, got;
    struct err err;
    random_seed(20261204);
    buf_init(&value, 8192);
    buf_init(&folded, 20000);
    buf_init(&got, 20000);
    for (int round = 0; round < 300; round++) {
        buf_reset(&value);
        buf_reset(&folded);
        size_t lines = 1 + random_below(6);
        for (size_t i = 0; i < lines; i++) {
            size_t start = value.len + (i > 0);
            if (i > 0)
                buf_addc(&value, '\n');
            make_line(&value, 1 + random_below(400));
            buf_adds(&folded, i == 0 ? "" : random_below(2) ? "\n  " : " \r\n\t");
            buf_add(&folded, value.data + start, value.len - start);
        }
        assert_ok(read_value("x = ", folded.data, &got, &err), &err);
        assert_string_equal(got.data, value.data);
    }
    buf_deinit(&value);
    buf_deinit(&folded);
    buf_deinit(&got);
}

// Whatever the bytes: an answer, and an error has a place.
static void test_random_bytes_are_answered(void **state)
{
    (void)state;
    static const char alphabet[] = "ab =:;#[]\n\n\r\t \"%\xc3\xa9\xef\xbb\xbf\x01";
    struct buf seen;
    random_seed(5);
    buf_init(&seen, 100000);
    for (int round = 0; round < 20000; round++) {
        char text[60];
        size_t len = random_below(sizeof text);
        struct err err = {.kind = ERR_NONE};
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[random_below(sizeof alphabet - 1)];
        if (read_exact(text, len, 1, &seen, &err) == 0)
            assert_int_equal(err.kind, ERR_NONE);
        else
            assert_int_equal(strncmp(err.msg, "x.ini:", 6), 0);
    }
    buf_deinit(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections_names_and_values),
        cmocka_unit_test(test_the_traps_of_inih),
        cmocka_unit_test(test_front_matter),
        cmocka_unit_test(test_errors_name_the_line),
        cmocka_unit_test(test_the_handler_can_end_the_reading),
        cmocka_unit_test(test_the_handler_can_refuse_a_section),
        cmocka_unit_test(test_names_at_their_ceiling),
        cmocka_unit_test(test_values_at_their_ceiling),
        cmocka_unit_test(test_values_of_every_length_round_trip),
        cmocka_unit_test(test_values_of_several_lines_round_trip),
        cmocka_unit_test(test_random_bytes_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
