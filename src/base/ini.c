#include "base/ini.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// inih 55 as Debian builds it reads lines into 200 bytes, cuts them silently, ends a value at " ;",
// and tells no line number. So it is fed with lines of our own making: a value goes in as pieces of
// at most PIECE bytes in which every byte but letters and digits is "%XX", one "name = piece" line
// each, and the handler joins them. inih still decides what is a section, a name and a value.
#define PIECE          120
#define NAME_MAX_BYTES 48 // inih: MAX_SECTION and MAX_NAME are 50, with the NUL
_Static_assert(INI_VALUE_MAX == 8192, "a message below says the number");

struct source {
    const char *text, *end; // what is left of the text
    const char *where;
    unsigned line; // number of the line that is read next
    ini_each *handler;
    void *arg;
    struct err *err;
    bool has_failed;

    // the setting that is being fed
    char name[NAME_MAX_BYTES + 1];
    char section[NAME_MAX_BYTES + 1];
    unsigned item_line, item_column;
    struct buf value; // raw
    size_t fed;       // bytes of value that went into pieces
    bool is_feeding;
    struct buf received; // joined by the handler
    bool is_last;
};

static int fail(struct source *s, unsigned line, const char *what)
{
    s->has_failed = true;
    return err_set(s->err, ERR_CONFIG, "%s:%u: %s", s->where, line, what);
}

// --- lines ---------------------------------------------------------------------------------------

struct text_line {
    const char *start, *end; // without the line end and blanks behind
    unsigned number;
    bool is_indented;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

// The next line of the file, or false at its end.
static bool next_line(struct source *s, struct text_line *line)
{
    if (s->text >= s->end)
        return false;
    const char *lf = memchr(s->text, '\n', (size_t)(s->end - s->text));
    line->start = s->text;
    line->end = lf ? lf : s->end;
    s->text = lf ? lf + 1 : s->end;
    line->number = s->line++;
    if (line->end > line->start && line->end[-1] == '\r')
        line->end--;
    while (line->end > line->start && is_blank(line->end[-1]))
        line->end--;
    const char *first = line->start;
    while (first < line->end && is_blank(*first))
        first++;
    line->is_indented = first > line->start;
    line->start = first;
    return true;
}

static const char *bad_text(const struct text_line *line)
{
    for (const char *p = line->start; p < line->end;) {
        uint32_t cp;
        int n = utf8_next(p, (size_t)(line->end - p), &cp);
        if (n == 0)
            return "not UTF-8";
        if (utf8_is_control(cp))
            return "a control character";
        p += n;
    }
    return NULL;
}

static bool is_empty(const struct text_line *line)
{
    return line->start == line->end || *line->start == ';' || *line->start == '#';
}

// --- feeding -------------------------------------------------------------------------------------

static int feed_section(struct source *s, const struct text_line *line, char *out, int size)
{
    const char *close = memchr(line->start, ']', (size_t)(line->end - line->start));
    if (!close || close + 1 != line->end)
        return fail(s, line->number, "a section is written [name], alone on its line");
    size_t n = (size_t)(close - line->start - 1);
    if (n == 0 || n > NAME_MAX_BYTES)
        return fail(s, line->number, "a section's name has 1 to 48 bytes");
    if (memchr(line->start, ';', n)) // inih may take what follows for a comment
        return fail(s, line->number, "a section's name has no ;");
    memcpy(s->section, line->start + 1, n);
    s->section[n] = '\0';
    snprintf(out, (size_t)size, "[%s]\n", s->section);
    // inih is silent about a section until its first setting, and for ever about an empty one.
    struct ini_item head = {.section = s->section,
                            .name = "",
                            .value = "",
                            .where = s->where,
                            .line = line->number,
                            .column = 1};
    s->has_failed = s->handler(s->arg, &head, s->err) != 0;
    return s->has_failed ? -1 : 0;
}

// Puts the value's text, with its continuation lines, into s->value.
static int collect_value(struct source *s, const char *start, const struct text_line *line)
{
    buf_reset(&s->value);
    buf_add(&s->value, start, (size_t)(line->end - start));
    for (;;) {
        const char *here = s->text;
        struct text_line more;
        if (!next_line(s, &more))
            break;
        if (!more.is_indented || more.start == more.end) {
            s->text = here;
            s->line = more.number;
            break;
        }
        const char *bad = bad_text(&more);
        if (bad)
            return fail(s, more.number, bad);
        if (s->value.len)
            buf_addc(&s->value, '\n');
        buf_add(&s->value, more.start, (size_t)(more.end - more.start));
    }
    if (buf_is_over(&s->value))
        return fail(s, line->number, "the value is longer than 8192 bytes");
    return 0;
}

static unsigned column_of(const struct text_line *line, const char *at)
{
    unsigned column = 1;
    for (const char *p = line->start; p < at; p++)
        column += (*p & 0xc0) != 0x80;
    return column;
}

static int begin_item(struct source *s, const struct text_line *line)
{
    const char *sep = line->start;
    while (sep < line->end && *sep != '=' && *sep != ':')
        sep++;
    if (sep == line->end)
        return fail(s, line->number, "this is neither [section], name = value, nor a comment");
    size_t n = (size_t)(sep - line->start);
    while (n > 0 && is_blank(line->start[n - 1]))
        n--;
    if (n == 0)
        return fail(s, line->number, "there is no name before the sign");
    if (n > NAME_MAX_BYTES)
        return fail(s, line->number, "the name is longer than 48 bytes");
    if (memchr(line->start, ';', n) || memchr(line->start, ' ', n) || memchr(line->start, '\t', n))
        return fail(s, line->number, "a name is one word");
    memcpy(s->name, line->start, n);
    s->name[n] = '\0';
    const char *value = sep + 1;
    while (value < line->end && is_blank(*value))
        value++;
    s->item_line = line->number;
    s->item_column = column_of(line, value);
    if (collect_value(s, value, line) != 0)
        return -1;
    s->fed = 0;
    s->is_feeding = true;
    buf_reset(&s->received);
    return 0;
}

static void feed_piece(struct source *s, char *out, int size)
{
    static const char hex[] = "0123456789ABCDEF";
    char piece[PIECE + 4];
    size_t n = 0;
    while (s->fed < s->value.len && n + 3 <= PIECE) {
        unsigned char c = (unsigned char)s->value.data[s->fed++];
        if (isalnum(c)) {
            piece[n++] = (char)c;
        } else {
            piece[n++] = '%';
            piece[n++] = hex[c >> 4];
            piece[n++] = hex[c & 15];
        }
    }
    piece[n] = '\0';
    s->is_last = s->fed == s->value.len;
    s->is_feeding = !s->is_last;
    snprintf(out, (size_t)size, "%s=%s\n", s->name, piece);
}

// inih's reader: fgets that hands out our lines.
static char *reader(char *out, int size, void *stream)
{
    struct source *s = stream;
    struct text_line line;
    if (s->has_failed)
        return NULL;
    if (s->is_feeding) {
        feed_piece(s, out, size);
        return out;
    }
    do {
        if (!next_line(s, &line))
            return NULL;
        const char *bad = bad_text(&line);
        if (bad) {
            fail(s, line.number, bad);
            return NULL;
        }
    } while (is_empty(&line));
    if (line.is_indented) {
        fail(s, line.number, "an indented line continues a value, but there is none above it");
        return NULL;
    }
    if (*line.start == '[')
        return feed_section(s, &line, out, size) == 0 ? out : NULL;
    if (begin_item(s, &line) != 0)
        return NULL;
    feed_piece(s, out, size);
    return out;
}

// --- receiving -----------------------------------------------------------------------------------

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

// inih's handler: 1 goes on, 0 is an error.
static int receive(void *user, const char *section, const char *name, const char *piece)
{
    struct source *s = user;
    if (s->has_failed)
        return 0;
    for (const char *p = piece; *p; p++) {
        if (*p == '%') {
            buf_addc(&s->received, (char)(digit(p[1]) << 4 | digit(p[2])));
            p += 2;
        } else {
            buf_addc(&s->received, *p);
        }
    }
    if (!s->is_last)
        return 1;
    struct ini_item item = {.section = section,
                            .name = name,
                            .value = s->received.data,
                            .where = s->where,
                            .line = s->item_line,
                            .column = s->item_column};
    if (s->received.len != s->value.len || strcmp(name, s->name) != 0 ||
        strcmp(section, s->section) != 0) {
        fail(s, s->item_line, "this setting was not read whole");
        return 0;
    }
    if (s->handler(s->arg, &item, s->err) == 0)
        return 1;
    s->has_failed = true;
    return 0;
}

int ini_read(const char *text, size_t len, const char *where, unsigned first_line,
             ini_each *handler, void *arg, struct err *err)
{
    struct source s = {.text = text,
                       .end = text + len,
                       .where = where,
                       .line = first_line,
                       .handler = handler,
                       .arg = arg,
                       .err = err};
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        s.text += 3;
    buf_init(&s.value, INI_VALUE_MAX);
    buf_init(&s.received, INI_VALUE_MAX);
    int line = ini_parse_stream(reader, &s, receive, &s);
    if (line != 0 && !s.has_failed)
        fail(&s, s.line ? s.line - 1 : 0, "this line cannot be read");
    buf_deinit(&s.value);
    buf_deinit(&s.received);
    return s.has_failed ? -1 : 0;
}
