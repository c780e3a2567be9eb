#include "delivery/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "delivery/message.h"
#include "delivery/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX ((size_t)32 << 20)
#define APPLY_TRIES 8
#define STOP_WITHIN 30000 // milliseconds from a signal to the end

// --- claims --------------------------------------------------------------------------------------

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

// --- the commit ----------------------------------------------------------------------------------

static bool is_stop_wanted(const struct engine *e)
{
    return e->settings->stop && *e->settings->stop;
}

static int apply(struct engine *e, struct ledger_step *steps, size_t count)
{
    struct err err;
    for (int try = 0; try < APPLY_TRIES; try++) {
        if (ledger_apply(e->settings->store, steps, count, &err) == 0)
            return 0;
        if (try == 0)
            log_line(LOG_WARN, "could not commit, trying again: %s", err.msg);
        if (is_stop_wanted(e))
            break;
        if (try + 1 < APPLY_TRIES)
            loop_turn(e->loop, 50 << try); // replies that come meanwhile join the next commit
    }
    outcome_stop(e, &err);
    return -1;
}

static void finish_outcome(struct engine *e, struct ledger_step *step, struct item *item, int rc)
{
    if (rc == 0)
        outcome_count(e, step);
    else if (step->verb == LEDGER_SENT || step->verb == LEDGER_FAIL || step->verb == LEDGER_DEFER)
        log_line(LOG_ERROR, "%s stays in doubt: its answer could not be recorded: %d %s",
                 item->claim.person.addr.text, step->reply_code,
                 step->reply_text ? step->reply_text : "");
    if (rc == 0 && step->verb == LEDGER_RELEASE && step->result == DELIVERY_PENDING)
        e->is_drained = false;
    outcome_free_step(step);
    if (!item) // a row that was out of hand
        return;
    item_free(item);
    e->out_count--;
}

static void give(struct engine *e, struct hand *hand);

static void finish_doubt(struct engine *e, const struct ledger_step *step, struct hand *hand,
                         int rc)
{
    if (rc != 0) {
        outcome_add(e, hand->item, LEDGER_RELEASE);
    } else if (step->result == DELIVERY_IN_DOUBT) {
        give(e, hand);
    } else { // left, or paused, or taken over: the ledger has said so
        outcome_count(e, step);
        if (step->result == DELIVERY_PENDING)
            outcome_stop(e, NULL);
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
        outcome_add(e, hands[i].item, LEDGER_DOUBT);
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

// --- handing over --------------------------------------------------------------------------------

// The person's values cannot be rendered: that row ends here, the others go on.
static void skip_unrenderable(struct engine *e, struct item *item, const struct err *err)
{
    log_line(LOG_WARN, "%s skipped: %s", item->claim.person.addr.text, err->msg);
    struct ledger_step *step = outcome_add(e, item, LEDGER_SKIP);
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
        outcome_add(e, item, LEDGER_RELEASE); // nothing of it left
        return;
    }
    if (wire_send(hand->lane->wire, &mail, &err) == 0)
        return;
    if (err.kind == ERR_UNAVAILABLE) {
        outcome_too_large(e, item, err.msg);
        return;
    }
    struct ledger_step *step = outcome_add(e, item, LEDGER_FAIL);
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

// --- the run -------------------------------------------------------------------------------------

static bool is_done(const struct engine *e)
{
    if (e->out_count > 0 || e->step_count > 0)
        return false;
    return e->is_stopping || (e->is_drained && e->ready_count == 0);
}

static void work(struct engine *e)
{
    while (!is_done(e)) {
        if (is_stop_wanted(e) && !e->stop_by) {
            e->stop_by = clock_mono_ms() + STOP_WITHIN;
            outcome_stop(e, NULL);
        }
        if (e->stop_by && clock_mono_ms() > e->stop_by)
            lane_drop_all(e);
        if (claim_more(e) == 0)
            lane_open_some(e);
        if (hand_over(e) != 0 && e->out_count == 0)
            break;
        if (is_done(e))
            break;
        bool busy =
            e->step_count > 0 || (!e->is_stopping && e->ready_count > 0 && lane_has_room(e));
        loop_turn(e->loop, busy ? 0 : 1000);
        if (e->settings->progress)
            e->settings->progress(e->settings->arg, e->result);
    }
}

static void release_ready(struct engine *e)
{
    while (e->ready) {
        struct item *item = pop_ready(e);
        outcome_add(e, item, LEDGER_RELEASE);
        e->out_count++;
    }
    if (commit(e, NULL, 0) != 0)
        log_line(LOG_WARN, "claims could not be given back; the next run frees them");
}

static void set_up(struct engine *e)
{
    e->ready_end = &e->ready;
    e->loop = loop_new();
    e->transport = transport_new(e->loop);
    lane_set_up(e);
}

static int load_template(struct engine *e, struct err *err)
{
    void *blob;
    size_t len;
    struct edition edition;
    unsigned char hash[HASH_SIZE];
    int found = ledger_edition_by_id(e->settings->store, e->edition, &edition, err);
    if (found == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no edition %lld", (long long)e->edition);
    if (found < 0 || ledger_template(e->settings->store, e->edition, &blob, &len, err) != 0)
        return -1;
    int rc = template_load(blob, len, &e->template, err);
    free(blob);
    if (rc != 0)
        return -1;
    template_hash(e->template, hash);
    if (hash_is_equal(hash, edition.template_hash, HASH_SIZE))
        return 0;
    template_free(&e->template);
    return err_set(err, ERR_IO,
                   "the frozen text of campaign %s is damaged in the store; restore a backup",
                   edition.slug);
}

int engine_run(const struct engine_settings *settings, int64_t edition,
               struct engine_result *result, struct err *err)
{
    struct engine e = {
        .settings = settings, .relay = settings->relay, .result = result, .edition = edition};
    *result = (struct engine_result){0};
    if (load_template(&e, err) != 0)
        return -1;
    set_up(&e);
    work(&e);
    if (outcome_brake_at_end(&e, err) != 0)
        outcome_stop(&e, err);
    release_ready(&e);
    lane_close_all(&e);
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
