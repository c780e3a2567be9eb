#include "markup/dateline.h"

#include "base/mem.h"

#include <string.h>

static const char *const months[] = {
    "january",    "february", "march",     "april",    "may",  "june",  "july",  "august",
    "september",  "october",  "november",  "december", "jan",  "feb",   "mar",   "apr",
    "jun",        "jul",      "aug",       "sep",      "sept", "oct",   "nov",   "dec",
    "enero",      "febrero",  "marzo",     "abril",    "mayo", "junio", "julio", "agosto",
    "septiembre", "octubre",  "noviembre", "diciembre"};
static const char *const days[] = {"monday",   "tuesday", "wednesday", "thursday", "friday",
                                   "saturday", "sunday",  "lunes",     "martes",   "miércoles",
                                   "jueves",   "viernes", "sábado",    "domingo"};
static const char *const fillers[] = {"de", "del", "of", "the", "on"};

static bool is_in(const char *const *list, size_t count, const char *word, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == len && strncasecmp(list[i], word, len) == 0)
            return true;
    return false;
}

bool dateline_is_calendar_word(const char *word, size_t len)
{
    return is_in(months, COUNT_OF(months), word, len) || is_in(days, COUNT_OF(days), word, len);
}

static size_t digits_at(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

// "7", "7th", "2025".
static bool is_number(const char *word, size_t len)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    size_t n = digits_at(word, len);
    if (n == len)
        return n == 1 || n == 2 || n == 4;
    return (n == 1 || n == 2) && is_in(endings, COUNT_OF(endings), word + n, len - n);
}

// "2025-11-07", "7/11/2025", "07.11.2025".
static bool is_numeric_date(const char *text, size_t len)
{
    size_t at = 0, parts = 0, longest = 0;
    while (at < len) {
        size_t n = digits_at(text + at, len - at);
        longest = n > longest ? n : longest;
        at += n;
        parts++;
        if (n == 0 || (at < len && !strchr("-/.", text[at])))
            return false;
        at += at < len;
    }
    return parts == 3 && longest == 4 && len >= 8 && len <= 10;
}

bool dateline_is_date(const char *text, size_t len)
{
    size_t month = 0, numbers = 0, words = 0;
    if (is_numeric_date(text, len))
        return true;
    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && !strchr(" ,.\t", text[i + n]))
            n++;
        if (n > 0 && is_in(months, COUNT_OF(months), text + i, n))
            month++;
        else if (n > 0 && is_number(text + i, n))
            numbers++;
        else if (n > 0 && !is_in(days, COUNT_OF(days), text + i, n) &&
                 !is_in(fillers, COUNT_OF(fillers), text + i, n))
            return false;
        words += n > 0;
        i += n > 0 ? n : 1;
    }
    return month == 1 && numbers >= 1 && numbers <= 2 && words <= 7;
}

bool dateline_is_reading_time(const char *text, size_t len)
{
    static const char *const heads[] = {"reading time:", "reading time",
                                        "estimated reading time:", "tiempo de lectura:"};
    static const char *const with_head[] = {"min", "mins", "min.", "minute", "minutes", "minutos"};
    static const char *const alone[] = {"min read",     "mins read",      "minute read",
                                        "minutes read", "min de lectura", "minutos de lectura"};
    bool has_head = false;
    for (size_t i = 0; i < COUNT_OF(heads) && !has_head; i++) {
        size_t n = strlen(heads[i]);
        has_head = len > n && strncasecmp(text, heads[i], n) == 0;
        if (has_head) {
            text += n;
            len -= n;
        }
    }
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    size_t digits = digits_at(text, len);
    if (digits == 0 || digits > 3)
        return false;
    size_t skip = digits;
    while (skip < len && (text[skip] == ' ' || text[skip] == '-'))
        skip++;
    return is_in(alone, COUNT_OF(alone), text + skip, len - skip) ||
           (has_head && is_in(with_head, COUNT_OF(with_head), text + skip, len - skip));
}
