#include "fixture.h"

#define BODY                                                                                     \
    "This is the body of a letter, long enough to be one, with words that say something to the " \
    "reader and go on for a while before the page ends.\n\n"

struct page {
    const char *source;
    const char *keeps[4]; // must be in the text part
    const char *drops[6]; // must not
    const char *lines;    // in the finding; NULL: nothing may be cut
};

static const struct page pages[] = {
    {BODY
     "About Author\n\nAsha Verma\n\nLeave a Reply\n\nYour email address will not be published. "
     "Required fields are marked *\n",
     {"body of a letter"},
     {"About Author", "Leave a Reply", "will not be published", "marked"},
     "lines 7 to 13 are"},
    {BODY "This site uses Akismet to reduce spam. Learn how your comment data is processed.\n",
     {"body of a letter"},
     {"Akismet"},
     "line 7 is"},
    {"Skip to content\n\nHome\nAbout\nBlog\n\n" BODY "Share this:\n\nFacebook\nX\n\nLike this:\n"
     "Like Loading...\n",
     {"body of a letter"},
     {"Skip to", "Home", "Share this", "Facebook", "Loading"},
     "lines 5 to 9, 13 to 19 are"},
    {"Home | About | Blog | Contact\n\n" BODY, {"body of a letter"}, {"Contact"}, "line 5 is"},
    {BODY "3 Comments\n\nJane says:\nWhat a lovely letter this is.\n\nLeave a comment\n\n"
          "Save my name, email, and website in this browser for the next time I comment.\n",
     {"body of a letter"},
     {"Comments", "Jane", "Save my name"},
     "lines 7 to 14 are"},
    {BODY "Related Posts\n\nThe Art of Waiting\n\nA Letter to the Sea\n",
     {"body of a letter"},
     {"Related", "Waiting", "the Sea"},
     "lines 7 to 11 are"},
    {BODY "We use cookies to ensure that you get the best from our site.\n\nAccept all cookies\n",
     {"body of a letter"},
     {"cookies"},
     "lines 7 to 9 are"},
    // a letter that talks about these things
    {"I used to leave a reply to everyone before midnight.\nLeave a reply\nwhen you can.\n\n" BODY
     "Share this.\nLike this.\nBe this.\n\nWe use cookies to celebrate small wins.\n",
     {"to everyone", "Leave a reply", "Share this.", "small wins"},
     {0},
     NULL},
    {BODY "My name is on the door. Your email address will not be forgotten.\n",
     {"on the door", "forgotten"},
     {0},
     NULL},
    {BODY "About\n\nWhat this is about, at last.\n", {"About", "at last"}, {0}, NULL},
    // an author box in the middle is not the end of the page
    {BODY "About the Author\n\nShe wrote.\n\n" BODY BODY BODY BODY BODY BODY BODY BODY,
     {"About the Author", "She wrote."},
     {0},
     NULL},
    {BODY "Leave a Reply\n\nShe did.\n\nYour Call to Healing\n\nLeave one.\n",
     {"Leave a Reply", "She did.", "Leave one."},
     {0},
     NULL},
    {"About the Author\n\nShe wrote this.\n", {"About the Author", "She wrote"}, {0}, NULL},
};

static void check_page(const struct page *page, bool is_markdown)
{
    struct post post;
    post_read(&post, page->source, strlen(page->source), is_markdown);
    post_write(&post);
    for (size_t i = 0; i < COUNT_OF(page->keeps) && page->keeps[i]; i++)
        assert_contains(post.text.data, page->keeps[i]);
    for (size_t i = 0; i < COUNT_OF(page->drops) && page->drops[i]; i++) {
        assert_lacks(post.text.data, page->drops[i]);
        assert_lacks(post.html.data, page->drops[i]);
    }
    assert_int_equal(post.findings.count, page->lines ? 1 : 0);
    if (page->lines) {
        assert_string_equal(post.findings.list[0].rule, "post.furniture");
        assert_int_equal(post.findings.list[0].severity, FINDING_WARNING);
        assert_contains(post.findings.list[0].text, page->lines);
    }
    post_free(&post);
}

static void test_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        check_page(&pages[i], false);
        check_page(&pages[i], true);
    }
}

// In Markdown the marks around a line do not matter, and code is never furniture.
static void test_markdown(void **state)
{
    (void)state;
    const struct page marked = {BODY "## **Leave a Reply**\n\n*Your email address will not be "
                                     "published.*\n",
                                {"body of a letter"},
                                {"Leave a Reply", "published"},
                                "lines 7 to 9 are"};
    const struct page code = {BODY "```\nSkip to content\n```\n", {"Skip to content"}, {0}, NULL};
    check_page(&marked, true);
    check_page(&code, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_markdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
