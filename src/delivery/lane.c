#include "delivery/parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define LANE_FAILURES_MAX 3

static void lane_open(void *arg);

static void lane_opened(void *arg)
{
    struct lane *lane = arg;
    lane->was_open = true;
    lane->was_useful = false;
}

static bool has_open_lane(const struct engine *e)
{
    for (size_t i = 0; i < e->lane_count; i++)
        if (!e->lanes[i].has_given_up)
            return true;
    return false;
}

static void give_up(struct lane *lane, const struct err *why)
{
    lane->has_given_up = true;
    if (!has_open_lane(lane->engine))
        outcome_stop(lane->engine, why);
}

// Who answers everybody with "later" is not asked for everybody.
static void count_busy(struct lane *lane, const struct wire_result *r)
{
    bool is_busy = r->verdict == VERDICT_SLOW_RELAY && r->reply.code != 421;
    lane->busy = is_busy ? lane->busy + 1 : 0;
    if (lane->busy < LANE_FAILURES_MAX || lane->has_given_up)
        return;
    struct err err;
    char reply[REPLY_LINE];
    reply_format(&r->reply, reply);
    err_set(&err, ERR_UNAVAILABLE, "relay %s is busy: %s", lane->engine->relay->name, reply);
    give_up(lane, &err);
    if (lane->wire)
        wire_quit(lane->wire);
}

static void lane_settled(void *arg, const struct wire_result *r)
{
    struct lane *lane = arg;
    struct item *item = r->tag;
    struct wire_result result = *r;
    result.verdict = verdict_of_session(r->verdict, r->phase, &r->reply, lane->was_useful);
    // With PIPELINING a server that dies of a recipient takes its answer to MAIL along, and that
    // reader, who is only let go, would come up again for ever. So the next session goes step by
    // step.
    if (r->phase == PHASE_MAIL && r->reply.code == 0)
        lane->is_careful = true;
    if (r->reply.code != 0 && result.verdict != VERDICT_RELEASE &&
        result.verdict != VERDICT_SLOW_RELAY) {
        lane->failures = 0;
        lane->was_useful = true;
    }
    outcome_judge(lane->engine, item, &result);
    count_busy(lane, &result);
}

// A refusal that only a person can mend: no use in asking again.
static bool is_final(const struct reply *reply, const struct err *err)
{
    return err->kind == ERR_CONFIG || verdict_of(PHASE_OPEN, reply, false) == VERDICT_STOP_RELAY;
}

static void lane_closed(void *arg, const struct reply *reply, const struct err *err)
{
    struct lane *lane = arg;
    struct engine *e = lane->engine;
    wire_close(&lane->wire);
    // After a QUIT, for messages_per_connection, a lane is opened again when there is work for it.
    if (e->is_closing || err->kind == ERR_NONE)
        return;
    log_line(LOG_INFO, "%s", err->msg);
    // Many servers close a session that is idle or has carried its share: that is no failure.
    if (lane->was_open && lane->was_useful && (reply->code == 0 || reply->code == 421))
        return;
    // Of several connections some may be too many; while one is left, it does the work.
    if (++lane->failures >= LANE_FAILURES_MAX || (!lane->was_open && is_final(reply, err)))
        give_up(lane, err);
    else
        loop_again(e->loop, lane->reopen, 100 << (2 * (lane->failures - 1)));
}

static void lane_open(void *arg)
{
    struct lane *lane = arg;
    struct engine *e = lane->engine;
    if (lane->wire || lane->has_given_up || e->is_stopping || e->is_closing)
        return;
    struct wire_events events = {
        .opened = lane_opened, .settled = lane_settled, .closed = lane_closed, .arg = lane};
    lane->was_open = false;
    lane->wire = wire_open(e->transport, e->loop, e->relay, &events);
    if (lane->is_careful)
        wire_be_careful(lane->wire);
    lane->is_careful = false;
}

// As many lanes as there is work for.
void lane_open_some(struct engine *e)
{
    size_t open = 0;
    for (size_t i = 0; i < e->lane_count; i++)
        open += e->lanes[i].wire != NULL;
    for (size_t i = 0; i < e->lane_count && open < e->ready_count; i++) {
        struct lane *lane = &e->lanes[i];
        if (lane->wire || lane->has_given_up || lane->failures)
            continue;
        lane_open(lane);
        open++;
    }
}

void lane_set_up(struct engine *e)
{
    e->lane_count = (size_t)e->relay->connections;
    e->lanes = mem_new(e->lane_count, sizeof *e->lanes);
    for (size_t i = 0; i < e->lane_count; i++) {
        e->lanes[i].engine = e;
        e->lanes[i].reopen = loop_after(e->loop, 0, lane_open, &e->lanes[i]);
        loop_stop(e->loop, e->lanes[i].reopen);
    }
}

bool lane_has_room(const struct engine *e)
{
    for (size_t i = 0; i < e->lane_count; i++)
        if (e->lanes[i].wire && wire_room(e->lanes[i].wire) > 0)
            return true;
    return false;
}

void lane_drop_all(struct engine *e)
{
    e->is_closing = true;
    for (size_t i = 0; i < e->lane_count; i++)
        wire_close(&e->lanes[i].wire);
}

void lane_close_all(struct engine *e)
{
    e->is_closing = true;
    for (size_t i = 0; i < e->lane_count; i++)
        if (e->lanes[i].wire)
            wire_quit(e->lanes[i].wire);
    int64_t until = clock_mono_ms() + 5000;
    for (;;) {
        size_t open = 0;
        for (size_t i = 0; i < e->lane_count; i++)
            open += e->lanes[i].wire != NULL && wire_is_open(e->lanes[i].wire);
        int64_t left = until - clock_mono_ms();
        if (open == 0 || left <= 0)
            break;
        loop_turn(e->loop, left);
    }
    for (size_t i = 0; i < e->lane_count; i++) {
        wire_close(&e->lanes[i].wire);
        loop_cancel(e->loop, &e->lanes[i].reopen);
    }
}
