// NAME
//   keyring - the workspace's secrets under var/keys/
//
// DESCRIPTION
//   token.key signs opt-out tokens and names messages; suppress.key hashes suppressed addresses and
//   never changes. Each is 32 random bytes in hexadecimal, in a file with mode 0600. A key that is
//   missing, malformed or readable by others is ERR_CONFIG: nothing is guessed and nothing made
//   anew beside data that was made with another key.
#ifndef CRYPT_KEYRING_H
#define CRYPT_KEYRING_H

#include "base/err.h"
#include "crypt/hash.h"

#define KEYRING_KEY 32

struct keyring {
    unsigned char token[KEYRING_KEY];
    unsigned char suppress[KEYRING_KEY];
    unsigned token_id; // 1 until rotation
};

// Makes both keys under dir (mode 0700). ERR_CREATE when one exists already.
int keyring_create(const char *dir, struct err *err) MUST_CHECK;
int keyring_load(struct keyring *keyring, const char *dir, struct err *err) MUST_CHECK;

// A name for the pair of keys that tells nothing of them: 16 hexadecimal digits.
void keyring_fingerprint(const struct keyring *keyring, char out[17]);

// The keyed hash of an address key (addr.key): what stays of a suppressed address.
void keyring_address_hash(const struct keyring *keyring, const char *addr_key,
                          unsigned char out[HASH_SIZE]);

#endif
