#include "fake.h"

#include "base/clock.h"
#include "transport/session.h"

#define GREET                                           \
    {                                                   \
        NULL, "220 relay.example ESMTP\r\n", FAKE_GO_ON \
    }
#define PASSWORD "s3cret-Pa55"

struct client {
    struct session *session;
    struct loop *loop;
    int opened, failed, readable, writable;
    struct reply reply;
    struct err err, io;
    struct buf got;
    ssize_t last; // what the last session_read returned
    bool close_in_opened, close_in_failed, close_in_readable, close_in_writable, lazy;
};

static void on_opened(void *arg)
{
    struct client *c = arg;
    c->opened++;
    if (c->close_in_opened)
        session_close(&c->session);
}

static void on_failed(void *arg, const struct reply *reply, const struct err *err)
{
    struct client *c = arg;
    c->failed++;
    c->reply = *reply;
    c->err = *err;
    if (c->close_in_failed)
        session_close(&c->session);
}

static void on_readable(void *arg)
{
    struct client *c = arg;
    c->readable++;
    if (c->close_in_readable) {
        session_close(&c->session);
        return;
    }
    char data[16]; // small: many reads for one event
    do {
        c->last = session_read(c->session, data, sizeof data, &c->io);
        if (c->last > 0)
            buf_add(&c->got, data, (size_t)c->last);
    } while (c->last > 0 && !c->lazy);
}

static void on_writable(void *arg)
{
    struct client *c = arg;
    c->writable++;
    if (c->close_in_writable)
        session_close(&c->session);
}

static void client_open(struct client *c, struct transport *t, struct loop *loop,
                        const struct relay_settings *relay)
{
    c->loop = loop;
    buf_init(&c->got, BUF_MAX_DEFAULT);
    const struct session_events events = {on_opened, on_failed, on_readable, on_writable, c};
    c->session = session_open(t, relay, &events);
    assert_non_null(c->session);
    assert_int_equal(c->opened + c->failed, 0); // never before the caller has the session
}

static void client_close(struct client *c)
{
    session_close(&c->session);
    buf_deinit(&c->got);
}

static void wait_for_opening(struct client *c)
{
    while (c->opened + c->failed == 0)
        loop_turn(c->loop, -1);
}

static struct relay_settings relay_at(int port, char *url, size_t size)
{
    snprintf(url, size, "smtp://127.0.0.1:%d", port);
    return (struct relay_settings){.name = "main",
                                   .url = url,
                                   .host = "127.0.0.1",
                                   .tls = RELAY_TLS_NONE,
                                   .ehlo_name = "sender.example",
                                   .connections = 1,
                                   .connect_timeout_ms = 600000};
}

// --- sessions that open --------------------------------------------------------------------------

struct opening {
    const char *name;
    struct fake_step script[FAKE_MOST_STEPS];
    const char *disable;
    struct session_offers want;
};

static const struct opening openings[] = {
    {"plain EHLO", {GREET, {"EHLO sender.example\r\n", "250 relay.example\r\n", 0}}, NULL, {0}},
    {"all that is offered",
     {GREET,
      {"EHLO sender.example",
       "250-relay.example greets you\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-8BITMIME\r\n"
       "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-SMTPUTF8\r\n250-VRFY\r\n250 CHUNKING\r\n",
       0}},
     NULL,
     {true, true, true, true, true, true, true, 10240000}},
    {"lower case (4.8: EHLO keywords in lower case)",
     {GREET, {"EHLO", "250-relay\r\n250-pipelining\r\n250-size 7\r\n250 Chunking\r\n", 0}},
     NULL,
     {.pipelining = true, .chunking = true, .has_size = true, .size = 7}},
    {"SX-07 SIZE without a number is no limit",
     {GREET, {"EHLO", "250-relay\r\n250 SIZE\r\n", 0}},
     NULL,
     {.has_size = true}},
    {"SX-07 SIZE 0 is no limit",
     {GREET, {"EHLO", "250-relay\r\n250 SIZE 0\r\n", 0}},
     NULL,
     {.has_size = true}},
    {"SX-07 a SIZE beyond all numbers is no limit",
     {GREET, {"EHLO", "250-relay\r\n250 SIZE 99999999999999999999999\r\n", 0}},
     NULL,
     {.has_size = true}},
    {"SX-06 what is disabled is not offered",
     {GREET,
      {"EHLO", "250-relay\r\n250-PIPELINING\r\n250-SIZE 9\r\n250-DSN\r\n250 CHUNKING\r\n", 0}},
     "pipelining, CHUNKING,SIZE",
     {.dsn = true}},
    {"SX-06 only whole words are disabled",
     {GREET, {"EHLO", "250-relay\r\n250-PIPELINING\r\n250 DSN\r\n", 0}},
     "PIPE, DSNX",
     {.pipelining = true, .dsn = true}},
    {"the first line is a name, not an offer",
     {GREET, {"EHLO", "250-PIPELINING\r\n250 DSN\r\n", 0}},
     NULL,
     {.dsn = true}},
    {"a keyword that only begins like one",
     {GREET, {"EHLO", "250-relay\r\n250-PIPELININGX\r\n250 XSIZE 3\r\n", 0}},
     NULL,
     {0}},
    {"SM-02 greeting of several lines",
     {{NULL, "220-relay.example\r\n220-no spam\r\n220 PIPELINING welcome\r\n", 0},
      {"EHLO", "250-relay\r\n250 DSN\r\n", 0}},
     NULL,
     {.dsn = true}},
    {"SM-02 bare LF",
     {{NULL, "220 relay\n", 0}, {"EHLO", "250-relay\n250 DSN\n", 0}},
     NULL,
     {.dsn = true}},
    {"SM-12 EHLO 500, HELO",
     {GREET,
      {"EHLO", "500 what?\r\n", 0},
      {"HELO sender.example", "250-relay at your service\r\n250 relay\r\n", 0}},
     NULL,
     {0}},
    {"SM-12 EHLO 502 with several lines",
     {GREET, {"EHLO", "502-no\r\n502 PIPELINING no\r\n", 0}, {"HELO", "250 relay\r\n", 0}},
     NULL,
     {0}},
    {"SM-12 EHLO 504", {GREET, {"EHLO", "504 no\r\n", 0}, {"HELO", "250 relay\r\n", 0}}, NULL, {0}},
};

static void check_offers(const char *name, const struct session_offers *a,
                         const struct session_offers *b)
{
    if (a->pipelining != b->pipelining || a->eightbitmime != b->eightbitmime ||
        a->enhancedstatuscodes != b->enhancedstatuscodes || a->smtputf8 != b->smtputf8 ||
        a->dsn != b->dsn || a->chunking != b->chunking || a->has_size != b->has_size ||
        a->size != b->size)
        fail_msg("%s: the offers are not what the server said", name);
}

static void open_one(const struct opening *o, bool bytewise)
{
    struct loop *loop = loop_new();
    struct transport *t = transport_new(loop);
    struct fake f;
    char url[64];
    fake_open(&f, loop, o->script);
    f.bytewise = bytewise;
    struct relay_settings relay = relay_at(f.port, url, sizeof url);
    relay.disable = o->disable;
    struct client c = {0};
    client_open(&c, t, loop, &relay);
    wait_for_opening(&c);
    if (!c.opened)
        fail_msg("%s: %s", o->name, c.err.msg);
    check_offers(o->name, session_offers(c.session), &o->want);
    // and the session carries bytes both ways
    assert_int_equal(session_write(c.session, "QUIT\r\n", 6, &c.io), 6);
    assert_int_equal(send(f.conn[0].fd, "221 bye\r\n", 9, MSG_NOSIGNAL), 9);
    while (c.got.len < 9)
        loop_turn(loop, -1);
    assert_string_equal(c.got.data, "221 bye\r\n");
    while (!strstr(f.heard.data, "QUIT\r\n"))
        loop_turn(loop, -1);
    assert_int_equal(c.opened, 1);
    assert_int_equal(c.failed, 0);
    client_close(&c);
    fake_close(&f);
    transport_free(&t);
    loop_free(&loop);
}

static void test_openings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(openings); i++) {
        open_one(&openings[i], false);
        open_one(&openings[i], true);
    }
}

// --- sessions that do not ------------------------------------------------------------------------

struct failure {
    const char *name;
    struct fake_step script[FAKE_MOST_STEPS];
    enum relay_tls tls;
    bool login;
    int code;
    enum err_kind kind;
    const char *say;
};

static const struct failure failures[] = {
    {"SM-05 greeting 421",
     {{NULL, "421 4.7.0 too many connections\r\n", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     421,
     ERR_UNAVAILABLE,
     "421 4.7.0 too many connections"},
    {"SM-05 greeting 421, left open",
     {{NULL, "421 4.7.0 busy\r\n", 0}, {"QUIT", "221 bye\r\n", 0}},
     RELAY_TLS_NONE,
     false,
     421,
     ERR_UNAVAILABLE,
     "421 4.7.0 busy"},
    {"SM-07 greeting 554 of two lines",
     {{NULL, "554-5.7.1 no\r\n554 5.7.1 mail for you\r\n", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     554,
     ERR_UNAVAILABLE,
     "554 5.7.1 no mail for you"},
    {"closed before the greeting",
     {{NULL, "", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"reset before the greeting",
     {{NULL, "", FAKE_RESET}},
     RELAY_TLS_NONE,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"closed at EHLO",
     {GREET, {"EHLO", "", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"closed in the middle of EHLO's reply",
     {GREET, {"EHLO", "250-relay\r\n250-PIPE", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"SM-05 421 to EHLO and gone",
     {GREET, {"EHLO", "421 4.3.2 shutting down\r\n", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     421,
     ERR_UNAVAILABLE,
     "421 4.3.2 shutting down"},
    {"EHLO 500 and gone: the loss counts, not the 500",
     {GREET, {"EHLO", "500 what?\r\n", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"EHLO and HELO refused",
     {GREET, {"EHLO", "550 no\r\n", 0}, {"HELO", "550 5.7.1 really no\r\n", 0}},
     RELAY_TLS_NONE,
     false,
     550,
     ERR_UNAVAILABLE,
     "550 5.7.1 really no"},
    {"not SMTP at all",
     {{NULL, "HTTP/1.1 400 Bad Request\r\n\r\n", FAKE_CLOSE}},
     RELAY_TLS_NONE,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"TL-02 STARTTLS required, not offered",
     {GREET, {"EHLO", "250-relay\r\n250 PIPELINING\r\n", 0}},
     RELAY_TLS_REQUIRED,
     false,
     0,
     ERR_CONFIG,
     "does not offer STARTTLS"},
    {"TL-02 STARTTLS 454",
     {GREET,
      {"EHLO", "250-relay\r\n250 STARTTLS\r\n", 0},
      {"STARTTLS", "454 4.7.0 not now\r\n", 0}},
     RELAY_TLS_REQUIRED,
     false,
     454,
     ERR_UNAVAILABLE,
     "454 4.7.0 not now"},
    {"TL-02 and no log-in without TLS",
     {GREET, {"EHLO", "250-relay\r\n250 AUTH PLAIN\r\n", 0}},
     RELAY_TLS_REQUIRED,
     true,
     0,
     ERR_CONFIG,
     "does not offer STARTTLS"},
    {"TL-01 bytes behind the 220 to STARTTLS",
     {GREET,
      {"EHLO", "250-relay\r\n250 STARTTLS\r\n", 0},
      {"STARTTLS", "220 go\r\n250-relay\r\n250 PIPELINING\r\n", 0}},
     RELAY_TLS_REQUIRED,
     false,
     0,
     ERR_UNAVAILABLE,
     "cannot be used"},
    {"TL-09 log-in refused",
     {GREET,
      {"EHLO", "250-relay\r\n250 AUTH PLAIN\r\n", 0},
      {"AUTH PLAIN", "535 5.7.8 bad credentials\r\n", 0}},
     RELAY_TLS_NONE,
     true,
     535,
     ERR_CONFIG,
     "535 5.7.8 bad credentials; check username"},
    {"TL-09 log-in not now",
     {GREET,
      {"EHLO", "250-relay\r\n250 AUTH PLAIN\r\n", 0},
      {"AUTH PLAIN", "454 4.7.0 later\r\n", 0}},
     RELAY_TLS_NONE,
     true,
     454,
     ERR_UNAVAILABLE,
     "454 4.7.0 later"},
    {"log-in wanted, none offered",
     {GREET, {"EHLO", "250-relay\r\n250 PIPELINING\r\n", 0}},
     RELAY_TLS_NONE,
     true,
     0,
     ERR_CONFIG,
     "offers no way to log in"},
    {"log-in wanted, HELO only",
     {GREET, {"EHLO", "500 what?\r\n", 0}, {"HELO", "250 relay\r\n", 0}},
     RELAY_TLS_NONE,
     true,
     0,
     ERR_CONFIG,
     "offers no way to log in"},
    {"log-in wanted, none in common",
     {GREET, {"EHLO", "250-relay\r\n250 AUTH GSSAPI NTLM\r\n", 0}},
     RELAY_TLS_NONE,
     true,
     0,
     ERR_CONFIG,
     "offers no way to log in"},
};

static void fail_one(const struct failure *row)
{
    struct loop *loop = loop_new();
    struct transport *t = transport_new(loop);
    struct fake f;
    char url[64];
    fake_open(&f, loop, row->script);
    struct relay_settings relay = relay_at(f.port, url, sizeof url);
    relay.tls = row->tls;
    if (row->login) {
        relay.username = "ann@example.org";
        relay.password = PASSWORD;
    }
    struct client c = {0};
    client_open(&c, t, loop, &relay);
    wait_for_opening(&c);
    if (c.opened || c.reply.code != row->code || c.err.kind != row->kind ||
        !strstr(c.err.msg, row->say))
        fail_msg("%s: opened %d, code %d, kind %d: %s", row->name, c.opened, c.reply.code,
                 (int)c.err.kind, c.err.msg);
    char where[64];
    snprintf(where, sizeof where, "relay main (127.0.0.1:%d)", f.port);
    assert_contains(c.err.msg, where);
    assert_lacks(c.err.msg, PASSWORD);
    // a failed session does nothing more and is harmless
    char data[8];
    assert_int_equal(session_write(c.session, "x", 1, &c.io), -1);
    assert_int_equal(session_read(c.session, data, sizeof data, &c.io), -1);
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 1);
    assert_int_equal(c.opened + c.failed + c.readable + c.writable, 1);
    client_close(&c);
    fake_close(&f);
    transport_free(&t);
    loop_free(&loop);
}

static void test_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++)
        fail_one(&failures[i]);
}

static void test_login(void **state)
{
    (void)state;
    static const struct fake_step script[FAKE_MOST_STEPS] = {
        GREET,
        {"EHLO", "250-relay\r\n250-AUTH LOGIN PLAIN NTLM\r\n250 PIPELINING\r\n", 0},
        {"AUTH PLAIN", "334 \r\n", 0},
        // NUL ann NUL s3cret-Pa55
        {"AGFubgBzM2NyZXQtUGE1NQ==", "235 2.7.0 welcome\r\n", 0},
    };
    struct loop *loop = loop_new();
    struct transport *t = transport_new(loop);
    struct fake f;
    char url[64];
    fake_open(&f, loop, script);
    struct relay_settings relay = relay_at(f.port, url, sizeof url);
    relay.username = "ann";
    relay.password = PASSWORD;
    struct client c = {0};
    client_open(&c, t, loop, &relay);
    wait_for_opening(&c);
    if (!c.opened)
        fail_msg("%s", c.err.msg);
    assert_true(session_offers(c.session)->pipelining);
    client_close(&c);
    fake_close(&f);
    transport_free(&t);
    loop_free(&loop);
}

// Urls that must be refused before anything is connected to.
static void test_bad_urls(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://127.0.0.1:25",
        "file:///etc/passwd",
        "",
        "smtp://",
        "smtp://[::1",
        "smtp://ann:" PASSWORD "@127.0.0.1:25",
        "smtp://127.0.0.1:99999",
        "smtp://a b:25",
    };
    struct loop *loop = loop_new();
    struct transport *t = transport_new(loop);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct relay_settings relay = {.name = "main", .url = urls[i], .connect_timeout_ms = 60000};
        struct client c = {0};
        client_open(&c, t, loop, &relay);
        wait_for_opening(&c);
        if (c.failed != 1 || c.err.kind != ERR_CONFIG)
            fail_msg("'%s': kind %d: %s", urls[i], (int)c.err.kind, c.err.msg);
        assert_contains(c.err.msg, "relay main");
        assert_lacks(c.err.msg, PASSWORD);
        client_close(&c);
    }
    transport_free(&t);
    loop_free(&loop);
}

static void test_connection_refused(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct transport *t = transport_new(loop);
    struct fake f;
    char url[64];
    fake_open(&f, loop, openings[0].script);
    struct relay_settings relay = relay_at(f.port, url, sizeof url);
    fake_close(&f); // the port is free again: nobody listens
    struct client c = {0};
    client_open(&c, t, loop, &relay);
    wait_for_opening(&c);
    assert_int_equal(c.failed, 1);
    assert_int_equal(c.err.kind, ERR_UNAVAILABLE);
    assert_int_equal(c.reply.code, 0);
    assert_contains(c.err.msg, "relay main (127.0.0.1:");
    client_close(&c);
    transport_free(&t);
    loop_free(&loop);
}

// A relay that goes silent, at each place where it can.
static void test_silence(void **state)
{
    (void)state;
    static const struct fake_step scripts[][FAKE_MOST_STEPS] = {
        {{0}},
        {GREET},
        {{NULL, "220-relay\r\n", 0}},
        {GREET, {"EHLO", "250-relay\r\n", 0}},
        {GREET, {"EHLO", "500 what?\r\n", 0}, {"HELO", "", 0}},
    };
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        struct loop *loop = loop_new();
        struct transport *t = transport_new(loop);
        struct fake f;
        char url[64];
        fake_open(&f, loop, scripts[i]);
        struct relay_settings relay = relay_at(f.port, url, sizeof url);
        relay.connect_timeout_ms = 60;
        struct client c = {0};
        int64_t start = clock_mono_ms();
        client_open(&c, t, loop, &relay);
        wait_for_opening(&c);
        assert_true(clock_mono_ms() - start >= 50);
        assert_int_equal(c.failed, 1);
        assert_int_equal(c.err.kind, ERR_UNAVAILABLE);
        assert_int_equal(c.reply.code, 0);
        assert_contains(c.err.msg, "did not answer within 60 ms");
        client_close(&c);
        fake_close(&f);
        transport_free(&t);
        loop_free(&loop);
    }
}

// --- bytes ---------------------------------------------------------------------------------------

struct setup {
    struct loop *loop;
    struct transport *transport;
    struct fake fake;
    char url[64];
    struct relay_settings relay;
    struct client a, b;
};

static void setup_open(struct setup *s)
{
    memset(s, 0, sizeof *s);
    s->loop = loop_new();
    s->transport = transport_new(s->loop);
    fake_open(&s->fake, s->loop, openings[0].script);
    s->relay = relay_at(s->fake.port, s->url, sizeof s->url);
}

static void setup_open_session(struct setup *s, struct client *c)
{
    client_open(c, s->transport, s->loop, &s->relay);
    wait_for_opening(c);
    if (!c->opened)
        fail_msg("%s", c->err.msg);
}

static void setup_close(struct setup *s)
{
    client_close(&s->a);
    client_close(&s->b);
    fake_close(&s->fake);
    transport_free(&s->transport);
    loop_free(&s->loop);
}

static void test_back_pressure(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s);
    setup_open_session(&s, &s.a);
    buf_reset(&s.fake.heard);
    s.fake.deaf = true;
    const size_t total = (size_t)24 << 20;
    char *data = mem_new(total, 1);
    for (size_t i = 0; i < total; i++)
        data[i] = (char)(i * 2654435761u >> 13);
    size_t done = 0;
    ssize_t n;
    while ((n = session_write(s.a.session, data + done, total - done, &s.a.io)) > 0)
        done += (size_t)n;
    assert_int_equal(n, 0); // the wire is full, nobody reads
    assert_true(done < total);
    for (int i = 0; i < 5; i++)
        loop_turn(s.loop, 1);
    assert_int_equal(s.a.writable, 0);
    s.fake.deaf = false;
    loop_rewatch(s.loop, s.fake.conn[0].watch, LOOP_READ);
    int before = 0;
    while (done < total) {
        while (s.a.writable == before)
            loop_turn(s.loop, -1);
        before = s.a.writable;
        n = session_write(s.a.session, data + done, total - done, &s.a.io);
        assert_true(n >= 0);
        done += (size_t)n;
    }
    while (s.fake.heard.len < total)
        loop_turn(s.loop, -1);
    assert_memory_equal(s.fake.heard.data, data, total);
    int quiet = s.a.writable;
    for (int i = 0; i < 5; i++)
        loop_turn(s.loop, 1);
    assert_int_equal(s.a.writable, quiet); // writable only after a short write
    free(data);
    setup_close(&s);
}

// A user that reads one piece per event still gets all of it.
static void test_no_lost_wake_up(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s);
    s.a.lazy = true;
    setup_open_session(&s, &s.a);
    char data[5000];
    memset(data, 'y', sizeof data);
    assert_int_equal(send(s.fake.conn[0].fd, data, sizeof data, MSG_NOSIGNAL), sizeof data);
    while (s.a.got.len < sizeof data)
        loop_turn(s.loop, -1);
    assert_memory_equal(s.a.got.data, data, sizeof data);
    setup_close(&s);
}

// SM-04: the relay goes away after the session was opened: the read says so, once.
static void test_peer_closes(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        struct setup s;
        setup_open(&s);
        setup_open_session(&s, &s.a);
        assert_int_equal(send(s.fake.conn[0].fd, "421 bye\r\n", 9, MSG_NOSIGNAL), 9);
        while (s.a.got.len < 9)
            loop_turn(s.loop, -1);
        s.fake.conn[0].reset = reset;
        fake_drop(&s.fake.conn[0]);
        while (s.a.last >= 0)
            loop_turn(s.loop, -1);
        assert_int_equal(s.a.io.kind, ERR_UNAVAILABLE);
        assert_contains(s.a.io.msg, "relay main (127.0.0.1:");
        assert_contains(s.a.io.msg, reset ? "broke while receiving" : "closed the connection");
        int events = s.a.readable;
        for (int i = 0; i < 5; i++)
            loop_turn(s.loop, 1);
        assert_int_equal(s.a.readable, events);
        assert_int_equal(s.a.failed, 0); // failed is for sessions that never opened
        assert_int_equal(session_write(s.a.session, "x", 1, &s.a.io), -1);
        setup_close(&s);
    }
}

// Writing to a relay that has gone ends in -1, not in SIGPIPE.
static void test_writing_to_nobody(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s);
    setup_open_session(&s, &s.a);
    s.fake.conn[0].reset = true;
    fake_drop(&s.fake.conn[0]);
    char data[4096] = {0};
    ssize_t n = 0;
    for (int i = 0; i < 10 && n >= 0; i++)
        n = session_write(s.a.session, data, sizeof data, &s.a.io);
    assert_int_equal(n, -1);
    assert_contains(s.a.io.msg, "broke while sending");
    setup_close(&s);
}

// libcurl, asked for a new session, drops idle ones that have unread bytes when they share a multi.
static void test_a_new_session_leaves_the_others_alone(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s);
    setup_open_session(&s, &s.a);
    // a's reply arrives while b is opened, and a is not read meanwhile: the fake sends from here
    struct loop *loop = s.loop;
    assert_int_equal(send(s.fake.conn[0].fd, "250 for a\r\n", 11, MSG_NOSIGNAL), 11);
    client_open(&s.b, s.transport, loop, &s.relay);
    wait_for_opening(&s.b);
    assert_int_equal(s.b.opened, 1);
    while (s.a.got.len < 11)
        loop_turn(loop, -1);
    assert_string_equal(s.a.got.data, "250 for a\r\n");
    assert_int_equal(session_write(s.a.session, "NOOP a\r\n", 8, &s.a.io), 8);
    assert_int_equal(session_write(s.b.session, "NOOP b\r\n", 8, &s.b.io), 8);
    while (!strstr(s.fake.heard.data, "NOOP a\r\n") || !strstr(s.fake.heard.data, "NOOP b\r\n"))
        loop_turn(loop, -1);
    session_close(&s.a.session);
    assert_int_equal(send(s.fake.conn[1].fd, "250 for b\r\n", 11, MSG_NOSIGNAL), 11);
    while (s.b.got.len < 11)
        loop_turn(loop, -1);
    setup_close(&s);
}

// --- closing from inside -------------------------------------------------------------------------

static void test_close_in_callbacks(void **state)
{
    (void)state;
    enum {
        OPENED,
        FAILED,
        READABLE,
        WRITABLE,
        CASES
    };
    for (int i = 0; i < CASES; i++) {
        struct setup s;
        setup_open(&s);
        static const struct fake_step refused[FAKE_MOST_STEPS] = {{NULL, "421 no\r\n", 0}};
        if (i == FAILED)
            s.fake.script = refused;
        s.a.close_in_opened = i == OPENED;
        s.a.close_in_failed = i == FAILED;
        s.a.close_in_readable = i == READABLE;
        s.a.close_in_writable = i == WRITABLE;
        client_open(&s.a, s.transport, s.loop, &s.relay);
        wait_for_opening(&s.a);
        if (i == READABLE)
            assert_int_equal(send(s.fake.conn[0].fd, "250 x\r\n", 7, MSG_NOSIGNAL), 7);
        if (i == WRITABLE) {
            char data[65536] = {0};
            while (session_write(s.a.session, data, sizeof data, &s.a.io) == sizeof data)
                ;
        }
        while (s.a.session)
            loop_turn(s.loop, -1);
        for (int k = 0; k < 5; k++)
            loop_turn(s.loop, 1);
        assert_null(s.a.session);
        setup_close(&s);
    }
}

// Closing after any number of turns of an opening that takes many.
static void test_close_while_opening(void **state)
{
    (void)state;
    for (int turns = 0; turns < 40; turns++) {
        struct setup s;
        setup_open(&s);
        s.fake.bytewise = true;
        client_open(&s.a, s.transport, s.loop, &s.relay);
        for (int i = 0; i < turns; i++)
            loop_turn(s.loop, 1);
        session_close(&s.a.session);
        int seen = s.a.opened;
        for (int i = 0; i < 3; i++)
            loop_turn(s.loop, 1);
        assert_int_equal(s.a.opened, seen);
        assert_int_equal(s.a.failed, 0);
        setup_close(&s);
    }
}

static void test_free_with_sessions_in_every_state(void **state)
{
    (void)state;
    struct setup s;
    setup_open(&s);
    setup_open_session(&s, &s.a);
    client_open(&s.b, s.transport, s.loop, &s.relay);
    loop_turn(s.loop, 1);
    transport_free(&s.transport);
    assert_null(s.transport);
    s.a.session = s.b.session = NULL; // they went with it
    setup_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openings),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_login),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_connection_refused),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_no_lost_wake_up),
        cmocka_unit_test(test_peer_closes),
        cmocka_unit_test(test_writing_to_nobody),
        cmocka_unit_test(test_a_new_session_leaves_the_others_alone),
        cmocka_unit_test(test_close_in_callbacks),
        cmocka_unit_test(test_close_while_opening),
        cmocka_unit_test(test_free_with_sessions_in_every_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
