#include "sink/data.h"

#include <string.h>

static const char bare_lf[] = "554 5.6.0 bare line feed in the message\r\n";
static const char bare_cr[] = "554 5.6.0 bare carriage return in the message\r\n";
static const char nul[] = "554 5.6.0 NUL in the message\r\n";
static const char too_long[] = "554 5.6.0 a line of more than 1000 octets in the message\r\n";
static const char too_big[] = "552 5.3.4 the message is larger than the SIZE announced\r\n";

void data_begin(struct data_reader *reader, struct buf *body, int64_t max)
{
    reader->body = body;
    reader->size = 0;
    reader->max = max;
    reader->refusal = NULL;
    reader->after_crlf = true;
    reader->held = 0;
    reader->overlong = reader->after_cr = false;
}

// The first fault is the one that is told. A message that will be refused is not kept.
static void refuse(struct data_reader *r, const char *reply)
{
    if (!r->refusal)
        r->refusal = reply;
    if (r->body)
        buf_reset(r->body);
    r->body = NULL;
}

// One line with its line feed. True when it is the end of the data.
static bool take_line(struct data_reader *r, const char *line, size_t len)
{
    bool crlf = len >= 2 && line[len - 2] == '\r';
    if (r->after_crlf && crlf && len == 3 && line[0] == '.')
        return true;
    if (r->after_crlf && line[0] == '.') {
        line++;
        len--;
    }
    if (!crlf)
        refuse(r, bare_lf);
    else if (memchr(line, '\r', len - 2))
        refuse(r, bare_cr);
    if (len > DATA_LINE_MAX)
        refuse(r, too_long);
    r->after_crlf = crlf;
    r->size += (int64_t)len;
    if (r->size > r->max)
        refuse(r, too_big);
    if (r->body) {
        buf_add(r->body, line, len);
        if (buf_is_over(r->body))
            refuse(r, too_big);
    }
    return false;
}

// Keeps the beginning of a line whose end has not come. A line that cannot be held whole is not
// acceptable anyway; only how it ends still matters.
static void hold(struct data_reader *r, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    r->after_cr = bytes[len - 1] == '\r';
    if (!r->overlong && len <= sizeof r->line - r->held) {
        memcpy(r->line + r->held, bytes, len);
        r->held += len;
        return;
    }
    r->overlong = true;
    r->held += len;
    refuse(r, too_long);
}

// The rest of a held line has come, up to its line feed.
static bool take_held(struct data_reader *r, const char *bytes, size_t len)
{
    bool before = r->after_cr;
    hold(r, bytes, len);
    bool end = false;
    if (r->overlong) {
        r->after_crlf = len >= 2 ? bytes[len - 2] == '\r' : before;
        r->size += (int64_t)r->held;
    } else {
        end = take_line(r, r->line, r->held);
    }
    r->held = 0;
    r->overlong = r->after_cr = false;
    return end;
}

size_t data_take(struct data_reader *reader, const char *bytes, size_t len, bool *end)
{
    *end = false;
    size_t at = 0;
    while (at < len && !*end) {
        const char *start = bytes + at;
        const char *lf = memchr(start, '\n', len - at);
        size_t n = lf ? (size_t)(lf - start) + 1 : len - at;
        at += n;
        if (!lf)
            hold(reader, start, n);
        else if (reader->held > 0)
            *end = take_held(reader, start, n);
        else
            *end = take_line(reader, start, n);
    }
    if (!reader->refusal && memchr(bytes, '\0', at))
        refuse(reader, nul);
    return at;
}
