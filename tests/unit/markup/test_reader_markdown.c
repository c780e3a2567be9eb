#include "fixture.h"

struct reading {
    const char *source, *tree;
};

static const struct reading readings[] = {
    {"", ""},
    {"One *two* **three** `four` ~~five~~", "p[One em[two] b[three] `four` s[five]]"},
    {"one\ntwo  \nthree\\\nfour<br>five", "p[one ~ two / three / four / five]"},
    {"# A\n\n## B\n\nC\n===", "h1[A]h2[B]h1[C]"},
    {"- a\n- b\n  1. c\n  2. d\n\n3. e", "ul[li[p[a]]li[p[b]ol1[li[p[c]]li[p[d]]]]]ol3[li[p[e]]]"},
    {"- a\n\n- b", "ul![li[p[a]]li[p[b]]]"},
    {"- [ ] a\n- [x] b", "ul[lio[p[a]]lix[p[b]]]"},
    {"text\n\n> a\n> > b", "p[text]quo[p[a]quo[p[b]]]"},
    {"text\n\n---\n\n    code\n", "p[text]hrcode[code\n]"},
    {"| a | b |\n|---|--:|\n| c | d |", "table[tr[td[a]td[b]]tr[td[c]td[d]]]"},
    // links: only what is safe and whole
    {"[a](https://e.org) <https://e.org/x> https://e.org/y www.e.org a@e.org",
     "p[a<https://e.org>[a] a<https://e.org/x>[https://e.org/x] a<https://e.org/y>[https://e.org/y] "
     "a<https://www.e.org>[www.e.org] a<mailto:a@e.org>[a@e.org]]"},
    {"[a](javascript:x) [b](data:text/html,x) [c](/path) [d](#x) [e](//e.org) [f]()",
     "p[a b c d e f]"},
    {"[a](JaVaScRiPt&#58;x) [b](https:///x) [c](vbscript:x)", "p[a b c]"},
    {"![alt *text*](a.jpg) ![b](https://e.org/b.png)",
     "p[img<>[alt em[text]] img<https://e.org/b.png>[b]]"},
    // tags, where cmark would break them
    {"Dear {{name|a *b*}}, [x](https://e.org/?n={{name}})",
     "p[Dear {name}, a<https://e.org/?n=hx0x1z>[x]]"},
    {"text\n\n| {{name}} | b |\n|---|---|\n| [u]({{unsubscribe_url}}) | <{{unsubscribe_url}}> |",
     "p[text]table[tr[td[{name}]td[b]]tr[td[a<hx0x1z>[u]]td[a<hx0x1z>[{unsubscribe_url}]]]]"},
    {"`{{name}}` {{na_me}}", "p[`hx0x0z` {na_me}]"},
    // raw HTML is taken off, the words in it stay; comments go without a word
    {"a <b>c</b> d\n\n<div>\nx\n</div>\n\n<!-- note -->\n\ne", "p[a c d]p[x]p[e]"},
    {"<!-- note --> This must arrive.", "p[This must arrive.]"},
    {"<!-- a\nlong\n\nnote --> This must arrive.\n\nThis too.", "p[This must arrive.]p[This too.]"},
    {"<p>One <b>bold</b> &amp; <i>sure</i> word.</p><p>Two.<br>Three.</p>",
     "p[One bold & sure word.]p[Two. / Three.]"},
    {"<center>\n    Stay *here*.\n</center>\n\nGo.", "p[Stay em[here].]p[Go.]"},
    {"<details><summary>More</summary>\nText.\n</details>", "p[More]p[Text.]"},
    {"<style>\np { color: red }\n\n</style>\n\n<script>\nalert(1)\n</script>\nText.", "p[Text.]"},
    {"a <script>alert(1)</script>b <style>*p*</style>c <script>d", "p[a b c d]"},
    {"- one\n\n  <div>two</div>\n- three", "ul![li[p[one]p[two]]li[p[three]]]"},
    {"<div>1 < 2 <3 <<b>i></div>", "p[1 < 2 <3 <i>]"},
    {"<h1>T</h1>\n<blockquote>Q</blockquote>", "p[T]p[Q]"},
    // no control character comes in by an entity
    {"a&#1;b&#x202e;c &#10; [d](https://e.org/&#2;)", "p[a\xef\xbf\xbd"
                                                      "b\xef\xbf\xbd"
                                                      "c   a<https://e.org/\xef\xbf\xbd>[d]]"},
    // the opening
    {"# T\n\nWritten from the heart by Asha\nCoach | Friend\n\n> Stay.\n\nText.",
     "h1[T]by[Written from the heart by Asha]by[Coach | Friend]epi[p[Stay.]]p[Text.]"},
    {"*Written from the heart by Asha*\n\n“Stay.”\n\nText.",
     "by[em[Written from the heart by Asha]]epi[p[“Stay.”]]p[Text.]"},
    {"# T\n\nBy Lena Fiore | November 24, 2026 | 6 min read\n\nCoach | Friend\n\n«Quédate.»\n\nText.",
     "h1[T]by[By Lena Fiore | November 24, 2026 | 6 min read]by[Coach | Friend]epi[p[«Quédate.»]]"
     "p[Text.]"},
    {"# T\n\n*November 7, 2025*\n\nBy Lena Fiore\n\nText.",
     "h1[T]by[em[November 7, 2025]]by[By Lena Fiore]p[Text.]"},
    {"# T\n\nHealing\n\nBy Lena Fiore | November 24, 2026 | Healing | 0 comments\n\n“Stay.”\n\nText.",
     "h1[T]by[Healing]by[By Lena Fiore | November 24, 2026 | Healing | 0 comments]epi[p[“Stay.”]]"
     "p[Text.]"},
    {"# T\n\nIt is hard.\n\nBy Lena Fiore\n\nText.", "h1[T]p[It is hard.]p[By Lena Fiore]p[Text.]"},
    {"# T\n\nWritten by candlelight\n\nText | more\n\nText.",
     "h1[T]p[Written by candlelight]p[Text | more]p[Text.]"},
    {"> Only this.", "quo[p[Only this.]]"},
    // cards
    {"a\n\n### Your Call to Healing\n\nb\n\n#### c\n\nd\n\n## e\n\nf",
     "p[a]call[h3[Your Call to Healing]p[b]h4[c]p[d]]h2[e]p[f]"},
    {"a\n\n**Your gentle practice this week:**\n\nb\n\n---\n\nc",
     "p[a]practice[h2[Your gentle practice this week:]p[b]]p[c]"},
    {"# Your Call to Healing\n\na", "h1[Your Call to Healing]p[a]"},
};

static void test_trees(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT_OF(readings); i++)
        wrong += count_wrong_tree(readings[i].source, true, readings[i].tree);
    assert_int_equal(wrong, 0);
}

struct warned {
    const char *source;
    unsigned line; // in the file: the text begins in line 5
    const char *rule, *text;
};

static const struct warned warnings[] = {
    {"a\n\nb <b>c", 7, "MD-06", "raw HTML \"<b>\" is left out"},
    {"a\n\n<div>\nx", 7, "MD-06", "\"<div>\" is taken off, the text in it stays"},
    {"a\n\n<div>\n</div>", 7, "MD-06", "\"<div>\" is left out"},
    {"a <script>b</script>", 5, "MD-06", "\"<script>\" is left out"},
    {"a\n\n<!-- b\n\nc", 7, "MD-06", "never ends"},
    {"a\n\nb\n[c](javascript:x)", 8, "HT-14", "only http, https and mailto"},
    {"[c](/path)", 5, "HT-14", "write the whole address"},
    {"![c](pic.jpg)", 5, "MS-04", "not sent"},
    {"![c](data:image/png;base64,xx)", 5, "HT-04", "only http"},
    {"a {{b", 5, "merge.syntax", "does not end"},
};

static void test_warnings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(warnings); i++) {
        struct post post;
        post_read(&post, warnings[i].source, strlen(warnings[i].source), true);
        assert_true(post.findings.count >= 1);
        assert_int_equal(post.findings.list[0].line, warnings[i].line);
        assert_string_equal(post.findings.list[0].rule, warnings[i].rule);
        assert_contains(post.findings.list[0].text, warnings[i].text);
        post_free(&post);
    }
}

static size_t deepest(const struct node *node)
{
    size_t depth = 0;
    for (const struct node *at = node->first; at; at = at->next) {
        size_t below = deepest(at) + 1;
        depth = below > depth ? below : depth;
    }
    return depth;
}

struct nested {
    const char *open, *close;
    size_t depth; // of the text, however often it is opened
};

// Blocks leave half of the depth to the markup in them; the text arrives in any case.
static const struct nested nests[] = {
    {"> ", "", DOC_DEPTH_MAX / 2},
    {"- ", "", DOC_DEPTH_MAX / 2 + 2},
    {"*", "*", DOC_DEPTH_MAX},
    {"> *", "*", DOC_DEPTH_MAX},
};

static void test_depth(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(nests); i++) {
        struct buf source, text;
        struct post post;
        buf_init(&source, BUF_MAX_DEFAULT);
        buf_init(&text, BUF_MAX_DEFAULT);
        for (int k = 0; k < 300; k++)
            buf_adds(&source, nests[i].open);
        buf_adds(&source, "a");
        for (int k = 0; k < 300; k++)
            buf_adds(&source, nests[i].close);
        post_read(&post, source.data, source.len, true);
        inlines_text(post.doc->root, post.merge, ' ', &text);
        assert_contains(text.data, "a");
        assert_in_range(deepest(post.doc->root), nests[i].depth - 3, nests[i].depth + 3);
        post_free(&post);
        buf_deinit(&text);
        buf_deinit(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
