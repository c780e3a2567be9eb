// NAME
//   token - an unforgeable word that lets its holder do one thing for one subscriber
//
// DESCRIPTION
//   version, key id, purpose, subscriber and edition (varints), MAC = HMAC-SHA-256 over all of it,
//   cut. The purpose is inside the MAC: a token to opt out cannot confirm or export.
//   The web form is base64url with a 128-bit MAC. The address form, for VERP and mailto, is
//   lower-case base32 with an 80-bit MAC, read in either case, because some servers fold case.
#ifndef CRYPT_TOKEN_H
#define CRYPT_TOKEN_H

#include "base/err.h"
#include "crypt/keyring.h"

#include <stddef.h>
#include <stdint.h>

#define TOKEN_SIZE 80 // room for either form and its NUL

enum token_purpose {
    TOKEN_OPTOUT = 1,
    TOKEN_CONFIRM,
    TOKEN_PREFERENCES,
    TOKEN_VIEW,
    TOKEN_BOUNCE
};

struct token {
    enum token_purpose purpose;
    uint64_t subscriber;
    uint64_t edition;
};

void token_format(const struct keyring *keyring, const struct token *token, char out[TOKEN_SIZE]);
void token_format_address(const struct keyring *keyring, const struct token *token,
                          char out[TOKEN_SIZE]);

// ERR_INPUT for any text that is not a token made with this keyring (one message for all cases);
// ERR_CONFIG when the key id is unknown here.
int token_parse(const struct keyring *keyring, const char *text, size_t len, struct token *out,
                struct err *err) MUST_CHECK;
int token_parse_address(const struct keyring *keyring, const char *text, size_t len,
                        struct token *out, struct err *err) MUST_CHECK;

// A Message-ID's left side for one recipient of one edition, the same at every attempt: 32 lower-
// case hexadecimal digits, no part of the address in it (MM-08).
void token_message_id(const struct keyring *keyring, uint64_t edition, uint64_t subscriber,
                      char out[33]);

#endif
