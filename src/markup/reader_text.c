#include "markup/reader.h"

#include "markup/byline.h"
#include "markup/card.h"
#include "markup/furniture.h"
#include "markup/inlines.h"
#include "markup/shape.h"
#include "markup/text_list.h"
#include "markup/text_reader.h"

#include <string.h>

// Levels of headings in a source without any: under the title come sections.
enum {
    TITLE_LEVEL = 1,
    SECTION_LEVEL = 2,
    PROSE_WORDS = 12,    // what a phrase heads has no fewer
    PROSE_MIN_WORDS = 5, // nor what a question or a line with a colon heads
    INDENT_MAX = 24,
    BYLINES_MAX = 3
};

static const struct merge *merge_of(const struct text_reader *r)
{
    return r->options->merge;
}

bool text_reader_is_gap(const struct text_reader *r, size_t i)
{
    return i >= r->count || srcline_is_gap(&r->lines[i]);
}

size_t text_reader_skip_gaps(const struct text_reader *r, size_t i)
{
    while (i < r->count && srcline_is_gap(&r->lines[i]))
        i++;
    return i;
}

static size_t block_end(const struct text_reader *r, size_t i)
{
    while (!text_reader_is_gap(r, i))
        i++;
    return i;
}

static bool is_alone(const struct text_reader *r, size_t i)
{
    return (i == 0 || text_reader_is_gap(r, i - 1)) && text_reader_is_gap(r, i + 1);
}

static bool is_section_title(const struct text_reader *r, size_t i)
{
    enum card_kind kind;
    return card_is_title(r->options, r->lines[i].text, r->lines[i].len, &kind);
}

// ">" with a blank behind it, or in a block of such lines: ">50% of us" is no quotation.
static bool is_quote_line(const struct text_reader *r, size_t i)
{
    if (i >= r->count || r->lines[i].is_cut || r->lines[i].len == 0 || r->lines[i].text[0] != '>')
        return false;
    const struct srcline *line = &r->lines[i];
    if (line->len == 1 || line->text[1] == '>' || srcline_space(line->text + 1, line->len - 1) > 0)
        return true;
    bool above = i > 0 && !text_reader_is_gap(r, i - 1) && r->lines[i - 1].text[0] == '>';
    return above || (!text_reader_is_gap(r, i + 1) && r->lines[i + 1].text[0] == '>');
}

static bool could_head(const struct text_reader *r, size_t i)
{
    const struct srcline *line = &r->lines[i];
    struct bullet bullet;
    return !shape_bullet(line, &bullet) && !shape_is_rule(line->text, line->len) &&
           line->text[0] != '>';
}

static bool is_title_shape(const struct text_reader *r, size_t i)
{
    return could_head(r, i) && shape_is_heading(merge_of(r), r->lines[i].text, r->lines[i].len);
}

static enum shape_heading heading_shape(const struct text_reader *r, size_t i)
{
    if (!could_head(r, i))
        return SHAPE_NO_HEADING;
    return shape_heading(merge_of(r), r->lines[i].text, r->lines[i].len);
}

// Words of the paragraph at line i; 0 when something else stands there.
static size_t prose_words(const struct text_reader *r, size_t i)
{
    struct bullet bullet;
    size_t words = 0;
    if (text_reader_is_gap(r, i) || is_quote_line(r, i) || shape_bullet(&r->lines[i], &bullet) ||
        is_section_title(r, i))
        return 0;
    for (; !text_reader_is_gap(r, i); i++)
        words += srcline_words(r->lines[i].text, r->lines[i].len);
    return words;
}

static bool is_underlined(const struct text_reader *r, size_t i)
{
    struct bullet bullet;
    return !text_reader_is_gap(r, i) && !text_reader_is_gap(r, i + 1) &&
           !shape_bullet(&r->lines[i], &bullet) &&
           !shape_is_rule(r->lines[i].text, r->lines[i].len) && r->lines[i].text[0] != '>' &&
           shape_underline(r->lines[i + 1].text, r->lines[i + 1].len) > 0 &&
           shape_is_role(merge_of(r), r->lines[i].text, r->lines[i].len);
}

// --- nodes ---------------------------------------------------------------------------------------

void text_reader_add_line(struct text_reader *r, struct node *parent, const struct srcline *line,
                          size_t skip)
{
    const char *text = inlines_clean(r->doc->arena, line->text + skip, line->len - skip);
    inlines_add_linked(r->doc, parent, merge_of(r), text, line->number);
}

static void add_heading(struct text_reader *r, struct node *parent, size_t i, int level)
{
    const struct srcline *line = &r->lines[i];
    struct node *heading = doc_node(r->doc, NODE_HEADING, line->number);
    heading->level = level;
    heading->text = inlines_clean(r->doc->arena, line->text, line->len);
    inlines_add(r->doc, heading, merge_of(r), heading->text, line->number);
    node_append(parent, heading);
}

static void add_byline(struct text_reader *r, size_t i)
{
    struct node *byline = doc_node(r->doc, NODE_BYLINE, r->lines[i].number);
    text_reader_add_line(r, byline, &r->lines[i], 0);
    node_append(r->doc->root, byline);
}

// The blanks by which a line of verse is moved in, as blanks that stay.
static void add_indent(struct text_reader *r, struct node *parent, const struct srcline *line,
                       size_t columns)
{
    struct buf blanks;
    if (columns == 0)
        return;
    buf_init(&blanks, 2 * INDENT_MAX + 1);
    for (size_t i = 0; i < columns && i < INDENT_MAX; i++)
        buf_adds(&blanks, "\xc2\xa0");
    inlines_add(r->doc, parent, merge_of(r), arena_strndup(r->doc->arena, blanks.data, blanks.len),
                line->number);
    buf_deinit(&blanks);
}

static size_t least_indent(const struct text_reader *r, size_t first, size_t end)
{
    size_t least = r->lines[first].indent;
    for (size_t i = first; i < end; i++)
        least = r->lines[i].indent < least ? r->lines[i].indent : least;
    return least;
}

static void add_paragraph(struct text_reader *r, struct node *parent, size_t first, size_t end)
{
    enum node_kind brk =
        shape_is_wrapped(merge_of(r), r->lines + first, end - first) ? NODE_SOFT : NODE_BREAK;
    size_t margin = least_indent(r, first, end);
    struct node *paragraph = doc_node(r->doc, NODE_PARAGRAPH, r->lines[first].number);
    for (size_t i = first; i < end; i++) {
        if (i > first)
            node_append(paragraph, doc_node(r->doc, brk, r->lines[i].number));
        if (brk == NODE_BREAK)
            add_indent(r, paragraph, &r->lines[i], r->lines[i].indent - margin);
        text_reader_add_line(r, paragraph, &r->lines[i], 0);
    }
    node_append(parent, paragraph);
}

// --- quotations ----------------------------------------------------------------------------------

static void read_blocks(struct text_reader *r, struct node *parent, size_t i);

static int quote_depth(const struct node *node)
{
    int depth = 0;
    for (; node; node = node->parent)
        depth++;
    return depth;
}

// Lines that begin with ">"; the inside is read like a post of its own. Deeper than the ceiling the
// marks are taken off and the quotations are one.
static size_t read_quote(struct text_reader *r, struct node *parent, size_t i)
{
    size_t end = i;
    bool is_deepest = quote_depth(parent) >= DOC_DEPTH_MAX / 4;
    while (is_quote_line(r, end))
        end++;
    for (size_t k = i; k < end; k++) {
        struct srcline *line = &r->lines[k];
        size_t skip = 1;
        while (is_deepest && skip < line->len &&
               (line->text[skip] == '>' || line->text[skip] == ' '))
            skip++;
        line->indent = 0;
        line->text += skip;
        line->len -= skip;
        for (size_t n; (n = srcline_space(line->text, line->len)) > 0; line->indent++) {
            line->text += n;
            line->len -= n;
        }
        line->indent -= line->indent > 0; // the one blank behind the mark
    }
    struct node *quote = doc_node(r->doc, NODE_QUOTE, r->lines[i].number);
    quote->parent = parent; // for the depth; it is a child when something is quoted
    struct text_reader inside = {.doc = r->doc, .options = r->options};
    inside.lines = r->lines + i;
    inside.count = end - i;
    read_blocks(&inside, quote, 0);
    if (quote->first)
        node_append(parent, quote);
    return end;
}

// --- blocks --------------------------------------------------------------------------------------

static bool is_heading_like(const struct text_reader *r, size_t i)
{
    return is_alone(r, i) && heading_shape(r, i) != SHAPE_NO_HEADING;
}

// The line above broke off: "With love," above a name.
static bool is_signed(const struct text_reader *r, size_t i)
{
    while (i > 0 && srcline_is_gap(&r->lines[i - 1]))
        i--;
    return i > 0 && r->lines[i - 1].text[r->lines[i - 1].len - 1] == ',';
}

// What the shape of a heading asks for below it.
static bool heads_enough(const struct text_reader *r, size_t i, size_t next)
{
    switch (heading_shape(r, i)) {
    case SHAPE_TITLE:
        return true;
    case SHAPE_PROSE_BELOW:
        return prose_words(r, next) >= PROSE_MIN_WORDS;
    case SHAPE_PHRASE:
        return prose_words(r, next) >= PROSE_WORDS;
    default:
        return false;
    }
}

// A heading stands alone, and what it heads follows. Several such lines one under the other are not
// headings but the lines of somebody who writes that way.
static bool is_heading(struct text_reader *r, size_t i)
{
    if (!is_heading_like(r, i))
        return false;
    size_t next = text_reader_skip_gaps(r, i + 1);
    bool heads = next < r->count && !(is_heading_like(r, next) && !is_section_title(r, next));
    bool is_one = heads && !r->after_heading_like && !is_signed(r, i) && heads_enough(r, i, next);
    r->after_heading_like = !is_one;
    return is_one;
}

// Whether something else than more of the paragraph begins at a line inside a block.
static bool breaks_paragraph(const struct text_reader *r, size_t i)
{
    return is_quote_line(r, i) || is_section_title(r, i) || is_underlined(r, i) ||
           text_list_begins(r, i);
}

static size_t read_paragraph(struct text_reader *r, struct node *parent, size_t i)
{
    size_t end = i + 1;
    while (!text_reader_is_gap(r, end) && !breaks_paragraph(r, end))
        end++;
    add_paragraph(r, parent, i, end);
    return end;
}

// Reads what begins at line i and returns the line after it.
static size_t read_block(struct text_reader *r, struct node *parent, size_t i)
{
    const struct srcline *line = &r->lines[i];
    bool was_heading_like = r->after_heading_like;
    if (is_alone(r, i) && shape_is_rule(line->text, line->len)) {
        node_append(parent, doc_node(r->doc, NODE_RULE, line->number));
        return i + 1;
    }
    if (is_underlined(r, i)) {
        add_heading(r, parent, i, shape_underline(r->lines[i + 1].text, r->lines[i + 1].len));
        return i + 2;
    }
    if (is_section_title(r, i) || is_heading(r, i)) {
        add_heading(r, parent, i, SECTION_LEVEL);
        r->after_heading_like = false;
        return i + 1;
    }
    if (r->after_heading_like == was_heading_like && !is_heading_like(r, i))
        r->after_heading_like = false;
    if (is_quote_line(r, i))
        return read_quote(r, parent, i);
    if (text_list_begins(r, i))
        return text_list_read(r, parent, i);
    return read_paragraph(r, parent, i);
}

static void read_blocks(struct text_reader *r, struct node *parent, size_t i)
{
    for (i = text_reader_skip_gaps(r, i); i < r->count; i = text_reader_skip_gaps(r, i))
        i = read_block(r, parent, i);
}

// --- the opening ---------------------------------------------------------------------------------

static bool is_byline(const struct text_reader *r, size_t i)
{
    return !text_reader_is_gap(r, i) && byline_is_one(r->lines[i].text, r->lines[i].len);
}

static bool is_role(const struct text_reader *r, size_t i)
{
    return !text_reader_is_gap(r, i) && !is_section_title(r, i) &&
           shape_is_role(merge_of(r), r->lines[i].text, r->lines[i].len);
}

static bool is_date(const struct text_reader *r, size_t i)
{
    return !text_reader_is_gap(r, i) && byline_is_date(r->lines[i].text, r->lines[i].len);
}

static bool is_quotation(const struct text_reader *r, size_t i);

// Whether the lone line at i, behind a blank one, still belongs to the byline: a date, a role that
// is known by its bar, a tagline between the head of the letter and its opening quotation.
static bool goes_with_byline(const struct text_reader *r, size_t i, bool has_title)
{
    if (i >= r->count || !is_alone(r, i))
        return false;
    if (is_date(r, i))
        return true;
    if (!is_role(r, i) || is_quotation(r, i))
        return false;
    size_t next = text_reader_skip_gaps(r, i + 1);
    return memchr(r->lines[i].text, '|', r->lines[i].len) ||
           (has_title && next < r->count && is_quotation(r, next));
}

// The byline at i, and what belongs to it in the lines under it and behind blank ones.
static size_t read_byline(struct text_reader *r, size_t i, bool has_title)
{
    add_byline(r, i++);
    size_t end = block_end(r, i);
    if (end - i > 2)
        return i;
    while (i < end && is_role(r, i))
        add_byline(r, i++);
    if (i < end)
        return i;
    for (int n = 0; n < BYLINES_MAX; n++) {
        size_t next = text_reader_skip_gaps(r, i);
        if (!goes_with_byline(r, next, has_title))
            break;
        add_byline(r, next);
        i = next + 1;
    }
    return i;
}

// A title is a short line above everything but a byline, and the letter follows it.
static bool is_title(const struct text_reader *r, size_t i)
{
    if (is_section_title(r, i))
        return false;
    if (is_underlined(r, i))
        return true;
    bool is_apart = text_reader_is_gap(r, i + 1) || is_byline(r, i + 1) || is_date(r, i + 1);
    return is_apart && is_title_shape(r, i) && text_reader_skip_gaps(r, i + 1) < r->count;
}

static size_t read_title(struct text_reader *r, size_t i)
{
    bool underlined = is_underlined(r, i);
    add_heading(r, r->doc->root, i, TITLE_LEVEL);
    return i + (underlined ? 2 : 1);
}

// A block's lines joined by line feeds, for the questions about quotations.
static bool is_quotation(const struct text_reader *r, size_t i)
{
    struct buf text;
    buf_init(&text, 4096);
    size_t end = block_end(r, i);
    for (size_t k = i; k < end && end - i <= 8; k++) {
        if (k > i)
            buf_addc(&text, '\n');
        buf_add(&text, r->lines[k].text, r->lines[k].len);
    }
    bool is = !buf_is_over(&text) && shape_is_quotation(text.data, text.len);
    buf_deinit(&text);
    return is;
}

static size_t read_epigraph(struct text_reader *r, size_t i)
{
    struct node *epigraph = doc_node(r->doc, NODE_EPIGRAPH, r->lines[i].number);
    node_append(r->doc->root, epigraph);
    size_t end = block_end(r, i);
    add_paragraph(r, epigraph, i, end);
    size_t next = text_reader_skip_gaps(r, end);
    if (next < r->count && is_alone(r, next) &&
        shape_is_attribution(r->lines[next].text, r->lines[next].len)) {
        add_paragraph(r, epigraph, next, next + 1);
        end = next + 1;
    }
    return end;
}

// A web page was pasted: its own lines stood above.
static bool has_cut_above(const struct text_reader *r, size_t i)
{
    while (i > 0)
        if (r->lines[--i].is_cut)
            return true;
    return false;
}

// The name of the site or a category above the title that stands above a byline or a date. Where no
// line of a page was cut, it is the title, and what follows it a second one.
static bool is_above_title(const struct text_reader *r, size_t i)
{
    if (!has_cut_above(r, i) || is_section_title(r, i) || !is_title_shape(r, i))
        return false;
    size_t title = text_reader_skip_gaps(r, i + 1), next = text_reader_skip_gaps(r, title + 1);
    return title < r->count && next < r->count && is_title(r, title) &&
           (is_byline(r, next) || (is_date(r, next) && text_reader_is_gap(r, next + 1)));
}

// A lone line above the byline that is no title, or the second one: a category, a subtitle.
static bool is_above_byline(const struct text_reader *r, size_t i)
{
    size_t next = text_reader_skip_gaps(r, i + 1);
    return is_role(r, i) && (i == 0 || text_reader_is_gap(r, i - 1)) && !is_quotation(r, i) &&
           next < r->count && is_byline(r, next);
}

static bool is_above(const struct text_reader *r, size_t i, bool has_title)
{
    if (!has_title && is_title(r, i))
        return is_above_title(r, i);
    return (!has_title && is_above_title(r, i)) || is_above_byline(r, i);
}

// Title, byline and epigraph in the orders they come in; each at most once, no title under the
// epigraph. Returns the first line of the body.
static size_t read_opening(struct text_reader *r)
{
    bool has_title = false, has_byline = false, has_epigraph = false, has_more = false;
    size_t i = text_reader_skip_gaps(r, 0);
    while (i < r->count) {
        if (!has_byline && is_byline(r, i)) {
            has_byline = true;
            i = read_byline(r, i, has_title);
        } else if (is_date(r, i) && text_reader_is_gap(r, i + 1)) {
            add_byline(r, i++);
        } else if (!has_byline && !has_epigraph && !has_more && is_above(r, i, has_title)) {
            has_more = true;
            add_byline(r, i++);
        } else if (!has_title && !has_epigraph && is_title(r, i)) {
            has_title = true;
            i = read_title(r, i);
        } else if (!has_epigraph && is_quotation(r, i) &&
                   text_reader_skip_gaps(r, block_end(r, i)) < r->count) {
            has_epigraph = true;
            i = read_epigraph(r, i);
        } else {
            break;
        }
        i = text_reader_skip_gaps(r, i);
    }
    return i;
}

struct doc *reader_text(struct arena *arena, const char *text, size_t len,
                        const struct reader_options *options, struct findings *findings)
{
    struct text_reader r = {.doc = doc_new(arena), .options = options};
    r.lines = srcline_split(arena, text, len, options->first_line, &r.count);
    furniture_cut(r.lines, r.count, options, findings);
    read_blocks(&r, r.doc->root, read_opening(&r));
    card_apply(r.doc, options);
    return r.doc;
}
