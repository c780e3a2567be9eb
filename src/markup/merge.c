#include "markup/merge.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Words are NONCE NUMBER "z" and NONCE is "hx" NUMBER "x": the letter after each number keeps
// digits of the text around from becoming part of it.
#define STEM "hx"
#define STOP 'z'

// A marker holds four digits; the compiler adds values of its own after those of the post.
#define VALUES_MAX      9999
#define VALUES_MAX_POST 1000

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The first number after the greatest that follows the stem anywhere, found in one pass.
static uint64_t free_number(const char *const *all, size_t count)
{
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        for (const char *p = all[i]; p && (p = strstr(p, STEM)); p += 2) {
            uint64_t n = 0;
            int digits = 0;
            for (; digits < 15 && is_digit(p[2 + digits]); digits++)
                n = n * 10 + (uint64_t)(p[2 + digits] - '0');
            if (digits > 0 && n >= next)
                next = n + 1;
        }
    }
    return next;
}

struct merge *merge_new(struct arena *arena, const char *const *all, size_t count)
{
    struct merge *merge = arena_alloc(arena, sizeof *merge);
    merge->arena = arena;
    struct buf nonce;
    buf_init(&nonce, 64);
    buf_addf(&nonce, STEM "%llux", (unsigned long long)free_number(all, count));
    merge->nonce = arena_strdup(arena, nonce.data);
    buf_deinit(&nonce);
    return merge;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool find_value(const struct merge *merge, const char *name, const char *fallback,
                       unsigned *value)
{
    for (size_t i = 0; i < merge->count; i++) {
        if (same(merge->values[i].name, name) && same(merge->values[i].fallback, fallback)) {
            *value = (unsigned)i;
            return true;
        }
    }
    return false;
}

unsigned merge_value(struct merge *merge, const char *name, const char *fallback)
{
    unsigned value = 0;
    if (find_value(merge, name, fallback, &value))
        return value;
    if (merge->count == VALUES_MAX)
        __builtin_trap(); // merge_take stops far earlier; only a caller's loop could come here
    if ((merge->count & (merge->count - 1)) == 0) { // full at 0, 1, 2, 4, 8, …
        struct merge_value *more =
            arena_alloc(merge->arena, (merge->count ? 2 * merge->count : 1) * sizeof *more);
        if (merge->count)
            memcpy(more, merge->values, merge->count * sizeof *more);
        merge->values = more;
    }
    struct merge_value *v = &merge->values[merge->count];
    v->name = arena_strdup(merge->arena, name);
    v->fallback = fallback ? arena_strdup(merge->arena, fallback) : NULL;
    return (unsigned)merge->count++;
}

void merge_word(const struct merge *merge, unsigned value, struct buf *out)
{
    buf_addf(out, "%s%u%c", merge->nonce, value, STOP);
}

size_t merge_at(const struct merge *merge, const char *text, size_t len, unsigned *value)
{
    size_t n = strlen(merge->nonce);
    if (len < n + 2 || text[0] != STEM[0] || memcmp(text, merge->nonce, n) != 0)
        return 0;
    unsigned v = 0;
    size_t i = n;
    for (; i < len && i < n + 4 && is_digit(text[i]); i++)
        v = v * 10 + (unsigned)(text[i] - '0');
    if (i == n || i == len || text[i] != STOP || v >= merge->count)
        return 0;
    *value = v;
    return i + 1;
}

// --- tags ----------------------------------------------------------------------------------------

struct taker {
    struct merge *merge;
    const char *file;
    unsigned line, column;
    struct buf *out;
    struct findings *findings;
};

struct tag {
    const char *name, *fallback;
    size_t name_len, fallback_len;
    bool has_fallback;
};

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
        (*len)--;
}

static bool is_name(const char *name, size_t len)
{
    bool at_start = true;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (c == '.' && !at_start)
            at_start = true;
        else if (c == '_' || (c >= 'a' && c <= 'z') || (is_digit(c) && !at_start))
            at_start = false;
        else
            return false;
    }
    return !at_start;
}

static struct tag tag_split(const char *text, size_t len)
{
    struct tag tag = {.name = text, .name_len = len};
    const char *bar = memchr(text, '|', len);
    if (bar) {
        tag.has_fallback = true;
        tag.name_len = (size_t)(bar - text);
        tag.fallback = bar + 1;
        tag.fallback_len = len - tag.name_len - 1;
        trim(&tag.fallback, &tag.fallback_len);
    }
    trim(&tag.name, &tag.name_len);
    return tag;
}

static void complain(struct taker *t, const char *text, size_t len, const char *what)
{
    enum {
        SHOWN = 60
    };
    size_t n = len > SHOWN ? SHOWN : len;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    findings_add(t->findings, FINDING_ERROR, t->file, t->line, t->column, "merge.syntax",
                 "merge tag \"%.*s%s\" %s", (int)n, text, n < len ? "…" : "", what);
}

// The tag between the braces becomes a word; false when it cannot.
static bool take_tag(struct taker *t, const char *whole, size_t whole_len)
{
    struct tag tag = tag_split(whole + 2, whole_len - 4);
    if (!is_name(tag.name, tag.name_len)) {
        complain(t, whole, whole_len,
                 tag.name_len == 0 ? "has no name: write {{first_name}}, or \\{{ for braces"
                                   : "is not a name in small letters, digits, _ and dots: write "
                                     "{{first_name}} or {{name|friend}}, or \\{{ for braces");
        return false;
    }
    if (tag.has_fallback && memmem(tag.fallback, tag.fallback_len, "{{", 2)) {
        complain(t, whole, whole_len, "has a tag in its default: a default is plain text");
        return false;
    }
    const char *name = arena_strndup(t->merge->arena, tag.name, tag.name_len);
    const char *fallback =
        tag.has_fallback ? arena_strndup(t->merge->arena, tag.fallback, tag.fallback_len) : NULL;
    unsigned value = 0;
    if (!find_value(t->merge, name, fallback, &value)) {
        if (t->merge->count >= VALUES_MAX_POST) {
            complain(t, whole, whole_len, "is one too many: a post holds 1000 different ones");
            return false;
        }
        value = merge_value(t->merge, name, fallback);
        t->merge->values[value].line = t->line;
        t->merge->values[value].column = t->column;
        t->merge->values[value].file = t->file ? arena_strdup(t->merge->arena, t->file) : NULL;
    }
    merge_word(t->merge, value, t->out);
    return true;
}

static void advance(struct taker *t, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n') {
            t->line++;
            t->column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            t->column++;
        }
    }
}

// Handles the "{{" at text and returns how many bytes of the source it used.
static size_t take_braces(struct taker *t, const char *text, size_t len)
{
    const char *eol = memchr(text, '\n', len);
    size_t line_len = eol ? (size_t)(eol - text) : len;
    const char *close = memmem(text + 2, line_len - 2, "}}", 2);
    if (!close) {
        complain(t, text, line_len, "does not end on its line: add }}, or write \\{{ for braces");
        buf_add(t->out, text, line_len);
        return line_len;
    }
    size_t n = (size_t)(close + 2 - text);
    if (!take_tag(t, text, n))
        buf_add(t->out, text, n);
    return n;
}

void merge_take(struct merge *merge, const char *text, size_t len, const char *file,
                unsigned first_line, unsigned first_column, struct buf *out,
                struct findings *findings)
{
    struct taker t = {merge, file, first_line, first_column, out, findings};
    size_t i = 0;
    while (i < len) {
        const char *open = memmem(text + i, len - i, "{{", 2);
        size_t n = open ? (size_t)(open - (text + i)) : len - i;
        bool is_literal = open && n > 0 && open[-1] == '\\';
        buf_add(out, text + i, is_literal ? n - 1 : n);
        advance(&t, text + i, n);
        i += n;
        if (!open)
            break;
        if (is_literal) {
            buf_adds(out, "{{");
            n = 2;
        } else {
            n = take_braces(&t, text + i, len - i);
        }
        advance(&t, text + i, n);
        i += n;
    }
}

// --- writing -------------------------------------------------------------------------------------

// Text between words; a tag that is not the whole of an address is a part of one.
static void write_text(const char *text, size_t len, enum slot_context context, struct buf *out)
{
    struct buf url;
    switch (context) {
    case SLOT_HREF:
        buf_init(&url, 3 * len + 1);
        escape_url(text, len, &url);
        escape_html(url.data, url.len, out);
        buf_deinit(&url);
        break;
    case SLOT_LINK:
        escape_url(text, len, out);
        break;
    case SLOT_HTML:
    case SLOT_ATTR:
        escape_html(text, len, out);
        break;
    default:
        buf_add(out, text, len);
        break;
    }
}

static enum slot_context whole_of(enum slot_context context)
{
    return context == SLOT_HREF   ? SLOT_HREF_WHOLE
           : context == SLOT_LINK ? SLOT_LINK_WHOLE
                                  : context;
}

void merge_write(const struct merge *merge, const char *text, size_t len, enum slot_context context,
                 struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < len;) {
        unsigned value = 0;
        size_t n = merge_at(merge, text + i, len - i, &value);
        if (n == 0) {
            i++;
            continue;
        }
        write_text(text + from, i - from, context, out);
        slot_put(out, value, n == len ? whole_of(context) : context);
        i += n;
        from = i;
    }
    write_text(text + from, len - from, context, out);
}

static const char *stand_in(const struct merge *merge, unsigned value)
{
    const char *fallback = merge->values[value].fallback;
    return fallback ? fallback : "…";
}

void merge_plain(const struct merge *merge, const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len;) {
        unsigned value = 0;
        size_t n = merge_at(merge, text + i, len - i, &value);
        if (n > 0)
            buf_adds(out, stand_in(merge, value));
        else
            buf_addc(out, text[i]);
        i += n > 0 ? n : 1;
    }
}

size_t merge_width(const struct merge *merge, const char *text, size_t len)
{
    size_t width = 0, from = 0, i = 0;
    while (i < len) {
        unsigned value = 0;
        size_t n = merge_at(merge, text + i, len - i, &value);
        if (n == 0) {
            i++;
            continue;
        }
        const char *shown = stand_in(merge, value);
        width += utf8_width(text + from, i - from) + utf8_width(shown, strlen(shown));
        i += n;
        from = i;
    }
    return width + utf8_width(text + from, i - from);
}

bool merge_is_word(const struct merge *merge, const char *text, unsigned *value)
{
    size_t len = strlen(text);
    return len > 0 && merge_at(merge, text, len, value) == len;
}

bool merge_is_own_url(const struct merge *merge, unsigned value)
{
    const char *name = merge->values[value].name;
    return merge_is_url(merge, value) && !strchr(name, '.');
}

bool merge_is_url(const struct merge *merge, unsigned value)
{
    const char *name = merge->values[value].name;
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, "_url") == 0;
}
