// NAME
//   sink - an SMTP receiver for rehearsals, the demo and tests
//
// DESCRIPTION
//   Speaks RFC 5321 with PIPELINING (2920), SIZE (1870), 8BITMIME (6152) and ENHANCEDSTATUSCODES
//   (2034). It takes every mail, writes it to a Maildir (with Return-Path and Delivered-To before
//   it) or counts and drops it, and is strict where a real server is strict: command order, line
//   length, SIZE, bare LF, null and malformed paths. Only CRLF.CRLF ends a message.
//   It listens where it is told; that should be a loopback address.
//
// ERRORS
//   ERR_CONFIG for a host or port that cannot be, ERR_UNAVAILABLE when the port is taken or not
//   allowed, ERR_CREATE for the Maildir.
//
// THREADS
//   One: everything happens in the loop.
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/err.h"
#include "base/loop.h"

#include <stddef.h>
#include <stdint.h>

struct sink;

struct sink_settings {
    const char *host;        // "127.0.0.1"
    int port;                // 0: any free one
    const char *maildir;     // NULL: count only
    int64_t max_size;        // octets, announced in EHLO; 0: 50 MiB
    int64_t idle_timeout_ms; // 0: 5 minutes
};

struct sink_counts {
    int64_t connections;
    int64_t messages; // taken
    int64_t bytes;    // octets of these, without stuffed dots
    int64_t refused;  // replies 4xx and 5xx
};

int sink_open(struct sink **out, struct loop *loop, const struct sink_settings *settings,
              struct err *err) MUST_CHECK;
void sink_close(struct sink **sink);
int sink_port(const struct sink *sink);
void sink_counts(const struct sink *sink, struct sink_counts *out);

#endif
