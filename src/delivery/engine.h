// NAME
//   engine - delivers the due rows of one edition over a relay
//
// DESCRIPTION
//   Claims rows in batches, renders each message, commits `in_doubt` for those that are next on the
//   wire, hands them over, and commits the outcomes, all outcomes that wait in one transaction.
//   It returns when nothing is due and nothing is on the wire: sent, failed, deferred to later, or
//   the relay is of no use now. Rows that were claimed and not sent are given back.
//   Several engines, in several processes, may run on the same edition.
//
// ERRORS
//   ERR_UNAVAILABLE: no connection could be opened or kept; ERR_CONFIG: the relay refuses our
//   log-in or its certificate is wrong; ERR_IO, ERR_AGAIN: the store. *result is filled in any
//   case.
#ifndef DELIVERY_ENGINE_H
#define DELIVERY_ENGINE_H

#include "crypt/keyring.h"
#include "delivery/settings.h"
#include "mail/addr.h"
#include "store/ledger.h"

#include <signal.h>
#include <stdbool.h>

struct engine_result {
    int64_t sent, failed, deferred, skipped, in_doubt;
};

struct engine_settings {
    struct store *store;
    const struct keyring *keyring;
    const struct delivery_settings *delivery;
    const struct relay_settings *relay;
    const struct addr *from; // envelope sender
    int64_t owner;
    bool has_next;                     // another relay gets what this one is too busy for
    const volatile sig_atomic_t *stop; // non-zero: finish what is on the wire, then return
    void (*progress)(void *arg, const struct engine_result *so_far); // NULL: none
    void *arg;
};

int engine_run(const struct engine_settings *settings, int64_t edition,
               struct engine_result *result, struct err *err) MUST_CHECK;

#endif
