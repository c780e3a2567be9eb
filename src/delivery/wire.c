#include "delivery/wire.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "delivery/stuffing.h"
#include "mail/addr.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIT_TIMEOUT_MS 5000
#define MESSAGE_MAX     ((size_t)64 << 20)

enum expect {
    EXPECT_MAIL,
    EXPECT_RCPT,
    EXPECT_DATA,
    EXPECT_END,
    EXPECT_VOID, // an empty end of data that closes a transaction without recipients (SX-03)
    EXPECT_RSET,
    EXPECT_QUIT,
};

struct txn {
    struct wire_mail mail;
    char *from, *to;
    struct buf data;       // dot-stuffed, with its end of data
    bool envelope_is_out;  // MAIL was put
    bool content_is_out;   // the content was put
    uint64_t end_at;       // position in the stream behind the end of data
    enum smtp_phase phase; // the phase whose reply comes next
    bool has_failed;       // `result` holds the refusal; further replies of it are only read
    struct wire_result result;
};

struct awaited {
    enum expect what;
    struct txn *txn;
};

struct wire {
    struct session *session;
    struct loop *loop;
    const struct relay_settings *relay;
    struct wire_events events;
    struct loop_timer *timer;

    struct txn *current, *next;
    struct awaited awaited[16];
    size_t awaited_count;

    struct buf out;
    size_t out_done;
    uint64_t taken;  // bytes of the stream the network took
    uint64_t queued; // bytes of the stream put so far
    struct reply_reader reader;

    int given; // mails so far
    int depth; // of our own calls on the stack: wire_close inside them only marks
    bool is_open, is_quitting, is_ended, is_dead;
    bool is_careful; // no pipelining
};

// --- lifetime ------------------------------------------------------------------------------------

static void txn_free(struct txn **txn)
{
    if (!*txn)
        return;
    free((*txn)->from);
    free((*txn)->to);
    buf_deinit(&(*txn)->data);
    free(*txn);
    *txn = NULL;
}

static void release(struct wire *w)
{
    if (w->depth > 0 || !w->is_dead)
        return;
    buf_deinit(&w->out);
    free(w);
}

static bool was_handed_over(const struct wire *w, const struct txn *txn)
{
    return txn->content_is_out && w->taken >= txn->end_at;
}

// Tells the fate of a transaction and forgets it.
static void settle(struct wire *w, struct txn *txn)
{
    struct wire_result result = txn->result;
    result.tag = txn->mail.tag;
    if (txn == w->current) {
        w->current = w->next;
        w->next = NULL;
    } else {
        w->next = NULL;
    }
    for (size_t i = 0; i < w->awaited_count; i++)
        if (w->awaited[i].txn == txn)
            w->awaited[i].txn = NULL;
    txn_free(&txn);
    w->events.settled(w->events.arg, &result);
}

// The connection is gone: what is open gets the last word that was said of it, or none.
static void settle_lost(struct wire *w, const struct reply *last)
{
    while (w->current) {
        struct txn *txn = w->current;
        if (!txn->has_failed) {
            bool handed = was_handed_over(w, txn);
            txn->result = (struct wire_result){.phase = txn->phase, .handed_over = handed};
            if (last && !handed)
                txn->result.reply = *last;
            txn->result.verdict = verdict_of(txn->phase, &txn->result.reply, handed);
        }
        settle(w, txn);
    }
}

static void end(struct wire *w, const struct reply *reply, const struct err *err)
{
    if (w->is_ended)
        return;
    w->is_ended = true;
    w->is_open = false;
    w->awaited_count = 0;
    loop_cancel(w->loop, &w->timer);
    session_close(&w->session);
    settle_lost(w, reply && reply->code == 421 ? reply : NULL);
    if (!w->is_dead)
        w->events.closed(w->events.arg, reply, err);
}

// reply: the last word of the server, when it was the reason.
static void end_lost(struct wire *w, const struct reply *reply, const char *why)
{
    struct err err;
    struct reply none = {0};
    err_set(&err, ERR_UNAVAILABLE, "relay %s: %s", w->relay->name, why);
    end(w, reply ? reply : &none, &err);
}

static void end_said(struct wire *w, const struct reply *reply)
{
    char line[REPLY_LINE];
    reply_format(reply, line);
    end_lost(w, reply, line);
}

void wire_close(struct wire **wire)
{
    struct wire *w = *wire;
    if (!w)
        return;
    *wire = NULL;
    w->is_dead = true;
    w->depth++;
    end_lost(w, NULL, "closed");
    w->depth--;
    release(w);
}

// --- output --------------------------------------------------------------------------------------

static int64_t wait_for(const struct wire *w)
{
    switch (w->awaited[0].what) {
    case EXPECT_END:
    case EXPECT_VOID:
        return w->relay->data_timeout_ms;
    case EXPECT_QUIT:
        return QUIT_TIMEOUT_MS < w->relay->reply_timeout_ms ? QUIT_TIMEOUT_MS
                                                            : w->relay->reply_timeout_ms;
    default:
        return w->relay->reply_timeout_ms;
    }
}

static void arm(struct wire *w)
{
    if (!w->timer)
        return;
    if (w->awaited_count)
        loop_again(w->loop, w->timer, wait_for(w));
    else
        loop_stop(w->loop, w->timer);
}

static void flush(struct wire *w)
{
    bool moved = false;
    while (!w->is_ended && w->out_done < w->out.len) {
        struct err err;
        ssize_t n =
            session_write(w->session, w->out.data + w->out_done, w->out.len - w->out_done, &err);
        if (n < 0) {
            end_lost(w, NULL, "the connection broke while sending");
            return;
        }
        if (n == 0)
            break;
        w->out_done += (size_t)n;
        w->taken += (uint64_t)n;
        moved = true;
    }
    if (w->out_done == w->out.len) {
        buf_reset(&w->out);
        w->out_done = 0;
    }
    if (moved)
        arm(w);
}

static void put(struct wire *w, const char *data, size_t len)
{
    buf_add(&w->out, data, len);
    w->queued += len;
}

// A wait begins: the timer is set when it is the first of those that stand in line, and again by
// each whole reply; single bytes that drip in do not put it off.
static void await(struct wire *w, enum expect what, struct txn *txn)
{
    assert(w->awaited_count < COUNT_OF(w->awaited));
    w->awaited[w->awaited_count++] = (struct awaited){what, txn};
    if (w->awaited_count == 1)
        arm(w);
}

static void put_line(struct wire *w, enum expect what, struct txn *txn, const char *line)
{
    put(w, line, strlen(line));
    put(w, "\r\n", 2);
    await(w, what, txn);
}

static void put_mail(struct wire *w, struct txn *txn)
{
    char line[ADDR_MAX + 64];
    if (session_offers(w->session)->has_size)
        snprintf(line, sizeof line, "MAIL FROM:<%s> SIZE=%zu", txn->from, txn->mail.len);
    else
        snprintf(line, sizeof line, "MAIL FROM:<%s>", txn->from);
    txn->envelope_is_out = true;
    txn->phase = PHASE_MAIL;
    put_line(w, EXPECT_MAIL, txn, line);
}

static void put_rcpt(struct wire *w, struct txn *txn)
{
    char line[ADDR_MAX + 64];
    snprintf(line, sizeof line, "RCPT TO:<%s>", txn->to);
    put_line(w, EXPECT_RCPT, txn, line);
}

static bool is_pipelining(const struct wire *w)
{
    return session_offers(w->session)->pipelining && !w->is_careful;
}

static void put_envelope(struct wire *w, struct txn *txn)
{
    put_mail(w, txn);
    if (is_pipelining(w)) {
        put_rcpt(w, txn);
        put_line(w, EXPECT_DATA, txn, "DATA");
    }
}

static void put_content(struct wire *w, struct txn *txn)
{
    put(w, txn->data.data, txn->data.len);
    txn->content_is_out = true;
    txn->end_at = w->queued;
    txn->phase = PHASE_END;
    await(w, EXPECT_END, txn);
}

// Puts whatever may go out now.
static void advance(struct wire *w)
{
    if (!w->is_open || w->is_ended)
        return;
    bool may_follow = is_pipelining(w) || w->awaited_count == 0; // a RSET may be on its way
    if (w->current && !w->current->envelope_is_out && may_follow)
        put_envelope(w, w->current);
    // The next envelope rides behind the end of data, never before it: DATA must be the last
    // command of its group (SX-01).
    if (w->next && w->current && is_pipelining(w) && w->current->content_is_out &&
        !w->next->envelope_is_out)
        put_envelope(w, w->next);
    bool is_spent =
        w->relay->messages_per_connection && w->given >= w->relay->messages_per_connection;
    if (!w->current && (w->is_quitting || is_spent) && w->awaited_count == 0) {
        w->is_quitting = true;
        put_line(w, EXPECT_QUIT, NULL, "QUIT");
    }
    flush(w);
}

// --- replies -------------------------------------------------------------------------------------

static void refuse(struct txn *txn, enum smtp_phase phase, const struct reply *reply,
                   enum verdict verdict)
{
    if (txn->has_failed)
        return;
    txn->has_failed = true;
    txn->result = (struct wire_result){.phase = phase, .reply = *reply, .verdict = verdict};
}

// A reply that fits nothing: from here on no reply on this connection can be matched.
static bool is_out_of_step(const struct reply *reply, enum verdict verdict)
{
    return verdict != VERDICT_GO && verdict != VERDICT_SENT && reply->code / 100 != 4 &&
           reply->code / 100 != 5;
}

// The transaction failed before its content went out: clean the server's state, say so.
static void give_up(struct wire *w, struct txn *txn)
{
    put_line(w, EXPECT_RSET, NULL, "RSET");
    settle(w, txn);
}

static void on_mail(struct wire *w, struct txn *txn, const struct reply *reply, enum verdict v)
{
    txn->phase = PHASE_RCPT;
    if (v != VERDICT_GO)
        refuse(txn, PHASE_MAIL, reply, v);
    if (is_pipelining(w))
        return;
    if (txn->has_failed)
        give_up(w, txn);
    else
        put_rcpt(w, txn);
}

static void on_rcpt(struct wire *w, struct txn *txn, const struct reply *reply, enum verdict v)
{
    txn->phase = PHASE_DATA;
    if (v != VERDICT_GO)
        refuse(txn, PHASE_RCPT, reply, v);
    if (is_pipelining(w))
        return;
    if (txn->has_failed)
        give_up(w, txn);
    else
        put_line(w, EXPECT_DATA, txn, "DATA");
}

static void on_data(struct wire *w, struct txn *txn, const struct reply *reply, enum verdict v)
{
    if (v != VERDICT_GO)
        refuse(txn, PHASE_DATA, reply, v);
    if (!txn->has_failed) {
        put_content(w, txn);
        return;
    }
    // The server wants content for a transaction that has no recipient (SX-03).
    if (reply->code == 354)
        put_line(w, EXPECT_VOID, NULL, ".");
    give_up(w, txn);
}

static void on_end(struct wire *w, struct txn *txn, const struct reply *reply, enum verdict v)
{
    txn->result = (struct wire_result){
        .phase = PHASE_END, .reply = *reply, .handed_over = true, .verdict = v};
    w->is_careful = false;
    settle(w, txn);
}

static const struct {
    enum smtp_phase phase;
    void (*handle)(struct wire *, struct txn *, const struct reply *, enum verdict);
} transaction_replies[] = {
    [EXPECT_MAIL] = {PHASE_MAIL, on_mail},
    [EXPECT_RCPT] = {PHASE_RCPT, on_rcpt},
    [EXPECT_DATA] = {PHASE_DATA, on_data},
    [EXPECT_END] = {PHASE_END, on_end},
};

static void on_transaction_reply(struct wire *w, const struct awaited *a, const struct reply *reply)
{
    // A server may refuse while our content is still on its way (a 4xx or 5xx in the middle of it).
    // Then nothing was accepted, and the rest of the content has no one to go to.
    bool is_early = a->what == EXPECT_END && !was_handed_over(w, a->txn);
    enum smtp_phase phase = transaction_replies[a->what].phase;
    enum verdict v = verdict_of(phase, reply, a->what == EXPECT_END && !is_early);
    if (is_early && v == VERDICT_SENT) {
        end_lost(w, NULL, "it accepted a message before its end");
        return;
    }
    if (is_out_of_step(reply, v) && !(a->txn->has_failed && a->what == EXPECT_DATA)) {
        end_lost(w, NULL, "its replies do not match the commands");
        return;
    }
    transaction_replies[a->what].handle(w, a->txn, reply, v);
    if (is_early)
        end_lost(w, NULL, "it refused a message before its end");
}

static void on_reply(struct wire *w, const struct reply *reply)
{
    if (w->awaited_count == 0) {
        if (reply->code == 421)
            end_said(w, reply);
        else
            end_lost(w, reply, "it spoke out of turn");
        return;
    }
    struct awaited a = w->awaited[0];
    memmove(w->awaited, w->awaited + 1, --w->awaited_count * sizeof a);
    arm(w);
    if (a.what == EXPECT_QUIT) {
        struct err none = {0};
        end(w, reply, &none);
        return;
    }
    if (a.txn)
        on_transaction_reply(w, &a, reply);
    if (reply->code == 421 && !w->is_ended)
        end_said(w, reply);
}

static void read_replies(struct wire *w)
{
    char data[16384];
    while (!w->is_ended) {
        struct err err;
        ssize_t n = session_read(w->session, data, sizeof data, &err);
        if (n == 0)
            break;
        if (n < 0) {
            end_lost(w, NULL, "it closed the connection");
            return;
        }
        for (size_t at = 0; at < (size_t)n && !w->is_ended;) {
            struct reply reply;
            size_t used;
            int got = reply_next(&w->reader, data + at, (size_t)n - at, &used, &reply, &err);
            at += used;
            if (got < 0) {
                end_lost(w, NULL, err.msg);
                return;
            }
            if (got == 0)
                break;
            on_reply(w, &reply);
        }
    }
}

// --- events of the session -----------------------------------------------------------------------

static void session_opened(void *arg)
{
    struct wire *w = arg;
    w->depth++;
    w->is_open = true;
    w->events.opened(w->events.arg);
    advance(w);
    w->depth--;
    release(w);
}

static void session_failed(void *arg, const struct reply *reply, const struct err *err)
{
    struct wire *w = arg;
    w->depth++;
    end(w, reply, err);
    w->depth--;
    release(w);
}

static void session_readable(void *arg)
{
    struct wire *w = arg;
    w->depth++;
    read_replies(w);
    advance(w);
    w->depth--;
    release(w);
}

static void session_writable(void *arg)
{
    struct wire *w = arg;
    w->depth++;
    flush(w);
    w->depth--;
    release(w);
}

static void timed_out(void *arg)
{
    struct wire *w = arg;
    w->depth++;
    if (w->awaited_count && w->awaited[0].what == EXPECT_QUIT) {
        struct err none = {0};
        struct reply reply = {0};
        end(w, &reply, &none);
    } else {
        end_lost(w, NULL, "no reply in time");
    }
    w->depth--;
    release(w);
}

// --- the owner's calls ---------------------------------------------------------------------------

struct wire *wire_open(struct transport *transport, struct loop *loop,
                       const struct relay_settings *relay, const struct wire_events *events)
{
    struct wire *w = mem_new(1, sizeof *w);
    w->loop = loop;
    w->relay = relay;
    w->events = *events;
    buf_init(&w->out, 3 * MESSAGE_MAX);
    reply_reader_init(&w->reader);
    w->timer = loop_after(loop, 0, timed_out, w);
    loop_stop(loop, w->timer);
    struct session_events mine = {.opened = session_opened,
                                  .failed = session_failed,
                                  .readable = session_readable,
                                  .writable = session_writable,
                                  .arg = w};
    w->session = session_open(transport, relay, &mine);
    return w;
}

void wire_be_careful(struct wire *w)
{
    w->is_careful = true;
}

int wire_room(const struct wire *w)
{
    if (!w->is_open || w->is_quitting || w->is_ended)
        return 0;
    int room = (is_pipelining(w) ? 2 : 1) - (w->current != NULL) - (w->next != NULL);
    int most = w->relay->messages_per_connection;
    if (most && most - w->given < room)
        room = most - w->given;
    return room;
}

bool wire_is_open(const struct wire *w)
{
    return w->is_open;
}

int wire_send(struct wire *w, const struct wire_mail *mail, struct err *err)
{
    assert(wire_room(w) > 0);
    const struct session_offers *offers = session_offers(w->session);
    if (offers->has_size && offers->size > 0 && mail->len > (size_t)offers->size)
        return err_set(err, ERR_UNAVAILABLE,
                       "the message has %zu bytes, relay %s takes at most %lld", mail->len,
                       w->relay->name, (long long)offers->size);
    struct txn *txn = mem_new(1, sizeof *txn);
    buf_init(&txn->data, MESSAGE_MAX);
    buf_reserve(&txn->data, mail->len + mail->len / 64 + 8);
    if (stuffing_add(&txn->data, mail->data, mail->len) != 0) {
        txn_free(&txn);
        return err_set(err, ERR_INPUT,
                       "the message has a bare line end, a NUL or a line over 998 octets");
    }
    txn->mail = *mail;
    txn->from = mem_strdup(mail->from);
    txn->to = mem_strdup(mail->to);
    w->given++;
    if (w->current)
        w->next = txn;
    else
        w->current = txn;
    w->depth++;
    advance(w);
    w->depth--;
    release(w);
    return 0;
}

void wire_quit(struct wire *w)
{
    w->is_quitting = true;
    w->depth++;
    advance(w);
    w->depth--;
    release(w);
}
