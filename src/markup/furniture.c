#include "markup/furniture.h"

#include "base/buf.h"
#include "base/mem.h"
#include "markup/bio.h"
#include "markup/fold.h"
#include "markup/label.h"
#include "markup/shape.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_WORDS = 20,   // fewer words before a line: it stands at the top of the page
    BOX_WORDS = 80,    // an author box is not longer
    NAME_WORDS = 6,    // nor a name
    TITLE_WORDS = 14,  // nor the title of another post
    LIST_LINES = 60,   // a list of posts, or the buttons above a form
    TALK_LINES = 2000, // comments
    SIGNED_LINES = 16, // a letter is signed no further above the box
    SIGNATURE_WORDS = 3,
    MENU_ITEMS = 3,
    KNOWN_ITEMS = 2,
    ITEM_WORDS = 3,   // of a menu
    SITE_WORDS = 5,   // nor the name of the site in its menu
    NOTICE_LINES = 8, // a notice is not wrapped into more
    RANGES_BYTES = 600,
};

struct mark {
    enum label label;
    size_t words;  // of the line when it has no label
    size_t before; // words of the body above the line
    size_t menu;   // words of a menu
    bool is_title; // of a practice or call section
};

struct page {
    struct srcline *lines;
    struct mark *marks;
    size_t count;
};

static void mark_line(const struct srcline *line, const struct reader_options *options,
                      struct mark *mark)
{
    if (srcline_is_gap(line))
        return;
    mark->is_title = fold_is_one_of(line->text, line->len, options->practice_titles) ||
                     fold_is_one_of(line->text, line->len, options->call_titles);
    if (!mark->is_title)
        mark->label = label_of(line->text, line->len, &mark->menu);
    if (mark->label == LABEL_NONE)
        mark->words = srcline_words(line->text, line->len);
}

// A notice that was wrapped is one only when its lines are read together.
static void mark_wrapped(struct page *page, size_t first, size_t end)
{
    struct buf text;
    bool has_unknown = false;
    if (end - first < 2 || end - first > NOTICE_LINES)
        return;
    buf_init(&text, BUF_MAX_DEFAULT);
    for (size_t i = first; i < end; i++) {
        has_unknown = has_unknown || page->marks[i].label == LABEL_NONE;
        buf_addf(&text, "%s%.*s", i > first ? " " : "", (int)page->lines[i].len,
                 page->lines[i].text);
    }
    enum label label = has_unknown ? label_of_sentences(text.data, text.len) : LABEL_NONE;
    buf_deinit(&text);
    for (size_t i = first; label != LABEL_NONE && i < end; i++)
        page->marks[i] = (struct mark){.label = label};
}

static size_t block_end(const struct page *page, size_t i)
{
    while (i < page->count && !srcline_is_gap(&page->lines[i]))
        i++;
    return i;
}

static void mark_lines(struct page *page, const struct reader_options *options)
{
    page->marks = mem_new(page->count, sizeof *page->marks);
    for (size_t i = 0; i < page->count; i++)
        mark_line(&page->lines[i], options, &page->marks[i]);
    for (size_t i = 0; i < page->count; i++) {
        size_t end = block_end(page, i);
        if (end > i)
            mark_wrapped(page, i, end);
        i = end;
    }
    size_t words = 0;
    for (size_t i = 0; i < page->count; i++) {
        page->marks[i].before = words;
        words += page->marks[i].words;
    }
}

static size_t next_line(const struct page *page, size_t i)
{
    for (i++; i < page->count && srcline_is_gap(&page->lines[i]); i++)
        ;
    return i;
}

static void cut(struct page *page, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        page->lines[i].is_cut = page->lines[i].is_cut || page->lines[i].len > 0;
}

static char last_byte(const struct srcline *line)
{
    return line->text[line->len - 1];
}

// --- boxes below the letter ----------------------------------------------------------------------

static bool begins_block(const struct page *page, size_t i)
{
    return i == 0 || srcline_is_gap(&page->lines[i - 1]) || page->marks[i - 1].label != LABEL_NONE;
}

// A comment form follows, or nothing but buttons and the end.
static bool is_talk(const struct page *page, size_t i)
{
    size_t seen = 0;
    for (i = next_line(page, i); i < page->count; i = next_line(page, i)) {
        enum label label = page->marks[i].label;
        if (label == LABEL_FORM)
            return true;
        if (++seen > LIST_LINES || label == LABEL_NONE || label == LABEL_DATE ||
            label == LABEL_TOP || label == LABEL_CRUMBS)
            return false;
    }
    return true;
}

// A comment, or its form, must follow a count; what stands between them goes with them.
static size_t comments_end(const struct page *page, size_t i)
{
    size_t unknown = 0, seen = 0;
    bool has_comment = false;
    for (i = next_line(page, i); i < page->count; i = next_line(page, i), seen++) {
        enum label label = page->marks[i].label;
        if (page->marks[i].is_title || seen > TALK_LINES)
            return 0;
        has_comment = has_comment || (label == LABEL_COMMENT && seen < 2);
        unknown += label == LABEL_NONE;
        if (label == LABEL_FORM || label == LABEL_TALK)
            return (unknown == 0 || has_comment) && (label == LABEL_FORM || is_talk(page, i)) ? i
                                                                                              : 0;
    }
    return unknown == 0 ? i : 0;
}

// The line begins with the name that the letter is signed with.
static bool is_about_writer(const struct page *page, size_t box, const struct srcline *line)
{
    size_t first = box > SIGNED_LINES ? box - SIGNED_LINES : 0;
    for (size_t i = first; i < box; i++)
        if (!srcline_is_gap(&page->lines[i]) && page->marks[i].words <= SIGNATURE_WORDS &&
            !strchr(".,!?:", last_byte(&page->lines[i])) && bio_begins_like(line, &page->lines[i]))
            return true;
    return false;
}

// A sentence about somebody: the person of the box's first line, the letter's writer, she or he.
static bool is_about_somebody(const struct page *page, size_t box, size_t i)
{
    size_t first = next_line(page, box);
    const struct srcline *line = &page->lines[i];
    return (i > first && bio_begins_like(line, &page->lines[first])) ||
           is_about_writer(page, box, line) || bio_is_about_third(line);
}

static bool is_name_line(const struct page *page, size_t i)
{
    const struct srcline *line = &page->lines[i];
    return page->marks[i].words <= NAME_WORDS && !strchr(".!?,;:", last_byte(line)) &&
           !bio_speaks(line);
}

static size_t box_end(const struct page *page, size_t i);

// Nothing of the letter follows from line i on. An author's box is the only one of its page.
static bool is_furniture_to_end(const struct page *page, size_t i)
{
    while (i < page->count) {
        enum label label = page->marks[i].label;
        if (page->marks[i].is_title || label == LABEL_NONE || label == LABEL_AUTHOR ||
            label == LABEL_DATE)
            return false;
        size_t end = label > LABEL_AUTHOR ? box_end(page, i) : 0;
        if (label > LABEL_AUTHOR && end == 0)
            return false;
        i = end > 0 ? next_line(page, end - 1) : next_line(page, i);
    }
    return true;
}

struct author_box {
    size_t words;
    bool has_name;    // its first line is one
    bool is_doubtful; // a line is no sentence about somebody
    size_t bio_end;   // of the paragraph about that name
};

// Whether line i is one of an author box.
static bool is_author_line(const struct page *page, size_t head, size_t i, struct author_box *box)
{
    const struct srcline *line = &page->lines[i];
    size_t first = next_line(page, head);
    box->words += page->marks[i].words;
    if (box->words > BOX_WORDS || bio_speaks(line))
        return false;
    if (i == first && is_name_line(page, i)) {
        box->has_name = bio_is_name(line);
        return true;
    }
    if (box->bio_end == 0 && box->has_name && bio_is_role(line))
        return true;
    if (box->bio_end == 0)
        box->bio_end = box->has_name || bio_is_sentence(line) ? block_end(page, i) : i;
    if (is_about_somebody(page, head, i))
        return true;
    box->is_doubtful = true;
    return i < box->bio_end;
}

// What follows "About the Author" up to the next label or the end: a name, a role, and a few
// sentences about their owner. Where they might be about something else, the page has to end with
// the box. Returns where the box ends; 0 when it is none.
static size_t author_end(const struct page *page, size_t head)
{
    struct author_box box = {0};
    size_t i = next_line(page, head);
    for (; i < page->count; i = next_line(page, i)) {
        bool is_role = box.has_name && box.bio_end == 0 && bio_is_role(&page->lines[i]);
        if (page->marks[i].is_title)
            return 0;
        if (page->marks[i].label != LABEL_NONE && !is_role)
            break;
        if (!is_author_line(page, head, i, &box))
            return 0;
    }
    bool is_proven = i >= page->count || page->marks[i].label >= LABEL_WIDGET;
    if (is_proven && !box.is_doubtful)
        return i;
    return is_furniture_to_end(page, i) ? i : 0;
}

static bool is_post_title(const struct page *page, size_t i, bool is_dated)
{
    const struct srcline *line = &page->lines[i];
    return page->marks[i].words <= TITLE_WORDS && !strchr(".,;:", last_byte(line)) &&
           strncasecmp(line->text, "p.s", 3) != 0 &&
           (is_dated || shape_is_title_case(line->text, line->len));
}

// What follows "Related Posts": titles and dates, up to the next label or the end. Returns where
// the list ends; 0 when it is none.
static size_t posts_end(const struct page *page, size_t i)
{
    bool is_dated = false, needs_dates = page->marks[i].label == LABEL_RELATED;
    size_t first = next_line(page, i), end = first, seen = 0;
    for (; end < page->count; end = next_line(page, end)) {
        enum label label = page->marks[end].label;
        is_dated = is_dated || label == LABEL_DATE;
        if (page->marks[end].is_title || ++seen > LIST_LINES)
            return 0;
        if (label > LABEL_DATE)
            break;
    }
    if (needs_dates && !is_dated)
        return 0;
    for (i = first; i < end; i = next_line(page, i))
        if (page->marks[i].label == LABEL_NONE && !is_post_title(page, i, is_dated))
            return 0;
    return end;
}

// The line after the box that line i opens, 0 when it opens none.
static size_t box_end(const struct page *page, size_t i)
{
    switch (page->marks[i].label) {
    case LABEL_AUTHOR:
        return author_end(page, i);
    case LABEL_POSTS:
    case LABEL_RELATED:
        return posts_end(page, i);
    case LABEL_COUNTED:
        return comments_end(page, i);
    case LABEL_TALK:
        return is_talk(page, i) ? i + 1 : 0;
    default:
        return 0;
    }
}

static void cut_boxes(struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        if (page->lines[i].is_cut || page->marks[i].label < LABEL_AUTHOR ||
            page->marks[i].before < BODY_WORDS || !begins_block(page, i))
            continue;
        size_t end = box_end(page, i);
        if (end > 0)
            cut(page, i, end);
    }
}

// --- islands in the page -------------------------------------------------------------------------

struct block_marks {
    size_t weak, menu, strong, dates, none;
    bool is_head; // nothing but the head of a box
};

static bool is_strong(const struct mark *mark)
{
    switch (mark->label) {
    case LABEL_WIDGET:
    case LABEL_NOTICE:
    case LABEL_FORM:
        return true;
    case LABEL_TOP:
    case LABEL_CRUMBS:
        return mark->before < BODY_WORDS;
    case LABEL_TALK:
    case LABEL_COUNTED: // under the title; in its place it is one
        return mark->before > 0 && mark->before < BODY_WORDS;
    default:
        return false;
    }
}

static struct block_marks count_marks(const struct mark *marks, size_t first, size_t end)
{
    struct block_marks n = {.is_head = true};
    for (size_t i = first; i < end; i++) {
        n.weak += label_is_weak(marks[i].label);
        n.menu += marks[i].menu;
        n.strong += is_strong(&marks[i]);
        n.dates += marks[i].label == LABEL_DATE;
        n.is_head = n.is_head && marks[i].label == LABEL_HEAD;
    }
    n.none = end - first - n.weak - n.strong - n.dates;
    return n;
}

// Whether all lines of a block go.
static bool is_furniture_block(const struct mark *marks, size_t first, size_t end, bool after_cut)
{
    struct block_marks n = count_marks(marks, first, end);
    bool is_above = marks[first].before > 0 && marks[first].before < BODY_WORDS;
    if (n.none > 0 || (n.dates > 0 && !(is_above && n.strong > 0)))
        return false; // a date goes with the link to the comments under the title
    bool at_top = marks[first].before == 0;
    return n.strong > 0 || after_cut || (at_top && n.menu >= 3);
}

static void cut_islands(struct page *page)
{
    bool after_cut = false;
    size_t head = page->count; // a block that goes when the next one does
    for (size_t i = 0, end; i < page->count; i = end) {
        end = i + 1;
        if (page->lines[i].is_cut)
            after_cut = true;
        if (srcline_is_gap(&page->lines[i]))
            continue;
        end = block_end(page, i);
        after_cut = is_furniture_block(page->marks, i, end, after_cut);
        if (after_cut)
            cut(page, head < i ? head : i, end);
        head = !after_cut && count_marks(page->marks, i, end).is_head ? i : page->count;
    }
}

// The bytes of what parts the words of a menu: a tab, a bar, several blanks; 0 when nothing does.
static size_t menu_gap(const char *text, size_t len)
{
    size_t n = 0;
    bool has_bar = false;
    for (; n < len && strchr(" \t|", text[n]); n++)
        has_bar = has_bar || text[n] != ' ';
    return n > 1 || has_bar ? n : 0;
}

// "Home<tab>About<tab>Coaching", at least so many of its words known ones: how many it holds; 0
// when it is none.
static size_t count_menu(const struct srcline *line, size_t least)
{
    size_t items = 0, known = 0, start = 0;
    for (size_t i = 0; i <= line->len;) {
        size_t gap = menu_gap(line->text + i, line->len - i), menu = 0;
        if (gap == 0 && i < line->len) {
            i++;
            continue;
        }
        size_t words = srcline_words(line->text + start, i - start);
        if (words == 0 || words > ITEM_WORDS || strchr(".,!?:;", line->text[i - 1]))
            return 0;
        known += label_is_weak(label_of(line->text + start, i - start, &menu));
        items++;
        i += gap + (i == line->len);
        start = i;
    }
    return items >= MENU_ITEMS && known >= least ? items : 0;
}

// The line is the page's; its words stand above none of the letter's.
static void mark_weak(struct page *page, size_t i, size_t menu)
{
    size_t words = page->marks[i].words;
    page->marks[i].label = LABEL_WEAK;
    page->marks[i].menu = menu;
    page->marks[i].words = 0;
    for (i++; i < page->count; i++)
        page->marks[i].before -= words;
}

// Where "Skip to content" stands: the page's first line, or behind a notice and its buttons. The
// end when there is none.
static size_t find_skip(const struct page *page)
{
    size_t i = next_line(page, (size_t)-1);
    while (i < page->count &&
           (page->marks[i].label == LABEL_NOTICE || label_is_weak(page->marks[i].label)))
        i = next_line(page, i);
    return i < page->count && page->marks[i].label == LABEL_WIDGET ? i : page->count;
}

// "Skip to content", the name of the site, its menu: the name goes with them. A menu of known words
// does without the first.
static void mark_site_name(struct page *page)
{
    size_t i = next_line(page, (size_t)-1), name = page->count, menu = 0;
    if (i < page->count && page->marks[i].label == LABEL_NONE) {
        menu = page->marks[i].is_title ? 0 : count_menu(&page->lines[i], KNOWN_ITEMS);
        if (menu > 0)
            mark_weak(page, i, menu);
        return;
    }
    i = find_skip(page);
    if (i >= page->count)
        return;
    for (i = next_line(page, i); i < page->count && menu < 2; i = next_line(page, i)) {
        const struct mark *mark = &page->marks[i];
        size_t items = mark->label == LABEL_NONE ? count_menu(&page->lines[i], 1) : 0;
        if (items > 0)
            mark_weak(page, i, items);
        if (mark->label == LABEL_NONE && name == page->count && menu == 0 && !mark->is_title &&
            mark->words <= SITE_WORDS && !strchr(".,!?:", last_byte(&page->lines[i])))
            name = i;
        else if (label_is_weak(mark->label))
            menu += mark->menu;
        else
            return;
    }
    if (menu >= 2 && name < page->count)
        mark_weak(page, name, 0);
}

// The menu below "Skip to content" and the way to the post go also when the title stands right
// below them.
static void cut_top(struct page *page)
{
    size_t i = next_line(page, (size_t)-1), end = 0;
    bool is_page = find_skip(page) < page->count;
    for (; i < page->count && page->marks[i].before == 0; i = next_line(page, i)) {
        const struct mark *mark = &page->marks[i];
        if (mark->label == LABEL_CRUMBS || (is_page && mark->menu >= 2))
            end = i + 1;
        else if (mark->label != LABEL_WIDGET && mark->label != LABEL_NOTICE &&
                 !label_is_weak(mark->label))
            break;
    }
    cut(page, 0, end);
}

// "Share" above two buttons or more is no heading.
static void mark_share(struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        size_t names = 0, at = next_line(page, i);
        if (page->marks[i].label != LABEL_SHARE)
            continue;
        for (; at < page->count && page->marks[at].label == LABEL_NETWORK; at = next_line(page, at))
            names += page->marks[at].menu;
        bool goes_on = at < page->count && page->marks[at].label == LABEL_NONE &&
                       !srcline_is_gap(&page->lines[at - 1]);
        if (names >= 2 && !goes_on)
            page->marks[i].label = LABEL_WIDGET;
    }
}

// --- the finding ---------------------------------------------------------------------------------

static void add_range(struct buf *out, const struct srcline *first, const struct srcline *last)
{
    if (out->len > 0)
        buf_adds(out, ", ");
    if (first == last)
        buf_addf(out, "%u", first->number);
    else
        buf_addf(out, "%u to %u", first->number, last->number);
}

static void say(const struct buf *ranges, const struct srcline *first,
                const struct reader_options *options, struct findings *findings)
{
    bool is_one = strpbrk(ranges->data, " ,") == NULL;
    findings_add(findings, FINDING_WARNING, options->file, first->number, 0, "post.furniture",
                 "%s %s %s left out: the web page's, not the letter's (\"%.*s%s\")",
                 is_one ? "line" : "lines", ranges->data, is_one ? "is" : "are",
                 first->len > 60 ? 60 : (int)first->len, first->text, first->len > 60 ? "…" : "");
}

static size_t cut_end(const struct page *page, size_t i, size_t *last)
{
    for (; i < page->count && (page->lines[i].is_cut || page->lines[i].len == 0); i++)
        if (page->lines[i].len > 0)
            *last = i;
    return i;
}

// Names all lines; in several findings when there are more than one can hold.
static void report(const struct page *page, const struct reader_options *options,
                   struct findings *findings)
{
    const struct srcline *first = NULL;
    struct buf ranges;
    buf_init(&ranges, BUF_MAX_DEFAULT);
    for (size_t i = 0; i < page->count; i++) {
        if (!page->lines[i].is_cut || page->lines[i].len == 0)
            continue;
        size_t last = i, end = cut_end(page, i, &last);
        first = first ? first : &page->lines[i];
        add_range(&ranges, &page->lines[i], &page->lines[last]);
        if (ranges.len > RANGES_BYTES) {
            say(&ranges, first, options, findings);
            buf_reset(&ranges);
            first = NULL;
        }
        i = end - 1;
    }
    if (first)
        say(&ranges, first, options, findings);
    buf_deinit(&ranges);
}

// What opens a comment form or a box of an author and yet stays, for want of proof, is shown to the
// writer: below it the letter may not be theirs any more.
static void report_left(const struct page *page, const struct reader_options *options,
                        struct findings *findings)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct srcline *line = &page->lines[i];
        enum label label = page->marks[i].label;
        bool opens = label == LABEL_TALK || label == LABEL_COUNTED || label == LABEL_AUTHOR;
        if (!opens || line->is_cut || page->marks[i].before < BODY_WORDS)
            continue;
        findings_add(
            findings, FINDING_WARNING, options->file, line->number, 1, "post.furniture-left",
            "\"%.*s\" reads like the web page's, and stays in the letter with what is below "
            "it; take it out if it is",
            (int)(line->len < 60 ? line->len : 60), line->text);
    }
}

void furniture_cut(struct srcline *lines, size_t count, const struct reader_options *options,
                   struct findings *findings)
{
    struct page page = {.lines = lines, .count = count};
    mark_lines(&page, options);
    mark_site_name(&page);
    mark_share(&page);
    cut_top(&page);
    cut_boxes(&page);
    cut_islands(&page);
    report(&page, options, findings);
    report_left(&page, options, findings);
    free(page.marks);
}
