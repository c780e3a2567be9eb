#include "unit.h"

#include "workspace.h"

static void reads_front_matter(void **state)
{
    (void)state;
    struct loaded l = load("---\nsubject: A: b ; c\npreheader:   Come in.\nfrom_name: Mira\n"
                           "send_at: 2026-11-28 18:30\ndraft: true\ntheme: default\n"
                           "in_archive: false\n# a remark\n---\nDear you,\n\nhello\n");
    assert_int_equal(l.findings.count, 0);
    assert_string_equal(l.campaign->subject, "A: b ; c");
    assert_string_equal(l.campaign->preheader, "Come in.");
    assert_string_equal(l.campaign->from_name, "Mira");
    assert_int_equal(l.campaign->send_at, FIXTURE_DATE + 86400 + 9 * 3600 + 1800 - 3600);
    assert_true(l.campaign->is_draft);
    assert_false(l.campaign->is_markdown);
    assert_string_equal(l.campaign->body, "Dear you,\n\nhello\n");
    assert_int_equal(l.campaign->body_line, 11);
    assert_int_equal(l.campaign->subject_line, 2);
    assert_int_equal(l.campaign->subject_column, 10);
    assert_int_equal(l.campaign->preheader_line, 3);
    assert_int_equal(l.campaign->preheader_column, 14);
    assert_string_equal(l.campaign->path, "campaigns/2026-11-27-one/post.txt");
    unload(&l);
}

static void does_without_front_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Hello\n", "", "\n---\nx: y\n---\n", "\n---\n\nsubject: S\n", "----\nx\n", "-- \nx\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct loaded l = load(texts[i]);
        assert_int_equal(l.findings.count, 0);
        assert_null(l.campaign->subject);
        assert_string_equal(l.campaign->body, texts[i]);
        assert_int_equal(l.campaign->body_line, 1);
        assert_false(l.campaign->is_draft);
        unload(&l);
    }
}

// Blank lines above it do not hide it, and are counted.
static void blank_lines_may_stand_above(void **state)
{
    (void)state;
    static const char *const texts[] = {"\n \n---\nsubject: S\n---\none\n",
                                        "\xef\xbb\xbf\n\t\n---\nsubject: S\n---\none\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct loaded l = load(texts[i]);
        assert_int_equal(l.findings.count, 0);
        assert_string_equal(l.campaign->subject, "S");
        assert_int_equal(l.campaign->subject_line, 4);
        assert_string_equal(l.campaign->body, "one\n");
        assert_int_equal(l.campaign->body_line, 6);
        unload(&l);
    }
    struct loaded wrong = load("\n---\nsubjekt: x\n");
    assert_int_equal(wrong.findings.count, 1);
    assert_int_equal(wrong.findings.list[0].line, 2);
    assert_string_equal(wrong.findings.list[0].rule, "front.syntax");
    unload(&wrong);
}

static void line_ends_do_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "---\nsubject: S\n---\none\n\ntwo\n", "---\r\nsubject: S\r\n---\r\none\r\n\r\ntwo\r\n",
        "---\rsubject: S\r---\rone\r\rtwo\r", "\xef\xbb\xbf---\nsubject: S\n---  \none\n\ntwo\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct loaded l = load(texts[i]);
        assert_int_equal(l.findings.count, 0);
        assert_string_equal(l.campaign->subject, "S");
        assert_int_equal(l.campaign->subject_line, 2);
        assert_int_equal(l.campaign->subject_column, 10);
        assert_string_equal(l.campaign->body, "one\n\ntwo\n");
        assert_int_equal(l.campaign->body_line, 4);
        unload(&l);
    }
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line, column;
        const char *rule, *says;
    } cases[] = {
        {"---\nsubjekt: x\n---\n", 2, 1, "front.unknown-key", "perhaps 'subject'?"},
        {"---\ncolour: x\n---\n", 2, 1, "front.unknown-key", "'colour'; there are subject"},
        {"---\nsubject: x\nsubject: y\n---\n", 3, 10, "front.twice", "twice"},
        {"---\nsubject: x\n  y\n---\n", 2, 10, "front.value", "on one line"},
        {"---\ndraft: yes\n---\n", 2, 8, "front.value", "true or false"},
        {"---\nin_archive:\n---\n", 2, 12, "front.value", "true or false"},
        {"---\nsend_at: tomorrow\n---\n", 2, 10, "front.value", "2026-11-27 09:00"},
        {"---\nsend_at: 2026-02-30\n---\n", 2, 10, "front.value", "2026-11-27 09:00"},
        {"---\nsend_at: 2026-11-27 25:00\n---\n", 2, 10, "front.value", "2026-11-27 09:00"},
        {"---\nsend_at: 2026-11-27 09:00 CET\n---\n", 2, 10, "front.value", "2026-11-27 09:00"},
        {"---\nsend_at: 2026-11-27 9:00\n---\n", 2, 10, "front.value", "2026-11-27 09:00"},
        {"---\npreheader: x\n  y\n---\n", 2, 12, "front.value", "on one line"},
        {"---\nsubject: x\n  subject: y\n---\n", 2, 10, "front.value", "on one line"},
        {"---\nsubject: a\tb\n---\n", 2, 10, "front.value", "a tab"},
        {"---\n  subject: x\n---\n", 2, 1, "front.syntax", "continues"},
        {"---\nSubject: x\n---\n", 2, 1, "front.unknown-key", "perhaps 'subject'?"},
        {"---\nmy subject: x\n---\n", 2, 1, "front.syntax", "one word"},
        {"---\nfrom_name: {{name}}\n---\n", 2, 12, "front.value", "merge tags"},
        {"---\nsegment: city = 'Ulm'\n---\n", 2, 10, "front.later", "later version"},
        {"---\nattachments: a.pdf\n---\n", 2, 14, "front.later", "later version"},
        {"---\nimages: embed\n---\n", 2, 9, "front.later", "later version"},
        {"---\ntheme: winter\n---\n", 2, 8, "front.later", "'default'"},
        {"---\n[more]\nsubject: x\n---\n", 2, 1, "front.unknown-key", "[more]"},
        {"---\nsubject: x\njust words\n---\n", 3, 1, "front.syntax", "neither"},
        {"---\nsubject: x\n\nDear you,\n", 1, 1, "front.syntax", "never end"},
        {"---", 1, 1, "front.syntax", "never end"},
        {"---\nsubject: a\x1b"
         "b\n---\n",
         2, 11, "post.control", "U+001B"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct loaded l = load(cases[i].text);
        assert_true(l.findings.count >= 1);
        const struct finding *f = &l.findings.list[0];
        assert_int_equal(f->severity, FINDING_ERROR);
        assert_string_equal(f->rule, cases[i].rule);
        assert_contains(f->text, cases[i].says);
        assert_int_equal(f->line, cases[i].line);
        assert_int_equal(f->column, cases[i].column);
        assert_string_equal(f->file, "campaigns/2026-11-27-one/post.txt");
        unload(&l);
    }
}

static void in_doubt_it_is_a_draft(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_draft;
    } cases[] = {{"---\ndraft: true\n---\n", true}, {"---\ndraft: false\n---\n", false},
                 {"---\ndraft: True\n---\n", true}, {"---\ndraft: no\n---\n", true},
                 {"---\nsubject: x\n", true},       {"---\njust words\ndraft: true\n---\n", true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct loaded l = load(cases[i].text);
        assert_int_equal(l.campaign->is_draft, cases[i].is_draft);
        unload(&l);
    }
}

static void quotes_are_noticed(void **state)
{
    (void)state;
    struct loaded l = load("---\nsubject: \"Being real\"\n---\nx\n");
    assert_true(fixture_has(&l.findings, FINDING_WARNING, "front.quotes", "quotes"));
    assert_string_equal(l.campaign->subject, "\"Being real\"");
    unload(&l);
}

// BS-17: a subject stays under the length that Gmail takes, a tag's value included.
static void texts_have_a_ceiling(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        size_t len;
        bool is_fine;
    } cases[] = {{"subject", 900, true},    {"subject", 901, false},  {"subject", 8192, false},
                 {"subject", 20000, false}, {"preheader", 500, true}, {"preheader", 501, false},
                 {"from_name", 256, true},  {"from_name", 257, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text;
        buf_init(&text, 1 << 20);
        buf_addf(&text, "---\n%s: ", cases[i].key);
        for (size_t n = 0; n < cases[i].len; n++)
            buf_addc(&text, 'x');
        buf_adds(&text, "\n---\nbody\n");
        struct loaded l = load(text.data);
        const struct campaign *c = l.campaign;
        const char *value = c->subject ? c->subject : c->preheader ? c->preheader : c->from_name;
        assert_int_equal(l.findings.errors, cases[i].is_fine ? 0 : 1);
        assert_int_equal(value ? strlen(value) : 0, cases[i].is_fine ? cases[i].len : 0);
        assert_string_equal(c->body, "body\n");
        unload(&l);
        buf_deinit(&text);
    }
}

// A writer mends a post in one go only when one fault does not hide the next.
static void tells_all_that_is_wrong(void **state)
{
    (void)state;
    struct loaded l = load("---\nsubjekt: x\ndraft: no\nsend_at: soon\nsegment: a\n"
                           "preheader: kept\npreheader: not kept\n---\nbody\n");
    assert_int_equal(l.findings.errors, 5);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(l.findings.list[i].line, i + 2);
    assert_int_equal(l.findings.list[4].line, 7);
    assert_string_equal(l.campaign->preheader, "kept");
    assert_int_equal(l.campaign->preheader_line, 6);
    assert_string_equal(l.campaign->body, "body\n");
    assert_int_equal(l.campaign->body_line, 9);
    unload(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_front_matter),          cmocka_unit_test(does_without_front_matter),
        cmocka_unit_test(blank_lines_may_stand_above), cmocka_unit_test(line_ends_do_not_matter),
        cmocka_unit_test(names_what_is_wrong),         cmocka_unit_test(in_doubt_it_is_a_draft),
        cmocka_unit_test(quotes_are_noticed),          cmocka_unit_test(texts_have_a_ceiling),
        cmocka_unit_test(tells_all_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
