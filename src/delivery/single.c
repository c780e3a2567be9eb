#include "delivery/single.h"

struct single {
    const struct wire_mail *mail;
    struct wire *wire;
    struct single_result *result;
    struct err err;
    bool is_open, is_given, is_settled, is_closed;
};

static void opened(void *arg)
{
    struct single *s = arg;
    s->is_open = true; // the mail goes out from the main loop, where wire_send may be called
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
    struct err refusal = {0};
    int rc = 0;
    struct loop *loop = loop_new();
    struct transport *transport = transport_new(loop);
    struct wire_events events = {.opened = opened, .settled = settled, .closed = closed, .arg = &s};
    s.wire = wire_open(transport, loop, relay, &events);
    while (!s.is_closed) {
        if (s.is_open && !s.is_given) {
            s.is_given = true;
            if (wire_send(s.wire, mail, &refusal) != 0)
                rc = -1;
            if (s.wire)
                wire_quit(s.wire);
        }
        if (!s.is_closed)
            loop_turn(loop, -1);
    }
    transport_free(&transport);
    loop_free(&loop);
    if (s.is_settled)
        return 0;
    *err = rc != 0 ? refusal : s.err;
    if (err->kind == ERR_NONE)
        err_set(err, ERR_UNAVAILABLE, "relay %s ended the session", relay->name);
    return -1;
}
