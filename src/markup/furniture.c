#include "markup/furniture.h"

#include "base/buf.h"
#include "base/mem.h"
#include "markup/fold.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_WORDS = 20,    // fewer words before a line: it stands at the top of the page
    BOX_WORDS = 150,    // an author box or a list of other posts is not longer
    LINE_BYTES = 400,   // longer lines are prose
    NOTICE_EXTRA = 220, // how far a notice may go on behind its known beginning
    RANGES_SHOWN = 6,
};

enum furniture {
    FURN_NONE,
    FURN_WEAK,    // a word of a menu or a button: only beside other furniture
    FURN_TOP,     // only above the body
    FURN_WIDGET,  // when nothing else stands in its block
    FURN_NOTICE,  // a whole sentence nobody writes in a letter
    FURN_FORM,    // the same, and proof of a comment form
    FURN_BOX,     // from here on, an author box or a list of posts
    FURN_TALK,    // from here on, a comment form
    FURN_COUNTED, // from here on, comments
};

struct pattern {
    enum furniture kind;
    bool is_prefix;
    const char *text; // as fold_text makes it
};

static const struct pattern patterns[] = {
    {FURN_BOX, false, "about author"},
    {FURN_BOX, false, "about the author"},
    {FURN_BOX, false, "author bio"},
    {FURN_BOX, true, "related posts"},
    {FURN_BOX, true, "related articles"},
    {FURN_BOX, false, "recent posts"},
    {FURN_BOX, false, "more posts"},
    {FURN_BOX, true, "you may also like"},
    {FURN_BOX, true, "you might also like"},
    {FURN_BOX, false, "post navigation"},
    {FURN_TALK, false, "leave a reply"},
    {FURN_TALK, false, "leave a reply cancel reply"},
    {FURN_TALK, false, "leave a comment"},
    {FURN_TALK, false, "leave a comment cancel reply"},
    {FURN_TALK, false, "post a comment"},
    {FURN_TALK, false, "write a comment"},
    {FURN_TALK, false, "submit a comment"},
    {FURN_TALK, false, "join the conversation"},
    {FURN_COUNTED, true, "one thought on"},
    {FURN_COUNTED, true, "one response to"},
    {FURN_COUNTED, false, "no comments"},
    {FURN_COUNTED, false, "no comments yet"},
    {FURN_COUNTED, false, "no responses yet"},
    {FURN_FORM, true, "your email address will not be published"},
    {FURN_FORM, true, "your e-mail address will not be published"},
    {FURN_FORM, true, "required fields are marked"},
    {FURN_FORM, true, "this site uses akismet"},
    {FURN_FORM, true, "learn how your comment data is processed"},
    {FURN_FORM, true, "save my name, email"},
    {FURN_FORM, true, "notify me of follow-up comments"},
    {FURN_FORM, true, "notify me of new posts by email"},
    {FURN_FORM, true, "notify me of new comments"},
    {FURN_NOTICE, true, "we use cookies on"},
    {FURN_NOTICE, true, "we use cookies and"},
    {FURN_NOTICE, true, "we use cookies to ensure"},
    {FURN_NOTICE, true, "we use cookies to improve"},
    {FURN_NOTICE, true, "we use cookies to give"},
    {FURN_NOTICE, true, "we use cookies to personali"},
    {FURN_NOTICE, true, "we value your privacy"},
    {FURN_NOTICE, true, "this website uses cookies"},
    {FURN_NOTICE, true, "this site uses cookies"},
    {FURN_NOTICE, true, "by continuing to use this site"},
    {FURN_NOTICE, true, "by continuing to use this website"},
    {FURN_NOTICE, true, "to find out more, including how to control cookies"},
    {FURN_NOTICE, true, "click to share on"},
    {FURN_NOTICE, true, "click to email a link to a friend"},
    {FURN_NOTICE, true, "click to email this to a friend"},
    {FURN_NOTICE, true, "click to print (opens"},
    {FURN_NOTICE, true, "this entry was posted in"},
    {FURN_NOTICE, true, "bookmark the permalink"},
    {FURN_NOTICE, true, "proudly powered by wordpress"},
    {FURN_WIDGET, false, "skip to content"},
    {FURN_WIDGET, false, "skip to main content"},
    {FURN_WIDGET, false, "skip to primary navigation"},
    {FURN_WIDGET, false, "skip to footer"},
    {FURN_WIDGET, false, "toggle navigation"},
    {FURN_WIDGET, false, "share this"},
    {FURN_WIDGET, false, "share this post"},
    {FURN_WIDGET, false, "share this article"},
    {FURN_WIDGET, false, "share on facebook"},
    {FURN_WIDGET, false, "share on twitter"},
    {FURN_WIDGET, false, "share on x"},
    {FURN_WIDGET, false, "share on linkedin"},
    {FURN_WIDGET, false, "share on whatsapp"},
    {FURN_WIDGET, false, "share on pinterest"},
    {FURN_WIDGET, false, "share via email"},
    {FURN_WIDGET, false, "like this"},
    {FURN_WIDGET, false, "like loading"},
    {FURN_WIDGET, false, "cancel reply"},
    {FURN_WIDGET, false, "accept all cookies"},
    {FURN_WIDGET, false, "accept cookies"},
    {FURN_WIDGET, false, "cookie settings"},
    {FURN_WIDGET, false, "manage consent"},
    {FURN_WIDGET, false, "privacy & cookies policy"},
    {FURN_WIDGET, false, "close and accept"},
    {FURN_WIDGET, false, "scroll to top"},
    {FURN_WIDGET, false, "back to top"},
    {FURN_WIDGET, true, "all rights reserved"},
    {FURN_TOP, true, "posted on"},
    {FURN_TOP, true, "published on"},
    {FURN_TOP, true, "posted by"},
    {FURN_TOP, true, "last updated"},
    {FURN_TOP, true, "leave a comment /"},
    {FURN_WEAK, false, "menu"},
    {FURN_WEAK, false, "home"},
    {FURN_WEAK, false, "about"},
    {FURN_WEAK, false, "about me"},
    {FURN_WEAK, false, "blog"},
    {FURN_WEAK, false, "contact"},
    {FURN_WEAK, false, "contact me"},
    {FURN_WEAK, false, "contact us"},
    {FURN_WEAK, false, "services"},
    {FURN_WEAK, false, "shop"},
    {FURN_WEAK, false, "search"},
    {FURN_WEAK, false, "search for"},
    {FURN_WEAK, false, "log in"},
    {FURN_WEAK, false, "login"},
    {FURN_WEAK, false, "sign up"},
    {FURN_WEAK, false, "subscribe"},
    {FURN_WEAK, false, "facebook"},
    {FURN_WEAK, false, "twitter"},
    {FURN_WEAK, false, "x"},
    {FURN_WEAK, false, "instagram"},
    {FURN_WEAK, false, "linkedin"},
    {FURN_WEAK, false, "pinterest"},
    {FURN_WEAK, false, "whatsapp"},
    {FURN_WEAK, false, "telegram"},
    {FURN_WEAK, false, "reddit"},
    {FURN_WEAK, false, "tumblr"},
    {FURN_WEAK, false, "youtube"},
    {FURN_WEAK, false, "threads"},
    {FURN_WEAK, false, "tweet"},
    {FURN_WEAK, false, "pin it"},
    {FURN_WEAK, false, "pin"},
    {FURN_WEAK, false, "print"},
    {FURN_WEAK, false, "email"},
    {FURN_WEAK, false, "copy link"},
    {FURN_WEAK, false, "share"},
    {FURN_WEAK, false, "like"},
    {FURN_WEAK, false, "more"},
    {FURN_WEAK, false, "loading"},
    {FURN_WEAK, false, "name"},
    {FURN_WEAK, false, "website"},
    {FURN_WEAK, false, "comment"},
    {FURN_WEAK, false, "reply"},
    {FURN_WEAK, false, "post comment"},
    {FURN_WEAK, false, "previous post"},
    {FURN_WEAK, false, "next post"},
    {FURN_WEAK, false, "previous"},
    {FURN_WEAK, false, "next"},
    {FURN_WEAK, false, "uncategorized"},
};

static enum furniture match(const char *folded, size_t len)
{
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        const struct pattern *p = &patterns[i];
        size_t n = strlen(p->text);
        if (len < n || memcmp(folded, p->text, n) != 0)
            continue;
        if (len == n || (p->is_prefix && len <= n + NOTICE_EXTRA))
            return p->kind;
    }
    return FURN_NONE;
}

// "3 comments", "12 thoughts on …", "4 min read".
static enum furniture match_counted(const char *folded, size_t len)
{
    static const char *const nouns[] = {"comments", "comment", "responses", "replies"};
    static const char *const starts[] = {"thoughts on ", "comments on ", "comment on ",
                                         "responses to ", "replies to "};
    size_t i = 0;
    while (i < len && folded[i] >= '0' && folded[i] <= '9')
        i++;
    if (i == 0 || i > 6 || i + 1 >= len || folded[i] != ' ')
        return FURN_NONE;
    const char *rest = folded + i + 1;
    size_t n = len - i - 1;
    for (size_t k = 0; k < COUNT_OF(nouns); k++)
        if (strcmp(rest, nouns[k]) == 0)
            return FURN_COUNTED;
    for (size_t k = 0; k < COUNT_OF(starts); k++)
        if (n > strlen(starts[k]) && strncmp(rest, starts[k], strlen(starts[k])) == 0)
            return FURN_COUNTED;
    if (strcmp(rest, "min read") == 0 || strcmp(rest, "minute read") == 0)
        return FURN_TOP;
    return FURN_NONE;
}

// "Home | About | Blog": how many words of a menu stand in one line; 0 when it is none.
static size_t menu_words(const char *folded, size_t len)
{
    size_t words = 0;
    for (size_t i = 0; i <= len;) {
        size_t end = i;
        while (end < len && folded[end] != '|' && folded[end] != '>')
            end++;
        size_t from = i, to = end;
        while (from < to && folded[from] == ' ')
            from++;
        while (to > from && folded[to - 1] == ' ')
            to--;
        if (match(folded + from, to - from) != FURN_WEAK)
            return 0;
        words++;
        i = end + 1;
    }
    return words;
}

struct mark {
    enum furniture kind;
    size_t words;  // of the line when it is no furniture
    size_t before; // words of the body above the line
    size_t menu;   // words of a menu
    bool is_title; // of a practice or call section
};

static void mark_line(const struct srcline *line, const struct reader_options *options,
                      struct mark *mark, struct buf *folded)
{
    if (srcline_is_gap(line))
        return;
    if (line->len <= LINE_BYTES) {
        buf_reset(folded);
        fold_text(line->text, line->len, folded);
        mark->kind = match(folded->data, folded->len);
        if (mark->kind == FURN_NONE)
            mark->kind = match_counted(folded->data, folded->len);
        mark->menu = mark->kind == FURN_WEAK ? 1 : menu_words(folded->data, folded->len);
        if (mark->kind == FURN_NONE && mark->menu > 0)
            mark->kind = FURN_WEAK;
        mark->is_title = fold_is_one_of(line->text, line->len, options->practice_titles) ||
                         fold_is_one_of(line->text, line->len, options->call_titles);
        if (mark->is_title)
            mark->kind = FURN_NONE;
    }
    if (mark->kind == FURN_NONE)
        mark->words = srcline_words(line->text, line->len);
}

static struct mark *mark_lines(const struct srcline *lines, size_t count,
                               const struct reader_options *options)
{
    struct mark *marks = mem_new(count, sizeof *marks);
    struct buf folded;
    buf_init(&folded, 8 * LINE_BYTES);
    size_t words = 0;
    for (size_t i = 0; i < count; i++) {
        mark_line(&lines[i], options, &marks[i], &folded);
        marks[i].before = words;
        words += marks[i].words;
    }
    buf_deinit(&folded);
    return marks;
}

// --- the end of the page -------------------------------------------------------------------------

static bool is_anchor(const struct srcline *lines, const struct mark *marks, size_t i)
{
    return marks[i].kind >= FURN_BOX &&
           (i == 0 || srcline_is_gap(&lines[i - 1]) || marks[i - 1].kind != FURN_NONE);
}

// The first line of the tail; count when there is none. Walks up from the end: an anchor holds when
// what follows it up to the next one is short enough, and that one holds too.
static size_t find_tail(const struct srcline *lines, const struct mark *marks, size_t count)
{
    size_t tail = count, gap = 0;
    bool has_form = false;
    for (size_t i = count; i-- > 0;) {
        if (marks[i].is_title)
            break;
        has_form = has_form || marks[i].kind == FURN_FORM;
        gap += marks[i].words;
        if (!is_anchor(lines, marks, i))
            continue;
        if (gap > BOX_WORDS && !(marks[i].kind == FURN_COUNTED && has_form))
            break;
        if (marks[i].before < BODY_WORDS)
            break;
        tail = i;
        gap = 0;
    }
    return tail;
}

// --- islands in the page -------------------------------------------------------------------------

struct block_marks {
    size_t weak, menu, strong, none;
};

static bool is_strong(const struct mark *mark)
{
    bool at_top = mark->before < BODY_WORDS;
    switch (mark->kind) {
    case FURN_WIDGET:
    case FURN_NOTICE:
    case FURN_FORM:
        return true;
    case FURN_TOP:
    case FURN_TALK:
    case FURN_COUNTED:
        return at_top;
    default:
        return false;
    }
}

static struct block_marks count_marks(const struct mark *marks, size_t first, size_t end)
{
    struct block_marks n = {0};
    for (size_t i = first; i < end; i++) {
        n.weak += marks[i].kind == FURN_WEAK;
        n.menu += marks[i].menu;
        n.strong += is_strong(&marks[i]);
    }
    n.none = end - first - n.weak - n.strong;
    return n;
}

// Whether all lines of a block go.
static bool is_furniture_block(const struct mark *marks, size_t first, size_t end, bool after_cut)
{
    struct block_marks n = count_marks(marks, first, end);
    if (n.none > 0)
        return false;
    bool at_top = marks[first].before == 0;
    return n.strong > 0 || after_cut || (at_top && n.menu >= 3);
}

static void cut_islands(struct srcline *lines, const struct mark *marks, size_t count)
{
    bool after_cut = false;
    for (size_t i = 0; i < count;) {
        if (srcline_is_gap(&lines[i])) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < count && !srcline_is_gap(&lines[end]))
            end++;
        after_cut = is_furniture_block(marks, i, end, after_cut);
        for (; i < end; i++)
            lines[i].is_cut =
                after_cut || marks[i].kind == FURN_NOTICE || marks[i].kind == FURN_FORM;
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

static void report(const struct srcline *lines, size_t count, const struct reader_options *options,
                   struct findings *findings)
{
    const struct srcline *first = NULL, *last = NULL, *begin = NULL;
    struct buf ranges;
    size_t shown = 0, cut = 0;
    buf_init(&ranges, 1000);
    for (size_t i = 0; i <= count; i++) {
        bool is_end = i == count || (lines[i].len > 0 && !lines[i].is_cut);
        if (is_end && begin && shown++ < RANGES_SHOWN)
            add_range(&ranges, begin, last);
        if (is_end)
            begin = NULL;
        if (i == count || !lines[i].is_cut || lines[i].len == 0)
            continue;
        cut++;
        first = first ? first : &lines[i];
        begin = begin ? begin : &lines[i];
        last = &lines[i];
    }
    if (first)
        findings_add(findings, FINDING_WARNING, options->file, first->number, 0, "post.furniture",
                     "%s %s%s left out: the web page's, not the letter's (\"%.*s%s\")",
                     cut == 1 ? "line" : "lines", ranges.data,
                     shown > RANGES_SHOWN ? " and more are"
                     : cut == 1           ? " is"
                                          : " are",
                     first->len > 60 ? 60 : (int)first->len, first->text,
                     first->len > 60 ? "…" : "");
    buf_deinit(&ranges);
}

void furniture_cut(struct srcline *lines, size_t count, const struct reader_options *options,
                   struct findings *findings)
{
    struct mark *marks = mark_lines(lines, count, options);
    size_t tail = find_tail(lines, marks, count);
    for (size_t i = tail; i < count; i++)
        lines[i].is_cut = lines[i].len > 0;
    cut_islands(lines, marks, tail);
    free(marks);
    report(lines, count, options, findings);
}
