#include "markup/doc.h"

struct doc *doc_new(struct arena *arena)
{
    struct doc *doc = arena_alloc(arena, sizeof *doc);
    doc->arena = arena;
    doc->root = doc_node(doc, NODE_DOC, 1);
    return doc;
}

struct node *doc_node(struct doc *doc, enum node_kind kind, unsigned line)
{
    struct node *node = arena_alloc(doc->arena, sizeof *node);
    node->kind = kind;
    node->line = line;
    return node;
}

void node_append(struct node *parent, struct node *child)
{
    child->parent = parent;
    child->next = NULL;
    child->prev = parent->last;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

void node_insert_before(struct node *sibling, struct node *node)
{
    node->parent = sibling->parent;
    node->next = sibling;
    node->prev = sibling->prev;
    if (sibling->prev)
        sibling->prev->next = node;
    else
        sibling->parent->first = node;
    sibling->prev = node;
}

void node_unlink(struct node *node)
{
    struct node *parent = node->parent;
    if (!parent)
        return;
    if (node->prev)
        node->prev->next = node->next;
    else
        parent->first = node->next;
    if (node->next)
        node->next->prev = node->prev;
    else
        parent->last = node->prev;
    node->parent = node->prev = node->next = NULL;
}

struct node *doc_title(const struct doc *doc)
{
    struct node *node = doc->root->first;
    while (node && node->kind == NODE_BYLINE)
        node = node->next;
    return node && node->kind == NODE_HEADING && node->level == 1 ? node : NULL;
}

struct node *node_after(const struct node *root, struct node *node)
{
    if (node->first)
        return node->first;
    while (node != root && !node->next)
        node = node->parent;
    return node == root ? NULL : node->next;
}
