// NAME
//   hash - SHA-256 and HMAC-SHA-256 (OpenSSL), constant-time comparison
//
// THREADS
//   One: hash_hmac keeps a context for the life of the process. A key is never NULL.
#ifndef CRYPT_HASH_H
#define CRYPT_HASH_H

#include <stdbool.h>
#include <stddef.h>

#define HASH_SIZE 32

void hash_sha256(const void *data, size_t n, unsigned char out[HASH_SIZE]);
void hash_hmac(const void *key, size_t key_len, const void *data, size_t n,
               unsigned char out[HASH_SIZE]);
bool hash_is_equal(const void *a, const void *b, size_t n);

#endif
