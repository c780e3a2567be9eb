#include "campaign/slug.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

#define TITLE_MAX 60

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool slug_is_valid(const char *slug)
{
    size_t n = 0;
    for (; slug[n]; n++)
        if (n == SLUG_MAX || !(is_word(slug[n]) || (n > 0 && slug[n] == '-')))
            return false;
    return n > 0;
}

bool slug_date(const char *slug, struct civil *out)
{
    char date[11] = "";
    struct err err;
    if (strlen(slug) < 10 || (slug[10] && slug[10] != '-'))
        return false;
    memcpy(date, slug, 10);
    return clock_parse_date(date, out, &err) == 0;
}

// The letters of Latin-1 and Latin Extended-A.
static const struct {
    uint32_t first, last;
    const char *ascii;
} latin[] = {
    {0xc0, 0xc5, "a"},    {0xc6, 0xc6, "ae"},   {0xc7, 0xc7, "c"},    {0xc8, 0xcb, "e"},
    {0xcc, 0xcf, "i"},    {0xd0, 0xd0, "d"},    {0xd1, 0xd1, "n"},    {0xd2, 0xd6, "o"},
    {0xd8, 0xd8, "o"},    {0xd9, 0xdc, "u"},    {0xdd, 0xdd, "y"},    {0xde, 0xde, "th"},
    {0xdf, 0xdf, "ss"},   {0xe0, 0xe5, "a"},    {0xe6, 0xe6, "ae"},   {0xe7, 0xe7, "c"},
    {0xe8, 0xeb, "e"},    {0xec, 0xef, "i"},    {0xf0, 0xf0, "d"},    {0xf1, 0xf1, "n"},
    {0xf2, 0xf6, "o"},    {0xf8, 0xf8, "o"},    {0xf9, 0xfc, "u"},    {0xfd, 0xfd, "y"},
    {0xfe, 0xfe, "th"},   {0xff, 0xff, "y"},    {0x100, 0x105, "a"},  {0x106, 0x10d, "c"},
    {0x10e, 0x111, "d"},  {0x112, 0x11b, "e"},  {0x11c, 0x123, "g"},  {0x124, 0x127, "h"},
    {0x128, 0x131, "i"},  {0x132, 0x133, "ij"}, {0x134, 0x135, "j"},  {0x136, 0x138, "k"},
    {0x139, 0x142, "l"},  {0x143, 0x149, "n"},  {0x14a, 0x14b, "ng"}, {0x14c, 0x151, "o"},
    {0x152, 0x153, "oe"}, {0x154, 0x159, "r"},  {0x15a, 0x161, "s"},  {0x162, 0x167, "t"},
    {0x168, 0x173, "u"},  {0x174, 0x175, "w"},  {0x176, 0x178, "y"},  {0x179, 0x17e, "z"},
    {0x17f, 0x17f, "s"},  {0x218, 0x219, "s"},  {0x21a, 0x21b, "t"},
};

// "" for what is dropped without parting a word: apostrophes and accents of their own.
static const char *letters_of(uint32_t cp, char ascii[2])
{
    if (cp < 0x80) {
        ascii[0] = (char)(cp >= 'A' && cp <= 'Z' ? cp + 'a' - 'A' : cp);
        ascii[1] = '\0';
        return is_word(ascii[0]) ? ascii : cp == '\'' ? "" : "-";
    }
    for (size_t i = 0; i < COUNT_OF(latin); i++)
        if (cp >= latin[i].first && cp <= latin[i].last)
            return latin[i].ascii;
    return cp == 0x2019 || utf8_char_width(cp) == 0 ? "" : "-";
}

static void cut_between_words(struct buf *words)
{
    if (words->len <= TITLE_MAX)
        return;
    size_t n = TITLE_MAX;
    while (n > 0 && words->data[n] != '-')
        n--;
    words->len = n > 0 ? n : TITLE_MAX;
    words->data[words->len] = '\0';
}

bool slug_add_title(struct buf *out, const char *title)
{
    struct buf words;
    size_t len = strlen(title);
    buf_init(&words, BUF_MAX_DEFAULT);
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        char ascii[2];
        int n = utf8_next(title + i, len - i, &cp);
        const char *letters = n > 0 ? letters_of(cp, ascii) : "-";
        if (*letters != '-' || (words.len > 0 && words.data[words.len - 1] != '-'))
            buf_adds(&words, letters);
        i += n > 0 ? (size_t)n : 1;
    }
    while (words.len > 0 && words.data[words.len - 1] == '-')
        words.data[--words.len] = '\0';
    cut_between_words(&words);
    bool has_letters = words.len > 0;
    buf_adds(out, has_letters ? words.data : "letter");
    buf_deinit(&words);
    return has_letters;
}
