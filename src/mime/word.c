#include "mime/word.h"

#include "base/encode.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

#define WORD_MAX 75 // octets of an encoded-word
#define LINE_MAX 76 // octets of a line that holds one
#define FOLD_AT  78
#define WRAPPER  12  // "=?utf-8?Q?" and "?="
#define RUN_MAX  900 // octets of ASCII without a blank that are left alone
#define CLUSTER  48  // octets of what is drawn together: fits behind any field name of ours
#define ZWJ      0x200d

enum charset {
    TEXT,
    PHRASE
};

static bool q_is_raw(unsigned char c, enum charset set)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return true;
    if (set == PHRASE)
        return c != 0 && strchr("!*+-/", c) != NULL;
    return c > 32 && c < 127 && c != '=' && c != '?' && c != '_';
}

static size_t q_size(const char *text, size_t len, enum charset set)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += text[i] == ' ' || q_is_raw((unsigned char)text[i], set) ? 1 : 3;
    return n;
}

static size_t b_size(size_t len)
{
    return (len + 2) / 3 * 4;
}

static bool is_flag_half(uint32_t cp)
{
    return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

// Bytes of the character at text together with what is drawn with it: marks, joined emoji, the
// other half of a flag. A run without end is cut at `max`, so that a word can always hold it.
static size_t cluster(const char *text, size_t len, size_t max)
{
    size_t n = 0, halves = 0;
    bool is_joined = false;
    while (n < len) {
        uint32_t cp = 0;
        int k = utf8_next(text + n, len - n, &cp);
        size_t step = k ? (size_t)k : 1;
        bool belongs = k && (is_joined || utf8_char_width(cp) == 0 ||
                             (halves == 1 && n == 4 && is_flag_half(cp)));
        if (n > 0 && (!belongs || n + step > max))
            break;
        halves += is_flag_half(cp);
        is_joined = cp == ZWJ;
        n += step;
    }
    return n;
}

static void put_q(const char *text, size_t len, enum charset set, struct buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == ' ') {
            buf_addc(out, '_');
        } else if (q_is_raw(c, set)) {
            buf_addc(out, (char)c);
        } else {
            buf_addc(out, '=');
            buf_addc(out, hex[c >> 4]);
            buf_addc(out, hex[c & 15]);
        }
    }
}

static size_t fold(struct buf *out)
{
    buf_adds(out, "\r\n ");
    return 1;
}

// How many bytes of text go into an encoded-word of at most `room` octets.
static size_t fit(const char *text, size_t len, size_t room, enum charset set, bool use_q)
{
    size_t cluster_max = use_q ? CLUSTER / 3 : CLUSTER / 4 * 3;
    size_t take = 0, size = 0;
    while (take < len) {
        size_t n = cluster(text + take, len - take, cluster_max);
        size = use_q ? size + q_size(text + take, n, set) : b_size(take + n);
        if (size + WRAPPER > room)
            break;
        take += n;
    }
    return take;
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] > 126)
            return false;
    return true;
}

// Encoded-words on as many lines as it takes; returns the column.
static size_t put_words(const char *text, size_t len, size_t column, enum charset set,
                        struct buf *out)
{
    bool use_q = is_ascii(text, len) || q_size(text, len, set) <= b_size(len);
    for (size_t at = 0; at < len;) {
        size_t left = column < LINE_MAX ? LINE_MAX - column : 0;
        size_t take = fit(text + at, len - at, left < WORD_MAX ? left : WORD_MAX, set, use_q);
        if (take > 0) {
            size_t begin = out->len;
            buf_adds(out, use_q ? "=?utf-8?Q?" : "=?utf-8?B?");
            if (use_q)
                put_q(text + at, take, set, out);
            else
                encode_base64(text + at, take, out);
            buf_adds(out, "?=");
            column += out->len - begin;
            at += take;
        }
        if (at < len)
            column = fold(out);
    }
    return column;
}

// ASCII without anything that needs encoding.
static bool is_plain(const char *text, size_t len)
{
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c > 126)
            return false;
        run = c == ' ' ? 0 : run + 1;
        if (run > RUN_MAX || (c == '=' && i + 1 < len && text[i + 1] == '?'))
            return false;
    }
    // A blank at either end would not survive.
    return len == 0 || (text[0] != ' ' && text[len - 1] != ' ');
}

// Raw ASCII, folded before blanks that are followed by something.
static size_t put_folded(const char *text, size_t len, size_t column, struct buf *out)
{
    for (size_t i = 0; i < len;) {
        size_t blanks = 0, word = 0;
        while (i + blanks < len && text[i + blanks] == ' ')
            blanks++;
        while (i + blanks + word < len && text[i + blanks + word] != ' ')
            word++;
        if (blanks > 0 && column > 1 && column + blanks + word > FOLD_AT) {
            buf_adds(out, "\r\n");
            column = 0;
        }
        buf_add(out, text + i, blanks + word);
        column += blanks + word;
        i += blanks + word;
    }
    return column;
}

void word_text(const char *text, size_t len, size_t column, struct buf *out)
{
    if (is_plain(text, len))
        put_folded(text, len, column, out);
    else
        put_words(text, len, column, TEXT, out);
}

static bool is_atoms(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool atext = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", c));
        if (!atext && !(c == ' ' && i > 0 && text[i - 1] != ' '))
            return false;
    }
    return true;
}

size_t word_phrase(const char *text, size_t len, size_t column, struct buf *out)
{
    if (len == 0)
        return column;
    if (!is_plain(text, len))
        return put_words(text, len, column, PHRASE, out);
    if (is_atoms(text, len))
        return put_folded(text, len, column, out);
    struct buf quoted;
    buf_init(&quoted, 2 * len + 2);
    buf_addc(&quoted, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buf_addc(&quoted, '\\');
        buf_addc(&quoted, text[i]);
    }
    buf_addc(&quoted, '"');
    column = put_folded(quoted.data, quoted.len, column, out);
    buf_deinit(&quoted);
    return column;
}
