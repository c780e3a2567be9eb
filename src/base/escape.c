#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

// Here and below, what needs no escape goes out in one piece: most of a text is such.
void escape_html(const char *text, size_t len, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        const char *entity = entity_of(text[i]);
        if (!entity)
            continue;
        buf_add(out, text + from, i - from);
        buf_adds(out, entity);
        from = i + 1;
    }
    buf_add(out, text + from, len - from);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_unreserved(const char *text, size_t len)
{
    (void)len;
    char c = text[0];
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static bool is_url_byte(const char *text, size_t len)
{
    if (text[0] == '%')
        return len >= 3 && is_hex(text[1]) && is_hex(text[2]);
    return is_unreserved(text, len) || (text[0] && strchr(":/?#[]@!$&'()*+,;=", text[0]));
}

static void escape_percent(const char *text, size_t len, bool (*stays)(const char *, size_t),
                           struct buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (stays(text + i, len - i))
            continue;
        char encoded[] = {'%', hex[c >> 4], hex[c & 15]};
        buf_add(out, text + from, i - from);
        buf_add(out, encoded, sizeof encoded);
        from = i + 1;
    }
    buf_add(out, text + from, len - from);
}

void escape_url(const char *text, size_t len, struct buf *out)
{
    escape_percent(text, len, is_url_byte, out);
}

void escape_url_part(const char *text, size_t len, struct buf *out)
{
    escape_percent(text, len, is_unreserved, out);
}
