#include "markup/opening.h"

#include "base/buf.h"
#include "markup/byline.h"
#include "markup/inlines.h"
#include "markup/shape.h"

#include <string.h>

enum {
    BYLINES_MAX = 3
};

static bool is_line_end(const struct node *node)
{
    return node->kind == NODE_BREAK || node->kind == NODE_SOFT;
}

// All lines of text under the first could stand under a byline.
static bool are_roles(const struct merge *merge, const char *text, size_t len)
{
    size_t lines = 1;
    for (const char *eol; (eol = memchr(text, '\n', len)); lines++) {
        len -= (size_t)(eol + 1 - text);
        text = eol + 1;
        const char *next = memchr(text, '\n', len);
        size_t n = next ? (size_t)(next - text) : len;
        if (lines == BYLINES_MAX || !shape_is_role(merge, text, n))
            return false;
    }
    return true;
}

static bool is_byline_text(const struct merge *merge, const char *text, size_t len, bool has_byline)
{
    const char *eol = memchr(text, '\n', len);
    size_t first = eol ? (size_t)(eol - text) : len;
    bool opens = byline_is_one(text, first) || byline_is_date(text, first);
    bool is_below = has_byline && memchr(text, '|', first) && shape_is_role(merge, text, first);
    return (opens || is_below) && are_roles(merge, text, len);
}

static bool is_byline(const struct node *node, const struct merge *merge, bool has_byline)
{
    if (!node || node->kind != NODE_PARAGRAPH)
        return false;
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines_text(node, merge, '\n', &text);
    bool is = is_byline_text(merge, text.data, text.len, has_byline);
    buf_deinit(&text);
    return is;
}

// One byline for each line of the paragraph, when the line ends are its own children.
static void split_byline(struct doc *doc, struct node *byline)
{
    byline->kind = NODE_BYLINE;
    for (struct node *at = byline->first; at; at = at->next) {
        if (!is_line_end(at))
            continue;
        struct node *line = doc_node(doc, NODE_BYLINE, at->line);
        while (at->next) {
            struct node *child = at->next;
            node_unlink(child);
            node_append(line, child);
        }
        struct node *last = byline->last, *parent = byline->parent;
        node_unlink(last);
        if (byline->next)
            node_insert_before(byline->next, line);
        else
            node_append(parent, line);
        split_byline(doc, line);
        return;
    }
}

static bool is_quoted(const struct node *node, const struct merge *merge)
{
    if (!node || node->kind != NODE_PARAGRAPH)
        return false;
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines_text(node, merge, '\n', &text);
    bool is = shape_is_quotation(text.data, text.len);
    buf_deinit(&text);
    return is;
}

// A line above the byline that is neither title nor quotation: a category, a subtitle.
static bool is_above_byline(const struct node *node, const struct merge *merge)
{
    if (!node || node->kind != NODE_PARAGRAPH || !is_byline(node->next, merge, false) ||
        is_byline(node, merge, false) || is_quoted(node, merge))
        return false;
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines_text(node, merge, '\n', &text);
    bool is = !memchr(text.data, '\n', text.len) && shape_is_role(merge, text.data, text.len);
    buf_deinit(&text);
    return is;
}

static struct node *find_opening(const struct doc *doc)
{
    struct node *at = doc->root->first, *title = doc_title(doc);
    while (at && (at->kind == NODE_BYLINE || at == title))
        at = at->next;
    return at;
}

void opening_apply(struct doc *doc, const struct merge *merge)
{
    struct node *at = find_opening(doc);
    if (is_above_byline(at, merge)) {
        at->kind = NODE_BYLINE;
        at = find_opening(doc);
    }
    for (int n = 0; n < BYLINES_MAX && is_byline(at, merge, n > 0); n++) {
        split_byline(doc, at);
        at = find_opening(doc);
    }
    if (!at || !at->next)
        return; // a letter that is nothing but a quotation has no epigraph
    if (at->kind == NODE_QUOTE) {
        at->kind = NODE_EPIGRAPH;
    } else if (is_quoted(at, merge)) {
        struct node *epigraph = doc_node(doc, NODE_EPIGRAPH, at->line);
        node_insert_before(at, epigraph);
        node_unlink(at);
        node_append(epigraph, at);
    }
}
