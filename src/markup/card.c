#include "markup/card.h"

#include "markup/fold.h"
#include "markup/inlines.h"

enum {
    TITLE_MAX = 400,
    SECTION_LEVEL = 2
};

bool card_is_title(const struct reader_options *options, const char *text, size_t len,
                   enum card_kind *kind)
{
    if (len == 0 || len > TITLE_MAX)
        return false;
    *kind = CARD_PRACTICE;
    if (fold_is_one_of(text, len, options->practice_titles))
        return true;
    *kind = CARD_CALL;
    return fold_is_one_of(text, len, options->call_titles);
}

// A heading, or a paragraph that is nothing but strong text: how many mark a heading by hand.
static bool opens_card(const struct node *node, const struct reader_options *options,
                       enum card_kind *kind)
{
    bool is_strong = node->kind == NODE_PARAGRAPH && node->first && node->first == node->last &&
                     node->first->kind == NODE_STRONG;
    if (!is_strong && node->kind != NODE_HEADING)
        return false;
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines_text(node, options->merge, ' ', &text);
    bool found = card_is_title(options, text.data, text.len, kind);
    buf_deinit(&text);
    return found;
}

static void make_heading(struct node *paragraph)
{
    struct node *strong = paragraph->first, *child;
    node_unlink(strong);
    while ((child = strong->first)) {
        node_unlink(child);
        node_append(paragraph, child);
    }
    paragraph->kind = NODE_HEADING;
    paragraph->level = SECTION_LEVEL;
}

static bool ends_card(const struct node *node, int level, const struct reader_options *options)
{
    enum card_kind kind;
    return node->kind == NODE_RULE || (node->kind == NODE_HEADING && node->level <= level) ||
           opens_card(node, options, &kind);
}

// A rule that only closes the card has done its work: the card has an edge of its own.
static void drop_rule(struct node *card)
{
    if (card->next && card->next->kind == NODE_RULE)
        node_unlink(card->next);
}

void card_apply(struct doc *doc, const struct reader_options *options)
{
    const struct node *title = doc_title(doc); // a letter named like its section is not all card
    for (struct node *at = doc->root->first; at; at = at->next) {
        enum card_kind kind;
        if (at == title || !opens_card(at, options, &kind))
            continue;
        if (at->kind == NODE_PARAGRAPH)
            make_heading(at);
        struct node *card = doc_node(doc, NODE_CARD, at->line);
        card->card = kind;
        int level = at->level;
        node_insert_before(at, card);
        struct node *next = at->next;
        node_unlink(at);
        node_append(card, at);
        while (next && !ends_card(next, level, options)) {
            struct node *after = next->next;
            node_unlink(next);
            node_append(card, next);
            next = after;
        }
        drop_rule(card);
        at = card;
    }
}
