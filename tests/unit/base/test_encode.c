#include "unit.h"

#include "base/encode.h"
#include "base/random.h"

#include <stdbool.h>

// RFC 4648 10; base32 in lower case, base64url and base32 without padding.
static const struct {
    const char *bytes, *hex, *base64, *base64url, *base32;
} vectors[] = {
    {"", "", "", "", ""},
    {"f", "66", "Zg==", "Zg", "my"},
    {"fo", "666f", "Zm8=", "Zm8", "mzxq"},
    {"foo", "666f6f", "Zm9v", "Zm9v", "mzxw6"},
    {"foob", "666f6f62", "Zm9vYg==", "Zm9vYg", "mzxw6yq"},
    {"fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE", "mzxw6ytb"},
    {"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy", "mzxw6ytboi"},
    {"\xfb\xff\xfe", "fbfffe", "+//+", "-__-", "7p774"},
};

struct code {
    const char *name;
    void (*encode)(const void *data, size_t n, struct buf *out);
    int (*decode)(const char *text, size_t len, unsigned char *out, size_t max);
    const char *alphabet;
};

static const struct code codes[] = {
    {"hex", encode_hex, decode_hex, "0123456789abcdef"},
    {"base64url", encode_base64url, decode_base64url,
     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"},
    {"base32", encode_base32, decode_base32,
     "abcdefghijklmnopqrstuvwxyz234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
};

static void check(void (*encode)(const void *, size_t, struct buf *), const char *bytes,
                  const char *want)
{
    struct buf out;
    buf_init(&out, 100);
    encode(bytes, strlen(bytes), &out);
    assert_string_equal(out.data, want);
    buf_deinit(&out);
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        check(encode_hex, vectors[i].bytes, vectors[i].hex);
        check(encode_base64, vectors[i].bytes, vectors[i].base64);
        check(encode_base64url, vectors[i].bytes, vectors[i].base64url);
        check(encode_base32, vectors[i].bytes, vectors[i].base32);
    }
}

static void test_round_trips(void **state)
{
    (void)state;
    random_seed(7);
    for (size_t c = 0; c < COUNT_OF(codes); c++) {
        for (size_t n = 0; n < 200; n++) {
            unsigned char in[200], back[200];
            struct buf text;
            buf_init(&text, 1000);
            random_bytes(in, n);
            codes[c].encode(in, n, &text);
            assert_int_equal(strspn(text.data, codes[c].alphabet), text.len);
            assert_int_equal(codes[c].decode(text.data, text.len, back, n), n);
            assert_memory_equal(in, back, n);
            if (n > 0)
                assert_int_equal(codes[c].decode(text.data, text.len, back, n - 1), -1);
            buf_deinit(&text);
        }
    }
}

// One value, one spelling: a token cannot be varied and stay valid.
static void test_only_exact_encodings_are_read(void **state)
{
    (void)state;
    static const struct {
        size_t code;
        const char *text;
    } bad[] = {{0, "6"},         {0, "666"},       {0, "6g"},   {0, "0X"},       {0, "AB"},
               {0, "66 "},       {0, " 66"},       {1, "Z"},    {1, "Zm9vY"},    {1, "Zh"},
               {1, "Zm9"},       {1, "Zg=="},      {1, "Zm+v"}, {1, "Zm/v"},     {1, "Zm9v\n"},
               {1, "Zm 9v"},     {1, "Zm\xc3v"},   {2, "m"},    {2, "mzx"},      {2, "mzxw6y"},
               {2, "mz"},        {2, "mzxr"},      {2, "m1"},   {2, "my======"}, {2, "m-"},
               {2, "mzxw6ytbo"}, {2, "mzxw6ytboj"}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        unsigned char out[20];
        if (codes[bad[i].code].decode(bad[i].text, strlen(bad[i].text), out, sizeof out) != -1)
            fail_msg("'%s' was read as %s", bad[i].text, codes[bad[i].code].name);
    }
}

static void test_every_foreign_byte_is_refused(void **state)
{
    (void)state;
    for (size_t c = 0; c < COUNT_OF(codes); c++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[8];
            unsigned char out[8];
            memset(text, codes[c].alphabet[0], sizeof text);
            text[3] = (char)byte;
            bool is_known = byte != 0 && strchr(codes[c].alphabet, byte);
            assert_int_equal(codes[c].decode(text, sizeof text, out, sizeof out) >= 0, is_known);
        }
    }
}

static void test_base32_in_either_case(void **state)
{
    (void)state;
    unsigned char out[6];
    assert_int_equal(decode_base32("MzXw6YTBoi", 10, out, sizeof out), 6);
    assert_memory_equal(out, "foobar", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_only_exact_encodings_are_read),
        cmocka_unit_test(test_every_foreign_byte_is_refused),
        cmocka_unit_test(test_base32_in_either_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
