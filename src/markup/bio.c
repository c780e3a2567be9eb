#include "markup/bio.h"

#include "base/mem.h"
#include "markup/fold.h"
#include "markup/shape.h"

#include <string.h>
#include <strings.h>

static bool has_word(const char *text, size_t len, const char *const *words, size_t count)
{
    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && !strchr(" ,.;:!?()\t\"", text[i + n]) && (text[i + n] & 0x80) == 0)
            n++;
        for (size_t k = 0; k < count; k++)
            if (n == strlen(words[k]) && strncasecmp(text + i, words[k], n) == 0)
                return true;
        i += n + 1;
    }
    return false;
}

bool bio_speaks(const struct srcline *line)
{
    static const char *const words[] = {
        "i",  "i'm", "me",  "my",   "mine",  "we", "us", "our", "ps",    "p.s",  "order",
        "yo", "mi",  "you", "your", "yours", "te", "tu", "nos", "price", "copy", "copies"};
    return has_word(line->text, line->len, words, COUNT_OF(words)) ||
           strncasecmp(line->text, "p.s", 3) == 0;
}

static size_t first_word(const struct srcline *line)
{
    size_t n = 0;
    while (n < line->len && srcline_space(line->text + n, line->len - n) == 0)
        n++;
    return n;
}

bool bio_begins_like(const struct srcline *line, const struct srcline *name)
{
    size_t n = first_word(name);
    return n > 2 && line->len > n && memcmp(line->text, name->text, n) == 0 &&
           line->text[n] == ' ' && fold_is_upper((unsigned char)*name->text);
}

bool bio_is_role(const struct srcline *line)
{
    static const char *const roles[] = {"administrator", "admin",       "author",  "editor",
                                        "writer",        "contributor", "founder", NULL};
    return fold_is_one_of(line->text, line->len, roles);
}

bool bio_is_name(const struct srcline *line)
{
    size_t n = first_word(line);
    return fold_is_upper((unsigned char)*line->text) &&
           (n == line->len || shape_is_title_case(line->text, line->len));
}

// "Asha Mehra lives …", "Asha is a …": whose name it is, is not said in a line above.
static bool opens_with_name(const struct srcline *line)
{
    static const char *const others[] = {"the", "a", "an", "this", "that", "with", NULL};
    struct srcline rest = *line;
    size_t n = first_word(line);
    if (!fold_is_upper((unsigned char)*line->text) || fold_is_one_of(line->text, n, others))
        return false;
    rest.text += n + (n < line->len);
    rest.len -= n + (n < line->len);
    size_t second = first_word(&rest);
    bool is_second = second > 1 && second < rest.len && fold_is_upper((unsigned char)*rest.text);
    return is_second || (rest.len > 5 && strncmp(rest.text, "is a", 4) == 0 &&
                         strchr(" n", rest.text[4]) != NULL);
}

// "A life coach in Jaipur."
static bool opens_with_trade(const struct srcline *line)
{
    return line->len > 3 &&
           (strncmp(line->text, "A ", 2) == 0 || strncmp(line->text, "An ", 3) == 0);
}

bool bio_is_sentence(const struct srcline *line)
{
    return shape_ends_sentence(line->text, line->len) &&
           (opens_with_name(line) || opens_with_trade(line));
}

bool bio_is_about_third(const struct srcline *line)
{
    static const char *const words[] = {"she", "he", "they", "her", "his", "their", "ella", "él"};
    return has_word(line->text, line->len, words, COUNT_OF(words));
}
