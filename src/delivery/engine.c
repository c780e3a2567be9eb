#include "delivery/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "delivery/message.h"
#include "delivery/wire.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANE_FAILURES_MAX 3
#define MESSAGE_MAX       ((size_t)32 << 20)
#define APPLY_TRIES       5

enum item_state {
    ITEM_READY,
    ITEM_OUT,
    ITEM_SETTLED
};

// A claimed row until its outcome is committed.
struct item {
    struct claim claim;
    struct item *next; // in the queue of ready items
};

// One connection, reopened when it is lost.
struct lane {
    struct engine *engine;
    struct wire *wire;
    struct loop_timer *reopen;
    int failures; // in a row, without a word from the relay between
    bool was_open, has_given_up;
};

// An item on its way to a lane: rendered, not yet in doubt.
struct hand {
    struct lane *lane;
    struct item *item;
    struct buf message;
};

struct engine {
    const struct engine_settings *settings;
    const struct relay_settings *relay;
    struct engine_result *result;
    struct template *template;
    int64_t edition;

    struct loop *loop;
    struct transport *transport;
    struct lane *lanes;
    size_t lane_count;

    struct item *ready, **ready_end;
    size_t ready_count;
    size_t out_count; // on the wire, or waiting for the commit of their outcome

    struct ledger_step *steps; // outcomes that wait for the next commit
    struct item **step_items;
    size_t step_count, step_cap;

    bool is_drained;  // the last claim found nothing
    bool is_stopping; // claim no more, hand over no more
    bool is_closing;  // lanes are not reopened
    struct err err;   // why it stopped; ERR_NONE: in good order
    struct err last;  // of the lane that failed last
};

// --- steps: what the next commit will say
// -------------------------------------------------------------

static struct ledger_step *add_step(struct engine *e, struct item *item, enum ledger_verb verb)
{
    if (e->step_count == e->step_cap) {
        e->step_cap = e->step_cap ? e->step_cap * 2 : 64;
        e->steps = mem_grow(e->steps, e->step_cap, sizeof *e->steps);
        e->step_items = mem_grow(e->step_items, e->step_cap, sizeof(struct item *));
    }
    struct ledger_step *step = &e->steps[e->step_count];
    *step = (struct ledger_step){.verb = verb,
                                 .edition = item->claim.edition,
                                 .person = item->claim.person.id,
                                 .attempt = item->claim.attempt,
                                 .now = clock_now(),
                                 .result = DELIVERY_STATES};
    e->step_items[e->step_count++] = item;
    return step;
}

static void item_free(struct item *item)
{
    person_deinit(&item->claim.person);
    free(item);
}

// The strings of a reply outlive the step: the ledger copies them at the commit.
static void keep_reply(struct ledger_step *step, const struct reply *reply)
{
    step->reply_code = reply->code;
    step->reply_enhanced = mem_strdup(reply->enhanced);
    step->reply_text = mem_strdup(reply->text);
}

static void free_step(struct ledger_step *step)
{
    char *p;
    memcpy(&p, &step->reply_enhanced, sizeof p); // made by keep_reply
    free(p);
    memcpy(&p, &step->reply_text, sizeof p);
    free(p);
    step->reply_enhanced = step->reply_text = NULL;
}

static void count_outcome(struct engine *e, const struct ledger_step *step)
{
    switch (step->result) {
    case DELIVERY_SENT:
        e->result->sent++;
        break;
    case DELIVERY_FAILED:
        e->result->failed++;
        break;
    case DELIVERY_SKIPPED:
        e->result->skipped++;
        break;
    case DELIVERY_PENDING:
        if (step->verb == LEDGER_DEFER)
            e->result->deferred++;
        break;
    case DELIVERY_CLAIMED:
    case DELIVERY_IN_DOUBT:
    case DELIVERY_STATES:
        break;
    }
}

// --- verdicts
// -----------------------------------------------------------------------------------------

static void stop(struct engine *e, const struct err *why)
{
    if (!e->is_stopping && why)
        e->err = *why;
    e->is_stopping = true;
}

static void defer(struct engine *e, struct item *item, const struct wire_result *r, bool counted)
{
    const struct delivery_settings *d = e->settings->delivery;
    int64_t now = clock_now();
    int64_t first = item->claim.first_try_at ? item->claim.first_try_at : now;
    size_t nth = (size_t)item->claim.tries;
    int64_t wait = d->retry[nth < d->retry_count ? nth : d->retry_count - 1];
    struct ledger_step *step;
    if (now + wait - first > d->give_up_after) {
        step = add_step(e, item, LEDGER_FAIL);
        step->reason = "gave up: deferred for too long";
    } else {
        step = add_step(e, item, LEDGER_DEFER);
        step->next_at = now + wait;
        step->counted = counted;
    }
    keep_reply(step, &r->reply);
}

static void pause_edition(struct engine *e, const char *why)
{
    struct err err;
    if (ledger_set_state(e->settings->store, e->edition, EDITION_PAUSED, why, clock_now(), &err) !=
        0)
        log_line(LOG_ERROR, "could not pause the campaign: %s", err.msg);
    e->result->was_paused = true;
    err_set(&err, ERR_FINDINGS, "paused: %s; mend that, then send the campaign again", why);
    stop(e, &err);
}

static void pause_for_reply(struct engine *e, const struct wire_result *r)
{
    char why[700];
    snprintf(why, sizeof why, "the relay refuses our mail at %s: %d %s", smtp_phase_name(r->phase),
             r->reply.code, r->reply.text);
    pause_edition(e, why);
}

static void stop_relay(struct engine *e, const struct wire_result *r)
{
    struct err err;
    err_set(&err, ERR_CONFIG, "relay %s refuses us at %s: %d %s; check its log-in in [relay %s]",
            e->relay->name, smtp_phase_name(r->phase), r->reply.code, r->reply.text,
            e->relay->name);
    stop(e, &err);
}

static void log_attempt(const struct engine *e, const struct item *item,
                        const struct wire_result *r)
{
    log_line(LOG_INFO, "%s relay=%s %s at %s: %d %s", item->claim.person.addr.text, e->relay->name,
             verdict_name(r->verdict), smtp_phase_name(r->phase), r->reply.code, r->reply.text);
}

static void judge(struct engine *e, struct item *item, const struct wire_result *r)
{
    log_attempt(e, item, r);
    switch (r->verdict) {
    case VERDICT_SENT:
        keep_reply(add_step(e, item, LEDGER_SENT), &r->reply);
        return;
    case VERDICT_FAIL: {
        struct ledger_step *step = add_step(e, item, LEDGER_FAIL);
        step->reason = "refused";
        keep_reply(step, &r->reply);
        return;
    }
    case VERDICT_DEFER:
        defer(e, item, r, true);
        return;
    case VERDICT_SLOW_RELAY:
        defer(e, item, r, false);
        return;
    case VERDICT_STOP_RELAY:
        stop_relay(e, r);
        add_step(e, item, LEDGER_RELEASE);
        return;
    case VERDICT_STOP_CAMPAIGN:
        pause_for_reply(e, r);
        add_step(e, item, LEDGER_RELEASE);
        return;
    case VERDICT_RELEASE:
    case VERDICT_GO:
        add_step(e, item, LEDGER_RELEASE);
        return;
    case VERDICT_IN_DOUBT:
        e->result->in_doubt++; // the row says so already, and stays so
        e->out_count--;
        item_free(item);
        return;
    case VERDICTS:
        break;
    }
    abort();
}

// --- lanes
// --------------------------------------------------------------------------------------------

static void lane_open(void *arg);

static void lane_opened(void *arg)
{
    struct lane *lane = arg;
    lane->was_open = true;
}

static void lane_settled(void *arg, const struct wire_result *r)
{
    struct lane *lane = arg;
    struct item *item = r->tag;
    if (r->verdict != VERDICT_RELEASE && r->reply.code != 0)
        lane->failures = 0;
    judge(lane->engine, item, r);
}

static bool has_open_lane(const struct engine *e)
{
    for (size_t i = 0; i < e->lane_count; i++)
        if (!e->lanes[i].has_given_up)
            return true;
    return false;
}

static void lane_closed(void *arg, const struct reply *reply, const struct err *err)
{
    struct lane *lane = arg;
    struct engine *e = lane->engine;
    wire_close(&lane->wire);
    if (e->is_closing)
        return;
    if (err->kind == ERR_NONE) { // said QUIT after messages_per_connection
        loop_again(e->loop, lane->reopen, 0);
        return;
    }
    log_line(LOG_INFO, "%s", err->msg);
    e->last = *err;
    if (err->kind == ERR_CONFIG ||
        (!lane->was_open && verdict_of(PHASE_OPEN, reply, false) == VERDICT_STOP_RELAY))
        stop(e, err);
    if (++lane->failures >= LANE_FAILURES_MAX) {
        lane->has_given_up = true;
        if (!has_open_lane(e))
            stop(e, err);
        return;
    }
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
}

// As many lanes as there is work for.
static void open_lanes(struct engine *e)
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

// --- claims
// -------------------------------------------------------------------------------------------

static void push_ready(struct engine *e, struct item *item)
{
    item->next = NULL;
    *e->ready_end = item;
    e->ready_end = &item->next;
    e->ready_count++;
}

static struct item *pop_ready(struct engine *e)
{
    struct item *item = e->ready;
    e->ready = item->next;
    if (!e->ready)
        e->ready_end = &e->ready;
    e->ready_count--;
    return item;
}

static int claim_more(struct engine *e)
{
    if (e->is_stopping || e->is_drained || e->ready_count >= e->lane_count * 2)
        return 0;
    int64_t now = clock_now();
    struct claim_wish wish = {.edition = e->edition,
                              .owner = e->settings->owner,
                              .now = now,
                              .lease_until = now + e->settings->delivery->lease,
                              .limit = (int)(e->lane_count * 8 < 64 ? 64 : e->lane_count * 8)};
    struct claim *claims;
    size_t count;
    if (ledger_claim(e->settings->store, &wish, &claims, &count, &e->err) != 0) {
        e->is_stopping = true;
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct item *item = mem_new(1, sizeof *item);
        item->claim = claims[i];
        push_ready(e, item);
    }
    free(claims);
    e->is_drained = count == 0;
    return 0;
}

// --- the commit
// ---------------------------------------------------------------------------------------

static int apply(struct engine *e, struct ledger_step *steps, size_t count)
{
    struct err err;
    for (int try = 0; try < APPLY_TRIES; try++) {
        if (ledger_apply(e->settings->store, steps, count, &err) == 0)
            return 0;
        log_line(LOG_WARN, "could not commit: %s", err.msg);
        if (try + 1 < APPLY_TRIES)
            loop_turn(e->loop, 50 << try); // replies that come meanwhile join the next commit
    }
    stop(e, &err);
    return -1;
}

static void finish_outcome(struct engine *e, struct ledger_step *step, struct item *item, int rc)
{
    if (rc == 0)
        count_outcome(e, step);
    if (rc == 0 && step->verb == LEDGER_RELEASE && step->result == DELIVERY_PENDING)
        e->is_drained = false;
    free_step(step);
    item_free(item);
    e->out_count--;
}

static void give(struct engine *e, struct hand *hand);

static void finish_doubt(struct engine *e, const struct ledger_step *step, struct hand *hand,
                         int rc)
{
    if (rc != 0) {
        add_step(e, hand->item, LEDGER_RELEASE);
    } else if (step->result == DELIVERY_IN_DOUBT) {
        give(e, hand);
    } else { // left, or paused, or taken over: the ledger has said so
        count_outcome(e, step);
        if (step->result == DELIVERY_PENDING)
            stop(e, NULL);
        item_free(hand->item);
        e->out_count--;
    }
    buf_deinit(&hand->message);
}

// One transaction: the outcomes that wait, and `in_doubt` (the point of no return) for the hands.
// What is committed so, and nothing else, is handed to the network. -1: nothing was written; the
// outcomes' rows stay in doubt, the hands are given back.
static int commit(struct engine *e, struct hand *hands, size_t hand_count)
{
    size_t outcomes = e->step_count;
    for (size_t i = 0; i < hand_count; i++) {
        add_step(e, hands[i].item, LEDGER_DOUBT);
        e->out_count++;
    }
    size_t count = e->step_count;
    if (count == 0)
        return 0;
    struct ledger_step *steps = e->steps;
    struct item **items = e->step_items;
    e->steps = NULL;
    e->step_items = NULL;
    e->step_count = e->step_cap = 0;
    int rc = apply(e, steps, count);
    for (size_t i = 0; i < outcomes; i++)
        finish_outcome(e, &steps[i], items[i], rc);
    for (size_t i = 0; i < hand_count; i++)
        finish_doubt(e, &steps[outcomes + i], &hands[i], rc);
    free(steps);
    free(items);
    return rc;
}

// --- handing over
// -------------------------------------------------------------------------------------

// The person's values cannot be rendered: that row ends here, the others go on.
static void skip_unrenderable(struct engine *e, struct item *item, const struct err *err)
{
    log_line(LOG_WARN, "%s skipped: %s", item->claim.person.addr.text, err->msg);
    struct ledger_step *step = add_step(e, item, LEDGER_SKIP);
    step->reason = item->claim.person.addr.needs_smtputf8 ? "needs SMTPUTF8" : "render error";
    step->reply_text = mem_strdup(err->msg);
    e->out_count++;
}

// Takes ready items for the free places on the lanes and renders them.
static size_t pick(struct engine *e, struct hand *hands, size_t max)
{
    size_t count = 0;
    for (int round = 0; round < 2; round++) { // first one for each lane, then the second
        for (size_t i = 0; i < e->lane_count && e->ready && count < max; i++) {
            struct lane *lane = &e->lanes[i];
            size_t taken = 0;
            for (size_t k = 0; k < count; k++)
                taken += hands[k].lane == lane;
            if (!lane->wire || (size_t)wire_room(lane->wire) <= taken || taken > (size_t)round)
                continue;
            struct item *item = pop_ready(e);
            struct message_for who = {.keyring = e->settings->keyring,
                                      .edition = e->edition,
                                      .person = &item->claim.person,
                                      .date = clock_now()};
            struct hand *hand = &hands[count];
            struct err err;
            buf_init(&hand->message, MESSAGE_MAX);
            if (message_render(e->template, &who, &hand->message, &err) != 0) {
                buf_deinit(&hand->message);
                skip_unrenderable(e, item, &err);
                continue;
            }
            hand->lane = lane;
            hand->item = item;
            count++;
        }
    }
    return count;
}

static void give(struct engine *e, struct hand *hand)
{
    struct item *item = hand->item;
    struct wire_mail mail = {.from = e->settings->from->wire,
                             .to = item->claim.person.addr.wire,
                             .data = hand->message.data,
                             .len = hand->message.len,
                             .tag = item};
    struct err err;
    if (!hand->lane->wire || wire_room(hand->lane->wire) == 0) {
        add_step(e, item, LEDGER_RELEASE); // nothing of it left
        return;
    }
    if (wire_send(hand->lane->wire, &mail, &err) == 0)
        return;
    if (err.kind == ERR_UNAVAILABLE) { // too large for this relay: so are all the others
        pause_edition(e, err.msg);
        add_step(e, item, LEDGER_RELEASE);
        return;
    }
    struct ledger_step *step = add_step(e, item, LEDGER_FAIL);
    step->reason = "cannot be sent";
    step->reply_text = mem_strdup(err.msg);
}

static int hand_over(struct engine *e)
{
    size_t max = e->lane_count * 2;
    struct hand *hands = mem_new(max, sizeof *hands);
    size_t count = e->is_stopping ? 0 : pick(e, hands, max);
    int rc = commit(e, hands, count);
    free(hands);
    return rc;
}

// --- the run
// ------------------------------------------------------------------------------------------

static bool is_done(const struct engine *e)
{
    if (e->out_count > 0 || e->step_count > 0)
        return false;
    return e->is_stopping || (e->is_drained && e->ready_count == 0);
}

static bool has_room(const struct engine *e)
{
    for (size_t i = 0; i < e->lane_count; i++)
        if (e->lanes[i].wire && wire_room(e->lanes[i].wire) > 0)
            return true;
    return false;
}

static void work(struct engine *e)
{
    while (!is_done(e)) {
        if (e->settings->stop && *e->settings->stop && !e->is_stopping) {
            e->result->was_stopped = true;
            stop(e, NULL);
        }
        if (claim_more(e) == 0)
            open_lanes(e);
        if (hand_over(e) != 0 && e->out_count == 0)
            break;
        if (is_done(e))
            break;
        bool busy = e->step_count > 0 || (!e->is_stopping && e->ready_count > 0 && has_room(e));
        loop_turn(e->loop, busy ? 0 : 1000);
        if (e->settings->progress)
            e->settings->progress(e->settings->arg, e->result);
    }
}

static void say_goodbye(struct engine *e)
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

static void release_ready(struct engine *e)
{
    while (e->ready) {
        struct item *item = pop_ready(e);
        add_step(e, item, LEDGER_RELEASE);
        e->out_count++;
    }
    if (commit(e, NULL, 0) != 0)
        log_line(LOG_WARN, "claims could not be given back; the next run frees them");
}

static int load_template(struct engine *e, struct err *err)
{
    void *blob;
    size_t len;
    if (ledger_template(e->settings->store, e->edition, &blob, &len, err) != 0)
        return -1;
    int rc = template_load(blob, len, &e->template, err);
    free(blob);
    return rc;
}

static void set_up(struct engine *e)
{
    e->ready_end = &e->ready;
    e->loop = loop_new();
    e->transport = transport_new(e->loop);
    e->lane_count = (size_t)e->relay->connections;
    e->lanes = mem_new(e->lane_count, sizeof *e->lanes);
    for (size_t i = 0; i < e->lane_count; i++) {
        e->lanes[i].engine = e;
        e->lanes[i].reopen = loop_after(e->loop, 0, lane_open, &e->lanes[i]);
        loop_stop(e->loop, e->lanes[i].reopen);
    }
}

int engine_run(const struct engine_settings *settings, int64_t edition,
               struct engine_result *result, struct err *err)
{
    struct engine e = {.settings = settings,
                       .relay = &settings->delivery->relays[0],
                       .result = result,
                       .edition = edition};
    *result = (struct engine_result){0};
    assert(settings->delivery->relay_count > 0);
    if (load_template(&e, err) != 0)
        return -1;
    set_up(&e);
    work(&e);
    release_ready(&e);
    say_goodbye(&e);
    transport_free(&e.transport);
    loop_free(&e.loop);
    template_free(&e.template);
    free(e.lanes);
    free(e.steps);
    free(e.step_items);
    int finished = ledger_finish(settings->store, edition, clock_now(), err);
    if (e.err.kind != ERR_NONE) {
        *err = e.err;
        return -1;
    }
    return finished < 0 ? -1 : 0;
}
