#include "unit.h"

#include "base/encode.h"
#include "base/random.h"
#include "crypt/token.h"

#include <ctype.h>
#include <stdbool.h>

static const struct form {
    const char *name;
    void (*format)(const struct keyring *, const struct token *, char[TOKEN_SIZE]);
    int (*parse)(const struct keyring *, const char *, size_t, struct token *, struct err *);
    int (*decode)(const char *, size_t, unsigned char *, size_t);
    void (*encode)(const void *, size_t, struct buf *);
    const char *alphabet;
} forms[] = {
    {"web", token_format, token_parse, decode_base64url, encode_base64url,
     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"},
    {"address", token_format_address, token_parse_address, decode_base32, encode_base32,
     "abcdefghijklmnopqrstuvwxyz234567"},
};

static const uint64_t numbers[] = {0,
                                   1,
                                   127,
                                   128,
                                   16383,
                                   16384,
                                   2097151,
                                   UINT32_MAX,
                                   1234567,
                                   UINT64_C(1) << 35,
                                   UINT64_C(1) << 63,
                                   UINT64_MAX};

static void fill(struct keyring *keyring, unsigned char first)
{
    keyring->token_id = 1;
    for (unsigned i = 0; i < KEYRING_KEY; i++) {
        keyring->token[i] = (unsigned char)(first + i);
        keyring->suppress[i] = (unsigned char)(first + 0x80 + i);
    }
}

static const struct token sample = {.purpose = TOKEN_OPTOUT, .subscriber = 123456, .edition = 42};

static bool is_refused(const struct form *form, const struct keyring *keyring, const char *text,
                       size_t len)
{
    struct token out = {.purpose = (enum token_purpose)99, .subscriber = 98, .edition = 97};
    struct err err;
    if (form->parse(keyring, text, len, &out, &err) == 0)
        return false;
    assert_int_equal(out.purpose, 99); // nothing of it is handed out
    assert_int_equal(out.subscriber, 98);
    assert_int_equal(out.edition, 97);
    return err.kind == ERR_INPUT || err.kind == ERR_CONFIG;
}

static void test_tokens_come_back(void **state)
{
    (void)state;
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        for (size_t i = 0; i < COUNT_OF(numbers) * COUNT_OF(numbers); i++) {
            for (unsigned purpose = TOKEN_OPTOUT; purpose <= TOKEN_BOUNCE; purpose++) {
                struct token in = {.purpose = (enum token_purpose)purpose,
                                   .subscriber = numbers[i / COUNT_OF(numbers)],
                                   .edition = numbers[i % COUNT_OF(numbers)]};
                struct token out;
                struct err err;
                char text[TOKEN_SIZE];
                forms[f].format(&keyring, &in, text);
                assert_true(strlen(text) < TOKEN_SIZE);
                assert_int_equal(strspn(text, forms[f].alphabet), strlen(text));
                assert_ok(forms[f].parse(&keyring, text, strlen(text), &out, &err), &err);
                assert_int_equal(out.purpose, in.purpose);
                assert_true(out.subscriber == in.subscriber && out.edition == in.edition);
            }
        }
    }
}

// Links in mail that went out live for years: these strings may never change.
static void test_tokens_are_as_they_always_were(void **state)
{
    (void)state;
    struct keyring keyring;
    char text[TOKEN_SIZE], id[33];
    fill(&keyring, 0);
    token_format(&keyring, &sample, text);
    assert_string_equal(text, "AQEBwMQHKjIkZmIdSV1mbNbUSZzdMGs");
    token_format_address(&keyring, &sample, text);
    assert_string_equal(text, "aeaqdqgea4vkrjkqjqufhvyaalba");
    token_message_id(&keyring, sample.edition, sample.subscriber, id);
    assert_string_equal(id, "aa70d75381d5e8368f245fde3be14bee");
}

// "unsubscribe+" or "bounces+" in front, and 64 octets are the end (RFC 5321 4.5.3.1.1).
static void test_the_address_form_fits_a_local_part(void **state)
{
    (void)state;
    static const struct {
        uint64_t subscriber, edition;
        size_t most;
    } rows[] = {{1, 1, 24},
                {1000000, 500, 32},
                {UINT32_MAX, 100000, 40},
                {UINT64_C(1) << 48, UINT32_MAX, 48}};
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct token token = {TOKEN_BOUNCE, rows[i].subscriber, rows[i].edition};
        char text[TOKEN_SIZE];
        token_format_address(&keyring, &token, text);
        assert_in_range(strlen(text), 1, rows[i].most);
    }
}

static void test_every_changed_bit_is_refused(void **state)
{
    (void)state;
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        char text[TOKEN_SIZE];
        unsigned char bytes[64];
        forms[f].format(&keyring, &sample, text);
        int n = forms[f].decode(text, strlen(text), bytes, sizeof bytes);
        assert_true(n > 0);
        for (int bit = 0; bit < 8 * n; bit++) {
            struct buf changed;
            buf_init(&changed, 100);
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            forms[f].encode(bytes, (size_t)n, &changed);
            if (!is_refused(&forms[f], &keyring, changed.data, changed.len))
                fail_msg("%s: bit %d", forms[f].name, bit);
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            buf_deinit(&changed);
        }
    }
}

// Each place of the text, each other letter of the alphabet: one token has one spelling.
static void test_every_changed_letter_is_refused(void **state)
{
    (void)state;
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        char text[TOKEN_SIZE];
        forms[f].format(&keyring, &sample, text);
        size_t len = strlen(text);
        for (size_t i = 0; i < len; i++) {
            char was = text[i];
            for (const char *c = forms[f].alphabet; *c; c++) {
                text[i] = *c;
                if (*c != was && !is_refused(&forms[f], &keyring, text, len))
                    fail_msg("%s: %s", forms[f].name, text);
            }
            text[i] = was;
        }
    }
}

static void test_cut_and_extended_tokens_are_refused(void **state)
{
    (void)state;
    static const char *const tails[] = {"A",    "AA", "AAAA", "=",        " ",           "\n",
                                        "\r\n", ".",  "a",    "aaaaaaaa", "@example.org"};
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        char text[TOKEN_SIZE], longer[TOKEN_SIZE + 20];
        forms[f].format(&keyring, &sample, text);
        size_t len = strlen(text);
        for (size_t cut = 0; cut < len; cut++) {
            assert_true(is_refused(&forms[f], &keyring, text, cut));
            assert_true(is_refused(&forms[f], &keyring, text + len - cut, cut));
        }
        for (size_t i = 0; i < COUNT_OF(tails); i++) {
            snprintf(longer, sizeof longer, "%s%s", text, tails[i]);
            assert_true(is_refused(&forms[f], &keyring, longer, strlen(longer)));
            snprintf(longer, sizeof longer, "%s%s", tails[i], text);
            assert_true(is_refused(&forms[f], &keyring, longer, strlen(longer)));
        }
        assert_true(is_refused(&forms[f], &keyring, text, len + 1)); // its NUL
    }
}

static void test_another_workspace_is_refused(void **state)
{
    (void)state;
    struct keyring ours, theirs;
    fill(&ours, 0);
    fill(&theirs, 0);
    theirs.token[31] ^= 1;
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        char text[TOKEN_SIZE];
        forms[f].format(&theirs, &sample, text);
        assert_true(is_refused(&forms[f], &ours, text, strlen(text)));
    }
    theirs = ours;
    theirs.suppress[0] ^= 1; // the other key has no part in tokens
    char text[TOKEN_SIZE];
    struct token out;
    struct err err;
    token_format(&theirs, &sample, text);
    assert_ok(token_parse(&ours, text, strlen(text), &out, &err), &err);
}

// An opt-out must not be answered "done", nor "invalid", by a host that lacks the key.
static void test_an_unknown_key_is_the_operators_matter(void **state)
{
    (void)state;
    struct keyring ours, rotated;
    fill(&ours, 0);
    fill(&rotated, 77);
    rotated.token_id = 300; // a varint of two octets
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        char text[TOKEN_SIZE];
        struct token out;
        struct err err;
        forms[f].format(&rotated, &sample, text);
        assert_int_equal(forms[f].parse(&ours, text, strlen(text), &out, &err), -1);
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_contains(err.msg, "300");
        assert_ok(forms[f].parse(&rotated, text, strlen(text), &out, &err), &err);
        forms[f].format(&ours, &sample, text);
        assert_int_equal(forms[f].parse(&ours, text, strlen(text) - 3, &out, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_string_equal(err.msg, "this is not a valid token"); // and no word on why
    }
}

// What a holder of one token could try: keep its MAC and say something else with it.
static void test_a_mac_is_good_for_one_thing(void **state)
{
    (void)state;
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t f = 0; f < COUNT_OF(forms); f++) {
        size_t mac_len = f == 0 ? 16 : 10;
        static const struct token others[] = {
            {TOKEN_CONFIRM, 123456, 42}, {TOKEN_PREFERENCES, 123456, 42},
            {TOKEN_VIEW, 123456, 42},    {TOKEN_BOUNCE, 123456, 42},
            {TOKEN_OPTOUT, 123457, 42},  {TOKEN_OPTOUT, 123456, 43},
            {TOKEN_OPTOUT, 42, 123456}};
        for (size_t i = 0; i < COUNT_OF(others); i++) {
            char mine[TOKEN_SIZE], wanted[TOKEN_SIZE];
            unsigned char a[64], b[64];
            struct buf forged;
            forms[f].format(&keyring, &sample, mine);
            forms[f].format(&keyring, &others[i], wanted);
            int n = forms[f].decode(mine, strlen(mine), a, sizeof a);
            int m = forms[f].decode(wanted, strlen(wanted), b, sizeof b);
            memcpy(b + m - mac_len, a + n - mac_len, mac_len);
            buf_init(&forged, 100);
            forms[f].encode(b, (size_t)m, &forged);
            assert_true(is_refused(&forms[f], &keyring, forged.data, forged.len));
            buf_deinit(&forged);
        }
    }
}

// The MAC of the address form is no beginning of the web form's, nor of a Message-ID.
static void test_the_forms_are_apart(void **state)
{
    (void)state;
    struct keyring keyring;
    char web[TOKEN_SIZE], address[TOKEN_SIZE], id[33];
    unsigned char w[64], a[64];
    struct buf text;
    fill(&keyring, 0);
    token_format(&keyring, &sample, web);
    token_format_address(&keyring, &sample, address);
    int n = decode_base64url(web, strlen(web), w, sizeof w);
    int m = decode_base32(address, strlen(address), a, sizeof a);
    assert_int_equal(n, m + 6);
    assert_memory_equal(w, a, (size_t)m - 10); // they say the same
    assert_memory_not_equal(w + n - 16, a + m - 10, 10);
    buf_init(&text, 100);
    encode_base32(w, (size_t)m, &text); // a web token cut to the address form's length
    assert_true(is_refused(&forms[1], &keyring, text.data, text.len));
    buf_reset(&text);
    encode_base64url(a, (size_t)m, &text);
    assert_true(is_refused(&forms[0], &keyring, text.data, text.len));
    assert_true(is_refused(&forms[0], &keyring, address, strlen(address)));
    assert_true(is_refused(&forms[1], &keyring, web, strlen(web)));
    token_message_id(&keyring, sample.edition, sample.subscriber, id);
    buf_reset(&text);
    encode_hex(w + n - 16, 16, &text);
    assert_string_not_equal(id, text.data);
    buf_deinit(&text);
}

// A number with a needless octet, under a MAC that only the key's owner can make.
static void test_numbers_have_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t len;
        bool is_good;
    } rows[] = {
        {"\x01\x01\x01\x05\x07", 5, true},
        {"\x01\x81\x00\x01\x05\x07", 6, false},                                  // key id
        {"\x01\x01\x01\x85\x00\x07", 6, false},                                  // subscriber
        {"\x01\x01\x01\x05\x87\x00", 6, false},                                  // edition
        {"\x01\x01\x01\x05\x07\x00", 6, false},                                  // one more number
        {"\x01\x01\x01\x05", 4, false},                                          // one less
        {"\x01\x01\x01\x05\x87", 5, false},                                      // unfinished
        {"\x01\x01\x01\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 14, false}, // over 64 bits
        {"\x01\x01\x01\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 14, true},
        {"\x02\x01\x01\x05\x07", 5, false}, // another version
        {"\x00\x01\x01\x05\x07", 5, false},
    };
    struct keyring keyring;
    fill(&keyring, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char signed_bytes[64] = {'w'}, mac[HASH_SIZE];
        struct buf text;
        struct token out;
        struct err err;
        memcpy(signed_bytes + 1, rows[i].body, rows[i].len);
        hash_hmac(keyring.token, KEYRING_KEY, signed_bytes, 1 + rows[i].len, mac);
        memcpy(signed_bytes + 1 + rows[i].len, mac, 16);
        buf_init(&text, 100);
        encode_base64url(signed_bytes + 1, rows[i].len + 16, &text);
        int rc = token_parse(&keyring, text.data, text.len, &out, &err);
        if (rc != (rows[i].is_good ? 0 : -1))
            fail_msg("row %zu: %d", i, rc);
        buf_deinit(&text);
    }
}

// Some servers fold the case of a local part; some people's shift keys stick.
static void test_the_address_form_in_either_case(void **state)
{
    (void)state;
    struct keyring keyring;
    char text[TOKEN_SIZE];
    struct token out;
    struct err err;
    fill(&keyring, 0);
    token_format_address(&keyring, &sample, text);
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    assert_ok(token_parse_address(&keyring, text, strlen(text), &out, &err), &err);
    assert_int_equal(out.subscriber, sample.subscriber);
    for (size_t i = 0; text[i]; i += 2)
        text[i] = (char)tolower((unsigned char)text[i]);
    assert_ok(token_parse_address(&keyring, text, strlen(text), &out, &err), &err);
    token_format(&keyring, &sample, text);
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    assert_true(is_refused(&forms[0], &keyring, text, strlen(text))); // the web form has two cases
}

static void test_noise_is_refused(void **state)
{
    (void)state;
    struct keyring keyring;
    fill(&keyring, 0);
    random_seed(9);
    for (int round = 0; round < 20000; round++) {
        char text[200];
        size_t len = random_below(sizeof text);
        const struct form *form = &forms[round % 2];
        for (size_t i = 0; i < len; i++)
            text[i] = round % 4 < 2 ? form->alphabet[random_below(strlen(form->alphabet))]
                                    : (char)random_below(256);
        assert_true(is_refused(form, &keyring, text, len));
    }
    char *large = mem_new(100000, 1);
    memset(large, 'a', 100000);
    assert_true(is_refused(&forms[0], &keyring, large, 100000));
    assert_true(is_refused(&forms[1], &keyring, large, 100000));
    free(large);
}

// MM-08
static void test_message_ids(void **state)
{
    (void)state;
    struct keyring keyring, other;
    char ids[COUNT_OF(numbers) * COUNT_OF(numbers)][33], again[33];
    fill(&keyring, 0);
    fill(&other, 1);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        uint64_t edition = numbers[i / COUNT_OF(numbers)], person = numbers[i % COUNT_OF(numbers)];
        token_message_id(&keyring, edition, person, ids[i]);
        assert_int_equal(strlen(ids[i]), 32);
        assert_int_equal(strspn(ids[i], "0123456789abcdef"), 32);
        token_message_id(&keyring, edition, person, again); // a retry carries the same
        assert_string_equal(ids[i], again);
        token_message_id(&other, edition, person, again); // another workspace another
        assert_string_not_equal(ids[i], again);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_come_back),
        cmocka_unit_test(test_tokens_are_as_they_always_were),
        cmocka_unit_test(test_the_address_form_fits_a_local_part),
        cmocka_unit_test(test_every_changed_bit_is_refused),
        cmocka_unit_test(test_every_changed_letter_is_refused),
        cmocka_unit_test(test_cut_and_extended_tokens_are_refused),
        cmocka_unit_test(test_another_workspace_is_refused),
        cmocka_unit_test(test_an_unknown_key_is_the_operators_matter),
        cmocka_unit_test(test_a_mac_is_good_for_one_thing),
        cmocka_unit_test(test_the_forms_are_apart),
        cmocka_unit_test(test_numbers_have_one_spelling),
        cmocka_unit_test(test_the_address_form_in_either_case),
        cmocka_unit_test(test_noise_is_refused),
        cmocka_unit_test(test_message_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
