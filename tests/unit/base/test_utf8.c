#include "unit.h"

#include "base/utf8.h"

#include <stdbool.h>

static void test_every_character_comes_back(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x110010; cp++) {
        char bytes[4];
        uint32_t back = 1;
        int n = utf8_put(cp, bytes);
        bool is_one = cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff);
        int want = !is_one ? 0 : cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
        if (n != want || (n && (utf8_next(bytes, (size_t)n, &back) != n || back != cp)))
            fail_msg("U+%04X", (unsigned)cp);
        for (int k = 0; k < n; k++) // cut short: none
            assert_int_equal(utf8_next(bytes, (size_t)k, &back), 0);
    }
}

// Every start of four bytes is valid only if it is what utf8_put writes for what was read.
static void test_no_character_has_two_spellings(void **state)
{
    (void)state;
    static const unsigned char tails[] = {0x00, 0x41, 0x7f, 0x80, 0x81, 0x8f,
                                          0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (size_t i = 0; i < COUNT_OF(tails) * COUNT_OF(tails); i++) {
                char bytes[4] = {(char)first, (char)second, (char)tails[i / COUNT_OF(tails)],
                                 (char)tails[i % COUNT_OF(tails)]};
                char again[4];
                uint32_t cp;
                int n = utf8_next(bytes, 4, &cp);
                if (n && (utf8_put(cp, again) != n || memcmp(bytes, again, (size_t)n) != 0))
                    fail_msg("%02x %02x", first, second);
            }
        }
    }
}

static void test_first_bad_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } rows[] = {
        {"", 0},
        {"plain", 5},
        {"gr\xc3\xbc\xc3\x9f", 6},
        {"\xf0\x9f\x8c\xbb", 4},
        {"ab\xff", 2},
        {"ab\x80", 2},
        {"ab\xc3", 2},            // cut
        {"a\xe2\x82", 1},         // cut
        {"a\xf0\x9f\x8c", 1},     // cut
        {"a\xc0\xaf", 1},         // overlong slash
        {"a\xc1\xbf", 1},         // overlong
        {"a\xe0\x80\xaf", 1},     // overlong
        {"a\xf0\x80\x80\xaf", 1}, // overlong
        {"a\xed\xa0\x80", 1},     // surrogate
        {"a\xed\xbf\xbf", 1},     // surrogate
        {"a\xf4\x90\x80\x80", 1}, // above U+10FFFF
        {"a\xf5\x80\x80\x80", 1}, // above U+10FFFF
        {"a\xfe", 1},
        {"a\xc3z", 1},
        {"gr\xfc\xdf", 2}, // Latin-1
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (utf8_first_bad(rows[i].text, strlen(rows[i].text)) != rows[i].at)
            fail_msg("row %zu", i);
    assert_int_equal(utf8_first_bad("a\0b", 3), 3); // NUL is a character
}

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } rows[] = {
        {"", 0},
        {"hello", 5},
        {"na\xc3\xafve", 5},
        {"nai\xcc\x88ve", 5},                            // combining diaeresis
        {"\xe6\x97\xa5\xe6\x9c\xac", 4},                 // Japanese
        {"\xef\xbc\xa1", 2},                             // fullwidth A
        {"\xef\xbd\xb1", 1},                             // halfwidth katakana
        {"\xed\x95\x9c\xea\xb8\x80", 4},                 // Hangul syllables
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2},     // the same in letters
        {"\xf0\x9f\x8c\xbb", 2},                         // sunflower
        {"\xf0\x9f\x91\x8b\xf0\x9f\x8f\xbd", 2},         // a waving hand with a skin tone
        {"\xe2\x9d\xa4\xef\xb8\x8f", 1},                 // a heart with its selector
        {"\xe2\x80\x8d", 0},                             // zero width joiner
        {"\xd7\xa9\xd6\xb8\xd7\x9c\xd7\x95\xd7\x9d", 4}, // Hebrew with a point
        {"\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87", 4},
        {"\xe1\xbf\xbe\xe2\x80\x94\xe2\x80\x9cx\xe2\x80\x9d", 5}, // dashes and quotes are narrow
        {"a\tb\x1b", 2},
        {"\xff\xfe", 2}, // a bad byte is drawn as something
        {"\xc2\xad", 1},
        {"\xc2\x9b", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t got = utf8_width(rows[i].text, strlen(rows[i].text));
        if (got != rows[i].width)
            fail_msg("row %zu: %zu", i, got);
    }
}

// The tables are searched by halves: a range out of order would hide others.
static void test_the_edges_of_the_width_tables(void **state)
{
    (void)state;
    static const struct {
        uint32_t cp;
        int width;
    } rows[] = {
        {0x2ff, 1},   {0x300, 0},   {0x36f, 0},   {0x370, 1},   {0x10ff, 1},  {0x1100, 2},
        {0x115f, 2},  {0x1160, 0},  {0x11ff, 0},  {0x1200, 1},  {0x200a, 1},  {0x200b, 0},
        {0x200f, 0},  {0x2010, 1},  {0x2e7f, 1},  {0x2e80, 2},  {0x303f, 1},  {0x4e00, 2},
        {0x9fff, 2},  {0xa4d0, 1},  {0xabff, 1},  {0xac00, 2},  {0xd7a3, 2},  {0xe000, 1},
        {0xfe00, 0},  {0xfe0f, 0},  {0xfe10, 2},  {0xff60, 2},  {0xff61, 1},  {0x1f300, 2},
        {0x1f320, 2}, {0x1f321, 1}, {0x1f64f, 2}, {0x1f650, 1}, {0x1faff, 2}, {0x20000, 2},
        {0x3fffd, 2}, {0x40000, 1}, {0xe0100, 0}, {0xe01ef, 0}, {0xe01f0, 1}, {0x10ffff, 1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (utf8_char_width(rows[i].cp) != rows[i].width)
            fail_msg("U+%04X: %d", (unsigned)rows[i].cp, utf8_char_width(rows[i].cp));
}

static void test_control_characters(void **state)
{
    (void)state;
    static const uint32_t controls[] = {0,      1,      0x08,   0x0b,   0x0d,   0x1b,    0x1f,
                                        0x7f,   0x80,   0x85,   0x9f,   0x2028, 0x2029,  0x202a,
                                        0x202e, 0xfdd0, 0xfdef, 0xfffe, 0xffff, 0x1fffe, 0x10ffff};
    static const uint32_t others[] = {'\t',   '\n',   ' ',    'a',    '~',    0xa0,   0xe9,
                                      0x200b, 0x200d, 0x200e, 0x2027, 0x202f, 0x2065, 0x2066,
                                      0x2069, 0x206a, 0xfdcf, 0xfdf0, 0xfffd, 0xfeff, 0x1f33b};
    for (size_t i = 0; i < COUNT_OF(controls); i++)
        if (!utf8_is_control(controls[i]))
            fail_msg("U+%04X", (unsigned)controls[i]);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (utf8_is_control(others[i]))
            fail_msg("U+%04X", (unsigned)others[i]);
    for (uint32_t cp = 0x2060; cp < 0x2070; cp++)
        assert_int_equal(utf8_is_isolate(cp), cp >= 0x2066 && cp <= 0x2069);
}

static void test_cleaning(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"", ""},
        {"as it is \xc3\xa9\xf0\x9f\x8c\xbb", "as it is \xc3\xa9\xf0\x9f\x8c\xbb"},
        {"a\tb\nc\rd\x1b", "a?b?c?d?"},
        {"\xc2\x85.\xe2\x80\xa8.\xef\xbf\xbe", "?.?.?"},
        {"a\xff\x80z", "a?\?z"},
        {"caf\xc3", "caf"},
        {"x\xe2\x82", "x"},
        {"x\xf0\x9f\x8c", "x"},
        {"x\xe2z", "x?z"},
        {"\xc3", ""},
        {"a\x80", "a?"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", rows[i].from);
        utf8_clean(text);
        assert_string_equal(text, rows[i].to);
        utf8_clean(text);
        assert_string_equal(text, rows[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character_comes_back),
        cmocka_unit_test(test_no_character_has_two_spellings),
        cmocka_unit_test(test_first_bad_byte),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_the_edges_of_the_width_tables),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_cleaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
