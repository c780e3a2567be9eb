#include "base/encode.h"

#include <string.h>

static const char url64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char std64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char low32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char low16[] = "0123456789abcdef";

static void pack(const unsigned char *in, size_t n, int bits, const char *alphabet, struct buf *out)
{
    unsigned acc = 0;
    int have = 0;
    for (size_t i = 0; i < n; i++) {
        acc = acc << 8 | in[i];
        for (have += 8; have >= bits; have -= bits)
            buf_addc(out, alphabet[acc >> (have - bits) & ((1u << bits) - 1)]);
        acc &= (1u << have) - 1;
    }
    if (have)
        buf_addc(out, alphabet[acc << (bits - have) & ((1u << bits) - 1)]);
}

static int unpack(const char *text, size_t len, int bits, const char *alphabet, unsigned char *out,
                  size_t max)
{
    unsigned acc = 0;
    int have = 0;
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (bits == 5 && c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        const char *at = c ? strchr(alphabet, c) : NULL;
        if (!at)
            return -1;
        acc = acc << bits | (unsigned)(at - alphabet);
        have += bits;
        if (have >= 8) {
            if (n == max)
                return -1;
            out[n++] = (unsigned char)(acc >> (have - 8));
            have -= 8;
            acc &= (1u << have) - 1;
        }
    }
    return have >= bits || acc ? -1 : (int)n;
}

void encode_hex(const void *data, size_t n, struct buf *out)
{
    pack(data, n, 4, low16, out);
}

void encode_base64url(const void *data, size_t n, struct buf *out)
{
    pack(data, n, 6, url64, out);
}

void encode_base64(const void *data, size_t n, struct buf *out)
{
    pack(data, n, 6, std64, out);
    for (size_t k = n; k % 3; k++)
        buf_addc(out, '=');
}

void encode_base32(const void *data, size_t n, struct buf *out)
{
    pack(data, n, 5, low32, out);
}

int decode_hex(const char *text, size_t len, unsigned char *out, size_t max)
{
    return unpack(text, len, 4, low16, out, max);
}

int decode_base64url(const char *text, size_t len, unsigned char *out, size_t max)
{
    return unpack(text, len, 6, url64, out, max);
}

int decode_base32(const char *text, size_t len, unsigned char *out, size_t max)
{
    return unpack(text, len, 5, low32, out, max);
}
