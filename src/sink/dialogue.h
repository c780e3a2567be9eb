// NAME
//   dialogue - one SMTP session from the receiver's side, without a socket
//
// DESCRIPTION
//   Bytes go in, replies come out in `out`. All complete commands of a piece are answered, so that
//   pipelined commands (RFC 2920) get their replies in one write. Every command, and the end of
//   the data as one of them, is answered through one table in dialogue.c.
#ifndef SINK_DIALOGUE_H
#define SINK_DIALOGUE_H

#include "base/buf.h"
#include "mail/maildir.h"
#include "sink/data.h"
#include "sink/sink.h"

#include <stdbool.h>
#include <stddef.h>

#define DIALOGUE_LINE_MAX 1000 // octets of a command line with its line end

// What all dialogues of a receiver share.
struct dialogue_house {
    int64_t max_size;
    struct maildir *maildir; // NULL: count only
    struct sink_counts *counts;
};

// In the order in which a transaction passes them; used as bits in the command table.
enum dialogue_state {
    DIALOGUE_GREETED = 1, // no HELO or EHLO yet
    DIALOGUE_READY = 2,
    DIALOGUE_MAIL = 4, // a sender, no recipients
    DIALOGUE_RCPT = 8,
    DIALOGUE_DATA = 16,
};

struct dialogue {
    const struct dialogue_house *house;
    enum dialogue_state state;
    struct buf line; // a command whose end has not come
    struct buf out;  // replies to be sent; the owner drops what it has sent
    struct buf mail; // trace fields and text, with a Maildir
    struct data_reader data;
    int recipients;
    int errors; // since the last accepted message
    bool over;  // nothing more is read: send `out` and close
};

// Puts the greeting into out.
void dialogue_init(struct dialogue *dialogue, const struct dialogue_house *house);
void dialogue_deinit(struct dialogue *dialogue);

void dialogue_take(struct dialogue *dialogue, const char *bytes, size_t len);

// Says 421 and ends the dialogue.
void dialogue_time_out(struct dialogue *dialogue);

#endif
