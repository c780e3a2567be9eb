// NAME
//   message - one recipient's message: what the template needs, from the rows and the keys
#ifndef DELIVERY_MESSAGE_H
#define DELIVERY_MESSAGE_H

#include "base/buf.h"
#include "campaign/template.h"
#include "crypt/keyring.h"
#include "store/people.h"

struct message_for {
    const struct keyring *keyring;
    int64_t edition;             // 0: a copy that belongs to no edition (a preview, a test)
    const struct person *person; // id 0: nobody on the list
    int64_t date;
    const char *subject_mark; // NULL: none
};

// What a template takes, kept together with the strings it points to.
struct message_input {
    struct template_input input;
    char message_id[33];
    char optout_token[80];
    char optout_address_token[80];
};

// in points into itself and into *who; both must stay where they are while it is used.
void message_input_init(struct message_input *in, const struct message_for *who);

int message_render(const struct template *template, const struct message_for *who, struct buf *out,
                   struct err *err) MUST_CHECK;

#endif
