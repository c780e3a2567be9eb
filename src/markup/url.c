#include "markup/url.h"

#include <string.h>
#include <strings.h>

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 3986 section 3.1.
static size_t scheme_len(const char *url)
{
    size_t n = 0;
    while (is_alpha(url[n]) || (n > 0 && url[n] && strchr("0123456789+-.", url[n])))
        n++;
    return url[n] == ':' ? n : 0;
}

bool url_is_relative(const char *url)
{
    return scheme_len(url) == 0;
}

bool url_is_safe(const char *url, size_t len)
{
    if (len > 7 && strncasecmp(url, "mailto:", 7) == 0)
        return true;
    size_t scheme = len > 8 && strncasecmp(url, "https://", 8) == 0  ? 8
                    : len > 7 && strncasecmp(url, "http://", 7) == 0 ? 7
                                                                     : 0;
    return scheme > 0 && !strchr("/?#", url[scheme]);
}

// Only what is constant can be judged here: no tag may have a hand in what kind of address it is.
static const char *tag_problem(const struct merge *merge, const char *url, unsigned value)
{
    const char *fallback = merge->values[value].fallback;
    if (!merge_is_word(merge, url, &value))
        return "a merge tag is the whole address or stands behind https://, it does not begin one";
    if (fallback && *fallback && !url_is_safe(fallback, strlen(fallback)))
        return "the default of its merge tag is no address; write a whole one with https://";
    return NULL;
}

const char *url_problem(const struct merge *merge, const char *url)
{
    unsigned value = 0;
    size_t n = scheme_len(url), len = strlen(url);
    if (!*url)
        return "it has no address";
    if (len > URL_MAX)
        return "the address is longer than 2000 bytes";
    if (merge_at(merge, url, len, &value) > 0)
        return tag_problem(merge, url, value);
    if (n == 0)
        return "a letter has no page it is on; write the whole address with https://";
    bool is_web = (n == 4 && strncasecmp(url, "http", n) == 0) ||
                  (n == 5 && strncasecmp(url, "https", n) == 0);
    if (!is_web && !(n == 6 && strncasecmp(url, "mailto", n) == 0))
        return "only http, https and mailto addresses are safe in a letter";
    return !is_web || url_is_safe(url, len) ? NULL : "the address has no host";
}
