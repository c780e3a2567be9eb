// NAME
//   single - one message over a relay, outside any account (a test copy)
#ifndef DELIVERY_SINGLE_H
#define DELIVERY_SINGLE_H

#include "delivery/verdict.h"
#include "delivery/wire.h"

struct single_result {
    enum verdict verdict;
    enum smtp_phase phase;
    struct reply reply;
};

// Waits until the fate is known. 0 with *result; -1 ERR_UNAVAILABLE or ERR_CONFIG when the relay
// could not be reached, ERR_INPUT when the message cannot be sent.
int single_send(const struct relay_settings *relay, const struct wire_mail *mail,
                struct single_result *result, struct err *err) MUST_CHECK;

#endif
