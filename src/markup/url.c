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

static bool has_host(const char *url, size_t scheme)
{
    const char *rest = url + scheme + 1;
    return strncmp(rest, "//", 2) == 0 && rest[2] && !strchr("/?#", rest[2]);
}

const char *url_problem(const struct merge *merge, const char *url)
{
    unsigned value = 0;
    size_t n = scheme_len(url);
    if (!*url)
        return "it has no address";
    if (strlen(url) > URL_MAX)
        return "the address is longer than 2000 bytes";
    if (merge_at(merge, url, strlen(url), &value) > 0)
        return NULL;
    if (n == 0)
        return "a letter has no page it is on; write the whole address with https://";
    if (n == 6 && strncasecmp(url, "mailto", n) == 0)
        return NULL;
    bool is_web = (n == 4 && strncasecmp(url, "http", n) == 0) ||
                  (n == 5 && strncasecmp(url, "https", n) == 0);
    if (!is_web)
        return "only http, https and mailto addresses are safe in a letter";
    return has_host(url, n) ? NULL : "the address has no host";
}
