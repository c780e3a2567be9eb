#include "unit.h"

#include "pieces.h"

static void runs_the_program(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *city, *want;
    } cases[] = {
        {"plain\r\n", "", NULL, "plain\r\n"},
        {"", "", NULL, ""},
        {"To: {0I}{0P}{0F}<{6R}>\r\n", "Asha Rao", NULL, "To: Asha Rao <asha@example.org>\r\n"},
        {"To: {0I}{0P}{0F}<{6R}>\r\n", "", NULL, "To: <asha@example.org>\r\n"},
        {"To: {0I}{0P}{0F}<{6R}>\r\n", "Rao, A.", NULL, "To: \"Rao, A.\" <asha@example.org>\r\n"},
        // EW-01: the address goes to a line of its own when it does not fit
        {"To: {0I}{0P}{0F}<{6R}>\r\n",
         "A name that is rather long and goes on until the line is full", NULL,
         "To: A name that is rather long and goes on until the line is full\r\n"
         " <asha@example.org>\r\n"},
        {"Subject: {5H}\r\n", "Asha Rao", NULL, "Subject: Dear Asha, rest\r\n"},
        {"Subject: {5H}\r\n", "", NULL, "Subject: Dear friend, rest\r\n"},
        {"Subject: {5H}\r\n", "Zo\xc3\xab", NULL, "Subject: =?utf-8?Q?Dear_Zo=C3=AB,_rest?=\r\n"},
        {"Date: {8R}\r\n", "", NULL, "Date: Fri, 27 Nov 2026 09:00:00 +0000\r\n"},
        {"{3I}in {3t}{3E}nowhere{3F}.\r\n", "", "Ulm", "in Ulm.\r\n"},
        {"{3I}in {3t}{3E}nowhere{3F}.\r\n", "", NULL, "nowhere.\r\n"},
        {"{3I}{0I}both{0E}city{0F}{3E}{0I}name{0F}{3F}\r\n", "A", "Ulm", "both\r\n"},
        {"{3I}{0I}both{0E}city{0F}{3E}{0I}name{0F}{3F}\r\n", "", "Ulm", "city\r\n"},
        {"{3I}{0I}both{0E}city{0F}{3E}{0I}name{0F}{3F}\r\n", "A", "", "name\r\n"},
        {"{3I}{0I}both{0E}city{0F}{3E}{0I}name{0F}{3F}\r\n", "", " ", "\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct template *t = template_of(cases[i].text);
        char *got = rendered(t, cases[i].name, cases[i].city);
        assert_string_equal(got, cases[i].want);
        free(got);
        template_free(&t);
    }
}

static void says_which_values_it_uses(void **state)
{
    (void)state;
    struct template *t = template_of("x\r\n");
    const char *fallback = "";
    assert_string_equal(template_value(t, FIRST, &fallback), "first_name");
    assert_null(fallback);
    assert_string_equal(template_value(t, FRIEND, &fallback), "first_name");
    assert_string_equal(fallback, "friend");
    assert_null(template_value(t, SUBJECT, &fallback)); // ours, not the writer's
    assert_null(template_value(t, 1000, &fallback));
    template_free(&t);
    template_free(&t);
}

static void says_which_values_are_empty(void **state)
{
    (void)state;
    static const struct {
        const char *name, *city;
        bool no_first, no_city;
    } cases[] = {{"Asha", "Ulm", false, false},
                 {"", "Ulm", true, false},
                 {" ", " ", true, true},
                 {"Asha", NULL, false, true}};
    struct template *t = template_of("x\r\n");
    struct addr to = fixture_addr("asha@example.org");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *attributes[] = {"city", cases[i].city, NULL};
        struct template_input input = fixture_input(&to, cases[i].name);
        input.arg = attributes;
        assert_int_equal(template_value_is_empty(t, FIRST, &input), cases[i].no_first);
        assert_int_equal(template_value_is_empty(t, FRIEND, &input), cases[i].no_first);
        assert_int_equal(template_value_is_empty(t, CITY, &input), cases[i].no_city);
        assert_false(template_value_is_empty(t, LINK, &input));
    }
    template_free(&t);
}

static void refuses_broken_programs(void **state)
{
    (void)state;
    static const char *const broken[] = {"{3I}x\r\n",         "x{3F}\r\n",      "x{3E}\r\n",
                                         "{99t}\r\n",         "bare\nline\r\n", "bare\rreturn\r\n",
                                         "eight \xc3\xa9\r\n"};
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct err err;
        struct template *t;
        struct buf m = marked(broken[i]);
        struct template_source source = {.subject = "s",
                                         .marked = m.data,
                                         .len = m.len,
                                         .values = pieces_values,
                                         .value_count = COUNT_OF(pieces_values)};
        assert_int_equal(template_build(&source, &t, &err), -1);
        assert_null(t);
        buf_deinit(&m);
    }
}

static void refuses_composites_of_composites(void **state)
{
    (void)state;
    struct err err;
    struct template *t;
    const struct template_value_def loop[] = {{.name = "@subject",
                                               .composite = "a\x01"
                                                            "0R\x02"}};
    struct template_source source = {
        .subject = "s", .marked = "x\r\n", .len = 3, .values = loop, .value_count = 1};
    assert_int_equal(template_build(&source, &t, &err), -1);
    assert_null(t);
}

static void ends_in_time_whatever_the_program(void **state)
{
    (void)state;
    struct err err;
    struct template *t;
    struct buf piece, program, out;
    buf_init(&piece, BUF_MAX_DEFAULT);
    buf_init(&program, BUF_MAX_DEFAULT);
    buf_init(&out, BUF_MAX_DEFAULT);
    for (int i = 0; i < 3000; i++)
        slot_put(&piece, 1, SLOT_RAW);
    for (int i = 0; i < 50000; i++)
        slot_put(&program, 0, SLOT_TEXT);
    const struct template_value_def two[] = {{.name = "@subject", .composite = piece.data},
                                             {.name = "attr.city"}};
    struct template_source source = {.subject = "s",
                                     .marked = program.data,
                                     .len = program.len,
                                     .values = two,
                                     .value_count = 2};
    assert_ok(template_build(&source, &t, &err), &err);
    struct addr to = fixture_addr("asha@example.org");
    struct template_input input = fixture_input(&to, "");
    assert_int_equal(template_render(t, &input, &out, &err), -1);
    assert_contains(err.msg, "never ends");
    template_free(&t);
    buf_deinit(&piece);
    buf_deinit(&program);
    buf_deinit(&out);
}

// --- blobs ---------------------------------------------------------------------------------------

static struct template *rich(void)
{
    return template_of(
        "Date: {8R}\r\nTo: {0I}{0P}{0F}<{6R}>\r\nSubject: {5H}\r\n"
        "List-Unsubscribe: <https://x/u/{7R}>\r\n\r\n"
        "{3I}in =\r\n{3t}{3E}no{0I}body{0E}thing{0F}{3F}=\r\n{2h}{1a}{4u}{4l}{4U}{3W}{4L}{3F}\r\n");
}

static void comes_back_from_its_blob(void **state)
{
    (void)state;
    struct err err;
    struct template *t = rich(), *again;
    unsigned char a[HASH_SIZE], b[HASH_SIZE];
    size_t len;
    const void *blob = template_blob(t, &len);
    assert_ok(template_load(blob, len, &again, &err), &err);
    template_hash(t, a);
    template_hash(again, b);
    assert_memory_equal(a, b, HASH_SIZE);
    char *x = rendered(t, "Asha", "Ulm"), *y = rendered(again, "Asha", "Ulm");
    assert_string_equal(x, y);
    free(x);
    free(y);
    template_free(&t);
    template_free(&again);
}

static void no_part_of_a_blob_is_one(void **state)
{
    (void)state;
    struct template *t = rich(), *part;
    size_t len;
    const char *blob = template_blob(t, &len);
    for (size_t n = 0; n < len; n++) {
        struct err err;
        char *cut = mem_new(n + 1, 1); // on the heap, so that reading past its end is seen
        memcpy(cut, blob, n);
        assert_int_equal(template_load(cut, n, &part, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
        free(cut);
    }
    char *more = mem_new(len + 1, 1);
    struct err err;
    memcpy(more, blob, len);
    assert_int_equal(template_load(more, len + 1, &part, &err), -1);
    free(more);
    template_free(&t);
}

static void check_wire(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        assert_true(c <= 126 && (c >= 32 || c == '\t' || c == '\r' || c == '\n'));
        assert_true(c != '\n' || (i > 0 && p[i - 1] == '\r'));
        assert_true(c != '\r' || (i + 1 < len && p[i + 1] == '\n'));
    }
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

static void mutate(char *blob, size_t *len, unsigned *seed)
{
    for (unsigned n = 1 + next_random(seed) % 4; n > 0; n--) {
        size_t at = next_random(seed) % *len;
        switch (next_random(seed) % 4) {
        case 0:
            blob[at] = (char)next_random(seed);
            break;
        case 1:
            blob[at] = (char)(blob[at] ^ 1 << next_random(seed) % 8);
            break;
        case 2:
            blob[at] = (char)(next_random(seed) % 16);
            break;
        default:
            memmove(blob + at, blob + at + 1, *len - at - 1);
            *len -= *len > 1;
        }
    }
}

static void survives_mutated_blobs(void **state)
{
    (void)state;
    struct template *t = rich();
    size_t len, loaded = 0, sent = 0;
    const char *blob = template_blob(t, &len);
    struct addr to = fixture_addr("asha@example.org");
    const char *attributes[] = {"city", "Zo\xc3\xab & \"co\"", NULL};
    unsigned seed = 20261127;
    for (int round = 0; round < 20000; round++) {
        struct err err;
        struct template *other;
        struct buf out;
        size_t n = len;
        char *bad = mem_new(len, 1);
        memcpy(bad, blob, len);
        mutate(bad, &n, &seed);
        buf_init(&out, 1 << 20);
        if (template_load(bad, n, &other, &err) == 0) {
            struct template_input input = fixture_input(&to, round % 2 ? "Asha Rao" : "");
            input.arg = attributes;
            loaded++;
            if (template_render(other, &input, &out, &err) == 0) {
                sent++;
                check_wire(out.data, out.len);
            }
            template_free(&other);
        }
        buf_deinit(&out);
        free(bad);
    }
    assert_true(loaded > 1000 && sent > 500); // else the mutations prove nothing
    template_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_the_program),
        cmocka_unit_test(says_which_values_it_uses),
        cmocka_unit_test(says_which_values_are_empty),
        cmocka_unit_test(refuses_broken_programs),
        cmocka_unit_test(refuses_composites_of_composites),
        cmocka_unit_test(ends_in_time_whatever_the_program),
        cmocka_unit_test(comes_back_from_its_blob),
        cmocka_unit_test(no_part_of_a_blob_is_one),
        cmocka_unit_test(survives_mutated_blobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
