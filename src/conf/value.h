// NAME
//   value - the kinds of value in the configuration file
//
// DESCRIPTION
//   Each parser sets *out or returns -1 with ERR_CONFIG and a message without a place.
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

int value_number(const char *text, int64_t min, int64_t max, int64_t *out,
                 struct err *err) MUST_CHECK;
// names is NULL-ended; *out is the index.
int value_choice(const char *text, const char *const *names, int *out, struct err *err) MUST_CHECK;
// "a, b , c" to a NULL-ended array in the arena; empty items are dropped.
const char *const *value_list(struct arena *arena, const char *text);
// "smtp://host:port" apart; host may be [::1]. *port 0 when not given. One with a user name or
// password is refused, and the message never holds the text.
struct value_url {
    const char *scheme, *host, *rest; // rest: from the slash on, "" when there is none
    int port;
};
int value_url(struct arena *arena, const char *text, struct value_url *out,
              struct err *err) MUST_CHECK;
// A host name in ASCII (RFC 1123 2.1: at most 255 octets, labels of 1 to 63) or an IPv6 address.
int value_check_host(const char *host, struct err *err) MUST_CHECK;
// localhost, 127.0.0.0/8, ::1
bool value_is_loopback(const char *host);

#endif
