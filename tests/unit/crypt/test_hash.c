#include "unit.h"

#include "base/buf.h"
#include "base/encode.h"
#include "crypt/hash.h"

static void expect(const unsigned char mac[HASH_SIZE], const char *want)
{
    struct buf hex;
    buf_init(&hex, 100);
    encode_hex(mac, HASH_SIZE, &hex);
    assert_memory_equal(hex.data, want, strlen(want)); // a vector may be cut
    buf_deinit(&hex);
}

// FIPS 180-4
static void test_sha256(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    unsigned char out[HASH_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        hash_sha256(rows[i].text, strlen(rows[i].text), out);
        expect(out, rows[i].want);
    }
    char *million = mem_new(1000000, 1);
    memset(million, 'a', 1000000);
    hash_sha256(million, 1000000, out);
    expect(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

struct vector {
    const char *key; // NULL: key_len times key_byte
    unsigned char key_byte;
    size_t key_len;
    const char *data; // NULL: 50 times data_byte
    unsigned char data_byte;
    const char *want;
};

// RFC 4231, cases 1 to 7
static const struct vector vectors[] = {
    {NULL, 0x0b, 20, "Hi There", 0,
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", 0, 4, "what do ya want for nothing?", 0,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {NULL, 0xaa, 20, NULL, 0xdd,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16"
     "\x17\x18\x19",
     0, 25, NULL, 0xcd, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {NULL, 0x0c, 20, "Test With Truncation", 0, "a3b6167473100ee06e0c796c2955552b"},
    {NULL, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 0,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {NULL, 0xaa, 131,
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",
     0, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static void test_hmac(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        const struct vector *v = &vectors[i];
        unsigned char key[131], data[50], out[HASH_SIZE];
        memset(key, v->key_byte, sizeof key);
        memset(data, v->data_byte, sizeof data);
        hash_hmac(v->key ? v->key : (const char *)key, v->key_len,
                  v->data ? v->data : (const char *)data, v->data ? strlen(v->data) : sizeof data,
                  out);
        expect(out, v->want);
    }
    unsigned char out[HASH_SIZE];
    hash_hmac("", 0, "", 0, out);
    expect(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_comparison(void **state)
{
    (void)state;
    unsigned char a[64], b[64];
    for (size_t i = 0; i < sizeof a; i++)
        a[i] = b[i] = (unsigned char)i;
    assert_true(hash_is_equal(a, b, sizeof a));
    assert_true(hash_is_equal(a, b, 0));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] ^= 0x80;
        assert_false(hash_is_equal(a, b, sizeof a));
        assert_true(hash_is_equal(a, b, i));
        b[i] ^= 0x80;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
