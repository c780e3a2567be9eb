#include "markup/shape.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "markup/byline.h"
#include "markup/fold.h"

#include <string.h>

enum {
    HEADING_COLUMNS = 60,
    HEADING_WORDS = 10,
    PHRASE_WORDS = 3,
    CAPS_LETTERS = 4,
    ROLE_COLUMNS = 80,
    WRAP_MIN = 60,
    WRAP_MAX = 80,
    QUOTATION_MAX = 600,
};

static uint32_t first_char(const char *text, size_t len)
{
    uint32_t cp = 0;
    if (len == 0 || utf8_next(text, len, &cp) == 0)
        return 0;
    return cp;
}

// The last character and where it begins.
static uint32_t last_char(const char *text, size_t len, size_t *at)
{
    size_t i = len;
    while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
        i--;
    i = i > 0 ? i - 1 : 0;
    *at = i;
    return first_char(text + i, len - i);
}

static bool is_closing(uint32_t cp)
{
    return cp == '"' || cp == '\'' || cp == ')' || cp == ']' || cp == 0x2019 || cp == 0x201D ||
           cp == 0xBB || cp == '*' || cp == '_' || (cp >= 0x1F000 && cp <= 0x1FAFF) ||
           (cp >= 0x2600 && cp <= 0x27BF) || cp == 0xFE0F;
}

// The mark a line ends with, behind closing quotes, brackets and emoji.
static uint32_t end_mark(const char *text, size_t len)
{
    uint32_t cp = 0;
    while (len > 0) {
        size_t at = 0;
        cp = last_char(text, len, &at);
        if (!is_closing(cp) && cp != ' ')
            return cp;
        len = at;
    }
    return cp;
}

static bool is_sentence_end(uint32_t cp)
{
    return cp == '.' || cp == '!' || cp == '?' || cp == 0x2026 || // …
           cp == 0x964 || cp == 0x965 ||                          // danda
           cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F ||        // 。！？
           cp == 0x61F || cp == 0x6D4;                            // Arabic
}

bool shape_ends_sentence(const char *text, size_t len)
{
    return is_sentence_end(end_mark(text, len));
}

static bool is_pause(uint32_t cp)
{
    return cp == ',' || cp == ';' || cp == ':' || cp == 0x2014 || cp == 0x2013 || cp == '-' ||
           cp == 0x3001 || cp == 0xFF0C || cp == 0xFF1A || cp == 0x60C;
}

// --- bullets -------------------------------------------------------------------------------------

bool shape_is_round_bullet(uint32_t mark)
{
    return mark == 0x2022 || mark == 0x25E6 || mark == 0x25AA || mark == 0x2023 || mark == 0x25CF ||
           mark == 0x25CB || mark == 0xB7 || mark == 0x2043 || mark == 0x25B8 || mark == 0x2219;
}

bool shape_is_dash(uint32_t mark)
{
    return mark == 0x2013 || mark == 0x2014;
}

static bool bullet_after(const struct srcline *line, size_t mark_len, struct bullet *bullet)
{
    size_t at = mark_len;
    for (size_t n; (n = srcline_space(line->text + at, line->len - at)) > 0;)
        at += n;
    if (at == mark_len || at >= line->len)
        return false;
    bullet->skip = at;
    bullet->indent = line->indent;
    return true;
}

bool shape_bullet(const struct srcline *line, struct bullet *bullet)
{
    uint32_t cp = 0;
    int n = line->len > 0 ? utf8_next(line->text, line->len, &cp) : 0;
    if (n == 0)
        return false;
    bullet->number = -1;
    bullet->mark = cp;
    if (cp == '-' || cp == '*' || shape_is_dash(cp) || shape_is_round_bullet(cp))
        return bullet_after(line, (size_t)n, bullet);
    size_t digits = 0;
    int number = 0;
    for (;
         digits < 4 && digits < line->len && line->text[digits] >= '0' && line->text[digits] <= '9';
         digits++)
        number = number * 10 + (line->text[digits] - '0');
    if (digits == 0 || digits > 3 || digits >= line->len)
        return false;
    char delimiter = line->text[digits];
    if (delimiter != '.' && delimiter != ')')
        return false;
    bullet->number = number;
    bullet->mark = (uint32_t)delimiter;
    return bullet_after(line, digits + 1, bullet);
}

// --- titles and headings
// ---------------------------------------------------------------------------------

bool shape_is_role(const struct merge *merge, const char *text, size_t len)
{
    uint32_t end = end_mark(text, len);
    return len > 0 && !is_sentence_end(end) && end != ',' && end != ':' &&
           merge_width(merge, text, len) <= ROLE_COLUMNS && srcline_words(text, len) <= 14;
}

static bool is_greeting(const char *text, size_t len)
{
    static const char *const words[] = {"dear",    "hello",        "hi",           "hey",
                                        "namaste", "good morning", "good evening", "hola",
                                        "bonjour", "greetings"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if (len >= n && strncasecmp(text, words[i], n) == 0 &&
            (len == n || srcline_space(text + n, len - n) > 0))
            return srcline_words(text, len) <= 5;
    }
    return false;
}

// "I", "I'm": always a capital, so that it says nothing.
static bool is_i(const char *text, size_t len)
{
    return text[0] == 'I' && (len == 1 || text[1] == ' ' || text[1] == '\'' || text[1] == '\xe2');
}

bool shape_is_title_case(const char *text, size_t len)
{
    size_t high = 0, low = 0;
    bool inside = false;
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        size_t space = srcline_space(text + i, len - i);
        int n = utf8_next(text + i, len - i, &cp);
        if (space == 0 && !inside && !fold_is_symbol(cp)) {
            inside = true;
            high += fold_is_upper(cp) && !is_i(text + i, len - i);
            low += !fold_is_upper(cp);
        } else if (space > 0) {
            inside = false;
        }
        i += space > 0 ? space : n > 0 ? (size_t)n : 1;
    }
    return high >= 2 && high > low;
}

static bool has_address(const char *text, size_t len)
{
    return memchr(text, '@', len) || memmem(text, len, "://", 3) || memmem(text, len, "www.", 4);
}

// Short enough, begins like a title and is nothing else.
static bool could_head(const struct merge *merge, const char *text, size_t len)
{
    unsigned value = 0;
    size_t tag = merge_at(merge, text, len, &value);
    if (len == 0 || len > 4 * HEADING_COLUMNS || tag == len)
        return false;
    uint32_t first = first_char(text, len);
    bool is_cased_low = first < 0x80 && first >= 'a' && first <= 'z' && tag == 0;
    bool opens = !fold_is_symbol(first) || first == '"' || first == 0x201C || first == 0x2018 ||
                 first == 0xAB || first == 0xBF || first == '#' || first >= 0x2600;
    if (is_cased_low || !opens || is_greeting(text, len) || has_address(text, len) ||
        memchr(text, '|', len) || byline_is_date(text, len) || byline_is_sentence(text, len))
        return false;
    return srcline_words(text, len) <= HEADING_WORDS &&
           merge_width(merge, text, len) <= HEADING_COLUMNS;
}

bool shape_is_heading(const struct merge *merge, const char *text, size_t len)
{
    if (!could_head(merge, text, len) || shape_is_quotation(text, len))
        return false;
    uint32_t end = end_mark(text, len);
    if (end == '?' || end == '!')
        return shape_is_title_case(text, len);
    return !is_sentence_end(end) && !is_pause(end);
}

// How a thought begins, and a section never or not often enough.
static bool begins_thought(const char *text, size_t len)
{
    static const char *const words[] = {"so", "and",  "but",  "not",   "then", "i",        "we",
                                        "he", "she",  "they", "it",    "you",  "because",  "yet",
                                        "or", "no",   "y",    "e",     "pero", "entonces", "así",
                                        "yo", "with", "con",  "until", "i'm",  "i’m",      "love"};
    size_t n = 0;
    while (n < len && text[n] != ' ' && text[n] != ',')
        n++;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strlen(words[i]) == n && strncasecmp(text, words[i], n) == 0)
            return true;
    return false;
}

static bool is_all_caps(const char *text, size_t len)
{
    size_t letters = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 'a' && text[i] <= 'z')
            return false;
        letters += text[i] >= 'A' && text[i] <= 'Z';
    }
    return letters >= CAPS_LETTERS;
}

enum shape_heading shape_heading(const struct merge *merge, const char *text, size_t len)
{
    uint32_t first = first_char(text, len), end = end_mark(text, len);
    size_t words = srcline_words(text, len);
    if (!could_head(merge, text, len))
        return SHAPE_NO_HEADING;
    bool is_title = shape_is_title_case(text, len) || is_all_caps(text, len);
    if (shape_is_quotation(text, len) || end == ':')
        return is_title && words >= PHRASE_WORDS ? SHAPE_PROSE_BELOW : SHAPE_NO_HEADING;
    if (first == 0xBF && end == '?' && words > PHRASE_WORDS)
        return SHAPE_PROSE_BELOW; // Spanish has no capitals for titles
    if (!shape_is_heading(merge, text, len))
        return SHAPE_NO_HEADING;
    if (is_title)
        return SHAPE_TITLE;
    bool has_case = first < 0x80 || fold_is_upper(first);
    bool is_phrase = words >= (has_case ? PHRASE_WORDS : 2) && !begins_thought(text, len);
    return is_phrase ? SHAPE_PHRASE : SHAPE_THOUGHT;
}

// --- ornaments -----------------------------------------------------------------------------------

bool shape_is_rule(const char *text, size_t len)
{
    uint32_t mark = 0;
    size_t marks = 0;
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        size_t space = srcline_space(text + i, len - i);
        int n = utf8_next(text + i, len - i, &cp);
        if (space > 0 || n == 0) {
            i += space > 0 ? space : 1;
            continue;
        }
        if (marks > 0 && cp != mark)
            return false;
        if (!(cp < 0x80 && strchr("*-_~=#+.", (int)cp)) && !(cp >= 0x2010 && cp <= 0x27BF) &&
            cp != 0xB7)
            return false;
        mark = cp;
        marks++;
        i += (size_t)n;
    }
    bool is_alone = mark >= 0x2042 && mark != 0x2044;
    return marks >= 3 || (is_alone && marks >= 1) || (mark == '-' && marks == 2);
}

int shape_underline(const char *text, size_t len)
{
    if (len < 3 || (text[0] != '=' && text[0] != '-'))
        return 0;
    for (size_t i = 1; i < len; i++)
        if (text[i] != text[0])
            return 0;
    return text[0] == '=' ? 1 : 2;
}

// --- quotations ----------------------------------------------------------------------------------

// Whether a quotation that begins with `open` may end with `close`, in some language.
static bool closes(uint32_t open, uint32_t close)
{
    switch (open) {
    case '"':
        return close == '"';
    case 0x201C: // “English”
    case 0x201F:
    case 0x201D: // ”svenska”
        return close == 0x201D;
    case 0x201E: // „deutsch“, „polski”
        return close == 0x201C || close == 0x201D;
    case 0x2018:
        return close == 0x2019;
    case 0xAB: // «español»
        return close == 0xBB;
    case 0xBB: // »dansk«
        return close == 0xAB;
    case 0x300C:
        return close == 0x300D;
    default:
        return false;
    }
}

bool shape_is_attribution(const char *text, size_t len)
{
    uint32_t first = first_char(text, len);
    bool is_dash = first == 0x2014 || first == 0x2013 || first == 0x2015 ||
                   (first == '-' && len > 1 &&
                    (text[1] == '-' || text[1] == ' ' || fold_is_upper((unsigned char)text[1])));
    return is_dash && len < 160 && srcline_words(text, len) <= 10;
}

// Where the quotation ends: before a last line, or the end of a line, that says whose it is.
static size_t without_attribution(const char *text, size_t len)
{
    const char *eol = memrchr(text, '\n', len);
    size_t at = eol ? (size_t)(eol - text) + 1 : 0;
    if (eol && shape_is_attribution(text + at, len - at))
        return at - 1;
    for (size_t i = len; i > 1; i--)
        if (text[i - 1] == ' ' && shape_is_attribution(text + i, len - i)) {
            size_t before = 0;
            uint32_t cp = last_char(text, i - 1, &before);
            if (cp == '"' || cp == 0x201D || cp == 0x201C || cp == 0xBB || cp == 0xAB)
                return i - 1;
        }
    return len;
}

bool shape_is_quotation(const char *text, size_t len)
{
    if (len == 0 || len > QUOTATION_MAX)
        return false;
    len = without_attribution(text, len);
    uint32_t open = first_char(text, len);
    size_t last = 0;
    uint32_t end = last_char(text, len, &last);
    if (last > 0 && end == '.') // ”. with the stop outside
        end = last_char(text, last, &last);
    if (!closes(open, end) || last == 0)
        return false;
    // One quotation, not two with words between them.
    for (size_t i = 0; i < last;) {
        uint32_t cp = 0;
        int n = utf8_next(text + i, last - i, &cp);
        bool is_apostrophe = end == 0x2019; // ’ inside ‘…’ may be "don’t"
        if (i > 0 && !is_apostrophe && cp == end)
            return false;
        i += n > 0 ? (size_t)n : 1;
    }
    return true;
}

// --- wrapping ------------------------------------------------------------------------------------

bool shape_is_wrapped(const struct merge *merge, const struct srcline *lines, size_t count)
{
    if (count < 3)
        return false;
    size_t ends = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        size_t width = merge_width(merge, lines[i].text, lines[i].len);
        if (width < WRAP_MIN || width > WRAP_MAX)
            return false;
        ends += is_sentence_end(end_mark(lines[i].text, lines[i].len));
    }
    return 2 * ends < count - 1;
}
