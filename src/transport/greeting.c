#include "transport/greeting.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

void greeting_init(struct greeting *greeting, const char *disable)
{
    *greeting = (struct greeting){.disable = disable};
    reply_reader_init(&greeting->reader);
}

static bool is_word(const char *a, size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(a, word, n) == 0;
}

static bool is_disabled(const struct greeting *g, const char *word, size_t n)
{
    const char *p = g->disable;
    while (*p) {
        p += strspn(p, ", \t");
        size_t k = strcspn(p, ", \t");
        if (k == n && strncasecmp(p, word, n) == 0)
            return true;
        p += k;
    }
    return false;
}

static int64_t size_limit(const char *p, size_t len)
{
    int64_t size = 0;
    while (len > 0 && *p == ' ') {
        p++;
        len--;
    }
    for (; len > 0 && *p >= '0' && *p <= '9'; p++, len--) {
        if (size > (INT64_MAX - 9) / 10)
            return 0; // more than anybody sends
        size = size * 10 + (*p - '0');
    }
    return size;
}

static void take_keyword(struct greeting *g, const char *line, size_t len)
{
    size_t n = 0;
    while (n < len && line[n] != ' ' && line[n] != '=')
        n++;
    // "AUTH=" is not counted: libcurl does not log in by the ways that line names
    if (is_word(line, n, "AUTH") && n < len && line[n] == ' ')
        g->offers_login = true;
    if (is_disabled(g, line, n))
        return;
    const struct {
        const char *word;
        bool *offered;
    } words[] = {
        {"PIPELINING", &g->offers.pipelining},
        {"8BITMIME", &g->offers.eightbitmime},
        {"SMTPUTF8", &g->offers.smtputf8},
        {"ENHANCEDSTATUSCODES", &g->offers.enhancedstatuscodes},
        {"DSN", &g->offers.dsn},
        {"CHUNKING", &g->offers.chunking},
        {"SIZE", &g->offers.has_size},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (is_word(line, n, words[i].word))
            *words[i].offered = true;
    if (is_word(line, n, "SIZE"))
        g->offers.size = size_limit(line + n, len - n);
}

static void forget_offers(struct greeting *g)
{
    g->offers = (struct session_offers){0};
    g->offers_login = false;
}

// The only 250 in this phase is the answer to EHLO or HELO. A 220 after it begins TLS, and all that
// was said before is void (TL-01, RFC 3207 4.2).
static void take_line(struct greeting *g, const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len < 3)
        return;
    if (memcmp(line, "220", 3) == 0 && g->seen_ehlo) {
        g->tls = true;
        forget_offers(g);
    }
    if (memcmp(line, "250", 3) != 0)
        return;
    g->seen_ehlo = true;
    if (!g->in_ehlo)
        forget_offers(g);
    else if (len > 4)
        take_keyword(g, line + 4, len - 4);
    g->in_ehlo = len > 3 && line[3] == '-';
}

void greeting_take(struct greeting *greeting, const char *line, size_t len)
{
    struct greeting *g = greeting;
    size_t used;
    struct reply reply;
    take_line(g, line, len);
    int rc = reply_next(&g->reader, line, len, &used, &reply, NULL);
    if (rc > 0)
        g->last = reply;
    if (rc < 0)
        reply_reader_init(&g->reader); // libcurl judges whether it can go on
}
