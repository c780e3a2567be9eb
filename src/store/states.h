// NAME
//   states - the numbers behind states and statuses, as they stand in SQL text
//
// DESCRIPTION
//   SQL is constant text here, and SQLite uses a partial index only when its condition stands in
//   the statement literally. These words keep the statements readable; the asserts keep them true.
#ifndef STORE_STATES_H
#define STORE_STATES_H

#include "store/ledger.h"
#include "store/people.h"

#define PENDING  "0"
#define CLAIMED  "1"
#define IN_DOUBT "2"
#define SENT     "3"
#define FAILED   "4"
#define SKIPPED  "5"
_Static_assert(DELIVERY_PENDING == 0 && DELIVERY_CLAIMED == 1 && DELIVERY_IN_DOUBT == 2 &&
                   DELIVERY_SENT == 3 && DELIVERY_FAILED == 4 && DELIVERY_SKIPPED == 5 &&
                   DELIVERY_STATES == 6,
               "delivery states in SQL");

#define FREEZING  "0"
#define SENDING   "1"
#define PAUSED    "2"
#define FINISHED  "3"
#define CANCELLED "4"
_Static_assert(EDITION_FREEZING == 0 && EDITION_SENDING == 1 && EDITION_PAUSED == 2 &&
                   EDITION_FINISHED == 3 && EDITION_CANCELLED == 4 && EDITION_STATES == 5,
               "edition states in SQL");

#define SUBSCRIBED   "1"
#define UNSUBSCRIBED "2"
_Static_assert(PERSON_SUBSCRIBED == 1 && PERSON_UNSUBSCRIBED == 2, "person statuses in SQL");

#define HELD "state IN (1, 2)" // what delivery_held is made of

// Why a person who was in the audience does not get the message; NULL: they do. status -1: the
// person is gone.
const char *states_why_left(int64_t status, bool is_suppressed);

// Copies text, cut to size - 1 bytes at a character, bytes that are no UTF-8 replaced by '?'.
const char *states_text(char *out, size_t size, const char *text);

#endif
