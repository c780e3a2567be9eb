// NAME
//   consent - who may be mailed: the only way in which a subscriber changes
//
// DESCRIPTION
//   Every change goes through here and leaves a line in the consent log with its way and evidence.
//   Someone who opted out comes back only by consent_optout_remove, said by the operator in so many
//   words; no import, no add can do it.
#ifndef CONSENT_CONSENT_H
#define CONSENT_CONSENT_H

#include "base/err.h"
#include "crypt/keyring.h"
#include "mail/addr.h"
#include "store/people.h"
#include "store/store.h"

#include <stdbool.h>

struct consent {
    struct store *store;
    const struct keyring *keyring;
    const char *way; // for the log: "cli", "import list.csv"
    bool is_dry_run; // consent_add_within tells the outcome and writes nothing
};

enum consent_outcome {
    CONSENT_ADDED,
    CONSENT_CHANGED,   // was there; name or attributes are new
    CONSENT_UNCHANGED, // was there just so
    CONSENT_LEFT,      // has opted out, bounced or complained, or is suppressed: left alone
};

struct consent_add {
    const struct addr *addr;
    const char *name;        // NULL: not given, an existing one stays
    struct json *attributes; // map of strings or NULL; merged into existing ones
    const char *evidence;    // the words or place of consent; NULL: none
};
// ERR_INPUT for a name or attribute that cannot be mailed safely. Evidence is noted in
// the log of an unchanged subscriber too, unless it is the last that came by the same way.
int consent_add(const struct consent *consent, const struct consent_add *what,
                enum consent_outcome *outcome, struct err *err) MUST_CHECK;

// Whether the words of consent can be kept: one line of at most 2,048 bytes. ERR_INPUT.
int consent_check_evidence(const char *evidence, struct err *err) MUST_CHECK;

// The same inside a transaction that the caller has opened (import: many rows, one commit). A row
// that is refused with ERR_INPUT has changed nothing.
int consent_add_within(const struct consent *consent, const struct consent_add *what,
                       enum consent_outcome *outcome, struct err *err) MUST_CHECK;

// Takes the subscriber off the list; the log stays, and so does suppression: who had left
// cannot come back by an import. ERR_NOT_FOUND.
int consent_remove(const struct consent *consent, const char *email, struct err *err) MUST_CHECK;

// The address is never mailed again, subscriber or not. 1 new, 0 was opted out already, -1.
int consent_optout_add(const struct consent *consent, const char *email, const char *reason,
                       struct err *err) MUST_CHECK;
// The same for the reader whose opt-out token is in text: a link, an address with a token in it, a
// line of a mail, or the bare token. *who gets the reader's address. 1, 0 as above; ERR_INPUT when
// no token of ours is in it, ERR_NOT_FOUND when its reader is not on the list any more.
int consent_optout_token(const struct consent *consent, const char *text, const char *reason,
                         struct addr *who, struct err *err) MUST_CHECK;
// Lifts it; the status of a subscriber becomes `subscribed` again. ERR_NOT_FOUND.
int consent_optout_remove(const struct consent *consent, const char *email, const char *evidence,
                          struct err *err) MUST_CHECK;

#endif
