#include "markup/fold.h"

#include "base/utf8.h"
#include "markup/srcline.h"

#include <string.h>

uint32_t fold_lower(uint32_t cp)
{
    if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7))
        return cp + 32;
    if (cp == 0x178)
        return 0xFF;
    if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
        return cp + (cp & 1); // in these two runs capitals are odd
    if (cp >= 0x100 && cp <= 0x177)
        return cp | 1;
    if (cp >= 0x391 && cp <= 0x3A9)
        return cp + 32;
    if (cp >= 0x410 && cp <= 0x42F)
        return cp + 32;
    if (cp >= 0x400 && cp <= 0x40F)
        return cp + 80;
    return cp;
}

bool fold_is_upper(uint32_t cp)
{
    return fold_lower(cp) != cp;
}

bool fold_is_symbol(uint32_t cp)
{
    if (cp < 0x80)
        return !((cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z'));
    if (cp <= 0xBF)
        return cp != 0xAA && cp != 0xB5 && cp != 0xBA;
    return cp == 0xD7 || cp == 0xF7 || (cp >= 0x2000 && cp <= 0x2BFF) ||
           (cp >= 0x3000 && cp <= 0x3004) || (cp >= 0x3008 && cp <= 0x3020) ||
           (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0xFEFF || (cp >= 0xFF01 && cp <= 0xFF0F) ||
           (cp >= 0x1F000 && cp <= 0x1FAFF);
}

// Quotes and dashes have many shapes; a person who types a title knows one.
static uint32_t plain_shape(uint32_t cp)
{
    switch (cp) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0xB4:
    case '`':
        return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0xAB:
    case 0xBB:
        return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';
    default:
        return fold_lower(cp);
    }
}

void fold_text(const char *text, size_t len, struct buf *out)
{
    size_t start = out->len, keep = out->len; // keep: the end of the last letter or digit
    bool space = false;
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        int n = utf8_next(text + i, len - i, &cp);
        size_t blank = srcline_space(text + i, len - i);
        if (n == 0)
            n = 1;
        i += blank > 0 ? blank : (size_t)n;
        if (blank > 0 || text[i - 1] == '\n') {
            space = true;
            continue;
        }
        bool is_symbol = fold_is_symbol(cp);
        if (is_symbol && out->len == start)
            continue;
        char bytes[4];
        int put = utf8_put(plain_shape(cp), bytes);
        if (space && out->len > start)
            buf_addc(out, ' ');
        space = false;
        buf_add(out, bytes, (size_t)put);
        if (!is_symbol)
            keep = out->len;
    }
    if (out->len > keep) {
        out->len = keep;
        out->data[keep] = '\0';
    }
}

bool fold_is_one_of(const char *text, size_t len, const char *const *list)
{
    if (!list || len > 1000)
        return false;
    struct buf a, b;
    buf_init(&a, 8000);
    buf_init(&b, 8000);
    fold_text(text, len, &a);
    bool found = false;
    for (; *list && !found && a.len > 0; list++) {
        buf_reset(&b);
        fold_text(*list, strlen(*list), &b);
        found = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    }
    buf_deinit(&a);
    buf_deinit(&b);
    return found;
}
