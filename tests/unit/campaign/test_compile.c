#include "unit.h"

#include "campaign/source.h"
#include "fixture.h"

static const char weekly[] =
    "Written from the heart by Mira Vale\n"
    "Life Coach | Walking beside you\n"
    "\n"
    "\xe2\x80\x9cNothing in the garden apologises for winter.\xe2\x80\x9d\n"
    "\n"
    "Dear {{first_name|friend}},\n"
    "\n"
    "The beds were bare \xe2\x80\x94 and the pond had a skin of ice.\n"
    "\n"
    "What the Roots Know\n"
    "\n"
    "They were not blooming.\n"
    "They were holding on, drinking slowly.\n"
    "\n"
    "  \xe2\x80\xa2 It gives you back your own voice.\n"
    "  \xe2\x80\xa2 It lets old hurts soften.\n"
    "\n"
    "Your Gentle Practice This Week\n"
    "\n"
    "Choose one evening that belongs to nobody.\n"
    "\n"
    "Your Call to Healing\n"
    "\n"
    "Say no to one thing. Walk with me: https://example.org/walk?with=me&season=winter\n";

static const char markdown[] =
    "# Let it rest\n"
    "\n"
    "Dear {{name|friend}} in {{attr.city|your town}},\n"
    "\n"
    "read [my note](https://example.org/notes/{{attr.city}}?to={{email}}) or\n"
    "[leave]({{unsubscribe_url}}). This is *{{campaign.subject}}*.\n"
    "\n"
    "From here on it is **winter**.\n"
    "\n"
    "| month | light |\n"
    "|-------|------:|\n"
    "| Nov   | 9 h   |\n"
    "| Dec   | 8 h   |\n"
    "\n"
    "## Your Call to Healing\n"
    "\n"
    ".Rest.\n";

// --- whole messages ------------------------------------------------------------------------------

static void golden(const char *name, const struct campaign_settings *settings, struct campaign *c,
                   const struct template_input *input)
{
    struct err err;
    struct buf out;
    struct findings findings;
    struct template *t = compiled(settings, c, &findings);
    fail_on_errors(&findings);
    assert_non_null(t);
    buf_init(&out, BUF_MAX_DEFAULT);
    assert_ok(template_render(t, input, &out, &err), &err);
    fixture_golden(name, out.data, out.len);
    buf_deinit(&out);
    template_free(&t);
    findings_deinit(&findings);
}

static void writes_a_weekly_letter(void **state)
{
    (void)state;
    struct campaign_settings s = fixture_settings();
    struct addr to = fixture_addr("asha@example.net");
    struct template_input input = fixture_input(&to, "Asha Rao");
    struct campaign *c =
        fixture_campaign("{{first_name|Dear friend}}, let the garden rest", weekly, false);
    c->preheader = mem_strdup("Why the quiet weeks of winter are doing more than you can see.");
    golden("weekly.eml", &s, c, &input);
}

static void writes_to_somebody_without_a_name(void **state)
{
    (void)state;
    struct campaign_settings s = fixture_settings();
    struct addr to = fixture_addr("asha@example.net");
    struct template_input input = fixture_input(&to, "");
    golden("nameless.eml", &s,
           fixture_campaign("{{first_name|Dear friend}}, let the garden rest",
                            "Dear {{name|friend}},\n\nrest.\n", false),
           &input);
}

static void writes_markdown(void **state)
{
    (void)state;
    struct campaign_settings s = fixture_settings();
    struct addr to = fixture_addr("zoe+list@b\xc3\xbc"
                                  "cher.example");
    const char *attributes[] = {"city", "K\xc3\xb6ln & \"Umland\"", NULL};
    struct template_input input = fixture_input(&to, "Zo\xc3\xab, Dr. <zoe>");
    input.arg = attributes;
    s.name = "Briefe aus dem G\xc3\xa4rtchen";
    s.from_name = "Mira \"the gardener\" Vale";
    golden("markdown.eml", &s, fixture_campaign(NULL, markdown, true), &input);
}

static void writes_with_mail_as_the_only_way_out(void **state)
{
    (void)state;
    struct campaign_settings s = fixture_settings();
    struct addr to = fixture_addr("asha@example.net");
    struct template_input input = fixture_input(&to, "Asha Rao");
    s.base_url = "";
    s.optout_mailto = "leave@b\xc3\xbc"
                      "cher.example";
    s.has_reply_to = false;
    s.website = "";
    input.subject_mark = "[TEST] ";
    golden("mailto.eml", &s,
           fixture_campaign(
               "Eine Woche Stille \xe2\x80\x93 und was danach kommt, wenn niemand hinsieht",
               "Dear you,\n\nleave by {{unsubscribe_url}}\n", true),
           &input);
}

// --- headers -------------------------------------------------------------------------------------

static char *header_of(const struct campaign_settings *s, const char *name)
{
    struct err err;
    struct buf out;
    struct findings findings;
    struct addr to = fixture_addr("asha@example.net");
    struct template_input input = fixture_input(&to, "Asha Rao");
    struct template *t = compiled(s, fixture_campaign("S", "hello\n", false), &findings);
    fail_on_errors(&findings);
    findings_deinit(&findings);
    buf_init(&out, BUF_MAX_DEFAULT);
    assert_ok(template_render(t, &input, &out, &err), &err);
    template_free(&t);
    char key[64], *value = NULL;
    snprintf(key, sizeof key, "\r\n%s: ", name);
    char *at = strstr(out.data, key);
    if (at)
        value = mem_strndup(at + strlen(key), strcspn(at + strlen(key), "\r"));
    buf_deinit(&out);
    return value;
}

static void offers_the_ways_out_that_are_configured(void **state)
{
    (void)state;
    static const struct {
        const char *base_url, *mailto, *unsubscribe, *post;
    } cases[] = {
        {"https://l.example", "", "<https://l.example/u/WEBTOKEN-_abc>",
         "List-Unsubscribe=One-Click"}, // UN-01 to UN-03
        {"https://l.example/news", "out+{token}@example.org",
         "<https://l.example/news/u/WEBTOKEN-_abc>, "
         "<mailto:out+mailtoken234@example.org?subject=unsubscribe>",
         "List-Unsubscribe=One-Click"},
        {"", "out+{token}@example.org", "<mailto:out+mailtoken234@example.org?subject=unsubscribe>",
         NULL},
        {"", "out@example.org", "<mailto:out@example.org?subject=unsubscribe%20mailtoken234>",
         NULL},
        {"", "50%out&x@example.org",
         "<mailto:50%25out%26x@example.org?subject=unsubscribe%20mailtoken234>", NULL},
        {"http://127.0.0.1:8080", "", "<http://127.0.0.1:8080/u/WEBTOKEN-_abc>",
         "List-Unsubscribe=One-Click"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct campaign_settings s = fixture_settings();
        s.base_url = cases[i].base_url;
        s.optout_mailto = cases[i].mailto;
        char *unsubscribe = header_of(&s, "List-Unsubscribe"),
             *post = header_of(&s, "List-Unsubscribe-Post");
        assert_string_equal(unsubscribe, cases[i].unsubscribe);
        if (cases[i].post)
            assert_string_equal(post, cases[i].post);
        else
            assert_null(post);
        free(unsubscribe);
        free(post);
    }
}

static void keeps_the_way_out_on_one_line(void **state)
{
    (void)state;
    char url[301] = "https://letters.example/", mailto[400];
    memset(url + 24, 'x', sizeof url - 25);
    snprintf(mailto, sizeof mailto, "%.57s{token}@",
             "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"
             "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%");
    for (size_t n = strlen(mailto); n < 240; n += 10)
        strncat(mailto, "label-abc.", sizeof mailto - strlen(mailto) - 1);
    strncat(mailto, "org", sizeof mailto - strlen(mailto) - 1);
    struct campaign_settings s = fixture_settings();
    s.base_url = url;
    s.optout_mailto = mailto;
    char *value = header_of(&s, "List-Unsubscribe"); // UN-14
    assert_int_equal(value[strlen(value) - 1], '>');
    assert_contains(value, "mailto:");
    assert_in_range(strlen(value), 600, 998 - strlen("List-Unsubscribe: ")); // MM-01
    free(value);
}

static void refuses_to_send_without_a_way_out(void **state)
{
    (void)state;
    static char url[1001] = "https://letters.example/";
    memset(url + 24, 'x', sizeof url - 25);
    const struct {
        const char *base_url, *mailto, *says;
    } cases[] = {{"", "", "[optout]"},
                 {"https://l.example/a b", "", "base_url"},
                 {"https://l.example/,<x>", "", "base_url"},
                 {"https://b\xc3\xbc"
                  "cher.example",
                  "", "base_url"},
                 {"", "nobody", "[optout] mailto"},
                 {"", "a b@example.org", "[optout] mailto"},
                 {"", "\xc3\xa9lan@example.org", "ASCII"},
                 {"", "leave@{token}.example.org", "before the @"},
                 {"", "{token}", "before the @"},
                 {"", "a+{token}+{token}@example.org", "once"},
                 {url, "", "base_url"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct template *t;
        struct findings findings;
        struct campaign_settings s = fixture_settings();
        struct campaign *c = fixture_campaign("S", "hello\n", false);
        s.base_url = cases[i].base_url;
        s.optout_mailto = cases[i].mailto;
        findings_init(&findings);
        assert_int_equal(campaign_compile(&s, c, &t, &findings, &err), -1);
        assert_null(t);
        assert_int_equal(err.kind, ERR_CONFIG);
        assert_contains(err.msg, cases[i].says);
        findings_deinit(&findings);
        campaign_free(&c);
    }
}

// --- findings ------------------------------------------------------------------------------------

static void errors_have_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *body, *rule, *says;
        unsigned line, column;
    } cases[] = {
        {"S", "Dear {{frist_name}},\n", "merge.unknown-tag", "{{first_name}}?", 4, 6},
        {"S", "x\n\n  \xc3\xa9\xc3\xa9 {{city}}\n", "merge.unknown-tag", "{{attr.NAME}}", 6, 6},
        {"Hi {{fist_name}}", "x\n", "merge.unknown-tag", "{{first_name}}?", 2, 13},
        {"S", "{{web_url}}\n", "merge.later", "later version", 4, 1},
        {"S", "{{preferences_url}}\n", "merge.later", "later version", 4, 1},
        {"S", "a {{#if attr.city}}b{{/if}}\n", "merge.later", "later version", 4, 3},
        {"S", "a {{else}}\n", "merge.later", "later version", 4, 3},
        {"S", "a {{first_name\n", "merge.syntax", "does not end", 4, 3},
        {"S", "", "post.empty", "no text", 4, 1},
        {"S", " \n\n", "post.empty", "no text", 4, 1},
        {"{{name}}", "x\n", "merge.subject", "default", 2, 10},
        {"{{name}} {{attr.city|}}", "x\n", "merge.subject", "default", 2, 10},
        {NULL, "Only one paragraph that goes on, and has no title at all.\n", "post.no-subject",
         "subject:", 1, 1},
        {"Re {{campaign.subject}}", "x\n", "merge.subject", "campaign.subject", 2, 10},
        {"\xc2\xa0 \xe2\x80\x8b", "x\n", "merge.subject", "empty", 2,
         10}, // a blank, seen by nobody
        {"S", "Dear you,\n\nWrite your letter here.\n", "post.placeholder", "replaced", 6, 1},
        {"S", "x\n\nOne sentence that invites.", "post.placeholder", "replaced", 6, 1},
        {"Go {{unsubscribe_url}}", "x\n", "merge.subject", "unsubscribe_url", 2, 10},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings;
        struct campaign_settings s = fixture_settings();
        struct template *t =
            compiled(&s, fixture_campaign(cases[i].subject, cases[i].body, false), &findings);
        bool is_found = false;
        assert_null(t);
        for (size_t k = 0; k < findings.count && !is_found; k++) {
            const struct finding *f = &findings.list[k];
            is_found = f->severity == FINDING_ERROR && strcmp(f->rule, cases[i].rule) == 0 &&
                       strstr(f->text, cases[i].says) && f->line == cases[i].line &&
                       f->column == cases[i].column;
        }
        if (!is_found)
            fail_msg("no %s at %u:%u for case %zu", cases[i].rule, cases[i].line, cases[i].column,
                     i);
        findings_deinit(&findings);
    }
}

// What is said of a subject that comes from a heading stands at the heading.
static void a_heading_that_is_the_subject_has_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *repeated;
        size_t times;
        enum finding_severity severity;
        const char *rule;
    } cases[] = {{"word ", 20, FINDING_WARNING, "HT-24"},
                 {"word ", 1500, FINDING_ERROR, "BS-17"}, // front matter lets no more through
                 {"\xc3\xa9", 451, FINDING_ERROR, "BS-17"},
                 {"{{campaign.subject}}", 1, FINDING_ERROR, "merge.subject"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings;
        struct campaign_settings s = fixture_settings();
        struct buf body;
        buf_init(&body, 1 << 16);
        buf_adds(&body, "# ");
        for (size_t k = 0; k < cases[i].times; k++)
            buf_adds(&body, cases[i].repeated);
        buf_adds(&body, "\n\nhello\n");
        struct template *t = compiled(&s, fixture_campaign(NULL, body.data, true), &findings);
        assert_int_equal(t != NULL, cases[i].severity == FINDING_WARNING);
        bool is_found = false;
        for (size_t k = 0; k < findings.count; k++)
            is_found = is_found || (findings.list[k].severity == cases[i].severity &&
                                    strcmp(findings.list[k].rule, cases[i].rule) == 0 &&
                                    findings.list[k].line > 0 && findings.list[k].column == 1);
        if (!is_found)
            fail_msg("case %zu: no %s with a place", i, cases[i].rule);
        template_free(&t);
        findings_deinit(&findings);
        buf_deinit(&body);
    }
}

static void settings_of_the_sample_are_noticed(void **state)
{
    (void)state;
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    struct template *t = compiled(&s, fixture_campaign("S", "x\n", true), &findings);
    assert_false(fixture_has(&findings, FINDING_WARNING, "conf.sample", "sample"));
    template_free(&t);
    findings_deinit(&findings);
    s.postal_address = "Your Name, Street 1, 12345 Town, Country";
    t = compiled(&s, fixture_campaign("S", "x\n", true), &findings);
    assert_true(fixture_has(&findings, FINDING_WARNING, "conf.sample", "sample"));
    template_free(&t);
    findings_deinit(&findings);
}

static void a_title_alone_is_no_letter(void **state)
{
    (void)state;
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    assert_null(compiled(&s, fixture_campaign(NULL, "# Only a title\n", true), &findings));
    assert_true(fixture_has(&findings, FINDING_ERROR, "post.empty", "no text"));
    findings_deinit(&findings);
    struct template *t =
        compiled(&s, fixture_campaign("{{name}} {{name|you}}", "# Title\n\nx\n", true), &findings);
    assert_non_null(t);
    assert_string_equal(template_subject(t), "\xe2\x80\xa6 you");
    template_free(&t);
    findings_deinit(&findings);
}

static void the_title_becomes_the_subject(void **state)
{
    (void)state;
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    struct template *t =
        compiled(&s, fixture_campaign(NULL, "# For {{name|you}}\n\nhello\n", true), &findings);
    assert_non_null(t);
    assert_string_equal(template_subject(t), "For you");
    template_free(&t);
    findings_deinit(&findings);
}

static void warns_of_what_filters_and_phones_dislike(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *preheader, *rule, *says;
    } cases[] = {
        {"Re: your question", NULL, "HT-24", "answer"}, // BS-14
        {"fwd: news", NULL, "HT-24", "answer"},
        {"LISTEN TO YOURSELF", NULL, "HT-24", "capitals"},
        {"Listen!!", NULL, "HT-24", "more than one"},
        {"A subject that goes on for so long that no phone shows how it ends", NULL, "HT-24",
         "66 characters"},
        {"S", "Too short.", "HT-17", "10 characters"},
        {"S", "S", "HT-17", "repeats"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings;
        struct campaign_settings s = fixture_settings();
        struct campaign *c = fixture_campaign(cases[i].subject, "hello\n", false);
        c->preheader = cases[i].preheader ? mem_strdup(cases[i].preheader) : NULL;
        struct template *t = compiled(&s, c, &findings);
        assert_non_null(t); // a warning stops nothing
        if (!fixture_has(&findings, FINDING_WARNING, cases[i].rule, cases[i].says))
            fail_msg("no warning %s \"%s\"", cases[i].rule, cases[i].says);
        template_free(&t);
        findings_deinit(&findings);
    }
}

static void a_good_letter_has_no_findings(void **state)
{
    (void)state;
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    struct template *t = compiled(
        &s, fixture_campaign("{{first_name|Dear friend}}, let the garden rest", weekly, false),
        &findings);
    fail_on_errors(&findings);
    assert_int_equal(findings.count, 0);
    template_free(&t);
    findings_deinit(&findings);
    s.postal_address = "";
    t = compiled(&s, fixture_campaign("S", "hello\n", false), &findings);
    assert_true(fixture_has(&findings, FINDING_WARNING, "HT-18", "postal_address"));
    template_free(&t);
    findings_deinit(&findings);
}

static void html_that_would_be_clipped(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        enum finding_severity severity;
    } cases[] = {{90000, FINDING_WARNING}, {110000, FINDING_ERROR}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) { // HT-10
        struct buf body;
        struct findings findings;
        struct campaign_settings s = fixture_settings();
        buf_init(&body, BUF_MAX_DEFAULT);
        while (body.len < cases[i].size)
            buf_adds(&body, "One line that fills the letter, so that it is too long for a mail. "
                            "One line that fills the letter, so that it is too long for a mail. ");
        struct template *t = compiled(&s, fixture_campaign("S", body.data, false), &findings);
        assert_true(fixture_has(&findings, cases[i].severity, "HT-10", "Gmail"));
        assert_int_equal(t == NULL, cases[i].severity == FINDING_ERROR);
        template_free(&t);
        findings_deinit(&findings);
        buf_deinit(&body);
    }
}

// --- any text ------------------------------------------------------------------------------------

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

static void random_post(struct buf *out, unsigned *seed)
{
    static const char *const pieces[] = {"word ",
                                         "\n",
                                         "\n\n",
                                         "{{name}}",
                                         "{{first_name|a|b}}",
                                         "{{",
                                         "}}",
                                         "{{attr.city}}",
                                         "# ",
                                         "## Your Call to Healing\n",
                                         "* ",
                                         "> ",
                                         "**",
                                         "_",
                                         "`",
                                         "[x](https://e.org/{{email}})",
                                         "<b>",
                                         "&amp;",
                                         "\r\n",
                                         "\t",
                                         ".",
                                         "From ",
                                         "\xe2\x80\x9c",
                                         "\xf0\x9f\x8c\xbf",
                                         "\xff",
                                         "\x01",
                                         "\x01"
                                         "0t\x02",
                                         "hx0x0z",
                                         "| a | b |\n|---|---|\n",
                                         "---\n",
                                         "https://e.org/a_b(c)",
                                         "=",
                                         " ",
                                         "\\{{",
                                         "About Author\n",
                                         "1986. "};
    for (unsigned n = 1 + next_random(seed) % 60; n > 0; n--)
        buf_adds(out, pieces[next_random(seed) % COUNT_OF(pieces)]);
}

static void check_wire(const struct buf *out)
{
    size_t column = 0;
    for (size_t i = 0; i < out->len; i++) {
        unsigned char c = (unsigned char)out->data[i];
        assert_true(c <= 126 && (c >= 32 || c == '\t' || c == '\r' || c == '\n'));
        assert_int_equal(c == '\n', i > 0 && out->data[i - 1] == '\r');
        column = c == '\n' ? 0 : column + 1;
        assert_true(column <= 998);
    }
    assert_true(out->len > 2 && memcmp(out->data + out->len - 2, "\r\n", 2) == 0);
}

static void any_text_is_a_message_or_a_finding(void **state)
{
    (void)state;
    unsigned seed = 99;
    size_t sent = 0;
    struct addr to = fixture_addr("asha@example.net");
    const char *attributes[] = {"city", "K\xc3\xb6ln \"<&", NULL};
    struct template_input input = fixture_input(&to, "Zo\xc3\xab \"R\" <x>");
    struct campaign_settings s = fixture_settings();
    input.arg = attributes;
    for (int round = 0; round < 1500; round++) {
        struct err err;
        struct template *t;
        struct findings findings;
        struct buf raw, text, out;
        buf_init(&raw, 1 << 16);
        buf_init(&text, 1 << 18);
        buf_init(&out, BUF_MAX_DEFAULT);
        random_post(&raw, &seed);
        findings_init(&findings);
        source_clean(raw.data, raw.len, "post", &text, &findings);
        struct campaign *c =
            fixture_campaign(round % 3 ? "Dear {{name}}" : NULL, text.data, round % 2);
        assert_ok(campaign_compile(&s, c, &t, &findings, &err), &err);
        assert_int_equal(t == NULL, findings.errors > 0);
        if (t) {
            assert_ok(template_render(t, &input, &out, &err), &err);
            check_wire(&out);
            sent++;
        }
        template_free(&t);
        campaign_free(&c);
        findings_deinit(&findings);
        buf_deinit(&raw);
        buf_deinit(&text);
        buf_deinit(&out);
    }
    assert_true(sent > 50);
}

static void same_input_same_bytes(void **state)
{
    (void)state;
    unsigned char a[HASH_SIZE], b[HASH_SIZE];
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    struct template *x = compiled(&s, fixture_campaign(NULL, markdown, true), &findings);
    findings_deinit(&findings);
    struct template *y = compiled(&s, fixture_campaign(NULL, markdown, true), &findings);
    findings_deinit(&findings);
    template_hash(x, a);
    template_hash(y, b);
    assert_memory_equal(a, b, HASH_SIZE);
    template_free(&x);
    template_free(&y);
}

static void a_post_may_use_a_thousand_tags(void **state)
{
    (void)state;
    struct buf body;
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    buf_init(&body, BUF_MAX_DEFAULT);
    for (int i = 0; i < 1000; i++)
        buf_addf(&body, "{{attr.a%d}}%s", i, i % 10 == 9 ? "\n" : "");
    struct template *t = compiled(&s, fixture_campaign("S", body.data, false), &findings);
    fail_on_errors(&findings);
    assert_non_null(t);
    template_free(&t);
    findings_deinit(&findings);
    buf_deinit(&body);
}

static void names_the_values_of_the_writer(void **state)
{
    (void)state;
    struct findings findings;
    struct campaign_settings s = fixture_settings();
    struct template *t = compiled(
        &s, fixture_campaign("S", "{{first_name|you}} {{attr.city}} {{first_name}}\n", false),
        &findings);
    static const struct {
        const char *name, *fallback;
    } want[] = {{"first_name", "you"}, {"attr.city", NULL}, {"first_name", NULL}};
    const char *fallback;
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        assert_string_equal(template_value(t, i, &fallback), want[i].name);
        assert_int_equal(fallback == NULL, want[i].fallback == NULL);
    }
    // The name in To is ours; it must not count as a tag without a default.
    for (size_t i = 0; template_value(t, i, &fallback); i++)
        assert_string_not_equal(template_value(t, i, &fallback), "name");
    template_free(&t);
    findings_deinit(&findings);
}

// --- links ---------------------------------------------------------------------------------------

struct letter_of {
    const char *body;
    bool is_markdown;
    const char *city;
    const char *html, *text; // a part of each; NULL: not looked at
    const char *no_html;     // what is not in it; NULL: not looked at
};

#define OUT "https://letters.example.org/u/WEBTOKEN-_abc"

static const struct letter_of letters_of[] = {
    // the way out is an address whatever stands before it
    {"Go: \xe2\x80\x9c{{unsubscribe_url}}\xe2\x80\x9d now", false, "",
     "\xe2\x80\x9c<a href=\"" OUT "\"", "Go: \xe2\x80\x9c" OUT "\xe2\x80\x9d now\n", NULL},
    {"Go \xe2\x86\x92{{unsubscribe_url}}", false, "", OUT, "Go \xe2\x86\x92" OUT "\n", NULL},
    {"Go [{{unsubscribe_url}}]", false, "", OUT, "Go [" OUT "]\n", NULL},
    {"Go *{{unsubscribe_url}}*", false, "", OUT, "Go *" OUT "*\n", NULL},
    {"Go -{{unsubscribe_url}}", false, "", OUT, "Go -" OUT "\n", NULL},
    {"Go \xe3\x80\x82{{unsubscribe_url}}", false, "", OUT, "Go \xe3\x80\x82" OUT "\n", NULL},
    {"Go\xc2\xa0{{unsubscribe_url}}", false, "", OUT, OUT "\n", NULL},
    {"Go {{first_name}}{{unsubscribe_url}}", false, "", OUT, "Go Asha" OUT "\n", NULL},
    // Markdown links it as plain text does
    {"Go -{{unsubscribe_url}}.", true, "", "Go -<a href=\"" OUT "\"", "Go -" OUT ".\n", NULL},
    {"*Go {{unsubscribe_url}}*", true, "", "<em>Go <a href=\"" OUT "\"", "Go " OUT "\n", NULL},
    {"[Go {{unsubscribe_url}}](https://e.org)", true, "", "<a href=\"https://e.org\"", "[1]",
     "<a href=\"" OUT "\" class=\"head\""},
    {"Hi\n\n## Go {{unsubscribe_url}}", true, "", ">Go " OUT "</h2>", "Go " OUT "\n",
     "<a href=\"" OUT "\" class=\"head\""},
    // an address out of the list's data is followed only if it is one
    {"A [w]({{attr.city}}).", true, "https://e.org/?a=1&b=2",
     "<a href=\"https://e.org/?a=1&amp;b=2\"", "A w [1].\n\n[1] https://e.org/?a=1&b=2\n\n---",
     NULL},
    {"A [w]({{attr.city}}).", true, "", "A w.</p>", "A w.\n\n\n---", "href=\"\""},
    {"A [w]({{attr.city}}).", true, "javascript:alert(1)", "A w.</p>", "A w.\n\n\n---", "alert"},
    {"A [w]({{attr.city}}).", true, "e.org", "A w.</p>", NULL, "e.org\" class=\"head"},
    {"A ![w]({{attr.city}}).", true, "", "A <em>w</em>.</p>", NULL, "<img"},
    {"A ![w]({{attr.city}}).", true, "https://e.org/a.png", "<img src=\"https://e.org/a.png\"",
     NULL, "<em>"},
    {"A {{attr.home_url}} b", false, "", "A Ulm b</p>", "A Ulm b\n", NULL},
    // a tag that only begins an address has no say in what kind of address it is
    {"A [x]({{attr.nope|java}}script:alert(1)).", true, "", "A x.</p>", "A x.\n", "alert"},
    {"A [x]({{attr.city}}/b).", true, "https://e.org", "A x.</p>", "A x.\n", "e.org/b"},
    {"A [x]({{attr.nope|javascript:alert(1)}}).", true, "", "A x.</p>", "A x.\n", "alert"},
};

static void check_letter_of(const struct letter_of *c)
{
    struct err err;
    struct findings findings;
    struct buf html, text;
    struct campaign_settings settings = fixture_settings();
    struct template *t =
        compiled(&settings, fixture_campaign("Links", c->body, c->is_markdown), &findings);
    fail_on_errors(&findings);
    struct addr to = fixture_addr("asha@example.net");
    const char *attributes[] = {"city", c->city, "home_url", "Ulm", NULL};
    struct template_input input = fixture_input(&to, "Asha Rao");
    input.arg = attributes;
    buf_init(&html, BUF_MAX_DEFAULT);
    buf_init(&text, BUF_MAX_DEFAULT);
    assert_ok(template_render_html(t, &input, &html, &err), &err);
    assert_ok(template_render_text(t, &input, &text, &err), &err);
    if (c->html)
        assert_contains(html.data, c->html);
    if (c->text)
        assert_contains(text.data, c->text);
    if (c->no_html)
        assert_lacks(html.data, c->no_html);
    buf_deinit(&html);
    buf_deinit(&text);
    findings_deinit(&findings);
    template_free(&t);
}

static void links_are_whole_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(letters_of); i++)
        check_letter_of(&letters_of[i]);
}

// A link that is left out is said, and a default with a tag inside is an error with its place.
static void says_which_links_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum finding_severity severity;
        const char *rule, *text;
    } cases[] = {
        {"[x]({{attr.nope|java}}script:alert(1))", FINDING_WARNING, "HT-14",
         "it does not begin one"},
        {"[x]({{attr.city|e.org}})", FINDING_WARNING, "HT-14",
         "the default of its merge tag is no"},
        {"[x](java{{attr.city|}}script:alert(1))", FINDING_WARNING, "HT-14",
         "only http, https and"},
        {"Dear {{first_name|{{name}}}}", FINDING_ERROR, "merge.syntax", "a default is plain text"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings;
        struct campaign_settings settings = fixture_settings();
        struct template *t =
            compiled(&settings, fixture_campaign("Links", cases[i].body, true), &findings);
        if (!fixture_has(&findings, cases[i].severity, cases[i].rule, cases[i].text))
            fail_msg("\"%s\" has no finding %s", cases[i].body, cases[i].rule);
        assert_int_equal(t == NULL, cases[i].severity == FINDING_ERROR);
        findings_deinit(&findings);
        template_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_weekly_letter),
        cmocka_unit_test(writes_to_somebody_without_a_name),
        cmocka_unit_test(writes_markdown),
        cmocka_unit_test(writes_with_mail_as_the_only_way_out),
        cmocka_unit_test(offers_the_ways_out_that_are_configured),
        cmocka_unit_test(keeps_the_way_out_on_one_line),
        cmocka_unit_test(refuses_to_send_without_a_way_out),
        cmocka_unit_test(errors_have_their_place),
        cmocka_unit_test(a_heading_that_is_the_subject_has_a_place),
        cmocka_unit_test(settings_of_the_sample_are_noticed),
        cmocka_unit_test(a_title_alone_is_no_letter),
        cmocka_unit_test(the_title_becomes_the_subject),
        cmocka_unit_test(warns_of_what_filters_and_phones_dislike),
        cmocka_unit_test(a_good_letter_has_no_findings),
        cmocka_unit_test(html_that_would_be_clipped),
        cmocka_unit_test(any_text_is_a_message_or_a_finding),
        cmocka_unit_test(same_input_same_bytes),
        cmocka_unit_test(links_are_whole_or_none),
        cmocka_unit_test(says_which_links_are_none),
        cmocka_unit_test(a_post_may_use_a_thousand_tags),
        cmocka_unit_test(names_the_values_of_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
