#include "mime/qp.h"

#include "base/utf8.h"
#include "mail/slot.h"

#include <stdbool.h>
#include <string.h>

#define LINE 76 // octets, with the "=" of a soft line break

static void put_byte(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    char escaped[3] = {'=', hex[c >> 4], hex[c & 15]};
    buf_add(out, escaped, sizeof escaped);
}

static bool is_plain(unsigned char c)
{
    return (c >= 33 && c <= 126 && c != '=') || c == ' ' || c == '\t';
}

static size_t soft_break(struct buf *out, size_t column)
{
    if (column > 0)
        buf_adds(out, "=\r\n");
    return 0;
}

// Encodes the character at text[0] (n bytes) and returns the column behind it. is_last: a line end
// follows, or nothing.
static size_t put_character(const char *text, size_t n, size_t left, size_t column, bool is_last,
                            struct buf *out)
{
    unsigned char c = (unsigned char)text[0];
    bool plain = n == 1 && is_plain(c) && !(is_last && (c == ' ' || c == '\t'));
    if (column + (plain ? 1 : 3 * n) > LINE - 1)
        column = soft_break(out, column);
    if (column == 0 && (c == '.' || (c == 'F' && left >= 5 && memcmp(text, "From ", 5) == 0)))
        plain = false;
    if (plain) {
        buf_addc(out, (char)c);
        return column + 1;
    }
    for (size_t i = 0; i < n; i++)
        put_byte(out, (unsigned char)text[i]);
    return column + 3 * n;
}

static size_t character_length(const char *text, size_t left)
{
    uint32_t cp;
    int n = utf8_next(text, left, &cp);
    return n ? (size_t)n : 1;
}

// Spans of ordinary characters go out at once: most of a text is such.
static size_t plain_span(const char *text, size_t left, size_t column)
{
    size_t room = column < LINE - 2 ? LINE - 2 - column : 0, n = 0;
    if (column == 0)
        return 0; // the first character of a line has rules of its own
    while (n < left && n < room) {
        unsigned char c = (unsigned char)text[n];
        if (c < 33 || c > 126 || c == '=')
            break;
        n++;
    }
    return n;
}

void qp_encode(const char *text, size_t len, struct buf *out)
{
    size_t column = 0;
    bool is_behind_slot = false;
    for (size_t i = 0; i < len;) {
        unsigned value;
        enum slot_context context;
        size_t marker = slot_get(text + i, len - i, &value, &context);
        if (text[i] == '\n') {
            buf_adds(out, "\r\n");
            column = 0;
            is_behind_slot = false;
            i++;
            continue;
        }
        if (is_behind_slot)
            buf_adds(out, "=\r\n");
        is_behind_slot = false;
        if (marker) {
            column = soft_break(out, column);
            buf_add(out, text + i, marker);
            is_behind_slot = !slot_is_condition(context);
            i += marker;
            continue;
        }
        size_t span = plain_span(text + i, len - i, column);
        if (span > 0) {
            buf_add(out, text + i, span);
            column += span;
            i += span;
            continue;
        }
        size_t n = character_length(text + i, len - i);
        bool is_last = i + n == len || text[i + n] == '\n';
        column = put_character(text + i, n, len - i, column, is_last, out);
        i += n;
    }
}

void qp_value(const char *text, size_t len, struct buf *out)
{
    size_t column = 0;
    for (size_t i = 0; i < len;) {
        size_t span = plain_span(text + i, len - i, column);
        if (span > 0) {
            buf_add(out, text + i, span);
            column += span;
            i += span;
            continue;
        }
        size_t n = character_length(text + i, len - i);
        column = put_character(text + i, n, len - i, column, i + n == len, out);
        i += n;
    }
}
