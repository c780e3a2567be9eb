// NAME
//   store - the one durable memory of a workspace
//
// DESCRIPTION
//   Opens the database, brings its schema up to date (numbered migrations, each in a transaction),
//   and runs transactions. Tables are reached through the modules of this room: people.h
//   (subscribers, consent log, suppression), ledger.h (editions, deliveries, owners). A schema
//   newer than the program is ERR_CONFIG. A database that is locked by others for longer than the
//   timeout is ERR_AGAIN; one that is damaged, read-only or on a full disk is ERR_IO.
//
// THREADS
//   A store belongs to one thread.
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_settings {
    const char *url;   // "sqlite:PATH"; a relative PATH is taken from `root`
    const char *root;  // the workspace's folder
    bool is_full_sync; // [delivery] durability = full
    bool read_only;    // never creates, migrates or writes: for --dry-run, preview, check
    int wait_ms;       // how long to wait for other writers before ERR_AGAIN; 0: 30 seconds
    const char *keys;  // keyring_fingerprint of the workspace's keys; the store remembers the first
                       // it sees, and another one later is ERR_CONFIG
};

int store_open(struct store **out, const struct store_settings *settings,
               struct err *err) MUST_CHECK;
// A private store, empty, that nobody else sees and that is gone when it is closed.
int store_open_scratch(struct store **out, struct err *err) MUST_CHECK;
void store_close(struct store **store);

// Transactions nest no deeper than one. begin takes the writer's place at once.
int store_begin(struct store *store, struct err *err) MUST_CHECK;
int store_commit(struct store *store, struct err *err) MUST_CHECK;
void store_rollback(struct store *store);

#endif
