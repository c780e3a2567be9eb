// NAME
//   people - subscribers, the consent log and suppression, as rows
//
// DESCRIPTION
//   Mechanism only: who may change what is decided by the room consent. A change runs inside
//   store_begin / store_commit. The functions here change one table each: that each change of a
//   person has its line in the consent log, in the same transaction, is the care of consent, which
//   calls people_log beside them. Lists are bytewise by address key.
#ifndef STORE_PEOPLE_H
#define STORE_PEOPLE_H

#include "base/json.h"
#include "crypt/hash.h"
#include "mail/addr.h"
#include "store/store.h"

enum person_status {
    PERSON_UNCONFIRMED,
    PERSON_SUBSCRIBED,
    PERSON_UNSUBSCRIBED,
    PERSON_BOUNCED,
    PERSON_COMPLAINED,
    PERSON_STATUSES
};

const char *person_status_name(enum person_status status);
int person_status_parse(const char *name, enum person_status *out, struct err *err) MUST_CHECK;

struct person {
    int64_t id; // 0: not stored yet
    struct addr addr;
    unsigned char hash[HASH_SIZE]; // keyring_address_hash
    char *name;                    // "" when not known
    struct json *attributes;       // a map of strings; NULL: none
    enum person_status status;
    int64_t created_at, changed_at; // UTC seconds
};

void person_deinit(struct person *person);

// A line of the consent log: who, when, what, by which way, evidence. Append-only.
struct consent_entry {
    int64_t person; // 0 for an address that is no subscriber
    const unsigned char *hash;
    int64_t at;
    const char *action;   // "subscribed", "unsubscribed", "removed", "suppressed", "unsuppressed",
                          // "changed", "consent" (said again, in other words), …
    const char *way;      // "cli", "import FILE", …
    const char *evidence; // free text; "" when none
};

int people_log(struct store *store, const struct consent_entry *entry, struct err *err) MUST_CHECK;
// Whether the consent that entry's hash gave last by entry's way is noted in the same words: 1, 0,
// -1.
int people_log_has(struct store *store, const struct consent_entry *entry,
                   struct err *err) MUST_CHECK;
// Calls each() for the log lines of one address hash, oldest first.
int people_log_list(struct store *store, const unsigned char hash[HASH_SIZE],
                    int (*each)(void *arg, const struct consent_entry *entry, struct err *err),
                    void *arg, struct err *err) MUST_CHECK;

// 1 found (caller calls person_deinit), 0 not there, -1 failed.
int people_find(struct store *store, const char *addr_key, struct person *out,
                struct err *err) MUST_CHECK;
int people_find_id(struct store *store, int64_t id, struct person *out, struct err *err) MUST_CHECK;

int people_insert(struct store *store, struct person *person,
                  struct err *err) MUST_CHECK; // sets id
int people_update(struct store *store, const struct person *person, struct err *err) MUST_CHECK;
int people_delete(struct store *store, int64_t id, struct err *err) MUST_CHECK;

// Streams people in order of address key; status -1 for all.
int people_list(struct store *store, int status,
                int (*each)(void *arg, const struct person *person, struct err *err), void *arg,
                struct err *err) MUST_CHECK;
int people_count(struct store *store, int status, int64_t *count, struct err *err) MUST_CHECK;

// Suppression. The address is kept for `optout list` and may be NULL (after an erasure).
struct suppression {
    unsigned char hash[HASH_SIZE];
    const char *email;  // may be NULL
    const char *reason; // "opted out", "by hand", …
    int64_t at;
};
// 1 added, 0 was there already, -1.
int suppression_add(struct store *store, const struct suppression *entry,
                    struct err *err) MUST_CHECK;
int suppression_remove(struct store *store, const unsigned char hash[HASH_SIZE],
                       struct err *err) MUST_CHECK; // 1 removed, 0 not there
int suppression_has(struct store *store, const unsigned char hash[HASH_SIZE],
                    struct err *err) MUST_CHECK; // 1, 0, -1
int suppression_list(struct store *store,
                     int (*each)(void *arg, const struct suppression *entry, struct err *err),
                     void *arg, struct err *err) MUST_CHECK;

#endif
