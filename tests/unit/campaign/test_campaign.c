#include "unit.h"

#include "base/utf8.h"
#include "campaign/slug.h"
#include "campaign/source.h"
#include "workspace.h"

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

struct cleaned {
    const char *from, *to;
    size_t findings, errors;
};

// What other programs end lines with is a line end, told once; isolates and marks of direction are
// text.
static void odd_characters(void **state)
{
    (void)state;
    static const struct cleaned cases[] = {
        {"a\u2028b\u2028c", "a\nb\nc", 1, 0},
        {"a\u2029b", "a\n\nb", 1, 0},
        {"a\fb\vc", "a\nb\nc", 1, 0},
        {"a\xc2\x85"
         "b",
         "a\nb", 1, 0},
        {"a \u2067b\u2069 c\u200e\u200f", "a \u2067b\u2069 c\u200e\u200f", 0, 0},
        {"a\u202eb",
         "a\xef\xbf\xbd"
         "b",
         1, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct loaded l = load(cases[i].from);
        assert_string_equal(l.campaign->body, cases[i].to);
        assert_int_equal(l.findings.count, cases[i].findings);
        assert_int_equal(l.findings.errors, cases[i].errors);
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

// Findings of later stages point into the file, so no line may come or go on the way but where
// the file is said to have odd line ends.
static void whatever_it_is_it_becomes_text(void **state)
{
    (void)state;
    static const char bytes[] = "ab \t\n\r-:#[]\0\x01\x02\x1b\xc3\xa9\xe2\x80\xa8\xff\xf0\x9f";
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char text[64];
        size_t len = 0, lines = 0;
        for (; len < (size_t)round % sizeof text; len++) {
            seed = seed * 1664525 + 1013904223;
            text[len] = bytes[(seed >> 16) % (sizeof bytes - 1)];
        }
        for (size_t i = 0; i < len; i++)
            lines += text[i] == '\n' || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'));
        for (size_t i = 0; i + 3 <= len; i++) // what ends a line, and what ends a paragraph
            lines += memcmp(text + i, "\xe2\x80\xa8", 3) == 0   ? 1
                     : memcmp(text + i, "\xe2\x80\xa9", 3) == 0 ? 2
                                                                : 0;
        struct buf out;
        struct findings findings;
        findings_init(&findings);
        buf_init(&out, 1000);
        source_clean(text, len, "post.txt", &out, &findings);
        assert_int_equal(utf8_first_bad(out.data, out.len), out.len);
        for (size_t i = 0; i < out.len; i++) {
            assert_true((unsigned char)out.data[i] >= ' ' || strchr("\t\n", out.data[i]));
            assert_int_not_equal(out.data[i], 0);
            lines -= out.data[i] == '\n';
        }
        assert_int_equal(lines, 0);
        findings_deinit(&findings);
        buf_deinit(&out);
    }
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
    put("campaigns/empty/notes.txt", "x", 1);
    put("campaigns/2026-11-20-a-title-of-sixty-bytes-that-goes-on-and-on-and-on-and-on/post.md",
        "x", 1);
    put("campaigns/loose.md", "x", 1);
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
        {"page", ERR_INPUT, "reads post.md and post.txt"},
        {"empty", ERR_NOT_FOUND, "write the letter into post.md or post.txt"},
        {"2026-11-20-a-title-of-sixty-bytes-that-goes-on-and-on-and-on-and-onn", ERR_NOT_FOUND,
         "perhaps 2026-11-20-a-title-of-sixty-bytes-that-goes-on-and-on-and-on-and-on?"},
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
    assert_int_equal(count, 4);
    assert_string_equal(slugs[1], "2026-11-20-being-real");
    assert_string_equal(slugs[3], "both");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_text_is_none),
        cmocka_unit_test(odd_characters),
        cmocka_unit_test(a_foreign_encoding_does_not_flood),
        cmocka_unit_test(whatever_it_is_it_becomes_text),
        cmocka_unit_test(the_slug_says_when),
        cmocka_unit_test(refuses_what_is_no_slug),
        cmocka_unit_test(tells_what_was_perhaps_meant),
        cmocka_unit_test(a_post_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
