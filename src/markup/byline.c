#include "markup/byline.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "markup/dateline.h"
#include "markup/fold.h"
#include "markup/srcline.h"

#include <string.h>

enum {
    LINE_BYTES = 200,
    NAME_WORDS = 5,
    ROLE_WORDS = 8,
};

enum head_kind {
    HEAD_SURE,  // whatever follows
    HEAD_NAME,  // when a name follows
    HEAD_SHORT, // when a name follows, and no sentence goes on behind it
    HEAD_COLON  // when a colon follows, and a name
};

struct head {
    enum head_kind kind;
    const char *text;
};

static const struct head heads[] = {
    {HEAD_SURE, "written from the heart by"},
    {HEAD_SURE, "escrito desde el corazón por"},
    {HEAD_NAME, "from the heart by"},
    {HEAD_NAME, "written with love by"},
    {HEAD_NAME, "written with care by"},
    {HEAD_NAME, "written by"},
    {HEAD_NAME, "words by"},
    {HEAD_NAME, "posted by"},
    {HEAD_NAME, "published by"},
    {HEAD_NAME, "escrito por"},
    {HEAD_NAME, "escrito con amor por"},
    {HEAD_NAME, "publicado por"},
    {HEAD_SHORT, "by"},
    {HEAD_SHORT, "por"},
    {HEAD_COLON, "author"},
    {HEAD_COLON, "autor"},
    {HEAD_COLON, "autora"},
    {HEAD_COLON, "दिल से लिखा"},
};

struct piece {
    const char *text;
    size_t len;
};

static struct piece trimmed(const char *text, size_t len)
{
    for (size_t n; (n = srcline_space(text, len)) > 0;) {
        text += n;
        len -= n;
    }
    while (len > 0 && strchr(" \t*_", text[len - 1]))
        len--;
    return (struct piece){text, len};
}

// "0 comments", as a page says it behind the date.
static bool is_comment_count(struct piece p)
{
    static const char *const words[] = {" comments", " comment", " comentarios"};
    size_t n = 0;
    while (n < p.len && p.text[n] >= '0' && p.text[n] <= '9')
        n++;
    for (size_t i = 0; i < COUNT_OF(words) && n > 0; i++)
        if (strlen(words[i]) == p.len - n && strncasecmp(p.text + n, words[i], p.len - n) == 0)
            return true;
    return p.len == 11 && strncasecmp(p.text, "no comments", 11) == 0;
}

static bool is_when(struct piece p)
{
    return is_comment_count(p) || dateline_is_date(p.text, p.len) ||
           dateline_is_reading_time(p.text, p.len);
}

// The bytes of a mark that parts a line at text, 0 when there is none.
static size_t part_mark(const char *text, size_t len)
{
    static const char *const marks[] = {"|", "·", "•", "–", "—", ",", " - ", " on ", " el "};
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        size_t n = strlen(marks[i]);
        if (len > n && memcmp(text, marks[i], n) == 0)
            return n;
    }
    return 0;
}

// Takes dates and reading times off the end.
static struct piece without_when(struct piece p)
{
    for (size_t i = p.len; i > 0; i--) {
        size_t n = part_mark(p.text + i - 1, p.len - i + 1);
        if (n == 0)
            continue;
        if (!is_when(trimmed(p.text + i - 1 + n, p.len - i + 1 - n)))
            continue;
        p = trimmed(p.text, i - 1);
        i = p.len + 1;
    }
    return p;
}

bool byline_is_date(const char *text, size_t len)
{
    return len > 0 && len <= LINE_BYTES && is_when(without_when(trimmed(text, len)));
}

// "November 7, 2025 by …": what begins with "by".
static struct piece without_date_before(struct piece p)
{
    static const char *const words[] = {" by ", " por ", "|", "·"};
    for (size_t k = 0; k < COUNT_OF(words); k++) {
        const char *at = p.len > 0 ? memmem(p.text, p.len, words[k], strlen(words[k])) : NULL;
        if (!at || !is_when(trimmed(p.text, (size_t)(at - p.text))))
            continue;
        size_t skip = words[k][0] == ' ' ? 0 : strlen(words[k]);
        return trimmed(at + skip, p.len - (size_t)(at - p.text) - skip);
    }
    return p;
}

// --- names ---------------------------------------------------------------------------------------

// A merge tag's word: small letters and digits.
static bool is_tag(const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (word[i] >= '0' && word[i] <= '9')
            return word[0] == 'h';
    return false;
}

static bool is_name_word(const char *word, size_t len, bool is_first)
{
    static const char *const others[] = {"The", "A", "An", "My", "Our", "Your", "El", "La", "Mi"};
    uint32_t cp = 0;
    size_t bare = len;
    while (bare > 0 && strchr(",.:;", word[bare - 1]))
        bare--;
    if (utf8_next(word, len, &cp) == 0 || dateline_is_calendar_word(word, bare))
        return false;
    for (size_t i = 0; is_first && i < COUNT_OF(others); i++)
        if (strlen(others[i]) == bare && memcmp(others[i], word, bare) == 0)
            return false;
    if (cp != '&' && fold_is_symbol(cp))
        return false;
    bool is_low = cp < 0x80 && !fold_is_upper(cp) && cp != '&' && !is_tag(word, len);
    return !is_low || (!is_first && len <= 3); // "de", "van"
}

static bool is_name(struct piece p)
{
    size_t words = 0;
    for (size_t i = 0; i < p.len;) {
        size_t space = srcline_space(p.text + i, p.len - i);
        size_t end = i;
        while (space == 0 && end < p.len && srcline_space(p.text + end, p.len - end) == 0)
            end++;
        if (space == 0 && !is_name_word(p.text + i, end - i, words == 0))
            return false;
        words += space == 0;
        i = space > 0 ? i + space : end;
    }
    return words >= 1 && words <= NAME_WORDS;
}

// The bytes of the mark between a name and what a page says beside it; 0 when there is none.
static size_t bar_mark(const char *text, size_t len)
{
    static const char *const marks[] = {"|", "·", "•"};
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (len >= strlen(marks[i]) && memcmp(text, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

// "Asha Verma", "Asha Verma | Life Coach", "Asha Verma · November 25, 2026 · Healing".
static bool is_named(struct piece p, enum head_kind kind)
{
    struct piece name = p;
    size_t bar = 0, mark = 0;
    while (bar < p.len && (mark = bar_mark(p.text + bar, p.len - bar)) == 0)
        bar++;
    if (bar < p.len) {
        name = trimmed(p.text, bar);
        if (srcline_words(p.text + bar + mark, p.len - bar - mark) > ROLE_WORDS)
            return false;
    }
    if (kind == HEAD_SHORT && p.len > 0 && strchr(".!,;:", p.text[p.len - 1]))
        return false;
    return is_name(name);
}

// --- the line ------------------------------------------------------------------------------------

// What stands behind a head; empty when it is not there.
static struct piece after_head(struct piece p, const struct head *head)
{
    size_t n = strlen(head->text);
    struct piece none = {p.text, 0};
    if (p.len <= n + 1 || strncasecmp(p.text, head->text, n) != 0)
        return none;
    bool has_colon = p.text[n] == ':';
    if (!has_colon && (head->kind == HEAD_COLON || srcline_space(p.text + n, p.len - n) == 0))
        return none;
    return trimmed(p.text + n + has_colon, p.len - n - has_colon);
}

bool byline_is_one(const char *text, size_t len)
{
    while (len > 0 && strchr("*_", *text)) {
        text++;
        len--;
    }
    if (len < 4 || len > LINE_BYTES)
        return false;
    struct piece p = without_date_before(without_when(trimmed(text, len)));
    if (p.len == 0 || p.text[p.len - 1] == '?')
        return false;
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct piece rest = after_head(p, &heads[i]);
        if (rest.len == 0)
            continue;
        if (heads[i].kind == HEAD_SURE ? srcline_words(rest.text, rest.len) <= ROLE_WORDS
                                       : is_named(rest, heads[i].kind))
            return true;
    }
    return false;
}

bool byline_is_sentence(const char *text, size_t len)
{
    struct piece p = trimmed(text, len);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct piece rest = after_head(p, &heads[i]);
        if (rest.len == 0 || heads[i].kind == HEAD_COLON)
            continue;
        if (heads[i].kind == HEAD_SHORT)
            return dateline_is_calendar_word(rest.text, rest.len);
        return *rest.text >= 'a' && *rest.text <= 'z' && !is_tag(rest.text, rest.len);
    }
    return false;
}
