#include "unit.h"

#include "campaign/slug.h"
#include "workspace.h"

#include <signal.h>
#include <sys/resource.h>

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
        {"\xc3\x86ther \xc3\xb8re \xc3\xa5r \xc5\x93uvre", "aether-ore-ar-oeuvre"},
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
    put("latin1.txt",
        "\xef\xbb\xbf"
        "one\r\n\xc3\xa9t\xe9\n",
        13);
    put("utf16.txt", "o\0n\0e\0", 6);
    size_t len = (size_t)1 << 20;
    char *big = mem_new(len, 1);
    memset(big, 'x', len);
    put("big.txt", big, len);
    free(big);
    char *front = file_join(root, "front.md"), *none = file_join(root, "none.md");
    char *latin1 = file_join(root, "latin1.txt"), *utf16 = file_join(root, "utf16.txt");
    char *too_big = file_join(root, "big.txt"), *folder = file_join(root, ".");
    const struct {
        struct campaign_new what;
        enum err_kind kind;
        const char *says;
    } cases[] = {
        {{.title = "T", .from_path = front}, ERR_INPUT, "front matter already"},
        {{.title = "T", .from_path = none}, ERR_NOT_FOUND, "none.md"},
        {{.title = "T", .from_path = latin1}, ERR_INPUT, "latin1.txt:2:3: the byte 0xE9"},
        {{.title = "T", .from_path = utf16}, ERR_INPUT, "utf16.txt:1:2: the byte 0x00"},
        {{.title = "T", .from_path = too_big}, ERR_INPUT, "big.txt is larger"},
        {{.title = "T", .from_path = folder}, ERR_INPUT, "not a regular file"},
        {{.title = ""}, ERR_INPUT, "empty"},
        {{.title = " \t "}, ERR_INPUT, "empty"},
        {{.title = "a\tb"}, ERR_INPUT, "a tab"},
        {{.title = "\xe9"}, ERR_INPUT, "not UTF-8"},
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
    free(latin1);
    free(utf16);
    free(too_big);
    free(folder);
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
        {1774650600, 1, "2026-03-30-t"}, // 23:30 on that Friday: three days are 71 hours
        {1792708200, 1, "2026-10-26-t"}, // 00:30 on a Friday in autumn: they are 73
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

// The subject that a reader would see is the title, whatever is in it.
static void takes_a_title_as_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *title, *line, *slug;
    } cases[] = {
        {"  Come in \t", "\nsubject: Come in\n", "2026-12-04-come-in"},
        {"How {{name}} works", "\nsubject: How \\{{name}} works\n", "2026-12-04-how-name-works"},
        {"{{{{ and \\{{x", "\nsubject: \\{{\\{{ and \\\\{{x\n", "2026-12-04-and-x"},
        {"a; b # c = d: e", "\nsubject: a; b # c = d: e\n", "2026-12-04-a-b-c-d-e"},
        {"---", "\nsubject: ---\n", "2026-12-04-letter"},
        {"[more]", "\nsubject: [more]\n", "2026-12-04-more"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct campaign *c;
        struct template *t;
        struct findings findings;
        struct buf text;
        char *slug, path[300];
        struct campaign_settings s = settings();
        struct campaign_new what = {.title = cases[i].title, .year = 2026, .month = 12, .day = 4};
        assert_ok(campaign_create(&s, &what, &slug, &err), &err);
        assert_string_equal(slug, cases[i].slug);
        snprintf(path, sizeof path, "%s/campaigns/%s/post.md", root, slug);
        buf_init(&text, 1 << 20);
        assert_ok(file_read(path, 1 << 20, &text, &err), &err);
        assert_contains(text.data, cases[i].line);
        findings_init(&findings);
        assert_ok(campaign_load(&s, slug, &c, &findings, &err), &err);
        assert_ok(campaign_compile(&s, c, &t, &findings, &err), &err);
        // nothing is wrong but that the letter is still to be written
        assert_null(t);
        assert_int_equal(findings.errors, 3); // letter, practice, call
        for (size_t k = 0; k < findings.count; k++)
            if (findings.list[k].severity == FINDING_ERROR) {
                assert_string_equal(findings.list[k].rule, "post.placeholder");
            }
        campaign_free(&c);
        findings_deinit(&findings);
        buf_deinit(&text);
        free(slug);
        drop("campaigns");
    }
}

// Two titles without a Latin letter on one day are two campaigns.
static void numbers_titles_without_letters(void **state)
{
    (void)state;
    static const char *const slugs[] = {"2026-12-04-letter", "2026-12-04-letter-2",
                                        "2026-12-04-letter-3"};
    struct campaign_settings s = settings();
    struct err err;
    char *slug;
    struct campaign_new what = {
        .title = "\xe4\xb8\xad\xe6\x96\x87", .year = 2026, .month = 12, .day = 4};
    for (size_t i = 0; i < COUNT_OF(slugs); i++) {
        assert_ok(campaign_create(&s, &what, &slug, &err), &err);
        assert_string_equal(slug, slugs[i]);
        free(slug);
    }
    what.title = "Come in";
    assert_ok(campaign_create(&s, &what, &slug, &err), &err);
    free(slug);
    assert_int_equal(campaign_create(&s, &what, &slug, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    drop("campaigns");
}

// A folder that cannot be filled does not stay behind, empty.
static void leaves_nothing_half_made(void **state)
{
    (void)state;
    struct err err;
    char *slug;
    struct campaign_settings s = settings();
    struct campaign_new what = {.title = "T", .year = 2026, .month = 12, .day = 4};
    put("campaigns", "a file", 6);
    assert_int_equal(campaign_create(&s, &what, &slug, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_null(slug);
    drop("campaigns");
    put("campaigns/2026-12-04-t", "a file", 6);
    assert_int_equal(campaign_create(&s, &what, &slug, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    drop("campaigns");
    struct rlimit was, none;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    none = was;
    none.rlim_cur = 16;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int rc = campaign_create(&s, &what, &slug, &err); // as on a full disk
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(err.kind, ERR_IO);
    char *folder = file_join(root, "campaigns/2026-12-04-t");
    assert_false(file_is_dir(folder));
    free(folder);
    drop("campaigns");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_slugs_of_titles),
        cmocka_unit_test(makes_a_skeleton),
        cmocka_unit_test(takes_a_file),
        cmocka_unit_test(refuses_what_cannot_become_a_campaign),
        cmocka_unit_test(dates_it_to_the_next_day_of_the_schedule),
        cmocka_unit_test(takes_a_title_as_it_stands),
        cmocka_unit_test(numbers_titles_without_letters),
        cmocka_unit_test(leaves_nothing_half_made),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
