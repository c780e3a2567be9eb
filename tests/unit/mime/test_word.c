#include "unit.h"

#include "mime/word.h"

static char *text_of(const char *value, size_t column)
{
    struct buf out;
    buf_init(&out, BUF_MAX_DEFAULT);
    word_text(value, strlen(value), column, &out);
    return buf_take(&out);
}

static char *phrase_of(const char *value, size_t column)
{
    struct buf out;
    buf_init(&out, BUF_MAX_DEFAULT);
    word_phrase(value, strlen(value), column, &out);
    return buf_take(&out);
}

static void writes_unstructured_text(void **state)
{
    (void)state;
    static const struct {
        const char *value, *want;
    } cases[] = {
        {"", ""},
        {"Let the garden rest", "Let the garden rest"}, // EW-07
        {"Caf\xc3\xa9", "=?utf-8?B?Q2Fmw6k=?="},
        {"Caf\xc3\xa9 at noon", "=?utf-8?Q?Caf=C3=A9_at_noon?="}, // EW-04
        {"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
         "=?utf-8?B?0J/RgNC40LLQtdGC?="}, // EW-08: shorter in B
        {"=?utf-8?Q?fake?=", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Ffake=3F=3D?="},
        {" leads", "=?utf-8?Q?_leads?="},
        {"trails ", "=?utf-8?Q?trails_?="},
        {"a_b and so on and on \xe2\x9c\x93", "=?utf-8?Q?a=5Fb_and_so_on_and_on_=E2=9C=93?="},
        {"a\r\nBcc: x", "=?utf-8?Q?a=0D=0ABcc:_x?="}, // MM-12, were it ever to come here
        {"two  blanks", "two  blanks"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *got = text_of(cases[i].value, 9);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

static void writes_phrases(void **state)
{
    (void)state;
    static const struct {
        const char *value, *want;
    } cases[] = {
        {"", ""}, // EW-09: never ""
        {"Mira Vale", "Mira Vale"},
        {"Vale, Mira", "\"Vale, Mira\""},
        {"Dr. Vale", "\"Dr. Vale\""},
        {"say \"hi\" \\o/", "\"say \\\"hi\\\" \\\\o/\""},
        {"a@b", "\"a@b\""},
        {"two  blanks", "\"two  blanks\""},
        {"Zo\xc3\xab of the long road (home)",
         "=?utf-8?Q?Zo=C3=AB_of_the_long_road_=28home=29?="}, // EW-06
        {"Dr. Zo\xc3\xab Vale, of the garden", // a raw "." or "," is none of a phrase's
         "=?utf-8?Q?Dr=2E_Zo=C3=AB_Vale=2C_of_the_garden?="},
        {"Zo\xc3\xab's garden letters", "=?utf-8?Q?Zo=C3=AB=27s_garden_letters?="},
        {"=?x", "=?utf-8?Q?=3D=3Fx?="},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *got = phrase_of(cases[i].value, 4);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

static void folds_long_ascii_at_blanks(void **state)
{
    (void)state;
    char *got = text_of("This is a subject that a person wrote with far too many words in it, so "
                        "that it does not fit into one line",
                        9);
    assert_string_equal(got,
                        "This is a subject that a person wrote with far too many words in it,\r\n"
                        " so that it does not fit into one line");
    free(got);
}

// --- what a reader of RFC 2047 makes of it -------------------------------------------------------

static int sextet(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c - 'A' + 10;
}

static void decode_b(const char *p, const char *end, struct buf *out)
{
    assert_int_equal((end - p) % 4, 0); // EW-03
    for (; p < end; p += 4) {
        int pad = (p[2] == '=') + (p[3] == '=');
        int v = sextet(p[0]) << 18 | sextet(p[1]) << 12 | (pad > 1 ? 0 : sextet(p[2])) << 6 |
                (pad > 0 ? 0 : sextet(p[3]));
        char bytes[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
        buf_add(out, bytes, (size_t)(3 - pad));
    }
}

static void decode_q(const char *p, const char *end, struct buf *out)
{
    for (; p < end; p++) {
        if (*p == '=') {
            assert_true(end - p >= 3); // EW-03
            buf_addc(out, (char)(nibble(p[1]) << 4 | nibble(p[2])));
            p += 2;
        } else {
            buf_addc(out, *p == '_' ? ' ' : *p);
        }
    }
}

// Decodes a value that is encoded-words only; each must be whole UTF-8 by itself (EW-02).
static void decode(const char *p, struct buf *out)
{
    while (*p) {
        assert_int_equal(strncmp(p, "=?utf-8?", 8), 0);
        const char *end = strstr(p + 10, "?=");
        assert_non_null(end);
        assert_true(end + 2 - p <= 75); // EW-01
        assert_int_not_equal((unsigned char)out->data[0] & 0xc0, 0x80);
        size_t from = out->len;
        if (p[8] == 'B')
            decode_b(p + 10, end, out);
        else
            decode_q(p + 10, end, out);
        assert_int_not_equal((unsigned char)out->data[from] & 0xc0, 0x80);
        p = end + 2;
        if (*p) {
            assert_int_equal(strncmp(p, "\r\n ", 3), 0);
            p += 3;
        }
    }
}

static void check_widths(const char *value, size_t column)
{
    for (; *value; value++) {
        if (*value == '\n')
            column = 0;
        else if (*value != '\r')
            assert_true(++column <= 76); // EW-01
    }
}

static void any_value_comes_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",
                                         "longer",
                                         " ",
                                         "?",
                                         "=",
                                         "_",
                                         "\xc3\xa9",
                                         "e\xcc\x81",
                                         "\xe0\xa4\xa8\xe0\xa4\xae",
                                         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
                                         "\xe4\xb8\xad\xe6\x96\x87"};
    unsigned seed = 11;
    for (int round = 0; round < 3000; round++) {
        struct buf value, back;
        buf_init(&value, 1 << 16);
        buf_init(&back, 1 << 16);
        buf_adds(&value, "\xe2\x9c\x93");
        for (int i = 0; i < 1 + round % 80; i++) {
            seed = seed * 1103515245u + 12345u;
            buf_adds(&value, pieces[(seed >> 16) % COUNT_OF(pieces)]);
        }
        char *got = round % 2 ? text_of(value.data, 9) : phrase_of(value.data, 6);
        check_widths(got, round % 2 ? 9 : 6);
        decode(got, &back);
        assert_string_equal(back.data, value.data);
        free(got);
        buf_deinit(&value);
        buf_deinit(&back);
    }
}

static void keeps_what_is_drawn_together(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "e\xcc\x81",                                    // e and its accent
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", // joined emoji
        "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa",             // a flag
        "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd",             // a skin tone
    };
    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        size_t n = strlen(whole[i]);
        struct buf value;
        buf_init(&value, 1 << 12);
        for (int k = 0; k < 30; k++)
            buf_adds(&value, whole[i]);
        char *got = text_of(value.data, 9);
        assert_non_null(strstr(got, "\r\n "));
        for (char *p = got; p;) {
            struct buf one;
            char *end = strstr(p, "\r\n ");
            if (end)
                *end = '\0';
            buf_init(&one, 1 << 12);
            decode(p, &one);
            assert_int_equal(one.len % n, 0); // EW-02
            buf_deinit(&one);
            p = end ? end + 3 : NULL;
        }
        free(got);
        buf_deinit(&value);
    }
}

static void marks_without_end_are_cut_somewhere(void **state)
{
    (void)state;
    struct buf value, back;
    buf_init(&value, 1 << 16);
    buf_init(&back, 1 << 16);
    for (int i = 0; i < 500; i++)
        buf_adds(&value, "\xcc\x81");
    char *got = text_of(value.data, 9);
    check_widths(got, 9);
    decode(got, &back);
    assert_string_equal(back.data, value.data);
    free(got);
    buf_deinit(&value);
    buf_deinit(&back);
}

static void no_line_is_too_long(void **state)
{
    (void)state;
    char run[3000];
    memset(run, 'x', sizeof run - 1);
    run[sizeof run - 1] = '\0';
    for (size_t n = 1; n < sizeof run; n += 97) { // MM-01
        run[n] = '\0';
        char *values[] = {text_of(run, 9), phrase_of(run, 6)};
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            size_t longest = 0;
            for (char *p = values[i]; *p;) {
                size_t width = strcspn(p, "\r");
                longest = width > longest ? width : longest;
                p += width + (p[width] ? 2 : 0);
            }
            assert_true(longest <= 998 - 9);
            free(values[i]);
        }
        run[n] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_unstructured_text),
        cmocka_unit_test(writes_phrases),
        cmocka_unit_test(folds_long_ascii_at_blanks),
        cmocka_unit_test(any_value_comes_back),
        cmocka_unit_test(keeps_what_is_drawn_together),
        cmocka_unit_test(marks_without_end_are_cut_somewhere),
        cmocka_unit_test(no_line_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
