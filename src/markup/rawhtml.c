#include "markup/rawhtml.h"

#include "base/mem.h"

#include <string.h>

enum {
    TAG_BYTES = 4096 // a longer one is no tag
};

struct html_reader {
    struct rawhtml found;
    struct buf *out;
    bool has_no_end; // of a script or style sheet, from here on
};

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
    for (const char *p = html + 1; *p && p < html + TAG_BYTES; p++) {
        if (quote)
            quote = *p == quote ? 0 : quote;
        else if ((*p == '"' || *p == '\'') && p[-1] == '=')
            quote = *p;
        else if (*p == '>')
            return p + 1;
    }
    return NULL;
}

// Behind the end tag of the script or style sheet that tag opens; html itself when there is none.
static const char *after_mute(struct html_reader *r, const char *tag, const char *html)
{
    const char *end = r->has_no_end
                          ? NULL
                          : strcasestr(html, is_named(tag + 1, "script") ? "</script" : "</style");
    const char *after = end ? after_tag(end) : NULL;
    r->has_no_end = !after;
    return after ? after : html;
}

static void end_line(struct html_reader *r, const char *end)
{
    if (r->out->len > 0)
        buf_adds(r->out, end);
}

static const char *take_tag(struct html_reader *r, const char *html)
{
    const char *after = after_tag(html);
    if (!after) {
        buf_adds(r->out, "\\<");
        return html + 1;
    }
    const char *name = html + 1 + (html[1] == '/');
    r->found.has_tag = true;
    if (is_named(name, "br"))
        end_line(r, "  \n");
    else if (!is_inline(name))
        end_line(r, "\n\n");
    return rawhtml_is_mute(html, false) ? after_mute(r, html, after) : after;
}

static const char *take_comment(struct html_reader *r, const char *html)
{
    const char *end = r->found.is_unclosed ? NULL : strstr(html + 4, "-->");
    r->found.is_unclosed = !end;
    return end ? end + 3 : html + 4;
}

struct rawhtml rawhtml_words(const char *html, struct buf *out)
{
    struct html_reader r = {.out = out};
    while (*html) {
        bool is_start = out->len == 0 || out->data[out->len - 1] == '\n';
        bool is_tag = *html == '<' && html[1] && (is_letter(html[1]) || strchr("/!?", html[1]));
        if (is_start && (*html == ' ' || *html == '\t')) {
            html++; // moved in, it would be code
        } else if (strncmp(html, "<!--", 4) == 0) {
            html = take_comment(&r, html);
        } else if (is_tag) {
            html = take_tag(&r, html);
        } else if (*html == '<') {
            buf_adds(out, "\\<");
            html++;
        } else {
            buf_addc(out, *html++);
        }
    }
    return r.found;
}
