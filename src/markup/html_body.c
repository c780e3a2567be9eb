#include "markup/html_body.h"

#include "markup/inlines.h"

#include <string.h>

// The space below a block, in pixels, and the room inside the sheet on each side.
enum {
    GAP = 20,
    LINE_GAP = 6,
    SHEET_PAD = 36,
    LONG_WORD = 24 // columns of a word, in a link mostly an address, that may not fit on a phone
};

static void inlines(struct html *w, const struct node *parent);

#define put(w, ...) buf_addf((w)->out, __VA_ARGS__)

static const char *start_side(const struct html *w)
{
    return w->is_rtl ? "right" : "left";
}

void html_text(struct html *html, const char *text, enum slot_context context)
{
    merge_write(html->merge, text, strlen(text), context, html->out);
}

// Columns of the longest word of a node.
static size_t longest_word(const struct html *w, const struct node *node)
{
    struct buf text;
    size_t longest = 0;
    buf_init(&text, BUF_MAX_DEFAULT);
    inlines_text(node, w->merge, ' ', &text);
    for (size_t i = 0; i < text.len;) {
        size_t n = strcspn(text.data + i, " ");
        size_t width = merge_width(w->merge, text.data + i, n);
        longest = width > longest ? width : longest;
        i += n + 1;
    }
    buf_deinit(&text);
    return longest;
}

// --- inlines -------------------------------------------------------------------------------------

// An address out of the reader's data is looked at when the message is made: true when what follows
// stands only if it is one, up to SLOT_ELSE or SLOT_END.
static bool if_url(struct html *w, const char *url)
{
    unsigned value = 0;
    if (!merge_is_word(w->merge, url, &value) || merge_is_own_url(w->merge, value))
        return false;
    slot_put(w->out, value, SLOT_IF_URL);
    return true;
}

static void link_name(struct html *w, const char *url)
{
    struct buf name;
    buf_init(&name, BUF_MAX_DEFAULT);
    letter_link_name(url, url, &name);
    html_text(w, name.data, SLOT_HTML);
    buf_deinit(&name);
}

// An address in sight may have to break anywhere; so may a tag, which mostly stands for one.
static bool is_long(const struct html *w, const struct node *link)
{
    bool is_tag = link->first && link->first->kind == NODE_TAG && !link->first->next;
    return is_tag || !link->first || longest_word(w, link) > LONG_WORD;
}

static void link_inline(struct html *w, const struct node *node)
{
    bool is_doubtful = if_url(w, node->url);
    buf_adds(w->out, "<a href=\"");
    html_text(w, node->url, SLOT_HREF);
    put(w, "\" class=\"%shead\" style=\"color:%s;text-decoration:underline;%s\">", w->on,
        w->ground->head, is_long(w, node) ? "word-break:break-word;" : "");
    if (is_doubtful)
        slot_put(w->out, 0, SLOT_END);
    w->link_url = node->url;
    if (node->first)
        inlines(w, node);
    else
        link_name(w, node->url);
    w->link_url = NULL;
    if (is_doubtful)
        if_url(w, node->url);
    buf_adds(w->out, "</a>");
    if (is_doubtful)
        slot_put(w->out, 0, SLOT_END);
}

static void alt_text(struct html *w, const struct node *image, enum slot_context context)
{
    struct buf alt;
    buf_init(&alt, BUF_MAX_DEFAULT);
    inlines_text(image, w->merge, ' ', &alt);
    if (alt.len == 0 && w->link_url && !image->prev && !image->next) // it is all of the link
        letter_link_name(w->link_url, "image", &alt);
    if (alt.len > 0)
        html_text(w, alt.data, context);
    buf_deinit(&alt);
}

// A size that fits every client: Outlook obeys the attribute, the others the style (HT-04).
static void picture(struct html *w, const struct node *node)
{
    unsigned width = w->theme->width - 2 * SHEET_PAD;
    buf_adds(w->out, "<img src=\"");
    html_text(w, node->url, SLOT_HREF);
    buf_adds(w->out, "\" alt=\"");
    alt_text(w, node, SLOT_ATTR);
    put(w,
        "\" width=\"%u\" border=\"0\" class=\"%ssoft\" style=\"display:block;width:100%%;"
        "max-width:%upx;height:auto;border:0;border-radius:8px;font:italic 16px %s;color:%s;\">",
        width, w->on, width, w->theme->serif, w->ground->soft);
}

static void image_inline(struct html *w, const struct node *node)
{
    bool is_doubtful = node->url && if_url(w, node->url);
    if (node->url)
        picture(w, node);
    if (is_doubtful)
        slot_put(w->out, 0, SLOT_ELSE);
    if (is_doubtful || !node->url) {
        buf_adds(w->out, "<em>");
        alt_text(w, node, SLOT_HTML);
        buf_adds(w->out, "</em>");
    }
    if (is_doubtful)
        slot_put(w->out, 0, SLOT_END);
}

static void wrapped(struct html *w, const struct node *node, const char *element)
{
    put(w, "<%s>", element);
    inlines(w, node);
    put(w, "</%s>", element);
}

static void inline_node(struct html *w, const struct node *node)
{
    switch (node->kind) {
    case NODE_TEXT:
        html_text(w, node->text, SLOT_HTML);
        break;
    case NODE_TAG:
        slot_put(w->out, node->value, SLOT_HTML);
        break;
    case NODE_EMPH:
        wrapped(w, node, "em");
        break;
    case NODE_STRONG:
        wrapped(w, node, "strong");
        break;
    case NODE_STRIKE:
        wrapped(w, node, "s");
        break;
    case NODE_CODESPAN:
        put(w, "<code style=\"font-family:%s;font-size:16px;word-break:break-word;\">",
            w->theme->mono);
        html_text(w, node->text, SLOT_HTML);
        buf_adds(w->out, "</code>");
        break;
    case NODE_LINK:
        if (w->link_url)
            inlines(w, node); // no link inside a link
        else
            link_inline(w, node);
        break;
    case NODE_IMAGE:
        image_inline(w, node);
        break;
    case NODE_BREAK:
        buf_adds(w->out, "<br>\n");
        break;
    case NODE_SOFT:
        buf_adds(w->out, letter_is_break(node) ? "<br>\n" : "\n");
        break;
    default:
        break;
    }
}

static void inlines(struct html *w, const struct node *parent)
{
    for (const struct node *at = parent->first; at; at = at->next)
        inline_node(w, at);
}

// --- blocks --------------------------------------------------------------------------------------

static void blocks(struct html *w, const struct node *parent)
{
    for (const struct node *at = parent->first; at; at = at->next)
        html_block(w, at);
}

static bool ends_line(const struct node *node)
{
    return node->kind == NODE_BREAK || letter_is_break(node);
}

// A line that ends where the writer ended it has a little room below, so that on a narrow window it
// is told from one that was only wrapped. No other way of setting verse is known to all clients.
static void paragraph(struct html *w, const struct node *node)
{
    bool is_last = !node->next && node->parent && node->parent->kind != NODE_DOC;
    const struct node *at = node->first;
    do {
        const struct node *end = at;
        while (end && !ends_line(end))
            end = end->next;
        bool has_more = end && end->next;
        put(w, "<p style=\"margin:0 0 %dpx;\">", has_more ? LINE_GAP : is_last ? 0 : GAP);
        for (; at != end; at = at->next)
            inline_node(w, at);
        buf_adds(w->out, "</p>\n");
        at = end ? end->next : NULL;
    } while (at);
}

static void byline(struct html *w, const struct node *node)
{
    bool is_first = !node->prev || node->prev->kind != NODE_BYLINE;
    bool is_last = !node->next || node->next->kind != NODE_BYLINE;
    put(w,
        "<p class=\"soft\" style=\"margin:0 0 %dpx;font-family:%s;font-size:%dpx;line-height:1.5;"
        "color:%s;\">",
        is_last ? 30 : 2, w->theme->sans, is_first ? 16 : 14, w->ground->soft);
    inlines(w, node);
    buf_adds(w->out, "</p>\n");
}

static void epigraph(struct html *w, const struct node *node)
{
    put(w,
        "<blockquote class=\"%shead %sedge\" style=\"margin:0 0 32px;padding:22px 16px;"
        "border-top:1px solid %s;border-bottom:1px solid %s;font-family:%s;font-size:22px;"
        "line-height:1.5;font-style:italic;text-align:center;color:%s;\">\n",
        w->on, w->on, w->ground->edge, w->ground->edge, w->theme->serif, w->ground->head);
    for (const struct node *at = node->first; at; at = at->next) {
        if (at->kind == NODE_PARAGRAPH && at->prev) { // who said it
            put(w, "<p style=\"margin:12px 0 0;font-size:16px;font-style:normal;\">");
            inlines(w, at);
            buf_adds(w->out, "</p>\n");
        } else if (at->kind == NODE_PARAGRAPH) {
            buf_adds(w->out, "<p style=\"margin:0;\">");
            inlines(w, at);
            buf_adds(w->out, "</p>\n");
        } else {
            html_block(w, at);
        }
    }
    buf_adds(w->out, "</blockquote>\n");
}

static void heading(struct html *w, const struct node *node)
{
    static const unsigned sizes[] = {0, 34, 25, 21, 19, 18, 18};
    int level = outline_level(&w->outline, node);
    bool is_opening = !node->prev; // of a card: no room above
    put(w,
        "<h%d class=\"%shead h%d\" style=\"margin:%dpx 0 %dpx;font-family:%s;font-size:%upx;"
        "line-height:1.3;font-weight:%s;color:%s;\">",
        level, w->on, level, is_opening ? 0 : 38, level == 2 ? 16 : 12, w->theme->serif,
        sizes[level], level <= 2 ? "normal" : "bold", w->ground->head);
    inlines(w, node);
    put(w, "</h%d>\n", level);
}

void html_title(struct html *html, const struct node *title, const char *subject)
{
    put(html,
        "<h1 class=\"ink h1\" style=\"margin:0 0 14px;font-family:%s;font-size:34px;"
        "line-height:1.25;font-weight:normal;color:%s;\">",
        html->theme->serif, html->ground->ink);
    if (title)
        inlines(html, title);
    else
        html_text(html, subject, SLOT_HTML);
    buf_adds(html->out, "</h1>\n");
}

static void quote(struct html *w, const struct node *node)
{
    const char *side = start_side(w);
    put(w,
        "<blockquote class=\"%ssoft %sedge\" style=\"margin:0 0 %dpx;padding-%s:20px;"
        "border-%s:3px solid %s;font-style:italic;color:%s;\">\n",
        w->on, w->on, GAP, side, side, w->ground->edge, w->ground->soft);
    blocks(w, node);
    buf_adds(w->out, "</blockquote>\n");
}

static void item(struct html *w, const struct node *node)
{
    put(w, "<li style=\"margin:0 0 10px;%s\">", node->task ? "list-style-type:none;" : "");
    if (node->task) // the box is its bullet
        buf_adds(w->out, node->task == 2 ? "☑ " : "☐ ");
    bool is_tight = node->parent->is_tight;
    for (const struct node *at = node->first; at; at = at->next) {
        if (at->kind == NODE_PARAGRAPH && (is_tight || node->first == node->last)) {
            inlines(w, at);
            if (at->next)
                buf_adds(w->out, "\n");
        } else {
            html_block(w, at);
        }
    }
    buf_adds(w->out, "</li>\n");
}

static void list(struct html *w, const struct node *node)
{
    bool is_inner = node->parent->kind == NODE_ITEM;
    const char *element = node->is_ordered ? "ol" : "ul";
    put(w, "<%s", element);
    if (node->is_ordered && node->start != 1)
        put(w, " start=\"%d\"", node->start);
    // Outlook indents a list by its margin only.
    put(w, " style=\"margin:%dpx %s %dpx %s;padding:0;\">\n", is_inner ? 8 : 0,
        w->is_rtl ? "26px" : "0", is_inner ? 8 : GAP, w->is_rtl ? "0" : "26px");
    for (const struct node *at = node->first; at; at = at->next)
        item(w, at);
    put(w, "</%s>\n", element);
}

static void code(struct html *w, const struct node *node)
{
    put(w,
        "<pre class=\"%scode %sink\" dir=\"ltr\" style=\"margin:0 0 %dpx;padding:14px 16px;"
        "background-color:%s;border-radius:6px;font-family:%s;font-size:15px;line-height:1.5;"
        "text-align:left;white-space:pre-wrap;word-break:break-word;color:%s;\">",
        w->on, w->on, GAP, w->ground->code, w->theme->mono, w->ground->ink);
    html_text(w, node->text, SLOT_HTML);
    buf_adds(w->out, "</pre>\n");
}

static void rule(struct html *w)
{
    put(w,
        "<hr class=\"%sedge\" style=\"width:30%%;height:0;margin:34px auto;border:0;"
        "border-top:1px solid %s;\">\n",
        w->on, w->ground->edge);
}

static const char *align_of(const struct html *w, char align)
{
    switch (align) {
    case 'c':
        return "center";
    case 'r':
        return "right";
    case 'l':
        return "left";
    default:
        return start_side(w);
    }
}

enum {
    COLUMNS_MAX = 64,
    LETTER_WIDE = 9,  // pixels, about
    CELL_PAD = 10,    // on either side
    PHONE_WIDE = 300, // what a phone leaves for a table, and what the sheet does
    SHEET_WIDE = 520
};

// The least pixels in which no word of the table is broken.
static size_t least_width(const struct html *w, const struct node *node)
{
    size_t longest[COLUMNS_MAX] = {0}, sum = 0;
    for (const struct node *row = node->first; row; row = row->next) {
        size_t i = 0;
        for (const struct node *cell = row->first; cell && i < COLUMNS_MAX;
             cell = cell->next, i++) {
            size_t n = longest_word(w, cell) * LETTER_WIDE + 2 * CELL_PAD;
            longest[i] = n > longest[i] ? n : longest[i];
        }
    }
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        sum += longest[i];
    return sum;
}

static void row(struct html *w, const struct node *node, bool is_head, bool is_crowded)
{
    const char *type =
        is_crowded ? "padding:6px 3px;font-size:14px;word-break:break-word;" : "padding:9px 10px;";
    buf_adds(w->out, "<tr>\n");
    for (const struct node *at = node->first; at; at = at->next) {
        const char *align = align_of(w, at->align);
        put(w,
            "<%s align=\"%s\" class=\"%sedge\" style=\"%sborder-bottom:%dpx solid %s;"
            "text-align:%s;vertical-align:top;\">",
            is_head ? "th scope=\"col\"" : "td", align, w->on, type, is_head ? 2 : 1,
            w->ground->edge, align);
        inlines(w, at);
        put(w, "</%s>\n", is_head ? "th" : "td");
    }
    buf_adds(w->out, "</tr>\n");
}

// What does not fit is set closer and breaks its words, on a phone (class "dense") or everywhere:
// a table may not make the letter wider than the window.
static void table(struct html *w, const struct node *node)
{
    size_t least = least_width(w, node);
    put(w,
        "<table width=\"100%%\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\"%s "
        "style=\"width:100%%;margin:0 0 %dpx;border-collapse:collapse;font-size:16px;"
        "line-height:1.5;\">\n",
        least > PHONE_WIDE ? " class=\"dense\"" : "", GAP + 4);
    for (const struct node *at = node->first; at; at = at->next)
        row(w, at, at == node->first, least > SHEET_WIDE);
    buf_adds(w->out, "</table>\n");
}

// --- cards ---------------------------------------------------------------------------------------

static void practice_open(struct html *w)
{
    w->ground = &w->theme->light.practice;
    w->on = "practice-";
    put(w,
        "<td class=\"practice practice-ink practice-edge card\" bgcolor=\"%s\" "
        "style=\"padding:28px 24px;background-color:%s;border-%s:5px solid %s;border-radius:8px;"
        "font-family:%s;font-size:%upx;line-height:1.65;color:%s;\">\n",
        w->ground->ground, w->ground->ground, start_side(w), w->ground->edge, w->theme->serif,
        w->theme->text_size, w->ground->ink);
}

// Lists, quotations and the like are hard to read centred.
static const char *call_align(const struct html *w, const struct node *card)
{
    for (const struct node *at = card->first; at; at = at->next)
        if (at->kind != NODE_PARAGRAPH && at->kind != NODE_HEADING)
            return start_side(w);
    return "center";
}

static void call_open(struct html *w, const struct node *card)
{
    const char *align = call_align(w, card);
    w->ground = &w->theme->light.call;
    w->on = "call-";
    put(w,
        "<td class=\"call call-ink card\" align=\"%s\" bgcolor=\"%s\" style=\"padding:36px 24px;"
        "background-color:%s;border-radius:8px;font-family:%s;font-size:%upx;line-height:1.7;"
        "text-align:%s;color:%s;\">\n",
        align, w->ground->ground, w->ground->ground, w->theme->serif, w->theme->text_size + 1,
        align, w->ground->ink);
}

static void card(struct html *w, const struct node *node)
{
    struct html inside = *w;
    buf_adds(
        w->out,
        "<table role=\"presentation\" width=\"100%\" border=\"0\" cellpadding=\"0\" "
        "cellspacing=\"0\" style=\"table-layout:fixed;\">\n<tr><td style=\"padding:18px 0 22px;\">\n"
        "<table role=\"presentation\" width=\"100%\" border=\"0\" cellpadding=\"0\" "
        "cellspacing=\"0\" style=\"border-collapse:separate;table-layout:fixed;\">\n<tr>\n");
    if (node->card == CARD_CALL)
        call_open(&inside, node);
    else
        practice_open(&inside);
    blocks(&inside, node);
    w->outline = inside.outline;
    buf_adds(w->out, "</td>\n</tr>\n</table>\n</td></tr>\n</table>\n");
}

void html_block(struct html *html, const struct node *node)
{
    switch (node->kind) {
    case NODE_BYLINE:
        byline(html, node);
        break;
    case NODE_EPIGRAPH:
        epigraph(html, node);
        break;
    case NODE_HEADING:
        heading(html, node);
        break;
    case NODE_PARAGRAPH:
        paragraph(html, node);
        break;
    case NODE_QUOTE:
        quote(html, node);
        break;
    case NODE_LIST:
        list(html, node);
        break;
    case NODE_CODE:
        code(html, node);
        break;
    case NODE_RULE:
        rule(html);
        break;
    case NODE_TABLE:
        table(html, node);
        break;
    case NODE_CARD:
        card(html, node);
        break;
    default:
        inline_node(html, node);
        break;
    }
}
