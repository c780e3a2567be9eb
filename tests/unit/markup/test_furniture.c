#include "fixture.h"

#define BODY                                                                                     \
    "This is the body of a letter, long enough to be one, with words that say something to the " \
    "reader and go on for a while before the page ends.\n\n"

struct page {
    const char *source;
    const char *keeps[6]; // must be in the text part
    const char *drops[8]; // must not
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
    // sentences that begin like furniture
    {BODY "You might also like to write to me; I answer every letter.\n\nWith love,\nAsha\n",
     {"I answer every letter", "Asha"},
     {0},
     NULL},
    {BODY "One thought on forgiveness before you go: it takes time.\n\nAsha\n",
     {"One thought on forgiveness", "Asha"},
     {0},
     NULL},
    {BODY "One response to fear is to sit with it.\n\nAsha\n",
     {"One response to fear", "Asha"},
     {0},
     NULL},
    {BODY "3 replies to my letter touched me deeply.\n\nAsha\n",
     {"3 replies to my letter", "Asha"},
     {0},
     NULL},
    {BODY "3 thoughts on rest\n\nIt is slow, and it is yours.\n\nAsha\n",
     {"3 thoughts on rest", "it is yours", "Asha"},
     {0},
     NULL},
    {BODY "Related posts in the fence were painted white.\n\nAsha\n",
     {"Related posts in the fence", "Asha"},
     {0},
     NULL},
    {BODY "Leave a comment!\n\nP.S. We meet on March 3, 2026 at the lake.\n",
     {"Leave a comment", "P.S. We meet"},
     {0},
     NULL},
    {BODY "Leave a comment\n\nP.S. We meet on March 3, 2026 at the lake.\n",
     {"Leave a comment", "P.S. We meet"},
     {0},
     NULL},
    {BODY "About the Author\n\nThe book is at the printer's. Order it at the shop on Lake Road "
          "until Friday, and bring a friend.\n",
     {"About the Author", "Order it at the shop"},
     {0},
     NULL},
    {BODY "About the Author\n\nAsha Verma\n\nYou can have my book for nothing, if you write.\n",
     {"About the Author", "Asha Verma", "my book"},
     {0},
     NULL},
    {BODY "About the Author\n\nThe book is at the printer's, and the shop on Lake Road has it.\n",
     {"About the Author", "the shop on Lake Road"},
     {0},
     NULL},
    {BODY "Join the conversation\n\nThis Friday at seven we meet at the lake.\n",
     {"Join the conversation", "This Friday"},
     {0},
     NULL},
    {BODY "- Share this post\n- Leave a comment\n- Subscribe\n\nThank you.\n\nAsha\n",
     {"Share this post", "Leave a comment", "Subscribe", "Thank you.", "Asha"},
     {0},
     NULL},
    {BODY "We use cookies and a glass of milk to keep Santa happy.\n\nWe use cookies to give our "
          "children a reason.\n\nWe value your privacy, my mother used to say.\n\nAll rights "
          "reserved for the heart, my teacher said.\n\nClick to share on your own porch.\n",
     {"Santa", "a reason", "my mother", "my teacher", "porch"},
     {0},
     NULL},
    {BODY "This site uses cookies, he says, and laughs.\nWe use cookies to improve your experience "
          "on our website.\nSo he says.\n",
     {"and laughs", "on our website", "So he says"},
     {0},
     NULL},
    {BODY "Tagged along behind my brother, laughing.\n\nPosted in haste\n\nRead more.\n",
     {"Tagged along", "in haste", "Read more."},
     {0},
     NULL},
    {BODY "Related\n\nThe Old House\n\nThe New One\n",
     {"Related", "The Old House", "The New One"},
     {0},
     NULL},
    {BODY "Related Posts\n\nWith Love\n\nAsha\n", {"Related Posts", "With Love"}, {0}, NULL},
    {"Home\n\nWe came home late, and the light was on.\n", {"Home", "We came"}, {0}, NULL},
    {"Home\n\nMore\n\n" BODY, {"Home", "More"}, {0}, NULL},
    {"Posted on the door was a letter for you.\n\n" BODY, {"Posted on the door"}, {0}, NULL},
    {BODY "3 replies\n\nJane wrote that she cried.\n\nAsha\n",
     {"3 replies", "Jane wrote", "Asha"},
     {0},
     NULL},
    // what must go
    {"Posted on November 7, 2025\n\n" BODY,
     {"body of a letter"},
     {"Posted on", "November"},
     "line 5 is"},
    {BODY "Posted on November 7, 2025\n", {"Posted on November"}, {0}, NULL},
    {BODY "One response to “Being Still”\n\nJane says:\nLovely.\n\nLeave a Reply Cancel reply\n",
     {"body of a letter"},
     {"One response", "Jane", "Lovely", "Cancel reply"},
     "lines 7 to 12 are"},
    {BODY "2 thoughts on “Being Still”\n\nLeave a Reply\n\nComment *\n\nName *\n\nPost "
          "Comment\n",
     {"body of a letter"},
     {"2 thoughts", "Leave a Reply", "Comment", "Name"},
     "lines 7 to 15 are"},
    {BODY "About the Author\n\nAsha Verma\n\nAsha is a life coach and walks with people.\n",
     {"body of a letter"},
     {"About the Author", "life coach"},
     "lines 7 to 11 are"},
    {BODY "With love,\nAsha\n\nAbout the Author\n\nAsha keeps a garden.\n",
     {"body of a letter"},
     {"About the Author", "garden"},
     "lines 10 to 12 are"},
    {BODY "Share this:\n\nFacebook\nX (formerly Twitter)\nPinterest\nWhatsApp\n\nRelated\n\n"
          "How rest heals\nMarch 3, 2025\nIn \"Healing\"\n",
     {"body of a letter"},
     {"Share this", "Twitter", "WhatsApp", "Related", "How rest heals", "March", "In \""},
     "lines 7 to 18 are"},
    {BODY "Click to share on X (Opens in new window) X\nClick to share on Facebook (Opens in new "
          "window) Facebook\n",
     {"body of a letter"},
     {"Click to share", "Facebook"},
     "lines 7 to 8 are"},
    {BODY "Tags: grief, love\n\nFiled Under: Life\n\nPosted in Life\nTagged grief, love\n\n"
          "Posted in Healing\n",
     {"body of a letter"},
     {"Tags", "grief", "Filed", "Posted in"},
     "lines 7 to 14 are"},
    {"Reading Time: 4 minutes\n\n" BODY "6 min read\n",
     {"body of a letter"},
     {"Reading Time", "6 min"},
     "lines 5, 9 are"},
    {BODY "← Previous Post\nNext Post →\n\nPrevious Post: The Art of Rest\nNext Post: The Sea\n",
     {"body of a letter"},
     {"Previous", "Next", "Art of Rest"},
     "lines 7 to 11 are"},
    {BODY "Previous Post\nThe Art of Rest\n\nNext Post\nA Walk in Autumn\n",
     {"body of a letter"},
     {"Previous", "Next", "Art of Rest", "Autumn"},
     "lines 7 to 11 are"},
    {BODY "← Previous Post Next Post →\n\nPrevious Post | Next Post\n",
     {"body of a letter"},
     {"Previous", "Next"},
     "lines 7 to 9 are"},
    {"Being Still\n\nNovember 7, 2025\nLeave a comment\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"November", "Leave a comment"},
     "lines 7 to 8 are"},
    {BODY "Share on Facebook (Opens in new window) Facebook\nPrint (Opens in new window) Print\n\n"
          "This website uses cookies to improve your experience. We'll assume you're ok with this, "
          "but you can opt-out if you wish. Accept Read More\n",
     {"body of a letter"},
     {"Facebook", "Print", "cookies", "Accept"},
     "lines 7 to 10 are"},
    {BODY "Subscribe\n\nEnter your email\n\nType your email…\n",
     {"body of a letter"},
     {"Subscribe\n", "Enter your", "Type your"},
     "lines 7 to 11 are"},
    {BODY "Read more\n\n© 2025 Asha Verma. All Rights Reserved.\n\nPrivacy Policy | Terms\n",
     {"body of a letter"},
     {"Read more", "Rights", "Privacy"},
     "lines 7 to 11 are"},
    {"Skip to content\n\nMy Blog\n\nHome About Blog Contact\n\n" BODY,
     {"body of a letter"},
     {"Skip", "My Blog", "Home"},
     "lines 5 to 9 are"},
    {"Skip to content\nMy Blog\nHome\nAbout\n\n" BODY,
     {"body of a letter"},
     {"Skip", "My Blog", "Home"},
     "lines 5 to 8 are"},
    {BODY "We use cookies to ensure that we give you the best\nexperience on our website. If you "
          "continue to use this site we will\nassume that you are happy with it.\n",
     {"body of a letter"},
     {"cookies", "experience", "happy"},
     "lines 7 to 9 are"},
    {BODY "Compartir esto:\n\nFacebook\n\nAcerca del autor\n\nAsha Verma\n\nDeja una "
          "respuesta\n\nTu dirección de correo electrónico no será publicada. Los campos "
          "obligatorios están marcados con *\n",
     {"body of a letter"},
     {"Compartir", "Facebook", "Acerca", "Deja", "correo"},
     "lines 7 to 17 are"},
};

// Pages as people paste them: what must go, and what looks like it and stays.
static const struct page pasted[] = {
    // author boxes
    {BODY
     "About the Author\n\nAsha Mehra\n\nAdministrator\n\nAsha Mehra is a life coach in Jaipur. "
     "Her letters reach readers every week.\n",
     {"body of a letter"},
     {"About the Author", "Mehra", "Administrator", "Jaipur"},
     "lines 7 to 13 are"},
    {BODY "About Author\nAsha Mehra\nAdministrator\nLife coach, mother of two and gardener, based "
          "in Jaipur.\n\nLeave a Reply\n\nYour email address will not be published.\n",
     {"body of a letter"},
     {"About Author", "Mehra", "Administrator", "gardener", "Leave"},
     "lines 7 to 14 are"},
    {BODY "About the Author\n\nA writer of slow letters with a love of lakes and old trees.\n",
     {"body of a letter"},
     {"About the Author", "slow letters"},
     "lines 7 to 9 are"},
    {BODY "Related\n\nHow rest heals\nMarch 3, 2025\n\nAbout the Author\n\nAsha Mehra\n\nA life "
          "coach who has walked with people for ten years.\n",
     {"body of a letter"},
     {"Related", "rest heals", "About the Author", "walked with"},
     "lines 7 to 16 are"},
    {BODY "Leave a Reply\n\nYour email address will not be published.\n\nAbout the Author\n\nAsha "
          "Mehra\n\nAsha writes.\n",
     {"body of a letter"},
     {"Leave a Reply", "About the Author", "Mehra", "Asha writes"},
     "lines 7 to 15 are"},
    {BODY
     "About the Author\n\nAsha Mehra\n\nA life coach in Jaipur.\n\nRelated Posts\n\nThe Art of "
     "Waiting\n\nShare\nFacebook\nX\n",
     {"body of a letter"},
     {"About the Author", "Jaipur", "Waiting", "Share", "Facebook"},
     "lines 7 to 19 are"},
    {BODY "About the author of this letter: I am Asha and I live by the lake.\n",
     {"About the author of this letter", "by the lake"},
     {0},
     NULL},
    {BODY "About the Author\n\nI am Asha and I live by the lake.\n",
     {"About the Author", "by the lake"},
     {0},
     NULL},
    {BODY "About the Author\n\nAsha Mehra\n\nA coach who walks with you.\n",
     {"About the Author", "walks with you"},
     {0},
     NULL},
    {BODY "About the Author\n\nA life coach in Jaipur.\n\nThe lake is still there, and the letter "
          "goes on.\n\nWith love,\nAsha\n",
     {"About the Author", "Jaipur", "goes on", "With love"},
     {0},
     NULL},
    // cookie notices
    {BODY "We use cookies to give you the best experience.\nAccept\n",
     {"body of a letter"},
     {"cookies", "Accept"},
     "lines 7 to 8 are"},
    {"We use cookies to ensure that we give you the best experience on our website.\n\nAccept "
     "All\nReject\nSettings\n\nBeing Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"cookies", "Accept", "Reject"},
     "lines 5 to 9 are"},
    {BODY
     "This site uses cookies. By continuing to browse the site, you are agreeing to our use of "
     "cookies.\nOK\n",
     {"body of a letter"},
     {"cookies", "OK"},
     "lines 7 to 8 are"},
    {BODY "This site uses cookies. By continuing to use this website, you agree to their use. Got "
          "it\n",
     {"body of a letter"},
     {"cookies", "Got it"},
     "line 7 is"},
    {BODY
     "Accept All Reject Settings\nWe use cookies to give you the best experience.\n\nGot it!\n",
     {"body of a letter"},
     {"cookies", "Accept", "Got it"},
     "lines 7 to 10 are"},
    {BODY "We use cookies to welcome each other.\n\nAccept\n\nOK\n",
     {"welcome each other", "Accept", "OK"},
     {0},
     NULL},
    {BODY "Accept\n\nBreathe, and let it be.\n", {"Accept", "let it be"}, {0}, NULL},
    {BODY "This site uses cookies. By continuing to bake, you agree to my joy.\n",
     {"agree to my joy"},
     {0},
     NULL},
    // a box to subscribe
    {BODY "Subscribe to Blog via Email\nEnter your email address to subscribe to this blog and "
          "receive notifications of new posts by email.\nEmail Address\nSubscribe\nJoin 12 other "
          "subscribers\n",
     {"body of a letter"},
     {"Subscribe", "Enter your", "Email Address", "Join 12"},
     "lines 7 to 11 are"},
    {BODY
     "Subscribe to Blog via Email\n\nEnter your email address to subscribe to this blog and "
     "receive notifications of new posts by email.\n\nEmail Address\n\nSubscribe\n\nJoin 1,234 "
     "other subscribers\n",
     {"body of a letter"},
     {"Subscribe", "Enter your", "Email Address", "Join 1"},
     "lines 7 to 15 are"},
    {BODY "Subscribe to the quiet.\n\nJoin two other people at the lake.\n",
     {"to the quiet", "two other people"},
     {0},
     NULL},
    // buttons to share
    {BODY "Share\nFacebook\nX\nEmail\nPrint\n",
     {"body of a letter"},
     {"Share", "Facebook", "Print"},
     "lines 7 to 11 are"},
    {BODY "Share\n\nTweet\nPin\nWhatsApp\n",
     {"body of a letter"},
     {"Share", "Tweet", "WhatsApp"},
     "lines 7 to 11 are"},
    {BODY "Share on: Facebook Twitter\n", {"body of a letter"}, {"Share", "Twitter"}, "line 7 is"},
    {BODY "Share: Facebook | X | WhatsApp\n",
     {"body of a letter"},
     {"Share", "WhatsApp"},
     "line 7 is"},
    {BODY "Share:\nFacebook Twitter LinkedIn\n",
     {"body of a letter"},
     {"Share", "Twitter"},
     "lines 7 to 8 are"},
    {BODY "Share your bread.\n\nShare your bread\n", {"Share your bread"}, {0}, NULL},
    {BODY "Share\n\nGive a piece of your bread to whoever stands at the door, and ask for nothing "
          "in return this week.\n",
     {"Share", "your bread"},
     {0},
     NULL},
    {BODY "Share\nTweet like the birds.\nPrint\n", {"Share", "the birds", "Print"}, {0}, NULL},
    {BODY "Share on: the table, the bread, the light\n", {"Share on: the table"}, {0}, NULL},
    {BODY "Share\n\nMore\n\nReply\n", {"Share", "More", "Reply"}, {0}, NULL},
    // the top of a page
    {"Skip to content\nHome\tAbout\tCoaching\tContact\n\nBeing Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"Skip", "Coaching"},
     "lines 5 to 6 are"},
    {"Skip to content\n\nMy Blog\n\nHome   About   Coaching   Contact\n\nBeing "
     "Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"Skip", "My Blog", "Coaching"},
     "lines 5 to 9 are"},
    {"Skip to content\n\nHome | Meditations | My Coaching | Contact\n\nA Call to Healing\n\nBeing "
     "Still\n\nNovember 25, 2026 · 4 min read\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"Skip", "Meditations"},
     "lines 5 to 7 are"},
    {"We use cookies to give you the best experience.\nAccept\n\nSkip to content\n\nMy "
     "Blog\n\nHome\tAbout\tCoaching\tContact\n\nBeing Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"cookies", "Skip", "My Blog", "Coaching"},
     "lines 5 to 12 are"},
    {"Home\tAbout\tCoaching\tContact\n\nBeing Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"Coaching"},
     "line 5 is"},
    {BODY "By continuing to use this site you agree to our use of cookies.\nGot it!\n",
     {"body of a letter"},
     {"By continuing", "Got it"},
     "lines 7 to 8 are"},
    {"Home | Rest | Begin\n\n" BODY, {"Home | Rest | Begin"}, {0}, NULL},
    {"Breathe   Rest   Begin\n\n" BODY, {"Breathe", "Begin"}, {0}, NULL},
    {"Skip to content\n\nBreathe | Rest | Begin\n\n" BODY,
     {"Breathe | Rest | Begin"},
     {"Skip"},
     "line 5 is"},
    {"Home » Blog » Healing\n\nBeing Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"Blog"},
     "line 5 is"},
    {"You are here: Home > Blog > Healing\n\nBeing Still\n\n" BODY,
     {"Being Still", "body of a letter"},
     {"Blog"},
     "line 5 is"},
    {"Home is where the lake is.\n\nHome > away\n\n" BODY,
     {"Home is where", "Home > away"},
     {0},
     NULL},
    {"Skip to content\n\nBreathe and rest\n\nBegin again\n\n" BODY,
     {"Breathe and rest", "Begin again"},
     {"Skip"},
     "line 5 is"},
};

static size_t count_wrong_words(const struct page *page, const struct post *post)
{
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT_OF(page->keeps) && page->keeps[i]; i++)
        wrong += strstr(post->text.data, page->keeps[i]) == NULL;
    for (size_t i = 0; i < COUNT_OF(page->drops) && page->drops[i]; i++)
        wrong += strstr(post->text.data, page->drops[i]) || strstr(post->html.data, page->drops[i]);
    return wrong;
}

// The findings of a rule; *first is the first of them.
static size_t count_rule(const struct findings *findings, const char *rule,
                         const struct finding **first)
{
    size_t n = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].rule, rule) == 0 && n++ == 0)
            *first = &findings->list[i];
    return n;
}

// What is cut is told by its lines; beside that only that something was left that reads like it.
static bool is_told(const struct page *page, const struct findings *findings)
{
    const struct finding *cut = NULL, *left = NULL;
    size_t cuts = count_rule(findings, "post.furniture", &cut);
    if (cuts + count_rule(findings, "post.furniture-left", &left) != findings->count)
        return false;
    if (!page->lines)
        return cuts == 0;
    return cuts == 1 && cut->severity == FINDING_WARNING && strstr(cut->text, page->lines);
}

// A comment form without proof stays, and the writer is told where.
static void test_left(void **state)
{
    (void)state;
    static const char source[] = BODY "Leave a Reply\n\nAnna\n\nThis is what Anna wrote to me.\n";
    struct post post;
    const struct finding *left = NULL;
    post_read(&post, source, sizeof source - 1, false);
    post_write(&post);
    assert_contains(post.text.data, "Anna wrote");
    assert_int_equal(count_rule(&post.findings, "post.furniture-left", &left), 1);
    assert_contains(left->text, "Leave a Reply");
    assert_true(left->line > 1 && left->severity == FINDING_WARNING);
    post_free(&post);
}

static size_t count_wrong(const struct page *page, bool is_markdown)
{
    struct post post;
    post_read(&post, page->source, strlen(page->source), is_markdown);
    post_write(&post);
    bool is_wrong = count_wrong_words(page, &post) > 0 || !is_told(page, &post.findings);
    if (is_wrong)
        print_error("%s source:\n%s\nfound: %s\ntext:\n%s\n", is_markdown ? "md" : "txt",
                    page->source, post.findings.count ? post.findings.list[0].text : "nothing",
                    post.text.data);
    post_free(&post);
    return is_wrong;
}

static void test_pages(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT_OF(pages); i++)
        wrong += count_wrong(&pages[i], false) + count_wrong(&pages[i], true);
    for (size_t i = 0; i < COUNT_OF(pasted); i++)
        wrong += count_wrong(&pasted[i], false) + count_wrong(&pasted[i], true);
    assert_int_equal(wrong, 0);
}

// The page ends the letter's last card, too.
static void test_card(void **state)
{
    (void)state;
    const struct page page = {BODY "Your Call to Healing\n\nGo now.\n\nShare this:\n\nFacebook\n\n"
                                   "Related\n\nThe Sea\nMarch 3, 2025\nIn \"Healing\"\n",
                              {"Go now."},
                              {"Share", "Facebook", "Related", "The Sea", "March"},
                              "lines 11 to 19 are"};
    assert_int_equal(count_wrong(&page, false), 0);
}

struct limit {
    const char *before, *word, *after;
    size_t words;      // so many are inside the limit
    bool is_cut_below; // and then the page is cut
};

// How much of a letter has to stand above a box, and how much may stand in it.
static const struct limit limits[] = {
    {"", "word ", "\n\nRelated Posts\n\nThe Old House\n", 19, false},
    {BODY "About Author\n\nAsha Verma\n\nShe is ", "kind ", "\n", 76, true},
    {BODY "About Author\n\n", "Asha ", "\n", 6, true},
    {BODY "Related Posts\n\n", "House ", "\n", 14, true},
    {"Skip to content\n", "Blogs ", "\nHome\nAbout\n\n" BODY, 5, true},
    {BODY "Tags: ", "rest ", "\n", 11, true},
    {BODY "Posted in Life ", "Rest ", "\n", 3, true},
};

static void test_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        for (size_t more = 0; more < 2; more++) {
            struct buf source;
            struct post post;
            buf_init(&source, BUF_MAX_DEFAULT);
            buf_adds(&source, limits[i].before);
            for (size_t k = 0; k < limits[i].words + more; k++)
                buf_adds(&source, limits[i].word);
            buf_adds(&source, limits[i].after);
            post_read(&post, source.data, source.len, false);
            const struct finding *cut = NULL;
            bool is_whole = count_rule(&post.findings, "post.furniture", &cut) == 0;
            if (is_whole == (limits[i].is_cut_below == (more == 0)))
                fail_msg("limit %zu, %zu words", i, limits[i].words + more);
            post_free(&post);
            buf_deinit(&source);
        }
    }
}

// All cut lines are named, in as many findings as that takes.
static void test_ranges(void **state)
{
    (void)state;
    struct buf source;
    struct post post;
    buf_init(&source, BUF_MAX_DEFAULT);
    for (int i = 0; i < 200; i++)
        buf_adds(&source, BODY "Read more\n\n");
    post_read(&post, source.data, source.len, false);
    assert_in_range(post.findings.count, 2, 5);
    assert_contains(post.findings.list[0].text, "lines 7, 11, 15, 19, 23, 27, 31, 35");
    assert_contains(post.findings.list[post.findings.count - 1].text, ", 803 are left out");
    post_free(&post);
    buf_deinit(&source);
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
    static const struct page codes[] = {
        {BODY "```\nSkip to content\n```\n", {"Skip to content"}, {0}, NULL},
        {BODY "````\n```\nSkip to content\n```\nBack to top\n````\n",
         {"Skip to content", "Back to top"},
         {0},
         NULL},
        {BODY "    Skip to content\n\n    Back to top\n",
         {"Skip to content", "Back to top"},
         {0},
         NULL},
        {BODY "- A list:\n\n  ~~~\n  Back to top\n  ~~~\n", {"Back to top"}, {0}, NULL},
        {BODY "```code``` is what begins this line.\n\nBack to top\n",
         {"is what begins"},
         {"Back to top"},
         "line 9 is"},
        {BODY "~~~\ncode\n~~~\n\nBack to top\n", {"code"}, {"Back to top"}, "line 11 is"},
        {BODY "```\ncode\n``` x\n```\n\nBack to top\n", {"code"}, {"Back to top"}, "line 12 is"},
    };
    assert_int_equal(count_wrong(&marked, true), 0);
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        assert_int_equal(count_wrong(&codes[i], true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),  cmocka_unit_test(test_left),
        cmocka_unit_test(test_card),   cmocka_unit_test(test_limits),
        cmocka_unit_test(test_ranges), cmocka_unit_test(test_markdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
