// NAME
//   launch - freezes a campaign into an edition and drives it, for `send` and `run`
#ifndef CMD_LAUNCH_H
#define CMD_LAUNCH_H

#include "cmd/workspace.h"
#include "delivery/engine.h"
#include "store/ledger.h"

// ERR_CONFIG when settings of the sample would go to real readers: over a relay that is not on this
// machine.
int launch_check(const struct workspace *ws, const struct compiled *compiled,
                 struct err *err) MUST_CHECK;

struct launch {
    const struct compiled *compiled;
    bool again;       // the next edition of a campaign that was sent
    int64_t replaces; // as in struct edition_new
};
// Freezes the compiled campaign and its audience; *edition is filled.
int launch_freeze(struct workspace *ws, const struct launch *launch, struct edition *edition,
                  struct err *err) MUST_CHECK;

// Delivers what is due of one edition. progress as in engine.h, NULL: none.
int launch_deliver(struct workspace *ws, const struct edition *edition, int64_t owner,
                   void (*progress)(void *arg, const struct engine_result *so_far), void *arg,
                   struct err *err) MUST_CHECK;

#endif
