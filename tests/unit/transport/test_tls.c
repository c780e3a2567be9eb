#include "fake.h"

#include "base/file.h"
#include "transport/session.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define GREET                                           \
    {                                                   \
        NULL, "220 relay.example ESMTP\r\n", FAKE_GO_ON \
    }
#define PASSWORD "s3cret-Pa55"

static char folder[64], ca_file[96];
static SSL_CTX *good, *other_name;

// A certificate that signs itself, for one name.
static SSL_CTX *make_server(const char *alt_name, const char *pem_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    assert_non_null(key);
    assert_non_null(x);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"relay", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    const char *const extensions[][2] = {{"subjectAltName", alt_name},
                                         {"basicConstraints", "critical,CA:TRUE"}};
    for (size_t i = 0; i < COUNT_OF(extensions); i++) {
        X509_EXTENSION *e = X509V3_EXT_conf(NULL, &ctx, extensions[i][0], extensions[i][1]);
        assert_non_null(e);
        X509_add_ext(x, e, -1);
        X509_EXTENSION_free(e);
    }
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(pem_path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    assert_int_equal(fclose(f), 0);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(tls, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
    X509_free(x);
    EVP_PKEY_free(key);
    return tls;
}

static int make_servers(void **state)
{
    (void)state;
    char other[96];
    snprintf(folder, sizeof folder, "/tmp/hearten-tls.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", folder);
    snprintf(other, sizeof other, "%s/other.pem", folder);
    good = make_server("IP:127.0.0.1", ca_file);
    other_name = make_server("DNS:elsewhere.example", other);
    return 0;
}

static int drop_servers(void **state)
{
    (void)state;
    char other[96];
    snprintf(other, sizeof other, "%s/other.pem", folder);
    SSL_CTX_free(good);
    SSL_CTX_free(other_name);
    unlink(other);
    unlink(ca_file);
    return rmdir(folder);
}

struct client {
    struct session *session;
    int opened, failed, readable, writable;
    struct reply reply;
    struct err err, io;
    struct buf got;
    ssize_t last;
};

static void on_opened(void *arg)
{
    ((struct client *)arg)->opened++;
}

static void on_failed(void *arg, const struct reply *reply, const struct err *err)
{
    struct client *c = arg;
    c->failed++;
    c->reply = *reply;
    c->err = *err;
}

// One small piece for each event: the rest of a TLS record is where epoll does not see it.
static void on_readable(void *arg)
{
    struct client *c = arg;
    char data[100];
    c->readable++;
    c->last = session_read(c->session, data, sizeof data, &c->io);
    if (c->last > 0)
        buf_add(&c->got, data, (size_t)c->last);
}

static void on_writable(void *arg)
{
    ((struct client *)arg)->writable++;
}

struct setup {
    struct loop *loop;
    struct transport *transport;
    struct fake fake;
    char url[64];
    struct relay_settings relay;
    struct client c;
};

struct tls_case {
    const char *name;
    struct fake_step script[FAKE_MOST_STEPS];
    bool smtps, other, untrusted, login;
    enum relay_tls tls;
    bool opens;
    bool pipelining; // what must be left of the offers
    int code;
    enum err_kind kind;
    const char *say;
};

#define EHLO_TLS                                                                         \
    {                                                                                    \
        "EHLO", "250-relay\r\n250-PIPELINING\r\n250-DSN\r\n250 STARTTLS\r\n", FAKE_GO_ON \
    }

static const struct tls_case cases[] = {
    {.name = "TL-03 STARTTLS",
     .script = {GREET,
                EHLO_TLS,
                {"STARTTLS", "220 go\r\n", FAKE_TLS},
                {"EHLO sender.example", "250-relay\r\n250 PIPELINING\r\n", 0}},
     .opens = true,
     .pipelining = true},
    {.name = "TL-01 only the EHLO inside TLS counts",
     .script =
         {GREET, EHLO_TLS, {"STARTTLS", "220 go\r\n", FAKE_TLS}, {"EHLO", "250 relay\r\n", 0}},
     .opens = true},
    {.name = "TL-03 smtps",
     .script = {GREET, {"EHLO", "250-relay\r\n250 PIPELINING\r\n", 0}},
     .smtps = true,
     .opens = true,
     .pipelining = true},
    {.name = "TL-08 log-in inside TLS, offered only there",
     .script = {GREET,
                EHLO_TLS,
                {"STARTTLS", "220 go\r\n", FAKE_TLS},
                {"EHLO", "250-relay\r\n250 AUTH PLAIN\r\n", 0},
                {"AUTH PLAIN", "334 \r\n", 0},
                {"AGFubgBzM2NyZXQtUGE1NQ==", "235 2.7.0 welcome\r\n", 0}},
     .login = true,
     .opens = true},
    {.name = "TL-01 a log-in offered before TLS only",
     .script = {GREET,
                {"EHLO", "250-relay\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", 0},
                {"STARTTLS", "220 go\r\n", FAKE_TLS},
                {"EHLO", "250 relay\r\n", 0}},
     .login = true,
     .kind = ERR_CONFIG,
     .say = "offers no way to log in"},
    {.name = "TL-03 a certificate for another name",
     .script = {GREET, EHLO_TLS, {"STARTTLS", "220 go\r\n", FAKE_TLS}},
     .other = true,
     .kind = ERR_CONFIG,
     .say = "certificate that cannot be trusted"},
    {.name = "TL-03 a certificate for another name, smtps",
     .script = {GREET},
     .smtps = true,
     .other = true,
     .kind = ERR_CONFIG,
     .say = "certificate that cannot be trusted"},
    {.name = "TL-03 a certificate nobody signed",
     .script = {GREET, EHLO_TLS, {"STARTTLS", "220 go\r\n", FAKE_TLS}},
     .untrusted = true,
     .kind = ERR_CONFIG,
     .say = "certificate that cannot be trusted"},
    {.name = "opportunistic: verified too",
     .script = {GREET, EHLO_TLS, {"STARTTLS", "220 go\r\n", FAKE_TLS}},
     .untrusted = true,
     .tls = RELAY_TLS_OPPORTUNISTIC,
     .kind = ERR_CONFIG,
     .say = "certificate"},
    {.name = "opportunistic: STARTTLS refused",
     .script = {GREET, EHLO_TLS, {"STARTTLS", "454 4.7.0 not now\r\n", 0}},
     .tls = RELAY_TLS_OPPORTUNISTIC,
     .opens = true,
     .pipelining = true},
    {.name = "opportunistic: not offered",
     .script = {GREET, {"EHLO", "250-relay\r\n250 PIPELINING\r\n", 0}},
     .tls = RELAY_TLS_OPPORTUNISTIC,
     .opens = true,
     .pipelining = true},
    {.name = "none: offered, not used",
     .script = {GREET, EHLO_TLS},
     .tls = RELAY_TLS_NONE,
     .opens = true,
     .pipelining = true},
    {.name = "smtps spoken to a plain relay",
     .script = {GREET},
     .smtps = true,
     .tls = RELAY_TLS_NONE,
     .other = false,
     .kind = ERR_UNAVAILABLE,
     .say = "cannot be used"},
};

static void setup_open(struct setup *s, const struct tls_case *row)
{
    memset(s, 0, sizeof *s);
    s->loop = loop_new();
    s->transport = transport_new(s->loop);
    fake_open(&s->fake, s->loop, row->script);
    s->fake.tls = row->other ? other_name : good;
    s->fake.implicit_tls = row->smtps && row->tls != RELAY_TLS_NONE;
    snprintf(s->url, sizeof s->url, "%s://127.0.0.1:%d", row->smtps ? "smtps" : "smtp",
             s->fake.port);
    s->relay = (struct relay_settings){.name = "main",
                                       .url = s->url,
                                       .host = "127.0.0.1",
                                       .tls = row->tls,
                                       .ca_file = row->untrusted ? NULL : ca_file,
                                       .ehlo_name = "sender.example",
                                       .connect_timeout_ms = 600000};
    if (row->login) {
        s->relay.username = "ann";
        s->relay.password = PASSWORD;
    }
    buf_init(&s->c.got, BUF_MAX_DEFAULT);
    const struct session_events events = {on_opened, on_failed, on_readable, on_writable, &s->c};
    s->c.session = session_open(s->transport, &s->relay, &events);
    while (s->c.opened + s->c.failed == 0)
        loop_turn(s->loop, -1);
}

static void setup_close(struct setup *s)
{
    session_close(&s->c.session);
    buf_deinit(&s->c.got);
    fake_close(&s->fake);
    transport_free(&s->transport);
    loop_free(&s->loop);
}

static void test_tls(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct tls_case *row = &cases[i];
        struct setup s;
        setup_open(&s, row);
        struct client *c = &s.c;
        assert_lacks(c->err.msg, PASSWORD);
        if (!row->opens) {
            if (c->opened || c->err.kind != row->kind || c->reply.code != row->code ||
                !strstr(c->err.msg, row->say))
                fail_msg("%s: opened %d, kind %d: %s", row->name, c->opened, (int)c->err.kind,
                         c->err.msg);
            setup_close(&s);
            continue;
        }
        if (!c->opened)
            fail_msg("%s: %s", row->name, c->err.msg);
        const struct session_offers *offers = session_offers(c->session);
        if (offers->pipelining != row->pipelining)
            fail_msg("%s: the offers are not those of the last EHLO", row->name);
        assert_int_equal(session_write(c->session, "NOOP\r\n", 6, &c->io), 6);
        while (!strstr(s.fake.heard.data, "NOOP\r\n"))
            loop_turn(s.loop, -1);
        assert_int_equal(fake_put(&s.fake.conn[0], "250 ok\r\n", 8), 8);
        while (c->got.len < 8)
            loop_turn(s.loop, -1);
        setup_close(&s);
    }
}

// Replies inside one TLS record, of which each event takes a piece.
static void test_bytes_that_epoll_does_not_see(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s, &cases[0]);
    assert_int_equal(s.c.opened, 1);
    static char data[16000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)('a' + i % 23);
    assert_int_equal(fake_put(&s.fake.conn[0], data, sizeof data), sizeof data);
    while (s.c.got.len < sizeof data)
        loop_turn(s.loop, -1);
    assert_memory_equal(s.c.got.data, data, sizeof data);
    while (s.c.last != 0)
        loop_turn(s.loop, -1);
    int events = s.c.readable; // drained: nothing fires any more
    for (int i = 0; i < 5; i++)
        loop_turn(s.loop, 1);
    assert_int_equal(s.c.readable, events);
    setup_close(&s);
}

static void test_back_pressure(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s, &cases[0]);
    assert_int_equal(s.c.opened, 1);
    buf_reset(&s.fake.heard);
    s.fake.deaf = true;
    const size_t total = (size_t)12 << 20;
    char *data = mem_new(total, 1);
    for (size_t i = 0; i < total; i++)
        data[i] = (char)(i * 2654435761u >> 13);
    size_t done = 0;
    ssize_t n;
    while ((n = session_write(s.c.session, data + done, total - done, &s.c.io)) > 0)
        done += (size_t)n;
    assert_int_equal(n, 0);
    assert_true(done < total);
    loop_turn(s.loop, 1);
    s.fake.deaf = false;
    loop_rewatch(s.loop, s.fake.conn[0].watch, LOOP_READ);
    while (done < total) {
        int before = s.c.writable;
        while (s.c.writable == before)
            loop_turn(s.loop, -1);
        n = session_write(s.c.session, data + done, total - done, &s.c.io);
        assert_true(n >= 0);
        done += (size_t)n;
    }
    while (s.fake.heard.len < total)
        loop_turn(s.loop, -1);
    assert_memory_equal(s.fake.heard.data, data, total);
    free(data);
    setup_close(&s);
}

// 4.8: TLS closed without its own farewell.
static void test_close_without_notify(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        struct setup s;
        setup_open(&s, &cases[0]);
        assert_int_equal(s.c.opened, 1);
        s.fake.conn[0].reset = reset;
        fake_drop(&s.fake.conn[0]);
        while (s.c.last >= 0)
            loop_turn(s.loop, -1);
        assert_int_equal(s.c.io.kind, ERR_UNAVAILABLE);
        char byte = 'x';
        assert_int_equal(session_write(s.c.session, &byte, 1, &s.c.io), -1);
        setup_close(&s);
    }
}

static void test_writing_to_nobody(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s, &cases[0]);
    s.fake.conn[0].reset = true;
    fake_drop(&s.fake.conn[0]);
    char data[4096] = {0};
    ssize_t n = 0;
    for (int i = 0; i < 10 && n >= 0; i++)
        n = session_write(s.c.session, data, sizeof data, &s.c.io);
    assert_int_equal(n, -1);
    setup_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_bytes_that_epoll_does_not_see),
        cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_close_without_notify),
        cmocka_unit_test(test_writing_to_nobody),
    };
    return cmocka_run_group_tests(tests, make_servers, drop_servers);
}
