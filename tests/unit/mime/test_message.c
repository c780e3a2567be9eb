#include "unit.h"

#include "mime/message.h"
#include "mime/qp.h"

static struct message *alternative(const char *plain, const char *html)
{
    static const char *const types[] = {"text/plain", "text/html"};
    const char *bodies[] = {plain, html};
    struct message *whole = message_multipart("multipart/alternative");
    for (size_t i = 0; i < 2; i++) {
        struct buf encoded;
        buf_init(&encoded, BUF_MAX_DEFAULT);
        qp_encode(bodies[i], strlen(bodies[i]), &encoded);
        message_add(whole, message_text(types[i], encoded.data, encoded.len));
        buf_deinit(&encoded);
    }
    return whole;
}

static char *written(const char *plain, const char *html)
{
    struct err err;
    struct buf out;
    struct message *m = alternative(plain, html);
    buf_init(&out, BUF_MAX_DEFAULT);
    assert_ok(message_write(m, &out, &err), &err);
    message_free(&m);
    assert_null(m);
    return buf_take(&out);
}

static void writes_what_the_standards_ask(void **state)
{
    (void)state;
    char *got = written("Hello\n.\n", "<p>Hello</p>\n");
    char *open = strstr(got, "boundary=\"");
    assert_non_null(open);
    char *name = mem_strndup(open + 10, strcspn(open + 10, "\""));
    struct buf want;
    buf_init(&want, BUF_MAX_DEFAULT);
    buf_addf(&want,
             "MIME-Version: 1.0\r\n"
             "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n"
             "--%s\r\n"
             "Content-Type: text/plain; charset=\"utf-8\"\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
             "Hello\r\n=2E\r\n\r\n"
             "--%s\r\n"
             "Content-Type: text/html; charset=\"utf-8\"\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
             "<p>Hello</p>\r\n\r\n"
             "--%s--\r\n",
             name, name, name, name);
    assert_string_equal(got, want.data); // MS-01, MS-07, MM-10
    assert_contains(name, "=_");         // MS-05
    assert_true(strlen(name) <= 70);
    free(name);
    free(got);
    buf_deinit(&want);
}

static void same_parts_same_bytes(void **state)
{
    (void)state;
    char *a = written("one\n", "<p>one</p>\n"), *b = written("one\n", "<p>one</p>\n");
    char *c = written("two\n", "<p>one</p>\n");
    assert_string_equal(a, b);
    assert_memory_not_equal(strstr(a, "boundary"), strstr(c, "boundary"), 30);
    free(a);
    free(b);
    free(c);
}

static void reads_its_own_messages(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain\n",
        "Zo\xc3\xab = \xe2\x80\x9cquiet\xe2\x80\x9d \n.\n\n\nFrom here on\n",
        "--\n--=_\n--=_aaaaaaaaaaaaaaaaaaaa\n",
        "a line that is far longer than the seventy-six octets which quoted-printable allows for "
        "one\nend\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) { // MS-16
        struct err err;
        struct buf part, message;
        char *got = written(texts[i], "<p>other</p>\n");
        buf_init(&message, BUF_MAX_DEFAULT);
        buf_init(&part, BUF_MAX_DEFAULT);
        buf_addf(&message, "From: a@example.org\r\nSubject: x\r\n%s", got);
        assert_ok(message_read(message.data, message.len, "text/plain", &part, &err), &err);
        assert_string_equal(part.data, texts[i]);
        buf_reset(&part);
        assert_ok(message_read(message.data, message.len, "text/html", &part, &err), &err);
        assert_string_equal(part.data, "<p>other</p>\n");
        free(got);
        buf_deinit(&part);
        buf_deinit(&message);
    }
}

static void says_what_is_not_there(void **state)
{
    (void)state;
    static const char *const messages[] = {"", "Subject: x\r\n\r\nhello\r\n",
                                           "Content-Type: multipart/mixed\r\n\r\nhello\r\n"};
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        struct err err;
        struct buf part;
        buf_init(&part, BUF_MAX_DEFAULT);
        assert_int_equal(message_read(messages[i], strlen(messages[i]), "text/html", &part, &err),
                         -1);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_contains(err.msg, "text/html");
        buf_deinit(&part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_the_standards_ask),
        cmocka_unit_test(same_parts_same_bytes),
        cmocka_unit_test(reads_its_own_messages),
        cmocka_unit_test(says_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
