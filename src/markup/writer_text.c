#include "markup/writer.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "markup/inlines.h"
#include "markup/letter.h"
#include "markup/refs.h"
#include "markup/textout.h"

#include <stdlib.h>
#include <string.h>

struct text_writer {
    struct textout lines;
    struct refs refs;
    struct outline outline;
    const struct merge *merge;
    const char *link_url; // of the link around, NULL: none
};

// --- inlines -------------------------------------------------------------------------------------

static void inlines(struct text_writer *w, const struct node *parent, struct buf *out);

static void put_url(const char *url, struct buf *out)
{
    buf_addc(out, TEXTOUT_URL);
    buf_adds(out, url);
    buf_addc(out, TEXTOUT_END);
}

// An address out of the reader's data: only when the message is made is it seen whether it is one.
static bool is_doubtful_url(const struct text_writer *w, const char *url, unsigned *value)
{
    return merge_is_word(w->merge, url, value) && !merge_is_own_url(w->merge, *value);
}

static void put_number(struct text_writer *w, const char *url, struct buf *out)
{
    unsigned value = 0;
    bool is_doubtful = is_doubtful_url(w, url, &value);
    if (is_doubtful) {
        buf_addc(out, TEXTOUT_IF);
        merge_word(w->merge, value, out);
    }
    buf_addf(out, "%c[%zu]", TEXTOUT_FIXED, refs_number(&w->refs, url));
    if (is_doubtful)
        buf_addc(out, TEXTOUT_FI);
}

// The text and the number of its address; only the address when that is the text.
static void link_inline(struct text_writer *w, const struct node *node, struct buf *out)
{
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines_text(node, w->merge, ' ', &text);
    if (!node->first || letter_shows_url(text.data, node->url)) {
        put_url(node->first ? text.data : node->url, out);
    } else {
        w->link_url = node->url;
        inlines(w, node, out);
        w->link_url = NULL;
        put_number(w, node->url, out);
    }
    buf_deinit(&text);
}

// What it shows, and where it is to be seen; a link around has a number of its own.
static void image_inline(struct text_writer *w, const struct node *node, struct buf *out)
{
    struct buf alt;
    buf_init(&alt, BUF_MAX_DEFAULT);
    inlines_text(node, w->merge, ' ', &alt);
    if (alt.len == 0 && w->link_url && !node->prev && !node->next) // it is all of the link
        letter_link_name(w->link_url, "image", &alt);
    if (alt.len > 0) {
        buf_addf(out, "[Image: %s]", alt.data);
        if (node->url && !w->link_url)
            put_number(w, node->url, out);
    }
    buf_deinit(&alt);
}

static void inline_node(struct text_writer *w, const struct node *node, struct buf *out)
{
    switch (node->kind) {
    case NODE_TEXT:
    case NODE_CODESPAN:
        buf_adds(out, node->text);
        break;
    case NODE_TAG:
        merge_word(w->merge, node->value, out);
        break;
    case NODE_EMPH:
    case NODE_STRONG:
        inlines(w, node, out);
        break;
    case NODE_STRIKE:
        buf_adds(out, "~~");
        inlines(w, node, out);
        buf_adds(out, "~~");
        break;
    case NODE_LINK:
        if (w->link_url)
            inlines(w, node, out);
        else
            link_inline(w, node, out);
        break;
    case NODE_IMAGE:
        image_inline(w, node, out);
        break;
    case NODE_BREAK:
        buf_addc(out, '\n');
        break;
    case NODE_SOFT:
        buf_addc(out, letter_is_break(node) ? '\n' : ' ');
        break;
    default:
        break;
    }
}

static void inlines(struct text_writer *w, const struct node *parent, struct buf *out)
{
    for (const struct node *at = parent->first; at; at = at->next)
        inline_node(w, at, out);
}

// Wraps a node's inlines; returns the columns of the longest line.
static size_t put_inlines(struct text_writer *w, const struct node *node)
{
    struct buf text;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines(w, node, &text);
    size_t longest = textout_wrap(&w->lines, text.data, text.len);
    buf_deinit(&text);
    return longest;
}

// --- blocks --------------------------------------------------------------------------------------

static void block(struct text_writer *w, const struct node *node);

static void blocks(struct text_writer *w, const struct node *parent)
{
    for (const struct node *at = parent->first; at; at = at->next)
        block(w, at);
}

static void heading(struct text_writer *w, const struct node *node)
{
    textout_gap(&w->lines);
    int level = outline_level(&w->outline, node);
    size_t longest = put_inlines(w, node);
    textout_rule(&w->lines, level == 1 ? '=' : '-', longest);
}

static void byline(struct text_writer *w, const struct node *node)
{
    if (!node->prev || node->prev->kind != NODE_BYLINE)
        textout_gap(&w->lines);
    put_inlines(w, node);
}

static void contained(struct text_writer *w, const struct node *node, const char *prefix)
{
    textout_gap(&w->lines);
    size_t enter = textout_enter(&w->lines, prefix, prefix);
    blocks(w, node);
    textout_leave(&w->lines, enter);
}

static const char *task_box(int task)
{
    return task == 2 ? "☑ " : task == 1 ? "☐ " : "";
}

static size_t decimal_width(int number)
{
    size_t n = 1;
    for (; number >= 10; number /= 10)
        n++;
    return n;
}

static void item(struct text_writer *w, const struct node *node, int number, size_t digits)
{
    struct buf first, rest;
    buf_init(&first, 64);
    buf_init(&rest, 64);
    if (node->parent->is_ordered)
        buf_addf(&first, " %*d. %s", (int)digits, number, task_box(node->task));
    else // a box is a bullet
        buf_addf(&first, "  %s", node->task ? task_box(node->task) : "* ");
    buf_addf(&rest, "%*s", (int)utf8_width(first.data, first.len), "");
    size_t enter = textout_enter(&w->lines, first.data, rest.data);
    blocks(w, node);
    textout_leave(&w->lines, enter);
    buf_deinit(&first);
    buf_deinit(&rest);
}

static void list(struct text_writer *w, const struct node *node)
{
    bool is_nested = node->parent->kind == NODE_ITEM && node->parent->parent->is_tight;
    if (!is_nested)
        textout_gap(&w->lines);
    size_t count = 0;
    for (const struct node *at = node->first; at; at = at->next)
        count++;
    int number = node->start;
    size_t digits = decimal_width(node->start + (int)count - 1);
    for (const struct node *at = node->first; at; at = at->next) {
        if (at->prev && !node->is_tight)
            textout_gap(&w->lines);
        item(w, at, number++, digits);
    }
}

static void paragraph(struct text_writer *w, const struct node *node)
{
    bool is_tight = node->parent->kind == NODE_ITEM && node->parent->parent->is_tight;
    if (!is_tight)
        textout_gap(&w->lines);
    w->lines.is_fresh = false;
    put_inlines(w, node);
}

static void code(struct text_writer *w, const struct node *node)
{
    textout_gap(&w->lines);
    size_t enter = textout_enter(&w->lines, "    ", "    ");
    for (const char *p = node->text; *p;) {
        size_t n = strcspn(p, "\n");
        textout_code(&w->lines, p, n);
        p += n + (p[n] == '\n');
    }
    textout_leave(&w->lines, enter);
}

static void rule(struct text_writer *w)
{
    textout_gap(&w->lines);
    textout_line(&w->lines, "* * *", 5);
}

static void card(struct text_writer *w, const struct node *node)
{
    char edge = node->card == CARD_CALL ? '_' : '~';
    if (!node->prev || node->prev->kind != NODE_CARD) { // else they share a rule
        textout_gap(&w->lines);
        textout_rule(&w->lines, edge, textout_room(&w->lines));
    }
    blocks(w, node);
    textout_gap(&w->lines);
    textout_rule(&w->lines, edge, textout_room(&w->lines));
}

// --- tables --------------------------------------------------------------------------------------

enum {
    COLUMNS_MAX = 24,
    COLUMN_GAP = 2
};

// A cell on one line.
static void cell_text(struct text_writer *w, const struct node *cell, struct buf *out)
{
    inlines(w, cell, out);
    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] == '\n')
            out->data[i] = ' ';
}

struct table {
    struct buf *cells; // row by row
    size_t columns, rows;
    size_t widths[COLUMNS_MAX];
    size_t width;
};

static void add_padding(struct buf *out, size_t n)
{
    buf_addf(out, "%*s", (int)n, "");
}

static void put_row(struct text_writer *w, const struct table *table, const struct node *row,
                    const struct buf *cells)
{
    struct buf line;
    buf_init(&line, BUF_MAX_DEFAULT);
    size_t column = 0;
    for (const struct node *at = row->first; at && column < table->columns; at = at->next) {
        const struct buf *cell = &cells[column];
        size_t space = table->widths[column] - textout_width(&w->lines, cell->data, cell->len);
        size_t before = at->align == 'r' ? space : at->align == 'c' ? space / 2 : 0;
        add_padding(&line, before + (column > 0 ? COLUMN_GAP : 0));
        buf_add(&line, cell->data, cell->len);
        add_padding(&line, space - before);
        column++;
    }
    textout_line(&w->lines, line.data, line.len);
    buf_deinit(&line);
}

static void put_aligned(struct text_writer *w, const struct table *table, const struct node *node)
{
    const struct buf *cells = table->cells;
    for (const struct node *row = node->first; row; row = row->next) {
        put_row(w, table, row, cells);
        if (row == node->first)
            textout_rule(&w->lines, '-', table->width);
        cells += table->columns;
    }
}

// "Header: value"; what has no header stands alone, what has no value is left out.
static void put_labelled(struct text_writer *w, const struct buf *label, const struct buf *cell)
{
    struct buf line;
    if (cell->len == 0)
        return;
    buf_init(&line, BUF_MAX_DEFAULT);
    if (label->len > 0)
        buf_addf(&line, "%s: ", label->data);
    buf_add(&line, cell->data, cell->len);
    size_t enter = textout_enter(&w->lines, "", "  ");
    textout_wrap(&w->lines, line.data, line.len);
    textout_leave(&w->lines, enter);
    buf_deinit(&line);
}

// Too wide for columns: a cell a line, a blank line between rows.
static void put_stacked(struct text_writer *w, const struct table *table, const struct node *node)
{
    const struct buf *cells = table->cells;
    const struct node *head = node->first;
    for (size_t i = 0; !head->next && i < table->columns; i++) // nothing but headers
        textout_wrap(&w->lines, cells[i].data, cells[i].len);
    for (const struct node *row = head->next; row; row = row->next) {
        cells += table->columns;
        if (row != head->next)
            textout_gap(&w->lines);
        for (size_t i = 0; i < table->columns; i++)
            put_labelled(w, &table->cells[i], &cells[i]);
    }
}

static void measure(struct text_writer *w, struct table *table, const struct node *node)
{
    for (const struct node *row = node->first; row; row = row->next)
        table->rows++;
    for (const struct node *at = node->first ? node->first->first : NULL; at; at = at->next)
        table->columns++;
    table->cells = mem_new(table->rows * table->columns + 1, sizeof *table->cells);
    struct buf *cell = table->cells;
    for (const struct node *row = node->first; row; row = row->next) {
        const struct node *at = row->first;
        for (size_t i = 0; i < table->columns; i++, cell++) {
            buf_init(cell, BUF_MAX_DEFAULT);
            if (at)
                cell_text(w, at, cell);
            size_t width = textout_width(&w->lines, cell->data, cell->len);
            if (i < COLUMNS_MAX && width > table->widths[i])
                table->widths[i] = width;
            at = at ? at->next : NULL;
        }
    }
    for (size_t i = 0; i < table->columns && i < COLUMNS_MAX; i++)
        table->width += table->widths[i] + (i > 0 ? COLUMN_GAP : 0);
}

static void table_block(struct text_writer *w, const struct node *node)
{
    struct table table = {0};
    textout_gap(&w->lines);
    measure(w, &table, node);
    if (table.columns <= COLUMNS_MAX && table.width <= textout_room(&w->lines))
        put_aligned(w, &table, node);
    else
        put_stacked(w, &table, node);
    for (size_t i = 0; i < table.rows * table.columns; i++)
        buf_deinit(&table.cells[i]);
    free(table.cells);
}

static void block(struct text_writer *w, const struct node *node)
{
    switch (node->kind) {
    case NODE_BYLINE:
        byline(w, node);
        break;
    case NODE_EPIGRAPH:
        contained(w, node, "    ");
        break;
    case NODE_HEADING:
        heading(w, node);
        break;
    case NODE_PARAGRAPH:
        paragraph(w, node);
        break;
    case NODE_QUOTE:
        contained(w, node, "> ");
        break;
    case NODE_LIST:
        list(w, node);
        break;
    case NODE_CODE:
        code(w, node);
        break;
    case NODE_RULE:
        rule(w);
        break;
    case NODE_TABLE:
        table_block(w, node);
        break;
    case NODE_CARD:
        card(w, node);
        break;
    default:
        break;
    }
}

// --- around the document -------------------------------------------------------------------------

// What the configuration says is plain text, whatever opaque words it looks like.
static void put_string(struct text_writer *w, const char *text)
{
    static const struct merge no_tags = {.nonce = "hx"};
    w->lines.merge = &no_tags;
    textout_wrap(&w->lines, text, strlen(text));
    w->lines.merge = w->merge;
}

static void put_title(struct text_writer *w, const struct letter *letter)
{
    textout_gap(&w->lines);
    size_t longest = textout_wrap(&w->lines, letter->subject, strlen(letter->subject));
    textout_rule(&w->lines, '=', longest);
}

static void put_website(struct text_writer *w, const char *url)
{
    struct buf line;
    buf_init(&line, BUF_MAX_DEFAULT);
    escape_url(url, strlen(url), &line);
    put_string(w, line.data);
    buf_deinit(&line);
}

static void put_refs(struct text_writer *w)
{
    if (w->refs.count == 0)
        return;
    textout_gap(&w->lines);
    for (size_t i = 0; i < w->refs.count; i++) {
        struct buf line;
        unsigned value = 0;
        bool is_doubtful = is_doubtful_url(w, w->refs.urls[i], &value);
        buf_init(&line, BUF_MAX_DEFAULT);
        buf_addf(&line, "[%zu] ", i + 1);
        put_url(w->refs.urls[i], &line);
        if (is_doubtful)
            slot_put(w->lines.out, value, SLOT_IF_URL);
        textout_line(&w->lines, line.data, line.len);
        if (is_doubtful)
            slot_put(w->lines.out, value, SLOT_END);
        buf_deinit(&line);
    }
}

static void put_footer(struct text_writer *w, const struct doc *doc, const struct letter *letter)
{
    const struct letter_words *words = letter_words(letter->language);
    bool has_edge = doc->root->last && doc->root->last->kind == NODE_CARD && w->refs.count == 0;
    textout_gap(&w->lines);
    if (!has_edge) // a card above has closed with a rule of its own
        textout_rule(&w->lines, '-', TEXTOUT_COLUMNS);
    put_string(w, letter->from_name);
    if (letter->postal_address && *letter->postal_address)
        put_string(w, letter->postal_address);
    if (letter->website && *letter->website)
        put_website(w, letter->website);
    textout_gap(&w->lines);
    struct buf why;
    buf_init(&why, BUF_MAX_DEFAULT);
    buf_addf(&why, "%s%s%s", words->why_before, letter->newsletter, words->why_after);
    put_string(w, why.data);
    buf_deinit(&why);
    put_string(w, letter->optout_is_mail ? words->optout_mail : words->optout_web);
    slot_put(w->lines.out, letter->optout_value, SLOT_LINK_WHOLE);
    buf_addc(w->lines.out, '\n');
}

void writer_text(const struct doc *doc, const struct letter *letter, const struct merge *merge,
                 struct buf *out)
{
    struct text_writer w = {.merge = merge};
    textout_init(&w.lines, out, merge);
    outline_init(&w.outline, doc);
    textout_gap(&w.lines);
    put_string(&w, letter->newsletter);
    if (!doc_title(doc))
        put_title(&w, letter);
    for (const struct node *at = letter_next(doc, NULL); at; at = letter_next(doc, at))
        block(&w, at);
    put_refs(&w);
    put_footer(&w, doc, letter);
    textout_deinit(&w.lines);
    refs_deinit(&w.refs);
}
