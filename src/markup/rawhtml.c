#include "markup/rawhtml.h"

#include "base/mem.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_named(const char *tag, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(tag, name, n) == 0 && !is_letter(tag[n]) && tag[n] != '-';
}

static bool is_inline(const char *name)
{
    static const char *const names[] = {"a",    "abbr", "b",      "bdi",   "bdo",  "cite",  "code",
                                        "del",  "em",   "font",   "i",     "img",  "ins",   "kbd",
                                        "mark", "q",    "s",      "small", "span", "sub",   "sup",
                                        "time", "u",    "strong", "wbr",   "big",  "strike"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (is_named(name, names[i]) && !(name[1] >= '1' && name[1] <= '6'))
            return true;
    return false;
}

bool rawhtml_is_mute(const char *tag, bool is_end)
{
    if (*tag != '<' || (is_end && tag[1] != '/'))
        return false;
    tag += is_end ? 2 : 1;
    return is_named(tag, "script") || is_named(tag, "style");
}

// Behind the tag at html; NULL when it does not end.
static const char *after_tag(const char *html)
{
    char quote = 0;
    for (const char *p = html + 1; *p; p++) {
        if (quote)
            quote = *p == quote ? 0 : quote;
        else if ((*p == '"' || *p == '\'') && p[-1] == '=')
            quote = *p;
        else if (*p == '>')
            return p + 1;
    }
    return NULL;
}

// Behind the end tag of what tag opens; html itself when there is none.
static const char *after_mute(const char *tag, const char *html)
{
    const char *end = strcasestr(html, is_named(tag + 1, "script") ? "</script" : "</style");
    const char *after = end ? after_tag(end) : NULL;
    return after ? after : html;
}

static void add_line_end(struct buf *out, const char *end)
{
    if (out->len > 0)
        buf_adds(out, end);
}

static const char *take_tag(const char *html, struct buf *out)
{
    const char *after = after_tag(html);
    if (!after) {
        buf_adds(out, "\\<");
        return html + 1;
    }
    const char *name = html + 1 + (html[1] == '/');
    if (is_named(name, "br"))
        add_line_end(out, "  \n");
    else if (!is_inline(name))
        add_line_end(out, "\n\n");
    return rawhtml_is_mute(html, false) ? after_mute(html, after) : after;
}

static const char *take_comment(const char *html, struct rawhtml *found)
{
    const char *end = strstr(html + 4, "-->");
    found->is_unclosed = found->is_unclosed || !end;
    return end ? end + 3 : html + 4;
}

struct rawhtml rawhtml_words(const char *html, struct buf *out)
{
    struct rawhtml found = {0};
    while (*html) {
        bool is_start = out->len == 0 || out->data[out->len - 1] == '\n';
        if (is_start && (*html == ' ' || *html == '\t')) {
            html++; // moved in, it would be code
        } else if (strncmp(html, "<!--", 4) == 0) {
            html = take_comment(html, &found);
        } else if (*html == '<' && (is_letter(html[1]) || strchr("/!?", html[1])) && html[1]) {
            found.has_tag = true;
            html = take_tag(html, out);
        } else if (*html == '<') {
            buf_adds(out, "\\<");
            html++;
        } else {
            buf_addc(out, *html++);
        }
    }
    return found;
}
