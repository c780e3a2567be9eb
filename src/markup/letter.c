#include "markup/letter.h"

#include "base/utf8.h"
#include "markup/fold.h"

#include <string.h>
#include <strings.h>

static const struct letter_words english = {
    .language = "en",
    .why_before = "You receive this letter because you subscribed to ",
    .why_after = ".",
    .optout_web = "Unsubscribe from this newsletter",
    .optout_mail = "Unsubscribe by email",
};

const struct letter_words *letter_words(const char *language)
{
    (void)language; // more languages are more rows here
    return &english;
}

void outline_init(struct outline *outline, const struct doc *doc)
{
    *outline = (struct outline){.title = doc_title(doc)};
}

int outline_level(struct outline *outline, const struct node *heading)
{
    if (heading == outline->title)
        return 1;
    while (outline->depth > 0 && outline->sources[outline->depth - 1] >= heading->level)
        outline->depth--;
    if (outline->depth < 5)
        outline->sources[outline->depth++] = heading->level;
    return outline->depth + 1;
}

const struct node *letter_next(const struct doc *doc, const struct node *after)
{
    const struct node *title = doc_title(doc);
    if (!after && title)
        return title;
    const struct node *next = !after || after == title ? doc->root->first : after->next;
    return next && next == title ? next->next : next;
}

static bool is_rtl_char(uint32_t cp)
{
    return (cp >= 0x590 && cp <= 0x8FF) || (cp >= 0xFB1D && cp <= 0xFDFF) ||
           (cp >= 0xFE70 && cp <= 0xFEFC) || (cp >= 0x10800 && cp <= 0x10FFF) ||
           (cp >= 0x1E800 && cp <= 0x1EFFF);
}

// Digits have no direction of their own, whatever their script.
static bool is_digit(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || (cp >= 0x660 && cp <= 0x669) || (cp >= 0x6F0 && cp <= 0x6F9);
}

int letter_direction(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        int n = utf8_next(text + i, len - i, &cp);
        if (n > 0 && !is_digit(cp) && is_rtl_char(cp))
            return 1;
        if (n > 0 && !is_digit(cp) && !fold_is_symbol(cp))
            return -1;
        i += n > 0 ? (size_t)n : 1;
    }
    return 0;
}

bool letter_is_rtl(const struct doc *doc, const char *subject)
{
    for (struct node *at = doc->root; at; at = node_after(doc->root, at)) {
        int dir = at->kind == NODE_TEXT ? letter_direction(at->text, strlen(at->text)) : 0;
        if (dir != 0)
            return dir > 0;
    }
    return letter_direction(subject, strlen(subject)) > 0;
}

static bool begins_with_dash(const char *text)
{
    static const char *const dashes[] = {"—", "―", "– ", "-- "};
    for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++)
        if (strncmp(text, dashes[i], strlen(dashes[i])) == 0)
            return true;
    return false;
}

bool letter_is_break(const struct node *soft)
{
    const struct node *next = soft->next, *paragraph = soft->parent;
    if (soft->kind != NODE_SOFT || !next || next->kind != NODE_TEXT || !paragraph->parent)
        return false;
    for (const struct node *at = next; at; at = at->next)
        if (at->kind == NODE_SOFT) // the sentence goes on
            return false;
    return paragraph->kind == NODE_PARAGRAPH && paragraph->parent->kind == NODE_QUOTE &&
           begins_with_dash(next->text);
}

void letter_link_name(const char *url, const char *name, struct buf *out)
{
    const char *host = strstr(url, "://");
    if (strncasecmp(url, "mailto:", 7) == 0)
        buf_add(out, url + 7, strcspn(url + 7, "?"));
    else if (host)
        buf_add(out, host + 3, strcspn(host + 3, "/?#"));
    else
        buf_adds(out, name);
}

static size_t without_slash(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && s[n - 1] == '/' ? n - 1 : n;
}

bool letter_shows_url(const char *text, const char *url)
{
    static const char *const prefixes[] = {"", "https://", "http://", "mailto:"};
    size_t n = without_slash(text);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t skip = strlen(prefixes[i]);
        if (strncmp(url, prefixes[i], skip) == 0 && without_slash(url + skip) == n &&
            strncmp(url + skip, text, n) == 0)
            return true;
    }
    return false;
}
