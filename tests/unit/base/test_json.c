#include "unit.h"

#include "base/json.h"

static void expect(struct json *json, const char *want)
{
    struct buf out;
    buf_init(&out, 10000);
    json_write(json, &out);
    assert_string_equal(out.data, want);
    buf_deinit(&out);
    json_drop(&json);
}

static struct json *read_text(const char *text)
{
    struct json *json;
    struct err err;
    assert_ok(json_read(text, strlen(text), &json, &err), &err);
    return json;
}

static void test_members_keep_their_order(void **state)
{
    (void)state;
    struct json *map = json_map(), *list = json_list();
    json_put_text(map, "z", "last letter");
    json_put_number(map, "a", INT64_MIN);
    json_put_bool(map, "m", true);
    json_put_bool(map, "n", false);
    json_put_text(map, "none", NULL);
    json_push_text(list, "one");
    json_push_text(list, NULL);
    json_push(list, json_map());
    json_push(list, json_list());
    json_put(map, "list", list);
    json_put_number(map, "a", INT64_MAX); // put again: the new value
    expect(map, "{\"z\":\"last letter\",\"a\":9223372036854775807,\"m\":true,\"n\":false,"
                "\"none\":null,\"list\":[\"one\",null,{},[]]}");
    json_drop(&(struct json *){NULL});
}

static void test_text_is_escaped_and_stays_on_one_line(void **state)
{
    (void)state;
    struct json *map = json_map();
    json_put_text(map, "q\"", "a\"b\\c\n\r\t\x01/\xc3\xa9\xf0\x9f\x8c\xbb");
    expect(map, "{\"q\\\"\":\"a\\\"b\\\\c\\n\\r\\t\\u0001/\xc3\xa9\xf0\x9f\x8c\xbb\"}");
}

// A name that is not UTF-8 once lost its member without a word.
static void test_invalid_bytes_are_replaced(void **state)
{
    (void)state;
    struct json *map = json_map(), *list = json_list();
    json_put_text(map,
                  "Gr\xf6\xdf"
                  "e",
                  "M\xfc"
                  "ller \xe2\x82");
    json_push_text(list, "\xff");
    json_put(map, "\xff", list);
    expect(map, "{\"Gr\xef\xbf\xbd\xef\xbf\xbd"
                "e\":\"M\xef\xbf\xbdller \xef\xbf\xbd\xef\xbf\xbd\","
                "\"\xef\xbf\xbd\":[\"\xef\xbf\xbd\"]}");
}

static void test_reading_back(void **state)
{
    (void)state;
    struct json *json = read_text(" {\"name\": \"Ann\\u00e9\", \"n\": -7, \"list\": [1, 2, 3], "
                                  "\"map\": {\"a\": null}, \"half\": 0.5, \"yes\": true} ");
    assert_int_equal(json_count(json), 6);
    assert_string_equal(json_text(json_get(json, "name")), "Ann\xc3\xa9");
    assert_int_equal(json_number(json_get(json, "n")), -7);
    assert_int_equal(json_count(json_get(json, "list")), 3);
    assert_int_equal(json_count(json_get(json, "map")), 1);
    assert_null(json_text(json_get(json, "n")));
    assert_null(json_text(json_get(json_get(json, "map"), "a")));
    assert_null(json_get(json, "absent"));
    assert_null(json_get(json_get(json, "n"), "x"));
    assert_null(json_text(NULL));
    assert_int_equal(json_number(NULL), 0);
    assert_int_equal(json_number(json_get(json, "name")), 0);
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_count(json_get(json, "name")), 0);
    json_drop(&json);
    assert_null(json);
    expect(read_text("\"alone\""), "\"alone\"");
}

static void note(void *arg, const char *name, const struct json *value)
{
    buf_addf(arg, "%s=%s;", name, json_text(value) ? json_text(value) : "?");
}

static void test_each_goes_in_order(void **state)
{
    (void)state;
    struct json *json = read_text("{\"b\":\"1\",\"a\":\"2\",\"c\":3}");
    struct buf seen;
    buf_init(&seen, 100);
    json_each(json, note, &seen);
    assert_string_equal(seen.data, "b=1;a=2;c=?;");
    buf_deinit(&seen);
    json_drop(&json);
}

static void test_what_is_no_json(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "{\"a\":1,}",
                                      "{'a':1}",
                                      "[1 2]",
                                      "{} x",
                                      "nul",
                                      "{\"a\":1,\"a\":2}",
                                      "\"\xff\"",
                                      "\"a\nb\"",
                                      "\"\\u0000\"",
                                      "{\"\\u0000\":1}",
                                      "[1e999]",
                                      "01"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct json *json = (struct json *)1;
        struct err err;
        if (json_read(bad[i], strlen(bad[i]), &json, &err) == 0)
            fail_msg("'%s' was read", bad[i]);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_null(json);
        assert_null(strpbrk(err.msg, "\r\n"));
    }
}

static void test_size_and_depth_have_ceilings(void **state)
{
    (void)state;
    static const struct {
        const char *open, *close;
        int depth, rc;
    } rows[] = {{"[", "]", 64, 0},
                {"[", "]", 65, -1},
                {"{\"a\":", "}", 64, 0},
                {"{\"a\":", "}", 65, -1},
                {"[", "]", 400000, -1}};
    struct json *json;
    struct err err;
    struct buf text;
    buf_init(&text, 4 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_reset(&text);
        for (int d = 0; d < rows[i].depth; d++)
            buf_adds(&text, rows[i].open);
        buf_adds(&text, rows[i].open[0] == '{' ? "1" : "");
        for (int d = 0; d < rows[i].depth; d++)
            buf_adds(&text, rows[i].close);
        assert_int_equal(json_read(text.data, text.len, &json, &err), rows[i].rc);
        json_drop(&json);
    }
    buf_reset(&text);
    buf_adds(&text, "\"[[[\\\"[[[");
    while (text.len < (1 << 20) - 1)
        buf_addc(&text, '['); // brackets in a string are no depth
    buf_addc(&text, '"');
    assert_ok(json_read(text.data, text.len, &json, &err), &err);
    json_drop(&json);
    buf_addc(&text, ' ');
    assert_int_equal(json_read(text.data, text.len, &json, &err), -1);
    buf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_keep_their_order),
        cmocka_unit_test(test_text_is_escaped_and_stays_on_one_line),
        cmocka_unit_test(test_invalid_bytes_are_replaced),
        cmocka_unit_test(test_reading_back),
        cmocka_unit_test(test_each_goes_in_order),
        cmocka_unit_test(test_what_is_no_json),
        cmocka_unit_test(test_size_and_depth_have_ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
