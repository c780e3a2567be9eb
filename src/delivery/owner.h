// NAME
//   owner - a sending process, as others see it
//
// DESCRIPTION
//   Each process that claims rows registers in the store and holds a lock on a file of its own
//   under the run folder. The kernel lets go of the lock when the process dies, however it dies, so
//   on the same host a dead owner is known at once and its claims are given back. Registering and
//   looking for the dead happen under one more lock, so that nobody is taken for dead in between.
#ifndef DELIVERY_OWNER_H
#define DELIVERY_OWNER_H

#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

struct owner;

// Makes the run folder if needed, frees the claims of dead owners of this host, registers.
// ERR_CREATE when the lock files cannot be made.
int owner_open(struct owner **out, struct store *store, const char *run_dir,
               struct err *err) MUST_CHECK;
// Unregisters. In-doubt rows keep the owner's number, whose file is gone: provably dead.
void owner_close(struct owner **owner);

// How many of the edition's in-doubt rows have no living sender: nobody will read their answers any
// more. The others may yet be settled. Changes nothing.
int owner_orphans(struct store *store, const char *run_dir, int64_t edition, int64_t *count,
                  struct err *err) MUST_CHECK;

int64_t owner_id(const struct owner *owner);

#endif
