#include "markup/text_list.h"

#include "markup/inlines.h"
#include "markup/merge.h"
#include "markup/shape.h"

#include <assert.h>

enum {
    LIST_DEPTH = 12,
    WIDE_COLUMNS = 60 // a line this wide was wrapped
};

// Whether b is the next item of a's list; a number that is left out begins another list.
static bool follows(const struct bullet *a, const struct bullet *b)
{
    return a->mark == b->mark && (a->number < 0) == (b->number < 0) &&
           (a->number < 0 || b->number == a->number + 1);
}

// "-", "*" and numbers are also what sentences begin with: they make a list only when a second item
// follows, in the same block or as the next one; dashes only in the same block.
bool text_list_begins(const struct text_reader *r, size_t i)
{
    struct bullet first, other;
    if (!shape_bullet(&r->lines[i], &first))
        return false;
    if (first.number < 0 && shape_is_round_bullet(first.mark))
        return true;
    size_t at = i + 1;
    for (; !text_reader_is_gap(r, at); at++)
        if (shape_bullet(&r->lines[at], &other))
            return follows(&first, &other) || other.indent > first.indent + 1;
    at = text_reader_skip_gaps(r, at);
    return at < r->count && !shape_is_dash(first.mark) && shape_bullet(&r->lines[at], &other) &&
           follows(&first, &other);
}

struct list_level {
    struct node *list, *item;
    struct bullet last;
};

struct list_reader {
    struct list_level levels[LIST_DEPTH];
    size_t depth;
    bool is_loose;
};

static void open_list(struct text_reader *r, struct list_reader *l, struct node *parent,
                      const struct bullet *bullet, unsigned line)
{
    struct node *list = doc_node(r->doc, NODE_LIST, line);
    list->is_ordered = bullet->number >= 0;
    list->start = bullet->number >= 0 ? bullet->number : 1;
    list->is_tight = 1;
    node_append(parent, list);
    l->levels[l->depth++] = (struct list_level){.list = list, .last = *bullet};
}

// Adds the item; false when the bullet belongs to another list, at the outermost level.
static bool add_item(struct text_reader *r, struct list_reader *l, size_t i,
                     const struct bullet *bullet)
{
    const struct srcline *line = &r->lines[i];
    while (l->depth > 1 && bullet->indent < l->levels[l->depth - 1].last.indent)
        l->depth--;
    struct list_level *top = &l->levels[l->depth - 1];
    if (top->item && bullet->indent >= top->last.indent + 2 && l->depth < LIST_DEPTH) {
        open_list(r, l, top->item, bullet, line->number);
        top = &l->levels[l->depth - 1];
    } else if (top->item && !follows(&top->last, bullet)) {
        if (l->depth == 1)
            return false;
        l->depth--;
        open_list(r, l, l->levels[l->depth - 1].item, bullet, line->number);
        top = &l->levels[l->depth - 1];
    }
    top->last = *bullet;
    top->item = doc_node(r->doc, NODE_ITEM, line->number);
    node_append(top->list, top->item);
    struct node *paragraph = doc_node(r->doc, NODE_PARAGRAPH, line->number);
    text_reader_add_line(r, paragraph, line, bullet->skip);
    node_append(top->item, paragraph);
    return true;
}

// A line without a bullet goes on with the item above: the same paragraph, or after a gap another.
static void continue_item(struct text_reader *r, struct list_reader *l, size_t i, bool after_gap)
{
    const struct srcline *line = &r->lines[i];
    struct node *item = l->levels[l->depth - 1].item;
    assert(item);
    struct node *paragraph = item->last;
    if (after_gap || paragraph->kind != NODE_PARAGRAPH) {
        paragraph = doc_node(r->doc, NODE_PARAGRAPH, line->number);
        node_append(item, paragraph);
    } else {
        node_append(paragraph, doc_node(r->doc, NODE_SOFT, line->number));
    }
    text_reader_add_line(r, paragraph, line, 0);
}

// Whether the block after a gap still belongs to the list.
static bool list_goes_on(const struct text_reader *r, const struct list_reader *l, size_t i)
{
    if (i >= r->count)
        return false;
    struct bullet next;
    const struct bullet *outer = &l->levels[0].last;
    if (shape_bullet(&r->lines[i], &next))
        return follows(outer, &next) || next.indent >= outer->indent + 2;
    return r->lines[i].indent >= l->levels[l->depth - 1].last.indent + 2;
}

// A line right under an item goes on with it when it is moved in, or when the item's line broke off
// and this one does not begin like a sentence.
static bool hangs(const struct text_reader *r, const struct list_reader *l, size_t i)
{
    const struct srcline *line = &r->lines[i], *above = &r->lines[i - 1];
    if (line->indent > l->levels[0].last.indent)
        return true;
    if (shape_ends_sentence(above->text, above->len))
        return false;
    bool is_low = line->text[0] >= 'a' && line->text[0] <= 'z';
    return is_low || merge_width(r->options->merge, above->text, above->len) >= WIDE_COLUMNS;
}

static void set_loose(struct node *outer)
{
    for (struct node *at = outer; at; at = node_after(outer, at))
        if (at->kind == NODE_LIST)
            at->is_tight = 0;
}

size_t text_list_read(struct text_reader *r, struct node *parent, size_t i)
{
    struct list_reader l = {0};
    struct bullet bullet;
    bool after_gap = false;
    if (!shape_bullet(&r->lines[i], &bullet))
        return i;
    open_list(r, &l, parent, &bullet, r->lines[i].number);
    for (;;) {
        if (text_reader_is_gap(r, i)) {
            size_t next = text_reader_skip_gaps(r, i);
            if (!list_goes_on(r, &l, next))
                break;
            i = next;
            after_gap = l.is_loose = true;
        }
        if (shape_bullet(&r->lines[i], &bullet)) {
            if (!add_item(r, &l, i, &bullet))
                break;
        } else if (after_gap || hangs(r, &l, i)) {
            continue_item(r, &l, i, after_gap);
        } else {
            break;
        }
        after_gap = false;
        i++;
    }
    if (l.is_loose)
        set_loose(l.levels[0].list);
    return i;
}
