#include "markup/reader.h"

#include "markup/card.h"
#include "markup/furniture.h"
#include "markup/inlines.h"
#include "markup/opening.h"
#include "markup/rawhtml.h"
#include "markup/srcline.h"
#include "markup/url.h"

#define CMARK_NO_SHORT_NAMES // they are the names of our own nodes
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    // cmark-gfm 0.29 takes quadratic time on some runs of brackets and bars; a run this long is no
    // paragraph of a letter.
    RUN_BYTES = 32 * 1024,
    WARNINGS_MAX = 50, // of one kind
};

// How a cmark node stands in our tree, kept in its user data between entering and leaving it.
static char flattened; // has no node: its children belong to the node around it

struct md_reader {
    struct doc *doc;
    const struct reader_options *options;
    struct findings *findings;
    struct node *at;      // where children go
    int depth;            // of quotations, lists and inline markup around `at`
    unsigned line;        // of the raw HTML that is read; 0 outside of it
    cmark_node *mute_end; // nothing is read before it
    size_t html_warnings, link_warnings;
    const uint8_t *alignments;
    size_t columns, cell;
};

static unsigned line_of(const struct md_reader *r, cmark_node *node)
{
    if (r->line > 0)
        return r->line;
    int line = cmark_node_get_start_line(node);
    for (cmark_node *up = node; line <= 0 && (up = cmark_node_parent(up));)
        line = cmark_node_get_start_line(up);
    return r->options->first_line + (line > 0 ? (unsigned)line - 1 : 0);
}

__attribute__((format(printf, 5, 6))) static void warn(struct md_reader *r, size_t *warnings,
                                                       unsigned line, const char *rule,
                                                       const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (++*warnings > WARNINGS_MAX + 1)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    findings_add(r->findings, FINDING_WARNING, r->options->file, line, 0, rule, "%s%s", text,
                 *warnings > WARNINGS_MAX ? " (and perhaps more below)" : "");
}

static struct node *add(struct md_reader *r, enum node_kind kind, cmark_node *from)
{
    struct node *node = doc_node(r->doc, kind, line_of(r, from));
    node_append(r->at, node);
    return node;
}

// --- leaves --------------------------------------------------------------------------------------

static void add_text(struct md_reader *r, cmark_node *from)
{
    const char *literal = cmark_node_get_literal(from);
    inlines_add(r->doc, r->at, r->options->merge, literal ? literal : "", line_of(r, from));
}

static void add_code(struct md_reader *r, cmark_node *from, enum node_kind kind)
{
    const char *literal = cmark_node_get_literal(from);
    size_t len = literal ? strlen(literal) : 0;
    struct node *node = add(r, kind, from);
    if (kind == NODE_CODE)
        node->text = inlines_clean_block(r->doc->arena, literal ? literal : "", len);
    else
        node->text = inlines_clean(r->doc->arena, literal ? literal : "", len);
}

static bool is_line_break(const char *html)
{
    return strcasecmp(html, "<br>") == 0 || strcasecmp(html, "<br/>") == 0 ||
           strcasecmp(html, "<br />") == 0;
}

// "<{{unsubscribe_url}}>" is an address in angle brackets, which cmark takes for a tag.
static bool add_tag_link(struct md_reader *r, cmark_node *from, const char *html)
{
    unsigned value = 0;
    size_t len = strlen(html);
    if (len < 3 || merge_at(r->options->merge, html + 1, len - 2, &value) != len - 2)
        return false;
    const char *word = arena_strndup(r->doc->arena, html + 1, len - 2);
    struct node *link = add(r, NODE_LINK, from);
    link->url = word;
    inlines_add(r->doc, link, r->options->merge, word, link->line);
    return true;
}

static void warn_html(struct md_reader *r, cmark_node *from, const char *what)
{
    const char *html = cmark_node_get_literal(from);
    size_t shown = strcspn(html, "\n");
    if (shown > 40)
        shown = 40;
    while (shown > 0 && ((unsigned char)html[shown] & 0xc0) == 0x80)
        shown--;
    warn(r, &r->html_warnings, line_of(r, from), "MD-06",
         "raw HTML \"%.*s\" is %s: write Markdown, or \\< for the sign", (int)shown, html, what);
}

// What a script or style sheet in a line holds is skipped, if it ends.
static void skip_mute(struct md_reader *r, cmark_node *from)
{
    for (cmark_node *at = cmark_node_next(from); at; at = cmark_node_next(at)) {
        if (cmark_node_get_type(at) != CMARK_NODE_HTML_INLINE ||
            !rawhtml_is_mute(cmark_node_get_literal(at), true))
            continue;
        r->mute_end = at;
        return;
    }
}

static void drop_inline_html(struct md_reader *r, cmark_node *from)
{
    const char *html = cmark_node_get_literal(from);
    if (!html)
        return;
    if (is_line_break(html)) {
        add(r, NODE_BREAK, from);
        return;
    }
    if (add_tag_link(r, from, html) || strncmp(html, "<!--", 4) == 0)
        return;
    if (rawhtml_is_mute(html, false))
        skip_mute(r, from);
    warn_html(r, from, "left out");
}

static cmark_parser *new_parser(void);
static void convert(struct md_reader *r, cmark_node *root);

// The words in a block of raw HTML are read as Markdown in its place.
static void read_html_block(struct md_reader *r, cmark_node *from)
{
    const char *html = cmark_node_get_literal(from);
    struct buf words;
    if (!html)
        return;
    buf_init(&words, 2 * strlen(html) + 16);
    struct rawhtml found = rawhtml_words(html, &words);
    bool has_words = words.data && words.data[strspn(words.data, " \n\t")];
    unsigned line = r->line, own = line_of(r, from);
    if (found.is_unclosed)
        findings_add(r->findings, FINDING_ERROR, r->options->file, own, 0, "MD-06",
                     "the comment that begins here never ends, and would be sent: write --> "
                     "behind it");
    if (found.has_tag && (has_words || strncmp(html, "</", 2) != 0)) // said where it was opened
        warn_html(r, from, has_words ? "taken off, the text in it stays" : "left out");
    if (has_words) {
        cmark_parser *parser = new_parser();
        cmark_parser_feed(parser, words.data, words.len);
        cmark_node *root = cmark_parser_finish(parser);
        cmark_parser_free(parser);
        r->line = own;
        convert(r, root);
        r->line = line;
        cmark_node_free(root);
    }
    buf_deinit(&words);
}

// --- links ---------------------------------------------------------------------------------------

// cmark-gfm makes http:// of a bare www.; every site that is worth a letter has https.
static const char *web_url(struct md_reader *r, cmark_node *from, const char *url)
{
    cmark_node *text = cmark_node_first_child(from);
    const char *shown = text ? cmark_node_get_literal(text) : NULL;
    bool is_bare = shown && strncasecmp(shown, "www.", 4) == 0 && strncmp(url, "http://", 7) == 0 &&
                   strncmp(url + 7, shown, strlen(shown)) == 0;
    if (!is_bare)
        return inlines_clean(r->doc->arena, url, strlen(url));
    struct buf out;
    buf_init(&out, URL_MAX + 16);
    buf_addf(&out, "https://%s", url + 7);
    const char *copy = inlines_clean(r->doc->arena, out.data, out.len);
    buf_deinit(&out);
    return copy;
}

static struct node *open_link(struct md_reader *r, cmark_node *from)
{
    const char *url = cmark_node_get_url(from);
    const char *why = url_problem(r->options->merge, url);
    if (why) {
        struct buf shown; // its tags as their defaults
        buf_init(&shown, BUF_MAX_DEFAULT);
        merge_plain(r->options->merge, url, strlen(url), &shown);
        warn(r, &r->link_warnings, line_of(r, from), "HT-14",
             "the link to \"%.60s\" is left out, its text stays: %s", shown.data, why);
        buf_deinit(&shown);
        return NULL;
    }
    struct node *link = add(r, NODE_LINK, from);
    link->url = web_url(r, from, url);
    return link;
}

static struct node *open_image(struct md_reader *r, cmark_node *from)
{
    const char *url = cmark_node_get_url(from);
    const char *why = url_problem(r->options->merge, url);
    struct node *image = add(r, NODE_IMAGE, from);
    if (!why && strncasecmp(url, "mailto:", 7) != 0)
        image->url = inlines_clean(r->doc->arena, url, strlen(url));
    else if (url_is_relative(url))
        warn(r, &r->link_warnings, line_of(r, from), "MS-04",
             "the image \"%.60s\" is not sent, its description stands there instead: only images "
             "with an https:// address can be shown yet",
             url);
    else
        warn(r, &r->link_warnings, line_of(r, from), "HT-04",
             "the image \"%.60s\" is left out, its description stands there instead: %s", url,
             why ? why : "a mail address is no image");
    return image;
}

// --- containers ----------------------------------------------------------------------------------

static struct node *open_list(struct md_reader *r, cmark_node *from)
{
    struct node *list = add(r, NODE_LIST, from);
    list->is_ordered = cmark_node_get_list_type(from) == CMARK_ORDERED_LIST;
    list->start = list->is_ordered ? cmark_node_get_list_start(from) : 1;
    list->is_tight = cmark_node_get_list_tight(from);
    return list;
}

static struct node *open_item(struct md_reader *r, cmark_node *from)
{
    struct node *item = add(r, NODE_ITEM, from);
    if (strcmp(cmark_node_get_type_string(from), "tasklist") == 0)
        item->task = cmark_gfm_extensions_get_tasklist_item_checked(from) ? 2 : 1;
    return item;
}

static struct node *open_cell(struct md_reader *r, cmark_node *from)
{
    struct node *cell = add(r, NODE_CELL, from);
    if (r->cell < r->columns)
        cell->align = (char)r->alignments[r->cell];
    r->cell++;
    return cell;
}

static struct node *open_extension(struct md_reader *r, cmark_node *from)
{
    const char *type = cmark_node_get_type_string(from);
    if (strcmp(type, "table") == 0) {
        r->alignments = cmark_gfm_extensions_get_table_alignments(from);
        r->columns = r->alignments ? cmark_gfm_extensions_get_table_columns(from) : 0;
        return add(r, NODE_TABLE, from);
    }
    if (strcmp(type, "table_row") == 0 || strcmp(type, "table_header") == 0) {
        r->cell = 0;
        return add(r, NODE_ROW, from);
    }
    if (strcmp(type, "table_cell") == 0)
        return open_cell(r, from);
    if (strcmp(type, "strikethrough") == 0)
        return add(r, NODE_STRIKE, from);
    return NULL;
}

// What nests in itself without end; a list needs room for its items too.
static bool is_nesting(cmark_node *from)
{
    switch (cmark_node_get_type(from)) {
    case CMARK_NODE_DOCUMENT:
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING:
        return false;
    default:
        return true;
    }
}

static bool is_too_deep(const struct md_reader *r, cmark_node *from)
{
    switch (cmark_node_get_type(from)) {
    case CMARK_NODE_BLOCK_QUOTE:
    case CMARK_NODE_LIST: // blocks leave half of the depth to what stands in them
        return r->depth + 2 > DOC_DEPTH_MAX / 2;
    case CMARK_NODE_ITEM:
        return r->at->kind != NODE_LIST;
    case CMARK_NODE_EMPH:
    case CMARK_NODE_STRONG:
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        return r->depth + 1 > DOC_DEPTH_MAX;
    default:
        return r->depth + 4 > DOC_DEPTH_MAX &&
               strcmp(cmark_node_get_type_string(from), "strikethrough") == 0;
    }
}

static struct node *open_node(struct md_reader *r, cmark_node *from)
{
    switch (cmark_node_get_type(from)) {
    case CMARK_NODE_DOCUMENT:
        return NULL; // its children go where the reader is
    case CMARK_NODE_BLOCK_QUOTE:
        return add(r, NODE_QUOTE, from);
    case CMARK_NODE_LIST:
        return open_list(r, from);
    case CMARK_NODE_ITEM:
        return open_item(r, from);
    case CMARK_NODE_PARAGRAPH:
        return add(r, NODE_PARAGRAPH, from);
    case CMARK_NODE_HEADING: {
        struct node *heading = add(r, NODE_HEADING, from);
        heading->level = cmark_node_get_heading_level(from);
        return heading;
    }
    case CMARK_NODE_EMPH:
        return add(r, NODE_EMPH, from);
    case CMARK_NODE_STRONG:
        return add(r, NODE_STRONG, from);
    case CMARK_NODE_LINK:
        return open_link(r, from);
    case CMARK_NODE_IMAGE:
        return open_image(r, from);
    default:
        return open_extension(r, from);
    }
}

// --- walking -------------------------------------------------------------------------------------

static bool add_leaf(struct md_reader *r, cmark_node *from)
{
    switch (cmark_node_get_type(from)) {
    case CMARK_NODE_TEXT:
        add_text(r, from);
        return true;
    case CMARK_NODE_SOFTBREAK:
        add(r, NODE_SOFT, from);
        return true;
    case CMARK_NODE_LINEBREAK:
        add(r, NODE_BREAK, from);
        return true;
    case CMARK_NODE_CODE:
        add_code(r, from, NODE_CODESPAN);
        return true;
    case CMARK_NODE_CODE_BLOCK:
        add_code(r, from, NODE_CODE);
        return true;
    case CMARK_NODE_THEMATIC_BREAK:
        add(r, NODE_RULE, from);
        return true;
    case CMARK_NODE_HTML_BLOCK:
        read_html_block(r, from);
        return true;
    case CMARK_NODE_HTML_INLINE:
        drop_inline_html(r, from);
        return true;
    default:
        return false;
    }
}

static bool is_muted(struct md_reader *r, const cmark_node *from)
{
    if (from == r->mute_end)
        r->mute_end = NULL;
    return r->mute_end != NULL;
}

static void enter(struct md_reader *r, cmark_node *from)
{
    bool muted = is_muted(r, from);
    if (!muted && add_leaf(r, from))
        return;
    struct node *node = muted || is_too_deep(r, from) ? NULL : open_node(r, from);
    if (!node) {
        cmark_node_set_user_data(from, &flattened);
        return;
    }
    r->at = node;
    r->depth += is_nesting(from);
}

static void leave(struct md_reader *r, cmark_node *from)
{
    if (cmark_node_get_user_data(from) == &flattened)
        return;
    if (r->at->kind == NODE_HEADING) {
        struct buf text;
        buf_init(&text, BUF_MAX_DEFAULT);
        inlines_text(r->at, r->options->merge, ' ', &text);
        r->at->text = arena_strndup(r->doc->arena, text.data, text.len);
        buf_deinit(&text);
    }
    r->at = r->at->parent;
    r->depth -= is_nesting(from);
}

static void convert(struct md_reader *r, cmark_node *root)
{
    cmark_consolidate_text_nodes(root);
    cmark_iter *iter = cmark_iter_new(root);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER)
            enter(r, node);
        else
            leave(r, node);
    }
    cmark_iter_free(iter);
}

// --- the source ----------------------------------------------------------------------------------

// The length of the run of ` or ~ that a line begins with, when it can open or close a fence.
static size_t fence_run(const struct srcline *line)
{
    size_t n = 0;
    if (line->indent > 3 || line->len < 3 || !strchr("`~", line->text[0]))
        return 0;
    while (n < line->len && line->text[n] == line->text[0])
        n++;
    return n >= 3 ? n : 0;
}

// Code between fences is no paragraph and no page furniture: its lines are hidden from both checks.
static void hide_fences(struct srcline *lines, size_t count)
{
    size_t open = 0;
    char fence = 0;
    for (size_t i = 0; i < count; i++) {
        struct srcline *line = &lines[i];
        size_t run = fence_run(line);
        if (open == 0 &&
            (run == 0 || (line->text[0] == '`' && memchr(line->text + run, '`', line->len - run))))
            continue; // ```code``` in a line of text is no fence
        if (open == 0) {
            open = run;
            fence = line->text[0];
        } else if (run >= open && line->text[0] == fence && run == line->len) {
            open = 0;
        }
        line->len = 0;
    }
}

// The same for what only cmark knows to be code, or raw HTML.
static void hide_code(cmark_node *root, struct srcline *lines, size_t count)
{
    cmark_iter *iter = cmark_iter_new(root);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (event != CMARK_EVENT_ENTER ||
            (type != CMARK_NODE_CODE_BLOCK && type != CMARK_NODE_HTML_BLOCK))
            continue;
        int first = cmark_node_get_start_line(node), last = cmark_node_get_end_line(node);
        for (int i = first; i >= 1 && i <= last && (size_t)i <= count; i++)
            lines[i - 1].len = 0;
    }
    cmark_iter_free(iter);
}

static bool is_item(const struct srcline *line)
{
    return line->len > 1 && (strchr("-*+", line->text[0]) != NULL) && line->text[1] == ' ';
}

static void cut_long_runs(struct srcline *lines, size_t count, const struct reader_options *options,
                          struct findings *findings)
{
    for (size_t i = 0, first = 0, run = 0; i < count; i++) {
        bool begins = srcline_is_gap(&lines[i]) || is_item(&lines[i]);
        first = begins ? i : first;
        run = begins ? lines[i].len : run + lines[i].len;
        if (run <= RUN_BYTES || srcline_is_gap(&lines[i]))
            continue;
        first += srcline_is_gap(&lines[first]);
        findings_add(findings, FINDING_ERROR, options->file, lines[first].number, 0, "MD-07",
                     "this paragraph is longer than %d kB: divide it with blank lines",
                     RUN_BYTES / 1024);
        while (i < count && !srcline_is_gap(&lines[i]))
            i++;
        for (size_t k = first; k < i; k++) {
            lines[k].is_cut = true;
            lines[k].len = 0; // one finding is enough
        }
        run = 0;
    }
}

static cmark_parser *new_parser(void)
{
    static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};
    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(extensions[i]));
    return parser;
}

// Feeds the text line by line, cut lines as blank ones so that line numbers stay.
static cmark_node *parse(const char *text, size_t len, const struct srcline *lines, size_t count)
{
    cmark_parser *parser = new_parser();
    const char *p = text, *end = text + len;
    for (size_t i = 0; i < count; i++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        size_t line_len = (size_t)((eol ? eol : end) - p);
        if (!lines[i].is_cut)
            cmark_parser_feed(parser, p, line_len);
        cmark_parser_feed(parser, "\n", 1);
        p += line_len + (eol ? 1 : 0);
    }
    cmark_node *root = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    return root;
}

// Cuts what is no part of the letter, with cmark's own idea of what is code.
static void cut_source(const char *text, size_t len, struct srcline *lines, size_t count,
                       const struct md_reader *r)
{
    hide_fences(lines, count);
    cut_long_runs(lines, count, r->options, r->findings);
    cmark_node *root = parse(text, len, lines, count);
    hide_code(root, lines, count);
    cmark_node_free(root);
    furniture_cut(lines, count, r->options, r->findings);
}

struct doc *reader_markdown(struct arena *arena, const char *text, size_t len,
                            const struct reader_options *options, struct findings *findings)
{
    size_t count = 0;
    struct srcline *lines = srcline_split(arena, text, len, options->first_line, &count);
    struct md_reader r = {.doc = doc_new(arena), .options = options, .findings = findings};
    cut_source(text, len, lines, count, &r);
    cmark_node *root = parse(text, len, lines, count);
    r.at = r.doc->root;
    convert(&r, root);
    cmark_node_free(root);
    opening_apply(r.doc, options->merge);
    card_apply(r.doc, options);
    return r.doc;
}
