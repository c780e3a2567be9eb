#include "crypt/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

void hash_sha256(const void *data, size_t n, unsigned char out[HASH_SIZE])
{
    unsigned len;
    if (EVP_Digest(data, n, out, &len, EVP_sha256(), NULL) != 1)
        abort(); // only a broken OpenSSL has no SHA-256
}

// Looking the algorithm up costs more than the three MACs that every message needs, so one context
// is kept for the life of the process.
static EVP_MAC_CTX *hmac_sha256(void)
{
    static EVP_MAC_CTX *kept;
    if (kept)
        return kept;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    kept = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (!kept || EVP_MAC_CTX_set_params(kept, params) != 1)
        abort();
    return kept;
}

void hash_hmac(const void *key, size_t key_len, const void *data, size_t n,
               unsigned char out[HASH_SIZE])
{
    EVP_MAC_CTX *mac = hmac_sha256();
    size_t len;
    if (EVP_MAC_init(mac, key, key_len, NULL) != 1 || EVP_MAC_update(mac, data, n) != 1 ||
        EVP_MAC_final(mac, out, &len, HASH_SIZE) != 1)
        abort();
}

bool hash_is_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}
