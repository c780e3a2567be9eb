#include "unit.h"

#include "base/clock.h"
#include "campaign/slug.h"
#include "campaign/source.h"
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/hearten-campaign-XXXXXX";

static int set_up(void **state)
{
    struct err err;
    (void)state;
    clock_set(FIXTURE_DATE - 7200); // Friday, 07:00 UTC
    return mkdtemp(root) && clock_set_zone("Europe/Berlin", &err) == 0 ? 0 : -1;
}

static void remove_tree(const char *path)
{
    char **names;
    size_t count;
    struct err err;
    if (file_is_dir(path) && file_list(path, &names, &count, &err) == 0) {
        for (size_t i = 0; i < count; i++) {
            char *child = file_join(path, names[i]);
            remove_tree(child);
            free(child);
        }
        file_free_names(&names, count);
        rmdir(path);
    } else {
        unlink(path);
    }
}

static int tear_down(void **state)
{
    (void)state;
    remove_tree(root);
    return 0;
}

static struct campaign_settings settings(void)
{
    struct campaign_settings s = fixture_settings();
    s.root = root;
    return s;
}

static void put(const char *path, const char *text, size_t len)
{
    struct err err;
    char *full = file_join(root, path), *dir = mem_strdup(full);
    *strrchr(dir, '/') = '\0';
    assert_ok(file_mkdirs(dir, 0777, &err), &err);
    assert_ok(file_write(full, text, len, 0644, &err), &err);
    free(dir);
    free(full);
}

static void drop(const char *path)
{
    char *full = file_join(root, path);
    remove_tree(full);
    free(full);
}

struct loaded {
    struct campaign *campaign;
    struct findings findings;
};

static struct loaded load_bytes(const char *text, size_t len)
{
    struct err err;
    struct loaded l;
    struct campaign_settings s = settings();
    put("campaigns/2026-11-27-one/post.txt", text, len);
    findings_init(&l.findings);
    assert_ok(campaign_load(&s, "2026-11-27-one", &l.campaign, &l.findings, &err), &err);
    drop("campaigns/2026-11-27-one");
    return l;
}

static struct loaded load(const char *text)
{
    return load_bytes(text, strlen(text));
}

static void unload(struct loaded *l)
{
    campaign_free(&l->campaign);
    findings_deinit(&l->findings);
}

// --- front matter -------------------------------------------------------------------------------

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
    static const char *const texts[] = {"Hello\n", "", "\n---\nx: y\n---\n", "----\nx\n",
                                        "-- \nx\n"};
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
        {"---\nsubjekt: x\n---\n", 2, 1, "post.unknown-key", "perhaps 'subject'?"},
        {"---\ncolour: x\n---\n", 2, 1, "post.unknown-key", "'colour'; there are subject"},
        {"---\nsubject: x\nsubject: y\n---\n", 3, 10, "post.twice", "twice"},
        {"---\nsubject: x\n  y\n---\n", 2, 10, "post.value", "on one line"},
        {"---\ndraft: yes\n---\n", 2, 8, "post.value", "true or false"},
        {"---\nin_archive:\n---\n", 2, 12, "post.value", "true or false"},
        {"---\nsend_at: tomorrow\n---\n", 2, 10, "post.value", "2026-11-27 09:00"},
        {"---\nsend_at: 2026-02-30\n---\n", 2, 10, "post.value", "2026-11-27 09:00"},
        {"---\nsend_at: 2026-11-27 25:00\n---\n", 2, 10, "post.value", "2026-11-27 09:00"},
        {"---\nfrom_name: {{name}}\n---\n", 2, 12, "post.value", "merge tags"},
        {"---\nsegment: city = 'Ulm'\n---\n", 2, 10, "post.later", "later version"},
        {"---\nattachments: a.pdf\n---\n", 2, 14, "post.later", "later version"},
        {"---\nimages: embed\n---\n", 2, 9, "post.later", "later version"},
        {"---\ntheme: winter\n---\n", 2, 8, "post.later", "'default'"},
        {"---\n[more]\nsubject: x\n---\n", 3, 1, "post.unknown-key", "[more]"},
        {"---\nsubject: x\njust words\n---\n", 3, 1, "post.front-matter", "neither"},
        {"---\nsubject: x\n\nDear you,\n", 1, 1, "post.front-matter", "never end"},
        {"---", 1, 1, "post.front-matter", "never end"},
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
    } cases[] = {{"---\ndraft: true\n---\n", true},
                 {"---\ndraft: false\n---\n", false},
                 {"---\ndraft: True\n---\n", true},
                 {"---\ndraft: no\n---\n", true},
                 {"---\nsubject: x\n", true}};
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
    assert_true(fixture_has(&l.findings, FINDING_WARNING, "post.quotes", "quotes"));
    assert_string_equal(l.campaign->subject, "\"Being real\"");
    unload(&l);
}

// --- text ---------------------------------------------------------------------------------------

static void says_where_text_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        unsigned line, column;
        const char *rule;
    } cases[] = {
        {"one\nt\xe9xt\n", 9, 2, 2, "post.utf8"},
        {"\xef\xbb\xbf\xc3\xa9\xc3\xa9\xff", 8, 1, 3, "post.utf8"},
        {"a\0b\n", 4, 1, 2, "post.control"},
        {"x\r\ny\r\nzz\x07", 9, 3, 3, "post.control"},
        {"a\xe2\x80\xa8"
         "b",
         5, 1, 2, "post.control"},
        {"a\xe2\x80\xae"
         "b",
         5, 1, 2, "post.control"},
        {"\xed\xa0\x80", 3, 1, 1, "post.utf8"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct loaded l = load_bytes(cases[i].text, cases[i].len);
        assert_true(l.findings.errors >= 1);
        assert_string_equal(l.findings.list[0].rule, cases[i].rule);
        assert_int_equal(l.findings.list[0].line, cases[i].line);
        assert_int_equal(l.findings.list[0].column, cases[i].column);
        assert_int_equal(strlen(l.campaign->body), l.campaign->body_len);
        unload(&l);
    }
}

static void a_foreign_encoding_does_not_flood(void **state)
{
    (void)state;
    char text[4000];
    memset(text, 0xe9, sizeof text);
    struct loaded l = load_bytes(text, sizeof text);
    assert_int_equal(l.findings.errors, 11);
    unload(&l);
}

// --- dates --------------------------------------------------------------------------------------

static void the_slug_says_when(void **state)
{
    (void)state;
    static const struct {
        const char *slug, *text;
        int64_t want;
    } cases[] = {
        {"2026-11-27-one", "x\n", FIXTURE_DATE - 3600}, // 09:00 in Berlin, winter
        {"2026-07-03", "x\n", 1783062000},              // and summer
        {"one", "x\n", 0},
        {"2026-13-01-one", "x\n", 0},
        {"2026-11-271", "x\n", 0},
        {"one", "---\nsend_at: 2026-11-27\n---\n", FIXTURE_DATE - 3600},
        {"one", "---\nsend_at: 2026-11-27T10:00\n---\n", FIXTURE_DATE},
        {"2026-01-01-one", "---\nsend_at: 2026-11-27 10:00\n---\n", FIXTURE_DATE},
        {"2026-11-27-one", "---\nsend_at:\n---\n", FIXTURE_DATE - 3600},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct campaign *c;
        struct findings findings;
        struct campaign_settings s = settings();
        char path[300], folder[200];
        snprintf(folder, sizeof folder, "campaigns/%s", cases[i].slug);
        snprintf(path, sizeof path, "%s/post.md", folder);
        put(path, cases[i].text, strlen(cases[i].text));
        findings_init(&findings);
        assert_ok(campaign_load(&s, cases[i].slug, &c, &findings, &err), &err);
        assert_int_equal(c->send_at, cases[i].want);
        assert_true(c->is_markdown);
        assert_int_equal(findings.count, 0);
        campaign_free(&c);
        campaign_free(&c);
        drop(folder);
    }
}

// --- folders ------------------------------------------------------------------------------------

static int load_error(const char *slug, struct err *err)
{
    struct campaign *c;
    struct findings findings;
    struct campaign_settings s = settings();
    findings_init(&findings);
    int rc = campaign_load(&s, slug, &c, &findings, err);
    assert_null(c);
    findings_deinit(&findings);
    return rc;
}

static void refuses_what_is_no_slug(void **state)
{
    (void)state;
    static const char *const slugs[] = {"",    "..",  ".",    "a/b", "../x",     "-a", "A",
                                        "a_b", "a b", "/etc", "a.b", "\xc3\xa9", "a\n"};
    char longest[SLUG_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[SLUG_MAX + 1] = '\0';
    for (size_t i = 0; i < COUNT_OF(slugs); i++) {
        struct err err;
        assert_int_equal(load_error(slugs[i], &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
    }
    assert_false(slug_is_valid(longest));
    longest[SLUG_MAX] = '\0';
    assert_true(slug_is_valid(longest));
}

static void tells_what_was_perhaps_meant(void **state)
{
    (void)state;
    struct err err;
    put("campaigns/2026-11-20-being-real/post.md", "x", 1);
    put("campaigns/2026-11-27-being-still/post.txt", "x", 1);
    put("campaigns/both/post.txt", "x", 1);
    put("campaigns/both/post.md", "x", 1);
    put("campaigns/page/post.html", "x", 1);
    put("campaigns/Notes/post.md", "x", 1);
    static const struct {
        const char *slug;
        enum err_kind kind;
        const char *says;
    } cases[] = {
        {"2026-11-20-beeing-real", ERR_NOT_FOUND, "perhaps 2026-11-20-being-real?"},
        {"beeing-real", ERR_NOT_FOUND, "perhaps 2026-11-20-being-real?"},
        {"being-still", ERR_NOT_FOUND, "perhaps 2026-11-27-being-still?"},
        {"being", ERR_NOT_FOUND, "perhaps 2026-11-27-being-still?"}, // the newest
        {"something-else", ERR_NOT_FOUND, "hearten new"},
        {"both", ERR_INPUT, "post.md and a post.txt"},
        {"page", ERR_NOT_FOUND, "later version"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(load_error(cases[i].slug, &err), -1);
        assert_int_equal(err.kind, cases[i].kind);
        assert_contains(err.msg, cases[i].says);
    }
    char **slugs;
    size_t count;
    struct campaign_settings s = settings();
    assert_ok(campaign_list(&s, &slugs, &count, &err), &err);
    assert_int_equal(count, 3);
    assert_string_equal(slugs[0], "2026-11-20-being-real");
    assert_string_equal(slugs[2], "both");
    file_free_names(&slugs, count);
    drop("campaigns");
    assert_ok(campaign_list(&s, &slugs, &count, &err), &err);
    assert_int_equal(count, 0);
    file_free_names(&slugs, count);
    assert_int_equal(load_error("being", &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void a_post_has_a_ceiling(void **state)
{
    (void)state;
    struct err err;
    size_t len = ((size_t)1 << 20) + 1;
    char *big = mem_new(len, 1);
    memset(big, 'x', len);
    put("campaigns/big/post.txt", big, len);
    assert_int_equal(load_error("big", &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_contains(err.msg, "campaigns/big/post.txt");
    drop("campaigns/big");
    free(big);
}

// --- new ----------------------------------------------------------------------------------------

static void makes_slugs_of_titles(void **state)
{
    (void)state;
    static const struct {
        const char *title, *want;
    } cases[] = {
        {"Being Real", "being-real"},
        {"  What's  next? ", "whats-next"},
        {"Don\xe2\x80\x99t rush \xe2\x80\x94 rest", "dont-rush-rest"},
        {"\xc3\x9c"
         "ber Stra\xc3\x9f"
         "en & \xc5\x81\xc3\xb3"
         "d\xc5\xba",
         "uber-strassen-lodz"},
        {"Cafe\xcc\x81", "cafe"},
        {"10 % more", "10-more"},
        {"\xe4\xb8\xad\xe6\x96\x87", "letter"},
        {"!!!", "letter"},
        {"one two three four five six seven eight nine ten eleven twelve thirteen",
         "one-two-three-four-five-six-seven-eight-nine-ten-eleven"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, 1000);
        slug_add_title(&out, cases[i].title);
        assert_string_equal(out.data, cases[i].want);
        buf_deinit(&out);
    }
}

static char *create(const struct campaign_new *what, const char *file)
{
    struct err err;
    struct buf text;
    char *slug, path[300];
    struct campaign_settings s = settings();
    assert_ok(campaign_create(&s, what, &slug, &err), &err);
    buf_init(&text, 1 << 20);
    snprintf(path, sizeof path, "%s/campaigns/%s/%s", root, slug, file);
    assert_ok(file_read(path, 1 << 20, &text, &err), &err);
    struct campaign *c;
    struct findings findings;
    findings_init(&findings);
    assert_ok(campaign_load(&s, slug, &c, &findings, &err), &err);
    assert_int_equal(findings.count, 0);
    assert_true(c->is_draft);
    assert_string_equal(c->subject, what->title);
    campaign_free(&c);
    free(slug);
    return buf_take(&text);
}

static void makes_a_skeleton(void **state)
{
    (void)state;
    struct campaign_new what = {.title = "Let it rest", .year = 2026, .month = 12, .day = 4};
    char *text = create(&what, "post.md");
    assert_contains(text, "---\nsubject: Let it rest\n");
    assert_contains(text, "draft: true\n---\n");
    assert_contains(text, "\n## Your Gentle Practice This Week\n");
    assert_contains(text, "\n## Your Call to Healing\n");
    free(text);
    struct err err;
    char *slug;
    struct campaign_settings s = settings();
    assert_int_equal(campaign_create(&s, &what, &slug, &err), -1);
    assert_null(slug);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, "campaigns/2026-12-04-let-it-rest");
    drop("campaigns");
}

static void takes_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *post, *want;
    } cases[] = {
        {"in.txt", "one\ntwo\n", "post.txt", "---\n\none\ntwo\n"},
        {"in", "one", "post.txt", "---\n\none\n"},
        {"in.md", "# One\r\n\r\ntwo\r\n", "post.md", "---\n\n# One\n\ntwo\n"},
        {"in.Markdown", "\xef\xbb\xbf# One\rtwo\r", "post.md", "---\n\n# One\ntwo\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        put(cases[i].file, cases[i].text, strlen(cases[i].text));
        char *from = file_join(root, cases[i].file);
        struct campaign_new what = {
            .title = "Taken", .from_path = from, .year = 2026, .month = 12, .day = 4};
        char *text = create(&what, cases[i].post);
        assert_contains(text, "subject: Taken\n");
        assert_contains(text, cases[i].want);
        free(text);
        free(from);
        drop("campaigns");
    }
}

static void refuses_what_cannot_become_a_campaign(void **state)
{
    (void)state;
    put("front.md", "---\nsubject: x\n---\ny\n", 21);
    char *front = file_join(root, "front.md"), *none = file_join(root, "none.md");
    const struct {
        struct campaign_new what;
        enum err_kind kind;
        const char *says;
    } cases[] = {
        {{.title = "T", .from_path = front}, ERR_INPUT, "front matter already"},
        {{.title = "T", .from_path = none}, ERR_NOT_FOUND, "none.md"},
        {{.title = ""}, ERR_INPUT, "empty"},
        {{.title = "  "}, ERR_INPUT, "empty"},
        {{.title = "a\nsubject: b"}, ERR_INPUT, "line break"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        char *slug;
        struct campaign_settings s = settings();
        assert_int_equal(campaign_create(&s, &cases[i].what, &slug, &err), -1);
        assert_int_equal(err.kind, cases[i].kind);
        assert_contains(err.msg, cases[i].says);
    }
    char *campaigns = file_join(root, "campaigns");
    assert_false(file_is_dir(campaigns)); // nothing is left half made
    free(campaigns);
    free(front);
    free(none);
}

static void dates_it_to_the_next_day_of_the_schedule(void **state)
{
    (void)state;
    static const struct {
        int64_t now;
        int day;
        const char *want;
    } cases[] = {
        {FIXTURE_DATE - 7200, 5, "2026-11-27-t"}, // Friday 08:00 in Berlin, an hour to go
        {FIXTURE_DATE - 3600, 5, "2026-12-04-t"}, // 09:00: that was it
        {FIXTURE_DATE, 1, "2026-11-30-t"},
        {FIXTURE_DATE, 4, "2026-12-03-t"},
        {FIXTURE_DATE, -1, "2026-11-27-t"},
        {1774634400, 0, "2026-03-29-t"}, // Friday evening before the clocks change on Sunday
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        char *slug;
        struct campaign_settings s = settings();
        struct campaign_new what = {.title = "T"};
        s.schedule_day = cases[i].day;
        clock_set(cases[i].now);
        assert_ok(campaign_create(&s, &what, &slug, &err), &err);
        assert_string_equal(slug, cases[i].want);
        free(slug);
        drop("campaigns");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_front_matter),
        cmocka_unit_test(does_without_front_matter),
        cmocka_unit_test(line_ends_do_not_matter),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(in_doubt_it_is_a_draft),
        cmocka_unit_test(quotes_are_noticed),
        cmocka_unit_test(says_where_text_is_none),
        cmocka_unit_test(a_foreign_encoding_does_not_flood),
        cmocka_unit_test(the_slug_says_when),
        cmocka_unit_test(refuses_what_is_no_slug),
        cmocka_unit_test(tells_what_was_perhaps_meant),
        cmocka_unit_test(a_post_has_a_ceiling),
        cmocka_unit_test(makes_slugs_of_titles),
        cmocka_unit_test(makes_a_skeleton),
        cmocka_unit_test(takes_a_file),
        cmocka_unit_test(refuses_what_cannot_become_a_campaign),
        cmocka_unit_test(dates_it_to_the_next_day_of_the_schedule),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
