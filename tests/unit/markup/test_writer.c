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
    {"resting", false}, {"everything", true}, {"rtl", false}, {"bare", false}};

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
        assert_true(end[1] != '<'); // discernible text (HT-05)
    }
    for (const char *p = html; (p = strstr(p, "<img ")); p++) {
        const char *end = strchr(p, '>');
        const char *alt = strstr(p, "alt=\""), *width = strstr(p, "width=\"");
        assert_true(alt && alt < end && width && width < end);
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
        assert_contains(html, "12 Lake Road<br>\nUdaipur 313001, India");                  // HT-18
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

static void check_contrast(const char *ink, const char *ground)
{
    double a = luminance(ink), b = luminance(ground);
    double ratio = a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
    if (ratio < 4.5)
        fail_msg("%s on %s has a contrast of %.2f", ink, ground, ratio);
}

static void check_colours(const struct theme_colours *c)
{
    check_contrast(c->ink, c->sheet);
    check_contrast(c->ink, c->code);
    check_contrast(c->soft, c->sheet);
    check_contrast(c->soft, c->page);
    check_contrast(c->accent, c->sheet);
    check_contrast(c->accent, c->page);
    check_contrast(c->practice_ink, c->practice_ground);
    check_contrast(c->practice_head, c->practice_ground);
    check_contrast(c->call_ink, c->call_ground);
    check_contrast(c->call_head, c->call_ground);
    check_contrast(c->soft, c->practice_ground); // a quotation in the card
}

static void test_contrast(void **state) // HT-06
{
    (void)state;
    check_colours(&theme_default()->light);
    check_colours(&theme_default()->dark);
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
    // nesting
    {"- a\n  > b\n  > - c\n- d\n\n  e", "  * a\n\n    > b\n    >\n    >   * c\n\n  * d\n\n    e\n"},
    {"9. a\n10. b\n    - c", "  9. a\n 10. b\n       * c\n"},
    {"-\n- b", "  *\n  * b\n"},
    // a table that does not fit is written cell by cell
    {"| aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | b |\n|---|---|\n| c | "
     "ddddddddddddddddddddddddddddddddddddddd |\n",
     "\n\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nb\n\nc\n"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),   cmocka_unit_test(test_rules),
        cmocka_unit_test(test_contrast), cmocka_unit_test(test_columns),
        cmocka_unit_test(test_wrapping), cmocka_unit_test(test_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
