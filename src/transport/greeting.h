// NAME
//   greeting - what the server says while libcurl opens a session
//
// DESCRIPTION
//   Takes the server's lines one by one and keeps what the last EHLO offered (TL-01: what was said
//   before TLS began is void), less what the relay's settings disable, and the last whole reply.
#ifndef TRANSPORT_GREETING_H
#define TRANSPORT_GREETING_H

#include "mail/reply.h"
#include "transport/session.h"

#include <stdbool.h>
#include <stddef.h>

struct greeting {
    const char *disable; // borrowed; "" for nothing
    struct session_offers offers;
    bool offers_login;
    bool tls; // STARTTLS was answered 220
    struct reply last;
    struct reply_reader reader;
    bool in_ehlo; // between the first and the last line of a 250
    bool seen_ehlo;
};

void greeting_init(struct greeting *greeting, const char *disable);

// One line with its line end.
void greeting_take(struct greeting *greeting, const char *line, size_t len);

#endif
