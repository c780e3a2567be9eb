// NAME
//   encode - bytes as text: hex, base64url without padding (RFC 4648 5), lower-case base32 (6)
//
// DESCRIPTION
//   The decoders return the number of bytes, or -1 when the text is not exactly one encoding:
//   wrong alphabet, stray bits, or more than max bytes. base32 is read in either case.
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/buf.h"

void encode_hex(const void *data, size_t n, struct buf *out);
void encode_base64url(const void *data, size_t n, struct buf *out);
void encode_base32(const void *data, size_t n, struct buf *out);
void encode_base64(const void *data, size_t n, struct buf *out); // RFC 4648 4, padded, one line

int decode_hex(const char *text, size_t len, unsigned char *out, size_t max);
int decode_base64url(const char *text, size_t len, unsigned char *out, size_t max);
int decode_base32(const char *text, size_t len, unsigned char *out, size_t max);

#endif
