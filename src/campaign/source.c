#include "campaign/source.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

// A file in another encoding is wrong on every line; a handful of places say it as well.
#define SHOWN_MAX 10

#define REPLACEMENT "\xef\xbf\xbd"

struct cleaner {
    const char *file;
    struct findings *findings;
    struct buf *out;
    unsigned line, column;
    size_t faults;
    bool has_odd_end;
};

static bool is_shown(struct cleaner *c)
{
    c->faults++;
    if (c->faults == SHOWN_MAX + 1)
        findings_add(c->findings, FINDING_ERROR, c->file, c->line, c->column, "post.text",
                     "and more like it from here on");
    return c->faults <= SHOWN_MAX;
}

static void bad_byte(struct cleaner *c, unsigned char byte)
{
    if (is_shown(c))
        findings_add(c->findings, FINDING_ERROR, c->file, c->line, c->column, "post.utf8",
                     "the byte 0x%02X is not UTF-8; save the file in the encoding UTF-8",
                     (unsigned)byte);
    buf_adds(c->out, REPLACEMENT);
}

static void bad_character(struct cleaner *c, uint32_t cp)
{
    if (is_shown(c))
        findings_add(c->findings, FINDING_ERROR, c->file, c->line, c->column, "post.control",
                     "the control character U+%04X cannot be sent; delete it", (unsigned)cp);
    buf_adds(c->out, REPLACEMENT);
}

// What ends a line or a page in other programs and would be lost in a mail.
static bool is_odd_line_end(uint32_t cp)
{
    return cp == 0x0b || cp == 0x0c || cp == 0x85 || cp == 0x2028 || cp == 0x2029;
}

static void line_end(struct cleaner *c)
{
    buf_addc(c->out, '\n');
    c->line++;
    c->column = 1;
}

// A new line for the readers; the file's editor may not count it as one, and is told once.
static void odd_line_end(struct cleaner *c, uint32_t cp)
{
    if (!c->has_odd_end)
        findings_add(c->findings, FINDING_WARNING, c->file, c->line, c->column, "post.line-end",
                     "the character U+%04X is taken as the end of a line, also where lines are "
                     "counted; better end the line with the Enter key",
                     (unsigned)cp);
    c->has_odd_end = true;
    line_end(c);
    if (cp == 0x2029) // ends a paragraph
        line_end(c);
}

void source_clean(const char *text, size_t len, const char *file, struct buf *out,
                  struct findings *findings)
{
    struct cleaner c = {.file = file, .findings = findings, .out = out, .line = 1, .column = 1};
    size_t i = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < len) {
        uint32_t cp = 0;
        int n = utf8_next(text + i, len - i, &cp);
        if (n > 0 && (cp == '\n' || cp == '\r')) {
            i += cp == '\r' && i + 1 < len && text[i + 1] == '\n' ? 2 : 1;
            line_end(&c);
            continue;
        }
        if (n > 0 && is_odd_line_end(cp)) {
            i += (size_t)n;
            odd_line_end(&c, cp);
            continue;
        }
        if (n == 0)
            bad_byte(&c, (unsigned char)text[i]);
        else if (utf8_is_control(cp))
            bad_character(&c, cp);
        else
            buf_add(out, text + i, (size_t)n);
        i += n > 0 ? (size_t)n : 1;
        c.column++;
    }
}
