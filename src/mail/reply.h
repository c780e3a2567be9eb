// NAME
//   reply - an SMTP reply (RFC 5321 4.2), read from bytes as they come
//
// DESCRIPTION
//   reply_next takes bytes in pieces of any size and yields whole replies. Accepted: a code without
//   text, with or without a trailing blank, several lines, bare LF, lines of any length (the text
//   kept is cut at 512 bytes and cleaned of control characters), blanks before the code (SM-02,
//   SM-11). The last line's code counts (SM-03). A reply of more than 100 lines or 64 kB, or a line
//   that is no reply, is a protocol error.
#ifndef MAIL_REPLY_H
#define MAIL_REPLY_H

#include "base/err.h"

#include <stddef.h>

struct reply {
    int code;          // 200-599; 0 for "no reply: the connection was lost"
    char enhanced[16]; // "5.1.1" (RFC 3463), "" when the reply has none
    char text[513];    // lines joined by one blank, without codes
};

struct reply_reader {
    struct reply now; // being read
    char line[1024];
    size_t line_len;
    size_t lines, bytes;
};

void reply_reader_init(struct reply_reader *reader);

// Eats bytes from data; *used says how many. 1: *out is a whole reply (call again with the rest);
// 0: all eaten, more needed; -1: not SMTP.
int reply_next(struct reply_reader *reader, const char *data, size_t len, size_t *used,
               struct reply *out, struct err *err) MUST_CHECK;

#define REPLY_LINE 544

// "550 5.1.1 no such user", for logs and people; "no reply" for code 0.
void reply_format(const struct reply *reply, char out[REPLY_LINE]);

#endif
