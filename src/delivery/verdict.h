// NAME
//   verdict - what a relay's reply means for one recipient and for the send
//
// DESCRIPTION
//   The only judge of replies (RFC 5321 4.2, 4.3.2; RFC 3463). Pure: the same phase and reply give
//   the same verdict. A 5xx is no proof that an address is dead.
#ifndef DELIVERY_VERDICT_H
#define DELIVERY_VERDICT_H

#include "mail/reply.h"

#include <stdbool.h>

enum smtp_phase {
    PHASE_OPEN, // greeting, EHLO, STARTTLS, AUTH
    PHASE_MAIL,
    PHASE_RCPT,
    PHASE_DATA, // the reply to DATA
    PHASE_END,  // the reply to the end of data
    SMTP_PHASES
};
const char *smtp_phase_name(enum smtp_phase phase);

enum verdict {
    VERDICT_GO,            // as hoped: on to the next phase
    VERDICT_SENT,          // accepted; the relay answers for the message from here
    VERDICT_DEFER,         // this recipient later
    VERDICT_FAIL,          // this recipient never
    VERDICT_SLOW_RELAY,    // the relay is busy: later, and not counted against the recipient
    VERDICT_RELEASE,       // nothing happened to this recipient: at once, over another connection
    VERDICT_STOP_RELAY,    // log-in refused: this relay takes nothing until the operator acts
    VERDICT_STOP_CAMPAIGN, // our content or our authentication is refused: pause and say why
    VERDICT_IN_DOUBT,      // the end of data left, its reply never came
    VERDICTS
};
const char *verdict_name(enum verdict verdict);

// reply->code 0 means that the connection was lost while the reply was awaited. handed_over: the
// last byte of the message was given to the network.
enum verdict verdict_of(enum smtp_phase phase, const struct reply *reply, bool handed_over);

// The same for a session that has carried mail: a 421 to the next MAIL ends its share, as many
// servers do after so many messages, and the mail may go at once over another session.
enum verdict verdict_of_session(enum verdict verdict, enum smtp_phase phase,
                                const struct reply *reply, bool has_carried);

// Whether a permanent refusal speaks of the recipient's address (RFC 3463 3.2, 3.3: unknown, moved,
// disabled, full). Any other may be about us.
bool verdict_is_about_address(const struct reply *reply);

#endif
