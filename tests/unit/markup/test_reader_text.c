#include "fixture.h"

struct reading {
    const char *source, *tree;
};

// As long as the paragraph below a heading.
#define PROSE "It is what I learned when I sat by the lake and had nothing to do."

static const struct reading readings[] = {
    // paragraphs, verse and wrapped text
    {"", ""},
    {" \n\t\n \xc2\xa0 \n", ""},
    {"One line stays a paragraph.", "p[One line stays a paragraph.]"},
    {"Breathe in.\nBreathe out.", "p[Breathe in. / Breathe out.]"},
    {"So we carry on,\nand we stay,\nand we rest",
     "p[So we carry on, / and we stay, / and we rest]"},
    {"Breathe in,\n    and out,\n  and stay", "p[Breathe in, / \u00a0\u00a0\u00a0\u00a0and out, / "
                                              "\u00a0\u00a0and stay]"},
    {"  moved in\n  as a whole", "p[moved in / as a whole]"},
    {"This paragraph was wrapped by a mail program long ago, at about seventy\n"
     "columns, as they all did, and nobody wanted the line ends that stand in\n"
     "the middle of it to be there.",
     "p[This paragraph was wrapped by a mail program long ago, at about seventy ~ columns, as they "
     "all did, and nobody wanted the line ends that stand in ~ the middle of it to be there.]"},
    {"This line is long enough to look like wrapped text, but it ends itself.\n"
     "This one too is long enough to look like wrapped text and ends itself.\n"
     "And so it is verse.",
     "p[This line is long enough to look like wrapped text, but it ends itself. / This one too is "
     "long enough to look like wrapped text and ends itself. / And so it is verse.]"},
    // what merely contains marks stays text
    {"I said *no* and _yes_, and that was #1.\n\n1986. A good year.\n\n* Names are changed.",
     "p[I said *no* and _yes_, and that was #1.]p[1986. A good year.]p[* Names are changed.]"},
    {"a * b * c\nsnake_case_word <b> & `tick`", "p[a * b * c / snake_case_word <b> & `tick`]"},
    // headings
    {"We begin here.\n\nThe Fear of Noise\n\nIt is loud.",
     "p[We begin here.]h2[The Fear of Noise]p[It is loud.]"},
    {"We begin here.\n\nWhat Is Rest?\n\nIt is quiet.",
     "p[We begin here.]h2[What Is Rest?]p[It is quiet.]"},
    {"We begin here.\n\nIs it late?\n\nIt is.", "p[We begin here.]p[Is it late?]p[It is.]"},
    {"We begin here.\n\nwalking home\n\nIt is late.",
     "p[We begin here.]p[walking home]p[It is late.]"},
    {"We begin here.\n\nWhat helps:\n\nIt is this.",
     "p[We begin here.]p[What helps:]p[It is this.]"},
    {"We begin here.\n\n“Stay with me”\n\nIt is this.",
     "p[We begin here.]p[“Stay with me”]p[It is this.]"},
    {"We begin here.\n\nWith love\n\nAsha", "p[We begin here.]p[With love]p[Asha]"},
    {"We begin here.\n\nBreathe in\n\nBreathe out\n\nStay\n\nAnd then go on.",
     "p[We begin here.]p[Breathe in]p[Breathe out]p[Stay]p[And then go on.]"},
    {"We begin here.\n\nSmall Steps\n-----------\nOne of them.",
     "p[We begin here.]h2[Small Steps]p[One of them.]"},
    {"We begin here.\n\n{{first_name}}\n\nIt is this.",
     "p[We begin here.]p[{first_name}]p[It is this.]"},
    {"We begin.\n\nA heading that is much too long to be a heading because it goes on\n\nText.",
     "p[We begin.]p[A heading that is much too long to be a heading because it goes on]p[Text.]"},
    {"We begin here.\n\nThis is what helps\n\nIt is this.",
     "p[We begin here.]p[This is what helps]p[It is this.]"},
    {"We begin here.\n\nSo I stayed\n\n" PROSE, "p[We begin here.]p[So I stayed]p[" PROSE "]"},
    {"We begin here.\n\nNot yet\n\n" PROSE, "p[We begin here.]p[Not yet]p[" PROSE "]"},
    {"We begin here.\n\nBreathe\n\n" PROSE, "p[We begin here.]p[Breathe]p[" PROSE "]"},
    {"We begin here.\n\nGRATITUDE\n\n" PROSE, "p[We begin here.]h2[GRATITUDE]p[" PROSE "]"},
    {"We begin here.\n\nEl regalo del silencio\n\n" PROSE,
     "p[We begin here.]h2[El regalo del silencio]p[" PROSE "]"},
    {"We begin here.\n\nदिल की बात\n\n" PROSE, "p[We begin here.]h2[दिल की बात]p[" PROSE "]"},
    {"We begin here.\n\nHow To Sit With a Slow Season:\n\nIt is what I learned here.",
     "p[We begin here.]h2[How To Sit With a Slow Season:]p[It is what I learned here.]"},
    {"We begin here.\n\nHow To Sit With It:\n\n• Sit.\n• Stay.",
     "p[We begin here.]p[How To Sit With It:]ul[li[p[Sit.]]li[p[Stay.]]]"},
    {"We begin here.\n\n¿Qué nos regala la vulnerabilidad?\n\nNos regala lo que no se compra.",
     "p[We begin here.]h2[¿Qué nos regala la vulnerabilidad?]p[Nos regala lo que no se compra.]"},
    {"We begin here.\n\n¿Y tú?\n\nNos regala lo que no se compra.",
     "p[We begin here.]p[¿Y tú?]p[Nos regala lo que no se compra.]"},
    {"We begin here.\n\n\"Isn't It Just Laziness?\"\n\nIt is what I learned here.",
     "p[We begin here.]h2[\"Isn't It Just Laziness?\"]p[It is what I learned here.]"},
    {"We begin here.\n\nWith so much love,\n\nAsha Verma\n\nP.S. Come to the lake.",
     "p[We begin here.]p[With so much love,]p[Asha Verma]p[P.S. Come to the lake.]"},
    {"We begin here.\n\nOne Two Three Four Five Six Seven Eight Nine Ten\n\nIt is this.",
     "p[We begin here.]h2[One Two Three Four Five Six Seven Eight Nine Ten]p[It is this.]"},
    {"We begin here.\n\nOne Two Three Four Five Six Seven Eight Nine Ten Ten\n\nIt is this.",
     "p[We begin here.]p[One Two Three Four Five Six Seven Eight Nine Ten Ten]p[It is this.]"},
    {"We begin here.\n\nयह सच है।\n\n" PROSE, "p[We begin here.]p[यह सच है।]p[" PROSE "]"},
    // the opening
    {"A Title\nBy Lena Fiore | November 24, 2026 | 6 min read\nLetters for slow days\n\n“Stay.”\n\n"
     "It is hard.",
     "h1[A Title]by[By Lena Fiore | November 24, 2026 | 6 min read]by[Letters for slow days]"
     "epi[p[“Stay.”]]p[It is hard.]"},
    {"A Title\n\nBy Lena Fiore | November 7, 2025\n\nLetters for slow days\n\n“Stay.”\n\nIt is hard.",
     "h1[A Title]by[By Lena Fiore | November 7, 2025]by[Letters for slow days]epi[p[“Stay.”]]"
     "p[It is hard.]"},
    {"A Title\n\nBy Lena Fiore\n\nNovember 7, 2025\n\nIt is hard.",
     "h1[A Title]by[By Lena Fiore]by[November 7, 2025]p[It is hard.]"},
    {"A Title\n\n7 de noviembre de 2025\n\n“Stay.”\n\nIt is hard.",
     "h1[A Title]by[7 de noviembre de 2025]epi[p[“Stay.”]]p[It is hard.]"},
    {"Written by: Lena Fiore\n\nIt is hard.", "by[Written by: Lena Fiore]p[It is hard.]"},
    {"November 7, 2025 by Lena Fiore\n\nIt is hard.",
     "by[November 7, 2025 by Lena Fiore]p[It is hard.]"},
    {"Posted by Lena Fiore on November 7, 2025\n\nIt is hard.",
     "by[Posted by Lena Fiore on November 7, 2025]p[It is hard.]"},
    {"Author: Lena Fiore\n\nIt is hard.", "by[Author: Lena Fiore]p[It is hard.]"},
    {"Escrito desde el corazón por Lena Fiore\n\nIt is hard.",
     "by[Escrito desde el corazón por Lena Fiore]p[It is hard.]"},
    {"दिल से लिखा: लीना\n\nIt is hard.", "by[दिल से लिखा: लीना]p[It is hard.]"},
    {"Written by {{name|Asha}}\n\nIt is hard.", "by[Written by {name}]p[It is hard.]"},
    {"It is hard.\n\nWritten by candlelight", "p[It is hard.]p[Written by candlelight]"},
    {"Written by candlelight.\n\nIt is hard.", "p[Written by candlelight.]p[It is hard.]"},
    {"Written by hand, this letter took me a week\n\nIt is hard.",
     "p[Written by hand, this letter took me a week]p[It is hard.]"},
    {"Written by candlelight\n\nIt is hard.", "p[Written by candlelight]p[It is hard.]"},
    {"Words by my grandmother\n\nIt is hard.", "p[Words by my grandmother]p[It is hard.]"},
    {"It is.\n\nBy Friday\n\nIt is hard.", "p[It is.]p[By Friday]p[It is hard.]"},
    {"By Friday,\n\nIt is hard.", "p[By Friday,]p[It is hard.]"},
    {"By Friday.\nIt is hard.\n\nIt is.", "p[By Friday. / It is hard.]p[It is.]"},
    {"Words by my grandmother.\n\nIt is hard.", "p[Words by my grandmother.]p[It is hard.]"},
    {"«Quédate.»\n\nIt is hard.", "epi[p[«Quédate.»]]p[It is hard.]"},
    {"„Bleib.“\n\nIt is hard.", "epi[p[„Bleib.“]]p[It is hard.]"},
    {"„Zostań.”\n\nIt is hard.", "epi[p[„Zostań.”]]p[It is hard.]"},
    {"»Bliv.«\n\nIt is hard.", "epi[p[»Bliv.«]]p[It is hard.]"},
    {"« Reste. » — Une amie\n\nIt is hard.", "epi[p[« Reste. » — Une amie]]p[It is hard.]"},
    {"„Bleib“, sagte sie, „oder geh.“\n\nIt is hard.",
     "p[„Bleib“, sagte sie, „oder geh.“]p[It is hard.]"},
    {"A Title\n\nBy Lena Fiore | November 25, 2026 | Inner Healing | 0 comments\n\nLetters for slow "
     "days\n\n“Stay.”\n\nIt is hard.",
     "h1[A Title]by[By Lena Fiore | November 25, 2026 | Inner Healing | 0 comments]"
     "by[Letters for slow days]epi[p[“Stay.”]]p[It is hard.]"},
    {"A Title\n\nBy Lena Fiore · November 25, 2026 · Healing · 3 Comments\n\n“Stay.”\n\nIt is hard.",
     "h1[A Title]by[By Lena Fiore · November 25, 2026 · Healing · 3 Comments]epi[p[“Stay.”]]"
     "p[It is hard.]"},
    {"A Call to Healing\nWritten by Lena Fiore\nCoach | Friend\n\n“Stay.”\n\nIt is hard.",
     "h1[A Call to Healing]by[Written by Lena Fiore]by[Coach | Friend]epi[p[“Stay.”]]"
     "p[It is hard.]"},
    {"Letters, slowly: a page of our days together by the lake\n\nWritten by Lena Fiore\nCoach | "
     "Friend\n\n“Stay.”\n\nIt is hard.",
     "by[Letters, slowly: a page of our days together by the lake]by[Written by Lena Fiore]"
     "by[Coach | Friend]epi[p[“Stay.”]]p[It is hard.]"},
    {"Home » Blog » Healing\n\nA Title\n\nBy Lena Fiore\n\n“Stay.”\n\nIt is hard.",
     "h1[A Title]by[By Lena Fiore]epi[p[“Stay.”]]p[It is hard.]"},
    {"Home » Blog » Healing\nWritten by Lena Fiore\nCoach | Friend\n\n“Stay.”\n\nIt is hard.",
     "by[Written by Lena Fiore]by[Coach | Friend]epi[p[“Stay.”]]p[It is hard.]"},
    {"A Title\n\nA Second One\n\nBy Lena Fiore\n\n“Stay.”\n\nIt is hard.",
     "h1[A Title]by[A Second One]by[By Lena Fiore]epi[p[“Stay.”]]p[It is hard.]"},
    {"Skip to content\nHome\tAbout\tCoaching\tContact\n\nA Call to Healing\n\nA Title\n\n"
     "November 25, 2026 · 4 min read\n\n“Stay.”\n\nIt is hard.",
     "by[A Call to Healing]h1[A Title]by[November 25, 2026 · 4 min read]epi[p[“Stay.”]]"
     "p[It is hard.]"},
    {"Skip to content\nHome\tAbout\tCoaching\tContact\nA Call to Healing\nA Title\nNovember 25, "
     "2026 · 4 min read\n\n“Stay.”\n\nIt is hard.",
     "by[A Call to Healing]h1[A Title]by[November 25, 2026 · 4 min read]epi[p[“Stay.”]]"
     "p[It is hard.]"},
    {"Skip to content\nMy Blog\nHome\tAbout\tCoaching\tContact\nA Title\nNovember 25, 2026 · 4 min "
     "read\n\nIt is hard.",
     "h1[A Title]by[November 25, 2026 · 4 min read]p[It is hard.]"},
    {"Share this\nand be glad\n\nIt is hard.", "p[Share this / and be glad]p[It is hard.]"},
    {"So we carry on\nby the lake\n\nIt is hard.", "p[So we carry on / by the lake]p[It is hard.]"},
    {"Being Still\n\nIt is hard.", "h1[Being Still]p[It is hard.]"},
    {"Being Still\nWritten from the heart by Asha\nCoach | Friend\n\nIt is hard.",
     "h1[Being Still]by[Written from the heart by Asha]by[Coach | Friend]p[It is hard.]"},
    {"By Asha Verma\n\nBeing Still\n\nIt is hard.",
     "by[By Asha Verma]h1[Being Still]p[It is hard.]"},
    {"Written by Asha\n\nCoach | Friend\n\nIt is hard.",
     "by[Written by Asha]by[Coach | Friend]p[It is hard.]"},
    {"By the time we met it was over.\n\nIt is hard.",
     "p[By the time we met it was over.]p[It is hard.]"},
    {"Dear friends\n\nIt is hard.", "p[Dear friends]p[It is hard.]"},
    {"Hello {{name|friend}}\n\nIt is hard.", "p[Hello {name}]p[It is hard.]"},
    {"Only a title", "p[Only a title]"},
    {"“Stay.”\n\nThe First Step\n\nIt is hard.", "epi[p[“Stay.”]]h2[The First Step]p[It is hard.]"},
    {"“Stay.”\n— A gardener\n\nIt is hard.", "epi[p[“Stay.” / — A gardener]]p[It is hard.]"},
    {"\"Stay.\"\n\n-- A gardener\n\nIt is hard.",
     "epi[p[\"Stay.\"]p[-- A gardener]]p[It is hard.]"},
    {"“Stay,” she said, “or go.”\n\nIt is hard.", "p[“Stay,” she said, “or go.”]p[It is hard.]"},
    // lists
    {"We need:\n\n  • water\n  • light\n\nThat is all.",
     "p[We need:]ul[li[p[water]]li[p[light]]]p[That is all.]"},
    {"Three:\n- one\n- two\n- three", "p[Three:]ul[li[p[one]]li[p[two]]li[p[three]]]"},
    {"• one\n\n• two", "ul![li[p[one]]li[p[two]]]"},
    {"• one\n   goes on\n    • deeper\n    • still\n• two",
     "ul[li[p[one ~ goes on]ul[li[p[deeper]]li[p[still]]]]li[p[two]]]"},
    {"1. one\n2. two\n\nEnd.", "ol1[li[p[one]]li[p[two]]]p[End.]"},
    {"3) one\n\n4) two", "ol3![li[p[one]]li[p[two]]]"},
    {"1. one\n7. seven", "p[1. one / 7. seven]"},
    {"1. one\n2. two\n7. seven\n8. eight",
     "ol1[li[p[one]]li[p[two]]]ol7[li[p[seven]]li[p[eight]]]"},
    {"1. one\n2. two\n7. seven", "ol1[li[p[one]]li[p[two]]]p[7. seven]"},
    {"• One thing that wraps\nonto a second line\n• two\nThat is all.",
     "ul[li[p[One thing that wraps ~ onto a second line]]li[p[two]]]p[That is all.]"},
    {"• one.\nand so on", "ul[li[p[one.]]]p[and so on]"},
    {"• An item that is as long as the line was in the place it comes\nFrom is one",
     "ul[li[p[An item that is as long as the line was in the place it comes ~ From is one]]]"},
    {"– one\n– two\n– three", "ul[li[p[one]]li[p[two]]li[p[three]]]"},
    {"— one\n— two", "ul[li[p[one]]li[p[two]]]"},
    {"It is.\n— one of us\nand so on", "p[It is. / — one of us / and so on]"},
    {"— one\n\n— two", "p[— one]p[— two]"},
    {"- Are you there?\n\nShe was.", "p[- Are you there?]p[She was.]"},
    {"We go.\n\n• Last\n\nYour Call to Healing\n\nGo.",
     "p[We go.]ul[li[p[Last]]]call[h2[Your Call to Healing]p[Go.]]"},
    // quotations and rules
    {"> one\n> two\n>\n> > deep\n\nEnd.", "quo[p[one / two]quo[p[deep]]]p[End.]"},
    {">50% of us sleep badly.\n\nEnd.", "p[>50% of us sleep badly.]p[End.]"},
    {"Most.\n>50% of us sleep badly.", "p[Most. / >50% of us sleep badly.]"},
    {">one\n>two\n\nEnd.", "quo[p[one / two]]p[End.]"},
    {"One.\n\n>\n\nTwo.", "p[One.]p[Two.]"},
    {"One.\n\n* * *\n\nTwo.\n\n---\n\nThree.\n\n⁂\n\nFour.",
     "p[One.]hrp[Two.]hrp[Three.]hrp[Four.]"},
    // links and tags
    {"See https://example.org/a(b)?c=d&e=f, (https://example.org/x) or www.example.org.",
     "p[See a<https://example.org/a(b)?c=d&e=f>[https://example.org/a(b)?c=d&e=f], "
     "(a<https://example.org/x>[https://example.org/x]) or "
     "a<https://www.example.org>[www.example.org].]"},
    {"Mail me@example.org. Not me@home, not @me, not http:// alone.",
     "p[Mail a<mailto:me@example.org>[me@example.org]. Not me@home, not @me, not http:// alone.]"},
    // brackets of other kinds and a semicolon end an address as a full stop does
    {"See https://e.org/a; [https://e.org/b] {https://e.org/c}",
     "p[See a<https://e.org/a>[https://e.org/a]; [a<https://e.org/b>[https://e.org/b]] "
     "{a<https://e.org/c>[https://e.org/c]}]"},
    {"“https://example.org/é”", "p[“a<https://example.org/é>[https://example.org/é]”]"},
    {"Go {{unsubscribe_url}} or https://e.org/?n={{name}}.",
     "p[Go a<hx0x0z>[{unsubscribe_url}] or a<https://e.org/?n=hx0x1z>[https://e.org/?n={name}].]"},
    // cards
    {"We begin.\n\nYOUR CALL TO HEALING:\nSit.\nStay.\n\nThe End of It\n\nDone.",
     "p[We begin.]call[h2[YOUR CALL TO HEALING:]p[Sit. / Stay.]]h2[The End of It]p[Done.]"},
    {"We begin.\n\n✨ \"This week's step\" ✨\n\nSit.\n\nYour Call to Healing\n\nGo.",
     "p[We begin.]practice[h2[✨ \"This week's step\" ✨]p[Sit.]]"
     "call[h2[Your Call to Healing]p[Go.]]"},
    {"We begin.\n\nThis is your call to healing\n\n" PROSE,
     "p[We begin.]h2[This is your call to healing]p[" PROSE "]"},
    {"We begin.\n\nYour Call to Healing\n\nGo.\n\n* * *\n\nWith love,\nAsha",
     "p[We begin.]call[h2[Your Call to Healing]p[Go.]]p[With love, / Asha]"},
};

static void test_trees(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT_OF(readings); i++)
        wrong += count_wrong_tree(readings[i].source, false, readings[i].tree);
    assert_int_equal(wrong, 0);
}

// A paragraph of three lines as wide as they say is wrapped, or verse.
static void test_wrapped(void **state)
{
    (void)state;
    static const struct {
        int columns;
        bool is_wrapped;
    } widths[] = {{59, false}, {60, true}, {80, true}, {81, false}};
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        struct post post;
        struct buf source;
        buf_init(&source, 1000);
        for (int k = 0; k < 2; k++)
            buf_addf(&source, "%0*d\n", widths[i].columns, k);
        buf_adds(&source, "end");
        post_read(&post, source.data, source.len, false);
        enum node_kind want = widths[i].is_wrapped ? NODE_SOFT : NODE_BREAK;
        assert_int_equal(post.doc->root->first->first->next->kind, want);
        post_free(&post);
        buf_deinit(&source);
    }
}

struct titled {
    const char *source, *title;
    bool is_markdown;
};

static const struct titled titles[] = {
    {"Being Still\n\nIt is hard.", "Being Still", false},
    {"By Asha Verma\n\nBeing Still\n\nIt is hard.", "Being Still", false},
    {"Being Still\n===========\n\nIt is hard.", "Being Still", false},
    {"Written by Asha\nCoach | Friend\n\n“Stay.”\n\nIt is hard.\n\nThe First Step\n\nIt is.", NULL,
     false},
    {"It is hard.\n\nThe First Step\n\nIt is.", NULL, false},
    {"Your Call to Healing\n\nGo on.", NULL, false},
    {"For {{name|you}}\n\nGo on.", "For hx0x0z", false},
    {"# Being *Still*\n\nIt is hard.", "Being Still", true},
    {"## Not a title\n\nIt is hard.", NULL, true},
    {"Some text.\n\n# Too late", NULL, true},
    {"Written by Asha\n\n# Being Still\n\nText.", "Being Still", true},
};

static void test_titles(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        struct post post;
        post_read(&post, titles[i].source, strlen(titles[i].source), titles[i].is_markdown);
        const char *title = reader_title(post.doc);
        if (titles[i].title == NULL && title != NULL)
            fail_msg("\"%s\" has the title \"%s\"", titles[i].source, title);
        if (titles[i].title != NULL)
            assert_string_equal(title ? title : "(none)", titles[i].title);
        post_free(&post);
    }
}

// Nodes know the line of the file they came from, front matter counted (first_line is 5).
static void test_lines(void **state)
{
    (void)state;
    const char *source = "Being Still\n\nIt is hard.\n\nThe First Step\n\n• one\n• two\n";
    struct post post;
    post_read(&post, source, strlen(source), false);
    const struct node *at = post.doc->root->first;
    assert_int_equal(at->line, 5);
    assert_int_equal(at->next->line, 7);
    assert_int_equal(at->next->next->line, 9);
    assert_int_equal(at->next->next->next->last->line, 12);
    post_free(&post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
