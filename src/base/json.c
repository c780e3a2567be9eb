#include "base/json.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  ((size_t)1 << 20)
#define DEPTH_MAX 64

// struct json is jansson's json_t under another name; only this file knows.
static json_t *in(struct json *json)
{
    return (json_t *)(void *)json;
}

static const json_t *in_const(const struct json *json)
{
    return (const json_t *)(const void *)json;
}

static struct json *out(json_t *json)
{
    return (struct json *)(void *)json;
}

// jansson fails here only without memory (which mem ends) or when we misuse it.
static json_t *checked(json_t *json)
{
    if (!json)
        mem_new((size_t)-1, 1);
    return json;
}

static void must(int rc)
{
    if (rc != 0)
        abort();
}

// text with U+FFFD for each invalid byte.
static void add_valid(const char *text, struct buf *valid)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int n = utf8_next(text + i, len - i, &cp);
        if (n)
            buf_add(valid, text + i, (size_t)n);
        else
            buf_adds(valid, "\xef\xbf\xbd");
        i += n ? (size_t)n : 1;
    }
}

static json_t *text_value(const char *text)
{
    if (!text)
        return json_null();
    size_t len = strlen(text);
    if (utf8_first_bad(text, len) == len)
        return checked(json_stringn_nocheck(text, len));
    struct buf valid;
    buf_init(&valid, 3 * len);
    add_valid(text, &valid);
    json_t *value = checked(json_stringn_nocheck(valid.data, valid.len));
    buf_deinit(&valid);
    return value;
}

static void put(struct json *map, const char *name, json_t *value)
{
    struct buf valid;
    buf_init(&valid, 3 * strlen(name));
    add_valid(name, &valid);
    must(json_object_set_new_nocheck(in(map), valid.data, value));
    buf_deinit(&valid);
}

struct json *json_map(void)
{
    return out(checked(json_object()));
}

struct json *json_list(void)
{
    return out(checked(json_array()));
}

void json_drop(struct json **json)
{
    if (*json)
        json_decref(in(*json));
    *json = NULL;
}

void json_put_text(struct json *map, const char *name, const char *text)
{
    put(map, name, text_value(text));
}

void json_put_number(struct json *map, const char *name, int64_t value)
{
    put(map, name, checked(json_integer((json_int_t)value)));
}

void json_put_bool(struct json *map, const char *name, bool value)
{
    put(map, name, value ? json_true() : json_false());
}

void json_put(struct json *map, const char *name, struct json *child)
{
    put(map, name, in(child));
}

void json_push(struct json *list, struct json *child)
{
    must(json_array_append_new(in(list), in(child)));
}

void json_push_text(struct json *list, const char *text)
{
    must(json_array_append_new(in(list), text_value(text)));
}

static int add_piece(const char *text, size_t len, void *arg)
{
    buf_add(arg, text, len);
    return 0;
}

void json_write(const struct json *json, struct buf *text)
{
    must(json_dump_callback(in_const(json), add_piece, text, JSON_COMPACT | JSON_ENCODE_ANY));
}

static int depth_of(const char *text, size_t len)
{
    int depth = 0, most = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"') {
            for (i++; i < len && text[i] != '"'; i++)
                i += text[i] == '\\';
        } else if (text[i] == '[' || text[i] == '{') {
            most = ++depth > most ? depth : most;
        } else if (text[i] == ']' || text[i] == '}') {
            depth--;
        }
    }
    return most;
}

int json_read(const char *text, size_t len, struct json **result, struct err *err)
{
    json_error_t why;
    *result = NULL;
    if (len > TEXT_MAX || depth_of(text, len) > DEPTH_MAX)
        return err_set(err, ERR_INPUT, "the JSON text is too large or too deep");
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!value)
        return err_set(err, ERR_INPUT, "not JSON (line %d, column %d): %s", why.line, why.column,
                       why.text);
    *result = out(value);
    return 0;
}

const struct json *json_get(const struct json *map, const char *name)
{
    return (const struct json *)(const void *)json_object_get(in_const(map), name);
}

const char *json_text(const struct json *json)
{
    return json ? json_string_value(in_const(json)) : NULL;
}

int64_t json_number(const struct json *json)
{
    return json ? (int64_t)json_integer_value(in_const(json)) : 0;
}

size_t json_count(const struct json *json)
{
    const json_t *value = in_const(json);
    return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

void json_each(const struct json *map,
               void (*each)(void *arg, const char *name, const struct json *value), void *arg)
{
    json_t *object;
    memcpy(&object, &map, sizeof object); // jansson's iterators want it writable and do not write
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) each(arg, name, out(value));
}
