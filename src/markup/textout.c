#include "markup/textout.h"

#include "base/utf8.h"

#include <string.h>

#define CODE_INDENT "    "

enum {
    PREFIX_MAX = 4096,
    ROOM_MIN = 24
};

void textout_init(struct textout *t, struct buf *out, const struct merge *merge)
{
    *t = (struct textout){.out = out, .merge = merge, .is_fresh = true};
    buf_init(&t->prefix, PREFIX_MAX);
    buf_init(&t->mark, PREFIX_MAX);
}

void textout_deinit(struct textout *t)
{
    buf_deinit(&t->prefix);
    buf_deinit(&t->mark);
}

size_t textout_enter(struct textout *t, const char *first, const char *rest)
{
    size_t before = t->prefix.len;
    if (!t->has_mark) {
        buf_reset(&t->mark);
        buf_add(&t->mark, t->prefix.data, t->prefix.len);
    }
    buf_adds(&t->mark, first);
    t->has_mark = true;
    buf_adds(&t->prefix, rest);
    t->is_fresh = true;
    return before;
}

void textout_leave(struct textout *t, size_t enter)
{
    if (t->has_mark) // an empty item still shows its bullet
        textout_line(t, "", 0);
    t->prefix.len = enter;
    if (t->prefix.cap > 0)
        t->prefix.data[enter] = '\0';
    t->is_fresh = false;
}

static void put_prefix(struct textout *t)
{
    const struct buf *from = t->has_mark ? &t->mark : &t->prefix;
    buf_add(t->out, from->data, from->len);
    t->has_mark = false;
}

static void end_line(struct textout *t)
{
    size_t n = t->out->len;
    while (n > 0 && t->out->data[n - 1] == ' ')
        n--;
    t->out->len = n;
    buf_addc(t->out, '\n');
}

void textout_gap(struct textout *t)
{
    if (!t->is_fresh) {
        put_prefix(t);
        end_line(t);
    }
    t->is_fresh = false;
}

static bool is_mark(char c)
{
    return c >= TEXTOUT_FIXED && c <= TEXTOUT_FI;
}

// The condition at text: its mark and the word behind it. 0 when there is none.
static size_t condition_at(const struct textout *t, const char *text, size_t len, unsigned *value)
{
    if (len < 2 || text[0] != TEXTOUT_IF)
        return 0;
    size_t n = merge_at(t->merge, text + 1, len - 1, value);
    return n > 0 ? n + 1 : 0;
}

// Text between marks, each stretch in its context.
static void put_text(struct textout *t, const char *text, size_t len)
{
    enum slot_context context = SLOT_TEXT;
    size_t from = 0;
    for (size_t i = 0; i <= len; i++) {
        char c = i < len ? text[i] : TEXTOUT_END;
        unsigned value = 0;
        if (!is_mark(c))
            continue;
        merge_write(t->merge, text + from, i - from, context, t->out);
        size_t condition = condition_at(t, text + i, len - i, &value);
        if (condition > 0)
            slot_put(t->out, value, SLOT_IF_URL);
        else if (c == TEXTOUT_FI)
            slot_put(t->out, 0, SLOT_END);
        else if (c == TEXTOUT_FIXED)
            buf_addc(t->out, ' ');
        else
            context = c == TEXTOUT_URL ? SLOT_LINK : SLOT_TEXT;
        i += condition > 0 ? condition - 1 : 0;
        from = i + 1;
    }
}

void textout_line(struct textout *t, const char *text, size_t len)
{
    put_prefix(t);
    put_text(t, text, len);
    end_line(t);
}

void textout_rule(struct textout *t, char c, size_t n)
{
    put_prefix(t);
    for (size_t i = 0; i < n; i++)
        buf_addc(t->out, c);
    end_line(t);
}

size_t textout_room(const struct textout *t)
{
    size_t used = utf8_width(t->prefix.data, t->prefix.len);
    return used + ROOM_MIN < TEXTOUT_COLUMNS ? TEXTOUT_COLUMNS - used : ROOM_MIN;
}

size_t textout_width(const struct textout *t, const char *text, size_t len)
{
    size_t width = 0, from = 0;
    for (size_t i = 0; i <= len; i++) {
        unsigned value = 0;
        if (i < len && !is_mark(text[i]))
            continue;
        width += merge_width(t->merge, text + from, i - from);
        if (i == len)
            break;
        width += text[i] == TEXTOUT_FIXED;
        size_t condition = condition_at(t, text + i, len - i, &value);
        i += condition > 0 ? condition - 1 : 0;
        from = i + 1;
    }
    return width;
}

// --- wrapping ------------------------------------------------------------------------------------

// Scripts that are written without spaces may break between any two characters.
static bool is_ideograph(uint32_t cp)
{
    return (cp >= 0x2E80 && cp <= 0x2FDF) || (cp >= 0x3040 && cp <= 0x9FFF) ||
           (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

// No line begins with one of these.
static bool is_closing(uint32_t cp)
{
    return (cp >= 0x3001 && cp <= 0x3002) || cp == 0x300D || cp == 0x300F || cp == 0x3011 ||
           cp == 0x30FC || (cp >= 0xFF01 && cp <= 0xFF1F) || (cp < 0x80 && cp > ' ') ||
           cp == 0x2019 || cp == 0x201D;
}

// The end of what stays together from `i` on: up to the next space, or a break between ideographs.
static size_t chunk_end(const struct textout *t, const char *text, size_t len, size_t i)
{
    uint32_t before = 0;
    bool in_url = false;
    size_t start = i;
    while (i < len && text[i] != ' ' && text[i] != '\n') {
        uint32_t cp = 0;
        unsigned value = 0;
        size_t n = merge_at(t->merge, text + i, len - i, &value);
        if (n == 0) {
            int bytes = utf8_next(text + i, len - i, &cp);
            n = bytes > 0 ? (size_t)bytes : 1;
        }
        in_url = (in_url || cp == TEXTOUT_URL) && cp != TEXTOUT_END;
        bool may_break = (is_ideograph(cp) && before != 0) || is_ideograph(before);
        if (i > start && may_break && !in_url && !is_closing(cp) && cp > TEXTOUT_FI)
            break;
        before = cp;
        i += n;
    }
    return i;
}

struct wrapping {
    size_t room, column, longest;
    bool is_open; // a line has begun
};

static void close_line(struct textout *t, struct wrapping *w)
{
    if (!w->is_open)
        put_prefix(t);
    end_line(t);
    w->longest = w->column > w->longest ? w->column : w->longest;
    w->column = 0;
    w->is_open = false;
}

static void put_chunk(struct textout *t, struct wrapping *w, const char *text, size_t len,
                      bool after_space)
{
    size_t width = textout_width(t, text, len);
    size_t space = after_space && w->column > 0;
    if (w->column > 0 && w->column + space + width > w->room) {
        close_line(t, w);
        space = 0;
    }
    if (!w->is_open)
        put_prefix(t);
    w->is_open = true;
    if (space)
        buf_addc(t->out, ' ');
    put_text(t, text, len);
    w->column += space + width;
}

size_t textout_wrap(struct textout *t, const char *text, size_t len)
{
    struct wrapping w = {.room = textout_room(t)};
    bool after_space = false;
    for (size_t i = 0; i < len;) {
        if (text[i] == '\n') {
            close_line(t, &w);
            after_space = false;
            i++;
        } else if (text[i] == ' ') {
            after_space = true;
            i++;
        } else {
            size_t end = chunk_end(t, text, len, i);
            put_chunk(t, &w, text + i, end - i, after_space);
            after_space = false;
            i = end;
        }
    }
    if (w.is_open)
        close_line(t, &w);
    return w.longest;
}

// --- code ----------------------------------------------------------------------------------------

// How many bytes fit into the room: up to the last blank, or, in a word without one, to the last
// character. At least one character goes, however small the room.
static size_t code_cut(const struct textout *t, const char *text, size_t len, size_t room)
{
    size_t width = 0, blank = 0, i = 0;
    while (i < len) {
        unsigned value = 0;
        uint32_t cp = 0;
        size_t n = merge_at(t->merge, text + i, len - i, &value);
        if (n == 0) {
            int bytes = utf8_next(text + i, len - i, &cp);
            n = bytes > 0 ? (size_t)bytes : 1;
        }
        width += textout_width(t, text + i, n);
        if (width > room && i > 0)
            return blank > 0 ? blank : i;
        i += n;
        if (text[i - 1] == ' ' && strspn(text, " ") < i) // behind a word
            blank = i;
    }
    return len;
}

void textout_code(struct textout *t, const char *text, size_t len)
{
    size_t n = code_cut(t, text, len, textout_room(t));
    textout_line(t, text, n);
    if (n == len)
        return;
    size_t enter = textout_enter(t, CODE_INDENT, CODE_INDENT);
    while (n < len) {
        size_t more = code_cut(t, text + n, len - n, textout_room(t));
        textout_line(t, text + n, more);
        n += more;
    }
    textout_leave(t, enter);
}
