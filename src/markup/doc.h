// NAME
//   doc - a post as a tree, whatever it was written in
//
// DESCRIPTION
//   Readers make it, writers walk it; both parts of a message come from the same tree, so they say
//   the same. Nodes carry the line of the source they came from (1-based, in the post's file).
//
// OWNERSHIP
//   All nodes and strings live in the arena given to doc_new. Strings are merge text where a person
//   may write a tag (text, link and image targets) and never hold control characters.
#ifndef MARKUP_DOC_H
#define MARKUP_DOC_H

#include "base/arena.h"

#include <stddef.h>

enum node_kind {
    // blocks
    NODE_DOC,
    NODE_BYLINE,    // inlines: "Written from the heart by …"; further bylines: role and tagline
    NODE_EPIGRAPH,  // blocks: the quotation a post opens with
    NODE_HEADING,   // inlines; level 1-6; text: the whole as merge text
    NODE_PARAGRAPH, // inlines; verse has NODE_BREAK between its lines
    NODE_QUOTE,     // blocks
    NODE_LIST,      // NODE_ITEM children; is_ordered, start, is_tight
    NODE_ITEM,      // blocks; task: 0 no task, 1 open, 2 done
    NODE_CODE,      // text, info
    NODE_RULE,
    NODE_TABLE, // NODE_ROW children, the first is the head
    NODE_ROW,   // NODE_CELL children
    NODE_CELL,  // inlines; align 'l' 'c' 'r' or 0
    NODE_CARD,  // blocks, a NODE_HEADING first: the practice and the call section
    // inlines
    NODE_TEXT,     // text
    NODE_EMPH,     // inlines
    NODE_STRONG,   // inlines
    NODE_STRIKE,   // inlines
    NODE_CODESPAN, // text
    NODE_LINK,     // inlines; url, title
    NODE_IMAGE,    // inlines are the alternative text; url (NULL: it is not sent), title
    NODE_BREAK,    // a line break that matters
    NODE_SOFT,     // a line break that does not
    NODE_TAG,      // value: the slot number of a merge tag
    NODE_KINDS
};

enum card_kind {
    CARD_PRACTICE,
    CARD_CALL
};

struct node {
    enum node_kind kind;
    unsigned line, column;
    struct node *parent, *first, *last, *prev, *next;
    const char *text;
    const char *url, *title;
    int level, start;
    unsigned value;
    enum card_kind card;
    char align;
    int task;
    int is_ordered, is_tight;
};

// How deep quotations, lists and inline markup nest; what is deeper is flattened by the readers, so
// that the writers can walk a tree by recursion.
#define DOC_DEPTH_MAX 100

struct doc {
    struct arena *arena;
    struct node *root;
};

struct doc *doc_new(struct arena *arena);
struct node *doc_node(struct doc *doc, enum node_kind kind, unsigned line);
void node_append(struct node *parent, struct node *child);
void node_insert_before(struct node *sibling, struct node *node);
void node_unlink(struct node *node);

// The title: the level-1 heading the document opens with, above or right under its byline. NULL
// when there is none.
struct node *doc_title(const struct doc *doc);

// Pre-order iterator over a subtree: the node after `node`, NULL at the end of `root`.
struct node *node_after(const struct node *root, struct node *node);

#endif
