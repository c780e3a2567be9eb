// What the tests of markup share: a source text read into a tree, the tree as one line, and the two
// parts with slots a person can read.
#ifndef TESTS_MARKUP_FIXTURE_H
#define TESTS_MARKUP_FIXTURE_H

#include "unit.h"

#include "base/buf.h"
#include "markup/inlines.h"
#include "markup/reader.h"
#include "markup/writer.h"

struct post {
    struct arena *arena;
    struct merge *merge;
    struct findings findings;
    struct doc *doc;
    struct buf html, text;
};

static const char *const practice_titles[] = {"Your Gentle Practice This Week", "This Week’s Step",
                                              NULL};
static const char *const call_titles[] = {"Your Call to Healing", NULL};

static inline void post_read(struct post *post, const char *source, size_t len, bool is_markdown)
{
    *post = (struct post){.arena = arena_new()};
    findings_init(&post->findings);
    buf_init(&post->html, BUF_MAX_DEFAULT);
    buf_init(&post->text, BUF_MAX_DEFAULT);
    const char *all[] = {source};
    post->merge = merge_new(post->arena, all, 1);
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    merge_take(post->merge, source, len, "post", 5, 1, &text, &post->findings);
    struct reader_options options = {.file = "post",
                                     .first_line = 5,
                                     .merge = post->merge,
                                     .practice_titles = practice_titles,
                                     .call_titles = call_titles};
    post->doc = (is_markdown ? reader_markdown : reader_text)(post->arena, text.data, text.len,
                                                              &options, &post->findings);
    buf_deinit(&text);
}

static inline struct letter post_letter(struct post *post)
{
    return (struct letter){.subject = "Room to breathe & be",
                           .preheader = "Ten quiet minutes, and what they give back to you",
                           .newsletter = "A Call to Healing",
                           .from_name = "Asha Verma",
                           .website = "https://letters.example.org",
                           .postal_address = "12 Lake Road\nUdaipur 313001, India",
                           .language = "en",
                           .optout_value = merge_value(post->merge, "unsubscribe_url", NULL)};
}

static inline void post_write(struct post *post)
{
    struct letter letter = post_letter(post);
    writer_html(post->doc, &letter, post->merge, &post->html);
    writer_text(post->doc, &letter, post->merge, &post->text);
}

static inline void post_free(struct post *post)
{
    buf_deinit(&post->html);
    buf_deinit(&post->text);
    findings_deinit(&post->findings);
    arena_free(&post->arena);
}

// Slot markers as "⟦name|default:h⟧".
static inline void show_slots(const struct merge *merge, const struct buf *from, struct buf *out)
{
    static const char letters[] = "thauUlLHPRIWEF";
    for (size_t i = 0; i < from->len;) {
        unsigned value = 0;
        enum slot_context context = SLOT_TEXT;
        size_t n = slot_get(from->data + i, from->len - i, &value, &context);
        if (n == 0) {
            buf_addc(out, from->data[i++]);
            continue;
        }
        const struct merge_value *v = &merge->values[value];
        buf_addf(out, "⟦%s%s%s:%c⟧", v->name, v->fallback ? "|" : "",
                 v->fallback ? v->fallback : "", letters[context]);
        i += n;
    }
}

// --- the tree as one line ------------------------------------------------------------------------

static inline void dump_children(const struct merge *merge, const struct node *node,
                                 struct buf *out);

static inline void dump_open(const struct node *node, struct buf *out)
{
    static const char *const names[NODE_KINDS] = {
        [NODE_DOC] = "doc",     [NODE_BYLINE] = "by", [NODE_EPIGRAPH] = "epi", [NODE_QUOTE] = "quo",
        [NODE_PARAGRAPH] = "p", [NODE_ITEM] = "li",   [NODE_TABLE] = "table",  [NODE_ROW] = "tr",
        [NODE_CELL] = "td",     [NODE_EMPH] = "em",   [NODE_STRONG] = "b",     [NODE_STRIKE] = "s"};
    if (node->kind == NODE_HEADING)
        buf_addf(out, "h%d", node->level);
    else if (node->kind == NODE_LIST && node->is_ordered)
        buf_addf(out, "ol%d", node->start);
    else if (node->kind == NODE_LIST)
        buf_adds(out, "ul");
    else if (node->kind == NODE_CARD)
        buf_adds(out, node->card == CARD_CALL ? "call" : "practice");
    else if (node->kind == NODE_LINK)
        buf_addf(out, "a<%s>", node->url);
    else if (node->kind == NODE_IMAGE)
        buf_addf(out, "img<%s>", node->url ? node->url : "");
    else
        buf_adds(out, names[node->kind]);
    if (node->kind == NODE_LIST && !node->is_tight)
        buf_addc(out, '!');
    if (node->task)
        buf_addc(out, node->task == 2 ? 'x' : 'o');
}

static inline void dump_node(const struct merge *merge, const struct node *node, struct buf *out)
{
    switch (node->kind) {
    case NODE_TEXT:
        buf_addf(out, "%s", node->text);
        return;
    case NODE_CODESPAN:
        buf_addf(out, "`%s`", node->text);
        return;
    case NODE_CODE:
        buf_addf(out, "code[%s]", node->text);
        return;
    case NODE_TAG:
        buf_addf(out, "{%s}", merge->values[node->value].name);
        return;
    case NODE_BREAK:
        buf_adds(out, " / ");
        return;
    case NODE_SOFT:
        buf_adds(out, " ~ ");
        return;
    case NODE_RULE:
        buf_adds(out, "hr");
        return;
    default:
        dump_open(node, out);
        buf_addc(out, '[');
        dump_children(merge, node, out);
        buf_addc(out, ']');
    }
}

static inline void dump_children(const struct merge *merge, const struct node *node,
                                 struct buf *out)
{
    for (const struct node *at = node->first; at; at = at->next)
        dump_node(merge, at, out);
}

// URLs in the dump hold opaque words; as "post" chooses them, the first is hx0x0z.
static inline size_t count_wrong_tree(const char *source, bool is_markdown, const char *want)
{
    struct post post;
    struct buf got;
    post_read(&post, source, strlen(source), is_markdown);
    buf_init(&got, BUF_MAX_DEFAULT);
    dump_children(post.merge, post.doc->root, &got);
    bool is_wrong = strcmp(got.data, want) != 0;
    if (is_wrong)
        print_error("source:\n%s\nwant: %s\ngot:  %s\n", source, want, got.data);
    buf_deinit(&got);
    post_free(&post);
    return is_wrong;
}

#endif
