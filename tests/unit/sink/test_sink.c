#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/loop.h"
#include "mail/reply.h"
#include "sink/sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define N(s)  s, sizeof(s) - 1
#define HELLO "EHLO client.example\r\n"
#define FROM  "MAIL FROM:<ann@example.org>\r\n"
#define TO    "RCPT TO:<bob@example.com>\r\n"
#define TO10  TO TO TO TO TO TO TO TO TO TO
#define X100 \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X900 X100 X100 X100 X100 X100 X100 X100 X100 X100

// --- a client without manners --------------------------------------------------------------------

struct client {
    struct loop *loop;
    int fd;
    struct buf got;
    bool closed;
};

static void client_open(struct client *c, struct loop *loop, int port)
{
    *c = (struct client){.loop = loop};
    buf_init(&c->got, BUF_MAX_DEFAULT);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(c->fd >= 0);
    // the kernel completes this before the sink accepts
    assert_int_equal(connect(c->fd, (struct sockaddr *)&a, sizeof a), 0);
}

static void client_close(struct client *c)
{
    close(c->fd);
    buf_deinit(&c->got);
}

static void client_listen(struct client *c)
{
    char data[65536];
    for (;;) {
        ssize_t n = recv(c->fd, data, sizeof data, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            c->closed = true;
        if (n <= 0)
            return;
        buf_add(&c->got, data, (size_t)n);
    }
}

static void client_send(struct client *c, const char *data, size_t len, size_t piece)
{
    for (size_t at = 0; at < len;) {
        size_t want = len - at < piece ? len - at : piece;
        ssize_t n = send(c->fd, data + at, want, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return; // the sink has hung up
        if (n > 0)
            at += (size_t)n;
        loop_turn(c->loop, 0);
        client_listen(c);
    }
}

static size_t replies_in(const struct buf *got, char *out, size_t size)
{
    struct reply_reader reader;
    struct reply reply;
    size_t count = 0, at = 0, used, n = 0;
    reply_reader_init(&reader);
    out[0] = '\0';
    while (reply_next(&reader, got->data + at, got->len - at, &used, &reply, NULL) == 1) {
        at += used;
        count++;
        if (n + 16 < size)
            n += (size_t)snprintf(out + n, size - n, "%s%d%s%s", n ? ", " : "", reply.code,
                                  *reply.enhanced ? " " : "", reply.enhanced);
    }
    return count;
}

static size_t replies_wanted(const char *want)
{
    size_t n = 1;
    for (; *want; want++)
        n += *want == ',';
    return n;
}

// Waits for as many replies as are wanted, or the end of the connection.
static void client_await(struct client *c, size_t wanted, char *out, size_t size)
{
    while (replies_in(&c->got, out, size) < wanted && !c->closed) {
        loop_turn(c->loop, 1);
        client_listen(c);
    }
}

// --- dialogues -----------------------------------------------------------------------------------

struct dialogue_case {
    const char *name;
    const char *in;
    size_t in_len;
    const char *want; // codes and enhanced codes of the replies, the greeting's first
    int messages;
};

static const struct dialogue_case cases[] = {
    {"a message", N(HELLO FROM TO "DATA\r\nhi\r\n.\r\nQUIT\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0", 1},
    {"SX-01 two messages, the next rides behind the dot",
     N(HELLO FROM TO "DATA\r\nhi\r\n.\r\n" FROM TO TO "DATA\r\nho\r\n.\r\nQUIT\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0, 250 2.1.0, 250 2.1.5, 250 2.1.5, 354, "
     "250 2.0.0, 221 2.0.0",
     2},
    {"SX-02 a refused recipient leaves the count of replies right",
     N(HELLO FROM "RCPT TO:<bad>\r\nDATA\r\nRSET\r\nQUIT\r\n"),
     "220, 250, 250 2.1.0, 501 5.1.3, 503 5.5.1, 250 2.0.0, 221 2.0.0", 0},
    {"HELO", N("HELO client\r\n" FROM TO "DATA\r\n.\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0", 1},
    {"lower case", N("ehlo x\r\nmail from:<a@b>\r\nrcpt to:<c@d>\r\ndata\r\n.\r\nquit\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0", 1},
    {"BN-09 the null sender", N(HELLO "MAIL FROM:<>\r\n" TO "DATA\r\n.\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0", 1},
    {"postmaster without a domain", N(HELLO FROM "RCPT TO:<Postmaster>\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5", 0},
    {"no hello", N(FROM TO "DATA\r\nVRFY x\r\n"), "220, 503 5.5.1, 503 5.5.1, 503 5.5.1, 503 5.5.1",
     0},
    {"hello without a name", N("EHLO\r\nHELO \r\n"), "220, 501 5.5.4, 501 5.5.4", 0},
    {"MAIL twice", N(HELLO FROM FROM TO FROM),
     "220, 250, 250 2.1.0, 503 5.5.1, 250 2.1.5, 503 5.5.1", 0},
    {"RCPT first", N(HELLO TO), "220, 250, 503 5.5.1", 0},
    {"DATA first", N(HELLO "DATA\r\n" FROM "DATA\r\n"), "220, 250, 503 5.5.1, 250 2.1.0, 503 5.5.1",
     0},
    {"DATA with something behind it", N(HELLO FROM TO "DATA now\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 501 5.5.4", 0},
    {"EHLO in between ends the message", N(HELLO FROM TO HELLO "DATA\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 250, 503 5.5.1", 0},
    {"RSET", N("RSET\r\n" FROM HELLO FROM "RSET\r\n" TO FROM),
     "220, 250 2.0.0, 503 5.5.1, 250, 250 2.1.0, 250 2.0.0, 503 5.5.1, 250 2.1.0", 0},
    {"NOOP, VRFY", N(HELLO "NOOP\r\nNOOP x y\r\nVRFY bob\r\n"),
     "220, 250, 250 2.0.0, 250 2.0.0, 252 2.5.0", 0},
    {"what is not offered",
     N(HELLO "STARTTLS\r\nAUTH PLAIN x\r\nEXPN x\r\nHELP\r\nBDAT 0 LAST\r\n"),
     "220, 250, 502 5.5.1, 502 5.5.1, 502 5.5.1, 502 5.5.1, 502 5.5.1", 0},
    {"no command", N("\r\n \r\nFOO\r\nMAILFROM:<a@b>\r\nMAI FROM:<a@b>\r\n"),
     "220, 500 5.5.2, 500 5.5.2, 500 5.5.2, 500 5.5.2, 500 5.5.2", 0},
    {"DT-05 bare LF behind a command", N("NOOP\nNOOP\r\n"), "220, 500 5.5.2, 250 2.0.0", 0},
    {"CR and NUL in a command", N("NO\rOP\r\nNO\0OP\r\nNOOP\0\r\n"),
     "220, 500 5.5.2, 500 5.5.2, 500 5.5.2", 0},
    {"a command of 1000 octets",
     N("NOOP " X900
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nNOOP\r\n"),
     "220, 250 2.0.0, 250 2.0.0", 0},
    {"a command of 1001",
     N("NOOP " X900
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nNOOP\r\n"),
     "220, 500 5.5.2, 250 2.0.0", 0},
    {"a command of 4000", N("NOOP " X900 X900 X900 X900 X100 X100 X100 X100 "\r\nNOOP\r\n"),
     "220, 500 5.5.2, 250 2.0.0", 0},
    {"malformed senders",
     N(HELLO "MAIL FROM:\r\nMAIL FROM: <a@b>\r\nMAIL FROM:a@b\r\nMAIL <a@b>\r\nMAIL FROM:<a@b\r\n"
             "MAIL FROM:<a@b>x\r\nMAIL FROM:<postmaster>\r\nMAIL FROM:<a b@c>\r\n"),
     "220, 250, 501 5.1.7, 501 5.1.7, 501 5.1.7, 501 5.1.7, 501 5.1.7, 501 5.1.7, 501 5.1.7, 501 5.1.7",
     0},
    {"malformed recipients",
     N(HELLO FROM "RCPT TO:\r\nRCPT TO:<>\r\nRCPT TO:<a@b@c>\r\nRCPT TO:<@r:a@b>\r\n"),
     "220, 250, 250 2.1.0, 501 5.1.3, 501 5.1.3, 501 5.1.3, 501 5.1.3", 0},
    {"IA-02 not ASCII", N(HELLO "MAIL FROM:<j\xc3\xb6rg@b>\r\n" FROM "RCPT TO:<\xc3\xb6@b>\r\n"),
     "220, 250, 553 5.6.7, 250 2.1.0, 553 5.6.7", 0},
    {"SX-07 SIZE",
     N(HELLO "MAIL FROM:<a@b> SIZE=1000\r\nRSET\r\nMAIL FROM:<a@b> size=1001\r\n"
             "MAIL FROM:<a@b> SIZE=99999999999999999999\r\nMAIL FROM:<a@b> SIZE=\r\n"
             "MAIL FROM:<a@b> SIZE=1x\r\nMAIL FROM:<a@b> SIZE=-1\r\n"),
     "220, 250, 250 2.1.0, 250 2.0.0, 552 5.3.4, 552 5.3.4, 501 5.5.4, 501 5.5.4, 501 5.5.4", 0},
    {"SX-08 BODY",
     N(HELLO "MAIL FROM:<a@b> BODY=8BITMIME  SIZE=3\r\nRSET\r\nMAIL FROM:<a@b> body=7bit\r\n"
             "RSET\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\nMAIL FROM:<a@b> BODY=7BITX\r\n"),
     "220, 250, 250 2.1.0, 250 2.0.0, 250 2.1.0, 250 2.0.0, 501 5.5.4, 501 5.5.4", 0},
    {"SX-12 parameters that were not offered",
     N(HELLO "MAIL FROM:<a@b> RET=HDRS\r\nMAIL FROM:<a@b> SMTPUTF8\r\n" FROM
             "RCPT TO:<a@b> NOTIFY=NEVER\r\n"),
     "220, 250, 555 5.5.4, 555 5.5.4, 250 2.1.0, 555 5.5.4", 0},
    {"a message of exactly the SIZE",
     N(HELLO FROM TO
       "DATA\r\n" X900 "\r\n"
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n.\r\n"),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0", 1},
    {"SX-07 a message over the SIZE", N(HELLO FROM TO "DATA\r\n" X900 "\r\n" X100 "\r\n.\r\n" FROM),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 552 5.3.4, 250 2.1.0", 0},
    {"MM-01 a long line in the message", N(HELLO FROM TO "DATA\r\n" X900 X100 "\r\n.\r\n" FROM),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 554 5.6.0, 250 2.1.0", 0},
    {"DT-05 bare LF in the message", N(HELLO FROM TO "DATA\r\na\nb\r\n.\r\n" FROM),
     "220, 250, 250 2.1.0, 250 2.1.5, 354, 554 5.6.0, 250 2.1.0", 0},
    {"one hundred recipients and one more",
     N(HELLO FROM TO10 TO10 TO10 TO10 TO10 TO10 TO10 TO10 TO10 TO10 TO "DATA\r\n.\r\n"), NULL, 1},
    {"nothing is read behind QUIT", N("QUIT\r\nNOOP\r\n"), "220, 221 2.0.0", 0},
};

static void expect_hundred(char *want, size_t size)
{
    size_t n = (size_t)snprintf(want, size, "220, 250, 250 2.1.0");
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(want + n, size - n, ", 250 2.1.5");
    snprintf(want + n, size - n, ", 452 4.5.3, 354, 250 2.0.0");
}

static void play(const struct dialogue_case *c, size_t piece)
{
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {.host = "127.0.0.1", .max_size = 1000};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client client;
    client_open(&client, loop, sink_port(sink));
    char got[4096], want[4096];
    if (c->want)
        snprintf(want, sizeof want, "%s", c->want);
    else
        expect_hundred(want, sizeof want);
    client_await(&client, 1, got, sizeof got);
    client_send(&client, c->in, c->in_len, piece);
    client_await(&client, replies_wanted(want), got, sizeof got);
    for (int i = 0; i < 3; i++) { // is there one too many?
        loop_turn(loop, 0);
        client_listen(&client);
    }
    replies_in(&client.got, got, sizeof got);
    if (strcmp(got, want) != 0)
        fail_msg("%s, in pieces of %zu:\n  got  %s\n  want %s", c->name, piece, got, want);
    struct sink_counts counts;
    sink_counts(sink, &counts);
    assert_int_equal(counts.messages, c->messages);
    assert_int_equal(counts.connections, 1);
    client_close(&client);
    sink_close(&sink);
    loop_free(&loop);
}

static void test_dialogues(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        play(&cases[i], SIZE_MAX);
        play(&cases[i], 1);
        play(&cases[i], 7);
    }
}

static void test_ehlo_offers(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {.max_size = 12345};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client c;
    char got[256];
    client_open(&c, loop, sink_port(sink));
    client_send(&c, N(HELLO), SIZE_MAX);
    client_await(&c, 2, got, sizeof got);
    assert_contains(c.got.data, "250-PIPELINING\r\n");
    assert_contains(c.got.data, "250-SIZE 12345\r\n");
    assert_contains(c.got.data, "250-8BITMIME\r\n");
    assert_contains(c.got.data, "250 ENHANCEDSTATUSCODES\r\n");
    client_close(&c);
    sink_close(&sink);
    assert_null(sink);
    loop_free(&loop);
}

// DT-03: the nine sequences, and two more, never end the data; what they would smuggle in is text.
static void test_smuggling(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } sequences[] = {
        {N("\n.\n")},       {N("\n.\r\n")}, {N("\r.\n")},       {N("\r.\r")},
        {N("\n.\r")},       {N("\r.\r\n")}, {N("\r\n.\r\r\n")}, {N("\r\r\n.\r\r\n")},
        {N("\r\n\0.\r\n")}, {N("\r\n.\n")}, {N("\r\n.\r")},
    };
    for (size_t i = 0; i < COUNT_OF(sequences); i++)
        for (size_t piece = 1; piece < 200; piece = piece * 3 + 1) {
            struct buf b;
            buf_init(&b, BUF_MAX_DEFAULT);
            buf_adds(&b, HELLO FROM TO "DATA\r\nbefore");
            buf_add(&b, sequences[i].bytes, sequences[i].len);
            buf_adds(&b, FROM TO "DATA\r\nsmuggled\r\n.\r\nQUIT\r\n");
            struct dialogue_case c = {"smuggling", b.data, b.len,
                                      "220, 250, 250 2.1.0, 250 2.1.5, 354, 554 5.6.0, 221 2.0.0",
                                      0};
            play(&c, piece);
            buf_deinit(&b);
        }
}

// --- the Maildir ---------------------------------------------------------------------------------

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hearten-sink.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void empty_folder(const char *dir, bool remove_it)
{
    char **names;
    size_t count;
    struct err err;
    assert_ok(file_list(dir, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(dir, names[i]);
        if (file_is_dir(path))
            empty_folder(path, true);
        else
            assert_int_equal(unlink(path), 0);
        free(path);
    }
    file_free_names(&names, count);
    if (remove_it)
        assert_int_equal(rmdir(dir), 0);
}

static int remove_folder(void **state)
{
    (void)state;
    empty_folder(folder, true);
    return 0;
}

static void test_maildir(void **state)
{
    (void)state;
    static const char in[] = HELLO "MAIL FROM:<>\r\n" TO "RCPT TO:<\"c d\"@example.net>\r\n"
                                   "DATA\r\nSubject: x\r\n\r\n..one\r\n...\r\nlast\r\n.\r\n";
    static const char want[] = "Return-Path: <>\r\nDelivered-To: <bob@example.com>\r\n"
                               "Delivered-To: <\"c d\"@example.net>\r\n"
                               "Subject: x\r\n\r\n.one\r\n..\r\nlast\r\n";
    for (size_t piece = 1; piece < 200; piece = piece * 4 + 3) {
        struct loop *loop = loop_new();
        struct sink *sink;
        struct err err;
        struct sink_settings settings = {.maildir = folder};
        assert_ok(sink_open(&sink, loop, &settings, &err), &err);
        struct client c;
        char got[512];
        client_open(&c, loop, sink_port(sink));
        client_send(&c, in, sizeof in - 1, piece);
        // a refused one leaves nothing, neither a file nor a field in the next message
        client_send(&c, N(FROM TO "DATA\r\nbad\nline\r\n.\r\n"), piece);
        client_send(&c, N("MAIL FROM:<x@y>\r\nRSET\r\n"), piece);
        client_send(&c, N(FROM TO "DATA\r\nsecond\r\n.\r\n"), piece);
        client_await(&c, 16, got, sizeof got);
        struct sink_counts counts;
        sink_counts(sink, &counts);
        assert_int_equal(counts.messages, 2);
        assert_int_equal(counts.refused, 1);
        assert_int_equal(counts.bytes,
                         strlen("Subject: x\r\n\r\n.one\r\n..\r\nlast\r\nsecond\r\n"));
        char *dir = file_join(folder, "new");
        char **names;
        size_t count;
        assert_ok(file_list(dir, &names, &count, &err), &err);
        assert_int_equal(count, 2);
        bool first = false, second = false;
        for (size_t i = 0; i < count; i++) {
            char *path = file_join(dir, names[i]);
            struct buf mail;
            buf_init(&mail, BUF_MAX_DEFAULT);
            assert_ok(file_read(path, 10000, &mail, &err), &err);
            first |= strcmp(mail.data, want) == 0;
            second |= strcmp(mail.data, "Return-Path: <ann@example.org>\r\n"
                                        "Delivered-To: <bob@example.com>\r\nsecond\r\n") == 0;
            buf_deinit(&mail);
            free(path);
        }
        assert_true(first);
        assert_true(second);
        file_free_names(&names, count);
        free(dir);
        client_close(&c);
        sink_close(&sink);
        loop_free(&loop);
        empty_folder(folder, false);
    }
}

// The Maildir goes away under the sink: 451, nothing is lost by the client, and nothing crashes.
static void test_maildir_is_gone(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {.maildir = folder};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    empty_folder(folder, false);
    struct client c;
    char got[256];
    client_open(&c, loop, sink_port(sink));
    client_send(&c, N(HELLO FROM TO "DATA\r\nx\r\n.\r\n"), SIZE_MAX);
    client_await(&c, 6, got, sizeof got);
    assert_string_equal(got, "220, 250, 250 2.1.0, 250 2.1.5, 354, 451 4.3.0");
    struct sink_counts counts;
    sink_counts(sink, &counts);
    assert_int_equal(counts.messages, 0);
    client_close(&c);
    sink_close(&sink);
    loop_free(&loop);
}

// --- the connection ------------------------------------------------------------------------------

static void test_idle(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {.idle_timeout_ms = 40};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client c;
    char got[256];
    client_open(&c, loop, sink_port(sink));
    client_send(&c, N(HELLO), SIZE_MAX);
    int64_t start = clock_mono_ms();
    client_await(&c, 3, got, sizeof got);
    assert_string_equal(got, "220, 250, 421 4.4.2");
    assert_true(clock_mono_ms() - start >= 35);
    while (!c.closed) {
        loop_turn(loop, 1);
        client_listen(&c);
    }
    client_close(&c);
    sink_close(&sink);
    loop_free(&loop);
}

// A client that sends nonsense for ever is told to go.
static void test_too_many_errors(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {0};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client c;
    client_open(&c, loop, sink_port(sink));
    for (int i = 0; i < 300; i++)
        client_send(&c, N("GET / HTTP/1.1\r\n"), SIZE_MAX);
    while (!c.closed) {
        loop_turn(loop, 1);
        client_listen(&c);
        client_send(&c, N("x"), SIZE_MAX);
    }
    assert_contains(c.got.data, "421 4.7.0 too many errors\r\n");
    client_close(&c);
    sink_close(&sink);
    loop_free(&loop);
}

// A client that never reads: the sink stops reading from it, and everything arrives later.
static void test_a_client_that_does_not_listen(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {0};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client c;
    client_open(&c, loop, sink_port(sink));
    static const char line[] = "NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n";
    int64_t sent = 0;
    int stuck = 0;
    // until both directions are full
    while (stuck < 20) {
        ssize_t n = send(c.fd, line + sent % 24, 24 - (size_t)(sent % 24), MSG_DONTWAIT);
        if (n > 0)
            sent += n;
        stuck = n > 0 ? 0 : stuck + 1;
        loop_turn(loop, 0);
    }
    struct client other; // the others are served meanwhile
    char got[64];
    client_open(&other, loop, sink_port(sink));
    client_send(&other, N("NOOP\r\n"), SIZE_MAX);
    client_await(&other, 2, got, sizeof got);
    assert_string_equal(got, "220, 250 2.0.0");
    size_t want = (size_t)(sent / 6) * strlen("250 2.0.0 ok\r\n");
    while (c.got.len < want) {
        loop_turn(loop, 1);
        client_listen(&c);
    }
    client_close(&other);
    client_close(&c);
    sink_close(&sink);
    loop_free(&loop);
}

// Many at once, each its own transaction, interleaved octet by octet.
static void test_many_connections(void **state)
{
    (void)state;
    enum {
        MANY = 50
    };
    static const char in[] = HELLO FROM TO "DATA\r\nhello\r\n.\r\nQUIT\r\n";
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {0};
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client c[MANY];
    char got[256];
    for (int i = 0; i < MANY; i++)
        client_open(&c[i], loop, sink_port(sink));
    for (size_t at = 0; at < sizeof in - 1; at++)
        for (int i = 0; i < MANY; i++)
            client_send(&c[i], in + at, 1, 1);
    for (int i = 0; i < MANY; i++) {
        client_await(&c[i], 7, got, sizeof got);
        assert_string_equal(got, "220, 250, 250 2.1.0, 250 2.1.5, 354, 250 2.0.0, 221 2.0.0");
    }
    struct sink_counts counts;
    sink_counts(sink, &counts);
    assert_int_equal(counts.connections, MANY);
    assert_int_equal(counts.messages, MANY);
    assert_int_equal(counts.bytes, MANY * 7);
    assert_int_equal(counts.refused, 0);
    for (int i = 0; i < MANY; i++)
        client_close(&c[i]);
    sink_close(&sink);
    loop_free(&loop);
}

// No descriptors left: the client waits in the queue and is served when there are some again.
static void test_out_of_descriptors(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *sink;
    struct err err;
    struct sink_settings settings = {0};
    struct rlimit old, tight;
    assert_ok(sink_open(&sink, loop, &settings, &err), &err);
    struct client c;
    client_open(&c, loop, sink_port(sink));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)c.fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 1);
    client_listen(&c);
    assert_int_equal(c.got.len, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    char got[64];
    client_await(&c, 1, got, sizeof got);
    assert_string_equal(got, "220");
    client_close(&c);
    sink_close(&sink);
    loop_free(&loop);
}

static void test_cannot_listen(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct sink *one, *two;
    struct err err;
    struct sink_settings settings = {.host = "127.0.0.1"};
    assert_ok(sink_open(&one, loop, &settings, &err), &err);
    settings.port = sink_port(one);
    assert_int_equal(sink_open(&two, loop, &settings, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_contains(err.msg, "cannot listen on 127.0.0.1 port");
    assert_null(two);
    settings = (struct sink_settings){.host = "not an address"};
    assert_int_equal(sink_open(&two, loop, &settings, &err), -1);
    assert_int_equal(err.kind, ERR_CONFIG);
    settings = (struct sink_settings){.port = 70000};
    assert_int_equal(sink_open(&two, loop, &settings, &err), -1);
    assert_int_equal(err.kind, ERR_CONFIG);
    settings = (struct sink_settings){.maildir = "/dev/null/x"};
    assert_int_equal(sink_open(&two, loop, &settings, &err), -1);
    assert_int_equal(err.kind, ERR_CREATE);
    assert_contains(err.msg, "/dev/null");
    settings = (struct sink_settings){.host = "::1"};
    if (sink_open(&two, loop, &settings, &err) == 0) // where there is IPv6
        assert_true(sink_port(two) > 0);
    sink_close(&two);
    sink_close(&one);
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialogues),
        cmocka_unit_test(test_ehlo_offers),
        cmocka_unit_test(test_smuggling),
        cmocka_unit_test_setup_teardown(test_maildir, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_maildir_is_gone, make_folder, remove_folder),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_too_many_errors),
        cmocka_unit_test(test_a_client_that_does_not_listen),
        cmocka_unit_test(test_many_connections),
        cmocka_unit_test(test_out_of_descriptors),
        cmocka_unit_test(test_cannot_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
