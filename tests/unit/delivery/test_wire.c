// Transactions on one session, against a relay that answers as the case says. Two mails each time:
// the case is about the first, and the second must come out right behind it.
#include "unit.h"

#include "base/buf.h"
#include "base/loop.h"
#include "delivery/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define DROP ((const char *)"drop")
#define MUTE ((const char *)"mute")

struct relay_case {
    const char *name;
    bool pipelining;
    // answers to the first MAIL, RCPT, DATA, end of data; NULL: as hoped
    const char *answers[4];
    enum verdict first, second;
    enum smtp_phase phase; // of the first
};

struct relay {
    struct loop *loop;
    struct loop_watch *listening, *watch;
    int listener, fd, port;
    const struct relay_case *now;
    struct buf in, heard;
    int counts[4];
    bool is_mute;
    bool rode_ahead;        // the next MAIL came behind a final dot, before the reply to it
    bool in_data, is_early; // is_early: bytes came behind DATA before its 354
    size_t most_commands;   // that came in one read
};

static void say(struct relay *r, const char *text)
{
    assert_int_equal(send(r->fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void hang_up(struct relay *r)
{
    loop_unwatch(r->loop, &r->watch);
    close(r->fd);
    r->fd = -1;
}

static void answer(struct relay *r, int which, const char *hoped)
{
    const char *text =
        r->counts[which]++ == 0 && r->now->answers[which] ? r->now->answers[which] : hoped;
    if (strcmp(text, "drop") == 0) {
        hang_up(r);
        return;
    }
    if (strcmp(text, "mute") == 0) {
        r->is_mute = true;
        return;
    }
    say(r, text);
    say(r, "\r\n");
    if (which == 2 && strncmp(text, "354", 3) == 0)
        r->in_data = true;
    if (strncmp(text, "421", 3) == 0)
        hang_up(r);
}

static void one_line(struct relay *r, const char *line)
{
    if (r->is_mute)
        return;
    if (r->in_data) {
        if (strcmp(line, ".") == 0) {
            r->in_data = false;
            r->rode_ahead = r->rode_ahead || strncmp(r->in.data, "MAIL", 4) == 0;
            answer(r, 3, "250 2.0.0 taken");
        }
        return;
    }
    if (strncmp(line, "EHLO", 4) == 0)
        say(r, r->now->pipelining ? "250-fake\r\n250-PIPELINING\r\n250 SIZE 1000\r\n"
                                  : "250 fake\r\n");
    else if (strncmp(line, "MAIL", 4) == 0)
        answer(r, 0, "250 2.1.0 ok");
    else if (strncmp(line, "RCPT", 4) == 0)
        answer(r, 1, "250 2.1.5 ok");
    else if (strcmp(line, "DATA") == 0)
        answer(r, 2, "354 go on");
    else if (strcmp(line, "RSET") == 0)
        say(r, "250 2.0.0 ok\r\n");
    else if (strcmp(line, "QUIT") == 0)
        say(r, "221 2.0.0 bye\r\n");
    else
        say(r, "500 5.5.2 what\r\n");
}

static void readable(void *arg, unsigned events)
{
    (void)events;
    struct relay *r = arg;
    char data[4096];
    ssize_t n = recv(r->fd, data, sizeof data, 0);
    if (n <= 0) {
        hang_up(r);
        return;
    }
    buf_add(&r->in, data, (size_t)n);
    buf_add(&r->heard, data, (size_t)n);
    size_t commands = 0;
    for (char *lf; r->fd >= 0 && r->in.len && (lf = memchr(r->in.data, '\n', r->in.len));) {
        char line[2000];
        size_t len = (size_t)(lf - r->in.data);
        assert_true(len > 0 && len < sizeof line && lf[-1] == '\r');
        memcpy(line, r->in.data, len - 1);
        line[len - 1] = '\0';
        buf_drop(&r->in, len + 1);
        commands += !r->in_data;
        bool was_data = !r->in_data && strcmp(line, "DATA") == 0;
        one_line(r, line);
        r->is_early = r->is_early || (was_data && r->in.len > 0);
    }
    r->most_commands = commands > r->most_commands ? commands : r->most_commands;
}

static void acceptable(void *arg, unsigned events)
{
    (void)events;
    struct relay *r = arg;
    r->fd = accept(r->listener, NULL, NULL);
    r->is_mute = r->in_data = false;
    buf_reset(&r->in);
    r->watch = loop_watch(r->loop, r->fd, LOOP_READ, readable, r);
    say(r, "220 fake\r\n");
}

static void relay_start(struct relay *r, struct loop *loop, const struct relay_case *now)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *r = (struct relay){.loop = loop, .now = now, .fd = -1};
    buf_init(&r->in, 1 << 20);
    buf_init(&r->heard, 1 << 20);
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(r->listener, 5), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&at, &len), 0);
    r->port = ntohs(at.sin_port);
    r->listening = loop_watch(loop, r->listener, LOOP_READ, acceptable, r);
}

static void relay_stop(struct relay *r)
{
    loop_unwatch(r->loop, &r->listening);
    close(r->listener);
    if (r->fd >= 0)
        hang_up(r);
    buf_deinit(&r->in);
    buf_deinit(&r->heard);
}

// --- the client ----------------------------------------------------------------------------------

struct client {
    struct wire *wire;
    struct wire_result results[2];
    int given, settled;
    bool is_open, is_closed;
};

static void opened(void *arg)
{
    ((struct client *)arg)->is_open = true;
}

static void settled(void *arg, const struct wire_result *result)
{
    struct client *c = arg;
    int which = *(const int *)result->tag;
    c->results[which] = *result;
    c->settled++;
}

static void closed(void *arg, const struct reply *reply, const struct err *err)
{
    (void)reply;
    (void)err;
    struct client *c = arg;
    c->is_closed = true;
    wire_close(&c->wire);
}

static void give(struct client *c)
{
    static int tags[] = {0, 1};
    static const char text[] = "Subject: x\r\n\r\n.dot\r\nbye\r\n";
    struct err err;
    while (c->given < 2 && c->wire && wire_room(c->wire) > 0) {
        struct wire_mail mail = {.from = "a@example.org",
                                 .to = "b@example.org",
                                 .data = text,
                                 .len = sizeof text - 1,
                                 .tag = &tags[c->given]};
        c->given++;
        assert_ok(wire_send(c->wire, &mail, &err), &err);
    }
}

static void run_case(const struct relay_case *now)
{
    struct loop *loop = loop_new();
    struct transport *transport = transport_new(loop);
    struct relay relay;
    struct client client = {0};
    char url[64];
    relay_start(&relay, loop, now);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", relay.port);
    struct relay_settings settings = {.name = "fake",
                                      .url = url,
                                      .host = "127.0.0.1",
                                      .tls = RELAY_TLS_NONE,
                                      .ehlo_name = "client.example.org",
                                      .connections = 1,
                                      .connect_timeout_ms = 5000,
                                      .reply_timeout_ms = 200,
                                      .data_timeout_ms = 200};
    struct wire_events events = {
        .opened = opened, .settled = settled, .closed = closed, .arg = &client};
    for (int lives = 0; lives < 3 && client.settled < 2; lives++) { // reopened when it is lost
        client.is_closed = false;
        client.wire = wire_open(transport, loop, &settings, &events);
        while (!client.is_closed && client.settled < 2) {
            give(&client);
            if (client.wire)
                loop_turn(loop, 1000);
        }
        if (client.wire)
            wire_quit(client.wire);
        while (!client.is_closed)
            loop_turn(loop, 1000);
    }
    if (client.settled != 2)
        fail_msg("%s: %d of 2 settled", now->name, client.settled);
    if (client.results[0].verdict != now->first || client.results[0].phase != now->phase)
        fail_msg("%s: %s at %s, not %s at %s", now->name, verdict_name(client.results[0].verdict),
                 smtp_phase_name(client.results[0].phase), verdict_name(now->first),
                 smtp_phase_name(now->phase));
    if (client.results[1].verdict != now->second)
        fail_msg("%s: the second is %s", now->name, verdict_name(client.results[1].verdict));
    if (relay.is_early)
        fail_msg("%s: content came before the 354 (SX-01)", now->name);
    assert_true(now->pipelining || relay.most_commands <= 1);
    if (now->first == VERDICT_SENT && relay.rode_ahead != now->pipelining)
        fail_msg("%s: the next envelope did not ride behind the end of data", now->name);
    if (now->second == VERDICT_SENT)
        assert_contains(relay.heard.data, "\r\n\r\n..dot\r\n"); // DT-01
    transport_free(&transport);
    relay_stop(&relay);
    loop_free(&loop);
}

static void test_cases(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *answers[4];
        enum verdict first;
        enum smtp_phase phase;
        // the second, with the envelope that rode ahead, and one command at a time
        enum verdict second_ahead, second_alone;
    } rows[] = {
        {"all is well", {0}, VERDICT_SENT, PHASE_END, VERDICT_SENT, VERDICT_SENT},
        {"MAIL 451",
         {"451 4.3.0 later"},
         VERDICT_SLOW_RELAY,
         PHASE_MAIL,
         VERDICT_SENT,
         VERDICT_SENT},
        {"MAIL 550", {"550 no"}, VERDICT_STOP_CAMPAIGN, PHASE_MAIL, VERDICT_SENT, VERDICT_SENT},
        {"RCPT 450", {0, "450 4.2.0 grey"}, VERDICT_DEFER, PHASE_RCPT, VERDICT_SENT, VERDICT_SENT},
        {"RCPT 550, DATA 354 (SX-03)",
         {0, "550 5.1.1 who"},
         VERDICT_FAIL,
         PHASE_RCPT,
         VERDICT_SENT,
         VERDICT_SENT},
        {"RCPT 550, DATA 503",
         {0, "550 5.1.1 who", "503 5.5.1 no"},
         VERDICT_FAIL,
         PHASE_RCPT,
         VERDICT_SENT,
         VERDICT_FAIL /* its DATA is the first */},
        {"DATA 451", {0, 0, "451 full"}, VERDICT_DEFER, PHASE_DATA, VERDICT_SENT, VERDICT_SENT},
        {"DATA 554", {0, 0, "554 no"}, VERDICT_FAIL, PHASE_DATA, VERDICT_SENT, VERDICT_SENT},
        {"end 452",
         {0, 0, 0, "452 4.3.1 disk"},
         VERDICT_DEFER,
         PHASE_END,
         VERDICT_SENT,
         VERDICT_SENT},
        {"end 554",
         {0, 0, 0, "554 5.6.0 spam"},
         VERDICT_FAIL,
         PHASE_END,
         VERDICT_SENT,
         VERDICT_SENT},
        {"a multi-line reply",
         {0, "250-one\r\n250 two"},
         VERDICT_SENT,
         PHASE_END,
         VERDICT_SENT,
         VERDICT_SENT},
        {"SM-02 a code alone",
         {"250", "250", "354", "250"},
         VERDICT_SENT,
         PHASE_END,
         VERDICT_SENT,
         VERDICT_SENT},
        {"421 at RCPT",
         {0, "421 4.3.2 bye"},
         VERDICT_SLOW_RELAY,
         PHASE_RCPT,
         VERDICT_SLOW_RELAY,
         VERDICT_SENT},
        {"lost at MAIL", {DROP}, VERDICT_RELEASE, PHASE_MAIL, VERDICT_RELEASE, VERDICT_SENT},
        {"lost at RCPT", {0, DROP}, VERDICT_DEFER, PHASE_RCPT, VERDICT_RELEASE, VERDICT_SENT},
        {"lost at DATA", {0, 0, DROP}, VERDICT_DEFER, PHASE_DATA, VERDICT_RELEASE, VERDICT_SENT},
        {"SM-10 lost behind the end",
         {0, 0, 0, DROP},
         VERDICT_IN_DOUBT,
         PHASE_END,
         VERDICT_RELEASE,
         VERDICT_SENT},
        {"no reply to MAIL", {MUTE}, VERDICT_RELEASE, PHASE_MAIL, VERDICT_RELEASE, VERDICT_SENT},
        {"no reply to the end",
         {0, 0, 0, MUTE},
         VERDICT_IN_DOUBT,
         PHASE_END,
         VERDICT_RELEASE,
         VERDICT_SENT},
        {"354 to MAIL: out of step",
         {"354 go"},
         VERDICT_RELEASE,
         PHASE_MAIL,
         VERDICT_RELEASE,
         VERDICT_SENT},
        {"354 to the end",
         {0, 0, 0, "354 go"},
         VERDICT_IN_DOUBT,
         PHASE_END,
         VERDICT_RELEASE,
         VERDICT_SENT},
        {"no SMTP at all",
         {"hello there"},
         VERDICT_RELEASE,
         PHASE_MAIL,
         VERDICT_RELEASE,
         VERDICT_SENT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int pipelining = 0; pipelining < 2; pipelining++) {
            struct relay_case now = {.name = rows[i].name,
                                     .pipelining = pipelining,
                                     .first = rows[i].first,
                                     .phase = rows[i].phase,
                                     .second =
                                         pipelining ? rows[i].second_ahead : rows[i].second_alone};
            memcpy(now.answers, rows[i].answers, sizeof now.answers);
            run_case(&now);
        }
}

// What may not reach the wire is refused before anything of it leaves (DT-03, MM-01, MS-15).
static void test_refused(void **state)
{
    (void)state;
    static const char *const contents[] = {"a\nb\r\n", "a\rb\r\n", "a\r\n.\nb\r\n", "a\r\n.\rb\r\n",
                                           "\n.\n",    "\r.\r",    "a\r\r\n.\r\r\n"};
    struct relay_case now = {.name = "refused", .pipelining = true};
    struct loop *loop = loop_new();
    struct transport *transport = transport_new(loop);
    struct relay relay;
    struct client client = {0};
    char url[64], *big = mem_new(3000, 1);
    struct err err;
    relay_start(&relay, loop, &now);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", relay.port);
    struct relay_settings settings = {.name = "fake",
                                      .url = url,
                                      .host = "127.0.0.1",
                                      .tls = RELAY_TLS_NONE,
                                      .connections = 1,
                                      .connect_timeout_ms = 5000,
                                      .reply_timeout_ms = 1000,
                                      .data_timeout_ms = 1000};
    struct wire_events events = {
        .opened = opened, .settled = settled, .closed = closed, .arg = &client};
    client.wire = wire_open(transport, loop, &settings, &events);
    while (!client.is_open)
        loop_turn(loop, 1000);
    struct wire_mail mail = {.from = "a@example.org", .to = "b@example.org"};
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        mail.data = contents[i];
        mail.len = strlen(contents[i]);
        assert_int_equal(wire_send(client.wire, &mail, &err), -1);
        assert_int_equal(err.kind, ERR_INPUT);
    }
    mail.data = "a\0b\r\n";
    mail.len = 5;
    assert_int_equal(wire_send(client.wire, &mail, &err), -1);
    memset(big, 'x', 2999);
    mail.data = big;
    mail.len = 999; // one line over 998
    assert_int_equal(wire_send(client.wire, &mail, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    mail.len = 2999; // over the relay's SIZE 1000
    assert_int_equal(wire_send(client.wire, &mail, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_lacks(relay.heard.data, "MAIL");
    wire_close(&client.wire);
    free(big);
    transport_free(&transport);
    relay_stop(&relay);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
