#include "delivery/parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// item: NULL for a row that is out of hand.
static struct ledger_step *add(struct engine *e, struct item *item, struct refused row,
                               enum ledger_verb verb)
{
    if (e->step_count == e->step_cap) {
        e->step_cap = e->step_cap ? e->step_cap * 2 : 64;
        e->steps = mem_grow(e->steps, e->step_cap, sizeof *e->steps);
        e->step_items = mem_grow(e->step_items, e->step_cap, sizeof(struct item *));
    }
    struct ledger_step *step = &e->steps[e->step_count];
    *step = (struct ledger_step){.verb = verb,
                                 .edition = e->edition,
                                 .person = row.person,
                                 .attempt = row.attempt,
                                 .now = clock_now(),
                                 .result = DELIVERY_STATES};
    e->step_items[e->step_count++] = item;
    return step;
}

static struct refused row_of(const struct item *item)
{
    return (struct refused){item->claim.person.id, item->claim.attempt};
}

struct ledger_step *outcome_add(struct engine *e, struct item *item, enum ledger_verb verb)
{
    return add(e, item, row_of(item), verb);
}

void item_free(struct item *item)
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

void outcome_free_step(struct ledger_step *step)
{
    char *p;
    memcpy(&p, &step->reply_enhanced, sizeof p); // made by keep_reply
    free(p);
    memcpy(&p, &step->reply_text, sizeof p);
    free(p);
    step->reply_enhanced = step->reply_text = NULL;
}

void outcome_count(struct engine *e, const struct ledger_step *step)
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
        e->result->deferred += step->verb == LEDGER_DEFER;
        e->result->failed -= step->verb == LEDGER_RECALL;
        break;
    case DELIVERY_CLAIMED:
    case DELIVERY_IN_DOUBT:
    case DELIVERY_STATES:
        break;
    }
}

void outcome_stop(struct engine *e, const struct err *why)
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
    if (counted && now + wait - first > d->give_up_after) {
        step = outcome_add(e, item, LEDGER_FAIL);
        step->reason = "gave up: deferred for too long";
    } else {
        step = outcome_add(e, item, LEDGER_DEFER);
        step->next_at = now + wait;
        step->counted = counted;
    }
    keep_reply(step, &r->reply);
}

void outcome_pause(struct engine *e, const char *why)
{
    struct err err;
    if (ledger_set_state(e->settings->store, e->edition, EDITION_PAUSED, why, clock_now(), &err) !=
        0)
        log_line(LOG_ERROR, "could not pause the campaign: %s", err.msg);
    err_set(&err, ERR_FINDINGS,
            "paused: %s; mend the cause, then 'hearten send' goes on with the rest", why);
    outcome_stop(e, &err);
}

// What was refused in a row was refused for our sake: those readers wait for the mended send.
static void recall(struct engine *e)
{
    for (size_t i = 0; i < e->refused_count; i++)
        add(e, NULL, e->refused[i], LEDGER_RECALL);
    e->refused_count = 0;
    e->has_braked = true;
}

static void pause_for_reply(struct engine *e, const struct wire_result *r)
{
    char why[700], reply[REPLY_LINE];
    reply_format(&r->reply, reply);
    snprintf(why, sizeof why, "the relay refuses our mail at %s: %s", smtp_phase_name(r->phase),
             reply);
    recall(e);
    outcome_pause(e, why);
}

static void stop_relay(struct engine *e, const struct wire_result *r)
{
    struct err err;
    char reply[REPLY_LINE];
    reply_format(&r->reply, reply);
    err_set(&err, ERR_CONFIG, "relay %s refuses us at %s: %s; check its log-in in [relay %s]",
            e->relay->name, smtp_phase_name(r->phase), reply, e->relay->name);
    outcome_stop(e, &err);
}

// One more outcome that says something of us: accepted, or refused for no fault of the address.
static void see(struct engine *e, bool is_refused)
{
    size_t at = e->seen % BRAKE_WINDOW;
    if (e->seen >= BRAKE_WINDOW)
        e->window_refused -= e->window[at];
    e->window[at] = is_refused;
    e->window_refused += is_refused;
    e->seen++;
}

// Many are refused for no fault of their address: something is wrong with us, and the relay is not
// to be told so by everybody. In a row it is about us alone, and they wait; else they stay refused,
// so that the send can get past them.
static void brake(struct engine *e)
{
    char why[REPLY_LINE + 100];
    size_t seen = e->seen < BRAKE_WINDOW ? e->seen : BRAKE_WINDOW;
    bool is_share = e->window_refused >= REFUSALS_MAX &&
                    e->window_refused * 100 > seen * (size_t)e->settings->delivery->brake_percent;
    if (e->is_stopping || (e->refused_count < REFUSALS_MAX && !is_share))
        return;
    if (e->refused_count == REFUSALS_MAX) {
        snprintf(why, sizeof why, "%d readers in a row were refused, the last %s", REFUSALS_MAX,
                 e->refusal);
        recall(e);
    } else {
        snprintf(why, sizeof why, "%zu of the last %zu readers were refused, the last %s",
                 e->window_refused, seen, e->refusal);
    }
    outcome_pause(e, why);
}

// text: what was said, and when.
static void refuse(struct engine *e, struct item *item, const struct reply *reply,
                   const char *reason, const char *text)
{
    if (e->has_braked) {
        outcome_add(e, item, LEDGER_RELEASE);
        return;
    }
    struct ledger_step *step = outcome_add(e, item, LEDGER_FAIL);
    step->reason = reason;
    keep_reply(step, reply);
    snprintf(e->refusal, sizeof e->refusal, "%s", text);
    if (e->refused_count < REFUSALS_MAX)
        e->refused[e->refused_count++] = row_of(item);
    see(e, true);
    brake(e);
}

static void fail(struct engine *e, struct item *item, const struct wire_result *r)
{
    char text[REPLY_LINE + 16], reply[REPLY_LINE];
    reply_format(&r->reply, reply);
    snprintf(text, sizeof text, "at %s: %s", smtp_phase_name(r->phase), reply);
    if (!verdict_is_about_address(&r->reply)) {
        refuse(e, item, &r->reply, "refused", text);
        return;
    }
    struct ledger_step *step = outcome_add(e, item, LEDGER_FAIL);
    step->reason = "refused";
    keep_reply(step, &r->reply);
}

void outcome_too_large(struct engine *e, struct item *item, const char *why)
{
    struct reply none = {0};
    snprintf(none.text, sizeof none.text, "%s", why);
    char text[REPLY_LINE + 16];
    snprintf(text, sizeof text, "because %s", why);
    refuse(e, item, &none, "too large for the relay", text);
}

int outcome_brake_at_end(struct engine *e, struct err *err)
{
    struct account account;
    if (e->refused_count == 0 || e->has_braked || e->is_stopping)
        return 0;
    if (ledger_account(e->settings->store, e->edition, &account, err) != 0)
        return -1;
    const int64_t *n = account.by_state;
    if (n[DELIVERY_SENT] > 0 || n[DELIVERY_IN_DOUBT] > 0 || n[DELIVERY_PENDING] > 0 ||
        n[DELIVERY_CLAIMED] > 0)
        return 0;
    char why[REPLY_LINE + 100];
    snprintf(why, sizeof why, "nobody got it, and the last was refused %s", e->refusal);
    recall(e);
    outcome_pause(e, why);
    return 0;
}

static void log_attempt(const struct engine *e, const struct item *item,
                        const struct wire_result *r)
{
    char reply[REPLY_LINE];
    reply_format(&r->reply, reply);
    log_line(LOG_INFO, "%s relay=%s %s at %s: %s", item->claim.person.addr.text, e->relay->name,
             verdict_name(r->verdict), smtp_phase_name(r->phase), reply);
}

void outcome_judge(struct engine *e, struct item *item, const struct wire_result *r)
{
    log_attempt(e, item, r);
    switch (r->verdict) {
    case VERDICT_SENT:
        e->refused_count = 0;
        see(e, false);
        keep_reply(outcome_add(e, item, LEDGER_SENT), &r->reply);
        return;
    case VERDICT_FAIL:
        fail(e, item, r);
        return;
    case VERDICT_DEFER:
        defer(e, item, r, true);
        return;
    case VERDICT_SLOW_RELAY:
        if (e->settings->has_next && r->phase <= PHASE_MAIL)
            outcome_add(e, item, LEDGER_RELEASE); // another relay may take it in this very pass
        else
            defer(e, item, r, false);
        return;
    case VERDICT_STOP_RELAY:
        stop_relay(e, r);
        outcome_add(e, item, LEDGER_RELEASE);
        return;
    case VERDICT_STOP_CAMPAIGN:
        pause_for_reply(e, r);
        outcome_add(e, item, LEDGER_RELEASE);
        return;
    case VERDICT_RELEASE:
    case VERDICT_GO:
        outcome_add(e, item, LEDGER_RELEASE);
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
