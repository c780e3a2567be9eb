#include "mail/reply.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REPLY_MAX_LINES 100
#define REPLY_MAX_BYTES ((size_t)64 << 10)

void reply_reader_init(struct reply_reader *reader)
{
    reader->now.code = 0;
    reader->now.enhanced[0] = '\0';
    reader->now.text[0] = '\0';
    reader->line_len = reader->lines = reader->bytes = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The length of "5.7.1" at text (RFC 3463 2) when it stands alone, else 0.
static size_t enhanced_length(const char *text, size_t len)
{
    if (len < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5'))
        return 0;
    size_t i = 1;
    for (int part = 0; part < 2; part++) {
        if (i >= len || text[i++] != '.')
            return 0;
        size_t start = i;
        while (i < len && is_digit(text[i]) && i - start < 3)
            i++;
        if (i == start)
            return 0;
    }
    return i == len || is_blank(text[i]) ? i : 0;
}

// Adds one line's text, cleaned, never cutting a character in two.
static void add_text(struct reply *reply, const char *text, size_t len)
{
    size_t at = strlen(reply->text);
    const size_t most = sizeof reply->text - 1;
    if (len == 0 || at + 2 > most)
        return;
    if (at > 0)
        reply->text[at++] = ' ';
    while (len > 0) {
        uint32_t cp = 0;
        int n = utf8_next(text, len, &cp);
        bool bad =
            n <= 0 || (cp != '\t' && utf8_is_control(cp)) || utf8_is_isolate(cp) || cp == '\n';
        size_t step = n > 0 ? (size_t)n : 1, width = bad || cp == '\t' ? 1 : step;
        if (at + width > most)
            break;
        if (bad)
            reply->text[at] = '?';
        else if (cp == '\t')
            reply->text[at] = ' ';
        else
            memcpy(reply->text + at, text, width);
        at += width;
        text += step;
        len -= step;
    }
    reply->text[at] = '\0';
}

// 1: that was the last line, 0: more follow, -1: no reply.
static int take_line(struct reply_reader *r, const char *line, size_t len, struct err *err)
{
    while (len > 0 && (line[len - 1] == '\r' || is_blank(line[len - 1])))
        len--;
    while (len > 0 && (is_blank(*line) || *line == '\r')) {
        line++;
        len--;
    }
    if (len == 0 && r->lines == 0)
        return 0; // some servers put an empty line before a reply
    if (len < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]) ||
        (len > 3 && line[3] != '-' && !is_blank(line[3])))
        return err_set(err, ERR_UNAVAILABLE, "the server sent '%.*s', which is no SMTP reply",
                       (int)(len < 80 ? len : 80), line);
    if (++r->lines > REPLY_MAX_LINES)
        return err_set(err, ERR_UNAVAILABLE, "the server sent a reply of more than %d lines",
                       REPLY_MAX_LINES);
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (code != r->now.code)
        r->now.enhanced[0] = '\0'; // the last line's code counts, not what an earlier one explained
    r->now.code = code;
    bool last = len == 3 || line[3] != '-';
    size_t i = len > 3 ? 4 : 3;
    while (i < len && is_blank(line[i]))
        i++;
    size_t n = enhanced_length(line + i, len - i);
    if (n > 0) {
        memcpy(r->now.enhanced, line + i, n);
        r->now.enhanced[n] = '\0';
        for (i += n; i < len && is_blank(line[i]);)
            i++;
    }
    add_text(&r->now, line + i, len - i);
    return last;
}

// Keeps the beginning of an over-long line; its end decides nothing.
static void keep(struct reply_reader *r, const char *data, size_t len)
{
    size_t room = sizeof r->line - r->line_len;
    if (len > room)
        len = room;
    memcpy(r->line + r->line_len, data, len);
    r->line_len += len;
}

int reply_next(struct reply_reader *reader, const char *data, size_t len, size_t *used,
               struct reply *out, struct err *err)
{
    *used = 0;
    while (*used < len) {
        const char *start = data + *used;
        const char *end = memchr(start, '\n', len - *used);
        size_t n = end ? (size_t)(end - start) : len - *used;
        *used += n + (end ? 1 : 0);
        reader->bytes += n + (end ? 1 : 0);
        if (reader->bytes > REPLY_MAX_BYTES)
            return err_set(err, ERR_UNAVAILABLE, "the server sent a reply of more than %zu bytes",
                           REPLY_MAX_BYTES);
        if (!end || reader->line_len > 0) {
            keep(reader, start, n);
            start = reader->line;
            n = reader->line_len;
        }
        if (!end)
            return 0;
        int rc = take_line(reader, start, n, err);
        reader->line_len = 0;
        if (rc < 0)
            return -1;
        if (rc > 0) {
            *out = reader->now;
            reply_reader_init(reader);
            return 1;
        }
    }
    return 0;
}

void reply_format(const struct reply *reply, char out[REPLY_LINE])
{
    if (reply->code == 0)
        snprintf(out, REPLY_LINE, "no reply");
    else
        snprintf(out, REPLY_LINE, "%d%s%s %s", reply->code % 1000, *reply->enhanced ? " " : "",
                 reply->enhanced, reply->text);
}
