// What goes behind DATA: dots doubled, the end appended, and nothing that another server could take
// for an end of its own (DT-01 to DT-03, MM-01).
#include "unit.h"

#include "delivery/stuffing.h"

#define OF(text) text, sizeof text - 1

static void test_stuffed(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        const char *out; // NULL: refused
    } rows[] = {
        {OF(""), ".\r\n"},
        {OF("a\r\n"), "a\r\n.\r\n"},
        {OF("a"), "a\r\n.\r\n"},
        {OF("."), "..\r\n.\r\n"},
        {OF(".\r\n"), "..\r\n.\r\n"},
        {OF("..\r\n"), "...\r\n.\r\n"},
        {OF("a\r\n.\r\nb\r\n"), "a\r\n..\r\nb\r\n.\r\n"},
        {OF("a\r\n.b\r\n\r\n.\r\n"), "a\r\n..b\r\n\r\n..\r\n.\r\n"},
        {OF("a.\r\nb.c\r\n"), "a.\r\nb.c\r\n.\r\n"},
        // the ends of data that some server or other believes in
        {OF("a\n.\nb"), NULL},
        {OF("a\n.\rb"), NULL},
        {OF("a\r.\nb"), NULL},
        {OF("a\r.\rb"), NULL},
        {OF("a\n.\r\nb"), NULL},
        {OF("a\r.\r\nb"), NULL},
        {OF("a\r\n.\r\r\nb"), NULL},
        {OF("a\r\r\n.\r\r\nb"), NULL},
        {OF("a\r\n\0.\r\nb"), NULL},
        {OF("a\r\n.\nb"), NULL},
        {OF("a\r\n.\rb"), NULL},
        {OF("a\r"), NULL},
        {OF("\n"), NULL},
        {OF("\0"), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out;
        buf_init(&out, 1000);
        int rc = stuffing_add(&out, rows[i].data, rows[i].len);
        if (rc != (rows[i].out ? 0 : -1))
            fail_msg("row %zu: %d", i, rc);
        if (rows[i].out)
            assert_string_equal(out.data, rows[i].out);
        buf_deinit(&out);
    }
}

static void test_line_length(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *end;
        int rc;
    } rows[] = {{998, "\r\n", 0}, {999, "\r\n", -1}, {998, "", 0}, {999, "", -1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char data[1100];
        struct buf out;
        memset(data, 'x', rows[i].len);
        memcpy(data + rows[i].len, rows[i].end, strlen(rows[i].end) + 1);
        buf_init(&out, 2000);
        assert_int_equal(stuffing_add(&out, data, strlen(data)), rows[i].rc);
        buf_deinit(&out);
    }
}

static void test_too_large(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 20);
    assert_int_equal(stuffing_add(&out, OF("more than twenty octets\r\n")), -1);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stuffed),
                                       cmocka_unit_test(test_line_length),
                                       cmocka_unit_test(test_too_large)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
