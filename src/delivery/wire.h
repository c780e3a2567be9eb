// NAME
//   wire - SMTP transactions on one session, pipelined (RFC 5321, RFC 2920)
//
// DESCRIPTION
//   Takes whole messages and tells what became of each. With PIPELINING, MAIL, RCPT and DATA leave
//   in one write, and those of the following message ride behind the end of data of the one before;
//   replies are matched by count, never by content (SX-02). Without it, one command at a time.
//   A failed transaction is followed by RSET. Every wait has its timeout.
//   A message is dot-stuffed here (DT-01); content with a bare CR, bare LF or NUL is refused before
//   anything of it leaves (DT-03).
//
//   A wire holds at most two mails: the one on the wire and the next. wire_room says how many it
//   would take now.
//
// OWNERSHIP
//   The wire copies what it is given. wire_close frees it, also from inside its own events; mails
//   that are not settled by then are settled first, as lost: read the results before letting go.
#ifndef DELIVERY_WIRE_H
#define DELIVERY_WIRE_H

#include "base/err.h"
#include "delivery/verdict.h"
#include "transport/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;

struct wire_mail {
    const char *from; // addr.wire of the envelope sender
    const char *to;   // addr.wire
    const char *data;
    size_t len;
    void *tag; // comes back with the result
};

struct wire_result {
    void *tag;
    enum smtp_phase phase;
    struct reply reply; // code 0: lost
    bool handed_over;
    enum verdict verdict;
};

struct wire_events {
    void (*opened)(void *arg);
    // A mail's fate. The reply is the one that decided it.
    void (*settled)(void *arg, const struct wire_result *result);
    // The end: reply as in session_events.failed, err says why; err->kind is ERR_NONE after a QUIT.
    // Everything is settled by then; the owner calls wire_close.
    void (*closed)(void *arg, const struct reply *reply, const struct err *err);
    void *arg;
};

struct wire *wire_open(struct transport *transport, struct loop *loop,
                       const struct relay_settings *relay, const struct wire_events *events);
void wire_close(struct wire **wire);

// One command at a time until a mail got its answer, whatever the server offers: a server that
// hangs up then does so at the command it chokes on. Before `opened`.
void wire_be_careful(struct wire *wire);

// 0 before `opened`, after wire_quit, and when the relay's messages_per_connection is reached (the
// wire then quits by itself).
int wire_room(const struct wire *wire);

// True from `opened` to the end.
bool wire_is_open(const struct wire *wire);

// The mail may be settled, and the wire closed, before this returns.
// ERR_INPUT: the content cannot be sent; ERR_UNAVAILABLE: larger than the relay's SIZE.
int wire_send(struct wire *wire, const struct wire_mail *mail, struct err *err) MUST_CHECK;

// Says QUIT when all that was given is settled, then `closed`.
void wire_quit(struct wire *wire);

#endif
