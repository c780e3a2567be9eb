#include "unit.h"

#include "sink/data.h"

#define N(s) s, sizeof(s) - 1

struct row {
    const char *name;
    const char *in;
    size_t in_len;
    const char *body; // NULL: refused
    const char *refusal;
};

// What is sent, all of it up to the end, and what is kept.
static const struct row rows[] = {
    {"an empty message", N(".\r\n"), "", NULL},
    {"one line", N("a\r\n.\r\n"), "a\r\n", NULL},
    {"DT-01 a stuffed dot", N("..a\r\n.\r\n"), ".a\r\n", NULL},
    {"DT-01 a stuffed lone dot", N("a\r\n..\r\nb\r\n.\r\n"), "a\r\n.\r\nb\r\n", NULL},
    {"DT-01 two stuffed dots", N("...\r\n.\r\n"), "..\r\n", NULL},
    {"DT-01 a dot in the middle", N("a.b\r\na.\r\n.\r\n"), "a.b\r\na.\r\n", NULL},
    {"a dot that is not stuffed", N(".a\r\n.\r\n"), "a\r\n", NULL},
    {"blank lines", N("\r\n\r\n.\r\n"), "\r\n\r\n", NULL},
    {"8-bit", N("\xff\x80\r\n.\r\n"), "\xff\x80\r\n", NULL},
    {"DT-05 bare LF", N("a\nb\r\n.\r\n"), NULL, "bare line feed"},
    {"DT-05 bare CR", N("a\rb\r\n.\r\n"), NULL, "bare carriage return"},
    {"two CRs", N("a\r\r\n.\r\n"), NULL, "bare carriage return"},
    {"NUL", N("a\0b\r\n.\r\n"), NULL, "NUL"},
    {"the first fault is told", N("a\nb\rc\r\n.\r\n"), NULL, "bare line feed"},
    {"DT-03 LF.LF", N("a\n.\nb\r\n.\r\n"), NULL, "bare line feed"},
    {"DT-03 LF.CRLF", N("a\n.\r\nb\r\n.\r\n"), NULL, "bare line feed"},
    {"DT-03 CR.LF", N("a\r.\nb\r\n.\r\n"), NULL, "bare line feed"},
    {"DT-03 CR.CR", N("a\r.\rb\r\n.\r\n"), NULL, "bare carriage return"},
    {"DT-03 CR.CRLF", N("a\r.\r\nb\r\n.\r\n"), NULL, "bare carriage return"},
    {"DT-03 CRLF.CRCRLF", N("a\r\n.\r\r\nb\r\n.\r\n"), NULL, "bare carriage return"},
    {"DT-03 CRCRLF.CRCRLF", N("a\r\r\n.\r\r\nb\r\n.\r\n"), NULL, "bare carriage return"},
    {"DT-03 CRLF NUL.CRLF", N("a\r\n\0.\r\nb\r\n.\r\n"), NULL, "NUL"},
    {"DT-03 CRLF.LF", N("a\r\n.\nb\r\n.\r\n"), NULL, "bare line feed"},
    {"DT-03 CRLF.CR", N("a\r\n.\rb\r\n.\r\n"), NULL, "bare carriage return"},
};

struct result {
    struct data_reader reader;
    struct buf body;
    size_t used;
    bool end;
};

// Feeds in pieces that end at the given cuts.
static void run(struct result *r, const char *in, size_t len, const size_t *cuts, size_t n)
{
    buf_init(&r->body, BUF_MAX_DEFAULT);
    data_begin(&r->reader, &r->body, 1 << 20);
    r->used = 0;
    r->end = false;
    for (size_t i = 0; i <= n && !r->end; i++) {
        size_t stop = i < n ? cuts[i] : len;
        if (stop <= r->used)
            continue;
        char *piece = mem_new(stop - r->used, 1); // its exact size, for the sanitizer
        memcpy(piece, in + r->used, stop - r->used);
        size_t took = data_take(&r->reader, piece, stop - r->used, &r->end);
        if (!r->end)
            assert_int_equal(took, stop - r->used);
        r->used += took;
        free(piece);
    }
}

static void check(const struct row *row, const struct result *r, const char *how)
{
    if (!r->end || r->used != row->in_len)
        fail_msg("%s, %s: the end was %s after %zu octets", row->name, how,
                 r->end ? "seen" : "missed", r->used);
    if (row->body) {
        if (r->reader.refusal)
            fail_msg("%s, %s: refused: %s", row->name, how, r->reader.refusal);
        assert_int_equal(r->body.len, strlen(row->body));
        assert_memory_equal(r->body.data, row->body, r->body.len);
        assert_int_equal(r->reader.size, r->body.len);
    } else {
        if (!r->reader.refusal || !strstr(r->reader.refusal, row->refusal))
            fail_msg("%s, %s: %s", row->name, how, r->reader.refusal ? r->reader.refusal : "taken");
        assert_int_equal(r->body.len, 0);
    }
}

// Whole, cut in two at every place, and byte by byte.
static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct result r;
        size_t every[64];
        for (size_t cut = 0; cut < rows[i].in_len; cut++) {
            every[cut] = cut;
            run(&r, rows[i].in, rows[i].in_len, &cut, 1);
            char how[32];
            snprintf(how, sizeof how, "cut at %zu", cut);
            check(&rows[i], &r, how);
            buf_deinit(&r.body);
        }
        run(&r, rows[i].in, rows[i].in_len, every, rows[i].in_len);
        // bare CR and NUL are seen in another order byte by byte, never not at all
        if (!rows[i].body && r.reader.refusal) {
            assert_true(r.end);
            assert_int_equal(r.used, rows[i].in_len);
        } else {
            check(&rows[i], &r, "byte by byte");
        }
        buf_deinit(&r.body);
    }
}

// What follows the end is not touched: it is the next command.
static void test_stops_behind_the_end(void **state)
{
    (void)state;
    struct result r;
    run(&r, N("a\r\n.\r\nMAIL FROM:<>\r\n"), NULL, 0);
    assert_true(r.end);
    assert_int_equal(r.used, 6);
    buf_deinit(&r.body);
}

// MM-01: 1000 octets with CRLF, the stuffed dot not counted.
static void test_line_length(void **state)
{
    (void)state;
    for (int stuffed = 0; stuffed < 2; stuffed++)
        for (size_t size = 990; size < 1010; size++)
            for (size_t cut = 1; cut < size; cut += 83) {
                struct buf b;
                struct result r;
                buf_init(&b, BUF_MAX_DEFAULT);
                if (stuffed)
                    buf_adds(&b, "..");
                while (b.len < size - 2 + (size_t)stuffed)
                    buf_addc(&b, 'x');
                buf_adds(&b, "\r\n");
                size_t line = b.len;
                buf_adds(&b, ".\r\n");
                run(&r, b.data, b.len, &cut, 1);
                assert_true(r.end);
                if (size <= 1000) {
                    assert_null(r.reader.refusal);
                    assert_int_equal(r.body.len, line - (size_t)stuffed);
                } else {
                    assert_contains(r.reader.refusal, "1000 octets");
                }
                buf_deinit(&r.body);
                buf_deinit(&b);
            }
}

// A line too long to be held still ends where it ends.
static void test_endless_line(void **state)
{
    (void)state;
    static const struct {
        const char *tail;
        bool end;
    } tails[] = {{"\r\n.\r\n", true}, {"\n.\r\n", false}, {"\r.\r\n", false}, {".\r\n", false}};
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        for (size_t piece = 1; piece < 9000; piece = piece * 7 + 1) {
            struct buf b;
            struct result r;
            size_t cuts[8192], n = 0;
            buf_init(&b, BUF_MAX_DEFAULT);
            while (b.len < 5000)
                buf_addc(&b, 'x');
            buf_adds(&b, tails[i].tail);
            for (size_t at = piece; at < b.len; at += piece)
                cuts[n++] = at;
            run(&r, b.data, b.len, cuts, n);
            assert_int_equal(r.end, tails[i].end);
            assert_contains(r.reader.refusal, "554");
            buf_deinit(&r.body);
            buf_deinit(&b);
        }
}

static void test_size(void **state)
{
    (void)state;
    static const struct {
        int64_t max;
        bool taken;
    } limits[] = {{5, false}, {6, true}, {7, true}};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct data_reader r;
        bool end;
        data_begin(&r, NULL, limits[i].max);
        data_take(&r, N("..a\r\n\r\n.\r\n"), &end);
        assert_true(end);
        assert_int_equal(r.size, 6); // ".a" CRLF CRLF
        if (limits[i].taken)
            assert_null(r.refusal);
        else
            assert_contains(r.refusal, "552 5.3.4");
    }
}

// Against the definition: the end is the first CRLF.CRLF (or a leading .CRLF), however it is cut.
static void test_noise_against_the_definition(void **state)
{
    (void)state;
    static const char alphabet[] = {'\r', '\n', '.', '\r', '\n', 'a', '\0'};
    unsigned x = 3;
    int ends = 0, taken = 0;
    for (int round = 0; round < 20000; round++) {
        char in[40];
        for (size_t i = 0; i < sizeof in; i++) {
            x = x * 1103515245 + 12345;
            // mostly without NUL and loose line ends, or nothing would ever be acceptable
            in[i] = alphabet[(x >> 16) % (round % 2 ? 7 : 6)];
            if (round % 4 == 0 && i > 0 && in[i - 1] == '\r')
                in[i] = '\n';
            else if (round % 4 == 0 && in[i] == '\n')
                in[i] = '.';
        }
        char framed[sizeof in + 2] = "\r\n";
        memcpy(framed + 2, in, sizeof in);
        char *at = memmem(framed, sizeof framed, "\r\n.\r\n", 5);
        size_t want = at ? (size_t)(at - framed) + 3 : sizeof in;
        size_t cuts[3];
        for (size_t i = 0; i < 3; i++)
            cuts[i] = (x >> (8 + i * 6)) % (sizeof in - 1) + 1;
        struct result r, whole;
        run(&r, in, sizeof in, cuts, 3); // cuts out of order are skipped
        run(&whole, in, sizeof in, NULL, 0);
        assert_int_equal(r.end, at != NULL);
        assert_int_equal(r.used, want);
        assert_int_equal(whole.used, want);
        assert_int_equal(!r.reader.refusal, !whole.reader.refusal);
        if (at) {
            ends++;
            taken += !r.reader.refusal;
        }
        assert_int_equal(r.body.len, whole.body.len);
        assert_memory_equal(r.body.data, whole.body.data, r.body.len);
        buf_deinit(&r.body);
        buf_deinit(&whole.body);
    }
    assert_true(ends > 1000);
    assert_true(taken > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_stops_behind_the_end),
        cmocka_unit_test(test_line_length), cmocka_unit_test(test_endless_line),
        cmocka_unit_test(test_size),        cmocka_unit_test(test_noise_against_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
