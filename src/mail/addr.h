// NAME
//   addr - one e-mail address that is safe to put on the wire
//
// DESCRIPTION
//   A struct addr comes only from addr_parse, which refuses CR, LF, NUL, spaces, angle brackets,
//   over-length (RFC 5321 4.5.3.1: local part 64, domain 255, path 254 octets), empty or malformed
//   labels, characters that nobody sees, quoted local parts and address literals. Non-ASCII domains
//   become A-labels (IDNA 2008, libidn2); a non-ASCII local part is kept and marked.
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define ADDR_MAX 320

struct addr {
    char text[ADDR_MAX + 1]; // as the person wrote it (blanks around removed), UTF-8
    char wire[ADDR_MAX + 1]; // local part as written, domain in lower-case A-labels
    char key[ADDR_MAX + 1];  // the key for uniqueness: the wire form, lower-cased, letters composed
    size_t local_len;        // octets before the @ in text and wire
    bool needs_smtputf8;     // the local part is not ASCII (RFC 6531)
};

// len octets at text; spaces and tabs at both ends are ignored, line ends are not. ERR_INPUT says
// what is wrong with the address; the message quotes it, cleaned and cut.
int addr_parse(struct addr *addr, const char *text, size_t len, struct err *err) MUST_CHECK;

// The domain in A-labels.
const char *addr_domain(const struct addr *addr);

#endif
