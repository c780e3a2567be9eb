#include "delivery/single.h"

struct single {
    const struct wire_mail *mail;
    struct wire *wire;
    struct single_result *result;
    struct err err;
    int rc;
    bool is_settled, is_closed;
};

static void opened(void *arg)
{
    struct single *s = arg;
    s->rc = 1; // the mail goes out from the main loop, where wire_send may be called
}

static void settled(void *arg, const struct wire_result *result)
{
    struct single *s = arg;
    *s->result = (struct single_result){result->verdict, result->phase, result->reply};
    s->is_settled = true;
}

static void closed(void *arg, const struct reply *reply, const struct err *err)
{
    (void)reply;
    struct single *s = arg;
    s->err = *err;
    s->is_closed = true;
    wire_close(&s->wire);
}

int single_send(const struct relay_settings *relay, const struct wire_mail *mail,
                struct single_result *result, struct err *err)
{
    struct single s = {.mail = mail, .result = result};
    struct loop *loop = loop_new();
    struct transport *transport = transport_new(loop);
    struct wire_events events = {.opened = opened, .settled = settled, .closed = closed, .arg = &s};
    s.wire = wire_open(transport, loop, relay, &events);
    while (!s.is_closed) {
        if (s.rc == 1) {
            s.rc = wire_send(s.wire, mail, err);
            if (s.wire)
                wire_quit(s.wire);
        }
        if (!s.is_closed)
            loop_turn(loop, -1);
    }
    transport_free(&transport);
    loop_free(&loop);
    if (s.rc == 0 && !s.is_settled) {
        *err = s.err;
        s.rc = -1;
    }
    return s.rc;
}
