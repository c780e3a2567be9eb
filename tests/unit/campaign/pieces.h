// Templates written readably, "{3t}" for a slot, and what they say to a reader.
#ifndef TESTS_UNIT_CAMPAIGN_PIECES_H
#define TESTS_UNIT_CAMPAIGN_PIECES_H

#include "campaign/program.h"
#include "fixture.h"
#include "mime/qp.h"

// The values that the messages use; the index is the slot's number.
enum {
    NAME,
    FIRST,
    FRIEND,
    CITY,
    LINK,
    SUBJECT,
    TO,
    TOKEN,
    DATE,
    MARK
};

static const struct template_value_def pieces_values[] = {
    [NAME] = {.name = "name"},
    [FIRST] = {.name = "first_name"},
    [FRIEND] = {.name = "first_name", .fallback = "friend"},
    [CITY] = {.name = "attr.city"},
    [LINK] = {.name = "unsubscribe_url",
              .composite = "https://x.example/u/\x01"
                           "7R\x02",
              .is_url = true},
    [SUBJECT] = {.name = "@subject",
                 .composite = "\x01"
                              "9R\x02"
                              "Dear \x01"
                              "2R\x02, rest"},
    [TO] = {.name = "@to"},
    [TOKEN] = {.name = "@token"},
    [DATE] = {.name = "@date"},
    [MARK] = {.name = "@mark"},
};

static inline struct template *built(const char *marked, size_t len)
{
    struct err err;
    struct template *t;
    struct template_source source = {.subject = "Dear friend, rest",
                                     .marked = marked,
                                     .len = len,
                                     .values = pieces_values,
                                     .value_count = COUNT_OF(pieces_values)};
    assert_ok(template_build(&source, &t, &err), &err);
    return t;
}

// Puts the slots {NUMBER LETTER} of a readable text as markers.
static inline struct buf marked(const char *text)
{
    struct buf out;
    buf_init(&out, BUF_MAX_DEFAULT);
    for (; *text; text++)
        buf_addc(&out, *text == '{' ? SLOT_OPEN : *text == '}' ? SLOT_CLOSE : *text);
    return out;
}

static inline struct template *template_of(const char *text)
{
    struct buf m = marked(text);
    struct template *t = built(m.data, m.len);
    buf_deinit(&m);
    return t;
}

// The body of a part: quoted-printable around the slots, as the compiler does it.
static inline struct template *part_of(const char *text)
{
    struct buf m = marked(text), encoded;
    buf_init(&encoded, BUF_MAX_DEFAULT);
    qp_encode(m.data, m.len, &encoded);
    struct template *t = built(encoded.data, encoded.len);
    buf_deinit(&m);
    buf_deinit(&encoded);
    return t;
}

static inline char *rendered(const struct template *t, const char *name, const char *city)
{
    struct err err;
    struct buf out;
    struct addr to = fixture_addr("asha@example.org");
    const char *attributes[] = {"city", city, NULL};
    struct template_input input = fixture_input(&to, name);
    input.arg = attributes;
    buf_init(&out, BUF_MAX_DEFAULT);
    assert_ok(template_render(t, &input, &out, &err), &err);
    return buf_take(&out);
}

#endif
