#include "unit.h"

#include "base/buf.h"
#include "base/random.h"
#include "consent/csv.h"

// Records as text: fields joined by '|', records by '/', with "LINE:" before each; a bad record is
// "LINE!WORD" with the first word that tells its reason.
static void read_all(const char *data, size_t len, char separator, struct buf *out)
{
    char *copy = mem_new(len, 1);
    memcpy(copy, data, len);
    FILE *in = fmemopen(copy, len ? len : 1, "r");
    assert_non_null(in);
    if (len == 0)
        assert_int_equal(fgetc(in), 0);
    struct csv *csv = csv_new(in, separator);
    struct csv_record record;
    struct err err = {0};
    int rc;
    while ((rc = csv_next(csv, &record, &err)) == 1) {
        buf_addf(out, "%s%lu", out->len ? "/" : "", record.line);
        if (record.bad) {
            buf_addf(out, "!%s", record.bad);
            continue;
        }
        for (size_t i = 0; i < record.count; i++) {
            assert_int_equal(strlen(record.fields[i]), record.lengths[i]);
            buf_addc(out, i ? '|' : ':');
            buf_add(out, record.fields[i], record.lengths[i]);
        }
    }
    if (rc < 0)
        buf_addf(out, "#%s", err.msg);
    csv_free(&csv);
    fclose(in);
    free(copy);
}

#define UNCLOSED "a quote that is not closed, or has text behind it"

static const struct {
    const char *text, *expected;
    size_t len; // 0: strlen
} cases[] = {
    {"", "", 0},
    {"a,b\n", "1:a|b", 0},
    {"a,b", "1:a|b", 0},
    {"a,b\r\nc,d\r\n", "1:a|b/2:c|d", 0},
    {"a,b\rc,d\r", "1:a|b/2:c|d", 0},
    {"a,b\n\n\r\n\rc,d\n", "1:a|b/5:c|d", 0},
    {"\n\n", "", 0},
    {"\xef\xbb\xbf"
     "a,b\n",
     "1:a|b", 0},
    {"\xef\xbb\xbf\"a\",b\n", "1:a|b", 0},
    {"\xef\xbb", "1:\xef\xbb", 0},
    {",\n", "1:|", 0},
    {",,", "1:||", 0},
    {"\"\"\n", "1:", 0},
    {"\"\",\"\"\n", "1:|", 0},
    {"\"a,b\",c\n", "1:a,b|c", 0},
    {"\"a\"\"b\",c\n", "1:a\"b|c", 0},
    {"\"\"\"\"\n", "1:\"", 0},
    {"\"a\nb\",c\nd,e\n", "1:a\nb|c/3:d|e", 0},
    {"\"a\r\nb\",c\nd,e\n", "1:a\r\nb|c/3:d|e", 0},
    {"\"a\rb\rc\",d\re\r", "1:a\rb\rc|d/4:e", 0},
    {"a \"b\" c,d\n", "1:a \"b\" c|d", 0},
    {" a , b \n", "1: a | b ", 0},
    {"a;b,c;d\n", "1:a|b,c|d", 0},
    {"a\tb\nc,d\te\n", "1:a|b/2:c,d|e", 0},
    {"\"a;b;c\",d\n", "1:a;b;c|d", 0},
    {"\"a;b;c\",d;e,f\n", "1:a;b;c|d;e|f", 0}, // separators in quotes are not counted
    {"sep=;\r\na,b;c\r\n", "2:a,b|c", 0},
    {"\xef\xbb\xbfSEP=\t\na;b;c\td\n", "2:a;b;c|d", 0},
    {"sep=|\na|b\n", "2:a|b", 0},
    {"sep=x\na,b\n", "1:sep=x/2:a|b", 0},
    {"sep=;", "1:sep=|", 0},
    {"sep=", "1:sep=", 0},
    {"sep", "1:sep", 0},
    // Wrong quotes cost their own line and nothing behind it.
    {"\"a\nb,c\nd,e\n", "1!" UNCLOSED "/2:b|c/3:d|e", 0},
    {"a,b\n\"c,d\ne,f\n", "1:a|b/2!" UNCLOSED "/3:e|f", 0},
    {"\"a\"b,c\nd,e\n", "1!" UNCLOSED "/2:d|e", 0},
    {"x,\"Bob\ny,\"Al\"\nz,Eve\n", "1!" UNCLOSED "/2:y|Al/3:z|Eve", 0},
    {"\"", "1!" UNCLOSED, 0},
    {"a,\"", "1!" UNCLOSED, 0},
    {"\"a\r\nb\r\n", "1!" UNCLOSED "/2:b", 0},
    // NUL, UTF-16
    {"a\0b,c\nd,e\n", "1!a NUL byte in it/2:d|e", 10},
    {"\"a\0b\",c\nd,e\n", "1!a NUL byte in it/2:d|e", 12},
    {"\xff\xfe"
     "a\0,\0",
     "#the file is UTF-16; save it as UTF-8 (\"CSV UTF-8\")", 6},
    {"\xfe\xff\0a\0,", "#the file is UTF-16; save it as UTF-8 (\"CSV UTF-8\")", 6},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        if (len == 0)
            continue;
        struct buf out;
        buf_init(&out, 100000);
        read_all(cases[i].text, len, 0, &out);
        if (strcmp(out.data, cases[i].expected) != 0)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, out.data, cases[i].expected);
        buf_deinit(&out);
    }
}

static void test_empty(void **state)
{
    (void)state;
    FILE *in = fopen("/dev/null", "r");
    struct csv *csv = csv_new(in, ',');
    struct csv_record record;
    struct err err;
    assert_int_equal(csv_next(csv, &record, &err), 0);
    assert_int_equal(csv_next(csv, &record, &err), 0);
    csv_free(&csv);
    csv_free(&csv);
    fclose(in);
}

static void test_unreadable(void **state)
{
    (void)state;
    FILE *in = fopen("/", "r"); // a folder opens but does not read
    assert_non_null(in);
    struct csv *csv = csv_new(in, ',');
    struct csv_record record;
    struct err err = {0};
    assert_int_equal(csv_next(csv, &record, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    csv_free(&csv);
    fclose(in);
}

// A cell of `len` bytes in row 2, quoted or not, with good rows around it.
static void with_cell(size_t len, const char *before, const char *after, struct buf *out)
{
    struct buf in;
    buf_init(&in, BUF_MAX_DEFAULT);
    buf_addf(&in, "a,b\nc,%s", before);
    for (size_t i = 0; i < len; i++)
        buf_addc(&in, 'x');
    buf_addf(&in, "%s\nd,e\n", after);
    read_all(in.data, in.len, ',', out);
    buf_deinit(&in);
}

static void test_long_cells(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *before, *after;
        const char *begins; // what is read of row 2
        const char *ends;
    } lengths[] = {
        {4096, "", "", "2:c|xxx", "/3:d|e"},
        {4096, "\"", "\"", "2:c|xxx", "/3:d|e"},
        {4097, "", "", "2!a field of more", "/3:d|e"},
        {4097, "\"", "\"", "2!a field of more", "/3:d|e"},
        {10240, "", "", "2!a field of more", "/3:d|e"},
        {10240, "\"", "\"", "2!a field of more", "/3:d|e"},
        {200000, "\"", "\"", "2!a field of more", "/3:d|e"},
        {200000, "\"", "", "2!a quote that is not closed, or", "/3:d|e"},
        {3000000, "", "", "2!a line of more than 1 MiB", "/3:d|e"},
        {3000000, "\"", "\"", "2!a quote that is not closed for 1 MiB", "/3:d|e"},
        {3000000, "\"\n", "", "2!a quote that is not closed for 1 MiB", "/4:d|e"},
    };
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct buf out;
        buf_init(&out, BUF_MAX_DEFAULT);
        with_cell(lengths[i].len, lengths[i].before, lengths[i].after, &out);
        assert_memory_equal(out.data, "1:a|b/", 6);
        if (strncmp(out.data + 6, lengths[i].begins, strlen(lengths[i].begins)) != 0)
            fail_msg("length %zu: %.80s", lengths[i].len, out.data + 6);
        assert_string_equal(out.data + out.len - strlen(lengths[i].ends), lengths[i].ends);
        buf_deinit(&out);
    }
}

// One bad cell of 100,000 lines was once 100,000 bad rows.
static void test_a_giant_cell_is_told_once(void **state)
{
    (void)state;
    struct buf in, out;
    buf_init(&in, BUF_MAX_DEFAULT);
    buf_init(&out, BUF_MAX_DEFAULT);
    buf_adds(&in, "a,b,c\nd,\"");
    for (int i = 0; i < 50000; i++)
        buf_adds(&in, "a line of a letter,\n\nand \"\"another\"\" one\n");
    buf_adds(&in, "\",e\nf,g,h\ni,j\n");
    read_all(in.data, in.len, 0, &out);
    assert_memory_equal(out.data, "1:a|b|c/2!a quote that is not closed for 1 MiB", 46);
    assert_contains(out.data, ":f|g|h/");
    assert_true(out.len < 200);
    buf_deinit(&in);
    buf_deinit(&out);
}

static void test_many_columns(void **state)
{
    (void)state;
    struct buf in, out;
    buf_init(&in, 100000);
    buf_init(&out, 100000);
    for (int i = 1; i < 256; i++)
        buf_adds(&in, "x,");
    buf_adds(&in, "x\n");
    for (int i = 1; i < 257; i++)
        buf_adds(&in, "y,");
    buf_adds(&in, "y\nz\n");
    read_all(in.data, in.len, ',', &out);
    assert_contains(out.data, "1:x|x|");
    assert_contains(out.data, "/2!more than 256 columns/3:z");
    buf_deinit(&in);
    buf_deinit(&out);
}

// Every case at every place around the edge of the piece in which files are read.
static void test_piece_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        const char *text = cases[i].text;
        if (len == 0 || strchr(cases[i].expected, '#') || (unsigned char)*text == 0xef ||
            strncmp(text, "sep", 3) == 0)
            continue;
        for (size_t shift = 0; shift <= len; shift++) {
            struct buf in, plain, moved;
            buf_init(&in, 200000);
            buf_init(&plain, 200000);
            buf_init(&moved, 200000);
            char separator = strpbrk(text, ";\t") && *text != '"' ? strpbrk(text, ";\t")[0] : ',';
            while (in.len + 1 < 65536 - shift)
                buf_adds(&in, "\n");
            buf_adds(&in, "\n");
            size_t blank = in.len;
            buf_add(&in, text, len);
            read_all(text, len, separator, &plain);
            read_all(in.data, in.len, separator, &moved);
            const char *colon = strpbrk(moved.data, ":!"), *same = strpbrk(plain.data, ":!");
            if (colon && same) {
                assert_true(strtoul(moved.data, NULL, 10) == strtoul(plain.data, NULL, 10) + blank);
                assert_int_equal(moved.data[moved.len - 1], plain.data[plain.len - 1]);
            }
            assert_int_equal(!colon, !same);
            buf_deinit(&in);
            buf_deinit(&plain);
            buf_deinit(&moved);
        }
    }
}

// Whatever the bytes: no crash, an end, and line numbers that only grow.
static void test_random_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "\"\"\",,;\n\n\r\0a\xff\xc3\xa4 ";
    random_seed(1127);
    for (int round = 0; round < 20000; round++) {
        char text[48];
        size_t len = 1 + random_below(sizeof text - 1);
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[random_below(sizeof alphabet - 1)];
        FILE *in = fmemopen(text, len, "r");
        struct csv *csv = csv_new(in, random_below(2) ? ',' : 0);
        struct csv_record record;
        struct err err = {0};
        unsigned long line = 0;
        int rc, records = 0;
        while ((rc = csv_next(csv, &record, &err)) == 1) {
            assert_true(record.line > line);
            assert_true(++records <= (int)len);
            assert_true(record.bad || record.count > 0);
            line = record.line;
        }
        assert_int_equal(rc, 0);
        csv_free(&csv);
        fclose(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_long_cells),
        cmocka_unit_test(test_a_giant_cell_is_told_once),
        cmocka_unit_test(test_many_columns),
        cmocka_unit_test(test_piece_edges),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
