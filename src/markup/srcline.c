#include "markup/srcline.h"

#include <string.h>

// White space beyond ASCII that word processors and web pages leave at the ends of lines.
static const char *const wide_spaces[] = {
    "\xc2\xa0",                                                     // no-break space
    "\xe2\x80\x8b",                                                 // zero width space
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x89", "\xe2\x80\xaf", // en, em, thin, narrow
    "\xef\xbb\xbf",                                                 // byte order mark
    "\xe3\x80\x80",                                                 // ideographic space
};

size_t srcline_space(const char *text, size_t len)
{
    if (len == 0)
        return 0;
    if (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\f')
        return 1;
    if ((unsigned char)text[0] < 0x80)
        return 0;
    for (size_t i = 0; i < sizeof wide_spaces / sizeof *wide_spaces; i++) {
        size_t n = strlen(wide_spaces[i]);
        if (n <= len && memcmp(text, wide_spaces[i], n) == 0)
            return n;
    }
    return 0;
}

static size_t space_before(const char *text, size_t len)
{
    if (len == 0)
        return 0;
    for (size_t n = 1; n <= 3 && n <= len; n++)
        if (srcline_space(text + len - n, n) == n)
            return n;
    return 0;
}

static void set_text(struct srcline *line, const char *text, size_t len)
{
    for (size_t n; (n = srcline_space(text, len)) > 0; text += n, len -= n)
        line->indent = *text == '\t' ? (line->indent | 3) + 1 : line->indent + 1;
    for (size_t n; (n = space_before(text, len)) > 0;)
        len -= n;
    line->text = text;
    line->len = len;
}

struct srcline *srcline_split(struct arena *arena, const char *text, size_t len,
                              unsigned first_line, size_t *count)
{
    size_t n = 1;
    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    struct srcline *lines = arena_alloc(arena, n * sizeof *lines);
    const char *p = text, *end = text + len;
    for (size_t i = 0; i < n; i++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        size_t line_len = (size_t)((eol ? eol : end) - p);
        lines[i].number = first_line + (unsigned)i;
        set_text(&lines[i], p, line_len);
        p += line_len + (eol ? 1 : 0);
    }
    *count = n;
    return lines;
}

bool srcline_is_gap(const struct srcline *line)
{
    return line->len == 0 || line->is_cut;
}

size_t srcline_words(const char *text, size_t len)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < len;) {
        size_t n = srcline_space(text + i, len - i);
        if (n == 0 && !inside)
            words++;
        inside = n == 0;
        i += n > 0 ? n : 1;
    }
    return words;
}
