#include "sink/sink.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/maildir.h"
#include "sink/dialogue.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX  1000
#define ACCEPTS_A_TURN   64
#define ACCEPT_PAUSE_MS  100 // when no descriptors are left
#define LINGER_MS        2000
#define MAX_SIZE_DEFAULT (INT64_C(50) << 20)
#define MAX_SIZE_MOST    (INT64_C(1) << 30)
#define IDLE_TIMEOUT_MS  300000
#define READ_SIZE        ((size_t)128 << 10)

struct connection {
    struct sink *sink;
    struct connection *prev, *next;
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer;
    int64_t heard_ms; // when the client last said something
    bool lingering;   // all is said; waiting for the client to hang up
    struct dialogue dialogue;
};

struct sink {
    struct loop *loop;
    int fd, port;
    struct loop_watch *watch;
    struct loop_timer *resume;
    int64_t idle_timeout_ms;
    struct dialogue_house house;
    struct sink_counts counts;
    struct connection *connections;
    int open;
    char *scratch; // one read for whichever connection is ready
};

static void connection_close(struct connection *c)
{
    struct sink *s = c->sink;
    loop_unwatch(s->loop, &c->watch);
    loop_cancel(s->loop, &c->timer);
    close(c->fd);
    if (c->prev)
        c->prev->next = c->next;
    else
        s->connections = c->next;
    if (c->next)
        c->next->prev = c->prev;
    s->open--;
    dialogue_deinit(&c->dialogue);
    free(c);
}

// Closing with unread bytes in the kernel resets the connection, and the last reply could be lost
// on its way. So only our side is closed, and what still comes is thrown away for a while.
static void linger(struct connection *c)
{
    c->lingering = true;
    shutdown(c->fd, SHUT_WR);
    loop_rewatch(c->sink->loop, c->watch, LOOP_READ);
    loop_again(c->sink->loop, c->timer, LINGER_MS);
}

// Sends what waits. While the client does not take replies, it is not read from either.
static void flush(struct connection *c)
{
    struct buf *out = &c->dialogue.out;
    if (buf_is_over(out)) {
        connection_close(c);
        return;
    }
    size_t done = 0;
    while (done < out->len) {
        ssize_t n = send(c->fd, out->data + done, out->len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            connection_close(c);
            return;
        }
        if (n < 0)
            break;
        done += (size_t)n;
    }
    buf_drop(out, done);
    if (out->len > 0)
        loop_rewatch(c->sink->loop, c->watch, LOOP_WRITE);
    else if (c->dialogue.over)
        linger(c);
    else
        loop_rewatch(c->sink->loop, c->watch, LOOP_READ);
}

static void on_ready(void *arg, unsigned events)
{
    struct connection *c = arg;
    if ((events & LOOP_WRITE) && !c->lingering) {
        flush(c);
        return;
    }
    ssize_t n = recv(c->fd, c->sink->scratch, READ_SIZE, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        connection_close(c);
        return;
    }
    if (c->lingering)
        return;
    c->heard_ms = clock_mono_ms();
    dialogue_take(&c->dialogue, c->sink->scratch, (size_t)n);
    flush(c);
}

// Armed once for a connection and moved on only here: a read does not touch the heap of timers.
static void on_idle(void *arg)
{
    struct connection *c = arg;
    int64_t left = c->heard_ms + c->sink->idle_timeout_ms - clock_mono_ms();
    if (c->lingering || (c->dialogue.over && left <= 0)) {
        connection_close(c);
        return;
    }
    if (left > 0) {
        loop_again(c->sink->loop, c->timer, left);
        return;
    }
    dialogue_time_out(&c->dialogue);
    loop_again(c->sink->loop, c->timer, LINGER_MS); // should the 421 not go out either
    flush(c);
}

static void connection_open(struct sink *s, int fd)
{
    static const char full[] = "421 4.7.0 too many connections\r\n";
    if (s->open == CONNECTIONS_MAX) {
        ssize_t n = send(fd, full, sizeof full - 1, MSG_NOSIGNAL);
        (void)n; // it is closed either way
        s->counts.refused++;
        close(fd);
        return;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *c = mem_new(1, sizeof *c);
    c->sink = s;
    c->fd = fd;
    c->next = s->connections;
    if (c->next)
        c->next->prev = c;
    s->connections = c;
    s->open++;
    s->counts.connections++;
    c->heard_ms = clock_mono_ms();
    dialogue_init(&c->dialogue, &s->house);
    c->timer = loop_after(s->loop, s->idle_timeout_ms, on_idle, c);
    c->watch = loop_watch(s->loop, fd, LOOP_READ, on_ready, c);
    flush(c);
}

static void on_resume(void *arg)
{
    struct sink *s = arg;
    loop_rewatch(s->loop, s->watch, LOOP_READ);
}

static void on_accept(void *arg, unsigned events)
{
    (void)events;
    struct sink *s = arg;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            connection_open(s, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            // the client keeps waiting in the queue; looking again at once would only spin
            log_line(LOG_WARN, "sink: cannot take a connection now: %s", strerror(errno));
            loop_rewatch(s->loop, s->watch, 0);
            loop_again(s->loop, s->resume, ACCEPT_PAUSE_MS);
        }
        if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

// --- listening -----------------------------------------------------------------------------------

static int listen_on(struct sink *s, const struct addrinfo *a)
{
    int one = 1;
    s->fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    if (s->fd < 0)
        return -1;
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = {.v6 = {0}};
    socklen_t len = sizeof bound;
    if (bind(s->fd, a->ai_addr, a->ai_addrlen) != 0 || listen(s->fd, 1024) != 0 ||
        getsockname(s->fd, &bound.any, &len) != 0)
        return -1;
    s->port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return 0;
}

static int start(struct sink *s, const struct sink_settings *settings, struct err *err)
{
    const char *host = settings->host ? settings->host : "127.0.0.1";
    char port[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list = NULL;
    snprintf(port, sizeof port, "%d", settings->port);
    int bad = getaddrinfo(host, port, &hints, &list);
    if (bad)
        return err_set(err, ERR_CONFIG,
                       "cannot listen on '%s': %s; write an address like 127.0.0.1", host,
                       gai_strerror(bad));
    int rc = listen_on(s, list), why = errno;
    freeaddrinfo(list);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE,
                       "cannot listen on %s port %s: %s; choose another port with --listen", host,
                       port, strerror(why));
    return 0;
}

int sink_open(struct sink **out, struct loop *loop, const struct sink_settings *settings,
              struct err *err)
{
    *out = NULL;
    if (settings->port < 0 || settings->port > 65535)
        return err_set(err, ERR_CONFIG, "%d is not a port; ports are 1 to 65535", settings->port);
    struct sink *s = mem_new(1, sizeof *s);
    s->loop = loop;
    s->fd = -1;
    s->idle_timeout_ms =
        settings->idle_timeout_ms > 0 ? settings->idle_timeout_ms : IDLE_TIMEOUT_MS;
    s->house.max_size = settings->max_size > 0 ? settings->max_size : MAX_SIZE_DEFAULT;
    if (s->house.max_size > MAX_SIZE_MOST)
        s->house.max_size = MAX_SIZE_MOST;
    s->house.counts = &s->counts;
    if ((settings->maildir && maildir_open(&s->house.maildir, settings->maildir, err) != 0) ||
        start(s, settings, err) != 0) {
        sink_close(&s);
        return -1;
    }
    s->scratch = mem_new(READ_SIZE, 1);
    s->resume = loop_after(loop, 0, on_resume, s);
    loop_stop(loop, s->resume);
    s->watch = loop_watch(loop, s->fd, LOOP_READ, on_accept, s);
    *out = s;
    return 0;
}

void sink_close(struct sink **sink)
{
    struct sink *s = *sink;
    if (!s)
        return;
    while (s->connections)
        connection_close(s->connections);
    loop_unwatch(s->loop, &s->watch);
    loop_cancel(s->loop, &s->resume);
    if (s->fd >= 0)
        close(s->fd);
    maildir_close(&s->house.maildir);
    free(s->scratch);
    free(s);
    *sink = NULL;
}

int sink_port(const struct sink *sink)
{
    return sink->port;
}

void sink_counts(const struct sink *sink, struct sink_counts *out)
{
    *out = sink->counts;
}
