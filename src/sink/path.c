#include "sink/path.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LOCAL_MAX       64 // RFC 5321 4.5.3.1
#define DOMAIN_MAX      255
#define PATH_MAX_OCTETS 256

static bool is_atext(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>[]:;@\\,\"", c);
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Lengths, 0 when there is none.
static size_t quoted(const char *p, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (p[i] == '"')
            return i + 1;
        if (p[i] == '\\')
            i++;
        if (i >= len || p[i] < ' ' || p[i] == 0x7f)
            return 0;
    }
    return 0;
}

static size_t dot_string(const char *p, size_t len)
{
    size_t n = 0;
    while (n < len && (is_atext(p[n]) && (p[n] != '.' || (n > 0 && p[n - 1] != '.'))))
        n++;
    return n > 0 && p[n - 1] == '.' ? 0 : n;
}

static size_t literal(const char *p, size_t len)
{
    size_t n = 1;
    while (n < len && (is_alnum(p[n]) || p[n] == '.' || p[n] == ':' || p[n] == '-'))
        n++;
    return n > 1 && n < len && p[n] == ']' ? n + 1 : 0;
}

static size_t domain(const char *p, size_t len)
{
    size_t n = 0, label = 0;
    for (; n < len && (is_alnum(p[n]) || p[n] == '-' || p[n] == '.'); n++) {
        bool edge = n == 0 || p[n - 1] == '.';
        if (edge ? !is_alnum(p[n]) : p[n] == '.' && p[n - 1] == '-')
            return 0;
        label = p[n] == '.' ? 0 : label + 1;
        if (label > 63)
            return 0;
    }
    return n > 0 && is_alnum(p[n - 1]) ? n : 0;
}

enum path_kind path_read(const char *text, size_t len, size_t *used)
{
    *used = 0;
    if (len < 2 || text[0] != '<')
        return PATH_BAD;
    if (text[1] == '>') {
        *used = 2;
        return PATH_NULL;
    }
    for (size_t i = 0; i < len && text[i] != '>'; i++)
        if ((unsigned char)text[i] >= 0x80)
            return PATH_NOT_ASCII;
    const char *p = text + 1;
    size_t left = len - 1;
    size_t n = *p == '"' ? quoted(p, left) : dot_string(p, left);
    if (n == 0 || n > LOCAL_MAX || n >= left)
        return PATH_BAD;
    if (n == 10 && p[n] == '>' && strncasecmp(p, "postmaster", 10) == 0) {
        *used = n + 2;
        return PATH_LOCAL;
    }
    if (p[n] != '@')
        return PATH_BAD;
    p += n + 1;
    left -= n + 1;
    size_t d = left > 0 && *p == '[' ? literal(p, left) : domain(p, left);
    if (d == 0 || d > DOMAIN_MAX || d >= left || p[d] != '>' || n + d + 3 > PATH_MAX_OCTETS)
        return PATH_BAD;
    *used = n + d + 3;
    return PATH_ADDRESS;
}
