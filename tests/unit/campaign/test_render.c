#include "unit.h"

#include "pieces.h"

static void names_come_from_the_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"Asha Rao", "[Asha][Asha]"},
        {"Asha", "[Asha][Asha]"},
        {"  Asha  Rao ", "[Asha][Asha]"},
        {"Asha Maria Rao", "[Asha][Asha]"},
        {"", "[][friend]"},
        {" ", "[][friend]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct template *t = template_of("[{1t}][{2t}]");
        char *got = rendered(t, cases[i].name, NULL);
        assert_string_equal(got, cases[i].want);
        free(got);
        template_free(&t);
    }
}

static void escapes_for_where_a_value_stands(void **state)
{
    (void)state;
    static const struct {
        const char *text, *city, *want;
    } cases[] = {
        {"in {3t}!\n", "A & <B> \"c\"", "in =\r\nA & <B> \"c\"=\r\n!\r\n"},
        {"in {3h}!\n", "A & <B> \"c\"", "in =\r\nA &amp; &lt;B&gt; &quot;c&quot;=\r\n!\r\n"},
        {"<i t=\"{3a}\">\n", "\" onclick=\"x",
         "<i t=3D\"=\r\n&quot; onclick=3D&quot;x=\r\n\">\r\n"},
        {"{3t}\n", ".", "=2E\r\n"},
        {"{3t}\n", "=41", "=3D41\r\n"},
        {"{3t}\n", "Zo\xc3\xab", "Zo=C3=AB\r\n"},
        // a part of a URL cannot end that part, nor become a scheme
        {"<a href=\"https://x/?c={3u}\">\n", "a&b=c #",
         "<a href=3D\"https://x/?c=3D=\r\na%26b%3Dc%20%23=\r\n\">\r\n"},
        {"<a href=\"https://x/{3u}\">\n", "https://y",
         "<a href=3D\"https://x/=\r\nhttps%3A%2F%2Fy=\r\n\">\r\n"},
        {"see https://x/{3l}\n", "a/b", "see https://x/=\r\na%2Fb\r\n"},
        {"<a href=\"https://x/?u={4u}\">\n", NULL,
         "<a href=3D\"https://x/?u=3D=\r\nhttps%3A%2F%2Fx.example%2Fu%2FWEBTOKEN-_abc=\r\n\">\r\n"},
        // a whole address stays one, whatever stands before it
        {"<a href=\"{3U}\">\n", "https://y/?a=1&b=\"2 ",
         "<a href=3D\"=\r\nhttps://y/?a=3D1&amp;b=3D%222=\r\n\">\r\n"},
        {"<a href=\"{3U}\">\n", "https://y/100%zz%20",
         "<a href=3D\"=\r\nhttps://y/100%25zz%20=\r\n\">\r\n"},
        {"see {3L}\n", "https://y/?a=1&b=2", "see =\r\nhttps://y/?a=3D1&b=3D2\r\n"},
        {"-{3L}-\n", "http://y", "-=\r\nhttp://y=\r\n-\r\n"},
        {"<a href=\"{4U}\">\n", NULL,
         "<a href=3D\"=\r\nhttps://x.example/u/WEBTOKEN-_abc=\r\n\">\r\n"},
        {"\xe2\x80\x9c{4L}\n", NULL, "=E2=80=9C=\r\nhttps://x.example/u/WEBTOKEN-_abc\r\n"},
        // what is none cannot become one, and in a text it stays a text
        {"<a href=\"{3U}\">\n", "javascript:alert(1)",
         "<a href=3D\"=\r\njavascript%3Aalert%281%29=\r\n\">\r\n"},
        {"see {3L}\n", "Ulm & around", "see =\r\nUlm & around\r\n"},
        // a condition on what may be followed
        {"{3W}<a>{3E}[{3F}x\n", "https://y", "<a>=\r\nx\r\n"},
        {"{3W}<a>{3F}x\n", "HTTP://y", "<a>=\r\nx\r\n"},
        {"{3W}<a>{3F}x\n", "mailto:a@example.org", "<a>=\r\nx\r\n"},
        {"{3W}<a>{3E}[{3F}x\n", "javascript:alert(1)", "[=\r\nx\r\n"},
        {"{3W}<a>{3F}x\n", "data:text/html,x", "x\r\n"},
        {"{3W}<a>{3F}x\n", "//y", "x\r\n"},
        {"{3W}<a>{3F}x\n", "https://", "x\r\n"},
        {"{3W}<a>{3F}x\n", "https:///y", "x\r\n"},
        {"{3W}<a>{3F}x\n", "mailto:", "x\r\n"},
        {"{3W}<a>{3F}x\n", "", "x\r\n"},
        {"{3W}<a>{3F}x\n", NULL, "x\r\n"},
        {"{4W}<a>{4F}x\n", NULL, "<a>=\r\nx\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct template *t = part_of(cases[i].text);
        char *got = rendered(t, "Asha", cases[i].city);
        assert_string_equal(got, cases[i].want);
        free(got);
        template_free(&t);
    }
}

static void refuses_hostile_values(void **state)
{
    (void)state;
    static const char *const texts[] = {"{3t}\r\n",     "{3h}\r\n", "{3a}\r\n", "{3u}\r\n",
                                        "{3l}\r\n",     "{3H}\r\n", "{3P}\r\n", "{3R}\r\n",
                                        "{3I}{3F}\r\n", "{3U}\r\n", "{3L}\r\n", "{3W}{3F}\r\n"};
    static char long_value[10001];
    memset(long_value, 'x', sizeof long_value - 1);
    const char *const hostile[] = {"a\nBcc: b@example.org",
                                   "a\rb",
                                   "a\r\n.\r\nMAIL FROM:<>",
                                   "\x01"
                                   "3t\x02",
                                   "\xff",
                                   "a\xe2\x80\xae"
                                   "b",
                                   "\x1b[2J",
                                   "a\tb",
                                   long_value};
    for (size_t i = 0; i < COUNT_OF(texts); i++) { // MM-12
        struct template *t = template_of(texts[i]);
        for (size_t k = 0; k < COUNT_OF(hostile); k++) {
            struct err err;
            struct buf out;
            struct addr to = fixture_addr("asha@example.org");
            const char *attributes[] = {"city", hostile[k], NULL};
            struct template_input input = fixture_input(&to, "Asha");
            input.arg = attributes;
            buf_init(&out, BUF_MAX_DEFAULT);
            assert_int_equal(template_render(t, &input, &out, &err), -1);
            assert_int_equal(err.kind, ERR_INPUT);
            assert_contains(err.msg, "attr.city");
            buf_deinit(&out);
        }
        template_free(&t);
    }
}

static void refuses_what_cannot_stand_in_a_header(void **state)
{
    (void)state;
    static const char *const tokens[] = {"a>b", "a<b", "a b", "a\\b", "a\"b", "\xc3\xa9", "a\r\nb"};
    struct template *t = template_of("X: <{7R}>\r\n");
    struct addr to = fixture_addr("asha@example.org");
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        struct err err;
        struct buf out;
        struct template_input input = fixture_input(&to, "Asha");
        input.optout_token = tokens[i];
        buf_init(&out, BUF_MAX_DEFAULT);
        assert_int_equal(template_render(t, &input, &out, &err), -1);
        assert_contains(err.msg, "@token");
        buf_deinit(&out);
    }
    template_free(&t);
}

static void does_not_mail_to_local_parts_beyond_ascii(void **state)
{
    (void)state;
    struct err err;
    struct buf out;
    struct addr to = fixture_addr("\xc3\xa9lan@example.org");
    struct template *t = template_of("x\r\n");
    struct template_input input = fixture_input(&to, "");
    buf_init(&out, BUF_MAX_DEFAULT);
    assert_int_equal(template_render(t, &input, &out, &err), -1); // IA-02
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(out.len, 0);
    to = fixture_addr("elan@b\xc3\xbc"
                      "cher.example");
    template_free(&t);
    t = template_of("To: <{6R}>\r\n");
    assert_ok(template_render(t, &input, &out, &err), &err); // IA-01
    assert_string_equal(out.data, "To: <elan@xn--bcher-kva.example>\r\n");
    template_free(&t);
    buf_deinit(&out);
}

static void marks_the_subject_of_a_test_copy(void **state)
{
    (void)state;
    struct err err;
    struct buf out;
    struct addr to = fixture_addr("asha@example.org");
    struct template *t = template_of("Subject: {5H}\r\n");
    struct template_input input = fixture_input(&to, "Asha");
    input.subject_mark = "[TEST] ";
    buf_init(&out, BUF_MAX_DEFAULT);
    assert_ok(template_render(t, &input, &out, &err), &err);
    assert_string_equal(out.data, "Subject: [TEST] Dear Asha, rest\r\n");
    assert_string_equal(template_subject(t), "Dear friend, rest");
    buf_deinit(&out);
    template_free(&t);
}

static void defaults_stand_where_nothing_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *city, *want;
    } cases[] = {
        {"[{2t}]\r\n", "", NULL, "[friend]\r\n"},
        {"[{2t}]\r\n", "  ", NULL, "[friend]\r\n"},
        {"[{2t}]\r\n", "Asha", NULL, "[Asha]\r\n"},
        {"[{2h}]\r\n", "", NULL, "[friend]\r\n"},
        {"[{2u}]\r\n", "", NULL, "[friend]\r\n"},
        {"{2I}yes{2E}no{2F}\r\n", "", NULL, "yes\r\n"}, // a default is a value
        {"{1I}yes{1E}no{1F}\r\n", "", NULL, "no\r\n"},
        {"[{3t}]\r\n", "Asha", NULL, "[]\r\n"},
        {"[{3t}]\r\n", "Asha", "", "[]\r\n"},
        {"[{3t}]\r\n", "Asha", "   ", "[]\r\n"},
        {"[{3t}]\r\n", "Asha", " Ulm ", "[Ulm]\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct template *t = template_of(cases[i].text);
        char *got = rendered(t, cases[i].name, cases[i].city);
        assert_string_equal(got, cases[i].want);
        free(got);
        template_free(&t);
    }
}

// count times piece
static char *repeated(const char *piece, size_t count)
{
    struct buf out;
    buf_init(&out, BUF_MAX_DEFAULT);
    for (size_t i = 0; i < count; i++)
        buf_adds(&out, piece);
    return buf_take(&out);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    while (*text) {
        size_t n = strcspn(text, "\r");
        longest = n > longest ? n : longest;
        text += n + (text[n] ? 2 : 0);
    }
    return longest;
}

static void long_names_fold_before_the_address(void **state)
{
    (void)state;
    static const struct {
        const char *piece;
        size_t count;
        const char *tail; // what ends the field
    } cases[] = {
        {"x", 53, "x <asha@example.org>\r\n"}, // 76 octets
        {"x", 54, "x\r\n <asha@example.org>\r\n"},
        // EW-01: 72 octets of word behind "To: "
        {"\xc3\xa9", 22, "w6k=?=\r\n <asha@example.org>\r\n"},
        {"\xc3\xa9", 23, "?=\r\n =?utf-8?B?w6k=?= <asha@example.org>\r\n"},
        {"ab. ", 60, "ab.\" <asha@example.org>\r\n"},
        {"\xf0\x9f\x8c\xbf", 60, "?= <asha@example.org>\r\n"},
    };
    struct template *t = template_of("To: {0I}{0P}{0F}<{6R}>\r\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *name = repeated(cases[i].piece, cases[i].count), *got = rendered(t, name, NULL);
        size_t n = strlen(got), tail = strlen(cases[i].tail);
        assert_true(n > tail);
        assert_string_equal(got + n - tail, cases[i].tail);
        assert_in_range(longest_line(got), 1, 78);
        free(name);
        free(got);
    }
    for (size_t n = 1; n < 120; n++) {
        char *name = repeated("\xc3\xa9", n), *got = rendered(t, name, NULL);
        assert_in_range(longest_line(got), 1, 76);
        free(name);
        free(got);
    }
    template_free(&t);
}

// The longest values that are allowed, of what grows most.
static void long_values_make_no_long_lines(void **state)
{
    (void)state;
    static const char *const parts[] = {"a {3t} b\n",          "a {3h} b\n", "<i t=\"{3a}\">\n",
                                        "<a href=\"{3u}\">\n", "see {3l}\n", "<a href=\"{3U}\">\n",
                                        "see {3L}\n"};
    static const char *const pieces[] = {"x", "\"", "\xc3\xa9", "=", "&", ". "};
    for (size_t k = 0; k < COUNT_OF(pieces); k++) {
        char *value = repeated(pieces[k], 1024 / strlen(pieces[k]));
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            struct template *t = part_of(parts[i]);
            char *got = rendered(t, "Asha", value);
            assert_true(strlen(got) >= 1024);
            assert_in_range(longest_line(got), 1, 76); // MS-08
            free(got);
            template_free(&t);
        }
        free(value);
    }
}

static void nothing_goes_out_without_identity_or_way_out(void **state)
{
    (void)state;
    struct addr to = fixture_addr("asha@example.org");
    static const char *const texts[] = {"X: <https://x/u/{7R}>\r\n", "{4t}\r\n",
                                        "<a href=\"{4U}\">\r\n", "{4I}link{4F}\r\n"};
    static const char *const none[] = {NULL, "", " "};
    for (size_t i = 0; i < COUNT_OF(texts) * COUNT_OF(none); i++) { // UN-05
        struct err err;
        struct buf out;
        struct template *t = template_of(texts[i / COUNT_OF(none)]);
        struct template_input input = fixture_input(&to, "Asha");
        input.optout_token = none[i % COUNT_OF(none)];
        buf_init(&out, BUF_MAX_DEFAULT);
        buf_adds(&out, "what stood there before");
        assert_int_equal(template_render(t, &input, &out, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_contains(err.msg, "@token");
        assert_string_equal(out.data, "what stood there before"); // and no half message
        assert_int_equal(out.len, strlen(out.data));
        buf_deinit(&out);
        template_free(&t);
    }
}

static void no_message_without_its_own_id(void **state)
{
    (void)state;
    static const struct template_value_def id[] = {{.name = "@message_id"}};
    static const char *const none[] = {NULL, "", " "};
    struct addr to = fixture_addr("asha@example.org");
    struct buf m = marked("Message-ID: <{0R}@x.example>\r\n");
    struct template_source source = {
        .subject = "s", .marked = m.data, .len = m.len, .values = id, .value_count = 1};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        struct err err;
        struct buf out;
        struct template *t;
        struct template_input input = fixture_input(&to, "Asha");
        input.message_id = none[i];
        buf_init(&out, BUF_MAX_DEFAULT);
        assert_ok(template_build(&source, &t, &err), &err);
        assert_int_equal(template_render(t, &input, &out, &err), -1);
        assert_contains(err.msg, "@message_id is missing");
        buf_deinit(&out);
        template_free(&t);
    }
    buf_deinit(&m);
}

static void a_ceiling_is_an_error_and_no_half_message(void **state)
{
    (void)state;
    struct addr to = fixture_addr("asha@example.org");
    struct template *t = template_of("To: {0I}{0P}{0F}<{6R}>\r\n\r\nhello\r\n");
    struct template_input input = fixture_input(&to, "Asha Rao");
    char *whole = rendered(t, "Asha Rao", NULL);
    size_t len = strlen(whole);
    for (size_t max = 0; max <= len; max++) {
        struct err err;
        struct buf out;
        buf_init(&out, max);
        assert_int_equal(template_render(t, &input, &out, &err), max < len ? -1 : 0);
        assert_int_equal(out.len, max < len ? 0 : len);
        assert_string_equal(out.data, max < len ? "" : whole);
        buf_deinit(&out);
    }
    free(whole);
    template_free(&t);
}

// --- compiled letters ----------------------------------------------------------------------------

static const char letter[] =
    "Dear {{name|friend}} in {{attr.city|your town}},\n"
    "\n"
    "read [my note](https://example.org/notes/{{attr.city}}?to={{email}}) or\n"
    "[leave]({{unsubscribe_url}}).\n";

static void both_parts_say_the_same_to_a_reader(void **state)
{
    (void)state;
    struct err err;
    struct buf html, text;
    struct findings findings;
    struct addr to = fixture_addr("asha@example.net");
    const char *attributes[] = {"city", "<b>K\xc3\xb6ln</b> & \"co\"", NULL};
    struct template_input input = fixture_input(&to, "Asha <script>");
    struct campaign_settings s = fixture_settings();
    struct template *t = compiled(&s, fixture_campaign("S", letter, true), &findings);
    input.arg = attributes;
    buf_init(&html, BUF_MAX_DEFAULT);
    buf_init(&text, BUF_MAX_DEFAULT);
    assert_ok(template_render_html(t, &input, &html, &err), &err);
    assert_ok(template_render_text(t, &input, &text, &err), &err);
    assert_contains(
        html.data,
        "Dear Asha &lt;script&gt; in &lt;b&gt;K\xc3\xb6ln&lt;/b&gt; &amp; &quot;co&quot;,");
    assert_contains(
        html.data,
        "href=\"https://example.org/notes/%3Cb%3EK%C3%B6ln%3C%2Fb%3E%20%26%20%22co%22?to=asha%40example.net\"");
    assert_contains(html.data, "href=\"https://letters.example.org/u/WEBTOKEN-_abc\"");
    assert_lacks(html.data, "<script>");
    assert_lacks(html.data, "\r");
    assert_contains(text.data, "Dear Asha <script> in <b>K\xc3\xb6ln</b> & \"co\",");
    assert_contains(text.data, "https://letters.example.org/u/WEBTOKEN-_abc");
    assert_lacks(text.data, "&amp;");
    buf_deinit(&html);
    buf_deinit(&text);
    template_free(&t);
    findings_deinit(&findings);
}

static void hostile_readers_never_reach_the_wire(void **state)
{
    (void)state;
    static char long_name[10001];
    memset(long_name, 'x', sizeof long_name - 1);
    const char *const hostile[] = {"a\r\nBcc: x@example.org",
                                   "a\nb",
                                   "a\rb",
                                   "a\x01"
                                   "0t\x02",
                                   "\xc3",
                                   long_name};
    struct findings findings;
    struct addr to = fixture_addr("asha@example.net");
    struct campaign_settings s = fixture_settings();
    struct template *t = compiled(&s, fixture_campaign("Dear {{name}}", letter, true), &findings);
    for (size_t i = 0; i < 2 * COUNT_OF(hostile); i++) {
        struct err err;
        struct buf out;
        const char *attributes[] = {"city", i % 2 ? hostile[i / 2] : "Ulm", NULL};
        struct template_input input = fixture_input(&to, i % 2 ? "Asha" : hostile[i / 2]);
        input.arg = attributes;
        buf_init(&out, BUF_MAX_DEFAULT);
        assert_int_equal(template_render(t, &input, &out, &err), -1); // MM-12
        assert_int_equal(err.kind, ERR_INPUT);
        assert_contains(err.msg, i % 2 ? "attr.city" : "name");
        buf_deinit(&out);
    }
    template_free(&t);
    findings_deinit(&findings);
}

// --- any value -----------------------------------------------------------------------------------

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

static void random_value(struct buf *out, unsigned *seed)
{
    static const char *const pieces[] = {"a",
                                         "B7",
                                         " ",
                                         "  ",
                                         ".",
                                         "=",
                                         "=3D",
                                         "From ",
                                         "?=",
                                         "=?utf-8?Q?",
                                         "\"",
                                         "'",
                                         "\\",
                                         "<b>",
                                         "&amp;",
                                         "{{name}}",
                                         "%41",
                                         "\xc3\xa9",
                                         "e\xcc\x81",
                                         "\xe4\xb8\xad",
                                         "\xf0\x9f\x8c\xbf",
                                         "hx0x0z"};
    for (unsigned n = 1 + next_random(seed) % 40; n > 0; n--)
        buf_adds(out, pieces[next_random(seed) % COUNT_OF(pieces)]);
    buf_addc(out, '!'); // blanks at the ends do not count
}

static void escaped_for_html(const char *text, struct buf *out)
{
    for (; *text; text++) {
        const char *entity = *text == '&'   ? "&amp;"
                             : *text == '<' ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity)
            buf_adds(out, entity);
        else
            buf_addc(out, *text);
    }
}

static void any_value_comes_back_from_both_parts(void **state)
{
    (void)state;
    unsigned seed = 4;
    struct findings findings;
    struct addr to = fixture_addr("asha@example.net");
    struct campaign_settings s = fixture_settings();
    struct template *t = compiled(
        &s, fixture_campaign("S", "Hello <>{{attr.city}}<> and {{attr.city}}\n", false), &findings);
    fail_on_errors(&findings);
    for (int round = 0; round < 500; round++) {
        struct err err;
        struct buf value, html, text, want;
        buf_init(&value, 1000);
        buf_init(&html, BUF_MAX_DEFAULT);
        buf_init(&text, BUF_MAX_DEFAULT);
        buf_init(&want, 1 << 16);
        buf_addc(&value, 'v');
        random_value(&value, &seed);
        const char *attributes[] = {"city", value.data, NULL};
        struct template_input input = fixture_input(&to, "");
        input.arg = attributes;
        assert_ok(template_render_html(t, &input, &html, &err), &err);
        assert_ok(template_render_text(t, &input, &text, &err), &err);
        buf_addf(&want, "Hello <>%s<> and %s\n", value.data, value.data);
        assert_contains(text.data, want.data);
        buf_reset(&want);
        buf_adds(&want, "Hello &lt;&gt;");
        escaped_for_html(value.data, &want);
        buf_adds(&want, "&lt;&gt; and ");
        escaped_for_html(value.data, &want);
        assert_contains(html.data, want.data);
        buf_deinit(&value);
        buf_deinit(&html);
        buf_deinit(&text);
        buf_deinit(&want);
    }
    template_free(&t);
    findings_deinit(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_from_the_name),
        cmocka_unit_test(escapes_for_where_a_value_stands),
        cmocka_unit_test(refuses_hostile_values),
        cmocka_unit_test(refuses_what_cannot_stand_in_a_header),
        cmocka_unit_test(does_not_mail_to_local_parts_beyond_ascii),
        cmocka_unit_test(marks_the_subject_of_a_test_copy),
        cmocka_unit_test(defaults_stand_where_nothing_is_known),
        cmocka_unit_test(long_names_fold_before_the_address),
        cmocka_unit_test(long_values_make_no_long_lines),
        cmocka_unit_test(nothing_goes_out_without_identity_or_way_out),
        cmocka_unit_test(no_message_without_its_own_id),
        cmocka_unit_test(a_ceiling_is_an_error_and_no_half_message),
        cmocka_unit_test(both_parts_say_the_same_to_a_reader),
        cmocka_unit_test(hostile_readers_never_reach_the_wire),
        cmocka_unit_test(any_value_comes_back_from_both_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
