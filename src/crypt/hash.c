#include "crypt/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void hash_sha256(const void *data, size_t n, unsigned char out[HASH_SIZE])
{
    unsigned len;
    if (EVP_Digest(data, n, out, &len, EVP_sha256(), NULL) != 1)
        abort(); // only a broken OpenSSL has no SHA-256
}

void hash_hmac(const void *key, size_t key_len, const void *data, size_t n,
               unsigned char out[HASH_SIZE])
{
    unsigned len;
    if (!HMAC(EVP_sha256(), key, (int)key_len, data, n, out, &len))
        abort();
}

bool hash_is_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}
