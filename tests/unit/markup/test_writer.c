// Whole letters against golden files (GOLDEN=renew writes them anew), and the rules of mail HTML on
// each of them.
#include "fixture.h"

#include "base/file.h"
#include "base/utf8.h"
#include "markup/theme.h"

#include <math.h>

#define GOLDEN "tests/golden/markup/"

struct golden {
    const char *name;
    bool is_markdown;
};

static const struct golden goldens[] = {
    {"resting", false}, {"everything", true}, {"rtl", false}, {"bare", false}, {"cards", true}};

static void golden_path(struct buf *path, const char *folder, const char *name, const char *end)
{
    buf_init(path, 1000);
    buf_addf(path, GOLDEN "%s%s%s", folder, name, end);
}

static void golden_post(struct post *post, const struct golden *golden)
{
    struct err err;
    struct buf path, source;
    golden_path(&path, "posts/", golden->name, golden->is_markdown ? ".md" : ".txt");
    buf_init(&source, 1 << 20);
    assert_ok(file_read(path.data, 1 << 20, &source, &err), &err);
    post_read(post, source.data, source.len, golden->is_markdown);
    post_write(post);
    buf_deinit(&source);
    buf_deinit(&path);
}

static void assert_golden(const struct golden *golden, const char *end, const struct buf *got)
{
    struct err err;
    struct buf path, want;
    golden_path(&path, "", golden->name, end);
    buf_init(&want, 1 << 20);
    const char *renew = getenv("GOLDEN");
    if (renew && strcmp(renew, "renew") == 0)
        assert_ok(file_write(path.data, got->data, got->len, 0644, &err), &err);
    assert_ok(file_read(path.data, 1 << 20, &want, &err), &err);
    size_t same = 0;
    while (same < want.len && same < got->len && want.data[same] == got->data[same])
        same++;
    if (same < want.len || same < got->len)
        fail_msg("%s differs at byte %zu: \"%.80s\" instead of \"%.80s\" (GOLDEN=renew if meant)",
                 path.data, same, got->data + same, want.data + same);
    buf_deinit(&path);
    buf_deinit(&want);
}

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(goldens); i++) {
        struct post post;
        struct buf html, text, found;
        golden_post(&post, &goldens[i]);
        buf_init(&html, BUF_MAX_DEFAULT);
        buf_init(&text, BUF_MAX_DEFAULT);
        buf_init(&found, BUF_MAX_DEFAULT);
        show_slots(post.merge, &post.html, &html);
        show_slots(post.merge, &post.text, &text);
        for (size_t k = 0; k < post.findings.count; k++) {
            const struct finding *f = &post.findings.list[k];
            buf_addf(&found, "%s:%u:%u: %s: %s [%s]\n", f->file, f->line, f->column,
                     f->severity == FINDING_ERROR ? "error" : "warning", f->text, f->rule);
        }
        assert_golden(&goldens[i], ".html", &html);
        assert_golden(&goldens[i], ".txt", &text);
        assert_golden(&goldens[i], ".findings", &found);
        buf_deinit(&html);
        buf_deinit(&text);
        buf_deinit(&found);
        post_free(&post);
    }
}

// --- HTML ----------------------------------------------------------------------------------------

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

// Every <table> is a layout with a role, or holds data under <th scope> (HT-03).
static void check_tables(const char *html)
{
    for (const char *p = html; (p = strstr(p, "<table")); p++) {
        const char *end = strchr(p, '>');
        const char *role = strstr(p, "role=\"presentation\"");
        const char *scope = strstr(p, "<th scope=\"col\"");
        const char *close = strstr(p, "</table>");
        assert_non_null(end);
        if (!role || role > end)
            assert_true(scope && scope < close);
    }
    assert_int_equal(count_of(html, "<table"), count_of(html, "</table>"));
    assert_int_equal(count_of(html, "<td"), count_of(html, "</td>"));
    assert_int_equal(count_of(html, "<tr"), count_of(html, "</tr>"));
}

// One h1, and no level is skipped on the way down (HT-07).
static void check_headings(const char *html)
{
    int last = 0;
    assert_int_equal(count_of(html, "<h1"), 1);
    for (const char *p = html; (p = strstr(p, "<h")); p++) {
        if (p[2] < '1' || p[2] > '6')
            continue;
        int level = p[2] - '0';
        assert_true(level <= last + 1);
        last = level;
    }
}

static void check_links(const char *html)
{
    for (const char *p = html; (p = strstr(p, "<a ")); p++) {
        const char *end = strchr(p, '>');
        const char *underline = strstr(p, "text-decoration:underline");
        assert_true(strncmp(p, "<a href=\"https://", 17) == 0 ||
                    strncmp(p, "<a href=\"mailto:", 16) == 0 || p[9] == SLOT_OPEN);
        assert_true(underline && underline < end);
        assert_true(end[1] != '<' || !strncmp(end + 1, "<img ", 5) ||
                    !strncmp(end + 1, "<span ", 6)); // HT-05
    }
    for (const char *p = html; (p = strstr(p, "<img ")); p++) {
        const char *end = strchr(p, '>');
        const char *alt = strstr(p, "alt=\""), *width = strstr(p, "width=\"");
        assert_true(alt && alt < end && width && width < end);
        assert_true(p[-1] != '>' || alt[5] != '"'); // a linked image has a text
    }
}

static const char *const forbidden[] = {
    "<script",      "<form",        "<iframe", "<object",   "<embed",     "onclick",
    "javascript:",  "data:",        "@import", "<link",     "@font-face", "<v:",
    "display:flex", "display:grid", "var(--",  "position:", "calc(",      "rem;",
    "rgb(",         "url(",         "hidden=", "TODO",      "<svg",       "<picture",
};

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(goldens); i++) {
        struct post post;
        golden_post(&post, &goldens[i]);
        const char *html = post.html.data;
        const char *dir = strcmp(goldens[i].name, "rtl") == 0 ? "rtl" : "ltr";
        struct buf want;
        buf_init(&want, 1000);
        buf_addf(&want, "lang=\"en\" dir=\"%s\"", dir);
        assert_int_equal(count_of(html, want.data), 2); // HT-01, HT-02
        buf_deinit(&want);
        assert_contains(html,
                        "role=\"article\" aria-roledescription=\"email\" aria-label=\"Room to "
                        "breathe &amp; be\"");
        assert_contains(html, "<title>Room to breathe &amp; be</title>"); // HT-08
        check_tables(html);
        check_headings(html);
        check_links(html);
        for (size_t k = 0; k < COUNT_OF(forbidden); k++) // HT-12, HT-13
            assert_lacks(html, forbidden[k]);
        assert_int_equal(count_of(html, "display:none"), 1); // HT-17
        assert_int_equal(count_of(html, "<style>"), 1);      // HT-11
        assert_true(strstr(html, "</style>") < strstr(html, "</head>"));
        assert_true(strstr(html, "</style>") - strstr(html, "<style>") < 16384);
        assert_contains(html, "name=\"color-scheme\" content=\"light dark\""); // HT-21
        assert_contains(html, "name=\"supported-color-schemes\"");
        assert_contains(html, "@media (prefers-color-scheme:dark)");
        assert_contains(html, "[data-ogsc] .ink");
        assert_contains(html, "format-detection");                                         // HT-22
        assert_int_equal(count_of(html, "<!--[if mso]>"), count_of(html, "<![endif]-->")); // HT-23
        assert_true(post.html.len < 102400);                                               // HT-10
        assert_contains(html, "12 Lake Road");                                             // HT-18
        assert_contains(html, "Unsubscribe from this newsletter</a>");
        post_free(&post);
    }
}

// --- contrast ------------------------------------------------------------------------------------

static double channel(const char *colour, int at)
{
    char hex[3] = {colour[1 + 2 * at], colour[2 + 2 * at], 0};
    double c = (double)strtol(hex, NULL, 16) / 255;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(const char *colour)
{
    return 0.2126 * channel(colour, 0) + 0.7152 * channel(colour, 1) + 0.0722 * channel(colour, 2);
}

static double ratio_of(const char *ink, const char *ground)
{
    double a = luminance(ink), b = luminance(ground);
    return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

static void check_contrast(const char *ink, const char *ground)
{
    double ratio = ratio_of(ink, ground);
    if (ratio < 4.5)
        fail_msg("%s on %s has a contrast of %.2f", ink, ground, ratio);
}

// Every ink on its ground; code stands on one of its own.
static void check_ground(const struct theme_ground *g)
{
    check_contrast(g->ink, g->ground);
    check_contrast(g->soft, g->ground);
    check_contrast(g->head, g->ground);
    check_contrast(g->ink, g->code);
    if (ratio_of(g->edge, g->ground) < 1.4)
        fail_msg("the edge %s cannot be seen on %s", g->edge, g->ground);
}

static void check_colours(const struct theme_colours *c)
{
    check_ground(&c->sheet);
    check_ground(&c->practice);
    check_ground(&c->call);
    check_contrast(c->sheet.soft, c->page);
    check_contrast(c->sheet.head, c->page);
}

static void test_contrast(void **state) // HT-06
{
    (void)state;
    check_colours(&theme_default()->light);
    check_colours(&theme_default()->dark);
}

// Whatever a card holds is written in the inks of its ground, and so is its dark mode.
static void check_inks(const char *html, size_t len, const struct theme_ground *g, const char *on)
{
    struct buf card;
    buf_init(&card, BUF_MAX_DEFAULT);
    buf_add(&card, html, len);
    for (const char *p = card.data; (p = strstr(p, "color:#")); p++) {
        char colour[8] = {0};
        memcpy(colour, p + 6, 7);
        if (strcmp(colour, g->ground) != 0 && strcmp(colour, g->ink) != 0 &&
            strcmp(colour, g->soft) != 0 && strcmp(colour, g->head) != 0 &&
            strcmp(colour, g->code) != 0)
            fail_msg("%s stands on %s", colour, g->ground);
    }
    for (const char *p = card.data; (p = strstr(p, "solid #")); p++)
        assert_int_equal(strncmp(p + 6, g->edge, 7), 0);
    for (const char *p = card.data; (p = strstr(p, "class=\"")); p++)
        if (strncmp(p + 7, on, strlen(on)) != 0 && strncmp(p + 7, "dense", 5) != 0)
            fail_msg("\"%.40s\" does not begin with %s", p, on);
    buf_deinit(&card);
}

static const char in_card[] =
    "> said\n> — Someone\n\n![a lake](https://e.org/l.png) and [a link](https://e.org)\n\n- one\n- "
    "[ ] two\n\n| a | b |\n|---|---|\n| c | `d` |\n\n```\ncode\n```\n\n### Under\n\nText\n\n";

static void check_card(const char *title, const char *class, const struct theme_ground *g)
{
    struct post post;
    struct buf source;
    buf_init(&source, 4096);
    buf_addf(&source, "# Being\n\n## %s\n\n%s", title, in_card);
    post_read(&post, source.data, source.len, true);
    post_write(&post);
    const char *from = strstr(post.html.data, class);
    assert_non_null(from);
    const char *to = strstr(from, "padding:30px 24px 16px");
    assert_contains(from, "</blockquote>");
    while (to[0] != '<' || to[1] != '/') // back to the end of the card
        to--;
    class = strchr(class, '"') + 1;
    struct buf on;
    buf_init(&on, 100);
    buf_add(&on, class, strcspn(class, " "));
    check_inks(from, (size_t)(to - from), g, on.data);
    buf_deinit(&on);
    buf_deinit(&source);
    post_free(&post);
}

static void test_inks_of_cards(void **state)
{
    (void)state;
    const struct theme_colours *light = &theme_default()->light;
    check_card("Your Gentle Practice This Week", "class=\"practice ", &light->practice);
    check_card("Your Call to Healing", "class=\"call ", &light->call);
}

// --- text ----------------------------------------------------------------------------------------

// What breaks a line may not, and nothing is longer than the window but an address.
static void test_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(goldens); i++) {
        struct post post;
        golden_post(&post, &goldens[i]);
        for (const char *p = post.text.data; *p;) {
            size_t n = strcspn(p, "\n");
            bool has_address = memmem(p, n, "://", 3) || memchr(p, SLOT_OPEN, n);
            if (!has_address && utf8_width(p, n) > 72)
                fail_msg("too wide: \"%.*s\"", (int)n, p);
            assert_true(n == 0 || p[n - 1] != ' ');
            p += n + 1;
        }
        assert_lacks(post.text.data, "**");
        assert_lacks(post.text.data, "&amp;");
        assert_lacks(post.text.data, "\n-- \n");
        assert_contains(post.text.data, "Unsubscribe from this newsletter\n\x01"); // MS-14
        post_free(&post);
    }
}

struct wrapped {
    const char *source, *text; // text: a part of the text part
};

static const struct wrapped wrappings[] = {
    // a tag is as wide as its default
    {"aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa {{name|bbbbbbbbbbbbb}} c",
     "aaaa\n\x01"
     "0t\x02 c\n"},
    {"aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa {{name|bbbbbbbbb}} c",
     "aaaa \x01"
     "0t\x02 c\n"},
    // wide characters count two, and break where a script without spaces may
    {"南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜。瓜",
     "\n南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南\n瓜。瓜\n"},
    // an address is never divided, and its tag is encoded for an address
    {"[a](https://e.org/x?n={{name}}) and https://e.org/{{name}}",
     "a [1] and https://e.org/\x01"
     "0l\x02\n\n[1] https://e.org/x?n=\x01"
     "0l\x02\n"},
    {"[https://e.org](https://e.org/) [b](https://e.org/b) [c](https://e.org/b)",
     "\nhttps://e.org b [1] c [1]\n\n[1] https://e.org/b\n"},
    // the number stays with what it belongs to, and goes with it for a reader without an address
    {"[南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜]({{attr.city}}) b",
     "南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南\n瓜\x01"
     "0W\x02 [1]\x01"
     "0F\x02 b\n\n\x01"
     "0W\x02[1] \x01"
     "0L\x02\n\x01"
     "0F\x02\n---"},
    // nesting
    {"- a\n  > b\n  > - c\n- d\n\n  e", "  * a\n\n    > b\n    >\n    >   * c\n\n  * d\n\n    e\n"},
    {"9. a\n10. b\n    - c", "  9. a\n 10. b\n       * c\n"},
    {"-\n- b", "  *\n  * b\n"},
    // a table that does not fit is written cell by cell
    {"| aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | b |\n|---|---|\n| c | "
     "ddddddddddddddddddddddddddddddddddddddd |\n",
     "\n\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: c\nb: "
     "ddddddddddddddddddddddddddddddddddddddd\n"},
};

static void check_wrapping(const struct wrapped *c)
{
    struct post post;
    post_read(&post, c->source, strlen(c->source), true);
    post_write(&post);
    assert_contains(post.text.data, c->text);
    post_free(&post);
}

static void test_wrapping(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrappings); i++)
        check_wrapping(&wrappings[i]);
}

struct written {
    const char *source;
    const char *html,
        *no_html;     // a part of the HTML part, and what is not in it; NULL: not looked at
    const char *text; // a part of the text part
};

static const struct written writings[] = {
    // lists keep their number and are set in on one side only; a box is a bullet
    {"4. a\n5. b", "<ol start=\"4\" style=\"margin:0px 0 20px 26px;padding:0;\">", NULL,
     " 4. a\n 5. b\n"},
    {"1. a", "<ol style=", "start=", " 1. a\n"},
    {"- [x] a\n- b", "<li style=\"margin:0 0 10px;list-style-type:none;\">☑ a</li>", NULL,
     "  ☑ a\n  * b\n"},
    {"x\n\n> b\n\n- a", "<ul style=\"margin:0px 0 20px 26px;padding:0;\">", NULL, "> b\n"},
    // who said it stands on a line of its own, a dash in a sentence does not
    {"x\n\n> Be still.\n> — Ann",
     "<p style=\"margin:0 0 6px;\">Be still.</p>\n<p style=\"margin:0 0 0px;\">— Ann</p>", NULL,
     "> Be still.\n> — Ann\n"},
    {"x\n\n> Be\n> — now —\n> still.", "Be\n— now —\nstill.", NULL, "> Be — now — still.\n"},
    {"Be still.\n— Ann", "Be still.\n— Ann", NULL, "Be still. — Ann\n"},
    // a line that was ended is told from one that was wrapped
    {"a  \nb\nc", "<p style=\"margin:0 0 6px;\">a</p>\n<p style=\"margin:0 0 20px;\">b\nc</p>",
     "<br>\nb", "\na\nb c\n"},
    {"*a  \nb*", "<p style=\"margin:0 0 20px;\"><em>a<br>\nb</em></p>", NULL, "\na\nb\n"},
    // an image is named, a number says where it is
    {"![a lake](https://e.org/l.png)", "alt=\"a lake\"", NULL,
     "[Image: a lake] [1]\n\n[1] https://e.org/l.png\n"},
    {"![](https://e.org/l.png) b", "alt=\"\"", NULL, "\nb\n"},
    {"[![a lake](https://e.org/l.png)](https://e.org/w)", "alt=\"a lake\"", NULL,
     "[Image: a lake] [1]\n\n[1] https://e.org/w\n"},
    {"[![](https://e.org/l.png)](https://e.org/w?a=b)", "alt=\"e.org\"", "alt=\"https",
     "[Image: e.org] [1]\n\n[1] https://e.org/w?a=b\n"},
    {"a [![](https://e.org/l.png)](mailto:a@e.org?subject=b)", "alt=\"a@e.org\"", NULL,
     "[Image: a@e.org] [1]"},
    {"[![](https://e.org/l.png)]({{unsubscribe_url}})", "alt=\"image\"", NULL,
     "[Image: image] [1]"},
    {"[](https://e.org/w)", ">e.org</a>", NULL, "\nhttps://e.org/w\n"},
    {"~~no~~", "<s>no</s>", NULL, "\n~~no~~\n"},
    // long words break where they are addresses or code, and elsewhere at the last moment
    {"[https://example.org/a/long/path](https://example.org/a/long/path)",
     "word-break:break-word;\">https://", NULL, "\nhttps://example.org/a/long/path\n"},
    {"[a link of some words](https://e.org)", "text-decoration:underline;\">a link", NULL, "[1]"},
    // a table that does not fit a phone is set closer there, and only there
    {"| a |\n|---|\n| b |",
     "<table width=\"100%\" border=\"0\" cellpadding=\"0\" cellspacing=\"0\" style",
     "class=\"dense\"", "a\n-\nb\n"},
    {"| aaaaaaaaaaaaaaaaaaaa | bbbbbbbbbbbbbbb |\n|---|---|\n| b | c |", "class=\"dense\"",
     "padding:6px 3px;font-size:14px;word",
     "aaaaaaaaaaaaaaaaaaaa  bbbbbbbbbbbbbbb\n"
     "-------------------------------------\nb                     c\n"},
    {"| aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa |  |\n|---|---|\n"
     "| b | c |\n|  | ddddd |",
     "padding:6px 3px;font-size:14px;word-break:break-word;border", NULL,
     "\n\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: b\nc\n\nddddd\n"},
    // code is wrapped, further in
    {"```\naaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa bbbbb\n```", NULL, NULL,
     " aaaa aaaa aaaa\n        bbbbb\n"},
    {"```\n    aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa {{name|bbbbb}}\n```",
     NULL, NULL,
     "\n        aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa\n        \x01"
     "0t\x02\n"},
    {"```\n南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南\n```", NULL, NULL,
     "\n    南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜南瓜\n        南\n"},
    {"x\n\n```\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n```",
     NULL, NULL,
     "x\n\n        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n        aaaaaa\n"},
    // two cards share a rule
    {"## Your Gentle Practice This Week\n\na\n\n## Your Call to Healing\n\nb", NULL, NULL,
     "\na\n\n~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n\nYour Call"},
    // a call of paragraphs is centred, any other begins at the side
    {"## Your Call to Healing\n\nb", "<td class=\"call call-ink card\" align=\"center\"", NULL,
     "b"},
    {"## Your Call to Healing\n\nb\n\n- c", "<td class=\"call call-ink card\" align=\"left\"",
     "text-align:center;color:#fff", "  * c"},
};

static void check_written(const struct written *c)
{
    struct post post;
    post_read(&post, c->source, strlen(c->source), true);
    post_write(&post);
    if (c->html)
        assert_contains(post.html.data, c->html);
    if (c->no_html)
        assert_lacks(post.html.data, c->no_html);
    assert_contains(post.text.data, c->text);
    post_free(&post);
}

static void test_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(writings); i++)
        check_written(&writings[i]);
}

// What the first letter says; words of the other direction further on change nothing.
static const struct {
    const char *source;
    bool is_rtl;
} directions[] = {
    {"مرحبا بكم\n\n- بكم", true},
    {"مرحبا Hello", true},
    {"Hello مرحبا", false},
    {"2026 — «مرحبا» Hello", true},
    {"2026 — \"Hello\" مرحبا", false},
    {"Hello\n\nمرحبا بكم", false},
    {"שלום", true},
    {"Zoë", false},
    {"南瓜", false},
    {"٧ Letters", false},
    {"۷ رسائل", true},
    {"12", false}, // the subject says
};

static void test_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(directions); i++) {
        struct post post;
        const char *source = directions[i].source;
        post_read(&post, source, strlen(source), true);
        post_write(&post);
        const char *dir = directions[i].is_rtl ? " dir=\"rtl\"" : " dir=\"ltr\"";
        if (!strstr(post.html.data, dir) ||
            strstr(post.html.data, dir) > strstr(post.html.data, "<head>"))
            fail_msg("\"%s\" is not%s", source, dir);
        assert_true(!strstr(source, "\n- ") ||
                    strstr(post.html.data, directions[i].is_rtl
                                               ? "<ul style=\"margin:0px 26px 20px 0;padding:0;"
                                               : "<ul style=\"margin:0px 0 20px 26px;padding:0;"));
        // a house number stays before its street, whatever the letter is
        assert_contains(post.html.data, directions[i].is_rtl
                                            ? "<span dir=\"ltr\">12 Lake Road</span><br>"
                                            : "</strong><br>\n12 Lake Road<br>");
        // the footer's sentences are English, whatever the letter is
        assert_contains(post.html.data,
                        "<p dir=\"ltr\" lang=\"en\" style=\"margin:0;\">You receive");
        post_free(&post);
    }
}

// Nobody's letter has a word of another's: title and subject, opt-out by mail, no website.
static void test_letter(void **state)
{
    (void)state;
    struct post post;
    post_read(&post, "# Being\n\nText.", 14, true);
    struct letter letter = post_letter(&post);
    letter.optout_is_mail = true;
    letter.website = NULL;
    letter.preheader = NULL;
    letter.postal_address = "";
    letter.newsletter = "Ink & <Salt>";
    writer_html(post.doc, &letter, post.merge, &post.html);
    writer_text(post.doc, &letter, post.merge, &post.text);
    assert_contains(post.html.data, ">Being</h1>");
    assert_lacks(post.html.data, "display:none");
    assert_contains(post.html.data, "Ink &amp; &lt;Salt&gt;.");
    assert_contains(post.html.data, "Unsubscribe by email</a>");
    assert_contains(post.text.data, "\nBeing\n=====\n\nText.\n");
    assert_contains(post.text.data, "Unsubscribe by email\n");
    post_free(&post);
}

// The name of the newsletter has looked like an opaque word, and a reader was welcomed in its
// place.
static void test_configuration_is_plain(void **state)
{
    (void)state;
    struct post post;
    post_read(&post, "Dear {{name}}", 13, true);
    struct letter letter = post_letter(&post);
    letter.newsletter = "hx0x0z Letters";
    letter.from_name = "from hx0x0z & co";
    letter.postal_address = "at hx0x0z";
    letter.website = "https://hx0x0z.example/a b";
    letter.language = "hx0x0z";
    writer_html(post.doc, &letter, post.merge, &post.html);
    writer_text(post.doc, &letter, post.merge, &post.text);
    assert_int_equal(count_of(post.html.data, "\x01"), 2); // the name, the way out
    assert_int_equal(count_of(post.text.data, "\x01"), 2);
    assert_contains(post.html.data, "<html lang=\"hx0x0z\"");
    assert_contains(post.html.data, ">hx0x0z Letters</td>");
    assert_contains(post.html.data, "<strong>from hx0x0z &amp; co</strong><br>\nat hx0x0z<br>");
    assert_contains(post.html.data, "<a href=\"https://hx0x0z.example/a%20b\"");
    assert_contains(post.text.data, "hx0x0z Letters\n\n");
    assert_contains(post.text.data, "from hx0x0z & co\nat hx0x0z\nhttps://hx0x0z.example/a%20b\n");
    assert_contains(post.text.data, "subscribed to hx0x0z Letters.");
    post_free(&post);
}

// A name of the other direction does not tear the sentence apart.
static void test_name_of_another_direction(void **state)
{
    (void)state;
    struct post post;
    post_read(&post, "Text", 4, true);
    struct letter letter = post_letter(&post);
    letter.newsletter = "رسائل 7";
    writer_html(post.doc, &letter, post.merge, &post.html);
    assert_contains(post.html.data, "to <span dir=\"rtl\">رسائل 7</span>.<br>");
    post_free(&post);
}

static void test_empty_preheader(void **state)
{
    (void)state;
    struct post post;
    post_read(&post, "Text", 4, true);
    struct letter letter = post_letter(&post);
    letter.preheader = "";
    writer_html(post.doc, &letter, post.merge, &post.html);
    assert_lacks(post.html.data, "display:none");
    post_free(&post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),          cmocka_unit_test(test_rules),
        cmocka_unit_test(test_contrast),        cmocka_unit_test(test_inks_of_cards),
        cmocka_unit_test(test_columns),         cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_letter),          cmocka_unit_test(test_written),
        cmocka_unit_test(test_directions),      cmocka_unit_test(test_configuration_is_plain),
        cmocka_unit_test(test_empty_preheader), cmocka_unit_test(test_name_of_another_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
