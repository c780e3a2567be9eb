#include "markup/inlines.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static char *clean(struct arena *arena, const char *text, size_t len, bool keep_lines)
{
    struct buf out;
    buf_init(&out, 3 * len + 1);
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        int n = utf8_next(text + i, len - i, &cp);
        if (n == 1 && (cp == '\n' || cp == '\t'))
            buf_addc(&out, keep_lines ? (char)cp : ' ');
        else if (n == 0 || utf8_is_control(cp))
            buf_adds(&out, REPLACEMENT);
        else
            buf_add(&out, text + i, (size_t)n);
        i += n > 0 ? (size_t)n : 1;
    }
    char *copy = arena_strndup(arena, out.data, out.len);
    buf_deinit(&out);
    return copy;
}

char *inlines_clean(struct arena *arena, const char *text, size_t len)
{
    return clean(arena, text, len, false);
}

char *inlines_clean_block(struct arena *arena, const char *text, size_t len)
{
    return clean(arena, text, len, true);
}

static void add_text(struct doc *doc, struct node *parent, const char *text, size_t len,
                     unsigned line)
{
    if (len == 0)
        return;
    struct node *node = doc_node(doc, NODE_TEXT, line);
    node->text = inlines_clean(doc->arena, text, len);
    node_append(parent, node);
}

static struct node *add_tag(struct doc *doc, struct node *parent, unsigned value, unsigned line)
{
    struct node *node = doc_node(doc, NODE_TAG, line);
    node->value = value;
    node_append(parent, node);
    return node;
}

static void add_plain(struct doc *doc, struct node *parent, const struct merge *merge,
                      const char *text, size_t len, unsigned line)
{
    size_t from = 0;
    for (size_t i = 0; i < len;) {
        unsigned value = 0;
        size_t n = merge_at(merge, text + i, len - i, &value);
        if (n == 0) {
            i++;
            continue;
        }
        add_text(doc, parent, text + from, i - from, line);
        add_tag(doc, parent, value, line);
        i += n;
        from = i;
    }
    add_text(doc, parent, text + from, len - from, line);
}

// --- bare addresses ------------------------------------------------------------------------------

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool starts(const char *text, size_t len, const char *with)
{
    size_t n = strlen(with);
    return len > n && strncasecmp(text, with, n) == 0;
}

// Quotation marks of other shapes and the ellipsis end an address like their ASCII sisters.
static bool is_address_end(const char *text, size_t len)
{
    unsigned char c = (unsigned char)text[0];
    if (c <= ' ' || c == '<' || c == '>' || c == '"' || c == '`')
        return true;
    if (c < 0x80)
        return false;
    uint32_t cp = 0;
    int n = utf8_next(text, len, &cp);
    return n == 0 || cp == 0xA0 || cp == 0xAB || cp == 0xBB || (cp >= 0x2000 && cp <= 0x206F) ||
           (cp >= 0x3000 && cp <= 0x3020) || cp == 0xFEFF || cp == 0xFF09;
}

// Cuts what belongs to the sentence and not to the address: GFM's rules for extended autolinks.
// The surplus of closing over opening parentheses is counted once, so that the cost stays linear.
static size_t trim_address(const char *text, size_t len)
{
    long surplus = 0;
    for (size_t i = 0; i < len; i++)
        surplus += (text[i] == ')') - (text[i] == '(');
    while (len > 0) {
        char c = text[len - 1];
        if (c == ')' && surplus > 0)
            surplus--;
        else if (c == ')' || !strchr("?!.,:*_~';]}", c))
            break;
        len--;
    }
    return len;
}

static size_t address_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && !is_address_end(text + n, len - n)) {
        uint32_t cp = 0;
        n += (size_t)utf8_next(text + n, len - n, &cp);
    }
    return trim_address(text, n);
}

// The length of a web address at text, 0 for none; *prefix is what its URL needs in front.
static size_t web_at(const char *text, size_t len, const char **prefix)
{
    size_t scheme = starts(text, len, "https://")  ? 8
                    : starts(text, len, "http://") ? 7
                    : starts(text, len, "www.")    ? 4
                                                   : 0;
    *prefix = scheme == 4 ? "https://" : "";
    if (scheme == 0)
        return 0;
    size_t n = address_len(text, len);
    if (n <= scheme || !(is_alnum(text[scheme]) || (unsigned char)text[scheme] >= 0x80))
        return 0;
    if (scheme == 4 && !memchr(text + 4, '.', n - 4))
        return 0;
    return n;
}

static bool is_local_char(char c)
{
    return is_alnum(c) || (c && strchr(".+-_", c));
}

// The length of a mail address at text: GFM's shape, local@domain with a dot in the domain.
static size_t mail_at(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && at <= 64 && is_local_char(text[at]))
        at++;
    if (at == 0 || at > 64 || at + 1 >= len || text[at] != '@' || !is_alnum(text[0]))
        return 0;
    size_t n = at + 1;
    bool has_dot = false;
    while (n < len && (is_alnum(text[n]) || text[n] == '-' || text[n] == '.')) {
        has_dot = has_dot || (text[n] == '.' && n > at + 1);
        n++;
    }
    while (n > at && (text[n - 1] == '.' || text[n - 1] == '-'))
        n--;
    return has_dot && memchr(text + at, '.', n - at) ? n : 0;
}

static struct node *add_link(struct doc *doc, struct node *parent, const char *prefix,
                             const char *text, size_t len, unsigned line)
{
    struct buf url;
    buf_init(&url, len + 16);
    buf_adds(&url, prefix);
    buf_add(&url, text, len);
    struct node *link = doc_node(doc, NODE_LINK, line);
    link->url = inlines_clean(doc->arena, url.data, url.len);
    buf_deinit(&url);
    node_append(parent, link);
    return link;
}

// The length of anything at text that becomes a link, with the prefix of its URL.
static size_t link_at(const struct merge *merge, const char *text, size_t len, const char **prefix)
{
    unsigned value = 0;
    size_t n = merge_at(merge, text, len, &value);
    if (n > 0) {
        *prefix = "";
        return merge_is_url(merge, value) ? n : 0;
    }
    n = web_at(text, len, prefix);
    if (n > 0)
        return n;
    *prefix = "mailto:";
    return mail_at(text, len);
}

void inlines_add_linked(struct doc *doc, struct node *parent, const struct merge *merge,
                        const char *text, unsigned line)
{
    size_t len = strlen(text), from = 0, i = 0;
    while (i < len) {
        const char *prefix = "";
        size_t n = link_at(merge, text + i, len - i, &prefix);
        if (n > 0) {
            add_plain(doc, parent, merge, text + from, i - from, line);
            struct node *link = add_link(doc, parent, prefix, text + i, n, line);
            add_plain(doc, link, merge, text + i, n, line);
            i += n;
            from = i;
            continue;
        }
        // An address begins where a word begins; a tag's word is one of its own.
        unsigned value = 0;
        size_t word = merge_at(merge, text + i, len - i, &value);
        i += word > 0 ? word : 1;
        while (word == 0 && i < len && is_local_char(text[i - 1]) && is_local_char(text[i]) &&
               merge_at(merge, text + i, len - i, &value) == 0)
            i++;
    }
    add_plain(doc, parent, merge, text + from, len - from, line);
}

// No link stands in a heading, in another link or in the description of an image.
static bool may_hold_link(const struct node *parent)
{
    for (const struct node *at = parent; at; at = at->parent)
        if (at->kind == NODE_HEADING || at->kind == NODE_LINK || at->kind == NODE_IMAGE)
            return false;
    return true;
}

void inlines_add(struct doc *doc, struct node *parent, const struct merge *merge, const char *text,
                 unsigned line)
{
    size_t len = strlen(text), from = 0;
    bool is_linked = may_hold_link(parent);
    for (size_t i = 0; i < len;) {
        unsigned value = 0;
        size_t n = merge_at(merge, text + i, len - i, &value);
        if (n > 0 && is_linked && merge_is_url(merge, value)) {
            add_plain(doc, parent, merge, text + from, i - from, line);
            add_tag(doc, add_link(doc, parent, "", text + i, n, line), value, line);
            from = i + n;
        }
        i += n > 0 ? n : 1;
    }
    add_plain(doc, parent, merge, text + from, len - from, line);
}

static void add_subtree_text(const struct node *node, const struct merge *merge, char brk,
                             struct buf *out)
{
    switch (node->kind) {
    case NODE_TEXT:
    case NODE_CODESPAN:
        buf_adds(out, node->text);
        break;
    case NODE_TAG:
        merge_word(merge, node->value, out);
        break;
    case NODE_BREAK:
    case NODE_SOFT:
        buf_addc(out, brk);
        break;
    default:
        break;
    }
}

void inlines_text(const struct node *node, const struct merge *merge, char brk, struct buf *out)
{
    const struct node *at = node;
    while (at) {
        add_subtree_text(at, merge, brk, out);
        if (at->first) {
            at = at->first;
            continue;
        }
        while (at != node && !at->next)
            at = at->parent;
        at = at == node ? NULL : at->next;
    }
}
