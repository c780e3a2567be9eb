// A relay that follows a script: when a line begins with what is expected, the answer is sent.
// It lives in the loop of the test and serves any number of connections, each from the script's
// start. Scripts say what servers of the wild do; the receiver of src/sink is too well-behaved.
#ifndef TESTS_UNIT_TRANSPORT_FAKE_H
#define TESTS_UNIT_TRANSPORT_FAKE_H

#include "base/buf.h"
#include "base/loop.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum fake_then {
    FAKE_GO_ON,
    FAKE_CLOSE,
    FAKE_RESET,
    FAKE_TLS // a handshake comes next
};

struct fake_step {
    const char *expect; // NULL: at once
    const char *answer; // "" says nothing
    enum fake_then then;
};

#define FAKE_MOST_STEPS 12
#define FAKE_MOST_CONNS 8

struct fake;

struct fake_conn {
    struct fake *fake;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer; // sends the next byte
    struct buf in, out;
    size_t step;
    bool closing, reset;
    bool tls_next; // when `out` has been sent
    SSL *ssl;
    bool handshake;
};

struct fake {
    struct loop *loop;
    int fd, port;
    struct loop_watch *watch;
    const struct fake_step *script;
    SSL_CTX *tls;      // for FAKE_TLS
    bool implicit_tls; // from the first byte
    bool bytewise;     // one byte a turn
    bool deaf;         // reads nothing
    size_t conns;
    struct fake_conn conn[FAKE_MOST_CONNS];
    struct buf heard; // everything that was read, all connections
};

static void fake_drop(struct fake_conn *c)
{
    if (c->fd < 0)
        return;
    loop_unwatch(c->fake->loop, &c->watch);
    loop_cancel(c->fake->loop, &c->timer);
    if (c->reset) {
        struct linger hard = {.l_onoff = 1};
        assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    }
    SSL_free(c->ssl);
    c->ssl = NULL;
    close(c->fd);
    c->fd = -1;
    buf_deinit(&c->in);
    buf_deinit(&c->out);
}

static ssize_t fake_tls_result(const SSL *ssl, int n)
{
    if (n > 0)
        return n;
    int why = SSL_get_error(ssl, n);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t fake_put(struct fake_conn *c, const void *data, size_t len)
{
    if (c->ssl)
        return fake_tls_result(c->ssl, SSL_write(c->ssl, data, (int)len));
    return send(c->fd, data, len, MSG_NOSIGNAL);
}

static ssize_t fake_get(struct fake_conn *c, void *data, size_t len)
{
    if (c->ssl)
        return fake_tls_result(c->ssl, SSL_read(c->ssl, data, (int)len));
    return recv(c->fd, data, len, 0);
}

static void fake_begin_tls(struct fake_conn *c)
{
    c->tls_next = false;
    c->handshake = true;
    c->ssl = SSL_new(c->fake->tls);
    SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    assert_int_equal(SSL_set_fd(c->ssl, c->fd), 1);
}

static void fake_send(void *arg)
{
    struct fake_conn *c = arg;
    size_t want = c->fake->bytewise && c->out.len > 0 ? 1 : c->out.len;
    ssize_t n = want > 0 ? fake_put(c, c->out.data, want) : 0;
    if (n < 0 && errno != EAGAIN) {
        fake_drop(c);
        return;
    }
    if (n > 0)
        buf_drop(&c->out, (size_t)n);
    if (c->out.len > 0)
        loop_again(c->fake->loop, c->timer, 0);
    else if (c->closing)
        fake_drop(c);
    else if (c->tls_next)
        fake_begin_tls(c);
}

static bool fake_matches(struct fake_conn *c, const char *expect)
{
    char *end = memchr(c->in.data, '\n', c->in.len);
    if (!end)
        return false;
    if (strncmp(c->in.data, expect, strlen(expect)) != 0)
        fail_msg("the fake relay expected '%s' and got '%.60s'", expect, c->in.data);
    buf_drop(&c->in, (size_t)(end - c->in.data) + 1);
    return true;
}

static void fake_advance(struct fake_conn *c)
{
    const struct fake_step *script = c->fake->script;
    while (c->step < FAKE_MOST_STEPS && script[c->step].answer && !c->closing) {
        const struct fake_step *s = &script[c->step];
        if (s->expect && !fake_matches(c, s->expect))
            break;
        c->step++;
        buf_adds(&c->out, s->answer);
        c->closing = s->then == FAKE_CLOSE || s->then == FAKE_RESET;
        c->tls_next = s->then == FAKE_TLS;
        c->reset = s->then == FAKE_RESET;
    }
    if (c->out.len > 0 || c->closing)
        loop_again(c->fake->loop, c->timer, 0);
}

static void fake_readable(void *arg, unsigned events)
{
    (void)events;
    struct fake_conn *c = arg;
    if (c->fake->deaf) {
        loop_rewatch(c->fake->loop, c->watch, 0);
        return;
    }
    if (c->handshake) {
        ssize_t n = fake_tls_result(c->ssl, SSL_accept(c->ssl));
        c->handshake = n <= 0;
        if (n <= 0 && errno != EAGAIN)
            fake_drop(c); // the client does not trust us
        else if (n > 0)
            fake_advance(c);
        return;
    }
    char data[65536];
    ssize_t n;
    while ((n = fake_get(c, data, sizeof data)) > 0) {
        buf_add(&c->in, data, (size_t)n);
        buf_add(&c->fake->heard, data, (size_t)n);
    }
    if (n < 0 && errno == EAGAIN)
        fake_advance(c);
    else
        fake_drop(c);
}

static void fake_accept(void *arg, unsigned events)
{
    (void)events;
    struct fake *f = arg;
    int fd = accept4(f->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    assert_true(f->conns < FAKE_MOST_CONNS);
    struct fake_conn *c = &f->conn[f->conns++];
    *c = (struct fake_conn){.fake = f, .fd = fd};
    buf_init(&c->in, BUF_MAX_DEFAULT);
    buf_init(&c->out, BUF_MAX_DEFAULT);
    c->timer = loop_after(f->loop, 0, fake_send, c);
    loop_stop(f->loop, c->timer);
    c->watch = loop_watch(f->loop, fd, LOOP_READ, fake_readable, c);
    if (f->implicit_tls)
        fake_begin_tls(c);
    else
        fake_advance(c);
}

static void fake_open(struct fake *f, struct loop *loop, const struct fake_step *script)
{
    *f = (struct fake){.loop = loop, .script = script};
    buf_init(&f->heard, BUF_MAX_DEFAULT);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(f->fd >= 0);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(f->fd, 64), 0);
    assert_int_equal(getsockname(f->fd, (struct sockaddr *)&a, &len), 0);
    f->port = ntohs(a.sin_port);
    f->watch = loop_watch(loop, f->fd, LOOP_READ, fake_accept, f);
}

static void fake_close(struct fake *f)
{
    for (size_t i = 0; i < f->conns; i++)
        fake_drop(&f->conn[i]);
    loop_unwatch(f->loop, &f->watch);
    close(f->fd);
    buf_deinit(&f->heard);
}

#endif
