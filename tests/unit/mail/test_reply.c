#include "unit.h"

#include "base/buf.h"
#include "mail/reply.h"

struct row {
    const char *rule;
    const char *bytes;
    int code;
    const char *enhanced, *text;
};

static const struct row good[] = {
    {"plain", "250 ok\r\n", 250, "", "ok"},
    {"SX-10 enhanced code", "550 5.1.1 no such user\r\n", 550, "5.1.1", "no such user"},
    {"SX-10 long parts", "550 5.7.515 Access denied\r\n", 550, "5.7.515", "Access denied"},
    {"SX-10 the class may contradict", "421 5.7.32 not aligned\r\n", 421, "5.7.32", "not aligned"},
    {"SX-10 no code, a version", "220 3.1.4 ready\r\n", 220, "", "3.1.4 ready"},
    {"SX-10 an IP address is no code", "220 5.1.1.7 hello\r\n", 220, "", "5.1.1.7 hello"},
    {"SX-10 four digits are no code", "250 2.1.5000 x\r\n", 250, "", "2.1.5000 x"},
    {"SX-10 nothing behind the code", "250 2.0.0\r\n", 250, "2.0.0", ""},
    {"SM-02 bare code", "250\r\n", 250, "", ""},
    {"SM-02 bare code and a blank", "250 \r\n", 250, "", ""},
    {"SM-02 bare LF", "354 go on\n", 354, "", "go on"},
    {"SM-02 several lines", "250-one\r\n250-two\r\n250 three\r\n", 250, "", "one two three"},
    {"SM-02 several lines, each with a code", "250-2.1.5 a\r\n250 2.1.5 b\r\n", 250, "2.1.5",
     "a b"},
    {"SM-02 empty lines in between", "250-a\r\n250-\r\n250 b\r\n", 250, "", "a b"},
    {"SM-02 the last line is bare", "250-a\r\n250\r\n", 250, "", "a"},
    {"SM-03 differing codes: the last", "250-fine\r\n550 5.7.1 not\r\n", 550, "5.7.1", "fine not"},
    {"SM-03 and its own enhanced code", "250-2.0.0 fine\r\n451 no\r\n", 451, "", "fine no"},
    {"SM-11 blanks before the code", "  \t 421 4.7.0 later\r\n", 421, "4.7.0", "later"},
    {"SM-11 an empty line before the code", "\r\n\r\n250 ok\r\n", 250, "", "ok"},
    {"control characters", "550 a\x1b[31mb\x7f\x01\r\n", 550, "", "a?[31mb??"},
    {"a tab", "250\t2.0.0\ta\tb\r\n", 250, "2.0.0", "a b"},
    {"a CR inside", "250 a\rb\r\n", 250, "", "a?b"},
    {"two CRs at the end", "250 a\r\r\n", 250, "", "a"},
    {"UTF-8 is kept", "550 schöne Grüße\r\n", 550, "", "schöne Grüße"},
    {"what is not UTF-8 is not", "550 sch\xf6n \xff\r\n", 550, "", "sch?n ?"},
    {"direction overrides",
     "550 a\xe2\x80\xae"
     "b\r\n",
     550, "", "a?b"},
    {"SM-01 unknown codes of a known class", "599 x\r\n", 599, "", "x"},
};

static const char *const bad[] = {
    "hello\r\n",      "25 ok\r\n",         "2500 ok\r\n",      "199 x\r\n",
    "600 x\r\n",      "050 x\r\n",         "250ok\r\n",        "2x0 ok\r\n",
    "HTTP/1.1 400\n", "250-a\r\n\r\n",     "250-a\r\nfoo\r\n", "250_a\r\n",
    "-250 a\r\n",     "250-a\r\n25 b\r\n", "+OK pop\r\n",      "\xff\xfe\r\n",
};

static void check(const struct row *row, const struct reply *got)
{
    if (got->code != row->code || strcmp(got->enhanced, row->enhanced) != 0 ||
        strcmp(got->text, row->text) != 0)
        fail_msg("%s: got %d [%s] '%s'", row->rule, got->code, got->enhanced, got->text);
}

// Every row whole, byte by byte, and cut in two at every place.
static void test_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        size_t len = strlen(good[i].bytes), used;
        for (size_t cut = 0; cut <= len; cut++) {
            struct reply_reader r;
            struct reply out;
            struct err err;
            reply_reader_init(&r);
            int rc = reply_next(&r, good[i].bytes, cut, &used, &out, &err);
            if (cut < len) {
                assert_int_equal(rc, 0);
                assert_int_equal(used, cut);
                rc = reply_next(&r, good[i].bytes + cut, len - cut, &used, &out, &err);
                assert_int_equal(used, len - cut);
            }
            assert_int_equal(rc, 1);
            check(&good[i], &out);
        }
        struct reply_reader r;
        struct reply out;
        reply_reader_init(&r);
        for (size_t k = 0; k < len; k++)
            assert_int_equal(reply_next(&r, good[i].bytes + k, 1, &used, &out, NULL), k == len - 1);
        check(&good[i], &out);
    }
}

// SX-02: all rows in one buffer come out one by one, in order.
static void test_pipelined_replies(void **state)
{
    (void)state;
    struct buf all;
    buf_init(&all, BUF_MAX_DEFAULT);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        buf_adds(&all, good[i].bytes);
    struct reply_reader r;
    reply_reader_init(&r);
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct reply out;
        size_t used;
        assert_int_equal(reply_next(&r, all.data + at, all.len - at, &used, &out, NULL), 1);
        check(&good[i], &out);
        at += used;
    }
    assert_int_equal(at, all.len);
    buf_deinit(&all);
}

static void test_no_smtp(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct reply_reader r;
        struct reply out;
        struct err err = {0};
        size_t used;
        reply_reader_init(&r);
        if (reply_next(&r, bad[i], strlen(bad[i]), &used, &out, &err) != -1)
            fail_msg("taken for a reply: %s", bad[i]);
        assert_int_equal(err.kind, ERR_UNAVAILABLE);
        assert_contains(err.msg, "no SMTP reply");
    }
}

// SM-02: a line of any length; the text kept is cut, between characters.
static void test_long_lines(void **state)
{
    (void)state;
    static const size_t sizes[] = {500, 511, 512, 513, 1019, 1020, 1021, 1024, 5000, 60000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (size_t piece = 1; piece < 70000; piece = piece * 5 + 1) {
            struct buf b;
            buf_init(&b, BUF_MAX_DEFAULT);
            buf_adds(&b, "250 x");
            while (b.len < sizes[i])
                buf_adds(&b, "ä");
            buf_adds(&b, "\r\n");
            struct reply_reader r;
            struct reply out;
            struct err err = {0};
            size_t used = 0;
            int rc = 0;
            reply_reader_init(&r);
            for (size_t at = 0; at < b.len && rc == 0; at += used)
                rc = reply_next(&r, b.data + at, b.len - at < piece ? b.len - at : piece, &used,
                                &out, &err);
            assert_int_equal(rc, 1);
            assert_int_equal(out.code, 250);
            assert_true(strlen(out.text) <= 512);
            assert_int_equal(strlen(out.text) % 2, 1); // x and whole characters
            assert_null(strchr(out.text, '?'));
            buf_deinit(&b);
        }
    }
}

// SM-03: a server that never ends its reply is bounded in lines and in bytes.
static void test_endless_replies(void **state)
{
    (void)state;
    struct {
        const char *piece, *say;
        int most;
    } rows[] = {{"250-x\r\n", "100 lines", 101},
                {"250 xxxxxxxxxxxxxxxxxxxx", "bytes", 3000},
                {"\r\n", "bytes", 33000},
                {"          ", "bytes", 7000}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply_reader r;
        struct reply out;
        struct err err = {0};
        size_t used;
        int rc = 0, n = 0;
        reply_reader_init(&r);
        for (; rc == 0 && n < 100000; n++)
            rc = reply_next(&r, rows[i].piece, strlen(rows[i].piece), &used, &out, &err);
        assert_int_equal(rc, -1);
        assert_true(n <= rows[i].most);
        assert_contains(err.msg, rows[i].say);
    }
}

// A reply of exactly 100 lines is fine, and the reader is fresh afterwards.
static void test_the_most_lines(void **state)
{
    (void)state;
    struct reply_reader r;
    struct reply out;
    size_t used;
    reply_reader_init(&r);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 99; i++)
            assert_int_equal(reply_next(&r, "250-x\r\n", 7, &used, &out, NULL), 0);
        assert_int_equal(reply_next(&r, "250 y\r\n", 7, &used, &out, NULL), 1);
        assert_int_equal(strlen(out.text), 199);
    }
}

// Random bytes: never a crash, always progress, results within their bounds.
static void test_noise(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789 -.\r\n\t\0\xc3\xa4\xff"
                                   "25024245.1.1 \r\n\n";
    unsigned x = 7;
    for (int round = 0; round < 3000; round++) {
        struct reply_reader r;
        struct reply out;
        reply_reader_init(&r);
        char data[256];
        for (size_t i = 0; i < sizeof data; i++) {
            x = x * 1103515245 + 12345;
            data[i] = alphabet[(x >> 16) % (sizeof alphabet - 1)];
        }
        size_t at = 0, used;
        while (at < sizeof data) {
            int rc = reply_next(&r, data + at, sizeof data - at, &used, &out, NULL);
            if (rc == 0)
                assert_int_equal(at + used, sizeof data);
            if (rc == 1) {
                assert_in_range(out.code, 200, 599);
                assert_true(strlen(out.text) < sizeof out.text);
            }
            assert_true(used > 0);
            at += used;
            if (rc < 0)
                reply_reader_init(&r);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),         cmocka_unit_test(test_pipelined_replies),
        cmocka_unit_test(test_no_smtp),         cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_endless_replies), cmocka_unit_test(test_the_most_lines),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
