// NAME
//   parts - the engine from inside: what its files share
//
// DESCRIPTION
//   engine.c runs and commits, outcome.c turns what became of a mail into a step of the ledger,
//   lane.c keeps the connections. Nothing outside these files includes this header.
#ifndef DELIVERY_PARTS_H
#define DELIVERY_PARTS_H

#include "base/loop.h"
#include "delivery/engine.h"
#include "delivery/wire.h"

#include <stddef.h>

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
    int failures; // in a row, without a mail that got its answer between
    int busy;     // answers in a row that said "later" and kept the connection
    bool was_open, has_given_up;
    bool was_useful; // since it was opened
    bool is_careful; // it broke where pipelining hides whose command the server choked on
};

// A recipient who was refused for no fault of the address: perhaps it was ours.
struct refused {
    int64_t person, attempt;
};
#define REFUSALS_MAX 20
#define BRAKE_WINDOW 500

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

    struct refused refused[REFUSALS_MAX]; // in a row, none of them for a fault of its address
    size_t refused_count;
    char refusal[REPLY_LINE + 16]; // the last one's reply, with its phase
    bool has_braked;               // such refusals are about us from here on
    bool window[BRAKE_WINDOW];     // of the last outcomes that say something of us: refused
    size_t seen, window_refused;
    int64_t stop_by;  // clock_mono_ms when a stop that was asked for is over; 0: none was
    bool is_drained;  // the last claim found nothing
    bool is_stopping; // claim no more, hand over no more
    bool is_closing;  // lanes are not reopened
    struct err err;   // why it stopped; ERR_NONE: in good order
};

// --- outcome.c -----------------------------------------------------------------------------------

// Adds a step to the next commit; pointer valid until the next call.
struct ledger_step *outcome_add(struct engine *e, struct item *item, enum ledger_verb verb);
// The step's strings are the engine's: outcome_free_step frees them after the commit.
void outcome_free_step(struct ledger_step *step);
void outcome_count(struct engine *e, const struct ledger_step *step);
// Turns what the wire says of a mail into a step; may pause the campaign or stop the engine.
void outcome_judge(struct engine *e, struct item *item, const struct wire_result *r);
void outcome_pause(struct engine *e, const char *why);
// The message is larger than the relay takes: that reader cannot be served, nor perhaps the others.
void outcome_too_large(struct engine *e, struct item *item, const char *why);
// At the end of a run in which nobody at all was served: pauses when it was for refusals.
int outcome_brake_at_end(struct engine *e, struct err *err) MUST_CHECK;
// No more claims, nothing more handed over. why: the error engine_run returns; NULL: none.
void outcome_stop(struct engine *e, const struct err *why);
void item_free(struct item *item);

// --- lane.c --------------------------------------------------------------------------------------

void lane_set_up(struct engine *e);
// Opens as many lanes as there is work for.
void lane_open_some(struct engine *e);
bool lane_has_room(const struct engine *e);
// Closes all at once: what is on the wire is settled as lost.
void lane_drop_all(struct engine *e);
// QUIT on all, then closed.
void lane_close_all(struct engine *e);

#endif
