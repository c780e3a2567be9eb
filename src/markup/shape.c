#include "markup/shape.h"

#include "base/utf8.h"
#include "markup/fold.h"

#include <string.h>

enum {
    HEADING_COLUMNS = 60,
    HEADING_WORDS = 10,
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
    if (cp == '-' || cp == '*' || shape_is_round_bullet(cp))
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

// --- the opening ---------------------------------------------------------------------------------

// Every word begins with a capital (or is a tag, an initial, "de", "van"…): a name.
static bool is_name(const char *text, size_t len)
{
    size_t words = 0;
    for (size_t i = 0; i < len;) {
        size_t space = srcline_space(text + i, len - i);
        if (space > 0) {
            i += space;
            continue;
        }
        uint32_t cp = first_char(text + i, len - i);
        size_t end = i;
        while (end < len && srcline_space(text + end, len - end) == 0)
            end++;
        if (cp != '&' && fold_is_symbol(cp))
            return false;
        if (cp < 0x80 && !fold_is_upper(cp) && end - i > 3 && cp != 'h')
            return false;
        words++;
        i = end;
    }
    return words >= 1 && words <= 5;
}

bool shape_is_byline(const char *text, size_t len)
{
    static const char *const sure[] = {
        "written from the heart by ", "from the heart by ", "written with love by ",
        "written with care by ",      "written by ",        "words by "};
    while (len > 0 && strchr("*_", *text)) {
        text++;
        len--;
    }
    for (size_t i = 0; i < sizeof sure / sizeof *sure; i++) {
        size_t n = strlen(sure[i]);
        if (len > n && len < n + 120 && strncasecmp(text, sure[i], n) == 0)
            return end_mark(text, len) != '?' && srcline_words(text + n, len - n) <= 8;
    }
    if (len < 4 || len > 80 || strncasecmp(text, "by ", 3) != 0)
        return false;
    return !is_sentence_end(end_mark(text, len)) && !is_pause(end_mark(text, len)) &&
           is_name(text + 3, len - 3);
}

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

// Most words that are long enough to matter begin with a capital.
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
            if (fold_is_upper(cp))
                high++;
            else
                low++;
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

bool shape_is_heading(const struct merge *merge, const char *text, size_t len)
{
    unsigned value = 0;
    size_t tag = merge_at(merge, text, len, &value);
    if (len == 0 || len > 4 * HEADING_COLUMNS || tag == len)
        return false;
    uint32_t first = first_char(text, len), end = end_mark(text, len);
    bool is_cased_low = first < 0x80 && first >= 'a' && first <= 'z' && tag == 0;
    bool opens = !fold_is_symbol(first) || first == '"' || first == 0x201C || first == 0x2018 ||
                 first == 0xBF || first == '#' || first >= 0x2600;
    if (is_cased_low || !opens || shape_is_quotation(text, len) || is_greeting(text, len) ||
        has_address(text, len) || memchr(text, '|', len))
        return false;
    if (srcline_words(text, len) > HEADING_WORDS || merge_width(merge, text, len) > HEADING_COLUMNS)
        return false;
    if (end == '?' || end == '!')
        return shape_is_title_case(text, len);
    return !is_sentence_end(end) && !is_pause(end);
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

static uint32_t closing_of(uint32_t open)
{
    switch (open) {
    case '"':
        return '"';
    case 0x201C:
    case 0x201F:
        return 0x201D;
    case 0x201E:
        return 0x201C; // „so“
    case 0x2018:
        return 0x2019;
    case 0xAB:
        return 0xBB;
    case 0x300C:
        return 0x300D;
    default:
        return 0;
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

// Where the last line begins when it is an attribution, else len.
static size_t without_attribution(const char *text, size_t len)
{
    const char *eol = memrchr(text, '\n', len);
    if (!eol)
        return len;
    size_t at = (size_t)(eol - text) + 1;
    return shape_is_attribution(text + at, len - at) ? at - 1 : len;
}

bool shape_is_quotation(const char *text, size_t len)
{
    if (len == 0 || len > QUOTATION_MAX)
        return false;
    len = without_attribution(text, len);
    uint32_t open = first_char(text, len), close = closing_of(open);
    size_t last = 0;
    uint32_t end = last_char(text, len, &last);
    if (last > 0 && end == '.') // ”. with the stop outside
        end = last_char(text, last, &last);
    if (close == 0 || end != close || last == 0)
        return false;
    // One quotation, not two with words between them.
    for (size_t i = 0; i < last;) {
        uint32_t cp = 0;
        int n = utf8_next(text + i, last - i, &cp);
        bool is_apostrophe = close == 0x2019; // ’ inside ‘…’ may be "don’t"
        if (i > 0 && !is_apostrophe && cp == close)
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
