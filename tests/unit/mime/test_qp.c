#include "unit.h"

#include "base/utf8.h"
#include "mail/slot.h"
#include "mime/qp.h"

#define SLOT_T \
    "\x01"     \
    "3t\x02"
#define IF_3 \
    "\x01"   \
    "3I\x02"
#define ELSE_3 \
    "\x01"     \
    "3E\x02"
#define END_3 \
    "\x01"    \
    "3F\x02"

#define TEN(s)     s s s s s s s s s s
#define SEVENTY(s) s s s s s s s

static void encodes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"hello\n", "hello\r\n"},
        {"a=b\n", "a=3Db\r\n"},
        {"blank \n", "blank=20\r\n"},
        {"tab\t\n", "tab=09\r\n"},
        {"two  \n", "two =20\r\n"},
        {"a b\tc\n", "a b\tc\r\n"},
        {"end ", "end=20"},
        {".\n..a\n", "=2E\r\n=2E.a\r\n"},
        {"From me\nFrom\nfrom \n", "=46rom me\r\nFrom\r\nfrom=20\r\n"},
        {"\xc3\xa9t\xc3\xa9\n", "=C3=A9t=C3=A9\r\n"},
        {"\x7f\r\n", "=7F=0D\r\n"},
        {"\n\n", "\r\n\r\n"},
        // exactly 75 octets fit before a soft line break
        {SEVENTY(TEN("x")) "12345\n", SEVENTY(TEN("x")) "12345\r\n"},
        {SEVENTY(TEN("x")) "1234567\n", SEVENTY(TEN("x")) "12345=\r\n67\r\n"},
        // the two octets of a character stay together
        {SEVENTY(TEN("x")) "\xc3\xa9\n", SEVENTY(TEN("x")) "=\r\n=C3=A9\r\n"},
        {SEVENTY(TEN("x")) "12345.\n", SEVENTY(TEN("x")) "12345=\r\n=2E\r\n"},
        {SEVENTY(TEN("x")) "12345From x\n", SEVENTY(TEN("x")) "12345=\r\n=46rom x\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) { // MS-08
        struct buf out;
        buf_init(&out, BUF_MAX_DEFAULT);
        qp_encode(cases[i].text, strlen(cases[i].text), &out);
        assert_string_equal(out.data, cases[i].want);
        buf_deinit(&out);
    }
}

static void gives_each_slot_a_line_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"Dear " SLOT_T ",\n", "Dear =\r\n" SLOT_T "=\r\n,\r\n"},
        {SLOT_T "\n", SLOT_T "\r\n"},
        {"Dear " SLOT_T "\n", "Dear =\r\n" SLOT_T "\r\n"},
        {SLOT_T SLOT_T ".\n", SLOT_T "=\r\n" SLOT_T "=\r\n=2E\r\n"},
        {"a\n" SLOT_T "From b\n", "a\r\n" SLOT_T "=\r\n=46rom b\r\n"},
        // a condition: every way through it begins and ends at column 0
        {"a " IF_3 "b" SLOT_T ELSE_3 "c" END_3 "d\n",
         "a =\r\n" IF_3 "b=\r\n" SLOT_T "=\r\n" ELSE_3 "c=\r\n" END_3 "d\r\n"},
        {"\x01no marker\n", "=01no marker\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, BUF_MAX_DEFAULT);
        qp_encode(cases[i].text, strlen(cases[i].text), &out);
        assert_string_equal(out.data, cases[i].want);
        buf_deinit(&out);
    }
}

static void encodes_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"Asha", "Asha"},
        {"Asha ", "Asha=20"},
        {".", "=2E"},
        {"From here", "=46rom here"},
        {"a\r\nb", "a=0D=0Ab"}, // never a line end
        {"Zo\xc3\xab", "Zo=C3=AB"},
        {SEVENTY(TEN("x")) "1234567", SEVENTY(TEN("x")) "12345=\r\n67"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, BUF_MAX_DEFAULT);
        qp_value(cases[i].text, strlen(cases[i].text), &out);
        assert_string_equal(out.data, cases[i].want);
        buf_deinit(&out);
    }
}

// --- any text ------------------------------------------------------------------------------------

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void decode(const struct buf *in, struct buf *out)
{
    for (size_t i = 0; i < in->len; i++) {
        if (in->data[i] == '\r') {
            assert_int_equal(in->data[i + 1], '\n');
        } else if (in->data[i] == '=' && in->data[i + 1] == '\r') {
            i += 2;
        } else if (in->data[i] == '=') {
            assert_true(hex(in->data[i + 1]) >= 0 && hex(in->data[i + 2]) >= 0);
            buf_addc(out, (char)(hex(in->data[i + 1]) << 4 | hex(in->data[i + 2])));
            i += 2;
        } else {
            buf_addc(out, in->data[i]);
        }
    }
}

static void check_lines(const struct buf *in)
{
    size_t column = 0;
    for (size_t i = 0; i < in->len; i++) {
        unsigned char c = (unsigned char)in->data[i];
        assert_true(c < 127 && (c >= 32 || c == '\r' || c == '\n' || c == '\t'));
        assert_false(column == 0 && c == '.');
        if (c == '\n') {
            assert_true(i > 0 && in->data[i - 1] == '\r');
            assert_true(i < 2 || (in->data[i - 2] != ' ' && in->data[i - 2] != '\t'));
            column = 0;
        } else if (c != '\r') {
            assert_true(++column <= 76);
        }
    }
}

static void any_text_comes_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",
                                         " ",
                                         "\t",
                                         ".",
                                         "From ",
                                         "=",
                                         "\n",
                                         "xy",
                                         "\xc3\xa9",
                                         "\xe2\x80\x99",
                                         "word ",
                                         "\xff",
                                         "z\xf0\x9f\x8c\xbf"};
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        struct buf text, encoded, back;
        buf_init(&text, 1 << 16);
        buf_init(&encoded, 1 << 20);
        buf_init(&back, 1 << 16);
        for (int i = 0; i < 120; i++) {
            seed = seed * 1103515245u + 12345u;
            buf_adds(&text, pieces[(seed >> 16) % COUNT_OF(pieces)]);
        }
        qp_encode(text.data, text.len, &encoded);
        check_lines(&encoded);
        decode(&encoded, &back);
        assert_int_equal(back.len, text.len);
        assert_memory_equal(back.data, text.data, text.len);
        buf_deinit(&text);
        buf_deinit(&encoded);
        buf_deinit(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes),
        cmocka_unit_test(gives_each_slot_a_line_of_its_own),
        cmocka_unit_test(encodes_values),
        cmocka_unit_test(any_text_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
