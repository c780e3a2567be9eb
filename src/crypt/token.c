#include "crypt/token.h"

#include "base/buf.h"
#include "base/encode.h"

#include <string.h>

#define VERSION     1
#define MAC_WEB     16 // octets
#define MAC_ADDRESS 10
#define VARINT_MAX  10

// The form is inside the MAC: a web token cut to an address token's length is no token.
enum form {
    FORM_WEB = 'w',
    FORM_ADDRESS = 'a',
    FORM_MESSAGE_ID = 'm'
};

struct body {
    unsigned char bytes[2 + 4 * VARINT_MAX + HASH_SIZE];
    size_t len;
};

static void put_varint(struct body *body, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        body->bytes[body->len++] = (unsigned char)(v | 0x80);
    body->bytes[body->len++] = (unsigned char)v;
}

// The shortest form only: every token has one spelling.
static int get_varint(const unsigned char **p, const unsigned char *end, uint64_t *v)
{
    *v = 0;
    for (int shift = 0; *p < end && shift < 64; shift += 7) {
        unsigned char c = *(*p)++;
        if (shift == 63 && c > 1)
            return -1;
        *v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return c == 0 && shift > 0 ? -1 : 0;
    }
    return -1;
}

static void mac_of(const struct keyring *keyring, enum form form, const struct body *body,
                   unsigned char out[HASH_SIZE])
{
    unsigned char all[1 + sizeof body->bytes];
    all[0] = (unsigned char)form;
    memcpy(all + 1, body->bytes, body->len);
    hash_hmac(keyring->token, KEYRING_KEY, all, 1 + body->len, out);
}

static void make(const struct keyring *keyring, const struct token *token, enum form form,
                 size_t mac_len, struct body *body)
{
    unsigned char mac[HASH_SIZE];
    body->len = 0;
    body->bytes[body->len++] = VERSION;
    put_varint(body, keyring->token_id);
    body->bytes[body->len++] = (unsigned char)token->purpose;
    put_varint(body, token->subscriber);
    put_varint(body, token->edition);
    mac_of(keyring, form, body, mac);
    memcpy(body->bytes + body->len, mac, mac_len);
    body->len += mac_len;
}

void token_format(const struct keyring *keyring, const struct token *token, char out[TOKEN_SIZE])
{
    struct body body;
    struct buf text;
    make(keyring, token, FORM_WEB, MAC_WEB, &body);
    buf_init(&text, TOKEN_SIZE - 1);
    encode_base64url(body.bytes, body.len, &text);
    memcpy(out, text.data, text.len + 1);
    buf_deinit(&text);
}

void token_format_address(const struct keyring *keyring, const struct token *token,
                          char out[TOKEN_SIZE])
{
    struct body body;
    struct buf text;
    make(keyring, token, FORM_ADDRESS, MAC_ADDRESS, &body);
    buf_init(&text, TOKEN_SIZE - 1);
    encode_base32(body.bytes, body.len, &text);
    memcpy(out, text.data, text.len + 1);
    buf_deinit(&text);
}

static int refuse(struct err *err)
{
    return err_set(err, ERR_INPUT, "this is not a valid token");
}

static int parse(const struct keyring *keyring, const unsigned char *bytes, int len, enum form form,
                 struct token *out, struct err *err)
{
    size_t mac_len = form == FORM_WEB ? MAC_WEB : MAC_ADDRESS;
    if (len < 5 + (int)mac_len || bytes[0] != VERSION)
        return refuse(err);
    const unsigned char *p = bytes + 1, *end = bytes + len - mac_len;
    uint64_t key_id;
    struct token token;
    if (get_varint(&p, end, &key_id) != 0 || p >= end)
        return refuse(err);
    token.purpose = (enum token_purpose) * p++;
    if (get_varint(&p, end, &token.subscriber) != 0 || get_varint(&p, end, &token.edition) != 0 ||
        p != end)
        return refuse(err);
    if (key_id != keyring->token_id)
        return err_set(err, ERR_CONFIG, "the token was made with key %llu, which is not here",
                       (unsigned long long)key_id);
    struct body body = {.len = (size_t)(end - bytes)};
    unsigned char mac[HASH_SIZE];
    memcpy(body.bytes, bytes, body.len);
    mac_of(keyring, form, &body, mac);
    if (!hash_is_equal(mac, end, mac_len))
        return refuse(err);
    *out = token;
    return 0;
}

int token_parse(const struct keyring *keyring, const char *text, size_t len, struct token *out,
                struct err *err)
{
    unsigned char bytes[64];
    int n = decode_base64url(text, len, bytes, sizeof bytes);
    return n < 0 ? refuse(err) : parse(keyring, bytes, n, FORM_WEB, out, err);
}

int token_parse_address(const struct keyring *keyring, const char *text, size_t len,
                        struct token *out, struct err *err)
{
    unsigned char bytes[64];
    int n = decode_base32(text, len, bytes, sizeof bytes);
    return n < 0 ? refuse(err) : parse(keyring, bytes, n, FORM_ADDRESS, out, err);
}

void token_message_id(const struct keyring *keyring, uint64_t edition, uint64_t subscriber,
                      char out[33])
{
    struct body body = {.len = 0};
    unsigned char mac[HASH_SIZE];
    struct buf hex;
    put_varint(&body, edition);
    put_varint(&body, subscriber);
    mac_of(keyring, FORM_MESSAGE_ID, &body, mac);
    buf_init(&hex, 64);
    encode_hex(mac, 16, &hex);
    memcpy(out, hex.data, 33);
    buf_deinit(&hex);
}
