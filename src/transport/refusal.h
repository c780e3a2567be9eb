// NAME
//   refusal - why a session could not be opened, as one sentence for the person
#ifndef TRANSPORT_REFUSAL_H
#define TRANSPORT_REFUSAL_H

#include "base/err.h"
#include "mail/reply.h"

#include <stdint.h>

struct refusal {
    int code;              // libcurl's CURLcode
    const char *label;     // "relay NAME (host:port)"
    const char *curl_says; // libcurl's own words, "" for none
    int64_t timeout_ms;
};

// The server's last words where they were the reason; code 0 else.
struct reply refusal_cause(int code, const struct reply *last);

// Fills *err: ERR_CONFIG where a person must change something, ERR_UNAVAILABLE where time may help.
void refusal_tell(const struct refusal *refusal, const struct reply *cause, struct err *err);

#endif
