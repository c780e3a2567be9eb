#include "markup/html_body.h"

#include "markup/inlines.h"

#include <string.h>

// The space below a block, in pixels, and the room inside the sheet on each side.
enum {
    GAP = 20,
    SHEET_PAD = 36
};

static void inlines(struct html *w, const struct node *parent);

#define put(w, ...) buf_addf((w)->out, __VA_ARGS__)

static const struct theme_colours *light(const struct html *w)
{
    return &w->theme->light;
}

void html_text(struct html *html, const char *text, enum slot_context context)
{
    merge_write(html->merge, text, strlen(text), context, html->out);
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

static void link_inline(struct html *w, const struct node *node)
{
    bool is_doubtful = if_url(w, node->url);
    buf_adds(w->out, "<a href=\"");
    html_text(w, node->url, SLOT_HREF);
    put(w, "\" class=\"%s\" style=\"color:%s;text-decoration:underline;\">", w->link_class,
        w->link_colour);
    if (is_doubtful)
        slot_put(w->out, 0, SLOT_END);
    w->link_url = node->url;
    if (node->first)
        inlines(w, node);
    else
        html_text(w, node->url, SLOT_HTML);
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
    const char *text = alt.len == 0 && w->link_url ? w->link_url : alt.data;
    html_text(w, text, context);
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
        "\" width=\"%u\" border=\"0\" class=\"soft\" style=\"display:block;width:100%%;"
        "max-width:%upx;height:auto;border:0;border-radius:8px;font:italic 16px %s;color:%s;\">",
        width, width, w->theme->serif, light(w)->soft);
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
        put(w, "<code style=\"font-family:%s;font-size:16px;\">", w->theme->mono);
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
        buf_addc(w->out, '\n');
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

static void paragraph(struct html *w, const struct node *node)
{
    bool is_last = !node->next && node->parent && node->parent->kind != NODE_DOC;
    put(w, "<p style=\"margin:0 0 %dpx;\">", is_last ? 0 : GAP);
    inlines(w, node);
    buf_adds(w->out, "</p>\n");
}

static void byline(struct html *w, const struct node *node)
{
    bool is_first = !node->prev || node->prev->kind != NODE_BYLINE;
    bool is_last = !node->next || node->next->kind != NODE_BYLINE;
    put(w,
        "<p class=\"soft\" style=\"margin:0 0 %dpx;font-family:%s;font-size:%dpx;line-height:1.5;"
        "color:%s;\">",
        is_last ? 30 : 2, w->theme->sans, is_first ? 16 : 14, light(w)->soft);
    inlines(w, node);
    buf_adds(w->out, "</p>\n");
}

static void epigraph(struct html *w, const struct node *node)
{
    put(w,
        "<blockquote class=\"accent edge\" style=\"margin:0 0 32px;padding:22px 16px;"
        "border-top:1px solid %s;border-bottom:1px solid %s;font-family:%s;font-size:22px;"
        "line-height:1.5;font-style:italic;text-align:center;color:%s;\">\n",
        light(w)->edge, light(w)->edge, w->theme->serif, light(w)->accent);
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
        "<h%d class=\"%s h%d\" style=\"margin:%dpx 0 %dpx;font-family:%s;font-size:%upx;"
        "line-height:1.3;font-weight:%s;color:%s;\">",
        level, w->head_class, level, is_opening ? 0 : 38, level == 2 ? 16 : 12, w->theme->serif,
        sizes[level], level <= 2 ? "normal" : "bold", w->head_colour);
    inlines(w, node);
    put(w, "</h%d>\n", level);
}

void html_title(struct html *html, const struct node *title, const char *subject)
{
    put(html,
        "<h1 class=\"ink h1\" style=\"margin:0 0 14px;font-family:%s;font-size:34px;"
        "line-height:1.25;font-weight:normal;color:%s;\">",
        html->theme->serif, light(html)->ink);
    if (title)
        inlines(html, title);
    else
        html_text(html, subject, SLOT_HTML);
    buf_adds(html->out, "</h1>\n");
}

static void quote(struct html *w, const struct node *node)
{
    const char *side = w->is_rtl ? "right" : "left";
    put(w,
        "<blockquote class=\"soft edge\" style=\"margin:0 0 %dpx;padding-%s:20px;"
        "border-%s:3px solid %s;font-style:italic;color:%s;\">\n",
        GAP, side, side, light(w)->edge, light(w)->soft);
    blocks(w, node);
    buf_adds(w->out, "</blockquote>\n");
}

static void item(struct html *w, const struct node *node)
{
    put(w, "<li style=\"margin:0 0 10px;\">");
    if (node->task)
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
    put(w, " style=\"margin:%dpx 26px %dpx;padding:0;text-align:%s;\">\n", is_inner ? 8 : 0,
        is_inner ? 8 : GAP, w->is_rtl ? "right" : "left");
    for (const struct node *at = node->first; at; at = at->next)
        item(w, at);
    put(w, "</%s>\n", element);
}

static void code(struct html *w, const struct node *node)
{
    put(w,
        "<pre class=\"code ink\" dir=\"ltr\" style=\"margin:0 0 %dpx;padding:14px 16px;"
        "background-color:%s;border-radius:6px;font-family:%s;font-size:15px;line-height:1.5;"
        "text-align:left;white-space:pre-wrap;word-wrap:break-word;color:%s;\">",
        GAP, light(w)->code, w->theme->mono, light(w)->ink);
    html_text(w, node->text, SLOT_HTML);
    buf_adds(w->out, "</pre>\n");
}

static void rule(struct html *w)
{
    put(w,
        "<hr class=\"edge\" style=\"width:30%%;height:0;margin:34px auto;border:0;"
        "border-top:1px solid %s;\">\n",
        light(w)->edge);
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
        return w->is_rtl ? "right" : "left";
    }
}

static void row(struct html *w, const struct node *node, bool is_head)
{
    buf_adds(w->out, "<tr>\n");
    for (const struct node *at = node->first; at; at = at->next) {
        const char *align = align_of(w, at->align);
        put(w,
            "<%s align=\"%s\" class=\"edge\" style=\"padding:9px 10px;border-bottom:%dpx solid %s;"
            "text-align:%s;vertical-align:top;\">",
            is_head ? "th scope=\"col\"" : "td", align, is_head ? 2 : 1, light(w)->edge, align);
        inlines(w, at);
        put(w, "</%s>\n", is_head ? "th" : "td");
    }
    buf_adds(w->out, "</tr>\n");
}

static void table(struct html *w, const struct node *node)
{
    put(w,
        "<table width=\"100%%\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\" "
        "style=\"width:100%%;margin:0 0 %dpx;border-collapse:collapse;font-size:16px;"
        "line-height:1.5;\">\n",
        GAP + 4);
    for (const struct node *at = node->first; at; at = at->next)
        row(w, at, at == node->first);
    buf_adds(w->out, "</table>\n");
}

// --- cards ---------------------------------------------------------------------------------------

static void practice_open(struct html *w)
{
    const struct theme_colours *c = light(w);
    const char *side = w->is_rtl ? "right" : "left";
    put(w,
        "<td class=\"practice card\" bgcolor=\"%s\" style=\"padding:28px 24px;"
        "background-color:%s;border-%s:5px solid %s;border-radius:8px;font-family:%s;"
        "font-size:%upx;line-height:1.65;color:%s;\">\n",
        c->practice_ground, c->practice_ground, side, c->practice_edge, w->theme->serif,
        w->theme->text_size, c->practice_ink);
    w->link_class = w->head_class = "practice-head";
    w->link_colour = w->head_colour = c->practice_head;
}

static void call_open(struct html *w)
{
    const struct theme_colours *c = light(w);
    put(w,
        "<td class=\"call card\" align=\"center\" bgcolor=\"%s\" style=\"padding:36px 24px;"
        "background-color:%s;border-radius:8px;font-family:%s;font-size:%upx;line-height:1.7;"
        "text-align:center;color:%s;\">\n",
        c->call_ground, c->call_ground, w->theme->serif, w->theme->text_size + 1, c->call_ink);
    w->link_class = w->head_class = "call-head";
    w->link_colour = w->head_colour = c->call_head;
}

static void card(struct html *w, const struct node *node)
{
    struct html inside = *w;
    buf_adds(w->out, "<table role=\"presentation\" width=\"100%\" border=\"0\" cellpadding=\"0\" "
                     "cellspacing=\"0\">\n<tr><td style=\"padding:18px 0 22px;\">\n"
                     "<table role=\"presentation\" width=\"100%\" border=\"0\" cellpadding=\"0\" "
                     "cellspacing=\"0\" style=\"border-collapse:separate;\">\n<tr>\n");
    if (node->card == CARD_CALL)
        call_open(&inside);
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
